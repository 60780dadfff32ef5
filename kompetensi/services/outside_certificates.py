"""Certificates of outside issuers: HR records what a person shows, so that gates, levels and lesson hours know of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.messages import say
from kompetensi.models import Certificate, Evidence, Person, Training, TrainingRaise
from kompetensi.ports import Randomness
from kompetensi.rules.access import Actor
from kompetensi.rules.certificates import TOKEN_BYTES, CertificateState, kind_for_development, token_from
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.lookup import person_by_nip, training_by_code

__all__ = ["OutsideCertificate", "check_outside_certificate", "record_outside_certificate", "write_outside_certificate"]

_MOST_JP = 10_000


@dataclass(frozen=True, slots=True)
class OutsideCertificate:
    """What stands on an outside issuer's certificate.

    Attributes
    ----------
    training : str
        Code of the training in the catalogue that it counts as.
    jp : int or None
        Lesson hours; None = those of the catalogue.
    finished_on : date
        Last day of the training.
    valid_until : date or None
        Last day, inclusive; None = without end.
    """

    training: str
    issuer: str
    number: str
    finished_on: date
    jp: int | None = None
    valid_until: date | None = None


def record_outside_certificate(
    session: Session, actor: Actor, nip: str, facts: OutsideCertificate, *, today: date, now: datetime,
    randomness: Randomness,
) -> str:
    """Enter a certificate into the register with the levels that its training is expected to give; return its code.

    It has no file here, and the public check does not know it: its issuer answers for it.

    Raises
    ------
    NotFound, InvalidInput
        If NIP or training names nothing, issuer or number is empty, the training ended in the future or before the
        person was born, the validity ends before it begins, or the JP are not in 1..10000.
    NotAllowed
        If the actor is not HR of the person's unit.
    Conflict
        If the person has a certificate of that number for that training already.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    training = training_by_code(session, facts.training)
    check_outside_certificate(session, person, training, facts, today=today)
    row = write_outside_certificate(session, person, training, facts, now=now, randomness=randomness)
    record(session, actor, "people.edit:certificate", "certificate", row.number, now=now, person_id=person.id,
           detail={"training": training.code, "issuer": row.issuer, "finished_on": facts.finished_on.isoformat()})
    session.flush()
    return row.token


def check_outside_certificate(
    session: Session, person: Person, training: Training, facts: OutsideCertificate, *, today: date
) -> None:
    """Refuse an entry that cannot be true or is in the register already; see `record_outside_certificate`."""
    number = facts.number.strip()
    _check(facts, facts.issuer.strip(), number, training.jp if facts.jp is None else facts.jp, person.birth_date, today)
    if session.scalars(select(Certificate.id).filter_by(
            person_id=person.id, training_code=training.code, number=number)).first() is not None:
        raise Conflict(say("Sertifikat nomor %(number)s untuk pelatihan ini sudah tercatat.", number=number),
                       where="number")


def write_outside_certificate(
    session: Session, person: Person, training: Training, facts: OutsideCertificate, *, now: datetime,
    randomness: Randomness,
) -> Certificate:
    """Write the register's row and the evidence that follows; the caller has checked both may and can be."""
    number, jp = facts.number.strip(), training.jp if facts.jp is None else facts.jp
    row = Certificate(
        token=token_from(randomness(TOKEN_BYTES)), person_id=person.id, training_code=training.code,
        kind=kind_for_development(training.siasn_jenis_diklat_id).value, external=True, issuer=facts.issuer.strip(),
        year=facts.finished_on.year, number=number, finished_on=facts.finished_on, jp=jp, issued_on=facts.finished_on,
        valid_until=facts.valid_until, state=CertificateState.ISSUED.value, recorded_at=now)
    session.add(row)
    session.flush()
    raises = session.execute(select(TrainingRaise.competency_id, TrainingRaise.level).where(
        TrainingRaise.training_id == training.id).order_by(TrainingRaise.id)).all()
    if raises:
        session.execute(insert(Evidence), [
            {"person_id": person.id, "competency_id": competency_id, "level": level, "kind": "TRAINING",
             "observed_on": facts.finished_on, "valid_until": facts.valid_until, "recorded_at": now,
             "source": f"{training.name}, sertifikat {number}"[:200], "certificate_id": row.id}
            for competency_id, level in raises])
    session.flush()
    return row


def _check(facts: OutsideCertificate, issuer: str, number: str, jp: int, born: date, today: date) -> None:
    if not 1 <= len(issuer) <= 60:
        raise InvalidInput(say("Penerbit harus 1 sampai 60 huruf."), where="issuer")
    if not 1 <= len(number) <= 120:
        raise InvalidInput(say("Nomor sertifikat harus 1 sampai 120 huruf."), where="number")
    if not born < facts.finished_on <= today:
        raise InvalidInput(say("Hari selesai %(day)s tidak mungkin.", day=facts.finished_on), where="finished_on")
    if facts.valid_until is not None and facts.valid_until < facts.finished_on:
        raise InvalidInput(say("Masa berlaku berakhir sebelum pelatihannya selesai."), where="valid_until")
    if not 1 <= jp <= _MOST_JP:
        raise InvalidInput(say("JP harus 1 sampai %(most)s.", most=_MOST_JP), where="jp")
