"""`where`, `not_inside` and what a pattern may leave open; errors of rules, shown in their file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from inject_programs import TORCH, bug, changed, mutate, program, refusal, rule

from debugdiff.bugs import load_bug
from debugdiff.errors import BugError
from debugdiff.inject import inject, validate_rules
from debugdiff.model import CodeKind, Constraint, Mutant

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = """from torch import nn
import torch.optim as o
first = nn.Linear(8, 16)
second = nn.Embedding(8, 16)
third = nn.functional.relu(first)
fourth = build(8, -16.5)
optimizer = o.SGD(model.parameters(), lr=(1e-3))
"""


def lines(match: str, **more: object) -> list[str]:
    """The names that the statements which a pattern fits begin with, one rule after another."""
    found = []
    for nth in range(9):
        result = inject(program(LAYERS), bug(rule(match, "gone()", nth=nth, **more)))
        if not isinstance(result, Mutant):
            break
        found.append(changed(LAYERS, result.source)[0][0].partition(" ")[0])
    return found


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (Constraint(name=("torch.nn.*",)), ["first", "second"]),
        (Constraint(name=("nn.Linear", "build")), ["first", "fourth"]),
        (Constraint(name=("torch.*.*.*",)), ["third"]),
        (Constraint(not_name=("torch.nn.*", "torch.optim.*")), ["third", "fourth", "optimizer"]),
        (Constraint(name=("model.parameters",)), ["optimizer"]),
        (Constraint(regex=("nn[.].*",), not_regex=(".*relu",)), ["first", "second"]),
    ],
)
def test_a_called_name_is_compared_by_what_it_resolves_to(
    constraint: Constraint, expected: list[str]
) -> None:
    assert lines("$called($*_)", where={"called": constraint}) == expected


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (Constraint(kind=(CodeKind.INTEGER,)), ["first", "second"]),
        (Constraint(kind=(CodeKind.NUMBER,)), ["first", "second", "fourth", "optimizer"]),
        (Constraint(kind=(CodeKind.FLOAT,)), ["fourth", "optimizer"]),
        (Constraint(value=(-16.5,)), ["fourth"]),
        (Constraint(value=(16, 0.001)), ["first", "second", "optimizer"]),
        (Constraint(not_value=(16,), kind=(CodeKind.LITERAL,)), ["fourth", "optimizer"]),
        (Constraint(value=("1e-3",)), []),
        (Constraint(regex=("1e-3",)), ["optimizer"]),
    ],
)
def test_a_constant_is_compared_by_its_value_and_kind(
    constraint: Constraint, expected: list[str]
) -> None:
    sizes = lines("$_($_, $size)", where={"size": constraint})
    assert sizes + lines("$_($_, lr=$size)", where={"size": constraint}) == expected


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [
        (CodeKind.BOOLEAN, ["True"]),
        (CodeKind.INTEGER, ["1"]),
        (CodeKind.NONE, ["None"]),
        (CodeKind.STRING, ["'a'"]),
        (CodeKind.NAME, ["x", "self.x"]),
        (CodeKind.CALL, ["f(x)"]),
        (CodeKind.LITERAL, ["True", "1", "None", "'a'", "[1]"]),
    ],
)
def test_kinds_are_told_apart(kind: CodeKind, fitting: list[str]) -> None:
    pieces = ["True", "1", "None", "'a'", "x", "self.x", "f(x)", "[1]", "x + 1"]
    found = [
        piece
        for piece in pieces
        if isinstance(
            inject(
                program(f"take({piece})\n"),
                bug(rule("take($x)", "gone($x)", where={"x": Constraint(kind=(kind,))})),
            ),
            Mutant,
        )
    ]
    assert found == fitting


def test_every_piece_of_a_run_has_to_fit() -> None:
    no_bias = {"options": Constraint(not_regex=("bias=.*",))}
    more: dict[str, Any] = {"where": no_bias, "replace": "nn.Linear($a)"}
    more["match"] = "nn.Linear($a, $*options)"
    head = "from torch import nn\n"
    assert mutate(f"{head}nn.Linear(1, 2, device=d)\n", **more).source == f"{head}nn.Linear(1)\n"
    reason = refusal(f"{head}nn.Linear(1, 2, bias=False)\n", **more)
    assert reason == (
        "code like `nn.Linear(a, ...)` (line 2) is not of the kind that the bug changes"
    )


def test_where_makes_the_search_go_on_to_the_next_way_to_match() -> None:
    where = {"layer": Constraint(name=("torch.nn.Dropout",))}
    match, replace = "[$*before, $layer($*a), $*after]", "[$*before, $*after]"
    source = "from torch import nn\nx = [nn.ReLU(), nn.Dropout(0.1), nn.Tanh()]\n"
    assert mutate(source, match, replace, where=where).source.endswith("[nn.ReLU(), nn.Tanh()]\n")


def test_use_and_accept_obey_where() -> None:
    where = {"called": Constraint(name=("self.head",))}
    mutant = mutate(TORCH, "nn.Linear($a, $b)", "nn.Linear($b, $a)", use="$called($_)", where=where)
    (use,) = mutant.use
    assert "self.head(" in mutant.source.split("\n")[use.line - 1]


def test_not_inside_leaves_out_a_function_a_class_or_a_method() -> None:
    source = "class A:\n    def f(self):\n        g(1)\n\n\ndef f():\n    g(2)\n"
    assert changed(source, mutate(source, "g($x)", "h($x)", not_inside="A").source)[1] == ["h(2)"]
    assert changed(source, mutate(source, "g($x)", "h($x)", not_inside="A.f").source)[1] == ["h(2)"]
    assert refusal(source, "g($x)", "h($x)", not_inside="f") == (
        "no code of this program is like `g(x)` outside `f`"
    )


def test_a_program_that_has_it_like_that_already_has_no_place_for_the_bug() -> None:
    source = "import torch\nx = torch.cat(parts, dim=0)\n"
    reason = refusal(source, "torch.cat($parts, dim=$_)", "torch.cat($parts, dim=0)")
    assert reason == "line 2 is written like that already"


TYPED = '''from torch import Tensor, nn


class Net(nn.Module):
    @torch.no_grad()
    def forward(self, words: Tensor, *, rate: float = 1e-3, length: int = 7) -> Tensor:
        """Docs."""
        # why
        return self.head(words)  # logits
'''


def test_annotations_and_decorators_need_no_pattern_and_are_kept() -> None:
    mutant = mutate(
        TYPED,
        "def forward(self, $x, $*a, rate=$rate, $*b):\n    $*body",
        "def forward(self, $x, $*a, rate=$rate * 1000, $*b):\n    $*body",
    )
    assert mutant.source == TYPED.replace("rate: float = 1e-3", "rate: float = 1e-3 * 1000")


def test_annotations_that_a_pattern_has_must_agree() -> None:
    assert "no code of this program is like" in refusal(
        TYPED, "def forward($*a) -> int:\n    $*body", "def forward($*a):\n    pass"
    )


def test_the_body_of_a_decorated_function_changes_alone() -> None:
    match = "def forward($*parameters):\n    $*body\n    return $result"
    mutant = mutate(TYPED, match, "def forward($*parameters):\n    $*body\n    $result")
    assert mutant.source == TYPED.replace("return self.head", "self.head")


def test_a_class_is_matched_as_a_whole_and_changed_in_two_methods() -> None:
    header = "class $Net($*bases):\n    $*before\n    def __init__(self, $*p):\n        $*made\n"
    middle = "    $*between\n    def forward(self, $*q):\n        $*body\n"
    new_header = header + "        self.state = None\n"
    new_middle = middle.replace("$*body", "self.state = 1\n        $*body")
    mutant = mutate(TORCH, header + middle, new_header + new_middle)
    assert [line[1:].strip() for line in mutant.diff.splitlines() if line.startswith("+ ")] == [
        "self.state = None",
        "self.state = 1",
    ]


@pytest.mark.parametrize(
    ("match", "replace", "source", "expected"),
    [
        ("$*a, x=$x, $*b", "$*a, $*b", "a, x=1, b=2", "a, b=2"),
        ("$a, *, $*b, x=$x", "$a, *, $*b", "a, *, c, x=1", "a, *, c"),
        ("$*a, *, x=$x, $*b", "$*a, *, $*b", "a, *, x=1, c", "a, *, c"),
    ],
)
def test_parameters_may_have_several_runs(
    match: str, replace: str, source: str, expected: str
) -> None:
    header, body = "def f({}):\n    {}\n".format, "$*statements"
    text = header(source, "pass")
    mutated = mutate(text, header(match, body), header(replace, body)).source
    assert mutated == header(expected, "pass")


def test_parameters_in_an_order_that_python_refuses_are_an_error_of_the_bug() -> None:
    with pytest.raises(BugError, match="the result of this rule is not Python"):
        mutate("def f(a, x=1):\n    pass\n", "def f($a, $*b):\n    $*s", "def f($*b, $a):\n    $*s")


def test_a_run_on_a_line_of_its_own_inside_of_a_call_is_a_run_of_arguments() -> None:
    source = "from torch import nn\nhead = nn.Linear(3, 4)\n"
    mutant = mutate(source, "nn.Linear(\n    $*sizes\n)", "nn.Linear($*sizes, bias=False)")
    assert mutant.source.endswith("head = nn.Linear(3, 4, bias=False)\n")
    assert mutate("x = [1, 2]\n", "[\n    $*all\n]", "[0, $*all]").source == "x = [0, 1, 2]\n"


# --- errors, shown in the file -------------------------------------------------------------------

FILE = """title = "t"
difficulty = 1
story = "s"
explanation = "e"
hints = ["1", "2", "3"]
references = ["https://example.org/a"]

