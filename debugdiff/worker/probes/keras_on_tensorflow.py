"""How layer probes read TensorFlow: directly where it is eager, inside the graph where it is not.

In a `tf.function` Python runs once, while tracing. A value is read there by an operation that hands
it to Python whenever the graph runs. Such operations are stateful: TensorFlow runs them all, in the
order of the program, so that counting finished steps by one more of them is exact.

The gradient at a layer's output comes out of the program's own `tape.gradient` call, which is asked
for it besides the gradients the program wants. The forward pass is left exactly as it was, and
what is read is read from a copy wherever the graph's optimizer would notice the reader.
"""

from __future__ import annotations

import functools
import weakref
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.model import ValueKind
from debugdiff.worker.probes.losses import LOSS_SITE
from debugdiff.worker.probes.sites import shielded, tensors_in
from debugdiff.worker.probes.updates import Updates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.worker.patches import Patches
    from debugdiff.worker.probes.source_places import SourcePlaces
    from debugdiff.worker.probes.steps import StepCounter
    from debugdiff.worker.probes.value_log import ValueLog

SCALING_OPERATIONS = frozenset({"Mul", "RealDiv"})
"""What TensorFlow's optimizer merges with its like: `x * a / b` becomes one multiplication."""

OUTPUTS_REMEMBERED = 512
"""Outputs since the last optimizer step whose gradient is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    site: str
    tensor: Any


class TensorFlowReader:
    """Reads tensors of TensorFlow, of either kind, and watches its gradient tapes."""

    def __init__(
        self, log: ValueLog, counter: StepCounter, places: SourcePlaces, patches: Patches
    ) -> None:
        self.log = log
        self._patches = patches
        self._twins: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self._counter = counter
        self._places = places
        self._finished_steps = 0
        self._outputs: deque[_Output] = deque(maxlen=OUTPUTS_REMEMBERED)
        self._muted = 0
        self._has_compiled_graph = False
        self._updates = Updates(log)

    def install(self) -> None:
        """Watch gradient tapes, and what must not have a Python operation inside, from now on."""
        import keras  # noqa: PLC0415 - the framework is loaded by the host
        import tensorflow as tf  # noqa: PLC0415

        self._watch_tapes(tf)
        self._watch_compilation(tf)
        # These run a part of the program as one vectorised or exported piece.
        self._mute_during(tf, "vectorized_map")
        self._mute_during(tf.GradientTape, "jacobian")
        self._mute_during(tf.GradientTape, "batch_jacobian")
        self._mute_during(keras.Model, "export")
        if self._patches.temporary:
            self._mute_what_is_kept(tf)

    def read_output(self, name: str, output: Any) -> None:
        """Read every tensor of a layer's output, and remember it for the gradient there."""
        from tensorflow.python.eager import record  # noqa: PLC0415 - it has no public name

        for suffix, tensor in tensors_in(output, _is_tensor):
            site = name + suffix
            if _graph(tensor) is not None:
                self._places.note_symbol(name)
            self.read(tensor, site=site, kind=ValueKind.FORWARD)
            if _is_differentiable(tensor) and record.should_record_backprop([tensor]):
                self._outputs.append(_Output(site=site, tensor=tensor))

    def read(self, tensor: Any, *, site: str, kind: ValueKind) -> None:
        """Read one tensor, now or whenever its graph runs."""
        self._hand_over(tensor, functools.partial(self._keep, site=site, kind=kind))

    def read_parameter(self, parameter: Any, *, site: str) -> None:
        """Read a parameter before a step that changes it."""
        self._hand_over(parameter, functools.partial(self._keep_parameter, site=site))

    def read_update(self, parameter: Any, *, site: str) -> None:
        """Read by how much the step changed it: the graph reads a variable again after that."""
        self._hand_over(parameter, functools.partial(self._keep_update, site=site))

    def debug_mode(self) -> str:
        """Functions that run line by line, or operations that are checked one by one."""
        import tensorflow as tf  # noqa: PLC0415 - the framework is loaded by the host
        from tensorflow.python.debug.lib import (  # noqa: PLC0415 - it has no public name
            check_numerics_callback as checks,
        )

        if tf.config.functions_run_eagerly():
            return "run_functions_eagerly"
        checked = hasattr(checks._state, "check_numerics_callback")  # noqa: SLF001
        return "enable_check_numerics" if checked else ""

    def finish_step(self) -> None:
        """One optimizer step is done, now or whenever the graph gets there."""
        import tensorflow as tf  # noqa: PLC0415 - the framework is loaded by the host

        self._outputs.clear()
        if tf.executing_eagerly():
            self._count_step()
        elif not self._is_mute():
            tf.numpy_function(self._count_step, [], [], stateful=True)

    @property
    def _step(self) -> int:
        # A compiled graph cannot count here: the step counter is right again when it has run.
        return self._counter.step if self._has_compiled_graph else self._finished_steps

    def _hand_over(self, tensor: Any, keep: Any) -> None:
        import tensorflow as tf  # noqa: PLC0415 - the framework is loaded by the host

        dense = _dense(tf, tensor)
        if not tf.is_symbolic_tensor(dense):
            keep(dense)
        elif not self._is_mute():
            tf.numpy_function(keep, [_private_copy(tf, dense, {})], [], stateful=True)

    def _is_mute(self) -> bool:
        return bool(self._muted) or self._has_compiled_graph

    @shielded
    def _keep(self, value: Any, *, site: str, kind: ValueKind) -> None:
        self.log.read(value, site=site, kind=kind, step=self._step)

    @shielded
    def _keep_parameter(self, value: Any, *, site: str) -> None:
        self._updates.before(value, site=site, step=self._step)

    @shielded
    def _keep_update(self, value: Any, *, site: str) -> None:
        self._updates.after(value, site=site)

    @shielded
    def _keep_gradient(self, value: Any, *, site: str, from_last: int) -> None:
        """Give a gradient the call index of its output: so many calls before the last one."""
        step = self._step
        call = self.log.calls(site, ValueKind.FORWARD, step) - from_last
        if self.log.wants(step, call):
            self.log.add(value, site=site, kind=ValueKind.GRADIENT, step=step, call=call)

    def _count_step(self) -> None:
        self._finished_steps += 1

    # --- tapes -------------------------------------------------------------------------------

    def _watch_tapes(self, tf: Any) -> None:
        unconnected = tf.UnconnectedGradients.NONE
        with_losses = functools.partial(self._with_losses, unconnected)
        self._patches.replace(tf.GradientTape, "gradient", with_losses)

    def _with_losses(self, unconnected: Any, original: Any) -> Any:
        @functools.wraps(original)
        def gradient(
            tape: Any,
            target: Any,
            sources: Any,
            output_gradients: Any = None,
            unconnected_gradients: Any = unconnected,
        ) -> Any:
            self._read_losses(target, sources)
            outputs = self._outputs_before(target) or ()
            if not outputs:
                return original(tape, target, sources, output_gradients, unconnected_gradients)
            both = [sources, [output.tensor for output in outputs]]
            wanted, ours = original(tape, target, both, output_gradients, unconnected_gradients)
            self._read_gradients(outputs, ours)
            return wanted

        return gradient

    @shielded
    def _read_losses(self, target: Any, sources: Any) -> None:
        """A gradient with respect to data, such as a penalty's, does not start from the loss."""
        if any(True for _ in tensors_in(sources, _is_variable)):
            self._places.note_call(LOSS_SITE, None)
            for _, loss in tensors_in(target, _is_tensor):
                self.read(loss, site=LOSS_SITE, kind=ValueKind.LOSS)

    @shielded
    def _outputs_before(self, target: Any) -> Sequence[_Output]:
        """Outputs that may lie on the way to the target: those of the same graph."""
        _, first = next(tensors_in(target, _is_tensor))
        graph = _graph(first)
        return [output for output in self._outputs if _graph(output.tensor) is graph]

    @shielded
    def _read_gradients(self, outputs: Sequence[_Output], gradients: Sequence[Any]) -> None:
        remaining = Counter(output.site for output in outputs)
        for output, gradient in zip(outputs, gradients, strict=True):
            from_last = remaining[output.site]
            remaining[output.site] -= 1
            if gradient is not None:
                keep = functools.partial(self._keep_gradient, site=output.site, from_last=from_last)
                self._hand_over(gradient, keep)

    # --- where nothing may be put into the graph ---------------------------------------------

    def _watch_compilation(self, tf: Any) -> None:
        """A function compiles when it is called: Keras makes one per convolution, seldom used."""
        compiled = type(tf.function(lambda: None))
        for name in ("__call__", "get_concrete_function"):
            self._patches.replace(compiled, name, self._with_watch)

    def _with_watch(self, original: Any) -> Any:
        @functools.wraps(original)
        def watched(function: Any, *args: Any, **kwargs: Any) -> Any:
            if getattr(function, "_jit_compile", None):
                self._has_compiled_graph = True
                self.log.note("A graph compiled with XLA has no place to read values from.")
            return original(self._twin(function) or function, *args, **kwargs)

        return watched

    @shielded
    def _twin(self, function: Any) -> Any:
        """The same function without a graph yet: its own graph must not hold a reader afterwards.

        So the graphs that the program has stay as they are, and are read all the same.
        """
        if not self._patches.temporary or self._is_mute():
            return None
        twin = self._twins.get(function)
        if twin is None:
            twin = self._twins[function] = function._clone(None)  # noqa: SLF001 - no public way
        return twin

    def _mute_what_is_kept(self, tf: Any) -> None:
        """A pipeline of data and a graph that is handed out outlive a cell."""
        from tensorflow.python.data.ops import structured_function  # noqa: PLC0415 - no public name

        self._mute_during(structured_function.StructuredFunctionWrapper, "__init__")
        self._mute_during(type(tf.function(lambda: None)), "get_concrete_function")

    def _mute_during(self, owner: Any, name: str) -> None:
        self._patches.replace(owner, name, self._muted_during)

    def _muted_during(self, original: Any) -> Any:
        @functools.wraps(original)
        def muted(*args: Any, **kwargs: Any) -> Any:
            self._muted += 1
            try:
                return original(*args, **kwargs)
            finally:
                self._muted -= 1

        return muted


