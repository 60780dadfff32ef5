"""Seats of batches: asked for, endorsed by the superior, given by the centre, moved, given back.

REQUESTED awaits the superior's word and then the centre's; who has no superior awaits the centre's alone. A seat that
becomes free goes to the waiting list at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.errors import Conflict
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, Person
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import HELD, LIVE, Given, Refusal
from kompetensi.services.access import is_allowed, require
from kompetensi.services.audit import record
from kompetensi.services.enrolment_rows import (
    LONGEST_REASON,
    OUTCOME_WORDS,
    STATUS_WORDS,
    EnrolmentRow,
    batch_link,
    enrolment_row,
    grade_of,
    hold_enrolment,
    read_reason,
    tell,
)
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip
from kompetensi.services.seats import (
    applicant_of,
    batch_days,
    batch_terms,
    free_seat,
    hold_batches,
    refusals_of,
    take_seat,
    write_event,
)
from kompetensi.services.snapshot import load_graph
from kompetensi.services.superiors import Superior, ask_superior
from kompetensi.services.waiting_list import serve_waiting_first, settle_waiting_list

__all__ = ["HELD", "LIVE", "OUTCOME_WORDS", "STATUS_WORDS", "EnrolmentRow", "MoveTarget", "applicant_of", "approve_requests",
           "batch_days", "batch_link", "cancel_enrolment", "decide_enrolment", "endorse_enrolment", "enrol", "enrolment_row",
           "grade_of", "list_move_targets", "move_enrolment", "refusals_of", "request_own_seat", "request_seats",
           "view_enrolment"]


@dataclass(frozen=True, slots=True)
class MoveTarget:
    """A batch of the same training that an enrolment could move to; `refusals` empty = it can."""

    code: str
    first_day: date
    last_day: date
    place: str
    seats_free: int
    refusals: tuple[Refusal, ...]


# --- asking --------------------------------------------------------------------------------------------------------------


def request_seats(
    session: Session, actor: Actor, nip: str, batch_codes: Sequence[str], *, path_id: int | None = None, today: date,
    now: datetime, mailer: Mailer | None = None,
) -> tuple[EnrolmentRow, ...]:
    """Ask for a seat in each of some batches; the seats are taken at once and wait for the superior's and the centre's word.

    Either all seats are taken or none. The batches may build on each other: one that ends before another begins
    counts towards its entry condition.

    Returns
    -------
    tuple of EnrolmentRow
        Status REQUESTED, by first day and code.

    Raises
    ------
    NotFound, InvalidInput
        If NIP or a code names nothing.
    NotAllowed
        If the actor is neither the person nor HR of the person's unit.
    Conflict
        If a batch is full, closed or begun, or the person does not fit it; nothing is kept.
    """
    person = _locked_person(session, nip)
    require(session, actor, "courses.request_seat", on=today, person=person)
    batches = sorted((batch_by_code(session, code) for code in dict.fromkeys(batch_codes)),
                     key=lambda batch: (batch.first_day, batch.code))
    serve_waiting_first(session, batches, today=today, now=now, mailer=mailer)
    source = "PATH" if path_id is not None else "OWN" if actor.person_id == person.id else "HR"
    rows = _seat(session, person, batches, "REQUESTED", source=source, path_id=path_id, by_centre=False, today=today, now=now)
    for row, batch in zip(rows, batches, strict=True):
        superior = ask_superior(session, row, person, batch, today=today, now=now, mailer=mailer)
        write_event(session, row, actor, now=now, note=_awaited(superior))
        record(session, actor, "courses.request_seat", "enrolment", row.id, now=now, person_id=person.id,
               detail={"batch": batch.code})
        if actor.person_id != person.id:
            notify(session, person.id, say("Kursi pada angkatan %(code)s diminta untuk Anda.", code=batch.code),
                   link=batch_link(batch.code), now=now)
    session.flush()
    return tuple(enrolment_row(session, enrolment, person, batch, today)
                 for enrolment, batch in zip(rows, batches, strict=True))


def _awaited(superior: Superior | None) -> Message:
    """Say whose word a request awaits first."""
    if superior is None:
        return say("Tidak ada atasan di atas jabatan ini; permintaan langsung menunggu penyelenggara.")
    said = say("Menunggu kata %(name)s, pelaksana tugas %(position)s.", name=superior.name, position=superior.position) \
        if superior.is_acting else \
        say("Menunggu kata %(name)s, %(position)s.", name=superior.name, position=superior.position)
    if superior.passed:
        return say("%(said)s Di antaranya tidak ada pejabat: %(passed)s.", said=said, passed=superior.passed)
    return said


def request_own_seat(
    session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime, mailer: Mailer | None = None
) -> EnrolmentRow:
    """Ask for a seat for the actor himself; see `request_seats`.

    Raises
    ------
    Conflict
        Also if the actor's account belongs to nobody of the register.
    """
    if actor.person_id is None:
        raise Conflict(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak dapat meminta kursi."))
    nip = session.get_one(Person, actor.person_id).nip
    return request_seats(session, actor, nip, [batch_code], today=today, now=now, mailer=mailer)[0]


def enrol(
    session: Session, actor: Actor, nip: str, batch_code: str, *, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> EnrolmentRow:
    """Give a person a seat, approved at once; a request of his that waits is approved, a place on the waiting list used.

    Raises
    ------
    NotFound, InvalidInput
        If NIP or code names nothing.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    Conflict
        If the batch is full, closed or begun, or the person does not fit it.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.enrol", on=today, unit_id=batch.organiser_id)
    person = _locked_person(session, nip)
    standing = session.scalars(select(Enrolment).where(
        Enrolment.person_id == person.id, Enrolment.batch_id == batch.id,
        Enrolment.status.in_(("WAITING", "OFFERED", "REQUESTED", "ENDORSED")))).first()
    if standing is not None and standing.status in ("REQUESTED", "ENDORSED"):
        awaits = standing.status == "REQUESTED" and standing.superior_id is not None
        return decide_enrolment(session, actor, standing.id, approve=True, today=today, now=now, mailer=mailer,
                                reason=str(say("Didaftarkan langsung oleh penyelenggara.")) if awaits else "")
    if standing is not None and standing.status == "OFFERED":
        enrolment = standing
        enrolment.status, enrolment.offered_until = "APPROVED", None
    else:
        (enrolment,) = _seat(session, person, [batch], "APPROVED", source="CENTRE", path_id=None, by_centre=True,
                             today=today, now=now, standing=standing)
    enrolment.decided_at = now
    write_event(session, enrolment, actor, now=now, note=say("Didaftarkan langsung oleh penyelenggara."))
    record(session, actor, "courses.enrol", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code})
    tell(session, enrolment, person.nip, say(
        "Anda didaftarkan pada %(training)s, angkatan %(code)s, mulai %(day)s.", training=batch.training.name,
        code=batch.code, day=batch.first_day), now=now, mailer=mailer, link=batch_link(batch.code))
    session.flush()
    return enrolment_row(session, enrolment, person, batch, today)