[symptom]
pytorch = "silent"

[[inject]]
framework = "pytorch"
match = '''
first($x)
second($x, $*more)
'''
replace = "first($x)"
use = "third($y)"
accept = ["fourth()", "fifth($y)"]

[[inject]]
framework = "pytorch"
match = "a($x)"
replace = "b($x)"
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "message", "shown"),
    [
        ("second($x,", "second($x +,", "15:12", "`match`: does not parse", ", $*more)"),
        ('"first($x)"', '"first($q, $z)"', "17:18", "`$q` is not in the pattern", "$q, $z"),
        ('"first($x)"', '"first($_)"', "17:18", "no name to be put back by", '$_)"'),
        ('"first($x)"', '"""\nfirst(\n  $*q)"""', "19:3", "`$q` is not in the pattern", "$*q)"),
        ('"third($y)"', '"third($y"', "18:13", "`use`: does not parse", '($y"'),
        ('"fifth($y)"', '"fifth($y))"', "19:33", "`accept`: does not parse", ')"]'),
        ("use =", "where = { q = { value = 1 } }\nuse =", "18:11", "`$q` is in no pattern", "q ="),
        ("use =", "where = { y = {} }\nuse =", "18:11", "`$y` has no condition", "y = {}"),
        ("use =", "where.y.regex = '(('\nuse =", "18:18", "not a regular expression", "(('"),
        ('"a($x)"', '"a($x, \\"b)"', "23:1", "`match`: does not parse", "match ="),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_shown_with_a_caret(  # noqa: PLR0913, PLR0917 - a table
    tmp_path: Path, old: str, new: str, place: str, message: str, shown: str
) -> None:
    path = tmp_path / "shape" / "bad.toml"
    path.parent.mkdir()
    assert FILE.count(old) == 1
    path.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(BugError) as caught:
        validate_rules(load_bug(path, tmp_path))
    assert f"bad.toml:{place}: " in caught.value.message
    assert message in caught.value.message
    line, caret = caught.value.hint.split("\n")
    assert line[len(caret) - 1 :].startswith(shown)


def test_a_text_with_escapes_is_not_taken_for_the_same_text_of_a_later_table(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shape" / "bad.toml"
    path.parent.mkdir()
    escaped = FILE.replace('use = "third($y)"', 'use = "third(\\"y\\""')
    path.write_text(escaped.replace('"b($x)"', """'third("y"'"""), encoding="utf-8")
    with pytest.raises(BugError) as caught:
        validate_rules(load_bug(path, tmp_path))
    assert "bad.toml:18:1: `use`: does not parse" in caught.value.message


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("where = { x = { kinds = 'number' } }", "`inject.0.where.x.kinds`: unknown key"),
        ("where.x.kind = 'complex'", "`inject.0.where.x.kind`: input should be 'number'"),
        ("where.x.value = [[1]]", "`inject.0.where.x.value`"),
        ("not_insde = 'f'", "`inject.0.not_insde`: unknown key"),
    ],
)
def test_an_unknown_constraint_names_its_line(tmp_path: Path, where: str, message: str) -> None:
    path = tmp_path / "shape" / "bad.toml"
    path.parent.mkdir()
    path.write_text(FILE.replace("use =", f"{where}\nuse ="), encoding="utf-8")
    with pytest.raises(BugError) as caught:
        load_bug(path, tmp_path)
    assert caught.value.message.startswith(f"{path}:18: {message}")


def test_where_is_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "shape" / "good.toml"
    path.parent.mkdir()
    where = "where = { x = { kind = ['name', 'call'], not_value = true } }\nnot_inside = 'train'"
    path.write_text(FILE.replace("use =", f"{where}\nuse ="), encoding="utf-8")
    first, _ = load_bug(path, tmp_path).rules
    kinds = (CodeKind.NAME, CodeKind.CALL)
    assert first.where == {"x": Constraint(kind=kinds, not_value=(True,))}
    assert first.not_inside == "train"
