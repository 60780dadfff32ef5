"""The search for the best timetable: greedy first, then better and better, always with a proven bound."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import floor

from kompetensi.planning.timetable.candidates import Layout
from kompetensi.planning.timetable.draft import Draft, draft_of
from kompetensi.planning.timetable.fairness import timetable_of
from kompetensi.planning.timetable.greedy import greedy
from kompetensi.planning.timetable.neighbourhoods import neighbourhood
from kompetensi.planning.timetable.people import Kind, kinds_of
from kompetensi.planning.timetable.placement import Placement, keep
from kompetensi.planning.timetable.problem import Problem
from kompetensi.planning.timetable.result import Measure, Progress, Timetable
from kompetensi.planning.timetable.seating import OpenRun, Seated, open_runs, seat, taken_in
from kompetensi.planning.timetable.soundness import refuse_unsound

__all__ = ["solve"]

# A problem with at most so many columns is given to CP-SAT as a whole.
_WHOLE_COLUMNS = 12_000
_NEIGHBOURHOOD_S = 4.0
_FREE_CANDIDATES = 360


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

    def __init__(self, problem: Problem, time_limit: float, seed: int, workers: int,
                 on_progress: Callable[[Progress], None] | None, should_stop: Callable[[], bool] | None,
                 clock: Callable[[], float]) -> None:
        self.clock = clock
        self.begin = clock()
        self.time_limit = time_limit
        self.seed = seed
        self.workers = workers
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.layout = Layout(problem)
        self.kinds = kinds_of(self.layout)
        self.bound = sum(kind.weight * kind.count for kind in self.kinds)
        self.proven = False
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
            relaxed = Placement(self.layout, self.kinds, Draft(self.layout), everything, trainers=False).program.relax(
                time_limit=self.left)
            if relaxed is not None:
                self.prove(relaxed[0])
            self.tell("bound")
        if not self.is_over:
            self.whole(everything)
        if not self.proven:
            self.improve()
        self.tell("done")
        return self.timetable()

    def whole(self, everything: Sequence[int]) -> None:
        """Solve a small problem as a whole: value, then runs, then cost, each with proof."""
        program = Placement(self.layout, self.kinds, Draft(self.layout), everything, exact=True)
        if len(program.program.lower) > _WHOLE_COLUMNS:
            return
        for aim in ("value", "runs", "cost"):
            program.aim(aim)
            values, bound = program.program.solve_mixed(
                range(len(program.program.lower)), time_limit=self.left * 0.6, seed=self.seed)
            if aim == "value":
                self.prove(bound)
            if values:
                draft, seated = program.exact_solution([round(value) for value in values])
                self.take(with_seats(draft, open_runs(draft), seated))
                self.tell("placement")
            measure = self.best.measure
            reached = {"value": measure.value, "runs": -measure.runs, "cost": -measure.run_cost_idr}[aim]
            if floor(bound + 1e-6) > reached or self.is_over:
                return
            program.hold(reached)
        self.proven = True

    def improve(self) -> None:
        """Free a part of the timetable again and again and fill it better."""
        random_ = random.Random(self.seed)
        round_ = 0
        with ThreadPoolExecutor(self.workers) as pool:
            while not self.is_over and self.best.measure.value < self.bound:
                freed = [neighbourhood(self.layout, self.best.draft, random_, round_ * self.workers + number, _FREE_CANDIDATES)
                         for number in range(self.workers)]
                round_ += 1
                found = list(pool.map(self.refill, freed, range(round_ * self.workers, (round_ + 1) * self.workers)))
                better = [one for one in found if one is not None and self.take(one)]
                if better:
                    self.tell("neighbourhood")

    def refill(self, free: Sequence[int], seed: int) -> Found | None:
        """Return the best timetable that differs in some candidates only; None if it is the one at hand."""
        best = self.best
        placement = Placement(self.layout, self.kinds, keep(best.draft, free), free, value=1 + len(free), runs=1)
        solution = placement.program.solve(
            time_limit=min(_NEIGHBOURHOOD_S, max(self.left, 0.1)), work_limit=_NEIGHBOURHOOD_S, seed=seed,
            hint=placement.hint(best.draft, ready_of(best.seated)))
        if not solution.values:
            return None
        draft = placement.draft(solution.values)
        if draft.placed == best.draft.placed:
            return None
        return found_of(draft, self.kinds, time_limit=max(self.left, 5.0), seed=seed)


def ready_of(seated: Seated) -> dict[int, int]:
    """Return for each kind how many of its people are ready."""
    ready: dict[int, int] = {}
    for place, _, count in seated.chosen:
        ready[place] = ready.get(place, 0) + count
    return ready


def solve(
    problem: Problem, *, time_limit: float = 60.0, seed: int = 0, workers: int = 1,
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
    seed, workers : int
        Of the search; the same problem, seed and number of workers have the same answer unless the time was up.
    on_progress : callable, optional
        Told each better timetable and each better bound; the first is never below the greedy.
    should_stop : callable, optional
        Asked between steps; when it says yes the best timetable so far is returned.
    clock : callable

    Raises
    ------
    InvalidInput
        If the problem names something that it does not have; `where` is a JSON Pointer.
    """
    refuse_unsound(problem)
    return _Search(problem, time_limit, seed, workers, on_progress, should_stop, clock).run()
