"""Batches of trainings: when and where they are held, what is taught in them, for whom the seats are."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Training, Unit
from kompetensi.models.resources import Room, Trainer


class Batch(Base):
    """One run (*angkatan*) of a training. `seats_taken` is moved only by one conditional UPDATE."""

    __tablename__ = "kompetensi_batches"
    __table_args__ = (
        UniqueConstraint("training_id", "year", "number"),
        CheckConstraint("seats_taken BETWEEN 0 AND seats", name="seats_taken"),
        CheckConstraint("status IN ('PLANNED', 'OPEN', 'RUNNING', 'FINISHED', 'CANCELLED')", name="status"),
        CheckConstraint("kind IN ('REGULAR', 'COOPERATION', 'CONTRIBUTION')", name="kind"),
        CheckConstraint("first_day <= last_day", name="days"),
        Index(None, "first_day", "last_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainings.id", ondelete="RESTRICT"), index=True)
    number: Mapped[int] = mapped_column(doc="Ordinal in the year: Angkatan II = 2.")
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(
        String(12), default="REGULAR",
        doc="Who pays: the centre's own budget, another agency together with it, or the participants' agencies.")
    status: Mapped[str] = mapped_column(String(12), default="OPEN")
    seats: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    min_participants: Mapped[int] = mapped_column(default=0)
    cost_idr: Mapped[int] = mapped_column(default=0, doc="Rupiah a participant.")
    run_cost_idr: Mapped[int] = mapped_column(default=0, doc="Rupiah for holding it at all, beside each participant's.")
    first_day: Mapped[date]
    last_day: Mapped[date]
    registration_until: Mapped[date | None] = mapped_column(doc="Last day to ask for a seat, inclusive.")
    place: Mapped[str] = mapped_column(String(120), default="")
    room_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_rooms.id", ondelete="RESTRICT"), index=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    conditions: Mapped[dict] = mapped_column(
        default=dict, doc="What this batch demands beside its training: a tree, see rules/enrolment_conditions.")
    cancelled_reason: Mapped[str] = mapped_column(String(500), default="")
    copied_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_batches.id", ondelete="SET NULL"), index=True)
    invented: Mapped[bool] = mapped_column(default=False)

    training: Mapped[Training] = relationship()
    room: Mapped[Room | None] = relationship()
    organiser: Mapped[Unit] = relationship()
    stages: Mapped[list[BatchStage]] = relationship(
        back_populates="batch", cascade="all, delete-orphan", order_by="BatchStage.seq")
    subjects: Mapped[list[BatchSubject]] = relationship(
        back_populates="batch", cascade="all, delete-orphan", order_by="BatchSubject.seq")
    trainers: Mapped[list[BatchTrainer]] = relationship(back_populates="batch", cascade="all, delete-orphan")
    meetings: Mapped[list[Meeting]] = relationship(
        back_populates="batch", cascade="all, delete-orphan", order_by="Meeting.day, Meeting.starts, Meeting.id")
    quotas: Mapped[list[BatchQuota]] = relationship(
        back_populates="batch", cascade="all, delete-orphan", order_by="BatchQuota.id")


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


class BatchQuota(Base):
    """How many seats of a batch are for an agency (a unit and everything below it)."""

    __tablename__ = "kompetensi_batch_quotas"
    __table_args__ = (
        UniqueConstraint("batch_id", "unit_id"),
        CheckConstraint("reserved >= 0 AND (most IS NULL OR most >= reserved)", name="seats"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True)
    reserved: Mapped[int] = mapped_column(default=0, doc="Seats kept for it.")
    reserved_until: Mapped[date | None] = mapped_column(
        doc="Last day on which they are kept, inclusive; none = until registration ends.")
    most: Mapped[int | None] = mapped_column(doc="Seats that it takes at most; none = no limit.")

    batch: Mapped[Batch] = relationship(back_populates="quotas")
    unit: Mapped[Unit] = relationship()


class Meeting(Base):
    """One meeting of a batch: day, hours, what is taught, where. Minutes count from midnight, local time (WITA).

    `revision` rises with each change, so that calendars that have read it learn of the change; a meeting that falls
    away stays as cancelled.
    """

    __tablename__ = "kompetensi_meetings"
    __table_args__ = (
        CheckConstraint("0 <= starts AND starts < ends AND ends <= 1440", name="minutes"),
        CheckConstraint("jp >= 0", name="jp"),
        Index(None, "day", "room_id"),
        Index(None, "batch_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_batches.id", ondelete="CASCADE"))
    stage_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_batch_stages.id", ondelete="SET NULL"), index=True)
    subject_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_batch_subjects.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="", doc="What people read; empty = the subject's name.")
    day: Mapped[date]
    starts: Mapped[int]
    ends: Mapped[int]
    jp: Mapped[int] = mapped_column(doc="Lesson hours of 45 minutes.")
    room_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_rooms.id", ondelete="RESTRICT"), index=True, doc="None = held without a room of ours.")
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    cancelled: Mapped[bool] = mapped_column(default=False)

    batch: Mapped[Batch] = relationship(back_populates="meetings")
    stage: Mapped[BatchStage | None] = relationship()
    subject: Mapped[BatchSubject | None] = relationship()
    room: Mapped[Room | None] = relationship()
    trainers: Mapped[list[MeetingTrainer]] = relationship(
        back_populates="meeting", cascade="all, delete-orphan", order_by="MeetingTrainer.id")


class MeetingTrainer(Base):
    """A trainer in a meeting, with the lesson hours that count towards his load."""

    __tablename__ = "kompetensi_meeting_trainers"
    __table_args__ = (UniqueConstraint("meeting_id", "trainer_id"), CheckConstraint("jp >= 0", name="jp"))

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_meetings.id", ondelete="CASCADE"))
    trainer_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainers.id", ondelete="RESTRICT"), index=True)
    jp: Mapped[int]

    meeting: Mapped[Meeting] = relationship(back_populates="trainers")
    trainer: Mapped[Trainer] = relationship()
