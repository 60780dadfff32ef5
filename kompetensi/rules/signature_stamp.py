"""What a visible signature shows, and the place on a certificate's front that is kept free for it."""

from __future__ import annotations

from dataclasses import dataclass

from kompetensi.rules.certificates import CertificateFacts

__all__ = ["STAMP_BOTTOM_MM", "STAMP_HEIGHT_MM", "STAMP_LEFT_MM", "STAMP_WIDTH_MM", "SignatureStamp", "stamp_for"]

# Beside the signer's block, above the lower margin; a design prints nothing there. Millimetres from the lower left
# corner of the first page.
STAMP_LEFT_MM, STAMP_BOTTOM_MM = 134.0, 24.5
STAMP_WIDTH_MM, STAMP_HEIGHT_MM = 42.0, 16.0


@dataclass(frozen=True, slots=True)
class SignatureStamp:
    """What a signature tells about the certificate that it is put on.

    Attributes
    ----------
    verify_url : str
        Address in the stamp's QR.
    location : str
        Where it was issued; empty = the signature says nothing of it.
    """

    verify_url: str
    location: str = ""


def stamp_for(facts: CertificateFacts) -> SignatureStamp:
    """Return the stamp of a certificate."""
    return SignatureStamp(facts.verify_url, facts.issued_place)
