"""Bounds: what is too large, too deep or no ordinary file is cut, or refused alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import report

from debugdiff.bounds import LONGEST_TEXT, MOST
from debugdiff.case_toml import read_case_toml
from debugdiff.cases import load_case
from debugdiff.errors import DebugdiffError
from debugdiff.files import digest, files_below, read_bytes, read_text, to_json
from debugdiff.model import Record
from debugdiff.records import read
from debugdiff.report.layout import Block, Column, Grid
from debugdiff.report.page import Page
from debugdiff.report.rows import _breaks
from debugdiff.report.text import LONGEST, Text
from debugdiff.static import measure
from debugdiff.syntax import DEEPEST, parse
from debugdiff.toml_lines import read_toml
from debugdiff.visible import encodable, shortened
from debugdiff.worker.folders import remove_tree

SEPARATORS = (
    "import torch\nx = 'a\u2028b\x0bc\x85'\ny = '''\u2029\n\x1c'''\n\x0cdef f():\n    return 1\n"
)


def debugdiff(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "debugdiff", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with one fine program among everything that a folder can hold."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "fine.py").write_text("import torch\nprint(torch.rand(2))\n")
    (folder / "nots.py").write_text(f"import torch\nx = {'not ' * 300}1\n")
    (folder / "calls.py").write_text(f"import torch\nx = f{'()' * 900}\n")
    (folder / "deep.py").write_text(f"import torch\nx = torch{'.f' * (DEEPEST - 10)}\n")
    (folder / "lines.py").write_text(SEPARATORS, encoding="utf-8")
    (folder / "zero.py").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.py")
    with (folder / "large.py").open("wb") as file:
        file.truncate(1 << 30)
    with open(os.fsencode(folder) + b"/na\xffme.py", "w") as file:  # noqa: PTH123 - bytes
        file.write("import torch\n")
    inner = folder / "d"
    inner.mkdir()
    here = Path.cwd()
    os.chdir(inner)
    for _ in range(1_500):
        Path("d").mkdir()
        os.chdir("d")
    Path("last.py").write_text("x = 1\n")
    os.chdir(here)
    try:
        yield folder
    finally:
        remove_tree(inner)  # too deep for pytest's own cleaning


NO_UTF8 = "na\udcffme"
REFUSED = {
    "nots": "nested too deeply",
    "calls": "nested too deeply",
    "zero": "not an ordinary file",
    "pipe": "not an ordinary file",
    "large": "larger than 1 MB",
    NO_UTF8: "name is not UTF-8",
}


def test_a_folder_with_everything_in_it_is_a_case_of_what_can_be_read(odd: Path) -> None:
    case = load_case(odd)
    broken = {each.name: each.reason for each in case.broken}
    assert (
        {name for name, reason in REFUSED.items() if reason in broken.get(name, "")}
        == {*REFUSED}
        == {*broken}
    )
    assert {each.name for each in case.implementations} == {"fine", "deep", "lines"}


def test_metrics_and_reports_of_such_a_folder_fail_for_single_files_only(odd: Path) -> None:
    measured = debugdiff(odd, "metrics", ".", "--json")
    files = {Path(each["path"]).stem: each for each in json.loads(measured.stdout)["files"]}
    assert measured.returncode == 1
    assert {name for name, each in files.items() if each["problem"]} == {*REFUSED} - {NO_UTF8}
    assert "na\\xffme" in files
    assert files["lines"]["metrics"]["whole"]["lloc"] == 5
    assert "last" in files
    printed = debugdiff(odd, "report", ".", "--bug", "loss/*", "--store", "store.db")
    assert printed.returncode == 0, printed.stderr
    assert b"itself failed" not in printed.stderr
    shown = debugdiff(odd, "roles", ".")
    assert b"na\\xffme" in shown.stdout
    assert shown.stdout.count(b"nested too deeply") == 2


def test_only_ordinary_files_of_a_bearable_size_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes("ä\r\nb".encode())
    assert read_text(file) == "ä\nb"
    assert read_bytes(file, 5) == file.read_bytes()
    with pytest.raises(OSError, match="larger than"):
        read_bytes(file, 4)
    with pytest.raises(OSError, match="not an ordinary file"):
        read_bytes(Path("/dev/null"))
    with pytest.raises(OSError, match="directory"):
        read_bytes(tmp_path)
    assert list(files_below(tmp_path / "gone", ".py")) == []
    assert digest("a\udcff") != digest("a\udcfe")


def test_names_in_letters_of_any_language_are_counted() -> None:
    source = "import torch\nA{0}b = 1\nA{1}b = A{0}b + 2\ndef f(A{1}):\n    return A{1}\n"
    odd, plain = measure(source.format("\u0303", "\u0b82")), measure(source.format("x", "y"))
    assert odd.legacy == plain.legacy
    assert odd.whole == plain.whole


def test_lines_of_a_string_are_no_lines_of_the_program() -> None:
    plain = measure(re.sub("[\u2028\u2029\x0b\x0c\x85\x1c]", "", SEPARATORS))
    assert measure(SEPARATORS).legacy == plain.legacy


@given(st.integers(1, 400))
def test_a_program_is_read_up_to_one_depth_whatever_it_is_deep_in(depth: int) -> None:
    try:
        parse("x = " + "not " * depth + "1")
    except SyntaxError:
        assert depth > DEEPEST - 10
    else:
        assert depth < DEEPEST


# --- TOML ----------------------------------------------------------------------------------------

TOO_DEEP = (
    "x = " + "[" * 5_000 + "]" * 5_000,
    "x = " + "[" * 30 + "]" * 30,
    "x" + ".x" * 30 + "=1",
)


@pytest.mark.parametrize("text", [*TOO_DEEP, f"x = {'9' * 5_000}"])
def test_toml_that_no_reader_can_bear_is_no_toml(text: str, tmp_path: Path) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        read_toml(text)
    file = tmp_path / "case.toml"
    file.write_text(text)
    with pytest.raises(DebugdiffError, match=r"case\.toml") as error:
        read_case_toml(file)
    assert error.value.slug == "case-toml"


# --- records and what is shown of them -----------------------------------------------------------


def a_record() -> Record:
    runs = (run for program in report().programs for run in program.attempts)
    return next(run.result.record for run in runs if run.result and run.result.record.failure)


def test_a_record_keeps_what_can_be_borne_and_says_what_it_left_out() -> None:
    record = a_record()
    assert record.failure is not None
    assert read(Record, to_json(record)) == record
    one = replace(record.failure.chain[-1], notes=("n",) * 5_000, message="m" * 300_000)
    failure = replace(record.failure, text="t" * 1_000_000, chain=(one,) * 500)
    large = replace(
        record, failure=failure, metrics={f"{i}" + "m" * 999: 1.0 for i in range(5_000)}
    )
    kept = read(Record, to_json(large))
    assert kept.failure is not None
    assert "900,045 characters left out" in kept.failure.text
    assert kept.failure.chain[0].notes[-1] == "... 4,801 notes left out"
    assert len(kept.failure.chain) == MOST["chain"]
    assert len(kept.metrics) == MOST["metrics"]
    assert max(map(len, kept.metrics)) < 300
    assert read(Record, to_json(kept)) == kept


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63])
def test_a_number_that_no_machine_counts_is_no_record(number: int) -> None:
    with pytest.raises(ValueError, match="steps"):
        read(Record, to_json(replace(a_record(), steps=number)))


@given(st.text("aB_-/x ", max_size=300), st.integers(1, 30))
def test_a_word_is_broken_so_that_every_piece_fits(text: str, width: int) -> None:
    for word in re.finditer(r"\S+", text):
        cuts = [word.start(), *_breaks(word, width), word.end()]
        pieces = [end - start for start, end in pairwise(cuts)]
        assert cuts == sorted(cuts)
        assert all(0 < piece <= width for piece in pieces)


@pytest.mark.parametrize("text", ["A" * 3_000_000, "aB_" * 1_000_000, "\n" * 3_000_000])
def test_a_page_stays_readable_whatever_stands_in_a_text(text: str) -> None:
    columns = (Column(header="a", flexible=5), Column(header="why", flexible=40))
    grid = Grid(columns=columns, blocks=(Block(rows=((Text("x"), Text(text)),)),))
    written = Page(width=80).write(Text(text), grid)
    assert "left out" in written
    assert len(written) < 8 * LONGEST


def test_a_narrow_page_breaks_a_name_before_a_figure() -> None:
    figures = (Text("-0.00973"), Text("2.66e-26")) * 4
    columns = (Column(header="mean", justify="right"),) * len(figures)
    grid = Grid(
        columns=(*columns, Column(header="site", flexible=8)),
        blocks=(Block(rows=((*figures, Text("Cross entropy loss")),)),),
    )
    whole = " ".join(figure.plain for figure in figures)
    assert whole in Page(width=len(whole) + len(" entropy")).write(grid)


def test_a_narrow_page_shortens_a_head_rather_than_breaking_its_words() -> None:
    figures = (Text("1.5"), Text("2.5")) * 4
    columns = (Column(header="sharpness\nof it", justify="right"),) * len(figures)
    grid = Grid(columns=columns, blocks=(Block(rows=(figures,)),))
    assert Page(width=100).write(grid).splitlines()[0].split() == ["sharpness"] * 8
    head, below, *_ = Page(width=60).write(grid).splitlines()
    assert all(word in {"sharp.", "sharpn."} for word in head.split())
    assert len(head.split()) == len(figures)
    assert below.split() == ["of", "it"] * len(figures)


@given(st.text(st.sampled_from(["\\", "u", "d", "\udc80", "\udcff", "\U0001f600", "\x1b"])))
def test_json_for_readers_has_no_lone_surrogates(text: str) -> None:
    written = to_json([text], indent=1)
    assert json.loads(written) == [encodable(text)]
    json.loads(written)[0].encode()
    assert json.loads(to_json([text])) == [text]


def test_what_is_shortened_says_how_much_is_missing() -> None:
    assert shortened("abc", 3) == "abc"
    short = shortened("a" * LONGEST_TEXT + "end", LONGEST_TEXT)
    assert short.endswith("end")
    assert "48 characters left out" in short
