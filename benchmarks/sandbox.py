"""What a sandbox costs, and whether it changes a result: `python benchmarks/sandbox.py CASE ...`.

Cost: one program of size `tiny`, again and again, in turn on hosts of each level; the ratio of each
time to that of the same turn without a sandbox. Processor time is that of the host with all its
children, as the kernel counts it. Effects: every trial of the cases under each level; how it ended,
in which stage, its metrics, and how many values the probes read have to be equal.

What was measured stays in the folder `--kept`, so that the command goes on where it was stopped;
both tables are written to `benchmarks/sandbox.md`, above the notes of that page.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from notes import write_page

from debugdiff.campaign import RunRequest
from debugdiff.campaign.jobs import job_of
from debugdiff.campaign.running import measure
from debugdiff.cases import find_case
from debugdiff.choosing import find_bugs
from debugdiff.execute import stack_versions
from debugdiff.execute.pool import Pool
from debugdiff.model import Framework, ProgramEnd, Sandbox, Stack, Style
from debugdiff.plan import Choice, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from debugdiff.model import Job, Record, TrialResult

PAGE = Path(__file__).with_suffix(".md")
COST_OF = "bag_of_embeddings"
LEVELS = (Sandbox.WRITE, Sandbox.STRICT)
"""Compared with `off`."""

TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure what is asked for, and write the page from all that is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--turns", type=int, default=0, help="of the cost; 60 or more")
    parser.add_argument("--kept", type=Path, default=Path(".sandbox"))
    parser.add_argument("--framework", type=Framework, action="append", default=[])
    parser.add_argument("--style", type=Style, action="append", default=[])
    parser.add_argument("--level", type=Sandbox, action="append", default=[])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="of one trial, on a busy machine")
    parser.add_argument("--bug", action="append", help="only these; default: all")
    options = parser.parse_args()
    options.kept.mkdir(exist_ok=True)
    if options.turns:
        measure_cost(options.kept, options.turns)
    for case in options.cases:
        measure_effects(case, options)
    write_page(PAGE, "".join(page(options.kept)))


# --- cost ----------------------------------------------------------------------------------------


def measure_cost(kept: Path, turns: int) -> None:
    """Run the program once per level and turn, each turn beginning with the next level."""
    levels = (Sandbox.OFF, *LEVELS)
    job = _clean_job()
    with ExitStack() as stack, (kept / "cost.jsonl").open("a", encoding="utf-8") as file:
        pools = {level: stack.enter_context(Pool(slots=1, sandbox=level)) for level in levels}
        for pool in pools.values():
            _timed(pool, job)
        for turn in range(turns):
            first = turn % len(levels)
            order = (*levels[first:], *levels[:first])
            times = {level: _timed(pools[level], job) for level in order}
            file.write(json.dumps(times) + "\n")
            file.flush()


def _clean_job() -> Job:
    case = find_case(COST_OF)
    program = next(it for it in case.implementations if it.framework is Framework.PYTORCH)
    choice = Choice(versions={Stack.PYTORCH: stack_versions(Stack.PYTORCH) or {}})
    return job_of(plan(case, program, (), choice)[0])


def _timed(pool: Pool, job: Job) -> dict[str, float]:
    """Seconds of one trial: of the processor, and on the clock."""
    records: list[Record] = []
    before, began = _processor_seconds(pool), time.monotonic()
    pool.run([job], records.append)
    wall = time.monotonic() - began
    assert records[0].program is ProgramEnd.OK, records[0].ending
    return {"processor": _processor_seconds(pool) - before, "wall": wall}


def _processor_seconds(pool: Pool) -> float:
    """Of all hosts, and of all that they have started, which is counted when it has ended."""
    processes = [worker.process.pid for worker in pool.workers]
    while any(map(_children_of, processes)):
        time.sleep(0.005)
    return sum(map(_seconds_of, processes))


def _children_of(process: int) -> str:
    return Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8")


def _seconds_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


# --- effects -------------------------------------------------------------------------------------


def measure_effects(case: str, options: argparse.Namespace) -> None:
    """Run every trial of a case under each level, each with records of its own."""
    found = {}
    for level in (Sandbox.OFF, *(options.level or LEVELS)):
        request = RunRequest(
            cases=(find_case(case),),
            bugs=find_bugs(options.bug, None, None),
            store=options.kept / f"{level}.sqlite3",
            frameworks=tuple(options.framework),
            styles=tuple(options.style),
            jobs=options.jobs,
            seconds=options.seconds,
            sandbox=level,
        )
        found[level] = {each.trial.id: each for each in measure(request).results}
    names = "-".join([*options.framework, *options.style]) or "all"
    for level in found.keys() - {Sandbox.OFF}:
        facts = _compared(found[Sandbox.OFF], found[level])
        path = options.kept / f"effects-{case}-{names}-{level}.json"
        path.write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _compared(off: dict[str, TrialResult], level: dict[str, TrialResult]) -> dict[str, object]:
    shared = [trial for trial in off if trial in level]
    different = [trial for trial in shared if _effect(off[trial]) != _effect(level[trial])]
    stacks = Counter(off[trial].trial.stack for trial in shared)
    return {
        "trials": dict(stacks),
        "missing": len(off.keys() ^ level.keys()),
        "different": [_difference(off[trial], level[trial]) for trial in different],
    }


def _effect(result: TrialResult) -> tuple[object, ...]:
    record = result.record
    return (*record.outcome, len(record.values), len(record.statements))


def _difference(off: TrialResult, level: TrialResult) -> str:
    trial = off.trial
    name = f"{trial.case}/{trial.implementation} {trial.bug or 'clean'} {trial.instrument}"
    pairs = zip(_effect(off), _effect(level), strict=True)
    return f"{name}: " + "; ".join(f"{one}, {other}" for one, other in pairs if one != other)


# --- page ----------------------------------------------------------------------------------------


def page(kept: Path) -> Iterator[str]:
    """The page from all that is kept."""
    yield "# The sandbox: cost and effects\n\n"
    yield "`python benchmarks/sandbox.py CASE ... --turns 64`\n\n"
    if (kept / "cost.jsonl").exists():
        lines = (kept / "cost.jsonl").read_text(encoding="utf-8").splitlines()
        yield from _cost_page([json.loads(line) for line in lines])
    yield "## Effects\n\nEvery trial once without a sandbox and once under the level: how it ended,"
    yield " stage, step,\nexception, metrics, and the number of values that the probes read."
    yield " Where a program that never ends\nis stopped is not compared.\n\n"
    yield "| case | level | trials | different |\n|---|---|---|---|\n"
    differences: list[str] = []
    rows = sorted((_effects_of(path) for path in kept.glob("effects-*.json")), key=itemgetter(1, 0))
    for case, level, facts in rows:
        trials = ", ".join(f"{count} {stack}" for stack, count in facts["trials"].items())
        different = len(facts["different"]) + facts["missing"]
        yield f"| {case} | {level} | {trials} | {different} |\n"
        differences += (f"* {level}: {text}\n" for text in facts["different"])
    yield from ["\n", *differences] if differences else []


def _effects_of(path: Path) -> tuple[str, str, dict[str, Any]]:
    """The case and the level that a file's name has, and what was compared."""
    case, _, level = path.stem.removeprefix("effects-").rsplit("-", 2)
    return case, level, json.loads(path.read_text(encoding="utf-8"))


