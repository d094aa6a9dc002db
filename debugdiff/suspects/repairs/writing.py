"""Repairs as code: what stands at a node after the change, as its library writes it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.dryrun.values import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.dryrun.values import Value
    from debugdiff.source.program import File

_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Tuple)
_LIBRARIES = {
    "torch": ("torch",),
    "keras": ("keras", "tensorflow.keras"),
    "numpy": ("numpy",),
}


def operand(file: File, node: ast.AST) -> str:
    """The text of an expression, in brackets where an operation behind it needs them."""
    text = file.segment(node)
    return text if isinstance(node, _ATOMS) else f"({text})"


def with_argument(
    file: File, call: ast.Call, names: Sequence[str], value: str, *, at: int | None = None
) -> str:
    """The text of a call in which one argument has another value.

    Args:
        file: where the call is.
        call: a call.
        names: what libraries call the argument; one that is not given yet gets the first of them
            that the library of the call has.
        value: the code of the new value.
        at: its position, if it can be given without its name.
    """
    start, end = file.span(call)
    given = next((one.value for one in call.keywords if one.arg in names), None)
    if given is None and at is not None and at < len(call.args):
        given = call.args[at]
    if given is not None:
        first, last = file.span(given)
        return file.text[start:first] + value + file.text[last:end]
    is_first = len(names) == 1 or file.qualified(call.func).startswith("torch.")
    name = names[0] if is_first else names[1]
    parts = [*call.args, *(one.value for one in call.keywords)]
    last = max((file.span(part)[1] for part in parts), default=end - 1)
    comma = ", " if parts else ""
    return f"{file.text[start:last]}{comma}{name}={value}{file.text[last:end]}"


def behind_flatten(file: File, layer: ast.AST) -> str:
    """The text of a layer of a list with a `Flatten` before it; empty where it is no such layer."""
    is_item = isinstance(file.parents.get(layer), ast.List | ast.Tuple)
    if not (is_item and isinstance(layer, ast.Call) and isinstance(layer.func, ast.Attribute)):
        return ""
    return f"{file.segment(layer.func.value)}.Flatten(), {file.segment(layer)}"


def without_call(file: File, call: ast.Call) -> str:
    """What a call of a method or function is made of, without the call; empty if it is nothing."""
    is_method = isinstance(call.func, ast.Attribute) and not file.qualified(call.func).startswith(
        ("torch.", "keras.", "tensorflow.", "numpy.", "jax.")
    )
    if is_method:
        assert isinstance(call.func, ast.Attribute)
        return file.segment(call.func.value)
    return file.segment(call.args[0]) if call.args else ""


def applied(
    file: File, node: ast.AST, value: Value, spellings: Mapping[str, str], **words: str
) -> str:
    """An operation on an expression; empty where its library has no name in the file.

    Args:
        file: where the expression is.
        node: the expression.
        value: what it came to in a dry run.
        spellings: per library the operation, with `{x}` for the expression and `{library}` for
            what the file calls the library; `any` for what all libraries write alike.
        words: what else stands in braces.
    """
    kind = _library_of(file, value)
    spelling = spellings.get(kind) or spellings.get("any", "")
    library = _name_of(file, kind)
    if not spelling or ("{library}" in spelling and not library):
        return ""
    return spelling.format(x=operand(file, node), library=library, **words)


def _library_of(file: File, value: Value) -> str:
    if isinstance(value, Tensor) and value.is_array:
        return "numpy"
    uses_torch = any(full.partition(".")[0] == "torch" for full in file.imports.values())
    return "torch" if uses_torch else "keras"


def _name_of(file: File, library: str) -> str:
    """What a file calls a library; empty where it does not import it as a whole."""
    wanted = _LIBRARIES[library]
    found = (name for full in wanted for name, bound in file.imports.items() if bound == full)
    dotted = f"{'tf' if file.imports.get('tf') == 'tensorflow' else 'tensorflow'}.keras"
    is_inside = library == "keras" and "tensorflow" in file.imports.values()
    return next(found, dotted if is_inside else "")
