"""What counts as part of an argument (D6) and as helpful content (D8): the patterns, in full.

They are conventions, the same for every framework; `docs/metrics.md` explains them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.score.literals import Literals, read_literals
from debugdiff.score.prose import plain_message, sentences, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Failure

ARGUMENT_PARTS = ("claim", "grounds", "warrant", "backing", "resolution")
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
_FACT = re.compile(r"""\d|['"`]\w+['"`]""")
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
    r"|Float|Int|Short|Char|bool|(?:torch\.)?(?:cuda\.)?[A-Z][a-z]+Tensor)\b"
)
_AXIS = re.compile(
    r"\b(?:axis|axes|dim|dims|dimensions?)\b\s*[=:]?\s*-?\d+|\bsize\(-?\d\)|\.shape\[-?\d"
    r"|\b(?:first|last|second|third)(?: \w+)? dimensions?\b"
    r"|\bDimension out of range\b|\bnon-singleton dimension\b|\b(?:ndim|rank)\b",
    re.IGNORECASE,
)
_EXPECTED = re.compile(
    r"\b(?:expect(?:s|ed)?|must|should|requires?|required|valid range|requested|needs?)\b",
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
_COMPONENT = re.compile(
    r"""\b(?i:layer|parameter|argument|module|attribute|name)s?(?:\ \#\d+)?\ [`'"](?!None)\w+
      | \b[A-Z]\w+\.(?:\w+)\(\) | \b__init__\(\) | \bnode\ [`'"]?\w+/ | `\w+`\ layer
      | \bpassed\ to\ [A-Z]\w+ | [`']\w+['`]\ object\ has\ no | \w+\(\):\ argument""",
    re.VERBOSE,
)
_API = re.compile(
    r"\b(?:torch|tf|tensorflow|keras|np|numpy|jax|nn|autograd)\.[A-Za-z_]\w+|\b[A-Za-z_]\w+\(\)"
    r"|\bpassed to [A-Z]\w+|`[A-Z]\w+` layer|\bchecking arguments for \w+|\[Op:[A-Z]\w+\]"
)
_PRIVATE_API = re.compile(r"\[Op:_\w*\]")


def argument_parts(message: str) -> Mapping[str, bool]:
    """Which parts a message has: claim, grounds, warrant, backing, resolution."""
    return {
        "claim": len(words(message)) >= _CLAIM_WORDS,
        "grounds": bool(_FACT.search(message) or _DTYPE.search(message)),
        "warrant": bool(_WARRANT.search(message)),
        "backing": bool(_LINK.search(message)) or _says_more(message),
        "resolution": suggests_action(message),
    }


def _says_more(message: str) -> bool:
    """A second sentence that explains, and does not only report what was received."""
    return any(
        len(words(sentence)) >= _BACKING_WORDS and not _REPORT.match(sentence)
        for sentence in sentences(message)[1:]
    )


def suggests_action(message: str) -> bool:
    """Whether a message tells what to do."""
    return bool(_IMPERATIVE.search(message) or _ADVICE.search(message))


def contents(failure: Failure) -> Mapping[str, bool]:
    """Which of the nine contents a failure has, in the order of `CONTENTS`."""
    message = plain_message(failure)
    literals = read_literals(message)
    return {
        "component": bool(_COMPONENT.search(message)),
        "conflict": _has_both_sides(message, literals),
        "shape": bool(literals.shapes),
        "dtype": bool(_DTYPE.search(message)),
        "axis": bool(_AXIS.search(message)),
        "bound": bool(_BOUND.search(message)),
        "api": bool(_API.search(_PRIVATE_API.sub("", message))),
        "type": failure.type.rpartition(".")[2] not in CATCH_ALL_TYPES,
        "action": suggests_action(message),
    }


def _has_both_sides(message: str, literals: Literals) -> bool:
    """An expected and an actual value, or two values that had to agree."""
    if _AGREEMENT.search(message) and len(literals) > 1:
        return True
    fact = _FACT.search(message) or _DTYPE.search(message)
    return bool(fact and _EXPECTED.search(message) and _ACTUAL.search(message))
