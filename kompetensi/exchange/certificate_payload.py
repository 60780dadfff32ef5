"""What the QR of a certificate says by itself: a compact statement under an Ed25519 signature (RFC 8032).

Whoever holds the published key can check a printed page without asking us. ``docs/formats/certificate-payload.md``
describes every byte, with test vectors, and what such a check cannot know.

The text is made of signs that a QR keeps in its alphanumeric mode and that the fragment of an address may hold
(RFC 3986 section 3.5), so that it costs 5.5 bits a sign and passes through every telephone. A browser does not send
the fragment to the server: what it says stays with whoever scanned it.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.ports import Seal
from kompetensi.rules.certificates import CertificateFacts, CertificateKind, mask_nip, token_from, token_number

__all__ = ["ALPHABET", "DICTIONARY", "KIND_ORDER", "VERSION", "Payload", "PayloadReading", "PayloadStanding", "SealKey", "find_payload",
           "key_id", "read_payload", "seal_facts", "write_payload"]

# The 43 signs of a QR's alphanumeric mode that may stand in a fragment; blank and percent may not.
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:"
VERSION = "K1:"
# No other signature by the same key can be taken for one of a payload.
_CONTEXT = b"kompetensi certificate payload 1\n"
_EPOCH = date(2000, 1, 1)
_NO_END = 0xFFFF
_NO_NIP = 1000
_HEAD = struct.Struct(">H4sBQ6H")
_SIGNATURE_BYTES = 64
# The longest QR holds 4,296 signs; what is longer was never one.
_LONGEST_TEXT = 4296
_WORDS = 6
_SEPARATOR = "\x1f"
KIND_ORDER = (CertificateKind.STTPP, CertificateKind.ATTENDANCE, CertificateKind.AWARD)
_KIND_BITS, _DEMO, _DEFLATED = 0b11, 0b100, 0b1000

# Words that our certificates share, the commonest last. It belongs to version 1 and never changes.
DICTIONARY = _SEPARATOR.join((
    "Pelatihan Fungsional Sosialisasi Seminar Bimbingan Teknis Lokakarya Kursus Magang Penguatan Kapasitas ",
    "Komunikasi Kerja Sama Integritas Pengambilan Keputusan Perekat Bangsa Orientasi pada Hasil Pengadaan Barang dan Jasa ",
    "Pemerintah Analisis Kebijakan Data Keuangan Daerah Perencanaan Pembangunan Kearsipan Teknologi Informasi Kesehatan ",
    "Pengembangan Diri dan Orang Lain Mengelola Perubahan Manajemen Risiko Aparatur Sipil Negara Digital Tingkat Dasar ",
    "Lanjutan Menengah Pelatihan Dasar Calon Pegawai Negeri Sipil Pelatihan Kepemimpinan Nasional Administrator Pengawas ",
    "Pelatihan Manajemen Pelatihan Kepemimpinan Pelatihan Teknis Pelatihan Pelayanan Publik Prima",
    "Muhammad Mohamad Abdul Siti Nur Rahmat, S.Pd., M.Pd., S.Kom., S.T., M.T., S.H., M.H., S.Sos., S.IP., S.Kep., Ns., ",
    "A.Md., dr. Drs. Dr. Ir. Hj. S.E., M.M., M.Si., S.AP., M.AP., S.STP., M.Kes., S.K.M., S.Tr., ",
    "TELAH MENGIKUTI", "LULUS, cukup memuaskan", "LULUS, memuaskan",
    "/PGH/VIII//SERT/VII/BKPSDM-GTLO/IX/2028/XII/2027/XI/2026/STTP/IV/BKPSDM-GTLO/X/2026",
    "Angkatan VIII Tahun 2029", "Angkatan IX Tahun 2028", "Angkatan XII Tahun 2027", "Angkatan IV Tahun 2026",
    "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia Kabupaten Boalemo Bone Bolango Pohuwato Utara Kota Gorontalo",
    "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia Provinsi Gorontalo", "LULUS, sangat memuaskan",
)).encode("ascii")


@dataclass(frozen=True, slots=True)
class SealKey:
    """A published key, and when it signed.

    Attributes
    ----------
    public_key : bytes
        32 bytes, as RFC 8032 writes it.
    first_day, last_day : date or None
        Days of issue that it answers for, inclusive; None = without bound.
    """

    public_key: bytes
    first_day: date | None = None
    last_day: date | None = None

    def answers_for(self, issued_on: date) -> bool:
        """Whether certificates of a day of issue were signed with it."""
        return (self.first_day or date.min) <= issued_on <= (self.last_day or date.max)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a payload states of a certificate as it was issued.

    Attributes
    ----------
    key : str
        `key_id` of the key that signed.
    token : str
        Printed code, canonical form.
    masked_nip : str
        Only the last three digits show; empty = none is printed.
    result : str
        Status phrase, with the predicate where there is one.
    valid_until : date or None
        Last day, inclusive; None = without end.
    demo : bool
        Whether the person is invented.
    """

    key: str
    kind: CertificateKind
    token: str
    number: str
    holder_name: str
    masked_nip: str
    training_name: str
    batch_label: str
    first_day: date
    last_day: date
    jp: int
    issuer: str
    issued_on: date
    valid_until: date | None
    result: str
    demo: bool