def _locked_person(session: Session, nip: str) -> Person:
    """Return a person, his row held so that two requests of his are checked one after the other."""
    person = person_by_nip(session, nip)
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    return person


def _seat(
    session: Session, person: Person, batches: Sequence[Batch], status: str, *, source: str, path_id: int | None,
    by_centre: bool, today: date, now: datetime, standing: Enrolment | None = None,
) -> list[Enrolment]:
    """Take a seat in each batch (in order of first day), or raise Conflict and take none.

    Parameters
    ----------
    standing : Enrolment, optional
        The place on the waiting list of the only batch, which becomes the seat.
    """
    # Who has finished early holds his seat still, though the days of the batch no longer bind him.
    held = session.execute(select(Batch.code, Enrolment.status).join(Enrolment, Enrolment.batch_id == Batch.id).where(
        Enrolment.person_id == person.id,
        Enrolment.status.in_(("COMPLETED",) if standing is not None else ("COMPLETED", "WAITING")),
        Batch.id.in_([batch.id for batch in batches])).order_by(Batch.code)).first()
    if held is not None:
        raise Conflict(say("Sudah menunggu kursi angkatan %(code)s.", code=held.code) if held.status == "WAITING" else
                       say("Sudah terdaftar pada angkatan %(code)s.", code=held.code), where="BATCH")
    applicant, trainings = applicant_of(session, person, today), load_graph(session, today).trainings
    for batch in batches:
        terms = batch_terms(session, batch)
        found = refusals_of(session, applicant, terms, today=today, by_centre=by_centre)
        if found:
            raise Conflict(_why(found), where="BATCH")
        applicant = replace(applicant, given=(*applicant.given, Given(terms, trainings.get(terms.training))))
    # One order for all, so that nobody waits in a ring. What was taken is given back when a later one is gone.
    taken: list[Batch] = []
    for batch in sorted(batches, key=lambda batch: batch.id):
        gone = take_seat(session, batch, person, on=today)
        if gone is not None:
            for earlier in taken:
                free_seat(session, earlier)
            raise Conflict(gone, where="BATCH")
        taken.append(batch)
    if standing is not None:
        standing.status = status
        return [standing]
    rows = [Enrolment(person_id=person.id, batch_id=batch.id, path_id=path_id, status=status, source=source, requested_at=now)
            for batch in batches]
    session.add_all(rows)
    session.flush()
    return rows


