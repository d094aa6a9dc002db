"""Settings: what a pyproject may say, and what it is told when it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugdiff.config import default_store, parse_memory, read_settings
from debugdiff.errors import DebugdiffError


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1024", 1024),
        ("8GiB", 8 * 2**30),
        ("8G", 8 * 2**30),
        ("8 gib", 8 * 2**30),
        ("8GB", 8 * 10**9),
        ("1.5MiB", 3 * 2**19),
        (" 2 TiB ", 2 * 2**40),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "much", "8 gigs", "-1", "1e9", "8GiB8"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(DebugdiffError) as caught:
        parse_memory(text)
    assert caught.value.slug == "bad-size"


def test_settings_come_from_the_nearest_pyproject(tmp_path: Path) -> None:
    project(tmp_path, "[tool.debugdiff]\njobs = 1\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert read_settings(inner) == {"jobs": 1}
    project(inner, "[tool.other]\nx = 1\n")
    assert read_settings(inner) == {}


def test_one_value_and_a_list_of_them_mean_the_same(tmp_path: Path) -> None:
    folder = project(tmp_path, '[tool.debugdiff]\nseed = 3\nbug = "shape/*"\nstack = ["pytorch"]\n')
    assert read_settings(folder) == {"seed": [3], "bug": ["shape/*"], "stack": ["pytorch"]}


def test_paths_count_from_the_file_that_names_them(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        '[tool.debugdiff]\nstore = "s.sqlite3"\nbugs = ["bugs"]\n'
        '[tool.debugdiff.python]\nkeras-jax = "jax/bin/python"\n',
    )
    assert read_settings(folder / ".") == {
        "store": str(tmp_path / "s.sqlite3"),
        "bugs": [str(tmp_path / "bugs")],
        "python": [f"keras-jax={tmp_path / 'jax/bin/python'}"],
    }


def test_the_former_name_of_a_key_still_works(tmp_path: Path) -> None:
    folder = project(tmp_path, '[tool.debugdiff]\ncatalogue = "mine"\n')
    assert read_settings(folder) == {"bugs": [str(tmp_path / "mine")]}


def test_numbers_and_sizes_become_what_the_options_take(tmp_path: Path) -> None:
    folder = project(tmp_path, '[tool.debugdiff]\ntimeout = 30\nmemory = "4GiB"\nsize = "small"\n')
    assert read_settings(folder) == {"timeout": 30.0, "memory": "4GiB", "size": "small"}


def test_an_unknown_key_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(DebugdiffError, match="unknown key `sede`") as caught:
        read_settings(project(tmp_path, "[tool.debugdiff]\nsede = 1\n"))
    assert "Did you mean `seed`?" in caught.value.hint
    assert caught.value.slug == "config-unknown-key"


@pytest.mark.parametrize(
    "line",
    [
        'jobs = "two"',
        "jobs = true",
        'seed = ["a"]',
        "seed = [true]",
        "store = 3",
        "bug = 7",
        'timeout = "long"',
        "python = 3",
    ],
)
def test_a_wrong_type_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(DebugdiffError, match="must be") as caught:
        read_settings(project(tmp_path, f"[tool.debugdiff]\n{line}\n"))
    assert caught.value.slug == "config-wrong-type"


def test_a_table_that_is_no_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DebugdiffError, match="must be a table"):
        read_settings(project(tmp_path, "[tool]\ndebugdiff = 1\n"))


def test_a_pyproject_that_is_not_toml_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DebugdiffError) as caught:
        read_settings(project(tmp_path, "[tool.debugdiff\n"))
    assert caught.value.slug == "config-unreadable"


def test_the_default_store_is_in_the_cache_of_the_user() -> None:
    assert default_store().parts[-2:] == ("debugdiff", "store.sqlite3")
