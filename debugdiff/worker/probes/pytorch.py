"""Layer probes of PyTorch: global hooks, which PyTorch offers for exactly this.

A hook before a model's forward pass reads its inputs, one after each module's its outputs, a tensor
hook the gradient at an output; hooks around each optimizer step read parameters, their gradients,
and by how much they change (with a closure, after its first call: it makes the gradients); the loss
is what `backward` starts from. No value is changed and no random number is drawn, so that the run
stays bitwise the same.

`nn.MultiheadAttention` uses the weights of its `out_proj` without calling it, and fused paths such
as `nn.TransformerEncoder` in evaluation call none of their parts: there is no output to be seen.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any

from debugdiff.model import Mode, ValueKind
from debugdiff.worker.patches import Patches
from debugdiff.worker.probes.living import living
from debugdiff.worker.probes.losses import LOSS_SITE, PREDICTION_SITE, TARGET_SITE, TORCH_LOSSES
from debugdiff.worker.probes.settings import OPTIMIZER_SITE
from debugdiff.worker.probes.sites import SiteNames, shielded, tensors_in
from debugdiff.worker.probes.updates import Updates
from debugdiff.worker.probes.value_log import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from debugdiff.worker.probes.source_places import SourcePlaces
    from debugdiff.worker.probes.steps import StepCounter
    from debugdiff.worker.probes.value_log import ValueLog


class TorchLayerProbe:
    """Reads every module of a PyTorch program."""

    def __init__(
        self,
        log: ValueLog,
        counter: StepCounter,
        places: SourcePlaces,
        patches: Patches | None = None,
    ) -> None:
        self.log = log
        self._counter = counter
        self._places = places
        self._patches = patches or Patches()
        self._names = SiteNames(separator=".")
        self._parents: dict[int, tuple[weakref.ref[Any], weakref.ref[Any]]] = {}
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()
        self._updates = Updates(log)

    def install(self, mode: Mode) -> None:
        """Hook into PyTorch, until the patches are closed."""
        import torch  # noqa: PLC0415 - the framework is loaded by the host
        from torch.nn.modules import module  # noqa: PLC0415
        from torch.optim import optimizer  # noqa: PLC0415

        # A compiled program stops at the hook, as it does at a user's print.
        visible = torch.compiler.disable if mode is Mode.COMPILED else _as_it_is
        register = self._patches.register
        register(module.register_module_module_registration_hook, self._remember_parent)
        register(module.register_module_forward_pre_hook, visible(self._name_module))
        register(module.register_module_forward_hook, visible(self._read_output))
        register(optimizer.register_optimizer_step_pre_hook, visible(self._before_step))
        register(optimizer.register_optimizer_step_post_hook, visible(self._read_updates))
        watch_losses(self._read_losses, self._patches)
        for name, wants in TORCH_LOSSES.items():
            read = visible(functools.partial(self._read_loss_inputs, name, wants))
            self._patches.replace(torch.nn.functional, name, functools.partial(_call_before, read))
        self._places.watch_making(module.Module, self._patches)
        if self._patches.temporary:
            self._remember_parents(living(module.Module))

    def _remember_parents(self, modules: Iterable[Any]) -> None:
        """Of modules that were made before."""
        for parent in modules:
            for name, child in vars(parent).get("_modules", {}).items():
                self._remember_parent(parent, name, child)

    @shielded
    def _remember_parent(self, parent: Any, name: str, child: Any) -> None:  # noqa: ARG002 - hook
        if child is not None:
            self._parents.setdefault(id(child), (weakref.ref(child), weakref.ref(parent)))

    @shielded
    def _name_module(self, module: Any, inputs: Any) -> None:
        """Outer modules come first, so that the whole tree is named from its root."""
        name = self._names.get(module)
        reads = self.log.reads_step(self._counter.step)
        if name is not None and not reads:
            return
        if name is None:
            self._name_tree(self._root(module))
            name = self._names.get(module)
        if name is None:
            self._name_tree(module)
            name = self._names.get(module)
        self._places.note_call(name or type(module).__name__, module)
        if reads and self._reads_inputs(module):
            self._read_inputs(module, inputs)

    def _reads_inputs(self, module: Any) -> bool:
        """Of models; of all their parts where runs are compared. Those of a loss are read apart."""
        from torch.nn.modules.loss import _Loss  # noqa: PLC0415 - loaded by the host

        compared = self.log.keeps_tensors and not isinstance(module, _Loss)
        return compared or self._is_model(module)

    def _is_model(self, module: Any) -> bool:
        """Whether it is nobody's part, and has something to learn."""
        return self._root(module) is module and next(module.parameters(), None) is not None

    def _read_inputs(self, module: Any, inputs: Any) -> None:
        import torch  # noqa: PLC0415 - the framework is loaded by the host

        if torch.jit.is_tracing():
            return
        given = inputs[0] if len(inputs) == 1 else inputs
        for suffix, tensor in tensors_in(given, torch.is_tensor):
            site = f"{self._names.get(module)}{suffix}"
            self.log.read(tensor, site=site, kind=ValueKind.INPUT, step=self._counter.step)

    def _root(self, module: Any) -> Any:
        """The outermost module that this one was registered in, through any number of others."""
        seen = set()
        while id(module) not in seen:
            seen.add(id(module))
            child, parent = self._parents.get(id(module), (None, None))
            above = parent() if child is not None and child() is module and parent else None
            module = module if above is None else above
        return module

    def _name_tree(self, root: Any) -> None:
        # What `torch.compile` returns holds the user's model, whose paths are the ones to use.
        compiled = getattr(root, "_orig_mod", None)
        if compiled is not None:
            self._name_tree(compiled)
        self._names.set_tree(
            root,
            type(root).__name__,
            layers=((path, module) for path, module in root.named_modules() if path),
            parameters=root.named_parameters(),
        )

    @shielded
    def _read_output(self, module: Any, inputs: Any, output: Any) -> None:  # noqa: ARG002 - hook
        step = self._counter.step
        if not self.log.reads_step(step):
            return
        name = self._names.get(module) or type(module).__name__
        if module not in self._seen:
            self._seen.add(module)
            self._read_settings(module, name)
        read_outputs(self.log, output, name=name, step=step, patches=self._patches)

    @shielded
    def _read_settings(self, module: Any, name: str) -> None:
        kind = type(module).__name__
        self.log.settings.add(name, "type", kind)
        self.log.settings.add_activation(name, _ACTIVATION_TYPES.get(kind, kind))
        rate = getattr(module, "p" if "Dropout" in kind else "dropout", None)
        if isinstance(rate, float):
            self.log.settings.add(name, "rate", rate)
        own = module.parameters(recurse=False)
        self.log.settings.call(filter(None, map(self._names.get, own)))

    @shielded
    def _read_loss_inputs(self, loss: str, wants: str, *given: Any) -> None:
        if not self.log.reads_step(self._counter.step):
            return
        self._places.note_call(PREDICTION_SITE, None)
        self.log.settings.add(LOSS_SITE, "type", loss)
        self.log.settings.add(LOSS_SITE, "wants", wants)
        for site, tensor in zip((PREDICTION_SITE, TARGET_SITE), given, strict=False):
            self.log.read(tensor, site=site, kind=ValueKind.LOSS_INPUT, step=self._counter.step)

    @shielded
    def _read_losses(self, losses: Any) -> None:
        self._places.note_call(LOSS_SITE, None)
        read_losses(self.log, losses, step=self._counter.step)

    def _before_step(self, optimizer: Any, args: Any, kwargs: Any) -> tuple[Any, Any] | None:
        closure = kwargs.get("closure") or next(iter(args[1:]), None)
        if not callable(closure):
            self._read_parameters(optimizer)
            return None
        watched = _after_first_call(closure, functools.partial(self._read_parameters, optimizer))
        return (optimizer,), {"closure": watched}

    @shielded
    def _read_parameters(self, optimizer: Any) -> None:
        step = self._counter.step
        if not self.log.reads_step(step):
            return
        self._places.note_call(OPTIMIZER_SITE, None)
        self.log.settings.add(OPTIMIZER_SITE, "type", type(optimizer).__name__)
        rates = [float(group["lr"]) for group in optimizer.param_groups if "lr" in group]
        if rates:
            self.log.settings.add(OPTIMIZER_SITE, "learning_rate", max(rates))
        self._updates.before_all(list(self._readings(optimizer, step)))

    def _readings(self, optimizer: Any, step: int) -> Iterator[Reading]:
        """Each parameter of an optimizer, and its gradient where it has one."""
        for site, parameter in self._parameters(optimizer):
            self.log.settings.optimize(site)
            yield Reading(parameter, site, ValueKind.PARAMETER, step)
            if parameter.grad is not None:
                yield Reading(parameter.grad, site, ValueKind.PARAMETER_GRADIENT, step)

    @shielded
    def _read_updates(self, optimizer: Any, args: Any, kwargs: Any) -> None:  # noqa: ARG002 - hook
        if self._updates.is_waiting():
            self._updates.after_all(dict(self._parameters(optimizer)))

    def _parameters(self, optimizer: Any) -> Iterator[tuple[str, Any]]:
        """Each parameter of an optimizer with its site."""
        for group_index, group in enumerate(optimizer.param_groups):
            for index, parameter in enumerate(group["params"]):
                place = f"parameter[{group_index}][{index}]"
                yield self._parameter_name(parameter) or place, parameter

    def _parameter_name(self, parameter: Any) -> str | None:
        """Its path; a parameter of a model that was never called is searched for everywhere."""
        known = self._names.get(parameter)
        if known is None:
            for child, _ in list(self._parents.values()):
                module = child()
                if module is not None:
                    self._name_tree(self._root(module))
            known = self._names.get(parameter)
        return known


