"""The page `docs/recipes.md`: every recipe, what it costs and where it is documented."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from debugdiff.model import Mode
from debugdiff.recipes import Shows, SiteKind, collections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.recipes import Edit, Recipe

_HEAD = """\
# Recipes: how to see a value or a gradient

The shortest documented way to see what a running program holds, by framework, API style and
training. O2, O3 and O4 in the [metrics](metrics.md#interim-access-o1-o4) are counted from these.
The tests of debugdiff run each of them on a small model: it must print the same numbers that the
layer probes read. The small programs are in `debugdiff/recipes/*.toml`, and this page is generated
from them.

* **Lines** are logical lines, as in R1: layout makes no difference. A changed line counts as an
  added one, and so does an import that the program does not have yet.
* **Kinds of sites**: `layer`, the output of a layer that the model calls itself; `own-class`, one
  inside a class of the program's own; `container`, one inside a `Sequential` that the model holds;
  `nested-model`, one inside a functional model that the model holds; `intermediate`, a value that
  is not a layer's output (attention scores); `logits`; `loss`, of each single step; `parameter`,
  the gradient of a weight. A layer inside a layer of the library (the projections in Keras'
  `MultiHeadAttention`, `out_proj` in PyTorch's) has no recipe.
* A value is printed by its name. If it has none yet, giving it one costs a line more, in every
  framework.
* Under `fit` the loss that a callback gets is a running mean. `reset_metrics()`, public but
  documented nowhere today, makes it the loss of the step, and the epoch's mean is lost.
* Calling the layers of a `Sequential` one by one makes Keras warn that the `Sequential` itself is
  not built.
* `one batch` is shown outside of training. All others show every step.
"""


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([_HEAD, *_overview(), "", *_sections(), ""])


def _overview() -> Iterator[str]:
    """Fewest lines by program and kind, value / gradient, in the default mode."""
    kinds = [kind for kind in SiteKind if kind is not SiteKind.LIBRARY]
    yield "## Fewest lines\n\nValue / gradient, on the default back end."
    yield f"\n| program | {' | '.join(kinds)} |"
    yield f"|---|{'---|' * len(kinds)}"
    for name, collection in collections().items():
        cells = [
            " / ".join(_fewest(collection.recipes, collection.source, kind, each) for each in Shows)
            for kind in kinds
        ]
        yield f"| {name.replace('_', ' ', 2)} | {' | '.join(map(_cell, cells))} |"


def _fewest(recipes: Sequence[Recipe], source: str, kind: SiteKind, shows: Shows) -> str:
    costs = [
        each.cost(source, Mode.DEFAULT)
        for each in recipes
        if (each.kind, each.shows) == (kind, shows) and not _torch_only(each)
    ]
    return str(min(costs)) if costs else "-"


def _torch_only(recipe: Recipe) -> bool:
    return bool(recipe.stacks) and all("torch" in stack for stack in recipe.stacks)


def _cell(text: str) -> str:
    return "" if text == "- / -" else text


def _sections() -> Iterator[str]:
    found = [each for collection in collections().values() for each in collection.recipes]
    order = list(SiteKind)
    found.sort(key=lambda each: (each.program.partition("_")[0] == "keras", order.index(each.kind)))
    for framework, recipes in groupby(found, key=lambda each: each.program.partition("_")[0]):
        yield f"## {'Keras' if framework == 'keras' else 'PyTorch'}\n"
        for kind, alike in groupby(recipes, key=lambda each: each.kind):
            yield f"### `{kind}`\n"
            yield from _distinct(list(alike))


def _distinct(recipes: Sequence[Recipe]) -> Iterator[str]:
    """Each text once, with the programs that it is for."""
    texts: dict[str, list[Recipe]] = {}
    for recipe in sorted(recipes, key=lambda each: each.shows is Shows.GRADIENT):
        texts.setdefault(_markdown(recipe), []).append(recipe)
    for text, alike in texts.items():
        programs = (each.program.partition("_")[2].replace("_", " ", 1) for each in alike)
        yield text.replace(_PROGRAMS, ", ".join(programs))


_PROGRAMS = "<programs>"


def _markdown(recipe: Recipe) -> str:
    stacks = f", on {' and '.join(recipe.stacks)}" if recipe.stacks else ""
    edits = [_commented(edit) for edit in recipe.edits]
    return (
        f"**{recipe.shows.capitalize()}** by {recipe.title}{stacks} ({_PROGRAMS}):\n"
        f"[{recipe.page.title}]({recipe.page.url})\n\n"
        "```python\n" + "\n".join([*recipe.imports, *edits]) + "\n```\n"
    )


def _commented(edit: Edit) -> str:
    where = "after" if edit.after else "before" if edit.before else "in place of"
    return f"# {where}: {edit.anchor}\n{edit.lines.strip(chr(10))}"
