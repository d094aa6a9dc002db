"""Cases: folders and scripts to `Case`, clear errors, the shipped programs by their contract."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from debugdiff.cases import find_case, load_case, load_script, shipped_cases
from debugdiff.errors import CaseError
from debugdiff.model import Case, Framework, Implementation, Pairing, Style, Training

CASE_TOML = """\
title = "A title"
task = "A task"
idea = "An idea"
data = "Some text"
licence = "MIT"
corpora = ["imdb"]

[metric]
name = "accuracy"
majority = 0.5

[implementations.pytorch]
framework = "pytorch"
style = "module"
training = "loop"

[sites.logits]
pytorch = "head"
"""
PROGRAM = "import torch\n\ndef main(seed=0, size='small'):\n    return {}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "my_case"
    home.mkdir()
    return home


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def declare(folder: Path, old: str = "", new: str = "") -> Path:
    """Writes a good `case.toml` with one text in it replaced."""
    assert old in CASE_TOML
    (folder / "case.toml").write_text(CASE_TOML.replace(old, new, 1) if old else CASE_TOML)
    return folder


def refused(folder: Path) -> CaseError:
    with pytest.raises(CaseError) as caught:
        load_case(folder)
    return caught.value


# --- which programs are compared -----------------------------------------------------------------


def test_programs_of_a_folder_are_a_pair_only_if_a_case_toml_says_so(folder: Path) -> None:
    write(folder, pytorch=PROGRAM, other=PROGRAM)
    pairing = load_case(folder).pairing
    assert not pairing.compared
    assert "nothing shows that other.py and pytorch.py are the same model" in pairing.reason
    assert "docs/adding-a-case.md" in pairing.reason
    assert load_case(declare(folder)).pairing == Pairing()


def test_a_program_that_is_alone_has_nobody_to_be_told_apart_from(folder: Path) -> None:
    write(folder, pytorch=PROGRAM)
    assert load_case(folder).pairing == Pairing()


def test_many_programs_are_counted_and_not_named(folder: Path) -> None:
    write(folder, a=PROGRAM, b=PROGRAM, c=PROGRAM, d=PROGRAM)
    assert "these 4 programs are the same model" in load_case(folder).pairing.reason


# --- folders with a case.toml --------------------------------------------------------------------


def test_a_declared_folder_is_what_its_case_toml_says(folder: Path) -> None:
    write(folder, pytorch=PROGRAM, dataset="ROWS = 3\n", sub__more="MORE = 1\n")
    case = load_case(declare(folder))
    assert (case.name, case.title, case.declared) == ("my_case", "A title", True)
    assert (case.metric, case.majority, case.corpora, case.budget) == (
        "accuracy", 0.5, ("imdb",), 60.0,
    )  # fmt: skip
    assert case.helpers == {"dataset.py": "ROWS = 3\n", "sub/more.py": "MORE = 1\n"}
    (implementation,) = case.implementations
    assert implementation == Implementation(
        case="my_case",
        name="pytorch",
        framework=Framework.PYTORCH,
        style=Style.MODULE,
        training=Training.LOOP,
        path=folder / "pytorch.py",
        source=PROGRAM,
    )
    assert [(site.name, dict(site.where)) for site in case.sites] == [
        ("logits", {"pytorch": "head"})
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"loop"', '"lop"', ":15: `implementations.pytorch.training` has a wrong value"),
        ("= 0.5", '= "half"', ":10: `metric.majority` has a wrong value"),
        ('"A task"', "3", ":2: `task` has a wrong value"),
        ('["imdb"]', '"imdb"', ":6: `corpora` has a wrong value"),
        ('["imdb"]', '["imbd"]', ":6: `corpora` names an unknown corpus, `imbd` (known: imdb"),
        ("task =", "taks =", ":2: `taks` is not a key of a case"),
        ('style = "module"\n', "", ":12: `implementations.pytorch.style` is missing"),
        ('title = "A title"\n', "", ": `title` is missing"),
        ('pytorch = "head"', 'keras = "head"', ":17: `sites.logits` names `keras`, which is no"),
        (
            'pytorch = "head"',
            'pytorch = "head#bias"',
            ":18: `sites.logits.pytorch` ends in `#bias`",
        ),
        ('"A task"', '"A task"\nbudget = 0', ":3: `budget` has a wrong value"),
        ('"A task"', '"A task"\nnetwork = "yes"', ":3: `network` has a wrong value"),
        ("title =", "title", "case.toml cannot be read: "),
    ],
)
def test_a_wrong_key_is_named_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    write(folder, pytorch=PROGRAM)
    error = refused(declare(folder, old, new))
    assert said in error.message
    assert str(folder / "case.toml") in error.message
    assert (error.slug, error.exit_code) == ("case-toml", 2)
    assert error.hint


def test_a_misspelt_key_gets_a_suggestion(folder: Path) -> None:
    assert refused(declare(folder, "task =", "taks =")).hint == "Did you mean `task`?"


@pytest.mark.parametrize("name", ["../outside", "link"])
def test_a_program_outside_the_folder_is_refused(folder: Path, name: str) -> None:
    write(folder.parent, outside=PROGRAM)
    (folder / "link.py").symlink_to(folder.parent / "outside.py")
    text = CASE_TOML.replace("[implementations.pytorch]", f'[implementations."{name}"]')
    (folder / "case.toml").write_text(text.replace('pytorch = "head"', ""))
    error = refused(folder)
    assert error.slug == "case-file-outside"


def test_a_program_that_does_not_parse_is_broken_and_the_rest_goes_on(folder: Path) -> None:
    write(folder, pytorch=PROGRAM, keras_subclass="import keras\ndef f(:\n")
    second = '[implementations.keras_subclass]\nframework = "keras"\nstyle = "subclass"\n'
    third = '[implementations.gone]\nframework = "keras"\nstyle = "functional"\ntraining = "fit"\n'
    declare(folder, "[sites.logits]", f'{second}training = "fit"\n{third}[sites.logits]')
    case = load_case(folder)
    assert [one.name for one in case.implementations] == ["pytorch"]
    reasons = {one.name: one.reason for one in case.broken}
    assert reasons["keras_subclass"].startswith("line 2: ")
    assert reasons["gone"] == "it cannot be read: No such file or directory"
    assert not case.helpers


def test_a_table_without_implementations_is_an_error(folder: Path) -> None:
    head, _, _ = CASE_TOML.partition("[implementations")
    (folder / "case.toml").write_text(f"{head}[implementations]\n")
    assert refused(folder).slug == "case-empty"


# --- folders and scripts that somebody else wrote ------------------------------------------------


def test_programs_of_a_foreign_folder_are_those_that_nothing_imports(folder: Path) -> None:
    write(
        folder,
        train="from model import Net\n",
        model="import torch.nn as nn\n",
        predict="import keras\n\ndef main(*, seed, size):\n    return {}\n",
        both="import numpy\nfrom tensorflow import keras\n",
        notes="import csv\n",
        package__deep="import torch\n",
    )
    case = load_case(folder)
    assert not case.declared
    assert {one.name: (one.framework, one.contract) for one in case.implementations} == {
        "both": (Framework.KERAS, False),
        "predict": (Framework.KERAS, True),
        "train": (Framework.PYTORCH, False),
    }
    assert all(one.style is Style.SCRIPT for one in case.implementations)
    assert set(case.helpers) == {"model.py", "notes.py", "package/deep.py"}


def test_hidden_folders_and_virtual_environments_are_left_alone(folder: Path) -> None:
    write(folder, train=PROGRAM, **{".hidden__a": "1\n", "env__lib__b": "1\n"})
    (folder / "env" / "pyvenv.cfg").touch()
    assert not load_case(folder).helpers


def test_a_helper_that_does_not_parse_keeps_its_text(folder: Path) -> None:
    write(folder, train=PROGRAM, package__old="print 'python 2'\n")
    case = load_case(folder)
    assert not case.broken
    assert case.helpers == {"package/old.py": "print 'python 2'\n"}


def test_a_broken_file_of_a_foreign_folder_is_told(folder: Path) -> None:
    write(folder, train=PROGRAM, other="def f(:\n")
    (folder / "bytes.py").write_bytes(b"x = '\xff'\n")
    reasons = {one.name: one.reason for one in load_case(folder).broken}
    assert reasons["other"].startswith("line 1: ")
    assert reasons["bytes"].startswith("it is not UTF-8 text: ")


@pytest.mark.parametrize("text", ["", "import csv\n"])
def test_a_folder_without_programs_is_an_error(folder: Path, text: str) -> None:
    write(folder, notes=text)
    assert refused(folder).slug == "case-empty"


def test_a_script_brings_the_files_that_it_imports_and_no_others(folder: Path) -> None:
    write(
        folder,
        train="import parts.blocks\nfrom data import rows\n",
        data="import numpy\n",
        parts__blocks="from . import norm\n",
        parts__norm="import torch\nimport train\n",
        unrelated="import keras\n",
    )
    (folder / "parts" / "__init__.py").touch()
    case = load_script(folder / "train.py")
    assert case.name == case.implementations[0].name == "train"
    assert case.implementations[0].framework is Framework.PYTORCH
    assert set(case.helpers) == {
        "data.py", "parts/__init__.py", "parts/blocks.py", "parts/norm.py",
    }  # fmt: skip


def test_a_program_keeps_its_bytes_and_its_escapes_do_not_warn(folder: Path) -> None:
    (folder / "train.py").write_bytes(b"import torch\r\nx = '\\d'\r\n")
    assert load_script(folder / "train.py").implementations[0].source.count("\r\n") == 2


@pytest.mark.parametrize(
    ("text", "slug"), [("import torch\ndef f(:\n", "case-broken"), ("import csv\n", "case-empty")]
)
def test_a_script_that_cannot_be_used_is_an_error(folder: Path, text: str, slug: str) -> None:
    write(folder, train=text)
    with pytest.raises(CaseError) as caught:
        find_case(str(folder / "train.py"))
    assert caught.value.slug == slug


# --- names ---------------------------------------------------------------------------------------


def test_a_case_is_found_by_its_name_and_by_its_path() -> None:
    by_name = find_case("gru_sentiment")
    assert by_name == find_case(str(by_name.folder))


def test_an_unknown_name_suggests_close_ones() -> None:
    with pytest.raises(CaseError) as caught:
        find_case("gru_sentimen")
    assert caught.value.slug == "case-unknown"
    assert caught.value.hint.startswith("Did you mean gru_sentiment")
    with pytest.raises(CaseError) as caught:
        find_case("gru")
    assert caught.value.hint.startswith("Did you mean gru_sentiment?")


def test_looking_for_a_case_loads_neither_pydantic_nor_numpy() -> None:
    program = (
        "import sys, debugdiff.cases; print({'pydantic', 'numpy', 'libcst'} & set(sys.modules))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "set()"


# --- the cases that come with debugdiff ----------------------------------------------------------

SHIPPED = {case.name: case for case in shipped_cases()}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_case_is_whole(name: str) -> None:
    case = SHIPPED[name]
    assert not case.broken
    assert "dataset.py" in case.helpers
    assert {one.framework for one in case.implementations} == set(Framework)
    names = {one.name for one in case.implementations}
    assert all(set(site.where) <= names and len(site.where) > 1 for site in case.sites)
    assert case.majority is not None
    for implementation in case.implementations:
        assert implementation.contract
        assert implementation.guide
        assert implementation.clean is not None
        assert implementation.clean > case.majority


GRU = SHIPPED["gru_sentiment"]


def quiet_environment(case: Case) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(case.folder), "TF_CPP_MIN_LOG_LEVEL": "3"}


PARITY = """
import keras, keras_functional, numpy as np, pytorch, torch
from dataset import load

