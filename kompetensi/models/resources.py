"""What a training centre has to hold trainings with: rooms, trainers, working time, the ways between places."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kompetensi.models.base import Base
from kompetensi.models.catalogue import Competency, Training, Unit
from kompetensi.models.people import Person


class Room(Base):
    """A room of a training place."""

    __tablename__ = "kompetensi_rooms"
    __table_args__ = (UniqueConstraint("place", "name"), CheckConstraint("seats > 0", name="seats"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(120))
    seats: Mapped[int]
    features: Mapped[list] = mapped_column(default=list, doc="What it offers, as sorted codes such as COMPUTERS.")
    unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True,
        doc="Training centre that keeps it; none = all may use it, and nobody but the system changes it.")
    retired_on: Mapped[date | None] = mapped_column(doc="From this day on it is no longer used.")

    unit: Mapped[Unit | None] = relationship()
    closures: Mapped[list[RoomClosure]] = relationship(
        back_populates="room", cascade="all, delete-orphan", order_by="RoomClosure.first_day")


class RoomClosure(Base):
    """Days on which a room cannot be used, both inclusive."""

    __tablename__ = "kompetensi_room_closures"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_rooms.id", ondelete="CASCADE"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")

    room: Mapped[Room] = relationship(back_populates="closures")


class Trainer(Base):
    """Who teaches: a *widyaiswara* or other person of ours, or an external one."""

    __tablename__ = "kompetensi_trainers"
    __table_args__ = (CheckConstraint("yearly_jp IS NULL OR yearly_jp > 0", name="yearly_jp"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    agency: Mapped[str] = mapped_column(String(160), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("kompetensi_people.id", ondelete="RESTRICT"), index=True)
    unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_units.id", ondelete="RESTRICT"), index=True,
        doc="Training centre that keeps the record; none = all may ask for him, and nobody but the system changes it.")
    external: Mapped[bool] = mapped_column(default=False, doc="Whether he comes from outside of the training centre.")
    home_place: Mapped[str] = mapped_column(String(120), default="", doc="Where he comes from; empty = travels nowhere.")
    yearly_jp: Mapped[int | None] = mapped_column(doc="Most lesson hours a calendar year; none = no limit recorded.")
    retired_on: Mapped[date | None] = mapped_column(doc="From this day on he no longer teaches.")
    invented: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person | None] = relationship()
    unit: Mapped[Unit | None] = relationship()
    qualifications: Mapped[list[TrainerQualification]] = relationship(
        back_populates="trainer", cascade="all, delete-orphan", order_by="TrainerQualification.id")
    absences: Mapped[list[TrainerAbsence]] = relationship(
        back_populates="trainer", cascade="all, delete-orphan", order_by="TrainerAbsence.first_day")


class TrainerQualification(Base):
    """What a trainer may teach: one training, or a competency up to a level."""

    __tablename__ = "kompetensi_trainer_qualifications"
    __table_args__ = (
        CheckConstraint("(training_id IS NULL) <> (competency_id IS NULL)", name="subject"),
        CheckConstraint("(competency_id IS NULL) = (level IS NULL)", name="level_of_competency"),
        CheckConstraint("level IS NULL OR level BETWEEN 1 AND 5", name="level"),
        UniqueConstraint("trainer_id", "training_id"),
        UniqueConstraint("trainer_id", "competency_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trainer_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainers.id", ondelete="CASCADE"))
    training_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_trainings.id", ondelete="RESTRICT"), index=True)
    competency_id: Mapped[int | None] = mapped_column(
        ForeignKey("kompetensi_competencies.id", ondelete="RESTRICT"), index=True)
    level: Mapped[int | None] = mapped_column(doc="Highest level of the competency that he may teach, 1..5.")
    valid_until: Mapped[date | None] = mapped_column(doc="Last day, inclusive; none = without end.")
    source: Mapped[str] = mapped_column(String(200), default="", doc="Certificate or decree that says so.")

    trainer: Mapped[Trainer] = relationship(back_populates="qualifications")
    training: Mapped[Training | None] = relationship()
    competency: Mapped[Competency | None] = relationship()


class TrainerAbsence(Base):
    """Days on which a trainer is not there, both inclusive."""

    __tablename__ = "kompetensi_trainer_absences"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    trainer_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_trainers.id", ondelete="CASCADE"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")

    trainer: Mapped[Trainer] = relationship(back_populates="absences")


class HolidayOverride(Base):
    """A day that the national calendar does not know, or knows otherwise: joint leave, a local holiday, a day worked."""

    __tablename__ = "kompetensi_holiday_overrides"
    __table_args__ = (
        CheckConstraint("kind IN ('CLOSED', 'WORKING')", name="kind"),
        UniqueConstraint("unit_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(
        ForeignKey("kompetensi_units.id", ondelete="CASCADE"), doc="For this unit and everything below it.")
    day: Mapped[date] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(200), default="", doc="Decree that says so.")
    confidence: Mapped[str] = mapped_column(String(120), default="")

    unit: Mapped[Unit] = relationship()


class WorkingHours(Base):
    """When a unit works on a day of the week, in its own local time (WITA), from a day on."""

    __tablename__ = "kompetensi_working_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("0 <= starts AND starts < ends AND ends <= 1440", name="minutes"),
        UniqueConstraint("unit_id", "weekday", "starts", "valid_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("kompetensi_units.id", ondelete="CASCADE"))
    weekday: Mapped[int] = mapped_column(doc="1 Monday .. 7 Sunday; a day without a row is not worked.")
    starts: Mapped[int] = mapped_column(doc="Minutes after midnight; two rows a day leave a break between them.")
    ends: Mapped[int]
    valid_from: Mapped[date]
    source: Mapped[str] = mapped_column(String(200), default="")
    confidence: Mapped[str] = mapped_column(String(120), default="")

    unit: Mapped[Unit] = relationship()


class Travel(Base):
    """How long the way between two places takes; one row serves both directions."""

    __tablename__ = "kompetensi_travels"
    __table_args__ = (
        UniqueConstraint("place", "other_place"),
        CheckConstraint("place < other_place", name="order"),
        CheckConstraint("minutes >= 0", name="minutes"),
        Index(None, "other_place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(120), doc="The first of the two in the order of their letters.")
    other_place: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
