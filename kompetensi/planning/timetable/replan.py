"""A timetable after its facts have changed, with as few changes as possible."""

from __future__ import annotations

import time
from collections.abc import Callable

from kompetensi.planning.timetable.problem import Problem
from kompetensi.planning.timetable.result import Progress, Timetable

__all__ = ["replan"]


def replan(
    problem: Problem, before: Timetable, *, time_limit: float = 60.0, seed: int = 0, workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None, should_stop: Callable[[], bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Timetable:
    """Repair a timetable: fewest changed runs first, then `Measure`.

    A run changes if its days, hour, room or trainers do, if it is dropped, or if it is new. So every run that the changed
    problem still allows stays; the others are put elsewhere, given to others, or dropped.

    Parameters
    ----------
    problem : Problem
        As it is now, for instance with a trainer's absence.
    before : Timetable
        An answer to the problem as it was.

    Returns
    -------
    Timetable
        With `changes`; a run that was put elsewhere keeps its id.
    """
    raise NotImplementedError
