"""The code on a print by which anybody can ask whether it is genuine and current."""

from __future__ import annotations

import enum
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.records import plain_value

#: Crockford's alphabet: no I, L, O and U, so that nobody reads one for another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011", " -　—–－")
#: Forty bits: typed in a minute, and not to be guessed at a page that counts attempts.
_LENGTH = 8


@dataclass(frozen=True)
class Fingerprint:
    """What a print stands for: this record, this version, these contents."""

    register: str
    id: int
    version: int
    #: content_hash() of what was printed
    content: str


class Verdict(enum.StrEnum):
    CURRENT = "current"
    OUTDATED = "outdated"
    UNKNOWN = "unknown"


def content_hash(values: Mapping[str, Any]) -> str:
    """One hash of a record's contents, whatever order they come in."""
    text = json.dumps(
        {name: plain_value(value) for name, value in values.items()},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def check_code(payload: Fingerprint, key: bytes | str) -> str:
    """The code of a print, in two groups of four: 7K2F-91QD."""
    secret = key.encode() if isinstance(key, str) else key
    if not secret:
        raise ValueError("a check code needs a key")
    said = json.dumps([payload.register, payload.id, payload.version, payload.content])
    digest = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:5], "big")
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def verify(code: str, payload: Fingerprint, key: bytes | str) -> bool:
    """Whether the code belongs to this print, however carelessly it was typed."""
    typed = code.upper().translate(_READ_AS)
    wanted = check_code(payload, key).replace("-", "")
    return len(typed) == _LENGTH and hmac.compare_digest(typed.encode(), wanted.encode())


def verdict(
    code: str, current: Fingerprint | None, printed: Iterable[Fingerprint], key: bytes | str
) -> Verdict:
    """What the page behind the QR code says.

    :param current: the record as it is now; None where it is gone
    :param printed: every print of the record that the audit knows
    """
    if current is not None and verify(code, current, key):
        return Verdict.CURRENT
    if any(verify(code, before, key) for before in printed):
        return Verdict.OUTDATED
    return Verdict.UNKNOWN
