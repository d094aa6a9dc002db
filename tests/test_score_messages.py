"""D6-D8 on messages that PyTorch 2.13 and Keras 3.15 on TensorFlow 2.21 really printed."""

from __future__ import annotations

import importlib.util
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from score_builders import attempt, by_metric, crashed, failure, frame

from debugdiff.model import ChainedException, Failure
from debugdiff.score import judge
from debugdiff.score.literals import is_true_shape, read_literals
from debugdiff.score.phrases import argument_parts, contents
from debugdiff.score.prose import plain_message, sentences

GRAPH_ERROR = """Graph execution error:

Detected at node one_1/embedding_1_1/GatherV2 defined at (most recent call last):
  File "/home/someone/texts/keras.py", line 28, in <module>

  File "/site-packages/keras/src/utils/traceback_utils.py", line 117, in error_handler

  File "/home/someone/texts/keras.py", line 27, in call
    return self.head(self.pool(self.emb(x)))  # please use (3, 4)

indices[0,0] = 100 is not in [0, 100)
\t [[{{node one_1/embedding_1_1/GatherV2}}]] [Op:__inference_multi_step_on_iterator_1048]"""

WRAPPED_ERROR = """Exception encountered when calling Sequential.call().

\x1b[1mInput 0 with name 'None' of layer 'dense_9' is incompatible with the layer: \
expected axis -1 of input shape to have value 4, but received input with shape (8, 5)\x1b[0m

Arguments received by Sequential.call():
  • inputs=tf.Tensor(shape=(8, 5), dtype=float32)
  • training=None
  • mask=None"""

# name: type, message, parts of an argument, contents, shapes, sizes
MESSAGES = {
    "torch: matrix product": (
        "RuntimeError",
        "mat1 and mat2 shapes cannot be multiplied (8x32 and 64x2)",
        "claim grounds",
        "component conflict shape",
        [(8, 32), (64, 2)],
        [],
    ),
    "torch: embedding out of range": (
        "IndexError",
        "index out of range in self",
        "claim",
        "type",
        [],
        [],
    ),
    "torch: float token ids": (
        "RuntimeError",
        (
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            "Long, Int; but got torch.FloatTensor instead (while checking arguments for embedding)"
        ),
        "claim grounds warrant",
        "component conflict dtype api",
        [],
        [],
    ),
    "torch: label out of range": (
        "IndexError",
        "Target 2 is out of bounds.",
        "claim grounds",
        "type",
        [],
        [],
    ),
    "torch: sequence not reduced": (
        "RuntimeError",
        "Expected target size [8, 2], got [8]",
        "claim grounds warrant",
        "component conflict shape",
        [(8, 2), (8,)],
        [],
    ),
    "torch: concatenation": (
        "RuntimeError",
        (
            "Sizes of tensors must match except in dimension 1. Expected size 8 but got size 7 for "
            "tensor number 1 in the list."
        ),
        "claim grounds warrant",
        "conflict axis",
        [],
        [8, 7],
    ),
    "torch: returns nothing": (
        "TypeError",
        "relu(): argument 'input' (position 1) must be Tensor, not NoneType",
        "claim grounds warrant",
        "component conflict api type",
        [],
        [],
    ),
    "torch: backward twice": (
        "RuntimeError",
        (
            "Trying to backward through the graph a second time (or directly access saved tensors "
            "after they have already been freed). Saved intermediate values of the graph are freed "
            "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
            "to backward through the graph a second time or if you need to access saved tensors "
            "after calling backward."
        ),
        "claim backing resolution",
        "api action",
        [],
        [],
    ),
    "torch: binary loss": (
        "ValueError",
        "Target size (torch.Size([8])) must be the same as input size (torch.Size([8, 1]))",
        "claim grounds warrant",
        "component conflict shape api",
        [(8,), (8, 1)],
        [],
    ),
    "torch: softmax over an axis too many": (
        "IndexError",
        "Dimension out of range (expected to be in range of [-2, 1], but got 2)",
        "claim grounds warrant",
        "conflict axis bound type",
        [],
        [],
    ),
    "keras: sequence not reduced": (
        "ValueError",
        (
            "Argument `output` must have rank (ndim) `target.ndim - 1`. Received: "
            "target.shape=(8,), output.shape=(8, 5, 2)"
        ),
        "claim grounds",
        "component shape",
        [(8,), (8, 5, 2)],
        [],
    ),
    "keras: dense": (
        "ValueError",
        (
            "Input 0 with name 'None' of layer 'dense_1' is incompatible with the layer: expected "
            "axis -1 of input shape to have value 4, but received input with shape (8, 5)"
        ),
        "claim grounds warrant",
        "component conflict shape axis",
        [(8, 5)],
        [4],
    ),
    "keras: matrix product": (
        "tensorflow.python.framework.errors_impl.InvalidArgumentError",
        (
            "{{function_node __wrapped____MklMatMul_device_/job:localhost/device:CPU:0}} Matrix "
            "size-incompatible: In[0]: [8,4], In[1]: [5,4] [Op:MatMul] name: "
        ),
        "claim grounds",
        "conflict shape api",
        [(8, 4), (5, 4)],
        [],
    ),
    "keras: concatenation": (
        "ValueError",
        (
            "A `Concatenate` layer requires inputs with matching shapes except for the "
            "concatenation axis. Received: input_shape=[(None, 4, 8), (None, 4, 9)]"
        ),
        "claim grounds warrant",
        "component conflict shape api",
        [(None, 4, 8), (None, 4, 9)],
        [],
    ),
    "keras: embedding out of range": (
        "tensorflow.python.framework.errors_impl.InvalidArgumentError",
        GRAPH_ERROR,
        "claim grounds warrant",
        "component conflict bound",
        [],
        [],
    ),
    "keras: wrong input of a model": (
        "ValueError",
        WRAPPED_ERROR,
        "claim grounds warrant",
        "component conflict shape dtype axis api",
        [(8, 5)],
        [4],
    ),
    "keras: wrong keyword": (
        "ValueError",
        "Unrecognized keyword arguments passed to Dense: {'unit': 3}",
        "claim grounds",
        "component api",
        [],
        [],
    ),
    "keras: returns nothing": (
        "ValueError",
        "None values not supported.",
        "claim",
        "",
        [],
        [],
    ),
}


