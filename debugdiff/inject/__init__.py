"""Bugs into programs: `(Implementation, Bug) -> Mutant | NotApplicable`.

The package's own `__init__` is cheap: libcst is imported by the first call.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Bug, Implementation, Mutant, NotApplicable, StatementSite

__all__ = ["check_examples", "count_places", "inject", "probe_statements", "validate_rules"]


def inject(implementation: Implementation, bug: Bug) -> Mutant | NotApplicable:
    """Put a bug into a program, or say why it does not fit.

    Rules are tried in order: the first whose framework, style and training fit, and whose pattern
    finds its place, is used. A script of unknown style or training is tried with every rule of its
    framework. The same input always gives the same mutant; the mutant always parses.

    Raises:
        BugError: a rule is not usable: its pattern or replacement does not parse, its result is
            not Python, or its codemod fails.
    """
    from debugdiff.inject import apart, engine  # noqa: PLC0415 - libcst costs 0.2 s

    if not apart.is_needed(bug):
        return engine.inject(implementation, bug)
    engine.read_program(implementation)
    answer = apart.run(bug, lambda: engine.inject(implementation, bug))
    return _result_of(answer)


def count_places(implementation: Implementation, bug: Bug) -> int:
    """In how many places of a program a bug can be made, each of them alone.

    All rules that fit are tried at all of their places; places that give the same program count
    once. A rule that a bug would not be put in by, since an earlier one fits, counts as well.

    Raises:
        BugError: as `inject`.
    """
    from debugdiff.inject import apart, engine  # noqa: PLC0415 - libcst costs 0.2 s

    if not apart.is_needed(bug):
        return engine.count_places(implementation, bug)
    engine.read_program(implementation)
    return int(json.loads(apart.run(bug, lambda: engine.count_places(implementation, bug))))


def _result_of(answer: str) -> Mutant | NotApplicable:
    from debugdiff.model import Mutant, NotApplicable  # noqa: PLC0415
    from debugdiff.records import read  # noqa: PLC0415

    return read(cast("type[Mutant | NotApplicable]", Mutant | NotApplicable), answer)


def check_examples(bug: Bug) -> tuple[str, ...]:
    """Run a bug's before/after examples; a sentence for each that does not do what it claims.

    Also says which framework has rules but no example, and which `use` or `accept` pattern marks
    no line in any example.
    """
    from debugdiff.inject import apart, examples  # noqa: PLC0415 - libcst costs 0.2 s

    if not apart.is_needed(bug):
        return examples.check(bug)
    return tuple(json.loads(apart.run(bug, lambda: examples.check(bug))))


def validate_rules(bug: Bug) -> None:
    """Parse every pattern of a bug and load its codemods.

    Raises:
        BugError: names the TOML file with line, and marks the column with a caret.
    """
    from debugdiff.inject import apart, rules  # noqa: PLC0415 - libcst costs 0.2 s

    if apart.is_needed(bug):
        apart.run(bug, lambda: rules.prepare_all(bug))
    else:
        rules.prepare_all(bug)


def probe_statements(source: str, file: str) -> tuple[str, Mapping[str, StatementSite]]:
    """A program's twin that records what every assignment of the user's code made.

    Returns the twin and, per probe id, the site it records. See `inject.statements` for what is
    probed and why.

    Raises:
        CaseError: the source does not parse; `file` names it.
    """
    from debugdiff.inject import statements  # noqa: PLC0415 - keeps the package light

    return statements.probe(source, file)
