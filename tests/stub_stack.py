"""An interpreter with an empty PyTorch, for tests in which no framework matters."""

from __future__ import annotations

import venv
from typing import TYPE_CHECKING

from debugdiff.model import Interpreter, Stack

if TYPE_CHECKING:
    from pathlib import Path

_MODULES = {
    "numpy/__init__.py": "from numpy import random\n",
    "numpy/random.py": "def seed(number): pass\n",
    "torch/__init__.py": "def set_num_threads(number): pass\n",
    "torch/_dynamo.py": "",
}


def stub_interpreter(folder: Path) -> str:
    """Make an environment in `folder`; the path of its Python, which starts within a moment."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    for name, text in _MODULES.items():
        (packages / name).parent.mkdir(exist_ok=True)
        (packages / name).write_text(text, encoding="utf-8")
    for package in ("numpy", "torch"):
        information = packages / f"{package}-0.0.dist-info"
        information.mkdir()
        text = f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0\n"
        (information / "METADATA").write_text(text, encoding="utf-8")
    return str(folder / "bin" / "python")


def on_pytorch(python: str) -> dict[str, Interpreter]:
    """The interpreters of a run whose stack `pytorch` has another Python."""
    return {Stack.PYTORCH: Interpreter(kind=Stack.PYTORCH, python=python)}
