"""Roles: what each part of a program is, in every style, and never by guessing."""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from debugdiff.model import Location
from debugdiff.source import api, attributes, bindings
from debugdiff.source.program import Program
from debugdiff.source.roles import FACTS, ROLES, Found, Missing, Roles
from debugdiff.source.syntax import plain_name

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "roles"
CASES = sorted(path.name for path in (ROOT / "cases").iterdir() if (path / "case.toml").exists())


def roles_of(source: str, **others: str) -> Roles:
    files = {f"{name}.py": textwrap.dedent(text) for name, text in others.items()}
    return Roles(Program.of({"main.py": textwrap.dedent(source), **files}, "main.py"))


def lines(roles: Roles, name: str) -> list[str]:
    answer = roles.find(name)
    assert isinstance(answer, Found), answer
    return [place.text for place in answer.places]


def listing(case: str) -> str:
    """Every role that has a place in a program of a case, as an author of bugs would see them."""
    folder = ROOT / "cases" / case
    shown = []
    for path in sorted(folder.glob("*.py")):
        if path.name == "dataset.py":
            continue
        names = (path.name, "dataset.py")
        roles = Roles(Program.of({n: (folder / n).read_text() for n in names}, path.name))
        facts = ", ".join(f"{name} {roles.fact(name)}" for name in sorted(FACTS))
        shown += [f"# {path.name}: {facts}"]
        shown += [line for name in sorted(ROLES) for line in _shown(name, roles)]
    return "\n".join(shown) + "\n"


def _shown(name: str, roles: Roles) -> list[str]:
    answer = roles.find(name)
    if isinstance(answer, Missing):
        return []
    return [f"{name}: {p.location.line} {' '.join(p.text.split())[:80]}" for p in answer.places]


@pytest.mark.parametrize("case", CASES)
def test_the_roles_of_every_shipped_program_stay_as_they_were_looked_at(case: str) -> None:
    """Look at a change of these files line by line; `DEBUGDIFF_REWRITE=1` writes them anew."""
    golden = GOLDEN / f"{case}.txt"
    if os.environ.get("DEBUGDIFF_REWRITE"):
        golden.write_text(listing(case), encoding="utf-8")
    assert listing(case) == golden.read_text(encoding="utf-8")


def test_every_role_has_a_place_in_some_shipped_program() -> None:
    shown = "".join((GOLDEN / f"{case}.txt").read_text(encoding="utf-8") for case in CASES)
    found = {line.partition(":")[0] for line in shown.splitlines()}
    elsewhere = roles_of(
        """
        import torch
        from torch import nn
        layer = nn.MultiheadAttention(4, 2)
        torch.nn.utils.clip_grad_norm_(layer.parameters(), 1.0)
        model = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())
        last = nn.Linear(4, 4)(states)[:, -1]
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(1, epochs + 1):
            for x, y in loader:
                nn.functional.binary_cross_entropy(model(x), y).backward()
                optimizer.step()
        """
    )
    named = roles_of("import keras\nmodel.compile('adam', 'mse')\nmodel.fit([x, z], y)")
    assert lines(elsewhere, "attention") == ["nn.MultiheadAttention(4, 2)"]
    assert lines(elsewhere, "clipping")
    assert lines(elsewhere, "last-epoch") == ["epochs + 1"]
    assert lines(elsewhere, "last-step") == ["nn.Linear(4, 4)(states)[:, -1]"]
    assert lines(elsewhere, "output-activation") == ["nn.Sigmoid()"]
    assert lines(named, "loss-name") == ["'mse'"]
    assert lines(named, "input-list") == ["[x, z]"]
    table = roles_of(
        "import keras\nmodel.compile('adam', 'mse')\nmodel.fit(x.astype('float32').float(), y)"
    )
    assert lines(table, "single-precision") == ["'float32'"]
    assert lines(table, "float-conversion") == ["x.astype('float32').float()"]
    words = roles_of(
        """
        import torch
        from torch import nn
        embedding = nn.Embedding(9, 4, padding_idx=0)
        for epoch in range(3):
            order = torch.randperm(len(words))
            states = embedding(words[order])
            states.sum().backward()
        """
    )
    assert lines(words, "padded-table") == ["embedding"]
    assert lines(words, "padded-lookup") == ["embedding(words[order])"]
    assert lines(words, "permutation") == ["torch.randperm(len(words))"]
    listed = roles_of("import keras\nm = keras.Sequential([keras.layers.Conv1D(8, 3)])")
    assert lines(listed, "word-convolution") == ["keras.layers.Conv1D(8, 3)"]
    rows = roles_of(
        "import tensorflow as tf\nd = tf.data.Dataset.from_tensors(x).shuffle(9).batch(3)"
    )
    assert lines(rows, "random-order") == ["tf.data.Dataset.from_tensors(x).shuffle(9)"]
    own = roles_of(
        """
        import torch
        def make(model):
            return torch.optim.SGD(model.parameters(), lr=0.1)
        optimizer = make(model)
        model.train(is_training)
        for start in range(0, len(x), 8):
            model(x[start : start + 8]).sum().backward()
            optimizer.step()
        """
    )
    assert lines(own, "optimizer-builder") == ["make(model)"]
    assert lines(own, "mode-switch") == ["model.train(is_training)"]
    assert lines(own, "row-count") == ["len(x)"]
    assert lines(own, "row-step") == ["8"]
    labels = (GOLDEN.parent / "test_roles_labels.py").read_text(encoding="utf-8")
    seen = {
        *(name for name in ROLES if f'"{name}"' in labels),
        "mode-switch",
        "optimizer-builder",
        "row-count",
        "row-step",
        "random-order",
        "padded-lookup",
        "padded-table",
        "permutation",
        "word-convolution",
        "float-conversion",
        "single-precision",
        "attention",
        "clipping",
        "last-epoch",
        "last-step",
        "output-activation",
        "loss-name",
        "input-list",
    }
    assert set(ROLES) <= found | seen


