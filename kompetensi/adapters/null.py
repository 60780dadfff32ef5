"""Stand-ins for what an installation does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from kompetensi.errors import Unavailable
from kompetensi.messages import Message, say
from kompetensi.ports import Rendering, SigningSecret
from kompetensi.rules.certificate_design import CertificateDesign
from kompetensi.rules.certificates import CertificateFacts
from kompetensi.rules.signature_stamp import SignatureStamp

__all__ = ["NullRenderer", "NullSigner"]


class NullSigner:
    """Signs nothing: certificates are issued unsigned, and say so."""

    signs = False
    attended = False
    authority = ""
    certificates = ()

    def sign(
        self, pdf: bytes, *, reason: str, at: datetime, secret: SigningSecret | None = None,
        stamp: SignatureStamp | None = None,
    ) -> bytes:
        """Return the file unchanged."""
        return pdf


class NullRenderer:
    """Makes no documents; a host that wants certificates as PDF passes a real renderer."""

    def render_many(
        self, facts: Iterable[CertificateFacts], design: CertificateDesign | None = None
    ) -> Iterator[Rendering]:
        """Refuse, as `render_certificate`."""
        for one in facts:
            yield Rendering(self.render_certificate(one, design))

    def find_under_stamp(self, facts: CertificateFacts, design: CertificateDesign) -> tuple[Message, ...]:
        """Refuse, as `render_certificate`."""
        self.render_certificate(facts, design)
        return ()

    def in_bulk(self, count: int) -> AbstractContextManager[NullRenderer]:
        """Return itself."""
        return nullcontext(self)

    def render_certificate(self, facts: CertificateFacts, design: CertificateDesign | None = None) -> bytes:
        """Refuse.

        Raises
        ------
        kompetensi.errors.Unavailable
            Always.
        """
        raise Unavailable(say("Pemasangan ini tidak dilengkapi pembuat PDF, jadi sertifikat belum dapat dibuat."))
