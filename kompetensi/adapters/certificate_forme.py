"""A certificate laid out once, whose lines are set anew for each person.

In a printing house a forme is the type of a page, locked up. Of a document that WeasyPrint has laid out, this one
keeps everything but the lines that speak of a person. To print somebody, it puts their words into the same boxes,
has WeasyPrint break and shape those few lines (Pango and HarfBuzz, the same code and the same positions as when it
lays out a whole document), draws them, and writes a file from what never changes and what is this person's.

That gives what laying out the whole document gives if nothing outside of those lines can move. So a forme first
looks whether that is so: the lines stand in blocks whose width does not follow from their words, and a setting whose
lines differ in number, height or place from those of the forme is refused (`DoesNotFit`). Whatever it does not
understand it refuses as well; such a certificate is laid out by itself.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pydyf
from weasyprint import DEFAULT_OPTIONS
from weasyprint.anchors import gather_anchors
from weasyprint.css.counters import CounterStyle
from weasyprint.document import Document, Page
from weasyprint.draw import draw_replacedbox
from weasyprint.draw.text import draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.formatting_structure.build import build_formatting_structure
from weasyprint.formatting_structure.text import transform
from weasyprint.html import get_html_metadata
from weasyprint.images import SVGImage
from weasyprint.layout import layout_document
from weasyprint.layout.inline import iter_line_boxes
from weasyprint.matrix import Matrix
from weasyprint.pdf.fonts import build_fonts_dictionary
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.line_break import create_layout

from kompetensi.adapters.pdf_template import PdfTemplate, stream_bytes

__all__ = ["QR_PLACE", "VARIANT", "Copy", "DoesNotFit", "Forme", "NotUnderstood", "Setting", "Typesetting", "lay_out"]

# As WeasyPrint calls the kind of PDF that certificates are: archived, with its parts named.
VARIANT = "pdf/a-3a"
# Stands for the address of the QR until it is known what is done with it.
QR_PLACE = "data:,kompetensi-qr"
# Where the XMP says what is a person's.
_PLACES = {name: f"kompetensi.{name}.place" for name in ("title", "description", "keywords")}
_PLACE = re.compile(rb"kompetensi\.([a-z]+)\.place")
_TAGS = re.compile(r"(<[^>]*>)")
_QR_TAG = re.compile(rf'<img src="{QR_PLACE}" alt="([^"<>]*)">')
# What the head says of a person; the other values are part of the shape.
_HEAD_VALUES = re.compile(
    r'(?<=<title>)[^<]*(?=</title>)|(?<=<meta name="description" content=")[^"]*|(?<=<meta name="keywords" content=")[^"]*')
_META = re.compile(r'<meta name="([a-z.]+)" content="([^"]*)">')
_WORDS = re.compile(r"([ \t\n\r\f]*)(.*?)([ \t\n\r\f]*)", re.DOTALL)
_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|  ")
# Box types among which nothing outside follows from the words of a line.
_STEADY = (boxes.BlockBox, boxes.InlineBlockBox, boxes.LineBox, boxes.InlineBox, boxes.PageBox)
# Signs that the fonts of a changing text bring for everybody, so that most files share one subset; what else somebody
# needs is added for them. Which ones, the text about somebody else says: those of a row that has any of its signs. In
# a text of capitals and small letters there are names, with pairs that fonts draw as one sign, and with marks.
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")
_IN_NAMES = ".,-/()'’& fi fl ff Th"
_HEXADECIMAL = re.compile(r"[0-9a-f]{32,}")
_MOST_SUBSETS = 32
_MOST_SET = 64


class NotUnderstood(Exception):
    """The document has something of which this module does not know how it follows from a person's words."""


class DoesNotFit(Exception):
    """The words need other lines than the forme has, or another font."""


@dataclass(frozen=True, slots=True)
class Typesetting:
    """What WeasyPrint lays certificates out with."""

    css: Any
    fonts: Any
    images: dict[str, Any]


