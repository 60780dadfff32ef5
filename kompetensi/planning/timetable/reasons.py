"""Why a run cannot be elsewhere: every hard rule that refuses it, with the fact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kompetensi.planning.timetable.problem import Problem
from kompetensi.planning.timetable.result import Refusal, Timetable

__all__ = ["why_not"]


def why_not(
    problem: Problem, timetable: Timetable, run: str, day: date, *, hour: int | None = None, room: str | None = None,
    trainers: Sequence[Sequence[str]] | None = None,
) -> tuple[Refusal, ...]:
    """Say what refuses a run of a timetable another place, all other runs staying as they are.

    Parameters
    ----------
    run : str
        Id of a run of the timetable or of a fixed run.
    day : date
        On which it would begin.
    hour : int, optional
        At which its days would begin; None = as now.
    room : str, optional
        None = any: then it is refused only if every room is, and each room is named with its reason.
    trainers : sequence of sequence of str, optional
        For each need of the course the trainers' ids; None = any who can.

    Returns
    -------
    tuple of Refusal
        By order of `Rule`; empty if the run could be there.

    Raises
    ------
    NotFound
        If the timetable has no such run, or the problem no such room or trainer.
    """
    raise NotImplementedError
