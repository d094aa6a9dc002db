"""Whether readers look where D3 says that they look. Writes `reading.md`.

    python benchmarks/reading.py --sheets FOLDER     # what a reader gets
    python benchmarks/reading.py                     # the page, from readings/*.json

Crashes are drawn by chance, as many of each framework, no bug twice in one of them. A sheet has the
program, without a word about the bug, and the traceback as it was printed. A reader names the one
line that he would change first. `readings/NAME.json` has his answers by the name of the sheet,
which is a hash of its text: an answer to a sheet that has changed since does not count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tempfile
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from localisation import Subject, crashed, find_subjects, records_of
from ranking import of_suspects, of_traceback
from scipy.stats import binomtest

from debugdiff.model import Framework, Location
from debugdiff.source.lines import line_map
from debugdiff.store import Store
from debugdiff.suspects import suspects_of_crash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Record

HERE = Path(__file__).resolve().parent
PAGE = HERE / "reading.md"
READINGS = HERE / "readings"
OF_EACH = 30
SEED = 20
SPARE = 8
"""Drawn too, for mutants that do not crash."""
_LIBRARY = re.compile(r"/[^\"'\s()]*/(?=(?:site-packages|python[\d.]+)/)")
"""Where this machine has its libraries: a sheet is the same on all."""
TASK = """\
The program below ended with the traceback that follows it. Name the one line that you would change
first to mend it, as `file:line`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A crash, and the lines that each way of looking at it names first."""

    subject: Subject
    record: Record

    @property
    def sheet(self) -> str:
        """What a reader sees."""
        failure = self.record.failure
        assert failure is not None
        printed = _LIBRARY.sub("", failure.text.replace(f"{self.subject.case.folder}/", ""))
        files = "\n".join(_listing(name, text) for name, text in self.subject.sources.items())
        return f"{TASK}\n{files}\n## Traceback\n\n```text\n{printed.rstrip()}\n```\n"

    @property
    def name(self) -> str:
        """Of its sheet."""
        return hashlib.sha256(self.sheet.encode()).hexdigest()[:10]

    @property
    def guilty(self) -> frozenset[Location]:
        """The statements of the defect and of equally good fixes."""
        mutant = self.subject.mutant
        spans = (*mutant.defect, *mutant.accept)
        return frozenset(
            self.statement(Location(span.file or mutant.file, line))
            for span in spans
            for line in span.lines
        )

    @property
    def frame(self) -> Location | None:
        """The innermost frame of the user, where D3 begins."""
        assert self.record.failure is not None
        frames = of_traceback(self.record.failure, self.subject.sources)
        return self.statement(frames[0]) if frames else None

    @property
    def suspect(self) -> Location | None:
        """The first suspect of `debugdiff explain`."""
        assert self.record.failure is not None
        name = self.subject.implementation.path.name
        found = of_suspects(
            suspects_of_crash(
                self.subject.sources, name, self.record.failure, self.record.post_mortem
            )
        )
        return self.statement(found[0]) if found else None

    def statement(self, place: Location) -> Location:
        """The first line of the statement at a place."""
        lines = line_map(self.subject.sources.get(place.file, "")).statement
        return Location(place.file, lines.get(place.line, place.line))


def main() -> None:
    """Write the sheets, or the page."""
    options = arguments()
    crashes = drawn(options.store, options.jobs)
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
        for crash in crashes:
            (options.sheets / f"{crash.name}.md").write_text(crash.sheet, encoding="utf-8")
        return
    text = "\n".join(page(crashes, readings(crashes))) + "\n"
    PAGE.write_text(text, encoding="utf-8")
    print(text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sheets", type=Path, metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=1)
    default = Path(tempfile.gettempdir()) / "debugdiff-localisation.sqlite3"
    parser.add_argument("--store", type=Path, default=default)
    return parser.parse_args()


def drawn(store: Path, jobs: int) -> list[Crash]:
    """The crashes, PyTorch's first."""
    found: list[Crash] = []
    for framework in Framework:
        subjects = draw(list(find_subjects(framework, None)))
        with Store(store) as kept:
            records = records_of(subjects, kept, jobs)
        ended = [Crash(subject=each, record=records[each.key]) for each in subjects]
        found += [each for each in ended if crashed(each.record)][:OF_EACH]
    return found


def draw(subjects: list[Subject]) -> list[Subject]:
    """Some by chance, of as many bugs."""
    chance = Random(SEED)
    chance.shuffle(subjects)
    by_bug = {each.bug.id: each for each in subjects}
    return list(by_bug.values())[: OF_EACH + SPARE]


