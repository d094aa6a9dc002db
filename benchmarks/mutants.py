"""Every bug in every program, before a change of bugs or of injection against after it.

`python benchmarks/mutants.py write OUT.json` injects the catalogue into all programs of the shipped
cases; `compare BEFORE.json AFTER.json` says per bug what became of each mutant. A mutant that is
not the same needs a reason in `benchmarks/mutants.toml`; `compare` exits with 1 where one has none.

Cells are `identical` (same text, same marked lines), `marks` (same text, other lines of `use` or
`accept`), `changed`, `gained`, `lost`, or `reason` (not applicable, for another reason; no change
that needs a reason).
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import time
import tomllib
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import shipped_cases
from debugdiff.errors import DebugdiffError
from debugdiff.inject import inject
from debugdiff.model import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Bug, Implementation, NotApplicable

ACCEPTED = Path(__file__).with_suffix(".toml")
CHANGES = ("changed", "gained", "lost", "marks")
KINDS = ("identical", *CHANGES, "reason")

Cell = dict[str, Any]
Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One cell before and after."""

    bug: str
    program: str
    kind: str
    before: Cell
    after: Cell
    why: str = ""


def snapshot(bugs: Sequence[Bug], programs: Sequence[Implementation]) -> Snapshot:
    """What becomes of every bug in every program: by bug, then by program."""
    start = time.process_time()
    cells = {bug.id: {_name(program): _cell(program, bug) for program in programs} for bug in bugs}
    return {
        "seconds": round(time.process_time() - start, 2),
        "programs": {_name(program): program.source for program in programs},
        "cells": cells,
    }


def compare(
    before: Snapshot, after: Snapshot, accepted: Sequence[Mapping[str, Any]]
) -> list[Change]:
    """Every cell of either snapshot, with what became of it and the reason, if one is given."""
    changes = []
    for bug in sorted({*before["cells"], *after["cells"]}):
        old, new = before["cells"].get(bug, {}), after["cells"].get(bug, {})
        for program in sorted({*old, *new}):
            cells = old.get(program, {"reason": "no bug"}), new.get(program, {"reason": "no bug"})
            kind = _kind(*cells)
            why = _why(bug, program, kind, accepted)
            changes.append(
                Change(
                    bug=bug, program=program, kind=kind, before=cells[0], after=cells[1], why=why
                )
            )
    return changes


def _name(program: Implementation) -> str:
    return f"{program.case}/{program.name}"


def _cell(program: Implementation, bug: Bug) -> Cell:
    try:
        return _of_result(inject(program, bug))
    except DebugdiffError as error:
        return {"reason": f"error: {error.message}"}


def _of_result(result: Mutant | NotApplicable) -> Cell:
    if not isinstance(result, Mutant):
        return {"reason": result.reason}
    spans = {
        key: [asdict(span) for span in getattr(result, key)] for key in ("defect", "use", "accept")
    }
    return {"source": result.source, "file": getattr(result, "file", ""), **spans}


def _kind(before: Cell, after: Cell) -> str:
    if "source" in before and "source" in after:
        if before["source"] != after["source"]:
            return "changed"
        marks = [
            sorted(map(str, cell[key])) for cell in (before, after) for key in ("use", "accept")
        ]
        return "identical" if marks[:2] == marks[2:] else "marks"
    if "source" in before or "source" in after:
        return "lost" if "source" in before else "gained"
    return "identical" if before["reason"] == after["reason"] else "reason"


def _why(bug: str, program: str, kind: str, accepted: Sequence[Mapping[str, Any]]) -> str:
    reasons = (
        entry["why"]
        for entry in accepted
        if fnmatchcase(bug, entry["bug"])
        and kind in entry["changes"]
        and any(fnmatchcase(program, pattern) for pattern in entry.get("programs", ["*"]))
    )
    return next(reasons, "") if kind in CHANGES else ""


