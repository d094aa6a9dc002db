"""How exposed programs are to bugs: places per program, and what framework and length explain."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING, Any

from debugdiff.compare.statistics import CONFIDENCE
from debugdiff.model import Framework, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from debugdiff.model import Style, Training

    Numbers = np.ndarray[Any, Any]

_LEAST_CASES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramExposure:
    """One program.

    Attributes:
        lines, api: R1 and R5 of the whole source.
        bugs: of the catalogue that fit it.
        places: where they can be made, each place of each bug counted.
        prevented: bugs that the framework gives no way to write.
    """

    case: str
    name: str
    framework: Framework
    style: Style
    training: Training
    lines: int
    api: int
    bugs: int
    places: int
    prevented: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureModel:
    """`log places = case + framework + length * log lines`, by least squares.

    Intervals of 95 % with errors that are robust to what programs of one case share (CR1; Cameron
    and Miller 2015), by Student's t with one degree of freedom less than there are cases.

    Attributes:
        framework: Keras' places as a multiple of PyTorch's, of programs of the same length.
        length: the exponent of the lines: 1 if twice the lines have twice the places, 0 if length
            does not matter.
        unadjusted: Keras' places as a multiple of PyTorch's, whatever the length.
    """

    programs: int
    cases: int
    framework: Interval
    length: Interval
    unadjusted: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """All programs; `model` is `None` with fewer than three cases of both frameworks."""

    bugs: int
    programs: tuple[ProgramExposure, ...]
    model: ExposureModel | None


def fit_model(programs: Sequence[ProgramExposure]) -> ExposureModel | None:
    """Fit the model to programs of cases that have both frameworks and a place at all."""
    usable = [each for each in programs if each.places and each.case in _paired(programs)]
    cases = list(dict.fromkeys(each.case for each in usable))
    if len(cases) < _LEAST_CASES:
        return None
    import numpy as np  # noqa: PLC0415 (late)

    groups = np.array([cases.index(each.case) for each in usable])
    keras = np.array([float(each.framework is Framework.KERAS) for each in usable])
    lines = np.array([log(each.lines) for each in usable])
    places = np.array([log(each.places) for each in usable])
    whole = _fit(places, np.column_stack([keras, lines]), groups)
    alone = _fit(places, keras[:, None], groups)
    return ExposureModel(
        programs=len(usable),
        cases=len(cases),
        framework=_multiple(whole[0]),
        length=whole[1],
        unadjusted=_multiple(alone[0]),
    )


def _paired(programs: Sequence[ProgramExposure]) -> set[str]:
    sides = {(each.case, each.framework) for each in programs}
    return {case for case, _ in sides if all((case, one) in sides for one in Framework)}


def _multiple(found: Interval) -> Interval:
    assert found.low is not None
    assert found.high is not None
    return Interval(value=exp(found.value), low=exp(found.low), high=exp(found.high))


def _fit(response: Numbers, factors: Numbers, groups: Numbers) -> list[Interval]:
    """The coefficients of factors beside a constant for each group, by group-robust errors."""
    import numpy as np  # noqa: PLC0415 (late)
    from scipy.stats import t  # noqa: PLC0415 (late)

    y, x = _within(response, groups), _within(factors, groups)
    bread = np.linalg.pinv(x.T @ x)
    coefficients = bread @ x.T @ y
    residuals = y - x @ coefficients
    scores = np.array([x[groups == one].T @ residuals[groups == one] for one in np.unique(groups)])
    count, constants = len(scores), len(scores) + x.shape[1]
    correction = count / (count - 1) * (len(y) - 1) / max(len(y) - constants, 1)
    errors = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * correction)
    wide = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * errors
    return [
        Interval(value=float(value), low=float(value - half), high=float(value + half))
        for value, half in zip(coefficients, wide, strict=True)
    ]


def _within(values: Numbers, groups: Numbers) -> Numbers:
    """Each value less the mean of its group: the same coefficients as a constant per group."""
    import numpy as np  # noqa: PLC0415 (late)

    result = np.array(values, dtype=float)
    for one in np.unique(groups):
        result[groups == one] -= result[groups == one].mean(axis=0)
    return result
