"""The database's version: upgrade, downgrade, and whether models and migrations agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

__all__ = ["VERSION_TABLE", "current_revision", "differences", "downgrade", "upgrade"]

VERSION_TABLE = "alembic_version_kompetensi"


def _run(connection: Connection, command: str, *args: str) -> None:
    from alembic import command as commands  # Alembic is needed by this command only
    from alembic.config import Config

    with as_file(files("kompetensi.migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        getattr(commands, command)(config, *args)


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """Give a transaction in which tables may be rebuilt.

    SQLite changes a table by copying it and dropping the old one, which foreign keys would take for a deletion of all
    its rows. So they are off meanwhile, can only be switched outside of a transaction, and are checked as a whole at
    its end, as SQLite's documentation of ALTER TABLE asks.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        driver = connection.connection.dbapi_connection
        enforced = driver.execute("PRAGMA foreign_keys").fetchone()[0]
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                if broken := connection.execute(text("PRAGMA foreign_key_check")).first():
                    raise RuntimeError(f"the migration leaves rows of {broken[0]} that point to nothing in {broken[2]}")
        finally:
            driver.execute(f"PRAGMA foreign_keys = {enforced}")


def upgrade(engine: Engine, revision: str = "head") -> str:
    """Bring the database to a revision and return the one it is at; a database already there is not touched."""
    with _changing(engine) as connection:
        _run(connection, "upgrade", revision)
    return current_revision(engine) or ""


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the database back to a revision; ``base`` removes all our tables and nothing else."""
    with _changing(engine) as connection:
        _run(connection, "downgrade", revision)


def current_revision(engine: Engine) -> str | None:
    """Return the revision that the database is at, or None before the first."""
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        return MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def differences(engine: Engine) -> list[object]:
    """Return what autogenerate would change; empty when models and database agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from kompetensi.models import Base
    from kompetensi.models.base import TABLE_PREFIX

    def ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
        return not (kind == "table" and not str(name).startswith(TABLE_PREFIX))

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "include_object": ours, "compare_type": True})
        return compare_metadata(context, Base.metadata)
