"""Who sits in the runs of a timetable: as many as possible ready, fair between agencies, then cheap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor

from kompetensi.planning.timetable.candidates import Candidate
from kompetensi.planning.timetable.draft import Draft
from kompetensi.planning.timetable.people import Kind, can_attend, latest_days, ways
from kompetensi.planning.timetable.program import Program

__all__ = ["OpenRun", "Seated", "Seats", "open_runs", "seat", "taken_in"]

# CP-SAT's deterministic seconds for the few people whom the relaxation splits.
_REST_WORK = 1.0


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run with seats; `least` participants or none at all."""

    candidate: Candidate
    seats: int
    least: int = 0


@dataclass(frozen=True, slots=True)
class Seated:
    """A seating.

    Attributes
    ----------
    value : int
        Weight of those who are ready.
    chosen : tuple of (int, tuple of int, int)
        Place of the kind, its runs in the order of its courses, how many people; together they keep all hard rules.
    bound : int
        No seating of these runs has a greater value.
    """

    value: int
    chosen: tuple[tuple[int, tuple[int, ...], int], ...]
    bound: int


class Seats:
    """The seating of given runs as a program, or a part of one that chooses the runs as well.

    For each kind of people and course it counts how many of them sit in which run. Of several people of a kind who need several
    courses it demands what every pair of courses needs, which is more than enough for one person and almost always for several;
    `people_in` splits them and leaves out whom it cannot.

    Parameters
    ----------
    supply : mapping of int to (int, list of (int, int)), optional
        Runs of which a column of the program says whether they take place; beside it the columns that give seats, and how many.
    """

    def __init__(self, kinds: Sequence[Kind], runs: Sequence[OpenRun], program: Program | None = None,
                 supply: Mapping[int, tuple[int, list[tuple[int, int]]]] | None = None) -> None:
        self.supply = supply or {}
        self.kinds = kinds
        self.runs = runs
        self.program = program or Program()
        self.ready: dict[int, int] = {}
        self.sits: dict[tuple[int, int], dict[int, int]] = {}
        self.open: dict[int, int] = {}
        self.of_course: dict[int, list[int]] = {}
        for number, run in enumerate(runs):
            self.of_course.setdefault(run.candidate.course, []).append(number)
        self.inside: list[list[int]] = [[] for _ in runs]
        for place, kind in enumerate(kinds):
            if kind.count:
                self._add_kind(place, kind)
        for number, run in enumerate(runs):
            self._add_run(number, run)

    def _add_kind(self, place: int, kind: Kind) -> None:
        offers = [[number for number in self.of_course.get(course, ()) if can_attend(kind, self.runs[number].candidate)]
                  for course in kind.courses]
        if not all(offers):
            return
        if len(kind.courses) > 1:
            latest = latest_days(kind, [[self.runs[number].candidate for number in offer] for offer in offers])
            if latest is None:
                return
            offers = [[number for number in offer if self.runs[number].candidate.last <= day]
                      for offer, day in zip(offers, latest, strict=True)]
            if not all(offers):
                return
        program = self.program
        ready = self.ready[place] = program.column(kind.count, gain=kind.weight)
        for at, offer in enumerate(offers):
            sits = {number: program.column(kind.count) for number in offer}
            self.sits[place, at] = sits
            program.row([*((column, 1) for column in sits.values()), (ready, -1)], least=0, most=0)
            for number, column in sits.items():
                self.inside[number].append(column)
        for at in range(len(offers)):
            for other in range(len(offers)):
                if at != other:
                    self._exclude(place, kind, at, other)

    def _exclude(self, place: int, kind: Kind, at: int, other: int) -> None:
        """Keep whoever sits in a run out of all runs of another course that go not with it."""
        mine, theirs = self.sits[place, at], self.sits[place, other]
        for number, column in mine.items():
            run = self.runs[number].candidate
            against = [theirs[rival] for rival in theirs if not agree(kind, at, run, other, self.runs[rival].candidate)]
            if against:
                self.program.row([(column, 1), *((rival, 1) for rival in against), (self.ready[place], -1)], most=0)

    def _add_run(self, number: int, run: OpenRun) -> None:
        terms = [(column, 1) for column in self.inside[number]]
        if number in self.supply:
            takes_place, seats = self.supply[number]
            for column in self.inside[number]:
                self.program.row([(column, 1), (takes_place, -self.program.upper[column])], most=0)
            self.program.row([*terms, *((column, -count) for column, count in seats)], most=0)
            self.program.row([*terms, (takes_place, -max(1, run.least))], least=0)
        elif run.least > 0:
            runs = self.open[number] = self.program.column()
            self.program.row([*terms, (runs, -run.seats)], most=0)
            self.program.row([*terms, (runs, -run.least)], least=0)
        else:
            self.program.row(terms, most=run.seats)

    def hint(self, seated: Seated) -> list[int]:
        """Return a seating of the same runs as a solution of the program."""
        values = list(self.program.lower)
        self.fill(values, seated)
        return values

    def fill(self, values: list[int], seated: Seated) -> None:
        """Write a seating into a solution."""
        taken = [0] * len(self.runs)
        for place, numbers, count in seated.chosen:
            values[self.ready[place]] += count
            for at, number in enumerate(numbers):
                values[self.sits[place, at][number]] += count
                taken[number] += count
        for number, column in self.open.items():
            values[column] = int(taken[number] > 0)

    def people_in(self, values: Sequence[int]) -> list[tuple[int, tuple[int, ...], int]]:
        """Read a solution: for each kind how many people sit in which combination of runs."""
        chosen = []
        for place, ready in self.ready.items():
            if values[ready]:
                kind = self.kinds[place]
                left = [{number: values[column] for number, column in self.sits[place, at].items() if values[column]}
                        for at in range(len(kind.courses))]
                chosen += [(place, way, count) for way, count in self._split(kind, left)]
        return chosen

    def _split(self, kind: Kind, left: list[dict[int, int]]) -> list[tuple[tuple[int, ...], int]]:
        if len(left) == 1:
            return [((number,), count) for number, count in left[0].items()]
        found: list[tuple[tuple[int, ...], int]] = []
        while True:
            runs = {course: [(number, self.runs[number].candidate) for number in sorted(seats)]
                    for course, seats in zip(kind.courses, left, strict=True)}
            way = next(ways(kind, runs, 1), None)
            if way is None:
                return found
            count = min(seats[number] for seats, number in zip(left, way, strict=True))
            found.append((way, count))
            for seats, number in zip(left, way, strict=True):
                seats[number] -= count
                if not seats[number]:
                    del seats[number]


