"""The training centre's day: what waits for it, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, Training
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.enrolment import BatchStatus
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.batches import BatchItem, list_batches
from kompetensi.services.certificates import without_certificate

__all__ = ["CentreDay", "Task", "centre_day"]

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
