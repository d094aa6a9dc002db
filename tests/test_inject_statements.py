"""Statement probes: what is probed, on which line, and that the twin does the same."""

from __future__ import annotations

import ast
import builtins
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inject_programs import KERAS, TORCH

from debugdiff.errors import CaseError
from debugdiff.inject import probe_statements
from debugdiff.inject.statements import without_probes


def probed(source: str) -> list[str]:
    """The twin's lines, with a short recorder."""
    twin, _ = probe_statements(source, "program.py")
    ast.parse(twin)
    assert without_probes(twin) == source
    return twin.replace("__debugdiff_record__", "R").splitlines()


def names(source: str) -> list[tuple[int, str, str]]:
    _, sites = probe_statements(source, "program.py")
    return [(site.line, site.name, site.function) for site in sites.values()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = 1", 'x = 1; R("0", x)'),
        ("x = 1  # one", 'x = 1; R("0", x)  # one'),
        ("x = 1;", 'x = 1; R("0", x);'),
        ("x = 1; y = 2", 'x = 1; R("0", x); y = 2; R("1", y)'),
        ("x += 1", 'x += 1; R("0", x)'),
        ("x: int = 1", 'x: int = 1; R("0", x)'),
        ("x: int", "x: int"),
        ("x = y = 1", 'x = y = 1; R("0", x); R("1", y)'),
        ("a, (b, *c) = d", 'a, (b, *c) = d; R("0", a); R("1", b); R("2", c)'),
        ("_, x = f()", '_, x = f(); R("0", _); R("1", x)'),
        ("if a: x = 1", 'if a: x = 1; R("0", x)'),
        ("x[0] = 1", "x[0] = 1"),
        ("f(x).y = 1", "f(x).y = 1"),
        ("a.b.c = 1", 'a.b.c = 1; R("0", a.b.c)'),
        ("é = 'ü'; x = 'ß'", "é = 'ü'; R(\"0\", é); x = 'ß'; R(\"1\", x)"),
        ("x = lambda y: y", 'x = lambda y: y; R("0", x)'),
        ("f(x := 1)", "f(x := 1)"),
    ],
)
def test_the_probe_follows_the_assignment_on_its_line(line: str, expected: str) -> None:
    assert probed(line + "\n") == [expected]


def test_an_assignment_over_several_lines_is_probed_at_its_end_and_named_by_its_first() -> None:
    source = "def f():\n    x = g(\n        1,\n    )\n    return x\n"
    assert probed(source)[3] == '    ); R("0", x)'
    assert names(source) == [(2, "x", "f")]


def test_constructors_keep_their_layers_to_themselves() -> None:
    source = (
        "class A:\n    size = 1\n    def __init__(self):\n        n = 2\n        self.a = n\n"
        "    def build(self, s):\n        self.w = s\n    def call(self, x):\n        self.h = x\n"
    )
    assert names(source) == [(4, "n", "A.__init__"), (9, "self.h", "A.call")]


def test_reports_are_not_probed_and_the_module_is() -> None:
    source = (
        "a = 1\ndef evaluate(m):\n    b = 2\ndef main():\n    c = 3\n"
        "class M:\n    def evaluate(self):\n        d = 4\n"
        "def train():\n    def step():\n        e = 5\n"
    )
    assert names(source) == [
        (1, "a", "<module>"),
        (8, "d", "M.evaluate"),
        (11, "e", "train.step"),
    ]


def test_every_kind_of_block_is_reached() -> None:
    source = (
        "async def f(xs):\n"
        "    for x in xs:\n        a = 1\n    else:\n        b = 1\n"
        "    while x:\n        c = 1\n"
        "    with x as y:\n        d = 1\n"
        "    try:\n        e = 1\n    except E:\n        g = 1\n    finally:\n        h = 1\n"
        "    match x:\n        case 1:\n            i = 1\n"
        "    if x:\n        j = 1\n    elif y:\n        k = 1\n"
    )
    assert "".join(name for _, name, _ in names(source)) == "abcdeghijk"


def test_the_frameworks_programs_are_probed_where_a_person_would_look() -> None:
    assert [name for _, name, _ in names(TORCH)] == [
        "VOCABULARY", "x", "_", "last", "y", "z", "optimizer", "loss",
    ]  # fmt: skip
    assert [name for _, name, _ in names(KERAS)] == ["inputs", "x", "x", "outputs"]


def test_a_program_that_does_not_parse_names_file_and_line() -> None:
    with pytest.raises(CaseError, match=r"broken\.py:2: not Python"):
        probe_statements("x = 1\ndef f(:\n", "broken.py")


def test_the_twin_computes_the_same_and_reports_every_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = (
        "def halves(n):\n    count = 0\n    while n > 1: n, rest = divmod(n, 2); count += 1\n"
        "    return count\n\n\ntotal = halves(9)\n"
    )
    twin, sites = probe_statements(program, "program.py")
    seen: dict[str, Any] = {}
    monkeypatch.setattr(builtins, "__debugdiff_record__", seen.__setitem__, raising=False)
    one: dict[str, Any] = {}
    other: dict[str, Any] = {}
    exec(program, one)
    exec(twin, other)
    assert one["total"] == other["total"]
    assert {sites[identity].name for identity in seen} == {"n", "rest", "count", "total"}


statements = st.sampled_from(
    [
        "x = 1",
        "a, b = f()",
        "self.y = 2",
        "return x",
        "x += (\n    1)",
        "x: int = 3",
        "pass # x = 1",
    ]
)


@given(st.lists(statements, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_taking_the_probes_out_gives_the_program_back(parts: list[str], newline: str) -> None:
    body = newline.join("    " + part.replace("\n", newline + "    ") for part in parts)
    source = f"def f(self):{newline}{body}{newline}"
    twin, sites = probe_statements(source, "program.py")
    ast.parse(twin)
    assert without_probes(twin) == source
    assert twin.count("__debugdiff_record__") == len(sites)
    assert twin.count("\n") == source.count("\n")
