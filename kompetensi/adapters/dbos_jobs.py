"""Jobs that survive their process: run by DBOS from a queue in SQLite or PostgreSQL.

Our own rows are the truth; DBOS keeps which job is to be run and by whom. It starts with the first job, or when the
server calls `launch`, and once per process. A sweeper hands it what is in our rows and nobody runs: jobs whose start
was lost between the commit and the queue, and those of a process that is gone.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from kompetensi.adapters.executors import executor_id
from kompetensi.errors import Unavailable
from kompetensi.messages import say
from kompetensi.ports import JobRows

__all__ = ["DbosJobs"]

_log = logging.getLogger(__name__)

_NAME, _QUEUE, _WORKFLOW = "kompetensi", "kompetensi-jobs", "kompetensi.run_job"
# DBOS runs only work of its own version. What a job does is written in our rows, so every release may go on with it:
# the version is that of the agreement between queue and rows, not that of the code.
_VERSION = "kompetensi-jobs-1"
_ENDED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
# Jobs that one process runs at a time, and seconds between two looks into the queue.
_CONCURRENCY, _POLL_S = 2, 0.5
_GRACE_S = 10

_RUNS_ALREADY = say("Mesin pekerjaan sudah berjalan dalam proses ini atau dalam proses induknya. Satu proses menjalankan satu "
                    "mesin, dan dimulai sesudah prosesnya ada.")

_started: DbosJobs | None = None
_starting = threading.Lock()


class DbosJobs:
    """Runs jobs in threads of this process, or of any other on the same system database.

    Parameters
    ----------
    database_url : str
        SQLAlchemy address of DBOS's own tables: a SQLite file for one machine; for several the PostgreSQL database
        that they share, where they stand in the schema ``dbos``.
    sweep_s : float
        Seconds between two searches for jobs that nobody runs.
    """

    def __init__(self, database_url: str, *, sweep_s: float = 10.0) -> None:
        self._database_url = database_url
        self._sweep_s = sweep_s
        self._rows: JobRows | None = None
        self._workflow: Any = None
        self._process = 0
        self._ending = threading.Event()
        self._sweeper: threading.Thread | None = None

    def bind(self, rows: JobRows) -> None:
        """Take the rows of the application."""
        self._rows = rows

    @property
    def is_launched(self) -> bool:
        """Whether it runs in this process."""
        return self._process == os.getpid()

    def launch(self) -> None:
        """Start the engine; nothing happens if it runs already. Jobs that a process left behind go on at once.

        Raises
        ------
        Unavailable
            If another engine runs in this process, the process was forked from one where it runs, or its database
            does not open.
        """
        global _started
        if self.is_launched:
            return
        with _starting:
            if self.is_launched:
                return
            if _started is not None:
                raise Unavailable(_RUNS_ALREADY)
            self._open()
            _started, self._process = self, os.getpid()
        self._ending.clear()
        self._sweeper = threading.Thread(target=self._sweep, name="kompetensi-jobs", daemon=True)
        self._sweeper.start()

    def start(self, job_id: str) -> None:
        """Put a job into the queue, under its own id; one that waits there or runs is left alone."""
        self.launch()
        self._hand_over(job_id)

    def close(self) -> None:
        """Stop the engine: jobs that run stop where nothing is half done, and all wait for the next process."""
        global _started
        if not self.is_launched:
            return
        from dbos import DBOS

        self._ending.set()
        if self._rows is not None:
            self._rows.leave()
        if self._sweeper is not None:
            self._sweeper.join(_GRACE_S)
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_GRACE_S)
        with _starting:
            _started, self._process, self._workflow = None, 0, None

    def _open(self) -> None:
        from dbos import DBOS  # half a second; only processes that run jobs pay it
        from dbos import _dbos as dbos_state

        rows = self._rows
        if rows is None:
            raise RuntimeError("the engine of jobs is not bound to an application")
        if getattr(dbos_state, "_dbos_global_instance", None) is not None:
            raise Unavailable(_RUNS_ALREADY)  # a host's own; it would be shared, and ended by whoever fails first
        logging.getLogger("dbos").setLevel(logging.WARNING)
        try:
            DBOS(config={
                "name": _NAME, "system_database_url": self._database_url, "application_version": _VERSION,
                "executor_id": executor_id(), "log_level": "WARNING"})

            @DBOS.workflow(name=_WORKFLOW)
            def run_job(job_id: str) -> None:
                rows.run(job_id, executor_id())

            DBOS.launch()
            DBOS.register_queue(_QUEUE, worker_concurrency=_CONCURRENCY, polling_interval_sec=_POLL_S)
        except Exception as error:
            DBOS.destroy(destroy_registry=True)
            _log.exception("the engine of jobs does not start")
            raise Unavailable(say("Mesin pekerjaan tidak dapat dimulai: %(problem)s. Pekerjaannya tetap tercatat.",
                                  problem=type(error).__name__)) from error
        self._workflow = run_job

    def _hand_over(self, job_id: str) -> None:
        from dbos import DBOS, SetWorkflowID

        known = DBOS.get_workflow_status(job_id)
        if known is None:
            with SetWorkflowID(job_id):
                DBOS.enqueue_workflow(_QUEUE, self._workflow, job_id)
        elif known.status in _ENDED:
            DBOS.rewind_workflow(job_id, queue_name=_QUEUE, application_version=_VERSION)
        elif known.status == "PENDING" and known.executor_id != executor_id():
            DBOS.resume_workflow(job_id, queue_name=_QUEUE)

    def _sweep(self) -> None:
        while True:
            try:
                for job_id in self._rows.abandoned() if self._rows is not None else ():
                    self._hand_over(job_id)
            except Exception:
                # A database that is away for a moment must not end the watch.
                _log.exception("the search for jobs that nobody runs failed; it is repeated")
            if self._ending.wait(self._sweep_s):
                return
