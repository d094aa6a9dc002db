"""How often the first divergence names the place of the defect: silent bugs of the catalogue.

    python benchmarks/divergence.py

injects every bug of the catalogue that is expected to be silent into every shipped program where
it fits, runs it beside the clean program with the same seed, and asks where the two runs part. It
writes `divergence.md` beside this file.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from defect_places import Injected, expected_sites
from localisation import STACKS, grouped

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import find_case, shipped_cases
from debugdiff.execute.pool import Pool
from debugdiff.files import to_json
from debugdiff.inject import inject
from debugdiff.model import (
    PROBE_VERSION,
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
from debugdiff.records import read
from debugdiff.run_diff import Recorded, Tensors, base_of, compare_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Bug
    from debugdiff.run_diff import RunDiff

HERE = Path(__file__).resolve().parent
NO_LAYERS = {"input", "target", "loss", "optimizer"}
FIRST_STEPS = ProbeChoice(steps=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One silent bug in one program, and what the comparison said of it.

    Attributes:
        chance: how often a place that is picked at random would be an expected one.
    """

    bug: str
    program: str
    stack: Stack
    expected: tuple[str, ...]
    ranked: tuple[str, ...]
    reason: str
    chance: float

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
    parser.add_argument("--keep", type=Path, help="a folder for the runs; default: none is kept")
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
    with _folder(options.keep) as folder:
        bench = Bench(pool, case, implementation, folder, options.timeout)
        diffs = bench.diffs([mutant for _, mutant in mutants])
        for (bug, mutant), diff in zip(mutants, diffs, strict=True):
            if diff is not None:
                yield _trial(bug, case, implementation, mutant, diff)


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Where the runs go: a folder that stays, or one that does not."""
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="debugdiff-") as name:
        yield Path(name)


def _is_expected_silent(
    bug: Bug, implementation: Implementation, options: argparse.Namespace
) -> bool:
    silent = bug.symptom.get(implementation.framework) is Symptom.SILENT
    return silent and (not options.bug or bug.id in options.bug)


class Bench:
    """Runs one program as it is and with bugs in it, with probes that keep their tensors.

    A run whose record lies in the folder already is not run again.
    """

    def __init__(
        self, pool: Pool, case: Case, implementation: Implementation, folder: Path, seconds: float
    ) -> None:
        self._pool = pool
        self._case = case
        self._implementation = implementation
        self._folder = folder
        self._budget = Budget(seconds=seconds)
        self._stack = STACKS[implementation.framework]

    def diffs(self, mutants: Sequence[Mutant]) -> Iterator[RunDiff | None]:
        """Of each mutant, `None` if it did not run through or did not part.

        The first steps tell, mostly. If they are equal all steps are compared.
        """
        sources = [self._implementation.source, *(mutant.source for mutant in mutants)]
        good, *runs = self._run(sources, FIRST_STEPS)
        if good.record.program is not ProgramEnd.OK:
            sys.exit(f"{self._case.name}/{self._implementation.name}: {good.record.ending}")
        for mutant, bad in zip(mutants, runs, strict=True):
            if bad.record.failure is not None or not bad.record.values:
                yield None
                continue
            diff = compare_runs(good, bad)
            if not diff.differing:
                diff = compare_runs(*self._run([sources[0], mutant.source], ProbeChoice()))
            yield diff if diff.parted else None

    def _run(self, sources: Sequence[str], choice: ProbeChoice) -> list[Recorded]:
        """Every text of the program, run once."""
        jobs = {job.id: job for job in (self._job(source, choice) for source in sources)}
        waiting = [job for job in jobs.values() if not _record_of(job).exists()]
        for job in waiting:
            shutil.rmtree(job.keep, ignore_errors=True)
            Path(job.keep).mkdir(parents=True)
        self._pool.run(waiting, lambda record: _store(jobs[record.trial], record))
        return [_recorded(self._job(source, choice)) for source in sources]

    def _job(self, source: str, choice: ProbeChoice) -> Job:
        program = self._implementation.path.name
        files = {**self._case.helpers, program: source}
        content = [PROBE_VERSION, self._stack, sorted(files.items())]
        content += [choice] if choice != FIRST_STEPS else []
        name = hashlib.sha256(repr(tuple(content)).encode()).hexdigest()[:16]
        return Job(
            id=name,
            case_folder=str(self._case.folder),
            files=files,
            program=program,
            stack=self._stack,
            mode=Mode.DEFAULT,
            instrument=Instrument.LAYERS,
            seed=0,
            size=Size.TINY,
            budget=self._budget,
            contract=self._implementation.contract,
            choice=choice,
            keep=str(self._folder / name),
        )


def _store(job: Job, record: Record) -> None:
    _record_of(job).write_text(to_json(record), encoding="utf-8")


def _recorded(job: Job) -> Recorded:
    record = read(Record, _record_of(job).read_text(encoding="utf-8"))
    return Recorded(record=record, tensors=Tensors(Path(job.keep)), stack=job.stack)


def _record_of(job: Job) -> Path:
    return Path(job.keep) / "record.json"


def _trial(
    bug: Bug, case: Case, implementation: Implementation, mutant: Mutant, diff: RunDiff
) -> Trial:
    injected = Injected(
        bug=bug,
        case=case,
        implementation=implementation,
        mutant=mutant,
        good=diff.good,
        bad=diff.bad,
    )
    expected = expected_sites(injected)
    sites = {base_of(place.site) for place in diff.bad.places} | NO_LAYERS
    return Trial(
        bug=bug.id,
        program=f"{case.name}/{implementation.name}",
        stack=STACKS[implementation.framework],
        expected=tuple(sorted(expected)),
        ranked=tuple(suspect.site for suspect in diff.suspects),
        reason=f"{diff.suspects[0].reason}, step {diff.suspects[0].step}",
        chance=len(expected & sites) / len(sites),
    )


HEAD = """\
# First divergence

