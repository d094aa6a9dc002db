"""Small changes of a program that would make what does not fit, fit: tried on sizes alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from debugdiff.dryrun import dry_run
from debugdiff.dryrun.sizes import computed
from debugdiff.dryrun.table import api_of, operation_of
from debugdiff.dryrun.values import OPEN, UNKNOWN, Instance, Items, Layer, Plain, Tensor
from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from debugdiff.dryrun import Held, Mismatch, Outcome
    from debugdiff.dryrun.values import Nodes, Value
    from debugdiff.source.program import File, Program

_SMALL = 7
_TRIALS = 140
_STEPS = 60_000
"""Steps of all dry runs together: about half a second."""


class Change(StrEnum):
    """What kind of a change a repair is."""

    NUMBER = "number"
    SWITCH = "switch"
    DTYPE = "dtype"
    DROPPED = "dropped"
    AXIS = "axis"
    MATCHED = "matched"
    ADDED = "added"
    BORROWED = "borrowed"
    BRANCH = "branch"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Repair:
    """A change at a node.

    Attributes:
        is_exact: whether a number becomes just the size that is wanted or that came.
        is_wanted: whether it changes the side that refuses, not the one that comes.
        what: the change in words.
    """

    place: Place
    change: Change
    what: str
    is_exact: bool = True
    is_wanted: bool = False
    edits: Mapping[ast.AST, Callable[[Value], Value]] = field(default_factory=dict)
    given: Mapping[ast.AST, Mapping[str, Value | ast.expr]] = field(default_factory=dict)
    skipped: frozenset[ast.AST] = frozenset()

    def changes(self, values: Mapping[ast.AST, Value]) -> bool:
        """Whether it changes anything of what the expressions came to."""
        before = [(values.get(node, UNKNOWN), edit) for node, edit in self.edits.items()]
        return not before or any(edit(value) != value for value, edit in before)

    def concerns(self, values: Mapping[ast.AST, Value], mismatch: Mismatch) -> bool:
        """Whether a number that stands for a name has a part in one of the two sizes."""
        now = values.get(self.place.node)
        number = now.number if isinstance(now, Plain) else None
        if self.change is not Change.NUMBER or isinstance(self.place.node, ast.Constant):
            return True
        sizes = [size for size in (mismatch.came.number, mismatch.wanted.number) if size]
        return not number or not sizes or any(size % number == 0 for size in sizes)

    def is_handed_on(self, values: Mapping[ast.AST, Value]) -> bool:
        """Whether it is at a name that an object of the user's own is given: layers come first."""
        if isinstance(self.place.node, ast.Constant | ast.BinOp):
            return False
        around = self.place.file.up(self.place.node)
        call = next((node for node in around if isinstance(node, ast.Call)), None)
        return call is not None and isinstance(values.get(call), Instance)

    def is_shared(self, program: Program) -> bool:
        """Whether it puts a literal where several calls pass what they need."""
        function = self.place.file.function(self.place.node)
        owner = self.place.file.owner(self.place.node)
        name = owner.name if owner is not None else getattr(function, "name", "")
        is_literal = self.change is Change.NUMBER and not isinstance(self.place.node, ast.Constant)
        same = [call for _, call in program.calls if last_name(call.func) == name]
        return is_literal and self.is_exact and len(same) > 1

    @property
    def inserts(self) -> bool:
        """Whether it adds an operation: where a value is used, that can always be done."""
        return self.change in {Change.MATCHED, Change.ADDED}

    @property
    def is_source(self) -> bool:
        """Whether it is at a call that makes data out of nothing: what comes from outside."""
        return makes_data(self.place.node)

    @property
    def is_setting(self) -> bool:
        """Whether it changes a number outside of any call: a setting, seldom at fault."""
        return not any(isinstance(node, ast.Call) for node in self.place.file.up(self.place.node))


def makes_data(node: ast.AST) -> bool:
    """Whether it is a call that makes data out of nothing."""
    return isinstance(node, ast.Call) and operation_of(last_name(node.func)) in _SOURCES


