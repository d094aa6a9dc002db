"""Rules for plain Python: `None`, names, calls, classes that were not finished."""

from __future__ import annotations

import ast
import difflib
import re
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.source.normal import FUNCTIONS, has_docstring
from debugdiff.source.place import Place
from debugdiff.source.slices import callees
from debugdiff.source.syntax import in_order, last_name, returns_of
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue, edit_at, insert_before, rename
from debugdiff.suspects.rules.layers import FORWARD, methods_of, modules_of
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.normal import Function
    from debugdiff.source.program import File, Program
    from debugdiff.suspects.crash import Crash


_CLOSE = weight("name-likeness", "ratio")


@of_text("returns-nothing", {Kind.NOTHING, Kind.KIND})
def returns_nothing(program: Program) -> Clues:
    """A function whose result is used and that returns none (Humbatova 2020; pytorch#12436)."""
    for function in dict.fromkeys(_used(program)):
        assert isinstance(function.node, FUNCTIONS)
        if _returns_nothing(function.node) and _is_finished(function.node):
            reason = f"`{function.node.name}` ends here without returning anything."
            yield Clue(at=end_of(function.node, function.file), reason=reason)


def _used(program: Program) -> Iterator[Place]:
    """The user's functions whose results are used: by a framework, or by a call of the program."""
    for file, owner in modules_of(program):
        methods = methods_of(owner)
        yield from (Place(file, methods[name]) for name in sorted(FORWARD & methods.keys()))
    for call in program.flow.calls:
        function = program.flow.callee(call).function
        is_named = function is not None and isinstance(function.node, FUNCTIONS)
        if function is not None and is_named and _is_value(call):
            yield function


def _is_value(call: Place) -> bool:
    """Whether somebody uses what a call returns; what is only handed on to the end may be none."""
    above = call.file.parents.get(call.node)
    ends = isinstance(above, ast.Call) and last_name(above.func) in {"exit", "SystemExit", "print"}
    return not (ends or isinstance(above, ast.Expr | ast.Return | ast.Lambda | ast.Await))


def _is_finished(function: Function) -> bool:
    """Whether a function is no stub, no generator, and does not end by an exception."""
    real = [node for node in function.body if not isinstance(node, (ast.Pass, ast.Expr))]
    nodes = list(in_order(function))
    calls = any(isinstance(node, ast.Call) for node in nodes)
    return bool(real or calls) and not any(isinstance(node, _NO_RESULT) for node in nodes)


@of_crash("result-dropped", {Kind.NOTHING})
def result_dropped(crash: Crash) -> Clues:
    """A function that ends by computing something with a library and drops it.

    The commonest way to return nothing (Humbatova 2020); a loss or a mapping that a framework
    calls stands in no traceback.
    """
    for file, function in crash.program.nodes:
        if isinstance(function, FUNCTIONS) and _returns_nothing(function):
            last = function.body[-1]
            if isinstance(last, ast.Expr) and _computes(file, last.value):
                reason = f"`{function.name}` computes this but returns nothing."
                edit = insert_before(file, last, "return ")
                yield Clue(at=file.location(last), reason=reason, edit=edit)


def _returns_nothing(function: Function) -> bool:
    return not any(each.value for each in returns_of(function))


def _computes(file: File, node: ast.expr) -> bool:
    """Whether an expression is for its value: an operation, or a function of a library's."""
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Subscript):
        return True
    name = file.qualified(node.func) if isinstance(node, ast.Call) else ""
    doing = any(word in name for word in ("seed", "save", "set_", ".init", "print", "show", "load"))
    return name.startswith(("torch", "keras", "tensorflow", "numpy", "jax")) and not doing


def _file_of(crash: Crash, node: ast.AST) -> File:
    return next(each for each in crash.program.files.values() if node in each.parents)


@of_crash("name-misspelt", {Kind.ATTRIBUTE})
def name_misspelt(crash: Crash) -> Clues:
    """A name that the program does not define, beside one much like it that it does.

    Python itself suggests names by edit distance (PEP 657's companion bpo-38530).
    """
    for name in crash.complaint.names:
        yield from _uses(crash, name)
        for file, node, other in _alike(crash, name):
            reason = f"`{other}` is defined here; `{name}` is not defined at all."
            edit = rename(file, node, other, name)
            yield Clue(at=file.location(node), weight="alike", reason=reason, edit=edit)
        yield from _assigned(crash, name)


