"""Jobs that run at once, in the process and thread that ask for them: the engine of a host that brings none."""

from __future__ import annotations

from kompetensi.adapters.executors import executor_id
from kompetensi.ports import JobRows

__all__ = ["InlineJobs"]


class InlineJobs:
    """Runs a job when it is started, and returns when it has ended.

    Whoever starts it waits: a request answers after the last certificate. What a killed process leaves behind goes on
    when it is started again (`kompetensi jobs run`, or the button on its page).
    """

    def __init__(self) -> None:
        self._rows: JobRows | None = None

    def bind(self, rows: JobRows) -> None:
        """Take the rows of the application."""
        self._rows = rows

    def start(self, job_id: str) -> None:
        """Run a job to its end."""
        if self._rows is None:
            raise RuntimeError("the engine of jobs is not bound to an application")
        self._rows.run(job_id, executor_id())
