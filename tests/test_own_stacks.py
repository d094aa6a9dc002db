"""Stacks that the user names: their files, their environments, and runs on several of one kind."""

from __future__ import annotations

import json
import os
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import score_builders as builders
from score_builders import crashed
from stub_stack import stub_interpreter
from typer.testing import CliRunner

from debugdiff.campaign import RunRequest, run, stored
from debugdiff.campaign.planning import plan_campaign
from debugdiff.campaign.stacks import choose_stacks
from debugdiff.cases import load_script
from debugdiff.changes import Kind, compare_reports, parse_report
from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError, StackError
from debugdiff.model import Instrument, Interpreter, Outcome, Report, Stack
from debugdiff.own_stacks import (
    DeclaredStack,
    chosen_stacks,
    declared_stacks,
    find_made,
    interpreter_of,
    make_stack,
    read_locks,
    read_stacks,
    remove_stack,
    write_locks,
)
from debugdiff.own_stacks.made import folder_of
from debugdiff.report import Format, Page, render
from debugdiff.score.outcome import outcome_of
from debugdiff.store import Store

EXTENDED = '["mine"]\nkind = "pytorch"\nextends = "here"\nrequirements = ["{}"]\n'


def wheel(folder: Path, name: str, version: str) -> Path:
    """A package with nothing but its name, which pip installs without any index."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}/__init__.py", "")
        file.writestr(
            f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        file.writestr(
            f"{information}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        file.writestr(f"{information}/RECORD", "")
    return path


def declared(folder: Path, text: str) -> DeclaredStack:
    """The one stack of a file."""
    file = folder / "stacks.toml"
    file.write_text(text, encoding="utf-8")
    (stack,) = read_stacks(file).values()
    return stack


def installer(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An `uv` that does what a shell script says."""
    folder.mkdir()
    program = folder / "uv"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has only pip."""
    monkeypatch.setattr("debugdiff.own_stacks.making.shutil.which", lambda _: None)


# --- what a file says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["a"]\nkind = "keras-troch"\ninterpreter = "x"', "unknown kind `keras-troch`"),
        ('["a"]\ninterpreter = "x"', "has no kind"),
        ('["a"]\nkind = "pytorch"\nrequirement = ["x"]', "unknown key `requirement`"),
        ('["a"]\nkind = "pytorch"\nrequirements = "torch"', "as a list of texts"),
        ('["a"]\nkind = "pytorch"\nrequirements = ["--index-url=x"]', "as a list of texts"),
        ('["a"]\nkind = "pytorch"\nrequirements = []', "as a list of texts"),
        ('["a"]\nkind = "pytorch"', "either an `interpreter` or `requirements`"),
        (
            '["a"]\nkind = "pytorch"\ninterpreter = "x"\nrequirements = ["x"]',
            "either an `interpreter` or `requirements`",
        ),
        ('["a"]\nkind = "pytorch"\ninterpreter = "x"\nextends = "here"', "by nothing"),
        ('["a"]\nkind = 3\ninterpreter = "x"', "needs a text as its `kind`"),
        ('[keras-3.10]\nkind = "keras-torch"\ninterpreter = "x"', "a table in a table"),
        ('["a/b"]\nkind = "pytorch"\ninterpreter = "x"', "has a name that is not one"),
        ('["keras-jax"]\nkind = "pytorch"\ninterpreter = "x"', "is of the kind pytorch"),
        ("a = 1", "is not a table"),
        ("[a", "cannot be read"),
    ],
)
def test_a_wrong_file_of_stacks_is_a_sentence_and_a_hint(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "stacks.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StackError, match=said) as caught:
        declared_stacks(tmp_path)
    assert caught.value.slug == "stack-file"
    assert caught.value.hint


def test_a_misspelt_key_or_kind_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    for line, meant in (('kind = "keras-troch"', "keras-torch"), ('knid = "x"', "kind")):
        (tmp_path / "stacks.toml").write_text(f'["a"]\n{line}\ninterpreter = "x"\n')
        with pytest.raises(StackError) as caught:
            declared_stacks(tmp_path)
        assert f"Did you mean `{meant}`?" in caught.value.hint


def test_stacks_are_found_above_the_folder_and_in_pyproject(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "stacks.toml").write_text('["one"]\nkind = "pytorch"\ninterpreter = "py"\n')
    (tmp_path / "pyproject.toml").write_text(
        '[tool.debugdiff]\njobs = 1\n[tool.debugdiff.stacks."two"]\nkind = "keras-jax"\n'
        'interpreter = "/opt/py"\n'
    )
    found = declared_stacks(inner)
    assert {name: stack.kind for name, stack in found.items()} == {
        "one": Stack.PYTORCH,
        "two": Stack.KERAS_JAX,
    }
    assert found["one"].interpreter == str(tmp_path / "py")  # counts from its file
    (tmp_path / "stacks.toml").write_text('["two"]\nkind = "pytorch"\ninterpreter = "py"\n')
    with pytest.raises(StackError, match=r"stacks\.toml: the stack `two` is in .*pyproject"):
        declared_stacks(inner)


# --- which stacks are meant --------------------------------------------------------------------


def brought(name: str, kind: Stack = Stack.PYTORCH) -> DeclaredStack:
    return DeclaredStack(name=name, kind=kind, file=Path("stacks.toml"), interpreter=f"/{name}")


def test_names_and_globs_mean_kinds_and_declared_stacks(tmp_path: Path) -> None:
    known = {name: brought(name) for name in ("torch-1", "torch-2")}
    chosen = chosen_stacks(["torch-*", "pytorch"], (), known, tmp_path)
    assert chosen.names == ("torch-1", "torch-2", "pytorch")
    assert {name: each.python for name, each in chosen.interpreters.items()} == {
        "torch-1": "/torch-1",
        "torch-2": "/torch-2",
    }
    with pytest.raises(StackError, match="No stack matches `torch-l`") as caught:
        chosen_stacks(["torch-l"], (), known, tmp_path)
    assert "torch-1" in caught.value.hint


def test_a_stack_under_the_name_of_a_kind_stands_for_it(tmp_path: Path) -> None:
    known = {"pytorch": replace(brought("pytorch"), interpreter="/opt/python")}
    assert chosen_stacks((), (), known, tmp_path).interpreters["pytorch"].python == "/opt/python"
    over = chosen_stacks((), ["/other"], known, tmp_path).interpreters
    assert {each.python for each in over.values()} == {"/other"}


def test_a_python_is_for_all_chosen_kinds_or_for_one(tmp_path: Path) -> None:
    chosen = chosen_stacks(
        ["pytorch", "keras-torch"], ["keras-torch=/b", "/a"], {}, tmp_path
    ).interpreters
    assert {name: each.python for name, each in chosen.items()} == {
        "pytorch": "/a",
        "keras-torch": "/b",
    }


def test_an_interpreter_that_is_none_or_too_old_is_named(tmp_path: Path) -> None:
    for text, said in (("#!/bin/sh\necho 3 8\n", "is Python 3.8"), ("text", "not a Python")):
        python = tmp_path / "python"
        python.write_text(text)
        python.chmod(0o755)
        request = RunRequest(
            cases=(),
            bugs=(),
            store=tmp_path / "s",
            stacks=("mine",),
            interpreters={"mine": Interpreter(kind=Stack.PYTORCH, python=str(python))},
        )
        with pytest.raises(StackError, match=said):
            choose_stacks(request)


# --- environments ------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_uv")
def test_a_stack_that_extends_this_python_has_its_packages_before_the_others(
    tmp_path: Path,
) -> None:
    numpy = wheel(tmp_path, "numpy", "99.0")
    stack = declared(tmp_path, EXTENDED.format(f"./{numpy.name}"))
    home = tmp_path / "home"
    made = make_stack(stack, home, say=lambda _: None)
    assert made.lock == ("numpy==99.0",)
    interpreter = interpreter_of(stack, home)
    assert interpreter.python == sys.executable
    request = RunRequest(
        cases=(),
        bugs=(),
        store=tmp_path / "s",
        stacks=("mine",),
        interpreters={"mine": interpreter},
    )
    found = choose_stacks(request).versions["mine"]
    assert found["numpy"] == "99.0"
    assert found["torch"].startswith("2.")
    assert remove_stack(stack, home)
    assert find_made(stack, home) is None
    assert not remove_stack(stack, home)


@pytest.mark.usefixtures("without_uv")
def test_an_environment_of_its_own_has_nothing_of_this_one(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, name, "1.0") for name in ("torch", "numpy")]
    names = '", "'.join(f"./{each.name}" for each in wheels)
    stack = declared(tmp_path, f'["mine"]\nkind = "pytorch"\nrequirements = ["{names}"]\n')
    made = make_stack(stack, tmp_path / "home", say=lambda _: None)
    assert made.lock == ("numpy==1.0", "torch==1.0")
    assert Path(made.python).is_relative_to(tmp_path / "home")
    assert made.packages == ""


@pytest.mark.usefixtures("without_uv")
def test_what_cannot_be_resolved_leaves_nothing_and_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    stack = declared(tmp_path, EXTENDED.format("toy==9.9"))
    with pytest.raises(StackError, match=r"`mine` cannot be made: .*toy==9\.9") as caught:
        make_stack(stack, tmp_path / "home", say=lambda _: None)
    assert caught.value.slug == "stack-not-made"
    assert not folder_of(stack, tmp_path / "home").exists()


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = "OSError: [Errno 28] No space left on device"
    script = f"printf '%s\\n' 'ERROR: Exception:' 'Traceback (most recent call last):' '{error}'"
    installer(tmp_path / "bin", monkeypatch, f"{script}; exit 1")  # as pip prints it
    stack = declared(tmp_path, EXTENDED.format("toy"))
    with pytest.raises(StackError, match="No space left on device") as caught:
        make_stack(stack, tmp_path / "home", say=lambda _: None)
    assert "Free some space" in caught.value.hint
    assert not folder_of(stack, tmp_path / "home").exists()


def test_a_home_that_cannot_be_written_is_the_users_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stack = declared(tmp_path, EXTENDED.format("toy"))
    with pytest.raises(StackError, match="cannot be made: Not a directory"):
        make_stack(stack, tmp_path / "file" / "home", say=lambda _: None)


def test_two_that_make_the_same_stack_at_once_make_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = tmp_path / "count"
    installer(tmp_path / "bin", monkeypatch, f"echo once >> {count}; sleep 1")
    stack, said = declared(tmp_path, EXTENDED.format("toy")), []
    home = tmp_path / "home"
    threads = [
        threading.Thread(target=make_stack, args=(stack, home), kwargs={"say": said.append})
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count.read_text() == "once\n"
    assert sorted(said) == [
        "Another process is making the stack mine; waiting for it.",
        "Making the stack mine: toy.",
    ]


def test_what_was_begun_and_not_finished_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installer(tmp_path / "bin", monkeypatch, "exit 0")
    stack = declared(tmp_path, EXTENDED.format("toy"))
    home = tmp_path / "home"
    left = folder_of(stack, home)
    (left / "packages").mkdir(parents=True)
    assert find_made(stack, home) is None
    with pytest.raises(StackError, match="has not been made yet"):
        interpreter_of(stack, home)
    assert make_stack(stack, home, say=lambda _: None).folder == left
    assert not (left / "packages").exists()


def test_a_lock_holds_as_long_as_the_requirements_stay(tmp_path: Path) -> None:
    stack = declared(tmp_path, EXTENDED.format("toy>=1"))
    before = folder_of(stack, tmp_path)
    write_locks({stack: ("toy==1.2", "part==3")})
    assert read_locks(stack) == ("toy==1.2", "part==3")
    assert folder_of(stack, tmp_path) != before
    write_locks({replace(stack, name="other"): ("x==1",)})
    assert read_locks(stack) == ("toy==1.2", "part==3")  # what is said of others stays
    assert read_locks(replace(stack, requirements=("toy>=2",))) == ()
    (tmp_path / "stacks.lock").write_text("[")
    with pytest.raises(StackError, match=r"stacks\.lock cannot be read"):
        read_locks(stack)


# --- runs --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stub_interpreter(tmp_path_factory.mktemp("python") / "stub")


@pytest.fixture(scope="module")
def request_(stub: str, tmp_path_factory: pytest.TempPathFactory) -> RunRequest:
    """A script on two stacks of one kind, of which one has a lock."""
    folder = tmp_path_factory.mktemp("own")
    script = folder / "tiny.py"
    script.write_text("import torch\nprint(sorted(torch.__dict__)[:1])\n", encoding="utf-8")
    plain = Interpreter(kind=Stack.PYTORCH, python=stub)
    return RunRequest(
        cases=(load_script(script),),
        bugs=(),
        store=folder / "store.sqlite3",
        stacks=("old", "new"),
        interpreters={"old": plain, "new": replace(plain, lock=("torch==0.0", "x==1"))},
        instruments=(Instrument.NONE,),
        jobs=1,
    )


@pytest.fixture(scope="module")
def on_two(request_: RunRequest) -> Report:
    return run(request_)


def as_json(report: Report) -> dict[str, object]:
    found: dict[str, object] = json.loads(render(report, Format.JSON, Page()))
    return found


def test_two_stacks_of_one_kind_run_side_by_side_under_their_names(on_two: Report) -> None:
    assert [run.stack_name for run in on_two.runs] == ["old", "new"]
    assert {run.stack for run in on_two.runs} == {Stack.PYTORCH}
    assert all(run.ran_through for run in on_two.runs)
    assert len({each.trial.id for each in on_two.results}) == 2
    plain = as_json(on_two)
    assert [each["stack"] for each in plain["trials"]] == ["old", "new"]  # type: ignore[index]
    stacks = plain["environment"]["stacks"]  # type: ignore[index]
    assert stacks["new"]["lock"] == ["torch==0.0", "x==1"]
    assert stacks["old"]["kind"] == "pytorch"


def test_a_run_on_stacks_of_ones_own_continues_from_its_store(
    request_: RunRequest, on_two: Report
) -> None:
    again = stored(request_)
    assert [each.trial.id for each in again.results] == [each.trial.id for each in on_two.results]
    assert all(each.reused for each in again.results)


def test_what_was_resolved_and_the_name_are_part_of_an_id(
    request_: RunRequest, on_two: Report
) -> None:
    def ids(interpreters: dict[str, Interpreter], names: tuple[str, ...]) -> set[str]:
        changed = replace(request_, interpreters=interpreters, stacks=names)
        with Store(request_.store) as store:
            return {tree.trial.id for tree in plan_campaign(changed, store).trees}

    old, new = request_.interpreters["old"], request_.interpreters["new"]
    known = {each.trial.id for each in on_two.results}
    assert ids({"old": old, "new": new}, ("old", "new")) == known
    assert not ids({"new": replace(new, lock=("torch==0.0", "x==2"))}, ("new",)) & known
    assert not ids({"third": old}, ("third",)) & known


def test_trials_without_parity_on_a_stack_do_not_count(
    request_: RunRequest, on_two: Report
) -> None:
    with Store(request_.store) as store:
        planned = plan_campaign(request_, store)
    case = request_.cases[0].name
    counted = planned.without({(case, "new"): "it is not one model on new"})
    assert [tree.trial.stack_name for tree in counted.trees] == ["old"]
    assert set(counted.not_run(()).values()) == {"it is not one model on new"}


def test_an_api_that_a_version_lacks_is_not_available_on_this_stack(
    request_: RunRequest, tmp_path: Path
) -> None:
    script = tmp_path / "lacking.py"
    script.write_text("import torch\ntorch.of_tomorrow()\n", encoding="utf-8")
    report = run(replace(request_, cases=(load_script(script),), stacks=("old",), instruments=()))
    (reason,) = set(report.not_run.values())
    assert reason.startswith("lacking/lacking is not available on old: AttributeError")


def test_a_bug_that_needs_a_name_which_a_version_lacks_is_no_crash_of_that_version() -> None:
    raised = crashed(
        builders.failure(
            kind="AttributeError", message="module 'keras.ops' has no attribute 'of_tomorrow'"
        )
    )
    here = builders.attempt(raised)
    there = replace(here, condition=replace(here.condition, own_stack="keras-3.3"))
    assert outcome_of(here).outcome is Outcome.EFFECTIVE
    verdict = outcome_of(there)
    assert verdict.outcome is Outcome.UNMEASURED
    assert verdict.reason.startswith(
        "Not available on keras-3.3: AttributeError: module 'keras.ops"
    )


def test_compare_takes_stacks_by_their_names(on_two: Report) -> None:
    with_bug = as_json(on_two)
    shared = {"bug": "a/b", "mode": "default", "seed": 0, "outcome": "effective", "reason": ""}
    with_bug["outcomes"] = [
        {**shared, "case": "c", "implementation": "i", "stack": name, "trial": ""}
        for name in ("old", "new")
    ]
    saved = parse_report(Path("x.json"), lambda: json.dumps(with_bug).encode())
    found = compare_reports([saved], [saved], stacks=("old", "new"))
    assert [change.kind for change in found.changes] == [Kind.SAME]
    assert found.before == found.after
    assert "torch" in found.before
    with pytest.raises(DebugdiffError, match="no bug on the stack `ole`") as caught:
        compare_reports([saved], [saved], stacks=("ole", "new"))
    assert caught.value.hint == "Did you mean `old`? It has: old, new."


# --- commands ----------------------------------------------------------------------------------


def test_the_commands_of_stacks_from_their_file_to_their_removal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installer(tmp_path / "bin", monkeypatch, "exit 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("debugdiff.own_stacks.made.default_home", lambda: tmp_path / "home")
    declared(tmp_path, EXTENDED.format("toy"))

    def stacks(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["stacks", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    listed = {each["name"]: each for each in json.loads(stacks("list", "--json"))["stacks"]}
    assert {*Stack, "mine"} == set(listed)
    assert listed["mine"]["versions"] is None
    assert "Making the stack mine" in stacks("create", "m*")
    assert "0 made" in stacks("list")
    assert "Wrote" in stacks("lock")
    assert (tmp_path / "stacks.lock").is_file()
    assert "Removed mine" in stacks("remove", "mine")
    with pytest.raises(StackError, match="has not been made yet"):
        stacks("lock")
    with pytest.raises(StackError, match="No stack matches `mime`"):
        stacks("create", "mime")
