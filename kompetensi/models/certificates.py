"""The register of certificates: frozen facts, file, state. Nothing in it is ever deleted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
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
        ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"), unique=True)
    training_code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12), doc="STTPP, ATTENDANCE or AWARD.")
    external: Mapped[bool] = mapped_column(default=False)
    issuer: Mapped[str] = mapped_column(String(60), doc="Code of our unit, or name of the outside issuer.")
    year: Mapped[int]
    seq: Mapped[int | None] = mapped_column(doc="Place in the series; none for outside issuers.")
    number: Mapped[str] = mapped_column(String(120), index=True)
    finished_on: Mapped[date] = mapped_column(doc="Last day of the training; its year counts the JP.")
    jp: Mapped[int]
    issued_on: Mapped[date]
    valid_until: Mapped[date | None] = mapped_column(doc="Last day, inclusive; none = without end.")
    state: Mapped[str] = mapped_column(String(16))
    state_on: Mapped[date | None] = mapped_column(doc="Day on which REVOKED or REPLACED took effect.")
    reason: Mapped[str] = mapped_column(String(500), default="")
    replaced_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), index=True)
    facts: Mapped[dict | None] = mapped_column(
        JSON(none_as_null=True), doc="Frozen snapshot, rules.certificates.CertificateFacts; none for outside issuers.")
    facts_sha256: Mapped[str | None] = mapped_column(String(64))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    recorded_at: Mapped[datetime]


class CertificateFile(Base):
    """The frozen PDF."""

    __tablename__ = "kompetensi_certificate_files"

    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), primary_key=True)
    pdf: Mapped[bytes]


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
