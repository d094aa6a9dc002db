"""Which stacks a run is to have: kinds, names and globs, and a Python for those without one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from debugdiff.errors import StackError
from debugdiff.execute import stack_versions
from debugdiff.model import Interpreter, Stack
from debugdiff.own_stacks.made import interpreter_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from debugdiff.own_stacks.declaring import DeclaredStack


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a run has as its stacks.

    Attributes:
        names: of the stacks; none: the run's defaults.
        interpreters: by name, the Pythons that are not debugdiff's own.
    """

    names: tuple[str, ...] = ()
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)


def chosen_stacks(
    texts: Sequence[str],
    pythons: Sequence[str],
    declared: Mapping[str, DeclaredStack],
    home: Path,
) -> Chosen:
    """The stacks of some names and globs.

    A stack that is declared under the name of a kind stands for that kind.

    Args:
        texts: names of kinds and of declared stacks, or globs. A glob leaves out kinds that are
            not installed.
        pythons: a Python for all chosen kinds (`PATH`), or for one (`KIND=PATH`).
        declared: what the user's files declare.
        home: the folder of the environments.

    Raises:
        StackError: a name is unknown, or an environment has not been made.
    """
    names = names_of(texts, declared)
    brought = _brought(pythons, [Stack(name) for name in names or Stack if name in set(Stack)])
    own = [name for name in declared if name in names or name in set(Stack)]
    made = {name: interpreter_of(declared[name], home) for name in own if name not in brought}
    return Chosen(names=names, interpreters={**made, **brought})


def names_of(texts: Sequence[str], declared: Mapping[str, DeclaredStack]) -> tuple[str, ...]:
    """The stacks that some names and globs mean, each once.

    Raises:
        StackError: one that means none.
    """
    known = tuple(dict.fromkeys([*map(str, Stack), *declared]))
    found: dict[str, None] = {}
    for text in texts:
        names = [text] if text in known else [name for name in known if fnmatchcase(name, text)]
        if not names:
            raise _unknown(text, known)
        found.update(dict.fromkeys(n for n in names if n == text or n in declared or _is_here(n)))
    return tuple(found)


def _is_here(kind: str) -> bool:
    return stack_versions(Stack(kind)) is not None


def _brought(texts: Sequence[str], kinds: Sequence[Stack]) -> dict[str, Interpreter]:
    """Pythons from the command line; one that is named for its kind goes over one for all."""
    found: dict[str, Interpreter] = {}
    for text in sorted(texts, key=_names_a_kind):
        kind, _, path = text.partition("=") if _names_a_kind(text) else ("", "", text)
        if not path:
            raise _no_python(text)
        for each in [Stack(kind)] if kind else kinds:
            found[each] = Interpreter(kind=each, python=path)
    return found


def _names_a_kind(text: str) -> bool:
    return text.partition("=")[0] in set(Stack)


def _no_python(text: str) -> StackError:
    return StackError(
        f"`{text}` does not name a Python.",
        hint=f"Write PATH, or KIND=PATH with a kind of: {', '.join(Stack)}.",
        slug="bad-interpreter",
    )


def _unknown(text: str, known: Sequence[str]) -> StackError:
    near = difflib.get_close_matches(text, known, n=3, cutoff=0.5)
    meant = f"Did you mean {', '.join(near)}? " if near else ""
    return StackError(
        f"No stack matches `{text}`.",
        hint=f"{meant}`debugdiff stacks list` shows all stacks.",
        slug="stack-unknown",
    )
