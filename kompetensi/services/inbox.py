"""Notifications: a row in the inbox, and the mailer after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kompetensi.messages import Message
from kompetensi.models import Notification, Person
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.services.stored_messages import value_from_json, value_to_json
from kompetensi.services.unit_of_work import after_commit

__all__ = ["InboxItem", "count_unread", "list_inbox", "mark_read", "notify"]


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One message of an inbox, newest first in lists."""

    id: int
    at: datetime
    message: Message
    link: str
    is_read: bool


def notify(
    session: Session, person_id: int, message: Message, *, link: str, now: datetime, mailer: Mailer | None = None
) -> None:
    """Put a message into a person's inbox; with a mailer, also send it once the transaction is safe."""
    session.add(Notification(
        person_id=person_id, at=now, template=message.template,
        params={name: value_to_json(value) for name, value in message.params}, link=link))
    if mailer is not None:
        nip = session.scalars(select(Person.nip).where(Person.id == person_id)).one()
        after_commit(session, lambda: mailer.send(to=nip, subject=message, link=link))


def list_inbox(session: Session, actor: Actor, *, limit: int = 100) -> tuple[InboxItem, ...]:
    """Return the actor's own messages, newest first; empty for an actor without a person record."""
    rows = session.scalars(
        select(Notification).where(Notification.person_id == actor.person_id)
        .order_by(Notification.at.desc(), Notification.id.desc()).limit(limit))
    return tuple(
        InboxItem(row.id, row.at,
                  Message(row.template, tuple((name, value_from_json(item)) for name, item in row.params.items())),
                  row.link, row.read_at is not None)
        for row in rows)


def count_unread(session: Session, actor: Actor) -> int:
    """Return how many messages the actor has not read."""
    if actor.person_id is None:
        return 0
    return session.scalar(select(func.count()).select_from(Notification).where(
        Notification.person_id == actor.person_id, Notification.read_at.is_(None))) or 0


def mark_read(session: Session, actor: Actor, *, now: datetime) -> int:
    """Mark all of the actor's messages as read; return how many were not."""
    return session.execute(update(Notification).where(
        Notification.person_id == actor.person_id, Notification.read_at.is_(None)).values(read_at=now)).rowcount
