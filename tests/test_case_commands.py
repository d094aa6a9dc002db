"""`cases new`, `show`, `list` and `check`: a working pair to start from, and what a check sees."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from extent import left_to_whole
from score_builders import result
from typer.testing import CliRunner

from debugdiff import corpora
from debugdiff.campaign import RunRequest
from debugdiff.campaign.case_checks import _within_budget, check_cases
from debugdiff.case_template import template_files, write_case
from debugdiff.cases import load_case, shipped_cases
from debugdiff.cli.app import app
from debugdiff.errors import CaseError
from debugdiff.model import Budget, Framework, Size
from debugdiff.static import count_logical_lines, measure

if TYPE_CHECKING:
    from debugdiff.campaign.checks import CheckLine
    from debugdiff.execute.pool import Pool

DOCS = Path(__file__).parent.parent / "docs"
RUNNER = CliRunner()


def run(*arguments: str, columns: int = 100) -> str:
    done = RUNNER.invoke(app, arguments, env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    folder = tmp_path / "fresh"
    write_case(folder)
    return folder


# --- new -----------------------------------------------------------------------------------------


def test_a_new_case_is_the_one_that_the_documentation_explains(pair: Path) -> None:
    page = (DOCS / "adding-a-case.md").read_text(encoding="utf-8")
    for name, text in template_files():
        assert f"\n{text}```" in page, name
        assert (pair / name).read_text(encoding="utf-8") == text


def test_nothing_is_overwritten_by_a_new_case(pair: Path) -> None:
    (pair / "pytorch.py").write_text("mine")
    with pytest.raises(CaseError, match="already exists") as caught:
        write_case(pair)
    assert caught.value.slug == "case-exists"
    assert (pair / "pytorch.py").read_text() == "mine"


def test_a_case_is_not_written_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CaseError) as caught:
        write_case(tmp_path / "file" / "case")
    assert caught.value.slug == "case-not-written"
    assert caught.value.hint


def test_the_command_names_the_files_that_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "by_command"
    written = run("cases", "new", str(folder)).split()
    assert written == [str(folder / name) for name, _ in template_files()]


# --- show and list -------------------------------------------------------------------------------


def test_programs_stand_beside_each_other_where_there_is_room() -> None:
    wide = run("cases", "show", "gru_sentiment", "pytorch", "keras_functional", columns=240)
    narrow = run("cases", "show", "gru_sentiment", "pytorch", "keras_functional", columns=80)
    assert any("pytorch.py" in line and "keras_functional.py" in line for line in wide.splitlines())
    titles = [line for line in narrow.splitlines() if ".py ─" in line]
    assert [title.strip("╭─╮ ") for title in titles] == ["pytorch.py", "keras_functional.py"]
    assert "keras_sequential.py" not in wide


def test_a_narrow_terminal_loses_no_word_of_a_program(pair: Path) -> None:
    shown = "".join(run("cases", "show", f"{pair}/", columns=60).split())
    for word in load_case(pair).implementations[0].source.split():
        assert "".join(word.split()) in shown.replace("││", ""), word


def test_an_implementation_that_a_case_has_not_is_a_clear_error() -> None:
    done = RUNNER.invoke(app, ["cases", "show", "gru_sentiment", "jax"])
    assert done.exit_code != 0
    assert getattr(done.exception, "slug", "") == "implementation-unknown"


def test_the_list_has_parameters_lines_and_clean_figures() -> None:
    shown = run("cases", "list", "gru_sentiment")
    (case,) = (each for each in shipped_cases() if each.name == "gru_sentiment")
    for each in case.implementations:
        (row,) = (line.split() for line in shown.splitlines() if line.startswith(f"{each.name} "))
        assert row[4:] == [
            f"{each.parameters:,}",
            str(count_logical_lines(each.source)),
            f"{each.clean:.3f}",
        ]
    listed = json.loads(run("cases", "list", "--json"))["cases"]
    assert {each["name"] for each in listed} == {case.name for case in shipped_cases()}


@pytest.mark.parametrize("case", shipped_cases(), ids=lambda case: case.name)
def test_lines_are_counted_as_they_are_measured(case: object) -> None:
    for each in case.implementations:  # type: ignore[attr-defined]
        assert count_logical_lines(each.source) == measure(each.source).whole.lloc


# --- check ---------------------------------------------------------------------------------------


def checked(folder: Path, pool: Pool, **changes: object) -> dict[tuple[str, str], CheckLine]:
    request = RunRequest(cases=(load_case(folder),), bugs=(), store=folder.parent / "s.sqlite3")
    lines = check_cases(replace(request, **changes), pool=pool)  # type: ignore[arg-type]
    return {(line.subject, line.check): line for line in lines}


def test_a_new_case_passes_every_check_at_once(pair: Path, pool: Pool) -> None:
    lines = checked(pair, pool)
    assert [line for line in lines.values() if not line.passed] == []
    assert {check for _, check in lines} == {
        "contract",
        "data without a framework",
        "clean run",
        "budget",
        "same seed, same numbers",
        "stable metrics",
        "one model",
        "parameters",
    }


def test_a_case_that_is_not_one_model_is_told_so(pair: Path, pool: Pool) -> None:
    program = pair / "keras_functional.py"
    program.write_text(
        program.read_text().replace("layers.GRU(16)", 'layers.GRU(16, activation="relu")')
    )
    toml = pair / "case.toml"
    toml.write_text(toml.read_text().replace("parameters = 1490", "parameters = 1491"))
    lines = checked(pair, pool)
    told = lines["fresh", "one model"]
    assert not told.passed
    assert told.detail == "pytorch and keras_functional differ at forward gru"
    assert not lines["fresh", "parameters"].passed
    assert "pytorch has 1,490 and declares 1,491" in lines["fresh", "parameters"].detail


def test_a_metric_that_hangs_on_rounding_is_told_so(pair: Path, pool: Pool) -> None:
    """Two calls give equal logits, and the share of ties is 1: on this processor."""
    program = pair / "pytorch.py"
    tied = "(logits <= model(torch.from_numpy(data.test.letters))).float().mean()"
    changed = program.read_text().replace("accuracy.item()}", f'accuracy.item(), "tied": {tied}}}')
    program.write_text(changed)
    lines = checked(pair, pool, frameworks=(Framework.PYTORCH,))
    line = lines["fresh/pytorch", "stable metrics"]
    assert not line.passed
    assert line.detail.startswith("tied moves when the model's outputs move by rounding (1 and 0.")
    assert ("fresh", "one model") not in lines


@left_to_whole
def test_above_the_smallest_size_every_seed_has_to_learn(pair: Path, pool: Pool) -> None:
    chosen = {"frameworks": (Framework.PYTORCH,), "size": Size.SMALL, "seeds": (0, 1, 2)}
    subject = ("fresh/pytorch (pytorch)", "learns")
    assert checked(pair, pool, **chosen)[subject].passed
    program = pair / "pytorch.py"
    program.write_text(program.read_text().replace("            optimizer.step()\n", ""))
    line = checked(pair, pool, **chosen)[subject]
    assert not line.passed
    assert line.detail.endswith("more than 0.865 is needed")


def test_a_program_that_does_not_repeat_itself_is_told_so(pair: Path, pool: Pool) -> None:
    program = pair / "pytorch.py"
    program.write_text(program.read_text().replace("torch.manual_seed(seed)", "torch.seed()"))
    lines = checked(pair, pool, frameworks=(Framework.PYTORCH,))
    line = lines["fresh/pytorch (pytorch)", "same seed, same numbers"]
    assert not line.passed
    assert " and then " in line.detail
    assert "differs from step 0 on" in line.detail


@pytest.mark.parametrize(("seconds", "passed"), [(14.9, True), (15.1, False)])
def test_half_of_a_budget_has_to_be_left(seconds: float, *, passed: bool) -> None:
    ran = result()
    trial = replace(ran.trial, budget=Budget(seconds=30.0))
    ran = replace(ran, trial=trial, record=replace(ran.record, seconds=seconds))
    line = _within_budget("fresh/pytorch", ran)
    assert line.passed is passed
    assert line.detail.startswith(f"{seconds} of 30 s")


def test_a_case_whose_data_is_not_installed_says_what_to_install(
    pair: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = pair / "case.toml"
    toml.write_text(toml.read_text().replace("\n[", '\ncorpora = ["imdb"]\n\n[', 1))
    missing = replace(corpora.describe("imdb"), installed=False)
    monkeypatch.setattr(corpora, "describe", lambda _name: missing)
    chosen = {"frameworks": (Framework.PYTORCH,)}
    line = checked(pair, pool, **chosen)["fresh", "data"]
    assert line.passed
    assert "pip install 'debugdiff[data]'" in line.detail
    assert not checked(pair, pool, **chosen, size=Size.SMALL)["fresh", "data"].passed
