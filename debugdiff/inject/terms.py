"""Syntax trees without their clothes: libcst nodes as terms that can be compared.

White space, comments, parentheses, quotes, trailing commas and the spelling of numbers are gone;
what a name stands for can be asked of its scope. Every term keeps the node that it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import libcst as cst

from debugdiff.inject.names import Scope

ONE = "$one"
RUN = "$run"
ONE_PREFIX = "__metavariable_one_"
RUN_PREFIX = "__metavariable_run_"

Child = "Term | tuple[Term, ...]"

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """One piece of code: its kind, its literal text, its named parts.

    Attributes:
        dotted: `torch.nn.Linear` for a chain of names in an expression, else empty.
        scope: what its names stand for.
        body: the statement's line or suite, for a small statement.
    """

    kind: str
    node: cst.CSTNode
    value: str = ""
    children: tuple[tuple[str, Term | tuple[Term, ...]], ...] = ()
    dotted: str = ""
    scope: Scope
    holder: cst.CSTNode | None = None

    def child(self, name: str) -> Term | tuple[Term, ...] | None:
        """A part by its name."""
        return next((part for key, part in self.children if key == name), None)

    def terms(self, name: str) -> tuple[Term, ...]:
        """A part that is a list; a missing one is empty."""
        part = self.child(name)
        return part if isinstance(part, tuple) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An expression or a block, and where it stands.

    Attributes:
        path: names of the classes and functions around it.
        indent: the white space before the statements of its block.
    """

    term: Term
    path: tuple[str, ...]
    indent: str


def same(one: Term, other: Term) -> bool:
    """Whether two terms are the same code, white space and such apart."""
    if (one.kind, one.value, len(one.children)) != (other.kind, other.value, len(other.children)):
        return False
    return all(
        name == name_of_other and _same_part(part, part_of_other)
        for (name, part), (name_of_other, part_of_other) in zip(
            one.children, other.children, strict=True
        )
    )


def _same_part(one: Term | tuple[Term, ...], other: Term | tuple[Term, ...]) -> bool:
    if isinstance(one, Term) or isinstance(other, Term):
        return isinstance(one, Term) and isinstance(other, Term) and same(one, other)
    return same_run(one, other)


def same_run(one: Sequence[Term], other: Sequence[Term]) -> bool:
    """Whether two lists of terms are the same code."""
    return len(one) == len(other) and all(map(same, one, other))


def dotted_name(node: cst.CSTNode) -> str:
    """`torch.nn.Linear` of a chain of names; empty for anything else."""
    if isinstance(node, cst.Name):
        return "" if node.value.startswith((ONE_PREFIX, RUN_PREFIX)) else node.value
    if isinstance(node, cst.Attribute):
        head, tail = dotted_name(node.value), dotted_name(node.attr)
        return f"{head}.{tail}" if head and tail else ""
    return ""


