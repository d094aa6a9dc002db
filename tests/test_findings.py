"""An explanation for other tools: lines for editors, SARIF, and evidence for whoever is asked."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import debugdiff
from sarif_pydantic import Sarif
from test_log import PROGRAM, TRACEBACK

from debugdiff.report.annotations import github, lines, sarif
from debugdiff.report.findings import Finding, Level, Place, of_explanation
from debugdiff.report.prompt import LONGEST_PROMPT, render_prompt
from debugdiff.suspects.explaining import Explanation, explanation_of_log

LINE = re.compile(
    r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<level>error|warning): .+ \[\S+\]"
)


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explanation:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(PROGRAM, "utf-8")
    return explanation_of_log(TRACEBACK, "run.log", tmp_path / "train.py")


def render_lines(found: Explanation) -> str:
    return lines(of_explanation(found))


def render_sarif(found: Explanation) -> str:
    return sarif(of_explanation(found))


def render_github(found: Explanation) -> str:
    return github(of_explanation(found))


def hostile(found: Explanation) -> Explanation:
    """With a message and a source that would end a line, a fence, or obey a terminal."""
    message = "\x1b[2Jcleared\u202e\n```\n# forged\n" + "x" * 50_000
    record = found.run.record
    assert record.failure is not None
    failure = replace(record.failure, message=message)
    run = replace(found.run, record=replace(record, failure=failure))
    sources = {name: f"{text}\n````\n\x1b[31m" for name, text in found.sources.items()}
    suspects = tuple(
        replace(each, reason=f"{each.reason}\nerror: forged\x07") for each in found.suspects
    )
    return replace(found, run=run, sources=sources, suspects=suspects)


def test_every_line_is_one_that_editors_read(found: Explanation) -> None:
    lines = render_lines(found).splitlines()
    parsed = [LINE.fullmatch(line) for line in lines]
    assert all(parsed), lines
    assert lines[0].startswith("train.py:11:27: error: mat1 and mat2")
    assert {match["file"] for match in parsed if match} == {"train.py"}


def test_columns_point_at_code(found: Explanation) -> None:
    source = PROGRAM.splitlines()
    for match in map(LINE.fullmatch, render_lines(found).splitlines()[1:]):
        assert match is not None
        line = source[int(match["line"]) - 1]
        assert line[int(match["column"]) - 1] != " "
        assert not line[: int(match["column"]) - 1].strip()


def test_sarif_is_sarif(found: Explanation) -> None:
    text = render_sarif(found)
    run = Sarif.model_validate_json(text).runs[0]
    assert run.results is not None
    assert [each.level.value for each in run.results if each.level][:2] == ["error", "warning"]
    ids = {each["id"] for each in json.loads(text)["runs"][0]["tool"]["driver"]["rules"]}
    assert ids == {each.rule_id for each in run.results}
    assert str(Path.cwd()) not in text


COMMAND = re.compile(r"::(error|warning|notice) file=train\.py,line=\d+,col=\d+,title=[^:,]+::.+")


def test_annotations_are_commands_of_a_workflow(found: Explanation) -> None:
    written = render_github(found).splitlines()
    assert all(map(COMMAND.fullmatch, written)), written
    assert written[0].startswith("::error file=train.py,line=11,col=27,title=debugdiff%3A Runtime")


def test_of_many_findings_as_many_are_annotated_as_the_site_shows() -> None:
    def finding(number: int, level: Level) -> Finding:
        place = Place(file="a,b:c.py", line=number)
        return Finding(level=level, rule="r", about="", message="50 %\nmore", place=place)

    many = [finding(number, level) for level in Level for number in range(1, 26)]
    written = github(many).splitlines()
    kinds = [line.split(" ")[0].split("::")[1] for line in written]
    assert [kinds.count(each) for each in ("error", "warning", "notice")] == [10, 10, 10]
    assert written[-1] == "::notice::46 more findings; GitHub shows 10 of a kind."
    assert "file=a%2Cb%3Ac.py,line=1," in written[0]
    assert written[0].endswith("::50 %25%0Amore")


def test_a_path_outside_is_no_absolute_one(found: Explanation, tmp_path: Path) -> None:
    (tmp_path / "sub folder").mkdir()
    os.chdir(tmp_path / "sub folder")
    assert render_lines(found).startswith("../train.py:11:27: error:")
    location = json.loads(render_sarif(found))["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "../train.py"


def test_sarif_shows_the_way_to_an_exception(found: Explanation) -> None:
    (crash, *_) = json.loads(render_sarif(found))["runs"][0]["results"]
    steps = crash["codeFlows"][0]["threadFlows"][0]["locations"]
    regions = [each["location"]["physicalLocation"]["region"] for each in steps]
    assert len(steps) > 1
    assert regions[-1] == crash["locations"][0]["physicalLocation"]["region"]


def test_a_fingerprint_stays_when_a_line_moves(found: Explanation) -> None:
    def prints(of: Explanation) -> list[str]:
        results = json.loads(render_sarif(of))["runs"][0]["results"]
        return [each["partialFingerprints"]["codeLine/v1"] for each in results[1:]]

    moved = replace(
        found,
        sources={name: f"\n{text}" for name, text in found.sources.items()},
        suspects=tuple(replace(each, line=each.line + 1) for each in found.suspects),
    )
    assert prints(moved) == prints(found)


def test_the_evidence_has_what_is_needed(found: Explanation) -> None:
    text = render_prompt(found)
    for part in ("mat1 and mat2", "Expected 1568, got 1352.", "nn.Linear(1568, 10)", "be wrong"):
        assert part in text, text
    assert render_prompt(found) == text


def test_what_is_hostile_stays_in_its_place(found: Explanation) -> None:
    bad = hostile(found)
    for text in (render_lines(bad), render_sarif(bad), render_github(bad), render_prompt(bad)):
        assert not {"\x1b", "\u202e", "\x07"} & set(text)
    assert len(render_github(bad).splitlines()) == len(render_github(found).splitlines())
    assert len(render_lines(bad).splitlines()) == len(render_lines(found).splitlines())
    Sarif.model_validate_json(render_sarif(bad))
    prompt = render_prompt(bad)
    assert len(prompt) <= LONGEST_PROMPT
    assert _all_fences_are_ours(prompt)


def _all_fences_are_ours(text: str) -> bool:
    """Whether each block of code that opens, with its language, is closed by an equal fence."""
    opened = ""
    for fence, language in re.findall(r"^(`{3,})(\w*)$", text, re.MULTILINE):
        if not opened and language:
            opened = fence
        elif fence == opened and not language:
            opened = ""
        elif not opened or len(fence) >= len(opened):
            return False
    return not opened


def test_a_cell_is_named_by_its_notebook_and_nothing_of_the_name_is_obeyed(
    found: Explanation,
) -> None:
    run = replace(found.run, path=Path("a\x1b[31m\u202e.ipynb"))
    suspects = tuple(replace(each, file="In[3]") for each in found.suspects)
    bad = replace(found, run=run, suspects=suspects, sources={"In[3]": PROGRAM})
    assert ".ipynb:In[3]:" in render_lines(bad)
    for text in (render_lines(bad), render_sarif(bad), render_prompt(bad)):
        assert not {"\x1b", "\u202e"} & set(text)


def test_the_command_writes_each(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "run.log").write_text(TRACEBACK, "utf-8")
    asked = ("explain", "--log", "run.log", "train.py")
    lines = debugdiff(*asked, "--format", "lines", folder=tmp_path).stdout
    assert lines.startswith("train.py:11:27: error:")
    written = debugdiff(*asked, "-o", "found.sarif", folder=tmp_path)
    assert written.stdout == ""
    Sarif.model_validate_json((tmp_path / "found.sarif").read_text("utf-8"))
    assert "# What is wrong" in debugdiff(*asked, "--format", "prompt", folder=tmp_path).stdout
