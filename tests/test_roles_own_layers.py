"""Roles of layers and models that a program defines, of states and of what comes next in a text."""

from __future__ import annotations

from textwrap import dedent

from debugdiff.source.program import Program
from debugdiff.source.roles import Missing, Roles

TRANSLATOR = """
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 16)

    def forward(self, source):
        return self.gru(source)


class Decoder(nn.Module):
    def __init__(self):
        super(Decoder, self).__init__()
        self.cell = nn.GRUCell(8, 16)
        self.head = nn.Linear(16, 40)

    def split(self, states):
        return states.view(1, -1)

    def forward(self, target, state):
        state = self.cell(target, state)
        rows = self.split(self.head(state))
        return rows, state


class Config:
    def __init__(self):
        super().__init__()


encoder, decoder = Encoder(), Decoder()
_, last = encoder(source)
logits, last = decoder(target[:, :-1], last[0])
inputs, labels = tokens[:, :-1], tokens[:, 1:]
loss = nn.functional.cross_entropy(logits.squeeze(1), labels.flatten())
loss.backward()
weights = torch.tensor(scores).softmax(-1)
"""

FUNCTIONAL = """
import keras
from keras import layers

source = keras.Input((None, 4))
_, state = layers.GRU(16, return_state=True)(source)
encoder = keras.Model(source, state)

target = keras.Input((None, 4))
first = keras.Input((16,))
states = layers.GRU(16, return_sequences=True)(target, initial_state=first)
decoder = keras.Model([target, first], layers.Dense(5)(states))

question, answer = keras.Input((None, 4)), keras.Input((None, 4))
model = keras.Model([question, answer], decoder([answer, encoder(question)]))
normalization.adapt(rows)
"""


def roles_of(source: str) -> Roles:
    return Roles(Program.of({"main.py": dedent(source)}, "main.py"))


def texts(roles: Roles, name: str) -> list[str]:
    return [" ".join(place.text.split()) for place in roles.places(name)]


def test_what_the_layers_of_a_program_return_and_which_layers_they_apply() -> None:
    roles = roles_of(TRANSLATOR)
    assert texts(roles, "returned") == ["return self.gru(source)", "return rows, state"]
    assert texts(roles, "returned-call") == ["return self.gru(source)"]
    assert texts(roles, "returned-pass") == ["self.gru(source)"]
    assert texts(roles, "bound-pass") == []
    one_input = roles_of(TRANSLATOR.replace("self.cell(target, state)", "self.cell(target)"))
    assert texts(one_input, "bound-pass") == ["self.cell(target)"]
    assert texts(roles, "layer-output") == ["state", "rows"]


def test_the_constructor_of_a_base_is_that_of_the_last_layer_and_of_no_other_class() -> None:
    assert texts(roles_of(TRANSLATOR), "base-constructor") == ["super(Decoder, self).__init__()"]


def test_a_state_is_followed_from_an_encoder_to_the_cell_that_begins_with_it() -> None:
    roles = roles_of(TRANSLATOR)
    assert texts(roles, "state-maker") == ["nn.GRU(8, 16)"]
    assert texts(roles, "state-taker") == ["nn.GRUCell(8, 16)"]
    assert texts(roles, "state-pass") == ["self.cell(target, state)"]


def test_a_state_is_followed_through_the_inputs_of_a_functional_model_in_another() -> None:
    roles = roles_of(FUNCTIONAL)
    assert texts(roles, "state-maker") == ["layers.GRU(16, return_state=True)"]
    assert texts(roles, "state-taker") == ["layers.GRU(16, return_sequences=True)"]


def test_a_state_of_zeros_is_made_by_no_layer() -> None:
    program = "from torch import nn\nstates, _ = nn.GRU(4, 8)(rows, torch.zeros(1, 2, 8))"
    assert isinstance(roles_of(program).find("state-maker"), Missing)


def test_the_labels_of_a_language_model_are_the_tokens_behind_the_first() -> None:
    roles = roles_of(TRANSLATOR)
    assert texts(roles, "next-tokens") == ["tokens[:, 1:]"]
    assert texts(roles, "all-tokens") == ["tokens"]
    shorter = roles_of(TRANSLATOR.replace("tokens[:, 1:]", "tokens[:, 2:]"))
    assert isinstance(shorter.find("next-tokens"), Missing)


def test_a_squeeze_is_the_one_on_the_way_to_the_loss_and_a_softmax_may_be_a_method() -> None:
    roles = roles_of(TRANSLATOR)
    assert texts(roles, "squeeze") == ["logits.squeeze(1)"]
    assert texts(roles, "softmax") == ["torch.tensor(scores).softmax(-1)"]


def test_what_is_fitted_before_training_is_no_layer_of_the_optimizer() -> None:
    assert texts(roles_of(FUNCTIONAL), "adaptation") == ["normalization.adapt(rows)"]


MASKED = """
import torch
from torch import nn

convolve = nn.Sequential(nn.Conv1d(8, 16, 3), nn.ReLU())
features = convolve(nn.Embedding(100, 8)(words).transpose(1, 2))
scores = queries @ keys.transpose(-2, -1)
scores = scores.masked_fill(~(words != 0).unsqueeze(1).unsqueeze(2), -1e9)
context = torch.softmax(scores, dim=-1) @ values
other = other_queries @ keys.transpose(-2, -1)
other = other.masked_fill(mask[:, None, None, :], -1e9)
context = torch.softmax(other, dim=-1) @ values
divergence = -0.5 * (1 + log_variance - mean.pow(2) - torch.exp(log_variance))
"""

TABLE = """
import torch
from torch import nn

rows = torch.from_numpy(table["rows"].astype("float32")).float()
prices = torch.tensor(table["prices"], dtype=torch.float32)
model = nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters())
nn.functional.mse_loss(model(rows), prices).backward()
optimizer.step()
"""


def test_what_a_convolution_reads_and_the_turn_before_it() -> None:
    roles = roles_of(MASKED)
    words = "nn.Embedding(100, 8)(words).transpose(1, 2)"
    assert texts(roles, "convolution-input") == texts(roles, "convolution-turn") == [words]
    assert texts(roles, "convolution-pass") == [f"convolve({words})"]


def test_the_last_axis_that_a_mask_gets_before_the_keys() -> None:
    roles = roles_of(MASKED)
    assert texts(roles, "mask-widening") == ["(words != 0).unsqueeze(1).unsqueeze(2)"]
    assert texts(roles, "mask-index") == [":, None, None, :"]


def test_a_logarithm_of_a_variance_stands_beside_its_exponential() -> None:
    roles = roles_of(MASKED)
    assert texts(roles, "log-variance") == ["log_variance"]
    assert texts(roles, "variance") == ["torch.exp(log_variance)"]


def test_what_makes_inputs_of_single_precision_and_no_labels() -> None:
    roles = roles_of(TABLE)
    assert texts(roles, "single-precision") == ['"float32"']
    assert [text[-8:] for text in texts(roles, "float-conversion")] == [".float()"]


def test_arrays_of_word_numbers_are_no_numbers() -> None:
    roles = roles_of(TABLE.replace("nn.Linear(4, 1)", "nn.Sequential(nn.Embedding(9, 1))"))
    assert isinstance(roles.find("number-arrays"), Missing)


def test_the_input_that_goes_with_the_next_tokens() -> None:
    roles = roles_of(TRANSLATOR)
    assert texts(roles, "next-input") == ["tokens[:, :-1]"]
    assert texts(roles, "whole-predictions") == ["logits"]
