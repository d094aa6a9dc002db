"""How often the first divergence names the place of the defect: silent bugs of the catalogue.

    python benchmarks/divergence.py

injects every bug of the catalogue that is expected to be silent into every shipped program where
it fits, runs it beside the clean program with the same seed, and asks where the two runs part. It
writes `divergence.md` beside this file.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import find_case, shipped_cases
from debugdiff.diff import Recorded, Tensors, base_of, compare_runs
from debugdiff.execute.pool import Pool
from debugdiff.inject import inject
from debugdiff.model import (
    Budget,
    Case,
    Implementation,
    Instrument,
    Job,
    Mode,
    Mutant,
    ProbeChoice,
    ProgramEnd,
    Record,
    Size,
    Stack,
    Symptom,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.diff import RunDiff
    from debugdiff.model import Bug

HERE = Path(__file__).resolve().parent
STACKS = {"pytorch": Stack.PYTORCH, "keras": Stack.KERAS_TENSORFLOW}
PLACES = {
    "data": {"input", "target"},
    "loss": {"loss", "target"},
    "optimizer": {"optimizer"},
}
"""Where the defects of a category lie that are in no layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One silent bug in one program, and what the comparison said of it."""

    bug: str
    program: str
    stack: Stack
    expected: tuple[str, ...]
    ranked: tuple[str, ...]
    reason: str

    @property
    def rank(self) -> int | None:
        """The rank of the first expected site; `None` if none was named."""
        return next((at for at, site in enumerate(self.ranked, 1) if site in self.expected), None)


def main() -> None:
    options = _options()
    cases = [find_case(name) for name in options.case] or shipped_cases()
    trials: list[Trial] = []
    with Pool(slots=options.jobs) as pool:
        for case in cases:
            for implementation in case.implementations:
                if STACKS[implementation.framework] in options.stack or not options.stack:
                    found = list(silent_bugs(pool, case, implementation, options))
                    trials += found
                    missed = sum(trial.rank != 1 for trial in found)
                    name = f"{case.name}/{implementation.name}"
                    print(f"{name}: {len(found)} silent bugs, {missed} missed", file=sys.stderr)
    text = _table(trials)
    print(text)
    if options.write:
        (HERE / "divergence.md").write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("case", nargs="*", help="default: all shipped cases")
    parser.add_argument("--bug", action="append", default=[], help="default: all silent ones")
    parser.add_argument("--stack", type=Stack, choices=list(Stack), action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--no-write", dest="write", action="store_false")
    return parser.parse_args()


def silent_bugs(
    pool: Pool, case: Case, implementation: Implementation, options: argparse.Namespace
) -> Iterator[Trial]:
    """Every bug that fits the program, changes something and lets it run through."""
    bugs = [bug for bug in shipped_bugs() if _is_expected_silent(bug, implementation, options)]
    injected = [(bug, inject(implementation, bug)) for bug in bugs]
    mutants = [(bug, found) for bug, found in injected if isinstance(found, Mutant)]
    if not mutants:
        return
    with tempfile.TemporaryDirectory(prefix="debugdiff-") as name:
        folder = Path(name)
        sources = {"clean": implementation.source} | {
            str(index): mutant.source for index, (_, mutant) in enumerate(mutants)
        }
        place = Place(case=case, implementation=implementation, folder=folder)
        runs = run_all(pool, place, sources, seconds=options.timeout)
        if runs["clean"].record.program is not ProgramEnd.OK:
            sys.exit(f"{case.name}/{implementation.name}: {runs['clean'].record.ending}")
        for index, (bug, mutant) in enumerate(mutants):
            bad = runs[str(index)]
            if bad.record.failure is not None or not bad.record.values:
                continue
            diff = compare_runs(runs["clean"], bad)
            if diff.parted:
                yield _trial(bug, case, implementation, mutant, diff)


def _is_expected_silent(
    bug: Bug, implementation: Implementation, options: argparse.Namespace
) -> bool:
    silent = bug.symptom.get(implementation.framework) is Symptom.SILENT
    return silent and (not options.bug or bug.id in options.bug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A program, and a folder for the tensors of its runs."""

    case: Case
    implementation: Implementation
    folder: Path

    @property
    def stack(self) -> Stack:
        """What it runs on."""
        return STACKS[self.implementation.framework]


