"""A replacement keeps the line breaks and comments of the code that it repeats."""

from __future__ import annotations

import ast

import pytest

from debugdiff.inject.keep import keep_layout

CALL = """\
model.fit(
    data.words,
    data.labels,  # class numbers
    batch_size=size,
    verbose=0,
)"""


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (
            ("data.words,", "data.words.astype(float),"),
            "model.fit(data.words.astype(float), data.labels, batch_size=size, verbose=0)",
        ),
        (
            ("data.labels,", "shuffle(data.labels),"),
            "model.fit(data.words, shuffle(data.labels), batch_size=size, verbose=0)",
        ),
        (
            ("    batch_size=size,\n", ""),
            "model.fit(data.words, data.labels, verbose=0)",
        ),
    ],
)
def test_a_changed_argument_is_a_changed_line(change: tuple[str, str], new: str) -> None:
    assert keep_layout(CALL, new) == CALL.replace(*change)


def test_a_statement_before_the_call_leaves_its_layout_alone() -> None:
    new = "words = load()\nmodel.fit(words, data.labels, batch_size=size, verbose=0)"
    assert keep_layout(CALL, new) == "words = load()\n" + CALL.replace("data.words", "words")


def test_code_on_one_line_is_written_as_the_replacement_has_it() -> None:
    assert keep_layout("Dense(len(tags))", "Dense(len(tags) - 1)") == "Dense(len(tags) - 1)"


def test_an_added_argument_stays_beside_the_one_before_it() -> None:
    text = keep_layout(
        CALL, "model.fit(data.words, data.labels, batch_size=size, verbose=0, epochs=1)"
    )
    assert text.endswith("    verbose=0, epochs=1,\n)")
    ast.parse(text)
