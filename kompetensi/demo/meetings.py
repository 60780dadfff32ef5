"""Meetings of the batches that are near, seats kept for agencies, and one batch that lacks participants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from kompetensi.demo.batches import SOON
from kompetensi.demo.catalogue import Catalogue
from kompetensi.demo.days import at_nine
from kompetensi.demo.resources import OWN_PLACE, OWN_PREFIX
from kompetensi.demo.rows import Rows
from kompetensi.models import (
    Account,
    Batch,
    BatchQuota,
    BatchStage,
    BatchSubject,
    BatchTrainer,
    Enrolment,
    Meeting,
    MeetingTrainer,
    Person,
    Room,
    RoomClosure,
    TrainerAbsence,
    Training,
    Unit,
)
from kompetensi.rules.clashes import PlannedMeeting
from kompetensi.rules.curriculum import Surroundings, lay_curriculum
from kompetensi.rules.enrolment import HELD, StageDays
from kompetensi.rules.working_time import next_working_day
from kompetensi.services.batch_changes import batch_code, next_number
from kompetensi.services.meeting_facts import load_meeting_facts
from kompetensi.services.meetings import lesson_minutes
from kompetensi.services.working_time import load_working_time

__all__ = ["FEW", "invent_meetings"]

FEW = "PROTOKOL"
"""The training whose batch begins soon with too few participants."""

_BEFORE, _AHEAD = 60, 150
_FEW_DAYS, _FEW_STAGE, _FEW_SEATS, _FEW_TAKEN = 18, 3, 30, 4
_RUN_COST_IDR = 12_000_000
# Every so many batches to come keep seats for an agency, and let another take some at most.
_QUOTA_STEP, _RESERVED = 4, 4
_KEPT_FOR, _LIMITED = "75-DIKBUD", "75-DINKES"


def invent_meetings(session: Session, catalogue: Catalogue, *, today: date, now: datetime) -> int:
    """Lay the curricula of the centre's batches from two months ago to five months ahead; return how many meetings.

    They are written after everything else in bulk, so that its numbers do not depend on them. A batch whose lesson hours
    do not all fit is left without meetings: the centre's page tells why.
    """
    rows = Rows(session)
    _invent_few(session, rows, catalogue, today=today, now=now)
    rows.write()
    session.expire_all()
    batches = session.scalars(
        select(Batch).join(Batch.training).where(
            Training.provider.startswith(OWN_PREFIX),
            Batch.first_day.between(today - timedelta(days=_BEFORE), today + timedelta(days=_AHEAD)))
        .options(selectinload(Batch.stages), selectinload(Batch.subjects), selectinload(Batch.trainers))
        .order_by(Batch.first_day, Batch.code)).all()
    count = _lay(session, rows, batches, now=now)
    _keep_seats(session, rows, catalogue, [batch for batch in batches if batch.first_day > today])
    rows.write()
    session.expire_all()
    return count


def _invent_few(session: Session, rows: Rows, catalogue: Catalogue, *, today: date, now: datetime) -> None:
    """Write a batch that begins in about three weeks with fewer participants than it needs."""
    course, centre = catalogue.courses[FEW], catalogue.units["75-BKPSDM"].id
    ahead = load_working_time(session, centre, today, today + timedelta(days=120))
    days = [next_working_day(ahead, today + timedelta(days=_FEW_DAYS))]
    while len(days) < _FEW_STAGE:
        days.append(next_working_day(ahead, (days[-1] or today) + timedelta(days=1)))
    first, last = days[0] or today, days[-1] or today
    number = next_number(session, course.id, first.year)
    code = batch_code(session.get_one(Training, course.id), first.year, number)
    batch_id = rows.add(
        Batch, code=code, training_id=course.id, number=number, year=first.year, status="OPEN", seats=_FEW_SEATS,
        seats_taken=_FEW_TAKEN, min_participants=_FEW_SEATS // 2, cost_idr=50_000 * course.jp,
        run_cost_idr=_RUN_COST_IDR, kind="CONTRIBUTION", first_day=first, last_day=last,
        registration_until=first - timedelta(days=4), place=OWN_PLACE, room_id=_free_room(session, first, last),
        organiser_id=centre,
        cancelled_reason="", conditions={}, invented=True)
    rows.add(BatchStage, batch_id=batch_id, seq=1, name="Klasikal", mode="CLASSICAL", first_day=first, last_day=last)
    for seq, (name, jp) in enumerate(session.execute(
            select(BatchSubject.name, BatchSubject.jp).join(Batch, BatchSubject.batch_id == Batch.id)
            .where(Batch.training_id == course.id, BatchSubject.batch_id == select(func.min(Batch.id)).where(
                Batch.training_id == course.id).scalar_subquery()).order_by(BatchSubject.seq)), 1):
        rows.add(BatchSubject, batch_id=batch_id, seq=seq, name=name, jp=jp)
    for trainer_id in _free_trainers(session, course.id, first, last):
        rows.add(BatchTrainer, batch_id=batch_id, trainer_id=trainer_id, role="PENGAJAR")
    busy = select(Enrolment.person_id).where(Enrolment.status.in_(HELD))
    free = session.scalars(
        select(Person.id).join(Unit, Person.unit_id == Unit.id).where(
            Unit.code.startswith("75-"), Person.outside_agency == "", Person.employee_type == "PNS",
            Person.id.not_in(busy), Person.id.not_in(select(Account.person_id).where(Account.person_id.is_not(None))))
        .order_by(Person.id).limit(_FEW_TAKEN))
    asked = at_nine(today - timedelta(days=6))
    for person_id in free:
        rows.add(Enrolment, person_id=person_id, batch_id=batch_id, path_id=None, status="APPROVED", source="OWN",
                 requested_at=asked, decided_at=min(now, asked + timedelta(days=1)), reason="", outcome=None,
                 score_hundredths=None, result_on=None)


def _free_room(session: Session, first: date, last: date) -> int | None:
    """Return the first of the centre's rooms that is open and in which no batch is held on some days."""
    taken = select(Batch.room_id).where(Batch.first_day <= last, Batch.last_day >= first, Batch.room_id.is_not(None))
    closed = select(RoomClosure.room_id).where(RoomClosure.first_day <= last, RoomClosure.last_day >= first)
    return session.scalars(select(Room.id).where(
        Room.place == OWN_PLACE, Room.seats >= _FEW_SEATS, Room.id.not_in(taken), Room.id.not_in(closed))
        .order_by(Room.id)).first()


