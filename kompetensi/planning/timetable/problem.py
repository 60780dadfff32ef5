"""The question that a timetable answers (docs/formats/timetable.md) as plain values.

Two shapes: `Problem`, which batches of which courses a training centre runs, and `SlotProblem`, given events that all need
slots and rooms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

__all__ = [
    "Calendar",
    "Course",
    "Event",
    "FixedRun",
    "Mode",
    "Problem",
    "Profile",
    "Room",
    "SlotProblem",
    "SlotRoom",
    "Stage",
    "Starts",
    "Trainer",
    "TrainerNeed",
    "Travel",
]


class Mode(StrEnum):
    """How a stage is held; classical takes place in the room of the run."""

    CLASSICAL = "classical"
    DISTANCE = "distance"
    SELF_STUDY = "self_study"
    OFF_CAMPUS = "off_campus"

    @property
    def is_taught(self) -> bool:
        """Whether it keeps participants and trainers busy, on open days only; else it lasts calendar days and blocks nobody."""
        return self in (Mode.CLASSICAL, Mode.DISTANCE)


class Starts(StrEnum):
    """On which open days a run may begin: on each, or on the first of each calendar week (Monday to Sunday)."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The horizon and its working time.

    Attributes
    ----------
    first_day, last_day : date
        Inclusive; every stage lies between them.
    weekdays : frozenset of int
        Days of the week that are open, 1 = Monday .. 7 = Sunday.
    closed : frozenset of date
        Holidays; a day is open if its weekday is and it stands not here.
    first_hour, last_hour : int
        Teaching happens from the full hour `first_hour` to the full hour `last_hour`, 0 <= first < last <= 24.
    """

    first_day: date
    last_day: date
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    closed: frozenset[date] = frozenset()
    first_hour: int = 8
    last_hour: int = 16
    starts: Starts = Starts.DAY


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a course.

    Attributes
    ----------
    days : int
        At least 1. Open days one after the other if the mode is taught, else calendar days.
    hours : int or None
        Hours of each day, from the hour at which the run's days begin; None = to the end of the working day.
    min_gap, max_gap : int, int or None
        Calendar days between the last day of the stage before and the first of this one; None = no limit. The first stage
        has none.
    """

    days: int
    mode: Mode = Mode.CLASSICAL
    hours: int | None = None
    min_gap: int = 0
    max_gap: int | None = None


