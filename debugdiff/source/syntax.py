"""Questions to a piece of syntax alone: its calls, its arguments, its names and what binds them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.normal import DEFINITIONS, Function

if TYPE_CHECKING:
    from collections.abc import Iterator


def in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, in the order of the text."""
    waiting = [*ast.iter_child_nodes(tree)][::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [*ast.iter_child_nodes(node)][::-1]


def calls_in(tree: ast.AST | None) -> Iterator[ast.Call]:
    """All calls below a node, in the order of the text."""
    return (node for node in in_order(tree) if isinstance(node, ast.Call)) if tree else iter(())


def last_name(node: ast.expr) -> str:
    """`Linear` of `nn.Linear`, `head` of `self.head`; empty for what has no name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def plain_name(name: str) -> str:
    """`crossentropyloss` for `cross_entropy_loss` and for `CrossEntropyLoss`."""
    return name.lower().replace("_", "")


def parameters(function: Function) -> list[str]:
    """Names of a function's parameters in their order."""
    arguments = function.args
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def position(function: Function | ast.Lambda, name: str) -> int | None:
    """Which positional argument of a call fills a parameter; `self` takes none."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    return names.index(name) if name in names else None


def argument_of(call: ast.Call, name: str, at: int | None) -> ast.expr | None:
    """The argument of a call by keyword or position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    plain = not any(isinstance(each, ast.Starred) for each in call.args)
    return call.args[at] if at is not None and plain and at < len(call.args) else None


def returns_of(function: Function) -> list[ast.Return]:
    """The `return` statements of a function, not those of functions in it."""
    return [node for node in body_of(function) if isinstance(node, ast.Return)]


def body_of(function: Function) -> list[ast.stmt]:
    """All statements of a function, inner blocks too, without nested definitions."""
    found: list[ast.stmt] = []
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.stmt):
            found.append(node)
        if not isinstance(node, DEFINITIONS):
            waiting = [
                *(each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr)),
                *waiting,
            ]
    return found


def bindings(statements: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Every name that some statements bind, with what it is bound to."""
    for statement in statements:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            for target, value in targets(statement):
                if isinstance(target, ast.Name):
                    yield target.id, value


def targets(node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Targets with their values, `a, b = 1, 2` pair by pair."""
    if node.value is None:
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        match target, node.value:
            case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
                yield from zip(names, values, strict=True)
            case _:
                yield target, node.value


def default_of(function: Function, name: str) -> ast.expr | None:
    """The default of a function's parameter, if it has one."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(
        zip([each.arg for each in positional][::-1], arguments.defaults[::-1], strict=False)
    )
    keyword = dict(
        zip([each.arg for each in arguments.kwonlyargs], arguments.kw_defaults, strict=True)
    )
    return {**defaults, **keyword}.get(name)
