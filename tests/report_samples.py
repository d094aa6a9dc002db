"""A realistic report, built by hand: one case in four programs, four bugs, every outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from debugdiff.model import (
    Analysis,
    Attempt,
    Budget,
    Bug,
    CapturedWarning,
    Case,
    ChainedException,
    Environment,
    Failure,
    Frame,
    FrameOrigin,
    Framework,
    Implementation,
    Index,
    IndexName,
    IndexPart,
    Instrument,
    LegacyMetrics,
    Mode,
    Mutant,
    NotApplicable,
    Outcome,
    Owner,
    Part,
    PartMetrics,
    ProgramEnd,
    ProgramReport,
    ProgramRun,
    Record,
    Report,
    Sandbox,
    Score,
    Size,
    Span,
    Stack,
    Stage,
    StatementValues,
    StaticMetrics,
    Style,
    Symptom,
    Training,
    Trial,
    TrialResult,
    ValueKind,
    ValueStatistics,
    Verdict,
    WorkerEnd,
)

AnyRun = TypeVar("AnyRun", bound=ProgramRun)

FOLDER = Path("/home/someone/cases/gru_sentiment")
CASE = "gru_sentiment"

SOURCE = """import torch
from torch import nn


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5000, 32)
        self.gru = nn.GRU(32, 32, batch_first=True)
        self.head = nn.Linear(64, 1)

    def forward(self, tokens):
        states, _ = self.gru(self.embedding(tokens))
        return self.head(states[:, -1])


def train(model, data):
    for tokens, labels in data:
        logits = model(tokens)
"""
CLEAN = SOURCE.replace("nn.Linear(64, 1)", "nn.Linear(32, 1)")

DIFF = """--- pytorch.py
+++ pytorch.py
@@ -10 +10 @@
-        self.head = nn.Linear(32, 1)
+        self.head = nn.Linear(64, 1)
"""

MESSAGE = "mat1 and mat2 shapes cannot be multiplied (32x32 and 64x1)"
KERAS_MESSAGE = """Graph execution error:

Detected at node compile_loss/binary_crossentropy/mul defined at (most recent call last):
  File "/home/someone/cases/gru_sentiment/keras_sequential.py", line 31, in train

