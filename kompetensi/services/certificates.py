"""Certificates are issued here: a number of a gapless series, frozen facts, a PDF, and the evidence that follows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from kompetensi import signals
from kompetensi.config import DEFAULTS
from kompetensi.errors import Conflict, NotFound
from kompetensi.graph.evidence import valid_until_after
from kompetensi.messages import say
from kompetensi.models import (
    Batch,
    Certificate,
    CertificateEvent,
    CertificateFile,
    CertificateSeries,
    Enrolment,
    Evidence,
    Person,
    Training,
    TrainingRaise,
    Unit,
)
from kompetensi.ports import Mailer, Randomness, Renderer, Signer
from kompetensi.rules.access import Actor
from kompetensi.rules.certificates import (
    TOKEN_BYTES,
    CertificateFacts,
    CertificateKind,
    CertificateState,
    check_reason,
    check_subjects,
    check_transition,
    facts_hash,
    facts_to_json,
    format_number,
    normalise_token,
    token_from,
)
from kompetensi.services.access import require
from kompetensi.services.audit import record, stored_actor
from kompetensi.services.certificate_facts import CourseFacts, course_facts, facts_for
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip
from kompetensi.services.policies import certificate_validity_years
from kompetensi.services.unit_of_work import after_commit

__all__ = ["DEMO_VERIFY_BASE", "IssuedCertificate", "Press", "issue_batch", "issue_certificate", "next_number",
           "replace_certificate", "sha256_of", "write_certificate"]

# Where the demo's own server shows a certificate; every other installation says its address in the configuration.
DEMO_VERIFY_BASE = "http://127.0.0.1:8075/cek/"

# PostgreSQL and SQLite say this alike. A savepoint around a plain insert would do too, but SQLite's driver commits
# with the savepoint when a host has left the beginning of transactions to it.
_OPEN_SERIES = text("INSERT INTO kompetensi_certificate_series (issuer, kind, year, last) "
                    "VALUES (:issuer, :kind, :year, 0) ON CONFLICT (issuer, kind, year) DO NOTHING")


@dataclass(frozen=True, slots=True)
class Press:
    """What an installation makes certificates with.

    Attributes
    ----------
    verify_base : str
        Absolute address that the printed code follows in the QR.
    number_pattern : str
        See `kompetensi.rules.certificates.format_number`.
    mailer : Mailer or None
        None = the inbox alone tells the holder.
    """

    renderer: Renderer
    signer: Signer
    randomness: Randomness
    verify_base: str = DEMO_VERIFY_BASE
    number_pattern: str = DEFAULTS["KOMPETENSI_CERTIFICATE_NUMBER"]
    mailer: Mailer | None = None


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate that has just been issued.

    Attributes
    ----------
    token : str
        Printed code.
    valid_until : date or None
        Last day, inclusive; None = without end.
    sha256 : str
        Of the PDF, 64 small hexadecimal digits.
    """

    id: int
    token: str
    number: str
    nip: str
    holder_name: str
    training_code: str
    training_name: str
    issued_on: date
    valid_until: date | None
    verify_url: str
    sha256: str