def agree(kind: Kind, at: int, run: Candidate, other: int, rival: Candidate) -> bool:
    """Whether somebody can sit in both runs."""
    if run.busy.people & rival.busy.people:
        return False
    return not ((at, other) in kind.order and run.last >= rival.first) and not (
        (other, at) in kind.order and rival.last >= run.first)


def open_runs(draft: Draft) -> list[OpenRun]:
    """Return the runs that have seats: planned ones by candidate, then fixed ones."""
    layout = draft.layout
    courses = layout.problem.courses
    planned = [OpenRun(layout.candidates[index], draft.seats(draft.placed[index]),
                       courses[layout.candidates[index].course].min_participants) for index in sorted(draft.placed)]
    return planned + [OpenRun(candidate, run.seats_free)
                      for run, candidate in zip(layout.problem.fixed, layout.fixed, strict=True)]


def value_of(kinds: Sequence[Kind], chosen: Sequence[tuple[int, tuple[int, ...], int]]) -> int:
    """Return the weight of seated people."""
    return sum(kinds[place].weight * count for place, _, count in chosen)


def drop_small(runs: Sequence[OpenRun], chosen: list[tuple[int, tuple[int, ...], int]]) -> list[tuple[int, tuple[int, ...], int]]:
    """Take everybody out of runs that have fewer than their least participants, until there are none."""
    while True:
        taken = taken_in(runs, chosen)
        small = {number for number, run in enumerate(runs) if 0 < taken[number] < run.least}
        if not small:
            return chosen
        chosen = [entry for entry in chosen if not small.intersection(entry[1])]


