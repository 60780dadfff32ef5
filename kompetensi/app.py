"""The standalone application: picks the real adapters and owns its database."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flask import Flask, current_app, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import inspect, make_url

from kompetensi.adapters.authority import DemoSigner, find_authority
from kompetensi.adapters.bsre import BSRE_VERSIONS, BsreSigner
from kompetensi.adapters.clock import PinnedClock
from kompetensi.adapters.dbos_jobs import DbosJobs
from kompetensi.adapters.ed25519_seal import Ed25519Seal
from kompetensi.adapters.engine import prepare_engine
from kompetensi.adapters.inline_jobs import InlineJobs
from kompetensi.adapters.pades import PadesSigner
from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.blueprints import SAFE_METHODS, auth
from kompetensi.config import DEFAULTS
from kompetensi.errors import Unavailable
from kompetensi.extension import Kompetensi
from kompetensi.models import Base, Setting
from kompetensi.ports import Jobs, Seal, Signer, write_intent

__all__ = ["create_app"]


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the standalone application.

    Parameters
    ----------
    config : mapping, optional
        Overrides. ``SQLALCHEMY_DATABASE_URI`` defaults to the environment's ``KOMPETENSI_DATABASE_URL``, then to
        a SQLite file in the instance folder; ``SECRET_KEY`` to ``KOMPETENSI_SECRET_KEY``, then to a random key
        kept in the instance folder.
    """
    app = Flask("kompetensi", instance_path=os.environ.get("KOMPETENSI_INSTANCE"), template_folder=None,
                static_folder=None)
    app.config.from_mapping(
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_NAME="kompetensi",
        WTF_CSRF_TIME_LIMIT=12 * 3600, KOMPETENSI_DASK_SCHEDULER=os.environ.get("KOMPETENSI_DASK_SCHEDULER", ""),
        KOMPETENSI_PRINT_PROCESSES=os.environ.get("KOMPETENSI_PRINT_PROCESSES") or min(2, os.cpu_count() or 1))
    app.config.from_mapping(config or {})
    if "SQLALCHEMY_DATABASE_URI" not in app.config:
        app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get(
            "KOMPETENSI_DATABASE_URL") or f"sqlite:///{_instance_file(app, 'kompetensi.db')}"
    if not app.config.get("SECRET_KEY"):
        app.config["SECRET_KEY"] = os.environ.get("KOMPETENSI_SECRET_KEY") or _kept_secret(app)
    db = SQLAlchemy(app, metadata=Base.metadata)
    with app.app_context():
        prepare_engine(db.engine)
    login = auth.init_login(app)
    jobs = _engine_of_jobs(app)
    app.before_request(_tell_writers_apart)
    app.teardown_request(_forget_writer)
    pinned_day = _pinned_day(app, db)
    signer, seal = _signing(app, is_demo=lambda: pinned_day() is not None)
    Kompetensi(
        app, db=db, standalone=True, url_prefix="", clock=PinnedClock(pinned_day),
        renderer=WeasyPrintRenderer(processes=int(app.config["KOMPETENSI_PRINT_PROCESSES"])), signer=signer, seal=seal, jobs=jobs,
        load_actor=login.load_actor, login_url=login.login_url)
    app.config.setdefault("MAX_CONTENT_LENGTH", app.config["KOMPETENSI_MAX_UPLOAD_BYTES"])
    auth.register(app)
    return app


# Keys of signing that the environment gives too. What is secret is read from the environment alone, so that no page,
# log or dump of the configuration can show it.
_SIGNING_KEYS = ("KOMPETENSI_SIGNING_PKCS12", "KOMPETENSI_TIMESTAMP_URL", "KOMPETENSI_SEAL_KEY", "KOMPETENSI_SEAL_KEYS",
                 "KOMPETENSI_TRUSTED_AUTHORITIES", "KOMPETENSI_BSRE_URL",
                 "KOMPETENSI_BSRE_VERSION", "KOMPETENSI_BSRE_USERNAME")


