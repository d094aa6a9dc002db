"""Cognitive complexity: the specification's own examples, in Python."""

from __future__ import annotations

import ast
import textwrap

import pytest

from debugdiff.static.cognitive import Complexity, cognitive_complexity


def complexity(source: str) -> Complexity:
    return cognitive_complexity(ast.parse(textwrap.dedent(source)).body)


GOLDEN = {
    "sum of primes: `continue OUTER` is a loop with `else` in Python": (
        7,
        """
        def sum_of_primes(maximum):
            total = 0
            for i in range(1, maximum + 1):  # +1
                for j in range(2, i):        # +2
                    if i % j == 0:           # +3
                        break
                else:                        # +1
                    total += i
            return total
        """,
    ),
    "get words: a switch is one structure": (
        1,
        """
        def get_words(number):
            match number:  # +1
                case 1:
                    return "one"
                case 2:
                    return "a couple"
                case _:
                    return "lots"
        """,
    ),
    "a run of like operators costs one point": (
        4,
        """
        def f():
            if (a              # +1
                and b and c    # +1
                or d or e      # +1
                and f):        # +1
                pass
        """,
    ),
    "a negation starts a run of its own": (
        3,
        """
        def f():
            if a and not (b and c):  # +1, +1, +1
                pass
        """,
    ),
    "catch increments and nests, try does not": (
        9,
        """
        def my_method():
            try:
                if condition1:                    # +1
                    for i in range(10):           # +2
                        while condition2:         # +3
                            pass
            except (ValueError, TypeError):       # +1
                if condition2:                    # +2
                    pass
        """,
    ),
    "a lambda nests and does not increment": (
        2,
        """
        def my_method2():
            run = lambda: 1 if condition1 else 2  # +2
        """,
    ),
    "overridden symbol": (
        19,
        """
        def overridden_symbol_from(self, class_type):
            if class_type.is_unknown():                       # +1
                return UNKNOWN
            unknown_found = False
            for symbol in class_type.members().lookup(NAME):  # +1
                if (symbol.is_kind(METHOD)                    # +2
                        and not symbol.is_static()):          # +1
                    if can_override(symbol):                  # +3
                        overriding = check(symbol, class_type)
                        if overriding is None:                # +4
                            if not unknown_found:             # +5
                                unknown_found = True
                        elif overriding:                      # +1
                            return symbol
            if unknown_found:                                 # +1
                return UNKNOWN
            return None
        """,
    ),
    "to regexp": (
        20,
        """
        def to_regexp(pattern, separator):
            out = ["^"]
            i = (1 if pattern.startswith("/")                  # +1
                 or pattern.startswith(SLASH) else 0)          # +1
            while i < len(pattern):                            # +1
                ch = pattern[i]
                if ch in SPECIAL:                              # +2
                    out.append(ch)
                elif ch == "*":                                # +1
                    if (i + 1 < len(pattern)                   # +3
                            and pattern[i + 1] == "*"):        # +1
                        if (i + 2 < len(pattern)               # +4
                                and is_slash(pattern[i + 2])): # +1
                            out.append("(?:.*")
                            i += 2
                        else:                                  # +1
                            out.append(".*")
                            i += 1
                    else:                                      # +1
                        out.append("[^")
                elif ch == "?":                                # +1
                    out.append("]")
                elif is_slash(ch):                             # +1
                    out.append(separator)
                else:                                          # +1
                    out.append(ch)
                i += 1
            return "".join(out)
        """,
    ),
    "a decorator adds no nesting": (
        1,
        """
        def a_decorator(a, b):
            def inner(func):
                if condition:  # +1
                    print(b)
                func()
            return inner
        """,
    ),
    "a function with more than a nested one is no decorator": (
        2,
        """
        def not_a_decorator(a, b):
            my_var = a * b
            def inner(func):
                if condition:  # +2
                    print(b)
                func()
            return inner
        """,
    ),
    "a generator of decorators adds no nesting either": (
        1,
        """
        def decorator_generator(a):
            def generator(func):
                def decorator(func):
                    if condition:  # +1
                        print(a)
                    return func()
                return decorator
            return generator
        """,
    ),
    "recursion costs each function of the cycle one point": (
        4,
        """
        def even(n):           # +1
            if n == 0:         # +1
                return True
            return odd(n - 1)

        def odd(n):            # +1
            if n == 0:         # +1
                return False
            return even(n - 1)
        """,
    ),
    "a method that calls itself through self is recursive": (
        1,
        """
        class Tree:
            def depth(self):
                return 1 + self.left.depth() + self.depth()
        """,
    ),
    "what stands in no function counts for the module": (
        3,
        """
        for i in range(3):  # +1
            if i:           # +2
                print(i)
        """,
    ),
    "try, finally, with, comprehensions and calls are free": (
        0,
        """
        def f():
            with g() as h:
                try:
                    return [x for x in h if x]
                finally:
                    h.close()
        """,
    ),
    "the else of a try costs one point": (
        2,
        """
        def f():
            try:
                g()
            except ValueError:  # +1
                pass
            else:               # +1
                h()
        """,
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_an_example_has_the_points_that_its_comments_say(name: str) -> None:
    points, source = GOLDEN[name]
    assert complexity(source).total == points


def test_the_maximum_is_that_of_one_function() -> None:
    source = """
    def f(a):
        if a:
            pass

    def g(a):
        for b in a:
            if b:
                pass
    """
    found = complexity(source)
    assert found.units == {"<module>": 0, "f": 1, "g": 3}
    assert (found.total, found.maximum) == (4, 3)


def test_methods_are_units_of_their_own() -> None:
    found = complexity("class A:\n    def f(self):\n        return 1 if self else 2\n")
    assert found.units == {"<module>": 0, "A.f": 1}