def seat(
    kinds: Sequence[Kind], runs: Sequence[OpenRun], *, time_limit: float, seed: int = 0,
) -> Seated:
    """Seat as great a weight of people as possible.

    The relaxation of the program is almost whole: people whom it splits, a few, are seated by CP-SAT in the seats that the others
    leave; then whoever is left sits where there still is a seat.

    Returns
    -------
    Seated
        With the bound of the relaxation.
    """
    seats = Seats(kinds, runs)
    relaxed = seats.program.relax(time_limit=time_limit)
    if relaxed is None:
        return Seated(0, tuple(_fill(kinds, runs, [])), sum(kind.weight * kind.count for kind in kinds))
    bound, values = relaxed
    whole = [floor(value + 1e-6) for value in values]
    split = {place for place in seats.ready if any(
        value - floor(value + 1e-6) > 1e-6 for column in _columns(seats, place) for value in [values[column]])}
    chosen = [entry for entry in seats.people_in(whole) if entry[0] not in split]
    if split:
        chosen += _seat_rest(kinds, runs, sorted(split), chosen, time_limit, seed)
    chosen = _fill(kinds, runs, drop_small(runs, chosen))
    return Seated(value_of(kinds, chosen), tuple(sorted(chosen)), floor(bound + 1e-6))


def _columns(seats: Seats, place: int) -> list[int]:
    return [seats.ready[place], *(column for at in range(len(seats.kinds[place].courses))
                                  for column in seats.sits[place, at].values())]


def taken_in(runs: Sequence[OpenRun], chosen: Iterable[tuple[int, tuple[int, ...], int]]) -> list[int]:
    """Return how many people sit in each run."""
    taken = [0] * len(runs)
    for _, numbers, count in chosen:
        for number in numbers:
            taken[number] += count
    return taken


def _seat_rest(
    kinds: Sequence[Kind], runs: Sequence[OpenRun], places: Sequence[int], chosen: Sequence[tuple[int, tuple[int, ...], int]],
    time_limit: float, seed: int,
) -> list[tuple[int, tuple[int, ...], int]]:
    """Seat the people of some kinds beside those who sit already."""
    taken = taken_in(runs, chosen)
    left = [replace(run, seats=run.seats - count, least=max(0, run.least - count))
            for run, count in zip(runs, taken, strict=True)]
    rest = Seats([kinds[place] for place in places], left)
    solution = rest.program.solve(time_limit=time_limit, work_limit=_REST_WORK, seed=seed)
    if not solution.values:
        return []
    return [(places[place], numbers, count) for place, numbers, count in rest.people_in(solution.values)]


def _fill(
    kinds: Sequence[Kind], runs: Sequence[OpenRun], chosen: list[tuple[int, tuple[int, ...], int]],
) -> list[tuple[int, tuple[int, ...], int]]:
    """Give seats that are left in runs that take place to people who become ready by them, the heaviest first."""
    taken = taken_in(runs, chosen)
    left = {number: run.seats - count for number, (run, count) in enumerate(zip(runs, taken, strict=True))
            if run.seats > count and count >= run.least}
    seated: dict[int, int] = {}
    for place, _, count in chosen:
        seated[place] = seated.get(place, 0) + count
    for place in sorted(range(len(kinds)), key=lambda place: (-kinds[place].weight, place)):
        kind = kinds[place]
        waiting = kind.count - seated.get(place, 0)
        while waiting:
            offered = {course: [(number, runs[number].candidate) for number in left if runs[number].candidate.course == course]
                       for course in kind.courses}
            way = next(ways(kind, offered, 1), None) if all(offered.values()) else None
            if way is None:
                break
            count = min(waiting, *(left[number] for number in way))
            chosen.append((place, way, count))
            waiting -= count
            for number in way:
                left[number] -= count
                if not left[number]:
                    del left[number]
    return chosen
