"""Which versions a stack has in which interpreter, without importing a framework here or there."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from debugdiff.execute.interpreters import is_this_one, worker_environment
from debugdiff.worker.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Stack

_SECONDS = 60.0
_QUESTION = """
import json, sys
from debugdiff.model import Stack
from debugdiff.worker.versions import installed_versions
print(json.dumps(installed_versions(Stack(sys.argv[1]))))
"""


def stack_versions(stack: Stack, interpreter: str | None = None) -> Mapping[str, str] | None:
    """Versions of Python and of the stack's packages; `None` if one of them is missing.

    Args:
        stack: what is asked for.
        interpreter: another Python to ask; it is started, and `None` if it cannot be.
    """
    if interpreter is None or is_this_one(interpreter):
        return installed_versions(stack)
    with worker_environment(interpreter) as variables:
        return _versions_elsewhere(interpreter, stack, variables)


def _versions_elsewhere(
    interpreter: str, stack: Stack, variables: Mapping[str, str]
) -> Mapping[str, str] | None:
    try:
        answer = subprocess.run(
            [interpreter, "-P", "-c", _QUESTION, stack.value],
            env=variables,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    versions: dict[str, str] | None = json.loads(answer.stdout)
    return versions
