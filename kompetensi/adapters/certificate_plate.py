"""The PDF of a forme: its objects, and where in the drawings of its pages the words of a person stand."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pydyf
from weasyprint import DEFAULT_OPTIONS
from weasyprint.document import Page
from weasyprint.draw import draw_replacedbox
from weasyprint.draw.text import draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.formatting_structure.text import transform
from weasyprint.images import SVGImage
from weasyprint.matrix import Matrix
from weasyprint.pdf.fonts import build_fonts_dictionary
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.line_break import create_layout

from kompetensi.adapters.certificate_copy import Copy, DoesNotFit, NotUnderstood
from kompetensi.adapters.pdf_template import PdfTemplate, stream_bytes

__all__ = ["VARIANT", "Block", "Plate", "SetBlock", "Setting", "text_boxes", "texts_of", "transformed"]

# As WeasyPrint calls the kind of PDF that certificates are: archived, with its parts named.
VARIANT = "pdf/a-3a"
# Where the XMP says what is a person's.
_PLACES = {name: f"kompetensi.{name}.place" for name in ("title", "description", "keywords")}
_PLACE = re.compile(rb"kompetensi\.([a-z]+)\.place")
_MOST_SUBSETS = 32


@dataclass(slots=True)
class _Segment:
    """What draws one text box: where it stands in its page, and the state of the page when it begins."""

    page: int
    start: int
    end: int
    state: tuple[Any, ...]


@dataclass(slots=True)
class Block:
    """A block whose lines are set anew: its lines before layout, and the block and lines of the forme."""

    before: Any
    after: Any
    page: int
    lines: tuple[Any, ...]
    segments: list[_Segment] = field(default_factory=list)


@dataclass(slots=True)
class SetBlock:
    """The lines of one block, and what draws each of their texts once that is known."""

    lines: list[Any]
    anchors: dict[str, Any]
    drawn: list[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """The lines of one person.

    Attributes
    ----------
    pages : tuple of objects with `anchors`
        As `weasyprint.document.Page` has them.
    """

    copy: Copy
    blocks: list[SetBlock]
    pages: tuple[Any, ...]


class Plate:
    """The PDF of a forme: its objects, and where in its pages the words of a person stand."""

    def __init__(
        self, document: Any, context: Any, blocks: list[Block], letters: Mapping[int, str], qr_box: Any,
        alt: str | None, blank: bytes, secrets: Sequence[str]
    ) -> None:
        self._document, self._context, self._blocks = document, context, blocks
        self._letters, self._qr_box = letters, qr_box
        self._streams: list[Any] = []
        self._qr_segment: _Segment | None = None
        self._qr_frames: dict[int, tuple[bytes, bytes]] = {}
        self._subsets: OrderedDict[tuple[int, frozenset[int]], dict[int, bytes]] = OrderedDict()
        self._owner = {number: block for block in blocks for number in texts_of(block.lines)}
        self._alt, self._blank = alt, blank
        for number, page in enumerate(document.pages):
            page.paint = self._painter(number, page)
        document.write_pdf(pdf_variant=VARIANT, pdf_identifier=b"-", finisher=self._keep(secrets))
        for page in document.pages:
            del page.paint

    # Painting

    def _painter(self, number: int, page: Any) -> Any:
        def paint(stream: Any, scale: float) -> None:
            marked, self._streams = stream.marked, [*self._streams, stream]

            @contextmanager
            def watched(box: Any, tag: str) -> Iterator[None]:
                start, state, fonts = len(stream.stream), _state(stream), self._glyphs()
                with marked(box, tag):
                    yield
                segment = _Segment(number, start, len(stream.stream), state)
                if getattr(box, "text_number", None) in self._owner:
                    self._owner[box.text_number].segments.append(segment)
                    self._forget(fonts)
                elif box is self._qr_box:
                    self._qr_segment = segment

            stream.marked = watched
            Page.paint(page, stream, scale)
            del stream.marked
            if number == len(self._document.pages) - 1:
                self._add_letters()

        return paint

    def _glyphs(self) -> dict[int, tuple[int, int]]:
        return {key: (len(font.to_unicode), len(font.widths)) for key, font in self._document.fonts.items()}

    def _forget(self, glyphs: Mapping[int, tuple[int, int]]) -> None:
        """Take out of the fonts what came in since `glyphs`; a new font stays, empty."""
        for key, font in self._document.fonts.items():
            for table, count in zip((font.to_unicode, font.widths), glyphs.get(key, (0, 0)), strict=True):
                for glyph in list(table)[count:]:
                    del table[glyph]
            font.missing.clear()

    def _add_letters(self) -> None:
        """Give the fonts of changing words the letters that everybody may need."""
        fonts = self._document.fonts
        known = set(fonts)
        stream = self._streams[0].clone(tags=None)
        for block in self._blocks:
            for line in block.after.children:
                for box, _ in text_boxes(line):
                    letters = transformed(self._letters.get(box.text_number, box.text), box.style)
                    sample = box.copy_with_text(letters)
                    sample.pango_layout = create_layout(letters, box.style, self._context, None, 0)
                    sample.pango_layout.deactivate()
                    draw_text(stream, sample, 0, "clip", "none")
        for key in [key for key, font in fonts.items() if key not in known or not font.to_unicode]:
            del fonts[key]

    # Keeping

    def _keep(self, secrets: Sequence[str]) -> Any:
        def finish(document: Any, pdf: Any) -> None:
            if any(len(block.segments) != len(texts_of(block.lines)) for block in self._blocks) or (
                    self._qr_box is not None and self._qr_segment is None):
                raise NotUnderstood("a changing part is drawn in a group, or not at all")
            objects = list(pdf.objects)
            self._fonts = _font_numbers(objects, document.fonts)
            self._font_bodies = {number: objects[number].data for numbers in self._fonts.values() for number in numbers}
            self._metadata = int(pdf.catalog["Metadata"].split()[0])
            self._xmp = _xmp(DocumentMetadata(**vars(document.metadata) | {
                "title": _PLACES["title"], "description": _PLACES["description"], "keywords": [_PLACES["keywords"]]}))
            if self._xmp_of(document.metadata) != _joined(objects[self._metadata].stream):
                raise NotUnderstood("the metadata say more than was expected")
            figures = [item for item in objects if isinstance(item, dict) and item.get("S") == "/Figure"
                       and isinstance(item.get("Alt"), pydyf.String) and item["Alt"].string == self._alt]
            if len(figures) != (self._alt is not None):
                raise NotUnderstood("the QR is not the only figure of its name")
            self._figure = figures[0] if figures else None
            photos = [item for item in objects if _is_blank(item, self._blank)] if self._blank else []
            if len(photos) != bool(self._blank):
                raise NotUnderstood("the photo is not one image of the page")
            self._photo = photos[0] if photos else None
            self._info = pydyf.Dictionary(pdf.info)
            self._info.number = len(objects)
            self._catalog = pdf.catalog
            own = {*self._font_bodies, *(stream.number for stream in self._streams), self._metadata, self._info.number,
                   self._catalog.number}
            own.update(item.number for item in (self._figure, self._photo) if item is not None)
            _check_silent([item for item in objects[1:] if item.number not in own], secrets)
            self._template = PdfTemplate([*objects, self._info], own, root=pdf.catalog.number, info=self._info.number)
            self._pages = [self._cut(number) for number in range(len(self._streams))]
            self._brushes = [stream.clone(tags=None) for stream in self._streams]

        return finish

    def _catalog_of(self, setting: Setting) -> Any:
        """Return the catalogue with the places of what is marked in the lines of a person."""
        moved = {name: (block.page, place) for block, own in zip(self._blocks, setting.blocks, strict=True)
                 for name, place in own.anchors.items()}
        names = self._catalog.get("Names", {})
        if not moved or "Dests" not in names:
            return self._catalog
        places = pydyf.Array(names["Dests"]["Names"])
        for index in range(0, len(places), 2):
            if places[index].string in moved:
                number, (left, top, *_) = moved[places[index].string]
                place = pydyf.Array(places[index + 1])
                place[2:4] = Matrix(0.75, 0, 0, -0.75, 0, self._document.pages[number].height * 0.75).transform_point(
                    left, top)
                places[index + 1] = place
        return pydyf.Dictionary(self._catalog | {"Names": pydyf.Dictionary(
            names | {"Dests": pydyf.Dictionary({"Names": places})})})

    def _xmp_of(self, metadata: Any) -> bytes:
        values = {"title": metadata.title, "description": metadata.description, "keywords": ", ".join(metadata.keywords)}
        return _PLACE.sub(lambda found: escape(values[found[1].decode()]).encode(), self._xmp)

    def _cut(self, page: int) -> list[Any]:
        """Return the drawing of a page: bytes that never change, and between them the key of what does."""
        holes: list[tuple[_Segment, Any]] = [
            (segment, (index, place)) for index, block in enumerate(self._blocks) if block.page == page
            for place, segment in enumerate(block.segments)]
        if self._qr_segment is not None and self._qr_segment.page == page:
            holes.append((self._qr_segment, "qr"))
        items, pieces, done = self._streams[page].stream, [], 0
        for segment, key in sorted(holes, key=lambda hole: hole[0].start):
            # The mark that opens a segment, three items, and the one that closes it never change.
            pieces += [_joined(items[done:segment.start + 3]), key]
            done = segment.end - 1
        return [*pieces, _joined(items[done:])]

    # Printing

    def print(
        self, setting: Setting, code: Sequence[Sequence[int]] | None, *, svg: Callable[[], bytes], identifier: bytes,
        photo: bytes
    ) -> bytes:
        drawn, extra = self._draw_lines(setting)
        if code is not None and self._qr_segment is not None:
            drawn["qr"] = self._draw_qr(code, svg)
        own = dict(self._font_bodies)
        for key, (letters, widths) in extra.items():
            own.update(self._subset(key, letters, widths))
        for stream, pieces in zip(self._streams, self._pages, strict=True):
            own[stream.number] = stream_bytes(b"\n".join(
                piece if isinstance(piece, bytes) else drawn[piece] for piece in pieces))
        own[self._catalog.number] = self._catalog_of(setting).data
        metadata = setting.copy.metadata(self._document.metadata.lang)
        own[self._metadata] = stream_bytes(self._xmp_of(metadata), b"/Type /Metadata /Subtype /XML")
        own[self._info.number] = pydyf.Dictionary(self._info | {
            "Title": pydyf.String(metadata.title), "Subject": pydyf.String(metadata.description),
            "Keywords": pydyf.String(", ".join(metadata.keywords))}).data
        if self._figure is not None:
            own[self._figure.number] = pydyf.Dictionary(self._figure | {"Alt": pydyf.String(setting.copy.alt)}).data
        if self._photo is not None:
            own[self._photo.number] = pydyf.Stream([photo], self._photo.extra).data
        return self._template.write(own, identifier=identifier)

    def _draw_lines(self, setting: Setting) -> tuple[dict[Any, bytes], dict[int, tuple[dict[int, str], dict[int, int]]]]:
        """Draw the words of a person; also return the glyphs that not all files have, by font."""
        fonts = self._document.fonts
        before, drawn = self._glyphs(), {}
        try:
            for index, (block, own) in enumerate(zip(self._blocks, setting.blocks, strict=True)):
                pieces, count = own.drawn, self._glyphs()
                if pieces is None:
                    pieces = self._draw_block(block, own.lines)
                    if count == self._glyphs():
                        own.drawn, own.lines = pieces, []
                drawn.update({(index, place): piece for place, piece in enumerate(pieces)})
            if len(fonts) != len(before) or any(font.missing for font in fonts.values()):
                raise DoesNotFit
            extra = {key: (dict(list(fonts[key].to_unicode.items())[letters:]),
                           dict(list(fonts[key].widths.items())[widths:]))
                     for key, (letters, widths) in before.items() if len(fonts[key].to_unicode) > letters}
        finally:
            for key in [key for key in fonts if key not in before]:
                del fonts[key]
            self._forget(before)
        return drawn, extra

    def _draw_block(self, block: Block, lines: list[Any]) -> list[bytes]:
        words = [found for line in lines for found in text_boxes(line)]
        pieces = []
        for segment, (box, offset) in zip(block.segments, words, strict=True):
            brush = self._brush(segment)
            draw_text(brush, box, offset, "clip", "none")
            pieces.append(_joined(brush.stream))
        return pieces

    def _brush(self, segment: _Segment) -> Any:
        """Return an empty stream that is in the state in which the page is where the segment begins."""
        brush = self._brushes[segment.page]
        brush.stream = []
        (brush._current_color, brush._current_color_stroke, brush._current_alpha,
         brush._current_alpha_stroke) = segment.state
        brush._current_font = None
        return brush

    def _draw_qr(self, code: Sequence[Sequence[int]], svg: Callable[[], bytes]) -> bytes:
        """Draw the code as WeasyPrint draws its SVG; what stands around the modules is kept for each size."""
        size = len(code)
        modules = _modules(code)
        frame = self._qr_frames.get(size)
        if frame is not None:
            return modules.join(frame)
        brush = self._brush(self._qr_segment)
        box = self._qr_box.copy()
        box.replacement = SVGImage(ElementTree.fromstring(svg()), None, None, None)
        draw_replacedbox(brush, box)
        whole = _joined(brush.stream)
        if whole.count(modules) == 1:
            before, _, after = whole.partition(modules)
            self._qr_frames[size] = before, after
        return whole

    def _subset(self, key: int, letters: Mapping[int, str], widths: Mapping[int, int]) -> dict[int, bytes]:
        """Return the objects of a font with more glyphs than all share, by number, as WeasyPrint writes them."""
        name = key, frozenset(letters)
        if name in self._subsets:
            self._subsets.move_to_end(name)
            return self._subsets[name]
        font, before = self._document.fonts[key], self._glyphs()
        font.to_unicode.update(sorted(letters.items()))
        font.widths.update(widths)
        pdf = _Numbered(self._fonts[key])
        build_fonts_dictionary(pdf, {key: font}, True, True, DEFAULT_OPTIONS | {"pdf_version": "1.7"})
        self._forget(before)
        made = self._subsets[name] = {item.number: item.data for item in pdf.objects}
        if len(self._subsets) > _MOST_SUBSETS:
            self._subsets.popitem(last=False)
        return made


class _Numbered:
    """Takes the place of a PDF to which the objects of one font are added, under numbers that are known."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = iter(numbers)
        self.objects: list[Any] = []

    def add_object(self, item: Any) -> None:
        item.number = next(self._numbers)
        self.objects.append(item)


