"""A timetable in the making: which candidates run, in which room and with whom, and what is still free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kompetensi.planning.timetable.candidates import Candidate, Layout, room_fits, travel_cost
from kompetensi.planning.timetable.problem import Course, Room, Trainer, TrainerNeed

__all__ = ["Draft", "Placed"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A run: place of its candidate in the layout, its room's id if it needs one, for each need its trainers' ids."""

    candidate: int
    room: str | None
    trainers: tuple[tuple[str, ...], ...]


class Draft:
    """What rooms and trainers still have free, and what is planned.

    Every method keeps all hard rules about rooms and trainers; who sits in the runs is not its business.
    """

    def __init__(self, layout: Layout) -> None:
        problem = layout.problem
        self.layout = layout
        self.rooms = {room.id: room for room in problem.rooms}
        self.trainers = {trainer.id: trainer for trainer in problem.trainers}
        self.placed: dict[int, Placed] = {}
        self.room_mask = dict(layout.room_mask)
        self.trainer_mask = dict(layout.trainer_mask)
        self.trainer_at = {trainer: list(where) for trainer, where in layout.trainer_at.items()}
        self.load = dict.fromkeys(self.trainers, 0)
        self.runs_of = [0] * len(problem.courses)
        self.cost_idr = 0
        self._rooms_of = [self._fitting(course) for course in problem.courses]
        self._qualified = [[self._able(need) for need in course.trainers] for course in problem.courses]
        self._far = any(way.hours for way in problem.travel)

    def _fitting(self, course: Course) -> list[Room]:
        """Return the rooms for a course: those that seat most of its participants, of those the smallest and plainest."""
        def rank(room: Room) -> tuple[int, int, int, str]:
            return -min(room.seats, course.max_participants), room.seats, len(room.features), room.id

        return sorted((room for room in self.rooms.values() if room_fits(room, course)), key=rank)

    def _able(self, need: TrainerNeed) -> list[Trainer]:
        """Return who can serve a need: who costs least, then who can do the least else."""
        return sorted((trainer for trainer in self.trainers.values()
                       if trainer.teaches.get(need.subject, -1) >= need.level),
                      key=lambda trainer: (trainer.fee_per_jp_idr, len(trainer.teaches), trainer.id))

    def qualified(self, course: int, at: int) -> list[Trainer]:
        """Return who can serve a need of a course, whom to take first first."""
        return self._qualified[course][at]

    def seats(self, placed: Placed) -> int:
        """Return how many people can sit in a run."""
        most = self.layout.problem.courses[self.layout.candidates[placed.candidate].course].max_participants
        return most if placed.room is None else min(most, self.rooms[placed.room].seats)

    def cost(self, placed: Placed) -> int:
        """Return the cost of a run without its seats, in rupiah."""
        problem = self.layout.problem
        course = problem.courses[self.layout.candidates[placed.candidate].course]
        cost = course.cost_idr
        place = None if placed.room is None else self.rooms[placed.room].place
        for need, names in zip(course.trainers, placed.trainers, strict=True):
            for name in names:
                trainer = self.trainers[name]
                cost += need.jp * trainer.fee_per_jp_idr
                cost += 0 if place is None else travel_cost(problem, trainer.home, place)
        return cost

    def may_run(self, index: int) -> bool:
        """Whether the numbers of runs and the budget allow one more of this candidate."""
        problem = self.layout.problem
        candidate = self.layout.candidates[index]
        course = problem.courses[candidate.course]
        if index in self.placed or (problem.max_runs is not None and len(self.placed) >= problem.max_runs):
            return False
        if course.max_runs is not None and self.runs_of[candidate.course] >= course.max_runs:
            return False
        fixed = self.layout.fixed_starts.get((candidate.course, candidate.first, candidate.hour), 0)
        return candidate.copy + fixed < course.parallel

    def rooms_for(self, index: int) -> Iterator[Room | None]:
        """Yield the free rooms, the one that seats the most participants first, of those the smallest."""
        candidate = self.layout.candidates[index]
        if not candidate.busy.room:
            yield None
            return
        for room in self._rooms_of[candidate.course]:
            if not self.room_mask[room.id] & candidate.busy.room:
                yield room

    def is_free(self, trainer: Trainer, candidate: Candidate, need: TrainerNeed, place: str | None) -> bool:
        """Whether a trainer can serve a need of a run at a place."""
        if self.trainer_mask[trainer.id] & candidate.busy.need(need.stages):
            return False
        if trainer.max_jp is not None and self.load[trainer.id] + need.jp > trainer.max_jp:
            return False
        return not self._far or place is None or self._can_travel(trainer.id, candidate.busy.need_in_room(need.stages), place)

    def _can_travel(self, trainer: str, mask: int, place: str) -> bool:
        hours = {}
        for way in self.layout.problem.travel:
            if place in (way.place, way.other) and way.place != way.other:
                hours[way.other if way.place == place else way.place] = way.hours
        return all(not hours.get(other) or not self.layout.spread(busy, hours[other]) & mask
                   for other, busy in self.trainer_at[trainer] if other != place)

    def find(self, index: int) -> Placed | None:
        """Return where and with whom a candidate can run now: the first room, then the first trainers that are free."""
        if not self.may_run(index):
            return None
        candidate = self.layout.candidates[index]
        for room in self.rooms_for(index):
            trainers = self._find_trainers(candidate, None if room is None else room.place)
            if trainers is not None:
                placed = Placed(index, None if room is None else room.id, trainers)
                budget = self.layout.problem.budget_idr
                return placed if budget is None or self.cost_idr + self.cost(placed) <= budget else None
            if not self._far:
                return None
        return None

    def _find_trainers(self, candidate: Candidate, place: str | None) -> tuple[tuple[str, ...], ...] | None:
        course = self.layout.problem.courses[candidate.course]
        free = [[trainer.id for trainer in self._qualified[candidate.course][at] if self.is_free(trainer, candidate, need, place)]
                for at, need in enumerate(course.trainers)]
        return choose_distinct(free, [need.count for need in course.trainers])

    def add(self, placed: Placed) -> None:
        """Plan a run."""
        self._change(placed, 1)
        self.placed[placed.candidate] = placed

    def remove(self, index: int) -> Placed:
        """Take a run away again and return it."""
        placed = self.placed.pop(index)
        self._change(placed, -1)
        return placed

    def _change(self, placed: Placed, sign: int) -> None:
        candidate = self.layout.candidates[placed.candidate]
        course = self.layout.problem.courses[candidate.course]
        self.runs_of[candidate.course] += sign
        self.cost_idr += sign * self.cost(placed)
        if placed.room is not None:
            self.room_mask[placed.room] ^= candidate.busy.room
        for need, names in zip(course.trainers, placed.trainers, strict=True):
            for name in names:
                self.load[name] += sign * need.jp
                self.trainer_mask[name] ^= candidate.busy.need(need.stages)
                if placed.room is None:
                    continue
                where = (self.rooms[placed.room].place, candidate.busy.need_in_room(need.stages))
                if sign > 0:
                    self.trainer_at[name].append(where)
                else:
                    self.trainer_at[name].remove(where)

    def copy(self) -> Draft:
        """Return a draft with the same runs."""
        return draft_of(self.layout, self.placed.values())


def draft_of(layout: Layout, placed: Iterable[Placed]) -> Draft:
    """Return a draft with given runs."""
    draft = Draft(layout)
    for run in placed:
        draft.add(run)
    return draft


def choose_distinct(able: list[list[str]], counts: list[int]) -> tuple[tuple[str, ...], ...] | None:
    """Choose as many different names for each list as it needs, by augmenting paths; None if that is impossible.

    Lists are served in order, each by the first of its names that can be had.
    """
    slots = [place for place, count in enumerate(counts) for _ in range(count)]
    holder: dict[str, int] = {}

    def seek(slot: int, seen: set[str]) -> bool:
        for name in able[slots[slot]]:
            if name not in seen:
                seen.add(name)
                if name not in holder or seek(holder[name], seen):
                    holder[name] = slot
                    return True
        return False

    if not all(seek(slot, set()) for slot in range(len(slots))):
        return None
    chosen: list[list[str]] = [[] for _ in counts]
    for name, slot in holder.items():
        chosen[slots[slot]].append(name)
    return tuple(tuple(sorted(names)) for names in chosen)
