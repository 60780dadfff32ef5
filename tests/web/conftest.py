"""A small office without the demo's people: quick to copy, and its four people are known by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from applications import build_app
from factories import NOW, TODAY, make_person
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import Person, Setting
from kompetensi.rules.access import SYSTEM, Role
from kompetensi.services import accounts

PASSWORD = "benang karawo emas"


@dataclass
class Office:
    """The standalone application with an admin, a mutasi officer, a centre officer and a civil servant."""

    app: Flask
    account_ids: dict[str, int]
    nips: dict[str, str]

    def visit(self, username: str | None = None) -> FlaskClient:
        """Return a browser; signed in as `username` when one is given."""
        client = self.app.test_client()
        if username is not None:
            answer = client.post("/masuk", data={"username": username, "password": PASSWORD})
            assert answer.status_code == 302, answer.text
        return client


@dataclass(frozen=True)
class _Filled:
    url: str
    account_ids: dict[str, int]
    nips: dict[str, str]


@pytest.fixture(scope="session")
def filled_office(databases, reference_url) -> _Filled:
    """The office's database, filled once; passwords take their time to hash."""
    url = databases.new(template=reference_url)
    ids, nips = {}, {}
    app = build_app(url)
    with app.app_context():
        session = state().db.session
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 4}))
        for username, name, role in (
                ("admin", "Hasan Lamusu", Role.ADMIN), ("mutasi", "Fitria Monoarfa", Role.HR),
                ("balai", "Yusuf Mohamad", Role.TRAINING_CENTRE), ("pegawai", "Ningsih Pakaya", None)):
            person: Person = make_person(session, name=name, birth_date=date(1988, 7, 14))
            nips[username] = person.nip
            ids[username] = accounts.create_account(
                session, SYSTEM, nip=person.nip, username=username, password=PASSWORD, today=TODAY, now=NOW)
            if role is not None:
                accounts.grant_role(session, SYSTEM, ids[username], role=role, unit_code="75", valid_from=TODAY,
                                    valid_to=None, today=TODAY, now=NOW)
        session.commit()
        session.remove()
        if state().db.engine.dialect.name == "sqlite":
            with state().db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        state().db.engine.dispose()
    return _Filled(url, ids, nips)


@pytest.fixture
def office(databases, filled_office: _Filled) -> Office:
    """An office of its own for one test; its data say that they are a demo's."""
    return Office(build_app(databases.new(template=filled_office.url)), filled_office.account_ids, filled_office.nips)


class Rows(Session):
    """A session beside the application: it makes what a test begins with, and reads what the pages have written."""

    def ask(self, query: Select[Any]) -> list[Any]:
        """Read anew, and let go of the database before the next request.

        What this session made itself is forgotten first: until the garbage collector takes it, it would be given back
        as it was.
        """
        self.rollback()
        self.expunge_all()
        found = list(self.scalars(query))
        self.expunge_all()
        self.rollback()
        return found


@pytest.fixture
def rows(office: Office) -> Iterator[Rows]:
    """A session beside the application; held open, the application's context would keep who has signed in."""
    with office.app.app_context():
        engine = state(office.app).db.engine
    with Rows(engine, expire_on_commit=False) as session:
        yield session
    engine.dispose()
