"""Which stacks a request runs on, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.errors import StackError
from debugdiff.execute import stack_versions
from debugdiff.model import Framework, Stack
from debugdiff.plan import DEFAULT_STACKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.campaign.request import RunRequest

INSTALL = {
    Stack.PYTORCH: "pip install 'debugdiff[torch]'",
    Stack.KERAS_TENSORFLOW: "pip install 'debugdiff[tensorflow]'",
    Stack.KERAS_TORCH: "pip install 'debugdiff[torch]' keras",
    Stack.KERAS_JAX: "pip install jax keras",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """The stacks of a campaign with their versions, and the defaults that are not installed."""

    versions: Mapping[Stack, Mapping[str, str]]
    missing: tuple[Stack, ...] = field(default=())


def choose_stacks(request: RunRequest) -> Stacks:
    """The stacks asked for, or the defaults of the frameworks that the cases use.

    Raises:
        StackError: a stack asked for by name is missing, or no default stack is installed.
    """
    wanted = request.stacks or _defaults(request)
    found = {stack: _versions(request, stack) for stack in wanted}
    versions = {stack: facts for stack, facts in found.items() if facts}
    missing = tuple(stack for stack in wanted if stack not in versions)
    if missing and (request.stacks or not versions):
        raise StackError(
            f"The stack `{missing[0]}` is not installed.",
            hint=f"Install it with: {INSTALL[missing[0]]}",
            slug="stack-missing",
        )
    return Stacks(versions=versions, missing=missing)


def _versions(request: RunRequest, stack: Stack) -> Mapping[str, str] | None:
    return stack_versions(stack, request.interpreters.get(stack))


def _defaults(request: RunRequest) -> tuple[Stack, ...]:
    used: set[Framework] = {
        implementation.framework
        for case in request.cases
        for implementation in case.implementations
    }
    wanted = used & set(request.frameworks) if request.frameworks else used
    return tuple(stack for stack in DEFAULT_STACKS if stack.framework in wanted)
