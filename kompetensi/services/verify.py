"""What anybody may learn of a certificate who holds its code or its file: whether it is genuine and counts today.

Nothing is kept about who asks. The NIP leaves only its last digits, and a code that is unknown is answered alike
whatever it resembles, so that the register cannot be read by guessing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.exchange.certificate_pdf import read_certificate_pdf
from kompetensi.messages import Message, say
from kompetensi.models import Certificate
from kompetensi.rules.access import ANONYMOUS
from kompetensi.rules.certificates import (
    CertificateState,
    CertificateStatus,
    facts_from_json,
    mask_nip,
    normalise_token,
    status_on,
)
from kompetensi.services.access import require
from kompetensi.services.certificate_register import renewed_by_of

__all__ = ["Check", "CheckVerdict", "PublicCertificate", "check_code", "check_file", "public_view"]


class CheckVerdict(StrEnum):
    """The answer to “is this certificate real?”."""

    VALID = "valid"
    REVOKED = "revoked"
    REPLACED = "replaced"
    EXPIRED = "expired"
    ALTERED = "altered"
    UNKNOWN = "unknown"


# A certificate that is not issued yet is nobody's to see: for the public it does not exist.
_VERDICTS = {
    CertificateStatus.VALID: CheckVerdict.VALID, CertificateStatus.REVOKED: CheckVerdict.REVOKED,
    CertificateStatus.REPLACED: CheckVerdict.REPLACED, CertificateStatus.EXPIRED: CheckVerdict.EXPIRED}

_ANSWERS: dict[CheckVerdict, tuple[Message, Message]] = {
    CheckVerdict.UNKNOWN: (
        say("Sertifikat ini tidak dikenal"),
        say("Tidak ada sertifikat seperti ini pada register kami. Cocokkan kodenya huruf demi huruf, atau tanyakan "
            "penerbit yang tertera pada lembarnya.")),
    CheckVerdict.ALTERED: (
        say("Berkas ini bukan berkas yang diterbitkan"),
        say("Berkasnya menyebut kode yang kami kenal, tetapi isinya tidak sama dengan yang diterbitkan. Percayai hanya "
            "isi register di bawah ini.")),
}


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """What the public page tells of a certificate; taken from its frozen facts.

    Attributes
    ----------
    token : str
        Printed code.
    masked_nip : str
        Only the last three digits show.
    result : str
        ``LULUS``, with the predicate where there is one.
    valid_until : date or None
        Last day, inclusive; None = without end.
    state_on, reason : date or None, str
        Since when and why it no longer counts, for a revoked or replaced one.
    replaced_by : str or None
        Code of the certificate that took its place.
    renewed_by : str or None
        Code of the newest certificate by which it was renewed; both are kept.
    facts_sha256, pdf_sha256 : str
        64 small hexadecimal digits each; those of the facts stand on the back of the certificate.
    demo : bool
        Whether the person is invented.
    """

    token: str
    number: str
    holder_name: str
    masked_nip: str
    training_name: str
    batch_label: str
    result: str
    first_day: date
    last_day: date
    jp: int
    issuer: str
    signer_post: str
    issued_on: date
    valid_until: date | None
    state_on: date | None
    reason: str
    replaced_by: str | None
    facts_sha256: str
    pdf_sha256: str
    demo: bool
    renewed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The answer of a check.

    Attributes
    ----------
    answer, explanation : Message
        The verdict in words, and what to make of it.
    certificate : PublicCertificate or None
        None if unknown.
    file_sha256 : str or None
        Of the file that was checked; None when a code was.
    """

    verdict: CheckVerdict
    answer: Message
    explanation: Message
    certificate: PublicCertificate | None
    file_sha256: str | None = None


