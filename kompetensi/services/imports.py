"""Tables in: rehearsed or written as a whole, never in part; the same table twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from kompetensi.errors import InvalidRows, NotFound
from kompetensi.exchange.reference_tables import FORMATS
from kompetensi.exchange.tables import parse_table
from kompetensi.graph.elements import NodeKind
from kompetensi.messages import say
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.catalogue_tables import (
    compare_competencies,
    compare_governments,
    compare_technical_competencies,
    compare_trainings,
    compare_units,
)
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.legal_tables import (
    compare_class_levels,
    compare_classes,
    compare_education_levels,
    compare_grades,
    compare_ladder,
    compare_mutasi_kinds,
    compare_mutasi_rules,
    compare_policies,
)
from kompetensi.services.position_table import compare_positions
from kompetensi.services.table_changes import TableChanges

__all__ = ["KINDS", "ImportReport", "TableTemplate", "import_reference", "import_table", "require_import",
           "table_template"]

# The audit log keeps the first changes in full; the rest of a large table is told by the counts.
_LARGEST_DETAIL = 200

_COMPARISONS: Mapping[str, Callable[[TableChanges], None]] = {
    "governments": compare_governments,
    "units": compare_units,
    "grades": compare_grades,
    "education-levels": compare_education_levels,
    "competencies": compare_competencies,
    "technical-competencies": compare_technical_competencies,
    "technical-ladder": compare_ladder,
    "job-classes": compare_classes,
    "job-class-levels": compare_class_levels,
    "trainings": compare_trainings,
    "positions": compare_positions,
    "mutasi-kinds": compare_mutasi_kinds,
    "mutasi-rules": compare_mutasi_rules,
    "policies": compare_policies,
}

# Tables whose rows are elements of the graph, and those of which it holds nothing; of any other it holds a part.
_ELEMENTS: Mapping[str, NodeKind] = {
    "competencies": NodeKind.COMPETENCY, "technical-competencies": NodeKind.COMPETENCY, "trainings": NodeKind.TRAINING,
    "positions": NodeKind.POSITION}
_NOT_IN_THE_GRAPH = frozenset({"job-class-levels", "technical-ladder", "mutasi-kinds", "mutasi-rules", "policies"})

KINDS: tuple[str, ...] = tuple(_COMPARISONS)
"""Names of the tables, in an order in which each refers only to those before it."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do.

    Attributes
    ----------
    kind : str
    rows : int
        Rows of the file; the sum of the three counts after it.
    created, updated, unchanged : int
    dry_run : bool
        True = rehearsed only, nothing was written.
    changes : tuple of mapping
        Of the first two hundred changed rows: ``key``, and each attribute that differs with its value before and
        after.
    """

    kind: str
    rows: int
    created: int
    updated: int
    unchanged: int
    dry_run: bool
    changes: tuple[Mapping[str, Any], ...] = ()


def import_table(
    session: Session, actor: Actor, kind: str, content: bytes, *, dry_run: bool, today: date, now: datetime
) -> ImportReport:
    """Bring a table into the database.

    Rows are added or brought up to date by their key; a record that the file does not name stays.

    Parameters
    ----------
    session : Session
    actor : Actor
    kind : str
        One of `KINDS`.
    content : bytes
        CSV in UTF-8.
    dry_run : bool
        Compare only.
    today : date
        First day of what changes from now on (standards of positions, rules).
    now : datetime

    Returns
    -------
    ImportReport

    Raises
    ------
    NotAllowed
        If the actor may not import.
    NotFound
        If there is no such kind.
    InvalidRows
        With every refused cell in the order of the file; nothing was written.
    """
    require(session, actor, "catalogue.import", on=today)
    if kind not in _COMPARISONS:
        raise NotFound(say("Tidak ada tabel “%(kind)s”; pilihannya: %(kinds)s.", kind=kind, kinds=KINDS), where="KIND")
    table = parse_table(FORMATS[kind], content)
    changes = TableChanges(session, table, today, now)
    with session.no_autoflush:
        _COMPARISONS[kind](changes)
    errors = sorted((*table.errors, *changes.errors), key=lambda error: error.row)
    if errors:
        raise InvalidRows(errors)
    report = ImportReport(kind, table.count, changes.created, changes.updated, changes.unchanged, dry_run,
                          tuple(changes.details[:_LARGEST_DETAIL]))
    if dry_run or not (changes.created or changes.updated):
        return report
    for step in changes.steps:
        step()
    session.flush()
    # Services keep the tree of units in the session; it may have grown.
    session.info.pop("kompetensi_unit_parents", None)
    if kind not in _NOT_IN_THE_GRAPH:
        element = _ELEMENTS.get(kind)
        bump_catalogue_version(session, *((element, code) for code in table.keys if element is not None))
    record(session, actor, "catalogue.import", "table", kind, now=now, detail={
        "created": report.created, "updated": report.updated, "unchanged": report.unchanged,
        "changes": list(report.changes)})
    session.flush()
    return report


@dataclass(frozen=True, slots=True)
class TableTemplate:
    """An empty table to fill in."""

    content: bytes
    file_name: str


def require_import(session: Session, actor: Actor, *, on: date) -> None:
    """Refuse who may not import, before a form is shown."""
    require(session, actor, "catalogue.import", on=on)


def table_template(session: Session, actor: Actor, kind: str, *, on: date) -> TableTemplate:
    """Return a CSV with the header of a table, every column that the table knows.

    Raises
    ------
    NotAllowed
        If the actor may not import.
    NotFound
        If there is no such kind.
    """
    require(session, actor, "catalogue.import", on=on)
    if kind not in FORMATS:
        raise NotFound(say("Tidak ada tabel “%(kind)s”; pilihannya: %(kinds)s.", kind=kind, kinds=KINDS), where="KIND")
    header = ",".join(column.name for column in FORMATS[kind].columns)
    return TableTemplate(f"{header}\r\n".encode(), FORMATS[kind].file_name)


def import_reference(session: Session, *, today: date, now: datetime) -> tuple[ImportReport, ...]:
    """Bring all tables that come with the package into the database, in the order of `KINDS`.

    Doing it again changes nothing; what was edited since is set back to what the tables say, as any import does.
    """
    folder = files("kompetensi.reference")
    return tuple(
        import_table(session, SYSTEM, kind, folder.joinpath(FORMATS[kind].file_name).read_bytes(), dry_run=False,
                     today=today, now=now) for kind in KINDS)
