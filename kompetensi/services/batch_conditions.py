"""The conditions of a batch: shown with what they mean, changed with every code checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.messages import Message, say
from kompetensi.models import Batch
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment_conditions import (
    Condition,
    ConditionFault,
    Kind,
    condition_words,
    is_flat,
    parse_conditions,
    write_conditions,
)
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.lookup import batch_by_code
from kompetensi.services.seats import load_vocabulary

__all__ = ["BatchConditions", "change_conditions", "view_conditions"]


@dataclass(frozen=True, slots=True)
class BatchConditions:
    """What a batch demands beside its training.

    Attributes
    ----------
    condition : Condition
    stored : dict
        The same in its stored form.
    words : Message
        The same in one clause.
    is_flat : bool
        Whether the simple form can show it.
    choices : mapping of Kind to tuple of (str, str)
        Codes and names that each kind may name, by name.
    """

    batch: str
    training_name: str
    condition: Condition
    stored: dict[str, Any]
    words: Message
    is_flat: bool
    choices: Mapping[Kind, tuple[tuple[str, str], ...]]


def view_conditions(session: Session, actor: Actor, batch_code: str, *, today: date) -> BatchConditions:
    """Return the conditions of a batch to who may change them.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    words = load_vocabulary(session, today)
    condition = parse_conditions(batch.conditions)
    choices: dict[Kind, list[tuple[str, str]]] = {}
    for (kind, code), name in words.names.items():
        choices.setdefault(kind, []).append((code, name))
    order = {kind: (lambda pair: (words.ranks[pair[0]], pair[0])) if kind in (Kind.GOLONGAN_FROM, Kind.GOLONGAN_TO) else
             (lambda pair: (pair[1], pair[0])) for kind in choices}
    return BatchConditions(batch.code, batch.training.name, condition, write_conditions(condition),
                           condition_words(condition, words), is_flat(condition),
                           {kind: tuple(sorted(pairs, key=order[kind])) for kind, pairs in choices.items()})


def change_conditions(
    session: Session, actor: Actor, batch_code: str, stored: Any, *, today: date, now: datetime
) -> BatchConditions:
    """Set the conditions of a batch; who sits in it already keeps the seat.

    Parameters
    ----------
    stored : object
        In the form of `rules.enrolment_conditions.parse_conditions`.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    InvalidInput
        If it is no condition or names something unknown; `where` is the JSON Pointer.
    Conflict
        If the batch has begun or was cancelled.
    """
    found = batch_by_code(session, batch_code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=found.organiser_id)
    batch = session.scalars(select(Batch).where(Batch.id == found.id).with_for_update()
                            .execution_options(populate_existing=True)).one()
    if batch.status == "CANCELLED" or today >= batch.first_day:
        raise Conflict(say("Angkatan %(code)s sudah mulai atau dibatalkan; syaratnya tidak diubah lagi.", code=batch.code))
    known: dict[Kind, set[str]] = {}
    for kind, code in load_vocabulary(session, today).names:
        known.setdefault(kind, set()).add(code)
    try:
        condition = parse_conditions(stored, known=known)
    except ConditionFault as fault:
        raise InvalidInput(say("%(path)s: %(message)s", path=fault.path or "/", message=fault.message),
                           where=fault.path or "/") from fault
    before, batch.conditions = batch.conditions, write_conditions(condition)
    record(session, actor, "courses.edit_batch:conditions", "batch", batch.code, now=now,
           detail={"before": before, "after": batch.conditions})
    session.flush()
    return view_conditions(session, actor, batch_code, today=today)
