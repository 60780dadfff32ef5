"""Certificates: states and what they mean on a day, numbers, printed codes, and the frozen facts.

Handbook section G is the source: kinds, contents of front and back, numbering, states.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.messages import Message, say
from kompetensi.rules.numerals import roman

__all__ = [
    "KIND_TITLES", "STATUS_WORDS", "TOKEN_BYTES", "TRANSITIONS", "CertificateFacts", "CertificateKind",
    "CertificateState", "CertificateStatus", "Signatory", "Subject", "canonical_json", "check_number_pattern",
    "check_reason", "check_subjects", "check_transition", "facts_from_json", "facts_hash", "facts_to_json", "format_number",
    "group_nip", "kind_for_development", "mask_nip", "normalise_token", "status_on", "token_from", "token_number",
]


class CertificateKind(StrEnum):
    """The three documents that a training can end with."""

    STTPP = "STTPP"
    ATTENDANCE = "ATTENDANCE"
    AWARD = "AWARD"


# Titles as printed, and the short form that stands in numbers.
KIND_TITLES: Mapping[CertificateKind, str] = {
    CertificateKind.STTPP: "Surat Tanda Tamat Pelatihan",
    CertificateKind.ATTENDANCE: "Sertifikat",
    CertificateKind.AWARD: "Piagam Penghargaan",
}
_NUMBER_CODES: Mapping[CertificateKind, str] = {
    CertificateKind.STTPP: "STTP",
    CertificateKind.ATTENDANCE: "SERT",
    CertificateKind.AWARD: "PGH",
}


# Workshop, sosialisasi and seminar in SIASN's list of forms: their certificates say that somebody took part (letter P).
_ATTENDED_FORMS = frozenset({4, 7, 9})


def kind_for_development(siasn_form: int | None) -> CertificateKind:
    """Return the document that a form of development ends with.

    Parameters
    ----------
    siasn_form : int or None
        SIASN's ``jenisDiklatId``, 1..25 (handbook section D); None = not known, and taken for a programme that one
        passes.
    """
    return CertificateKind.ATTENDANCE if siasn_form in _ATTENDED_FORMS else CertificateKind.STTPP


class CertificateState(StrEnum):
    """Where a certificate stands in its life; `EXPIRED` is never stored, it follows from the day asked."""

    DRAFT = "DRAFT"
    READY_TO_SIGN = "READY_TO_SIGN"
    SIGNED = "SIGNED"
    ISSUED = "ISSUED"
    REVOKED = "REVOKED"
    REPLACED = "REPLACED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


# READY_TO_SIGN goes straight to ISSUED where no signer is installed. A void number keeps its row and its reason.
TRANSITIONS: Mapping[CertificateState, frozenset[CertificateState]] = {
    CertificateState.DRAFT: frozenset({CertificateState.READY_TO_SIGN, CertificateState.VOID}),
    CertificateState.READY_TO_SIGN: frozenset(
        {CertificateState.SIGNED, CertificateState.ISSUED, CertificateState.VOID}),
    CertificateState.SIGNED: frozenset({CertificateState.ISSUED, CertificateState.VOID}),
    CertificateState.ISSUED: frozenset({CertificateState.REVOKED, CertificateState.REPLACED}),
    CertificateState.REVOKED: frozenset(),
    CertificateState.REPLACED: frozenset(),
    CertificateState.EXPIRED: frozenset(),
    CertificateState.VOID: frozenset(),
}

_STATE_WORDS: Mapping[CertificateState, Message] = {
    CertificateState.DRAFT: say("rancangan"),
    CertificateState.READY_TO_SIGN: say("siap ditandatangani"),
    CertificateState.SIGNED: say("ditandatangani"),
    CertificateState.ISSUED: say("terbit"),
    CertificateState.REVOKED: say("dicabut"),
    CertificateState.REPLACED: say("diganti"),
    CertificateState.EXPIRED: say("kedaluwarsa"),
    CertificateState.VOID: say("batal"),
}


_REASON_LENGTHS = (10, 500)


def check_reason(reason: str) -> str:
    """Return the reason of a revocation or replacement without blanks around it.

    Raises
    ------
    InvalidInput
        If it has not 10 to 500 characters: whoever checks the certificate later reads it.
    """
    least, most = _REASON_LENGTHS
    if not least <= len(reason.strip()) <= most:
        raise InvalidInput(say("Tulis alasan sepanjang %(least)s sampai %(most)s huruf; siapa pun yang memeriksa "
                               "sertifikat ini akan membacanya.", least=least, most=most), where="reason")
    return reason.strip()


class CertificateStatus(StrEnum):
    """What a certificate is worth on a day."""

    VALID = "valid"
    REVOKED = "revoked"
    REPLACED = "replaced"
    EXPIRED = "expired"
    NOT_ISSUED = "not_issued"


STATUS_WORDS: Mapping[CertificateStatus, Message] = {
    CertificateStatus.VALID: say("Berlaku"),
    CertificateStatus.REVOKED: say("Dicabut"),
    CertificateStatus.REPLACED: say("Diganti"),
    CertificateStatus.EXPIRED: say("Kedaluwarsa"),
    CertificateStatus.NOT_ISSUED: say("Belum terbit"),
}


def check_transition(before: CertificateState, after: CertificateState) -> None:
    """Refuse a step that a certificate cannot take.

    Raises
    ------
    Conflict
        If `after` may not follow `before`; the message names both.
    """
    if after not in TRANSITIONS[before]:
        raise Conflict(say("Sertifikat yang berstatus %(before)s tidak dapat menjadi %(after)s.",
                           before=_STATE_WORDS[before], after=_STATE_WORDS[after]))


def status_on(state: CertificateState, day: date, *, issued_on: date, valid_until: date | None = None,
              state_on: date | None = None) -> CertificateStatus:
    """Tell what a certificate is worth on a day, past or future, from what its row says now.

    Parameters
    ----------
    state : CertificateState
        As stored.
    day : date
        Day asked.
    issued_on : date
        First day on which it counts.
    valid_until : date, optional
        Last day, inclusive; None = without end.
    state_on : date, optional
        Day from which REVOKED or REPLACED counts, inclusive; None = from the first day.

    Returns
    -------
    CertificateStatus
        Revocation and replacement win over expiry: they stay true when the validity would have ended anyway.
    """
    ended = {CertificateState.REVOKED: CertificateStatus.REVOKED, CertificateState.REPLACED: CertificateStatus.REPLACED}
    if state in ended and (state_on is None or day >= state_on):
        return ended[state]
    if state is CertificateState.EXPIRED:
        return CertificateStatus.EXPIRED
    if day < issued_on or (state is not CertificateState.ISSUED and state not in ended):
        return CertificateStatus.NOT_ISSUED
    if valid_until is not None and day > valid_until:
        return CertificateStatus.EXPIRED
    return CertificateStatus.VALID


_NUMBER_FIELDS = ("seq", "type", "batch", "batch_roman", "month", "month_roman", "year")
_NUMBER_LENGTH = 120


def format_number(pattern: str, *, seq: int, kind: CertificateKind, batch: int, issued_on: date) -> str:
    """Write the number of a certificate.

    Parameters
    ----------
    pattern : str
        Text with the places ``{seq} {type} {batch} {batch_roman} {month} {month_roman} {year}``; whole numbers take
        a width, as in ``{seq:04d}``. See `check_number_pattern`.
    seq : int
        Place in the series of issuer, kind and year; at least 1.
    kind : CertificateKind
        Gives ``{type}``: STTP, SERT or PGH.
    batch : int
        Ordinal of the batch (*angkatan*) in its year; at least 1.
    issued_on : date
        Gives month and year.

    Raises
    ------
    InvalidInput
        If the pattern is not one, or the number would be longer than 120 characters.

    Examples
    --------
    >>> format_number("{seq:04d}/{type}/{batch_roman}/BKPSDM-GTLO/{month_roman}/{year}", seq=218,
    ...               kind=CertificateKind.STTPP, batch=4, issued_on=date(2026, 10, 12))
    '0218/STTP/IV/BKPSDM-GTLO/X/2026'
    """
    check_number_pattern(pattern)
    number = pattern.format_map({
        "seq": seq, "type": _NUMBER_CODES[kind], "batch": batch, "batch_roman": roman(batch),
        "month": issued_on.month, "month_roman": roman(issued_on.month), "year": issued_on.year,
    })
    if len(number) > _NUMBER_LENGTH:
        raise InvalidInput(say("Nomor sertifikat %(number)s lebih panjang dari %(limit)s huruf.",
                               number=number, limit=_NUMBER_LENGTH), where="pattern")
    return number


def check_number_pattern(pattern: str) -> None:
    """Refuse a pattern of numbers that cannot be filled in or would give one number twice.

    Raises
    ------
    InvalidInput
        If a brace stays open, a place is unknown (the message names it and lists those that exist), a place carries
        a form that does not fit it, or ``{seq}`` is missing.
    """
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise InvalidInput(say("Pola nomor %(pattern)s tidak dapat dibaca: kurung kurawalnya tidak berpasangan.",
                               pattern=pattern), where="pattern") from error
    used = set()
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in _NUMBER_FIELDS:
            raise InvalidInput(say("Pola nomor memakai isian {%(field)s} yang tidak dikenal; yang ada: %(known)s.",
                                   field=name, known=list(_NUMBER_FIELDS)), where="pattern")
        whole = name in ("seq", "batch", "month", "year")
        if conversion or (form and not (whole and re.fullmatch(r"0?[1-9]?d", form))):
            raise InvalidInput(say("Bentuk isian {%(field)s} pada pola nomor tidak dikenal; contoh yang benar: "
                                   "{seq:04d}.", field=name), where="pattern")
        used.add(name)
    if "seq" not in used:
        raise InvalidInput(say("Pola nomor %(pattern)s tidak memuat {seq}, sehingga nomornya akan berulang.",
                               pattern=pattern), where="pattern")


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject (*mata pelatihan*) on the back.

    Attributes
    ----------
    name : str
    jp : int
        Lesson hours.
    """

    name: str
    jp: int


