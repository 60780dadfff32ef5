"""The reminders of a day as a job, so that a server sends them by itself."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from kompetensi.errors import Unavailable
from kompetensi.jobs.work import Work
from kompetensi.rules.access import SYSTEM
from kompetensi.services import jobs
from kompetensi.services.certificate_reminders import send_reminders
from kompetensi.services.unit_of_work import transaction

__all__ = ["REMIND", "order_reminders", "remind"]

REMIND = "certificates.remind"


def order_reminders(session: Session, *, today: date, now: datetime) -> str | None:
    """Ask for the reminders of a day; return the job, or None when somebody has asked already.

    Two processes that ask at once meet at the job's id, and the later one's transaction fails.
    """
    job_id = f"remind-{today:%Y-%m-%d}"
    if jobs.job_exists(session, job_id):
        return None
    jobs.write_job(session, SYSTEM, REMIND, job_id=job_id, items=(), arguments={"day": today.isoformat()}, unit_id=None,
                   today=today, now=now)
    return job_id


def remind(work: Work) -> None:
    """Send what is due; who has been reminded is not reminded again, however often the job runs.

    An installation without its policies has nothing to remind by, and that is no fault of the job.
    """
    with transaction(work.session):
        work.beat()
        try:
            send_reminders(work.session, work.actor, today=work.clock.today(), now=work.clock.now(),
                           mailer=work.press["mailer"])
        except Unavailable:
            return
