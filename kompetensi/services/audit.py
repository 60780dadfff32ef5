"""The audit log: who did or saw what. Written in the transaction of what it records, and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kompetensi.models import AuditEntry
from kompetensi.rules.access import Actor

__all__ = ["record"]


def record(
    session: Session, actor: Actor, action: str, subject_kind: str, subject_id: object, *, now: datetime,
    person_id: int | None = None, detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry.

    Parameters
    ----------
    action : str
        Key of `rules.access.ACTIONS`, or such a key with a suffix that says which step it was.
    subject_kind, subject_id : str, object
        What was touched, by its area's word and its code or id.
    person_id : int, optional
        Whom it concerns; that person may see the entry.
    detail : mapping, optional
        JSON-ready; for changes the values before and after.
    """
    session.add(AuditEntry(
        at=now, actor=f"{actor.id}:{actor.label}"[:120], action=action, subject_kind=subject_kind,
        subject_id=str(subject_id), person_id=person_id, detail=dict(detail or {})))