_SOURCES = frozenset({"filled", "full", "drawn", "whole", "chosen", "counted", "spaced"})


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Fit:
    """A repair that works.

    Attributes:
        is_whole: whether the program then comes to its end, and not to another mismatch.
    """

    repair: Repair
    is_whole: bool


def fits_of(program: Program, held: Held, outcome: Outcome) -> list[Fit]:
    """The repairs after which a program gets beyond where it stopped."""
    mismatch = outcome.mismatch
    if mismatch is None:
        return []
    found, steps = [], outcome.steps
    every = [
        one
        for one in _repairs(program, outcome, mismatch)
        if one.changes(outcome.values) and one.concerns(outcome.values, mismatch)
    ]
    every.sort(key=lambda repair: (not repair.is_exact, repair.is_handed_on(outcome.values)))
    for trial, repair in enumerate(every):
        if trial >= _TRIALS or steps > _STEPS:
            break
        after = dry_run(
            program, held=held, edits=repair.edits, given=repair.given, skipped=repair.skipped
        )
        steps += after.steps
        if _is_beyond(after, outcome):
            found.append(Fit(repair=repair, is_whole=after.mismatch is None and after.complete))
    return found


def _is_beyond(after: Outcome, before: Outcome) -> bool:
    """Whether the program gets beyond where it stopped."""
    assert before.mismatch is not None
    stopped = before.mismatch.stack[-1].node
    if stopped not in after.reached:
        return False
    if after.mismatch is None:
        return after.complete
    return after.mismatch.stack[-1].node is not stopped


