"""`debugdiff explain`: a crash opened up, a silent fault, a clean program, all of it in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import debugdiff, debugdiff_process

from debugdiff.model import Alarm, Location, SitePlace
from debugdiff.suspects.silent import suspects_of_silence

CRASHING = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.head = nn.Linear(9, 2)

    def forward(self, batch):
        hidden = torch.relu(self.hidden(batch))
        return self.head(hidden)


print("the program's own words")
Net()(torch.rand(3, 4))
"""
TRAINING = """
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
inputs = torch.randn(40, 4)
labels = (inputs.sum(dim=1) > 0).long()
for step in range(15):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(inputs), labels)
    loss.backward()
    optimizer.step()
print(f"{loss.item():.9f}")
"""


def explain(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "train.py").write_text(source)
    return debugdiff("explain", "train.py", *options, folder=folder)


def explain_in_a_process(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the script itself prints goes where the process prints."""
    (folder / "train.py").write_text(CRASHING)
    return debugdiff_process("explain", "train.py", folder=folder)


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    return explain_in_a_process(tmp_path_factory.mktemp("crash"))


def test_a_crash_shows_own_lines_with_shapes_layer_and_sizes(
    crash: subprocess.CompletedProcess[str],
) -> None:
    assert crash.returncode == 0
    assert "train.py:14 in forward  self.head(hidden)" in crash.stdout
    assert "hidden  float32 3x8" in crash.stdout
    assert "Running layer: head, Linear(in_features=9, out_features=2)" in crash.stdout
    assert "Expected 9, got 8" in crash.stdout
    assert "site-packages" not in crash.stdout


def test_the_first_suspect_is_the_constructor_with_the_wrong_size(
    crash: subprocess.CompletedProcess[str],
) -> None:
    assert "self.head = nn.Linear(9, 2)" in crash.stdout.partition("Suspects")[2].splitlines()[3]


def test_what_the_script_prints_goes_to_stderr(crash: subprocess.CompletedProcess[str]) -> None:
    assert "the program's own words" in crash.stderr
    assert "the program's own words" not in crash.stdout


def test_the_traceback_is_one_option_away(tmp_path: Path) -> None:
    found = explain(tmp_path, CRASHING, "--full").stdout
    assert "Traceback (most recent call last):" in found
    assert "worker" not in found


def test_json_has_failure_sites_and_ranked_suspects(tmp_path: Path) -> None:
    found = json.loads(explain(tmp_path, CRASHING, "--json").stdout)
    assert found["outcome"] == "raised"
    assert found["failure"]["type"] == "RuntimeError"
    assert {each["site"] for each in found["sites"]} >= {"hidden"}
    assert [each["rank"] for each in found["suspects"]] == list(
        range(1, len(found["suspects"]) + 1)
    )
    first = found["suspects"][0]
    assert (first["file"], first["line"], first["rule"]) == ("train.py", 10, "failing-layer")
    assert first["reason"].endswith(".")


def test_a_clean_program_has_no_alarm_and_no_suspect_and_computes_the_same(
    tmp_path: Path,
) -> None:
    found = json.loads(explain(tmp_path, TRAINING, "--json").stdout)
    assert (found["outcome"], found["alarms"], found["suspects"]) == ("ok", [], [])
    plain = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert found["stdout"] == plain.stdout


def test_a_silent_fault_is_suspected_without_a_clean_twin(tmp_path: Path) -> None:
    silent = TRAINING.replace("    optimizer.zero_grad()\n", "")
    found = json.loads(explain(tmp_path, silent, "--json").stdout)
    assert found["outcome"] == "ok"
    assert found["suspects"][0]["rule"] == "gradients-not-cleared"


def test_a_program_that_has_learned_already_may_jump_near_its_minimum(tmp_path: Path) -> None:
    learned = """
import torch
from torch import nn

torch.manual_seed(3)
net, inputs = nn.Linear(2, 1), torch.randn(32, 2)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(400):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(inputs), inputs.sum(dim=1, keepdim=True) + 1)
    loss.backward()
    optimizer.step()
