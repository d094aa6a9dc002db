"""Roles of a model's structure: sums, sharing, padding, inputs, activations."""

from __future__ import annotations

import pytest
from test_roles_attention import reason, roles_of, texts

TABLES = {
    "an embedding": (
        "self.pos = nn.Embedding(9, 4)",
        "self.pos(torch.arange(ids.size(1)).unsqueeze(0))",
    ),
    "a parameter": ("self.pos = nn.Parameter(torch.zeros(9, 4))", "self.pos[: ids.size(1)]"),
    "a buffer": (
        'self.register_buffer("pos", torch.zeros(9, 4))',
        "self.pos[: ids.size(1)]",
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_positions_are_what_is_looked_up_by_place(table: str) -> None:
    made, added = TABLES[table]
    roles = roles_of(
        f"""
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.tok = nn.Embedding(100, 4)
                {made}
            def forward(self, ids):
                return self.tok(ids) + {added}
        """
    )
    assert texts(roles, "positions") == [added]


def test_a_sum_of_two_texts_has_no_positions() -> None:
    roles = roles_of(
        """
        from torch import nn
        words = nn.Embedding(100, 4)
        tags = nn.Embedding(9, 4)
        states = words(ids) + tags(kinds)
        """
    )
    assert reason(roles, "positions") == "no positions are added to the words of this program"


def test_a_residual_is_added_to_what_layers_made_of_it() -> None:
    roles = roles_of(
        """
        from torch import nn
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm, self.mlp = nn.LayerNorm(4), nn.Linear(4, 4)
            def forward(self, x, y):
                h = self.mlp(self.norm(x))
                x = x + h
                z = x + y
                return z + x.size(1)
        """
    )
    assert texts(roles, "residual") == ["x"]


def test_positions_that_read_only_a_size_are_no_residual() -> None:
    roles = roles_of(
        """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.tok, self.pos = nn.Embedding(9, 4), nn.Embedding(9, 4)
            def forward(self, ids):
                x = self.tok(ids)
                return x + self.pos(torch.arange(x.size(1)))
        """
    )
    assert reason(roles, "residual") == "no block of this program adds its input to its result"
    assert texts(roles, "counting") == ["torch.arange(x.size(1))"]


def test_a_second_use_is_of_another_input_and_not_of_the_first_ones_result() -> None:
    roles = roles_of(
        """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.encoder = nn.Linear(4, 4)
                self.deep = nn.Linear(4, 4)
            def forward(self, a, b):
                one, other = self.encoder(a), self.encoder(b)
                return self.deep(self.deep(one)), other
        """
    )
    assert [place.location.line for place in roles.places("second-use")] == [9]


def test_twins_are_made_alike_and_called_side_by_side() -> None:
    roles = roles_of(
        """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.mean = nn.Linear(4, 2)
                self.spread = nn.Linear(4, 2)
                self.other = nn.Linear(4, 3)
            def forward(self, x):
                return self.mean(x), self.spread(x), self.other(x)
        """
    )
    assert texts(roles, "first-twin") == ["self.mean"]
    assert texts(roles, "twin") == ["self.spread"]


def test_a_layer_whose_weights_are_read_elsewhere_is_not_used_by_one_call_alone() -> None:
    roles = roles_of(
        """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.tokens = nn.Embedding(9, 4)
                self.body = nn.Linear(4, 4)
                self.head = nn.Linear(4, 9)
                self.head.weight = self.tokens.weight
            def forward(self, ids):
                return self.head(self.body(self.tokens(ids)))
        """
    )
    assert texts(roles, "called-layer") == ["self.body"]
    assert texts(roles, "tying") == ["self.head.weight = self.tokens.weight"]


def test_a_mask_goes_from_the_embedding_to_what_reads_it() -> None:
    roles = roles_of(
        """
        import keras
        from keras import layers
        model = keras.Sequential()
        model.add(layers.Embedding(9, 4, mask_zero=True))
        model.add(layers.Bidirectional(layers.LSTM(4)))
        x = layers.Dropout(0.1)(layers.Embedding(9, 4, mask_zero=True)(ids))
        mean = layers.GlobalAveragePooling1D()(x)
        """
    )
    assert [place.location.line for place in roles.places("reading-mask")] == [5]
    assert [place.location.line for place in roles.places("averaging-mask")] == [7]
    assert texts(roles, "averaging") == ["layers.GlobalAveragePooling1D()(x)"]


@pytest.mark.parametrize(
    ("mean", "vectors"),
    [
        ("(x * m).sum(1) / m.sum(1).clamp(min=1)", "x"),
        ("torch.sum(m * x, dim=1) / torch.sum(m, dim=1)", "x"),
    ],
)
def test_a_mean_over_the_words_that_is_written_out(mean: str, vectors: str) -> None:
    roles = roles_of(f"import torch\ny = {mean}\nz = (x * m).sum(0) / m.sum(0)\n")
    assert texts(roles, "masked-mean") == [mean]
    assert texts(roles, "averaged") == [vectors]


def test_a_state_of_zeros_or_of_the_step_before_is_no_encoders_state() -> None:
    roles = roles_of(
        """
        import torch
        from torch import nn
        encoder, decoder = nn.GRU(4, 4), nn.GRU(4, 4)
        _, state = encoder(source)
        out, _ = decoder(target, state)
        out, _ = encoder(source, torch.zeros(1, 2, 4))
        """
    )
    assert texts(roles, "initial-state") == ["state"]


def test_hidden_activations_are_those_before_the_output() -> None:
    roles = roles_of(
        """
        import keras
        from keras import layers
        model = keras.Sequential(
            [layers.Dense(8, "relu"), layers.LeakyReLU(), layers.Dense(1, activation="relu")]
        )
        model.compile("adam", "mse")
        model.fit(x, y)
        """
    )
    assert texts(roles, "hidden-activation") == ['"relu"', "layers.LeakyReLU()"]


def test_two_inputs_are_those_of_the_training_step() -> None:
    roles = roles_of(
        """
        import torch
        from torch import nn
        class Match(nn.Module):
            def forward(self, a, b):
                return a @ b
        model = Match()
        optimizer = torch.optim.SGD(model.parameters())
        def train():
            for left, right in pairs:
                model(left, right).mean().backward()
        def test():
            return model(one, other)
        """
    )
    assert texts(roles, "two-inputs") == ["model(left, right)"]


def test_a_decoders_input_stands_beside_another_and_is_shifted_against_the_labels() -> None:
    decoder = """
        import keras
        model = keras.Model([source, target], logits)
        model.compile("adam", "mse")
        model.fit([a, b[:, :-1]], b[:, 1:])
        """
    assert texts(roles_of(decoder), "decoder-input") == ["b[:, :-1]"]
    alone = decoder.replace("[a, b[:, :-1]]", "b[:, :-1]")
    assert "no decoder" in reason(roles_of(alone), "decoder-input")


def test_a_lookup_is_of_an_embedding_with_sizes_alone() -> None:
    """A padding row and a mask are lost where the lookup is written in another way."""
    model = """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.words = nn.Embedding(9, 4)
                self.tags = nn.Embedding(num_embeddings=5, embedding_dim=4, padding_idx=0)
            def forward(self, words, tags):
                return self.words(words) + self.tags(tags)
        """
    roles = roles_of(model)
    assert texts(roles, "lookup") == ["self.words(words)"]
    assert texts(roles, "lookup-table") == ["self.words"]
    padded = roles_of(model.replace("9, 4", "9, 4, padding_idx=0"))
    assert reason(padded, "lookup") == (
        "every embedding layer of this program has settings other than its sizes"
    )


BY_STRING = """
import torch
SETTINGS = {"cell": "GRU", "optimizer": "Adam"}
class Net(torch.nn.Module):
    def __init__(self, settings):
        super().__init__()
        cell = getattr(torch.nn, settings["cell"])
        self.rnn = cell(8, 16, batch_first=True)
        self.head = getattr(torch.nn, "Linear")(16, 2)
    def forward(self, rows):
        _, last = self.rnn(rows)
        return self.head(last[-1])
net = Net(SETTINGS)
optimizer = getattr(torch.optim, SETTINGS["optimizer"])(net.parameters())
torch.nn.functional.cross_entropy(net(rows), labels).backward()
optimizer.step()
"""


def test_what_getattr_takes_by_a_string_of_the_text_is_known_and_by_no_other() -> None:
    roles = roles_of(BY_STRING)
    assert texts(roles, "recurrent") == ["cell(8, 16, batch_first=True)"]
    assert texts(roles, "recurrent-pass") == ["self.rnn(rows)"]
    assert texts(roles, "head") == ['getattr(torch.nn, "Linear")(16, 2)']
    assert len(texts(roles, "optimizer")) == 1
    asked = roles_of(BY_STRING.replace('SETTINGS["optimizer"]', "options.optimizer"))
    assert reason(asked, "optimizer") == "no optimizer of the library is made here"
