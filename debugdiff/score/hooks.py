"""What hooks do not see: values of plain functions, fused layers, and every value without hooks."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Score
from debugdiff.recipes import SiteKind
from debugdiff.score.registry import Better, Observation, Scores, metric, of_observation, unjudged
from debugdiff.score.sites import UNTESTED_MODES, canonical_sites

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = metric("O1.hidden", "values that no hook sees", "values", Better.SHOWN)

_FORWARD = "forward"


@of_observation(HIDDEN)
def hidden_from_hooks(observation: Observation) -> Scores:
    """Values of the model that no documented hook shows, with the reason for each kind.

    PyTorch has hooks on modules: what a plain function returns in `forward` is not seen (a `print`
    or `Tensor.register_hook` on its name is another matter), nor a module whose `forward` a fused
    function goes around. Keras documents no hooks, so that every canonical site counts.
    """
    if observation.mode in UNTESTED_MODES:
        reason = "Not judged: what hooks see of a compiled graph was not tested."
        return [unjudged(HIDDEN, reason)]
    if observation.implementation.framework is Framework.KERAS:
        return [_without_hooks(observation)]
    functions = list(dict.fromkeys(_of_functions(observation)))
    fused = list(_of_kind(observation, SiteKind.LIBRARY))
    sentences = [
        f"Values of functions in `forward`: {_quoted(functions)}." if functions else "",
        f"A fused function goes around the module (pytorch#78109): {_quoted(fused)}."
        if fused
        else "",
    ]
    text = (
        " ".join(filter(None, sentences)) or "Every value of `forward` with a name is a module's."
    )
    return [Score(metric=HIDDEN.id, value=float(len(functions) + len(fused)), explanation=text)]


def _without_hooks(observation: Observation) -> Score:
    inside = list(_of_kind(observation, SiteKind.LIBRARY))
    why = f" Inside layers of the library, out of reach altogether: {_quoted(inside)}."
    layers = [
        site
        for site in canonical_sites(observation.implementation, observation.sites)
        if site.has_value and site.kinds != {SiteKind.LOSS}
    ]
    return Score(
        metric=HIDDEN.id,
        value=float(len(layers)),
        explanation=f"Keras has no hooks: all {len(layers)} sites.{why if inside else ''}",
    )


def _of_kind(observation: Observation, kind: SiteKind) -> Iterator[str]:
    sites = canonical_sites(observation.implementation, observation.sites)
    return (site.name for site in sites if kind in site.kinds)


def _of_functions(observation: Observation) -> Iterator[str]:
    """Names in `forward` that held tensors and whose statement does not end in a module's call."""
    held = {(each.line, each.name) for each in observation.trial.record.statements}
    tree = ast.parse(observation.implementation.source)
    for owner in [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]:
        methods = [node for node in owner.body if isinstance(node, ast.FunctionDef)]
        own = {method.name for method in methods}
        for method in methods:
            if method.name == _FORWARD:
                yield from _assigned(method, own, held)


def _assigned(method: ast.FunctionDef, own: set[str], held: set[tuple[int, str]]) -> Iterator[str]:
    loops = {
        node.target.id
        for node in ast.walk(method)
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name)
    }
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and not _is_module_call(node.value, own, loops):
            names = _names(node.targets)
            yield from (name for name in names if (node.lineno, name) in held)


def _is_module_call(value: ast.expr, own: set[str], loops: set[str]) -> bool:
    """`self.head(...)`, `self.blocks[0](...)`, and `block(...)` of a loop over modules."""
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    while isinstance(called, ast.Subscript):
        called = called.value
    if isinstance(called, ast.Name):
        return called.id in loops
    of_self = isinstance(called, ast.Attribute) and ast.unparse(called).startswith("self.")
    return of_self and isinstance(called, ast.Attribute) and called.attr not in own


def _names(targets: Iterable[ast.expr]) -> Iterator[str]:
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
