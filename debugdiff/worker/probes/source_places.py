"""Where in the user's files a layer was made, and where it is called."""

from __future__ import annotations

import contextlib
import functools
import sys
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from debugdiff.model import Location, Owner, SitePlace
from debugdiff.worker.failure.frames import is_autograph, owner_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from debugdiff.worker.patches import Patches
    from debugdiff.worker.workplace import Workplace


_Lines = dict[int, tuple[weakref.ref[Any], Location | None]]
"""Lines by the identity of a layer, which is asked for before one is used."""


class SourcePlaces:
    """Collects a `SitePlace` per site by walking the stack: once per layer and once per site.

    Args:
        workplace: knows which files are the user's; `None`: nobody asks, and there are no lines.
    """

    def __init__(self, workplace: Workplace | None = None) -> None:
        self._workplace = workplace
        self._users: dict[str, bool] = {}
        self._made: _Lines = {}
        self._symbolic: _Lines = {}
        self._places: dict[str, SitePlace] = {}
        self._symbols: set[str] = set()

    def places(self) -> tuple[SitePlace, ...]:
        """The sites in the order of their first call."""
        return tuple(
            replace(place, symbolic=True) if site in self._symbols else place
            for site, place in self._places.items()
        )

    def watch_making(self, owner: type, patches: Patches) -> None:
        """Have every instance of a class remember the line that constructs it.

        `__new__` has returned when `__init__` runs: no trace of a failing constructor shows it.
        """
        if "__new__" in vars(owner):
            patches.replace(owner, "__new__", lambda _: staticmethod(self._new_of(owner)))
        elif patches.temporary:
            patches.replace(owner, "__init__", self._with_note)
        else:
            owner.__new__ = self._new_of(owner)  # type: ignore[method-assign]

    def _with_note(self, original: Any) -> Any:
        @functools.wraps(original)
        def init(made: Any, *args: Any, **kwargs: Any) -> None:
            self._note(self._made, made)
            original(made, *args, **kwargs)

        return init

    def _new_of(self, owner: type) -> Callable[..., Any]:
        following: Callable[..., Any] | None = vars(owner).get("__new__")

        def new(kind: type, *args: Any, **kwargs: Any) -> Any:
            if following is not None:
                made = following(kind, *args, **kwargs)
            else:
                above: Any = super(owner, kind).__new__  # type: ignore[arg-type]
                made = above(kind) if above is object.__new__ else above(kind, *args, **kwargs)
            self._note(self._made, made)
            return made

        return new

    def note_call(self, site: str, layer: object | None) -> None:
        """The layer of a site is being called; `None` for a site that is no layer."""
        if site not in self._places:
            symbolic = _of(self._symbolic, layer)
            self._places[site] = SitePlace(
                site=site,
                kind="" if layer is None else _qualified_name(type(layer)),
                made=_of(self._made, layer),
                called=symbolic or self._innermost(),
                symbolic=symbolic is not None,
            )

    def note_symbol(self, site: str) -> None:
        """What the site held while the user's lines ran was a symbol of a graph."""
        self._symbols.add(site)

    def note_symbolic_call(self, layer: object) -> None:
        """A layer is called while a functional model is put together: that call is the user's."""
        self._note(self._symbolic, layer)

    def _note(self, lines: _Lines, layer: object) -> None:
        """The first time counts."""
        key = id(layer)
        if key not in lines:
            with contextlib.suppress(TypeError):  # a class without weak references
                reference = weakref.ref(layer, lambda _: lines.pop(key, None))
                lines[key] = (reference, self._innermost(made=layer))

    def _innermost(self, made: object | None = None) -> Location | None:
        """The innermost line of the user's own that is running, outside of what is being made."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - `inspect` costs too much
        while frame is not None:
            code = frame.f_code
            if self._is_users(code.co_filename) and not _constructs(frame, made):
                return self._line(code.co_filename, frame.f_lineno, code.co_name)
            if is_autograph(code.co_filename):
                return self._line_behind_autograph()
            frame = frame.f_back
        return None

    def _line_behind_autograph(self) -> Location | None:
        """AutoGraph runs a copy; TensorFlow itself knows which line the copy stands for."""
        from tensorflow.python.util import tf_stack  # noqa: PLC0415 - it has no public name

        for frame in reversed(tf_stack.extract_stack()):
            if self._is_users(frame.filename):
                return self._line(frame.filename, frame.lineno, frame.name)
        return None

    def _is_users(self, file: str) -> bool:
        known = self._users.get(file)
        if known is None:
            known = self._workplace is not None and owner_of(file, self._workplace) is Owner.USER
            self._users[file] = known
        return known

    def _line(self, file: str, line: int, function: str) -> Location:
        assert self._workplace is not None  # else no file is the user's
        return Location(file=self._workplace.as_seen_by_user(file), line=line, function=function)


def _of(lines: _Lines, layer: object) -> Location | None:
    reference, line = lines.get(id(layer), (None, None))
    return line if reference is not None and reference() is layer else None


def _constructs(frame: FrameType, made: object | None) -> bool:
    """Whether a frame is a constructor of this very object."""
    code = frame.f_code
    if made is None or code.co_name != "__init__" or not code.co_argcount:
        return False
    return frame.f_locals.get(code.co_varnames[0]) is made


def _qualified_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
