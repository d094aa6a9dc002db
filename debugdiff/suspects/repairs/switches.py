"""Arguments that are true or false, an axis, an argument of a like call, the other branch."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.dryrun.table import api_of, operation_of
from debugdiff.dryrun.values import Layer, Plain
from debugdiff.source.place import Place
from debugdiff.source.syntax import last_name
from debugdiff.suspects.repairs.repair import Change, Repair, latest_first
from debugdiff.suspects.repairs.writing import behind_flatten, with_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from debugdiff.dryrun import Mismatch
    from debugdiff.dryrun.values import Nodes, Value
    from debugdiff.source.program import File, Program

_SWITCHES = {
    **dict.fromkeys(("LSTM", "GRU", "RNN"), ("batch_first", "return_sequences", "bidirectional")),
    "SimpleRNN": ("return_sequences",),
    **dict.fromkeys(("MultiheadAttention", "TransformerEncoderLayer"), ("batch_first",)),
    "DataLoader": ("drop_last",),
    **dict.fromkeys(("pad_sequence", "pack_padded_sequence"), ("batch_first",)),
}
_KEEPING = frozenset({"mean", "sum", "max", "amax", "reduce_mean", "reduce_sum", "argmax"})


def axes(files: Mapping[ast.AST, File], made: Nodes) -> Iterator[Repair]:
    """Another axis to join along."""
    for node in latest_first(files, made):
        if isinstance(node, ast.Call) and operation_of(last_name(node.func)) in _JOINS:
            for axis in (1, -1, 0):
                yield Repair(
                    place=Place(files[node], node),
                    change=Change.AXIS,
                    what=f"the axis {axis}",
                    text=with_argument(files[node], node, ("dim", "axis"), str(axis), at=1),
                    given={node: {"dim": Plain(axis), "axis": Plain(axis)}},
                )


_JOINS = frozenset({"join", "stack"})


def switches(files: Mapping[ast.AST, File], made: Nodes, *, is_wanted: bool) -> Iterator[Repair]:
    """The other value of an argument that is true or false."""
    for node in latest_first(files, made):
        name = last_name(node.func) if isinstance(node, ast.Call) else ""
        words = _SWITCHES.get(name, ("keepdim", "keepdims") if name in _KEEPING else ())
        for word in words:
            assert isinstance(node, ast.Call)
            said = next((one.value for one in node.keywords if one.arg == word), None)
            value = not (isinstance(said, ast.Constant) and said.value is True)
            yield Repair(
                place=Place(files[node], said or node),
                change=Change.SWITCH,
                what=f"`{word}={value}`",
                text=str(value) if said else with_argument(files[node], node, (word,), str(value)),
                is_wanted=is_wanted,
                given={node: {word: Plain(value)}},
            )


def borrowed(
    program: Program,
    files: Mapping[ast.AST, File],
    made: Nodes,
    values: Mapping[ast.AST, Value],
) -> Iterator[Repair]:
    """An argument that another call of the same name is given, and this one is not."""
    for node in latest_first(files, made):
        if not isinstance(node, ast.Call):
            continue
        own = {one.arg for one in node.keywords}
        same = [
            (files[node].function(node) is not file.function(call), call)
            for file, call in program.calls
            if last_name(call.func) == last_name(node.func)
        ]
        nearest = sorted(same, key=lambda pair: pair[0])
        others = {
            (one.arg, ast.unparse(one.value)): one.value
            for _, call in nearest
            for one in call.keywords
            if one.arg and one.arg not in own and one.value in values
        }
        for (name, text), value in list(others.items())[:_SIBLINGS]:
            yield Repair(
                place=Place(files[node], node),
                change=Change.BORROWED,
                what=f"`{name}={text}`, as another `{last_name(node.func)}` has it,",
                text=with_argument(files[node], node, (name,), text),
                given={node: {name: value}},
            )


_SIBLINGS = 4


def flattened(program: Program, values: Mapping[ast.AST, Value]) -> Iterator[Repair]:
    """A `Flatten` before a layer of a model whose layers stand in a row."""
    for file, call in program.calls:
        row = last_name(call.func) in {"Sequential", "add"}
        parts = [part for one in call.args if row for part in (getattr(one, "elts", None) or [one])]
        for part in parts:
            layer = values.get(part)
            if isinstance(layer, Layer) and layer.api.has_weights:
                yield Repair(
                    place=Place(file, part),
                    change=Change.MATCHED,
                    what="a `Flatten` before this layer",
                    text=behind_flatten(file, part),
                    edits={part: _behind_flatten},
                )


def _behind_flatten(value: Value) -> Value:
    if not isinstance(value, Layer):
        return value
    library = "torch.nn" if value.name.startswith("torch") else "keras.layers"
    flatten, row = f"{library}.Flatten", f"{library.removesuffix('.layers')}.Sequential"
    first = Layer(flatten, api_of(flatten), {}, value.call)
    return Layer(row, api_of(row), {}, value.call, inside=[first, value])


def branches(mismatch: Mismatch) -> Iterator[Repair]:
    """The other branch of an `if` of a function that was under way."""
    for place in dict.fromkeys(mismatch.stack[-2:]):
        function = place.file.function(place.node)
        for node in ast.walk(function) if function is not None else ():
            if not isinstance(node, ast.If):
                continue
            for answer in (True, False):
                yield Repair(
                    place=Place(place.file, node.test),
                    change=Change.BRANCH,
                    what="this branch taken" if answer else "this branch not taken",
                    text=str(answer),
                    edits={node.test: _answered(answer=answer)},
                )


def _answered(*, answer: bool) -> Callable[[Value], Value]:
    return lambda before: Plain(answer) if isinstance(before, Plain) else before
