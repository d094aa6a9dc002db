"""Time the grading of a class: submissions of `first-steps` in PyTorch, right, wrong and unfixed.

    python benchmarks/teach_grading.py FOLDER
    /usr/bin/time -v debugdiff teach grade first-steps FOLDER -o grades.csv --jobs 2

The first command writes the submissions. Of every exercise a student hands in, by lot: the program
as it was given, the healthy one, a rewrite of it that changes nothing, a fix that the course writes
down, or a wrong one. Each carries the student's name in a comment: no two are the same text, so
none is judged for two students at once.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from debugdiff.files import write_atomically
from debugdiff.teach.course import exercises, find_course
from debugdiff.teach.measuring import right_candidates, wrong_candidates
from debugdiff.teach.model import PROGRAM, Exercise, FrameworkChoice
from debugdiff.teach.runs import Runner, broken_program, healthy_program, public_run
from debugdiff.teach.workspace import start_course

COURSE = "first-steps"


def programs_of(exercise: Exercise, runner: Runner) -> list[str]:
    """What may be handed in; as given and healthy stand there several times."""
    run = public_run(exercise)
    broken, healthy = runner.run((broken_program(exercise), run), (healthy_program(exercise), run))
    others = [
        *right_candidates(exercise),
        *wrong_candidates(exercise, broken.record, healthy.record),
    ]
    usual = [exercise.mutant.source, exercise.implementation.source]
    return usual * 3 + [each.source for each in others]


def write(folder: Path, count: int) -> None:
    course = find_course(COURSE)
    generator = random.Random(0)
    with Runner() as runner:
        known = {
            exercise.id: programs_of(exercise, runner)
            for exercise in exercises(course, FrameworkChoice.PYTORCH)
        }
    for number in range(1, count + 1):
        workspace = start_course(COURSE, folder / f"student-{number:02}", FrameworkChoice.PYTORCH)
        for listed in workspace.listed:
            source = f"{generator.choice(known[listed.id])}\n# {workspace.folder.name}\n"
            write_atomically(workspace.path(listed) / PROGRAM, source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=30)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.students)


if __name__ == "__main__":
    main()
