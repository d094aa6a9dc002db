"""Statement probes: could a person have seen numbers at this line?

The instrumented twin of a program calls `__debugdiff_record__(probe, value)` after its assignments.
A value counts if it is a tensor of the framework, or holds some: PyTorch tensors, TensorFlow
tensors and variables, Keras' symbols, JAX arrays and tracers. NumPy arrays and Python numbers show
their digits under every framework and would only water the share down.

An execution is *concrete* when every tensor of its value can be turned into numbers there and then,
and *printable* when `print` shows its digits. The two differ under JAX: a value that is being
differentiated prints its numbers and refuses to become an array.
"""

from __future__ import annotations

import builtins
import contextlib
import itertools
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from debugdiff.model import Mode, StatementSite, StatementValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.worker.probes.steps import Clock

RECORDER = "__debugdiff_record__"
"""The builtin that an instrumented twin calls."""

ELEMENTS_SEARCHED = 32
"""A longer list is searched for tensors only so far: data sets are lists too."""

DEPTH_SEARCHED = 3


class Visibility(StrEnum):
    """What a person who prints a tensor, or turns it into numbers, would get."""

    CONCRETE = "concrete"
    PRINTABLE = "printable"
    SYMBOLIC = "symbolic"


@dataclass(slots=True, kw_only=True)
class _Tally:
    executions: int = 0
    concrete: int = 0
    printable: int = 0
    steps: set[int] = field(default_factory=set)
    concrete_steps: set[int] = field(default_factory=set)
    printable_steps: set[int] = field(default_factory=set)

    def count(self, seen: Visibility, step: int) -> None:
        self.executions += 1
        self.steps.add(step)
        if seen is not Visibility.SYMBOLIC:
            self.printable += 1
            self.printable_steps.add(step)
        if seen is Visibility.CONCRETE:
            self.concrete += 1
            self.concrete_steps.add(step)


class StatementRecorder:
    """Counts what each statement probe of a twin saw."""

    def __init__(self, sites: Mapping[str, StatementSite], clock: Clock) -> None:
        self._sites = sites
        self._clock = clock
        self._tallies: defaultdict[str, _Tally] = defaultdict(_Tally)

    def install(self, mode: Mode) -> None:
        """Make the recorder a builtin, so that the twin needs no import that moves its lines."""

        def record(probe: str, value: Any) -> None:
            self.record(probe, value)

        # AutoGraph leaves functions that carry this mark as they are.
        record.autograph_info__ = {}  # type: ignore[attr-defined]
        visible: Callable[[str, Any], None] = record
        if mode is Mode.COMPILED:
            import torch  # noqa: PLC0415 - only PyTorch has this mode

            # A compiled program stops here to show numbers, as it does at a person's print.
            visible = torch.compiler.disable(record)
        setattr(builtins, RECORDER, visible)

    def record(self, probe: str, value: Any) -> None:
        """Count one execution of a probe, if its value is a tensor or holds one. Never raises."""
        with contextlib.suppress(Exception):
            seen = visibility(value)
            if seen is not None:
                self._tallies[probe].count(seen, self._clock.step)

    def statements(self) -> tuple[StatementValues, ...]:
        """One entry per probe that ran with a tensor, in the order of lines."""
        seen = [(self._sites[probe], tally) for probe, tally in self._tallies.items()]
        return tuple(
            StatementValues(
                line=site.line,
                name=site.name,
                function=site.function,
                executions=tally.executions,
                concrete=tally.concrete,
                printable=tally.printable,
                steps=len(tally.steps),
                concrete_steps=len(tally.concrete_steps),
                printable_steps=len(tally.printable_steps),
            )
            for site, tally in sorted(seen, key=lambda pair: (pair[0].line, pair[0].name))
        )


def visibility(value: Any) -> Visibility | None:
    """The worst of all tensors of a value: one symbol among them hides its part; `None`: none."""
    worst = None
    for seen in _each(value, depth=0):
        if seen is Visibility.SYMBOLIC:
            return seen
        if worst is None or seen is Visibility.PRINTABLE:
            worst = seen
    return worst


def _each(value: Any, *, depth: int) -> Iterator[Visibility]:
    for judge in (_judge_torch, _judge_keras, _judge_tensorflow, _judge_jax):
        seen = judge(value)
        if seen is not None:
            yield seen
            return
    if depth >= DEPTH_SEARCHED:
        return
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, tuple | list | Mapping):
        for part in itertools.islice(parts, ELEMENTS_SEARCHED):
            yield from _each(part, depth=depth + 1)


def _judge_torch(value: Any) -> Visibility | None:
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(value, torch.Tensor):
        return None
    if value.is_meta or torch.compiler.is_compiling() or type(value).__name__ == "FakeTensor":
        return Visibility.SYMBOLIC
    # Inside `torch.func` transforms `print` goes through the wrapper, `.item()` may not.
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor(value)  # noqa: SLF001 - no public way
    return Visibility.PRINTABLE if wrapped else Visibility.CONCRETE


def _judge_keras(value: Any) -> Visibility | None:
    keras = sys.modules.get("keras")
    if keras is None:
        return None
    if isinstance(value, keras.KerasTensor):
        return Visibility.SYMBOLIC
    if isinstance(value, keras.Variable):
        return next(_each(value.value, depth=DEPTH_SEARCHED), None)
    return None


def _judge_tensorflow(value: Any) -> Visibility | None:
    tf = sys.modules.get("tensorflow")
    if tf is None or not tf.is_tensor(value):
        return None
    if isinstance(value, tf.Variable):
        return Visibility.CONCRETE if tf.executing_eagerly() else Visibility.SYMBOLIC
    parts = tf.nest.flatten(value, expand_composites=True)
    symbolic = any(tf.is_symbolic_tensor(part) for part in parts)
    return Visibility.SYMBOLIC if symbolic else Visibility.CONCRETE


def _judge_jax(value: Any) -> Visibility | None:
    jax = sys.modules.get("jax")
    if jax is None or not isinstance(value, jax.Array):
        return None
    if not isinstance(value, jax.core.Tracer):
        return Visibility.CONCRETE
    while isinstance(value, jax.core.Tracer):
        # What is being differentiated carries its numbers along; what is being compiled has none.
        value = getattr(value, "primal", None)
    return Visibility.SYMBOLIC if value is None else Visibility.PRINTABLE
