"""The documentation does what it says: its files are written, its commands run, its bugs injected.

In a page, a fenced block is
* a file, if the line before it ends in the file's name: "... write `my_bugs/shape/some.toml`:";
* a session, if it is a `console` block with `$` in front of its commands: they run, and must print
  what stands below them, in this order (`...` skips lines, or a part of one; a line may go on
  further right than it is shown);
* a bug without its texts, if it is another `toml` block: its examples must come true;
* a list of commands, if it is a `console` block without `$`: their options must exist.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import typer
from command_line import debugdiff
from commands import page as commands_page
from conftest import Bench
from inject_programs import program
from pictures import PICTURES
from typer.core import TyperGroup

from debugdiff.bugs import load_bug
from debugdiff.cases import load_case
from debugdiff.cli.app import app
from debugdiff.cli.lazy import LazyCommand, load
from debugdiff.inject import check_examples, inject, validate_rules
from debugdiff.model import Bug, Mutant, ProgramEnd, Size, Stack

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = (*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")))
TUTORIALS = (
    "running-a-case.md",
    "your-folder.md",
    "adding-a-bug.md",
    "adding-a-case.md",
    "reading-a-verdict.md",
    "trace.md",
    "explain.md",
    "diff.md",
    "api.md",
)

FENCE = re.compile(r"^([^\n]*)\n+```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w/.-]+\.\w+)`[.:]$")
PICTURE = re.compile(r"!\[[^\n]*?\]\(([^)\s]+\.svg)\)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
TEXTS = """\
title = "A snippet"
difficulty = 1
story = "It stands in the documentation."
explanation = "It shows one thing."
hints = ["a", "b", "c"]
references = ["https://example.org/snippet"]

[symptom]
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the file that it is, if it is one."""

    language: str
    text: str
    file: str

    @property
    def is_session(self) -> bool:
        return self.language == "console" and self.text.startswith("$ ")


@dataclass(frozen=True)
class Command:
    """A command of a session, and the lines that it is said to print."""

    line: str
    printed: tuple[str, ...]

    @property
    def status(self) -> int:
        if any(line.startswith("error:") for line in self.printed):
            return 2
        failed = ("FAILED", "They diverge at")
        return 1 if any(word in line for line in self.printed for word in failed) else 0


def blocks(page: Path) -> list[Block]:
    found = []
    for before, language, text in FENCE.findall(page.read_text(encoding="utf-8")):
        named = FILE.search(before)
        found.append(Block(language, text, named[1] if named else ""))
    return found


def commands(block: Block) -> list[Command]:
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    return [Command(part.split("\n")[0], tuple(part.splitlines()[1:])) for part in parts]


def typed_lines(page: Path) -> list[str]:
    """Every `debugdiff` command line of a page, without the comment behind it."""
    lines = [
        line.removeprefix("$ ").partition(" #")[0].strip()
        for block in blocks(page)
        if block.language in {"console", "sh"}
        for line in block.text.splitlines()
        if line.startswith("$ ") or not block.is_session
    ]
    return [line.partition(" > ")[0] for line in lines if line.startswith("debugdiff ")]


def write_files(page: Path, folder: Path) -> None:
    for block in blocks(page):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


def execute(command: Command, folder: Path) -> subprocess.CompletedProcess[str]:
    name, *arguments = shlex.split(command.line)
    if name == "debugdiff" and not set(command.line) & set("|<>&;$*"):
        store = str(folder / "store.sqlite3")
        return debugdiff(*arguments, folder=folder, DEBUGDIFF_STORE=store)
    plain = {name: value for name, value in os.environ.items() if "COLOR" not in name}
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"COLUMNS": "100", "DEBUGDIFF_STORE": str(folder / "store.sqlite3"), "PATH": places}
    return subprocess.run(
        command.line,
        shell=True,
        cwd=folder,
        env=plain | own,
        capture_output=True,
        text=True,
        check=False,
    )


def missing_line(printed: tuple[str, ...], output: str) -> str | None:
    """The first line that should have been printed, in this order, and was not."""
    lines = iter([squeezed(line) for line in output.splitlines() if not is_rule(line)])
    for expected in filter(None, map(squeezed, printed)):
        beginning = re.compile(".*".join(map(re.escape, expected.split("..."))))
        if expected != "..." and not any(map(beginning.match, lines)):
            return expected
    return None


def squeezed(line: str) -> str:
    return " ".join(line.split())


def is_rule(line: str) -> bool:
    return bool(line) and not line.strip("─")


def loaded(text: str, folder: Path) -> Bug:
    """A snippet as a bug; what it leaves out is filled in."""
    if "title =" not in text:
        both = any(
            "framework" not in rule for rule in re.findall(r"\[\[inject\]\]\n((?:.+\n)+)", text)
        )
        named = ["keras", "pytorch"] if both else re.findall(r'framework = "(\w+)"', text)
        frameworks = sorted(set(named))
        symptoms = "".join(f'{framework} = "silent"\n' for framework in frameworks)
        text = f"{TEXTS}{symptoms}\n{text}"
    path = folder / "shape" / "snippet.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_bug(path, folder)


@pytest.mark.parametrize("page", TUTORIALS)
def test_a_tutorial_can_be_followed_from_its_first_line_to_its_last(
    page: str, tmp_path: Path
) -> None:
    write_files(DOCS / page, tmp_path)
    sessions = [block for block in blocks(DOCS / page) if block.is_session]
    assert sessions
    for command in [command for session in sessions for command in commands(session)]:
        done = execute(command, tmp_path)
        assert done.returncode == command.status, f"{command.line}\n{done.stdout}{done.stderr}"
        missing = missing_line(command.printed, done.stdout + done.stderr)
        assert missing is None, (
            f"{command.line}\nprints no\n{missing}\nbut\n{done.stdout}{done.stderr}"
        )


SNIPPETS = [block for block in blocks(DOCS / "adding-a-bug.md") if block.language == "toml"]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=[f"snippet{n}" for n in range(len(SNIPPETS))])
def test_every_bug_of_the_documentation_does_what_its_examples_claim(
    snippet: Block, tmp_path: Path
) -> None:
    write_files(DOCS / "adding-a-bug.md", tmp_path)
    if snippet.file:
        bug = load_bug(tmp_path / snippet.file, tmp_path / "my_bugs")
    else:
        bug = loaded(snippet.text, tmp_path)
    validate_rules(bug)
    assert bug.examples
    assert check_examples(bug) == ()


def test_the_bug_in_the_readme_is_a_bug(tmp_path: Path) -> None:
    (snippet,) = [block.text for block in blocks(README) if block.language == "toml"]
    bug = loaded(snippet, tmp_path)
    source = """
