"""The programs of every shipped case: they run clean, they repeat, and they read alike."""

from __future__ import annotations

import ast
import math
import os
import runpy
import subprocess
import sys
from calendar import month_abbr
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from extent import IS_WHOLE, tried, tried_programs

from debugdiff.cases import find_case, shipped_cases
from debugdiff.model import (
    Budget,
    Framework,
    Instrument,
    Job,
    Mode,
    ProgramEnd,
    Size,
    Stack,
    Stage,
    ValueKind,
)

if TYPE_CHECKING:
    from debugdiff.execute.pool import Pool
    from debugdiff.model import Case, Implementation, Record

    Records = dict[str, Record]

CONTRACT = ["build_model", "train", "evaluate", "main"]
SEEDING = {
    Framework.PYTORCH: "torch.manual_seed(seed)",
    Framework.KERAS: "keras.utils.set_random_seed(seed)",
}
STACKS = {Framework.PYTORCH: Stack.PYTORCH, Framework.KERAS: Stack.KERAS_TENSORFLOW}
PROGRAMS = [
    pytest.param(case, implementation, id=f"{case.name}-{implementation.name}")
    for case in shipped_cases()
    for implementation in case.implementations
]
RUN = [program for program in PROGRAMS if program.values[1] in tried_programs(program.values[0])]
"""Those that are run, and not only read."""
OTHER_SEED = [
    program
    for program in PROGRAMS
    if program.id in {"answer_matching-pytorch", "answer_matching-keras_functional"}
]
REPEATED = [
    pytest.param(case, programs[number % len(programs)], id=case.name)
    for number, case in enumerate(shipped_cases())
    if (programs := tried_programs(case)) and (IS_WHOLE or number % 3 == 0)
]
"""One program of some cases, of all frameworks and styles in turn."""
every_run = pytest.mark.parametrize(("case", "implementation"), RUN)
every_program = pytest.mark.parametrize(("case", "implementation"), PROGRAMS)
every_case = pytest.mark.parametrize("case", shipped_cases(), ids=lambda case: case.name)


# --- runs ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def records(pool: Pool) -> Records:
    """Every program run under layer probes, some once more without, or with another seed."""
    found: Records = {}

    def keep(record: Record) -> None:
        found[record.trial] = record

    runs = {"probed": RUN, "alone": REPEATED, "other-seed": OTHER_SEED}
    jobs = [_job(*program.values, run=run) for run in runs for program in runs[run]]
    pool.run(jobs, keep)
    return found


def _job(case: Case, implementation: Implementation, *, run: str) -> Job:
    return Job(
        id=_trial(implementation, run),
        case_folder=str(case.folder),
        files={**case.helpers, implementation.path.name: implementation.source},
        program=implementation.path.name,
        stack=STACKS[implementation.framework],
        mode=Mode.DEFAULT,
        instrument=Instrument.LAYERS if run == "probed" else Instrument.NONE,
        seed=1 if run == "other-seed" else 0,
        size=Size.TINY,
        budget=Budget(seconds=case.budget * 2),
    )


def _trial(implementation: Implementation, run: str) -> str:
    return f"{implementation.case}-{implementation.name}-{run}"


@every_run
def test_a_program_runs_through_with_finite_metrics(
    records: Records, case: Case, implementation: Implementation
) -> None:
    record = records[_trial(implementation, "probed")]
    assert record.program is ProgramEnd.OK, record.failure and record.failure.text
    assert record.stage is Stage.DONE
    assert record.metrics
    assert all(value is not None and math.isfinite(value) for value in record.metrics.values())


@every_run
def test_a_clean_program_says_nothing_and_warns_of_nothing(
    records: Records, case: Case, implementation: Implementation
) -> None:
    record = records[_trial(implementation, "probed")]
    assert (record.warnings, record.stdout, record.stderr) == ((), "", "")


@every_run
def test_the_tiny_size_is_eight_batches(
    records: Records, case: Case, implementation: Implementation
) -> None:
    assert records[_trial(implementation, "probed")].steps == 8


@pytest.mark.parametrize(("case", "implementation"), REPEATED)
def test_one_seed_is_one_result_to_the_last_bit_watched_or_not(
    records: Records, case: Case, implementation: Implementation
) -> None:
    alone, probed = (records[_trial(implementation, run)] for run in ("alone", "probed"))
    assert alone.metrics == probed.metrics


@pytest.mark.parametrize(("case", "implementation"), OTHER_SEED)
def test_another_seed_is_another_model(
    records: Records, case: Case, implementation: Implementation
) -> None:
    probed, other = (records[_trial(implementation, run)] for run in ("probed", "other-seed"))
    assert probed.metrics != other.metrics