def present(found: dict[str, bool]) -> str:
    return " ".join(name for name, yes in found.items() if yes)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_real_message_has_these_parts_contents_and_literals(name: str) -> None:
    kind, message, parts, content, shapes, sizes = MESSAGES[name]
    failed = failure(message=message, kind=kind)
    text = plain_message(failed)
    assert present(dict(argument_parts(text))) == parts
    assert present(dict(contents(failed))) == content
    literals = read_literals(text)
    assert (list(literals.shapes), list(literals.sizes)) == (shapes, sizes)


def test_the_words_that_made_it_so_are_quoted() -> None:
    message = MESSAGES["torch: float token ids"][1]
    scores = by_metric(judge(attempt(crashed(failure((frame(18),), message=message)))).scores)
    assert scores["D6.grounds"].explanation == (
        'Yes, it states a fact of this run: "Long, Int; but got torch.FloatTensor instead ...".'
    )
    assert "argument #1 'indices'" in scores["D8.component"].explanation
    assert scores["D8.axis"].explanation == "No, nothing in it names an axis."


def test_a_method_of_the_users_own_class_is_no_public_api() -> None:
    message = "Exception encountered when calling Net.call().\n\nNone values not supported."
    failed = failure((frame(18),), message=message, kind="ValueError")
    assert contents(failed)["api"]
    score = by_metric(judge(attempt(crashed(failed))).scores)
    assert (score["D8.api"].value, score["D8.component"].value) == (0, 1)


@pytest.mark.parametrize(
    "message",
    [
        "Expected input batch_size (80) to match target batch_size (32).",
        "Expected floating point type for target with class probabilities, got Long",
        "Expected target size [8, 2], got [8]",
        "logits and labels must have the same shape, got (32, 7, 1) and (32, 1).",
        "mat1 and mat2 shapes cannot be multiplied (8x32 and 64x2)",
    ],
)
def test_arguments_that_are_named_without_a_mark_are_components(message: str) -> None:
    """PyTorch names `input` and `target` so; with marks alone only Keras' style counted."""
    assert contents(failure(message=message))["component"]


