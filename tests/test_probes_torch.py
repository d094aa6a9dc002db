"""Layer probes on PyTorch: what they see, and that the program does not see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from probing import run, run_well, sites_of, values_of

from debugdiff.model import Instrument, Mode, ProgramEnd, Stack, ValueKind

if TYPE_CHECKING:
    from probing import Run

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record

SENTIMENT = """
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 8)
        self.gru = nn.GRU(8, 12, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(12, 2)

    def forward(self, tokens):
        _, hidden = self.gru(self.embedding(tokens))
        return self.head(self.dropout(hidden[-1]))


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters())
    loss_function = nn.CrossEntropyLoss()
    tokens, labels = torch.randint(0, 50, (24, 6)), torch.randint(0, 2, (24,))
    for start in range(0, 24, 8):
        optimizer.zero_grad()
        loss = loss_function(model(tokens[start : start + 8]), labels[start : start + 8])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        final = loss_function(model(tokens), labels).item()
    weights = [parameter.detach().numpy() for parameter in model.parameters()]
    return {"loss": final, "weights": fingerprint(weights)}
"""


@pytest.fixture(scope="module")
def torch_run(pool: Pool) -> Run:
    def start(source: str, **options: Any) -> Record:
        return run_well(pool, source, stack=Stack.PYTORCH, **options)

    return start


@pytest.fixture(scope="module")
def sentiment(torch_run: Run) -> Record:
    return torch_run(SENTIMENT)


def test_the_run_is_bitwise_the_same_with_and_without_layer_probes(
    torch_run: Run, sentiment: Record
) -> None:
    plain = torch_run(SENTIMENT, instrument=Instrument.NONE)
    assert plain.values == ()
    assert sentiment.metrics == plain.metrics


def test_sites_are_paths_of_the_model_and_outputs_in_tuples_are_told_apart(
    sentiment: Record,
) -> None:
    assert sites_of(sentiment, ValueKind.FORWARD) == [
        "embedding",
        "gru[0]",
        "gru[1]",
        "dropout",
        "head",
        "Classifier",
        "CrossEntropyLoss",
    ]


def test_values_carry_the_number_of_finished_steps(sentiment: Record) -> None:
    assert sentiment.steps == 3
    assert [value.step for value in values_of(sentiment, ValueKind.LOSS, "loss")] == [0, 1, 2]
    assert [value.step for value in values_of(sentiment, ValueKind.GRADIENT, "head")] == [0, 1, 2]
    forward = values_of(sentiment, ValueKind.FORWARD, "head")
    assert [value.step for value in forward] == [0, 1, 2, 3]
    assert forward[-1].shape == (24, 2)


def test_the_last_loss_is_the_one_the_program_computed(sentiment: Record) -> None:
    evaluation = values_of(sentiment, ValueKind.FORWARD, "CrossEntropyLoss")[-1]
    assert evaluation.mean == sentiment.metrics["loss"]


def test_every_parameter_is_read_with_its_gradient_at_every_step(sentiment: Record) -> None:
    names = sites_of(sentiment, ValueKind.PARAMETER)
    assert names[0] == "embedding.weight"
    assert names[-1] == "head.bias"
    assert sites_of(sentiment, ValueKind.PARAMETER_GRADIENT) == names
    read = values_of(sentiment, ValueKind.PARAMETER, "head.weight")
    assert [value.step for value in read] == [0, 1, 2]
    assert len({value.digest for value in read}) == 3


def test_a_closure_makes_the_gradients_that_a_step_uses(torch_run: Run) -> None:
    body = """
        def closure():
            optimizer.zero_grad()
            loss = loss_function(model(tokens[start : start + 8]), labels[start : start + 8])
            loss.backward()
            return loss
        optimizer.step(closure)
