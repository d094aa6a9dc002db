"""`debugdiff help`: of commands, of errors by their names, and the pages of the documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from debugdiff.cli import completion
from debugdiff.cli.console import page, print_result
from debugdiff.cli.lazy import LazyCommand, load
from debugdiff.errors import DebugdiffError
from debugdiff.files import read_text, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PASSAGE = re.compile(r"^### (?P<name>\S+)\n(?P<text>.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def help(  # noqa: A001 - the name of the command
    context: typer.Context,
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOPIC",
            help="A command, the name of an error, or a page that a message names.",
            show_default=False,
            autocompletion=completion.topics,
        ),
    ] = None,
) -> None:
    """Explain a command, an error, or a page of the documentation.

    An error prints its name in its last line.

    Examples:
      debugdiff help bugs check
      debugdiff help bad-size
      debugdiff help docs/metrics.md
    """
    print_result(_explained(topic or [], context.find_root()))


def _explained(topic: list[str], root: Any) -> str:
    name = " ".join(topic)
    passages, pages = _passages(), _pages()
    if name in passages:
        return _passage(name, passages[name])
    return read_text(pages[name]) if name in pages else _of_command(topic, root)


def known_topics(topic: list[str], root: Any) -> list[str]:
    """The words that may follow some others: `bugs` is followed by the commands of `bugs`."""
    others = () if topic else (*_passages(), *_pages())
    command, _ = _command(topic, root)
    return [*getattr(command, "commands", {}), *others]


def _pages() -> Mapping[str, Path]:
    return {f"docs/{file.name}": file for file in shipped("docs").glob("*.md")}


def _passages() -> Mapping[str, str]:
    """What is to be said of each error, by its name."""
    text = read_text(shipped("docs") / "errors.md")
    return {found["name"]: found["text"] for found in _PASSAGE.finditer(text)}


def _passage(name: str, text: str) -> str:
    from debugdiff.report.layout import STRONG, indented  # noqa: PLC0415 - not for `--help`
    from debugdiff.report.text import Text  # noqa: PLC0415

    paragraphs = [" ".join(each.split()) for each in _LINK.sub(r"\1", text).split("\n\n")]
    parts = (indented(Text(each)) for each in paragraphs if each)
    return page().write(Text(name, style=STRONG), *parts)


def _of_command(topic: list[str], root: Any) -> str:
    command, context = _command(topic, root)
    return str(command.get_help(context)) + "\n"


def _command(topic: list[str], root: Any) -> tuple[Any, Any]:
    """The command that the words lead to, from the first one on, with its context."""
    command: Any = root.command
    context = root
    for number, word in enumerate(topic):
        names = getattr(command, "commands", {})
        if word not in names:
            raise _unknown(word, known_topics(topic[:number], root))
        command = load(word) if isinstance(names[word], LazyCommand) else names[word]
        context = typer.Context(command, info_name=word, parent=context)
    return command, context


def _unknown(word: str, known: list[str]) -> DebugdiffError:
    from debugdiff.toml_tables import suggestion  # noqa: PLC0415 - not needed for `--help`

    return DebugdiffError(
        f"`{word}` is no command, no name of an error and no page.",
        hint=suggestion(word, known, "`debugdiff --help` lists the commands."),
        slug="help-unknown",
    )