def check_subjects(subjects: Iterable[Subject], jp: int) -> None:
    """Refuse a list of subjects that does not add up to the training.

    Raises
    ------
    InvalidInput
        If the JP of the subjects do not sum to `jp`; the message says both sums. No subject at all sums to 0.
    """
    total = sum(subject.jp for subject in subjects)
    if total != jp:
        raise InvalidInput(say("Jumlah JP mata pelatihan %(total)s, sedangkan pelatihannya %(jp)s JP; keduanya harus "
                               "sama sebelum sertifikat terbit.", total=total, jp=jp), where="subjects")


# The digits and letters that nobody mistakes for one another: no I, L, O, U. 32 of them, five bits each.
_TOKEN_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TOKEN_LENGTH = 12
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
TOKEN_BYTES = 8


def token_from(random_bytes: bytes) -> str:
    """Make the printed code of a certificate: 12 signs, 60 bits, in three groups.

    Parameters
    ----------
    random_bytes : bytes
        At least `TOKEN_BYTES` unguessable bytes; the first 60 bits are used.

    Raises
    ------
    ValueError
        If there are fewer bytes.

    Examples
    --------
    >>> token_from(bytes(range(8)))
    '000G-40R4-0M30'
    """
    if len(random_bytes) < TOKEN_BYTES:
        raise ValueError(f"a token needs {TOKEN_BYTES} random bytes, got {len(random_bytes)}")
    number = int.from_bytes(random_bytes[:TOKEN_BYTES], "big") >> 4
    signs = "".join(_TOKEN_ALPHABET[number >> shift & 31] for shift in range(55, -1, -5))
    return _grouped(signs)


