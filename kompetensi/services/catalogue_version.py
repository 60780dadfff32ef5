"""The version of the catalogue: moved by whoever changes it, and what each version changed."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from kompetensi.graph.build import Node
from kompetensi.graph.elements import NodeKind
from kompetensi.models import CatalogueChange, CatalogueVersion

__all__ = ["Version", "bump_catalogue_version", "catalogue_version", "changed_since", "latest_of"]

# Who has missed more versions than this reads the catalogue as a whole.
_KEPT = 1000
_ALL = "all"

# PostgreSQL and SQLite say this alike; the second of two who open the counter at once waits, and then moves it.
_OPEN = text("INSERT INTO kompetensi_catalogue_version (id, version, stamp) VALUES (1, 0, '') "
             "ON CONFLICT (id) DO NOTHING")


@dataclass(frozen=True, slots=True)
class Version:
    """A state of the catalogue.

    Attributes
    ----------
    number : int
        From 1, one more with every change.
    stamp : str
        The same only for equal catalogues, in whatever database.
    """

    number: int
    stamp: str


def catalogue_version(session: Session) -> Version | None:
    """Return the version that this transaction sees, its own changes included; None before the first."""
    row = session.execute(select(CatalogueVersion.version, CatalogueVersion.stamp)).one_or_none()
    return None if row is None else Version(row.version, row.stamp)


def bump_catalogue_version(session: Session, *changed: Node) -> int:
    """Move the version of the catalogue, in the transaction of the change, and return its number.

    Every change of what `snapshot.load_graph` reads ends with this: the rows first, then the version, and nobody reads
    the graph in between. Who changes it at the same time waits for the end of this transaction.

    Parameters
    ----------
    changed : Node
        The elements that may differ now, new and removed ones included; none = anything may.
    """
    session.flush()
    stamp = secrets.token_hex(8)
    number = _advance(session, stamp)
    if number is None:
        session.execute(_OPEN)
        number = _advance(session, stamp)
    assert number is not None  # the row is there now, and nobody removes it
    session.execute(insert(CatalogueChange), [
        {"version": number, "kind": kind, "code": code, "stamp": stamp} for kind, code in dict.fromkeys(changed or [(_ALL, "")])])
    session.execute(delete(CatalogueChange).where(CatalogueChange.version <= number - _KEPT),
                    execution_options={"synchronize_session": False})
    return number


def _advance(session: Session, stamp: str) -> int | None:
    return session.execute(
        update(CatalogueVersion).values(version=CatalogueVersion.version + 1, stamp=stamp).returning(CatalogueVersion.version),
        execution_options={"synchronize_session": False}).scalar_one_or_none()


def latest_of(session: Session, stamps: Collection[str]) -> str | None:
    """Return of some stamps the latest that this catalogue has had and still knows; None when there is none."""
    return session.scalar(
        select(CatalogueChange.stamp).where(CatalogueChange.stamp.in_(stamps)).order_by(CatalogueChange.version.desc()).limit(1))


def changed_since(session: Session, number: int) -> frozenset[Node] | None:
    """Return the elements that versions after one that `latest_of` found have changed; None when it may be any."""
    rows = session.execute(
        select(CatalogueChange.kind, CatalogueChange.code).where(CatalogueChange.version > number).distinct()).all()
    if any(kind == _ALL for kind, _ in rows):
        return None
    return frozenset((NodeKind(kind), code) for kind, code in rows)
