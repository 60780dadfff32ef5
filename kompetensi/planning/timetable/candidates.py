"""Every place in time that a run could have, as numbers: days as ordinals, busy hours as bits of one integer.

A cell is a stretch of a day that every stage fills wholly or not at all; cell `c` is bit ``1 << c``. Two runs clash exactly
if their masks have a bit in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kompetensi.planning.timetable.problem import Calendar, Course, FixedRun, Mode, Problem, Profile, Room, Starts

__all__ = ["Candidate", "Grid", "Layout", "Occupancy", "occupancy", "room_fits", "travel_cost"]


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What a run keeps busy.

    Attributes
    ----------
    people, room : int
        Masks of all taught and of all classical stages.
    taught, classical : tuple of int
        By stage; 0 where it is not taught, not classical.
    """

    people: int
    room: int
    taught: tuple[int, ...]
    classical: tuple[int, ...]

    def need(self, stages: tuple[int, ...] | None) -> int:
        """Return the mask of trainers who are there in `stages`, all of them if None."""
        return self.people if stages is None else _union(self.taught[place] for place in stages)

    def need_in_room(self, stages: tuple[int, ...] | None) -> int:
        """Return the part of `need` that happens in the room."""
        return self.room if stages is None else _union(self.classical[place] for place in stages)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A day and hour at which a run of a course could begin.

    Attributes
    ----------
    course : int
        Place of the course in the problem.
    stages : tuple of tuple of int
        Days of each stage as ordinals.
    copy : int
        From 0 to the course's `parallel` - 1.
    """

    course: int
    stages: tuple[tuple[int, ...], ...]
    hour: int
    copy: int
    busy: Occupancy

    @property
    def first(self) -> int:
        """First day."""
        return self.stages[0][0]

    @property
    def last(self) -> int:
        """Last day."""
        return self.stages[-1][-1]


def _union(masks: Iterable[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


class Grid:
    """The horizon cut into cells.

    Parameters
    ----------
    problem : Problem
        Its fixed runs may lie on closed days and outside of the horizon; the grid reaches as far as they do.
    """

    def __init__(self, problem: Problem) -> None:
        calendar = problem.calendar
        self.calendar = calendar
        self.courses = {course.code: course for course in problem.courses}
        fixed_days = [day.toordinal() for run in problem.fixed for days in run.stages for day in days]
        self.base = min([calendar.first_day.toordinal(), *fixed_days])
        self.end = max([calendar.last_day.toordinal(), *fixed_days])
        self.cuts = self._cuts(problem)
        self.width = len(self.cuts) - 1

    def _cuts(self, problem: Problem) -> list[int]:
        """Return the hours at which something begins or ends; each hour if travel counts hours."""
        calendar = problem.calendar
        starts = {course.code: set(course.start_hours or (calendar.first_hour,)) for course in problem.courses}
        for run in problem.fixed:
            starts[run.course].add(run.hour)
        hours = {calendar.first_hour, calendar.last_hour}
        for course in problem.courses:
            for start in starts[course.code]:
                hours |= {start} | {self.end_hour(start, stage.hours) for stage in course.stages}
        if any(way.hours for way in problem.travel):
            hours |= set(range(min(hours), max(hours)))
        return sorted(hours)

    def end_hour(self, start: int, hours: int | None) -> int:
        """Return the hour at which a day ends."""
        return max(self.calendar.last_hour, start + 1) if hours is None else start + hours

    def is_open(self, day: int) -> bool:
        """Whether people may be taught on a day."""
        calendar = self.calendar
        then = date.fromordinal(day)
        return (calendar.first_day <= then <= calendar.last_day and then.isoweekday() in calendar.weekdays
                and then not in calendar.closed)

    @cached_property
    def open_days(self) -> tuple[int, ...]:
        """Open days of the horizon."""
        return tuple(day for day in range(self.calendar.first_day.toordinal(), self.calendar.last_day.toordinal() + 1)
                     if self.is_open(day))

    def window(self, day: int, start: int, end: int) -> int:
        """Return the mask of some hours of a day, the last exclusive; 0 for a day that the grid does not reach."""
        if not self.base <= day <= self.end:
            return 0
        first, last = self.cuts.index(start), self.cuts.index(end)
        return ((1 << last - first) - 1) << (day - self.base) * self.width + first

    def days(self, days: Iterable[date]) -> int:
        """Return the mask of whole days."""
        return _union(self.window(day.toordinal(), self.cuts[0], self.cuts[-1]) for day in days)

    def day_of(self, cell: int) -> int:
        """Return the ordinal of the day of a cell."""
        return self.base + cell // self.width

    @cached_property
    def _working(self) -> list[int]:
        """For each cell how many working hours lie before it."""
        open_days = set(self.open_days)
        before, total = [], 0
        for day in range(self.base, self.end + 1):
            for start, end in zip(self.cuts, self.cuts[1:], strict=False):
                before.append(total)
                inside = self.calendar.first_hour <= start < self.calendar.last_hour
                total += end - start if inside and day in open_days else 0
        return [*before, total]

    def spread(self, mask: int, hours: int) -> int:
        """Return a mask and all cells with fewer than `hours` working hours between them and one of its cells."""
        before = self._working
        whole = mask
        for cell in _cells(mask):
            after = cell + 1
            while after < len(before) - 1 and before[after] - before[cell + 1] < hours:
                whole |= 1 << after
                after += 1
            earlier = cell - 1
            while earlier >= 0 and before[cell] - before[earlier + 1] < hours:
                whole |= 1 << earlier
                earlier -= 1
        return whole


def _cells(mask: int) -> Iterable[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def occupancy(grid: Grid, course: Course, stages: Sequence[Sequence[int]], hour: int) -> Occupancy:
    """Return what a run keeps busy on given days (ordinals, by stage) from a given hour."""
    taught, classical = [], []
    for stage, days in zip(course.stages, stages, strict=True):
        mask = 0
        if stage.mode.is_taught:
            mask = _union(grid.window(day, hour, grid.end_hour(hour, stage.hours)) for day in days)
        taught.append(mask)
        classical.append(mask if stage.mode is Mode.CLASSICAL else 0)
    return Occupancy(_union(taught), _union(classical), tuple(taught), tuple(classical))


def stage_days(grid: Grid, course: Course, first: int) -> tuple[tuple[int, ...], ...] | None:
    """Return the days of each stage of a run that begins on a day; None if that day is not possible.

    A taught stage takes the first open days from its earliest day on, another the calendar days from there.
    """
    last_day = grid.calendar.last_day.toordinal()
    stages: list[tuple[int, ...]] = []
    earliest = first
    for place, stage in enumerate(course.stages):
        day = earliest + (stage.min_gap if place else 0)
        days: list[int] = []
        while len(days) < stage.days:
            if day > last_day:
                return None
            if not stage.mode.is_taught or grid.is_open(day):
                days.append(day)
            day += 1
        if place == 0 and days[0] != first:
            return None
        if place and stage.max_gap is not None and days[0] - earliest > stage.max_gap:
            return None
        stages.append(tuple(days))
        earliest = days[-1] + 1
    return tuple(stages)


def first_days(calendar: Calendar, open_days: Sequence[int]) -> list[int]:
    """Return the days on which runs may begin."""
    if calendar.starts is Starts.DAY:
        return list(open_days)
    weeks: dict[tuple[int, int], int] = {}
    for day in open_days:
        weeks.setdefault(date.fromordinal(day).isocalendar()[:2], day)
    return list(weeks.values())


def room_fits(room: Room, course: Course) -> bool:
    """Whether a room has what a course needs, and seats for its smallest run."""
    return course.features <= room.features and room.seats >= max(1, course.min_participants)


def travel_cost(problem: Problem, home: str, place: str) -> int:
    """Return what it costs to bring somebody from home to a place."""
    return max((way.cost_idr for way in problem.travel if home and {way.place, way.other} == {home, place}), default=0)


class Layout:
    """A problem as numbers.

    Attributes
    ----------
    candidates : list of Candidate
        By course, first day, hour, copy.
    of_course : list of range
        Places of the candidates of each course.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.grid = Grid(problem)
        self.course_at = {course.code: place for place, course in enumerate(problem.courses)}
        self.candidates: list[Candidate] = []
        self.of_course: list[range] = []
        starts = first_days(problem.calendar, self.grid.open_days)
        for place, course in enumerate(problem.courses):
            begin = len(self.candidates)
            self.candidates += self._of(place, course, starts)
            self.of_course.append(range(begin, len(self.candidates)))
        self._spread: dict[tuple[int, int], int] = {}
        self._fixed_masks()

    def _of(self, place: int, course: Course, starts: list[int]) -> Iterable[Candidate]:
        calendar = self.problem.calendar
        hours = [hour for hour in sorted(set(course.start_hours or (calendar.first_hour,)))
                 if all(self.grid.end_hour(hour, stage.hours) <= calendar.last_hour
                        for stage in course.stages if stage.mode.is_taught)]
        for first in starts:
            stages = stage_days(self.grid, course, first)
            if stages is None:
                continue
            for hour in hours:
                busy = occupancy(self.grid, course, stages, hour)
                for copy in range(course.parallel):
                    yield Candidate(place, stages, hour, copy, busy)

    def _fixed_masks(self) -> None:
        """Note what closures, absences and fixed runs take from rooms, trainers and the courses' first days."""
        problem = self.problem
        self.room_mask = {room.id: self.grid.days(room.closed) for room in problem.rooms}
        self.trainer_mask = {trainer.id: self.grid.days(trainer.absent) for trainer in problem.trainers}
        self.trainer_at: dict[str, list[tuple[str, int]]] = {trainer.id: [] for trainer in problem.trainers}
        self.fixed_starts: dict[tuple[int, int, int], int] = {}
        self.fixed: list[Candidate] = []
        place_of = {room.id: room.place for room in problem.rooms}
        for run in problem.fixed:
            candidate = self._fixed_candidate(run)
            self.fixed.append(candidate)
            key = (candidate.course, candidate.first, candidate.hour)
            self.fixed_starts[key] = self.fixed_starts.get(key, 0) + 1
            if run.room in self.room_mask:
                self.room_mask[run.room] |= candidate.busy.room
            for trainer in run.trainers:
                if trainer in self.trainer_mask:
                    self.trainer_mask[trainer] |= candidate.busy.people
                    if run.room in place_of and candidate.busy.room:
                        self.trainer_at[trainer].append((place_of[run.room], candidate.busy.room))

    def _fixed_candidate(self, run: FixedRun) -> Candidate:
        place = self.course_at[run.course]
        stages = tuple(tuple(day.toordinal() for day in days) for days in run.stages)
        return Candidate(place, stages, run.hour, 0, occupancy(self.grid, self.problem.courses[place], stages, run.hour))

    def spread(self, mask: int, hours: int) -> int:
        """Return `Grid.spread`, kept between questions."""
        found = self._spread.get((mask, hours))
        if found is None:
            found = self._spread[mask, hours] = self.grid.spread(mask, hours)
        return found

    def order_of(self, profile: Profile) -> tuple[tuple[int, int], ...]:
        """Return the pairs of places in `profile.courses` of which the first ends before the second begins."""
        place = {code: index for index, code in enumerate(profile.courses)}
        pairs = {(place[before], place[code]) for code in profile.courses
                 for before in self.problem.courses[self.course_at[code]].prerequisites if before in place}
        pairs |= {(place[before], place[after]) for before, after in profile.order}
        return tuple(sorted(pairs))
