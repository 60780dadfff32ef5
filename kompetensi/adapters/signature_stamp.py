"""The visible signature: the signer's name and the day beside a QR, drawn as the appearance of the signature's field.

The words are laid out once for a signer and a day; the QR, which differs from certificate to certificate, is a path.
"""

from __future__ import annotations

import io
import re
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
# A glyph in the words, and a line of the table that gives its letter.
_CODE = re.compile(rb"<([0-9a-f]{4})>")
_MAPPED = re.compile(rb"^<([0-9a-f]{4})> (<[0-9a-f]+>)$", re.MULTILINE)
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
    return _with_few_glyphs(HTML(string=html).write_pdf())


def _with_few_glyphs(pdf: bytes) -> bytes:
    """Number the glyphs of the one font anew, so that what is not used takes no room at all.

    WeasyPrint keeps the numbers that glyphs have in the whole font, and with them the names of all the others: two
    thirds of what the stamp would add to each certificate. Words in several fonts, or in one that is no CFF font, stay
    as they are.
    """
    import pikepdf
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        fonts = list(page.Resources.get("/Font", pikepdf.Dictionary()).values())
        if len(fonts) != 1 or "/FontFile3" not in fonts[0].DescendantFonts[0].FontDescriptor:
            return pdf
        inner, words = fonts[0].DescendantFonts[0], page.Contents.read_bytes()
        used = sorted({0} | {int(code, 16) for code in _CODE.findall(words)})
        font = TTFont(io.BytesIO(inner.FontDescriptor.FontFile3.read_bytes()))
        subsetter = Subsetter(Options(layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True,
                                      drop_tables=["GDEF", "name", "post", "OS/2", "cmap"]))
        subsetter.populate(gids=used)
        subsetter.subset(font)
        per_em, widths = font["head"].unitsPerEm, [font["hmtx"][name][0] for name in font.getGlyphOrder()]
        written = io.BytesIO()
        font.save(written)
        new = {b"%04x" % old: b"%04x" % number for number, old in enumerate(used)}
        page.Contents = document.make_stream(_CODE.sub(lambda code: b"<%b>" % new[code[1]], words))
        fonts[0].ToUnicode = document.make_stream(_MAPPED.sub(
            lambda line: b"<%b> %b" % (new.get(line[1], line[1]), line[2]), fonts[0].ToUnicode.read_bytes()))
        inner.W = pikepdf.Array([0, pikepdf.Array([round(1000 * width / per_em) for width in widths])])
        inner.FontDescriptor.FontFile3 = document.make_stream(written.getvalue(), Subtype=pikepdf.Name.OpenType)
        # The page that is signed holds another subset of the same font; theirs must not be taken for one.
        name = pikepdf.Name(f"/SEGELA+{str(inner.BaseFont).rpartition('+')[2]}")
        fonts[0].BaseFont = inner.BaseFont = inner.FontDescriptor.FontName = name
        document.remove_unreferenced_resources()
        smaller = io.BytesIO()
        document.save(smaller, compress_streams=True)
    return smaller.getvalue()


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
