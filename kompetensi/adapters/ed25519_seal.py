"""The seal: an Ed25519 key (RFC 8032) that answers for what is checked without us."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from kompetensi.errors import Unavailable
from kompetensi.messages import say

__all__ = ["Ed25519Seal", "new_seal_key"]


class Ed25519Seal:
    """Seals with a key that is held in memory; see `kompetensi.ports.Seal`. It can be used from any thread.

    Parameters
    ----------
    key : Ed25519PrivateKey
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def read(cls, path: Path) -> Ed25519Seal:
        """Read the key from a PEM file (PKCS#8, without a passphrase).

        Raises
        ------
        Unavailable
            If the file cannot be read or holds no such key.
        """
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except OSError as error:
            raise Unavailable(say("Kunci segel %(path)s tidak dapat dibaca: %(problem)s.", path=str(path),
                                  problem=error.strerror or type(error).__name__)) from None
        except (TypeError, ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise Unavailable(say("Berkas %(path)s bukan kunci Ed25519 dalam PEM tanpa frasa sandi.", path=str(path)))
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(message)


def new_seal_key() -> bytes:
    """Return a new key as the PEM file that `Ed25519Seal.read` reads."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
