"""For which positions people are to be ready: their own wish, and what HR, succession and rotation have in mind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import Message, say
from kompetensi.models import Decision, Dossier, Person, Position, Target
from kompetensi.rules.access import Actor
from kompetensi.services.access import is_allowed, require
from kompetensi.services.audit import record, stored_actor
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import person_by_nip, position_by_code

__all__ = ["SOURCES", "SOURCE_WORDS", "PersonTargets", "TargetRow", "list_targets", "load_targets", "set_target", "withdraw_target"]

# Where several have the same position in mind for somebody, the first of these is named.
SOURCES = ("ROTATION", "HR", "SUCCESSION", "OWN")
SOURCE_WORDS = {"OWN": say("keinginan sendiri"), "HR": say("usulan kepegawaian"), "SUCCESSION": say("daftar suksesi"),
                "ROTATION": say("rotasi")}
_GIVEN = ("HR", "SUCCESSION", "ROTATION")


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A position that somebody is to be ready for.

    Attributes
    ----------
    id : int or None
        Of a target that can be withdrawn here; None for an own wish or an open case.
    source : str
        OWN, HR, SUCCESSION or ROTATION.
    ready_by : date or None
        None = no day was named.
    """

    id: int | None
    person_id: int
    position_id: int
    position: str
    position_name: str
    source: str
    ready_by: date | None

    @property
    def source_words(self) -> Message:
        """The source as people read it."""
        return SOURCE_WORDS[self.source]


def load_targets(
    session: Session, person_ids: Collection[int] | None, *, on: date, sources: Collection[str] = SOURCES
) -> tuple[TargetRow, ...]:
    """Return what people are to be ready for on a day, one row for each person and position.

    Own wishes, targets set and not withdrawn, and open cases of mutasi (*HR*, by their planned day). Of several for the
    same person and position the earliest day counts, and the first source in the order of `SOURCES` is named.

    Parameters
    ----------
    person_ids : collection of int or None
        None = everybody.

    Returns
    -------
    tuple of TargetRow
        In order of person and position code.
    """
    def some(query, column):
        return query if person_ids is None else query.where(column.in_(tuple(person_ids)))

    found: list[TargetRow] = []
    own = some(select(Person.id, Position.id, Position.code, Position.name, Person.target_ready_by)
               .join(Position, Person.target_position_id == Position.id), Person.id)
    found += [TargetRow(None, person, position, code, name, "OWN", ready_by)
              for person, position, code, name, ready_by in session.execute(own)]
    given = some(select(Target.id, Target.person_id, Position.id, Position.code, Position.name, Target.source,
                        Target.ready_by)
                 .join(Position, Target.position_id == Position.id)
                 .where(Target.set_on <= on, (Target.withdrawn_on.is_(None)) | (Target.withdrawn_on > on)),
                 Target.person_id)
    found += [TargetRow(*row) for row in session.execute(given)]
    decided = select(Decision.dossier_id)
    cases = some(select(Dossier.person_id, Position.id, Position.code, Position.name, Dossier.planned_on)
                 .join(Position, Dossier.position_id == Position.id).where(Dossier.id.not_in(decided)), Dossier.person_id)
    found += [TargetRow(None, person, position, code, name, "HR", planned_on)
              for person, position, code, name, planned_on in session.execute(cases)]
    merged: dict[tuple[int, str], TargetRow] = {}
    for row in sorted((row for row in found if row.source in sources),
                      key=lambda row: (row.ready_by or date.max, SOURCES.index(row.source), row.id or 0)):
        key = row.person_id, row.position
        kept = merged.get(key)
        if kept is None:
            merged[key] = row
        elif SOURCES.index(row.source) < SOURCES.index(kept.source):
            merged[key] = TargetRow(kept.id or row.id, row.person_id, row.position_id, row.position, row.position_name,
                                    row.source, kept.ready_by)
    return tuple(merged[key] for key in sorted(merged))


@dataclass(frozen=True, slots=True)
class PersonTargets:
    """What one person is to be ready for, by position code; `can_set` says whether the actor may change it."""

    nip: str
    name: str
    targets: tuple[TargetRow, ...]
    can_set: bool


def list_targets(session: Session, actor: Actor, nip: str, *, today: date) -> PersonTargets:
    """Return what a person is to be ready for.

    Raises
    ------
    NotFound, InvalidInput
        If the NIP names nobody.
    NotAllowed
        If the actor may not see the person's readiness.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "readiness.view", on=today, person=person)
    return PersonTargets(person.nip, person.name, load_targets(session, [person.id], on=today),
                         is_allowed(session, actor, "demand.set_target", on=today, person=person))


def set_target(
    session: Session, actor: Actor, nip: str, position_code: str, source: str, *, ready_by: date | None, today: date,
    now: datetime,
) -> int:
    """Have a position in mind for somebody; he is told. Return the target's number.

    Raises
    ------
    NotFound, InvalidInput
        If NIP or code names nothing, the source is not HR, SUCCESSION or ROTATION, or the day is past.
    NotAllowed
        If the actor is not HR of the person's unit.
    Conflict
        If the same source has the same position in mind already.
    """
    person, position = person_by_nip(session, nip), position_by_code(session, position_code)
    require(session, actor, "demand.set_target", on=today, person=person)
    if source not in _GIVEN:
        raise InvalidInput(say("“%(word)s” bukan asal sasaran; pakai %(words)s.", word=source, words=_GIVEN),
                           where="source")
    if ready_by is not None and ready_by < today:
        raise InvalidInput(say("Tanggal siap %(day)s sudah lewat.", day=ready_by), where="ready_by")
    if session.scalars(select(Target.id).where(
            Target.person_id == person.id, Target.position_id == position.id, Target.source == source,
            Target.withdrawn_on.is_(None))).first() is not None:
        raise Conflict(say("%(name)s sudah disiapkan untuk %(position)s dengan asal yang sama.", name=person.name,
                           position=position.name))
    row = Target(person_id=person.id, position_id=position.id, source=source, ready_by=ready_by, set_on=today,
                 set_by=stored_actor(actor))
    session.add(row)
    session.flush()
    record(session, actor, "demand.set_target", "target", row.id, now=now, person_id=person.id,
           detail={"position": position.code, "source": source, "ready_by": ready_by and ready_by.isoformat()})
    notify(session, person.id, say("Anda disiapkan untuk jabatan %(position)s (%(source)s).", position=position.name,
                                   source=SOURCE_WORDS[source]), link="/kesiapan", now=now)
    return row.id


def withdraw_target(session: Session, actor: Actor, target_id: int, *, today: date, now: datetime) -> None:
    """Give a target up from today on.

    Raises
    ------
    NotFound
        If there is no such target in force.
    NotAllowed
        If the actor is not HR of the person's unit.
    """
    row = session.get(Target, target_id)
    if row is None or row.withdrawn_on is not None:
        raise NotFound(say("Tidak ada sasaran nomor %(id)s yang berlaku.", id=target_id), where="TARGET")
    require(session, actor, "demand.set_target", on=today, person=session.get_one(Person, row.person_id))
    row.withdrawn_on = today
    record(session, actor, "demand.set_target:withdraw", "target", row.id, now=now, person_id=row.person_id)
    session.flush()
