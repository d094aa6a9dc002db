"""Rules for data: what is trained on and evaluated, and how examples become batches."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.source.operations import axis_of
from debugdiff.source.place import Place
from debugdiff.source.syntax import argument_of, calls_in, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.flow import Flow
    from debugdiff.source.program import Program
    from debugdiff.suspects.crash import Crash


_TOO_FEW = re.compile(r"expects \d+ (?:named )?input\(s\).*?received \d+ input", re.DOTALL)


_BATCHED = re.compile(
    r"[Ee]xpected shape[= ]\(None, ([\d, ]+)\), "
    r"(?:but .* incompatible|found) shape[= ]\(([\d, ]+)\)"
)


_BATCHES = frozenset({"batch", "padded_batch", "ragged_batch"})


_HANDING = {
    **dict.fromkeys(("from_tensor_slices", "from_tensors", "from_generator", "zip"), "made"),
    **dict.fromkeys(("fit", "train_on_batch", "predict", "evaluate"), "handed"),
}
"""What puts the data of a model together, or hands them over, and how likely it is at fault."""


@of_crash("inputs-not-paired")
def inputs_not_paired(crash: Crash) -> Clues:
    """A model of several inputs wants them in one tuple, before the targets (Keras' guide)."""
    if not _TOO_FEW.search(crash.message):
        return
    for file, call in crash.program.calls:
        number = _HANDING.get(last_name(call.func))
        if number is not None:
            reason = "The model has several inputs: put them into a tuple of their own here."
            yield Clue(at=file.location(call), weight=number, reason=reason)


@of_crash("example-without-batch", {Kind.FEATURES, Kind.RANK})
def example_without_batch(crash: Crash) -> Clues:
    """One example where a batch was expected (Stack Overflow: `predict` on a single image)."""
    shapes = _BATCHED.search(" ".join(crash.message.split()))
    if not shapes or shapes[1] != shapes[2]:
        return
    unbatched = list(_without_batches(crash))
    for location in unbatched:
        reason = "These examples come one by one: nothing puts them into batches."
        yield Clue(at=location, weight="unbatched", reason=reason)
    for frame in [] if unbatched else crash.frames[:1]:
        reason = "A single example came: it needs a batch axis in front."
        yield Clue(at=frame.location, weight="frame", reason=reason)


def _without_batches(crash: Crash) -> Iterator[Location]:
    """The links of a `tf.data` pipeline that has no `batch`, neither here nor later by its name."""
    batched = {
        last_name(call.func.value)
        for _, call in crash.program.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _BATCHES
    }
    for file, call in crash.program.calls:
        if last_name(call.func) != "from_tensor_slices":
            continue
        statement = file.statement(call)
        links = [each for each in calls_in(statement) if isinstance(each.func, ast.Attribute)]
        bound = {last_name(each) for each in getattr(statement, "targets", ())}
        if not (bound & batched) and not any(last_name(each.func) in _BATCHES for each in links):
            yield from (Location(file.name, each.func.end_lineno or each.lineno) for each in links)


@of_crash("examples-of-unequal-size", {Kind.JOIN})
def examples_of_unequal_size(crash: Crash) -> Clues:
    """Examples of different lengths that a loader cannot stack (PyTorch's docs on `collate_fn`)."""
    if not any(word in crash.message for word in ("stack expects each", "inhomogeneous")):
        return
    for file, call in crash.program.calls:
        collates = argument_of(call, "collate_fn", None) is not None
        if last_name(call.func) == "DataLoader" and not collates:
            reason = "This stacks examples as they are; different lengths need a `collate_fn`."
            yield Clue(at=file.location(call), reason=reason)


@of_crash("batch-of-one", {Kind.SINGLE_ROW})
def batch_of_one(crash: Crash) -> Clues:
    """A batch of one example, which normalisation cannot use (pytorch#4534: `drop_last`)."""
    for file, call in crash.program.calls:
        sizes = argument_of(call, "batch_size", None)
        if last_name(call.func) == "DataLoader" or sizes is not None:
            drops = argument_of(call, "drop_last", None) is not None
            number = "drops" if drops else "line"
            reason = "The last batch from here may have a single example."
            yield Clue(at=file.location(sizes or call), weight=number, reason=reason)


@of_text("shuffled-apart")
def shuffled_apart(program: Program) -> Clues:
    """Inputs and labels shuffled one after the other, each its own way (DeepCrime)."""
    for file, node in program.nodes:
        one, other = _shuffles(node), _shuffles(file.next_statement(node))
        if one and other and one != other:
            first, second = file.location(node), file.location(file.next_statement(node) or node)
            reason = (
                "This shuffles in a different order from the line above: rows lose their labels."
            )
            yield Clue(at=second, weight="second", reason=reason)
            yield Clue(at=first, weight="first", reason=reason)


@of_text("pipelines-shuffled-apart")
def pipelines_shuffled_apart(program: Program) -> Clues:
    """Two `tf.data` pipelines that shuffle each its own way and are zipped (Stack Overflow)."""
    reason = (
        "Each of these is shuffled in its own order before they are joined: rows lose their labels."
    )
    for zipped in program.flow.calls_of("zip"):
        assert isinstance(zipped.node, ast.Call)
        parts = [
            part
            for given in zipped.node.args
            for part in (given.elts if isinstance(given, ast.Tuple | ast.List) else [given])
        ]
        ends = [end for part in parts for end in program.flow.origins(Place(zipped.file, part))]
        shuffled = {end.place for end in ends if _is_shuffled(end.place.node)}
        for place in sorted(shuffled, key=lambda place: place.location):
            if len(shuffled) > 1:
                statement = place.file.location(place.file.statement(place.node))
                yield Clue(at=statement, weight="pipeline", reason=reason)
        if len(shuffled) > 1:
            yield Clue(at=zipped.location, weight="zip", reason=reason)


def _is_shuffled(node: ast.AST) -> bool:
    calls = (node, *calls_in(node)) if isinstance(node, ast.Call) else ()
    return any(_shuffles_itself(call) for call in calls)


def _shuffles_itself(call: ast.Call) -> bool:
    """A `shuffle` of a pipeline that no seed ties to another one."""
    method = isinstance(call.func, ast.Attribute) and call.func.attr == "shuffle"
    return method and argument_of(call, "seed", 1) is None


def _shuffles(statement: ast.AST | None) -> str:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="shuffle"), args=[argument])):
            return ast.unparse(argument)
        case _:
            return ""


