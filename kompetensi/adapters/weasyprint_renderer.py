"""Certificates as PDF, laid out by WeasyPrint and archived as PDF/A-3a (tagged, fonts embedded)."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kompetensi.adapters.certificate_photo import photo_address
from kompetensi.adapters.certificate_qr import qr_content
from kompetensi.adapters.certificate_sandbox import fill, printable
from kompetensi.adapters.qr_mask import make_qr
from kompetensi.errors import InvalidInput, Unavailable
from kompetensi.messages import Message, format_date, say
from kompetensi.ports import Renderer, Rendering
from kompetensi.rules.certificate_design import BLOCKS, CertificateDesign
from kompetensi.rules.certificate_words import certificate_words
from kompetensi.rules.certificates import (
    CertificateFacts,
    Subject,
    facts_hash,
    group_nip,
)

__all__ = ["WeasyPrintRenderer"]

_OWN = CertificateDesign(front="")
# Sizes of the name: 31, 26, 22 pt on one line, then 22 and 18 pt over several.
_NAME_STEPS = 5
# Classes d0 … d5 of certificate.css, widest first.
_DENSITIES = 6
_MOST_BACKS = 8
# Certificates whose printing takes longer than starting processes.
_WORTH_PROCESSES = 300
# CSS pixels in a millimetre; inner width of the front (297 less two margins of 29); height between that of a name
# in two lines and one in three at 22 pt; least air above a foot.
_MM = 96 / 25.4
_FRONT_WIDTH_MM = 239.0
_TWO_LINES_MM = 22.5
_AIR_MM = 2.0


@dataclass(frozen=True, slots=True)
class _Back:
    """One back page: its share of subjects (numbered) and competences."""

    index: int
    density: int
    first: bool
    last: bool
    subjects: tuple[tuple[int, Subject], ...]
    competences: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """One attempt at fitting the facts onto pages."""

    name_step: int = 0
    front_density: int = 0
    back_density: int = 0
    backs: int = 1


class WeasyPrintRenderer:
    """Renders certificates; one at a time per renderer, because layout shares fonts and images.

    The first certificate also loads the library and the fonts (about a second); it can be made from any thread.

    Parameters
    ----------
    processes : int
        How many print a large batch; 1 = this one alone.
    """

    def __init__(self, *, processes: int = 1) -> None:
        self._processes = processes
        self._lock = threading.Lock()
        self._engine: _Engine | None = None

    def render_many(
        self, facts: Iterable[CertificateFacts], design: CertificateDesign | None = None
    ) -> Iterator[Rendering]:
        """Return one rendering for each of the facts, in their order; one that fits no page does not stop the others."""
        for one in facts:
            try:
                with self._lock:
                    pressed = self._ready().press.print(one, design or _OWN)
                plain = pressed is None
                yield Rendering(self.render_certificate(one, design) if pressed is None else pressed, plain=plain)
            except InvalidInput as problem:
                yield Rendering(None, problem)

    def in_bulk(self, count: int) -> AbstractContextManager[Renderer]:
        """Give a pool of processes when so many certificates are worth the two seconds that it takes to start."""
        if self._processes < 2 or count < _WORTH_PROCESSES:
            return nullcontext(self)
        from kompetensi.adapters.certificate_pool import CertificatePool  # it prints with this module

        return CertificatePool(self._processes, alone=self)

    def render_certificate(self, facts: CertificateFacts, design: CertificateDesign | None = None) -> bytes:
        """Return the certificate as PDF: the front, and one back page or as many as the subjects need.

        The same facts give the same bytes on the same machine. The printed code is the file's permanent identifier
        (the first string of ``/ID``), so that `kompetensi.exchange.certificate_pdf.read_token` finds it even after
        a signature has been added.

        Parameters
        ----------
        facts : CertificateFacts
            `facts.draft` puts DRAF across every page; nothing else depends on the state.
        design : CertificateDesign, optional
            A checked one; see `kompetensi.adapters.certificate_sandbox.check_design`. None = the one that comes with
            kompetensi, in Indonesian.

        Raises
        ------
        kompetensi.errors.Unavailable
            If Pango is missing; the message names the two packages.
        kompetensi.errors.InvalidInput
            If a text is so long that it fits no page at the smallest size, or the design prints a name that these
            facts have not.
        """
        with self._lock:
            return self._ready().render(facts, design or _OWN)

    def find_under_stamp(self, facts: CertificateFacts, design: CertificateDesign) -> tuple[Message, ...]:
        """Lay a certificate out and look; see `kompetensi.adapters.stamp_place.find_under_stamp`."""
        with self._lock:
            return self._ready().find_under_stamp(facts, design)

    def _ready(self) -> _Engine:
        if self._engine is None:
            self._engine = _Engine()
        return self._engine


class _Engine:
    """WeasyPrint with the certificate's style sheet, fonts and images, loaded once."""

    def __init__(self) -> None:
        try:
            import weasyprint
            from weasyprint.text.fonts import FontConfiguration
            from weasyprint.urls import URLFetcher

            from kompetensi.adapters.certificate_forme import Typesetting
            from kompetensi.adapters.certificate_plate import VARIANT
            from kompetensi.adapters.certificate_press import CertificatePress
        except OSError as error:
            raise Unavailable(say(
                "PDF tidak dapat dibuat karena pustaka Pango belum terpasang. Pasang paket libpango-1.0-0 dan "
                "libpangoft2-1.0-0, lalu ulangi.")) from error

        folder = Path(str(files("kompetensi") / "static" / "certificates")).resolve()

        class PackageFiles(URLFetcher):  # type: ignore[misc]
            """Serves the certificate's own files and data addresses; a certificate fetches nothing from outside."""

            def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
                parts = urlsplit(url)
                inside = parts.scheme == "file" and Path(unquote(parts.path)).resolve().is_relative_to(folder)
                if parts.scheme != "data" and not inside:
                    raise ValueError(f"certificates use only their own files, not {url}")
                return super().fetch(url, headers)

        self._html = weasyprint.HTML
        fonts = FontConfiguration()
        self._fetcher = PackageFiles(allowed_protocols=("file", "data"))
        self._base = folder.as_uri() + "/"
        self._variant = VARIANT
        css = weasyprint.CSS(filename=str(folder / "certificate.css"), font_config=fonts, url_fetcher=self._fetcher)
        self.setting = Typesetting(css, fonts, {})
        self.press = CertificatePress(self)
        self._templates = Environment(
            loader=PackageLoader("kompetensi", "templates/kompetensi/certificates/pdf"), autoescape=True,
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self._templates.filters.update(tanggal=format_date, nip=group_nip)

    def render(self, facts: CertificateFacts, design: CertificateDesign) -> bytes:
        known = set(self.setting.images)
        pdf: bytes = self._laid_out(facts, design).write_pdf(
            pdf_variant=self._variant, pdf_identifier=facts.token.encode())
        self._forget_images(known)
        return pdf

    def find_under_stamp(self, facts: CertificateFacts, design: CertificateDesign) -> tuple[Message, ...]:
        from kompetensi.adapters.stamp_place import find_under_stamp

        known = set(self.setting.images)
        found = find_under_stamp(self._laid_out(facts, design).pages[0])
        self._forget_images(known)
        return found

    def _laid_out(self, facts: CertificateFacts, design: CertificateDesign) -> Any:
        """Return the document in the widest layout in which all stands on its pages."""
        qr, photo = self.svg(self.code(facts)), photo_address(facts.photo)
        layout: _Layout | None = _Layout()
        while layout is not None:
            document = self.source(self.html(facts, design, layout, qr=qr, photo=photo)).render(
                font_config=self.setting.fonts, stylesheets=[self.setting.css], cache=self.setting.images)
            tighter = self.tighter(document.pages, layout, facts, design)
            if tighter == layout:
                return document
            layout = tighter
        raise InvalidInput(say("Isi sertifikat %(number)s terlalu panjang untuk dimuat pada lembarnya, bahkan dengan "
                               "huruf terkecil. Singkatkan nama pelatihan, jabatan, atau mata pelatihannya.",
                               number=facts.number))

    def forget_codes(self) -> None:
        """Keep no QR: each is drawn for one certificate, and the cache would grow with their number."""
        for address in [address for address in self.setting.images if str(address).startswith("data:")]:
            del self.setting.images[address]

    def _forget_images(self, known: set[str]) -> None:
        """Keep no image of a person either, nor its dots, which WeasyPrint keeps under a name of their own."""
        self.forget_codes()
        for address in [key for key in self.setting.images if key not in known and not key.startswith("file:")]:
            del self.setting.images[address]

    def first_layout(self) -> _Layout:
        return _Layout()

    def tighter(
        self, pages: Any, layout: _Layout, facts: CertificateFacts, design: CertificateDesign
    ) -> _Layout | None:
        return _tighter(pages, layout, subjects=1 if design.back else len(facts.subjects))

    def code(self, facts: CertificateFacts) -> segno.QRCode:
        return make_qr(qr_content(facts), error="m")

    def svg(self, code: segno.QRCode) -> str:
        return code.svg_data_uri(scale=4, border=2, dark="#231b2b", light="#fffdf8")

    def source(self, html: str) -> Any:
        return self._html(string=html, base_url=self._base, url_fetcher=self._fetcher)

    def html(
        self, facts: CertificateFacts, design: CertificateDesign, layout: _Layout, *, qr: str, photo: str
    ) -> str:
        lead, *rest = [certificate_words(facts, language) for language in design.languages]
        values = {"facts": facts, "w": lead, "also": rest[0] if rest else None, "qr": qr,
                  "photo": photo if facts.photo else "",
                  "fingerprint": facts_hash(facts), "own_css": Markup(design.css), "name_step": layout.name_step,
                  "front_density": layout.front_density, "backs": list(_backs(facts, layout))}
        return self._templates.get_template("certificate.html").render(
            values, own_front=self._own(design.front, design, values), own_back=self._own(design.back, design, values))

    def _own(self, side: str, design: CertificateDesign, values: dict[str, Any]) -> Markup | None:
        """Fill a side that the training centre has written; None where it uses ours."""
        if not side:
            return None
        blocks = self._templates.get_template("blocks.html").make_module(values)
        pieces = {name: Markup(getattr(blocks, name)()) for name in BLOCKS if name != "mata_pelatihan"}
        pieces["mata_pelatihan"] = Markup(blocks.subjects_table(list(enumerate(values["facts"].subjects, 1)), True))
        return Markup(fill(side, sertifikat=printable(values["facts"]), isian=design.values, blok=pieces))


def _tighter(pages: list[Any], layout: _Layout, *, subjects: int) -> _Layout | None:
    """Return the same layout if everything fits, a tighter one to try next, or None when there is none left."""
    if layout.name_step < _NAME_STEPS - 1 and not _name_fits(pages[0], layout.name_step):
        return replace(layout, name_step=layout.name_step + 1)
    if not _front_fits(pages[0]):
        if layout.front_density < _DENSITIES - 1:
            return replace(layout, front_density=layout.front_density + 1)
        return replace(layout, name_step=4) if layout.name_step < 4 else None
    if len(pages) == 1 + layout.backs and all(_back_fits(page, index) for index, page in enumerate(pages[1:])):
        return layout
    if layout.back_density < _DENSITIES - 2:
        return replace(layout, back_density=layout.back_density + (1 if layout.backs == 1 else 3))
    if layout.backs < min(_MOST_BACKS, max(subjects, 1)):
        # A further page lets the type grow again.
        return replace(layout, back_density=1, backs=layout.backs + 1)
    return None


def _name_fits(page: Any, step: int) -> bool:
    """Whether the name stays inside the frame: on one line, from step 3 on in two; a template may set it otherwise."""
    if "name" not in page.anchors:
        return True
    if step < 3:
        left, _, right, _ = page.anchors["name"]
        return bool(right - left <= _MM * _FRONT_WIDTH_MM)
    _, top, _, bottom = page.anchors["name-block"]
    return bool(bottom - top <= _MM * _TWO_LINES_MM)


def _front_fits(page: Any) -> bool:
    # Ours has the check and the signing at its foot; a template's own may have neither, and then its frame is the foot.
    feet = [mark for mark in ("check", "signing", "front-edge") if mark in page.anchors]
    return bool(feet) and _stands_above(page, ("front-end",), tuple(feet))


def _back_fits(page: Any, index: int) -> bool:
    return _stands_above(page, (f"subjects-end-{index}", f"aside-end-{index}"), (f"foot-{index}",))


def _stands_above(page: Any, ends: tuple[str, ...], feet: tuple[str, ...]) -> bool:
    """Whether what ends at `ends` leaves air above `feet`; a mark that is not on the page has run over its edge."""
    if not all(mark in page.anchors for mark in (*ends, *feet)):
        return False
    top = min(page.anchors[mark][1] for mark in feet)
    return all(page.anchors[mark][1] + _MM * _AIR_MM <= top for mark in ends)


def _backs(facts: CertificateFacts, layout: _Layout) -> Iterator[_Back]:
    """Share subjects and competences evenly among the back pages, in their order."""
    numbered = tuple(enumerate(facts.subjects, start=1))
    share = math.ceil(len(numbered) / layout.backs)
    competences = math.ceil(len(facts.competences) / layout.backs)
    for index in range(layout.backs):
        yield _Back(
            index=index, density=layout.back_density, first=index == 0, last=index == layout.backs - 1,
            subjects=numbered[index * share:(index + 1) * share],
            competences=facts.competences[index * competences:(index + 1) * competences])

