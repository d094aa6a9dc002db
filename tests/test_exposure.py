"""Exposure: places of bugs in programs, and what framework and length explain of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from inject_programs import bug, program, rule
from typer.testing import CliRunner

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import find_case
from debugdiff.cli.app import app
from debugdiff.inject import count_places, inject
from debugdiff.model import Framework, Mutant, Style, Training
from debugdiff.verdict.exposure import ProgramExposure, fit_model

SOURCE = "from torch import nn\n\na = nn.Linear(2, 3)\nb = nn.Linear(3, 3)\nc = nn.ReLU()\n"


def test_a_place_is_each_match_whatever_nth_says() -> None:
    one = bug(rule(match="nn.Linear($x, 3)", replace="nn.Linear($x, 4)", nth=0))
    assert count_places(program(SOURCE), one) == 2
    assert count_places(program("x = 1\n"), one) == 0


def test_two_rules_that_give_the_same_program_are_one_place() -> None:
    rules = [rule(match="nn.ReLU()", replace="nn.Tanh()", nth=0) for _ in range(2)]
    assert count_places(program(SOURCE), bug(*rules)) == 1


@pytest.mark.parametrize("name", ["pytorch", "keras_subclass"])
def test_a_bug_has_a_place_where_it_can_be_put_in(name: str) -> None:
    (found,) = [one for one in find_case("gru_sentiment").implementations if one.name == name]
    fits = {one.id for one in shipped_bugs() if isinstance(inject(found, one), Mutant)}
    places = {one.id: count_places(found, one) for one in shipped_bugs()}
    assert {name for name, count in places.items() if count} == fits
    assert sum(places.values()) > len(fits)


def exposure(case: str, framework: Framework, lines: int, places: int) -> ProgramExposure:
    return ProgramExposure(
        case=case,
        name=framework.value,
        framework=framework,
        style=Style.SCRIPT,
        training=Training.LOOP,
        lines=lines,
        api=10,
        bugs=places,
        places=places,
        prevented=0,
    )


def planted(keras: float, length: float, noise: float, cases: int = 14) -> list[ProgramExposure]:
    random = np.random.default_rng(0)
    found = []
    for number in range(cases):
        level = random.uniform(5, 20)
        for framework in (Framework.PYTORCH, Framework.KERAS, Framework.KERAS):
            lines = int(random.integers(30, 120))
            factor = keras if framework is Framework.KERAS else 1.0
            places = level * factor * lines**length * np.exp(random.normal(0, noise))
            found.append(exposure(f"case{number}", framework, lines, max(round(places), 1)))
    return found


def test_what_was_planted_is_found() -> None:
    model = fit_model(planted(keras=0.7, length=0.6, noise=0.05))
    assert model is not None
    assert (model.programs, model.cases) == (42, 14)
    for found, true in ((model.framework, 0.7), (model.length, 0.6)):
        assert found.low is not None
        assert found.high is not None
        assert found.low < true < found.high
        assert found.high - found.low < 0.2


def test_the_coefficients_are_those_of_a_constant_per_case() -> None:
    programs = planted(keras=0.8, length=0.5, noise=0.3)
    model = fit_model(programs)
    cases = sorted({each.case for each in programs})
    rows = [
        [float(each.case == case) for case in cases]
        + [float(each.framework is Framework.KERAS), np.log(each.lines)]
        for each in programs
    ]
    expected = np.linalg.lstsq(np.array(rows), np.log([p.places for p in programs]), rcond=None)[0]
    assert model is not None
    assert np.log(model.framework.value) == pytest.approx(expected[-2])
    assert model.length.value == pytest.approx(expected[-1])


def test_cases_of_one_framework_and_too_few_cases_have_no_model() -> None:
    assert (
        fit_model([each for each in planted(1, 1, 0) if each.framework is Framework.KERAS]) is None
    )
    assert fit_model(planted(1, 1, 0.1, cases=2)) is None


def test_the_command_prints_every_program_and_its_json(tmp_path: Path) -> None:
    words = ["bugs", "exposure", "shape/*", "--case", "gru_sentiment", "--store", f"{tmp_path}/s"]
    runner = CliRunner(env={"COLUMNS": "80"})
    table = runner.invoke(app, words)
    assert table.exit_code == 0, table.output
    assert "keras_sequential" in table.output
    assert "no model is fitted" in table.output
    assert max(map(len, table.output.splitlines())) <= 80
    found = json.loads(runner.invoke(app, [*words, "--json"]).output)["exposure"]
    assert len(found["programs"]) == 4
    assert all(each["places"] >= each["bugs"] > 0 for each in found["programs"])
