"""The post-mortem of a crash: what the failing expression of each of the user's frames held."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any

from debugdiff.model import FailingLayer, OpenedFrame, Operand, Owner, PostMortem
from debugdiff.worker.failure.frames import owner_of
from debugdiff.worker.failure.safe_reading import (
    MISSING,
    attribute_of,
    instance_dict,
    is_layer,
    operand,
    read,
)
from debugdiff.worker.failure.source_lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.worker.failure.tracebacks import Step
    from debugdiff.worker.workplace import Workplace

_FRAMES = 40
_OPERANDS = 40
_DEPTH = 12
_BOOKKEEPING = "per_execution"
_NUMBERS = frozenset({"int", "float", "tuple", "list"})
_WORD = (ast.Name, ast.Attribute, ast.Subscript)
_UNWALKED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def post_mortem_of(steps: Sequence[Step], workplace: Workplace) -> PostMortem:
    """Read what a failed program held.

    Args:
        steps: the whole stack of the exception, outermost first, before any filter.
        workplace: knows whose a file is, and maps the trial's paths back to the user's.
    """
    try:
        own = [step for step in steps if _is_users(step, workplace)]
        frames = tuple(_read_frame(step, workplace) for step in own[-_FRAMES:])
        return PostMortem(frames=frames, layer=_failing_layer(steps, workplace))
    except Exception:  # noqa: BLE001  (what a failed program left behind may be in any state)
        return PostMortem()


def _is_users(step: Step, workplace: Workplace) -> bool:
    return owner_of(step.frame.f_code.co_filename, workplace) is Owner.USER


def _read_frame(step: Step, workplace: Workplace) -> OpenedFrame:
    code = step.frame.f_code
    text = "".join(lines_of(code.co_filename))
    node = _failing_node(text, step)
    return OpenedFrame(
        file=workplace.as_seen_by_user(code.co_filename),
        line=step.line,
        function=code.co_name,
        expression=ast.unparse(node) if node else "",
        operands=tuple(_operands(node, step)),
    )


def _failing_node(text: str, step: Step) -> ast.AST | None:
    """The expression that the interpreter was at, or the statement of the line it had reached."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    position = _position(step)
    if position:
        for node in ast.walk(tree):
            if isinstance(node, ast.expr) and _span(node) == position:
                return node
    covering = (node for node in ast.walk(tree) if isinstance(node, ast.stmt) and _at(node, step))
    innermost = next(iter(sorted(covering, key=lambda node: -node.lineno)), None)
    return _head(innermost) if innermost else None


def _head(statement: ast.stmt) -> ast.AST:
    """What a statement with a body evaluates itself; the body was not what failed."""
    match statement:
        case ast.For() | ast.AsyncFor():
            return statement.iter
        case ast.While() | ast.If():
            return statement.test
        case ast.Match():
            return statement.subject
        case ast.With(items=[item]) | ast.AsyncWith(items=[item]):
            return item.context_expr
    return statement


def _at(node: ast.stmt, step: Step) -> bool:
    return node.lineno <= step.line <= (node.end_lineno or node.lineno)


def _span(node: ast.expr) -> tuple[int | None, ...]:
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


def _position(step: Step) -> tuple[int | None, ...] | None:
    """What Python would mark with carets; unknown once a frame has run an `except` or `with`."""
    frame = step.frame
    for index, position in enumerate(frame.f_code.co_positions()):
        if index == frame.f_lasti // 2:
            return position if position[0] and position[0] <= step.line else None
    return None


def _operands(node: ast.AST | None, step: Step) -> Iterator[Operand]:
    """First what stands in the failing expression, then the other tensors among the variables."""
    seen: dict[str, Operand] = {}
    for word in _words(node) if node else ():
        text = ast.unparse(word)
        value = read(word, step.frame)
        if text not in seen and value is not MISSING:
            entry = operand(text, value, failing=True)
            if entry:
                seen[text] = entry
    for name, value in list(step.frame.f_locals.items()):
        if name not in seen and not name.startswith(("__", ".")):
            entry = operand(name, value, failing=False)
            if entry and (entry.shape is not None or entry.type in _NUMBERS):
                seen[name] = entry
    yield from list(seen.values())[:_OPERANDS]