def test_the_table_of_names_has_the_signatures_of_the_installed_frameworks() -> None:
    import keras
    import torch

    roots = {"torch": torch, "keras": keras}
    for name, known in api.known().items():
        root, *path = name.split(".")
        if root not in roots or name.startswith("keras.Model"):
            continue
        thing = roots[root]
        for part in path:
            thing = getattr(thing, part)
        try:
            parameters = inspect.signature(thing).parameters.values()
        except ValueError:
            continue  # written in C++, with no signature to ask for
        plain = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert not plain or tuple(plain[: len(known.args)]) == known.args, name


NO_LOSS = {"Loss", "get", "serialize", "deserialize"}
NO_OPTIMIZER = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"} | NO_LOSS
NO_ACTIVATION = {"MultiheadAttention"} | NO_LOSS
"""What the namespaces of losses, optimizers and activations hold besides those."""
NOT_KNOWN = {
    *("torch.nn.AdaptiveLogSoftmaxWithLoss", "torch.nn.LinearCrossEntropyLoss"),  # with weights
    *(
        "torch.nn.functional.triplet_margin_with_distance_loss",
        "torch.nn.functional.linear_cross_entropy",
    ),
}


def test_the_table_of_names_has_every_loss_optimizer_and_activation_of_both_frameworks() -> None:
    import keras
    import torch

    activations = torch.nn.modules.activation
    losses = {name for name in dir(torch.nn) if name.endswith("Loss")}
    functions = {name for name in dir(torch.nn.functional) if name.endswith(("_loss", "entropy"))}
    public = {
        *(f"torch.nn.{name}" for name in {*losses, *activations.__all__} - NO_ACTIVATION),
        *(f"torch.nn.functional.{name}" for name in functions),
        *(f"torch.optim.{name}" for name in _classes(torch.optim) - NO_OPTIMIZER),
        *(f"keras.losses.{name}" for name in _public(keras.losses) - NO_LOSS),
        *(f"keras.optimizers.{name}" for name in _classes(keras.optimizers) - NO_OPTIMIZER),
        *(f"keras.activations.{name}" for name in _public(keras.activations) - NO_LOSS),
    }
    assert public - NOT_KNOWN <= api.known().keys()
    assert public >= NOT_KNOWN


def _public(module: ModuleType) -> set[str]:
    return {name for name, value in vars(module).items() if callable(value) and name[0] != "_"}


def _classes(module: ModuleType) -> set[str]:
    return {name for name in _public(module) if inspect.isclass(getattr(module, name))}


@pytest.mark.parametrize("kind", ["loss", "optimizer"])
def test_the_table_of_strings_is_what_keras_itself_makes_of_them(kind: str) -> None:
    from keras.src import losses, optimizers

    given = {"loss": losses, "optimizer": optimizers}[kind].ALL_OBJECTS_DICT
    spelled = {plain_name(name): plain_name(thing.__name__) for name, thing in given.items()}
    for string, name in api.stands_for(kind).items():
        made = spelled[plain_name(string)]
        assert plain_name(name.rpartition(".")[2]) == made
    left = spelled.keys() - {plain_name(string) for string in api.stands_for(kind)}
    assert left <= {plain_name(name) for name in NO_OPTIMIZER | {"LossFunctionWrapper"}}


