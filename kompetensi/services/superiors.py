"""Whose superior is who, from posts and occupancies: the one whose word is awaited, and those who await one's own.

The superior is who holds the post above on the day; where somebody acts in it, the one who acts. Where nobody is, it is who
holds the next post above that, and so on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from kompetensi.messages import say
from kompetensi.models import Batch, Enrolment, Occupancy, Person, Position, Post
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.services.inbox import notify

__all__ = ["WAITING_PAGE", "Superior", "ask_superior", "count_asked", "subordinates_of", "superior_of"]

WAITING_PAGE = "/permintaan-bawahan"

# A chain of superiors longer than this is a loop in the data.
_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Superior:
    """Whose word is awaited.

    Attributes
    ----------
    person_id : int
    name, position : str
    is_acting : bool
        Whether he acts in the post (Plt or Plh).
    passed : tuple of str
        Positions between, in which there is nobody on the day, from below.
    """

    person_id: int
    name: str
    position: str
    is_acting: bool
    passed: tuple[str, ...] = ()


def _on(day: date) -> ColumnElement[bool]:
    return and_(Occupancy.since <= day, or_(Occupancy.until.is_(None), Occupancy.until >= day))


def _own_posts(session: Session, person_ids: Collection[int], on: date) -> dict[int, int]:
    """Return each person's own post: the one held definitively, of several the newest; without one where he acts."""
    found: dict[int, int] = {}
    for person_id, post_id in session.execute(
            select(Occupancy.person_id, Occupancy.post_id)
            .where(Occupancy.person_id.in_(person_ids), Occupancy.post_id.is_not(None), _on(on))
            .order_by(case((Occupancy.kind == "DEFINITIVE", 0), else_=1), Occupancy.since.desc(), Occupancy.id.desc())):
        found.setdefault(person_id, post_id)
    return found


def superior_of(session: Session, person_id: int, on: date) -> Superior | None:
    """Return the superior of a person on a day, or None when he holds no post or nobody is above it."""
    post_id = _own_posts(session, [person_id], on).get(person_id)
    passed: list[str] = []
    for _ in range(_LONGEST_CHAIN):
        above = session.execute(
            select(Post.id, Position.name).join(Position, Post.position_id == Position.id)
            .where(Post.id == select(Post.superior_post_id).where(Post.id == post_id).scalar_subquery())).first() \
            if post_id is not None else None
        if above is None:
            return None
        holder = session.execute(
            select(Person.id, Person.name, Occupancy.kind).join(Person, Occupancy.person_id == Person.id)
            .where(Occupancy.post_id == above.id, Occupancy.person_id != person_id, _on(on))
            .order_by(case((Occupancy.kind == "ACTING", 0), else_=1), Occupancy.since.desc(), Occupancy.id.desc())
            .limit(1)).first()
        if holder is not None:
            return Superior(holder.id, holder.name, above.name, holder.kind == "ACTING", tuple(passed))
        passed.append(above.name)
        post_id = above.id
    return None


def subordinates_of(session: Session, person_id: int, on: date) -> tuple[int, ...]:
    """Return the ids of those whose superior a person is on a day, sorted; below a post without anybody the next ones."""
    posts = set(session.scalars(select(Occupancy.post_id).where(
        Occupancy.person_id == person_id, Occupancy.post_id.is_not(None), _on(on))))
    seen, people = set(posts), set[int]()
    for _ in range(_LONGEST_CHAIN):
        below = set(session.scalars(select(Post.id).where(Post.superior_post_id.in_(posts)))) - seen
        if not below:
            break
        seen |= below
        held: dict[int, set[int]] = {}
        for post_id, holder in session.execute(select(Occupancy.post_id, Occupancy.person_id).where(
                Occupancy.post_id.in_(below), Occupancy.person_id != person_id, _on(on))):
            held.setdefault(post_id, set()).add(holder)
        holders = {holder for group in held.values() for holder in group}
        # Whoever only acts there keeps the superior of his own post.
        people |= {holder for holder, own in _own_posts(session, holders, on).items() if own in below}
        posts = below - set(held)
    return tuple(sorted(people))


def count_asked(session: Session, actor: Actor) -> int:
    """Return how many requests that await his word the actor has been told of; one query, for the masthead."""
    if actor.person_id is None:
        return 0
    return session.scalar(select(func.count()).select_from(Enrolment).where(
        Enrolment.superior_id == actor.person_id, Enrolment.status == "REQUESTED")) or 0


def ask_superior(
    session: Session, enrolment: Enrolment, person: Person, batch: Batch, *, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> Superior | None:
    """Note whose word a request awaits and tell him; None = there is no superior, and it goes to the centre directly."""
    superior = superior_of(session, person.id, today)
    enrolment.superior_id = superior.person_id if superior else None
    if superior is not None:
        notify(session, superior.person_id, say(
            "%(name)s meminta kursi pada %(training)s, angkatan %(code)s. Beri dukungan atau keberatan Anda.",
            name=person.name, training=batch.training.name, code=batch.code), link=WAITING_PAGE, now=now, mailer=mailer)
    return superior
