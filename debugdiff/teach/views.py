"""What a learner sees of a check, a hint, a guess, a list: renderables, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.report.explain import operand_text
from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    heading,
    indented,
    quiet,
)
from debugdiff.report.text import Text
from debugdiff.run_diff import base_of
from debugdiff.teach.model import PROGRAM, CheckName, Verdict
from debugdiff.teach.symptoms import describe_end, has_failed
from debugdiff.visible import uncoloured, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Failure, OpenedFrame, PostMortem, Record, ValueStatistics
    from debugdiff.teach.explaining import WorkedLocalisation
    from debugdiff.teach.leak import Leak
    from debugdiff.teach.lesson import Hint, Row
    from debugdiff.teach.localising import Guess
    from debugdiff.teach.model import CheckResult, Course, Parting

_WORDS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.FIXED_EXACTLY: ("fixed", GOOD),
    Verdict.FIXED_OTHERWISE: ("fixed, in another way", GOOD),
    Verdict.BEHAVES_DIFFERENTLY: ("symptom gone, behaves differently", LOUD),
    Verdict.SAME_SYMPTOM: ("same symptom", BAD),
    Verdict.NEW_FAULT: ("a new fault", BAD),
    Verdict.DOES_NOT_RUN: ("does not run", BAD),
    Verdict.NOT_JUDGED: ("not judged", LOUD),
}
_CHECKS: Mapping[CheckName, str] = {
    CheckName.RUNS: "runs to the end",
    CheckName.WARNINGS: "no new warning",
    CheckName.TRAINING: "steps, trained parameters and data",
    CheckName.METRICS: "metrics",
    CheckName.VALUES: "values of the layers",
    CheckName.HIDDEN_RUN: "a run on hidden data",
    CheckName.SAME_WEIGHTS: "same results from the same weights",
    CheckName.SEEDS: "the metric over several seeds",
}
VALUE_COLUMNS = ("site", "line", "shape", "min", "max", "mean", "sd", "not finite")
_SIGNS = {True: ("✓", GOOD), False: ("✗", BAD)}
_MESSAGE_LINES = 6
_FRAMES = 4
_LEAKS = 20


def words_of(verdict: Verdict) -> str:
    """A verdict as a learner reads it."""
    return _WORDS[verdict][0]


def check_parts(result: CheckResult) -> Iterator[RenderableType]:
    """Verdict, reason, the symptom in the learner's own lines, which checks ran."""
    words, style = _WORDS[result.verdict]
    yield Text.assemble((words, style), f"  {clean(result.reason)}")
    if result.failure is not None:
        yield from failure_parts(result.failure, result.post_mortem)
    if result.parting is not None:
        yield from parting_parts(result.parting)
    if result.metrics:
        yield figures_of(result.metrics)
    yield Text()
    for line in result.lines:
        if line.passed is None or (result.verdict.is_fixed and not line.passed):
            continue  # bit by bit it may differ, and be the same from the same weights
        sign, sign_style = _SIGNS[line.passed]
        is_shown = line.name is CheckName.RUNS and result.failure is not None
        tells = line.detail and not line.passed and not is_shown
        detail = f"  {clean(line.detail)}" if tells else ""
        yield Text.assemble("  ", (sign, sign_style), f" {_CHECKS[line.name]}", (detail, QUIET))
    yield quiet(f"  {result.seconds:.1f} s")


def first_parts(record: Record) -> Iterator[RenderableType]:
    """What can be said as soon as the learner's own run has ended, before the verdict."""
    if record.failure is not None:
        yield from failure_parts(record.failure, record.post_mortem)
        return
    if has_failed(record):
        yield Text(f"{describe_end(record)}.".capitalize())
        return
    yield Text("It runs to the end.")
    yield figures_of(record.metrics)
    yield quiet("  Now running on hidden data ...")


