"""A program in three parts: model, training and glue, by its top-level definitions.

The model is `build_model` with everything of the file that it uses, and classes that derive from a
library class; training is `train` with what it uses beyond that; glue is the rest: imports,
constants, `evaluate`, `main`, data sets. `evaluate` is glue because every program has one of its
own taste and none needs it to learn.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source.normal import DEFINITIONS, Definition, definitions
from debugdiff.static.surface import Definitions, library_base

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_DATA_BASES = frozenset({"Dataset", "IterableDataset", "PyDataset", "Sequence", "Sampler"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Top-level statements by part, each in file order; together they are the whole file."""

    model: tuple[ast.stmt, ...]
    training: tuple[ast.stmt, ...]
    glue: tuple[ast.stmt, ...]


def split(tree: ast.Module, program: Definitions) -> Parts:
    """Split a module; a file without `build_model` and `train` may be glue altogether."""
    known = definitions(tree.body)
    uses = {name: _uses(node, known) for name, node in known.items()}
    model = _reachable(["build_model"], uses)
    training = _reachable(["train"], uses) - model
    free = {name for name, node in known.items() if _is_model_class(node, program)} - training
    model = _reachable([*model, *free], uses) - training
    return Parts(
        model=_pick(tree.body, model),
        training=_pick(tree.body, training),
        glue=tuple(node for node in tree.body if node not in _pick(tree.body, model | training)),
    )


def _uses(definition: Definition, known: Mapping[str, Definition]) -> frozenset[str]:
    names = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
    return frozenset(names & known.keys())


def _reachable(start: Iterable[str], uses: Mapping[str, frozenset[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [name for name in start if name in uses]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(uses[name])
    return seen


def _is_model_class(node: Definition, program: Definitions) -> bool:
    base = library_base(node, program) if isinstance(node, ast.ClassDef) else ""
    return bool(base) and base.rpartition(".")[2] not in _DATA_BASES


def _pick(body: Sequence[ast.stmt], names: set[str]) -> tuple[ast.stmt, ...]:
    return tuple(node for node in body if isinstance(node, DEFINITIONS) and node.name in names)
