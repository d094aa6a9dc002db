"""Verbs on values and layers: what is left out, turned round, made elsewhere."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from test_inject_verbs import mutant_at, refusal_at

BLOCK = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, size=4):
        super().__init__()
        self.tokens = nn.Embedding(9, 4)
        self.places = nn.Embedding(9, 4)
        self.act = nn.ReLU()
        self.mlp = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4))
        self.first = nn.Linear(size, 4)
        self.second = nn.Linear(4, 4)

    def forward(self, ids, other):
        places = torch.arange(ids.size(1))
        x = self.tokens(ids) + self.places(places)
        x = x + self.mlp(x)
        x = self.act(x)
        return self.first(x), self.second(x), self.second(other)
"""

ATTENTION = """
import torch


def attend(q, k, v, keep, words):
    hidden = ~keep
    scores = q @ k.transpose(-2, -1) / q.size(-1) ** 0.5
    if keep is not None:
        scores = scores.masked_fill({mask}, -1e9)
    return torch.softmax(scores, dim=-1) @ v
"""


def change_at(role: str, source: str, **more: Any) -> tuple[list[str], list[str]]:
    """The lines that a rule takes out and puts in, wherever they are."""
    after = mutant_at(role, source, **more).source
    lines = list(difflib.ndiff(source.splitlines(), after.splitlines()))
    taken, put = ([line[2:].strip() for line in lines if line[0] == sign] for sign in "-+")
    return taken, put


def test_leave_out_of_a_term_leaves_the_other_and_takes_what_nothing_else_reads() -> None:
    removed, added = change_at("positions", BLOCK, leave_out=True)
    assert removed == [
        "places = torch.arange(ids.size(1))",
        "x = self.tokens(ids) + self.places(places)",
    ]
    assert added == ["x = self.tokens(ids)"]


def test_leave_out_of_an_operation_hands_on_its_input_and_no_name_becomes_itself() -> None:
    assert change_at("hidden-activation", BLOCK, leave_out=True, nth=0)[1] == [
        "self.mlp = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 4))"
    ]
    assert change_at("hidden-activation", BLOCK, leave_out=True, nth=1) == (
        ["x = self.act(x)"],
        [],
    )


def test_leave_out_of_a_mask_takes_the_masking_and_an_if_with_nothing_left() -> None:
    removed, added = change_at("padding-mask", ATTENTION.format(mask="hidden"), leave_out=True)
    assert removed == [
        "hidden = ~keep",
        "if keep is not None:",
        "scores = scores.masked_fill(hidden, -1e9)",
    ]
    assert added == []


def test_leave_out_of_an_argument_takes_it_with_its_comma() -> None:
    source = "from torch import nn\nbag = nn.EmbeddingBag(9, 4, padding_idx=0, mode='sum')\n"
    assert change_at("averaging-mask", source, leave_out=True)[1] == [
        "bag = nn.EmbeddingBag(9, 4, mode='sum')"
    ]


def test_leave_out_refuses_what_is_no_part_of_anything() -> None:
    assert "could be left out of" in refusal_at("called-layer", BLOCK, leave_out=True)


@pytest.mark.parametrize(
    ("mask", "negated"),
    [
        ("~keep", "keep"),
        ("keep", "~keep"),
        ("words == 0", "words != 0"),
        ("torch.eq(words, 0)", "torch.ne(words, 0)"),
        ("torch.logical_not(keep)", "keep"),
        ("words.unsqueeze(1)", "~words.unsqueeze(1)"),
    ],
)
def test_negate_turns_a_condition_round(mask: str, negated: str) -> None:
    _, added = change_at("padding-mask", ATTENTION.format(mask=mask), negate=True)
    assert added == [f"scores = scores.masked_fill({negated}, -1e9)"]


def test_negate_takes_a_mask_of_ones_and_zeros_from_one() -> None:
    ones = ATTENTION.replace("scores.masked_fill({mask}, -1e9)", "scores + (1 - keep) * -1e9")
    _, new = change_at("padding-mask", ones, negate=True)
    assert [line.strip() for line in new] == ["scores = scores + (keep) * -1e9"]
    cast = ATTENTION.replace(
        "scores.masked_fill({mask}, -1e9)", "scores + (words == 0).float() * -1e9"
    )
    _, new = change_at("padding-mask", cast, negate=True)
    assert [line.strip() for line in new] == ["scores = scores + (1 - (words == 0).float()) * -1e9"]


def test_negate_refuses_numbers_that_are_added() -> None:
    source = ATTENTION.replace("scores.masked_fill({mask}, -1e9)", "scores + keep * -1e9")
    assert "whether `keep` holds truth values" in refusal_at("padding-mask", source, negate=True)


def test_inline_makes_a_layer_where_it_is_used_with_the_sizes_that_are_known() -> None:
    source = BLOCK + "\n\nmodel = Net(size=6)\n"
    removed, added = change_at("called-layer", source, inline=True)
    assert removed[0] == "self.first = nn.Linear(size, 4)"
    assert added == [
        "return nn.Linear(6, 4)(x), self.second(x), self.second(other)",
    ]


def test_inline_refuses_sizes_that_are_not_known() -> None:
    source = BLOCK + "\n\nmodel = Net(size=int(input()))\n"
    assert "`size`, with which it is made, is not known" in refusal_at(
        "called-layer", source, inline=True
    )


def test_separate_makes_a_second_layer_for_the_second_use() -> None:
    removed, added = change_at("second-use", BLOCK, separate=True)
    assert added == [
        "self.second_second = nn.Linear(4, 4)",
        "return self.first(x), self.second(x), self.second_second(other)",
    ]
    assert len(removed) == 1


def test_swap_may_name_roles_beside_the_place() -> None:
    _, added = change_at("scores", ATTENTION.format(mask="keep"), swap=("queries", "keys"))
    assert added == ["scores = k @ q.transpose(-2, -1) / q.size(-1) ** 0.5"]


def test_leave_out_of_an_argument_before_others_by_position_leaves_none_there() -> None:
    source = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 1)

    def forward(self, words):
        later = torch.triu(torch.ones(9, 9), diagonal=1).bool()
        return self.encoder(words, later, words == 0)
"""
    removed, added = change_at("causal-mask", source, leave_out=True)
    assert [line.strip() for line in added] == ["return self.encoder(words, None, words == 0)"]
    assert len(removed) == 2


TWO_MODELS = """
import torch
from torch import nn

maker = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
judge = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
judging = torch.optim.SGD(judge.parameters(), lr=0.1)
making = torch.optim.Adam(maker.parameters())
loss = nn.BCEWithLogitsLoss()(judge(maker(noise).detach()), labels)
loss.backward()
judging.step()
"""


def test_of_two_models_the_one_that_has_the_head_gets_the_new_one() -> None:
    assert change_at("optimizer", TWO_MODELS, after="$head_in_model = $head")[1] == [
        "judge[-1] = nn.Linear(8, 1)"
    ]


def test_an_activation_is_not_put_around_a_container_that_makes_values_of_its_own() -> None:
    source = """
import torch
from torch import nn

layers = [nn.Linear(4, 4)]
net = nn.Sequential(*layers, nn.Linear(4, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
pair = (net(rows), labels)
nn.CrossEntropyLoss()(*pair).backward()
"""
    assert refusal_at("model", source, activate="softmax") == (
        "line 6 makes a layer, and applies none"
    )
