"""The types that every module shares: frozen, slotted, keyword-only; standard library only.

Lines count from 1 and columns from 0 (in characters), as in `ast`. Times are seconds, sizes bytes.
A value that cannot be judged is `None` with a reason beside it, never 0 and never NaN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

PROBE_VERSION = 2
"""Part of every trial id: raise it when the worker records something else than before."""


class Framework(StrEnum):
    """What a program is written against."""

    PYTORCH = "pytorch"
    KERAS = "keras"


class Style(StrEnum):
    """The API style of an implementation; `script` is a program without a `case.toml`."""

    MODULE = "module"
    SEQUENTIAL = "sequential"
    FUNCTIONAL = "functional"
    SUBCLASS = "subclass"
    SCRIPT = "script"


class Training(StrEnum):
    """Who owns the training loop; `unknown` for a program without a `case.toml`."""

    FIT = "fit"
    TRAIN_STEP = "train_step"
    LOOP = "loop"
    UNKNOWN = "unknown"


class Stack(StrEnum):
    """What runs an implementation: framework and back end."""

    PYTORCH = "pytorch"
    KERAS_TENSORFLOW = "keras-tensorflow"
    KERAS_TORCH = "keras-torch"
    KERAS_JAX = "keras-jax"

    @property
    def framework(self) -> Framework:
        """The framework whose programs this stack runs."""
        return Framework.PYTORCH if self is Stack.PYTORCH else Framework.KERAS


class Mode(StrEnum):
    """How a stack runs a program: as it comes, with a debugging aid, or with a speed-up."""

    DEFAULT = "default"
    EAGER = "eager"
    UNFILTERED = "unfiltered"
    ANOMALY = "anomaly"
    CHECK_NUMERICS = "check-numerics"
    COMPILED = "compiled"


class Instrument(StrEnum):
    """What watches a trial. Exceptions, traces and stages come from `none` alone.

    `depth` traces the lines of a crash again; it watches only where it was asked for.
    """

    NONE = "none"
    LAYERS = "layers"
    STATEMENTS = "statements"
    DEPTH = "depth"


class Size(StrEnum):
    """How much data a program takes."""

    TINY = "tiny"
    SMALL = "small"
    FULL = "full"


class Stage(StrEnum):
    """Where a program stood, in the order in which a program gets there."""

    IMPORT = "import"
    BUILD = "build"
    COMPILE = "compile"
    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    UPDATE = "update"
    TRAINING = "training"
    EVALUATION = "evaluation"
    DONE = "done"


class WorkerEnd(StrEnum):
    """How the process that ran the program ended."""

    FINISHED = "finished"
    TIMEOUT = "timeout"
    SIGNALLED = "signalled"
    OUT_OF_MEMORY = "out-of-memory"
    UNREADABLE = "unreadable"
    NOT_STARTED = "not-started"


class ProgramEnd(StrEnum):
    """What the program itself did; `unknown` when its process ended before it could say."""

    OK = "ok"
    RAISED = "raised"
    NON_FINITE = "non-finite"
    UNKNOWN = "unknown"


class Symptom(StrEnum):
    """How a bug is expected to show itself."""

    STATIC = "static"
    BUILD = "build"
    FIRST_STEP = "first-step"
    LATER_STEP = "later-step"
    NON_FINITE = "non-finite"
    SILENT = "silent"
    SLOW = "slow"


class Outcome(StrEnum):
    """What became of a bug in one implementation.

    `not-expressible` and `absorbed` are the best that can happen to a user: the bug is prevented.
    `not-applicable` says nothing about the framework: this program has no place for the bug.
    `effective` is a measured difference from the clean run; `unmeasured` says why there is none.
    """

    NOT_EXPRESSIBLE = "not-expressible"
    NOT_APPLICABLE = "not-applicable"
    ABSORBED = "absorbed"
    EFFECTIVE = "effective"
    UNMEASURED = "unmeasured"


class Owner(StrEnum):
    """Whose code a stack frame runs."""

    USER = "user"
    FRAMEWORK = "framework"
    STDLIB = "stdlib"
    LIBRARY = "library"
    TOOL = "tool"


class FrameOrigin(StrEnum):
    """Where a frame was printed: in the traceback itself, or inside the exception's message."""

    TRACE = "trace"
    MESSAGE = "message"


