"""By how much an optimizer step changes each parameter: read before it, and again after it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.model import ValueKind
from debugdiff.worker.probes.summary.batch import Joined, join, norms_of_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.worker.probes.value_log import Reading, ValueLog


@dataclass(frozen=True, slots=True)
class _Before:
    """`copy` is `None` where the parameter was joined with others."""

    step: int
    call: int
    copy: Any


class Updates:
    """The parameters of the step that is under way, as they were before it."""

    def __init__(self, log: ValueLog) -> None:
        self._log = log
        self._before: dict[str, _Before] = {}
        self._joined: Joined | None = None
        self._joined_sites: tuple[str, ...] = ()

    def before(self, parameter: Any, *, site: str, step: int) -> None:
        """Read a parameter, and keep a copy of it if the reading was kept."""
        call = self._log.read(parameter, site=site, kind=ValueKind.PARAMETER, step=step)
        if call is not None:
            self._before[site] = _Before(step, call, _copy(parameter))

    def before_all(self, readings: Sequence[Reading]) -> None:
        """Read parameters of PyTorch, and their gradients, all of an optimizer step at once."""
        calls = self._log.read_all(readings)
        kept = [
            (each, call)
            for each, call in zip(readings, calls, strict=True)
            if call is not None and each.kind is ValueKind.PARAMETER
        ]
        self._joined = join([each.tensor for each, _ in kept])
        taken = set(self._joined.taken) if self._joined else set()
        self._joined_sites = tuple(kept[index][0].site for index in sorted(taken))
        for index, (each, call) in enumerate(kept):
            copy = None if index in taken else _copy(each.tensor)
            self._before[each.site] = _Before(each.step, call, copy)

    def is_waiting(self) -> bool:
        """Whether a parameter of the step under way was read before it."""
        return bool(self._before)

    def after(self, parameter: Any, *, site: str) -> None:
        """Put the norm of the change beside the reading from before the step."""
        self.after_all({site: parameter})

    def after_all(self, parameters: Mapping[str, Any]) -> None:
        """The same of several parameters, by their sites."""
        together = self._norms_of_joined(parameters)
        for site, parameter in parameters.items():
            kept = self._before.pop(site, None)
            if kept is not None:
                alone = None if kept.copy is None else _norm_of_change(kept.copy, parameter)
                change = together.get(site, alone)
                self._log.set_update(change, site=site, step=kept.step, call=kept.call)

    def _norms_of_joined(self, parameters: Mapping[str, Any]) -> dict[str, float | None]:
        before, self._joined = self._joined, None
        now = [parameters[site] for site in self._joined_sites if site in parameters]
        after = join(now) if before else None
        if before is None or after is None or before.shapes != after.shapes:
            return {}
        return dict(zip(self._joined_sites, norms_of_change(before, after), strict=True))


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
