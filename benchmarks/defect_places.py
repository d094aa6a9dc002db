"""Where an injected defect is: what a colleague who knows it would call the right answer.

The places follow from the bug and the two programs by the rules below, and from nothing that a
tool says of a run.
"""

from __future__ import annotations

import ast
import copy
import difflib
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff import base_of
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Bug, Case, Implementation, Mutant, Record, SitePlace

OF_CATEGORY = {
    "data": {"input", "target"},
    "loss": {"loss", "target"},
    "optimizer": {"optimizer"},
}
"""Where the defects of a category are that are in no layer."""

OF_BUG = {
    # The defect is what a batch holds, and a batch is what the model and the loss are given.
    "optimizer/batch-size-changed": {"input", "target"},
    "optimizer/batching-disabled": {"input", "target"},
    # The loader holds back the last examples: data that the model is not given.
    "process/last-batch-dropped": {"input"},
    # The token ids are given to the model as floating-point numbers.
    "dtype/float-token-ids": {"input"},
    # In Keras the labels become a column, in PyTorch the prediction of the metric.
    "shape/target-broadcasts": {"target"},
}
"""Where else the defect of a bug is, each with its reason."""

IN_FIRST_LAYER = {
    # The policy is one of the whole program: the first layer that computes is the first to show it.
    "dtype/half-overflow",
}
"""Bugs that are in every layer alike: the first that computes is the place."""

IN_ALL_WEIGHTS = {
    # The line goes over the weights of the whole model.
    "initialisation/all-zero",
}
"""Bugs that set weights to zero: every layer whose weights became zero is a place."""

IN_A_LAYER = {"optimizer/layer-frozen", "optimizer/graph-detached"}
"""Bugs that are filed under the optimizer, whose work they spoil, but written in the model."""

