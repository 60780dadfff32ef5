"""Stand-ins for what an installation does not have."""

from __future__ import annotations

from datetime import datetime

from kompetensi.errors import Unavailable
from kompetensi.messages import say
from kompetensi.rules.certificates import CertificateFacts

__all__ = ["NullRenderer", "NullSigner"]


class NullSigner:
    """Signs nothing: certificates are issued unsigned, and say so."""

    signs = False

    def sign(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """Return the file unchanged."""
        return pdf


class NullRenderer:
    """Makes no documents; a host that wants certificates as PDF passes a real renderer."""

    def render_certificate(self, facts: CertificateFacts) -> bytes:
        """Refuse.

        Raises
        ------
        kompetensi.errors.Unavailable
            Always.
        """
        raise Unavailable(say("Pemasangan ini tidak dilengkapi pembuat PDF, jadi sertifikat belum dapat dibuat."))