@every_run
def test_layer_probes_find_every_declared_site(
    records: Records, case: Case, implementation: Implementation
) -> None:
    probed = records[_trial(implementation, "probed")]
    read = {value.site.partition("[")[0] for value in probed.values}
    layers = {site.layer(implementation.name) for site in case.sites}
    assert layers - {None} <= read


@every_case
def test_a_site_has_one_batch_and_width_in_all_programs_of_a_case(
    records: Records, case: Case
) -> None:
    for site in case.sites:
        shapes = [
            _rows_and_widths(records[f"{case.name}-{name}-probed"], where)
            for name in site.where
            if f"{case.name}-{name}-probed" in records
            if site.holds("output", name) and (where := site.layer(name))
        ]
        assert not shapes or set.intersection(*shapes), (site.name, shapes)


def _rows_and_widths(record: Record, site: str) -> set[tuple[int, ...]]:
    """Of a site's outputs: a recurrent layer gives all of a packed batch, and its last state."""
    shapes = [
        value.shape
        for value in record.values
        if value.kind is ValueKind.FORWARD and value.site.partition("[")[0] == site
    ]
    return {shape[:1] + shape[-1:] for shape in shapes} | {shape[-2:] for shape in shapes}


@every_case
def test_the_declared_metric_is_one_that_every_program_returns(
    records: Records, case: Case
) -> None:
    for implementation in tried_programs(case):
        assert case.metric in records[_trial(implementation, "probed")].metrics


@pytest.mark.parametrize("name", ["pytorch", "keras_functional"])
def test_a_program_runs_alone_from_the_command_line(name: str) -> None:
    case = find_case("answer_matching")
    command = [sys.executable, "-W", "error", f"{name}.py", "--seed", "1", "--size", "tiny"]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        command, cwd=case.folder, env=quiet, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    metrics = ast.literal_eval(run.stdout)
    assert case.metric in metrics
    assert {type(value) for value in metrics.values()} == {float}


# --- sources ---------------------------------------------------------------------------------


@every_program
def test_programs_have_the_same_parts_in_the_same_order(
    case: Case, implementation: Implementation
) -> None:
    functions = _functions(implementation.source)
    assert [name for name in functions if name in CONTRACT] == CONTRACT
    assert ast.unparse(functions["build_model"].args) == ""
    assert ast.unparse(functions["train"].args) == (
        "model, data, *, epochs, batch_size, learning_rate"
    )
    assert ast.unparse(functions["evaluate"].args) == "model, data"
    assert ast.unparse(functions["main"].args) == "seed=0, size='small'"


@every_program
def test_a_program_sows_its_seed_before_anything_else(
    case: Case, implementation: Implementation
) -> None:
    first = _functions(implementation.source)["main"].body[0]
    assert ast.unparse(first) == SEEDING[implementation.framework]


@every_program
def test_a_program_knows_nothing_of_debugdiff(case: Case, implementation: Implementation) -> None:
    assert not {"debugdiff", "numpy.random", "random"} & _imported(implementation.source)


@every_case
def test_the_data_of_a_case_need_no_framework(case: Case) -> None:
    assert not {"torch", "keras", "tensorflow", "jax"} & _imported(case.helpers["dataset.py"])


@every_case
def test_programs_of_a_case_share_their_hyperparameters(case: Case) -> None:
    settings = [_constants(implementation.source) for implementation in case.implementations]
    assert all(setting == settings[0] for setting in settings)
    training = {_training_call(implementation.source) for implementation in case.implementations}
    assert len(training) == 1


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    body = ast.parse(source).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names | {name.partition(".")[0] for name in names}


