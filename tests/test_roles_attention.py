"""Roles of attention: in every way of writing it out, and in the libraries' layers."""

from __future__ import annotations

import textwrap

import pytest

from debugdiff.source.program import Program
from debugdiff.source.roles import Found, Missing, Roles


def roles_of(source: str) -> Roles:
    return Roles(Program.of({"main.py": textwrap.dedent(source)}, "main.py"))


def texts(roles: Roles, name: str) -> list[str]:
    answer = roles.find(name)
    assert isinstance(answer, Found), answer
    return [" ".join(place.text.split()) for place in answer.places]


def reason(roles: Roles, name: str) -> str:
    answer = roles.find(name)
    assert isinstance(answer, Missing), answer
    return answer.reason


WRITTEN_OUT = {
    "matmul": (
        """
        import math
        import torch
        def attend(q, k, v, mask):
            scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(64)
            if mask is not None:
                scores = scores.masked_fill(mask == 0, -1e9)
            weights = torch.nn.functional.dropout(scores.softmax(dim=-1), 0.1)
            return torch.matmul(weights, v), weights
        """,
        "torch.matmul(q, k.transpose(-2, -1))",
        "math.sqrt(64)",
        "mask == 0",
    ),
    "operator": (
        """
        from torch.nn import functional as F
        class Head:
            def forward(self, x):
                q = self.q(x) * self.scale
                att = q @ self.k(x).mT
                att = att.masked_fill(x.sum(-1) == 0, float("-inf"))
                return F.softmax(att, dim=-1) @ self.v(x)
            scale = 64**-0.5
        """,
        "q @ self.k(x).mT",
        "self.scale",
        "x.sum(-1) == 0",
    ),
    "einsum": (
        """
        from keras import layers, ops
        def attend(q, k, v, keep):
            scores = ops.einsum("bqd,bkd->bqk", q, k)
            scores = scores * 0.125
            scores = ops.where(keep, scores, -1e9)
            return ops.einsum("bqk,bkd->bqd", layers.Softmax()(scores), v)
        """,
        'ops.einsum("bqd,bkd->bqk", q, k)',
        "0.125",
        "keep",
    ),
    "augmented": (
        """
        import tensorflow as tf
        def attend(q, k, v, keep):
            scores = tf.matmul(q, k, transpose_b=True)
            scores /= tf.math.sqrt(64.0)
            scores += (1.0 - keep) * -1e9
            return tf.matmul(tf.nn.softmax(scores), v)
        """,
        "tf.matmul(q, k, transpose_b=True)",
        "tf.math.sqrt(64.0)",
        "(1.0 - keep) * -1e9",
    ),
}


@pytest.mark.parametrize("style", WRITTEN_OUT)
def test_scores_scale_and_mask_of_attention_that_is_written_out(style: str) -> None:
    source, scores, scale, mask = WRITTEN_OUT[style]
    roles = roles_of(source)
    assert texts(roles, "scores") == [scores]
    assert texts(roles, "scale") == [scale]
    assert texts(roles, "padding-mask") == [mask]
    assert reason(roles, "causal-mask") == "the attention of this program has no causal mask"


def test_a_softmax_of_logits_is_no_attention() -> None:
    roles = roles_of(
        """
        import torch
        def predict(model, x):
            probabilities = torch.softmax(model(x), dim=-1)
            return probabilities.argmax(-1), x @ x.T
        """
    )
    assert reason(roles, "scores") == "this program computes no attention of its own"
    assert reason(roles, "attention-mask") == "there is no attention in this program"


def test_additive_attention_has_weights_and_a_mask_and_no_product() -> None:
    roles = roles_of(
        """
        import torch
        from torch import nn
        class Attention(nn.Module):
            def __init__(self):
                super().__init__()
                self.score = nn.Linear(8, 1)
            def forward(self, query, keys, mask):
                scores = self.score(torch.tanh(query + keys)).squeeze(-1).masked_fill(mask, -1e9)
                return torch.bmm(torch.softmax(scores, dim=-1).unsqueeze(1), keys)
        """
    )
    assert texts(roles, "attention-weights") == ["torch.softmax(scores, dim=-1)"]
    assert texts(roles, "padding-mask") == ["mask"]
    assert "multiplies no queries and keys" in reason(roles, "scores")


