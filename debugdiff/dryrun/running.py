"""Running a program's statements on sizes alone: nothing of it is executed.

Loops are run once, or over what the text tells; of a branch whose test is open the likely side.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.dryrun.expressions import Expressions
from debugdiff.dryrun.machine import LeftLoop, Returned
from debugdiff.dryrun.values import (
    NOTHING,
    OPEN,
    UNKNOWN,
    Entries,
    Instance,
    Items,
    Library,
    Mismatch,
    Own,
    Plain,
    Repeated,
    Routine,
    Scope,
    Tensor,
    Thing,
)
from debugdiff.source.own_files import own_file
from debugdiff.source.place import Place

if TYPE_CHECKING:
    from debugdiff.dryrun.values import Nodes, Value
    from debugdiff.model import Operand
    from debugdiff.source.program import File

_ROUNDS = 24
_GROWN = 4096
_NESTED = 64
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Running(Expressions):
    """One dry run."""

    def module(self, file: File) -> Scope:
        """The names of a file; it is run when it is first asked for."""
        if file.name not in self.modules:
            scope = self.modules[file.name] = Scope(file)
            if file.name == self.program.main:
                scope.names["__name__"] = Plain("__main__")
            self.block(file.tree.body, scope)
        return self.modules[file.name]

    def block(self, statements: list[ast.stmt], scope: Scope) -> None:
        """Run some statements."""
        for statement in statements:
            self.count()
            self.line = Place(scope.file, statement)
            self.reached.add(statement)
            self._statement(statement, scope)

    def _statement(  # noqa: C901, PLR0912 - one form of a statement each
        self, node: ast.stmt, scope: Scope
    ) -> None:
        match node:
            case ast.Expr(value=value):
                self.value(value, scope)
            case ast.Assign(targets=targets, value=value):
                result = self.value(value, scope)
                for target in targets:
                    self.bind(target, result, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.bind(target, self.value(value, scope), scope)
            case ast.AugAssign(target=target, op=symbol, value=value):
                before = self.value(target, scope)
                result = self.operate(node, type(symbol), before, self.value(value, scope))
                self.bind(target, result, scope)
            case ast.Return(value=value):
                result = self.value(value, scope) if value else Plain(None)
                raise Returned(handed_out(result, value) if value else result)
            case ast.If():
                self._branch(node, scope)
            case ast.For():
                self._loop(node, scope)
            case ast.While(body=body):
                self._round(body, scope)
            case ast.With(items=entered, body=body):
                for item in entered:
                    held = self.value(item.context_expr, scope)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, held, scope)
                self.block(body, scope)
            case ast.Try(body=body, orelse=orelse, finalbody=final):
                self.block([*body, *orelse, *final], scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.names[node.name] = Routine(scope.file, node, scope)
            case ast.ClassDef():
                self._class(node, scope)
            case ast.Import() | ast.ImportFrom():
                self._import(node, scope)
            case ast.Break() | ast.Continue():
                raise LeftLoop(ends=isinstance(node, ast.Break))
            case ast.Delete(targets=targets):
                for target in targets:
                    scope.names.pop(ast.unparse(target), None)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        own = Own(scope.file, node, Scope(scope.file, around=scope))
        self.block(node.body, own.scope)
        scope.names[node.name] = own

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            if isinstance(node, ast.Import):
                name = alias.name if alias.asname else bound
                file = own_file(self.program, scope.file, name)
                scope.names[bound] = (
                    Library(name)
                    if file is None
                    else Thing(
                        name,
                        dict(self.module(file).names),
                        ast.Call(func=ast.Name("module"), args=[], keywords=[]),
                    )
                )
                continue
            module = "." * node.level + (node.module or "")
            file = own_file(self.program, scope.file, module)
            if file is None:
                inner = own_file(
                    self.program, scope.file, f"{module}{'.' if node.module else ''}{alias.name}"
                )
                scope.names[bound] = (
                    Thing(
                        alias.name,
                        dict(self.module(inner).names),
                        ast.Call(func=ast.Name("module"), args=[], keywords=[]),
                    )
                    if inner is not None
                    else Library(f"{module}.{alias.name}")
                )
            elif alias.name == "*":
                scope.names.update(self.module(file).names)
            else:
                scope.names[bound] = self.module(file).names.get(alias.name, UNKNOWN)

    def _branch(self, node: ast.If, scope: Scope) -> None:
        test = self.truth(self.value(node.test, scope))
        if test is None:
            leaves = bool(node.body) and isinstance(node.body[-1], _ENDS)
            self.block(node.orelse if leaves else node.body, scope)
        else:
            self.block(node.body if test else node.orelse, scope)

    def _loop(self, node: ast.For, scope: Scope) -> None:
        """Run its rounds; of a loop over numbers that trains, only the first: all are alike."""
        iterated = self.value(node.iter, scope)
        rounds = self.rounds(iterated)
        count = self.length(iterated).number
        if count and isinstance(iterated, Items | Repeated) and are_alike(node.target, node.body):
            self._once_for_all(node, count, scope)
            return
        known = rounds is not None and len(rounds) <= _ROUNDS
        known = known and len(rounds or ()) * self.unrolled <= _NESTED
        items = rounds if known and rounds is not None else [self.item_of(iterated)]
        around, self.unrolled = self.unrolled, self.unrolled * max(len(items), 1)
        for item in items:
            before = self.trained
            self.bind(node.target, item, scope)
            ends = self._round(node.body, scope, is_open=not known)
            if ends or (self.trained > before and isinstance(item, Plain)):
                break
        self.unrolled = around

    def _once_for_all(self, node: ast.For, count: int, scope: Scope) -> None:
        """Rounds that do not use their number: one is run, and lists grow as often as all say."""
        before, self.appended = self.appended, []
        self.bind(node.target, Plain(), scope)
        left = self._round(node.body, scope, is_open=False)
        for items, item in self.appended if count <= _GROWN and not left else ():
            items.items += [item] * (count - 1)
        self.appended = [*before, *self.appended]

    def _round(self, body: list[ast.stmt], scope: Scope, *, is_open: bool = True) -> bool:
        """One round of a loop; whether it ends the loop."""
        self.open_loops += is_open
        try:
            self.block(body, scope)
        except LeftLoop as left:
            return left.ends
        finally:
            self.open_loops -= is_open
        return False

    # --- binding ----------------------------------------------------------------------------------

    def bind(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Give a name, an attribute or an item its value."""
        match target:
            case ast.Name(id=name):
                scope.names[name] = self.seen(target, name, value, scope)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part, item in zip(parts, self.unpacked(value, parts), strict=True):
                    self.bind(part, item, scope)
            case ast.Starred(value=inner):
                self.bind(inner, value, scope)
            case ast.Attribute(value=owner, attr=name):
                held = self.value(owner, scope)
                if isinstance(held, Instance):
                    held.attributes[name] = value
            case ast.Subscript(value=owner, slice=key):
                held, index = self.value(owner, scope), self.value(key, scope)
                if isinstance(held, Entries) and isinstance(index, Plain):
                    held.entries[index.value] = value
                if isinstance(held, Tensor) and isinstance(owner, ast.Name):
                    scope.names[owner.id] = _filled(held, value)

    def seen(self, node: ast.AST, name: str, value: Value, scope: Scope) -> Value:
        """A value as the run had it, where the text does not show it."""
        held = self.held.get((scope.file.name, scope.function, name))
        if held is None or not _is_open(value) or not _is_last(node, name, held.line, scope):
            return value
        return _as_held(value, held.operand, self._maker(node))

    def _maker(self, node: ast.AST) -> frozenset[ast.AST]:
        """The expression that a name is bound to here; none for a parameter."""
        statement = self.line.node
        made = statement.value if isinstance(statement, ast.Assign) else None
        return frozenset({made}) if made is not None and not isinstance(node, ast.arg) else NOTHING

    def _with_rest(self, value: Value, at: int, count: int) -> list[Value]:
        if not isinstance(value, Items) or value.is_open or len(value.items) < count - 1:
            some = self.item_of(value)
            return [*[some] * at, Repeated(some, Plain()), *[some] * (count - at - 1)]
        end = len(value.items) - (count - at - 1)
        return [*value.items[:at], Items(value.items[at:end]), *value.items[end:]]

    def unpacked(self, value: Value, parts: list[ast.expr]) -> list[Value]:
        """What each name of a tuple gets; one with a star what the others leave."""
        starred = [at for at, part in enumerate(parts) if isinstance(part, ast.Starred)]
        count = len(parts)
        if starred:
            return self._with_rest(value, starred[0], count)
        if isinstance(value, Items) and not value.is_open and len(value.items) == count:
            return list(value.items)
        if isinstance(value, Tensor) and value.sizes:
            first = value.sizes[0].number
            if first is not None and first != count:
                raise Mismatch("size", value.sizes[0], Plain(count), value)
        return [self.item_of(value) for _ in range(count)]


