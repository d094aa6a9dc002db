"""The parity check as tables: one row per pair, the worst error per stage, the first difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.model import ParityStage
from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    legend,
    quiet,
)
from debugdiff.report.parity_training import (
    AGREEMENTS,
    TRAINING_LEGEND,
    of_pair,
    trained_metrics,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.parity import CaseParity, PairParity, ParityLine
    from debugdiff.report.page import Page

SCHEMA_VERSION = 1

FAR_APART = 1.5
"""Standard deviations of initial weights that differ by more than this factor are marked."""

_COLUMNS = (
    ParityStage.FORWARD,
    ParityStage.LOSS,
    ParityStage.GRADIENT,
    ParityStage.SGD,
    ParityStage.ALIGNED,
    ParityStage.OPTIMIZER,
    ParityStage.METRIC,
    ParityStage.TRAINED,
)
_LEGEND = (
    "Worst normalised error of each stage, over all sites. *forward*: values at the sites."
    " *gradient*: of every parameter. *sgd*: weights after a plain step. *optimizer*: how far one"
    " step of the program's own optimizer moved the weights; *aligned*: the same with dense"
    " gradients and Adam's epsilon in the same place. *metric*: every figure of `evaluate`;"
    " *trained*: the same with weights that the reference has learned. *declared*: allowed by the"
    " case, with a reason."
)


def render(found: Sequence[CaseParity], page: Page, *, every_line: bool = False) -> str:
    """One section per case; with `every_line`, each comparison of each pair."""
    parts: list[RenderableType] = []
    for case in found:
        parts.extend(_case(case, every_line=every_line))
    if any(case.pairs for case in found):
        parts.extend((Text(), legend(_LEGEND)))
    if any(pair.trained for case in found for pair in case.pairs):
        parts.extend((Text(), legend(TRAINING_LEGEND)))
    return page.write(*parts)


def render_json(found: Sequence[CaseParity]) -> str:
    """Every line of every pair."""
    cases = [
        {
            "case": case.case,
            "passed": case.passed,
            "reference": case.reference,
            "rows": case.rows,
            "parameters": case.parameters,
            "unchecked": case.unchecked,
            "differences": case.differences,
            "stability": case.stability,
            "initial": list(_initial_json(case)),
            "pairs": [_pair_json(pair) for pair in case.pairs],
        }
        for case in found
    ]
    return to_json({"schema_version": SCHEMA_VERSION, "parity": cases}, indent=2) + "\n"


def _pair_json(pair: PairParity) -> dict[str, Any]:
    return {
        "left": pair.left,
        "right": pair.right,
        "passed": pair.passed,
        "first_failure": pair.first_failure,
        "zero_gradients": pair.zero_gradients,
        "trained": pair.trained,
        "lines": pair.lines,
    }


def _initial_json(case: CaseParity) -> Iterator[dict[str, Any]]:
    for site, part in _initial_places(case):
        yield {
            "site": site,
            "part": part,
            "deviations": {
                name: found[site, part]
                for name, found in case.initial.items()
                if (site, part) in found
            },
        }


def _initial_places(case: CaseParity) -> list[tuple[str, str]]:
    return list(dict.fromkeys(place for found in case.initial.values() for place in found))


def _case(case: CaseParity, *, every_line: bool) -> Iterator[RenderableType]:
    yield heading(case.case)
    counts = ", ".join(f"{name} {count:,}" for name, count in case.parameters.items())
    if counts:
        yield indented(Text.assemble(("Parameters: ", QUIET), counts))
    if any(pair.of(ParityStage.FORWARD) for pair in case.pairs):
        yield indented(quiet(f"One batch of {case.rows} rows, weights of {case.reference}."))
    if case.pairs:
        yield Text()
        yield _pairs(case.pairs)
    yield from _failures(case)
    yield from _declared(case)
    yield from _zero_gradients(case)
    if any(pair.trained for pair in case.pairs):
        yield Text()
        yield trained_metrics(case)
    if case.initial:
        yield Text()
        yield _initial(case)
    for sentence in case.unchecked:
        yield indented(Text.assemble(("Not checked: ", LOUD), sentence))
    if every_line:
        for pair in case.pairs:
            yield Text()
            yield _lines(pair)


def _pairs(pairs: Sequence[PairParity]) -> Grid:
    columns = (
        Column(header="pair", flexible=24),
        *(Column(header=stage, justify="right") for stage in _COLUMNS),
        Column(header="result"),
    )
    return Grid(columns=columns, blocks=(Block(rows=tuple(map(_pair_row, pairs))),))


def _pair_row(pair: PairParity) -> Row:
    cells = (_worst(pair.of(stage)) for stage in _COLUMNS)
    return (Text(f"{pair.left}, {pair.right}"), *cells, _result(pair))


def _result(pair: PairParity) -> Text:
    """Equal only if it is one model, and learns the same as far as that was asked."""
    if not pair.lines:
        return NOTHING
    if pair.passed:
        return Text("equal", style=GOOD)
    after_training = of_pair(pair)
    if pair.is_one_model and after_training is not None:
        return AGREEMENTS[after_training]
    return Text("DIFFERS", style=f"bold {BAD}")


def _worst(lines: Sequence[ParityLine]) -> Text:
    """The error that comes nearest to its limit, or goes furthest beyond it."""
    if not lines:
        return NOTHING
    worst = max(lines, key=_urgency)
    style = BAD if not worst.passed else LOUD if worst.declared and worst.error else ""
    return Text("?" if worst.error is None else _error(worst.error), style=style)


def _urgency(line: ParityLine) -> tuple[bool, float]:
    return not line.passed, float("inf") if line.error is None else line.error


def _error(error: float) -> str:
    return "0" if error == 0 else f"{error:.0e}"


def _failures(case: CaseParity) -> Iterator[RenderableType]:
    for pair in case.pairs:
        first = pair.first_failure
        if first is not None:
            others = sum(not line.passed for line in pair.lines) - 1
            more = f" ({count_of(others, 'more line')} differ.)" if others else ""
            yield indented(
                Text.assemble(
                    (f"{pair.left}, {pair.right}: ", STRONG),
                    ("first difference at ", QUIET),
                    (_place(first), BAD),
                    f": {_detail(first)}.",
                    (more, QUIET),
                )
            )


def _place(line: ParityLine) -> str:
    return " ".join(part for part in (line.stage.value, line.site, line.part) if part)


def _detail(line: ParityLine) -> str:
    if line.error is None:
        return line.detail
    numbers = f"error {line.error:.1e}, allowed {line.tolerance:.0e}"
    return f"{line.detail}; {numbers}" if line.detail else numbers


def _declared(case: CaseParity) -> Iterator[RenderableType]:
    """The differences that the case declares, with the largest one that was seen."""
    for difference in case.differences:
        errors = [
            line.error
            for pair in case.pairs
            for line in pair.of(difference.stage)
            if line.declared == difference.reason
            and difference.site in {"", line.site}
            and line.error is not None
        ]
        seen = f"{max(errors):.1e}" if errors else "not seen"
        where = f"{difference.stage} {difference.site}".strip()
        yield indented(
            Text.assemble(
                ("Declared: ", LOUD),
                f"{where} up to {difference.tolerance:g} (here {seen}): {difference.reason}.",
            )
        )


def _zero_gradients(case: CaseParity) -> Iterator[RenderableType]:
    """The weights of which no optimizer step is compared, with the largest gradient of each."""
    sizes: dict[str, float] = {}
    for each in (zero for pair in case.pairs for zero in pair.zero_gradients):
        name = f"{each.site} {each.part}"
        sizes[name] = max(each.size, sizes.get(name, 0.0))
    if sizes:
        yield indented(
            Text.assemble(
                ("Left out of aligned and optimizer: ", LOUD),
                f"{', '.join(sizes)}. The gradient is zero apart from rounding (at most"
                f" {max(sizes.values()):.0e} of the layer's largest), which Adam would turn into"
                " a full step.",
            )
        )


def _initial(case: CaseParity) -> Grid:
    columns = (
        Column(header="initial standard deviation", flexible=16),
        Column(header="weight", flexible=10),
        *(Column(header=name, justify="right", flexible=10) for name in case.initial),
    )
    rows = tuple(_initial_row(case, *place) for place in _initial_places(case))
    return Grid(columns=columns, blocks=(Block(rows=rows),))


def _initial_row(case: CaseParity, site: str, part: str) -> Row:
    """Loud where the widest is far from the narrowest."""
    deviations = [found.get((site, part)) for found in case.initial.values()]
    known = [each for each in deviations if each is not None]
    style = LOUD if max(known) > FAR_APART * min(known) else ""
    cells = (NOTHING if each is None else Text(f"{each:.3f}", style=style) for each in deviations)
    return (Text(site), Text(part), *cells)


def _lines(pair: PairParity) -> Grid:
    columns = (
        Column(header="stage"),
        Column(header="site", flexible=16),
        Column(header="value", flexible=16),
        Column(header="error", justify="right"),
        Column(header="allowed", justify="right"),
        Column(header="result"),
        Column(header="", flexible=24),
    )
    block = Block(title=Text(f"{pair.left}, {pair.right}"), rows=tuple(map(_line_row, pair.lines)))
    return Grid(columns=columns, blocks=(block,))


def _line_row(line: ParityLine) -> Row:
    result = Text("equal", style=GOOD) if line.passed else Text("DIFFERS", style=f"bold {BAD}")
    return (
        Text(line.stage),
        Text(line.site),
        Text(line.part),
        NOTHING if line.error is None else Text(_error(line.error)),
        Text(_error(line.tolerance)),
        result,
        Text(line.detail or ("declared" if line.declared else ""), style=QUIET),
    )
