"""The arguments of a call by their canonical names: where they stand, and how they are changed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from debugdiff.inject.blocks import newline_of
from debugdiff.inject.edits import Draft, Part, Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.tokens import CLOSING, OPENING, Token, tokens_between
from debugdiff.source import api
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.syntax import last_name, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.source.api import Api
    from debugdiff.source.flow import Flow
    from debugdiff.source.place import Place
    from debugdiff.source.program import File
    from debugdiff.source.values import Callee

_OF_MODEL = ("compile", "evaluate", "fit", "predict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a call.

    Attributes:
        name: its keyword; `*` or `**` for one that is unpacked, empty for one by position.
        value: its expression.
        start, end: of the whole argument.
        value_start: of its value, parentheses around it counted.
    """

    name: str
    value: ast.expr
    start: int
    end: int
    value_start: int

    @property
    def stretch(self) -> Stretch:
        """Its value in the text."""
        return Stretch(self.value_start, self.end)


@dataclass(frozen=True)
class Arguments:
    """A call's arguments, and what is known of the function that is called."""

    place: Place
    flow: Flow

    @property
    def file(self) -> File:
        """The file of the call."""
        return self.place.file

    @property
    def call(self) -> ast.Call:
        """The call."""
        assert isinstance(self.place.node, ast.Call)
        return self.place.node

    @cached_property
    def callee(self) -> Callee:
        """What the call runs."""
        return self.flow.callee(self.place)

    @cached_property
    def api(self) -> Api | None:
        """What the table of names says of the function; `None` also for a call of a layer."""
        known = api.known()
        name = self.callee.name if self.callee.kind == "library" else ""
        if not name and self.callee.kind != "layer":
            name = self.file.qualified(self.call.func)
        if name in known:
            return known[name]
        method = last_name(self.call.func)
        if method in _OF_MODEL:
            return known.get(f"keras.Model.{method}")
        is_method = self.callee.kind in {"method", "unknown"}
        return known.get(f"torch.Tensor.{method}") if is_method else None

    @property
    def function(self) -> str:
        """The function as the program writes it, for messages."""
        return self.file.segment(self.call.func)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names of the parameters in the order in which they may be given by position."""
        if self.api is not None:
            return self.api.args
        made, function = self.callee.made, self.callee.function
        if self.callee.kind == "class" and made is not None:
            function = self.flow.method(made, "__init__")
        if function is not None and isinstance(function.node, FUNCTIONS):
            names = parameters(function.node)
            return tuple(names[1:] if names[:1] == ["self"] else names)
        layer = api.known().get(self.callee.name) if self.callee.kind == "layer" else None
        return layer.call if layer is not None else ()

    @cached_property
    def written(self) -> tuple[Argument, ...]:
        """All arguments in the order in which they are written."""
        values: list[ast.expr | ast.keyword] = [*self.call.args, *self.call.keywords]
        values.sort(key=self.file.span)
        return tuple(map(_argument, values, self._runs()))

    def _runs(self) -> Iterator[Sequence[Token]]:
        """The tokens of each argument."""
        start, end = self.opening + 1, self.file.span(self.call)[1] - 1
        run: list[Token] = []
        depth = 0
        for token in tokens_between(self.file.text, start, end):
            depth += (token.text in OPENING) - (token.text in CLOSING)
            if token.text == "," and not depth:
                yield run
                run = []
            else:
                run.append(token)
        if run:
            yield run

    @cached_property
    def opening(self) -> int:
        """The offset of the parenthesis before the arguments."""
        start, end = self.file.span(self.call.func)[1], self.file.span(self.call)[1]
        tokens = tokens_between(self.file.text, start, end)
        return next(token.start for token in tokens if token.text == "(")

    def own(self, name: str) -> str:
        """The function's own name of a canonical argument."""
        return self.api.own(name) if self.api is not None else name

    def get(self, name: str) -> Argument | None:
        """The argument of a canonical name, by keyword or by position; `None` if it is left out."""
        own = self.own(name)
        for argument in self.written:
            if argument.name == own:
                return argument
        position = self.order.index(own) if own in self.order else None
        return None if position is None else self._at(position)

    def _at(self, position: int) -> Argument | None:
        given = [argument for argument in self.written if argument.name in {"", "*"}]
        before = given[: position + 1]
        if any(argument.name == "*" for argument in before):
            raise Unfit(f"`{self.function}` gets arguments as `*`, which may be any")
        return before[position] if position < len(before) else None

    def is_open(self, name: str) -> bool:
        """Whether an argument that is not written may be in what is unpacked."""
        own = self.own(name)
        kinds = {argument.name for argument in self.written}
        return "**" in kinds or ("*" in kinds and own in self.order)

    def default(self, name: str) -> str | None:
        """What a left out argument means, as code."""
        return None if self.api is None else self.api.default.get(self.own(name))

    def add(self, draft: Draft, name: str, *parts: Part) -> None:
        """Put an argument by keyword behind the others, on a line of its own where they are."""
        if self.is_open(name):
            raise Unfit(f"`{self.function}` gets arguments as `*` or `**`, which may hold `{name}`")
        code = [f"{self.own(name)}=", *parts]
        if not self.written:
            draft.insert(self.opening + 1, *code)
            return
        indent, end = self._indent(), self.written[-1].end
        line_end = self.file.offsets.line_end(self.file.offsets.place(end)[0])
        rest = self.file.text[end:line_end].partition("#")[0].strip()
        if indent is None:
            draft.insert(end, ", ", *code)
        elif rest == ",":
            draft.insert(line_end, newline_of(draft.text) + indent, *code, ",")
        elif rest:
            draft.insert(end, f",{newline_of(draft.text)}{indent}", *code)
        else:
            draft.insert(end, ",")
            draft.insert(line_end, newline_of(draft.text) + indent, *code)

    def _indent(self) -> str | None:
        """The white space before the last argument; `None` if more than that stands before it."""
        start = self.written[-1].start
        line = self.file.offsets.line_start(self.file.offsets.place(start)[0])
        before = self.file.text[line:start]
        return None if before.strip() else before

    def drop(self, draft: Draft, *arguments: Argument) -> None:
        """Take arguments out, with their commas."""
        gone, written = set(arguments), self.written
        kept = [index for index, argument in enumerate(written) if argument not in gone]
        if any(not written[index].name and gone & set(written[:index]) for index in kept):
            raise Unfit(
                f"`{self.function}` gets an argument by position after the one to leave out"
            )
        if not kept:
            draft.replace(self.opening + 1, self.file.span(self.call)[1] - 1)
            return
        for before, after in pairwise([-1, *kept, len(written)]):
            if after - before == 1:
                continue
            if after < len(written):
                draft.replace(written[before + 1].start, written[after].start)
            else:
                draft.replace(written[before].end, written[-1].end)


def _argument(node: ast.expr | ast.keyword, run: Sequence[Token]) -> Argument:
    start, end = run[0].start, run[-1].end
    if isinstance(node, ast.Starred):
        return Argument(name="*", value=node.value, start=start, end=end, value_start=run[0].end)
    if not isinstance(node, ast.keyword):
        return Argument(name="", value=node, start=start, end=end, value_start=start)
    if node.arg is None:
        return Argument(name="**", value=node.value, start=start, end=end, value_start=run[0].end)
    return Argument(name=node.arg, value=node.value, start=start, end=end, value_start=run[2].start)
