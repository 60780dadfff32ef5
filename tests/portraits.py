"""Drawn photos: nobody's face."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw


def draw_portrait(shade: int = 60, *, size: tuple[int, int] = (600, 800), form: str = "PNG", **options: object) -> bytes:
    """Return a head and shoulders on a red ground; another `shade` is another photo."""
    image = Image.new("RGB", size, (150, 30, 40))
    drawing = ImageDraw.Draw(image)
    wide, high = size
    drawing.ellipse((wide * .3, high * .2, wide * .7, high * .6), fill=(225, 190, 160))
    drawing.ellipse((wide * .1, high * .65, wide * .9, high * 1.4), fill=(shade % 256, shade * 7 % 256, 70))
    written = io.BytesIO()
    image.save(written, form, **options)
    return written.getvalue()
