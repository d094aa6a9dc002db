"""Rewrites of a program that change nothing it computes.

The judge is measured with them: it has to accept a healthy program however it is written. Each
keeps the layout of what it does not touch, so that they serve as decoys as well. Two of them let
random numbers be drawn in another order, and one writes operations in another way.
"""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from debugdiff.syntax import parse, split_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_KEPT_ATTRIBUTES = frozenset({"weight", "bias", "training", "built", "optimizer", "loss", "name"})
"""Names that a framework gives a meaning to."""

_EQUIVALENT = (
    (r"\.flatten\(0, 1\)", ".reshape(-1, logits.shape[-1])"),
    (r"\.flatten\(\)", ".reshape(-1)"),
    (r"\.squeeze\(-1\)", "[..., 0]"),
    (r"\.unsqueeze\(-1\)", "[..., None]"),
    (r"\.view\(", ".reshape("),
    (r"torch\.from_numpy\(", "torch.as_tensor("),
    (r"nn\.CrossEntropyLoss\(\)", "nn.functional.cross_entropy"),
    (r"torch\.relu\(", "nn.functional.relu("),
    (r"keras\.activations\.relu\(", "keras.ops.relu("),
    (r"state\[-1\]", "state[-1, ...]"),
    (r"argmax\(dim=-1\)", "max(dim=-1).indices"),
)
"""Other ways to write the same operation: `reshape` for `flatten`, a function for a class."""

_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "nn.Linear": ("in_features", "out_features"),
    "nn.Embedding": ("num_embeddings", "embedding_dim"),
    "nn.GRU": ("input_size", "hidden_size"),
    "nn.LSTM": ("input_size", "hidden_size"),
    "nn.Dropout": ("p",),
    "layers.Embedding": ("input_dim", "output_dim"),
    "layers.GRU": ("units",),
    "layers.LSTM": ("units",),
    "layers.Dense": ("units",),
    "layers.Dropout": ("rate",),
}
"""Parameters of layers that programs give by position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A program of the same behaviour, and what was done to it."""

    name: str
    source: str


def rewrites(source: str) -> Iterator[Rewrite]:
    """Every rewrite that finds a place in a program, each applied alone."""
    makers: Sequence[tuple[str, Callable[[str], str]]] = (
        ("locals renamed", rename_locals),
        ("attributes renamed", rename_attributes),
        ("keywords for positions", name_arguments),
        ("statements reordered", reorder_statements),
        ("layers made in another order", reorder_layers),
        ("variables extracted", extract_variables),
        ("assertions added", add_assertions),
        ("operations written differently", write_otherwise),
    )
    for name, make in makers:
        changed = make(source)
        if changed != source:
            parse(changed)
            yield Rewrite(name=name, source=changed)


# --- names -------------------------------------------------------------------------------------


def rename_locals(source: str) -> str:
    """Give every local variable of every function another name."""
    return cst.parse_module(source).visit(_LocalRenamer()).code


class _LocalRenamer(cst.CSTTransformer):
    def leave_FunctionDef(  # noqa: N802 - libcst's name
        self,
        original_node: cst.FunctionDef,
        updated_node: cst.FunctionDef,
    ) -> cst.FunctionDef:
        text = cst.Module(body=[original_node]).code
        names = _locals_of(ast.parse(text.strip("\n")))
        renamed = updated_node.body.visit(_NameChanger(names))
        assert isinstance(renamed, cst.BaseSuite)
        return updated_node.with_changes(body=renamed)


def _locals_of(tree: ast.AST) -> frozenset[str]:
    stored = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    given = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    shared = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    return frozenset(name for name in stored - given - shared if name != "_")


