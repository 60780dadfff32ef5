"""What kompetensi needs from outside, as protocols. `app.py` or a host picks who fulfils them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kompetensi.errors import KompetensiError
from kompetensi.messages import Message

if TYPE_CHECKING:
    from kompetensi.rules.certificate_design import CertificateDesign
    from kompetensi.rules.certificates import CertificateFacts
    from kompetensi.rules.signature_stamp import SignatureStamp

__all__ = ["Clock", "JobRows", "Jobs", "Mailer", "Randomness", "Renderer", "Rendering", "Seal", "SignatureStanding",
           "SignatureVerdict", "Signer", "SigningSecret", "write_intent"]

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


@dataclass(frozen=True, slots=True)
class Rendering:
    """One certificate of many that were laid out together.

    Attributes
    ----------
    pdf : bytes or None
        None when it could not be laid out; `problem` says why, and the others are not concerned.
    plain : bool
        Whether it was laid out by itself, because a text overflowed its box or the design leaves no other way.
    """

    pdf: bytes | None
    problem: KompetensiError | None = None
    plain: bool = True


class Renderer(Protocol):
    """Turns frozen facts into a document."""

    def render_certificate(self, facts: CertificateFacts, design: CertificateDesign | None = None) -> bytes:
        """Return the certificate as PDF, laid out by a design; None = the one that comes with kompetensi.

        Raises
        ------
        kompetensi.errors.Unavailable
            If this installation cannot make PDFs; the message names what is missing.
        kompetensi.errors.InvalidInput
            If the facts fit no page, or the design cannot be followed.
        """
        ...

    def render_many(
        self, facts: Iterable[CertificateFacts], design: CertificateDesign | None = None
    ) -> Iterator[Rendering]:
        """Return one rendering for each of the facts, in their order, as each is ready.

        What comes out looks as `render_certificate` would make it. `Unavailable` ends the iteration.
        """
        ...

    def find_under_stamp(self, facts: CertificateFacts, design: CertificateDesign) -> tuple[Message, ...]:
        """Return in words what a design prints where the stamp of the signature will stand; empty = nothing.

        Raises
        ------
        kompetensi.errors.Unavailable, kompetensi.errors.InvalidInput
            As `render_certificate`.
        """
        ...

    def in_bulk(self, count: int) -> AbstractContextManager[Renderer]:
        """Give a renderer for so many certificates; it may use several processes, which end with the context."""
        ...


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """What a signer types for one round of signing; it lives in that request only and is never stored or logged."""

    nik: str = field(repr=False)
    passphrase: str = field(repr=False)


class Signer(Protocol):
    """Signs a finished PDF; the signature is the last change to the file.

    Attributes
    ----------
    signs : bool
        False for one that returns files unchanged.
    attended : bool
        Whether a person must type a `SigningSecret` for each round; such a signer never signs in a job by itself.
    authority : str
        Who issued the certificate of the signing key, as the printed sentence names it; empty = not known.
    certificates : tuple of str
        By which others can check its signatures, as PEM: the signing key's first, the authority's last; empty where
        each signer has his own.
    """

    @property
    def signs(self) -> bool: ...

    @property
    def attended(self) -> bool: ...

    @property
    def authority(self) -> str: ...

    @property
    def certificates(self) -> tuple[str, ...]: ...

    def sign(
        self, pdf: bytes, *, reason: str, at: datetime, secret: SigningSecret | None = None,
        stamp: SignatureStamp | None = None,
    ) -> bytes:
        """Return the signed file; a signer with ``signs = False`` returns it unchanged.

        Parameters
        ----------
        pdf : bytes
            A finished document; what is signed begins with it, byte for byte, unless a remote service rewrites it.
        reason : str
            Why it is signed, as the signature says.
        at : datetime
            Moment that the signature claims; aware of its time zone.
        secret : SigningSecret, optional
            What an attended signer needs; others leave it alone.
        stamp : SignatureStamp, optional
            What the visible signature on the first page shows; None = an invisible one.

        Raises
        ------
        kompetensi.errors.InvalidInput
            If the secret is missing or refused; it names ``nik`` or ``passphrase``.
        kompetensi.errors.Unavailable
            If the key, the signing service or the timestamp authority cannot be used now.
        """
        ...


class SignatureVerdict(StrEnum):
    """What the electronic signatures in a PDF are worth.

    INTACT : unchanged since it was signed, by a certificate that leads to an authority which is trusted here.
    UNTRUSTED : unchanged, but by a certificate that leads to none of them.
    ALTERED : changed after it was signed.
    UNREADABLE : there is a signature that cannot be checked.
    """

    INTACT = "intact"
    UNTRUSTED = "untrusted"
    ALTERED = "altered"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class SignatureStanding:
    """What the last electronic signature in a PDF says.

    Attributes
    ----------
    signer : str
        Common name in the signing certificate; empty if it cannot be read.
    signed_at : datetime or None
        As the signature says, or the timestamp in it; None = not said.
    """

    verdict: SignatureVerdict
    signer: str = ""
    signed_at: datetime | None = None


class Seal(Protocol):
    """An Ed25519 key that answers for what is checked without us: the payload in the QR, and badges.

    Attributes
    ----------
    public_key : bytes
        32 bytes, as RFC 8032 writes it.
    """

    public_key: bytes

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        ...


class JobRows(Protocol):
    """The rows of jobs, as an engine sees them; an application hands them to its engine."""

    def run(self, job_id: str, executor: str) -> None:
        """Do a job to its end, or as far as it goes; what went wrong is written in its row and not raised.

        A job that somebody else runs, or that has ended, is left alone.

        Parameters
        ----------
        executor : str
            Name of the process that does it, at most 60 characters; unique among all processes.
        """
        ...

    def leave(self) -> None:
        """Let the jobs that run in this process stop where nothing is half done, and wait for the next process."""
        ...

    def abandoned(self) -> Sequence[str]:
        """Return the ids of jobs that nobody runs: not started, or begun by a process that is gone; oldest first."""
        ...


class Jobs(Protocol):
    """An engine that runs jobs whose rows are committed."""

    def bind(self, rows: JobRows) -> None:
        """Take the rows of an application; called once, before anything is started."""
        ...

    def start(self, job_id: str) -> None:
        """See to it that a job runs, here or elsewhere; asked twice, it runs once.

        Raises
        ------
        kompetensi.errors.Unavailable
            If the engine cannot be used; the row stays, and the job can be started later.
        """
        ...


class Randomness(Protocol):
    """Source of unguessable bytes."""

    def __call__(self, count: int, /) -> bytes:
        """Return `count` random bytes."""
        ...
