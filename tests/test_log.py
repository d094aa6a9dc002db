"""A traceback that somebody printed is read as Python, IPython and TensorFlow print it."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import debugdiff
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.errors import DebugdiffError
from debugdiff.model import Owner
from debugdiff.scripts import log
from debugdiff.scripts.log import decoded, failure_of_log, placed, read_log
from debugdiff.suspects.explaining import explanation_of_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.model import Failure

PROGRAM = """\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1568, 10)

    def forward(self, images):
        return torch.relu(self.head(images.flatten(1)))


Classifier()(torch.rand(4, 1352))
"""
TRACEBACK = """\
Traceback (most recent call last):
  File "/home/ada/project/train.py", line 14, in <module>
    Classifier()(torch.rand(4, 1352))
  File "/opt/env/lib/python3.12/site-packages/torch/nn/modules/module.py", line 17, in _call
    return self._call_impl(*args, **kwargs)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/home/ada/project/train.py", line 11, in forward
    return torch.relu(self.head(images.flatten(1)))
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/opt/env/lib/python3.12/site-packages/torch/nn/modules/linear.py", line 125, in forward
    return F.linear(input, self.weight, self.bias)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x1352 and 1568x10)
"""
MESSAGE = "mat1 and mat2 shapes cannot be multiplied (4x1352 and 1568x10)"


def read(text: str) -> Failure:
    return failure_of_log(text, "The log")


def own_lines(failure: Failure) -> list[int]:
    return [each.line for each in failure.frames if each.owner is Owner.USER]


# --- what Python prints --------------------------------------------------------------------------


class _LoudError(ValueError):
    pass


MESSAGES = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"])).map(str.strip)


@given(st.lists(st.tuples(MESSAGES, st.sampled_from(["cause", "context"])), min_size=1, max_size=4))
def test_what_python_prints_of_a_chain_is_read_back(links: list[tuple[str, str]]) -> None:
    error: Exception | None = None
    for message, link in links:
        error = _raised(message, error, link)
    assert error is not None
    printed = "".join(traceback.format_exception(error))
    found = read(f"starting\n{printed}")
    assert [each.message for each in found.chain] == [message for message, _ in links]
    assert found.type == f"{__name__}._LoudError"
    expected = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in _frames(error)]
    assert [(each.file, each.line, each.function, each.code) for each in found.frames] == expected


def _raised(message: str, earlier: Exception | None, link: str) -> Exception:
    """An exception that was raised, because of an earlier one or while that was handled."""
    try:
        _raise(message, earlier, link)
    except _LoudError as error:
        return error
    raise AssertionError


def _raise(message: str, earlier: Exception | None, link: str) -> None:
    if link == "cause" or earlier is None:
        raise _LoudError(message) from earlier
    try:
        raise earlier.with_traceback(None)
    except _LoudError:
        raise _LoudError(message)  # noqa: B904 - this is what makes it a context


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    own = traceback.extract_tb(error.__traceback__)
    return [*(_frames(before) if before else []), *own]


def _ranks(text: str) -> str:
    """Two ranks, line by line; the second one failed because the first was gone."""
    other = text.replace(MESSAGE, "NCCL communicator was aborted")
    pairs = zip(text.splitlines(), other.splitlines(), strict=True)
    return "".join(f"[rank0]: {one}\n[rank1]: {two}\n" for one, two in pairs)


def _progress(text: str) -> str:
    return f" 10%|#    | 1/10\r 20%|##   | 2/10\r{text}"


def _between(text: str) -> str:
    """Other lines of the log in the middle of it."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:5], "GPU memory: 3 GB\n", *lines[5:], "\nINFO done\nRuntimes: 3\n"])


def _stamped(text: str) -> str:
    return "".join(
        f"2026-11-29 10:00:{at:02d},123 ERROR {line}\n" for at, line in enumerate(text.splitlines())
    )


def _notes(text: str) -> str:
    return f"{text}\n2026-11-29 10:01:00 INFO the job ended\n"


LOGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "windows": lambda text: text.replace("\n", "\r\n"),
    "colours": lambda text: re.sub("^", "\x1b[31m", text, flags=re.MULTILINE) + "\x1b[0m",
    "container": lambda text: re.sub("^(?=.)", "trainer_1  | ", text, flags=re.MULTILINE),
    "ranks": _ranks,
    "stamped": _stamped,
    "progress": _progress,
    "between": _between,
    "line-after": _notes,
    "earlier-one": lambda text: text.replace(MESSAGE, "try again") + "retrying\n" + text,
    "windows-paths": lambda text: text.replace("/home/ada/project/", "C:\\Users\\ada\\"),
}


@pytest.mark.parametrize("kind", LOGS)
def test_a_log_says_what_the_traceback_said(kind: str) -> None:
    found = read(LOGS[kind](TRACEBACK))
    assert (found.type, found.message) == ("RuntimeError", MESSAGE)
    assert own_lines(found) == [14, 11]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_any_encoding_is_read(encoding: str) -> None:
    text = TRACEBACK.replace("ada", "adä")
    assert read(decoded(text.encode(encoding))).message == MESSAGE


