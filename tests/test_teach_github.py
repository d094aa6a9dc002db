"""The workflow that checks a folder on GitHub: what it may do, and that its steps work."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml  # comes with libcst

from debugdiff.model import Framework
from debugdiff.teach.github import workflow
from debugdiff.teach.model import PROGRAM, FrameworkChoice
from debugdiff.teach.workspace import LIST_FILE, start_course


@pytest.mark.parametrize(
    ("frameworks", "extras"),
    [
        (tuple(Framework), "data,torch,tensorflow"),
        ([Framework.PYTORCH], "data,torch"),
        ([Framework.KERAS], "data,tensorflow"),
    ],
)
def test_a_workflow_is_yaml_with_the_least_rights(frameworks: list[Framework], extras: str) -> None:
    text = workflow(frameworks)
    facts = yaml.safe_load(text)
    assert facts["permissions"] == {"contents": "read"}
    (job,) = facts["jobs"].values()
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [name.partition("@v")[0] for name in uses] == [
        f"actions/{name}" for name in ("checkout", "setup-python", "upload-artifact")
    ]
    assert all(name.partition("@v")[2].isdecimal() for name in uses)
    assert job["steps"][0]["with"] == {"persist-credentials": False}
    # No text of the repository or of an event becomes part of a script, and nothing is secret.
    assert "${{" not in text
    runs = "\n".join(step["run"] for step in job["steps"] if "run" in step)
    assert f'"debugdiff[{extras}]"' in runs


def test_the_step_that_checks_writes_a_result_per_exercise(tmp_path: Path) -> None:
    course = start_course("first-steps", tmp_path / "mine", FrameworkChoice.PYTORCH)
    replace(course, listed=course.listed[:2]).save()
    solved, broken = course.listed[:2]
    healthy = course.exercise(solved).implementation.source
    (course.path(solved) / PROGRAM).write_text(healthy, encoding="utf-8")
    (course.path(broken) / PROGRAM).write_text("def main(:\n", encoding="utf-8")
    assert check(course.folder) == 1
    found = {}
    for path in (course.folder / "results").iterdir():
        found[path.stem] = [each.get("type") for each in ET.parse(path).getroot().iter("failure")]
    assert found == {solved.id: [], broken.id: ["does-not-run"]}
    replace(course, listed=(solved,)).save()
    assert check(course.folder) == 0
    (course.folder / LIST_FILE).write_text("{", encoding="utf-8")
    assert check(course.folder) != 0


def check(folder: Path) -> int:
    """The exit status of the step, run as GitHub runs it."""
    facts = yaml.safe_load(workflow())
    (script,) = [
        step["run"]
        for step in facts["jobs"]["check"]["steps"]
        if step.get("name") == "Check every exercise"
    ]
    here = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(shell, cwd=folder, env=here, check=False).returncode