def check_code(session: Session, code: str, *, today: date) -> Check:
    """Check a printed code.

    Parameters
    ----------
    code : str
        As a person types it; see `kompetensi.rules.certificates.normalise_token`.

    Raises
    ------
    InvalidInput
        If it is no code at all; it names ``code``.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    return _check(session, _by(session, Certificate.token == normalise_token(code)), today)


def check_file(session: Session, pdf: bytes, *, max_bytes: int, today: date) -> Check:
    """Check a PDF by its SHA-256, and by the code that it names when no file of ours has that SHA-256.

    A file that names a known code and is none that was issued is `CheckVerdict.ALTERED`, even when the certificate
    itself no longer counts: then the file says something else than the register in any case.

    Raises
    ------
    InvalidInput
        If it is no PDF that can be read, or larger than `max_bytes`; see `read_certificate_pdf`.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    file = read_certificate_pdf(pdf, max_bytes=max_bytes)
    issued = _by(session, Certificate.pdf_sha256 == file.sha256)
    if issued is not None:
        return _check(session, issued, today, file.sha256)
    named = _check(session, _by(session, Certificate.token == file.token) if file.token else None, today, file.sha256)
    if named.certificate is None:
        return named
    return Check(CheckVerdict.ALTERED, *_ANSWERS[CheckVerdict.ALTERED], named.certificate, file.sha256)


def _by(session: Session, wanted) -> Certificate | None:
    # An outside issuer's entry is what somebody showed us; whether it is genuine is not ours to tell.
    return session.scalars(select(Certificate).where(wanted, Certificate.external.is_(False))).one_or_none()


def _check(session: Session, row: Certificate | None, today: date, file_sha256: str | None = None) -> Check:
    verdict = CheckVerdict.UNKNOWN
    if row is not None:
        verdict = _VERDICTS.get(status_on(
            CertificateState(row.state), today, issued_on=row.issued_on, valid_until=row.valid_until,
            state_on=row.state_on), CheckVerdict.UNKNOWN)
    if row is None or verdict is CheckVerdict.UNKNOWN:
        return Check(CheckVerdict.UNKNOWN, *_ANSWERS[CheckVerdict.UNKNOWN], None, file_sha256)
    found = public_view(session, row)
    return Check(verdict, *_words(verdict, found), found, file_sha256)


def _words(verdict: CheckVerdict, found: PublicCertificate) -> tuple[Message, Message]:
    if verdict is CheckVerdict.REVOKED:
        return (say("Sertifikat ini telah dicabut"),
                say("Sejak %(day)s tidak berlaku lagi. Jangan dipakai sebagai bukti.", day=found.state_on))
    if verdict is CheckVerdict.REPLACED:
        return (say("Sertifikat ini sudah diganti"),
                say("Sejak %(day)s penggantinya yang berlaku. Mintalah sertifikat yang baru.", day=found.state_on))
    if verdict is CheckVerdict.EXPIRED:
        if found.renewed_by is not None:
            return (say("Sertifikat ini asli, tetapi sudah kedaluwarsa"),
                    say("Masa berlakunya berakhir %(day)s. Sudah diperpanjang oleh sertifikat %(code)s; mintalah yang baru.",
                        day=found.valid_until, code=found.renewed_by))
        return (say("Sertifikat ini asli, tetapi sudah kedaluwarsa"),
                say("Masa berlakunya berakhir %(day)s.", day=found.valid_until))
    return (say("Sertifikat ini sah dan berlaku"), say("Diterbitkan %(issuer)s.", issuer=found.issuer))


def public_view(session: Session, row: Certificate) -> PublicCertificate:
    """Return what the public may see of one of our own certificates."""
    facts = facts_from_json(row.facts or {})
    replaced_by = session.scalars(
        select(Certificate.token).where(Certificate.id == row.replaced_by_id)).one_or_none() \
        if row.state == CertificateState.REPLACED else None
    renewed_by = renewed_by_of(session, row)
    return PublicCertificate(
        row.token, row.number, facts.holder_name, mask_nip(facts.nip), facts.training_name, facts.batch_label,
        ", ".join(filter(None, (facts.status_phrase, facts.predicate))), facts.first_day, facts.last_day, facts.jp,
        facts.institution, facts.signer.post, row.issued_on, row.valid_until, row.state_on, row.reason, replaced_by,
        row.facts_sha256 or "", row.pdf_sha256 or "", facts.demo,
        renewed_by.token if renewed_by is not None else None)
