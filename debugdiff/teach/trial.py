"""One program before the judge: questions in their order, until one decides."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from symtable import symtable
from typing import TYPE_CHECKING, NoReturn

from debugdiff.execute import stack_versions
from debugdiff.model import Instrument, ProgramEnd, WorkerEnd
from debugdiff.score.outcome import is_same_failure
from debugdiff.syntax import parse
from debugdiff.teach.added_lines import SWALLOWED
from debugdiff.teach.alike import is_still_broken, likeness
from debugdiff.teach.comparing import (
    close_metrics,
    compare_exactly,
    compare_statistics,
    nearly_same_metrics,
    same_metrics,
)
from debugdiff.teach.facts import data_differ, facts_differ, parameters_differ
from debugdiff.teach.model import PROGRAM, CheckLine, CheckName, CheckResult, Parting, Verdict
from debugdiff.teach.runs import hidden_run, public_run
from debugdiff.teach.states import state_of
from debugdiff.teach.symptoms import (
    describe_end,
    fresh_warnings,
    has_failed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.model import Record
    from debugdiff.teach.model import Exercise
    from debugdiff.teach.runs import Run
    from debugdiff.teach.sides import Sides

_NO_PROGRAM = frozenset({"NameError", "ImportError", "ModuleNotFoundError", "SyntaxError"})
"""What a program raises that lost a name or a file while it was edited."""

_CLEARLY = 3
"""Times the seconds of the healthy program: a machine under load is not that uneven."""

_NOT_HERE = (
    "It runs to the end, but its values differ from the healthy run. It may still be a correct fix,"
    " written in another way: that can only be judged with the healthy program. Hand it in."
)
_AS_BEFORE = "It runs, but its metrics are the same as before."


def _may_swallow(source: str) -> bool:
    """Whether a program could catch an exception at all."""
    nodes = list(ast.walk(parse(source)))
    names = {getattr(node, "id", getattr(node, "attr", "")) for node in nodes}
    return "suppress" in names or any(isinstance(node, ast.Try) for node in nodes)


class _Decided(Exception):  # noqa: N818 - no error: how a verdict leaves the questions behind it
    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


def missing_stack(exercise: Exercise) -> str:
    """Why nothing can be judged here; empty if the exercise's stack is installed."""
    if stack_versions(exercise.stack) is None:
        return f"{exercise.stack} is not installed: `debugdiff doctor` says how to get it"
    return ""


