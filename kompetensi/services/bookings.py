"""What rooms and trainers are taken by: meetings of batches, and the days of stages of batches that have no meetings yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from kompetensi.messages import Message, say
from kompetensi.models import Batch, BatchStage, BatchTrainer, Meeting, MeetingTrainer, Training
from kompetensi.rules.resources import Span, spans_of

__all__ = ["Booking", "overlapping", "room_bookings", "told", "trainer_bookings"]


@dataclass(frozen=True, slots=True)
class Booking:
    """What a batch takes a room or a trainer for.

    Attributes
    ----------
    batch, training : str
        Code of the batch and name of its training.
    seats : int
        Seats of the batch.
    spans : tuple of Span
        Days on which it is taken, in order; at least one.
    by_meetings : bool
        True when these are its meetings, False when they are whole stages.
    """

    batch: str
    training: str
    seats: int
    spans: tuple[Span, ...]
    by_meetings: bool

    @property
    def first_day(self) -> date:
        """First of its days."""
        return self.spans[0][0]

    @property
    def last_day(self) -> date:
        """Last of its days."""
        return self.spans[-1][1]


def _has_meetings() -> ColumnElement[bool]:
    return exists().where(Meeting.batch_id == Batch.id, Meeting.cancelled.is_(False)).correlate(Batch)


def room_bookings(session: Session, room_ids: Collection[int], first: date, last: date) -> dict[int, tuple[Booking, ...]]:
    """Return what takes rooms in a span of days, by room; two queries, whatever the number of rooms.

    A batch with meetings takes the rooms of its meetings on their days; one without takes its room for its stages in
    class. Cancelled ones take nothing. By first day, then code; a room that nothing takes is absent.
    """
    meetings = session.execute(
        select(Meeting.room_id, Batch.code, Training.name, Batch.seats, Meeting.day, Meeting.day)
        .join(Batch, Meeting.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
        .where(Meeting.room_id.in_(room_ids), Meeting.day.between(first, last), Meeting.cancelled.is_(False),
               Batch.status != "CANCELLED"))
    stages = session.execute(
        select(Batch.room_id, Batch.code, Training.name, Batch.seats, BatchStage.first_day, BatchStage.last_day)
        .join(BatchStage, BatchStage.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
        .where(Batch.room_id.in_(room_ids), BatchStage.mode == "CLASSICAL", BatchStage.first_day <= last,
               BatchStage.last_day >= first, Batch.status != "CANCELLED", ~_has_meetings()))
    return _collected(meetings, stages)


def trainer_bookings(
    session: Session, trainer_ids: Collection[int], first: date, last: date
) -> dict[int, tuple[Booking, ...]]:
    """Return what takes trainers in a span of days, by trainer; as `room_bookings`, stages at a distance included."""
    meetings = session.execute(
        select(MeetingTrainer.trainer_id, Batch.code, Training.name, Batch.seats, Meeting.day, Meeting.day)
        .join(Meeting, MeetingTrainer.meeting_id == Meeting.id).join(Batch, Meeting.batch_id == Batch.id)
        .join(Training, Batch.training_id == Training.id)
        .where(MeetingTrainer.trainer_id.in_(trainer_ids), Meeting.day.between(first, last),
               Meeting.cancelled.is_(False), Batch.status != "CANCELLED"))
    stages = session.execute(
        select(BatchTrainer.trainer_id, Batch.code, Training.name, Batch.seats, BatchStage.first_day, BatchStage.last_day)
        .join(Batch, BatchTrainer.batch_id == Batch.id).join(BatchStage, BatchStage.batch_id == Batch.id)
        .join(Training, Batch.training_id == Training.id)
        .where(BatchTrainer.trainer_id.in_(trainer_ids), BatchStage.mode.in_(("CLASSICAL", "DISTANCE")),
               BatchStage.first_day <= last, BatchStage.last_day >= first, Batch.status != "CANCELLED", ~_has_meetings()))
    return _collected(meetings, stages)


def _collected(meetings: Iterable[Any], stages: Iterable[Any]) -> dict[int, tuple[Booking, ...]]:
    days: dict[tuple[int, str, str, int, bool], list[Span]] = defaultdict(list)
    for by_meetings, rows in ((True, meetings), (False, stages)):
        for key, code, name, seats, since, until in rows:
            days[key, code, name, seats, by_meetings].append((since, until))
    found: dict[int, list[Booking]] = defaultdict(list)
    for (key, code, name, seats, by_meetings), spans in days.items():
        joined = spans_of(day for day, _ in spans) if by_meetings else tuple(sorted(spans))
        found[key].append(Booking(code, name, seats, joined, by_meetings))
    return {key: tuple(sorted(bookings, key=lambda booking: (booking.first_day, booking.batch)))
            for key, bookings in found.items()}


def overlapping(bookings: Iterable[Booking], first: date, last: date | None) -> tuple[Booking, ...]:
    """Return the bookings with a day from one day to another, both inclusive; None = without end."""
    return tuple(booking for booking in bookings
                 if any(since <= (last or date.max) and first <= until for since, until in booking.spans))


def told(bookings: Iterable[Booking]) -> tuple[Message, ...]:
    """Return each booking as people name it: code of the batch and its days."""
    return tuple(say("%(code)s (%(days)s)", code=booking.batch, days=tuple(
        first if first == last else say("%(first)s sampai %(last)s", first=first, last=last)
        for first, last in booking.spans)) for booking in bookings)
