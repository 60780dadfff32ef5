"""Photos as they come from cameras and studios, and what does not become one."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageFile
from portraits import draw_portrait

from kompetensi.adapters.certificate_photo import blank_photo
from kompetensi.errors import InvalidInput
from kompetensi.exchange.portrait import PORTRAIT_MAX_BYTES, read_portrait
from kompetensi.rules.certificate_design import PHOTO_SIZE


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


@pytest.mark.parametrize("content", [
    draw_portrait(), draw_portrait(form="JPEG"), draw_portrait(size=(240, 320)), draw_portrait(size=(2400, 3200)),
    draw_portrait(size=(610, 800)), draw_portrait(form="JPEG", progressive=True)])
def test_every_photo_comes_out_in_one_form(content):
    image = opened(read_portrait(content))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", PHOTO_SIZE)
    assert "progression" not in image.info
    # The person is still in it.
    whole = ImageChops.difference(image, opened(read_portrait(draw_portrait())))
    assert sum(dots for count, dots in enumerate(whole.convert("L").histogram()) if count > 48) < 0.02 * 354 * 472


def test_nothing_comes_along_that_the_file_said_of_place_and_camera():
    notes = Image.Exif()
    notes[0x010F], notes[0x8825] = "Kamera Rahasia", {1: "N", 2: (0.0, 33.0, 0.0)}
    jpeg = read_portrait(draw_portrait(form="JPEG", exif=notes, comment=b"Limboto"))
    assert not opened(jpeg).getexif()
    assert "comment" not in opened(jpeg).info
    assert b"Rahasia" not in jpeg
    assert b"Exif" not in jpeg


def test_a_photo_that_was_held_sideways_is_turned_upright():
    notes = Image.Exif()
    notes[0x0112] = 6
    lying = opened(draw_portrait()).transpose(Image.Transpose.ROTATE_90)
    written = io.BytesIO()
    lying.save(written, "JPEG", exif=notes, quality=95)
    straight, turned = opened(read_portrait(draw_portrait())), opened(read_portrait(written.getvalue()))
    assert ImageChops.difference(straight, turned).convert("L").resize((20, 27)).getextrema()[1] < 12


def test_what_is_transparent_becomes_white():
    clear = Image.new("RGBA", (300, 400), (255, 0, 0, 0))
    written = io.BytesIO()
    clear.save(written, "PNG")
    assert opened(read_portrait(written.getvalue())).getextrema() == ((255, 255),) * 3


def gif() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 400)).save(written, "GIF")
    return written.getvalue()


def flipped(content: bytes) -> bytes:
    return content[:900] + bytes([content[900] ^ 1]) + content[901:]


@pytest.fixture(params=[False, True], ids=["strict", "after WeasyPrint"])
def lenient(request, monkeypatch):
    """Pillow as it is, and as it is once WeasyPrint has been imported."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", request.param)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "kosong"), (b"%PDF-1.7", "PNG atau JPEG"), (gif(), "PNG atau JPEG"), (b"<svg/>", "PNG atau JPEG"),
    (draw_portrait()[:900], "rusak"), (draw_portrait(form="JPEG")[:9000], "rusak"), (flipped(draw_portrait()), "rusak"), (draw_portrait(size=(180, 240)), "180 × 240"), (draw_portrait(size=(800, 600)), "3 × 4"),
    (draw_portrait(size=(600, 600)), "3 × 4"), (draw_portrait(size=(6000, 8000)), "terlalu besar"),
    (b"\x89PNG" + bytes(PORTRAIT_MAX_BYTES), "5 MB")])
def test_what_is_no_photo_is_refused_with_its_reason(lenient, content, words):
    with pytest.raises(InvalidInput, match=words) as refusal:
        read_portrait(content)
    assert refusal.value.where == "photo"


def test_the_empty_photo_has_the_same_form():
    blank = opened(blank_photo())
    assert (blank.format, blank.mode, blank.size) == ("JPEG", "RGB", PHOTO_SIZE)
