"""R4: cognitive complexity (Campbell, SonarSource 2018-2023), after the specification for Python.

A structure that breaks the linear flow costs a point, and one more for every structure around it;
`else`, `elif`, a run of like boolean operators and taking part in a recursion cost one flat point.
"""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.source.normal import FUNCTIONS, Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Complexity:
    """Cognitive complexity by unit: each outermost function or method, and the module's own code.

    Attributes:
        units: name (`train`, `Net.forward`, `<module>`) to points.
    """

    units: Mapping[str, int]

    @property
    def total(self) -> int:
        """The sum over all units."""
        return sum(self.units.values())

    @property
    def maximum(self) -> int:
        """The points of the most complex unit, 0 if there is none."""
        return max(self.units.values(), default=0)


def cognitive_complexity(statements: Sequence[ast.stmt]) -> Complexity:
    """Measure statements of a module: functions, methods, and what stands outside of both."""
    recursive = _recursive_functions(statements)
    units: dict[str, int] = {"<module>": 0}
    for name, nodes in _units(statements, prefix=""):
        points = sum(_unit(node) for node in nodes)
        points += sum(inner in recursive for node in nodes for inner in ast.walk(node))
        units[name] = units.get(name, 0) + points
    return Complexity(units=units)


def _units(
    statements: Sequence[ast.stmt], *, prefix: str
) -> Iterator[tuple[str, Sequence[ast.AST]]]:
    for statement in statements:
        if isinstance(statement, FUNCTIONS):
            yield f"{prefix}{statement.name}", [statement]
        elif isinstance(statement, ast.ClassDef):
            yield "<module>", [*statement.decorator_list, *statement.bases, *statement.keywords]
            yield from _units(statement.body, prefix=f"{prefix}{statement.name}.")
        else:
            yield "<module>", [statement]


def _unit(node: ast.AST) -> int:
    return _function(node, 0) if isinstance(node, FUNCTIONS) else _node(node, 0)


def _node(node: ast.AST, nesting: int) -> int:
    """Points of a node and all below it; a function met here is nested in another structure."""
    return _RULES.get(type(node), _children)(node, nesting)


def _children(node: ast.AST, nesting: int) -> int:
    return _all(ast.iter_child_nodes(node), nesting)


def _all(nodes: Iterable[ast.AST], nesting: int) -> int:
    return sum(_node(node, nesting) for node in nodes)


def _structure(node: ast.If | ast.For | ast.AsyncFor | ast.While, nesting: int) -> int:
    body = _if(node, nesting) if isinstance(node, ast.If) else _loop(node, nesting)
    return 1 + nesting + body


def _match(node: ast.Match, nesting: int) -> int:
    return 1 + nesting + _node(node.subject, nesting) + _all(node.cases, nesting + 1)


def _ternary(node: ast.IfExp, nesting: int) -> int:
    return 1 + nesting + _children(node, nesting + 1)


def _deeper(node: ast.Lambda, nesting: int) -> int:
    return _children(node, nesting + 1)


def _nested_function(node: Function, nesting: int) -> int:
    return _function(node, nesting + 1)


def _if(node: ast.If, nesting: int) -> int:
    points = _node(node.test, nesting) + _all(node.body, nesting + 1)
    match node.orelse:
        case []:
            return points
        case [ast.If() as alternative]:
            return points + 1 + _if(alternative, nesting)
        case _:
            return points + 1 + _all(node.orelse, nesting + 1)


def _loop(node: ast.For | ast.AsyncFor | ast.While, nesting: int) -> int:
    head = [node.test] if isinstance(node, ast.While) else [node.target, node.iter]
    return _all(head, nesting) + _all(node.body, nesting + 1) + _else(node.orelse, nesting)


def _else(body: Sequence[ast.stmt], nesting: int) -> int:
    return 1 + _all(body, nesting + 1) if body else 0


def _try(node: ast.Try | ast.TryStar, nesting: int) -> int:
    handlers = sum(
        1
        + nesting
        + _all([handler.type] if handler.type else [], nesting)
        + _all(handler.body, nesting + 1)
        for handler in node.handlers
    )
    plain = _all(node.body, nesting) + _all(node.finalbody, nesting)
    return plain + handlers + _else(node.orelse, nesting)


def _function(node: Function, nesting: int) -> int:
    """A decorator (one nested function and its return, nothing else) adds no nesting."""
    head = _all([*node.decorator_list, node.args], nesting)
    if _is_decorator(node):
        inner, result = node.body
        assert isinstance(inner, FUNCTIONS)
        return head + _function(inner, nesting) + _node(result, nesting)
    return head + _all(node.body, nesting)


def _is_decorator(node: Function) -> bool:
    match node.body:
        case [ast.FunctionDef() | ast.AsyncFunctionDef(), ast.Return()]:
            return True
        case _:
            return False


def _boolean(node: ast.BoolOp, nesting: int) -> int:
    """One point for each run of like operators, in the order in which they are read."""
    operators = list(_operators(node))
    runs = 1 + sum(before is not after for before, after in itertools.pairwise(operators))
    return runs + _all(list(_operands(node)), nesting)


def _operators(node: ast.expr) -> Iterator[type[ast.boolop]]:
    if isinstance(node, ast.BoolOp):
        for position, value in enumerate(node.values):
            if position:
                yield type(node.op)
            yield from _operators(value)


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _operands(value)
    else:
        yield node


_RULES: Mapping[type[ast.AST], Callable[[Any, int], int]] = {
    **dict.fromkeys((ast.If, ast.For, ast.AsyncFor, ast.While), _structure),
    **dict.fromkeys((ast.Try, ast.TryStar), _try),
    **dict.fromkeys(FUNCTIONS, _nested_function),
    ast.Match: _match,
    ast.IfExp: _ternary,
    ast.Lambda: _deeper,
    ast.BoolOp: _boolean,
}


def _recursive_functions(statements: Sequence[ast.stmt]) -> set[ast.AST]:
    """Functions that can come back to themselves through plain calls and `self` calls."""
    functions = list(_functions(statements, owner=""))
    named: dict[tuple[str, str], list[Function]] = {}
    for owner, function in functions:
        named.setdefault((owner, function.name), []).append(function)
    calls = {
        function: [target for key in _called(owner, function) for target in named.get(key, [])]
        for owner, function in functions
    }
    return {function for function in calls if _comes_back(function, calls)}


def _functions(statements: Sequence[ast.AST], *, owner: str) -> Iterator[tuple[str, Function]]:
    for node in statements:
        if isinstance(node, FUNCTIONS):
            yield owner, node
            yield from _functions(node.body, owner="")
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, owner=node.name)
        else:
            yield from _functions(list(ast.iter_child_nodes(node)), owner=owner)


def _called(owner: str, function: Function) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield "", name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)):
                yield owner, name


def _comes_back(start: Function, calls: Mapping[Function, Sequence[Function]]) -> bool:
    seen: set[Function] = set()
    waiting = list(calls[start])
    while waiting:
        function = waiting.pop()
        if function is start:
            return True
        if function not in seen:
            seen.add(function)
            waiting.extend(calls[function])
    return False
