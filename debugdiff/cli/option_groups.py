"""Options that several commands share: the fields of a dataclass, which a command takes whole.

typer knows options only as parameters of a function. `takes_groups` gives it a function whose
parameters are the fields, and hands the instance to the command:

    @takes_groups
    def report(*, selection: Annotated[Selection, without("fresh")]) -> None: ...
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from debugdiff.cli.inputs import require_no_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a group a command has as options; the others keep their defaults."""

    names: frozenset[str] = frozenset()
    offered: bool = False

    def of(self, group: type) -> list[str]:
        """Their names, in the order of the group."""
        names = [field.name for field in fields(group)]
        unknown = self.names.difference(names)
        if unknown:
            raise AttributeError(f"{group.__name__} has no option {', '.join(sorted(unknown))}.")
        return [name for name in names if (name in self.names) is self.offered]


def only(*names: str) -> Fields:
    """These fields and no others."""
    return Fields(frozenset(names), offered=True)


def without(*names: str) -> Fields:
    """All fields but these."""
    return Fields(frozenset(names))


@dataclass(frozen=True, slots=True)
class _Group:
    """A parameter of a command that stands for several options."""

    kind: type
    names: list[str]

    def parameters(self) -> Iterable[inspect.Parameter]:
        hints = get_type_hints(self.kind, include_extras=True)
        signature = inspect.signature(self.kind)
        return (signature.parameters[name].replace(annotation=hints[name]) for name in self.names)

    def take(self, values: dict[str, Any]) -> Any:
        """The instance; its values are taken out of those of all options."""
        return self.kind(**{name: values.pop(name) for name in self.names})


def takes_groups(command: Command) -> Command:
    """The command as typer is to see it: every group among its parameters is its fields."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: group for name, hint in hints.items() if (group := _group_of(hint))}

    @functools.wraps(command)
    def run(**values: Any) -> None:
        require_no_input(values)
        made = {name: group.take(values) for name, group in groups.items()}
        command(**made, **values)

    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        single = (parameter.replace(annotation=hints[name]),)
        parameters += groups[name].parameters() if name in groups else single
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _group_of(hint: Any) -> _Group | None:
    """The group of `Selection` or `Annotated[Selection, only(...)]`; `None` for other types."""
    kind, *details = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return None
    chosen = next((detail for detail in details if isinstance(detail, Fields)), Fields())
    return _Group(kind, chosen.of(kind))
