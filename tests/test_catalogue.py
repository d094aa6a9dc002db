"""The shipped bugs: their examples, their places in the shipped cases, their texts."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from debugdiff.bugs import shipped_bugs
from debugdiff.campaign import effect_matrix
from debugdiff.campaign.bug_places import InjectedProgram, place_checks
from debugdiff.cases import shipped_cases
from debugdiff.files import shipped
from debugdiff.inject import check_examples, inject, validate_rules
from debugdiff.model import Bug, Framework, Implementation, Mutant, NotApplicable
from debugdiff.report.effects import read_page

BUGS = shipped_bugs()
IMPLEMENTATIONS = tuple(
    implementation for case in shipped_cases() for implementation in case.implementations
)
TAXONOMIES = ("Humbatova: ", "DeepCrime: ", "DEForm: ")

every_bug = pytest.mark.parametrize("bug", BUGS, ids=[bug.id for bug in BUGS])
every_framework = pytest.mark.parametrize("framework", list(Framework))


@cache
def injected(bug_id: str) -> list[tuple[Implementation, Mutant | NotApplicable]]:
    bug = next(bug for bug in BUGS if bug.id == bug_id)
    return [(implementation, inject(implementation, bug)) for implementation in IMPLEMENTATIONS]


def outcomes(bug: Bug, framework: Framework) -> list[Mutant | NotApplicable]:
    return [found for program, found in injected(bug.id) if program.framework is framework]


def mutants(bug: Bug) -> list[tuple[Implementation, Mutant]]:
    return [(program, found) for program, found in injected(bug.id) if isinstance(found, Mutant)]


def test_the_catalogue_has_the_sixteen_bugs_of_its_first_edition() -> None:
    assert len(BUGS) >= 16
    assert {"shape/concat-wrong-axis", "process/infinite-loop"} <= {bug.id for bug in BUGS}


@every_bug
def test_every_pattern_can_be_used(bug: Bug) -> None:
    validate_rules(bug)


@every_bug
def test_every_example_is_transformed_as_it_claims(bug: Bug) -> None:
    assert check_examples(bug) == ()


@every_bug
@every_framework
def test_every_bug_fits_a_shipped_program_or_cannot_be_written(
    bug: Bug, framework: Framework
) -> None:
    found = outcomes(bug, framework)
    fits = any(isinstance(outcome, Mutant) for outcome in found)
    impossible = any(
        isinstance(outcome, NotApplicable) and not outcome.expressible for outcome in found
    )
    assert fits or impossible


@every_bug
@every_framework
def test_a_bug_is_written_for_a_framework_or_says_why_it_cannot_be(
    bug: Bug, framework: Framework
) -> None:
    written = framework in bug.frameworks
    assert written or bug.not_expressible[framework]
    assert written == (framework in bug.symptom)
    assert written == any(example.framework is framework for example in bug.examples)


@every_bug
def test_a_bug_says_why_it_misses_a_program_of_a_case_that_it_fits(bug: Bug) -> None:
    programs = [InjectedProgram(program, found) for program, found in injected(bug.id)]
    assert [check.detail for check in place_checks(bug, programs) if not check.passed] == []


def test_the_page_of_effects_speaks_of_what_the_bugs_make_of_the_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = {(bug.id, each.key): found for bug in BUGS for each, found in injected(bug.id)}
    monkeypatch.setattr(effect_matrix, "inject", lambda each, bug: made[bug.id, each.key])
    page = shipped("cases").parent / "docs" / "effects.md"
    known = read_page(page.read_text(encoding="utf-8"))
    assert known is not None
    assert effect_matrix.stale_cells(known, shipped_cases(), BUGS) == []


@every_bug
def test_every_mutant_is_a_program_that_differs_from_the_clean_one(bug: Bug) -> None:
    for implementation, mutant in mutants(bug):
        ast.parse(mutant.source)
        assert mutant.source != implementation.source
        assert mutant.diff


@every_bug
def test_every_mutant_marks_lines_that_it_has(bug: Bug) -> None:
    for _, mutant in mutants(bug):
        lines = range(1, len(mutant.source.splitlines()) + 1)
        assert mutant.defect
        for span in (*mutant.defect, *mutant.use, *mutant.accept):
            assert span.line in lines
            assert span.end_line in lines


@every_bug
def test_every_bug_tells_its_story_and_how_it_works(bug: Bug) -> None:
    assert bug.title[0].isupper()
    assert not bug.title.endswith(".")
    assert bug.story.rstrip().endswith(".")
    assert bug.explanation.rstrip().endswith(".")
    assert 1 <= bug.difficulty <= 5


@every_bug
def test_every_bug_has_three_different_hints(bug: Bug) -> None:
    assert len(set(bug.hints)) == 3


@every_bug
def test_every_bug_is_classified_in_a_published_taxonomy(bug: Bug) -> None:
    assert bug.taxonomy
    assert all(entry.startswith(TAXONOMIES) for entry in bug.taxonomy)


@every_bug
def test_every_bug_names_a_question_or_issue_where_people_met_it(bug: Bug) -> None:
    assert bug.references
    assert all(link.startswith("https://") for link in bug.references)


def test_no_two_bugs_share_a_title_a_story_or_a_reference() -> None:
    for texts in (
        [bug.title for bug in BUGS],
        [bug.story for bug in BUGS],
        [link for bug in BUGS for link in bug.references],
    ):
        assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_a_lookup_with_a_padding_row_keeps_the_row_without_a_gradient() -> None:
    """A product with the row's number would train it: that would be another bug."""
    code = """\
from torch import nn


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4, padding_idx=0)

    def forward(self, words):
        embedded = self.embedding(words)
        return embedded.mean(1)
"""
    bug = next(bug for bug in BUGS if bug.id == "process/one-hot-for-lookup")
    program = next(each for each in IMPLEMENTATIONS if each.framework is Framework.PYTORCH)
    found = inject(replace(program, source=code), bug)
    assert isinstance(found, Mutant)
    assert "one_hot[..., self.embedding.padding_idx] = 0" in found.source
