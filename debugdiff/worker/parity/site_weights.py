"""Weights of a model by the sites of its case, in the form that all frameworks share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from debugdiff.model import Framework
from debugdiff.worker.parity.forms import LayoutError, Unit, from_shared, to_shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from debugdiff.worker.parity.training_step import Model

Weights = dict[str, dict[str, Any]]
"""Arrays in the shared form, by site and part."""


def kit_of(framework: Framework) -> Any:
    """The module that knows a framework."""
    if framework is Framework.PYTORCH:
        from debugdiff.worker.parity import pytorch_model  # noqa: PLC0415 - one framework

        return pytorch_model
    from debugdiff.worker.parity import keras_model  # noqa: PLC0415

    return keras_model


def units_of_sites(model: Model, holders: Mapping[str, str]) -> dict[str, Unit]:
    """Layers with weights, by site, of the sites whose layer the model has."""
    units = {unit.path: unit for unit in model.units()}
    return {site: units[path] for site, path in holders.items() if path in units}


def local_arrays(model: Model, unit: Unit) -> dict[str, Any]:
    """The arrays of one layer by its own names."""
    return {name: model.read(variable) for name, variable in unit.variables.items()}


def read_sites(model: Model, units: Mapping[str, Unit]) -> Iterator[tuple[str, str, Any]]:
    """Site, part and array of every weight, in the shared form."""
    for site, unit in units.items():
        for part, array in to_shared(unit.form, local_arrays(model, unit)).items():
            yield site, part, array


def write_sites(
    model: Model, units: Mapping[str, Unit], weights: Weights
) -> Iterator[tuple[str, str]]:
    """Give every layer its weights; yields site and clause where they do not fit."""
    for site, unit in units.items():
        try:
            fitting = from_shared(unit.form, weights.get(site, {}), local_arrays(model, unit))
        except LayoutError as error:
            yield site, f"the layer {error}"
            continue
        for name, array in fitting.items():
            model.write(unit.variables[name], array)


def save_weights(path: Path, weights: Mapping[tuple[str, str], Any]) -> None:
    """Write weights by site and part, without pickled objects; their names are `site|part`."""
    arrays = {f"{site}|{part}": array for (site, part), array in weights.items()}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_weights(path: Path) -> Weights:
    """What `save_weights` wrote."""
    weights: Weights = {}
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            site, _, part = name.partition("|")
            weights.setdefault(site, {})[part] = archive[name]
    return weights
