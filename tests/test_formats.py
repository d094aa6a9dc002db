"""Reports for other programs: Markdown, CSV, JUnit, the mutation testing schema."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from report_samples import BUGS, changed, report, with_more, with_record
from typer.testing import CliRunner

from debugdiff.archives import zip_of
from debugdiff.cli.app import app
from debugdiff.cli.options import TableOptions
from debugdiff.cli.output import Output
from debugdiff.compare import comparisons
from debugdiff.errors import DebugdiffError
from debugdiff.model import Attempt, Instrument, Mutant, Report
from debugdiff.report import Format, Page, Table, format_of, render
from debugdiff.report.csv import SCHEMA_FILE, all_files, csv_text
from debugdiff.report.layout import Rank, heading
from debugdiff.report.markdown import prose
from debugdiff.report.mutation import document
from debugdiff.report.page import COMMENT
from debugdiff.report.paths import near_paths
from debugdiff.report.text import Text
from debugdiff.verdict import ClaimVerdict, decide, read_claims, review_claims

SCHEMA = json.loads(
    (Path(__file__).parent / "schemas/mutation-testing-report-schema.json").read_text("utf-8")
)
NASTY = "=1+1 <script>alert(1)</script> ]]> \u202e\x1b[31m\ud800\0 @someone |\r\n`x`"
OBEYED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")


def hostile() -> Report:
    """The sample with a title and messages that mean something to every format; one is of 2 MB."""

    def attempt(one: Attempt) -> Attempt:
        bug = replace(one.bug, title=NASTY)
        if one.failure is None:
            return replace(one, bug=bug)
        failure = replace(one.failure, message=NASTY + "x" * 2_000_000, text=NASTY)
        return with_record(replace(one, bug=bug), failure=failure)

    return changed(report(), attempt=attempt)


def markdown(of: Report, page: Page | None = None) -> str:
    return render(of, Format.MARKDOWN, page or Page())


def cells(text: str) -> list[list[str]]:
    """The rows of all tables, by a parser of GitHub's Markdown."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level >= 4 and rows:
            rows[-1].append("".join(part.content for part in token.children or ()))
    return rows


# --- Markdown ------------------------------------------------------------------------------------


def test_markdown_has_the_tables_of_the_terminal() -> None:
    text = markdown(report())
    rows = cells(text)
    assert ["pytorch", "loop", "62  1.00"] in [row[:3] for row in rows]
    assert {"prevented", "InvalidArgumentError"} <= {cell for row in rows for cell in row}
    assert "\n## gru_sentiment: debuggability\n" in text


def test_the_bold_beginning_of_a_line_is_bold_and_begins_a_paragraph() -> None:
    known = Text.assemble(("Known as: ", "bold"), "a *layer*")
    where = Text.assemble(("train.py", "bold"), ":3")
    page = Page().of("markdown")
    assert page.write(Text("plain"), known, where) == (
        "plain\n\n**Known as:** a \\*layer\\*\n\n**train.py**:3\n"
    )


def test_of_a_long_report_whole_sections_are_left_out_and_named() -> None:
    short = markdown(report(), Page(longest=6_000))
    assert len(short.encode()) <= 6_000
    assert "*Left out, because there is room for 6,000 bytes: gru_sentiment: debug" in short
    assert "## gru_sentiment: readability" in short
    assert "shape/classes-off-by-one" not in short
    for title in re.findall("^## .*$", short, re.MULTILINE):
        whole = markdown(report()).split(title)[1].split("\n## ")[0]
        assert whole.strip() in short


def test_sections_about_everything_have_room_before_those_of_cases_and_bugs() -> None:
    cases = [(f"case {number}", rank) for number in range(12) for rank in (Rank.BUGS, Rank.CASE)]
    parts = [
        part
        for title, rank in (*cases, ("comparison", Rank.WHOLE))
        for part in (heading(f"{title} {rank.name}", rank), Text("word " * 100))
    ]
    short = Page(longest=4_000).of("markdown").write(*parts)
    assert len(short.encode()) <= 4_000
    kept = re.findall("^## (.*)$", short, re.MULTILINE)
    assert kept == [*(f"case {number} CASE" for number in range(len(kept) - 1)), "comparison WHOLE"]
    assert "bytes: case 0 BUGS, case 1 BUGS" in short
    assert re.search(r", \d+ more\. A file of another format", short)


