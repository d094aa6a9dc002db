"""What is shipped: the wheel alone, outside any checkout, has everything that a run needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def outside(unpacked: Path, *arguments: str) -> str:
    """Run the unpacked package in a folder of its own; no checkout is on the path."""
    command = [sys.executable, "-P", "-m", "debugdiff", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "COLUMNS": "200"}
    done = subprocess.run(
        command, cwd=unpacked, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_the_wheel_carries_every_case_and_every_bug(unpacked: Path) -> None:
    for name in ("cases", "injected_bugs"):
        here = {
            path.relative_to(ROOT)
            for path in (ROOT / name).rglob("*")
            if path.suffix in {".py", ".toml"} and path.is_file()
        }
        package = unpacked / "debugdiff"
        there = {path.relative_to(package) for path in package.rglob("*")}
        assert here
        assert here <= there


def test_the_wheel_lists_its_cases_and_bugs_outside_the_checkout(unpacked: Path) -> None:
    assert "gru_sentiment" in outside(unpacked, "cases", "list")
    assert "shape/concat-wrong-axis" in outside(unpacked, "bugs", "list")


def test_the_wheel_has_every_page_that_a_message_names(unpacked: Path) -> None:
    texts = (path.read_text("utf-8") for path in (ROOT / "debugdiff").rglob("*.[ph][yt]*"))
    pages = {page for text in texts for page in re.findall(r"docs/[a-z-]+\.md", text)}
    assert {"docs/errors.md", "docs/metrics.md"} < pages
    assert {page for page in pages if not (unpacked / "debugdiff" / page).is_file()} == set()
    assert "`--memory` takes" in outside(unpacked, "help", "bad-size")


def test_the_package_is_typed_and_leaves_tests_out(unpacked: Path) -> None:
    assert (unpacked / "debugdiff" / "py.typed").exists()
    assert not (unpacked / "tests").exists()