def readings(crashes: Sequence[Crash]) -> dict[str, dict[str, Location]]:
    """By reader and sheet: the statement that the reader named."""
    of_name = {crash.name: crash for crash in crashes}
    found: dict[str, dict[str, Location]] = {}
    for path in sorted(READINGS.glob("*.json")):
        answers = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = {
            name: of_name[name].statement(_place(answer))
            for name, answer in answers.items()
            if name in of_name
        }
    return found


def _place(answer: str) -> Location:
    file, _, line = answer.rpartition(":")
    return Location(file, int(line))


def _listing(name: str, text: str) -> str:
    lines = (f"{number:4} {line}" for number, line in enumerate(text.splitlines(), 1))
    return f"## {name}\n\n```text\n" + "\n".join(lines) + "\n```\n"


# --- the page ------------------------------------------------------------------------------------


def page(crashes: Sequence[Crash], read: Mapping[str, Mapping[str, Location]]) -> Iterator[str]:
    named: dict[str, dict[str, Location | None]] = {
        **{reader: dict(answers) for reader, answers in read.items()},
        "innermost frame": {crash.name: crash.frame for crash in crashes},
        "first suspect": {crash.name: crash.suspect for crash in crashes},
    }
    yield "# Where readers look first"
    yield ""
    yield (
        f"`python benchmarks/reading.py`: {len(crashes)} crashes drawn by chance, {OF_EACH} of each"
        " framework, no bug twice in one of them. A reader saw the program and the printed"
        " traceback, knew neither the bug nor the catalogue, and named the one line to change"
        f" first. Readers: {len(read)}, all of them language models, each on its own; people may"
        " read differently. *innermost frame* is where D3 begins to read, *first suspect* is the"
        " first line of `debugdiff explain`. Intervals are 95 %, exact."
    )
    yield ""
    yield (
        "The programs have about a hundred lines, and a reader can find a fault in them without any"
        " traceback. So the first table says what a traceback *names*, beside what a reader"
        " *finds*; it does not say how much a traceback helped."
    )
    yield ""
    yield "## Guilty line first"
    yield ""
    yield "| | all | PyTorch | Keras |"
    yield "|---|--:|--:|--:|"
    for who, answers in named.items():
        cells = [
            share([_is_found(crash, answers) for crash in group if crash.name in answers])
            for group in _groups(crashes)
        ]
        yield f"| {who} | {' | '.join(cells)} |"
    yield ""
    yield "## Agreement"
    yield ""
    yield (
        "*same line*: how often both name the same statement. *kappa*: Cohen's, over whether a"
        " crash is mended where the traceback ends (the statement of the user's innermost frame) or"
        " elsewhere."
    )
    yield ""
    yield "| | and | n | same line | kappa |"
    yield "|---|---|--:|--:|--:|"
    for one, other in combinations(named, 2):
        both = [
            crash for crash in crashes if crash.name in named[one] and crash.name in named[other]
        ]
        same = [named[one][crash.name] == named[other][crash.name] for crash in both]
        stays = [
            tuple(named[who][crash.name] == crash.frame for crash in both) for who in (one, other)
        ]
        yield f"| {one} | {other} | {len(both)} | {share(same)} | {kappa(*stays)} |"


def _groups(crashes: Sequence[Crash]) -> list[list[Crash]]:
    of = {
        framework: [each for each in crashes if each.subject.implementation.framework is framework]
        for framework in Framework
    }
    return [list(crashes), of[Framework.PYTORCH], of[Framework.KERAS]]


def _is_found(crash: Crash, answers: Mapping[str, Location | None]) -> bool:
    return answers[crash.name] in crash.guilty


def share(hits: Sequence[bool]) -> str:
    """A share with its exact interval (Clopper and Pearson 1934)."""
    if not hits:
        return "-"
    interval = binomtest(sum(hits), len(hits)).proportion_ci(0.95, "exact")
    low, high = (round(100 * end) for end in (interval.low, interval.high))
    return f"{sum(hits)} of {len(hits)} ({low} to {high} %)"


def kappa(one: Sequence[bool], other: Sequence[bool]) -> str:
    """Cohen's kappa of two lists of yes and no (Cohen 1960); none where one never varies."""
    count = len(one)
    if not count or len(set(one)) == 1 or len(set(other)) == 1:
        return "not defined: one of them never varies"
    agreed = sum(left == right for left, right in zip(one, other, strict=True)) / count
    yes = sum(one) / count * (sum(other) / count)
    no = (1 - sum(one) / count) * (1 - sum(other) / count)
    return f"{(agreed - yes - no) / (1 - yes - no):.2f}"


if __name__ == "__main__":
    main()
