"""What an expression of a program comes to in a dry run."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun import indexing
from debugdiff.dryrun.calls import Calls
from debugdiff.dryrun.distances import distance
from debugdiff.dryrun.sizes import broadcast, computed, times, total
from debugdiff.dryrun.table import is_known
from debugdiff.dryrun.values import (
    OPEN,
    UNKNOWN,
    Entries,
    Items,
    Library,
    Note,
    Plain,
    Repeated,
    Routine,
    Scope,
    Span,
    Tensor,
)
from debugdiff.source.names import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.dryrun.values import Value

_LONGEST = 64


class Expressions(Calls):
    """The values of expressions."""

    def value(self, node: ast.expr, scope: Scope) -> Value:
        """What an expression comes to, with the edit that is tried on it."""
        self.count()
        result = self.values[node] = self._value(node, scope)
        edit = self.edits.get(node)
        return edit(result) if edit is not None else result

    def _value(  # noqa: C901, PLR0911, PLR0912 - one form of an expression each
        self, node: ast.expr, scope: Scope
    ) -> Value:
        match node:
            case ast.Constant(value=value):
                return Plain(value, frozenset({node}))
            case ast.Name(id=name):
                found = scope.find(name)
                return self._foreign(name, scope) if found is None else found
            case ast.Attribute(value=owner, attr=name):
                return self.attribute(self.value(owner, scope), name, node)
            case ast.Call():
                return self.call(node, scope)
            case ast.BinOp(left=left, op=symbol, right=right):
                return self.operate(
                    node, type(symbol), self.value(left, scope), self.value(right, scope)
                )
            case ast.UnaryOp(op=symbol, operand=operand):
                return self._unary(symbol, self.value(operand, scope))
            case ast.Compare(ops=[_, _, *_]):
                return Plain()
            case ast.Compare(left=left, ops=[symbol], comparators=[right]):
                return self._compared(symbol, self.value(left, scope), self.value(right, scope))
            case ast.BoolOp(op=symbol, values=values):
                return self._both(symbol, [self.value(each, scope) for each in values])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                truth = self.truth(self.value(test, scope))
                return self.value(orelse if truth is False else body, scope)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return self._display(parts, scope, is_tuple=isinstance(node, ast.Tuple))
            case ast.Dict(keys=keys, values=values):
                return self._dictionary(keys, values, scope)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
                return self._comprehension(node.generators, element, scope)
            case ast.SetComp(elt=element):
                found = self._comprehension(node.generators, element, scope)
                return self.library_call("builtins.set", [found], {}, node)
            case ast.DictComp():
                return self._mapped(node, scope)
            case ast.Yield(value=given):
                self.yielded[-1].append(self.value(given, scope) if given else Plain(None))
                return UNKNOWN
            case ast.Subscript(value=owner, slice=key):
                return self._item(node, self.value(owner, scope), key, scope)
            case ast.Lambda():
                return Routine(scope.file, node, scope)
            case ast.NamedExpr(target=target, value=inner):
                result = self.value(inner, scope)
                self.bind(target, result, scope)
                return result
            case ast.Starred(value=inner):
                return self.value(inner, scope)
            case ast.JoinedStr(values=parts):
                for part in parts:
                    self.value(part, scope)
                return Plain(OPEN, frozenset({node}))
            case ast.FormattedValue(value=inner):
                return self.value(inner, scope)
            case ast.Slice(lower=lower, upper=upper, step=step):
                first, last, every = (
                    self.value(part, scope) if part else None for part in (lower, upper, step)
                )
                return Span(first, last, every, self._between(lower, upper, scope))
        return UNKNOWN

    def _between(self, lower: ast.expr | None, upper: ast.expr | None, scope: Scope) -> Plain:
        """How many items there are from one end of a slice to the other."""
        if lower is None or upper is None:
            return Plain()
        parts = []
        for count, factors in distance(lower, upper):
            values = [self.value(factor, scope) for factor in factors]
            if not all(isinstance(value, Plain) for value in values):
                return Plain()
            parts.append(times([Plain(count), *(v for v in values if isinstance(v, Plain))]))
        return total(parts)

    # --- operators --------------------------------------------------------------------------------

    def operate(
        self, node: ast.AST, symbol: type[ast.operator], left: Value, right: Value
    ) -> Value:
        """What an operator gives."""
        if isinstance(left, Plain) and isinstance(right, Plain):
            return computed(symbol, left, right)
        if isinstance(left, Items | Repeated) and not isinstance(right, Tensor):
            return self._listed(symbol, left, right)
        if symbol is ast.MatMult:
            return self.library_call("torch.matmul", [left, right], {}, node)
        found = self.elementwise(left, right)
        if isinstance(found, Tensor):
            self._note_column(node, left, right)
            found = _moved(found, symbol, left, right)
        whole = isinstance(found, Tensor) and found.dtype in {"int64", "int32"}
        if symbol is ast.Div and whole and isinstance(found, Tensor):
            dtype = "float64" if found.is_array else "float32"
            return replace(found, dtype=dtype, typed=frozenset({node}))
        return found

    def _listed(self, symbol: type[ast.operator], left: Items | Repeated, right: Value) -> Value:
        """Lists one behind the other, or a list repeated."""
        if symbol is ast.Mult and isinstance(right, Plain):
            return self._repeated(left, right)
        if symbol is not ast.Add:
            return UNKNOWN
        if isinstance(left, Items) and isinstance(right, Items):
            is_open = left.is_open or right.is_open
            return Items([*left.items, *right.items], is_open, left.is_tuple)
        whole = computed(ast.Add, self.length(left), self.length(right))
        first = left if isinstance(left, Repeated) else right
        return Repeated(self.item_of(first), whole)

    def _repeated(self, items: Items | Repeated, count: Plain) -> Value:
        number = count.number
        if isinstance(items, Items) and number is not None and number <= _LONGEST:
            return Items(items.items * number, items.is_open, items.is_tuple)
        return Repeated(self.item_of(items), times([self.length(items), count]))

    def _note_column(self, node: ast.AST, left: Value, right: Value) -> None:
        """A column of predictions and a row of as many targets make a square."""
        for one, other in ((left, right), (right, left)):
            match one, other:
                case Tensor(sizes=(rows, column)), Tensor(sizes=(others,)):
                    given = any(isinstance(made, ast.Call) for made in column.made)
                    same = rows == others or (
                        rows.number is not None and rows.number == others.number
                    )
                    if column.number == 1 and given and same:
                        self.notes.append(Note("column", node))

    def elementwise(self, left: Value, right: Value) -> Value:
        """A sum or product of tensors, or of a tensor and a number."""
        tensors = [side for side in (left, right) if isinstance(side, Tensor)]
        if len(tensors) < 2:  # noqa: PLR2004 - both sides
            other = right if tensors and tensors[0] is left else left
            known = isinstance(other, Plain | Library)
            return tensors[0] if tensors and known else indexing.plain_form(tensors)
        one, two = tensors
        sizes = broadcast(one, two)
        wide = max(tensors, key=lambda each: indexing.width(each.dtype))
        known = bool(one.dtype and two.dtype)
        return Tensor(
            sizes=sizes,
            dtype=wide.dtype if known else "",
            typed=one.typed | two.typed if one.dtype == two.dtype else wide.typed,
            formed=one.formed | two.formed,
            is_array=one.is_array and two.is_array,
        )

    def _unary(self, symbol: ast.unaryop, value: Value) -> Value:
        if isinstance(value, Plain):
            if isinstance(symbol, ast.Not):
                truth = self.truth(value)
                return Plain(OPEN if truth is None else not truth)
            numeric = isinstance(symbol, ast.USub) and isinstance(value.value, int | float)
            return Plain(-value.value, value.made) if numeric else value
        if isinstance(symbol, ast.Not):
            truth = self.truth(value)
            return Plain(OPEN if truth is None else not truth)
        return value

    def _compared(self, symbol: ast.cmpop, left: Value, right: Value) -> Value:
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            found = self.elementwise(left, right)
            return (
                Tensor(sizes=found.sizes, dtype="bool", formed=found.formed)
                if isinstance(found, Tensor)
                else UNKNOWN
            )
        if isinstance(symbol, ast.Is | ast.IsNot) and isinstance(right, Plain):
            if left == UNKNOWN or (isinstance(left, Plain) and left.value is OPEN):
                return Plain()
            is_none = isinstance(left, Plain) and left.value is right.value
            return Plain(is_none == isinstance(symbol, ast.Is))
        if isinstance(left, Plain) and isinstance(right, Plain):
            return indexing.compared(symbol, left, right)
        return Plain()

    def _both(self, symbol: ast.boolop, values: list[Value]) -> Value:
        for value in values:
            truth = self.truth(value)
            if truth is None:
                return value if isinstance(symbol, ast.Or) else Plain()
            if truth == isinstance(symbol, ast.Or):
                return value
        return values[-1]

    @staticmethod
    def truth(value: Value) -> bool | None:
        """Whether a value counts as true; `None` where it is open."""
        if isinstance(value, Plain):
            return None if value.value is OPEN else bool(value.value)
        if isinstance(value, Items):
            return True if value.items else None if value.is_open else False
        if isinstance(value, Entries):
            return bool(value.entries)
        return None if value == UNKNOWN or isinstance(value, Tensor) else True

    # --- displays ---------------------------------------------------------------------------------

    def _display(self, parts: list[ast.expr], scope: Scope, *, is_tuple: bool) -> Items:
        items: list[Value] = []
        is_open = False
        for part in parts:
            value = self.value(part, scope)
            if isinstance(part, ast.Starred):
                rounds = self.rounds(value)
                is_open = is_open or rounds is None
                items += rounds if rounds is not None else [self.item_of(value)]
            else:
                items.append(value)
        return Items(items, is_open, is_tuple, self.open_loops)

    def _dictionary(
        self, keys: list[ast.expr | None], values: list[ast.expr], scope: Scope
    ) -> Entries:
        entries: dict[object, Value] = {}
        for key, value in zip(keys, values, strict=True):
            held = self.value(value, scope)
            if key is None:
                entries.update(held.entries if isinstance(held, Entries) else {})
                continue
            name = self.value(key, scope)
            if isinstance(name, Plain):
                entries[name.value] = held
        return Entries(entries)

    def _comprehension(
        self, generators: list[ast.comprehension], element: ast.expr, scope: Scope
    ) -> Items | Repeated:
        inner = Scope(scope.file, around=scope, function=scope.function)
        items, is_known = [], True
        for certain in self._bound(generators, inner):
            is_known = is_known and certain
            items.append(self.value(element, inner))
        plain = len(generators) == 1 and not generators[0].ifs
        if not is_known and plain and items:
            length = self.length(self.value(generators[0].iter, inner))
            if length.number is not None:
                return Repeated(items[-1], length)
        return Items(items, not is_known)

    def _mapped(self, node: ast.DictComp, scope: Scope) -> Entries:
        inner = Scope(scope.file, around=scope, function=scope.function)
        found = Entries({})
        for certain in self._bound(node.generators, inner):
            key, item = self.value(node.key, inner), self.value(node.value, inner)
            found.is_open = found.is_open or not certain
            if isinstance(key, Plain) and key.value is not OPEN:
                found.entries[key.value] = item
            else:
                found.is_open, found.other = True, item
        return found

    def _bound(self, generators: list[ast.comprehension], scope: Scope) -> Iterator[bool]:
        """Bind a comprehension's names, round by round: whether the text tells all rounds."""
        if not generators:
            yield True
            return
        first, *rest = generators
        source = self.value(first.iter, scope)
        rounds = self.rounds(source)
        is_known = rounds is not None and len(rounds) <= _LONGEST
        for item in rounds if is_known and rounds is not None else [self.item_of(source)]:
            self.bind(first.target, item, scope)
            tests = [self.truth(self.value(test, scope)) for test in first.ifs]
            if False not in tests:
                for certain in self._bound(rest, scope):
                    yield certain and is_known and None not in tests

    def _item(  # noqa: PLR0911 - one kind of a value each
        self, node: ast.Subscript, owner: Value, key: ast.expr, scope: Scope
    ) -> Value:
        index = self.value(key, scope)
        match owner, index:
            case Tensor(), _:
                return indexing.part(owner, index, node)
            case Items(is_open=False), Plain(number=int() as at):
                fits = -len(owner.items) <= at < len(owner.items)
                return owner.items[at] if fits else UNKNOWN
            case Items(is_open=False), Span():
                return indexing.cut(owner, index)
            case Repeated(), Span():
                return Repeated(owner.item, indexing.span_length(owner.length, index))
            case Entries(), Plain():
                return owner.item(index)
            case Plain(value=str()), _:
                return indexing.of_text(owner, index)
        return self.indexed(owner, index)

    def _foreign(self, name: str, scope: Scope) -> Library:
        """A name that the text does not bind: Python's own, or one of `from module import *`."""
        for star in scope.file.starred:
            full = f"{star.module}.{name}"
            if not hasattr(builtins, name) and is_known(canonical(full)):
                return Library(full)
        return Library(f"builtins.{name}")


def _moved(found: Tensor, symbol: type[ast.operator], left: Value, right: Value) -> Tensor:
    """A tensor whose numbers have been moved by a plain one."""
    number, tensor = (right, left) if isinstance(right, Plain) else (left, right)
    if not isinstance(number, Plain) or not isinstance(tensor, Tensor):
        return replace(found, lowest=Plain(), highest=Plain())
    if number is left and symbol not in {ast.Add, ast.Mult}:
        return replace(found, lowest=Plain(), highest=Plain())
    return replace(
        found,
        lowest=computed(symbol, tensor.lowest, number),
        highest=computed(symbol, tensor.highest, number),
    )
