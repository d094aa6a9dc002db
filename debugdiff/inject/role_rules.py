"""From a rule at roles to the changed text: which places are meant, and what is done there."""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.inject.blocks import newline_of
from debugdiff.inject.changes import Change
from debugdiff.inject.code import LAYER
from debugdiff.inject.edits import Draft, Result
from debugdiff.inject.fresh import fresh, living_names
from debugdiff.inject.guards import (
    ABSENT,
    NUMBER,
    PRESENT,
    check_needs,
    has_arguments,
    is_where,
)
from debugdiff.inject.honest import artefact
from debugdiff.inject.misfits import Misfit, Unfit
from debugdiff.inject.roles import places_of, roles_of
from debugdiff.inject.site import Site, Work
from debugdiff.inject.spelling import Speller
from debugdiff.inject.verbs import do, names_of
from debugdiff.source.normal import has_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Framework, Implementation, InjectRule, RoleEdit
    from debugdiff.source.place import Place
    from debugdiff.source.program import File
    from debugdiff.source.roles import Roles


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange:
    """What a rule made of one file.

    Attributes:
        before: the file's text with the imports that the rule added, which are no defect.
        role, places: the rule's own, where something was done.
    """

    roles: Roles
    role: str
    file: File
    result: Result
    before: str
    places: tuple[Place, ...]


def apply(rule: InjectRule, implementation: Implementation) -> Change | Misfit:
    """Do what a rule says at the roles of a program, all of it or nothing, in one of its files."""
    roles = roles_of(implementation)
    if roles is None:
        return Misfit(reason="the program does not parse")
    made = _made(rule, roles, implementation.framework)
    return made if isinstance(made, Misfit) else _checked(rule, made)


def everywhere(rule: InjectRule, implementation: Implementation) -> Iterator[Change]:
    """What a rule can do in a program, one place of its own role at a time.

    A rule for every place of a role is one fault, and `nth` is no part of the fault.
    """
    roles = roles_of(implementation)
    if roles is None:
        return
    with suppress(Unfit):
        check_needs(rule, roles)
        for file in _files(rule, roles):
            for one in _one_by_one(rule, roles, file):
                with suppress(Unfit):
                    work = _work(one, roles, file, implementation.framework)
                    change = _checked(one, _changed(one, work))
                    if isinstance(change, Change):
                        yield change


def _one_by_one(rule: InjectRule, roles: Roles, file: File) -> Iterator[InjectRule]:
    own, *others = rule.edits
    if own.every:
        yield rule
        return
    for nth in range(sum(place.file is file for place in _meant(rule, roles))):
        yield replace(rule, edits=(replace(own, nth=nth), *others))


def _checked(rule: InjectRule, made: RoleChange) -> Change | Misfit:
    """What was made, if it changes something and breaks nothing by its own text."""
    after = made.result.text
    if after == made.before:
        lines = ", ".join(str(place.location.line) for place in made.places)
        return Misfit(reason=f"line {lines} is written like that already")
    problem = artefact(made.before, after, rule.allow)
    if problem:
        return Misfit(reason=problem)
    return Change(file=made.file.name, before=made.before, after=after, at_roles=made)


def _made(rule: InjectRule, roles: Roles, framework: Framework) -> RoleChange | Misfit:
    try:
        check_needs(rule, roles)
        files = _files(rule, roles)
    except Unfit as unfit:
        return Misfit(reason=str(unfit))
    misfits = []
    for file in files:
        try:
            return _changed(rule, _work(rule, roles, file, framework))
        except Unfit as unfit:
            misfits.append(Misfit(reason=str(unfit)))
    return misfits[0]


def _files(rule: InjectRule, roles: Roles) -> Sequence[File]:
    """Files that have the rule's own role: all edits of a rule are in one file."""
    places = _meant(rule, roles)
    return list(dict.fromkeys(place.file for place in places))


def _meant(rule: InjectRule, roles: Roles) -> Sequence[Place]:
    """The places of the rule's own role that are where the rule wants them."""
    role = rule.edits[0].at
    places = [place for place in places_of(roles, role) if is_where(rule, place)]
    if not places:
        raise Unfit(f"the {role} of this program is in a part that the bug is not about")
    return sorted(places, key=lambda place: _order(place, roles.program.main))


