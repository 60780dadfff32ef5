"""When a unit works: days that are closed and why, hours of each day, the days and hours between two dates.

Minutes count from midnight in the unit's own local time (WITA). A calendar covers a span of days; whoever asks about a
day outside of it is told so, because an unknown holiday would look like a day of work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from kompetensi.messages import Message, say

__all__ = ["Closure", "ClosureKind", "DayOverride", "Hours", "NationalDay", "WeekHours", "WorkedDay", "WorkingTime",
           "count_minutes", "count_working_days", "lies_within", "make_working_time", "next_working_day", "read_week",
           "week_text"]

Hours = tuple[tuple[int, int], ...]
"""Spans of a day, (first minute, minute after the last), in order and without overlap; a gap is a break."""

_DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2})[.:](\d{2})-(\d{1,2})[.:](\d{2})")
_DAYS = re.compile(r"([1-7])(?:-([1-7]))?")


class ClosureKind(StrEnum):
    """Why a day is not worked."""

    NATIONAL = "NATIONAL"
    JOINT_LEAVE = "JOINT_LEAVE"
    LOCAL = "LOCAL"
    REST = "REST"


@dataclass(frozen=True, slots=True)
class Closure:
    """A day that is not worked.

    Attributes
    ----------
    kind : ClosureKind
        NATIONAL holiday, JOINT_LEAVE (*cuti bersama*), LOCAL decision, or REST: no day of work in this week.
    name : str or Message
    source : str
        Decree or collection that says so.
    confidence : str
        ``verified``, ``memory: unverified`` or ``model``, perhaps with a remark; empty when nobody has said.
    unit : str
        Name of the unit that decided it; empty unless LOCAL.
    """

    kind: ClosureKind
    name: str | Message
    source: str = ""
    confidence: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class NationalDay:
    """A day of the national calendar; `kind` is NATIONAL or JOINT_LEAVE."""

    day: date
    kind: ClosureKind
    name: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class DayOverride:
    """What a unit, or one above it, has decided about a day.

    Attributes
    ----------
    height : int
        0 for the unit itself, 1 for the one above, and so on; of several the lowest counts.
    worked : bool
        True reopens a day, False closes it.
    unit : str
        Name of the unit that decided.
    """

    day: date
    height: int
    worked: bool
    name: str
    unit: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class WorkedDay:
    """A day that is worked although the national calendar or the week closes it; `instead_of` is what it would be."""

    name: str
    unit: str
    source: str
    confidence: str
    instead_of: Closure | None


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Hours of a week from a day on.

    Attributes
    ----------
    valid_from : date
        First day on which it counts.
    height : int
        0 for the unit's own, higher for those above it, highest for the general rule; of several the lowest counts.
    days : mapping of int to Hours
        By weekday, 1 Monday .. 7 Sunday; a weekday without hours is not worked.
    """

    valid_from: date
    height: int
    days: Mapping[int, Hours]
    unit: str = ""
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The working time of a unit in a span of days; make it with `make_working_time`.

    Attributes
    ----------
    first, last : date
        The span it knows, both inclusive.
    closures : mapping of date to Closure
        Days of the span that are closed for another reason than the week.
    worked : mapping of date to WorkedDay
        Days of the span that a decision reopens.
    weeks : tuple of WeekHours
        By first day; each counts until the next begins.
    """

    first: date
    last: date
    closures: Mapping[date, Closure]
    worked: Mapping[date, WorkedDay]
    weeks: tuple[WeekHours, ...]

    def closed_on(self, day: date) -> Closure | None:
        """Say why a day is not worked; None for a day of work.

        Raises
        ------
        ValueError
            If the day lies outside of the span.
        """
        self._check(day)
        if (closure := self.closures.get(day)) is not None:
            return closure
        return None if self.hours_on(day) else REST

    def hours_on(self, day: date) -> Hours:
        """Return the hours of a day, in order; empty for a day that is not worked.

        A day of rest that a decision reopens has the hours of the first working day of the week.

        Raises
        ------
        ValueError
            If the day lies outside of the span.
        """
        self._check(day)
        week = self.week_of(day)
        if week is None or day in self.closures:
            return ()
        hours = week.days.get(day.isoweekday(), ())
        if not hours and day in self.worked:
            return next((week.days[weekday] for weekday in sorted(week.days) if week.days[weekday]), ())
        return hours

    def week_of(self, day: date) -> WeekHours | None:
        """Return the hours of the week that count on a day; None when none have begun."""
        return next((week for week in reversed(self.weeks) if week.valid_from <= day), None)

    def _check(self, day: date) -> None:
        if not self.first <= day <= self.last:
            raise ValueError(f"{day} lies outside of the working time from {self.first} to {self.last}")


REST = Closure(ClosureKind.REST, say("Bukan hari kerja"))


def make_working_time(
    first: date, last: date, *, national: Iterable[NationalDay], overrides: Iterable[DayOverride],
    weeks: Iterable[WeekHours],
) -> WorkingTime:
    """Lay decisions over the national calendar, and the weeks of a unit over those of the units above it.

    Of several decisions about a day that of the nearest unit counts; of several weeks the nearest unit's, and of these
    the newest. A national holiday goes before joint leave on the same day.

    Parameters
    ----------
    first, last : date
        The span, both inclusive.
    national : iterable of NationalDay
    overrides : iterable of DayOverride
        At most one a day and height.
    weeks : iterable of WeekHours
        At most one a first day and height.

    Raises
    ------
    ValueError
        If `last` is before `first`.
    """
    if last < first:
        raise ValueError(f"a span cannot end on {last} before it begins on {first}")
    closures: dict[date, Closure] = {}
    for known in sorted(national, key=lambda known: (known.day, known.kind is ClosureKind.JOINT_LEAVE, known.name)):
        if first <= known.day <= last:
            closures.setdefault(known.day, Closure(known.kind, known.name, known.source, known.confidence))
    chosen = _in_force(weeks, first, last)
    worked: dict[date, WorkedDay] = {}
    week = WorkingTime(first, last, {}, {}, chosen)
    # The farthest unit decides first, so that each nearer one has its word over it.
    for override in sorted(overrides, key=lambda override: (-override.height, override.day)):
        day = override.day
        if not first <= day <= last:
            continue
        if override.worked:
            before = worked[day].instead_of if day in worked else closures.pop(day, None) or week.closed_on(day)
            worked[day] = WorkedDay(override.name, override.unit, override.source, override.confidence, before)
        else:
            worked.pop(day, None)
            closures[day] = Closure(ClosureKind.LOCAL, override.name, override.source, override.confidence, override.unit)
    return WorkingTime(first, last, closures, worked, chosen)


def _in_force(weeks: Iterable[WeekHours], first: date, last: date) -> tuple[WeekHours, ...]:
    """Return what counts from each day on which something changes, the first of them on or before `first`."""
    all_weeks = tuple(weeks)
    changes = sorted({first, *(week.valid_from for week in all_weeks if first < week.valid_from <= last)})
    chosen: list[WeekHours] = []
    for day in changes:
        begun = [week for week in all_weeks if week.valid_from <= day]
        if not begun:
            continue
        best = min(begun, key=lambda week: (week.height, -week.valid_from.toordinal()))
        if not chosen or chosen[-1] is not best:
            chosen.append(best)
    return tuple(chosen)


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def next_working_day(time: WorkingTime, day: date) -> date | None:
    """Return the first day of work on or after a day; None when the span has none any more."""
    return next((later for later in _days(day, time.last) if time.hours_on(later)), None)


def count_working_days(time: WorkingTime, first: date, last: date) -> int:
    """Count the days of work from one day to another, both inclusive; 0 when `last` is before `first`."""
    return sum(bool(time.hours_on(day)) for day in _days(first, last))


def count_minutes(time: WorkingTime, first: date, last: date) -> int:
    """Count the minutes of work from one day to another, both inclusive, breaks left out."""
    return sum(ends - starts for day in _days(first, last) for starts, ends in time.hours_on(day))


def lies_within(hours: Sequence[tuple[int, int]], starts: int, ends: int) -> bool:
    """Whether something lies between the first and the last minute of a day's work; a break in it is no obstacle."""
    return bool(hours) and hours[0][0] <= starts and ends <= hours[-1][1]