@of_text("metric-over-batch")
def metric_over_batch(program: Program) -> Clues:
    """The best class looked for along axis 0, over the examples (Stack Overflow)."""
    for call in program.flow.calls_of("argmax"):
        axis = axis_of(program.flow, call)
        if program.number(axis, call.file) == 0 and not _is_of_one_row(program.flow, call):
            reason = "Axis 0 counts examples: this finds an example, not a class."
            yield Clue(at=call.location, reason=reason)


def _is_of_one_row(flow: Flow, call: Place) -> bool:
    """Whether one row has been taken out before: then axis 0 is the classes."""
    node = call.node
    assert isinstance(node, ast.Call)
    tensors = node.args[:1] if flow.callee(call).kind == "library" else [node.func.value]  # type: ignore[attr-defined]
    return any(isinstance(tensor, ast.Subscript) for tensor in tensors)


@of_text("evaluated-on-training-data")
def evaluated_on_training_data(program: Program) -> Clues:
    """Every evaluation gets just what `fit` got (DeepCrime; scikit-learn's Common pitfalls).

    Quiet where something is held out: other data are evaluated as well, or validate the training.
    """
    fits = [(file, call) for file, call in program.calls if last_name(call.func) == "fit"]
    trained = {given for _, call in fits for given in _given(call)}
    held_out = any(each.arg in _VALIDATION for _, call in fits for each in call.keywords)
    evaluated = [(file, call) for file, call in program.calls if last_name(call.func) == "evaluate"]
    evaluated = [(file, call) for file, call in evaluated if isinstance(call.func, ast.Attribute)]
    if held_out or not trained or any(not _given(call) <= trained for _, call in evaluated):
        return
    for file, call in evaluated:
        if _given(call):
            reason = "This evaluates on the training data."
            yield Clue(at=file.location(call), reason=reason)


_VALIDATION = frozenset({"validation_data", "validation_split"})


def _given(call: ast.Call) -> frozenset[str]:
    """The data that a call of `fit` or `evaluate` is given, as text."""
    named = [each.value for each in call.keywords if each.arg in {"x", "y"}]
    return frozenset(ast.unparse(each) for each in (*call.args, *named))
