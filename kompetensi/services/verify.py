"""What anybody may learn of a certificate who holds its code, its file, its QR, or knows its number and holder.

Nothing is kept about who asks. The NIP leaves only its last digits, and what is unknown is answered alike whatever it
resembles, so that the register cannot be read by guessing.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_payload import (
    Payload,
    PayloadReading,
    PayloadStanding,
    SealKey,
    find_payload,
    read_payload,
)
from kompetensi.exchange.certificate_pdf import read_certificate_pdf
from kompetensi.messages import Message, say
from kompetensi.models import Certificate
from kompetensi.ports import SignatureStanding, SignatureVerdict
from kompetensi.rules.access import ANONYMOUS
from kompetensi.rules.certificates import (
    KIND_TITLES,
    CertificateState,
    CertificateStatus,
    facts_from_json,
    mask_nip,
    normalise_token,
    status_on,
)
from kompetensi.rules.holder_names import bare_name
from kompetensi.services.access import require
from kompetensi.services.certificate_register import renewed_by_of

__all__ = ["Check", "CheckVerdict", "PayloadCheck", "PublicCertificate", "check_code", "check_file", "check_number",
           "check_payload", "check_qr", "public_view"]


class CheckVerdict(StrEnum):
    """The answer to “is this certificate real?”."""

    VALID = "valid"
    REVOKED = "revoked"
    REPLACED = "replaced"
    EXPIRED = "expired"
    ALTERED = "altered"
    FORGED = "forged"
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
_FORGED = (
    say("Kode QR ini bukan buatan kami"),
    say("Isinya tidak ditandatangani dengan kunci penerbit, jadi tidak membuktikan apa pun. Laporkan lembarnya kepada "
        "penerbit yang tertera."))
_SIGNATURE_WORDS: dict[SignatureVerdict, Message] = {
    SignatureVerdict.INTACT: say("Tanda tangan elektroniknya utuh dan penandatangannya tepercaya"),
    SignatureVerdict.UNTRUSTED: say("Tanda tangan elektroniknya utuh, tetapi otoritas penandatangannya tidak dikenal di sini"),
    SignatureVerdict.ALTERED: say("Tanda tangan elektroniknya tidak cocok: berkas berubah sesudah ditandatangani"),
    SignatureVerdict.UNREADABLE: say("Tanda tangan elektroniknya tidak dapat diperiksa"),
}
_NOT_OURS = say("Tidak ada sertifikat dengan nomor dan nama ini pada register kami. Periksa keduanya seperti tertulis pada "
                "lembarnya; gelar dan huruf besar kecil tidak berpengaruh.")
_OFFLINE_LIMIT = say("Tanpa jaringan tidak dapat diketahui apakah sesudah tanggal itu dicabut atau diganti.")
# Stands in for the name of a holder where there is none, so that the same is compared in either case.
_NOBODY = "-"
_LONGEST_NUMBER = 120


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
    kind : str
        Title as printed.
    valid_until : date or None
        Last day, inclusive; None = without end.
    state_on, reason : date or None, str
        Since when and why it no longer counts, for a revoked or replaced one.
    replaced_by : str or None
        Code of the certificate that took its place.
    renewed_by : str or None
        Code of the newest certificate by which it was renewed; both are kept.
    signed : bool
        Whether the file was issued with an electronic signature.
    facts_sha256, pdf_sha256 : str
        64 small hexadecimal digits each; those of the facts stand on the back of the certificate.
    demo : bool
        Whether the person is invented.
    """

    token: str
    kind: str
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
    renewed_by: str | None
    signed: bool
    facts_sha256: str
    pdf_sha256: str
    demo: bool


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
    signature : SignatureStanding or None
        Of the electronic signature in the file; None = it holds none, or nobody looked. It decides nothing: a file is
        ours when all its bytes are.
    """

    verdict: CheckVerdict
    answer: Message
    explanation: Message
    certificate: PublicCertificate | None
    file_sha256: str | None = None
    signature: SignatureStanding | None = None

    @property
    def signature_words(self) -> Message | None:
        """What the signature is worth, in words."""
        return None if self.signature is None else _SIGNATURE_WORDS[self.signature.verdict]


@dataclass(frozen=True, slots=True)
class PayloadCheck:
    """The answer of a check without the register.

    Attributes
    ----------
    standing : PayloadStanding
    expired : bool
        Whether what is proven ended before the day asked.
    answer, explanation : Message
    key : str
        Name of the key that the payload gives.
    payload : Payload or None
        What is proven; None when nothing is.
    """

    standing: PayloadStanding
    expired: bool
    answer: Message
    explanation: Message
    key: str
    payload: Payload | None


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


def check_number(session: Session, number: str, holder_name: str, *, today: date) -> Check:
    """Check by what everybody can read on the sheet: number and holder's name together.

    A number that is unknown, a name that is another's, a certificate that is not issued yet: the answer is one and
    the same, and so is the work, one question to the database and one comparison at least.

    Parameters
    ----------
    number : str
        As printed; blanks and case do not matter.
    holder_name : str
        As `kompetensi.rules.holder_names.bare_name` takes it.

    Raises
    ------
    InvalidInput
        If the number or the name is empty; it names ``number`` or ``name``.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    spellings = {number.strip(), number.strip().upper(), "".join(number.split()), "".join(number.split()).upper()}
    if not number.strip():
        raise InvalidInput(say("Isi nomor sertifikat seperti tertulis di bawah judulnya."), where="number")
    wanted = bare_name(holder_name)
    if not wanted:
        raise InvalidInput(say("Isi nama pemegang sertifikat tanpa gelar, lengkap seperti tertulis pada lembarnya."),
                           where="name")
    holders = session.execute(
        select(Certificate.id, Certificate.facts["holder_name"].as_string())
        .where(Certificate.number.in_({spelling[:_LONGEST_NUMBER] for spelling in spellings}),
               Certificate.external.is_(False)).order_by(Certificate.id)).all()
    found = None
    for certificate_id, name in holders or [(None, _NOBODY)]:
        if hmac.compare_digest(bare_name(name or _NOBODY).encode(), wanted.encode()):
            found = certificate_id
    check = _check(session, session.get(Certificate, found) if found is not None else None, today)
    return check if check.certificate is not None else replace(check, explanation=_NOT_OURS)


