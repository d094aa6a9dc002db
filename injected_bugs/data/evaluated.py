"""What is evaluated, taken from the training data instead of the test data."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from debugdiff.model import Implementation

_TEST = re.compile(r"(?<![a-zA-Z])([xyXY]?)(test|testing|val|valid|validation|dev|te|va)(?![a-z])")
_TRAIN = ("train", "tr", "training", "trn")
_EVALUATION = re.compile(r"eval|test|valid|score|accuracy")
_WORDS = frozenset({"test", "testing", "val", "valid", "validation", "dev"})
"""What the key or the argument for a test is called: `loaders["valid"]`, `batch("val")`."""
_HOLDS_DATA = re.compile(r"(loader|data|dataset|set|ds|dl)$")
"""Methods and functions that hand out data: they have a twin, too."""
_CALLS = frozenset({"evaluate", "predict"})
_WITHOUT_GRADIENT = frozenset({"no_grad", "inference_mode"})
_MODES = _WITHOUT_GRADIENT | {"eval", "set_grad_enabled"}

Place = tuple[int, int]
Renamed = tuple[str, str]
"""A name and its twin."""


class OnTrainingData:
    """Turns `data.test.words` and `x_test` into `data.train.words` and `x_train`.

    In the first of these where that is possible: functions that evaluate, by their names; the
    arguments of `model.evaluate(...)` and `model.predict(...)`; those of calls of the program's own
    functions that evaluate; `validation_data=`; what loops in blocks without gradients go over;
    what a loop goes over that calls such a function; the arguments of functions that put the model
    into evaluation mode; blocks without gradients. Only names whose twin the program knows at the
    place; of an array that `fit` is given a slice of, `x[cut:]` becomes `x[:cut]`.
    """

    missing = (
        "no test data of this program have a twin among the training data, by name or by slice"
    )

    def apply(self, source: str, _: Implementation) -> str | None:
        """The changed program; `None` if it evaluates nothing that is called a test."""
        tree = ast.parse(source)
        known = _Known(tree, source)
        places: dict[Place, Renamed] = {}
        for regions in _REGIONS:
            for region in regions(tree):
                places |= known.tested(region)
            if places:
                break
        return _renamed(source, places) if places else None


def _renamed(source: str, places: dict[Place, Renamed]) -> str:
    lines = source.splitlines(keepends=True)
    for (line, column), (name, twin) in sorted(places.items(), reverse=True):
        text = lines[line - 1].encode()
        end = column + len(name.encode())
        lines[line - 1] = (text[:column] + twin.encode() + text[end:]).decode()
    return "".join(lines)


def _twins(name: str) -> list[str]:
    """What a test is called as training data, the usual word first."""
    return [_TEST.sub(rf"\g<1>{word}", name) for word in _TRAIN]


# --- where a program evaluates --------------------------------------------------------------------


def _functions(tree: ast.Module) -> list[ast.AST]:
    defined = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [node for node in defined if _EVALUATION.search(node.name)]


def _calls_of_keras(tree: ast.Module) -> list[ast.AST]:
    return _keras_calls(tree, _CALLS)


def _keras_calls(tree: ast.Module, names: Collection[str]) -> list[ast.AST]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
    ]


def _own_calls(tree: ast.Module) -> list[ast.AST]:
    return _calls_of(tree, _evaluating(tree))


def _runs(tree: ast.Module) -> list[ast.AST]:
    """The calls of functions that put the model into evaluation mode, whatever their names."""
    defined = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    names = {
        function.name
        for function in defined
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _MODES
    }
    return _calls_of(tree, names)


def _calls_of(tree: ast.Module, names: set[str]) -> list[ast.AST]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func).rpartition(".")[2] in names]


def _evaluating(tree: ast.Module) -> set[str]:
    """Names of the program's own functions that evaluate, also of those that it imports."""
    names = {node.name for node in _functions(tree) if isinstance(node, ast.FunctionDef)}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    return names | {name for name in imported if _EVALUATION.search(name)}


def _loops(tree: ast.Module) -> list[ast.AST]:
    names = _evaluating(tree)
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
    return [loop.iter for loop in loops if any(_calls(part, names) for part in loop.body)]


def _calls(statement: ast.stmt, names: set[str]) -> bool:
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    return isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in names


