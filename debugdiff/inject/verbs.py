"""What each verb of a rule does to its place, as edits of the text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from debugdiff.inject import blocks
from debugdiff.inject.arguments import Argument, Arguments
from debugdiff.inject.blocks import Statement
from debugdiff.inject.code import IT, Code, filled, parse_code
from debugdiff.inject.context import read_alike
from debugdiff.inject.edits import Draft, Part, Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.names import expand, is_library
from debugdiff.inject.roles import place_of, statement_of, text_of
from debugdiff.inject.spelling import Speller, is_variable
from debugdiff.inject.tokens import tokens_between
from debugdiff.source import api
from debugdiff.source.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from debugdiff.model import Framework, Verb, VerbValue
    from debugdiff.source.program import File
    from debugdiff.source.roles import Roles

RECEIVER = "receiver"
OPERATORS = frozenset({"+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"})
"""What an operator may become."""
_ACTIVATED = frozenset({"dense", "convolution"})
"""Kinds of layers whose `activation` is of what comes out of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The edits of one rule in one file, and what they are made with."""

    roles: Roles
    file: File
    framework: Framework
    draft: Draft
    speller: Speller


@dataclass(frozen=True)
class Site:
    """A place that verbs are done to."""

    place: Place
    work: Work

    @property
    def file(self) -> File:
        """The file of the place."""
        return self.place.file

    @property
    def node(self) -> ast.AST:
        """The node of the place."""
        return self.place.node

    @property
    def draft(self) -> Draft:
        """The edits so far."""
        return self.work.draft

    @cached_property
    def stretch(self) -> Stretch:
        """The place in the text."""
        return Stretch(*self.file.span(self.node))

    @cached_property
    def statement(self) -> Statement:
        """The statement of the place."""
        return Statement(self.file, self.file.statement(self.node))

    @property
    def line(self) -> int:
        """The line of the place, for messages."""
        return self.place.location.line

    @cached_property
    def arguments(self) -> Arguments:
        """The arguments of the place's call."""
        if not isinstance(self.node, ast.Call):
            raise Unfit(f"line {self.line} has no call there, whose arguments could be changed")
        return Arguments(self.place, self.work.roles.flow)

    def argument(self, name: str) -> Argument | None:
        """An argument of the place's call by its canonical name."""
        return self.arguments.get(name)

    def needed(self, name: str) -> Argument:
        """An argument that has to be written."""
        argument = self.argument(name)
        if argument is None:
            own = self.arguments.own(name)
            raise Unfit(f"`{self.arguments.function}` in line {self.line} is not given `{own}`")
        return argument

    def code(self, text: str, it: Part | None = None) -> list[Part]:
        """The code of a verb, filled in for this place; `$it` is the place, or something else."""
        return fill(parse_code(text), self, it if it is not None else self.stretch)

    def put(self, stretch: Stretch, parts: Sequence[Part]) -> None:
        """Put an expression in the place of one, in parentheses where it needs them."""
        text = self.draft.changed(*parts)
        if not read_alike(self.file, self.node, stretch, text):
            parts = ["(", *parts, ")"]
        self.draft.replace(stretch.start, stretch.end, *parts)

    def spell(self, name: str, *, importing: bool = True) -> str:
        """A library's name as the program writes it there."""
        found = self.work.speller.spell(name, self.node, importing=importing)
        if found is None:
            raise Unfit(f"nothing imported gives `{expand(name)}`")
        return found


def fill(code: Code, site: Site, it: Part) -> list[Part]:
    """The code with the place's text, other roles and library names filled in."""
    values: dict[tuple[int, int], tuple[Part, str]] = {}
    known = _argument_names(site)
    for hole in code.holes(known):
        part = _part_of(hole.name, hole.argument, site, it)
        values[hole.start, hole.end] = part, site.draft.changed(part)
    libraries = code.libraries(lambda name: is_variable(site.file, site.node, name))
    for start, end, name in libraries:
        spelled = site.spell(name)
        values[start, end] = spelled, spelled
    return filled(code, values)


