"""Which stacks a request runs on, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.errors import StackError
from debugdiff.execute import stack_versions
from debugdiff.execute.stacks import require_python
from debugdiff.model import Stack, kind_of
from debugdiff.plan import DEFAULT_STACKS
from debugdiff.worker.versions import packages_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.campaign.request import RunRequest
    from debugdiff.model import Interpreter

INSTALL: Mapping[str, str] = {
    Stack.PYTORCH: "pip install 'debugdiff[torch]'",
    Stack.KERAS_TENSORFLOW: "pip install 'debugdiff[tensorflow]'",
    Stack.KERAS_TORCH: "pip install 'debugdiff[torch]' keras",
    Stack.KERAS_JAX: "pip install 'debugdiff[jax]'",
}
_INSTALL_ALL = "pip install 'debugdiff[torch,tensorflow]'"


def missing_reason(stack: str) -> str:
    """Why no trial runs on a stack that is not installed, and the command that changes it."""
    return f"{stack} is not installed; install it with: {INSTALL[stack]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """The stacks of a campaign with their versions, and the defaults that are not installed."""

    versions: Mapping[str, Mapping[str, str]]
    missing: tuple[str, ...] = field(default=())


def choose_stacks(request: RunRequest) -> Stacks:
    """The stacks asked for, or the defaults of the frameworks that the cases use.

    Raises:
        StackError: a stack asked for by name, or given an interpreter, is missing, or no default
            stack is installed.
    """
    if request.elsewhere is not None:
        return _measured_elsewhere(request, request.elsewhere.versions)
    wanted = request.stacks or _defaults(request)
    found = {stack: _versions(request, stack) for stack in wanted}
    versions = {stack: facts for stack, facts in found.items() if facts}
    missing = tuple(stack for stack in wanted if stack not in versions)
    for name in missing:
        if name in request.interpreters:
            raise _not_in_interpreter(name, request.interpreters[name])
    if missing and (request.stacks or not versions):
        raise _not_installed(missing)
    return Stacks(versions=versions, missing=missing)


def _measured_elsewhere(request: RunRequest, known: Mapping[str, Mapping[str, str]]) -> Stacks:
    """The stacks of a bundle, as it says; none has to be installed."""
    unknown = [stack for stack in request.stacks if stack not in known]
    if unknown:
        raise StackError(
            f"The bundle has no trial on the stack `{unknown[0]}`.",
            hint=f"It has: {', '.join(known)}.",
            slug="nothing-selected",
        )
    return Stacks(versions={each: known[each] for each in request.stacks or known})


def _not_in_interpreter(stack: str, interpreter: Interpreter) -> StackError:
    """Why a stack has no versions; `StackError` at once if its Python is none, or is too old."""
    require_python(stack, interpreter.python)
    packages = packages_of(interpreter.kind)
    return StackError(
        f"The interpreter `{interpreter.python}` of the stack `{stack}` lacks one of:"
        f" {', '.join(packages)}.",
        hint=f"Try: {interpreter.python} -m pip install {' '.join(packages)}",
        slug="interpreter-missing",
    )


def _not_installed(stacks: Sequence[str]) -> StackError:
    if len(stacks) == 1:
        subject, command = f"The stack `{stacks[0]}` is", INSTALL[stacks[0]]
    else:
        subject, command = f"The stacks {' and '.join(f'`{s}`' for s in stacks)} are", _INSTALL_ALL
    return StackError(
        f"{subject} not installed.", hint=f"Install with: {command}", slug="stack-missing"
    )


def _versions(request: RunRequest, stack: str) -> Mapping[str, str] | None:
    kind = kind_of(stack, request.interpreters)
    return stack_versions(kind, request.interpreters.get(stack))


def _defaults(request: RunRequest) -> tuple[str, ...]:
    wanted = {implementation.framework for implementation in request.implementations}
    return tuple(stack for stack in DEFAULT_STACKS if stack.framework in wanted)
