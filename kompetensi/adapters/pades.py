"""Signatures with a key of ours: PAdES B-B, and B-T where a timestamp authority is configured, by pyHanko."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kompetensi.errors import Unavailable
from kompetensi.ports import SigningSecret
from kompetensi.rules.signature_stamp import SignatureStamp

if TYPE_CHECKING:
    from kompetensi.adapters.pades_engine import PadesEngine

__all__ = ["PadesSigner"]


class PadesSigner:
    """Signs with the key of a PKCS#12 file; it needs nobody's presence, and can be used from any thread.

    The file is read when it is first needed, and again after a failure. One signer serves any number of certificates
    at once.

    Parameters
    ----------
    path : Path
        The PKCS#12 file: key, its certificate, and those that lead to the authority.
    passphrase : str
    timestamp_url : str, optional
        Timestamp authority that speaks RFC 3161 over HTTP; empty = signatures carry the machine's time only.
    """

    signs = True
    attended = False

    def __init__(self, path: Path, passphrase: str, *, timestamp_url: str = "") -> None:
        self._path = path
        self._passphrase = passphrase
        self._timestamp_url = timestamp_url
        self._lock = threading.Lock()
        self._engine: PadesEngine | None = None

    def __repr__(self) -> str:
        return f"PadesSigner({str(self._path)!r})"

    @property
    def authority(self) -> str:
        """Common name of who issued the key's certificate; empty while the key cannot be read."""
        try:
            return self._ready().authority
        except Unavailable:
            return ""

    @property
    def certificates(self) -> tuple[str, ...]:
        """The certificate of the key and those that lead to its authority, as PEM.

        Raises
        ------
        Unavailable
            If the key cannot be read.
        """
        return self._ready().certificates

    def sign(
        self, pdf: bytes, *, reason: str, at: datetime, secret: SigningSecret | None = None,
        stamp: SignatureStamp | None = None,
    ) -> bytes:
        """Return the file with one signature after all that it holds; see `kompetensi.ports.Signer`.

        Raises
        ------
        InvalidInput
            If `pdf` is no PDF that can be signed.
        Unavailable
            If the key cannot be read with the passphrase, does not fit its certificate, is too weak or out of date,
            or the timestamp authority gives no answer. The message says which.
        """
        return self._ready().sign(pdf, reason=reason, at=at, stamp=stamp)

    def _ready(self) -> PadesEngine:
        from kompetensi.adapters.pades_engine import PadesEngine

        with self._lock:
            if self._engine is None:
                self._engine = PadesEngine(self._path, self._passphrase, self._timestamp_url)
            return self._engine
