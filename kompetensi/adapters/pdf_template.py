"""PDF files that differ in a few objects: what they share is written and compressed once."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from hashlib import md5
from typing import Any

__all__ = ["PdfTemplate", "stream_bytes"]

_HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
# Widths of the fields of the cross-reference stream: kind, place, generation or index.
_FIELDS = (1, 4, 2)
# Beyond this, packing takes three times as long for half a per cent less.
_LEVEL = 6


class PdfTemplate:
    """The objects that a family of PDF files shares.

    Shared dictionaries stand in one compressed object stream, as in the files that WeasyPrint writes; an object of
    one file alone stands by itself, so that nothing of it can get into the next file.

    Parameters
    ----------
    objects : sequence of pydyf.Object
        By number; the first one is the free object 0.
    own : collection of int
        Numbers of the objects that every file brings itself.
    root, info : int
        Numbers of the catalogue and of the document information.
    """

    def __init__(self, objects: Sequence[Any], own: Collection[int], *, root: int, info: int) -> None:
        self._root, self._info = root, info
        self._count = len(objects)
        packed: list[Any] = []
        entries = [b""] * self._count
        entries[0] = _entry(0, 0, 65535)
        blob = bytearray(_HEADER)
        for item in objects[1:]:
            if item.number in own:
                continue
            if item.compressible:
                entries[item.number] = _entry(2, self._count, len(packed))
                packed.append(item)
            else:
                entries[item.number] = _entry(1, len(blob), 0)
                blob += item.indirect + b"\n"
        bodies = [item.data for item in packed]
        places, position = [], 0
        for item, body in zip(packed, bodies, strict=True):
            places.append(f"{item.number} {position}")
            position += len(body) + 1
        head = " ".join(places).encode() + b"\n"
        entries.append(_entry(1, len(blob), 0))
        blob += _indirect(self._count, stream_bytes(
            head + b"\n".join(bodies), b"/Type /ObjStm /N %d /First %d" % (len(packed), len(head))))
        self._blob, self._entries = bytes(blob), entries
        self._digest = md5(self._blob, usedforsecurity=False)

    def write(self, own: Mapping[int, bytes], *, identifier: bytes) -> bytes:
        """Return one file.

        Parameters
        ----------
        own : mapping of int to bytes
            The body of every object that this file brings itself.
        identifier : bytes
            The first string of ``/ID``; letters, digits and hyphens. The second one is the MD5 of the contents.
        """
        parts, entries, position, digest = [self._blob], self._entries.copy(), len(self._blob), self._digest.copy()
        for number, body in own.items():
            written = _indirect(number, body)
            entries[number] = _entry(1, position, 0)
            digest.update(written)
            parts.append(written)
            position += len(written)
        entries.append(_entry(1, position, 0))
        last = self._count + 1
        parts += [
            _indirect(last, stream_bytes(
                b"".join(entries),
                b"/Type /XRef /Index [0 %d] /W [%d %d %d] /Size %d /Root %d 0 R /Info %d 0 R /ID [(%b) (%b)]" % (
                    last + 1, *_FIELDS, last + 1, self._root, self._info, identifier, digest.hexdigest().encode()))),
            b"startxref\n%d\n%%%%EOF\n" % position]
        return b"".join(parts)


def stream_bytes(content: bytes, extra: bytes = b"") -> bytes:
    """Return the body of a compressed stream."""
    packed = zlib.compress(content, _LEVEL)
    return b"<<%b /Filter /FlateDecode /Length %d>>\nstream\n%b\nendstream" % (extra, len(packed), packed)


def _indirect(number: int, body: bytes) -> bytes:
    return b"%d 0 obj\n%b\nendobj\n" % (number, body)


def _entry(kind: int, place: int, last: int) -> bytes:
    return b"".join(value.to_bytes(width, "big") for value, width in zip((kind, place, last), _FIELDS, strict=True))
