"""What the flow of values speaks of: parts of what an expression comes to, and what a call runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.source.bindings import Path
    from debugdiff.source.place import Place


@dataclass(frozen=True, slots=True)
class Value:
    """A part of what an expression comes to: `(1,)` is the second of a tuple, `*` an item."""

    place: Place
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """What a call runs.

    Attributes:
        kind: `library`, `function`, `class`, `layer` (a library's layer that was made before),
            `module` (an object of a user's class), `method` (of an object that is not the user's)
            or `unknown`.
        name: the canonical name of a library's function or layer, or a method's own name.
        function: the user's function that runs, if one does.
        made: the call that made the layer or the object; of a class, its definition.
    """

    kind: str
    name: str = ""
    function: Place | None = None
    made: Place | None = None
