"""`debugdiff explain`: what a crash held or which checks fired, and the lines to suspect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.model import Mode, ProgramEnd, ValueKind
from debugdiff.report import modes, tries
from debugdiff.report.known import known_as, known_lines
from debugdiff.report.layout import (
    BAD,
    LOUD,
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
from debugdiff.syntax import split_lines
from debugdiff.visible import shortened, uncoloured, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import (
        Alarm,
        FailingLayer,
        Failure,
        OpenedFrame,
        Operand,
        PostMortem,
        Record,
        SitePlace,
    )
    from debugdiff.report.page import Page
    from debugdiff.suspects import Suspect
    from debugdiff.suspects.explaining import Explanation
    from debugdiff.suspects.modes import ModeRun
    from debugdiff.suspects.trying import Experiment

SCHEMA_VERSION = 1
"""Raised when a field of the JSON goes or changes its meaning."""

_SHOWN = 8
"""Suspects on a page; the JSON has all of them."""
_MESSAGE_LINES = 12
_MESSAGE_CHARACTERS = 3_000
_COLUMNS = (
    Column(header="", justify="right"),
    Column(header="line", flexible=14),
    Column(header="why", flexible=40),
)
_PRINTED_FRAMES = 10
_SHORT_MESSAGE = 300
_SHORT_SUSPECTS = 3
_SHORT_ALARMS = 2
_SHORT_LINE = 160
_NOTHING = "No check found anything, and no rule suspects a line."


def render(
    found: Explanation,
    page: Page,
    *,
    full: bool = False,
    runs: Sequence[ModeRun] = (),
    experiment: Experiment | None = None,
) -> str:
    """The explanation as text of the page's medium.

    Args:
        found: the explanation.
        page: the page to write on.
        full: whether the whole traceback stands below it.
        runs: the same crash in other modes.
        experiment: what trying the implied changes has shown.
    """
    more = [*(modes.parts(runs) if runs else ()), *(tries.parts(experiment) if experiment else ())]
    title = f"debugdiff explain {found.run.path.name}"
    return page.write(*_parts(found, full=full), *more, title=title)


def render_short(found: Explanation, page: Page) -> str:
    """At most 15 lines of a page of 100 columns; a crash has its traceback above them."""
    silent = found.run.record.failure is None
    parts = _short_silence(found) if silent else _short_parts(found)
    return page.write(*parts, title="debugdiff explain")


def render_json(
    found: Explanation, runs: Sequence[ModeRun] = (), experiment: Experiment | None = None
) -> str:
    """The same as one JSON object."""
    record = found.run.record
    return (
        to_json(
            {
                "schema_version": SCHEMA_VERSION,
                **run_facts(found.run),
                "known_as": known_as(record.failure),
                "opened": record.post_mortem,
                "expected": found.expected,
                "actual": found.actual,
                "sites": [_site(place, record) for place in record.places],
                "alarms": found.alarms,
                "suspects": found.suspects,
                "notes": found.notes,
                "modes": runs,
                "tried": experiment,
            },
            indent=2,
        )
        + "\n"
    )


def _short_parts(found: Explanation) -> Iterator[RenderableType]:
    record = found.run.record
    assert record.failure is not None
    message = visible(" ".join(uncoloured(record.failure.message).split()))
    kind = (f"{record.failure.type}: ", BAD)
    yield Text.assemble(kind, shortened(message, _SHORT_MESSAGE))
    yield from list(known_lines(record.failure))[:2]
    opened = record.post_mortem
    if opened is not None and opened.frames:
        yield _short_frame(opened.frames[-1])
    if opened is not None and opened.layer is not None:
        yield _cut(_layer(opened.layer))
    if found.expected and found.actual:
        actual = (sizes_text(found.actual), LOUD)
        yield Text.assemble("Expected ", (sizes_text(found.expected), STRONG), ", got ", actual)
    for suspect in found.suspects[:_SHORT_SUSPECTS]:
        yield _short_suspect(suspect, found)
    if not found.suspects:
        yield Text("No rule suspects a line.")
    yield from (quiet(note) for note in found.notes[:_SHORT_SUSPECTS])


def _short_silence(found: Explanation) -> Iterator[RenderableType]:
    """Of what ran without an exception: which checks fired, and the lines to suspect."""
    alarms = list(_alarm_lines(found.alarms))[:_SHORT_ALARMS]
    yield from map(_cut, alarms)
    for suspect in found.suspects[: _SHORT_SUSPECTS - bool(alarms)]:
        yield _short_suspect(suspect, found)
    if not (alarms or found.suspects):
        yield Text(f"{_NOTHING} {_what_was_read(found.run.record)}")
    yield from (_cut(quiet(note)) for note in found.notes[:_SHORT_SUSPECTS])


def _what_was_read(record: Record) -> str:
    """How much that sentence is worth."""
    if not record.values:
        return "No layer ran."
    sites = len({each.site for each in record.values if each.kind is ValueKind.FORWARD})
    read = f"{count_of(sites, 'layer')} and {count_of(record.steps, 'optimizer step')}"
    return f"Read: {read}."


def _short_frame(frame: OpenedFrame) -> RenderableType:
    held = [
        f"{each.text} {operand_text(each)}"
        for each in frame.operands
        if each.failing and (each.shape is not None or each.value)
    ]
    at = (f"{_shown_place(frame.file, frame.line)} in {frame.function}", STRONG)
    return _cut(Text.assemble("At ", at, f"  {frame.expression}", (f"  {', '.join(held)}", LOUD)))


def _short_suspect(suspect: Suspect, found: Explanation) -> RenderableType:
    place = (_shown_place(suspect.file, suspect.line), STRONG)
    head = Text.assemble(f"{suspect.rank}. ", place, f"  {_code(suspect, found)}")
    return Text("\n").join([_cut(head), _cut(Text(f"   {suspect.reason}", style=QUIET))])


def _shown_place(file: str, line: int) -> str:
    """`In[3], line 2` for a cell, `model.py:2` for a file."""
    return f"{file}, line {line}" if file.endswith("]") else f"{file}:{line}"


def _cut(text: Text) -> Text:
    text.truncate(_SHORT_LINE, overflow="ellipsis")
    return text


def _site(place: SitePlace, record: Record) -> dict[str, Any]:
    values = [value for value in record.values if value.site == place.site]
    return {
        "site": place.site,
        "class": place.kind,
        "made": place.made,
        "called": place.called,
        "value": values[-1] if values else None,
    }


def _parts(found: Explanation, *, full: bool) -> Iterator[RenderableType]:
    run, record = found.run, found.run.record
    mode = "" if run.mode is Mode.DEFAULT else f", mode {run.mode}"
    what = found.origin or f"{run.stack or 'no framework'}{mode}"
    yield Text.assemble((run.path.name, STRONG), (f"  {what}", QUIET))
    if record.failure is not None:
        yield from _crash(found)
    yield from _alarms(found.alarms)
    yield from _suspects(found)
    if record.failure is None:
        ended_well = record.program is ProgramEnd.OK and run.exit_status == 0
        yield indented(Text(ending(run), style="" if ended_well else BAD))
    elif full:
        yield Text()
        yield Text(record.failure.text.rstrip("\n"))
    elif not found.origin:
        yield quiet("--full prints the whole traceback.")
    yield from (quiet(note) for note in found.notes)


def _crash(found: Explanation) -> Iterator[RenderableType]:
    record = found.run.record
    assert record.failure is not None
    lines = uncoloured(record.failure.message).strip().splitlines()
    shown = shortened("\n".join(lines[:_MESSAGE_LINES]), _MESSAGE_CHARACTERS)
    yield Text.assemble((record.failure.type, BAD), f": {shown}")
    if len(lines) > _MESSAGE_LINES:
        yield quiet(f"({len(lines) - _MESSAGE_LINES} more lines: --full)")
    yield from known_lines(record.failure)
    yield Text()
    if record.post_mortem is not None:
        yield from _post_mortem(record.post_mortem)
    elif found.origin:
        yield from _printed_frames(record.failure)
    if found.expected:
        actual = (sizes_text(found.actual), LOUD)
        yield Text.assemble("Expected ", (sizes_text(found.expected), STRONG), ", got ", actual)
    elif found.actual:
        yield Text.assemble("Got ", (sizes_text(found.actual), LOUD))
    yield Text()


def sizes_text(sizes: Sequence[int]) -> str:
    """Sizes as a sentence has them."""
    return ", ".join(map(str, sizes)) or "something else"


def _post_mortem(opened: PostMortem) -> Iterator[RenderableType]:
    yield Text("Your lines, innermost last:", style=QUIET)
    for frame in opened.frames:
        yield from _frame(frame)
    if opened.layer is not None:
        yield _layer(opened.layer)


def _printed_frames(failure: Failure) -> Iterator[RenderableType]:
    """The user's lines as a log has them: nothing is known of what they held."""
    own = failure.own_frames
    yield Text("Your lines, innermost last:" if own else "No line of yours.", style=QUIET)
    for frame in own[-_PRINTED_FRAMES:]:
        at = f"{Path(frame.file).name}:{frame.line}"
        yield indented(Text.assemble((at, STRONG), (f" in {frame.function}  ", QUIET), frame.code))