logits and labels must have the same shape, got (32, 7, 1) and (32, 1)."""


@dataclass(frozen=True)
class _Program:
    name: str
    framework: Framework
    style: Style
    training: Training
    stack: Stack
    whole: PartMetrics


def _part(
    lloc: int, volume: float, vocabulary: int, cognitive: int, api_surface: int
) -> PartMetrics:
    return PartMetrics(
        lloc=lloc,
        volume=volume,
        vocabulary=vocabulary,
        cognitive=cognitive,
        cognitive_maximum=min(cognitive, 3),
        api_surface=api_surface,
    )


KERAS_FIT = (Framework.KERAS, Training.FIT, Stack.KERAS_TENSORFLOW)
PROGRAMS = (
    _Program(
        "pytorch",
        Framework.PYTORCH,
        Style.MODULE,
        Training.LOOP,
        Stack.PYTORCH,
        _part(62, 2210.4, 121, 6, 38),
    ),
    _Program(
        "keras_sequential",
        Framework.KERAS,
        Style.SEQUENTIAL,
        Training.FIT,
        Stack.KERAS_TENSORFLOW,
        _part(33, 1301.9, 92, 0, 27),
    ),
    _Program(
        "keras_functional",
        Framework.KERAS,
        Style.FUNCTIONAL,
        Training.FIT,
        Stack.KERAS_TENSORFLOW,
        _part(36, 1420.0, 96, 0, 29),
    ),
    _Program(
        "keras_subclass",
        Framework.KERAS,
        Style.SUBCLASS,
        Training.TRAIN_STEP,
        Stack.KERAS_TENSORFLOW,
        _part(54, 1966.3, 113, 2, 35),
    ),
)


def _implementation(program: _Program) -> Implementation:
    return Implementation(
        case=CASE,
        name=program.name,
        framework=program.framework,
        style=program.style,
        training=program.training,
        path=FOLDER / f"{program.name}.py",
        source=CLEAN,
    )


def case() -> Case:
    return Case(
        name=CASE,
        folder=FOLDER,
        title="Sentiment of movie reviews",
        task="Tell a good review from a bad one.",
        idea="The review's benchmark model.",
        implementations=tuple(map(_implementation, PROGRAMS)),
        corpora=("imdb",),
    )


def bug(identity: str, title: str, symptom: Symptom) -> Bug:
    return Bug(
        id=identity,
        path=Path(f"/home/someone/injected_bugs/{identity}.toml"),
        title=title,
        difficulty=2,
        symptom=dict.fromkeys(Framework, symptom),
        taxonomy=("Humbatova: wrong tensor shape",),
        story="Training stops on the first batch.",
        explanation="The head expects 64 features and gets 32.",
        hints=("Read the last line.", "Which layer has 64 inputs?", "The head."),
        references=("https://example.org/question",),
        rules=(),
        examples=(),
        not_expressible={},
    )


BUGS = (
    bug("shape/classes-off-by-one", "The output layer has one class too few", Symptom.FIRST_STEP),
    bug("shape/wrong-in-features", "A layer expects the wrong width", Symptom.FIRST_STEP),
    bug("process/infinite-loop", "The data loop never ends", Symptom.SLOW),
    bug("loss/softmax-before-logits-loss", "Softmax before a loss on logits", Symptom.SILENT),
)


def _trial(
    program: _Program,
    bug_id: str | None,
    instrument: Instrument = Instrument.NONE,
    mode: Mode = Mode.DEFAULT,
) -> Trial:
    number = PROGRAMS.index(program) * 7 + [None, *(each.id for each in BUGS)].index(bug_id)
    kinds = list(Instrument).index(instrument) * 1000 + list(Mode).index(mode) * 100
    return Trial(
        id=f"{(number + kinds + 1) * 7919**3:020x}"[::-1],
        case=CASE,
        folder=str(FOLDER),
        implementation=program.name,
        framework=program.framework,
        style=program.style,
        training=program.training,
        stack=program.stack,
        mode=mode,
        instrument=instrument,
        bug=bug_id,
        seed=0,
        size=Size.TINY,
        budget=Budget(),
    )


def _record(trial: Trial, **changes: object) -> Record:
    facts: dict[str, object] = {
        "trial": trial.id,
        "worker": WorkerEnd.FINISHED,
        "program": ProgramEnd.OK,
        "stage": Stage.DONE,
        "step": 8,
        "steps": 8,
        "seconds": 1.25,
        "peak_memory": 900 * 2**20,
        "metrics": {"accuracy": 0.71},
        "sandbox": Sandbox.WRITE,
        "stopped": ("TCP",),
    }
    return Record(**(facts | changes))


def _failure(program: _Program) -> Failure:
    user = str(FOLDER / f"{program.name}.py")
    frames = (
        Frame(
            file=user, line=18, function="train", code="logits = model(tokens)", owner=Owner.USER
        ),
        Frame(
            file="/site-packages/torch/nn/modules/module.py",
            line=1776,
            function="_call_impl",
            code="return forward_call(*args, **kwargs)",
            owner=Owner.FRAMEWORK,
        ),
        Frame(
            file=user,
            line=14,
            function="forward",
            code="return self.head(states[:, -1])",
            owner=Owner.USER,
            column=15,
        ),
        Frame(
            file="/site-packages/torch/nn/modules/linear.py",
            line=134,
            function="forward",
            code="return F.linear(input, self.weight, self.bias)",
            owner=Owner.FRAMEWORK,
            origin=FrameOrigin.TRACE,
        ),
    )
    pytorch = program.framework is Framework.PYTORCH
    message = MESSAGE if pytorch else KERAS_MESSAGE
    name = "RuntimeError" if pytorch else "tensorflow.python.framework.errors.InvalidArgumentError"
    printed = "\n".join(
        f'  File "{frame.file}", line {frame.line}, in {frame.function}\n    {frame.code}'
        for frame in frames
    )
    return Failure(
        type=name,
        bases=("Exception", "BaseException"),
        message=message,
        text=f"Traceback (most recent call last):\n{printed}\n{name}: {message}\n",
        frames=frames,
        chain=(ChainedException(type=name, message=message),),
    )


def _crash(program: _Program, bug_id: str, stage: Stage = Stage.FORWARD) -> TrialResult:
    trial = _trial(program, bug_id)
    record = _record(
        trial,
        program=ProgramEnd.RAISED,
        stage=stage,
        step=0,
        failure=_failure(program),
        metrics={},
        watched_step=0,
    )
    return TrialResult(trial=trial, record=record)


def _statistics(site: str, kind: ValueKind, mean: float | None, nan: int = 0) -> ValueStatistics:
    return ValueStatistics(
        site=site,
        kind=kind,
        step=7,
        call=0,
        shape=(32, 7, 32),
        dtype="float32",
        minimum=-1.25,
        maximum=1.5,
        mean=mean,
        standard_deviation=0.31,
        zeros=0,
        nan=nan,
        infinite=0,
        digest="d1",
    )


def _layers(program: _Program, bug_id: str | None) -> TrialResult:
    trial = _trial(program, bug_id, Instrument.LAYERS)
    values = (
        _statistics("embedding", ValueKind.FORWARD, 0.0012),
        _statistics("gru", ValueKind.FORWARD, None, nan=12),
        _statistics("head.weight", ValueKind.PARAMETER_GRADIENT, -3.1e-5),
    )
    return TrialResult(trial=trial, record=_record(trial, values=values), reused=True)


def _statements(program: _Program, mode: Mode = Mode.DEFAULT) -> TrialResult:
    trial = _trial(program, None, Instrument.STATEMENTS, mode)
    seen = StatementValues(
        line=13,
        name="states",
        function="Sentiment.forward",
        executions=9,
        concrete=9,
        printable=9,
        steps=8,
        concrete_steps=8,
        printable_steps=8,
    )
    return TrialResult(trial=trial, record=_record(trial, statements=(seen,)), reused=True)


def _clean(program: _Program) -> TrialResult:
    trial = _trial(program, None)
    return TrialResult(trial=trial, record=_record(trial), reused=True)


def _timeout(program: _Program) -> TrialResult:
    trial = _trial(program, "process/infinite-loop")
    stuck = _failure(program).frames[:1]
    record = _record(
        trial,
        worker=WorkerEnd.TIMEOUT,
        program=ProgramEnd.UNKNOWN,
        stage=Stage.TRAINING,
        stuck=stuck,
        note="Stopped after 60 s.",
    )
    return TrialResult(trial=trial, record=record)


def _silent(program: _Program) -> TrialResult:
    trial = _trial(program, "loss/softmax-before-logits-loss")
    warning = CapturedWarning(
        category="UserWarning",
        message="`binary_crossentropy` received `from_logits=True`, but ...",
        file=str(FOLDER / f"{program.name}.py"),
        line=21,
        stage=Stage.LOSS,
        step=0,
    )
    warned = (warning,) if program.name == "keras_subclass" else ()
    return TrialResult(trial=trial, record=_record(trial, warnings=warned))


def _verdict(program: _Program, identity: str) -> Verdict:
    """What became of a bug: every outcome is there once."""
    _, width, loop, softmax = (each.id for each in BUGS)
    pytorch = program.framework is Framework.PYTORCH
    if identity == width and not pytorch:
        reason = "Keras infers the width of a layer's input when it is built."
        return Verdict(Outcome.NOT_EXPRESSIBLE, reason)
    if identity == loop and program.training is Training.FIT:
        reason = "`for $batch in $data: ...` is nowhere in the program."
        return Verdict(Outcome.NOT_APPLICABLE, reason)
    if identity == softmax and program.name == "keras_functional":
        return Verdict(Outcome.CORRECTED, "No site differs from the clean run.")
    told = {loop: "It did not end.", softmax: "`head` differs at step 0."}
    return Verdict(Outcome.EFFECTIVE, told.get(identity, "It raised."))


def _trials_of_bug(program: _Program, identity: str) -> tuple[TrialResult, ...]:
    shape, width, loop, _ = (each.id for each in BUGS)
    if identity == shape:
        return (_crash(program, identity, Stage.LOSS),)
    if identity == width:
        return (_crash(program, identity), _layers(program, identity))
    if identity == loop:
        return (_timeout(program),)
    return (_silent(program), _layers(program, identity))


CRASHED: dict[str, float | None] = {
    "D1": 1,
    "D2": 0,
    "D3.defect": 0,
    "D3.use": 1,
    "D4": 0.5,
    "D5": 1,
    "D6": 2,
    "D7": 1,
    "D8": 3,
}
KERAS_CRASHED = CRASHED | {"D3.use": 0.5, "D4": 0.12, "D5": None, "D6": 3, "D8": 4}
TIMED_OUT: dict[str, float | None] = {"D1": None, "D4": None, "D5": None, "D8": None}
QUIET: dict[str, float | None] = {"D1": 4.5, "Q1": None, "Q2": 0.5, "Q3": 3}


def _scores(values: dict[str, float | None], text: str = "") -> tuple[Score, ...]:
    return tuple(
        Score(metric=metric, value=value, explanation=text or f"{metric} was read off the record.")
        for metric, value in values.items()
    )


def _scores_of_bug(program: _Program, record: Record) -> tuple[Score, ...]:
    crashed = CRASHED if program.framework is Framework.PYTORCH else KERAS_CRASHED
    stopped = TIMED_OUT if record.worker is WorkerEnd.TIMEOUT else QUIET
    return _scores(crashed if record.failure else stopped)


def _observed(program: _Program, mode: Mode) -> tuple[Score, ...]:
    graph = program.framework is Framework.KERAS and mode is Mode.DEFAULT
    value = None if program.style is Style.SEQUENTIAL else 0.0 if graph else 1.0
    told = "no statement holds a tensor" if value is None else "of 11 tensor statements"
    return _scores({"O1": value, "O1.printable": value}, told)


def _by_instrument(*results: TrialResult) -> dict[Instrument, TrialResult]:
    return {each.trial.instrument: each for each in results}


def _run(program: _Program, mode: Mode, *results: TrialResult) -> ProgramRun:
    return ProgramRun(
        condition=results[0].trial.condition,
        implementation=_implementation(program),
        trials=_by_instrument(*results),
        scores=_observed(program, mode),
    )


def _runs(program: _Program) -> Iterator[ProgramRun]:
    yield _run(program, Mode.DEFAULT, _clean(program), _statements(program))
    if program.framework is Framework.KERAS:
        yield _run(program, Mode.EAGER, _statements(program, Mode.EAGER))


def mutant(program: str, identity: str) -> Mutant:
    return Mutant(
        bug=identity,
        case=CASE,
        implementation=program,
        file=f"{program}.py",
        source=SOURCE,
        diff=DIFF,
        defect=(Span(line=10, column=20, end_line=10, end_column=36),),
        use=(Span(line=14, column=15, end_line=14, end_column=39),),
    )


def _attempt(program: _Program, of: Bug, clean: ProgramRun) -> Attempt:
    verdict = _verdict(program, of.id)
    ran = verdict.outcome in {Outcome.EFFECTIVE, Outcome.CORRECTED}
    results = _trials_of_bug(program, of.id) if ran else ()
    return Attempt(
        condition=clean.condition,
        implementation=clean.implementation,
        trials=_by_instrument(*results),
        scores=_scores_of_bug(program, results[0].record) if results else (),
        case=case(),
        bug=of,
        injection=mutant(program.name, of.id)
        if ran
        else NotApplicable(
            bug=of.id,
            case=CASE,
            implementation=program.name,
            reason=verdict.reason,
            expressible=verdict.outcome is Outcome.NOT_APPLICABLE,
        ),
        clean=clean,
        verdict=verdict,
    )


def _program(program: _Program) -> ProgramReport:
    runs = tuple(_runs(program))
    return ProgramReport(
        case=case(),
        implementation=_implementation(program),
        static=_static(program),
        runs=runs,
        attempts=tuple(_attempt(program, each, runs[0]) for each in BUGS),
    )


def _static(program: _Program) -> StaticMetrics:
    return StaticMetrics(
        whole=program.whole,
        model=_part(14, 480.0, 50, 0, 11),
        training=_part(20, 800.0, 60, 4, 17),
        glue=_part(12, 400.0, 41, 2, 6),
        shuffled_whole=program.whole,
        shuffled_training=_part(20, 800.0, 60, 4, 17),
        legacy=LegacyMetrics(
            cyclomatic=9,
            cyclomatic_maximum=3,
            nesting=2,
            comment_share=0.08,
            sloc=71,
            halstead_volume=0.0,
            maintainability=100.0,
        ),
        api_names=("torch.nn.GRU", "torch.nn.Linear"),
        api_keywords=("batch_first",),
        api_overrides=("forward",),
        executable_lines=tuple(range(1, 20)),
    )


def _readability(program: _Program, part: Part, value: float) -> Index:
    return Index(
        name=IndexName.READABILITY,
        case=CASE,
        implementation=program.name,
        stack=None,
        mode=Mode.DEFAULT,
        analysis=Analysis.SAME_BUGS,
        part=part,
        value=value,
        parts=(
            IndexPart(name="R1", value=value, count=1),
            IndexPart(name="R3", value=value, count=1),
            IndexPart(name="R5", value=value, count=1),
        ),
        explanation="Geometric mean of three ratios.",
        stability=None,
    )


def _crashes(program: _Program, analysis: Analysis, value: float, stability: float | None) -> Index:
    names = ("early", "located", "reachable", "clear", "explained")
    return Index(
        name=IndexName.CRASHES,
        case=CASE,
        implementation=program.name,
        stack=program.stack,
        mode=Mode.DEFAULT,
        analysis=analysis,
        part=Part.WHOLE,
        value=value,
        parts=tuple(IndexPart(name=name, value=value / 100, count=2) for name in names),
        explanation="Over 2 bugs in 2 categories that end every program of the case here.",
        count=2,
        stability=stability,
        robust=None if stability is None else False,
        winners=() if stability is None else (Framework.KERAS,),
        decisive=() if stability is None else ("hidden frames count as noise",),
    )


def _prevention(program: _Program, value: float) -> Index:
    return Index(
        name=IndexName.PREVENTION,
        case=CASE,
        implementation=program.name,
        stack=program.stack,
        mode=Mode.DEFAULT,
        analysis=Analysis.OWN_BUGS,
        part=Part.WHOLE,
        value=value,
        parts=(),
        explanation="1 of 4 bugs that were measured here, or cannot be written, are prevented.",
        count=4,
        low=0.0,
        high=0.5 + value / 2,
    )


def _silent_profile(program: _Program, noticed: float | None) -> Index:
    count = int(noticed is not None)
    return Index(
        name=IndexName.SILENT,
        case=CASE,
        implementation=program.name,
        stack=program.stack,
        mode=Mode.DEFAULT,
        analysis=Analysis.OWN_BUGS,
        part=Part.WHOLE,
        value=None,
        parts=(
            IndexPart(name="noticed", value=noticed, count=count),
            IndexPart(name="D1", value=noticed and 4.5, count=count),
            IndexPart(name="Q1", value=None, count=0),
            IndexPart(name="Q2", value=noticed and 0.5, count=count),
        ),
        explanation="A profile of 1 bugs, not a figure; what is None was not judged.",
        count=1,
    )


def indices() -> tuple[Index, ...]:
    same, own = Analysis.SAME_BUGS, Analysis.OWN_BUGS
    return (
        *(_readability(each, Part.WHOLE, 1 - 0.1 * i) for i, each in enumerate(PROGRAMS)),
        *(_readability(each, Part.MODEL, 1 - 0.08 * i) for i, each in enumerate(PROGRAMS)),
        *(_readability(each, Part.TRAINING, 1 - 0.2 * i) for i, each in enumerate(PROGRAMS)),
        *(_readability(each, Part.GLUE, 1 - 0.01 * i) for i, each in enumerate(PROGRAMS)),
        *(_prevention(each, 0.25 * i) for i, each in enumerate(PROGRAMS)),
        *(_crashes(each, same, 61.0 + 4 * i, 0.81) for i, each in enumerate(PROGRAMS)),
        *(_crashes(each, own, 66.0 - i, None) for i, each in enumerate(PROGRAMS)),
        *(
            _silent_profile(each, None if each.name == "keras_functional" else 1.0)
            for each in PROGRAMS
        ),
    )


def report() -> Report:
    """One case, four programs, four bugs: crash, prevented, timeout, silent."""
    return Report(
        environment=Environment(
            debugdiff="0.1.0",
            python="3.11.7",
            platform="Linux-6.1-x86_64",
            cpu_count=2,
            versions={"torch": "2.13.0", "tensorflow": "2.21.0", "keras": "3.15.1"},
            data={"imdb": "a generated stand-in"},
            stand_ins=("imdb",),
        ),
        cases=(case(),),
        bugs=BUGS,
        programs=tuple(map(_program, PROGRAMS)),
        indices=indices(),
        not_run={},
        seconds=41.3,
    )


# --- other reports -----------------------------------------------------------------------------


def changed(
    of: Report,
    *,
    run: Callable[[ProgramRun], ProgramRun] = lambda run: run,
    attempt: Callable[[Attempt], Attempt] = lambda attempt: attempt,
) -> Report:
    """A report with other clean runs, which its attempts are compared with, or other attempts."""
    programs = []
    for program in of.programs:
        runs = {each.condition: run(each) for each in program.runs}
        attempts = (replace(each, clean=runs[each.condition]) for each in program.attempts)
        programs.append(
            replace(program, runs=tuple(runs.values()), attempts=tuple(map(attempt, attempts)))
        )
    return replace(of, programs=tuple(programs))


def with_record(run: AnyRun, **changes: object) -> AnyRun:
    """A run whose bare trial has another record."""
    result = run.result
    if result is None:
        return run
    other = replace(result, record=replace(result.record, **changes))
    return replace(run, trials={**run.trials, Instrument.NONE: other})


def with_scores(run: AnyRun, **told: tuple[float | None, str]) -> AnyRun:
    """A run with more scores, or other ones; `_` in a name stands for the `.` of a metric."""
    more = {
        name.replace("_", "."): Score(metric=name.replace("_", "."), value=value, explanation=text)
        for name, (value, text) in told.items()
    }
    return replace(
        run, scores=(*(each for each in run.scores if each.metric not in more), *more.values())
    )


def with_more(of: Report, *more: ProgramRun) -> Report:
    """A report with more clean runs and attempts, each in its program."""
    programs = []
    for program in of.programs:
        mine = [each for each in more if each.implementation.key == program.implementation.key]
        attempts = tuple(each for each in mine if isinstance(each, Attempt))
        runs = tuple(each for each in mine if not isinstance(each, Attempt))
        programs.append(
            replace(program, runs=(*program.runs, *runs), attempts=(*program.attempts, *attempts))
        )
    return replace(of, programs=tuple(programs))
