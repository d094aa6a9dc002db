"""The CRF of `crf_tagger` against every path counted out, in both frameworks."""

from __future__ import annotations

import pytest
from conftest import Bench

from debugdiff.cases import find_case
from debugdiff.model import ProgramEnd, Stack

COUNTED_OUT = """
import itertools
import numpy as np

random = np.random.default_rng(0)
TAGS, LENGTHS = 3, (4, 2, 1)
emissions = random.normal(size=(3, 4, TAGS)).astype("float32")
start, end = random.normal(size=(2, TAGS)).astype("float32")
transitions = random.normal(size=(TAGS, TAGS)).astype("float32")
is_word = np.arange(4) < np.array(LENGTHS)[:, None]
tags = random.integers(TAGS, size=(3, 4)) * is_word


def path_score(row, path):
    moved = sum(transitions[before, after] for before, after in zip(path, path[1:]))
    emitted = sum(emissions[row, place, tag] for place, tag in enumerate(path))
    return start[path[0]] + moved + emitted + end[path[-1]]


losses, best = [], []
for row, length in enumerate(LENGTHS):
    paths = list(itertools.product(range(TAGS), repeat=length))
    scores = np.array([path_score(row, path) for path in paths], dtype="float64")
    own = path_score(row, tuple(tags[row, :length]))
    losses.append(np.logaddexp.reduce(scores) - own)
    best.append(paths[int(scores.argmax())])
"""
PYTORCH = """
import torch
from pytorch import LinearChainCRF

crf = LinearChainCRF(TAGS)
with torch.no_grad():
    for name in ("start", "end", "transitions"):
        getattr(crf, name).copy_(torch.from_numpy(globals()[name]))
    arguments = torch.from_numpy(emissions), torch.from_numpy(tags), torch.from_numpy(is_word)
    found = crf(*arguments).numpy()
    decoded = crf.decode(arguments[0], arguments[2]).numpy()
"""
KERAS = """
from keras_loop import LinearChainCRF

crf = LinearChainCRF(TAGS)
for name in ("start", "end", "transitions"):
    getattr(crf, name).assign(globals()[name])
found = np.array(crf(emissions, tags, is_word))
decoded = np.array(crf.decode(emissions, is_word))
"""
COMPARED = """
np.testing.assert_allclose(found, losses, rtol=1e-5)
for path, row in zip(best, decoded):
    assert tuple(row[: len(path)]) == path, (path, row)
"""


@pytest.mark.parametrize(
    ("stack", "program"), [(Stack.PYTORCH, PYTORCH), (Stack.KERAS_TENSORFLOW, KERAS)]
)
def test_loss_and_best_path_are_those_of_all_paths_counted_out(
    bench: Bench, stack: Stack, program: str
) -> None:
    case = find_case("crf_tagger")
    files = {**case.helpers, **{f"{each.name}.py": each.source for each in case.implementations}}
    record = bench.run(COUNTED_OUT + program + COMPARED, stack=stack, files=files)
    assert record.program is ProgramEnd.OK, record.failure


@pytest.mark.parametrize("broken", [" + self.end", "self.start + "])
def test_the_count_sees_a_missing_score(bench: Bench, broken: str) -> None:
    case = find_case("crf_tagger")
    (source,) = (each.source for each in case.implementations if each.name == "pytorch")
    files = {**case.helpers, "pytorch.py": source.replace(broken, "", 1)}
    record = bench.run(COUNTED_OUT + PYTORCH + COMPARED, stack=Stack.PYTORCH, files=files)
    assert record.failure is not None
    assert record.failure.type.endswith("AssertionError")
