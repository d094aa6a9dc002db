"""Notices when a program has loaded a framework, without loading it first."""

from __future__ import annotations

import contextlib
import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

from debugdiff.worker.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class ImportWatch(MetaPathFinder):
    """Calls back right after a watched module has been executed for the first time.

    The module keeps the loader that Python would have given it. A callback must not raise.
    """

    def __init__(self, callbacks: Mapping[str, Callable[[str], None]]) -> None:
        self._waiting = dict(callbacks)

    def install(self, patches: Patches | None = None) -> None:
        """Watch from now on; for modules that are loaded already it calls back at once."""
        sys.meta_path.insert(0, self)
        (patches or Patches()).undo_with(self._leave)
        for name in [name for name in self._waiting if name in sys.modules]:
            self._waiting.pop(name)("")

    def _leave(self) -> None:
        self._waiting.clear()
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of the other finders, with a loader that calls back when it is done."""
        if fullname not in self._waiting:
            return None
        spec = self._spec_of_others(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self._prepare(spec.loader, fullname, _importing_file())
        return spec

    def _spec_of_others(self, *question: Any) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec: ModuleSpec | None = finder.find_spec(*question)
                if spec is not None:
                    return spec
        return None

    def _prepare(self, loader: Any, name: str, importer: str) -> None:
        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            loader.exec_module(module)
            callback = self._waiting.pop(name, None)
            if callback is not None:
                callback(importer)

        with contextlib.suppress(AttributeError):
            loader.exec_module = exec_module


def _importing_file() -> str:
    """The file whose statement is importing, below the import system's own frames."""
    frame: Any = sys._getframe(2)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return "" if frame is None else str(frame.f_code.co_filename)
