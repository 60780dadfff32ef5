"""Codes by which participants check in: one that a room shows for a few minutes, one that a participant carries.

Both are message authentication codes (HMAC-SHA256, RFC 2104) under a key of the installation: nothing is stored, and
nobody makes one without the key. What a room shows names the meeting and a span of time; a participant's is bound to
his enrolment, and so to one batch.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["CheckInToken", "TokenExpired", "TokenUnknown", "make_token", "normal_code", "participant_code", "read_token"]

# Crockford's base 32: no letter is taken for a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("OIL", "011")
_CODE_LETTERS = 10
_MAC_BYTES = 12


class TokenUnknown(ValueError):
    """A text is no token of this installation."""


class TokenExpired(ValueError):
    """A token was shown once, and its time is over."""


@dataclass(frozen=True, slots=True)
class CheckInToken:
    """What a room shows.

    Attributes
    ----------
    text : str
        At most 40 letters, digits, ``-`` and ``_``.
    renewed_at : datetime
        When the room shows the next one. This one is taken for one span longer, for who has just read it.
    """

    text: str
    renewed_at: datetime


def _mac(key: bytes, *parts: object) -> bytes:
    return hmac.new(key, ":".join(map(str, parts)).encode(), hashlib.sha256).digest()


def _token(key: bytes, meeting_id: int, slot: int) -> str:
    mac = base64.urlsafe_b64encode(_mac(key, "meeting", meeting_id, slot)[:_MAC_BYTES]).decode()
    return f"{meeting_id:x}.{slot:x}.{mac}"


def make_token(key: bytes, meeting_id: int, at: datetime, *, life_s: int) -> CheckInToken:
    """Return the token of a meeting at a moment; within a span of `life_s` seconds it is the same."""
    slot = int(at.timestamp()) // life_s
    return CheckInToken(_token(key, meeting_id, slot), datetime.fromtimestamp((slot + 1) * life_s, UTC))


def read_token(key: bytes, text: str, at: datetime, *, life_s: int) -> int:
    """Return the id of the meeting that a token is for.

    Raises
    ------
    TokenUnknown
        If it was not made with this key.
    TokenExpired
        If it is older than the span before the present one.
    """
    parts = text.split(".")
    try:
        meeting_id, slot = int(parts[0], 16), int(parts[1], 16)
    except (IndexError, ValueError):
        raise TokenUnknown(text) from None
    if not hmac.compare_digest(_token(key, meeting_id, slot).encode(), text.encode()):
        raise TokenUnknown(text)
    # One span of the future too: clocks of two servers differ.
    if abs(int(at.timestamp()) // life_s - slot) > 1:
        raise TokenExpired(text)
    return meeting_id


def participant_code(key: bytes, enrolment_id: int) -> str:
    """Return the code that a participant carries through a batch, such as ``7K4M9-XD2RT``."""
    number = int.from_bytes(_mac(key, "enrolment", enrolment_id)[:8], "big")
    letters = "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(_CODE_LETTERS))
    return f"{letters[:5]}-{letters[5:]}"


def normal_code(text: str) -> str:
    """Return a typed or scanned code in the form of `participant_code`; of an address its last part counts."""
    letters = "".join(letter for letter in text.strip().rstrip("/").rpartition("/")[2].upper() if letter.isalnum())
    letters = letters.translate(_ALIKE)
    return f"{letters[:5]}-{letters[5:]}"