def token_number(token: str) -> int:
    """Return the 60 bits of a code in canonical form as a number, the first sign highest.

    Examples
    --------
    >>> token_number("000G-40R4-0M30") == int.from_bytes(bytes(range(8)), "big") >> 4
    True
    """
    number = 0
    for sign in token.replace("-", ""):
        number = number << 5 | _TOKEN_ALPHABET.index(sign)
    return number


def normalise_token(text: str) -> str:
    """Return the canonical form of a code as a person typed it.

    Lower case, blanks, missing or odd dashes and the look-alikes O, I, L are accepted.

    Raises
    ------
    InvalidInput
        If it is not twelve signs of the alphabet; the message says what a code looks like.
    """
    signs = re.sub(r"[\s\-\N{HYPHEN}-\N{HORIZONTAL BAR}_.]", "", text).upper().translate(_LOOKALIKES)
    if len(signs) != _TOKEN_LENGTH or any(sign not in _TOKEN_ALPHABET for sign in signs):
        raise InvalidInput(say("Kode sertifikat terdiri atas 12 huruf dan angka, misalnya 7K4M-Q9XD-2RTB."),
                           where="code")
    return _grouped(signs)


def _grouped(signs: str) -> str:
    return "-".join(signs[start:start + 4] for start in range(0, _TOKEN_LENGTH, 4))


