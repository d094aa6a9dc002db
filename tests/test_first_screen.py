"""The first screen: the answers, a row per program and dimension, on a page of 30 lines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from report_samples import BUGS, changed, report, with_record, with_scores
from rich.cells import cell_len

from debugdiff.compare import comparisons
from debugdiff.compare.contrasts import contrasts
from debugdiff.compare.standings import standings
from debugdiff.model import (
    Attempt,
    Dimension,
    Interval,
    Judgement,
    Outcome,
    Pairing,
    ProgramEnd,
    ProgramReport,
    ProgramRun,
    Report,
    Score,
    Verdict,
)
from debugdiff.report import Format, Page, Table, render

if TYPE_CHECKING:
    from debugdiff.model import Standing

BAR = re.compile("[━─]{12}")
WIDTHS = (60, 80, 100, 140)
SHAPE, WIDTH, LOOP, SOFTMAX = (bug.id for bug in BUGS)


def answered(of: Report) -> Report:
    """A report with all that follows from its attempts."""
    compared = comparisons(of.programs)
    return replace(
        of,
        comparisons=compared,
        standings=standings(of.programs, compared),
        contrasts=contrasts(of.programs),
    )


def whole() -> Report:
    """The sample on real data, with scores in every dimension."""
    sample = report()
    reached = changed(sample, run=lambda run: with_scores(run, O2=(0.5, "")))
    sized = zip(reached.programs, (60.0, 30.0, 33.0, 45.0), strict=True)
    programs = tuple(replace(program, scores=_sizes(size)) for program, size in sized)
    environment = replace(sample.environment, stand_ins=())
    return answered(replace(sample, programs=programs, environment=environment))


def _sizes(size: float) -> tuple[Score, ...]:
    return tuple(Score(metric=name, value=size, explanation="") for name in ("R1", "R3", "R5"))


def screen(of: Report | None = None, width: int = 100, *tables: Table) -> str:
    page = Page(width=width)
    return render(of or whole(), Format.TABLE, page, tables or (Table.ANSWERS,))


def read_aloud(of: Report | None = None, *tables: Table) -> str:
    return render(of or whole(), Format.TABLE, Page().read_aloud(), tables or (Table.ANSWERS,))


# --- what stands there ---------------------------------------------------------------------------


def test_the_answers_on_four_programs_fit_on_a_page_of_thirty_lines_below_a_prompt() -> None:
    lines = screen().splitlines()
    assert len(lines) < 30
    assert max(map(cell_len, lines)) <= 100


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_page_and_no_name_is_cut(width: int) -> None:
    text = screen(width=width)
    assert max(map(cell_len, text.splitlines())) <= width
    programs = [each.implementation.name for each in whole().programs]
    assert [name for name in programs if name not in text] == []
    assert "…" not in text


def test_every_dimension_has_a_row_for_each_program_in_which_it_was_measured() -> None:
    standings_of = whole().standings
    assert {one.dimension for one in standings_of} == set(Dimension)
    rows = [line for line in screen().splitlines() if BAR.search(line)]
    assert len(rows) == sum(one.figure is not None for one in standings_of)


def test_what_was_compared_stands_in_the_first_line() -> None:
    assert screen().splitlines()[0] == (
        "gru_sentiment: one model in 4 programs; 4 of 4 bugs tried, 27 trials at size tiny, seed 0."
    )


def test_what_a_framework_cannot_express_is_not_counted_as_tried_without_a_trial() -> None:
    def bare(program: ProgramReport) -> ProgramReport:
        outcome = Outcome.NOT_EXPRESSIBLE
        kept = (each for each in program.attempts if each.verdict.outcome is outcome)
        return replace(program, attempts=tuple(kept))

    sample = whole()
    of = replace(sample, programs=tuple(map(bare, sample.programs)))
    assert any(each.bug.id == WIDTH for each in of.attempts)
    assert "; 0 of 4 bugs tried" in screen(of).splitlines()[0]


def test_figures_are_beside_the_reference_whose_size_is_one() -> None:
    of = [one for one in whole().standings if one.dimension is Dimension.READABILITY]
    assert [round(one.figure.value, 2) for one in of if one.figure] == [1.0, 0.5, 0.55, 0.75]
    assert [one.reference for one in of] == ["", "pytorch", "pytorch", "pytorch"]


def test_a_longer_bar_is_a_larger_figure() -> None:
    rows = [line for line in screen().splitlines() if BAR.search(line)][:4]
    assert [row.count("━") for row in rows] == [12, 6, 7, 9]


def earned(judgement: Judgement, low: float | None = 4.0, high: float | None = 28.0) -> Report:
    """The sample with a word on crash reports in one program."""

    def worded(one: Standing) -> Standing:
        if one.dimension is not Dimension.CRASHES or not one.conclusion or not one.difference:
            return one
        difference = replace(one.difference, difference=Interval(value=16.0, low=low, high=high))
        conclusion = replace(one.conclusion, verdict=judgement, units=12)
        return replace(one, conclusion=conclusion, difference=difference)

    found = whole()
    return replace(found, standings=tuple(map(worded, found.standings)))


def test_a_word_that_is_earned_has_its_difference_and_interval_and_no_other_has() -> None:
    assert screen(earned(Judgement.BETTER)).count("better, +16 (4 to 28)") == 3
    assert screen(earned(Judgement.WORSE, None, None)).count("worse, +16\n") == 3
    hidden = screen(earned(Judgement.NOT_SHOWN))
    assert "+16" not in hidden
    assert hidden.count("not shown\n") == 3


def test_a_figure_is_of_what_a_program_shares_with_its_reference() -> None:
    found = whole()
    crashed = [one.bug.id for one in found.programs[0].attempts if one.crashed]
    assert crashed == [SHAPE, WIDTH]
    (pytorch, *_) = [one for one in found.standings if one.dimension is Dimension.CRASHES]
    assert (pytorch.implementation, pytorch.units) == ("pytorch", 1)


def test_too_few_bugs_earn_no_word() -> None:
    rows = [line for line in screen().splitlines() if line.startswith("impossible or")]
    assert [row.split()[-2:] for row in rows] == [["too", "few"]]


# --- what differs most ---------------------------------------------------------------------------


def test_the_bugs_that_differ_most_come_first_each_once() -> None:
    found = whole().contrasts
    assert [one.other.bug.id for one in found] == [SOFTMAX, WIDTH, SHAPE][3 - len(found) :]


def test_each_contrast_is_a_line_with_what_both_said() -> None:
    lines = screen(width=140).splitlines()
    line = next(line for line in lines if line.startswith(SHAPE))
    assert "pytorch: RuntimeError: mat1 and mat2 shapes" in line
    assert " | keras_sequential: InvalidArgumentError: logits and l..." in line


def test_on_a_narrow_page_what_both_said_stands_below_the_bug() -> None:
    lines = screen(width=60).splitlines()
    at = lines.index(SHAPE)
    assert lines[at + 1].startswith("  pytorch: RuntimeError: mat1")
    assert lines[at + 2].startswith("  keras_sequential: InvalidArgumentError")


# --- empty states --------------------------------------------------------------------------------


def test_programs_of_one_framework_have_figures_and_no_words() -> None:
    sample = whole()
    (case,) = sample.cases
    keras_only = replace(case, implementations=case.implementations[1:])
    programs = tuple(replace(each, case=keras_only) for each in sample.programs[1:])
    text = screen(answered(replace(sample, cases=(keras_only,), programs=programs)))
    assert "Prevention" in text
    assert "vs." not in text
    assert "Readability" not in text
    assert "A word needs" not in text
    assert "What differs most" not in text


def test_one_program_is_a_table_of_its_own_figures() -> None:
    sample = whole()
    (case,) = sample.cases
    alone = replace(case, implementations=case.implementations[:1])
    programs = (replace(sample.programs[0], case=alone),)
    text = screen(answered(replace(sample, cases=(alone,), programs=programs)))
    assert text.startswith("gru_sentiment: 1 program; ")
    assert "\nCrash reports  0 to 100: how early, how close, how clear\npytorch  " in text


def test_programs_that_are_no_pair_are_not_set_side_by_side() -> None:
    sample = whole()
    pairing = Pairing(compared=False, reason="Nothing says that they are one model.")
    (case,) = sample.cases
    case = replace(case, pairing=pairing)
    programs = tuple(replace(each, case=case) for each in sample.programs)
    found = answered(replace(sample, cases=(case,), programs=programs))
    text = screen(found)
    assert "4 programs, not known to be one model" in text
    assert "Nothing says that they are one model." in text
    assert "vs." not in text
    assert found.contrasts == ()


def test_a_run_without_an_effective_bug_says_so() -> None:
    def unaffected(attempt: Attempt) -> Attempt:
        return replace(attempt, verdict=Verdict(Outcome.NO_EFFECT, "Nothing differs."), scores=())

    text = screen(answered(changed(whole(), attempt=unaffected)))
    assert "No bug had an effect in these programs" in text
    assert "Prevention" not in text
    assert "Readability" in text


def test_a_program_that_does_not_run_has_no_row_and_is_named() -> None:
    def failing(run: ProgramRun) -> ProgramRun:
        if run.implementation.name != "keras_subclass":
            return run
        return with_record(run, program=ProgramEnd.RAISED, failure=whole().attempts[0].failure)

    text = screen(answered(changed(whole(), run=failing)))
    assert text.count("keras_subclass") == 1
    assert "The clean run of gru_sentiment/keras_subclass fails" in text


def test_nothing_at_all_is_a_sentence() -> None:
    empty = answered(Report(environment=whole().environment, cases=(), bugs=()))
    assert screen(empty) == (
        "0 cases: 0 programs; 0 of 0 bugs tried, 0 trials.\n"
        "  Nothing was measured that can be compared.\n"
    )


# --- the rest, and for whom ----------------------------------------------------------------------


def test_the_answers_say_how_to_see_the_rest_and_the_rest_does_not() -> None:
    last = screen().splitlines()[-1]
    assert last.startswith("More: -v, or --table readability|bugs|access|scores|comparison")
    assert "More: " not in screen(None, 100, *Table)


TITLES = {
    Table.TRIALS: "What ran ──",
    Table.READABILITY: "gru_sentiment: readability ──",
    Table.BUGS: "gru_sentiment: debuggability ──",
    Table.ACCESS: "gru_sentiment: interim access ──",
    Table.SCORES: "gru_sentiment: scores ──",
    Table.COMPARISON: "comparison ──",
}


@pytest.mark.parametrize("table", TITLES)
def test_a_table_that_is_asked_for_comes_alone(table: Table) -> None:
    text = screen(None, 100, table)
    assert {each for each, title in TITLES.items() if title in text} == {table}
    assert "What differs most" not in text


def test_a_table_alone_still_says_what_must_be_known_before_any_figure() -> None:
    assert "STAND-IN DATA" in screen(answered(report()), 100, Table.SCORES)


def test_everything_has_the_answers_first() -> None:
    text = screen(None, 100, *Table)
    places = [text.index(title) for title in ("What differs most", *TITLES.values())]
    assert places == sorted(places)


def test_for_a_screen_reader_nothing_is_drawn_and_each_statement_has_its_line() -> None:
    text = read_aloud(None, *Table)
    assert {letter for letter in text if letter in "─│|━"} == set()
    lines = read_aloud().splitlines()
    assert "keras_sequential: figure 0.50, n 1 case, vs. pytorch too few" in lines
    assert "Prevention, bugs it makes impossible or corrects:" in lines
    assert [line.split(": ")[0] for line in lines if line.startswith(SHAPE)] == [
        f"{SHAPE}, pytorch",
        f"{SHAPE}, keras_sequential",
    ]


def test_what_is_read_aloud_says_every_word_that_a_table_has() -> None:
    spoken = read_aloud(None, Table.SCORES)
    for name in ("index 61", "early 0.61", "prevented 25%, 95 % interval 0 to 62 %, of bugs 4"):
        assert name in spoken