HEADS = {
    "class": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(3, 4)
                self.out = nn.Linear(4, 2)
                self.unused = nn.Linear(9, 9)
            def forward(self, x):
                x = torch.relu(self.body(x))
                x = self.out(x)
                return x.squeeze(-1)
        model = Net()
        """,
    "sequential": """
        model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Softmax(1))
        """,
    "add_module": """
        model = nn.Sequential()
        model.add_module("body", nn.Linear(3, 4))
        model.add_module("out", nn.Linear(4, 2))
        """,
    "ordered": """
        model = nn.Sequential(OrderedDict([("body", nn.Linear(3, 4)), ("out", nn.Linear(4, 2))]))
        """,
    "function": """
        def make(units):
            body = nn.Linear(3, 4)
            return nn.Sequential(body, nn.Linear(4, 2))
        model = make(2).to("cpu")
        """,
    "nested": """
        class Head(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
            def forward(self, h):
                return self.fc(h), h
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(3, 4)
                self.top = Head()
            def forward(self, x):
                logits, _ = self.top(self.body(x))
                return logits
        model = Net()
        """,
    "list": """
        layers = [nn.Linear(3, 4), nn.ReLU()]
        layers.append(nn.Linear(4, 2))
        model = nn.Sequential(*layers)
        """,
}
TRAINING = """
    import torch
    from torch import nn
    from collections import OrderedDict
    {model}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion, size = nn.CrossEntropyLoss(), 8
    for epoch in range(3):
        for i in range(0, 64, size):
            optimizer.zero_grad()
            loss = criterion(model(x[i:i + size]), y[i:i + size])
            loss.backward()
            optimizer.step()
    """


def trained(model: str) -> Roles:
    return roles_of(textwrap.dedent(TRAINING).format(model=textwrap.dedent(model)))


@pytest.mark.parametrize("style", HEADS)
def test_the_head_is_found_by_the_flow_of_values_in_every_style_of_pytorch(style: str) -> None:
    roles = trained(HEADS[style])
    assert lines(roles, "head") == ["nn.Linear(4, 2)"]
    assert lines(roles, "loss") == ["nn.CrossEntropyLoss()"]
    assert lines(roles, "epochs") == ["3"]
    assert lines(roles, "batch-size") == ["8"]


KERAS_HEADS = {
    "list": "model = keras.Sequential([layers.Dense(4), layers.Dense(2), layers.Softmax()])",
    "add": """
        model = keras.models.Sequential()
        model.add(layers.Dense(4))
        model.add(layers.Dense(2))
        """,
    "functional": """
        inputs = keras.Input((3,))
        x = layers.Dense(4, activation="relu")(inputs)
        outputs = layers.Dense(2)(x)
        model = keras.Model(inputs=inputs, outputs=outputs)
        """,
    "subclass": """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.body = layers.Dense(4)
                self.out = layers.Dense(2)
            def call(self, x, training=None):
                return self.out(self.body(x))
        model = Net()
        """,
    "function": """
        def build():
            model = keras.Sequential()
            model.add(layers.Dense(4))
            model.add(layers.Dense(2))
            model.compile(optimizer="adam", loss="mse")
            return model
        model = build()
        """,
}


@pytest.mark.parametrize("style", KERAS_HEADS)
@pytest.mark.parametrize(
    "start",
    [
        "import keras\nfrom keras import layers",
        "import tensorflow as tf\nfrom tensorflow import keras\nlayers = tf.keras.layers",
    ],
)
def test_the_head_is_found_by_the_flow_of_values_in_every_style_of_keras(
    style: str, start: str
) -> None:
    compiled = "" if style == "function" else 'model.compile(optimizer="adam", loss="mse")\n'
    source = (
        f"{start}\n{textwrap.dedent(KERAS_HEADS[style])}\n{compiled}model.fit(x, y, epochs=3)\n"
    )
    roles = roles_of(source)
    assert lines(roles, "head") == ["layers.Dense(2)"]
    assert lines(roles, "optimizer") == ['"adam"']
    assert lines(roles, "targets") == ["y"]
    assert roles.fact("loss") == "values"


def test_roles_are_found_in_whichever_file_has_them() -> None:
    roles = roles_of(
        """
        from torch.optim import Adam
        import losses
        from net import build
        model = build()
        optimizer = Adam(model.parameters())
        for x, y in loader:
            losses.compute(model(x), y).backward()
            optimizer.step()
        """,
        net="""
        from torch.nn import Linear, Module
        class Net(Module):
            def __init__(self):
                super().__init__()
                self.out = Linear(3, 2)
            def forward(self, x):
                return self.out(x)
        def build():
            return Net()
        """,
        losses="""
        import torch.nn.functional as F
        def compute(logits, labels):
            return F.cross_entropy(logits, labels)
        """,
    )
    head, loss = roles.find("head"), roles.find("loss-call")
    assert isinstance(head, Found)
    assert isinstance(loss, Found)
    assert [place.location for place in head.places] == [Location("net.py", 6)]
    assert [place.location for place in loss.places] == [Location("losses.py", 4)]
    assert lines(roles, "targets") == ["labels"]


def test_two_heads_are_two_places_and_no_guess() -> None:
    roles = trained(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.one = nn.Linear(4, 2)
                self.two = nn.Linear(4, 2)
            def forward(self, x):
                return self.one(x) + self.two(x)
        model = Net()
        """
    )
    answer = roles.find("head")
    assert isinstance(answer, Missing)
    assert answer.reason == "several layers make what the loss is given (lines 9, 10)"


