"""How many bugs find a place in programs that other people wrote, and what their mutants end in.

`python benchmarks/outside.py` injects the catalogue into the programs of `tests/foreign` and
`tests/outside` (nobody who makes rules looks at `tests/outside/held`) and prints the places per
set, framework and kind of program. `--run` runs every mutant and lists the artefacts: those that
fail because of the edit's own text. `--kept FILE` keeps what came of every mutant, one JSON line
each, so that a stopped run goes on where it was. `--page FILE` writes the tables as Markdown.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import mean
from typing import TYPE_CHECKING

from debugdiff.bugs import shipped_bugs
from debugdiff.cases import load_script
from debugdiff.execute.pool import Pool
from debugdiff.inject import inject
from debugdiff.model import (
    Budget,
    Framework,
    Instrument,
    Job,
    Mode,
    Mutant,
    Size,
    Stack,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Bug, Case, Record

TESTS = Path(__file__).parent.parent / "tests"
SETS = {"foreign": "foreign", "tune": "outside/tune", "held": "outside/held"}
MAIN_FILES = ("train.py", "main.py", "run.py")
STACKS = {Framework.PYTORCH: Stack.PYTORCH, Framework.KERAS: Stack.KERAS_TENSORFLOW}
SEQUENCES = re.compile(r"\b(Embedding|EmbeddingBag|GRU|LSTM|RNN|SimpleRNN|Transformer\w*)\b")
SUSPICIOUS = {"NameError", "UnboundLocalError", "SyntaxError", "ImportError", "AttributeError"}
SUSPICIOUS |= {"ModuleNotFoundError", "IndentationError"}
ENDLESS = frozenset({"process/infinite-loop"})
"""Bugs that run into the limit of every program: that is no news, and costs two minutes."""
ABOUT_NAMES = frozenset(
    {
        "language/attribute-misspelt",
        "language/forward-returns-nothing",
        "language/imported-from-wrong-module",
        "language/super-init-forgotten",
    }
)
"""Bugs that are about names and calls: for them such an end is the fault itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A program from outside, with every mutant that the catalogue makes of it."""

    set: str
    case: Case
    mutants: Mapping[str, Mutant]
    reasons: Mapping[str, str]

    @property
    def framework(self) -> Framework:
        """The framework of the program."""
        return self.case.implementations[0].framework

    @property
    def is_sequence(self) -> bool:
        """Whether it has a layer that only sequences and words have."""
        texts = [self.case.implementations[0].source, *self.case.helpers.values()]
        return any(SEQUENCES.search(text) for text in texts)


def programs(sets: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """The main files of every set."""
    for name in sets:
        folder = TESTS / SETS[name]
        yield from ((name, path) for path in (main_files(folder) if folder.is_dir() else ()))


def main_files(folder: Path) -> Iterator[Path]:
    """The main file of every program in a folder: a file, or a folder of files."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py":
            yield path
        elif path.is_dir():
            yield from (path / main for main in MAIN_FILES if (path / main).exists())


def read(name: str, path: Path, bugs: Sequence[Bug]) -> Outside:
    """Put every bug into a program."""
    case = load_script(path)
    results = {bug.id: inject(case.implementations[0], bug) for bug in bugs}
    return Outside(
        set=name,
        case=case,
        mutants={bug: made for bug, made in results.items() if isinstance(made, Mutant)},
        reasons={bug: no.reason for bug, no in results.items() if not isinstance(no, Mutant)},
    )


@dataclass(frozen=True, slots=True)
class End:
    """The class of the failure, or how the process ended, and the message."""

    type: str
    message: str


def files_of(program: Outside, mutant: Mutant) -> dict[str, str]:
    """The files of a mutant."""
    implementation = program.case.implementations[0]
    file = implementation.path.name
    files = {**program.case.helpers, file: implementation.source}
    files[getattr(mutant, "file", "") or file] = mutant.source
    return files


def key(program: Outside, mutant: Mutant, files: Mapping[str, str]) -> str:
    """One mutant's name, which changes with its text."""
    text = json.dumps(files, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{program.set}/{program.case.name} {mutant.bug} {digest}"


def job(program: Outside, mutant: Mutant) -> Job:
    """A run of a mutant."""
    files = files_of(program, mutant)
    return script_job(program.case, files, key(program, mutant, files))


def script_job(
    case: Case,
    files: Mapping[str, str],
    name: str,
    *,
    instrument: Instrument = Instrument.NONE,
    seconds: float = 120,
) -> Job:
    """A run of a program from outside, as a script."""
    (program,) = case.implementations
    return Job(
        id=name,
        case_folder=str(case.folder),
        files=files,
        program=program.path.name,
        stack=STACKS[program.framework],
        mode=Mode.DEFAULT,
        instrument=instrument,
        seed=0,
        size=Size.TINY,
        budget=Budget(seconds=seconds),
        contract=False,
    )


def run(
    chosen: Sequence[tuple[Outside, Mutant]], pool: Pool, kept: Path | None = None
) -> list[End | None]:
    """How some mutants end, each run once; those that the file `kept` has are not run again."""
    jobs = [job(program, mutant) for program, mutant in chosen]
    ends = read_ends(kept) if kept else {}
    before = len(ends)
    missing = {one.id: one for one in jobs if one.id not in ends}

    def keep(record: Record) -> None:
        ends[record.trial] = end = end_of(record)
        if kept:
            with kept.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"key": record.trial, **asdict(end)}) + "\n")
        print(f"\r{len(ends) - before}/{len(missing)} runs", end="", file=sys.stderr)

    pool.run(missing.values(), keep)
    print(file=sys.stderr)
    return [ends.get(one.id) for one in jobs]


