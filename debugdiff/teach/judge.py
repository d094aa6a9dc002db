"""The judge: is this fix right? One verdict with evidence, by running the program.

A program is *fixed exactly* if the run that the learner sees, and a run that he does not see (other
rows in another order, another seed), are bitwise those of the healthy program. It is *fixed
otherwise* if, begun with the weights of the healthy program, it does the same within the parity
tolerance, in two runs that the learner does not see, values and metrics; and, where random streams
of its own are in play, its metric over seeds is that of the healthy program.

Values come from probes, never from what is printed. Steps, trained numbers, data and metrics have
to be those of the healthy run: an exception that is swallowed and a constant that is returned do
not pass. Text is never compared.
"""

from __future__ import annotations

import ast
import time
from dataclasses import dataclass, field, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from debugdiff.diff import compare_runs
from debugdiff.execute import stack_versions
from debugdiff.model import Instrument, ProgramEnd, Size, WorkerEnd
from debugdiff.source.normal import parse
from debugdiff.teach import alignment
from debugdiff.teach.comparing import (
    close_metrics,
    compare_closely,
    compare_exactly,
    data_differ,
    facts_differ,
    initial_weights_differ,
    same_metrics,
)
from debugdiff.teach.explaining import Observed
from debugdiff.teach.model import PROGRAM, CheckLine, CheckName, CheckResult, Parting, Verdict
from debugdiff.teach.runs import (
    Program,
    Run,
    Runner,
    broken_program,
    healthy_program,
    hidden_run,
    patience,
    public_run,
)
from debugdiff.teach.states import state_of
from debugdiff.teach.symptoms import (
    Band,
    band_of,
    describe_end,
    fresh_warnings,
    has_failed,
    is_same_failure,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record
    from debugdiff.teach.model import Exercise

SEEDS = 5
"""Over how many seeds a metric is compared."""

_WIDE = 1.25
"""Standard deviations of the clean seeds that the mean of paired differences may be away from 0."""


class Judge:
    """Answers whether a program is a right fix of an exercise. To be used with `with`.

    Args:
        slots: how many runs go on at once.
        pool: hosts to share, in place of ones of its own.
    """

    def __init__(self, *, slots: int = 2, pool: Pool | None = None) -> None:
        self._runner = Runner(slots=slots, pool=pool)

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._runner.__exit__(*details)

    def check(self, exercise: Exercise, files: Mapping[str, str]) -> CheckResult:
        """Judge a learner's files, relative name to text; `program.py` is among them.

        The helpers of the exercise (its data module) are put back as they were given out.

        Raises:
            StackError: an interpreter cannot be started.
        """
        began = time.monotonic()
        self._runner.start_over()
        trial = _Trial(exercise=exercise, files=files, runner=self._runner)
        result = trial.judge()
        return replace(result, seconds=time.monotonic() - began)

    def warm_up(self, exercise: Exercise) -> None:
        """Run the healthy and the broken program, so that a check only runs the learner's."""
        self._runner.run(
            (healthy_program(exercise), public_run(exercise)),
            (healthy_program(exercise), hidden_run(exercise)),
            (broken_program(exercise), public_run(exercise)),
        )

    def trace(self, exercise: Exercise, files: Mapping[str, str]) -> Record:
        """The learner's program at size `tiny`, with layer probes."""
        trial = _Trial(exercise=exercise, files=files, runner=self._runner)
        run = replace(public_run(exercise), size=Size.TINY, instrument=Instrument.LAYERS)
        self._runner.start_over()
        return self._runner.run((trial.own(seconds=exercise.case.budget), run))[0].record

    def compare(self, exercise: Exercise, files: Mapping[str, str]) -> Parting | None:
        """Where the learner's program parts from the healthy one; `None`: nowhere, or not seen."""
        trial = _Trial(exercise=exercise, files=files, runner=self._runner)
        self._runner.start_over()
        return trial.parting_of(trial.own(seconds=exercise.case.budget))

    def observe(self, exercise: Exercise) -> Observed:
        """The runs of the broken and the healthy program, and where they part."""
        trial = _Trial(exercise=exercise, files=exercise.given, runner=self._runner)
        watched = replace(public_run(exercise), size=Size.TINY, instrument=Instrument.LAYERS)
        program = broken_program(exercise)
        runs = self._runner.run(
            (program, public_run(exercise)),
            (program, watched),
            (healthy_program(exercise), public_run(exercise)),
        )
        return Observed(
            broken=runs[0].record,
            watched=runs[1].record,
            healthy=runs[2].record,
            parting=trial.parting_of(program),
        )

    def healthy(self, exercise: Exercise) -> Record:
        """What the same run of the healthy program ends with."""
        return self._runner.run((healthy_program(exercise), public_run(exercise)))[0].record

    def symptom(self, exercise: Exercise) -> Record:
        """What the learner's run of the program, as it was given, ended with."""
        return self._runner.run((broken_program(exercise), public_run(exercise)))[0].record


def missing_stack(exercise: Exercise) -> str:
    """Why nothing can be judged here; empty if the exercise's stack is installed."""
    if stack_versions(exercise.stack) is None:
        return f"{exercise.stack} is not installed: `debugdiff doctor` says how to get it"
    return ""


class _Decided(Exception):  # noqa: N818 - no error: how a verdict leaves the questions behind it
    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


@dataclass(kw_only=True)
class _Trial:
    """One program before the judge: questions in their order, until one decides."""

    exercise: Exercise
    files: Mapping[str, str]
    runner: Runner
    lines: dict[CheckName, CheckLine] = field(default_factory=dict)
    public: Record | None = None
    parting: Parting | None = None

    def judge(self) -> CheckResult:
        try:
            self._ask()
        except _Decided as decided:
            verdict, reason = decided.verdict, decided.reason
        record = self.public
        return CheckResult(
            exercise=self.exercise.id,
            state=state_of(self.files),
            verdict=verdict,
            reason=reason,
            lines=tuple(
                self.lines.get(name, CheckLine(name=name, passed=None)) for name in CheckName
            ),
            metrics=record.metrics if record else {},
            stage=record.stage if record else None,
            step=record.step if record else 0,
            failure=record.failure if record else None,
            parting=self.parting,
            versions=record.versions if record else {},
        )

    def _ask(self) -> None:
        self._require_stack()
        self._require_python()
        healthy, own, broken = self._public_runs()
        self._judge_end(own, broken)
        self._judge_warnings(own, healthy, broken)
        self._judge_facts(own, healthy, broken)
        self._judge_values(own, healthy)
        if own.metrics == broken.metrics and not same_metrics(own, healthy):
            self._decide(
                Verdict.SAME_SYMPTOM, "It runs, and its metrics are still those of before."
            )
        if self._behaves_alike():
            self._decide(
                Verdict.FIXED_OTHERWISE,
                "With the same weights it computes what the healthy program computes.",
            )
        self._judge_symptom(own, broken)

    def _decide(self, verdict: Verdict, reason: str) -> None:
        raise _Decided(verdict, reason)

    def _note(self, name: CheckName, *, passed: bool, detail: str = "") -> None:
        self.lines[name] = CheckLine(name=name, passed=passed, detail=detail)

    # --- before anything runs ------------------------------------------------------------------

    def _require_stack(self) -> None:
        reason = missing_stack(self.exercise)
        if reason:
            self._decide(Verdict.NOT_JUDGED, f"{reason}.")

    def _require_python(self) -> None:
        source = self.files.get(PROGRAM)
        if source is None:
            self._fail_to_run(f"There is no `{PROGRAM}`.")
        assert source is not None
        try:
            tree = parse(source)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = f"line {line}" if line else "it"
            message = getattr(error, "msg", None) or error
            self._fail_to_run(f"`{PROGRAM}` is no Python: {where}: {message}.")
        functions = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
        if "main" not in functions:
            self._fail_to_run(f"`{PROGRAM}` has no function `main` any more.")

    def _fail_to_run(self, detail: str) -> None:
        self._note(CheckName.RUNS, passed=False, detail=detail)
        self._decide(Verdict.DOES_NOT_RUN, detail)

    # --- the run that the learner sees -----------------------------------------------------------

    @property
    def _healthy(self) -> Program:
        return healthy_program(self.exercise)

    def own(self, **changes: object) -> Program:
        files = {**self.files, **self.exercise.case.helpers}
        return replace(Program(exercise=self.exercise, files=files), **changes)  # type: ignore[arg-type]

    def _public_runs(self) -> tuple[Record, Record, Record]:
        run = public_run(self.exercise)
        healthy, broken = (
            each.record
            for each in self.runner.run((self._healthy, run), (broken_program(self.exercise), run))
        )
        if healthy.worker is not WorkerEnd.FINISHED or healthy.program is not ProgramEnd.OK:
            self._decide(
                Verdict.NOT_JUDGED,
                f"The healthy program does not run here: {describe_end(healthy)}.",
            )
        limit = patience(healthy, self.exercise, run.size)
        # The hidden run goes on beside it: most programs that are asked about run through.
        own, _ = self.runner.run((self.own(seconds=limit), run), (self._hidden(), self._run(0)))
        self.public = own.record
        if own.record.worker in {WorkerEnd.NOT_STARTED, WorkerEnd.UNREADABLE}:
            self._decide(Verdict.NOT_JUDGED, f"The run was lost: {own.record.note}")
        return healthy, own.record, broken

    def _run(self, number: int) -> Run:
        return hidden_run(self.exercise, number)

    def _hidden(self) -> Program:
        return self.own(seconds=self.exercise.case.budget)

    def _judge_end(self, own: Record, broken: Record) -> None:
        if has_failed(own):
            end = describe_end(own)
            self._note(CheckName.RUNS, passed=False, detail=f"{end}.")
            if is_same_failure(own, broken):
                self._decide(Verdict.SAME_SYMPTOM, f"The same as before: {end}.")
            if own.failure is not None and own.failure.type in _NO_PROGRAM and not own.step:
                self._decide(Verdict.DOES_NOT_RUN, f"It does not run: {end}.")
            self._decide(Verdict.NEW_FAULT, f"Not the fault of before, but a new one: {end}.")
        if own.program is ProgramEnd.NON_FINITE:
            names = ", ".join(own.non_finite)
            self._note(CheckName.RUNS, passed=False, detail=f"Not a finite number: {names}.")
            same = broken.program is ProgramEnd.NON_FINITE
            self._decide(
                Verdict.SAME_SYMPTOM if same else Verdict.NEW_FAULT,
                f"It runs, but {names} is not a finite number.",
            )
        self._note(CheckName.RUNS, passed=True, detail="It runs through.")

    def _judge_warnings(self, own: Record, healthy: Record, broken: Record) -> None:
        fresh = fresh_warnings(own, healthy)
        if fresh:
            text = fresh[0].message.strip().partition("\n")[0]
            detail = f"{fresh[0].category}: {text}"
            self._note(CheckName.WARNINGS, passed=False, detail=detail)
            is_old = fresh[0] not in fresh_warnings(own, broken)
            self._decide(
                Verdict.SAME_SYMPTOM if is_old else Verdict.NEW_FAULT,
                f"It runs, with a warning that a healthy program does not give: {detail}",
            )
        self._note(CheckName.WARNINGS, passed=True)

    def _judge_facts(self, own: Record, healthy: Record, broken: Record) -> None:
        problem = facts_differ(own, healthy)
        if problem:
            self._refuse_facts(problem, is_old=facts_differ(broken, healthy) == problem)

    def _refuse_facts(self, problem: str, *, is_old: bool) -> None:
        self._note(CheckName.TRAINING, passed=False, detail=f"{problem}.")
        if is_old and not has_failed(self._broken_public()):
            self._decide(Verdict.SAME_SYMPTOM, f"As before: {problem}.")
        self._decide(Verdict.NEW_FAULT, f"It runs, but {problem}.")

    def _broken_public(self) -> Record:
        run = public_run(self.exercise)
        return self.runner.run((broken_program(self.exercise), run))[0].record

    # --- the runs that are kept ------------------------------------------------------------------

    def _judge_values(self, own: Record, healthy: Record) -> None:
        """Bit by bit, in the run that is seen and in one that is not."""
        hidden, mine = self._hidden_runs()
        values = compare_exactly(mine, hidden)
        exact = same_metrics(own, healthy), same_metrics(mine, hidden)
        close = close_metrics(own, healthy), close_metrics(mine, hidden)
        self._note(CheckName.METRICS, passed=close[0], detail="" if close[0] else "They differ.")
        self._note(CheckName.VALUES, passed=values.equal)
        self._note(CheckName.HIDDEN_RUN, passed=values.equal and close[1])
        if not values.equal:
            return
        if all(exact) and values.whole:
            self._decide(
                Verdict.FIXED_EXACTLY, "All values and metrics are those of the healthy run."
            )
        if all(close):
            self._decide(
                Verdict.FIXED_OTHERWISE, "Written in another way; all values are the same."
            )
        self._refuse_metrics(seen=not close[0])

    def _hidden_runs(self) -> tuple[Record, Record]:
        """The healthy program's and the learner's on kept data, if both run through."""
        hidden, mine = (
            each.record
            for each in self.runner.run(
                (self._healthy, self._run(0)), (self._hidden(), self._run(0))
            )
        )
        if has_failed(hidden):
            self._decide(
                Verdict.NOT_JUDGED,
                f"The healthy program does not run on kept data: {describe_end(hidden)}.",
            )
        if has_failed(mine) or mine.program is not ProgramEnd.OK:
            detail = "On data that is kept from you it does not run through"
            self._note(CheckName.HIDDEN_RUN, passed=False, detail=f"{detail}.")
            self._decide(Verdict.NEW_FAULT, f"{detail}: does it depend on the number of rows?")
        self._judge_hidden_facts(mine, hidden)
        return hidden, mine

    def _refuse_metrics(self, *, seen: bool) -> None:
        """It trains as it should, and what it says of that is wrong."""
        hidden = self.runner.run((self._healthy, self._run(0)))[0].record
        broken = self._broken_hidden()
        is_old = compare_exactly(broken, hidden).equal and not close_metrics(broken, hidden)
        where = "" if seen else " on data that is kept from you"
        self._decide(
            Verdict.SAME_SYMPTOM if is_old else Verdict.NEW_FAULT,
            f"It trains as it should, but what `main` returns is not right{where}.",
        )

    def _judge_hidden_facts(self, mine: Record, hidden: Record) -> None:
        problem = facts_differ(mine, hidden)
        if not problem and data_differ(mine, hidden):
            problem = "the model is trained on other data"
        if problem:
            broken = self._broken_hidden()
            is_old = facts_differ(broken, hidden) == problem or (
                not facts_differ(broken, hidden) and data_differ(broken, hidden)
            )
            self._refuse_facts(problem, is_old=is_old)
        self._note(CheckName.TRAINING, passed=True)

    def _broken_hidden(self) -> Record:
        return self.runner.run((broken_program(self.exercise), self._run(0)))[0].record

    def _behaves_alike(self) -> bool:
        """The same values from the same weights in two kept runs; else the metric over seeds."""
        holders = self._holders()
        if holders is None:
            return self._same_over_seeds()
        pairs = []
        own = self.own(holders=holders, seconds=2 * self.exercise.case.budget)
        healthy = replace(self._healthy, holders={layer: layer for layer in holders})
        for number in range(2):
            run = hidden_run(self.exercise, number, weights=True)
            pairs += [(healthy, run), (own, run)]
        runs = self.runner.run(*pairs)
        for expected, mine in ((runs[0], runs[1]), (runs[2], runs[3])):
            if has_failed(mine.record) or has_failed(expected.record):
                self._note(
                    CheckName.SAME_WEIGHTS,
                    passed=False,
                    detail="It cannot begin with the weights of the healthy program.",
                )
                return False
            found = compare_closely(mine, expected)
            if not found.equal:
                self._note(CheckName.SAME_WEIGHTS, passed=False, detail="It computes other values.")
                return False
        self._note(CheckName.SAME_WEIGHTS, passed=True)
        return self._begins_alike()

    def _begins_alike(self) -> bool:
        """Whether its own weights are drawn as the healthy program's are."""
        hidden, mine = self._hidden_runs()
        problem = initial_weights_differ(mine, hidden)
        if problem:
            detail = f"The initial weights of {problem} are others."
            self._note(CheckName.SAME_WEIGHTS, passed=False, detail=detail)
        return not problem

    def _holders(self) -> Mapping[str, str] | None:
        """For each layer of the healthy program, the learner's, whose weights it is to have."""
        healthy, own = (
            each.record
            for each in self.runner.run(
                (self._healthy, self._run(0)), (self._hidden(), self._run(0))
            )
        )
        for names in alignment.site_names(own, healthy):
            holders = alignment.holders(own, healthy, names)
            if holders is not None:
                return holders
        return None

    def _same_over_seeds(self) -> bool:
        """Whether the metric is that of the healthy program over seeds: paired, within a band."""
        pairs = self._metric_pairs()
        if pairs is None:
            self._note(CheckName.SEEDS, passed=False, detail="It does not run with every seed.")
            return False
        expected = [healthy for healthy, _ in pairs]
        shift = fmean(own - healthy for healthy, own in pairs)
        room = _WIDE * stdev(expected)
        passed = abs(shift) <= room + 1e-6 and all(band_of(expected).holds(own) for _, own in pairs)
        self._note(CheckName.SEEDS, passed=passed)
        return passed

    def _metric_pairs(self) -> list[tuple[float, float]] | None:
        name = self._metric()
        limit = self.exercise.case.budget * 5
        runs = [
            replace(public_run(self.exercise), seed=self.exercise.seed + at) for at in range(SEEDS)
        ]
        healthy = self.runner.run(*((self._healthy, run) for run in runs))
        own = self.runner.run(*((self.own(seconds=limit), run) for run in runs))
        pairs = []
        for expected, mine in zip(healthy, own, strict=True):
            values = expected.record.metrics.get(name), mine.record.metrics.get(name)
            if values[0] is None or values[1] is None:
                return None
            pairs.append((values[0], values[1]))
        return pairs

    def _metric(self) -> str:
        healthy = self.runner.run((self._healthy, public_run(self.exercise)))[0].record
        return self.exercise.case.metric or next(iter(healthy.metrics), "")

    # --- neither fixed nor stopped ---------------------------------------------------------------

    def _judge_symptom(self, own: Record, broken: Record) -> None:
        """It runs and is another program: is what the learner was shown gone?"""
        if compare_exactly(*self._hidden_pair()).equal and same_metrics(*self._hidden_pair()):
            self._decide(Verdict.SAME_SYMPTOM, "It computes what it computed before.")
        self.parting = self._where_it_parts()
        if not has_failed(broken) and broken.program is ProgramEnd.OK:
            band = self._band()
            name = self._metric()
            shows = band is not None and not band.holds(broken.metrics.get(name))
            if shows and band is not None and not band.holds(own.metrics.get(name)):
                self._decide(
                    Verdict.SAME_SYMPTOM,
                    f"{name} is still not what a healthy program reaches.",
                )
            if not shows and self._parts_as_before():
                self._decide(Verdict.SAME_SYMPTOM, "It still parts where it parted before.")
        where = f": first at {self.parting.site}, step {self.parting.step}" if self.parting else ""
        self._decide(
            Verdict.BEHAVES_DIFFERENTLY,
            f"The symptom is gone, but it does not compute what the healthy program does{where}.",
        )

    def _hidden_pair(self) -> tuple[Record, Record]:
        own, broken = self.runner.run(
            (self._hidden(), self._run(0)), (broken_program(self.exercise), self._run(0))
        )
        return own.record, broken.record

    def _band(self) -> Band | None:
        name = self._metric()
        runs = [
            replace(public_run(self.exercise), seed=self.exercise.seed + at) for at in range(SEEDS)
        ]
        found = self.runner.run(*((self._healthy, run) for run in runs))
        values = [value for each in found if (value := each.record.metrics.get(name)) is not None]
        return band_of(values) if len(values) == SEEDS else None

    def _where_it_parts(self) -> Parting | None:
        return self.parting_of(self.own(seconds=2 * self.exercise.case.budget))

    def _parts_as_before(self) -> bool:
        before = self.parting_of(broken_program(self.exercise))
        now = self.parting
        return before is not None and now is not None and before.site == now.site

    def parting_of(self, program: Program) -> Parting | None:
        """The first layer and step at which a program parts from the healthy one, by `diff`."""
        run = replace(self._run(0), hidden=False, seed=self.exercise.seed, keep=True)
        healthy, own = self.runner.run((self._healthy, run), (program, run))
        if has_failed(healthy.record) or not own.record.values:
            return None
        found = compare_runs(healthy, own)
        if not found.suspects:
            return None
        first = found.suspects[0]
        place = first.bad
        line = (place.called or place.made) if place else None
        return Parting(
            site=first.site,
            step=first.step,
            what=first.reason,
            line=line.line if line and line.file.endswith(PROGRAM) else None,
        )


_NO_PROGRAM = frozenset({"NameError", "ImportError", "ModuleNotFoundError", "SyntaxError"})
"""What a program raises, before its first step, that lost a name or a file while it was edited."""
