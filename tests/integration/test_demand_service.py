"""The needs analysis: computed agency by agency, approved by somebody else, true to what the planner says of each person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from applications import build_app
from factories import NOW, TODAY, make_batch, make_person, prove
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.jobs import JobRunner, order_analysis
from kompetensi.models import Job, NeedsAnalysis, NeedsLine, NeedsPerson, Notification
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services import demand, targets
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.unit_of_work import transaction

TARGET = "ADM-KABID-ASET"
ON = {"today": TODAY, "now": NOW}
YEAR = TODAY.year + 1


@pytest.fixture
def app(databases, reference_url):
    return build_app(databases.new(template=reference_url))


@pytest.fixture
def session(app):
    """A session of its own on the application's database; what it commits stays."""
    with app.app_context():
        engine = state().db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


def actor(session, number, role, unit):
    return Actor(f"account:{number}", f"Akun {number}", None, (Grant(role, unit_by_code(session, unit).id),))


@pytest.fixture
def centre(session):
    return actor(session, 1, Role.TRAINING_CENTRE, "75-BKPSDM")


@pytest.fixture
def people(session):
    """Two of Dikbud and one of BKPSDM who want the same position; one has half of it."""
    with transaction(session):
        made = [make_person(session, unit=unit) for unit in ("75-DIKBUD", "75-DIKBUD", "75-BKPSDM")]
        prove(session, made[0], "TEK-KEUDA", 4)
        for person in made:
            person.target_position_id = position_by_code(session, TARGET).id
    return made


def order(session, who, **asked):
    with transaction(session):
        return order_analysis(session, who, asked.pop("unit", "75-BKPSDM"), asked.pop("year", YEAR), engine=None,
                              randomness=lambda count: bytes(range(count)), **asked, **ON)


def computed(session, app, who, **asked):
    number = order(session, who, **asked)
    job_id = session.scalar(select(NeedsAnalysis.job_id).where(NeedsAnalysis.id == number))
    session.rollback()
    JobRunner(app).run(job_id, "here:0:test")
    session.expire_all()
    assert session.get(Job, job_id).state == "DONE"
    return number


def test_each_person_needs_what_the_planner_says_and_no_training_twice(session, app, centre, people):
    number = computed(session, app, centre)
    rows = session.scalars(select(NeedsPerson).where(NeedsPerson.analysis_id == number)).all()
    mine = {row.person_id: row for row in rows if row.person_id in {person.id for person in people}}
    assert len(mine) == 3
    needed = {person: {need["training"] for need in row.needs} for person, row in mine.items()}
    assert "KEUDA-PENATA" in needed[people[1].id]
    assert needed[people[0].id] < needed[people[1].id]
    lines = session.scalars(select(NeedsLine).where(NeedsLine.analysis_id == number)).all()
    per_person = {(row.person_id, need["training"]) for row in rows for need in row.needs
                  if date.fromisoformat(need["latest_end"]) <= date(YEAR, 12, 31)}
    assert sum(line.people for line in lines) == len(per_person)
    assert session.get(NeedsAnalysis, number).summary["places"] == len(per_person)


def test_a_training_ends_early_enough_for_the_one_that_builds_on_it(session, app, centre, people):
    make_batch(session, "BMD-LANJUT", first_day=TODAY + timedelta(days=30), stages=[("CLASSICAL", 12)])
    session.commit()
    number = computed(session, app, centre)
    row = session.scalars(select(NeedsPerson).where(NeedsPerson.analysis_id == number,
                                                    NeedsPerson.person_id == people[1].id)).one()
    ends = {need["training"]: date.fromisoformat(need["latest_end"]) for need in row.needs}
    assert ends["BMD-LANJUT"] == date(YEAR, 12, 31)
    assert ends["BMD-DASAR"] == date(YEAR, 12, 31) - timedelta(days=12)


def test_what_others_have_in_mind_counts_and_the_person_is_told(session, app, centre):
    hr = actor(session, 2, Role.HR, "75")
    with transaction(session):
        person = make_person(session, unit="75-DIKBUD")
        target = targets.set_target(session, hr, person.nip, TARGET, "SUCCESSION", ready_by=date(YEAR, 6, 30), **ON)
    assert session.scalars(select(Notification.template).where(Notification.person_id == person.id)).all() == [
        "Anda disiapkan untuk jabatan %(position)s (%(source)s)."]
    number = computed(session, app, centre)
    row = session.scalars(select(NeedsPerson).where(NeedsPerson.analysis_id == number,
                                                    NeedsPerson.person_id == person.id)).one()
    assert (row.source, row.ready_by) == ("SUCCESSION", date(YEAR, 6, 30))
    assert max(need["latest_end"] for need in row.needs) == f"{YEAR}-06-30"
    with pytest.raises(Conflict, match="sudah disiapkan"):
        targets.set_target(session, hr, person.nip, TARGET, "SUCCESSION", ready_by=None, **ON)
    with transaction(session):
        targets.withdraw_target(session, hr, target, **ON)
    assert targets.list_targets(session, hr, person.nip, today=TODAY).targets == ()
    with pytest.raises(NotFound):
        targets.withdraw_target(session, hr, target, **ON)


def test_of_several_wishes_for_a_position_the_earliest_day_and_the_weightiest_source_count(session):
    person = make_person(session)
    person.target_position_id, person.target_ready_by = position_by_code(session, TARGET).id, date(YEAR, 3, 1)
    for source, ready_by in (("SUCCESSION", None), ("ROTATION", date(YEAR, 9, 1))):
        targets.set_target(session, SYSTEM, person.nip, TARGET, source, ready_by=ready_by, **ON)
    (row,) = targets.list_targets(session, SYSTEM, person.nip, today=TODAY).targets
    assert (row.source, row.ready_by) == ("ROTATION", date(YEAR, 3, 1))
    assert row.id is not None


