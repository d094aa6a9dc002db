"""A check and its result, as `cases check` and `bugs check` print them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """The result of one check. `detail` says what was seen."""

    subject: str
    check: str
    passed: bool
    detail: str


def check_line(subject: str, check: str, problems: Sequence[str], detail: str) -> CheckLine:
    """A check that failed with these problems, or that passed with a detail if there are none."""
    return CheckLine(
        subject=subject, check=check, passed=not problems, detail="; ".join(problems) or detail
    )
