"""What a Keras model consists of: its layers and operations, with the paths that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def _parts(operation: Any) -> Iterator[Any]:
    """What an operation directly consists of: layers, and the operations of a functional model."""
    yield from getattr(operation, "_layers", ())
    yield from getattr(operation, "operations", ())


def layers_below(root: Any) -> Iterator[tuple[str, Any]]:
    """Everything a model consists of, with its path, outer before inner, each once."""
    seen = {id(root)}
    waiting = [("", root)]
    while waiting:
        path, operation = waiting.pop(0)
        for part in _parts(operation):
            if id(part) not in seen:
                seen.add(id(part))
                below = f"{path}/{part.name}" if path else str(part.name)
                waiting.append((below, part))
                yield below, part


def holds(model: Any, operation: Any) -> bool:
    """Whether an operation is a part of a model, at any depth."""
    return any(part is operation for _, part in layers_below(model))


def parameters_of(layers: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The trainable variables that layers hold themselves, with their paths."""
    for path, layer in layers:
        for variable in getattr(layer, "_trainable_variables", ()):
            yield (f"{path}/{variable.name}" if path else str(variable.name)), variable
