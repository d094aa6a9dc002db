"""How often intervals cover the truth, and how often chance alone earns a word.

    python benchmarks/interval_coverage.py

writes `coverage.md` beside this file: the first table draws differences whose mean is known, the
second one swaps the labels of the frameworks in pairs at random. Nothing is measured here, and the
seed is fixed.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from debugdiff.cases import shipped_cases
from debugdiff.compare.judging import conclude
from debugdiff.compare.metrics import COMPARED, Compared
from debugdiff.compare.pairs import Key, Pair
from debugdiff.compare.statistics import interval, share_difference
from debugdiff.model import Framework, Interval, Judgement, Part, ProgramReport
from debugdiff.score import readability_indices
from debugdiff.static import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]

HERE = Path(__file__).resolve().parent
UNITS = (10, 30, 60)
DRAWS = 400
DRAWS_BESIDE = 100
SHUFFLES = 150
RESAMPLES = 300
RANDOM = np.random.default_rng(0)
_EQUAL = 1e-12
LARGE = 0.4


class Shape(NamedTuple):
    """Differences between two sides: how they are drawn, and their true mean."""

    name: str
    draw: Callable[[int], Numbers]
    mean: float
    is_share: bool = False


def normal(units: int) -> Numbers:
    """As a textbook has them."""
    return RANDOM.normal(0.3, 1, units)


def a_few_large(units: int) -> Numbers:
    """As indices of crashes differ: most bugs a little, some a lot."""
    is_large = RANDOM.random(units) < LARGE
    return np.where(is_large, RANDOM.normal(30, 20, units), RANDOM.normal(0, 3, units))


TIES = np.array([0, 0, 0, 0.5, 0.25, -0.2, 0.9])


def ties(units: int) -> Numbers:
    """As D3 and D5 differ: mostly not at all."""
    return RANDOM.choice(TIES, units)


def ratios(units: int) -> Numbers:
    """Logarithms of ratios of lines."""
    return RANDOM.normal(-0.4, 0.25, units)


def shares(better: float, worse: float) -> Callable[[int], Numbers]:
    """Yes or no of each bug: so often the side alone, and so often the reference alone."""
    weights = [better, worse, 1 - better - worse]
    return lambda units: RANDOM.choice([1.0, -1.0, 0.0], units, p=weights)


SHAPES = (
    Shape("normal", normal, 0.3),
    Shape("a few large differences", a_few_large, LARGE * 30),
    Shape("mostly ties", ties, float(TIES.mean())),
    Shape("logarithms of ratios", ratios, -0.4),
    *(
        Shape(
            f"share, {better:.0%} against {worse:.0%}",
            shares(better, worse),
            better - worse,
            is_share=True,
        )
        for better, worse in ((0.3, 0.05), (0.1, 0.1), (0.1, 0.0), (0.9, 0.0))
    ),
)


def used(shape: Shape, values: Numbers) -> Interval:
    """The interval that a comparison prints."""
    return (share_difference if shape.is_share else interval)(list(map(float, values)))


def of_scipy(method: str) -> Callable[[Shape, Numbers], Interval]:
    """A bootstrap interval of scipy's."""

    def found(_shape: Shape, values: Numbers) -> Interval:
        if np.ptp(values) <= _EQUAL:
            return Interval(value=values[0], low=values[0], high=values[0])
        ends = stats.bootstrap(
            (values,), np.mean, method=method, n_resamples=RESAMPLES, rng=RANDOM
        ).confidence_interval
        return Interval(value=values.mean(), low=ends.low, high=ends.high)

    return found


def student(_shape: Shape, values: Numbers) -> Interval:
    """Student's interval."""
    low, high = stats.ttest_1samp(values, 0).confidence_interval()
    return Interval(value=values.mean(), low=low, high=high)


METHODS = {
    "as printed": used,
    "Student's t": student,
    "BCa": of_scipy("BCa"),
    "percentile": of_scipy("percentile"),
}


def coverage(shape: Shape, units: int, method: Callable[[Shape, Numbers], Interval]) -> float:
    """The share of draws whose interval has the true mean in it, of those that have one."""
    draws = DRAWS if method is used else DRAWS_BESIDE
    found = [method(shape, shape.draw(units)) for _ in range(draws)]
    judged = [one for one in found if one.low is not None and one.high is not None]
    hits = sum(one.low - _EQUAL <= shape.mean <= one.high + _EQUAL for one in judged)
    return hits / len(judged)


# --- labels swapped at random --------------------------------------------------------------------

