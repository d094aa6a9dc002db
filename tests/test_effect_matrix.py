"""The effect matrix: measured on a small pair, read back from its page, and stale in time."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from debugdiff.bugs import load_catalogue, shipped_bugs
from debugdiff.campaign import RunRequest
from debugdiff.campaign.effect_matrix import measure_effects, stale_parts
from debugdiff.case_template import write_case
from debugdiff.cases import load_case, shipped_cases
from debugdiff.cli.app import app
from debugdiff.cli.pages import write_effects
from debugdiff.errors import DebugdiffError
from debugdiff.files import shipped
from debugdiff.model import Framework, Outcome, Symptom
from debugdiff.report.effects import SIGNS, read_hashes, render, render_page
from debugdiff.report.page import Page
from debugdiff.score.effects import (
    CRASHES,
    EFFECTIVE,
    PREVENTED,
    Effect,
    EffectMatrix,
    Program,
    effect_of,
)

BUGS = (
    "data/labels-shuffled-apart",
    "dtype/float-token-ids",
    "language/forward-returns-nothing",
    "loss/softmax-before-logits-loss",
    "model/layer-not-shared",
    "optimizer/gradients-not-cleared",
)


@pytest.fixture(scope="module")
def request_of_pair(tmp_path_factory: pytest.TempPathFactory) -> RunRequest:
    folder = tmp_path_factory.mktemp("effects")
    write_case(folder / "pair")
    catalogue = {bug.id: bug for bug in load_catalogue([shipped("injected_bugs")])}
    return RunRequest(
        cases=(load_case(folder / "pair"),),
        bugs=tuple(catalogue[name] for name in BUGS),
        store=folder / "store.sqlite3",
        seconds=240,
    )


@pytest.fixture(scope="module")
def matrix(request_of_pair: RunRequest) -> EffectMatrix:
    return measure_effects(request_of_pair)


@pytest.mark.parametrize(
    ("bug", "pytorch", "keras"),
    [
        ("data/labels-shuffled-apart", Effect.SILENT, Effect.SILENT),
        ("language/forward-returns-nothing", Effect.FIRST_STEP, Effect.NOT_APPLICABLE),
        ("loss/softmax-before-logits-loss", Effect.SILENT, Effect.WARNING),
        ("model/layer-not-shared", Effect.NOT_APPLICABLE, Effect.NOT_APPLICABLE),
        ("optimizer/gradients-not-cleared", Effect.SILENT, Effect.NOT_EXPRESSIBLE),
    ],
)
def test_every_pair_has_the_effect_that_was_measured(
    matrix: EffectMatrix, bug: str, pytorch: Effect, keras: Effect
) -> None:
    (row,) = (row for row in matrix.rows if row.bug == bug)
    assert row.effects == {"pair/pytorch": pytorch, "pair/keras_functional": keras}


def test_the_table_has_a_sign_per_program_and_counts_that_add_up(matrix: EffectMatrix) -> None:
    text = render(matrix, Page(width=100))
    assert re.search(r"^labels-shuffled-apart +ss$", text, re.MULTILINE)
    assert re.search(r"^softmax-before-logits-loss +sw$", text, re.MULTILINE)
    for framework in Framework:
        assert matrix.counts(framework).total() == len(BUGS)


def test_a_page_is_stale_exactly_in_what_has_changed(
    request_of_pair: RunRequest, matrix: EffectMatrix
) -> None:
    hashes = read_hashes(render_page(matrix))
    cases, bugs = request_of_pair.cases, request_of_pair.bugs
    assert list(stale_parts(*hashes, cases, bugs)) == []
    (case,) = cases
    edited = replace(case.implementations[0], source=case.implementations[0].source + "\n")
    other = replace(case, implementations=(edited, *case.implementations[1:]))
    name = f"{case.name}/{edited.name}"
    assert list(stale_parts(*hashes, (other,), bugs[1:])) == [name, bugs[0].id]


def test_a_page_keeps_the_rows_of_other_bugs_while_the_programs_are_the_same(
    matrix: EffectMatrix, tmp_path: Path
) -> None:
    page = tmp_path / "effects.md"
    write_effects(page, matrix, BUGS, matrix.programs)
    one = replace(matrix, rows=matrix.rows[2:3], trials=2, program_seconds=1.0)
    write_effects(page, one, BUGS, matrix.programs)
    merged = replace(
        matrix, trials=matrix.trials + 2, program_seconds=round(matrix.program_seconds) + 1.0
    )
    assert page.read_text() == render_page(merged)
    changed = replace(matrix.programs[0], digest="another")
    other = replace(one, programs=(changed, *matrix.programs[1:]))
    write_effects(page, other, BUGS, other.programs)
    assert list(read_hashes(page.read_text())[1]) == [one.rows[0].bug]


def columns_of(matrix: EffectMatrix, *programs: Program, bugs: int = len(BUGS)) -> EffectMatrix:
    """The matrix as it would be if these were its only programs."""
    keys = {each.key for each in programs}
    rows = tuple(
        replace(row, effects={key: effect for key, effect in row.effects.items() if key in keys})
        for row in matrix.rows[:bugs]
    )
    return replace(matrix, programs=programs, rows=rows)


def test_a_page_keeps_the_columns_of_other_programs_while_the_bugs_are_the_same(
    matrix: EffectMatrix, tmp_path: Path
) -> None:
    page = tmp_path / "effects.md"
    first, second = matrix.programs
    changed = replace(first, digest="another")
    write_effects(page, matrix, BUGS, matrix.programs)
    write_effects(page, columns_of(matrix, changed), BUGS, (changed, second))
    merged = replace(matrix, programs=(changed, second))
    assert page.read_text() == render_page(
        replace(merged, program_seconds=round(matrix.program_seconds))
    )
    write_effects(page, columns_of(matrix, changed), BUGS, (changed,))
    assert list(read_hashes(page.read_text())[0]) == [changed.key]
    write_effects(page, matrix, BUGS, matrix.programs)
    write_effects(page, columns_of(matrix, changed, bugs=2), BUGS, (changed, second))
    assert list(read_hashes(page.read_text())[0]) == [changed.key]


def test_a_page_drops_the_row_of_a_bug_that_is_gone(matrix: EffectMatrix, tmp_path: Path) -> None:
    page = tmp_path / "effects.md"
    write_effects(page, matrix, BUGS, matrix.programs)
    write_effects(page, replace(matrix, rows=matrix.rows[:1]), BUGS[:-1], matrix.programs)
    assert list(read_hashes(page.read_text())[1]) == list(BUGS[:-1])


def test_the_page_of_the_documentation_speaks_of_the_bugs_and_programs_that_there_are() -> None:
    page = shipped("cases").parent / "docs" / "effects.md"
    hashes = read_hashes(page.read_text(encoding="utf-8"))
    assert list(stale_parts(*hashes, shipped_cases(), shipped_bugs())) == []


def test_a_page_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["bugs", "matrix", "--check", "--page", str(tmp_path / "no.md")])
    assert isinstance(done.exception, DebugdiffError)
    assert done.exception.slug == "effects-unreadable"
    (tmp_path / "old.md").write_text("# The effect matrix\n")
    done = CliRunner().invoke(
        app, ["bugs", "matrix", "--check", "--page", str(tmp_path / "old.md")]
    )
    assert isinstance(done.exception, DebugdiffError)
    assert done.exception.slug == "effects-stale"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_an_effect_and_every_effect_a_sign(outcome: Outcome) -> None:
    for symptom in Symptom:
        effect = effect_of(outcome, symptom, warned=False)
        assert (effect in EFFECTIVE) is (outcome is Outcome.EFFECTIVE)
        assert SIGNS[effect]
    assert len(set(SIGNS.values())) == len(Effect)
    assert not EFFECTIVE & PREVENTED
    assert CRASHES < EFFECTIVE
