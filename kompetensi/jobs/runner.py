"""Runs the jobs of one application: takes a job, does it, and writes how it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy.exc import IntegrityError

from kompetensi.adapters.clock import SystemClock
from kompetensi.adapters.executors import is_gone
from kompetensi.context import press, state
from kompetensi.errors import KompetensiError, Unavailable
from kompetensi.jobs.certificates import ISSUE, issue_listed
from kompetensi.jobs.demand import COMPUTE, compute
from kompetensi.jobs.reminders import REMIND, order_reminders, remind
from kompetensi.jobs.timetables import SOLVE, solve_timetable
from kompetensi.jobs.waiting_lists import SETTLE, order_settling, settle
from kompetensi.jobs.work import Interrupted, Work
from kompetensi.messages import Message, say
from kompetensi.rules.access import Actor
from kompetensi.services import jobs
from kompetensi.services.audit import split_actor
from kompetensi.services.jobs import JobLost, JobState, Watch
from kompetensi.services.unit_of_work import transaction

__all__ = ["STALE_AFTER", "JobRunner", "watch"]

_log = logging.getLogger(__name__)

# A job without a sign of life for so long has lost its process. One certificate takes a second or two; a remote
# timestamp that hangs may take longer, and then two run it: each commits only what is still its own.
STALE_AFTER = timedelta(seconds=60)

# Kind of a job -> what does it.
KINDS: Mapping[str, Callable[[Work], None]] = {
    ISSUE: issue_listed, REMIND: remind, COMPUTE: compute, SOLVE: solve_timetable, SETTLE: settle}


def watch() -> Watch:
    """Return how one tells now that the process of a job has ended."""
    return Watch(is_gone, SystemClock().now() - STALE_AFTER)


class JobRunner:
    """The rows of an application's jobs (`kompetensi.ports.JobRows`).

    Parameters
    ----------
    app : flask.Flask
    pauses : sequence of float
        Seconds to wait before a job that found something unavailable tries again; then it fails, and can be resumed.
    """

    def __init__(self, app: Flask, *, pauses: Sequence[float] = ()) -> None:
        self._app = app
        self._pauses = pauses
        self._pulse = SystemClock().now
        self._leaving = threading.Event()
        self._reminded: date | None = None
        self._settled: datetime | None = None

    def run(self, job_id: str, executor: str, *, settled: Callable[[int], None] = lambda count: None) -> None:
        """Do a job; see `kompetensi.ports.JobRows`.

        Parameters
        ----------
        settled : callable
            Called after each commit with how many items this run has settled.
        """
        with self._app.app_context():
            here = state()
            session, clock = here.db.session, here.clock
            with transaction(session):
                claimed = jobs.claim_job(session, job_id, executor, watch=watch(),
                                         pulse=self._pulse(), now=clock.now())
            if claimed is None:
                return
            account, label = split_actor(claimed.created_by)
            work = Work(session, claimed, Actor(account, label, is_system=True), executor, clock, self._pulse, press(),
                        self._leaving.is_set, settled)
            try:
                outcome, problem = self._do(work)
            except JobLost:
                _log.warning("job %s is run by another process; this one leaves it", job_id)
                return
            except Interrupted:
                outcome, problem = JobState.QUEUED, None
            except BaseException:
                # The process is told to end: whoever runs jobs next goes on with this one.
                self._conclude(work, JobState.QUEUED, None)
                raise
            self._conclude(work, outcome, problem)

    def leave(self) -> None:
        """Let the jobs that run here stop and wait; see `kompetensi.ports.JobRows`."""
        self._leaving.set()

    def abandoned(self) -> Sequence[str]:
        """Return the ids of jobs that nobody runs, oldest first; the first call of a day asks for its reminders, the
        first of an hour for its waiting lists."""
        with self._app.app_context():
            self._order_reminders()
            self._order_settling()
            return jobs.abandoned_jobs(state().db.session, watch=watch())

    def _order_reminders(self) -> None:
        session, clock = state().db.session, state().clock
        today = clock.today()
        if today == self._reminded:
            return
        try:
            with transaction(session):
                order_reminders(session, today=today, now=clock.now())
        except IntegrityError:
            _log.info("another process has asked for the reminders of %s", today)
        self._reminded = today

    def _order_settling(self) -> None:
        session, clock = state().db.session, state().clock
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        if hour == self._settled:
            return
        try:
            with transaction(session):
                order_settling(session, today=clock.today(), now=clock.now())
        except IntegrityError:
            _log.info("another process has asked for the waiting lists of %s", hour)
        self._settled = hour

    def _do(self, work: Work) -> tuple[JobState, Message | None]:
        kind = KINDS.get(work.job.kind)
        if kind is None:
            return JobState.FAILED, say("Pekerjaan jenis %(kind)s tidak dikenal versi ini.", kind=work.job.kind)
        pauses = list(self._pauses)
        while True:
            try:
                kind(work)
                return (JobState.CANCELLED if work.stopping else JobState.DONE), None
            except Unavailable as problem:
                if not pauses:
                    return JobState.FAILED, problem.message
                if self._leaving.wait(pauses.pop(0)):
                    raise Interrupted from problem
            except KompetensiError as problem:
                return JobState.FAILED, problem.message
            except (JobLost, Interrupted):
                raise
            except Exception as error:
                _log.exception("job %s failed", work.job.id)
                return JobState.FAILED, say("Pekerjaan terhenti karena kesalahan program (%(kind)s); yang sudah terbit "
                                            "tetap terbit.", kind=type(error).__name__)

    def _conclude(self, work: Work, outcome: JobState, problem: Message | None) -> None:
        with transaction(work.session):
            jobs.conclude_job(work.session, work.job.id, work.executor, outcome, problem=problem, now=work.clock.now())
