"""An exception that ended a program: its frames, its chain, and what the program held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Owner(StrEnum):
    """Whose code a stack frame runs."""

    USER = "user"
    FRAMEWORK = "framework"
    STDLIB = "stdlib"
    LIBRARY = "library"
    TOOL = "tool"


class FrameOrigin(StrEnum):
    """Where a frame was printed: in the traceback itself, or inside the exception's message."""

    TRACE = "trace"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One stack frame, as printed. Frames are kept in printed order.

    Attributes:
        file: as printed; paths of the working folder are mapped back to the case folder.
        code: the source line, stripped; empty where none was printed.
        exception: which exception of the chain it belongs to: 0 is the one that was printed last.
        origin: `message` for the frames that TensorFlow prints inside an exception's message.
    """

    file: str
    line: int
    function: str
    code: str
    owner: Owner
    origin: FrameOrigin = FrameOrigin.TRACE
    exception: int = 0
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedException:
    """One exception of a chain. `link` says how it is tied to the next printed one.

    `link` is `""` for the exception that escaped, else `cause`, `context` or `group`.
    """

    type: str
    message: str
    link: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception that ended the program, as a user would have had to work with it.

    Attributes:
        type: qualified (`torch.OutOfMemoryError`), builtins without a module (`ValueError`).
        bases: names of its base classes, most derived first, without `object`.
        message: `str()` of the exception, as printed.
        text: exactly what Python would have printed on stderr.
        frames: all printed frames in printed order (causes and contexts first, innermost last).
        chain: the exceptions in printed order; the last one escaped.
        hidden_frames: frames that a traceback filter took out of the trace (0 where there is none).
        shapes, sizes: what tensors, parameters and arguments of this run really had, for D7; -1
            is a dimension that was open (symbolic) when the program failed.
    """

    type: str
    bases: tuple[str, ...]
    message: str
    text: str
    frames: tuple[Frame, ...]
    chain: tuple[ChainedException, ...]
    hidden_frames: int = 0
    shapes: tuple[tuple[int, ...], ...] = ()
    sizes: tuple[int, ...] = ()

    @property
    def own_frames(self) -> tuple[Frame, ...]:
        """The user's, in printed order."""
        return tuple(frame for frame in self.frames if frame.owner is Owner.USER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """A value that a failing program held, read without calling anything of the program's.

    Attributes:
        text: the expression that named it, as the program writes it: `self.head.weight`.
        type: the name of its class.
        shape: of a tensor or array; -1 is a dimension that was open (symbolic). Else `None`.
        dtype: of a tensor or array, without its package: `float32`.
        value: of a small number, text or tuple, as Python writes it; else empty.
        failing: whether it stands in the failing expression, not only among the frame's variables.
    """

    text: str
    type: str
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    value: str = ""
    failing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFrame:
    """What one of the user's own frames held when the program failed; outermost frame first.

    Attributes:
        expression: the failing expression, as the user wrote it.
    """

    file: str
    line: int
    function: str
    expression: str
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingLayer:
    """The innermost layer that was at work when the program failed.

    Attributes:
        path: from the model down: `encoder.layers.0`; empty for the model itself.
        type: the name of its class.
        name: what the framework calls it (`dense_1`); PyTorch gives no names.
        settings: its own whole numbers (`in_features`, `units`).
        parameters: of each of its own parameters, name and shape.
        inputs: the tensors that it was called with.
        own: whether its class is the user's.
    """

    path: str
    type: str
    name: str = ""
    settings: Mapping[str, int] = field(default_factory=dict)
    parameters: tuple[Operand, ...] = ()
    inputs: tuple[Operand, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMortem:
    """What a failed program held: per frame of the user's, and of the layer at work."""

    frames: tuple[OpenedFrame, ...] = ()
    layer: FailingLayer | None = None
