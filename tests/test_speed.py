"""Times of programs that are one model: order, statistics, refusal, resumption, and real runs."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from command_line import debugdiff
from conftest import Bench
from extent import left_to_whole
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import debugdiff.campaign.speed as measuring
from debugdiff.campaign.machine_load import is_busy
from debugdiff.campaign.request import Silent
from debugdiff.campaign.speed import measure_speed
from debugdiff.campaign.speed_file import SpeedFile
from debugdiff.campaign.timed_runs import SpeedRequest
from debugdiff.cases import find_case, load_case
from debugdiff.errors import DebugdiffError
from debugdiff.model import Case, Lap, Size, SpeedPart, SpeedReading, SpeedRun, Stack, Way
from debugdiff.report.page import Page
from debugdiff.report.speed import duration, render, render_json, render_page
from debugdiff.speed import Ending, arms_of, summarise, turns_of
from debugdiff.speed.medians import CONFIDENCE, coverage, median_interval
from debugdiff.speed.schedule import block_of
from debugdiff.speed.summary import break_even
from debugdiff.worker.speed.stopwatch import EnoughStepsError, Stopwatch, cost_of_a_step

SECONDS = st.floats(1e-6, 1e3)
at_any_pace = settings(deadline=None)
BAG = find_case("bag_of_embeddings")
PROGRAMS = frozenset(each.name for each in BAG.implementations)


# --- order -------------------------------------------------------------------------------------


def test_every_second_round_goes_back() -> None:
    arms, _ = arms_of(BAG, PROGRAMS)
    ways = [turn.arm.way for turn in turns_of(arms, 2)]
    assert ways == [*Way, *reversed(Way)]


@at_any_pace
@given(st.integers(1, 30))
def test_in_a_block_all_arms_have_the_same_mean_place(processes: int) -> None:
    arms, _ = arms_of(BAG, PROGRAMS)
    places: dict[tuple[int, Way], list[int]] = {}
    for place, turn in enumerate(turns_of(arms, processes)):
        places.setdefault((block_of(turn.round), turn.arm.way), []).append(place)
    for block in range(processes // 2):
        assert len({sum(places[block, way]) for way in Way}) == 1
    assert sum(map(len, places.values())) == processes * len(arms)


def test_the_arms_of_a_case_are_proven_programs_and_each_other_way_has_a_reason() -> None:
    arms, absent = arms_of(BAG, PROGRAMS - {"keras_loop", "keras_functional"})
    assert [(arm.way, arm.implementation.name) for arm in arms] == [
        (Way.EAGER, "pytorch"),
        (Way.COMPILED, "pytorch"),
        (Way.FIT, "keras_sequential"),
        (Way.FIT_JIT, "keras_sequential"),
    ]
    assert absent == {Way.LOOP: "keras_loop is not proven to be the same model"}
    _, absent = arms_of(find_case("text_cnn"), {"pytorch", "keras_functional"})
    assert absent == {Way.LOOP: "no Keras program with a loop of its own"}


# --- statistics --------------------------------------------------------------------------------


@at_any_pace
@given(st.lists(SECONDS, min_size=1, max_size=40), st.floats(0.01, 100))
def test_the_interval_holds_the_median_and_moves_with_the_unit(
    values: list[float], factor: float
) -> None:
    found = median_interval(values)
    assert found.value == median(values)
    assert (found.low is None) == (len(values) < 6)
    if found.low is not None and found.high is not None:
        assert found.low <= found.value <= found.high
        scaled = median_interval([factor * value for value in values])
        assert scaled.low == pytest.approx(factor * found.low)


@at_any_pace
@given(st.integers(6, 60))
def test_the_interval_is_the_narrowest_that_covers_enough(count: int) -> None:
    found = median_interval(range(count))
    assert found.low is not None
    rank = int(found.low)
    # Between the values at both ranks lies the median unless too few values lie on one side of it.
    assert coverage(count, rank) == pytest.approx(1 - 2 * stats.binom.cdf(rank, count, 0.5))
    assert coverage(count, rank) >= CONFIDENCE > coverage(count, rank + 1)


@at_any_pace
@given(SECONDS, SECONDS, SECONDS, SECONDS, st.integers(1, 10_000))
def test_the_break_even_says_at_which_steps_an_arm_is_ahead(
    start: float, step: float, other_start: float, other_step: float, steps: int
) -> None:
    ours, theirs = (start, step), (other_start, other_step)
    found = break_even(ours, theirs)
    assert found is not None
    border = found.step or steps
    for number in {steps, border - 1, border, border + 1} - {0}:
        difference = (start - other_start) + (number - 1) * (step - other_step)
        if math.isclose(difference, 0, abs_tol=1e-9 * (start + number * step)):
            continue
        ahead = {
            Ending.NEVER: False,
            Ending.ALWAYS: True,
            Ending.FROM: number >= border,
            Ending.UNTIL: number <= border,
        }
        assert ahead[found.ending] == (difference < 0)


def test_without_a_steady_step_nothing_breaks_even() -> None:
    assert break_even(None, (1.0, 1.0)) is None


def _run(way: Way, number: int, wall: float, **facts: Any) -> SpeedRun:
    lap = Lap(wall=wall, processor=wall / 2)
    reading = SpeedReading(
        laps=dict.fromkeys(SpeedPart, lap), steps=30, batch_size=32, stopwatch=1e-6
    )
    plain = SpeedRun(
        key=way,
        case="bag_of_embeddings",
        implementation="program",
        way=way,
        size=Size.TINY,
        batch_size=0,
        round=number,
        busy=0.0,
        peak_memory=2**20,
        metrics={"accuracy": 0.5},
        reading=reading,
    )
    return replace(plain, **facts)


@at_any_pace
@given(
    st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=8),
    st.floats(0.1, 10),
    st.integers(0, 1),
)
def test_a_drift_of_the_machine_between_blocks_leaves_the_ratio(
    drifts: list[tuple[float, float]], factor: float, missing: int
) -> None:
    """Whatever the machine does from block to block, an arm of twice the time has ratio 2."""
    rounds = [wall for pair in drifts for wall in pair][: len(drifts) * 2 - missing]
    eager = [_run(Way.EAGER, number, wall) for number, wall in enumerate(rounds)]
    other = [_run(Way.FIT, number, factor * wall) for number, wall in enumerate(rounds)]
    order = [("program", Way.EAGER), ("program", Way.FIT)]
    first, second = summarise([*other, *eager], order)
    assert (first.way, second.processes) == (Way.EAGER, len(rounds))
    assert second.blocks == len(rounds) // 2  # half a block is in no ratio
    for ratio in second.ratio.values():
        assert ratio.value == pytest.approx(factor)


def test_an_arm_that_failed_has_its_reason_and_no_figure() -> None:
    runs = [_run(Way.EAGER, 0, 1.0), _run(Way.FIT, 0, 1.0, reading=None, problem="it raised")]
    _, failed = summarise(runs, [("program", Way.EAGER), ("program", Way.FIT)])
    assert (failed.problem, failed.processes, failed.wall) == ("it raised", 0, {})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(123.4, "123 s"), (1.234, "1.23 s"), (0.0456, "45.6 ms"), (1.2e-6, "1.20 µs")],
)
def test_a_duration_has_three_digits_and_a_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# --- the stopwatch -----------------------------------------------------------------------------


def test_the_stopwatch_ends_the_training_after_as_many_steps_as_were_asked_for() -> None:
    watch = Stopwatch(most_steps=30)
    with pytest.raises(EnoughStepsError):
        _note_steps(watch, 31)
    laps = watch.all_laps(warm_up=20)
    assert watch.steps == 30
    assert set(laps) == {SpeedPart.FIRST, SpeedPart.STEADY}  # it was stopped before its end
    assert all(lap.wall >= 0 for lap in laps.values())


def _note_steps(watch: Stopwatch, count: int) -> None:
    with watch.timed(SpeedPart.TRAINING):
        for _ in range(count):
            watch.note_step()


def test_too_few_steps_behind_the_warm_up_give_no_steady_step() -> None:
    watch = Stopwatch()
    _note_steps(watch, 24)
    assert SpeedPart.STEADY not in watch.all_laps(warm_up=20)
    assert SpeedPart.STEADY in watch.all_laps(warm_up=19)
    assert cost_of_a_step() > 0


# --- the file and the machine ------------------------------------------------------------------


def test_a_file_gives_back_what_was_added_and_drops_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "speed.jsonl"
    runs = [_run(Way.EAGER, number, 1.5) for number in range(3)]
    for run in runs[:2]:
        SpeedFile(path).add(run)
    whole = path.read_text()
    path.write_text(whole + whole.splitlines()[0][:40])
    file = SpeedFile(path)
    assert file.runs == runs[:2]
    file.add(runs[2])
    assert SpeedFile(path).runs == runs


@pytest.mark.parametrize("line", ["nonsense", "{}", "[1]", '{"schema_version": 99}'])
def test_another_file_is_left_alone(line: str, tmp_path: Path) -> None:
    path = tmp_path / "speed.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DebugdiffError) as raised:
        SpeedFile(path)
    assert raised.value.slug == "speed-unreadable"
    assert path.read_text() == line + "\n"


def test_a_busy_machine_is_refused_before_anything_runs(tmp_path: Path) -> None:
    request = _request(tmp_path)
    with pytest.raises(DebugdiffError) as raised:
        measure_speed(request, progress=Silent(), load=lambda: 1e3)
    assert raised.value.slug == "machine-busy"
    assert "1000.0 of its" in raised.value.message
    assert not (tmp_path / "store.sqlite3").exists()
    assert not is_busy(0.01)


# --- which cases -------------------------------------------------------------------------------


def _request(folder: Path, **options: Any) -> SpeedRequest:
    plain = SpeedRequest(
        cases=(BAG,),
        file=folder / "speed.jsonl",
        store=folder / "store.sqlite3",
        ways=(Way.FIT, Way.LOOP),
        size=Size.TINY,
        processes=1,
        warm_up=2,
        batch_sizes=(16,),
    )
    return replace(plain, **options)


def _refusal(request: SpeedRequest) -> str:
    with pytest.raises(DebugdiffError) as raised:
        measure_speed(request, progress=Silent(), load=lambda: 0.0)
    assert raised.value.slug == "speed-no-pairs"
    return raised.value.message


def test_programs_that_nothing_proves_equal_are_not_timed(tmp_path: Path) -> None:
    folder = tmp_path / "loose"
    folder.mkdir()
    for each in BAG.implementations[:1]:
        (folder / each.file).write_text(each.source)
    for name, text in BAG.helpers.items():
        (folder / name).write_text(text)
    assert "does not have programs" in _refusal(_request(tmp_path, cases=(load_case(folder),)))
    without_map = replace(BAG, sites=())
    assert "no case.toml with a map of sites" in _refusal(_request(tmp_path, cases=(without_map,)))


def test_a_missing_framework_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def versions(stack: Stack, _interpreter: str | None = None) -> dict[str, str] | None:
        return {"torch": "2"} if stack is Stack.PYTORCH else None

    monkeypatch.setattr(measuring, "stack_versions", versions)
    message = _refusal(_request(tmp_path))
    assert "keras-tensorflow is not installed" in message
    assert "pip install" in message


# --- real programs -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> SpeedRequest:
    """One process of three arms of a shipped case, in the file of the request."""
    every_core = tuple(sorted(os.sched_getaffinity(0)))  # as the command chooses them
    request = _request(tmp_path_factory.mktemp("speed"), steps=12, cores=every_core)
    measure_speed(request, progress=Silent(), load=lambda: 0.0)
    return request


def test_real_programs_of_both_frameworks_are_timed_in_all_parts(measured: SpeedRequest) -> None:
    runs = SpeedFile(measured.file).runs
    assert [run.way for run in runs] == [Way.EAGER, Way.FIT, Way.LOOP]
    for run in runs:
        assert run.problem == ""
        assert run.reading is not None
        assert (run.reading.steps, run.reading.batch_size) == (12, 16)
        assert set(run.reading.laps) == set(SpeedPart) - {SpeedPart.TRAINING}
        assert run.metrics == {}  # it was stopped before it had learned
        assert run.peak_memory > 2**20


def test_the_clocks_change_no_value(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_proven", lambda *_: PROGRAMS)
    one_core = (min(os.sched_getaffinity(0)),)
    request = _request(tmp_path, ways=(Way.FIT,), batch_sizes=(0,), steps=0, cores=one_core)
    measure_speed(request, progress=Silent(), load=lambda: 0.0)
    timed = {run.implementation: run for run in SpeedFile(request.file).runs}
    for name, stack in (("pytorch", Stack.PYTORCH), ("keras_functional", Stack.KERAS_TENSORFLOW)):
        source = next(each.source for each in BAG.implementations if each.name == name)
        plain = bench.run(source, files=BAG.helpers, stack=stack, contract=True)
        assert timed[name].metrics == pytest.approx(plain.metrics, rel=1e-5)
        reading = timed[name].reading
        assert reading is not None
        assert SpeedPart.TRAINING in reading.laps
        assert reading.steps == plain.steps == math.ceil(225 / 32)


@left_to_whole
def test_both_compilers_are_switched_on_in_programs_that_know_nothing_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both say so themselves: the first step is where they work."""
    monkeypatch.setattr(measuring, "_proven", lambda *_: PROGRAMS)
    request = _request(tmp_path, ways=(Way.COMPILED, Way.FIT_JIT), steps=0)
    measure_speed(replace(request, cases=(_that_looks(),)), progress=Silent(), load=lambda: 0.0)
    runs = {run.way: run for run in SpeedFile(request.file).runs}
    assert [run.problem for run in runs.values()] == [""] * 3
    compiled = {way: run.metrics["compiled"] for way, run in runs.items()}
    assert compiled == {Way.EAGER: 0.0, Way.COMPILED: 1.0, Way.FIT_JIT: 1.0}