def is_run(node: cst.CSTNode | None) -> bool:
    """Whether a node is the stand-in of a `$*name`."""
    return isinstance(node, cst.Name) and node.value.startswith(RUN_PREFIX)


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
    expressions: list[Place] = field(default_factory=list)
    blocks: list[Place] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    _path: tuple[str, ...] = ()
    _current_indent: str = ""
    _storing: int = 0

    def build(self, node: cst.CSTNode) -> Term:
        """The term of any node but a statement line."""
        term = _HANDLERS.get(type(node), Terms._generic)(self, node)
        if not self._storing and isinstance(node, cst.BaseExpression):
            self.expressions.append(
                Place(term=term, path=self._path, indent=self._current_indent)
            )
        return term

    def block(self, node: cst.CSTNode) -> Term:
        """A module, an indented block or a one-line suite: a flat list of statements."""
        outer = self._current_indent
        if isinstance(node, cst.IndentedBlock):
            self._current_indent += self.indent if node.indent is None else node.indent
        body = tuple(term for line in node.body for term in self._line(line, node))  # type: ignore[attr-defined]
        term = Term(kind="Block", node=node, children=(("body", body),), scope=self.scope)
        self.blocks.append(Place(term=term, path=self._path, indent=self._current_indent))
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

    def _parts(self, node: cst.CSTNode) -> dict[str, Term | tuple[Term, ...] | str]:
        parts: dict[str, Term | tuple[Term, ...] | str] = {}
        for name in _fields(type(node)):
            part = getattr(node, name)
            if isinstance(part, cst.CSTNode):
                parts[name] = self.build(part)
            elif isinstance(part, (tuple, list)):
                parts[name] = tuple(self.build(item) for item in part)
            elif isinstance(part, str):
                parts[name] = part
        return parts

    def _term(
        self, node: cst.CSTNode, parts: dict[str, Term | tuple[Term, ...] | str], **more: str
    ) -> Term:
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
            **more,
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
        return Term(
            kind="Name", node=node, value=node.value, dotted=node.value, scope=self.scope
        )

    def _attribute(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Attribute)
        parts = {"value": self.build(node.value), "attr": self._plain(node.attr)}
        return self._term(node, {**parts}, dotted=dotted_name(node))

    def _literal(self, node: cst.CSTNode) -> Term:
        value = node.evaluated_value  # type: ignore[attr-defined]
        if value is None:
            return self._generic(node)
        kind = "String" if isinstance(value, (str, bytes)) else "Number"
        return Term(kind=kind, node=node, value=repr(value), scope=self.scope)

    def _argument(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.Arg)
        if node.star == "*" and is_run(node.value):
            return self._run(node, node.value)
        parts: dict[str, Term | tuple[Term, ...] | str] = {
            "star": node.star,
            "value": self.build(node.value),
        }
        if node.keyword is not None:
            parts["keyword"] = self._plain(node.keyword)
        return self._term(node, parts)

    def _starred(self, node: cst.CSTNode) -> Term:
        assert isinstance(node, cst.StarredElement)
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
        parts: dict[str, Term | tuple[Term, ...] | str] = {
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
        parts: dict[str, Term | tuple[Term, ...] | str] = {
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
        if node.star == "*" and is_run(node.name):
            return self._run(node, node.name)
        self.scope.bind(node.name.value)
        parts: dict[str, Term | tuple[Term, ...] | str] = {
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
        parts: dict[str, Term | tuple[Term, ...] | str] = {}
        for name in _fields(type(node)):
            part = getattr(node, name)
            if name in {"target", "name"} and isinstance(part, cst.CSTNode):
                parts[name] = self._target(part)
            elif isinstance(part, cst.CSTNode):
                parts[name] = self.build(part)
            elif isinstance(part, (tuple, list)):
                parts[name] = tuple(self.build(item) for item in part)
        return self._term(node, parts)


def imported(node: cst.CSTNode) -> list[tuple[str, str]]:
    """What an import statement binds: name and full dotted name; `*` for a star import."""
    if isinstance(node, cst.ImportFrom):
        return _imported_from(node)
    assert isinstance(node, cst.Import)
    found = []
    for alias in node.names:
        dotted = dotted_name(alias.name)
        root = dotted.partition(".")[0]
        found.append((_as_name(alias), dotted) if alias.asname else (root, root))
    return found


def _imported_from(node: cst.ImportFrom) -> list[tuple[str, str]]:
    module = dotted_name(node.module) if node.module is not None else ""
    base = "." * len(node.relative) + module
    if isinstance(node.names, cst.ImportStar):
        return [("*", base)]
    names = [(_as_name(alias), dotted_name(alias.name)) for alias in node.names]
    return [(bound, f"{base}.{name}") for bound, name in names]


def _as_name(alias: cst.ImportAlias) -> str:
    return dotted_name(alias.asname.name) if alias.asname else dotted_name(alias.name)


def bound_names(node: cst.CSTNode) -> list[str]:
    """The plain names that a target binds: `a` and `b` of `a, (b, self.c)`."""
    if isinstance(node, cst.Name):
        return [node.value]
    if isinstance(node, (cst.Tuple, cst.List)):
        return [name for element in node.elements for name in bound_names(element.value)]
    return []


def flat_parameters(node: cst.Parameters) -> list[cst.CSTNode]:
    """Every parameter and marker in the order in which they are written."""
    found: list[cst.CSTNode] = [*node.posonly_params]
    if isinstance(node.posonly_ind, cst.ParamSlash):
        found.append(node.posonly_ind)
    found.extend(node.params)
    if isinstance(node.star_arg, cst.CSTNode):
        found.append(node.star_arg)
    found.extend(node.kwonly_params)
    if node.star_kwarg is not None:
        found.append(node.star_kwarg)
    return found


def _function_scope(scope: Scope) -> Scope:
    """Functions in a class do not see the names of the class."""
    return next(outer for outer in scope.chain() if not outer.is_class)


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(
        name
        for name in kind.__dataclass_fields__
        if name not in _CLOTHES and not name.startswith(("whitespace", "_"))
    )


_HANDLERS: dict[type[cst.CSTNode], Callable[[Terms, cst.CSTNode], Term]] = {
    cst.AnnAssign: Terms._with_target,
    cst.Arg: Terms._argument,
    cst.AsName: Terms._with_target,
    cst.Assign: Terms._assign,
    cst.Attribute: Terms._attribute,
    cst.AugAssign: Terms._with_target,
    cst.ClassDef: Terms._class,
    cst.CompFor: Terms._with_target,
    cst.ConcatenatedString: Terms._literal,
    cst.Float: Terms._literal,
    cst.For: Terms._with_target,
    cst.FunctionDef: Terms._function,
    cst.Imaginary: Terms._literal,
    cst.Import: Terms._import,
    cst.ImportFrom: Terms._import,
    cst.IndentedBlock: Terms.block,
    cst.Integer: Terms._literal,
    cst.Lambda: Terms._lambda,
    cst.Name: Terms._name,
    cst.NamedExpr: Terms._with_target,
    cst.Param: Terms._parameter,
    cst.Parameters: Terms._parameters,
    cst.SimpleString: Terms._literal,
    cst.SimpleStatementSuite: Terms.block,
    cst.StarredElement: Terms._starred,
    cst.SubscriptElement: Terms._subscript_element,
}
