"""Counting optimizer steps without standing in anybody's trace."""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from debugdiff.worker.clock import Clock


def watch_steps(clock: Clock) -> None:
    """Let `clock` count the steps of every optimizer of the frameworks that are loaded."""
    if "torch.optim" in sys.modules:
        _watch_torch(sys.modules["torch.optim.optimizer"], clock)
    if "keras" in sys.modules:
        _watch_keras(sys.modules["keras.src.optimizers.base_optimizer"], clock)


def _watch_torch(module: Any, clock: Clock) -> None:
    def after_step(_optimizer: object, _arguments: object, _keywords: object) -> None:
        clock.tick()

    module.register_optimizer_step_post_hook(after_step)


def _watch_keras(module: Any, clock: Clock) -> None:
    """Keras optimizers count for themselves; they only have to be known.

    `__new__` has returned when `__init__` runs, so no trace of a failing constructor shows it.
    """
    optimizers: weakref.WeakSet[Any] = weakref.WeakSet()

    def remember(kind: type, *_arguments: object, **_keywords: object) -> Any:
        optimizer = object.__new__(kind)
        optimizers.add(optimizer)
        return optimizer

    module.BaseOptimizer.__new__ = remember
    clock.count_with(lambda: sum(_iterations(optimizer) for optimizer in list(optimizers)))


def _iterations(optimizer: Any) -> int:
    """Steps of one optimizer; 0 before it is built, and for one that wraps another."""
    counter = vars(optimizer).get("_iterations")
    if counter is None or "inner_optimizer" in vars(optimizer):
        return 0
    if "tensorflow" in sys.modules and sys.modules["keras"].backend.backend() == "tensorflow":
        # While a function is traced, only the outermost context can read a variable.
        with sys.modules["tensorflow"].init_scope():
            return int(counter.numpy())
    return int(counter.numpy())
