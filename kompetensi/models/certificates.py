"""The register of certificates: frozen facts, file, state. Nothing in it is ever deleted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base


class CertificateSeries(Base):
    """Last number given by an issuer for a kind in a year; moved by one UPDATE in the issuing transaction."""

    __tablename__ = "kompetensi_certificate_series"
    __table_args__ = (UniqueConstraint("issuer", "kind", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(60), doc="Code of the issuing unit.")
    kind: Mapped[str] = mapped_column(String(12))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class Certificate(Base):
    """One certificate, ours or an outside issuer's register entry (`external`: no PDF, no series of ours)."""

    __tablename__ = "kompetensi_certificates"
    __table_args__ = (
        CheckConstraint(
            "state IN ('DRAFT', 'READY_TO_SIGN', 'SIGNED', 'ISSUED', 'REVOKED', 'REPLACED', 'VOID')", name="state"),
        UniqueConstraint("issuer", "kind", "year", "seq"),
        Index(None, "person_id", "training_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(20), unique=True, doc="Random public code, canonical form.")
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_enrolments.id", ondelete="SET NULL"), unique=True,
        doc="What it was earned by; none for a renewal without a new training, or once the course has been deleted.")
    training_code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12), doc="STTPP, ATTENDANCE or AWARD.")
    external: Mapped[bool] = mapped_column(default=False)
    issuer: Mapped[str] = mapped_column(String(60), doc="Code of our unit, or name of the outside issuer.")
    year: Mapped[int]
    seq: Mapped[int | None] = mapped_column(doc="Place in the series; none for outside issuers.")
    number: Mapped[str] = mapped_column(String(120), index=True)
    finished_on: Mapped[date] = mapped_column(doc="Last day of the training, or day of the renewal; its year counts the JP.")
    jp: Mapped[int] = mapped_column(doc="Lesson hours that count for the year of finished_on; 0 of a mere renewal.")
    issued_on: Mapped[date]
    valid_until: Mapped[date | None] = mapped_column(doc="Last day, inclusive; none = without end.")
    state: Mapped[str] = mapped_column(String(16))
    state_on: Mapped[date | None] = mapped_column(doc="Day on which REVOKED or REPLACED took effect.")
    reason: Mapped[str] = mapped_column(String(500), default="")
    replaced_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), index=True,
        doc="Its successor; while that one waits for its file this one still counts.")
    renews_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), index=True,
        doc="The certificate of the same person and training that this one renews; both are kept.")
    template_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_certificate_template_versions.id", ondelete="RESTRICT"), index=True,
        doc="Version of the template that it is laid out with; none = the template that comes with kompetensi.")
    facts: Mapped[dict | None] = mapped_column(
        JSON(none_as_null=True), doc="Frozen snapshot, rules.certificates.CertificateFacts; none for outside issuers.")
    facts_sha256: Mapped[str | None] = mapped_column(String(64))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    lan_registration_no: Mapped[str] = mapped_column(
        String(60), default="", doc="Given by LAN, for trainings that are its programmes.")
    photo_sha256: Mapped[str | None] = mapped_column(
        ForeignKey("kompetensi_certificate_photos.sha256", ondelete="RESTRICT"), index=True)
    recorded_at: Mapped[datetime]


class CertificatePhoto(Base):
    """A photo of 3x4 cm as certificates print it; the row is named by what it holds, and never changed."""

    __tablename__ = "kompetensi_certificate_photos"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    jpeg: Mapped[bytes]
    recorded_at: Mapped[datetime]


class CertificatePreparation(Base):
    """What a participant's certificate needs beyond his result, where the training is a programme of LAN."""

    __tablename__ = "kompetensi_certificate_preparations"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_enrolments.id", ondelete="CASCADE"), primary_key=True)
    lan_registration_no: Mapped[str] = mapped_column(String(60), default="")
    photo_sha256: Mapped[str | None] = mapped_column(
        ForeignKey("kompetensi_certificate_photos.sha256", ondelete="RESTRICT"), index=True)


class CertificateFile(Base):
    """The frozen PDF."""

    __tablename__ = "kompetensi_certificate_files"

    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), primary_key=True)
    pdf: Mapped[bytes]


class CertificateBadge(Base):
    """The Open Badges 3.0 credential of a certificate, as it was signed."""

    __tablename__ = "kompetensi_certificate_badges"
    __table_args__ = (UniqueConstraint("status_list", "status_index"),)

    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), primary_key=True)
    credential: Mapped[str] = mapped_column(Text, doc="JSON-LD with its proof, byte for byte.")
    signed_at: Mapped[datetime]
    status_list: Mapped[str] = mapped_column(String(40), doc="Name of the list that tells whether it still counts.")
    status_index: Mapped[int] = mapped_column(doc="Its place there.")


class CertificateTemplate(Base):
    """How a training centre's certificates of a kind look; what they look like is in its versions."""

    __tablename__ = "kompetensi_certificate_templates"
    __table_args__ = (
        UniqueConstraint("unit_id", "code"),
        CheckConstraint("kind IN ('STTPP', 'ATTENDANCE', 'AWARD')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    retired_on: Mapped[date | None] = mapped_column(doc="First day on which it is no longer offered; none = in use.")


class CertificateTemplateVersion(Base):
    """One version of a template; never changed once published, so that a certificate can always name its own."""

    __tablename__ = "kompetensi_certificate_template_versions"
    __table_args__ = (UniqueConstraint("template_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_certificate_templates.id", ondelete="RESTRICT"), index=True)
    number: Mapped[int] = mapped_column(doc="1, 2, … within the template.")
    front: Mapped[str] = mapped_column(Text, doc="Sandboxed Jinja that gives HTML.")
    back: Mapped[str] = mapped_column(Text)
    css: Mapped[str] = mapped_column(Text)
    languages: Mapped[list] = mapped_column(doc="One or two of id, en; the first one leads.")
    fields: Mapped[list] = mapped_column(doc="Typed fields with their values: name, label, type, value.")
    note: Mapped[str] = mapped_column(String(500), default="", doc="What changed, in words.")
    author: Mapped[str] = mapped_column(String(120), doc="Stored actor.")
    saved_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(doc="None = a draft, with which nothing is issued.")

    template: Mapped[CertificateTemplate] = relationship()


class CertificateShare(Base):
    """A link by which a holder shows a certificate with its file to whom he likes, until he withdraws it."""

    __tablename__ = "kompetensi_certificate_shares"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), index=True)
    key_sha256: Mapped[str] = mapped_column(String(64), unique=True, doc="Of the secret in the link.")
    label: Mapped[str] = mapped_column(String(120), default="", doc="For whom, in the holder's words.")
    created_at: Mapped[datetime]
    expires_on: Mapped[date] = mapped_column(doc="Last day, inclusive.")
    withdrawn_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None] = mapped_column(doc="Last time.")


class CertificateReminder(Base):
    """A reminder before expiry that has been sent; its key keeps it from being sent twice."""

    __tablename__ = "kompetensi_certificate_reminders"

    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), primary_key=True)
    days_before: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime]


class CertificateEvent(Base):
    """One step in a certificate's life: who, when, why. Append only."""

    __tablename__ = "kompetensi_certificate_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(500), default="")

    certificate: Mapped[Certificate] = relationship()
