"""Layers by their use: called once, called for two inputs, made twice alike, sharing weights."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.source.roles.reads import reads_of
from debugdiff.source.roles.registry import Answer, Roles, found_or, role

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = frozenset({"training", "mask"})
_TIED = frozenset({"dense", "embedding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A layer, or a part of the model, that is called by a name.

    Attributes:
        called: the name or attribute, as it is called.
        made: the expression that makes it, the whole value of an assignment.
    """

    call: Place
    called: Place
    made: Place


def uses_of(roles: Roles) -> Iterator[Use]:
    """Every call of a layer with weights, or of the user's own, that an assignment made."""
    for call in roles.flow.calls:
        assert isinstance(call.node, ast.Call)
        called = Place(call.file, call.node.func)
        if isinstance(called.node, ast.Name | ast.Attribute) and _trains(roles, call):
            made = _made(roles, called)
            if made is not None:
                yield Use(call=call, called=called, made=made)


def _trains(roles: Roles, call: Place) -> bool:
    callee = roles.flow.callee(call)
    known = api.known().get(callee.name)
    if callee.kind == "layer":
        own = {"keras.Model", "torch.nn.Sequential", "keras.Sequential"}
        return callee.name in own or (known is not None and known.has_weights)
    return callee.kind == "module" and callee.made is not None


def _made(roles: Roles, called: Place) -> Place | None:
    """The value that one assignment of its own gives to a name."""
    node, file = called.node, called.file
    if isinstance(node, ast.Name):
        bound = [b for b in bindings_of(file, node) if not b.path]
        values = [Place(file, b.node) for b in bound]
    else:
        assert isinstance(node, ast.Attribute)
        found = roles.flow.attribute_of(Place(file, node.value), node.attr)
        values = [value.place for value in found if not value.path]
    if len(values) != 1 or not isinstance(values[0].node, ast.Call):
        return None
    statement = values[0].file.parents.get(values[0].node)
    match statement:
        case ast.Assign(targets=[ast.Name() | ast.Attribute()]):
            return values[0] if values[0].file is file else None
    return None


# --- one use --------------------------------------------------------------------------------------


@role("called-layer", "a dense layer that one call uses, as it is called there")
def called_layer(roles: Roles) -> Answer:
    """The output layer, where it is one of them; every one without it."""
    heads = {place.node for place in roles.places("head")}
    uses = [use for use in uses_of(roles) if _is_dense(roles, use) and _is_only_use(roles, use)]
    uses = [use for use in uses if use.made.node in heads] or uses
    reason = "no class of this program makes a dense layer that its forward pass calls once"
    return found_or([use.called for use in uses], reason)


def _is_dense(roles: Roles, use: Use) -> bool:
    callee = roles.flow.callee(use.call)
    known = api.known().get(callee.name)
    is_own = isinstance(use.called.node, ast.Attribute)
    return is_own and callee.made == use.made and known is not None and known.kind == "dense"


def _is_only_use(roles: Roles, use: Use) -> bool:
    """Whether nothing else reads the attribute, its weights for example."""
    name = use.called.node.attr  # type: ignore[attr-defined]
    return reads_of(roles, use.called, name) == [use.called.node]


# --- two uses -------------------------------------------------------------------------------------


@role("second-use", "a layer where it is called for a second input, as it is called there")
def second_use(roles: Roles) -> Answer:
    """The second call of one layer in one function, of something the first did not make."""
    groups = defaultdict(list)
    for use in uses_of(roles):
        if use.made not in roles.places("model"):
            function = use.called.file.function(use.called.node)
            groups[use.made.node, function].append(use)
    pairs = [uses for uses in groups.values() if len(uses) == 2 and _are_apart(*uses)]  # noqa: PLR2004
    reason = "no layer of this program is called for two inputs"
    return found_or([second.called for _, second in pairs], reason)


def _are_apart(one: Use, other: Use) -> bool:
    """Whether two calls are alike but for their input, and none gets what the other made."""
    first, second = one.call.node, other.call.node
    assert isinstance(first, ast.Call)
    assert isinstance(second, ast.Call)
    if len(first.args) != 1 or len(second.args) != 1:
        return False
    if {keyword.arg for keyword in (*first.keywords, *second.keywords)} - _PLAIN:
        return False
    alike = ast.dump(first) == ast.dump(second)
    return not alike and not _reads(other.call, first) and not _reads(one.call, second)


