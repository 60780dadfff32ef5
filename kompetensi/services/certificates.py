"""Certificates are issued here: a number of a gapless series, frozen facts, a PDF, and the evidence that follows.

In three phases. `prepare_certificate` and its like take the number and freeze the content in one short transaction
(READY_TO_SIGN). The document is made and signed while no transaction is open. `finish_certificate` issues it with its
file, or `void_certificate` keeps the number with the reason why it could not be made. Whoever commits between them is
`kompetensi.jobs.certificates`; nothing here does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, exists, insert, select, text, update
from sqlalchemy.orm import Session

from kompetensi import signals
from kompetensi.config import DEFAULTS
from kompetensi.errors import Conflict, InvalidInput, KompetensiError, NotFound, Unavailable
from kompetensi.exchange.certificate_payload import seal_facts
from kompetensi.graph.evidence import valid_until_after
from kompetensi.messages import Message, say
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
from kompetensi.ports import Mailer, Randomness, Renderer, Seal, Signer, SigningSecret
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.certificate_design import CertificateDesign
from kompetensi.rules.certificates import (
    TOKEN_BYTES,
    TRANSITIONS,
    CertificateFacts,
    CertificateKind,
    CertificateState,
    check_reason,
    check_subjects,
    check_transition,
    facts_from_json,
    facts_hash,
    facts_to_json,
    format_number,
    normalise_token,
    token_from,
)
from kompetensi.rules.signature_stamp import stamp_for
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record, stored_actor
from kompetensi.services.certificate_badges import write_badge
from kompetensi.services.certificate_designs import design_for, design_of
from kompetensi.services.certificate_facts import CourseFacts, batch_number_of, course_facts, facts_again, facts_for
from kompetensi.services.certificate_preparation import check_prepared, preparations_of, with_photos
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip
from kompetensi.services.policies import certificate_validity_years
from kompetensi.services.unit_of_work import after_commit

__all__ = ["DEMO_VERIFY_BASE", "Award", "Graduate", "IssuedCertificate", "Laureate", "Laureates", "Prepared", "Press", "Refused", "find_graduates",
           "find_issued", "find_prepared", "finish_certificate", "issue_batch", "issue_certificate", "issue_prepared",
           "prepare_award", "prepare_certificate", "prepare_many", "prepare_renewal", "prepare_replacement", "read_prepared",
           "renew_certificate", "replace_certificate", "sha256_of", "sign_document", "view_laureates", "void_certificate",
           "without_certificate"]

# Where the demo's own server shows a certificate; every other installation says its address in the configuration.
DEMO_VERIFY_BASE = "http://127.0.0.1:8075/cek/"

# PostgreSQL and SQLite say this alike. A savepoint around a plain insert would do too, but SQLite's driver commits
# with the savepoint when a host has left the beginning of transactions to it.
_OPEN_SERIES = text("INSERT INTO kompetensi_certificate_series (issuer, kind, year, last) "
                    "VALUES (:issuer, :kind, :year, 0) ON CONFLICT (issuer, kind, year) DO NOTHING")

# A pattern is tried with this number before one is taken: nothing can be refused after that.
_LARGEST_NUMBER = 99_999_999
_REASON_LENGTH = 500
# Values that one question to the database names; SQLite takes no more than some thousands.
_MOST_AT_ONCE = 500

_CITATION_LENGTHS = (3, 80)
_Row = TypeVar("_Row", Person, Batch)


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
    seal : Seal or None
        Signs what the QR and the badge say by themselves; None = the QR is an address only, and there are no badges.
    """

    renderer: Renderer
    signer: Signer
    randomness: Randomness
    verify_base: str = DEMO_VERIFY_BASE
    number_pattern: str = DEFAULTS["KOMPETENSI_CERTIFICATE_NUMBER"]
    mailer: Mailer | None = None
    seal: Seal | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A certificate whose number is taken and whose content is frozen; it waits for its file.

    Attributes
    ----------
    enrolment_id : int or None
        None for a renewal without a new training, and for a replacement until it is issued.
    facts : CertificateFacts
        What is printed, as it is stored.
    design : CertificateDesign or None
        What it is laid out by; None = the design that comes with kompetensi.
    """

    id: int
    enrolment_id: int | None
    facts: CertificateFacts
    design: CertificateDesign | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A participant who gets no certificate now; nothing was written for him.

    Attributes
    ----------
    certificate : str or None
        Code of the certificate that he has already; None if that is not the reason.
    """

    enrolment_id: int
    problem: KompetensiError
    certificate: str | None = None


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


# --- who waits for one -----------------------------------------------------------------------------------------------


def without_certificate() -> ColumnElement[bool]:
    """Return the condition that an `Enrolment` has no certificate, or one that still waits for its file."""
    return ~exists().where(Certificate.enrolment_id == Enrolment.id, Certificate.state != "READY_TO_SIGN")


