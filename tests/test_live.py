"""`debugdiff.explain()` where people work: a notebook, prompts, scripts, debuggers, tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import debugdiff
from debugdiff.live import hooks

MODEL = """\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 8, 3)
        self.head = nn.Linear(8 * 14 * 14, 10)

    def forward(self, images):
        maps = torch.relu(self.convolution(images))
        return self.head(nn.functional.max_pool2d(maps, 2).flatten(1))
"""
CALL = "Classifier()(torch.rand(4, 1, 28, 28))"
FAULT = "self.head = nn.Linear(8 * 14 * 14, 10)"
MESSAGE = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x1352 and 1568x10)"


def run(
    code: str, folder: Path, *arguments: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """A script of its own, in a plain interpreter."""
    (folder / "script.py").write_text(code, "utf-8")
    command = [sys.executable, *arguments, "script.py"]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


# --- notebooks -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Any]]]:
    """The outputs of each cell of a session, as a real kernel gave them."""
    cells = [
        "print('nothing yet')",
        "import debugdiff\ndebugdiff.explain()",
        MODEL.replace("14 * 14", "15 * 15"),
        "%matplotlib_is_no_magic",
        MODEL,
        f"images = 4\n{CALL}",
        "debugdiff.explain()",
        "%load_ext debugdiff",
        "%explain",
        "%explain on",
        "1 / len(\n    []\n)",
        "%explain off",
        "1 / 0",
        "%explain what",
        "debugdiff.explain().suspects[0]",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    folder = str(tmp_path_factory.mktemp("notebook"))
    NotebookClient(
        book, timeout=None, allow_errors=True, resources={"metadata": {"path": folder}}
    ).execute()
    return [cell.outputs for cell in book.cells]


def shown(outputs: list[dict[str, Any]]) -> str:
    """What a cell shows as text, apart from the traceback."""
    texts = [each.get("text") or each.get("data", {}).get("text/plain", "") for each in outputs]
    return "\n".join(texts)


def test_before_anything_failed_a_sentence_says_so(notebook: list[list[dict[str, Any]]]) -> None:
    assert "There is no exception to explain." in shown(notebook[1])


def test_the_next_cell_explains_the_crash_and_names_cells(
    notebook: list[list[dict[str, Any]]],
) -> None:
    lines = shown(notebook[6]).splitlines()
    assert lines[0] == MESSAGE
    assert len(lines) <= 15
    assert f"1. In[5], line 9  {FAULT}" in lines
    assert any(line.startswith("At In[5], line 13 in forward") for line in lines)
    assert "In[3]" not in shown(notebook[6]), "a cell that was run again is replaced"


def test_it_is_html_too(notebook: list[list[dict[str, Any]]]) -> None:
    (output,) = notebook[6]
    page = output["data"]["text/html"]
    assert page.startswith("<pre")
    assert "<script" not in page
    assert "In[5], line 9" in re.sub(r"<[^>]+>", "", page)


def test_the_magic_says_the_same(notebook: list[list[dict[str, Any]]]) -> None:
    assert shown(notebook[8]) == shown(notebook[6])


def test_on_explains_every_exception_until_off(notebook: list[list[dict[str, Any]]]) -> None:
    assert "ZeroDivisionError: division by zero" in shown(notebook[10])
    assert [output["output_type"] for output in notebook[12]] == ["error"]
    assert "`%explain off`" in shown(notebook[13])


def test_suspects_can_be_read(notebook: list[list[dict[str, Any]]]) -> None:
    assert "file='In[13]', line=1" in shown(notebook[14]) or shown(notebook[14])


def test_plain_ipython_keeps_angle_brackets(tmp_path: Path) -> None:
    cells = [MODEL, CALL, "import debugdiff; print(debugdiff.explain())"]
    code = f"""\
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
for cell in {cells!r}:
    shell.run_cell(cell, store_history=True)
"""
    printed = run(code, tmp_path).stdout
    assert f"1. In[1], line 9  {FAULT}" in printed, printed


# --- scripts -------------------------------------------------------------------------------------


def test_an_installed_hook_explains_below_the_traceback(tmp_path: Path) -> None:
    (tmp_path / "network.py").write_text(MODEL, "utf-8")
    code = f"""\