def issue_certificate(
    session: Session, actor: Actor, enrolment_id: int, *, today: date, now: datetime, renderer: Renderer,
    signer: Signer, randomness: Randomness, verify_base: str = DEMO_VERIFY_BASE,
    number_pattern: str = DEFAULTS["KOMPETENSI_CERTIFICATE_NUMBER"], mailer: Mailer | None = None,
) -> IssuedCertificate:
    """Issue the certificate of one participant who passed.

    The number, the row, the file, the evidence and the audit entry belong to the caller's transaction; when it is
    rolled back the number is free again. A participant has one certificate: a second call is refused.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is not of the training centre that ran the batch.
    Conflict
        If the participant has not passed, or there is a certificate already.
    InvalidInput
        If the JP of the subjects do not add up to the training's, or a text fits no page.
    Unavailable
        If this installation cannot make PDFs.
    """
    press = Press(renderer, signer, randomness, verify_base, number_pattern, mailer)
    # Whoever else issues for this participant waits here, and then sees our certificate.
    enrolment = session.scalars(select(Enrolment).where(Enrolment.id == enrolment_id).with_for_update()).one_or_none()
    if enrolment is None:
        raise NotFound(say("Tidak ada pendaftaran dengan nomor %(number)s.", number=str(enrolment_id)),
                       where="ENROLMENT")
    batch = session.get_one(Batch, enrolment.batch_id)
    require(session, actor, "certificates.issue", on=today, unit_id=batch.organiser_id)
    person = session.get_one(Person, enrolment.person_id)
    if enrolment.status != "COMPLETED" or enrolment.outcome != "PASSED":
        raise Conflict(say("%(name)s belum tercatat lulus pada angkatan %(batch)s; sertifikat terbit sesudah hasilnya "
                           "dicatat.", name=person.name, batch=batch.code))
    known = session.scalars(select(Certificate.number).where(Certificate.enrolment_id == enrolment.id)).first()
    if known is not None:
        raise Conflict(say("%(name)s sudah menerima sertifikat nomor %(number)s untuk angkatan ini.",
                           name=person.name, number=known))
    course = course_facts(session, batch, today=today)
    return write_certificate(session, actor, press, course, person, enrolment, today=today, now=now)


def issue_batch(
    session: Session, actor: Actor, batch_code: str, *, nip: str | None = None, today: date, now: datetime,
    renderer: Renderer, signer: Signer, randomness: Randomness, verify_base: str = DEMO_VERIFY_BASE,
    number_pattern: str = DEFAULTS["KOMPETENSI_CERTIFICATE_NUMBER"], mailer: Mailer | None = None,
) -> tuple[IssuedCertificate, ...]:
    """Issue the certificates of all who passed in a batch and have none yet, in order of name, then NIP.

    With `nip` only those of one participant. Empty when nobody is left: asking twice is no error. Otherwise as
    `issue_certificate`; one refusal refuses all.
    """
    press = Press(renderer, signer, randomness, verify_base, number_pattern, mailer)
    batch = batch_by_code(session, batch_code)
    require(session, actor, "certificates.issue", on=today, unit_id=batch.organiser_id)
    waiting = session.scalars(
        select(Enrolment).join(Person, Enrolment.person_id == Person.id)
        .where(*([Enrolment.person_id == person_by_nip(session, nip).id] if nip is not None else []),
               Enrolment.batch_id == batch.id, Enrolment.status == "COMPLETED", Enrolment.outcome == "PASSED",
               ~select(Certificate.id).where(Certificate.enrolment_id == Enrolment.id).exists())
        .order_by(Person.name, Person.nip).with_for_update(of=Enrolment)).all()
    if not waiting:
        return ()
    course = course_facts(session, batch, today=today)
    people = {row.id: row for row in session.scalars(
        select(Person).where(Person.id.in_([enrolment.person_id for enrolment in waiting])))}
    return tuple(write_certificate(session, actor, press, course, people[enrolment.person_id], enrolment, today=today,
                                   now=now) for enrolment in waiting)


