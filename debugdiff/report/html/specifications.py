"""A specification curve: every analysis by its estimate, above the choices that it was made with.

After Simonsohn, Simmons and Nelson 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from debugdiff.report.forest import Mark
from debugdiff.report.html.plots import IntervalAxis
from debugdiff.report.layout import count_of
from debugdiff.report.verdict import figure_of
from debugdiff.verdict import margin_of
from debugdiff.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.verdict import ClaimVerdict
    from debugdiff.verdict.estimating import Specification

_LABELS, _PLOT, _LINE, _GAP = 210, 150, 17, 12
"""Pixels: for the names of choices, of the plot, of a line of the panel, between its groups."""
_NARROWEST, _WIDEST, _ROOM = 6, 24, 620


def specification_curve(verdict: ClaimVerdict, specs: Sequence[Specification]) -> Markup:
    """The curve of analyses that have an estimate, in their order."""
    step = min(max(_ROOM // len(specs), _NARROWEST), _WIDEST)
    marks = [Mark(found.value, found.low, found.high) for each in specs if (found := each.estimate)]
    axis = IntervalAxis(marks, margin_of(verdict.claim))
    width = _LABELS + step * len(specs) + _GAP
    height, panel = _panel(verdict, specs, step)
    parts = (*_grid(verdict, axis, width), *_points(verdict, specs, axis, step), *panel)
    about = f"{count_of(len(specs), 'analysis', 'analyses')}, sorted by their estimates"
    return Markup(
        f'<svg class="specifications" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{about}">{{}}</svg>'
    ).format(Markup("".join(parts)))


def _text(at: float, down: float, text: str, name: str = "") -> Markup:
    kind = f' class="{name}"' if name else ""
    return Markup(f'<text x="{at:g}" y="{down:.1f}"{kind}>{escape(visible_line(text))}</text>')


def _grid(verdict: ClaimVerdict, axis: IntervalAxis, width: int) -> Iterator[Markup]:
    """The margin, zero, and the figures at both."""
    top, bottom = (_down(axis, edge) for edge in (axis.margin, -axis.margin))
    yield Markup(
        f'<rect class="margin" x="{_LABELS}" y="{top:.1f}" width="{width - _LABELS}"'
        f' height="{bottom - top:.1f}"/>'
    )
    middle = _down(axis, 0)
    yield Markup(f'<path class="mark" d="M{_LABELS} {middle:.1f}H{width}"/>')
    for edge in (axis.low, 0.0, axis.high):
        figure = figure_of(verdict.claim, edge)
        yield _text(_LABELS - 6, _down(axis, edge) + 4, figure, "right")


def _down(axis: IntervalAxis, value: float) -> float:
    return 8 + (_PLOT - 16) * (1 - axis.share(value))


def _points(
    verdict: ClaimVerdict, specs: Sequence[Specification], axis: IntervalAxis, step: int
) -> Iterator[Markup]:
    for number, each in enumerate(specs):
        found = each.estimate
        assert found is not None
        at = _LABELS + step * (number + 0.5)
        low, high = _down(axis, found.low), _down(axis, found.high)
        name = "own" if each is verdict.own else "other"
        yield Markup(
            f'<path class="ends {name}" d="M{at:.1f} {low:.1f}V{high:.1f}"/>'
            f'<circle class="{name}" cx="{at:.1f}" cy="{_down(axis, found.value):.1f}" r="2.6"/>'
        )


def _panel(
    verdict: ClaimVerdict, specs: Sequence[Specification], step: int
) -> tuple[int, list[Markup]]:
    """Its end, and a line per level of each choice that varies, with a mark where it is made."""
    down, parts = _PLOT + _GAP, []
    for axis in specs[0].choices:
        levels = list(dict.fromkeys(each.choices[axis] for each in specs))
        if len(levels) < 2:  # noqa: PLR2004 - what does not vary is no choice
            continue
        parts.append(_text(0, down + 12, axis, "axis"))
        down += _LINE
        for level in levels:
            parts.append(_text(12, down + 12, level))
            parts += [
                Markup(
                    f'<rect class="{"own" if each is verdict.own else "other"}"'
                    f' x="{_LABELS + step * (number + 0.5) - 1.5:.1f}" y="{down + 3}"'
                    ' width="3" height="10"/>'
                )
                for number, each in enumerate(specs)
                if each.choices[axis] == level
            ]
            down += _LINE
        down += _GAP // 2
    return down + _GAP, parts
