"""What each verb of a rule at a role does, in both frameworks."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from inject_programs import bug, changed, program

from debugdiff.inject import inject
from debugdiff.model import Framework, InjectRule, Mutant, NotApplicable, RoleEdit, Verb

TORCH = '''"""Names by their letters."""

import torch
from torch import nn

HIDDEN = 8


class Net(nn.Module):
    """A recurrent classifier."""

    def __init__(self, classes=5):
        super().__init__()
        self.embedding = nn.Embedding(30, HIDDEN, padding_idx=0)
        self.gru = nn.GRU(HIDDEN, HIDDEN, batch_first=True)
        self.dropout = nn.Dropout(p=0.1)
        self.head = nn.Linear(
            HIDDEN,
            classes,  # one logit per class
        )

    def forward(self, letters):
        _, state = self.gru(self.embedding(letters))
        return self.head(self.dropout(state[-1]))


def train(model, batches):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for epoch in range(3):
        for letters, languages in batches:
            # start afresh
            optimizer.zero_grad()
            loss = criterion(model(letters), languages)
            loss.backward()

            # and step
            optimizer.step()
    return model


def evaluate(model, letters, languages):
    model.eval()
    with torch.no_grad():
        guesses = model(letters).argmax(-1)
        right = guesses == languages
    return right.float().mean().item()


def main():
    letters = torch.randint(30, (64, 7))
    languages = torch.randint(5, (64,))
    dataset = torch.utils.data.TensorDataset(letters, languages)
    batches = torch.utils.data.DataLoader(dataset, batch_size=16, shuffle=True)
    model = train(Net(), batches)
    return evaluate(model, letters, languages)


if __name__ == "__main__":
    main()
'''

KERAS = '''"""Names by their letters."""

import keras
import numpy as np
from keras import layers

HIDDEN = 8


def build_model(classes=5):
    letters = keras.Input((None,), dtype="int32")
    states = layers.Embedding(30, HIDDEN, mask_zero=True)(letters)
    state = layers.GRU(HIDDEN)(states)
    state = layers.Dropout(0.1)(state)
    return keras.Model(letters, layers.Dense(classes)(state))


def train(model, letters, languages):
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(letters, languages, batch_size=16, epochs=3, verbose=0)
    return model


def main():
    letters = np.random.randint(30, size=(64, 7))
    languages = np.random.randint(5, size=(64,))
    model = train(build_model(), letters, languages)
    return model.evaluate(letters, languages, verbose=0)


if __name__ == "__main__":
    main()
'''

SOURCES = {Framework.PYTORCH: TORCH, Framework.KERAS: KERAS}


def edit_at(role: str, *, nth: int | None = None, every: bool = False, **more: Any) -> RoleEdit:
    """Verbs at a role, in the order in which they are given."""
    has = more.pop("has", {})
    verbs = tuple(Verb(name=name, value=value) for name, value in more.items())
    return RoleEdit(at=role, verbs=verbs, has=has, nth=nth, every=every)


def result_at(role: str, source: str, **more: Any) -> Mutant | NotApplicable:
    """What a rule makes of a program."""
    of_rule = {
        key: more.pop(key) for key in ("needs", "use", "accept", "allow", "inside") if key in more
    }
    also = more.pop("also", ())
    framework = Framework.PYTORCH if "torch" in source else Framework.KERAS
    rule = InjectRule(edits=(edit_at(role, **more), *also), **of_rule)
    return inject(program(source, framework), bug(rule))


def mutant_at(role: str, source: str, **more: Any) -> Mutant:
    """The mutant of a program in which the rule has its place."""
    result = result_at(role, source, **more)
    assert isinstance(result, Mutant), result.reason
    ast.parse(result.source)
    return result


def change_at(role: str, source: str = TORCH, **more: Any) -> tuple[list[str], list[str]]:
    """The lines that a rule takes out and puts in."""
    return changed(source, mutant_at(role, source, **more).source)


def refusal_at(role: str, source: str = TORCH, **more: Any) -> str:
    """Why a rule does not fit a program."""
    result = result_at(role, source, **more)
    assert isinstance(result, NotApplicable), result.diff
    return result.reason


# --- arguments -----------------------------------------------------------------------------------


def test_set_changes_an_argument_by_position_and_keeps_the_layout() -> None:
    assert change_at("head", set={"units": "$it - 1"}) == (
        ["classes,  # one logit per class"],
        ["classes - 1,  # one logit per class"],
    )
    assert change_at("head", KERAS, set={"units": "$it - 1"}) == (
        ["return keras.Model(letters, layers.Dense(classes)(state))"],
        ["return keras.Model(letters, layers.Dense(classes - 1)(state))"],
    )


def test_the_layer_that_a_place_applies_gives_its_arguments() -> None:
    edit = {"replace": "$recurrent_layer($recurrent_input, torch.zeros(1, 2, $layer.units))"}
    assert change_at("recurrent-pass", **edit)[1] == [
        "_, state = self.gru(self.embedding(letters), torch.zeros(1, 2, HIDDEN))"
    ]
    local = TORCH.replace("classes=5):", "classes=5, units=8):").replace(
        "nn.GRU(HIDDEN, HIDDEN,", "nn.GRU(HIDDEN, units,"
    )
    assert change_at("recurrent-pass", local, **edit)[1] == [
        "_, state = self.gru(self.embedding(letters), torch.zeros(1, 2, self.gru.hidden_size))"
    ]
    assert refusal_at("head", before="print($layer.units)") == (
        "the text does not show which layer line 17 applies"
    )


HELD = """
import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.layers(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.decoder = Decoder()

    def forward(self, x):
        return self.decoder(x)


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
nn.functional.cross_entropy(net(x), y).backward()
optimizer.step()
"""


def test_code_outside_of_a_model_can_name_its_head() -> None:
    edit = {"after": "$head_in_model.requires_grad_(False)"}
    assert change_at("optimizer", HELD, **edit)[1] == [
        "net.decoder.layers[-1].requires_grad_(False)"
    ]
    plain = HELD.replace("nn.Sequential(nn.ReLU(), nn.Linear(8, 2))", "nn.Linear(8, 2)")
    assert change_at("optimizer", plain, **edit)[1] == ["net.decoder.layers.requires_grad_(False)"]
    parts = HELD.replace("net.parameters()", "list(weights)")
    assert refusal_at("optimizer", parts, **edit).endswith(
        "not given the parameters of a whole model"
    )
    twice = HELD.replace("net = Net()", "net = Net()\nother = Decoder()")
    assert refusal_at("optimizer", twice, **edit) == (
        "this program makes 2 objects of the class of its output layer"
    )


def test_a_rule_can_ask_for_the_layer_that_a_place_applies() -> None:
    edit = {"set": {"initial_state": "zeros"}, "before": "zeros = None"}
    of_gru = {"layer": "GRU", "layer.return_state": "False"}
    assert change_at("recurrent-pass", KERAS, has=of_gru, **edit)[1] == [
        "zeros = None",
        "state = layers.GRU(HIDDEN)(states, initial_state=zeros)",
    ]
    for has in ({"layer": "LSTM"}, {"layer.return_state": "True"}):
        reason = refusal_at("recurrent-pass", KERAS, has=has, **edit)
        assert "applies no" in reason or "does not have" in reason


def test_unwrap_takes_a_part_for_the_whole() -> None:
    assert change_at("last-state", unwrap="receiver")[1] == [
        "return self.head(self.dropout(state))"
    ]


def test_set_changes_an_argument_by_its_own_keyword() -> None:
    assert change_at("dropout", set={"rate": "0.9"})[1] == ["self.dropout = nn.Dropout(p=0.9)"]
    assert change_at("dropout", KERAS, set={"rate": "0.9"})[1] == [
        "state = layers.Dropout(0.9)(state)"
    ]


def test_set_adds_an_argument_that_is_left_out_behind_the_others() -> None:
    assert change_at("head", set={"bias": "False"}) == ([], ["bias=False,"])
    assert change_at("recurrent", KERAS, set={"return_sequences": "True"})[1] == [
        "state = layers.GRU(HIDDEN, return_sequences=True)(states)"
    ]


def test_set_reads_the_default_of_what_is_left_out() -> None:
    source = TORCH.replace(", lr=1e-3", "")
    assert change_at("optimizer", source, set={"learning_rate": "$it * 1000"})[1] == [
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3 * 1000)"
    ]


def test_set_puts_parentheses_only_where_they_are_needed() -> None:
    source = TORCH.replace("            classes,", "            classes + 1,")
    assert change_at("head", source, set={"units": "$it * 2"})[1] == [
        "(classes + 1) * 2,  # one logit per class"
    ]
    assert change_at("head", source, set={"units": "$it - 2"})[1] == [
        "classes + 1 - 2,  # one logit per class"
    ]


def test_set_may_use_another_argument_of_the_call() -> None:
    assert change_at("head", set={"units": "$it.inputs"})[1] == ["HIDDEN,  # one logit per class"]


def test_set_on_a_name_in_quotes_makes_the_object() -> None:
    assert change_at("optimizer", KERAS, set={"learning_rate": "100.0"})[1] == [
        "optimizer=keras.optimizers.Adam(learning_rate=100.0),"
    ]


def test_set_refuses_where_the_argument_may_be_unpacked() -> None:
    source = KERAS.replace("layers.GRU(HIDDEN)", "layers.GRU(HIDDEN, **options)")
    reason = refusal_at("recurrent", source, set={"return_sequences": "True"})
    assert reason == (
        "`layers.GRU` gets arguments as `*` or `**`, which may hold `return_sequences`"
    )


def test_drop_takes_an_argument_out_with_its_comma() -> None:
    assert change_at("recurrent", drop=("batch_first",))[1] == ["self.gru = nn.GRU(HIDDEN, HIDDEN)"]
    source = KERAS.replace("layers.GRU(HIDDEN)", "layers.GRU(HIDDEN, return_state=False, name='g')")
    assert change_at("recurrent", source, drop=("return_state",))[1] == [
        "state = layers.GRU(HIDDEN, name='g')(states)"
    ]


def test_drop_on_lines_of_their_own_takes_the_line() -> None:
    assert change_at(
        "training-call",
        KERAS.replace(
            "(letters, languages, batch", "(\n        letters,\n        languages,\n        batch"
        ),
        drop=("y",),
    ) == (
        ["languages,"],
        [],
    )


def test_drop_refuses_what_is_not_given() -> None:
    assert refusal_at("recurrent", KERAS, drop=("return_sequences",)) == (
        "`layers.GRU` in line 13 is not given `return_sequences`"
    )


def test_swap_exchanges_two_arguments() -> None:
    assert change_at("embedding", swap=("rows", "units"))[1] == [
        "self.embedding = nn.Embedding(HIDDEN, 30, padding_idx=0)"
    ]
    assert change_at("embedding", KERAS, swap=("0", "1"))[1] == [
        "states = layers.Embedding(HIDDEN, 30, mask_zero=True)(letters)"
    ]


# --- expressions ---------------------------------------------------------------------------------


def test_become_writes_the_name_as_the_program_does() -> None:
    assert change_at("recurrent", become="torch.nn.LSTM")[1] == [
        "self.gru = nn.LSTM(HIDDEN, HIDDEN, batch_first=True)"
    ]
    assert change_at("recurrent", KERAS, become="keras.layers.LSTM")[1] == [
        "state = layers.LSTM(HIDDEN)(states)"
    ]


def test_become_leaves_out_what_the_other_function_does_not_take() -> None:
    source = TORCH.replace("lr=1e-3", "lr=1e-3, betas=(0.9, 0.98), eps=1e-6")
    expected = ["optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)"]
    assert change_at("optimizer", source, become="torch.optim.SGD")[1] == expected


def test_become_leaves_out_by_position_what_stands_elsewhere_in_the_other_function() -> None:
    source = TORCH.replace("lr=1e-3", "1e-3, (0.9, 0.98), weight_decay=0.01")
    expected = ["optimizer = torch.optim.SGD(model.parameters(), 1e-3, weight_decay=0.01)"]
    assert change_at("optimizer", source, become="torch.optim.SGD")[1] == expected


def test_drop_takes_out_several_arguments_beside_each_other() -> None:
    source = TORCH.replace("lr=1e-3", "lr=1e-3, betas=(0.9, 0.98), eps=1e-6")
    expected = ["optimizer = torch.optim.Adam(model.parameters())"]
    assert change_at("optimizer", source, drop=("eps", "learning_rate", "betas"))[1] == expected


def test_become_of_a_name_in_quotes_stays_in_quotes() -> None:
    assert change_at("optimizer", KERAS, become="keras.optimizers.SGD")[1] == ['optimizer="sgd",']


def test_activate_sets_the_activation_of_a_layer_that_has_one() -> None:
    assert change_at("logits", KERAS, activate="softmax")[1] == [
        'return keras.Model(letters, layers.Dense(classes, activation="softmax")(state))'
    ]


def test_activate_wraps_the_values_of_a_layer_that_has_none() -> None:
    expected = ["return torch.softmax(self.head(self.dropout(state[-1])), dim=-1)"]
    assert change_at("logits", activate="softmax")[1] == expected
    assert change_at("head", activate="softmax")[1] == expected


def test_activate_uses_the_function_that_an_import_gives() -> None:
    imports = "from torch import no_grad, optim, randint, utils\n"
    source = TORCH.replace("import torch\n", imports, 1).replace("torch.optim", "optim")
    for name in ("no_grad", "randint", "utils"):
        source = source.replace(f"torch.{name}", name)
    assert change_at("logits", source, activate="softmax")[1] == [
        "return nn.functional.softmax(self.head(self.dropout(state[-1])), dim=-1)"
    ]


def test_wrap_and_unwrap() -> None:
    assert change_at("predictions", wrap="$it.detach()")[1] == [
        "loss = criterion(model(letters).detach(), languages)"
    ]
    assert change_at("loss-call", wrap="-$it")[1] == [
        "loss = -criterion(model(letters), languages)"
    ]
    assert change_at("loss-call", unwrap="")[1] == ["loss = model(letters)"]


def test_a_value_of_another_role_can_be_used() -> None:
    assert change_at("loss-call", wrap="$it + $targets.sum()")[1] == [
        "loss = criterion(model(letters), languages) + languages.sum()"
    ]


def test_an_import_is_added_where_none_gives_the_name_and_is_no_defect() -> None:
    mutant = mutant_at("targets", TORCH, wrap="numpy.asarray($it)")
    assert "import torch\nfrom torch import nn\nimport numpy as np\n" in mutant.source
    assert "loss = criterion(model(letters), np.asarray(languages))" in mutant.source
    assert [span.line for span in mutant.defect] == [
        mutant.source.split("\n").index(
            "            loss = criterion(model(letters), np.asarray(languages))"
        )
        + 1
    ]


# --- statements ----------------------------------------------------------------------------------


def test_remove_takes_the_line_and_leaves_the_comment() -> None:
    assert change_at("clearing", remove=True) == (["optimizer.zero_grad()"], [])


def test_remove_of_the_only_statement_leaves_a_pass() -> None:
    source = TORCH.replace(
        "            optimizer.zero_grad()\n",
        "            if epoch:\n                optimizer.zero_grad()\n",
    )
    assert change_at("clearing", source, remove=True) == (["optimizer.zero_grad()"], ["pass"])


def test_remove_beside_another_statement_leaves_a_pass() -> None:
    source = TORCH.replace("optimizer.zero_grad()\n", "optimizer.zero_grad(); print(epoch)\n")
    assert change_at("clearing", source, remove=True)[1] == ["pass; print(epoch)"]


def test_remove_of_a_with_leaves_what_is_in_it() -> None:
    assert change_at("no-gradient", remove=True) == (
        [
            "with torch.no_grad():",
            "guesses = model(letters).argmax(-1)",
            "right = guesses == languages",
        ],
        ["guesses = model(letters).argmax(-1)", "right = guesses == languages"],
    )


def test_lines_beside_a_statement() -> None:
    assert change_at("step", before="print('step')") == ([], ["print('step')"])
    assert change_at(
        "step", after="for group in optimizer.param_groups:\n    group['lr'] *= 0.5"
    ) == (
        [],
        ["for group in optimizer.param_groups:", "group['lr'] *= 0.5"],
    )
    text = mutant_at("step", TORCH, before="x = 1").source
    assert "            # and step\n            x = 1\n            optimizer.step()" in text


def test_lines_in_a_block() -> None:
    text = mutant_at("batch-loop", TORCH, first="print(epoch)").source
    assert "in batches:\n            print(epoch)\n            # start afresh\n" in text
    text = mutant_at("batch-loop", TORCH, last="print(epoch)").source
    assert "            optimizer.step()\n            print(epoch)\n    return model" in text
    text = mutant_at("forward", TORCH, last="print(state)").source
    assert "        print(state)\n        return self.head" in text


def test_move_within_a_block_and_out_of_a_loop() -> None:
    text = mutant_at("step", TORCH, move="before:backward").source
    assert (
        "            loss = criterion(model(letters), languages)\n"
        "\n"
        "            # and step\n"
        "            optimizer.step()\n"
        "            loss.backward()\n"
        "    return model"
    ) in text
    text = mutant_at("clearing", TORCH, move="after:backward").source
    assert (
        "            # start afresh\n"
        "            loss = criterion(model(letters), languages)\n"
        "            loss.backward()\n"
        "            optimizer.zero_grad()\n"
        "\n"
        "            # and step\n"
    ) in text
    text = mutant_at("step", TORCH, move="out").source
    assert "            # and step\n        optimizer.step()\n    return model" in text


def test_enclose_indents_the_statement() -> None:
    text = mutant_at("batch-loop", TORCH, enclose="with torch.no_grad():").source
    assert (
        "        with torch.no_grad():\n"
        "            for letters, languages in batches:\n"
        "                # start afresh\n"
        "                optimizer.zero_grad()\n"
    ) in text


def test_replace_of_a_statement() -> None:
    assert change_at("step", replace="pass") == (["optimizer.step()"], ["pass"])
    assert change_at("train-mode", replace="model.eval()\nprint(1)") == (
        ["model.train()"],
        ["model.eval()", "print(1)"],
    )


# --- places --------------------------------------------------------------------------------------


def test_edits_at_several_roles_are_made_together() -> None:
    also = (edit_at("loss", replace="nn.MSELoss()"),)
    _, new = change_at("optimizer", also=also, set={"learning_rate": "1.0"})
    assert new == [
        "criterion = nn.MSELoss()",
        "optimizer = torch.optim.Adam(model.parameters(), lr=1.0)",
    ]


def test_verbs_of_one_place_go_around_each_other() -> None:
    assert change_at("loss-call", unwrap="", wrap="torch.relu($it)")[1] == [
        "loss = torch.relu(model(letters))"
    ]


def test_needs_says_in_the_words_of_the_user_why_a_bug_does_not_fit() -> None:
    assert refusal_at("logits", needs={"loss": ("probabilities",)}, wrap="$it") == (
        "the loss of this program takes logits"
    )
    assert refusal_at("logits", needs={"recurrent": (False,)}, wrap="$it").startswith(
        "this program has "
    )


def test_use_is_where_the_value_of_the_role_is_used() -> None:
    mutant = mutant_at("head", TORCH, set={"units": "$it - 1"})
    lines = mutant.source.split("\n")
    assert [lines[span.line - 1].strip() for span in mutant.use] == [
        "loss = criterion(model(letters), languages)"
    ]
    mutant = mutant_at("recurrent", TORCH, drop=("batch_first",), accept=("role:loss",))
    lines = mutant.source.split("\n")
    assert [lines[span.line - 1].strip() for span in mutant.use] == [
        "_, state = self.gru(self.embedding(letters))"
    ]
    assert [lines[span.line - 1].strip() for span in mutant.accept] == [
        "criterion = nn.CrossEntropyLoss()"
    ]


def test_names_in_other_alphabets_before_the_place_move_nothing() -> None:
    source = TORCH.replace("self.dropout = nn", "self.größe = 'äöü€😀'; self.dropout = nn")
    assert change_at("dropout", source, set={"rate": "0.9"})[1] == [
        "self.größe = 'äöü€😀'; self.dropout = nn.Dropout(p=0.9)"
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_breaks_of_the_program_are_kept(newline: str) -> None:
    source = TORCH.replace("\n", newline)
    mutant = mutant_at("step", source, before="print(1)\nprint(2)")
    inserted = newline.join(["            print(1)", "            print(2)", ""])
    assert mutant.source.replace(inserted, "") == source


def test_an_argument_goes_on_a_line_of_its_own_where_the_others_do() -> None:
    new = change_at("compile-call", KERAS, set={"run_eagerly": "True"})[1]
    assert new == ["run_eagerly=True,"]
    assert change_at("training-call", KERAS, set={"shuffle": "False"})[1] == [
        "model.fit(letters, languages, batch_size=16, epochs=3, verbose=0, shuffle=False)"
    ]


def test_code_of_set_may_name_other_arguments_of_the_call() -> None:
    expected = ["optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-3 / 2)"]
    assert change_at("optimizer", set={"eps": "$it.learning_rate / 2"})[1] == expected


def test_move_into_a_block_makes_the_statement_its_first() -> None:
    source = mutant_at("optimizer", TORCH, move="into:step-block").source
    lines = [line.strip() for line in source.splitlines()]
    at = lines.index("for letters, languages in batches:")
    assert lines[at + 1] == "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)"
    assert source.count("torch.optim.Adam") == 1


def test_move_into_a_block_is_refused_where_names_would_be_lost() -> None:
    scheduled = TORCH.replace(
        "    model.train()\n", "    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)\n"
    )
    assert refusal_at("optimizer", scheduled, move="into:step-block") == (
        "`optimizer` is used in line 30, too"
    )
    step = "def step(model, batch):\n    loss = model(batch)\n    loss.backward()\n"
    apart = f"import torch\n\n{step}\nnet = Net()\nmaker = torch.optim.Adam(net.parameters())\n"
    assert refusal_at("optimizer", apart.replace("net", "model"), move="into:step-block")


def test_become_with_a_dot_is_another_method_of_the_same_object() -> None:
    assert change_at("train-mode", become=".eval") == (["model.train()"], ["model.eval()"])


def test_unwrap_with_a_number_keeps_an_operand() -> None:
    source = TORCH.replace("range(3)", "range(1, EPOCHS + 1)")
    assert change_at("last-epoch", source, unwrap="0")[1] == ["for epoch in range(1, EPOCHS):"]


def test_unwrap_leaves_a_layer_uncalled_and_a_call_unreturned() -> None:
    assert change_at("logits", unwrap="layer")[1] == ["return self.head"]
    assert change_at("predictions", unwrap="layer")[1] == ["loss = criterion(model, languages)"]
    assert refusal_at("loss-object", unwrap="layer") == "line 28 calls no layer"
    assert change_at("returned", unwrap="", allow=("return",))[1] == [
        "self.head(self.dropout(state[-1]))"
    ]
    named = TORCH.replace("return self.head(", "return -self.head(")
    assert refusal_at("returned", named, unwrap="", allow=("return",)) == "line 24 returns no call"


def test_the_axis_of_a_method_of_a_tensor_is_known_by_position() -> None:
    source = TORCH.replace("self.head(self.dropout(state[-1]))", "self.head(state[-1]).softmax(1)")
    changed = change_at("softmax", source, set={"axis": "0"})[1]
    assert changed == ["return self.head(state[-1]).softmax(0)"]


def test_empty_lines_below_code_stay() -> None:
    source = mutant_at("step", TORCH, before="\nsteps = 0\n\n").source
    assert "            steps = 0\n\n            optimizer.step()\n" in source


def test_a_place_whose_text_is_used_elsewhere_too_is_still_marked_where_it_stands() -> None:
    mutant = mutant_at(
        "training-loop", TORCH, before="$trained_model.to('meta')", accept=("role:trained-model",)
    )
    marked = [mutant.source.splitlines()[span.line - 1].strip() for span in mutant.accept]
    assert marked == ["loss = criterion(model(letters), languages)"]


@pytest.mark.parametrize(
    ("fact", "wanted", "reason"),
    [
        ("loop", "fit", "this program has a training loop of its own"),
        ("activation", "softmax", "no activation follows the output layer of this program"),
        ("labels-per", "step", "the loss of this program has one label for a row"),
    ],
)
def test_a_fact_that_is_otherwise_is_a_sentence(fact: str, wanted: str, reason: str) -> None:
    assert refusal_at("logits", needs={fact: (wanted,)}, wrap="$it") == reason


# --- an element of a container -------------------------------------------------------------------

LISTED = """import keras
from keras import layers

model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(rows, labels)
"""
ADDED = """import keras
from keras import layers

model = keras.Sequential()
model.add(layers.Dense(8, activation="relu"))
model.add(layers.Dense(2))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(rows, labels)
"""


@pytest.mark.parametrize(
    ("source", "new"),
    [
        (LISTED, 'layers.Dense(8, activation="relu"), layers.Flatten(), layers.Dense(2)]'),
        (ADDED, "model.add(layers.Flatten())\nmodel.add(layers.Dense(2))"),
    ],
)
def test_an_element_is_put_before_the_place_in_its_container(source: str, new: str) -> None:
    assert new in mutant_at("head", source, insert="keras.layers.Flatten()").source


def test_what_no_container_holds_gets_no_element_before_it() -> None:
    reason = refusal_at("head", TORCH, insert="torch.nn.Flatten()")
    assert reason == "no container holds what line 17 makes"


def test_code_names_the_object_whose_method_the_place_calls() -> None:
    source = TORCH.replace("model.train()", "self.net.train()").replace(
        "def train(model", "def train(self, model"
    )
    after = change_at("train-mode", source, before='$receiver.to("meta")')[1]
    assert [line.strip() for line in after] == ['self.net.to("meta")']
    assert "calls no method" in refusal_at("targets", TORCH, before="$receiver")
