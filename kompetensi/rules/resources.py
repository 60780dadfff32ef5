"""Rooms, trainers and ways: what a room offers, whom a qualification lets teach what, how long a journey takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kompetensi.messages import Message, say

__all__ = ["FEATURES", "HIGHEST_LEVEL", "Qualification", "Span", "TravelTimes", "covering", "district_of",
           "free_spans", "make_travel_times", "may_teach", "spans_of"]

HIGHEST_LEVEL = 5

Span = tuple[date, date]
"""First and last day, both inclusive."""

FEATURES: Mapping[str, Message] = {
    "COMPUTERS": say("komputer peserta"), "DORMITORY": say("asrama"), "GROUP_TABLES": say("meja kelompok"),
    "INTERNET": say("internet"), "LABORATORY": say("laboratorium"), "PROJECTOR": say("proyektor"),
    "SOUND": say("pengeras suara"), "VIDEO_CONFERENCE": say("konferensi video"), "WHEELCHAIR": say("akses kursi roda")}
"""What a room can offer, by code."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """What a trainer may teach.

    Attributes
    ----------
    training : str or None
        Code of a training that is named; then the next two are None.
    competency : str or None
        Code of a competency that he may teach up to a level.
    level : int or None
        1..5.
    valid_until : date or None
        Last day, inclusive; None = without end.
    """

    training: str | None
    competency: str | None
    level: int | None
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it has not run out on a day."""
        return self.valid_until is None or day <= self.valid_until


def covering(
    qualifications: Iterable[Qualification], training: str, raises: Mapping[str, int], on: date
) -> tuple[Qualification, ...]:
    """Return the qualifications by which a trainer may teach a training on a day; empty when he may not.

    He may when the training is named, or when it raises competencies and each of them is covered to at least the level
    that the training gives. A training that raises nothing has to be named.

    Parameters
    ----------
    raises : mapping of str to int
        Level that the training gives, by code of the competency.
    """
    held = [one for one in qualifications if one.holds_on(on)]
    named = tuple(one for one in held if one.training == training)
    if named:
        return named
    found: list[Qualification] = []
    for competency, level in sorted(raises.items()):
        best = max((one for one in held if one.competency == competency), key=lambda one: one.level or 0, default=None)
        if best is None or (best.level or 0) < level:
            return ()
        found.append(best)
    return tuple(found)


def may_teach(qualifications: Iterable[Qualification], training: str, raises: Mapping[str, int], on: date) -> bool:
    """Whether a trainer may teach a training on a day; see `covering` for the rule."""
    return bool(covering(qualifications, training, raises, on))


@dataclass(frozen=True, slots=True)
class TravelTimes:
    """How long the way between two places takes, the same in both directions.

    A place is a building with its district after the last comma (``Kampus BKPSDM, Kota Gorontalo``), or a district alone.
    Ways are recorded between districts; one between two buildings, when it is recorded, counts before it.

    Attributes
    ----------
    known : mapping of (str, str) to int
        Minutes by the two places in the order of their letters.
    """

    known: Mapping[tuple[str, str], int]

    def travel_minutes(self, place: str, other: str) -> int | None:
        """Return the minutes between two places: 0 within a district, None where nobody has recorded the way."""
        if place == other:
            return 0
        exact = self.known.get((min(place, other), max(place, other)))
        if exact is not None:
            return exact
        district, other_district = district_of(place), district_of(other)
        if district == other_district:
            return 0
        return self.known.get((min(district, other_district), max(district, other_district)))


def district_of(place: str) -> str:
    """Return the district of a place: what stands after its last comma; the whole text where there is none.

    Examples
    --------
    >>> district_of("Kampus BKPSDM, Kota Gorontalo"), district_of("Limboto")
    ('Kota Gorontalo', 'Limboto')
    """
    return place.rpartition(",")[2].strip()


def make_travel_times(ways: Iterable[tuple[str, str, int]]) -> TravelTimes:
    """Take ways (place, other place, minutes) in either direction; of a way that is named twice the last counts."""
    return TravelTimes({(min(place, other), max(place, other)): minutes for place, other, minutes in ways})


def spans_of(days: Iterable[date]) -> tuple[Span, ...]:
    """Join days that follow each other into spans, in order."""
    spans: list[Span] = []
    for day in sorted(set(days)):
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return tuple(spans)


def free_spans(worked: Iterable[date], taken: Iterable[Span]) -> tuple[tuple[Span, int], ...]:
    """Return the runs of working days on which nothing is taken, each with how many working days it has.

    A week-end or a holiday between two free days does not part them; a taken day does.

    Parameters
    ----------
    worked : iterable of date
        Days of work, rising.
    taken : iterable of Span
    """
    busy = list(taken)
    runs: list[tuple[Span, int]] = []
    whole = False
    for day in worked:
        if any(first <= day <= last for first, last in busy):
            whole = False
            continue
        if whole:
            (first, _), count = runs[-1]
            runs[-1] = ((first, day), count + 1)
        else:
            runs.append(((day, day), 1))
        whole = True
    return tuple(runs)
