"""Layer probes of Keras, which has no hooks: its `Layer.__call__` is wrapped instead.

A site is called by the path of names from the model down, without the model itself. Parts that a
recurrent or time-distributed layer calls once per time step are no sites: they run inside a loop
of the back end. Calls that only work out shapes while a model is built are not values.

Values are read by the back end's reader: TensorFlow inside the graph, PyTorch by its own hooks. On
JAX only what is concrete can be read: outside of what JAX compiles or differentiates.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from debugdiff.model import ValueKind
from debugdiff.worker.patches import Patches
from debugdiff.worker.probes.keras_tree import holds, layers_below, parameters_of
from debugdiff.worker.probes.living import living
from debugdiff.worker.probes.losses import (
    LOSS_SITE,
    PREDICTION_SITE,
    TARGET_SITE,
    input_kind_of_keras_loss,
)
from debugdiff.worker.probes.settings import OPTIMIZER_SITE
from debugdiff.worker.probes.sites import SiteNames, shielded, tensors_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.worker.probes.source_places import SourcePlaces
    from debugdiff.worker.probes.steps import StepCounter
    from debugdiff.worker.probes.value_log import ValueLog


class Reader(Protocol):
    """How the tensors of one back end are read."""

    def install(self) -> None:
        """Patch what has to be patched in the back end."""

    def read_output(self, name: str, output: Any) -> None:
        """Read every tensor of a layer's output, and the gradient there if it can be had."""

    def read(self, tensor: Any, *, site: str, kind: ValueKind) -> None:
        """Read one tensor."""

    def read_parameter(self, parameter: Any, *, site: str) -> None:
        """Read a parameter before a step that changes it."""

    def read_update(self, parameter: Any, *, site: str) -> None:
        """Read by how much the step changed it."""

    def debug_mode(self) -> str:
        """What turns on a mode for debugging in the back end; empty if none is on."""

    def finish_step(self) -> None:
        """One optimizer step is done."""