def read_ends(kept: Path) -> dict[str, End]:
    """What a file has from runs before."""
    lines = kept.read_text("utf-8").splitlines() if kept.exists() else []
    rows = [json.loads(line) for line in lines]
    return {row.pop("key"): End(**row) for row in rows}


def end_of(record: Record) -> End:
    """The part of a record that is looked at here."""
    if record.failure is None:
        return End(type=str(record.worker), message="")
    return End(type=record.failure.type.rpartition(".")[2], message=record.failure.message)


def artefact(program: Outside, mutant: Mutant, end: End | None) -> str:
    """Why a mutant's end comes from the edit's text; empty if it does not."""
    if end is None or end.type not in SUSPICIOUS or mutant.bug in ABOUT_NAMES:
        return ""
    if end.type == "AttributeError":
        named = re.search(r"no attribute '(\w+)'", end.message)
        if not named or named[1] not in _new_names(program, mutant):
            return ""
    return f"{end.type}: {end.message.partition(chr(10))[0][:80]}"


def found_in(chosen: Sequence[tuple[Outside, Mutant]], ends: Sequence[End | None]) -> list[str]:
    """The artefacts among some mutants and their ends, a line each."""
    return [
        f"{program.set}/{program.case.name} {mutant.bug}: {why}"
        for (program, mutant), end in zip(chosen, ends, strict=True)
        if (why := artefact(program, mutant, end))
    ]


def _new_names(program: Outside, mutant: Mutant) -> set[str]:
    """Attributes that the edit brought in."""
    before = "\n".join([program.case.implementations[0].source, *program.case.helpers.values()])
    return _attributes(mutant.source) - _attributes(before) - set(dir(builtins))


def _attributes(text: str) -> set[str]:
    if not text.strip():
        return set()
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set(re.findall(r"\.(\w+)", text))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def places(read_programs: Sequence[Outside], total: int) -> Iterator[str]:
    """A table of the places per set, framework and kind."""
    yield f"| set | framework | kind | programs | places of {total} bugs, mean | least | most |"
    yield "|---|---|---|--:|--:|--:|--:|"
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for program in read_programs:
        kind = "sequences" if program.is_sequence else "plain"
        groups[program.set, program.framework, kind].append(len(program.mutants))
    for (name, framework, kind), counts in sorted(groups.items()):
        figures = f"{len(counts)} | {mean(counts):.1f} | {min(counts)} | {max(counts)}"
        yield f"| {name} | {framework} | {kind} | {figures} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--bug", default="", help="only bugs whose id has this in it")
    parser.add_argument("--run", action="store_true", help="run every mutant")
    parser.add_argument("--every", type=int, default=1, help="run only every n-th mutant")
    parser.add_argument("--sample", type=int, help="run only so many mutants, drawn with the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reasons", action="store_true", help="why bugs have no place")
    parser.add_argument("--each", action="store_true", help="the places of every program")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kept", type=Path, help="keep the ends here, and go on from there")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    bugs = [bug for bug in shipped_bugs() if options.bug in bug.id]
    found = [read(name, path, bugs) for name, path in programs(options.sets)]
    lines = list(places(found, len(bugs)))
    if options.each:
        lines += ["", *(f"{p.set}/{p.case.name} ({p.framework}): {len(p.mutants)}" for p in found)]
    if options.reasons:
        counts = Counter((bug, why) for p in found for bug, why in p.reasons.items())
        lines += ["", *(f"{n} {bug}: {why}" for (bug, why), n in counts.most_common())]
    if options.run:
        chosen = [one for program in found for one in worth_running(program)][:: options.every]
        if options.sample is not None:
            chosen = Random(options.seed).sample(chosen, min(options.sample, len(chosen)))
        lines += ["", *artefacts(chosen, options.jobs, options.kept)]
    text = "\n".join(lines)
    print(text)
    if options.page:
        options.page.write_text(f"{text}\n", encoding="utf-8")


def worth_running(program: Outside) -> Iterator[tuple[Outside, Mutant]]:
    """The mutants of a program that come to an end."""
    for mutant in program.mutants.values():
        if mutant.bug not in ENDLESS:
            yield program, mutant


def artefacts(
    chosen: Sequence[tuple[Outside, Mutant]], slots: int, kept: Path | None
) -> Iterator[str]:
    """What became of some mutants, and the artefacts among them."""
    with Pool(slots=slots) as pool:
        ends = run(chosen, pool, kept)
    counts = Counter(end.type if end else "not run" for end in ends)
    yield ", ".join(f"{count} {end}" for end, count in counts.most_common())
    wrong = found_in(chosen, ends)
    yield f"{len(wrong)} artefacts of {len(chosen)} mutants"
    yield from wrong


if __name__ == "__main__":
    main()
