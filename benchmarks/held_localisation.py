"""How well suspects find faults in programs that no rule was made for: `held_localisation.md`.

    python benchmarks/held_localisation.py [NAME ...] [--no-write]

The programs of `tests/foreign/held` and `held2` to `held5` are run as `debugdiff explain` runs
them. Lines that count as found are marked `# FAULT`: the fault, and those where an equally good fix
could be made. Each set has its ranks from the first time that rules were run on it, in
`first_contact.toml`.
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localisation import mean
from outside import main_files
from ranking import Located, locate, of_suspects, of_traceback

from debugdiff.model import Location
from debugdiff.scripts.request import ScriptRequest
from debugdiff.scripts.running import run_script
from debugdiff.suspects.explaining import explanation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import ScriptRun
    from debugdiff.suspects.explaining import Explanation

BENCHMARKS = Path(__file__).parent
RESULTS = BENCHMARKS / "held_localisation.md"
FOREIGN = BENCHMARKS.parent / "tests" / "foreign"
SETS = ("held", "held2", "held3", "held4", "held5")
LIMITS = (1, 3, 5)
SECONDS = 3600.0
"""So long that none ends by it, also on a busy machine: its end would be counted as silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One program: how it ended, and the ranks of its fault. `raw` is `None` without a crash."""

    held: str
    name: str
    suspects: Located
    raw: Located | None
    first: str

    @property
    def ending(self) -> str:
        return "silent" if self.raw is None else "crash"


def main() -> None:
    options = _options()
    rows = [
        row_of(held, path)
        for held, path in programs()
        if not options.name or _name(held, path) in options.name
    ]
    text = "\n".join(report(rows)) + "\n"
    print(text)
    if options.write and not options.name:
        RESULTS.write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", nargs="*", help="default: all programs")
    parser.add_argument("--no-write", dest="write", action="store_false")
    return parser.parse_args()


def programs() -> Iterator[tuple[str, Path]]:
    """The main file of every program with its set, by name."""
    return ((held, path) for held in SETS for path in main_files(FOREIGN / held))


def _name(held: str, path: Path) -> str:
    return path.stem if path.parent.name == held else path.parent.name


def row_of(held: str, path: Path) -> Row:
    """Run a program and judge what is suspected in it."""
    return judge(
        held, path, run_script(ScriptRequest(path=path, seconds=SECONDS, post_mortem=True))
    )


def judge(held: str, path: Path, run: ScriptRun) -> Row:
    """Judge what is suspected after a run."""
    explanation = explanation_of(run)
    sources = explanation.sources
    guilty = marked(sources)
    failure = run.record.failure
    raw = of_traceback(failure, sources) if failure else None
    return Row(
        held=held,
        name=_name(held, path),
        suspects=locate(of_suspects(explanation.suspects), guilty, sources, path.name),
        raw=None if raw is None else locate(raw, guilty, sources, path.name),
        first=_first(explanation),
    )


def marked(sources: Mapping[str, str]) -> list[Location]:
    """The lines that count as found."""
    return [
        Location(name, at)
        for name, text in sources.items()
        for at, line in enumerate(text.splitlines(), 1)
        if "# FAULT" in line
    ]


def _first(explanation: Explanation) -> str:
    """The first suspect, or that there is none."""
    if not explanation.suspects:
        return "nothing is suspected"
    first = explanation.suspects[0]
    return f"{first.file}:{first.line} {first.rule}"


def first_ranks(held: str) -> Mapping[str, int]:
    """The rank of each program's fault at first contact; 0 where it was not named."""
    table = tomllib.loads((FOREIGN / held / "first_contact.toml").read_text(encoding="utf-8"))
    return table["rank"]


def report(rows: Sequence[Row]) -> Iterator[str]:
    yield "# Finding the fault of programs that were held out"
    yield ""
    yield (
        f"`python benchmarks/held_localisation.py`: {len(rows)} broken programs of"
        " `tests/foreign/held` and `held2` to `held5`, run as `debugdiff explain` runs them. *First"
        " contact*: what was found when the rules met a program for the first time. *Today*: after"
        " rules were changed for what had gone wrong, so that these programs are no longer unseen."
        " *raw*: the user's frames of the traceback, the innermost first."
    )
    for held in SETS:
        chosen = [row for row in rows if row.held == held]
        if chosen:
            yield from _section(held, chosen)


def _section(held: str, rows: Sequence[Row]) -> Iterator[str]:
    """The figures of one set, then its programs."""
    ranks = first_ranks(held)
    yield from ("", f"## tests/foreign/{held}", "")
    yield (
        "| | programs | First contact: Top-1 | Top-3 | Top-5 | MRR | Today: Top-1 | Top-3 | Top-5"
        " | MRR | EXAM | raw Top-1 | raw MRR |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    yield _line("all", rows, ranks)
    for ending in ("crash", "silent"):
        yield _line(ending, [row for row in rows if row.ending == ending], ranks)
    for prefix, framework in (("pt_", "PyTorch"), ("keras_", "Keras")):
        yield _line(framework, [row for row in rows if row.name.startswith(prefix)], ranks)
    yield ""
    yield "| program | ends in | first contact | today | raw | first suspect |"
    yield "|---|---|--:|--:|--:|---|"
    for row in rows:
        raw = "" if row.raw is None else row.raw.rank or "-"
        shown = (ranks[row.name] or "-", row.suspects.rank or "-", raw)
        yield f"| {row.name} | {row.ending} | {' | '.join(map(str, shown))} | {row.first} |"


def _line(name: str, rows: Sequence[Row], ranks: Mapping[str, int]) -> str:
    first = [ranks[row.name] for row in rows]
    today = [row.suspects for row in rows]
    raw = [row.raw for row in rows if row.raw is not None]
    cells = [
        name,
        str(len(rows)),
        *(str(sum(0 < rank <= limit for rank in first)) for limit in LIMITS),
        f"{mean([1 / rank if rank else 0.0 for rank in first]):.2f}",
        *(str(sum(located.within(limit) for located in today)) for limit in LIMITS),
        f"{mean([located.reciprocal for located in today]):.2f}",
        f"{mean([located.exam for located in today]):.2f}",
        f"{sum(located.within(1) for located in raw)} of {len(raw)}" if raw else "",
        f"{mean([located.reciprocal for located in raw]):.2f}" if raw else "",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
