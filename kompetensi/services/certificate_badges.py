"""Badges: the Open Badges 3.0 credential that belongs to a certificate, and what the public needs to check it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.adapters.badge_drawing import draw_badge_svg
from kompetensi.adapters.open_badges import (
    STATUS_LIST_PLACES,
    Issuer,
    Secret,
    did_document,
    issuer_named,
    issuer_of,
    sign_document,
    status_list_document,
)
from kompetensi.errors import NotFound
from kompetensi.exchange.open_badge import Alignment, Badge, badge_to_document, document_to_text, moment_to_text
from kompetensi.messages import WITA, say
from kompetensi.models import Certificate, CertificateBadge, Competency, Evidence
from kompetensi.ports import Seal
from kompetensi.rules.access import ANONYMOUS
from kompetensi.rules.certificates import CertificateFacts, CertificateKind, CertificateState, facts_from_json
from kompetensi.services.access import require

__all__ = ["FRAMEWORK", "STATUS_LIST_LIVES_FOR", "competency_url", "publish_did", "publish_picture",
           "publish_status_list", "write_badge"]

FRAMEWORK = "Kamus Kompetensi ASN"
# A revocation is seen by everybody within this time; after the second one a kept list counts no more.
STATUS_LIST_LIVES_FOR = timedelta(minutes=5)
_STATUS_LIST_ENDS_AFTER = timedelta(days=2)
_FINGERPRINT_DIGITS = 16


def write_badge(session: Session, certificate: Certificate, *, seal: Seal, public_url: str, now: datetime) -> None:
    """Write the badge of a certificate that has just been issued; its evidence is written already.

    Parameters
    ----------
    public_url : str
        Public address of this installation without a slash at the end; its did:web answers for the badge.
    now : datetime
        Moment of the proof.
    """
    secret, issuer = Secret(seal), issuer_of(seal.public_key, public_url)
    shelf, sequence = divmod(certificate.id, STATUS_LIST_PLACES)
    list_name, place = f"{_fingerprint(issuer)}-{shelf + 1}", secret.place(sequence)
    facts = facts_from_json(certificate.facts or {})
    badge = _badge(facts, issuer, _alignments(session, certificate.id, public_url), salt=secret.salt(certificate.token),
                   public_url=public_url, status_list=_status_list_url(public_url, list_name), status_index=place)
    signed = sign_document(badge_to_document(badge), seal, method=issuer.method, created=moment_to_text(now))
    session.add(CertificateBadge(certificate_id=certificate.id, credential=document_to_text(signed), signed_at=now,
                                 status_list=list_name, status_index=place))
    session.flush()


def _badge(
    facts: CertificateFacts, issuer: Issuer, alignments: tuple[Alignment, ...], *, salt: str, public_url: str,
    status_list: str, status_index: int,
) -> Badge:
    about = f"/penghargaan/{facts.training_code}/{facts.status_phrase}" if facts.kind is CertificateKind.AWARD \
        else f"/pelatihan/{facts.training_code}"
    nip_hash = hashlib.sha256(f"{facts.nip}{salt}".encode()).hexdigest() if facts.nip else ""
    return Badge(
        url=facts.verify_url, issuer=issuer.did, issuer_name=facts.institution, issuer_url=public_url,
        holder_name=facts.holder_name, nip_hash=nip_hash, salt=salt if facts.nip else "", number=facts.number,
        kind=facts.kind, achievement=uuid5(NAMESPACE_URL, f"{public_url}{about}").urn,
        training_code=facts.training_code, training_name=facts.training_name, description=_description(facts),
        criteria=_criteria(facts), image=_picture_url(public_url, facts.kind), alignments=alignments,
        first_day=facts.first_day, last_day=facts.last_day, jp=facts.jp, valid_from=_start_of(facts.issued_on),
        valid_until=None if facts.valid_until is None
        else _start_of(facts.valid_until + timedelta(days=1)) - timedelta(seconds=1),
        status_list=status_list, status_index=status_index)


# These stand in the document itself, in the language of the certificate; they are not shown on our pages.
def _description(facts: CertificateFacts) -> str:
    parts = [f"{facts.training_name}, {facts.batch_label}", f"{facts.jp} jam pelajaran", facts.mode_phrase]
    return f"{', '.join(filter(None, parts))}. Diselenggarakan oleh {facts.institution}, {facts.government}."


def _criteria(facts: CertificateFacts) -> str:
    if facts.kind is CertificateKind.AWARD:
        return f"Penghargaan sebagai {facts.status_phrase} pada {facts.training_name}, {facts.batch_label}."
    subjects = "; ".join(f"{subject.name} ({subject.jp} JP)" for subject in facts.subjects)
    passed = facts.kind is CertificateKind.STTPP
    deed = "Mengikuti seluruh mata pelatihan dan dinyatakan lulus" if passed else "Mengikuti seluruh mata pelatihan"
    return f"{deed}: {subjects}." if subjects else f"{deed}."


def _alignments(session: Session, certificate_id: int, public_url: str) -> tuple[Alignment, ...]:
    found = session.execute(
        select(Competency.code, Competency.name, Evidence.level)
        .join(Evidence, Evidence.competency_id == Competency.id)
        .where(Evidence.certificate_id == certificate_id).order_by(Evidence.id))
    return tuple(Alignment(competency_url(public_url, code), code, name, level, FRAMEWORK) for code, name, level in found)


def competency_url(public_url: str, code: str) -> str:
    """Return the public address of a competency, that of its CASE item."""
    return f"{public_url}/kerangka/{quote(code, safe='')}"


def _picture_url(public_url: str, kind: CertificateKind) -> str:
    return f"{public_url}/lencana/gambar/{kind.value}.svg"


def _status_list_url(public_url: str, name: str) -> str:
    return f"{public_url}/lencana/status/{name}"


def _fingerprint(issuer: Issuer) -> str:
    """Return what tells the lists of one address and key from those of others."""
    return hashlib.sha256(issuer.method.encode()).hexdigest()[:_FINGERPRINT_DIGITS]


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), WITA)


def publish_status_list(session: Session, name: str, *, seal: Seal | None, today: date) -> str:
    """Return a status list: a bit for each badge in it, set for whoever's certificate was revoked or replaced.

    It is JSON-LD with its proof, the same text all day until a certificate is revoked or replaced. It stays what its
    badges say that it is: neither its address nor its issuer changes with the address of this installation.

    Raises
    ------
    NotFound
        If no badge is in a list of this name, or this installation has no seal.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    one = session.scalars(select(CertificateBadge.credential).where(CertificateBadge.status_list == name)
                          .order_by(CertificateBadge.certificate_id).limit(1)).first()
    if seal is None or one is None:
        raise NotFound(say("Tidak ada daftar status dengan nama %(name)s.", name=name))
    # A badge belongs to a certificate that was issued; whatever state it has gone to since, it no longer counts.
    revoked = session.scalars(
        select(CertificateBadge.status_index).join(Certificate, CertificateBadge.certificate_id == Certificate.id)
        .where(CertificateBadge.status_list == name, Certificate.state != CertificateState.ISSUED.value))
    said, since = json.loads(one), _start_of(today)
    issuer = issuer_named(said["issuer"]["id"], seal.public_key)
    document = status_list_document(
        said["credentialStatus"]["statusListCredential"], issuer, revoked, valid_from=moment_to_text(since),
        valid_until=moment_to_text(since + _STATUS_LIST_ENDS_AFTER), lives_for=STATUS_LIST_LIVES_FOR)
    return document_to_text(sign_document(document, seal, method=issuer.method, created=moment_to_text(since)))


def publish_did(
    session: Session, *, seal: Seal | None, earlier_keys: Iterable[bytes] = (), public_url: str, today: date
) -> dict[str, Any]:
    """Return the document of this installation's did:web, with the present key and those of earlier seals.

    Raises
    ------
    NotFound
        If there is no seal, or the public address is not one of HTTPS: then badges are issued by a did:key, which
        needs no document.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    issuer = issuer_of(seal.public_key, public_url) if seal is not None else None
    if seal is None or issuer is None or not issuer.did.startswith("did:web:"):
        raise NotFound(say("Instalasi ini tidak mempunyai did:web; lencananya diterbitkan dengan did:key."))
    return did_document(issuer, (seal.public_key, *earlier_keys))


def publish_picture(session: Session, kind: str, *, today: date) -> bytes:
    """Return the picture, as SVG, of all badges of a kind of certificate.

    Raises
    ------
    NotFound
        If there is no such kind.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    if kind not in set(CertificateKind):
        raise NotFound(say("Tidak ada gambar lencana “%(kind)s”.", kind=kind))
    return draw_badge_svg(CertificateKind(kind))
