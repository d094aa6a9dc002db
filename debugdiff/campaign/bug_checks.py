"""What `bugs check` verifies of patterns and examples, a line per check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.errors import BugError
from debugdiff.inject import check_examples, inject, validate_rules
from debugdiff.model import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Bug, Case, Framework, Implementation, NotApplicable


def check_bugs(bugs: Sequence[Bug], cases: Sequence[Case]) -> tuple[CheckLine, ...]:
    """Patterns, examples and applicability of every bug; nothing is executed."""
    implementations = [each for case in cases for each in case.implementations]
    return tuple(line for bug in bugs for line in _bug(bug, implementations))


def _bug(bug: Bug, implementations: Sequence[Implementation]) -> Iterator[CheckLine]:
    try:
        validate_rules(bug)
        yield check_line(bug.id, "examples", check_examples(bug), f"{len(bug.examples)} transform")
        results = [inject(each, bug) for each in implementations]
    except BugError as error:
        yield check_line(bug.id, "patterns", [error.message], "")
        return
    for framework in sorted({each.framework for each in implementations}):
        mine = [
            result
            for result, each in zip(results, implementations, strict=True)
            if each.framework is framework
        ]
        yield _applies(bug, framework, mine)


def _applies(
    bug: Bug, framework: Framework, results: Sequence[Mutant | NotApplicable]
) -> CheckLine:
    mutants = [each for each in results if isinstance(each, Mutant)]
    if not mutants and framework in bug.not_expressible:
        return check_line(
            bug.id, framework, [], f"not expressible: {bug.not_expressible[framework]}"
        )
    problems = [] if mutants else ["fits no implementation"]
    return check_line(
        bug.id, framework, problems, f"{len(mutants)} of {len(results)} implementations"
    )
