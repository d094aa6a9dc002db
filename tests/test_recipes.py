"""Every recipe shows what it says: the numbers that it prints are those that the probes read."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from extent import IS_WHOLE
from probing import run_well

from debugdiff.execute.pool import Pool
from debugdiff.model import (
    Budget,
    Instrument,
    Mode,
    Stack,
    ValueKind,
    ValueStatistics,
)
from debugdiff.recipes import (
    Collection,
    Recipe,
    Shows,
    SiteKind,
    collections,
    framework_of,
)
from debugdiff.report.recipes import page

STACKS = (Stack.PYTORCH, Stack.KERAS_TENSORFLOW, Stack.KERAS_TORCH)
LEFT_TO_ALL = {
    ("keras_subclass_fit", Stack.KERAS_TENSORFLOW),
    ("keras_subclass_loop", Stack.KERAS_TENSORFLOW),
    ("keras_functional_fit", Stack.KERAS_TENSORFLOW),
    ("keras_sequential_fit", Stack.KERAS_TORCH),
}
"""Every style, loop and back end is in another collection or stack, too."""
CASES = [
    pytest.param(
        number, name, stack, id=f"{name}-{stack}-{recipe.kind}-{recipe.shows}-{recipe.way}-{number}"
    )
    for name, collection in collections().items()
    for stack in STACKS
    if stack.framework is framework_of(collection)
    and (IS_WHOLE or (name, stack) not in LEFT_TO_ALL)
    for number, recipe in enumerate(collection.recipes)
    if recipe.runs_on(stack)
]
MARK = "=== recipe"
DRIVER = f"""
import logging
import runpy
import sys
import warnings

import numpy

# Keras warns of a `Sequential` whose layers are called one by one: itself it is not built.
warnings.simplefilter("ignore")

# Many small models in one process make TensorFlow warn of retracing, as none of them would alone.
logging.getLogger("tensorflow").setLevel("ERROR")

numpy.set_printoptions(precision=8)
if "torch" in sys.modules:
    sys.modules["torch"].set_printoptions(precision=8)
for number in {{numbers}}:
    for stream in (sys.stdout, sys.stderr):
        print("{MARK}", number, file=stream, flush=True)
    runpy.run_path(f"recipe_{{{{number}}}}.py", run_name="__main__")
"""
DECORATION = re.compile(r"grad_fn=<[^>]*>|(?:shape|size)=\([^)]*\)|dtype=\w+|device='[^']*'")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?(?![\w.])")


@dataclass
class Runs:
    """The trials of each collection and stack, once: one watched, one with every recipe."""

    pool: Pool
    values: dict[tuple[str, Stack], tuple[ValueStatistics, ...]] = field(default_factory=dict)
    printed: dict[tuple[str, Stack], dict[int, list[str]]] = field(default_factory=dict)

    def read(self, name: str, stack: Stack) -> tuple[ValueStatistics, ...]:
        """What the layer probes read of a collection's program."""
        if (name, stack) not in self.values:
            source = with_intermediates_as_layers(collections()[name].source)
            record = run_well(self.pool, source, stack=stack, contract=False)
            self.values[name, stack] = record.values
        return self.values[name, stack]

    def shown(self, name: str, stack: Stack) -> dict[int, list[str]]:
        """What each recipe of a collection prints, on stdout and on stderr."""
        if (name, stack) not in self.printed:
            self.printed[name, stack] = self._run(collections()[name], stack)
        return self.printed[name, stack]

    def _run(self, collection: Collection, stack: Stack) -> dict[int, list[str]]:
        own = {n: each for n, each in enumerate(collection.recipes) if each.runs_on(stack)}
        files = {f"recipe_{n}.py": each.rendered(collection.source) for n, each in own.items()}
        record = run_well(
            self.pool,
            "",
            stack=stack,
            contract=False,
            instrument=Instrument.NONE,
            files={"program.py": DRIVER.format(numbers=list(own)), **files},
            budget=Budget(seconds=300, output=1_000_000),
        )
        streams = [by_recipe(record.stdout), by_recipe(record.stderr)]
        return {n: [each[n] for each in streams] for n in own}


def with_intermediates_as_layers(source: str) -> str:
    """Attention scores through an identity layer, so that the layer probes read them too."""
    for before, after in (
        ("self.query = nn.Linear(3, 3)", "self.scores = nn.Identity()"),
        (
            'self.query = layers.Dense(3, name="query")',
            'self.scores = layers.Identity(name="scores")',
        ),
    ):
        source = source.replace(before, f"{before}; {after}")
    return re.sub(
        r"scores = (queries @ .*|ops\.matmul\(queries.*)", r"scores = self.scores(\1)", source
    )


