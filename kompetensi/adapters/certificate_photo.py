"""The photo on a certificate as WeasyPrint takes it, and the empty one that holds its place in a forme."""

from __future__ import annotations

import io
from base64 import b64encode

from PIL import Image

from kompetensi.rules.certificate_design import PHOTO_SIZE

__all__ = ["blank_photo", "photo_address"]


def photo_address(jpeg: bytes) -> str:
    """Return a photo as a ``data:`` address; empty for none."""
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}" if jpeg else ""


def blank_photo() -> bytes:
    """Return an empty photo of the form that all photos have: JPEG, RGB, `PHOTO_SIZE` dots."""
    written = io.BytesIO()
    Image.new("RGB", PHOTO_SIZE, "#e9e2d4").save(written, "JPEG")
    return written.getvalue()