def read_week(text: str) -> dict[int, Hours]:
    """Read the hours of a week as people write them.

    Parameters
    ----------
    text : str
        Days (1 Monday .. 7 Sunday) with their spans, parts apart by semicolons:
        ``1-4 07.30-12.00 13.00-16.00; 5 07.30-11.30 13.00-16.30``. A day that is not named is not worked.

    Raises
    ------
    ValueError
        With the part that cannot be read, names a day again, or has spans that overlap or stand in the wrong order.
    """
    week: dict[int, Hours] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        named, *spans = part.split()
        found = _DAYS.fullmatch(named)
        if found is None or not spans:
            raise ValueError(f"hours of a week: {part!r}")
        hours = tuple(_read_span(span) for span in spans)
        if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
            raise ValueError(f"hours of a week: {part!r}")
        for weekday in range(int(found[1]), int(found[2] or found[1]) + 1):
            if weekday in week:
                raise ValueError(f"hours of a week: {part!r}")
            week[weekday] = hours
    if not week:
        raise ValueError(f"hours of a week: {text!r}")
    return week


def _read_span(text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"hours of a week: {text!r}")
    hour, minute, end_hour, end_minute = (int(number) for number in found.groups())
    starts, ends = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or not starts < ends <= _DAY_MINUTES:
        raise ValueError(f"hours of a week: {text!r}")
    return starts, ends


def week_text(week: Mapping[int, Hours]) -> str:
    """Write the hours of a week so that `read_week` reads them; neighbours with the same hours stand together."""
    parts: list[tuple[int, int, Hours]] = []
    for weekday in sorted(day for day, hours in week.items() if hours):
        if parts and parts[-1][1] == weekday - 1 and parts[-1][2] == week[weekday]:
            parts[-1] = (parts[-1][0], weekday, week[weekday])
        else:
            parts.append((weekday, weekday, week[weekday]))
    return "; ".join(
        " ".join([str(first) if first == last else f"{first}-{last}",
                  *(f"{starts // 60:02d}.{starts % 60:02d}-{ends // 60:02d}.{ends % 60:02d}" for starts, ends in hours)])
        for first, last, hours in parts)
