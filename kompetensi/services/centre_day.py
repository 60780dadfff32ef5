"""The training centre's day: what waits for it, what comes next, and its rooms in a month."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kompetensi.messages import Message, say
from kompetensi.models import Batch, BatchStage, Enrolment, Room, Training
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.enrolment import BatchStatus
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.batches import BatchItem, list_batches
from kompetensi.services.certificates import without_certificate

__all__ = ["CalendarCell", "CalendarRow", "CentreDay", "RoomMonth", "Task", "centre_day", "room_month"]

# How many days before its first day a batch with too few participants is a task, and an urgent one.
_WARN_DAYS = 30
_URGENT_DAYS = 7
_NEXT = 8


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do.

    Attributes
    ----------
    kind : str
        ``few``, ``requests``, ``results`` or ``certificates``.
    batch : str
        Code of the batch.
    title, note : Message
    tone : str
        ``no`` urgent, ``part`` soon, ``ok`` ready to be done.
    when : Message
        How urgent, in a word or two.
    """

    kind: str
    batch: str
    title: Message
    note: Message
    tone: str
    when: Message


@dataclass(frozen=True, slots=True)
class CentreDay:
    """What the training centre sees first.

    Attributes
    ----------
    answer : Message
        How much waits, in one sentence.
    tasks : tuple of Task
        The most urgent first.
    running, waiting, unrecorded, uncertified : int
        Batches that run today; requests without a decision; participants of ended batches without a result; passed
        participants without a certificate.
    threatened : int
        Batches that begin within 30 days with fewer participants than they need.
    next_batches : tuple of BatchItem
        At most eight, by first day.
    """

    answer: Message
    tasks: tuple[Task, ...]
    running: int
    waiting: int
    unrecorded: int
    uncertified: int
    threatened: int
    next_batches: tuple[BatchItem, ...]


@dataclass(frozen=True, slots=True)
class CalendarCell:
    """A run of days in a row of the calendar; `code` is empty for a day without an event.

    Attributes
    ----------
    days : int
        How many columns it takes, at least 1.
    off : bool
        Whether an empty day is a Saturday or Sunday.
    few : bool
        Whether the batch has fewer participants than it needs.
    """

    days: int
    off: bool = False
    code: str = ""
    name: str = ""
    taken: int = 0
    seats: int = 0
    few: bool = False


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A room in a month; a room with overlapping events has several rows."""

    room: str
    seats: int | None
    cells: tuple[CalendarCell, ...]


@dataclass(frozen=True, slots=True)
class RoomMonth:
    """Rooms by days of a month; `rows` is empty when nothing is held in a room."""

    first: date
    last: date
    previous: date
    following: date
    days: tuple[date, ...]
    rows: tuple[CalendarRow, ...]


def _in_scope(session: Session, actor: Actor, today: date) -> ColumnElement[bool]:
    """Return the condition that a batch belongs to the actor's training centre, or refuse an actor without one."""
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    require(session, actor, "courses.view_participants", on=today, unit_id=min(scope) if scope else None)
    return Batch.organiser_id.is_not(None) if scope is None else Batch.organiser_id.in_(scope)


def centre_day(session: Session, actor: Actor, *, today: date) -> CentreDay:
    """Return what waits for the actor's training centre today.

    Raises
    ------
    NotAllowed
        If the actor belongs to no training centre.
    """
    mine = _in_scope(session, actor, today)
    few = _few(session, mine, today)
    requests = _requests(session, mine, today)
    results = _counted(session, mine, Enrolment.status == "APPROVED", Batch.last_day <= today)
    certificates = _counted(session, mine, Enrolment.outcome == "PASSED", without_certificate())
    tasks = (
        *(_few_task(row, today) for row in few),
        *(_request_task(row, today) for row in requests),
        *(Task("results", row.code, say("Hasil %(name)s belum lengkap", name=row.name),
               say("%(count)s peserta %(code)s belum mempunyai hasil; selesai %(day)s.", count=row.people,
                   code=row.code, day=row.last_day), "part", say("Sudah selesai")) for row in results),
        *(Task("certificates", row.code, say("%(count)s sertifikat siap diterbitkan", count=row.people),
               say("%(name)s, angkatan %(code)s.", name=row.name, code=row.code), "ok", say("Siap"))
          for row in certificates))
    running = session.scalar(select(func.count()).select_from(Batch).where(
        mine, Batch.status != "CANCELLED", Batch.first_day <= today, Batch.last_day >= today)) or 0
    coming = list_batches(
        session, actor, today=today, size=_NEXT, statuses=(BatchStatus.OPEN, BatchStatus.CLOSED, BatchStatus.PLANNED))
    order = {"no": 0, "part": 1, "ok": 2}
    return CentreDay(
        _answer(len(tasks), len(few)), tuple(sorted(tasks, key=lambda task: order[task.tone])), running,
        sum(row.people for row in requests), sum(row.people for row in results),
        sum(row.people for row in certificates), len(few), coming.items)


def _answer(tasks: int, threatened: int) -> Message:
    if not tasks:
        return say("Tidak ada yang menunggu Anda hari ini.")
    if threatened:
        return say("%(tasks)s hal menunggu Anda hari ini. **%(few)s angkatan kekurangan peserta.**", tasks=tasks,
                   few=threatened)
    return say("**%(tasks)s hal** menunggu Anda hari ini.", tasks=tasks)


