"""An import that looks for its names in a module that does not have them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.offsets import Offsets

if TYPE_CHECKING:
    from debugdiff.model import Implementation

WRONG = {
    "torch.utils.data": "torch.utils",
    "torch.optim": "torch.nn.optim",
    "torch.nn.utils.rnn": "torch.nn.utils",
    "torch": "torch.nn",
    "keras": "keras.api",
    "keras.layers": "keras.layers.core",
    "keras.models": "keras.engine.training",
    "tensorflow.keras": "tensorflow.keras.api",
    "tensorflow.keras.layers": "tensorflow.keras.layers.core",
    "tensorflow.keras.models": "tensorflow.keras.engine.training",
    "tensorflow.keras.utils": "tensorflow.keras.preprocessing",
}
"""By module: one that has never had its names, or that was a path in another version."""

NOWHERE = frozenset(
    [
        "torch.optim",
        "keras.layers",
        "keras.models",
        "tensorflow.keras.layers",
        "tensorflow.keras.models",
    ]
)
"""Modules whose wrong one does not exist, so that importing it as a whole fails, too."""

GONE = {"torch": {"nn", "optim"}}
"""Names one of which is imported, where the wrong module has some of the others."""


class WrongModule:
    """Take the first import of the earliest module in the table from the wrong one."""

    missing = "this program imports nothing of the framework by the name of its module"

    def apply(self, source: str, implementation: Implementation) -> str | None:  # noqa: ARG002 - the protocol's
        imports = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
        for module, wrong in WRONG.items():
            for node in imports:
                if node.module == module and not node.level and _fails(node):
                    return _moved(source, node, module, wrong)
        for node in (part for part in ast.parse(source).body if isinstance(part, ast.Import)):
            module = node.names[0].name
            if module in NOWHERE and node.names[0].asname:
                return _moved(source, node, module, WRONG[module])
        return None


def _fails(node: ast.ImportFrom) -> bool:
    needed = GONE.get(node.module or "")
    return needed is None or any(alias.name in needed for alias in node.names)


def _moved(source: str, node: ast.ImportFrom | ast.Import, module: str, wrong: str) -> str:
    """The source with an import from another module."""
    start, end = Offsets(source).span(node)
    statement = source[start:end].replace(module, wrong, 1)
    return source[:start] + statement + source[end:]
