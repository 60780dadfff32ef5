"""Timetables as drafts: the question from what is recorded, the best so far kept, accepted as batches, changed when somebody is ill."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from applications import build_app
from factories import NOW, TODAY, make_person
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.exchange.timetable import question_from_json
from kompetensi.exchange.timetable_document import problem_to_json, timetable_from_json
from kompetensi.jobs import JobRunner, order_analysis, order_replan, order_timetable
from kompetensi.models import Batch, Job, NeedsAnalysis, Room, TimetableDraft, Trainer, TrainerQualification, Training
from kompetensi.rules.access import Actor, Grant, Role
from kompetensi.services import timetables
from kompetensi.services.enrolments import enrol
from kompetensi.services.lookup import position_by_code, training_by_code, unit_by_code
from kompetensi.services.timetable_question import ask_question
from kompetensi.services.unit_of_work import transaction

TARGET = "ADM-KABID-ASET"
ON = {"today": TODAY, "now": NOW}
YEAR = TODAY.year + 1
SPAN = (date(YEAR, 1, 1), date(YEAR, 12, 31))


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


@pytest.fixture
def centre(session):
    return Actor("account:1", "Balai", None, (Grant(Role.TRAINING_CENTRE, unit_by_code(session, "75-BKPSDM").id),))


def ids():
    """Return a source of ids that never repeats."""
    made = iter(range(1, 100))
    return lambda count: next(made).to_bytes(count, "big")


@pytest.fixture
def randomness():
    return ids()


@pytest.fixture
def analysis(session, app, centre, randomness):
    """Three people who want the same position; a room, and two trainers for two of the trainings that they need."""
    with transaction(session):
        for _ in range(3):
            make_person(session, unit="75-DIKBUD").target_position_id = position_by_code(session, TARGET).id
        session.add(Room(name="Kelas A", place="Kota Gorontalo", seats=20))
        for code, teaches in (("W1", ("BMD-DASAR", "BMD-LANJUT")), ("W2", ("BMD-DASAR",))):
            trainer = Trainer(code=code, name=f"Widyaiswara {code}", yearly_jp=400)
            trainer.qualifications = [TrainerQualification(training_id=training_by_code(session, one).id, level=None)
                                      for one in teaches]
            session.add(trainer)
    with transaction(session):
        number = order_analysis(session, centre, "75-BKPSDM", YEAR, engine=None, randomness=randomness, **ON)
    job_id = session.get(NeedsAnalysis, number).job_id
    session.rollback()
    JobRunner(app).run(job_id, "here:0:test")
    session.expire_all()
    return number


@pytest.fixture
def solved(session, app, centre, analysis, randomness):
    return solve(session, app, centre, analysis, randomness)


def solve(session, app, who, analysis, randomness, **asked):
    with transaction(session):
        number = order_timetable(session, who, "75-BKPSDM", "Jadwal uji", analysis, *SPAN, time_limit_s=20, engine=None,
                                 randomness=randomness, **asked, **ON)
    return run(session, app, number)


def run(session, app, number):
    job_id = session.get(TimetableDraft, number).job_id
    session.rollback()
    JobRunner(app).run(job_id, "here:0:test")
    session.expire_all()
    assert session.get(Job, job_id).state == "DONE"
    return number


def test_the_question_survives_being_written_and_read(session, analysis):
    question = ask_question(session, unit_by_code(session, "75-BKPSDM"), analysis, *SPAN, on=TODAY)
    assert {course.code for course in question.problem.courses} == {"BMD-DASAR", "BMD-LANJUT"}
    assert question_from_json(problem_to_json(question.problem)).problem == question.problem
    assert {one.code for one in question.left_out} >= {"PKA"}
    (profile,) = question.problem.profiles
    assert (profile.count, profile.order) == (3, (("BMD-DASAR", "BMD-LANJUT"),))
    # They need what is held elsewhere too, so that they only come nearer.
    assert profile.weight == 1


def test_holidays_and_the_hours_of_the_unit_are_those_of_the_calendar(session, analysis):
    calendar = ask_question(session, unit_by_code(session, "75-BKPSDM"), analysis, *SPAN, on=TODAY).problem.calendar
    assert date(YEAR, 8, 17) in calendar.closed
    assert calendar.weekdays == {1, 2, 3, 4, 5}
    assert 6 <= calendar.first_hour < calendar.last_hour <= 18


def test_a_timetable_is_found_and_says_how_good_it_is(session, centre, solved):
    found = timetables.view_timetable(session, centre, solved, today=TODAY)
    assert (found.item.status, found.item.ready, found.item.people, found.item.proven) == ("SOLVED", 3, 3, True)
    assert [run.course for run in found.runs] == ["BMD-DASAR", "BMD-LANJUT"]
    assert found.runs[0].last_day < found.runs[1].first_day
    assert all(run.room == "Kelas A, Kota Gorontalo" for run in found.runs)
    assert found.runs[1].trainers == ("Widyaiswara W1",)


def test_an_accepted_timetable_becomes_batches_once(session, centre, solved):
    with transaction(session):
        codes = timetables.accept_timetable(session, centre, solved, **ON)
    batches = session.scalars(select(Batch).where(Batch.code.in_(codes)).order_by(Batch.first_day)).all()
    assert [(batch.training.code, batch.status) for batch in batches] == [("BMD-DASAR", "PLANNED"), ("BMD-LANJUT", "PLANNED")]
    assert all(batch.room is not None and batch.trainers and batch.stages and batch.subjects for batch in batches)
    with pytest.raises(Conflict, match="diterima"):
        timetables.accept_timetable(session, centre, solved, **ON)


def test_when_a_trainer_is_away_the_rest_stays_and_the_batches_follow(session, app, centre, solved, randomness):
    before = timetables.view_timetable(session, centre, solved, today=TODAY).runs
    with transaction(session):
        codes = timetables.accept_timetable(session, centre, solved, **ON)
    away = before[1]
    with transaction(session):
        number = order_replan(session, centre, solved, trainer_code="W1", first_away=away.first_day, last_away=away.last_day,
                              engine=None, randomness=randomness, **ON)
    run(session, app, number)
    after = timetables.view_timetable(session, centre, number, today=TODAY)
    changed = [line for line in after.runs if line.change]
    assert [(line.course, line.change) for line in changed] == [("BMD-LANJUT", "changed")]
    assert after.item.changes == 1
    assert not changed[0].first_day <= away.last_day or changed[0].first_day > away.last_day
    with transaction(session):
        moved = timetables.accept_timetable(session, centre, number, **ON)
    assert len(moved) == 1
    assert moved[0] in codes
    batch = session.scalars(select(Batch).where(Batch.code == moved[0])).one()
    assert batch.first_day == changed[0].first_day
    assert len(session.scalars(select(Batch.id).join(Training).where(Training.code.like("BMD-%"))).all()) == 2


def test_a_batch_that_somebody_sits_in_stays_where_it_is(session, app, centre, solved, randomness):
    with transaction(session):
        codes = timetables.accept_timetable(session, centre, solved, **ON)
        first = session.scalars(select(Batch).where(Batch.code == codes[0])).one()
        first.status = "OPEN"
    with transaction(session):
        enrol(session, centre, make_person(session, unit="75-DIKBUD").nip, codes[0], **ON)
    with transaction(session):
        number = order_replan(session, centre, solved, engine=None, randomness=randomness, **ON)
    assert [fixed["id"] for fixed in session.get(TimetableDraft, number).problem["fixed"]] == [codes[0]]
    run(session, app, number)
    assert [line.course for line in timetables.view_timetable(session, centre, number, today=TODAY).runs] == ["BMD-LANJUT"]


def test_why_not_names_the_rule(session, centre, solved):
    line = timetables.view_timetable(session, centre, solved, today=TODAY).runs[1]
    refusals = timetables.ask_why_not(session, centre, solved, line.id, date(YEAR, 8, 17), today=TODAY)
    assert refusals
    assert timetables.ask_why_not(session, centre, solved, line.id, line.first_day, today=TODAY) == ()
    with pytest.raises(NotFound):
        timetables.ask_why_not(session, centre, solved, "nobody", line.first_day, today=TODAY)


def test_what_was_found_before_a_process_died_is_never_lost(session, app, centre, analysis, solved, randomness):
    good = timetable_from_json(session.get(TimetableDraft, solved).result)
    with transaction(session):
        number = order_timetable(session, centre, "75-BKPSDM", "Lagi", analysis, *SPAN, time_limit_s=20, engine=None,
                                 randomness=randomness, **ON)
        assert not timetables.keep_best(session, number, good, seconds=1, done=False)
    run(session, app, number)
    found = timetable_from_json(session.get(TimetableDraft, number).result)
    assert not good.measure.is_better_than(found.measure)


def test_whoever_says_enough_is_heard_by_the_search(session, centre, analysis, randomness):
    with transaction(session):
        number = order_timetable(session, centre, "75-BKPSDM", "Cukup", analysis, *SPAN, time_limit_s=20, engine=None,
                                 randomness=randomness, **ON)
    assert not timetables.is_stopping(session, number)
    with transaction(session):
        timetables.stop_timetable(session, centre, number, **ON)
    assert timetables.is_stopping(session, number)


@pytest.mark.parametrize(("asked", "error"), [
    ({"name": " "}, InvalidInput), ({"analysis_id": 999}, NotFound), ({"first_day": TODAY - timedelta(days=1)}, InvalidInput),
    ({"last_day": TODAY}, InvalidInput), ({"time_limit_s": 1}, InvalidInput), ({"unit_code": "NOWHERE"}, NotFound)])
def test_a_wrong_question_is_refused(session, centre, analysis, asked, error):
    given = {"unit_code": "75-BKPSDM", "name": "Uji", "analysis_id": analysis, "first_day": SPAN[0], "last_day": SPAN[1],
             "time_limit_s": 20} | asked
    with pytest.raises(error):
        timetables.order_timetable(session, centre, given.pop("unit_code"), given.pop("name"), given.pop("analysis_id"),
                                   given.pop("first_day"), given.pop("last_day"), job_id="x", **given, **ON)


def test_only_a_training_centre_sees_and_accepts(session, solved, analysis):
    other = Actor("account:9", "HR", None, (Grant(Role.HR, unit_by_code(session, "75-BKPSDM").id),))
    with pytest.raises(NotAllowed):
        timetables.accept_timetable(session, other, solved, **ON)
    session.rollback()
    with pytest.raises(NotAllowed):
        timetables.view_timetable(session, other, solved, today=TODAY)
