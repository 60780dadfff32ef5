"""The picture of a badge: a medallion in the stitches of karawo. One drawing, written as SVG and as PNG.

Everything is discs and patches with straight edges; the figures on the ribbon are stitched too. So both forms look
alike wherever they are opened, without a font.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageDraw

from kompetensi.rules.certificates import CertificateKind

__all__ = ["draw_badge_png", "draw_badge_svg"]

Point = tuple[float, float]
_SIDE = 96.0
_CENTRE = 48.0, 45.0
_PNG_PIXELS, _OVERSAMPLED = 512, 4
_PAPER, _INK, _DARK, _GOLD, _PALE = "#f7f4ef", "#4b2a63", "#371d4b", "#c8941f", "#f3d58c"
# Cloth, ribbon and its folds, by kind; the thread is gold on all.
_COLOURS = {
    CertificateKind.STTPP: (_INK, _DARK, "#241233"), CertificateKind.ATTENDANCE: ("#17633f", "#0f4a2e", "#08301d"),
    CertificateKind.AWARD: ("#9c2328", "#75181c", "#4d0d10")}
_TITLES = {CertificateKind.STTPP: "Lencana kelulusan pelatihan", CertificateKind.ATTENDANCE: "Lencana keikutsertaan",
           CertificateKind.AWARD: "Lencana penghargaan"}
# Three stitches wide, five high.
_FIGURES = {
    "0": "###|#.#|#.#|#.#|###", "1": ".#.|##.|.#.|.#.|###", "2": "###|..#|###|#..|###", "3": "###|..#|.##|..#|###",
    "4": "#.#|#.#|###|..#|..#", "5": "###|#..|###|..#|###", "6": "###|#..|###|#.#|###", "7": "###|..#|.#.|.#.|.#.",
    "8": "###|#.#|###|#.#|###", "9": "###|#.#|###|..#|###", "J": "..#|..#|..#|#.#|###", "P": "###|#.#|###|#..|#..",
    " ": "...|...|...|...|...", "-": "...|.#.|###|.#.|..."}
_STITCH = 0.86


@dataclass(frozen=True, slots=True)
class _Disc:
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class _Patches:
    polygons: tuple[tuple[Point, ...], ...]
    fill: str


def draw_badge_svg(kind: CertificateKind, jp: int | None = None, year: int | None = None) -> bytes:
    """Return the picture as SVG.

    Parameters
    ----------
    jp, year : int, optional
        What the ribbon says; without them it has a pattern.
    """
    title = _TITLES[kind] if jp is None else f"{_TITLES[kind]}, {jp} JP, {year}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE:g} {_SIDE:g}" width="512" height="512">',
             f"<title>{title}</title>"]
    for shape in _shapes(kind, jp, year):
        if isinstance(shape, _Disc):
            parts.append(f'<circle cx="{_CENTRE[0]:g}" cy="{_CENTRE[1]:g}" r="{shape.radius:g}" fill="{shape.fill}"/>')
        else:
            path = "".join(f"M{'L'.join(f'{x:.5g} {y:.5g}' for x, y in polygon)}z" for polygon in shape.polygons)
            parts.append(f'<path fill="{shape.fill}" d="{path}"/>')
    return "".join((*parts, "</svg>")).encode()


@cache
def draw_badge_png(kind: CertificateKind, jp: int | None = None, year: int | None = None) -> bytes:
    """Return the picture as PNG, 512 by 512 on nothing; see `draw_badge_svg`."""
    scale = _PNG_PIXELS * _OVERSAMPLED / _SIDE
    image = Image.new("RGBA", (_PNG_PIXELS * _OVERSAMPLED,) * 2)
    pen = ImageDraw.Draw(image)
    for shape in _shapes(kind, jp, year):
        if isinstance(shape, _Disc):
            x, y, radius = _CENTRE[0] * scale, _CENTRE[1] * scale, shape.radius * scale
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shape.fill)
        else:
            for polygon in shape.polygons:
                pen.polygon([(x * scale, y * scale) for x, y in polygon], fill=shape.fill)
    written = BytesIO()
    image.resize((_PNG_PIXELS, _PNG_PIXELS), Image.Resampling.BOX).save(written, "PNG", optimize=True)
    return written.getvalue()


def _shapes(kind: CertificateKind, jp: int | None, year: int | None) -> Iterator[_Disc | _Patches]:
    """Yield what is drawn, from the bottom to the top."""
    cloth, ribbon, fold = _COLOURS[kind]
    yield _Patches(tuple(_petal(turn, 36) for turn in range(36)), _GOLD)
    yield _Disc(42.2, _GOLD)
    yield _Disc(41.2, cloth)
    yield _Patches(tuple(_diamond(turn / 32, 37.1, 1.9, 2.5) for turn in range(32)), _GOLD)
    yield _Patches(tuple(_diamond((turn + .5) / 32, 37.1, .8, .8) for turn in range(32)), _PALE)
    yield _Disc(33.4, _GOLD)
    yield _Disc(32.6, _PAPER)
    yield _Patches(tuple(_diamond(turn / 72, 31.1, .42, .42) for turn in range(72)), cloth)
    yield _Patches(_mark(2.1, -3.2), cloth)
    yield _Patches((((9, 75), (3, 75), (7, 82.5), (3, 90), (18, 90), (18, 75)),
                    ((87, 75), (93, 75), (89, 82.5), (93, 90), (78, 90), (78, 75))), ribbon)
    yield _Patches((((11, 86), (18, 90), (18, 86)), ((85, 86), (78, 90), (78, 86))), fold)
    yield _Patches((((11, 70), (85, 70), (85, 86), (11, 86)),), ribbon)
    yield _Patches((((11, 71.2), (85, 71.2), (85, 71.8), (11, 71.8)), ((11, 84.2), (85, 84.2), (85, 84.8), (11, 84.8))),
                   _GOLD)
    text = "- - - - - -" if jp is None else f"{jp} JP {year}"
    yield _Patches(tuple(_stitched(text, 1.5, 78.0)), _PALE)


def _petal(turn: int, count: int) -> tuple[Point, ...]:
    """Return one of the points along the rim."""
    return tuple(_around((turn + step) / count, radius) for step, radius in ((-.5, 41.5), (0, 44.6), (.5, 41.5)))


def _diamond(turn: float, radius: float, wide: float, high: float) -> tuple[Point, ...]:
    """Return a diamond that stands on the circle of a radius; `wide` and `high` are half its sides."""
    x, y = _around(turn, radius)
    along, out = (cos(2 * pi * turn), sin(2 * pi * turn)), (sin(2 * pi * turn), -cos(2 * pi * turn))
    return ((x + out[0] * high, y + out[1] * high), (x + along[0] * wide, y + along[1] * wide),
            (x - out[0] * high, y - out[1] * high), (x - along[0] * wide, y - along[1] * wide))


def _around(turn: float, radius: float) -> Point:
    return _CENTRE[0] + radius * sin(2 * pi * turn), _CENTRE[1] - radius * cos(2 * pi * turn)


def _mark(size: float, lifted: float) -> tuple[tuple[Point, ...], ...]:
    return tuple(_square(_CENTRE[0] + (x - 12) * size, _CENTRE[1] + lifted + (y - 12) * size, size)
                 for x, y in _mark_cells())


@cache
def _mark_cells() -> tuple[tuple[int, int], ...]:
    """Return the stitches of the mark of kompetensi, on a cloth of 24 by 24."""
    drawn = files("kompetensi").joinpath("static/karawo-mark.svg").read_text()
    return tuple((int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h", drawn))


def _stitched(text: str, size: float, middle: float) -> Iterator[tuple[Point, ...]]:
    """Yield the stitches of a text that is centred on a height."""
    left, top = _CENTRE[0] - (len(text) * 4 - 1) * size / 2, middle - 2.5 * size
    for place, sign in enumerate(text):
        for row, line in enumerate(_FIGURES[sign].split("|")):
            for column, stitch in enumerate(line):
                if stitch == "#":
                    yield _square(left + (place * 4 + column) * size, top + row * size, size)


def _square(x: float, y: float, size: float) -> tuple[Point, ...]:
    edge, side = (1 - _STITCH) / 2 * size, _STITCH * size
    return ((x + edge, y + edge), (x + edge + side, y + edge), (x + edge + side, y + edge + side), (x + edge, y + edge + side))
