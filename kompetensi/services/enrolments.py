"""Seats of batches: asked for, given, given back. A seat is taken by one conditional UPDATE, so that none is sold twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.graph.evidence import profile_on
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, Grade, Person, Rank
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import Applicant, BatchDays, Given, Refusal, StageDays, refusals
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.certificates import without_certificate
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip
from kompetensi.services.policies import GradeStep, grade_scale
from kompetensi.services.snapshot import load_evidence, load_graph, load_holdings
from kompetensi.services.unit_of_work import after_commit
from kompetensi.signals import enrolment_decided

__all__ = ["LIVE", "OUTCOME_WORDS", "STATUS_WORDS", "EnrolmentRow", "applicant_of", "approve_requests", "batch_days",
           "batch_link", "cancel_enrolment", "decide_enrolment", "enrol", "enrolment_row", "grade_of", "refusals_of",
           "request_own_seat", "request_seats", "view_enrolment"]


# Statuses in which an enrolment holds a seat.
LIVE = ("REQUESTED", "APPROVED", "COMPLETED")
STATUS_WORDS: Mapping[str, Message] = {
    "REQUESTED": say("menunggu persetujuan"), "APPROVED": say("disetujui"), "REFUSED": say("tidak disetujui"),
    "CANCELLED": say("dibatalkan"), "COMPLETED": say("selesai")}
OUTCOME_WORDS: Mapping[str, Message] = {
    "PASSED": say("lulus"), "FAILED": say("belum lulus"), "ABSENT": say("tidak hadir")}
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """A person's seat in a batch.

    Attributes
    ----------
    id : int
    nip, name : str
    batch : str
        Code of the batch.
    status : str
        REQUESTED, APPROVED, REFUSED, CANCELLED or COMPLETED.
    outcome : str or None
        PASSED, FAILED or ABSENT once it is known.
    score_hundredths : int or None
        Final score times 100, 0..10000.
    grade : str
        The score in words by the scale of the day of the result; empty without a score.
    result_on : date or None
    seats_free : int
        Seats left in the batch afterwards.
    early : bool
        Whether the result came before the batch's last day.
    """

    id: int
    nip: str
    name: str
    batch: str
    status: str
    outcome: str | None
    score_hundredths: int | None
    grade: str
    result_on: date | None
    seats_free: int
    early: bool = False


def batch_link(code: str) -> str:
    """Return the address of a batch's page, without the application's prefix."""
    return f"/angkatan/{code}"


def batch_days(batch: Batch) -> BatchDays:
    """Return a batch as the rules see it; its training and stages should be loaded."""
    return BatchDays(
        batch.code, batch.training.code, batch.training.name, batch.status, batch.first_day, batch.last_day,
        batch.registration_until, batch.seats - batch.seats_taken,
        tuple(StageDays(stage.mode, stage.first_day, stage.last_day) for stage in batch.stages))


def applicant_of(session: Session, person: Person, today: date) -> Applicant:
    """Return what counts of a person for a seat today.

    His other seats are those asked for or approved, and trainings passed whose certificate is not written yet.
    """
    trainings = load_graph(session, today).trainings
    uncertified = and_(Enrolment.outcome == "PASSED", without_certificate())
    batches = session.scalars(
        select(Batch).join(Enrolment, Enrolment.batch_id == Batch.id)
        .where(Enrolment.person_id == person.id,
               or_(Enrolment.status.in_(("REQUESTED", "APPROVED")), uncertified))
        .options(selectinload(Batch.training), selectinload(Batch.stages)).order_by(Batch.first_day, Batch.id))
    given = tuple(Given(batch_days(batch), trainings.get(batch.training.code)) for batch in batches)
    grade = session.execute(
        select(Grade.rank_order, Grade.code).join(Rank, Rank.grade_code == Grade.code)
        .where(Rank.person_id == person.id, Rank.effective_from <= today)
        .order_by(Rank.effective_from.desc(), Rank.id.desc()).limit(1)).first()
    profile = profile_on(load_evidence(session, [person.id])[person.id], today)
    return Applicant(
        profile.known("expected"),
        frozenset(load_holdings(session, [person.id], today)[person.id]),
        grade.rank_order if grade else None, grade.code if grade else "", given)


def refusals_of(
    session: Session, applicant: Applicant, batch: BatchDays, *, today: date, by_centre: bool = False
) -> tuple[Refusal, ...]:
    """Return what speaks against a seat in a batch today; empty = the person may take it."""
    graph = load_graph(session, today)
    names = {code: item.name for code, item in (*graph.competencies.items(), *graph.trainings.items())}
    return refusals(applicant, batch, graph.trainings[batch.training], on=today, names=names, by_centre=by_centre)


def request_seats(
    session: Session, actor: Actor, nip: str, batch_codes: Sequence[str], *, path_id: int | None = None, today: date,
    now: datetime,
) -> tuple[EnrolmentRow, ...]:
    """Ask for a seat in each of some batches; the seats are taken at once and wait for the organiser's word.

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
    rows = _seat(session, person, batches, "REQUESTED", path_id=path_id, by_centre=False, today=today, now=now)
    for row, batch in zip(rows, batches, strict=True):
        record(session, actor, "courses.request_seat", "enrolment", row.id, now=now, person_id=person.id,
               detail={"batch": batch.code})
        if actor.person_id != person.id:
            notify(session, person.id, say("Kursi pada angkatan %(code)s diminta untuk Anda.", code=batch.code),
                   link=batch_link(batch.code), now=now)
    session.flush()
    return tuple(enrolment_row(session, enrolment, person, batch, today)
                 for enrolment, batch in zip(rows, batches, strict=True))


