"""Codemods: the way out for bugs that no pattern can express, and what may go wrong with them."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from inject_programs import bug, program, rule, text_at

from debugdiff.errors import BugError
from debugdiff.inject import engine, inject, validate_rules
from debugdiff.model import Bug, Constraint, Mutant, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[..., Bug]

SOURCE = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"


@pytest.fixture
def codemod(tmp_path: Path) -> Maker:
    def written(body: str, *, name: str = "Change", **more: object) -> Bug:
        lines = "".join(f"        {line}\n" for line in body.splitlines())
        text = f"class {name}:\n    def apply(self, source, implementation):\n{lines}"
        (tmp_path / "change.py").write_text(text, encoding="utf-8")
        made = rule(codemod="change.py:Change", line=7, **more)
        return bug(made, path=tmp_path / "some-bug.toml")

    return written


def test_a_codemod_changes_the_source_and_its_spans_are_found(codemod: Maker) -> None:
    result = inject(program(SOURCE), codemod("return source.replace('2', '3')", use="return 1"))
    assert isinstance(result, Mutant)
    assert [text_at(result.source, span) for span in result.defect] == ["3"]
    assert [span.line for span in result.use] == [2]


def test_a_codemod_is_told_the_implementation(codemod: Maker) -> None:
    some = codemod("return source + f'# {implementation.style}'")
    result = inject(program(SOURCE), some)
    assert isinstance(result, Mutant)
    assert result.source.endswith("# module")


def test_a_codemod_without_a_place_returns_none(codemod: Maker) -> None:
    result = inject(program(SOURCE), codemod("return None"))
    assert isinstance(result, NotApplicable)
    assert result.reason == "codemod `change.py:Change` found no place"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise KeyError('x')", r"on case/program it raised KeyError: 'x'"),
        ("return 3", "it returned int, not text or None"),
        ("return 'def f(:'", "the result of this rule is not Python"),
        ("return source", "changes nothing"),
    ],
)
def test_a_codemod_that_fails_is_an_error_of_the_bug(
    codemod: Maker, body: str, message: str
) -> None:
    with pytest.raises(BugError, match=message) as caught:
        inject(program(SOURCE), codemod(body))
    assert "some-bug.toml:7" in caught.value.message


def test_a_codemod_that_changes_more_than_it_says_is_an_error(codemod: Maker) -> None:
    inside = codemod("return source.replace('2', '3')", inside="g")
    assert isinstance(inject(program(SOURCE), inside), Mutant)
    outside = codemod("return source.replace('1', '3')", inside="g")
    with pytest.raises(BugError, match="changes line 2, which is not inside `g`"):
        inject(program(SOURCE), outside)


def test_a_class_that_is_missing_is_an_error(codemod: Maker) -> None:
    with pytest.raises(BugError, match="has no class `Change`"):
        validate_rules(codemod("return None", name="Other"))


def test_a_file_that_is_missing_fails_or_lies_elsewhere_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "shape" / "some-bug.toml"
    path.parent.mkdir()
    (tmp_path / "outside.py").write_text("class A: ...", encoding="utf-8")
    (path.parent / "fails.py").write_text("1 / 0", encoding="utf-8")
    for name, message in [
        ("absent.py:A", "there is no file `absent.py`"),
        ("fails.py:A", "raised ZeroDivisionError"),
        ("../outside.py:A", "leaves the folder"),
    ]:
        with pytest.raises(BugError, match=message):
            validate_rules(bug(rule(codemod=name), path=path))
    assert not (path.parent / "__pycache__").exists()


def test_an_edited_codemod_is_read_again(codemod: Maker) -> None:
    first = inject(program(SOURCE), codemod("return source + '# 1'"))
    second = inject(program(SOURCE), codemod("return source + '# 2 '"))
    assert isinstance(first, Mutant)
    assert isinstance(second, Mutant)
    assert first.source != second.source


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import sys; sys.exit(0)", "raised SystemExit: 0"),
        ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
        ("class E(Exception):\n    __str__ = None\nraise E", "it raised E"),
        ("import os; os._exit(0)", "ended its process instead of giving an answer"),
        ("import os; os._exit = print; raise SystemExit", "raised SystemExit"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "ended its process"),
        ("import os; os.closerange(0, 200)", "ended its process"),
        ("while True: pass", "did not end within 1 seconds of processor time"),
        ("import time; time.sleep(600)", "did not end within"),
        ("import os, time\nif os.fork() == 0: time.sleep(600)\nos._exit(0)", "did not end|ended"),
        ("return 'x' * (1 << 40)", "MemoryError"),
        ("return source + '# \\udc80'", "text that is not UTF-8"),
    ],
)
def test_a_codemod_harms_nobody_but_its_bug(
    codemod: Maker, body: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("debugdiff.inject.apart.PROCESSOR_SECONDS", 1)
    monkeypatch.setattr("debugdiff.inject.apart._WAITING_SECONDS", 5.0)
    before = signal.signal(signal.SIGTERM, lambda *_: pytest.fail("the child has our handler"))
    try:
        with pytest.raises(BugError, match=message):
            inject(program(SOURCE), codemod(body))
    finally:
        signal.signal(signal.SIGTERM, before)


def test_what_a_codemod_prints_and_changes_in_its_process_reaches_nobody(
    codemod: Maker, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "1")
    body = "import os\nprint('x', flush=True)\nos.environ['MINE'] = '2'\nreturn source + '#'"
    assert isinstance(inject(program(SOURCE), codemod(body)), Mutant)
    assert capfd.readouterr() == ("", "")
    assert os.environ["MINE"] == "1"


def test_a_regular_expression_that_never_ends_is_an_error_of_its_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("debugdiff.inject.apart.PROCESSOR_SECONDS", 1)
    path = tmp_path / "some-bug.toml"
    path.write_text("")
    where = {"x": Constraint(regex=("(a+)+b",))}
    made = bug(rule(match="g($x)", replace="h($x)", where=where), path=path)
    ends = inject(program("g(a)\n"), made)
    assert isinstance(ends, NotApplicable)
    with pytest.raises(BugError, match="did not end within") as caught:
        inject(program(f"g({'a' * 60})\n"), made)
    assert caught.value.slug == "bug-limits"


def test_the_answer_of_a_child_is_that_of_this_process(codemod: Maker) -> None:
    some = codemod("return source.replace('2', '3')", use="return 1")
    assert inject(program(SOURCE), some) == engine.inject(program(SOURCE), some)
    none = codemod("return None")
    assert inject(program(SOURCE), none) == engine.inject(program(SOURCE), none)


def test_a_codemod_says_what_a_program_lacks(codemod: Maker) -> None:
    bug = codemod("return None")
    file = bug.path.parent / "change.py"
    file.write_text(file.read_text() + '    missing = "this program has no two"\n')
    result = inject(program(SOURCE), bug)
    assert isinstance(result, NotApplicable)
    assert result.reason == "this program has no two"


def test_a_codemod_changes_the_first_file_of_a_program_that_has_its_place(codemod: Maker) -> None:
    some = codemod("return source.replace('1', '2') if 'layers' in source else None")
    helper = "import torch\nlayers = 1\n"
    result = inject(replace(program("x = 1\n"), helpers={"net.py": helper}), some)
    assert isinstance(result, Mutant)
    assert (result.file, result.source) == ("net.py", helper.replace("1", "2"))
