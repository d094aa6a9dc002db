"""How help looks: plain text, the same for every command, with the options in their groups.

rich would draw boxes around it, and takes longer to import than all that `--help` needs.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Function = TypeVar("Function", bound="Callable[..., Any]")

_LIST = re.compile(r"<list\[(.*)\]>")
_OTHERS = "Options"
_LONGEST_SUMMARY = 1_000


class Command(TyperCommand):
    """A command with such help."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """What it is for, with examples."""
        del ctx
        _write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Its arguments and options."""
        _write(option_groups(self, ctx), formatter)


class Group(TyperGroup):
    """A command with commands of its own."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """What they are for, with examples."""
        del ctx
        _write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Its options, then its commands."""
        _write(option_groups(self, ctx), formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Every command with the first sentence of its help, which is never cut."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [
            (name, command.get_short_help_str(_LONGEST_SUMMARY))
            for name, command in commands.items()
            if command is not None and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Application(typer.Typer):
    """A typer application all of whose commands have such help."""

    def __init__(self, **settings: Any) -> None:
        defaults: dict[str, Any] = {
            "cls": Group,
            "add_completion": False,
            "no_args_is_help": not settings.get("invoke_without_command", False),
        }
        super().__init__(rich_markup_mode=None, **(defaults | settings))

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Function], Function]:
        """Add a function as a command."""
        return super().command(name, cls=Command, **settings)


def option_groups(command: Any, context: Any) -> dict[str, list[tuple[str, str]]]:
    """Of each group of arguments and options the names and what they are for; others are last."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for group, names, text in sorted(_records(command, context), key=lambda at: at[0] == _OTHERS):
        groups.setdefault(group, []).append((_LIST.sub(r"<\1>", names), text))
    return groups


def _records(command: Any, context: Any) -> Iterator[tuple[str, str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            is_argument = isinstance(parameter, TyperArgument)
            group = parameter.rich_help_panel or ("Arguments" if is_argument else _OTHERS)
            yield (group, *record)


def _write_text(text: str, formatter: Any) -> None:
    r"""Paragraphs; the lines below `Examples:` stay as they are, for which `\b` stands."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(
            "\n\n".join(f"\b\n{each}" if "\n  " in each else each for each in paragraphs)
        )


def _write(groups: dict[str, list[tuple[str, str]]], formatter: Any) -> None:
    for title, rows in groups.items():
        with formatter.section(title):
            formatter.write_dl(rows)
