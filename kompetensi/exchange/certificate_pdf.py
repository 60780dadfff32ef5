"""Certificates that come back as PDF: is it a file at all, and which printed code does it carry?

The code is the first string of ``/ID`` in the file's trailer. That place is never compressed, and ISO 32000-1 section
14.4 makes it permanent: signatures and later savings keep it. So a file that was changed can be told from a file
that is not ours, without a PDF library. Whether it is genuine is for the register to say, by its SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from binascii import unhexlify
from dataclasses import dataclass

from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.rules.certificates import normalise_token

__all__ = ["CertificateFile", "read_certificate_pdf"]

_IDENTIFIER = re.compile(rb"/ID\s*\[\s*(?:\(([^()\\]{1,64})\)|<([0-9A-Fa-f\s]{1,160})>)")
_KEYWORDS = re.compile(rb"/Keywords\s*\(([^()\\]{1,64})\)")
_ENCRYPTED = re.compile(rb"/Encrypt(?:\s+\d+\s+\d+\s+R|\s*<<)")
_TOKEN = re.compile(rb"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
# A header may follow some bytes of rubbish, and so may the end mark be followed by them, as all readers accept.
_HEAD_BYTES = 1024
_TAIL_BYTES = 2048


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """What an uploaded file says about itself.

    Attributes
    ----------
    sha256 : str
        Of all its bytes; 64 small hexadecimal digits.
    token : str or None
        Printed code that the file names, in canonical form; None if it names none, as a file that is not ours. It is
        a claim and proves nothing.
    """

    sha256: str
    token: str | None


def read_certificate_pdf(pdf: bytes, *, max_bytes: int) -> CertificateFile:
    """Read a PDF that is said to be a certificate.

    Parameters
    ----------
    pdf : bytes
        The whole file.
    max_bytes : int
        Largest size that is looked at, inclusive.

    Raises
    ------
    InvalidInput
        If the file is empty, too large, no PDF, locked with a password, or cut off. A file that names a code is
        never called damaged: it has been altered, and the register can tell.
    """
    if not pdf:
        raise InvalidInput(say("Berkas ini kosong."), where="file")
    if len(pdf) > max_bytes:
        raise InvalidInput(say("Berkas ini %(size)s bita, paling besar %(limit)s bita.", size=len(pdf),
                               limit=max_bytes), where="file")
    if b"%PDF-" not in pdf[:_HEAD_BYTES]:
        raise InvalidInput(say("Berkas ini bukan PDF. Unggah berkas sertifikat seperti yang diterima."), where="file")
    if _ENCRYPTED.search(pdf):
        raise InvalidInput(say("PDF ini dikunci dengan kata sandi, padahal sertifikat tidak pernah dikunci. Unggah "
                               "berkas seperti yang diterima."), where="file")
    token = _token(pdf)
    if token is None and (b"%%EOF" not in pdf[-_TAIL_BYTES:] or b"startxref" not in pdf[-_TAIL_BYTES:]):
        raise InvalidInput(say("PDF ini rusak atau terpotong: bagian akhirnya tidak ada. Unduh atau salin ulang "
                               "berkasnya."), where="file")
    return CertificateFile(hashlib.sha256(pdf).hexdigest(), token)


def _token(pdf: bytes) -> str | None:
    """Return the code that the newest trailer names, or else the keywords."""
    identifiers = [plain or _from_hex(coded) for plain, coded in _IDENTIFIER.findall(pdf)]
    for claim in (*reversed(identifiers), *reversed(_KEYWORDS.findall(pdf))):
        if _TOKEN.fullmatch(claim):
            try:
                return normalise_token(claim.decode("ascii"))
            except InvalidInput:
                continue
    return None


def _from_hex(digits: bytes) -> bytes:
    digits = b"".join(digits.split())
    return unhexlify(digits) if len(digits) % 2 == 0 else b""
