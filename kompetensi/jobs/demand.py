"""A needs analysis as a job: one agency after the other, a commit after each, then the counts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from kompetensi.jobs.work import Work
from kompetensi.ports import Jobs
from kompetensi.rules.access import Actor
from kompetensi.services import demand
from kompetensi.services.demand import COMPUTE
from kompetensi.services.jobs import ItemState
from kompetensi.services.targets import SOURCES
from kompetensi.services.unit_of_work import after_commit, transaction

__all__ = ["COMPUTE", "compute", "order_analysis"]


def order_analysis(
    session: Session, actor: Actor, unit_code: str, year: int, *, sources: Collection[str] = SOURCES, engine: Jobs | None,
    randomness: Callable[[int], bytes], today: date, now: datetime,
) -> int:
    """Begin a new version of a needs analysis; inside of a transaction. Return its number.

    Parameters
    ----------
    engine : Jobs or None
        Starts the job after the commit; None = the caller runs it.

    Raises
    ------
    NotFound, NotAllowed, InvalidInput, Conflict
        As `services.demand.order_analysis`.
    """
    job_id = randomness(8).hex()
    analysis_id = demand.order_analysis(session, actor, unit_code, year, sources=sources, job_id=job_id, today=today, now=now)
    if engine is not None:
        after_commit(session, lambda: engine.start(job_id))
    return analysis_id


def compute(work: Work) -> None:
    """Compute what is left of an analysis; what an interrupted run has committed stays."""
    analysis_id = work.job.arguments["analysis"]
    with transaction(work.session):
        work.beat()
        reckoning = demand.load_reckoning(work.session, analysis_id)
    while not work.stopping:
        with transaction(work.session):
            items = work.next_items(1)
            if not items:
                demand.finish_analysis(work.session, analysis_id, reckoning)
                return
            work.beat()
            if work.stopping:
                return
            count = demand.compute_agency(work.session, analysis_id, items[0].subject_id, reckoning)
            work.settle(items[0].id, ItemState.DONE, outcome=str(count))
        work.report()