def _is_tensor(value: Any) -> bool:
    import tensorflow as tf  # noqa: PLC0415 - the framework is loaded by the host

    return isinstance(value, tf.Tensor | tf.SparseTensor | tf.RaggedTensor | tf.IndexedSlices)


def _is_variable(value: Any) -> bool:
    import keras  # noqa: PLC0415 - the framework is loaded by the host
    import tensorflow as tf  # noqa: PLC0415

    return isinstance(value, tf.Variable | keras.Variable)


def _is_differentiable(tensor: Any) -> bool:
    import tensorflow as tf  # noqa: PLC0415 - the framework is loaded by the host

    return isinstance(tensor, tf.Tensor) and (tensor.dtype.is_floating or tensor.dtype.is_complex)


def _graph(tensor: Any) -> Any:
    """The graph a tensor is a symbol of; `None` for a tensor with numbers."""
    import tensorflow as tf  # noqa: PLC0415 - the framework is loaded by the host

    return tensor.graph if tf.is_symbolic_tensor(tensor) else None


def _dense(tf: Any, tensor: Any) -> Any:
    """A plain tensor of the same values; the gradient of an embedding comes as slices."""
    if isinstance(tensor, tf.IndexedSlices):
        rows = tensor.dense_shape[0]
        return tf.math.unsorted_segment_sum(tensor.values, tensor.indices, rows)
    if isinstance(tensor, tf.SparseTensor):
        return tf.sparse.to_dense(tensor)
    if isinstance(tensor, tf.RaggedTensor):
        return tensor.to_tensor()
    return tf.convert_to_tensor(tensor)


def _private_copy(tf: Any, tensor: Any, copies: dict[Any, Any]) -> Any:
    """The same value from copies of the multiplications and divisions that it comes from.

    TensorFlow merges a scaling into the next one only if nobody else reads its result. A reader of
    the result itself would change the last bit of the program's own numbers; the reader of a copy
    does not. The attribute keeps the copy from being recognised as one.
    """
    operation = tensor.op
    if operation.type not in SCALING_OPERATIONS:
        return tensor
    if operation not in copies:
        copies[operation] = operation.graph.create_op(
            operation.type,
            [_private_copy(tf, source, copies) for source in operation.inputs],
            [output.dtype for output in operation.outputs],
            attrs={
                **operation.node_def.attr,
                "_debugdiff_copy": tf.compat.v1.AttrValue(b=True),
            },
            name="copy",
        )
    return copies[operation].outputs[tensor.value_index]