class Copy:
    """The HTML of one certificate, taken apart into what a forme compares and what it sets.

    Attributes
    ----------
    shape : str
        All tags and the head, without the values of the head and the text that stands for the QR.
    texts : list of str
        What stands between the tags of the body, as written.
    title : str
    meta : list of (str, str)
        Values of the head.
    alt : str or None
        What stands for the QR, as written; None = there is no QR.
    """

    __slots__ = ("alt", "meta", "shape", "texts", "title")

    def __init__(self, html: str) -> None:
        head, _, body = html.partition("</head>")
        pieces = _TAGS.split(body)
        self.texts = pieces[::2]
        tags = "".join(pieces[1::2])
        found = _QR_TAG.findall(tags)
        if html.count(QR_PLACE) != len(found) or len(found) > 1:
            raise NotUnderstood("the QR stands where none was expected")
        self.alt = unescape(found[0]) if found else None
        self.shape = _HEAD_VALUES.sub("", head) + _QR_TAG.sub(QR_PLACE, tags)
        self.title = unescape(head.partition("<title>")[2].partition("</title>")[0])
        self.meta = [(name, unescape(value)) for name, value in _META.findall(head)]

    def metadata(self, language: str | None) -> Any:
        """Return what the file says about itself, as WeasyPrint reads it from the head."""
        values = dict(self.meta)
        keywords = dict.fromkeys(word.strip(" \t\n\r\f") for word in values.get("keywords", "").split(","))
        return DocumentMetadata(
            title=self.title, authors=[values["author"]] if "author" in values else [],
            description=values.get("description"), keywords=list(keywords) if "keywords" in values else [],
            generator=values.get("generator"), created=values.get("dcterms.created"),
            modified=values.get("dcterms.modified"), lang=language)


@dataclass(slots=True)
class _Segment:
    """What draws one text box: where it stands in its page, and the state of the page when it begins."""

    page: int
    start: int
    end: int
    state: tuple[Any, ...]


@dataclass(slots=True)
class _Words:
    """A text of the HTML that may change, and its box before layout."""

    box: Any
    outer: tuple[str, str]
    inner: tuple[str, str]

    def put(self, text: str) -> None:
        lead, core, trail = _parts(text)
        if (lead, trail) != self.outer or not core or _NOT_PLAIN.search(core):
            raise DoesNotFit
        self.box.text = self.inner[0] + _transformed(core, self.box.style) + self.inner[1]


@dataclass(slots=True)
class _Block:
    """A block whose lines are set anew: its lines before layout, and the block and lines of the forme."""

    before: Any
    after: Any
    page: int
    lines: tuple[Any, ...]
    segments: list[_Segment] = field(default_factory=list)


@dataclass(slots=True)
class _SetBlock:
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
    blocks: list[_SetBlock]
    pages: tuple[Any, ...]


def lay_out(source: Any, setting: Typesetting) -> tuple[Any, Any, Any]:
    """Return document, box tree before layout and layout context, as `weasyprint.HTML.render` makes them.

    Blocks of lines and their texts are numbered before; WeasyPrint carries the numbers to the laid-out boxes.
    """
    options = DEFAULT_OPTIONS | {"stylesheets": [setting.css], "cache": setting.images}
    counters, profiles = CounterStyle(), {}
    context = Document._build_layout_context(source, setting.fonts, counters, profiles, options)
    root = build_formatting_structure(
        source.etree_element, context.style_for, context.get_image_from_uri, source.base_url,
        context.target_collector, counters, context.footnotes)
    number = 0
    for block in root.descendants():
        if block.children and isinstance(block.children[0], boxes.LineBox):
            block.block_number = number
            number += 1
            for box in _texts_in(block.children[0]):
                box.text_number = number
                number += 1
    pages = [Page(page) for page in layout_document(source, root, context)]
    return Document(pages, DocumentMetadata(**get_html_metadata(source)), source.url_fetcher, setting.fonts, profiles,
                    options["output_intent"]), root, context