def _that_looks() -> Case:
    """The programs with two steps, whose metric is whether a compiler was asked for."""
    question = {
        "pytorch": "'_compiled_call_impl' in vars(model)",
        "keras_functional": "model.jit_compile is True",
    }
    programs = []
    for each in BAG.implementations:
        answer = f"return {{'compiled': float({question.get(each.name, 'False')})}}"
        own = f"def evaluate(model, data):\n    {answer}\n\n\ndef main("
        programs.append(replace(each, source=each.source.replace("def main(", own)))
    helpers = {name: text.replace("(225, 65)", "(32, 65)") for name, text in BAG.helpers.items()}
    return replace(BAG, implementations=tuple(programs), helpers=helpers)


class _Counting(Silent):
    """Hears how many processes are to run."""

    def __init__(self) -> None:
        self.total = -1
        self.messages: list[str] = []

    def start(self, total: int, reused: int) -> None:
        self.total = total

    def message(self, text: str) -> None:
        self.messages.append(text)


def test_the_same_command_runs_nothing_again_and_says_the_same(measured: SpeedRequest) -> None:
    before, progress = measured.file.read_text(), _Counting()
    study = measure_speed(measured, progress=progress, load=lambda: 0.0)
    assert (progress.total, progress.messages) == (0, [])
    assert measured.file.read_text() == before
    assert study.citable
    assert study == measure_speed(measured, progress=Silent(), load=lambda: 0.0)


