"""The store: nothing finished is lost, and a file that cannot be used says so in a sentence."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from debugdiff.errors import StoreError
from debugdiff.model import (
    Budget,
    Framework,
    Instrument,
    Mode,
    ProgramEnd,
    Record,
    Size,
    Stack,
    Stage,
    Style,
    Training,
    Trial,
    TrialResult,
    WorkerEnd,
)
from debugdiff.store import SCHEMA_VERSION, Store


def a_trial(name: str = "a1") -> Trial:
    return Trial(
        id=name,
        case="toy",
        folder="toy",
        implementation="pytorch",
        framework=Framework.PYTORCH,
        style=Style.MODULE,
        training=Training.LOOP,
        stack=Stack.PYTORCH,
        mode=Mode.DEFAULT,
        instrument=Instrument.NONE,
        bug=None,
        seed=0,
        size=Size.TINY,
        budget=Budget(),
    )


def a_result(name: str = "a1") -> TrialResult:
    record = Record(
        trial=name,
        worker=WorkerEnd.FINISHED,
        program=ProgramEnd.OK,
        stage=Stage.DONE,
        step=8,
        steps=8,
        seconds=0.25,
        peak_memory=2**20,
        metrics={"accuracy": 0.5, "loss": None},
    )
    return TrialResult(trial=a_trial(name), record=record)


def test_a_stored_result_comes_back_equal_and_marked_as_reused(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite3") as store:
        store.put(a_result())
    with Store(tmp_path / "s.sqlite3") as store:
        found = store.get(a_trial())
        assert found is not None
        assert found.reused
        assert found.record == a_result().record
        assert store.trials() == (a_trial(),)
        assert store.get(a_trial("b2")) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a \ud800 b", "a <U+D800> b"),
        ("\udcff.py", "\\xff.py"),
        ("\U0001f600", "\U0001f600"),
        (r"\ud800 as it is", r"\ud800 as it is"),
    ],
)
def test_a_lone_surrogate_comes_back_visible(tmp_path: Path, text: str, shown: str) -> None:
    result = a_result()
    kept = replace(
        result,
        trial=replace(result.trial, folder=text),
        record=replace(result.record, note=text),
    )
    with Store(tmp_path / "s.sqlite3") as store:
        store.put(kept)
        found = store.get(kept.trial)
        assert found is not None
        assert found.record.note == shown
        assert [trial.folder for trial in store.trials()] == [shown]
        assert store.damaged == 0


def test_a_stored_record_of_another_form_counts_as_not_run(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    with Store(path) as store:
        store.put(a_result())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE records SET record = '{}'")
    with Store(path) as store:
        assert store.get(a_trial()) is None


def test_a_cached_value_is_computed_once(tmp_path: Path) -> None:
    calls: list[int] = []

    def compute() -> Budget:
        calls.append(1)
        return Budget(seconds=3.0)

    for _ in range(2):
        with Store(tmp_path / "s.sqlite3") as store:
            assert store.cached(Budget, "key", compute) == Budget(seconds=3.0)
    assert len(calls) == 1


def test_a_store_from_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer") as caught:
        Store(path)
    assert caught.value.slug == "store-newer"
    assert path.read_bytes() == before


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    path.write_text("this is a letter, not a database, and it is long enough to be read as one")
    with pytest.raises(StoreError, match="not a store of debugdiff"):
        Store(path)


def test_a_folder_in_place_of_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        Store(tmp_path)


def test_a_device_in_place_of_a_store_is_refused() -> None:
    with pytest.raises(StoreError, match="is no ordinary file"):
        Store(Path("/dev/zero"))


LOCKER = """
import fcntl, os, sys, time
shared = os.open(sys.argv[1] + "-shm", os.O_RDONLY)  # what a program may do in a sandbox
fcntl.lockf(shared, fcntl.LOCK_SH)
print("locked", flush=True)
time.sleep(600)
"""


def test_a_locked_store_says_that_another_program_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.sqlite3"
    monkeypatch.setattr("debugdiff.store._LOCK_SECONDS", 0.1)
    store = Store(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.put(a_result())
        with pytest.raises(StoreError, match="in use by another program"):
            store.__exit__(None, None, None)


def test_records_wait_while_another_program_locks_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.sqlite3"
    monkeypatch.setattr("debugdiff.store._LOCK_SECONDS", 0.1)
    with Store(path) as store:
        locker = subprocess.Popen([sys.executable, "-c", LOCKER, path], stdout=subprocess.PIPE)
        assert locker.stdout is not None
        locker.stdout.readline()
        for name in ("first", "second"):
            store.put(a_result(name))
        assert store.get(a_trial("first")) is None
        locker.kill()
        locker.communicate()
        store.put(a_result("third"))
        assert store.get(a_trial("first")) is not None
    with Store(path) as store:
        assert [trial.id for trial in store.trials()] == ["first", "second", "third"]


def test_a_store_that_cannot_grow_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    with Store(path) as store:
        store.put(a_result("first"))
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="cannot grow") as caught:
            fill(store)
        assert caught.value.slug == "store-full"
    with Store(path) as store:
        assert store.get(a_trial("first")) is not None


def fill(store: Store) -> None:
    for number in range(100):
        store.put(a_result(f"t{number}"))


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_store import a_result
from debugdiff.store import Store
with Store(Path(sys.argv[1])) as store:
    for number in range(100000):
        store.put(a_result(f"t{number}"))
        print(number, flush=True)
"""


def test_killing_the_writer_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    command = [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        while (line := writer.stdout.readline().strip()) != "20":
            assert line, "the writer ended early"
        time.sleep(0.05)
        writer.kill()
        finished = int(line)
        rest = writer.stdout.read().split()
    finished = max([finished, *map(int, rest)])
    with Store(path) as store:
        assert {f"t{number}" for number in range(finished + 1)} <= {
            trial.id for trial in store.trials()
        }