def figures_of(metrics: Mapping[str, float | None]) -> Text:
    """Metrics in a line."""
    figures = (
        f"{name} {'not finite' if value is None else format(value, '.4g')}"
        for name, value in metrics.items()
    )
    return quiet("  " + ", ".join(figures))


def failure_parts(
    failure: Failure, post_mortem: PostMortem | None = None
) -> Iterator[RenderableType]:
    """The learner's own lines of a traceback with shapes, innermost last, and the message."""
    opened = {(each.file, each.line): each for each in post_mortem.frames} if post_mortem else {}
    for frame in failure.own_frames[-_FRAMES:]:
        name = PROGRAM if frame.file.endswith(PROGRAM) else frame.file.rpartition("/")[2]
        place = (f"{name}:{frame.line}", STRONG)
        yield indented(Text.assemble(place, (f" in {frame.function}  ", QUIET), frame.code))
        held = _held(opened.get((frame.file, frame.line)))
        if held:
            yield indented(Text(f"  {held}", style=LOUD))
    lines = clean(failure.message).strip().splitlines()
    shown = "\n  ".join(lines[:_MESSAGE_LINES])
    more = f"\n  ({len(lines) - _MESSAGE_LINES} more lines)" if len(lines) > _MESSAGE_LINES else ""
    yield indented(Text.assemble((failure.type, BAD), f": {shown}", (more, QUIET)))


def _held(frame: OpenedFrame | None) -> str:
    """The tensors in the failing expression of a frame."""
    operands = [each for each in frame.operands if each.failing] if frame else []
    tensors = (each for each in operands if each.shape is not None)
    return ", ".join(f"{each.text} {operand_text(each)}" for each in tensors)


def clean(text: str) -> str:
    """Text of a program without colours, and with nothing hidden in it."""
    return visible(uncoloured(text))


def hint_parts(hint: Hint) -> Iterator[RenderableType]:
    """One hint."""
    yield Text.assemble((f"Hint {hint.number}  ", STRONG), hint.text)
    if hint.advice:
        yield indented(quiet(hint.advice))


def guess_parts(guess: Guess) -> Iterator[RenderableType]:
    """What is said of a guess."""
    style = GOOD if guess.rank == 0 else ""
    yield Text.assemble((f"{PROGRAM}:{guess.line}", STRONG), f"  {guess.code}")
    yield indented(Text(guess.text, style=style))


def why_parts(found: WorkedLocalisation) -> Iterator[RenderableType]:
    """The worked localisation, step by step."""
    yield heading(found.title)
    for number, step in enumerate(found.steps, start=1):
        yield Text.assemble((f"{number}. {step.question}  ", STRONG), (f"[{step.used}]", QUIET))
        yield indented(Text(clean(step.answer)))
    yield Text()
    yield Text(found.explanation)
    yield Text()
    yield quiet("What was changed in the healthy program:")
    yield Text(found.diff.rstrip("\n"))
    if found.elsewhere:
        yield Text()
        yield Text.assemble(("In the other framework  ", STRONG), clean(found.elsewhere))
    if found.twin:
        yield quiet("`debugdiff teach next --twin` gives you the same bug there as an exercise.")
    for reference in found.references:
        yield quiet(f"Others who had this bug: {reference}")


def trace_parts(record: Record) -> Iterator[RenderableType]:
    """What every layer held in the last step that was read."""
    if not record.values:
        yield quiet("No layer was called.")
        return
    styles = (STRONG, QUIET, "", "", "", "", "", BAD)
    rows = tuple(
        tuple(Text(text, style=style) for text, style in zip(row, styles, strict=True))
        for row in value_rows(record)
    )
    columns = tuple(
        Column(header=name, justify="left" if name == "site" else "right") for name in VALUE_COLUMNS
    )
    yield Grid(columns=columns, blocks=(Block(rows=rows),))
    if record.failure is not None:
        yield from failure_parts(record.failure, record.post_mortem)


