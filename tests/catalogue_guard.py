"""No test may write what the competency graph is made of and forget to move the version of the catalogue."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

# Tables that `snapshot.load_graph` reads. Levels, subjects and posts are no part of the graph.
_TABLES = ("competencies", "competency_relations", "trainings", "training_raises", "positions", "position_standards",
           "position_requirements", "position_trainings", "units", "job_classes", "grades", "education_levels")
_WRITES = re.compile(rf"(INSERT INTO|UPDATE|DELETE FROM) kompetensi_({'|'.join(_TABLES)})\b")
_VERSION = "kompetensi_catalogue_version"
_WRITTEN = "catalogue_written"


def watch() -> None:
    """Look at every statement of every engine from now on."""
    event.listen(Engine, "before_cursor_execute", _look)
    event.listen(Engine, "commit", _refuse_forgotten)
    event.listen(Engine, "rollback", _forget)


def _look(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
    written = connection.info.get(_WRITTEN)
    if _WRITES.match(statement):
        connection.info[_WRITTEN] = statement
    elif statement.startswith((f"UPDATE {_VERSION}", f"INSERT INTO {_VERSION}")):
        _forget(connection)
    elif written and statement.startswith("SELECT") and _VERSION in statement:
        raise AssertionError(f"the graph is read between a change and its version: {written}")


def _refuse_forgotten(connection: Connection) -> None:
    written = connection.info.pop(_WRITTEN, None)
    if written:
        raise AssertionError(f"committed without a new version of the catalogue: {written}")


def _forget(connection: Connection) -> None:
    connection.info.pop(_WRITTEN, None)