def find_graduates(
    session: Session, actor: Actor, *, batch_code: str | None = None, year: int | None = None, nip: str | None = None,
    today: date,
) -> tuple[Graduate, ...]:
    """Return who passed and waits for a certificate, by batch, name and NIP; empty when nobody does.

    Parameters
    ----------
    batch_code : str, optional
        Only those of this batch.
    year : int, optional
        Only those of batches of this year that the actor's centres ran.
    nip : str, optional
        Only this participant.

    Raises
    ------
    NotFound
        If batch or NIP names nothing.
    NotAllowed
        If the actor is not of the training centre that ran the batch, or of none.
    InvalidInput
        If the JP of the subjects of one of the batches do not add up to its training's; the message names the batch.
    """
    wanted = [Enrolment.status == "COMPLETED", Enrolment.outcome == "PASSED", without_certificate()]
    if batch_code is not None:
        batch = batch_by_code(session, batch_code)
        require(session, actor, "certificates.issue", on=today, unit_id=batch.organiser_id)
        wanted.append(Batch.id == batch.id)
    else:
        scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
        if scope is not None:
            if not scope:
                require(session, actor, "certificates.issue", on=today)  # refused, with the sentence that says why
            wanted.append(Batch.organiser_id.in_(scope))
    if year is not None:
        wanted.append(Batch.year == year)
    if nip is not None:
        wanted.append(Person.id == person_by_nip(session, nip).id)
    found = session.execute(
        select(Enrolment.id, Person.name, Person.nip, Batch)
        .join(Person, Enrolment.person_id == Person.id).join(Batch, Enrolment.batch_id == Batch.id)
        .where(*wanted).order_by(Batch.code, Person.name, Person.nip)).all()
    for batch in {row.Batch.id: row.Batch for row in found}.values():
        course = course_facts(session, batch, today=today)
        try:
            check_subjects(course.subjects, course.jp)
        except InvalidInput as problem:
            raise InvalidInput(say("Angkatan %(batch)s: %(problem)s", batch=batch.code, problem=problem.message),
                               where="subjects") from problem
    return tuple(Graduate(enrolment_id, name, nip, batch.code, batch.organiser_id)
                 for enrolment_id, name, nip, batch in found)


# --- phase 1: number and frozen facts ---------------------------------------------------------------------------------


def prepare_certificate(
    session: Session, actor: Actor, press: Press, enrolment_id: int, *, today: date, now: datetime
) -> Prepared:
    """Take a number for one participant who passed and freeze what his certificate says.

    A participant whose certificate waits for its file already keeps that number.

    Raises
    ------
    NotFound
        If there is no such enrolment.
    NotAllowed
        If the actor is not of the training centre that ran the batch.
    Conflict
        If the participant has not passed, or there is a certificate already.
    InvalidInput
        If the JP of the subjects do not add up to the training's.
    """
    (answer,) = prepare_many(session, actor, press, [enrolment_id], today=today, now=now)
    if isinstance(answer, Refused):
        raise answer.problem
    return answer


def prepare_many(
    session: Session, actor: Actor, press: Press, enrolment_ids: Sequence[int], *, today: date, now: datetime
) -> tuple[Prepared | Refused, ...]:
    """Prepare the certificates of several participants; one answer for each, in their order.

    Whoever must be refused is refused before any number is taken, and does not stop the others. The numbers of a
    series are taken by one UPDATE and follow one another in the order asked.

    Raises
    ------
    NotAllowed
        As `prepare_certificate`.
    """
    # Whoever else issues for these participants waits here, and then sees our certificates.
    enrolments = {row.id: row for row in session.scalars(
        select(Enrolment).where(Enrolment.id.in_(enrolment_ids)).order_by(Enrolment.id).with_for_update()
        .execution_options(populate_existing=True))}
    people = _by_id(session, Person, {row.person_id for row in enrolments.values()})
    batches = _by_id(session, Batch, {row.batch_id for row in enrolments.values()})
    for unit_id in sorted({batch.organiser_id for batch in batches.values()}):
        require(session, actor, "certificates.issue", on=today, unit_id=unit_id)
    known = {row.enrolment_id: row for row in session.scalars(
        select(Certificate).where(Certificate.enrolment_id.in_(enrolments)))}
    courses = {batch.id: course_facts(session, batch, today=today) for batch in batches.values()}
    years = {batch_id: _validity_years(session, course, today) for batch_id, course in courses.items()}
    designs = {batch.id: design_for(session, batch.organiser_id, courses[batch.id].kind, today)
               for batch in batches.values()}
    prepared_for = preparations_of(session, enrolments)
    earlier = _earlier_certificates(session, set(people), {course.training_code for course in courses.values()})
    answers: dict[int, Prepared | Refused] = {}
    drafts: list[_Draft] = []
    for enrolment_id in enrolment_ids:
        enrolment = enrolments.get(enrolment_id)
        if enrolment is None:
            answers[enrolment_id] = Refused(enrolment_id, NotFound(
                say("Tidak ada pendaftaran dengan nomor %(number)s.", number=str(enrolment_id)), where="ENROLMENT"))
            continue
        person, course, row = people[enrolment.person_id], courses[enrolment.batch_id], known.get(enrolment_id)
        if row is not None and row.state == CertificateState.READY_TO_SIGN:
            answers[enrolment_id] = _prepared(session, row)
            continue
        try:
            _check_graduate(enrolment, person, batches[enrolment.batch_id], course, row)
            _check_number(press, course.kind, course.batch_number, today)
        except (Conflict, InvalidInput) as problem:
            answers[enrolment_id] = Refused(enrolment_id, problem, row.token if row is not None else None)
            continue
        finished_on = min(course.last_day, enrolment.result_on or course.last_day)
        token = token_from(press.randomness(TOKEN_BYTES))
        facts = facts_for(
            session, course, person, enrolment, number="", token=token, verify_url=f"{press.verify_base}{token}",
            issued_on=today, valid_until=_valid_until(finished_on, years[enrolment.batch_id]),
            signed=press.signer.signs, authority=press.signer.authority, preparation=prepared_for.get(enrolment_id))
        try:
            if course.lan_programme:
                check_prepared(facts)
        except Conflict as problem:
            answers[enrolment_id] = Refused(enrolment_id, problem)
            continue
        drafts.append(_Draft(
            facts, person.id, course.issuer, course.batch_number, finished_on, course.jp, designs[enrolment.batch_id],
            enrolment_id=enrolment_id, renews_id=earlier.get((person.id, course.training_code))))
    for draft, prepared in zip(drafts, _freeze(session, actor, press, drafts, now=now), strict=True):
        answers[draft.enrolment_id or 0] = prepared
    return tuple(answers[enrolment_id] for enrolment_id in enrolment_ids)


