"""Damaged inputs of six kinds, and what has to hold of each: an answer or a sentence, in time.

`KINDS` has a way to make an input by chance and a way to try it. What is wrong comes back as a
text; nothing is empty. `benchmarks/fuzz.py` tries thousands, `test_fuzz.py` a few.
"""

from __future__ import annotations

import json
import random
import shutil
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from unittest import mock

from report_samples import changed, report
from test_store import a_result, a_trial

from debugdiff import corpora
from debugdiff.bugs import load_bug, shipped_bugs
from debugdiff.cases import load_case, shipped_cases
from debugdiff.cli import case_views, views
from debugdiff.cli.measuring import measure_paths
from debugdiff.corpora import catalogue as corpus_files
from debugdiff.errors import DebugdiffError
from debugdiff.files import digest, to_json
from debugdiff.inject import apart, check_examples, engine, inject, validate_rules
from debugdiff.inject.roles import roles_of
from debugdiff.model import Attempt, Budget, Bug, Case, Instrument, Record, Report
from debugdiff.records import read
from debugdiff.report import catalogue, roles, show
from debugdiff.report import json as json_report
from debugdiff.report import metrics as metrics_report
from debugdiff.report import table as table_report
from debugdiff.report.page import Page
from debugdiff.score import judge
from debugdiff.store import Store
from debugdiff.store.repair import check, repair
from debugdiff.verdict import shipped_held_out

MOST_SECONDS = 20.0
"""Of processor time, for one input; what works takes far less than one."""
PAGE = Page(width=80)

ODD = (
    *("[" * 400 + "]" * 400, "{" * 400, "(" * 150 + ")" * 150, "not " * 300, "9" * 5_000, "1e999"),
    *("\x1b[2J", "\u202e", "\u2028", "\0", "\ud800", "\U0001f600", "'''", '"""', "\\", "$x", "$*_"),
    *("A" * 200_000, "a b " * 5_000, "-1", "nan", "true", "../" * 20, "/etc/passwd", "{x}", "[b]"),
    *("(a+)+b", "\n" * 2_000, "\r", "=", "#", "[[inject]]", "[symptom]", "x.y.z = 1", "999" * 10),
)


@cache
def _bugs() -> tuple[Bug, ...]:
    return shipped_bugs()


@cache
def _cases() -> tuple[Case, ...]:
    return shipped_cases()


@cache
def _report() -> Report:
    return report()


def mutated(text: str, chance: random.Random) -> str:
    """A text with some of its lines, words or characters taken out, doubled, moved or replaced."""
    for _ in range(chance.randint(1, 4)):
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        place = chance.randint(0, len(text))
        end = min(len(text), place + chance.choice((0, 1, 3, 20)))
        match chance.randrange(7):
            case 0:
                del lines[at]
                text = "\n".join(lines)
            case 1:
                lines.insert(at, chance.choice(lines))
                text = "\n".join(lines)
            case 2:
                text = text[:place] + chance.choice(ODD) + text[end:]
            case 3:
                text = text[:place] + chr(chance.randrange(1, 0x3000)) + text[end:]
            case 4:
                text = text[:place] + text[end:]
            case 5:
                words = lines[at].split(" ")
                words[chance.randrange(len(words))] = chance.choice(ODD)
                lines[at] = " ".join(words)
                text = "\n".join(lines)
            case 6:
                text = text[:place]
    return text


def write(path: Path, text: str) -> None:
    """What a file may hold: lone surrogates become bytes that are no UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(errors="surrogatepass"))


# --- bugs ----------------------------------------------------------------------------------------


def make_bug(chance: random.Random) -> str:
    return mutated(chance.choice(_bugs()).path.read_text(encoding="utf-8"), chance)


def try_bug(text: str, folder: Path) -> None:
    path = folder / "loss" / "a-bug.toml"
    write(path, text)
    for codemod in _bugs()[0].path.parent.parent.rglob("*.py"):
        shutil.copy(codemod, path.parent)
    bug = load_bug(path, folder)
    views.bugs([bug], PAGE)
    catalogue.render([bug], (), shipped_held_out())
    validate_rules(bug)
    check_examples(bug)
    for program in _cases()[0].implementations[:2]:
        inject(program, bug)


# --- cases ---------------------------------------------------------------------------------------


def make_case(chance: random.Random) -> str:
    case = chance.choice(_cases())
    return mutated((case.folder / "case.toml").read_text(encoding="utf-8"), chance)


def try_case(text: str, folder: Path) -> None:
    for case in _cases()[:1]:
        for program in case.folder.glob("*.py"):
            shutil.copy(program, folder)
    write(folder / "case.toml", text)
    case_views.case_page(load_case(folder), (), PAGE)


# --- stores --------------------------------------------------------------------------------------

IDS = [digest(str(number)) for number in range(40)]


@cache
def _whole_store() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        with Store(path) as store:
            for each in IDS:
                store.put(a_result(each))
                store.cached(Budget, f"key {each}", Budget)
        return path.read_bytes()


def make_store(chance: random.Random) -> bytes:
    content = bytearray(_whole_store())
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(content))
        size = chance.choice((1, 4, 100, 4096))
        match chance.randrange(4):
            case 0:
                content[at : at + size] = chance.randbytes(size)
            case 1:
                content[at : at + size] = bytes(size)
            case 2:
                content[at : at + size] = b"[]{}\xff,:"[: chance.randint(1, 7)]
            case 3:
                del content[max(at, 200) :]
    return bytes(content)


def try_store(content: bytes, folder: Path) -> None:
    path = folder / "store"
    path.write_bytes(content)
    slugs = []
    try:
        with Store(path) as store:
            store.trials()
            for each in IDS[::7]:
                store.get(a_trial(each))
                store.cached(Budget, f"key {each}", Budget)
            store.put(a_result("again"))
    except DebugdiffError as error:
        slugs.append(error.slug)
    assert {*slugs} <= {"store-damaged", "store-unusable", "store-newer"}
    check(path)
    repair(path, folder / "new")
    assert check(folder / "new").is_whole


# --- records -------------------------------------------------------------------------------------

NUMBERS = (10**30, -1, 0, 2**53, 1e308, None, "x", [], {}, True, -(10**9), 0.1, "A" * 200_000, "")


def _changed_json(value: object, chance: random.Random) -> object:
    """A value of JSON with one thing in it replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.95:
        key = chance.choice(list(value))
        return {**value, key: _changed_json(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], _changed_json(value[at], chance), *value[at + 1 :]]
    if isinstance(value, int) and chance.random() < 0.6:
        return chance.choice((2**53, 2**40, 0, -1, 10**6))
    return chance.choice((*NUMBERS, *ODD))


