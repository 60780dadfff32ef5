"""Recognition of prior learning: a person hands in an outside certificate, somebody else judges it.

What is recognised becomes an entry of the register like any other outside certificate, with its evidence; what is
refused says why. Nobody reviews his own claim, whatever roles he has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from kompetensi.messages import Message, say
from kompetensi.models import (
    Certificate,
    Person,
    RecognitionClaim,
    RecognitionDocument,
    RecognitionEvent,
    Training,
)
from kompetensi.ports import Mailer, Randomness
from kompetensi.rules.access import Actor, Relation, Role
from kompetensi.rules.recognition import CLAIM_WORDS, ClaimState, check_claim_step, document_type
from kompetensi.services.access import is_allowed, relation_to, require, scope_unit_ids
from kompetensi.services.audit import record, split_actor, stored_actor
from kompetensi.services.day_conditions import is_staff
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import training_by_code
from kompetensi.services.outside_certificates import (
    OutsideCertificate,
    check_outside_certificate,
    write_outside_certificate,
)

__all__ = ["ClaimItem", "ClaimStep", "ClaimView", "claims_of", "claims_to_review", "decide_claim",
           "list_trainings", "read_document", "start_review", "submit_claim", "view_claim", "withdraw_claim"]

_REASON_LENGTHS = (10, 500)
_MOST_REMARK = 1000
_UNSAFE = re.compile(r"[^\w.() -]+")


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """A claim in a list.

    Attributes
    ----------
    token : str or None
        Code of the register's entry that recognition led to.
    valid_until : date or None
        Last day, inclusive; None = without end.
    """

    id: int
    nip: str
    holder_name: str
    training_code: str
    training_name: str
    issuer: str
    number: str
    finished_on: date
    valid_until: date | None
    jp: int
    state: ClaimState
    submitted_at: datetime
    token: str | None

    @property
    def words(self) -> Message:
        """The state, in words."""
        return CLAIM_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One step of a claim."""

    at: datetime
    words: Message
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with all that may be known of it.

    Attributes
    ----------
    remark : str
        The holder's own words.
    document_name, document_sha256 : str
        Of the file handed in.
    steps : tuple of ClaimStep
        Oldest first.
    may_review, may_withdraw : bool
        What the reader may do with it now.
    """

    item: ClaimItem
    remark: str
    document_name: str
    document_sha256: str
    steps: tuple[ClaimStep, ...]
    is_own: bool
    may_review: bool
    may_withdraw: bool


def submit_claim(
    session: Session, actor: Actor, facts: OutsideCertificate, *, remark: str = "", document_name: str,
    document: bytes, max_bytes: int, today: date, now: datetime,
) -> int:
    """Hand in an own outside certificate for recognition; return the claim's number.

    Parameters
    ----------
    facts : OutsideCertificate
        As it stands on the certificate, with the training that it shall count as.
    document : bytes
        The certificate itself: PDF, PNG or JPEG of at most `max_bytes`.

    Raises
    ------
    NotAllowed
        If the actor has no record of his own.
    NotFound, InvalidInput
        If the training is none, the facts cannot be true, or the document is none; see
        `services.outside_certificates.record_outside_certificate` and `rules.recognition.document_type`.
    Conflict
        If the certificate is in the register, or a claim for it is open.
    """
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    require(session, actor, "recognition.claim", on=today, person=person)
    if person is None:
        raise NotAllowed(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak ada sertifikat yang dapat "
                             "diajukan."))
    training = training_by_code(session, facts.training)
    check_outside_certificate(session, person, training, facts, today=today)
    document_type(document, max_bytes=max_bytes)
    if len(remark.strip()) > _MOST_REMARK:
        raise InvalidInput(say("Keterangan paling panjang %(most)s huruf.", most=_MOST_REMARK), where="remark")
    number = facts.number.strip()
    if session.scalars(select(RecognitionClaim.id).where(
            RecognitionClaim.person_id == person.id, RecognitionClaim.training_id == training.id,
            RecognitionClaim.number == number,
            RecognitionClaim.state.in_(("SUBMITTED", "IN_REVIEW")))).first() is not None:
        raise Conflict(say("Sertifikat nomor %(number)s sudah Anda ajukan dan belum diputuskan.", number=number),
                       where="number")
    claim = RecognitionClaim(
        person_id=person.id, training_id=training.id, issuer=facts.issuer.strip(), number=number,
        finished_on=facts.finished_on, valid_until=facts.valid_until,
        jp=training.jp if facts.jp is None else facts.jp, remark=remark.strip(), state=ClaimState.SUBMITTED.value)
    session.add(claim)
    session.flush()
    session.add(RecognitionDocument(
        claim_id=claim.id, name=_safe_name(document_name), sha256=hashlib.sha256(document).hexdigest(),
        content=document))
    _step(session, actor, claim, ClaimState.SUBMITTED, now)
    record(session, actor, "recognition.claim", "recognition", str(claim.id), now=now, person_id=person.id,
           detail={"training": training.code, "number": number})
    session.flush()
    return claim.id


def _safe_name(name: str) -> str:
    return _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip()[-120:] or "berkas"


def _step(session: Session, actor: Actor, claim: RecognitionClaim, state: ClaimState, now: datetime,
          reason: str = "") -> None:
    claim.state = state.value
    session.add(RecognitionEvent(claim_id=claim.id, state=state.value, at=now, actor=stored_actor(actor), reason=reason))


def withdraw_claim(session: Session, actor: Actor, claim_id: int, *, today: date, now: datetime) -> None:
    """Take an own claim back before it is decided.

    Raises
    ------
    NotFound, NotAllowed
        If there is no such claim, or it is somebody else's.
    Conflict
        If it is decided or withdrawn already.
    """
    claim, person = _claim(session, claim_id, locked=True)
    require(session, actor, "recognition.claim", on=today, person=person)
    check_claim_step(ClaimState(claim.state), ClaimState.WITHDRAWN)
    _step(session, actor, claim, ClaimState.WITHDRAWN, now)
    record(session, actor, "recognition.claim:withdraw", "recognition", str(claim.id), now=now, person_id=person.id)
    session.flush()


def start_review(session: Session, actor: Actor, claim_id: int, *, today: date, now: datetime) -> None:
    """Begin to judge a claim; refused as `decide_claim`."""
    claim, person = _to_review(session, actor, claim_id, today)
    check_claim_step(ClaimState(claim.state), ClaimState.IN_REVIEW)
    _step(session, actor, claim, ClaimState.IN_REVIEW, now)
    record(session, actor, "recognition.review:start", "recognition", str(claim.id), now=now, person_id=person.id)
    session.flush()


def decide_claim(
    session: Session, actor: Actor, claim_id: int, *, recognised: bool, reason: str = "", today: date, now: datetime,
    randomness: Randomness, mailer: Mailer | None = None,
) -> str | None:
    """Recognise a claim or refuse it; return the code of the register's entry that it becomes, None when refused.

    Parameters
    ----------
    reason : str
        10 to 500 characters; needed to refuse, welcome otherwise. The holder reads it.

    Raises
    ------
    NotFound
        If there is no such claim.
    NotAllowed
        If the actor is neither HR nor training centre of the person's unit, or it is his own claim.
    Conflict
        If it is not in review, or its certificate has come into the register meanwhile.
    InvalidInput
        If the reason is missing or has not 10 to 500 characters; it names ``reason``.
    """
    claim, person = _to_review(session, actor, claim_id, today)
    after = ClaimState.RECOGNISED if recognised else ClaimState.REFUSED
    check_claim_step(ClaimState(claim.state), after)
    reason, (least, most) = reason.strip(), _REASON_LENGTHS
    if not (least <= len(reason) <= most or (recognised and not reason)):
        raise InvalidInput(say("Tulis alasan sepanjang %(least)s sampai %(most)s huruf; pemegangnya membacanya.",
                               least=least, most=most), where="reason")
    training, token = session.get_one(Training, claim.training_id), None
    if recognised:
        facts = OutsideCertificate(training.code, claim.issuer, claim.number, claim.finished_on, claim.jp,
                                   claim.valid_until)
        check_outside_certificate(session, person, training, facts, today=today)
        row = write_outside_certificate(session, person, training, facts, now=now, randomness=randomness)
        claim.certificate_id, token = row.id, row.token
    _step(session, actor, claim, after, now, reason)
    record(session, actor, f"recognition.review:{'recognise' if recognised else 'refuse'}", "recognition",
           str(claim.id), now=now, person_id=person.id, detail={"reason": reason, "training": training.code})
    words = say("Sertifikat luar %(number)s diakui sebagai %(training)s.", number=claim.number, training=training.name) \
        if recognised else say("Sertifikat luar %(number)s belum dapat diakui: %(reason)s", number=claim.number,
                               reason=reason)
    notify(session, person.id, words, link=f"/pengakuan/{claim.id}", now=now, mailer=mailer)
    session.flush()
    return token


def _claim(session: Session, claim_id: int, *, locked: bool = False) -> tuple[RecognitionClaim, Person]:
    query = select(RecognitionClaim).where(RecognitionClaim.id == claim_id)
    claim = session.scalars(query.with_for_update() if locked else query).one_or_none()
    if claim is None:
        raise NotFound(say("Tidak ada usulan pengakuan nomor %(number)s.", number=str(claim_id)), where="claim")
    return claim, session.get_one(Person, claim.person_id)


def _to_review(session: Session, actor: Actor, claim_id: int, today: date) -> tuple[RecognitionClaim, Person]:
    claim, person = _claim(session, claim_id, locked=True)
    require(session, actor, "recognition.review", on=today, person=person)
    if actor.person_id == person.id:
        raise NotAllowed(say("Usulan Anda sendiri ditelaah oleh orang lain. Minta rekan yang berwenang menelaahnya."))
    return claim, person


def view_claim(session: Session, actor: Actor, claim_id: int, *, today: date, now: datetime) -> ClaimView:
    """Open a claim; a look at somebody else's is noted in the audit log.

    Raises
    ------
    NotFound, NotAllowed
        If there is no such claim, or the actor is neither its holder nor of HR or the centre of his unit.
    """
    claim, person = _claim(session, claim_id)
    require(session, actor, "recognition.view", on=today, person=person)
    is_own = relation_to(session, actor, person, on=today) is Relation.SELF
    if not is_own:
        record(session, actor, "recognition.view", "recognition", str(claim.id), now=now, person_id=person.id)
    document = session.execute(select(RecognitionDocument.name, RecognitionDocument.sha256).where(
        RecognitionDocument.claim_id == claim.id)).one()
    steps = session.scalars(select(RecognitionEvent).where(RecognitionEvent.claim_id == claim.id)
                            .order_by(RecognitionEvent.id))
    open_ = ClaimState(claim.state) in (ClaimState.SUBMITTED, ClaimState.IN_REVIEW)
    [item] = _items(session, [RecognitionClaim.id == claim.id])
    session.flush()
    return ClaimView(
        item, claim.remark, document.name, document.sha256,
        tuple(ClaimStep(step.at, CLAIM_WORDS[ClaimState(step.state)], split_actor(step.actor)[1] or step.actor,
                        step.reason) for step in steps),
        is_own, open_ and not is_own and is_allowed(session, actor, "recognition.review", on=today, person=person),
        open_ and is_own)


def read_document(
    session: Session, actor: Actor, claim_id: int, *, today: date, now: datetime
) -> tuple[str, str, bytes]:
    """Return name, media type and content of the document of a claim; refused and noted as `view_claim`.

    Raises
    ------
    Unavailable
        If the stored document is no longer the one that was handed in.
    """
    claim, person = _claim(session, claim_id)
    require(session, actor, "recognition.view", on=today, person=person)
    document = session.get_one(RecognitionDocument, claim.id)
    if hashlib.sha256(document.content).hexdigest() != document.sha256:
        raise Unavailable(say("Berkas yang tersimpan tidak lagi sama dengan yang diajukan. Hubungi admin."))
    if actor.person_id != person.id:
        record(session, actor, "recognition.view:document", "recognition", str(claim.id), now=now, person_id=person.id)
    return document.name, document_type(document.content, max_bytes=len(document.content)), document.content


def list_trainings(session: Session, actor: Actor, *, today: date) -> tuple[tuple[str, str], ...]:
    """Return code and name of the trainings that an outside certificate can count as, by name."""
    require(session, actor, "catalogue.view", on=today)
    return tuple((code, name) for code, name in session.execute(
        select(Training.code, Training.name).order_by(Training.name, Training.code)))


def claims_of(session: Session, actor: Actor) -> tuple[ClaimItem, ...]:
    """Return the actor's own claims, newest first; empty for an account without a person record."""
    if actor.person_id is None:
        return ()
    return _items(session, [RecognitionClaim.person_id == actor.person_id])