def prepare_award(
    session: Session, actor: Actor, press: Press, batch_code: str, nip: str, citation: str, *, today: date, now: datetime
) -> Prepared:
    """Take a number for an award (*piagam penghargaan*) to somebody who took part in a batch, and freeze what it says.

    It stands beside his certificate: it gives no level, opens no gate and counts no JP. One that waits for its file
    already keeps its number.

    Parameters
    ----------
    citation : str
        What for, as it is printed in capitals, such as ``Peserta Terbaik I``; 3 to 80 characters.

    Raises
    ------
    NotFound
        If batch or NIP names nothing, or the person took no part in the batch.
    NotAllowed
        If the actor is not of the training centre that ran the batch.
    InvalidInput
        If the citation has not 3 to 80 characters; it names ``citation``.
    Conflict
        If he has been given the same award already.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "certificates.issue", on=today, unit_id=batch.organiser_id)
    person = person_by_nip(session, nip)
    citation = " ".join(citation.split()).upper()
    if not _CITATION_LENGTHS[0] <= len(citation) <= _CITATION_LENGTHS[1]:
        raise InvalidInput(say("Tulis penghargaannya dengan %(least)s sampai %(most)s huruf, misalnya Peserta Terbaik I.",
                               least=_CITATION_LENGTHS[0], most=_CITATION_LENGTHS[1]), where="citation")
    # Whoever else gives him an award of this batch waits here, and then sees ours.
    enrolment = session.scalars(select(Enrolment).where(
        Enrolment.batch_id == batch.id, Enrolment.person_id == person.id, Enrolment.status == "COMPLETED",
        Enrolment.outcome == "PASSED").with_for_update()).first()
    if enrolment is None:
        raise NotFound(say("%(name)s tidak lulus pada angkatan %(batch)s, jadi tidak ada yang dihargai padanya.",
                           name=person.name, batch=batch.code), where="nip")
    course = replace(course_facts(session, batch, today=today), kind=CertificateKind.AWARD, competences=())
    for row in session.scalars(select(Certificate).where(
            Certificate.person_id == person.id, Certificate.kind == CertificateKind.AWARD.value,
            Certificate.state.in_((CertificateState.READY_TO_SIGN, CertificateState.ISSUED)))):
        known = facts_from_json(row.facts or {})
        if (known.training_code, known.batch_label, known.status_phrase) == (
                course.training_code, course.batch_label, citation):
            if row.state == CertificateState.READY_TO_SIGN:
                return _prepared(session, row)
            raise Conflict(say("%(name)s sudah menerima penghargaan ini dengan nomor %(number)s.", name=person.name,
                               number=row.number))
    _check_number(press, course.kind, course.batch_number, today)
    token = token_from(press.randomness(TOKEN_BYTES))
    facts = replace(facts_for(
        session, course, person, None, number="", token=token, verify_url=f"{press.verify_base}{token}", issued_on=today,
        valid_until=None, signed=press.signer.signs, authority=press.signer.authority), status_phrase=citation)
    (award,) = _freeze(session, actor, press, [_Draft(
        facts, person.id, course.issuer, course.batch_number, course.last_day, 0,
        design_for(session, batch.organiser_id, course.kind, today))], now=now)
    return award


@dataclass(frozen=True, slots=True)
class Award:
    """An award that was given in a batch, or is on its way.

    Attributes
    ----------
    citation : str
        What for, as printed.
    waits : bool
        Whether it still waits for its signature or file.
    """

    token: str
    number: str
    citation: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Laureate:
    """Somebody who passed, with the awards that he has for it, by number."""

    nip: str
    name: str
    score_hundredths: int | None
    awards: tuple[Award, ...]


@dataclass(frozen=True, slots=True)
class Laureates:
    """Whom of a batch an award can be given to.

    Attributes
    ----------
    people : tuple of Laureate
        By name and NIP; empty while nobody has passed.
    """

    batch: str
    training: str
    people: tuple[Laureate, ...]


def view_laureates(session: Session, actor: Actor, batch_code: str, *, today: date) -> Laureates:
    """Return those of a batch who can be given an award, with those that they have; refused as `prepare_award`."""
    batch = batch_by_code(session, batch_code)
    require(session, actor, "certificates.issue", on=today, unit_id=batch.organiser_id)
    people = session.execute(
        select(Person.id, Person.nip, Person.name, Enrolment.score_hundredths)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.batch_id == batch.id, Enrolment.status == "COMPLETED", Enrolment.outcome == "PASSED")
        .order_by(Person.name, Person.nip)).all()
    course = course_facts(session, batch, today=today)
    given: dict[int, list[Award]] = {}
    for row in session.scalars(select(Certificate).where(
            Certificate.person_id.in_([person.id for person in people]), Certificate.kind == CertificateKind.AWARD.value,
            Certificate.state.in_((CertificateState.READY_TO_SIGN, CertificateState.ISSUED)))
            .order_by(Certificate.issuer, Certificate.year, Certificate.seq)):
        facts = facts_from_json(row.facts or {})
        if (facts.training_code, facts.batch_label) == (course.training_code, course.batch_label):
            given.setdefault(row.person_id, []).append(Award(
                row.token, row.number, facts.status_phrase, row.state == CertificateState.READY_TO_SIGN))
    return Laureates(batch.code, course.training_name, tuple(
        Laureate(nip, name, score, tuple(given.get(person_id, ()))) for person_id, nip, name, score in people))


def prepare_replacement(
    session: Session, actor: Actor, press: Press, code: str, reason: str, *, today: date, now: datetime
) -> Prepared:
    """Prepare a certificate in place of one whose facts were wrong, with a number of its own and the facts of today.

    The old one counts until the new one is issued; then it stays in the register as replaced, names its successor,
    and gives it its place at the enrolment. A replacement that is on its way already is returned as it is.

    Raises
    ------
    InvalidInput
        If `code` is none, or the reason has not 10 to 500 characters; otherwise as `prepare_certificate`.
    NotFound
        If there is no such certificate, or it is an outside issuer's.
    NotAllowed
        If the actor is not of the centre that issued it.
    Conflict
        If it is revoked or replaced already.
    """
    old = _own_certificate(session, actor, code, today=today)
    reason = check_reason(reason)
    check_transition(CertificateState(old.state), CertificateState.REPLACED)
    if old.replaced_by_id is not None:
        return _prepared(session, session.get_one(Certificate, old.replaced_by_id))
    person, enrolment = session.get_one(Person, old.person_id), _enrolment_of(session, old)
    design = _design_of_issuer(session, old, today)
    token = token_from(press.randomness(TOKEN_BYTES))
    told = {"token": token, "verify_url": f"{press.verify_base}{token}", "issued_on": today,
            "signed": press.signer.signs, "authority": press.signer.authority, "number": ""}
    if enrolment is not None:
        course = course_facts(session, session.get_one(Batch, enrolment.batch_id), today=today)
        check_subjects(course.subjects, course.jp)
        finished_on = min(course.last_day, enrolment.result_on or course.last_day)
        facts = facts_for(session, course, person, enrolment, **told,
                          valid_until=_valid_until(finished_on, _validity_years(session, course, today)),
                          preparation=preparations_of(session, [enrolment.id]).get(enrolment.id))
        if course.lan_programme:
            check_prepared(facts)
        draft = _Draft(facts, person.id, course.issuer, course.batch_number, finished_on, course.jp, design)
    else:  # a renewal, or its course is gone: what was frozen is all there is
        frozen = facts_from_json(old.facts or {})
        facts = facts_again(session, frozen, person, issuer=old.issuer, **told, valid_until=old.valid_until)
        draft = _Draft(facts, person.id, old.issuer, batch_number_of(frozen), old.finished_on, old.jp, design)
    _check_number(press, facts.kind, draft.batch_number, today)
    (new,) = _freeze(session, actor, press, [replace(draft, renews_id=old.renews_id, reason=reason)], now=now)
    old.replaced_by_id = new.id
    session.flush()
    return new


def prepare_renewal(
    session: Session, actor: Actor, press: Press, code: str, reason: str, *, today: date, now: datetime
) -> Prepared:
    """Prepare a renewal: the same training once more, counted from today, without lesson hours of its own.

    Both certificates are kept; the new one names the one that it renews. It says of the course what the old one
    says, of the person what holds today.

    Parameters
    ----------
    reason : str
        What the renewal rests on, such as a refresher; 10 to 500 characters.

    Raises
    ------
    InvalidInput, NotFound, NotAllowed
        As `prepare_replacement`.
    Conflict
        If it is revoked or replaced, renewed already, has no end, or would not last longer.
    """
    old = _own_certificate(session, actor, code, today=today)
    reason = check_reason(reason)
    if old.state != CertificateState.ISSUED:
        raise Conflict(say("Hanya sertifikat yang terbit dapat diperpanjang; yang ini dicabut, diganti, atau belum "
                           "terbit."))
    later = session.scalars(select(Certificate).where(
        Certificate.renews_id == old.id,
        Certificate.state.in_((CertificateState.READY_TO_SIGN, CertificateState.ISSUED)))).first()
    if later is not None and later.state == CertificateState.READY_TO_SIGN:
        return _prepared(session, later)
    if later is not None:
        raise Conflict(say("Sertifikat ini sudah diperpanjang oleh nomor %(number)s.", number=later.number))
    frozen, person = facts_from_json(old.facts or {}), session.get_one(Person, old.person_id)
    years = _years_of_training(session, old.training_code, today)
    valid_until = _valid_until(today, years)
    if old.valid_until is None:
        raise Conflict(say("Sertifikat ini berlaku tanpa batas waktu, jadi tidak perlu diperpanjang."))
    if valid_until is not None and valid_until <= old.valid_until:
        raise Conflict(say("Perpanjangan hari ini berlaku sampai %(new)s, tidak lebih lama daripada yang ada "
                           "(%(old)s).", new=valid_until, old=old.valid_until))
    token = token_from(press.randomness(TOKEN_BYTES))
    facts = facts_again(
        session, frozen, person, issuer=old.issuer, number="", token=token, verify_url=f"{press.verify_base}{token}",
        issued_on=today, valid_until=valid_until, signed=press.signer.signs, authority=press.signer.authority)
    batch_number = batch_number_of(frozen)
    _check_number(press, facts.kind, batch_number, today)
    (new,) = _freeze(session, actor, press, [_Draft(
        facts, person.id, old.issuer, batch_number, today, 0, _design_of_issuer(session, old, today), renews_id=old.id,
        reason=reason)], now=now)
    return new


def find_prepared(
    session: Session, actor: Actor, *, today: date, batch_code: str | None = None
) -> tuple[Prepared, ...]:
    """Return the certificates of the actor's training centres that wait for their file, in order of their numbers.

    Raises
    ------
    NotFound
        If the batch does not exist.
    NotAllowed
        If the actor is of no training centre, or not of the one that ran the batch.
    """
    wanted = [Certificate.state == CertificateState.READY_TO_SIGN]
    if batch_code is not None:
        batch = batch_by_code(session, batch_code)
        require(session, actor, "certificates.issue", on=today, unit_id=batch.organiser_id)
        wanted.append(Certificate.enrolment_id.in_(select(Enrolment.id).where(Enrolment.batch_id == batch.id)))
    else:
        scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
        if scope is not None:
            if not scope:
                require(session, actor, "certificates.issue", on=today)  # refused, with the sentence that says why
            wanted.append(Certificate.issuer.in_(select(Unit.code).where(Unit.id.in_(scope))))
    return tuple(_prepared(session, row) for row in session.scalars(
        select(Certificate).where(*wanted).order_by(
            Certificate.issuer, Certificate.kind, Certificate.year, Certificate.seq)))


def read_prepared(session: Session, rows: Sequence[Certificate]) -> tuple[Prepared, ...]:
    """Return certificates that wait for their file as they were prepared, in the order given."""
    return tuple(_prepared(session, row) for row in rows)


@dataclass(frozen=True, slots=True)
class Graduate:
    """Somebody who passed and waits for a certificate."""

    enrolment_id: int
    name: str
    nip: str
    batch: str
    organiser_id: int


@dataclass(frozen=True, slots=True)
class _Draft:
    """A certificate before its number is taken."""

    facts: CertificateFacts
    person_id: int
    issuer: str
    batch_number: int
    finished_on: date
    jp: int
    design: CertificateDesign | None
    enrolment_id: int | None = None
    renews_id: int | None = None
    reason: str = ""


def _freeze(
    session: Session, actor: Actor, press: Press, drafts: Sequence[_Draft], *, now: datetime
) -> tuple[Prepared, ...]:
    """Give each draft its number and write its row; nothing can be refused any more."""
    numbers = {series: iter(_take_numbers(session, *series, count=count))
               for series, count in sorted(Counter(map(_series, drafts)).items())}
    rows, frozen = [], []
    for draft in drafts:
        seq = next(numbers[_series(draft)])
        facts = replace(draft.facts, number=format_number(
            press.number_pattern, seq=seq, kind=draft.facts.kind, batch=draft.batch_number,
            issued_on=draft.facts.issued_on))
        frozen.append(facts)
        rows.append(Certificate(
            token=facts.token, person_id=draft.person_id, enrolment_id=draft.enrolment_id,
            # An award praises somebody; it does not say that he passed, so no gate and no level may find it.
            training_code="" if facts.kind is CertificateKind.AWARD else facts.training_code,
            kind=facts.kind.value, external=False, issuer=draft.issuer,
            year=facts.issued_on.year, seq=seq, number=facts.number, finished_on=draft.finished_on, jp=draft.jp,
            issued_on=facts.issued_on, valid_until=facts.valid_until, state=CertificateState.READY_TO_SIGN.value,
            renews_id=draft.renews_id,
            template_version_id=draft.design.version_id if draft.design is not None else None, facts=facts_to_json(facts), facts_sha256=facts_hash(facts),
            lan_registration_no=facts.lan_registration_no, photo_sha256=facts.photo_sha256 or None, recorded_at=now))
    session.add_all(rows)
    session.flush()
    session.add_all(_step(row, actor, now, draft.reason) for row, draft in zip(rows, drafts, strict=True))
    session.flush()
    return tuple(Prepared(row.id, row.enrolment_id, facts, draft.design)
                 for row, facts, draft in zip(rows, with_photos(session, frozen), drafts, strict=True))


def _series(draft: _Draft) -> tuple[str, str, int]:
    return draft.issuer, draft.facts.kind.value, draft.facts.issued_on.year


def _step(row: Certificate, actor: Actor, now: datetime, reason: str = "", state: str | None = None) -> CertificateEvent:
    return CertificateEvent(certificate_id=row.id, state=state or row.state, at=now, actor=stored_actor(actor),
                            reason=reason)


def _prepared(session: Session, row: Certificate) -> Prepared:
    (facts,) = with_photos(session, [facts_from_json(row.facts or {})])
    return Prepared(row.id, row.enrolment_id, facts, design_of(session, row.template_version_id))


def _by_id(session: Session, model: type[_Row], ids: set[int]) -> dict[int, _Row]:
    return {row.id: row for row in session.scalars(select(model).where(model.id.in_(ids)))}


def _check_graduate(
    enrolment: Enrolment, person: Person, batch: Batch, course: CourseFacts, known: Certificate | None
) -> None:
    if enrolment.status != "COMPLETED" or enrolment.outcome != "PASSED":
        raise Conflict(say("%(name)s belum tercatat lulus pada angkatan %(batch)s; sertifikat terbit sesudah hasilnya "
                           "dicatat.", name=person.name, batch=batch.code))
    if known is not None:
        raise Conflict(say("%(name)s sudah menerima sertifikat nomor %(number)s untuk angkatan ini.",
                           name=person.name, number=known.number))
    check_subjects(course.subjects, course.jp)


def _check_number(press: Press, kind: CertificateKind, batch_number: int, today: date) -> None:
    """Refuse a pattern that cannot be followed before a number is taken by it."""
    format_number(press.number_pattern, seq=_LARGEST_NUMBER, kind=kind, batch=batch_number, issued_on=today)


def _earlier_certificates(
    session: Session, person_ids: set[int], training_codes: set[str]
) -> dict[tuple[int, str], int]:
    """Return, by person and training, the newest certificate of ours that still stands: it is the one renewed."""
    found = session.execute(
        select(Certificate.person_id, Certificate.training_code, Certificate.id).where(
            Certificate.person_id.in_(person_ids), Certificate.training_code.in_(training_codes),
            Certificate.external.is_(False), Certificate.state == CertificateState.ISSUED)
        .order_by(Certificate.finished_on, Certificate.id))
    return {(person_id, code): certificate_id for person_id, code, certificate_id in found}


def _own_certificate(session: Session, actor: Actor, code: str, *, today: date) -> Certificate:
    """Return and lock a certificate of ours that the actor may issue anew."""
    token = normalise_token(code)
    row = session.scalars(select(Certificate).where(
        Certificate.token == token, Certificate.external.is_(False)).with_for_update()
        .execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(say("Tidak ada sertifikat dengan kode %(code)s.", code=token), where="code")
    unit_id = session.scalars(select(Unit.id).where(Unit.code == row.issuer)).one_or_none()
    require(session, actor, "certificates.issue", on=today, unit_id=unit_id)
    return row


def _design_of_issuer(session: Session, row: Certificate, today: date) -> CertificateDesign | None:
    unit_id = session.scalars(select(Unit.id).where(Unit.code == row.issuer)).one_or_none()
    return design_for(session, unit_id, CertificateKind(row.kind), today) if unit_id is not None else None


def _enrolment_of(session: Session, row: Certificate) -> Enrolment | None:
    return session.get(Enrolment, row.enrolment_id) if row.enrolment_id is not None else None


def _validity_years(session: Session, course: CourseFacts, today: date) -> int | None:
    return certificate_validity_years(session, today) if course.validity_years is None else course.validity_years


def _years_of_training(session: Session, code: str, today: date) -> int | None:
    years = session.scalars(select(Training.validity_years).where(Training.code == code)).one_or_none()
    return certificate_validity_years(session, today) if years is None else years


def _valid_until(since: date, years: int | None) -> date | None:
    """Return the last day of validity, counted from the day on which the training ended, as the planner counts it."""
    return None if years is None else valid_until_after(since, years)


# --- phase 2: the signature; the document itself is the renderer's ---------------------------------------------------


def sign_document(
    press: Press, facts: CertificateFacts, pdf: bytes, *, at: datetime, secret: SigningSecret | None = None
) -> bytes:
    """Return a certificate's document as it is issued: signed if it says that it is, and unchanged otherwise.

    What the document says was frozen when the certificate was prepared. One that was prepared without a signer stays
    unsigned, whatever has been installed since; one that says that it is signed is never issued without a signature.

    Raises
    ------
    InvalidInput
        If the secret is missing or refused, or the document cannot be signed.
    Unavailable
        If nobody can sign now.
    """
    if not facts.signed:
        return pdf
    if not press.signer.signs:
        raise Unavailable(say("Sertifikat %(number)s disiapkan untuk ditandatangani, tetapi pemasangan ini tidak mempunyai "
                              "kunci penanda tangan. Pasang kuncinya, lalu ulangi.", number=facts.number))
    return press.signer.sign(pdf, reason=f"Penerbitan sertifikat nomor {facts.number}", at=at, secret=secret,
                             stamp=stamp_for(facts))


# --- phase 3: the file, and what follows from it ---------------------------------------------------------------------


def finish_certificate(
    session: Session, actor: Actor, press: Press, certificate_id: int, pdf: bytes, *, now: datetime
) -> IssuedCertificate:
    """Issue a prepared certificate with its file: state, hash, evidence, the holder's notification.

    Asked twice, the certificate keeps the file that it was issued with.

    Raises
    ------
    Conflict
        If it was made void meanwhile, or the certificate that it should replace no longer counts.
    """
    row = session.scalars(select(Certificate).where(Certificate.id == certificate_id).with_for_update()
                          .execution_options(populate_existing=True)).one()
    person = session.get_one(Person, row.person_id)
    facts = facts_from_json(row.facts or {})
    if row.state == CertificateState.ISSUED and row.pdf_sha256:
        return _issued(row, person, facts)
    check_transition(CertificateState(row.state), CertificateState.ISSUED)
    old = session.scalars(select(Certificate).where(Certificate.replaced_by_id == row.id).with_for_update()
                          .execution_options(populate_existing=True)).one_or_none()
    if old is not None:
        _hand_over(session, actor, old, row, now=now)
    row.state, row.pdf_sha256 = CertificateState.ISSUED.value, sha256_of(pdf)
    session.add(CertificateFile(certificate_id=row.id, pdf=pdf))
    if facts.signed:
        session.add(_step(row, actor, now, state=CertificateState.SIGNED.value))
    session.add(_step(row, actor, now))
    _write_evidence(session, row, facts, old, now)
    if press.seal is not None:
        write_badge(session, row, seal=press.seal, public_url=press.verify_base.removesuffix("/cek/"), now=now)
    record(session, actor, "certificates.issue", "certificate", row.number, now=now, person_id=person.id,
           detail={"training": facts.training_code, "batch": facts.batch_label, "sha256": row.pdf_sha256})
    notify(session, person.id, say("Sertifikat %(training)s terbit dengan nomor %(number)s.",
                                   training=facts.training_name, number=row.number),
           link=f"/sertifikat/{row.token}", now=now, mailer=press.mailer)
    session.flush()
    number, nip = row.number, person.nip
    after_commit(session, lambda: signals.certificate_issued.send(
        None, certificate_id=certificate_id, number=number, nip=nip) and None)
    return _issued(row, person, facts)


def void_certificate(
    session: Session, actor: Actor, press: Press, certificate_id: int, problem: Message, *, now: datetime, again: bool
) -> Prepared | None:
    """Make a number void because its document could not be made; the participant is free for another certificate.

    Parameters
    ----------
    problem : Message
        Why; the register keeps it.
    again : bool
        Whether the same content takes a new number at once.

    Returns
    -------
    Prepared or None
        The new attempt; None without `again`, or when the certificate is void or issued already.
    """
    row = session.scalars(select(Certificate).where(Certificate.id == certificate_id).with_for_update()
                          .execution_options(populate_existing=True)).one()
    if CertificateState.VOID not in TRANSITIONS[CertificateState(row.state)]:
        return None
    reason = str(problem)[:_REASON_LENGTH]
    facts, enrolment_id = facts_from_json(row.facts or {}), row.enrolment_id
    old = session.scalars(select(Certificate).where(Certificate.replaced_by_id == row.id)).one_or_none()
    row.state, row.state_on, row.reason, row.enrolment_id = CertificateState.VOID.value, now.date(), reason, None
    if old is not None:
        old.replaced_by_id = None
    session.add(_step(row, actor, now, reason))
    record(session, actor, "certificates.issue:void", "certificate", row.number, now=now, person_id=row.person_id,
           detail={"reason": reason})
    session.flush()
    if not again:
        return None
    token = token_from(press.randomness(TOKEN_BYTES))
    (second,) = _freeze(session, actor, press, [_Draft(
        replace(facts, number="", token=token, verify_url=f"{press.verify_base}{token}"), row.person_id, row.issuer,
        batch_number_of(facts), row.finished_on, row.jp, design_of(session, row.template_version_id),
        enrolment_id=enrolment_id, renews_id=row.renews_id, reason=_first_reason(session, row))], now=now)
    if old is not None:
        old.replaced_by_id = second.id
        session.flush()
    return second


def _first_reason(session: Session, row: Certificate) -> str:
    """Return why a certificate was prepared: of a replacement or renewal; empty otherwise."""
    return session.scalars(select(CertificateEvent.reason).where(
        CertificateEvent.certificate_id == row.id, CertificateEvent.state == CertificateState.READY_TO_SIGN)
        .order_by(CertificateEvent.id)).first() or ""


def _hand_over(session: Session, actor: Actor, old: Certificate, new: Certificate, *, now: datetime) -> None:
    """End a certificate in favour of its replacement, which takes its place at the enrolment."""
    check_transition(CertificateState(old.state), CertificateState.REPLACED)
    reason = _first_reason(session, new)
    enrolment_id, old.enrolment_id = old.enrolment_id, None
    old.state, old.state_on, old.reason = CertificateState.REPLACED.value, new.issued_on, reason
    session.flush()
    new.enrolment_id = enrolment_id
    session.add(_step(old, actor, now, reason))
    record(session, actor, "certificates.issue:replace", "certificate", old.number, now=now, person_id=old.person_id,
           detail={"reason": reason, "by": new.number})


def find_issued(session: Session, actor: Actor, tokens: Sequence[str], *, today: date) -> tuple[IssuedCertificate, ...]:
    """Return our issued certificates of these codes, in their order; codes of others are left out.

    Raises
    ------
    NotAllowed
        If the actor is not of a centre that issued one of them.
    """
    rows = {row.token: (row, person) for start in range(0, len(tokens), _MOST_AT_ONCE) for row, person in session.execute(
        select(Certificate, Person).join(Person, Certificate.person_id == Person.id).where(
            Certificate.token.in_(tokens[start:start + _MOST_AT_ONCE]), Certificate.pdf_sha256.is_not(None)))}
    units = dict(session.execute(select(Unit.code, Unit.id).where(
        Unit.code.in_({row.issuer for row, _ in rows.values()}))).all())
    for code in sorted({row.issuer for row, _ in rows.values()}):
        require(session, actor, "certificates.issue", on=today, unit_id=units.get(code))
    return tuple(_issued(row, person, facts_from_json(row.facts or {}))
                 for row, person in (rows[token] for token in tokens if token in rows))


def _issued(row: Certificate, person: Person, facts: CertificateFacts) -> IssuedCertificate:
    return IssuedCertificate(
        row.id, row.token, row.number, person.nip, facts.holder_name, facts.training_code, facts.training_name,
        facts.issued_on, facts.valid_until, facts.verify_url, row.pdf_sha256 or "")


# --- all phases in one transaction -----------------------------------------------------------------------------------


def issue_certificate(
    session: Session, actor: Actor, enrolment_id: int, *, today: date, now: datetime, **press: Any
) -> IssuedCertificate:
    """Issue the certificate of one participant in the caller's transaction, rendering included.

    For whoever has the series to himself, such as the demo's load; a page or command goes through
    `kompetensi.jobs.certificates`, which commits between the phases. After an error the caller rolls back; a caller
    who commits nevertheless keeps a certificate that waits for its file, and no gap.

    Parameters
    ----------
    **press : object
        Fields of `Press`.

    Raises
    ------
    NotFound, NotAllowed, Conflict, InvalidInput
        As `prepare_certificate`; InvalidInput also if a text fits no page.
    Unavailable
        If this installation cannot make PDFs.
    """
    made = Press(**press)
    return _at_once(session, actor, made, prepare_certificate(session, actor, made, enrolment_id, today=today, now=now),
                    now=now)


def issue_batch(
    session: Session, actor: Actor, batch_code: str, *, nip: str | None = None, today: date, now: datetime, **press: Any
) -> tuple[IssuedCertificate, ...]:
    """Issue the certificates of all who passed in a batch and have none yet, in order of name, then NIP.

    With `nip` only those of one participant. Empty when nobody is left: asking twice is no error. Otherwise as
    `issue_certificate`; one refusal refuses all.
    """
    made = Press(**press)
    waiting = find_graduates(session, actor, batch_code=batch_code, nip=nip, today=today)
    answers = prepare_many(session, actor, made, [one.enrolment_id for one in waiting], today=today, now=now)
    for answer in answers:
        if isinstance(answer, Refused):
            raise answer.problem
    return tuple(issue_prepared(session, actor, made, [one for one in answers if isinstance(one, Prepared)], now=now))


def issue_prepared(
    session: Session, actor: Actor, press: Press, prepared: Sequence[Prepared], *, now: datetime
) -> Iterator[IssuedCertificate]:
    """Render, sign and issue prepared certificates in the caller's transaction; the first that fails ends it.

    Raises
    ------
    InvalidInput, Unavailable
        As the renderer and the signer do.
    """
    for design, group in groupby(prepared, key=lambda one: one.design):
        ones = tuple(group)
        for one, made in zip(ones, press.renderer.render_many((seal_facts(one.facts, press.seal) for one in ones), design), strict=True):
            if made.pdf is None:
                raise made.problem or InvalidInput(say("Berkas sertifikat tidak dapat dibuat."))
            yield finish_certificate(
                session, actor, press, one.id, sign_document(press, one.facts, made.pdf, at=now), now=now)


def _at_once(session: Session, actor: Actor, press: Press, prepared: Prepared, *, now: datetime) -> IssuedCertificate:
    (issued,) = issue_prepared(session, actor, press, [prepared], now=now)
    return issued


def replace_certificate(
    session: Session, actor: Actor, code: str, reason: str, *, today: date, now: datetime, **press: Any
) -> IssuedCertificate:
    """Replace a certificate in the caller's transaction; see `prepare_replacement` and `issue_certificate`."""
    made = Press(**press)
    return _at_once(session, actor, made, prepare_replacement(session, actor, made, code, reason, today=today, now=now),
                    now=now)


