"""Small, ordinary programs to put bugs into, and short ways to say what is tested."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

from debugdiff.inject import inject
from debugdiff.model import (
    Bug,
    Framework,
    Implementation,
    InjectRule,
    Mutant,
    NotApplicable,
    Style,
    Symptom,
    Training,
)

TORCH = '''"""A recurrent classifier."""

import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY = 1_000


class Net(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, hidden, padding_idx=0)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)  # recurrent
        self.head = nn.Linear(hidden, 2)

    def forward(self, tokens):
        x = self.embedding(tokens)
        _, last = self.gru(x)
        if last is None: y = 1; z = 2
        return self.head(last[-1])


def train(model, data, *, epochs=1, learning_rate=1e-3):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for epoch in range(epochs):
        for tokens, labels in data:  # batches
            # start afresh
            optimizer.zero_grad()
            loss = F.cross_entropy(
                model(tokens),  # logits
                labels,
            )
            loss.backward()  # gradients
            optimizer.step()
        print(f"epoch {epoch}: {loss.item():.3f}")
    return model


def evaluate(model, data):
    model.eval()
    with torch.no_grad():
        right = [(model(x).argmax(-1) == y).float().mean() for x, y in data]
    return sum(right) / len(right)


if __name__ == "__main__":
    train(Net(), [])
'''

KERAS = '''"""The same, with fit."""

import keras
from keras import layers


def build_model(hidden=8):
    inputs = keras.Input((None,), dtype="int32")
    x = layers.Embedding(1000, hidden, mask_zero=True)(inputs)
    x = layers.GRU(hidden)(x)
    outputs = layers.Dense(2)(x)
    return keras.Model(inputs, outputs)


def train(model, data, *, epochs=1, learning_rate=1e-3):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(*data, epochs=epochs, verbose=0)
    return model
'''


def program(source: str, framework: Framework = Framework.PYTORCH, **more: Any) -> Implementation:
    """An implementation of some source."""
    style = more.pop("style", Style.MODULE)
    training = more.pop("training", Training.LOOP)
    return Implementation(
        case="case",
        name="program",
        framework=framework,
        style=style,
        training=training,
        path=Path("program.py"),
        source=source,
    )


def rule(match: str = "", replace: str = "", **more: Any) -> InjectRule:
    """A rule, for PyTorch unless it says otherwise."""
    framework = more.pop("framework", Framework.PYTORCH)
    more.setdefault(
        "allow", (*string.ascii_lowercase, "gone", "return", "stop")
    )  # names of excerpts
    return InjectRule(framework=framework, match=match, replace=replace, **more)


def bug(*rules: InjectRule, path: Path = Path("shape/some-bug.toml"), **more: Any) -> Bug:
    """A bug with some rules."""
    return Bug(
        id="shape/some-bug",
        path=path,
        title="Some bug",
        difficulty=1,
        symptom=dict.fromkeys(
            (framework for rule in rules for framework in rule.frameworks), Symptom.SILENT
        ),
        taxonomy=(),
        story="It goes wrong.",
        explanation="It is wrong.",
        hints=("a", "b", "c"),
        references=("https://example.org/question",),
        rules=rules,
        examples=more.pop("examples", ()),
        **more,
    )


def mutate(source: str, match: str, replace: str, **more: Any) -> Mutant:
    """The mutant of a program in which the rule has exactly one place."""
    framework = more.get("framework", Framework.PYTORCH)
    result = inject(program(source, framework), bug(rule(match, replace, **more)))
    assert isinstance(result, Mutant), result.reason
    return result


def refusal(source: str, match: str, replace: str, **more: Any) -> str:
    """Why a rule has no place in a program."""
    framework = more.get("framework", Framework.PYTORCH)
    result = inject(program(source, framework), bug(rule(match, replace, **more)))
    assert isinstance(result, NotApplicable), result.diff
    return result.reason


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that were taken out and the lines that were put in, common ends removed."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return [line.strip() for line in old], [line.strip() for line in new]


def text_at(source: str, span: Any) -> str:
    """The text that a span covers."""
    lines = source.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return "\n".join(lines)
