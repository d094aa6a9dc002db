"""A new course: bugs that were asked for, each in a program that it fits, as a `course.toml`.

What a bug does in a program is measured by `teach check-course`: no measured effect comes with
debugdiff, only the symptom that a bug promises.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.files import shipped, write_atomically
from debugdiff.inject import inject
from debugdiff.model import Framework, Mutant, Size, Symptom
from debugdiff.teach.course import taking_turns
from debugdiff.teach.model import COURSE_SCHEMA, FrameworkChoice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from debugdiff.model import Bug, Case
    from debugdiff.teach.model import Course

_LEARNS = frozenset({Symptom.SILENT, Symptom.NON_FINITE, Symptom.SLOW})
"""What shows only where a program learns something."""

_MINUTES = 5
"""Of the easiest exercise, less one: the difficulty of the bug, 1 to 5, is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a course is to be made of.

    Attributes:
        categories: empty: all.
        difficulty: of the bugs, 1 to 5.
        minutes: for the whole course; `None`: any.
        count: exercises, at most.
    """

    bugs: Sequence[Bug]
    cases: Sequence[Case]
    categories: Collection[str] = ()
    difficulty: range = range(1, 6)
    framework: FrameworkChoice = FrameworkChoice.MIXED
    minutes: int | None = None
    count: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One exercise of a new course."""

    bug: Bug
    case: Case
    programs: Mapping[Framework, str]

    @property
    def minutes(self) -> int:
        """An estimate, by the difficulty alone."""
        return _MINUTES + self.bug.difficulty

    @property
    def size(self) -> Size:
        """At which it can be seen."""
        symptoms = {self.bug.symptom.get(each, Symptom.SILENT) for each in self.programs}
        return Size.TINY if symptoms.isdisjoint(_LEARNS) else Size.SMALL


def pick(wish: Wish) -> tuple[Pick, ...]:
    """Bugs that pass every filter, categories taking turns, each in a program that it fits.

    A program that both frameworks have is preferred, so that there is a twin; then the case that
    was taken least often.

    Raises:
        DebugdiffError: `course-pick` if nothing is left; it says which filter left out how many.
    """
    removed: Counter[str] = Counter()
    picks: list[Pick] = []
    minutes = 0
    for bug in taking_turns((each.category, each) for each in _wanted(wish, removed)):
        if len(picks) == wish.count:
            break
        found = _place(bug, wish, Counter(each.case.name for each in picks))
        if found is None:
            removed["programs"] += 1
        elif wish.minutes is not None and minutes + found.minutes > wish.minutes:
            removed["minutes"] += 1
        else:
            picks.append(found)
            minutes += found.minutes
    if not picks:
        raise _nothing(wish, removed)
    return tuple(picks)


def _wanted(wish: Wish, removed: Counter[str]) -> Iterator[Bug]:
    frameworks = _frameworks(wish)
    for bug in wish.bugs:
        if wish.categories and bug.category not in wish.categories:
            removed["category"] += 1
        elif bug.difficulty not in wish.difficulty:
            removed["difficulty"] += 1
        elif frameworks.isdisjoint(bug.frameworks):
            removed["framework"] += 1
        else:
            yield bug


def _frameworks(wish: Wish) -> frozenset[Framework]:
    mixed = wish.framework is FrameworkChoice.MIXED
    return frozenset(Framework) if mixed else frozenset({Framework(wish.framework.value)})


def _place(bug: Bug, wish: Wish, used: Counter[str]) -> Pick | None:
    best: Pick | None = None
    for case in sorted(wish.cases, key=lambda each: used[each.name]):
        programs = _programs(bug, case)
        if _frameworks(wish).isdisjoint(programs):
            continue
        if best is None or len(programs) > len(best.programs):
            best = Pick(bug=bug, case=case, programs=programs)
        if len(best.programs) == len(bug.frameworks):
            break
    return best


def _programs(bug: Bug, case: Case) -> Mapping[Framework, str]:
    """Per framework, the first program of a case that the bug fits."""
    found: dict[Framework, str] = {}
    for each in case.implementations:
        if each.framework not in found and isinstance(inject(each, bug), Mutant):
            found[each.framework] = each.name
    return found


