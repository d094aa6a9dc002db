"""R2, R3 and R5 of programs as their guides shuffle: what is added, what is taken away."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from extent import IS_WHOLE
from report_samples import report

from debugdiff.cases import load_case
from debugdiff.model import Framework, Part
from debugdiff.source.names import resolver
from debugdiff.static import measure
from debugdiff.static.shuffling import with_shuffled_rows
from debugdiff.verdict.measures import MEASURES

SHIPPED = sorted(Path(__file__).parent.parent.joinpath("cases").glob("*/case.toml"))
TRIED = SHIPPED if IS_WHOLE else SHIPPED[1::4]


def shuffled(source: str) -> str:
    tree = ast.parse(dedent(source))
    written = with_shuffled_rows(tree.body, resolver(tree, frozenset()))
    return ast.unparse(ast.Module(body=written, type_ignores=[]))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "model.fit(x, y, batch_size=8, shuffle=False, verbose=0)",
            "model.fit(x, y, batch_size=8, verbose=0)",
        ),
        (
            "from torch.utils.data import DataLoader\nDataLoader(rows, batch_size=8)",
            "from torch.utils.data import DataLoader\nDataLoader(rows, batch_size=8, shuffle=True)",
        ),
        (
            "import tensorflow as tf\nd = tf.data.Dataset.range(9)\nd.batch(8)",
            "import tensorflow as tf\nd = tf.data.Dataset.range(9)\nd.SHUFFLED.batch(8)",
        ),
    ],
    ids=["fit", "DataLoader", "tf.data"],
)
def test_a_program_shuffles_as_its_guide_does(before: str, after: str) -> None:
    after = after.replace("SHUFFLED", "shuffle(buffer_size=1024)")
    assert shuffled(before) == after
    assert shuffled(after) == after


@pytest.mark.parametrize(
    "source",
    [
        "model.fit(x, y, shuffle=order)",
        "import torch\ntorch.utils.data.DataLoader(rows, sampler=own)",
        "texts.batch(8)",
        "class DataLoader:\n    pass\nDataLoader(rows)",
    ],
    ids=["a choice of its own", "a sampler", "no data set", "another loader"],
)
def test_any_other_program_stays_as_it_is(source: str) -> None:
    assert shuffled(source) == ast.unparse(ast.parse(source))


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.parent.name)
def test_every_shipped_program_is_shuffled_by_one_change_of_its_training(path: Path) -> None:
    for program in load_case(path.parent).implementations:
        static = measure(program.source)
        by_default = program.framework is Framework.KERAS and "shuffle=False" in program.source
        moved = static.shuffled_whole.volume - static.whole.volume
        assert (moved < 0) if by_default else (moved > 0), program.name
        assert static.shuffled_whole.lloc == static.whole.lloc


def test_a_claim_about_size_may_vary_whether_rows_are_shuffled() -> None:
    program = report().programs[0]
    static = replace(program.static, shuffled_whole=replace(program.static.whole, api_surface=99))
    size = MEASURES["size"].of_program
    assert size is not None
    found = [
        size(replace(program, static=static), {"size": "api", "rows": rows, "part": part})
        for rows in MEASURES["size"].axes["rows"]
        for part in (Part.WHOLE, Part.MODEL)
    ]
    assert found == [
        static.whole.api_surface,
        static.model.api_surface,
        99,
        static.model.api_surface,
    ]