def _repairs(program: Program, outcome: Outcome, mismatch: Mismatch) -> Iterator[Repair]:
    """What may be tried, the likeliest first."""
    files = program.homes
    if mismatch.kind == "dtype":
        yield from _casts(files, mismatch)
        return
    for is_wanted, side in ((True, mismatch.wanted), (False, mismatch.came)):
        yield from _switches(files, side.made, is_wanted=is_wanted)
    formed = mismatch.tensor.formed if mismatch.tensor else frozenset()
    others = mismatch.other.formed if mismatch.other else frozenset()
    yield from _switches(
        files, (formed | others) - mismatch.came.made - mismatch.wanted.made, is_wanted=False
    )
    every = formed | others | mismatch.came.made | mismatch.wanted.made
    yield from _borrowed(program, files, every, outcome.values)
    yield from _flattened(program, outcome.values)
    yield from _axes(files, every)
    yield from _branches(mismatch)
    for is_wanted, side in ((True, mismatch.wanted), (False, mismatch.came)):
        yield from _numbers(files, mismatch, side.made, is_wanted=is_wanted)
    for node in _ordered(files, formed | others | mismatch.came.made):
        if isinstance(node, ast.Call | ast.Subscript):
            yield from _turned(files, node)
    failing = mismatch.stack[-1]
    if isinstance(failing.node, ast.Call):
        for argument in _given(failing.node):
            yield from _inserted(failing.file, argument)
            for place in _behind(program, Place(failing.file, argument)):
                yield from _inserted(place.file, place.node)


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given first; of a list, its items."""
    for argument in call.args[:2]:
        parts = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
        for part in parts[:_ITEMS]:
            yield part
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                yield part.func.value


_ITEMS = 4


def _behind(program: Program, argument: Place) -> Iterator[Place]:
    """The expression that a name was bound to, the call that made it, and what that was given."""
    node = argument.node
    bound = bindings_of(argument.file, node) if isinstance(node, ast.Name) else []
    for one in bound:
        if isinstance(one.node, ast.expr) and not one.path:
            yield Place(argument.file, one.node)
    for end in program.flow.origins(argument):
        if isinstance(end.place.node, ast.Call) and not end.path:
            given = end.place.node.args[:1]
            yield from (Place(end.place.file, part) for part in (end.place.node, *given))


def _ordered(files: Mapping[ast.AST, File], nodes: Nodes) -> list[ast.AST]:
    """Nodes in the order of the text, the last first: it is the nearest to what stopped."""
    known = (node for node in nodes if node in files)
    return sorted(
        known,
        key=lambda node: (
            files[node].name,
            getattr(node, "lineno", 0),
            getattr(node, "col_offset", 0),
        ),
        reverse=True,
    )


# --- numbers --------------------------------------------------------------------------------------


def _numbers(
    files: Mapping[ast.AST, File], mismatch: Mismatch, made: Nodes, *, is_wanted: bool
) -> Iterator[Repair]:
    """Another number at a constant, or as an argument of a layer that has a say."""
    tried: set[ast.AST] = set()
    for node in _ordered(files, made):
        for part in _sizes_in(node):
            if part in tried:
                continue
            tried.add(part)
            now = part.value if isinstance(part, ast.Constant) else None
            now = now if type(now) is int else None
            if not isinstance(part, ast.Constant):
                yield from _multiples(files[node], part, mismatch, is_wanted=is_wanted)
            for value in _values(mismatch, now):
                yield Repair(
                    place=Place(files[node], part),
                    change=Change.NUMBER,
                    what=f"`{value}` instead of `{ast.unparse(part)}`",
                    is_exact=now is None or now > _SMALL or value in _meant(mismatch, now),
                    is_wanted=is_wanted,
                    edits={part: _number(value)},
                )


def _multiples(
    file: File, part: ast.expr, mismatch: Mismatch, *, is_wanted: bool
) -> Iterator[Repair]:
    """A size times what the two sides differ by: right also where the line is run several times."""
    came, wanted = mismatch.came.number, mismatch.wanted.number
    low, high = sorted((came or 0, wanted or 0))
    if mismatch.kind != "size" or not low or high % low or high == low:
        return
    factor = high // low
    for what, change in ((f"* {factor}", (factor, 1)), (f"// {factor}", (1, factor))):
        yield Repair(
            place=Place(file, part),
            change=Change.NUMBER,
            what=f"`{ast.unparse(part)} {what}`",
            is_wanted=is_wanted,
            edits={part: _scaled_by(*change)},
        )


def _scaled_by(factor: int, divisor: int) -> Callable[[Value], Value]:
    def edit(before: Value) -> Value:
        if not isinstance(before, Plain) or before.number is None:
            return before
        return replace(before, value=before.number * factor // divisor)

    return edit


def _number(value: int) -> Callable[[Value], Value]:
    return lambda before: Plain(value) if isinstance(before, Plain) else before


def _sizes_in(node: ast.AST) -> list[ast.expr]:
    """A number itself; of a call the arguments that may be sizes."""
    if isinstance(node, ast.Constant):
        return [node] if type(node.value) is int else []
    if isinstance(node, ast.Call) and last_name(node.func) == "size":
        return [node]
    if not isinstance(node, ast.Call):
        return []
    given = [
        *node.args,
        *(keyword.value for keyword in node.keywords if keyword.arg not in _NO_SIZES),
    ]
    spread = [
        part
        for value in given
        for part in (value.elts if isinstance(value, ast.Tuple | ast.List) else [value])
    ]
    return [
        part
        for part in spread
        if isinstance(
            part,
            ast.Name
            | ast.Attribute
            | ast.BinOp
            | ast.Subscript
            | ast.Constant
            | ast.Call
            | ast.UnaryOp,
        )
        and not _is_text(part)
    ]


_NO_SIZES = frozenset(
    {"activation", "name", "dtype", "bias", "use_bias", "dropout", "seed", "verbose"}
)


def _is_text(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and type(part.value) is not int


def _meant(mismatch: Mismatch, now: int) -> set[object]:
    """Numbers that come of the two sizes, not of trying: these, and what they differ by."""
    came, wanted = mismatch.came.number, mismatch.wanted.number
    found: set[object] = {came, wanted}
    for one, other in ((came, wanted), (wanted, came)):
        if one and other and now * one % other == 0:
            found.add(now * one // other)
    return found


def _values(mismatch: Mismatch, now: int | None) -> list[int]:
    """Numbers that may make two sizes the same; a small one, of a kernel, is moved a bit."""
    came, wanted = mismatch.came.number, mismatch.wanted.number
    found: dict[int, None] = {}
    is_small = now is not None and abs(now) <= _SMALL
    if came is not None and wanted is not None:
        if not is_small or now in {came, wanted}:
            plain = [came + 1] if mismatch.kind == "range" else [came, wanted]
            found.update(dict.fromkeys(plain))
        if now:
            found.update(dict.fromkeys(_scaled(now, came, wanted)))
    if is_small:
        found.update(dict.fromkeys([1, 2, 3, 4]))
    return [value for value in found if value != now]


def _scaled(now: int, came: int, wanted: int) -> Iterator[int]:
    for one, other in ((came, wanted), (wanted, came)):
        if other and now * one % other == 0:
            yield now * one // other
        if now + one - other > 0:
            yield now + one - other


# --- switches -------------------------------------------------------------------------------------


_SWITCHES = {
    **dict.fromkeys(("LSTM", "GRU", "RNN"), ("batch_first", "return_sequences", "bidirectional")),
    "SimpleRNN": ("return_sequences",),
    **dict.fromkeys(("MultiheadAttention", "TransformerEncoderLayer"), ("batch_first",)),
    "DataLoader": ("drop_last",),
    **dict.fromkeys(("pad_sequence", "pack_padded_sequence"), ("batch_first",)),
}
_KEEPING = frozenset({"mean", "sum", "max", "amax", "reduce_mean", "reduce_sum", "argmax"})


def _axes(files: Mapping[ast.AST, File], made: Nodes) -> Iterator[Repair]:
    """Another axis to join along."""
    for node in _ordered(files, made):
        if isinstance(node, ast.Call) and operation_of(last_name(node.func)) in _JOINS:
            for axis in (1, -1, 0):
                yield Repair(
                    place=Place(files[node], node),
                    change=Change.AXIS,
                    what=f"the axis {axis}",
                    given={node: {"dim": Plain(axis), "axis": Plain(axis)}},
                )


_JOINS = frozenset({"join", "stack"})


def _switches(files: Mapping[ast.AST, File], made: Nodes, *, is_wanted: bool) -> Iterator[Repair]:
    """The other value of an argument that is true or false."""
    for node in _ordered(files, made):
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
                is_wanted=is_wanted,
                given={node: {word: Plain(value)}},
            )


def _borrowed(
    program: Program,
    files: Mapping[ast.AST, File],
    made: Nodes,
    values: Mapping[ast.AST, Value],
) -> Iterator[Repair]:
    """An argument that another call of the same name is given, and this one is not."""
    for node in _ordered(files, made):
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
                given={node: {name: value}},
            )


_SIBLINGS = 4


def _flattened(program: Program, values: Mapping[ast.AST, Value]) -> Iterator[Repair]:
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
                    edits={part: _behind_flatten},
                )


def _behind_flatten(value: Value) -> Value:
    if not isinstance(value, Layer):
        return value
    library = "torch.nn" if value.name.startswith("torch") else "keras.layers"
    flatten, row = f"{library}.Flatten", f"{library.removesuffix('.layers')}.Sequential"
    first = Layer(flatten, api_of(flatten), {}, value.call)
    return Layer(row, api_of(row), {}, value.call, inside=[first, value])


def _branches(mismatch: Mismatch) -> Iterator[Repair]:
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
                    edits={node.test: _answered(answer=answer)},
                )


def _answered(*, answer: bool) -> Callable[[Value], Value]:
    return lambda before: Plain(answer) if isinstance(before, Plain) else before


# --- forms ----------------------------------------------------------------------------------------


def _turned(files: Mapping[ast.AST, File], node: ast.expr) -> Iterator[Repair]:
    """A call that gave a tensor its form left out, or its axes given in another order."""
    file = files[node]
    shapes = isinstance(node, ast.Call) and operation_of(last_name(node.func)) in _SHAPING
    if isinstance(node, ast.Call) and shapes:
        yield Repair(
            place=Place(file, node),
            change=Change.DROPPED,
            what=f"no `{last_name(node.func)}`",
            skipped=frozenset({node}),
        )
        for part in (*node.args, *(one.value for one in node.keywords)):
            for inner in (part, *in_order(part)):
                if (
                    isinstance(inner, ast.Constant)
                    and type(inner.value) is int
                    and abs(inner.value) <= _SMALL
                ):
                    for value in (-1, 0, 1, 2, 3):
                        if value != inner.value:
                            yield Repair(
                                place=Place(file, inner),
                                change=Change.NUMBER,
                                what=f"`{value}` instead of `{inner.value}`",
                                is_exact=False,
                                edits={inner: _number(value)},
                            )
    yield from _inserted(file, node)


_SHAPING = frozenset(
    {
        *(
            "reshape",
            "flatten",
            "unflatten",
            "squeeze",
            "unsqueeze",
            "permute",
            "transpose",
            "move",
        ),
        *("turn", "reduce", "choose", "repeat", "expand", "onehot"),
    }
)


def _inserted(file: File, node: ast.AST) -> Iterator[Repair]:
    """One operation more on what an expression gives."""
    for change, operations in ((Change.MATCHED, _MATCHING), (Change.ADDED, _AXES)):
        for what, function in operations.items():
            yield Repair(
                place=Place(file, node),
                change=change,
                what=what,
                edits={node: _on_tensor(function)},
            )


Sizes = tuple[Plain, ...]


def _on_tensor(function: Callable[[Sizes], Sizes]) -> Callable[[Value], Value]:
    def edit(value: Value) -> Value:
        if isinstance(value, Tensor) and value.sizes:
            return replace(value, sizes=function(value.sizes))
        return value

    return edit


def _flat(sizes: Sizes) -> Sizes:
    whole = 1
    for size in sizes[1:]:
        if size.number is None:
            return (sizes[0], Plain(OPEN))
        whole *= size.number
    return (sizes[0], Plain(whole))


def _from_the_third(function: Callable[[Sizes], Sizes]) -> Callable[[Sizes], Sizes]:
    """For tensors that have more than rows and columns alone."""
    return lambda sizes: function(sizes) if len(sizes) > _MATRIX else sizes


_MATRIX = 2
_MATCHING: Mapping[str, Callable[[Sizes], Sizes]] = {
    "its last two axes swapped": lambda sizes: (*sizes[:-2], *sizes[-2:][::-1]),
    "its axes in another order": _from_the_third(lambda sizes: (sizes[0], *sizes[2:], sizes[1])),
    "its channels first": _from_the_third(lambda sizes: (sizes[0], sizes[-1], *sizes[1:-1])),
    "its first two axes swapped": lambda sizes: (*sizes[:2][::-1], *sizes[2:]),
    "all but the batch flattened": _from_the_third(_flat),
    "one step less": lambda sizes: (
        (sizes[0], computed(ast.Sub, sizes[1], Plain(1)), *sizes[2:]) if len(sizes) > 1 else sizes
    ),
    "only its last step": _from_the_third(lambda sizes: (sizes[0], *sizes[2:])),
}
"""What fits only if the sizes are those that are wanted, which seldom is by chance."""
_AXES: Mapping[str, Callable[[Sizes], Sizes]] = {
    "one more axis at the end": lambda sizes: (*sizes, Plain(1)),
    "one more axis after the batch": lambda sizes: (*sizes[:1], Plain(1), *sizes[1:]),
    "one more axis in front": lambda sizes: (
        (Plain(1), *sizes) if sizes[0].number is not None else sizes
    ),
    "one entry of its first axis": lambda sizes: (Plain(1), *sizes[1:]),
    "its axes of size 1 removed": lambda sizes: (
        *sizes[:1],
        *(size for size in sizes[1:] if size.number != 1),
    ),
}


# --- dtypes ---------------------------------------------------------------------------------------


def _casts(files: Mapping[ast.AST, File], mismatch: Mismatch) -> Iterator[Repair]:
    """Another dtype where a value got its own, or where it is handed out."""
    wanted = mismatch.wanted.value
    for node in _ordered(files, mismatch.came.made):
        yield Repair(
            place=Place(files[node], node),
            change=Change.DTYPE,
            what=f"the dtype `{wanted}`",
            edits={node: _as_dtype(str(wanted))},
        )


def _as_dtype(dtype: str) -> Callable[[Value], Value]:
    def edit(value: Value) -> Value:
        if isinstance(value, Tensor):
            return replace(value, dtype=dtype)
        if isinstance(value, Items):
            return Items([edit(item) for item in value.items], value.is_open, value.is_tuple)
        return value

    return edit
