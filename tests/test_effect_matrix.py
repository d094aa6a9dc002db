"""The effect matrix: measured on a small pair, read back from its page, and stale in time."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from debugdiff.bugs import load_catalogue
from debugdiff.campaign import RunRequest
from debugdiff.campaign.effect_matrix import measure_effects, stale_cells, without_gone
from debugdiff.case_template import write_case
from debugdiff.cases import load_case
from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.files import shipped
from debugdiff.model import Framework, Outcome, Symptom
from debugdiff.report.effects import SIGNS, read_page, render, render_page
from debugdiff.report.page import Page
from debugdiff.score.effects import (
    CRASHES,
    EFFECTIVE,
    PREVENTED,
    Effect,
    EffectMatrix,
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
        ("dtype/float-token-ids", Effect.FIRST_STEP, Effect.CORRECTED),
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


def test_every_share_says_what_it_is_a_share_of(matrix: EffectMatrix) -> None:
    """Of six bugs PyTorch has places for five; what has no place is no share of what ran."""
    page = render_page(matrix)
    head = "| effect | pytorch, 1 program | keras, 1 program | of all pairs, pytorch |"
    assert head in page
    rows = {
        cells[0]: cells[1:]
        for line in page.splitlines()
        if line.startswith("| ")
        for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
        if len(cells) == 7
    }
    assert rows["not-applicable"] == ["1", "2", "16.7%", "33.3%", "", ""]
    assert rows["not-expressible"][1::2] == ["1", "16.7%", "25.0%"]
    assert rows["all"][:2] == ["6", "6"]
    text = render(matrix, Page(width=100))
    assert re.search(r"^not-applicable +1 +2 +16.7% +33.3%$", text, re.MULTILINE)


def test_a_page_is_read_back_as_the_matrix_that_it_was_written_from(matrix: EffectMatrix) -> None:
    known = read_page(render_page(matrix))
    assert known is not None
    assert (known.programs, known.rows) == (matrix.programs, matrix.rows)


def test_a_page_is_stale_in_the_cells_in_which_another_program_would_run(
    request_of_pair: RunRequest, matrix: EffectMatrix
) -> None:
    cases, bugs = request_of_pair.cases, request_of_pair.bugs
    assert stale_cells(matrix, cases, bugs) == []
    retold = [replace(bug, story="Another one.", rules=(*bug.rules, *bug.rules)) for bug in bugs]
    assert stale_cells(matrix, cases, retold) == []
    (case,) = cases
    edited = replace(case.implementations[0], source=case.implementations[0].source + "\n")
    other = replace(case, implementations=(edited, *case.implementations[1:]))
    places = [row.bug for row in matrix.rows if row.runs[edited.key] not in {"-", "x"}]
    assert stale_cells(matrix, (other,), bugs) == [f"{bug} in {edited.key}" for bug in places]
    gone = [f"{bugs[0].id} in {each.key}" for each in case.implementations]
    assert stale_cells(matrix, cases, bugs[1:]) == sorted(gone)


def test_only_cells_that_are_not_known_are_run(
    request_of_pair: RunRequest, matrix: EffectMatrix, tmp_path: Path
) -> None:
    elsewhere = replace(request_of_pair, store=tmp_path / "other.sqlite3")
    assert measure_effects(elsewhere, known=matrix).rows == matrix.rows
    assert not elsewhere.store.exists()
    row = matrix.rows[0]
    less = replace(matrix, rows=(replace(row, effects={}, runs={}), *matrix.rows[1:]))
    assert measure_effects(request_of_pair, known=less).rows == matrix.rows


def test_what_is_gone_leaves_a_matrix(request_of_pair: RunRequest, matrix: EffectMatrix) -> None:
    (case,) = request_of_pair.cases
    one = replace(case, implementations=case.implementations[:1])
    left = without_gone(matrix, (one,), request_of_pair.bugs[1:])
    assert [row.bug for row in left.rows] == list(BUGS[1:])
    assert {key for row in left.rows for key in row.effects} == {case.implementations[0].key}


def test_a_page_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["bugs", "matrix", "--check", "--page", str(tmp_path / "no.md")])
    assert isinstance(done.exception, DebugdiffError)
    assert done.exception.slug == "effects-unreadable"
    (tmp_path / "old.md").write_text("# The effect matrix\n")
    done = CliRunner().invoke(
        app, ["bugs", "matrix", "--check", "--page", str(tmp_path / "old.md")]
    )
    assert isinstance(done.exception, DebugdiffError)
    assert done.exception.slug == "effects-unreadable"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_an_effect_and_every_effect_a_sign(outcome: Outcome) -> None:
    for symptom in Symptom:
        effect = effect_of(outcome, symptom, warned=False)
        assert (effect in EFFECTIVE) is (outcome is Outcome.EFFECTIVE)
        assert SIGNS[effect]
    assert len(set(SIGNS.values())) == len(Effect)
    assert not EFFECTIVE & PREVENTED
    assert CRASHES < EFFECTIVE
