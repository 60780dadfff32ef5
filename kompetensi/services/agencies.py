"""Which agency (*OPD*) a unit belongs to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.models import Unit

__all__ = ["agency_ids"]


def agency_ids(session: Session) -> dict[int, int]:
    """Return the agency of every unit: the one right under its government, or the government itself for its own rows."""
    parents = dict(session.execute(select(Unit.id, Unit.parent_id)).all())
    found: dict[int, int] = {}
    for unit_id in parents:
        chain = [unit_id]
        while (above := parents[chain[-1]]) is not None and len(chain) <= len(parents):
            chain.append(above)
        found[unit_id] = chain[-2] if len(chain) > 1 else chain[-1]
    return found
