"""What changed between two reports, as a table with the words that differ, and as JSON."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from debugdiff.changes import Kind
from debugdiff.changes.words import word_diff
from debugdiff.files import to_json
from debugdiff.report.junit import JUnitTest, Problem, junit
from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
    QUIET,
    Block,
    Column,
    Grid,
    count_of,
    indented,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from debugdiff.changes import Change, Changes
    from debugdiff.changes.comparing import Sighting
    from debugdiff.report.layout import Row
    from debugdiff.report.page import Page

SCHEMA_VERSION = 1
_STYLES = {
    Kind.SILENT: BAD,
    Kind.WORSE: BAD,
    Kind.REPORTED: GOOD,
    Kind.BETTER: GOOD,
    Kind.MIXED: LOUD,
}
_COLUMNS = (
    Column(header=""),
    Column(header="bug", flexible=24),
    Column(header="program", flexible=20),
    Column(header="before and after", flexible=30),
)
_FAILING = {Kind.SILENT, Kind.WORSE, Kind.MIXED}
_NOTHING_NEW = {Kind.SAME, Kind.VARIES, Kind.NOT_COMPARABLE}


def render(found: Changes, page: Page, *, every: bool = False) -> str:
    """The counts, and each fault that is reported in another way.

    Args:
        found: the comparison.
        page: the page to write on.
        every: whether faults that cannot be compared, or that vary by themselves, have a row.
    """
    hidden = {Kind.SAME} if every else _NOTHING_NEW
    shown = [change for change in found.changes if change.kind not in hidden]
    blocks = tuple(
        Block(rows=tuple(map(_row, of_kind)), title=Text(kind, style=_STYLES.get(kind, "")))
        for kind in Kind
        if (of_kind := [change for change in shown if change.kind is kind])
    )
    return page.write(
        *map(Text, _versions(found.before, found.after)),
        Text(_counts(found)),
        *([Grid(columns=_COLUMNS, blocks=blocks)] if blocks else []),
        *_texts(shown),
        indented(quiet(_LEGEND)),
        title="debugdiff compare",
    )


_LEGEND = (
    "Better and worse are by the figures D1, D3.best, D4, D5.reachable, D6, D7 and D8, which"
    " docs/metrics.md explains. Addresses, folders, versions and counters of names are left out of"
    " the comparison of messages."
)


def _versions(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    names = sorted({*before, *after})
    changed = [name for name in names if before.get(name) != after.get(name)]
    moved = [f"{name} {before.get(name, '–')} → {after.get(name, '–')}" for name in changed]  # noqa: RUF001
    same = [f"{name} {before[name]}" for name in names if name not in changed]
    yield f"Changed: {', '.join(moved) or 'no version'}. The same: {', '.join(same) or 'none'}."


def _counts(found: Changes) -> str:
    counts = [f"{found.counts[kind]} {kind}" for kind in Kind if found.counts[kind]]
    return f"{count_of(len(found.changes), 'fault')}: {', '.join(counts)}."


def _row(change: Change) -> Row:
    style = _STYLES.get(change.kind, "")
    mode = "" if change.mode == "default" else f" ({change.mode})"
    return (
        Text(change.kind.mark, style=style),
        Text(change.bug),
        Text(f"{change.case}/{change.implementation}{mode}"),
        Text(_said(change)),
    )


def _said(change: Change) -> str:
    """How it ended on both sides, the figures that differ, or why it cannot be compared."""
    if change.reason:
        return change.reason
    ends = [_ending(each) for each in (change.before, change.after)]
    parts = [" → ".join(dict.fromkeys(ends))]
    parts += [f"{name} {old:.4g} → {new:.4g}" for name, (old, new) in change.differing.items()]
    return ", ".join(parts)


def _ending(sighting: Sighting) -> str:
    return sighting.type or "silent"


def _texts(shown: list[Change]) -> Iterator[RenderableType]:
    """Each message that differs, once, with the programs in which it does."""
    by_text: dict[tuple[str, str], list[str]] = {}
    for change in shown:
        before, after = change.before.message, change.after.message
        if before != after and not change.reason:
            name = f"{change.bug} in {change.case}/{change.implementation}"
            by_text.setdefault((before, after), []).append(name)
    for (before, after), names in by_text.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield Text(f"{names[0]}{more}:", style=QUIET)
        yield indented(_worded(before, after))


def _worded(before: str, after: str) -> Text:
    """The words of two messages, `[-what went-]` and `{+what came+}`."""
    forms = {"-": ("[-", "-]", BAD), "+": ("{+", "+}", GOOD), " ": ("", "", "")}
    text = Text()
    for sign, words in word_diff(before, after):
        opening, closing, style = forms[sign]
        text.append(f"{opening}{words}{closing} ", style=style)
    return text


def render_json(found: Changes) -> str:
    """All of it, for a program."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "before": dict(found.before),
        "after": dict(found.after),
        "counts": {kind.value: found.counts[kind] for kind in Kind},
        "changes": found.changes,
    }
    return to_json(content, indent=2) + "\n"


def render_junit(found: Changes) -> str:
    """A test per bug and program, in a suite per case; it fails where the bug is reported worse."""
    suites: dict[str, list[JUnitTest]] = defaultdict(list)
    for change in found.changes:
        suites[change.case].append(_test(change))
    return junit(suites)


def _test(change: Change) -> JUnitTest:
    mode = "" if change.mode == "default" else f", mode {change.mode}"
    name = f"{change.bug} in {change.implementation}{mode}, seed {change.seed}"
    if change.kind in _FAILING:
        texts = f"before: {change.before.message}\n\nafter: {change.after.message}"
        return JUnitTest(
            name=name,
            problem=Problem.FAILURE,
            kind=change.kind,
            message=f"{change.kind}: {_said(change)}",
            text=texts if change.before.message != change.after.message else "",
        )
    skipped = change.kind in {Kind.NOT_COMPARABLE, Kind.VARIES}
    problem = Problem.SKIPPED if skipped else None
    return JUnitTest(name=name, problem=problem, message=change.reason if skipped else "")
