"""A file that was rehearsed travels back in a hidden field of the page, so that nobody has to choose it twice."""

from __future__ import annotations

import base64
import zlib

from flask import current_app
from wtforms import FileField

from kompetensi.errors import InvalidInput
from kompetensi.messages import Message, say

__all__ = ["pack", "uploaded"]

# Larger ones are chosen again; a page of many megabytes helps nobody.
_LARGEST_KEPT = 300_000


def pack(content: bytes) -> str:
    """Pack a file to travel in a hidden field; empty when it would be too large."""
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    return packed if len(packed) <= _LARGEST_KEPT else ""


def uploaded(field: FileField, kept: str | None, missing: Message) -> bytes:
    """Return the file that was chosen, or else the one that travelled along.

    Parameters
    ----------
    missing : Message
        What to say when there is neither.

    Raises
    ------
    InvalidInput
        If there is no file, or what travelled along cannot be read.
    """
    if field.data:
        return bytes(field.data.read())
    if not kept:
        raise InvalidInput(missing, where="file")
    limit = current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"]
    try:
        return zlib.decompressobj().decompress(base64.b64decode(kept, validate=True), limit)
    except (ValueError, zlib.error):
        raise InvalidInput(say("Berkas yang digladi tidak dapat dibaca lagi. Pilih berkasnya sekali lagi."),
                           where="file") from None
