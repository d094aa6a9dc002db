"""Every verb of a rule at a role, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from debugdiff.inject import (
    argument_verbs,
    omissions,
    operations,
    statement_verbs,
    value_verbs,
)
from debugdiff.inject.argument_verbs import OPERATORS
from debugdiff.inject.code import parse_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.inject.site import Site
    from debugdiff.model import Verb, VerbValue

VERBS: Mapping[str, Callable[[Site, VerbValue], None]] = {
    "set": argument_verbs.set_arguments,
    "drop": argument_verbs.drop,
    "swap": argument_verbs.swap,
    "become": argument_verbs.become,
    "activate": value_verbs.activate,
    "wrap": value_verbs.wrap,
    "unwrap": value_verbs.unwrap,
    "leave_out": omissions.leave_out,
    "negate": operations.negate,
    "inline": operations.inline,
    "separate": operations.separate,
    "insert": value_verbs.insert,
    "replace": statement_verbs.replace,
    "remove": statement_verbs.remove,
    "before": statement_verbs.put_before,
    "after": statement_verbs.put_after,
    "first": statement_verbs.put_first,
    "last": statement_verbs.put_last,
    "move": statement_verbs.move,
    "enclose": statement_verbs.enclose,
}
"""Every verb, in the order in which the verbs of a rule are done."""


def do(verb: Verb, site: Site) -> None:
    """Do one verb.

    Raises:
        Unfit: it cannot be done there; says why.
    """
    VERBS[verb.name](site, verb.value)


def codes_of(verb: Verb) -> Iterator[str]:
    """The code of a verb."""
    match verb.name, verb.value:
        case "set", Mapping() as values:
            yield from values.values()
        case "enclose", str() as header:
            yield f"{header.strip()} pass"
        case "become", str() as code if code not in OPERATORS and not code.startswith("."):
            yield code
        case "wrap" | "insert" | "replace" | "before" | "after" | "first" | "last", str() as code:
            yield code


def names_of(verb: Verb) -> frozenset[str]:
    """The variables and functions that the code of a verb binds."""
    return frozenset().union(*(parse_code(text).own_names for text in codes_of(verb)))
