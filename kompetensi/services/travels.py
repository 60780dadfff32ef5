"""Ways between the places of rooms and trainers: how long each takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput, NotFound
from kompetensi.messages import say
from kompetensi.models import Room, Trainer, Travel
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.resources import TravelTimes, district_of, make_travel_times
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.centres import require_centre

__all__ = ["TravelTable", "load_travel_times", "set_travel", "travel_table"]

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class TravelTable:
    """Ways between places.

    Attributes
    ----------
    places : tuple of str
        Every district of a room or a trainer and every place of a recorded way, by name.
    times : TravelTimes
    unknown : tuple of (str, str)
        Pairs of districts of rooms and trainers whose way nobody has recorded, by name.
    may_edit : bool
    """

    places: tuple[str, ...]
    times: TravelTimes
    unknown: tuple[tuple[str, str], ...]
    may_edit: bool


def load_travel_times(session: Session) -> TravelTimes:
    """Return all ways that are recorded."""
    return make_travel_times(session.execute(select(Travel.place, Travel.other_place, Travel.minutes)).all())


def _used_districts(session: Session) -> set[str]:
    return {district_of(place) for column in (Room.place, Trainer.home_place)
            for place in session.scalars(select(column).distinct()) if place}


def travel_table(session: Session, actor: Actor, *, today: date) -> TravelTable:
    """Return the ways between all places.

    Raises
    ------
    NotAllowed
        If the actor is neither training centre nor admin.
    """
    require(session, actor, "resources.view", on=today)
    times, used = load_travel_times(session), sorted(_used_districts(session))
    places = sorted({*used, *(place for pair in times.known for place in pair)})
    unknown = tuple((place, other) for at, place in enumerate(used) for other in used[at + 1:]
                    if times.travel_minutes(place, other) is None)
    return TravelTable(tuple(places), times, unknown, actor.is_system or actor.has_role(Role.TRAINING_CENTRE))


def set_travel(
    session: Session, actor: Actor, place: str, other: str, minutes: int | None, *, today: date, now: datetime
) -> bool:
    """Record how long the way between two places takes, in both directions; return whether anything differed.

    Parameters
    ----------
    minutes : int or None
        0..1440; None = it is not known any more.

    Raises
    ------
    NotAllowed
        If the actor belongs to no training centre.
    InvalidInput
        If a place is missing, the two are one, or the minutes are out of bounds.
    NotFound
        If a way that nobody has recorded shall be forgotten.
    """
    require_centre(session, actor, today=today)
    first, second = sorted(" ".join(text.split()) for text in (place, other))
    for text, where in ((" ".join(place.split()), "place"), (" ".join(other.split()), "other_place")):
        if not text or len(text) > 120:
            raise InvalidInput(say("Tulis nama tempat, paling panjang %(most)s huruf.", most=120), where=where)
    if first == second:
        raise InvalidInput(say("Pilih dua tempat yang berbeda."), where="other_place")
    if minutes is not None and not 0 <= minutes <= _DAY_MINUTES:
        raise InvalidInput(say("Waktu tempuh antara %(least)s dan %(most)s menit.", least=0, most=_DAY_MINUTES),
                           where="minutes")
    row = session.scalars(select(Travel).where(Travel.place == first, Travel.other_place == second)).one_or_none()
    before = row.minutes if row is not None else None
    if minutes is None and row is None:
        raise NotFound(say("Waktu tempuh %(place)s–%(other)s belum tercatat.", place=first, other=second), where="place")
    if before == minutes:
        return False
    if row is None:
        session.add(Travel(place=first, other_place=second, minutes=minutes))
    elif minutes is None:
        session.delete(row)
    else:
        row.minutes = minutes
    record(session, actor, "resources.edit:travel", "travel", f"{first}–{second}"[:60], now=now,
           detail={"before": {"minutes": before}, "after": {"minutes": minutes}})
    session.flush()
    return True