def _frame(frame: OpenedFrame) -> Iterator[RenderableType]:
    at = f"{Path(frame.file).name}:{frame.line}"
    yield indented(
        Text.assemble((at, STRONG), (f" in {frame.function}  ", QUIET), frame.expression)
    )
    for operand in frame.operands:
        if operand.failing and (operand.shape is not None or operand.value):
            yield indented(Text.assemble(f"  {operand.text}  ", (operand_text(operand), LOUD)))


def operand_text(operand: Operand) -> str:
    """A number, or the type and shape of a tensor: `float32 32x80`; `?` is an open dimension."""
    if operand.shape is None:
        return operand.value
    sizes = "x".join("?" if size < 0 else str(size) for size in operand.shape) or "scalar"
    return f"{operand.dtype} {sizes}".strip()


def _layer(layer: FailingLayer) -> Text:
    name, *called = layer_parts(layer)
    weights = ", ".join(f"{each.text} {operand_text(each)}" for each in layer.parameters)
    called += [f"has {weights}"] if weights else []
    return Text(f"Running layer: {name}, {'; '.join(called)}")


def layer_parts(layer: FailingLayer) -> list[str]:
    """Its name, its class with its settings, and what it was called with, if that is known."""
    settings = ", ".join(f"{name}={value}" for name, value in layer.settings.items())
    inputs = ", ".join(operand_text(each) for each in layer.inputs)
    parts = [layer.path or layer.name or layer.type, f"{layer.type}({settings})"]
    return [*parts, f"called with {inputs}"] if inputs else parts


