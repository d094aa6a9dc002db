"""Two scripts, run one after the other with probes that keep their tensors, and compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.run_diff.comparing import Recorded
from debugdiff.run_diff.running import compare_runs
from debugdiff.run_diff.tensors import Tensors
from debugdiff.scripts import run_script
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from debugdiff.model import ScriptRun
    from debugdiff.run_diff.results import RunDiff
    from debugdiff.scripts import ScriptRequest


def diff_scripts(good: ScriptRequest, bad: ScriptRequest) -> RunDiff:
    """Run two scripts and tell where the second parts from the first.

    The tensors of both lie in a temporary folder until they are compared, at most 1 GiB of each.

    Raises:
        DebugdiffError: a script cannot be run; `diff-no-values`: the probes saw nothing of it;
            `diff-nothing-shared`: no site of one has a partner in the other.
    """
    for request in (good, bad):
        request.check()
    with temporary_folder() as place:
        runs = []
        for request, folder in ((good, place / "good"), (bad, place / "bad")):
            folder.mkdir()
            run = run_script(replace(request, keep=folder))
            runs.append(_recorded(run, Tensors(folder)))
        found = compare_runs(*runs)
    if not found.compared:
        raise DebugdiffError(
            "The two programs have no layer or tensor of the same name: nothing can be compared.",
            hint="Values are matched by name; `debugdiff trace SCRIPT` shows a program's names.",
            slug="diff-nothing-shared",
        )
    return found


def _recorded(run: ScriptRun, tensors: Tensors) -> Recorded:
    if not run.record.values:
        raise DebugdiffError(
            f"The probes saw no value of `{run.path.name}`: {_ending(run)}.",
            hint="`debugdiff trace SCRIPT` shows which values can be read, and why others cannot.",
            slug="diff-no-values",
        )
    return Recorded(record=run.record, tensors=tensors, stack=run.stack)


def _ending(run: ScriptRun) -> str:
    if run.record.failure is not None:
        return f"it ended with {run.record.ending}"
    return "it called no layer of PyTorch or Keras"
