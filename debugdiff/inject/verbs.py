"""Every verb of a rule at a role, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.inject import (
    argument_verbs,
    omissions,
    operations,
    statement_verbs,
    value_verbs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
