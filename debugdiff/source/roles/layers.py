"""Layers by their kind: the calls that make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role

if TYPE_CHECKING:
    from debugdiff.source.place import Place


def made(roles: Roles, *kinds: str) -> list[Place]:
    """The calls of the program that make a layer, or call an operation, of some kinds."""
    table = api.known()
    return [
        call
        for call in roles.flow.calls
        if (known := table.get(roles.flow.callee(call).name)) is not None
        and known.kind in kinds
        and roles.flow.callee(call).kind == "library"
    ]


@role("embedding", "the calls that make embedding layers")
def embedding(roles: Roles) -> Answer:
    """Every embedding layer."""
    return found_or(made(roles, "embedding"), "there is no embedding layer in this program")


@role("recurrent", "the calls that make recurrent layers (RNN, LSTM, GRU)")
def recurrent(roles: Roles) -> Answer:
    """Every recurrent layer."""
    return found_or(made(roles, "recurrent"), "there is no recurrent layer in this program")


@role("convolution", "the calls that make convolution layers")
def convolution(roles: Roles) -> Answer:
    """Every convolution."""
    return found_or(made(roles, "convolution"), "there is no convolution in this program")


@role("dropout", "the calls that make dropout layers or apply dropout")
def dropout(roles: Roles) -> Answer:
    """Every dropout layer or call."""
    return found_or(made(roles, "dropout", "dropout-call"), "there is no dropout in this program")


@role("normalisation", "the calls that make normalisation layers (batch, layer, group)")
def normalisation(roles: Roles) -> Answer:
    """Every normalisation layer."""
    reason = "there is no normalisation layer in this program"
    return found_or(made(roles, "normalisation"), reason)


@role("dense", "the calls that make dense layers (Linear, Dense), the head with them")
def dense(roles: Roles) -> Answer:
    """Every dense layer."""
    return found_or(made(roles, "dense"), "there is no dense layer in this program")


@role("hidden", "the calls that make dense or convolution layers other than the head")
def hidden(roles: Roles) -> Answer:
    """Every dense layer or convolution but the head."""
    head = roles.find("head")
    if isinstance(head, Missing):
        return head
    others = [place for place in made(roles, "dense", "convolution") if place not in head.places]
    return found_or(others, "there is no hidden layer in this program")


@role("attention", "the calls that make the library's attention layers")
def attention(roles: Roles) -> Answer:
    """Every attention layer of the library."""
    return found_or(made(roles, "attention"), "there is no attention layer in this program")


@role("activation", "activation layers and calls of activation functions")
def activation(roles: Roles) -> Answer:
    """Every activation that is a layer or a call of its own."""
    places = made(roles, "activation", "activation-call")
    return found_or(places, "there is no activation of its own in this program")
