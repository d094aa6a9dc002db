"""How well suspects find the faults of crashes, beside the raw traceback. Writes `localisation.md`.

    python benchmarks/localisation.py [--jobs N] [--store FILE] [--framework F] [--bug GLOB]

Every bug that is expected to show itself by more than silence is put into every program that has a
place for it; each mutant runs once, is opened up where it crashes, and its record is kept in the
store, so that a second run costs nothing. Bugs are split in halves by a hash of their ids: rules
were settled on one, the other is reported apart.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ranking import Located, locate, of_suspects, of_traceback

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import shipped_cases
from debugdiff.execute.pool import Pool
from debugdiff.files import digest
from debugdiff.inject import inject
from debugdiff.model import (
    Budget,
    Bug,
    Case,
    Framework,
    Implementation,
    Instrument,
    Job,
    Mode,
    Mutant,
    Record,
    Size,
    Stack,
    Symptom,
    WorkerEnd,
)
from debugdiff.store import Store
from debugdiff.suspects import Location, suspects_of_crash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Judged = TypeVar("Judged")
RESULTS = Path(__file__).parent / "localisation.md"
SECONDS = 180.0
VERSION = "1"
"""Part of every key in the store: raise it when the worker records something else of a crash."""
STACKS = {Framework.PYTORCH: Stack.PYTORCH, Framework.KERAS: Stack.KERAS_TENSORFLOW}
QUIET = {Symptom.SILENT, Symptom.SLOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A mutant that may crash."""

    case: Case
    implementation: Implementation
    bug: Bug
    mutant: Mutant

    @property
    def sources(self) -> dict[str, str]:
        return {
            **self.case.helpers,
            **self.implementation.files,
            self.mutant.file: self.mutant.source,
        }

    @property
    def key(self) -> str:
        return digest("localisation", VERSION, *map(str, sorted(self.sources.items())))

    def job(self) -> Job:
        name = self.implementation.path.name
        return Job(
            id=self.key,
            case_folder=str(self.case.folder),
            files=self.sources,
            program=name,
            stack=STACKS[self.implementation.framework],
            mode=Mode.DEFAULT,
            instrument=Instrument.NONE,
            seed=0,
            size=Size.TINY,
            budget=Budget(seconds=SECONDS),
            contract=self.implementation.contract,
            post_mortem=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A crash, judged twice."""

    subject: Subject
    suspects: Located
    raw: Located


def main() -> None:
    """Run what has no record yet, judge every crash, print and write the table."""
    options = arguments()
    subjects = list(find_subjects(options.framework, options.bug))
    with Store(options.store) as store:
        records = records_of(subjects, store, options.jobs)
    rows = [judged(each, records[each.key]) for each in subjects if crashed(records.get(each.key))]
    text = "\n".join(report(rows)) + "\n"
    print(text)
    if not (options.framework or options.bug):
        RESULTS.write_text(text, encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--framework", choices=list(Framework))
    parser.add_argument("--bug", metavar="GLOB")
    default = Path(tempfile.gettempdir()) / "debugdiff-localisation.sqlite3"
    parser.add_argument("--store", type=Path, default=default)
    return parser.parse_args()


def find_subjects(framework: str | None, glob: str | None) -> Iterator[Subject]:
    """Every mutant that is expected to do more than keep quiet."""
    bugs = [bug for bug in shipped_bugs() if fnmatch.fnmatch(bug.id, glob or "*")]
    for case in shipped_cases():
        for implementation in case.implementations:
            if framework and implementation.framework != framework:
                continue
            for bug in bugs:
                expected = bug.symptom.get(implementation.framework)
                if expected is None or expected in QUIET:
                    continue
                mutant = inject(implementation, bug)
                if isinstance(mutant, Mutant):
                    yield Subject(case=case, implementation=implementation, bug=bug, mutant=mutant)


def records_of(subjects: Sequence[Subject], store: Store, jobs: int) -> dict[str, Record]:
    """The record of every subject, from the store or from a run now."""
    waiting = {each.key: each for each in subjects}
    found: dict[str, Record] = {}
    with Pool(slots=jobs) as pool:
        for number, (key, subject) in enumerate(waiting.items(), 1):

            def run_now(subject: Subject = subject) -> Record:
                records: list[Record] = []
                pool.run([subject.job()], records.append)
                return records[0]

            found[key] = store.cached(Record, key, run_now)
            print(f"\r{number} of {len(waiting)}", end="", flush=True)
    print()
    return found


def crashed(record: Record | None) -> bool:
    return record is not None and record.failure is not None and record.worker is WorkerEnd.FINISHED


def judged(subject: Subject, record: Record) -> Row:
    """Suspects and traceback of one crash, against the defect and the lines of equal fixes."""
    assert record.failure is not None
    sources, name = subject.sources, subject.implementation.path.name
    spans = (*subject.mutant.defect, *subject.mutant.accept)
    file = subject.mutant.file
    guilty = [Location(span.file or file, line) for span in spans for line in span.lines]
    suspects = suspects_of_crash(sources, name, record.failure, record.post_mortem)
    return Row(
        subject=subject,
        suspects=locate(of_suspects(suspects), guilty, sources, name),
        raw=locate(of_traceback(record.failure, sources), guilty, sources, name),
    )


def is_held_out(bug: str) -> bool:
    """Half of the bugs, by a hash of their ids: their figures were not looked at one by one."""
    return int(hashlib.sha256(bug.encode()).hexdigest()[:8], 16) % 2 == 1


def report(rows: Sequence[Row]) -> Iterator[str]:
    yield "# Finding the fault of a crash"
    yield ""
    yield (
        f"`python benchmarks/localisation.py`: {len(rows)} crashing mutants of"
        f" {len({row.subject.bug.id for row in rows})} bugs in"
        f" {len({row.subject.case.name for row in rows})} cases, size tiny, default mode, seed 0."
        " A line counts as found if it is the defect's or one where an equally good fix could be"
        " made. *raw*: the user's frames of the traceback, the innermost first. *suspects*: the"
        " list of `debugdiff explain`. EXAM: the share of statements read until a guilty one."
    )
    yield ""
    yield from table("all crashes", {"all": list(rows)})
    yield from table("bugs on which rules were settled, and the others", grouped(rows, half))
    yield from table(
        "by framework", grouped(rows, lambda row: row.subject.implementation.framework)
    )
    yield from table("by framework and style", grouped(rows, style))
    yield from table("by category", grouped(rows, lambda row: row.subject.bug.category))
    yield from table("by bug", grouped(rows, lambda row: row.subject.bug.id))


def half(row: Row) -> str:
    return "held out" if is_held_out(row.subject.bug.id) else "settled on"


def style(row: Row) -> str:
    implementation = row.subject.implementation
    return f"{implementation.framework} {implementation.style}"


def grouped(rows: Sequence[Judged], name: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    """Rows by group; every group has its mean over its rows."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        found[str(name(row))].append(row)
    return dict(sorted(found.items()))


def table(title: str, groups: dict[str, list[Row]]) -> Iterator[str]:
    yield f"## {title.capitalize()}"
    yield ""
    yield "| | crashes | | Top-1 | Top-3 | Top-5 | MRR | EXAM |"
    yield "|---|--:|---|--:|--:|--:|--:|--:|"
    for name, rows in groups.items():
        yield line(name, str(len(rows)), "raw", [row.raw for row in rows])
        yield line("", "", "suspects", [row.suspects for row in rows])
    yield ""


def line(name: str, count: str, what: str, found: Sequence[Located]) -> str:
    tops = [f"{mean([each.within(limit) for each in found]):.0%}" for limit in (1, 3, 5)]
    reciprocal = f"{mean([each.reciprocal for each in found]):.2f}"
    exam = f"{mean([each.exam for each in found]):.2f}"
    return f"| {' | '.join([name, count, what, *tops, reciprocal, exam])} |"


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


if __name__ == "__main__":
    main()