def transformed(text: str, style: Any) -> str:
    rule = style["text_transform"]
    if rule != "none":
        text = transform(rule, text, (style["lang"] or "").split("-")[0].lower())
    return text.replace("\u00ad", "") if style["hyphens"] == "none" else text


def texts_of(signature: tuple[Any, ...]) -> list[int]:
    return [number for line in signature for number in line[3]]


def text_boxes(parent: Any, offset: float = 0) -> Iterator[tuple[Any, float]]:
    """Yield the texts of a line in the order in which they are drawn, with their distance from its start."""
    for child in parent.children:
        distance = offset + child.position_x - parent.position_x
        if isinstance(child, boxes.TextBox):
            yield child, distance
        else:
            yield from text_boxes(child, distance)


def _state(stream: Any) -> tuple[Any, ...]:
    return (stream._current_color, stream._current_color_stroke, stream._current_alpha, stream._current_alpha_stroke)


def _joined(items: Sequence[Any]) -> bytes:
    return b"\n".join(pydyf._to_bytes(item) for item in items)


def _modules(code: Sequence[Sequence[int]]) -> bytes:
    """Return the path of the dark modules, row by row, as WeasyPrint writes it; two modules of margin stand around."""
    steps = []
    for row, modules in enumerate(code, start=2):
        start = None
        for column, dark in enumerate((*modules, 0), start=2):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                steps.append(f"{start} {row}.5 m\n{column} {row}.5 l")
                start = None
    return "\n".join(steps).encode()


