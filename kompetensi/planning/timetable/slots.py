"""Slots and rooms for events that are all to be held, without one hard rule broken."""

from __future__ import annotations

from kompetensi.planning.timetable.problem import SlotProblem
from kompetensi.planning.timetable.result import SlotTimetable

__all__ = ["solve_slots"]


def solve_slots(problem: SlotProblem, *, time_limit: float = 60.0, seed: int = 0, workers: int = 1) -> SlotTimetable:
    """Give each lecture of each event a slot and a room.

    Parameters
    ----------
    time_limit : float
        Seconds.
    seed, workers : int
        Of the solver; with one worker the same problem has the same answer.

    Returns
    -------
    SlotTimetable
        FEASIBLE with all lectures; INFEASIBLE if proven that there is none; UNKNOWN if the time was up.
    """
    raise NotImplementedError