def run_all(
    pool: Pool, place: Place, sources: Mapping[str, str], *, seconds: float
) -> dict[str, Recorded]:
    """Every text of the program, run with probes that keep their tensors."""
    records: list[Record] = []
    jobs = [_job(place, name, source, seconds) for name, source in sources.items()]
    pool.run(jobs, records.append)
    return {
        record.trial: Recorded(
            record=record, tensors=Tensors(place.folder / record.trial), stack=place.stack
        )
        for record in records
    }


def _job(place: Place, name: str, source: str, seconds: float) -> Job:
    folder = place.folder / name
    folder.mkdir()
    program = place.implementation.path.name
    return Job(
        id=name,
        case_folder=str(place.case.folder),
        files={**place.case.helpers, program: source},
        program=program,
        stack=place.stack,
        mode=Mode.DEFAULT,
        instrument=Instrument.LAYERS,
        seed=0,
        size=Size.TINY,
        budget=Budget(seconds=seconds),
        contract=place.implementation.contract,
        choice=ProbeChoice(steps=4),
        keep=str(folder),
    )


def _trial(
    bug: Bug, case: Case, implementation: Implementation, mutant: Mutant, diff: RunDiff
) -> Trial:
    return Trial(
        bug=bug.id,
        program=f"{case.name}/{implementation.name}",
        stack=STACKS[implementation.framework],
        expected=tuple(sorted(expected_sites(bug, case, implementation, mutant, diff))),
        ranked=tuple(suspect.site for suspect in diff.suspects),
        reason=f"{diff.suspects[0].reason}, step {diff.suspects[0].difference.step}",
    )


def expected_sites(
    bug: Bug, case: Case, implementation: Implementation, mutant: Mutant, diff: RunDiff
) -> set[str]:
    """The sites that the defect belongs to.

    The site that the bug declares, where the case names it; the layers that a defect line makes or
    calls, in either program; the layer in whose own method it stands; and for data, loss and
    optimizer, which are in no layer, these.
    """
    declared = (site for site in case.sites if site.name == bug.site)
    sites = {site.layer(implementation.name) or "" for site in declared} - {""}
    lines = {line for span in (*mutant.defect, *mutant.use) for line in span.lines}
    for place in diff.bad.places:
        named = {place.made, place.called} - {None}
        if any(each.line in lines and _is_program(each.file, implementation) for each in named):
            sites.add(place.site)
    for name in _classes_around(mutant.source, lines):
        kinds = (place for place in diff.bad.places if place.kind.rpartition(".")[2] == name)
        sites |= {place.site for place in kinds}
    sites |= PLACES.get(bug.category, set())
    return {base_of(site) for site in sites} - {"loss.prediction"}


def _is_program(file: str, implementation: Implementation) -> bool:
    return Path(file).name == implementation.path.name


def _classes_around(source: str, lines: set[int]) -> Iterator[str]:
    """Classes in one of whose methods, other than the constructor, a line stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name != "__init__":
                    around = range(method.lineno, (method.end_lineno or method.lineno) + 1)
                    if lines & set(around):
                        yield node.name


HEAD = """\
# First divergence

`{command}`: {count} silent mutants ({bugs} bugs of the catalogue in
{programs} programs), each run beside its clean program with the same seed. The place of the defect
is where the runs part first in {hit} of them ({share:.0%}).

The place of a defect is the site that its bug declares, the layers that its line makes or calls,
the layer in whose method it stands, or `input`, `target`, `loss`, `optimizer` for what is in none.

| bug | programs | first | mean of 1 / rank | missed in |
|---|---|---|---|---|"""


def _table(trials: Sequence[Trial]) -> str:
    by_bug: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        by_bug[trial.bug].append(trial)
    hit = sum(trial.rank == 1 for trial in trials)
    head = HEAD.format(
        command=" ".join(["python benchmarks/divergence.py", *sys.argv[1:]]),
        count=len(trials),
        bugs=len(by_bug),
        programs=len({trial.program for trial in trials}),
        hit=hit,
        share=hit / max(len(trials), 1),
    )
    return "\n".join([head, *(_row(bug, found) for bug, found in sorted(by_bug.items())), ""])


def _row(bug: str, trials: Sequence[Trial]) -> str:
    first = sum(trial.rank == 1 for trial in trials)
    mean = sum(1 / trial.rank if trial.rank else 0.0 for trial in trials) / len(trials)
    missed = [
        f"{trial.program}: {trial.ranked[0]} ({trial.reason}), not {' or '.join(trial.expected)}"
        for trial in trials
        if trial.rank != 1
    ]
    return f"| {bug} | {len(trials)} | {first} | {mean:.2f} | {'; '.join(missed)} |"


if __name__ == "__main__":
    main()
