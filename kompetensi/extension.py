"""The plugin: what a host application calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from flask import Flask

from kompetensi import blueprints
from kompetensi.adapters.clock import SystemClock
from kompetensi.adapters.inline_jobs import InlineJobs
from kompetensi.adapters.mail import NullMailer
from kompetensi.adapters.null import NullRenderer, NullSigner
from kompetensi.cli import cli
from kompetensi.config import DEFAULTS
from kompetensi.context import EXTENSION, State
from kompetensi.jobs import JobRunner
from kompetensi.ports import Clock, Jobs, Mailer, Randomness, Renderer, Seal, Signer
from kompetensi.rules.access import ANONYMOUS, Actor

__all__ = ["Kompetensi"]

# Seconds after which a job in the background tries again what was not available; all of them less than the time
# after which a silent job counts as abandoned.
_PAUSES_S = (5.0, 15.0, 30.0)


class Kompetensi:
    """Mount kompetensi in a Flask application.

    Parameters
    ----------
    app : flask.Flask, optional
        The host; without it call `init_app` later.
    db : flask_sqlalchemy.SQLAlchemy
        The host's own; kompetensi's tables (``kompetensi_*``) are read and written through its session. Our
        migrations have their own history (``alembic_version_kompetensi``), and the host's must leave those tables
        alone: see ``docs/host-integration.md``.
    load_actor : callable, optional
        Returns the `kompetensi.rules.access.Actor` of the current request. Without it nobody is signed in.
    login_url : callable, optional
        Given an address, returns where to send somebody who must sign in first; without it the answer is 401.
    clock, mailer, renderer, signer, seal, randomness, jobs : optional
        Ports; see `kompetensi.ports`. A missing one is a null twin that says what is missing when it is needed;
        without `jobs` long work runs at once, in the request that asks for it.
    url_prefix : str, optional
        Overrides ``KOMPETENSI_URL_PREFIX``.
    """

    def __init__(self, app: Flask | None = None, db: Any = None, **ports: Any) -> None:
        if app is not None:
            self.init_app(app, db=db, **ports)

    def init_app(
        self, app: Flask, *, db: Any, load_actor: Callable[[], Actor] | None = None,
        login_url: Callable[[str], str] | None = None, clock: Clock | None = None, mailer: Mailer | None = None,
        renderer: Renderer | None = None, signer: Signer | None = None, seal: Seal | None = None,
        randomness: Randomness | None = None, jobs: Jobs | None = None, url_prefix: str | None = None, standalone: bool = False,
    ) -> None:
        """Register pages, commands and state on an application.

        Raises
        ------
        RuntimeError
            If kompetensi is mounted on this application already, or `db` is missing.
        """
        if EXTENSION in app.extensions:
            raise RuntimeError("kompetensi is already mounted on this application")
        if db is None:
            raise RuntimeError("kompetensi needs the application's SQLAlchemy: Kompetensi(app, db=db)")
        for key, value in DEFAULTS.items():
            app.config.setdefault(key, value)
        app.extensions[EXTENSION] = State(
            db=db, clock=clock or SystemClock(), mailer=mailer or NullMailer(), renderer=renderer or NullRenderer(),
            signer=signer or NullSigner(), randomness=randomness or os.urandom,
            load_actor=load_actor or (lambda: ANONYMOUS), login_url=login_url, standalone=standalone,
            seal=seal, jobs=jobs or InlineJobs())
        app.extensions[EXTENSION].jobs.bind(JobRunner(app, pauses=_PAUSES_S if jobs is not None else ()))
        prefix = app.config["KOMPETENSI_URL_PREFIX"] if url_prefix is None else url_prefix
        app.register_blueprint(blueprints.build(app), url_prefix=prefix or None)
        app.cli.add_command(cli)
