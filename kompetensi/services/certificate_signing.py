"""Signing rounds: which certificates wait for the signature of the person who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import NotFound
from kompetensi.messages import say
from kompetensi.models import Certificate, Notification, Person, Unit
from kompetensi.ports import Mailer, Renderer
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.certificates import CertificateState, normalise_token
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.certificates import Prepared, read_prepared
from kompetensi.services.inbox import notify

__all__ = ["SigningRound", "call_signers", "find_signing_round", "find_waiting", "make_draft"]


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
    waits, of_centre, mine = _conditions(session, actor)
    rows = session.scalars(
        select(Certificate).where(*waits, mine)
        .order_by(Certificate.issuer, Certificate.kind, Certificate.year, Certificate.seq)).all()
    others = session.scalars(select(Certificate.id).where(
        *waits, of_centre, Certificate.id.not_in([row.id for row in rows]))).all()
    return SigningRound(read_prepared(session, rows), len(others))


def find_waiting(session: Session, actor: Actor, code: str, *, today: date) -> Prepared:
    """Return one certificate of the actor's signing round, by its printed code.

    Raises
    ------
    InvalidInput
        If `code` is none.
    NotFound
        If none of that code waits for the actor's signature.
    NotAllowed
        If nobody has signed in.
    """
    require(session, actor, "certificates.sign", on=today)
    waits, _, mine = _conditions(session, actor)
    row = session.scalars(select(Certificate).where(*waits, mine, Certificate.token == normalise_token(code))).one_or_none()
    if row is None:
        raise NotFound(say("Tidak ada sertifikat dengan kode ini yang menunggu tanda tangan Anda."), where="code")
    (prepared,) = read_prepared(session, [row])
    return prepared


def make_draft(renderer: Renderer, prepared: Prepared) -> bytes:
    """Return the sheets of a certificate that waits, with DRAF across each of them.

    Its QR leads to the public page, which says that it has not been issued; what proves a certificate without a server is
    left out, because there is nothing to prove yet.

    Raises
    ------
    Unavailable, InvalidInput
        As the renderer.
    """
    return renderer.render_certificate(replace(prepared.facts, draft=True), prepared.design)


def _conditions(
    session: Session, actor: Actor
) -> tuple[tuple[ColumnElement[bool], ...], ColumnElement[bool] | bool, ColumnElement[bool] | bool]:
    """Return when a certificate waits for a signature, when it is of the actor's centres, and when he signs it."""
    waits = (Certificate.state == CertificateState.READY_TO_SIGN, Certificate.facts["signed"].as_boolean())
    named = Certificate.facts["signer"]["nip"].as_string()
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    of_centre: ColumnElement[bool] | bool = True if scope is None else Certificate.issuer.in_(
        select(Unit.code).where(Unit.id.in_(scope)))
    nip = session.scalars(select(Person.nip).where(Person.id == actor.person_id)).one_or_none()
    return waits, of_centre, True if actor.is_system else or_(named == (nip or "-"), (named == "") & of_centre)


def call_signers(session: Session, prepared: Iterable[Prepared], *, now: datetime, mailer: Mailer | None = None) -> None:
    """Tell the persons whom certificates name as their signers that something waits; once, until they have read it."""
    nips = {one.facts.signer.nip for one in prepared if one.facts.signed} - {""}
    called = select(Notification.person_id).where(Notification.link == _PAGE, Notification.read_at.is_(None))
    for person_id in session.scalars(
            select(Person.id).where(Person.nip.in_(nips), Person.id.not_in(called)).order_by(Person.id)).all():
        notify(session, person_id, say("Ada sertifikat yang menunggu tanda tangan Anda."), link=_PAGE, now=now,
               mailer=mailer)