def are_alike(target: ast.expr, body: list[ast.stmt] | list[ast.expr]) -> bool:
    """Whether rounds of a loop differ in nothing: their number is not used, and nothing counted."""
    names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    inner = [node for part in body for node in ast.walk(part)]
    used = any(isinstance(node, ast.Name) and node.id in names for node in inner)
    return not used and not any(isinstance(node, ast.AugAssign) for node in inner)


def _filled(tensor: Tensor, value: Value) -> Tensor:
    """A tensor of which some numbers have been set."""
    top = value.highest if isinstance(value, Tensor) else value
    known = isinstance(top, Plain) and isinstance(top.value, int | float)
    if not known or not isinstance(top, Plain):
        return tensor
    now = tensor.highest.value if isinstance(tensor.highest.value, int | float) else top.value
    return replace(tensor, highest=top if top.value >= now else tensor.highest)


def _is_open(value: Value) -> bool:
    if isinstance(value, Tensor):
        return None in (value.shape or (None,))
    return value == UNKNOWN or (isinstance(value, Plain) and value.value is OPEN)


def _as_held(value: Value, operand: Operand, made: Nodes) -> Value:
    """A value with what the run held in place of what is open; what made the rest stays."""
    before = value.made if isinstance(value, Plain) else NOTHING
    if operand.shape is None:
        return Plain(ast.literal_eval(operand.value), before | made)
    sizes = tuple(Plain(size if size >= 0 else OPEN, made) for size in operand.shape)
    if not isinstance(value, Tensor):
        is_array = operand.type == "ndarray"
        return Tensor(sizes=sizes, dtype=operand.dtype, typed=made, formed=made, is_array=is_array)
    return replace(value, sizes=_filled_in(value.sizes, sizes), dtype=value.dtype or operand.dtype)


