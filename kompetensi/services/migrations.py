"""The database's version: upgrade, downgrade, and whether models and migrations agree."""

from __future__ import annotations

from importlib.resources import as_file, files

from sqlalchemy import Engine
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


def upgrade(engine: Engine, revision: str = "head") -> str:
    """Bring the database to a revision and return the one it is at; a database already there is not touched."""
    with engine.begin() as connection:
        _run(connection, "upgrade", revision)
    return current_revision(engine) or ""


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the database back to a revision; ``base`` removes all our tables and nothing else."""
    with engine.begin() as connection:
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
