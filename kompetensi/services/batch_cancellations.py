"""A batch that is cancelled: what each participant loses and where else he fits, told beforehand and afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.errors import Conflict
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, Path, Person, Position, Trainer, Unit
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import HELD
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.batch_changes import hold_batch_row
from kompetensi.services.enrolment_rows import batch_link, read_reason, tell
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code
from kompetensi.services.meetings import drop_meetings
from kompetensi.services.readiness import full_name
from kompetensi.services.seats import (
    applicants_of,
    batch_terms,
    free_seat,
    load_vocabulary,
    refusals_of,
    write_event,
)
from kompetensi.services.snapshot import load_graph

__all__ = ["Alternative", "Cancellation", "Loss", "cancel_batch", "view_cancellation"]

_RUNNING = (*HELD, "WAITING")


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another batch of the same training."""

    code: str
    first_day: date
    last_day: date
    place: str
    seats_free: int


@dataclass(frozen=True, slots=True)
class Loss:
    """What one person loses with a batch.

    Attributes
    ----------
    status : str
        Of his enrolment: WAITING (then he loses his place in the queue), or one that holds a seat.
    position, position_code, ready_by : str, str, date or None
        What his path leads to, if the seat belongs to one; such a path has to be planned anew.
    fits : tuple of Alternative
        Batches that he could take a seat in today, by first day.
    obstacle : Message or None
        What speaks against the first other batch, when he fits none; None also when there is no other.
    """

    enrolment_id: int
    person_id: int
    nip: str
    name: str
    unit: str
    status: str
    position: str
    position_code: str
    ready_by: date | None
    fits: tuple[Alternative, ...]
    obstacle: Message | None

    @property
    def has_path(self) -> bool:
        """Whether a path has to be planned anew."""
        return bool(self.position)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling a batch would do.

    Attributes
    ----------
    jp : int
        Lesson hours that each participant loses.
    raises : tuple of (str, int)
        Competency and level that each would have reached.
    losses : tuple of Loss
        By the order in which they asked.
    meetings : int
        Meetings that fall away.
    others : tuple of Alternative
        All other batches of the training that are open and have not begun.
    """

    code: str
    name: str
    first_day: date
    last_day: date
    jp: int
    raises: tuple[tuple[str, int], ...]
    losses: tuple[Loss, ...]
    meetings: int
    others: tuple[Alternative, ...]

    @property
    def without_place(self) -> int:
        """How many people fit no other batch."""
        return sum(not loss.fits for loss in self.losses)


def view_cancellation(session: Session, actor: Actor, code: str, *, today: date) -> Cancellation:
    """Say what happens to each participant if a batch is cancelled; nothing is written.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    Conflict
        If it was cancelled already, has ended, or has results.
    """
    batch = batch_by_code(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    require(session, actor, "courses.view_participants", on=today, unit_id=batch.organiser_id)
    _check(session, batch, today)
    return _cancellation(session, batch, today)


def _check(session: Session, batch: Batch, today: date) -> None:
    if batch.status == "CANCELLED":
        raise Conflict(say("Angkatan %(code)s sudah dibatalkan.", code=batch.code))
    finished = session.scalar(select(func.count()).select_from(Enrolment).where(
        Enrolment.batch_id == batch.id, Enrolment.status == "COMPLETED"))
    if finished or today > batch.last_day:
        raise Conflict(say("Angkatan %(code)s sudah selesai atau mempunyai hasil; tidak dapat dibatalkan.",
                           code=batch.code))


def _cancellation(session: Session, batch: Batch, today: date) -> Cancellation:
    graph = load_graph(session, today)
    training = graph.trainings.get(batch.training.code)
    names = {item.code: item.name for item in graph.competencies.values()}
    others = list(session.scalars(
        select(Batch).where(Batch.training_id == batch.training_id, Batch.id != batch.id, Batch.first_day > today,
                            Batch.status == "OPEN")
        .options(joinedload(Batch.training), selectinload(Batch.stages), selectinload(Batch.meetings),
                 selectinload(Batch.quotas)).order_by(Batch.first_day, Batch.code)))
    return Cancellation(
        batch.code, batch.training.name, batch.first_day, batch.last_day, batch.training.jp,
        tuple((names.get(gain.competency, gain.competency), gain.level) for gain in training.raises) if training else (),
        _losses(session, batch, others, today), sum(not meeting.cancelled for meeting in batch.meetings),
        tuple(_alternative(other) for other in others))


def _alternative(batch: Batch) -> Alternative:
    return Alternative(batch.code, batch.first_day, batch.last_day, batch.place, batch.seats - batch.seats_taken)


def _losses(session: Session, batch: Batch, others: Sequence[Batch], today: date) -> tuple[Loss, ...]:
    rows = session.execute(
        select(Enrolment, Person, Unit.name, Position.name, Position.code, Path.ready_by)
        .join(Person, Enrolment.person_id == Person.id).join(Unit, Person.unit_id == Unit.id)
        .outerjoin(Path, (Enrolment.path_id == Path.id) & (Path.status == "ACTIVE"))
        .outerjoin(Position, Path.position_id == Position.id)
        .where(Enrolment.batch_id == batch.id, Enrolment.status.in_(_RUNNING))
        .order_by(Enrolment.requested_at, Enrolment.id)).all()
    applicants = applicants_of(session, [person for _, person, *_ in rows], today)
    terms = [(_alternative(other), batch_terms(session, other)) for other in others]
    words = load_vocabulary(session, today) if terms and rows else None
    found = []
    for enrolment, person, unit, position, position_code, ready_by in rows:
        applicant = applicants[person.id]
        applicant = replace(applicant, given=tuple(
            given for given in applicant.given if given.batch.code != batch.code))
        against = [(other, refusals_of(session, applicant, days, today=today, words=words)) for other, days in terms]
        fits = tuple(other for other, refusals in against if not refusals)
        obstacle = None if fits or not against else say(
            "%(code)s: %(fact)s", code=against[0][0].code, fact=against[0][1][0].fact)
        found.append(Loss(enrolment.id, person.id, person.nip, full_name(person), unit, enrolment.status, position or "",
                          position_code or "", ready_by, fits, obstacle))
    return tuple(found)


def cancel_batch(
    session: Session, actor: Actor, code: str, reason: str, *, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> int:
    """Cancel a batch: every seat is given back, everybody is told why and which other batches he fits.

    Whoever came by a path is also told to plan anew. The batch's meetings fall away and its trainers are told.

    Returns
    -------
    int
        How many people lost their seat or their place in the queue.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    InvalidInput
        If there is no reason, or it is too long.
    Conflict
        If it was cancelled already, has ended, or has results.
    """
    batch = hold_batch_row(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    reason = read_reason(reason)
    _check(session, batch, today)
    losses = _cancellation(session, batch, today).losses
    because = reason if reason[-1] in ".!?" else f"{reason}."
    enrolments = {row.id: row for row in session.scalars(
        select(Enrolment).where(Enrolment.id.in_([loss.enrolment_id for loss in losses])))}
    batch.status, batch.cancelled_reason = "CANCELLED", reason
    session.flush()  # nobody is offered a seat that becomes free now
    for loss in losses:
        enrolment = enrolments[loss.enrolment_id]
        if enrolment.status != "WAITING":
            free_seat(session, batch)
        enrolment.status, enrolment.decided_at, enrolment.reason, enrolment.offered_until = "CANCELLED", now, reason, None
        write_event(session, enrolment, actor, now=now, reason=reason,
                    note=say("Angkatan %(code)s dibatalkan.", code=batch.code))
        tell(session, enrolment, loss.nip, _told(batch, because, loss), now=now, mailer=mailer,
             link=batch_link(loss.fits[0].code) if loss.fits else batch_link(batch.code))
        if loss.has_path:
            notify(session, loss.person_id, say(
                "Jalur Anda menuju %(position)s memakai angkatan %(code)s yang dibatalkan. Susun jalur itu lagi.",
                position=loss.position, code=batch.code), link=f"/jalur/{loss.nip}/{loss.position_code}", now=now,
                mailer=mailer)
    drop_meetings(batch.meetings, now=now)
    trainers = session.scalars(select(Trainer.person_id).where(
        Trainer.id.in_([part.trainer_id for part in batch.trainers]), Trainer.person_id.is_not(None)).order_by(Trainer.id))
    for person_id in trainers:
        notify(session, person_id, say("%(training)s, angkatan %(code)s, yang Anda ajar dibatalkan: %(reason)s",
                                       training=batch.training.name, code=batch.code, reason=because),
               link=batch_link(batch.code), now=now, mailer=mailer)
    record(session, actor, "courses.edit_batch:cancel", "batch", batch.code, now=now,
           detail={"reason": reason, "participants": len(losses)})
    session.flush()
    return len(losses)


def _told(batch: Batch, because: str, loss: Loss) -> Message:
    lost = say("Tempat Anda pada daftar tunggu dihapus.") if loss.status == "WAITING" else say("Kursi Anda dilepas.")
    if not loss.fits:
        return say("%(training)s, angkatan %(code)s, dibatalkan: %(reason)s %(lost)s Belum ada angkatan lain yang cocok "
                   "bagi Anda.", training=batch.training.name, code=batch.code, reason=because, lost=lost)
    return say("%(training)s, angkatan %(code)s, dibatalkan: %(reason)s %(lost)s Angkatan lain yang cocok: %(others)s.",
               training=batch.training.name, code=batch.code, reason=because, lost=lost,
               others=tuple(say("%(code)s mulai %(day)s", code=other.code, day=other.first_day)
                            for other in loss.fits[:3]))
