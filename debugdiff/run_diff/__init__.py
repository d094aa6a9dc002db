"""Where two runs of one program part: at which site and step, forward, gradient or update."""

from debugdiff.run_diff.comparing import Recorded
from debugdiff.run_diff.results import Difference, Phase, RunDiff, SuspectSite
from debugdiff.run_diff.running import compare_runs
from debugdiff.run_diff.scripts import diff_scripts
from debugdiff.run_diff.sites import base_of
from debugdiff.run_diff.tensors import Tensors

__all__ = [
    "Difference",
    "Phase",
    "Recorded",
    "RunDiff",
    "SuspectSite",
    "Tensors",
    "base_of",
    "compare_runs",
    "diff_scripts",
]