def _why(found: Iterable[Refusal]) -> Message:
    sentences = [say("%(fact)s %(remedy)s", fact=refusal.fact, remedy=refusal.remedy) for refusal in found]
    message = sentences[0]
    for sentence in sentences[1:]:
        message = say("%(first)s %(second)s", first=message, second=sentence)
    return message


# --- deciding ------------------------------------------------------------------------------------------------------------


def view_enrolment(
    session: Session, actor: Actor, enrolment_id: int, *, deciding: bool, today: date
) -> EnrolmentRow:
    """Return an enrolment to who is about to decide it, or with ``deciding=False`` to who may give it back.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor may not do that.
    """
    enrolment, person, batch = hold_enrolment(session, enrolment_id)
    if deciding:
        require(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    else:
        require(session, actor, "courses.request_seat", on=today, person=person)
    return enrolment_row(session, enrolment, person, batch, today)


def endorse_enrolment(
    session: Session, actor: Actor, enrolment_id: int, *, endorse: bool, reason: str = "", today: date, now: datetime,
    mailer: Mailer | None = None,
) -> EnrolmentRow:
    """Give a superior's word on a request: endorsed it goes to the centre, refused the seat is given back.

    Any superior of the person on the day may give it, whoever was asked.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is no superior of the person.
    InvalidInput
        If a refusal has no reason, or a reason is too long.
    Conflict
        If the request awaits no superior's word any more, or the batch has begun or was cancelled.
    """
    enrolment, person, batch = hold_enrolment(session, enrolment_id)
    require(session, actor, "courses.endorse_enrolment", on=today, person=person)
    if enrolment.status != "REQUESTED":
        raise Conflict(say("Permintaan %(name)s tidak lagi menunggu kata atasan: %(status)s.", name=person.name,
                           status=STATUS_WORDS[enrolment.status]))
    if endorse and (today > batch.last_day or batch.status == "CANCELLED"):
        raise Conflict(say("Angkatan %(code)s sudah selesai atau dibatalkan; permintaannya hanya dapat ditolak.",
                           code=batch.code))
    reason = read_reason(reason) if reason.strip() or not endorse else ""
    if actor.person_id is not None:
        enrolment.superior_id = actor.person_id
    enrolment.status = "ENDORSED" if endorse else "REFUSED"
    if endorse:
        enrolment.endorsed_at = now
        told = say("%(name)s mendukung permintaan Anda pada %(training)s, angkatan %(code)s. Kini menunggu penyelenggara.",
                   name=actor.label, training=batch.training.name, code=batch.code)
    else:
        enrolment.reason, enrolment.decided_at = reason, now
        free_seat(session, batch)
        told = say("Permintaan Anda pada %(training)s, angkatan %(code)s, tidak didukung atasan: %(reason)s",
                   training=batch.training.name, code=batch.code, reason=reason)
    write_event(session, enrolment, actor, now=now, reason=reason)
    record(session, actor, "courses.endorse_enrolment", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code, "status": enrolment.status, "reason": reason})
    tell(session, enrolment, person.nip, told, now=now, mailer=mailer)
    session.flush()
    if not endorse:
        settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    return enrolment_row(session, enrolment, person, batch, today)