@dataclass(kw_only=True)
class Trial:
    """The questions, and what was found so far.

    Without `in_detail`, what is neither fixed nor stopped is not looked at any further. `on_public`
    gets the run that the learner sees as soon as it has ended.
    """

    sides: Sides
    in_detail: bool = True
    on_public: Callable[[Record], None] | None = None
    lines: dict[CheckName, CheckLine] = field(default_factory=dict)
    public: Record | None = None
    parting: Parting | None = None

    def judge(self) -> CheckResult:
        """Ask until one question decides."""
        try:
            self._ask()
        except _Decided as decided:
            return self._result(decided.verdict, decided.reason)

    def _result(self, verdict: Verdict, reason: str) -> CheckResult:
        record = self.public
        lines = (self.lines.get(name, CheckLine(name=name, passed=None)) for name in CheckName)
        return CheckResult(
            exercise=self.sides.exercise.id,
            state=state_of(self.sides.files),
            verdict=verdict,
            reason=f"{reason}{self._put_back()}",
            lines=tuple(lines),
            metrics=record.metrics if record else {},
            stage=record.stage if record else None,
            step=record.step if record else 0,
            failure=record.failure if record else None,
            post_mortem=record.post_mortem if record else None,
            parting=self.parting,
            versions=record.versions if record else {},
        )

    def _put_back(self) -> str:
        """Which of the data modules are not judged as the learner has them."""
        given = self.sides.exercise.case.helpers
        files = self.sides.files
        changed = [name for name, text in given.items() if files.get(name, text) != text]
        names = ", ".join(f"`{name}`" for name in changed)
        return f" Your {names} was not used: the original was." if names else ""

    def _ask(self) -> NoReturn:
        self._require_stack()
        self._require_python()
        healthy, own, broken = self._public_runs()
        self._judge_end(own, healthy, broken)
        self._judge_warnings(own, healthy, broken)
        self._judge_facts(own, healthy, broken)
        self._judge_metrics(own, healthy, broken)
        self._judge_hidden_end()
        self._judge_hidden_facts()
        self._judge_values(own, healthy)
        if self.sides.exercise.reference is not None:
            self._judge_by_statistics(own, healthy)
        self._judge_likeness()
        if not self.in_detail:
            self._decide(Verdict.BEHAVES_DIFFERENTLY, "It does not compute the same values.")
        self._judge_symptom(own, broken)

    def _decide(self, verdict: Verdict, reason: str) -> NoReturn:
        raise _Decided(verdict, reason)

    def _refuse(self, reason: str, *, is_old: bool) -> NoReturn:
        """Not fixed: by the symptom of before, or by a fault that is new."""
        self._decide(Verdict.SAME_SYMPTOM if is_old else Verdict.NEW_FAULT, reason)

    def _accept(self, verdict: Verdict, reason: str) -> NoReturn:
        """A fix, unless the exception of before is still raised, and swallowed."""
        failure = self.sides.public(self.sides.broken).failure
        if failure is not None and _may_swallow(self.sides.files[PROGRAM]):
            name = failure.type.rpartition(".")[2]
            run = replace(
                hidden_run(self.sides.exercise), instrument=Instrument.NONE, swallowed=name
            )
            record = self.sides.runner.run((self.sides.own(), run))[0].record
            if record.metrics.get(SWALLOWED):
                self._note(CheckName.RUNS, passed=False, detail=f"{name} is still raised.")
                reason = f"{name} is still raised. Catching it does not fix the fault."
                self._decide(Verdict.SAME_SYMPTOM, reason)
        self._decide(verdict, reason)

    def _note(self, name: CheckName, *, passed: bool, detail: str = "") -> None:
        self.lines[name] = CheckLine(name=name, passed=passed, detail=detail)

    # --- before anything runs ------------------------------------------------------------------

    def _require_stack(self) -> None:
        reason = missing_stack(self.sides.exercise)
        if reason:
            self._decide(Verdict.NOT_JUDGED, f"{reason}.")

    def _require_python(self) -> None:
        source = self.sides.files.get(PROGRAM)
        if source is None:
            self._fail_to_run(f"There is no `{PROGRAM}`. `undo` brings it back.")
        try:
            parse(source)
            names = symtable(source, PROGRAM, "exec")
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = f"line {line}: " if line else ""
            message = getattr(error, "msg", None) or error
            self._fail_to_run(f"`{PROGRAM}` is not valid Python: {where}{message}.")
        if "main" not in names.get_identifiers() or not names.lookup("main").is_local():
            self._fail_to_run(f"`{PROGRAM}` no longer has a function `main`.")

    def _fail_to_run(self, detail: str) -> NoReturn:
        self._note(CheckName.RUNS, passed=False, detail=detail)
        self._decide(Verdict.DOES_NOT_RUN, detail)

    # --- the run that the learner sees -----------------------------------------------------------

    def _public_runs(self) -> tuple[Record, Record, Record]:
        sides, run = self.sides, public_run(self.sides.exercise)
        given = sides.runner.run((sides.healthy, run), (sides.broken, run))
        healthy, broken = given[0].record, given[1].record
        if has_failed(healthy) or healthy.program is not ProgramEnd.OK:
            end = describe_end(healthy)
            self._decide(Verdict.NOT_JUDGED, f"The healthy program does not run here: {end}.")
        # The hidden run goes on beside it: most programs that are asked about run through.
        hidden = (sides.own(), hidden_run(sides.exercise))
        own = sides.runner.run((sides.own(), run), hidden, listener=self._tell)
        self.public = own[0].record
        if self.public.worker is WorkerEnd.NOT_STARTED:
            self._decide(Verdict.NOT_JUDGED, f"The run was lost: {self.public.note}")
        if self.public.worker is WorkerEnd.UNREADABLE:
            self._fail_to_run("Its process ends before `main` returns.")
        return healthy, self.public, broken

    def _tell(self, run: Run, record: Record) -> None:
        if self.on_public is not None and not run.hidden:
            self.on_public(record)

    def _is_slow(self, own: Record, healthy: Record) -> bool:
        """Whether a program was stopped before it had clearly more time than a healthy one."""
        is_stopped = own.worker is WorkerEnd.TIMEOUT
        return is_stopped and own.counted_seconds < _CLEARLY * healthy.counted_seconds

    def _judge_end(self, own: Record, healthy: Record, broken: Record) -> None:
        if has_failed(own):
            end = describe_end(own)
            kind = own.failure.type if own.failure else end
            self._note(CheckName.RUNS, passed=False, detail=f"{end}.")
            if self._is_slow(own, healthy):
                reason = f"The machine is too slow now: {end}; the healthy program took"
                self._decide(Verdict.NOT_JUDGED, f"{reason} {healthy.seconds:.0f} seconds.")
            if is_same_failure(own, broken):
                self._decide(Verdict.SAME_SYMPTOM, f"The same as before: {kind}.")
            if own.failure is not None and own.failure.type in _NO_PROGRAM:
                self._decide(Verdict.DOES_NOT_RUN, f"It does not run: {end}.")
            self._decide(Verdict.NEW_FAULT, f"A new fault, not the one from before: {kind}.")
        if own.program is ProgramEnd.NON_FINITE:
            names = ", ".join(own.non_finite)
            self._note(CheckName.RUNS, passed=False, detail=f"Not a finite number: {names}.")
            is_old = broken.program is ProgramEnd.NON_FINITE
            self._refuse(f"It runs, but {names} is not a finite number.", is_old=is_old)
        self._note(CheckName.RUNS, passed=True)

    def _judge_warnings(self, own: Record, healthy: Record, broken: Record) -> None:
        fresh = fresh_warnings(own, healthy)
        if fresh:
            text = fresh[0].message.strip().partition("\n")[0]
            detail = f"{fresh[0].category}: {text}"
            self._note(CheckName.WARNINGS, passed=False, detail=detail)
            is_old = fresh[0] not in fresh_warnings(own, broken)
            reason = f"It runs, but gives a warning that a healthy program does not give: {detail}"
            self._refuse(reason, is_old=is_old)
        self._note(CheckName.WARNINGS, passed=True)

    def _judge_facts(self, own: Record, healthy: Record, broken: Record) -> None:
        problem = facts_differ(own, healthy)
        if problem:
            self._refuse_facts(problem, is_old=facts_differ(broken, healthy) == problem)

    def _refuse_facts(self, problem: str, *, is_old: bool) -> NoReturn:
        self._note(CheckName.TRAINING, passed=False, detail=f"{problem}.")
        ran = not has_failed(self.sides.public(self.sides.broken))
        self._refuse(f"It runs, but {problem}.", is_old=is_old and ran)

    def _judge_metrics(self, own: Record, healthy: Record, broken: Record) -> None:
        passed = close_metrics(own, healthy)
        detail = "" if passed else "They differ from a healthy program's."
        self._note(CheckName.METRICS, passed=passed, detail=detail)
        if not passed and own.metrics == broken.metrics:
            self._decide(Verdict.SAME_SYMPTOM, _AS_BEFORE)

    # --- the runs that are kept ------------------------------------------------------------------

    def _hidden(self) -> tuple[Record, Record]:
        """The learner's program and the healthy one on hidden data."""
        return self.sides.hidden(self.sides.own()), self.sides.hidden(self.sides.healthy)

    def _judge_hidden_end(self) -> None:
        own, healthy = self._hidden()
        if has_failed(healthy):
            end = describe_end(healthy)
            reason = f"The healthy program does not run on the hidden data: {end}."
            self._decide(Verdict.NOT_JUDGED, reason)
        if has_failed(own) or own.program is not ProgramEnd.OK:
            detail = "On hidden data, it does not run to the end"
            self._note(CheckName.HIDDEN_RUN, passed=False, detail=f"{detail}.")
            broken = self.sides.hidden(self.sides.broken)
            reason = f"{detail}. Does it depend on the number of rows?"
            self._refuse(reason, is_old=has_failed(broken) and is_same_failure(own, broken))

    def _judge_hidden_facts(self) -> None:
        own, healthy = self._hidden()
        problem = facts_differ(own, healthy)
        if problem:
            is_old = facts_differ(self.sides.hidden(self.sides.broken), healthy) == problem
            self._refuse_facts(f"on hidden data, {problem}", is_old=is_old)
        problem = parameters_differ(own, healthy) or data_differ(own, healthy)
        if problem:
            self._judge_other_training(problem)
        self._note(CheckName.TRAINING, passed=True)

    def _judge_other_training(self, problem: str) -> NoReturn:
        """It runs, and trains something else or on something else: fixed it cannot be."""
        own, broken = self.public, self.sides.public(self.sides.broken)
        assert own is not None
        self._note(CheckName.TRAINING, passed=False, detail=f"{problem.capitalize()}.")
        if self._trains_as_before():
            self._refuse(f"It runs, but {problem}.", is_old=not has_failed(broken))
        if self.in_detail and self.sides.exercise.reference is None:
            self._judge_symptom(own, broken, problem)
        reason = f"The symptom is gone, but {problem}."
        self._decide(Verdict.BEHAVES_DIFFERENTLY, reason)

    def _trains_as_before(self) -> bool:
        """Whether the program that was given trains as much, on the same data."""
        own, before = (self.sides.hidden(each) for each in (self.sides.own(), self.sides.broken))
        return not parameters_differ(own, before) and not data_differ(own, before)

    def _judge_values(self, own: Record, healthy: Record) -> None:
        """Bit by bit, in the run that the learner sees and in a hidden one."""
        mine, expected = self._hidden()
        values = compare_exactly(mine, expected)
        is_close = close_metrics(mine, expected)
        self._note(CheckName.VALUES, passed=values.equal)
        self._note(CheckName.HIDDEN_RUN, passed=values.equal and is_close)
        if not values.equal:
            return
        if values.whole and same_metrics(own, healthy) and same_metrics(mine, expected):
            reason = "All values and metrics are the same as in the healthy run."
            self._accept(Verdict.FIXED_EXACTLY, reason)
        if is_close and close_metrics(own, healthy):
            reason = "It is written in another way, but all values are the same."
            self._accept(Verdict.FIXED_OTHERWISE, reason)
        self._refuse_metrics(own, healthy)

    def _refuse_metrics(self, own: Record, healthy: Record) -> NoReturn:
        """It trains as it should, and what it says of that is wrong."""
        broken, expected = self.sides.hidden(self.sides.broken), self._hidden()[1]
        is_old = compare_exactly(broken, expected).equal and not close_metrics(broken, expected)
        where = " on hidden data" if close_metrics(own, healthy) else ""
        reason = f"It trains as it should, but what `main` returns is wrong{where}."
        self._refuse(reason, is_old=is_old)

    def _judge_by_statistics(self, own: Record, healthy: Record) -> NoReturn:
        """Where the healthy program was not given out: but for rounding, or not to be judged."""
        mine, expected = self._hidden()
        values = compare_statistics(mine, expected)
        if values.equal and nearly_same_metrics(own, healthy):
            self._note(CheckName.VALUES, passed=True, detail="The same, apart from rounding.")
            self._note(CheckName.HIDDEN_RUN, passed=True)
            reason = "All values are the same as in the healthy run, apart from rounding."
            self._accept(Verdict.FIXED_OTHERWISE, reason)
        self._judge_unchanged(own)
        self._decide(Verdict.NOT_JUDGED, _NOT_HERE)

    def _judge_likeness(self) -> None:
        line = likeness(self.sides)
        self.lines[line.name] = line
        if line.passed:
            reason = (
                "From the same weights, it computes the same as the healthy program."
                if line.name is CheckName.SAME_WEIGHTS
                else "Over several seeds, its metric matches the healthy program's."
            )
            self._accept(Verdict.FIXED_OTHERWISE, reason)

    # --- neither fixed nor stopped ---------------------------------------------------------------

    def _judge_symptom(self, own: Record, broken: Record, problem: str = "") -> NoReturn:
        """It runs, but is a different program: has the symptom gone?"""
        sides = self.sides
        self._judge_unchanged(own)
        self.parting = sides.parting(sides.own())
        if not has_failed(broken) and broken.program is ProgramEnd.OK:
            self._judge_metric_symptom(own, broken)
        where = f": first at {self.parting.site}, step {self.parting.step}" if self.parting else ""
        problem = problem or f"its values differ from a healthy program's{where}"
        reason = f"The symptom is gone, but {problem}."
        self._decide(Verdict.BEHAVES_DIFFERENTLY, reason)

    def _judge_unchanged(self, own: Record) -> None:
        """It computes what it did before, or nothing."""
        mine, before = (self.sides.hidden(each) for each in (self.sides.own(), self.sides.broken))
        if not has_failed(before) and compare_exactly(mine, before).equal:
            self._decide(Verdict.SAME_SYMPTOM, "It still computes the same values as before.")
        if mine.metrics == own.metrics:
            reason = "`main` returns the same figures whatever the data and the seed."
            self._decide(Verdict.NEW_FAULT, reason)
        if self.sides.exercise.reference is None and is_still_broken(self.sides):
            reason = "With the same weights it computes what it computed before."
            self._decide(Verdict.SAME_SYMPTOM, reason)

    def _judge_metric_symptom(self, own: Record, broken: Record) -> None:
        """A silent fault shows in the metric, or else in the place where the values part."""
        sides, name = self.sides, self.sides.metric
        band = sides.clean_band()
        shows = band is not None and not band.holds(broken.metrics.get(name))
        if shows and band is not None and not band.holds(own.metrics.get(name)):
            reason = f"{name} still differs from what a healthy program reaches."
            self._decide(Verdict.SAME_SYMPTOM, reason)
        before = sides.parting(sides.broken)
        if not shows and before and self.parting and before.site == self.parting.site:
            reason = "It still first differs from the healthy program in the same place."
            self._decide(Verdict.SAME_SYMPTOM, reason)
