"""Calibrates the sentinels on clean programs: which are silent there, and at which threshold.

    python benchmarks/sentinels.py --seeds 20 --small-seeds 2

runs every implementation of every shipped case with layer probes, once per seed at size `tiny` and
for some seeds at size `small` as well, whose runs are long enough for a trend of the loss. It
writes `sentinels.md` beside this file and the table that the package reads. What is in the store
is not run again, so an interrupted calibration goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from calibration import CleanRun, calibrate, figures, settling_cases

import debugdiff
from debugdiff.campaign.jobs import job_of
from debugdiff.cases import find_case, shipped_cases
from debugdiff.config import default_store
from debugdiff.execute import execute, stack_versions
from debugdiff.model import Instrument, ProgramEnd, Size, Stack, TrialResult
from debugdiff.plan import DEFAULT_STACKS, Choice, all_steps, plan
from debugdiff.sentinels import SENTINELS, Beyond
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calibration import Calibrated, Half

    from debugdiff.model import Case, Record
    from debugdiff.plan import PlannedTrial

HERE = Path(__file__).resolve().parent
ADMITTED = Path(debugdiff.__file__).parent / "sentinels" / "admitted.json"
HEAD = """\
# Calibration of the sentinels

`{command}`: {programs} clean programs and stacks, {runs} runs. A sentinel is admitted if it is
silent on all of them; one that had nothing to read in any of them, since it looks for what no clean
program has, says so.

A published threshold stays if it is silent on the first half of the cases. Else it is moved past
the most alarming clean figure of that half, by half of the excess; the second half tells whether
that holds. Figures are `runs in which it fires / runs in which it had something to read`.

* Settled on: {settling}.
* Held out: {held_out}.