def decide_enrolment(
    session: Session, actor: Actor, enrolment_id: int, *, approve: bool, reason: str = "", today: date, now: datetime,
    mailer: Mailer | None = None,
) -> EnrolmentRow:
    """Approve a request, or refuse it and give the seat back.

    A request that still awaits the superior's word is approved only with a reason, which stays in its history. A seat
    already approved can be taken back, with a reason, until the batch begins.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    InvalidInput
        If a refusal has no reason.
    Conflict
        If it was decided already, awaits the superior's word and no reason is given, or the batch has ended or was
        cancelled.
    """
    enrolment, person, batch = hold_enrolment(session, enrolment_id)
    require(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    decidable = ("REQUESTED", "ENDORSED") if approve or today >= batch.first_day else HELD
    if enrolment.status not in decidable:
        raise Conflict(say("Pendaftaran %(name)s sudah diputuskan: %(status)s.", name=person.name,
                           status=STATUS_WORDS[enrolment.status]))
    if approve and (today > batch.last_day or batch.status == "CANCELLED"):
        raise Conflict(say("Angkatan %(code)s sudah selesai atau dibatalkan; permintaannya hanya dapat ditolak.",
                           code=batch.code))
    bypasses = approve and enrolment.status == "REQUESTED" and enrolment.superior_id is not None
    if bypasses and not reason.strip():
        raise Conflict(say("Permintaan %(name)s menunggu kata atasannya, %(superior)s. Untuk menyetujui tanpa itu, tulis "
                           "alasannya.", name=person.name,
                           superior=session.get_one(Person, enrolment.superior_id).name), where="reason")
    reason = read_reason(reason) if bypasses or not approve else ""
    enrolment.status, enrolment.decided_at = ("APPROVED" if approve else "REFUSED"), now
    if approve:
        told = say("Kursi Anda pada %(training)s, angkatan %(code)s, disetujui. Mulai %(day)s.",
                   training=batch.training.name, code=batch.code, day=batch.first_day)
    else:
        enrolment.reason, enrolment.offered_until = reason, None
        free_seat(session, batch)
        told = say("Kursi Anda pada %(training)s, angkatan %(code)s, tidak disetujui: %(reason)s",
                   training=batch.training.name, code=batch.code, reason=enrolment.reason)
    write_event(session, enrolment, actor, now=now, reason=reason,
                note=say("Disetujui tanpa menunggu kata atasan.") if bypasses else None)
    record(session, actor, "courses.decide_enrolment", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code, "status": enrolment.status, "reason": reason})
    tell(session, enrolment, person.nip, told, now=now, mailer=mailer, link=batch_link(batch.code))
    if enrolment.superior_id is not None and enrolment.superior_id != actor.person_id:
        _tell_superior(session, enrolment, person, batch, bypassed=bypasses, now=now)
    session.flush()
    if not approve:
        settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    return enrolment_row(session, enrolment, person, batch, today)


def _tell_superior(
    session: Session, enrolment: Enrolment, person: Person, batch: Batch, *, bypassed: bool, now: datetime
) -> None:
    assert enrolment.superior_id is not None
    told = say("Penyelenggara menyetujui kursi %(name)s pada angkatan %(code)s tanpa menunggu kata Anda; alasannya ada pada "
               "riwayatnya.", name=person.name, code=batch.code) if bypassed else \
        say("Kursi %(name)s pada angkatan %(code)s: %(status)s.", name=person.name, code=batch.code,
            status=STATUS_WORDS[enrolment.status])
    notify(session, enrolment.superior_id, told, link=f"/pendaftaran/{enrolment.id}", now=now)


def approve_requests(
    session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime, mailer: Mailer | None = None
) -> int:
    """Approve all requests of a batch that await nobody else's word; return how many there were."""
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    waiting = list(session.scalars(select(Enrolment.id).where(
        Enrolment.batch_id == batch.id,
        or_(Enrolment.status == "ENDORSED", (Enrolment.status == "REQUESTED") & Enrolment.superior_id.is_(None)))
        .order_by(Enrolment.id)))
    for enrolment_id in waiting:
        decide_enrolment(session, actor, enrolment_id, approve=True, today=today, now=now, mailer=mailer)
    return len(waiting)


