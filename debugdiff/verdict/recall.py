"""The catalogue's recall: the share of a held-out list of public bugs that some rule can write."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from debugdiff.files import shipped
from debugdiff.model import Framework
from debugdiff.score.prevention import wilson
from debugdiff.toml_tables import STRICT, read_table

if TYPE_CHECKING:
    from pathlib import Path

LEAST_RECALL = 0.8
"""Of each side's framework, for a count of bugs to say anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBug:
    """A fault in somebody's program, as a public thread tells it. One of the last three is given.

    Attributes:
        fault: in our own words.
        bug: the bug of the catalogue that is the same wrong edit.
        gap: the bug that the catalogue lacks, by its id.
        outside: why no edit of a program is this fault.
    """

    address: str
    framework: Framework
    fault: str
    symptom: Literal["crash", "silent", "warning", "non-finite", "slow"]
    bug: str = ""
    gap: str = ""
    outside: str = ""

    __pydantic_config__: ClassVar[Any] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A bug that could be written and is not in the catalogue.

    Attributes:
        born: the framework whose interface alone lets it be made; `None` if any does.
    """

    id: str
    title: str
    born: Framework | None = None

    __pydantic_config__: ClassVar[Any] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The list of public bugs; how it was drawn stands in the head of its file.

    Attributes:
        date: when it was drawn and judged. A bug that is younger does not count.
        queries: what was searched for, in this order, with each framework's name.
    """

    date: str
    queries: tuple[str, ...]
    thread: tuple[PublicBug, ...]
    gap: tuple[Gap, ...]

    __pydantic_config__: ClassVar[Any] = STRICT

    def of(self, framework: Framework) -> tuple[PublicBug, ...]:
        """Its bugs in programs of one framework."""
        return tuple(bug for bug in self.thread if bug.framework is framework)

    def counts(self, gap: Gap) -> dict[Framework, int]:
        """How often a gap occurs in each framework."""
        counts = Counter(bug.framework for bug in self.thread if bug.gap == gap.id)
        return {framework: counts[framework] for framework in Framework}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How many of a framework's public bugs can be written, with Wilson's interval of 95 %."""

    framework: Framework
    written: int
    bugs: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Of the bugs on the list."""
        return self.written / self.bugs

    def __str__(self) -> str:
        """`18 of 60 public bugs of pytorch (30%; 95 % interval 20% to 43%)`."""
        interval = f"95 % interval {self.low:.0%} to {self.high:.0%}"
        return (
            f"{self.written} of {self.bugs} public bugs of {self.framework}"
            f" ({self.share:.0%}; {interval})"
        )


def read_held_out(path: Path) -> HeldOut:
    """The list of a file.

    Raises:
        ValueError, OSError: as `read_table`.
    """
    return read_table(path, HeldOut, "a list of public bugs")


@cache
def shipped_held_out() -> HeldOut:
    """The list that came with debugdiff."""
    return read_held_out(shipped("claims") / "recall.toml")


def recall(held_out: HeldOut, framework: Framework) -> Recall:
    """The recall for one framework, which has to be on the list."""
    bugs = held_out.of(framework)
    written = sum(bool(bug.bug) for bug in bugs)
    low, high = wilson(written, len(bugs))
    return Recall(framework=framework, written=written, bugs=len(bugs), low=low, high=high)
