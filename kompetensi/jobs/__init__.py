"""Long work, and work whose phases are committed one by one.

`order_batch` and its like write a job in the caller's transaction; the engine of the application (`kompetensi.ports.Jobs`)
runs it after the commit through `JobRunner`. What a job has done, what is left, and how to stop it are questions to the
rows: `kompetensi.services.jobs`.
"""

from __future__ import annotations

from kompetensi.jobs.certificates import Completion, complete, complete_one, issue_one, order_batch, order_year
from kompetensi.jobs.demand import order_analysis
from kompetensi.jobs.runner import JobRunner, watch
from kompetensi.jobs.timetables import order_replan, order_timetable
from kompetensi.services.jobs import cancel_job, list_jobs, requeue_job, view_job

__all__ = ["Completion", "JobRunner", "cancel_job", "complete", "complete_one", "issue_one", "list_jobs", "order_analysis", "order_batch", "order_replan", "order_timetable",
           "order_year", "requeue_job", "view_job", "watch"]
