"""A seal whose key everybody may know, and what it seals in tests and in docs/formats/certificate-payload.md."""

from __future__ import annotations

from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kompetensi.exchange.certificate_payload import SealKey
from kompetensi.rules.certificates import CertificateFacts, CertificateKind, Signatory

FACTS = CertificateFacts(
    kind=CertificateKind.STTPP, number="0218/STTP/IV/BKPSDM-GTLO/X/2026", token="7K4M-Q9XD-2RTB",
    verify_url="https://sertifikat.example/cek/7K4M-Q9XD-2RTB", issued_on=date(2026, 10, 12), issued_place="Gorontalo",
    government="Pemerintah Provinsi Gorontalo",
    institution="Badan Kepegawaian dan Pengembangan Sumber Daya Manusia Provinsi Gorontalo",
    holder_name="Siti Rahmatia Botutihe, S.Kep.", nip="199003122014032004", status_phrase="LULUS",
    predicate="sangat memuaskan", training_code="YANLIK-PRIMA", training_name="Pelatihan Pelayanan Publik Prima",
    batch_label="Angkatan IV Tahun 2026", first_day=date(2026, 10, 5), last_day=date(2026, 10, 7), jp=20, subjects=(),
    signer=Signatory("Kepala BKPSDM", "Ir. Yusuf Mohamad"), valid_until=date(2029, 10, 7))


class OpenSeal:
    """Signs with the key that a number makes."""

    def __init__(self, number: int = 1) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(message)

    @property
    def published(self) -> SealKey:
        """The key as others know it."""
        return SealKey(self.public_key)
