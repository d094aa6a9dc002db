"""The codemod of `data/evaluated-on-training-data`: what counts as an evaluation, and what not."""

from __future__ import annotations

from inject_programs import program

from debugdiff.bugs import shipped_bugs
from debugdiff.inject import inject
from debugdiff.model import Mutant, NotApplicable

BUG = next(bug for bug in shipped_bugs() if bug.id == "data/evaluated-on-training-data")


def test_every_test_in_a_function_that_evaluates_becomes_train() -> None:
    source = (
        "def fit(data):\n    learn(data.train.words, watch=data.test.words)\n\n\n"
        "def evaluate(data):\n    return score(data.test.words, data.test.labels)\n"
    )
    mutant = inject(program(source), BUG)
    assert isinstance(mutant, Mutant)
    assert mutant.source == source.replace(
        "score(data.test.words, data.test.labels)", "score(data.train.words, data.train.labels)"
    )
    assert {span.line for span in mutant.defect} == {6}


def test_without_such_a_function_the_arguments_of_evaluate_and_predict_count() -> None:
    source = (
        "é, x_train, y_train, x_test, y_test = load()\n"
        "model.fit(x_train, y_train, validation_data=(x_test, y_test))\n"
        "print(é, model.evaluate(x_test, y=y_test))\n"
    )
    mutant = inject(program(source), BUG)
    assert isinstance(mutant, Mutant)
    assert mutant.source == source.replace("(x_test, y=y_test)", "(x_train, y=y_train)")


def test_a_name_without_a_twin_and_words_that_hold_test_stay() -> None:
    source = (
        "def evaluate(model, x_train, x_test, latest, y_test):\n"
        "    return model.score(x_test, latest, y_test)\n"
    )
    mutant = inject(program(source), BUG)
    assert isinstance(mutant, Mutant)
    assert "model.score(x_train, latest, y_test)" in mutant.source


def test_a_program_that_tests_nothing_has_no_place_for_it() -> None:
    source = "def evaluate(model, x_train):\n    return model.score(x_train)\n"
    assert isinstance(inject(program(source), BUG), NotApplicable)
