"""What a rule at a role asks of the program before anything is done: `needs`, `has`, `inside`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.inject.code import LAYER
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.search import is_inside
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.roles import FACTS, ROLES, Missing
from debugdiff.source.roles.outputs import UNKNOWN

if TYPE_CHECKING:
    from debugdiff.inject.site import Site
    from debugdiff.model import InjectRule, RoleEdit
    from debugdiff.source.place import Place
    from debugdiff.source.roles import Roles

PRESENT, ABSENT, NUMBER = "present", "absent", "number"
_PHRASES = {
    "loss": "the loss of this program takes {}",
    "labels": "the labels of this program are {}",
    "activation": "the output of this model goes through {}",
}
_SENTENCES = {
    ("activation", "none"): "no activation follows the output layer of this program",
    ("loop", "fit"): "`fit` owns the training loop of this program",
    ("loop", "train-step"): "`fit` trains this program, by a `train_step` of its own",
    ("loop", "loop"): "this program has a training loop of its own",
    ("loop", "none"): "no line of this program trains a model",
    ("labels-per", "row"): "the loss of this program has one label for a row",
    ("labels-per", "step"): "the loss of this program has one label for every step",
    ("labels-per", UNKNOWN): "the text does not say whether the loss has one label for a row",
}
_PRESENT = {
    "batches": "this program makes its batches itself",
    "compile-call": "this program calls Keras' `compile`",
    "train-mode": "this program puts the model into training mode",
    "tying": "the output layer of this program has the weights of the embedding",
}
"""What is said of a role that a rule needs to be missing, where its meaning makes no sentence."""
_WORDS = {
    "other": "something else",
    UNKNOWN: "something that its text does not say",
}


def check_needs(rule: InjectRule, roles: Roles) -> None:
    """Check the facts and roles that a rule needs.

    Raises:
        Unfit: one of them is otherwise; says so.
    """
    for name, wanted in rule.needs.items():
        if wanted in {(True,), (False,)}:
            _check_role(name, roles, wanted=wanted == (True,))
        else:
            _check_fact(name, [str(value) for value in wanted], roles)


def _check_role(name: str, roles: Roles, *, wanted: bool) -> None:
    answer = roles.find(name)
    if wanted and isinstance(answer, Missing):
        raise Unfit(answer.reason)
    if not wanted and not isinstance(answer, Missing):
        line = answer.places[0].location.line
        sentence = _PRESENT.get(name, f"this program has {ROLES[name].meaning}")
        raise Unfit(f"{sentence} (line {line})")


def _check_fact(name: str, wanted: list[str], roles: Roles) -> None:
    answer = roles.fact(name)
    refused = {value.removeprefix("!") for value in wanted if value.startswith("!")}
    allowed = {value for value in wanted if not value.startswith("!")}
    if answer in refused or (allowed and answer not in allowed):
        raise Unfit(_sentence(name, answer))


def _sentence(name: str, answer: str) -> str:
    if (name, answer) in _SENTENCES:
        return _SENTENCES[name, answer]
    phrase = _PHRASES.get(name, f"{FACTS[name].meaning}: {{}}")
    return phrase.format(_WORDS.get(answer, answer))


def is_where(rule: InjectRule, place: Place) -> bool:
    """Whether a place lies in the function or class that a rule names."""
    around = list(place.file.up(place.node))
    definitions = [
        node for node in (place.node, *around) if isinstance(node, (*FUNCTIONS, ast.ClassDef))
    ]
    path = tuple(node.name for node in reversed(definitions))
    if rule.not_inside and is_inside(path, rule.not_inside):
        return False
    return is_inside(path, rule.inside)


def has_arguments(edit: RoleEdit, site: Site) -> bool:
    """Whether the arguments of a place's call, or of its layer's, are what an edit asks for."""
    return all(_is_so(site, name, value) for name, value in edit.has.items())


def _is_so(site: Site, name: str, wanted: str) -> bool:
    if name == LAYER:
        return site.work.roles.flow.callee(site.layer.place).name.endswith(f".{wanted}")
    of_layer = name.startswith(f"{LAYER}.")
    return _has(site.layer if of_layer else site, name.removeprefix(f"{LAYER}."), wanted)


def _has(site: Site, name: str, wanted: str) -> bool:
    if not isinstance(site.node, ast.Call):
        return wanted == ABSENT
    argument = site.argument(name)
    if wanted in {PRESENT, ABSENT}:
        return (argument is not None) == (wanted == PRESENT)
    text = site.arguments.default(name) if argument is None else ast.unparse(argument.value)
    if text is None:
        return False
    if wanted == NUMBER:
        return _is_number(text)
    return text == ast.unparse(ast.parse(wanted))


def _is_number(text: str) -> bool:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return isinstance(value, int | float) and not isinstance(value, bool)