_FILTERS = {
    "category": "--category excluded {}",
    "difficulty": "--difficulty excluded {}",
    "framework": "--framework excluded {}",
    "programs": "{} fit no program of these cases",
    "minutes": "{} would take more than --minutes",
}


def _nothing(wish: Wish, removed: Counter[str]) -> DebugdiffError:
    left_out = [text.format(removed[name]) for name, text in _FILTERS.items() if removed[name]]
    return DebugdiffError(
        f"None of the {len(wish.bugs)} bugs is left: {'; '.join(left_out)}.",
        hint="Use fewer filters. `debugdiff bugs list` shows each bug's category and difficulty.",
        slug="course-pick",
    )


# --- writing -----------------------------------------------------------------------------------


_ABOUT = "What this course is about, in a few sentences: learners read them first."
_HEAD = """\
# A debugdiff course. It contains the answers: give out only what `debugdiff teach export` makes.
# Exercises are sorted by when the fault shows, then by difficulty, whatever their order here.
# `debugdiff teach check-course {course}` proves every exercise.
schema = {schema}
title = {title}
about = \"\"\"
{about}\"\"\"
# Part of every exercise's id: another salt gives other ids. Do not change it during the course.
salt = {salt}
"""

_ENTRY = """
[[exercise]]
# {summary}
bug = {bug}
case = {case}
programs = {{ {programs} }}
{size}minutes = {minutes}
"""

_TAIL = """
# Does an exercise have a correct fix that does not just undo the bug? Write it below the exercise:
# `check-course` then checks that the judge accepts it. Example:
#
# [[exercise.fix]]
# framework = "pytorch"
# why = "cleared after the step"
# edits = [["optimizer.step()", "optimizer.step(); optimizer.zero_grad()"]]
"""


def warnings_of(course: Course) -> Iterator[str]:
    """What its author still has to write, a sentence each: students would read a placeholder."""
    if course.about.strip() in {"", _ABOUT}:
        yield "`about` in course.toml does not say yet what the course is about."


def write_course(
    path: Path, picked: Callable[[], Sequence[Pick]], title: str, own_bugs: Sequence[Path] = ()
) -> None:
    """Write a new `course.toml`; paths of own cases and bugs are relative to it.

    Exercises are picked only where nothing is in the way.

    Raises:
        DebugdiffError: `course-file` if there is one already.
    """
    if path.exists():
        raise DebugdiffError(
            f"{path} already exists.",
            hint="It was not overwritten: give the new course another name.",
            slug="course-file",
        )
    head = _HEAD.format(
        course=path.parent.name,
        schema=COURSE_SCHEMA,
        title=_quoted(title),
        about=_ABOUT,
        salt=_quoted(secrets.token_hex(8)),
    )
    if own_bugs:
        folders = ", ".join(_quoted(_relative(each, path)) for each in own_bugs)
        head += f"# Bugs of your own, beside those of debugdiff.\nbugs = [{folders}]\n"
    entries = (_entry(each, path) for each in picked())
    write_atomically(path, "".join((head, *entries, _TAIL)))


def _entry(chosen: Pick, path: Path) -> str:
    case = chosen.case
    is_shipped = case.folder.resolve().parent == shipped("cases").resolve()
    programs = (f"{each.value} = {_quoted(name)}" for each, name in chosen.programs.items())
    return _ENTRY.format(
        summary=" ".join(f"{chosen.bug.title} (difficulty {chosen.bug.difficulty})".split()),
        bug=_quoted(chosen.bug.id),
        case=_quoted(case.name if is_shipped else _relative(case.folder, path)),
        programs=", ".join(programs),
        size="" if chosen.size is Size.TINY else f"size = {_quoted(chosen.size)}\n",
        minutes=chosen.minutes,
    )


def _relative(target: Path, path: Path) -> str:
    return os.path.relpath(target.resolve(), path.parent.resolve())


def _quoted(text: str) -> str:
    """A TOML basic string; what JSON escapes, TOML escapes in the same way."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