def _attempts() -> list[Attempt]:
    return [each for each in _report().attempts if each.result]


def make_record(chance: random.Random) -> tuple[int, str]:
    number = chance.randrange(len(_attempts()))
    value = json.loads(to_json(_attempts()[number].result.record))
    for _ in range(chance.randint(1, 3)):
        value = _changed_json(value, chance)
    return number, json.dumps(value)


def try_record(found: tuple[int, str], folder: Path) -> None:
    number, text = found
    try:
        record = read(Record, text)
    except ValueError:
        return
    attempt = _attempts()[number]
    result = replace(attempt.result, record=record)
    mine = replace(attempt, trials={**attempt.trials, Instrument.NONE: result})
    mine = judge(mine)
    other = changed(
        _report(),
        attempt=lambda each: mine if each.result and each.result.trial == result.trial else each,
    )
    table_report.render(other, PAGE)
    json_report.render(other, PAGE)
    subject = show.subject_of_trial(other, result.trial.id)
    if subject is not None:
        show.render(subject, PAGE)


# --- sources -------------------------------------------------------------------------------------


def make_source(chance: random.Random) -> str:
    case = chance.choice(_cases())
    return mutated(chance.choice(case.implementations).source, chance)


def try_source(text: str, folder: Path) -> None:
    write(folder / "program.py", text)
    metrics_report.render(measure_paths([str(folder)]), PAGE)
    case = load_case(folder)
    case_views.case_page(case, (), PAGE)
    for program in case.implementations:
        found = roles_of(program)
        name = roles.ProgramRoles(name=program.name, file=program.file, roles=found)
        roles.render([name], PAGE)
        for bug in _bugs()[::12]:
            if not apart.is_needed(bug):
                engine.inject(program, bug)


# --- corpora -------------------------------------------------------------------------------------


def make_corpus(chance: random.Random) -> tuple[str, str, bytes]:
    names = [name for name in corpora.NAMES if corpus_files.file_paths(name)]
    name = chance.choice(names)
    path = chance.choice(corpus_files.file_paths(name))
    return name, path, mutated("a b\n" * 50, chance).encode(errors="surrogatepass")


def try_corpus(found: tuple[str, str, bytes], folder: Path) -> None:
    name, path, content = found
    (folder / "file").write_bytes(content)
    package = SimpleNamespace(locate_file=lambda _: folder / "file")
    with mock.patch.object(corpus_files.metadata, "distribution", return_value=package):
        corpus_files.read_file(name, path)
    raise AssertionError("a file that is another one was read")


# --- all of them ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of input: how one is made, and how it is tried; a `DebugdiffError` is an answer."""

    make: Callable[[random.Random], object]
    attempt: Callable[[object, Path], None]


KINDS = {
    "bugs": Kind(make_bug, try_bug),
    "cases": Kind(make_case, try_case),
    "stores": Kind(make_store, try_store),
    "records": Kind(make_record, try_record),
    "sources": Kind(make_source, try_source),
    "corpora": Kind(make_corpus, try_corpus),
}


def problem_of(kind: Kind, made: object, folder: Path) -> str:
    """Why an input got no answer; empty if it got one."""
    began = time.process_time()
    try:
        kind.attempt(made, folder)
    except DebugdiffError:
        pass
    except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
        return traceback.format_exc(limit=-4)
    taken = time.process_time() - began
    return f"{taken:.0f} seconds of processor time" if taken > MOST_SECONDS else ""
