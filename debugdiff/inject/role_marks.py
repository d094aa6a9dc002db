"""Where a defect at a role bites, by the role's own places or by where its value is used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.inject.edits import span_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from debugdiff.inject.role_rules import RoleChange
    from debugdiff.model import Span
    from debugdiff.source.place import Place

ROLE = "role:"
"""What a `use` or `accept` begins with that is a role, and no pattern."""

_OF_LOSS = (
    *("head", "logits", "output", "output-activation", "targets", "predictions"),
    *("training-arrays", "training-inputs", "training-labels", "batch-inputs"),
    *("loss", "loss-object", "loss-name"),
)
_USED_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (*_OF_LOSS, "rows", "labels", "batches"),
        ("loss-call",),
    ),
    "two-inputs": ("training-call",),
    **dict.fromkeys(("optimizer", "clearing", "learning-rate"), ("step", "training-call")),
}
_READ_THERE = frozenset({"token-ids"})
"""Roles whose places read a value: a change in the lines before takes effect there."""
_LAYERS = frozenset(
    {
        "activation",
        "attention",
        "convolution",
        "dense",
        "dropout",
        "embedding",
        "hidden",
        "normalisation",
        "recurrent",
        "batch-first",
        "joining",
    }
)


def at_role(role: str, change: RoleChange) -> tuple[Span, ...]:
    """Where the places of a role stand in the changed file; those that it has lost are left out."""
    return _spans(change.roles.places(role), change)


def default_use(change: RoleChange) -> tuple[Span, ...]:
    """Where the value of the rule's own role is used; empty where that does not follow from it."""
    if change.role in _LAYERS:
        return _spans(_applications(change), change)
    if change.role in _READ_THERE:
        return _spans(change.places, change)
    used_by = (at_role(role, change) for role in _USED_BY.get(change.role, ()))
    return next((spans for spans in used_by if spans), ())


def _applications(change: RoleChange) -> Iterable[Place]:
    """The calls of the layers that the changed places make."""
    flow = change.roles.flow
    made = {place.node for place in change.places}
    for call in flow.calls:
        maker = flow.callee(call).made
        if maker is not None and maker.node in made:
            yield call


def _spans(places: Iterable[Place], change: RoleChange) -> tuple[Span, ...]:
    spans = (_span(place, change) for place in places)
    return tuple(span for span in spans if span is not None)


def _span(place: Place, change: RoleChange) -> Span | None:
    """Where a place stands now; a file that was not changed is named."""
    start, end = place.file.span(place.node)
    if place.file is change.file:
        return change.result.span(start, end)
    return replace(span_of(place.file.text, start, end), file=place.file.name)
