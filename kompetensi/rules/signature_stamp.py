"""What a certificate and its signature say of the signing, and the place on the front that is kept free for the stamp."""

from __future__ import annotations

from dataclasses import dataclass

from kompetensi.rules.certificates import CertificateFacts

__all__ = ["STAMP_BOTTOM_MM", "STAMP_HEIGHT_MM", "STAMP_LEFT_MM", "STAMP_WIDTH_MM", "SignatureStamp",
           "signing_sentence", "stamp_for"]

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


def signing_sentence(facts: CertificateFacts, language: str = "id") -> str:
    """Word for print that a file is signed: with whose certificate, why the print-out counts, how one makes sure.

    These are the three points of handbook section G. Only a file that is really signed carries the sentence.

    Parameters
    ----------
    facts : CertificateFacts
        Whose `signed` is true.
    language : str
        ``id`` or ``en``.
    """
    if language == "en":
        by = f" with a certificate from {facts.authority}" if facts.authority else ""
        return (f"Signed electronically{by}. Electronic information and its printout are lawful evidence (Law 11/2008, "
                "Article 5(1)); check it by the code or by uploading the PDF.")
    by = f" dengan sertifikat dari {facts.authority}" if facts.authority else ""
    return (f"Ditandatangani secara elektronik{by}. Informasi elektronik dan hasil cetaknya alat bukti yang sah "
            "(UU 11/2008 Pasal 5 ayat 1); periksa lewat kode QR atau dengan mengunggah PDF-nya.")


def stamp_for(facts: CertificateFacts) -> SignatureStamp:
    """Return the stamp of a certificate."""
    return SignatureStamp(facts.verify_url, facts.issued_place)
