"""The QR of a certificate: the address of its page, and after ``#`` what it states by itself."""

from __future__ import annotations

from kompetensi.rules.certificates import CertificateFacts

__all__ = ["qr_content"]


def qr_content(facts: CertificateFacts) -> str | list[tuple[str, None, None]]:
    """Return what the QR of a certificate says, as segno takes it.

    Address and payload are segments of their own: a QR takes 8 bits for a sign of the address and 5.5 for one of the
    payload. So a payload of 126 bytes makes 57 modules a side at error correction M, 0.44 mm each at 27 mm with a
    margin of two; as base64url in one piece it would be 61.
    """
    if not facts.qr_payload:
        return facts.verify_url
    return [(f"{facts.verify_url}#", None, None), (facts.qr_payload, None, None)]
