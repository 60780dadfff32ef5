"""How the standalone app talks to its database: SQLite made safe for several threads, PostgreSQL as it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from kompetensi.ports import write_intent

BUSY_TIMEOUT_MS = 30_000


def prepare_engine(engine: Engine) -> None:
    """Set up an engine of ours; calling it again changes nothing. Engines of other databases are left alone.

    SQLite gets WAL, foreign keys, a wait of 30 s for a lock, and transactions that we begin ourselves: a writer
    takes the lock at once (``BEGIN IMMEDIATE``), because a reader that turns writer is refused without waiting.
    """
    if engine.dialect.name != "sqlite" or getattr(engine, "_kompetensi_prepared", False):
        return
    engine._kompetensi_prepared = True  # type: ignore[attr-defined]
    in_file = engine.url.database not in (None, "", ":memory:")

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        if in_file:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write_intent.get() else "BEGIN")
