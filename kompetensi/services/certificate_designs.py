"""Which design the certificates of a unit are made with, and the design that one was made with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.models import CertificateTemplate, CertificateTemplateVersion, Unit
from kompetensi.rules.certificate_design import CertificateDesign, DesignField
from kompetensi.rules.certificates import CertificateKind

__all__ = ["STARTER", "TemplateText", "design_for", "design_of", "text_of", "version_for"]


@dataclass(frozen=True, slots=True)
class TemplateText:
    """What a version holds; see `rules.certificate_design.CertificateDesign`.

    Attributes
    ----------
    front, back : str
        Empty = the side that comes with kompetensi.
    """

    front: str = ""
    back: str = ""
    css: str = ""
    languages: tuple[str, ...] = ("id",)
    fields: tuple[DesignField, ...] = ()

    def design(self, version_id: int | None = None) -> CertificateDesign:
        """Return it as a renderer follows it."""
        return CertificateDesign(self.front, self.back, self.css, self.languages,
                                 {field.name: field.value for field in self.fields}, version_id)


# What a new template starts from: the front that comes with kompetensi, written out, so that there is something to change.
STARTER = TemplateText("""{{ blok.pasfoto }}
{{ blok.lambang }}
<p class="government">{{ sertifikat.government }}</p>
<p class="institution">{{ sertifikat.institution }}</p>
{{ blok.judul }}
<p class="number wrap">Nomor {{ sertifikat.number }}</p>
{% if sertifikat.lan_registration_no %}<p class="number wrap">Kode registrasi LAN: {{ sertifikat.lan_registration_no }}</p>{% endif %}
<div class="stitches"></div>
{{ blok.pembuka }}
{{ blok.nama }}
{{ blok.identitas }}
{{ blok.hasil }}
{{ blok.penyelenggaraan }}
{{ blok.pemeriksaan }}
{{ blok.penandatangan }}
""")


def design_for(session: Session, unit_id: int, kind: CertificateKind, on: date) -> CertificateDesign | None:
    """Return what certificates of a unit and kind are made with on a day; None = what comes with kompetensi.

    The nearest unit at or above it that has a published template decides; of several there, the one whose version was
    published last, then the newest row.
    """
    version = version_for(session, unit_id, kind, on)
    return text_of(version).design(version.id) if version is not None else None


def version_for(
    session: Session, unit_id: int, kind: CertificateKind, on: date
) -> CertificateTemplateVersion | None:
    """Return the version that `design_for` follows."""
    here: int | None = unit_id
    while here is not None:
        found = session.scalars(
            select(CertificateTemplateVersion)
            .join(CertificateTemplate, CertificateTemplate.id == CertificateTemplateVersion.template_id)
            .where(CertificateTemplate.unit_id == here, CertificateTemplate.kind == kind.value,
                   (CertificateTemplate.retired_on.is_(None)) | (CertificateTemplate.retired_on > on),
                   CertificateTemplateVersion.published_at.is_not(None))
            .order_by(CertificateTemplateVersion.published_at.desc(), CertificateTemplateVersion.id.desc())).first()
        if found is not None:
            return found
        here = session.scalars(select(Unit.parent_id).where(Unit.id == here)).one()
    return None


def design_of(session: Session, version_id: int | None) -> CertificateDesign | None:
    """Return the design that a version describes; None for None."""
    if version_id is None:
        return None
    return text_of(session.get_one(CertificateTemplateVersion, version_id)).design(version_id)


def _field(stored: dict[str, Any]) -> DesignField:
    field = DesignField(**stored)
    return replace(field, value=date.fromisoformat(field.value)) if field.type == "date" else field


def text_of(version: CertificateTemplateVersion) -> TemplateText:
    """Read what a version holds."""
    return TemplateText(version.front, version.back, version.css, tuple(version.languages),
                        tuple(_field(stored) for stored in version.fields))


