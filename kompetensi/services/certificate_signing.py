"""Signing rounds: which certificates wait for the signature of the person who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kompetensi.messages import say
from kompetensi.models import Certificate, Notification, Person, Unit
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.certificates import CertificateState
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.certificates import Prepared, read_prepared
from kompetensi.services.inbox import notify

__all__ = ["SigningRound", "call_signers", "find_signing_round"]


# Where a signer finds what waits for him.
_PAGE = "/sertifikat/tanda-tangan"


@dataclass(frozen=True, slots=True)
class SigningRound:
    """What one person may sign now.

    Attributes
    ----------
    ready : tuple of Prepared
        In the order of their numbers; empty when nothing waits.
    others : int
        How many more wait at the actor's training centres, for others to sign.
    """

    ready: tuple[Prepared, ...]
    others: int = 0


def find_signing_round(session: Session, actor: Actor, *, today: date) -> SigningRound:
    """Return what waits for the actor's signature.

    Only the person whom a certificate names as its signer signs it. One that names nobody, because the post is
    vacant, is signed by the training centre that issues it.

    Raises
    ------
    NotAllowed
        If nobody has signed in.
    """
    require(session, actor, "certificates.sign", on=today)
    waits = (Certificate.state == CertificateState.READY_TO_SIGN, Certificate.facts["signed"].as_boolean())
    named = Certificate.facts["signer"]["nip"].as_string()
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    of_centre: ColumnElement[bool] | bool = True if scope is None else Certificate.issuer.in_(
        select(Unit.code).where(Unit.id.in_(scope)))
    nip = session.scalars(select(Person.nip).where(Person.id == actor.person_id)).one_or_none()
    mine = named == (nip or "-")
    rows = session.scalars(
        select(Certificate).where(*waits, or_(mine, (named == "") & of_centre) if not actor.is_system else True)
        .order_by(Certificate.issuer, Certificate.kind, Certificate.year, Certificate.seq)).all()
    others = session.scalars(select(Certificate.id).where(
        *waits, of_centre, Certificate.id.not_in([row.id for row in rows]))).all()
    return SigningRound(read_prepared(session, rows), len(others))


def call_signers(session: Session, prepared: Iterable[Prepared], *, now: datetime, mailer: Mailer | None = None) -> None:
    """Tell the persons whom certificates name as their signers that something waits; once, until they have read it."""
    nips = {one.facts.signer.nip for one in prepared if one.facts.signed} - {""}
    called = select(Notification.person_id).where(Notification.link == _PAGE, Notification.read_at.is_(None))
    for person_id in session.scalars(
            select(Person.id).where(Person.nip.in_(nips), Person.id.not_in(called)).order_by(Person.id)).all():
        notify(session, person_id, say("Ada sertifikat yang menunggu tanda tangan Anda."), link=_PAGE, now=now,
               mailer=mailer)
