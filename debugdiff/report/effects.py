"""The effect matrix: a row per bug, a group of signs per case, a sign per program."""

from __future__ import annotations

import json
from itertools import groupby
from string import ascii_uppercase
from typing import TYPE_CHECKING

from debugdiff.files import to_json
from debugdiff.model import Environment, Framework
from debugdiff.report.layout import (
    BAD,
    GOOD,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    legend,
    seconds,
)
from debugdiff.report.text import Text
from debugdiff.score.effects import (
    CRASHES,
    EFFECTIVE,
    PREVENTED,
    UNCHANGED,
    Effect,
    EffectMatrix,
    MatrixProgram,
)
from debugdiff.score.effects import Row as BugRow
from debugdiff.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.report.page import Page

SCHEMA_VERSION = 1

SIGNS: Mapping[Effect, str] = {
    Effect.BUILD: "B",
    Effect.FIRST_STEP: "1",
    Effect.LATER_STEP: "2",
    Effect.NON_FINITE: "n",
    Effect.WARNING: "w",
    Effect.SILENT: "s",
    Effect.SLOW: "t",
    Effect.CORRECTED: "c",
    Effect.EQUIVALENT: "e",
    Effect.ROUNDING: "r",
    Effect.NO_EFFECT: "a",
    Effect.NOT_EXPRESSIBLE: "x",
    Effect.NOT_APPLICABLE: "·",
    Effect.UNMEASURED: "?",
}
_MEANINGS: Mapping[Effect, str] = {
    Effect.BUILD: "an exception at import, build or compile",
    Effect.FIRST_STEP: "in the first step",
    Effect.LATER_STEP: "later, or at evaluation",
    Effect.NON_FINITE: "runs through, with numbers that are not finite",
    Effect.WARNING: "runs through, with a warning",
    Effect.SILENT: "runs to its end without a message, with different results",
    Effect.SLOW: "still running at its time limit",
    Effect.CORRECTED: "changes nothing: the framework puts it right",
    Effect.EQUIVALENT: "changes nothing: the program has nothing that it could touch",
    Effect.ROUNDING: "changes last digits or the sign of a zero, and nothing else",
    Effect.NO_EFFECT: "changes nothing at this size",
    Effect.NOT_EXPRESSIBLE: "it cannot be written in the framework",
    Effect.NOT_APPLICABLE: "the program has no place for it",
    Effect.UNMEASURED: "not measured",
}
_STYLES = {
    **dict.fromkeys(CRASHES | {Effect.NON_FINITE, Effect.WARNING}, ""),
    **dict.fromkeys({Effect.SILENT, Effect.SLOW, Effect.UNMEASURED}, BAD),
    **dict.fromkeys(PREVENTED, GOOD),
    **dict.fromkeys(UNCHANGED | {Effect.NOT_APPLICABLE}, QUIET),
}


def render(matrix: EffectMatrix, page: Page) -> str:
    """The table, its summary per framework, and what each sign and letter means."""
    groups = _groups(matrix.programs)
    parts: tuple[RenderableType, ...] = (
        heading(_title(matrix)),
        Grid(columns=_columns(groups), blocks=tuple(_blocks(matrix, groups))),
        heading("Effects by framework"),
        _summary(matrix),
        Text(),
        legend(_SHARES),
        Text(),
        *(indented(Text(f"{letter} {_program_names(programs)}")) for letter, programs in groups),
        Text(),
        legend(_signs("*", " ")),
    )
    return page.write(*parts)


def _title(matrix: EffectMatrix) -> str:
    return (
        f"{count_of(len(matrix.rows), 'bug')} in {count_of(len(matrix.programs), 'program')}:"
        f" {count_of(matrix.trials, 'trial')}, {seconds(matrix.program_seconds)} of the programs"
    )


def _groups(programs: Sequence[MatrixProgram]) -> list[tuple[str, list[MatrixProgram]]]:
    """The programs of each case under a letter."""
    cases = [list(mine) for _, mine in groupby(programs, key=lambda each: each.case)]
    return list(zip(_letters(len(cases)), cases, strict=True))


