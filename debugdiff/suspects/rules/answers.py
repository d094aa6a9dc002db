"""Rules for answers known beforehand: a model that is given its target, test data learnt from."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.source.bindings import bindings_of
from debugdiff.source.operations import MOVES, RESHAPES
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import losses_of
from debugdiff.source.syntax import in_order, last_name, parameters
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.flow import Flow
    from debugdiff.source.program import Program

_SAME = MOVES | RESHAPES | {"long", "int", "cpu", "cuda", "ravel"}
_STEPS = 12
_NOISES = frozenset({"randn", "randn_like", "normal", "standard_normal"})
_GIVEN = "The loss compares with the very values that the model is given here: it sees the answer."


@of_text("target-given-as-input")
def target_given_as_input(program: Program) -> Clues:
    """A target that the model is given as well, neither shifted nor clean (Kaufman et al. 2012).

    Of a single input only where it holds classes or noise: an autoencoder means it so.
    """
    for loss in losses_of(program.roles):
        if loss.predictions is None or loss.targets is None:
            continue
        target = _made(program.flow, loss.targets)
        for call in _model_calls(program.flow, loss.predictions):
            inputs = [_made(program.flow, given) for given in _inputs(call)]
            if target not in inputs or _is_shifted_inside(program.flow, call, inputs.index(target)):
                continue
            several = len(inputs) > 1
            if several or loss.api.labels == "indices" or _is_noisy(target[0].node):
                first, second = ("given", "beside") if several else ("beside", "given")
                yield Clue(at=call.location, weight=first, reason=_GIVEN)
                yield Clue(at=loss.call.location, weight=second, reason=_GIVEN)
                if isinstance(target[0].node, ast.Name):
                    yield Clue(at=target[0].location, weight="bound", reason=_GIVEN)


def _is_shifted_inside(flow: Flow, call: Place, at: int) -> bool:
    """Whether the model itself takes a part of what it is given there: `target[:, :-1]`."""
    function = flow.callee(call).function
    if function is None or not isinstance(function.node, ast.FunctionDef):
        return False
    names = parameters(function.node)[1:]
    name = names[at] if at < len(names) else ""
    return any(
        isinstance(node, ast.Subscript) and last_name(node.value) == name
        for node in in_order(function.node)
    )


def _is_noisy(node: ast.AST) -> bool:
    """Whether noise is added to other values in an expression."""
    names = {last_name(each.func) for each in in_order(node) if isinstance(each, ast.Call)}
    sums = any(
        isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add)
        for each in (node, *in_order(node))
    )
    return sums and bool(names & _NOISES)


Made = tuple[Place, tuple[int | str, ...]]


def _made(flow: Flow, place: Place) -> Made:
    """What a value is before its axes are turned or its dtype is changed."""
    path: tuple[int | str, ...] = ()
    for _ in range(_STEPS):
        node = place.node
        if isinstance(node, ast.Name):
            bound = bindings_of(place.file, node)
            before = [one for one in bound if one.node is not None]
            if not before or isinstance(before[-1].node, ast.arg):
                break
            place, path = Place(place.file, before[-1].node), before[-1].path
            if path:
                break
        elif isinstance(node, ast.Call) and last_name(node.func) in _SAME | _CLIPS:
            inner = node.func.value if _is_method(flow, place) else node.args[0]  # type: ignore[attr-defined]
            place = Place(place.file, inner)
        else:
            break
    return place, path


_CLIPS = frozenset({"clamp", "clip"})


def _is_method(flow: Flow, call: Place) -> bool:
    assert isinstance(call.node, ast.Call)
    return not call.node.args or flow.callee(call).kind != "library"


def _model_calls(flow: Flow, predictions: Place) -> Iterator[Place]:
    """The calls of models of the user's or of a library's that made some predictions."""
    place, _ = _made(flow, predictions)
    if isinstance(place.node, ast.Call) and flow.callee(place).kind in {"module", "layer"}:
        yield place


def _inputs(call: Place) -> list[Place]:
    assert isinstance(call.node, ast.Call)
    given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    return [Place(call.file, one) for one in given]


_TEST = re.compile(
    r"(?:^|_)(?:test|valid|validation|val|eval|dev|holdout)(?:$|_|\d)", re.IGNORECASE
)
_TRAIN = re.compile(r"(?:^|_)train", re.IGNORECASE)
_FITS = frozenset({"fit_on_texts", "adapt", "fit_transform", "fit", "build_vocab"})


@of_text("fitted-on-test-data")
def fitted_on_test_data(program: Program) -> Clues:
    """Scaling, words or classes that are learnt from the test data too (scikit-learn's pitfalls).

    A second tokenizer gives the same word another number; a second scaler moves the same value.
    """
    for call in program.flow.calls_of(*_FITS):
        assert isinstance(call.node, ast.Call)
        is_method = isinstance(call.node.func, ast.Attribute)
        if not is_method or not call.node.args or _is_model(call):
            continue
        names = {
            last_name(each)
            for each in (call.node.args[0], *in_order(call.node.args[0]))
            if isinstance(each, ast.expr)
        }
        tests = any(_TEST.search(name) for name in names)
        if tests and not any(_TRAIN.search(name) for name in names):
            reason = f"`{last_name(call.node.func)}` learns from the data of the test here."
            yield Clue(at=call.location, reason=reason)


def _is_model(call: Place) -> bool:
    """Whether it trains a model, or data of which the text says nothing."""
    assert isinstance(call.node, ast.Call)
    if last_name(call.node.func) != "fit":
        return False
    return len(call.node.args) > 1 or bool(call.node.keywords)