"""
    start, end = (
        SENTIMENT.index("        optimizer.zero_grad()"),
        SENTIMENT.index("    model.eval()"),
    )
    closed = torch_run(SENTIMENT[:start] + body.lstrip("\n") + SENTIMENT[end:])
    plain = torch_run(SENTIMENT)
    assert closed.values == plain.values
    assert closed.metrics == plain.metrics
    named = torch_run(
        SENTIMENT[:start] + body.replace("(closure)", "(closure=closure)") + SENTIMENT[end:]
    )
    assert named.values == plain.values


def test_a_shared_module_has_a_call_index_and_its_gradients_the_same_one(torch_run: Run) -> None:
    record = torch_run("""
        import torch
        from torch import nn


        class Siamese(nn.Module):
            def __init__(self):
                super().__init__()
                self.encoder = nn.Linear(3, 4)

            def forward(self, left, right):
                return (self.encoder(left) * self.encoder(right) * 2).sum(), [self.encoder.weight]


        def main(seed=0, size="small"):
            torch.manual_seed(seed)
            model = Siamese()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for _ in range(2):
                optimizer.zero_grad()
                score, _ = model(torch.ones(2, 3), torch.zeros(2, 3))
                score.backward()
                optimizer.step()
            return {"score": score.item()}
        """)
    forward = {(v.step, v.call): v for v in values_of(record, ValueKind.FORWARD, "encoder")}
    gradient = {(v.step, v.call): v for v in values_of(record, ValueKind.GRADIENT, "encoder")}
    assert set(forward) == set(gradient) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    # The gradient at one factor is twice the other factor.
    assert gradient[0, 0].mean == pytest.approx(2 * forward[0, 1].mean)
    assert gradient[0, 1].mean == pytest.approx(2 * forward[0, 0].mean)


def test_a_second_model_has_its_own_prefix_and_an_unregistered_module_its_own_name(
    torch_run: Run,
) -> None:
    record = torch_run("""
        import torch
        from torch import nn


        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(2, 2)
                self.forgotten = [nn.Linear(2, 2)]

            def forward(self, x):
                return self.forgotten[0](self.layer(x))


        def main(seed=0, size="small"):
            generator, critic = Net(), Net()
            parameters = [*generator.parameters(), *critic.parameters()]
            optimizer = torch.optim.SGD(parameters, lr=0.1)
            loss = critic.layer(generator(torch.ones(1, 2))).sum()
            loss.backward()
            optimizer.step()
            return {"loss": loss.item()}
        """)
    assert sites_of(record, ValueKind.FORWARD) == ["layer", "Linear", "Net", "Net#2.layer"]
    assert sites_of(record, ValueKind.PARAMETER) == [
        "layer.weight",
        "layer.bias",
        "Net#2.layer.weight",
        "Net#2.layer.bias",
    ]


def test_copied_blocks_of_a_transformer_keep_their_paths(torch_run: Run) -> None:
    record = torch_run("""
        import torch
        from torch import nn


        def main(seed=0, size="small"):
            torch.manual_seed(seed)
            layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
            model = nn.Sequential(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False))
            model(torch.ones(1, 3, 8)).sum().backward()
            return {}
        """)
    sites = sites_of(record, ValueKind.FORWARD)
    assert "0.layers.1.linear1" in sites
    assert "0.layers.0.self_attn[0]" in sites
    assert not any("out_proj" in site for site in sites)


def test_packed_sequences_losses_by_grad_and_checkpoints_are_read(torch_run: Run) -> None:
    record = torch_run("""
        import torch
        from torch import nn
        from torch.nn.utils.rnn import pack_padded_sequence
        from torch.utils.checkpoint import checkpoint


        def main(seed=0, size="small"):
            torch.manual_seed(seed)
            model = nn.ModuleDict({"lstm": nn.LSTM(2, 3), "head": nn.Linear(3, 1)})
            packed = pack_padded_sequence(torch.ones(4, 2, 2), torch.tensor([4, 2]))
            _, (hidden, _) = model["lstm"](packed)
            loss = checkpoint(model["head"], hidden, use_reentrant=False).sum()
            gradients = torch.autograd.grad(loss, list(model.parameters()))
            penalty = torch.autograd.grad(torch.ones(2, requires_grad=True).sum() * 1, [hidden],
                                          allow_unused=True)
            return {"gradients": fingerprint([each.numpy() for each in gradients])}
        """)
    assert sites_of(record, ValueKind.FORWARD)[:3] == ["lstm[0][data]", "lstm[1][0]", "lstm[1][1]"]
    assert values_of(record, ValueKind.FORWARD, "lstm[0][data]")[0].shape == (6, 3)
    assert len(values_of(record, ValueKind.LOSS)) == 1


def test_values_up_to_the_failure_are_kept_and_the_exception_is_the_same(pool: Pool) -> None:
    broken = SENTIMENT.replace("self.head = nn.Linear(12, 2)", "self.head = nn.Linear(13, 2)")
    plain, probed = (
        run(pool, broken, stack=Stack.PYTORCH, instrument=instrument)
        for instrument in (Instrument.NONE, Instrument.LAYERS)
    )
    assert plain.program is probed.program is ProgramEnd.RAISED
    assert (plain.failure.type, plain.failure.message) == (
        probed.failure.type,
        probed.failure.message,
    )
    assert plain.step == probed.step
    assert sites_of(probed, ValueKind.FORWARD) == ["embedding", "gru[0]", "gru[1]", "dropout"]


def test_non_finite_values_are_counted_apart(torch_run: Run) -> None:
    record = torch_run("""
        import torch
        from torch import nn


        class Explode(nn.Module):
            def forward(self, x):
                return x / torch.tensor([1.0, 0.0, 0.0])


        def main(seed=0, size="small"):
            Explode()(torch.tensor([4.0, 1.0, 0.0]))
            return {}
        """)
    (value,) = values_of(record, ValueKind.FORWARD, "Explode")
    assert (value.minimum, value.maximum, value.mean) == (4.0, 4.0, 4.0)
    assert (value.nan, value.infinite, value.zeros) == (1, 1, 0)


def test_a_compiled_program_is_read_where_it_runs(torch_run: Run) -> None:
    record = torch_run(
        """
        import torch
        from torch import nn


        def main(seed=0, size="small"):
            torch.manual_seed(seed)
            model = torch.compile(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), backend="eager")
            model(torch.ones(1, 2)).sum().backward()
            return {}
        """,
        mode=Mode.COMPILED,
    )
    assert {"0", "1"} <= set(sites_of(record, ValueKind.FORWARD))
    assert len(values_of(record, ValueKind.LOSS)) == 1