def group_nip(nip: str) -> str:
    """Write a NIP or NI PPPK in its groups 8-6-1-3; what has not 18 digits stays as it is."""
    if not re.fullmatch(r"[0-9]{18}", nip):
        return nip
    return f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"


def mask_nip(nip: str) -> str:
    """Write a NIP for the public: only its last three digits show, because the rest is birth date, entry and sex.

    Examples
    --------
    >>> mask_nip("199003122014032004")
    '•••••••• •••••• • 004'
    """
    if not re.fullmatch(r"[0-9]{18}", nip):
        return "•" * len(nip)
    return f"{'•' * 8} {'•' * 6} • {nip[15:]}"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, as the name block prints it.

    Attributes
    ----------
    post : str
        ``Kepala BKPSDM Provinsi Gorontalo``.
    name : str
        With titles.
    rank : str
        Rank and golongan, ``Pembina Utama Muda, IV/c``; empty where it is not printed.
    nip : str
        18 digits.
    """

    post: str
    name: str
    rank: str = ""
    nip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """Everything a certificate says, frozen at issue; later changes of name, rank or course do not reach it.

    Attributes
    ----------
    kind : CertificateKind
    number, token, verify_url : str
        Number of the series, printed code, address in the QR.
    issued_on, issued_place : date, str
    government, institution : str
        Two lines at the head: ``Pemerintah Provinsi Gorontalo``, and the institution in full.
    legal_basis : str
        What follows ``Berdasarkan``; empty = the opening clause starts with the institution.
    holder_name : str
        With titles.
    nip : str
        18 digits; empty = not printed.
    birth_place, birth_date : str, date or None
    rank, golongan, position, unit, agency : str
        On the day of issue; what is empty is not printed.
    status_phrase : str
        ``LULUS`` or ``TELAH MENGIKUTI``.
    predicate : str
        Follows ``dengan predikat``; empty = none.
    training_code, training_name, batch_label : str
        ``batch_label`` as printed: ``Angkatan IV Tahun 2026``.
    organiser : str
        Unit that ran the batch; empty = not printed.
    first_day, last_day : date
    mode_phrase : str
        ``secara tatap muka``; empty = not printed.
    place : str
        Empty = not printed.
    jp : int
        Lesson hours; equals the sum of `subjects` (see `check_subjects`).
    subjects : tuple of Subject
        In the order of the programme.
    competences : tuple of (str, int)
        Name and level that the training leads to, in the order to be printed.
    trainers : tuple of str
        Names with titles.
    valid_until : date or None
        Last day, inclusive; None = without end.
    signer : Signatory
    organiser_signer : Signatory or None
        Signs the back; None = nobody does.
    signed : bool
        Whether the file will carry an electronic signature; only then does it say so.
    authority : str
        Who issued the certificate of the signing key; empty = not printed.
    demo : bool
        Whether the people are invented; the certificate says so.
    lan_registration_no : str
        Code under which the National Institute of Public Administration (LAN) registered this one; empty = not printed.
    photo_sha256 : str
        Of `photo`, 64 small hexadecimal digits; empty = the front has no photo.
    draft : bool
        Whether this is a preview that carries ``DRAF`` across. It is about the print, not about the certificate:
        it is not part of `canonical_json` and `facts_hash`.
    qr_payload : str
        What the QR says after ``#``, signed by itself (`kompetensi.exchange.certificate_payload`); empty = nothing. It
        follows from the other facts and the seal, and is not part of `canonical_json` either.
    photo : bytes
        JPEG that `photo_sha256` names, as `kompetensi.exchange.portrait` writes it; the snapshot holds its hash only.
    """

    kind: CertificateKind
    number: str
    token: str
    verify_url: str
    issued_on: date
    issued_place: str
    government: str
    institution: str
    holder_name: str
    nip: str
    status_phrase: str
    training_code: str
    training_name: str
    batch_label: str
    first_day: date
    last_day: date
    jp: int
    subjects: tuple[Subject, ...]
    signer: Signatory
    legal_basis: str = ""
    birth_place: str = ""
    birth_date: date | None = None
    rank: str = ""
    golongan: str = ""
    position: str = ""
    unit: str = ""
    agency: str = ""
    predicate: str = ""
    organiser: str = ""
    mode_phrase: str = ""
    place: str = ""
    competences: tuple[tuple[str, int], ...] = ()
    trainers: tuple[str, ...] = ()
    valid_until: date | None = None
    organiser_signer: Signatory | None = None
    signed: bool = False
    authority: str = ""
    demo: bool = False
    lan_registration_no: str = ""
    photo_sha256: str = ""
    draft: bool = False
    qr_payload: str = ""
    photo: bytes = field(default=b"", repr=False)

    @property
    def qr_text(self) -> str:
        """What the QR on the front says."""
        return f"{self.verify_url}#{self.qr_payload}" if self.qr_payload else self.verify_url


# Grows when a field is added whose absence would mean something else; old snapshots keep the number they have.
_SCHEMA = 1
_NOT_FACTS = ("draft", "qr_payload", "photo")
# Fields that came later, left out where they say nothing: the hash of an older snapshot stays what was printed.
_LATER = ("authority", "lan_registration_no", "photo_sha256")


def facts_to_json(facts: CertificateFacts) -> dict[str, Any]:
    """Return the facts as JSON values (dates as ISO text), with the version of the form under ``schema``."""
    document: dict[str, Any] = {"schema": _SCHEMA}
    for one in fields(facts):
        value = getattr(facts, one.name)
        if one.name not in _NOT_FACTS and (value or one.name not in _LATER):
            document[one.name] = _plain(value)
    return document


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Subject | Signatory):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def facts_from_json(document: Mapping[str, Any]) -> CertificateFacts:
    """Return the facts that `facts_to_json` wrote.

    Raises
    ------
    InvalidInput
        If the document is of another schema, lacks a field, or holds one that is unknown or of the wrong form.
    """
    values = dict(document)
    if values.pop("schema", None) != _SCHEMA:
        raise InvalidInput(say("Cuplikan data sertifikat memakai bentuk yang tidak dikenal."), where="schema")
    try:
        for name in ("issued_on", "first_day", "last_day", "birth_date", "valid_until"):
            values[name] = date.fromisoformat(values[name]) if values[name] is not None else None
        values["kind"] = CertificateKind(values["kind"])
        values["subjects"] = tuple(Subject(**subject) for subject in values["subjects"])
        values["competences"] = tuple((str(name), int(level)) for name, level in values["competences"])
        values["trainers"] = tuple(values["trainers"])
        values["signer"] = Signatory(**values["signer"])
        if values["organiser_signer"] is not None:
            values["organiser_signer"] = Signatory(**values["organiser_signer"])
        return CertificateFacts(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(say("Cuplikan data sertifikat rusak: %(error)s.", error=str(error))) from error


def canonical_json(facts: CertificateFacts) -> bytes:
    """Write the facts in the one form that is hashed and signed: UTF-8, sorted keys, no blanks."""
    return json.dumps(facts_to_json(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def facts_hash(facts: CertificateFacts) -> str:
    """Return the SHA-256 of `canonical_json`, 64 small hexadecimal digits; the back of the certificate shows it."""
    return hashlib.sha256(canonical_json(facts)).hexdigest()