@pytest.mark.parametrize("kind", LOGS)
@given(st.data())
def test_a_log_may_be_cut_off_anywhere(kind: str, data: st.DataObject) -> None:
    text = LOGS[kind](TRACEBACK)
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    if "Traceback (most recent call last)" in piece:
        assert set(own_lines(read(piece))) <= {1, 11, 14}
    else:
        with pytest.raises(DebugdiffError, match="has no traceback"):
            read(piece)


def test_of_a_stream_without_end_a_part_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_LONGEST_STREAM", 2**20)
    monkeypatch.setattr(log, "LONGEST_LOG", 2**17)
    with Path("/dev/zero").open("rb") as endless:
        assert len(log._end_of_stream(endless)) == 2**17


def test_a_notebook_names_cells() -> None:
    found = read(
        """\
---------------------------------------------------------------------------
ValueError                                Traceback (most recent call last)
Cell In[5], line 1
----> 1 model.fit(x, y, verbose=0)

File ~/env/lib/python3.10/site-packages/keras/src/utils/traceback_utils.py:122, in f(*args)
    119     filtered_tb = _process_traceback_frames(e.__traceback__)
--> 122     raise e.with_traceback(filtered_tb) from None

Input In [3], in Model.call(self, x)
      1 a = 1
----> 2 b = self.layer(x)

ValueError: Arguments `target` and `output` must have the same rank.
Received: target.shape=(32,)
"""
    )
    assert found.type == "ValueError"
    assert found.message.endswith("Received: target.shape=(32,)")
    own = [each for each in found.frames if each.owner is Owner.USER]
    assert [(each.file, each.line, each.code) for each in own] == [
        ("In[5]", 1, "model.fit(x, y, verbose=0)"),
        ("In[3]", 2, "b = self.layer(x)"),
    ]


def test_the_stack_inside_a_message_of_tensorflow_is_read() -> None:
    found = read(
        """\
Traceback (most recent call last):
  File "train.py", line 30, in <module>
    model.fit(x, y)
  File "/env/lib/python3.11/site-packages/keras/src/utils/traces.py", line 122, in handler
    raise e.with_traceback(filtered_tb) from None
tensorflow.python.framework.errors_impl.InvalidArgumentError: Graph execution error:

Detected at node gather defined at (most recent call last):
  File "train.py", line 30, in <module>

  File "train.py", line 12, in call

indices[0,3] = 57 is not in [0, 50)
\t [[{{node gather}}]] [Op:__inference_multi_step_on_iterator_1]
"""
    )
    assert found.type == "tensorflow.python.framework.errors_impl.InvalidArgumentError"
    assert "indices[0,3] = 57 is not in [0, 50)" in found.message
    assert own_lines(found) == [30, 30, 12]


def test_a_group_is_read_to_its_last_member() -> None:
    members = [_raised("first", None, "cause"), _raised("last", None, "cause")]
    printed = "".join(traceback.format_exception(ExceptionGroup("several", members)))
    assert read(printed).message == "last"


# --- with the script -----------------------------------------------------------------------------


def test_columns_are_those_of_the_script() -> None:
    failure, changed = placed(read(TRACEBACK), {"train.py": PROGRAM})
    frame = failure.frames[-2]
    line = PROGRAM.splitlines()[frame.line - 1]
    assert line[frame.column : frame.end_column] == "self.head(images.flatten(1))"
    assert changed == ()


def test_lines_that_have_moved_are_found_and_others_named() -> None:
    moved, changed = placed(read(TRACEBACK), {"train.py": f"\n\n{PROGRAM}"})
    assert own_lines(moved) == [16, 13]
    assert changed == ()
    _, changed = placed(read(TRACEBACK), {"train.py": PROGRAM.replace("relu", "gelu")})
    assert changed == ("train.py",)


def test_suspects_are_found_without_a_run(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(PROGRAM, "utf-8")
    found = explanation_of_log(TRACEBACK, "run.log", script)
    assert (found.expected, found.actual) == ((1568,), (1352,))
    assert 8 in {each.line for each in found.suspects[:3]}


def test_the_command_reads_a_log_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text(TRACEBACK, "utf-8")
    ended = debugdiff("explain", "--log", "run.log", folder=tmp_path)
    assert ended.returncode == 0
    assert "run.log  read from run.log" in ended.stdout
    assert "train.py:11 in forward" in ended.stdout
    assert "Add the script" in ended.stdout


def test_a_pipe_is_read_if_somebody_writes_to_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DebugdiffError, match="nobody writes to this pipe"):
        read_log(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # without one nobody can write
    pipe.write_text("text", "utf-8")
    assert read_log(pipe) == "text"
    os.close(reader)


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (["--log", "none.log"], "log-unreadable"),
        (["--log", "."], "log-unreadable"),
        (["--log", "empty.log"], "log-without-traceback"),
        ([], "script-missing"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path: Path, arguments: list[str], slug: str) -> None:
    (tmp_path / "empty.log").write_text("", "utf-8")
    ended = debugdiff("explain", *arguments, folder=tmp_path)
    assert ended.returncode == 2
    assert f"debugdiff help {slug}" in ended.stderr
