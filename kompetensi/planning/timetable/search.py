"""The search for the best timetable: greedy first, then better and better, always with a proven bound."""

from __future__ import annotations

import time
from collections.abc import Callable

from kompetensi.planning.timetable.problem import Problem
from kompetensi.planning.timetable.result import Progress, Timetable

__all__ = ["solve"]


def solve(
    problem: Problem, *, time_limit: float = 60.0, seed: int = 0, workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None, should_stop: Callable[[], bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Timetable:
    """Find a timetable: the greatest weight of people ready by their date, then the fewest runs, then the least cost of runs.

    Who sits in the runs is then decided so that as little as possible is missing to the agencies' fair shares, then at the
    least cost of seats.

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
    raise NotImplementedError
