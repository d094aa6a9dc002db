"""Reports: every format says the same, loses nothing, and fits its page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from report_samples import BUGS, CASE, changed, report, with_more, with_record, with_scores
from rich.cells import cell_len

from debugdiff import model
from debugdiff.errors import DebugdiffError
from debugdiff.model import Attempt, BrokenImplementation, Mode, Pairing, ProgramRun, Report
from debugdiff.report import Format, Page, format_of, render
from debugdiff.report import json as json_report
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

WIDTHS = (80, 100, 140)
UNPAIRED = "Nothing says that these 4 programs are the same model: add a case.toml."


def table(width: int = 100, of: Report | None = None) -> str:
    return render(of or report(), Format.TABLE, Page(width=width))


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_page(width: int) -> None:
    assert max(map(cell_len, table(width).splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_no_important_word_is_cut_at_any_width(width: int) -> None:
    text = table(width)
    told = ["not expressible", "prevented", "first step", "silent", "timed out"]
    words = [*(each.id for each in BUGS), *told]
    assert [word for word in words if word not in text] == []
    assert "…" not in text
    assert "InvalidArgument" in text


def test_at_a_hundred_columns_no_name_is_broken() -> None:
    text = table(100)
    names = ["InvalidArgumentError", "keras_sequential", "UserWarning: `binary_"]
    assert [name for name in names if name not in text] == []


def test_rows_of_a_block_line_up() -> None:
    rows = [line for line in table(100).splitlines() if "InvalidArgumentError" in line]
    assert len(rows) == 3
    assert len({line.index("InvalidArgumentError") for line in rows}) == 1
    assert len({len(line) for line in rows}) == 1


def test_the_sections_stand_evidence_first_and_scores_second() -> None:
    text = table()
    titles = ("What ran", "readability", "debuggability", "interim access", "scores", "Notes")
    places = [text.index(title) for title in titles]
    assert places == sorted(places)


def test_a_prevented_bug_is_said_with_its_reason() -> None:
    text = table(140)
    assert "Keras infers the width of a layer's input" in text
    assert "No site differs from the clean run" in text


def test_generated_data_is_said_loudly() -> None:
    text = table()
    assert "STAND-IN DATA: imdb is generated text" in text
    real = report()
    real = replace(real, environment=replace(real.environment, stand_ins=()))
    assert "STAND-IN" not in table(of=real)


def test_an_order_that_a_choice_decides_is_called_not_robust_and_the_choice_is_named() -> None:
    text = " ".join(table().split())
    assert text.count("not robust") == 1
    assert (
        "Keras is first under 81% of the other definitions and weights, but not if hidden frames"
        " count as noise: not robust." in text
    )


def test_crashes_of_other_bugs_are_not_offered_for_a_comparison() -> None:
    text = table()
    assert "bugs that end every program" in text
    assert "each program's own bugs; not comparable" in text


def test_prevention_has_its_rate_its_interval_and_its_bugs() -> None:
    rows = [row.split() for row in table().splitlines() if row.startswith("keras_subclass ")]
    assert ["keras_subclass", "75%", "0", "to", "88", "%", "4"] in rows


def test_a_program_that_timed_out_says_where_it_was_and_no_figure() -> None:
    row = next(line for line in table(140).splitlines() if "timed out" in line)
    assert "it was at pytorch.py:18" in row


def test_a_silent_bug_says_which_numbers_are_other_ones() -> None:
    def unjudged(attempt: Attempt) -> Attempt:
        told = with_record(attempt, warnings=(), metrics={"accuracy": 0.5})
        return with_scores(told, D1=(None, ""))

    def clean(run: ProgramRun) -> ProgramRun:
        return with_record(run, metrics={"accuracy": 0.75})

    rows = table(of=changed(report(), run=clean, attempt=unjudged)).splitlines()
    assert any("silent" in row and "accuracy 0.5 (clean 0.75)" in row for row in rows)


def test_a_warning_is_told_of_a_bug_only_if_the_clean_run_does_not_give_it() -> None:
    sample = report()
    warned = {
        each.implementation.name: each.record.warnings
        for each in sample.attempts
        if each.record and each.record.warnings
    }

    def clean(run: ProgramRun) -> ProgramRun:
        return with_record(run, warnings=warned.get(run.implementation.name, ()))

    assert "UserWarning: " in table(140)
    assert "UserWarning: " not in table(140, of=changed(sample, run=clean))


def test_a_wide_page_has_the_message_beside_its_figures() -> None:
    assert "mat1 and mat2 shapes cannot be multiplied" in table(140)
    assert "mat1 and mat2" not in table(100)


def test_every_heading_of_the_debuggability_table_is_explained_once() -> None:
    text = table(140)
    section = text.split("what it means")[1]
    words = ("prevented", "silent", "defect", "use", "hops", "noise", "says", "argues")
    assert [word for word in words if f"\n{word}" not in section] == []
    assert text.count("share of frames that are not yours") == 1


def test_what_silent_bugs_lack_is_called_not_judged() -> None:
    section = table(140).split("Silent bugs")[1]
    row = next(line for line in section.splitlines() if line.startswith("keras_sequential"))
    assert row.count("not judged") == 1
    assert not any(line.startswith("keras_functional") for line in section.splitlines())


def test_ratios_stand_beside_the_figures_of_every_program_but_none_is_needed() -> None:
    sample = report()
    assert "33  0.53" in table()
    (case,) = sample.cases
    keras_only = replace(case, implementations=case.implementations[1:])
    alone = table(of=replace(sample, cases=(keras_only,), programs=sample.programs[1:]))
    assert "No ratios" in alone
    assert "0.53" not in alone


def strangers() -> Report:
    """The sample as a folder of programs that nothing says are one model."""
    sample = report()
    (case,) = sample.cases
    case = replace(case, declared=False, pairing=Pairing(compared=False, reason=UNPAIRED))
    programs = tuple(replace(each, case=case) for each in sample.programs)
    return replace(sample, cases=(case,), programs=programs)


def test_programs_that_are_no_pair_have_no_ratios_and_the_reason_stands_there() -> None:
    text = table(140, of=strangers())
    readability = text.split("readability ──")[1].split("debuggability ──")[0]
    assert UNPAIRED in readability
    assert "33  0.53" not in readability
    assert "reference" not in readability
    scores = text.split(" scores ──")[1].split("comparison ──")[0]
    assert "mean ratio to the reference" not in scores
    assert "bugs that end every program" not in scores
    assert "each program's own bugs" in scores
    assert "Not compared: gru_sentiment." in text.split("comparison ──")[1]
    assert UNPAIRED not in table(140)


def test_the_json_of_programs_that_are_no_pair_says_so_with_the_reason() -> None:
    told = json.loads(render(strangers(), Format.JSON, Page()))
    jsonschema.validate(told, json.loads(json_report.schema()))
    (case,) = told["cases"]
    assert (case["compared"], case["reason"]) == (False, UNPAIRED)
    (paired,) = json.loads(render(report(), Format.JSON, Page()))["cases"]
    assert (paired["compared"], paired["reason"]) == (True, "")


def test_stack_and_mode_are_named_only_where_there_are_several() -> None:
    sample = report()
    section = table().split("debuggability ──")[1].split("interim access")[0]
    assert "keras-tensorflow" not in section
    eager = (
        replace(each, condition=replace(each.condition, mode=Mode.EAGER))
        for each in sample.attempts
    )
    several = table(of=with_more(sample, *eager))
    assert "keras-tensorflow eager" in several.split("debuggability ──")[1]


def test_seeds_that_differ_are_both_shown() -> None:
    sample = report()
    first = sample.attempts[0]
    second = replace(first, condition=replace(first.condition, seed=1))
    both = with_more(sample, with_scores(second, D8=(7.0, "")))
    row = next(line for line in table(of=both).splitlines() if "RuntimeError" in line)
    assert "3/7" in row


def test_broken_programs_failed_clean_runs_and_trials_that_did_not_run_are_all_said() -> None:
    sample = report()
    (case,) = sample.cases
    broken = BrokenImplementation(case=CASE, name="half", path=Path("half.py"), reason="line 3")
    failure = sample.attempts[0].failure
    assert failure is not None

    def failing(run: ProgramRun) -> ProgramRun:
        if run.implementation.name != "pytorch":
            return run
        return with_record(run, program=model.ProgramEnd.RAISED, failure=failure)

    troubled = replace(
        changed(sample, run=failing),
        cases=(replace(case, broken=(broken,)),),
        not_run={"c1": "the host died"},
    )
    text = table(140, of=troubled)
    assert "gru_sentiment/half cannot be used: line 3" in text
    assert "The clean run of gru_sentiment/pytorch fails: RuntimeError: mat1" in text
    assert "1 trial could not be measured: the host died" in text


def test_a_report_without_anything_in_it_still_renders() -> None:
    empty = Report(environment=report().environment, cases=(), bugs=())
    assert "0 cases, 0 bugs, 0 trials" in table(of=empty)
    assert json.loads(render(empty, Format.JSON, Page()))["trials"] == []


def test_colour_adds_codes_and_changes_no_word() -> None:
    coloured = render(report(), Format.TABLE, Page(width=100, colour=True))
    assert "\x1b[" in coloured
    lines = [Text.from_ansi(line).plain.rstrip() for line in coloured.splitlines()]
    assert lines == table(100).splitlines()


def test_text_files_have_no_colour_and_pictures_have_everything() -> None:
    page = Page(width=100, colour=True)
    assert "\x1b[" not in render(report(), Format.TEXT, page)
    assert render(report(), Format.SVG, page).startswith("<svg")
    assert "<html" in render(report(), Format.HTML, page)


def test_a_picture_loads_nothing_from_anywhere() -> None:
    text = render(report(), Format.SVG, Page()).replace("http://www.w3.org", "")
    assert not re.search(r"url\(.?http|(?:src|href)=|@import", text)


def test_the_suffix_of_a_file_names_the_format() -> None:
    assert format_of(Path("a.json")) is Format.JSON
    assert format_of(Path("a.SVG")) is Format.SVG
    with pytest.raises(DebugdiffError, match="suffix") as caught:
        format_of(Path("a.docx"))
    assert caught.value.slug == "unknown-format"


# --- JSON --------------------------------------------------------------------------------------


def document() -> dict[str, object]:
    loaded: dict[str, object] = json.loads(render(report(), Format.JSON, Page()))
    return loaded


def test_the_json_report_keeps_its_schema() -> None:
    schema = json.loads(json_report.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document())


def test_the_schema_refuses_a_field_that_it_does_not_know() -> None:
    wrong = document() | {"surprise": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json.loads(json_report.schema()))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("stage", model.Stage),
        ("stack", model.Stack),
        ("mode", model.Mode),
        ("style", model.Style),
        ("training", model.Training),
        ("instrument", model.Instrument),
        ("worker", model.WorkerEnd),
        ("program", model.ProgramEnd),
        ("outcome", model.Outcome),
        ("owner", model.Owner),
        ("size", model.Size),
        ("framework", model.Framework),
        ("sandbox", (*model.Sandbox, None)),
    ],
)
def test_the_schema_knows_every_word_of_the_model(
    name: str, words: Iterable[StrEnum | None]
) -> None:
    definitions = json.loads(json_report.schema())["$defs"]
    definitions["stack"] = definitions["used_stack"]["properties"]["kind"]
    known = definitions[name]["enum"]
    assert known == [word and word.value for word in words]


def test_the_top_level_holds_what_the_documentation_lists() -> None:
    fields = (
        "schema_version environment sandboxes cases trials outcomes scores indices".split()  # noqa: SIM905
    )
    assert list(document()) == [*fields, "comparisons", "aids", "not_run"]
    text = (Path(__file__).parent.parent / "docs" / "json.md").read_text()
    assert [field for field in fields if f"`{field}`" not in text] == []


def test_a_value_that_is_not_finite_is_refused_and_not_written_as_null() -> None:
    def bad(run: ProgramRun) -> ProgramRun:
        return with_scores(run, O1=(float("nan"), ""))

    with pytest.raises(ValueError, match="JSON"):
        render(changed(report(), run=bad), Format.JSON, Page())


def test_a_trial_carries_its_failure_and_where_its_defect_is() -> None:
    trials = document()["trials"]
    assert isinstance(trials, list)
    crash = next(each for each in trials if each["failure"])
    assert crash["defect"]["changed"][0]["line"] == 10
    assert crash["failure"]["frames"][0]["owner"] == "user"
    assert next(each for each in trials if each["bug"] is None)["defect"] is None


def noted(of: Report | None = None) -> str:
    """The notes of a report, as one line."""
    return " ".join(table(of=of).partition("Notes")[2].split())


def test_a_report_says_which_sandbox_held_and_what_it_stopped() -> None:
    trials = len(report().results)
    assert f"Sandbox write: {trials} trials; it stopped TCP." in noted()
    assert document()["sandboxes"] == [{"sandbox": "write", "stopped": ["TCP"], "trials": trials}]


def test_trials_of_another_level_are_counted_apart() -> None:
    def off(run: ProgramRun) -> ProgramRun:
        return with_record(run, sandbox=model.Sandbox.OFF, stopped=())

    both = changed(report(), run=off)
    assert "Sandbox off:" in noted(both)
    assert "Sandbox write:" in noted(both)
    assert sum(each.trials for each in both.confinements) == len(both.results)


def test_a_case_that_had_a_network_is_named() -> None:
    assert "network" not in noted()
    cases = tuple(replace(each, network=True) for each in report().cases)
    text = noted(replace(report(), cases=cases))
    assert f"With a network, because the case needs one: {CASE}." in text