UNCLEAR = {
    "dynamic attributes": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                for i in range(3):
                    setattr(self, f"fc{i}", nn.Linear(4, 4))
            def forward(self, x):
                return getattr(self, "fc2")(x)
        model = Net()
        """,
        'what the loss is given is made by `getattr(self, "fc2")(x)` in line 12',
    ),
    "made in a loop": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
            def forward(self, x):
                for layer in self.layers:
                    x = layer(x)
                return x
        model = Net()
        """,
        "line 9 makes the output layer and other layers, too",
    ),
    "unknown factory": (
        "model = make_model('resnet')",
        "what the loss is given is made by `model(x[i:i + size])` in line 11",
    ),
    "unknown elements": (
        "model = nn.Sequential(*blocks[:-1])",
        "what the loss is given is made by `model(x[i:i + size])` in line 11",
    ),
}


@pytest.mark.parametrize("kind", UNCLEAR)
def test_what_the_text_does_not_tell_is_missing_with_the_reason(kind: str) -> None:
    model, reason = UNCLEAR[kind]
    answer = trained(model).find("head")
    assert isinstance(answer, Missing)
    assert answer.reason == reason


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = (",
        "def f(*, a, **k): f(*a, **k)\nf(*f, **f)",
        "a = a\nb = c = b\nfor a in a: a = a[0]",
    ],
)
def test_a_program_without_a_model_has_no_roles_and_says_why(source: str) -> None:
    roles = roles_of(source)
    for name in ROLES:
        answer = roles.find(name)
        assert isinstance(answer, Missing), name
        assert answer.reason


def test_a_long_program_is_read_in_a_time_that_grows_with_its_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Statements looked at, counted: a name costs what binds it, not the whole file."""
    looked_at = 0
    original = bindings._in_statement

    def counted(statement: ast.AST, name: str) -> object:
        nonlocal looked_at
        looked_at += 1
        return original(statement, name)

    monkeypatch.setattr(bindings, "_in_statement", counted)
    body = "".join(f"x{i} = nn.functional.relu(x{i - 1} + {i})\n" for i in range(1, 5000))
    roles = roles_of(f"import torch\nfrom torch import nn\nx0 = torch.ones(3)\n{body}")
    for name in ROLES:
        roles.find(name)
    assert looked_at < 10 * 5000


def test_functions_that_call_each_other_without_end_are_followed_to_an_end() -> None:
    chain = "".join(f"def f{i}(x):\n    return f{i - 1}(x)\n\n\n" for i in range(1, 600))
    text = (
        f"import torch\n\n\ndef f0(x):\n    return f599(x)\n\n\n{chain}y = f0(1) + torch.ones(2)\n"
    )
    roles = roles_of(text)
    for name in ROLES:
        assert isinstance(roles.find(name), Missing), name


def test_a_role_of_a_program_that_is_nested_too_deeply_is_missing_with_that_reason() -> None:
    depth = "x" + " + x" * 3000
    roles = roles_of(f"import torch\nx = torch.ones(2)\ny = {depth}\n")
    assert isinstance(roles.find("head"), Missing)


def test_layers_of_a_large_class_are_read_in_a_time_that_grows_with_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nodes looked at for the attributes of a class: once each, not once for each layer."""
    looked_at = 0
    original = attributes._stored

    def counted(node: ast.AST) -> object:
        nonlocal looked_at
        looked_at += 1
        return original(node)

    monkeypatch.setattr(attributes, "_stored", counted)
    made = "".join(f"        self.fc{i} = nn.Linear(8, 8)\n" for i in range(150))
    used = "".join(f"        x = self.fc{i}(x)\n" for i in range(150))
    roles = roles_of(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n"
        f"        super().__init__()\n{made}\n    def forward(self, x):\n{used}        return x\n"
    )
    assert len(roles.places("dense")) == 150
    assert {roles.flow.callee(call).kind for call in roles.flow.calls} >= {"layer", "library"}
    assert looked_at < 20 * 300
