"""The roles of programs: what was found and where, with its line, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.report.layout import (
    ABSENT,
    BAD,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    indented,
    legend,
    quiet,
)
from debugdiff.report.text import Text
from debugdiff.source.roles import FACTS, ROLES, Missing
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.report.page import Page
    from debugdiff.source.place import Place
    from debugdiff.source.roles import Roles

_MOST_PLACES = 30
"""Of one role, in a table."""
SCHEMA_VERSION = 1
_LEGEND = (
    "A role with several lines has several places. Nothing is guessed: if the text does not show"
    " a role, the reason is printed instead of the code."
)
_COLUMNS = (
    Column(header="role"),
    Column(header="line", justify="right"),
    Column(header="code", flexible=30),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRoles:
    """One program with its roles, or with the reason why it cannot be read.

    Attributes:
        name: the program's case and name.
        file: its main file.
        wanted: names of the roles to show.
    """

    name: str
    file: str
    roles: Roles | None
    wanted: tuple[str, ...] = field(default_factory=lambda: tuple(ROLES))
    problem: str = ""


def render(programs: Sequence[ProgramRoles], page: Page) -> str:
    """A table per program, and a last one of the facts that a rule may ask for."""
    return page.write(*_sections(programs))


def render_json(programs: Sequence[ProgramRoles]) -> str:
    """The same for a program."""
    found = [_as_json(program) for program in programs]
    return to_json({"schema_version": SCHEMA_VERSION, "programs": found}, indent=2) + "\n"


def known(wanted: Sequence[str], page: Page) -> str:
    """What roles there are, and what a rule may ask of a program."""
    roles = Column(header="role"), Column(header="what it is", flexible=30)
    rows = tuple((Text(name), Text(ROLES[name].meaning)) for name in wanted)
    grids = [Grid(columns=roles, blocks=(Block(rows=rows),))]
    if tuple(wanted) == tuple(ROLES):
        columns = (Column(header="fact"), Column(header="answers", flexible=30))
        facts = ((Text(name), Text(", ".join(fact.answers))) for name, fact in FACTS.items())
        grids.append(Grid(columns=columns, blocks=(Block(rows=tuple(facts)),)))
    return page.write(*grids)


def known_json(wanted: Sequence[str]) -> str:
    """The same for a program."""
    facts = {
        name: {"meaning": fact.meaning, "answers": fact.answers} for name, fact in FACTS.items()
    }
    roles = {name: {"meaning": ROLES[name].meaning} for name in wanted}
    document = {"schema_version": SCHEMA_VERSION, "roles": roles, "facts": facts}
    return to_json(document, indent=2) + "\n"


def _sections(programs: Sequence[ProgramRoles]) -> Iterator[RenderableType]:
    readable = [program for program in programs if program.roles is not None]
    blocks = [block for program in readable for block in _blocks(program)]
    if blocks:
        yield Grid(columns=_COLUMNS, blocks=tuple(blocks))
        yield legend(_LEGEND)
    for program in programs:
        if program.problem:
            yield indented(Text.assemble(("! ", BAD), f"{program.name}: {program.problem}"))


def _blocks(program: ProgramRoles) -> Iterator[Block]:
    assert program.roles is not None
    rows = [row for name in program.wanted for row in _rows(name, program.roles, program.file)]
    yield Block(title=Text(program.name, style=STRONG), rows=tuple(rows))
    if program.wanted == tuple(ROLES):
        facts = tuple((Text(name), Text(), Text(program.roles.fact(name))) for name in FACTS)
        yield Block(title=Text("facts", style=QUIET), rows=facts)


def _rows(name: str, roles: Roles, main: str) -> Iterator[Row]:
    answer = roles.find(name)
    if isinstance(answer, Missing):
        yield (Text(name, style=QUIET), Text(ABSENT, style=QUIET), Text(answer.reason, style=QUIET))
        return
    for index, place in enumerate(answer.places[:_MOST_PLACES]):
        location = place.location
        line = str(location.line)
        where = line if location.file == main else f"{location.file}:{line}"
        yield (Text("" if index else name), Text(where), _code(place))
    more = len(answer.places) - _MOST_PLACES
    if more > 0:
        yield (Text(), Text(), quiet(f"... and {more} more: --json has all of them"))


def _code(place: Place) -> Text:
    """The first line of the place's text, in its whole line."""
    offsets, number = place.file.offsets, place.location.line
    line = place.file.text[offsets.line_start(number) : offsets.line_end(number)]
    text, (first, *more) = line.strip(), split_lines(place.text)
    start = text.find(first.strip())
    shown = Text(text + (" ..." if more else ""), style=QUIET)
    if start >= 0:
        shown.stylize("not dim", start, start + len(first.strip()))
    return shown


def _as_json(program: ProgramRoles) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"name": program.name, "file": program.file}
    if program.roles is None:
        return shown | {"problem": program.problem}
    facts = {name: program.roles.fact(name) for name in FACTS}
    roles = {name: _role_json(name, program.roles) for name in program.wanted}
    return shown | {"facts": facts, "roles": roles}


def _role_json(name: str, roles: Roles) -> Mapping[str, Any]:
    answer = roles.find(name)
    meaning = ROLES[name].meaning
    if isinstance(answer, Missing):
        return {"meaning": meaning, "places": [], "missing": answer.reason}
    places = [_place_json(place) for place in answer.places]
    return {"meaning": meaning, "places": places, "missing": None}


def _place_json(place: Place) -> Mapping[str, Any]:
    location = place.location
    start, _ = place.file.span(place.node)
    return {
        "file": location.file,
        "line": location.line,
        "column": place.file.offsets.place(start)[1],
        "code": place.text,
    }
