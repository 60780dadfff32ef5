"""Rows of invented records, numbered before they are written, so that they can refer to each other in bulk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from kompetensi.models import Base

__all__ = ["Rows"]

_CHUNK = 2000


class Rows:
    """Collects rows by table and writes them in the order that their references ask for.

    Each row gets its number when it is added: one more than the largest that the table holds. Numbers depend on
    nothing but the order of adding, so the same demo has the same numbers on every database.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._last: dict[str, int] = {}
        self.written: dict[str, int] = {}

    def add(self, model: type[Base], **values: Any) -> int:
        """Keep a row for `write` and return its number. Rows of a table name the same columns each time."""
        name = model.__tablename__
        if name not in self._last:
            self._last[name] = self._session.scalar(select(func.max(model.id))) or 0
        self._last[name] += 1
        self._rows.setdefault(name, []).append({"id": self._last[name], **values})
        return self._last[name]

    def of(self, model: type[Base]) -> list[dict[str, Any]]:
        """Return the rows that wait to be written; changing one changes what will be written."""
        return self._rows.get(model.__tablename__, [])

    def write(self) -> None:
        """Write all rows that wait, referred ones first."""
        connection = self._session.connection()
        tables = [table for table in Base.metadata.sorted_tables if self._rows.get(table.name)]
        for table in tables:
            rows = self._rows.pop(table.name)
            for start in range(0, len(rows), _CHUNK):
                connection.execute(insert(table), rows[start:start + _CHUNK])
            self.written[table.name] = self.written.get(table.name, 0) + len(rows)
        if connection.dialect.name == "postgresql":
            # PostgreSQL's counters do not see numbers that the row brings along; the next row must follow them.
            for table in tables:
                connection.execute(text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"))