class PayloadStanding(StrEnum):
    """What a signature is worth."""

    GENUINE = "genuine"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown-key"
    KEY_OUT_OF_TERM = "key-out-of-term"


@dataclass(frozen=True, slots=True)
class PayloadReading:
    """What was found in a text that has the form of a payload.

    Attributes
    ----------
    key : str
        `key_id` that the text names; a claim unless the standing is GENUINE.
    payload : Payload or None
        None unless the standing is GENUINE: what nobody answers for is not shown.
    """

    standing: PayloadStanding
    key: str
    payload: Payload | None = None


def key_id(public_key: bytes) -> str:
    """Return the name of a key: the first four bytes of its SHA-256, eight small hexadecimal digits."""
    return hashlib.sha256(public_key).hexdigest()[:8]


def write_payload(facts: CertificateFacts, seal: Seal) -> str:
    """Return the text that follows ``#`` in the QR of a certificate.

    The same facts and key give the same text as long as zlib is the same; any zlib reads it.

    Raises
    ------
    InvalidInput
        If a day or the JP does not fit: days from 1 January 2000 to 5 June 2179, JP up to 65,535.
    """
    words = [facts.number, facts.holder_name, facts.training_name, facts.batch_label, facts.institution,
             ", ".join(filter(None, (facts.status_phrase, facts.predicate)))]
    plain = _SEPARATOR.join(" ".join(word.split()) for word in words).encode()
    packed = _deflate(plain)
    shorter = min(plain, packed, key=len)
    flags = (KIND_ORDER.index(facts.kind) | (_DEMO if facts.demo else 0) | (_DEFLATED if shorter is packed else 0))
    try:
        head = _HEAD.pack(
            _HEAD.size + len(shorter) + _SIGNATURE_BYTES, bytes.fromhex(key_id(seal.public_key)), flags,
            token_number(facts.token), _nip(facts.nip), _days(facts.issued_on), _days(facts.first_day),
            _days(facts.last_day), _NO_END if facts.valid_until is None else _days(facts.valid_until), facts.jp)
    except struct.error as error:
        raise InvalidInput(say("Tanggal atau JP sertifikat %(number)s tidak muat pada kode QR.", number=facts.number),
                           where="qr_payload") from error
    body = head + shorter
    return VERSION + _to_text(body + seal.sign(_CONTEXT + body))


def seal_facts(facts: CertificateFacts, seal: Seal | None) -> CertificateFacts:
    """Return the facts with the payload that their QR carries.

    Unchanged without a seal, for a draft, and when a day or the JP does not fit: such a certificate is issued all the
    same, with an address for QR.
    """
    if seal is None or facts.draft:
        return facts
    try:
        return replace(facts, qr_payload=write_payload(facts, seal))
    except InvalidInput:
        return facts


def find_payload(text: str) -> str | None:
    """Return the payload in what a QR says or somebody typed: the fragment of an address or the bare text.

    Blanks, broken lines and small letters are taken as they come, and signs that a program has written with percent.
    None when nothing in it begins like a payload of any version.
    """
    signs = re.sub(r"\s+", "", unquote(text.rpartition("#")[2])).upper()
    return signs if re.match(r"K[0-9]+:", signs) else None