def _words(node: ast.AST) -> Iterator[ast.expr]:
    """Names, attributes and subscripts, outer ones first; nested scopes stay closed."""
    if isinstance(node, _WORD):
        yield node
    for child in ast.iter_child_nodes(node):
        is_body = isinstance(child, ast.stmt) and isinstance(node, ast.stmt)
        if not isinstance(child, _UNWALKED) and not is_body:
            yield from _words(child)


def _failing_layer(steps: Sequence[Step], workplace: Workplace) -> FailingLayer | None:
    """The innermost frame that belongs to a layer says which one, the outermost which model."""
    layers = [(step, step.frame.f_locals.get("self")) for step in steps]
    at_work = [(step, layer) for step, layer in layers if is_layer(layer)]
    if not at_work:
        return None
    layer = at_work[-1][1]
    model = at_work[0][1]
    path = _path_to(layer, model, "", set(), _DEPTH)
    calls = [step for step, owner in at_work if owner is layer]
    return FailingLayer(
        path=path or "",
        type=type(layer).__name__,
        name=_name(layer),
        settings=dict(_settings(layer)),
        parameters=tuple(_parameters(layer)),
        inputs=_inputs(calls),
        own=_class_is_users(layer, workplace),
    )


def _path_to(layer: Any, owner: Any, path: str, seen: set[int], depth: int) -> str | None:
    if owner is layer:
        return path
    if id(owner) in seen or not depth:
        return None
    seen.add(id(owner))
    for name, child in _children(owner):
        inner = _path_to(layer, child, f"{path}.{name}" if path else name, seen, depth - 1)
        if inner is not None:
            return inner
    return None


def _children(owner: Any) -> Iterator[tuple[str, Any]]:
    """Layers held by a layer: by attribute, in PyTorch's `_modules`, in lists and dicts of it."""
    held = instance_dict(owner)
    for name, value in list((held.get("_modules") or {}).items()):
        yield name, value
    public_first = sorted(held.items(), key=lambda item: item[0].startswith("_"))
    for name, value in public_first:
        if is_layer(value):
            yield name, value
        elif isinstance(value, (list, tuple)):
            yield from (
                (f"{name}.{at}", item) for at, item in enumerate(list(value)) if is_layer(item)
            )


def _name(layer: Any) -> str:
    """Keras' own name of a layer."""
    name = attribute_of(layer, "_name")
    name = attribute_of(layer, "name") if name is MISSING else name
    return name if type(name) is str else ""


def _settings(layer: Any) -> Iterator[tuple[str, int]]:
    for name, value in list(instance_dict(layer).items()):
        if type(value) is int and not name.startswith("_") and not name.endswith(_BOOKKEEPING):
            yield name, value


def _parameters(layer: Any) -> Iterator[Operand]:
    held: Mapping[str, Any] = instance_dict(layer)
    for name, value in [*(held.get("_parameters") or {}).items(), *held.items()]:
        parameter = operand(name, value, failing=False)
        if parameter and parameter.shape is not None:
            yield parameter


def _inputs(calls: Sequence[Step]) -> tuple[Operand, ...]:
    """Tensors among the arguments of the layer's innermost method that was given any."""
    for step in reversed(calls):
        tensors = tuple(_tensor_arguments(step))
        if tensors:
            return tensors
    return ()


def _tensor_arguments(step: Step) -> Iterator[Operand]:
    code = step.frame.f_code
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        argument = operand(name, step.frame.f_locals.get(name), failing=True)
        if argument and argument.shape is not None and argument.type != "Parameter":
            yield argument


def _class_is_users(layer: Any, workplace: Workplace) -> bool:
    module = sys.modules.get(type(layer).__module__)
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and owner_of(file, workplace) is Owner.USER
