"""The search for the best timetable: greedy first, then better and better, always with a proven bound."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import ceil, floor

from kompetensi.planning.timetable.candidates import Layout
from kompetensi.planning.timetable.draft import Draft, draft_of
from kompetensi.planning.timetable.fairness import timetable_of
from kompetensi.planning.timetable.greedy import Guide, greedy
from kompetensi.planning.timetable.neighbourhoods import neighbourhood
from kompetensi.planning.timetable.people import Kind, kinds_of
from kompetensi.planning.timetable.placement import Placement, keep
from kompetensi.planning.timetable.problem import Problem
from kompetensi.planning.timetable.result import Measure, Progress, Timetable
from kompetensi.planning.timetable.seating import OpenRun, Seated, drop_small, open_runs, seat, taken_in, value_of
from kompetensi.planning.timetable.soundness import refuse_unsound

__all__ = ["solve"]

# A problem with at most so many columns is given to CP-SAT as a whole.
_WHOLE_COLUMNS = 12_000
_WHOLE_S = 60.0
_WHOLE_NODES = 20
# With more choices of rooms and trainers than this, trainers are left out of the bound of the whole problem.
_RELAXED_CHOICES = 60_000
_NEIGHBOURHOOD_S = 8.0
_NEIGHBOURHOOD_NODES = 100
_FREE_CANDIDATES = 160


@dataclass(frozen=True, slots=True)
class Found:
    """A timetable in numbers: its runs, who sits in them, how good it is.

    Attributes
    ----------
    seated : Seated
        Its run numbers are places in `order`: planned runs by candidate, then fixed runs.
    """

    draft: Draft
    seated: Seated
    measure: Measure

    @property
    def order(self) -> list[int]:
        """Candidates of the planned runs."""
        return sorted(self.draft.placed)


def found_of(draft: Draft, kinds: Sequence[Kind], *, time_limit: float, seed: int = 0) -> Found:
    """Seat people in the runs of a draft, and leave out the runs in which nobody sits."""
    runs = open_runs(draft)
    return with_seats(draft, runs, seat(kinds, runs, time_limit=time_limit, seed=seed))


def with_seats(draft: Draft, runs: Sequence[OpenRun], seated: Seated) -> Found:
    """Return a draft with its seats, without the runs in which nobody sits."""
    taken = taken_in(runs, seated.chosen)
    order = sorted(draft.placed)
    stay = [number for number in range(len(order)) if taken[number]]
    if len(stay) < len(order):
        place_of = {number: place for place, number in enumerate([*stay, *range(len(order), len(runs))])}
        draft = draft_of(draft.layout, (draft.placed[order[number]] for number in stay))
        seated = Seated(seated.value, tuple(
            (kind, tuple(place_of[number] for number in numbers), count) for kind, numbers, count in seated.chosen), seated.bound)
    return Found(draft, seated, Measure(seated.value, len(draft.placed), draft.cost_idr))


class _Search:

    def __init__(self, problem: Problem, time_limit: float, turns: int | None, seed: int, workers: int,
                 on_progress: Callable[[Progress], None] | None, should_stop: Callable[[], bool] | None,
                 clock: Callable[[], float]) -> None:
        self.clock = clock
        self.begin = clock()
        self.time_limit = time_limit
        self.turns = turns
        self.seed = seed
        self.workers = workers
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.layout = Layout(problem)
        self.kinds = kinds_of(self.layout)
        self.bound = sum(kind.weight * kind.count for kind in self.kinds)
        self.proven = False
        self.favour: dict[int, float] = {}
        self.wanted = [0.0] * len(problem.courses)
        self.best: Found = with_seats(Draft(self.layout), open_runs(Draft(self.layout)), Seated(0, (), self.bound))

    @property
    def seconds(self) -> float:
        return self.clock() - self.begin

    @property
    def left(self) -> float:
        return self.time_limit - self.seconds

    @property
    def is_over(self) -> bool:
        return self.left <= 0 or (self.should_stop is not None and self.should_stop())

    def tell(self, step: str) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(step, self.seconds, self.timetable()))

    def timetable(self) -> Timetable:
        return timetable_of(self.layout, self.kinds, self.best.draft, self.best.seated, max(self.bound, self.best.measure.value),
                            self.proven)

    def take(self, found: Found) -> bool:
        """Keep a timetable if it is better than the best."""
        if not found.measure.is_better_than(self.best.measure):
            return False
        self.best = found
        return True

    def prove(self, bound: float) -> None:
        """Note that no value is greater."""
        self.bound = min(self.bound, floor(bound + 1e-6))

    def run(self) -> Timetable:
        draft, seated, _ = greedy(self.layout)
        self.take(with_seats(draft, open_runs(draft), seated))
        self.tell("greedy")
        if not self.is_over:
            self.take(found_of(draft, self.kinds, time_limit=self.left, seed=self.seed))
            self.tell("seating")
        everything = range(len(self.layout.candidates))
        if not self.is_over:
            self.relax(everything)
            self.tell("bound")
        if not self.is_over:
            self.whole(everything)
        if not self.proven:
            self.improve()
        self.tell("done")
        return self.timetable()

    def relax(self, everything: Sequence[int]) -> None:
        """Bound the value by the relaxation, and note which people and runs it chooses; a large one leaves trainers out."""
        trainers = self._size([]) <= _RELAXED_CHOICES
        placement = Placement(self.layout, self.kinds, Draft(self.layout), everything, trainers=trainers)
        relaxed = placement.program.relax(time_limit=self.left)
        if relaxed is None:
            return
        self.prove(relaxed[0])
        values = relaxed[1]
        for place, column in placement.ready.items():
            self.favour[place] = values[column] / max(1, placement.program.upper[column])
        for index, column in placement.runs.items():
            self.wanted[self.layout.candidates[index].course] += values[column]

    def whole(self, everything: Sequence[int]) -> None:
        """Solve a small problem as a whole: value, then runs, then cost, each with proof.

        People of a kind are counted together as long as that loses nobody; else each is one by himself.
        """
        for kinds, origin in ((self.kinds, range(len(self.kinds))), _singles(self.kinds)):
            if self.is_over or self._size(kinds) > _WHOLE_COLUMNS:
                return
            if not self._prove(Placement(self.layout, kinds, Draft(self.layout), everything, exact=True), origin):
                return

    def _size(self, kinds: Sequence[Kind]) -> int:
        """Return about how many columns the whole problem has."""
        problem = self.layout.problem
        return sum(len(self.layout.of_course[course]) for kind in kinds for course in kind.courses) + sum(
            len(self.layout.of_course[place]) * (len(problem.rooms) + len(problem.trainers) * len(course.trainers))
            for place, course in enumerate(problem.courses))

    def _prove(self, program: Placement, origin: Sequence[int]) -> bool:
        """Optimise one measure after the other; return whether people were lost, so that it has to be done again."""
        for aim in ("value", "runs", "cost"):
            program.aim(aim)
            values, bound = program.program.solve_whole(
                time_limit=min(0.85 * self.left, _WHOLE_S) if self.turns is None else self.left,
                nodes=None if self.turns is None else _WHOLE_NODES)
            if aim == "value":
                self.prove(bound)
            lost = False
            if values:
                draft, seated = program.exact_solution(values)
                lost = seated.value < program.value(values)
                chosen = _together((origin[place], numbers, count) for place, numbers, count in seated.chosen)
                self.take(with_seats(draft, open_runs(draft), Seated(seated.value, chosen, 0)))
                self.tell("placement")
            measure = self.best.measure
            reached = {"value": measure.value, "runs": -measure.runs, "cost": -measure.run_cost_idr}[aim]
            if floor(bound + 1e-6) > reached or self.is_over:
                return lost
            program.hold(reached)
        self.proven = True
        return False

    def improve(self) -> None:
        """Change a part of the timetable again and again: build it anew along the relaxation, or choose it best of all.

        The way that has failed less often since it last helped is tried next.
        """
        turn = 0
        failed = {"rebuild": 0, "neighbourhood": 0}
        with ThreadPoolExecutor(self.workers) as pool:
            while not self.is_over and (self.turns is None or turn < self.turns):
                if not self.favour or self.best.measure.value >= self.bound:
                    step = "neighbourhood"
                else:
                    step = min(failed, key=lambda name: failed[name])
                way = self.rebuild if step == "rebuild" else self.refill_some
                turns = range(turn, turn + self.workers)
                turn += self.workers
                better = [found for found in pool.map(way, turns) if found is not None and self.take(found)]
                failed[step] = 0 if better else failed[step] + 1
                if better:
                    self.tell(step)

    def refill_some(self, turn: int) -> Found | None:
        """Return the best timetable that differs in a part chosen by chance."""
        random_ = random.Random(f"refill {self.seed}/{turn}")
        return self.refill(neighbourhood(self.layout, random_, _FREE_CANDIDATES, weeks=random_.random() < 0.5))

    def rebuild(self, turn: int) -> Found:
        """Plan by the greedy along the relaxation, from nothing at first, later from the best without some of its runs."""
        random_ = random.Random(f"rebuild {self.seed}/{turn}")
        begin = Draft(self.layout)
        spread = 0.0
        if turn >= 2 * self.workers:
            most = len(self.layout.candidates) // random_.choice((2, 4, 8))
            freed = neighbourhood(self.layout, random_, most, weeks=random_.random() < 0.5)
            begin = keep(self.best.draft, freed)
            spread = random_.choice((0.0, 0.1, 0.3))
        slack = 0.3 if turn == 0 else random_.uniform(0.0, 0.6)
        floor_ = 0.1 if turn == 0 else random_.choice((0.03, 0.1, 0.3))
        favour = {place: max(floor_, self.favour.get(place, 0.0)) * (1 + random_.uniform(-spread, spread))
                  for place in range(len(self.kinds))}
        caps = [max(ceil(wanted - slack), runs) for wanted, runs in zip(self.wanted, begin.runs_of, strict=True)]
        draft, _, _ = greedy(self.layout, Guide(favour, caps, begin))
        return found_of(draft, self.kinds, time_limit=max(self.left, 1.0), seed=self.seed)

    def refill(self, free: Sequence[int]) -> Found | None:
        """Return the best timetable that differs in some candidates only; None if nothing better is found.

        People who sit in a freed run are free as well, and those who wait for one of its courses; all others keep their seats.
        """
        best = self.best
        freed = set(free)
        order = best.order
        kept = keep(best.draft, freed)
        stay = {number: place for place, number in enumerate(
            [number for number in range(len(order)) if order[number] not in freed])}
        stay |= {len(order) + place: len(stay) + place for place in range(len(self.layout.fixed))}
        courses = {self.layout.candidates[index].course for index in free}
        held = [(place, tuple(stay[number] for number in numbers), count) for place, numbers, count in best.seated.chosen
                if all(number in stay for number in numbers)]
        waiting = self._waiting(held, courses)
        runs = open_runs(kept)
        left = [replace(run, seats=run.seats - count, least=max(0, run.least - count))
                for run, count in zip(runs, taken_in(runs, held), strict=True)]
        placement = Placement(self.layout, waiting, kept, free, exact=True, kept_runs=left)
        placement.aim("both")
        values, _ = placement.program.solve_whole(
            time_limit=self.left if self.turns is not None else min(_NEIGHBOURHOOD_S, self.left),
            nodes=_NEIGHBOURHOOD_NODES)
        if not values:
            return None
        draft, seated = placement.exact_solution(values)
        planned = sorted(draft.placed)
        number_of = {index: number for number, index in enumerate(planned)}
        moved = [number_of[index] for index in sorted(kept.placed)] + list(
            range(len(planned), len(planned) + len(self.layout.fixed)))
        chosen = _together([*seated.chosen, *((place, tuple(moved[number] for number in numbers), count)
                                              for place, numbers, count in held)])
        runs = open_runs(draft)
        chosen = tuple(drop_small(runs, list(chosen)))
        found = with_seats(draft, runs, Seated(value_of(self.kinds, chosen), chosen, 0))
        return found if found.measure.is_better_than(best.measure) else None

    def _waiting(self, held: Sequence[tuple[int, tuple[int, ...], int]], courses: set[int]) -> list[Kind]:
        """Return the kinds with the people who may be seated anew: who has lost a seat, or waits for one of some courses."""
        seated: dict[int, int] = {}
        for place, _, count in held:
            seated[place] = seated.get(place, 0) + count
        return [replace(kind, count=kind.count - seated.get(place, 0) if courses.intersection(kind.courses) else 0)
                for place, kind in enumerate(self.kinds)]


def _singles(kinds: Sequence[Kind]) -> tuple[list[Kind], list[int]]:
    """Return kinds of one person each where several courses are needed, and the place of the kind that each comes from."""
    found = [(replace(kind, count=1), place) if len(kind.courses) > 1 else (kind, place)
             for place, kind in enumerate(kinds) for _ in range(kind.count if len(kind.courses) > 1 else 1)]
    return [kind for kind, _ in found], [place for _, place in found]


def _together(chosen: Iterable[tuple[int, tuple[int, ...], int]]) -> tuple[tuple[int, tuple[int, ...], int], ...]:
    counts: dict[tuple[int, tuple[int, ...]], int] = {}
    for place, numbers, count in chosen:
        counts[place, numbers] = counts.get((place, numbers), 0) + count
    return tuple((place, numbers, count) for (place, numbers), count in sorted(counts.items()))


def solve(
    problem: Problem, *, time_limit: float = 60.0, turns: int | None = None, seed: int = 0, workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None, should_stop: Callable[[], bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Timetable:
    """Find a timetable: the greatest weight of people ready by their date, then the fewest runs, then the least cost of runs.

    Between people who need the same by the same day seats are given so that as little as possible is missing to the agencies'
    fair shares.

    Parameters
    ----------
    time_limit : float
        Seconds by `clock`; the search ends sooner when nothing better can exist.
    turns : int, optional
        How many parts of the timetable are tried anew at most; None = until the time is up. With it, work is counted instead of
        time wherever it can be.
    seed, workers : int
        Of the search; the same problem, seed, number of workers and `turns` have the same answer unless the time was up. Without
        `turns` that holds for problems that are proven.
    on_progress : callable, optional
        Told each better timetable and each better bound, in the caller's thread; the first is never below the greedy.
    should_stop : callable, optional
        Asked between steps; when it says yes the best timetable so far is returned.
    clock : callable

    Raises
    ------
    InvalidInput
        If the problem names something that it does not have; `where` is a JSON Pointer.
    """
    refuse_unsound(problem)
    return _Search(problem, time_limit, turns, seed, workers, on_progress, should_stop, clock).run()
