"""The catalogue's files: what a good one becomes, and what a bad one is told."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from debugdiff.bugs import load_bug, load_catalogue, shipped_bugs
from debugdiff.errors import BugError
from debugdiff.inject import validate_rules
from debugdiff.model import Framework, Style, Symptom, Training
from debugdiff.toml_lines import find_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Writer = Callable[..., Path]

GOOD = """title = "The two vectors are joined along the batch"
difficulty = 2
taxonomy = ["humbatova:tensors"]
story = '''
The program stops.
'''
explanation = "The axis is wrong."
hints = ["Look at the shapes.", "Look at the join.", "Look at dim."]
references = ["https://stackoverflow.com/questions/1"]
site = "head"

[symptom]
pytorch = "first-step"
keras = "build"

[[inject]]
framework = "pytorch"
style = "module"
match = '''torch.cat($parts, dim=1)'''
replace = '''torch.cat($parts, dim=0)'''
inside = "forward"
nth = -1
use = "self.head($_)"
accept = ["x = $_"]

[[inject]]
framework = "keras"
style = ["functional", "subclass"]
training = ["fit"]
match = "x = 1"
replace = ""

[[example]]
framework = "pytorch"
style = "module"
before = '''
x = torch.cat([a, b], dim=1)
'''
after = '''
x = torch.cat([a, b], dim=0)
'''
"""


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def written(text: str, identity: str = "shape/concat-wrong-axis") -> Path:
        path = tmp_path / f"{identity}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_good_file_becomes_a_bug(write: Writer, tmp_path: Path) -> None:
    bug = load_bug(write(GOOD), tmp_path)
    assert (bug.id, bug.category, bug.difficulty) == ("shape/concat-wrong-axis", "shape", 2)
    assert bug.symptom == {
        Framework.PYTORCH: Symptom.FIRST_STEP,
        Framework.KERAS: Symptom.BUILD,
    }
    assert bug.story == "The program stops."
    first, second = bug.rules
    assert (first.framework, first.styles, first.trainings) == (
        Framework.PYTORCH,
        (Style.MODULE,),
        (),
    )
    assert (first.inside, first.nth, first.use, first.accept) == (
        "forward",
        -1,
        "self.head($_)",
        ("x = $_",),
    )
    assert second.styles == (Style.FUNCTIONAL, Style.SUBCLASS)
    assert second.trainings == (Training.FIT,)
    assert second.replace == ""
    assert (first.line, second.line) == (16, 26)
    assert bug.examples[0].style is Style.MODULE


def test_a_bug_may_be_impossible_everywhere_but_in_one_framework(
    write: Writer, tmp_path: Path
) -> None:
    text = GOOD.replace('keras = "build"\n', "")
    start, end = text.index('[[inject]]\nframework = "keras"'), text.index("[[example]]")
    text = text[:start] + text[end:] + '\n[not_expressible]\nkeras = "Sizes are inferred."\n'
    bug = load_bug(write(text), tmp_path)
    assert bug.not_expressible == {Framework.KERAS: "Sizes are inferred."}


def test_what_a_rule_writes_is_not_impossible(write: Writer, tmp_path: Path) -> None:
    text = GOOD + '\n[not_expressible]\nkeras = "A container has no method."\n'
    with pytest.raises(BugError, match="a rule writes it: `not_here` says") as raised:
        load_bug(write(text), tmp_path)
    assert "not_expressible.keras" in raised.value.message


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("difficulty = 2", "dificulty = 2"), (2, "`dificulty`: unknown key")),
        (("difficulty = 2", ""), (1, "`difficulty`: missing key")),
        (
            ("difficulty = 2", 'difficulty = "2"'),
            (2, "`difficulty`: input should be a valid integer"),
        ),
        (("difficulty = 2", "difficulty = 6"), (2, "`difficulty` is 6, not 1 to 5")),
        (('"build"', '"explodes"'), (14, "`symptom.keras`: input should be 'static', 'build'")),
        (('keras = "build"', ""), (12, "`symptom` has no entry for keras")),
        (("nth = -1", "nth = 1.5"), (22, "`inject.0.nth`: input should be a valid integer")),
        (("nth = -1", "nht = 1"), (22, "`inject.0.nht`: unknown key")),
        (('"functional"', '"functionl"'), (28, "`inject.1.style")),
        (('match = "x = 1"', ""), (26, "`match`: missing: a rule has `at` and verbs")),
        (('match = "x = 1"', 'match = " "'), (30, "`match`: the pattern is empty")),
        (('replace = ""', ""), (26, '`replace`: missing: write `replace = ""`')),
        (('replace = ""', 'codemod = "a.py:B"'), (31, "a rule has `match`, `replace` and `nth`")),
        (("before", "befor"), (36, "`example.0.befor`: unknown key")),
        (("https://stack", "stack"), (9, "is not a link")),
        ((', "Look at dim."', ""), (8, "`hints` has 2 texts, not three")),
        (("The axis is wrong.", " "), (7, "`explanation` is empty")),
    ],
)
def test_a_bad_value_names_file_line_and_key(
    write: Writer, tmp_path: Path, change: tuple[str, str], place: tuple[int, str]
) -> None:
    line, message = place
    path = write(GOOD.replace(*change, 1))
    with pytest.raises(BugError) as caught:
        load_bug(path, tmp_path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert message in caught.value.message
    assert caught.value.hint


def test_a_key_inside_of_a_text_is_no_key(write: Writer, tmp_path: Path) -> None:
    text = GOOD.replace("The program stops.", "[[inject]]\nnth = 3").replace(
        "nth = -1", "nth = 0.5"
    )
    with pytest.raises(BugError, match=r":23: `inject.0.nth`"):
        load_bug(write(text), tmp_path)


@pytest.mark.parametrize(
    ("codemod", "message"),
    [
        ("change.py", "is not of the form `file.py:Class`"),
        ("../change.py:Change", "leaves the bug's folder"),
        ("absent.py:Change", "there is no file `absent.py` beside the bug"),
    ],
)
def test_a_codemod_lies_beside_its_bug(
    write: Writer, tmp_path: Path, codemod: str, message: str
) -> None:
    rule = 'match = "x = 1"\nreplace = ""'
    path = write(GOOD.replace(rule, f'codemod = "{codemod}"'))
    with pytest.raises(BugError, match=message):
        load_bug(path, tmp_path)


def test_a_codemod_is_a_rule_of_its_own(write: Writer, tmp_path: Path) -> None:
    path = write(GOOD.replace('match = "x = 1"\nreplace = ""', 'codemod = "change.py:Change"'))
    (path.parent / "change.py").write_text("class Change: ...", encoding="utf-8")
    assert load_bug(path, tmp_path).rules[1].codemod == "change.py:Change"


def test_a_file_that_is_not_toml_says_where(write: Writer, tmp_path: Path) -> None:
    with pytest.raises(BugError, match=r"is not TOML: .*line 2"):
        load_bug(write("title = 'a'\nb\n"), tmp_path)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "shape").mkdir()
    (tmp_path / "shape" / "a.toml").write_bytes(b"\xff\xfe")
    for name in ("a", "absent"):
        with pytest.raises(BugError, match="cannot be read"):
            load_bug(tmp_path / "shape" / f"{name}.toml", tmp_path)


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ("shapes/a", "there is no category `shapes`"),
        ("a", "is not an id"),
        ("shape/deep/a", "is not an id"),
        ("shape/Some_Bug", "is not an id"),
    ],
)
def test_the_path_is_the_id(write: Writer, tmp_path: Path, identity: str, message: str) -> None:
    with pytest.raises(BugError, match=message):
        load_bug(write(GOOD, identity), tmp_path)


def test_a_bug_outside_of_its_catalogue_is_refused(write: Writer, tmp_path: Path) -> None:
    with pytest.raises(BugError, match="is not inside the catalogue"):
        load_bug(write(GOOD), tmp_path / "elsewhere")


def test_a_catalogue_is_sorted_and_its_ids_are_unique(tmp_path: Path) -> None:
    for folder, name in [("one", "b"), ("one", "a"), ("two", "c")]:
        path = tmp_path / folder / "shape" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD, encoding="utf-8")
    both = [tmp_path / "one", tmp_path / "two"]
    assert [bug.id for bug in load_catalogue(both)] == ["shape/a", "shape/b", "shape/c"]
    (tmp_path / "two" / "shape" / "a.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(BugError, match="Two bugs have the id `shape/a`"):
        load_catalogue(both)


def test_a_catalogue_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BugError, match="There is no folder with bugs"):
        load_catalogue([tmp_path / "absent"])


def test_a_pattern_that_does_not_parse_is_shown_with_a_caret(write: Writer, tmp_path: Path) -> None:
    bad = GOOD.replace("'''torch.cat($parts, dim=1)'''", "'''torch.cat($parts, $other dim=)'''")
    with pytest.raises(BugError) as caught:
        validate_rules(load_bug(write(bad), tmp_path))
    assert "concat-wrong-axis.toml:19:" in caught.value.message
    source, caret = caught.value.hint.split("\n")
    assert source == "match = '''torch.cat($parts, $other dim=)'''"
    assert source[caret.index("^") :].startswith(("$parts", "$other", "dim"))


def test_a_caret_finds_its_line_in_a_pattern_of_several(write: Writer, tmp_path: Path) -> None:
    bad = GOOD.replace('match = "x = 1"', "match = '''\nx = 1\n$y = = 2\n'''")
    with pytest.raises(BugError) as caught:
        validate_rules(load_bug(write(bad), tmp_path))
    assert "concat-wrong-axis.toml:32:6:" in caught.value.message
    assert caught.value.hint == "$y = = 2\n     ^"


def test_a_text_that_is_not_found_has_no_place(write: Writer) -> None:
    assert find_text(write(GOOD), 16, "match", "absent") is None


def test_the_shipped_catalogue_loads_and_every_rule_is_valid() -> None:
    for bug in shipped_bugs():
        validate_rules(bug)


def test_importing_the_loader_imports_no_pydantic() -> None:
    code = "import sys, debugdiff.bugs; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