@pytest.mark.parametrize("kind", ["KerasTensor", "SymbolicTensor", "Tensor"])
def test_the_class_of_a_tensor_is_neither_a_component_nor_a_dtype(kind: str) -> None:
    found = contents(failure(message=f"'{kind}' object has no attribute 'numpy'"))
    assert (found["component"], found["dtype"]) == ("", "")


def test_the_class_of_a_layer_is_a_component_and_float_tensor_a_dtype() -> None:
    assert contents(failure(message="'Sentiment' object has no attribute 'haed'"))["component"]
    assert contents(failure(message="but got torch.FloatTensor instead"))["dtype"]


FALSE_ADVICE = (
    "Argument `output` must have rank (ndim) `target.ndim - 1`. Received: target.shape=(None, 2), "
    "output.shape=(None, 2)"
)


def test_advice_that_the_frameworks_own_source_contradicts_is_none() -> None:
    assert not argument_parts(FALSE_ADVICE)["warrant"]
    found = contents(failure(message=FALSE_ADVICE, kind="ValueError"))
    assert {name for name, quote in found.items() if quote} == {"component", "shape"}
    right = FALSE_ADVICE.replace("- 1", "+ 1")
    assert argument_parts(right)["warrant"]
    assert contents(failure(message=right))["component"]


def test_keras_still_gives_that_advice_and_checks_for_the_opposite() -> None:
    """If this fails Keras has changed the message or the check: look at `_CONTRADICTED` again."""
    keras = importlib.util.find_spec("keras")
    assert keras is not None
    assert keras.origin is not None
    source = (Path(keras.origin).parent / "src/backend/tensorflow/nn.py").read_text()
    assert "must have rank (ndim) `target.ndim - 1`. " in source
    assert "if len(target.shape) != len(output.shape[:-1]):" in source


def test_a_shape_after_the_word_size_is_no_size() -> None:
    found = read_literals("Expected hidden size (1, 64, 32), got [1, 32, 32]")
    assert (found.shapes, found.sizes) == (((1, 32, 32), (1, 64, 32)), ())


def test_calling_on_nothing_names_no_component() -> None:
    lost = failure(message="'NoneType' object has no attribute 'transpose'", kind="AttributeError")
    assert not contents(lost)["component"]
    misspelt = failure(message="'Net' object has no attribute 'haed'", kind="AttributeError")
    assert contents(misspelt)["component"]


def test_lead_ins_of_autograph_are_no_backing() -> None:
    message = "in user code:\n\n    ValueError: Exception encountered when calling Net.call().\n"
    assert not argument_parts(plain_message(failure(message=message)))["backing"]


def test_advice_is_a_resolution_and_a_word_within_a_report_is_none() -> None:
    assert argument_parts("No such name. Did you mean 'head'?")["resolution"]
    assert argument_parts("Wrong sign; use `abs` instead.")["resolution"]
    assert not argument_parts("got torch.FloatTensor instead")["resolution"]
    assert not argument_parts("Exception in Net.call() of the model")["resolution"]


def test_a_link_or_an_explaining_sentence_is_backing() -> None:
    assert argument_parts("Out of memory. See https://pytorch.org/docs for more")["backing"]
    assert argument_parts("It failed here. The graph was freed by then.")["backing"]
    assert not argument_parts("It failed here. Received: x of shape (3, 4)")["backing"]


def test_frames_and_code_inside_a_message_are_no_prose() -> None:
    text = plain_message(failure(message=GRAPH_ERROR))
    assert "File" not in text
    assert "please" not in text
    assert sentences(text) == ["indices[0,0] = 100 is not in [0, 100)"]


