"""By how much an optimizer step changes each parameter: read before it, and again after it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.model import ValueKind

if TYPE_CHECKING:
    from debugdiff.worker.statistics import ValueLog


@dataclass(frozen=True, slots=True)
class _Before:
    step: int
    call: int
    copy: Any


class Updates:
    """The parameters of the step that is under way, as they were before it."""

    def __init__(self, log: ValueLog) -> None:
        self._log = log
        self._before: dict[str, _Before] = {}

    def before(self, parameter: Any, *, site: str, step: int) -> None:
        """Read a parameter, and keep a copy of it if the reading was kept."""
        call = self._log.read(parameter, site=site, kind=ValueKind.PARAMETER, step=step)
        if call is not None:
            self._before[site] = _Before(step, call, _copy(parameter))

    def is_waiting(self) -> bool:
        """Whether a parameter of the step under way was read before it."""
        return bool(self._before)

    def after(self, parameter: Any, *, site: str) -> None:
        """Put the norm of the change beside the reading from before the step."""
        kept = self._before.pop(site, None)
        if kept is not None:
            change = _norm_of_change(kept.copy, parameter)
            self._log.set_update(change, site=site, step=kept.step, call=kept.call)


def _copy(parameter: Any) -> Any:
    if _is_torch(parameter):
        return parameter.detach().clone()
    import numpy as np  # noqa: PLC0415 - what is no tensor of PyTorch brings it

    return np.array(_array(parameter), copy=True)


def _norm_of_change(before: Any, after: Any) -> float | None:
    """The Euclidean norm of `after - before`; `None` where it is not finite."""
    if _is_torch(after):
        torch = sys.modules["torch"]
        with torch.no_grad():
            norm = float(torch.linalg.vector_norm(after.detach() - before))
    else:
        import numpy as np  # noqa: PLC0415

        with np.errstate(all="ignore"):
            norm = float(np.linalg.norm((_array(after) - before).ravel()))
    return norm if math.isfinite(norm) else None


def _is_torch(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _array(value: Any) -> Any:
    return value.numpy() if hasattr(value, "numpy") else value
