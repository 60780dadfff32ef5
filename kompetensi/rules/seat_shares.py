"""Whose turn it is for the seats of a batch: seats reserved for agencies, seats an agency takes at most, and the queue.

The queue is fair between agencies: each seat that becomes free goes to the agency that has the smallest part of what it is
entitled to; inside of an agency to the one whose path ends first, then to the one who asked first, then by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from kompetensi.messages import Hundredths, Message, say

__all__ = ["Agency", "Place", "Quota", "QuotaRefusal", "Waiter", "first_in_line", "held_back", "line_up",
           "quota_refusal"]


@dataclass(frozen=True, slots=True)
class Quota:
    """What a batch keeps for an agency, and how much of it is taken.

    Attributes
    ----------
    unit, name : str
        Code and name of the unit; its seats are for it and everything below it.
    above : frozenset of str
        Codes of the unit itself and of all units above it.
    reserved : int
        Seats kept for it.
    reserved_until : date
        Last day on which they are kept, inclusive.
    most : int or None
        Seats it takes at most; None = no limit.
    taken : int
        Seats that its people hold.
    """

    unit: str
    name: str
    above: frozenset[str]
    reserved: int
    reserved_until: date
    most: int | None
    taken: int

    def kept(self, on: date) -> int:
        """Return how many seats are still kept for it on a day."""
        return max(0, self.reserved - self.taken) if on <= self.reserved_until else 0


@dataclass(frozen=True, slots=True)
class QuotaRefusal:
    """Why the quotas leave no seat for somebody: the fact, and what would change it."""

    fact: Message
    remedy: Message


def _within(quotas: Sequence[Quota]) -> dict[str, list[Quota]]:
    """Return the quotas by the unit of the nearest quota above each; under the empty name those without one."""
    found: dict[str, list[Quota]] = {}
    for quota in quotas:
        around = [other for other in quotas if other.unit != quota.unit and other.unit in quota.above]
        nearest = max(around, key=lambda other: len(other.above), default=None)
        found.setdefault(nearest.unit if nearest else "", []).append(quota)
    return found


def held_back(quotas: Sequence[Quota], units: frozenset[str], on: date) -> tuple[int, tuple[Quota, ...]]:
    """Return how many free seats are kept for others on a day, and for whom.

    Parameters
    ----------
    units : frozenset of str
        Codes of the person's unit and of all units above it.

    Notes
    -----
    Seats kept for a unit inside of an agency with a quota of its own are a part of that agency's; they are not counted
    twice.
    """
    within = _within(quotas)

    def need(quota: Quota) -> int:
        return max(quota.kept(on), sum(need(part) for part in within.get(quota.unit, ())))

    count, others = 0, []
    waiting = list(within.get("", ()))
    while waiting:
        quota = waiting.pop()
        if quota.unit in units:
            waiting += within.get(quota.unit, ())
        elif need(quota):
            count += need(quota)
            others.append(quota)
    return count, tuple(sorted(others, key=lambda quota: (quota.name, quota.unit)))


def quota_refusal(quotas: Sequence[Quota], units: frozenset[str], free: int, on: date) -> QuotaRefusal | None:
    """Return why somebody of a unit gets none of the free seats, or None when the quotas leave him one.

    Parameters
    ----------
    units : frozenset of str
        Codes of the person's unit and of all units above it.
    free : int
        Seats of the batch that nobody holds.
    """
    for quota in sorted(quotas, key=lambda quota: (-len(quota.above), quota.unit)):
        if quota.unit in units and quota.most is not None and quota.taken >= quota.most:
            return QuotaRefusal(
                say("Jatah %(unit)s pada angkatan ini, %(most)s kursi, sudah terisi.", unit=quota.name, most=quota.most),
                say("Tunggu kursi yang dilepas pegawai %(unit)s, atau pilih angkatan lain.", unit=quota.name))
    kept, others = held_back(quotas, units, on)
    if not kept or free > kept:
        return None
    last = max(quota.reserved_until for quota in others)
    return QuotaRefusal(
        say("%(count)s kursi yang tersisa disimpan untuk %(units)s sampai %(day)s.", count=max(0, free),
            units=tuple(quota.name for quota in others), day=last),
        say("Tunggu sampai kursi itu dibuka untuk semua sesudah %(day)s, atau pilih angkatan lain.", day=last))


# --- the queue -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency in a batch.

    Attributes
    ----------
    code, name : str
    size : int
        How many people work there; counted as at least 1.
    reserved : int
        Seats reserved for it in this batch, whether still kept or not; 0 = none.
    taken : int
        Seats that its people hold.
    """

    code: str
    name: str
    size: int
    reserved: int
    taken: int


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits for a seat.

    Attributes
    ----------
    id : int
        Number of the enrolment; the last thing that decides.
    agency : str
        Code of the agency.
    deadline : date or None
        By when the person's path or target wants him ready; None = no date, after all who have one.
    asked_at : datetime
    """

    id: int
    agency: str
    deadline: date | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue.

    Attributes
    ----------
    number : int
        From 1.
    waiter : Waiter
    taken : int
        Seats of the agency when his turn comes: those held, and those that go to people of the agency before him.
    entitled : Fraction
        Seats that the agency is entitled to, above 0.
    because : Message
        Why he stands there.
    """

    number: int
    waiter: Waiter
    taken: int
    entitled: Fraction
    because: Message


