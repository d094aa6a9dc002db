"""A request to run a user's own script, and whether the script can be run at all."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError, StackError
from debugdiff.model import Budget, Instrument, Job, Mode, ProbeChoice, Size, Stack
from debugdiff.notebooks import SUFFIX, NotebookError, read_notebook
from debugdiff.worker.versions import installed_versions, packages_of

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT_OUTPUT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRequest:
    """One run of a script.

    Attributes:
        path: the script, as the user named it.
        module: its name, if it runs as `python -m` would run it; see `path_of_module`.
        arguments: what stands behind `--`.
        stack: what it is to run on; `None`: what it loads. For Keras it decides the back end.
        instrument: `layers` or `none`; statement probes need an edited program.
        seconds: wall time from the script's first line; `None`: as long as it takes.
        memory: address space in bytes; 0: no limit.
        post_mortem: whether a post-mortem of a crash is kept: what the failing expressions held.
        keep: a folder for the tensors that the probes read; `None`: only statistics are kept.
        echo: whether its output also goes to our stderr, while it runs. It is kept in any case.
    """

    path: Path
    module: str = ""
    arguments: tuple[str, ...] = ()
    stack: Stack | None = None
    mode: Mode = Mode.DEFAULT
    instrument: Instrument = Instrument.LAYERS
    choice: ProbeChoice = field(default_factory=ProbeChoice)
    seconds: float | None = None
    memory: int = 0
    post_mortem: bool = False
    keep: Path | None = None
    echo: bool = False

    def check(self) -> None:
        """See that there is something to run.

        Raises:
            DebugdiffError: `script-missing`, `script-unreadable`.
            StackError: `stack-missing`.
        """
        _check_file(self.path)
        if self.stack is not None and installed_versions(self.stack) is None:
            raise StackError(
                f"The stack `{self.stack}` is not installed.",
                hint=f"Install with: pip install {' '.join(packages_of(self.stack))}",
                slug="stack-missing",
            )

    def job(self) -> Job:
        """The same for the worker. The stack in it counts only if one was asked for."""
        return Job(
            id="script",
            case_folder=str(self.path.absolute().parent),
            files={},
            program=str(self.path),
            stack=self.stack or Stack.PYTORCH,
            mode=self.mode,
            instrument=self.instrument,
            seed=0,
            size=Size.FULL,
            budget=Budget(seconds=self.seconds or 0.0, memory=self.memory, output=KEPT_OUTPUT),
            module=self.module,
            contract=False,
            arguments=self.arguments,
            choice=self.choice,
            post_mortem=self.post_mortem,
            keep=str(self.keep.absolute()) if self.keep else "",
        )


def path_of_module(name: str) -> tuple[Path, str]:
    """The file that `python -m NAME` would run from here, and the name that it has then.

    Nothing is imported for it.

    Raises:
        DebugdiffError: `module-missing`.
    """
    spec, folders = None, [str(Path.cwd()), *sys.path]
    for part in name.split("."):
        spec = _spec_below(part, folders)
        folders = _folders_of(spec)
    if folders:  # a package runs its `__main__`
        name, spec = f"{name}.__main__", _spec_below("__main__", folders)
    if spec is None or spec.origin is None:
        raise DebugdiffError(
            f"There is no module `{name}` here.",
            hint="Give the name that `python -m` would find from this folder: `-m package.module`.",
            slug="module-missing",
        )
    return Path(spec.origin), name


def _spec_below(part: str, folders: Sequence[str]) -> ModuleSpec | None:
    """By the last part of its name alone: of a dotted one Python would ask the loaded parents."""
    return PathFinder.find_spec(part, folders) if part and folders else None


def _folders_of(spec: ModuleSpec | None) -> list[str]:
    """Where the modules of a package lie; none for a module."""
    folders = (spec.submodule_search_locations if spec else None) or []
    return list(getattr(folders, "_path", folders))


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise _unreadable_script(path, "it is a folder", "Name the Python file that is to run.")
    if not path.is_file():
        raise DebugdiffError(
            f"There is no script `{path}`.", hint=_suggestion(path), slug="script-missing"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable_script(path, f"{error.strerror}", "Check its permissions.") from error
    if path.suffix == SUFFIX:
        _check_notebook(path, content)
    if b"\0" in content:
        hint = "Give a Python program, as you would give it to `python`."
        raise _unreadable_script(path, "it is not Python but binary data", hint)


def _check_notebook(path: Path, content: bytes) -> None:
    try:
        cells = read_notebook(content).cells
    except NotebookError as error:
        hint = "Give a notebook of Python cells as Jupyter saves it, or a Python program."
        raise _unreadable_script(path, str(error), hint) from error
    if not cells:
        raise _unreadable_script(path, "it has no code cell", "Save the notebook, then try again.")


def _unreadable_script(path: Path, reason: str, hint: str) -> DebugdiffError:
    return DebugdiffError(f"`{path}` cannot be run: {reason}.", hint=hint, slug="script-unreadable")


def _suggestion(path: Path) -> str:
    """A file of that folder with a name like it."""
    names = [file.name for file in path.parent.glob("*.py")] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=2, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(str(path.parent / name) for name in close)}?"
    return "Give the path of a Python file; arguments after `--` go to the script."
