"""The bounded log that the statistics of a run go into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from debugdiff.model import ValueKind, ValueStatistics
from debugdiff.worker.probes.sampling import Sampling
from debugdiff.worker.probes.settings import SettingsLog
from debugdiff.worker.probes.summary.schedule import Summaries, Summarised
from debugdiff.worker.probes.summary.statistics import ROW, Row, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.worker.probes.kept_tensors import TensorFile

CALLS_PER_STEP = 32
"""How often one site is read within one step; evaluation over many batches is one step."""

MAXIMUM_VALUES = 30_000
"""A run's record never holds more statistics than this."""

_Key = tuple[str, str, int, int]
"""Site, kind, step and call of a value, all of them plain."""

_AT_ONCE = 256
"""Values that are settled together."""


class Reading(NamedTuple):
    """A tensor that is to be read, and as what."""

    tensor: Any
    site: str
    kind: ValueKind
    step: int


class ValueLog:
    """Statistics of one run in the order in which they were read, within the limits above.

    Args:
        sampling: which steps and sites are read.
        digests: whether the exact bytes are hashed.
        keep: where the tensors themselves go; `None`: nobody compares them.

    Attributes:
        settings: what the layers, the optimizer and the loss were set to.
        keeps_tensors: whether they go anywhere; then the inputs of every layer are read as well.
    """

    def __init__(
        self,
        sampling: Sampling | None = None,
        *,
        digests: bool = True,
        keep: TensorFile | None = None,
    ) -> None:
        self._sampling = sampling or Sampling()
        self._summaries = Summaries(digests=digests, keep=keep)
        self.keeps_tensors = keep is not None
        self._updates: dict[_Key, float | None] = {}
        self.settings = SettingsLog()
        self._calls: dict[tuple[str, str, int], int] = {}
        self._kept: dict[_Key, Row] = {}
        self._fresh: dict[_Key, Summarised] = {}
        self._notes: list[str] = []
        self._closed = False

    def close(self) -> None:
        """Read nothing any more, whoever still holds a probe."""
        self._closed = True

    def claim(self, site: str, kind: ValueKind, step: int) -> int | None:
        """Count one more call of a site within the step; `None` if it would not be kept.

        Ask before a tensor is read: reading is what costs.
        """
        if not (self.reads_step(step) and self._sampling.wants_site(site, kind)):
            return None
        key = (site, kind.value, step)
        call = self._calls.get(key, 0)
        self._calls[key] = call + 1
        return call if call < CALLS_PER_STEP and not self.is_full() else None

    def reads_step(self, step: int) -> bool:
        """Whether anything is read during this step; ask this first."""
        return not self._closed and self._sampling.wants_step(step)

    def wants(self, step: int, call: int) -> bool:
        """Whether a value of this step and call is within the limits."""
        return self.reads_step(step) and 0 <= call < CALLS_PER_STEP and not self.is_full()

    def is_full(self) -> bool:
        """Whether the run's record holds as much as it may."""
        return len(self._kept) + len(self._fresh) >= MAXIMUM_VALUES

    def calls(self, site: str, kind: ValueKind, step: int) -> int:
        """How often the site was claimed within a step that is sampled."""
        return self._calls.get((site, kind.value, step), 0)

    def read(self, tensor: Any, *, site: str, kind: ValueKind, step: int) -> int | None:
        """Claim a call and keep the tensor's statistics; the call, if it was kept."""
        call = self.claim(site, kind, step)
        if call is not None:
            self.add(tensor, site=site, kind=kind, step=step, call=call)
        return call

    def add(self, tensor: Any, *, site: str, kind: ValueKind, step: int, call: int) -> None:
        """Keep the statistics of a tensor whose call is known; the first reading counts."""
        key = (site, kind.value, step, call)
        if self._has_room_for(key):
            self._keep(key, self._summaries.of(tensor))

    def read_all(self, readings: Sequence[Reading]) -> list[int | None]:
        """Claim a call of each and keep their statistics; small tensors are summed up together."""
        calls = [self.claim(reading.site, reading.kind, reading.step) for reading in readings]
        claimed = zip(readings, calls, strict=True)
        wanted = [(reading, call) for reading, call in claimed if call is not None]
        summaries = self._summaries.of_all([reading.tensor for reading, _ in wanted])
        for (reading, call), summarised in zip(wanted, summaries, strict=True):
            key = (reading.site, reading.kind.value, reading.step, call)
            if self._has_room_for(key):
                self._keep(key, summarised)
        return calls

    def _has_room_for(self, key: _Key) -> bool:
        return not (key in self._kept or key in self._fresh or self.is_full())

    def _keep(self, key: _Key, summarised: Summarised) -> None:
        self._fresh[key] = summarised
        if len(self._fresh) >= _AT_ONCE:
            self._settle()

    def _settle(self) -> None:
        """Keep rows of plain values, which Python's garbage collector does not look through."""
        self._summaries.finish()
        # Nothing is taken away before it stands elsewhere: a run's deadline may interrupt this.
        for key, summarised in list(self._fresh.items()):
            self._kept[key] = row_of(self._summaries.summary_of(summarised))
            self._fresh.pop(key, None)

    def set_update(self, change: float | None, *, site: str, step: int, call: int) -> None:
        """Put the norm of a parameter's change beside what was read of it before the step."""
        key = (site, ValueKind.PARAMETER.value, step, call)
        if key in self._kept or key in self._fresh:
            self._updates[key] = change

    def note(self, sentence: str) -> None:
        """Keep a sentence on something that could not be read; each only once."""
        if sentence not in self._notes:
            self._notes.append(sentence)

    def values(self) -> tuple[ValueStatistics, ...]:
        """Everything that was kept."""
        self._settle()
        return tuple(
            _statistics(key, row, self._updates.get(key)) for key, row in self._kept.items()
        )

    def notes(self) -> tuple[str, ...]:
        """What could not be read, in sentences."""
        return tuple(self._notes)


def _statistics(key: _Key, row: Row, update: float | None) -> ValueStatistics:
    site, kind, step, call = key
    fields = dict(zip(ROW, row, strict=True))
    return ValueStatistics(
        site=site, kind=ValueKind(kind), step=step, call=call, update=update, **fields
    )
