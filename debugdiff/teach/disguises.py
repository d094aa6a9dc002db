"""Rewrites of a program that change nothing it computes, and look as if they might.

A programmer writes a default out, gives keywords in another order, or clears gradients later. Who
compares a program that was given out with the shipped one has to think about each.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from debugdiff.syntax import parse, split_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_DEFAULTS: Mapping[str, str] = {
    "nn.Linear": "bias=True",
    "nn.Embedding": "padding_idx=None",
    "nn.GRU": "num_layers=1",
    "nn.LSTM": "num_layers=1",
    "nn.Conv1d": "stride=1",
    "nn.Dropout": "inplace=False",
    "nn.LayerNorm": "eps=1e-5",
    "nn.CrossEntropyLoss": 'reduction="mean"',
    "nn.BCEWithLogitsLoss": 'reduction="mean"',
    "nn.functional.cross_entropy": 'reduction="mean"',
    "nn.functional.binary_cross_entropy_with_logits": 'reduction="mean"',
    "torch.optim.Adam": "betas=(0.9, 0.999)",
    "DataLoader": "drop_last=False",
    "optimizer.zero_grad": "set_to_none=True",
    "loss.backward": "retain_graph=False",
    "layers.Dense": "use_bias=True",
    "layers.Embedding": "mask_zero=False",
    "layers.GRU": "go_backwards=False",
    "layers.LSTM": "go_backwards=False",
    "layers.Bidirectional": 'merge_mode="concat"',
    "layers.Conv1D": "strides=1",
    "layers.LayerNormalization": "epsilon=1e-3",
    "layers.GlobalAveragePooling1D": "keepdims=False",
    "layers.GlobalMaxPooling1D": "keepdims=False",
    "keras.losses.SparseCategoricalCrossentropy": 'reduction="sum_over_batch_size"',
    "keras.losses.BinaryCrossentropy": "label_smoothing=0.0",
    "keras.optimizers.Adam": "beta_1=0.9",
    "model.fit": "initial_epoch=0",
    "model.compile": "run_eagerly=False",
}
"""What a call does anyway, as of PyTorch 2 and Keras 3."""

_RESULTS: Mapping[str, str] = {"build_model": "model", "forward": "output", "call": "output"}
"""What a function's result is called, by the function's name."""

_LONGEST_LINE = 100
_SMALL = re.compile(r"\d(?:\.\d+)?e-[1-4]")
_PLAIN = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript)
_LATER = re.compile(r"\w+\.backward\(.*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """A stretch of a source, in bytes, and what becomes of it."""

    start: int
    end: int
    text: str


class _Source:
    """A program with the places of its nodes in bytes, as `ast` counts columns."""

    def __init__(self, text: str) -> None:
        self.tree = parse(text)
        self._bytes = text.encode()
        self._lines = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def edit(self, node: ast.expr | ast.keyword, text: str) -> _Edit:
        """Something else in the place of a node."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._lines[node.lineno - 1] + node.col_offset
        end = self._lines[node.end_lineno - 1] + node.end_col_offset
        return _Edit(start=start, end=end, text=text)

    def text(self, node: ast.expr | ast.keyword) -> str:
        """The text at this place."""
        place = self.edit(node, "")
        return self._bytes[place.start : place.end].decode()

    def edited(self, edits: Iterable[_Edit]) -> str:
        """The program with edits, the first of those that overlap."""
        done, end = b"", 0
        for edit in sorted(edits, key=lambda each: each.start):
            if edit.start >= end:
                done += self._bytes[end : edit.start] + edit.text.encode()
                end = edit.end
        return (done + self._bytes[end:]).decode()

    def calls(self) -> Iterator[ast.Call]:
        """Every call whose arguments are all written out."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and not _has_star(node):
                yield node


def _has_star(call: ast.Call) -> bool:
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    return starred or any(each.arg is None for each in call.keywords)


def write_defaults(source: str) -> str:
    """Give common calls one more argument: what they take without it."""
    program = _Source(source)
    edits = []
    for call in program.calls():
        default = _DEFAULTS.get(ast.unparse(call.func))
        name = default and default.partition("=")[0]
        if default and name not in {each.arg for each in call.keywords}:
            edits.append(_with_argument(program, call, default))
    return _within_width(source, program.edited(edits))


def _with_argument(program: _Source, call: ast.Call, argument: str) -> _Edit:
    given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    if not given:
        return program.edit(call, f"{program.text(call).rstrip()[:-1]}{argument})")
    last = max(given, key=lambda each: (each.lineno, each.col_offset))
    end = program.edit(last, "").end
    return _Edit(start=end, end=end, text=f", {argument}")


def exchange_keywords(source: str) -> str:
    """Give two plain keyword arguments of a call in the other order."""
    program = _Source(source)
    edits: list[_Edit] = []
    for call in program.calls():
        plain = [each for each in call.keywords if isinstance(each.value, _PLAIN)]
        for first, second in list(pairwise(plain))[:1]:
            edits += [
                program.edit(first, program.text(second)),
                program.edit(second, program.text(first)),
            ]
    return _within_width(source, program.edited(edits))


def write_numbers_out(source: str) -> str:
    """`0.005` for `5e-3`."""
    program = _Source(source)
    numbers = (node for node in ast.walk(program.tree) if isinstance(node, ast.Constant))
    return program.edited(
        program.edit(node, f"{node.value:.10f}".rstrip("0"))
        for node in numbers
        if isinstance(node.value, float) and _SMALL.fullmatch(program.text(node))
    )


def name_results(source: str) -> str:
    """Give what a function returns a name before it is returned."""
    lines = split_lines(source, keep_ends=True)
    found = {
        node: name
        for function in ast.walk(parse(source))
        if isinstance(function, ast.FunctionDef)
        for name in [_RESULTS.get(function.name, "result")]
        if name not in _names_in(function)
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call | ast.Dict)
    }
    for node, name in sorted(found.items(), key=lambda each: -each[0].lineno):
        start, end = node.lineno - 1, node.end_lineno or node.lineno
        indent = lines[start][: node.col_offset]
        if not indent.strip():
            rest = lines[start][node.col_offset :].removeprefix("return ")
            lines[start] = f"{indent}{name} = {rest}"
            lines.insert(end, f"{indent}return {name}\n")
    return "".join(lines)


def name_epochs(source: str) -> str:
    """`for epoch in range(epochs)` for `for _ in range(epochs)`."""
    return source.replace("for _ in range(epochs):", "for epoch in range(epochs):")


def convert_to_numbers(source: str) -> str:
    """`float(loss)` for `loss.item()`."""
    return re.sub(r"\b(\w+)\.item\(\)", r"float(\1)", source)


def clear_gradients_later(source: str) -> str:
    """`zero_grad` right before `backward`, where it is called at the begin of a step."""
    lines = split_lines(source, keep_ends=True)
    for at, line in enumerate(lines):
        if re.fullmatch(r"\s*optimizer\.zero_grad\(\)\n", line):
            indent = line[: len(line) - len(line.lstrip())]
            later = _first_of_block(lines, at + 1, indent, lambda text: bool(_LATER.match(text)))
            if later is not None and later > at + 1:
                return "".join((*lines[:at], *lines[at + 1 : later], line, *lines[later:]))
    return source


def _first_of_block(
    lines: list[str], start: int, indent: str, wanted: Callable[[str], bool]
) -> int | None:
    """The first line from `start` on, of the same indentation and block, that is wanted."""
    for at in range(start, len(lines)):
        text = lines[at]
        if text.strip() and not text.startswith(indent):
            return None
        if text.startswith(indent) and wanted(text.removeprefix(indent)):
            return at
    return None


def _names_in(function: ast.FunctionDef) -> frozenset[str]:
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return frozenset(names | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)})


def _within_width(source: str, changed: str) -> str:
    """The rewritten program; lines that became too long are as they were."""
    before, after = split_lines(source, keep_ends=True), split_lines(changed, keep_ends=True)
    assert len(before) == len(after)
    return "".join(
        old if len(new.rstrip("\n")) > max(_LONGEST_LINE, len(old)) else new
        for old, new in zip(before, after, strict=True)
    )
