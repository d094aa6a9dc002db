"""How long a learner waits after a save, over every exercise of the built-in courses.

    python benchmarks/teach_answer.py --framework pytorch --size tiny
    python benchmarks/teach_answer.py --framework keras --page benchmarks/teach_answer.md

As in the watch mode: hosts are warm, and what a program is compared with has run. Three programs
are saved per exercise: the given one, the healthy one, and the first rewrite of it that makes its
layers in another order (a fix that is written in another way). Seconds of the first answer, how the
run ended, and of the verdict. Results go to a file of lines; delete it to begin anew.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from statistics import median

from debugdiff.execute import stack_versions
from debugdiff.model import Framework, Record, Size
from debugdiff.parity.checking import STACKS
from debugdiff.teach.course import built_in_courses, exercises
from debugdiff.teach.judge import Judge
from debugdiff.teach.measuring import Candidate, CandidateKind, right_candidates
from debugdiff.teach.model import PROGRAM, Exercise, FrameworkChoice

LOG = Path(__file__).parent / ".teach_answer.jsonl"
ANOTHER_WAY = "layers made in another order"


def saved_programs(exercise: Exercise) -> list[Candidate]:
    """What a learner may save: nothing new, the undoing of the bug, a fix in another way."""
    given = Candidate(kind=CandidateKind.BUG, name="given", source=exercise.mutant.source)
    right = right_candidates(exercise)
    return [given, *(each for each in right if each.name in {"healthy", ANOTHER_WAY})]


def measure(judge: Judge, exercise: Exercise, candidate: Candidate) -> dict[str, object]:
    answers: list[float] = []
    began = time.monotonic()

    def answered(_: Record) -> None:
        answers.append(time.monotonic() - began)

    # A comment makes it another text: what has run already would be answered from memory.
    files = {**exercise.given, PROGRAM: f"{candidate.source}\n# saved\n"}
    result = judge.check(exercise, files, on_public=answered)
    return {
        "framework": exercise.framework,
        "program": f"{exercise.case.name}/{exercise.implementation.name}",
        "bug": exercise.bug.id,
        "size": exercise.size,
        "saved": candidate.name,
        "verdict": result.verdict,
        "answer": round((*answers, result.seconds)[0], 2),
        "seconds": round(result.seconds, 2),
    }


def run(framework: Framework, sizes: list[Size]) -> None:
    known = {(line["framework"], line["program"], line["bug"]) for line in read_log()}
    choice = FrameworkChoice(framework.value)
    with Judge() as judge, LOG.open("a", encoding="utf-8") as log:
        for each in (one for course in built_in_courses() for one in exercises(course, choice)):
            program = f"{each.case.name}/{each.implementation.name}"
            if (framework, program, each.bug.id) in known or each.size not in sizes:
                continue
            judge.warm_up(each)
            judge.get_ready(each)
            for candidate in saved_programs(each):
                line = measure(judge, each, candidate)
                print(*line.values(), flush=True)
                log.write(json.dumps(line) + "\n")
                log.flush()


def read_log() -> list[dict[str, object]]:
    text = LOG.read_text(encoding="utf-8") if LOG.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def versions() -> str:
    found = {
        name: version
        for framework in Framework
        for name, version in (stack_versions(STACKS[framework]) or {}).items()
    }
    return ", ".join(f"{name} {version}" for name, version in found.items())


def page() -> str:
    rows = [
        "# How long a learner waits after a save",
        "",
        "Written by `python benchmarks/teach_answer.py --framework pytorch`, the same with",
        "`--framework keras`, and `--page benchmarks/teach_answer.md`. Hosts are warm; what a",
        f"program is compared with has run. {os.cpu_count()} processors; {versions()}.",
        "",
        "Seconds, median and largest, until it is shown how the run ended, and until the verdict.",
        "",
        "| framework | size | saved | exercises | run ended | verdict |",
        "|---|---|---|---:|---:|---:|",
    ]
    lines = read_log()
    keys = dict.fromkeys(
        (framework, size, saved)
        for framework in Framework
        for size in Size
        for saved in ("given", "healthy", ANOTHER_WAY)
    )
    for key in keys:
        mine = [line for line in lines if (line["framework"], line["size"], line["saved"]) == key]
        if mine:
            shown = (
                figures([float(line[name]) for line in mine]) for name in ("answer", "seconds")
            )
            rows.append(f"| {' | '.join([*key, str(len(mine)), *shown])} |")
    return "\n".join(rows) + "\n"


def figures(seconds: list[float]) -> str:
    return f"{median(seconds):.2f} / {max(seconds):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--framework", choices=[each.value for each in Framework])
    parser.add_argument("--size", choices=[each.value for each in Size], help="default: all")
    parser.add_argument("--page", type=Path, help="write the table there")
    arguments = parser.parse_args()
    if arguments.framework:
        sizes = [Size(arguments.size)] if arguments.size else list(Size)
        run(Framework(arguments.framework), sizes)
    if arguments.page:
        arguments.page.write_text(page(), encoding="utf-8")
    else:
        print(page())


if __name__ == "__main__":
    main()
