"""Run programs and note the shape of every tensor that they bind to a name.

    python benchmarks/bound_shapes.py FRAMEWORK PROGRAM OUT [PROGRAM OUT ...]

The framework is imported once; every program is run in a process that is forked from there.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType, FrameType

MOST_SHAPES = 12
MOST_LINES = 60_000
"""Lines of the program's that are run without another shape before it is stopped."""
Key = tuple[str, int, str]


def main() -> None:
    importlib.import_module(sys.argv[1])
    paths = [Path(each).absolute() for each in sys.argv[2:]]
    for path, out in zip(paths[::2], paths[1::2], strict=True):
        child = os.fork()
        if not child:
            _note_shapes(path, out)
            os._exit(0)
        os.waitpid(child, 0)


def _note_shapes(path: Path, out: Path) -> None:
    sys.argv = [str(path)]
    sys.path.insert(0, str(path.parent))
    watch = Watch(path.parent)
    sys.settrace(watch.entered)
    try:
        runpy.run_path(str(path), run_name="__main__")
    except BaseException as error:  # noqa: BLE001 - broken programs are looked at as well
        print(f"{path.name}: {type(error).__name__}")
    sys.settrace(None)
    rows = [[*key, sorted(shapes)] for key, shapes in watch.shapes.items()]
    out.write_text(json.dumps(rows), encoding="utf-8")


class Watch:
    """Notes names as lines of the program's own files have been run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.idle = 0
        self.shapes: dict[Key, set[tuple[int, ...]]] = {}
        self.names: dict[str, dict[int, list[tuple[int, str]]]] = {}
        self.last: dict[FrameType, int] = {}

    def entered(self, frame: FrameType, event: str, argument: Any) -> Any:
        del event, argument
        code: CodeType = frame.f_code
        if not code.co_filename.startswith(str(self.folder)) or code.co_name.startswith("<l"):
            return None
        for line, name in self._stores(code.co_filename).get(-code.co_firstlineno, ()):
            self._note(frame, line, name)
        return self.reached

    def reached(self, frame: FrameType, event: str, argument: Any) -> Any:
        del argument
        if event not in {"line", "return"}:
            return self.reached
        before = self.last.get(frame)
        for line, name in self._stores(frame.f_code.co_filename).get(before or 0, ()):
            self._note(frame, line, name)
        if event == "return":
            self.last.pop(frame, None)
        else:
            self.last[frame] = frame.f_lineno
            self._stop_at_last()
        return self.reached

    def _stop_at_last(self) -> None:
        self.idle += 1
        if self.idle > MOST_LINES:
            sys.settrace(None)
            raise SystemExit

    def _note(self, frame: FrameType, line: int, name: str) -> None:
        value = frame.f_locals.get(name)
        shape = getattr(value, "shape", None)
        try:
            sizes = tuple(-1 if size is None else int(size) for size in shape)  # type: ignore[union-attr]
        except (TypeError, ValueError):
            return
        if isinstance(value, type) or type(value).__name__ in {"DataFrame", "Series"}:
            return
        held = self.shapes.setdefault((self._file(frame), line, name), set())
        if len(held) < MOST_SHAPES and sizes not in held:
            held.add(sizes)
            self.idle = 0

    def _file(self, frame: FrameType) -> str:
        return Path(frame.f_code.co_filename).relative_to(self.folder).as_posix()

    def _stores(self, name: str) -> dict[int, list[tuple[int, str]]]:
        """The names that a line's statement binds; of a function's first line its parameters."""
        if name not in self.names:
            found: dict[int, list[tuple[int, str]]] = {}
            try:
                tree = ast.parse(Path(name).read_text(encoding="utf-8"))
            except (OSError, SyntaxError):
                tree = ast.Module([], [])
            for node in ast.walk(tree):
                _add(node, found)
            self.names[name] = found
        return self.names[name]


def _add(node: ast.AST, found: dict[int, list[tuple[int, str]]]) -> None:
    if isinstance(node, ast.FunctionDef):
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        found.setdefault(-first, []).extend((one.lineno, one.arg) for one in every)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.For):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [
            (one.lineno, one.id)
            for target in targets
            for one in ast.walk(target)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        ]
        lines = [node.lineno]
        if not isinstance(node, ast.For):
            lines = list(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        for line in lines:
            found.setdefault(line, []).extend(names)


if __name__ == "__main__":
    main()
