"""One bug in full, for a user and for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.cli.views import document
from debugdiff.report.json import outcome
from debugdiff.report.layout import (
    BAD,
    GOOD,
    QUIET,
    STRONG,
    Verbatim,
    heading,
    indented,
    quiet,
)
from debugdiff.report.text import Text
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.campaign.bug_story import BugStory, Telling
    from debugdiff.model import Bug, Example
    from debugdiff.report import Page

_CHANGES = {"-": BAD, "+": GOOD}


def story_json(story: BugStory) -> str:
    """The bug with everything that its TOML says, and its tellings."""
    return document("stories", [{"bug": story.bug, "tellings": list(map(_plain, story.tellings))}])


def _plain(telling: Telling) -> dict[str, Any]:
    attempt = telling.attempt
    return {
        "framework": telling.framework,
        "mutant": telling.mutant,
        "places": telling.places,
        "result": attempt.result if attempt else None,
        "outcome": outcome(attempt) if attempt else None,
        "symptom": telling.symptom,
    }


def story(found: BugStory, page: Page) -> str:
    """The bug for a user."""
    return page.write(*_story(found))


def _story(found: BugStory) -> Iterator[RenderableType]:
    bug = found.bug
    yield heading(bug.id)
    yield indented(Text(bug.title, style=STRONG))
    for text in (bug.story, bug.explanation):
        yield indented(Text(text.strip()))
    yield indented(quiet(f"Difficulty {bug.difficulty} of 5."))
    for number, hint in enumerate(bug.hints, start=1):
        yield indented(Text.assemble((f"Hint {number}: ", QUIET), hint))
    for telling in found.tellings:
        yield from _telling(bug, telling)
    if bug.not_here:
        yield heading("Programs that have no place for it")
        for programs, reason in bug.not_here.items():
            yield indented(Text.assemble((f"{programs}: ", QUIET), reason))
    yield heading("References")
    yield from (indented(quiet(line)) for line in (*bug.taxonomy, *bug.references, str(bug.path)))


def _telling(bug: Bug, telling: Telling) -> Iterator[RenderableType]:
    framework = telling.framework
    yield heading(f"In {framework}")
    reason = bug.not_expressible.get(framework)
    if reason:
        yield indented(Text.assemble(("Cannot be written: ", GOOD), reason))
        return
    if framework not in bug.symptom:
        yield indented(quiet("The bug has no rule for this framework."))
        return
    fits, looked_at = telling.places
    expected = f"Expected: {bug.symptom[framework]}. Fits {fits} of {looked_at} programs."
    yield indented(quiet(expected))
    yield from _change(bug, telling)
    yield from _said(bug, telling)


def _change(bug: Bug, telling: Telling) -> Iterator[RenderableType]:
    if telling.mutant is not None:
        lines = split_lines(telling.mutant.diff)
        yield from (_line(line) for line in lines)
        return
    examples = [each for each in bug.examples if each.framework is telling.framework]
    for example in examples[:1]:
        yield indented(quiet("Its first example:"))
        yield from _example(example)


def _line(line: str) -> Verbatim:
    return Verbatim(text=Text(f"  {line}", style=_CHANGES.get(line[:1], QUIET)))


def _example(example: Example) -> Iterator[RenderableType]:
    for sign, text in (("-", example.before), ("+", example.after)):
        yield from (_line(f"{sign} {line}") for line in split_lines(text.strip("\n")))


def _said(bug: Bug, telling: Telling) -> Iterator[RenderableType]:
    if telling.mutant is None:
        return
    if telling.attempt is None:
        command = f"debugdiff run {telling.mutant.case} --bug {bug.id}"
        yield indented(quiet(f"Not in the store. To see what it does: {command}"))
        return
    verdict = telling.attempt.verdict
    seen = f", {telling.symptom}" if telling.symptom else ""
    yield indented(Text(f"Seen: {verdict.outcome}{seen}. {verdict.reason}"))
    yield from (
        Verbatim(text=Text(f"    {line}", style=STRONG)) for line in telling.said.splitlines()
    )