def _constants(source: str) -> dict[str, str]:
    return {
        ast.unparse(node.targets[0]): ast.unparse(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
    }


def _training_call(source: str) -> str:
    (call,) = (
        node
        for node in ast.walk(_functions(source)["main"])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "train"
    )
    return ast.unparse(call)


# --- data ------------------------------------------------------------------------------------

WORDS = (("words",), lambda dataset: dataset["VOCABULARY_SIZE"])
EMBEDDED = {
    "answer_matching": (("question", "answer"), lambda dataset: dataset["VOCABULARY_SIZE"]),
    "date_seq2seq": (("target",), lambda dataset: len(dataset["TARGET_VOCABULARY"])),
    "tiny_gpt": ((), lambda dataset: len(dataset["VOCABULARY"])),
    "sentence_vae": ((), lambda dataset: len(dataset["VOCABULARY"])),
    "name_classifier": (("letters",), lambda dataset: len(dataset["VOCABULARY"])),
}


@cache
def _dataset(name: str) -> dict[str, Any]:
    return runpy.run_path(str(find_case(name).folder / "dataset.py"))


@every_case
@pytest.mark.parametrize("size", tried(Size.TINY, Size.SMALL, more=(Size.FULL,)))
def test_the_last_word_of_a_vocabulary_is_among_the_training_texts(case: Case, size: Size) -> None:
    dataset = _dataset(case.name)
    arrays, rows_of_table = EMBEDDED.get(case.name, WORDS)
    train = dataset["load"](size).train
    ids = [getattr(train, array) for array in arrays] or [train]
    assert max(each.max() for each in ids) == rows_of_table(dataset) - 1


def test_a_written_date_and_its_iso_form_name_the_same_year_and_month() -> None:
    written = _dataset("date_seq2seq")["written_dates"](400)
    assert len(written) == 400
    assert {len(iso) for iso in written.values()} == {len("2019-03"), len("2019-03-05")}
    for text, iso in written.items():
        year, month = iso[:4], int(iso[5:7])
        assert year in text or text.endswith(year[2:])
        assert str(month) in text or month_abbr[month].lower() in text


def test_dates_set_aside_for_the_test_are_never_trained_on() -> None:
    data = _dataset("date_seq2seq")["load"]("tiny")
    assert not _rows(data.train.source) & _rows(data.test.source)


def test_every_date_is_spelled_in_full_between_start_and_end() -> None:
    dataset = _dataset("date_seq2seq")
    data = dataset["load"]("tiny")
    target = data.train.target
    assert (target[:, 0] == dataset["START_ID"]).all()
    assert ((target == dataset["END_ID"]).sum(axis=1) == 1).all()
    unknown = dataset["SOURCE_VOCABULARY"].ids["<unknown>"]
    assert not (data.train.source == unknown).any()
    assert (data.train.source[:, -1] == dataset["PADDING"]).any()


def test_a_translation_counts_only_when_it_is_right_in_every_character() -> None:
    score = _dataset("date_seq2seq")["score"]
    expected = np.array([[4, 5, 3, 0], [6, 3, 0, 0]])
    predicted = np.array([[4, 9, 3, 7], [6, 3, 8, 8]])
    assert score(predicted, expected) == {"exact_match": 0.5, "token_accuracy": 0.8}


def test_questions_and_answers_come_once_and_stay_apart() -> None:
    data = _dataset("answer_matching")["load"]("tiny")
    assert len(data.train.question) == len(data.train.answer) == 256
    assert (data.train.question.any(axis=1) & data.train.answer.any(axis=1)).all()


def test_ranks_are_those_of_the_own_answer_and_ties_count_against_it() -> None:
    score = _dataset("answer_matching")["score"]
    similarities = np.array([[0.9, 0.1, 0.2], [0.8, 0.3, 0.1], [0.5, 0.5, 0.5]])
    assert score(similarities) == {
        "mean_reciprocal_rank": pytest.approx((1 + 1 / 2 + 1 / 3) / 3),
        "recall_at_1": pytest.approx(1 / 3),
        "recall_at_10": 1.0,
    }


def test_answers_that_are_one_to_the_model_tie_whatever_rounding_says() -> None:
    score = _dataset("answer_matching")["score"]
    similarities = np.array([[0.5, 0.5, 0.1], [0.2, 0.2, 0.1], [0.1, 0.2, 0.9]]) * 10
    shaken = similarities * (1 + np.random.default_rng(0).uniform(-1e-6, 1e-6, (20, 3, 3)))
    assert score(similarities)["recall_at_1"] == pytest.approx(1 / 3)
    assert all(score(each) == score(similarities) for each in shaken)


@pytest.mark.parametrize("name", ["pos_tagger", "tags_and_source", "crf_tagger"])
def test_a_word_has_a_tag_and_padding_has_none(name: str) -> None:
    dataset = _dataset(name)
    for part in (data := dataset["load"]("tiny")).train, data.test:
        assert ((part.words == dataset["PADDING"]) == (part.tags == dataset["PADDING"])).all()
        assert (part.words[:, 0] != dataset["PADDING"]).all()
        assert set(np.unique(part.tags)) <= set(dataset["TAGS"].ids.values()) | {0}


def test_sentences_come_from_the_web_and_the_encyclopedia_in_turn() -> None:
    data = _dataset("tags_and_source")["load"]("tiny")
    assert data.train.source.reshape(-1, 2).tolist() == [[0, 1]] * 125


def test_a_name_is_never_trained_on_and_asked_for() -> None:
    data = _dataset("name_classifier")["load"]("small")
    assert not _rows(data.train.letters) & _rows(data.test.letters)


def test_calling_every_name_female_is_right_for_half_of_the_genders() -> None:
    labels = np.array([0, 0, 0, 1])
    found = _dataset("name_classifier")["score"](np.zeros(4, dtype=int), labels)
    assert found == {"accuracy": 0.75, "balanced_accuracy": 0.5}


def test_padding_counts_in_no_score_of_tags() -> None:
    score = _dataset("pos_tagger")["score"]
    expected = np.array([[3, 4, 0, 0], [5, 0, 0, 0]])
    predicted = np.array([[3, 9, 0, 0], [5, 7, 7, 7]])
    assert score(predicted, expected) == {"accuracy": pytest.approx(2 / 3)}


def test_a_name_stands_between_its_start_and_its_end() -> None:
    dataset = _dataset("tiny_gpt")
    data = dataset["load"]("small")
    assert (data.train[:, 0] == dataset["START_ID"]).all()
    assert ((data.train == dataset["END_ID"]).sum(axis=1) == 1).all()
    assert not _rows(data.train) & _rows(data.test)


def test_letters_behind_the_end_of_a_name_count_for_nothing() -> None:
    dataset = _dataset("tiny_gpt")
    start, end = dataset["START_ID"], dataset["END_ID"]
    names = np.array([[start, 5, 6, end], [start, 7, end, 0]])
    predicted = np.array([[5, 9, end], [7, end, 9]])
    completed = np.array([[start, 5, 5, 5], [start, 7, end, 9]])
    found = dataset["score"](predicted, names, completed)
    assert found == {"accuracy": pytest.approx(4 / 5), "finished": 0.5}


def test_a_name_comes_back_by_its_letters_without_the_padding() -> None:
    score = _dataset("sentence_vae")["score"]
    logits = np.log(np.array([[[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]]]))
    found = score(logits, np.array([[1, 1, 0]]))
    assert found == {"accuracy": 1.0, "nats": pytest.approx(-np.log([0.8, 0.6]).mean())}


def test_features_are_counted_in_the_whole_review() -> None:
    dataset = _dataset("text_and_features")
    found = dataset["counted"]("Why not? Very good!!", ["why", "not", "very", "good"])
    assert found == (4, 3.5, 2, 1, 50.0, 25.0)
    features = dataset["load"]("tiny").train.features
    assert (features.std(axis=0) > 0).all()
    assert features[:, 0].max() > dataset["LENGTH"]


def test_no_word_drawn_is_the_neighbour_itself_or_a_rare_one() -> None:
    dataset = _dataset("skipgram")
    for part in (data := dataset["load"]("tiny")).train, data.test:
        assert part.words.shape == (len(part.centre), 1 + dataset["NEGATIVES"])
        assert (part.words[:, 1:] != part.words[:, :1]).all()
        assert min(part.words.min(), part.centre.min()) > dataset["UNKNOWN"]


def test_neighbours_are_words_side_by_side_each_way() -> None:
    found = _dataset("skipgram")["neighbours"](np.array([7, 8, 9]))
    assert sorted(map(tuple, found.tolist())) == [(7, 8), (8, 7), (8, 9), (9, 8)]


def test_frequent_words_are_thinned_out_and_rare_ones_left() -> None:
    shares = np.array([0.0, 0.0, 0.5, 0.001])
    row = np.repeat([0, 1, 2, 3], 1_000)
    kept = np.bincount(_dataset("skipgram")["thin_out"](row, shares, np.random.default_rng(0)))
    assert kept[[0, 1, 3]].tolist() == [0, 0, 1_000]
    assert 70 < kept[2] < 130  # 1,000 * sqrt(0.005 / 0.5) = 100


def test_words_are_drawn_by_frequency_to_the_power_of_three_quarters() -> None:
    dataset = _dataset("skipgram")
    shares = np.zeros(dataset["VOCABULARY_SIZE"])
    shares[[2, 3, 4]] = 16 / 32, 1 / 32, 15 / 32
    drawn = dataset["draw_negatives"](np.full(5_000, 4), shares, np.random.default_rng(0))
    counts = np.bincount(drawn.ravel())
    assert counts[2] / counts[3] == pytest.approx(8, rel=0.1)


def test_a_neighbour_that_ties_with_a_word_drawn_is_not_ranked_first() -> None:
    scores = np.array([[0.9, 0.1, 0.2], [0.5, 0.5, 0.1], [0.3, 0.4, 0.1], [0.2, 0.1, 0.1]])
    assert _dataset("skipgram")["score"](scores) == {"ranked_first": 0.5}


def _rows(array: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in array}
