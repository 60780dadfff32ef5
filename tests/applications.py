"""Engines and applications for the tests, on a clock that stands still; sub-folders import it, as a conftest cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from factories import NOW, TODAY
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from kompetensi.adapters.engine import prepare_engine
from kompetensi.adapters.null import NullSigner
from kompetensi.app import create_app
from kompetensi.context import State


class FixedClock:
    """A clock that stands still on `TODAY`."""

    def today(self) -> date:
        return TODAY

    def now(self) -> datetime:
        return NOW


def make_engine(url: str) -> Engine:
    """Return an engine set up as the application's own, which keeps no connection open."""
    engine = create_engine(url, poolclass=NullPool)
    prepare_engine(engine)
    return engine


def build_app(url: str, **config: object) -> Flask:
    """Make the standalone application on a database; `config` overrides."""
    app = create_app({
        "SQLALCHEMY_DATABASE_URI": url, "SECRET_KEY": "for tests only", "TESTING": True, "WTF_CSRF_ENABLED": False,
        "KOMPETENSI_JOBS": "inline",
        "SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": NullPool}, **config})
    kept: State = app.extensions["kompetensi"]
    app.extensions["kompetensi"] = replace(kept, clock=FixedClock(), signer=NullSigner())
    return app
