"""Measure the judge of fixes over every exercise of the built-in courses.

    python benchmarks/teach_judge.py --framework pytorch
    python benchmarks/teach_judge.py --framework keras --others 8
    python benchmarks/teach_judge.py --page benchmarks/teach_judge.md

Results go to a file of lines as they come, and what is there already is not measured again: delete
the file to begin anew. Which other bugs do something is read from `docs/effects.md`, where it was
measured by `debugdiff bugs matrix`. Bugs and rewrites of one program count once, whichever of its
exercises they are asked for.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from pathlib import Path

from teach_answer import versions

from debugdiff.bugs import shipped_bugs
from debugdiff.model import Framework, Size
from debugdiff.teach.course import built_in_courses, exercises
from debugdiff.teach.judge import Judge
from debugdiff.teach.measuring import (
    COSTLY,
    Candidate,
    CandidateKind,
    candidates_of,
    drawn,
    measure,
    other_bugs,
    tallies,
)
from debugdiff.teach.model import Exercise, FrameworkChoice

ROOT = Path(__file__).parent.parent
LOG = ROOT / "benchmarks" / ".teach_judge.jsonl"
EFFECTIVE = frozenset("B12nwst")
SHARED = (CandidateKind.OTHER_BUG, CandidateKind.REWRITE, CandidateKind.HEALTHY)


def effects() -> dict[tuple[str, str], str]:
    """Bug and program (`gru_sentiment/pytorch`) -> the sign of its effect."""
    text = (ROOT / "docs" / "effects.md").read_text(encoding="utf-8")
    programs = [
        [f"{case}/{name}" for name in names.split(", ")]
        for case, names in re.findall(r"^\* \*\*\w\*\* (\w+): (.+)$", text, re.MULTILINE)
    ]
    found = {}
    for bug, row in re.findall(r"^\| \[([\w/-]+)\]\([^)]*\) \| (.+) \|$", text, re.MULTILINE):
        for names, signs in zip(programs, re.findall(r"`([^`]*)`", row), strict=True):
            found.update({(bug, name): sign for name, sign in zip(names, signs, strict=True)})
    return found


def key_of(exercise: Exercise, candidate: Candidate) -> str:
    """What is measured once."""
    program = f"{exercise.case.name}/{exercise.implementation.name} {exercise.size}"
    whose = program if candidate.kind in SHARED else f"{program} {exercise.bug.id}"
    return f"{whose} | {candidate.kind} | {candidate.name}"


def all_exercises(framework: Framework) -> list[Exercise]:
    """Those of little data first: what takes long comes last."""
    choice = FrameworkChoice(framework.value)
    found = [each for course in built_in_courses() for each in exercises(course, choice)]
    return sorted(found, key=lambda each: (list(Size).index(each.size), each.case.name))


def run(framework: Framework, others: int | None, seconds: float) -> None:
    known = read_log()
    signs = effects()
    bugs = shipped_bugs()
    limit = time.monotonic() + seconds
    with Judge() as judge, LOG.open("a", encoding="utf-8") as log:
        for exercise in all_exercises(framework):
            if time.monotonic() > limit:
                break
            program = f"{exercise.case.name}/{exercise.implementation.name}"
            wanted = [
                bug
                for bug in bugs
                if bug.id != exercise.bug.id and signs.get((bug.id, program)) in EFFECTIVE
            ]
            chosen = other_bugs(exercise, drawn(wanted, program, others))
            candidates = candidates_of(judge, exercise, chosen)
            fresh = [each for each in candidates if key_of(exercise, each) not in known]
            for result in measure(judge, exercise, fresh):
                candidate = result.candidate
                line = {
                    "key": key_of(exercise, candidate),
                    "framework": framework,
                    "program": program,
                    "bug": exercise.bug.id,
                    "kind": candidate.kind,
                    "name": candidate.name,
                    "sign": signs.get((candidate.name, program), ""),
                    "verdict": result.verdict,
                    "right": result.right,
                    "reason": result.reason,
                    "seconds": round(result.seconds, 2),
                }
                known[line["key"]] = line
                log.write(json.dumps(line) + "\n")
                log.flush()
                if not result.right:
                    print(line["key"], line["verdict"], line["reason"], flush=True)


def read_log() -> dict[str, dict[str, object]]:
    if not LOG.exists():
        return {}
    lines = [json.loads(line) for line in LOG.read_text(encoding="utf-8").splitlines()]
    return {line["key"]: line for line in lines}


_HEAD = """# The judge of fixes, measured