def test_what_is_hostile_is_text_in_markdown() -> None:
    text = markdown(hostile())
    assert len(text.encode()) <= COMMENT
    assert not OBEYED.search(text.replace("\n", ""))
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    html = {
        part.content
        for token in parser.parse(text)
        for part in (token, *(token.children or ()))
        if part.type in {"html_inline", "html_block"}
    }
    assert html <= {"<br>", "<!-- -->"}
    assert not re.search(r"@\w", text)
    widths = {len(row) for row in cells(text) if row[0] == "implementation"}
    assert widths == {len(row) for row in cells(markdown(report())) if row[0] == "implementation"}


PARSER = MarkdownIt("commonmark")


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_prose_reads_as_it_was_written(text: str) -> None:
    line = " ".join(text.split())
    (token, *_) = [*PARSER.parseInline(prose(line)), None]
    shown = "".join(part.content for part in (token.children if token else ()) or ())
    assert shown.replace("<!-- -->", "") == " ".join(near_paths(_visible(line)).split())


def _visible(text: str) -> str:
    from debugdiff.visible import visible

    return visible(text)


# --- CSV -----------------------------------------------------------------------------------------


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@cache
def verdicts() -> tuple[ClaimVerdict, ...]:
    return decide(read_claims(review_claims()), report().programs)


def files(of: Report) -> dict[str, str]:
    return all_files(of, verdicts())


@cache
def compared() -> Report:
    sample = report()
    return replace(sample, comparisons=comparisons(sample.programs))


def test_every_table_keeps_the_schema_that_is_written_beside_it() -> None:
    written = files(compared())
    package = json.loads(written[SCHEMA_FILE])
    assert {each["path"] for each in package["resources"]} | {SCHEMA_FILE} == set(written)
    parsers = {"integer": int, "number": float, "string": str, "boolean": _boolean}
    for resource in package["resources"]:
        fields = resource["schema"]["fields"]
        rows = rows_of(written[resource["path"]])
        assert rows, resource["path"]
        assert list(rows[0]) == [each["name"] for each in fields]
        for row in rows:
            for each in fields:
                if row[each["name"]]:
                    parsers[each["type"]](row[each["name"]])


def _boolean(text: str) -> bool:
    assert text in {"true", "false"}
    return text == "true"


def test_tables_have_a_row_for_each_thing() -> None:
    of, written = compared(), files(compared())
    counts = {name: len(rows_of(text)) for name, text in written.items() if name != SCHEMA_FILE}
    assert counts["trials.csv"] == len(of.results)
    assert counts["outcomes.csv"] == len(of.attempts)
    assert counts["claims.csv"] == len(read_claims(review_claims()))
    assert counts["comparisons.csv"] == sum(len(each.metrics) for each in of.comparisons)
    scores = rows_of(written["scores.csv"])
    assert len(scores) == len(json.loads(render(of, Format.JSON, Page()))["scores"])
    judged = next(each for each in scores if each["metric"] == "D4" and each["value"])
    assert float(judged["value"]) == 0.5
    assert any(not each["value"] for each in scores)


def test_a_file_has_the_table_that_was_asked_for() -> None:
    outcomes = rows_of(render(report(), Format.CSV, Page(), [Table.BUGS]))
    assert {each["outcome"] for each in outcomes} >= {"effective", "corrected", "not-expressible"}
    assert "metric" in rows_of(render(report(), Format.CSV, Page()))[0]
    with pytest.raises(DebugdiffError) as caught:
        render(report(), Format.CSV, Page(), [Table.READABILITY])
    assert caught.value.slug == "csv-table"


def test_no_text_is_a_formula_and_every_number_is_one() -> None:
    written = files(hostile())
    for name, text in written.items():
        if name != SCHEMA_FILE:
            assert not OBEYED.search(text.replace("\n", ""))
            for row in rows_of(text):
                assert not [cell for cell in row.values() if cell[:1] in set("=+@\t")]
    titles = {row["title"] for row in rows_of(written["outcomes.csv"])}
    assert all(title.startswith("'=1+1 <script>") for title in titles)
    (row,) = rows_of(csv_text(["a", "b", "c"], [[-1.5, "-1.5", None]]))
    assert row == {"a": "-1.5", "b": "'-1.5", "c": ""}


def test_a_cell_fits_a_spreadsheet() -> None:
    trials = rows_of(files(hostile())["trials.csv"])
    assert max(len(row["message"]) for row in trials) <= 32_767
    assert any("characters left out" in row["message"] for row in trials)


# --- JUnit ---------------------------------------------------------------------------------------


