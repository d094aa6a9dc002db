"""`debugdiff trace`: a row per site, what the sentinels say of it, and how the script ended."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.model import Mode, ProgramEnd, Stack, ValueKind
from debugdiff.report.layout import (
    BAD,
    LOUD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    indented,
    quiet,
)
from debugdiff.report.scripts import ending, run_facts
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Alarm, Location, ScriptRun
    from debugdiff.report.page import Page
    from debugdiff.score.tracing import Trace, TracedStep, TraceRow

SCHEMA_VERSION = 1
"""Raised when a field of the JSON goes or changes its meaning."""

_BARS = "▁▂▃▄▅▆▇█"
_ABSENT_BAR = "!"
_CURVE_WIDTH = 8
_COLUMNS = (
    Column(header="site", flexible=16),
    Column(header="line", flexible=8),
    Column(header="shape", flexible=8),
    Column(header="dtype", flexible=7),
    Column(header="mean", justify="right"),
    Column(header="std", justify="right"),
    Column(header="min", justify="right"),
    Column(header="max", justify="right"),
    Column(header="zeros", justify="right"),
    Column(header="nan\ninf", justify="right"),
    Column(header="grad\nnorm", justify="right"),
    Column(header="update\nratio", justify="right"),
    Column(header="over\nsteps"),
    Column(header="see"),
)
_SHORT_TYPES = {"float": "f", "bfloat": "bf", "int": "i", "uint": "u", "complex": "c"}


def render(trace: Trace, page: Page) -> str:
    """The whole trace as text of the page's medium; HTML has curves of all values."""
    title = f"debugdiff trace {trace.run.path.name}"
    if page.medium == "html":
        from debugdiff.report.html.scripts import run_page  # noqa: PLC0415 - jinja is slow

        return run_page(title, _parts(trace), trace.run.record)
    return page.write(*_parts(trace), title=title)


def render_json(trace: Trace) -> str:
    """The same as one JSON object."""
    return (
        to_json(
            {
                "schema_version": SCHEMA_VERSION,
                **run_facts(trace.run),
                "shown_step": trace.step,
                "sites": [_site_json(row) for row in trace.rows],
                "alarms": trace.alarms,
                "unprintable": trace.unprintable,
            },
            indent=2,
        )
        + "\n"
    )


def _site_json(row: TraceRow) -> dict[str, Any]:
    return {
        "site": row.site,
        "kind": row.kind,
        "class": row.place.kind if row.place else "",
        "made": row.place.made if row.place else None,
        "called": row.place.called if row.place else None,
        "printable": not (row.place and row.place.symbolic),
        "calls": row.calls,
        "value": row.value,
        "gradient_norm": row.latest.gradient_norm if row.latest else None,
        "update_ratio": row.latest.update_ratio if row.latest else None,
        "steps": row.steps,
        "alarms": list(dict.fromkeys(each.sentinel for each in row.alarms)),
    }


def _parts(trace: Trace) -> Iterator[RenderableType]:
    run = trace.run
    yield Text.assemble((run.path.name, STRONG), (f"  {_conditions(run)}", QUIET))
    if trace.rows:
        yield Text()
        rows = tuple(_row(row, run, _numbers(trace.alarms)) for row in trace.rows)
        yield Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))
    yield Text()
    yield from _explained_alarms(trace.alarms)
    yield from map(indented, _remarks(trace))
    ended_well = run.record.program is ProgramEnd.OK and run.exit_status == 0
    yield indented(Text(ending(run), style="" if ended_well else BAD))


def _conditions(run: ScriptRun) -> str:
    mode = "" if run.mode is Mode.DEFAULT else f", mode {run.mode}"
    steps = count_of(len({value.step for value in run.record.values}), "step")
    return f"{run.stack or 'no framework'}{mode}, {steps} read"


def _explained_alarms(alarms: Sequence[Alarm]) -> Iterator[RenderableType]:
    for sentinel, number in _numbers(alarms).items():
        alike = [alarm for alarm in alarms if alarm.sentinel == sentinel]
        yield indented(
            Text.assemble(
                (f"[{number}] ", LOUD),
                (sentinel, STRONG),
                f" at {_sites_of(alike)}: {_figure(alike[0].value)}"
                f" (threshold {_figure(alike[0].threshold)}). {alike[0].meaning} ",
                (f"Source: {alike[0].source}", QUIET),
            )
        )


def _numbers(alarms: Sequence[Alarm]) -> dict[str, int]:
    """Sentinels that fired, numbered by when they first did."""
    fired = dict.fromkeys(alarm.sentinel for alarm in alarms)
    return {sentinel: number for number, sentinel in enumerate(fired, 1)}


def _sites_of(alike: Sequence[Alarm]) -> str:
    first = f"{alike[0].site}, from step {alike[0].step}"
    others = dict.fromkeys(alarm.site for alarm in alike[1:] if alarm.site != alike[0].site)
    return f"{first} (and at {', '.join(others)})" if others else first