def claims_to_review(session: Session, actor: Actor, *, today: date) -> tuple[ClaimItem, ...]:
    """Return the undecided claims of the actor's units, oldest first; his own are not among them.

    Raises
    ------
    NotAllowed
        If the actor is neither HR nor training centre of any unit.
    """
    hr, centre = (scope_unit_ids(session, actor, role) for role in (Role.HR, Role.TRAINING_CENTRE))
    wanted: list[ColumnElement[bool]] = [RecognitionClaim.state.in_(("SUBMITTED", "IN_REVIEW"))]
    if hr is not None and centre is not None:
        if not hr | centre:
            require(session, actor, "recognition.review", on=today)
        wanted.append(or_(Person.unit_id.in_(centre), and_(Person.unit_id.in_(hr), is_staff())))
    if actor.person_id is not None:
        wanted.append(RecognitionClaim.person_id != actor.person_id)
    return tuple(reversed(_items(session, wanted)))


def _items(session: Session, wanted: Sequence[ColumnElement[bool]]) -> tuple[ClaimItem, ...]:
    submitted = (select(RecognitionEvent.claim_id, func.min(RecognitionEvent.at).label("at"))
                 .group_by(RecognitionEvent.claim_id).subquery())
    rows = session.execute(
        select(RecognitionClaim, Person.nip, Person.name, Training.code, Training.name, submitted.c.at,
               Certificate.token)
        .join(Person, Person.id == RecognitionClaim.person_id)
        .join(Training, Training.id == RecognitionClaim.training_id)
        .join(submitted, submitted.c.claim_id == RecognitionClaim.id)
        .outerjoin(Certificate, Certificate.id == RecognitionClaim.certificate_id)
        .where(*wanted).order_by(RecognitionClaim.id.desc()))
    return tuple(
        ClaimItem(claim.id, nip, name, code, training_name, claim.issuer, claim.number, claim.finished_on,
                  claim.valid_until, claim.jp, ClaimState(claim.state), at, token)
        for claim, nip, name, code, training_name, at, token in rows)
