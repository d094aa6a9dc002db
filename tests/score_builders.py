"""Small programs, mutants and records to score, built by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from debugdiff.model import (
    Attempt,
    Budget,
    Bug,
    CapturedWarning,
    Case,
    ChainedException,
    Condition,
    Failure,
    Frame,
    FrameOrigin,
    Framework,
    Implementation,
    Injection,
    Instrument,
    Mode,
    Mutant,
    NotApplicable,
    Owner,
    ProgramEnd,
    ProgramRun,
    Record,
    SiteMap,
    Size,
    Span,
    Stack,
    Stage,
    Style,
    Symptom,
    Training,
    Trial,
    TrialResult,
    ValueKind,
    ValueStatistics,
    WorkerEnd,
)

NOTHING: Mapping[str, str] = MappingProxyType({})
FOLDER = "/home/someone/cases/texts"

PYTORCH = '''"""A classifier."""

from torch import nn

WIDTH = 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(
            99,
            2,
        )

    def forward(self, x):
        h = x.relu()
        logits = self.head(h)
        return logits


def build_model():
    return Net()


def train(model, data):
    for batch in data:
        loss = model(batch).sum()
        loss.backward()


def main():
    model = build_model()
    train(model, [])
'''
"""The defect is in line 11 (`self.head = ...`, three lines long), it bites in line 18."""

DEFECT = Span(line=12, column=12, end_line=12, end_column=14)
USE = Span(line=18, column=8, end_line=18, end_column=29)


def implementation(
    name: str = "pytorch",
    framework: Framework = Framework.PYTORCH,
    *,
    style: Style = Style.MODULE,
    source: str = PYTORCH,
    case: str = "texts",
) -> Implementation:
    return Implementation(
        case=case,
        name=name,
        framework=framework,
        style=style,
        training=Training.LOOP,
        path=Path(FOLDER) / f"{name}.py",
        source=source,
    )


def bug(identifier: str = "shape/wrong", symptom: Symptom = Symptom.FIRST_STEP) -> Bug:
    return Bug(
        id=identifier,
        path=Path(f"injected_bugs/{identifier}.toml"),
        title="Wrong",
        difficulty=1,
        symptom={Framework.PYTORCH: symptom, Framework.KERAS: symptom},
        taxonomy=(),
        story="",
        explanation="",
        hints=("", "", ""),
        references=(),
        rules=(),
        examples=(),
    )


def mutant(source: str = PYTORCH, **spans: Any) -> Mutant:
    return Mutant(
        bug="shape/wrong",
        case="texts",
        implementation="pytorch",
        file="pytorch.py",
        source=source,
        diff="",
        **({"defect": (DEFECT,), "use": (USE,)} | spans),
    )


def frame(
    line: int,
    file: str = "pytorch.py",
    owner: Owner = Owner.USER,
    origin: FrameOrigin = FrameOrigin.TRACE,
) -> Frame:
    path = file if file.startswith("/") else f"{FOLDER}/{file}"
    return Frame(file=path, line=line, function="f", code="", owner=owner, origin=origin)


def library_frame(line: int = 1) -> Frame:
    return frame(line, file="/site/torch/nn/linear.py", owner=Owner.FRAMEWORK)


def failure(
    frames: Sequence[Frame] = (),
    message: str = "mat1 and mat2 shapes cannot be multiplied (8x32 and 64x2)",
    kind: str = "RuntimeError",
    **given: Any,
) -> Failure:
    printed = [f'  File "{one.file}", line {one.line}, in f\n    code' for one in frames]
    text = "\n".join(["Traceback (most recent call last):", *printed, f"{kind}: {message}"])
    chain = (ChainedException(type=kind, message=message),)
    fields = {"type": kind, "message": message, "text": text, "chain": chain, "bases": ()}
    return Failure(frames=tuple(frames), **(fields | given))


def result(
    *,
    instrument: Instrument = Instrument.NONE,
    bug_id: str | None = "shape/wrong",
    identifier: str = "trial",
    mode: Mode = Mode.DEFAULT,
    **given: Any,
) -> TrialResult:
    trial = Trial(
        id=identifier,
        case="texts",
        folder=FOLDER,
        implementation="pytorch",
        framework=Framework.PYTORCH,
        style=Style.MODULE,
        training=Training.LOOP,
        stack=Stack.PYTORCH,
        mode=mode,
        instrument=instrument,
        bug=bug_id,
        seed=0,
        size=Size.TINY,
        budget=Budget(),
    )
    fields: dict[str, Any] = {
        "worker": WorkerEnd.FINISHED,
        "program": ProgramEnd.OK,
        "stage": Stage.DONE,
        "step": 8,
        "steps": 8,
        "seconds": 1.0,
        "peak_memory": 1,
        "metrics": {"accuracy": 0.5},
    }
    return TrialResult(trial=trial, record=Record(trial=identifier, **(fields | given)))


def crashed(
    failed: Failure, stage: Stage = Stage.FORWARD, step: int = 0, **given: Any
) -> TrialResult:
    return result(
        program=ProgramEnd.RAISED,
        stage=stage,
        step=step,
        steps=step,
        failure=failed,
        metrics={},
        **given,
    )


def warning(message: str, stage: Stage = Stage.LOSS, step: int = 0) -> CapturedWarning:
    return CapturedWarning(
        category="UserWarning", message=message, file="", line=0, stage=stage, step=step
    )


def value(
    site: str,
    digest: str = "same",
    *,
    step: int = 0,
    kind: ValueKind = ValueKind.FORWARD,
    nan: int = 0,
) -> ValueStatistics:
    return ValueStatistics(
        site=site,
        kind=kind,
        step=step,
        call=0,
        shape=(8, 2),
        dtype="float32",
        minimum=0.0,
        maximum=1.0,
        mean=0.5 if digest == "same" else 0.25,
        standard_deviation=0.1,
        zeros=0,
        nan=nan,
        infinite=0,
        digest=digest,
    )


def layers(*values: ValueStatistics, **given: Any) -> TrialResult:
    return result(instrument=Instrument.LAYERS, values=values, **given)


def case(*programs: Implementation, helpers: Mapping[str, str] = NOTHING, site: str = "") -> Case:
    """A case of some programs; `site` is what each of them calls the site of any bug."""
    where = {program.name: site for program in programs}
    return Case(
        name=programs[0].case,
        folder=Path(FOLDER),
        title="",
        task="",
        idea="",
        implementations=programs,
        helpers=helpers,
        sites=(SiteMap(name="", where=where),) if site else (),
    )


def trials(
    bare: TrialResult | None, layers: TrialResult | None, depth: TrialResult | None = None
) -> dict[Instrument, TrialResult]:
    found = {Instrument.NONE: bare, Instrument.LAYERS: layers, Instrument.DEPTH: depth}
    return {instrument: each for instrument, each in found.items() if each}


CLEAN = result(bug_id=None)


def attempt(  # noqa: PLR0913 - whatever a test wants to be otherwise
    of: TrialResult | None = None,
    *,
    program: Implementation | None = None,
    of_bug: Bug | None = None,
    mode: Mode = Mode.DEFAULT,
    injection: Injection | None = None,
    clean: TrialResult | None = CLEAN,
    layers: TrialResult | None = None,
    clean_layers: TrialResult | None = None,
    depth: TrialResult | None = None,
    helpers: Mapping[str, str] = NOTHING,
    site: str = "",
) -> Attempt:
    """One bug in one program, not judged yet; its trials are what is given."""
    program = program or implementation()
    pytorch = program.framework is Framework.PYTORCH
    condition = Condition(
        case=program.case,
        implementation=program.name,
        stack=Stack.PYTORCH if pytorch else Stack.KERAS_TENSORFLOW,
        mode=mode,
        seed=0,
    )
    return Attempt(
        condition=condition,
        implementation=program,
        trials=trials(of, layers, depth),
        case=case(program, helpers=helpers, site=site),
        bug=of_bug or bug(),
        injection=injection or mutant(),
        clean=ProgramRun(
            condition=condition, implementation=program, trials=trials(clean, clean_layers)
        ),
    )


def not_applicable(*, expressible: bool) -> NotApplicable:
    return NotApplicable(
        bug="shape/wrong",
        case="texts",
        implementation="pytorch",
        reason="Sizes are inferred.",
        expressible=expressible,
    )


def by_metric(scores: Sequence[Any]) -> Mapping[str, Any]:
    return {score.metric: score for score in scores}
