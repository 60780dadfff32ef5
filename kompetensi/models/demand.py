"""What people need to become ready: their targets, and the yearly needs analysis (*AKPK*) made from them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Position, Training, Unit
from kompetensi.models.people import Person


class Target(Base):
    """A position for which somebody is to be ready by a day, and who wants that.

    The person's own wish is `Person.target_position_id`; here is what others have in mind for him.
    """

    __tablename__ = "kompetensi_targets"
    __table_args__ = (
        CheckConstraint("source IN ('HR', 'SUCCESSION', 'ROTATION')", name="source"),
        Index(None, "person_id", "withdrawn_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"))
    position_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_positions.id", ondelete="RESTRICT"), index=True)
    source: Mapped[str] = mapped_column(String(12))
    ready_by: Mapped[date | None]
    set_on: Mapped[date]
    set_by: Mapped[str] = mapped_column(String(120))
    withdrawn_on: Mapped[date | None] = mapped_column(doc="From this day on it no longer counts.")

    person: Mapped[Person] = relationship()
    position: Mapped[Position] = relationship()


class NeedsAnalysis(Base):
    """One version of the yearly needs analysis of a training centre; approved, it does not change any more."""

    __tablename__ = "kompetensi_needs_analyses"
    __table_args__ = (
        UniqueConstraint("unit_id", "year", "version"),
        CheckConstraint("status IN ('COMPUTING', 'DRAFT', 'PROPOSED', 'APPROVED', 'RETURNED', 'SUPERSEDED')",
                        name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"),
                                         doc="Training centre whose year it is.")
    year: Mapped[int]
    version: Mapped[int] = mapped_column(doc="From 1.")
    status: Mapped[str] = mapped_column(String(10), default="DRAFT")
    asked: Mapped[dict] = mapped_column(doc="What it was asked for: units, sources, dates, versions of the catalogue.")
    summary: Mapped[dict] = mapped_column(default=dict, doc="Totals: people, ready, JP, rupiah.")
    job_id: Mapped[str | None] = mapped_column(ForeignKey("kompetensi_jobs.id", ondelete="RESTRICT"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(500), default="", doc="Why returned, or a word with the approval.")

    unit: Mapped[Unit] = relationship()


class NeedsPerson(Base):
    """What one person needs for one target, as the planner saw it."""

    __tablename__ = "kompetensi_needs_people"
    __table_args__ = (UniqueConstraint("analysis_id", "person_id", "position_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_needs_analyses.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_positions.id", ondelete="RESTRICT"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True,
                                         doc="His unit when it was computed.")
    source: Mapped[str] = mapped_column(String(12), doc="OWN, HR, SUCCESSION or ROTATION.")
    ready_by: Mapped[date | None]
    becomes_ready: Mapped[bool] = mapped_column(doc="Whether the trainings close everything that is open.")
    needs: Mapped[list] = mapped_column(doc="Objects with training, month by which it must end, what it closes.")
    open_gaps: Mapped[list] = mapped_column(default=list, doc="What no training closes, with the planner's reason.")


class NeedsLine(Base):
    """How many people of one agency need one training by one month."""

    __tablename__ = "kompetensi_needs_lines"
    __table_args__ = (UniqueConstraint("analysis_id", "training_id", "month", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_needs_analyses.id", ondelete="CASCADE"))
    training_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainings.id", ondelete="RESTRICT"), index=True)
    month: Mapped[date] = mapped_column(doc="First day of the month by whose end the training must have ended.")
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True,
                                         doc="Agency (OPD).")
    people: Mapped[int]
    become_ready: Mapped[int] = mapped_column(doc="How many of them become ready with all that they need.")
    jp: Mapped[int] = mapped_column(doc="Lesson hours: of the training, times people.")
    cost_idr: Mapped[int] = mapped_column(doc="Rupiah: of the training, times people.")

    training: Mapped[Training] = relationship()
    unit: Mapped[Unit] = relationship()
