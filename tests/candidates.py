"""A person whom the record lets move to a position: everything that a rule asks of the record is there."""

from __future__ import annotations

import itertools
from datetime import date

from factories import NOW, TODAY, job_class, make_person, make_post, prove
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.models import (
    Assessment,
    Certificate,
    Education,
    ElectionEvent,
    Government,
    Occupancy,
    PerformanceRating,
    Person,
)
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.snapshot import load_graph

TARGET = "ADM-KABID-ASET"
_numbers = itertools.count(1)


def make_certificate(session: Session, person: Person, training: str, *, finished_on: date = date(2026, 3, 6),
                     jp: int = 20, valid_until: date | None = None) -> Certificate:
    """Record an outside issuer's certificate."""
    number = next(_numbers)
    row = Certificate(
        token=f"TEST-{number:04d}-0000", person_id=person.id, training_code=training, kind="STTPP", external=True,
        issuer="BPSDM", year=finished_on.year, number=f"{number}/{training}", finished_on=finished_on, jp=jp,
        issued_on=finished_on, valid_until=valid_until, state="ISSUED", recorded_at=NOW)
    session.add(row)
    session.flush()
    return row


def make_candidate(session: Session, *, unit: str = "75-BKPSDM", position: str = TARGET, **fields: object) -> Person:
    """Make a person whom every rule that the record answers lets move to a position with a vacant post."""
    person = make_person(session, unit=unit, grade="IV/a", **({
        "name": "Rahma Pakaya", "service_bond": False, "on_study_assignment": False, "no_discipline_record": True,
        "talent_box": 8} | fields))
    session.add_all([
        Education(person_id=person.id, level_code="S2", field="Ekonomi", graduated_on=date(2012, 8, 1)),
        PerformanceRating(person_id=person.id, year=TODAY.year - 2, rating=2),
        PerformanceRating(person_id=person.id, year=TODAY.year - 1, rating=2),
        Assessment(person_id=person.id, assessed_on=date(2025, 6, 10), target_class_code="ADMINISTRATOR",
                   provider="Pusat Penilaian Kompetensi", accredited=True),
        Occupancy(person_id=person.id, unit_id=unit_by_code(session, unit).id, position_name="Kepala Subbagian",
                  job_class_id=job_class(session, "PENGAWAS").id, urusan="Keuangan", since=date(2019, 1, 2))])
    make_post(session, position)
    wanted = load_graph(session, TODAY).positions[position]
    for requirement in wanted.requirements:
        prove(session, person, requirement.competency, requirement.level)
    for demand in wanted.trainings:
        make_certificate(session, person, demand.training)
    return person


def record_elections(session: Session, *governments: str) -> None:
    """Record a past election for governments, so that the calendar is known."""
    for code in governments:
        government = session.scalars(select(Government).where(Government.code == code)).one()
        session.add(ElectionEvent(government_id=government.id, name="Pilkada 2024", source="KPU",
                                  candidates_set_on=date(2024, 9, 22), confidence="recorded"))
    session.flush()


def target_unit(session: Session, position: str = TARGET) -> int:
    """Return the id of the unit that a position belongs to."""
    return position_by_code(session, position).unit_id
