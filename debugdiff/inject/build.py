"""From libcst trees to terms, in one pass over a file."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from debugdiff.inject.names import Scope
from debugdiff.inject.terms import (
    ONE,
    ONE_PREFIX,
    RUN,
    RUN_PREFIX,
    Term,
    TermPlace,
    bound_names,
    dotted_name,
    flat_parameters,
    imported,
    is_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Parts = dict[str, "Term | tuple[Term, ...] | str"]

_CLOTHES = frozenset(
    {
        "colon",
        "comma",
        "dot",
        "end",
        "equal",
        "first_colon",
        "footer",
        "header",
        "indent",
        "lbrace",
        "lbracket",
        "leading_lines",
        "lines_after_decorators",
        "lpar",
        "rbrace",
        "rbracket",
        "rpar",
        "second_colon",
        "semicolon",
        "start",
        "trailing_whitespace",
    }
)


def module_terms(module: cst.Module) -> Terms:
    """All terms of a file or a pattern."""
    builder = Terms(indent=module.default_indent)
    builder.statements = builder.block(module).terms("body")
    return builder


def statement_terms(statements: Sequence[cst.CSTNode]) -> tuple[Term, ...]:
    """The terms of some statements, on their own."""
    module = cst.Module(body=statements)  # type: ignore[arg-type] # statements by construction
    return module_terms(module).statements


@dataclass(slots=True)
class Terms:
    """Builds terms in one pass, and notes every expression and block that a pattern may match."""

    indent: str
    statements: tuple[Term, ...] = ()
    expressions: list[TermPlace] = field(default_factory=list)
    blocks: list[TermPlace] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    _path: tuple[str, ...] = ()
    _current_indent: str = ""
    _storing: int = 0

    def build(self, node: cst.CSTNode) -> Term:
        """The term of any node but a statement line."""
        term = self._HANDLERS.get(type(node), Terms._generic)(self, node)
        if not self._storing and isinstance(node, cst.BaseExpression):
            self.expressions.append(
                TermPlace(term=term, path=self._path, indent=self._current_indent)
            )
        return term

    def block(self, node: cst.CSTNode) -> Term:
        """A module, an indented block or a one-line suite: a flat list of statements."""
        outer = self._current_indent
        if isinstance(node, cst.IndentedBlock):
            self._current_indent += self.indent if node.indent is None else node.indent
        body = tuple(term for line in node.body for term in self._line(line, node))  # type: ignore[attr-defined]
        term = Term(kind="Block", node=node, children=(("body", body),), scope=self.scope)
        self.blocks.append(TermPlace(term=term, path=self._path, indent=self._current_indent))
        self._current_indent = outer
        return term

    def _line(self, line: cst.CSTNode, block: cst.CSTNode) -> list[Term]:
        if isinstance(line, cst.SimpleStatementLine):
            return [self._small(small, line) for small in line.body]
        if isinstance(line, cst.BaseSmallStatement):
            return [self._small(line, block)]
        return [self.build(line)]

    def _small(self, node: cst.BaseSmallStatement, holder: cst.CSTNode) -> Term:
        if isinstance(node, cst.Expr) and is_run(node.value):
            return self._run(node, node.value, holder)
        built = self.build(node)
        return Term(
            kind=built.kind,
            node=node,
            value=built.value,
            children=built.children,
            scope=self.scope,
            holder=holder,
        )

    def _run(
        self, node: cst.CSTNode, name: cst.BaseExpression, holder: cst.CSTNode | None = None
    ) -> Term:
        assert isinstance(name, cst.Name)
        value = name.value.removeprefix(RUN_PREFIX)
        return Term(kind=RUN, node=node, value=value, scope=self.scope, holder=holder)

    def _generic(self, node: cst.CSTNode) -> Term:
        return self._term(node, self._parts(node))

    def _parts(self, node: cst.CSTNode) -> Parts:
        parts: Parts = {}
        for name in _fields(type(node)):
            part = getattr(node, name)
            if isinstance(part, cst.CSTNode):
                parts[name] = self.build(part)
            elif isinstance(part, (tuple, list)):
                parts[name] = tuple(self.build(item) for item in part)
            elif isinstance(part, str):
                parts[name] = part
        return parts

    def _term(self, node: cst.CSTNode, parts: Parts, dotted: str = "") -> Term:
        texts = [f"{name}={part}" for name, part in parts.items() if isinstance(part, str) and part]
        children = tuple(
            (name, part) for name, part in parts.items() if part and not isinstance(part, str)
        )
        return Term(
            kind=type(node).__name__,
            node=node,
            value=" ".join(texts),
            children=children,
            scope=self.scope,
            dotted=dotted,
        )

    def _plain(self, node: cst.CSTNode) -> Term:
        """A name that is no expression: an attribute, a keyword, the name of a function."""
        assert isinstance(node, cst.Name)
        if node.value.startswith(ONE_PREFIX):
            return self._one(node)
        return Term(kind="Name", node=node, value=node.value, scope=self.scope)

    def _one(self, node: cst.Name) -> Term:
        return Term(
            kind=ONE, node=node, value=node.value.removeprefix(ONE_PREFIX), scope=self.scope
        )

    def _name(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Name)
        if node.value.startswith(ONE_PREFIX):
            return self._one(node)
        return Term(kind="Name", node=node, value=node.value, dotted=node.value, scope=self.scope)

    def _attribute(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Attribute)
        parts = {"value": self.build(node.value), "attr": self._plain(node.attr)}
        return self._term(node, {**parts}, dotted=dotted_name(node))

    def _literal(self, node: cst.CSTNode) -> Term:
        value = _evaluated(node)
        if value is None:
            return self._generic(node)
        kind = "String" if isinstance(value, (str, bytes)) else "Number"
        return Term(kind=kind, node=node, value=repr(value), scope=self.scope)

    def _argument(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Arg)
        if is_run(node.value):
            return self._run(node, node.value)
        parts: Parts = {
            "star": node.star,
            "value": self.build(node.value),
        }
        if node.keyword is not None:
            parts["keyword"] = self._plain(node.keyword)
        return self._term(node, parts)

    def _element(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, (cst.Element, cst.StarredElement))
        return self._run(node, node.value) if is_run(node.value) else self._generic(node)

    def _subscript_element(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.SubscriptElement)
        index = node.slice
        if isinstance(index, cst.Index) and index.star and is_run(index.value):
            return self._run(node, index.value)
        return self._generic(node)

    def _import(self, node: cst.CSTNode) -> Term:
        text = " ".join(cst.Module(body=[]).code_for_node(node).split())
        for name, dotted in imported(node):
            if name == "*":
                self.scope.stars.append(dotted)
            else:
                self.scope.imports[name] = dotted
        return Term(kind=type(node).__name__, node=node, value=text, scope=self.scope)

    def _function(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.FunctionDef)
        self.scope.bind(node.name.value)
        parts: Parts = {
            "decorators": tuple(self.build(item) for item in node.decorators),
            "asynchronous": "async" if node.asynchronous else "",
            "name": self._plain(node.name),
        }
        if node.returns is not None:
            parts["returns"] = self.build(node.returns)
        outer = self._enter(node.name.value, Scope(parent=_function_scope(self.scope)))
        parts["params"] = self.build(node.params)
        parts["body"] = self.block(node.body)
        self._leave(outer)
        return self._term(node, parts)

    def _class(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.ClassDef)
        self.scope.bind(node.name.value)
        outer = self._enter(node.name.value, Scope(parent=self.scope, is_class=True))
        parts: Parts = {
            "name": self._plain(node.name),
            "bases": tuple(self.build(item) for item in node.bases),
            "keywords": tuple(self.build(item) for item in node.keywords),
            "decorators": tuple(self.build(item) for item in node.decorators),
            "body": self.block(node.body),
        }
        self._leave(outer)
        return self._term(node, parts)

    def _lambda(self, node: cst.CSTNode) -> Term:
        outer = self._enter(None, Scope(parent=_function_scope(self.scope)))
        term = self._generic(node)
        self._leave(outer)
        return term

    def _enter(self, name: str | None, scope: Scope) -> tuple[Scope, tuple[str, ...]]:
        outer = (self.scope, self._path)
        self.scope = scope
        if name is not None:
            self._path = (*self._path, name)
        return outer

    def _leave(self, outer: tuple[Scope, tuple[str, ...]]) -> None:
        self.scope, self._path = outer

    def _parameters(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Parameters)
        flat = tuple(self.build(item) for item in flat_parameters(node))
        return self._term(node, {"params": flat})

    def _parameter(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Param)
        if is_run(node.name):
            return self._run(node, node.name)
        self.scope.bind(node.name.value)
        parts: Parts = {
            "star": node.star if isinstance(node.star, str) else "",
            "name": self._plain(node.name),
        }
        for name in ("annotation", "default"):
            part = getattr(node, name)
            if part is not None:
                parts[name] = self.build(part)
        return self._term(node, parts)

    def _assign(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Assign)
        value = self.build(node.value)
        alias = self.scope.resolve(value.dotted) if value.dotted else None
        targets = tuple(
            self._term(target, {"target": self._target(target.target, alias)})
            for target in node.targets
        )
        return self._term(node, {"targets": targets, "value": value})

    def _target(self, node: cst.CSTNode, alias: str | None = None) -> Term:
        for name in bound_names(node):
            self.scope.bind(name, alias if isinstance(node, cst.Name) else None)
        self._storing += 1
        term = self.build(node)
        self._storing -= 1
        return term

    def _with_target(self, node: cst.CSTNode) -> Term:
        """Any node whose `target` or `name` is stored to."""
        parts: Parts = {}
        for name in _fields(type(node)):
            part = getattr(node, name)
            if name in {"target", "name"} and isinstance(part, cst.CSTNode):
                parts[name] = self._target(part)
            elif isinstance(part, cst.CSTNode):
                parts[name] = self.build(part)
            elif isinstance(part, (tuple, list)):
                parts[name] = tuple(self.build(item) for item in part)
        return self._term(node, parts)

    _HANDLERS: ClassVar[dict[type[cst.CSTNode], Callable[[Terms, cst.CSTNode], Term]]] = {
        cst.AnnAssign: _with_target,
        cst.Arg: _argument,
        cst.AsName: _with_target,
        cst.Assign: _assign,
        cst.Attribute: _attribute,
        cst.AugAssign: _with_target,
        cst.ClassDef: _class,
        cst.CompFor: _with_target,
        cst.ConcatenatedString: _literal,
        cst.Element: _element,
        cst.Float: _literal,
        cst.For: _with_target,
        cst.FunctionDef: _function,
        cst.Imaginary: _literal,
        cst.Import: _import,
        cst.ImportFrom: _import,
        cst.IndentedBlock: block,
        cst.Integer: _literal,
        cst.Lambda: _lambda,
        cst.Name: _name,
        cst.NamedExpr: _with_target,
        cst.Param: _parameter,
        cst.Parameters: _parameters,
        cst.SimpleString: _literal,
        cst.SimpleStatementSuite: block,
        cst.StarredElement: _element,
        cst.SubscriptElement: _subscript_element,
    }


def _function_scope(scope: Scope) -> Scope:
    """Functions in a class do not see the names of the class."""
    return next(outer for outer in scope.chain() if not outer.is_class)


def _evaluated(node: cst.CSTNode) -> object:
    """The value of a literal; `None` for an f-string. libcst's own property parses it each time."""
    if isinstance(node, (cst.Integer, cst.Float, cst.SimpleString)):
        return _evaluated_text(node.value)
    value: object = node.evaluated_value  # type: ignore[attr-defined]
    return value


@lru_cache(maxsize=4096)
def _evaluated_text(text: str) -> object:
    return ast.literal_eval(text)


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(
        name
        for name in kind.__dataclass_fields__
        if name not in _CLOTHES and not name.startswith(("whitespace", "_"))
    )
