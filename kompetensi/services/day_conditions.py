"""What holds on a day, as conditions of a query: what is in force, and who holds a post definitively."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from kompetensi.models import Occupancy

__all__ = ["held_definitively", "in_force"]


def in_force(first: Any, last: Any, on: date) -> ColumnElement[bool]:
    """Return the condition that a day lies between two columns, both inclusive, either of which may be empty."""
    return or_(first.is_(None), first <= on) & or_(last.is_(None), last >= on)


def held_definitively(on: date) -> ColumnElement[bool]:
    """Return the condition that an occupancy is a definitive one and lasts on a day."""
    return and_(Occupancy.kind == "DEFINITIVE", Occupancy.since <= on, or_(Occupancy.until.is_(None), Occupancy.until >= on))
