"""What a timetable says: the runs, who sits in them, how good it is and how good it could be at best."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kompetensi.messages import Message

__all__ = ["AgencyShare", "Lecture", "Measure", "Progress", "Refusal", "Rule", "Run", "Seating", "SlotTimetable", "Status",
           "Timetable"]


class Status(StrEnum):
    """How an answer ended: proven best, best found, proven impossible, or nothing found in time."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Run:
    """A planned run of a course.

    Attributes
    ----------
    stages : tuple of tuple of date
        Days of each stage, in order.
    room : str or None
        None if no stage is classical.
    trainers : tuple of tuple of str
        For each need of the course the trainers who serve it, by id.
    seats : int
        How many people can sit in it: the course's maximum or the room's seats.
    participants : int
        How many people sit in it.
    cost_idr : int
        Of the run, its trainers and their travel, without its seats.
    """

    id: str
    course: str
    stages: tuple[tuple[date, ...], ...]
    hour: int
    room: str | None
    trainers: tuple[tuple[str, ...], ...]
    seats: int
    participants: int
    cost_idr: int

    @property
    def first_day(self) -> date:
        """First day of the first stage."""
        return self.stages[0][0]

    @property
    def last_day(self) -> date:
        """Last day of the last stage."""
        return self.stages[-1][-1]


@dataclass(frozen=True, slots=True)
class Seating:
    """`count` people of a profile who sit in the same runs, one for each course of the profile and in that order."""

    profile: str
    runs: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class AgencyShare:
    """How an agency fares.

    Attributes
    ----------
    people, ready : int
    share : int
        Its fair share of those who are ready: floor(all ready x people / all people).
    """

    agency: str
    people: int
    ready: int
    share: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What is optimised, the first before the second before the third.

    Attributes
    ----------
    value : int
        Sum of the weights of the people who are ready by their date; the more the better.
    runs : int
        Planned runs; the fewer the better.
    run_cost_idr : int
        Cost of planned runs without their seats; the less the better.
    """

    value: int
    runs: int
    run_cost_idr: int

    def is_better_than(self, other: Measure) -> bool:
        """Whether this is strictly better."""
        return self._key > other._key

    @property
    def _key(self) -> tuple[int, int, int]:
        return self.value, -self.runs, -self.run_cost_idr


@dataclass(frozen=True, slots=True)
class Timetable:
    """An answer to a `Problem`.

    Attributes
    ----------
    status : Status
        OPTIMAL only if `measure` is proven the best; never INFEASIBLE, for the empty timetable is one, unless fixed runs clash
        with nothing but themselves, which is left to them.
    runs : tuple of Run
        By first day, hour, course, id; fixed runs not among them.
    seatings : tuple of Seating
        By place of the profile, then runs. People who do not become ready have no seat.
    measure : Measure
    bound : int
        Proven: no timetable has a greater value.
    ready, people : int
        Persons, each counted once.
    seat_cost_idr : int
    shortfall : int
        Sum over agencies of what is missing to their fair share.
    agencies : tuple of AgencyShare
        By name.
    changes : int or None
        How many runs differ from the timetable before; None if there was none.
    """

    status: Status
    runs: tuple[Run, ...]
    seatings: tuple[Seating, ...]
    measure: Measure
    bound: int
    ready: int
    people: int
    seat_cost_idr: int
    shortfall: int
    agencies: tuple[AgencyShare, ...]
    changes: int | None = None

    @property
    def proven(self) -> bool:
        """Whether no timetable is better by `Measure`."""
        return self.status is Status.OPTIMAL

    @property
    def cost_idr(self) -> int:
        """Rupiah of the planned runs and the seats in them."""
        return self.measure.run_cost_idr + self.seat_cost_idr

    @property
    def gap_ratio(self) -> float:
        """How far the value may be from the best possible, in parts of the bound; 0 if nothing can be better."""
        return 1 - self.measure.value / self.bound if self.bound else 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known while the search goes on.

    Attributes
    ----------
    step : str
        What was just done: ``greedy``, ``seating``, ``bound``, ``placement``, ``rebuild``, ``neighbourhood``, ``done``.
    seconds : float
        Since the beginning, by the caller's clock.
    timetable : Timetable
        The best so far; a caller that stops may keep it.
    """

    step: str
    seconds: float
    timetable: Timetable


class Rule(StrEnum):
    """Hard rules that can refuse a slot."""

    HORIZON = "HORIZON"
    CLOSED = "CLOSED"
    START = "START"
    GAP = "GAP"
    FIXED = "FIXED"
    ROOM_TAKEN = "ROOM_TAKEN"
    ROOM_CLOSED = "ROOM_CLOSED"
    ROOM_SEATS = "ROOM_SEATS"
    ROOM_FEATURES = "ROOM_FEATURES"
    ROOM_MISSING = "ROOM_MISSING"
    TRAINER_TAKEN = "TRAINER_TAKEN"
    TRAINER_ABSENT = "TRAINER_ABSENT"
    TRAINER_UNQUALIFIED = "TRAINER_UNQUALIFIED"
    TRAINER_LOAD = "TRAINER_LOAD"
    TRAINER_TRAVEL = "TRAINER_TRAVEL"
    TRAINER_MISSING = "TRAINER_MISSING"
    PARTICIPANT_TAKEN = "PARTICIPANT_TAKEN"
    PARTICIPANT_AWAY = "PARTICIPANT_AWAY"
    PREREQUISITE = "PREREQUISITE"
    DEADLINE = "DEADLINE"
    PARALLEL = "PARALLEL"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a run cannot be where it was asked for: the rule, and the fact that breaks it in words."""

    rule: Rule
    fact: Message


@dataclass(frozen=True, slots=True)
class Lecture:
    """One lecture of an event in its slot and room."""

    event: str
    day: int
    period: int
    room: str


@dataclass(frozen=True, slots=True)
class SlotTimetable:
    """An answer to a `SlotProblem`; `lectures` by event, day, period, empty unless FEASIBLE."""

    status: Status
    lectures: tuple[Lecture, ...]
