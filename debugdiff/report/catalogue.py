"""The page `docs/bugs.md`: every bug, what is missing, and the literature's operators."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Symptom
from debugdiff.verdict import recall
from debugdiff.visible import visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.bugs import Operator, OperatorSet
    from debugdiff.model import Bug
    from debugdiff.verdict import HeldOut

_NOTHING = "-"
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_HEAD = """# The bugs

<!-- Written by `debugdiff bugs docs`; edit the bugs, and write it again. -->

What each bug is expected to do, written down before its first run. `debugdiff bugs show ID` shows
what it changes and what the frameworks report. *prevented* means that the bug cannot be written in
a framework, for [these reasons](#prevented). [adding-a-bug.md](adding-a-bug.md) explains how to
add one.
"""


_MISSING = """## Missing

Public bugs that no rule here can write. Their threads were drawn before anyone compared them with
the catalogue ([claims/recall.toml](../claims/recall.toml) lists them, and says how they were
drawn). Adding a bug because of this list does not change the figures: only a new list could show
an effect.
"""


def render(bugs: Sequence[Bug], sets: Sequence[OperatorSet], held_out: HeldOut) -> str:
    """The page in Markdown."""
    parts = [_HEAD, *_counts(bugs), *_categories(bugs), *_prevented(bugs), *_missing(held_out)]
    for each in sets:
        parts += _operators(each, bugs)
    return visible("\n".join(parts)) + "\n"


def _counts(bugs: Sequence[Bug]) -> Iterator[str]:
    both = sum(len(bug.frameworks) == len(Framework) for bug in bugs)
    silent = sum(Symptom.SILENT in bug.symptom.values() for bug in bugs)
    yield f"{len(bugs)} bugs, {both} of them in both frameworks, {silent} expected to be silent."
    yield ""
    yield "| symptom | " + " | ".join(Framework) + " |"
    yield "|---|" + "---:|" * len(Framework)
    counts = {each: Counter(bug.symptom.get(each) for bug in bugs) for each in Framework}
    for symptom in Symptom:
        figures = [counts[each][symptom] for each in Framework]
        if any(figures):
            yield f"| {symptom} | " + " | ".join(map(str, figures)) + " |"
    prevented = [sum(each in bug.not_expressible for bug in bugs) for each in Framework]
    yield "| prevented | " + " | ".join(map(str, prevented)) + " |"
    yield ""


def _categories(bugs: Sequence[Bug]) -> Iterator[str]:
    for category in dict.fromkeys(bug.category for bug in bugs):
        yield f"## {category}"
        yield ""
        yield "| id | title | " + " | ".join(Framework) + " | difficulty | taxonomy |"
        yield "|---|---|" + "---|" * len(Framework) + "---:|---|"
        yield from (_row(bug) for bug in bugs if bug.category == category)
        yield ""


def _row(bug: Bug) -> str:
    identity = _prose(bug.id)
    cells = [
        f"[{identity.partition('/')[2]}](../injected_bugs/{identity}.toml)",
        _prose(bug.title),
        *(_expected(bug, framework) for framework in Framework),
        str(bug.difficulty),
        "<br>".join(map(_prose, bug.taxonomy)) or _NOTHING,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _prose(text: str) -> str:
    """A text on one line, in which no HTML is anything but text."""
    return _TAG.sub("&lt;", visible_line(text))


def _expected(bug: Bug, framework: Framework) -> str:
    if framework in bug.not_expressible:
        return "prevented"
    return str(bug.symptom.get(framework, _NOTHING))


def _prevented(bugs: Sequence[Bug]) -> Iterator[str]:
    yield "## Prevented"
    yield ""
    yield "Bugs that cannot be written in a framework. This is the best outcome for its user."
    yield ""
    for bug in bugs:
        for framework, reason in bug.not_expressible.items():
            yield f"* **{_prose(bug.id)}**, {framework}: {_prose(' '.join(reason.split()))}"
    yield ""


def _missing(held_out: HeldOut) -> Iterator[str]:
    """Gaps that occur twice, or that one framework alone allows; the most frequent first."""
    yield _MISSING
    yield from (f"* The catalogue can write {recall(held_out, each)}." for each in Framework)
    yield ""
    yield "| bug | " + " | ".join(Framework) + " | only in |"
    yield "|---|" + "---:|" * len(Framework) + "---|"
    counts = {gap: held_out.counts(gap) for gap in held_out.gap}
    listed = [gap for gap in counts if gap.born or sum(counts[gap].values()) > 1]
    for gap in sorted(listed, key=lambda gap: -sum(counts[gap].values())):
        figures = (str(counts[gap][each]) for each in Framework)
        yield f"| {_prose(gap.title)} | {' | '.join(figures)} | {gap.born or _NOTHING} |"
    yield ""
    yield f"{len(counts) - len(listed)} more occur once each."
    yield ""


def _operators(operators: OperatorSet, bugs: Sequence[Bug]) -> Iterator[str]:
    covered = {each.id: _covering(operators.tool, each, bugs) for each in operators.operator}
    count = sum(map(bool, covered.values()))
    yield f"## {operators.tool}"
    yield ""
    yield f"[{operators.source}]({operators.link}). {operators.note}"
    yield ""
    yield f"{count} of {len(covered)} operators are covered."
    yield ""
    yield "| operator | name | bugs |"
    yield "|---|---|---|"
    for each in operators.operator:
        yield f"| {each.id} | {each.name} | {_answer(each, covered[each.id])} |"
    yield ""


def _covering(tool: str, operator: Operator, bugs: Sequence[Bug]) -> list[str]:
    wanted = f"{tool}: {operator.id}"
    return [
        bug.id
        for bug in bugs
        if any(term == wanted or term.startswith(f"{wanted} ") for term in bug.taxonomy)
    ]


def _answer(operator: Operator, bugs: Sequence[str]) -> str:
    if bugs:
        return ", ".join(bugs)
    return f"does not apply: {operator.unfit}" if operator.unfit else "not covered yet"
