"""How layer probes read Keras on PyTorch, where everything is concrete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.model import ValueKind
from debugdiff.worker.probes import pytorch
from debugdiff.worker.probes.losses import LOSS_SITE
from debugdiff.worker.probes.settings import OPTIMIZER_SITE
from debugdiff.worker.probes.sites import shielded
from debugdiff.worker.probes.updates import Updates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.worker.patches import Patches
    from debugdiff.worker.probes.source_places import SourcePlaces
    from debugdiff.worker.probes.value_log import ValueLog


class TorchReader:
    """Reads tensors of PyTorch, and the steps of its own optimizers: a user may use either kind.

    Args:
        log: keeps what is read.
        places: keeps where the backward pass starts.
        site_of: the site of a parameter of PyTorch that a variable of Keras holds.
        patches: keep what is put into PyTorch.
    """

    def __init__(
        self,
        log: ValueLog,
        places: SourcePlaces,
        site_of: Callable[[Any], str],
        patches: Patches,
    ) -> None:
        self.log = log
        self._places = places
        self._patches = patches
        self._site_of = site_of
        self._sites: dict[int, tuple[Any, str]] = {}
        self._step = 0
        self._updates = Updates(log)

    def install(self) -> None:
        """Have losses read where the backward pass starts, and listen to PyTorch's optimizers."""
        from torch.optim import optimizer  # noqa: PLC0415 - the back end is loaded by the host

        pytorch.watch_losses(self._read_losses, self._patches)
        self._patches.register(optimizer.register_optimizer_step_pre_hook, self._before_step)
        self._patches.register(optimizer.register_optimizer_step_post_hook, self._after_step)

    def read_output(self, name: str, output: Any) -> None:
        """Read an output and hook into its gradient."""
        pytorch.read_outputs(self.log, output, name=name, step=self._step, patches=self._patches)

    def read(self, tensor: Any, *, site: str, kind: ValueKind) -> None:
        """Read one tensor."""
        self.log.read(tensor, site=site, kind=kind, step=self._step)

    def read_parameter(self, parameter: Any, *, site: str) -> None:
        """Read a parameter before a step that changes it."""
        self._updates.before(parameter, site=site, step=self._step)

    def read_update(self, parameter: Any, *, site: str) -> None:
        """Read by how much the step changed it."""
        self._updates.after(parameter, site=site)

    def debug_mode(self) -> str:
        """None here: it may be on around the backward pass alone, where the loss is read."""
        return ""

    def finish_step(self) -> None:
        """One optimizer step is done."""
        self._step += 1

    @shielded
    def _read_losses(self, losses: Any) -> None:
        self._places.note_call(LOSS_SITE, None)
        pytorch.read_losses(self.log, losses, step=self._step)

    @shielded
    def _before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:  # noqa: ARG002 - hook
        if not self.log.reads_step(self._step):
            return
        self.log.settings.add(OPTIMIZER_SITE, "type", type(optimizer).__name__)
        self.log.settings.add(OPTIMIZER_SITE, "learning_rate", optimizer.param_groups[0]["lr"])
        for site, parameter in self._parameters_of(optimizer):
            self.log.settings.optimize(site)
            self.read_parameter(parameter, site=site)
            if parameter.grad is not None:
                self.read(parameter.grad, site=site, kind=ValueKind.PARAMETER_GRADIENT)

    @shielded
    def _after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:  # noqa: ARG002 - hook
        if self.log.reads_step(self._step):
            for site, parameter in self._parameters_of(optimizer):
                self.read_update(parameter, site=site)
        self.finish_step()

    def _parameters_of(self, optimizer: Any) -> Iterator[tuple[str, Any]]:
        """Each with its site, which is looked for once; the parameter is kept with it."""
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                known, site = self._sites.get(id(parameter), (None, ""))
                if known is not parameter:
                    site = self._site_of(parameter)
                    self._sites[id(parameter)] = (parameter, site)
                yield site, parameter