def _alarms(alarms: Sequence[Alarm]) -> Iterator[RenderableType]:
    yield from map(indented, _alarm_lines(alarms))
    if alarms:
        yield Text()


def _alarm_lines(alarms: Sequence[Alarm]) -> Iterator[Text]:
    """One per sentinel, with the sites at which it fired."""
    for alarm in {each.sentinel: each for each in reversed(alarms)}.values():
        sites = dict.fromkeys(each.site for each in alarms if each.sentinel == alarm.sentinel)
        where = f" at {', '.join(sites)}, from step {alarm.step}: "
        source = (f"Source: {alarm.source}", QUIET)
        yield Text.assemble((alarm.sentinel, LOUD), where, f"{alarm.meaning} ", source)


def _suspects(found: Explanation) -> Iterator[RenderableType]:
    if not found.suspects:
        yield Text(_NOTHING)
        return
    yield Text("Suspects", style=STRONG)
    rows = tuple(_row(each, found) for each in found.suspects[:_SHOWN])
    yield Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))


def _row(suspect: Suspect, found: Explanation) -> Row:
    why = Text.assemble(
        f"{_code(suspect, found)}\n", (f"{suspect.reason} ", ""), (f"[{suspect.rule}]", QUIET)
    )
    return (Text(str(suspect.rank)), Text(f"{suspect.file}:{suspect.line}", style=STRONG), why)


def _code(suspect: Suspect, found: Explanation) -> str:
    return source_line(suspect, found).strip()


def source_line(suspect: Suspect, found: Explanation) -> str:
    """The line of a suspect as it stands in its file; empty if that is gone."""
    lines = split_lines(found.sources.get(suspect.file, ""))
    return lines[suspect.line - 1] if 0 < suspect.line <= len(lines) else ""
