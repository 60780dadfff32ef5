"""Meetings of batches on the database: added, changed, cancelled, filled in, and what clashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import (
    AuditEntry,
    BatchTrainer,
    Enrolment,
    Meeting,
    Notification,
    Room,
    RoomClosure,
    Trainer,
    TrainerAbsence,
    Travel,
    Unit,
)
from kompetensi.rules.access import Actor, Grant, Role
from kompetensi.rules.clashes import ClashKind
from kompetensi.services import meetings
from kompetensi.services.meetings import MeetingContent
from kompetensi.services.unit_of_work import transaction

# A Monday whose two weeks hold no holiday.
MONDAY = date(2027, 4, 12)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def session(session):
    with transaction(session):
        yield session


@pytest.fixture
def centre(session):
    return centre_of(session, "75")


@pytest.fixture
def batch(session, room, trainer):
    made = make_batch(session, "BMD-DASAR", first_day=MONDAY, stages=[("CLASSICAL", 5)], room_id=room.id)
    session.add(BatchTrainer(batch_id=made.id, trainer_id=trainer.id))
    session.flush()
    return made


@pytest.fixture
def room(session):
    return kept(session, Room(name="Ruang Uji", place="Kota Gorontalo", seats=40))


@pytest.fixture
def trainer(session):
    return kept(session, Trainer(code="UJI-1", name="Rahma Pakaya", agency="BKPSDM"))


def kept(session, row):
    session.add(row)
    session.flush()
    return row


def centre_of(session, unit):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    return Actor(f"account:{unit}", "Balai", grants=(Grant(Role.TRAINING_CENTRE, unit_id),))


def lesson(*, subject=1, title="", day=MONDAY, starts=450, ends=540, jp=2, room_id=None, trainers=()):
    return MeetingContent(subject, title, day, starts, ends, jp, room_id, tuple((code, jp) for code in trainers))


def test_an_added_meeting_is_shown_with_room_trainer_and_lesson_hours(session, centre, batch, room, trainer):
    meetings.add_meeting(session, centre, batch.code, lesson(room_id=room.id, trainers=["UJI-1"]), **ON)
    view = meetings.view_meetings(session, centre, batch.code, today=TODAY)
    (row,) = view.meetings
    assert (row.title, row.hours, row.jp, row.room, row.trainers) == (
        "Materi inti", "07.30–09.00", 2, "Ruang Uji", (("UJI-1", "Rahma Pakaya", 2),))
    assert (view.subjects[0].laid, view.subjects[0].missing) == (2, view.jp - 2)
    assert [(line.name, line.jp, line.jp_year) for line in view.trainers] == [("Rahma Pakaya", 2, 2)]
    assert view.can_fill
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "courses.edit_batch:meetings")).one()
    assert entry.detail["after"]["hours"] == "07.30–09.00"


def test_a_trainer_who_is_booked_twice_by_hand_is_refused_with_both_sides(session, centre, batch, trainer):
    other = make_batch(session, "PBJ-L1", first_day=MONDAY)
    meetings.add_meeting(session, centre, other.code, lesson(trainers=["UJI-1"]), **ON)
    with pytest.raises(Conflict) as refused:
        meetings.add_meeting(session, centre, batch.code, lesson(starts=500, ends=590, trainers=["UJI-1"]), **ON)
    assert "Rahma Pakaya mengajar dua kali pada 12 April 2027" in str(refused.value)
    assert batch.code in str(refused.value)
    assert other.code in str(refused.value)


@pytest.mark.parametrize(("change", "where", "words"), [
    ({"day": TODAY - timedelta(days=1)}, "day", "sudah lewat"),
    ({"ends": 450}, "ends", "selesai sesudah mulai"),
    ({"jp": 3}, "jp", "3 JP perlu 135 menit; 07.30–09.00 hanya 90 menit"),
    ({"jp": 0}, "jp", "paling sedikit 1 JP"),
    ({"subject": None, "title": "Pembukaan"}, "jp", "isi 0"),
    ({"subject": None, "jp": 0}, "subject", "tulis judul"),
    ({"subject": 9}, "subject", "tidak ada pada angkatan"),
    ({"room_id": 999_999}, "room_id", "tidak ada dalam daftar"),
    ({"trainers": (("TAK-ADA", 2),)}, "trainers", "TAK-ADA"),
    ({"trainers": (("UJI-1", 3),)}, "trainers", "paling banyak JP pertemuannya"),
    ({"trainers": (("UJI-1", 2), ("UJI-1", 2))}, "trainers", "sekali"),
])
def test_what_contradicts_itself_is_refused_at_its_field(session, centre, batch, change, where, words):
    with pytest.raises(InvalidInput) as refused:
        meetings.add_meeting(session, centre, batch.code, replace(lesson(), **change), **ON)
    assert refused.value.where == where
    assert words in str(refused.value)


@pytest.mark.parametrize(("change", "words"), [
    ({"day": MONDAY + timedelta(days=8)}, "berada di luar tahapnya"),
    ({"day": MONDAY + timedelta(days=5)}, "Bukan hari kerja"),
    ({"starts": 300, "ends": 390}, "di luar jam kerja 07.30–16.00"),
])
def test_days_and_hours_that_are_not_worked_are_refused(session, centre, batch, change, words):
    with pytest.raises(Conflict, match=words):
        meetings.add_meeting(session, centre, batch.code, replace(lesson(), **change), **ON)


def test_a_closed_room_an_absent_trainer_and_a_small_room_are_refused(session, centre, batch, room, trainer):
    session.add(RoomClosure(room_id=room.id, first_day=MONDAY, last_day=MONDAY, reason="pengecatan"))
    session.add(TrainerAbsence(trainer_id=trainer.id, first_day=MONDAY, last_day=MONDAY, reason="dinas luar"))
    small = kept(session, Room(name="Kecil", place="Kota Gorontalo", seats=10))
    for content, words in ((lesson(room_id=room.id), "pengecatan"), (lesson(trainers=["UJI-1"]), "dinas luar"),
                           (lesson(room_id=small.id), "10 kursi")):
        with pytest.raises(Conflict, match=words):
            meetings.add_meeting(session, centre, batch.code, content, **ON)
        session.expire_all()
        for row in session.scalars(select(Meeting).where(Meeting.batch_id == batch.id)):
            session.delete(row)
        session.flush()


def test_participants_of_another_batch_are_counted(session, centre, batch):
    person = make_person(session)
    other = make_batch(session, "PBJ-L1", first_day=MONDAY)
    session.add_all([Enrolment(person_id=person.id, batch_id=one.id, status="APPROVED", requested_at=NOW)
                     for one in (batch, other)])
    meetings.add_meeting(session, centre, other.code, lesson(), **ON)
    with pytest.raises(Conflict, match="1 peserta harus berada di dua pertemuan"):
        meetings.add_meeting(session, centre, batch.code, lesson(), **ON)


def test_a_burden_is_shown_and_kept_with_a_tick(session, centre, batch, trainer):
    trainer.yearly_jp = 1
    with pytest.raises(Conflict) as refused:
        meetings.add_meeting(session, centre, batch.code, lesson(trainers=["UJI-1"]), **ON)
    assert refused.value.where == "accept"
    assert "2 JP pada tahun 2027, lebih dari 1 JP" in str(refused.value)
    number = meetings.add_meeting(
        session, centre, batch.code, lesson(starts=540, ends=630, trainers=["UJI-1"]), accept=True, **ON)
    kinds = [clash.kind for clash in meetings.view_meetings(session, centre, batch.code, today=TODAY).clashes]
    assert number
    assert kinds == [ClashKind.LOAD]


def test_a_way_that_is_too_long_is_a_burden(session, centre, batch, room, trainer):
    far = kept(session, Room(name="Ruang Jauh", place="Marisa, Pohuwato", seats=40))
    session.add(Travel(place="Kota Gorontalo", other_place="Marisa, Pohuwato", minutes=180))
    other = make_batch(session, "PBJ-L1", first_day=MONDAY)
    meetings.add_meeting(session, centre, other.code, lesson(room_id=far.id, trainers=["UJI-1"]), **ON)
    with pytest.raises(Conflict, match="perlu 180 menit") as refused:
        meetings.add_meeting(session, centre, batch.code,
                             lesson(starts=600, ends=690, room_id=room.id, trainers=["UJI-1"]), **ON)
    assert refused.value.where == "accept"


def test_a_subject_has_no_more_lesson_hours_than_it_has(session, centre, batch):
    jp = batch.subjects[0].jp
    batch.subjects[0].jp = 3
    meetings.add_meeting(session, centre, batch.code, lesson(), **ON)
    with pytest.raises(InvalidInput, match="tersisa 1 JP"):
        meetings.add_meeting(session, centre, batch.code, lesson(starts=540, ends=630), **ON)
    batch.subjects[0].jp = jp


def test_a_changed_meeting_has_a_new_revision_and_participants_are_told(session, centre, batch, room):
    person = make_person(session)
    session.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
    number = meetings.add_meeting(session, centre, batch.code, lesson(), **ON)
    meetings.edit_meeting(session, centre, number, lesson(), **ON)
    assert session.get_one(Meeting, number).revision == 0
    meetings.edit_meeting(session, centre, number, lesson(day=MONDAY + timedelta(days=1), room_id=room.id), **ON)
    meeting = session.get_one(Meeting, number)
    assert (meeting.revision, meeting.day, meeting.cancelled) == (1, MONDAY + timedelta(days=1), False)
    meetings.cancel_meeting(session, centre, number, **ON)
    assert (meeting.revision, meeting.cancelled) == (2, True)
    told = [row.template for row in session.scalars(
        select(Notification).where(Notification.person_id == person.id).order_by(Notification.id))]
    assert told == ["Pertemuan baru angkatan %(code)s: %(meeting)s.", "Pertemuan angkatan %(code)s berubah: %(meeting)s.",
                    "Pertemuan angkatan %(code)s dibatalkan: %(meeting)s."]
    with pytest.raises(Conflict, match="sudah dibatalkan"):
        meetings.edit_meeting(session, centre, number, lesson(), **ON)
    view = meetings.view_meetings(session, centre, batch.code, today=TODAY)
    assert (view.meetings, [row.id for row in view.cancelled]) == ((), [number])


def test_filling_in_lays_every_lesson_hour_without_a_clash_and_again_nothing(session, centre, batch, room):
    meetings.add_meeting(session, centre, batch.code, lesson(starts=600, ends=690, room_id=room.id), **ON)
    plan = meetings.plan_meetings(session, centre, batch.code, today=TODAY)
    assert plan == meetings.fill_meetings(session, centre, batch.code, **ON)
    view = meetings.view_meetings(session, centre, batch.code, today=TODAY)
    assert (view.laid, view.jp, view.clashes, view.can_fill) == (view.jp, view.jp, (), False)
    assert len(view.meetings) == 1 + len(plan.meetings)
    assert view.trainers[0].jp == view.jp - 2
    assert {row.room for row in view.meetings} == {"Ruang Uji"}
    with pytest.raises(Conflict, match="sudah berada pada pertemuan"):
        meetings.fill_meetings(session, centre, batch.code, **ON)


def test_filling_in_writes_nothing_when_the_time_does_not_suffice(session, centre, batch):
    batch.subjects[0].jp = 60
    with pytest.raises(Conflict, match=r"60 JP tidak muat dalam 49 JP.*Materi inti 11 JP"):
        meetings.fill_meetings(session, centre, batch.code, **ON)
    assert meetings.view_meetings(session, centre, batch.code, today=TODAY).meetings == ()
    assert meetings.fill_meetings(session, centre, batch.code, partly=True, **ON).missing == (("Materi inti", 11),)
    assert meetings.view_meetings(session, centre, batch.code, today=TODAY).laid == 49


def test_a_batch_without_stages_or_without_taught_stages_is_told_so(session, centre, batch):
    alone = make_batch(session, "PBJ-L1", first_day=MONDAY, stages=[("SELF_STUDY", 5)])
    with pytest.raises(Conflict, match="tidak mempunyai tahap tatap muka"):
        meetings.plan_meetings(session, centre, alone.code, today=TODAY)
    batch.stages.clear()
    session.flush()
    with pytest.raises(Conflict, match="belum mempunyai tahap"):
        meetings.add_meeting(session, centre, batch.code, lesson(), **ON)


def test_another_centre_changes_nothing_and_a_participant_sees_no_clash(session, centre, batch):
    number = meetings.add_meeting(session, centre, batch.code, lesson(), **ON)
    stranger = centre_of(session, "75.71")
    for act in (lambda: meetings.add_meeting(session, stranger, batch.code, lesson(), **ON),
                lambda: meetings.edit_meeting(session, stranger, number, lesson(), **ON),
                lambda: meetings.cancel_meeting(session, stranger, number, **ON),
                lambda: meetings.fill_meetings(session, stranger, batch.code, **ON)):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotFound):
        meetings.cancel_meeting(session, centre, 999_999, **ON)
    batch.stages[0].last_day = MONDAY - timedelta(days=1)
    batch.stages[0].first_day = MONDAY - timedelta(days=1)
    session.flush()
    person = make_person(session)
    seen = meetings.view_meetings(session, Actor("p", "p", person_id=person.id), batch.code, today=TODAY)
    assert (len(seen.meetings), seen.clashes, seen.may_edit) == (1, (), False)
    assert [clash.kind for clash in meetings.view_meetings(session, centre, batch.code, today=TODAY).clashes] == [
        ClashKind.OUTSIDE_STAGE]


def test_clashes_of_a_span_are_listed_for_the_centre(session, centre, batch):
    number = meetings.add_meeting(session, centre, batch.code, lesson(), **ON)
    session.get_one(Meeting, number).starts = 300
    session.flush()
    days = {"first": MONDAY, "last": MONDAY + timedelta(days=30), "today": TODAY}
    (clash,) = meetings.list_clashes(session, centre, **days)
    assert clash.kind is ClashKind.HOURS
    assert meetings.list_clashes(session, centre, **days, code=batch.code) == (clash,)
    with pytest.raises(InvalidInput, match="dua tahun"):
        meetings.list_clashes(session, centre, first=MONDAY, last=MONDAY + timedelta(days=800), today=TODAY)
