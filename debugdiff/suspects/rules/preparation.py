"""Rules for how data are prepared: scaled, cut into windows, put in order."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.syntax import argument_of, body_of, calls_in, in_order, last_name, targets
from debugdiff.suspects.complaint import SHAPES, Kind
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from debugdiff.source.program import File, Program

_GREYS = 255
"""The largest value of a picture's element of eight bits."""
_OPERATIONS = (ast.Div, ast.Mult, ast.Sub, ast.Add)


@of_text("scaled-twice")
def scaled_twice(program: Program) -> Clues:
    """Pictures divided by 255 that a layer divides again (Keras' documentation of `Rescaling`)."""
    layers = [call for call in program.flow.calls_of("Rescaling") if _scales_down(program, call)]
    divisions = [
        Place(file, node)
        for file, node in program.nodes
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and _divides(program, file, node)
    ]
    outside = [place for place in divisions if not _is_inside(place, layers)]
    for place in (*layers, *outside) if layers and outside else ():
        reason = f"The values are divided by {_GREYS} here, and again in another place."
        yield Clue(at=place.location, reason=reason)


def _scales_down(program: Program, call: Place) -> bool:
    assert isinstance(call.node, ast.Call)
    scale = program.number(argument_of(call.node, "scale", 0), call.file)
    return scale is not None and 0 < scale * _GREYS <= 2  # noqa: PLR2004 - to 0..1 or to -1..1


def _divides(program: Program, file: File, node: ast.BinOp | ast.AugAssign) -> bool:
    divisor = node.right if isinstance(node, ast.BinOp) else node.value
    dividend = node.left if isinstance(node, ast.BinOp) else node.target
    is_number = program.number(dividend, file) is not None
    return (
        isinstance(node.op, ast.Div) and not is_number and (program.number(divisor, file) == _GREYS)
    )


def _is_inside(place: Place, calls: Iterable[Place]) -> bool:
    return any(call.node in place.file.up(place.node) for call in calls)


@of_text("test-data-not-scaled")
def test_data_not_scaled(program: Program) -> Clues:
    """Training data are scaled, the data for the test are not (scikit-learn's Common pitfalls)."""
    for file in program.files.values():
        for statements in (file.tree.body, *map(body_of, _functions(file))):
            yield from _unscaled(file, statements)


def _functions(file: File) -> list[ast.FunctionDef]:
    return [node for node in in_order(file.tree) if isinstance(node, ast.FunctionDef)]


def _unscaled(file: File, statements: list[ast.stmt]) -> Clues:
    """The line that binds the test data beside the one that scales the training data."""
    bound: dict[str, list[ast.stmt]] = {}
    for statement in statements:
        for name in _bound_names(statement):
            bound.setdefault(name, []).append(statement)
    scaled = {name: one.lineno for name in bound for one in bound[name] if _scales(one, name)}
    for name, at in scaled.items():
        for other in bound.keys() & set(_twins(name)):
            if not any(_is_changed(statement, other) for statement in bound[other]):
                reason = f"`{name}` is scaled; `{other}` is used as it is."
                beside = min(bound[other], key=lambda one: (abs(one.lineno - at), -one.lineno))
                yield Clue(at=file.location(beside), weight="bound", reason=reason)
                yield from _evaluated(file, other, reason)


def _evaluated(file: File, name: str, reason: str) -> Clues:
    for call in calls_in(file.tree):
        given = {part.id for part in call.args if isinstance(part, ast.Name)}
        if last_name(call.func) in {"evaluate", "predict", "score"} and name in given:
            yield Clue(at=file.location(call), weight="evaluated", reason=reason)


def _bound_names(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Assign() | ast.AnnAssign():
            yield from (
                inner.id
                for target, _ in targets(statement)
                for inner in (target, *in_order(target))
                if isinstance(inner, ast.Name)
            )
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name


_PART = re.compile(r"(?i)train(ing)?")
_TARGETS = re.compile(r"(?i)^y|label|target")
"""Targets may be scaled for training alone: what is predicted is turned back then."""


def _twins(name: str) -> list[str]:
    """`x_test` and `x_val` of `x_train`."""
    words = ("test", "val", "valid", "validation")
    is_input = _PART.search(name) and not _TARGETS.search(name)
    return [_PART.sub(word, name) for word in words] if is_input else []


def _scales(statement: ast.stmt, name: str) -> bool:
    """Whether a statement computes a name anew from itself and a number or a statistic."""
    match statement:
        case ast.AugAssign(op=operation, target=ast.Name(id=target)):
            return target == name and isinstance(operation, _OPERATIONS)
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            return any(_computes_with(node, name) for node in (value, *in_order(value)))
    return False


def _computes_with(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Div, ast.Sub))
        and any(isinstance(part, ast.Name) and part.id == name for part in in_order(node.left))
    ) or (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Div, ast.Sub))
        and isinstance(node.left, ast.Name)
        and node.left.id == name
    )


def _is_changed(statement: ast.stmt, name: str) -> bool:
    """Whether a statement computes a name anew in some way that may be a scaling."""
    if _scales(statement, name):
        return True
    names = [node for node in in_order(statement) if isinstance(node, ast.Name)]
    reads = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    makes = name in reads and any(
        last_name(call.func) not in _PLAIN for call in calls_in(statement)
    )
    computes = any(isinstance(node, ast.BinOp) for node in in_order(statement))
    return makes or computes


