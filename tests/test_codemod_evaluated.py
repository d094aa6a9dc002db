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


def test_words_that_hold_test_stay() -> None:
    source = (
        "def evaluate(model, x_train, x_test, latest):\n    return model.score(x_test, latest)\n"
    )
    mutant = inject(program(source), BUG)
    assert isinstance(mutant, Mutant)
    assert "model.score(x_train, latest)" in mutant.source


def test_where_only_a_part_of_the_test_has_a_twin_the_two_are_not_mixed() -> None:
    source = (
        "def evaluate(model, x_train, x_test, y_test):\n    return model.score(x_test, y_test)\n"
    )
    assert isinstance(inject(program(source), BUG), NotApplicable)


def test_a_program_that_tests_nothing_has_no_place_for_it() -> None:
    source = "def evaluate(model, x_train):\n    return model.score(x_train)\n"
    assert isinstance(inject(program(source), BUG), NotApplicable)


def test_a_loader_that_is_handed_to_an_evaluation_of_the_programs_own_counts() -> None:
    source = (
        "def validate(model, loader):\n    return sum(model(x) for x in loader)\n\n\n"
        "train_loader, val_loader = load()\n"
        "val_loss = validate(model, val_loader)\n"
    )
    mutant = inject(program(source), BUG)
    assert isinstance(mutant, Mutant)
    assert mutant.source == source.replace("(model, val_loader)", "(model, train_loader)")


def test_the_data_of_a_validation_and_of_a_loop_that_evaluates_count() -> None:
    fit = "model.fit(x_train, y_train, validation_data=(x_val, y_val))\n"
    step = "def test_step(x):\n    pass\n\n\n"
    loop = f"{step}for x in train_ds:\n    step(x)\nfor x in test_ds:\n    test_step(x)\n"
    for source, old, new in (
        (fit, "(x_val, y_val)", "(x_train, y_train)"),
        (loop, "in test_ds", "in train_ds"),
    ):
        mutant = inject(program(source), BUG)
        assert isinstance(mutant, Mutant)
        assert mutant.source == source.replace(old, new)


def test_a_name_that_is_not_known_at_the_place_is_not_put_there() -> None:
    source = (
        "def evaluate(test_loader):\n    return sum(test_loader)\n\n\n"
        "def main():\n    train_loader = load()\n    return evaluate(train_loader)\n"
    )
    assert isinstance(inject(program(source), BUG), NotApplicable)


def test_a_function_and_a_number_of_the_evaluation_itself_are_no_data() -> None:
    source = (
        "def train(model):\n    train_loss = 0\n\n\ndef evaluate(model, test):\n"
        "    test_loss = test(model)\n    return test_loss\n\n\ntrain_loss = train(1)\n"
    )
    assert isinstance(inject(program(source), BUG), NotApplicable)


def test_short_words_and_functions_that_put_the_model_into_evaluation_mode_count() -> None:
    run = "def run(model, batches):\n    model.eval()\n    return model(batches)\n\n\n"
    block = "with torch.no_grad():\n    error = loss(net(Xte), y_te)\n"
    for source, old, new in (
        (f"{run}run(model, train_loader)\nrun(model, va_loader)\n", "va_loader", "train_loader"),
        (f"import torch\nnet(Xtr, y_tr)\n{block}", "net(Xte), y_te", "net(Xtr), y_tr"),
    ):
        mutant = inject(program(source), BUG)
        assert isinstance(mutant, Mutant)
        assert mutant.source == source.replace(old, new)


def test_slices_of_the_same_arrays_become_those_that_fit_is_given() -> None:
    source = (
        "model.fit(x[:cut], train_y, epochs=3)\n"
        "print(model.evaluate(x[cut:], test_y), model.predict(x[-1:]))\n"
    )
    mutant = inject(program(source), BUG)
    assert isinstance(mutant, Mutant)
    assert "model.evaluate(x[:cut], train_y), model.predict(x[-1:])" in mutant.source
    counted = inject(program(source.replace("cut:", "-n_test:").replace(":cut", ":-n_test")), BUG)
    assert isinstance(counted, Mutant)
    assert "model.evaluate(x[:-n_test], train_y)" in counted.source
    apart = source.replace("test_y", "labels")
    assert isinstance(inject(program(apart), BUG), NotApplicable)


def test_the_key_and_the_argument_that_say_test_have_twins() -> None:
    source = (
        'fit(model, loaders["train"])\n'
        "def evaluate(model, loader):\n    return loader\n"
        'print(evaluate(model, loaders["valid"]))\n'
    )
    mutant = inject(program(source), BUG)
    assert isinstance(mutant, Mutant)
    assert 'evaluate(model, loaders["train"])' in mutant.source
    unknown = source.replace('loaders["train"]', "loader")
    assert isinstance(inject(program(unknown), BUG), NotApplicable)
