"""A program's file as a module."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any


def import_program(program: str) -> dict[str, Any]:
    """The program as a module, under a name that nothing else has."""
    name = "debugdiff_program"
    spec = importlib.util.spec_from_file_location(name, Path(program).resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return vars(module)
