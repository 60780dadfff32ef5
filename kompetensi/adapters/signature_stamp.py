"""The visible signature: the signer's name and the day beside a QR, drawn as the appearance of the signature's field.

The words are laid out once for a signer and a day; the QR, which differs from certificate to certificate, is a path.
"""

from __future__ import annotations

import io
import threading
from datetime import date
from itertools import groupby
from typing import Any

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from kompetensi.errors import Unavailable
from kompetensi.messages import format_date, say
from kompetensi.rules.signature_stamp import (
    STAMP_BOTTOM_MM,
    STAMP_HEIGHT_MM,
    STAMP_LEFT_MM,
    STAMP_WIDTH_MM,
)

__all__ = ["STAMP_BOX", "StampPainter", "describe_field"]

_POINT = 72 / 25.4
# What the field takes: left, bottom, right, top in points.
STAMP_BOX = tuple(round(_POINT * mm, 2) for mm in (
    STAMP_LEFT_MM, STAMP_BOTTOM_MM, STAMP_LEFT_MM + STAMP_WIDTH_MM, STAMP_BOTTOM_MM + STAMP_HEIGHT_MM))
_SIDE = _POINT * STAMP_HEIGHT_MM
_MASK = 0
_INK = b"0.137 0.106 0.169 rg"
# Largest number of letters of a name -> its size in points; a longer one takes the last size.
_NAME_SIZES = ((22, 8.6), (44, 7.4), (72, 6.2), (999, 5.2))


class StampPainter:
    """Draws stamps; the words of the last signer and day are kept. It can be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, date], PdfFileReader] | None = None

    def paint(self, writer: BasePdfFileWriter, *, name: str, day: date, address: str) -> generic.IndirectObject:
        """Add the appearance of one signature to a file and return it.

        Raises
        ------
        Unavailable
            If Pango is missing; the message names the two packages.
        """
        with self._lock:  # the reader's place in its file is shared too
            if self._kept is None or self._kept[0] != (name, day):
                self._kept = (name, day), PdfFileReader(io.BytesIO(_lay_out(name, day)))
            page = self._kept[1].root["/Pages"]["/Kids"][0]
            words = b"".join(part.data for part in _streams(page["/Contents"]))
            resources = writer.import_object(page["/Resources"])
        width, height = (round(_POINT * mm, 2) for mm in (STAMP_WIDTH_MM, STAMP_HEIGHT_MM))
        appearance = generic.StreamObject({
            pdf_name("/Type"): pdf_name("/XObject"), pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.FloatObject, (0, 0, width, height))),
            pdf_name("/Resources"): resources,
        }, stream_data=b"q " + words + b" Q " + _draw_code(address))
        appearance.compress()
        return writer.add_object(appearance)


def _streams(contents: Any) -> list[Any]:
    return [part.get_object() for part in contents] if isinstance(contents, generic.ArrayObject) else [contents]


def _lay_out(name: str, day: date) -> bytes:
    try:
        from weasyprint import HTML
    except OSError as error:
        raise Unavailable(say(
            "PDF tidak dapat dibuat karena pustaka Pango belum terpasang. Pasang paket libpango-1.0-0 dan "
            "libpangoft2-1.0-0, lalu ulangi.")) from error
    templates = Environment(loader=PackageLoader("kompetensi", "templates/kompetensi/certificates/pdf"),
                            autoescape=True, undefined=StrictUndefined)
    size = next(size for most, size in _NAME_SIZES if len(name) <= most or most == _NAME_SIZES[-1][0])
    html = templates.get_template("stamp.html").render(
        name=name, day=format_date(day), size=size, width=STAMP_WIDTH_MM, height=STAMP_HEIGHT_MM)
    return HTML(string=html).write_pdf()


def _draw_code(address: str) -> bytes:
    """Return the QR as one path in a square at the left of the stamp: a rectangle for each run of dark modules."""
    # Every mask gives a code that can be read; to find the best one would take longer than the signature.
    rows = [list(map(bool, row)) for row in segno.make(address, error="m", micro=False, mask=_MASK).matrix]
    module = _SIDE / len(rows)
    runs = []
    for down, row in enumerate(rows, start=1):
        across = 0
        for dark, group in groupby(row):
            length = len(list(group))
            if dark:
                runs.append(f"{across} {len(rows) - down} {length} 1 re")
            across += length
    return b"q %s %.4f 0 0 %.4f 0 0 cm %s f Q" % (_INK, module, module, " ".join(runs).encode())


def describe_field(writer: BasePdfFileWriter, field: generic.IndirectObject, words: str) -> None:
    """Give a field a name for readers of the page, and its place in the structure of a tagged file.

    A file without a structure gets none. ISO 32000-1 section 14.7.4 and 14.8.4 (Form) say how a widget is tagged.
    """
    annotation = field.get_object()
    annotation["/TU"] = pdf_string(words)
    if "/StructTreeRoot" not in writer.root:
        return
    root = writer.root["/StructTreeRoot"]
    numbers, children = root["/ParentTree"]["/Nums"], root["/K"]
    key = max((int(numbers[at]) for at in range(0, len(numbers), 2)), default=-1) + 1
    top = children.raw_get(0) if isinstance(children, generic.ArrayObject) else root.raw_get("/K")
    element = writer.add_object(generic.DictionaryObject({
        pdf_name("/Type"): pdf_name("/StructElem"), pdf_name("/S"): pdf_name("/Form"),
        pdf_name("/P"): top, pdf_name("/Pg"): annotation.raw_get("/P"), pdf_name("/Alt"): pdf_string(words),
        pdf_name("/K"): generic.DictionaryObject({
            pdf_name("/Type"): pdf_name("/OBJR"), pdf_name("/Obj"): field}),
    }))
    annotation["/StructParent"] = generic.NumberObject(key)
    numbers.append(generic.NumberObject(key))
    numbers.append(element)
    writer.update_container(numbers)
    below = top.get_object()["/K"]
    below.append(element)
    writer.update_container(below)
