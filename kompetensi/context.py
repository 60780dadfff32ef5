"""State of kompetensi in the current application, and who is acting. The only reader of ``app.extensions``."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, has_request_context, url_for
from sqlalchemy.orm import Session

from kompetensi.adapters.authority import find_or_make_authority
from kompetensi.adapters.dask_blocks import DaskBlocks
from kompetensi.adapters.ed25519_seal import Ed25519Seal
from kompetensi.errors import Unavailable
from kompetensi.exchange.certificate_payload import SealKey
from kompetensi.exchange.seal_keys import read_keys
from kompetensi.graph.population import BlockRunner, run_here
from kompetensi.messages import say
from kompetensi.ports import Clock, Jobs, Mailer, Randomness, Renderer, Seal, SignatureStanding, Signer
from kompetensi.rules.access import ANONYMOUS, SYSTEM, Actor
from kompetensi.services.certificates import DEMO_VERIFY_BASE

EXTENSION = "kompetensi"


@dataclass(frozen=True, slots=True)
class State:
    """What `Kompetensi.init_app` was given.

    Attributes
    ----------
    db : object
        The application's or host's Flask-SQLAlchemy; only its ``session`` and ``engine`` are used.
    load_actor : callable
        Returns the `Actor` of the current request, `ANONYMOUS` when nobody has signed in.
    login_url : callable or None
        Returns where to send somebody who must sign in, given where he wanted to go; None = answer 401.
    seal : Seal or None
        Signs what is checked without us; None = certificates carry no payload of their own, and there are no badges.
    jobs : Jobs or None
        Runs long work; None only where nobody mounted kompetensi.
    """

    db: Any
    clock: Clock
    mailer: Mailer
    renderer: Renderer
    signer: Signer
    randomness: Randomness
    load_actor: Callable[[], Actor]
    login_url: Callable[[str], str] | None
    standalone: bool
    seal: Seal | None = None
    jobs: Jobs | None = None


def state(app: Flask | None = None) -> State:
    """Return the state of kompetensi in an application (default: the current one)."""
    return (app or current_app).extensions[EXTENSION]


def session() -> Session:
    """Return the session of the current application context."""
    return state().db.session


def clock() -> Clock:
    """Return the clock of the current application."""
    return state().clock


def block_runner() -> BlockRunner:
    """Return who does the blocks of a question about all people: this process, or the workers of a dask scheduler."""
    address = current_app.config["KOMPETENSI_DASK_SCHEDULER"]
    return DaskBlocks(address) if address else run_here


def public_url(app: Flask | None = None) -> str:
    """Return the public address of this installation, without a slash at the end.

    It is ``KOMPETENSI_PUBLIC_URL``; where that is empty, the one under which the request came, and on the command line
    that of the demo's own server.
    """
    configured = (app or current_app).config["KOMPETENSI_PUBLIC_URL"].rstrip("/")
    if not configured and has_request_context():
        return url_for("kompetensi.verify.check", _external=True).removesuffix("/cek")
    return configured or DEMO_VERIFY_BASE.removesuffix("/cek/")


def check_in_key(app: Flask | None = None) -> bytes:
    """Return the key of the codes by which participants check in; it follows from the application's secret.

    Raises
    ------
    kompetensi.errors.Unavailable
        If the application has no ``SECRET_KEY``.
    """
    secret = (app or current_app).secret_key
    if not secret:
        raise Unavailable(say("Pemasangan ini belum mempunyai SECRET_KEY, jadi tidak dapat membuat kode kehadiran."))
    return hmac.digest(secret if isinstance(secret, bytes) else secret.encode(), b"kompetensi.check-in", "sha256")


def press(app: Flask | None = None) -> dict[str, Any]:
    """Return what certificates are made with here: the keyword arguments of `services.certificates.issue_certificate`.

    The address in the QR is below `public_url`.
    """
    here = app or current_app
    ports = state(here)
    return {"renderer": ports.renderer, "signer": ports.signer, "randomness": ports.randomness, "mailer": ports.mailer,
            "seal": ports.seal, "number_pattern": here.config["KOMPETENSI_CERTIFICATE_NUMBER"],
            "verify_base": f"{public_url(here)}/cek/"}


def equip_demo(app: Flask) -> None:
    """Let a demo sign by its own authority, made now if the instance folder holds none.

    Who has been given a signer or a seal by configuration keeps it.
    """
    kept = state(app)
    authority = find_or_make_authority(Path(app.instance_path))
    signer = kept.signer if kept.signer.signs else authority.signer(timestamp_url=app.config["KOMPETENSI_TIMESTAMP_URL"])
    app.extensions[EXTENSION] = replace(kept, signer=signer, seal=kept.seal or Ed25519Seal.read(authority.seal))


def seal_keys(app: Flask | None = None) -> tuple[SealKey, ...]:
    """Return the keys that are published here, the present one first, then the others of the configuration in its order.

    Raises
    ------
    kompetensi.errors.InvalidInput
        If ``KOMPETENSI_SEAL_KEYS`` cannot be read.
    """
    here = app or current_app
    listed, seal = read_keys(here.config["KOMPETENSI_SEAL_KEYS"]), state(here).seal
    if seal is None:
        return listed
    present = [key for key in listed if key.public_key == seal.public_key] or [SealKey(seal.public_key)]
    return (*present, *(key for key in listed if key.public_key != seal.public_key))


def signature_of(pdf: bytes) -> SignatureStanding | None:
    """Return what the electronic signature of a file is worth to this installation; None = it holds none.

    Trusted are the authority of our own signer and those of ``KOMPETENSI_TRUSTED_AUTHORITIES``.

    Raises
    ------
    kompetensi.errors.Unavailable
        If that file cannot be read.
    """
    from kompetensi.adapters import pdf_signatures  # pyHanko is heavy; most pages never need it

    trusted: list[bytes] = []
    with suppress(Unavailable):  # a key that cannot be opened vouches for nobody
        trusted += [certificate.encode() for certificate in state().signer.certificates[-1:]]
    listed = current_app.config["KOMPETENSI_TRUSTED_AUTHORITIES"]
    if listed:
        try:
            trusted.append(Path(listed).read_bytes())
        except OSError as error:
            raise Unavailable(say("Berkas otoritas tepercaya %(path)s tidak dapat dibaca. Periksa "
                                  "KOMPETENSI_TRUSTED_AUTHORITIES.", path=listed)) from error
    return pdf_signatures.signature_of(
        pdf, [authority for content in trusted for authority in pdf_signatures.read_authorities(content)])


def actor() -> Actor:
    """Return who is acting: the request's actor, or the system for commands on the machine."""
    if not has_request_context():
        return SYSTEM
    if "kompetensi_actor" not in g:
        g.kompetensi_actor = state().load_actor() or ANONYMOUS
    return g.kompetensi_actor
