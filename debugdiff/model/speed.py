"""How fast programs are: the parts of a run that are timed, and one run in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from debugdiff.model.programs import Size


class Way(StrEnum):
    """How a program is run and trained: what its framework does with the same model."""

    EAGER = "eager"
    COMPILED = "torch.compile"
    FIT = "fit"
    FIT_JIT = "fit-jit"
    LOOP = "own-loop"


class SpeedPart(StrEnum):
    """What is timed apart, in the order in which it happens.

    `first`: from the call of `train` to the end of its first update. `steady`: one update, the
    median after the warm-up. `training`: all of `train`, where it was not stopped before its end.
    """

    IMPORT = "import"
    BUILD = "build"
    FIRST = "first step"
    STEADY = "steady step"
    TRAINING = "training"
    EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """Seconds by the wall clock, and those that the program's process had a processor for."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedReading:
    """What one process measured of itself.

    Attributes:
        laps: by part; a part that did not take place is missing.
        steps: updates that were seen.
        batch_size: what `train` was called with; `None` if it takes none.
        stopwatch: seconds that it takes to note one step, measured in the same process.
    """

    laps: Mapping[SpeedPart, Lap]
    steps: int
    batch_size: int | None
    stopwatch: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedRun:
    """One process of one arm, as a line of the file of results.

    Attributes:
        key: a hash of all that may be compared only with itself: program, settings, versions,
            machine, processors.
        batch_size: what was asked for; 0 for the program's own.
        round: its pass over all arms; two passes, there and back, are a block.
        busy: how many processors others used just before its round.
        peak_memory: largest resident set, bytes.
        reading: `None` where the program did not run through; `problem` says why.
    """

    key: str
    case: str
    implementation: str
    way: Way
    size: Size
    batch_size: int
    round: int
    busy: float
    peak_memory: int = 0
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    reading: SpeedReading | None = None
    problem: str = ""
