"""Waiting lists at regular times: offers that ran out end, seats that are free are offered, lists of begun batches close."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from kompetensi.jobs.work import Work
from kompetensi.rules.access import SYSTEM
from kompetensi.services import jobs
from kompetensi.services.unit_of_work import transaction
from kompetensi.services.waiting_list import has_waiting_lists, settle_all

__all__ = ["SETTLE", "order_settling", "settle"]

SETTLE = "courses.settle_waiting_lists"


def order_settling(session: Session, *, today: date, now: datetime) -> str | None:
    """Ask for the waiting lists of an hour; return the job, or None when nobody waits or somebody has asked already.

    Two processes that ask at once meet at the job's id, and the later one's transaction fails.
    """
    job_id = f"settle-{now:%Y-%m-%dT%H}"
    if not has_waiting_lists(session) or jobs.job_exists(session, job_id):
        return None
    jobs.write_job(session, SYSTEM, SETTLE, job_id=job_id, items=(), arguments={"hour": f"{now:%Y-%m-%dT%H}"}, unit_id=None,
                   today=today, now=now)
    return job_id


def settle(work: Work) -> None:
    """Settle all waiting lists in one transaction; done twice it changes nothing more."""
    with transaction(work.session):
        work.beat()
        settle_all(work.session, work.actor, today=work.clock.today(), now=work.clock.now(), mailer=work.press["mailer"])