`{command}`

{count} silent mutants ({bugs} bugs of the catalogue in {programs} programs), each run beside its
clean program with the same seed. The place of the defect is where the runs part first in
{hit} of them ({share:.1%}); if every bug counts once, by its mean over programs, in {by_bug:.1%}.
A mutant whose run is equal to the clean one, or that raises, does not count.

The place of a defect is the site that its bug declares, the layers that its line makes, calls or
names, or that the line which it replaced did, the layer in whose method it stands, or `input`,
`target`, `loss`, `optimizer` for what is in none: see `defect_places.py`.

By chance is the share that places picked at random among all sites would have.

| framework | programs | mutants | first | share | mean of 1 / rank | by chance |
|---|---|---|---|---|---|---|
{frameworks}

| bug | programs | first | mean of 1 / rank | missed in |
|---|---|---|---|---|"""


def _table(trials: Sequence[Trial]) -> str:
    by_bug = grouped(trials, lambda trial: trial.bug)
    by_stack = grouped(trials, lambda trial: trial.stack)
    shares = [_first(found) / len(found) for found in by_bug.values()]
    head = HEAD.format(
        command=" ".join(["python benchmarks/divergence.py", *_without_folder(sys.argv[1:])]),
        count=len(trials),
        bugs=len(by_bug),
        programs=len({trial.program for trial in trials}),
        hit=_first(trials),
        share=_first(trials) / max(len(trials), 1),
        by_bug=sum(shares) / max(len(shares), 1),
        frameworks="\n".join(_framework(name, found) for name, found in by_stack.items()),
    )
    return "\n".join([head, *(_row(bug, found) for bug, found in by_bug.items()), ""])


def _without_folder(arguments: Sequence[str]) -> list[str]:
    """The command as another machine would run it: runs that were kept change no figure."""
    at = arguments.index("--keep") if "--keep" in arguments else len(arguments)
    return [*arguments[:at], *arguments[at + 2 :]]


def _first(trials: Sequence[Trial]) -> int:
    return sum(trial.rank == 1 for trial in trials)


def _mean(trials: Sequence[Trial]) -> float:
    return sum(1 / trial.rank if trial.rank else 0.0 for trial in trials) / len(trials)


def _framework(stack: str, trials: Sequence[Trial]) -> str:
    programs, first = len({trial.program for trial in trials}), _first(trials)
    share, chance = first / len(trials), sum(trial.chance for trial in trials) / len(trials)
    counts = f"{programs} | {len(trials)} | {first} | {share:.1%}"
    return f"| {stack} | {counts} | {_mean(trials):.2f} | {chance:.0%} |"


def _row(bug: str, trials: Sequence[Trial]) -> str:
    missed = [
        f"{trial.program}: {trial.ranked[0]} ({trial.reason}), not {' or '.join(trial.expected)}"
        for trial in trials
        if trial.rank != 1
    ]
    first, mean = _first(trials), _mean(trials)
    return f"| {bug} | {len(trials)} | {first} | {mean:.2f} | {'; '.join(missed)} |"


if __name__ == "__main__":
    main()
