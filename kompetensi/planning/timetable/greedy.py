"""The greedy timetable: the run that helps most, again and again."""

from __future__ import annotations

import heapq

from kompetensi.planning.timetable.candidates import Layout
from kompetensi.planning.timetable.draft import Draft, Placed
from kompetensi.planning.timetable.people import Kind, can_attend, kinds_of, latest_days
from kompetensi.planning.timetable.seating import OpenRun, Seated, drop_small

__all__ = ["greedy"]


class _Crowd:
    """Persons of one kind who hold the same seats so far."""

    __slots__ = ("count", "held", "kind", "latest")

    def __init__(self, kind: Kind, latest: list[int], held: tuple[int | None, ...], count: int) -> None:
        self.kind = kind
        self.latest = latest
        self.held = held
        self.count = count

    @property
    def share(self) -> float:
        """What one more seat is worth: the weight divided by the seats that are still missing."""
        return self.kind.weight / sum(run is None for run in self.held)


def greedy(layout: Layout) -> tuple[Draft, Seated, int]:
    """Plan run after run, each time the one whose seats are worth most.

    A seat is worth a person's weight divided by how many courses he still misses; a run seats those first for whom a seat is
    worth most, then those whose date is nearest. Whoever is seated stays. Equal runs: the earlier end, then the order of the
    candidates. A run that would have fewer than its least participants is not made.

    Returns
    -------
    Draft
    Seated
        The people who are ready. Runs that would have fewer than their least participants without those who are not are empty,
        and their people have no seats.
    int
        Weight of the people who are ready if such runs take place all the same.
    """
    search = _Greedy(layout)
    draft = search.run()
    return draft, search.seated(), search.value


class _Greedy:

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.draft = Draft(layout)
        self.value = 0
        self.done: list[tuple[Kind, tuple[int, ...], int]] = []
        self.kinds = kinds_of(layout)
        self.crowds: list[list[_Crowd]] = [[] for _ in layout.problem.courses]
        for kind in self.kinds:
            latest = latest_days(kind, [[layout.candidates[index] for index in layout.of_course[course]]
                                        for course in kind.courses])
            if latest is not None:
                self._enter(_Crowd(kind, latest, (None,) * len(kind.courses), kind.count))

    def _enter(self, crowd: _Crowd) -> None:
        for course, run in zip(crowd.kind.courses, crowd.held, strict=True):
            if run is None:
                self.crowds[course].append(crowd)

    def _takers(self, index: int) -> list[_Crowd]:
        """Return who could sit in a candidate, those for whom it is worth most first."""
        candidate = self.layout.candidates[index]
        takers = []
        for crowd in self.crowds[candidate.course]:
            place = crowd.kind.courses.index(candidate.course)
            if crowd.count and candidate.last <= crowd.latest[place] and can_attend(crowd.kind, candidate) and (
                    len(crowd.held) == 1 or self._agrees(crowd, place, index)):
                takers.append(crowd)
        takers.sort(key=lambda crowd: (-crowd.share, crowd.kind.ready_by))
        return takers

    def _agrees(self, crowd: _Crowd, place: int, index: int) -> bool:
        candidate = self.layout.candidates[index]
        for other, held in enumerate(crowd.held):
            if held is None:
                continue
            run = self.layout.candidates[held]
            if run.busy.people & candidate.busy.people:
                return False
            if ((other, place) in crowd.kind.order and run.last >= candidate.first) or (
                    (place, other) in crowd.kind.order and candidate.last >= run.first):
                return False
        return True

    def _worth(self, index: int, seats: int) -> float:
        total, left = 0.0, seats
        for crowd in self._takers(index):
            taken = min(left, crowd.count)
            total += taken * crowd.share
            left -= taken
            if not left:
                break
        least = max(1, self.layout.problem.courses[self.layout.candidates[index].course].min_participants)
        return total if seats - left >= least else 0.0

    def _seat(self, placed: Placed) -> set[int]:
        """Seat people in a run and return the courses of which the waiting people have changed."""
        course = self.layout.candidates[placed.candidate].course
        left = self.draft.seats(placed)
        touched = {course}
        for crowd in self._takers(placed.candidate):
            taken = min(left, crowd.count)
            crowd.count -= taken
            left -= taken
            held = tuple(placed.candidate if other == course else run
                         for other, run in zip(crowd.kind.courses, crowd.held, strict=True))
            touched |= set(crowd.kind.courses)
            if None in held:
                self._enter(_Crowd(crowd.kind, crowd.latest, held, taken))
            else:
                self.value += taken * crowd.kind.weight
                self.done.append((crowd.kind, tuple(run for run in held if run is not None), taken))
            if not left:
                break
        for place in touched:
            self.crowds[place] = [crowd for crowd in self.crowds[place] if crowd.count]
        return touched

    def seated(self) -> Seated:
        """Return who is ready, after it has run."""
        layout, draft = self.layout, self.draft
        order = sorted(draft.placed)
        place_of = {index: number for number, index in enumerate(order)}
        runs = [OpenRun(layout.candidates[index], draft.seats(draft.placed[index]),
                        layout.problem.courses[layout.candidates[index].course].min_participants) for index in order]
        number_of = {kind: number for number, kind in enumerate(self.kinds)}
        chosen = drop_small(runs, [(number_of[kind], tuple(place_of[index] for index in held), count)
                                   for kind, held, count in self.done])
        return Seated(sum(self.kinds[place].weight * count for place, _, count in chosen), tuple(chosen), self.value)

    def run(self) -> Draft:
        """Return the draft."""
        layout = self.layout
        version = [0] * len(layout.of_course)
        heap: list[tuple[float, int, int, int]] = []

        def push(index: int) -> None:
            placed = self.draft.find(index)
            if placed is not None:
                worth = self._worth(index, self.draft.seats(placed))
                if worth > 0:
                    candidate = layout.candidates[index]
                    heapq.heappush(heap, (-worth, candidate.last, index, version[candidate.course]))

        for index in range(len(layout.candidates)):
            push(index)
        while heap:
            worth, _, index, seen = heapq.heappop(heap)
            if seen != version[layout.candidates[index].course]:
                continue
            placed = self.draft.find(index)
            if placed is None:
                continue
            if self._worth(index, self.draft.seats(placed)) < -worth:
                push(index)
                continue
            self.draft.add(placed)
            for course in sorted(self._seat(placed)):
                version[course] += 1
                for other in layout.of_course[course]:
                    push(other)
        return self.draft