def _filled_in(known: tuple[Plain, ...] | None, held: tuple[Plain, ...]) -> tuple[Plain, ...]:
    """Sizes that the text leaves open, as the run had them; what made them stays.

    Where a size that the text tells is another one, as after an edit, the run says nothing of it.
    """
    if known is None:
        return held
    pairs = list(zip(known, held, strict=False))
    differ = any(None is not size.number != other.number for size, other in pairs)
    if differ or len(known) != len(held):
        return known
    return tuple(
        Plain(other.value, size.made | other.made) if size.number is None else size
        for size, other in zip(known, held, strict=True)
    )


def _is_last(node: ast.AST, name: str, line: int, scope: Scope) -> bool:
    """Whether a binding is the last one of its name before a line of its function."""
    lines = _bindings(scope.file.function(node) or scope.file.tree).get(name, [])
    at = getattr(node, "lineno", 0)
    return at <= line and not any(at < other <= line for other in lines)


@lru_cache(maxsize=256)
def _bindings(around: ast.AST) -> dict[str, list[int]]:
    """The lines where a function binds each of its names."""
    found: dict[str, list[int]] = {}
    for node in ast.walk(around):
        if isinstance(node, ast.arg):
            found.setdefault(node.arg, []).append(node.lineno)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(node.lineno)
    return found


def handed_out(value: Value, node: ast.expr) -> Value:
    """NumPy's arrays that a function returns: there they may still be given another dtype."""
    if isinstance(value, Tensor) and value.is_array:
        return replace(value, typed=value.typed | {node})
    if isinstance(value, Items) and value.is_tuple and isinstance(node, ast.Tuple):
        pairs = zip(value.items, node.elts, strict=False)
        return Items([handed_out(item, part) for item, part in pairs], value.is_open, is_tuple=True)
    return value