def check_payload(text: str, keys: Iterable[SealKey], *, today: date) -> PayloadCheck:
    """Check what a QR says by itself, without the register.

    Raises
    ------
    InvalidInput
        If the text is no payload, of another version or not whole; see `read_payload`.
    """
    reading = read_payload(text, keys)
    payload = reading.payload
    if payload is None:
        return PayloadCheck(reading.standing, False, *_payload_answer(reading), reading.key, None)
    expired = payload.valid_until is not None and payload.valid_until < today
    proven = say("Terbukti tanpa jaringan: %(issuer)s menerbitkannya %(day)s.", issuer=payload.issuer, day=payload.issued_on)
    answer = (say("Sertifikat ini asli, tetapi sudah kedaluwarsa") if expired
              else say("Sertifikat ini asli sejauh tanggal terbitnya"))
    return PayloadCheck(reading.standing, expired, answer,
                        say("%(proven)s %(limit)s", proven=proven, limit=_OFFLINE_LIMIT), reading.key, payload)


def _payload_answer(reading: PayloadReading) -> tuple[Message, Message]:
    """Word why nothing is proven."""
    if reading.standing is PayloadStanding.UNKNOWN_KEY:
        return (say("Keaslian kode QR ini belum dapat dipastikan"),
                say("Kunci %(key)s yang disebutnya tidak ada pada daftar kunci. Ambil daftar kunci terbaru dari halaman cek "
                    "sertifikat penerbitnya; selama itu jangan percayai lembarnya.", key=reading.key))
    if reading.standing is PayloadStanding.KEY_OUT_OF_TERM:
        return (say("Kode QR ini tidak dapat dipercaya"),
                say("Kunci %(key)s tidak dipakai untuk menandatangani pada tanggal terbit yang disebutnya.",
                    key=reading.key))
    return _FORGED


