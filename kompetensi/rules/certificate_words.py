"""What a certificate says around its facts, in Indonesian and in English.

The document's wording is its own and does not follow the language of whoever prints it. Facts that exist in one
language only, such as the name of a training, are printed as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kompetensi.messages import format_date
from kompetensi.rules.certificates import KIND_TITLES, CertificateFacts, CertificateKind, group_nip
from kompetensi.rules.numerals import english_words, words
from kompetensi.rules.signature_stamp import signing_sentence

__all__ = ["CertificateWords", "certificate_words"]

_ENGLISH_TITLES: Mapping[CertificateKind, str] = {
    CertificateKind.STTPP: "Certificate of Completion of Training",
    CertificateKind.ATTENDANCE: "Certificate of Attendance",
    CertificateKind.AWARD: "Certificate of Appreciation",
}
# Phrases that are frozen in Indonesian; what is not here stays as it is.
_ENGLISH: Mapping[str, str] = {
    "LULUS": "PASSED", "TELAH MENGIKUTI": "HAS ATTENDED",
    "sangat memuaskan": "very satisfactory", "memuaskan": "satisfactory", "cukup memuaskan": "fairly satisfactory",
    "kurang memuaskan": "less than satisfactory", "tidak memuaskan": "unsatisfactory", "baik": "good",
    "secara tatap muka": "in person", "secara jarak jauh": "by distance learning",
    "secara belajar mandiri": "by self-study", "di tempat kerja": "at the workplace",
    "secara bauran": "by blended learning",
}


@dataclass(frozen=True, slots=True)
class CertificateWords:
    """The wording of one certificate in one language.

    Attributes
    ----------
    language : str
        ``id`` or ``en``.
    identity : tuple of str
        One or two lines: number, birth and rank; position, unit and agency. What is unknown is left out.
    held : tuple of str
        By whom, how, where and when, in one line or two that break where one breathes.
    hours : str
        ``selama 20 (dua puluh) jam pelajaran.``
    registration : str
        Empty where LAN registers nothing.
    photo : str
        Stands for the photo.
    validity : str
        A whole sentence.
    """

    language: str
    title: str
    number: str
    registration: str
    photo: str
    opening: str
    identity: tuple[str, ...]
    status: str
    predicate: str
    held: tuple[str, ...]
    hours: str
    total: str
    check: str
    qr: str
    dated: str
    sealed: str
    unsigned: str
    subjects: str
    continued: str
    ordinal: str
    subject: str
    competences: str
    level: str
    organiser: str
    organised: str
    trainers: str
    code: str
    part_of: str
    validity: str
    fingerprint: str
    invented: str


def certificate_words(facts: CertificateFacts, language: str) -> CertificateWords:
    """Word a certificate.

    Parameters
    ----------
    language : {"id", "en"}
    """
    return _english(facts) if language == "en" else _indonesian(facts)


def _indonesian(facts: CertificateFacts) -> CertificateWords:
    verb = "memberikan penghargaan kepada" if facts.kind is CertificateKind.AWARD else "menerangkan bahwa"
    hours = f"{facts.jp} ({words(facts.jp)}) jam pelajaran"
    title = KIND_TITLES[facts.kind]
    return CertificateWords(
        language="id", title=title, number=f"Nomor {facts.number}",
        registration=f"Kode registrasi LAN: {facts.lan_registration_no}" if facts.lan_registration_no else "",
        photo="Pasfoto pemegang",
        opening=f"Berdasarkan {facts.legal_basis}, {verb}" if facts.legal_basis else f"dengan ini {verb}",
        identity=_identity(facts, born="lahir", born_in="lahir di", language="id"), status=facts.status_phrase,
        predicate=f"dengan predikat {facts.predicate}" if facts.predicate else "",
        held=_held(facts, by="yang diselenggarakan oleh", held="yang diselenggarakan", place="di",
                   days=_days(facts.first_day, facts.last_day, "id", on="pada tanggal", to="sampai dengan")),
        hours=f"selama {hours}.", total=f"Jumlah, {hours}",
        check="Pindai kode ini, atau buka halaman “Cek sertifikat” dan ketik kodenya, untuk memastikan keaslian dan "
              "masa berlakunya.",
        qr=f"Kode QR ke halaman pemeriksaan sertifikat dengan kode {facts.token}",
        dated=f"{facts.issued_place}, {format_date(facts.issued_on)}",
        sealed=signing_sentence(facts),
        unsigned="Belum ditandatangani secara elektronik.", subjects="Daftar mata pelatihan", continued="lanjutan",
        ordinal="No.", subject="Mata pelatihan", competences="Kompetensi yang dituju", level="tingkat",
        organiser="Penyelenggara", organised="Penyelenggara,", trainers="Pengajar", code="Kode pelatihan",
        part_of=f"Lembar ini bagian tak terpisahkan dari {title.lower()} nomor {facts.number}.",
        validity=(f"Berlaku sampai dengan {format_date(facts.valid_until)}" if facts.valid_until
                  else "Berlaku tanpa batas waktu") +
        ", kecuali dicabut atau diganti; keadaannya saat ini tampak pada halaman “Cek sertifikat”.",
        fingerprint="Sidik jari data (SHA-256)", invented="Data orang pada demo ini rekaan.")


def _english(facts: CertificateFacts) -> CertificateWords:
    verb = "presents this award to" if facts.kind is CertificateKind.AWARD else "certifies that"
    hours = f"{facts.jp} ({english_words(facts.jp)}) lesson hours"
    title = _ENGLISH_TITLES[facts.kind]
    return CertificateWords(
        language="en", title=title, number=f"Number {facts.number}",
        registration=f"LAN registration code: {facts.lan_registration_no}" if facts.lan_registration_no else "",
        photo="Photo of the holder",
        opening=f"Under {facts.legal_basis}, {facts.institution} {verb}" if facts.legal_basis else
        f"{facts.institution} hereby {verb}",
        identity=_identity(facts, born="born", born_in="born in", language="en"),
        status=_ENGLISH.get(facts.status_phrase, facts.status_phrase),
        predicate=f"with the grade {_ENGLISH.get(facts.predicate, facts.predicate)}" if facts.predicate else "",
        held=_held(facts, by="organised by", held="held", place="at",
                   days=_days(facts.first_day, facts.last_day, "en", on="on", to="to")),
        hours=f"over {hours}.", total=f"Total, {hours}",
        check="Scan this code, or type it on the page “Cek sertifikat”, to see whether this certificate is genuine and "
              "valid.",
        qr=f"QR code of the page that checks the certificate with the code {facts.token}",
        dated=f"{facts.issued_place}, {format_date(facts.issued_on, locale='en')}",
        sealed=signing_sentence(facts, "en"),
        unsigned="Not signed electronically.", subjects="Subjects", continued="continued", ordinal="No.",
        subject="Subject", competences="Competencies aimed at", level="level", organiser="Organiser",
        organised="Organiser,", trainers="Trainers", code="Training code",
        part_of=f"This sheet is an inseparable part of the {title.lower()} number {facts.number}.",
        validity=(f"Valid until {format_date(facts.valid_until, locale='en')}" if facts.valid_until
                  else "Valid without end") +
        ", unless revoked or replaced; the page “Cek sertifikat” shows its present standing.",
        fingerprint="Fingerprint of the data (SHA-256)", invented="The people of this demo are invented.")


def _identity(facts: CertificateFacts, *, born: str, born_in: str, language: str) -> tuple[str, ...]:
    birth = ", ".join(filter(None, (
        facts.birth_place, format_date(facts.birth_date, locale=language) if facts.birth_date else "")))
    person = (f"NIP {group_nip(facts.nip)}" if facts.nip else "", f"{born_in} {birth}" if facts.birth_place else
              f"{born} {birth}" if birth else "", ", ".join(filter(None, (facts.rank, facts.golongan))))
    work = dict.fromkeys(filter(None, (facts.position, facts.unit, facts.agency)))
    return tuple(line for line in (" · ".join(filter(None, person)), ", ".join(work)) if line)


def _held(facts: CertificateFacts, *, by: str, held: str, place: str, days: str) -> tuple[str, ...]:
    mode = facts.mode_phrase if by.startswith("yang") else _ENGLISH.get(facts.mode_phrase, facts.mode_phrase)
    how = " ".join(filter(None, (mode, f"{place} {facts.place}," if facts.place else "", f"{days},")))
    if facts.organiser and facts.organiser != facts.institution:
        return (f"{by} {facts.organiser}", how)
    return (f"{held} {how}",)


def _days(first: date, last: date, language: str, *, on: str, to: str) -> str:
    """Word a range of days without saying a month or year twice."""
    if first == last:
        return f"{on} {_unbroken(format_date(first, locale=language))}"
    start = format_date(first, locale=language)
    if first.year == last.year:
        start = start.removesuffix(f" {first.year}")
        if first.month == last.month:
            start = str(first.day)
    return f"{on} {_unbroken(start)} {to} {_unbroken(format_date(last, locale=language))}"


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")
