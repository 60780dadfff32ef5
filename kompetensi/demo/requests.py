"""Requests on their way: some that await a superior, a full batch with people who wait, and a seat that is being offered.

They go through the services, so that their histories, messages and entries are those of real ones.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kompetensi.demo.batches import SOON
from kompetensi.errors import Conflict
from kompetensi.graph.elements import Training as PureTraining
from kompetensi.models import Batch, Enrolment, Occupancy, Person, Position, Post, Training
from kompetensi.rules.access import Actor
from kompetensi.services.day_conditions import held_definitively
from kompetensi.services.enrolments import cancel_enrolment, request_seats
from kompetensi.services.readiness import load_assessors
from kompetensi.services.seats import applicants_of, batch_terms, refusals_of, write_event
from kompetensi.services.superiors import subordinates_of, superior_of
from kompetensi.services.waiting_list import join_waiting_list

__all__ = ["invent_requests"]

_ASKING, _ELSEWHERE, _QUEUE = 3, 2, 5
FULL = "NASDIN"
"""Training of which the next batch is full."""


def invent_requests(
    session: Session, superior_id: int, left_out: Collection[int], *, today: date, now: datetime
) -> None:
    """Let some people below a superior ask for seats, and others wait for a full batch of which one seat comes free.

    Parameters
    ----------
    superior_id : int
        The login ``atasan``.
    left_out : collection of int
        People of the logins, who ask for nothing before somebody signs in as them.
    """
    _endorse_earlier(session, today)
    below = [person for person in subordinates_of(session, superior_id, today) if person not in left_out]
    _ask(session, below, _ASKING, today, now)
    others = session.scalars(
        select(Person.id).join(Occupancy, Occupancy.person_id == Person.id).join(Post, Occupancy.post_id == Post.id)
        .where(Post.superior_post_id.is_not(None), held_definitively(today), Person.id.not_in((*left_out, *below)))
        .order_by(Person.nip.desc()).limit(40))
    _ask(session, list(others), _ELSEWHERE, today, now)
    _wait(session, left_out, today, now)


def _endorse_earlier(session: Session, today: date) -> None:
    """Give the requests that were written without a history the word of their superiors, the day after they were made."""
    for enrolment in session.scalars(select(Enrolment).where(Enrolment.status == "REQUESTED").order_by(Enrolment.id)).all():
        superior = superior_of(session, enrolment.person_id, today)
        write_event(session, enrolment, _own(enrolment.person), now=enrolment.requested_at)
        if superior is not None:
            enrolment.superior_id, enrolment.status = superior.person_id, "ENDORSED"
            enrolment.endorsed_at = enrolment.requested_at + timedelta(hours=26)
            write_event(session, enrolment, Actor(f"person:{superior.person_id}", superior.name, superior.person_id),
                        now=enrolment.endorsed_at)


def _own(person: Person) -> Actor:
    return Actor(f"person:{person.id}", person.name, person_id=person.id)


def _open_batches(session: Session, today: date) -> list[Batch]:
    return list(session.scalars(
        select(Batch).join(Training, Batch.training_id == Training.id)
        .where(Batch.status == "OPEN", Batch.first_day > today, Batch.registration_until >= today,
               Training.code.not_in((SOON, FULL)), Batch.seats_taken < Batch.seats - 3)
        .order_by(Batch.first_day, Batch.code)))


def _ask(session: Session, person_ids: list[int], most: int, today: date, now: datetime) -> None:
    batches = _open_batches(session, today)
    assessors = load_assessors(session, person_ids, today)
    asked = 0
    away: dict[int, list[Batch]] = {}
    for person_id, batch in session.execute(select(Enrolment.person_id, Batch).join(Batch, Enrolment.batch_id == Batch.id)
                                            .where(Enrolment.person_id.in_(person_ids))):
        away.setdefault(person_id, []).append(batch)
    for person in session.scalars(select(Person).where(Person.id.in_(person_ids)).order_by(Person.nip)).all():
        target = _post_above(session, person, today)
        readiness = assessors[person.id](target.code) if target is not None else None
        gaps = {row.competency for row in readiness.open_rows} if readiness is not None else set()
        trainings = assessors[person.id].graph.trainings
        # What closes a gap on the way to the post above comes first, a technical one before all.
        free = [batch for batch in batches if not any(
            batch.first_day <= other.last_day and other.first_day <= batch.last_day for other in away.get(person.id, ()))]
        for batch in sorted(free, key=lambda batch: -_worth(trainings[batch.training.code], gaps)):
            try:
                request_seats(session, _own(person), person.nip, [batch.code], today=today,
                              now=now - timedelta(days=asked + 1, hours=2 * asked))
            except Conflict:
                continue
            asked += 1
            batches.remove(batch)
            person.target_position_id = target.id if readiness is not None and target is not None else None
            break
        if asked == most:
            return


def _worth(training: PureTraining, gaps: Collection[str]) -> int:
    """Return 2 for a training that closes a technical gap, 1 for another gap, 0 for none."""
    closed = [gain.competency for gain in training.raises if gain.competency in gaps]
    return 2 if any(code.startswith("TEK-") for code in closed) else min(1, len(closed))


def _post_above(session: Session, person: Person, today: date) -> Position | None:
    """Return the position right above a person's, which he may well be on the way to."""
    above = aliased(Post)
    return session.scalars(
        select(Position).join(above, above.position_id == Position.id).join(Post, Post.superior_post_id == above.id)
        .join(Occupancy, Occupancy.post_id == Post.id)
        .where(Occupancy.person_id == person.id, held_definitively(today)).limit(1)).first()


def _wait(session: Session, left_out: Collection[int], today: date, now: datetime) -> None:
    full = session.scalars(
        select(Batch).join(Training, Batch.training_id == Training.id)
        .where(Training.code == FULL, Batch.first_day > today, Batch.seats_taken == Batch.seats)
        .order_by(Batch.first_day)).first()
    if full is None:
        return
    busy = select(Enrolment.person_id)
    people = list(session.scalars(
        select(Person).where(Person.id.not_in(busy), Person.id.not_in(left_out), Person.employee_type == "PNS")
        .order_by(Person.nip).limit(120)))
    applicants = applicants_of(session, people, today)
    terms = batch_terms(session, full)
    waiting = 0
    for person in people:
        if any(refusal.reason.value != "FULL" for refusal in refusals_of(session, applicants[person.id], terms, today=today)):
            continue
        join_waiting_list(session, _own(person), person.nip, full.code, today=today,
                          now=now - timedelta(days=_QUEUE - waiting, hours=3))
        waiting += 1
        if waiting == _QUEUE:
            break
    leaving = session.execute(
        select(Enrolment.id, Person).join(Person, Enrolment.person_id == Person.id)
        .where(Enrolment.batch_id == full.id, Enrolment.status == "APPROVED").order_by(Enrolment.id).limit(1)).first()
    if waiting and leaving is not None:
        cancel_enrolment(session, _own(leaving.Person), leaving.id, reason="Mendapat tugas lain pada pekan yang sama.", today=today,
                         now=now - timedelta(hours=5))