def line_up(waiters: Iterable[Waiter], agencies: Mapping[str, Agency], seats: int) -> tuple[Place, ...]:
    """Put people who wait into the order in which seats that become free are offered.

    Parameters
    ----------
    waiters : iterable of Waiter
        In any order.
    agencies : mapping of str to Agency
        By code; those of all who wait or hold a seat.
    seats : int
        Seats of the batch.

    Returns
    -------
    tuple of Place
        By number; the order of `waiters` does not matter.

    Notes
    -----
    An agency with reserved seats is entitled to these. The others share what is left, at least one seat, in proportion to
    how many people work there. A seat goes to the agency whose seats taken, divided by what it is entitled to, are least;
    among agencies that are level, and inside of an agency, to the earliest deadline, the earliest request, the lowest
    number. A seat that is given counts for the next.
    """
    queues: dict[str, list[Waiter]] = {}
    for waiter in sorted(waiters, key=_own_turn):
        queues.setdefault(waiter.agency, []).append(waiter)
    entitled = _entitled(agencies, seats)
    taken = {code: agency.taken for code, agency in agencies.items()}
    places: list[Place] = []
    while queues:
        code = min(queues, key=lambda code: (Fraction(taken[code]) / entitled[code], _own_turn(queues[code][0])))
        waiter = queues[code].pop(0)
        places.append(Place(len(places) + 1, waiter, taken[code], entitled[code],
                            _because(agencies[code], taken[code], entitled[code], waiter)))
        taken[code] += 1
        if not queues[code]:
            del queues[code]
    return tuple(places)


def first_in_line(waiters: Iterable[Waiter], agencies: Mapping[str, Agency], seats: int) -> Place:
    """Return the first place of `line_up`; at least one must wait."""
    entitled = _entitled(agencies, seats)
    first = min(waiters, key=lambda waiter: (
        Fraction(agencies[waiter.agency].taken) / entitled[waiter.agency], _own_turn(waiter)))
    agency = agencies[first.agency]
    return Place(1, first, agency.taken, entitled[first.agency],
                 _because(agency, agency.taken, entitled[first.agency], first))


def _own_turn(waiter: Waiter) -> tuple[date, datetime, int]:
    return waiter.deadline or date.max, waiter.asked_at, waiter.id


def _entitled(agencies: Mapping[str, Agency], seats: int) -> dict[str, Fraction]:
    left = max(1, seats - sum(agency.reserved for agency in agencies.values()))
    people = sum(max(1, agency.size) for agency in agencies.values() if not agency.reserved)
    return {code: Fraction(agency.reserved) if agency.reserved else Fraction(left * max(1, agency.size), people)
            for code, agency in agencies.items()}


def _because(agency: Agency, taken: int, entitled: Fraction, waiter: Waiter) -> Message:
    share = say("%(agency)s memegang %(taken)s kursi; bagiannya %(entitled)s kursi.", agency=agency.name, taken=taken,
                entitled=Hundredths(round(entitled * 100)))
    if waiter.deadline is not None:
        return say("%(share)s Di dalamnya didahulukan tenggat kesiapan %(day)s, lalu permintaan %(asked)s.", share=share,
                   day=waiter.deadline, asked=waiter.asked_at)
    return say("%(share)s Di dalamnya menurut waktu permintaan, %(asked)s.", share=share, asked=waiter.asked_at)
