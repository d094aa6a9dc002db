"""Modes beside the default one: what they buy and cost, over the bugs that ran in both."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from report_samples import BUGS, PROGRAMS, AnyRun, changed, report, with_more, with_record
from rich.cells import cell_len

from debugdiff.cli.options import ModeChoice
from debugdiff.cli.selection import EVERY_MODE, parse_modes
from debugdiff.compare.aids import aids
from debugdiff.model import Aid, Attempt, Mode, Outcome, ProgramRun, Report, Stage, Verdict
from debugdiff.report import Format, Page, render
from debugdiff.report import json as json_report

CRASH = BUGS[0].id
SUBJECT = next(each.name for each in PROGRAMS if each.stack.startswith("keras"))


def twin(run: AnyRun, **record: object) -> AnyRun:
    """The same run in eager mode, twice as slow unless told otherwise."""
    assert run.record is not None
    slower = with_record(run, **{"seconds": 2 * run.record.seconds, **record})
    return replace(slower, condition=replace(run.condition, mode=Mode.EAGER))


def in_two_modes(bug: str = CRASH, **record: object) -> Report:
    """The sample, with one program's clean run and one bug in eager mode too."""
    sample = report()
    program = next(each for each in sample.programs if each.implementation.name == SUBJECT)
    attempt = next(each for each in program.attempts if each.bug.id == bug)
    return with_more(sample, twin(program.runs[0]), raised(twin(attempt, **record)))


def raised(attempt: Attempt) -> Attempt:
    """With every figure a little higher."""
    scores = (replace(each, value=(each.value or 0) + 0.25) for each in attempt.scores)
    return replace(attempt, scores=tuple(scores))


def the_aid(of: Report) -> Aid:
    (found,) = aids(of.programs)
    return found


def test_a_report_in_one_mode_has_no_aids_though_o1_was_read_in_eager_mode_too() -> None:
    sample = report()
    assert any(each.trial.mode is Mode.EAGER for each in sample.results)
    assert aids(sample.programs) == ()


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
    def other(run: ProgramRun) -> ProgramRun:
        return with_record(run, metrics={"accuracy": 0.123}) if run.mode is Mode.EAGER else run

    assert the_aid(changed(in_two_modes(), run=other)).same_result is False


def test_a_bug_that_only_one_mode_ran_counts_for_neither() -> None:
    def unmeasured(attempt: Attempt) -> Attempt:
        if attempt.mode is Mode.DEFAULT:
            return attempt
        return replace(attempt, verdict=Verdict(Outcome.UNMEASURED, ""))

    aid = the_aid(changed(in_two_modes(), attempt=unmeasured))
    assert aid.bugs == 0
    assert aid.gains == ()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_section_fits_its_page_and_names_what_changed(width: int) -> None:
    sample = in_two_modes(stage=Stage.BUILD)
    sample = replace(sample, aids=aids(sample.programs))
    text = render(sample, Format.TABLE, Page(width=width))
    section = text[text.index("What each debugging aid gives and costs") :]
    assert "1 of 1" in section
    assert f"eager, {CRASH}: effective" in section
    assert max(map(cell_len, text.splitlines())) <= width


def test_the_json_report_has_the_aids_and_keeps_its_schema() -> None:
    sample = in_two_modes(stage=Stage.BUILD)
    sample = replace(sample, aids=aids(sample.programs))
    told = json.loads(render(sample, Format.JSON, Page(width=80)))
    jsonschema.validate(told, json.loads(json_report.schema()))
    assert [each["mode"] for each in told["aids"]] == ["eager"]


def test_all_stands_for_every_mode_and_every_mode_can_be_named() -> None:
    assert parse_modes([EVERY_MODE, "default"]) == tuple(Mode)
    assert parse_modes(["eager", "eager"]) == (Mode.EAGER,)
    assert parse_modes(None) == ()
    assert {each.value for each in ModeChoice} == {*Mode, EVERY_MODE}
