"""Commands that are imported when they are called: `--help` needs only their summaries."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import typer

from debugdiff.cli.help_text import Application, Command, Group

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(Group):
    """The commands of `summaries`, in their order; each has the module of its name."""

    summaries: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **settings: Any) -> None:
        """Register the commands, so that typer can say which one a typing error meant."""
        super().__init__(**settings)
        for name, summary in self.summaries.items():
            self.add_command(LazyCommand(name, help=summary))


class LazyCommand(Command):
    """A command that can say what it is for, and is replaced when its arguments are parsed."""

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """The context of the command itself, which parses what stands behind the name."""
        return load(str(self.name)).make_context(*arguments, **settings)


def load(name: str) -> Any:
    """A command: the function or the `app` in the module of its name."""
    module = import_module(f"debugdiff.cli.{name}")
    command = typer.main.get_command(getattr(module, "app", None) or _application(module, name))
    command.name = name
    return command


def _application(module: Any, name: str) -> Application:
    application = Application(no_args_is_help=False)
    application.command(name)(getattr(module, name))
    return application
