"""The judge: is this fix right? One verdict with evidence, by running the program.

A program is *fixed exactly* if the run that the learner sees, and one that they do not see (other
rows in another order, another seed), are bitwise those of the healthy program. It is *fixed
otherwise* if all that training and evaluation make is bitwise the same though layers are written in
another way; or if, begun with the weights of the healthy program, it does the same within the
parity tolerance, values and metrics, in two runs that the learner does not see, and its own weights
are drawn alike; or, where weights cannot be exchanged, if its metric over seeds is the same.

Values come from probes, never from what is printed. Steps, trained numbers, data and metrics have
to be those of the healthy run: an exception that is swallowed and a constant that is returned do
not pass. Text is never compared.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.model import Instrument, ProgramEnd, Sandbox, Size
from debugdiff.teach.alike import healthy_from_given_weights
from debugdiff.teach.explaining import Observed
from debugdiff.teach.model import Reference
from debugdiff.teach.runs import Runner, broken_program, healthy_program, hidden_run, public_run
from debugdiff.teach.sides import Sides
from debugdiff.teach.symptoms import describe_end, has_failed
from debugdiff.teach.trial import Trial, missing_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Self

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record
    from debugdiff.teach.model import CheckResult, Exercise, Parting


class Judge:
    """Answers whether a program is a right fix of an exercise. To be used with `with`.

    Args:
        slots: how many runs go on at once.
        pool: hosts to share, in place of ones of its own.
        cache: a file that keeps the runs of healthy and broken programs from one time to the next.
        sandbox: what programs are kept from on hosts of its own.
    """

    def __init__(
        self,
        *,
        slots: int = 2,
        pool: Pool | None = None,
        cache: Path | None = None,
        sandbox: Sandbox = Sandbox.WRITE,
    ) -> None:
        self._runner = Runner(slots=slots, pool=pool, cache=cache, sandbox=sandbox)

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._runner.__exit__(*details)

    def check(
        self,
        exercise: Exercise,
        files: Mapping[str, str],
        *,
        in_detail: bool = True,
        on_public: Callable[[Record], None] | None = None,
    ) -> CheckResult:
        """Judge a learner's files, relative name to text; `program.py` is among them.

        The helpers of the exercise (its data module) are put back as they were given out. Where it
        only matters whether a program is fixed, `in_detail=False` saves runs. `on_public` gets the
        run that the learner sees as soon as it has ended, before there is a verdict.

        Raises:
            StackError: an interpreter cannot be started.
        """
        began = time.monotonic()
        sides = self._sides(exercise, files)
        result = Trial(sides=sides, in_detail=in_detail, on_public=on_public).judge()
        return replace(result, seconds=time.monotonic() - began)

    def warm_up(self, exercise: Exercise) -> None:
        """Run the healthy and the broken program, so that a check only runs the learner's."""
        self._runner.run(
            (healthy_program(exercise), public_run(exercise)),
            (healthy_program(exercise), hidden_run(exercise)),
            (broken_program(exercise), public_run(exercise)),
        )

    def get_ready(self, exercise: Exercise) -> None:
        """Run what a fix that is written in another way is compared with."""
        if exercise.reference is None:
            healthy_from_given_weights(self._sides(exercise, exercise.given))

    def symptom(self, exercise: Exercise) -> Record:
        """What the learner's run of the program, as it was given, ends with."""
        return self._sides(exercise, {}).public(broken_program(exercise))

    def watched_symptom(self, exercise: Exercise) -> Record:
        """The same run with layer probes: some values are not finite and show in no figure."""
        run = replace(public_run(exercise), instrument=Instrument.LAYERS)
        return self._runner.run((broken_program(exercise), run))[0].record

    def telling_figures(self, exercise: Exercise) -> tuple[str, ...]:
        """The metrics that show a learner that a program which runs through has a fault."""
        return self._sides(exercise, {}).telling_figures()

    def healthy(self, exercise: Exercise) -> Record:
        """What the same run of the healthy program ends with."""
        return self._sides(exercise, {}).public(healthy_program(exercise))

    def reference(self, exercise: Exercise) -> Reference:
        """What is given out in the place of the healthy program.

        Raises:
            DebugdiffError: `handout-healthy` if it does not run through here.
        """
        runs = (public_run(exercise), hidden_run(exercise))
        found = self._runner.run(*((healthy_program(exercise), run) for run in runs))
        public, hidden = (each.record for each in found)
        for record in (public, hidden):
            if has_failed(record) or record.program is not ProgramEnd.OK:
                raise DebugdiffError(
                    f"The healthy program of {exercise.folder} does not run through here:"
                    f" {describe_end(record)}.",
                    hint="`debugdiff teach check-course` checks every exercise of a course.",
                    slug="handout-healthy",
                )
        return Reference(public=public, hidden=hidden)

    def trace(self, exercise: Exercise, files: Mapping[str, str]) -> Record:
        """The learner's program at size `tiny`, with layer probes."""
        run = replace(public_run(exercise), size=Size.TINY, instrument=Instrument.LAYERS)
        return self._runner.run((self._sides(exercise, files).own(), run))[0].record

    def compare(self, exercise: Exercise, files: Mapping[str, str]) -> Parting | None:
        """Where the learner's program parts from the healthy one; `None`: nowhere, or not seen."""
        sides = self._sides(exercise, files)
        return sides.parting(sides.own())

    def observe(self, exercise: Exercise, twin: Exercise | None = None) -> Observed:
        """The runs of the broken and the healthy program, where they part, how its twin ends."""
        sides = self._sides(exercise, exercise.given)
        watched = replace(public_run(exercise), size=Size.TINY, instrument=Instrument.LAYERS)
        return Observed(
            broken=sides.public(sides.broken),
            watched=self._runner.run((sides.broken, watched))[0].record,
            healthy=sides.public(sides.healthy),
            parting=sides.parting(sides.broken),
            elsewhere=self._elsewhere(twin) if twin and not missing_stack(twin) else "",
        )

    def _elsewhere(self, twin: Exercise) -> str:
        """How an exercise ends, in a clause that names its framework."""
        record = self.symptom(twin)
        if record.failure is not None:
            return f"{twin.framework}: {record.ending}"
        figures = ", ".join(
            f"{name} {value:.3f}" for name, value in record.metrics.items() if value is not None
        )
        return f"{twin.framework}: it runs to the end and reports nothing ({figures})"

    def _sides(self, exercise: Exercise, files: Mapping[str, str]) -> Sides:
        self._runner.start_over()
        return Sides(exercise=exercise, files=files, runner=self._runner)