class _NameChanger(cst.CSTTransformer):
    """Renames variables; attributes and names of arguments are none."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names

    def leave_Attribute(  # noqa: N802 - libcst's name
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(  # noqa: N802 - libcst's name
        self, original_node: cst.Arg, updated_node: cst.Arg
    ) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(  # noqa: N802 - libcst's name
        self, original_node: cst.Name, updated_node: cst.Name
    ) -> cst.Name:
        del original_node
        if updated_node.value in self._names:
            return updated_node.with_changes(value=f"{updated_node.value}_here")
        return updated_node


def rename_attributes(source: str) -> str:
    """Give attributes that a class assigns to `self`, and nobody else reads, another name."""
    tree = parse(source)
    methods = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assigned = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    elsewhere = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }
    for name in sorted(assigned - methods - elsewhere - _KEPT_ATTRIBUTES):
        source = re.sub(rf"(?<=\bself\.){name}\b", f"{name}_part", source)
    return source


def name_arguments(source: str) -> str:
    """Name the arguments of the program's own functions, and of common layers."""
    tree = parse(source)
    own = {
        node.name: tuple(argument.arg for argument in node.args.args)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return cst.parse_module(source).visit(_ArgumentNamer(own)).code


class _ArgumentNamer(cst.CSTTransformer):
    def __init__(self, own: dict[str, tuple[str, ...]]) -> None:
        super().__init__()
        self._own = own

    def leave_Call(  # noqa: N802 - libcst's name
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.Call:
        del original_node
        names = self._names_of(updated_node.func)
        positional = [arg for arg in updated_node.args if arg.keyword is None and not arg.star]
        if not names or len(positional) > len(names):
            return updated_node
        given = iter(names)
        equal = cst.AssignEqual(
            whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace("")
        )
        arguments = [
            arg.with_changes(keyword=cst.Name(next(given)), equal=equal)
            if arg.keyword is None and not arg.star
            else arg
            for arg in updated_node.args
        ]
        return updated_node.with_changes(args=arguments)

    def _names_of(self, function: cst.BaseExpression) -> tuple[str, ...]:
        if isinstance(function, cst.Name):
            return self._own.get(function.value, ())
        if isinstance(function, cst.Attribute) and isinstance(function.value, cst.Name):
            return _PARAMETERS.get(f"{function.value.value}.{function.attr.value}", ())
        return ()


# --- statements --------------------------------------------------------------------------------


def reorder_statements(source: str) -> str:
    """Exchange two neighbours that do not need each other, outside of where layers are made."""
    return _exchange(source, in_constructor=False)


def reorder_layers(source: str) -> str:
    """Exchange two neighbours in a constructor: random numbers are drawn in another order."""
    return _exchange(source, in_constructor=True)


def _exchange(source: str, *, in_constructor: bool) -> str:
    for function in (n for n in ast.walk(parse(source)) if isinstance(n, ast.FunctionDef)):
        if (function.name == "__init__") is not in_constructor:
            continue
        for block in _blocks(function):
            for first, second in itertools.pairwise(block):
                if _independent(first, second):
                    return _swapped(source, first, second)
    return source


def _blocks(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _independent(first: ast.stmt, second: ast.stmt) -> bool:
    if not isinstance(first, ast.Assign) or not isinstance(second, ast.Assign):
        return False
    made = [{ast.unparse(target) for target in each.targets} for each in (first, second)]
    read = [{ast.unparse(node) for node in ast.walk(each.value)} for each in (first, second)]
    simple = all(re.fullmatch(r"[\w.]+", name) for names in made for name in names)
    return simple and not made[0] & (made[1] | read[1]) and not made[1] & read[0]


def _swapped(source: str, first: ast.stmt, second: ast.stmt) -> str:
    lines = split_lines(source, keep_ends=True)
    start, middle = first.lineno - 1, second.lineno - 1
    end = second.end_lineno or second.lineno
    return "".join((*lines[:start], *lines[middle:end], *lines[start:middle], *lines[end:]))


def extract_variables(source: str) -> str:
    """Give what a function returns a name before it is returned."""
    lines = split_lines(source, keep_ends=True)
    returns = [
        node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call)
    ]
    for node in sorted(returns, key=lambda one: -one.lineno):
        start, end = node.lineno - 1, node.end_lineno or node.lineno
        before = lines[start][: node.col_offset]
        if before.strip():
            continue
        rest = lines[start][node.col_offset :].replace("return ", "outcome = ", 1)
        lines[start] = before + rest
        lines.insert(end, f"{before}return outcome\n")
    return "".join(lines)


def add_assertions(source: str) -> str:
    """Assert after every simple assignment of a function that there is something."""
    lines = split_lines(source, keep_ends=True)
    assignments = [
        node
        for function in ast.walk(parse(source))
        if isinstance(function, ast.FunctionDef)
        for block in _blocks(function)
        for node in block
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    for node in sorted(set(assignments), key=lambda one: -one.lineno):
        target = node.targets[0]
        assert isinstance(target, ast.Name)
        indent = " " * node.col_offset
        lines.insert(node.end_lineno or node.lineno, f"{indent}assert {target.id} is not None\n")
    return "".join(lines)


def write_otherwise(source: str) -> str:
    """Write operations in another way that gives the same values."""
    for pattern, replacement in _EQUIVALENT:
        if "logits" in replacement and "logits.flatten(0, 1)" not in source:
            continue
        source = re.sub(pattern, replacement, source)
    return source