def _validation(tree: ast.Module) -> list[ast.AST]:
    keywords = [node for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    return [keyword.value for keyword in keywords if keyword.arg == "validation_data"]


def _blocks(tree: ast.Module) -> list[ast.AST]:
    """What loops go over in blocks without gradients."""
    loops = [node for block in _whole_blocks(tree) for node in ast.walk(block)]
    return [loop.iter for loop in loops if isinstance(loop, ast.For)]


def _whole_blocks(tree: ast.Module) -> list[ast.AST]:
    """Blocks without gradients."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        and any(
            isinstance(item.context_expr, ast.Call)
            and ast.unparse(item.context_expr.func).rpartition(".")[2] in _WITHOUT_GRADIENT
            for item in node.items
        )
    ]


_REGIONS = (
    _functions,
    _calls_of_keras,
    _own_calls,
    _validation,
    _blocks,
    _loops,
    _runs,
    _whole_blocks,
)


# --- which names have a twin ----------------------------------------------------------------------


class _Known:
    """The attributes of a program, and the names that each of its functions knows."""

    def __init__(self, tree: ast.Module, source: str) -> None:
        self.slices = _Slices(tree, source)
        self.attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.called = {
            id(call.func) for call in calls if not _HOLDS_DATA.search(ast.unparse(call.func))
        }
        self.keys = {key.value for key, _ in _keys(tree)}
        self.scopes: dict[int, set[str]] = {}
        self._read(tree, _used(tree))

    def _read(self, scope: ast.AST, known: set[str]) -> None:
        """Note for every name what is bound in the scopes around it."""
        waiting = list(ast.iter_child_nodes(scope))
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.FunctionDef):
                self._read(node, known | _used(node))
                continue
            if isinstance(node, ast.Name):
                self.scopes[id(node)] = known
            waiting += ast.iter_child_nodes(node)

    def tested(self, region: ast.AST) -> dict[Place, Renamed]:
        """Line (from 1) and column (bytes, from 0) of what is tested, with its name and its twin.

        Nothing where only a part of it has a twin: rows of two sets do not fit together.
        """
        own = _stored(region)
        inside = self.slices.inside(region)
        named = [
            (node, place, name)
            for node, place, name in _named(region)
            if _TEST.search(name) and id(node) not in self.called | inside and name not in own
        ]
        twins = {place: (name, self._twin(node, name)) for node, place, name in named}
        if any(not twin for _, twin in twins.values()):
            return {}
        return twins | self.slices.tested(region, set(twins))

    def _twin(self, node: ast.expr, name: str) -> str:
        """The twin of a name that the program knows there; empty if it knows none."""
        if isinstance(node, ast.Constant):
            return next((twin for twin in _TRAIN if twin in self.keys), "")
        is_attribute = isinstance(node, ast.Attribute)
        known = self.attributes if is_attribute else self.scopes.get(id(node), ())
        return next((twin for twin in _twins(name) if twin in known), "")


class _Slices:
    """Parts of arrays that `fit` is given, and the other parts of them that are evaluated."""

    def __init__(self, tree: ast.Module, source: str) -> None:
        self.source = source
        fits = [call for call in _keras_calls(tree, {"fit"}) if isinstance(call, ast.Call)]
        given = [part for call in fits for part in _data_of(call)]
        self.trained = {ast.unparse(one.value): one for part in given for one in _sliced(part)}

    def tested(self, region: ast.AST, named: set[Place]) -> dict[Place, Renamed]:
        """Line and column of the slices of a call of `evaluate` or `predict`, and their twins.

        Nothing where a part of what is evaluated has no twin, by its slice or by its name.
        """
        found: dict[Place, Renamed] = {}
        for part in _data_of(region) if isinstance(region, ast.Call) else ():
            twins = dict(filter(None, map(self._twin, _sliced(part))))
            places = {place for _, place, name in _named(part) if _TEST.search(name)}
            if not twins and not places & named:
                return {}
            found |= twins
        return found

    def inside(self, region: ast.AST) -> set[int]:
        """The names in slices that have a twin: `n_test` of `x[-n_test:]` says where it begins."""
        parts = [part for part in _sliced(region) if self._twin(part)]
        return {id(node) for part in parts for node in ast.walk(part.slice)}

    def _twin(self, part: ast.Subscript) -> tuple[Place, Renamed] | None:
        other = self.trained.get(ast.unparse(part.value))
        if other is None or not _is_the_rest(part.slice, other.slice):
            return None
        own, twin = (ast.get_source_segment(self.source, one.slice) or "" for one in (part, other))
        return (part.slice.lineno, part.slice.col_offset), (own, twin)


def _is_the_rest(part: ast.expr, trained: ast.expr) -> bool:
    """Whether one slice begins where the other ends: `cut:` and `:cut`, both in one line."""
    match part, trained:
        case (
            ast.Slice(lower=ast.expr() as bound, upper=None),
            ast.Slice(lower=None, upper=ast.expr() as other),
        ) | (
            ast.Slice(lower=None, upper=ast.expr() as bound),
            ast.Slice(lower=ast.expr() as other, upper=None),
        ):
            return ast.unparse(bound) == ast.unparse(other) and bound.lineno == bound.end_lineno
    return False


def _data_of(call: ast.Call) -> list[ast.expr]:
    """What a call of a Keras model is given as inputs and labels."""
    return [*call.args[:2], *(k.value for k in call.keywords if k.arg in {"x", "y"})]


def _sliced(part: ast.AST) -> list[ast.Subscript]:
    nodes = [node for node in ast.walk(part) if isinstance(node, ast.Subscript)]
    return [node for node in nodes if isinstance(node.slice, ast.Slice)]


def _used(scope: ast.AST) -> set[str]:
    """The names that a function or a module binds or reads itself."""
    found: set[str] = set()
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return found


def _stored(region: ast.AST) -> set[str]:
    """Names that a region itself computes: `val_loss` is no data."""
    names = [node for node in ast.walk(region) if isinstance(node, ast.Name)]
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _keys(region: ast.AST) -> Iterator[tuple[ast.Constant, Place]]:
    """The words that are the one index or argument, and where they begin inside of their quotes."""
    for node in ast.walk(region):
        match node:
            case (
                ast.Subscript(slice=ast.Constant(value=str()) as key)
                | ast.Call(func=ast.Name(), args=[ast.Constant(value=str()) as key], keywords=[])
            ) if key.end_col_offset == key.col_offset + len(key.value) + 2:
                yield key, (key.lineno, key.col_offset + 1)


def _named(region: ast.AST) -> Iterator[tuple[ast.expr, Place, str]]:
    yield from ((key, place, key.value) for key, place in _keys(region) if key.value in _WORDS)
    for node in ast.walk(region):
        if isinstance(node, ast.Name):
            yield node, (node.lineno, node.col_offset), node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            end = node.end_col_offset or 0
            yield node, (node.end_lineno or 0, end - len(node.attr.encode())), node.attr
