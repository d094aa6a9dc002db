"""What another interpreter gets to see of debugdiff: the worker and what it needs, nothing else."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Sandbox
from debugdiff.temporary import temporary_folder
from debugdiff.worker.process.sandbox import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Interpreter

_PACKAGE = Path(__file__).resolve().parent.parent
_PARTS = (
    *("__init__.py", "model", "errors.py", "visible.py", "bounds.py", "files.py"),
    *("corpora", "corpora.py", "worker"),
)
_VARIABLES_DROPPED = frozenset(
    {"PYTHONHOME", "PYTHONWARNINGS", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT"}
)
_VARIABLES_ALLOWED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR"),
        *("COLUMNS", "LINES", "NO_COLOR", "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH"),
        *("LD_PRELOAD", "HF_HOME", "HF_HUB_OFFLINE", "HF_DATASETS_CACHE", "NLTK_DATA", "CC", "CXX"),
    }
)
_ALLOWED_BEGINNINGS = (
    *("LC_", "PYTHON", "XDG_", "OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "BLIS_", "ONEDNN_"),
    *("DNNL_", "NUMEXPR_", "CUDA_", "NVIDIA_", "CUBLAS_", "CUDNN_", "ROCR_", "HIP_", "TORCH"),
    *("PYTORCH_", "ATEN_", "TF_", "XLA_", "KERAS_", "JAX_", "TRITON_", "MALLOC_", "MPL"),
)
_SECRET = re.compile("TOKEN|SECRET|PASSW|CREDENTIAL|KEY")
"""Not passed on even where the beginning of the name is that of a library's own settings."""
_VARIABLES_ADDED = {
    # The order of sets of strings must be the same in every run.
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
}


@contextlib.contextmanager
def worker_environment(
    interpreter: Interpreter | None, *, spool: Path | None = None, sandbox: Sandbox = Sandbox.OFF
) -> Iterator[dict[str, str]]:
    """The environment of a worker in an interpreter (`None`: this one), while it is needed.

    This interpreter finds the worker where it found debugdiff. Another one gets a copy of a few
    files on its path, and never the path of this one: these packages would not fit it. The copy
    stays in `spool`, or lies in a temporary folder while it is needed. Packages that a stack has
    beside those of its interpreter come first on the path. In a sandbox, variables that
    are neither the system's nor a library's own settings are left out: they may hold secrets.
    """
    kept = {name: value for name, value in os.environ.items() if _is_kept(name, sandbox)}
    if sandbox is not Sandbox.OFF:
        kept[LEVEL] = sandbox.value
        if spool is not None:  # PyTorch makes it when it is imported
            kept["TORCHINDUCTOR_CACHE_DIR"] = str(spool / "inductor")
    kept.update(_VARIABLES_ADDED)
    if interpreter is None or is_this_one(interpreter):
        yield kept
    elif _has_this_python(interpreter):
        yield {**kept, "PYTHONPATH": _path(interpreter.packages, kept.get("PYTHONPATH", ""))}
    else:
        with contextlib.nullcontext(spool) if spool else temporary_folder() as place:
            folder = Path(tempfile.mkdtemp(prefix="worker-", dir=place))
            _copy_to(folder / _PACKAGE.name)
            yield {**kept, "PYTHONPATH": _path(interpreter.packages, str(folder))}


def _path(*folders: str) -> str:
    return os.pathsep.join(filter(None, folders))


def _is_kept(name: str, sandbox: Sandbox) -> bool:
    if name in _VARIABLES_DROPPED:
        return False
    if sandbox is Sandbox.OFF or name in _VARIABLES_ALLOWED:
        return True
    return name.startswith(_ALLOWED_BEGINNINGS) and not _SECRET.search(name)


def is_this_one(interpreter: Interpreter) -> bool:
    """Whether it is this Python, with no other packages than this one has."""
    return _has_this_python(interpreter) and not interpreter.packages


def _has_this_python(interpreter: Interpreter) -> bool:
    """Whether its path is this one's. Links count: an environment's Python is often one."""
    return Path(interpreter.python).absolute() == Path(sys.executable).absolute()


def _copy_to(target: Path) -> None:
    target.mkdir()
    for part in _PARTS:
        source = _PACKAGE / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, target / part)