class Forme:
    """One laid-out certificate, locked up.

    Parameters
    ----------
    copy : Copy
        Of the certificate that is laid out.
    other : Copy
        Of the same certificate with other words for the person; what differs is set anew for each.
    source : weasyprint.HTML
    setting : Typesetting
    qr : str
        Address of the image that stands at `QR_PLACE`.
    secrets : sequence of str
        Words of the person that must not stand in what the forme keeps.

    Raises
    ------
    NotUnderstood
        If there is something that could move, or differ, without this class noticing.
    """

    def __init__(
        self, copy: Copy, other: Copy, source: Any, setting: Typesetting, *, qr: str, secrets: Sequence[str]
    ) -> None:
        if copy.shape != other.shape or len(copy.texts) != len(other.texts):
            raise NotUnderstood("the words of a person change the document")
        self._variable = frozenset(
            index for index, (mine, others) in enumerate(zip(copy.texts, other.texts, strict=True)) if mine != others)
        self._constant = self._constants(copy)
        self._letters = {index: _letters(unescape(other.texts[index])) for index in self._variable}
        self._document, root, self._context = lay_out(source, setting)
        # Lines that are set anew stand beside no float.
        self._context.create_block_formatting_context()
        if vars(copy.metadata(self._document.metadata.lang)) != vars(self._document.metadata):
            raise NotUnderstood("the head says more than was expected")
        self.pages = self._document.pages
        words = _words(copy, source, root, self._variable)
        self._blocks = self._find_blocks(root, words)
        self._set_before: OrderedDict[Any, _SetBlock] = OrderedDict()
        self._qr_box = self._find_qr(qr) if copy.alt is not None else None
        self._own_alt = copy.alt
        self._secrets = secrets
        self._plate: _Plate | None = None

    def _constants(self, copy: Copy) -> str:
        return "\0".join(text for index, text in enumerate(copy.texts) if index not in self._variable)

    def _find_blocks(self, root: Any, words: Mapping[int, _Words]) -> list[tuple[_Block, dict[int, _Words]]]:
        before = {block.block_number: block for block in root.descendants() if hasattr(block, "block_number")}
        by_text = {word.box.text_number: index for index, word in words.items()}
        wanted: dict[int, dict[int, _Words]] = {}
        for name, block in before.items():
            numbers = [box.text_number for box in _texts_in(block.children[0])]
            if not by_text.keys().isdisjoint(numbers):
                wanted[name] = {by_text[number]: words[by_text[number]] for number in numbers if number in by_text}
        found: dict[int, _Block] = {}
        for number, page in enumerate(self.pages):
            for block, ancestors, floats in _walk(page._page_box, (), []):
                name = getattr(block, "block_number", None)
                if name not in wanted or isinstance(block, boxes.LineBox) or block.block_number != name:
                    continue
                if name in found:
                    raise NotUnderstood("a block stands on two pages")
                _check_steady(block, ancestors, floats)
                found[name] = _Block(before[name].children[0], block, number, _signature(block.children))
        for block in found.values():
            _check_marks(block, [page.anchors for page in self.pages])
        if found.keys() != wanted.keys():
            raise NotUnderstood("a block is not on the page")
        return [(block, wanted[name]) for name, block in found.items()]

    def _find_qr(self, address: str) -> Any:
        found = [box for page in self.pages for box, _, _ in _walk(page._page_box, (), [])
                 if isinstance(box, boxes.ReplacedBox) and box.element.get("src") == address]
        if len(found) != 1 or "auto" in (found[0].style["width"], found[0].style["height"]):
            raise NotUnderstood("the QR has no size of its own")
        return found[0]

    def suits(self, copy: Copy) -> bool:
        """Return whether a certificate of the same shape says the same in everything that does not change."""
        return self._constants(copy) == self._constant

    def set(self, copy: Copy) -> Setting:
        """Set the words of a person.

        Raises
        ------
        DoesNotFit
            If they need other lines than this forme has.
        """
        blocks = []
        anchors = [page.anchors.copy() for page in self.pages]
        for number, (block, words) in enumerate(self._blocks):
            # Many say the same in some lines; what they share is set once.
            key = number, *(copy.texts[index] for index in words)
            found = self._set_before.get(key)
            if found is None:
                found = self._set_before[key] = self._set_block(block, words, copy)
                if len(self._set_before) > _MOST_SET:
                    self._set_before.popitem(last=False)
            else:
                self._set_before.move_to_end(key)
            anchors[block.page].update(found.anchors)
            blocks.append(found)
        return Setting(copy, blocks, tuple(SimpleNamespace(anchors=own) for own in anchors))

    def _set_block(self, block: _Block, words: Mapping[int, _Words], copy: Copy) -> _SetBlock:
        for index, word in words.items():
            word.put(unescape(copy.texts[index]))
        lines = [line for line, _ in iter_line_boxes(
            self._context, block.before, block.after.children[0].position_y, 0, None, block.after, [], [], None, None)]
        if _signature(lines) != block.lines:
            raise DoesNotFit
        anchors: dict[str, Any] = {}
        for line in lines:
            gather_anchors(line, anchors, [], [], {None: []})
        return _SetBlock(lines, anchors)

    def print(self, setting: Setting, code: Sequence[Sequence[int]] | None, *, svg: Callable[[], bytes], identifier: bytes) -> bytes:
        """Return the file of one setting of this forme.

        Parameters
        ----------
        code : matrix of 0 and 1, or None
        svg : callable
            Returns the same code as SVG, as drawn when the certificate is laid out by itself.
        identifier : bytes
            First string of ``/ID``.

        Raises
        ------
        DoesNotFit
            If a letter needs a font that the forme has not.
        NotUnderstood
            As the constructor.
        """
        if self._plate is None:
            letters = {word.box.text_number: self._letters[index]
                       for _, words in self._blocks for index, word in words.items()}
            self._plate = _Plate(self._document, self._context, [block for block, _ in self._blocks], letters, self._qr_box, self._own_alt,
                                 self._secrets)
        return self._plate.print(setting, code, svg=svg, identifier=identifier)


