"""`show`: everything about one trial, for a person and for a program."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from report_samples import DIFF, MESSAGE, report, with_record
from rich.cells import cell_len

from debugdiff.report import Page
from debugdiff.report.metrics import FileMetrics
from debugdiff.report.metrics import render as render_metrics
from debugdiff.report.metrics import render_json as render_metrics_json
from debugdiff.report.show import (
    Subject,
    render,
    render_json,
    subject_of_pair,
    subject_of_trial,
)
from debugdiff.static import measure

WIDTH = "shape/wrong-in-features"


def found(implementation: str, bug: str | None) -> Subject:
    subject = subject_of_pair(report(), implementation, bug)
    assert subject is not None
    return subject


def shown(implementation: str, bug: str | None, width: int = 100) -> str:
    return render(found(implementation, bug), Page(width=width))


def test_the_defect_and_the_line_where_it_bites_are_marked() -> None:
    lines = shown("pytorch", WIDTH).splitlines()
    assert any("defect" in line and "self.head = nn.Linear(64, 1)" in line for line in lines)
    assert any("use" in line and "return self.head(states[:, -1])" in line for line in lines)
    assert any("here 18" in line for line in lines)


def test_only_marks_that_are_used_are_explained() -> None:
    text = " ".join(shown("pytorch", WIDTH).split())
    legend = "use: where that takes effect. here: a line that the traceback names."
    assert f"defect: what was changed. {legend}" in text
    assert "also:" not in text


def test_the_text_that_the_person_saw_is_there_to_the_letter_at_any_width() -> None:
    subject = found("pytorch", WIDTH)
    failure = subject.run.failure
    assert failure is not None
    long = replace(failure, text="Traceback\n" + "x" * 300 + "\n  y  z\n")
    run = with_record(subject.run, failure=long)
    text = render(replace(subject, run=run, result=run.result), Page(width=60))
    assert "x" * 300 in text
    assert "\n  y  z\n" in text


def test_frames_stand_with_their_owner_and_their_mark() -> None:
    text = shown("pytorch", WIDTH)
    row = next(line for line in text.splitlines() if "gru_sentiment/pytorch.py:14" in line)
    assert "user" in row
    assert row.endswith("use")
    assert "torch/nn/modules/module.py:1776" in text


def test_interim_values_and_scores_with_reasons_are_shown() -> None:
    text = shown("pytorch", WIDTH)
    assert "parameter gradient  after 7 optimizer steps" in text
    assert "D3.use was read off the record." in text
    assert DIFF.splitlines()[-1].strip("+ ") in text


def test_a_clean_run_is_shown_too_with_the_scores_of_its_program() -> None:
    text = shown("keras_subclass", None)
    assert "clean run" in text
    assert "Ended: finished, ok" in text
    assert "Sentiment.forward" in text


def test_a_prevented_bug_is_shown_without_a_trial() -> None:
    text = shown("keras_sequential", WIDTH)
    assert "not expressible" in text
    assert "Keras infers the width" in text


def test_a_program_that_was_stopped_shows_where_it_stood() -> None:
    text = shown("pytorch", "process/infinite-loop")
    assert "Where it was when it timed out" in text


@pytest.mark.parametrize("width", [80, 100, 140])
def test_tables_and_prose_of_show_fit_the_page(width: int) -> None:
    text = shown("pytorch", WIDTH, width)
    prose = text.split("What the person saw")[0]
    assert max(map(cell_len, prose.splitlines())) <= width


def test_a_trial_is_found_by_its_id_and_an_unknown_one_is_not() -> None:
    sample = report()
    trial = sample.results[-1].trial
    subject = subject_of_trial(sample, trial.id)
    assert subject is not None
    assert subject.result is not None
    assert subject.result.trial == trial
    assert subject_of_trial(sample, "nonsense") is None
    assert subject_of_pair(sample, "pytorch", "no/such-bug") is None


def test_json_of_a_trial_has_its_scores_and_values() -> None:
    document = json.loads(render_json(found("pytorch", WIDTH)))
    assert document["trial"]["failure"]["message"] == MESSAGE
    assert {each["site"] for each in document["values"]} >= {"embedding", "gru"}
    assert "D1" in {each["metric"] for each in document["scores"]}
    prevented = json.loads(render_json(found("keras_sequential", WIDTH)))
    assert prevented["trial"] is None
    assert prevented["outcome"]["outcome"] == "not-expressible"


def test_metrics_of_a_file_are_shown_whole_and_in_parts() -> None:
    files = (
        FileMetrics(path="a.py", metrics=measure("import torch\n\nx = torch.ones(2)\n")),
        FileMetrics(path="b.py", metrics=None, problem="does not parse, line 1: invalid syntax"),
    )
    text = render_metrics(files, Page(width=80))
    assert "a.py" in text
    assert "training" in text
    assert "! b.py: does not parse" in text
    parsed = json.loads(render_metrics_json(files))
    assert parsed["files"][0]["metrics"]["whole"]["lloc"] == 2
    assert parsed["files"][1]["metrics"] is None


def test_files_without_a_model_share_a_table_and_empty_ones_are_counted() -> None:
    files = (
        FileMetrics(path="tools/text.py", metrics=measure("import re\n\nx = re.escape('a')\n")),
        FileMetrics(path="tools/__init__.py", metrics=measure("")),
    )
    text = render_metrics(files, Page(width=80))
    assert "without a model or its training" in text
    assert "1 file without a statement" in text
    assert "tools/__init__.py" not in text
