"""Where an update of the weights ends: the moment at which Python goes on after it.

PyTorch has a hook there. In TensorFlow an update is an operation of a graph, and what returns to
Python is the outermost `tf.function`: one in which an optimizer was applied while it was traced is
a step. So `fit` and a loop of one's own are seen in the same way, and no graph has one node more.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def call_after_steps(note: Callable[[], None]) -> None:
    """Call `note` after each update, in the frameworks that are loaded."""
    if "keras" in sys.modules:
        _Graphs(note).watch()
    elif "torch" in sys.modules:
        optimizer = sys.modules["torch.optim.optimizer"]
        optimizer.register_optimizer_step_post_hook(lambda *_: note())


class _Graphs:
    """Functions of TensorFlow that are being called, outermost first, and those that are steps."""

    def __init__(self, note: Callable[[], None]) -> None:
        self._note = note
        self._calls: list[Any] = []
        self._steps: dict[int, Any] = {}  # the functions too, so that no number is given anew
        self._applying = 0

    def watch(self) -> None:
        self._watch_functions(type(sys.modules["tensorflow"].function(_nothing)))
        self._watch_optimizers(sys.modules["keras"].optimizers.Optimizer)

    def _watch_functions(self, kind: Any) -> None:
        original = kind.__call__

        @functools.wraps(original)
        def call(function: Any, *args: Any, **kwargs: Any) -> Any:
            self._calls.append(function)
            try:
                result = original(function, *args, **kwargs)
            finally:
                self._calls.pop()
            if not self._calls and id(function) in self._steps:
                self._note()
            return result

        kind.__call__ = call

    def _watch_optimizers(self, kind: Any) -> None:
        original = kind.apply

        @functools.wraps(original)
        def apply(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            self._applying += 1
            try:
                result = original(optimizer, *args, **kwargs)
            finally:
                self._applying -= 1
            if self._calls:
                self._steps[id(self._calls[0])] = self._calls[0]
            elif not self._applying:  # an optimizer around another one makes one step
                self._note()
            return result

        kind.apply = apply


def _nothing() -> None:
    """What a function of TensorFlow is made of, to see its type."""
