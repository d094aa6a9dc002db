"""What the probes and the sentinels saw of the values of one run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from debugdiff.model.locations import Location


class ValueKind(StrEnum):
    """What a layer probe read at a site.

    `input` is what a whole model was called with, `loss-input` the prediction and the target that
    a loss of the framework was called with.
    """

    FORWARD = "forward"
    GRADIENT = "gradient"
    PARAMETER_GRADIENT = "parameter-gradient"
    PARAMETER = "parameter"
    LOSS = "loss"
    INPUT = "input"
    LOSS_INPUT = "loss-input"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueStatistics:
    """Statistics of one tensor at one site and step; of finite values only, with the rest counted.

    A unit is an index of the last axis, a row what lies along it. What depends on the shape is
    `None` where the tensor is not finite throughout.

    Attributes:
        call: how often this site was called before within the step (shared layers).
        shape: the real dimensions.
        digest: a hash of the exact bytes: equal digests are equal tensors. Empty where the tensor
            could not be read, `-` where none was wanted.
        mean_absolute: mean of the absolute values.
        dead: share of the units that are zero in more than 99 % of the inputs.
        saturated: share of the units that are at a limit of their range, -1 and 1 or 0 and 1, in
            more than 99 % of the inputs; 0 for values outside of [-1, 1].
        row_sum_error: the largest distance of a row's sum from one; `None` where a value lies
            outside of [0, 1].
        rows_equal: whether the values are the same at every index of the first axis.
        whole: whether every value is a whole number.
        update: for a parameter, the Euclidean norm of what this optimizer step changed.
    """

    site: str
    kind: ValueKind
    step: int
    call: int
    shape: tuple[int, ...]
    dtype: str
    minimum: float | None
    maximum: float | None
    mean: float | None
    standard_deviation: float | None
    zeros: int
    nan: int
    infinite: int
    digest: str
    mean_absolute: float | None = None
    dead: float | None = None
    saturated: float | None = None
    row_sum_error: float | None = None
    rows_equal: bool = False
    whole: bool = False
    update: float | None = None

    @property
    def count(self) -> int:
        """How many elements the tensor has."""
        return math.prod(self.shape)

    @property
    def norm(self) -> float | None:
        """The Euclidean norm of the finite values."""
        if self.mean is None or self.standard_deviation is None:
            return None
        finite = self.count - self.nan - self.infinite
        return math.sqrt(finite) * math.hypot(self.mean, self.standard_deviation)

    @property
    def constant(self) -> bool:
        """Whether there are several values and all of them are the same finite number."""
        finite = self.nan == self.infinite == 0 and self.minimum is not None
        return finite and self.count > 1 and self.minimum == self.maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the program set a layer, optimizer, loss or training to, as far as a check needs it.

    Attributes:
        site: of the layer or parameter; `optimizer`; `loss`; `training`.
        name: `type` (class or function), `activation` (`relu`, ...), `rate` (of dropout),
            `learning_rate`, `wants` (of a loss: `logits`, `probabilities`, `log-probabilities` or
            `values`), `optimizer` (of a parameter that no optimizer was given: `none`),
            `differentiable` (of an output of PyTorch through which no gradient can pass: `no`),
            `debug_mode` (of training, by what turns it on: `run_eagerly`, `detect_anomaly`, ...).
    """

    site: str
    name: str
    value: float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A sentinel that fired: a published check on the values and settings of one run.

    Attributes:
        sentinel: its id, such as `vanishing-gradient`.
        site: where; a layer, a parameter, `loss` or `optimizer`.
        kind: what was read there; `None` for a setting.
        step: the first step at which it fired there.
        value, threshold: what was measured, and what it is beyond.
        meaning: a sentence on what was seen and what it mostly means.
        source: who published the check and its threshold.
    """

    sentinel: str
    site: str
    kind: ValueKind | None
    step: int
    value: float
    threshold: float
    meaning: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlace:
    """Where a site of a layer probe stands in the user's files.

    Attributes:
        kind: the qualified class of the layer (`torch.nn.modules.linear.Linear`); empty for `loss`.
        made: the innermost line of theirs that constructed the layer; `None` if none did.
        called: the innermost line of theirs that called it first; of `loss`, that started the
            backward pass.
        symbolic: whether that line had a symbol and no numbers: a print there shows none.
    """

    site: str
    kind: str
    made: Location | None = None
    called: Location | None = None
    symbolic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementValues:
    """What a statement probe saw.

    Attributes:
        executions: how often the line ran with a tensor value.
        concrete: executions whose value could be turned into numbers.
        printable: executions where `print` of the value shows digits (differs under JAX eager).
        steps: distinct optimizer steps during which it ran.
        concrete_steps: distinct optimizer steps during which it gave numbers.
        printable_steps: distinct optimizer steps during which printing it showed digits.
    """

    line: int
    name: str
    function: str
    executions: int
    concrete: int
    printable: int
    steps: int
    concrete_steps: int
    printable_steps: int