class _Plate:
    """The PDF of a forme: its objects, and where in its pages the words of a person stand."""

    def __init__(
        self, document: Any, context: Any, blocks: list[_Block], letters: Mapping[int, str], qr_box: Any,
        alt: str | None, secrets: Sequence[str]
    ) -> None:
        self._document, self._context, self._blocks = document, context, blocks
        self._letters, self._qr_box = letters, qr_box
        self._streams: list[Any] = []
        self._qr_segment: _Segment | None = None
        self._qr_frames: dict[int, tuple[bytes, bytes]] = {}
        self._subsets: OrderedDict[tuple[int, frozenset[int]], dict[int, bytes]] = OrderedDict()
        self._owner = {number: block for block in blocks for number in _texts_of(block.lines)}
        self._alt = alt
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
                for box, _ in _text_boxes(line):
                    letters = _transformed(self._letters.get(box.text_number, box.text), box.style)
                    sample = box.copy_with_text(letters)
                    sample.pango_layout = create_layout(letters, box.style, self._context, None, 0)
                    sample.pango_layout.deactivate()
                    draw_text(stream, sample, 0, "clip", "none")
        for key in [key for key, font in fonts.items() if key not in known or not font.to_unicode]:
            del fonts[key]

    # Keeping

    def _keep(self, secrets: Sequence[str]) -> Any:
        def finish(document: Any, pdf: Any) -> None:
            if any(len(block.segments) != len(_texts_of(block.lines)) for block in self._blocks) or (
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
            self._info = pydyf.Dictionary(pdf.info)
            self._info.number = len(objects)
            self._catalog = pdf.catalog
            own = {*self._font_bodies, *(stream.number for stream in self._streams), self._metadata, self._info.number,
                   self._catalog.number}
            if self._figure is not None:
                own.add(self._figure.number)
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

    def print(self, setting: Setting, code: Sequence[Sequence[int]] | None, *, svg: Callable[[], bytes], identifier: bytes) -> bytes:
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

    def _draw_block(self, block: _Block, lines: list[Any]) -> list[bytes]:
        words = [found for line in lines for found in _text_boxes(line)]
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


def _words(copy: Copy, source: Any, root: Any, variable: Collection[int]) -> dict[int, _Words]:
    """Return the changing texts with their boxes, by place in the HTML."""
    body = source.etree_element.find("body")
    places = [index for index, text in enumerate(copy.texts) if text.strip(" \t\n\r\f")]
    texts = [(element, text) for element, text in _texts(body) if text.strip(" \t\n\r\f")]
    if [unescape(copy.texts[index]) for index in places] != [text for _, text in texts]:
        raise NotUnderstood("the tags do not stand where they seem to")
    in_boxes: dict[int, list[Any]] = {}
    for box in root.descendants():
        if isinstance(box, boxes.TextBox) and "::" not in box.element_tag and not box.is_whitespace():
            in_boxes.setdefault(id(box.element), []).append(box)
    in_html: dict[int, list[tuple[int, str]]] = {}
    for index, (element, text) in zip(places, texts, strict=True):
        in_html.setdefault(id(element), []).append((index, text))
    found = {}
    for element, own in in_html.items():
        if not any(index in variable for index, _ in own):
            continue
        if len(own) != len(in_boxes.get(element, ())):
            raise NotUnderstood("a text has no box, or more than one")
        for (index, text), box in zip(own, in_boxes[element], strict=True):
            if index in variable:
                found[index] = _words_in(box, text)
    if found.keys() != variable:
        raise NotUnderstood("a changing text is blank")
    return found


def _letters(text: str) -> str:
    """Return the signs that a text like this may need."""
    if _HEXADECIMAL.fullmatch(text):
        return "0123456789abcdef"
    rows = [row for row in _ROWS if not {*row}.isdisjoint({*text} - {" "})]
    return " ".join([*rows, text, *([_IN_NAMES] if rows[:2] == [*_ROWS[:2]] else [])])


def _words_in(box: Any, text: str) -> _Words:
    lead, core, trail = _parts(text)
    shown = _transformed(core, box.style)
    before, _, after = box.text.partition(shown)
    if not hasattr(box, "text_number") or box.style["white_space"] not in ("normal", "nowrap"):
        raise NotUnderstood("the blanks of a changing text follow another rule")
    if _NOT_PLAIN.search(core) or before not in ("", " ") or after not in ("", " "):
        raise DoesNotFit
    return _Words(box, (lead, trail), (before, after))


def _parts(text: str) -> tuple[str, ...]:
    found = _WORDS.fullmatch(text)
    assert found is not None
    return found.groups()


def _transformed(text: str, style: Any) -> str:
    rule = style["text_transform"]
    if rule != "none":
        text = transform(rule, text, (style["lang"] or "").split("-")[0].lower())
    return text.replace("\u00ad", "") if style["hyphens"] == "none" else text


def _texts(element: Any) -> Iterator[tuple[Any, str]]:
    """Yield the texts of an element and of those in it in their order, each with the element that it is in."""
    if element.text:
        yield element, element.text
    for child in element:
        yield from _texts(child)
        if child.tail:
            yield element, child.tail


def _walk(box: Any, ancestors: tuple[Any, ...], floats: list[Any]) -> Iterator[tuple[Any, tuple[Any, ...], bool]]:
    """Yield each laid-out box, what it is in, outermost first, and whether a float stands before it in its context."""
    box = getattr(box, "_box", box)
    yield box, ancestors, bool(floats)
    if box.is_floated():
        floats.append(box)
    inside: list[Any] = [] if box.establishes_formatting_context() else floats
    for child in box.all_children():
        yield from _walk(child, (*ancestors, box), inside)


def _check_steady(block: Any, ancestors: tuple[Any, ...], floats: bool) -> None:
    """Refuse a block if other words in its lines could move anything but what is in them."""
    for box in (*ancestors, block):
        style = box.style
        outside = isinstance(box, boxes.InlineBlockBox) or box.is_floated()
        if box.is_absolutely_positioned():
            outside = "auto" in (style["left"], style["right"])
        if type(box) not in _STEADY or (outside and not hasattr(style["width"], "value")):
            raise NotUnderstood("the width of a block follows from its words")
        if style["column_count"] != "auto" or style["column_width"] != "auto" or style["transform"] or box.is_column:
            raise NotUnderstood("a block in columns, or turned")
        if style["bookmark_level"] != "none" or box.link or style["string_set"] != "none":
            raise NotUnderstood("words that are also a bookmark or a link")
    if floats or block.first_letter_style or block.first_line_style or block.style["max_lines"] != "none":
        raise NotUnderstood("lines beside a float, or of a style of their own")
    for line in block.children:
        if not isinstance(line, boxes.LineBox) or line.text_overflow != "clip" or line.block_ellipsis != "none":
            raise NotUnderstood("lines that end in an ellipsis")
        for box in line.descendants(placeholders=True):
            decorated = box.background is not None or any(
                box.style[f"border_{side}_width"] for side in ("top", "right", "bottom", "left"))
            if type(box) not in (boxes.LineBox, boxes.InlineBox, boxes.TextBox) or box.link or (
                    isinstance(box, boxes.InlineBox) and (
                        decorated or box.style["position"] != "static" or box.style["opacity"] < 1)):
                raise NotUnderstood("lines that hold more than words")


def _check_marks(block: _Block, pages: Sequence[Mapping[str, Any]]) -> None:
    """Refuse marks in a block whose names also stand elsewhere: the first one counts, and that could be either."""
    own: dict[str, Any] = {}
    for line in block.after.children:
        gather_anchors(line, own, [], [], {None: []})
    for name, place in own.items():
        if [page[name] for page in pages if name in page] != [place]:
            raise NotUnderstood("a mark that stands twice")


def _signature(lines: Sequence[Any]) -> tuple[Any, ...]:
    """Return by line its place and height, its baseline, and the texts in it."""
    return tuple((round(line.position_y, 4), round(line.height, 4), round(line.baseline, 4),
                  tuple(getattr(box, "text_number", None) for box, _ in _text_boxes(line))) for line in lines)


def _texts_of(signature: tuple[Any, ...]) -> list[int]:
    return [number for line in signature for number in line[3]]


def _texts_in(parent: Any) -> Iterator[Any]:
    """Yield the texts of a line before layout, but not those of a block that stands in it."""
    for child in parent.children:
        if isinstance(child, boxes.TextBox):
            yield child
        elif type(child) is boxes.InlineBox:
            yield from _texts_in(child)


def _text_boxes(parent: Any, offset: float = 0) -> Iterator[tuple[Any, float]]:
    """Yield the texts of a line in the order in which they are drawn, with their distance from its start."""
    for child in parent.children:
        distance = offset + child.position_x - parent.position_x
        if isinstance(child, boxes.TextBox):
            yield child, distance
        else:
            yield from _text_boxes(child, distance)


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
