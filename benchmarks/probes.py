"""What the layer probes cost a script: `python benchmarks/probes.py`; a part of `make bench`.

Ratios of processor seconds of one process, so that other work on the machine counts little. The
program is the heaviest case in PyTorch; a run without probes and with them alternate.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from debugdiff.files import shipped
from debugdiff.model import Instrument, ProbeChoice
from debugdiff.scripts import ScriptRequest, run_script
from debugdiff.worker.statistics import MAXIMUM_VALUES

HEAVIEST = "tiny_gpt"
"""The most processor seconds at size `small`: 5.4 against 4.6 of `text_cnn`."""

FEW, ALL = 2, 6
"""Epochs: of the longer run at every step a record would not hold all values."""
ROUNDS = 3
STARTS = 5
_PROGRAM = """
import sys, time
sys.path.insert(0, {folder!r})
import torch
import pytorch
torch.set_num_threads(1)
pytorch.EPOCHS[{size!r}] = {epochs}
began = time.process_time()
pytorch.main(seed=0, size={size!r})
print("processor seconds", time.process_time() - began)
"""
RECORDER = "torchlens"
STEPS = 30
_RECORDED = "torchlens.record(model, (letters,), save=lambda _: True, return_output=True)[0]"
_LOOP = """
import sys, time
sys.path.insert(0, {folder!r})
import torch
{imported}
import pytorch
torch.set_num_threads(1)
torch.manual_seed(0)
names = torch.from_numpy(pytorch.load("tiny").train[:32])
letters, following = names[:, :-1], names[:, 1:].flatten()
model = pytorch.build_model()
optimizer = torch.optim.Adam(model.parameters())
loss_function = torch.nn.CrossEntropyLoss(ignore_index=pytorch.PADDING)
for step in range({steps} + 5):
    if step == 5:
        began = time.process_time()
    optimizer.zero_grad()
    logits = {forward}
    loss_function(logits.flatten(0, 1), following).backward()
    optimizer.step()
print("processor seconds", time.process_time() - began)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One ratio against the same program without probes, median of several rounds."""

    what: str
    ratio: float
    aim: str


def probe_costs(size: str = "small") -> list[Cost]:
    """The ratios. Every step is read over fewer epochs, so that no value is left out at the end."""
    return [
        Cost(
            what=f"layer probes at every step / none ({HEAVIEST}, {size}, {FEW} epochs)",
            ratio=_ratio(_choice(every=1), size, FEW),
            aim="at most 2.5",
        ),
        Cost(
            what=f"layer probes at every tenth step / none ({HEAVIEST}, {size}, {ALL} epochs)",
            ratio=_ratio(_choice(every=10), size, ALL),
            aim="at most 1.3",
        ),
    ]


def _ratio(choice: ProbeChoice, size: str, epochs: int) -> float:
    """Median over rounds, each of a run without probes and one with them."""
    rounds = [(_seconds(None, size, epochs), _seconds(choice, size, epochs)) for _ in range(ROUNDS)]
    return statistics.median(probed / plain for plain, probed in rounds)


def recorder_costs() -> list[Cost]:
    """A public recorder of activations and our probes on the same steps; empty without it.

    It keeps the output of every operation and sums up nothing; the probes sum up the outputs and
    gradients of every layer and every parameter, and keep no tensor.
    """
    if importlib.util.find_spec(RECORDER) is None:
        return []
    bare, recorded = _loop("model(letters)"), _loop(_RECORDED, f"import {RECORDER}")
    probed = _loop("model(letters)", choice=_choice(every=1))
    version = importlib.metadata.version(RECORDER)
    what = f"{STEPS} steps of {HEAVIEST}: {{}} / none"
    return [
        Cost(
            what=what.format(f"{RECORDER} {version}"), ratio=recorded / bare, aim="for comparison"
        ),
        Cost(what=what.format("layer probes"), ratio=probed / bare, aim="less than the recorder"),
    ]


def _loop(forward: str, imported: str = "", choice: ProbeChoice | None = None) -> float:
    """Processor seconds of some training steps, the first few not counted."""
    folder = str(shipped("cases") / HEAVIEST)
    return _run(
        _LOOP.format(folder=folder, forward=forward, imported=imported, steps=STEPS), choice
    )


def start_cost() -> float:
    """Seconds that `debugdiff trace` adds to the start of a script that loads nothing."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text("import time; print(time.time())")
        return statistics.median(
            _start(script, traced=True) - _start(script, traced=False) for _ in range(STARTS)
        )


def _start(script: Path, *, traced: bool) -> float:
    """Seconds from the command to the script's first line."""
    command = [sys.executable, *(("-m", "debugdiff", "trace") if traced else ()), str(script)]
    began = time.time()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return float((done.stderr if traced else done.stdout).splitlines()[0]) - began


def _choice(*, every: int) -> ProbeChoice:
    return ProbeChoice(every=every, digests=False)


def _seconds(choice: ProbeChoice | None, size: str, epochs: int) -> float:
    """Processor seconds of the program's `main`."""
    folder = str(shipped("cases") / HEAVIEST)
    return _run(_PROGRAM.format(folder=folder, size=size, epochs=epochs), choice)


def _run(source: str, choice: ProbeChoice | None) -> float:
    """The processor seconds that a script says it took, under probes or not."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "program.py"
        script.write_text(source)
        request = ScriptRequest(
            path=script,
            instrument=Instrument.LAYERS if choice else Instrument.NONE,
            choice=choice or ProbeChoice(),
        )
        record = run_script(request).record
    if len(record.values) >= MAXIMUM_VALUES:
        sys.exit("The run has more values than a record keeps: the figure would mean nothing.")
    if record.failure:
        sys.exit(record.failure.traceback)
    return float(record.stdout.rpartition("processor seconds")[2])


if __name__ == "__main__":
    for cost in (*probe_costs(*sys.argv[1:2]), *recorder_costs()):
        print(f"{cost.what}: {cost.ratio:.2f} ({cost.aim})")
    print(f"start of a traced script: {start_cost():.2f} s more (at most 0.5 s)")