class Analysis(StrEnum):
    """Which bugs count: all, with the best value for a prevented one, or those effective twice."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class Judgement(StrEnum):
    """What a comparison says of a side, beside the reference.

    `equivalent` is a difference no larger than between styles of one framework; `not-shown` one
    whose interval has "no difference" in it, or that fewer than six bugs are behind; `not-judged`
    that nothing could be compared.
    """

    LIGHTER = "lighter"
    HEAVIER = "heavier"
    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    TRADE_OFF = "trade-off"
    NOT_SHOWN = "not-shown"
    NOT_JUDGED = "not-judged"


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


class ParityStage(StrEnum):
    """What the parity check compares between two implementations, in its order.

    `sgd` is a plain step, `optimizer` one of the program's own optimizer; `aligned` is the same
    without what is known to differ: sparse gradients, and the place of Adam's epsilon.
    """

    RUN = "run"
    SETTINGS = "settings"
    MODEL = "model"
    WEIGHTS = "weights"
    PARAMETERS = "parameters"
    FORWARD = "forward"
    LOSS = "loss"
    GRADIENT = "gradient"
    SGD = "sgd"
    ALIGNED = "aligned"
    OPTIMIZER = "optimizer"
    METRIC = "metric"


# --- cases -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of one file. The end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def lines(self) -> range:
        """The line numbers that the span touches."""
        return range(self.line, self.end_line + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """One program of a case.

    Attributes:
        case: the folder's name.
        name: the file's name without `.py`, unique within the case.
        path: the program's file, absolute.
        source: the file's text.
        contract: whether it has `main(seed, size)`; otherwise it runs as `__main__`.
        guide: the official guide that the program follows.
        clean: the case's metric at size `small`, without a bug; median of three seeds.
        parameters: trained numbers of the model.
    """

    case: str
    name: str
    framework: Framework
    style: Style
    training: Training
    path: Path
    source: str
    contract: bool = True
    guide: str = ""
    clean: float | None = None
    parameters: int | None = None


SITE_PARTS = frozenset({"", "weights", "output"})
"""What a site may stand for, behind the `#` of its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMap:
    """A named place of the model: what each implementation calls it (`head`, `encoder/gru`).

    A layer that does the work of two is two sites: `0#weights` stands for the weights of the layer
    `0` alone, `0#output` for what comes out of it.
    """

    name: str
    where: Mapping[str, str]

    def layer(self, implementation: str) -> str | None:
        """The path of the layer, whichever part of it the site stands for."""
        found = self.where.get(implementation)
        return None if found is None else found.partition("#")[0]

    def holds(self, part: str, implementation: str) -> bool:
        """Whether the site stands for the `weights` or the `output` of its layer."""
        named = self.where.get(implementation, "").partition("#")[2]
        return implementation in self.where and named in {"", part}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDifference:
    """A difference between the frameworks that is by design, and how large it may be.

    Attributes:
        site: where; empty means at every site.
        tolerance: relative, in place of the stage's own.
    """

    stage: ParityStage
    tolerance: float
    reason: str
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenImplementation:
    """A file of a case that cannot be used, and why. The rest of the case goes on."""

    case: str
    name: str
    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One problem: a task, its data and its implementations.

    Attributes:
        corpora: names that `debugdiff.corpora` knows; part of every trial id of the case.
        budget: wall seconds that one trial of size `tiny` may take.
        noise: sites where randomness enters on purpose (dropout, sampling).
        declared: whether the folder has a `case.toml`; what needs one is otherwise not available.
        helpers: every other Python file of the folder (`dataset.py`), relative name to text.
        data, licence: what the text is, in a sentence, and its terms.
        metric: which figure of `main` tells how well the task was learned.
        majority: that figure at size `small` for the trivial answer.
        differences: what the parity check must allow between frameworks, each with its reason.
    """

    name: str
    folder: Path
    title: str
    task: str
    idea: str
    implementations: tuple[Implementation, ...]
    broken: tuple[BrokenImplementation, ...] = ()
    corpora: tuple[str, ...] = ()
    budget: float = 60.0
    sites: tuple[SiteMap, ...] = ()
    noise: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    declared: bool = True
    helpers: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    licence: str = ""
    metric: str = ""
    majority: float | None = None
    differences: tuple[DeclaredDifference, ...] = ()


# --- bugs --------------------------------------------------------------------------------------


class CodeKind(StrEnum):
    """What a piece of code is; `literal` is any constant, `name` also `self.units`."""

    NUMBER = "number"
    INTEGER = "integer"
    FLOAT = "float"
    STRING = "string"
    BOOLEAN = "boolean"
    NONE = "none"
    LITERAL = "literal"
    NAME = "name"
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a metavariable may stand for. Of each non-empty list one has to fit, of a `not_` none.

    Attributes:
        name: dotted names, compared by what they resolve to; `*` stands for any part of one name.
        value: the constants that it may be.
        regex: has to match the whole of its text.
    """

    kind: tuple[CodeKind, ...] = ()
    not_kind: tuple[CodeKind, ...] = ()
    name: tuple[str, ...] = ()
    not_name: tuple[str, ...] = ()
    value: tuple[str | int | float | bool, ...] = ()
    not_value: tuple[str | int | float | bool, ...] = ()
    regex: tuple[str, ...] = ()
    not_regex: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectRule:
    """One way to write a bug into a program: a pattern and its replacement, or a codemod.

    Attributes:
        framework: the framework whose programs it fits.
        styles, trainings: where it fits; empty means everywhere.
        match, replace: Python code with metavariables (`$x`, `$*args`, `$_`).
        inside: the function, class or `Class.method` that holds the match; empty means anywhere.
        not_inside: the function, class or method that must not hold it.
        where: what a metavariable of any of the rule's patterns may stand for.
        nth: which match to take, from 0; negative counts from the end; `None` asks for exactly one.
        use: code that marks the line where the defect bites; empty: the defect line itself.
        accept: patterns of lines where an equally good fix could be made.
        codemod: `file.py:Class` beside the TOML, in place of a pattern.
        line: the line of the rule in its TOML file, for messages.
    """

    framework: Framework
    styles: tuple[Style, ...] = ()
    trainings: tuple[Training, ...] = ()
    match: str = ""
    replace: str = ""
    inside: str = ""
    not_inside: str = ""
    where: Mapping[str, Constraint] = field(default_factory=dict)
    nth: int | None = None
    use: str = ""
    accept: tuple[str, ...] = ()
    codemod: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small program before and after a bug; one test runs every example of every bug."""

    framework: Framework
    before: str
    after: str
    style: Style | None = None
    training: Training | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One fault of the catalogue. Its id is its path: `shape/concat-wrong-axis`.

    Attributes:
        symptom: what is expected, per framework; what was measured stands in the records.
        site: the site where the bug's effect begins, if it has a name.
        not_expressible: per framework, why the framework gives no way to write the bug.
        path: its TOML file.
    """

    id: str
    path: Path
    title: str
    difficulty: int
    symptom: Mapping[Framework, Symptom]
    taxonomy: tuple[str, ...]
    story: str
    explanation: str
    hints: tuple[str, ...]
    references: tuple[str, ...]
    rules: tuple[InjectRule, ...]
    examples: tuple[Example, ...]
    site: str = ""
    not_expressible: Mapping[Framework, str] = field(default_factory=dict)

    @property
    def category(self) -> str:
        """The folder of the bug: `shape` of `shape/concat-wrong-axis`."""
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """An implementation with one bug in it.

    Attributes:
        source: the mutant's text; it always parses.
        diff: unified, from the clean program.
        defect: what was changed, in the mutant's lines.
        use: where the defect bites, when that is another line than the defect's.
        accept: further lines where an equally good fix could be made.
    """

    bug: str
    case: str
    implementation: str
    source: str
    diff: str
    defect: tuple[Span, ...]
    use: tuple[Span, ...] = ()
    accept: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """A bug that does not fit an implementation.

    `expressible` is False where the framework gives no way to write the bug at all.
    """

    bug: str
    case: str
    implementation: str
    reason: str
    expressible: bool = True


