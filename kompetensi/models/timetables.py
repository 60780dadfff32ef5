"""Timetables that a solver proposes for a training centre, until one is accepted and becomes batches."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Unit


class TimetableDraft(Base):
    """One question to the solver with the best answer so far."""

    __tablename__ = "kompetensi_timetable_drafts"
    __table_args__ = (
        CheckConstraint("status IN ('DRAFT', 'SOLVING', 'SOLVED', 'ACCEPTED', 'DISCARDED')", name="status"),
        CheckConstraint("first_day <= last_day", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    first_day: Mapped[date]
    last_day: Mapped[date]
    status: Mapped[str] = mapped_column(String(10), default="DRAFT")
    analysis_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_needs_analyses.id", ondelete="RESTRICT"), index=True)
    replans_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_timetable_drafts.id", ondelete="RESTRICT"), index=True,
        doc="The accepted one that this one changes as little as possible.")
    problem: Mapped[dict] = mapped_column(doc="The question in the form of kompetensi-timetable/1.")
    result: Mapped[dict] = mapped_column(default=dict, doc="Best so far, in the form of kompetensi-timetable-result/1.")
    job_id: Mapped[str | None] = mapped_column(ForeignKey("kompetensi_jobs.id", ondelete="RESTRICT"), index=True)
    stop_requested: Mapped[bool] = mapped_column(default=False, doc="Whether the best so far is good enough.")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str] = mapped_column(String(120), default="")

    unit: Mapped[Unit] = relationship()


class CalendarLink(Base):
    """A secret address under which a calendar program reads the meetings of a person, a trainer or a room."""

    __tablename__ = "kompetensi_calendar_links"
    __table_args__ = (CheckConstraint("kind IN ('PERSON', 'TRAINER', 'ROOM')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True, doc="The token itself is shown once and not kept.")
    kind: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[int] = mapped_column(doc="Person, trainer or room.")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    withdrawn_at: Mapped[datetime | None]
    last_read_at: Mapped[datetime | None]