def test_what_is_missing_after_an_interruption_is_run_alone(
    measured: SpeedRequest, tmp_path: Path
) -> None:
    cut = replace(measured, file=tmp_path / "cut.jsonl")
    cut.file.write_text("".join(measured.file.read_text().splitlines(keepends=True)[1:]))
    progress = _Counting()
    study = measure_speed(replace(cut, anyway=True), progress=progress, load=lambda: 1e3)
    assert progress.total == 1
    assert {run.way for run in SpeedFile(cut.file).runs} == {Way.EAGER, Way.FIT, Way.LOOP}
    assert not study.citable
    assert "Not to be cited" in render(study, Page())
    other = replace(cut, processes=2, steps=11)
    with pytest.raises(DebugdiffError):  # other settings share no run, and the machine is busy
        measure_speed(other, progress=Silent(), load=lambda: 1e3)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_table_fits_the_page_and_names_the_machine(measured: SpeedRequest, width: int) -> None:
    study = measure_speed(measured, progress=Silent(), load=lambda: 0.0)
    text = render(study, Page(width=width))
    assert max(map(len, text.splitlines())) <= width
    for word in ("first step", "steady step", "loop", "torch 2", "keras 3", "batches of 16"):
        assert word in " ".join(text.split())
    assert "torch.compile" not in text  # it was not asked for