@dataclass(frozen=True, slots=True)
class TrainerNeed:
    """Trainers whom every run of a course needs, the same ones in all of `stages`.

    Attributes
    ----------
    subject, level : str, int
        What each must teach, and at least how well.
    count : int
        How many different trainers, at least 1.
    jp : int
        Load of each of them, per run.
    stages : tuple of int or None
        Places of the taught stages in which they are busy, from 0; None = all that are taught.
    """

    subject: str
    level: int = 0
    count: int = 1
    jp: int = 0
    stages: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A training that can be run in batches.

    Attributes
    ----------
    stages : tuple of Stage
        In order, at least one.
    max_participants, min_participants : int
        Of each run; 0 <= min <= max.
    cost_idr, cost_per_participant_idr : int
        Rupiah of a run, and of each seat taken by a participant.
    features : frozenset of str
        What the room must have.
    trainers : tuple of TrainerNeed
        No trainer serves two needs of one run.
    prerequisites : frozenset of str
        A person who needs one of these courses too ends it before the first day of this one.
    start_hours : tuple of int
        Hours at which the days of a run may begin, the same all days; empty = the first of the working day.
    max_runs : int or None
        Of the horizon, fixed runs not counted.
    parallel : int
        How many runs may begin on the same day at the same hour.
    """

    code: str
    stages: tuple[Stage, ...]
    max_participants: int
    min_participants: int = 0
    jp: int = 0
    cost_idr: int = 0
    cost_per_participant_idr: int = 0
    features: frozenset[str] = frozenset()
    trainers: tuple[TrainerNeed, ...] = ()
    prerequisites: frozenset[str] = frozenset()
    start_hours: tuple[int, ...] = ()
    max_runs: int | None = None
    parallel: int = 1


@dataclass(frozen=True, slots=True)
class Room:
    """A room; `closed` are the days on which it cannot be used, whole days."""

    id: str
    seats: int
    place: str = ""
    features: frozenset[str] = frozenset()
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Trainer:
    """Somebody who teaches.

    Attributes
    ----------
    teaches : mapping of str to int
        Subject to level.
    absent : frozenset of date
        Whole days.
    max_jp : int or None
        Load that planned runs may give; None = no limit. What fixed runs take has been taken off.
    home : str
        Place that costs no travel; empty = none does.
    external : bool
        From outside the centre; the fee is what makes the difference, this only tells.
    fee_per_jp_idr : int
        Rupiah for each JP of load.
    """

    id: str
    teaches: Mapping[str, int] = field(default_factory=dict)
    absent: frozenset[date] = frozenset()
    max_jp: int | None = None
    home: str = ""
    external: bool = False
    fee_per_jp_idr: int = 0


@dataclass(frozen=True, slots=True)
class Travel:
    """A way between two places, in both directions.

    Attributes
    ----------
    hours : int
        Working hours of open days that a trainer must have free between teaching in one place and in the other.
    cost_idr : int
        Rupiah for each run in one of the places that takes a trainer whose home is the other.
    """

    place: str
    other: str
    hours: int = 0
    cost_idr: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """People who need the same courses by the same day.

    Attributes
    ----------
    courses : tuple of str
        All of them, no two the same, at least one.
    ready_by : date
        Last day on which the last of them may end, inclusive.
    count, weight : int
        How many people, and what each of them counts; at least 1.
    away : frozenset of date
        Days on which they can attend no taught stage.
    order : tuple of (str, str)
        Pairs of `courses`: the first ends before the first day of the second; beside the prerequisites of the courses.
    """

    id: str
    courses: tuple[str, ...]
    ready_by: date
    count: int = 1
    weight: int = 1
    agency: str = ""
    away: frozenset[date] = frozenset()
    order: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FixedRun:
    """A run that stays as it is.

    Attributes
    ----------
    stages : tuple of tuple of date
        Days of each stage of the course, in order.
    hour : int
        At which its days begin.
    room : str or None
        None where no stage is classical, or it takes place in no room of the problem.
    trainers : tuple of str
        Busy in all its taught stages.
    seats_free : int
        Seats that people of the problem may take.
    """

    id: str
    course: str
    stages: tuple[tuple[date, ...], ...]
    hour: int
    room: str | None = None
    trainers: tuple[str, ...] = ()
    seats_free: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """What a training centre has and who needs what by when.

    Attributes
    ----------
    max_runs, budget_idr : int or None
        Of all planned runs; fixed runs and seats in them are paid for already.
    """

    calendar: Calendar
    courses: tuple[Course, ...] = ()
    rooms: tuple[Room, ...] = ()
    trainers: tuple[Trainer, ...] = ()
    profiles: tuple[Profile, ...] = ()
    travel: tuple[Travel, ...] = ()
    fixed: tuple[FixedRun, ...] = ()
    max_runs: int | None = None
    budget_idr: int | None = None


@dataclass(frozen=True, slots=True)
class SlotRoom:
    """A room of a `SlotProblem`; `unavailable` are (day, period), both from 0."""

    id: str
    seats: int
    features: frozenset[str] = frozenset()
    unavailable: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is held `lectures` times, each in a slot of its own.

    Attributes
    ----------
    size : int
        Seats that the room must have.
    rooms : frozenset of str or None
        The rooms that it may use; None = all with seats and features.
    max_per_day : int or None
        Lectures of one day.
    """

    id: str
    lectures: int = 1
    size: int = 0
    teachers: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    rooms: frozenset[str] | None = None
    unavailable: frozenset[tuple[int, int]] = frozenset()
    max_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class SlotProblem:
    """Events that all need slots and rooms.

    Attributes
    ----------
    days, periods : int
        A slot is a (day, period), both from 0.
    groups : mapping of str to frozenset of str
        Clash groups: of the events of one group no two are held in the same slot.
    teachers_unavailable : mapping of str to frozenset of (int, int)
    """

    days: int
    periods: int
    events: tuple[Event, ...] = ()
    rooms: tuple[SlotRoom, ...] = ()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    teachers_unavailable: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
