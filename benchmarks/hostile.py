"""Run hostile programs by the hundred through `run`, `explain` and `trace`, and say what held.

    python benchmarks/hostile.py [run explain trace] [--count N] [--scripts 300] [--seed 0]
                                 [--sandbox off] [--minutes M] [--page benchmarks/hostile.md]

A program is a behaviour in a context; `tests/hostile.py` has the grammar. `tests/holding.py` has
what is asked of each: a record or a sentence in time, no process or temporary folder left behind,
no byte of its own that a terminal would obey in anything that debugdiff prints, and no trouble of
debugdiff's own; in `run` also that the program beside it is measured. The notes below a page stay
when it is written again.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from typing import TYPE_CHECKING

from holding import Outcome, try_as_script, try_in_run
from hostile import BEHAVIOURS, CONTEXTS, HostileProgram, all_programs, sample
from notes import write_page
from stub_stack import stub_interpreter

from debugdiff.model import Sandbox
from debugdiff.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 20
WAYS = ("run", "explain", "trace")


def try_all(way: str, programs: list[HostileProgram], sandbox: Sandbox, minutes: float) -> Outcome:
    """What became of the programs, or of as many of them as could be tried in time."""
    total = Outcome()
    give_up = time.monotonic() + 60 * minutes
    for outcome in _outcomes(way, programs, sandbox):
        total.add(outcome)
        for name, problem in outcome.problems.items():
            print(f"{way} {name}: {visible_line(problem)}", flush=True)
        if total.tried % 100 < outcome.tried:
            print(f"{way}: {total.tried} tried, {len(total.problems)} wrong", flush=True)
        if time.monotonic() > give_up:
            break
    return total


def _outcomes(way: str, programs: list[HostileProgram], sandbox: Sandbox) -> Iterator[Outcome]:
    if way != "run":
        yield from (try_as_script(each, way) for each in programs)
        return
    with tempfile.TemporaryDirectory() as folder:
        stub = stub_interpreter(Path(folder) / "stub")
        for first in range(0, len(programs), AT_ONCE):
            yield try_in_run(programs[first : first + AT_ONCE], stub, sandbox)


ABOUT = """# Hostile programs

Made by `python benchmarks/hostile.py`: {behaviours} behaviours in {contexts} contexts, {programs}
programs (`tests/hostile.py`), sandbox {sandbox}. Each has to end in a record or a sentence, leave
no process and no temporary folder, and nothing that debugdiff prints may hold a byte that a
terminal obeys. In `run` an innocent program runs beside every twenty, and has to be measured; none
may compute or wait for more than 15 s after its limit of one.
Scripts under `explain` and `trace` run in place, as plain Python does: those that attack their
parent or their own folder, leave daemons behind or eat all memory do there what they do under
Python, and are not tried.

| through | tried | wrong |
|---|---:|---:|
"""


def page_of(outcomes: dict[str, Outcome], sandbox: Sandbox) -> str:
    """The page: what was tried, what was wrong, and how the programs ended."""
    page = ABOUT.format(
        behaviours=len(BEHAVIOURS),
        contexts=len(CONTEXTS),
        programs=len(all_programs()),
        sandbox=sandbox,
    )
    for way, one in outcomes.items():
        page += f"| `{way}` | {one.tried} | {len(one.problems)} |\n"
    if "run" in outcomes:
        page += (
            f"\nIn `run`, none computed or waited for more than {outcomes['run'].seconds:.1f} s.\n"
        )
    for way, one in outcomes.items():
        for name, why in one.problems.items():
            page += f"\n* {way} `{name}`: {visible_line(why)}\n"
    for way, one in outcomes.items():
        page += f"\n## How they ended in `{way}`\n\n| ending | programs |\n|---|---:|\n"
        endings = Counter(map(_kind, one.endings.values()))
        page += "".join(f"| {kind} | {count} |\n" for kind, count in endings.most_common(20))
    return page


def _kind(ending: str) -> str:
    """An ending without its details."""
    ending = ending.removeprefix("error: ")
    words = re.sub(r"\d[\d.,]*", "n", visible_line(ending)).partition(": ")[0]
    return words[:70].replace("|", "\\|")


def main() -> None:
    """Try all programs, or so many, in all ways or in those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("ways", nargs="*", choices=[[], *WAYS], help="default: all")
    parser.add_argument("--count", type=int, default=len(all_programs()), help="in run")
    parser.add_argument("--scripts", type=int, default=300, help="in explain and in trace")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sandbox", type=Sandbox, default=Sandbox.OFF)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin none after them")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    ways = options.ways or WAYS
    programs = sample(len(all_programs()), options.seed)
    scripts = [each for each in programs if each.is_a_script][: options.scripts]
    chosen = [programs[: options.count] if way == "run" else scripts for way in ways]
    with ProcessPoolExecutor(len(WAYS)) as pool:
        found = pool.map(try_all, ways, chosen, repeat(options.sandbox), repeat(options.minutes))
        outcomes = dict(zip(ways, found, strict=True))
    for way, one in outcomes.items():
        print(f"{way:8} {one.tried:6} tried {len(one.problems):6} wrong", flush=True)
    if options.page:
        write_page(options.page, page_of(outcomes, options.sandbox))


if __name__ == "__main__":
    main()
