"""The greedy timetable: the run that helps most, again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from kompetensi.planning.timetable.candidates import Layout
from kompetensi.planning.timetable.draft import Draft, Placed
from kompetensi.planning.timetable.people import Kind, can_attend, kinds_of, latest_days
from kompetensi.planning.timetable.seating import OpenRun, Seated, agree, drop_small

__all__ = ["Guide", "greedy"]


class _Crowd:
    """Persons of one kind who hold the same seats so far."""

    __slots__ = ("count", "held", "kind", "latest", "place", "share")

    def __init__(self, place: int, kind: Kind, latest: list[int], held: tuple[int | None, ...], count: int,
                 favour: float) -> None:
        self.place = place
        self.kind = kind
        self.latest = latest
        self.held = held
        self.count = count
        # What one more seat is worth: the weight divided by the seats that are still missing.
        self.share = favour * kind.weight / max(1, sum(run is None for run in held))


class _Queue:
    """Who waits for a course; a row for each crowd, a column for each candidate of the course."""

    def __init__(self, candidates: range) -> None:
        self.candidates = candidates
        self.crowds: list[_Crowd] = []
        self.rows: list[npt.NDArray[np.bool_]] = []

    def enter(self, crowd: _Crowd, row: npt.NDArray[np.bool_]) -> None:
        """Let a crowd wait; `row` tells in which candidates it could sit."""
        self.crowds.append(crowd)
        self.rows.append(row)

    def takers(self, index: int) -> list[_Crowd]:
        """Return who could sit in a candidate, those for whom it is worth most first."""
        column = index - self.candidates.start
        found = [crowd for crowd, row in zip(self.crowds, self.rows, strict=True) if row[column] and crowd.count]
        return sorted(found, key=lambda crowd: (-crowd.share, crowd.kind.ready_by))

    def worth(self, seats: npt.NDArray[np.int64], least: int) -> npt.NDArray[np.float64]:
        """Return for each candidate what its seats are worth if it has so many; 0 if too few would sit there."""
        kept = [place for place, crowd in enumerate(self.crowds) if crowd.count]
        self.crowds, self.rows = [self.crowds[place] for place in kept], [self.rows[place] for place in kept]
        if not kept:
            return np.zeros(len(self.candidates))
        order = sorted(range(len(kept)), key=lambda place: (-self.crowds[place].share, self.crowds[place].kind.ready_by))
        counts = np.array([self.crowds[place].count for place in order])[:, None] * np.array([self.rows[place] for place in order])
        before = np.cumsum(counts, axis=0) - counts
        taken = np.clip(seats[None, :] - before, 0, counts)
        worth: npt.NDArray[np.float64] = np.array([self.crowds[place].share for place in order]) @ taken
        worth[taken.sum(axis=0) < least] = 0.0
        return worth


@dataclass(frozen=True, slots=True)
class Guide:
    """What a relaxation knows better than the greedy.

    Attributes
    ----------
    favour : mapping of int to float
        By place of the kind the factor of what its seats are worth; 1 where absent.
    most_runs : sequence of int
        By course.
    begin : Draft
        Runs that are planned already; they are seated first.
    """

    favour: Mapping[int, float]
    most_runs: Sequence[int]
    begin: Draft


def greedy(layout: Layout, guide: Guide | None = None) -> tuple[Draft, Seated, int]:
    """Plan run after run, each time the one whose seats are worth most.

    A seat is worth a person's weight divided by how many courses he still misses; a run seats those first for whom a seat is
    worth most, then those whose date is nearest. Whoever is seated stays. Equal runs: the earlier end, then the order of the
    candidates. A run that would have fewer than its least participants is not made.

    Returns
    -------
    Draft
        Some of its runs may hold people who do not become ready; `seating` gives all seats anew.
    Seated
        The people who are ready. Runs that would have fewer than their least participants without those who are not are empty,
        and their people have no seats.
    int
        Weight of the people who are ready if such runs take place all the same.
    """
    search = _Greedy(layout, guide)
    return search.run(), search.seated(), search.value


class _Greedy:

    def __init__(self, layout: Layout, guide: Guide | None = None) -> None:
        self.layout = layout
        self.guide = guide
        self.favour = guide.favour if guide else {}
        self.draft = Draft(layout)
        self.value = 0
        self.done: list[tuple[int, tuple[int, ...], int]] = []
        self.kinds = kinds_of(layout)
        self.queues = [_Queue(candidates) for candidates in layout.of_course]
        self.lasts = np.array([candidate.last for candidate in layout.candidates], dtype=np.int64)
        for place, kind in enumerate(self.kinds):
            latest = latest_days(kind, [[layout.candidates[index] for index in layout.of_course[course]]
                                        for course in kind.courses])
            if latest is not None:
                self._enter(_Crowd(place, kind, latest, (None,) * len(kind.courses), kind.count,
                                   self.favour.get(place, 1.0)))

    def _enter(self, crowd: _Crowd) -> None:
        for at, (course, run) in enumerate(zip(crowd.kind.courses, crowd.held, strict=True)):
            if run is None:
                self.queues[course].enter(crowd, self._row(crowd, at, course))

    def _row(self, crowd: _Crowd, at: int, course: int) -> npt.NDArray[np.bool_]:
        candidates = self.layout.of_course[course]
        row = self.lasts[candidates.start:candidates.stop] <= crowd.latest[at]
        held = [(other, self.layout.candidates[run]) for other, run in enumerate(crowd.held) if run is not None]
        if crowd.kind.away or held:
            for column in np.flatnonzero(row):
                candidate = self.layout.candidates[candidates.start + int(column)]
                row[column] = can_attend(crowd.kind, candidate) and all(
                    agree(crowd.kind, at, candidate, other, run) for other, run in held)
        return row

    def _seat(self, placed: Placed) -> set[int]:
        """Seat people in a run and return the courses of which the waiting people have changed."""
        course = self.layout.candidates[placed.candidate].course
        left = self.draft.seats(placed)
        touched = {course}
        for crowd in self.queues[course].takers(placed.candidate):
            taken = min(left, crowd.count)
            crowd.count -= taken
            left -= taken
            held = tuple(placed.candidate if other == course else run
                         for other, run in zip(crowd.kind.courses, crowd.held, strict=True))
            touched |= set(crowd.kind.courses)
            if None in held:
                self._enter(_Crowd(crowd.place, crowd.kind, crowd.latest, held, taken,
                                   self.favour.get(crowd.place, 1.0)))
            else:
                self.value += taken * crowd.kind.weight
                self.done.append((crowd.place, tuple(run for run in held if run is not None), taken))
            if not left:
                break
        return touched

    def seated(self) -> Seated:
        """Return who is ready, after it has run."""
        layout, draft = self.layout, self.draft
        order = sorted(draft.placed)
        place_of = {index: number for number, index in enumerate(order)}
        runs = [OpenRun(layout.candidates[index], draft.seats(draft.placed[index]),
                        layout.problem.courses[layout.candidates[index].course].min_participants) for index in order]
        chosen = drop_small(runs, [(place, tuple(place_of[index] for index in held), count) for place, held, count in self.done])
        return Seated(sum(self.kinds[place].weight * count for place, _, count in chosen), tuple(chosen), self.value)

    def run(self) -> Draft:
        """Return the draft."""
        layout, courses = self.layout, self.layout.problem.courses
        seats = np.zeros(len(layout.candidates), dtype=np.int64)
        for index in range(len(layout.candidates)):
            placed = self.draft.find(index)
            seats[index] = 0 if placed is None else self.draft.seats(placed)
        worth = np.zeros(len(layout.candidates))
        for placed in sorted(self.guide.begin.placed.values(), key=attrgetter("candidate")) if self.guide else ():
            self.draft.add(placed)
            self._seat(placed)
            seats[placed.candidate] = 0
        self._look(range(len(courses)), seats, worth)
        while len(worth) and worth.max() > 0:
            best = np.flatnonzero(worth == worth.max())
            index = int(best[np.argmin(self.lasts[best])])
            found = self.draft.find(index) if self._may_run(layout.candidates[index].course) else None
            now = 0 if found is None else self.draft.seats(found)
            if found is None or now < seats[index]:
                # Rooms and trainers only become fewer, so what was seen before was at least as good.
                seats[index] = now
                self._look([layout.candidates[index].course], seats, worth)
                continue
            self.draft.add(found)
            seats[index] = 0
            self._look(sorted(self._seat(found)), seats, worth)
        return self.draft

    def _may_run(self, course: int) -> bool:
        return self.guide is None or self.draft.runs_of[course] < self.guide.most_runs[course]

    def _look(self, places: range | list[int], seats: npt.NDArray[np.int64], worth: npt.NDArray[np.float64]) -> None:
        for place in places:
            queue = self.queues[place]
            part = slice(queue.candidates.start, queue.candidates.stop)
            least = max(1, self.layout.problem.courses[place].min_participants)
            worth[part] = np.where(seats[part] > 0, queue.worth(seats[part], least), 0.0)
