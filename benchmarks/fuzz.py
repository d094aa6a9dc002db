"""Try damaged bugs, cases, stores, records, sources and corpora by the thousand.

    python benchmarks/fuzz.py [KIND ...] [--count 2000] [--seed 0] [--page benchmarks/fuzz.md]

Each input has to get an answer or a sentence. A line per kind says how many were tried and how
many got neither; what was wrong stands below it, each kind of failure once with its first seed.
The kinds and what is done with each stand in `tests/fuzzing.py`. In a page, kinds that were not
tried this time keep their lines.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fuzzing import KINDS, Kind, problem_of

from debugdiff.cli import RECURSION

HEAD = """# Damaged inputs

Made by `python benchmarks/fuzz.py`: inputs that are damaged by chance, read and used as the
commands do. Each has to get an answer or a sentence of debugdiff's, within 20 seconds of processor
time.

| kind | tried | neither an answer nor a sentence |
|---|---:|---:|
"""
_ROW = re.compile(r"^\| (\w+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def try_kind(kind: Kind, seeds: range) -> Counter[str]:
    """How often each thing went wrong; its text begins with the first seed that shows it."""
    wrong: Counter[str] = Counter()
    first: dict[str, str] = {}
    for seed in seeds:
        made = kind.make(random.Random(seed))
        with TemporaryDirectory() as folder:
            problem = problem_of(kind, made, Path(folder))
        if problem:
            last = problem.strip().splitlines()[-1][:80]
            wrong[first.setdefault(last, f"seed {seed}: {problem}")] += 1
    return wrong


def write_row(page: Path, name: str, tried: int, wrong: int) -> None:
    """Put the counts of a kind into the page, beside those of the others."""
    known = _ROW.findall(page.read_text(encoding="utf-8")) if page.exists() else []
    rows = {kind: (int(count), int(bad)) for kind, count, bad in known} | {name: (tried, wrong)}
    lines = (f"| {kind} | {rows[kind][0]} | {rows[kind][1]} |\n" for kind in KINDS if kind in rows)
    page.write_text(HEAD + "".join(lines), encoding="utf-8")


def main() -> None:
    """Try all kinds, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS], help="default: all")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    sys.setrecursionlimit(RECURSION)
    for name in options.kinds or KINDS:
        wrong = try_kind(KINDS[name], range(options.seed, options.seed + options.count))
        print(f"{name:8} {options.count:6} tried {wrong.total():6} wrong", flush=True)
        for problem, count in wrong.most_common():
            print(f"  {count} times, {problem.rstrip()}", flush=True)
        if options.page:
            write_row(options.page, name, options.count, wrong.total())


if __name__ == "__main__":
    main()
