"""Electronic signatures in files that come back: pyHanko says whether they hold."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from datetime import datetime

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from kompetensi.errors import Unavailable
from kompetensi.messages import say
from kompetensi.ports import SignatureStanding, SignatureVerdict

__all__ = ["read_authorities", "signature_of"]

_log = logging.getLogger(__name__)


def signature_of(
    pdf: bytes, trusted: Iterable[x509.Certificate], *, at: datetime | None = None
) -> SignatureStanding | None:
    """Check the last electronic signature of a PDF; nothing is fetched from anywhere.

    Parameters
    ----------
    trusted : iterable of certificates
        Authorities whose signing certificates are believed.
    at : datetime, optional
        Moment for which certificates must be valid; None = now.

    Returns
    -------
    SignatureStanding or None
        None when the file holds no signature. A file that cannot be opened holds none that can be checked, and is
        UNREADABLE.
    """
    try:
        signatures = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_regular_signatures
        if not signatures:
            return None
        last = signatures[-1]
        status = validate_pdf_signature(
            last, ValidationContext(trust_roots=list(trusted), allow_fetching=False, moment=at, revocation_mode="soft-fail"),
            key_usage_settings=KeyUsageConstraints(key_usage=set()))
    # A stranger's file may break pyHanko in any way; to who asks it means that the signature cannot be checked.
    except Exception:
        _log.info("a signature could not be checked", exc_info=True)
        return SignatureStanding(SignatureVerdict.UNREADABLE)
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    if not (status.intact and status.valid and whole):
        verdict = SignatureVerdict.ALTERED
    else:
        verdict = SignatureVerdict.INTACT if status.trusted else SignatureVerdict.UNTRUSTED
    stamp = status.timestamp_validity
    return SignatureStanding(verdict, str(last.signer_cert.subject.native.get("common_name", "")),
                             stamp.timestamp if stamp is not None else status.signer_reported_dt)


def read_authorities(pem_text: bytes) -> tuple[x509.Certificate, ...]:
    """Read certificates from PEM, in their order; other things in it are passed over.

    Raises
    ------
    Unavailable
        If it is no PEM.
    """
    try:
        return tuple(x509.Certificate.load(content) for kind, _, content in pem.unarmor(pem_text, multiple=True)
                     if kind == "CERTIFICATE")
    except ValueError as error:
        raise Unavailable(say("Daftar otoritas tepercaya tidak dapat dibaca sebagai PEM. Periksa "
                              "KOMPETENSI_TRUSTED_AUTHORITIES.")) from error
