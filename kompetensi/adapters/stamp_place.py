"""What a laid-out front prints where the stamp of the signature will stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint.formatting_structure import boxes

from kompetensi.messages import Message, say
from kompetensi.rules.signature_stamp import STAMP_BOTTOM_MM, STAMP_HEIGHT_MM, STAMP_LEFT_MM, STAMP_WIDTH_MM

__all__ = ["find_under_stamp"]

_MM = 96 / 25.4
_PAGE_HEIGHT_MM = 210.0
# Left, top, right, bottom in CSS pixels from the upper left corner of the page.
_PLACE = tuple(_MM * mm for mm in (
    STAMP_LEFT_MM, _PAGE_HEIGHT_MM - STAMP_BOTTOM_MM - STAMP_HEIGHT_MM,
    STAMP_LEFT_MM + STAMP_WIDTH_MM, _PAGE_HEIGHT_MM - STAMP_BOTTOM_MM))
_SIDES = ("top", "right", "bottom", "left")
_LONGEST = 40


def find_under_stamp(page: Any) -> tuple[Message, ...]:
    """Return in words what stands in the stamp's place, in the order of the page, each once; empty = it is free.

    Words, images, borders and grounds count. A ground that holds the whole place is the paper that the stamp stands on,
    as our frame is, and does not count. What a design turns or shifts by ``transform`` is looked for where it would be
    without.

    Parameters
    ----------
    page : weasyprint.document.Page
    """
    return tuple(dict.fromkeys(_in(page._page_box)))


def _in(box: Any) -> Iterator[Message]:
    box = getattr(box, "_box", box)
    if "draft" in ((box.element.get("class") or "").split() if box.element is not None else ()):
        return
    if box.style["visibility"] == "visible":
        yield from _drawn(box)
    for child in box.all_children() if hasattr(box, "all_children") else ():
        yield from _in(child)


def _drawn(box: Any) -> Iterator[Message]:
    if isinstance(box, boxes.TextBox):
        if box.text.strip() and _meets((box.position_x, box.position_y, box.position_x + box.width, box.position_y + box.height)):
            yield say("tulisan “%(text)s”", text=box.text.strip()[:_LONGEST])
        return
    if isinstance(box, boxes.PageBox) or not hasattr(box, "border_left_width") or box.width == "auto":
        return
    outer = (box.border_box_x(), box.border_box_y(), box.border_box_x() + box.border_width(),
             box.border_box_y() + box.border_height())
    if not _meets(outer):
        return
    if isinstance(box, boxes.ReplacedBox):
        yield say("gambar “%(alt)s”", alt=(box.element.get("alt") or box.element_tag)[:_LONGEST])
    if not _holds(outer) and box.background is not None and _is_painted(box.background):
        yield say("bidang berlatar <%(tag)s>", tag=box.element_tag)
    inner = (outer[0] + box.border_left_width, outer[1] + box.border_top_width,
             outer[2] - box.border_right_width, outer[3] - box.border_bottom_width)
    if not _holds(inner) and any(_crosses(outer, inner, side, box) for side in range(4)):
        yield say("garis <%(tag)s>", tag=box.element_tag)


def _crosses(outer: tuple[float, ...], inner: tuple[float, ...], side: int, box: Any) -> bool:
    """Whether the border of one side is drawn in the stamp's place."""
    if not getattr(box, f"border_{_SIDES[side]}_width"):
        return False
    strips = ((outer[0], outer[1], outer[2], inner[1]), (inner[2], outer[1], outer[2], outer[3]),
              (outer[0], inner[3], outer[2], outer[3]), (outer[0], outer[1], inner[0], outer[3]))
    return _meets(strips[side])


def _is_painted(background: Any) -> bool:
    return bool(background.color is not None and background.color.alpha) or any(
        layer.image is not None for layer in background.layers)


def _meets(area: tuple[float, ...]) -> bool:
    return area[0] < _PLACE[2] and area[2] > _PLACE[0] and area[1] < _PLACE[3] and area[3] > _PLACE[1]


def _holds(area: tuple[float, ...]) -> bool:
    return area[0] <= _PLACE[0] and area[1] <= _PLACE[1] and area[2] >= _PLACE[2] and area[3] >= _PLACE[3]