@pytest.mark.parametrize(
    "mask",
    [
        "torch.ones(n, n).triu(1).bool()",
        "torch.arange(n)[:, None] < torch.arange(n)",
        "nn.Transformer.generate_square_subsequent_mask(n)",
    ],
)
def test_a_triangle_is_a_causal_mask_wherever_it_is_made(mask: str) -> None:
    roles = roles_of(
        f"""
        import torch
        from torch import nn
        n = 8
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 2)
        hidden = {mask}
        states = encoder(x, mask=hidden, src_key_padding_mask=x == 0)
        """
    )
    assert texts(roles, "causal-mask") == ["hidden"]
    assert texts(roles, "padding-mask") == ["x == 0"]


def test_a_mask_that_a_module_keeps_as_a_buffer_is_followed() -> None:
    roles = roles_of(
        """
        import torch
        from torch import nn
        class Head(nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer("bias", torch.tril(torch.ones(8, 8)))
            def forward(self, q, k, v):
                att = q @ k.transpose(-2, -1)
                att = att.masked_fill(self.bias[:4, :4] == 0, float("-inf"))
                return att.softmax(-1) @ v
        """
    )
    assert texts(roles, "causal-mask") == ["self.bias[:4, :4] == 0"]


def test_switches_of_the_libraries_layers_are_causal_masks() -> None:
    keras = roles_of(
        """
        from keras import layers
        attention = layers.MultiHeadAttention(4, 16)
        y = attention(x, x, use_causal_mask=True, attention_mask=keep)
        """
    )
    assert texts(keras, "causal-mask") == ["True"]
    assert texts(keras, "padding-mask") == ["keep"]


def test_projections_are_told_apart_behind_the_one_function_that_splits_heads() -> None:
    roles = roles_of(
        """
        import torch
        from torch import nn
        class Attention(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b, self.c = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
            def forward(self, x):
                k, q = self.split(self.a(x)), self.split(self.b(x))
                v = self.split(self.c(x))
                y = torch.softmax(q @ k.transpose(-2, -1), dim=-1) @ v
                y = y.transpose(1, 2).contiguous()
                return y.view(2, -1, 8)
            def split(self, x):
                return x.view(2, -1, 4, 2).transpose(1, 2)
        """
    )
    assert texts(roles, "query-projection") == ["self.b"]
    assert texts(roles, "key-projection") == ["self.a"]
    assert texts(roles, "value-projection") == ["self.c"]
    assert texts(roles, "head-splitter") == ["self.split"] * 3
    assert texts(roles, "head-size") == ["2"]
    assert texts(roles, "heads-turned-back") == ["y.transpose(1, 2)"]


def test_one_layer_for_queries_keys_and_values_is_no_layer_of_their_own() -> None:
    roles = roles_of(
        """
        def attend(q, k, v):
            return (q @ k.mT).softmax(-1) @ v
        """
    )
    assert (
        reason(roles, "value-projection")
        == "no layer of their own makes the values of the attention"
    )


def test_one_name_for_three_layers_in_a_loop_is_no_projection() -> None:
    roles = roles_of(
        """
        from torch import nn
        class Attention(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b, self.c = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
            def forward(self, x):
                q, k, v = (self.split(p(x)) for p in (self.a, self.b, self.c))
                return (q @ k.mT).softmax(-1) @ v
            def split(self, x):
                return x.view(2, -1, 4, 2).transpose(1, 2)
        """
    )
    assert reason(roles, "attention-projection") == (
        "no layer of their own makes the queries of the attention"
    )


SEVEN_MASKS = """
import torch
from torch import nn


def masks(words, target):
    size = target.size(1)
    later = torch.triu(torch.ones(size, size), diagonal=1).bool()
    return torch.zeros(9, 9).bool(), later, words == 0, target == 0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.Transformer(8, 2)

    def forward(self, words, target, places, later, is_padding, ends):
        return self.transformer(words, target, places, later, None, is_padding, ends, is_padding)


net = Net()
places, later, is_padding, ends = masks(words, target)
net(words, target, places, later, is_padding, ends)
"""


def test_masks_by_position_are_known_by_the_names_of_the_library() -> None:
    roles = roles_of(SEVEN_MASKS)
    assert texts(roles, "causal-mask") == ["later"]
    assert texts(roles, "padding-mask") == ["is_padding", "ends", "is_padding"]
