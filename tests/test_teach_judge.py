"""The judge of fixes, on real programs: what it accepts, what it refuses, what it says of both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from debugdiff.bugs import shipped_bugs
from debugdiff.model import Framework, ProgramEnd, Sandbox, Size, Stack, WorkerEnd
from debugdiff.teach.alike import healthy_from_given_weights
from debugdiff.teach.course import exercises
from debugdiff.teach.judge import Judge
from debugdiff.teach.measuring import (
    COSTLY,
    applied,
    is_costly,
    other_bugs,
    right_candidates,
    wrong_candidates,
)
from debugdiff.teach.model import (
    PROGRAM,
    CheckName,
    Course,
    CourseEntry,
    Exercise,
    FrameworkChoice,
    Verdict,
)
from debugdiff.teach.runs import Runner, healthy_program, hidden_run, public_run
from debugdiff.teach.sides import Sides

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from debugdiff.execute.pool import Pool
    from debugdiff.teach.model import CheckResult


@pytest.fixture(scope="module")
def judge(pool: Pool) -> Iterator[Judge]:
    with Judge(pool=pool) as judge:
        yield judge


def exercise_of(bug: str, program: str = "bag_of_embeddings/pytorch") -> Exercise:
    case, _, name = program.partition("/")
    framework = Framework.KERAS if name.startswith("keras") else Framework.PYTORCH
    entry = CourseEntry(bug=bug, case=case, programs={framework: name})
    course = Course(name="test", title="", about="", entries=(entry,))
    return exercises(course, FrameworkChoice.MIXED)[0]


def ask(judge: Judge, exercise: Exercise, source: str) -> CheckResult:
    return judge.check(exercise, {**exercise.given, PROGRAM: source})


def changed(source: str, *pairs: tuple[str, str]) -> str:
    for find, replacement in pairs:
        assert source.count(find) >= 1, find
        source = source.replace(find, replacement)
    return source


SILENT = exercise_of("shape/target-broadcasts")
TRAINED = exercise_of("optimizer/optimizer-changed")
CRASH = exercise_of("data/vocabulary-off-by-one")
HEALTHY = SILENT.implementation.source


# --- what is right -------------------------------------------------------------------------------


def test_every_fix_and_every_neutral_rewrite_of_a_program_is_accepted(judge: Judge) -> None:
    verdicts = {
        candidate.name: ask(judge, SILENT, candidate.source)
        for candidate in right_candidates(SILENT)
    }
    assert len(verdicts) >= 6
    refused = {name: result for name, result in verdicts.items() if not result.verdict.is_fixed}
    assert not refused
    assert verdicts["healthy"].verdict is Verdict.FIXED_EXACTLY
    assert verdicts["attributes renamed"].verdict is Verdict.FIXED_EXACTLY
    reordered = verdicts["layers made in another order"]
    assert reordered.verdict is Verdict.FIXED_OTHERWISE
    assert {line.name: line.passed for line in reordered.lines}[CheckName.SAME_WEIGHTS]


def test_layers_that_change_names_with_each_other_are_paired_by_the_order_of_their_calls(
    judge: Judge,
) -> None:
    exercise = exercise_of("model/causal-mask-missing", "tiny_gpt/pytorch")
    source = changed(
        exercise.implementation.source,
        ("queries = self.split_heads(self.query(", "queries = self.split_heads(self.key("),
        ("keys = self.split_heads(self.key(", "keys = self.split_heads(self.query("),
    )
    result = judge.check(exercise, {**exercise.given, PROGRAM: source}, in_detail=False)
    assert result.verdict is Verdict.FIXED_OTHERWISE


def test_a_fix_that_is_not_the_undoing_of_the_bug_is_accepted(judge: Judge) -> None:
    source = changed(SILENT.mutant.source, ("((logits > 0)", "((logits.squeeze(-1) > 0)"))
    assert ask(judge, SILENT, source).verdict is Verdict.FIXED_EXACTLY


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", [SILENT, TRAINED, CRASH], ids=["metric", "training", "crash"])
def test_the_bug_its_hiding_places_and_copied_figures_are_refused(
    judge: Judge, exercise: Exercise
) -> None:
    broken, healthy = judge.symptom(exercise), judge.healthy(exercise)
    candidates = list(wrong_candidates(exercise, broken, healthy))
    verdicts = {each.name: ask(judge, exercise, each.source).verdict for each in candidates}
    assert not [name for name, verdict in verdicts.items() if verdict.credit]
    assert verdicts[exercise.bug.id] is Verdict.SAME_SYMPTOM
    assert len(verdicts) >= 3


def test_an_unfixed_broadcast_is_refused_although_all_values_of_training_are_equal(
    judge: Judge,
) -> None:
    """The trap: one set of untrained weights, where metrics may agree by chance."""
    result = ask(judge, SILENT, SILENT.mutant.source)
    assert result.verdict is Verdict.SAME_SYMPTOM
    assert result.metrics


@pytest.mark.parametrize(
    ("find", "replacement"),
    [
        ("lr=learning_rate", "lr=learning_rate * 1.02"),
        ("torch.optim.Adam(", "torch.optim.AdamW("),
        ("self.embedding = nn.Embedding(", "self.embedding = nn.Embedding(*[0] * 0 or "),
    ],
    ids=[
        "a slightly larger learning rate",
        "a decay of weights",
        "not even Python's idea of a layer",
    ],
)
def test_a_change_of_what_is_computed_is_no_fix(judge: Judge, find: str, replacement: str) -> None:
    result = ask(judge, SILENT, changed(HEALTHY, (find, replacement)))
    assert not result.verdict.is_fixed


@pytest.mark.parametrize(
    "call",
    [
        "self.head.forward(mean)",
        "nn.functional.linear(mean, self.head.weight, self.head.bias)",
    ],
)
def test_a_layer_may_be_called_past_the_probes(judge: Judge, call: str) -> None:
    source = changed(HEALTHY, ("self.head(mean)", call))
    assert ask(judge, SILENT, source).verdict is Verdict.FIXED_OTHERWISE


def test_more_parameters_or_other_rows_are_another_program_not_a_new_fault(judge: Judge) -> None:
    wider = changed(
        CRASH.implementation.source,
        ("nn.Embedding(VOCABULARY_SIZE", "nn.Embedding(VOCABULARY_SIZE + 1"),
    )
    result = ask(judge, CRASH, wider)
    assert result.verdict is Verdict.BEHAVES_DIFFERENTLY
    assert "parameters" in result.reason
    rows = "    data = load(size)\n"
    fewer = changed(
        CRASH.implementation.source,
        (rows, f"{rows}    data.train.words[:] = data.train.words[::-1].copy()\n"),
    )
    result = ask(judge, CRASH, fewer)
    assert result.verdict is Verdict.BEHAVES_DIFFERENTLY
    assert "different order" in result.reason


@pytest.mark.parametrize("call", ["model.forward(words)", "model(words=words)"])
def test_what_goes_past_the_probes_is_not_other_data(judge: Judge, call: str) -> None:
    source = changed(CRASH.implementation.source, ("model(words)", call))
    assert ask(judge, CRASH, source).verdict is Verdict.FIXED_OTHERWISE


def test_another_seed_or_other_names_do_not_hide_that_nothing_was_fixed(judge: Judge) -> None:
    silent = exercise_of("model/padding-averaged")
    source = changed(silent.mutant.source, ("manual_seed(seed)", "manual_seed(seed + 1)"))
    result = ask(judge, silent, source)
    assert result.verdict is Verdict.SAME_SYMPTOM
    assert "same weights" in result.reason


def test_other_data_at_evaluation_are_seen_although_the_metrics_are_the_same(judge: Judge) -> None:
    exercise = exercise_of("shape/wrong-in-features", "name_classifier/pytorch")
    given = "torch.from_numpy(data.test.letters)"
    source = changed(
        exercise.implementation.source,
        (given, f"torch.unique({given}, return_inverse=True)[1]"),
    )
    result = ask(judge, exercise, source)
    assert result.metrics == judge.healthy(exercise).metrics
    assert result.verdict is Verdict.BEHAVES_DIFFERENTLY
    assert "evaluated on other data" in result.reason


def test_a_data_module_of_ones_own_is_not_used_and_that_is_said(judge: Judge) -> None:
    files = {**CRASH.given, PROGRAM: HEALTHY, "dataset.py": "def load(size): raise KeyError"}
    assert "`dataset.py` was not used" in judge.check(CRASH, files).reason


def test_a_program_that_behaves_differently_is_told_where_it_parts(judge: Judge) -> None:
    result = ask(judge, CRASH, changed(HEALTHY, ("lr=learning_rate", "lr=learning_rate / 2")))
    assert result.verdict is Verdict.BEHAVES_DIFFERENTLY
    assert result.verdict.credit == 0.5
    assert result.parting is not None
    assert (result.parting.site, result.parting.step) == ("optimizer", 0)


def test_other_initial_weights_are_no_fix_although_the_healthy_ones_replace_them(
    judge: Judge,
) -> None:
    source = changed(
        HEALTHY,
        (
            "        self.head = nn.Linear",
            "        nn.init.normal_(self.embedding.weight, std=9)\n        self.head = nn.Linear",
        ),
    )
    result = ask(judge, CRASH, source)
    assert not result.verdict.is_fixed
    detail = next(line.detail for line in result.lines if line.name is CheckName.SAME_WEIGHTS)
    assert "embedding" in detail


def test_fewer_epochs_are_a_new_fault(judge: Judge) -> None:
    result = ask(judge, CRASH, changed(HEALTHY, ("range(epochs)", "range(0)")))
    assert result.verdict is Verdict.NEW_FAULT
    assert "no steps" in result.reason


def test_a_fix_for_the_rows_that_are_seen_alone_is_refused(judge: Judge) -> None:
    known = judge.healthy(CRASH).metrics
    source = HEALTHY + (
        "\n\nrun_before = main\n\n\ndef main(seed=0, size='tiny'):\n"
        f"    return {dict(known)} if seed == 0 else run_before(seed + 1, size)\n"
    )
    result = ask(judge, CRASH, source)
    assert not result.verdict.credit


def test_an_easier_data_module_changes_nothing(judge: Judge) -> None:
    files = {**SILENT.given, "dataset.py": "raise SystemExit\n", PROGRAM: HEALTHY}
    assert judge.check(SILENT, files).verdict is Verdict.FIXED_EXACTLY


def test_an_exception_that_is_swallowed_is_no_fix_even_where_nothing_depends_on_it(
    judge: Judge,
) -> None:
    exercise = exercise_of("dtype/numpy-inside-forward", "text_cnn/pytorch")
    line = "        print(values.numpy().mean())\n"
    assert line in exercise.mutant.source
    hidden = f"        try:\n    {line}        except RuntimeError:\n            pass\n"
    result = ask(judge, exercise, exercise.mutant.source.replace(line, hidden))
    assert result.verdict is Verdict.SAME_SYMPTOM
    assert "is still raised" in result.reason
    removed = ask(judge, exercise, exercise.mutant.source.replace(line, ""))
    assert removed.verdict is Verdict.FIXED_EXACTLY


DEBUG_MODE = "process/debug-mode-left-on"


@pytest.mark.parametrize(
    ("program", "mode"),
    [
        ("bag_of_embeddings/keras_functional", "run_eagerly"),
        ("bag_of_embeddings/keras_loop", "run_functions_eagerly"),
    ],
)
def test_a_mode_for_debugging_that_is_still_on_is_refused_although_all_values_are_right(
    judge: Judge, program: str, mode: str
) -> None:
    exercise = exercise_of(DEBUG_MODE, program)
    assert mode in exercise.mutant.source
    unfixed = ask(judge, exercise, exercise.mutant.source)
    assert unfixed.verdict is Verdict.SAME_SYMPTOM
    assert f"debugging (`{mode}`)" in unfixed.reason
    renamed = changed(exercise.implementation.source, ("learning_rate", "rate"))
    assert ask(judge, exercise, renamed).verdict is Verdict.FIXED_EXACTLY


def test_anomaly_mode_that_does_not_warn_is_a_new_fault(judge: Judge) -> None:
    line = "    data = load(size)\n"
    switch = f"    torch.autograd.set_detect_anomaly(True)\n{line}"
    result = ask(judge, CRASH, changed(HEALTHY, (line, switch)))
    assert result.verdict is Verdict.NEW_FAULT
    assert "debugging (`detect_anomaly`)" in result.reason
    assert {line.name: line.passed for line in result.lines}[CheckName.WARNINGS]


def test_a_loop_that_never_had_a_graph_is_in_no_mode_for_debugging(judge: Judge) -> None:
    exercise = exercise_of("data/padding-id-is-a-word", "bag_of_embeddings/keras_loop")
    plain = changed(exercise.implementation.source, ("    @tf.function\n", ""))
    exercise = replace(exercise, implementation=replace(exercise.implementation, source=plain))
    assert ask(judge, exercise, plain).verdict is Verdict.FIXED_EXACTLY


def test_a_bug_that_only_costs_time_and_memory_computes_the_same(judge: Judge) -> None:
    exercise = exercise_of("shape/wrong-in-features", "gru_sentiment/pytorch")
    bugs = [bug for bug in shipped_bugs() if (bug.id, exercise.framework) in COSTLY]
    candidates = list(other_bugs(exercise, bugs))
    assert len(candidates) == len(COSTLY)
    for candidate in candidates:
        assert is_costly(exercise, candidate)
        assert ask(judge, exercise, candidate.source).verdict is Verdict.FIXED_OTHERWISE


def test_main_may_be_another_name_and_a_step_may_have_a_closure(judge: Judge) -> None:
    renamed = changed(
        HEALTHY, ("def main(seed", "def run(seed"), ("if __name__", "main = run\n\nif __name__")
    )
    assert ask(judge, SILENT, renamed).verdict is Verdict.FIXED_EXACTLY
    start = HEALTHY.index("            optimizer.zero_grad()")
    end = HEALTHY.index("            optimizer.step()")
    body = "".join(f"    {line}" for line in HEALTHY[start:end].splitlines(keepends=True))
    closure = f"            def closure():\n{body}                return loss\n\n"
    source = HEALTHY[:start] + closure + HEALTHY[end:].replace("step()", "step(closure)", 1)
    assert ask(judge, SILENT, source).verdict is Verdict.FIXED_EXACTLY


# --- what does not run ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def main(:\n", "not valid Python: line 1"),
        ("x = 1\n", "no longer has a function `main`"),
        ("if False:\n    main()\n", "no longer has a function `main`"),
        (changed(HEALTHY, ("def evaluate(", "def evaluated(")), "evaluate"),
        (changed(HEALTHY, ("import torch\n", "import torches\n")), "torches"),
    ],
    ids=["syntax", "no main", "main only called", "a deleted function", "a missing module"],
)
def test_a_program_that_was_broken_by_editing_does_not_run(
    judge: Judge, source: str, words: str
) -> None:
    result = ask(judge, CRASH, source)
    assert result.verdict is Verdict.DOES_NOT_RUN
    assert words in result.reason


def test_a_removed_program_is_told(judge: Judge) -> None:
    result = judge.check(CRASH, {"dataset.py": CRASH.given["dataset.py"]})
    assert result.verdict is Verdict.DOES_NOT_RUN
    assert PROGRAM in result.reason


@pytest.mark.parametrize(
    ("times", "verdict", "words"),
    [(0, Verdict.NEW_FAULT, "still running"), (1e6, Verdict.NOT_JUDGED, "too slow now")],
)
def test_an_endless_loop_is_a_new_fault_unless_a_healthy_program_would_need_as_long(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, times: float, verdict: Verdict, words: str
) -> None:
    monkeypatch.setattr("debugdiff.teach.trial._CLEARLY", times)
    case = replace(CRASH.case, budget=3.0)
    source = changed(HEALTHY, ("    data = load(size)\n", "    while True:\n        pass\n"))
    result = ask(judge, replace(CRASH, case=case), source)
    assert result.verdict is verdict
    assert words in result.reason


def test_a_new_exception_is_told_apart_from_the_old_one(judge: Judge) -> None:
    source = changed(CRASH.mutant.source, ("        return ", "        return 1 / 0 or "))
    result = ask(judge, CRASH, source)
    assert result.verdict is Verdict.NEW_FAULT
    assert "ZeroDivisionError" in result.reason


def test_what_cannot_be_judged_is_a_result_with_its_reason(judge: Judge) -> None:
    ill = replace(CRASH.implementation, source=changed(HEALTHY, ("load(size)", "load(size + 'x')")))
    result = ask(judge, replace(CRASH, implementation=ill), CRASH.mutant.source)
    assert result.verdict is Verdict.NOT_JUDGED
    assert result.verdict.credit is None
    assert "healthy program does not run" in result.reason


def test_a_missing_stack_is_not_judged(judge: Judge) -> None:
    result = ask(judge, replace(CRASH, stack=Stack.KERAS_JAX), HEALTHY)
    assert result.verdict is Verdict.NOT_JUDGED
    assert "not installed" in result.reason


# --- the other framework -------------------------------------------------------------------------


def test_keras_programs_are_judged_by_the_same_rules(judge: Judge) -> None:
    exercise = exercise_of("data/padding-id-is-a-word", "bag_of_embeddings/keras_functional")
    healthy = exercise.implementation.source
    assert ask(judge, exercise, exercise.mutant.source).verdict is Verdict.SAME_SYMPTOM
    assert ask(judge, exercise, healthy).verdict is Verdict.FIXED_EXACTLY
    renamed = changed(
        healthy,
        ("    data = load(size)", "    rows = load(size)"),
        ("data, epochs=", "rows, epochs="),
        ("evaluate(model, data)\n\n\nif", "evaluate(model, rows)\n\n\nif"),
    )
    assert ask(judge, exercise, renamed).verdict is Verdict.FIXED_EXACTLY


def test_a_subclassed_keras_model_may_make_its_layers_in_another_order(judge: Judge) -> None:
    """It has no weights before its first step, and takes those of the healthy program there."""
    exercise = exercise_of("language/attribute-misspelt", "gru_sentiment/keras_subclass")
    made = "        self.embedding = layers.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)\n"
    source = changed(
        exercise.implementation.source, (made, ""), ("    def call(", f"{made}\n    def call(")
    )
    result = judge.check(exercise, {**exercise.given, PROGRAM: source}, in_detail=False)
    assert result.verdict is Verdict.FIXED_OTHERWISE


def test_a_keras_model_without_weights_before_its_first_step_is_compared_from_the_same(
    judge: Judge,
) -> None:
    """Other weights are drawn, and the program does the same; a decay of weights does not."""
    exercise = exercise_of("data/labels-shuffled-apart", "bag_of_embeddings/keras_sequential")
    healthy = exercise.implementation.source
    redrawn = changed(healthy, ("random_seed(seed)", "random_seed(seed + 1)"))
    result = judge.check(exercise, {**exercise.given, PROGRAM: redrawn}, in_detail=False)
    assert result.reason.startswith("From the same weights")
    decayed = changed(healthy, ("Adam(", "AdamW("))
    result = judge.check(exercise, {**exercise.given, PROGRAM: decayed}, in_detail=False)
    assert result.verdict is Verdict.BEHAVES_DIFFERENTLY
    assert {each.name: each.passed for each in result.lines}[CheckName.SAME_WEIGHTS] is False


def test_a_silent_fault_shows_in_a_figure_at_a_size_where_something_is_learned(
    judge: Judge,
) -> None:
    assert judge.telling_figures(replace(SILENT, size=Size.SMALL)) == ("accuracy",)
    assert judge.telling_figures(SILENT) == ()


# --- the runs ------------------------------------------------------------------------------------


def test_the_kept_run_has_fewer_rows_in_another_order(pool: Pool) -> None:
    with Runner(pool=pool) as runner:
        program = healthy_program(CRASH)
        seen, kept, again = (
            each.record
            for each in runner.run(
                (program, public_run(CRASH)),
                (program, hidden_run(CRASH)),
                (program, hidden_run(CRASH, 1)),
            )
        )
    assert {each.program for each in (seen, kept, again)} == {ProgramEnd.OK}
    assert kept.steps < seen.steps
    assert kept.metrics != again.metrics


def test_weights_of_a_layer_that_is_not_there_cannot_be_exchanged(pool: Pool) -> None:
    program = replace(healthy_program(CRASH), holders={"nowhere": "nowhere"})
    with Runner(pool=pool) as runner:
        record = runner.run((program, hidden_run(CRASH, weights=True)))[0].record
        sides = Sides(exercise=CRASH, files=program.files, runner=runner)
        others = healthy_from_given_weights(sides)
    assert record.program is ProgramEnd.RAISED
    assert {each.record.program for each in others} == {ProgramEnd.OK}


@pytest.mark.parametrize("sandbox", [Sandbox.WRITE, Sandbox.STRICT])
def test_weights_and_tensors_are_exchanged_in_a_sandbox(sandbox: Sandbox) -> None:
    files = healthy_program(CRASH).files
    with Runner(sandbox=sandbox) as runner:
        sides = Sides(exercise=CRASH, files=files, runner=runner)
        records = [each.record for each in healthy_from_given_weights(sides)]
    assert {record.program for record in records} == {ProgramEnd.OK}
    assert {record.sandbox for record in records} == {sandbox}


def test_runs_of_given_programs_are_remembered_in_a_file(pool: Pool, tmp_path: Path) -> None:
    pair = (healthy_program(CRASH), public_run(CRASH))
    with Runner(pool=pool, cache=tmp_path / "store.sqlite3") as runner:
        first = runner.run(pair)[0].record
    with Runner(slots=1, cache=tmp_path / "store.sqlite3") as runner:
        assert runner.run(pair)[0].record == first
    assert first.worker is WorkerEnd.FINISHED


def test_a_fix_that_does_not_fit_the_program_any_more_is_told() -> None:
    from debugdiff.teach.model import Fix

    fix = Fix(framework=Framework.PYTORCH, edits=(("no such text", ""),))
    with pytest.raises(ValueError, match="0 times"):
        applied(fix, HEALTHY)