def cancel_enrolment(
    session: Session, actor: Actor, enrolment_id: int, *, reason: str = "", today: date, now: datetime,
    mailer: Mailer | None = None,
) -> EnrolmentRow:
    """Give a seat, or a place on the waiting list, back before the batch begins.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is neither the person nor HR of the person's unit.
    Conflict
        If the batch has begun, or the seat is not his any more.
    """
    enrolment, person, batch = hold_enrolment(session, enrolment_id)
    require(session, actor, "courses.request_seat", on=today, person=person)
    if enrolment.status not in ("WAITING", *HELD):
        raise Conflict(say("Pendaftaran ini sudah tidak berjalan; tidak ada kursi yang dilepas."))
    if today >= batch.first_day:
        raise Conflict(say("Angkatan %(code)s sudah mulai %(day)s. Hubungi penyelenggara bila berhalangan.",
                           code=batch.code, day=batch.first_day))
    had_seat = enrolment.status in HELD
    enrolment.status, enrolment.decided_at, enrolment.offered_until = "CANCELLED", now, None
    enrolment.reason = reason.strip()[:LONGEST_REASON]
    if had_seat:
        free_seat(session, batch)
    write_event(session, enrolment, actor, now=now, reason=enrolment.reason)
    record(session, actor, "courses.request_seat:cancel", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code, "reason": enrolment.reason})
    told = None if actor.person_id == person.id else say(
        "Pendaftaran Anda pada angkatan %(code)s dibatalkan.", code=batch.code)
    tell(session, enrolment, person.nip, told, now=now, link=batch_link(batch.code))
    session.flush()
    if had_seat:
        settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    return enrolment_row(session, enrolment, person, batch, today)


# --- moving --------------------------------------------------------------------------------------------------------------


def list_move_targets(session: Session, actor: Actor, enrolment_id: int, *, today: date) -> tuple[MoveTarget, ...]:
    """Return the other batches of the training that have not begun, by first day, with what speaks against each.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is neither the person, HR of his unit, nor the batch's organiser.
    """
    _, person, batch = hold_enrolment(session, enrolment_id)
    by_centre = _may_move(session, actor, person, batch, today)
    applicant = applicant_of(session, person, today)
    applicant = replace(applicant, given=tuple(given for given in applicant.given if given.batch.code != batch.code))
    others = session.scalars(
        select(Batch).where(Batch.training_id == batch.training_id, Batch.id != batch.id, Batch.first_day > today,
                            Batch.status == "OPEN")
        .options(joinedload(Batch.training), selectinload(Batch.stages)).order_by(Batch.first_day, Batch.code))
    return tuple(MoveTarget(
        other.code, other.first_day, other.last_day, other.place, other.seats - other.seats_taken,
        refusals_of(session, applicant, batch_terms(session, other), today=today, by_centre=by_centre)) for other in others)