def _free_trainers(session: Session, training_id: int, first: date, last: date) -> Sequence[int]:
    """Return those who teach in other batches of a training, are there on some days and teach nowhere else on them."""
    taken = select(BatchTrainer.trainer_id).join(Batch, BatchTrainer.batch_id == Batch.id).where(
        Batch.first_day <= last, Batch.last_day >= first)
    away = select(TrainerAbsence.trainer_id).where(TrainerAbsence.first_day <= last, TrainerAbsence.last_day >= first)
    return session.scalars(select(BatchTrainer.trainer_id).join(Batch, BatchTrainer.batch_id == Batch.id).where(
        Batch.training_id == training_id, BatchTrainer.trainer_id.not_in(taken), BatchTrainer.trainer_id.not_in(away))
        .distinct().order_by(BatchTrainer.trainer_id).limit(2)).all()


def _lay(session: Session, rows: Rows, batches: Sequence[Batch], *, now: datetime) -> int:
    first, last = min(batch.first_day for batch in batches), max(batch.last_day for batch in batches)
    facts = load_meeting_facts(session, first, last, codes=[batch.code for batch in batches])
    minutes, taken = lesson_minutes(session, first), list(facts.meetings)
    for batch in batches:
        working_time = facts.batches[batch.code].working_time
        if working_time is None:
            continue
        stages = [StageDays(stage.mode, stage.first_day, stage.last_day) for stage in batch.stages]
        trainers = [part.trainer_id for part in sorted(batch.trainers, key=lambda part: part.id) if part.role == "PENGAJAR"]
        found = lay_curriculum(
            [subject.jp for subject in batch.subjects], stages, working_time, minutes=minutes, room=batch.room_id,
            trainers=trainers,
            around=Surroundings(tuple(taken), facts.sharing_with(batch.code), facts.rooms, facts.trainers))
        if found.missing:
            continue
        for lesson in found.lessons:
            meeting_id = rows.add(
                Meeting, batch_id=batch.id, stage_id=batch.stages[lesson.stage].id,
                subject_id=batch.subjects[lesson.subject].id, title="", day=lesson.day, starts=lesson.starts,
                ends=lesson.ends, jp=lesson.jp, room_id=lesson.room, revision=0, changed_at=now, cancelled=False)
            if lesson.trainer is not None:
                rows.add(MeetingTrainer, meeting_id=meeting_id, trainer_id=lesson.trainer, jp=lesson.jp)
            taken.append(PlannedMeeting(
                meeting_id, batch.code, "", lesson.day, lesson.starts, lesson.ends, lesson.room,
                ((lesson.trainer, lesson.jp),) if lesson.trainer is not None else (),
                stages[lesson.stage]))
    return len(rows.of(Meeting))


def _keep_seats(session: Session, rows: Rows, catalogue: Catalogue, batches: Sequence[Batch]) -> None:
    """Keep seats for an agency, and limit another, in some batches that have seats to spare."""
    held = {(batch_id, unit_id): count for batch_id, unit_id, count in session.execute(
        select(Enrolment.batch_id, Person.unit_id, func.count()).join(Person, Enrolment.person_id == Person.id)
        .where(Enrolment.status.in_(HELD)).group_by(Enrolment.batch_id, Person.unit_id))}
    spare = [batch for batch in batches if batch.seats - batch.seats_taken >= 2 * _RESERVED
             and batch.training.code != SOON and batch.registration_until is not None]
    for batch in spare[::_QUOTA_STEP]:
        limited = catalogue.units[_LIMITED].id
        until = batch.registration_until
        rows.add(BatchQuota, batch_id=batch.id, unit_id=catalogue.units[_KEPT_FOR].id, reserved=_RESERVED,
                 reserved_until=until - timedelta(days=7) if until else None, most=None)
        rows.add(BatchQuota, batch_id=batch.id, unit_id=limited, reserved=0, reserved_until=None,
                 most=max(batch.seats // 5, held.get((batch.id, limited), 0)))
