"""Defect spans: insertion, replacement, deletion, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from inject_programs import TORCH, mutate, text_at

from debugdiff.inject.spans import changed_spans
from debugdiff.model import Span


def texts(before: str, after: str) -> list[str]:
    return [text_at(after, span) for span in changed_spans(before, after)]


def test_a_replaced_token_is_its_own_span() -> None:
    assert texts("a = f(128, 2)\n", "a = f(64, 2)\n") == ["64"]


def test_an_inserted_line_is_its_span_without_indentation() -> None:
    assert texts("if a:\n    b\n", "if a:\n    c\n    b\n") == ["c"]


def test_inserted_lines_are_one_span() -> None:
    assert texts("b\n", "while a:\n    pass\nb\n") == ["while a:\n    pass"]


def test_a_deleted_line_is_the_line_that_stands_there_now() -> None:
    assert texts("a\nb\nc\n", "a\nc\n") == ["c"]
    assert texts("a\nb\n\n# why\nc\n", "a\n\n# why\nc\n") == ["c"]


def test_a_deleted_last_line_of_a_block_is_the_line_before() -> None:
    before = "def f():\n    a\n    return b\n\n\ndef g(): pass\n"
    assert texts(before, before.replace("    return b\n", "")) == ["a"]


def test_a_deleted_last_line_of_the_file_is_the_line_before() -> None:
    assert texts("a\nb\n", "a\n") == ["a"]


def test_taking_tokens_away_marks_the_line() -> None:
    assert texts("x = f(a, b=1)\n", "x = f(a)\n") == ["x = f(a)"]


def test_changes_apart_are_spans_apart() -> None:
    assert texts("a\nb\nc\n", "d\nb\ne\n") == ["d", "e"]


def test_an_emptied_file_still_has_a_line() -> None:
    assert changed_spans("a\n", "") == (Span(line=1, column=0, end_line=1, end_column=0),)


def test_equal_texts_have_no_span() -> None:
    assert changed_spans(TORCH, TORCH) == ()


def test_the_span_of_a_replaced_expression_is_what_changed_in_it() -> None:
    mutant = mutate(TORCH, "nn.Linear($a, 2)", "nn.Linear($a, 2 + 1)")
    assert [text_at(mutant.source, span) for span in mutant.defect] == ["+ 1"]


def test_the_span_of_a_swap_covers_both_lines() -> None:
    mutant = mutate(TORCH, "$l.backward()\n$o.step()", "$o.step()\n$l.backward()")
    lines = {line for span in mutant.defect for line in span.lines}
    assert len(lines) == 2


lines_of_text = st.lists(st.sampled_from(["a", "b = 1", "    c", "", "# d", "if e:"]), max_size=8)


@given(lines_of_text, lines_of_text)
def test_spans_lie_in_the_text_and_nothing_outside_of_their_lines_is_new(
    old: list[str], new: list[str]
) -> None:
    before, after = "\n".join(old), "\n".join(new)
    spans = changed_spans(before, after)
    rows = after.split("\n")
    touched = {line for span in spans for line in span.lines}
    for span in spans:
        assert 1 <= span.line <= span.end_line <= len(rows)
        assert 0 <= span.column <= len(rows[span.line - 1])
        assert 0 <= span.end_column <= len(rows[span.end_line - 1])
    kept = [row for number, row in enumerate(rows, start=1) if number not in touched and row]
    remaining = iter(before.split("\n"))
    assert all(row in remaining for row in kept)
    assert bool(spans) == (before != after)


TWO_CLASSES = """
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 4)

    def forward(self, ids):
        return self.table(ids)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20, 4)

    def forward(self, ids):
        return self.table(ids)
"""


def test_self_in_another_class_is_another_object_and_marks_no_use() -> None:
    mutant = mutate(
        TWO_CLASSES,
        "$self.$table = nn.Embedding(20, $n)",
        "$self.$table = nn.Embedding(19, $n)",
        use="self.$table($*_)",
    )
    assert [span.line for span in mutant.use] == [21]
