"""A text that a page keeps from being read in its source: a stream cipher of the standard library.

The keystream is HMAC-SHA256 in counter mode, the tag HMAC-SHA256 of the cipher text; both exist in
a browser's `crypto.subtle`. A password opens it by PBKDF2-SHA256. It stops peeking and no attack:
a guess costs less than half a second, and a program has few lines to guess.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROUNDS = 600_000
_HALF = 32
"""Bytes of the key for the stream, and as many of the one for the tag."""


def seal(text: str, passwords: Sequence[str]) -> dict[str, Any]:
    """A text that each of the passwords opens; the same arguments give the same result."""
    body = text.encode()
    key = hashlib.sha512(b"debugdiff page" + body).digest()
    salt = hashlib.sha256("\n".join(passwords).encode() + key).digest()[:16]
    sealed = _stream(key[:_HALF], body)
    return {
        "rounds": ROUNDS,
        "salt": _text(salt),
        "body": _text(sealed),
        "tag": _text(_mac(key[_HALF:], sealed)),
        "keys": [_text(_xor(key, _stretched(each, salt))) for each in passwords],
    }


def unseal(sealed: Mapping[str, Any], password: str) -> str | None:
    """The text; `None` if the password does not open it."""
    stretched = _stretched(password, b64decode(sealed["salt"]))
    body = b64decode(sealed["body"])
    for wrapped in sealed["keys"]:
        key = _xor(b64decode(wrapped), stretched)
        if hmac.compare_digest(_mac(key[_HALF:], body), b64decode(sealed["tag"])):
            return _stream(key[:_HALF], body).decode()
    return None


def _stretched(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS, 2 * _HALF)


def _stream(key: bytes, body: bytes) -> bytes:
    blocks = range((len(body) + _HALF - 1) // _HALF)
    return _xor(body, b"".join(_mac(key, number.to_bytes(4)) for number in blocks))


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


def _text(value: bytes) -> str:
    return b64encode(value).decode()
