"""One enrolment with all its steps: who, when, why; and what its reader may do with it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kompetensi.errors import NotFound
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, EnrolmentEvent, Person
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.enrolment import HELD
from kompetensi.rules.seat_shares import Place
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.audit import record, split_actor
from kompetensi.services.lookup import batch_by_code
from kompetensi.services.no_shows import NoShows, no_shows_of
from kompetensi.services.readiness import full_name
from kompetensi.services.stored_messages import message_from_json
from kompetensi.services.waiting_list import view_place

__all__ = ["EnrolmentHistory", "EnrolmentListed", "EnrolmentStep", "list_enrolments", "view_history"]


@dataclass(frozen=True, slots=True)
class EnrolmentStep:
    """One step: what the enrolment became, when, by whom; `reason` as somebody wrote it, `note` as we say it."""

    status: str
    at: datetime
    actor: str
    reason: str
    note: Message | None


@dataclass(frozen=True, slots=True)
class EnrolmentHistory:
    """An enrolment as its page tells it.

    Attributes
    ----------
    steps : tuple of EnrolmentStep
        Oldest first; empty for one from before steps were kept.
    superior : str
        Whose word is awaited, or was given; empty = none.
    awaits_superior : bool
    place : Place or None
        In the queue, while he waits.
    moved_from, moved_to : tuple of (int, str) or None
        Number of the other enrolment and code of its batch.
    no_shows : NoShows or None
        Shown to the centre and to superiors alone.
    """

    id: int
    nip: str
    name: str
    batch: str
    training: str
    training_name: str
    first_day: date
    last_day: date
    status: str
    outcome: str | None
    source: str
    requested_at: datetime
    offered_until: datetime | None
    superior: str
    awaits_superior: bool
    steps: tuple[EnrolmentStep, ...]
    place: Place | None
    moved_from: tuple[int, str] | None
    moved_to: tuple[int, str] | None
    no_shows: NoShows | None
    is_own: bool
    may_cancel: bool
    may_answer: bool
    may_endorse: bool
    may_decide: bool
    may_move: bool


def view_history(session: Session, actor: Actor, enrolment_id: int, *, today: date, now: datetime) -> EnrolmentHistory:
    """Open an enrolment: to the person, his superiors, HR of his unit, and the organiser of the batch.

    Whoever opens another's leaves an entry in the audit log.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is none of these.
    """
    enrolment = session.get(Enrolment, enrolment_id, populate_existing=True)
    if enrolment is None:
        raise NotFound(say("Tidak ada pendaftaran nomor %(id)s.", id=enrolment_id), where="ENROLMENT")
    person, batch = session.get_one(Person, enrolment.person_id), session.get_one(Batch, enrolment.batch_id)
    may_decide = is_allowed(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    if not may_decide:
        require(session, actor, "courses.view_enrolment", on=today, person=person)
    is_own = actor.person_id == person.id
    if not is_own:
        record(session, actor, "courses.view_enrolment", "enrolment", enrolment.id, now=now, person_id=person.id)
    may_endorse = is_allowed(session, actor, "courses.endorse_enrolment", on=today, person=person)
    may_ask = is_allowed(session, actor, "courses.request_seat", on=today, person=person)
    ahead = today < batch.first_day
    superior = session.get(Person, enrolment.superior_id) if enrolment.superior_id is not None else None
    moved_from = session.execute(
        select(Enrolment.id, Batch.code).join(Batch, Enrolment.batch_id == Batch.id)
        .where(Enrolment.id == enrolment.moved_from_id)).first() if enrolment.moved_from_id else None
    moved_to = session.execute(
        select(Enrolment.id, Batch.code).join(Batch, Enrolment.batch_id == Batch.id)
        .where(Enrolment.moved_from_id == enrolment.id).order_by(Enrolment.id.desc()).limit(1)).first()
    marked = no_shows_of(session, [person.id], today).get(person.id) if may_decide or may_endorse else None
    session.flush()
    return EnrolmentHistory(
        enrolment.id, person.nip, full_name(person), batch.code, batch.training.code, batch.training.name, batch.first_day,
        batch.last_day, enrolment.status, enrolment.outcome, enrolment.source, enrolment.requested_at,
        enrolment.offered_until, superior.name if superior else "",
        enrolment.status == "REQUESTED" and superior is not None, _steps(session, enrolment.id),
        view_place(session, enrolment, batch) if enrolment.status == "WAITING" else None,
        (moved_from.id, moved_from.code) if moved_from else None, (moved_to.id, moved_to.code) if moved_to else None,
        marked, is_own, may_ask and ahead and enrolment.status in ("WAITING", *HELD),
        may_ask and enrolment.status == "OFFERED" and enrolment.offered_until is not None
        and now <= enrolment.offered_until, may_endorse and enrolment.status == "REQUESTED",
        may_decide and enrolment.status in ("REQUESTED", "ENDORSED"),
        (may_ask or may_decide) and ahead and enrolment.status in ("REQUESTED", "ENDORSED", "APPROVED"))


def _steps(session: Session, enrolment_id: int) -> tuple[EnrolmentStep, ...]:
    return tuple(
        EnrolmentStep(event.status, event.at, _label(event.actor), event.reason,
                      message_from_json(event.note) if event.note else None)
        for event in session.scalars(select(EnrolmentEvent).where(EnrolmentEvent.enrolment_id == enrolment_id)
                                     .order_by(EnrolmentEvent.at, EnrolmentEvent.id)))


def _label(actor: str) -> str:
    name, label = split_actor(actor)
    return label or name


@dataclass(frozen=True, slots=True)
class EnrolmentListed:
    """One enrolment in a list; `awaits` is whose word comes next, in words, or None when nobody's does."""

    id: int
    nip: str
    name: str
    batch: str
    status: str
    requested_at: datetime
    awaits: Message | None
    no_shows: NoShows | None


