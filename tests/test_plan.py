"""Planning: the id of a trial is a hash of all that decides its outcome, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from debugdiff.campaign.jobs import job_of
from debugdiff.model import (
    Case,
    Framework,
    Implementation,
    Instrument,
    Mode,
    Mutant,
    ProgramEnd,
    Record,
    Size,
    Span,
    Stack,
    Stage,
    Style,
    Training,
    WorkerEnd,
)
from debugdiff.plan import Choice, PlannedTrial, all_steps, follow_ups, plan

SOURCE = "def main(seed=0, size='small'):\n    loss = 1\n    return {'loss': loss}\n"
CHOICE = Choice(versions={Stack.PYTORCH: {"torch": "2.13.0"}})


def an_implementation(**changes: object) -> Implementation:
    plain = Implementation(
        case="toy",
        name="pytorch",
        framework=Framework.PYTORCH,
        style=Style.MODULE,
        training=Training.LOOP,
        path=Path("toy/pytorch.py"),
        source=SOURCE,
    )
    return replace(plain, **changes)


def a_case(implementation: Implementation, **changes: object) -> Case:
    plain = Case(
        name="toy",
        folder=Path("toy"),
        title="Toy",
        task="",
        idea="",
        implementations=(implementation,),
        helpers={"dataset.py": "SIZE = 3\n"},
        budget=10.0,
    )
    return replace(plain, **changes)


def a_mutant(bug: str = "loss/wrong") -> Mutant:
    return Mutant(
        bug=bug,
        case="toy",
        implementation="pytorch",
        file="pytorch.py",
        source=SOURCE.replace("1", "2"),
        diff="",
        defect=(Span(line=2, column=4, end_line=2, end_column=12),),
    )


def ids(choice: Choice = CHOICE, *mutants: Mutant, **changes: object) -> list[str]:
    implementation = an_implementation()
    steps = plan(a_case(implementation, **changes), implementation, mutants, choice)
    return [step.trial.id for step in all_steps(steps)]


def test_the_same_plan_twice_has_the_same_ids_and_no_id_twice() -> None:
    once = ids(CHOICE, a_mutant())
    assert once == ids(CHOICE, a_mutant())
    assert len(set(once)) == len(once)


@pytest.mark.parametrize(
    "choice",
    [
        replace(CHOICE, seeds=(1,)),
        replace(CHOICE, size=Size.SMALL),
        replace(CHOICE, seconds=5.0),
        replace(CHOICE, memory=2**31),
        replace(CHOICE, versions={Stack.PYTORCH: {"torch": "2.13.1"}}),
        replace(CHOICE, modes=(Mode.ANOMALY,)),
    ],
)
def test_whatever_decides_the_outcome_changes_every_id(choice: Choice) -> None:
    assert not set(ids()) & set(ids(choice))


def test_an_edit_of_the_data_or_of_the_program_changes_every_id() -> None:
    assert not set(ids()) & set(ids(helpers={"dataset.py": "SIZE = 4\n"}))
    edited = an_implementation(source=SOURCE + "\n")
    steps = plan(a_case(edited), edited, (), CHOICE)
    assert not set(ids()) & {step.trial.id for step in all_steps(steps)}


def test_the_title_of_a_case_and_its_place_on_the_disk_change_no_id() -> None:
    assert ids() == ids(title="Another", folder=Path("elsewhere/toy"))


def test_two_bugs_with_the_same_text_are_two_trials() -> None:
    both = ids(CHOICE, a_mutant("loss/wrong"), a_mutant("loss/other"))
    assert len(set(both)) == len(both)


def test_a_stack_of_another_framework_and_a_mode_it_lacks_plan_nothing() -> None:
    assert ids(replace(CHOICE, versions={Stack.KERAS_TENSORFLOW: {}})) == []
    assert ids(replace(CHOICE, modes=(Mode.UNFILTERED,))) == []


def a_record(step: PlannedTrial, **changes: object) -> Record:
    plain = Record(
        trial=step.trial.id,
        worker=WorkerEnd.FINISHED,
        program=ProgramEnd.OK,
        stage=Stage.DONE,
        step=1,
        steps=1,
        seconds=0.1,
        peak_memory=1,
    )
    return replace(plain, **changes)


def test_a_broken_clean_run_makes_nothing_else_worth_running() -> None:
    implementation = an_implementation()
    (clean,) = plan(a_case(implementation), implementation, (a_mutant(),), CHOICE)
    assert follow_ups(clean, a_record(clean, program=ProgramEnd.RAISED)) == ()
    assert [each.trial for each in follow_ups(clean, a_record(clean))] == [
        each.trial for each in clean.follow
    ]


def test_a_bare_mutant_may_take_ten_times_its_clean_run_and_ten_seconds() -> None:
    implementation = an_implementation()
    case = a_case(implementation, budget=30.0)
    (clean,) = plan(case, implementation, (a_mutant(),), CHOICE)

    def seconds(clean: PlannedTrial, of_clean_run: float) -> list[tuple[bool, float]]:
        steps = follow_ups(clean, a_record(clean, seconds=of_clean_run))
        return sorted({(bool(each.trial.bug), job_of(each).budget.seconds) for each in steps})

    budget = clean.trial.budget.seconds
    assert seconds(clean, 0.5) == [(False, budget), (True, 15.0)]
    assert seconds(clean, budget / 2) == [(False, budget), (True, 160.0)]
    (clean,) = plan(case, implementation, (a_mutant(),), replace(CHOICE, seconds=40.0))
    assert seconds(clean, 0.5) == [(False, 40.0), (True, 40.0)]


def test_a_crash_of_a_mutant_is_still_looked_into_but_not_a_trial_without_end() -> None:
    implementation = an_implementation()
    (clean,) = plan(a_case(implementation), implementation, (a_mutant(),), CHOICE)
    (mutant,) = [step for step in clean.follow if step.trial.bug]
    assert follow_ups(mutant, a_record(mutant, program=ProgramEnd.RAISED)) == mutant.follow
    assert follow_ups(mutant, a_record(mutant, worker=WorkerEnd.TIMEOUT)) == ()
    assert mutant.follow[0].trial.instrument is Instrument.LAYERS
    assert mutant.follow[0].watch == (2,)


def test_eager_observability_is_measured_beside_the_default_mode_of_keras() -> None:
    keras = an_implementation(framework=Framework.KERAS, style=Style.SUBCLASS)
    choice = Choice(versions={Stack.KERAS_TENSORFLOW: {"keras": "3"}})
    steps = all_steps(plan(a_case(keras), keras, (), choice))
    modes = [s.trial.mode for s in steps if s.trial.instrument is Instrument.STATEMENTS]
    assert modes == [Mode.DEFAULT, Mode.EAGER]


def test_the_job_of_a_statement_trial_runs_the_program_with_probes_in_it() -> None:
    implementation = an_implementation()
    (clean,) = plan(a_case(implementation), implementation, (), CHOICE)
    (step,) = [s for s in clean.follow if s.trial.instrument is Instrument.STATEMENTS]
    assert job_of(clean).files == {"dataset.py": "SIZE = 3\n", "pytorch.py": SOURCE}
    assert job_of(step).files.keys() == {"dataset.py", "pytorch.py"}


def test_a_program_shares_compiled_code_with_its_mutants_and_its_clean_run_leaves_it() -> None:
    implementation = an_implementation()
    choice = replace(CHOICE, seeds=(0, 1))
    jobs = [
        job_of(step)
        for step in all_steps(plan(a_case(implementation), implementation, (a_mutant(),), choice))
    ]
    assert len({job.compiled for job in jobs}) == 1
    assert [job.files["pytorch.py"] for job in jobs if job.leaves_compiled] == [SOURCE, SOURCE]
    assert all(job.instrument is Instrument.NONE for job in jobs if job.leaves_compiled)
    other = an_implementation(source=SOURCE + "# edited")
    (edited,) = plan(a_case(other), other, (), CHOICE)
    assert job_of(edited).compiled != jobs[0].compiled


def test_a_case_gives_its_network_to_every_trial() -> None:
    implementation = an_implementation()
    for network in (False, True):
        case = a_case(implementation, network=network)
        steps = all_steps(plan(case, implementation, (a_mutant(),), CHOICE))
        assert {job_of(step).network for step in steps} == {network}
