"""Makers of records for the tests. Each returns the flushed record; what a test does not name gets a plain value."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.models import (
    Batch,
    BatchStage,
    BatchSubject,
    Evidence,
    JobClass,
    Meeting,
    Occupancy,
    Person,
    Position,
    Post,
    Rank,
    Unit,
)
from kompetensi.services.lookup import competency_by_code, position_by_code, training_by_code, unit_by_code

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 14, tzinfo=UTC)

_serials = itertools.count(1)


def make_nip(birth: date = date(1985, 4, 12), joined: date = date(2010, 1, 1), sex: str = "P") -> str:
    """Return a valid NIP that no other factory gave."""
    # Three digits count; after a thousand the month of joining does.
    months, serial = divmod(next(_serials), 1000)
    joined = joined.replace(month=(joined.month - 1 + months) % 12 + 1)
    return f"{birth:%Y%m%d}{joined:%Y%m}{'1' if sex == 'L' else '2'}{serial:03d}"


def make_person(session: Session, *, unit: str = "75-BKPSDM", grade: str | None = "III/d", **fields: object) -> Person:
    """Make a civil servant in a unit, with a rank since 2022."""
    unit_row = session.scalars(select(Unit).where(Unit.code == unit)).one()
    values: dict = {
        "nip": make_nip(), "name": "Sitti Rahma Pakaya", "sex": "P", "birth_date": date(1985, 4, 12),
        "employee_type": "PNS", "unit_id": unit_row.id, "legal_status": "01", "tmt_cpns": date(2010, 1, 1),
        "tmt_pns": date(2011, 1, 1), "invented": True} | fields
    person = Person(**values)
    session.add(person)
    session.flush()
    if grade is not None:
        session.add(Rank(person_id=person.id, grade_code=grade, effective_from=date(2022, 4, 1)))
        session.flush()
    return person


def make_post(session: Session, position: Position | str, *, superior: Post | None = None) -> Post:
    """Make a post of a position in the position's own unit."""
    if isinstance(position, str):
        position = position_by_code(session, position)
    post = Post(code=f"{position.code}-{next(_serials)}", position_id=position.id, unit_id=position.unit_id,
                superior_post_id=superior.id if superior else None, invented=True)
    session.add(post)
    session.flush()
    return post


def occupy(session: Session, person: Person, post: Post, *, since: date = date(2022, 1, 3),
           until: date | None = None, kind: str = "DEFINITIVE") -> Occupancy:
    """Put a person into a post."""
    position = session.get_one(Position, post.position_id)
    occupancy = Occupancy(
        person_id=person.id, post_id=post.id, unit_id=post.unit_id, job_class_id=position.job_class_id,
        position_name=position.name, urusan=position.urusan, kind=kind, since=since, until=until)
    session.add(occupancy)
    session.flush()
    return occupancy


def prove(session: Session, person: Person, competency: str, level: int, *, kind: str = "ASSESSMENT",
          observed_on: date = date(2025, 6, 10), valid_until: date | None = date(2028, 6, 10)) -> Evidence:
    """Record an observed level."""
    evidence = Evidence(
        person_id=person.id, competency_id=competency_by_code(session, competency).id, level=level, kind=kind,
        observed_on=observed_on, valid_until=valid_until, recorded_at=NOW, source="asesmen uji")
    session.add(evidence)
    session.flush()
    return evidence


def job_class(session: Session, code: str) -> JobClass:
    """Return a position class of the reference tables."""
    return session.scalars(select(JobClass).where(JobClass.code == code)).one()


def make_batch(session: Session, training: str, *, first_day: date, stages: list[tuple[str, int]] | None = None,
               organiser: str = "75-BKPSDM", **fields: object) -> Batch:
    """Make a batch whose stages (mode, days) follow each other from its first day on; default: three days in class."""
    row = training_by_code(session, training)
    serial = next(_serials)
    days = stages or [("CLASSICAL", 3)]
    last_day = first_day + timedelta(days=sum(count for _, count in days) - 1)
    values: dict = {
        "code": f"{training}-U{serial}", "training_id": row.id, "number": serial, "year": first_day.year, "seats": 30,
        "first_day": first_day, "last_day": last_day, "place": "Kota Gorontalo", "status": "OPEN",
        "organiser_id": unit_by_code(session, organiser).id, "invented": True} | fields
    batch = Batch(**values)
    day = first_day
    for seq, (mode, count) in enumerate(days, 1):
        batch.stages.append(BatchStage(seq=seq, name=f"Tahap {seq}", mode=mode, first_day=day,
                                       last_day=day + timedelta(days=count - 1)))
        day += timedelta(days=count)
    batch.subjects.append(BatchSubject(seq=1, name="Materi inti", jp=row.jp))
    session.add(batch)
    session.flush()
    return batch


def make_meeting(session: Session, batch: Batch, *, day: date | None = None, starts: int = 9 * 60, ends: int = 12 * 60,
                 jp: int = 4, **fields: object) -> Meeting:
    """Make a meeting of a batch; default: on its first day, 09.00 to 12.00."""
    meeting = Meeting(**{"batch_id": batch.id, "day": day or batch.first_day, "starts": starts, "ends": ends, "jp": jp,
                         "title": "Tatap muka", "changed_at": NOW} | fields)
    session.add(meeting)
    session.flush()
    return meeting
