"""Whether a stack can be relied on: its Python, its packages, and parity of a case on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.campaign.stack_parity import difference_on
from debugdiff.errors import StackError
from debugdiff.execute import stack_versions
from debugdiff.execute.pool import Pool
from debugdiff.execute.stacks import require_python
from debugdiff.model import kind_of
from debugdiff.worker.versions import packages_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Case, Interpreter, Sandbox


def check_stack(
    name: str, interpreters: Mapping[str, Interpreter], case: Case, sandbox: Sandbox
) -> Iterator[CheckLine]:
    """A line for each thing that is looked at; the first that fails is the last one.

    Args:
        name: the stack.
        interpreters: by name, the Pythons that are not debugdiff's own.
        case: is run on the stack; its programs of the other framework run on debugdiff's own.
        sandbox: what programs are kept from.
    """
    kind, interpreter = kind_of(name, interpreters), interpreters.get(name)
    if interpreter:
        try:
            require_python(name, interpreter.python)
        except StackError as error:
            yield CheckLine(subject=name, check="Python", passed=False, detail=error.message)
            return
    versions = stack_versions(kind, interpreter)
    missing = [] if versions else [f"lacks one of: {', '.join(packages_of(kind))}"]
    seen = ", ".join(f"{package} {version}" for package, version in (versions or {}).items())
    yield check_line(name, "packages", missing, seen)
    if versions is not None:
        with Pool(slots=1, interpreters=interpreters, sandbox=sandbox) as pool:
            problem = difference_on(case, name, interpreters, pool)
        yield check_line(name, "parity", [problem] if problem else [], f"holds for {case.name}")
