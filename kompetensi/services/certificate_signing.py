"""Signing rounds: which certificates wait for the signature of the person who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kompetensi.models import Certificate, Person, Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.certificates import CertificateState
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.certificates import Prepared, read_prepared

__all__ = ["SigningRound", "find_signing_round"]


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