def _cost_page(turns: Sequence[dict[str, dict[str, float]]]) -> Iterator[str]:
    yield f"## Cost\n\n`{COST_OF}` in PyTorch, size `tiny`, {len(turns)} turns: ratios to `off`"
    yield " with a 95 % interval (percentile\nbootstrap). The kernel counts processor time in steps"
    yield f" of {1000 / TICK:.0f} ms: the total of all turns\nis more exact than the median.\n\n"
    yield "| level | processor time, total | processor time, median | on the clock, median |\n"
    yield "|---|---|---|---|\n"
    for level in LEVELS:
        processor, wall = (
            np.array([[turn[each][kind] for each in (level, Sandbox.OFF)] for turn in turns])
            for kind in ("processor", "wall")
        )
        cells = (_interval(processor, _total), _interval(processor, _median))
        yield f"| {level} | {' | '.join((*cells, _interval(wall, _median)))} |\n"
    seconds = median(turn[Sandbox.OFF]["processor"] for turn in turns)
    yield f"\nA trial without a sandbox takes {seconds:.2f} s of a processor.\n\n"


def _total(pairs: np.ndarray) -> float:
    level, off = pairs.sum(axis=0)
    return float(level / off)


def _median(pairs: np.ndarray) -> float:
    return float(np.median(pairs[:, 0] / pairs[:, 1]))


def _interval(pairs: np.ndarray, ratio: Callable[[np.ndarray], float]) -> str:
    """The ratio of (turns, 2) times, with its interval."""
    generator = np.random.default_rng(0)
    rows = generator.integers(len(pairs), size=(2_000, len(pairs)))
    low, high = np.percentile([ratio(pairs[drawn]) for drawn in rows], [2.5, 97.5])
    return f"{ratio(pairs):.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