def move_enrolment(
    session: Session, actor: Actor, enrolment_id: int, batch_code: str, *, reason: str = "", today: date, now: datetime,
    mailer: Mailer | None = None,
) -> EnrolmentRow:
    """Move a seat to another batch of the same training, where every rule is checked anew.

    The centre moves at any time before the batch begins, and the seat keeps its status. The person moves while both
    batches take registrations; an approved seat then awaits the centre's word again, the superior's word stays.

    Returns
    -------
    EnrolmentRow
        The new seat; the old one is cancelled and says where it went.

    Raises
    ------
    NotFound, InvalidInput
        If the enrolment or the batch does not exist, or a reason is too long.
    NotAllowed
        If the actor is neither the person, HR of his unit, nor the organiser of the batch and of the other one.
    Conflict
        If the batches are of two trainings, one has begun, the seat does not run any more, or a rule is against it;
        both seats stay as they were.
    """
    enrolment, person, batch = hold_enrolment(session, enrolment_id)
    by_centre = _may_move(session, actor, person, batch, today)
    target = batch_by_code(session, batch_code)
    if by_centre:
        require(session, actor, "courses.decide_enrolment", on=today, unit_id=target.organiser_id)
    reason = read_reason(reason) if reason.strip() else ""
    _check_move(enrolment, batch, target, by_centre=by_centre, today=today)
    applicant = applicant_of(session, person, today)
    applicant = replace(applicant, given=tuple(given for given in applicant.given if given.batch.code != batch.code))
    found = refusals_of(session, applicant, batch_terms(session, target), today=today, by_centre=by_centre)
    if found:
        raise Conflict(_why(found), where="BATCH")
    hold_batches(session, [batch, target])
    gone = take_seat(session, target, person, on=today)
    if gone is not None:
        raise Conflict(gone, where="BATCH")
    free_seat(session, batch)
    status = enrolment.status
    if not by_centre and status == "APPROVED":
        status = "ENDORSED" if enrolment.endorsed_at is not None else "REQUESTED"
    moved = Enrolment(
        person_id=person.id, batch_id=target.id, path_id=enrolment.path_id, status=status, source=enrolment.source,
        requested_at=enrolment.requested_at, superior_id=enrolment.superior_id if status != "REQUESTED" or
        enrolment.status == "REQUESTED" else None, endorsed_at=enrolment.endorsed_at,
        decided_at=now if status == "APPROVED" else None, moved_from_id=enrolment.id)
    enrolment.status, enrolment.decided_at, enrolment.reason = "CANCELLED", now, reason
    session.add(moved)
    session.flush()
    write_event(session, enrolment, actor, now=now, reason=reason, note=say(
        "Pindah ke angkatan %(code)s.", code=target.code))
    write_event(session, moved, actor, now=now, reason=reason, note=say(
        "Pindah dari angkatan %(code)s.", code=batch.code))
    record(session, actor, "courses.move_enrolment", "enrolment", moved.id, now=now, person_id=person.id,
           detail={"from": batch.code, "to": target.code, "reason": reason})
    told = None if actor.person_id == person.id else say(
        "Kursi Anda pindah dari angkatan %(old)s ke %(new)s, mulai %(day)s.", old=batch.code, new=target.code,
        day=target.first_day)
    tell(session, moved, person.nip, told, now=now, mailer=mailer)
    if moved.superior_id is not None and moved.superior_id != actor.person_id:
        notify(session, moved.superior_id, say(
            "Kursi %(name)s pindah dari angkatan %(old)s ke %(new)s, mulai %(day)s.", name=person.name, old=batch.code,
            new=target.code, day=target.first_day), link=f"/pendaftaran/{moved.id}", now=now)
    session.flush()
    settle_waiting_list(session, batch, today=today, now=now, mailer=mailer)
    return enrolment_row(session, moved, person, target, today)


def _may_move(session: Session, actor: Actor, person: Person, batch: Batch, today: date) -> bool:
    """Return whether the actor moves as the organiser; raise NotAllowed for who may not move at all."""
    if is_allowed(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id) and \
            actor.person_id != person.id:
        return True
    require(session, actor, "courses.move_enrolment", on=today, person=person)
    return False


def _check_move(enrolment: Enrolment, batch: Batch, target: Batch, *, by_centre: bool, today: date) -> None:
    if enrolment.status not in ("REQUESTED", "ENDORSED", "APPROVED"):
        raise Conflict(say("Hanya kursi yang diminta atau disetujui dapat dipindahkan; ini %(status)s.",
                           status=STATUS_WORDS[enrolment.status]))
    if target.training_id != batch.training_id:
        raise Conflict(say("Angkatan %(new)s bukan dari pelatihan yang sama dengan %(old)s.", new=target.code,
                           old=batch.code), where="BATCH")
    if target.id == batch.id:
        raise Conflict(say("Kursi ini sudah pada angkatan %(code)s.", code=batch.code), where="BATCH")
    if today >= batch.first_day:
        raise Conflict(say("Angkatan %(code)s sudah mulai %(day)s; kursinya tidak dapat dipindahkan lagi.",
                           code=batch.code, day=batch.first_day))
    if not by_centre and batch.registration_until is not None and today > batch.registration_until:
        raise Conflict(say("Pendaftaran angkatan %(code)s ditutup %(day)s; minta penyelenggara memindahkan.",
                           code=batch.code, day=batch.registration_until))
