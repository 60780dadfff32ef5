"""The waiting list of a full batch: joining it, offering seats that become free in a fair order, accepting and declining.

A seat is offered before the batch begins and to nobody who does not fulfil every rule on that day; who waits is skipped
with the reason and stays. That registration has closed meanwhile does not harm who has waited since before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict
from kompetensi.messages import WITA, Message, say
from kompetensi.models import Batch, Enrolment, EnrolmentEvent, Path, Person, Unit
from kompetensi.ports import Mailer
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.rules.enrolment import LIVE, Reason, Refusal
from kompetensi.rules.seat_shares import Agency, Place, Waiter, first_in_line, line_up
from kompetensi.services.access import is_allowed, require
from kompetensi.services.audit import record
from kompetensi.services.day_conditions import is_staff
from kompetensi.services.enrolment_rows import (
    EnrolmentRow,
    batch_link,
    enrolment_link,
    enrolment_row,
    hold_enrolment,
    tell,
)
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip
from kompetensi.services.policies import find_policy
from kompetensi.services.readiness import full_name
from kompetensi.services.seats import (
    applicant_of,
    applicants_of,
    batch_terms,
    free_seat,
    hold_batches,
    load_vocabulary,
    refusals_of,
    take_seat,
    taken_by_unit,
    write_event,
)
from kompetensi.services.stored_messages import message_from_json, message_to_json
from kompetensi.services.superiors import ask_superior

__all__ = ["OFFER_HOURS", "Settled", "WaitingList", "WaitingPerson", "accept_offer", "decline_offer", "has_waiting_lists",
           "join_own", "join_waiting_list", "serve_waiting_first",
           "settle_all", "settle_batch", "settle_waiting_list", "view_place", "view_waiting_list"]

OFFER_HOURS = "waiting.offer_hours"
# What keeps somebody from a seat and not from waiting for one.
_NO_SEAT = frozenset({Reason.FULL, Reason.QUOTA})
# What no longer speaks against who has waited since before.
_OVERTAKEN = frozenset({Reason.CLOSED, Reason.FULL})


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a waiting list: how many offers ran out, were made, were passed by, and how many were sent home."""

    expired: int = 0
    offered: int = 0
    skipped: int = 0
    closed: int = 0

    def __add__(self, other: Settled) -> Settled:
        return Settled(self.expired + other.expired, self.offered + other.offered, self.skipped + other.skipped,
                       self.closed + other.closed)


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    """Somebody on a waiting list.

    Attributes
    ----------
    place : int or None
        From 1; None for who has been offered a seat.
    because : Message or None
        Why he stands there.
    skipped : Message or None
        Why he was passed by when a seat was free last.
    nip, name : str
        Empty for a reader who may not see others.
    """

    enrolment_id: int
    place: int | None
    nip: str
    name: str
    agency: str
    deadline: date | None
    asked_at: datetime
    because: Message | None
    skipped: Message | None
    offered_until: datetime | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class WaitingList:
    """The waiting list of a batch.

    Attributes
    ----------
    people : tuple of WaitingPerson
        Offers first, then by place; a reader who may not see participants finds others without their names.
    agencies : tuple of Agency
        Those that wait or hold seats, by name.
    own : WaitingPerson or None
        The reader's own place.
    offer_hours : int or None
        For how long an offer stands; None = not set, and none is made.
    """

    batch: str
    training_name: str
    first_day: date
    seats: int
    seats_free: int
    people: tuple[WaitingPerson, ...]
    agencies: tuple[Agency, ...]
    own: WaitingPerson | None
    offer_hours: int | None
    sees_names: bool
    may_promote: bool


# --- joining ---------------------------------------------------------------------------------------------------------------


