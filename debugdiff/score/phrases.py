"""What counts as part of an argument (D6) and as helpful content (D8): the patterns, in full.

They are conventions, the same for every framework; `docs/metrics.md` explains them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.score.literals import Literals, read_literals, written
from debugdiff.score.prose import plain_message, sentences, words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from debugdiff.model import Failure

ARGUMENT_PARTS = {
    "claim": "says in words what is wrong",
    "grounds": "states a fact of this run",
    "warrant": "says what has to hold",
    "backing": "explains further, or links to an explanation",
    "resolution": "says what to do",
}
CONTENTS = {
    "component": "names the layer or parameter",
    "conflict": "says both sides of the conflict",
    "shape": "prints a shape",
    "dtype": "names a dtype",
    "axis": "names an axis",
    "bound": "prints the offending value and its bound",
    "api": "names a public API",
    "type": "has a specific exception type",
    "action": "suggests an action",
}

CATCH_ALL_TYPES = frozenset(
    {
        *("BaseException", "Exception", "RuntimeError", "ValueError", "AssertionError"),
        *("SystemError", "InvalidArgumentError", "InternalError", "UnknownError"),
    }
)
"""Types that their framework raises for almost anything, so that they tell nothing."""

_CLAIM_WORDS = 3
_BACKING_WORDS = 4
_WARRANT = re.compile(
    r"\b(?:must|expect(?:s|ed)?|requires?|required|should|(?<!you )needs?|ha(?:s|ve) to|can only"
    r"|allowed|only supports?|is not in|valid range)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://")
_REPORT = re.compile(
    r"^(?:received|expected|got|found|full shape|label values|input shapes?)\b", re.IGNORECASE
)
_IMPERATIVE = re.compile(
    r"(?:^|\n|\(|[.;:,]\s|\bor\s|\band\s|\bthen\s)\s*(?:use|set|try|pass|call|add|specify|check|consider"
    r"|ensure|make sure|enable|disable|see|change|replace|remove)\b(?!:)",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"\bdid you (?:mean|forget)\b|\bplease\b|\byou (?:can|should|may|might|must|need to|want to)\b"
    r"|\bif you (?:want|need|intend)\b|\bperhaps you\b|\buse\b[^.]{1,80}\binstead\b",
    re.IGNORECASE,
)
_DTYPE = re.compile(
    r"\b(?:(?:u?int|float|complex)(?:8|16|32|64|128)|bfloat16|DT_[A-Z0-9]+|Half|Double|Long|Byte|Bool"
    r"|Float|Int|Short|Char|bool|(?:torch\.)?(?:cuda\.)?(?:Float|Double|Half|BFloat16|Long|Int|Short"
    r"|Byte|Char|Bool)Tensor)\b"
)
_AXIS = re.compile(
    r"\b(?:axis|axes|dim|dims|dimensions?)\b\s*[=:]?\s*-?\d+|\bsize\(-?\d\)|\.shape\[-?\d"
    r"|\b(?:first|last|second|third)(?: \w+)? dimensions?\b"
    r"|\bDimension out of range\b|\bnon-singleton dimension\b",
    re.IGNORECASE,
)
_FACTS = (
    re.compile(r"[\[(]\s*(?:\d+|None)\s*[,\])]|\b\d+x\d+"),
    _DTYPE,
    re.compile(r"""['"`]\w+['"`]"""),
    re.compile(r"\d"),
)
"""Shapes, dtypes, quoted names, figures: what is quoted first comes first."""
_QUOTED_LENGTH = 40
_LONGEST_QUOTE = 100
_EXPECTED = re.compile(
    r"\b(?:expect(?:s|ed)?|must|should|requires?|required|valid range|requested|needs?)\b"
    r"|\bnot in [\[(]",
    re.IGNORECASE,
)
_ACTUAL = re.compile(r"\b(?:got|received|found|but|instead|not|actual|given)\b", re.IGNORECASE)
_AGREEMENT = re.compile(
    r"\b(?:match(?:ing)?|equal|(?:size-)?incompatible|cannot be multiplied"
    r"|invalid for|the same|broadcast|differ)",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"-?\d[^.\n]*\b(?:not in|outside|out of (?:range|bounds)|exceeds)\b[^\n]*\d"
    r"|\b(?:range|between|at most|less than|smaller than)\b[^\n]*\d[^\n]*"
    r"\b(?:got|received|found)\b[^\n]*\d",
    re.IGNORECASE,
)
_ARGUMENT = (
    r"(?:input|target|output|logits|labels|predictions|weight|bias|hidden|indices|mat1|mat2)"
)
"""Arguments that messages name without a mark, in either framework."""
_COMPONENT = re.compile(
    r"""\b(?i:layer|parameter|argument|module|name)s?(?:\ \#\d+)?\ [`'"](?!None)\w+
      | (?<!'NoneType'\ object\ has\ no\ )\b(?i:attribute)s?\ [`'"](?!None)\w+
      | \b[A-Z]\w+\.(?:\w+)\(\) | \b__init__\(\) | \bnode\ [`'"]?\w+/ | `\w+`\ layer
      | \b(?i:{argument})\b(?:\ and\ (?i:{argument}))?\ (?:batch_size|sizes?|shapes?|must|should)\b
      | \b(?:of|for|[Ee]xpected|[Ii]nvalid)\ {argument}\b | \b{argument}\.(?:shape|ndim|dtype)\b
      | \bpassed\ to\ [A-Z]\w+ | [`'](?!NoneType)\w+['`]\ object\ has\ no
      | \w+\(\):\ argument""".replace("{argument}", _ARGUMENT),
    re.VERBOSE,
)
_TENSOR_ATTRIBUTE = re.compile(r"[`']\w*Tensor['`] object has no attribute [`']\w+['`]")
"""What a tensor's class has not: that names neither a layer nor a parameter nor an argument."""
_CONTRADICTED = (re.compile(r"Argument `output` must have rank \(ndim\) `target\.ndim - 1`\.\s*"),)
"""Sentences that their framework's own source contradicts: Keras asks for `target.ndim + 1` there.
Advice that is false is none: it neither warrants nor names anything."""
_API = re.compile(
    r"\b(?:torch|tf|tensorflow|keras|np|numpy|jax|nn|autograd)\.(?!\w*Tensor\b)[A-Za-z_]\w+|\b[A-Za-z_]\w+\(\)"
    r"|\bpassed to [A-Z]\w+|`[A-Z]\w+` layer|\bchecking arguments for \w+|\[Op:[A-Z]\w+\]"
)
_PRIVATE_API = re.compile(r"\[Op:_\w*\]")


