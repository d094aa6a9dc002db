"""Layers by their kind: the calls that make them."""

from __future__ import annotations

import ast

from debugdiff.source import api
from debugdiff.source.containers import is_element
from debugdiff.source.place import Place
from debugdiff.source.roles.reads import reads_of
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role


def made(roles: Roles, *kinds: str) -> list[Place]:
    """The calls of the program that make a layer, or call an operation, of some kinds."""
    return [call for call, kind in roles.keep(_kinds) if kind in kinds]


def _kinds(roles: Roles) -> list[tuple[Place, str]]:
    """The calls of the libraries that the table of their functions has, with the kind of each."""
    table = api.known()
    callees = ((call, roles.flow.callee(call)) for call in roles.flow.calls)
    return [
        (call, table[callee.name].kind)
        for call, callee in callees
        if callee.kind == "library" and callee.name in table
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


@role("adaptation", "the call that fits a layer to the data before training (`adapt`)")
def adaptation(roles: Roles) -> Answer:
    """`normalization.adapt(features)`, of Keras or of the program's own."""
    calls = [
        call for call in roles.flow.calls_of("adapt") if roles.flow.callee(call).kind != "library"
    ]
    return found_or(calls, "no layer of this program is fitted to the data before training")


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


@role("hidden-attribute", "hidden layers that are bound to a name or attribute by themselves")
def hidden_attribute(roles: Roles) -> Answer:
    """Those of the model's class that no container holds."""
    hidden_layers = roles.find("hidden")
    if isinstance(hidden_layers, Missing):
        return hidden_layers
    alone = [p for p in hidden_layers.places if isinstance(p.file.parents[p.node], ast.Assign)]
    return found_or(alone, "containers hold all the hidden layers of this program")


@role("attention", "the calls that make the library's attention layers")
def attention(roles: Roles) -> Answer:
    """Every attention layer of the library."""
    return found_or(made(roles, "attention"), "there is no attention layer in this program")


@role("activation", "activation layers and calls of activation functions")
def activation(roles: Roles) -> Answer:
    """Every activation that is a layer or a call of its own."""
    places = made(roles, "activation", "activation-call")
    return found_or(places, "there is no activation of its own in this program")


@role("joining", "the calls that join tensors along an axis, and the layers that do")
def joining(roles: Roles) -> Answer:
    """`torch.cat`, `keras.ops.concatenate`, `layers.Concatenate`."""
    return found_or(made(roles, "joining"), "no statement of this program joins tensors")


@role("reducing-recurrent", "the calls that make recurrent layers that return only the last step")
def reducing_recurrent(roles: Roles) -> Answer:
    """Keras' recurrent layers without `return_sequences`."""
    table = api.known()
    found = []
    for place in made(roles, "recurrent"):
        known = table[roles.flow.callee(place).name]
        if "return_sequences" in known.default and not _is_given(place, "return_sequences"):
            found.append(place)
    return found_or(found, "no recurrent layer of this program returns only its last step")


def _is_given(place: Place, name: str) -> bool:
    keywords = getattr(place.node, "keywords", [])
    return any(keyword.arg in {name, None} for keyword in keywords)


@role("batch-first", "the calls that make layers with `batch_first`")
def batch_first(roles: Roles) -> Answer:
    """PyTorch's recurrent and attention layers with `batch_first=True`."""
    kinds = made(roles, "recurrent", "attention", "block")
    given = [place for place in kinds if _is_given(place, "batch_first")]
    return found_or(given, "no layer of this program is given `batch_first`")


@role("plain-embedding", "the calls that make embedding layers with no setting but their sizes")
def plain_embedding(roles: Roles) -> Answer:
    """Those that neither make a mask nor treat one row in another way than the others."""
    places = roles.find("embedding")
    if isinstance(places, Missing):
        return places
    table = api.known()
    plain = [
        place for place in places.places if _is_plain(place, table[roles.flow.callee(place).name])
    ]
    return found_or(
        plain, "every embedding layer of this program has settings other than its sizes"
    )


def _is_plain(place: Place, known: api.Api) -> bool:
    """Whether a call gives two sizes and nothing else that changes what the layer does."""
    node = place.node
    assert isinstance(node, ast.Call)
    sizes = {known.own("rows"), known.own("units")}
    keywords = {keyword.arg for keyword in node.keywords} - {"name"}
    by_position = any(isinstance(argument, ast.Starred) for argument in node.args)
    is_lookup = known.name.endswith(".Embedding")
    return is_lookup and not by_position and len(node.args) <= len(sizes) and keywords <= sizes


@role("lookup", "the calls that look words up in an embedding layer with no setting but its sizes")
def lookup(roles: Roles) -> Answer:
    """Where such a layer is applied by itself."""
    plain = roles.find("plain-embedding")
    if isinstance(plain, Missing):
        return plain
    layers = frozenset(plain.places)
    calls = [call for call in roles.flow.calls if roles.flow.callee(call).made in layers]
    return found_or(calls, "no statement of this program looks up words in such an embedding")


@role("lookup-table", "an embedding layer with no setting but its sizes, as it is called")
def lookup_table(roles: Roles) -> Answer:
    """`self.embedding` of `self.embedding(words)`."""
    calls = roles.find("lookup")
    if isinstance(calls, Missing):
        return calls
    tables = [
        Place(call.file, call.node.func) for call in calls.places if isinstance(call.node, ast.Call)
    ]
    return found_or(tables, "no statement of this program looks up words in such an embedding")


@role("padded-lookup", "the calls that look words up in an embedding layer with `padding_idx`")
def padded_lookup(roles: Roles) -> Answer:
    """Where it is a layer of PyTorch with no setting but that and its sizes."""
    return found_or(_padded_lookups(roles), _NOT_PADDED)


@role("padded-table", "an embedding layer with `padding_idx`, as it is called")
def padded_table(roles: Roles) -> Answer:
    """`self.embedding` of `self.embedding(words)`."""
    tables = [Place(call.file, call.node.func) for call in _padded_lookups(roles)]  # type: ignore[attr-defined]
    return found_or(tables, _NOT_PADDED)


_NOT_PADDED = "no embedding layer of this program has `padding_idx` as its one setting"


def _padded_lookups(roles: Roles) -> list[Place]:
    tables = {place for place in made(roles, "embedding") if _is_padded(place)}
    return [call for call in roles.flow.calls if roles.flow.callee(call).made in tables]


def _is_padded(place: Place) -> bool:
    match place.node:
        case ast.Call(args=args, keywords=keywords):
            names = {keyword.arg for keyword in keywords}
            given = names - {"num_embeddings", "embedding_dim"}
            return len(args) + len(names) == 3 and given == {"padding_idx"}  # noqa: PLR2004
    return False


@role("token-ids", "what an embedding layer looks up, where the program calls it directly")
def token_ids(roles: Roles) -> Answer:
    """The argument of the call of an embedding layer."""
    found = []
    for call in roles.flow.calls:
        callee, node = roles.flow.callee(call), call.node
        known = api.known().get(callee.name)
        applies = callee.kind == "layer" and known is not None and known.kind == "embedding"
        if applies and isinstance(node, ast.Call) and node.args:
            found.append(Place(call.file, node.args[0]))
    return found_or(found, "no statement of this program looks up words in an embedding")


@role("one-input-layer", "recurrent and embedding layers that are called with only one input")
def one_input_layer(roles: Roles) -> Answer:
    """Where each is made: bound to an attribute, and in Keras also where it is called.

    An embedding that hands on a mask is none: what would take its place hands on no mask.
    """
    kinds = [p for p in made(roles, "recurrent", "embedding") if not _is_given(p, "mask_zero")]
    found = [place for place in kinds if _has_one_input(roles, place)]
    return found_or(found, "no recurrent or embedding layer is called with only one input")


def _has_one_input(roles: Roles, layer: Place) -> bool:
    parent = layer.file.parents[layer.node]
    match parent:
        case ast.Assign(targets=[ast.Attribute(attr=name)]):
            reads = reads_of(roles, layer, name)
            return bool(reads) and all(_gives_one(layer.file.parents[node]) for node in reads)
        case ast.Call(func=function) if function is layer.node:
            return _gives_one(parent)
    is_keras = roles.flow.callee(layer).name.startswith("keras")
    return is_keras and is_element(layer)


def _gives_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords
