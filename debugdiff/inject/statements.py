"""Statement probes: a twin of a program in which every assignment also reports its value.

`x = f(y)` becomes `x = f(y); __debugdiff_record__("3", x)`: on the same line, so that no line
moves, and after the assignment, so that a value that cannot be recorded changes nothing before.

Probed is the code in which a person would look for a fault of the model or of its training: the
assignments to names of every function body and of the module, each name of an unpacking apart, and
attributes (`self.state = ...`). Not probed:

* `evaluate` and `main`, which report on a finished model;
* attributes in `__init__` and `build`: they hold layers, whose outputs are sites of their own;
* items (`x[0] = ...`), which have no name, and the bodies of classes, which hold constants.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import CaseError
from debugdiff.inject.spans import LINE_END
from debugdiff.model import StatementSite

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDER = "__debugdiff_record__"
"""The builtin that the worker installs: `(probe_id: str, value) -> None`."""

NOT_PROBED = frozenset({"evaluate", "main"})
CONSTRUCTORS = frozenset({"__init__", "build"})

_INSERTED = re.compile(rf'; {RECORDER}\("\d+", [\w.]+\)')

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Assignment = ast.Assign | ast.AugAssign | ast.AnnAssign


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    """What one assignment stores, in source order: the end of the statement and the names."""

    line: int
    end_line: int
    end_byte: int
    names: tuple[str, ...]
    function: str


def probe(source: str, file: str) -> tuple[str, dict[str, StatementSite]]:
    """See `debugdiff.inject.probe_statements`."""
    probes = sorted(_probes(_parse(source, file), ()), key=lambda item: (item.line, item.end_byte))
    sites: dict[str, StatementSite] = {}
    insertions: list[tuple[int, str]] = []
    starts = [0, *(match.end() for match in LINE_END.finditer(source))]
    for item in probes:
        calls = []
        for name in item.names:
            identity = str(len(sites))
            sites[identity] = StatementSite(line=item.line, name=name, function=item.function)
            calls.append(f'; {RECORDER}("{identity}", {name})')
        insertions.append((_offset(source, starts[item.end_line - 1], item), "".join(calls)))
    return _inserted(source, insertions), sites


def without_probes(source: str) -> str:
    """A twin's source with its probes taken out again: the original, byte for byte."""
    return _INSERTED.sub("", source)


def _parse(source: str, file: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in its strings are the program's affair
            return ast.parse(source)
    except SyntaxError as error:
        raise CaseError(
            f"{file}:{error.lineno}: not Python: {error.msg}.",
            hint=(error.text or "").rstrip(),
            slug="case-syntax",
        ) from error


def _probes(node: ast.AST, path: tuple[str, ...], function: str = "") -> Iterator[_Probe]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            if child.name not in NOT_PROBED or path:
                yield from _probes(child, (*path, child.name), child.name)
        elif isinstance(child, ast.ClassDef):
            yield from _probes_of_class(child, path)
        elif isinstance(child, _Assignment):
            yield from _probe_of(child, path, function)
        elif not isinstance(child, ast.expr):
            yield from _probes(child, path, function)


def _probes_of_class(node: ast.ClassDef, path: tuple[str, ...]) -> Iterator[_Probe]:
    for child in node.body:
        if isinstance(child, _Function):
            yield from _probes(child, (*path, node.name, child.name), child.name)
        elif isinstance(child, ast.ClassDef):
            yield from _probes_of_class(child, (*path, node.name))


def _probe_of(node: _Assignment, path: tuple[str, ...], function: str) -> Iterator[_Probe]:
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    found = [name for target in targets for name in _names(target)]
    if function in CONSTRUCTORS:
        found = [name for name in found if "." not in name]
    if found:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        yield _Probe(
            line=node.lineno,
            end_line=node.end_lineno,
            end_byte=node.end_col_offset,
            names=tuple(dict.fromkeys(found)),
            function=".".join(path) or "<module>",
        )


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _names(element)
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)
    elif isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Attribute) and isinstance(target.value, (ast.Name, ast.Attribute)):
        yield from (f"{owner}.{target.attr}" for owner in _names(target.value))


def _offset(source: str, start: int, item: _Probe) -> int:
    """`ast` counts columns in bytes of UTF-8."""
    line = LINE_END.split(source[start:], maxsplit=1)[0]
    return start + len(line.encode()[: item.end_byte].decode())


def _inserted(source: str, insertions: list[tuple[int, str]]) -> str:
    pieces, position = [], 0
    for offset, text in sorted(insertions):
        pieces += [source[position:offset], text]
        position = offset
    return "".join([*pieces, source[position:]])
