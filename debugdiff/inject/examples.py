"""The before/after examples that every bug carries."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from debugdiff.inject.engine import inject
from debugdiff.model import Implementation, NotApplicable, Style, Training
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Bug, Example, Mutant


def check(bug: Bug) -> tuple[str, ...]:
    """See `debugdiff.inject.check_examples`."""
    results = [inject(implementation_of(bug, example), bug) for example in bug.examples]
    return (*_transformations(bug, results), *_missing(bug), *_blind_marks(bug, results))


def implementation_of(bug: Bug, example: Example) -> Implementation:
    """The program of an example; where it does not say, its style and training are unknown."""
    return Implementation(
        case="example",
        name="example",
        framework=example.framework,
        style=example.style or Style.SCRIPT,
        training=example.training or Training.UNKNOWN,
        path=bug.path,
        source=_text(example.before),
    )


def _transformations(bug: Bug, results: Sequence[Mutant | NotApplicable]) -> Iterator[str]:
    for number, (example, result) in enumerate(zip(bug.examples, results, strict=True), start=1):
        name = f"example {number} ({example.framework})"
        if isinstance(result, NotApplicable):
            yield f"{name}: the bug does not fit: {result.reason}."
        elif result.source != _text(example.after):
            yield f"{name}: becomes something else than it claims:\n{_diff(example, result.source)}"


def _text(source: str) -> str:
    return source.strip("\n") + "\n"


def _diff(example: Example, source: str) -> str:
    claimed, got = split_lines(_text(example.after)), split_lines(source)
    return "\n".join(difflib.unified_diff(claimed, got, "claimed", "became", lineterm=""))


def _missing(bug: Bug) -> Iterator[str]:
    shown = {example.framework for example in bug.examples}
    for framework in sorted(bug.frameworks - shown):
        yield f"{framework} has rules but no example."


def _blind_marks(bug: Bug, mutants: Sequence[Mutant | NotApplicable]) -> Iterator[str]:
    """A `use` or `accept` that marks no line of any example of its framework."""
    for framework in sorted(bug.frameworks):
        rules = [rule for rule in bug.rules if framework in rule.frameworks]
        results = [
            mutant
            for mutant, example in zip(mutants, bug.examples, strict=True)
            if example.framework == framework and not isinstance(mutant, NotApplicable)
        ]
        if not results:
            continue
        if any(rule.use for rule in rules) and not any(mutant.use for mutant in results):
            yield f"{framework}: `use` marks no line of any example."
        if any(rule.accept for rule in rules) and not any(mutant.accept for mutant in results):
            yield f"{framework}: `accept` marks no line of any example."
