"""A timetable as a job: the solver works in this process, and each better answer is committed as soon as it is found."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from kompetensi.jobs.work import Work
from kompetensi.planning.timetable import Progress, Timetable, replan, solve
from kompetensi.ports import Jobs
from kompetensi.rules.access import Actor
from kompetensi.services import timetables
from kompetensi.services.jobs import ItemState
from kompetensi.services.timetables import SOLVE
from kompetensi.services.unit_of_work import after_commit, transaction

__all__ = ["SOLVE", "order_replan", "order_timetable", "solve_timetable"]

# Seconds between two signs of life while nothing better is found.
_BEAT_S = 5.0


def order_timetable(
    session: Session, actor: Actor, unit_code: str, name: str, analysis_id: int, first_day: date, last_day: date, *,
    time_limit_s: int, max_runs: int | None = None, budget_idr: int | None = None, engine: Jobs | None,
    randomness: Callable[[int], bytes], today: date, now: datetime,
) -> int:
    """Ask for a timetable; inside of a transaction. Return its number.

    Parameters
    ----------
    engine : Jobs or None
        Starts the job after the commit; None = the caller runs it.

    Raises
    ------
    NotFound, NotAllowed, InvalidInput, Conflict
        As `services.timetables.order_timetable`.
    """
    job_id = randomness(8).hex()
    number = timetables.order_timetable(
        session, actor, unit_code, name, analysis_id, first_day, last_day, time_limit_s=time_limit_s, max_runs=max_runs,
        budget_idr=budget_idr, job_id=job_id, today=today, now=now)
    if engine is not None:
        after_commit(session, lambda: engine.start(job_id))
    return number


def order_replan(
    session: Session, actor: Actor, draft_id: int, *, trainer_code: str | None = None, first_away: date | None = None,
    last_away: date | None = None, engine: Jobs | None, randomness: Callable[[int], bytes], today: date, now: datetime,
) -> int:
    """Ask for a changed timetable; as `order_timetable` and `services.timetables.order_replan`."""
    job_id = randomness(8).hex()
    number = timetables.order_replan(
        session, actor, draft_id, trainer_code=trainer_code, first_away=first_away, last_away=last_away, job_id=job_id,
        today=today, now=now)
    if engine is not None:
        after_commit(session, lambda: engine.start(job_id))
    return number


def solve_timetable(work: Work) -> None:
    """Look for the timetable of a job; killed, the next run begins anew and never keeps less than what was found before."""
    with transaction(work.session):
        items = work.next_items(1)
        if not items:
            return
        work.beat()
        draft_id = items[0].subject_id
        problem, former, best, limit = timetables.question_of(work.session, draft_id)
    watcher = _Watcher(work, draft_id, best)
    workers = os.cpu_count() or 1
    if former is None:
        found = solve(problem, time_limit=limit, workers=workers, on_progress=watcher.told, should_stop=watcher.is_enough)
    else:
        found = replan(problem, former.runs, former.seatings, time_limit=limit, workers=workers, on_progress=watcher.told)
    with transaction(work.session):
        work.beat()
        if work.stopping and not watcher.enough:
            return
        timetables.keep_best(work.session, draft_id, watcher.better(found), seconds=watcher.seconds, done=True)
        work.settle(items[0].id, ItemState.DONE, outcome=str(found.ready))
    work.report()


class _Watcher:
    """Keeps what the search tells, and asks the rows now and then whether it is to end."""

    def __init__(self, work: Work, draft_id: int, best: Timetable | None) -> None:
        self._work = work
        self._draft_id = draft_id
        self._best = best
        self._last = time.monotonic()
        self._begun = self._last
        self.enough = False

    @property
    def seconds(self) -> float:
        """How long this run has looked."""
        return time.monotonic() - self._begun

    def better(self, found: Timetable) -> Timetable:
        """Return the better of what was kept before this run and what is found now."""
        if self._best is not None and self._best.changes == found.changes and self._best.measure.is_better_than(found.measure):
            return self._best
        return found

    def told(self, progress: Progress) -> None:
        """Commit a better timetable or bound."""
        self._keep(self.better(progress.timetable))

    def is_enough(self) -> bool:
        """Say whether to stop; gives a sign of life when that is due."""
        if not self.enough and not self._work.stopping and time.monotonic() - self._last > _BEAT_S:
            self._keep(None)
        return self.enough or self._work.stopping

    def _keep(self, found: Timetable | None) -> None:
        with transaction(self._work.session):
            self._work.beat()
            if found is not None:
                self.enough = timetables.keep_best(
                    self._work.session, self._draft_id, found, seconds=self.seconds, done=False) or self.enough
            else:
                self.enough = timetables.is_stopping(self._work.session, self._draft_id) or self.enough
        self._last = time.monotonic()
