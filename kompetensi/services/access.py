"""The door of every service: may this actor do this to that person or unit?"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import NotAllowed
from kompetensi.models import Account, Occupancy, Person, Post, RoleGrant, Unit
from kompetensi.rules.access import Actor, Relation, Role, allow
from kompetensi.rules.access_words import can_be_granted, refusal

__all__ = ["is_allowed", "relation_to", "require", "scope_unit_ids", "unit_line", "unit_path"]

# A chain of superiors longer than this is a loop in the data.
_LONGEST_CHAIN = 20
# As many names as a refusal gives at most.
_MOST_ADMINS = 3


def _parents(session: Session) -> dict[int, int | None]:
    parents = session.info.get("kompetensi_unit_parents")
    if parents is None:
        parents = dict(session.execute(select(Unit.id, Unit.parent_id)).all())
        session.info["kompetensi_unit_parents"] = parents
    return parents


def unit_line(session: Session, unit_id: int | None) -> tuple[int, ...]:
    """Return the ids of a unit and of all units above it, the unit itself first; empty for no unit."""
    parents, line = _parents(session), []
    while unit_id is not None and unit_id not in line:
        line.append(unit_id)
        unit_id = parents.get(unit_id)
    return tuple(line)


def unit_path(session: Session, unit_id: int | None) -> frozenset[int]:
    """Return the ids of a unit and of all units above it; empty for no unit."""
    return frozenset(unit_line(session, unit_id))


def scope_unit_ids(session: Session, actor: Actor, role: Role) -> frozenset[int] | None:
    """Return all units that a role of the actor reaches, or None when there is no limit (the system)."""
    if actor.is_system:
        return None
    roots = {grant.unit_id for grant in actor.grants if grant.role is role}
    return frozenset(unit_id for unit_id in _parents(session) if roots & unit_path(session, unit_id))


def relation_to(session: Session, actor: Actor, person: Person, *, on: date) -> Relation:
    """Say what the actor is to a person: himself, a superior (occupant of a post above), or another.

    The superior is derived from definitive and acting occupancies on the day; at any height.
    """
    if actor.person_id is None:
        return Relation.OTHER
    if actor.person_id == person.id:
        return Relation.SELF
    mine = set(session.scalars(_posts_on(actor.person_id, on)))
    if not mine:
        return Relation.OTHER
    post_ids = set(session.scalars(_posts_on(person.id, on)))
    seen: set[int] = set()
    for _ in range(_LONGEST_CHAIN):
        above = set(session.scalars(select(Post.superior_post_id).where(
            Post.id.in_(post_ids), Post.superior_post_id.is_not(None))))
        if above & mine:
            return Relation.SUPERIOR
        post_ids = above - seen
        seen |= above
        if not post_ids:
            break
    return Relation.OTHER


def _posts_on(person_id: int, on: date):
    return select(Occupancy.post_id).where(
        Occupancy.person_id == person_id, Occupancy.post_id.is_not(None), Occupancy.since <= on,
        (Occupancy.until.is_(None)) | (Occupancy.until >= on))


def is_allowed(
    session: Session, actor: Actor, action: str, *, on: date, person: Person | None = None, unit_id: int | None = None
) -> bool:
    """Ask the table for an actor and a person, or a unit, or neither. A person brings his own unit.

    HR has no say over a participant from outside, whatever unit he was entered at.
    """
    relation = relation_to(session, actor, person, on=on) if person is not None else Relation.OTHER
    if unit_id is None and person is not None:
        unit_id = person.unit_id
    return allow(actor, action, relation=relation, unit_path=unit_path(session, unit_id),
                 is_staff=person is None or not person.outside_agency)


def require(
    session: Session, actor: Actor, action: str, *, on: date, person: Person | None = None, unit_id: int | None = None
) -> None:
    """Refuse an actor who may not do this.

    Raises
    ------
    NotAllowed
        With what was asked for, who may do it, and the admins to ask; it does not tell whether the thing exists beyond
        what the caller knew.
    """
    if not is_allowed(session, actor, action, on=on, person=person, unit_id=unit_id):
        raise NotAllowed(refusal(actor, action), ask=_admins(session, actor, on) if can_be_granted(action) else ())


def _admins(session: Session, actor: Actor, on: date) -> tuple[str, ...]:
    """Return the names of those who can give the actor a role: admins at or above the own unit or a unit of a role."""
    units = {grant.unit_id for grant in actor.grants}
    if actor.person_id is not None:
        units |= set(session.scalars(select(Person.unit_id).where(Person.id == actor.person_id)))
    above = frozenset[int]().union(*(unit_path(session, unit_id) for unit_id in units))
    name = func.coalesce(Person.name, Account.username)
    return tuple(session.scalars(
        select(name).distinct().select_from(RoleGrant).join(RoleGrant.account).outerjoin(Account.person)
        .where(Account.active, RoleGrant.role == Role.ADMIN, RoleGrant.unit_id.in_(above), RoleGrant.valid_from <= on,
               or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on))
        .order_by(name).limit(_MOST_ADMINS)))
