"""One pass over a source: its normal form, its parts, and every metric of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.model import PartMetrics, StaticMetrics
from debugdiff.source.lines import lines_of
from debugdiff.source.names import resolver
from debugdiff.source.normal import unparse, without_docstrings
from debugdiff.static.cognitive import cognitive_complexity
from debugdiff.static.legacy import legacy_metrics, logical_lines
from debugdiff.static.parts import split
from debugdiff.static.shuffling import with_shuffled_rows
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
    whole, training = (_measure_part(part, program) for part in (tree.body, parts.training))
    shuffled = with_shuffled_rows(parts.training, program.resolver)
    elsewhere = [each for each in tree.body if each not in parts.training]
    return StaticMetrics(
        whole=whole,
        model=_measure_part(parts.model, program),
        training=training,
        glue=_measure_part(parts.glue, program),
        shuffled_whole=_measure_again(whole, [*elsewhere, *shuffled], program),
        shuffled_training=_measure_again(training, shuffled, program),
        legacy=legacy_metrics(source, original),
        api_names=tuple(sorted(surface.names)),
        api_keywords=tuple(sorted(surface.keywords)),
        api_overrides=tuple(sorted(surface.overrides)),
        executable_lines=lines_of(original).executable,
    )


def _measure_again(
    before: PartMetrics, statements: Sequence[ast.stmt], program: Definitions
) -> PartMetrics:
    """What shuffling changes: it is an argument or a call, so no line and no branch is added."""
    tokens = count_tokens(unparse(statements))
    return replace(
        before,
        volume=volume(tokens),
        vocabulary=vocabulary(tokens),
        api_surface=surface_of(statements, program).size,
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
