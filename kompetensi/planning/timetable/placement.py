"""Which runs, when, where and with whom, people counted by their dates only: a relaxation that chooses runs well.

Seats are looked at course by course. People who need a course by an earlier day can sit in nothing but runs that end by then, so
a course's seats suffice exactly if for each day those who must have ended by then are no more than the seats that have: a stock
that grows with each run that ends and shrinks with each person who is ready. What a person's other runs forbid is left out, but
for the order of courses, which makes the dates of the earlier ones nearer. So the best value of this program is a bound for every
timetable, and the runs it chooses are given seats exactly by `seating`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kompetensi.planning.timetable.candidates import Candidate, Layout, travel_cost
from kompetensi.planning.timetable.draft import Draft, Placed, draft_of
from kompetensi.planning.timetable.people import Kind, latest_days
from kompetensi.planning.timetable.problem import Room
from kompetensi.planning.timetable.program import Program
from kompetensi.planning.timetable.seating import OpenRun, Seated, Seats, open_runs

__all__ = ["Placement", "keep"]


@dataclass(frozen=True, slots=True)
class _Service:
    """A column: this trainer serves this need of this run at this place."""

    trainer: str
    place: str | None
    column: int
    mask: int
    room_mask: int
    jp: int


class Placement:
    """The program of some free candidates, all other runs staying.

    Parameters
    ----------
    kept : Draft
        The runs that stay; none of them is among `free`.
    free : sequence of int
        Candidates, ascending.
    trainers : bool
        False leaves out that they can be at one place only: the bound of the whole problem is found sooner that way.
    exact : bool
        True: seats run by run instead of by dates only; then `aim` sets the objective.
    kept_runs : sequence of OpenRun, optional
        With `exact`: the kept runs by candidate, then the fixed runs, with the seats that are still free in them; without it all
        their seats are.
    """

    def __init__(self, layout: Layout, kinds: Sequence[Kind], kept: Draft, free: Sequence[int], *, trainers: bool = True,
                 exact: bool = False, kept_runs: Sequence[OpenRun] | None = None) -> None:
        self.layout = layout
        self.kept = kept
        self.program = Program()
        self.runs: dict[int, int] = {}
        self.rooms: dict[int, list[tuple[Room | None, int, int]]] = {}
        self.serves: dict[tuple[int, int], list[_Service]] = {}
        for index in free:
            self._add_run(index)
        self._limit_runs()
        self._share_rooms()
        if trainers:
            self._share_trainers()
        self._limit_cost()
        self.kinds = kinds
        if exact:
            self._seat_exactly(open_runs(kept) if kept_runs is None else kept_runs)
        else:
            self._seat()

    def _add_run(self, index: int) -> None:
        candidate = self.layout.candidates[index]
        rooms = list(self.kept.rooms_for(index))
        if not rooms or not self._allowed(index):
            return
        program = self.program
        column = program.column()
        self.runs[index] = column
        if len(rooms) == 1:
            self.rooms[index] = [(rooms[0], column, self._seats(candidate, rooms[0]))]
            return
        self.rooms[index] = [(room, program.column(), self._seats(candidate, room)) for room in rooms]
        program.row([*((chosen, 1) for _, chosen, _ in self.rooms[index]), (column, -1)], least=0, most=0)

    def _allowed(self, index: int) -> bool:
        candidate = self.layout.candidates[index]
        fixed = self.layout.fixed_starts.get((candidate.course, candidate.first, candidate.hour), 0)
        return candidate.copy + fixed < self.layout.problem.courses[candidate.course].parallel

    def _seats(self, candidate: Candidate, room: Room | None) -> int:
        most = self.layout.problem.courses[candidate.course].max_participants
        return most if room is None else min(most, room.seats)

    def _limit_runs(self) -> None:
        problem = self.layout.problem
        if problem.max_runs is not None:
            self.program.row(((column, 1) for column in self.runs.values()), most=problem.max_runs - len(self.kept.placed))
        for place, course in enumerate(problem.courses):
            mine = [self.runs[index] for index in self.layout.of_course[place] if index in self.runs]
            if course.max_runs is not None:
                self.program.row(((column, 1) for column in mine), most=course.max_runs - self.kept.runs_of[place])

    def _limit_cost(self) -> None:
        budget = self.layout.problem.budget_idr
        if budget is not None:
            self.program.row(((column, -gain) for column, gain in self._costs().items()), most=budget - self.kept.cost_idr)

    def _share_rooms(self) -> None:
        holders: dict[str, list[tuple[int, int]]] = {}
        for index, choices in self.rooms.items():
            for room, column, _ in choices:
                if room is not None:
                    holders.setdefault(room.id, []).append((self.layout.candidates[index].busy.room, column))
        for name in sorted(holders):
            self._share(holders[name])

    def _share(self, holders: Sequence[tuple[int, int]]) -> None:
        """Demand that of the columns whose masks share a cell at most one is 1."""
        for group in cliques(holders):
            self.program.at_most_one(group)

    def _share_trainers(self) -> None:
        holders: dict[str, list[_Service]] = {}
        problem = self.layout.problem
        for index, run in self.runs.items():
            candidate = self.layout.candidates[index]
            of_run: dict[str, list[int]] = {}
            for at, need in enumerate(problem.courses[candidate.course].trainers):
                services = self.serves[index, at] = []
                for place, rooms in self._places(index, run).items():
                    here = [_Service(trainer.id, place, self.program.column(), candidate.busy.need(need.stages),
                                     candidate.busy.need_in_room(need.stages), need.jp)
                            for trainer in self.kept.qualified(candidate.course, at)
                            if self.kept.is_free(trainer, candidate, need, place)]
                    self.program.row([*((service.column, 1) for service in here), *((room, -need.count) for room in rooms)],
                                     least=0, most=0)
                    services += here
                for service in services:
                    holders.setdefault(service.trainer, []).append(service)
                    of_run.setdefault(service.trainer, []).append(service.column)
            for columns in of_run.values():
                self.program.at_most_one(columns)
        for name in sorted(holders):
            self._share([(service.mask, service.column) for service in holders[name]])
            self._travel(holders[name])
            most = self.kept.trainers[name].max_jp
            if most is not None:
                self.program.row(((service.column, service.jp) for service in holders[name] if service.jp),
                                 most=most - self.kept.load[name])

    def _places(self, index: int, run: int) -> dict[str | None, list[int]]:
        """Return the columns of the rooms of a run by place; one place for all where ways between places are of no account."""
        choices = self.rooms[index]
        if choices[0][0] is None or not self.layout.problem.travel:
            return {None: [run]}
        places: dict[str | None, list[int]] = {}
        for room, column, _ in choices:
            assert room is not None
            places.setdefault(room.place, []).append(column)
        return places

    def _travel(self, services: Sequence[_Service]) -> None:
        """Demand that a trainer has the time to travel between two runs in different places."""
        hours: dict[tuple[str | None, str | None], int] = {}
        for way in self.layout.problem.travel:
            if way.hours:
                hours[way.place, way.other] = hours[way.other, way.place] = way.hours
        if not hours:
            return
        for number, service in enumerate(services):
            for other in services[number + 1:]:
                far = hours.get((service.place, other.place)) if service.place != other.place else None
                if far and self.layout.spread(service.room_mask, far) & other.room_mask:
                    self.program.at_most_one((service.column, other.column))

    def _seat_exactly(self, kept: Sequence[OpenRun]) -> None:
        """Give seats run by run, as `seating` does for given runs."""
        problem = self.layout.problem
        planned = sorted(self.kept.placed)
        self.order = sorted([*self.runs, *planned])
        kept_at = dict(zip(planned, kept, strict=False))
        runs = [kept_at[index] if index in kept_at else OpenRun(
            self.layout.candidates[index], max(seats for _, _, seats in self.rooms[index]),
            problem.courses[self.layout.candidates[index].course].min_participants) for index in self.order]
        supply = {number: (self.runs[index], [(column, seats) for _, column, seats in self.rooms[index]])
                  for number, index in enumerate(self.order) if index in self.runs}
        self.seats = Seats(self.kinds, [*runs, *kept[len(planned):]], self.program, supply)

    def aim(self, what: str) -> None:
        """Set the objective of an exact program: value, fewest runs, least cost of runs, or value and then fewest runs at once."""
        gain = self.program.gain
        gain.clear()
        if what == "value":
            gain.update({column: self.kinds[place].weight for place, column in self.seats.ready.items()})
        elif what == "both":
            scale = len(self.order) + 1
            gain.update({column: self.kinds[place].weight * scale for place, column in self.seats.ready.items()})
            gain.update(dict.fromkeys([*self.runs.values(), *self.seats.open.values()], -1))
        elif what == "runs":
            gain.update(dict.fromkeys(self.runs.values(), -1))
        else:
            gain.update(self._costs())

    def _costs(self) -> dict[int, int]:
        problem = self.layout.problem
        costs = {}
        for index, run in self.runs.items():
            costs[run] = -problem.courses[self.layout.candidates[index].course].cost_idr
        for services in self.serves.values():
            for service in services:
                trainer = self.kept.trainers[service.trainer]
                costs[service.column] = -service.jp * trainer.fee_per_jp_idr - (
                    0 if service.place is None else travel_cost(problem, trainer.home, service.place))
        return {column: cost for column, cost in costs.items() if cost}

    def hold(self, least: int) -> None:
        """Demand that the present objective is at least so great from now on."""
        self.program.row(list(self.program.gain.items()), least=least)

    def value(self, values: Sequence[int]) -> int:
        """Return the weight of the people whom a solution of an exact program counts as ready."""
        return sum(self.kinds[place].weight * values[column] for place, column in self.seats.ready.items())

    def exact_hint(self, draft: Draft, seated: Seated) -> list[int]:
        """Return a timetable as a solution of an exact program."""
        values = self._choose(draft)
        planned = sorted(draft.placed)
        place_of = {index: number for number, index in enumerate(self.order)}
        moved = [place_of[index] for index in planned] + list(range(len(self.order), len(self.seats.runs)))
        here = Seated(seated.value, tuple((place, tuple(moved[number] for number in numbers), count)
                                          for place, numbers, count in seated.chosen), seated.bound)
        self.seats.fill(values, here)
        return values

    def exact_solution(self, values: Sequence[int]) -> tuple[Draft, Seated]:
        """Read a solution of an exact program."""
        draft = self.draft(values)
        chosen = self.seats.people_in(values)
        planned = [number for number, index in enumerate(self.order) if index in draft.placed]
        place_of = {number: at for at, number in enumerate(
            [*planned, *range(len(self.order), len(self.seats.runs))])}
        chosen = [(place, tuple(place_of[number] for number in numbers), count) for place, numbers, count in chosen]
        return draft, Seated(sum(self.kinds[place].weight * count for place, _, count in chosen), tuple(chosen), 0)

    def _seat(self) -> None:
        layout, problem = self.layout, self.layout.problem
        supplies: list[list[tuple[int, int, int]]] = [[] for _ in problem.courses]
        able: list[list[Candidate]] = [[] for _ in problem.courses]
        for index, choices in self.rooms.items():
            candidate = layout.candidates[index]
            able[candidate.course].append(candidate)
            supplies[candidate.course] += [(candidate.last, seats, column) for _, column, seats in choices]
        for placed in self.kept.placed.values():
            candidate = layout.candidates[placed.candidate]
            able[candidate.course].append(candidate)
            supplies[candidate.course].append((candidate.last, self.kept.seats(placed), -1))
        for run, candidate in zip(problem.fixed, layout.fixed, strict=True):
            able[candidate.course].append(candidate)
            supplies[candidate.course].append((candidate.last, run.seats_free, -1))
        self.ready: dict[int, int] = {}
        demand: list[dict[int, list[int]]] = [{} for _ in problem.courses]
        ends = [sorted({last for last, _, _ in supply}) for supply in supplies]
        self.crowd: dict[tuple[object, ...], int] = {}
        for place, kind in enumerate(self.kinds):
            if not all(able[course] for course in kind.courses):
                continue
            latest = latest_days(kind, [able[course] for course in kind.courses])
            if latest is None:
                continue
            reach = [bisect_right(ends[course], day) for course, day in zip(kind.courses, latest, strict=True)]
            if not all(reach):
                continue
            key = (kind.courses, tuple(reach), kind.weight)
            column = self.crowd.get(key)
            if column is None:
                column = self.crowd[key] = self.program.column(0, gain=kind.weight)
                for course, end in zip(kind.courses, reach, strict=True):
                    demand[course].setdefault(end, []).append(column)
            self.program.upper[column] += kind.count
            self.ready[place] = column
        for place in range(len(problem.courses)):
            self._stock(supplies[place], ends[place], demand[place])
            self._round(supplies[place], ends[place], demand[place])
            least = problem.courses[place].min_participants
            if least and demand[place]:
                mine = [self.runs[index] for index in layout.of_course[place] if index in self.runs]
                fixed_runs = sum(1 for candidate in layout.fixed if candidate.course == place)
                if not fixed_runs:
                    self.program.row([*((column, 1) for columns in demand[place].values() for column in columns),
                                      *((column, -least) for column in mine)], least=self.kept.runs_of[place] * least)

    def _stock(self, supply: list[tuple[int, int, int]], ends: list[int], demand: dict[int, list[int]]) -> None:
        """Demand that for every day the seats that have ended are at least the people who must have."""
        by_end: dict[int, list[tuple[int, int]]] = {}
        given: dict[int, int] = {}
        for last, seats, column in supply:
            at = bisect_right(ends, last)
            if column < 0:
                given[at] = given.get(at, 0) + seats
            else:
                by_end.setdefault(at, []).append((column, seats))
        most = sum(seats for _, seats, _ in supply)
        stock: int | None = None
        waiting: list[tuple[int, int]] = []
        constant = 0
        for at in range(1, len(ends) + 1):
            waiting += by_end.get(at, ())
            constant += given.get(at, 0)
            if at not in demand:
                continue
            left = self.program.column(most)
            terms = [*waiting, *((column, -1) for column in demand[at]), (left, -1)]
            if stock is not None:
                terms.append((stock, 1))
            self.program.row(terms, least=-constant)
            stock, waiting, constant = left, [], 0

    def _round(self, supply: list[tuple[int, int, int]], ends: list[int], demand: dict[int, list[int]]) -> None:
        """Add what whole runs imply: a part of a run seats nobody.

        If at most `wanted` people must have ended by a day, and ``full - 1`` runs seat all but `rest` of them, then with `full - k`
        runs at least ``k * rest`` stay without seat; and no crowd is ready without a run.
        """
        if any(column < 0 for _, _, column in supply):
            return
        program = self.program
        most = max((seats for _, seats, _ in supply), default=0)
        ready: list[int] = []
        for at in range(1, len(ends) + 1):
            if at not in demand or not most:
                continue
            ready += demand[at]
            runs = [column for last, _, column in supply if last <= ends[at - 1]]
            for column in demand[at]:
                program.row([(column, 1), *((run, -program.upper[column]) for run in runs)], most=0)
            wanted = sum(program.upper[column] for column in ready)
            full = -(-wanted // most)
            rest = wanted - most * (full - 1)
            program.row([*((column, 1) for column in ready), *((run, -rest) for run in runs)], most=wanted - rest * full)

    def _choose(self, draft: Draft) -> list[int]:
        """Return the runs, rooms and trainers of a draft that has the kept runs as a part of a solution."""
        values = list(self.program.lower)
        for index, placed in draft.placed.items():
            if index not in self.runs:
                continue
            values[self.runs[index]] = 1
            for room, column, _ in self.rooms[index]:
                if room is None or room.id == placed.room:
                    values[column] = 1
            for at, names in enumerate(placed.trainers):
                where = None if placed.room is None else draft.rooms[placed.room].place
                for service in self.serves.get((index, at), ()):
                    values[service.column] = int(service.trainer in names and service.place in (None, where))
        return values

    def draft(self, values: Sequence[int]) -> Draft:
        """Return the kept runs and those that a solution chooses; trainers must not have been left out."""
        draft = self.kept.copy()
        for index, run in self.runs.items():
            if values[run]:
                room = next(room for room, column, _ in self.rooms[index] if values[column])
                course = self.layout.problem.courses[self.layout.candidates[index].course]
                names = tuple(tuple(sorted(service.trainer for service in self.serves[index, at] if values[service.column]))
                              for at in range(len(course.trainers)))
                draft.add(Placed(index, None if room is None else room.id, names))
        return draft


def cliques(holders: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the largest groups of columns whose masks share a cell, each once, in the order of the cells."""
    by_cell: dict[int, list[int]] = {}
    for mask, column in holders:
        while mask:
            low = mask & -mask
            by_cell.setdefault(low.bit_length(), []).append(column)
            mask ^= low
    groups = sorted({tuple(columns) for columns in by_cell.values() if len(columns) > 1}, key=len, reverse=True)
    kept: list[frozenset[int]] = []
    found: list[list[int]] = []
    of_column: dict[int, list[int]] = {}
    for group in groups:
        members = frozenset(group)
        if any(members <= kept[place] for place in of_column.get(group[0], ())):
            continue
        for column in group:
            of_column.setdefault(column, []).append(len(kept))
        kept.append(members)
        found.append(list(group))
    return found


def keep(draft: Draft, freed: Iterable[int]) -> Draft:
    """Return a draft without some of its runs."""
    gone = set(freed)
    return draft_of(draft.layout, (placed for index, placed in draft.placed.items() if index not in gone))
