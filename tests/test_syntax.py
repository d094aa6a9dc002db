"""Lines are those of Python, whatever else a text has that some take for the end of one."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from debugdiff.inject.spans import changed_spans
from debugdiff.model import Span
from debugdiff.syntax import split_lines

ODD = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
PIECES = st.lists(st.sampled_from([*ODD, "a", " ", "é"]), max_size=6).map("".join)
LINES = st.lists(st.tuples(PIECES, PIECES), min_size=1, max_size=8)


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_are_numbered_as_python_numbers_them(pieces: list[tuple[str, str]], end: str) -> None:
    source = end.join(f"'at {at} {text}'  # {note}" for at, (text, note) in enumerate(pieces))
    lines = split_lines(source)
    numbers = {node.value.value.split(" ")[1]: node.lineno for node in ast.parse(source).body}
    assert all(lines[number - 1].startswith(f"'at {at} ") for at, number in numbers.items())
    assert len(numbers) == len(lines) == len(pieces)
    assert "".join(split_lines(source, keep_ends=True)) == source


def test_a_change_behind_an_odd_character_is_in_its_own_line() -> None:
    before = f"text = '{ODD}'\nsize = 8\n"
    assert changed_spans(before, before.replace("8", "9")) == (
        Span(line=2, column=7, end_line=2, end_column=8),
    )