def test_json_and_page_have_every_arm(measured: SpeedRequest) -> None:
    study = measure_speed(measured, progress=Silent(), load=lambda: 0.0)
    facts = json.loads(render_json(study))
    assert facts["schema_version"] == 1
    (table,) = facts["speed"]["tables"]
    assert [arm["way"] for arm in table["arms"]] == ["eager", "fit", "own-loop"]
    assert set(table["arms"][0]["wall"]) == set(SpeedPart) - {SpeedPart.TRAINING}
    page = render_page(study, "# Speed\n\nWords of ours.\n")
    assert page.startswith("# Speed\n\nWords of ours.\n")
    assert "| own-loop | 1 |" in page
    assert render_page(study, page) == page


def test_a_program_that_cannot_be_run_so_is_an_arm_with_a_reason_and_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `train` takes no batch size, so that none can be asked for."""
    monkeypatch.setattr(measuring, "_proven", lambda *_: frozenset({"pytorch", "keras_functional"}))
    request = _request(tmp_path, ways=(Way.FIT,), processes=2, steps=3)
    request = replace(request, cases=(_without_batch_size("keras_functional"),))
    progress = _Counting()
    study = measure_speed(request, progress=progress, load=lambda: 0.0)
    (table,) = study.tables
    assert (progress.total, table.arms[0].processes) == (4, 2)
    assert table.arms[1].problem == "its `main` does not give `train` a `batch_size` by name"
    assert len(SpeedFile(request.file).runs) == 3
    assert "fit: its `main` does not give" in render(study, Page())
    measure_speed(request, progress=progress, load=lambda: 0.0)
    assert progress.total == 0


def _without_batch_size(name: str) -> Case:
    programs = []
    for each in BAG.implementations:
        source = each.source.replace("batch_size=32, ", "").replace("batch_size, ", "")
        source = source.replace("batch_size=batch_size", "batch_size=32")
        programs.append(replace(each, source=source) if each.name == name else each)
    return replace(BAG, implementations=tuple(programs))


def test_the_command_says_in_a_sentence_what_is_wrong(tmp_path: Path) -> None:
    for arguments, words in (
        (["no_such_case"], "no_such_case"),
        (["bag_of_embeddings", "--cores", "9999"], "is not a list of processors"),
        (["bag_of_embeddings", "-o", str(tmp_path / "none" / "s.jsonl")], "cannot be written"),
    ):
        done = debugdiff("speed", "-o", str(tmp_path / "s.jsonl"), *arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_the_command_goes_on_with_its_file_and_writes_a_page(
    measured: SpeedRequest, tmp_path: Path
) -> None:
    first, *others = measured.file.read_text().splitlines(keepends=True)
    (tmp_path / "s.jsonl").write_text("".join(others))
    options = ["--way", "fit", "--way", "own-loop", "--size", "tiny", "--processes", "1"]
    options += ["--steps", "12", "--warm-up", "2", "--batch-size", "16", "--anyway"]
    options += ["--sandbox", "off"]
    files = ["-o", "s.jsonl", "--page", "page.md", "--store", str(measured.store)]
    command = ["speed", BAG.name, *options, *files]
    done = debugdiff(*command, folder=tmp_path)
    assert (done.returncode, "1 trial to run, 2 reused" in done.stderr) == (0, True), done.stderr
    assert json.loads(first)["way"] == SpeedFile(tmp_path / "s.jsonl").runs[-1].way == Way.EAGER
    assert "steady step" in done.stdout
    assert "| fit | 1 |" in (tmp_path / "page.md").read_text()
    again = debugdiff(*command, "--json", folder=tmp_path)
    assert "0 trials to run, 3 reused" in again.stderr
    assert json.loads(again.stdout)["speed"]["processes"] == 1
