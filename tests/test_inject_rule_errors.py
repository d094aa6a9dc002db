"""What is wrong with a rule at roles, shown in its file, with what there is instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from debugdiff.bugs import load_bug
from debugdiff.errors import BugError
from debugdiff.inject import validate_rules
from debugdiff.model import Framework

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = """title = "A rule"
difficulty = 1
story = "It fails."
explanation = "It is wrong."
hints = ["a", "b", "c"]
references = ["https://example.org/a"]

[symptom]
pytorch = "silent"
keras = "silent"

[[inject]]
"""
LINE = TEXTS.count("\n")


def written(rule: str, folder: Path) -> Path:
    path = folder / "shape" / "some.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(TEXTS + rule + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("rule", "place", "message", "known"),
    [
        ('at = "heed"\nremove = true', (1, 7), "there is no role `heed`", "head"),
        (
            'at = "head"\nneeds = { los = "logits" }\nremove = true',
            (2, 11),
            "there is no fact `los`",
            "loss",
        ),
        (
            'at = "head"\nneeds = { loss = "logit" }\nremove = true',
            (2, 19),
            "there is no answer to `loss` `logit`",
            "logits",
        ),
        (
            'at = "head"\nneeds = { recurent = true }\nremove = true',
            (2, 11),
            "there is no role `recurent`",
            "recurrent",
        ),
        (
            'at = "head"\nset = { unitz = "$it - 1" }',
            (2, 9),
            "there is no argument `unitz`",
            "units",
        ),
        ('at = "head"\ndrop = ["byas"]', (2, 10), "there is no argument `byas`", "bias"),
        (
            'at = "head"\nhas = { raet = "present" }\nremove = true',
            (2, 9),
            "there is no argument `raet`",
            "rate",
        ),
        (
            'at = "logits"\nactivate = "softmaks"',
            (2, 13),
            "there is no operation `softmaks`",
            "softmax",
        ),
        (
            'at = "loss-call"\nwrap = "$it + $tragets"',
            (2, 15),
            "there is no metavariable `$tragets`",
            "$targets",
        ),
        ('at = "step"\nmove = "beside:step"', (2, 9), "there is no place `beside:step`", "first"),
        ('at = "step"\nmove = "before:stap"', (2, 16), "there is no role `stap`", "step"),
        (
            'at = "head"\nremove = true\nuse = "role:los-call"',
            (3, 13),
            "there is no role `los-call`",
            "loss-call",
        ),
        ('at = "loss-call"\nwrap = "abs($it"', (2, 12), "does not parse: '(' was never closed", ""),
    ],
)
def test_a_name_that_there_is_not_is_shown_with_a_caret_and_all_that_there_are(
    rule: str, place: tuple[int, int], message: str, known: str, tmp_path: Path
) -> None:
    path = written(rule, tmp_path)
    bug = load_bug(path, tmp_path)
    with pytest.raises(BugError) as caught:
        validate_rules(bug)
    line, column = place
    assert caught.value.message.startswith(f"{path}:{LINE + line}:{column}: ")
    assert message in caught.value.message
    shown, caret, *rest = caught.value.hint.split("\n")
    assert shown == rule.split("\n")[line - 1]
    assert caret == " " * (column - 1) + "^"
    names = re.split(r"[ ,.]+", rest[0]) if rest else [""]
    assert known in names


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('at = "head"', "nothing is done there; verbs: set, drop, swap"),
        ('at = "head"\nwrop = "$it"', "unknown key"),
        ('at = "head"\nremove = false', "leave it out, or write `remove = true`"),
        ('at = "head"\nswap = ["units"]', "it takes two names of arguments, or two numbers"),
        ('at = "head"\nremove = true\nnth = 1\nall = true', "a rule has `nth`, or `all = true`"),
        ('at = "head"\nremove = true\nalso = [{ remove = true }]', "`at` is missing"),
        ("at = []\nremove = true", "`at` is missing"),
        (
            'at = "head"\nremove = true\nalso = [{ at = ["loss", "logits"], remove = true }]',
            "only a rule's own edit may name several roles",
        ),
        ('at = "head"\nmatch = "x"\nreplace = "y"', "a rule has `at` and verbs, `match` and"),
        ('match = "x"\nreplace = "y"\nwrap = "$it"', "only a rule with `at` has it"),
        ('match = "x"\nreplace = "y"\nuse = "role:head"', "only a rule with `at` can name a role"),
        (
            'at = "head"\nremove = true\n[not_here]\nsomewhere = "why"',
            "is no case/program, style:NAME or training:NAME",
        ),
        (
            'at = "head"\nremove = true\n[[example]]\nframework = "keras"\nprogram = "  x = 1"',
            "no line begins with `- ` or `+ `",
        ),
        (
            'at = "head"\nremove = true\n[[example]]\nframework = "keras"\nprogram = "+ x\\nx = 1"',
            "line 2 begins with neither `- ` nor `+ ` nor two spaces",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BugError) as caught:
        load_bug(written(rule, tmp_path), tmp_path)
    assert message in caught.value.message


def test_a_rule_without_a_framework_is_for_both(tmp_path: Path) -> None:
    bug = load_bug(written('at = "head"\nset = { units = 3, bias = false }', tmp_path), tmp_path)
    assert bug.frameworks == set(Framework)
    (edit,) = bug.rules[0].edits
    assert edit.verbs[0].value == {"units": "3", "bias": "False"}


def test_an_example_with_marks_is_a_program_before_and_after(tmp_path: Path) -> None:
    rule = '''at = "head"
remove = true

[[example]]
framework = "pytorch"
program = """
  import torch

