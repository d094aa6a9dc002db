"""The user's files, read for the rules: definitions, calls, names and constants; never run."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from debugdiff.files import name_of
from debugdiff.model import Location
from debugdiff.source.names import canonical, dotted, import_table
from debugdiff.source.normal import FUNCTIONS, Function
from debugdiff.source.offsets import Offsets
from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order
from debugdiff.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Frame
    from debugdiff.source.bindings import Binding, Block
    from debugdiff.source.flow import Flow
    from debugdiff.source.numbers import Number
    from debugdiff.source.roles import Roles

_DEPTH = 8


@dataclass(eq=False, slots=True, kw_only=True)
class File:
    """One parsed file, with the parent of every node and what its imports bind.

    Attributes:
        nodes: all nodes, in the order of the text.
        starred: the imports of everything of a module.
        blocks, bound: what `bindings` has worked out.
    """

    name: str
    text: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST]
    imports: dict[str, str]
    offsets: Offsets
    blocks: dict[int, Block] = field(default_factory=dict)
    bound: dict[ast.Name, list[Binding]] = field(default_factory=dict)
    nodes: tuple[ast.AST, ...] = ()
    starred: tuple[ast.ImportFrom, ...] = ()

    def __repr__(self) -> str:
        return f"File({self.name!r})"

    def location(self, node: ast.AST) -> Location:
        """Where a node stands."""
        return Location(self.name, getattr(node, "lineno", 1))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node's text begins and ends, in characters from the start of the file."""
        return self.offsets.span(node)

    def segment(self, node: ast.AST) -> str:
        """A node's text, to the letter."""
        start, end = self.span(node)
        return self.text[start:end]

    def loop(self, node: ast.AST) -> ast.For | ast.While | None:
        """The innermost loop around a node."""
        return next((each for each in self.up(node) if isinstance(each, ast.For | ast.While)), None)

    def up(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node belongs to."""
        if isinstance(node, ast.stmt):
            return node
        return next(each for each in self.up(node) if isinstance(each, ast.stmt))

    def function(self, node: ast.AST) -> Function | None:
        """The function around a node."""
        return next((each for each in self.up(node) if isinstance(each, FUNCTIONS)), None)

    def next_statement(self, node: ast.AST) -> ast.stmt | None:
        """The statement below one, in its own block."""
        around = self.parents.get(node)
        blocks = (getattr(around, name, ()) for name in ("body", "orelse", "finalbody"))
        block = next((list(one) for one in blocks if isinstance(one, list) and node in one), [])
        at = block.index(node) + 1 if node in block else len(block)
        return block[at] if at < len(block) else None

    def statement_at(self, line: int) -> ast.stmt | None:
        """The innermost statement that covers a line."""
        covering = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
        ]
        return max(covering, key=lambda node: node.lineno, default=None)

    def expression_at(self, frame: Frame) -> ast.expr | None:
        """The expression that a frame was at, where its columns are known."""
        wanted = (frame.line, frame.column, frame.end_line, frame.end_column)
        for node in ast.walk(self.tree) if frame.column is not None else ():
            if isinstance(node, ast.expr):
                end = (node.end_lineno, node.end_col_offset)
                if (node.lineno, node.col_offset, *end) == wanted:
                    return node
        return None

    def owner(self, node: ast.AST) -> ast.ClassDef | None:
        """The class around a node."""
        return next((each for each in self.up(node) if isinstance(each, ast.ClassDef)), None)

    def qualified(self, node: ast.expr) -> str:
        """`torch.nn.Linear` for `nn.Linear`; a name that no import binds stays as it is."""
        chain = dotted(node)
        if not chain:
            return ""
        return canonical(".".join((self.imports.get(chain[0], chain[0]), *chain[1:])))


@dataclass(frozen=True, eq=False, kw_only=True)
class Program:
    """All files of the user's that parse.

    Attributes:
        main: the name of the file that runs.
    """

    main: str
    files: Mapping[str, File] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Mapping[str, str], main: str) -> Program:
        """Read some files, relative name to text; what does not parse is left out."""
        found = {name: _file(name, text) for name, text in sources.items()}
        return cls(main=main, files={name: file for name, file in found.items() if file})

    @property
    def nodes(self) -> Iterator[tuple[File, ast.AST]]:
        """Every node of every file, in the order of the text."""
        return ((file, node) for file in self.files.values() for node in file.nodes)

    @cached_property
    def homes(self) -> Mapping[ast.AST, File]:
        """The file of every node."""
        return {node: file for file, node in self.nodes}

    @cached_property
    def calls(self) -> tuple[tuple[File, ast.Call], ...]:
        """Every call of the program, the main file's first, in the order of their lines."""
        order = sorted(self.files, key=lambda name: (name != self.main, name))
        return tuple(
            (self.files[name], node)
            for name in order
            for node in self.files[name].nodes
            if isinstance(node, ast.Call)
        )

    @cached_property
    def classes(self) -> Mapping[str, tuple[File, ast.ClassDef]]:
        """The user's classes by name."""
        return {
            node.name: (file, node)
            for file in self.files.values()
            for node in file.nodes
            if isinstance(node, ast.ClassDef)
        }

    @cached_property
    def functions(self) -> Mapping[str, tuple[File, Function]]:
        """The user's functions outside classes by name."""
        return {
            node.name: (file, node)
            for file in self.files.values()
            for node in ast.walk(file.tree)
            if isinstance(node, FUNCTIONS) and not isinstance(file.parents.get(node), ast.ClassDef)
        }

    def file_of(self, printed: str) -> File | None:
        """The file that a traceback names by its whole path."""
        return self.files.get(name_of(printed, self.files))

    def bases(self, node: ast.ClassDef, file: File, depth: int = _DEPTH) -> Iterator[str]:
        """Qualified names of all base classes, through the user's own classes."""
        for base in node.bases:
            name = file.qualified(base)
            yield name
            own = self.classes.get(name.rpartition(".")[2])
            if own and depth and own[1] is not node:
                yield from self.bases(own[1], own[0], depth - 1)

    @cached_property
    def flow(self) -> Flow:
        """Where its values come from."""
        from debugdiff.source.flow import Flow  # noqa: PLC0415 - they need each other

        return Flow(self)

    @cached_property
    def roles(self) -> Roles:
        """What its parts are."""
        from debugdiff.source.roles import Roles  # noqa: PLC0415 - they need each other

        return Roles(self)

    def number(self, node: ast.expr | None, file: File) -> Number | None:
        """The number that an expression stands for, as far as the text says; else `None`."""
        from debugdiff.source.numbers import number_of  # noqa: PLC0415 - they need each other

        return number_of(self.flow, Place(file, node)) if node is not None else None

    def definition(self, node: ast.expr, file: File) -> list[tuple[File, ast.AST]]:
        """The expressions that a value comes from, through names, attributes and functions."""
        ends = self.flow.origins(Place(file, node))
        return [(end.place.file, end.place.node) for end in ends if not end.path]


def _file(name: str, text: str) -> File | None:
    try:
        tree = parse(text)
    except SyntaxError:
        return None
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return File(
        name=name,
        text=text,
        tree=tree,
        parents=parents,
        imports=import_table(tree),
        offsets=Offsets(text),
        nodes=tuple(in_order(tree)),
        starred=tuple(
            node
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        ),
    )
