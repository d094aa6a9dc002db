"""Options that commands share: the fields of a dataclass, which comes back as one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from debugdiff.cli.option_groups import only, takes_groups, without


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    colour: Annotated[str, typer.Option("--colour", help="Which colour.")] = "red"
    coats: Annotated[int, typer.Option("--coats", min=1, help="How many coats.")] = 1
    glossy: Annotated[bool, typer.Option("--glossy", help="Whether it shines.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ThickPaint(Paint):
    coats: Annotated[int, typer.Option("--coats", min=1, help="How many coats.")] = 3


def run(command: object, *arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


@takes_groups
def whole(*, wall: str = "north", paint: Paint) -> None:
    """Paint a wall."""
    typer.echo(f"{wall} {paint}")


def test_the_fields_of_a_group_are_options_and_arrive_as_one_object() -> None:
    assert run(whole, "--coats", "2", "--glossy", "--wall", "east") == (
        0,
        f"east {Paint(coats=2, glossy=True)}\n",
    )


def test_the_limits_and_the_help_of_a_field_are_those_of_its_option() -> None:
    assert run(whole, "--coats", "0")[0] == 2
    status, text = run(whole, "--help")
    assert status == 0
    assert "Paint a wall." in text
    assert text.index("--wall") < text.index("--colour") < text.index("--coats")


def test_a_command_takes_a_part_of_a_group_and_the_rest_keeps_its_default() -> None:
    @takes_groups
    def chosen(*, paint: Annotated[ThickPaint, only("colour")]) -> None:
        typer.echo(str(paint))

    @takes_groups
    def rest(*, paint: Annotated[ThickPaint, without("colour")]) -> None:
        typer.echo(str(paint))

    assert run(chosen, "--colour", "blue") == (0, f"{ThickPaint(colour='blue')}\n")
    assert run(chosen, "--coats", "2")[0] == 2
    assert run(rest, "--coats", "2") == (0, f"{ThickPaint(coats=2)}\n")
    assert run(rest, "--colour", "blue")[0] == 2


def test_an_option_that_a_group_does_not_have_is_refused_at_once() -> None:
    def misspelt(*, paint: Annotated[Paint, without("color")]) -> None:
        del paint

    with pytest.raises(AttributeError, match="Paint has no option color"):
        takes_groups(misspelt)


def test_two_groups_with_an_option_of_the_same_name_are_refused_at_once() -> None:
    def twice(*, first: Paint, second: ThickPaint) -> None:
        del first, second

    with pytest.raises(ValueError, match="duplicate parameter name"):
        takes_groups(twice)
