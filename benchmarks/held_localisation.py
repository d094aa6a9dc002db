"""How well suspects find faults in programs that no rule was made for: `held_localisation.md`.

    python benchmarks/held_localisation.py [NAME ...] [--no-write]

The programs of `tests/foreign/held` are run as `debugdiff explain` runs them. Lines that count
as found are marked `# FAULT`: the fault, and those where an equally good fix could be made.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localisation import mean
from ranking import Located, locate, of_suspects, of_traceback

from debugdiff.model import Location
from debugdiff.scripts.request import ScriptRequest
from debugdiff.scripts.running import run_script
from debugdiff.suspects.explaining import explanation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.suspects.explaining import Explanation

BENCHMARKS = Path(__file__).parent
RESULTS = BENCHMARKS / "held_localisation.md"
PROGRAMS = BENCHMARKS.parent / "tests" / "foreign" / "held"
MAIN_FILES = ("main.py", "train.py")
LIMITS = (1, 3, 5)
SECONDS = 3600.0
"""So long that none ends by it, also on a busy machine: its end would be counted as silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One program: how it ended, and the ranks of its fault. `raw` is `None` without a crash."""

    name: str
    suspects: Located
    raw: Located | None
    first: str

    @property
    def ending(self) -> str:
        return "silent" if self.raw is None else "crash"


def main() -> None:
    options = _options()
    rows = [row_of(path) for path in programs() if not options.name or _name(path) in options.name]
    text = "\n".join(report(rows)) + "\n"
    print(text)
    if options.write and not options.name:
        RESULTS.write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", nargs="*", help="default: all programs")
    parser.add_argument("--no-write", dest="write", action="store_false")
    return parser.parse_args()


def programs() -> Iterator[Path]:
    """The main file of every program, by name."""
    for path in sorted(PROGRAMS.iterdir()):
        if path.suffix == ".py":
            yield path
        elif path.is_dir():
            yield from (path / name for name in MAIN_FILES if (path / name).exists())


def _name(path: Path) -> str:
    return path.stem if path.parent == PROGRAMS else path.parent.name


def row_of(path: Path) -> Row:
    """Run a program and judge what is suspected in it."""
    run = run_script(ScriptRequest(path=path, seconds=SECONDS, post_mortem=True))
    found = explanation_of(run)
    guilty = marked(found.sources)
    failure = run.record.failure
    raw = of_traceback(failure, found.sources) if failure else None
    return Row(
        name=_name(path),
        suspects=locate(of_suspects(found.suspects), guilty, found.sources, path.name),
        raw=None if raw is None else locate(raw, guilty, found.sources, path.name),
        first=_first(found),
    )


def marked(sources: Mapping[str, str]) -> list[Location]:
    """The lines that count as found."""
    return [
        Location(name, at)
        for name, text in sources.items()
        for at, line in enumerate(text.splitlines(), 1)
        if "# FAULT" in line
    ]


def _first(found: Explanation) -> str:
    """The first suspect, or that there is none."""
    if not found.suspects:
        return "nothing is suspected"
    first = found.suspects[0]
    return f"{first.file}:{first.line} {first.rule}"


def report(rows: Sequence[Row]) -> Iterator[str]:
    yield "# Finding the fault of programs that were held out"
    yield ""
    yield (
        f"`python benchmarks/held_localisation.py`: {len(rows)} broken programs of"
        " `tests/foreign/held`, run as `debugdiff explain` runs them. Its README says what was"
        " found when they were new. *raw*: the user's frames of the traceback, the innermost first."
    )
    yield ""
    yield "| | programs | Top-1 | Top-3 | Top-5 | MRR | EXAM | raw Top-1 | raw MRR |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    yield _line("all", rows)
    for ending in ("crash", "silent"):
        yield _line(ending, [row for row in rows if row.ending == ending])
    for prefix, framework in (("pt_", "PyTorch"), ("keras_", "Keras")):
        yield _line(framework, [row for row in rows if row.name.startswith(prefix)])
    yield ""
    yield "| program | ends in | rank of the fault | raw | first suspect |"
    yield "|---|---|--:|--:|---|"
    for row in rows:
        raw = "" if row.raw is None else row.raw.rank or "-"
        yield f"| {row.name} | {row.ending} | {row.suspects.rank or '-'} | {raw} | {row.first} |"


def _line(name: str, rows: Sequence[Row]) -> str:
    found = [row.suspects for row in rows]
    raw = [row.raw for row in rows if row.raw is not None]
    cells = [
        name,
        str(len(rows)),
        *(str(sum(each.within(limit) for each in found)) for limit in LIMITS),
        f"{mean([each.reciprocal for each in found]):.2f}",
        f"{mean([each.exam for each in found]):.2f}",
        f"{sum(each.within(1) for each in raw)} of {len(raw)}",
        f"{mean([each.reciprocal for each in raw]):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
