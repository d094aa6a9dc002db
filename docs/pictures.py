"""Draw the pictures of the documentation from real runs.

python docs/pictures.py              # all of them
python docs/pictures.py start-keras  # one
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.report.page import Page
from debugdiff.report.text import Text
from debugdiff.teach.judge import Judge
from debugdiff.teach.lesson import Lesson
from debugdiff.teach.model import FrameworkChoice
from debugdiff.teach.screen import Screen
from debugdiff.teach.watching import Watcher
from debugdiff.teach.workspace import start_course

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOLDER = Path(__file__).parent
CASE, BUG = "gru_sentiment", "shape/classes-off-by-one"
DEMO = ("--category", "shape", "--category", "dtype", "--category", "loss")
"""What `make demo` runs."""
SECTIONS = ("What the bug changed", "What the user saw")
COURSE, EXERCISE = "shapes", 2
WIDTH, TEACH_WIDTH = 100, 88
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_PLACES = re.compile(r"/\S*/(?=(?:site-packages|cases)/)")
"""Where this machine has its files: part of what was seen, and of no picture."""


def demo() -> str:
    """The first screen of `make demo`."""
    return _picture(_printed("run", CASE, *DEMO), f"debugdiff run {CASE}")


def one_bug() -> str:
    """One bug in all programs of the case."""
    table = _printed("run", CASE, "--bug", BUG, "--table", "bugs")
    return _picture(table, f"debugdiff run {CASE} --bug {BUG} --table bugs")


def trial(program: str) -> str:
    """The change and the traceback of one trial."""
    _printed("run", CASE, "--bug", BUG)
    shown = _printed("show", CASE, BUG, program)
    kept = "\n\n".join(part.strip() for part in _sections(shown) if _is_kept(part))
    return _picture(kept, f"debugdiff show {CASE} {BUG} {program}")


def teach() -> str:
    """The screen of `debugdiff teach` after a check."""
    with tempfile.TemporaryDirectory() as folder, Judge() as judge:
        workspace = start_course(COURSE, Path(folder) / COURSE, FrameworkChoice.PYTORCH)
        lesson = Lesson(workspace=workspace, judge=judge)
        watcher = Watcher(lesson=lesson, screen=Screen(rows=lesson.rows()))
        watcher.open(workspace.listed[EXERCISE - 1])
        watcher.work_off()
        page = Page(width=TEACH_WIDTH, colour=True, medium="svg")
        return page.write(watcher.screen, title="debugdiff teach")


PICTURES: Mapping[str, Callable[[], str]] = {
    "demo": demo,
    "start-bug": one_bug,
    "start-pytorch": partial(trial, "pytorch"),
    "start-keras": partial(trial, "keras_functional"),
    "teach": teach,
}


def _printed(*arguments: str) -> str:
    """What a command prints in colour."""
    wide = {"COLUMNS": str(WIDTH), "FORCE_COLOR": "1"}
    command = [sys.executable, "-m", "debugdiff", *arguments]
    done = subprocess.run(
        command, env=os.environ | wide, capture_output=True, text=True, check=True
    )
    return done.stdout


def _sections(text: str) -> list[str]:
    """A page cut before its headings: lines that end in a rule."""
    return re.split(r"(?m)^(?=[^\n]*\N{BOX DRAWINGS LIGHT HORIZONTAL}{8}[^\n]*$)", text)


def _is_kept(section: str) -> bool:
    return _COLOUR.sub("", section).startswith(SECTIONS)


def _picture(text: str, title: str) -> str:
    shown = Text.from_ansi(_PLACES.sub("", text).strip("\n"))
    return Page(width=WIDTH, colour=True, medium="svg").write(shown, title=title)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    for name in parser.parse_args().names or PICTURES:
        (FOLDER / f"{name}.svg").write_text(PICTURES[name](), encoding="utf-8")