def to_torch(weights):
    "Keras keeps the update gate first and inputs in rows; PyTorch the reset gate, and in columns."
    def gates(matrix):
        update, reset, new = np.split(matrix, 3, axis=-1)
        return np.concatenate([reset, update, new], axis=-1)
    embedding, kernel, recurrent, (bias, recurrent_bias), head, head_bias = weights
    return [embedding, gates(kernel).T, gates(recurrent).T, gates(bias), gates(recurrent_bias),
            head.T, head_bias]

def pair():
    theirs, ours = keras_functional.build_model(), pytorch.build_model()
    normal = np.random.default_rng(0).normal
    theirs.set_weights([normal(0, 0.3, weight.shape) for weight in theirs.get_weights()])
    with torch.no_grad():
        weights = to_torch(theirs.get_weights())
        for parameter, weight in zip(ours.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
    return theirs, ours

def check(a, b):
    assert np.linalg.norm(a - b) <= 1e-5 * np.linalg.norm(b) + 1e-7

def step(words, labels, their_optimizer, our_optimizer):
    theirs, ours = pair()
    logits = ours(torch.from_numpy(words))
    check(np.asarray(theirs(words)), logits.detach().numpy())
    loss = torch.nn.CrossEntropyLoss()(logits, torch.from_numpy(labels))
    loss.backward()
    our_optimizer(ours.parameters()).step()
    crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    theirs.compile(optimizer=their_optimizer, loss=crossentropy)
    check(theirs.train_on_batch(words, labels), loss.item())
    for parameter, weight in zip(ours.parameters(), to_torch(theirs.get_weights()), strict=True):
        check(weight, parameter.detach().numpy())

train = load("tiny").train
words, labels = train.words[:16], train.labels[:16]
step(words, labels, keras.optimizers.SGD(0.1), lambda given: torch.optim.SGD(given, lr=0.1))
# Keras adds epsilon before the bias correction, PyTorch after it; and on TensorFlow its Adam sums
# the squares of a repeated word's gradients where PyTorch squares the sum: so every word once.
once = np.arange(words.size).reshape(words.shape)
epsilon = 1e-7 / np.sqrt(1 - 0.999)
step(once, labels, keras.optimizers.Adam(), lambda given: torch.optim.Adam(given, eps=epsilon))
"""


def test_the_gru_of_pytorch_and_of_keras_is_one_model_before_and_after_a_step() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PARITY],
        env=quiet_environment(GRU),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
