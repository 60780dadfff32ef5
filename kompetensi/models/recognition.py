"""Recognition of prior learning: what a person hands in, who judged it, and how."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Training
from kompetensi.models.people import Person


class RecognitionClaim(Base):
    """An outside certificate that its holder asks to have recognised as a training of the catalogue."""

    __tablename__ = "kompetensi_recognition_claims"
    __table_args__ = (
        CheckConstraint("state IN ('SUBMITTED', 'IN_REVIEW', 'RECOGNISED', 'REFUSED', 'WITHDRAWN')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainings.id", ondelete="RESTRICT"), index=True)
    issuer: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(String(120))
    finished_on: Mapped[date]
    valid_until: Mapped[date | None] = mapped_column(doc="Last day, inclusive; none = without end.")
    jp: Mapped[int]
    remark: Mapped[str] = mapped_column(String(1000), default="", doc="The holder's own words.")
    state: Mapped[str] = mapped_column(String(10), default="SUBMITTED")
    certificate_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_certificates.id", ondelete="RESTRICT"), unique=True,
        doc="The register's entry that recognition led to.")

    person: Mapped[Person] = relationship()
    training: Mapped[Training] = relationship()


class RecognitionDocument(Base):
    """The file handed in with a claim; private, kept as it came."""

    __tablename__ = "kompetensi_recognition_documents"

    claim_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_recognition_claims.id", ondelete="RESTRICT"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes]


class RecognitionEvent(Base):
    """One step of a claim: who, when, why. Append only."""

    __tablename__ = "kompetensi_recognition_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_recognition_claims.id", ondelete="RESTRICT"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(500), default="")
