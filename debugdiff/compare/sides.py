"""Which side is compared with which, and what both are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Framework, Mode, Stack, Style

if TYPE_CHECKING:
    from debugdiff.compare.pairs import Board, Side

_USUAL_STACKS = frozenset({Stack.PYTORCH, Stack.KERAS_TENSORFLOW})


def reference_of_side(side: Side, case: str, sides: Board) -> Side | None:
    """PyTorch in module style, else in any other; in the side's mode, else as it comes."""
    found = [
        other
        for other, measured in sides.items()
        if other.framework is Framework.PYTORCH and (not case or case in measured.programs)
    ]

    def rank(other: Side) -> tuple[bool, bool, bool]:
        return (
            other.style is not Style.MODULE,
            other.mode is not side.mode,
            other.mode is not (Mode.DEFAULT),
        )

    return min(found, key=rank, default=None)


def name_of_side(side: Side, case: str, sides: Board) -> str:
    """Its programs in a case; over all cases its framework and style."""
    name = " and ".join(sides[side].programs[case]) if case else _words(side, sides)
    usual = side.stack in _USUAL_STACKS and side.mode is Mode.DEFAULT
    return name if usual else f"{name} ({side.stack}, {side.mode})"


def _words(side: Side, sides: Board) -> str:
    """Framework and style; who owns the loop only where that tells two sides apart."""
    owners = {
        other.training
        for other in sides
        if (other.framework, other.style) == (side.framework, side.style)
    }
    words = f"{side.framework} {side.style}"
    return f"{words} {side.training.replace('_', ' ')}" if len(owners) > 1 else words