import torch
from torch import nn

model = nn.Sequential(nn.Linear(8, 2))
nn.CrossEntropyLoss()(model(words), labels).backward()
"""
    mutant = inject(program(source), bug)
    assert isinstance(mutant, Mutant)
    assert "nn.Sequential(nn.Linear(8, 2), nn.Softmax(dim=-1))" in mutant.source


@pytest.mark.parametrize("size", list(Size))
def test_the_case_of_the_documentation_has_data_of_every_size(size: Size, tmp_path: Path) -> None:
    write_files(DOCS / "adding-a-case.md", tmp_path)
    counted = "import dataset; data = dataset.load({!r}); print(len(data.train.labels))"
    done = subprocess.run(
        [sys.executable, "-c", counted.format(size.value)],
        cwd=tmp_path / "vowels",
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == {"tiny": 256, "small": 2_000, "full": 10_000}[size]


def test_the_programs_of_the_documented_case_solve_the_same_problem(
    tmp_path: Path, bench: Bench
) -> None:
    write_files(DOCS / "adding-a-case.md", tmp_path)
    case = load_case(tmp_path / "vowels")
    stacks = {"pytorch": Stack.PYTORCH, "keras_functional": Stack.KERAS_TENSORFLOW}
    assert {each.name for each in case.implementations} == set(stacks)
    for each in case.implementations:
        record = bench.run(
            each.source, stack=stacks[each.name], contract=True, size=Size.SMALL, files=case.helpers
        )
        assert (record.program, record.warnings) == (ProgramEnd.OK, ()), each.name
        assert (record.metrics["accuracy"] or 0) > case.majority, each.name


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_command_line_of_the_documentation_exists(page: Path) -> None:
    wrong = {line: problem for line in typed_lines(page) if (problem := mistake(line))}
    assert wrong == {}


@pytest.mark.parametrize(
    "line",
    [
        "debugdiff rnu",
        "debugdiff run --no-such",
        "debugdiff run --size huge",
        "debugdiff bugs chek",
    ],
)
def test_a_command_line_that_does_not_exist_is_noticed(line: str) -> None:
    assert mistake(line)


def mistake(line: str) -> str:
    """What the command line says against a line: a command, an option, a value. Nothing runs."""
    words = shlex.split(line)[1:]
    command = typer.main.get_command(app)
    context = typer.Context(command)
    try:
        while isinstance(command, TyperGroup) and words:
            _, command, words = command.resolve_command(context, words)
            command = load(command.name) if isinstance(command, LazyCommand) else command
        command.make_context(command.name, words)
    except Exception as error:  # noqa: BLE001 - typer's own copy of click has its own errors
        return str(error) or type(error).__name__
    return ""


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in LINK.findall(text):
        if not re.match(r"https?:|mailto:", link):
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page is called."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    measured = {f"../benchmarks/{page.name}" for page in (ROOT / "benchmarks").glob("*.md")}
    assert {link for link in LINK.findall(index) if "#" not in link} >= pages | measured


def test_every_picture_is_drawn_by_the_command_and_shows_no_place_of_a_machine() -> None:
    used = {Path(link).name for page in PAGES for link in PICTURE.findall(page.read_text("utf-8"))}
    assert (
        used == {f"{name}.svg" for name in PICTURES} == {path.name for path in DOCS.glob("*.svg")}
    )
    for picture in DOCS.glob("*.svg"):
        text = picture.read_text(encoding="utf-8")
        ET.fromstring(text)
        assert not re.search(r"(href|src)=|url\((?!#)|/(home|root|usr|tmp|work)/", text), picture


def test_the_reference_of_commands_is_what_their_help_says() -> None:
    written = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert written == commands_page(), "stale: run `python docs/commands.py`"
