"""Runs a user's own script under an instrument: any script, in place, unchanged."""

from debugdiff.scripts.request import ScriptRequest, path_of_module
from debugdiff.scripts.running import run_script

__all__ = ["ScriptRequest", "path_of_module", "run_script"]
