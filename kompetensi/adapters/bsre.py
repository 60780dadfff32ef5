"""Signatures by BSrE, the national electronic certification body: its web service signs with the key of a person.

The fields are those of handbook section H. Version 1 is the client service on an agency's own host (a form with the
file), version 2 speaks JSON. NIK and passphrase are typed for each round of signing: they travel in the body of one
request and are kept nowhere. No sentence is made of them, nor of the service's own words, which might repeat them.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kompetensi.errors import InvalidInput, KompetensiError, Unavailable
from kompetensi.messages import say
from kompetensi.ports import SigningSecret
from kompetensi.rules.signature_stamp import STAMP_BOTTOM_MM, STAMP_HEIGHT_MM, STAMP_LEFT_MM, SignatureStamp

if TYPE_CHECKING:
    import requests

__all__ = ["BSRE_VERSIONS", "BsreSigner"]

BSRE_VERSIONS = ("v1", "v2")
_AUTHORITY = "Balai Sertifikasi Elektronik (BSrE) BSSN"
_TIMEOUT_S = 30
_POINT = 72 / 25.4
# The service draws a QR alone; it takes the place of the stamp's.
_LEFT, _BOTTOM, _SIDE = (round(_POINT * mm) for mm in (STAMP_LEFT_MM, STAMP_BOTTOM_MM, STAMP_HEIGHT_MM))
_NIK = re.compile(r"[0-9]{16}")
# What the service's words are looked through for; each host words its refusals in its own way.
_REFUSALS = (
    (re.compile(r"passphrase|kata sandi|frasa", re.IGNORECASE), "passphrase",
     say("Passphrase ditolak BSrE. Periksa ejaannya, lalu ketik ulang.")),
    (re.compile(r"expired|kedaluwarsa|kadaluarsa|kadaluwarsa|habis masa|dicabut|revoked", re.IGNORECASE), "nik",
     say("Sertifikat elektronik pemilik NIK ini sudah tidak berlaku di BSrE. Perbarui dahulu di BSrE, lalu ulangi.")),
    (re.compile(r"terdaftar|not registered|not found|tidak ditemukan", re.IGNORECASE), "nik",
     say("NIK ini belum terdaftar sebagai pengguna BSrE. Periksa angkanya, atau daftarkan dahulu ke BSrE.")),
)


class BsreSigner:
    """Signs by BSrE's service, in the name of whoever types NIK and passphrase; it can be used from any thread.

    Parameters
    ----------
    url : str
        Of the service, without a path. Outside of the agency's own network it must be https.
    version : str
        One of `BSRE_VERSIONS`.
    username, password : str
        Of the agency's application (Basic authentication).
    timeout_s : float
        How long an answer is waited for.
    """

    signs = True
    attended = True
    authority = _AUTHORITY
    certificates = ()

    def __init__(self, url: str, version: str, *, username: str, password: str, timeout_s: float = _TIMEOUT_S) -> None:
        if version not in BSRE_VERSIONS:
            raise ValueError(f"BSrE speaks {' or '.join(BSRE_VERSIONS)}, not {version!r}")
        self._url = url.rstrip("/")
        self._version = version
        self._login = (username, password)
        self._timeout_s = timeout_s

    def __repr__(self) -> str:
        return f"BsreSigner({self._url!r}, {self._version!r})"

    def sign(
        self, pdf: bytes, *, reason: str, at: datetime, secret: SigningSecret | None = None,
        stamp: SignatureStamp | None = None,
    ) -> bytes:
        """Return the file as the service signed it; the moment in the signature is the service's own.

        Raises
        ------
        InvalidInput
            If NIK or passphrase is missing or refused, or the person's certificate is not valid any more.
        Unavailable
            If the service cannot be reached, refuses for another reason, or answers with what is not this document,
            signed. Nothing is known of the certificate then; it can be tried again.
        """
        if secret is None or not secret.passphrase:
            raise InvalidInput(say("Ketik passphrase BSrE untuk menandatangani."), where="passphrase")
        if not _NIK.fullmatch(secret.nik):
            raise InvalidInput(say("NIK terdiri atas 16 angka."), where="nik")
        ask = self._ask_v1 if self._version == "v1" else self._ask_v2
        signed = ask(pdf, secret, reason, stamp)
        if not _is_signed_version_of(signed, pdf):
            raise Unavailable(say("Jawaban BSrE bukan dokumen ini yang sudah ditandatangani, jadi tidak dipakai."))
        return signed

    def _ask_v1(self, pdf: bytes, secret: SigningSecret, reason: str, stamp: SignatureStamp | None) -> bytes:
        fields = {"nik": secret.nik, "passphrase": secret.passphrase, "reason": reason,
                  "tampilan": "visible" if stamp else "invisible"}
        if stamp is not None:
            fields |= {"image": "false", "linkQR": stamp.verify_url, "width": str(_SIDE), "height": str(_SIDE),
                       "page": "1", "xAxis": str(_LEFT), "yAxis": str(_BOTTOM), "location": stamp.location}
        answer = self._send("POST", "/api/sign/pdf", data=fields,
                            files={"file": ("sertifikat.pdf", pdf, "application/pdf")})
        if answer.content.startswith(b"%PDF-"):
            return answer.content
        document = _document(answer)
        name = document.get("id_dokumen") or document.get("id")
        if not isinstance(name, str | int) or not re.fullmatch(r"[0-9A-Za-z_-]{1,100}", str(name)):
            raise _no_pdf()
        return self._send("GET", f"/api/sign/download/{name}").content

    def _ask_v2(self, pdf: bytes, secret: SigningSecret, reason: str, stamp: SignatureStamp | None) -> bytes:
        properties: dict[str, object] = {"tampilan": "INVISIBLE", "reason": reason}
        if stamp is not None:
            properties = {
                "tampilan": "VISIBLE", "page": 1, "originX": _LEFT, "originY": _BOTTOM, "width": _SIDE, "height": _SIDE,
                "imageBase64": _code_as_png(stamp.verify_url), "location": stamp.location, "reason": reason,
                "contactInfo": ""}
        answer = self._send("POST", "/api/v2/sign/pdf", json={
            "nik": secret.nik, "passphrase": secret.passphrase, "signatureProperties": [properties],
            "file": [base64.b64encode(pdf).decode()]})
        files = _document(answer).get("file")
        if not isinstance(files, list) or len(files) != 1 or not isinstance(files[0], str):
            raise _no_pdf()
        try:
            return base64.b64decode(files[0], validate=True)
        except binascii.Error:
            pass
        raise _no_pdf()

    def _send(self, method: str, path: str, **body: Any) -> requests.Response:
        """Send one request. It is not sent on to another address, and an error keeps nothing of the request."""
        import requests

        problem: KompetensiError
        try:
            answer = requests.request(method, self._url + path, auth=self._login, timeout=self._timeout_s,
                                      allow_redirects=False, **body)
            if answer.status_code == 200:
                return answer
            problem = _refusal(answer)
        except requests.Timeout:
            problem = Unavailable(say("BSrE tidak menjawab dalam %(seconds)s detik; sertifikat yang belum ditandatangani "
                                      "menunggu.", seconds=f"{self._timeout_s:g}"))
        except requests.RequestException:
            problem = Unavailable(say("Layanan BSrE tidak dapat dihubungi; sertifikat yang belum ditandatangani menunggu."))
        raise problem  # outside of the handlers: their error holds the request with its secret


def _code_as_png(address: str) -> str:
    import segno

    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="png", scale=8, border=1)
    return base64.b64encode(picture.getvalue()).decode()


def _document(answer: requests.Response) -> Mapping[str, Any]:
    try:
        document = json.loads(answer.content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _no_pdf()
    return document


def _no_pdf() -> Unavailable:
    return Unavailable(say("Jawaban BSrE tidak memuat PDF; sertifikat yang belum ditandatangani menunggu."))


def _refusal(answer: requests.Response) -> KompetensiError:
    """Word a refusal in our own sentences."""
    if answer.status_code == 401:
        return Unavailable(say("BSrE menolak nama pengguna atau kata sandi aplikasi ini; periksa KOMPETENSI_BSRE_USERNAME "
                               "dan KOMPETENSI_BSRE_PASSWORD."))
    if answer.status_code >= 500:
        return Unavailable(say("Layanan BSrE sedang terganggu (HTTP %(status)s); sertifikat yang belum ditandatangani "
                               "menunggu.", status=str(answer.status_code)))
    for words, where, sentence in _REFUSALS:
        if words.search(answer.text):
            return InvalidInput(sentence, where=where)
    return Unavailable(say("BSrE menolak permintaan ini (HTTP %(status)s); sertifikat yang belum ditandatangani menunggu.",
                           status=str(answer.status_code)))


def _is_signed_version_of(signed: bytes, pdf: bytes) -> bool:
    """Whether a file carries a signature over all of it that fits, and is the document that was sent.

    A service may write the file anew, but its permanent identifier stays (ISO 32000-1 section 14.4). Whether the
    signer's certificate is to be trusted is for those to judge who check the file later.
    """
    from cryptography.exceptions import InvalidSignature
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    def identifier(reader: PdfFileReader) -> object:
        return reader.trailer["/ID"][0]

    try:
        reader = PdfFileReader(io.BytesIO(signed))
        signatures = reader.embedded_signatures
        if not signatures or identifier(reader) != identifier(PdfFileReader(io.BytesIO(pdf))):
            return False
        last = signatures[-1]
        last.compute_integrity_info(skip_diff=True)
        intact, valid = validate_sig_integrity(
            last.signer_info, last.signer_cert, expected_content_type="data", actual_digest=last.compute_digest())
        return intact and valid and last.coverage is SignatureCoverageLevel.ENTIRE_FILE
    except (PdfError, SignatureValidationError, InvalidSignature, KeyError, ValueError, IndexError, TypeError):
        return False