def _argument_names(site: Site) -> frozenset[str]:
    if not isinstance(site.node, ast.Call):
        return frozenset()
    known = site.arguments.api
    names = {argument.name for argument in site.arguments.written} - {"", "*", "**"}
    return frozenset(names if known is None else {*names, *known.args, *known.names})


def _part_of(name: str, argument: str, site: Site, it: Part) -> Part:
    if name != IT:
        return text_of(site.work.roles, name, site.place)
    if not argument:
        return it
    written = site.argument(argument)
    if written is not None:
        return written.stretch
    default = site.arguments.default(argument)
    if default is None:
        site.needed(argument)
    assert default is not None
    return default


def _set(site: Site, value: VerbValue) -> None:
    assert isinstance(value, Mapping)
    if isinstance(site.node, ast.Constant):
        _make_object(site, value)
        return
    for name, text in value.items():
        argument = site.argument(name)
        if argument is not None:
            site.put(argument.stretch, site.code(text, argument.stretch))
        else:
            site.arguments.add(site.draft, name, *site.code(text, _default(site, name, text)))


def _default(site: Site, name: str, text: str) -> str:
    """What a left out argument is without being written."""
    default = site.arguments.default(name)
    if default is None and IT in parse_code(text).names:
        site.needed(name)
    return default or ""


def _make_object(site: Site, value: Mapping[str, str]) -> None:
    """A name in quotes becomes the object that it stands for, with arguments."""
    assert isinstance(site.node, ast.Constant)
    name = _stands_for(site.node.value)
    if name is None:
        raise Unfit(f"line {site.line} has no call there, whose arguments could be changed")
    known = api.known()[name]
    parts: list[Part] = [site.spell(name), "("]
    for index, (argument, text) in enumerate(value.items()):
        own = known.own(argument)
        parts += [", " if index else "", f"{own}=", *site.code(text, known.default.get(own, ""))]
    site.put(site.stretch, [*parts, ")"])


def _stands_for(value: object) -> str | None:
    tables = [api.stands_for(kind) for kind in ("loss", "optimizer")]
    return next(
        (table[value] for table in tables if isinstance(value, str) and value in table), None
    )


def _drop(site: Site, value: VerbValue) -> None:
    assert isinstance(value, tuple)
    for name in value:
        site.arguments.drop(site.draft, site.needed(name))


def _swap(site: Site, value: VerbValue) -> None:
    assert isinstance(value, tuple)
    one, other = (_swapped(site, name) for name in value)
    texts = [site.draft.changed(stretch) for stretch in (one, other)]
    if texts[0] == texts[1]:
        raise Unfit(f"both are the same in line {site.line}")
    site.put(one, [texts[1]])
    site.put(other, [texts[0]])


def _swapped(site: Site, name: str) -> Stretch:
    if not name.isdigit():
        return site.needed(name).stretch
    items = _items(site)
    if int(name) >= len(items):
        raise Unfit(f"line {site.line} has {len(items)} of them, not {int(name) + 1}")
    return items[int(name)]


def _items(site: Site) -> list[Stretch]:
    """The operands, elements or positional arguments of a place."""
    match site.node:
        case ast.BinOp(left=left, right=right):
            nodes = [left, right]
        case ast.Compare(left=left, comparators=others):
            nodes = [left, *others]
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            nodes = elements
        case ast.Call():
            return [argument.stretch for argument in site.arguments.written if not argument.name]
        case _:
            raise Unfit(f"line {site.line} has nothing there that could be swapped")
    return [Stretch(*site.file.span(node)) for node in nodes]


def _become(site: Site, value: VerbValue) -> None:
    assert isinstance(value, str)
    match site.node:
        case ast.Call(func=function):
            _rename(site, value)
            site.put(
                Stretch(*site.file.span(function)),
                [site.spell(value) if is_library(value) else value],
            )
        case ast.BinOp(left=left, right=right) if value in OPERATORS:
            span = site.file.span(left)[1], site.file.span(right)[0]
            token = next(t for t in tokens_between(site.file.text, *span) if t.text in OPERATORS)
            site.draft.replace(token.start, token.end, value)
        case ast.Constant(value=str()) if is_library(value):
            site.put(site.stretch, [_quoted(value) or f"{site.spell(value)}()"])
        case _:
            site.put(site.stretch, site.code(value))


