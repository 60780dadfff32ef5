"""A person's own record: everything that is stored about him, and who has seen or changed it.

What is stored is found by walking the tables themselves, so that a table added later is in the record without
anybody remembering to add it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Table, func, select
from sqlalchemy.orm import Session

from kompetensi.errors import NotFound
from kompetensi.messages import say
from kompetensi.models import AuditEntry, Base, CalendarLink, Person
from kompetensi.models.base import TABLE_PREFIX
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import AuditPage, audit_row

__all__ = ["OwnRecord", "export_own_record", "who_saw"]

# A hash of a secret says nothing to its owner and helps whoever steals the file.
_LEFT_OUT = frozenset({"password_hash", "token_sha256"})


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """What is stored about a person.

    Attributes
    ----------
    nip, name : str
    tables : mapping of str to tuple of mapping
        Rows by table name without prefix, in the order of their ids; values ready for JSON. Tables without a row
        about the person are left out. Numbers of catalogue rows stand beside their codes.
    """

    nip: str
    name: str
    tables: Mapping[str, tuple[Mapping[str, Any], ...]]

    @property
    def row_count(self) -> int:
        """How many rows there are in all."""
        return sum(map(len, self.tables.values()))


def export_own_record(session: Session, actor: Actor, *, today: date) -> OwnRecord:
    """Return all rows about the actor's own person, and all rows below those.

    Raises
    ------
    NotFound
        If the actor's account belongs to no person.
    """
    person = _own_person(session, actor, today)
    people = Person.__table__
    rows: dict[str, list[Mapping[str, Any]]] = {}
    keys: dict[str, set[int]] = {people.name: {person.id}}
    for table in Base.metadata.sorted_tables:  # parents before children
        found = _rows_of(session, table, keys, person.id)
        if found:
            rows[table.name] = found
            if "id" in table.c:
                keys[table.name] = {row["id"] for row in found}
    codes = _codes(session, rows)
    return OwnRecord(person.nip, person.name, {
        name.removeprefix(TABLE_PREFIX): tuple(_plain_row(Base.metadata.tables[name], row, codes) for row in found)
        for name, found in rows.items()})


def who_saw(
    session: Session, actor: Actor, *, today: date, before: int | None = None, limit: int = 50
) -> AuditPage:
    """Return who else has seen or changed the actor's own record, newest first; what he did himself is left out.

    Raises
    ------
    NotFound
        If the actor's account belongs to no person.
    """
    person = _own_person(session, actor, today)
    mine = (AuditEntry.person_id == person.id) & ~AuditEntry.actor.startswith(f"{actor.id}:", autoescape=True)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(mine)) or 0
    query = select(AuditEntry).where(mine)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    found = session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    rows = tuple(audit_row(entry, person.name, person.nip) for entry in found[:limit])
    return AuditPage(rows, total, rows[-1].id if len(found) > limit else None)


def _own_person(session: Session, actor: Actor, today: date) -> Person:
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    if person is None:
        raise NotFound(say("Akun Anda tidak terhubung dengan data pegawai, jadi tidak ada data pegawai tentang Anda."),
                       where="person")
    require(session, actor, "people.view", on=today, person=person)
    return person


def _rows_of(
    session: Session, table: Table, keys: Mapping[str, set[int]], person_id: int
) -> list[Mapping[str, Any]]:
    """Return the rows of a table that are the person, point to him, or hang below a row of his."""
    if table.name == Person.__tablename__:
        condition = table.c.id == person_id
    elif "person_id" in table.c:
        condition = table.c.person_id == person_id
    elif table.name == CalendarLink.__tablename__:  # its subject is a person, a trainer or a room, so no key leads to him
        condition = (table.c.kind == "PERSON") & (table.c.subject_id == person_id)
    else:
        owners = [column for column in table.c for key in column.foreign_keys
                  if key.column.table.name in keys and key.column.table.name != table.name]
        if not owners:
            return []
        # sorted_tables puts a child after every parent; the first parent of the person's owns the row.
        column = owners[0]
        parent = next(key.column.table.name for key in column.foreign_keys)
        condition = column.in_(keys[parent])
    order = table.c.id if "id" in table.c else next(iter(table.c))
    return [dict(row) for row in session.execute(select(table).where(condition).order_by(order)).mappings()]


def _target(column: Column) -> Table | None:
    """Return the table with codes that a column points into, if it does."""
    for key in column.foreign_keys:
        if "code" in key.column.table.c:
            return key.column.table
    return None


def _codes(session: Session, rows: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, dict[int, str]]:
    """Return the codes of all catalogue rows that the record points to, by table and id."""
    wanted: dict[str, set[int]] = {}
    for name, found in rows.items():
        for column in Base.metadata.tables[name].c:
            if (target := _target(column)) is not None:
                wanted.setdefault(target.name, set()).update(
                    row[column.name] for row in found if row[column.name] is not None)
    codes: dict[str, dict[int, str]] = {}
    for name, ids in wanted.items():
        table = Base.metadata.tables[name]
        codes[name] = dict(session.execute(select(table.c.id, table.c.code).where(table.c.id.in_(ids))).all())
    return codes


def _plain_row(table: Table, row: Mapping[str, Any], codes: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in row.items():
        if name in _LEFT_OUT:
            continue
        plain[name] = _plain(value)
        if value is not None and (target := _target(table.c[name])) is not None:
            plain[f"{name.removesuffix('_id')}_code"] = codes[target.name][value]
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return {"size_bytes": len(value)}
    return value
