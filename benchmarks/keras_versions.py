"""What the releases of Keras did to its error messages, on one PyTorch and one TensorFlow.

    python benchmarks/keras_versions.py --backend torch
    python benchmarks/keras_versions.py --backend tensorflow name_classifier bag_of_embeddings

puts every bug of the catalogue that is expected to crash Keras into the programs of some cases, and
runs them on each stack of `stacks.toml`, twice. It compares each version with the one before it,
from the newest one on, and writes `keras_versions.md` beside this file after each. What has run is
kept in two stores: a command that was stopped continues, and the table of the other back end stays.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff import campaign
from debugdiff.campaign import RunRequest
from debugdiff.campaign.executing import pool_for
from debugdiff.campaign.running import measure
from debugdiff.cases import find_case
from debugdiff.changes import Kind, compare_reports, parse_report
from debugdiff.changes.normal import normal
from debugdiff.changes.words import word_diff
from debugdiff.choosing import find_bugs
from debugdiff.cli.progress import progress_for
from debugdiff.config import default_store
from debugdiff.model import Framework, Instrument, Sandbox, Style, Symptom
from debugdiff.own_stacks import interpreter_of, make_stack, read_stacks
from debugdiff.own_stacks.made import default_home
from debugdiff.report import Format, Page, render

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from debugdiff.changes import Change, Changes, SavedReport
    from debugdiff.model import Attempt, Case, Report
    from debugdiff.own_stacks import DeclaredStack

HERE = Path(__file__).resolve().parent
PAGE = HERE / "keras_versions.md"
CASES = ("name_classifier", "bag_of_embeddings", "text_cnn", "text_and_features")
COMMAND = "python benchmarks/keras_versions.py"
CRASHES = frozenset({Symptom.BUILD, Symptom.FIRST_STEP, Symptom.LATER_STEP})
SHOWN = (Kind.SILENT, Kind.REPORTED, Kind.WORSE, Kind.BETTER, Kind.MIXED, Kind.TEXT)
WIDTH = 110
COUNTED = (*SHOWN, Kind.SAME, Kind.VARIES, Kind.NOT_COMPARABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One release on one back end: its report, and that of the same run once more."""

    stack: DeclaredStack
    report: Report
    saved: SavedReport
    again: SavedReport

    @property
    def trials(self) -> int:
        """How many it ran, once."""
        return len(self.saved.trials)

    @property
    def is_complete(self) -> bool:
        """Whether it ran both times."""
        return len(self.again.trials) == self.trials > 0

    @property
    def keras(self) -> str:
        """Its number."""
        return self.report.environment.stacks[self.stack.name].versions["keras"]

    @property
    def sides(self) -> tuple[SavedReport, SavedReport]:
        """Both runs."""
        return self.saved, self.again


@dataclass(slots=True, kw_only=True)
class Group:
    """A change that several programs show alike."""

    change: Change
    programs: list[str] = field(default_factory=list)


def main() -> int:
    """Run what is missing, and write the page."""
    options = _options()
    cases = tuple(find_case(name) for name in options.case)
    declared = read_stacks(HERE / "stacks.toml").values()
    wanted = [each for each in declared if each.kind == f"keras-{options.backend}"]
    versions: list[Version] = []
    for stack in reversed(wanted):
        make_stack(stack, default_home(), say=_say)
        version = _version(stack, cases, options)
        if version.is_complete and (not versions or version.trials >= versions[-1].trials):
            versions.insert(0, version)
        if versions:
            _write(options.backend, _section(options, versions, wanted))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("case", nargs="*", default=CASES)
    parser.add_argument("--backend", choices=("torch", "tensorflow"), default="torch")
    parser.add_argument("--style", choices=list(Style), default=Style.FUNCTIONAL)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--stored", action="store_true", help="run nothing: write what has run")
    parser.add_argument("--store", type=Path, default=default_store().parent / "keras_versions")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- runs --------------------------------------------------------------------------------------


def _version(stack: DeclaredStack, cases: Sequence[Case], options: argparse.Namespace) -> Version:
    request = _request(stack, cases, options)
    once, again = (
        replace(request, store=options.store / f"{name}.sqlite3") for name in ("once", "again")
    )
    if not options.stored:
        _run(once, again, stack.name)
    first, second = campaign.stored(once), campaign.stored(again)
    return Version(stack=stack, report=first, saved=_saved(first), again=_saved(second))


