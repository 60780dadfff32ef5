"""What a table would change: rows compared with the database first, written only when nothing was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from kompetensi.errors import RowError
from kompetensi.exchange.tables import ParsedTable
from kompetensi.messages import Message, say

__all__ = ["TableChanges", "differences", "match_rows"]


@dataclass(slots=True)
class TableChanges:
    """Rows of one table beside what the database holds.

    Attributes
    ----------
    session : Session
    table : ParsedTable
    today : date
        Day from which changes of dated things count.
    now : datetime
    created, updated, unchanged : int
        Rows by what they would do; together they are all rows that were not refused.
    errors : list of RowError
        References that nothing resolves, and what the state of a record forbids.
    steps : list of callable
        The writing, in order; nothing is written before all rows were compared.
    details : list of dict
        Key of each changed row with the values before and after, for the audit log.
    """

    session: Session
    table: ParsedTable[Any]
    today: date
    now: datetime
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    steps: list[Callable[[], None]] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, row: Any, column: str, message: Message) -> None:
        """Refuse a cell of a row."""
        self.errors.append(RowError(row.line, column, message))

    def require_known(self, row: Any, column: str, codes: Iterable[str | None], known: Iterable[str]) -> bool:
        """Refuse the codes that nothing carries; None is no code. Return whether all are known."""
        have = known if isinstance(known, (dict, set, frozenset)) else set(known)
        unknown = [code for code in codes if code is not None and code not in have]
        for code in unknown:
            self.refuse(row, column, say("“%(code)s” tidak ada, baik dalam basis data maupun dalam berkas ini.",
                                         code=code))
        return not unknown

    def create(self, step: Callable[[], None] | None = None) -> None:
        """Note a row that the database does not have."""
        self.created += 1
        if step is not None:
            self.steps.append(step)

    def compare(self, key: str, changed: Mapping[str, tuple[Any, Any]], step: Callable[[], None] | None = None) -> None:
        """Note a row that the database has, with what differs (nothing = unchanged)."""
        if not changed:
            self.unchanged += 1
            return
        self.updated += 1
        self.details.append({"key": key, **{name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()}})
        if step is not None:
            self.steps.append(step)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def differences(stored: object, wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the attributes that differ, each with its value before and after."""
    return {name: (getattr(stored, name), value) for name, value in wanted.items() if getattr(stored, name) != value}


def match_rows(
    changes: TableChanges, model: type[Any], stored: Mapping[Any, Any], wanted: Iterable[tuple[Any, dict[str, Any]]]
) -> None:
    """Compare plain rows with plain records: one row, one record, no children.

    Parameters
    ----------
    changes : TableChanges
    model : type
    stored : mapping
        Records by key.
    wanted : iterable of (key, dict)
        Values of the columns by key.
    """
    for key, values in wanted:
        record = stored.get(key)
        if record is None:
            changes.create(lambda values=values: changes.session.add(model(**values)))
        else:
            changed = differences(record, values)
            changes.compare(str(key), changed, lambda record=record, changed=changed: _assign(record, changed))


def _assign(record: object, changed: Mapping[str, tuple[Any, Any]]) -> None:
    for name, (_, value) in changed.items():
        setattr(record, name, value)
