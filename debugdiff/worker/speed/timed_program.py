"""One program under the clocks: its own `main`, whose parts are timed.

The program is not touched: `build_model`, `train` and `evaluate`, which its `main` calls, are bound
to functions that read the clocks around the program's own. It is the first to import its framework
in this process.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.model import Mode, SpeedPart, SpeedReading, Stack, Way
from debugdiff.worker.importing import import_program
from debugdiff.worker.process.frameworks import switch_mode
from debugdiff.worker.speed.step_hooks import call_after_steps
from debugdiff.worker.speed.stopwatch import EnoughStepsError, Stopwatch, cost_of_a_step
from debugdiff.worker.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PARTS = {"build_model": SpeedPart.BUILD, "evaluate": SpeedPart.EVALUATION}


class NotTimedError(Exception):
    """The program cannot be run as it was asked for; the message is a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the parent asks for: `task.json` in the folder that is the program's argument.

    Attributes:
        batch_size: what `train` is called with; 0 for the program's own.
        most_steps: how many updates end the training; 0: none do.
        warm_up: updates that are no steady ones.
        cores: the processors that the process may use; as many threads compute.
    """

    program: str
    way: Way
    seed: int
    size: str
    batch_size: int
    most_steps: int
    warm_up: int
    cores: list[int]


def run() -> object:
    """Do the task whose folder is the program's first argument; what `main` returned."""
    folder = Path(sys.argv[1])
    facts = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    task = Task(**{**facts, "way": Way(facts["way"])})
    _pin(task.cores)
    watch = Stopwatch(task.most_steps)
    with watch.timed(SpeedPart.IMPORT):
        namespace = import_program(task.program)
    _switch_to(task.way)
    sizes = _time_functions(namespace, task, watch)
    call_after_steps(watch.note_step)
    metrics = namespace["main"](seed=task.seed, size=task.size)
    reading = SpeedReading(
        laps=watch.all_laps(task.warm_up),
        steps=watch.steps,
        batch_size=sizes[0] if sizes else None,
        stopwatch=cost_of_a_step(),
    )
    (folder / "speed.json").write_text(encode(reading), encoding="utf-8")
    return metrics if SpeedPart.TRAINING in reading.laps else {}


def _pin(cores: list[int]) -> None:
    """Before any thread is started: a thread inherits where it may run."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    threads = str(len(cores) or os.cpu_count() or 1)
    os.environ.update(dict.fromkeys(_THREADS, threads))
    # Without a sandbox the compiler's cache is the user's own, and the second run would be warm.
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(os.environ["TMPDIR"]) / "compiled")


def _switch_to(way: Way) -> None:
    if way is Way.COMPILED:
        switch_mode(Stack.PYTORCH, Mode.COMPILED)
    elif way is Way.FIT_JIT:
        _compile_in_fit(sys.modules["keras"].Model)


def _compile_in_fit(kind: Any) -> None:
    original = kind.compile

    @functools.wraps(original)
    def compile_with_jit(model: Any, *args: Any, **kwargs: Any) -> None:
        if "jit_compile" in kwargs:
            raise NotTimedError("it says itself whether `jit_compile` is on")
        original(model, *args, **kwargs, jit_compile=True)

    kind.compile = compile_with_jit


def _time_functions(namespace: dict[str, Any], task: Task, watch: Stopwatch) -> list[int]:
    """Bind the program's functions anew; the list gets the batch size that it trains with."""
    missing = [name for name in (*_PARTS, "train", "main") if not callable(namespace.get(name))]
    if missing:
        raise NotTimedError(f"it has no `{missing[0]}`")
    for name, part in _PARTS.items():
        namespace[name] = _timed(namespace[name], watch, part)
    sizes: list[int] = []
    train = namespace["train"]

    @functools.wraps(train)
    def timed_train(*args: Any, **kwargs: Any) -> Any:
        if task.batch_size and "batch_size" not in kwargs:
            raise NotTimedError("its `main` does not give `train` a `batch_size` by name")
        if task.batch_size:
            kwargs["batch_size"] = task.batch_size
        if isinstance(kwargs.get("batch_size"), int):
            sizes.append(kwargs["batch_size"])
        with contextlib.suppress(EnoughStepsError), watch.timed(SpeedPart.TRAINING):
            return train(*args, **kwargs)

    namespace["train"] = timed_train
    return sizes


def _timed(function: Any, watch: Stopwatch, part: SpeedPart) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        with watch.timed(part):
            return function(*args, **kwargs)

    return timed
