"""What changed between two texts, as spans of the second one."""

from __future__ import annotations

import difflib
import re

from debugdiff.model import Span

LINE_END = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)


def changed_spans(before: str, after: str) -> tuple[Span, ...]:
    """The spans of `after` that differ from `before`, to the token.

    A deletion has no text of its own: it is the line that now stands where the deleted one was, or
    the line before where the block ends there.
    """
    old, new = LINE_END.split(before), LINE_END.split(after)  # an empty text has a line, too
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        _span(old[a:b], new, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    )


def _span(old: list[str], new: list[str], start: int, end: int) -> Span:
    while end - start > 1 and not new[start].strip():
        start += 1
    while end - start > 1 and not new[end - 1].strip():
        end -= 1
    if not any(line.strip() for line in new[start:end]):
        return _whole_lines(new, _neighbour(new, start, old))
    if not old:
        return _whole_lines(new, start, end - 1)
    return _trimmed(old, new, start, end)


def _trimmed(old: list[str], new: list[str], start: int, end: int) -> Span:
    """The changed tokens; the whole line where tokens were only taken away."""
    one, other = _tokens(old), _tokens(new[start:end])
    head = _common(one, other)
    tail = min(_common(one[::-1], other[::-1]), len(one) - head, len(other) - head)
    middle = "".join(other[head : len(other) - tail])
    if not middle.strip():
        return _whole_lines(new, start, end - 1)
    before = "".join(other[:head]) + middle[: len(middle) - len(middle.lstrip())]
    through = "".join(other[: len(other) - tail]).rstrip()
    line, column = _place(before)
    end_line, end_column = _place(through)
    return Span(
        line=start + 1 + line,
        column=column,
        end_line=start + 1 + end_line,
        end_column=end_column,
    )


def _tokens(lines: list[str]) -> list[str]:
    return _TOKEN.findall("\n".join(lines))


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _place(text: str) -> tuple[int, int]:
    """Lines and columns that a text takes up."""
    return text.count("\n"), len(text) - text.rfind("\n") - 1


def _neighbour(new: list[str], index: int, deleted: list[str]) -> int:
    """The index of the line that stands for a deletion."""
    margin = min((_margin(line) for line in deleted if line.strip()), default=0)
    below = next((i for i in range(index, len(new)) if _is_code(new[i])), None)
    if below is not None and _margin(new[below]) >= margin:
        return below
    above = next((i for i in reversed(range(min(index, len(new)))) if _is_code(new[i])), None)
    candidates = [i for i in (above, below) if i is not None]
    return candidates[0] if candidates else 0


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _whole_lines(lines: list[str], first: int, last: int | None = None) -> Span:
    final = first if last is None else last
    return Span(
        line=first + 1,
        column=_margin(lines[first]),
        end_line=final + 1,
        end_column=len(lines[final].rstrip()),
    )
