"""Meetings of all batches as the rules see them: the only bridge from their rows to `rules.clashes`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.messages import say
from kompetensi.models import (
    Batch,
    BatchStage,
    Enrolment,
    Meeting,
    MeetingTrainer,
    Room,
    RoomClosure,
    Trainer,
    TrainerAbsence,
)
from kompetensi.rules.clashes import BatchFacts, Clash, PlannedMeeting, RoomFacts, Span, TrainerFacts, find_clashes
from kompetensi.rules.enrolment import HELD, StageDays
from kompetensi.rules.resources import TravelTimes
from kompetensi.rules.working_time import WorkingTime
from kompetensi.services.travels import load_travel_times
from kompetensi.services.working_time import load_working_time

__all__ = ["MeetingFacts", "load_meeting_facts", "nearest_stage", "planned_meeting"]


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """What is held in a span of days, and what is known of those who hold it.

    Attributes
    ----------
    meetings : tuple of PlannedMeeting
        Those that are not cancelled, by day, beginning and id.
    rooms, trainers : mapping of int
        All of them, by id.
    batches : mapping of str to BatchFacts
        Those with meetings in the span, and those asked for, by code.
    """

    meetings: tuple[PlannedMeeting, ...]
    rooms: Mapping[int, RoomFacts]
    trainers: Mapping[int, TrainerFacts]
    batches: Mapping[str, BatchFacts]
    travel: TravelTimes

    def clashes(self, more: Iterable[PlannedMeeting] = (), *, without: Collection[int] = ()) -> tuple[Clash, ...]:
        """Return the clashes once some meetings are added and others, by id, are gone."""
        held = [meeting for meeting in self.meetings if meeting.id not in without]
        return find_clashes([*held, *more], rooms=self.rooms, trainers=self.trainers, batches=self.batches,
                            travel=self.travel)

    def sharing_with(self, code: str) -> frozenset[str]:
        """Return the batches that have a participant of a batch, itself among them."""
        people = self.batches[code].participants if code in self.batches else frozenset()
        return frozenset({code} | {other for other, facts in self.batches.items() if facts.participants & people})


def load_meeting_facts(session: Session, first: date, last: date, *, codes: Collection[str] = ()) -> MeetingFacts:
    """Read the meetings of a span of days, both inclusive, with everything that they can clash with.

    Parameters
    ----------
    codes : collection of str
        Batches that are known also when they have no meeting in the span.
    """
    rows = session.scalars(
        select(Meeting).join(Meeting.batch).where(
            Meeting.day.between(first, last), Meeting.cancelled.is_(False), Batch.status != "CANCELLED")
        .options(joinedload(Meeting.batch), joinedload(Meeting.stage), joinedload(Meeting.subject),
                 selectinload(Meeting.trainers))
        .order_by(Meeting.day, Meeting.starts, Meeting.id)).unique().all()
    batches = {row.batch.id: row.batch for row in rows}
    if codes:
        batches |= {batch.id: batch for batch in session.scalars(select(Batch).where(Batch.code.in_(codes)))}
    participants: defaultdict[int, set[int]] = defaultdict(set)
    for batch_id, person_id in session.execute(select(Enrolment.batch_id, Enrolment.person_id).where(
            Enrolment.batch_id.in_(batches), Enrolment.status.in_(HELD))):
        participants[batch_id].add(person_id)
    working: dict[int, WorkingTime] = {
        unit_id: load_working_time(session, unit_id, first, last)
        for unit_id in sorted({batch.organiser_id for batch in batches.values()})}
    return MeetingFacts(
        tuple(planned_meeting(row, row.batch) for row in rows), _rooms(session, first, last),
        _trainers(session, first, last),
        {batch.code: BatchFacts(batch.seats, frozenset(participants[batch.id]), working[batch.organiser_id])
         for batch in batches.values()},
        load_travel_times(session))


def planned_meeting(row: Meeting, batch: Batch) -> PlannedMeeting:
    """Return a meeting as the rules see it."""
    stage = row.stage
    return PlannedMeeting(
        row.id, batch.code, row.title or (row.subject.name if row.subject else ""), row.day, row.starts, row.ends,
        row.room_id, tuple((part.trainer_id, part.jp) for part in row.trainers),
        StageDays(stage.mode, stage.first_day, stage.last_day) if stage else None)


def nearest_stage(stages: Iterable[BatchStage], day: date) -> BatchStage | None:
    """Return the stage in which a day lies, or else the nearest; of two at one distance the earlier. None without stages."""
    return min(stages, default=None, key=lambda stage: (
        max((stage.first_day - day).days, (day - stage.last_day).days, 0), stage.seq))


def _rooms(session: Session, first: date, last: date) -> dict[int, RoomFacts]:
    closures: defaultdict[int, list[Span]] = defaultdict(list)
    for row in session.scalars(select(RoomClosure).where(
            RoomClosure.first_day <= last, RoomClosure.last_day >= first).order_by(RoomClosure.first_day, RoomClosure.id)):
        closures[row.room_id].append(Span(row.first_day, row.last_day, row.reason))
    found = {}
    for room in session.scalars(select(Room).order_by(Room.id)):
        if room.retired_on is not None:
            closures[room.id].append(Span(room.retired_on, None, say("ruang ini tidak dipakai lagi")))
        found[room.id] = RoomFacts(room.name, room.place, room.seats, tuple(closures[room.id]))
    return found


def _trainers(session: Session, first: date, last: date) -> dict[int, TrainerFacts]:
    absences: defaultdict[int, list[Span]] = defaultdict(list)
    for row in session.scalars(select(TrainerAbsence).where(
            TrainerAbsence.first_day <= last, TrainerAbsence.last_day >= first)
            .order_by(TrainerAbsence.first_day, TrainerAbsence.id)):
        absences[row.trainer_id].append(Span(row.first_day, row.last_day, row.reason))
    elsewhere: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for year in range(first.year, last.year + 1):
        for trainer_id, jp in _jp_outside(session, year, first, last):
            elsewhere[trainer_id][year] = jp
    found = {}
    for trainer in session.scalars(select(Trainer).order_by(Trainer.id)):
        if trainer.retired_on is not None:
            absences[trainer.id].append(Span(trainer.retired_on, None, say("tidak lagi mengajar")))
        found[trainer.id] = TrainerFacts(
            trainer.name, tuple(absences[trainer.id]), trainer.yearly_jp, elsewhere[trainer.id])
    return found


def _jp_outside(session: Session, year: int, first: date, last: date) -> list[tuple[int, int]]:
    """Return the lesson hours of a year by trainer, in meetings before or after a span of days."""
    rows = session.execute(
        select(MeetingTrainer.trainer_id, func.sum(MeetingTrainer.jp)).join(MeetingTrainer.meeting).join(Meeting.batch)
        .where(Meeting.day.between(date(year, 1, 1), date(year, 12, 31)), ~Meeting.day.between(first, last),
               Meeting.cancelled.is_(False), Batch.status != "CANCELLED")
        .group_by(MeetingTrainer.trainer_id).order_by(MeetingTrainer.trainer_id))
    return [(trainer_id, int(jp)) for trainer_id, jp in rows]
