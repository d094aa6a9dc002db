"""The table of what layers and functions take and give: `shapes.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.source import api

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).with_name("shapes.toml")
_SAME = frozenset({"activation", "dropout", "normalisation", "adapted"})


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Form:
    """How the sizes of a layer come out.

    Attributes:
        form: the function of `layers.py`.
        axes: how many axes a window slides along.
        ranks: how many axes an input may have; empty for any number.
        least: how many axes an input has at least.
        args: parameters by position, where `api.toml` has none.
        states: how many states a recurrent layer has.
    """

    form: str
    axes: int = 0
    ranks: tuple[int, ...] = ()
    least: int = 0
    args: tuple[str, ...] = ()
    states: int = 0


@cache
def _table() -> Mapping[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


@cache
def forms() -> Mapping[str, Form]:
    """Every layer of the table by its canonical name."""
    return {name: _form(entry) for name, entry in _table()["layers"].items()}


def _form(entry: Mapping[str, Any]) -> Form:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Form(**values)


def form_of(name: str) -> Form | None:
    """What is known of a layer; one that only scales gives what it takes."""
    found = forms().get(name)
    known = api.known().get(name)
    if found is None and known is not None and known.kind in _SAME:
        return Form(form="same")
    return found


def is_known(name: str) -> bool:
    """Whether the tables have a canonical name."""
    return name in forms() or name in api.known()


def api_of(name: str) -> api.Api:
    """A layer's arguments."""
    known = api.known().get(name)
    if known is not None and known.args:
        return known
    form = forms().get(name)
    return api.Api(
        name=name, kind=known.kind if known else "shaping", args=form.args if form else ()
    )


@cache
def operation_of(name: str) -> str:
    """How the result of a function or method comes out; empty for one that is not known."""
    names = {each: form for form, every in _table()["operations"].items() for each in every}
    return str(names.get(name, ""))