def _signing(app: Flask, *, is_demo: Callable[[], bool]) -> tuple[Signer | None, Seal | None]:
    """Return who signs and what seals: as the configuration says, or the demo's own where it says nothing.

    Raises
    ------
    RuntimeError
        If the configuration names two signers, or a version of BSrE's service that does not exist.
    kompetensi.errors.Unavailable
        If the key of the seal cannot be read.
    """
    for key in _SIGNING_KEYS:
        app.config.setdefault(key, os.environ.get(key) or DEFAULTS[key])
    path, url, version = (app.config[key] for key in (
        "KOMPETENSI_SIGNING_PKCS12", "KOMPETENSI_BSRE_URL", "KOMPETENSI_BSRE_VERSION"))
    if path and url:
        raise RuntimeError("KOMPETENSI_SIGNING_PKCS12 and KOMPETENSI_BSRE_URL exclude each other: choose who signs")
    if url and version not in BSRE_VERSIONS:
        raise RuntimeError(f"KOMPETENSI_BSRE_VERSION is {' or '.join(BSRE_VERSIONS)}, not {version!r}")
    authority = find_authority(Path(app.instance_path))
    signer: Signer | None = None
    if path:
        signer = PadesSigner(Path(path), os.environ.get("KOMPETENSI_SIGNING_PASSPHRASE", ""),
                             timestamp_url=app.config["KOMPETENSI_TIMESTAMP_URL"])
    elif url:
        signer = BsreSigner(url, version, username=app.config["KOMPETENSI_BSRE_USERNAME"],
                            password=os.environ.get("KOMPETENSI_BSRE_PASSWORD", ""))
    elif authority is not None:
        signer = DemoSigner(authority.signer(timestamp_url=app.config["KOMPETENSI_TIMESTAMP_URL"]), is_demo)
    seal_key = app.config["KOMPETENSI_SEAL_KEY"] or (authority.seal if authority is not None else "")
    return signer, Ed25519Seal.read(Path(seal_key)) if seal_key else None


def _engine_of_jobs(app: Flask) -> Jobs:
    """Return the engine that the configuration names; nothing of it starts here.

    It starts with the server (`kompetensi serve`), or with the first request of a process that another server has
    forked, so that jobs which a killed process left behind go on without anybody asking for them.
    """
    chosen = app.config.setdefault("KOMPETENSI_JOBS", os.environ.get("KOMPETENSI_JOBS") or "dbos")
    if chosen not in ("dbos", "inline"):
        raise RuntimeError(f"KOMPETENSI_JOBS is 'dbos' or 'inline', not {chosen!r}")
    if chosen == "inline":
        return InlineJobs()
    url = app.config.get("KOMPETENSI_JOBS_DATABASE_URL") or os.environ.get("KOMPETENSI_JOBS_DATABASE_URL")
    if not url:
        database = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        url = (database.render_as_string(hide_password=False) if database.get_backend_name() == "postgresql"
               else f"sqlite:///{_instance_file(app, 'jobs.db')}")
    jobs, tried = DbosJobs(url), threading.Event()

    @app.before_request
    def wake() -> None:
        if tried.is_set() or jobs.is_launched:
            return
        tried.set()
        try:
            jobs.launch()
        except Unavailable as problem:
            app.logger.error("jobs wait: %s", problem)

    return jobs


def _tell_writers_apart() -> None:
    """Let a transaction that this request begins take the write lock at once when the request is going to write.

    A page that only shows something writes too when it notes in the audit log who saw it; such a view says so by its
    attribute ``writes``.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    write_intent.set(request.method not in SAFE_METHODS or getattr(view, "writes", False))


def _forget_writer(_error: BaseException | None) -> None:
    write_intent.set(False)


def _pinned_day(app: Flask, db: SQLAlchemy):
    """Return a function that reads the demo's day; once found it is kept, because a demo's day never moves."""
    found: list[date] = []

    def read() -> date | None:
        if found:
            return found[0]
        if not inspect(db.session.connection()).has_table(Setting.__tablename__):
            return None
        setting = db.session.get(Setting, "demo")
        if setting is None:
            return None
        found.append(date.fromisoformat(setting.value["today"]))
        return found[0]

    return read


def _instance_file(app: Flask, name: str) -> Path:
    folder = Path(app.instance_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _kept_secret(app: Flask) -> str:
    """Return the installation's own secret, made on first use and readable by its owner only."""
    path = _instance_file(app, "secret_key")
    if not path.exists():
        # Of several processes that start at once one makes it, and nobody ever reads half of it.
        with NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(secrets.token_hex(32))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text().strip()