# --- trials ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one trial may use.

    Attributes:
        seconds: wall time of the program, imports of the framework not counted.
        memory: address space of the child; 0 means no limit.
        output: characters kept of each of stdout and stderr.
    """

    seconds: float = 60.0
    memory: int = 8 * 2**30
    output: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeChoice:
    """What the layer probes of a script read; by default what they read of every trial.

    Attributes:
        steps: only the first so many optimizer steps; `None`: of all.
        every: only every so many-th step, the first one included; `None`: every step of the first
            64, every 16th from then on.
        sites: globs of the sites that are read (`encoder.*`); empty: all. The loss is always read.
        digests: whether the exact bytes of each tensor are hashed, to compare runs.
    """

    steps: int | None = None
    every: int | None = None
    sites: tuple[str, ...] = ()
    digests: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One planned execution. The id is a hash of everything that decides its outcome.

    `folder` is the case's, so that a stored trial finds its program again.
    """

    id: str
    case: str
    folder: str
    implementation: str
    framework: Framework
    style: Style
    training: Training
    stack: Stack
    mode: Mode
    instrument: Instrument
    bug: str | None
    seed: int
    size: Size
    budget: Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is told. Everything in it is plain data.

    Attributes:
        case_folder: the real folder; captured text has the working folder mapped back to it.
        files: Python files to write into the working folder, relative name to text; the program's
            own file holds the mutant's or the instrumented text.
        program: which of `files` runs.
        contract: whether it has `main(seed, size)`; else it runs as `__main__` with `arguments`.
        watch: lines of the program whose first execution is reported with its step (D2).
        statements: per statement probe id, the line and the name that it records.
        choice: what the layer probes read.
        post_mortem: whether a crash is opened up: what the failing expressions held.
        keep: a folder that the tensors which they read go into; empty: statistics alone are kept.
    """

    id: str
    case_folder: str
    files: Mapping[str, str]
    program: str
    stack: Stack
    mode: Mode
    instrument: Instrument
    seed: int
    size: Size
    budget: Budget
    contract: bool = True
    arguments: tuple[str, ...] = ()
    watch: tuple[int, ...] = ()
    statements: Mapping[str, StatementSite] = field(default_factory=dict)
    choice: ProbeChoice = field(default_factory=ProbeChoice)
    post_mortem: bool = False
    keep: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSite:
    """A place where a statement probe was put: an assignment in the user's code."""

    line: int
    name: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One stack frame, as printed. Frames are kept in printed order.

    Attributes:
        file: as printed; paths of the working folder are mapped back to the case folder.
        code: the source line, stripped; empty where none was printed.
        exception: which exception of the chain it belongs to: 0 is the one that was printed last.
        origin: `message` for the frames that TensorFlow prints inside an exception's message.
    """

    file: str
    line: int
    function: str
    code: str
    owner: Owner
    origin: FrameOrigin = FrameOrigin.TRACE
    exception: int = 0
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedException:
    """One exception of a chain. `link` says how it is tied to the next printed one.

    `link` is `""` for the exception that escaped, else `cause`, `context` or `group`.
    """

    type: str
    message: str
    link: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception that ended the program, as a person would have had to work with it.

    Attributes:
        type: qualified (`torch.OutOfMemoryError`), builtins without a module (`ValueError`).
        bases: names of its base classes, most derived first, without `object`.
        message: `str()` of the exception, as printed.
        text: exactly what Python would have printed on stderr.
        frames: all printed frames in printed order (causes and contexts first, innermost last).
        chain: the exceptions in printed order; the last one escaped.
        hidden_frames: frames that a traceback filter took out of the trace (0 where there is none).
        shapes, sizes: what tensors, parameters and arguments of this run really had, for D7; -1
            is a dimension that was open (symbolic) when the program failed.
    """

    type: str
    bases: tuple[str, ...]
    message: str
    text: str
    frames: tuple[Frame, ...]
    chain: tuple[ChainedException, ...]
    hidden_frames: int = 0
    shapes: tuple[tuple[int, ...], ...] = ()
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """A value that a failing program held, read without calling anything of the program's.

    Attributes:
        text: the expression that named it, as the program writes it: `self.head.weight`.
        type: the name of its class.
        shape: of a tensor or array; -1 is a dimension that was open (symbolic). Else `None`.
        dtype: of a tensor or array, without its package: `float32`.
        value: of a small number, text or tuple, as Python writes it; else empty.
        failing: whether it stands in the failing expression, not only among the frame's variables.
    """

    text: str
    type: str
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    value: str = ""
    failing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFrame:
    """What one of the person's own frames held when the program failed; outermost frame first.

    Attributes:
        expression: the failing expression, as the person wrote it.
    """

    file: str
    line: int
    function: str
    expression: str
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingLayer:
    """The innermost layer that was at work when the program failed.

    Attributes:
        path: from the model down: `encoder.layers.0`; empty for the model itself.
        type: the name of its class.
        name: what the framework calls it (`dense_1`); PyTorch gives no names.
        settings: its own whole numbers (`in_features`, `units`).
        parameters: of each of its own parameters, name and shape.
        inputs: the tensors that it was called with.
        own: whether its class is the person's.
    """

    path: str
    type: str
    name: str = ""
    settings: Mapping[str, int] = field(default_factory=dict)
    parameters: tuple[Operand, ...] = ()
    inputs: tuple[Operand, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMortem:
    """What a failed program held: per frame of the person's, and of the layer at work."""

    frames: tuple[OpenedFrame, ...] = ()
    layer: FailingLayer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedWarning:
    """A warning of the run: a Python warning, or a line that a framework logged as one."""

    category: str
    message: str
    file: str
    line: int
    stage: Stage
    step: int


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
    """What the program set a layer, its optimizer or its loss to, as far as a check needs it.

    Attributes:
        site: of the layer or parameter; `optimizer`; `loss`.
        name: `type` (class or function), `activation` (`relu`, ...), `rate` (of dropout),
            `learning_rate`, `wants` (of a loss: `logits`, `probabilities`, `log-probabilities` or
            `values`), `optimizer` (of a parameter that no optimizer was given: `none`),
            `differentiable` (of an output of PyTorch through which no gradient can pass: `no`).
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
class SourceLine:
    """A line of the person's own files, and the function that it is in."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlace:
    """Where a site of a layer probe stands in the person's files.

    Attributes:
        kind: the qualified class of the layer (`torch.nn.modules.linear.Linear`); empty for `loss`.
        made: the innermost line of theirs that constructed the layer; `None` if none did.
        called: the innermost line of theirs that called it first; of `loss`, that started the
            backward pass.
        symbolic: whether that line had a symbol and no numbers: a print there shows none.
    """

    site: str
    kind: str
    made: SourceLine | None = None
    called: SourceLine | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much of the framework lay between the person's call and the exception.

    Attributes:
        lines: of framework files, that ran after the last line of the person's innermost frame.
        frames: of the framework, on the stack when the exception was raised.
    """

    lines: int
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that came out of a trial.

    Attributes:
        stage: where the program stood when it ended (`done` if it ran through).
        step: optimizer steps finished by then.
        steps: optimizer steps of the whole run.
        watched_step: the step during which a watched line first ran; `None` if none was asked for
            or it never ran.
        stuck: for a timeout, the frames where the program was when its time was up.
        metrics: what `main` returned; a value that is not finite is `None`, see `non_finite`.
        non_finite: where NaN or infinity showed itself without help: names of metrics.
        seconds: wall time of the program itself, framework import apart.
        peak_memory: peak resident set of the child, bytes.
        versions: of interpreter, framework, back end and NumPy.
        note: a sentence on how the worker ended, where there is something to say.
        places: where the sites of `values` stand in the source, in the order of their first call.
        post_mortem: what a crashed program held; only where the job asked for it.
        depth: of a crash under the instrument `depth`.
    """

    trial: str
    worker: WorkerEnd
    program: ProgramEnd
    stage: Stage
    step: int
    steps: int
    seconds: float
    peak_memory: int
    versions: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    warnings: tuple[CapturedWarning, ...] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    non_finite: tuple[str, ...] = ()
    stdout: str = ""
    stderr: str = ""
    watched_step: int | None = None
    stuck: tuple[Frame, ...] = ()
    values: tuple[ValueStatistics, ...] = ()
    statements: tuple[StatementValues, ...] = ()
    settings: tuple[Setting, ...] = ()
    note: str = ""
    places: tuple[SitePlace, ...] = ()
    post_mortem: PostMortem | None = None
    depth: Depth | None = None

    @property
    def ending(self) -> str:
        """How the trial ended, as a clause: the exception, else what the worker says of the end.

        Of an exception's message the first line. A program that leaves by `SystemExit`, as
        `argparse` does, says why in the last line on stderr.
        """
        if self.failure is None:
            return self.note or f"{self.worker}, {self.program}"
        if self.failure.type == "SystemExit" and self.stderr.strip():
            said = self.stderr.strip().splitlines()[-1]
        else:
            said = next(iter(self.failure.message.strip().splitlines()), "")
        return f"{self.failure.type}: {said}".rstrip(": ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRun:
    """One run of a script of a person's own.

    Attributes:
        path: the script, absolute.
        stack: what it ran on; `None` if it loaded neither PyTorch nor Keras.
        exit_status: of the script's process: negative for a signal; `None` if its time was up.
        record: the same as of a trial; the files in it are the person's own.
    """

    path: Path
    arguments: tuple[str, ...]
    stack: Stack | None
    mode: Mode
    exit_status: int | None
    record: Record


# --- measurements ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMetrics:
    """R1-R5 of a stretch of source: the whole file, or its model, training or glue part.

    Attributes:
        lloc: R1, logical lines (radon) of the unparsed, docstring-free source.
        volume: R2, bits.
        vocabulary: R3, distinct tokens.
        cognitive: R4, sum of cognitive complexity.
        cognitive_maximum: R4, of the most complex function.
        api_surface: R5, distinct library names + distinct keyword arguments + forced overrides.
    """

    lloc: int
    volume: float
    vocabulary: int
    cognitive: int
    cognitive_maximum: int
    api_surface: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyMetrics:
    """Shown, never scored: see `docs/metrics.md` for why."""

    cyclomatic: int
    cyclomatic_maximum: int
    nesting: int
    comment_share: float
    sloc: int
    halstead_volume: float
    maintainability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMetrics:
    """Everything that is measured of a source file without running it.

    Attributes:
        api_names, api_keywords, api_overrides: what R5 counted, sorted.
        executable_lines: lines that hold a statement, for EXAM and the random baseline of D3.
    """

    whole: PartMetrics
    model: PartMetrics
    training: PartMetrics
    glue: PartMetrics
    legacy: LegacyMetrics
    api_names: tuple[str, ...]
    api_keywords: tuple[str, ...]
    api_overrides: tuple[str, ...]
    executable_lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One value with its explanation; `None` means that it cannot be judged, and why.

    `trial` is empty for scores that belong to an implementation and not to a run of it (R1-R5);
    such scores have no `stack` either.
    """

    trial: str
    case: str
    implementation: str
    mode: Mode
    bug: str | None
    metric: str
    value: float | None
    explanation: str
    stack: Stack | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BugOutcome:
    """What became of one bug in one implementation, on one stack, mode and seed."""

    bug: str
    case: str
    implementation: str
    stack: Stack
    mode: Mode
    seed: int
    outcome: Outcome
    reason: str
    trial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPart:
    """One part of an index, in 0-1 or as a ratio, with the number of bugs or metrics behind it."""

    name: str
    value: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A summary of one implementation; never printed without its parts and its stability.

    Attributes:
        name: `readability` (ratio to the reference, less is lighter) or
            `debuggability-crashes` (0-100).
        analysis: `primary` (every bug) or `secondary` (bugs effective on both sides).
        part: for readability, `whole`, `model`, `training` or `glue`.
        stability: share of random weightings in which the winner stays.
        robust: whether the winner also stays without any one part; `None` where nobody ranks.
        winners: who is first with equal weights; several if they tie.
        decisive: parts without which others would be first.
    """

    name: str
    case: str
    implementation: str
    stack: Stack | None
    mode: Mode
    analysis: str
    part: str
    value: float | None
    parts: tuple[IndexPart, ...]
    explanation: str
    stability: float | None = None
    robust: bool | None = None
    winners: tuple[str, ...] = ()
    decisive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its bootstrap interval of 95 %; both ends are `None` where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One side beside the reference on one metric.

    Attributes:
        confirmatory: whether the metric was chosen for a test before there were data.
        pairs: how many pairs of case and bug are behind it.
        units: how many units the test has: cases for readability, bugs for the rest.
        ratio: geometric mean of side / reference; `None` where a value may be zero.
        difference: mean of side - reference, where there is no ratio.
        wins, ties, losses: pairs in which the side is better, equal, worse than the reference.
        band: what styles of one framework differ by anyway, a factor for ratios; `None` where no
            framework has two styles.
        effect: matched-pairs rank-biserial correlation over units; positive: the side is higher.
        p_value: of a two-sided sign-flip test over units, not adjusted.
        p_adjusted: by Holm's method; of confirmatory metrics over all cases alone, and `None`
            where so few units cannot give a significant result at all.
        detectable: the standardised mean difference that the test had a power of 0.8 for.
    """

    metric: str
    title: str
    dimension: str
    confirmatory: bool
    pairs: int
    units: int
    ratio: Interval | None
    difference: Interval | None
    wins: int
    ties: int
    losses: int
    band: float | None
    verdict: Judgement
    effect: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionVerdict:
    """Who dominates in one dimension: nowhere worse, and somewhere better; else a trade-off."""

    dimension: str
    verdict: Judgement
    better: tuple[str, ...]
    worse: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One API style beside the reference, in one case or over all cases of a run.

    Attributes:
        case: the case; empty for all cases together.
        implementation: what is compared; over all cases, its framework and style.
        reference: the PyTorch program or style that it is compared with.
        band_of: whose styles the equivalence bands come from.
        note: what the tests could and could not have found; empty where there are none.
    """

    case: str
    implementation: str
    framework: Framework
    style: Style
    stack: Stack
    mode: Mode
    reference: str
    analysis: Analysis
    band_of: tuple[Framework, ...]
    metrics: tuple[MetricComparison, ...]
    dimensions: tuple[DimensionVerdict, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AidGain:
    """What a mode changes of one metric: the means over the same pairs, in both modes.

    Attributes:
        pairs: bugs and seeds that have the metric in both modes; for O1, seeds.
        default, mode: the mean as the stack comes, and in the mode.
    """

    metric: str
    pairs: int
    default: float
    mode: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AidChange:
    """A bug that ends otherwise in a mode, and how it ends in both."""

    bug: str
    seed: int
    default: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """What a mode buys and costs one implementation, beside the default mode of its stack.

    Attributes:
        seconds: median ratio (mode / default) of the program's seconds, over the trials that got
            as far in both; `None` if none did.
        timed: how many trials are behind it.
        same_result: whether the clean runs return bitwise equal metrics; `None` if one failed.
        bugs: bugs and seeds that ran in both modes.
        changes: those whose outcome, type of exception, stage or end is another one.
        gains: of each metric that both modes have.
    """

    case: str
    implementation: str
    stack: Stack
    mode: Mode
    seconds: float | None
    timed: int
    same_result: bool | None
    bugs: int
    changes: tuple[AidChange, ...]
    gains: tuple[AidGain, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """A trial with its record; `reused` when the record was there before this command."""

    trial: Trial
    record: Record
    reused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the figures were measured with.

    Attributes:
        data: per corpus, the package that its text came from.
        stand_ins: corpora whose data package is not installed, so that generated text was used.
    """

    debugdiff: str
    python: str
    platform: str
    cpu_count: int
    versions: Mapping[str, str]
    data: Mapping[str, str]
    stand_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a renderer may show. Renderers compute nothing but layout.

    Attributes:
        seconds: wall time of the command's executing part.
        mutants: of every effective or unmeasured bug that was run, for spans and diffs.
        not_run: trials that could not be executed, as trial id to reason.
    """

    environment: Environment
    cases: tuple[Case, ...]
    bugs: tuple[Bug, ...]
    results: tuple[TrialResult, ...]
    outcomes: tuple[BugOutcome, ...]
    mutants: tuple[Mutant, ...]
    static: Mapping[str, StaticMetrics]
    scores: tuple[Score, ...]
    indices: tuple[Index, ...]
    not_run: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    comparisons: tuple[Comparison, ...] = ()
    aids: tuple[Aid, ...] = ()