def join_waiting_list(
    session: Session, actor: Actor, nip: str, batch_code: str, *, today: date, now: datetime
) -> EnrolmentRow:
    """Let a person wait for a seat of a batch that has none left for him.

    Raises
    ------
    NotFound, InvalidInput
        If NIP or code names nothing.
    NotAllowed
        If the actor is neither the person nor HR of the person's unit.
    Conflict
        If a seat is there, the person waits or sits there already, or another rule than the missing seat is against it.
    """
    person, batch = person_by_nip(session, nip), batch_by_code(session, batch_code)
    require(session, actor, "courses.request_seat", on=today, person=person)
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    settle_waiting_list(session, batch, today=today, now=now)
    standing = session.scalars(select(Enrolment.status).where(
        Enrolment.person_id == person.id, Enrolment.batch_id == batch.id,
        Enrolment.status.in_(("WAITING", *LIVE)))).first()
    if standing is not None:
        raise Conflict(say("Sudah menunggu kursi angkatan %(code)s.", code=batch.code) if standing == "WAITING" else
                       say("Sudah terdaftar pada angkatan %(code)s.", code=batch.code), where="BATCH")
    found = refusals_of(session, applicant_of(session, person, today), batch_terms(session, batch), today=today)
    other = [refusal for refusal in found if refusal.reason not in _NO_SEAT]
    if other:
        raise Conflict(say("%(fact)s %(remedy)s", fact=other[0].fact, remedy=other[0].remedy), where="BATCH")
    if not found and not _waiting_ids(session, batch.id):
        raise Conflict(say("Angkatan %(code)s masih mempunyai kursi; minta kursi itu langsung.", code=batch.code),
                       where="BATCH")
    if today >= batch.first_day:
        raise Conflict(say("Angkatan %(code)s sudah mulai %(day)s.", code=batch.code, day=batch.first_day), where="BATCH")
    enrolment = Enrolment(person_id=person.id, batch_id=batch.id, status="WAITING", requested_at=now,
                          source="OWN" if actor.person_id == person.id else "HR", path_id=_path_of(session, person, batch))
    session.add(enrolment)
    session.flush()
    write_event(session, enrolment, actor, now=now)
    record(session, actor, "courses.request_seat:wait", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code})
    if actor.person_id != person.id:
        notify(session, person.id, say("Anda dimasukkan ke daftar tunggu angkatan %(code)s.", code=batch.code),
               link=f"{batch_link(batch.code)}/tunggu", now=now)
    session.flush()
    return enrolment_row(session, enrolment, person, batch, today)


