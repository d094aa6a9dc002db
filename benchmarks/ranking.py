"""How well a list of lines finds a fault: Top-n, MRR and EXAM against the lines that count.

Statements stand for lines, as in D3: a statement over several lines is one place. What a list does
not name comes after it in no order, of which the mean is taken (Wong et al. 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import Failure, Location, Owner
from debugdiff.source.lines import line_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.suspects.results import Suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """One list against one fault.

    Attributes:
        rank: of the first place that counts, from 1; `None` if the list does not name any.
        exam: the share of the program's statements read until one that counts.
    """

    rank: int | None
    exam: float

    @property
    def reciprocal(self) -> float:
        """1 / rank; 0 where the list does not name the fault."""
        return 1 / self.rank if self.rank else 0.0

    def within(self, limit: int) -> bool:
        """Whether the fault is among the first so many places."""
        return self.rank is not None and self.rank <= limit


def locate(
    locations: Iterable[Location], guilty: Iterable[Location], sources: Mapping[str, str], main: str
) -> Located:
    """Judge a list of lines.

    Args:
        locations: the list, first to be read first.
        guilty: the lines that count as found.
        sources: the user's files, relative name to text.
        main: the one whose statements EXAM counts.
    """
    places = list(dict.fromkeys(_place(location, sources) for location in locations))
    wanted = {_place(location, sources) for location in guilty}
    rank = next((at for at, place in enumerate(places, 1) if place in wanted), None)
    return Located(rank=rank, exam=_exam(places, wanted, rank, sources.get(main, ""), main))


def _place(location: Location, sources: Mapping[str, str]) -> Location:
    lines = line_map(sources.get(location.file, "")).statement
    return Location(location.file, lines.get(location.line, location.line))


def _exam(
    places: Sequence[Location], wanted: set[Location], rank: int | None, source: str, main: str
) -> float:
    total = len(line_map(source).executable)
    if rank is not None:
        return min(rank / total, 1.0) if total else 1.0
    named = len({place for place in places if place.file == main})
    rest = total - named
    return min((named + (rest + 1) / (len(wanted) + 1)) / total, 1.0) if total else 1.0


def of_suspects(suspects: Iterable[Suspect]) -> tuple[Location, ...]:
    """The lines of some suspects, in their order."""
    return tuple(Location(each.file, each.line) for each in suspects)


def of_traceback(failure: Failure, sources: Mapping[str, str]) -> tuple[Location, ...]:
    """The user's frames of a traceback, the innermost first, over the whole printed chain."""
    frames = (frame for frame in reversed(failure.frames) if frame.owner is Owner.USER)
    return tuple(dict.fromkeys(Location(_name(each.file, sources), each.line) for each in frames))


def _name(printed: str, sources: Mapping[str, str]) -> str:
    path = f"/{printed}"
    return next((name for name in sources if path.endswith(f"/{name}")), printed)