Written by `python benchmarks/teach_judge.py --framework pytorch --others 6`, the same with
`--framework keras --others 4`, and `--page benchmarks/teach_judge.md`; a run goes on where it was
stopped. {versions}

Every candidate is a whole program. To be refused: the bug itself, other bugs that fit the program
and do something there, the bug with its exception swallowed, a healthy program's figures over a
broken one. To be accepted: the healthy program, the fixes that a course writes down, rewrites that
change nothing. Bugs and rewrites of one program count once.
"""

_BEFORE = """**As it first came**: 1,058 programs; wrongly accepted 2 (`process/debug-mode-left-on`
in `bag_of_embeddings/keras_loop` and `name_classifier/keras_functional`: they compute the same,
slowly), wrongly refused 2 (layers made in another order in `pos_tagger/keras_subclass` and
`tiny_gpt/keras_functional`). Then rules were added: a debugging mode is a fact of training; every
pairing of layers is tried with the healthy weights; layers may be called past the probes; data and
the number of parameters decide only between refusals; what a model is given at evaluation is
compared; a program that does what the given one did, from the same weights, has the same symptom.
The table is of the judge with these rules, asked anew about every program. There, too, something
was accepted at first: what is not counted, and `optimizer/weight-decay-added` in
`name_classifier/keras_sequential`, which has no weights before its first step and was compared over
seeds alone. Such models now begin with the same weights, and a number without a gradient may not
move. Every program that had been accepted from the same weights, or over seeds, was asked once
more; those that had been refused were not."""

_SAME = """**Not counted**: {count} programs with another bug that costs time and memory and changes
results by rounding alone ({names}, by its own explanation). The judge does not measure time."""


def coverage(lines: list[dict[str, object]]) -> list[str]:
    """How many exercises were asked about."""
    rows = [_HEAD.format(versions=versions())]
    for framework in Framework:
        asked = {x["key"] for x in lines if (x["framework"], x["kind"]) == (framework, "bug")}
        keys = {
            key_of(each, Candidate(kind=CandidateKind.BUG, name=each.bug.id, source=""))
            for each in all_exercises(framework)
        }
        rows.append(f"* {framework}: {len(asked & keys)} of {len(keys)} exercises.")
    return [*rows, ""]


def answer_of(line: dict[str, object]) -> tuple[CandidateKind, bool | None]:
    """The kind of a line's candidate, and whether it was accepted."""
    kind, right = CandidateKind(line["kind"]), line["right"]
    return kind, None if right is None else right is kind.is_right


def is_same(line: dict[str, object]) -> bool:
    """Whether a bug only costs time and memory: there is nothing to refuse."""
    return (line["name"], line["framework"]) in COSTLY


def page() -> str:
    measured = list(read_log().values())
    lines = [line for line in measured if not is_same(line)]
    rows = coverage(lines)
    rows.append("| framework | candidate | asked | accepted | refused | not judged |")
    rows.append("|---|---|---:|---:|---:|---:|")
    for framework in Framework:
        mine = [line for line in lines if line["framework"] == framework]
        for kind, tally in tallies(map(answer_of, mine)).items():
            figures = f"{tally.asked} | {tally.accepted} | {tally.refused} | {tally.not_judged}"
            rows.append(f"| {framework} | {kind} | {figures} |")
    same = [line for line in measured if is_same(line)]
    names = ", ".join(sorted({f"`{line['name']}`" for line in same}))
    rows += ["", _SAME.format(count=len(same), names=names)] if same else []
    wrong = defaultdict(list)
    for line in lines:
        if not line["right"]:
            wrong[bool(CandidateKind(line["kind"]).is_right)].append(line)
    for is_right, title in ((False, "Wrongly accepted"), (True, "Wrongly refused")):
        rows += ["", f"**{title}, or not judged**: {len(wrong[is_right])}"]
        rows += [""] if wrong[is_right] else []
        rows += [f"* `{x['key']}`: {x['verdict']}. {x['reason']}" for x in wrong[is_right]]
    return "\n".join([*rows, "", _BEFORE]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--framework", choices=[each.value for each in Framework])
    parser.add_argument("--others", type=int, help="other bugs per program, drawn; default: all")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no exercise after that")
    parser.add_argument("--page", type=Path, help="write the table there")
    arguments = parser.parse_args()
    if arguments.framework:
        run(Framework(arguments.framework), arguments.others, arguments.seconds)
    if arguments.page:
        arguments.page.write_text(page(), encoding="utf-8")
    else:
        print(page())


if __name__ == "__main__":
    main()
