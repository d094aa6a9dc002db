"""From the record of a script to rows: what each site held, in the order of execution."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.model import Alarm, ProgramEnd, SitePlace, ValueKind, ValueStatistics
from debugdiff.sentinels import alarms
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.model import Record, ScriptRun

_SHOWN = (ValueKind.INPUT, ValueKind.FORWARD, ValueKind.LOSS)
_LOSS_SITE = "loss"
_OF_THE_WHOLE = frozenset({"optimizer", "loss.prediction", "loss.target"})
"""Sites of alarms that stand in the row of the loss, as they have none of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedStep:
    """A site at one optimizer step; of several calls in it, the last.

    Attributes:
        level: what a curve over the steps shows: the mean of the absolute values, or of the loss
            its mean; `None` if nothing finite was there.
        gradient_norm: Euclidean, of the gradient that arrived at the site.
        update_ratio: Euclidean norm of what the step changed in the layer's own parameters / norm
            of these before it.
    """

    step: int
    level: float | None
    gradient_norm: float | None = None
    update_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """One site of a run.

    Attributes:
        kind: `forward`, `input` (of a whole model) or `loss`.
        value: the reading that is shown; see `Trace.step`. `None` for a layer whose parameters
            were used without calling it.
        calls: how often the site was read during that step.
        latest: gradient and update of the last step that had them.
        steps: every step that was read.
        alarms: the alarms of this site, of its gradient and of its parameters.
    """

    site: str
    kind: ValueKind
    place: SitePlace | None
    value: ValueStatistics | None
    calls: int
    latest: TracedStep | None
    steps: tuple[TracedStep, ...]
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A run of a script as rows.

    Attributes:
        step: the optimizer step that the rows show: the last training step. After a crash
            every row shows its last reading.
        unprintable: sites of layers that a print in the program would have shown no numbers of.
        alarms: sentinels that fired, by step.
    """

    run: ScriptRun
    rows: tuple[TraceRow, ...]
    step: int | None
    alarms: tuple[Alarm, ...] = ()
    unprintable: tuple[str, ...] = field(default=())


def trace_of(run: ScriptRun) -> Trace:
    """The rows of a run, with the alarms of the admitted sentinels."""
    record = run.record
    step = _shown_step(record)
    found = alarms(record.values, record.settings)
    rows = _Rows(record, found, step).rows()
    return Trace(
        run=run,
        rows=rows,
        step=step,
        alarms=found,
        unprintable=tuple(each.site for each in record.places if each.symbolic),
    )


def _shown_step(record: Record) -> int | None:
    """The last step of training; `None` where a program did not end well or did not train."""
    if record.program is not ProgramEnd.OK:
        return None
    return max((each.step for each in record.values if each.kind is ValueKind.LOSS), default=None)


class _Rows:
    """The values of a record, grouped by what a row needs of them."""

    def __init__(self, record: Record, found: Sequence[Alarm], step: int | None) -> None:
        self._step = step
        self._places = {place.site: place for place in record.places}
        self._by_site: dict[tuple[str, ValueKind], list[ValueStatistics]] = defaultdict(list)
        self._parameters: dict[tuple[str, int], list[ValueStatistics]] = defaultdict(list)
        for value in record.values:
            self._by_site[value.site, value.kind].append(value)
            if value.kind is ValueKind.PARAMETER:
                self._parameters[layer_of(value.site), value.step].append(value)
        self._gradients = _last_by_step(record.values, ValueKind.GRADIENT)
        self._alarms = found
        self._sites: set[str] = set()

    def rows(self) -> tuple[TraceRow, ...]:
        """In the order in which sites were first read; the loss comes last."""
        shown = [key for key in self._by_site if key[1] in _SHOWN]
        shown.sort(key=lambda key: key[1] is ValueKind.LOSS)
        called = {site for site, _ in shown}
        rest = dict.fromkeys(layer for layer, _ in self._parameters if layer not in called)
        self._sites = called | rest.keys()
        uncalled = [self._row(layer, ValueKind.FORWARD) for layer in rest]
        return (*(self._row(site, kind) for site, kind in shown), *uncalled)

    def _row(self, site: str, kind: ValueKind) -> TraceRow:
        values = self._by_site.get((site, kind), [])
        value = self._shown(values)
        steps = tuple(self._steps(site, kind, values))
        trained = [each for each in steps if each.gradient_norm is not None or each.update_ratio]
        return TraceRow(
            site=site,
            kind=kind,
            place=self._places.get(site) or self._places.get(site.partition("[")[0]),
            value=value,
            calls=sum(value is not None and each.step == value.step for each in values),
            latest=trained[-1] if trained else None,
            steps=steps,
            alarms=tuple(self._alarms_of(site, kind)),
        )

    def _shown(self, values: Sequence[ValueStatistics]) -> ValueStatistics | None:
        of_step = [value for value in values if value.step == self._step]
        return next(iter((of_step or list(values))[-1:]), None)

    def _steps(
        self, site: str, kind: ValueKind, values: Sequence[ValueStatistics]
    ) -> Iterable[TracedStep]:
        last = {value.step: value for value in values}
        of_parameters = {step for layer, step in self._parameters if layer == site}
        is_layer = kind is ValueKind.FORWARD
        for step in sorted(last.keys() | (of_parameters if is_layer else set())):
            gradient = self._gradients.get((site, step)) if is_layer else None
            yield TracedStep(
                step=step,
                level=_level(last.get(step)),
                gradient_norm=gradient.norm if gradient else None,
                update_ratio=_update_ratio(self._parameters.get((site, step), ()))
                if is_layer
                else None,
            )

    def _alarms_of(self, site: str, kind: ValueKind) -> Iterable[Alarm]:
        for alarm in self._alarms:
            at = _LOSS_SITE if alarm.site in _OF_THE_WHOLE else alarm.site
            if at not in self._sites:
                at = layer_of(at)
            is_input = alarm.kind is ValueKind.INPUT
            if at == site and is_input == (kind is ValueKind.INPUT):
                yield alarm


def _last_by_step(
    values: Iterable[ValueStatistics], kind: ValueKind
) -> Mapping[tuple[str, int], ValueStatistics]:
    return {(value.site, value.step): value for value in values if value.kind is kind}


def _level(value: ValueStatistics | None) -> float | None:
    if value is None or value.nan or value.infinite:
        return None
    return value.mean if value.kind is ValueKind.LOSS else value.mean_absolute


def _update_ratio(parameters: Iterable[ValueStatistics]) -> float | None:
    """`None` where no step changed them, or there is nothing that it could be compared with."""
    pairs = [
        (each.update, each.norm)
        for each in parameters
        if each.update is not None and each.norm is not None
    ]
    before = math.hypot(*(norm for _, norm in pairs))
    return math.hypot(*(update for update, _ in pairs)) / before if before else None
