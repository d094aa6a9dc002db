"""From a folder or a script to a `Case`.

A folder with a `case.toml` says what it is. In any other folder the programs are found by their
imports: a file that reaches a framework and that no other file of the folder imports.
"""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff import files
from debugdiff.case_toml import read_case_toml
from debugdiff.errors import CaseError, DebugdiffError
from debugdiff.model import (
    BrokenImplementation,
    Case,
    DeclaredDifference,
    Framework,
    Implementation,
    Pairing,
    SiteMap,
    Style,
    Training,
)
from debugdiff.programs import Folder, ProgramFile, has_contract
from debugdiff.visible import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from debugdiff.case_toml import ImplementationTable

CASE_FILE = "case.toml"
_NAMED = 3
"""Programs of a folder that a sentence names."""


def find_case(name_or_path: str) -> Case:
    """A shipped case by its name, or any folder or script by its path.

    Raises:
        CaseError: there is no such case, or it is not usable.
    """
    if name_or_path in _shipped_names():
        return load_case(files.shipped("cases") / name_or_path)
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return load_case(path)
    if path.is_file():
        return load_script(path)
    names = _shipped_names()
    close = [name for name in names if name_or_path and name.startswith(name_or_path)][:3]
    close = close or difflib.get_close_matches(name_or_path, names, n=3, cutoff=0.5)
    known = f"Did you mean {' or '.join(close)}?" if close else "`debugdiff cases list` shows all."
    raise CaseError(
        f"There is no case called `{name_or_path}`, and no such folder or script.",
        hint=f"{known} A path to a folder or to a Python file works too.",
        slug="case-unknown",
    )


@cache
def shipped_cases() -> tuple[Case, ...]:
    """Every case that came with debugdiff, by name."""
    return tuple(load_case(files.shipped("cases") / name) for name in _shipped_names())


def load_case(folder: Path) -> Case:
    """The case in a folder, with or without a `case.toml`.

    An implementation that cannot be read or parsed goes to `Case.broken`; the rest goes on.

    Raises:
        CaseError: `case-toml` (names the key and its line), `case-file-outside`, `case-empty`.
    """
    home = Folder(folder.resolve())
    case = _declared(home) if (home.root / CASE_FILE).is_file() else _undeclared(home)
    if case.implementations or case.broken:
        return case
    raise CaseError(
        f"The folder {home.root} has no program of PyTorch or Keras.",
        hint=f"A program imports torch or keras; a {CASE_FILE} names its programs.",
        slug="case-empty",
    )


def load_script(path: Path) -> Case:
    """A single Python file as a case of one implementation; its helpers are what it imports.

    Raises:
        CaseError: `case-broken` if the script does not parse, `case-empty` if neither it nor a
            file that it imports reaches a framework.
    """
    home = Folder(path.resolve().parent)
    program = _nameable(home.program(path.name))
    framework = home.framework(program)
    if program.problem:
        raise CaseError(
            f"{path} cannot be used: {program.problem}.",
            hint="Give a Python program that can be run on its own.",
            slug="case-broken",
        )
    if framework is None:
        raise CaseError(
            f"{path} imports neither torch nor keras.",
            hint="debugdiff runs programs that use PyTorch or Keras.",
            slug="case-empty",
        )
    return Case(
        name=path.stem,
        folder=home.root,
        title=path.name,
        task="",
        idea="",
        implementations=(_script(path.stem, home, program, framework),),
        helpers={helper.name: helper.source for helper in home.reached(program)},
        declared=False,
    )


def _shipped_names() -> tuple[str, ...]:
    return tuple(
        sorted(found.parent.name for found in files.shipped("cases").glob(f"*/{CASE_FILE}"))
    )


# --- a folder with a case.toml -------------------------------------------------------------------


def _declared(home: Folder) -> Case:
    table = read_case_toml(home.root / CASE_FILE)
    programs = {name: _own_program(home, name) for name in table.implementations}
    own = {program.name for program in programs.values()}
    return Case(
        name=home.root.name,
        folder=home.root,
        title=table.title,
        task=table.task,
        idea=table.idea,
        implementations=tuple(
            _implementation(home, program, table.implementations[name])
            for name, program in programs.items()
            if not program.problem
        ),
        broken=_broken(home, [program for program in programs.values() if program.problem]),
        corpora=table.corpora,
        budget=table.budget,
        network=table.network,
        sites=tuple(SiteMap(name=name, where=where) for name, where in table.sites.items()),
        noise=table.noise,
        tags=table.tags,
        helpers={
            name: home.program(name).source for name in home.python_files() if name not in own
        },
        data=table.data,
        licence=table.licence,
        metric=table.metric.name,
        majority=table.metric.majority,
        differences=tuple(
            DeclaredDifference(
                stage=each.stage, tolerance=each.tolerance, reason=each.reason, site=each.site
            )
            for each in table.parity
        ),
    )


