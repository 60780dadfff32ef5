"""Badges as files: handed to the holder and to whom he shows a certificate, and checked when they come back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.adapters.badge_drawing import draw_badge_png, draw_badge_svg
from kompetensi.adapters.open_badges import key_named_by, proof_holds
from kompetensi.errors import InvalidInput, NotFound
from kompetensi.exchange.open_badge import (
    Badge,
    badge_from_document,
    bake_png,
    bake_svg,
    document_to_text,
    read_badge_file,
)
from kompetensi.messages import Message, say
from kompetensi.models import Certificate, CertificateBadge
from kompetensi.rules.access import ANONYMOUS, Actor, Relation
from kompetensi.rules.certificates import CertificateKind, CertificateState
from kompetensi.services.access import relation_to, require
from kompetensi.services.audit import record
from kompetensi.services.certificate_register import open_certificate
from kompetensi.services.certificate_shares import read_share

__all__ = ["BadgeCheck", "BadgeFile", "BadgeForm", "BadgeVerdict", "check_badge", "read_badge", "read_shared_badge"]


class BadgeForm(StrEnum):
    """How a badge is handed out: the credential itself, or a picture that carries it."""

    JSON = "json"
    PNG = "png"
    SVG = "svg"


_TYPES = {BadgeForm.JSON: "application/vc", BadgeForm.PNG: "image/png", BadgeForm.SVG: "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class BadgeFile:
    """A badge to be handed out."""

    name: str
    media_type: str
    content: bytes


class BadgeVerdict(StrEnum):
    """The answer to “is this badge real, and does it count?”."""

    VALID = "valid"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ALTERED = "altered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BadgeCheck:
    """The answer of a check.

    Attributes
    ----------
    answer, explanation : Message
        The verdict in words, and what to make of it.
    badge : Badge or None
        What the badge says; None unless its proof holds.
    """

    verdict: BadgeVerdict
    answer: Message
    explanation: Message
    badge: Badge | None = None


def read_badge(
    session: Session, actor: Actor, code: str, form: BadgeForm, *, today: date, now: datetime
) -> BadgeFile:
    """Return the badge of a certificate; a copy for somebody else than the holder is noted in the audit log.

    Raises
    ------
    InvalidInput, NotFound, NotAllowed
        As `certificate_register.view_certificate`; NotFound also if the certificate has no badge.
    """
    row, person = open_certificate(session, actor, code, today)
    found = _file(session, row, form)
    if relation_to(session, actor, person, on=today) is not Relation.SELF:
        record(session, actor, "certificates.view:badge", "certificate", row.number, now=now, person_id=person.id)
    return found


def read_shared_badge(session: Session, key: str, form: BadgeForm, *, today: date) -> BadgeFile:
    """Return the badge of a certificate that its holder shows by a link; refused as `certificate_shares.read_share`."""
    token = read_share(session, key, today=today).token
    return _file(session, session.scalars(select(Certificate).where(Certificate.token == token)).one(), form)


def _file(session: Session, row: Certificate, form: BadgeForm) -> BadgeFile:
    badge = session.get(CertificateBadge, row.id)
    if badge is None:
        raise NotFound(say("Sertifikat %(number)s tidak mempunyai lencana: terbit sebelum instalasi ini mempunyai segel.",
                           number=row.number), where="code")
    kind, jp, year = CertificateKind(row.kind), row.jp, row.issued_on.year
    if form is BadgeForm.PNG:
        content = bake_png(draw_badge_png(kind, jp, year), badge.credential)
    elif form is BadgeForm.SVG:
        content = bake_svg(draw_badge_svg(kind, jp, year), badge.credential)
    else:
        content = badge.credential.encode()
    return BadgeFile(f"lencana-{row.token}.{form.value}", _TYPES[form], content)


def check_badge(
    session: Session, content: bytes, *, public_keys: Collection[bytes], max_bytes: int, now: datetime
) -> BadgeCheck:
    """Check a badge that has come back: whose it is, whether it was altered, and whether it counts now.

    Parameters
    ----------
    content : bytes
        JSON, or the PNG or SVG that carries it.
    public_keys : collection of bytes
        Keys that this installation signs with or has signed with, 32 bytes each.

    Raises
    ------
    InvalidInput
        If no badge can be read from the file; see `exchange.open_badge.read_badge_file`.
    """
    require(session, ANONYMOUS, "certificates.verify", on=now.date())
    document = read_badge_file(content, max_bytes=max_bytes)
    proof = document.pop("proof", None)
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    key = key_named_by(method)
    if not isinstance(proof, dict) or key is None or key not in public_keys:
        return BadgeCheck(BadgeVerdict.UNKNOWN, say("Lencana ini bukan dari kami"),
                          say("Kunci yang menandatanganinya bukan kunci kami. Tanyakan kepada penerbit yang disebutnya."))
    try:
        badge = badge_from_document(document)
    except InvalidInput:
        badge = None
    if badge is None or not str(method).startswith(f"{badge.issuer}#") or not proof_holds(document, proof, key):
        return BadgeCheck(BadgeVerdict.ALTERED, say("Lencana ini telah diubah"),
                          say("Isinya tidak sama dengan yang kami tandatangani. Jangan dipakai sebagai bukti."))
    row = session.scalars(
        select(Certificate).join(CertificateBadge, CertificateBadge.certificate_id == Certificate.id)
        .where(CertificateBadge.status_list == badge.status_list.rpartition("/")[2],
               CertificateBadge.status_index == badge.status_index,
               CertificateBadge.credential == document_to_text({**document, "proof": proof}))).one_or_none()
    # Whoever has got hold of an old key of ours can sign, but not put anything into the register.
    if row is None:
        return BadgeCheck(BadgeVerdict.UNKNOWN, say("Lencana ini tidak tercatat"),
                          say("Ditandatangani dengan kunci kami, tetapi register ini tidak mengenalnya. Hubungi admin."))
    if row.state != CertificateState.ISSUED:
        ended = (say("Sertifikatnya diganti sejak %(day)s. Mintalah lencana dari penggantinya.", day=row.state_on)
                 if row.state == CertificateState.REPLACED else
                 say("Sertifikatnya dicabut sejak %(day)s. Jangan dipakai sebagai bukti.", day=row.state_on))
        return BadgeCheck(BadgeVerdict.REVOKED, say("Lencana ini tidak berlaku lagi"), ended, badge)
    if badge.valid_until is not None and now > badge.valid_until:
        return BadgeCheck(BadgeVerdict.EXPIRED, say("Lencana ini asli, tetapi sudah kedaluwarsa"),
                          say("Masa berlakunya berakhir %(day)s.", day=row.valid_until), badge)
    return BadgeCheck(BadgeVerdict.VALID, say("Lencana ini sah dan berlaku"),
                      say("Diterbitkan %(issuer)s.", issuer=badge.issuer_name), badge)