_BY_MODE = ("Dropout", "BatchNormalization", "BatchNorm", "Noise")
OF_CLASS = {
    # The defect is the mode, which is in every layer that behaves by it.
    "mode/trained-in-evaluation-mode": _BY_MODE,
    "mode/evaluated-in-training-mode": _BY_MODE,
    # The embedding makes no mask any more: in Keras what averages without one is where it bites.
    "model/padding-averaged": ("GlobalAveragePooling1D",),
}
"""By words of their class, the layers that the defect of a bug is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """A bug in a program, and the records of the program without and with it."""

    bug: Bug
    case: Case
    implementation: Implementation
    mutant: Mutant
    good: Record
    bad: Record

    @property
    def places(self) -> tuple[SitePlace, ...]:
        """The sites of the bad run."""
        return self.bad.places


def expected_sites(injected: Injected) -> set[str]:
    """The sites that the defect belongs to.

    The site that the bug declares, and if it is one of initial weights, the parts of that layer
    as well; the layers that a line of the defect makes, calls or names, or that a line which it
    replaced made or called in the clean program; the layer in whose own method it stands, or the
    functional model that it connects otherwise; and for what is in no layer, `input`, `target`,
    `loss`, `optimizer`, by the category of the bug.
    """
    mutant, program = injected.mutant, injected.implementation.path.name
    lines = {line for span in (*mutant.defect, *mutant.use) for line in span.lines}
    replaced = _replaced_lines(injected.implementation.source, mutant.source)
    sites = {
        *_declared(injected),
        *_on_lines(injected.bad, lines, program),
        *_on_lines(injected.good, replaced, program),
        *_named(injected, lines),
        *_around(injected, lines),
        *_of_class(injected),
        *_wired(injected, lines),
        *_first_layer(injected),
        *_zeroed(injected),
        *OF_BUG.get(injected.bug.id, ()),
    }
    if injected.bug.id not in IN_A_LAYER:
        sites |= OF_CATEGORY.get(injected.bug.category, set())
    return {base_of(site) for site in sites} - {"loss.prediction"}


def _declared(injected: Injected) -> Iterator[str]:
    """The layer of the bug's site; `grad:embedding.weight` is a gradient of the site's layer."""
    name = injected.bug.site.removeprefix("grad:").partition(".")[0]
    for site in injected.case.sites:
        layer = site.layer(injected.implementation.name)
        if site.name == name and layer:
            yield layer
            if injected.bug.category == "initialisation":
                yield from (p.site for p in injected.places if _is_part(p.site, layer))


def _is_part(site: str, layer: str) -> bool:
    return site.startswith((f"{layer}.", f"{layer}/"))


def _replaced_lines(clean: str, mutant: str) -> set[int]:
    """Lines of the clean program that the injection changed or took out."""
    blocks = difflib.SequenceMatcher(None, clean.splitlines(), mutant.splitlines(), autojunk=False)
    return {
        line + 1
        for tag, start, end, _, _ in blocks.get_opcodes()
        if tag in {"replace", "delete"}
        for line in range(start, end)
    }


def _on_lines(run: Record, lines: set[int], program: str) -> Iterator[str]:
    """Sites made or called on lines of the program.

    A line that calls the model, such as `model.fit(...)`, calls all that is in it: no site is
    called there more than any other.
    """
    whole = next((base_of(v.site) for v in run.values if v.kind is ValueKind.INPUT), "")
    everything = next((place.called for place in run.places if place.site == whole), None)
    for place in run.places:
        named = {place.made, place.called if place.called != everything else None} - {None}
        if any(each.line in lines and Path(each.file).name == program for each in named if each):
            yield place.site


def _named(injected: Injected, lines: set[int]) -> Iterator[str]:
    """Layers by the attribute that a line names: `self.embedding.weight.requires_grad = False`."""
    for around, node in _methods(injected.mutant.source):
        attributes = {
            each.attr
            for each in ast.walk(node)
            if isinstance(each, ast.Attribute) and each.lineno in lines
            if isinstance(each.value, ast.Name) and each.value.id == "self"
        }
        for place in injected.places:
            if _is_made_in(place, around) and place.site.rpartition(".")[2] in attributes:
                yield place.site


def _is_made_in(place: SitePlace, around: ast.ClassDef) -> bool:
    inside = range(around.lineno, (around.end_lineno or 0) + 1)
    return place.made is not None and place.made.line in inside


def _around(injected: Injected, lines: set[int]) -> Iterator[str]:
    """Layers of a class in one of whose methods, other than the constructor, a line stands."""
    for around, method in _methods(injected.mutant.source):
        inside = range(method.lineno, (method.end_lineno or method.lineno) + 1)
        if method.name != "__init__" and lines & set(inside):
            kinds = (place for place in injected.places if _class(place) == around.name)
            yield from (place.site for place in kinds)


def _methods(source: str) -> Iterator[tuple[ast.ClassDef, ast.FunctionDef]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield from ((node, each) for each in node.body if isinstance(each, ast.FunctionDef))


def _wired(injected: Injected, lines: set[int]) -> Iterator[str]:
    """Functional models, if a function that calls their layers connects them otherwise.

    That function is to such a model what `forward` or `call` is to a class of one's own.
    """
    calling = {p.called.function for p in injected.places if p.symbolic and p.called is not None}
    clean, mutant = _functions(injected.implementation.source), _functions(injected.mutant.source)
    for name, function in mutant.items():
        inside = set(range(function.lineno, (function.end_lineno or 0) + 1))
        if name in calling and lines & inside and _wiring(function) != _wiring(clean.get(name)):
            yield from (p.site for p in injected.places if _class(p) == "Functional")


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    body = ast.parse(source).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _wiring(function: ast.FunctionDef | None) -> str:
    """A function without what its layers are made with."""
    return "" if function is None else ast.dump(_WithoutSettings().visit(copy.deepcopy(function)))


class _WithoutSettings(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Call):
            node.func.args, node.func.keywords = [], []
        return node


def _first_layer(injected: Injected) -> Iterator[str]:
    if injected.bug.id in IN_FIRST_LAYER:
        outputs = (v for v in injected.bad.values if v.kind is ValueKind.FORWARD)
        numbers = (value.site for value in outputs if "float" in value.dtype)
        yield from itertools.islice(numbers, 1)


def _zeroed(injected: Injected) -> Iterator[str]:
    if injected.bug.id in IN_ALL_WEIGHTS:
        zero, fine = (_zero_weights(run) for run in (injected.bad, injected.good))
        yield from (layer_of(parameter) for parameter in zero - fine)


def _zero_weights(run: Record) -> set[str]:
    weights = (v for v in run.values if v.kind is ValueKind.PARAMETER and v.step == 0)
    return {value.site for value in weights if value.zeros == value.count}


def _of_class(injected: Injected) -> Iterator[str]:
    words = OF_CLASS.get(injected.bug.id, ())
    for place in injected.places:
        if any(word in _class(place) for word in words):
            yield place.site


def _class(place: SitePlace) -> str:
    return place.kind.rpartition(".")[2]