def _implementation(
    home: Folder, program: ProgramFile, entry: ImplementationTable
) -> Implementation:
    return Implementation(
        case=home.root.name,
        name=program.name.removesuffix(".py"),
        framework=entry.framework,
        style=entry.style,
        training=entry.training,
        path=home.root / program.name,
        source=program.source,
        contract=has_contract(program),
        guide=entry.guide,
        clean=entry.clean,
        parameters=entry.parameters,
        helpers=_imported(home, program),
    )


def _imported(home: Folder, program: ProgramFile) -> dict[str, str]:
    """The files of the folder that a program reaches, as far as they can be read."""
    return {found.name: found.source for found in home.reached(program) if not found.problem}


def _own_program(home: Folder, name: str) -> ProgramFile:
    try:
        path = files.inside(home.root, f"{name}.py")
    except DebugdiffError as error:
        raise CaseError(
            f"The implementation `{name}` of {home.root / CASE_FILE} leaves its folder.",
            hint=error.hint,
            slug="case-file-outside",
        ) from error
    return home.program(str(path.relative_to(home.root)))


# --- a folder without one ------------------------------------------------------------------------


def _undeclared(home: Folder) -> Case:
    """The programs are the top files that reach a framework and that no other file imports."""
    programs = [_nameable(home.program(name)) for name in home.python_files()]
    imported = {found.name for program in programs for found in home.imported(program)}
    scripts = {
        program.name: framework
        for program in programs
        if "/" not in program.name and program.name not in imported
        if (framework := home.framework(program)) is not None
    }
    broken = [program for program in programs if program.problem and "/" not in program.name]
    own = {*scripts, *(program.name for program in broken)}
    implementations = tuple(
        _script(home.root.name, home, home.program(name), framework)
        for name, framework in scripts.items()
    )
    return Case(
        name=home.root.name,
        folder=home.root,
        title=home.root.name,
        task="",
        idea="",
        implementations=implementations,
        broken=_broken(home, broken),
        helpers={program.name: program.source for program in programs if program.name not in own},
        declared=False,
        pairing=unpaired(implementations, "no parity check was made"),
    )


def _nameable(program: ProgramFile) -> ProgramFile:
    """The program; one whose name no store and no report can hold has that as its problem."""
    if encodable(program.name) == program.name:
        return program
    return ProgramFile(name=program.name, problem="its name is not UTF-8 text")


def unpaired(programs: Sequence[Implementation], why: str) -> Pairing:
    """The programs of a folder without a `case.toml`: not compared, if there are several.

    Args:
        programs: those that were found there.
        why: why no parity check speaks for them, as a clause.
    """
    if len(programs) < 2:  # noqa: PLR2004
        return Pairing()
    return Pairing(
        compared=False,
        reason="Ratios and comparisons are left out, because nothing shows that"
        f" {file_names(programs)} are"
        f" the same model. The folder has no {CASE_FILE}, and {why}. A {CASE_FILE} must list them"
        " as implementations of one case: docs/adding-a-case.md.",
    )


def file_names(programs: Sequence[Implementation]) -> str:
    """Programs as a person would name them; of many, how many they are."""
    if len(programs) > _NAMED:
        return f"these {len(programs)} programs"
    names = [each.path.name for each in programs]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _script(case: str, home: Folder, program: ProgramFile, framework: Framework) -> Implementation:
    return Implementation(
        case=case,
        name=program.name.removesuffix(".py"),
        framework=framework,
        style=Style.SCRIPT,
        training=Training.UNKNOWN,
        path=home.root / program.name,
        source=program.source,
        contract=has_contract(program),
        helpers=_imported(home, program),
    )


def _broken(home: Folder, programs: Iterable[ProgramFile]) -> tuple[BrokenImplementation, ...]:
    return tuple(
        BrokenImplementation(
            case=home.root.name,
            name=program.name.removesuffix(".py"),
            path=home.root / program.name,
            reason=program.problem,
        )
        for program in programs
    )