| sentinel | published | settled | first half: published | settled | held out: published \
| settled | admitted |
|---|---|---|---|---|---|---|---|"""
SMALL_FACTOR = 10
"""How much more time a run of size `small` is given."""
SIGNS = {Beyond.ABOVE: ">", Beyond.BELOW: "<"}


def main() -> None:
    options = _options()
    runs: list[CleanRun] = []
    for case in map(find_case, options.case) if options.case else shipped_cases():
        for size, seeds in ((Size.TINY, options.seeds), (Size.SMALL, options.small_seeds)):
            if seeds:
                runs += _told_runs(case, size, seeds, options)
    rows = calibrate(runs)
    text = _table(rows, runs, options)
    print(text)
    if options.write:
        (HERE / "sentinels.md").write_text(text, encoding="utf-8")
        ADMITTED.write_text(_data(rows, runs, options), encoding="utf-8")


def _told_runs(case: Case, size: Size, seeds: int, options: argparse.Namespace) -> list[CleanRun]:
    began = time.monotonic()
    found = list(_runs_of(case, size, seeds, options))
    took = f"{time.monotonic() - began:.0f} s"
    print(f"{case.name}, {size}: {len(found)} clean runs, {took}", file=sys.stderr, flush=True)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("case", nargs="*", help="default: all shipped cases")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--small-seeds", type=int, default=0)
    parser.add_argument("--stack", type=Stack, choices=list(Stack), action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--no-write", dest="write", action="store_false")
    return parser.parse_args()


def _runs_of(case: Case, size: Size, seeds: int, options: argparse.Namespace) -> Iterator[CleanRun]:
    """The runs of one case: the values of all cases at a time would not fit into memory."""
    steps = {step.trial.id: step for step in _steps(case, size, seeds, options)}
    kept = os.environ.get("DEBUGDIFF_STORE")
    with Store(Path(kept) if kept else default_store()) as store:

        def keep(record: Record) -> None:
            store.put(TrialResult(trial=steps[record.trial].trial, record=record))

        waiting = [job_of(step) for step in steps.values() if store.get(step.trial) is None]
        execute(waiting, slots=options.jobs, on_record=keep)
        results = (store.get(step.trial) for step in steps.values())
        yield from (_clean_run(result) for result in results if result)


def _steps(
    case: Case, size: Size, seeds: int, options: argparse.Namespace
) -> Iterator[PlannedTrial]:
    """The clean runs with layer probes."""
    stacks = options.stack or DEFAULT_STACKS
    choice = Choice(
        versions={stack: stack_versions(stack) or {} for stack in stacks},
        size=size,
        seeds=tuple(range(seeds)),
        seconds=options.timeout * (SMALL_FACTOR if size is Size.SMALL else 1),
        instruments=(Instrument.LAYERS,),
    )
    for program in case.implementations:
        for step in all_steps(plan(case, program, (), choice)):
            if step.trial.instrument is Instrument.LAYERS:
                yield step


def _clean_run(result: TrialResult) -> CleanRun:
    trial, record = result.trial, result.record
    if record.program is not ProgramEnd.OK:
        sys.exit(f"{trial.case}/{trial.implementation}, seed {trial.seed}: {record.ending}")
    return CleanRun(
        case=trial.case,
        implementation=trial.implementation,
        stack=trial.stack,
        seed=trial.seed,
        figures=figures(record.values, record.settings),
    )


def _data(rows: Sequence[Calibrated], runs: Sequence[CleanRun], options: argparse.Namespace) -> str:
    content = {
        "version": 1,
        "seeds": {"tiny": options.seeds, "small": options.small_seeds},
        "programs": len(_programs(runs)),
        "settled_on": sorted(settling_cases(run.case for run in runs)),
        "sentinels": [
            {
                key: value
                for key, value in asdict(row).items()
                if key not in {"settling", "held_out"}
            }
            | {"clean_runs": row.held_out.runs, "false_alarms": row.held_out.fired_settled}
            for row in rows
        ],
    }
    return json.dumps(content, indent=2) + "\n"


def _programs(runs: Sequence[CleanRun]) -> set[tuple[str, str, Stack]]:
    return {(run.case, run.implementation, run.stack) for run in runs}


def _table(
    rows: Sequence[Calibrated], runs: Sequence[CleanRun], options: argparse.Namespace
) -> str:
    settling = sorted(settling_cases(run.case for run in runs))
    held_out = sorted({run.case for run in runs} - set(settling))
    text = HEAD.format(
        command=_command(options),
        programs=len(_programs(runs)),
        runs=len(runs),
        settling=", ".join(settling),
        held_out=", ".join(held_out),
    )
    sources = [f"* `{each.id}`: {each.source}." for each in SENTINELS.values()]
    lines = [text, *map(_row, rows), "", "Sources:", "", *sources, ""]
    return "\n".join(lines)


def _command(options: argparse.Namespace) -> str:
    small = f" --small-seeds {options.small_seeds}" if options.small_seeds else ""
    return f"python benchmarks/sentinels.py --seeds {options.seeds}{small}"


def _row(row: Calibrated) -> str:
    sign = SIGNS[SENTINELS[row.sentinel].beyond]
    settled = f"{sign} {row.threshold:g}" if row.threshold != row.published else "the same"
    first, second = row.settling, row.held_out
    cells = (
        row.sentinel,
        f"{sign} {row.published:g}",
        settled,
        _share(first.fired_published, first),
        _share(first.fired_settled, first),
        _share(second.fired_published, second),
        _share(second.fired_settled, second),
        _verdict(row),
    )
    return f"| {' | '.join(cells)} |"


def _verdict(row: Calibrated) -> str:
    if row.admitted:
        return "yes" if row.settling.runs + row.held_out.runs else "yes, with nothing to read"
    programs = ", ".join((*row.settling.programs, *row.held_out.programs)[:6])
    return f"no: {row.reason}" + (f" ({programs})" if programs else "")


def _share(fired: int, half: Half) -> str:
    return f"{fired} / {half.runs}"


if __name__ == "__main__":
    main()