def check_qr(session: Session, text: str, keys: Iterable[SealKey], *, today: date) -> Check:
    """Check what a QR says, first by itself and then in the register, which knows what happened since.

    A text without a payload is taken for the address or the code that it ends with.

    Raises
    ------
    InvalidInput
        If it is neither, or not whole; it names ``qr``.
    """
    address, fragment, _ = text.strip().partition("#")
    token = address.rstrip("/").rpartition("/")[2]
    if not fragment and find_payload(text) is None:
        return check_code(session, token, today=today)
    require(session, ANONYMOUS, "certificates.verify", on=today)
    reading = read_payload(text, keys)
    if reading.payload is not None:
        return _check(session, _by(session, Certificate.token == reading.payload.token), today)
    try:
        named = _check(session, _by(session, Certificate.token == normalise_token(token)), today)
    except InvalidInput:  # the bare payload, or the address of somebody else
        return Check(CheckVerdict.FORGED, *_payload_answer(reading), None)
    return Check(CheckVerdict.FORGED, *_payload_answer(reading), named.certificate)


def check_file(
    session: Session, pdf: bytes, *, max_bytes: int, today: date,
    signature_of: Callable[[bytes], SignatureStanding | None] = lambda _pdf: None,
) -> Check:
    """Check a PDF by its SHA-256, and by the code that it names when no file of ours has that SHA-256.

    A file that names a known code and is none that was issued is `CheckVerdict.ALTERED`, even when the certificate
    itself no longer counts: then the file says something else than the register in any case.

    Parameters
    ----------
    signature_of : callable
        Looks at the electronic signature of a file that names one of our certificates; foreign files are not opened.

    Raises
    ------
    InvalidInput
        If it is no PDF that can be read, or larger than `max_bytes`; see `read_certificate_pdf`.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    file = read_certificate_pdf(pdf, max_bytes=max_bytes)
    issued = _by(session, Certificate.pdf_sha256 == file.sha256)
    row = issued if issued is not None or not file.token else _by(session, Certificate.token == file.token)
    check = replace(_check(session, row, today), file_sha256=file.sha256)
    if check.certificate is None:
        return check
    signature = signature_of(pdf)
    if issued is not None:
        return replace(check, signature=signature)
    return Check(CheckVerdict.ALTERED, *_ANSWERS[CheckVerdict.ALTERED], check.certificate, file.sha256, signature)


def _by(session: Session, wanted) -> Certificate | None:
    # An outside issuer's entry is what somebody showed us; whether it is genuine is not ours to tell.
    return session.scalars(select(Certificate).where(wanted, Certificate.external.is_(False))).one_or_none()


def _check(session: Session, row: Certificate | None, today: date) -> Check:
    verdict = CheckVerdict.UNKNOWN
    if row is not None:
        verdict = _VERDICTS.get(status_on(
            CertificateState(row.state), today, issued_on=row.issued_on, valid_until=row.valid_until,
            state_on=row.state_on), CheckVerdict.UNKNOWN)
    if row is None or verdict is CheckVerdict.UNKNOWN:
        return Check(CheckVerdict.UNKNOWN, *_ANSWERS[CheckVerdict.UNKNOWN], None)
    found = public_view(session, row)
    return Check(verdict, *_words(verdict, found), found)


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
        row.token, KIND_TITLES[facts.kind], row.number, facts.holder_name, mask_nip(facts.nip), facts.training_name,
        facts.batch_label, ", ".join(filter(None, (facts.status_phrase, facts.predicate))), facts.first_day,
        facts.last_day, facts.jp, facts.institution, facts.signer.post, row.issued_on, row.valid_until, row.state_on,
        row.reason, replaced_by, renewed_by.token if renewed_by is not None else None, facts.signed,
        row.facts_sha256 or "", row.pdf_sha256 or "", facts.demo)