def _letters(count: int) -> list[str]:
    """A, B, ... Z, A2, B2, ..."""
    size = len(ascii_uppercase)
    return [
        ascii_uppercase[index % size] + (str(index // size + 1) if index >= size else "")
        for index in range(count)
    ]


def _program_names(programs: Sequence[MatrixProgram]) -> str:
    return f"{programs[0].case}: {', '.join(each.name for each in programs)}"


def _columns(groups: Sequence[tuple[str, Sequence[MatrixProgram]]]) -> tuple[Column, ...]:
    return (Column(header="bug", flexible=20), *(Column(header=letter) for letter, _ in groups))


def _blocks(
    matrix: EffectMatrix, groups: Sequence[tuple[str, Sequence[MatrixProgram]]]
) -> Iterator[Block]:
    for category, rows in groupby(matrix.rows, key=lambda row: row.bug.partition("/")[0]):
        yield Block(
            title=Text(category, style=STRONG), rows=tuple(_row(row, groups) for row in rows)
        )


def _row(row: BugRow, groups: Sequence[tuple[str, Sequence[MatrixProgram]]]) -> Row:
    cells = (_cell(row, programs) for _, programs in groups)
    return (Text(row.bug.partition("/")[2]), *cells)


def _cell(row: BugRow, programs: Sequence[MatrixProgram]) -> Text:
    effects = [row.effects.get(each.key, Effect.UNMEASURED) for each in programs]
    return Text.assemble(*((SIGNS[effect], _STYLES[effect]) for effect in effects))


def _summary(matrix: EffectMatrix) -> Grid:
    columns = (
        Column(header="effect"),
        *(
            Column(header=f"{framework}\n{_program_count(matrix, framework)}", justify="right")
            for framework in Framework
        ),
        *(Column(header=f"of all pairs\n{each}", justify="right") for each in Framework),
        *(Column(header=f"of what ran\n{each}", justify="right") for each in Framework),
    )
    rows = [tuple(map(Text, cells)) for cells in _summary_rows(matrix)]
    return Grid(columns=columns, blocks=(Block(rows=tuple(rows)),))


def _summary_rows(matrix: EffectMatrix) -> Iterator[tuple[str, ...]]:
    """Per effect how often, of all pairs of a bug and a program, and of those that ran or cannot.

    The first share has what has no place in its denominator, the second one has not.
    """
    counts = [matrix.counts(framework) for framework in Framework]
    for effect in Effect:
        if any(each[effect] for each in counts):
            yield (
                effect.value,
                *(str(each[effect]) for each in counts),
                *(_share(each[effect], each.total()) for each in counts),
                *(_share_of_what_ran(each, effect) for each in counts),
            )
    yield ("all", *(str(each.total()) for each in counts))


def _program_count(matrix: EffectMatrix, framework: Framework) -> str:
    return count_of(matrix.programs_of(framework), "program")


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else ""


_SHARES = (
    "*Of all pairs*: every bug in every program of the framework. *Of what ran*: of the pairs in"
    " which the bug ran, or cannot be written in the framework."
)


def _share_of_what_ran(counts: Mapping[Effect, int], effect: Effect) -> str:
    """Of the pairs in which the bug ran, or cannot be written."""
    measured = EFFECTIVE | PREVENTED | UNCHANGED
    total = sum(counts[each] for each in measured)
    return _share(counts[effect], total) if effect in measured else ""


def _signs(mark: str, space: str) -> str:
    return ", ".join(
        f"{mark}{sign}{mark}{space}{_MEANINGS[effect]}" for effect, sign in SIGNS.items()
    )


def render_json(matrix: EffectMatrix) -> str:
    """The matrix as one object."""
    return to_json({"schema_version": SCHEMA_VERSION, "effects": matrix}, indent=2) + "\n"


# --- the page of the documentation ---------------------------------------------------------------

_HEAD = """# The effect matrix

<!-- Written by `debugdiff bugs matrix --page`; write it again when a bug or a program changes. -->

What every bug does to every program, measured against the clean run of the same program with the
same seed, at size `tiny`, on the stacks `pytorch` and `keras-tensorflow` in their default mode.
"""
_DATA_START = "<!-- measured: "
_DATA_END = " -->"


def render_page(matrix: EffectMatrix) -> str:
    """The page in Markdown; its last line has the hashes of what ran."""
    groups = _groups(matrix.programs)
    parts = [
        _HEAD,
        f"{_title(matrix)}. {_versions(matrix)}",
        "",
        "| sign | meaning |",
        "|---|---|",
        *(f"| `{sign}` | {effect}: {_MEANINGS[effect]} |" for effect, sign in SIGNS.items()),
        "",
        *(f"* **{letter}** {_program_names(programs)}" for letter, programs in groups),
        "",
        *_summary_in_markdown(matrix),
        *_table_in_markdown(matrix, groups),
        f"{_DATA_START}{json.dumps(_measured(matrix))}{_DATA_END}",
    ]
    return visible("\n".join(parts)) + "\n"


def _versions(matrix: EffectMatrix) -> str:
    versions = matrix.environment.versions.items()
    return f"{', '.join(f'{name} {text}' for name, text in versions)}."


def _summary_in_markdown(matrix: EffectMatrix) -> Iterator[str]:
    programs = [f"{each}, {_program_count(matrix, each)}" for each in Framework]
    shares = [f"{of}, {each}" for of in ("of all pairs", "of what ran") for each in Framework]
    yield f"| effect | {' | '.join([*programs, *shares])} |"
    yield "|---|" + "---:|" * (len(programs) + len(shares))
    width = 1 + len(programs) + len(shares)
    for cells in _summary_rows(matrix):
        yield f"| {' | '.join([*cells, *[''] * (width - len(cells))])} |"
    yield ""
    yield _SHARES
    yield ""


def _table_in_markdown(
    matrix: EffectMatrix, groups: Sequence[tuple[str, Sequence[MatrixProgram]]]
) -> Iterator[str]:
    yield "| bug | " + " | ".join(letter for letter, _ in groups) + " |"
    yield "|---|" + "---|" * len(groups)
    for row in matrix.rows:
        cells = (f"`{_cell(row, programs).plain}`" for _, programs in groups)
        yield f"| [{row.bug}](../injected_bugs/{row.bug}.toml) | " + " | ".join(cells) + " |"
    yield ""


def _measured(matrix: EffectMatrix) -> Mapping[str, object]:
    keys = [each.key for each in matrix.programs]
    return {
        "programs": {each.key: each.framework.value for each in matrix.programs},
        "runs": {row.bug: " ".join(row.runs.get(key, "?") for key in keys) for row in matrix.rows},
        "effects": {row.bug: _cell(row, matrix.programs).plain for row in matrix.rows},
        "versions": dict(matrix.environment.versions),
        "trials": matrix.trials,
        "seconds": round(matrix.program_seconds),
    }


def read_page(page: str) -> EffectMatrix | None:
    """The matrix that a page was written from; `None` for another text.

    Raises:
        ValueError, KeyError: it has another form.
    """
    line = next((each for each in page.splitlines() if each.startswith(_DATA_START)), "")
    if not line.endswith(_DATA_END):
        return None
    found = json.loads(line.removeprefix(_DATA_START).removesuffix(_DATA_END))
    keys = list(found["programs"])
    return EffectMatrix(
        environment=Environment(
            debugdiff="", python="", platform="", cpu_count=0, versions=found["versions"], data={}
        ),
        programs=tuple(
            MatrixProgram(
                case=key.partition("/")[0], name=key.partition("/")[2], framework=Framework(name)
            )
            for key, name in found["programs"].items()
        ),
        rows=tuple(
            _read_row(bug, keys, runs.split(), found["effects"][bug])
            for bug, runs in found["runs"].items()
        ),
        trials=found["trials"],
        program_seconds=found["seconds"],
    )


def _read_row(bug: str, keys: Sequence[str], runs: Sequence[str], signs: str) -> BugRow:
    effects = {sign: effect for effect, sign in SIGNS.items()}
    cells = [cell for cell in zip(keys, runs, signs, strict=True) if cell[1] != "?"]
    return BugRow(
        bug=bug,
        effects={key: effects[sign] for key, _, sign in cells},
        runs={key: run for key, run, _ in cells},
    )
