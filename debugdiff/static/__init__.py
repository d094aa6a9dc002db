"""What can be measured of a program without running it: R1-R5, legacy metrics, executable lines.

Sources are read with the standard library's `ast`: every metric is defined on the unparsed,
docstring-free program, where layout and comments are gone and nothing has to be put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from debugdiff.model import StaticMetrics

OWN_MODULES = frozenset({"dataset"})
"""Modules that belong to a case and not to a library: the shared data file of a case folder."""


def measure(source: str, *, own_modules: Collection[str] = OWN_MODULES) -> StaticMetrics:
    """Measure one Python source; it may have no functions, or be empty.

    Args:
        source: the text of the file.
        own_modules: top-level modules whose names are the program's own and not a library's.

    Raises:
        SyntaxError: the source does not parse; `lineno` says where. The caller knows the file.
    """
    from debugdiff.static.measurement import measure_source  # noqa: PLC0415 (radon, late)

    return measure_source(source, frozenset(own_modules))


def count_logical_lines(source: str) -> int:
    """R1 of a whole source, the same as `measure(source).whole.lloc` at a fraction of the time.

    Raises:
        SyntaxError: the source does not parse.
    """
    from debugdiff.source.normal import without_docstrings  # noqa: PLC0415
    from debugdiff.static.legacy import logical_lines  # noqa: PLC0415 (radon, late)
    from debugdiff.syntax import parse  # noqa: PLC0415

    return logical_lines(without_docstrings(parse(source)).body)


def lines_of_model(source: str, *, own_modules: Collection[str] = OWN_MODULES) -> frozenset[int]:
    """The lines of a source that belong to its model, as R1-R5 of the part `model` count them.

    Raises:
        SyntaxError: the source does not parse.
    """
    from debugdiff.source.names import resolver  # noqa: PLC0415 (as late as the rest)
    from debugdiff.static.parts import split  # noqa: PLC0415
    from debugdiff.static.surface import read_definitions  # noqa: PLC0415
    from debugdiff.syntax import parse  # noqa: PLC0415

    tree = parse(source)
    parts = split(tree, read_definitions(tree, resolver(tree, frozenset(own_modules))))
    spans = (range(each.lineno, (each.end_lineno or each.lineno) + 1) for each in parts.model)
    return frozenset(line for span in spans for line in span)
