"""Seats of people in batches, from the request to the result, and what led to each."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Position
from kompetensi.models.courses import Batch, Meeting
from kompetensi.models.people import Person

_LIVE = "status IN ('WAITING', 'OFFERED', 'REQUESTED', 'ENDORSED', 'APPROVED', 'COMPLETED')"


class Path(Base):
    """A training path that a person took: the plan as it was shown, and what it is for."""

    __tablename__ = "kompetensi_paths"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_positions.id", ondelete="RESTRICT"), index=True)
    ready_by: Mapped[date | None]
    choice: Mapped[str] = mapped_column(String(20))
    plan: Mapped[dict] = mapped_column(doc="The chosen plan in the form of kompetensi-plan-result/1.")
    status: Mapped[str] = mapped_column(String(12), default="ACTIVE", doc="ACTIVE, DONE or DROPPED.")
    taken_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    position: Mapped[Position] = relationship()


class Enrolment(Base):
    """A person's way into a batch, from request to result.

    A seat is held by OFFERED, REQUESTED, ENDORSED, APPROVED and COMPLETED; who is WAITING holds none.
    """

    __tablename__ = "kompetensi_enrolments"
    __table_args__ = (
        CheckConstraint("status IN ('WAITING', 'OFFERED', 'REQUESTED', 'ENDORSED', 'APPROVED', 'REFUSED', "
                        "'CANCELLED', 'COMPLETED')", name="status"),
        CheckConstraint("outcome IS NULL OR outcome IN ('PASSED', 'FAILED', 'ABSENT')", name="outcome"),
        CheckConstraint("source IN ('OWN', 'PATH', 'SUPERIOR', 'HR', 'CENTRE', 'IMPORT')", name="source"),
        Index("uq_kompetensi_enrolments_live", "person_id", "batch_id", unique=True,
              sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)),
        Index(None, "batch_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="RESTRICT"))
    path_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_paths.id", ondelete="RESTRICT"), index=True)
    status: Mapped[str] = mapped_column(String(12), default="REQUESTED")
    source: Mapped[str] = mapped_column(String(10), default="OWN", doc="Who asked for it.")
    requested_at: Mapped[datetime]
    superior_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True,
        doc="Whose word is awaited, or was given: the superior when it was asked for; none = has no superior.")
    endorsed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    offered_until: Mapped[datetime | None] = mapped_column(doc="Until when a seat from the waiting list can be accepted.")
    moved_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"), index=True,
        doc="The enrolment in another batch that this one goes on from.")
    reason: Mapped[str] = mapped_column(String(500), default="", doc="Why refused or cancelled.")
    outcome: Mapped[str | None] = mapped_column(String(8))
    score_hundredths: Mapped[int | None] = mapped_column(doc="Final score times 100, 0..10000.")
    result_on: Mapped[date | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    superior: Mapped[Person | None] = relationship(foreign_keys=[superior_id])
    batch: Mapped[Batch] = relationship()


class EnrolmentEvent(Base):
    """One step of an enrolment: what it became, when, by whom, why. Append only."""

    __tablename__ = "kompetensi_enrolment_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(500), default="", doc="As somebody wrote it.")
    note: Mapped[dict] = mapped_column(default=dict, doc="As we say it: a stored message, or empty.")


class Attendance(Base):
    """Whether a participant was there on a day of the batch."""

    __tablename__ = "kompetensi_attendances"
    __table_args__ = (UniqueConstraint("enrolment_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"), index=True)
    day: Mapped[date]
    present: Mapped[bool]


class MeetingAttendance(Base):
    """How a participant attended one meeting of the batch."""

    __tablename__ = "kompetensi_meeting_attendances"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "meeting_id"),
        CheckConstraint("state IN ('PRESENT', 'LATE', 'EXCUSED', 'ABSENT')", name="state"),
        CheckConstraint("method IN ('LIST', 'QR')", name="method"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_meetings.id", ondelete="RESTRICT"), index=True)
    state: Mapped[str] = mapped_column(String(8))
    method: Mapped[str] = mapped_column(String(4))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))

    meeting: Mapped[Meeting] = relationship()


class ResultAttempt(Base):
    """One judgement of a participant: the final one, or a remedial one after it. Append only."""

    __tablename__ = "kompetensi_result_attempts"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "seq"),
        CheckConstraint("kind IN ('FINAL', 'REMEDIAL', 'CORRECTION')", name="kind"),
        CheckConstraint("outcome IN ('PASSED', 'FAILED', 'ABSENT')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"))
    seq: Mapped[int] = mapped_column(doc="From 1.")
    kind: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(8))
    score_hundredths: Mapped[int | None]
    on: Mapped[date]
    note: Mapped[str] = mapped_column(String(300), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class EvaluationForm(Base):
    """What participants are asked after a batch; a changed form is a new version, answered ones stay as they were."""

    __tablename__ = "kompetensi_evaluation_forms"
    __table_args__ = (UniqueConstraint("unit_id", "code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"))
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    questions: Mapped[list] = mapped_column(doc="Objects with code, text, kind SCALE or TEXT, about BATCH or TRAINER.")
    created_at: Mapped[datetime]
    retired_on: Mapped[date | None]


class EvaluationReceipt(Base):
    """That a participant has answered; what he answered is kept apart and without his name."""

    __tablename__ = "kompetensi_evaluation_receipts"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"), unique=True)


class EvaluationAnswer(Base):
    """One participant's answers, without name and hour; the random id keeps their order from telling whose they are."""

    __tablename__ = "kompetensi_evaluation_answers"
    # SQLite would number the rows in the order in which they came; without that they lie in the order of their ids.
    __table_args__ = {"sqlite_with_rowid": False}

    id: Mapped[str] = mapped_column(String(32), primary_key=True, doc="Random.")
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="RESTRICT"), index=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_evaluation_forms.id", ondelete="RESTRICT"), index=True)
    answers: Mapped[dict] = mapped_column(doc="By code of the question, and of the trainer where it is about one.")
