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
from dataclasses import dataclass
from html import unescape
from types import SimpleNamespace
from typing import Any

from weasyprint import DEFAULT_OPTIONS
from weasyprint.anchors import gather_anchors
from weasyprint.css.counters import CounterStyle
from weasyprint.document import Document, Page
from weasyprint.formatting_structure import boxes
from weasyprint.formatting_structure.build import build_formatting_structure
from weasyprint.html import get_html_metadata
from weasyprint.layout import layout_document
from weasyprint.layout.inline import iter_line_boxes
from weasyprint.pdf.metadata import DocumentMetadata

from kompetensi.adapters.certificate_copy import Copy, DoesNotFit, NotUnderstood
from kompetensi.adapters.certificate_plate import Block, Plate, SetBlock, Setting, text_boxes, transformed

__all__ = ["Forme", "Typesetting", "lay_out"]

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
_MOST_SET = 64


@dataclass(frozen=True, slots=True)
class Typesetting:
    """What WeasyPrint lays certificates out with."""

    css: Any
    fonts: Any
    images: dict[str, Any]


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
        self.box.text = self.inner[0] + transformed(core, self.box.style) + self.inner[1]


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
    blank : bytes
        JPEG that holds the place of a person's photo; empty = there is none.
    secrets : sequence of str
        Words of the person that must not stand in what the forme keeps.

    Raises
    ------
    NotUnderstood
        If there is something that could move, or differ, without this class noticing.
    """

    def __init__(
        self, copy: Copy, other: Copy, source: Any, setting: Typesetting, *, qr: str, blank: bytes,
        secrets: Sequence[str]
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
        self._set_before: OrderedDict[Any, SetBlock] = OrderedDict()
        self._qr_box = self._find_qr(qr) if copy.alt is not None else None
        self._own_alt = copy.alt
        self._blank, self._secrets = blank, secrets
        self._plate: Plate | None = None

    def _constants(self, copy: Copy) -> str:
        return "\0".join(text for index, text in enumerate(copy.texts) if index not in self._variable)

    def _find_blocks(self, root: Any, words: Mapping[int, _Words]) -> list[tuple[Block, dict[int, _Words]]]:
        before = {block.block_number: block for block in root.descendants() if hasattr(block, "block_number")}
        by_text = {word.box.text_number: index for index, word in words.items()}
        wanted: dict[int, dict[int, _Words]] = {}
        for name, block in before.items():
            numbers = [box.text_number for box in _texts_in(block.children[0])]
            if not by_text.keys().isdisjoint(numbers):
                wanted[name] = {by_text[number]: words[by_text[number]] for number in numbers if number in by_text}
        found: dict[int, Block] = {}
        for number, page in enumerate(self.pages):
            for block, ancestors, floats in _walk(page._page_box, (), []):
                name = getattr(block, "block_number", None)
                if name not in wanted or isinstance(block, boxes.LineBox) or block.block_number != name:
                    continue
                if name in found:
                    raise NotUnderstood("a block stands on two pages")
                _check_steady(block, ancestors, floats)
                found[name] = Block(before[name].children[0], block, number, _signature(block.children))
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

    def _set_block(self, block: Block, words: Mapping[int, _Words], copy: Copy) -> SetBlock:
        for index, word in words.items():
            word.put(unescape(copy.texts[index]))
        lines = [line for line, _ in iter_line_boxes(
            self._context, block.before, block.after.children[0].position_y, 0, None, block.after, [], [], None, None)]
        if _signature(lines) != block.lines:
            raise DoesNotFit
        anchors: dict[str, Any] = {}
        for line in lines:
            gather_anchors(line, anchors, [], [], {None: []})
        return SetBlock(lines, anchors)

    def print(
        self, setting: Setting, code: Sequence[Sequence[int]] | None, *, svg: Callable[[], bytes], identifier: bytes,
        photo: bytes
    ) -> bytes:
        """Return the file of one setting of this forme.

        Parameters
        ----------
        code : matrix of 0 and 1, or None
        svg : callable
            Returns the same code as SVG, as drawn when the certificate is laid out by itself.
        identifier : bytes
            First string of ``/ID``.
        photo : bytes
            JPEG of the same form as the blank one; empty = there is none.

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
            self._plate = Plate(self._document, self._context, [block for block, _ in self._blocks], letters, self._qr_box, self._own_alt,
                                self._blank, self._secrets)
        return self._plate.print(setting, code, svg=svg, identifier=identifier, photo=photo)


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
    shown = transformed(core, box.style)
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


def _check_marks(block: Block, pages: Sequence[Mapping[str, Any]]) -> None:
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
                  tuple(getattr(box, "text_number", None) for box, _ in text_boxes(line))) for line in lines)


def _texts_in(parent: Any) -> Iterator[Any]:
    """Yield the texts of a line before layout, but not those of a block that stands in it."""
    for child in parent.children:
        if isinstance(child, boxes.TextBox):
            yield child
        elif type(child) is boxes.InlineBox:
            yield from _texts_in(child)