def request_own_seat(session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime) -> EnrolmentRow:
    """Ask for a seat for the actor himself; see `request_seats`.

    Raises
    ------
    Conflict
        Also if the actor's account belongs to nobody of the register.
    """
    if actor.person_id is None:
        raise Conflict(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak dapat meminta kursi."))
    nip = session.get_one(Person, actor.person_id).nip
    return request_seats(session, actor, nip, [batch_code], today=today, now=now)[0]


def enrol(
    session: Session, actor: Actor, nip: str, batch_code: str, *, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> EnrolmentRow:
    """Give a person a seat, approved at once; a request of his that waits is approved.

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
    waiting = session.scalars(select(Enrolment).where(
        Enrolment.person_id == person.id, Enrolment.batch_id == batch.id, Enrolment.status == "REQUESTED")).first()
    if waiting is not None:
        return decide_enrolment(session, actor, waiting.id, approve=True, today=today, now=now, mailer=mailer)
    (enrolment,) = _seat(session, person, [batch], "APPROVED", path_id=None, by_centre=True, today=today, now=now)
    enrolment.decided_at = now
    record(session, actor, "courses.enrol", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code})
    _tell(session, enrolment, person.nip, say(
        "Anda didaftarkan pada %(training)s, angkatan %(code)s, mulai %(day)s.", training=batch.training.name,
        code=batch.code, day=batch.first_day), batch, now, mailer)
    session.flush()
    return enrolment_row(session, enrolment, person, batch, today)


def _locked_person(session: Session, nip: str) -> Person:
    """Return a person, his row held so that two requests of his are checked one after the other."""
    person = person_by_nip(session, nip)
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    return person


def _seat(
    session: Session, person: Person, batches: Sequence[Batch], status: str, *, path_id: int | None,
    by_centre: bool, today: date, now: datetime,
) -> list[Enrolment]:
    """Take a seat in each batch (in order of first day), or raise Conflict and take none."""
    # Who has finished early holds his seat still, though the days of the batch no longer bind him.
    held = session.scalars(select(Batch.code).join(Enrolment, Enrolment.batch_id == Batch.id).where(
        Enrolment.person_id == person.id, Enrolment.status == "COMPLETED",
        Batch.id.in_([batch.id for batch in batches])).order_by(Batch.code)).first()
    if held is not None:
        raise Conflict(say("Sudah terdaftar pada angkatan %(code)s.", code=held), where="BATCH")
    applicant, trainings = applicant_of(session, person, today), load_graph(session, today).trainings
    for batch in batches:
        days = batch_days(batch)
        found = refusals_of(session, applicant, days, today=today, by_centre=by_centre)
        if found:
            raise Conflict(_why(found), where="BATCH")
        applicant = Applicant(
            applicant.levels, applicant.completed, applicant.golongan, applicant.golongan_code,
            (*applicant.given, Given(days, trainings.get(days.training))))
    # One order for all, so that nobody waits in a ring. What was taken is given back when a later one is gone.
    taken: list[Batch] = []
    for batch in sorted(batches, key=lambda batch: batch.id):
        if not _take_seat(session, batch):
            for earlier in taken:
                _free_seat(session, earlier)
            raise Conflict(say("Kursi terakhir angkatan %(code)s baru saja diambil orang lain, atau pendaftarannya "
                               "baru saja ditutup. Pilih angkatan lain.", code=batch.code), where="BATCH")
        taken.append(batch)
    rows = [Enrolment(person_id=person.id, batch_id=batch.id, path_id=path_id, status=status, requested_at=now)
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


def _take_seat(session: Session, batch: Batch) -> bool:
    """Take one seat if the batch is open and has one left; tell whether it was taken."""
    taken = session.execute(
        update(Batch).where(Batch.id == batch.id, Batch.seats_taken < Batch.seats, Batch.status == "OPEN")
        .values(seats_taken=Batch.seats_taken + 1).returning(Batch.seats_taken)
        .execution_options(synchronize_session=False)).scalar_one_or_none()
    if taken is None:
        return False
    set_committed_value(batch, "seats_taken", taken)
    return True


def _free_seat(session: Session, batch: Batch) -> None:
    taken = session.execute(
        update(Batch).where(Batch.id == batch.id, Batch.seats_taken > 0).values(seats_taken=Batch.seats_taken - 1)
        .returning(Batch.seats_taken).execution_options(synchronize_session=False)).scalar_one_or_none()
    if taken is not None:
        set_committed_value(batch, "seats_taken", taken)


def _enrolment(session: Session, enrolment_id: int) -> tuple[Enrolment, Person, Batch]:
    """Return an enrolment, held until the transaction ends, so that it is decided once."""
    enrolment = session.scalars(
        select(Enrolment).where(Enrolment.id == enrolment_id).with_for_update()
        .execution_options(populate_existing=True)).one_or_none()
    if enrolment is None:
        raise NotFound(say("Tidak ada pendaftaran nomor %(id)s.", id=enrolment_id), where="ENROLMENT")
    return enrolment, session.get_one(Person, enrolment.person_id), session.get_one(Batch, enrolment.batch_id)


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
    enrolment, person, batch = _enrolment(session, enrolment_id)
    if deciding:
        require(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    else:
        require(session, actor, "courses.request_seat", on=today, person=person)
    return enrolment_row(session, enrolment, person, batch, today)


def decide_enrolment(
    session: Session, actor: Actor, enrolment_id: int, *, approve: bool, reason: str = "", today: date, now: datetime,
    mailer: Mailer | None = None,
) -> EnrolmentRow:
    """Approve a request, or refuse it and give the seat back.

    A seat already approved can be taken back, with a reason, until the batch begins.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    InvalidInput
        If a refusal has no reason.
    Conflict
        If it was decided already, or the batch has ended or was cancelled.
    """
    enrolment, person, batch = _enrolment(session, enrolment_id)
    require(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    decidable = ("REQUESTED",) if approve or today >= batch.first_day else ("REQUESTED", "APPROVED")
    if enrolment.status not in decidable:
        raise Conflict(say("Pendaftaran %(name)s sudah diputuskan: %(status)s.", name=person.name,
                           status=STATUS_WORDS[enrolment.status]))
    if approve and (today > batch.last_day or batch.status == "CANCELLED"):
        raise Conflict(say("Angkatan %(code)s sudah selesai atau dibatalkan; permintaannya hanya dapat ditolak.",
                           code=batch.code))
    reason = "" if approve else _reason(reason)
    enrolment.status, enrolment.decided_at = ("APPROVED" if approve else "REFUSED"), now
    if approve:
        told = say("Kursi Anda pada %(training)s, angkatan %(code)s, disetujui. Mulai %(day)s.",
                   training=batch.training.name, code=batch.code, day=batch.first_day)
    else:
        enrolment.reason = reason
        _free_seat(session, batch)
        told = say("Kursi Anda pada %(training)s, angkatan %(code)s, tidak disetujui: %(reason)s",
                   training=batch.training.name, code=batch.code, reason=enrolment.reason)
    record(session, actor, "courses.decide_enrolment", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code, "status": enrolment.status, "reason": enrolment.reason})
    _tell(session, enrolment, person.nip, told, batch, now, mailer)
    session.flush()
    return enrolment_row(session, enrolment, person, batch, today)


def approve_requests(
    session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime, mailer: Mailer | None = None
) -> int:
    """Approve all requests that wait for a batch; return how many there were."""
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.decide_enrolment", on=today, unit_id=batch.organiser_id)
    waiting = list(session.scalars(select(Enrolment.id).where(
        Enrolment.batch_id == batch.id, Enrolment.status == "REQUESTED").order_by(Enrolment.id)))
    for enrolment_id in waiting:
        decide_enrolment(session, actor, enrolment_id, approve=True, today=today, now=now, mailer=mailer)
    return len(waiting)


def cancel_enrolment(
    session: Session, actor: Actor, enrolment_id: int, *, reason: str = "", today: date, now: datetime
) -> EnrolmentRow:
    """Give a seat back before the batch begins.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is neither the person nor HR of the person's unit.
    Conflict
        If the batch has begun, or the seat is not his any more.
    """
    enrolment, person, batch = _enrolment(session, enrolment_id)
    require(session, actor, "courses.request_seat", on=today, person=person)
    if enrolment.status not in ("REQUESTED", "APPROVED"):
        raise Conflict(say("Pendaftaran ini sudah tidak berjalan; tidak ada kursi yang dilepas."))
    if today >= batch.first_day:
        raise Conflict(say("Angkatan %(code)s sudah mulai %(day)s. Hubungi penyelenggara bila berhalangan.",
                           code=batch.code, day=batch.first_day))
    enrolment.status, enrolment.decided_at = "CANCELLED", now
    enrolment.reason = reason.strip()[:_LONGEST_REASON]
    _free_seat(session, batch)
    record(session, actor, "courses.request_seat:cancel", "enrolment", enrolment.id, now=now, person_id=person.id,
           detail={"batch": batch.code, "reason": enrolment.reason})
    told = None if actor.person_id == person.id else say(
        "Pendaftaran Anda pada angkatan %(code)s dibatalkan.", code=batch.code)
    _tell(session, enrolment, person.nip, told, batch, now, None)
    session.flush()
    return enrolment_row(session, enrolment, person, batch, today)


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(say("Tulis alasannya; peserta membacanya."), where="reason")
    if len(text) > _LONGEST_REASON:
        raise InvalidInput(say("Alasan paling panjang %(most)s huruf.", most=_LONGEST_REASON), where="reason")
    return text


def _tell(
    session: Session, enrolment: Enrolment, nip: str, message: Message | None, batch: Batch, now: datetime,
    mailer: Mailer | None,
) -> None:
    """Write to the participant, and tell the listeners once the decision is safe."""
    if message is not None:
        notify(session, enrolment.person_id, message, link=batch_link(batch.code), now=now, mailer=mailer)
    enrolment_id, status = enrolment.id, enrolment.status
    after_commit(session, lambda: enrolment_decided.send(
        None, enrolment_id=enrolment_id, status=status, nip=nip))


def enrolment_row(session: Session, enrolment: Enrolment, person: Person, batch: Batch, on: date) -> EnrolmentRow:
    grade = grade_of(enrolment.score_hundredths, grade_scale(session, on))
    return EnrolmentRow(
        enrolment.id, person.nip, person.name, batch.code, enrolment.status, enrolment.outcome,
        enrolment.score_hundredths, grade, enrolment.result_on, batch.seats - batch.seats_taken,
        enrolment.result_on is not None and enrolment.result_on < batch.last_day)


def grade_of(score_hundredths: int | None, scale: Sequence[GradeStep]) -> str:
    """Return a score in words by a scale (best step first); empty without a score or a scale."""
    if score_hundredths is None:
        return ""
    score = Decimal(score_hundredths) / 100
    return next((step.name for step in scale if score >= step.min_score), "")
