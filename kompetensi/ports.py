"""What kompetensi needs from outside, as protocols. `app.py` or a host picks who fulfils them."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from kompetensi.messages import Message

if TYPE_CHECKING:
    from kompetensi.rules.certificates import CertificateFacts

__all__ = ["Clock", "Mailer", "Randomness", "Renderer", "Signer", "write_intent"]

# Whether the transaction that begins now is going to write. The SQLite engine reads it: a writer must take the
# write lock at once, because a reader that turns writer is refused without waiting when someone else has written.
write_intent: ContextVar[bool] = ContextVar("kompetensi_write_intent", default=False)


class Clock(Protocol):
    """Tells the day and the moment."""

    def today(self) -> date:
        """Return the day in Gorontalo (WITA, UTC+8)."""
        ...

    def now(self) -> datetime:
        """Return the moment, aware of its time zone."""
        ...


class Mailer(Protocol):
    """Carries a notification out of the application, after the transaction has been committed."""

    def send(self, *, to: str, subject: Message, link: str) -> None:
        """Send one notification.

        Parameters
        ----------
        to : str
            NIP of the receiver; the mailer knows the address.
        subject : Message
        link : str
            Relative address of the page that it speaks of.
        """
        ...


class Renderer(Protocol):
    """Turns frozen facts into a document."""

    def render_certificate(self, facts: CertificateFacts) -> bytes:
        """Return the certificate as PDF.

        Raises
        ------
        kompetensi.errors.Unavailable
            If this installation cannot make PDFs; the message names what is missing.
        """
        ...


class Signer(Protocol):
    """Signs a finished PDF; the signature is the last change to the file."""

    signs: bool

    def sign(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """Return the signed file; a signer with ``signs = False`` returns it unchanged."""
        ...


class Randomness(Protocol):
    """Source of unguessable bytes."""

    def __call__(self, count: int, /) -> bytes:
        """Return `count` random bytes."""
        ...