def _order(place: Place, main: str) -> tuple[bool, str, tuple[int, int]]:
    """The main file first, then by the text."""
    return place.file.name != main, place.file.name, place.file.span(place.node)


def _work(rule: InjectRule, roles: Roles, file: File, framework: Framework) -> Work:
    return Work(
        roles=roles,
        file=file,
        framework=framework,
        draft=Draft(file.text),
        speller=Speller(file),
        renamed=_renamed(rule, roles, file),
    )


def _renamed(rule: InjectRule, roles: Roles, file: File) -> dict[str, str]:
    """New names for what the rule's code binds and the program has where it would be bound."""
    own = {name for edit in rule.edits for verb in edit.verbs for name in names_of(verb)}
    if not own:
        return {}
    lines = [
        place.location.line
        for edit in rule.edits
        for place in roles.places(edit.at)
        if place.file is file
    ]
    taken = frozenset[str]().union(*(living_names(file, line) for line in lines))
    return {name: fresh(name, taken) for name in own & taken}


def _changed(rule: InjectRule, work: Work) -> RoleChange:
    own, *others = rule.edits
    places = [place for place in _meant(rule, work.roles) if place.file is work.file]
    done = _edit(own, places, work)
    for edit in others:
        _edit(edit, [p for p in places_of(work.roles, edit.at) if p.file is work.file], work)
    before = _with_imports(work)
    return RoleChange(
        roles=work.roles,
        role=own.at,
        file=work.file,
        result=work.draft.result(),
        before=before,
        places=tuple(done),
    )


def _edit(edit: RoleEdit, places: Sequence[Place], work: Work) -> list[Place]:
    """Do an edit at the places that it means; the places."""
    if not places:
        raise Unfit(f"`{edit.at}` is in another file")
    fitting = [place for place in places if has_arguments(edit, Site(place, work))]
    if not fitting:
        raise Unfit(_without(edit, places[0]))
    if edit.nth is not None:
        if not -len(fitting) <= edit.nth < len(fitting):
            raise Unfit(f"there are only {len(fitting)} places for `{edit.at}` in this program")
        fitting = [fitting[edit.nth]]
    done, reasons = [], []
    for place in fitting:
        count = len(work.draft.edits)
        try:
            _check_place(place)
            for verb in edit.verbs:
                do(verb, Site(place, work))
        except Unfit as unfit:
            del work.draft.edits[count:]
            reasons.append(unfit)
            continue
        done.append(place)
        if not edit.every:
            break
    if not done:
        raise reasons[0]
    return done


def _check_place(place: Place) -> None:
    """Python says wrongly where the code of an f-string stands."""
    if any(isinstance(node, ast.JoinedStr) for node in place.file.up(place.node)):
        raise Unfit(f"line {place.location.line} has it inside of an f-string")


def _without(edit: RoleEdit, place: Place) -> str:
    """Which of the things that an edit asks for a place may lack."""
    lacks = [_lack(name.removeprefix(f"{LAYER}."), value) for name, value in edit.has.items()]
    return f"line {place.location.line} {', or '.join(lacks)}"


def _lack(name: str, value: str) -> str:
    if name == LAYER:
        return f"applies no {value}"
    words = {
        PRESENT: f"is not given `{name}`",
        ABSENT: f"is given `{name}`",
        NUMBER: f"is given no number for `{name}`",
    }
    return words.get(value, f"does not have `{name}={value}`")


def _with_imports(work: Work) -> str:
    """Add the imports that library names need; the text of before with them."""
    if not work.speller.added:
        return work.file.text
    newline = newline_of(work.file.text)
    offset = _behind_imports(work.file)
    lines = [*work.speller.added.values()]
    parts = [newline + line for line in lines] if offset else [line + newline for line in lines]
    work.draft.insert(offset, *parts)
    alone = Draft(work.file.text)
    alone.insert(offset, *parts)
    return alone.result().text


def _behind_imports(file: File) -> int:
    """The end of the line of the last import at the top of a file; its start without one."""
    last: ast.stmt | None = None
    for index, node in enumerate(file.tree.body):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            last = node
        elif index or not has_docstring(file.tree):
            break
    if last is None and has_docstring(file.tree):
        last = file.tree.body[0]
    return file.offsets.line_end(last.end_lineno or last.lineno) if last is not None else 0
