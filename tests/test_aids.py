"""Modes beside the default one: what they buy and cost, over the bugs that ran in both."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from report_samples import BUGS, PROGRAMS, report
from rich.cells import cell_len

from debugdiff.cli.options import ModeChoice
from debugdiff.cli.selection import EVERY_MODE, parse_modes
from debugdiff.compare.aids import aids
from debugdiff.model import Aid, Instrument, Mode, Report, Stage, TrialResult
from debugdiff.report import Format, Page, render
from debugdiff.report import json as json_report

CRASH = BUGS[0].id
SUBJECT = next(each.name for each in PROGRAMS if each.stack.startswith("keras"))


def twin(result: TrialResult, **record: object) -> TrialResult:
    """The same trial in eager mode, twice as slow unless told otherwise."""
    trial = replace(result.trial, id=f"eager-{result.trial.id}", mode=Mode.EAGER)
    told = {"seconds": 2 * result.record.seconds, **record}
    return TrialResult(trial=trial, record=replace(result.record, **told))


def in_two_modes(bug: str = CRASH, **record: object) -> Report:
    """The sample, with one program's clean run and one bug in eager mode too."""
    sample = report()
    ours = [
        each
        for each in sample.results
        if each.trial.implementation == SUBJECT
        and each.trial.instrument is Instrument.NONE
        and each.trial.bug in (None, bug)
    ]
    results = [twin(each, **(record if each.trial.bug else {})) for each in ours]
    renamed = {each.trial.id.removeprefix("eager-"): each.trial.id for each in results}
    outcomes = [
        replace(each, mode=Mode.EAGER, trial=renamed[each.trial])
        for each in sample.outcomes
        if each.trial in renamed
    ]
    scores = [
        replace(each, mode=Mode.EAGER, trial=renamed[each.trial], value=(each.value or 0) + 0.25)
        for each in sample.scores
        if each.trial in renamed
    ]
    return replace(
        sample,
        results=(*sample.results, *results),
        outcomes=(*sample.outcomes, *outcomes),
        scores=(*sample.scores, *scores),
    )


def the_aid(of: Report) -> Aid:
    (found,) = aids(of.results, of.outcomes, of.scores)
    return found


def test_a_report_in_one_mode_has_no_aids_though_o1_was_read_in_eager_mode_too() -> None:
    sample = report()
    assert any(each.trial.mode is Mode.EAGER for each in sample.results)
    assert aids(sample.results, sample.outcomes, sample.scores) == ()


def test_a_mode_is_set_beside_the_default_on_what_both_ran() -> None:
    aid = the_aid(in_two_modes())
    assert (aid.implementation, aid.mode) == (SUBJECT, Mode.EAGER)
    assert aid.seconds == pytest.approx(2.0)
    assert aid.timed == 2
    assert aid.same_result is True
    assert aid.bugs == 1
    assert aid.changes == ()
    gains = {gain.metric: gain for gain in aid.gains}
    assert gains["D4"].pairs == 1
    assert gains["D4"].mode - gains["D4"].default == pytest.approx(0.25)


def test_a_bug_that_ends_at_another_stage_is_changed_and_no_longer_timed() -> None:
    aid = the_aid(in_two_modes(stage=Stage.BUILD))
    (change,) = aid.changes
    assert change.bug == CRASH
    assert change.default.endswith("in loss")
    assert change.mode.endswith("in build")
    assert aid.timed == 1


def test_other_metrics_of_the_clean_run_are_another_result() -> None:
    sample = in_two_modes()
    results = tuple(
        replace(each, record=replace(each.record, metrics={"accuracy": 0.123}))
        if each.trial.mode is Mode.EAGER and each.trial.bug is None
        else each
        for each in sample.results
    )
    assert the_aid(replace(sample, results=results)).same_result is False


def test_a_bug_that_only_one_mode_ran_counts_for_neither() -> None:
    sample = in_two_modes()
    outcomes = tuple(each for each in sample.outcomes if each.mode is Mode.DEFAULT)
    aid = the_aid(replace(sample, outcomes=outcomes))
    assert aid.bugs == 0
    assert aid.gains == ()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_section_fits_its_page_and_names_what_changed(width: int) -> None:
    sample = in_two_modes(stage=Stage.BUILD)
    sample = replace(sample, aids=aids(sample.results, sample.outcomes, sample.scores))
    text = render(sample, Format.TABLE, Page(width=width))
    section = text[text.index("What each debugging aid buys and costs") :]
    assert "1 of 1" in section
    assert f"eager, {CRASH}: effective" in section
    assert max(map(cell_len, text.splitlines())) <= width


def test_the_json_report_has_the_aids_and_keeps_its_schema() -> None:
    sample = in_two_modes(stage=Stage.BUILD)
    sample = replace(sample, aids=aids(sample.results, sample.outcomes, sample.scores))
    told = json.loads(render(sample, Format.JSON, Page(width=80)))
    jsonschema.validate(told, json.loads(json_report.schema()))
    assert [each["mode"] for each in told["aids"]] == ["eager"]


def test_all_stands_for_every_mode_and_every_mode_can_be_named() -> None:
    assert parse_modes([EVERY_MODE, "default"]) == tuple(Mode)
    assert parse_modes(["eager", "eager"]) == (Mode.EAGER,)
    assert parse_modes(None) == ()
    assert {each.value for each in ModeChoice} == {*Mode, EVERY_MODE}