def _run(once: RunRequest, again: RunRequest, name: str) -> None:
    """Run what has no record yet; parity is checked by the first of the two runs."""
    with pool_for(once) as pool, progress_for(quiet=False, verbose=False) as progress:
        progress.message(f"--- {name}")
        campaign.run(once, progress=progress, pool=pool)
        measure(again, progress=progress, pool=pool)


def _request(
    stack: DeclaredStack, cases: Sequence[Case], options: argparse.Namespace
) -> RunRequest:
    """Every crash of the catalogue in every Keras program, on one stack."""
    known = find_bugs(None, None, [HERE / "keras_versions_bugs"])
    return RunRequest(
        cases=tuple(cases),
        bugs=tuple(bug for bug in known if bug.symptom.get(Framework.KERAS) in CRASHES),
        store=options.store,
        frameworks=(Framework.KERAS,),
        styles=(Style(options.style),),
        stacks=(stack.name,),
        interpreters={stack.name: interpreter_of(stack, default_home())},
        instruments=(Instrument.NONE,),
        jobs=options.jobs,
        sandbox=Sandbox.WRITE,
    )


def _saved(report: Report) -> SavedReport:
    """The report as `debugdiff compare` reads it."""
    text = render(report, Format.JSON, Page())
    return parse_report(PAGE, text.encode)


# --- the page ----------------------------------------------------------------------------------