def renew_certificate(
    session: Session, actor: Actor, code: str, reason: str, *, today: date, now: datetime, **press: Any
) -> IssuedCertificate:
    """Renew a certificate in the caller's transaction; see `prepare_renewal` and `issue_certificate`."""
    made = Press(**press)
    return _at_once(session, actor, made, prepare_renewal(session, actor, made, code, reason, today=today, now=now),
                    now=now)


def sha256_of(pdf: bytes) -> str:
    """Return the SHA-256 of a file, 64 small hexadecimal digits."""
    return hashlib.sha256(pdf).hexdigest()


def _write_evidence(
    session: Session, certificate: Certificate, facts: CertificateFacts, old: Certificate | None, now: datetime
) -> None:
    """Record the levels that the training is expected to give, each as long as the certificate holds.

    Of a training that is no longer in the catalogue they are those of the certificate replaced or renewed.
    """
    if facts.kind is CertificateKind.AWARD:
        return
    levels = session.execute(
        select(TrainingRaise.competency_id, TrainingRaise.level)
        .join(Training, TrainingRaise.training_id == Training.id)
        .where(Training.code == facts.training_code).order_by(TrainingRaise.id)).all()
    before = old.id if old is not None else certificate.renews_id
    if not levels and before is not None:
        levels = session.execute(select(Evidence.competency_id, Evidence.level)
                                 .where(Evidence.certificate_id == before).order_by(Evidence.id)).all()
    rows = [{"person_id": certificate.person_id, "competency_id": competency_id, "level": level, "kind": "TRAINING",
             "observed_on": certificate.finished_on, "valid_until": certificate.valid_until, "recorded_at": now,
             "source": f"{facts.training_name}, sertifikat {certificate.number}"[:200],
             "certificate_id": certificate.id} for competency_id, level in levels]
    if rows:
        session.execute(insert(Evidence), rows)


# --- numbers ---------------------------------------------------------------------------------------------------------


def _take_numbers(session: Session, issuer: str, kind: str, year: int, *, count: int) -> range:
    """Take the next places in a series, 1 for the first; they are free again when the transaction is rolled back.

    One UPDATE moves the series and locks it until the transaction ends, so that two who issue at once come one after
    the other: no gap and no number twice.
    """
    series = {"issuer": issuer, "kind": kind, "year": year}
    last = _advance(session, series, count)
    if last is None:
        session.execute(_OPEN_SERIES, series)
        last = _advance(session, series, count)
    if last is None:
        raise Conflict(say("Nomor sertifikat sedang diambil orang lain; ulangi sebentar lagi."))
    return range(last - count + 1, last + 1)


def _advance(session: Session, series: dict[str, object], count: int) -> int | None:
    return session.execute(
        update(CertificateSeries).filter_by(**series).values(last=CertificateSeries.last + count)
        .returning(CertificateSeries.last), execution_options={"synchronize_session": False}).scalar_one_or_none()
