"""For which positions others have people in mind: succession, HR's wish, rotation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from kompetensi.demo.careers import Invented
from kompetensi.demo.days import plus_months
from kompetensi.demo.rows import Rows
from kompetensi.demo.structure import Seat
from kompetensi.models import Target
from kompetensi.rules.access import Actor
from kompetensi.services import demand, jobs
from kompetensi.services.jobs import ItemState, JobState, Watch

__all__ = ["invent_targets", "write_analysis"]

# To which class people are led from which, and by whom.
_NEXT = {"PELAKSANA": ("PENGAWAS", "HR"), "PENGAWAS": ("ADMINISTRATOR", "SUCCESSION"),
         "ADMINISTRATOR": ("JPT-PRATAMA", "SUCCESSION"), "JF-PERTAMA": ("JF-MUDA", "HR"), "JF-MUDA": ("PENGAWAS", "ROTATION")}
# One in so many is led somewhere.
_ONE_IN = 5


def invent_targets(rows: Rows, people: Sequence[Invented], seats: Sequence[Seat], *, seed: int, today: date) -> None:
    """Write targets: one in five of those whose government has a position of the next class, by the end of next year."""
    drawn = random.Random(f"{seed}/targets")
    open_seats: dict[tuple[str, str], list[Seat]] = {}
    for seat in seats:
        open_seats.setdefault((seat.unit[:4], seat.job_class), []).append(seat)
    for person in people:
        following = _NEXT.get(person.seat.job_class)
        if following is None or person.username or person.employee_type != "PNS" or drawn.randrange(_ONE_IN):
            continue
        job_class, source = following
        candidates = [seat for seat in open_seats.get((person.seat.unit[:4], job_class), ())
                      if seat.urusan == person.seat.urusan] or open_seats.get((person.seat.unit[:4], job_class), [])
        if not candidates:
            continue
        rows.add(Target, person_id=person.id, position_id=drawn.choice(candidates).position_id, source=source,
                 ready_by=plus_months(today, drawn.randint(8, 24)).replace(day=1),
                 set_on=today - timedelta(days=drawn.randint(5, 90)), set_by="system:kompetensi", withdrawn_on=None)


def write_analysis(session: Session, centre: Actor, admin: Actor, unit: str, *, seed: int, today: date, now: datetime) -> None:
    """Compute next year's needs analysis for a training centre, have it proposed and approved."""
    job_id = random.Random(f"{seed}/demand").randbytes(8).hex()
    number = demand.order_analysis(session, centre, unit, today.year + 1, job_id=job_id, today=today, now=now)
    jobs.claim_job(session, job_id, "demo", watch=Watch(lambda executor: False, now), pulse=now, now=now)
    reckoning = demand.load_reckoning(session, number)
    for item in jobs.waiting_items(session, job_id, jobs.count_waiting(session, job_id)):
        count = demand.compute_agency(session, number, item.subject_id, reckoning)
        jobs.settle_item(session, item.id, ItemState.DONE, outcome=str(count), now=now)
    demand.finish_analysis(session, number, reckoning)
    jobs.conclude_job(session, job_id, "demo", JobState.DONE, now=now)
    demand.propose_analysis(session, centre, number, today=today, now=now)
    demand.decide_analysis(session, admin, number, approve=True, today=today, now=now)
