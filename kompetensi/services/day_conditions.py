"""Conditions of a query: what is in force on a day, who holds a post definitively, who is of our staff."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from kompetensi.models import Occupancy, Person

__all__ = ["held_definitively", "in_force", "is_staff"]


def is_staff() -> ColumnElement[bool]:
    """Return the condition that a person is of our staff: no participant from outside.

    Every question about a population asks with it; a participant from outside is counted nowhere.
    """
    return Person.outside_agency == ""


def in_force(first: Any, last: Any, on: date) -> ColumnElement[bool]:
    """Return the condition that a day lies between two columns, both inclusive, either of which may be empty."""
    return or_(first.is_(None), first <= on) & or_(last.is_(None), last >= on)


def held_definitively(on: date) -> ColumnElement[bool]:
    """Return the condition that an occupancy is a definitive one and lasts on a day."""
    return and_(Occupancy.kind == "DEFINITIVE", Occupancy.since <= on, or_(Occupancy.until.is_(None), Occupancy.until >= on))
