"""Standard streams that are closed or full, and a request to end: a sentence each time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PYTHON = f"{sys.executable} -m debugdiff"
SLEEPER = "import os\nprint(os.getpid(), flush=True)\nimport torch, time\ntime.sleep(600)\n"


def shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command whose own streams are redirected; what is left of them is captured."""
    return subprocess.run(
        command, cwd=folder, shell=True, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize(
    ("streams", "status", "said"),
    [
        (">&-", 2, "it is closed"),
        (">/dev/full", 2, "No space left on device"),
        ("2>&-", 0, ""),
        ("2>/dev/full", 0, ""),
        (">&- 2>&- <&-", 2, ""),
        (">/dev/full 2>/dev/full", 2, ""),
    ],
)
def test_a_stream_that_is_closed_or_full_is_a_sentence(
    tmp_path: Path, streams: str, status: int, said: str
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    found = shell(tmp_path, f"{PYTHON} metrics a.py {streams}")
    assert found.returncode == status
    assert said in found.stderr
    assert "itself failed" not in found.stderr
    assert "Traceback" not in found.stderr
    assert len(found.stderr.splitlines()) <= 3


@pytest.mark.parametrize(
    ("command", "slug"),
    [
        ("mkdir gone; cd gone; rmdir ../gone; {} metrics ../a.py", "folder-gone"),
        ("ulimit -n 12; {} explain a.py", "nothing-left"),
        ("{} explain --log - <&-", "log-unreadable"),
    ],
)
def test_what_a_shell_may_start_it_in_is_a_sentence(
    tmp_path: Path, command: str, slug: str
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    found = shell(tmp_path, command.format(PYTHON))
    assert found.returncode == 2
    assert f"debugdiff help {slug}" in found.stderr
    assert "itself failed" not in found.stderr


def test_help_on_a_full_disk_is_a_sentence_too(tmp_path: Path) -> None:
    found = shell(tmp_path, f"{PYTHON} --help >/dev/full")
    assert found.returncode == 2
    assert "itself failed" not in found.stderr


def test_a_request_to_end_is_answered_as_ctrl_c_is(tmp_path: Path) -> None:
    case, temporary = tmp_path / "case", tmp_path / "tmp"
    case.mkdir()
    temporary.mkdir()
    (case / "sleeps.py").write_text(SLEEPER)
    command = [sys.executable, "-m", "debugdiff", "run", str(case), "--timeout", "500"]
    command += ["--bug", "loss/wrong-loss", "--store", str(tmp_path / "s.db"), "--verbose"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while not list(temporary.rglob("sleeps.py")):  # the trial has its folder
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, printed = process.communicate(timeout=200)
    assert process.returncode == 130, printed
    assert b"Interrupted. Every finished trial is stored" in printed
    assert list(temporary.glob("debugdiff*")) == []
