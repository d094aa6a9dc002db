"""What runs say of a bug: where it is effective, whether as expected, and what that cost."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.model import UNCHANGED, Outcome, ProgramEnd, Symptom
from debugdiff.report.layout import count_of
from debugdiff.score.symptom import symptom_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Attempt, Bug, Framework, Record, Report

_RAN = (Outcome.EFFECTIVE, *UNCHANGED, Outcome.UNMEASURED)
_SHOWN = 3


def effects(bug: Bug, report: Report) -> tuple[CheckLine, ...]:
    """Per framework what became of the bug and how it showed itself; what its runs cost."""
    mine = [
        each for each in report.attempts if each.bug.id == bug.id and each.verdict.outcome in _RAN
    ]
    lines: list[CheckLine] = []
    for framework in sorted({each.stack.framework for each in mine}):
        ran = [each for each in mine if each.stack.framework is framework]
        lines.append(_effect(bug, framework, ran, report))
        lines.extend(_symptom(bug, framework, ran))
    return (*lines, _anywhere(bug, mine), _cost(bug, mine))


def _effect(bug: Bug, framework: Framework, ran: Sequence[Attempt], report: Report) -> CheckLine:
    """No change is a finding and no fault of the bug; a run that tells nothing fails the check."""
    counts = Counter(each.verdict.outcome for each in ran)
    unmeasured = [each for each in ran if not each.measured]
    problems = list(dict.fromkeys(_why(each, report) for each in unmeasured))
    counted = [f"{outcome} in {counts[outcome]}" for outcome in _RAN if counts[outcome]]
    unchanged = [each for each in ran if each.verdict.outcome in UNCHANGED]
    detail = ", ".join(counted) + (f" ({_few(unchanged)})" if unchanged else "")
    return check_line(bug.id, f"{framework} effect", problems, detail)


def _why(attempt: Attempt, report: Report) -> str:
    """Why there is no measurement: what held the trial up, if the campaign knows."""
    name = attempt.implementation.key
    held_up = [why for why in report.not_run.values() if f"{name} " in f"{why} "]
    return held_up[0] if held_up else f"{name}: {attempt.verdict.reason}"


def _symptom(bug: Bug, framework: Framework, ran: Sequence[Attempt]) -> Iterator[CheckLine]:
    """As expected, if no other symptom was seen more often."""
    seen = {each: symptom for each in ran if (symptom := symptom_of(each))}
    expected = bug.symptom.get(framework)
    if not seen or expected is None or expected is Symptom.STATIC:
        return
    counts = Counter(seen.values())
    shown = ", ".join(f"{symptom} in {count}" for symptom, count in counts.most_common())
    most = max(counts.values())
    problems = [] if counts[expected] == most else [f"{shown}; {expected} is expected"]
    others = [each for each, symptom in seen.items() if symptom is not expected]
    detail = shown + (f" (others: {_few(others)})" if others else "")
    yield check_line(bug.id, f"{framework} symptom", problems, detail)


def _anywhere(bug: Bug, ran: Sequence[Attempt]) -> CheckLine:
    effective = sum(each.effective for each in ran)
    problems = [] if effective else ["it changes nothing anywhere, or was not run"]
    return check_line(bug.id, "effective", problems, f"{effective} of {len(ran)}")


def _cost(bug: Bug, ran: Sequence[Attempt]) -> CheckLine:
    """What its runs took; beside it, as a median, how that compares to the clean programs."""
    records = [result.record for each in ran for result in each.trials.values()]
    took = f"{sum(each.seconds for each in records):.1f} s in {count_of(len(records), 'trial')}"
    pairs = list(_beside_clean(ran))
    if not pairs:
        return check_line(bug.id, "cost", [], took)
    slower = median(mine.seconds / clean.seconds for mine, clean in pairs)
    larger = median(mine.peak_memory / clean.peak_memory for mine, clean in pairs)
    beside = f"{slower:.1f} times the clean runs' seconds, {larger:.2f} times their peak memory"
    return check_line(bug.id, "cost", [], f"{took}; {beside}")


def _beside_clean(ran: Sequence[Attempt]) -> Iterator[tuple[Record, Record]]:
    """Runs with the bug that ended well, without probes, each with the clean run."""
    for each in ran:
        mine, clean = each.record, each.clean.record
        if not mine or not clean or mine.host != clean.host:
            continue
        if mine.program is ProgramEnd.OK and clean.seconds and clean.peak_memory:
            yield mine, clean


def _few(attempts: Sequence[Attempt]) -> str:
    names = [each.implementation.key for each in attempts]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
