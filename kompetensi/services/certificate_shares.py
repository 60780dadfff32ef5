"""Links by which a holder shows a certificate to whom he likes; each ends by itself and can be withdrawn."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput, NotFound, Unavailable
from kompetensi.messages import say
from kompetensi.models import Certificate, CertificateBadge, CertificateFile, CertificateShare, Person
from kompetensi.ports import Randomness
from kompetensi.rules.access import Actor
from kompetensi.rules.certificates import normalise_token
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.certificates import sha256_of
from kompetensi.services.policies import read_policy

__all__ = ["NewShare", "Share", "SharedCertificate", "list_shares", "open_share", "read_share", "share_certificate", "withdraw_share"]

_KEY_BYTES = 18


@dataclass(frozen=True, slots=True)
class Share:
    """A link that the holder has made.

    Attributes
    ----------
    expires_on : date
        Last day on which it opens, inclusive.
    is_open : bool
        Whether it opens today.
    opened : int
        How often it was opened; `opened_at` is the last time.
    """

    id: int
    label: str
    created_at: datetime
    expires_on: date
    is_open: bool
    opened: int
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewShare:
    """A link that has just been made. `key` is shown this once; only its hash is kept."""

    key: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class SharedCertificate:
    """What whoever has the link gets.

    Attributes
    ----------
    token : str
        Code of the certificate, for its public page.
    pdf : bytes
        The frozen file.
    has_badge : bool
        Whether there is an Open Badges credential too.
    """

    token: str
    number: str
    expires_on: date
    pdf: bytes
    has_badge: bool


def share_certificate(
    session: Session, actor: Actor, code: str, *, label: str = "", days: int | None = None, today: date, now: datetime,
    randomness: Randomness,
) -> NewShare:
    """Make a link to one of the actor's own certificates.

    Parameters
    ----------
    label : str
        For whom it is, in the holder's words; at most 120 characters.
    days : int, optional
        How many days it opens, from 1 to what the policy ``certificate.share_days`` allows, which is the default.

    Raises
    ------
    InvalidInput
        If `code` is none, `label` is too long or `days` is out of bounds.
    NotFound
        If there is no such certificate that has a file here.
    NotAllowed
        If it is somebody else's: only the holder shares.
    """
    row = _own(session, actor, code, today)
    longest = int(read_policy(session, "certificate.share_days", today))
    days = longest if days is None else days
    if not 1 <= days <= longest:
        raise InvalidInput(say("Tautan berlaku 1 sampai %(longest)s hari.", longest=longest), where="days")
    if len(label.strip()) > 120:
        raise InvalidInput(say("Keterangan paling panjang 120 huruf."), where="label")
    key = urlsafe_b64encode(randomness(_KEY_BYTES)).decode()
    expires_on = today + timedelta(days=days)
    session.add(CertificateShare(certificate_id=row.id, key_sha256=_hash(key), label=label.strip(), created_at=now,
                                 expires_on=expires_on))
    record(session, actor, "certificates.share", "certificate", row.number, now=now, person_id=row.person_id,
           detail={"until": expires_on.isoformat()})
    session.flush()
    return NewShare(key, expires_on)


def list_shares(session: Session, actor: Actor, code: str, *, today: date) -> tuple[Share, ...]:
    """Return the links to one of the actor's own certificates, newest first; refused as `share_certificate`."""
    row = _own(session, actor, code, today)
    found = session.scalars(select(CertificateShare).where(CertificateShare.certificate_id == row.id)
                            .order_by(CertificateShare.id.desc()))
    return tuple(Share(share.id, share.label, share.created_at, share.expires_on, _is_open(share, today), share.opened,
                       share.opened_at) for share in found)


def withdraw_share(session: Session, actor: Actor, code: str, share_id: int, *, today: date, now: datetime) -> None:
    """Close a link from now on; closing one that is closed changes nothing. Refused as `share_certificate`."""
    row = _own(session, actor, code, today)
    share = session.get(CertificateShare, share_id)
    if share is None or share.certificate_id != row.id:
        raise NotFound(say("Tautan itu tidak ada."), where="share")
    if share.withdrawn_at is None:
        share.withdrawn_at = now
        record(session, actor, "certificates.share:withdraw", "certificate", row.number, now=now,
               person_id=row.person_id)
    session.flush()


def open_share(session: Session, key: str, *, today: date, now: datetime) -> SharedCertificate:
    """Return what a link shows, and count that it was opened; refused as `read_share`."""
    found = read_share(session, key, today=today)
    session.execute(update(CertificateShare).where(CertificateShare.key_sha256 == _hash(key)).values(
        opened=CertificateShare.opened + 1, opened_at=now))
    return found


def read_share(session: Session, key: str, *, today: date) -> SharedCertificate:
    """Return what a link shows.

    Raises
    ------
    NotFound
        If there is no such link, it has been withdrawn, or it has ended: all are answered alike.
    Unavailable
        If the stored file is no longer the one that was issued.
    """
    share = session.scalars(select(CertificateShare).where(CertificateShare.key_sha256 == _hash(key))).one_or_none()
    if share is None or not _is_open(share, today):
        raise NotFound(say("Tautan ini tidak ada atau tidak berlaku lagi. Mintalah tautan baru kepada pemegang "
                           "sertifikatnya."))
    row = session.get_one(Certificate, share.certificate_id)
    file = session.get_one(CertificateFile, row.id)
    if sha256_of(file.pdf) != row.pdf_sha256:
        raise Unavailable(say("Berkas sertifikat ini yang tersimpan tidak lagi sama dengan yang diterbitkan, jadi tidak "
                              "dibagikan."))
    return SharedCertificate(row.token, row.number, share.expires_on, file.pdf,
                             session.get(CertificateBadge, row.id) is not None)


def _own(session: Session, actor: Actor, code: str, today: date) -> Certificate:
    token = normalise_token(code)
    row = session.scalars(select(Certificate).where(
        Certificate.token == token, Certificate.external.is_(False), Certificate.pdf_sha256.is_not(None))).one_or_none()
    if row is None:
        raise NotFound(say("Tidak ada sertifikat dengan kode %(code)s.", code=token), where="code")
    require(session, actor, "certificates.share", on=today, person=session.get_one(Person, row.person_id))
    return row


def _is_open(share: CertificateShare, today: date) -> bool:
    return share.withdrawn_at is None and today <= share.expires_on


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
