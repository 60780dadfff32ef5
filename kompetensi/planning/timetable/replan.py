"""A timetable after its facts have changed, with as few changes as possible."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from kompetensi.planning.timetable.candidates import Layout, room_fits
from kompetensi.planning.timetable.draft import Draft, Placed, draft_of
from kompetensi.planning.timetable.fairness import timetable_of
from kompetensi.planning.timetable.people import Kind, kinds_of, ways
from kompetensi.planning.timetable.placement import Placement
from kompetensi.planning.timetable.problem import Problem
from kompetensi.planning.timetable.program import Program
from kompetensi.planning.timetable.result import Progress, Run, Seating, Timetable
from kompetensi.planning.timetable.seating import Seated, drop_small, open_runs
from kompetensi.planning.timetable.soundness import refuse_unsound

__all__ = ["replan"]

_Chosen = tuple[int, tuple[int, ...], int]


def replan(
    problem: Problem, runs: Sequence[Run], seatings: Sequence[Seating], *, time_limit: float = 60.0, seed: int = 0,
    workers: int = 1, on_progress: Callable[[Progress], None] | None = None, clock: Callable[[], float] = time.monotonic,
) -> Timetable:
    """Repair a timetable: fewest changed runs first, then the greatest value, then as few as possible elsewhere in time.

    A run changes if its days, hour, room or trainers do, or if it is dropped. As many runs stay as the problem now allows together;
    each of the others is put elsewhere or given to others, or dropped where that helps nobody; none is added. Whoever sits only
    in runs that stay keeps his seats. A run that stays does so with however few participants.

    Parameters
    ----------
    problem : Problem
        As it is now, for instance with a trainer's absence.
    runs, seatings : sequence of Run, of Seating
        Of the timetable before.

    Returns
    -------
    Timetable
        With `changes`; a run that was put elsewhere keeps its id. OPTIMAL if nothing better can be had with so few changes.

    Raises
    ------
    InvalidInput
        As `solve`.
    """
    refuse_unsound(problem)
    return _Repair(problem, runs, seatings).run(time_limit, seed, workers, on_progress, clock)


class _Repair:

    def __init__(self, problem: Problem, runs: Sequence[Run], seatings: Sequence[Seating]) -> None:
        self.layout = Layout(problem)
        self.kinds = kinds_of(self.layout, together=False)
        self.before = {run.id: run for run in runs}
        self.seatings = seatings
        self.staying = self._staying(runs)
        self.kept = draft_of(self.layout, self.staying.values())
        self.broken = [run for run in runs if run.id not in self.staying]

    def _staying(self, runs: Sequence[Run]) -> dict[str, Placed]:
        """Return as many runs as can stay together; of equally many, the earlier ones of the list."""
        problem, layout = self.layout.problem, self.layout
        empty = Draft(layout)
        possible = {run.id: placed for run in runs if (placed := self._as_it_was(run, empty)) is not None}
        program = Program()
        scale = len(possible) + 1
        column = {name: program.column(gain=scale * scale - place) for place, name in enumerate(possible)}
        names = list(possible)
        for number, name in enumerate(names):
            alone = draft_of(layout, [possible[name]])
            for other in names[number + 1:]:
                if possible[other].candidate == possible[name].candidate or not self._goes(alone, possible[other]):
                    program.at_most_one([column[name], column[other]])
        for trainer in problem.trainers:
            if trainer.max_jp is not None:
                program.row(((column[name], self._load(placed, trainer.id)) for name, placed in possible.items()),
                            most=trainer.max_jp)
        if problem.max_runs is not None:
            program.row(((number, 1) for number in column.values()), most=problem.max_runs)
        for place, course in enumerate(problem.courses):
            if course.max_runs is not None:
                program.row(((column[name], 1) for name, placed in possible.items()
                             if layout.candidates[placed.candidate].course == place), most=course.max_runs)
        if problem.budget_idr is not None:
            program.row(((column[name], empty.cost(placed)) for name, placed in possible.items()), most=problem.budget_idr)
        solution = program.solve(time_limit=60.0, work_limit=60.0)
        return {name: placed for name, placed in possible.items() if solution.values and solution.values[column[name]]}

    def _load(self, placed: Placed, trainer: str) -> int:
        course = self.layout.problem.courses[self.layout.candidates[placed.candidate].course]
        return sum(need.jp for need, names in zip(course.trainers, placed.trainers, strict=True) if trainer in names)

    def _as_it_was(self, run: Run, empty: Draft) -> Placed | None:
        """Return a run in numbers if the problem still has its days, room and trainers and nothing fixed is in its way."""
        layout = self.layout
        course = layout.course_at.get(run.course)
        if course is None:
            return None
        stages = tuple(tuple(day.toordinal() for day in days) for days in run.stages)
        same = [index for index in layout.of_course[course]
                if layout.candidates[index].stages == stages and layout.candidates[index].hour == run.hour]
        twins = [other.id for other in self.before.values()
                 if other.course == run.course and other.stages == run.stages and other.hour == run.hour]
        at = twins.index(run.id)
        if at >= len(same):
            return None
        placed = Placed(same[at], run.room, run.trainers)
        return placed if empty.may_run(same[at]) and self._goes(empty, placed) else None

    def _goes(self, draft: Draft, placed: Placed) -> bool:
        """Whether a run can be added to a draft, numbers of runs and loads aside."""
        candidate = self.layout.candidates[placed.candidate]
        course = self.layout.problem.courses[candidate.course]
        if (placed.room is None) is bool(candidate.busy.room):
            return False
        place = None
        if placed.room is not None:
            room = draft.rooms.get(placed.room)
            if room is None or not room_fits(room, course) or draft.room_mask[room.id] & candidate.busy.room:
                return False
            place = room.place
        names = [name for group in placed.trainers for name in group]
        if len(set(names)) < len(names) or len(placed.trainers) != len(course.trainers):
            return False
        return all(
            len(group) == need.count and all(
                name in draft.trainers and draft.trainers[name].teaches.get(need.subject, -1) >= need.level
                and draft.is_free(draft.trainers[name], candidate, replace(need, jp=0), place) for name in group)
            for need, group in zip(course.trainers, placed.trainers, strict=True))

    def _kept_seats(self) -> list[_Chosen]:
        """Return the seats of those who sit only in runs that stay or are fixed, run numbers as in `open_runs`."""
        number_of = {placed.candidate: number for number, placed in enumerate(
            sorted(self.staying.values(), key=lambda placed: placed.candidate))}
        number = {name: number_of[placed.candidate] for name, placed in self.staying.items()}
        number |= {run.id: len(number_of) + place for place, run in enumerate(self.layout.problem.fixed)}
        runs = open_runs(self.kept)
        left = [run.seats for run in runs]
        place_of = {profile.id: place for place, profile in enumerate(self.layout.problem.profiles)}
        found: list[_Chosen] = []
        seated: dict[int, int] = {}
        for seating in self.seatings:
            place = place_of.get(seating.profile)
            if place is None or not all(name in number for name in seating.runs):
                continue
            kind = self.kinds[place]
            codes = self.layout.problem.profiles[place].courses
            if len(seating.runs) != len(codes):
                continue
            chosen = dict(zip((self.layout.course_at[code] for code in codes), (number[name] for name in seating.runs), strict=True))
            numbers = tuple(chosen[course] for course in kind.courses)
            offered = {course: [(chosen[course], runs[chosen[course]].candidate)] for course in kind.courses}
            count = min([seating.count, kind.count - seated.get(place, 0), *(left[at] for at in numbers)])
            if count > 0 and all(runs[at].candidate.course == course for at, course in zip(numbers, kind.courses, strict=True)) and (
                    next(ways(kind, offered, 1), None) is not None):
                found.append((place, numbers, count))
                seated[place] = seated.get(place, 0) + count
                for at in numbers:
                    left[at] -= count
        return found

    def run(self, time_limit: float, seed: int, workers: int, on_progress: Callable[[Progress], None] | None,
            clock: Callable[[], float]) -> Timetable:
        """Return the repaired timetable."""
        begin = clock()
        held = self._kept_seats()
        waiting = self._waiting(held)
        taken = _taken(len(self.kept.placed) + len(self.layout.fixed), held)
        free_runs = [replace(run, seats=run.seats - count, least=0)
                     for run, count in zip(open_runs(self.kept), taken, strict=True)]
        lost = [self.layout.course_at[run.course] for run in self.broken if run.course in self.layout.course_at]
        free = sorted(index for course in set(lost) for index in self.layout.of_course[course]
                      if index not in self.kept.placed)
        placement = Placement(self.layout, waiting, self.kept, free, exact=True, kept_runs=free_runs)
        for course in sorted(set(lost)):
            placement.program.row(((placement.runs[index], 1) for index in self.layout.of_course[course]
                                   if index in placement.runs), most=lost.count(course))
        best: tuple[Draft, Seated] = (self.kept, Seated(0, (), 0))
        proven, bound = True, 0
        for aim in ("value", "days"):
            if aim == "value":
                placement.aim("value")
            else:
                placement.program.gain.clear()
                placement.program.gain.update({column: self._nearness(index) for index, column in placement.runs.items()})
            left = time_limit - (clock() - begin)
            solution = placement.program.solve(time_limit=max(left, 0.1), seed=seed, workers=workers,
                                               hint=placement.exact_hint(*best))
            if aim == "value":
                bound = solution.bound
            if solution.values:
                draft, seated = placement.exact_solution(solution.values)
                if seated.value >= best[1].value:
                    best = self._without_small(draft, seated)
            if not solution.values or solution.bound > (best[1].value if aim == "value" else placement.program.value(solution.values)):
                proven = False
                break
            placement.hold(best[1].value if aim == "value" else solution.objective)
        timetable = self._timetable(*best, held, bound, proven)
        if on_progress is not None:
            on_progress(Progress("done", clock() - begin, timetable))
        return timetable

    def _without_small(self, draft: Draft, seated: Seated) -> tuple[Draft, Seated]:
        """Drop those new places in which too few would sit."""
        runs = open_runs(draft)
        planned = sorted(draft.placed)
        runs = [replace(run, least=0) if number >= len(planned) or planned[number] in self.kept.placed else run
                for number, run in enumerate(runs)]
        chosen = drop_small(runs, list(seated.chosen))
        taken = _taken(len(runs), chosen)
        stay = [number for number, index in enumerate(planned) if taken[number] or index in self.kept.placed]
        place_of = {number: place for place, number in enumerate([*stay, *range(len(planned), len(runs))])}
        return draft_of(self.layout, (draft.placed[planned[number]] for number in stay)), Seated(
            sum(self.kinds[place].weight * count for place, _, count in chosen),
            tuple((place, tuple(place_of[number] for number in numbers), count) for place, numbers, count in chosen), 0)

    def _waiting(self, held: Sequence[_Chosen]) -> list[Kind]:
        seated: dict[int, int] = {}
        for place, _, count in held:
            seated[place] = seated.get(place, 0) + count
        return [replace(kind, count=kind.count - seated.get(place, 0)) for place, kind in enumerate(self.kinds)]

    def _nearness(self, index: int) -> int:
        """Return less the farther a candidate is from the nearest day that a lost run of its course had."""
        candidate = self.layout.candidates[index]
        days = [run.stages[0][0].toordinal() for run in self.broken
                if self.layout.course_at.get(run.course) == candidate.course]
        return -min(abs(candidate.first - day) for day in days)

    def _timetable(self, draft: Draft, seated: Seated, held: Sequence[_Chosen], bound: int, proven: bool) -> Timetable:
        planned = sorted(draft.placed)
        kept = sorted(self.kept.placed)
        number_of = {index: number for number, index in enumerate(planned)}
        moved = [number_of[index] for index in kept] + list(range(len(planned), len(planned) + len(self.layout.fixed)))
        chosen = [*seated.chosen, *((place, tuple(moved[number] for number in numbers), count) for place, numbers, count in held)]
        base = sum(self.kinds[place].weight * count for place, _, count in held)
        names = {placed.candidate: name for name, placed in self.staying.items()}
        names |= self._names(draft, names)
        return timetable_of(self.layout, self.kinds, draft, Seated(seated.value + base, tuple(chosen), 0), base + bound, proven,
                            len(self.broken), names)

    def _names(self, draft: Draft, used: dict[int, str]) -> dict[int, str]:
        """Give each new place the id of a lost run of its course: the nearest in time, the earlier first."""
        found: dict[int, str] = {}
        lost = list(self.broken)
        for index in sorted(set(draft.placed) - set(used)):
            candidate = self.layout.candidates[index]
            mine = [run for run in lost if self.layout.course_at.get(run.course) == candidate.course]
            nearest = min(mine, key=lambda run: abs(run.stages[0][0].toordinal() - candidate.first))
            lost.remove(nearest)
            found[index] = nearest.id
        return found


def _taken(runs: int, chosen: Sequence[_Chosen]) -> list[int]:
    taken = [0] * runs
    for _, numbers, count in chosen:
        for number in numbers:
            taken[number] += count
    return taken