class KerasLayerProbe:
    """Reads every layer of a Keras program."""

    def __init__(
        self,
        log: ValueLog,
        counter: StepCounter,
        places: SourcePlaces,
        patches: Patches | None = None,
    ) -> None:
        self.log = log
        self._places = places
        self._patches = patches or Patches()
        self._names = SiteNames(separator="/")
        self._models: list[weakref.ref[Any]] = []
        self._active: list[Any] = []
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()
        self._loops = 0
        self._reader = _reader(log, counter, places, self._patches, self._site_of_value)

    def install(self) -> None:
        """Wrap Keras' calls, until the patches are closed."""
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        self._reader.install()
        self._places.watch_making(keras.Operation, self._patches)
        self._watch_models(keras)
        self._watch_layers(keras)
        self._watch_operations(keras)
        self._watch_optimizers(keras)
        self._watch_losses(keras)

    # --- what is wrapped -----------------------------------------------------------------------

    def _watch_models(self, keras: Any) -> None:
        if self._patches.temporary:
            self._models.extend(map(weakref.ref, living(keras.Model)))
        self._patches.replace(keras.Model, "__new__", self._with_model)

    def _with_model(self, original: Any) -> Any:
        @functools.wraps(original)
        def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
            model = original(cls, *args, **kwargs)
            self._models.append(weakref.ref(model))
            return model

        return staticmethod(new)

    def _watch_layers(self, keras: Any) -> None:
        looping = (keras.layers.RNN, keras.layers.TimeDistributed)
        with_reading = functools.partial(self._with_reading, looping)
        self._patches.replace(keras.layers.Layer, "__call__", with_reading)

    def _with_reading(self, looping: tuple[type, ...], original: Any) -> Any:
        # AutoGraph goes by a function's module for whose code it is: `wraps` keeps it Keras' own.
        @functools.wraps(original)
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            loop = isinstance(layer, looping)
            if not self._active:
                self._read_inputs(layer, (*args, *kwargs.values()))
            self._active.append(layer)
            self._loops += loop
            try:
                output = original(layer, *args, **kwargs)
            finally:
                self._loops -= loop
                self._active.pop()
            self._read_output(layer, output, (*args, *kwargs.values()))
            return output

        return call

    def _watch_operations(self, keras: Any) -> None:
        """A functional model keeps `keras.ops` functions as operations of its own."""

        def with_reading(original: Any) -> Any:
            @functools.wraps(original)
            def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
                output = original(operation, *args, **kwargs)
                if not isinstance(operation, keras.layers.Layer):
                    self._read_output(operation, output, (*args, *kwargs.values()))
                return output

            return call

        self._patches.replace(keras.Operation, "__call__", with_reading)

    def _watch_optimizers(self, keras: Any) -> None:
        self._patches.replace(keras.optimizers.Optimizer, "apply", self._with_updates)

    def _with_updates(self, original: Any) -> Any:
        @functools.wraps(original)
        def apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
            if trainable_variables is not None:
                trainable_variables = list(trainable_variables)
            self._read_parameters(optimizer, grads, trainable_variables)
            result = original(optimizer, grads, trainable_variables)
            self._read_updates(optimizer, trainable_variables)
            self._finish_step(grads)
            return result

        return apply

    def _watch_losses(self, keras: Any) -> None:
        self._patches.replace(keras.losses.Loss, "__call__", self._with_loss_inputs)

    def _with_loss_inputs(self, original: Any) -> Any:
        @functools.wraps(original)
        def call(loss: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            self._read_loss_inputs(loss, y_true, y_pred)
            return original(loss, y_true, y_pred, sample_weight)

        return call

    # --- what is read --------------------------------------------------------------------------

    @shielded
    def _read_inputs(self, model: Any, given: Any) -> None:
        """What a whole model is called with; a lone input has no index."""
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        if not isinstance(model, keras.Model) or _is_working_out_shapes():
            return
        tensors = list(tensors_in(given[0], keras.ops.is_tensor)) if given else []
        if any(True for _ in tensors_in(given, keras.utils.is_keras_tensor)):
            return
        # Its tree is named later: a model that is not built yet has no parameters to name.
        name = self._names.get(model) or str(model.name)
        for suffix, tensor in tensors:
            self._reader.read(tensor, site=name + suffix, kind=ValueKind.INPUT)

    @shielded
    def _read_loss_inputs(self, loss: Any, target: Any, prediction: Any) -> None:
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        if _is_working_out_shapes():
            return
        function = getattr(loss, "fn", None)
        options = getattr(loss, "_fn_kwargs", {})
        name = getattr(function, "__name__", type(loss).__name__)
        wants = input_kind_of_keras_loss(name, from_logits=bool(options.get("from_logits")))
        self._places.note_call(PREDICTION_SITE, None)
        self.log.settings.add(LOSS_SITE, "type", name)
        self.log.settings.add(LOSS_SITE, "wants", wants)
        for site, given in ((PREDICTION_SITE, prediction), (TARGET_SITE, target)):
            for suffix, tensor in tensors_in(given, keras.ops.is_tensor):
                self._reader.read(tensor, site=site + suffix, kind=ValueKind.LOSS_INPUT)

    @shielded
    def _read_output(self, operation: Any, output: Any, given: tuple[Any, ...]) -> None:
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        symbolic = any(True for _ in tensors_in(output, keras.utils.is_keras_tensor))
        if symbolic:
            self._places.note_symbolic_call(operation)
        elif not (self._loops or _is_working_out_shapes()):
            site = self._site(operation)
            self._places.note_call(site, operation)
            if operation not in self._seen:
                self._seen.add(operation)
                self._read_settings(operation, site)
            is_model = isinstance(operation, keras.Model) and not self._active
            if self.log.keeps_tensors and not is_model:
                self._read_given(site, given)
            self._reader.read_output(site, output)

    def _read_given(self, site: str, given: tuple[Any, ...]) -> None:
        """What a layer was called with: the inputs of a whole model were read before."""
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        inputs = given[0] if len(given) == 1 else given
        for suffix, tensor in tensors_in(inputs, keras.ops.is_tensor):
            self._reader.read(tensor, site=site + suffix, kind=ValueKind.INPUT)

    @shielded
    def _read_settings(self, operation: Any, site: str) -> None:
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        kind = type(operation).__name__
        self.log.settings.add(site, "type", kind)
        # The output of a recurrent layer is not that of its activation function.
        activation = getattr(operation, "activation", None)
        if not isinstance(operation, keras.layers.RNN):
            self.log.settings.add_activation(site, getattr(activation, "__name__", kind))
        rate = getattr(operation, "rate" if "Dropout" in kind else "dropout", None)
        if isinstance(rate, float):
            self.log.settings.add(site, "rate", rate)
        own = getattr(operation, "_trainable_variables", ())
        self.log.settings.call(filter(None, map(self._names.get, own)))

    @shielded
    def _read_parameters(self, optimizer: Any, gradients: Any, variables: Any) -> None:
        if variables is None:
            variables = optimizer._trainable_variables  # noqa: SLF001 - what `apply` itself takes
        self._read_optimizer(optimizer)
        for variable, gradient in zip(variables, gradients, strict=False):
            site = self._parameter_site(variable)
            self.log.settings.optimize(site)
            self._reader.read_parameter(getattr(variable, "value", variable), site=site)
            if gradient is not None:
                self._reader.read(gradient, site=site, kind=ValueKind.PARAMETER_GRADIENT)

    @shielded
    def _read_updates(self, optimizer: Any, variables: Any) -> None:
        if variables is None:
            variables = optimizer._trainable_variables  # noqa: SLF001 - what `apply` itself takes
        for variable in variables:
            value = getattr(variable, "value", variable)
            self._reader.read_update(value, site=self._parameter_site(variable))

    @shielded
    def _read_optimizer(self, optimizer: Any) -> None:
        self._places.note_call(OPTIMIZER_SITE, None)
        self.log.settings.add(OPTIMIZER_SITE, "type", type(optimizer).__name__)
        self.log.settings.add(OPTIMIZER_SITE, "learning_rate", _learning_rate(optimizer))
        mode = self._debug_mode()
        if mode:
            self.log.settings.add_debug_mode(mode)

    def _debug_mode(self) -> str:
        """What the program asked for: a loop of its own without a graph is no such mode."""
        models = (reference() for reference in self._models)
        if any(getattr(model, "run_eagerly", False) for model in models):
            return "run_eagerly"
        return self._reader.debug_mode()

    @shielded
    def _finish_step(self, gradients: Any) -> None:
        # `apply` does nothing at all, and counts nothing, when it is given nothing.
        if len(gradients):
            self._reader.finish_step()

    # --- what things are called ----------------------------------------------------------------

    def _parameter_site(self, variable: Any) -> str:
        return self._names.get(variable) or str(getattr(variable, "path", variable.name))

    def _site_of_value(self, value: Any) -> str:
        """The site of a parameter that an optimizer of the back end was given."""
        for reference in self._models:
            model = reference()
            for variable in () if model is None else model.trainable_variables:
                if variable.value is value:
                    return self._parameter_site(variable)
        return "parameter"

    def _site(self, operation: Any) -> str:
        name = self._names.get(operation)
        if name is None:
            outermost = self._active[0] if self._active else operation
            for root in (self._root(operation), outermost, operation):
                self._name_tree(root)
                name = self._names.get(operation)
                if name is not None:
                    break
        return name or str(operation.name)

    def _root(self, operation: Any) -> Any:
        """The outermost of all models made so far that the operation is a part of."""
        models = [model for model in (reference() for reference in self._models) if model]
        holders = [model for model in models if holds(model, operation)]
        for holder in holders:
            if not any(holds(other, holder) for other in holders if other is not holder):
                return holder
        return operation

    def _name_tree(self, root: Any) -> None:
        nodes = list(layers_below(root))
        self._names.set_tree(
            root,
            str(root.name),
            layers=nodes,
            parameters=parameters_of([("", root), *nodes]),
        )


def _reader(
    log: ValueLog,
    counter: StepCounter,
    places: SourcePlaces,
    patches: Patches,
    site_of: Callable[[Any], str],
) -> Reader:
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    backend = keras.backend.backend()
    if backend == "tensorflow":
        from debugdiff.worker.probes.keras_on_tensorflow import TensorFlowReader  # noqa: PLC0415

        return TensorFlowReader(log, counter, places, patches)
    if backend == "torch":
        from debugdiff.worker.probes.keras_on_torch import TorchReader  # noqa: PLC0415

        return TorchReader(log, places, site_of, patches)
    from debugdiff.worker.probes.keras_on_jax import JaxReader  # noqa: PLC0415

    return JaxReader(log, counter)


def _learning_rate(optimizer: Any) -> float:
    """The rate of the next step, also while a graph is being traced."""
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    if keras.backend.backend() != "tensorflow":
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    import tensorflow as tf  # noqa: PLC0415 - the back end is loaded by the host

    with tf.init_scope():
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def _is_working_out_shapes() -> bool:
    from keras.src.backend.common.symbolic_scope import (  # noqa: PLC0415 - it has no public name
        in_symbolic_scope,
    )

    return bool(in_symbolic_scope())