def _few(session: Session, mine: ColumnElement[bool], today: date):
    return session.execute(
        select(Batch.code, Training.name, Batch.first_day, Batch.seats_taken, Batch.min_participants)
        .join(Training, Batch.training_id == Training.id)
        .where(mine, Batch.status == "OPEN", Batch.first_day > today,
               Batch.first_day <= today + timedelta(days=_WARN_DAYS), Batch.seats_taken < Batch.min_participants)
        .order_by(Batch.first_day, Batch.code)).all()


def _few_task(row, today: date) -> Task:
    days = (row.first_day - today).days
    return Task(
        "few", row.code, say("%(name)s baru %(taken)s dari %(least)s peserta", name=row.name, taken=row.seats_taken,
                             least=row.min_participants),
        say("Angkatan %(code)s mulai %(day)s.", code=row.code, day=row.first_day),
        "no" if days <= _URGENT_DAYS else "part", say("%(days)s hari lagi", days=days))


def _requests(session: Session, mine: ColumnElement[bool], today: date):
    return session.execute(
        select(Batch.code, Training.name, Batch.first_day, func.count().label("people"),
               func.min(Enrolment.requested_at).label("oldest"))
        .join(Training, Batch.training_id == Training.id).join(Enrolment, Enrolment.batch_id == Batch.id)
        .where(mine, Enrolment.status.in_(("REQUESTED", "ENDORSED")), Batch.last_day >= today)
        .group_by(Batch.code, Training.name, Batch.first_day).order_by(Batch.first_day, Batch.code)).all()


def _request_task(row, today: date) -> Task:
    days = (row.first_day - today).days
    return Task(
        "requests", row.code, say("%(count)s permintaan kursi menunggu: %(name)s", count=row.people, name=row.name),
        say("Angkatan %(code)s mulai %(day)s; permintaan tertua %(oldest)s.", code=row.code, day=row.first_day,
            oldest=row.oldest.date()),
        "no" if days <= _URGENT_DAYS else "part",
        say("%(days)s hari lagi", days=days) if days > 0 else say("Hari ini"))


def _counted(session: Session, mine: ColumnElement[bool], *wanted: ColumnElement[bool]):
    return session.execute(
        select(Batch.code, Training.name, Batch.last_day, func.count().label("people"))
        .join(Training, Batch.training_id == Training.id).join(Enrolment, Enrolment.batch_id == Batch.id)
        .where(mine, Batch.status != "CANCELLED", *wanted).group_by(Batch.code, Training.name, Batch.last_day)
        .order_by(Batch.last_day, Batch.code)).all()


def room_month(session: Session, actor: Actor, month: date, *, today: date) -> RoomMonth:
    """Return which batches of the actor's centre use which room on the days of a month.

    Only stages that meet at a place take a room.

    Parameters
    ----------
    month : datetime.date
        Any day of it.

    Raises
    ------
    NotAllowed
        If the actor belongs to no training centre.
    """
    mine = _in_scope(session, actor, today)
    first = month.replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    stages = session.execute(
        select(Room.id, Room.name, Room.seats.label("room_seats"), Batch.code, Training.name.label("training"),
               Batch.seats_taken, Batch.seats, Batch.min_participants, BatchStage.first_day, BatchStage.last_day)
        .join(Batch, BatchStage.batch_id == Batch.id).join(Room, Batch.room_id == Room.id)
        .join(Training, Batch.training_id == Training.id)
        .where(mine, Batch.status != "CANCELLED", BatchStage.mode == "CLASSICAL", BatchStage.first_day <= last,
               BatchStage.last_day >= first)
        .order_by(Room.place, Room.name, BatchStage.first_day, Batch.code)).all()
    by_room = defaultdict(list)
    for stage in stages:
        by_room[stage.id].append(stage)
    rows = tuple(
        CalendarRow(lane[0].name, lane[0].room_seats, _cells(lane, first, last))
        for uses in by_room.values() for lane in _lanes(uses))
    days = tuple(first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return RoomMonth(first, last, (first - timedelta(days=1)).replace(day=1), last + timedelta(days=1), days, rows)


def _lanes(uses: Iterable) -> list[list]:
    """Spread a room's uses, in order of first day, over as few rows as keep each row free of overlaps."""
    lanes: list[list] = []
    for use in uses:
        lane = next((lane for lane in lanes if lane[-1].last_day < use.first_day), None)
        if lane is None:
            lanes.append([use])
        else:
            lane.append(use)
    return lanes


def _cells(lane: Iterable, first: date, last: date) -> tuple[CalendarCell, ...]:
    cells: list[CalendarCell] = []
    day = first
    for use in lane:
        since, until = max(use.first_day, first), min(use.last_day, last)
        cells += _empty(day, since - timedelta(days=1))
        cells.append(CalendarCell((until - since).days + 1, code=use.code, name=use.training, taken=use.seats_taken,
                                  seats=use.seats, few=use.seats_taken < use.min_participants))
        day = until + timedelta(days=1)
    return (*cells, *_empty(day, last))


def _empty(first: date, last: date) -> list[CalendarCell]:
    return [CalendarCell(1, off=(first + timedelta(days=offset)).weekday() >= 5)
            for offset in range((last - first).days + 1)]
