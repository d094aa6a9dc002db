"""Calls in a dry run: the user's functions, classes and objects, and what libraries are given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.dryrun.library import LibraryCalls
from debugdiff.dryrun.machine import Returned
from debugdiff.dryrun.sizes import made_by
from debugdiff.dryrun.values import (
    OPEN,
    UNKNOWN,
    Above,
    Entries,
    Instance,
    Items,
    Layer,
    Library,
    Method,
    Mismatch,
    Own,
    Plain,
    Repeated,
    Routine,
    Scope,
    Tensor,
    Thing,
)
from debugdiff.source.names import canonical
from debugdiff.source.place import Place
from debugdiff.source.syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.dryrun.values import Value

_DEEPEST = 24
_RUNS = ("forward", "call", "__call__")


class Calls(LibraryCalls):
    """What calls give."""

    def call(self, node: ast.Call, scope: Scope) -> Value:
        """What a call gives."""
        callee = self.value(node.func, scope)
        if isinstance(callee, Library) and callee.name == "builtins.super":
            return self._above(scope)
        if isinstance(callee, Library) and callee.name == "builtins.zip":
            unzipped = self._unzipped(node, scope)
            if unzipped is not None:
                return unzipped
        args, kwargs = self._arguments(node, scope)
        if node in self.skipped:
            return callee.receiver if isinstance(callee, Method) else args[0] if args else UNKNOWN
        self.stack.append(Place(scope.file, node))
        self.reached.add(node)
        try:
            return self.invoke(callee, args, kwargs, node)
        except Mismatch as mismatch:
            mismatch.stack = mismatch.stack or tuple(self.stack)
            raise
        finally:
            self.stack.pop()

    def _unzipped(self, node: ast.Call, scope: Scope) -> Value | None:
        """`zip(*rows)` of rows that are all alike: a list for each part of a row."""
        match node.args:
            case [ast.Starred(value=inner)]:
                rows = self.value(inner, scope)
                if isinstance(rows, Repeated) and isinstance(rows.item, Items):
                    parts = (Repeated(part, rows.length) for part in rows.item.items)
                    return Items(list(parts), rows.item.is_open)
        return None

    def _arguments(self, node: ast.Call, scope: Scope) -> tuple[list[Value], dict[str, Value]]:
        args: list[Value] = []
        for argument in node.args:
            value = self.value(argument, scope)
            if isinstance(argument, ast.Starred):
                args += self.rounds(value) or []
            else:
                args.append(value)
        kwargs: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, Entries):
                kwargs.update({str(key): held for key, held in value.entries.items()})
        for name, more in self.given.get(node, {}).items():
            kwargs[name] = self.value(more, scope) if isinstance(more, ast.expr) else more
        return args, kwargs

    def invoke(  # noqa: PLR0911 - one kind of a callee each
        self, callee: Value, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Call something with its arguments."""
        match callee:
            case Routine():
                return self.run(callee, args, kwargs)
            case Own():
                return self.instantiate(callee, args, kwargs, node)
            case Instance():
                return self._run_instance(callee, args, kwargs)
            case Library(name=name):
                return self.library_call(canonical(name), args, kwargs, node)
            case Layer():
                return self.apply(callee, args, kwargs, node)
            case Thing():
                return self.apply_thing(callee, args, kwargs)
            case Method(receiver=receiver, name=name):
                return self.method_call(receiver, name, args, kwargs, node)
        return UNKNOWN

    # --- the user's own ---------------------------------------------------------------------------

    def run(self, routine: Routine, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """Run a function of the user's."""
        self.count()
        if len(self.under_way) >= _DEEPEST or routine.node in self.under_way[:-1]:
            return UNKNOWN
        name = getattr(routine.node, "name", "")
        inner = Scope(routine.file, around=routine.scope, function=name)
        self._fill(routine, args, kwargs, inner)
        if isinstance(routine.node, ast.Lambda):
            return self.value(routine.node.body, inner)
        self.under_way.append(routine.node)
        self.yielded.append([])
        result: Value = Plain(None)
        try:
            self.block(routine.node.body, inner)
        except Returned as returned:
            result = returned.value
        finally:
            self.under_way.pop()
            given = self.yielded.pop()
        return Items(given, is_open=True) if given else result

    def _fill(
        self, routine: Routine, args: list[Value], kwargs: Mapping[str, Value], inner: Scope
    ) -> None:
        """Bind a function's parameters."""
        parameters = routine.node.args
        positional = [*parameters.posonlyargs, *parameters.args]
        if routine.instance is not None:
            args = [routine.instance, *args]
        defaults = [*parameters.defaults]
        for parameter, default in zip(positional[::-1], defaults[::-1], strict=False):
            inner.names[parameter.arg] = self.value(default, routine.scope)
        for parameter, keyword_default in zip(
            parameters.kwonlyargs, parameters.kw_defaults, strict=True
        ):
            if keyword_default is not None:
                inner.names[parameter.arg] = self.value(keyword_default, routine.scope)
        every = [*positional, *parameters.kwonlyargs]
        given = dict(zip([each.arg for each in positional], args, strict=False))
        named = {each.arg for each in every}
        given.update({name: value for name, value in kwargs.items() if name in named})
        for parameter in every:
            value = given.get(parameter.arg, inner.names.get(parameter.arg, UNKNOWN))
            inner.names[parameter.arg] = self.seen(parameter, parameter.arg, value, inner)
        if parameters.vararg:
            inner.names[parameters.vararg.arg] = Items(args[len(positional) :], is_tuple=True)
        if parameters.kwarg:
            rest = {name: value for name, value in kwargs.items() if name not in named}
            inner.names[parameters.kwarg.arg] = Entries(dict(rest))

    def instantiate(
        self, owner: Own, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Make an object of a class of the user's."""
        made = Instance(owner, made=node)
        start = self.method_of(made, "__init__")
        if start is not None:
            self.run(start, args, kwargs)
        elif _has_fields(owner.node):
            fields = [
                one.target.id
                for one in owner.node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
            made.attributes.update(zip(fields, args, strict=False))
            made.attributes.update({name: kwargs[name] for name in fields if name in kwargs})
        return made

    def _run_instance(
        self, instance: Instance, args: list[Value], kwargs: Mapping[str, Value]
    ) -> Value:
        build = self.method_of(instance, "build")
        if build is not None and "built" not in instance.attributes and args:
            instance.attributes["built"] = Plain(value=True)
            if isinstance(args[0], Tensor) and args[0].sizes is not None:
                self.run(build, [Items(list(args[0].sizes), is_tuple=True)], {})
        for name in _RUNS:
            method = self.method_of(instance, name)
            if method is not None:
                accepted = {
                    each.arg for each in (*method.node.args.args, *method.node.args.kwonlyargs)
                }
                return self.run(method, args, {k: v for k, v in kwargs.items() if k in accepted})
        return UNKNOWN

    def method_of(self, instance: Instance, name: str, above: Own | None = None) -> Routine | None:
        """A method of an object, its own class's or inherited; of `above`, only inherited."""
        owners = self.lineage(instance.owner)
        if above is not None:
            owners = owners[owners.index(above) + 1 :] if above in owners else []
        for owner in owners:
            found = owner.scope.names.get(name)
            if isinstance(found, Routine):
                static = any(
                    last_name(each) == "staticmethod"
                    for each in getattr(found.node, "decorator_list", ())
                )
                return Routine(
                    found.file, found.node, found.scope, owner, None if static else instance
                )
        return None

    def lineage(self, owner: Own) -> list[Own]:
        """A class and the user's classes above it."""
        found = [owner]
        for base in owner.node.bases:
            above = self.value(base, owner.scope.around or owner.scope)
            if isinstance(above, Own) and above is not owner:
                found += self.lineage(above)
        return found

    def _above(self, scope: Scope) -> Value:
        instance = scope.find("self")
        if not isinstance(instance, Instance):
            return UNKNOWN
        around = self.line.file.owner(self.line.node)
        owner = next((each for each in self.lineage(instance.owner) if each.node is around), None)
        return Above(owner, instance) if owner is not None else UNKNOWN

    # --- attributes -------------------------------------------------------------------------------

    def attribute(  # noqa: PLR0911 - one kind of a value each
        self, value: Value, name: str, node: ast.AST
    ) -> Value:
        """An attribute of a value."""
        match value:
            case Library():
                return Library(f"{value.name}.{name}")
            case Instance():
                return self._of_instance(value, name)
            case Above():
                found = self.method_of(value.instance, name, value.owner)
                return found if found is not None else Method(UNKNOWN, name)
            case Own():
                return value.scope.names.get(name, Method(value, name))
            case Tensor():
                return self.of_tensor(value, name, node)
            case Thing() if isinstance(value.call, ast.Call) and name in value.arguments:
                return value.arguments[name]
            case Entries() if name in value.entries:
                return value.entries[name]
        return self.setting(value, name)

    def _of_instance(self, instance: Instance, name: str) -> Value:
        if name in instance.attributes:
            return instance.attributes[name]
        method = self.method_of(instance, name)
        if method is not None:
            is_property = any(
                last_name(each) == "property" for each in getattr(method.node, "decorator_list", ())
            )
            return self.run(method, [], {}) if is_property else method
        for owner in self.lineage(instance.owner):
            if name in owner.scope.names:
                return owner.scope.names[name]
        return Method(instance, name)

    # --- iteration --------------------------------------------------------------------------------

    def rounds(self, value: Value) -> list[Value] | None:
        """The items of a value, where the text tells all of them."""
        if isinstance(value, Items):
            return None if value.is_open else list(value.items)
        if isinstance(value, Layer) and value.inside:
            return list(value.inside)
        if isinstance(value, Entries):
            return None if value.is_open else [Plain(key) for key in value.entries]
        if isinstance(value, Plain) and isinstance(value.value, str):
            return [Plain(letter, value.made) for letter in value.value]
        if isinstance(value, Thing):
            return self.rounds_of_thing(value)
        return None

    def item_of(  # noqa: PLR0911 - one kind of a value each
        self, value: Value
    ) -> Value:
        """Some item of a value."""
        if isinstance(value, Items) and value.items:
            return value.items[-1]
        if isinstance(value, Repeated):
            return value.item
        if isinstance(value, Plain | Entries):
            return Plain()
        if isinstance(value, Tensor):
            return Tensor(
                sizes=value.sizes[1:] if value.sizes else None,
                dtype=value.dtype,
                typed=value.typed,
                formed=value.formed,
                lowest=value.lowest,
                highest=value.highest,
                is_array=value.is_array,
            )
        if isinstance(value, Thing):
            return self.item_of_thing(value)
        if isinstance(value, Instance):
            method = self.method_of(value, "__getitem__") or self.method_of(value, "__iter__")
            return self.run(method, [Plain()], {}) if method is not None else UNKNOWN
        return UNKNOWN

    def length(  # noqa: PLR0911 - one kind of a value each
        self, value: Value
    ) -> Plain:
        """How many items a value has."""
        if isinstance(value, Items) and not value.is_open:
            return Plain(len(value.items), made_by(*value.items) if value.is_tuple else frozenset())
        if isinstance(value, Repeated):
            return value.length
        if isinstance(value, Tensor) and value.sizes:
            return value.sizes[0]
        if isinstance(value, Entries):
            return Plain(OPEN if value.is_open else len(value.entries))
        if isinstance(value, Plain) and isinstance(value.value, str):
            return Plain(len(value.value), value.made)
        if isinstance(value, Instance):
            method = self.method_of(value, "__len__")
            found = self.run(method, [], {}) if method is not None else UNKNOWN
            return found if isinstance(found, Plain) else Plain()
        if isinstance(value, Thing):
            return self.length_of_thing(value)
        return Plain(OPEN)


def _has_fields(node: ast.ClassDef) -> bool:
    """Whether a class takes its fields as arguments: a data class, a named tuple."""
    decorators = (last_name(_bare(each)) for each in node.decorator_list)
    return "dataclass" in decorators or any(last_name(b) == "NamedTuple" for b in node.bases)


def _bare(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node
