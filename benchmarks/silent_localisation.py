"""How well suspects find faults that say nothing. Writes `silent_localisation.md`.

    python benchmarks/silent_localisation.py [CASE ...] [--framework F] [--bug GLOB] [--jobs N]

Every bug that is expected to be silent is put into every program that has a place for it. Where the
program ends well all the same and something in it is other than in the clean run, the suspects of
`debugdiff explain` are asked, which know neither the clean run nor the bug: sentinels, warnings and
the program's text. Records are kept in the store, so that a second run costs nothing.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localisation import grouped, is_held_out, mean
from ranking import Located, locate, of_suspects

from debugdiff.bugs import shipped_bugs
from debugdiff.campaign import RunRequest, run
from debugdiff.cases import find_case, shipped_cases
from debugdiff.config import default_store
from debugdiff.model import Attempt, Framework, Instrument, ProgramEnd, ProgramRun, Symptom
from debugdiff.sentinels import alarms
from debugdiff.suspects import Location
from debugdiff.suspects.silent import suspects_of_silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Alarm, Bug, Case, Implementation, Record
    from debugdiff.suspects.results import Suspect

RESULTS = Path(__file__).parent / "silent_localisation.md"
LIMITS = (1, 3, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A silent mutant, and what is suspected in it. `bug` is `None` for a clean program."""

    implementation: Implementation
    bug: Bug | None
    alarms: tuple[Alarm, ...]
    suspects: tuple[Suspect, ...]
    found: Located


def main() -> None:
    options = _options()
    cases = [find_case(name) for name in options.case] or shipped_cases()
    rows = [row for case in cases for row in rows_of(case, options)]
    chosen = ["--framework", options.framework] if options.framework else []
    command = " ".join(["python benchmarks/silent_localisation.py", *options.case, *chosen])
    text = "\n".join(report(rows, command)) + "\n"
    print(text)
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("case", nargs="*", help="default: all shipped cases")
    parser.add_argument("--framework", choices=list(Framework))
    parser.add_argument("--bug", metavar="GLOB")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-write", dest="write", action="store_false")
    store = os.environ.get("DEBUGDIFF_STORE")
    parser.add_argument("--store", type=Path, default=Path(store) if store else default_store())
    return parser.parse_args()


def rows_of(case: Case, options: argparse.Namespace) -> list[Row]:
    """The clean programs of a case, and every silent mutant of them."""
    bugs = {bug.id: bug for bug in shipped_bugs() if fnmatch.fnmatch(bug.id, options.bug or "*")}
    quiet = tuple(bug for bug in bugs.values() if Symptom.SILENT in bug.symptom.values())
    report = run(
        RunRequest(
            cases=(case,),
            bugs=quiet,
            frameworks=(Framework(options.framework),) if options.framework else (),
            store=options.store,
            instruments=(Instrument.NONE, Instrument.LAYERS),
            jobs=options.jobs,
        )
    )
    found = [
        _row(case, each, each.layers.record)
        for program in report.programs
        for each in (*program.runs, *program.attempts)
        if each.layers and each.layers.record.program in {ProgramEnd.OK, ProgramEnd.NON_FINITE}
        if not isinstance(each, Attempt) or (each.effective and _is_expected(each))
    ]
    print(f"{case.name}: {len(found)} programs that end well", file=sys.stderr, flush=True)
    return found


def _is_expected(attempt: Attempt) -> bool:
    return attempt.bug.symptom.get(attempt.implementation.framework) is Symptom.SILENT


def _row(case: Case, run: ProgramRun, record: Record) -> Row:
    attempt = run if isinstance(run, Attempt) else None
    program = run.implementation
    name = program.path.name
    mutant = attempt.mutant if attempt else None
    spans = (*mutant.defect, *mutant.accept) if mutant else ()
    changed = {mutant.file: mutant.source} if mutant else {}
    sources = {**case.helpers, **program.files, **changed}
    fired = alarms(record.values, record.settings)
    suspects = suspects_of_silence(
        sources, name, alarms=fired, places=record.places, warnings=record.warnings
    )
    file = mutant.file if mutant else name
    guilty = [Location(span.file or file, line) for span in spans for line in span.lines]
    return Row(
        implementation=program,
        bug=attempt.bug if attempt else None,
        alarms=fired,
        suspects=suspects,
        found=locate(of_suspects(suspects), guilty, sources, name),
    )


def report(rows: Sequence[Row], command: str) -> Iterator[str]:
    clean = [row for row in rows if row.bug is None]
    silent = [row for row in rows if row.bug is not None]
    yield "# Finding the fault of a program that ends well"
    yield ""
    yield (
        f"`{command}`: {len(silent)} silent mutants of"
        f" {len({_bug(row) for row in silent})} bugs in"
        f" {len({row.implementation.case for row in rows})} cases, size tiny, default mode, seed 0."
        " There is no traceback to compare with, and no clean twin is known. A line counts as"
        " found if it is the defect's or one where an equally good fix could be made. *named*:"
        " something is suspected at all; *alarm*: a sentinel fires. EXAM: the share of statements"
        " read until a guilty one."
    )
    yield ""
    yield (
        f"Of {len(clean)} clean programs {sum(bool(row.alarms) for row in clean)} have an alarm"
        f" and {sum(bool(row.suspects) for row in clean)} a suspect."
    )
    yield ""
    yield from _table("all", {"all": silent})
    yield from _table("by half", grouped(silent, _half))
    yield from _table("by framework", grouped(silent, lambda row: row.implementation.framework))
    yield from _table("by category", grouped(silent, lambda row: _bug(row).partition("/")[0]))
    yield from _table("by bug", grouped(silent, _bug))


def _bug(row: Row) -> str:
    return row.bug.id if row.bug else ""


def _half(row: Row) -> str:
    return "held out" if is_held_out(_bug(row)) else "settled on"


def _table(title: str, groups: dict[str, list[Row]]) -> Iterator[str]:
    yield f"## {title.capitalize()}"
    yield ""
    yield "| | mutants | named | alarm | Top-1 | Top-3 | Top-5 | MRR | EXAM |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    yield from (_line(name, rows) for name, rows in groups.items())
    yield ""


def _line(name: str, rows: Sequence[Row]) -> str:
    shares = [
        mean([bool(row.suspects) for row in rows]),
        mean([bool(row.alarms) for row in rows]),
        *(mean([row.found.within(limit) for row in rows]) for limit in LIMITS),
    ]
    reciprocal = f"{mean([row.found.reciprocal for row in rows]):.2f}"
    exam = f"{mean([row.found.exam for row in rows]):.2f}"
    cells = [name, str(len(rows)), *(f"{share:.0%}" for share in shares), reciprocal, exam]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
