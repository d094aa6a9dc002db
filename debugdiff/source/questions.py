"""Answers that hang on each other: each is worked out once, and is the same in any order of asking.

A question that comes up again while it is being worked out gets what is known of it so far. Those
that hang on one another in a circle are worked out together, round by round, until no answer of
theirs changes (the tabling of logic programs: Chen and Warren, JACM 1996); only then is one kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Answer = TypeVar("Answer")
_ROUNDS = 8
_FREE = 1_000_000
"""Deeper than any question: what hangs on no open one."""


@dataclass(slots=True)
class Questions:
    """The questions that were asked.

    Attributes:
        known: answers that are settled.
        open: the questions that are being worked out, with how deep each is.
        drafts: answers of this round that hang on an open question, with the first of those.
        before: answers of the round before.
        lowest: the depth of the first open question that was looked at.
    """

    known: dict[Hashable, Any] = field(default_factory=dict)
    open: dict[Hashable, int] = field(default_factory=dict)
    drafts: dict[Hashable, tuple[Any, Hashable]] = field(default_factory=dict)
    before: dict[Hashable, Any] = field(default_factory=dict)
    lowest: int = _FREE

    def answer(self, key: Hashable, work_out: Callable[[], Answer], nothing: Answer) -> Answer:
        """The answer to a question.

        Args:
            key: the question.
            work_out: what answers it; may ask others.
            nothing: what is known of it before anything is.
        """
        if key in self.known:
            return self.known[key]  # type: ignore[no-any-return]
        if key in self.open:
            self.lowest = min(self.lowest, self.open[key])
            return self.before.get(key, nothing)  # type: ignore[no-any-return]
        if key in self.drafts:
            self.lowest = min(self.lowest, self._depth(key))
            return self.drafts[key][0]  # type: ignore[no-any-return]
        return self._work_out(key, work_out)

    def _work_out(self, key: Hashable, work_out: Callable[[], Answer]) -> Answer:
        depth, outer, earlier = len(self.open), self.lowest, len(self.drafts)
        self.open[key] = depth
        try:
            answer = self._round(work_out)
            for _ in range(_ROUNDS if self.lowest == depth else 0):
                if self._is_settled(key, answer, earlier):
                    break
                answer = self._round(work_out)
        except BaseException:
            self._forget(earlier)
            self.lowest = outer
            raise
        finally:
            del self.open[key]
        if self.lowest < depth:
            self.drafts[key] = (answer, list(self.open)[self.lowest])
            self.lowest = min(outer, self.lowest)
        else:
            self._keep(key, answer, earlier)
            self.lowest = outer
        return answer

    def _depth(self, key: Hashable) -> int:
        """How deep the first open question is that a draft hangs on, also through other drafts."""
        while key not in self.open:
            key = self.drafts[key][1]
        return self.open[key]

    def _round(self, work_out: Callable[[], Answer]) -> Answer:
        self.lowest = _FREE
        return work_out()

    def _is_settled(self, key: Hashable, answer: object, earlier: int) -> bool:
        """Whether a round gave what the one before gave; else its drafts are put aside."""
        fresh = {other: self.drafts[other][0] for other in list(self.drafts)[earlier:]}
        fresh[key] = answer
        if all(other in self.before and self.before[other] == fresh[other] for other in fresh):
            return True
        self.before.update(fresh)
        for other in fresh:
            self.drafts.pop(other, None)
        return False

    def _forget(self, earlier: int) -> None:
        """Put drafts aside that will not be settled."""
        for other in list(self.drafts)[earlier:]:
            self.drafts.pop(other)
            self.before.pop(other, None)

    def _keep(self, key: Hashable, answer: object, earlier: int) -> None:
        """Settle a question and those that hung on it."""
        for other in list(self.drafts)[earlier:]:
            self.known[other] = self.drafts.pop(other)[0]
            self.before.pop(other, None)
        self.before.pop(key, None)
        self.known[key] = answer
