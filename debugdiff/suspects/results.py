"""What the rules give: clues on lines, and the suspects that they add up to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source.offsets import Offsets

if TYPE_CHECKING:
    import ast

    from debugdiff.model import Location
    from debugdiff.source.program import File


_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A small change of a file that a suspect implies, by whole lines.

    Attributes:
        first: the number of the first line that changes.
        before: the lines as they are.
        after: the lines that stand there instead.
    """

    file: str
    first: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The text of the file after the change."""
        offsets = Offsets(text)
        start = offsets.line_start(self.first)
        end = offsets.line_end(self.first + len(self.before) - 1)
        return text[:start] + "\n".join(self.after) + text[end:]


def edit_at(file: File, node: ast.AST, text: str) -> Edit | None:
    """The change that puts another text in the place of a node; `None` where it changes nothing."""
    start, end = file.span(node)
    return edit_between(file, start, end, text)


def insert_before(file: File, node: ast.AST, text: str) -> Edit | None:
    """The change that puts a text before a node."""
    start, _ = file.span(node)
    return edit_between(file, start, start, text)


def rename(file: File, node: ast.AST, old: str, new: str) -> Edit | None:
    """The change that gives a name at a node, or the function defined there, another name."""
    start, end = file.span(node)
    found = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)").search(file.text, start, end)
    return edit_between(file, *found.span(), new) if found else None


def edit_between(file: File, start: int, end: int, text: str) -> Edit | None:
    """The change that puts another text between two places of a file, in characters."""
    first, last = file.offsets.place(start)[0], file.offsets.place(end)[0]
    left, right = file.offsets.line_start(first), file.offsets.line_end(last)
    before = file.text[left:right]
    after = file.text[left:start] + text + file.text[end:right]
    if not text or before == after:
        return None
    return Edit(
        file=file.name,
        first=first,
        before=tuple(_LINE_BREAK.split(before)),
        after=tuple(_LINE_BREAK.split(after)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What one rule says of one line.

    Attributes:
        weight: the name of the number that the rule has in `weights.toml` for such a clue.
        factor: what the number is multiplied with, by distance or by how many share it.
        reason: a sentence for the user.
        edit: the change that it implies, where it can be written.
    """

    at: Location
    reason: str
    weight: str = "line"
    factor: float = 1.0
    edit: Edit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A line of the user's files that may be at fault; rank 1 is to be read first.

    Attributes:
        rule: the rule that weighs most.
        reason: its sentence.
        score: all clues together, in 0-1; for the order only, it is no probability.
        others: further rules that name the line.
        edits: the changes that they imply, the likeliest first.
    """

    rank: int
    file: str
    line: int
    rule: str
    reason: str
    score: float
    others: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
