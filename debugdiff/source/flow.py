"""Where the values of a program come from, across functions, classes and files.

A name is followed to what bound it, a parameter to what the calls pass, `self.layer` to its
assignment, a call of the user's own function or module to what that returns. What cannot be
followed further (a call of a library, a literal, arithmetic) is where a value comes from.
"""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.attributes import attribute_bindings
from debugdiff.source.bindings import ITEM, bindings_of, bound_in
from debugdiff.source.callees import INSTANCE, RUNS, callee_of
from debugdiff.source.library_names import library_name
from debugdiff.source.names import dotted, root_of
from debugdiff.source.normal import FUNCTIONS, Function
from debugdiff.source.own_files import own_file, own_part
from debugdiff.source.place import Place
from debugdiff.source.questions import Questions
from debugdiff.source.syntax import argument_of, body_of, default_of, last_name, position
from debugdiff.source.values import Callee, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from debugdiff.source.bindings import Path
    from debugdiff.source.program import File, Program

_STEPS = 400
_SAME_ITEMS = frozenset({"iter", "list", "tuple", "sorted", "reversed", "set", "tqdm", "trange"})


class Flow:
    """The flow of values in a program, worked out where it is asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._names: dict[ast.AST, str] = {}
        self.questions = Questions()
        self.calls = tuple(Place(file, call) for file, call in program.calls)
        """Every call of the program, the main file's first, in the order of their lines."""
        self._calls_by_name: dict[str, list[Place]] = {}
        for place in self.calls:
            assert isinstance(place.node, ast.Call)
            self._calls_by_name.setdefault(last_name(place.node.func), []).append(place)

    def calls_of(self, *names: str) -> list[Place]:
        """Calls of functions or methods by their last name."""
        return [call for name in names for call in self._calls_by_name.get(name, ())]

    # --- names ------------------------------------------------------------------------------------

    def library_name(self, place: Place) -> str:
        """`torch.nn.Linear` for `nn.Linear`, by scope; empty for what no library's import binds."""
        if place.node not in self._names:
            self._names[place.node] = library_name(self.program, place)
        return self._names[place.node]

    def _of_import(self, file: File, name: str) -> list[Value]:
        """What a name stands for that is imported from one of the user's files."""
        found = own_part(self.program, file, file.imports.get(name, ""))
        if found is None or len(found[1]) != 1:
            return []
        return self.global_name(found[0], found[1][0])

    def global_name(self, file: File, name: str) -> list[Value]:
        """What a module binds a name to, the last binding only where nothing is conditional."""
        return [Value(Place(file, b.node), b.path) for b in bound_in(file.tree, name)][-1:]

    # --- origins ----------------------------------------------------------------------------------

    def origins(self, place: Place, path: Path = ()) -> list[Value]:
        """Where an expression's value, or a part of it, comes from; in no particular order.

        Definitions, imports and parameters that no call of the program fills are ends as well.
        """
        key = "origins", place.node, path
        return self.questions.answer(key, lambda: self._ends(Value(place, path)), [])

    def _ends(self, start: Value) -> list[Value]:
        ends: dict[Value, None] = {}
        waiting, seen = [start], {start}
        while waiting and len(seen) < _STEPS:
            value = waiting.pop(0)
            following = self._made_of(value)
            if following is None:
                ends[value] = None
                continue
            fresh = [each for each in following if each not in seen]
            seen.update(fresh)
            waiting += fresh
        return list(ends)

    def _made_of(  # noqa: C901, PLR0911 - one form of an expression each
        self, value: Value
    ) -> list[Value] | None:
        """One step back; `None` where a value begins."""
        file, node, path = value.place.file, value.place.node, value.path
        match node:
            case ast.Name():
                return self._of_name(value)
            case ast.Attribute():
                return self._of_attribute(value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) if path:
                return self._of_display(file, parts, path)
            case ast.Dict() if path and isinstance(path[0], str):
                return self._of_dictionary(file, node, path)
            case ast.IfExp(body=one, orelse=other):
                return [Value(Place(file, one), path), Value(Place(file, other), path)]
            case ast.NamedExpr(value=inner) | ast.Await(value=inner) | ast.Starred(value=inner):
                return [Value(Place(file, inner), path)]
            case ast.Subscript(value=base, slice=ast.Constant(value=int() | str() as index)):
                return self._of_part(Value(Place(file, base), (index, *path)))
            case ast.Call():
                return self._of_call(value)
            case ast.arg():
                return self.passed_to(value)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) if path:
                return [Value(Place(file, element), path[1:])]
            case _:
                return None

    def _of_name(self, value: Value) -> list[Value] | None:
        file, node, path = value.place.file, value.place.node, value.path
        assert isinstance(node, ast.Name)
        bound = bindings_of(file, node)
        if len(bound) == 1 and isinstance(bound[0].node, (ast.Import, ast.ImportFrom)):
            own = self._of_import(file, node.id)
            return [Value(each.place, each.path + path) for each in own] or None
        own = [Value(Place(file, each.node), each.path + path) for each in bound]
        return own or self._of_starred(file, node.id, path) or None

    def _of_starred(self, file: File, name: str, path: Path) -> list[Value]:
        for node in file.starred:
            other = own_file(self.program, file, "." * node.level + (node.module or ""))
            found = self.global_name(other, name) if other else []
            if found:
                return [Value(each.place, each.path + path) for each in found]
        return []

    def _of_attribute(self, value: Value) -> list[Value] | None:
        place, path = value.place, value.path
        node = place.node
        assert isinstance(node, ast.Attribute)
        module = self._module_part(place.file, node)
        if module:
            return [Value(each.place, each.path + path) for each in module]
        found = self.attribute_of(Place(place.file, node.value), node.attr)
        return [Value(each.place, each.path + path) for each in found] or None

    def _module_part(self, file: File, node: ast.Attribute) -> list[Value]:
        """`model.Net` where `model` is one of the user's modules, `lab.model.Net` as well."""
        names, root = dotted(node), root_of(node)
        bound = bindings_of(file, root) if isinstance(root, ast.Name) and names else []
        if not bound or not isinstance(bound[0].node, (ast.Import, ast.ImportFrom)):
            return []
        module = ".".join((file.imports.get(names[0], ""), *names[1:]))
        found = own_part(self.program, file, module)
        return self.global_name(found[0], found[1][0]) if found and len(found[1]) == 1 else []

    def attribute_of(self, owner: Place, name: str) -> list[Value]:
        """What an attribute of an object of one of the user's classes is bound to."""
        if isinstance(owner.node, ast.Name) and owner.node.id in INSTANCE:
            around = owner.file.owner(owner.node)
            classes = [Place(owner.file, around)] if around else []
        else:
            classes = self.classes_of(owner)
        return [value for each in classes for value in self.class_attribute(each, name)]

    def classes_of(self, place: Place) -> list[Place]:
        """The user's classes that a value may be an object of."""
        found = []
        for origin in self.origins(place):
            if isinstance(origin.place.node, ast.Call) and not origin.path:
                callee = self.callee(origin.place)
                if callee.kind == "class" and callee.made:
                    found.append(callee.made)
            elif isinstance(origin.place.node, ast.arg) and not origin.path:
                found += self._annotated(origin.place)
        return found

    def _annotated(self, parameter: Place) -> list[Place]:
        """The user's class in a parameter's annotation."""
        annotation = parameter.node.annotation  # type: ignore[attr-defined]
        if annotation is None:
            return []
        ends = self.origins(Place(parameter.file, annotation))
        return [end.place for end in ends if isinstance(end.place.node, ast.ClassDef)]

    def class_attribute(self, owner: Place, name: str, depth: int = 6) -> list[Value]:
        """What a class and those above it bind an attribute to; methods count as definitions."""
        assert isinstance(owner.node, ast.ClassDef)
        found = [
            Value(Place(owner.file, bound.node), bound.path)
            for bound in attribute_bindings(owner.node, name)
        ]
        if found or not depth:
            return found
        for base in self.bases(owner):
            found += self.class_attribute(base, name, depth - 1)
        return found

    def bases(self, owner: Place) -> list[Place]:
        """The user's classes that a class names as its bases."""
        assert isinstance(owner.node, ast.ClassDef)
        ends = [end for base in owner.node.bases for end in self.origins(Place(owner.file, base))]
        found = [end.place for end in ends if isinstance(end.place.node, ast.ClassDef)]
        return [base for base in found if base.node is not owner.node]

    def library_bases(self, owner: Place, depth: int = 6) -> set[str]:
        """Canonical names of the library's classes that a class descends from."""
        assert isinstance(owner.node, ast.ClassDef)
        names = {self.library_name(Place(owner.file, base)) for base in owner.node.bases} - {""}
        for base in self.bases(owner) if depth else ():
            names |= self.library_bases(base, depth - 1)
        return names

    def _of_display(self, file: File, parts: list[ast.expr], path: Path) -> list[Value] | None:
        step, *rest = path
        if step == ITEM:
            return [Value(Place(file, part), tuple(rest)) for part in parts]
        starred = any(isinstance(part, ast.Starred) for part in parts)
        if isinstance(step, int) and not starred and -len(parts) <= step < len(parts):
            return [Value(Place(file, parts[step]), tuple(rest))]
        return None

    def _of_dictionary(self, file: File, node: ast.Dict, path: Path) -> list[Value] | None:
        found = [
            Value(Place(file, value), path[1:])
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and key.value == path[0]
        ]
        found += [Value(one, path[1:]) for one in self._stored(file, node, path[0])]
        return found or None

    def _stored(self, file: File, made: ast.Dict, key: object) -> Iterator[Place]:
        """What is put into a dictionary later: `loaders["train"] = ...`, `loaders[name] = ...`."""
        around = file.parents[made]
        names = around.targets if isinstance(around, ast.Assign) else []
        for name in names if not made.keys else ():
            if isinstance(name, ast.Name):
                for index, value in _items_put(file.function(made) or file.tree, name.id):
                    if not isinstance(index, ast.Constant) or index.value == key:
                        yield Place(file, value)

    def _of_part(self, value: Value) -> list[Value] | None:
        """A part by its index, where what has parts stands in the text; else it is an end."""
        ends = self.origins(value.place, value.path)
        whole = [end for end in ends if len(end.path) < len(value.path)]
        if ends and len(whole) == len(ends):
            return whole
        opened = [end for end in ends if isinstance(end.place.node, ast.Call) and end.path]
        return opened if ends and len(opened) == len(ends) else None

    # --- calls ------------------------------------------------------------------------------------

    def _of_call(  # noqa: PLR0911 - one kind of a call each
        self, value: Value
    ) -> list[Value] | None:
        place, path = value.place, value.path
        node = place.node
        assert isinstance(node, ast.Call)
        handed_on = self._same_items(place, path)
        if handed_on:
            return handed_on
        callee = self.callee(place)
        if callee.function is not None:
            return [Value(each.place, each.path + path) for each in self.results(callee.function)]
        if callee.kind == "library" and callee.name in api.passes().wrappers and node.args:
            return [Value(Place(place.file, node.args[0]), path)]
        is_dict = callee.name in {"dict", "builtins.dict"} and callee.kind in {"library", "unknown"}
        if is_dict and path:
            found = argument_of(node, str(path[0]), None)
            return [Value(Place(place.file, found), path[1:])] if found else None
        if callee.kind == "method" and callee.name in api.passes().movers and not path:
            assert isinstance(node.func, ast.Attribute)
            return [Value(Place(place.file, node.func.value), path)]
        if callee.kind == "layer" and callee.name == "keras.Model" and callee.made:
            outputs = argument_of(callee.made.node, "outputs", 1)  # type: ignore[arg-type]
            return [Value(Place(callee.made.file, outputs), path)] if outputs else None
        return None

    def _same_items(self, place: Place, path: Path) -> list[Value]:
        """`enumerate`, `zip`, `list` and such hand on the items of what they take."""
        node = place.node
        assert isinstance(node, ast.Call)
        name = last_name(node.func)
        arguments = [Place(place.file, argument) for argument in node.args]
        if name == "next" and arguments:
            return [Value(arguments[0], (ITEM, *path))]
        if not path or path[0] != ITEM or not arguments:
            return []
        rest = path[1:]
        if name in _SAME_ITEMS:
            return [Value(arguments[0], path)]
        if name == "enumerate" and rest and rest[0] == 1:
            return [Value(arguments[0], (ITEM, *rest[1:]))]
        if name == "zip" and rest and isinstance(rest[0], int) and rest[0] < len(arguments):
            return [Value(arguments[rest[0]], (ITEM, *rest[1:]))]
        return []

    def results(self, function: Place) -> list[Value]:
        """What a user's function returns, or the items that it yields."""
        node, file = function.node, function.file
        if isinstance(node, ast.Lambda):
            return [Value(Place(file, node.body))]
        assert isinstance(node, FUNCTIONS)
        return [
            Value(Place(file, statement.value))
            for statement in body_of(node)
            if isinstance(statement, ast.Return) and statement.value is not None
        ]

    def callee(self, place: Place) -> Callee:
        """What a call runs, as far as the text says."""
        key = "callee", place.node
        return self.questions.answer(key, lambda: callee_of(self, place), Callee(kind="unknown"))

    def method(self, owner: Place, *names: str) -> Place | None:
        """A method of a user's class by the first of some names, also inherited."""
        for name in names:
            for value in self.class_attribute(owner, name):
                if isinstance(value.place.node, FUNCTIONS):
                    return value.place
        return None

    # --- parameters -------------------------------------------------------------------------------

    def passed_to(self, value: Value) -> list[Value] | None:
        """What the program's calls pass for a parameter, and its default."""
        parameter, file = value.place.node, value.place.file
        assert isinstance(parameter, ast.arg)
        function = next(n for n in file.up(parameter) if isinstance(n, (*FUNCTIONS, ast.Lambda)))
        if isinstance(function, ast.Lambda):
            return None
        passed = [
            Value(argument, value.path)
            for call in self.sites(Place(file, function))
            for argument in self.passed_by(call, function, parameter.arg)
        ]
        default = default_of(function, parameter.arg)
        if not passed and default is not None:
            return [Value(Place(file, default), value.path)]
        return passed or None

    def passed_by(self, call: Place, function: Function, name: str) -> Iterator[Place]:
        """What one call passes for a parameter of a function, also out of a dictionary."""
        node = call.node
        assert isinstance(node, ast.Call)
        argument = argument_of(node, name, position(function, name))
        if argument is not None:
            yield Place(call.file, argument)
            return
        for keyword in node.keywords:
            if keyword.arg is None:
                for end in self.origins(Place(call.file, keyword.value), (name,)):
                    if not end.path:
                        yield end.place
        default = default_of(function, name)
        if default is not None:
            yield Place(call.file, default)

    def sites(self, function: Place) -> list[Place]:
        """The calls of the program that run a user's function."""
        key = "sites", function.node
        return self.questions.answer(key, lambda: self._find_sites(function), [])

    def _find_sites(self, function: Place) -> list[Place]:
        node = function.node
        assert isinstance(node, FUNCTIONS)
        owner = function.file.parents.get(node)
        if not isinstance(owner, ast.ClassDef):
            candidates: Iterable[Place] = self.calls_of(node.name)
            return [call for call in candidates if self._runs(call, node)]
        if node.name == "__init__":
            return self._makers(Place(function.file, owner))
        if node.name in RUNS:
            return [call for call in self.calls if self._runs(call, node)]
        return [call for call in self.calls_of(node.name) if self._runs(call, node)]

    def _runs(self, call: Place, function: Function) -> bool:
        callee = self.callee(call)
        return callee.function is not None and callee.function.node is function

    def _makers(self, owner: Place) -> list[Place]:
        """The calls that run the `__init__` of a user's class, in the order of `calls`."""
        nothing: dict[Place, list[int]] = {}
        made = self.questions.answer("constructions", self._find_constructions, nothing)
        numbers = [made[each] for each in made if self._initialises(each, owner)]
        return [self.calls[number] for number in sorted(itertools.chain.from_iterable(numbers))]

    def _find_constructions(self) -> dict[Place, list[int]]:
        """The numbers of the calls that make an object, by the user's class that it is of."""
        made: dict[Place, list[int]] = {}
        for number, call in enumerate(self.calls):
            callee = self.callee(call)
            if callee.kind == "class" and callee.made is not None:
                made.setdefault(callee.made, []).append(number)
        return made

    def _initialises(self, made: Place, owner: Place) -> bool:
        """Whether an object of a class is made by the `__init__` of another one, or of itself."""
        if made == owner:
            return True
        inherits = not attribute_bindings(made.node, "__init__")  # type: ignore[arg-type]
        return inherits and owner in self.bases(made)


def _items_put(scope: ast.AST, name: str) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The index and the value of every `name[index] = value` in a scope."""
    for node in ast.walk(scope):
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=owner), slice=index)], value=value
            ) if owner == name:
                yield index, value
