"""How fast programs are: per case a block for each part, a row per arm, beside PyTorch eager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.files import to_json
from debugdiff.model import SpeedPart, Way
from debugdiff.report.layout import (
    BAD,
    NOTHING,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    legend,
    plain,
    quiet,
)
from debugdiff.report.text import Text
from debugdiff.speed import Ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Interval
    from debugdiff.report.page import Page
    from debugdiff.speed import ArmSummary, BreakEven, SpeedStudy, SpeedTable

SCHEMA_VERSION = 1

_ARMS = (
    Column(header="arm", flexible=8),
    Column(header="program", flexible=9),
    Column(header="processes", justify="right"),
    Column(header="less time in all\nthan eager", flexible=9),
    Column(header="memory\npeak, MiB", justify="right"),
    Column(header="ends with", flexible=8),
)
_TIMES = (
    Column(header="arm", flexible=8),
    Column(header="wall", justify="right"),
    Column(header="95 %", flexible=9),
    Column(header="processor", justify="right"),
    Column(header="/ eager", justify="right"),
    Column(header="95 %", flexible=7),
)
LEGEND = (
    "*wall*: the median over processes, with a 95 % interval from order statistics; *processor*:"
    " processor time of the process. */ eager*: wall time as a multiple of"
    " PyTorch eager's, the median over blocks; each block runs all arms in order and then in"
    " reverse. With fewer than six there is no interval. *first step*: from the call of `train`"
    " to the end of the first"
    " update, including all tracing and compiling. *less time in all*: building, the first step"
    " and the steps after it, without the import. A program evaluates only once, at its end, so"
    " the time to a target metric is not known."
)
_UNITS = ((1.0, "s"), (1e-3, "ms"), (0.0, "µs"))


def render(study: SpeedStudy, page: Page) -> str:
    """The machine, and two tables per case and batch size; HTML has bars above them."""
    if page.medium == "html":
        from debugdiff.report.html.speed import render_speed  # noqa: PLC0415 - jinja is slow

        return render_speed(study)
    parts: list[RenderableType] = []
    for table in study.tables:
        parts += [heading(title_of(table, study)), *tables_of(table)]
    parts += [Text(), *(indented(Text(note)) for note in notes_of(study))]
    if not study.citable:
        parts.append(indented(Text(not_citable(study), style=BAD)))
    return page.write(*parts, Text(), legend(LEGEND))


def title_of(table: SpeedTable, study: SpeedStudy) -> str:
    """Case, size, batch size, and how far training goes."""
    sizes = {arm.batch_size for arm in table.arms if arm.batch_size}
    batch = table.batch_size or (sizes.pop() if len(sizes) == 1 else "the programs' own")
    steps = count_of(study.steps, "step") if study.steps else "all steps"
    return f"{table.case}, {table.size}: batches of {batch}, {steps}"


def tables_of(table: SpeedTable) -> Iterator[RenderableType]:
    """What each arm costs in all, and the times of each part."""
    notes = tuple(quiet(f"{way}: {reason}.") for way, reason in missing_of(table).items())
    measured = [arm for arm in table.arms if arm.processes]
    yield Grid(columns=_ARMS, blocks=(Block(rows=tuple(map(_arm, measured)), notes=notes),))
    yield Text()
    blocks = (_part(part, measured) for part in SpeedPart)
    yield Grid(columns=_TIMES, blocks=tuple(block for block in blocks if block.rows))


def missing_of(table: SpeedTable) -> dict[Way, str]:
    """Ways without a time, each with the reason; those that failed in some process, too."""
    failed = {arm.way: arm.problem for arm in table.arms if arm.problem}
    reasons = {**table.absent, **failed}
    return {way: reasons[way] for way in Way if way in reasons}


def _arm(arm: ArmSummary) -> Row:
    return (
        Text(arm.way),
        quiet(arm.implementation),
        plain(arm.processes),
        NOTHING if arm.way is Way.EAGER else Text(describe_break_even(arm.break_even)),
        NOTHING if arm.peak_memory is None else Text(f"{arm.peak_memory / 2**20:.0f}"),
        quiet(", ".join(f"{name} {value:.3f}" for name, value in arm.metrics.items())),
    )


def _part(part: SpeedPart, arms: list[ArmSummary]) -> Block:
    rows = tuple(_times(arm, part) for arm in arms if part in arm.wall)
    return Block(title=Text(part, style=STRONG), rows=rows)


def _times(arm: ArmSummary, part: SpeedPart) -> Row:
    wall, ratio = arm.wall[part], arm.ratio.get(part)
    shown = None if arm.way is Way.EAGER else ratio
    return (
        Text(arm.way),
        Text(duration(wall.value)),
        quiet(interval_ends(wall)),
        Text(duration(arm.processor[part].value)),
        NOTHING if shown is None else Text(f"{shown.value:.2f}"),
        NOTHING if shown is None else quiet(_ratio_ends(shown)),
    )


def duration(seconds: float) -> str:
    """Three digits and a unit: `1.23 s`, `45.6 ms`."""
    factor, unit = _unit(seconds)
    return f"{_digits(seconds / factor)} {unit}"


def _unit(seconds: float) -> tuple[float, str]:
    factor, unit = next(pair for pair in _UNITS if seconds >= pair[0])
    return factor or 1e-6, unit


def _digits(value: float) -> str:
    """Three of them, without an exponent."""
    decimals = next(count for limit, count in ((100, 0), (10, 1), (0, 2)) if value >= limit)
    return f"{value:.{decimals}f}"


def interval_ends(interval: Interval) -> str:
    """Both ends in the unit of the value."""
    if interval.low is None or interval.high is None:
        return ""
    factor, _ = _unit(interval.value)
    return f"{_digits(interval.low / factor)} to {_digits(interval.high / factor)}"


def _ratio_ends(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f"{interval.low:.2f} to {interval.high:.2f}"


def describe_break_even(found: BreakEven | None) -> str:
    """For which numbers of steps an arm takes less time than PyTorch eager."""
    if found is None:
        return "not known"
    match found.ending:
        case Ending.NEVER | Ending.ALWAYS:
            return found.ending
        case Ending.FROM:
            return f"from step {found.step:,}"
    return f"up to step {found.step:,}"


def notes_of(study: SpeedStudy) -> Iterator[str]:
    """What the times were measured with, and what was left out, as sentences."""
    machine = study.machine
    versions = ", ".join(f"{name} {text}" for name, text in sorted(machine.versions.items()))
    yield (
        f"{machine.processor}, {count_of(machine.processors, 'processor')}, {machine.platform}."
        f" Each process {_pinned(study)}. {versions}."
    )
    cost = max((arm.stopwatch or 0.0 for table in study.tables for arm in table.arms), default=0.0)
    yield (
        f"Steady steps are those after the first {study.warm_up}. Recording a step takes"
        f" {duration(cost)}, in every arm."
    )
    for case, reason in study.left_out.items():
        yield f"{case} is left out: {reason}."
    for text in study.not_measured:
        yield f"Not measured; the same command tries again: {text}."


def _pinned(study: SpeedStudy) -> str:
    cores = study.machine.cores
    if not cores:
        return "may use every processor"
    word = "processor" if len(cores) == 1 else "processors"
    numbers = ", ".join(map(str, cores))
    return f"stays on {word} {numbers}, with {count_of(len(cores), 'thread')}"


def not_citable(study: SpeedStudy) -> str:
    """Why the figures are not to be cited."""
    return (
        f"Not to be cited: other programs used up to {study.busy:.1f} of"
        f" {study.machine.processors} processors during the measurement."
    )


def render_json(study: SpeedStudy) -> str:
    """Every table with its intervals."""
    return to_json({"schema_version": SCHEMA_VERSION, "speed": study}, indent=2) + "\n"


# --- the page of the documentation -----------------------------------------------------------

_MARK = "<!-- Below: written by `debugdiff speed --page`; nothing above is touched. -->"
_PARTS = tuple(part for part in SpeedPart if part is not SpeedPart.TRAINING)


def render_page(study: SpeedStudy, before: str = "") -> str:
    """A page in Markdown: what stood above the mark in it before, then all tables."""
    above = before.partition(_MARK)[0].rstrip()
    lines = [above, "", _MARK, "", "## Figures", ""] if above else [_MARK, "", "## Figures", ""]
    lines += [f"{note}\n" for note in notes_of(study)]
    if not study.citable:
        lines.append(f"**{not_citable(study)}**\n")
    for table in study.tables:
        lines += _page_table(table, study)
    return "\n".join(lines).rstrip() + "\n"


def _page_table(table: SpeedTable, study: SpeedStudy) -> Iterator[str]:
    yield f"### {title_of(table, study)}\n"
    yield f"| arm | n | {' | '.join(_PARTS)} | steady / eager | less time in all | MiB |"
    yield f"|---|--:|{'--:|' * len(_PARTS)}--:|---|--:|"
    for arm in table.arms:
        if arm.processes:
            yield _page_row(arm)
    yield ""
    yield from (f"* {way}: {reason}." for way, reason in missing_of(table).items())
    yield ""


def _page_row(arm: ArmSummary) -> str:
    times = " | ".join(_with_ends(arm.wall.get(part)) for part in _PARTS)
    ratio = arm.ratio.get(SpeedPart.STEADY)
    beside = "1" if arm.way is Way.EAGER else _ratio_with_ends(ratio)
    even = "" if arm.way is Way.EAGER else describe_break_even(arm.break_even)
    memory = "" if arm.peak_memory is None else f"{arm.peak_memory / 2**20:.0f}"
    return f"| {arm.way} | {arm.processes} | {times} | {beside} | {even} | {memory} |"


def _with_ends(interval: Interval | None) -> str:
    if interval is None:
        return ""
    ends = interval_ends(interval)
    return duration(interval.value) + (f" ({ends})" if ends else "")


def _ratio_with_ends(interval: Interval | None) -> str:
    if interval is None:
        return ""
    ends = _ratio_ends(interval)
    return f"{interval.value:.2f}" + (f" ({ends})" if ends else "")
