"""Small pictures as SVG in the page. Beside each stands a table with the same figures.

Colours come from the style sheet; a picture has classes only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from debugdiff.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Interval
    from debugdiff.report.forest import Mark

_BAR = (200, 16)
_CURVE = (112, 28)
_EDGE = 3
"""Room around a curve, so that its ends are not cut."""


def bar(figure: Interval | None, most: float, *, mark: float | None = None) -> Markup:
    """A bar from 0 to `most` with its interval; `mark` is a line that others are compared with."""
    width, height = _BAR
    lines = [_vertical("tick", share * width, 0, height) for share in (0, 0.25, 0.5, 0.75, 1)]
    if figure is not None:
        long = _place(figure.value, most)
        lines.append(f'<rect class="fill" x="0" y="3" width="{long:.1f}" height="{height - 6}"/>')
        if figure.low is not None and figure.high is not None:
            ends = (_place(figure.low, most), _place(figure.high, most))
            lines += _interval(*ends, height / 2)
    if mark is not None:
        lines.append(_vertical("mark", _place(mark, most), 0, height))
    return _stretched("bar", _BAR, lines)


def _place(value: float, most: float) -> float:
    return min(max(value / most, 0.0), 1.0) * _BAR[0]


def _interval(low: float, high: float, middle: float) -> Iterator[str]:
    yield f'<path class="ends" d="M{low:.1f} {middle}H{high:.1f}"/>'
    yield from (_vertical("ends", end, middle - 4, middle + 4) for end in (low, high))


def _vertical(name: str, at: float, top: float, bottom: float) -> str:
    return f'<path class="{name}" d="M{at:.1f} {top:g}V{bottom:g}"/>'


def _stretched(name: str, size: tuple[int, int], lines: Sequence[str]) -> Markup:
    """A picture as wide as its cell; its row says the same in figures."""
    width, height = size
    return Markup(
        f'<svg class="{name}" viewBox="0 0 {width} {height}" preserveAspectRatio="none"'
        f' aria-hidden="true">{"".join(lines)}</svg>'
    )


# --- intervals on one axis -----------------------------------------------------------------------


class IntervalAxis:
    """An axis that has all marks of a forest plot, zero and the margin on both sides in it."""

    def __init__(self, marks: Sequence[Mark], margin: float) -> None:
        """Effects as in `report.forest`: logarithms for ratios."""
        low = min([-margin, *(mark.low for mark in marks)])
        high = max([margin, *(mark.high for mark in marks)])
        room = (high - low) * 0.03 or 1.0
        self.low, self.high, self.margin = low - room, high + room, margin

    def share(self, value: float) -> float:
        """Where a number stands, from 0 to 1."""
        return (value - self.low) / (self.high - self.low)

    def row(self, mark: Mark) -> Markup:
        """One line of the plot: margin, zero, the interval and the figure."""
        width, height = _BAR
        left, right = (width * self.share(edge) for edge in (-self.margin, self.margin))
        at, low, high = (width * self.share(each) for each in (mark.value, mark.low, mark.high))
        lines = [
            f'<rect class="margin" x="{left:.1f}" width="{right - left:.1f}" height="{height}"/>',
            _vertical("mark", width * self.share(0), 0, height),
            *(_interval(low, high, height / 2) if low != high else ()),
            f'<rect class="point" x="{at - 2:.1f}" y="{height / 2 - 4}" width="4" height="8"/>',
        ]
        return _stretched("bar", _BAR, lines)


# --- curves --------------------------------------------------------------------------------------


def curves(series: Sequence[tuple[str, Sequence[float | None]]], about: str) -> Markup:
    """Series over the same steps on one scale, by class; what is not finite is a mark at the top.

    Args:
        series: a class and a value per step; `None`: nothing finite was there.
        about: what is drawn, for who cannot see it.
    """
    known = [value for _, values in series for value in values if value is not None]
    scale = _scale(known)
    width, height = _CURVE
    stride = (width - 2 * _EDGE) / max(*(len(values) - 1 for _, values in series), 1)
    drawn = "".join(
        f'<path class="{name}" d="{_path(values, stride, scale)}"/>' for name, values in series
    )
    return Markup(
        f'<svg class="curve" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(visible_line(about))}">{drawn}</svg>'
    )


def _scale(known: Sequence[float]) -> tuple[float, float]:
    low, high = min(known, default=0.0), max(known, default=0.0)
    return (low, high) if high > low and math.isfinite(high - low) else (low - 0.5, low + 0.5)


def _path(values: Sequence[float | None], stride: float, scale: tuple[float, float]) -> str:
    """A line through the values, broken where one is missing; a single one is a point."""
    height = _CURVE[1]
    low, high = scale
    parts, pen = [], "M"
    for index, value in enumerate(values):
        across = _EDGE + index * stride
        if value is None:
            parts.append(f"M{across - 2:.0f} 1l4 4m0-4l-4 4")
            pen = "M"
            continue
        down = _EDGE + (height - 2 * _EDGE) * (high - value) / (high - low)
        lone = pen == "M" and not any(each is not None for each in values[index + 1 : index + 2])
        parts.append(f"{pen}{across:.0f} {down:.0f}{'h.1' if lone else ''}")
        pen = "L"
    return "".join(parts)
