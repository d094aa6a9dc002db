"""A crash as the rules see it: the program's text, what was printed, and what was found inside."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from debugdiff.dryrun import HeldValue, dry_run
from debugdiff.model import Location, Owner
from debugdiff.source.layers import Layer, failing_layers, layers_of, named_in
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import Loss, loss_at, losses_of
from debugdiff.source.slices import Reached, backward
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.complaint import Complaint, Kind, read_complaint
from debugdiff.suspects.repairs import fits_of
from debugdiff.suspects.weights import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.dryrun import Held, Outcome
    from debugdiff.model import Failure, Frame, OpenedFrame, Operand, PostMortem
    from debugdiff.source.program import File, Program
    from debugdiff.suspects.repairs import Fit

_PRINTED_STACK = re.compile(r'^\s*File "[^"\n]+", line \d+, in .*\n?(?:\s{2,}.*\n?)?', re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_ARGUMENTS = re.compile(r"\n+Arguments received by .*", re.DOTALL)
_PRINTERS = frozenset({"print", "float", "round"})
_DRIVERS = frozenset({"fit", "evaluate", "predict", "backward", "step", "train_on_batch", "main"})


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class UserFrame:
    """A printed frame of the user's.

    Attributes:
        node: the failing expression where columns are known, else the statement.
    """

    file: File
    location: Location
    node: ast.AST
    opened: OpenedFrame | None

    @property
    def place(self) -> Place:
        """The failing expression with its file."""
        return Place(self.file, self.node)

    @property
    def drives(self) -> bool:
        """Whether it only sets others to work: `model.fit(...)`, `loss.backward()`."""
        calls = [node for node in (self.node, *in_order(self.node)) if isinstance(node, ast.Call)]
        outer = [call for call in calls if last_name(call.func) not in _PRINTERS]
        return any(last_name(call.func) in _DRIVERS for call in outer[:1])

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What was found in its failing expression."""
        return tuple(each for each in (self.opened.operands if self.opened else ()) if each.failing)


