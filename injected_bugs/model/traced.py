"""What Python does in a traced step, it does once: counters and NumPy's random numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.model import Implementation

_WEIGHT = re.compile(r"self\.(?P<name>\w+) = self\.add_weight\(shape=\(\)[^()\n]*\)")
_ITERATIONS = re.compile(
    r"(?P<indent>[ ]+)(?P<name>\w+) = ops\.cast\(self\.optimizer\.iterations \+ 1, \"float32\"\)\n"
)
_CONSTRUCTED = re.compile(r"(?P<indent>[ ]+)super\(\).__init__\(\)\n")
_NOISE = re.compile(r"keras\.random\.normal\(ops\.shape\((?P<like>\w+)\)(?:, seed=[\w.]+)?\)")


class PythonCounter:
    """A variable that counts steps becomes a number of Python."""

    missing = "no step of this program is counted in a variable of Keras"

    def apply(self, source: str, implementation: Implementation) -> str | None:  # noqa: ARG002 - the protocol's
        return _own_counter(source) or _optimizer_counter(source)


def _own_counter(source: str) -> str | None:
    """`self.step = self.add_weight(...)` and `self.step.assign_add(1)`."""
    made = _WEIGHT.search(source)
    counting = f"self.{made['name']}.assign_add(1)" if made else ""
    if made is None or counting not in source:
        return None
    name = f"self.{made['name']}"
    return source.replace(made[0], f"{name} = 0").replace(counting, f"{name} += 1")


def _optimizer_counter(source: str) -> str | None:
    """`self.optimizer.iterations`, in a model that has a constructor before it."""
    read = _ITERATIONS.search(source)
    made = [*_CONSTRUCTED.finditer(source, 0, read.start())] if read else []
    if read is None or not made:
        return None
    start, indent = made[-1], read["indent"]
    counted = f"{indent}self.steps += 1\n{indent}{read['name']} = self.steps\n"
    return (
        source[: start.end()]
        + f"{start['indent']}self.steps = 0\n"
        + source[start.end() : read.start()]
        + counted
        + source[read.end() :]
    )


class NumPyNoise:
    """Noise that Keras draws becomes noise that NumPy draws."""

    missing = "no layer of this program draws random numbers"

    def apply(self, source: str, implementation: Implementation) -> str | None:  # noqa: ARG002 - the protocol's
        drawn = _NOISE.search(source)
        if drawn is None:
            return None
        noise = f'np.random.normal(size={drawn["like"]}.shape[-1]).astype("float32")'
        changed = source.replace(drawn[0], noise)
        if "import numpy as np" in changed:
            return changed
        return changed.replace("import keras\n", "import keras\nimport numpy as np\n", 1)