METRICS = {metric.id: metric for metric in COMPARED if metric.margin is not None}
DEMO = {
    "prevented": [1, 1, 0, -1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1],
    "crashes": [12.889, 5.651, 8.944, 0.063, 6.484, 1.73, 8.151, 7.111, -1.27, 5.373],
    "noticed": [0, 1, 0, 0, 0, 1],
}
"""Differences of the bugs of `make demo`, all styles together so that there are enough of them."""


@cache
def readability() -> tuple[float, ...]:
    """Logarithms of the readability index of every Keras program that is shipped."""
    found = []
    for case in shipped_cases():
        programs = [
            ProgramReport(case=case, implementation=one, static=measure(one.source))
            for one in case.implementations
        ]
        frameworks = {one.implementation.name: one.implementation.framework for one in programs}
        found += [
            math.log(index.value)
            for index in readability_indices(case, programs)
            if index.value
            and index.part is Part.WHOLE
            and frameworks[index.implementation] is Framework.KERAS
        ]
    return tuple(found)


def samples(units: int) -> dict[str, Sequence[float]]:
    """A comparison with so many bugs, drawn from what was measured."""
    sizes = {**DEMO, "readability": readability(), "O2": [-0.023, -0.068, -0.05, 0.01, -0.2, 0.15]}
    return {name: [float(one) for one in RANDOM.choice(of, units)] for name, of in sizes.items()}


def shuffled(differences: dict[str, Sequence[float]]) -> list[Judgement]:
    """The conclusions once the frameworks' labels are swapped in pairs at random."""
    pairs = {
        METRICS[name]: [
            Pair(Key("case", f"bug{index}"), *_sides(METRICS[name], sign * value))
            for index, (value, sign) in enumerate(
                zip(values, RANDOM.choice((-1, 1), len(values)), strict=True)
            )
        ]
        for name, values in differences.items()
    }
    return [one.verdict for one in conclude(pairs)]


def _sides(metric: Compared, difference: float) -> tuple[float, float]:
    return (math.exp(difference), 1.0) if metric.by_ratio else (difference, 0.0)


DIRECTED = {Judgement.LIGHTER, Judgement.HEAVIER, Judgement.BETTER, Judgement.WORSE}


def words_by_chance(units: int) -> tuple[float, float, float]:
    """Of words: directed, equivalent; and of comparisons, those with any directed word."""
    found = [shuffled(samples(units)) for _ in range(SHUFFLES)]
    counts = Counter(word for words in found for word in words)
    directed, total = sum(counts[word] for word in DIRECTED), sum(counts.values())
    any_directed = sum(not DIRECTED.isdisjoint(words) for words in found)
    return directed / total, counts[Judgement.EQUIVALENT] / total, any_directed / SHUFFLES


HEAD = f"""# How far the conclusions can be trusted

`python benchmarks/interval_coverage.py`: {DRAWS:,} draws per cell of the first
column, which may be off by 0.02 by chance alone, and {DRAWS_BESIDE} of the others; the seed is
fixed.

## How often an interval of 95 % has the true mean in it

*As printed* is what `debugdiff run` prints: a bootstrap of the t statistic, and for shares the
interval of Agresti and Min. Student's t and scipy's BCa and percentile bootstraps stand beside it:
with ten units they fall short where differences are skewed or rare.

| differences | bugs or cases | {" | ".join(METHODS)} |
|---|---:|{"---:|" * len(METHODS)}
"""
CHANCE = f"""
## How often chance alone earns a word

The labels of the frameworks are swapped at random in each pair, {SHUFFLES:,} times, so that no
side is better. *Directed*: lighter, heavier, better or worse, which is wrong then. *Equivalent* is
no error there: it only says that the difference is small.

| bugs or cases | directed words | comparisons with any directed word | equivalent |
|---:|---:|---:|---:|
"""


def page() -> str:
    """Both tables in Markdown."""
    return HEAD + "".join(_coverage_rows()) + CHANCE + "".join(_chance_rows())


def _coverage_rows() -> Iterator[str]:
    for shape in SHAPES:
        for units in UNITS:
            cells = [
                f"{coverage(shape, units, method):.3f}"
                if method is used or units == UNITS[0]
                else ""
                for method in METHODS.values()
            ]
            yield f"| {shape.name} | {units} | {' | '.join(cells)} |\n"


def _chance_rows() -> Iterator[str]:
    for units in (10, 30):
        directed, equivalent, anywhere = words_by_chance(units)
        yield f"| {units} | {directed:.1%} | {anywhere:.1%} | {equivalent:.1%} |\n"


def main() -> None:
    """Write the page."""
    warnings.simplefilter("ignore")  # scipy's, of draws that are nearly all equal
    path = HERE / "coverage.md"
    path.write_text(page(), encoding="utf-8")
    print(f"Written: {path}")


if __name__ == "__main__":
    main()
