"""R1-R5 as scores: the static metrics of an implementation, whole and by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Part, Score
from debugdiff.score.registry import Better, Metric, Scores, metric, of_source

if TYPE_CHECKING:
    from debugdiff.model import PartMetrics, StaticMetrics

LLOC = metric("R1", "logical lines", "lines", Better.LESS)
VOLUME = metric("R2", "volume", "bits", Better.LESS)
VOCABULARY = metric("R3", "vocabulary", "tokens", Better.LESS)
COGNITIVE = metric("R4", "cognitive complexity", "points", Better.LESS)
COGNITIVE_MAXIMUM = metric("R4.maximum", "most complex function", "points", Better.LESS)
API_SURFACE = metric("R5", "API surface", "names and keywords", Better.LESS)

_FIELDS = (
    (LLOC, "lloc"),
    (VOLUME, "volume"),
    (VOCABULARY, "vocabulary"),
    (COGNITIVE, "cognitive"),
    (COGNITIVE_MAXIMUM, "cognitive_maximum"),
    (API_SURFACE, "api_surface"),
)
_OF_PARTS = {
    (found.id, part): metric(
        f"{found.id}.{part}", f"{found.title}, {part}", found.unit, found.better
    )
    for part in Part
    if part is not Part.WHOLE
    for found, _ in _FIELDS
}


@of_source(*(found for found, _ in _FIELDS), *_OF_PARTS.values())
def readability(static: StaticMetrics) -> Scores:
    """R1-R5 of the whole file, and of its model, training and glue parts (`R1.model`)."""
    for part in Part:
        for found, name in _FIELDS:
            measured = found if part is Part.WHOLE else _OF_PARTS[found.id, part]
            value = figure(static, part, name)
            yield Score(
                metric=measured.id,
                value=value,
                explanation=_explanation(found, part, value, static),
            )


def figure(static: StaticMetrics, part: Part, name: str) -> float:
    """One figure of one part of a file: `figure(static, Part.MODEL, "lloc")`."""
    metrics: PartMetrics = getattr(static, part)
    return float(getattr(metrics, name))


def _explanation(found: Metric, part: Part, value: float, static: StaticMetrics) -> str:
    where = "file" if part is Part.WHOLE else f"{part} part"
    text = f"{value:.4g} {found.unit} in the {where}."
    if found is API_SURFACE and part is Part.WHOLE:
        counts = (static.api_names, static.api_keywords, static.api_overrides)
        names, keywords, overrides = map(len, counts)
        return f"{text[:-1]}: {names} names, {keywords} keywords, {overrides} forced overrides."
    return text
