"""Write `docs/commands.md`, the reference of all commands, from the help of the commands.

python docs/commands.py
"""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from debugdiff.cli.app import app
from debugdiff.cli.help_text import option_groups
from debugdiff.cli.lazy import LazyCommand, load

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_suffix(".md")
_HEAD = """# Commands

<!-- written by `python docs/commands.py` from the commands' own help -->

Every command prints the same with `--help`.

"""


def page() -> str:
    """The whole page as Markdown."""
    root = typer.main.get_command(app)
    return _HEAD + "\n".join(_sections(root, typer.Context(root, info_name="debugdiff"))).strip()


def _sections(command: Any, context: Any) -> Iterator[str]:
    yield _section(command, context)
    if isinstance(command, TyperGroup):
        names = command.list_commands(context)
        # below the first level they stand in the order in which their modules were imported
        for name in sorted(names) if context.parent else names:
            part: Any = command.get_command(context, name)
            part = load(name) if isinstance(part, LazyCommand) else part
            if not part.hidden:
                yield from _sections(part, typer.Context(part, info_name=name, parent=context))


def _section(command: Any, context: Any) -> str:
    level = "#" * min(2 + context.command_path.count(" "), 4)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [
        f"{level} {context.command_path}",
        f"```text\n{usage}\n```",
        _prose(command.help or ""),
        *_tables(command, context),
        _prose(command.epilog or ""),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _prose(text: str) -> str:
    """Help as Markdown: lines that are indented are commands."""
    lines = text.replace("Examples:\n", "**Examples**\n").strip().splitlines()
    blocks = groupby(lines, key=lambda line: line.startswith("  "))
    return "\n\n".join(
        _commands(block) if indented else "\n".join(map(_escaped, block)).strip()
        for indented, block in ((indented, list(block)) for indented, block in blocks)
    )


def _commands(lines: list[str]) -> str:
    code = "\n".join(line.strip() for line in lines)
    return f"```console\n{code}\n```"


def _tables(command: Any, context: Any) -> Iterator[str]:
    """A table for each group of arguments and options, in the order of the help."""
    for title, records in option_groups(command, context).items():
        rows = [_row(*record) for record in records if not record[0].endswith("--help")]
        if rows:
            yield "\n".join((f"| {title} | |", "|---|---|", *rows))


def _row(names: str, text: str) -> str:
    names = names.replace("|", "\\|")
    return f"| `{names}` | {_escaped(text)} |"


def _escaped(text: str) -> str:
    """Text of a terminal as Markdown, which has other signs."""
    return re.sub(r"([<>|]|(?<!\*)\*(?!\*))", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
