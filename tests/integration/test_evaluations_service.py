"""Evaluation forms in versions, answers without a name, and what they say together."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_meeting, make_person
from sqlalchemy import inspect, select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import (
    Attendance,
    AuditEntry,
    BatchTrainer,
    Enrolment,
    EvaluationAnswer,
    EvaluationForm,
    EvaluationReceipt,
    Meeting,
    Policy,
    Trainer,
    Unit,
)
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.evaluations import SUGGESTED, About, Kind, Question
from kompetensi.services import evaluations as service
from kompetensi.services import meeting_attendance
from kompetensi.services.policies import forget_policies
from kompetensi.services.unit_of_work import transaction

ON = {"today": TODAY, "now": NOW}
CLOSED = {"today": TODAY + timedelta(days=30), "now": NOW + timedelta(days=30)}
GOOD = {"P1": "5", "P2": "4", "P3": "3"}
_numbers = itertools.count(1)


def randomness(count, /):
    return next(_numbers).to_bytes(count, "big")


@pytest.fixture
def session(session):
    """The session of a test, inside one transaction as at the edge."""
    with transaction(session):
        yield session


def officer(session, unit="75"):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    return Actor("account:9", "Petugas", grants=(Grant(Role.TRAINING_CENTRE, unit_id),))


def self_of(person):
    return Actor(f"account:{person.id}", person.name, person_id=person.id)


@pytest.fixture
def form(session):
    return service.publish_form(session, officer(session), name="Evaluasi pelatihan", questions=SUGGESTED, unit_code="75",
                                **ON)


@pytest.fixture
def teacher(session):
    person = make_person(session, name="Rahma Pakaya")
    trainer = Trainer(code="WI-1", name="Rahma Pakaya", person_id=person.id)
    session.add(trainer)
    session.flush()
    return person


@pytest.fixture
def batch(session, form, teacher):
    """A batch whose last meeting was yesterday, with six participants; the sixth never came."""
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=3))
    meeting = make_meeting(session, batch, day=TODAY - timedelta(days=1))
    trainer = session.scalars(select(Trainer).where(Trainer.code == "WI-1")).one()
    session.add(BatchTrainer(batch_id=batch.id, trainer_id=trainer.id))
    people = [make_person(session, name=f"Peserta {number}") for number in range(6)]
    session.add_all([Enrolment(person_id=one.id, batch_id=batch.id, status="APPROVED", requested_at=NOW) for one in people])
    session.flush()
    meeting_attendance.record_meeting(session, SYSTEM, batch.code, meeting.id, {
        one.nip: "ABSENT" if number == 5 else ("LATE" if number == 1 else "PRESENT") for number, one in enumerate(people)},
        **ON)
    batch.people = people
    return batch


def answer(session, batch, person, answers=GOOD, **on):
    service.answer(session, self_of(person), batch.code, answers, randomness=randomness, **(on or ON))


def summary(session, batch, **on):
    return service.view_summary(session, officer(session), batch.code, **(on or CLOSED))


# --- who may answer ----------------------------------------------------------------------------------------------------


def test_who_attended_answers_once(session, batch):
    present, late = batch.people[:2]
    assert len(service.view_answer_sheet(session, self_of(present), batch.code, **ON).questions) == len(SUGGESTED)
    answer(session, batch, present)
    answer(session, batch, late)
    with pytest.raises(Conflict, match="sudah mengisi"):
        answer(session, batch, present)
    assert service.view_answer_sheet(session, self_of(present), batch.code, **ON).answered
    assert len(session.scalars(select(EvaluationAnswer)).all()) == 2


def test_who_never_came_and_who_was_no_participant_cannot(session, batch, teacher):
    with pytest.raises(Conflict, match="tercatat hadir"):
        answer(session, batch, batch.people[5])
    with pytest.raises(Conflict, match="hanya diisi peserta"):
        answer(session, batch, teacher)
    with pytest.raises(Conflict, match="hanya diisi peserta"):
        service.answer(session, Actor("account:3", "Tanpa data"), batch.code, GOOD, randomness=randomness, **ON)


def test_answers_are_taken_from_the_end_of_the_last_meeting_for_some_days(session, batch):
    ends = NOW.replace(hour=4, minute=0) - timedelta(days=1)  # 12.00 in Gorontalo
    early = ends - timedelta(minutes=1)
    with pytest.raises(Conflict, match="setelah pertemuan terakhir"):
        answer(session, batch, batch.people[0], today=TODAY - timedelta(days=1), now=early)
    answer(session, batch, batch.people[0], today=TODAY - timedelta(days=1), now=ends)
    last = TODAY + timedelta(days=13)
    answer(session, batch, batch.people[1], today=last, now=NOW + timedelta(days=13))
    with pytest.raises(Conflict, match="ditutup 6 Desember 2026"):
        answer(session, batch, batch.people[2], today=last + timedelta(days=1), now=NOW + timedelta(days=14))


def test_the_days_are_data(session, batch):
    session.add(Policy(key="evaluations.days", value={"value": 0}, valid_from=TODAY, source="uji", confidence="model"))
    session.flush()
    forget_policies(session)
    with pytest.raises(Conflict, match="ditutup 22 November 2026"):
        answer(session, batch, batch.people[0])


def test_a_batch_without_meetings_is_evaluated_from_its_last_day_by_who_was_there_on_a_day(session, form):
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=2))
    person = make_person(session)
    enrolment = Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW)
    session.add(enrolment)
    session.flush()
    with pytest.raises(Conflict, match="tercatat hadir"):
        answer(session, batch, person)
    session.add(Attendance(enrolment_id=enrolment.id, day=TODAY, present=True))
    session.flush()
    answer(session, batch, person)


def test_without_a_form_nobody_is_asked(session, batch, form):
    service.retire_form(session, officer(session), form, **ON)
    with pytest.raises(Conflict, match="belum menyiapkan"):
        answer(session, batch, batch.people[0])


def test_an_answer_that_cannot_be_read_leaves_no_receipt(session, batch):
    with pytest.raises(InvalidInput):
        answer(session, batch, batch.people[0], {"P1": "9", "P2": "4", "P3": "3"})
    assert session.scalars(select(EvaluationReceipt)).all() == []
    answer(session, batch, batch.people[0])


# --- without a name ----------------------------------------------------------------------------------------------------


def test_nothing_that_is_kept_joins_a_name_and_an_answer(session, batch):
    before = len(session.scalars(select(AuditEntry)).all())
    answer(session, batch, batch.people[0])
    assert set(inspect(EvaluationAnswer).columns.keys()) == {"id", "batch_id", "form_id", "answers"}
    assert set(inspect(EvaluationReceipt).columns.keys()) == {"id", "enrolment_id"}
    assert len(session.scalars(select(AuditEntry)).all()) == before  # its hour would tell


def test_the_database_does_not_keep_the_order_in_which_answers_came(session):
    if session.get_bind().dialect.name == "sqlite":
        made = session.connection().exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = 'kompetensi_evaluation_answers'").scalar_one()
        assert "WITHOUT ROWID" in made


# --- what they say -----------------------------------------------------------------------------------------------------


def test_results_wait_until_nobody_can_answer_any_more(session, batch):
    for person in batch.people[:4]:
        answer(session, batch, person)
    assert "setelah evaluasi ditutup" in str(summary(session, batch, **ON).hidden)
    answer(session, batch, batch.people[4])  # all five who came have answered
    assert summary(session, batch, **ON).hidden is None


def test_few_answers_are_not_shown(session, batch):
    for person in batch.people[:4]:
        answer(session, batch, person)
    found = summary(session, batch)
    assert "paling sedikit 5 peserta mengisi; yang mengisi 4" in str(found.hidden)
    assert (found.eligible, found.answered, found.about_batch) == (5, 4, ())


def test_the_summary_counts_every_scale_and_shuffles_the_texts(session, batch):
    for number, person in enumerate(batch.people[:5], 1):
        answer(session, batch, person, GOOD | {"P1": str(number), "P6": f"Saran {number}", "P4@WI-1": "5"})
    found = summary(session, batch)
    assert found.about_batch[0].tally.counts == (1, 1, 1, 1, 1)
    assert found.about_batch[0].tally.mean_hundredths == 300
    texts = next(one.texts for one in found.about_batch if one.texts)
    assert sorted(texts) == [f"Saran {number}" for number in range(1, 6)]
    assert texts != tuple(sorted(texts))
    ((code, name, results),) = found.by_trainer
    assert (code, name) == ("WI-1", "Rahma Pakaya")
    assert [one.tally.counts for one in results if one.tally] == [(0, 0, 0, 0, 5)]


def test_of_a_trainer_whom_few_have_judged_nothing_is_shown(session, batch):
    for number, person in enumerate(batch.people[:5]):
        answer(session, batch, person, GOOD | ({"P4@WI-1": "1", "P7@WI-1": "Terlalu cepat"} if number < 4 else {}))
    assert summary(session, batch).by_trainer == ()


def test_only_the_centre_that_ran_the_batch_reads_it(session, batch):
    for actor in (officer(session, "75.01"), self_of(batch.people[0])):
        with pytest.raises(NotAllowed):
            service.view_summary(session, actor, batch.code, **CLOSED)


def test_a_trainer_reads_what_was_said_of_himself_and_a_centre_that_of_its_own_batches(session, batch, teacher):
    for person in batch.people[:5]:
        answer(session, batch, person, GOOD | {"P4@WI-1": "4"})
    own = service.own_trainer_view(session, self_of(teacher), **CLOSED)
    assert [(one.batch, one.answered) for one in own.batches] == [(batch.code, 5)]
    assert own.totals[0].tally.counts == (0, 0, 0, 5, 0)
    assert service.view_trainer(session, officer(session), "WI-1", **CLOSED) == own
    assert service.view_trainer(session, officer(session, "75.01"), "WI-1", **CLOSED).batches == ()
    assert service.own_trainer_view(session, self_of(teacher), **ON).batches == own.batches  # all have answered
    with pytest.raises(NotAllowed):
        service.view_trainer(session, self_of(batch.people[0]), "WI-1", **CLOSED)
    with pytest.raises(Conflict, match="untuk pengajar"):
        service.own_trainer_view(session, self_of(batch.people[0]), **CLOSED)
    with pytest.raises(NotFound):
        service.view_trainer(session, officer(session), "WI-9", **CLOSED)


# --- forms -------------------------------------------------------------------------------------------------------------


def test_a_changed_form_is_a_new_version_and_answered_batches_keep_theirs(session, batch, form):
    answer(session, batch, batch.people[0])
    shorter = service.publish_form(session, officer(session), name="Evaluasi singkat",
                                   questions=[Question("", "Puas?", Kind.SCALE, About.BATCH)], follows=form, **ON)
    versions = session.execute(select(EvaluationForm.id, EvaluationForm.version).order_by(EvaluationForm.id)).all()
    assert versions == [(form, 1), (shorter, 2)]
    assert len(service.view_answer_sheet(session, self_of(batch.people[1]), batch.code, **ON).questions) == len(SUGGESTED)
    (line,) = service.list_forms(session, officer(session), today=TODAY)
    assert (line.id, line.version, line.answers) == (shorter, 2, 1)
    with pytest.raises(Conflict, match="versi yang lebih baru"):
        service.publish_form(session, officer(session), name="Lain", questions=SUGGESTED, follows=form, **ON)


def test_what_was_not_changed_is_no_new_version(session, form):
    assert service.publish_form(session, officer(session), name="Evaluasi pelatihan", questions=SUGGESTED, follows=form,
                                **ON) == form


def test_new_questions_get_codes_that_no_other_had(session, form):
    kept = [SUGGESTED[0], Question("", "Baru", Kind.TEXT, About.BATCH), SUGGESTED[6]]
    newest = service.publish_form(session, officer(session), name="Evaluasi", questions=kept, follows=form, **ON)
    assert [one.code for one in service.view_form(session, officer(session), newest, today=TODAY).questions] == [
        "P1", "P8", "P7"]


def test_forms_belong_to_their_centre(session, form):
    with pytest.raises(NotAllowed):
        service.view_form(session, officer(session, "75.01"), form, today=TODAY)
    with pytest.raises(NotAllowed):
        service.publish_form(session, officer(session, "75.01"), name="X", questions=SUGGESTED, unit_code="75", **ON)
    with pytest.raises(NotAllowed):
        service.list_forms(session, self_of(make_person(session)), today=TODAY)
    assert service.list_forms(session, officer(session, "75.01"), today=TODAY) == ()


def test_a_cancelled_meeting_does_not_keep_the_evaluation_closed(session, batch):
    session.add(Meeting(batch_id=batch.id, day=TODAY + timedelta(days=9), starts=540, ends=600, jp=1, changed_at=NOW,
                        cancelled=True))
    session.flush()
    answer(session, batch, batch.people[0])
