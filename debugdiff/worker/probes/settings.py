"""What a program set layers, optimizer, loss and training to, for the checks that need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Setting

if TYPE_CHECKING:
    from collections.abc import Iterable

MAXIMUM_SETTINGS = 5_000
"""A run's record never holds more settings than this."""

OPTIMIZER_SITE = "optimizer"
TRAINING_SITE = "training"

ACTIVATIONS = frozenset(
    {"relu", "relu6", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softmax"}
)


class SettingsLog:
    """The settings of one run; the first value of a setting is the one that is kept."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], float | str] = {}
        self._called: dict[str, None] = {}
        self._optimized: set[str] = set()

    def add(self, site: str, name: str, value: float | str) -> None:
        """Keep a setting that is not known yet."""
        if len(self._kept) < MAXIMUM_SETTINGS:
            self._kept.setdefault((site, name), value)

    def add_activation(self, site: str, name: str) -> None:
        """Keep the name of an activation function, if it is one of those that are checked."""
        if name.lower() in ACTIVATIONS:
            self.add(site, "activation", name.lower())

    def add_debug_mode(self, name: str) -> None:
        """Keep that training runs in a mode for debugging: the function or argument that asks."""
        self.add(TRAINING_SITE, "debug_mode", name)

    def call(self, parameters: Iterable[str]) -> None:
        """Parameters of a layer that the program called."""
        self._called.update(dict.fromkeys(parameters))

    def optimize(self, parameter: str) -> None:
        """A parameter that an optimizer was given."""
        self._optimized.add(parameter)

    def settings(self) -> tuple[Setting, ...]:
        """Everything that was kept, and the parameters in use that no optimizer was given."""
        kept = [
            Setting(site=site, name=name, value=value) for (site, name), value in self._kept.items()
        ]
        left_out = [
            name for name in self._called if self._optimized and name not in self._optimized
        ]
        left_out = left_out[: MAXIMUM_SETTINGS - len(kept)]
        return (*kept, *(Setting(site=name, name="optimizer", value="none") for name in left_out))
