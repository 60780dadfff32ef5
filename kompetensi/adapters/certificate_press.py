"""Certificates in bulk: one forme for all who share a training, and for each person only what is theirs."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol
from urllib.parse import unquote

import segno

from kompetensi.adapters.certificate_copy import PHOTO_PLACE, QR_PLACE, Copy, DoesNotFit, NotUnderstood
from kompetensi.adapters.certificate_forme import Forme, Typesetting
from kompetensi.adapters.certificate_photo import blank_photo, photo_address
from kompetensi.adapters.certificate_plate import Setting
from kompetensi.rules.certificate_design import CertificateDesign
from kompetensi.rules.certificates import CertificateFacts, group_nip

__all__ = ["CertificatePress", "Compositor"]

_log = logging.getLogger(__name__)
_MOST_FORMES = 12
_MOST_REFUSED = 64


class Compositor(Protocol):
    """Words certificates as HTML and says which layout to try; the renderer's engine."""

    setting: Typesetting

    def first_layout(self) -> Any:
        """Return the widest layout."""
        ...

    def html(self, facts: CertificateFacts, design: CertificateDesign, layout: Any, *, qr: str, photo: str) -> str:
        """Return the whole document; `qr` and `photo` are the addresses of its images."""
        ...

    def source(self, html: str) -> Any:
        """Return the document as `weasyprint.HTML`."""
        ...

    def code(self, facts: CertificateFacts) -> segno.QRCode:
        """Return the QR."""
        ...

    def svg(self, code: segno.QRCode) -> str:
        """Return the address of the image of a QR."""
        ...

    def forget_codes(self) -> None:
        """Keep the image of no QR."""
        ...

    def tighter(self, pages: Any, layout: Any, facts: CertificateFacts, design: CertificateDesign) -> Any:
        """Return `layout` if all stands on its pages, or else the one to try next; None if there is none."""
        ...


class CertificatePress:
    """Prints certificates from formes that it keeps, a dozen at most, so that memory does not grow with their number.

    The same facts give the same bytes, whoever else is printed before or after.
    """

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self._formes: OrderedDict[tuple[str, int], Forme] = OrderedDict()
        self._refused: OrderedDict[str, None] = OrderedDict()
        self._made = 0

    def print(self, facts: CertificateFacts, design: CertificateDesign) -> bytes | None:
        """Return the file; None if this one must be laid out by itself.

        None stands for all that the formes do not understand: a letter in a font that the others do not use, a
        design whose boxes follow from their words, and a certificate that fits on no page, whose refusal is better
        worded where it is laid out.
        """
        layout = self._compositor.first_layout()
        while layout is not None:
            try:
                copy = Copy(self._compositor.html(facts, design, layout, qr=QR_PLACE, photo=PHOTO_PLACE))
            except NotUnderstood:
                return None
            if copy.shape in self._refused:
                return None
            try:
                forme, setting = self._set(copy, facts, design, layout)
                tighter = self._compositor.tighter(setting.pages, layout, facts, design)
                if tighter == layout:
                    code = self._compositor.code(facts)
                    return forme.print(setting, code.matrix, svg=partial(self._drawing, code),
                                       identifier=facts.token.encode(), photo=facts.photo)
            except DoesNotFit:
                return None
            except NotUnderstood as reason:
                _log.info("certificates of this shape are laid out one by one: %s", reason)
                self._refuse(copy.shape)
                return None
            except Exception:
                # The press works inside of WeasyPrint. What surprises it must not keep a certificate from its owner.
                _log.exception("a certificate could not be pressed and is laid out by itself")
                self._refuse(copy.shape)
                return None
            layout = tighter
        return None

    def _drawing(self, code: segno.QRCode) -> bytes:
        """Return the QR as SVG, which the ``data:`` address of its image holds."""
        return unquote(self._compositor.svg(code).partition(",")[2]).encode()

    def _refuse(self, shape: str) -> None:
        """Do not try this shape again; the oldest refusals are forgotten."""
        self._refused[shape] = None
        if len(self._refused) > _MOST_REFUSED:
            self._refused.popitem(last=False)
        for key in [key for key in self._formes if key[0] == shape]:
            del self._formes[key]

    def _set(self, copy: Copy, facts: CertificateFacts, design: CertificateDesign, layout: Any) -> tuple[Forme, Setting]:
        for key in reversed([key for key in self._formes if key[0] == copy.shape]):
            forme = self._formes[key]
            if forme.suits(copy):
                try:
                    setting = forme.set(copy)
                except DoesNotFit:
                    continue
                self._formes.move_to_end(key)
                return forme, setting
        forme = self._make(copy, facts, design, layout)
        return forme, forme.set(copy)

    def _make(self, copy: Copy, facts: CertificateFacts, design: CertificateDesign, layout: Any) -> Forme:
        compositor = self._compositor
        other = Copy(compositor.html(_somebody(facts), design, layout, qr=QR_PLACE, photo=PHOTO_PLACE))
        blank = blank_photo() if facts.photo else b""
        qr = compositor.svg(compositor.code(facts))
        source = compositor.source(compositor.html(facts, design, layout, qr=qr, photo=photo_address(blank)))
        forme = Forme(copy, other, source, compositor.setting, qr=qr, blank=blank, secrets=(
            facts.holder_name, facts.nip, group_nip(facts.nip), facts.number, facts.token))
        compositor.forget_codes()
        self._made += 1
        self._formes[copy.shape, self._made] = forme
        if len(self._formes) > _MOST_FORMES:
            self._formes.popitem(last=False)
        return forme


def _somebody(facts: CertificateFacts) -> CertificateFacts:
    """Return the facts of the same training about another person, of whom the same is known."""
    def other(text: str, instead: str) -> str:
        return "" if not text else instead if text != instead else f"{instead} a"

    words: dict[str, Any] = {name: other(getattr(facts, name), name.capitalize())
                             for name in ("rank", "golongan", "position", "unit", "agency")}
    return replace(
        facts, **words, number=other(facts.number, "1/A/2026"), token=other(facts.token, "0A00-0000-0000"),
        holder_name=other(facts.holder_name, "Nama"), nip=other(facts.nip, "1" * 18),
        birth_place=other(facts.birth_place, "Tempat"),
        lan_registration_no=other(facts.lan_registration_no, "1/A/2026"),
        birth_date=facts.birth_date and facts.birth_date + timedelta(days=1),
        predicate=other(facts.predicate, "predikat"))
