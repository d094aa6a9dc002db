"""One pass over a source: its normal form, its parts, and every metric of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import PartMetrics, StaticMetrics
from debugdiff.source.lines import lines_of
from debugdiff.source.names import resolver
from debugdiff.source.normal import unparse, without_docstrings
from debugdiff.static.cognitive import cognitive_complexity
from debugdiff.static.legacy import legacy_metrics, logical_lines
from debugdiff.static.parts import split
from debugdiff.static.surface import Definitions, read_definitions, surface_of
from debugdiff.static.tokens import count_tokens, vocabulary, volume
from debugdiff.syntax import parse

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence


def measure_source(source: str, own_modules: frozenset[str]) -> StaticMetrics:
    """See `debugdiff.static.measure`."""
    original = parse(source)
    tree = without_docstrings(parse(source))
    program = read_definitions(tree, resolver(tree, own_modules))
    parts = split(tree, program)
    surface = surface_of(tree.body, program)
    return StaticMetrics(
        whole=_measure_part(tree.body, program),
        model=_measure_part(parts.model, program),
        training=_measure_part(parts.training, program),
        glue=_measure_part(parts.glue, program),
        legacy=legacy_metrics(source, original),
        api_names=tuple(sorted(surface.names)),
        api_keywords=tuple(sorted(surface.keywords)),
        api_overrides=tuple(sorted(surface.overrides)),
        executable_lines=lines_of(original).executable,
    )


def _measure_part(statements: Sequence[ast.stmt], program: Definitions) -> PartMetrics:
    tokens = count_tokens(unparse(statements))
    complexity = cognitive_complexity(statements)
    return PartMetrics(
        lloc=logical_lines(statements),
        volume=volume(tokens),
        vocabulary=vocabulary(tokens),
        cognitive=complexity.total,
        cognitive_maximum=complexity.maximum,
        api_surface=surface_of(statements, program).size,
    )