def test_a_bug_that_nothing_notices_fails_and_what_has_no_place_is_skipped() -> None:
    suites = {suite.name: suite for suite in JUnitXml.fromstring(render_junit(report()))}
    pytorch = suites["gru_sentiment/pytorch on pytorch, seed 0"]
    results = {case.name.partition(":")[0]: case.result for case in pytorch}
    silent, slow = BUGS[3].id, BUGS[2].id
    assert results["clean run"] == results[BUGS[0].id] == []
    assert [results[each][0].type for each in (silent, slow)] == ["silent", "timed out"]
    assert (pytorch.tests, pytorch.failures, pytorch.errors, pytorch.skipped) == (5, 2, 0, 0)
    assert suites["gru_sentiment/keras_sequential on keras-tensorflow, seed 0"].skipped == 1


def render_junit(of: Report) -> str:
    return render(of, Format.JUNIT, Page())


ALLOWED = {
    "testsuites": ({"testsuite"}, set(), {"name"}),
    "testsuite": ({"testcase"}, {"name", "tests"}, {"failures", "errors", "skipped", "time"}),
    "testcase": ({"failure", "error", "skipped"}, {"name", "classname"}, {"time"}),
    "failure": (set(), {"message", "type"}, set()),
    "error": (set(), {"message", "type"}, set()),
    "skipped": (set(), {"message"}, set()),
}
"""Of each element: what may be in it, the attributes that it must have, and those it may have.

They are what Jenkins, GitLab and Surefire all read; their schemas differ in the rest.
"""


@pytest.mark.parametrize("make", [report, hostile])
def test_junit_has_the_elements_that_every_ci_reads(make: Any) -> None:
    root = ET.fromstring(render_junit(make()))
    assert root.tag == "testsuites"
    for element in root.iter():
        inside, needed, others = ALLOWED[element.tag]
        assert needed <= set(element.keys()) <= needed | others
        assert {child.tag for child in element} <= inside
        assert float(element.get("time", 0)) >= 0
    for suite in root:
        assert int(suite.get("tests", 0)) == len(suite)
        for kind in ("failure", "error", "skipped"):
            counted = suite.get(kind if kind == "skipped" else f"{kind}s")
            assert int(counted or 0) == len(suite.findall(f"testcase/{kind}"))
        assert all(len(test) <= 1 for test in suite)
        names = [test.get("name") for test in suite]
        assert len(names) == len(set(names))


def test_junit_is_xml_whatever_a_message_holds() -> None:
    text = render_junit(hostile())
    found = JUnitXml.fromstring(text)
    assert sum(suite.tests for suite in found) == 20
    assert not OBEYED.search(text.replace("\n", ""))
    assert "<script" not in text


# --- the mutation testing report schema ----------------------------------------------------------


def mutants(of: Report) -> list[dict[str, Any]]:
    return [each for file in document(of)["files"].values() for each in file["mutants"]]


@pytest.mark.parametrize("make", [report, hostile])
def test_the_mutation_report_keeps_its_schema(make: Any) -> None:
    loaded = json.loads(render(make(), Format.MUTATION, Page()))
    jsonschema.Draft7Validator(SCHEMA).validate(loaded)
    ids = [each["id"] for each in mutants(make())]
    assert len(ids) == len(set(ids))
    known = {test["id"] for file in loaded["testFiles"].values() for test in file["tests"]}
    assert {by for each in mutants(make()) for by in each["killedBy"]} == known


def test_a_time_that_no_clock_shows_is_left_out() -> None:
    forged = changed(report(), attempt=lambda one: with_record(one, seconds=-1e308))
    assert "duration" not in render(forged, Format.MUTATION, Page())


def test_who_noticed_a_mutant_is_named_and_a_silent_one_survives() -> None:
    def unprobed(one: Attempt) -> Attempt:
        return replace(one, trials={Instrument.NONE: one.result} if one.result else {})

    def states(program: str, of: Report) -> dict[str, tuple[str, list[str]]]:
        found = document(of)["files"][f"gru_sentiment/{program}.py"]["mutants"]
        return {each["mutatorName"]: (each["status"], each["killedBy"]) for each in found}

    plain = changed(report(), attempt=unprobed)
    assert states("pytorch", plain) == {
        BUGS[0].id: ("Killed", ["exception"]),
        BUGS[1].id: ("Killed", ["exception"]),
        BUGS[2].id: ("Timeout", []),
        BUGS[3].id: ("Survived", []),
    }
    assert states("keras_subclass", plain)[BUGS[3].id] == ("Killed", ["warning"])
    assert states("keras_functional", plain)[BUGS[3].id] == ("Ignored", [])
    (_, noticers) = states("pytorch", report())[BUGS[3].id]
    assert noticers == ["check of values: non-finite"]


def test_a_bug_without_a_mutant_is_none() -> None:
    of = report()
    assert len(mutants(of)) == sum(isinstance(each.injection, Mutant) for each in of.attempts)