def list_enrolments(
    session: Session, actor: Actor, *, batch_code: str | None = None, statuses: tuple[str, ...] = (), today: date,
    limit: int = 1000,
) -> tuple[EnrolmentListed, ...]:
    """Return enrolments in batches of the actor's training centre, by first day of the batch, then time of request.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If the actor belongs to no training centre, or the batch is not organised in it.
    """
    superior = aliased(Person)
    query = (select(Enrolment, Person, Batch.code, superior.name.label("superior"))
             .join(Person, Enrolment.person_id == Person.id).join(Batch, Enrolment.batch_id == Batch.id)
             .outerjoin(superior, Enrolment.superior_id == superior.id))
    if batch_code is not None:
        batch = batch_by_code(session, batch_code)
        require(session, actor, "courses.view_participants", on=today, unit_id=batch.organiser_id)
        query = query.where(Enrolment.batch_id == batch.id)
    else:
        scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
        require(session, actor, "courses.view_participants", on=today, unit_id=min(scope) if scope else None)
        query = query.where(Batch.last_day >= today)
        if scope is not None:
            query = query.where(Batch.organiser_id.in_(scope))
    if statuses:
        query = query.where(Enrolment.status.in_(statuses))
    rows = session.execute(query.order_by(Batch.first_day, Batch.code, Enrolment.requested_at, Enrolment.id).limit(limit)).all()
    marked = no_shows_of(session, sorted({row.Person.id for row in rows}), today)
    return tuple(
        EnrolmentListed(row.Enrolment.id, row.Person.nip, full_name(row.Person), row.code, row.Enrolment.status,
                        row.Enrolment.requested_at, _awaits(row.Enrolment.status, row.superior), marked.get(row.Person.id))
        for row in rows)


def _awaits(status: str, superior: str | None) -> Message | None:
    if status == "REQUESTED" and superior is not None:
        return say("atasan: %(name)s", name=superior)
    if status in ("REQUESTED", "ENDORSED"):
        return say("penyelenggara")
    return say("peserta") if status == "OFFERED" else None
