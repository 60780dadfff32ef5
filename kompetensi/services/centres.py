"""The units that an actor works for as a training centre."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import NotFound
from kompetensi.messages import say
from kompetensi.models import Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.day_conditions import in_force
from kompetensi.services.lookup import unit_by_code

__all__ = ["centre_or_first", "own_centres", "require_centre"]


def require_centre(session: Session, actor: Actor, *, today: date) -> frozenset[int] | None:
    """Return the units that the actor's training centres reach, None = all; refuse an actor without one."""
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    require(session, actor, "resources.edit", on=today, unit_id=min(scope) if scope else None)
    return scope


def own_centres(session: Session, actor: Actor, *, today: date) -> tuple[tuple[str, str], ...]:
    """Return code and name of the units that a form offers: first those that the role was granted for, then by name."""
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    granted = {grant.unit_id for grant in actor.grants if grant.role is Role.TRAINING_CENTRE}
    rows = session.execute(select(Unit.id, Unit.code, Unit.name).where(in_force(Unit.valid_from, Unit.valid_to, today))
                           .order_by(Unit.name, Unit.code)).all()
    reached = [row for row in rows if scope is None or row.id in scope]
    return tuple((row.code, row.name) for row in sorted(reached, key=lambda row: row.id not in granted))


def centre_or_first(session: Session, actor: Actor, code: str, *, today: date) -> Unit:
    """Return the unit of a code; without one the first that a role was granted for, or the first government's.

    Raises
    ------
    NotFound
        If there is no such unit.
    """
    if code:
        return unit_by_code(session, code)
    granted = [grant.unit_id for grant in actor.grants if grant.role is Role.TRAINING_CENTRE] or [
        grant.unit_id for grant in actor.grants]
    query = select(Unit).where(Unit.id == granted[0]) if granted else select(Unit).where(
        Unit.parent_id.is_(None)).order_by(Unit.code).limit(1)
    unit = session.scalars(query).one_or_none()
    if unit is None:
        raise NotFound(say("Belum ada unit kerja dalam basis data ini."), where="UNIT")
    return unit
