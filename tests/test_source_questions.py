"""What the flow of values answers does not hang on the order in which it is asked."""

from __future__ import annotations

import ast
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from crashing import PROGRAMS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from debugdiff.source.place import Place
from debugdiff.source.program import Program
from debugdiff.source.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Sequence

FACTORY = """
from torch import nn

class Maker:
    def __init__(self, factory):
        self.factory = factory

    def build(self):
        return self.factory()

def make():
    return nn.Linear(3, 2)

maker = Maker(make)
layer = maker.build()
out = layer(x)
"""
"""The call in `build` is followed to the calls of `Maker`, and the last call to that in `build`."""
CIRCLE = """
from torch import nn

class Node:
    def __init__(self, child):
        self.child = child if child else nn.Linear(3, 2)

    def forward(self, x):
        return self.child.forward(x) if self.child else self.last()(x)

    def last(self):
        return self.child.last() if self.child else self.child

tree = Node(Node(Node(None)))
tree(x)
tree.last()(x)
"""
TEXTS = [FACTORY, CIRCLE, *(path.read_text() for path in PROGRAMS[::6])]


def questions_of(program: Program) -> list[tuple[str, Place]]:
    """Every question to the flow of values that a node may be asked."""
    found = []
    for file, node in program.nodes:
        place = Place(file, node)
        if isinstance(node, ast.Call):
            found.append(("callee", place))
        if isinstance(node, ast.Call | ast.Name | ast.Attribute):
            found.append(("origins", place))
        if isinstance(node, ast.FunctionDef):
            found.append(("sites", place))
    return found


def answers(text: str, order: Sequence[int]) -> dict[int, str]:
    """What is answered to each question, asked in an order of their numbers."""
    program = Program.of({"main.py": text}, "main.py")
    asked = questions_of(program)
    return {at: shown(program, *asked[at]) for at in order}


def shown(program: Program, question: str, place: Place) -> str:
    if question == "callee":
        callee = program.flow.callee(place)
        return f"{callee.kind} {callee.name} {callee.function} {callee.made}"
    if question == "origins":
        return str(sorted(f"{end.place} {end.path}" for end in program.flow.origins(place)))
    return str(sorted(map(str, program.flow.sites(place))))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_answers_are_the_same_in_any_order(text: str, data: st.DataObject) -> None:
    count = len(questions_of(Program.of({"main.py": text}, "main.py")))
    order = data.draw(st.permutations(range(count)))
    assert answers(text, order) == answers(text, range(count))


def test_a_call_that_is_asked_for_in_the_middle_of_another_one_is_followed() -> None:
    program = Program.of({"main.py": FACTORY}, "main.py")
    inner = next(call for call in program.flow.calls if call.text == "self.factory()")
    last = next(call for call in program.flow.calls if call.text == "layer(x)")
    assert program.flow.callee(inner).kind == "function"
    assert program.flow.callee(last).name == "torch.nn.Linear"


graphs = st.dictionaries(
    st.integers(0, 7), st.lists(st.integers(0, 7), max_size=3), min_size=8, max_size=8
)


@example(
    graph={0: [3], 1: [3, 7], 3: [0, 1], 7: [0]} | {other: [] for other in (2, 4, 5, 6)},
    order=[1, 0, 2, 3, 4, 5, 6, 7],
)  # A draft hung on a question that was a draft itself when it was looked at again.
@given(graph=graphs, order=st.permutations(range(8)))
def test_what_can_be_reached_is_found_round_every_circle(
    graph: dict[int, list[int]], order: list[int]
) -> None:
    questions = Questions()

    def reached(start: int) -> frozenset[int]:
        def work_out() -> frozenset[int]:
            parts = (reached(other) for other in graph[start])
            return frozenset({start}).union(*parts)

        return questions.answer(start, work_out, frozenset())

    def walked(start: int) -> frozenset[int]:
        seen, waiting = {start}, [start]
        while waiting:
            fresh = set(graph[waiting.pop()]) - seen
            seen |= fresh
            waiting += fresh
        return frozenset(seen)

    assert {start: reached(start) for start in order} == {start: walked(start) for start in order}


def test_a_question_that_fails_leaves_the_others_alone() -> None:
    questions = Questions()

    def fail() -> int:
        raise RecursionError

    with pytest.raises(RecursionError):
        questions.answer("one", lambda: questions.answer("two", fail, 0), 0)
    assert questions.answer("one", lambda: questions.answer("two", lambda: 2, 0), 0) == 2


def test_names_in_circles_come_to_an_end() -> None:
    text = dedent(
        """
        def one(x):
            return two(x)
        def two(x):
            return one(x)
        one(two)
        """
    )
    program = Program.of({"main.py": text}, "main.py")
    assert [program.flow.origins(call) for call in program.flow.calls]


@pytest.mark.parametrize(
    ("imported", "used"),
    [
        ("import lab.sizes", "lab.sizes.WIDTH"),
        ("import lab.sizes as sizes", "sizes.WIDTH"),
        ("from lab import sizes", "sizes.WIDTH"),
        ("from . import sizes", "sizes.WIDTH"),
        ("from .sizes import WIDTH as width", "width"),
    ],
)
def test_a_number_of_another_module_is_found_however_it_is_imported(
    imported: str, used: str
) -> None:
    files = {"lab/train.py": f"{imported}\nshown = {used}\n", "lab/sizes.py": "WIDTH = 8\n"}
    program = Program.of(files, "lab/train.py")
    file = program.files["lab/train.py"]
    value = next(node.value for node in file.tree.body if isinstance(node, ast.Assign))
    ends = program.flow.origins(Place(file, value))
    assert [(end.place.file.name, end.place.text) for end in ends] == [("lab/sizes.py", "8")]
