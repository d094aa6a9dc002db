"""Patterns: Python code with metavariables, parsed.

`$x` stands for one expression, `$*x` for any run of arguments, elements, parameters or (on a line
of its own) statements, `$_` and `$*_` for anything. A metavariable that stands twice must be the
same code twice. A `$` inside a string or a comment is an ordinary character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from debugdiff.inject.build import module_terms
from debugdiff.inject.names import is_library
from debugdiff.inject.terms import ONE, ONE_PREFIX, RUN, RUN_PREFIX, Term
from debugdiff.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_Result = TypeVar("_Result")

ANONYMOUS = "_"
"""Metavariables whose stored name starts with it followed by a digit bind nothing of use."""

_TOKENS = re.compile(
    r"""
    (?P<other> [rbfuRBFU]{0,2} (?: \"\"\"(?:\\.|[^\\])*?\"\"\" | '''(?:\\.|[^\\])*?'''
                                 | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' ) | \#[^\n]* )
    | (?P<own_line> (?<![^\n]) [ \t]* \$\*[A-Za-z_]\w* (?=[ \t]*(?:\#[^\n]*)?(?:\n|\Z)) )
    | (?P<run> \$\*[A-Za-z_]\w* )
    | (?P<one> \$[A-Za-z_]\w* )
    """,
    re.VERBOSE | re.DOTALL,
)

_PARAMETERS = re.compile(r"\bdef\s+[$\w]+\s*\((?:[^()]|\([^()]*\))*\)")
"""From `def` to the end of the parameters; defaults may be calls."""


class PatternError(Exception):
    """A pattern is not Python. Lines count from 1 and columns from 0, in the pattern's text."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A parsed pattern or replacement.

    Attributes:
        statements: its terms.
        module: its tree, for rendering.
        metavariables: the names it binds; `$_` is none.
        anonymous: whether it has a `$_` or `$*_`.
        words: texts that a program must hold for a match to be possible.
    """

    text: str
    module: cst.Module
    statements: tuple[Term, ...]
    metavariables: frozenset[str]
    anonymous: bool
    words: frozenset[str]

    @property
    def expression(self) -> Term | None:
        """The one expression that the pattern consists of; `None` if it is made of statements."""
        if len(self.statements) != 1 or self.statements[0].kind != "Expr":
            return None
        value = self.statements[0].child("value")
        return value if isinstance(value, Term) else None


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Parse a pattern.

    Raises:
        PatternError: it is not Python once its metavariables are names.
    """
    module = _parsed(text, _tree)
    built = module_terms(module)
    names = {term.value for term in walk(built.statements) if term.kind in {ONE, RUN}}
    return Pattern(
        text=text,
        module=module,
        statements=built.statements,
        metavariables=frozenset(filter(named, names)),
        anonymous=not all(map(named, names)),
        words=frozenset(word for term in _literal(built.statements) for word in _words(term)),
    )


def python_text(text: str) -> str:
    """A pattern's text with names in the place of its metavariables.

    Raises:
        PatternError: it is not Python then.
    """
    return _parsed(text, _checked)


def _parsed(text: str, parse: Callable[[str], _Result]) -> _Result:
    dedented, margin = _dedented(text)
    source, places = _stand_ins(dedented)
    try:
        return parse(source)
    except SyntaxError as error:
        line, column = _original(dedented, source, error, places)
        raise PatternError(error.msg, line, column + margin) from error


def named(metavariable: str) -> bool:
    """Whether a stored metavariable has a name of its own (`$_` gets a number)."""
    return re.fullmatch(r"_\d+", metavariable) is None


def walk(terms: tuple[Term, ...]) -> Iterator[Term]:
    """Every term below some terms, outermost first."""
    for term in terms:
        yield term
        for _, part in term.children:
            yield from walk((part,) if isinstance(part, Term) else part)


def _literal(terms: tuple[Term, ...]) -> Iterator[Term]:
    """The outermost dotted names, and every plain name that is not part of one."""
    for term in terms:
        if term.kind == "Name" or term.dotted:
            yield term
            continue
        for _, part in term.children:
            yield from _literal((part,) if isinstance(part, Term) else part)


def _words(term: Term) -> list[str]:
    dotted = term.dotted or term.value
    parts = dotted.split(".")
    return parts[-1:] if is_library(dotted) else parts


def _dedented(text: str) -> tuple[str, int]:
    """The text without common indentation, and how wide that was."""
    lines = text.rstrip().split("\n")
    filled = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return "\n".join(line[margin:] if line.strip() else "" for line in lines) + "\n", margin


def _stand_ins(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Python with reserved names for the metavariables; pairs of (new offset, old offset)."""
    pieces: list[str] = []
    places = [(0, 0)]
    position = length = 0
    tokens = list(_TOKENS.finditer(text))
    bare = set(_without_star(text, tokens))
    for count, token in enumerate(tokens):
        if token["other"]:
            continue
        name = _stand_in(token, count, star=token.start() not in bare)
        pieces += [text[position : token.start()], name]
        length += token.start() - position
        places.append((length, token.start()))
        length += len(name)
        position = token.end()
        places.append((length, position))
    return "".join([*pieces, text[position:]]), places


def _without_star(text: str, tokens: Sequence[re.Match[str]]) -> Iterator[int]:
    """Offsets of the runs among parameters that cannot be `*run`: Python has one star for each."""
    for header in _PARAMETERS.finditer(text):
        mine = [token for token in tokens if header.start() <= token.start() < header.end()]
        written = re.sub(r"\$\*", "", header[0])
        runs = [token.start() for token in mine if token["run"]]
        yield from runs if re.search(r"[(,]\s*\*(?!\*)", written) else runs[1:]


def _stand_in(token: re.Match[str], count: int, *, star: bool) -> str:
    text = token[0]
    name = text.lstrip(" \t$*")
    name = f"_{count}" if name == ANONYMOUS else name
    if token["own_line"]:
        return text[: len(text) - len(text.lstrip())] + RUN_PREFIX + name
    if token["run"]:
        return ("*" if star else "") + RUN_PREFIX + name
    return ONE_PREFIX + name


def _checked(source: str) -> str:
    """The text itself; `SyntaxError`, with Python's own wording and place, if it is not Python."""
    parse(source)
    return source


def _tree(source: str) -> cst.Module:
    _checked(source)
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        place = ("", error.raw_line, error.raw_column + 1, "")
        raise SyntaxError("not Python that libcst can read", place) from error


def _original(
    text: str, source: str, error: SyntaxError, places: list[tuple[int, int]]
) -> tuple[int, int]:
    """Where an error in the stand-in text stands in the pattern: line and column."""
    lines = source.split("\n")
    line = min(error.lineno or 1, len(lines))
    offset = sum(len(text) + 1 for text in lines[: line - 1]) + max((error.offset or 1) - 1, 0)
    new, old = max(pair for pair in places if pair[0] <= offset)
    offset = min(old + offset - new, len(text))
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1)
