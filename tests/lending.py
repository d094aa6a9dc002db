"""Hosts that campaigns, courses and checks of one test run share: each takes seconds to start."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from debugdiff.execute.interpreters import worker_environment
from debugdiff.execute.pool import NO_INTERPRETERS, OnRecord, Pool
from debugdiff.model import Interpreter, Job, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

POOLS = (
    *("campaign.executing", "campaign.stack_checks", "parity.checking", "teach.runs", "cli.grades"),
)
"""Modules that make a `Pool` of their own."""
CALLS = ("campaign.shared_runs", "suspects.trying")
"""Modules that call `execute`."""
_OF_THE_TEST = {"PYTEST_CURRENT_TEST", "COLUMNS", "LINES"}


class Lending:
    """Gives a pool with the hosts of the last one that was wanted so; to be used with `with`.

    A pool that is used already, that is not warm, or that runs on another Python is a new one. One
    in whose use something was raised (Ctrl-C, say) ends, as it does outside of tests.
    """

    def __init__(self) -> None:
        self._stacks: dict[object, ExitStack] = {}
        self._free: dict[object, Pool] = {}

    def close(self) -> None:
        """End all hosts."""
        for stack in self._stacks.values():
            stack.close()

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        """Lend to the modules of debugdiff."""
        for name in POOLS:
            patch.setattr(import_module(f"debugdiff.{name}"), "Pool", self.lend)
        for name in CALLS:
            patch.setattr(import_module(f"debugdiff.{name}"), "execute", self.execute)

    @contextmanager
    def lend(
        self,
        *,
        slots: int,
        interpreters: Mapping[str, Interpreter] = NO_INTERPRETERS,
        warm: bool = True,
        sandbox: Sandbox = Sandbox.OFF,
        isolated: bool = False,
    ) -> Iterator[Pool]:
        """A pool as `Pool` makes it, with hosts that stay."""
        choices = (slots, sandbox, isolated, _environment(sandbox))
        if interpreters or not warm or (choices in self._stacks and choices not in self._free):
            with Pool(
                slots=slots,
                interpreters=interpreters,
                warm=warm,
                sandbox=sandbox,
                isolated=isolated,
            ) as pool:
                yield pool
            return
        if choices not in self._stacks:
            made = Pool(slots=slots, sandbox=sandbox, isolated=isolated)
            self._stacks[choices] = ExitStack()
            self._free[choices] = self._stacks[choices].enter_context(made)
        pool = self._free.pop(choices)
        try:
            yield pool
        except BaseException:
            self._stacks.pop(choices).close()
            raise
        self._free[choices] = pool

    def execute(  # noqa: PLR0913 - those of the real one
        self,
        jobs: Sequence[Job],
        *,
        slots: int,
        on_record: OnRecord,
        interpreters: Mapping[str, Interpreter] = NO_INTERPRETERS,
        warm: bool = True,
        sandbox: Sandbox = Sandbox.OFF,
    ) -> None:
        """As `debugdiff.execute.execute`, with hosts that stay."""
        with self.lend(slots=slots, interpreters=interpreters, warm=warm, sandbox=sandbox) as pool:
            pool.run(jobs, on_record)


def _environment(sandbox: Sandbox) -> frozenset[tuple[str, str]]:
    """What a host would see of the variables that are set now."""
    with worker_environment(None, sandbox=sandbox) as variables:
        return frozenset(
            (name, text) for name, text in variables.items() if name not in _OF_THE_TEST
        )
