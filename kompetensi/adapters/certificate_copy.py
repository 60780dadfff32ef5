"""The HTML of a certificate, taken apart into what all share and what speaks of a person."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from weasyprint.pdf.metadata import DocumentMetadata

__all__ = ["PHOTO_PLACE", "QR_PLACE", "Copy", "DoesNotFit", "NotUnderstood"]

# Stands for the address of the QR until it is known what is done with it.
QR_PLACE = "data:,kompetensi-qr"
# Stands for the address of the photo; what a photo looks like changes nothing around it.
PHOTO_PLACE = "data:,kompetensi-photo"
_TAGS = re.compile(r"(<[^>]*>)")
_QR_TAG = re.compile(rf'<img src="{QR_PLACE}" alt="([^"<>]*)">')
# What the head says of a person; the other values are part of the shape.
_HEAD_VALUES = re.compile(
    r'(?<=<title>)[^<]*(?=</title>)|(?<=<meta name="description" content=")[^"]*|(?<=<meta name="keywords" content=")[^"]*')
_META = re.compile(r'<meta name="([a-z.]+)" content="([^"]*)">')


class NotUnderstood(Exception):
    """The document has something of which this module does not know how it follows from a person's words."""


class DoesNotFit(Exception):
    """The words need other lines than the forme has, or another font."""


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
