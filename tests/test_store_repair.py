"""A damaged store: one row stops nothing, what is wrong is said, and what can be read is saved."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_store import a_result, a_trial
from typer.testing import CliRunner

from debugdiff.cli.app import app
from debugdiff.errors import StoreError
from debugdiff.files import digest
from debugdiff.model import Budget
from debugdiff.store import Store
from debugdiff.store.problems import explain
from debugdiff.store.repair import check, repair

IDS = [digest(str(number)) for number in range(60)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of sixty trials and ten cached values, in some twenty pages, all in one file."""
    path = tmp_path / "store.sqlite3"
    with Store(path) as store:
        for each in IDS:
            store.put(a_result(each))
        for number in range(10):
            store.cached(Budget, f"key {number}", Budget)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)


def command(*arguments: object, status: int) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == status, result.output
    return result.stdout


def test_a_whole_store_has_nothing_wrong_and_is_copied_in_full(path: Path, tmp_path: Path) -> None:
    assert check(path).is_whole
    assert (check(path).trials, check(path).cached) == (60, 10)
    new = tmp_path / "new.sqlite3"
    assert repair(path, new) == check(path) == check(new)
    with Store(new) as store:
        assert {trial.id for trial in store.trials()} == {*IDS}
        assert store.get(a_trial(IDS[3])) is not None


DAMAGES = {
    "records": "UPDATE records SET record = '{' WHERE id = (SELECT min(id) FROM records)",
    "trials": "UPDATE records SET trial = '[]' WHERE id = (SELECT min(id) FROM records)",
    "cache": "UPDATE cache SET value = substr(value, 1, 5) WHERE key = 'key 0'",
    "bytes": "UPDATE cache SET value = CAST(X'ff7b' AS TEXT) WHERE key = 'key 0'",
}


@pytest.mark.parametrize("what", DAMAGES)
def test_one_damaged_row_is_left_out_and_counted(what: str, path: Path, tmp_path: Path) -> None:
    change(path, DAMAGES[what])
    with Store(path) as store:
        found = [store.get(a_trial(each)) for each in IDS]
        trials = store.trials()
        value = store.kept(Budget, "key 0")
        assert store.damaged == 1
    assert len(list(filter(None, found))) == (59 if what == "records" else 60)
    assert len(trials) == (59 if what == "trials" else 60)
    assert (value is None) == (what in {"cache", "bytes"})
    state = json.loads(command("store", "check", "--store", path, "--json", status=1))["state"]
    assert (state["damaged"], state["problems"]) == (1, [])
    before = path.read_bytes()
    new = tmp_path / "new.sqlite3"
    printed = command("store", "repair", new, "--store", path, status=0)
    assert "1 row cannot be read." in printed
    assert path.read_bytes() == before
    assert check(new).is_whole
    with Store(path) as store:  # a value that is damaged is computed again
        assert store.cached(Budget, "key 0", Budget) == Budget()


def noise(path: Path, seed: int, pages: int = 1) -> None:
    """Write noise over pages, but for the first, which says that it is a store."""
    content, chance = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(pages):
        start = 4096 * chance.randrange(1, len(content) // 4096)
        content[start : start + 4096] = chance.randbytes(4096)
    path.write_bytes(content)


def test_a_store_with_noise_in_it_is_called_damaged_and_saved_as_far_as_can_be(
    path: Path, tmp_path: Path
) -> None:
    whole = path.read_bytes()
    saved = []
    for seed in range(12):
        path.write_bytes(whole)
        noise(path, seed)
        before = path.read_bytes()
        assert not check(path).is_whole
        new = tmp_path / f"new{seed}.sqlite3"
        state = repair(path, new)
        assert path.read_bytes() == before
        assert check(new).is_whole
        assert check(new).trials == state.trials
        saved.append(state.trials)
    assert max(saved) >= 55
    assert sum(each >= 40 for each in saved) >= 8


@contextmanager
def said() -> Iterator[list[str]]:
    """The slugs of what was said instead of going on."""
    slugs: list[str] = []
    try:
        yield slugs
    except StoreError as error:
        slugs.append(error.slug)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_happens_to_the_file_there_is_a_sentence(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    new = path.with_name("new.sqlite3")
    with said() as slugs, Store(path) as store:
        store.trials()
        store.get(a_trial(IDS[0]))
        store.cached(Budget, "key 0", Budget)
        store.put(a_result("again"))
    with said() as slugs_of_repair:
        check(path)
        repair(path, new)
        assert check(new).is_whole
    assert {*slugs, *slugs_of_repair} <= {"store-damaged", "store-unusable", "store-newer"}
    for each in path.parent.iterdir():
        each.unlink()
    path.write_bytes(whole)


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        (sqlite3.SQLITE_FULL, "store-full"),
        (sqlite3.SQLITE_IOERR_WRITE, "store-full"),
        (sqlite3.SQLITE_CORRUPT, "store-damaged"),
        (sqlite3.SQLITE_IOERR_SHORT_READ, "store-damaged"),
        (sqlite3.SQLITE_CANTOPEN_FULLPATH, "store-read-only"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "store-locked"),
        (sqlite3.SQLITE_NOTADB, "store-unusable"),
    ],
)
def test_what_is_said_of_an_error_hangs_on_its_code(code: int, slug: str) -> None:
    error = sqlite3.OperationalError("locked disk, readonly, unable to open")
    error.sqlite_errorcode = code
    assert explain(Path("s"), error).slug == slug


@pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
def test_a_store_that_was_cut_short_is_saved_as_far_as_it_is_there(
    share: float, path: Path, tmp_path: Path
) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    new = tmp_path / "new.sqlite3"
    saved = repair(path, new)
    assert saved.problems
    assert saved.trials + saved.cached > 0
    assert check(new).is_whole
    assert check(new).trials == saved.trials


def test_a_query_in_the_place_of_a_table_is_not_run(path: Path, tmp_path: Path) -> None:
    change(path, "DROP TABLE cache")
    endless = "WITH RECURSIVE n(key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM n)"
    change(path, f"CREATE VIEW cache AS {endless} SELECT key, key AS value FROM n")
    assert (check(path).trials, check(path).cached) == (60, 0)
    assert "cache is a view" in " ".join(check(path).problems)
    assert repair(path, tmp_path / "new.sqlite3").trials == 60


def test_a_repair_never_writes_over_a_file(path: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text("mine")
    with pytest.raises(StoreError, match="already exists"):
        repair(path, new)
    with pytest.raises(StoreError, match="no store"):
        check(tmp_path / "gone")
    (tmp_path / "letter").write_text("this is no database, and it is long enough to be one" * 9)
    with pytest.raises(StoreError, match="not a store of debugdiff"):
        repair(tmp_path / "letter", tmp_path / "other")
    others = {each.name for each in tmp_path.iterdir()} - {"store.sqlite3-wal", "store.sqlite3-shm"}
    assert others == {"letter", "new", "store.sqlite3"}


def test_what_still_stands_in_the_journal_is_saved_too(path: Path, tmp_path: Path) -> None:
    writer = (
        "import os, sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path;"
        "from test_store import a_result; from debugdiff.store import Store;"
        "Store(Path(sys.argv[1])).put(a_result('ab')); os._exit(0)"
    )
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", writer, str(path), here], check=True)
    assert path.with_name("store.sqlite3-wal").stat().st_size > 0
    assert check(path).trials == 61
