"""Keras' way of training in a dry run: inputs, `compile`, `fit`; losses in both frameworks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.losses import check_loss
from debugdiff.dryrun.operation import dtype_of
from debugdiff.dryrun.sizes import agree, sizes_of
from debugdiff.dryrun.values import (
    OPEN,
    UNKNOWN,
    Entries,
    Instance,
    Items,
    Layer,
    Library,
    Mismatch,
    Note,
    Plain,
    Routine,
    Tensor,
    Thing,
)
from debugdiff.source import api
from debugdiff.source.names import canonical

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from debugdiff.dryrun.values import Value

from debugdiff.dryrun.data import Data


class Training(Data):
    """What models are given, and what losses compare."""

    def compare(
        self, name: str, args: list[Value], kwargs: Mapping[str, Value], made: ast.AST
    ) -> None:
        known = api.known()[name]
        is_call = known.kind == "loss-call"
        names = known.names if is_call else _CALLED[name.partition(".")[0]]
        order = known.args if is_call else tuple(names.values())
        given = {**dict(zip(order, args, strict=False)), **kwargs}
        predicted, target = (given.get(names[side], UNKNOWN) for side in ("predictions", "targets"))
        if isinstance(predicted, Tensor) and isinstance(target, Tensor):
            self._check(name, known.labels, predicted, target, made)

    def lost(self, name: str, args: list[Value], kwargs: Mapping[str, Value]) -> Tensor:
        """What a loss gives: PyTorch's a number, a function of Keras' one for each row."""
        known = api.known()[name]
        if name.startswith("torch") or known.kind == "loss":
            return Tensor(sizes=())
        given = {**dict(zip(known.args, args, strict=False)), **kwargs}
        predicted = given.get(known.names.get("predictions", ""), UNKNOWN)
        sizes = predicted.sizes if isinstance(predicted, Tensor) else None
        return Tensor(sizes=None if sizes is None else sizes[:-1], dtype="float32")

    def _check(
        self, name: str, labels: str, predicted: Tensor, target: Tensor, made: ast.AST
    ) -> None:
        if labels == "other":
            return
        check_loss(name, labels, predicted, target, made)
        highest = target.highest.value
        if labels == "binary" and isinstance(highest, int | float) and highest > 1:
            self.notes += [Note("range", node, (highest,)) for node in target.typed]

    def keras_input(self, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST) -> Value:
        """`keras.Input(shape)`: a tensor whose batch is open."""
        shape = args[0] if args else kwargs.get("shape", UNKNOWN)
        sizes = sizes_of(shape)
        if sizes is None:
            return Tensor(formed=frozenset({node}))
        marked = [
            Plain(OPEN if one.value is None else one.value, one.made | {node}) for one in sizes
        ]
        said = kwargs.get("dtype")
        dtype = dtype_of(said) if said is not None else "float32"
        return Tensor(
            sizes=(Plain(OPEN, frozenset({node})), *marked), dtype=dtype, formed=frozenset({node})
        )

    def check_input(self, value: Value, wanted: Tensor) -> None:
        """What a Keras model is given has the shape that its input says."""
        if not isinstance(value, Tensor) or value.sizes is None or wanted.sizes is None:
            return
        if len(wanted.sizes) == len(value.sizes) + 1 and wanted.sizes[-1].number == 1:
            return  # Keras gives a row of numbers its second axis
        if len(value.sizes) != len(wanted.sizes):
            came = Plain(len(value.sizes), value.formed)
            raise Mismatch("axes", came, Plain(len(wanted.sizes), wanted.formed), value, wanted)
        for one, other in zip(value.sizes, wanted.sizes, strict=True):
            agree(one, other, value, wanted)

    def run_graph(self, thing: Thing, value: Value) -> Value:
        inputs, outputs = (thing.arguments.get(name, UNKNOWN) for name in ("inputs", "outputs"))
        by_name = isinstance(value, Entries) or isinstance(inputs, Entries)
        pairs = zip(_listed(value), _listed(inputs), strict=False)
        for given, wanted in () if by_name else pairs:
            if isinstance(wanted, Tensor):
                self.check_input(given, wanted)
        return outputs

    def instance_method(
        self,
        instance: Instance,
        name: str,
        args: list[Value],
        kwargs: Mapping[str, Value],
        node: ast.AST,
    ) -> Value:
        """A method that an object of the user's has from a library: `add_weight`, `fit`, `to`."""
        if name == "add_weight":
            shape = kwargs.get("shape", args[0] if args else UNKNOWN)
            sizes = sizes_of(shape)
            marked = (
                None
                if sizes is None
                else tuple(Plain(one.value, one.made | {node}) for one in sizes)
            )
            return Tensor(sizes=marked, dtype="float32", formed=frozenset({node}))
        if name == "register_buffer" and len(args) > 1 and isinstance(args[0], Plain):
            instance.attributes[str(args[0].value)] = args[1]
            return UNKNOWN
        if name in {"to", "cuda", "cpu", "train", "eval", "float", "requires_grad_", "apply"}:
            return instance
        return self.training(instance, name, args, kwargs)

    def layer_method(
        self, layer: Layer, name: str, args: list[Value], kwargs: Mapping[str, Value]
    ) -> Value:
        """A method of a layer: `model.add(...)`, `fit`, `to`."""
        if name in {"to", "cuda", "cpu", "train", "eval", "float", "requires_grad_", "apply"}:
            return layer
        if name == "add" and args:
            layer.inside.append(args[0])
            self.built(layer, layer.call)
        if name == "add_module" and len(args) > 1:
            layer.inside.append(args[1])
        if name == "append" and args:
            layer.inside.append(args[0])
        return self.training(layer, name, args, kwargs)

    def training(
        self,
        model: Layer | Instance | Thing,
        name: str,
        args: list[Value],
        kwargs: Mapping[str, Value],
    ) -> Value:
        """`compile`, `fit`, `evaluate` and `predict` of a Keras model."""
        held = model.attributes if isinstance(model, Instance) else model.arguments
        if name == "compile":
            loss = kwargs.get("loss", args[1] if len(args) > 1 else UNKNOWN)
            held["compiled loss"] = loss
        rows = args[0] if args else kwargs.get("x", UNKNOWN)
        target = args[1] if len(args) > 1 else kwargs.get("y", UNKNOWN)
        if name in {"fit", "evaluate", "train_on_batch"}:
            return self._fit(model, held.get("compiled loss", UNKNOWN), rows, target)
        if name in {"predict", "predict_on_batch"}:
            return self._predict(model, rows)
        return UNKNOWN

    def _predict(self, model: Layer | Instance | Thing, rows: Value) -> Value:
        """Predictions for all rows, as an array."""
        rows, _ = self._halves(rows, UNKNOWN)
        found = self.invoke(model, [_any_batch(rows)], {}, self.line.node)
        if not isinstance(found, Tensor) or not found.sizes:
            return found
        count = rows.sizes[0] if isinstance(rows, Tensor) and rows.sizes else Plain()
        return replace(found, sizes=(count, *found.sizes[1:]), is_array=True)

    def _halves(self, rows: Value, target: Value) -> tuple[Value, Value]:
        """Inputs and targets; of a data set or a generator, those of a batch."""
        if not isinstance(rows, Thing | Instance) and not (
            isinstance(rows, Items) and rows.is_open and not rows.is_tuple
        ):
            return rows, target
        batch = self.item_of(rows)
        if isinstance(batch, Items) and len(batch.items) > 1:
            return batch.items[0], batch.items[1]
        return batch, UNKNOWN

    def _fit(
        self, model: Layer | Instance | Thing, loss: Value, rows: Value, target: Value
    ) -> Value:
        rows, target = self._halves(rows, target)
        if isinstance(rows, Tensor) and isinstance(target, Tensor) and rows.sizes and target.sizes:
            agree(target.sizes[0], rows.sizes[0], target, rows)
        given, wanted = (_any_batch(value) for value in (rows, target))
        node = self.line.node
        step = self.method_of(model, "train_step") if isinstance(model, Instance) else None
        if step is not None:
            batch = given if wanted == UNKNOWN else Items([given, wanted], is_tuple=True)
            return self.run(step, [batch], {})
        predicted = self.invoke(model, [given], {}, node)
        if isinstance(loss, Routine):
            return self.run(loss, [wanted, predicted], {})
        name, made = _loss_of(loss, node)
        known = api.known().get(name)
        if (
            known is not None
            and known.kind == "loss"
            and isinstance(predicted, Tensor)
            and isinstance(wanted, Tensor)
        ):
            self._check(name, known.labels, predicted, wanted, made)
        return UNKNOWN


_CALLED = {
    "torch": {"predictions": "input", "targets": "target"},
    "keras": {"targets": "y_true", "predictions": "y_pred"},
}
"""The parameters of a loss that was made before, in their order."""


def _listed(value: Value) -> list[Value]:
    if isinstance(value, Items):
        return list(value.items)
    return list(value.entries.values()) if isinstance(value, Entries) else [value]


def _any_batch(value: Value) -> Value:
    """Rows in batches whose size is open, as `fit` cuts them."""
    if isinstance(value, Items):
        return Items([_any_batch(item) for item in value.items], value.is_open, value.is_tuple)
    if isinstance(value, Tensor) and value.sizes:
        return replace(value, sizes=(Plain(OPEN), *value.sizes[1:]))
    return value


def _loss_of(loss: Value, node: ast.AST) -> tuple[str, ast.AST]:
    """The canonical name of what a model was compiled with, and what made it."""
    match loss:
        case Thing(name=name, call=call):
            return name, call
        case Plain(value=str() as text, made=made):
            return api.stands_for("loss").get(text, ""), next(iter(made), node)
        case Library(name=name):
            return canonical(name), node
    return "", node
