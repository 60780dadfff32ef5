"""Published keys: as a JSON Web Key Set (RFC 7517, RFC 8037) that others fetch, and as text that people pass on."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_payload import SealKey, key_id
from kompetensi.messages import say

__all__ = ["base64url", "read_keys", "write_keys"]

_KEY_BYTES = 32


def base64url(content: bytes) -> str:
    """Write bytes as RFC 4648 section 5 does, without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def write_keys(keys: Iterable[SealKey]) -> dict[str, Any]:
    """Return the keys as a JSON Web Key Set, in their order; ``first_day`` and ``last_day`` are ours, null = no bound."""
    return {"keys": [
        {"kid": key_id(key.public_key), "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
         "x": base64url(key.public_key), "first_day": key.first_day and key.first_day.isoformat(),
         "last_day": key.last_day and key.last_day.isoformat()} for key in keys]}


def read_keys(text: str) -> tuple[SealKey, ...]:
    """Read keys from a JSON Web Key Set, or from ``KEY[:FIRST-DAY[:LAST-DAY]]`` with blanks between several.

    Empty when the text holds none. Other kinds of keys in a set are passed over.

    Raises
    ------
    InvalidInput
        If it is neither, or a key has not 32 bytes, or a day is none; it names ``key``.
    """
    try:
        if not text.lstrip().startswith("{"):
            return tuple(_written(entry) for entry in text.split())
        return tuple(_listed(entry) for entry in json.loads(text)["keys"] if entry.get("crv") == "Ed25519")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, binascii.Error) as error:
        raise InvalidInput(say("Daftar kunci tidak dapat dibaca: isinya berkas kunci.json dari halaman cek sertifikat, atau "
                               "kunci 32 bita dalam base64url."), where="key") from error


def _written(entry: str) -> SealKey:
    key, first_day, last_day = (*entry.split(":"), "", "")[:3]
    return SealKey(_key(key), _day(first_day), _day(last_day))


def _listed(entry: Mapping[str, Any]) -> SealKey:
    return SealKey(_key(entry["x"]), _day(entry.get("first_day")), _day(entry.get("last_day")))


def _key(text: str) -> bytes:
    key = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(key) != _KEY_BYTES:
        raise ValueError(f"a key has {_KEY_BYTES} bytes, not {len(key)}")
    return key


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