def argument_parts(message: str) -> Mapping[str, str]:
    """The words that make each part of an argument; empty for a part that is not there."""
    message = _without_false_advice(message)
    return {
        "claim": _claim(message),
        "grounds": _quoted(message, *_FACTS),
        "warrant": _quoted(message, _WARRANT),
        "backing": link(message) or _says_more(message),
        "resolution": _action(message),
    }


def link(message: str) -> str:
    """The first address that a message prints; empty if it prints none."""
    return _quoted(message, _LINK)


def _without_false_advice(message: str) -> str:
    for pattern in _CONTRADICTED:
        message = pattern.sub("", message)
    return message


def _claim(message: str) -> str:
    if len(words(message)) < _CLAIM_WORDS:
        return ""
    return _shortened(next(iter(sentences(message)), message))


def _says_more(message: str) -> str:
    """A second sentence that explains, and does not only report what was received."""
    further = (
        sentence
        for sentence in sentences(message)[1:]
        if len(words(sentence)) >= _BACKING_WORDS and not _REPORT.match(sentence)
    )
    return _shortened(next(further, ""))


def _action(message: str) -> str:
    """What a message tells to do."""
    return _quoted(message, _IMPERATIVE, _ADVICE)


def contents(failure: Failure, own_names: Collection[str] = ()) -> Mapping[str, str]:
    """What of a failure makes each of the nine contents, in the order of `CONTENTS`; else empty.

    Args:
        failure: what was raised.
        own_names: classes and functions of the user's: `Decoder.call()` names no public API.
    """
    message = _without_false_advice(plain_message(failure))
    literals = read_literals(message)
    kind = failure.type.rpartition(".")[2]
    return {
        "component": _quoted(_TENSOR_ATTRIBUTE.sub("", message), _COMPONENT),
        "conflict": _both_sides(message, literals),
        "shape": ", ".join(map(written, literals.shapes)),
        "dtype": _quoted(message, _DTYPE),
        "axis": _quoted(message, _AXIS),
        "bound": _quoted(message, _BOUND),
        "api": _quoted(_without(own_names, message), _API),
        "type": "" if kind in CATCH_ALL_TYPES else kind,
        "action": _action(message),
    }


def _without(own_names: Collection[str], message: str) -> str:
    """A message without the graph's and the user's own names."""
    public = _PRIVATE_API.sub("", message)
    if not own_names:
        return public
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, own_names))})(?:\.\w+)?\(\)", "", public)


def _both_sides(message: str, literals: Literals) -> str:
    """An expected and an actual value, or two values that had to agree."""
    agreement = _quoted(message, _AGREEMENT)
    if agreement and len(literals) > 1:
        return agreement
    sides = (_quoted(message, *_FACTS), _quoted(message, _EXPECTED), _quoted(message, _ACTUAL))
    return '" and "'.join(dict.fromkeys(sides[1:])) if all(sides) else ""


def _quoted(message: str, *patterns: re.Pattern[str]) -> str:
    """The first match of the first pattern that has one, in whole words with some that follow."""
    found = next((match for each in patterns if (match := each.search(message))), None)
    if found is None:
        return ""
    start = found.start()
    while start and not message[start - 1].isspace():
        start -= 1
    return _shortened(message[start:], at_least=found.end() - start)


def _shortened(text: str, *, at_least: int = 0) -> str:
    """The beginning of a text on one line, up to the end of a word."""
    least = len(" ".join(text[:at_least].split()))
    line = " ".join(text.split())
    end = line.find(" ", min(max(_QUOTED_LENGTH, least), _LONGEST_QUOTE))
    return line if end < 0 else f"{line[:end]} ..."
