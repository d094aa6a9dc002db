"""What a pattern need not say of a function, and its replacement keeps: annotations, decorators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from debugdiff.inject.pattern import walk
from debugdiff.inject.terms import Term, flat_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping


def own_function(terms: tuple[Term, ...], name: str) -> cst.FunctionDef | None:
    """The matched function of a name, or the only one: a replacement may rename it."""
    found = [term.node for term in walk(terms) if isinstance(term.node, cst.FunctionDef)]
    named = [node for node in found if node.name.value == name]
    return next(iter(named or (found if len(found) == 1 else [])), None)


def clothed(function: cst.FunctionDef, own: cst.FunctionDef) -> cst.FunctionDef:
    """A function of the replacement with what it does not say of itself taken from the program."""
    known = {
        node.name.value: node.annotation
        for node in flat_parameters(own.params)
        if isinstance(node, cst.Param) and node.annotation is not None
    }
    params = function.params.visit(_Annotator(known))
    assert isinstance(params, cst.Parameters)
    return function.with_changes(
        params=params,
        returns=function.returns or own.returns,
        decorators=function.decorators or own.decorators,
    )


class _Annotator(cst.CSTTransformer):
    def __init__(self, known: Mapping[str, cst.Annotation]) -> None:
        super().__init__()
        self._known = known

    def visit_Lambda(self, _: cst.Lambda) -> bool:  # noqa: N802 - libcst's name
        return False

    def leave_Param(  # noqa: N802 - libcst's name
        self, _: cst.Param, updated_node: cst.Param
    ) -> cst.Param:
        annotation = updated_node.annotation or self._known.get(updated_node.name.value)
        return updated_node.with_changes(annotation=annotation)
