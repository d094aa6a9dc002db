"""What the layer probes cost a script: `python benchmarks/probes.py`; a part of `make bench`.

Ratios of processor seconds of one process, so that other work on the machine counts little. The
program is the heaviest case in PyTorch; a run without probes and with them alternate.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.files import shipped
from debugdiff.model import Instrument, ProbeChoice
from debugdiff.scripts import ScriptRequest, run_script

if TYPE_CHECKING:
    from collections.abc import Callable

HEAVIEST = "tiny_gpt"
"""The most processor seconds at size `small`: 5.4 against 4.6 of `text_cnn`."""

ROUNDS = 3
STARTS = 5
_PROGRAM = """
import sys, time
sys.path.insert(0, {folder!r})
import torch
import pytorch
from debugdiff.worker.probes import value_log
value_log.MAXIMUM_VALUES = sys.maxsize  # what is left out in the end would cost nothing
torch.set_num_threads(1)
began = time.process_time()
pytorch.main(seed=0, size={size!r})
print("processor seconds", time.process_time() - began)
"""
RECORDER = "torchlens"
STEPS = 100
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
    """The ratios over the whole program, every value read."""
    plain = functools.partial(_seconds, size)
    return [
        Cost(
            what=f"layer probes at every step / none ({HEAVIEST}, {size})",
            ratio=_ratio(plain, functools.partial(_seconds, size, _choice(every=1))),
            aim="at most 2.5",
        ),
        Cost(
            what=f"layer probes at every tenth step / none ({HEAVIEST}, {size})",
            ratio=_ratio(plain, functools.partial(_seconds, size, _choice(every=10))),
            aim="at most 1.3",
        ),
    ]


def _ratio(plain: Callable[[], float], watched: Callable[[], float]) -> float:
    """Median over rounds, each of one plain run and one that is watched."""
    rounds = [(plain(), watched()) for _ in range(ROUNDS)]
    return statistics.median(after / before for before, after in rounds)


def step_costs() -> list[Cost]:
    """Training steps alone, after the first few: what probes cost where nothing dilutes them.

    A short program's own start (its first optimizer step loads 800 modules) is in the ratios above
    and not in these. Beside the probes a public recorder of activations, where it is installed: it
    keeps the output of every operation and sums up nothing; the probes sum up the outputs and
    gradients of every layer and every parameter, and keep no tensor.
    """
    watched = [("layer probes", _Loop(choice=_choice(every=1)), "less than the recorder")]
    if has_recorder():
        name = f"{RECORDER} {importlib.metadata.version(RECORDER)}"
        recorded = _Loop(forward=_RECORDED, imported=f"import {RECORDER}")
        watched.append((name, recorded, "for comparison"))
    what = f"{STEPS} training steps of {HEAVIEST} alone: {{}} / none"
    return [
        Cost(what=what.format(name), ratio=_ratio(_Loop().seconds, loop.seconds), aim=aim)
        for name, loop, aim in watched
    ]


def has_recorder() -> bool:
    """Whether the public recorder is installed; nothing of the project needs it."""
    return importlib.util.find_spec(RECORDER) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loop:
    """Some training steps, the first few not counted."""

    forward: str = "model(letters)"
    imported: str = ""
    choice: ProbeChoice | None = None

    def seconds(self) -> float:
        """Processor seconds."""
        text = _LOOP.format(
            folder=str(shipped("cases") / HEAVIEST),
            forward=self.forward,
            imported=self.imported,
            steps=STEPS,
        )
        return _run(text, self.choice)


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


def _seconds(size: str, choice: ProbeChoice | None = None) -> float:
    """Processor seconds of the program's `main`."""
    return _run(_PROGRAM.format(folder=str(shipped("cases") / HEAVIEST), size=size), choice)


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
    if record.failure:
        sys.exit(record.failure.traceback)
    return float(record.stdout.rpartition("processor seconds")[2])


if __name__ == "__main__":
    for cost in (*probe_costs(*sys.argv[1:2]), *step_costs()):
        print(f"{cost.what}: {cost.ratio:.2f} ({cost.aim})")
    if not has_recorder():
        print(f"public recorder ({RECORDER}): not installed")
    print(f"start of a traced script: {start_cost():.2f} s more (at most 0.5 s)")
