"""Edits of one text that are made one after the other, and the text that comes out.

An edit may lie inside of an earlier one or around it; what an edit keeps of the text that it takes
the place of is a `Stretch`, in which the other edits are made as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from debugdiff.inject.misfits import Unfit
from debugdiff.model import Span
from debugdiff.source.offsets import Offsets


@dataclass(frozen=True, slots=True)
class Stretch:
    """The text between two offsets, with the edits that lie inside of it."""

    start: int
    end: int


Part = str | Stretch


@dataclass(frozen=True, slots=True)
class Edit:
    """What takes the place of a stretch of the text."""

    start: int
    end: int
    parts: tuple[Part, ...]
    order: int

    def holds(self, other: Edit) -> bool:
        """Whether another edit lies inside of this one."""
        if self is other:
            return False
        if other.start == other.end:
            return self.start < other.start < self.end
        inside = self.start <= other.start and other.end <= self.end
        same = (self.start, self.end) == (other.start, other.end)
        return inside and (not same or self.order > other.order)

    def meets(self, other: Edit) -> bool:
        """Whether two edits overlap, and neither holds the other."""
        overlap = max(self.start, other.start) < min(self.end, other.end)
        return overlap and not self.holds(other) and not other.holds(self)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the result.

    Attributes:
        origin: where it stood, `None` for what is new.
        copied: whether an edit that is not around its origin has put it there.
    """

    text: str
    origin: int | None
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A changed text, and where what it keeps of the old one stands now."""

    pieces: tuple[_Piece, ...]

    @property
    def text(self) -> str:
        """The changed text."""
        return "".join(piece.text for piece in self.pieces)

    def span(self, start: int, end: int) -> Span | None:
        """Where a stretch of the old text stands now; `None` if no end of it was kept."""
        first, last = self._position(start), self._position(end - 1)
        if first is None or last is None or last < first:
            return None
        return span_of(self.text, first, last + 1)

    def _position(self, offset: int) -> int | None:
        """Where a character stands: of what is copied, the one that was left in its place."""
        length, copy = 0, None
        for piece in self.pieces:
            if piece.origin is not None and 0 <= offset - piece.origin < len(piece.text):
                at = length + offset - piece.origin
                if not piece.copied:
                    return at
                copy = at if copy is None else copy
            length += len(piece.text)
        return copy


@dataclass(slots=True)
class Draft:
    """A text and the edits that are to be made in it."""

    text: str
    edits: list[Edit] = field(default_factory=list)

    def replace(self, start: int, end: int, *parts: Part) -> None:
        """Put something in the place of a stretch.

        Raises:
            Unfit: it overlaps with an earlier edit.
        """
        edit = Edit(start, end, parts, len(self.edits))
        if any(edit.meets(other) for other in self.edits):
            raise Unfit("two changes of the bug would overlap there")
        self.edits.append(edit)

    def insert(self, offset: int, *parts: Part) -> None:
        """Put something between two characters, behind what was put there before."""
        self.replace(offset, offset, *parts)

    def changed(self, *parts: Part) -> str:
        """The text of some parts, with all edits so far."""
        nowhere = Edit(-1, -1, (), len(self.edits))
        return "".join(piece.text for part in parts for piece in self._part(part, nowhere))

    def result(self) -> Result:
        """The whole text with all edits made."""
        return Result(tuple(self._between(0, len(self.text), self.edits)))

    def _part(self, part: Part, owner: Edit) -> list[_Piece]:
        """What a part of an edit comes to."""
        if isinstance(part, str):
            return [_Piece(part, None)]
        whole = Edit(part.start, part.end, (), owner.order)
        others = [edit for edit in self.edits if edit is not owner and not edit.holds(owner)]
        pieces = self._between(part.start, part.end, [edit for edit in others if whole.holds(edit)])
        if owner.start <= part.start and part.end <= owner.end:
            return pieces
        return [replace(piece, copied=True) for piece in pieces]

    def _between(self, start: int, end: int, edits: list[Edit]) -> list[_Piece]:
        outer = [edit for edit in edits if not any(other.holds(edit) for other in edits)]
        pieces, position = [], start
        for edit in sorted(outer, key=lambda edit: (edit.start, edit.end, edit.order)):
            pieces.append(_Piece(self.text[position : edit.start], position))
            pieces += [piece for part in edit.parts for piece in self._part(part, edit)]
            position = edit.end
        return [*pieces, _Piece(self.text[position:end], position)]


def span_of(text: str, start: int, end: int) -> Span:
    """Two offsets of a text as lines and columns."""
    offsets = Offsets(text)
    (line, column), (end_line, end_column) = offsets.place(start), offsets.place(end)
    return Span(line=line, column=column, end_line=end_line, end_column=end_column)