- a = 1
+ b = 2
+
  if a:
      print("- not a mark")
"""'''
    (example,) = load_bug(written(rule, tmp_path), tmp_path).examples
    rest = 'if a:\n    print("- not a mark")\n'
    assert example.before == f"import torch\n\na = 1\n{rest}"
    assert example.after == f"import torch\n\nb = 2\n\n{rest}"


def test_a_rule_that_names_several_roles_is_a_rule_for_each_of_them(tmp_path: Path) -> None:
    bug = load_bug(written('at = ["loss-object", "loss-name"]\nremove = true', tmp_path), tmp_path)
    assert [rule.edits[0].at for rule in bug.rules] == ["loss-object", "loss-name"]
    assert len({rule.line for rule in bug.rules}) == 1


BY_FRAMEWORK = """at = "features"
wrap.pytorch = "$it.detach()"
wrap.keras = "keras.ops.stop_gradient($it)"
use.keras = "role:training-call"
needs = { loss = "logits", loop.keras = "fit" }"""


def test_a_rule_with_values_by_framework_is_a_rule_for_each(tmp_path: Path) -> None:
    torch, keras = load_bug(written(BY_FRAMEWORK, tmp_path), tmp_path).rules
    assert (torch.framework, keras.framework) == (Framework.PYTORCH, Framework.KERAS)
    wraps = [rule.edits[0].verbs[0].value for rule in (torch, keras)]
    assert wraps == ["$it.detach()", "keras.ops.stop_gradient($it)"]
    assert torch.needs == {"loss": ("logits",)}
    assert keras.needs == {"loss": ("logits",), "loop": ("fit",)}
    assert (torch.use, keras.use) == (None, "role:training-call")
    assert torch.line == keras.line


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("wrap.keras", "wrap.kears"), 2, "`inject.0.wrap`: input should be a valid string"),
        (("$it.detach()", "$heed"), 2, "`wrap`: there is no metavariable `$heed`"),
        (("at =", 'framework = "keras"\nat ='), 3, "`inject.0.wrap`: input should be"),
        (('"fit" }', '"fit" }\n[[inject]]\nnht = 1'), 7, "`inject.1.nht`: unknown key"),
    ],
)
def test_a_wrong_value_of_a_framework_is_shown_where_it_stands(
    change: tuple[str, str], line: int, message: str, tmp_path: Path
) -> None:
    path = written(BY_FRAMEWORK.replace(*change), tmp_path)
    with pytest.raises(BugError) as caught:
        validate_rules(load_bug(path, tmp_path))
    assert caught.value.message.startswith(f"{path}:{LINE + line}:")
    assert message in caught.value.message