import sys
import debugdiff
debugdiff.install()
debugdiff.install()
import torch
from network import Classifier
{CALL}
"""
    ended = run(code, tmp_path)
    assert ended.returncode == 1
    traceback, _, explained = ended.stderr.partition("\ndebugdiff explains\n")
    assert traceback.startswith("Traceback (most recent call last):")
    assert traceback.rstrip().endswith(MESSAGE)
    assert explained.startswith(MESSAGE)
    assert f"1. network.py:9  {FAULT}" in explained
    assert "debugdiff explains" not in explained


def test_a_block_adds_a_note_and_leaves_the_message(tmp_path: Path) -> None:
    code = f"""\
import debugdiff
{MODEL}
debugdiff.install()
try:
    with debugdiff.explaining(), debugdiff.explaining():
        {CALL}
except RuntimeError as error:
    assert str(error) == {MESSAGE.partition(": ")[2]!r}, error
    raise
"""
    stderr = run(code, tmp_path).stderr
    assert stderr.count("debugdiff explains") == 1
    assert f"1. script.py:10  {FAULT}" in stderr


def test_keras_frames_that_were_cut_are_read(tmp_path: Path) -> None:
    code = """\
import debugdiff
import keras
import numpy as np

model = keras.Sequential([keras.layers.Embedding(9, 4), keras.layers.Dense(3)])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
with debugdiff.explaining():
    model.fit(np.ones((8, 5), int), np.ones(8, int), verbose=0)
"""
    stderr = run(code, tmp_path).stderr
    assert "debugdiff explains" in stderr
    assert "script.py:" in stderr.partition("debugdiff explains")[2]


@pytest.mark.parametrize("ending", ["raise SystemExit(3)", "raise KeyboardInterrupt"])
def test_what_ends_a_program_on_purpose_is_left_alone(ending: str, tmp_path: Path) -> None:
    ended = run(f"import debugdiff\ndebugdiff.install()\n{ending}\n", tmp_path)
    assert "debugdiff explains" not in ended.stderr


def test_a_debugger_is_asked_for_its_exception(tmp_path: Path) -> None:
    commands = "continue\nimport debugdiff\nprint(debugdiff.explain())\nquit\n"
    printed = run("values = {}\nprint(values['a'])\n", tmp_path, "-m", "pdb", stdin=commands).stdout
    assert "KeyError: 'a'" in printed
    assert "At script.py:2 in <module>" in printed


def test_a_prompt_after_a_script_explains_it(tmp_path: Path) -> None:
    commands = "import debugdiff\ndebugdiff.explain()\n"
    printed = run("values = {}\nprint(values['a'])\n", tmp_path, "-i", stdin=commands).stdout
    assert "At script.py:2 in <module>" in printed


def test_what_is_typed_at_a_prompt_has_no_text(tmp_path: Path) -> None:
    commands = "1 / 0\nimport debugdiff\ndebugdiff.explain()\n"
    printed = run("", tmp_path, "-i", stdin=commands).stdout
    assert "ZeroDivisionError: division by zero" in printed
    if sys.version_info < (3, 13):
        assert "are not stored" in printed


def test_importing_it_loads_nothing(tmp_path: Path) -> None:
    code = "import debugdiff, sys; print(sorted(m for m in sys.modules if m.startswith('debugdiff')"
    code += " or m in {'numpy', 'rich', 'torch', 'keras', 'typing'}))"
    assert run(code, tmp_path).stdout == "['debugdiff']\n"


def test_of_what_is_loaded_the_program_and_its_imports_are_read(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    files = {
        "package/__init__.py": "",
        "package/network.py": "from .sizes import SIZE\n",
        "package/sizes.py": "SIZE = 3\n",
        "elsewhere.py": "import failing\n",
        "failing.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    code = """\
