"""Photos of participants: PNG or JPEG as a camera or studio writes them, to the one form that certificates print.

A certificate prints 3 x 4 cm at 300 dots an inch. Every photo comes out with the same number of dots, as a plain JPEG in
RGB that is drawn anew from its dots: place, camera and whatever else the file carried stay behind. All have the same
form, so that a certificate in bulk can be printed with the photo of another person's place.
"""

from __future__ import annotations

import io
import warnings
import zlib

from PIL import Image, ImageOps, UnidentifiedImageError

from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.rules.certificate_design import PHOTO_SIZE

__all__ = ["PORTRAIT_MAX_BYTES", "read_portrait"]

PORTRAIT_MAX_BYTES = 5 * 1024 * 1024
# Fewer dots would be printed coarse, more are no portrait but a bomb.
_LEAST = (240, 320)
_MOST_DOTS = 40_000_000
# How far from 3:4 a photo may be; what is over is cut off evenly on both sides.
_TOLERANCE = 0.04
_QUALITY = 88
_DAMAGED = say("Berkas foto ini rusak atau terpotong.")


def read_portrait(content: bytes) -> bytes:
    """Return a photo as certificates print it: JPEG, RGB, `PHOTO_SIZE` dots, without any metadata.

    Parameters
    ----------
    content : bytes
        A PNG or JPEG of at most `PORTRAIT_MAX_BYTES`. The camera's note how it was held is followed; what is
        transparent becomes white.

    Raises
    ------
    InvalidInput
        If it is empty, too large, no PNG or JPEG, damaged, smaller than 240 x 320 dots, has more than 40 million, or is
        not upright 3:4; the message says which, and what would be right. It names ``photo``.
    """
    if not content:
        raise InvalidInput(say("Berkas foto ini kosong."), where="photo")
    if len(content) > PORTRAIT_MAX_BYTES:
        raise InvalidInput(say("Berkas foto paling besar %(most)s MB.", most=PORTRAIT_MAX_BYTES // 1024 ** 2), where="photo")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is narrower
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
                if image.width * image.height > _MOST_DOTS:
                    raise InvalidInput(say("Foto ini %(width)s × %(height)s titik, terlalu besar. Perkecil dahulu.",
                                           width=image.width, height=image.height), where="photo")
                if not (_is_whole_png(content) if image.format == "PNG" else _is_whole_jpeg(content)):
                    raise InvalidInput(_DAMAGED, where="photo")
                image.load()
                upright = ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidInput(say("Foto harus berkas PNG atau JPEG."), where="photo") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise InvalidInput(_DAMAGED, where="photo") from error
    width, height = upright.size
    if width < _LEAST[0] or height < _LEAST[1]:
        raise InvalidInput(say("Foto ini hanya %(width)s × %(height)s titik; paling sedikit 240 × 320 agar tercetak jelas.",
                               width=width, height=height), where="photo")
    if abs(width / height * 4 / 3 - 1) > _TOLERANCE:
        raise InvalidInput(say("Pasfoto harus tegak dengan perbandingan 3 × 4; foto ini %(width)s × %(height)s titik.",
                               width=width, height=height), where="photo")
    return _written(ImageOps.fit(_plain(upright), PHOTO_SIZE, Image.Resampling.LANCZOS))


# Pillow fills what is missing with grey once WeasyPrint has been imported, which asks it to; so we look ourselves.


def _is_whole_png(content: bytes) -> bool:
    """Whether all parts up to the last one are there and have the sums that they say they have."""
    place = 8
    while place + 12 <= len(content):
        end = place + 12 + int.from_bytes(content[place:place + 4])
        if zlib.crc32(content[place + 4:end - 4]) != int.from_bytes(content[end - 4:end]):
            return False
        if content[place + 4:place + 8] == b"IEND":
            return True
        place = end
    return False


def _is_whole_jpeg(content: bytes) -> bool:
    """Whether the mark of the end follows the last dots."""
    return content.rfind(b"\xff\xd9") > content.rfind(b"\xff\xda")


def _plain(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _written(image: Image.Image) -> bytes:
    # A new image carries nothing of the old one but its dots.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()
