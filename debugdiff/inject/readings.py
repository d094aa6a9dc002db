"""What a text says of its names: what it binds, reads, returns and defines.

A text is read statement by statement of its module, and each statement's text once: a mutant shares
all but one of them with its program.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.inject.early_reads import (
    Read,
    early_reads,
    local_names,
    parameters_of,
    reads_before_binding,
)
from debugdiff.source.lines import first_line
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.offsets import Offsets
from debugdiff.source.syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ALWAYS_BOUND = frozenset(dir(builtins)) | {
    "__annotations__",
    "__doc__",
    "__file__",
    "__loader__",
    "__name__",
    "__package__",
    "__spec__",
}
_DUPLICATE = re.compile(r"duplicate argument '(\w+)' in function definition")
_ARITHMETIC = (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow, ast.MatMult)
_TUPLE_METHODS = frozenset({"count", "index"})
_OF_ONE_TENSOR = frozenset({"log_softmax", "relu", "sigmoid", "softmax", "tanh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextNames:
    """What a text says of its names; lines are those of the first use or of the definition.

    Attributes:
        problem: why it cannot be compiled; empty if it can.
        binds: names that it binds in the module.
        looked_up: names that it looks up in the module; `*` for what a star import gives.
        early: names that are read before anything can have bound them.
        first_reads: names that the module itself reads before this text has bound them.
        valued, valueless: functions that always return something, and those that do not.
        used: last names of functions whose result is used.
        attributes: what is read of `self`.
        defined: attributes that some class of the text defines.
        of_tuples: what is done to a tuple as to a tensor, as code.
    """

    problem: str
    binds: frozenset[str]
    looked_up: Mapping[str, int]
    early: tuple[Read, ...]
    first_reads: Mapping[str, int]
    valued: frozenset[str]
    valueless: Mapping[str, int]
    used: frozenset[str]
    attributes: Mapping[str, int]
    defined: frozenset[str]
    of_tuples: Mapping[str, int]


class ProgramReading:
    """A text as the readings of its statements.

    Raises:
        SyntaxError: it is not Python.
    """

    def __init__(self, text: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        offsets = Offsets(text)
        self.parts: list[tuple[int, TextNames]] = []
        position = 0
        for node in tree.body:
            start, end = first_line(node) - 1, node.end_lineno or node.lineno
            if start < position:
                continue  # it shares a line with the statement before, and was read with it
            position = max([end, *(n.end_lineno or 0 for n in tree.body if n.lineno <= end)])
            self.parts.append(
                (
                    start,
                    _read(text[offsets.line_start(start + 1) : offsets.line_start(position + 1)]),
                )
            )

    def all(self, key: str) -> frozenset[str]:
        """Names of all parts together."""
        return frozenset().union(*(getattr(reading, key) for _, reading in self.parts))

    def lines(self, key: str) -> dict[str, int]:
        """Names of all parts together, with the line of the first."""
        found: dict[str, int] = {}
        for start, reading in self.parts:
            for name, line in getattr(reading, key).items():
                found.setdefault(name, start + line)
        return found

    @property
    def unbound(self) -> dict[str, int]:
        """Names that are looked up in the module and that nothing binds."""
        looked_up = self.lines("looked_up")
        if "*" in looked_up:
            return {}
        bound = self.all("binds") | _ALWAYS_BOUND
        return {name: line for name, line in looked_up.items() if name not in bound}

    @property
    def early(self) -> list[Read]:
        """Names that are read before anything can have bound them."""
        found = []
        local, bound = self.all("binds"), set(_ALWAYS_BOUND)
        for start, reading in self.parts:
            for name, line in reading.first_reads.items():
                if name in local and name not in bound:
                    found.append(Read("", name, start + line))
            found += [Read(r.scope, r.name, start + r.line) for r in reading.early]
            bound |= reading.binds
        return found


@lru_cache(maxsize=128)
def known_reading(source: str) -> ProgramReading:
    """A program, remembered: a campaign puts many bugs into each."""
    return ProgramReading(source)


@lru_cache(maxsize=8192)
def _read(text: str) -> TextNames:
    """Read a text that is a whole statement, or several."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
        problem = _compiled(tree)
        table = None if problem else symtable.symtable(text, "<mutant>", "exec")
    nodes = tuple(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
    returning = {node: _returns_always(node) for node in functions}
    return TextNames(
        problem=problem,
        binds=frozenset(_binds(table)) if table else frozenset(),
        looked_up=_looked_up(tree, table) if table else {},
        early=tuple(early_reads(tree)),
        first_reads=reads_before_binding(tree),
        valued=frozenset(node.name for node in functions if returning[node]),
        valueless={node.name: node.lineno for node in functions if returning[node] is False},
        used=frozenset(_used(nodes)),
        attributes=dict(_attributes(nodes)),
        defined=frozenset(_defined(nodes)),
        of_tuples=dict(_done_to_tuples(nodes)),
    )


def _compiled(tree: ast.Module) -> str:
    """What only the compiler sees: a keyword given twice, a `return` outside of a function."""
    try:
        compile(tree, "<mutant>", "exec", dont_inherit=True)
    except SyntaxError as error:
        twice = error.msg.removeprefix("keyword argument repeated: ")
        if twice != error.msg:
            return f"the argument `{twice}` would be given twice"
        if parameter := _DUPLICATE.match(error.msg):
            return f"a function would have two parameters `{parameter[1]}`"
        return f"Python could not read the changed program: {error.msg}"
    return ""


def _binds(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that are bound in the module, by functions with `global`, too."""
    for symbol in table.get_symbols():
        if (table.get_type() == "module" or symbol.is_declared_global()) and (
            symbol.is_assigned() or symbol.is_imported()
        ):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _binds(child)


def _looked_up(tree: ast.Module, table: symtable.SymbolTable) -> dict[str, int]:
    names = set(_globals(table))
    lines = {node.id: node.lineno for node in _free(tree, frozenset()) if node.id in names}
    if any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in tree.body):
        lines["*"] = 1
    return dict.fromkeys(names, 1) | lines


def _free(node: ast.AST, bound: frozenset[str]) -> Iterator[ast.Name]:
    """Names that no function around them binds, the last ones first."""
    if isinstance(node, FUNCTIONS):
        bound |= {*local_names(node), *parameters_of(node.args)}
    for child in reversed(list(ast.iter_child_nodes(node))):
        if isinstance(child, ast.Name) and child.id not in bound:
            yield child
        yield from _free(child, bound)


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that are looked up in the module."""
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_module or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def _returns_always(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool | None:
    """Whether every `return` has a value, and there is one; `None` for a generator."""
    returned = []
    for node in _own(function):
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return None
        if isinstance(node, ast.Return):
            returned.append(node.value)
    return bool(returned) and None not in returned


def _own(function: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield from _own(child)


def _used(nodes: Sequence[ast.AST]) -> Iterator[str]:
    unused = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Call) and node not in unused:
            yield last_name(node.func)


def _attributes(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()):
                yield name, node.lineno


def _defined(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.ClassDef():
                yield from local_names(node)


def _done_to_tuples(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, int]]:
    """Arithmetic, methods and activations of a tuple that is written out: no program means that."""
    for node in nodes:
        match node:
            case ast.BinOp(left=left, op=operator, right=right):
                wrong = isinstance(operator, _ARITHMETIC) and (_is_tuple(left) or _is_tuple(right))
            case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=operand):
                wrong = _is_tuple(operand)
            case ast.Attribute(value=value, attr=name):
                wrong = _is_tuple(value) and name not in _TUPLE_METHODS
            case ast.Call(func=function, args=[first, *_]):
                wrong = _is_tuple(first) and last_name(function) in _OF_ONE_TENSOR
            case _:
                continue
        if wrong:
            yield ast.unparse(node), node.lineno


def _is_tuple(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple) and len(node.elts) > 1