def replace_certificate(
    session: Session, actor: Actor, code: str, reason: str, *, today: date, now: datetime, renderer: Renderer,
    signer: Signer, randomness: Randomness, verify_base: str = DEMO_VERIFY_BASE,
    number_pattern: str = DEFAULTS["KOMPETENSI_CERTIFICATE_NUMBER"], mailer: Mailer | None = None,
) -> IssuedCertificate:
    """Issue a certificate in place of one whose facts were wrong, with a number of its own and the facts of today.

    The old one stays in the register as replaced, names its successor, and gives it its place at the enrolment.

    Raises
    ------
    InvalidInput
        If `code` is none, or the reason has not 10 to 500 characters; otherwise as `issue_certificate`.
    NotFound
        If there is no such certificate, or it is an outside issuer's.
    NotAllowed
        If the actor is not of the training centre that ran the batch.
    Conflict
        If it is revoked or replaced already.
    """
    press = Press(renderer, signer, randomness, verify_base, number_pattern, mailer)
    token = normalise_token(code)
    old = session.scalars(select(Certificate).where(
        Certificate.token == token, Certificate.external.is_(False)).with_for_update()).one_or_none()
    if old is None:
        raise NotFound(say("Tidak ada sertifikat dengan kode %(code)s.", code=token), where="code")
    unit_id = session.scalars(select(Unit.id).where(Unit.code == old.issuer)).one_or_none()
    require(session, actor, "certificates.issue", on=today, unit_id=unit_id)
    reason = check_reason(reason)
    check_transition(CertificateState(old.state), CertificateState.REPLACED)
    # A certificate that can still be replaced has its enrolment: only its successor takes it away.
    enrolment = session.get_one(Enrolment, old.enrolment_id)
    batch = session.get_one(Batch, enrolment.batch_id)
    old.enrolment_id = None
    session.flush()
    issued = write_certificate(session, actor, press, course_facts(session, batch, today=today),
                               session.get_one(Person, old.person_id), enrolment, today=today, now=now)
    old.state, old.state_on, old.reason = CertificateState.REPLACED.value, today, reason
    old.replaced_by_id = issued.id
    session.add(CertificateEvent(certificate_id=old.id, state=old.state, at=now, actor=stored_actor(actor),
                                 reason=reason))
    record(session, actor, "certificates.issue:replace", "certificate", old.number, now=now, person_id=old.person_id,
           detail={"reason": reason, "by": issued.number})
    session.flush()
    return issued


def write_certificate(
    session: Session, actor: Actor, press: Press, course: CourseFacts, person: Person, enrolment: Enrolment, *,
    today: date, now: datetime,
) -> IssuedCertificate:
    """Take a number and write everything that belongs to a certificate; the caller has checked that it may exist.

    Everything that can be refused is refused before the number is taken, and a renderer or signer that fails gives
    the number back, so that even a caller who goes on after the error leaves no gap.
    """
    check_subjects(course.subjects, course.jp)
    finished_on = min(course.last_day, enrolment.result_on or course.last_day)
    valid_until = _valid_until(session, course, finished_on, today)
    token = token_from(press.randomness(TOKEN_BYTES))
    seq = next_number(session, issuer=course.issuer, kind=course.kind, year=today.year)
    try:
        number = format_number(press.number_pattern, seq=seq, kind=course.kind, batch=course.batch_number,
                               issued_on=today)
        facts = facts_for(
            session, course, person, enrolment, number=number, token=token, verify_url=f"{press.verify_base}{token}",
            issued_on=today, valid_until=valid_until, signed=press.signer.signs)
        pdf = press.signer.sign(press.renderer.render_certificate(facts), reason=number, at=now)
    except Exception:
        _give_back(session, issuer=course.issuer, kind=course.kind, year=today.year, seq=seq)
        raise
    certificate = _certificate(course, person, enrolment, facts, pdf, seq=seq, finished_on=finished_on, now=now)
    session.add(certificate)
    session.flush()
    session.add(CertificateFile(certificate_id=certificate.id, pdf=pdf))
    steps = [CertificateState.READY_TO_SIGN, *([CertificateState.SIGNED] if press.signer.signs else []),
             CertificateState.ISSUED]
    session.add_all(CertificateEvent(certificate_id=certificate.id, state=step.value, at=now, actor=stored_actor(actor))
                    for step in steps)
    _write_evidence(session, certificate, course, now)
    record(session, actor, "certificates.issue", "certificate", number, now=now, person_id=person.id,
           detail={"training": course.training_code, "batch": course.batch_label, "sha256": certificate.pdf_sha256})
    notify(session, person.id, say("Sertifikat %(training)s terbit dengan nomor %(number)s.",
                                   training=course.training_name, number=number),
           link=f"/sertifikat/{token}", now=now, mailer=press.mailer)
    session.flush()
    certificate_id, nip = certificate.id, person.nip
    after_commit(session, lambda: signals.certificate_issued.send(
        None, certificate_id=certificate_id, number=number, nip=nip) and None)
    return IssuedCertificate(
        certificate.id, token, number, person.nip, facts.holder_name, course.training_code, course.training_name,
        today, valid_until, facts.verify_url, certificate.pdf_sha256 or "")


