"""A PyTorch model as the parity check sees it."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from debugdiff.worker.parity.forms import Form, Recurrence, Unit
from debugdiff.worker.parity.shaken_metrics import each_tensor
from debugdiff.worker.parity.training_step import ALIGNED_EPSILON, PLAIN_RATE, ComingStep, Gradient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from debugdiff.worker.parity.training_step import StepRecorder

_SETTINGS = {"lr": "learning_rate", "eps": "epsilon", "alpha": "rho"}


class TorchModel:
    """A module with its parameters."""

    def __init__(self, module: Any) -> None:
        self._module = module

    @property
    def title(self) -> str:
        """What probes call the model itself."""
        return type(self._module).__name__

    def paths(self) -> set[str]:
        """Paths of all modules."""
        return {path for path, _ in self._module.named_modules(remove_duplicate=False)}

    def is_built(self) -> bool:
        """Whether every parameter has its shape."""
        import torch  # noqa: PLC0415 - the framework is loaded by the host

        lazy = torch.nn.parameter.is_lazy
        return not any(lazy(parameter) for parameter in self._module.parameters())

    @contextmanager
    def without_noise(self) -> Iterator[None]:
        """Let every dropout, also that between recurrent layers, drop nothing; draw zeros."""
        import torch  # noqa: PLC0415 - the framework is loaded by the host

        for module in self._module.modules():
            if isinstance(module, torch.nn.modules.dropout._DropoutNd):  # noqa: SLF001 - no other
                module.p = 0.0
            elif isinstance(module, torch.nn.RNNBase | torch.nn.MultiheadAttention):
                module.dropout = 0.0
        functional = torch.nn.functional
        kept = functional.dropout, torch.randn_like, torch.randn
        functional.dropout = lambda values, *_args, **_kwargs: values
        torch.randn_like, torch.randn = torch.zeros_like, torch.zeros
        yield
        functional.dropout, torch.randn_like, torch.randn = kept

    def without_graph(self) -> AbstractContextManager[None]:
        """Nothing to do: PyTorch makes what it needs at once."""
        return nullcontext()

    def reseed(self, seed: int) -> None:
        """Let every random stream begin anew: PyTorch has one."""
        start_afresh(seed)

    def units(self) -> Iterator[Unit]:
        """Every module with parameters or statistics of its own; a shared parameter counts once."""
        seen: set[int] = set()
        for path, module in self._module.named_modules():
            buffers = (
                (name, buffer)
                for name, buffer in module.named_buffers(recurse=False)
                if name in {"running_mean", "running_var"}
            )
            own = (*module.named_parameters(recurse=False), *buffers)
            variables = {name: variable for name, variable in own if id(variable) not in seen}
            seen.update(map(id, variables.values()))
            if variables:
                yield Unit(
                    path=path,
                    form=_form(module),
                    variables=variables,
                    recurrence=_recurrence(module),
                )

    def is_trained(self, variable: Any) -> bool:
        """Whether the variable is a parameter that takes a gradient."""
        return bool(variable.requires_grad)

    def read(self, variable: Any) -> Any:
        """A copy of its value."""
        return variable.detach().cpu().numpy().copy()

    def write(self, variable: Any, value: Any) -> None:
        """Give it another value."""
        import torch  # noqa: PLC0415 - the framework is loaded by the host

        with torch.no_grad():
            variable.copy_(torch.from_numpy(value.copy()))


def _form(module: Any) -> Form:
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    nn = torch.nn
    norms = (nn.LayerNorm, nn.GroupNorm, nn.modules.batchnorm._NormBase, nn.RMSNorm)  # noqa: SLF001
    if isinstance(module, nn.RNNBase):
        return Form.TORCH_RECURRENT
    if isinstance(module, nn.Embedding | nn.EmbeddingBag):
        return Form.TORCH_EMBEDDING
    if isinstance(module, nn.modules.conv._ConvNd):  # noqa: SLF001 - no public name
        return Form.TORCH_CONVOLUTION
    if isinstance(module, nn.Linear):
        return Form.TORCH_LINEAR
    return Form.TORCH_NORMALISATION if isinstance(module, norms) else Form.CUSTOM


def _recurrence(module: Any) -> Recurrence | None:
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    if not isinstance(module, torch.nn.RNNBase):
        return None
    return Recurrence(
        batch_first=module.batch_first,
        directions=2 if module.bidirectional else 1,
        cells=isinstance(module, torch.nn.LSTM),
    )


adapt = TorchModel
"""A model of this framework as the parity check sees it."""


def start_afresh(seed: int) -> None:
    """Sow a seed."""
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    torch.manual_seed(seed)


@contextmanager
def outputs_changed(change: Callable[[Any], Any]) -> Iterator[None]:
    """Let all floating-point arrays that leave an outermost module pass through a function."""
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    depth = 0

    def changed(tensor: Any) -> Any:
        if not torch.is_tensor(tensor) or not tensor.is_floating_point():
            return tensor
        return torch.from_numpy(change(tensor.detach().cpu().numpy())).to(tensor.device)

    def enter(*_: Any) -> None:
        nonlocal depth
        depth += 1

    def leave(_module: Any, _inputs: Any, output: Any) -> Any:
        nonlocal depth
        depth -= 1
        return output if depth else each_tensor(output, changed)

    modules = torch.nn.modules.module
    hooks = (
        modules.register_module_forward_pre_hook(enter),
        modules.register_module_forward_hook(leave, always_call=True),
    )
    yield
    for hook in hooks:
        hook.remove()


def watch_optimizers(recorder: StepRecorder) -> None:
    """Call the recorder before and after every optimizer step."""
    from torch.optim import optimizer as optimizers  # noqa: PLC0415 - the framework is loaded

    def before(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        recorder.hold()
        recorder.before(_coming_step(optimizer))

    optimizers.register_optimizer_step_pre_hook(before)
    optimizers.register_optimizer_step_post_hook(
        lambda optimizer, _args, _kwargs: recorder.after(_parameters(optimizer))
    )


def _coming_step(optimizer: Any) -> ComingStep:
    gradients = [
        Gradient(variable=parameter, array=_dense(parameter.grad))
        for parameter in _parameters(optimizer)
        if parameter.grad is not None
    ]
    return ComingStep(
        gradients=gradients,
        plain=lambda: _plain_step([gradient.variable for gradient in gradients]),
        aligned=lambda: _aligned_step(optimizer),
        settings=dict(_settings(optimizer.param_groups[0])),
    )


def _plain_step(parameters: list[Any]) -> None:
    import torch  # noqa: PLC0415 - the framework is loaded by the host

    torch.optim.SGD(parameters, lr=PLAIN_RATE).step()


def _aligned_step(optimizer: Any) -> None:
    """PyTorch's gradients are dense already, and its epsilon stands where the aligned one does."""
    groups = [group for group in optimizer.param_groups if {"eps", "betas"} <= group.keys()]
    kept = [group["eps"] for group in groups]
    for group in groups:
        group["eps"] = ALIGNED_EPSILON
    optimizer.step()
    for group, epsilon in zip(groups, kept, strict=True):
        group["eps"] = epsilon
    optimizer.state.clear()  # it is the first step: there was none


def _settings(group: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in group.items():
        if name == "betas":
            yield from zip(("beta_1", "beta_2"), map(float, value), strict=True)
        elif isinstance(value, float):
            yield _SETTINGS.get(name, name), value


def _parameters(optimizer: Any) -> list[Any]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _dense(gradient: Any) -> Any:
    plain = gradient.detach()
    return (plain.to_dense() if plain.is_sparse else plain).cpu().numpy().copy()
