"""A sample of hostile programs, through `run`, `explain` and `trace`; see `hostile.py`."""

from __future__ import annotations

import pytest
from extent import IS_WHOLE
from holding import try_as_script, try_in_run
from hostile import HostileProgram, all_programs, sample
from stub_stack import stub_interpreter

SEED = 16
IN_RUN, AS_SCRIPTS, AT_ONCE = (72, 16, 12) if IS_WHOLE else (36, 8, 12)
PROGRAMS = sample(IN_RUN, SEED)
SCRIPTS = [program for program in sample(400, SEED + 1) if program.is_a_script][:AS_SCRIPTS]


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stub_interpreter(tmp_path_factory.mktemp("stub"))


def test_the_grammar_has_enough_programs_and_all_are_python() -> None:
    programs = all_programs()
    assert len(programs) >= 300
    assert len({program.behaviour for program in PROGRAMS}) == len(PROGRAMS)
    for program in programs:
        compile(program.source, program.name, "exec")


@pytest.mark.parametrize("first", range(0, IN_RUN, AT_ONCE))
def test_hostile_programs_in_run(stub: str, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("debugdiff.execute.hosts._GRACE_SECONDS", 5)
    outcome = try_in_run(PROGRAMS[first : first + AT_ONCE], stub)
    assert outcome.problems == {}


@pytest.mark.parametrize("program", SCRIPTS, ids=lambda program: program.name)
def test_hostile_scripts(program: HostileProgram) -> None:
    command = "explain" if SCRIPTS.index(program) % 2 else "trace"
    assert try_as_script(program, command).problems == {}
