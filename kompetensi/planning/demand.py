"""Demand for trainings: by when each training that people need must end, and what that comes to.

A person's trainings are those of the path planner (`kompetensi.graph.undated`); here they get their last possible days. A
training that another one builds on must end before that one begins, so its last day is counted back from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kompetensi.graph.conditions import Condition, holds

__all__ = ["Course", "Line", "Need", "Wanted", "Wish", "aggregate", "duration_days", "schedule_back", "typical"]

_JP_A_DAY = 8
_DAYS_A_WEEK, _WORKDAYS_A_WEEK = 7, 5


@dataclass(frozen=True, slots=True)
class Course:
    """A training as demand sees it.

    Attributes
    ----------
    days : int
        Calendar days from first to last, at least 1.
    raises : tuple of (str, int)
        Competency and level given.
    """

    code: str
    days: int
    jp: int
    cost_idr: int
    entry: Condition
    raises: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """One training that a person needs.

    Attributes
    ----------
    training : str
    latest_end : date
        Last day on which it can end so that everything after it ends in time.
    before : tuple of str
        Trainings of the same person that must have ended before it begins, in the planner's order.
    """

    training: str
    latest_end: date
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person needs for one target.

    Attributes
    ----------
    needs : tuple of Need
        In the planner's order; empty = nothing is needed, or nothing helps.
    earliest_ready : date
        First day on which all of them can have ended when the first begins on the first day asked.
    in_time : bool
        Whether that is not after the day by which the person is to be ready.
    """

    needs: tuple[Need, ...]
    earliest_ready: date
    in_time: bool


def duration_days(jp: int, lengths: Iterable[int]) -> int:
    """Return how many calendar days a training takes from its first to its last.

    Parameters
    ----------
    jp : int
        Lesson hours of 45 minutes.
    lengths : iterable of int
        Calendar days of batches held or planned; their lower median counts. Without any, 8 JP a day on five days a week.
    """
    known = typical(lengths)
    if known is not None:
        return known
    workdays = max(1, -(-jp // _JP_A_DAY))
    weeks, rest = divmod(workdays - 1, _WORKDAYS_A_WEEK)
    return weeks * _DAYS_A_WEEK + rest + 1


def typical(values: Iterable[int]) -> int | None:
    """Return the lower median of some values, or None without any."""
    known = sorted(values)
    return known[(len(known) - 1) // 2] if known else None


def schedule_back(
    trainings: Sequence[str], courses: Mapping[str, Course], *, levels: Mapping[str, int], completed: Iterable[str],
    first_day: date, ready_by: date,
) -> Wish:
    """Give each training of a path its last possible day.

    Parameters
    ----------
    trainings : sequence of str
        In an order that satisfies every entry condition, as the planner returns them.
    courses : mapping of str to Course
        At least those trainings.
    levels, completed
        What the person has before.
    first_day : date
        First day on which a training can begin.
    ready_by : date
        Last day on which the last training may end, inclusive.

    Notes
    -----
    Two trainings are bound to an order only where an entry condition asks for it. Of several ways to satisfy one, the
    trainings that come first in the planner's order are kept, and later ones are left out as long as the condition
    holds. That a person attends one training at a time is left to the timetable, which knows the days.
    """
    held = frozenset(completed)
    before = {code: _needed(code, trainings[:place], courses, levels, held) for place, code in enumerate(trainings)}
    latest = dict.fromkeys(trainings, ready_by)
    for code in reversed(trainings):
        begins = latest[code] - timedelta(days=courses[code].days - 1)
        for earlier in before[code]:
            latest[earlier] = min(latest[earlier], begins - timedelta(days=1))
    ends: dict[str, date] = {}
    for code in trainings:
        begins = max((ends[earlier] + timedelta(days=1) for earlier in before[code]), default=first_day)
        ends[code] = begins + timedelta(days=courses[code].days - 1)
    earliest_ready = max(ends.values(), default=first_day)
    return Wish(tuple(Need(code, latest[code], before[code]) for code in trainings), earliest_ready,
                not trainings or earliest_ready <= ready_by)


def _needed(
    code: str, earlier: Sequence[str], courses: Mapping[str, Course], levels: Mapping[str, int], held: frozenset[str]
) -> tuple[str, ...]:
    """Return which of the earlier trainings the entry of one rests on; none of them can be left out."""
    kept = list(earlier)
    for candidate in reversed(earlier):
        rest = [other for other in kept if other != candidate]
        if _opens(courses[code].entry, rest, courses, levels, held):
            kept = rest
    return tuple(kept)


def _opens(
    entry: Condition, trainings: Iterable[str], courses: Mapping[str, Course], levels: Mapping[str, int], held: frozenset[str]
) -> bool:
    passed, reached = set(held), dict(levels)
    for training in trainings:
        passed.add(training)
        for competency, level in courses[training].raises:
            reached[competency] = max(level, reached.get(competency, 0))
    return holds(entry, levels=reached, completed=passed)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person's need as it is counted.

    Attributes
    ----------
    person, unit : int
        Ids; `unit` is that of the agency.
    becomes_ready : bool
        Whether the person becomes ready in time with all that he needs, for one of his targets at least.
    """

    person: int
    unit: int
    need: Need
    becomes_ready: bool


@dataclass(frozen=True, slots=True)
class Line:
    """How many people of an agency need a training by a month.

    Attributes
    ----------
    month : date
        First day of the month in which the training must have ended.
    jp, cost_idr : int
        Of the training, times people.
    """

    training: str
    month: date
    unit: int
    people: int
    become_ready: int
    jp: int
    cost_idr: int


def aggregate(
    wanted: Iterable[Wanted], courses: Mapping[str, Course], *, first_day: date, last_day: date
) -> tuple[Line, ...]:
    """Count needs by training, month and agency.

    Who needs a training for several targets is counted once, in the earliest of their months. What must have ended before
    the first month can end, is counted in the first month in which it can; what is needed only after `last_day` is not
    counted.

    Returns
    -------
    tuple of Line
        In order of training, month, unit.
    """
    months: dict[tuple[int, str], date] = {}
    units: dict[int, int] = {}
    ready: dict[tuple[int, str], bool] = {}
    for item in wanted:
        key = item.person, item.need.training
        soonest = first_day + timedelta(days=courses[item.need.training].days - 1)
        month = max(item.need.latest_end, soonest).replace(day=1)
        months[key] = min(month, months.get(key, month))
        ready[key] = item.becomes_ready or ready.get(key, False)
        units[item.person] = item.unit
    counted: dict[tuple[str, date, int], list[int]] = {}
    for (person, training), month in months.items():
        if month > last_day:
            continue
        count = counted.setdefault((training, month, units[person]), [0, 0])
        count[0] += 1
        count[1] += ready[person, training]
    return tuple(
        Line(training, month, unit, people, become_ready, people * courses[training].jp, people * courses[training].cost_idr)
        for (training, month, unit), (people, become_ready) in sorted(counted.items()))