@dataclass(frozen=True, eq=False, kw_only=True)
class Crash:
    """Everything that a rule may look at. Built once, read by all."""

    program: Program
    failure: Failure
    opened: PostMortem | None = None

    @cached_property
    def message(self) -> str:
        """All messages of the chain, the last printed first, without stacks and arguments."""
        texts = [self.failure.message, *(each.message for each in reversed(self.failure.chain))]
        return "\n".join(dict.fromkeys(_bare(text) for text in texts))

    @cached_property
    def complaint(self) -> Complaint:
        """What the message complains about; of a chain, the first that says something."""
        return complaint_of(self.failure)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer that the text makes."""
        return layers_of(self.program)

    @cached_property
    def frames(self) -> tuple[UserFrame, ...]:
        """The user's frames, innermost first, each line once."""
        found: dict[Location, UserFrame] = {}
        for frame in reversed(self.failure.frames):
            if frame.owner is Owner.USER:
                for each in self._frame(frame):
                    found.setdefault(each.location, each)
        return tuple(found.values())

    def _frame(self, frame: Frame) -> Iterator[UserFrame]:
        file = self.program.file_of(frame.file)
        if file is None:
            return
        node = file.expression_at(frame) or file.statement_at(frame.line)
        if node is not None:
            location = Location(file.name, frame.line)
            yield UserFrame(file=file, location=location, node=node, opened=self._opened(frame))

    def _opened(self, frame: Frame) -> OpenedFrame | None:
        frames = self.opened.frames if self.opened else ()
        same = [each for each in frames if (each.file, each.line) == (frame.file, frame.line)]
        return same[-1] if same else None

    @cached_property
    def calls(self) -> tuple[Place, ...]:
        """The calls in the innermost frames' failing expressions."""
        return tuple(
            Place(frame.file, node)
            for frame in self.frames[:2]
            for node in (frame.node, *in_order(frame.node))
            if isinstance(node, ast.Call)
        )

    @cached_property
    def losses(self) -> tuple[Loss, ...]:
        """The losses of the library that were at work; else all that train the program."""
        roles = self.program.roles
        at_work = [loss for call in self.calls if (loss := loss_at(roles, call))]
        return tuple(at_work) or losses_of(roles)

    @cached_property
    def slice(self) -> tuple[Reached, ...]:
        """What made the values of the innermost frames' expressions, nearest first."""
        starts = [each.place for each in self.frames[:2]]
        return tuple(backward(self.program, starts, [each.place for each in self.frames]))

    @cached_property
    def held(self) -> Held:
        """What the frames held, by file, function and name."""
        frames = self.opened.frames if self.opened else ()
        return {
            (file.name, frame.function.removeprefix("<module>"), operand.text): HeldValue(
                operand, frame.line
            )
            for frame in frames
            if (file := self.program.file_of(frame.file)) is not None
            for operand in frame.operands
            if operand.shape is not None or operand.type == "int"
        }

    @cached_property
    def outcome(self) -> Outcome | None:
        """A dry run that stops as the program did; `None` where it does not."""
        if self.program.main not in self.program.files or not self.frames:
            return None
        found = dry_run(self.program, held=self.held)
        stack = [place.location for place in found.mismatch.stack] if found.mismatch else []
        under_way = [frame.location for frame in self.frames]
        stops_here = stack and (stack[-1] in under_way or self.frames[0].drives)
        return found if stops_here else None

    @cached_property
    def fits(self) -> tuple[Fit, ...]:
        """The changes that would take it further, where a dry run stops as it did."""
        return tuple(fits_of(self.program, self.held, self.outcome)) if self.outcome else ()

    @property
    def grows(self) -> bool:
        """Whether a larger table or head always helps, so that its helping says nothing."""
        mismatch = self.outcome.mismatch if self.outcome else None
        return mismatch is not None and mismatch.kind == "range"

    @property
    def stopped(self) -> frozenset[Location]:
        """The user's innermost line under way; none where the traceback has none."""
        return frozenset(frame.location for frame in self.frames[:1])

    @cached_property
    def fitting_lines(self) -> frozenset[Location]:
        """The lines of those changes, but for what can always be done where a value is used."""
        return frozenset(
            location
            for fit in self.fits
            if (location := fit.repair.place.location) not in self.stopped or not fit.repair.inserts
        )

    @cached_property
    def deciding_lines(self) -> frozenset[Location]:
        """The lines that decided the form of what does not fit, and those under way."""
        mismatch = self.outcome.mismatch if self.outcome else None
        if mismatch is None:
            return frozenset()
        tensors = [each for each in (mismatch.tensor, mismatch.other) if each is not None]
        nodes = mismatch.came.made.union(
            mismatch.wanted.made, *(each.formed | each.typed for each in tensors)
        )
        files = self.program.homes
        found = {files[node].location(node) for node in nodes if node in files}
        return frozenset(found | {frame.location for frame in self.frames})

    @cached_property
    def depth(self) -> dict[Location, int]:
        """Hops from the failing expression to each line of the slice."""
        hops: dict[Location, int] = {}
        for each in reversed(self.slice):
            hops.update(dict.fromkeys(each.place.lines, each.depth))
        return {**hops, **{each.location: 0 for each in self.frames[:1]}}

    @cached_property
    def failing(self) -> tuple[Layer, ...]:
        """The constructors of the layer that was at work, the likeliest first."""
        named = list(named_in(self.message, self.layers))
        opened = self.opened.layer if self.opened else None
        at_work = failing_layers(self.layers, opened) if opened and not opened.own else []
        return tuple(dict.fromkeys([*named, *at_work]))

    def near(
        self, location: Location, rule: str = "near", *, decay: str = "decay", aside: str = "aside"
    ) -> float:
        """A factor by the distance from the failing expression.

        Args:
            location: a line of the program.
            rule: whose numbers say what distance counts, `near` for those that it has not.
            decay: the name of the factor per hop.
            aside: the name of the least factor, which a line off the slice gets.
        """
        known = {**numbers("near"), **numbers(rule)}
        hops = self.depth.get(location)
        return known[aside] if hops is None else max(known[decay] ** max(hops - 1, 0), known[aside])


def complaint_of(failure: Failure) -> Complaint:
    """What the messages of a chain complain about: the first that says something."""
    texts = [failure.message, *(each.message for each in reversed(failure.chain))]
    found = (read_complaint(_bare(text)) for text in texts)
    other = Complaint(kind=Kind.OTHER)
    return next((each for each in found if each.kind is not Kind.OTHER), other)


def _bare(text: str) -> str:
    return _ARGUMENTS.sub("", _PRINTED_STACK.sub("", _COLOUR.sub("", text)))
