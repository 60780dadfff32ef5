"""QR codes in pictures and scanned pages, read by zxing-cpp where it is installed; a PDF's first page by poppler's pdftoppm."""

from __future__ import annotations

import io
import shutil
import subprocess

from kompetensi.errors import InvalidInput, Unavailable
from kompetensi.messages import say

__all__ = ["read_qr_texts"]

_RESOLUTION = "150"
_TIMEOUT_S = 60


def read_qr_texts(content: bytes) -> tuple[str, ...]:
    """Return what the QR codes in a picture (PNG, JPEG …), or on the first page of a PDF, say; empty if none.

    Raises
    ------
    InvalidInput
        If it is neither, or damaged.
    Unavailable
        If zxing-cpp or Pillow is missing, or, for a PDF, pdftoppm; the message says how one gets it.
    """
    try:
        import zxingcpp  # optional, and needed here alone
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise Unavailable(say("Membaca kode QR dari gambar memerlukan zxing-cpp dan Pillow: pip install zxing-cpp pillow. "
                              "Tanpa keduanya, berikan teks kode QR-nya.")) from error
    try:
        with Image.open(io.BytesIO(_first_page(content) if content[:5] == b"%PDF-" else content)) as picture:
            picture.load()  # a damaged picture is refused here, not inside of zxing
            return tuple(code.text for code in zxingcpp.read_barcodes(picture))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise InvalidInput(say("Berkas ini bukan gambar atau PDF yang dapat dibaca."), where="FILE") from error


def _first_page(pdf: bytes) -> bytes:
    """Return the first page of a PDF as PNG, by poppler."""
    if shutil.which("pdftoppm") is None:
        raise Unavailable(say("Membaca kode QR dari PDF memerlukan poppler-utils (pdftoppm). Tanpa itu, berikan gambar "
                              "halamannya atau teks kode QR-nya."))
    try:
        done = subprocess.run(["pdftoppm", "-r", _RESOLUTION, "-png", "-singlefile", "-"], input=pdf,
                              capture_output=True, check=True, timeout=_TIMEOUT_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise InvalidInput(say("PDF ini rusak atau terkunci, jadi halamannya tidak dapat dibuka."), where="FILE") from error
    return done.stdout