def join_own(session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime) -> EnrolmentRow:
    """Let the actor himself wait; see `join_waiting_list`.

    Raises
    ------
    Conflict
        Also if the actor's account belongs to nobody of the register.
    """
    if actor.person_id is None:
        raise Conflict(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak dapat menunggu kursi."))
    return join_waiting_list(session, actor, session.get_one(Person, actor.person_id).nip, batch_code, today=today, now=now)


def _path_of(session: Session, person: Person, batch: Batch) -> int | None:
    """Return the newest active path of a person that this batch's training is a step of."""
    for path in session.scalars(select(Path).where(Path.person_id == person.id, Path.status == "ACTIVE")
                                .order_by(Path.taken_at.desc(), Path.id.desc())):
        if any(step.get("training") == batch.training.code for step in path.plan.get("steps", ())):
            return path.id
    return None


def _waiting_ids(session: Session, batch_id: int) -> list[int]:
    return list(session.scalars(select(Enrolment.id).where(
        Enrolment.batch_id == batch_id, Enrolment.status == "WAITING").order_by(Enrolment.id)))


# --- the queue -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tree:
    """Units by id: code, name, and the unit above."""

    units: Mapping[int, tuple[str, str, int | None]]
    quota_units: frozenset[int]

    def agency(self, unit_id: int) -> int:
        """Return the nearest unit with a quota at or above a unit; without one, the unit just below the government."""
        line = [unit_id]
        while (above := self.units[line[-1]][2]) is not None and above not in line:
            line.append(above)
        with_quota = next((unit for unit in line if unit in self.quota_units), None)
        return with_quota if with_quota is not None else line[-2] if len(line) > 1 else line[0]


def _tree(session: Session, batch: Batch) -> _Tree:
    return _Tree({row.id: (row.code, row.name, row.parent_id)
                  for row in session.execute(select(Unit.id, Unit.code, Unit.name, Unit.parent_id))},
                 frozenset(quota.unit_id for quota in batch.quotas))


def _agencies(session: Session, batch: Batch, tree: _Tree, waiting_units: Sequence[int]) -> dict[str, Agency]:
    taken: Counter[int] = Counter()
    for unit_id, count in taken_by_unit(session, batch.id).items():
        taken[tree.agency(unit_id)] += count
    size: Counter[int] = Counter()
    for unit_id, count in session.execute(
            select(Person.unit_id, func.count()).where(is_staff()).group_by(Person.unit_id)):
        size[tree.agency(unit_id)] += count
    reserved = {quota.unit_id: quota.reserved for quota in batch.quotas}
    concerned = set(taken) | {tree.agency(unit_id) for unit_id in waiting_units} | {
        unit_id for unit_id, seats in reserved.items() if seats}
    return {tree.units[unit_id][0]: Agency(tree.units[unit_id][0], tree.units[unit_id][1], size[unit_id],
                                           reserved.get(unit_id, 0), taken[unit_id]) for unit_id in concerned}


def _waiters(session: Session, batch: Batch, tree: _Tree, *, hold: bool) -> list[tuple[Enrolment, Person, Waiter]]:
    query = (select(Enrolment, Person, Path.ready_by).join(Person, Enrolment.person_id == Person.id)
             .outerjoin(Path, Enrolment.path_id == Path.id)
             .where(Enrolment.batch_id == batch.id, Enrolment.status == "WAITING").order_by(Enrolment.id))
    if hold:  # whoever is about to leave the list has left it
        query = query.with_for_update(skip_locked=True, of=Enrolment).execution_options(populate_existing=True)
    return [(enrolment, person, Waiter(enrolment.id, tree.units[tree.agency(person.unit_id)][0],
                                       ready_by or person.target_ready_by, enrolment.requested_at))
            for enrolment, person, ready_by in session.execute(query)]


def settle_waiting_list(
    session: Session, batch: Batch, *, today: date, now: datetime, mailer: Mailer | None = None
) -> Settled:
    """End offers that ran out, offer the seats that are free, and close the list once the batch has begun.

    Two processes that settle one list at once do so one after the other. Nothing is offered while the policy
    ``waiting.offer_hours`` is not set.
    """
    standing = dict(session.execute(
        select(Enrolment.status, func.count()).where(
            Enrolment.batch_id == batch.id, Enrolment.status.in_(("WAITING", "OFFERED"))).group_by(Enrolment.status)).all())
    if not standing:
        return Settled()
    hold_batches(session, [batch])
    expired = _expire(session, batch, now=now, mailer=mailer)
    if today >= batch.first_day or batch.status == "CANCELLED":
        return Settled(expired=expired, closed=_close(session, batch, now=now))
    hours = _offer_hours(session, today)
    free = batch.seats - batch.seats_taken
    if hours is None or free <= 0 or not standing.get("WAITING"):
        return Settled(expired=expired)
    until = min(now + timedelta(hours=hours), datetime.combine(batch.first_day, time(), WITA))
    tree = _tree(session, batch)
    waiting = {waiter.id: (enrolment, person, waiter)
               for enrolment, person, waiter in _waiters(session, batch, tree, hold=True)}
    agencies = _agencies(session, batch, tree, [person.unit_id for _, person, _ in waiting.values()])
    applicants = applicants_of(session, [person for _, person, _ in waiting.values()], today)
    words = load_vocabulary(session, today) if batch.conditions else None
    offered = skipped = 0
    while free > 0 and waiting:
        place = first_in_line([waiter for _, _, waiter in waiting.values()], agencies, batch.seats)
        enrolment, person, waiter = waiting.pop(place.waiter.id)
        found = [refusal for refusal in refusals_of(
            session, applicants[person.id], batch_terms(session, batch), today=today, words=words)
            if refusal.reason not in _OVERTAKEN]
        why = _first(found) or take_seat(session, batch, person, on=today)
        if why is not None:
            skipped += _skip(session, enrolment, batch, why, now=now)
            continue
        agency = agencies[waiter.agency]
        agencies[waiter.agency] = replace(agency, taken=agency.taken + 1)
        free, offered = free - 1, offered + 1
        enrolment.status, enrolment.offered_until = "OFFERED", until
        session.flush()  # the next one's quotas count this seat
        write_event(session, enrolment, SYSTEM, now=now, note=say(
            "Kursi bebas ditawarkan sampai %(until)s. %(because)s", until=until, because=place.because))
        tell(session, enrolment, person.nip, say(
            "Ada kursi untuk Anda pada %(training)s, angkatan %(code)s. Terima sampai %(until)s; sesudah itu kursi ditawarkan "
            "kepada yang berikutnya.", training=batch.training.name, code=batch.code, until=until), now=now, mailer=mailer)
    session.flush()
    return Settled(expired, offered, skipped)


def _first(found: Sequence[Refusal]) -> Message | None:
    return say("%(fact)s %(remedy)s", fact=found[0].fact, remedy=found[0].remedy) if found else None


def _offer_hours(session: Session, today: date) -> int | None:
    policy = find_policy(session, OFFER_HOURS, today)
    return policy.value if policy is not None else None


def _skip(session: Session, enrolment: Enrolment, batch: Batch, why: Message, *, now: datetime) -> int:
    """Keep why somebody was passed by; who was passed by for the same reason before is not told again."""
    note = say("Dilewati ketika ada kursi: %(why)s", why=why)
    last = session.scalars(select(EnrolmentEvent).where(EnrolmentEvent.enrolment_id == enrolment.id)
                           .order_by(EnrolmentEvent.id.desc()).limit(1)).first()
    if last is not None and last.note == message_to_json(note):
        return 0
    write_event(session, enrolment, SYSTEM, now=now, note=note)
    notify(session, enrolment.person_id, say(
        "Kursi angkatan %(code)s bebas, tetapi Anda dilewati: %(why)s Anda tetap menunggu.", code=batch.code, why=why),
        link=enrolment_link(enrolment.id), now=now)
    return 1


def _expire(session: Session, batch: Batch, *, now: datetime, mailer: Mailer | None) -> int:
    late = session.scalars(
        select(Enrolment).where(Enrolment.batch_id == batch.id, Enrolment.status == "OFFERED", Enrolment.offered_until < now)
        .order_by(Enrolment.id).with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()
    for enrolment in late:
        note = say("Tawaran tidak diterima sampai %(until)s; kursi ditawarkan kepada yang berikutnya.",
                   until=enrolment.offered_until)
        _leave(session, enrolment, batch, SYSTEM, note, now=now, mailer=mailer)
    return len(late)


def _close(session: Session, batch: Batch, *, now: datetime) -> int:
    waiting = session.scalars(
        select(Enrolment).where(Enrolment.batch_id == batch.id, Enrolment.status == "WAITING")
        .order_by(Enrolment.id).with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()
    note = say("Angkatan %(code)s dibatalkan; daftar tunggunya ditutup.", code=batch.code) \
        if batch.status == "CANCELLED" else say("Angkatan %(code)s sudah mulai; daftar tunggunya ditutup.", code=batch.code)
    for enrolment in waiting:
        _leave(session, enrolment, batch, SYSTEM, note, now=now, mailer=None)
    return len(waiting)


def _leave(
    session: Session, enrolment: Enrolment, batch: Batch, actor: Actor, note: Message, *, now: datetime,
    mailer: Mailer | None, is_told: bool = True,
) -> None:
    if enrolment.status == "OFFERED":
        free_seat(session, batch)
    enrolment.status, enrolment.decided_at, enrolment.offered_until = "CANCELLED", now, None
    write_event(session, enrolment, actor, now=now, note=note)
    person = session.get_one(Person, enrolment.person_id)
    tell(session, enrolment, person.nip, note if is_told else None, now=now, mailer=mailer)
    session.flush()


def settle_batch(
    session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime, mailer: Mailer | None = None
) -> Settled:
    """Settle the waiting list of one batch at its organiser's word; see `settle_waiting_list`.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    settled = settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    record(session, actor, "courses.decide_enrolment:settle", "batch", batch.code, now=now, detail={
        "expired": settled.expired, "offered": settled.offered, "skipped": settled.skipped, "closed": settled.closed})
    session.flush()
    return settled


def serve_waiting_first(
    session: Session, batches: Sequence[Batch], *, today: date, now: datetime, mailer: Mailer | None = None
) -> None:
    """Settle the waiting lists of batches before somebody else asks for a seat in them, so that nobody jumps the queue."""
    if session.scalar(select(Enrolment.id).where(
            Enrolment.batch_id.in_([batch.id for batch in batches]), Enrolment.status.in_(("WAITING", "OFFERED"))).limit(1)):
        hold_batches(session, batches)
        for batch in batches:
            settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)


def has_waiting_lists(session: Session) -> bool:
    """Whether anybody waits or has been offered a seat."""
    return session.scalar(select(Enrolment.id).where(Enrolment.status.in_(("WAITING", "OFFERED"))).limit(1)) is not None


def settle_all(session: Session, actor: Actor, *, today: date, now: datetime, mailer: Mailer | None = None) -> Settled:
    """Settle every waiting list that has anybody on it; for the system alone, at regular times.

    Raises
    ------
    NotAllowed
        If the actor is not the system.
    """
    require(session, actor, "courses.settle_waiting_lists", on=today)
    settled = Settled()
    for batch in session.scalars(
            select(Batch).where(Batch.id.in_(select(Enrolment.batch_id).where(
                Enrolment.status.in_(("WAITING", "OFFERED"))))).order_by(Batch.id)).all():
        settled += settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    return settled


# --- answering an offer ------------------------------------------------------------------------------------------------------


def accept_offer(
    session: Session, actor: Actor, enrolment_id: int, *, today: date, now: datetime, mailer: Mailer | None = None
) -> EnrolmentRow:
    """Accept a seat that was offered; it then awaits the superior's word and the centre's like every request.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is neither the person nor HR of the person's unit.
    Conflict
        If nothing is offered, or the offer has run out or the batch has begun.
    """
    enrolment, person, batch = _offered(session, actor, enrolment_id, today)
    if enrolment.offered_until is None or now > enrolment.offered_until or today >= batch.first_day:
        raise Conflict(say("Tawaran ini berakhir %(until)s. Masuk lagi ke daftar tunggu bila masih berminat.",
                           until=enrolment.offered_until))
    enrolment.status, enrolment.offered_until = "REQUESTED", None
    superior = ask_superior(session, enrolment, person, batch, today=today, now=now, mailer=mailer)
    write_event(session, enrolment, actor, now=now, note=say(
        "Tawaran diterima; menunggu kata %(name)s.", name=superior.name) if superior else
        say("Tawaran diterima; menunggu penyelenggara."))
    record(session, actor, "courses.request_seat:accept", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code})
    tell(session, enrolment, person.nip, None if actor.person_id == person.id else say(
        "Kursi yang ditawarkan pada angkatan %(code)s diterima untuk Anda.", code=batch.code), now=now)
    session.flush()
    return enrolment_row(session, enrolment, person, batch, today)


def decline_offer(
    session: Session, actor: Actor, enrolment_id: int, *, today: date, now: datetime, mailer: Mailer | None = None
) -> EnrolmentRow:
    """Decline a seat that was offered; it goes to the next in line at once.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is neither the person nor HR of the person's unit.
    Conflict
        If nothing is offered.
    """
    enrolment, person, batch = _offered(session, actor, enrolment_id, today)
    is_own = actor.person_id == person.id
    _leave(session, enrolment, batch, actor, say("Tawaran kursi angkatan %(code)s dilepas.", code=batch.code), now=now,
           mailer=None, is_told=not is_own)
    record(session, actor, "courses.request_seat:decline", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code})
    settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    return enrolment_row(session, enrolment, person, batch, today)


def _offered(session: Session, actor: Actor, enrolment_id: int, today: date) -> tuple[Enrolment, Person, Batch]:
    enrolment, person, batch = hold_enrolment(session, enrolment_id)
    require(session, actor, "courses.request_seat", on=today, person=person)
    if enrolment.status != "OFFERED":
        raise Conflict(say("Tidak ada kursi yang sedang ditawarkan pada pendaftaran ini."))
    return enrolment, person, batch


# --- looking -----------------------------------------------------------------------------------------------------------------


def view_waiting_list(
    session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime, mailer: Mailer | None = None
) -> WaitingList:
    """Settle a waiting list and return it; who may not see participants reads places and reasons without names.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    """
    require(session, actor, "courses.view", on=today)
    batch = batch_by_code(session, batch_code)
    settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    sees_names = is_allowed(session, actor, "courses.view_participants", on=today, unit_id=batch.organiser_id)
    tree = _tree(session, batch)
    waiting = _waiters(session, batch, tree, hold=False)
    offers = session.execute(
        select(Enrolment, Person).join(Person, Enrolment.person_id == Person.id)
        .where(Enrolment.batch_id == batch.id, Enrolment.status == "OFFERED")
        .order_by(Enrolment.offered_until, Enrolment.id)).all()
    agencies = _agencies(session, batch, tree, [person.unit_id for _, person, _ in waiting])
    places = {place.waiter.id: place for place in line_up([waiter for _, _, waiter in waiting], agencies, batch.seats)}
    skipped = _skipped(session, list(places))

    def one(enrolment: Enrolment, person: Person, place: Place | None) -> WaitingPerson:
        is_own = person.id == actor.person_id
        shown = sees_names or is_own
        return WaitingPerson(
            enrolment.id, place.number if place else None, person.nip if shown else "",
            full_name(person) if shown else "", tree.units[tree.agency(person.unit_id)][1],
            place.waiter.deadline if place else None, enrolment.requested_at, place.because if place else None,
            skipped.get(enrolment.id) if shown else None, enrolment.offered_until, is_own)

    by_id = {enrolment.id: (enrolment, person) for enrolment, person, _ in waiting}
    people = (*(one(enrolment, person, None) for enrolment, person in offers),
              *(one(*by_id[number], place) for number, place in places.items()))
    if sees_names and people:
        record(session, actor, "courses.view_participants", "batch", batch.code, now=now)
        session.flush()
    return WaitingList(
        batch.code, batch.training.name, batch.first_day, batch.seats, batch.seats - batch.seats_taken, people,
        tuple(sorted(agencies.values(), key=lambda agency: (agency.name, agency.code))),
        next((person for person in people if person.is_own), None), _offer_hours(session, today), sees_names,
        is_allowed(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id))


def _skipped(session: Session, enrolment_ids: Sequence[int]) -> dict[int, Message]:
    """Return why people were passed by, where that was the last that happened to them."""
    last = select(func.max(EnrolmentEvent.id)).where(
        EnrolmentEvent.enrolment_id.in_(enrolment_ids)).group_by(EnrolmentEvent.enrolment_id)
    return {event.enrolment_id: message_from_json(event.note)
            for event in session.scalars(select(EnrolmentEvent).where(EnrolmentEvent.id.in_(last))) if event.note}


def view_place(session: Session, enrolment: Enrolment, batch: Batch) -> Place | None:
    """Return somebody's place in the queue of a batch, or None when he does not wait."""
    tree = _tree(session, batch)
    waiting = _waiters(session, batch, tree, hold=False)
    agencies = _agencies(session, batch, tree, [person.unit_id for _, person, _ in waiting])
    return next((place for place in line_up([waiter for _, _, waiter in waiting], agencies, batch.seats)
                 if place.waiter.id == enrolment.id), None)
