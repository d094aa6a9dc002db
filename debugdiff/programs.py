"""Programs as text: the Python files of a folder, who imports whom, and which framework they reach.

Programs are parsed here, never imported.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from debugdiff.files import files_below, read_bytes
from debugdiff.model import Framework
from debugdiff.notebooks import SUFFIX, NotebookError, read_notebook
from debugdiff.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_FRAMEWORKS = {
    "keras": Framework.KERAS,
    "torch": Framework.PYTORCH,
    "tensorflow": Framework.KERAS,
}
"""Root module to framework; the first that a program reaches decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFile:
    """A Python file by its name below the case's folder; `problem` says why it cannot be used."""

    name: str
    source: str = ""
    tree: ast.Module = field(default_factory=lambda: ast.Module(body=[], type_ignores=[]))
    problem: str = ""


class Folder:
    """The Python files of a folder, read and parsed once, and who imports whom."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._programs: dict[str, ProgramFile] = {}

    def program(self, name: str) -> ProgramFile:
        """The file of that name; what keeps it from being used is its `problem`."""
        if name not in self._programs:
            self._programs[name] = _parse(self.root / name, name)
        return self._programs[name]

    def python_files(self) -> tuple[str, ...]:
        """Names below the folder, without what is hidden, compiled or a virtual environment."""
        paths = files_below(self.root, ".py", skip=_is_skipped)
        return tuple(sorted(path.relative_to(self.root).as_posix() for path in paths))

    def imported(self, program: ProgramFile) -> tuple[ProgramFile, ...]:
        """The files of this folder that a program imports itself."""
        base = PurePosixPath(program.name).parent
        found = {
            name
            for level, module in _imports(program.tree)
            for name in _module_files(base if level else PurePosixPath(), module)
            if os.path.isfile(self.root / name)  # noqa: PTH113 - `Path` fails at a name that is too long
        }
        return tuple(self.program(name) for name in sorted(found - {program.name}))

    def reached(self, program: ProgramFile) -> tuple[ProgramFile, ...]:
        """The files of this folder that a program imports, itself or through another one."""
        reached: dict[str, ProgramFile] = {}
        waiting = [program]
        while waiting:
            for found in self.imported(waiting.pop()):
                if found.name not in reached and found.name != program.name:
                    reached[found.name] = found
                    waiting.append(found)
        return tuple(reached.values())

    def framework(self, program: ProgramFile) -> Framework | None:
        """The framework that a program reaches by its imports."""
        trees = [found.tree for found in (program, *self.reached(program))]
        roots = {root for tree in trees for root in imported_roots(tree)}
        return next((kind for root, kind in _FRAMEWORKS.items() if root in roots), None)


def _is_skipped(folder: Path) -> bool:
    return folder.name.startswith((".", "__pycache__")) or (folder / "pyvenv.cfg").exists()


def read_source(path: Path) -> str:
    """The text of a program; of a notebook its cells, one below the other.

    Raises:
        OSError: it cannot be read.
        NotebookError, UnicodeDecodeError: it is none.
    """
    content = read_bytes(path)
    return read_notebook(content).text if path.suffix == SUFFIX else content.decode("utf-8-sig")


def _parse(path: Path, name: str) -> ProgramFile:
    try:
        source = read_source(path)
    except OSError as error:
        return ProgramFile(name=name, problem=f"it cannot be read: {error.strerror}")
    except NotebookError as error:
        return ProgramFile(name=name, problem=str(error))
    except UnicodeDecodeError as error:
        return ProgramFile(name=name, problem=f"it is not UTF-8 text: {error}")
    try:
        return ProgramFile(name=name, source=source, tree=parse(source))
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        return ProgramFile(name=name, source=source, problem=f"{line}{error.msg}")


def imported_roots(tree: ast.Module) -> set[str]:
    """The top-level modules that a module imports: `torch` for `from torch.nn import Linear`."""
    return {module.partition(".")[0] for _, module in _imports(tree)}


def reached_names(sources: Mapping[str, str], first: Iterable[str]) -> set[str]:
    """Of files that are held in memory, some and those that they import, also through others.

    Args:
        sources: name to text; names are what imports look for: `pkg/model.py`.
        first: names that the imports start from.
    """
    reached = set(first)
    waiting = list(reached)
    while waiting:
        name = waiting.pop()
        found = set(_imported_names(name, sources[name])) & sources.keys() - reached
        reached |= found
        waiting += found
    return reached


def _imported_names(name: str, source: str) -> Iterator[str]:
    """Where everything that a text imports may live."""
    around = (PurePosixPath(), *PurePosixPath(name).parents)
    try:
        imports = _imports(parse(source))
    except SyntaxError:
        return
    for level, module in imports:
        if level < len(around):
            yield from _module_files(around[level], module)


def imports_framework(source: str) -> bool:
    """Whether a text imports a framework itself; a text that does not parse imports nothing."""
    try:
        return not imported_roots(parse(source)).isdisjoint(_FRAMEWORKS)
    except SyntaxError:
        return False


@lru_cache(maxsize=32)
def _imports(tree: ast.Module) -> tuple[tuple[int, str], ...]:
    """Level (0 for an absolute import) and dotted name of everything that a module imports."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = f"{node.module}." if node.module else ""
            found += ((node.level, prefix + alias.name) for alias in node.names)
    return tuple(found)


def _module_files(base: PurePosixPath, module: str) -> Iterator[str]:
    """Where a dotted name may live: every prefix of it as a module or as a package."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        path = base.joinpath(*parts[:end])
        yield f"{path}.py"
        yield f"{path}/__init__.py"


def has_contract(program: ProgramFile) -> bool:
    """Whether the program has a `main` that takes `seed` and `size`."""
    return any(
        isinstance(node, ast.FunctionDef)
        and node.name == "main"
        and {"seed", "size"} <= {a.arg for a in (*node.args.args, *node.args.kwonlyargs)}
        for node in program.tree.body
    )