def _reads(call: Place, made: ast.AST, depth: int = 8) -> bool:
    """Whether the arguments of a call come from another call in the same function."""
    waiting: list[tuple[ast.AST, int]] = [(part, depth) for part in call.node.args]  # type: ignore[attr-defined]
    seen: set[ast.AST] = set()
    while waiting:
        node, left = waiting.pop()
        for inner in ast.walk(node):
            if inner is made:
                return True
            if isinstance(inner, ast.Name) and left and inner not in seen:
                seen.add(inner)
                waiting += [(b.node, left - 1) for b in bindings_of(call.file, inner)]
    return False


# --- two makings ----------------------------------------------------------------------------------


@role("twin", "a layer that is made like the one next to it, as it is called")
def twin(roles: Roles) -> Answer:
    """The second of two; the queries', keys' and values' layers of an attention are none."""
    return _twins(roles, 1)


@role("first-twin", "the first of two layers that are made alike, as it is called")
def first_twin(roles: Roles) -> Answer:
    """The one beside the twin."""
    return _twins(roles, 0)


def _twins(roles: Roles, at: int) -> Answer:
    kinds = ("query-projection", "key-projection", "value-projection")
    attending = {place.node for kind in kinds for place in roles.places(kind)}
    groups = defaultdict(list)
    for use in uses_of(roles):
        is_own = isinstance(use.called.node, ast.Attribute)
        if is_own and use.called.node not in attending:
            function = use.called.file.function(use.called.node)
            groups[use.made.text, use.called.file.owner(use.made.node), function].append(use)
    pairs = [sorted(uses, key=lambda use: use.call.location) for uses in groups.values()]
    places = [
        pair[at].called
        for pair in pairs
        if len(pair) == 2 and pair[0].called.text != pair[1].called.text  # noqa: PLR2004
    ]
    return found_or(places, "no two layers of this program are made alike and called side by side")


@role("inline-twin", "a layer that is made like another one, both where they are called")
def inline_twin(roles: Roles) -> Answer:
    """The second of two calls like `Dense(8)(states)` of one function; their names aside."""
    return _inline_twins(roles, 1)


@role("first-inline-twin", "the first of two layers that are made alike where they are called")
def first_inline_twin(roles: Roles) -> Answer:
    """The one beside the inline twin."""
    return _inline_twins(roles, 0)


def _inline_twins(roles: Roles, at: int) -> Answer:
    groups = defaultdict(list)
    for call in roles.flow.calls:
        assert isinstance(call.node, ast.Call)
        made = call.node.func
        if isinstance(made, ast.Call) and _trains(roles, call):
            key = _without_name(made), call.file.function(made)
            groups[key].append(Place(call.file, made))
    pairs = [sorted(group, key=lambda one: one.location) for group in groups.values()]
    places = [pair[at] for pair in pairs if len(pair) == 2]  # noqa: PLR2004
    return found_or(places, "no two layers of this program are made alike where they are called")


def _without_name(made: ast.Call) -> str:
    keywords = [keyword for keyword in made.keywords if keyword.arg != "name"]
    return ast.unparse(ast.Call(func=made.func, args=made.args, keywords=keywords))


# --- weights in common ----------------------------------------------------------------------------


@role("tying", "what gives the output layer the weights of the embedding")
def tying(roles: Roles) -> Answer:
    """An assignment of one `weight` to another, or Keras' layer that is both."""
    places = [
        Place(file, node)
        for file in roles.program.files.values()
        for node in file.nodes
        if isinstance(node, ast.Assign) and _ties(roles, file, node)
    ]
    both = [call for call in roles.places("embedding") if "tie_weights" in _arguments(roles, call)]
    return found_or([*places, *both], "the output layer of this program has weights of its own")


def _ties(roles: Roles, file: object, node: ast.Assign) -> bool:
    match node:
        case ast.Assign(
            targets=[ast.Attribute(attr="weight", value=one)],
            value=ast.Attribute(attr="weight", value=other),
        ):
            kinds = [_kind(roles, Place(file, side)) for side in (one, other)]  # type: ignore[arg-type]
            return set(kinds) <= _TIED and "embedding" in kinds
    return False


def _kind(roles: Roles, place: Place) -> str:
    for end in roles.flow.origins(place):
        known = api.known().get(roles.flow.callee(end.place).name) if _is_call(end.place) else None
        if known is not None:
            return known.kind
    return ""


def _is_call(place: Place) -> bool:
    return isinstance(place.node, ast.Call)


def _arguments(roles: Roles, call: Place) -> tuple[str, ...]:
    known = api.known().get(roles.flow.callee(call).name)
    return known.args if known is not None else ()
