"""What holds for every verb in every program: nothing else changes, and what can be undone is."""

from __future__ import annotations

import ast
import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inject_programs import bug
from test_inject_verbs import edit_at

from debugdiff.cases import shipped_cases
from debugdiff.inject import inject
from debugdiff.inject.edits import Draft, Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.model import InjectRule, Mutant, RoleEdit

if TYPE_CHECKING:
    from debugdiff.model import Implementation

PROGRAMS = [program for case in shipped_cases() for program in case.implementations]

# Per edit, how many lines it may change at most, if the place itself stands on one line.
EDITS = {
    "set": (edit_at("head", set={"units": "$it - 1"}), 1),
    "add": (edit_at("optimizer", set={"weight_decay": "0.1"}), 1),
    "wrap": (edit_at("targets", wrap="($it)[:1]"), 1),
    "before": (edit_at("loss-call", before="print(0)"), 1),
    "after": (edit_at("optimizer", after="print(1)\nprint(2)"), 2),
    "first": (edit_at("forward", first="print(3)"), 1),
    "last": (edit_at("batch-loop", last="print(4)"), 1),
    "become": (edit_at("loss", become="$it"), 0),
}


def put(edit: RoleEdit, program: Implementation) -> Mutant | None:
    result = inject(program, bug(InjectRule(edits=(edit,))))
    return result if isinstance(result, Mutant) else None


def changed_lines(before: str, after: str) -> int:
    opcodes = difflib.SequenceMatcher(
        None, before.splitlines(), after.splitlines(), autojunk=False
    ).get_opcodes()
    return sum(max(b - a, d - c) for tag, a, b, c, d in opcodes if tag != "equal")


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_its_own_lines_and_nothing_else(name: str) -> None:
    edit, lines = EDITS[name]
    fitted = [(program, put(edit, program)) for program in PROGRAMS]
    mutants = [(program, mutant) for program, mutant in fitted if mutant is not None]
    assert bool(mutants) == bool(lines)
    for program, mutant in mutants:
        ast.parse(mutant.source)
        assert changed_lines(program.source, mutant.source) <= lines, mutant.diff


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (edit_at("dense", swap=("0", "1")), edit_at("dense", swap=("0", "1"))),
        (
            edit_at("embedding", swap=("rows", "units")),
            edit_at("embedding", swap=("rows", "units")),
        ),
        (edit_at("backward", move="after:step"), edit_at("backward", move="before:step")),
        (edit_at("recurrent", set={"units": "$it * 1"}), None),
    ],
)
def test_what_can_be_undone_gives_the_same_text_again(
    there: RoleEdit, back: RoleEdit | None
) -> None:
    count = 0
    for program in PROGRAMS:
        mutant = put(there, program)
        if mutant is None:
            continue
        count += 1
        if back is None:
            assert mutant.source.replace(" * 1", "") == program.source
            continue
        again = put(back, replace(program, source=mutant.source))
        assert again is None or again.source == program.source, again.diff
    assert count > 1


TEXT = "".join(chr(ord("a") + index % 26) for index in range(60))
SPANS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)


@given(st.lists(st.tuples(SPANS, st.booleans()), max_size=6))
def test_edits_keep_all_that_lies_outside_of_them(edits: list[tuple[list[int], bool]]) -> None:
    draft = Draft(TEXT)
    gone: set[int] = set()
    for (start, end), keeps in edits:
        try:
            draft.replace(start, end, *(["<", Stretch(start, end), ">"] if keeps else ["<>"]))
        except Unfit:
            continue
        if not keeps:
            gone.update(range(start, end))
    result = draft.result()
    kept = result.text.replace("<", "").replace(">", "")
    assert kept == "".join(letter for index, letter in enumerate(TEXT) if index not in gone)
    for index, letter in enumerate(TEXT):
        span = result.span(index, index + 1)
        assert (span is None) == (index in gone)
        if span is not None:
            assert result.text[span.column] == letter