"""
    found = json.loads(explain(tmp_path, learned, "--json").stdout)
    assert (found["outcome"], found["alarms"], found["suspects"]) == ("ok", [], [])


def alarm(sentinel: str, site: str) -> Alarm:
    return Alarm(
        sentinel=sentinel,
        site=site,
        kind=None,
        step=0,
        value=1.0,
        threshold=0.5,
        meaning="Alarming.",
        source="",
    )


def place(site: str, line: int) -> SitePlace:
    made = Location(file="/home/me/train.py", line=line, function="<module>")
    return SitePlace(site=site, kind="torch.nn.Linear", made=made)


def test_an_alarm_points_at_the_line_that_made_its_layer() -> None:
    source = "import torch\nnet = torch.nn.Sequential(\n    torch.nn.Linear(2, 2),\n)\n"

    def suspected(*sentinels: str) -> list[tuple[int, str]]:
        alarms = [alarm(sentinel, "0") for sentinel in sentinels]
        found = suspects_of_silence(
            {"train.py": source}, "train.py", alarms=alarms, places=[place("0", 3)]
        )
        return [(each.line, each.rule) for each in found]

    assert suspected("constant") == [(3, "sentinel:constant")]
    assert suspected("dead-relu") == [], "healthy programs have it, too"
    assert [line for line, _ in suspected("dead-relu", "constant")] == [3]


SMALL = """
import torch
body = torch.nn.Linear(2, 2)
head = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=1e-5)
logits = head(body(torch.ones(1, 2)).detach())
seen = logits.detach().numpy()
"""
PLACES = [place("body", 3), place("head", 4)]


@pytest.mark.parametrize(
    ("sites", "first"), [(["body.weight"], 3), (["body.weight", "head.weight"], 5)]
)
def test_what_several_layers_suffer_from_points_at_their_optimizer_first(
    sites: list[str], first: int
) -> None:
    alarms = [alarm("update-too-small", site) for site in sites]
    found = suspects_of_silence({"train.py": SMALL}, "train.py", alarms=alarms, places=PLACES)
    assert found[0].line == first


def test_where_no_gradient_arrives_the_line_that_cuts_the_graph_comes_first() -> None:
    alarms = [alarm("no-gradient", "body.weight"), alarm("unchanged-parameter", "body")]
    found = suspects_of_silence({"train.py": SMALL}, "train.py", alarms=alarms, places=PLACES)
    assert found[0].line == 6
    assert 7 not in {each.line for each in found}


ENCODED = """\
import torch
encoder, head = torch.nn.GRU(8, 4), torch.nn.Linear(4, 2)
{decorator}def encode(x):
    return encoder(x)[1][-1]
for x, y in data:
    {block}features = encode(x)
    loss = torch.nn.functional.cross_entropy(head(features), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        print(head(features))
"""


@pytest.mark.parametrize(
    ("decorator", "block", "line"),
    [("", "with torch.no_grad(): ", 6), ("@torch.inference_mode()\n", "", 3)],
)
def test_a_part_of_a_round_that_runs_without_gradients_comes_first(
    decorator: str, block: str, line: int
) -> None:
    text = ENCODED.format(decorator=decorator, block=block)
    alarms = [alarm("no-gradient", "encoder.weight"), alarm("unchanged-parameter", "encoder")]
    found = suspects_of_silence(
        {"train.py": text}, "train.py", alarms=alarms, places=[place("encoder", 2)]
    )
    assert found[0].line == line
    assert not {11, 12} & {each.line for each in found}


SPREAD = """\
import torch
eps = 1e-8
def scaled(x):
    return (x - x.mean(0)) / x.std(0)
def safe(x):
    return x / (x.std(0) + eps) + torch.log(x.clamp(min=1e-6)) + torch.sqrt(x * x + eps)
def distance(a, b):
    return torch.sqrt(((a - b) ** 2).sum(1))
def entropy(p):
    return -(p * p.log()).sum()
scale = torch.sqrt(64.0) / 8
"""


def test_where_nan_came_up_what_is_not_finite_everywhere_is_suspected() -> None:
    alarms = [alarm("non-finite", "loss")]
    found = suspects_of_silence({"train.py": SPREAD}, "train.py", alarms=alarms)
    assert {each.line for each in found} == {4, 8, 10}
    assert suspects_of_silence({"train.py": SPREAD}, "train.py") == ()
