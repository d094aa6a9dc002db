"""Roles: what each part of a program is, found by the flow of values and never by its position.

`Roles(program).find("head")` answers with the places of the layer whose output the loss sees, or
says why there is none. A role is never guessed: what cannot be told for sure is missing, with the
reason in the user's words.
"""

from debugdiff.source.roles import (  # noqa: F401 - each registers its roles
    activations,
    attention,
    batches,
    convolutions,
    data,
    dropouts,
    evaluation,
    facts,
    guesses,
    heads,
    inputs,
    label_making,
    layers,
    losses,
    masked_losses,
    masks,
    outputs,
    own_layers,
    padding,
    passes,
    pooling,
    precision,
    recurrent,
    sharing,
    steps,
    structure,
    sums,
    training,
)
from debugdiff.source.roles.registry import FACTS, ROLES, Answer, Found, Missing, Roles

__all__ = ["FACTS", "ROLES", "Answer", "Found", "Missing", "Roles"]