def _is_blank(item: Any, blank: bytes) -> bool:
    """Whether an object is the image that holds the place of the photo."""
    return (isinstance(item, pydyf.Stream) and item.extra.get("Subtype") == "/Image"
            and item.extra.get("Filter") == "/DCTDecode" and _joined(item.stream) == blank)


def _font_numbers(objects: Sequence[Any], fonts: Mapping[int, Any]) -> dict[int, tuple[int, ...]]:
    """Return by font the numbers of its five objects: WeasyPrint writes all font files first, then four by font."""
    if any(font.bitmap or font.missing or font.png or font.svg or font.colr for font in fonts.values()):
        raise NotUnderstood("a font that is more than outlines, or a sign that no font has")
    first = min(item.number for item in objects if isinstance(item, pydyf.Stream)
                and ("Length1" in item.extra or item.extra.get("Subtype") == "/OpenType"))
    names, count = {font.hash for font in fonts.values()}, len(fonts)
    after = objects[first + 5 * count]
    if len(names) != count or not isinstance(after, dict) or set(after) != names:
        raise NotUnderstood("the fonts do not stand together")
    return {key: (first + place, *range(first + count + 4 * place, first + count + 4 * place + 4))
            for place, key in enumerate(fonts)}


def _xmp(metadata: Any) -> bytes:
    """Return the XMP that WeasyPrint writes."""
    pdf = pydyf.PDF()
    metadata.include_in_pdf(pdf, "a", 3, "A", False)
    return _joined(pdf.objects[-1].stream)


def _check_silent(objects: Sequence[Any], secrets: Sequence[str]) -> None:
    """Refuse to keep an object that says something of a person.

    None should: this is a second lock. Words of less than eight letters may well stand there by chance.
    """
    kept = b"\n".join(_joined(item.stream) + item.extra.data if isinstance(item, pydyf.Stream) else item.data
                      for item in objects).lower()
    for secret in (secret for secret in secrets if len(secret) >= 8):
        for form in (secret.encode(), secret.encode("utf-16-be"), secret.encode("utf-16-be").hex().encode(),
                     pydyf.String(secret).data[1:-1]):
            if form.lower() in kept:
                raise NotUnderstood("the words of a person stand where they would be kept")