def test_every_exception_of_the_chain_and_its_notes_speak() -> None:
    chain = (
        ChainedException(type="KeyError", message="'head'", link="cause", notes=("In the model.",)),
        ChainedException(type="ValueError", message="Cannot build."),
    )
    assert plain_message(failure(chain=chain)) == "'head'\nIn the model.\nCannot build."


@pytest.mark.parametrize(
    ("message", "shapes"),
    [
        ("indices[0,0] of array([[0, 1], [2, 3]]), found", ()),
        ("shape (None, 5) or [?,5]", ((None, 5),)),
        ("call f(3, 4) and In[0]: [8,4]", ((8, 4),)),
        ("size (2) and (2,)", ((2,),)),
        ("in the valid range of [0, 2]", ()),
    ],
)
def test_only_shapes_are_read_as_shapes(message: str, shapes: tuple[object, ...]) -> None:
    assert read_literals(message).shapes == shapes


def true_share(message: str, shapes: object, sizes: object = ()) -> tuple[float | None, str]:
    failed = failure((frame(18),), message=message, shapes=shapes, sizes=sizes)
    score = by_metric(judge(attempt(crashed(failed))).scores)["D7"]
    return score.value, score.explanation


def test_literals_are_true_if_a_tensor_of_the_run_had_them() -> None:
    message = "mat1 and mat2 shapes cannot be multiplied (8x32 and 64x2)"
    assert true_share(message, ((8, 32), (64, 2)))[0] == 1
    value, why = true_share(message, ((8, 32), (2, 65)))
    assert value == 0.5
    assert "were in this run: (8, 32). Not there: (64, 2)." in why


def test_a_matrix_is_there_also_as_its_transpose() -> None:
    assert true_share("cannot be multiplied (8x32 and 64x2)", ((8, 32), (2, 64)))[0] == 1
    assert not is_true_shape((2, 3, 4), [(4, 3, 2)])


def test_what_is_only_expected_is_no_claim() -> None:
    value, why = true_share("Expected target size [8, 2], got [8]", ((8,),))
    assert value == 1
    assert "Expected, and no claim: (8, 2)." in why
    message = (
        "expected axis -1 of input shape to have value 9, but received input with shape (8, 5)"
    )
    assert true_share(message, ((8, 5),))[0] == 1
    assert true_share("The size should be 7.", ((8,),))[0] is None
    assert true_share("Expected sizes to be: [8, 64] but got: [8, 30].", ((8, 30),))[0] == 1


def test_an_open_dimension_fits_any_size() -> None:
    assert is_true_shape((None, 5), [(83, 5)])
    assert not is_true_shape((None, 5), [(83, 5, 1)])


def test_a_size_is_true_if_some_shape_has_it() -> None:
    assert true_share("Expected size 8 but got size 7", ((8, 3),), (1,))[0] == 0.5


def test_without_literals_or_records_d7_is_not_judged() -> None:
    assert true_share("index out of range in self", ((8,),))[0] is None
    assert true_share("Expected target size [8, 2], got [8]", ())[0] is None


@given(st.text(max_size=200))
def test_any_text_can_be_judged(message: str) -> None:
    failed = failure(message=message)
    assert len(contents(failed)) == 9
    assert len(argument_parts(plain_message(failed))) == 5
    assert len(read_literals(message)) >= 0


def failure_of(error: Exception) -> Failure:
    name = type(error).__name__
    text = "".join(traceback.format_exception(error))
    return failure(message=str(error), kind=name, text=text)


def test_live_pytorch_still_prints_what_the_patterns_expect() -> None:
    import torch

    with pytest.raises(RuntimeError) as caught:
        torch.nn.Linear(64, 2)(torch.zeros(8, 32))
    assert present(dict(contents(failure_of(caught.value)))) == "component conflict shape"


def test_live_keras_still_prints_what_the_patterns_expect() -> None:
    import keras
    import numpy as np

    head = keras.layers.Dense(2, name="head")
    head(np.zeros((8, 4), "float32"))
    with pytest.raises(ValueError, match="head") as caught:
        head(np.zeros((8, 5), "float32"))
    assert present(dict(contents(failure_of(caught.value)))) == "component conflict shape axis"
