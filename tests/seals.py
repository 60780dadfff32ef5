"""A seal whose key everybody may know."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kompetensi.exchange.certificate_payload import SealKey


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
