"""Try damaged bugs, cases, stores, records, sources and corpora by the thousand.

    python benchmarks/fuzz.py [KIND ...] [--count 2000] [--seed 0] [--page benchmarks/fuzz.md]
                              [--atheris]

Each input has to get an answer or a sentence. A line per kind says how many were tried and how
many got neither; what was wrong stands below it, each kind of failure once with its first seed.
The kinds and what is done with each stand in `tests/fuzzing.py`. With `--atheris`, inputs are
guided by coverage (`fuzz_guided.py`). In a page, kinds that were not tried this time keep their
lines, and its notes stay.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from typing import TYPE_CHECKING

from fuzzing import KINDS, Kind, problem_of
from notes import write_page

from debugdiff.cli import RECURSION

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = """# Damaged inputs

Made by `python benchmarks/fuzz.py`: inputs that are damaged by chance, read and used as the
commands do. Each has to get an answer or a sentence of debugdiff's, within 20 seconds of processor
time.

| kind | tried | neither an answer nor a sentence |
|---|---:|---:|
"""
GUIDED_HEAD = """
## Guided by coverage

Made by `python benchmarks/fuzz.py --atheris`: [atheris](https://github.com/google/atheris) chooses
the damages, and goes on from those that reached code of debugdiff's that none had reached before.

| kind | tried | neither an answer nor a sentence | places of the code reached |
|---|---:|---:|---:|
"""
_ROW = re.compile(r"^\| (\w+) ((?:\| \d+ )+)\|$", re.MULTILINE)
_COVERED = re.compile(r"\bcov: (\d+)")


@dataclass(frozen=True)
class Tried:
    """How often each thing went wrong; its text begins with the first input that shows it.

    Attributes:
        reached: places of the code, as libFuzzer counts them; `None` where none are counted.
    """

    count: int
    wrong: Counter[str]
    reached: int | None = None

    @property
    def cells(self) -> tuple[int, ...]:
        """The numbers of a row of the page."""
        numbers = (self.count, self.wrong.total())
        return numbers if self.reached is None else (*numbers, self.reached)


def try_kind(kind: Kind, seeds: range) -> Tried:
    """Try what each of the seeds makes."""
    return Tried(len(seeds), _counted(_problems(kind, seeds)))


def _problems(kind: Kind, seeds: range) -> Iterable[tuple[str, str]]:
    for seed in seeds:
        made = kind.make(random.Random(seed))
        with TemporaryDirectory() as folder:
            problem = problem_of(kind, made, Path(folder))
        if problem:
            yield f"seed {seed}", problem


def try_guided(name: str, count: int, seed: int) -> Tried:
    """Try inputs that atheris chooses, in a process of its own, which it ends."""
    line = [sys.executable, str(Path(__file__).with_name("fuzz_guided.py")), name]
    line += ["--count", str(count), "--seed", str(seed + 1)]  # to libFuzzer, 0 is any seed
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    reached = _COVERED.findall(done.stderr)
    if done.returncode or not reached:
        raise SystemExit(f"{done.stderr[-2_000:]}\natheris did not end as it should.")
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    problems = ((f"input {each['input']}", each["problem"]) for each in found)
    return Tried(count, _counted(problems), int(reached[-1]))


def _counted(problems: Iterable[tuple[str, str]]) -> Counter[str]:
    wrong: Counter[str] = Counter()
    first: dict[str, str] = {}
    for source, problem in problems:
        last = problem.strip().splitlines()[-1][:80]
        wrong[first.setdefault(last, f"{source}: {problem}")] += 1
    return wrong


def write_row(page: Path, name: str, tried: Tried) -> None:
    """Put the counts of a kind into the page, beside those of the others."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    known = {(kind, cells.count("|")): cells for kind, cells in _ROW.findall(old)}
    cells = "".join(f"| {number} " for number in tried.cells)
    known[name, cells.count("|")] = cells
    tables = (
        [f"| {kind} {known[kind, width]}|\n" for kind in KINDS if (kind, width) in known]
        for width in (2, 3)
    )
    heads = (HEAD, GUIDED_HEAD)
    parts = (head + "".join(rows) for head, rows in zip(heads, tables, strict=True) if rows)
    write_page(page, "".join(parts))


def main() -> None:
    """Try all kinds, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS], help="default: all")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--atheris", action="store_true", help="needs `pip install --group fuzz`")
    options = parser.parse_args()
    sys.setrecursionlimit(RECURSION)
    for name in options.kinds or KINDS:
        if options.atheris:
            tried = try_guided(name, options.count, options.seed)
        else:
            tried = try_kind(KINDS[name], range(options.seed, options.seed + options.count))
        print(f"{name:8} {tried.count:6} tried {tried.wrong.total():6} wrong", flush=True)
        for problem, count in tried.wrong.most_common():
            print(f"  {count} times, {problem.rstrip()}", flush=True)
        if options.page:
            write_row(options.page, name, tried)


if __name__ == "__main__":
    main()