@of_crash("key-misspelt")
def key_misspelt(crash: Crash) -> Clues:
    """A key that the message misses, beside one much like it (Keras: outputs, losses, inputs)."""
    if crash.complaint.kind is not Kind.KEY and crash.failure.type != "KeyError":
        return
    wanted = set(_KEYS.findall(crash.message))
    for file, node in crash.program.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for key in wanted - {node.value}:
                if difflib.SequenceMatcher(None, key, node.value).ratio() >= _CLOSE:
                    reason = f"`{node.value}` is here; the message says that `{key}` is missing."
                    edit = edit_at(file, node, repr(key))
                    yield Clue(at=file.location(node), reason=reason, edit=edit)


_KEYS = re.compile(r"""['"`]([\w.\- ]{2,40})['"`]""")


def _uses(crash: Crash, name: str) -> Clues:
    others = sorted({other for _, _, other in _alike(crash, name)})
    nearest = difflib.get_close_matches(name, others, n=1)
    for frame in crash.frames[:1]:
        for node in (frame.node, *in_order(frame.node)):
            if isinstance(node, ast.Name | ast.Attribute) and last_name(node) == name:
                location = Location(frame.file.name, node.end_lineno or frame.location.line)
                reason = f"`{name}` is not defined."
                edit = rename(frame.file, node, name, nearest[0]) if nearest else None
                yield Clue(at=location, weight="use", reason=reason, edit=edit)


def _alike(crash: Crash, name: str) -> Iterator[tuple[File, ast.AST, str]]:
    for file, node in crash.program.nodes:
        defined = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store)
        other = last_name(node) if isinstance(node, ast.expr) and defined else ""
        other = node.name if isinstance(node, FUNCTIONS) else other
        ratio = difflib.SequenceMatcher(None, name, other).ratio() if other else 0.0
        if _CLOSE <= ratio < 1:
            yield file, node, other


def _assigned(crash: Crash, name: str) -> Clues:
    """Where the name is bound after all: too late, or on another object."""
    for file, node in crash.program.nodes:
        stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if stored and last_name(node) == name:  # type: ignore[arg-type]
            location = file.location(node)
            yield Clue(
                at=location, weight="bound", reason=f"`{name}` is set here, perhaps too late."
            )


@of_crash("call-does-not-fit", {Kind.SIGNATURE})
def call_does_not_fit(crash: Crash) -> Clues:
    """The call and the function that it does not fit (Islam et al. 2019, "API bug").

    Where the message quotes an argument, the line of that argument inside the call comes first.
    """
    for frame in crash.frames[:2]:
        for node in (frame.node, *in_order(frame.node)):
            if not isinstance(node, ast.Call):
                continue
            for keyword in node.keywords:
                if keyword.arg in crash.complaint.names:
                    reason = f"The function called here has no argument `{keyword.arg}`."
                    yield Clue(
                        at=frame.file.location(keyword.value), weight="argument", reason=reason
                    )
            for function in callees(crash.program, Place(frame.file, node)):
                reason = (
                    f"`{function.name}` is defined with different parameters from those in the"
                    " call."
                )
                location = _file_of(crash, function).location(function)
                yield Clue(at=location, weight="function", reason=reason)
            made = crash.program.classes.get(last_name(node.func))
            if made:
                yield from _constructor(made)


def _constructor(made: tuple[File, ast.ClassDef]) -> Clues:
    file, owner = made
    for node in owner.body:
        if isinstance(node, FUNCTIONS) and node.name == "__init__":
            reason = f"`{owner.name}` is created with arguments that this does not take."
            yield Clue(at=file.location(node), weight="constructor", reason=reason)


_NO_RESULT = (ast.Raise, ast.Yield, ast.YieldFrom)


def end_of(function: Function, file: File) -> Location:
    """The line of a function's last statement, where a `return` would have to stand."""
    return file.location(function.body[-1])


@of_text("missing-super-init", {Kind.UNINITIALISED, Kind.ATTRIBUTE})
def missing_super_init(program: Program) -> Clues:
    """An `__init__` that never calls `super().__init__()` (Stack Overflow; pytorch's own check)."""
    for file, owner in modules_of(program):
        function = methods_of(owner).get("__init__")
        if function and not any(map(_calls_init, in_order(function))):
            first = function.body[1] if has_docstring(function) else function.body[0]
            reason = f"`{owner.name}.__init__` must begin with `super().__init__()`."
            indent = " " * first.col_offset
            edit = insert_before(file, first, f"super().__init__()\n{indent}")
            yield Clue(at=file.location(first), weight="first", reason=reason, edit=edit)
            yield Clue(at=file.location(function), weight="head", reason=reason)


def _calls_init(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "__init__"