def _rename(site: Site, value: str) -> None:
    """Keywords that the other function calls by another name."""
    old, new = site.arguments.api, api.known().get(expand(value))
    if old is None or new is None:
        return
    canonical = {own: name for name, own in old.names.items()}
    for argument in site.arguments.written:
        own = new.own(canonical.get(argument.name, argument.name))
        if argument.name not in {"", "*", "**", own}:
            site.draft.replace(argument.start, argument.start + len(argument.name), own)


def _quoted(name: str) -> str | None:
    """The string that Keras takes for an object."""
    tables = [api.stands_for(kind) for kind in ("loss", "optimizer")]
    found = (text for table in tables for text, other in table.items() if other == expand(name))
    return next((f'"{text}"' for text in found), None)


def _activate(site: Site, value: VerbValue) -> None:
    assert isinstance(value, str)
    layer = _layer(site)
    if layer is None:
        _apply(site, value)
        return
    written = layer.argument("activation")
    if written is not None:
        layer.draft.replace(written.value_start, written.end, f'"{value}"')
    else:
        layer.arguments.add(layer.draft, "activation", f'"{value}"')


def _layer(site: Site) -> Site | None:
    """The call that makes the layer of a place, if an activation can be given to that."""
    places = [site.place]
    if isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Call):
        places.append(Place(site.file, site.node.func))
    elif site.place in site.work.roles.places("logits"):
        places += [place_of(site.work.roles, "head")]
    for place in places:
        candidate = Site(place, site.work)
        if isinstance(place.node, ast.Call) and place.file is site.file:
            known = candidate.arguments.api
            if known is not None and known.kind in _ACTIVATED and "activation" in known.args:
                return candidate
    return None


def _apply(site: Site, operation: str) -> None:
    """Wrap the values: of the place itself, or of what the layer of the place makes."""
    target = site
    if site.place in site.work.roles.places("head"):
        target = Site(place_of(site.work.roles, "logits"), site.work)
    spellings = api.spellings(site.work.framework, operation)
    if not spellings:
        raise Unfit(f"there is no spelling of `{operation}` for {site.work.framework}")
    given = [text for text in spellings if _is_given(text, target)]
    target.put(target.stretch, target.code([*given, *spellings][0]))


def _is_given(text: str, site: Site) -> bool:
    """Whether all library names of a code are imported already."""
    names = parse_code(text).libraries(lambda _: False)
    return all(site.work.speller.spell(name, site.node, importing=False) for _, _, name in names)


def _wrap(site: Site, value: VerbValue) -> None:
    assert isinstance(value, str)
    _expression(site)
    site.put(site.stretch, site.code(value))


def _unwrap(site: Site, value: VerbValue) -> None:
    assert isinstance(value, str)
    node = site.node
    if value == RECEIVER:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            raise Unfit(f"line {site.line} has no method call there")
        site.put(site.stretch, [Stretch(*site.file.span(node.func.value))])
        return
    written = site.arguments.written
    first = next((argument for argument in written if not argument.name), None)
    inner = site.needed(value) if value else first
    if inner is None:
        raise Unfit(f"`{site.arguments.function}` in line {site.line} is given nothing by position")
    site.put(site.stretch, [inner.stretch])


def _replace(site: Site, value: VerbValue) -> None:
    assert isinstance(value, str)
    if not value.strip():
        _remove(site, value)
    elif isinstance(site.node, ast.expr) and parse_code(value).is_expression:
        site.put(site.stretch, site.code(value.strip()))
    else:
        _whole_statement(site)
        lines = blocks.indented(site.code(value.strip("\n")), site.statement.indent, site.file)
        _, *parts = lines
        site.draft.replace(site.statement.start, site.statement.end, *parts)


