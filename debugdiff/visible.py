r"""What cannot be seen, or would move a terminal's cursor, made visible: before any text is shown.

Messages, names and lines come from programs of other people. What a terminal would obey, what
turns the order of letters around, and what takes no room shows as `\x1b` or `<U+202E>`.
"""

from __future__ import annotations

import json
import re

_HIDDEN = re.compile(
    "\r\n|"
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_LAST_BYTE = 0xFF
_ESCAPED_BYTES = range(0xDC80, 0xDD00)
"""What Python makes of bytes in a file's name that are no UTF-8."""


def visible(text: str) -> str:
    """A text in which nothing is hidden; line ends and tabs stay. Twice is the same as once."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_shown, text)


def visible_line(text: str) -> str:
    r"""The same on one line: line ends and tabs show as `\n` and `\t`."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def encodable(text: str) -> str:
    """A text that UTF-8 can hold: of a file's name that is none, the bytes show as in `visible`."""
    return _LONE_SURROGATE.sub(_shown, text)


def encodable_json(text: str) -> str:
    """JSON in which a lone surrogate, which some readers refuse, shows as in `encodable`."""
    return _SURROGATES.sub(_encodable, text) if "\\ud" in text else text


_SURROGATES = re.compile(r"\\\\|\\ud[89ab]..\\ud[c-f]..|\\u(d[89a-f]..)")
"""In JSON: an escaped backslash, a pair, which is fine, or a lone one."""


def _encodable(found: re.Match[str]) -> str:
    return json.dumps(encodable(chr(int(found[1], 16))))[1:-1] if found[1] else found[0]


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters (50 or more): its middle says what is left out."""
    if len(text) <= most:
        return text
    kept = most - _LEFT_OUT
    tail = kept // 4
    left_out = f" ... {len(text) - kept:,} characters left out ... "
    return text[: kept - tail] + left_out + text[len(text) - tail :]


_LEFT_OUT = 45
"""Room for the words that say it."""


def uncoloured(text: str) -> str:
    """A text without the colours that Keras puts into its messages."""
    return _COLOUR.sub("", text)


def _shown(hidden: re.Match[str]) -> str:
    if hidden[0] == "\r\n":
        return "\n"
    code = ord(hidden[0])
    if code in _ESCAPED_BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code <= _LAST_BYTE else f"<U+{code:04X}>"
