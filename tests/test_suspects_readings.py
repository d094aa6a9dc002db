"""Programs in other people's styles that a reading of names or of the text's order gets wrong."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from crashing import run
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.source.program import Program
from debugdiff.suspects import suspects_of_text
from debugdiff.suspects.crash import Crash
from debugdiff.suspects.ranking import weight_of
from debugdiff.suspects.registry import CRASH_RULES
from debugdiff.suspects.rules.targets import Mismatch, Sides, misfit

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.execute.pool import Pool


def lines_of(rule: str, path: Path, pool: Pool) -> list[str]:
    """The lines that a rule suspects after a crash, the likeliest first."""
    record = run(pool, [path])[path.name]
    assert record.failure is not None, record.ending
    program = Program.of({path.name: path.read_text()}, path.name)
    crash = Crash(program=program, failure=record.failure, opened=record.post_mortem)
    clues = sorted(CRASH_RULES[rule].find(crash), key=lambda clue: -weight_of(rule, clue))
    texts = path.read_text().splitlines()
    return [texts[clue.at.line - 1].strip() for clue in clues]


def silent_lines(rule: str, source: str) -> list[str]:
    """The lines that a rule on the text alone suspects."""
    texts = dedent(source).splitlines()
    found = suspects_of_text({"program.py": "\n".join(texts)}, "program.py")
    return [texts[each.line - 1].strip() for each in found if rule in {each.rule, *each.others}]


LAST_LAYERS = {
    "pt_head_first.py": (
        """
        import torch
        class Scorer(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.head = torch.nn.Linear(6, 6)
                self.body = torch.nn.Linear(3, 6)
            def forward(self, rows):
                return self.head(torch.relu(self.body(rows)))
        loss = torch.nn.functional.cross_entropy(Scorer()(torch.ones(2, 3)), torch.tensor([1, 6]))
        loss.backward()
        """,
        ["self.head = torch.nn.Linear(6, 6)"],
    ),
    "pt_two_heads.py": (
        """
        import torch
        class Span(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.start = torch.nn.Linear(4, 9)
                self.end = torch.nn.Linear(4, 9)
            def forward(self, rows):
                return self.start(rows), self.end(rows)
        criterion = torch.nn.CrossEntropyLoss()
        first, last = Span()(torch.ones(2, 4))
        loss = (
            criterion(first, torch.tensor([9, 0]))
            + criterion(last, torch.tensor([3, 8]))
        )
        loss.backward()
        """,
        ["self.start = torch.nn.Linear(4, 9)"],
    ),
    "pt_tied.py": (
        """
        import torch
        class Tied(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.words = torch.nn.Embedding(12, 5)
                self.mix = torch.nn.Linear(5, 5)
            def forward(self, ids):
                return self.mix(self.words(ids)) @ self.words.weight.T
        logits = Tied()(torch.tensor([3, 4]))
        torch.nn.functional.cross_entropy(logits, torch.tensor([1, 12])).backward()
        """,
        [],
    ),
    "keras_probe.py": (
        """
        import keras
        import numpy as np
        rows = keras.Input((4,))
        hidden = keras.layers.Dense(7, activation="relu")(rows)
        kinds = keras.layers.Dense(3, activation="softmax")(hidden)
        model = keras.Model(rows, kinds)
        probe = keras.Model(rows, keras.layers.Dense(3)(hidden))
        model.compile("sgd", "categorical_crossentropy")
        model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
        """,
        ['kinds = keras.layers.Dense(3, activation="softmax")(hidden)'],
    ),
}


@pytest.mark.parametrize("name", LAST_LAYERS)
def test_the_last_layer_is_the_one_whose_output_the_loss_sees(
    name: str, tmp_path: Path, pool: Pool
) -> None:
    source, wanted = LAST_LAYERS[name]
    path = tmp_path / name
    path.write_text(dedent(source))
    assert lines_of("last-layer", path, pool) == wanted


NEGATED = """
import torch
net, criterion = torch.nn.Linear(3, 2), torch.nn.CrossEntropyLoss()
out = net(torch.rand(4, 3))
{}
"""


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("bce = criterion(out, y)\nobjective = -bce\nobjective.backward()", ["objective = -bce"]),
        ("elbo = -criterion(out, y) - kl\nloss = -elbo\nloss.backward()", []),
        ("criterion(out, y).backward()\nscore = -criterion(net(held), held_y)", []),
    ],
)
def test_a_sign_counts_on_the_way_from_what_is_trained_to_the_loss(
    body: str, wanted: list[str]
) -> None:
    assert silent_lines("loss-negated", NEGATED.format(body)) == wanted


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("nll = torch.nn.NLLLoss()\nnll(y, net(x)).backward()", ["nll(y, net(x)).backward()"]),
        ("torch.nn.functional.cross_entropy(target=y, input=net(x)).backward()", []),
        ("torch.nn.functional.mse_loss(y, net(x)).backward()", []),
    ],
)
def test_sides_of_a_loss_are_told_by_the_layers_that_made_them(
    call: str, wanted: list[str]
) -> None:
    program = f"import torch\nnet = torch.nn.Linear(3, 2)\nx, y = torch.load('rows.pt')\n{call}\n"
    assert silent_lines("loss-arguments-swapped", program) == wanted


LOOP = """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 2))
rows, held = torch.rand(8, 3), torch.rand(4, 3)
y = torch.tensor([0, 1] * 4)
"""
SILENT = {
    "a bias that is set to zero clears no gradient": (
        "gradients-not-cleared",
        """
        net[0].bias.data.zero_()
        adam = torch.optim.Adam(net.parameters())
        for epoch in range(3):
            nn.functional.cross_entropy(net(rows), y).backward()
            adam.step()
        """,
        {"nn.functional.cross_entropy(net(rows), y).backward()"},
    ),
    "gradients that are set to zero are no weights": (
        "zero-weights",
        """
        for parameter in net.parameters():
            nn.init.zeros_(parameter.grad)
        """,
        set(),
    ),
    "a schedule's step is not the optimizer's": (
        "step-missing",
        """
        adam = torch.optim.Adam(net.parameters())
        schedule = torch.optim.lr_scheduler.StepLR(adam, 2)
        for epoch in range(3):
            adam.zero_grad()
            nn.functional.cross_entropy(net(rows), y).backward()
            schedule.step()
        """,
        {"nn.functional.cross_entropy(net(rows), y).backward()"},
    ),
    "the other player's gradients may be cleared": (
        "gradients-cleared-too-late",
        """
        critic = nn.Linear(2, 1)
        opt_net = torch.optim.Adam(net.parameters())
        opt_critic = torch.optim.Adam(critic.parameters())
        for epoch in range(3):
            opt_net.zero_grad()
            critic(net(rows)).mean().backward()
            opt_critic.zero_grad()
            opt_net.step()
        """,
        set(),
    ),
    "a function that only counts hits evaluates no model": (
        "never-in-evaluation-mode",
        """
        adam = torch.optim.Adam(net.parameters())
        def accuracy(scores, labels):
            return (scores.argmax(-1) == labels).float().mean()
        for epoch in range(3):
            adam.zero_grad()
            scores = net(rows)
            nn.functional.cross_entropy(scores, y).backward()
            adam.step()
        print(accuracy(net(held), y[:4]))
        """,
        {"print(accuracy(net(held), y[:4]))"},
    ),
    "the mode that counts is the last one above": (
        "evaluated-in-training-mode",
        """
        adam = torch.optim.Adam(net.parameters())
        def train():
            for epoch in range(3):
                adam.zero_grad()
                nn.functional.cross_entropy(net(rows), y).backward()
                adam.step()
        def test_both():
            net.train()
            net.eval()
            return net(held)
        """,
        set(),
    ),
    "a trainer that evaluates after every epoch and never trains again": (
        "trained-in-evaluation-mode",
        """
        adam = torch.optim.Adam(net.parameters())
        def one_epoch():
            adam.zero_grad()
            nn.functional.cross_entropy(net(rows), y).backward()
            adam.step()
        def check():
            net.eval()
            return net(held)
        for epoch in range(3):
            one_epoch()
            check()
        """,
        {"net.eval()"},
    ),
    "the loss of a step and their mean may go by one name": (
        "loss-keeps-its-graph",
        """
        adam = torch.optim.Adam(net.parameters())
        for epoch in range(3):
            losses = []
            for row, label in zip(rows, y):
                loss = nn.functional.cross_entropy(net(row), label)
                losses.append(loss)
            loss = torch.stack(losses).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
        """,
        set(),
    ),
}

LAYERS = """
import sys
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
        {init}

    def forward(self, x):
        {forward}
"""
OF_LAYERS = {
    "a layer under another name is called by it": (
        "layer-not-called",
        "self.head = nn.Linear(3, 2)",
        "act = self.act\n        return act(self.head(x))",
        set(),
    ),
    "a layer may be handed to another one": (
        "layer-not-called",
        "self.head = nn.Linear(3, 2)",
        "return self.head(self.act)",
        {"return self.head(self.act)"},
    ),
    "layers of a list that a container gets": (
        "layers-in-plain-list",
        "self.parts = [nn.Linear(3, 3)]\n        self.net = nn.Sequential(*self.parts)",
        "return self.net(x)",
        set(),
    ),
    "layers that are appended one by one": (
        "layers-in-plain-list",
        "parts = []\n        parts.append(nn.Linear(3, 3))\n        self.parts = parts",
        "return self.parts[0](x)",
        {"self.parts = parts"},
    ),
    "a function whose result a layer takes": (
        "returns-nothing",
        "self.head = nn.Linear(3, 2)",
        "return self.head(scaled(x))\n\ndef scaled(x):\n    x = x / 2",
        {"x = x / 2"},
    ),
    "a function whose result is the exit status": (
        "returns-nothing",
        "self.head = nn.Linear(3, 2)",
        "return self.head(x)\n\ndef main():\n    net = Net()\n\nsys.exit(main())",
        set(),
    ),
}


@pytest.mark.parametrize("story", OF_LAYERS)
def test_layers_and_results_are_told_by_the_flow(story: str) -> None:
    rule, init, forward, wanted = OF_LAYERS[story]
    program = LAYERS.format(init=init, forward=forward)
    assert set(silent_lines(rule, program)) == wanted


@pytest.mark.parametrize("story", SILENT)
def test_loops_and_modes_are_told_by_roles(story: str) -> None:
    rule, body, wanted = SILENT[story]
    assert set(silent_lines(rule, LOOP + dedent(body))) == wanted


def test_what_a_round_makes_anew_is_not_carried_to_the_next(tmp_path: Path, pool: Pool) -> None:
    path = tmp_path / "pt_carried.py"
    path.write_text(
        dedent(
            """
            import torch
            cell, mix = torch.nn.GRUCell(3, 3), torch.nn.Linear(3, 3)
            state = torch.zeros(2, 3)
            for step in range(3):
                x = torch.ones(2, 3)
                x = mix(x)
                with torch.enable_grad():
                    state = cell(x, state)
                state.sum().backward()
            """
        )
    )
    assert lines_of("graph-kept", path, pool)[0] == "state = cell(x, state)"
    assert "x = mix(x)" not in lines_of("graph-kept", path, pool)


@pytest.mark.parametrize(
    ("expression", "over_batch"),
    [
        ("torch.softmax(rows, 0)", True),
        ("rows.softmax(0)", True),
        ("nn.Softmax(0)(rows)", True),
        ("torch.softmax(rows, 1)", False),
        ("rows.log_softmax(1)", False),
        ("nn.LogSoftmax(1)(rows)", False),
    ],
)
def test_an_axis_by_position_stands_behind_the_tensor_where_there_is_one(
    expression: str,
    over_batch: bool,  # noqa: FBT001
) -> None:
    program = f"import torch\nfrom torch import nn\nrows = torch.rand(2, 3)\np = {expression}\n"
    assert silent_lines("softmax-over-batch", program) == [f"p = {expression}"] * over_batch


shapes = st.lists(st.none() | st.integers(0, 5), max_size=5).map(tuple)


@given(target=shapes, output=shapes, sparse=st.booleans())
def test_any_two_shapes_say_something(
    target: tuple[int | None, ...], output: tuple[int | None, ...], *, sparse: bool
) -> None:
    assert misfit(Sides(target=target, output=output), sparse=sparse) in Mismatch
