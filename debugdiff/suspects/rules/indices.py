"""Rules for ids and labels that lie beyond a table or beyond the classes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of, calls_in, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.sizes import is_passed
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from debugdiff.source.program import File
    from debugdiff.suspects.crash import Crash


@of_crash("ids-beyond-table", {Kind.INDICES})
def ids_beyond_table(crash: Crash) -> Clues:
    """The table that the ids do not fit, and where the size of the vocabulary comes from.

    An off-by-one of `input_dim` / `num_embeddings` is the classic (Stack Overflow; UMLAUT).
    """
    tables = [layer for layer in crash.layers if layer.api.kind == "embedding"]
    wanted = set(crash.complaint.expected)
    for layer in tables:
        fits = not wanted or layer.takes is None or layer.takes in wanted
        at_work = layer in crash.failing or not crash.failing
        number = "table" if fits else "table-other"
        factor = 1.0 if at_work else weight("ids-beyond-table", "idle")
        factor *= weight("failing-layer", "passed") if is_passed(layer) else 1.0
        reason = "This table has too few rows for an id that was looked up in it."
        yield Clue(at=layer.location, weight=number, factor=factor, reason=reason)
    for file, call in crash.program.calls:
        sizes = [each.value for each in call.keywords if each.arg in _VOCABULARIES]
        yield from (
            Clue(
                at=file.location(value),
                weight="vocabulary",
                reason="This sets the number of ids.",
            )
            for value in sizes
        )


_VOCABULARIES = frozenset(
    {"num_words", "max_tokens", "max_features", "vocab_size", "vocabulary_size", "num_tokens"}
)


_NUMBERING = frozenset(
    {
        *("to_categorical", "one_hot", "LabelEncoder", "fit_transform", "factorize"),
        *("randint", "randrange", "integers", "choice", "choices"),
    }
)


def _counts_from_one(file: File, call: ast.Call) -> bool:
    """`{... enumerate(names, 1)}` and `randint(1, classes)`: the last number is one too many.

    A `for` over `enumerate` counts rounds.
    """
    match last_name(call.func):
        case "enumerate" if isinstance(file.parents.get(call), ast.comprehension):
            start = argument_of(call, "start", 1)
        case "randint" | "randrange" | "integers":
            start = argument_of(call, "low", 0)
        case _:
            return False
    return isinstance(start, ast.Constant) and start.value == 1


@of_crash("labels-beyond-classes", {Kind.CLASSES})
def labels_beyond_classes(crash: Crash) -> Clues:
    """Where labels get their numbers (Stack Overflow: labels from 1, one class short)."""
    for file, call in crash.program.calls:
        from_one = _counts_from_one(file, call)
        if from_one or last_name(call.func) in _NUMBERING:
            aside = "aside-from-one" if from_one else "aside"
            near = crash.near(file.location(call), "labels-beyond-classes", aside=aside)
            yield Clue(
                at=file.location(call),
                weight="from-one" if from_one else "line",
                factor=near,
                reason="This gives labels their numbers.",
            )


@of_crash("ids-made-here", {Kind.INDICES})
def ids_made_here(crash: Crash) -> Clues:
    """Where ids are counted out that a table was asked for (Stack Overflow: positions from 1)."""
    for reached in crash.slice:
        for call in calls_in(reached.place.node):
            if last_name(call.func) in {"arange", "range", "randint", "cumsum"}:
                location = reached.place.file.location(call)
                near = crash.near(location, "ids-made-here")
                yield Clue(at=location, factor=near, reason="The ids are assigned here.")