import package.network
from importlib import import_module
from debugdiff.live.loaded import loaded_parts
import_module("elsewhere")
print([part.name for part in loaded_parts([]).all])
print([part.name for part in loaded_parts([import_module("failing").__file__]).all])
"""
    program, with_frame = run(code, tmp_path).stdout.splitlines()
    names = ["script.py", "package/__init__.py", "package/network.py", "package/sizes.py"]
    assert program == str(names)
    assert with_frame == str(["script.py", "failing.py", *names[1:]])


# --- packages and tests --------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["plain", "xdist"])
def test_a_failing_test_has_a_section(arguments: tuple[str, ...], tmp_path: Path) -> None:
    package = tmp_path / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", "utf-8")
    (package / "sizes.py").write_text("WIDTHS = {'small': 3}\n", "utf-8")
    model = "from .sizes import WIDTHS\n\n\ndef width(size):\n    return WIDTHS[size]\n"
    (package / "model.py").write_text(model, "utf-8")
    test = "from shop.model import width\n\n\ndef test_width():\n    assert width('large') == 3\n"
    (tmp_path / "test_shop.py").write_text(test, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "debugdiff.live.pytest_plugin", *arguments]
    command += ["-p", "xdist"] if arguments else []
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "src"), *filter(None, sys.path)]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    for explain in (True, False):
        ended = subprocess.run(
            [*command, *(["--explain"] if explain else [])],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "KeyError: 'large'" in ended.stdout, ended.stdout + ended.stderr
        assert ("At src/shop/model.py:5 in width  WIDTHS[size]" in ended.stdout) is explain


# --- bad input -----------------------------------------------------------------------------------


class MuteError(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        MuteError(),
        ValueError("x" * 10_000_000),
        ValueError("\x1b[2Jhidden\u202e"),
        ValueError("\x1b\r\n\n" * 1000),
        ExceptionGroup("some", [ValueError("a"), KeyError("b")]),
        SyntaxError("bad", ("gone.py", 3, 1, "x = = 1", 3, 2)),
        OSError(28, "No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_exception_has_an_answer(error: BaseException) -> None:
    answer = debugdiff.explain(raised(error))
    assert answer.text.splitlines()
    assert len(answer.text.splitlines()) <= 15
    assert "\x1b" not in answer.text
    assert "\u202e" not in answer.text
    assert json.loads(answer.as_json())["failure"]


def test_an_exception_without_frames_says_so() -> None:
    assert "No frame of your own code" in debugdiff.explain(ValueError("never raised")).text


@pytest.mark.parametrize("given", [5, ValueError, "error"])
def test_what_is_no_exception_is_a_sentence(given: Any) -> None:
    assert debugdiff.explain(given).text.startswith("There is no exception to explain.")


def test_a_recursion_has_an_answer() -> None:
    def endless() -> None:
        endless()

    with pytest.raises(RecursionError) as caught:
        endless()
    assert debugdiff.explain(caught.value).text.startswith("RecursionError")


def test_nothing_about_the_exception_changes() -> None:
    error = raised(ValueError("kept"))
    before = (error.__traceback__, error.args, getattr(error, "__notes__", None))
    debugdiff.explain(error)
    assert (error.__traceback__, error.args, getattr(error, "__notes__", None)) == before


def test_a_file_that_was_changed_since_is_named(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def fail():\n    return {}['a']\n", "utf-8")
    code = """\
import debugdiff, helper
try:
    helper.fail()
except KeyError as error:
    with open("helper.py", "w") as file:
        file.write("\\n\\n\\ndef fail():\\n    return 1\\n")
    print(debugdiff.explain(error))
"""
    shown = " ".join(run(code, tmp_path).stdout.split())
    assert "helper.py was changed after it was loaded" in shown


def test_a_text_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def fail():\n    return {}['a']\n", "utf-8")
    code = """\
import debugdiff, helper, os
try:
    helper.fail()
except KeyError as error:
    os.remove("helper.py")
    print(debugdiff.explain(error))
"""
    assert "helper.py is gone" in " ".join(run(code, tmp_path).stdout.split())


def test_a_failure_of_ours_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_error: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(hooks, "answer_to", broken)
    said = hooks.safe_text(ValueError("theirs"))
    assert said == "debugdiff could not explain this exception (RuntimeError)."


def test_a_hook_goes_and_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def theirs(*_arguments: object) -> None:
        """Another tool's."""

    monkeypatch.setattr(sys, "excepthook", theirs)
    debugdiff.install()
    debugdiff.install()
    assert sys.excepthook is not theirs
    debugdiff.uninstall()
    debugdiff.uninstall()
    assert sys.excepthook is theirs
