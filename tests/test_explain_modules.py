"""`explain -m` and projects of several files: all of them are the user's, wherever they lie."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from command_line import debugdiff

from debugdiff.errors import DebugdiffError
from debugdiff.scripts import path_of_module

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
from torch import nn
from ..sizes import FEATURES


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(FEATURES, 10)

    def forward(self, images):
        return self.head(images.flatten(1))
"""
TRAIN = """\
import sys
import torch
from .nets.model import Net

assert (__package__, __spec__.name, sys.argv[1:]) == ("lab", "lab.train", ["--rows", "3"])
Net()(torch.rand(3, 8, 13, 13))
"""


def write(folder: Path, **files: str) -> None:
    """Files by name, `__` for a slash; each folder is a package."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        for parent in path.relative_to(folder).parents:
            (folder / parent / "__init__.py").touch()
        path.write_text(text, "utf-8")
    (folder / "__init__.py").unlink()


def test_a_module_of_a_package_runs_as_python_runs_it(tmp_path: Path) -> None:
    write(tmp_path, lab__sizes="FEATURES = 1568\n", lab__nets__model=MODEL, lab__train=TRAIN)
    ended = debugdiff("explain", "-m", "lab.train", "--json", "--", "--rows", "3", folder=tmp_path)
    found = json.loads(ended.stdout)
    assert found["failure"]["message"].startswith("mat1 and mat2"), ended.stderr
    first = found["suspects"][0]
    assert (first["file"], first["line"]) == ("lab/nets/model.py", 8)


def test_a_package_that_lies_elsewhere_is_the_users_too(tmp_path: Path) -> None:
    model = "def width(size):\n    return {'small': 3}[size]\n"
    write(tmp_path / "src", shop__model=model)
    script = tmp_path / "scripts" / "train.py"
    script.parent.mkdir()
    script.write_text("import torch\nfrom shop.model import width\nwidth('large')\n", "utf-8")
    source = os.pathsep.join([str(tmp_path / "src"), os.environ.get("PYTHONPATH", "")])
    ended = debugdiff("explain", "scripts/train.py", folder=tmp_path, PYTHONPATH=source)
    assert "model.py:2 in width" in ended.stdout, ended.stdout + ended.stderr
    assert "shop/model.py:2" in ended.stdout


def test_a_module_that_cannot_be_imported_is_looked_at(tmp_path: Path) -> None:
    write(
        tmp_path,
        lab__broken="import torch\nsize = {}['width']\n",
        lab__train="from . import broken\n",
    )
    ended = debugdiff("explain", "-m", "lab.train", folder=tmp_path)
    assert "KeyError" in ended.stdout
    assert "broken.py:2" in ended.stdout.partition("Suspects")[2]


def test_a_package_runs_its_main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "__init__.py").touch()
    (tmp_path / "lab" / "__main__.py").touch()
    monkeypatch.chdir(tmp_path)
    assert path_of_module("lab") == (tmp_path / "lab" / "__main__.py", "lab.__main__")


def test_a_module_below_folders_that_are_no_packages_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lab" / "nets").mkdir(parents=True)
    (tmp_path / "lab" / "nets" / "train.py").touch()
    monkeypatch.chdir(tmp_path)
    assert path_of_module("lab.nets.train")[0] == tmp_path / "lab" / "nets" / "train.py"


@pytest.mark.parametrize("name", ["lab.trian", "", ".", "lab..train", "none", "lab.train.more"])
def test_a_module_that_is_not_there_is_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, lab__train="raise SystemExit('imported')\n")
    (tmp_path / "lab" / "__init__.py").write_text("raise SystemExit('imported')\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DebugdiffError, match="There is no module"):
        path_of_module(name)
