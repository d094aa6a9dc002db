"""What the parity check keeps of one training step: values, gradients, and where weights went."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from debugdiff.model import ValueKind
from debugdiff.worker.probes.value_log import ValueLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from debugdiff.worker.parity.forms import Unit


PLAIN_RATE = 1.0
"""Learning rate of the plain step: the step is as large as the gradient."""

ALIGNED_EPSILON = 1e-6
"""Of the aligned step, added to the root of the bias-corrected second moment, as PyTorch does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gradient:
    """A variable, and its gradient as a dense array. Variables are compared by identity only."""

    variable: Any
    array: Any


class Model(Protocol):
    """A model of either framework."""

    @property
    def title(self) -> str:
        """What probes call the model itself."""

    def paths(self) -> set[str]:
        """Paths of all layers, as `case.toml` writes them; the model's own is empty."""

    def is_built(self) -> bool:
        """Whether all its variables exist."""

    def without_noise(self) -> AbstractContextManager[None]:
        """Let every dropout drop nothing, and every normal draw be its mean."""

    def without_graph(self) -> AbstractContextManager[None]:
        """Run what would be traced at once: what a trace makes has no value before it has ended."""

    def reseed(self, seed: int) -> None:
        """Let every random stream of training begin anew."""

    def units(self) -> Iterator[Unit]:
        """Every layer with variables of its own."""

    def is_trained(self, variable: Any) -> bool:
        """Whether a variable takes a gradient."""

    def read(self, variable: Any) -> Any:
        """A copy of a variable's value, as a NumPy array."""

    def write(self, variable: Any, value: Any) -> None:
        """Give a variable another value."""


class KeptValues(ValueLog):
    """A log for layer probes that keeps the tensors themselves, of forward values and losses."""

    def __init__(self) -> None:
        super().__init__()
        self.is_on = False
        self.arrays: dict[tuple[str, int], Any] = {}
        self.losses: list[Any] = []
        self._seen: Counter[str] = Counter()

    def read(self, tensor: Any, *, site: str, kind: ValueKind, step: int) -> int | None:  # noqa: ARG002
        """Keep a tensor; never claim a call, so that no probe looks for its gradient."""
        if self.is_on and kind is ValueKind.LOSS:
            self.losses.append(_array(tensor))
        elif self.is_on and kind is ValueKind.FORWARD:
            self.arrays[site, self._seen[site]] = _array(tensor)
            self._seen[site] += 1
        return None

    def wants(self, step: int, call: int) -> bool:  # noqa: ARG002 - the interface's
        """Nothing but what is read."""
        return False

    def add(self, tensor: Any, *, site: str, kind: ValueKind, step: int, call: int) -> None:
        """Nothing but what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingStep:
    """The step that a program's optimizer is about to make, and two others that it could make.

    Attributes:
        plain: makes one of stochastic gradient descent.
        aligned: makes one of the program's own optimizer, with dense gradients and with the
            epsilon of Adam at one place and of one size, whatever the framework.
        settings: the optimizer's numbers, by the names that Keras uses.
    """

    gradients: list[Gradient]
    plain: Callable[[], None]
    aligned: Callable[[], None]
    settings: dict[str, float]


class StepIsComingError(BaseException):
    """Ends a training before its first step; no program catches it by mistake."""


class StepRecorder:
    """Gradients of the first optimizer step, and the weights after it and after others.

    Args:
        model: whose variables are read and put back.
        log: stops keeping values when those of the step are complete.
    """

    def __init__(self, model: Model, log: KeptValues) -> None:
        self._model = model
        self._log = log
        self._is_on = False
        self._inside = False
        self._holds = False
        self.settings: dict[str, float] = {}
        self.gradients: dict[int, Any] = {}
        self.after_plain_step: dict[int, Any] = {}
        self.after_aligned_step: dict[int, Any] = {}
        self.after_own_step: dict[int, Any] = {}

    @property
    def is_recording(self) -> bool:
        """Whether the next step is wanted: else nobody need turn gradients into arrays."""
        return self._is_on and not self._inside

    def start(self) -> None:
        """Record the next step."""
        self._is_on = self._log.is_on = True

    @contextmanager
    def stop_before_step(self) -> Iterator[None]:
        """Let what trains inside come as far as its first step, and end it there."""
        self._holds = True
        try:
            yield
        except StepIsComingError:
            pass
        finally:
            self._holds = False

    def hold(self) -> None:
        """End the training here if it was to come as far as this step only."""
        if self._holds:
            raise StepIsComingError

    def before(self, step: ComingStep) -> None:
        """An optimizer is about to step. Try the others out, and put everything back."""
        if not self.is_recording:
            return
        self._inside = True
        self._log.is_on = False
        variables = [gradient.variable for gradient in step.gradients]
        self.settings = step.settings
        self.gradients = {id(gradient.variable): gradient.array for gradient in step.gradients}
        self.after_plain_step = self._try_out(step.plain, variables)
        self.after_aligned_step = self._try_out(step.aligned, variables)
        self._inside = False

    def _try_out(self, step: Callable[[], None], variables: list[Any]) -> dict[int, Any]:
        """The weights after a step that is then undone."""
        old = self._values(variables)
        step()
        new = self._values(variables)
        for variable in variables:
            self._model.write(variable, old[id(variable)])
        return new

    def after(self, variables: Iterable[Any]) -> None:
        """The optimizer has stepped."""
        if self._is_on and not self._inside:
            self.after_own_step = self._values(variables)
            self._is_on = False

    def _values(self, variables: Iterable[Any]) -> dict[int, Any]:
        return {id(variable): self._model.read(variable) for variable in variables}


def _array(tensor: Any) -> Any:
    value = tensor.detach().cpu() if hasattr(tensor, "detach") else tensor
    return value.numpy().copy()
