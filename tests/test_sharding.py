"""A campaign in parts: together they are the whole, and their stores merge into one."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_store import a_result, a_trial
from typer.testing import CliRunner

from debugdiff.campaign.planning import PlannedProgram
from debugdiff.campaign.sharding import Shard, cut
from debugdiff.cases import shipped_cases
from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError, StoreError
from debugdiff.model import Framework, Stack
from debugdiff.plan import Choice, all_steps, plan
from debugdiff.store import Store
from debugdiff.store.merging import merge

STACKS = {Framework.PYTORCH: Stack.PYTORCH, Framework.KERAS: Stack.KERAS_TENSORFLOW}


@pytest.fixture(scope="module")
def programs() -> tuple[PlannedProgram, ...]:
    """Every shipped program on its stack, without bugs."""
    choice = Choice(versions={stack: {} for stack in STACKS.values()})
    return tuple(
        PlannedProgram(
            case=case,
            implementation=each,
            injections={},
            trees=plan(case, each, (), choice),
            obstacles={},
        )
        for case in shipped_cases()
        for each in case.implementations
    )


def ids(programs: tuple[PlannedProgram, ...]) -> list[str]:
    return [step.trial.id for each in programs for step in all_steps(each.trees)]


@given(of=st.integers(1, 70))
@settings(deadline=None, max_examples=20)
def test_the_parts_are_the_whole_and_share_nothing(
    programs: tuple[PlannedProgram, ...], of: int
) -> None:
    parts = [ids(cut(programs, Shard(number, of))) for number in range(1, of + 1)]
    assert sorted(trial for part in parts for trial in part) == sorted(ids(programs))


def test_a_part_needs_few_frameworks_and_has_its_share(
    programs: tuple[PlannedProgram, ...],
) -> None:
    parts = [cut(programs, Shard(number, 4)) for number in range(1, 5)]
    stacks = [{tree.trial.stack for each in part for tree in each.trees} for part in parts]
    assert sum(map(len, stacks)) <= 5
    sizes = [len(ids(part)) for part in parts]
    assert max(sizes) < 1.5 * min(sizes)


@pytest.mark.parametrize(
    "text", ["0/3", "4/3", "3", "3/", "-1/3", "1/0", "1/3/4", "٣/٤", "1/99999"]
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(DebugdiffError, match="is not a part of a campaign"):
        Shard.parse(text)


def test_parts_on_two_machines_are_the_campaign(tmp_path: Path) -> None:
    asked = ["bag_of_embeddings", "--framework", "pytorch", "--bug", "loss/sign-flipped"]
    stores = {name: str(tmp_path / f"{name}.sqlite3") for name in ("one", "two", "all")}
    one = finished(*asked, "--store", stores["one"], "--shard", "1/2")
    two = finished(*asked, "--store", stores["two"], "--shard", "2/2")
    assert len(one["finished"]) == len(two["finished"]) > 2
    assert not {*one["finished"]} & {*two["finished"]}

    merged = CliRunner().invoke(
        app, ["store", "merge", stores["all"], stores["one"], stores["two"]]
    )
    assert merged.exit_code == 0, merged.output
    assert "0 trials already there" in merged.stdout
    whole = finished(*asked, "--store", stores["all"], "--shard", "1/1")
    assert sorted(whole["finished"]) == sorted(one["finished"] + two["finished"])
    assert whole["reused"] == len(whole["finished"])  # nothing is left to run


def finished(*arguments: str) -> dict[str, Any]:
    """What a part says of itself."""
    result = CliRunner().invoke(app, ["run", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def test_a_part_has_no_tables() -> None:
    result = CliRunner().invoke(app, ["run", "--shard", "1/2", "--table", "bugs"])
    assert isinstance(result.exception, DebugdiffError)
    assert "no report" in str(result.exception)


# --- merging -------------------------------------------------------------------------------------


def a_store(path: Path, *names: str, **changes: object) -> Path:
    with Store(path) as store:
        for name in names:
            result = a_result(name)
            store.put(replace(result, record=replace(result.record, **changes)))  # type: ignore[arg-type]
    return path


def contents(path: Path) -> dict[str, float]:
    """The trials of a store, with the seconds of each record."""
    with Store(path) as store:
        results = [store.get(trial) for trial in store.trials()]
    return {each.trial.id: each.record.seconds for each in results if each is not None}


names = st.lists(st.sampled_from(["a1", "b2", "c3", "d4"]), unique=True)


@given(first=names, second=names)
@settings(deadline=None, max_examples=15)
def test_a_merge_is_the_union_and_a_second_one_adds_nothing(
    first: list[str], second: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    parts = [
        a_store(folder / "1", *first, seconds=1.0),
        a_store(folder / "2", *second, seconds=2.0),
    ]
    whole = folder / "whole"
    merged = merge(whole, parts)
    assert merged.is_whole  # seconds are no difference
    assert (merged.added, merged.known) == (len({*first, *second}), len({*first} & {*second}))
    kept = contents(whole)
    assert kept == {**dict.fromkeys(second, 2.0), **dict.fromkeys(first, 1.0)}
    assert merge(whole, parts).added == 0
    assert contents(whole) == kept
    assert contents(parts[0]) == dict.fromkeys(first, 1.0)


def test_another_outcome_is_named_and_never_written_over(tmp_path: Path) -> None:
    whole = a_store(tmp_path / "whole", "a1", "b2")
    part = a_store(tmp_path / "part", "a1", "c3", metrics={"accuracy": 0.75})
    merged = merge(whole, [part])
    assert (merged.different, merged.added) == (["a1"], 1)
    with Store(whole) as store:
        kept = store.get(a_trial("a1"))
    assert kept is not None
    assert kept.record.metrics["accuracy"] == 0.5
    result = CliRunner().invoke(app, ["store", "merge", str(whole), str(part)])
    assert result.exit_code == 1
    assert "a1 ends differently in another store" in result.stdout


def test_what_cannot_be_read_is_left_out_and_counted(tmp_path: Path) -> None:
    part = a_store(tmp_path / "part", "a1", "b2")
    with sqlite3.connect(part) as connection:
        connection.execute("UPDATE records SET record = '{' WHERE id = 'a1'")
    merged = merge(tmp_path / "whole", [part])
    assert (merged.added, merged.damaged) == (1, 1)
    assert [*contents(tmp_path / "whole")] == ["b2"]


def test_a_missing_part_and_a_store_into_itself_change_nothing(tmp_path: Path) -> None:
    part = a_store(tmp_path / "part", "a1")
    with pytest.raises(StoreError, match="There is no store"):
        merge(tmp_path / "whole", [part, tmp_path / "missing"])
    assert not (tmp_path / "whole").exists()
    with pytest.raises(StoreError, match="one of its parts"):
        merge(part, [tmp_path / "." / "part"])
    assert [*contents(part)] == ["a1"]


def test_an_interrupted_merge_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = a_store(tmp_path / "whole", "a1")
    part = a_store(tmp_path / "part", "b2", "c3")
    put = Store.put
    calls = []

    def interrupted(self: Store, result: object) -> None:
        calls.append(result)
        if len(calls) == 2:
            raise KeyboardInterrupt
        put(self, result)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        merge(whole, [part])
    monkeypatch.undo()
    assert [*contents(whole)] == ["a1"]
