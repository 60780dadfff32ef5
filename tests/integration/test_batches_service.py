"""Batches as they are planned: kinds, numbers, quotas, what goes on when they change, copies, and what cancelling does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person, make_post
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed
from kompetensi.models import (
    Batch,
    BatchTrainer,
    Enrolment,
    EnrolmentEvent,
    Meeting,
    Notification,
    Path,
    Position,
    Room,
    Trainer,
    Unit,
)
from kompetensi.rules.access import Actor, Grant, Role
from kompetensi.services import batch_cancellations, batch_changes, batch_copies, batches, meetings
from kompetensi.services.batch_changes import BatchContent, QuotaContent, StageContent
from kompetensi.services.meetings import MeetingContent
from kompetensi.services.stored_messages import value_from_json
from kompetensi.services.unit_of_work import transaction

MONDAY = date(2027, 4, 12)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def session(session):
    with transaction(session):
        yield session


@pytest.fixture
def centre(session):
    return centre_of(session, "75")


def centre_of(session, unit):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    return Actor(f"account:{unit}", "Balai", grants=(Grant(Role.TRAINING_CENTRE, unit_id),))


def content(**changes):
    values = {
        "status": "OPEN", "seats": 20, "min_participants": 5, "cost_idr": 1_500_000, "registration_until": TODAY,
        "place": "Aula", "room_id": None, "organiser_code": "75-BKPSDM",
        "stages": (StageContent("Jarak jauh", "DISTANCE", MONDAY, MONDAY + timedelta(days=1)),
                   StageContent("Tatap muka", "CLASSICAL", MONDAY + timedelta(days=2), MONDAY + timedelta(days=4))),
        "subjects": (("Kebijakan", 10), ("Praktik", 30)), "trainers": ()}
    return BatchContent(**values | changes)


def planned(session, centre, **changes):
    return batch_changes.create_batch(session, centre, "BMD-DASAR", content(**changes), **ON)


def letters(session, person):
    return [(row.template, {name: value_from_json(value) for name, value in row.params.items()}) for row in session.scalars(
        select(Notification).where(Notification.person_id == person.id).order_by(Notification.id))]


# --- what a batch is ---------------------------------------------------------------------------------------------------


def test_kind_costs_and_quotas_are_kept_and_shown(session, centre):
    quotas = (QuotaContent("75-DIKBUD", 0, None, 4), QuotaContent("75-DINKES", 6, TODAY + timedelta(days=20), None))
    code = planned(session, centre, kind="COOPERATION", run_cost_idr=10_000_000, quotas=quotas)
    assert batch_changes.batch_content(session, centre, code, on=TODAY).quotas == quotas
    view = batches.view_batch(session, centre, code, **ON)
    assert (view.kind, view.cost_each(20), view.cost_each(3), view.cost_each(0)) == (
        "COOPERATION", 2_000_000, 4_833_334, None)
    assert sorted((quota.reserved, quota.most, quota.taken) for quota in view.quotas) == [(0, 4, 0), (6, None, 0)]
    assert view.below_minimum == 5


@pytest.mark.parametrize(("change", "where", "words"), [
    ({"kind": "GRATIS"}, "kind", "tidak dikenal"),
    ({"run_cost_idr": -1}, "run_cost_idr", "Biaya"),
    ({"quotas": (QuotaContent("TAK-ADA", 1),)}, "quotas", "TAK-ADA"),
    ({"quotas": (QuotaContent("75-DIKBUD", 5, None, 4),)}, "quotas", "tidak kurang"),
    ({"quotas": (QuotaContent("75-DIKBUD", 0),)}, "quotas", "isi kursi"),
    ({"quotas": (QuotaContent("75-DIKBUD", 1, MONDAY + timedelta(days=1)),)}, "quotas", "hari pertama"),
    ({"quotas": (QuotaContent("75-DIKBUD", 1), QuotaContent("75-DIKBUD", 2))}, "quotas", "sekali"),
    ({"quotas": (QuotaContent("75-DIKBUD", 15), QuotaContent("75-DINKES", 6))}, "quotas", "21 kursi disimpan"),
])
def test_what_contradicts_itself_is_refused(session, centre, change, where, words):
    with pytest.raises(InvalidInput, match=words) as refused:
        planned(session, centre, **change)
    assert refused.value.where == where


def test_a_number_is_proposed_chosen_and_never_given_twice(session, centre):
    code = batch_changes.create_batch(session, centre, "BMD-DASAR", content(), number=4, **ON)
    assert code == "BMD-DASAR-2027-04"
    assert planned(session, centre) == "BMD-DASAR-2027-05"
    with pytest.raises(Conflict, match=r"Angkatan IV Tahun 2027 sudah ada: BMD-DASAR-2027-04\. Nomor bebas berikutnya 6"):
        batch_changes.create_batch(session, centre, "BMD-DASAR", content(), number=4, **ON)
    with pytest.raises(InvalidInput):
        batch_changes.create_batch(session, centre, "BMD-DASAR", content(), number=0, **ON)


# --- what goes on when it changes ----------------------------------------------------------------------------------------


def test_meetings_stay_with_their_stage_and_subject_when_the_batch_changes(session, centre):
    code = planned(session, centre)
    number = meetings.add_meeting(session, centre, code, MeetingContent(
        2, "", MONDAY + timedelta(days=2), 450, 540, 2), **ON)
    changed = content(subjects=(("Praktik lapangan", 12), ("Praktik", 20), ("Kebijakan", 8)),
                      stages=(*content().stages[:1], replace(content().stages[1], name="Kelas")))
    batch_changes.edit_batch(session, centre, code, changed, **ON)
    meeting = session.get_one(Meeting, number)
    assert (meeting.subject.name, meeting.subject.seq, meeting.stage.name) == ("Praktik", 2, "Kelas")
    assert batch_changes.batch_content(session, centre, code, on=TODAY).subjects == changed.subjects
    with pytest.raises(Conflict, match="Praktik mempunyai pertemuan"):
        batch_changes.edit_batch(session, centre, code, content(subjects=(("Lain", 12), ("Kebijakan", 28))),
                                 **ON)


# --- copies ----------------------------------------------------------------------------------------------------------------


def test_a_copy_moves_stages_and_meetings_by_days_of_work(session, centre):
    room = Room(name="Ruang Uji", place="Kota Gorontalo", seats=40)
    trainer = Trainer(code="UJI-1", name="Rahma Pakaya", agency="BKPSDM")
    session.add_all([room, trainer])
    session.flush()
    code = planned(session, centre, trainers=(("UJI-1", "PENGAJAR"),), room_id=room.id,
                   registration_until=MONDAY - timedelta(days=10), quotas=(QuotaContent("75-DIKBUD", 3),))
    meetings.fill_meetings(session, centre, code, **ON)
    source = meetings.view_meetings(session, centre, code, today=TODAY)
    sunday = date(2027, 4, 25)
    draft = batch_copies.draft_copy(session, centre, code, sunday, today=TODAY)
    assert (draft.first_day, draft.roman, draft.meetings) == (date(2027, 4, 26), "II", len(source.meetings))
    made = batch_copies.copy_batch(session, centre, code, sunday, **ON)
    assert (made.code, made.kept, made.laid, made.missing) == ("BMD-DASAR-2027-02", len(source.meetings), 0, ())
    copy = meetings.view_meetings(session, centre, made.code, today=TODAY)
    assert [(row.day - timedelta(days=14), row.hours, row.title, row.room, row.trainers) for row in copy.meetings] == [
        (row.day, row.hours, row.title, row.room, row.trainers) for row in source.meetings]
    assert copy.clashes == ()
    row = session.scalars(select(Batch).where(Batch.code == made.code)).one()
    assert (row.seats_taken, row.registration_until) == (0, date(2027, 4, 16))
    assert batches.view_batch(session, centre, made.code, **ON).copied_from == code
    assert [quota.reserved for quota in row.quotas] == [3]


def test_meetings_that_would_clash_on_their_new_days_are_laid_anew(session, centre):
    trainer = Trainer(code="UJI-1", name="Rahma Pakaya", agency="BKPSDM")
    session.add(trainer)
    session.flush()
    code = planned(session, centre, trainers=(("UJI-1", "PENGAJAR"),))
    meetings.fill_meetings(session, centre, code, **ON)
    other = make_batch(session, "PBJ-L1", first_day=date(2027, 4, 26))
    meetings.add_meeting(session, centre, other.code, MeetingContent(
        1, "", date(2027, 4, 26), 450, 540, 2, None, (("UJI-1", 2),)), **ON)
    made = batch_copies.copy_batch(session, centre, code, date(2027, 4, 26), **ON)
    assert made.kept
    assert made.laid
    assert made.missing == ()
    view = meetings.view_meetings(session, centre, made.code, today=TODAY)
    assert (view.laid, view.clashes) == (view.jp, ())


def test_a_copy_goes_around_holidays_and_keeps_the_order_of_stages(session, centre):
    code = planned(session, centre)
    made = batch_copies.copy_batch(session, centre, code, date(2027, 8, 13), **ON)
    stages = session.scalars(select(Batch).where(Batch.code == made.code)).one().stages
    # 17 August is the day of independence; 14 and 15 August are a week-end.
    assert [(stage.first_day, stage.last_day) for stage in stages] == [
        (date(2027, 8, 13), date(2027, 8, 16)), (date(2027, 8, 18), date(2027, 8, 20))]


def test_a_copy_is_refused_into_the_past_and_to_another_centre(session, centre):
    code = planned(session, centre)
    with pytest.raises(InvalidInput, match="sudah lewat") as refused:
        batch_copies.copy_batch(session, centre, code, TODAY - timedelta(days=1), **ON)
    assert refused.value.where == "first_day"
    with pytest.raises(InvalidInput, match="tiga tahun"):
        batch_copies.copy_batch(session, centre, code, TODAY + timedelta(days=2000), **ON)
    with pytest.raises(NotAllowed):
        batch_copies.copy_batch(session, centre_of(session, "75.71"), code, MONDAY, **ON)


# --- cancelled -------------------------------------------------------------------------------------------------------------


def test_cancelling_says_beforehand_and_afterwards_what_happens_to_each(session, centre):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, seats_taken=2)
    other = make_batch(session, "BMD-DASAR", first_day=MONDAY + timedelta(days=28))
    bound, waiting = make_person(session, name="Rahma"), make_person(session, name="Yunus")
    position = session.scalars(select(Position).order_by(Position.id)).first()
    make_post(session, position)
    path = Path(person_id=bound.id, position_id=position.id, ready_by=MONDAY, choice="fastest", plan={}, taken_at=NOW)
    session.add(path)
    session.flush()
    offered = make_person(session, name="Zul")
    session.add_all([
        Enrolment(person_id=bound.id, batch_id=batch.id, status="APPROVED", requested_at=NOW, path_id=path.id),
        Enrolment(person_id=offered.id, batch_id=batch.id, status="OFFERED", requested_at=NOW, offered_until=NOW),
        Enrolment(person_id=waiting.id, batch_id=batch.id, status="WAITING", requested_at=NOW)])
    meetings.add_meeting(session, centre, batch.code, MeetingContent(1, "", MONDAY, 450, 540, 2), **ON)
    session.flush()
    found = batch_cancellations.view_cancellation(session, centre, batch.code, today=TODAY)
    assert [(loss.name, loss.status, loss.position) for loss in found.losses] == [
        ("Rahma", "APPROVED", position.name), ("Zul", "OFFERED", ""), ("Yunus", "WAITING", "")]
    assert all([fit.code for fit in loss.fits] == [other.code] for loss in found.losses)
    assert (found.without_place, found.meetings) == (0, 1)
    assert session.scalars(select(Enrolment.status).where(Enrolment.person_id == bound.id)).one() == "APPROVED"

    assert batch_cancellations.cancel_batch(session, centre, batch.code, "Peserta kurang", **ON) == 3
    session.expire_all()
    assert {(row.status, row.reason, row.offered_until) for row in session.scalars(
        select(Enrolment).where(Enrolment.batch_id == batch.id))} == {("CANCELLED", "Peserta kurang", None)}
    assert len(session.scalars(select(EnrolmentEvent).join(
        Enrolment, EnrolmentEvent.enrolment_id == Enrolment.id).where(EnrolmentEvent.status == "CANCELLED")).all()) == 3
    assert (batch.status, batch.seats_taken) == ("CANCELLED", 0)
    assert all(row.cancelled and row.revision == 1 for row in batch.meetings)
    told = letters(session, bound)
    assert "Angkatan lain yang cocok" in told[-2][0]
    assert other.code in str(told[-2][1]["others"])
    assert (told[-1][1]["position"], told[-1][1]["code"]) == (position.name, batch.code)
    assert "daftar tunggu" in str(letters(session, waiting)[-1][1]["lost"])


def test_who_fits_no_other_batch_is_told_why_before_it_is_cancelled(session, centre):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, seats_taken=1)
    full = make_batch(session, "BMD-DASAR", first_day=MONDAY + timedelta(days=28), seats=1, seats_taken=1)
    person = make_person(session)
    session.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
    session.flush()
    (loss,) = batch_cancellations.view_cancellation(session, centre, batch.code, today=TODAY).losses
    assert loss.fits == ()
    assert full.code in str(loss.obstacle)
    batch_cancellations.cancel_batch(session, centre, batch.code, "Peserta kurang", **ON)
    assert "Belum ada angkatan lain" in letters(session, person)[-1][0]
    with pytest.raises(Conflict, match="sudah dibatalkan"):
        batch_cancellations.view_cancellation(session, centre, batch.code, today=TODAY)


def test_trainers_of_a_cancelled_batch_are_told(session, centre):
    person = make_person(session)
    trainer = Trainer(code="UJI-1", name="Rahma Pakaya", agency="BKPSDM", person_id=person.id)
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    session.add(trainer)
    session.flush()
    session.add(BatchTrainer(batch_id=batch.id, trainer_id=trainer.id))
    session.flush()
    session.expire(batch)
    with pytest.raises(InvalidInput):
        batch_cancellations.cancel_batch(session, centre, batch.code, " ", **ON)
    assert batch_cancellations.cancel_batch(session, centre, batch.code, "Anggaran.", **ON) == 0
    assert "yang Anda ajar dibatalkan" in letters(session, person)[-1][0]
