"""A program that stands before its training, and the call that it was about to make.

The program is not touched: its own `main` runs until it calls `train`, which is caught.
"""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass
from typing import Any, NoReturn

from debugdiff.worker.importing import import_program
from debugdiff.worker.rows import take_rows

_SEED = 0


class _TrainIsCalledError(BaseException):
    """Ends `main` where it calls `train`; no program catches it by mistake."""


@dataclass(slots=True, kw_only=True)
class HeldProgram:
    """A program whose `main` has called `train`.

    Attributes:
        namespace: the program's names.
        train: its own function.
        arguments: of the call, by name.
    """

    namespace: dict[str, Any]
    train: Any
    arguments: dict[str, Any]

    @property
    def model(self) -> Any:
        """The first argument."""
        return next(iter(self.arguments.values()))

    def with_model(self, model: Any) -> HeldProgram:
        """The same call with another model."""
        first = next(iter(self.arguments))
        return dataclasses.replace(self, arguments={**self.arguments, first: model})

    @property
    def rows(self) -> int:
        """Rows of one batch."""
        return int(self.arguments["batch_size"])

    def batch(self) -> Any:
        """The data, with the first batch of its training part in place of all of it."""
        data = self.arguments["data"]
        return dataclasses.replace(data, train=take_rows(data.train, slice(self.rows)))

    def evaluate(self) -> dict[str, float]:
        """The program's own metrics of its model."""
        metrics = self.namespace["evaluate"](self.model, self.arguments["data"])
        return {name: float(value) for name, value in metrics.items()}

    def train_on(self, data: Any) -> None:
        """Train for one epoch on other data."""
        bound = inspect.signature(self.train).bind_partial()
        bound.arguments.update({**self.arguments, "data": data, "epochs": 1})
        self.train(*bound.args, **bound.kwargs)


def run_until_training(program: str) -> HeldProgram:
    """Run a program's `main` with size `tiny` until it trains.

    Raises:
        RuntimeError: it has no `train`, never calls it, or gives it neither data nor batch size.
    """
    namespace = import_program(program)
    caught: dict[str, Any] = {}
    train = namespace.get("train")
    if train is None:
        raise RuntimeError("the program has no `train`, so that no step of it can be compared")

    def catch(*args: Any, **kwargs: Any) -> NoReturn:
        caught.update(inspect.signature(train).bind(*args, **kwargs).arguments)
        raise _TrainIsCalledError

    namespace["train"] = catch
    try:
        namespace["main"](seed=_SEED, size="tiny")
    except _TrainIsCalledError:
        if not {"data", "batch_size"} <= caught.keys():
            raise RuntimeError("`train` takes no `data` or no `batch_size`") from None
        return HeldProgram(namespace=namespace, train=train, arguments=caught)
    raise RuntimeError("`main` does not call `train`")
