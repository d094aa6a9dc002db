"""Other numbers: where a size is given that does not fit."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.values import Plain
from debugdiff.source.place import Place
from debugdiff.source.syntax import last_name
from debugdiff.suspects.repairs.repair import SMALL, Change, Repair, latest_first
from debugdiff.suspects.repairs.writing import operand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from debugdiff.dryrun import Mismatch
    from debugdiff.dryrun.values import Nodes, Value
    from debugdiff.source.program import File


def numbers(
    files: Mapping[ast.AST, File], mismatch: Mismatch, made: Nodes, *, is_wanted: bool
) -> Iterator[Repair]:
    """Another number at a constant, or as an argument of a layer that has a say."""
    tried: set[ast.AST] = set()
    for node in latest_first(files, made):
        for part in _sizes_in(node):
            if part in tried:
                continue
            tried.add(part)
            now = part.value if isinstance(part, ast.Constant) else None
            now = now if type(now) is int else None
            if not isinstance(part, ast.Constant):
                yield from _multiples(files[node], part, mismatch, is_wanted=is_wanted)
            for value in _values(mismatch, now):
                yield Repair(
                    place=Place(files[node], part),
                    change=Change.NUMBER,
                    what=f"`{value}` instead of `{ast.unparse(part)}`",
                    is_exact=now is None or now > SMALL or value in _meant(mismatch, now),
                    is_wanted=is_wanted,
                    text=str(value),
                    edits={part: becomes(value)},
                )


def _multiples(
    file: File, part: ast.expr, mismatch: Mismatch, *, is_wanted: bool
) -> Iterator[Repair]:
    """A size times what the two sides differ by: right also where the line is run several times."""
    came, wanted = mismatch.came.number, mismatch.wanted.number
    low, high = sorted((came or 0, wanted or 0))
    if mismatch.kind != "size" or not low or high % low or high == low:
        return
    factor = high // low
    for what, change in ((f"* {factor}", (factor, 1)), (f"// {factor}", (1, factor))):
        yield Repair(
            place=Place(file, part),
            change=Change.NUMBER,
            what=f"`{ast.unparse(part)} {what}`",
            text=f"{operand(file, part)} {what}",
            is_wanted=is_wanted,
            edits={part: _scaled_by(*change)},
        )


def _scaled_by(factor: int, divisor: int) -> Callable[[Value], Value]:
    def edit(before: Value) -> Value:
        if not isinstance(before, Plain) or before.number is None:
            return before
        return replace(before, value=before.number * factor // divisor)

    return edit


def becomes(value: int) -> Callable[[Value], Value]:
    return lambda before: Plain(value) if isinstance(before, Plain) else before


def _sizes_in(node: ast.AST) -> list[ast.expr]:
    """A number itself; of a call the arguments that may be sizes."""
    if isinstance(node, ast.Constant):
        return [node] if type(node.value) is int else []
    if isinstance(node, ast.Call) and last_name(node.func) == "size":
        return [node]
    if not isinstance(node, ast.Call):
        return []
    given = [
        *node.args,
        *(keyword.value for keyword in node.keywords if keyword.arg not in _NO_SIZES),
    ]
    spread = [
        part
        for value in given
        for part in (value.elts if isinstance(value, ast.Tuple | ast.List) else [value])
    ]
    return [
        part
        for part in spread
        if isinstance(
            part,
            ast.Name
            | ast.Attribute
            | ast.BinOp
            | ast.Subscript
            | ast.Constant
            | ast.Call
            | ast.UnaryOp,
        )
        and not _is_text(part)
    ]


_NO_SIZES = frozenset(
    {"activation", "name", "dtype", "bias", "use_bias", "dropout", "seed", "verbose"}
)


def _is_text(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and type(part.value) is not int


def _meant(mismatch: Mismatch, now: int) -> set[object]:
    """Numbers that come of the two sizes, not of trying: these, and what they differ by."""
    came, wanted = mismatch.came.number, mismatch.wanted.number
    found: set[object] = {came, wanted}
    for one, other in ((came, wanted), (wanted, came)):
        if one and other and now * one % other == 0:
            found.add(now * one // other)
    return found


def _values(mismatch: Mismatch, now: int | None) -> list[int]:
    """Numbers that may make two sizes the same; a small one, of a kernel, is moved a bit."""
    came, wanted = mismatch.came.number, mismatch.wanted.number
    found: dict[int, None] = {}
    is_small = now is not None and abs(now) <= SMALL
    if came is not None and wanted is not None:
        if not is_small or now in {came, wanted}:
            plain = [came + 1] if mismatch.kind == "range" else [came, wanted]
            found.update(dict.fromkeys(plain))
        if now:
            found.update(dict.fromkeys(_scaled(now, came, wanted)))
    if is_small:
        found.update(dict.fromkeys([1, 2, 3, 4]))
    return [value for value in found if value != now]


def _scaled(now: int, came: int, wanted: int) -> Iterator[int]:
    for one, other in ((came, wanted), (wanted, came)):
        if other and now * one % other == 0:
            yield now * one // other
        if now + one - other > 0:
            yield now + one - other
