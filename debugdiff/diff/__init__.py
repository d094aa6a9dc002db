"""Where two runs of one program part: at which site and step, forward, gradient or update."""

from debugdiff.diff.comparing import Recorded
from debugdiff.diff.results import Difference, Phase, RunDiff, SuspectSite
from debugdiff.diff.running import compare_runs
from debugdiff.diff.scripts import diff_scripts
from debugdiff.diff.sites import base_of
from debugdiff.diff.tensors import Tensors

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
