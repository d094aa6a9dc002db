"""Kill campaigns, run two on one store, take the room away at every write, and say what held.

    python benchmarks/interrupted.py [--kills 50] [--pairs 10] [--seed 0]
                                     [--page benchmarks/interrupted.md]

What has to hold stands in `tests/interrupting.py`: no finished record is lost, no process and no
temporary file is left behind, the store is whole, what is printed is a sentence, and the next run
with room uses what is there and completes. Small disks need the right to mount one; the page says
if there is none.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from typing import TYPE_CHECKING

from interrupting import (
    TRIALS,
    full_disk,
    full_output,
    kill_at,
    seconds_of_a_campaign,
    small_disk,
    small_files,
    two_at_once,
)
from stub_stack import stub_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator

DISKS = range(8_192, 160_001, 8_192)
FILES = range(4_096, 100_001, 4_096)
OUTPUTS = ("-o {disk}/report.json", "-o {disk}/report.html", "-o {disk}/report.svg")


@dataclass
class Line:
    """A way to disturb a campaign: how often that was tried, and what was wrong."""

    name: str
    tried: int = 0
    stored: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    note: str = ""

    def add(self, problem: str, stored: int | None = None) -> None:
        """Count one."""
        self.tried += 1
        self.problems += [problem] if problem else []
        self.stored += [] if stored is None else [stored]
        print(f"{self.name}: {self.tried} tried, {stored} stored, {problem or 'fine'}", flush=True)

    def __str__(self) -> str:
        several = f"{min(self.stored)} to {max(self.stored)} of {TRIALS}" if self.stored else ""
        wrong = f"{len(self.problems)}{self.note and f' ({self.note})'}"
        return f"| {self.name} | {self.tried} | {wrong} | {several} |"


def lines(stub: str, options: argparse.Namespace) -> Iterator[Line]:
    """Everything that is tried."""
    chance = random.Random(options.seed)
    whole = seconds_of_a_campaign(stub)
    killed = Line("killed (SIGKILL) at random moments")
    for _ in range(options.kills):
        killed.add(*kill_at(chance.uniform(0.2, 1.0) * whole, stub))
    yield killed
    pairs = Line("two at once on one store")
    for _ in range(options.pairs):
        pairs.add(two_at_once(stub))
    yield pairs
    files = Line("files may not grow beyond a size")
    for size in FILES:
        files.add(*small_files(size, stub))
    yield files
    yield from _on_small_disks(stub)


def _on_small_disks(stub: str) -> Iterator[Line]:
    disks, outputs = Line("store on a full disk"), Line("report onto a full disk")
    try:
        with small_disk(4_096):
            pass
    except OSError as error:
        disks.note = outputs.note = f"not tried: {error}"
    else:
        for size in DISKS:
            disks.add(*full_disk(size, stub))
        for output in OUTPUTS:
            outputs.add(full_output(stub, *output.split()))
    yield disks
    yield outputs


def main() -> None:
    """Try all of it, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = list(lines(stub_interpreter(Path(folder) / "stub"), options))
    page = (
        "# Interrupted campaigns\n\n"
        "Made by `python benchmarks/interrupted.py`. After each: no finished record is lost, no\n"
        "process and no temporary file is left, the store is whole, what was printed is a\n"
        "sentence, and the next run with room uses what is there and completes.\n\n"
        "| campaigns | tried | wrong | records stored by then |\n|---|---:|---:|---|\n"
    )
    page += "".join(f"{line}\n" for line in found)
    page += "".join(f"\n* {line.name}: {why}\n" for line in found for why in line.problems)
    print(page)
    if options.page:
        options.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
