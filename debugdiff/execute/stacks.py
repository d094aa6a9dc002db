"""Which versions a stack has in which interpreter, without importing a framework here or there."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from debugdiff.errors import StackError
from debugdiff.execute.interpreters import is_this_one, worker_environment
from debugdiff.worker.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Interpreter, Stack

_SECONDS = 60.0
OLDEST = (3, 11)
"""The oldest Python that the worker runs in."""
_ASK_VERSION = "import sys; print('%d %d' % sys.version_info[:2])"  # Python 2 can answer it
_QUESTION = """
import json, sys
from debugdiff.model import Stack
from debugdiff.worker.versions import installed_versions
print(json.dumps(installed_versions(Stack(sys.argv[1]))))
"""


def stack_versions(
    stack: Stack, interpreter: Interpreter | None = None
) -> Mapping[str, str] | None:
    """Versions of Python and of the stack's packages; `None` if one of them is missing.

    Args:
        stack: what is asked for.
        interpreter: another Python to ask; it is started, and `None` if it cannot be.
    """
    if interpreter is None or is_this_one(interpreter):
        return installed_versions(stack)
    with worker_environment(interpreter) as variables:
        return _versions_elsewhere(interpreter, stack, variables)


def require_python(stack: str, python: str) -> None:
    """Refuse what is no Python, or one that the worker cannot run in.

    Args:
        stack: the name of the stack that it is for.
        python: its path.

    Raises:
        StackError: `interpreter-missing` or `python-too-old`.
    """
    try:
        answer = subprocess.run(
            [python, "-E", "-s", "-S", "-c", _ASK_VERSION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            text=True,
        ).stdout
        version = tuple(map(int, answer.split()))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise StackError(
            f"`{python}`, the interpreter of the stack `{stack}`, is not a Python that starts.",
            hint="Name the Python of an environment, such as /opt/keras/bin/python.",
            slug="interpreter-missing",
        ) from error
    if version < OLDEST:
        raise StackError(
            f"`{python}`, the interpreter of the stack `{stack}`, is Python"
            f" {'.'.join(map(str, version))}; programs need {'.'.join(map(str, OLDEST))} or newer.",
            hint="Make an environment with a newer Python.",
            slug="python-too-old",
        )


def _versions_elsewhere(
    interpreter: Interpreter, stack: Stack, variables: Mapping[str, str]
) -> Mapping[str, str] | None:
    try:
        answer = subprocess.run(
            [interpreter.python, "-P", "-c", _QUESTION, stack.value],
            env=variables,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        versions: dict[str, str] | None = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return versions