TEXTS = st.text(alphabet="ab \n(=", max_size=40)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_the_replacement_at_its_location_is_the_mutant(clean: str, source: str) -> None:
    sample = report()
    one = next(each for each in sample.attempts if each.mutant)
    assert one.mutant is not None
    program = replace(one.implementation, source=clean)
    mutant = replace(one.mutant, source=source)
    attempt = replace(one, implementation=program, injection=mutant)
    programs = (replace(sample.programs[0], attempts=(attempt,)),)
    (file,) = document(replace(sample, programs=programs))["files"].values()
    (found,) = file["mutants"]
    start, end = (_offset(clean, found["location"][each]) for each in ("start", "end"))
    assert clean[:start] + found["replacement"] + clean[end:] == source


def _offset(text: str, position: dict[str, int]) -> int:
    lines = text.split("\n")
    assert position["column"] <= len(lines[position["line"] - 1]) + 1
    return sum(len(line) + 1 for line in lines[: position["line"] - 1]) + position["column"] - 1


# --- all of them ---------------------------------------------------------------------------------

WRITTEN = (Format.MARKDOWN, Format.CSV, Format.JUNIT, Format.MUTATION)


@cache
def _large() -> Report:
    """The sample with more than 10,000 trials: one bug under many seeds."""
    sample = report()
    crash = next(each for each in sample.attempts if each.failure and each.result)
    assert crash.result is not None

    def under(seed: int) -> Attempt:
        assert crash.result is not None
        trial = replace(crash.result.trial, id=f"{seed:020x}", seed=seed)
        result = replace(crash.result, trial=trial)
        condition = replace(crash.condition, seed=seed)
        return replace(crash, condition=condition, trials={trial.instrument: result})

    return with_more(sample, *(under(seed) for seed in range(1, 10_001)))


def test_ten_thousand_trials_are_all_there() -> None:
    of = _large()
    assert len(rows_of(render(of, Format.CSV, Page(), [Table.TRIALS]))) == len(of.results) > 10_000
    assert len(mutants(of)) > 10_000


@pytest.mark.parametrize("wanted", WRITTEN)
def test_a_report_without_anything_in_it_still_renders(wanted: Format) -> None:
    assert render(Report(environment=report().environment, cases=(), bugs=()), wanted, Page())


@pytest.mark.parametrize("wanted", WRITTEN)
def test_no_path_of_this_machine_is_written(wanted: Format) -> None:
    assert "/home/someone" not in render(report(), wanted, Page())


def test_windows_line_ends_are_line_ends() -> None:
    def attempt(one: Attempt) -> Attempt:
        if one.failure is None:
            return one
        return with_record(one, failure=replace(one.failure, message="first\r\nsecond\rthird"))

    of = changed(report(), attempt=attempt)
    (message, *_) = {row["message"] for row in rows_of(files(of)["trials.csv"])} - {""}
    assert message == "first\nsecond\\x0dthird"
    for wanted in WRITTEN:
        assert "\r" not in render(of, wanted, Page())


def test_a_zip_has_no_time_and_no_order_of_its_own() -> None:
    members = {"b.csv": b"2", "a.csv": b"1"}
    assert zip_of(members) == zip_of(dict(reversed(members.items())))
    with zipfile.ZipFile(io.BytesIO(zip_of(members))) as archive:
        assert archive.namelist() == ["a.csv", "b.csv"]
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# --- the command ---------------------------------------------------------------------------------


def test_the_suffix_names_the_format_if_the_command_writes_it() -> None:
    named = {"a.mutation.json": Format.MUTATION, "a.md": Format.MARKDOWN, "A.ZIP": Format.CSV}
    assert {name: format_of(Path(name)) for name in named} == named
    with pytest.raises(DebugdiffError, match="this command writes") as caught:
        format_of(Path("a.csv"), (Format.JSON,))
    assert caught.value.slug == "unknown-format"
    assert caught.value.hint == "It writes: .json."


