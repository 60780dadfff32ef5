"""Batches of trainings, where and by whom they are held, who takes part and how it ended."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Position, Training, Unit
from kompetensi.models.people import Person


class Room(Base):
    """A room of a training place."""

    __tablename__ = "kompetensi_rooms"
    __table_args__ = (UniqueConstraint("place", "name"), CheckConstraint("seats > 0", name="seats"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(120))
    seats: Mapped[int]


class Trainer(Base):
    """Who teaches: a *widyaiswara* or other person of ours, or an external one."""

    __tablename__ = "kompetensi_trainers"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    agency: Mapped[str] = mapped_column(String(160), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    invented: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person | None] = relationship()


class Batch(Base):
    """One run (*angkatan*) of a training. `seats_taken` is moved only by one conditional UPDATE."""

    __tablename__ = "kompetensi_batches"
    __table_args__ = (
        UniqueConstraint("training_id", "year", "number"),
        CheckConstraint("seats_taken BETWEEN 0 AND seats", name="seats_taken"),
        CheckConstraint("status IN ('PLANNED', 'OPEN', 'RUNNING', 'FINISHED', 'CANCELLED')", name="status"),
        CheckConstraint("first_day <= last_day", name="days"),
        Index(None, "first_day", "last_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainings.id", ondelete="RESTRICT"), index=True)
    number: Mapped[int] = mapped_column(doc="Ordinal in the year: Angkatan II = 2.")
    year: Mapped[int]
    status: Mapped[str] = mapped_column(String(12), default="OPEN")
    seats: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    min_participants: Mapped[int] = mapped_column(default=0)
    cost_idr: Mapped[int] = mapped_column(default=0, doc="Rupiah a participant.")
    first_day: Mapped[date]
    last_day: Mapped[date]
    registration_until: Mapped[date | None] = mapped_column(doc="Last day to ask for a seat, inclusive.")
    place: Mapped[str] = mapped_column(String(120), default="")
    room_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_rooms.id", ondelete="RESTRICT"), index=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    cancelled_reason: Mapped[str] = mapped_column(String(500), default="")
    invented: Mapped[bool] = mapped_column(default=False)

    training: Mapped[Training] = relationship()
    room: Mapped[Room | None] = relationship()
    organiser: Mapped[Unit] = relationship()
    stages: Mapped[list[BatchStage]] = relationship(
        back_populates="batch", cascade="all, delete-orphan", order_by="BatchStage.seq")
    subjects: Mapped[list[BatchSubject]] = relationship(
        back_populates="batch", cascade="all, delete-orphan", order_by="BatchSubject.seq")
    trainers: Mapped[list[BatchTrainer]] = relationship(back_populates="batch", cascade="all, delete-orphan")


class BatchStage(Base):
    """One stage (*tahap*) of a batch, both days inclusive; stages follow each other without overlap."""

    __tablename__ = "kompetensi_batch_stages"
    __table_args__ = (
        UniqueConstraint("batch_id", "seq"),
        CheckConstraint("mode IN ('SELF_STUDY', 'DISTANCE', 'CLASSICAL', 'OFF_CAMPUS')", name="mode"),
        CheckConstraint("first_day <= last_day", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int]
    name: Mapped[str] = mapped_column(String(120), default="")
    mode: Mapped[str] = mapped_column(String(12))
    first_day: Mapped[date]
    last_day: Mapped[date]

    batch: Mapped[Batch] = relationship(back_populates="stages")


class BatchSubject(Base):
    """One subject as taught in this batch; frozen into the certificate's back."""

    __tablename__ = "kompetensi_batch_subjects"
    __table_args__ = (UniqueConstraint("batch_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    jp: Mapped[int]

    batch: Mapped[Batch] = relationship(back_populates="subjects")


class BatchTrainer(Base):
    """A trainer's part in a batch."""

    __tablename__ = "kompetensi_batch_trainers"
    __table_args__ = (UniqueConstraint("batch_id", "trainer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="CASCADE"), index=True)
    trainer_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainers.id", ondelete="RESTRICT"), index=True)
    role: Mapped[str] = mapped_column(String(20), default="PENGAJAR")

    batch: Mapped[Batch] = relationship(back_populates="trainers")
    trainer: Mapped[Trainer] = relationship()


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
    """A person's seat in a batch, from request to result."""

    __tablename__ = "kompetensi_enrolments"
    __table_args__ = (
        CheckConstraint("status IN ('REQUESTED', 'APPROVED', 'REFUSED', 'CANCELLED', 'COMPLETED')", name="status"),
        CheckConstraint("outcome IS NULL OR outcome IN ('PASSED', 'FAILED', 'ABSENT')", name="outcome"),
        Index("uq_kompetensi_enrolments_live", "person_id", "batch_id", unique=True,
              sqlite_where=text("status IN ('REQUESTED', 'APPROVED', 'COMPLETED')"),
              postgresql_where=text("status IN ('REQUESTED', 'APPROVED', 'COMPLETED')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="RESTRICT"), index=True)
    path_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_paths.id", ondelete="RESTRICT"), index=True)
    status: Mapped[str] = mapped_column(String(12), default="REQUESTED")
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="", doc="Why refused or cancelled.")
    outcome: Mapped[str | None] = mapped_column(String(8))
    score_hundredths: Mapped[int | None] = mapped_column(doc="Final score times 100, 0..10000.")
    result_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    batch: Mapped[Batch] = relationship()


class Attendance(Base):
    """Whether a participant was there on a day of the batch."""

    __tablename__ = "kompetensi_attendances"
    __table_args__ = (UniqueConstraint("enrolment_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_enrolments.id", ondelete="RESTRICT"), index=True)
    day: Mapped[date]
    present: Mapped[bool]