def _valid_until(session: Session, course: CourseFacts, finished_on: date, today: date) -> date | None:
    """Return the last day of validity, counted from the day on which the training ended, as the planner counts it."""
    years = course.validity_years
    if years is None:
        years = certificate_validity_years(session, today)
    return None if years is None else valid_until_after(finished_on, years)


def _certificate(
    course: CourseFacts, person: Person, enrolment: Enrolment, facts: CertificateFacts, pdf: bytes, *, seq: int,
    finished_on: date, now: datetime,
) -> Certificate:
    return Certificate(
        token=facts.token, person_id=person.id, enrolment_id=enrolment.id, training_code=course.training_code,
        kind=course.kind.value, external=False, issuer=course.issuer, year=facts.issued_on.year, seq=seq,
        number=facts.number, finished_on=finished_on, jp=course.jp, issued_on=facts.issued_on,
        valid_until=facts.valid_until, state=CertificateState.ISSUED.value, facts=facts_to_json(facts),
        facts_sha256=facts_hash(facts), pdf_sha256=sha256_of(pdf), recorded_at=now)


def sha256_of(pdf: bytes) -> str:
    """Return the SHA-256 of a file, 64 small hexadecimal digits."""
    return hashlib.sha256(pdf).hexdigest()


def _write_evidence(session: Session, certificate: Certificate, course: CourseFacts, now: datetime) -> None:
    """Record the levels that the training is expected to give, each as long as the certificate holds."""
    raises = session.execute(
        select(TrainingRaise.competency_id, TrainingRaise.level)
        .join(Training, TrainingRaise.training_id == Training.id)
        .where(Training.code == course.training_code).order_by(TrainingRaise.id)).all()
    rows = [{"person_id": certificate.person_id, "competency_id": competency_id, "level": level, "kind": "TRAINING",
             "observed_on": certificate.finished_on, "valid_until": certificate.valid_until, "recorded_at": now,
             "source": f"{course.training_name}, sertifikat {certificate.number}"[:200],
             "certificate_id": certificate.id} for competency_id, level in raises]
    if rows:
        session.execute(insert(Evidence), rows)


def next_number(session: Session, *, issuer: str, kind: CertificateKind, year: int) -> int:
    """Take the next place in a series, 1 for the first; it is free again when the transaction is rolled back.

    One UPDATE moves the series and locks it until the transaction ends, so that two who issue at once come one after
    the other: no gap and no number twice.
    """
    series = {"issuer": issuer, "kind": kind.value, "year": year}
    taken = _advance(session, series)
    if taken is None:
        session.execute(_OPEN_SERIES, series)
        taken = _advance(session, series)
    if taken is None:
        raise Conflict(say("Nomor sertifikat sedang diambil orang lain; ulangi sebentar lagi."))
    return taken


def _advance(session: Session, series: dict[str, object]) -> int | None:
    return session.execute(
        update(CertificateSeries).filter_by(**series).values(last=CertificateSeries.last + 1)
        .returning(CertificateSeries.last), execution_options={"synchronize_session": False}).scalar_one_or_none()


def _give_back(session: Session, *, issuer: str, kind: CertificateKind, year: int, seq: int) -> None:
    """Undo `next_number`; the series is still locked by us, so nobody has taken a later number."""
    session.execute(
        update(CertificateSeries).filter_by(issuer=issuer, kind=kind.value, year=year, last=seq).values(last=seq - 1),
        execution_options={"synchronize_session": False})
