"""Layer probes of Keras on JAX: what is concrete, outside of what it compiles or differentiates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.model import ValueKind
from debugdiff.worker.probes.sites import tensors_in

if TYPE_CHECKING:
    from debugdiff.worker.probes.steps import StepCounter
    from debugdiff.worker.probes.value_log import ValueLog


class JaxReader:
    """Reads concrete arrays of JAX; tracers have no numbers that could be had without them."""

    def __init__(self, log: ValueLog, counter: StepCounter) -> None:
        self.log = log
        self._counter = counter

    def install(self) -> None:
        """Nothing of JAX is patched."""

    def read_output(self, name: str, output: Any) -> None:
        """Read every concrete array of an output."""
        for suffix, array in tensors_in(output, _is_concrete_jax):
            self.read(array, site=name + suffix, kind=ValueKind.FORWARD)

    def read(self, tensor: Any, *, site: str, kind: ValueKind) -> None:
        """Read one array, if it is concrete."""
        if _is_concrete_jax(tensor):
            self.log.read(tensor, site=site, kind=kind, step=self._counter.step)

    def read_parameter(self, parameter: Any, *, site: str) -> None:
        """Read a parameter, if it is concrete."""
        self.read(parameter, site=site, kind=ValueKind.PARAMETER)

    def read_update(self, parameter: Any, *, site: str) -> None:
        """JAX hands new arrays to the next step: nothing changes where it could be read."""

    def debug_mode(self) -> str:
        """Functions that run line by line."""
        import jax  # noqa: PLC0415 - the back end is loaded by the host

        return "jax_disable_jit" if jax.config.jax_disable_jit else ""

    def finish_step(self) -> None:
        """The step counter does: under JAX an update may be traced once for many steps."""


def _is_concrete_jax(value: Any) -> bool:
    import jax  # noqa: PLC0415 - the back end is loaded by the host

    return isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer)