_PLAIN = frozenset({"astype", "reshape", "expand_dims", "copy", "float", "to", "len", "tensor"})


@of_text("target-inside-window")
def target_inside_window(program: Program) -> Clues:
    """A target that is the last step of its own input (Keras' `timeseries_dataset_from_array`)."""
    for call in program.flow.calls_of("timeseries_dataset_from_array"):
        assert isinstance(call.node, ast.Call)
        given = argument_of(call.node, "targets", 1)
        length = argument_of(call.node, "sequence_length", 2)
        begin = _begin(given)
        same = _base(given) == _base(argument_of(call.node, "data", 0))
        if begin is not None and same and _is_less(program, call.file, begin, length):
            yield Clue(at=call.file.location(begin), weight="slice", reason=_INSIDE)
    for file in program.files.values():
        for function in _functions(file):
            yield from _window_ends(file, function)


_INSIDE = "The first target is the last step of the first window: the model is given the answer."


def _window_ends(file: File, function: ast.AST) -> Clues:
    """`rows[i : i + n]` beside `rows[i + n - 1]`."""
    parts = [node for node in in_order(function) if isinstance(node, ast.Subscript)]
    ends = {end for part in parts for end in _end(part)}
    for part in parts:
        match _first(part):
            case ast.BinOp(left=end, op=ast.Sub(), right=ast.Constant(value=1)):
                if (ast.unparse(part.value), ast.unparse(end)) in ends:
                    yield Clue(at=file.location(part), weight="step", reason=_INSIDE)


def _end(part: ast.Subscript) -> Iterator[tuple[str, str]]:
    """The array and the end of a slice that begins later than at 0."""
    match _first(part):
        case ast.Slice(lower=ast.expr(), upper=ast.expr() as upper):
            yield ast.unparse(part.value), ast.unparse(upper)


def _first(part: ast.Subscript) -> ast.expr:
    """The index or slice of the first axis."""
    key = part.slice
    return key.elts[0] if isinstance(key, ast.Tuple) and key.elts else key


def _begin(node: ast.expr | None) -> ast.expr | None:
    first = _first(node) if isinstance(node, ast.Subscript) else None
    return first.lower if isinstance(first, ast.Slice) else None


def _base(node: ast.expr | None) -> str:
    """The array that some slices are of."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return ast.unparse(node) if node is not None else ""


def _is_less(program: Program, file: File, begin: ast.expr, length: ast.expr | None) -> bool:
    """Whether a slice begins before a window ends: by their numbers, or as `length - 1`."""
    first, size = program.number(begin, file), program.number(length, file)
    if first is not None and size is not None:
        return first < size
    match begin:
        case ast.BinOp(left=left, op=ast.Sub()):
            return length is not None and ast.unparse(left) == ast.unparse(length)
    return False


@of_text("unpacked-in-another-order", {*SHAPES, Kind.DTYPE, Kind.INDICES, Kind.CLASSES})
def unpacked_in_another_order(program: Program) -> Clues:
    """Parts of a batch under each other's names (Humbatova et al. 2020, "Wrong input data").

    What makes batches returns `labels, images`, and a loop over them unpacks `images, labels`.
    """
    made = [(place, names) for place, names in _returned(program) if len(set(names)) > 1]
    for file, node in program.nodes:
        for names in _unpacked(node):
            for place, returned in made:
                if _is_permuted(returned, names):
                    reason = (
                        f"This gives `{', '.join(returned)}`, unpacked as `{', '.join(names)}`."
                    )
                    yield Clue(at=place.location, weight="returned", reason=reason)
                    yield Clue(at=file.location(node), weight="unpacked", reason=reason)


def _returned(program: Program) -> Iterator[tuple[Place, list[str]]]:
    """What data sets and `collate_fn` return: tuples of names."""
    collates = {
        last_name(keyword.value)
        for _, call in program.calls
        for keyword in call.keywords
        if keyword.arg == "collate_fn"
    }
    for file in program.files.values():
        for function in _functions(file):
            makes = function.name in {"__getitem__", "collate", "collate_fn"} | collates
            for node in in_order(function) if makes else ():
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                    names = [last_name(part) for part in node.value.elts]
                    if all(names):
                        yield Place(file, node), names


def _unpacked(node: ast.AST) -> Iterator[list[str]]:
    """The names of a loop's target that is a tuple, also behind a counter."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        for part in (node.target, *in_order(node.target)):
            if isinstance(part, ast.Tuple):
                names = [last_name(name) for name in part.elts]
                if all(names):
                    yield names


def _is_permuted(returned: list[str], unpacked: list[str]) -> bool:
    """Whether some name stands at another place on the other side, and none at its own."""
    one, other = ([_stem(name) for name in names] for names in (returned, unpacked))
    same = any(left == right for left, right in zip(one, other, strict=False))
    moved = any(name in other for name in one)
    return len(one) == len(other) and moved and not same


def _stem(name: str) -> str:
    """`image` for `images`, `imgs` and `image_batch`, as far as letters tell."""
    plain = re.sub(r"(?i)(_?batch|_?list|_?data)$", "", name.lower()).rstrip("s")
    return _SHORT.get(plain, plain)


_SHORT = {"img": "image", "lbl": "label", "seq": "sequence", "tgt": "target", "src": "source"}
