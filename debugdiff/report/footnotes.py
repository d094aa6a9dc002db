"""What stands below every table: seeds, versions, data, and what the figures do not mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.layout import heading, indented, quiet
from debugdiff.report.sandboxes import describe_sandboxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Report

DISCLAIMER = (
    "These are proxies, compared only as pairs: the same model, the same bug. No metric here has"
    " been validated on people for these frameworks."
)


def footnotes(report: Report) -> Iterator[RenderableType]:
    """The section that makes the figures reproducible."""
    yield heading("Notes")
    for line in _lines(report):
        if line:
            yield indented(quiet(line))


def _lines(report: Report) -> Iterator[str]:
    yield DISCLAIMER
    yield _conditions(report)
    yield _versions(report)
    yield describe_sandboxes(report.confinements, report.cases)
    yield _data(report)


def _conditions(report: Report) -> str:
    trials = [each.trial for each in report.results]
    if not trials:
        return ""
    seeds = sorted({each.seed for each in trials})
    sizes = sorted({each.size.value for each in trials})
    word = "Seed" if len(seeds) == 1 else "Seeds"
    return f"{word} {', '.join(map(str, seeds))}; size {', '.join(sizes)}."


def _versions(report: Report) -> str:
    environment = report.environment
    versions = {"python": environment.python, **environment.versions}
    installed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"debugdiff {environment.debugdiff}, {installed},"
        f" {environment.cpu_count} CPUs, {environment.platform}."
    )


def _data(report: Report) -> str:
    data = ", ".join(f"{name}: {source}" for name, source in report.environment.data.items())
    return f"Data: {data}." if data else ""
