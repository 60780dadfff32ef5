"""The interests that people state themselves: an ordered few of urusan, classes of positions and units, dated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.graph.moves import Interest
from kompetensi.messages import say
from kompetensi.models import Interest as InterestRow
from kompetensi.models import JobClass, Person, Position, Unit
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record

__all__ = ["MOST_INTERESTS", "InterestCatalogue", "OwnInterests", "load_interest_catalogue", "load_interests",
           "own_interests", "state_own_interests"]

MOST_INTERESTS = 5
"""The table holds so many places."""

Subject = tuple[str, str]


@dataclass(frozen=True, slots=True)
class InterestCatalogue:
    """What an interest can name.

    Attributes
    ----------
    names : mapping of (str, str) to str
        Name by kind and subject, in the order in which they are offered: urusan by name, classes from the lowest id, units by
        name.
    codes : mapping of (str, str) to frozenset of str
        What fits: the subject itself, of a unit also the units below it.
    """

    names: Mapping[Subject, str]
    codes: Mapping[Subject, frozenset[str]]

    def offered(self, kind: str) -> tuple[tuple[str, str], ...]:
        """Return subjects of a kind with their names."""
        return tuple((subject, name) for (one, subject), name in self.names.items() if one == kind)


@dataclass(frozen=True, slots=True)
class OwnInterests:
    """What the actor has stated, and what he may state.

    Attributes
    ----------
    stated : tuple of (str, str)
        Kind and subject, the first interest first.
    """

    nip: str
    stated: tuple[Subject, ...]
    catalogue: InterestCatalogue


def load_interest_catalogue(session: Session) -> InterestCatalogue:
    """Read what can be named: everything that some position belongs to."""
    names: dict[Subject, str] = {}
    codes: dict[Subject, frozenset[str]] = {}
    for urusan in sorted(session.scalars(select(Position.urusan).where(Position.urusan != "").distinct())):
        names["URUSAN", urusan] = urusan.replace("-", " ").capitalize()
        codes["URUSAN", urusan] = frozenset({urusan})
    for code, name in session.execute(select(JobClass.code, JobClass.name).where(
            JobClass.id.in_(select(Position.job_class_id))).order_by(JobClass.id)):
        names["CLASS", code] = name
        codes["CLASS", code] = frozenset({code})
    units = {row.id: row for row in session.execute(select(Unit.id, Unit.code, Unit.name, Unit.parent_id))}
    below: dict[int, set[str]] = defaultdict(set)
    for unit_id in session.scalars(select(Position.unit_id).distinct()):
        at: int | None = unit_id
        seen: set[int] = set()
        while at is not None and at not in seen:  # a loop in the data must not be one here
            seen.add(at)
            below[at].add(units[unit_id].code)
            at = units[at].parent_id
    for unit_id in sorted(below, key=lambda one: (units[one].name, units[one].code)):
        names["UNIT", units[unit_id].code] = units[unit_id].name
        codes["UNIT", units[unit_id].code] = frozenset(below[unit_id])
    return InterestCatalogue(names, codes)


def load_interests(
    session: Session, person_ids: Iterable[int], on: date, catalogue: InterestCatalogue
) -> dict[int, tuple[Interest, ...]]:
    """Read the interests of people on a day, the first one first; one query however many people there are.

    One that names nothing any more is left out, and the others keep their places.
    """
    found: dict[int, list[Interest]] = defaultdict(list)
    for row in session.scalars(_stated(on).where(InterestRow.person_id.in_(list(person_ids)))):
        subject = (row.kind, row.subject)
        if subject in catalogue.names:
            found[row.person_id].append(Interest(row.place, row.kind, catalogue.codes[subject], catalogue.names[subject]))
    return {person_id: tuple(items) for person_id, items in found.items()}


def _stated(on: date):
    return select(InterestRow).where(
        InterestRow.stated_on <= on, or_(InterestRow.given_up_on.is_(None), InterestRow.given_up_on > on)).order_by(
            InterestRow.person_id, InterestRow.place, InterestRow.id)


def own_interests(session: Session, actor: Actor, *, today: date) -> OwnInterests:
    """Return the actor's own interests and what can be named.

    Raises
    ------
    Conflict
        If the account belongs to nobody of the register.
    """
    person = _own_person(session, actor, today)
    rows = session.scalars(_stated(today).where(InterestRow.person_id == person.id))
    return OwnInterests(person.nip, tuple((row.kind, row.subject) for row in rows), load_interest_catalogue(session))


def state_own_interests(
    session: Session, actor: Actor, chosen: Sequence[Subject | None], *, today: date, now: datetime
) -> bool:
    """Keep what the actor himself is interested in from today on; return whether anything differed.

    Parameters
    ----------
    chosen : sequence of (str, str) or None
        Kind (``URUSAN``, ``CLASS`` or ``UNIT``) and subject, the first interest first; None = a place left empty, which closes
        up; nothing but those gives all up.

    Raises
    ------
    InvalidInput
        If there are too many, one stands twice, or one names nothing; `where` is ``place1`` and so on.
    Conflict
        If the account belongs to nobody of the register.
    """
    person = _own_person(session, actor, today)
    _check(chosen, load_interest_catalogue(session))
    wanted = [subject for subject in chosen if subject is not None]
    rows = session.scalars(_stated(today).where(InterestRow.person_id == person.id)).all()
    before = [(row.kind, row.subject) for row in rows]
    if before == wanted:
        return False
    kept = set()
    for row in rows:
        if row.place <= len(wanted) and wanted[row.place - 1] == (row.kind, row.subject):
            kept.add(row.place)
        else:
            row.given_up_on = today
    session.add_all([InterestRow(person_id=person.id, place=place, kind=kind, subject=subject, stated_on=today)
                     for place, (kind, subject) in enumerate(wanted, 1) if place not in kept])
    # What was stated stays in its own dated rows; an admin who reads the log learns only that something was.
    record(session, actor, "moves.state_interest", "person", person.nip, now=now, person_id=person.id, detail={
        "before": {"interests": len(before)}, "after": {"interests": len(wanted)}})
    session.flush()
    return True


def _check(chosen: Sequence[Subject | None], catalogue: InterestCatalogue) -> None:
    if len(chosen) > MOST_INTERESTS:
        raise InvalidInput(say("Paling banyak %(most)s minat; di sini ada %(count)s.", most=MOST_INTERESTS,
                               count=len(chosen)), where=f"place{MOST_INTERESTS + 1}")
    for place, subject in enumerate(chosen, 1):
        if subject is None:
            continue
        if subject not in catalogue.names:
            raise NotFound(say("Tidak ada pilihan minat “%(name)s”.", name=":".join(subject)), where=f"place{place}")
        if subject in chosen[:place - 1]:
            raise InvalidInput(say("%(name)s sudah dipilih di atas; pilih yang lain atau kosongkan.",
                                   name=catalogue.names[subject]), where=f"place{place}")


def _own_person(session: Session, actor: Actor, today: date) -> Person:
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    if person is None:
        raise Conflict(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak dapat menyatakan minat."))
    require(session, actor, "moves.state_interest", on=today, person=person)
    return person
