"""The register of certificates: one's own, the centre's list, one certificate with its history, its file, revocation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput, NotFound, Unavailable
from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    Certificate,
    CertificateBadge,
    CertificateEvent,
    CertificateFile,
    Enrolment,
    Job,
    JobItem,
    Person,
    Training,
    Unit,
)
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor, Relation, Role
from kompetensi.rules.certificates import (
    CertificateFacts,
    CertificateState,
    CertificateStatus,
    check_reason,
    check_transition,
    facts_from_json,
    facts_hash,
    normalise_token,
    status_on,
)
from kompetensi.services.access import is_allowed, relation_to, require, scope_unit_ids
from kompetensi.services.audit import record, record_each, split_actor, stored_actor
from kompetensi.services.catalogue import Page
from kompetensi.services.certificates import sha256_of
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip

__all__ = ["GIVEN_STATES", "PAGE_SIZE", "STATUS_FILTERS", "CertificateItem", "CertificateLink", "CertificateStep",
           "CertificateView", "JobFiles", "list_certificates", "list_items", "open_certificate", "open_job_files", "read_certificate_file",
           "read_job_files", "renewed_by_of", "revoke_certificate", "view_certificate"]

PAGE_SIZE = 50
_LONGEST_TEXT = 120
# Words in the address of the list -> status that it shows.
STATUS_FILTERS: dict[str, CertificateStatus] = {
    "berlaku": CertificateStatus.VALID, "kedaluwarsa": CertificateStatus.EXPIRED,
    "dicabut": CertificateStatus.REVOKED, "diganti": CertificateStatus.REPLACED,
    "belum-terbit": CertificateStatus.NOT_ISSUED}
# What a holder has been given; numbers that wait for their file or are void are the training centre's business.
GIVEN_STATES = ("ISSUED", "REVOKED", "REPLACED")


@dataclass(frozen=True, slots=True)
class CertificateItem:
    """A certificate in a list.

    Attributes
    ----------
    status : CertificateStatus
        On the day asked.
    issuer : str
        Name of our unit, or of the outside issuer.
    batch : str or None
        Code of the batch that it came from.
    valid_until : date or None
        Last day, inclusive; None = without end.
    external : bool
        True for an outside issuer's register entry: there is no file, and the public check does not know it.
    """

    token: str
    number: str
    nip: str
    holder_name: str
    training_code: str
    training_name: str
    batch: str | None
    issuer: str
    jp: int
    finished_on: date
    issued_on: date
    valid_until: date | None
    state: str
    status: CertificateStatus
    external: bool


@dataclass(frozen=True, slots=True)
class CertificateStep:
    """One step in a certificate's life."""

    at: datetime
    words: Message
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate with all that its holder may know.

    Attributes
    ----------
    facts : CertificateFacts or None
        What was frozen at issue; None for an outside issuer's.
    facts_intact : bool
        Whether the stored facts still have the hash that is printed on the back.
    steps : tuple of CertificateStep
        Oldest first.
    replaced_by : str or None
        Code of the certificate that took its place.
    is_own : bool
        Whether it is the reader's.
    renews, renewed_by : CertificateLink or None
        The certificate that it renews, and the newest one that renews it; all of them are kept.
    has_badge : bool
        Whether it is also an Open Badges credential; those issued without a seal are not.
    """

    item: CertificateItem
    facts: CertificateFacts | None
    facts_sha256: str
    pdf_sha256: str
    facts_intact: bool
    state_on: date | None
    reason: str
    replaced_by: str | None
    steps: tuple[CertificateStep, ...]
    is_own: bool
    may_revoke: bool
    may_replace: bool
    may_renew: bool = False
    renews: CertificateLink | None = None
    renewed_by: CertificateLink | None = None
    has_badge: bool = False


@dataclass(frozen=True, slots=True)
class CertificateLink:
    """Another certificate of the same chain."""

    token: str
    number: str


def list_certificates(
    session: Session, actor: Actor, *, today: date, text: str = "", status: CertificateStatus | None = None,
    batch: str | None = None, nip: str | None = None, number: int = 1, size: int | None = PAGE_SIZE,
) -> Page[CertificateItem]:
    """Return the certificates that the actor's training centres have issued, newest first.

    Parameters
    ----------
    text : str
        Only those whose holder, NIP, number, code or training holds every word.
    status : CertificateStatus, optional
        Only those in it today.
    batch, nip : str, optional
        Only those of one batch, or of one person.
    number, size : int
        Page from 1 and its length; None = all on one page.

    Raises
    ------
    NotFound
        If batch or NIP names nothing.
    InvalidInput
        If the page does not exist.
    """
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    if scope is not None and not scope:
        require(session, actor, "certificates.issue", on=today)  # refused, with the sentence that says why
    wanted: list[ColumnElement[bool]] = [Certificate.external.is_(False)]
    if scope is not None:
        wanted.append(Certificate.issuer.in_(select(Unit.code).where(Unit.id.in_(scope))))
    if batch is not None:
        wanted.append(Batch.id == batch_by_code(session, batch).id)
    if nip is not None:
        wanted.append(Person.id == person_by_nip(session, nip).id)
    if status is not None:
        wanted.append(_status_is(status, today))
    for word in text[:_LONGEST_TEXT].casefold().split():
        wanted.append(or_(*(func.lower(column).contains(word, autoescape=True) for column in (
            Person.name, Person.nip, Certificate.number, Certificate.token, Training.name, Certificate.training_code))))
    total = session.scalar(_joined(select(func.count(Certificate.id))).where(*wanted)) or 0
    pages = max(1, -(-total // size)) if size else 1
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.", number=number,
                               pages=pages), where="page")
    return Page(tuple(list_items(session, wanted, today, size, (number - 1) * (size or 0))), total, number, pages)


def _status_is(status: CertificateStatus, on: date) -> ColumnElement[bool]:
    """Return the condition of the database that `rules.certificates.status_on` gives a status on a day."""
    lasting = or_(Certificate.valid_until.is_(None), Certificate.valid_until >= on)
    issued = and_(Certificate.state == "ISSUED", Certificate.issued_on <= on)
    return {
        CertificateStatus.VALID: and_(issued, lasting), CertificateStatus.EXPIRED: and_(issued, ~lasting),
        CertificateStatus.REVOKED: Certificate.state == "REVOKED",
        CertificateStatus.REPLACED: Certificate.state == "REPLACED",
        CertificateStatus.NOT_ISSUED: Certificate.state.in_(("DRAFT", "READY_TO_SIGN", "SIGNED", "VOID")),
    }[status]


def _joined(query):
    return (query.join(Person, Certificate.person_id == Person.id)
            .outerjoin(Training, Training.code == Certificate.training_code)
            .outerjoin(Enrolment, Certificate.enrolment_id == Enrolment.id)
            .outerjoin(Batch, Enrolment.batch_id == Batch.id)
            .outerjoin(Unit, and_(Unit.code == Certificate.issuer, Certificate.external.is_(False))))


def list_items(
    session: Session, wanted: Iterable[ColumnElement[bool]], today: date, size: int | None = None, offset: int = 0
) -> Iterator[CertificateItem]:
    """Yield the certificates for which all conditions hold, newest first; the caller has checked access."""
    query = _joined(select(
        Certificate, Person.nip, Person.name, func.coalesce(Training.name, Certificate.training_code),
        func.coalesce(Unit.name, Certificate.issuer), Batch.code))
    query = query.where(*wanted).order_by(
        Certificate.issued_on.desc(), Certificate.seq.desc().nulls_last(), Certificate.id.desc())
    for row, nip, name, training_name, issuer, batch in session.execute(query.limit(size).offset(offset)):
        facts = row.facts or {}
        # What was frozen is shown: person, training and unit may have another name by now, or be gone.
        yield CertificateItem(
            row.token, row.number, nip, facts.get("holder_name") or name, row.training_code,
            facts.get("training_name") or training_name, batch, facts.get("institution") or issuer, row.jp, row.finished_on, row.issued_on, row.valid_until, row.state, _status(row, today),
            row.external)


def _status(row: Certificate, today: date) -> CertificateStatus:
    return status_on(CertificateState(row.state), today, issued_on=row.issued_on, valid_until=row.valid_until,
                     state_on=row.state_on)


def view_certificate(
    session: Session, actor: Actor, code: str, *, today: date, now: datetime, changing: bool = False
) -> CertificateView:
    """Open a certificate; a look at somebody else's is noted in the audit log.

    Parameters
    ----------
    changing : bool
        True when the actor is about to revoke or replace it.

    Raises
    ------
    InvalidInput, NotFound
        If `code` is none, or names no certificate.
    NotAllowed
        If the actor is neither the holder, his superior, HR of his unit, nor of the centre that issued it; with
        `changing`, if he is not of that centre.
    """
    row, person = open_certificate(session, actor, code, today)
    of_centre = _of_centre(session, actor, "certificates.revoke", row, today)
    if changing and not of_centre:
        require(session, actor, "certificates.revoke", on=today)
    is_own = relation_to(session, actor, person, on=today) is Relation.SELF
    if not is_own:
        record(session, actor, "certificates.view", "certificate", row.number, now=now, person_id=person.id)
        session.flush()
    facts = facts_from_json(row.facts) if row.facts else None
    steps = session.scalars(
        select(CertificateEvent).where(CertificateEvent.certificate_id == row.id).order_by(CertificateEvent.id))
    replaced_by = session.scalars(select(Certificate.token).where(
        Certificate.id == row.replaced_by_id)).one_or_none() if row.state == "REPLACED" else None
    renews, renewed_by = _link(session, Certificate.id == row.renews_id), renewed_by_of(session, row)
    stands = of_centre and row.state == "ISSUED"
    item = next(iter(list_items(session, [Certificate.id == row.id], today)))
    return CertificateView(
        item, facts, row.facts_sha256 or "", row.pdf_sha256 or "",
        facts is None or facts_hash(facts) == row.facts_sha256, row.state_on, row.reason, replaced_by,
        tuple(CertificateStep(step.at, _STEP_WORDS[step.state], split_actor(step.actor)[1] or step.actor, step.reason)
              for step in steps),
        is_own, stands, stands, stands and row.valid_until is not None and renewed_by is None, renews, renewed_by,
        session.get(CertificateBadge, row.id) is not None)


def renewed_by_of(session: Session, row: Certificate) -> CertificateLink | None:
    """Return the newest certificate that renews this one and stands; None when there is none."""
    return _link(session, and_(Certificate.renews_id == row.id, Certificate.state == "ISSUED"))


def _link(session: Session, wanted: ColumnElement[bool]) -> CertificateLink | None:
    found = session.execute(select(Certificate.token, Certificate.number).where(wanted)
                            .order_by(Certificate.id.desc()).limit(1)).first()
    return CertificateLink(found.token, found.number) if found is not None else None


_STEP_WORDS: dict[str, Message] = {
    "DRAFT": say("dirancang"), "READY_TO_SIGN": say("isi dibekukan"), "SIGNED": say("ditandatangani"),
    "ISSUED": say("terbit"), "REVOKED": say("dicabut"), "REPLACED": say("diganti"), "VOID": say("dibatalkan")}


def open_certificate(session: Session, actor: Actor, code: str, today: date) -> tuple[Certificate, Person]:
    """Return a certificate and its holder, for who may see it; refused as `view_certificate`."""
    token = normalise_token(code)
    row = session.scalars(select(Certificate).where(Certificate.token == token)).one_or_none()
    if row is None:
        raise NotFound(say("Tidak ada sertifikat dengan kode %(code)s.", code=token), where="code")
    person = session.get_one(Person, row.person_id)
    if not _of_centre(session, actor, "certificates.issue", row, today):
        require(session, actor, "certificates.view", on=today, person=person)
    return row, person


def _of_centre(session: Session, actor: Actor, action: str, row: Certificate, today: date) -> bool:
    """Whether the actor may do this as the centre that issued the certificate."""
    if row.external:
        return False
    unit_id = session.scalars(select(Unit.id).where(Unit.code == row.issuer)).one_or_none()
    return is_allowed(session, actor, action, on=today, unit_id=unit_id)


def read_certificate_file(session: Session, actor: Actor, code: str, *, today: date, now: datetime) -> tuple[str, bytes]:
    """Return the frozen PDF with a name for it; a copy for somebody else than the holder is noted in the audit log.

    Raises
    ------
    InvalidInput, NotFound, NotAllowed
        As `view_certificate`; NotFound also for an outside issuer's certificate, of which there is no file.
    Unavailable
        If the stored file is no longer the one that was issued; it is never handed out.
    """
    row, person = open_certificate(session, actor, code, today)
    file = session.get(CertificateFile, row.id)
    if file is None:
        raise NotFound(say("Sertifikat %(number)s tidak mempunyai berkas pada register ini.", number=row.number),
                       where="code")
    _check_file(file.pdf, row.pdf_sha256, row.number)
    if relation_to(session, actor, person, on=today) is not Relation.SELF:
        record(session, actor, "certificates.view:file", "certificate", row.number, now=now, person_id=person.id)
    return f"sertifikat-{row.token}.pdf", file.pdf


@dataclass(frozen=True, slots=True)
class JobFiles:
    """The certificates that a job has issued and that still stand.

    Attributes
    ----------
    name : str
        Of the batch or year; for the names of files.
    certificate_ids : tuple of int
        In the order of the job.
    left_out : int
        How many were revoked or replaced since.
    """

    name: str
    certificate_ids: tuple[int, ...]
    left_out: int


def open_job_files(session: Session, actor: Actor, job_id: str, *, today: date, now: datetime) -> JobFiles:
    """Ask for all certificates that a job has issued; each holder can see in the audit log that a copy was taken.

    Raises
    ------
    NotFound
        If there is no such job, or it has issued nothing that still stands.
    NotAllowed
        If the actor is not of the training centre whose job it is.
    """
    job = session.get(Job, job_id)
    if job is None or job.kind != "certificates.issue":
        raise NotFound(say("Tidak ada pekerjaan dengan nomor %(number)s.", number=job_id), where="JOB")
    require(session, actor, job.kind, on=today, unit_id=job.unit_id)
    found = session.execute(
        select(Certificate.id, Certificate.number, Certificate.state, Person.id.label("person_id"), Person.nip)
        .join(JobItem, JobItem.outcome == Certificate.token).join(Person, Certificate.person_id == Person.id)
        .where(JobItem.job_id == job_id, JobItem.state == "DONE", Certificate.state.in_(GIVEN_STATES))
        .order_by(JobItem.seq)).all()
    standing = [row for row in found if row.state == "ISSUED"]
    if not standing:
        raise NotFound(say("Pekerjaan ini belum menerbitkan sertifikat yang masih berlaku."), where="JOB")
    record_each(session, actor, "certificates.view:file", (
        (row.person_id, row.nip, {"number": row.number, "job": job_id}) for row in standing), now=now)
    session.flush()
    name = job.arguments.get("batch") or job.arguments.get("year") or job_id
    return JobFiles(str(name), tuple(row.id for row in standing), len(found) - len(standing))


def read_job_files(session: Session, files: JobFiles) -> Iterator[tuple[str, bytes]]:
    """Return the frozen PDFs, each with a name in the order of the job; a few are in memory at a time.

    Raises
    ------
    Unavailable
        If a stored file is no longer the one that was issued.
    """
    for start in range(0, len(files.certificate_ids), PAGE_SIZE):
        ids = files.certificate_ids[start:start + PAGE_SIZE]
        rows = {row.id: (row.token, row.number, row.pdf_sha256, pdf) for row, pdf in session.execute(
            select(Certificate, CertificateFile.pdf).join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
            .where(Certificate.id.in_(ids)))}
        for place, certificate_id in enumerate(ids, start + 1):
            token, number, sha256, pdf = rows[certificate_id]
            _check_file(pdf, sha256, number)
            yield f"{place:05d}-sertifikat-{token}.pdf", pdf


def _check_file(pdf: bytes, sha256: str | None, number: str) -> None:
    if sha256_of(pdf) != sha256:
        raise Unavailable(say("Berkas sertifikat %(number)s yang tersimpan tidak lagi sama dengan yang diterbitkan. "
                              "Hubungi admin; berkas ini tidak dibagikan.", number=number))


def revoke_certificate(
    session: Session, actor: Actor, code: str, reason: str, *, today: date, now: datetime, mailer: Mailer | None = None
) -> CertificateItem:
    """Revoke a certificate from today on; what it proved ends with it, and the holder is told why.

    Nothing is deleted: the number, the file and the reason stay, and the public check shows them.

    Raises
    ------
    InvalidInput
        If `code` is none, or the reason has not 10 to 500 characters; it names ``reason``.
    NotFound
        If there is no such certificate, or it is an outside issuer's.
    NotAllowed
        If the actor is not of the centre that issued it.
    Conflict
        If it is revoked or replaced already.
    """
    token = normalise_token(code)
    row = session.scalars(select(Certificate).where(
        Certificate.token == token, Certificate.external.is_(False)).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(say("Tidak ada sertifikat dengan kode %(code)s.", code=token), where="code")
    unit_id = session.scalars(select(Unit.id).where(Unit.code == row.issuer)).one_or_none()
    require(session, actor, "certificates.revoke", on=today, unit_id=unit_id)
    reason = check_reason(reason)
    check_transition(CertificateState(row.state), CertificateState.REVOKED)
    row.state, row.state_on, row.reason = CertificateState.REVOKED.value, today, reason
    session.add(CertificateEvent(certificate_id=row.id, state=row.state, at=now, actor=stored_actor(actor), reason=reason))
    record(session, actor, "certificates.revoke", "certificate", row.number, now=now, person_id=row.person_id,
           detail={"reason": reason})
    notify(session, row.person_id, say("Sertifikat %(number)s dicabut: %(reason)s", number=row.number, reason=reason),
           link=f"/sertifikat/{row.token}", now=now, mailer=mailer)
    session.flush()
    return next(iter(list_items(session, [Certificate.id == row.id], today)))
