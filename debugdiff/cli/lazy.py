"""A group whose commands are imported when they are called: `--help` needs only their summaries."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKUP: Literal["rich"] = "rich"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command by name: the module that has it as a function, or as an `app` of subcommands.

    Attributes:
        summary: the first sentence of its help; a test holds it to the command's own.
    """

    module: str
    name: str
    summary: str

    def load(self) -> Any:
        """The command itself."""
        module = import_module(f"debugdiff.cli.{self.module}")
        command = typer.main.get_command(self._application(module))
        command.name = self.name
        return command

    def stand_in(self) -> TyperCommand:
        """A command that can say what it is for, and nothing else."""
        return TyperCommand(self.name, help=self.summary, rich_markup_mode=MARKUP)

    def _application(self, module: Any) -> typer.Typer:
        if hasattr(module, "app"):
            application: typer.Typer = module.app
            return application
        application = typer.Typer(add_completion=False, rich_markup_mode=MARKUP)
        application.command(self.name)(getattr(module, self.name))
        return application


class LazyGroup(TyperGroup):
    """The commands of `entries`, in their order."""

    entries: ClassVar[Mapping[str, Entry]] = {}

    def __init__(self, **settings: Any) -> None:
        """Register the stand-ins, so that typer can say which command a typing error meant."""
        super().__init__(**settings)
        self.commands.update({name: each.stand_in() for name, each in self.entries.items()})

    def list_commands(self, ctx: Any) -> list[str]:
        """Names as they stand in the help."""
        del ctx
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in for the help; the command itself for completion of what follows it."""
        if ctx.resilient_parsing and cmd_name in self.entries:
            return self.entries[cmd_name].load()
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, imported now."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and self.entries[command.name or ""].load(), rest
