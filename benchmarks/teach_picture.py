"""Draw `docs/teach.svg`: the watch screen after a check, from a real session.

python benchmarks/teach_picture.py docs/teach.svg
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from debugdiff.report.page import Page
from debugdiff.teach.judge import Judge
from debugdiff.teach.lesson import Lesson
from debugdiff.teach.model import FrameworkChoice
from debugdiff.teach.screen import Screen
from debugdiff.teach.watching import Watcher
from debugdiff.teach.workspace import start_course

COURSE, EXERCISE = "shapes", 2
WIDTH = 88


def picture() -> str:
    with tempfile.TemporaryDirectory() as folder, Judge() as judge:
        workspace = start_course(COURSE, Path(folder) / COURSE, FrameworkChoice.PYTORCH)
        lesson = Lesson(workspace=workspace, judge=judge)
        watcher = Watcher(lesson=lesson, screen=Screen(rows=lesson.rows()))
        watcher.open(workspace.listed[EXERCISE - 1])
        watcher.work_off()
        page = Page(width=WIDTH, colour=True, medium="svg")
        return page.write(watcher.screen, title="debugdiff teach")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.parse_args().out.write_text(picture(), encoding="utf-8")
