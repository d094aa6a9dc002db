"""How the figures were made: what ran, on what, in which sandbox, and what each score is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.report.footnotes import DISCLAIMER
from debugdiff.report.html.document import fill
from debugdiff.report.html.elements import elements
from debugdiff.report.overview import overview
from debugdiff.report.sandboxes import describe_sandboxes
from debugdiff.score import METRICS
from debugdiff.score.registry import Better

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from debugdiff.model import Report
    from debugdiff.score.registry import Metric

_BETTER = {
    Better.LESS: "less is better",
    Better.MORE: "more is better",
    Better.SHOWN: "shown, not judged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that the figures were measured with."""

    name: str
    value: str


def method(report: Report) -> Markup:
    """The page."""
    return fill(
        "method.html",
        disclaimer=DISCLAIMER,
        ran=elements(overview(report)),
        facts=tuple(fact for fact in _facts(report) if fact.value),
        cases=report.cases,
        metrics=[(each, _BETTER[each.better]) for each in _scored(report)],
    )


def _facts(report: Report) -> Iterator[Fact]:
    environment = report.environment
    trials = [each.trial for each in report.results]
    yield Fact(name="debugdiff", value=environment.debugdiff)
    for name, version in {"python": environment.python, **environment.versions}.items():
        yield Fact(name=name, value=version)
    yield Fact(name="Machine", value=f"{environment.platform}, {environment.cpu_count} CPUs")
    yield Fact(
        name="Sandbox",
        value=describe_sandboxes(report.confinements, report.cases) if trials else "",
    )
    yield Fact(name="Seeds", value=", ".join(map(str, sorted({each.seed for each in trials}))))
    yield Fact(name="Sizes", value=", ".join(sorted({each.size.value for each in trials})))
    data = environment.data.items()
    yield Fact(name="Data", value=", ".join(f"{name}: {source}" for name, source in data))


def _scored(report: Report) -> list[Metric]:
    """What scores of this report stand for, in the order of the families."""
    runs = [run for program in report.programs for run in (*program.runs, *program.attempts)]
    found = {score.metric for run in runs for score in run.scores}
    found |= {score.metric for program in report.programs for score in program.scores}
    return [metric for metric in METRICS.values() if metric.id in found]
