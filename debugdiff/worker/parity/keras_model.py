"""A Keras model as the parity check sees it, on a back end that runs operations one by one."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from debugdiff.worker.parity.forms import Form, Recurrence, Unit
from debugdiff.worker.parity.shaken_metrics import each_tensor
from debugdiff.worker.parity.training_step import ALIGNED_EPSILON, PLAIN_RATE, ComingStep, Gradient
from debugdiff.worker.probes.keras_tree import layers_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.worker.parity.training_step import StepRecorder

_STATISTICS = frozenset({"moving_mean", "moving_variance"})
_DROPOUT = ("rate", "dropout", "recurrent_dropout")


class KerasModel:
    """A model with its variables."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @property
    def title(self) -> str:
        """What probes call the model itself."""
        return str(self._model.name)

    def paths(self) -> set[str]:
        """Paths of all layers, and of the operations of functional models."""
        return {path for path, _ in self._tree()}

    def is_built(self) -> bool:
        """Whether every layer has its variables: a subclassed model has them after its first call.

        A layer that cannot be built before its model is called says so itself.
        """
        return all(getattr(layer, "built", True) for _, layer in self._tree())

    @contextmanager
    def without_noise(self) -> Iterator[None]:
        """Let every dropout, also that inside recurrent layers, drop nothing; draw zeros."""
        for _, layer in self._tree():
            for name in _DROPOUT:
                if isinstance(vars(layer).get(name), float):
                    setattr(layer, name, 0.0)
        with _draw_zeros():
            yield

    @contextmanager
    def without_graph(self) -> Iterator[None]:
        """Let TensorFlow run functions as they are: a variable of a broken trace has no value."""
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        if keras.config.backend() != "tensorflow":
            yield
            return
        import tensorflow as tf  # noqa: PLC0415 - loaded by the host

        before = tf.config.functions_run_eagerly()
        tf.config.run_functions_eagerly(run_eagerly=True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(run_eagerly=before)

    def reseed(self, seed: int) -> None:
        """Let every random stream begin anew: the global one, and one of each random layer.

        Layers get the same seed, so that the order in which they were made does not show.
        """
        import keras  # noqa: PLC0415 - the framework is loaded by the host

        keras.utils.set_random_seed(seed)
        for _, layer in self._tree():
            for generator in getattr(layer, "_seed_generators", ()):
                generator.state.assign([seed, 0])

    def units(self) -> Iterator[Unit]:
        """Every layer with variables of its own; a recurrent layer has those of its cells."""
        whole = [(path, layer) for path, layer in self._tree() if _recurrence(layer) is not None]
        for path, layer in self._tree():
            holder = next((outer for outer, _ in whole if path.startswith(f"{outer}/")), None)
            if holder is not None:
                continue
            recurrence = _recurrence(layer)
            below = layers_below(layer) if recurrence else ()
            variables = dict(_named_variables([("", layer), *below]))
            if variables:
                yield Unit(
                    path=path,
                    form=_form(layer),
                    variables=variables,
                    recurrence=recurrence,
                )

    def is_trained(self, variable: Any) -> bool:
        """Whether the variable takes a gradient."""
        return bool(variable.trainable)

    def read(self, variable: Any) -> Any:
        """A copy of its value; zeros of one that was made in a trace which never ended."""
        array = _array(variable)
        shape = tuple(variable.shape)
        return array if array.shape == shape else np.zeros(shape, array.dtype)

    def write(self, variable: Any, value: Any) -> None:
        """Give it another value."""
        variable.assign(value)

    def _tree(self) -> list[tuple[str, Any]]:
        return [("", self._model), *layers_below(self._model)]


@contextmanager
def _draw_zeros() -> Iterator[None]:
    """Have normal draws return their mean, under the names by which programs ask for them."""
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    def zeros(shape: Any, mean: float = 0.0, stddev: float = 1.0, **options: Any) -> Any:  # noqa: ARG001 - a draw's own arguments
        return keras.ops.full(shape, mean, dtype=options.get("dtype") or keras.config.floatx())

    places = [keras.random]
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 - loaded by the host

        places.append(tf.random)
    kept = [place.normal for place in places]
    for place in places:
        place.normal = zeros
    yield
    for place, normal in zip(places, kept, strict=True):
        place.normal = normal


def _named_variables(layers: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for path, layer in layers:
        trained = getattr(layer, "_trainable_variables", ())
        others = getattr(layer, "_non_trainable_variables", ())
        for variable in (
            *trained,
            *(variable for variable in others if variable.name in _STATISTICS),
        ):
            yield (f"{path}/{variable.name}" if path else str(variable.name)), variable


def _form(layer: Any) -> Form:
    if _recurrence(layer) is not None:
        return Form.KERAS_RECURRENT
    is_own = not type(layer).__module__.startswith("keras.")
    return Form.CUSTOM if is_own else Form.NAMED


def _recurrence(layer: Any) -> Recurrence | None:
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    two_ways = isinstance(layer, keras.layers.Bidirectional)
    inner = layer.forward_layer if two_ways else layer
    if not isinstance(inner, keras.layers.RNN):
        return None
    return Recurrence(
        sequences=inner.return_sequences,
        directions=2 if two_ways else 1,
        cells=isinstance(inner, keras.layers.LSTM),
    )


adapt = KerasModel
"""A model of this framework as the parity check sees it."""


def start_afresh(seed: int) -> None:
    """Sow a seed, and let automatic names of layers begin from the start."""
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)


@contextmanager
def outputs_changed(change: Callable[[Any], Any]) -> Iterator[None]:
    """Let all floating-point arrays that leave an outermost layer pass through a function."""
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    original = keras.layers.Layer.__call__
    depth = 0

    def changed(tensor: Any) -> Any:
        if not _has_numbers(tensor) or not keras.backend.is_float_dtype(tensor.dtype):
            return tensor
        return keras.ops.convert_to_tensor(change(_array(tensor)))

    @functools.wraps(original)
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal depth
        depth += 1
        try:
            output = original(layer, *args, **kwargs)
        finally:
            depth -= 1
        return output if depth else each_tensor(output, changed)

    keras.layers.Layer.__call__ = call
    yield
    keras.layers.Layer.__call__ = original


def _has_numbers(tensor: Any) -> bool:
    """Whether it is a tensor with values: in a graph, of `tf.data` say, it has none."""
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    is_symbolic = False
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 - loaded by the host

        is_symbolic = tf.is_symbolic_tensor(tensor)
    return keras.ops.is_tensor(tensor) and not is_symbolic


def watch_optimizers(recorder: StepRecorder) -> None:
    """Call the recorder before and after every optimizer step."""
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    original = keras.optimizers.Optimizer.apply

    @functools.wraps(original)
    def apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
        recorder.hold()  # before gradients become arrays: in a graph they have no numbers
        variables = list(trainable_variables or optimizer._trainable_variables)  # noqa: SLF001
        gradients = list(grads)
        if recorder.is_recording:  # in a graph, gradients have no numbers
            recorder.before(_coming_step(optimizer, gradients, variables))
        result = original(optimizer, gradients, variables)
        recorder.after(variables)
        return result

    keras.optimizers.Optimizer.apply = apply


def _coming_step(optimizer: Any, gradients: list[Any], variables: list[Any]) -> ComingStep:
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    dense = [
        Gradient(variable=variable, array=_dense(gradient))
        for variable, gradient in zip(variables, gradients, strict=True)
        if gradient is not None
    ]
    config = optimizer.get_config()
    return ComingStep(
        gradients=dense,
        plain=lambda: _step(keras.optimizers.SGD(PLAIN_RATE), dense),
        aligned=lambda: _step(type(optimizer).from_config(_align_epsilon(config)), dense),
        settings=dict(_settings(config)),
    )


def _align_epsilon(config: dict[str, Any]) -> dict[str, Any]:
    """Keras adds epsilon before the bias correction: the same epsilon is a smaller number there."""
    if not {"epsilon", "beta_2"} <= config.keys():
        return config
    return {**config, "epsilon": ALIGNED_EPSILON * (1 - config["beta_2"]) ** 0.5}


def _settings(config: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in config.items():
        if isinstance(value, float):
            yield name, value


def _step(optimizer: Any, gradients: list[Gradient]) -> None:
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    tensors = [keras.ops.convert_to_tensor(gradient.array) for gradient in gradients]
    optimizer.apply(tensors, [gradient.variable for gradient in gradients])


def _dense(gradient: Any) -> Any:
    """An array; the slices of a sparse gradient are added up where a row occurs twice."""
    if hasattr(gradient, "dense_shape"):
        import tensorflow as tf  # noqa: PLC0415 - nothing else has such gradients

        gradient = tf.convert_to_tensor(gradient)
    return _array(gradient)


def _array(tensor: Any) -> Any:
    import keras  # noqa: PLC0415 - the framework is loaded by the host

    return keras.ops.convert_to_numpy(tensor).copy()
