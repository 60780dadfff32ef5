"""Enrolments as people read them: their words, one row, its addresses, and whom to tell of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput, NotFound
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, Person
from kompetensi.ports import Mailer
from kompetensi.services.inbox import notify
from kompetensi.services.policies import GradeStep, grade_scale
from kompetensi.services.unit_of_work import after_commit
from kompetensi.signals import enrolment_decided

__all__ = ["LONGEST_REASON", "OUTCOME_WORDS", "STATUS_WORDS", "EnrolmentRow", "batch_link", "enrolment_link", "enrolment_row",
           "grade_of", "hold_enrolment", "read_reason", "tell"]

LONGEST_REASON = 500
STATUS_WORDS: Mapping[str, Message] = {
    "WAITING": say("menunggu kursi"), "OFFERED": say("ditawari kursi"), "REQUESTED": say("menunggu persetujuan"),
    "ENDORSED": say("didukung atasan"), "APPROVED": say("disetujui"), "REFUSED": say("tidak disetujui"),
    "CANCELLED": say("dibatalkan"), "COMPLETED": say("selesai")}
OUTCOME_WORDS: Mapping[str, Message] = {
    "PASSED": say("lulus"), "FAILED": say("belum lulus"), "ABSENT": say("tidak hadir")}


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
        One of `STATUS_WORDS`.
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


def enrolment_link(enrolment_id: int) -> str:
    """Return the address of an enrolment's page, without the application's prefix."""
    return f"/pendaftaran/{enrolment_id}"


def hold_enrolment(session: Session, enrolment_id: int) -> tuple[Enrolment, Person, Batch]:
    """Return an enrolment, held until the transaction ends, so that it is decided once.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    """
    enrolment = session.scalars(
        select(Enrolment).where(Enrolment.id == enrolment_id).with_for_update()
        .execution_options(populate_existing=True)).one_or_none()
    if enrolment is None:
        raise NotFound(say("Tidak ada pendaftaran nomor %(id)s.", id=enrolment_id), where="ENROLMENT")
    return enrolment, session.get_one(Person, enrolment.person_id), session.get_one(Batch, enrolment.batch_id)


def read_reason(text: str) -> str:
    """Return a reason that must be given, or raise InvalidInput when it is missing or too long."""
    text = text.strip()
    if not text:
        raise InvalidInput(say("Tulis alasannya; peserta membacanya."), where="reason")
    if len(text) > LONGEST_REASON:
        raise InvalidInput(say("Alasan paling panjang %(most)s huruf.", most=LONGEST_REASON), where="reason")
    return text


def tell(
    session: Session, enrolment: Enrolment, nip: str, message: Message | None, *, now: datetime,
    mailer: Mailer | None = None, link: str | None = None,
) -> None:
    """Write to the participant, and tell the listeners once the decision is safe.

    Parameters
    ----------
    message : Message or None
        None = the participant knows, as it is his own deed.
    link : str, optional
        Where it leads; by default to the enrolment's page.
    """
    if message is not None:
        notify(session, enrolment.person_id, message, link=link or enrolment_link(enrolment.id), now=now, mailer=mailer)
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