def read_payload(text: str, keys: Iterable[SealKey]) -> PayloadReading:
    """Check a payload; the signature is checked before anything else in it is read.

    Parameters
    ----------
    text : str
        As `find_payload` takes it.
    keys : iterable of SealKey
        The published ones.

    Raises
    ------
    InvalidInput
        If it is no payload, is of another version, or is not whole; the message says which.
    """
    signs = find_payload(text)
    if signs is None:
        raise InvalidInput(say("Teks ini bukan isi kode QR sertifikat: isinya berupa alamat, tanda #, lalu K1: dan sederet "
                               "huruf dan angka."), where="qr")
    if not signs.startswith(VERSION):
        raise InvalidInput(say("Kode QR ini memakai bentuk %(version)s, sedangkan yang dikenal di sini hanya K1. Pakailah "
                               "pemeriksa yang lebih baru.", version=signs.partition(":")[0][:8]), where="qr")
    blob = _from_text(signs.removeprefix(VERSION))
    if len(blob) < _HEAD.size + _SIGNATURE_BYTES or int.from_bytes(blob[:2], "big") != len(blob):
        raise InvalidInput(say("Teks kode QR ini tidak utuh. Pindai atau salin ulang seluruhnya."), where="qr")
    body, signature = blob[:-_SIGNATURE_BYTES], blob[-_SIGNATURE_BYTES:]
    named = body[2:6].hex()
    known = [key for key in keys if key_id(key.public_key) == named]
    if not known:
        return PayloadReading(PayloadStanding.UNKNOWN_KEY, named)
    for key in known:
        if _is_signed(body, signature, key.public_key):
            payload = _payload(body)
            if key.answers_for(payload.issued_on):
                return PayloadReading(PayloadStanding.GENUINE, named, payload)
            return PayloadReading(PayloadStanding.KEY_OUT_OF_TERM, named)
    return PayloadReading(PayloadStanding.FORGED, named)


def _is_signed(body: bytes, signature: bytes, public_key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _CONTEXT + body)
    except InvalidSignature:
        return False
    return True


def _payload(body: bytes) -> Payload:
    _, key, flags, token, nip, issued_on, first_day, last_day, valid_until, jp = _HEAD.unpack_from(body)
    written = body[_HEAD.size:]
    # Only what has been signed comes here, so nothing can swell without bound.
    words = (_inflate(written) if flags & _DEFLATED else written).decode().split(_SEPARATOR)
    number, holder_name, training_name, batch_label, issuer, result = words[:_WORDS]
    return Payload(
        key.hex(), KIND_ORDER[flags & _KIND_BITS], token_from((token << 4).to_bytes(8, "big")), number, holder_name,
        _masked(nip), training_name, batch_label, _day(first_day), _day(last_day), jp, issuer, _day(issued_on),
        None if valid_until == _NO_END else _day(valid_until), result, bool(flags & _DEMO))


def _deflate(plain: bytes) -> bytes:
    """Return the shortest of what zlib makes of the words with our dictionary."""
    packed = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED):
        press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy, DICTIONARY)
        packed.append(press.compress(plain) + press.flush())
    return min(packed, key=len)


def _inflate(packed: bytes) -> bytes:
    return zlib.decompressobj(-15, DICTIONARY).decompress(packed)


def _days(day: date) -> int:
    return (day - _EPOCH).days


def _day(days: int) -> date:
    return _EPOCH + timedelta(days=days)


def _nip(nip: str) -> int:
    """Return the last three digits of a NIP, or 1,000 and how many signs are masked where it has not 18 digits."""
    return int(nip[15:]) if re.fullmatch("[0-9]{18}", nip) else _NO_NIP + len(nip)


def _masked(nip: int) -> str:
    return mask_nip(f"{'0' * 15}{nip:03d}") if nip < _NO_NIP else "•" * (nip - _NO_NIP)


def _to_text(blob: bytes) -> str:
    """Write two bytes as three signs, the last odd one as two; the lowest place first, as RFC 9285 does with 45."""
    signs = []
    for start in range(0, len(blob), 2):
        pair = blob[start:start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, place = divmod(number, len(ALPHABET))
            signs.append(ALPHABET[place])
    return "".join(signs)


def _from_text(signs: str) -> bytes:
    """Return the bytes; those before the first sign or group that cannot be, so that a cut text is seen as cut."""
    blob = bytearray()
    for start in range(0, min(len(signs), _LONGEST_TEXT), 3):
        places = [ALPHABET.find(sign) for sign in signs[start:start + 3]]
        number = sum(place * len(ALPHABET) ** power for power, place in enumerate(places))
        if min(places) < 0 or len(places) == 1 or number >= 256 ** (len(places) - 1):
            break
        blob += number.to_bytes(len(places) - 1, "big")
    return bytes(blob)