def _table(changes: Sequence[Change], *, whole: bool) -> Iterator[str]:
    by_bug: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_bug[change.bug].append(change)
    yield f"{'bug':<44}" + "".join(f"{kind:>11}" for kind in KINDS) + f"{'no reason':>11}"
    for bug, cells in by_bug.items():
        counts = Counter(cell.kind for cell in cells)
        if whole or any(counts[kind] for kind in CHANGES):
            yield _row(bug, counts, sum(map(_is_open, cells)))
    yield _row("all", Counter(change.kind for change in changes), sum(map(_is_open, changes)))


def _row(name: str, counts: Counter[str], unexplained: int) -> str:
    cells = "".join(f"{counts[kind] or '·':>11}" for kind in KINDS)
    return f"{name:<44}{cells}{unexplained or '·':>11}"


def _is_open(change: Change) -> bool:
    return change.kind in CHANGES and not change.why


def _details(change: Change, sources: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield f"{change.bug}  {change.program}  {change.kind}" + (
        f": {change.why}" if change.why else ""
    )
    if change.kind == "marks":
        for key in ("use", "accept"):
            lines = [[span["line"] for span in cell[key]] for cell in (change.before, change.after)]
            if lines[0] != lines[1]:
                yield f"  {key}: lines {lines[0]} before, {lines[1]} after"
        return
    for cell, when in ((change.before, "before"), (change.after, "after")):
        if "reason" in cell:
            yield f"  {when}: {cell['reason']}"
    clean = sources[change.program]
    one, other = change.before.get("source", clean), change.after.get("source", clean)
    diff = difflib.unified_diff(
        one.splitlines(), other.splitlines(), "before", "after", "", "", 2, ""
    )
    yield from (f"  {line}" for line in diff)


def _write(path: Path, patterns: Sequence[str]) -> int:
    programs = [program for case in shipped_cases() for program in case.implementations]
    bugs = [bug for bug in shipped_bugs() if _is_meant(bug.id, patterns)]
    found = snapshot(bugs, programs)
    path.write_text(json.dumps(found), encoding="utf-8")
    count = sum("source" in cell for cells in found["cells"].values() for cell in cells.values())
    print(
        f"{len(bugs)} bugs x {len(programs)} programs: {count} mutants in {found['seconds']} s"
        " of processor time."
    )
    return 0


def _is_meant(bug: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(bug, pattern) for pattern in patterns)


def _compare(options: argparse.Namespace) -> int:
    before, after = (
        json.loads(path.read_text("utf-8")) for path in (options.before, options.after)
    )
    accepted = tomllib.loads(options.accepted.read_text("utf-8")).get("accepted", [])
    changes = [
        change
        for change in compare(before, after, accepted)
        if _is_meant(change.bug, options.bug)
        and (not options.program or fnmatchcase(change.program, options.program))
    ]
    for line in _table(changes, whole=options.all):
        print(line)
    shown = [change for change in changes if change.kind in (options.show or ())]
    for change in shown:
        for line in _details(change, {**before["programs"], **after["programs"]}):
            print(line)
    for program in sorted(set(before["programs"]) & set(after["programs"])):
        if before["programs"][program] != after["programs"][program]:
            print(f"{program} itself is not the same text in the two snapshots.")
    print(f"Injection: {before['seconds']} s before, {after['seconds']} s after.")
    return int(any(map(_is_open, changes)))


def main(arguments: Sequence[str]) -> int:
    """Write a snapshot or compare two; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="inject the catalogue into the programs of all cases")
    write.add_argument("out", type=Path)
    write.add_argument("--bug", action="append", default=[], help="only these ids; globs")
    comparison = commands.add_parser("compare", help="two snapshots, bug by bug")
    comparison.add_argument("before", type=Path)
    comparison.add_argument("after", type=Path)
    comparison.add_argument("--bug", action="append", default=[], help="only these ids; globs")
    comparison.add_argument("--program", default="", help="only these programs; a glob")
    comparison.add_argument(
        "--show", action="append", choices=(*CHANGES, "reason"), help="also show these, with diffs"
    )
    comparison.add_argument("--all", action="store_true", help="also bugs without a change")
    comparison.add_argument("--accepted", type=Path, default=ACCEPTED)
    options = parser.parse_args(arguments)
    return _write(options.out, options.bug) if options.command == "write" else _compare(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
