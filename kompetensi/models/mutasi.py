"""Transfer (*mutasi*): kinds, dated rules, the dossier of a move, and HR's frozen decisions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Position
from kompetensi.models.people import Person


class MutasiKind(Base):
    """One of the kinds of transfer with who decides it."""

    __tablename__ = "kompetensi_mutasi_kinds"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    example: Mapped[str] = mapped_column(String(160), default="")
    decided_by: Mapped[str] = mapped_column(String(160), default="")
    bkn_opinion: Mapped[str] = mapped_column(String(200), default="")
    legal_basis: Mapped[str] = mapped_column(String(200), default="")
    confidence: Mapped[str] = mapped_column(String(120), default="")


class MutasiRule(Base):
    """One version of a rule; the columns are those of ``aturan_mutasi.csv``, kept as text and read by exchange."""

    __tablename__ = "kompetensi_mutasi_rules"
    __table_args__ = (UniqueConstraint("rule_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    category: Mapped[str] = mapped_column(String(30))
    applies_to: Mapped[str] = mapped_column(String(300))
    jenjang_of: Mapped[str] = mapped_column(String(20), default="")
    when: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(String(600))
    legal_basis: Mapped[str] = mapped_column(String(300))
    data_needed: Mapped[str] = mapped_column(String(300), default="")
    severity: Mapped[str] = mapped_column(String(20))
    checks: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    confidence: Mapped[str] = mapped_column(String(120), default="")


class ElectionEvent(Base):
    """A regional election: the day on which candidates are set, from which the blackout counts back."""

    __tablename__ = "kompetensi_election_events"
    __table_args__ = (UniqueConstraint("government_id", "candidates_set_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    government_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_governments.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    candidates_set_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(200), default="")
    confidence: Mapped[str] = mapped_column(String(120), default="")


class Dossier(Base):
    """What is gathered about one intended move of one person to one position."""

    __tablename__ = "kompetensi_dossiers"
    __table_args__ = (UniqueConstraint("person_id", "position_id", "kind_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_positions.id", ondelete="RESTRICT"), index=True)
    kind_code: Mapped[str] = mapped_column(String(30))
    own_request: Mapped[bool | None] = mapped_column(doc="Whether the person asked for it; none = not stated.")
    planned_on: Mapped[date | None]
    opened_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    position: Mapped[Position] = relationship()


class DossierDocument(Base):
    """A document that answers a rule of the dossier; it counts once an officer has verified it."""

    __tablename__ = "kompetensi_dossier_documents"
    __table_args__ = (UniqueConstraint("dossier_id", "rule_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_dossiers.id", ondelete="RESTRICT"), index=True)
    rule_id: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(120))
    dated: Mapped[date]
    issued_by: Mapped[str] = mapped_column(String(160), default="")
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str] = mapped_column(String(120), default="")


class DossierJudgement(Base):
    """A person's judgement on a rule that no machine can decide."""

    __tablename__ = "kompetensi_dossier_judgements"
    __table_args__ = (UniqueConstraint("dossier_id", "rule_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_dossiers.id", ondelete="RESTRICT"), index=True)
    rule_id: Mapped[str] = mapped_column(String(20))
    met: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500))
    judged_at: Mapped[datetime]
    judged_by: Mapped[str] = mapped_column(String(120))


class Decision(Base):
    """HR's decision on a move: rules, facts and result as they were, and their hash. Append only."""

    __tablename__ = "kompetensi_decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_dossiers.id", ondelete="RESTRICT"), index=True)
    on: Mapped[date]
    verdict: Mapped[str] = mapped_column(String(20), doc="What the rules said: eligible, needs_completion, not_eligible.")
    outcome: Mapped[str] = mapped_column(String(20), doc="What the human decided: PROPOSE, HOLD or REFUSE.")
    reason: Mapped[str] = mapped_column(String(1000))
    frozen: Mapped[str] = mapped_column(doc="Canonical JSON of rules, facts and result.")
    sha256: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(120))

    dossier: Mapped[Dossier] = relationship()
