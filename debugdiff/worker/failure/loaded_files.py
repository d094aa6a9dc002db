"""Which files of the user's are loaded in this process, by the name that imports look for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Owner
from debugdiff.worker.failure.frames import owner_of
from debugdiff.worker.failure.source_lines import is_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from debugdiff.worker.workplace import Workplace

_MOST_FILES = 200
_OURS = f"{__name__.partition('.')[0]}."


def loaded_files(workplace: Workplace) -> dict[str, str]:
    """Path to name, the module that runs first: `pkg/model.py` wherever the package lies.

    Args:
        workplace: knows whose a file is.
    """
    found: dict[str, str] = {}
    for name, file in _modules():
        if len(found) < _MOST_FILES and file not in found and is_users_file(file, workplace):
            found[file] = name
    return found


def is_users_file(file: str, workplace: Workplace) -> bool:
    """Whether it is a file that can be read as source, and the user's own."""
    return owner_of(file, workplace) is Owner.USER and is_source(file)


def _modules() -> Iterator[tuple[str, str]]:
    # Where the user works in a checkout of debugdiff, its own files lie in the user's folder.
    named = sorted(
        each for each in list(sys.modules) if type(each) is str and not each.startswith(_OURS)
    )
    for name in ("__main__", *named):
        module = sys.modules.get(name)
        file = vars(module).get("__file__") if isinstance(module, type(sys)) else None
        if type(file) is str and file.endswith(".py"):
            path = Path(file).absolute()
            yield _file_name(name, module, path), str(path)


def _file_name(name: str, module: ModuleType | None, path: Path) -> str:
    """The file that imports of the module look for, relative to where packages lie."""
    if name == "__main__":
        spec = vars(module).get("__spec__")
        name = getattr(spec, "name", "")
    if not name:
        return path.name
    below = name.replace(".", "/")
    return f"{below}/__init__.py" if path.name == "__init__.py" else f"{below}.py"
