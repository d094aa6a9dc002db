"""What runs what: frameworks and the stacks of them, the styles of a program."""

from __future__ import annotations

from enum import StrEnum


class Framework(StrEnum):
    """What a program is written against."""

    PYTORCH = "pytorch"
    KERAS = "keras"


class Style(StrEnum):
    """The API style of an implementation; `script` is a program without a `case.toml`."""

    MODULE = "module"
    SEQUENTIAL = "sequential"
    FUNCTIONAL = "functional"
    SUBCLASS = "subclass"
    SCRIPT = "script"


class Training(StrEnum):
    """Who owns the training loop; `unknown` for a program without a `case.toml`."""

    FIT = "fit"
    TRAIN_STEP = "train_step"
    LOOP = "loop"
    UNKNOWN = "unknown"


class Stack(StrEnum):
    """What runs an implementation: framework and back end."""

    PYTORCH = "pytorch"
    KERAS_TENSORFLOW = "keras-tensorflow"
    KERAS_TORCH = "keras-torch"
    KERAS_JAX = "keras-jax"

    @property
    def framework(self) -> Framework:
        """The framework whose programs this stack runs."""
        return Framework.PYTORCH if self is Stack.PYTORCH else Framework.KERAS

    @property
    def backend(self) -> str:
        """What Keras runs on, by the name that it has there; empty for PyTorch itself."""
        return self.value.partition("-")[2]

    @classmethod
    def of_backend(cls, name: str) -> Stack | None:
        """The stack of Keras on a back end; `None` for one that is not known."""
        return next((stack for stack in cls if stack.backend and stack.backend == name), None)


class Mode(StrEnum):
    """How a stack runs a program: as it comes, with a debugging aid, or with a speed-up."""

    DEFAULT = "default"
    EAGER = "eager"
    UNFILTERED = "unfiltered"
    ANOMALY = "anomaly"
    CHECK_NUMERICS = "check-numerics"
    COMPILED = "compiled"


class Size(StrEnum):
    """How much data a program takes."""

    TINY = "tiny"
    SMALL = "small"
    FULL = "full"