def _whole_statement(site: Site) -> None:
    statement = site.statement.node
    if site.node is not statement and getattr(statement, "value", None) is not site.node:
        raise Unfit(f"line {site.line} holds more than what is replaced")
    if site.statement.shares_line:
        raise Unfit(f"line {site.line} holds other statements, too")


def _remove(site: Site, _: VerbValue) -> None:
    node, statement = site.node, site.statement
    if isinstance(node, ast.With) or _is_context(site):
        blocks.take_away_block(site.draft, statement)
    elif node in getattr(statement.node, "decorator_list", []):
        line = site.file.offsets.place(site.stretch.start)[0]
        starts = [site.file.offsets.line_start(number) for number in (line, line + 1)]
        site.draft.replace(starts[0], starts[1])
    else:
        blocks.take_out(site.draft, statement)


def _is_context(site: Site) -> bool:
    """Whether the place is the one manager of a `with`."""
    items = getattr(site.statement.node, "items", [])
    return len(items) == 1 and items[0].context_expr is site.node


def _expression(site: Site) -> None:
    if not isinstance(site.node, ast.expr):
        raise Unfit(f"line {site.line} is a statement, not a value")


def _before(site: Site, value: VerbValue) -> None:
    blocks.put_before(site.draft, site.statement, _lines(site, value))


def _after(site: Site, value: VerbValue) -> None:
    blocks.put_after(site.draft, site.statement, _lines(site, value))


def _first(site: Site, value: VerbValue) -> None:
    blocks.put_first(site.draft, _block(site), site.file, _lines(site, value))


def _last(site: Site, value: VerbValue) -> None:
    blocks.put_last(site.draft, _block(site), site.file, _lines(site, value))


def _lines(site: Site, value: VerbValue) -> list[Part]:
    assert isinstance(value, str)
    return site.code(value.strip("\n"))


def _block(site: Site) -> Sequence[ast.stmt]:
    """The block of a loop or function that is the place; else the block that holds it."""
    own = site.statement.inner() if site.node is site.statement.node else []
    return own or site.statement.block


def _move(site: Site, value: VerbValue) -> None:
    assert isinstance(value, str)
    kind, _, role = value.partition(":")
    if kind == "out":
        target, kind = _loop(site), "after"
    elif role:
        target = Statement(site.file, statement_of(site.work.roles, role, site.file))
    else:
        target = Statement(site.file, site.statement.block[0 if kind == "first" else -1])
        kind = "before" if kind == "first" else "after"
    if target.node is site.statement.node:
        raise Unfit(f"line {site.line} stands there already")
    offset = target.line_start if kind == "before" else _below(target)
    blocks.move(site.draft, site.statement, offset, target.indent)


def _loop(site: Site) -> Statement:
    loop = site.file.loop(site.statement.node)
    if loop is None:
        raise Unfit(f"line {site.line} is in no loop")
    return Statement(site.file, loop)


def _below(statement: Statement) -> int:
    following = statement.file.offsets.line_start(statement.lines[-1] + 1)
    return max(following, statement.line_end)


def _enclose(site: Site, value: VerbValue) -> None:
    assert isinstance(value, str)
    parts = site.code(f"{value.strip()} pass")
    assert isinstance(parts[-1], str)
    header = [*parts[:-1], parts[-1].rstrip().removesuffix("pass").rstrip()]
    blocks.enclose(site.draft, site.statement, header)


VERBS: Mapping[str, Callable[[Site, VerbValue], None]] = {
    "set": _set,
    "drop": _drop,
    "swap": _swap,
    "become": _become,
    "activate": _activate,
    "wrap": _wrap,
    "unwrap": _unwrap,
    "replace": _replace,
    "remove": _remove,
    "before": _before,
    "after": _after,
    "first": _first,
    "last": _last,
    "move": _move,
    "enclose": _enclose,
}
"""Every verb, in the order in which the verbs of a rule are done."""


def do(verb: Verb, site: Site) -> None:
    """Do one verb.

    Raises:
        Unfit: it cannot be done there; says why.
    """
    VERBS[verb.name](site, verb.value)