def value_rows(record: Record) -> tuple[tuple[str, ...], ...]:
    """What every layer held in the last step that was read, by `VALUE_COLUMNS`."""
    latest: dict[str, ValueStatistics] = {}
    last = record.steps - (record.failure is None)  # a step that fails counts, evaluation does not
    for value in record.values:
        if value.kind in (ValueKind.FORWARD, ValueKind.LOSS) and value.step <= last:
            latest[value.site] = value
    lines = {place.site: place.called or place.made for place in record.places}
    return tuple(
        (
            site,
            str(place.line) if (place := lines.get(base_of(site))) else "",
            "x".join(map(str, value.shape)) or "scalar",
            _figure(value.minimum),
            _figure(value.maximum),
            _figure(value.mean),
            _figure(value.standard_deviation),
            str(value.nan + value.infinite or ""),
        )
        for site, value in latest.items()
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def parting_parts(parting: Parting | None) -> Iterator[RenderableType]:
    """Where a program parts from the healthy one."""
    if parting is None:
        yield Text("As far as the program gets, no value differs from a healthy run.")
        return
    line = f", line {parting.line}" if parting.line else ""
    yield Text.assemble(
        "It first differs from a healthy run at ",
        (f"{parting.site}{line}", STRONG),
        f", step {parting.step}: {clean(parting.what)}.",
    )


def course_parts(courses: Sequence[Course]) -> Iterator[RenderableType]:
    """The courses that there are."""
    rows = tuple(
        (
            Text(course.name, style=STRONG),
            Text(course.title),
            Text(str(len(course.entries))),
            Text(str(sum(entry.minutes for entry in course.entries))),
        )
        for course in courses
    )
    columns = (
        Column(header="course"),
        Column(header="", flexible=30),
        Column(header="exercises", justify="right"),
        Column(header="min", justify="right"),
    )
    yield Grid(columns=columns, blocks=(Block(rows=rows),))
    yield quiet("debugdiff teach start COURSE [DIR] [--framework pytorch|keras|mixed]")


def leak_parts(leaks: Sequence[Leak]) -> Iterator[RenderableType]:
    """What was found in a hand-out, file by file."""
    if not leaks:
        yield Text("No answers were found.", style=GOOD)
        return
    rows = tuple(
        (Text(clean(leak.file), style=STRONG), Text(leak.what), Text(clean(leak.excerpt)))
        for leak in leaks[:_LEAKS]
    )
    names = ("file", "contains", "text")
    columns = tuple(Column(header=name, flexible=15) for name in names)
    yield Grid(columns=columns, blocks=(Block(rows=rows),))
    if len(leaks) > _LEAKS:
        yield quiet(f"{len(leaks) - _LEAKS} more; --json lists them all.")


def list_parts(rows: Sequence[Row]) -> Iterator[RenderableType]:
    """Exercises and progress; the framework only where there are two."""
    mixed = len({row.framework for row in rows}) > 1
    columns = (
        Column(header="", justify="right"),
        Column(header="exercise"),
        Column(header="task", flexible=20),
        *((Column(header="framework"),) if mixed else ()),
        Column(header="min", justify="right"),
        Column(header="checks", justify="right"),
        Column(header="state"),
    )
    lines = tuple(_row(row, mixed=mixed) for row in rows)
    yield Grid(columns=columns, blocks=(Block(rows=lines),))
    solved = sum(row.progress.solved for row in rows)
    left = sum(row.minutes for row in rows if not row.progress.solved)
    rest = f"about {left} minutes to go" if left else "nothing is left"
    yield quiet(f"{solved} of {len(rows)} solved; {rest}.")


def _row(row: Row, *, mixed: bool) -> tuple[Text, ...]:
    progress = row.progress
    words, style = _WORDS[progress.best] if progress.best else ("", QUIET)
    facts = (
        str(row.number),
        row.folder,
        row.title,
        *((row.framework,) if mixed else ()),
        str(row.minutes),
    )
    return (*map(Text, facts), Text(str(progress.checks or "")), Text(words, style=style))