@pytest.mark.parametrize(("source", "ready_by", "where"), [
    ("OWN", None, "source"), ("HR", TODAY - timedelta(days=1), "ready_by")])
def test_a_target_of_no_source_or_of_a_past_day_is_refused(session, source, ready_by, where):
    person = make_person(session)
    with pytest.raises(InvalidInput) as refused:
        targets.set_target(session, SYSTEM, person.nip, TARGET, source, ready_by=ready_by, **ON)
    assert refused.value.where == where


def test_an_interrupted_computation_goes_on_and_counts_nobody_twice(session, app, centre, people):
    number = order(session, centre)
    reckoning = demand.load_reckoning(session, number)
    agency = unit_by_code(session, "75-DIKBUD").id
    with transaction(session):
        first = demand.compute_agency(session, number, agency, reckoning)
    with transaction(session):
        assert demand.compute_agency(session, number, agency, reckoning) == first
    job_id = session.scalar(select(NeedsAnalysis.job_id).where(NeedsAnalysis.id == number))
    session.rollback()
    JobRunner(app).run(job_id, "here:0:test")
    session.expire_all()
    assert session.get(Job, job_id).state == "DONE"
    found = session.scalars(select(NeedsPerson.person_id).where(
        NeedsPerson.analysis_id == number, NeedsPerson.person_id.in_([person.id for person in people]))).all()
    assert sorted(found) == sorted(person.id for person in people)


def test_a_second_version_waits_for_the_first_and_shows_what_was_before(session, app, centre, people):
    order(session, centre)
    with pytest.raises(Conflict, match="sedang dihitung"):
        order_analysis(session, centre, "75-BKPSDM", YEAR, engine=None, randomness=lambda count: b"x" * count, **ON)
    session.rollback()
    job_id = session.scalar(select(NeedsAnalysis.job_id))
    session.rollback()
    JobRunner(app).run(job_id, "here:0:test")
    with transaction(session):
        later = order_analysis(session, centre, "75-BKPSDM", YEAR, engine=None, randomness=lambda count: b"y" * count, **ON)
    job_id = session.scalar(select(NeedsAnalysis.job_id).where(NeedsAnalysis.id == later))
    session.rollback()
    JobRunner(app).run(job_id, "here:0:test")
    session.expire_all()
    found = demand.view_analysis(session, centre, later, today=TODAY)
    assert (found.item.version, found.previous_version) == (2, 1)
    assert all(row.before == row.people for row in found.trainings)


def test_who_proposes_does_not_approve_and_a_newer_approval_supersedes(session, app, centre, people):
    number, other = computed(session, app, centre), actor(session, 3, Role.TRAINING_CENTRE, "75-BKPSDM")
    with transaction(session):
        demand.propose_analysis(session, centre, number, **ON)
    with pytest.raises(Conflict, match="usulannya sendiri"):
        demand.decide_analysis(session, centre, number, approve=True, **ON)
    session.rollback()
    with pytest.raises(InvalidInput, match="Tulis alasannya"):
        demand.decide_analysis(session, other, number, approve=False, **ON)
    session.rollback()
    with transaction(session):
        demand.decide_analysis(session, other, number, approve=False, reason="Anggaran terlalu besar.", **ON)
    with transaction(session):
        demand.propose_analysis(session, centre, number, **ON)
    with transaction(session):
        demand.decide_analysis(session, other, number, approve=True, **ON)
    with pytest.raises(Conflict, match="hanya yang diusulkan"):
        demand.decide_analysis(session, other, number, approve=True, **ON)
    session.rollback()
    with transaction(session):
        second = order_analysis(session, other, "75-BKPSDM", YEAR, engine=None, randomness=lambda count: b"z" * count, **ON)
    JobRunner(app).run(b"zzzzzzzz".hex(), "here:0:test")
    with transaction(session):
        demand.propose_analysis(session, other, second, **ON)
        demand.decide_analysis(session, centre, second, approve=True, **ON)
    session.expire_all()
    assert session.get(NeedsAnalysis, number).status == "SUPERSEDED"


def test_a_centre_sees_all_people_and_hr_only_its_own(session, app, centre, people):
    number = computed(session, app, centre)
    own = {person.nip for person in people}
    found = demand.list_people(session, centre, number, size=None, **ON)
    assert own <= {row.nip for row in found.items}
    hr = actor(session, 2, Role.HR, "75-DIKBUD")
    seen = {row.nip for row in demand.list_people(session, hr, number, size=None, **ON).items}
    assert seen & own == {people[0].nip, people[1].nip}
    narrowed = demand.list_people(session, centre, number, training_code="KEUDA-PENATA", agency_code="75-DIKBUD", size=None, **ON)
    assert own & {row.nip for row in narrowed.items} == {people[1].nip}
    with pytest.raises(NotAllowed):
        demand.list_people(session, actor(session, 4, Role.ADMIN, "75"), number, **ON)


@pytest.mark.parametrize(("asked", "error"), [
    ({"year": TODAY.year - 1}, InvalidInput), ({"year": 3000}, InvalidInput), ({"sources": ()}, InvalidInput),
    ({"sources": ("WISH",)}, InvalidInput), ({"unit": "NOWHERE"}, NotFound)])
def test_a_wrong_question_is_refused(session, people, asked, error):
    with pytest.raises(error):
        order(session, SYSTEM, **asked)


def test_without_anybody_who_has_a_target_there_is_nothing_to_compute(session, centre):
    for row in targets.load_targets(session, None, on=TODAY):
        pytest.fail(f"the test data has a target: {row}")
    with pytest.raises(Conflict, match="Belum ada pegawai"):
        order(session, centre)
