"""What runs say of a bug: where it is effective, whether as expected, and what that cost."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.model import Instrument, Outcome, ProgramEnd, Symptom
from debugdiff.report.layout import count_of
from debugdiff.score.symptom import seen_symptom

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.model import Bug, BugOutcome, Framework, Record, Report, Trial

_RAN = (Outcome.EFFECTIVE, Outcome.ABSORBED, Outcome.UNMEASURED)
_SHOWN = 3


def effects(bug: Bug, report: Report) -> tuple[CheckLine, ...]:
    """Per framework what became of the bug and how it showed itself; what its runs cost."""
    mine = [each for each in report.outcomes if each.bug == bug.id and each.outcome in _RAN]
    lines: list[CheckLine] = []
    for framework in sorted({each.stack.framework for each in mine}):
        ran = [each for each in mine if each.stack.framework is framework]
        lines.append(_effect(bug, framework, ran, report))
        lines.extend(_symptom(bug, framework, ran, report))
    return (*lines, _anywhere(bug, mine), _cost(bug, report))


def _effect(bug: Bug, framework: Framework, ran: Sequence[BugOutcome], report: Report) -> CheckLine:
    """Absorbed is a finding and no fault of the bug; a run that tells nothing is a failed check."""
    counts = Counter(each.outcome for each in ran)
    unmeasured = [each for each in ran if each.outcome is Outcome.UNMEASURED]
    problems = list(dict.fromkeys(_why(each, report) for each in unmeasured))
    told = [f"{outcome} in {counts[outcome]}" for outcome in _RAN if counts[outcome]]
    absorbed = [_where(each) for each in ran if each.outcome is Outcome.ABSORBED]
    detail = ", ".join(told) + (f" ({_few(absorbed)})" if absorbed else "")
    return check_line(bug.id, f"{framework} effect", problems, detail)


def _why(outcome: BugOutcome, report: Report) -> str:
    """Why there is no measurement: what held the trial up, if the campaign knows."""
    held_up = [why for why in report.not_run.values() if f"{_where(outcome)} " in f"{why} "]
    return held_up[0] if held_up else f"{_where(outcome)}: {outcome.reason}"


def _symptom(
    bug: Bug, framework: Framework, ran: Sequence[BugOutcome], report: Report
) -> Iterator[CheckLine]:
    """As expected, if no other symptom was seen more often."""
    effective = [each for each in ran if each.outcome is Outcome.EFFECTIVE]
    expected = bug.symptom.get(framework)
    if not effective or expected is None or expected is Symptom.STATIC:
        return
    seen = symptoms(effective, report)
    counts = Counter(seen.values())
    told = ", ".join(f"{symptom} in {count}" for symptom, count in counts.most_common())
    most = max(counts.values())
    problems = [] if counts[expected] == most else [f"{told}; {expected} is expected"]
    others = [_where(each) for each in effective if seen[each.trial] is not expected]
    detail = told + (f" (others: {_few(others)})" if others else "")
    yield check_line(bug.id, f"{framework} symptom", problems, detail)


def symptoms(outcomes: Iterable[BugOutcome], report: Report) -> dict[str, Symptom]:
    """The symptom that each effective bug showed, by the id of its trial."""
    results = {result.trial.id: result for result in report.results}
    watched = {
        _twin_of(result.trial): result.record
        for result in report.results
        if result.trial.instrument is Instrument.LAYERS
    }
    return {
        each.trial: seen_symptom(found.record, watched.get(_twin_of(found.trial)))
        for each in outcomes
        if (found := results.get(each.trial))
    }


def _twin_of(trial: Trial) -> tuple[object, ...]:
    """What a trial and its instrumented twin have in common."""
    return (*_program_of(trial), trial.bug)


def _anywhere(bug: Bug, ran: Sequence[BugOutcome]) -> CheckLine:
    effective = sum(each.outcome is Outcome.EFFECTIVE for each in ran)
    problems = [] if effective else ["it changes nothing anywhere, or was not run"]
    return check_line(bug.id, "effective", problems, f"{effective} of {len(ran)}")


def _cost(bug: Bug, report: Report) -> CheckLine:
    """What its runs took; beside it, as a median, how that compares to the clean programs."""
    records = [each.record for each in report.results if each.trial.bug == bug.id]
    took = f"{sum(each.seconds for each in records):.1f} s in {count_of(len(records), 'trial')}"
    pairs = list(_beside_clean(bug, report))
    if not pairs:
        return check_line(bug.id, "cost", [], took)
    slower = median(mine.seconds / clean.seconds for mine, clean in pairs)
    larger = median(mine.peak_memory / clean.peak_memory for mine, clean in pairs)
    beside = f"{slower:.1f} times the clean runs' seconds, {larger:.2f} times their peak memory"
    return check_line(bug.id, "cost", [], f"{took}; {beside}")


def _beside_clean(bug: Bug, report: Report) -> Iterator[tuple[Record, Record]]:
    """Runs with the bug that ended well, without probes, each with the clean run."""
    plain = [each for each in report.results if each.trial.instrument is Instrument.NONE]
    clean = {_program_of(each.trial): each.record for each in plain if each.trial.bug is None}
    for each in plain:
        other = clean.get(_program_of(each.trial))
        is_mine = each.trial.bug == bug.id and each.record.program is ProgramEnd.OK
        if is_mine and other is not None and other.seconds and other.peak_memory:
            yield each.record, other


def _program_of(trial: Trial) -> tuple[object, ...]:
    """What a trial with a bug and one without have in common."""
    return (trial.case, trial.implementation, trial.stack, trial.mode, trial.seed)


def _where(outcome: BugOutcome) -> str:
    return f"{outcome.case}/{outcome.implementation}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