def _section(
    options: argparse.Namespace, versions: Sequence[Version], wanted: Sequence[DeclaredStack]
) -> str:
    command = f"{COMMAND} {' '.join(options.case)} --backend {options.backend}"
    command += f" --style {options.style}"
    steps = [_compared(old, new) for old, new in pairwise(versions)]
    same = [_again(version) for version in versions]
    lines = [
        f"## Keras on {_base(versions[0])}",
        "",
        f"`{command}`",
        "",
        *_counts(versions, steps, same),
        "",
        *_waiting(versions, wanted),
        *_not_available(versions),
        "### What changed, by the version that brought it",
        "",
        *(line for new, step in zip(versions[1:], steps, strict=True) for line in _step(new, step)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _compared(old: Version, new: Version) -> Changes:
    return compare_reports(old.sides, new.sides, stacks=(old.stack.name, new.stack.name))


def _again(version: Version) -> Changes:
    """Two runs of one version: nothing may differ."""
    name = version.stack.name
    return compare_reports([version.saved], [version.again], stacks=(name, name))


def _base(version: Version) -> str:
    facts = version.report.environment.stacks[version.stack.name].versions
    return ", ".join(f"{name} {text}" for name, text in facts.items() if name != "keras")


def _counts(
    versions: Sequence[Version], steps: Sequence[Changes], same: Sequence[Changes]
) -> Iterator[str]:
    shared = set.intersection(*(set(_ran(version)) for version in versions))
    found = [Counter(change.kind for change in _crashes(step, shared)) for step in steps]
    kinds = [kind for kind in COUNTED if any(counts[kind] for counts in found)]
    yield f"| {' | '.join(('Keras', 'crashes', *kinds, 'differ between two runs'))} |"
    yield f"|---|---:|{'---:|' * len(kinds)}---:|"
    for at, version in enumerate(versions):
        crashes = sum(attempt.crashed for name, attempt in _ran(version).items() if name in shared)
        counts = [str(found[at - 1][kind]) if at else "" for kind in kinds]
        crashed = _crashes(same[at], shared)
        differ = sum(one.before.compared != one.after.compared for one in crashed)
        yield f"| {' | '.join((version.keras, str(crashes), *counts, str(differ)))} |"


def _ran(version: Version) -> dict[tuple[str, str], Attempt]:
    """The bugs that a release ran, by program and bug: the catalogue may have grown meanwhile."""
    attempts = (each for each in version.report.attempts if each.record)
    return {(each.implementation.key, each.bug.id): each for each in attempts}


def _crashes(changes: Changes, shared: Collection[tuple[str, str]]) -> Iterator[Change]:
    """The bugs that end a program on one side at least, of those that every release ran."""
    for change in changes.changes:
        name = (f"{change.case}/{change.implementation}", change.bug)
        if name in shared and (change.before.type or change.after.type):
            yield change


def _waiting(versions: Sequence[Version], wanted: Sequence[DeclaredStack]) -> Iterator[str]:
    """The releases that have not run yet: an interrupted study says so."""
    known = {version.stack.name for version in versions}
    names = [stack.name for stack in wanted if stack.name not in known]
    if names:
        yield f"Not run yet: {', '.join(names)}. The same command continues with them."
        yield ""


def _not_available(versions: Sequence[Version]) -> Iterator[str]:
    found = {reason: None for version in versions for reason in version.report.not_run.values()}
    if found:
        yield "Not measured:"
        yield ""
        yield from (f"* {_one_line(reason)}" for reason in found)
        yield ""


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def _step(version: Version, changes: Changes) -> Iterator[str]:
    """What a version brought: each change once, the most frequent first."""
    groups: dict[tuple[str, ...], Group] = {}
    for change in changes.changes:
        if change.kind in SHOWN:
            texts = (normal(change.before.message), normal(change.after.message))
            group = groups.setdefault((change.bug, change.kind, *texts), Group(change=change))
            group.programs.append(f"{change.case}/{change.implementation}")
    yield f"#### {version.keras}"
    yield ""
    if not groups:
        yield "Nothing."
    for group in sorted(groups.values(), key=lambda one: -len(one.programs)):
        yield from _shown(group)
    yield ""


def _shown(group: Group) -> Iterator[str]:
    change = group.change
    more = f" and {len(group.programs) - 1} more" if len(group.programs) > 1 else ""
    ends = dict.fromkeys(each.type or "no exception" for each in (change.before, change.after))
    figures = [f"{name} {old:.3g} → {new:.3g}" for name, (old, new) in change.differing.items()]
    facts = ", ".join((" → ".join(ends), *figures))
    what = f"{change.kind}: {change.bug} in {group.programs[0]}{more}"
    yield f"* `{change.kind.mark}` {what}: {facts}"
    if normal(change.before.message) != normal(change.after.message):
        yield "  ```text"
        yield from (f"  {line}" for line in _words(change))
        yield "  ```"


def _words(change: Change) -> Iterator[str]:
    """The words of both messages, `[-what went-]` and `{+what came+}`, folded."""
    forms = {"-": "[-{}-]", "+": "{{+{}+}}", " ": "{}"}
    parts = word_diff(normal(change.before.message), normal(change.after.message))
    text = " ".join(forms[sign].format(_shortened(sign, words)) for sign, words in parts)
    yield from textwrap.wrap(text, WIDTH)


def _shortened(sign: str, words: str) -> str:
    """What stayed is shown at its ends only."""
    return words if sign != " " else textwrap.shorten(words, 2 * WIDTH, placeholder=" …")


def _write(backend: str, section: str) -> None:
    """Replace one back end's part of the page; the other one stays."""
    marks = {name: f"<!-- {name} -->\n" for name in ("torch", "tensorflow")}
    waiting = f"## Keras on {{}}\n\nNot run yet: `{COMMAND} --backend {{}}`.\n\n"
    empty = HEAD + "".join(mark + "\n" + waiting.format(name, name) for name, mark in marks.items())
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else empty
    before, _, rest = text.partition(marks[backend])
    later = [mark for name, mark in marks.items() if name != backend and mark in rest]
    after = later[0] + rest.partition(later[0])[2] if later else ""
    PAGE.write_text(f"{before}{marks[backend]}\n{section}\n{after}", encoding="utf-8")


HEAD = """# What the releases of Keras did to its error messages

Every bug of the catalogue that is expected to crash Keras, and one more for an input of a wrong
rank, in programs of some cases, on one release after the other. Python, NumPy and the back end
stay the same: a release lies in front of them ([stacks.toml](stacks.toml),
[stacks](../docs/stacks.md)). Each release runs everything twice, and what differs between the two
runs would be no change. Before the trials of a release count, the programs are checked to be one
model on it ([parity](../docs/parity.md)).

Each row is a release beside the one above it, with the marks and kinds of `debugdiff compare`
([compare](../docs/compare.md)): `-` better, `+` worse, `~` other words only. Figures are those of
[metrics](../docs/metrics.md).

"""


if __name__ == "__main__":
    raise SystemExit(main())
