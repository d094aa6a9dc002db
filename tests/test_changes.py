"""Two reports beside each other: what a version changed in how faults are reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import report
from typer.testing import CliRunner

from debugdiff.changes import Change, Changes, Kind, compare_reports, read_report
from debugdiff.changes.normal import normal
from debugdiff.changes.words import word_diff
from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.files import to_json
from debugdiff.model import Stack
from debugdiff.report import Page
from debugdiff.report.changes import render
from debugdiff.report.json import document

Plain = dict[str, Any]
MIRRORED = {Kind.BETTER: Kind.WORSE, Kind.SILENT: Kind.REPORTED}


@pytest.fixture
def plain() -> Plain:
    """A report as JSON has it."""
    read: Plain = json.loads(to_json(document(report())))
    return read


def saved(path: Path, content: Plain) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def crash(content: Plain) -> Plain:
    """A trial with a bug that ended in an exception, in PyTorch."""
    return next(
        trial
        for trial in content["trials"]
        if trial["failure"] and trial["bug"] and trial["stack"] == "pytorch"
    )


def set_score(content: Plain, trial: str, metric: str, value: float) -> None:
    for score in content["scores"]:
        if (score["trial"], score["metric"]) == (trial, metric):
            score["value"] = value


def set_message(content: Plain, text: str) -> None:
    failure = crash(content)["failure"]
    for each in (failure, *failure["chain"]):
        each["message"] = text


def message(content: Plain) -> None:
    set_message(content, "The layer `head` wants 64 features and gets 32.")


def machine(content: Plain) -> None:
    set_message(content, f"\x1b[1m{crash(content)['failure']['message']}\x1b[0m")


def clearer(content: Plain) -> None:
    set_score(content, crash(content)["id"], "D8", 8)
    message(content)


def later(content: Plain) -> None:
    set_score(content, crash(content)["id"], "D1", 4)


def mixed(content: Plain) -> None:
    clearer(content)
    later(content)


def silent(content: Plain) -> None:
    trial = crash(content)
    trial.update(failure=None, program="ok")


def unmeasured(content: Plain) -> None:
    for outcome in content["outcomes"]:
        if outcome["trial"] == crash(content)["id"]:
            outcome["outcome"] = "unmeasured"


def compared(tmp_path: Path, old: Plain, new: Plain, **options: Any) -> Changes:
    sides = [saved(tmp_path / f"{name}.json", each) for name, each in (("a", old), ("b", new))]
    before, after = map(read_report, sides)
    return compare_reports([before], [after], **options)


def test_what_no_side_ran_is_no_fault_that_stayed_the_same(plain: Plain, tmp_path: Path) -> None:
    whole = compared(tmp_path, plain, plain)
    without = deepcopy(plain)
    for outcome in without["outcomes"]:
        if outcome["trial"] == crash(plain)["id"]:
            outcome["outcome"] = "not-applicable"
    assert len(compared(tmp_path, without, without).changes) == len(whole.changes) - 1
    assert len(compared(tmp_path, plain, without).changes) == len(whole.changes)
    for outcome in without["outcomes"]:
        outcome["outcome"] = "not-expressible"
    with pytest.raises(DebugdiffError, match="in common that was run"):
        compared(tmp_path, without, without)


def of_crash(found: Changes, content: Plain) -> Change:
    trial = crash(content)
    (change,) = [
        each
        for each in found.changes
        if (each.bug, each.implementation) == (trial["bug"], trial["implementation"])
    ]
    return change


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (machine, Kind.SAME),
        (message, Kind.TEXT),
        (clearer, Kind.BETTER),
        (later, Kind.WORSE),
        (mixed, Kind.MIXED),
        (silent, Kind.SILENT),
        (unmeasured, Kind.NOT_COMPARABLE),
    ],
)
def test_every_kind_of_change_is_told_from_the_others(
    plain: Plain, tmp_path: Path, edit: Callable[[Plain], None], kind: Kind
) -> None:
    new = json.loads(json.dumps(plain))
    edit(new)
    assert of_crash(compared(tmp_path, plain, new), plain).kind is kind
    back = of_crash(compared(tmp_path, new, plain), plain).kind
    mirrored = {**MIRRORED, **{two: one for one, two in MIRRORED.items()}}
    assert back is mirrored.get(kind, kind)


def test_a_report_does_not_differ_from_itself(plain: Plain, tmp_path: Path) -> None:
    found = compared(tmp_path, plain, plain)
    assert set(found.counts) <= {Kind.SAME, Kind.NOT_COMPARABLE}
    assert found.counts[Kind.SAME]


def test_what_varies_between_two_runs_of_one_version_is_no_change(
    plain: Plain, tmp_path: Path
) -> None:
    new = json.loads(json.dumps(plain))
    later(new)
    old, other = (
        read_report(saved(tmp_path / name, content)) for name, content in (("1", plain), ("2", new))
    )
    assert of_crash(compare_reports([old, old], [other, other]), plain).kind is Kind.WORSE
    assert of_crash(compare_reports([old, other], [other]), plain).kind is Kind.VARIES
    assert of_crash(compare_reports([old], [other, old]), plain).kind is Kind.VARIES


def test_two_stacks_of_one_report_are_two_sides(plain: Plain, tmp_path: Path) -> None:
    new = json.loads(json.dumps(plain))
    for part in ("trials", "outcomes", "scores"):
        for each in new[part]:
            if each["stack"] == "pytorch":
                each["stack"] = "keras-jax"
    stacks = (Stack.PYTORCH, Stack.KERAS_JAX)
    found = compared(tmp_path, plain, new, stacks=stacks)
    assert set(found.counts) <= {Kind.SAME, Kind.NOT_COMPARABLE}
    with pytest.raises(DebugdiffError, match="no bug on the stack `keras-jax`"):
        compared(tmp_path, plain, plain, stacks=(Stack.PYTORCH, Stack.KERAS_JAX))


@given(st.text(alphabet="ab/_. 0x19\x1b[m\n", max_size=60))
def test_a_message_without_what_varies_stays_as_it_is(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<Net at 0x7f3ab21c>", "<Net at 0x7fff0000>"),
        ("KeyError: 139860307840592", "KeyError: 94127307856784"),
        (r"'\x1b[1m139860307840592\x1b[0m'", r"'\x1b[1m140591209529936\x1b[0m'"),
        ("in /tmp/a1/case/main.py", "in /home/b/x/y/main.py"),
        ("layer gru_3 of keras 3.12.0", "layer gru_14 of keras 3.15.1"),
        (
            'File "/x/stacks/keras-3.13/packages/keras/src/layer.py", line 941, in __call__',
            'File "/y/lib/python3.12/site-packages/keras/src/layer.py", line 953, in __call__',
        ),
        ("\x1b[1mGraph execution error:\x1b[0m", "Graph   execution\nerror:"),
    ],
)
def test_what_differs_from_run_to_run_is_no_difference(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('File "/x/y/mine.py", line 12, in main', 'File "/x/y/mine.py", line 13, in main'),
        ("got (32, 64)", "got (32, 65)"),
        ("a/b", "a/c"),
        ("Dense_a", "Dense_b"),
        ("x=1.5", "x=1.6"),
    ],
)
def test_what_a_message_says_is_kept(one: str, other: str) -> None:
    assert normal(one) != normal(other)


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_both_messages_can_be_read_off_their_difference(before: str, after: str) -> None:
    parts = list(word_diff(before, after))
    assert " ".join(text for sign, text in parts if sign != "+") == before
    assert " ".join(text for sign, text in parts if sign != "-") == after


def test_the_table_counts_all_and_shows_what_changed(plain: Plain, tmp_path: Path) -> None:
    new = json.loads(json.dumps(plain))
    clearer(new)
    new["environment"]["versions"]["torch"] = "9.9.9"
    text = render(compared(tmp_path, plain, new), Page(width=80))
    assert "→ 9.9.9" in text
    assert "1 better" in text
    assert "D8 3 → 8" in text
    assert "[-mat1" in text
    assert "{+The layer `head`" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_the_command_fails_on_what_it_is_asked_to(plain: Plain, tmp_path: Path) -> None:
    new = json.loads(json.dumps(plain))
    silent(new)
    old, other = saved(tmp_path / "a.json", plain), saved(tmp_path / "b.json", new)

    def status(*options: str) -> int:
        return CliRunner().invoke(app, ["compare", *options]).exit_code

    assert status(str(old), str(other)) == 0
    assert status(str(old), str(other), "--fail-on", "silent") == 1
    assert status(str(other), str(old), "--fail-on", "silent") == 0
    assert status(str(other), str(old), "--fail-on", "any") == 1
    result = CliRunner().invoke(app, ["compare", str(old), str(other), "--json"])
    assert json.loads(result.stdout)["counts"]["newly silent"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not a report that can be read"),
        ("[]", "is not a report that can be read"),
        ("\x00", "is not a report that can be read"),
        ('{"schema_version": 2}', "is not a report that can be read"),
        ("[" * 5_000, "is not a report that can be read"),
    ],
)
def test_what_is_no_report_is_a_sentence(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DebugdiffError, match=words):
        read_report(path)
    with pytest.raises(DebugdiffError, match=words):
        read_report(tmp_path)


def test_another_form_and_one_side_alone_are_sentences(plain: Plain, tmp_path: Path) -> None:
    with pytest.raises(DebugdiffError, match="has form 1"):
        read_report(saved(tmp_path / "old.json", {**plain, "schema_version": 1}))
    path = saved(tmp_path / "a.json", plain)
    for options in ((), ("--stack-before", "pytorch")):
        result = CliRunner().invoke(app, ["compare", str(path), *options])
        assert isinstance(result.exception, DebugdiffError)
        assert "nothing to compare with" in str(result.exception)
