"""Attendance and results of batches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.messages import say
from kompetensi.models import Attendance, Batch, Certificate, Enrolment, Person
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.enrolments import LIVE, OUTCOME_WORDS, EnrolmentRow, batch_link, enrolment_row
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip

__all__ = ["ResultEntry", "record_attendance", "record_result", "record_results"]

_BEST_SCORE = 10_000


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """How a batch ended for one participant; `score_hundredths` is the final score times 100, or None."""

    nip: str
    outcome: str
    score_hundredths: int | None = None


def record_attendance(
    session: Session, actor: Actor, batch_code: str, present: Mapping[date, Collection[str]], *, today: date,
    now: datetime,
) -> int:
    """Record who was there on some days of a batch; participants who are not named were absent.

    Parameters
    ----------
    present : mapping of date to collection of str
        NIPs by day. What was recorded for these days before is replaced, other days stay.

    Returns
    -------
    int
        How many days were recorded.

    Raises
    ------
    NotAllowed
        If the batch is not organised in the actor's training centre.
    InvalidInput
        If a day is no day of the batch or still to come, or a NIP is no participant's.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    people = dict(session.execute(
        select(Person.nip, Enrolment.id).join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.batch_id == batch.id, Enrolment.status.in_(("APPROVED", "COMPLETED")))).all())
    for day, nips in present.items():
        if not batch.first_day <= day <= min(batch.last_day, today):
            raise InvalidInput(say(
                "%(day)s bukan hari angkatan %(code)s yang sudah berlangsung.", day=day, code=batch.code), where="day")
        unknown = sorted(set(nips) - people.keys())
        if unknown:
            raise InvalidInput(say("NIP %(nip)s bukan peserta angkatan %(code)s.", nip=unknown[0], code=batch.code),
                               where="NIP")
    if not present or not people:
        return 0
    session.execute(delete(Attendance).where(
        Attendance.enrolment_id.in_(people.values()), Attendance.day.in_(present)))
    session.execute(insert(Attendance), [
        {"enrolment_id": enrolment_id, "day": day, "present": nip in nips}
        for day, nips in present.items() for nip, enrolment_id in people.items()])
    record(session, actor, "courses.record_result:attendance", "batch", batch.code, now=now, detail={
        "present": {day.isoformat(): sorted(nips) for day, nips in sorted(present.items())},
        "participants": len(people)})
    session.flush()
    return len(present)


def record_result(
    session: Session, actor: Actor, batch_code: str, nip: str, outcome: str, *, score_hundredths: int | None = None,
    on: date, today: date, now: datetime, early: bool = False,
) -> EnrolmentRow:
    """Record how a batch ended for one participant; see `record_results`."""
    return record_results(session, actor, batch_code, [ResultEntry(nip, outcome, score_hundredths)], on=on,
                          today=today, now=now, early=early)[0]


def record_results(
    session: Session, actor: Actor, batch_code: str, entries: Sequence[ResultEntry], *, on: date, today: date,
    now: datetime, early: bool = False,
) -> tuple[EnrolmentRow, ...]:
    """Record how a batch ended for some participants.

    Results come on the last day of the batch or later. A batch can end for a participant before that, when he was
    assessed early or the last days fell away; then `early` says that this is meant, and the audit log keeps it. A
    result can be corrected as long as no certificate rests on it.

    Parameters
    ----------
    on : date
        Day of the result, not after today; not before the batch's last day unless `early`.
    early : bool
        True when a result before the batch's last day is meant.

    Raises
    ------
    NotFound, InvalidInput
        If code or NIP names nothing, the outcome is none, the score not in 0..10000, or the day not in its bounds.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    Conflict
        If the batch has not ended and `early` is False, the batch is cancelled, the person is no approved
        participant, or a certificate was issued already.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    if batch.status == "CANCELLED":
        raise Conflict(say("Angkatan %(code)s dibatalkan; tidak ada hasil yang dapat dicatat.", code=batch.code))
    if today < batch.last_day and not early:
        raise Conflict(say("Angkatan %(code)s baru berakhir %(day)s. Hasil sebelum hari itu hanya dicatat bila "
                           "ditegaskan bahwa pesertanya selesai lebih awal.", code=batch.code, day=batch.last_day),
                       where="early")
    if on > today or (on < batch.last_day and not early):
        raise InvalidInput(say("Tanggal hasil harus antara %(first)s dan %(last)s.", first=batch.last_day, last=today)
                           if not early else say("Tanggal hasil paling akhir hari ini, %(today)s.", today=today),
                           where="on")
    rows = []
    for entry in entries:
        _check_result(entry)
        person = person_by_nip(session, entry.nip)
        enrolment = session.scalars(
            select(Enrolment).where(Enrolment.person_id == person.id, Enrolment.batch_id == batch.id,
                                    Enrolment.status.in_(LIVE)).with_for_update()).one_or_none()
        rows.append(_set_result(session, actor, enrolment, person, batch, entry, on, now))
    session.flush()
    return tuple(enrolment_row(session, enrolment, person, batch, on) for enrolment, person in rows)


def _check_result(entry: ResultEntry) -> None:
    if entry.outcome not in OUTCOME_WORDS:
        raise InvalidInput(say("“%(word)s” bukan hasil; pakai %(words)s.", word=entry.outcome, words=tuple(OUTCOME_WORDS)),
                           where="outcome")
    if entry.score_hundredths is not None and not 0 <= entry.score_hundredths <= _BEST_SCORE:
        raise InvalidInput(say("Nilai harus 0 sampai 100."), where="score")
    if entry.score_hundredths is not None and entry.outcome == "ABSENT":
        raise InvalidInput(say("Peserta yang tidak hadir tidak mempunyai nilai."), where="score")


def _set_result(
    session: Session, actor: Actor, enrolment: Enrolment | None, person: Person, batch: Batch, entry: ResultEntry,
    on: date, now: datetime,
) -> tuple[Enrolment, Person]:
    if enrolment is None:
        raise Conflict(say("%(name)s bukan peserta angkatan %(code)s.", name=person.name, code=batch.code), where="NIP")
    if enrolment.status == "REQUESTED":
        raise Conflict(say("Pendaftaran %(name)s pada %(code)s belum disetujui; setujui dahulu.", name=person.name,
                           code=batch.code), where="NIP")
    before = (enrolment.outcome, enrolment.score_hundredths)
    if before == (entry.outcome, entry.score_hundredths):
        return enrolment, person
    number = session.scalars(select(Certificate.number).where(
        Certificate.enrolment_id == enrolment.id, Certificate.state.not_in(("REVOKED", "REPLACED", "VOID")))).first()
    if number is not None:
        raise Conflict(say("Sertifikat %(number)s sudah terbit atas hasil ini; cabut dahulu sertifikatnya.",
                           number=number), where="NIP")
    enrolment.status, enrolment.outcome = "COMPLETED", entry.outcome
    enrolment.score_hundredths, enrolment.result_on = entry.score_hundredths, on
    record(session, actor, "courses.record_result", "enrolment", enrolment.id, now=now, person_id=person.id, detail={
        "batch": batch.code, "before": list(before), "after": [entry.outcome, entry.score_hundredths],
        "on": on.isoformat(), "early": on < batch.last_day})
    notify(session, person.id, say("Hasil Anda pada %(training)s, angkatan %(code)s: %(outcome)s.",
                                   training=batch.training.name, code=batch.code, outcome=OUTCOME_WORDS[entry.outcome]),
           link=batch_link(batch.code), now=now)
    return enrolment, person
