"""The table of interim access: a block for each program, and below it what stays unseen and why."""

from __future__ import annotations

from dataclasses import replace

from report_samples import changed, report, with_more, with_scores

from debugdiff.model import Mode, ProgramRun, Report, Stack
from debugdiff.report import Format, Page, Table, render

UNREACHED = "No recipe for the value of `query`."


def section(of: Report) -> str:
    """The table, without the words that explain it."""
    text = render(of, Format.TABLE, Page(width=100), (Table.ACCESS,))
    return text.split("interim access ──")[1].split("what it means")[0]


def scored(
    of: Report,
    implementation: str,
    mode: Mode = Mode.DEFAULT,
    **told: tuple[float | None, str],
) -> Report:
    """A report with more scores of one program in one mode."""

    def run(each: ProgramRun) -> ProgramRun:
        wanted = (implementation, mode)
        if (each.implementation.name, each.mode) == wanted:
            return with_scores(each, **told)
        return each

    return changed(of, run=run)


def row(text: str, implementation: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(implementation))


def test_every_figure_of_a_program_stands_in_its_row() -> None:
    figures = scored(
        report(),
        "pytorch",
        O1_canonical=(0.75, ""),
        O2=(0.91, ""),
        O3=(0.48, ""),
        O4=(1.5, ""),
        O1_stops=(9.0, ""),
        O1_stops_numbers=(8.5, ""),
    )
    cells = row(section(figures), "pytorch").split()
    assert cells == ["pytorch", "default", "1.00", "0.75", "0.91", "0.48", "1.5", "9.0", "8.5"]


def test_the_switch_to_eager_mode_has_a_row_of_its_own() -> None:
    lines = section(report()).splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("keras_functional"))
    assert lines[place].split()[1:3] == ["default", "0.00"]
    assert lines[place + 1].split() == ["eager", "1.00"]


def test_a_column_without_a_figure_is_left_out() -> None:
    assert "gradients" not in section(report())


def test_lines_without_number_are_a_dash_and_told_below() -> None:
    sample = report()
    text = section(scored(sample, "pytorch", O4=(None, "half"), O4_unreachable=(2.0, UNREACHED)))
    assert row(text, "pytorch").split()[-1] == "\N{EN DASH}"
    assert UNREACHED in text


def test_what_is_not_judged_has_a_mark_and_no_note_of_sites() -> None:
    sample = report()
    why = "Not judged: the case names no sites."
    told = {"O4": (None, why), "O4_unreachable": (None, why), "O2": (1.0, "")}
    text = section(scored(sample, "pytorch", **told))
    assert "\N{EN DASH}" not in row(text, "pytorch")
    assert why not in text


def test_hooks_are_told_once_and_of_the_program_as_it_comes() -> None:
    sample = report()
    for mode in (Mode.DEFAULT, Mode.EAGER):
        sample = scored(sample, "keras_functional", mode, O1_hidden=(3.0, "Keras has no hooks."))
    assert section(sample).count("hidden from hooks: Keras has no hooks.") == 1


def test_a_program_without_statements_says_so_below_its_row() -> None:
    assert "O1: no statement holds a tensor" in section(report())


def test_stacks_are_named_where_there_are_several() -> None:
    sample = report()
    assert "keras-tensorflow" not in section(sample)
    attempt = next(each for each in sample.attempts if each.stack is Stack.KERAS_TENSORFLOW)
    other = replace(attempt, condition=replace(attempt.condition, stack=Stack.KERAS_TORCH))
    text = section(with_more(sample, other))
    assert "keras-tensorflow" in text