def test_the_command_writes_tables_into_a_zip_a_folder_or_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["report", "bag_of_embeddings", "--bug", "shape/classes-off-by-one"]
    asked += ["--store", "empty.sqlite3"]
    done = CliRunner().invoke(app, [*asked, "-o", "tables.zip"])
    assert done.exit_code == 0, done.output
    assert "no record of this selection" in done.stderr
    with zipfile.ZipFile("tables.zip") as archive:
        names = set(archive.namelist())
    output = Output.of(Path("tables"), wanted=Format.CSV, offered=(Format.CSV,))
    output.write_report(report(), TableOptions())
    assert {each.name for each in (tmp_path / "tables").iterdir()} == names
    assert names == {
        SCHEMA_FILE,
        *(f"{each}.csv" for each in ("trials", "outcomes", "scores", "comparisons", "claims")),
    }


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (("report", "--format", "sarif"), "unknown-format"),
        (("compare", "a.json", "b.json", "-o", "x.csv"), "unknown-format"),
        (("report", "-o", "nowhere/tables.zip"), "output-unwritable"),
        (("report", "--format", "csv", "-o", "nowhere/tables"), "output-unwritable"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(
    arguments: tuple[str, ...], slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [*arguments])
    assert isinstance(done.exception, DebugdiffError)
    assert done.exception.slug == slug


def write(path: Path, text: str = "new") -> None:
    output = Output.of(path, wanted=Format.TEXT, offered=(Format.TEXT,))
    output.write(str, lambda _: text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "x.zip", "-o", "x.zip"),
        ("report", "--store", "x.sqlite3", "--json", "-o", "x.sqlite3"),
        ("report", "--store", "x.sqlite3", "--json", "-o", "link.json"),
        ("run", "--json", "-o", "default.sqlite3"),
        ("compare", "a.json", "x.json", "-o", "x.json"),
        ("verdict", "--claims", "x.md", "-o", "./x.md"),
        ("explain", "x.py", "--format", "lines", "-o", "x.py"),
        ("trace", "x.py", "--json", "-o", "x.py"),
        ("diff", "a.py", "x.py", "--json", "-o", "x.py"),
        ("bundle", "x.zip", "--store", "x.zip"),
        ("speed", "--store", "x.md", "--page", "x.md"),
    ],
)
def test_a_report_never_overwrites_what_it_is_made_of(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("debugdiff.cli.inputs.default_store", lambda: Path("default.sqlite3"))
    names = ("x.zip", "x.sqlite3", "x.json", "x.md", "x.py", "default.sqlite3")
    for name in names:
        Path(name).write_text("dear", "utf-8")
    Path("link.json").symlink_to("x.sqlite3")
    done = CliRunner().invoke(app, [*arguments])
    assert isinstance(done.exception, DebugdiffError), done.output
    assert done.exception.slug == "output-is-input"
    assert {Path(name).read_text("utf-8") for name in names} == {"dear"}


def test_the_file_behind_a_link_is_written_and_who_may_read_it_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old", "utf-8")
    real.chmod(0o600)
    link.symlink_to("real.txt")
    write(link)
    assert link.is_symlink()
    assert real.read_text("utf-8") == "new"
    assert real.stat().st_mode & 0o777 == 0o600
    (tmp_path / "fresh.txt").symlink_to("to-come.txt")
    write(tmp_path / "fresh.txt")
    assert (tmp_path / "to-come.txt").read_text("utf-8") == "new"


def test_a_file_may_have_the_longest_name_that_there_is(tmp_path: Path) -> None:
    for name in ("n" * 251 + ".txt", "ü" * 125 + ".txt"):
        write(tmp_path / name)
        assert (tmp_path / name).read_text("utf-8") == "new"


def test_standard_output_by_its_name_keeps_what_is_in_its_file(tmp_path: Path) -> None:
    """`debugdiff ... -o /dev/stdout >> file`, perhaps as root: the name in /dev stays a name."""
    program = "from pathlib import Path; from debugdiff.files import behind_links, write_atomically"
    program += "; write_atomically(behind_links(Path('/dev/stdout')), 'new')"
    (tmp_path / "log").write_text("old ", "utf-8")
    with (tmp_path / "log").open("ab") as log:
        subprocess.run([sys.executable, "-c", program], stdout=log, check=True)
    assert (tmp_path / "log").read_text("utf-8") == "old new"
    piped = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert piped.stdout == b"new"
    assert Path("/dev/stdout").is_symlink()


def test_a_place_that_cannot_be_written_is_said_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "circle.txt").symlink_to("circle.txt")
    (tmp_path / "gone.txt").symlink_to("nowhere/gone.txt")
    for name in ("circle.txt", "gone.txt"):
        with pytest.raises(DebugdiffError, match="link") as caught:
            write(tmp_path / name)
        assert caught.value.slug == "output-unwritable"
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    with pytest.raises(DebugdiffError, match="you may not write to its folder"):
        write(tmp_path / "new.txt")
    write(Path("/dev/null"))


def test_a_table_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").mkdir()
    output = Output.of(tmp_path, wanted=Format.CSV, offered=(Format.CSV,))
    with pytest.raises(DebugdiffError, match="cannot be written") as caught:
        output.write_report(report(), TableOptions())
    assert caught.value.slug == "output-unwritable"