def read_outputs(log: ValueLog, output: Any, *, name: str, step: int, patches: Patches) -> None:
    """Read every tensor of a layer's output, and later the gradient that arrives there."""
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    if torch.jit.is_tracing():
        return
    for suffix, tensor in tensors_in(output, torch.is_tensor):
        site = name + suffix
        call = log.read(tensor, site=site, kind=ValueKind.FORWARD, step=step)
        if torch.is_grad_enabled() and tensor.is_floating_point() and not tensor.requires_grad:
            log.settings.add(site, "differentiable", "no")
        # A leaf would keep the hook for the whole run.
        if call is not None and tensor.requires_grad and tensor.grad_fn is not None:
            reader = _GradientReader(log, site=site, step=step, call=call)
            patches.register(tensor.register_hook, reader)


def read_losses(log: ValueLog, losses: Any, *, step: int) -> None:
    """Read what a backward pass starts from, and whether that pass is watched for anomalies."""
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    if torch.is_anomaly_enabled():
        log.settings.add_debug_mode("detect_anomaly")
    for _, loss in tensors_in(losses, torch.is_tensor):
        log.read(loss, site=LOSS_SITE, kind=ValueKind.LOSS, step=step)


def watch_losses(read: Callable[[Any], None], patches: Patches) -> None:
    """Have `read` called with whatever a backward pass starts from, before it starts."""
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    def watch_backward(backward: Any) -> Any:
        @functools.wraps(backward)
        def watched_backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            read(tensors)
            return backward(tensors, *args, **kwargs)

        return watched_backward

    def watch_grad(grad: Any) -> Any:
        @functools.wraps(grad)
        def watched_grad(outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            # A gradient with respect to data, such as a penalty's, does not start from the loss.
            if any(
                isinstance(value, torch.nn.Parameter)
                for _, value in tensors_in(inputs, torch.is_tensor)
            ):
                read(outputs)
            return grad(outputs, inputs, *args, **kwargs)

        return watched_grad

    patches.replace(torch.autograd, "backward", watch_backward)
    patches.replace(torch.autograd, "grad", watch_grad)


def _after_first_call(closure: Callable[[], Any], read: Callable[[], object]) -> Callable[[], Any]:
    """The same closure, with `read` called once it has made gradients for the first time."""
    waiting = [read]

    @functools.wraps(closure)
    def watched() -> Any:
        loss = closure()
        while waiting:
            waiting.pop()()
        return loss

    return watched


class _GradientReader:
    """A tensor hook: it knows which output it belongs to, and changes nothing."""

    def __init__(self, log: ValueLog, *, site: str, step: int, call: int) -> None:
        self.log = log
        self._site = site
        self._step = step
        self._call = call

    @shielded
    def __call__(self, gradient: Any) -> None:
        self.log.add(
            gradient, site=self._site, kind=ValueKind.GRADIENT, step=self._step, call=self._call
        )


_ACTIVATION_TYPES = {"LeakyReLU": "leaky_relu"}
"""Modules that are not called as their function; `nn.ReLU` is `relu` already."""


def _call_before(read: Callable[..., None], original: Any) -> Any:
    """Have `read` called with what a loss function is given, before it is."""

    @functools.wraps(original)
    def watched(*args: Any, **kwargs: Any) -> Any:
        read(*args, *(kwargs[name] for name in ("input", "target") if name in kwargs))
        return original(*args, **kwargs)

    return watched


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function