def _remarks(trace: Trace) -> Iterator[Text]:
    run = trace.run
    if trace.step is not None:
        yield quiet(f"Values of step {trace.step}, the last training step.")
    if trace.unprintable:
        yield Text(_about_unprintable(trace))
    if run.record.note and run.record.failure is not None:
        yield Text(run.record.note)
    if "XLA" in run.record.note:
        yield Text("With --mode eager, every operation runs on its own and can be read.")


def _about_unprintable(trace: Trace) -> str:
    count = count_of(len(trace.unprintable), "site")
    hidden = f"A print in the program would show no numbers at {count} marked ~: "
    if trace.run.stack is Stack.KERAS_TENSORFLOW and trace.run.mode is not Mode.EAGER:
        return (
            f"{hidden}they are symbolic while its lines run. They were read inside the graph, in"
            " the program's own mode; with --mode eager, a print in `call` would show them."
        )
    return f"{hidden}they are symbolic when the line that calls the layer runs."


def _row(row: TraceRow, run: ScriptRun, numbers: Mapping[str, int]) -> Row:
    kinds = {alarm.kind for alarm in row.alarms}
    value = row.value
    loud = LOUD if kinds & {ValueKind.FORWARD, ValueKind.INPUT, ValueKind.LOSS} else ""
    at_gradient = LOUD if kinds & {ValueKind.GRADIENT, ValueKind.PARAMETER_GRADIENT} else ""
    at_update = LOUD if ValueKind.PARAMETER in kinds else ""
    return (
        _name(row),
        Text(_line(row, run), style=QUIET),
        Text("x".join(map(str, value.shape)) or "scalar") if value else quiet("not called"),
        Text(_short_type(value.dtype) if value else ""),
        _number(value.mean if value else None, loud),
        _number(value.standard_deviation if value else None, loud),
        _number(value.minimum if value else None, loud),
        _number(value.maximum if value else None, loud),
        _share(value.zeros, value.count, loud) if value else NOTHING,
        _not_finite(row),
        _number(row.latest.gradient_norm if row.latest else None, at_gradient),
        _number(row.latest.update_ratio if row.latest else None, at_update),
        Text(curve(row.steps)),
        Text(
            ",".join(map(str, sorted({numbers[each.sentinel] for each in row.alarms}))), style=LOUD
        ),
    )


def _name(row: TraceRow) -> Text:
    hidden = "~" if row.place and row.place.symbolic and row.kind is ValueKind.FORWARD else ""
    call = f" x{row.calls}" if row.calls > 1 else ""
    kind = " (input)" if row.kind is ValueKind.INPUT else ""
    return Text.assemble(f"{hidden}{row.site}", (f"{call}{kind}", QUIET))


def _line(row: TraceRow, run: ScriptRun) -> str:
    """Where the layer is called, else made; a line of another file with the file's name."""
    place = row.place
    line: Location | None = (place.called or place.made) if place else None
    if line is None:
        return ""
    file = Path(line.file)
    return str(line.line) if file.name == run.path.name else f"{file.name}:{line.line}"


def _short_type(dtype: str) -> str:
    kind = dtype.rstrip("0123456789")
    return _SHORT_TYPES[kind] + dtype[len(kind) :] if kind in _SHORT_TYPES else dtype


def _number(value: float | None, style: str = "") -> Text:
    return NOTHING if value is None else Text(_figure(value), style=style)


def _figure(value: float) -> str:
    """Three significant digits, without the padding of an exponent."""
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")


def _share(part: int, whole: int, style: str) -> Text:
    if not part:
        return NOTHING
    share = part / whole
    return Text("<1%" if share < 0.01 else f"{share:.0%}", style=style)  # noqa: PLR2004 - per cent


def _not_finite(row: TraceRow) -> Text:
    if row.value is None or not (row.value.nan or row.value.infinite):
        return NOTHING
    return Text(f"{row.value.nan or '-'} {row.value.infinite or '-'}", style=BAD)


def curve(steps: Sequence[TracedStep]) -> str:
    """A sparkline of a site's level, between its least and its greatest; `!`: not finite."""
    levels = [each.level for each in _thinned(steps)]
    known = [level for level in levels if level is not None]
    if len(levels) < 2:  # noqa: PLR2004 - one point is no curve
        return ""
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(_bar(level, low, high) for level in levels)


def _thinned(steps: Sequence[TracedStep]) -> Sequence[TracedStep]:
    """At most so many steps as the curve is wide, the first and the last among them."""
    if len(steps) <= _CURVE_WIDTH:
        return steps
    stride = (len(steps) - 1) / (_CURVE_WIDTH - 1)
    return [steps[round(index * stride)] for index in range(_CURVE_WIDTH)]


def _bar(level: float | None, low: float, high: float) -> str:
    if level is None:
        return _ABSENT_BAR
    share = (level - low) / (high - low) if high > low and math.isfinite(high - low) else 0.5
    return _BARS[min(int(share * len(_BARS)), len(_BARS) - 1)]
