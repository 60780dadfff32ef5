"""The picture of a badge: the same drawing in both forms."""

from __future__ import annotations

from io import BytesIO
from xml.etree.ElementTree import fromstring

import pytest
from PIL import Image

from kompetensi.adapters.badge_drawing import draw_badge_png, draw_badge_svg
from kompetensi.rules.certificates import CertificateKind


@pytest.mark.parametrize("kind", CertificateKind)
@pytest.mark.parametrize(("jp", "year"), [(None, None), (0, 2026), (900, 2031)])
def test_each_kind_is_drawn_with_a_title_and_nothing_that_runs_or_is_fetched(kind, jp, year):
    svg = draw_badge_svg(kind, jp, year)
    root = fromstring(svg)
    assert root.find("{http://www.w3.org/2000/svg}title").text
    assert {element.tag.rpartition("}")[2] for element in root} == {"title", "circle", "path"}
    assert b"href" not in svg


def test_pictures_of_other_hours_years_and_kinds_differ():
    drawn = [draw_badge_png(kind, jp, year) for kind in CertificateKind for jp, year in ((20, 2026), (21, 2026), (20, 2027))]
    assert len(set(drawn)) == 9


def test_the_png_is_square_and_clear_around_the_medallion():
    picture = Image.open(BytesIO(draw_badge_png(CertificateKind.STTPP, 40, 2026)))
    assert (picture.size, picture.mode) == ((512, 512), "RGBA")
    assert picture.getpixel((0, 0))[3] == 0
    assert picture.getpixel((256, 60))[3] == 255
