"""Runs a user's own script under an instrument: any script, in place, unchanged."""

from debugdiff.scripts.request import ScriptRequest
from debugdiff.scripts.running import run_script

__all__ = ["ScriptRequest", "run_script"]
