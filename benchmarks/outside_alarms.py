"""False alarms where nothing was calibrated: `python benchmarks/outside_alarms.py`. Writes a page.

Sentinels are admitted because they are silent on the clean programs of the cases, so that these
cannot tell how often one is wrong. Here each healthy program of `tests/outside`, which other people
wrote and on which no threshold was settled, runs once with layer probes, and what fires is counted
per program, with an interval of Wilson, and per sentinel.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calibration import figures
from notes import write_page
from outside import programs, script_job

from debugdiff.cases import load_script
from debugdiff.execute.pool import Pool
from debugdiff.model import Framework, Instrument, ProgramEnd
from debugdiff.score.prevention import wilson
from debugdiff.sentinels import admitted, alarms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Job, Record

PAGE = Path(__file__).with_suffix(".md")
SETS = ("tune", "held")
SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A program with the sentinels that could be asked, and those that fired."""

    name: str
    framework: Framework
    asked: frozenset[str]
    fired: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    jobs = {job.id: job for name, path in programs(SETS) for job in [_job(name, path)]}
    records: list[Record] = []
    with Pool(slots=options.jobs) as pool:
        pool.run(jobs.values(), records.append)
    failed = [record for record in records if record.program is not ProgramEnd.OK]
    for record in failed:
        print(f"left out: {record.trial}: {record.ending}", file=sys.stderr)
    judged = [_judged(jobs[each.trial], each) for each in records if each not in failed]
    write_page(PAGE, "\n".join(_page(sorted(judged, key=lambda each: each.name), failed)))


def _job(name: str, path: Path) -> Job:
    case = load_script(path)
    (program,) = case.implementations
    files = {**case.helpers, program.path.name: program.source}
    job = f"{name}/{case.name}"
    return script_job(case, files, job, instrument=Instrument.LAYERS, seconds=SECONDS)


def _judged(job: Job, record: Record) -> Judged:
    asked = figures(record.values, record.settings)
    return Judged(
        name=job.id,
        framework=job.stack.framework,
        asked=frozenset(asked) & frozenset(admitted()),
        fired=frozenset(alarm.sentinel for alarm in alarms(record.values, record.settings)),
    )


def _page(judged: Sequence[Judged], failed: Sequence[Record]) -> Iterator[str]:
    yield "# False alarms on programs from outside\n"
    yield f"`python benchmarks/outside_alarms.py`: {len(judged)} healthy programs of"
    yield "`tests/outside`, which other people wrote and on which no threshold was settled;"
    yield "one run each with layer probes, the admitted sentinels, their settled thresholds.\n"
    yield "| programs | | with an alarm | 95 % interval |"
    yield "|---|--:|--:|---|"
    for framework in Framework:
        own = [each for each in judged if each.framework is framework]
        yield _share(str(framework), own)
    yield _share("all", judged)
    yield "\n| sentinel | programs with something to read | of these with an alarm | which |"
    yield "|---|--:|--:|---|"
    asked = Counter(name for each in judged for name in each.asked)
    for name in sorted(admitted()):
        fired = [each.name for each in judged if name in each.fired]
        yield f"| {name} | {asked[name]} | {len(fired)} | {', '.join(fired)} |"
    yield from [f"\nLeft out: {record.trial}: {record.ending}." for record in failed]


def _share(name: str, judged: Sequence[Judged]) -> str:
    hits = sum(bool(each.fired) for each in judged)
    low, high = wilson(hits, len(judged)) if judged else (0.0, 1.0)
    return f"| {name} | {len(judged)} | {hits} | {low:.0%} to {high:.0%} |"


if __name__ == "__main__":
    main()