def by_recipe(text: str) -> dict[int, str]:
    parts = [part.partition("\n") for part in text.split(MARK)[1:]]
    return {int(number): printed for number, _, printed in parts}


def tensors_in(printed: list[str], size: int) -> list[list[float]]:
    """The printed tensors of a size; `tf.print` says no `tensor(`, and one follows the other."""
    found = []
    for part in [part for text in printed for part in re.split(r"(?i)tensor\(", text)]:
        numbers = [float(each) for each in NUMBER.findall(DECORATION.sub("", part))]
        if len(numbers) % size == 0:
            found += [numbers[start : start + size] for start in range(0, len(numbers), size)]
    return found


@pytest.fixture(scope="module")
def runs(pool: Pool) -> Runs:
    return Runs(pool)


KINDS = {Shows.VALUE: ValueKind.FORWARD, Shows.GRADIENT: ValueKind.GRADIENT}


def expected(recipe: Recipe, read: tuple[ValueStatistics, ...]) -> list[ValueStatistics]:
    kind = KINDS[recipe.shows]
    if recipe.kind is SiteKind.LOSS:
        kind = ValueKind.LOSS
    elif recipe.kind is SiteKind.PARAMETER:
        kind = ValueKind.PARAMETER_GRADIENT
    found = [each for each in read if each.kind is kind and each.site == recipe.site]
    return found[:1] if recipe.once else found


def is_summary(numbers: list[float], read: ValueStatistics) -> bool:
    """Whether printed numbers, to the digits that are printed, are those that a probe read."""
    found = (min(numbers), max(numbers), sum(numbers) / len(numbers))
    wanted = (read.minimum, read.maximum, read.mean)
    scale = max(abs(read.minimum or 0), abs(read.maximum or 0))
    return scale > 0 and found == pytest.approx(wanted, rel=1e-4, abs=1e-5 * scale)


@pytest.mark.parametrize(("number", "name", "stack"), CASES)
def test_a_recipe_prints_the_numbers_that_the_probes_read(
    number: int, name: str, stack: Stack, runs: Runs
) -> None:
    recipe = collections()[name].recipes[number]
    wanted = expected(recipe, runs.read(name, stack))
    assert len(wanted) == (1 if recipe.once else 2)
    printed = runs.shown(name, stack)[number]
    tensors = tensors_in(printed, wanted[0].count)
    # A walk through a container shows every layer of it, and Keras on PyTorch calls a model once
    # more to build it; nothing else shows more than the site.
    if recipe.kind is not SiteKind.CONTAINER and stack is not Stack.KERAS_TORCH:
        assert len(tensors) == len(wanted), printed
    rest = iter(tensors)
    for each in wanted:
        assert any(is_summary(tensor, each) for tensor in rest), printed


def test_every_recipe_adds_what_it_says_and_leaves_a_program() -> None:
    for name, collection in collections().items():
        for recipe in collection.recipes:
            text = recipe.rendered(collection.source)
            compile(text, name, "exec")
            added = sum(map(bool, ast.unparse(ast.parse(text)).splitlines()))
            before = sum(map(bool, ast.unparse(ast.parse(collection.source)).splitlines()))
            replaced = sum(bool(each.replace) for each in recipe.edits)
            assert recipe.cost(collection.source, Mode.DEFAULT) == added - before + replaced


def test_every_recipe_comes_from_official_documentation() -> None:
    official = ("https://docs.pytorch.org/", "https://keras.io/", "https://www.tensorflow.org/")
    for collection in collections().values():
        for recipe in collection.recipes:
            assert recipe.page.url.startswith(official)


def test_a_kind_of_site_that_has_a_value_has_a_gradient_too() -> None:
    for collection in collections().values():
        of = {
            shows: {each.kind for each in collection.recipes if each.shows is shows}
            for shows in Shows
        }
        assert of[Shows.VALUE] - {SiteKind.LOSS} == of[Shows.GRADIENT] - {SiteKind.PARAMETER}


def test_the_page_of_the_recipes_says_what_the_recipes_are() -> None:
    file = Path(__file__).parent.parent / "docs" / "recipes.md"
    # It is written by: python -c 'from debugdiff.report.recipes import *; print(page(), end=str())'
    assert file.read_text(encoding="utf-8") == page()
