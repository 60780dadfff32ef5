"""Rooms, trainers, working days and ways of a training centre: who may, what is touched, what is refused and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy import event, select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import AuditEntry, BatchTrainer, Meeting, MeetingTrainer, Trainer, WorkingHours
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.rooms import (
    RoomContent,
    RoomState,
    close_room,
    create_room,
    edit_room,
    list_rooms,
    open_room,
    retire_room,
    view_room,
)
from kompetensi.services.trainers import (
    QualificationContent,
    TrainerContent,
    create_trainer,
    edit_trainer,
    end_absence,
    list_trainers,
    note_absence,
    qualified_trainers,
    trainer_content,
    view_trainer,
)
from kompetensi.services.travels import load_travel_times, set_travel, travel_table
from kompetensi.services.working_days import (
    CLOSED,
    WORKING,
    WeekContent,
    forget_day,
    set_day,
    set_hours,
    view_year,
    week_content,
)
from kompetensi.services.working_time import load_working_time

ON = {"today": TODAY, "now": NOW}
MONDAY = date(2026, 12, 7)
ROOM = RoomContent("Ruang Limboto", "Kampus BKPSDM, Kota Gorontalo", 30, ("PROJECTOR", "COMPUTERS"), "75-BKPSDM")
TRAINER = TrainerContent("Rahma Pakaya", "BKPSDM", "75-BKPSDM", yearly_jp=100)
BASIS = {"source": "SK 1/2026", "confidence": "verified"}


def as_role(session, role, unit="75-BKPSDM"):
    return Actor(f"account:{role}", "Yusuf", grants=(Grant(role, unit_by_code(session, unit).id),))


@pytest.fixture
def centre(session):
    return as_role(session, Role.TRAINING_CENTRE)


@pytest.fixture
def elsewhere(session):
    return as_role(session, Role.TRAINING_CENTRE, "75-BAPELKES")


@pytest.fixture
def room(session, centre):
    return create_room(session, centre, ROOM, **ON)


@pytest.fixture
def trainer(session, centre):
    return create_trainer(session, centre, "wi-01", TRAINER, **ON)


def meet(session, batch, day, *, room_id=None, trainer=None, jp=4, cancelled=False):
    """Let a batch meet on a day, in a room, with a trainer."""
    meeting = Meeting(batch_id=batch.id, day=day, starts=480, ends=660, jp=jp, room_id=room_id, changed_at=NOW,
                      cancelled=cancelled)
    session.add(meeting)
    session.flush()
    if trainer is not None:
        row = session.scalars(select(Trainer).where(Trainer.code == trainer)).one()
        session.add(MeetingTrainer(meeting_id=meeting.id, trainer_id=row.id, jp=jp))
        session.flush()
    return meeting


def teaches(session, batch, code):
    row = session.scalars(select(Trainer).where(Trainer.code == code)).one()
    session.add(BatchTrainer(batch_id=batch.id, trainer_id=row.id))
    session.flush()


# --- rooms -----------------------------------------------------------------------------------------------------------


def test_a_room_that_nothing_takes_is_free_today_and_all_working_days_of_the_horizon(session, centre, room):
    (item,) = list_rooms(session, centre, today=TODAY).rooms
    assert (item.state, item.features, item.may_edit) == (RoomState.FREE, ("COMPUTERS", "PROJECTOR"), True)
    (((first, _), count),) = item.free
    assert first == TODAY
    assert count > 70


def test_a_batch_in_class_takes_its_room_and_one_at_a_distance_does_not(session, centre, room):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room, stages=[("CLASSICAL", 3)])
    make_batch(session, "BMD-DASAR", first_day=MONDAY + timedelta(days=7), room_id=room, stages=[("DISTANCE", 3)])
    (booking,) = view_room(session, centre, room, today=TODAY).bookings
    assert (booking.batch, booking.spans, booking.by_meetings) == (
        batch.code, ((MONDAY, MONDAY + timedelta(days=2)),), False)


def test_once_a_batch_has_meetings_they_alone_take_the_room(session, centre, room):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room, stages=[("CLASSICAL", 5)])
    meet(session, batch, MONDAY, room_id=room)
    meet(session, batch, MONDAY + timedelta(days=1), room_id=room)
    meet(session, batch, MONDAY + timedelta(days=3), room_id=room, cancelled=True)
    (booking,) = view_room(session, centre, room, today=TODAY).bookings
    assert (booking.spans, booking.by_meetings) == (((MONDAY, MONDAY + timedelta(days=1)),), True)


def test_a_cancelled_batch_takes_no_room(session, centre, room):
    make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room, status="CANCELLED")
    assert view_room(session, centre, room, today=TODAY).bookings == ()


def test_rooms_are_found_by_seats_features_place_and_free_days(session, centre, room):
    hall = create_room(session, centre, replace(ROOM, name="Aula", seats=80, features=("PROJECTOR",)), **ON)
    make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=hall)

    def found(**asked):
        return [item.id for item in list_rooms(session, centre, today=TODAY, **asked).rooms]

    assert found() == [hall, room]
    assert found(seats=50) == [hall]
    assert found(features=["COMPUTERS"]) == [room]
    assert found(free=(MONDAY, MONDAY)) == [room]
    assert found(free=(MONDAY + timedelta(days=300), MONDAY + timedelta(days=301))) == [hall, room]
    assert found(place="Limboto") == []
    with pytest.raises(InvalidInput, match="KOLAM"):
        found(features=["KOLAM"])
    with pytest.raises(InvalidInput, match="sebelum tanggal awal"):
        found(free=(MONDAY, TODAY))


def test_the_number_of_queries_does_not_grow_with_rooms_or_trainers(session, centre):
    def asked():
        seen = []
        connection = session.connection()
        session.expire_all()

        def add(*call):
            seen.append(call[2])

        event.listen(connection, "before_cursor_execute", add)
        list_rooms(session, centre, today=TODAY)
        list_trainers(session, centre, today=TODAY)
        event.remove(connection, "before_cursor_execute", add)
        return len(seen)

    def fill(serial):
        room_id = create_room(session, centre, replace(ROOM, name=f"Ruang {serial}"), **ON)
        close_room(session, centre, room_id, MONDAY, MONDAY, "Perbaikan", **ON)
        content = replace(TRAINER, qualifications=(QualificationContent("BMD-DASAR", "", None),
                                                   QualificationContent("", "TEK-BMD", 3)))
        note_absence(session, centre, create_trainer(session, centre, f"WI-{serial}", content, **ON), MONDAY, MONDAY, "Cuti", **ON)

    fill(1)
    asked()  # reads what is kept for the whole session
    few = asked()
    for serial in range(2, 7):
        fill(serial)
    assert asked() == few


def test_only_the_centre_that_keeps_a_room_changes_it_and_others_see_it(session, elsewhere, room):
    assert not list_rooms(session, elsewhere, today=TODAY).rooms[0].may_edit
    assert list_rooms(session, as_role(session, Role.ADMIN), today=TODAY).rooms
    for act in (lambda actor: edit_room(session, actor, room, ROOM, **ON),
                lambda actor: create_room(session, actor, replace(ROOM, name="Lain"), **ON),
                lambda actor: close_room(session, actor, room, MONDAY, MONDAY, "x", **ON),
                lambda actor: retire_room(session, actor, room, MONDAY, **ON)):
        with pytest.raises(NotAllowed):
            act(elsewhere)
    for role in (Role.HR,):
        with pytest.raises(NotAllowed):
            list_rooms(session, as_role(session, role), today=TODAY)


@pytest.mark.parametrize(("changed", "where"), [
    ({"name": " "}, "name"), ({"place": ""}, "place"), ({"seats": 0}, "seats"), ({"seats": 1000}, "seats"),
    ({"features": ("KOLAM",)}, "features")])
def test_a_room_that_makes_no_sense_is_refused_with_its_field(session, centre, changed, where):
    with pytest.raises(InvalidInput) as refused:
        create_room(session, centre, replace(ROOM, **changed), **ON)
    assert refused.value.where == where


def test_two_rooms_of_a_place_have_two_names(session, centre, room):
    with pytest.raises(Conflict, match="Sudah ada ruang “Ruang Limboto”"):
        create_room(session, centre, ROOM, **ON)
    other = create_room(session, centre, replace(ROOM, place="Limboto"), **ON)
    with pytest.raises(Conflict):
        edit_room(session, centre, other, ROOM, **ON)


def test_a_change_of_a_room_is_audited_and_the_same_again_is_none(session, centre, room):
    assert edit_room(session, centre, room, replace(ROOM, seats=32), **ON)
    assert not edit_room(session, centre, room, replace(ROOM, seats=32, features=("COMPUTERS", "PROJECTOR")), **ON)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.detail == {"before": {"seats": 30}, "after": {"seats": 32}}


def test_a_room_gets_no_smaller_than_the_batches_it_holds(session, centre, room):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room, seats=28)
    with pytest.raises(Conflict, match=batch.code):
        edit_room(session, centre, room, replace(ROOM, seats=20), **ON)
    assert edit_room(session, centre, room, replace(ROOM, seats=28), **ON)


def test_closing_a_room_with_batches_is_refused_with_their_names_unless_it_is_meant(session, centre, room):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room)
    last = MONDAY + timedelta(days=1)
    with pytest.raises(Conflict, match=f"{batch.code}.*7 Desember 2026 sampai 9 Desember 2026") as refused:
        close_room(session, centre, room, MONDAY, last, "Atap bocor", **ON)
    assert refused.value.where == "despite"
    (touched,) = close_room(session, centre, room, MONDAY, last, "Atap bocor", despite=True, **ON)
    assert touched.batch == batch.code
    (closure,) = view_room(session, centre, room, today=TODAY).closures
    assert closure.touched == (batch.code,)


def test_a_closure_is_not_in_the_past_not_upside_down_not_twice_and_has_a_reason(session, centre, room):
    day = timedelta(days=1)
    for first, last, reason, where in (
            (TODAY - day, TODAY, "x", "first_day"), (MONDAY, MONDAY - day, "x", "last_day"), (MONDAY, MONDAY, "  ", "reason")):
        with pytest.raises(InvalidInput) as refused:
            close_room(session, centre, room, first, last, reason, **ON)
        assert refused.value.where == where
    close_room(session, centre, room, MONDAY, MONDAY + day, "Atap bocor", **ON)
    with pytest.raises(Conflict, match="sudah ditutup 7 Desember 2026 sampai 8 Desember 2026: Atap bocor"):
        close_room(session, centre, room, MONDAY + day, MONDAY + 3 * day, "Lagi", **ON)


def test_a_closure_that_has_begun_ends_and_one_to_come_is_taken_back(session, centre, room):
    day = timedelta(days=1)
    close_room(session, centre, room, TODAY, TODAY + 5 * day, "Listrik", **ON)
    (item,) = list_rooms(session, centre, today=TODAY).rooms
    assert (item.state, item.until) == (RoomState.CLOSED, TODAY + 5 * day)
    (closure,) = view_room(session, centre, room, today=TODAY).closures
    tomorrow = {"today": TODAY + day, "now": NOW}
    assert open_room(session, centre, closure.id, **tomorrow) == room
    assert view_room(session, centre, room, today=TODAY + day).closures == ()
    with pytest.raises(Conflict, match="sudah berakhir 23 November 2026"):
        open_room(session, centre, closure.id, **tomorrow)
    close_room(session, centre, room, MONDAY, MONDAY, "Cat", **ON)
    (closure,) = (one for one in view_room(session, centre, room, today=TODAY).closures if one.reason == "Cat")
    open_room(session, centre, closure.id, **ON)
    with pytest.raises(NotFound):
        open_room(session, centre, closure.id, **ON)


def test_a_room_is_retired_when_nothing_counts_on_it_and_can_be_used_again(session, centre, room):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room)
    with pytest.raises(Conflict, match=batch.code):
        retire_room(session, centre, room, MONDAY, **ON)
    with pytest.raises(InvalidInput, match="paling awal hari ini"):
        retire_room(session, centre, room, TODAY - timedelta(days=1), **ON)
    day = MONDAY + timedelta(days=7)
    retire_room(session, centre, room, day, **ON)
    assert list_rooms(session, centre, today=day).rooms == ()
    (item,) = list_rooms(session, centre, today=day, retired=True).rooms
    assert (item.state, item.free) == (RoomState.RETIRED, ())
    assert list_rooms(session, centre, today=TODAY, free=(day, day)).rooms == ()
    retire_room(session, centre, room, None, **ON)
    assert list_rooms(session, centre, today=day).rooms


def test_a_room_of_nobody_is_changed_by_the_system_alone(session, centre, room):
    row = view_room(session, SYSTEM, room, today=TODAY).item
    assert row.may_edit
    with pytest.raises(NotFound):
        view_room(session, centre, room + 999, today=TODAY)


# --- trainers --------------------------------------------------------------------------------------------------------


def test_a_trainer_may_teach_what_is_named_and_what_his_levels_cover(session, centre, trainer):
    assert list_trainers(session, centre, today=TODAY).trainers[0].trainings == 0
    content = replace(TRAINER, qualifications=(
        QualificationContent("BMD-DASAR", "", None, None, "SK 4/2025"), QualificationContent("", "TEK-BMD", 5, TODAY)))
    assert edit_trainer(session, centre, trainer, content, **ON)
    view = view_trainer(session, centre, trainer, today=TODAY)
    by = {line.code: [str(words) for words in line.by] for line in view.teaches}
    assert by["BMD-DASAR"] == ["disebut namanya"]
    assert all(words == ["Pengelolaan Barang Milik Daerah sampai level 5"] for code, words in by.items() if code != "BMD-DASAR")
    assert len(by) > 1
    assert (trainer, "Rahma Pakaya") in qualified_trainers(session, "BMD-DASAR", TODAY)
    later = view_trainer(session, centre, trainer, today=TODAY + timedelta(days=1))
    assert [line.code for line in later.teaches] == ["BMD-DASAR"]
    assert [item.code for item in list_trainers(session, centre, today=TODAY, training="BMD-DASAR").trainers] == [trainer]
    assert list_trainers(session, centre, today=TODAY, training="PKP").trainers == ()
    assert trainer_content(session, centre, trainer, today=TODAY) == content
    assert not edit_trainer(session, centre, trainer, content, **ON)


@pytest.mark.parametrize(("changed", "where"), [
    ({"name": ""}, "name"), ({"yearly_jp": 0}, "yearly_jp"), ({"nip": "123"}, "NIP"),
    ({"qualifications": (QualificationContent("BMD-DASAR", "TEK-BMD", 3),)}, "qualifications"),
    ({"qualifications": (QualificationContent("", "TEK-BMD", None),)}, "qualifications"),
    ({"qualifications": (QualificationContent("BMD-DASAR", "", 3),)}, "qualifications"),
    ({"qualifications": (QualificationContent("", "TEK-BMD", 6),)}, "qualifications"),
    ({"qualifications": (QualificationContent("BMD-DASAR", "", None),) * 2}, "qualifications"),
    ({"qualifications": (QualificationContent("TIDAK-ADA", "", None),)}, "TRAINING"),
    ({"qualifications": (QualificationContent("", "TIDAK-ADA", 3),)}, "COMPETENCY")])
def test_a_trainer_that_makes_no_sense_is_refused_with_its_field(session, centre, trainer, changed, where):
    with pytest.raises(InvalidInput) as refused:
        edit_trainer(session, centre, trainer, replace(TRAINER, **changed), **ON)
    assert refused.value.where == where


def test_a_code_is_well_formed_and_taken_once(session, centre, trainer):
    assert trainer == "WI-01"
    with pytest.raises(Conflict, match="WI-01"):
        create_trainer(session, centre, "WI-01", TRAINER, **ON)
    with pytest.raises(InvalidInput, match="huruf, angka"):
        create_trainer(session, centre, "WI 01", TRAINER, **ON)


def test_the_load_is_counted_from_meetings_of_the_year_that_are_held(session, centre, trainer):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    for jp, day, cancelled in ((6, MONDAY, False), (4, MONDAY + timedelta(days=1), False), (9, MONDAY, True),
                               (7, date(2027, 1, 5), False)):
        meet(session, batch, day, trainer=trainer, jp=jp, cancelled=cancelled)
    gone = make_batch(session, "PBJ-L1", first_day=MONDAY, status="CANCELLED")
    meet(session, gone, MONDAY, trainer=trainer, jp=50)
    teaches(session, make_batch(session, "PBJ-L1", first_day=date(2026, 12, 14)), trainer)
    load = view_trainer(session, centre, trainer, today=TODAY).item.load
    assert (load.year, load.used, load.limit, load.left, load.unplanned) == (2026, 10, 100, 90, 1)
    assert view_trainer(session, centre, trainer, today=TODAY, year=2027).item.load.used == 7


def test_an_absence_is_kept_and_tells_which_batches_it_touches(session, centre, trainer):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, stages=[("CLASSICAL", 3)])
    teaches(session, batch, trainer)
    far = make_batch(session, "PBJ-L1", first_day=MONDAY + timedelta(days=20))
    meet(session, far, far.first_day, trainer=trainer)
    (touched,) = note_absence(session, centre, trainer, MONDAY + timedelta(days=2), MONDAY + timedelta(days=9), "Cuti", **ON)
    assert touched.batch == batch.code
    view = view_trainer(session, centre, trainer, today=TODAY)
    assert [(one.reason, one.touched) for one in view.absences] == [("Cuti", (batch.code,))]
    assert [booking.batch for booking in view.bookings] == [batch.code, far.code]


def test_absences_are_not_past_and_do_not_overlap(session, centre, trainer):
    day = timedelta(days=1)
    note_absence(session, centre, trainer, MONDAY, MONDAY + 2 * day, "Cuti", **ON)
    with pytest.raises(Conflict, match="Sudah tercatat tidak hadir 7 Desember 2026 sampai 9 Desember 2026: Cuti"):
        note_absence(session, centre, trainer, MONDAY + 2 * day, MONDAY + 4 * day, "Sakit", **ON)
    with pytest.raises(InvalidInput, match="paling awal hari ini"):
        note_absence(session, centre, trainer, TODAY - day, TODAY, "Sakit", **ON)
    (absence,) = view_trainer(session, centre, trainer, today=TODAY).absences
    assert end_absence(session, centre, absence.id, **ON) == trainer
    assert view_trainer(session, centre, trainer, today=TODAY).absences == ()
    with pytest.raises(NotFound):
        end_absence(session, centre, absence.id, **ON)


def test_who_still_teaches_does_not_stop_before(session, centre, trainer):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    teaches(session, batch, trainer)
    with pytest.raises(Conflict, match=batch.code):
        edit_trainer(session, centre, trainer, replace(TRAINER, retired_on=MONDAY), **ON)
    day = MONDAY + timedelta(days=5)
    edit_trainer(session, centre, trainer, replace(TRAINER, retired_on=day), **ON)
    assert list_trainers(session, centre, today=day).trainers == ()
    assert len(list_trainers(session, centre, today=day, retired=True).trainers) == 1


def test_a_trainer_of_ours_is_linked_with_his_person(session, centre, trainer):
    person = make_person(session)
    edit_trainer(session, centre, trainer, replace(TRAINER, nip=person.nip), **ON)
    assert trainer_content(session, centre, trainer, today=TODAY).nip == person.nip
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.person_id == person.id


def test_another_centre_sees_a_trainer_and_changes_nothing(session, elsewhere, trainer):
    assert not view_trainer(session, elsewhere, trainer, today=TODAY).item.may_edit
    for act in (lambda: edit_trainer(session, elsewhere, trainer, TRAINER, **ON),
                lambda: note_absence(session, elsewhere, trainer, MONDAY, MONDAY, "x", **ON),
                lambda: create_trainer(session, elsewhere, "WI-02", TRAINER, **ON)):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotFound, match="WI-99"):
        view_trainer(session, elsewhere, "WI-99", today=TODAY)


# --- working days ----------------------------------------------------------------------------------------------------


def test_a_year_has_its_days_counts_and_hours(session, centre):
    found = view_year(session, centre, 2027, today=TODAY)
    assert (found.unit_code, len(found.months), found.joint_leave_known) == ("75-BKPSDM", 12, True)
    days = [cell for month in found.months for cell in month]
    assert len(days) == 365
    assert sum(not cell.kind for cell in days) == found.working_days
    assert found.minutes == found.working_days * 450
    assert not view_year(session, centre, 2031, today=TODAY).joint_leave_known


def test_a_closed_day_names_the_batches_that_meet_then_and_can_be_taken_back(session, centre):
    batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, stages=[("CLASSICAL", 3)])
    planned = make_batch(session, "PBJ-L1", first_day=MONDAY, stages=[("CLASSICAL", 3)])
    meet(session, planned, MONDAY + timedelta(days=2))
    make_batch(session, "PKP", first_day=MONDAY, organiser="75-BAPELKES")
    touched = set_day(session, centre, "75-BKPSDM", MONDAY, CLOSED, "Pemilihan kepala daerah", **BASIS, **ON)
    assert touched == (batch.code,)
    (special,) = (day for day in view_year(session, centre, 2026, today=TODAY).special if day.kind == "LOCAL")
    assert (special.day, special.name, special.decided_by, special.confidence) == (
        MONDAY, "Pemilihan kepala daerah", unit_by_code(session, "75-BKPSDM").name, "verified")
    assert forget_day(session, centre, special.decision, **ON) == ("75-BKPSDM", MONDAY)
    unit_id = unit_by_code(session, "75-BKPSDM").id
    assert load_working_time(session, unit_id, MONDAY, MONDAY).closed_on(MONDAY) is None


def test_a_holiday_can_be_worked_and_a_second_decision_replaces_the_first(session, centre):
    eve = date(2026, 12, 24)
    assert set_day(session, centre, "75-BKPSDM", eve, WORKING, "Pelatihan tetap berjalan", **BASIS, **ON) == ()
    (special,) = (day for day in view_year(session, centre, 2026, today=TODAY).special if day.kind == "REOPENED")
    assert (special.day, special.instead_of) == (eve, "Cuti Bersama Hari Raya Natal")
    set_day(session, centre, "75-BKPSDM", eve, CLOSED, "Jadi libur", **BASIS, **ON)
    (special,) = (day for day in view_year(session, centre, 2026, today=TODAY).special if day.day == eve)
    assert (special.kind, special.name) == ("LOCAL", "Jadi libur")


@pytest.mark.parametrize(("day", "kind", "name", "basis", "where"), [
    (TODAY - timedelta(days=1), CLOSED, "x", {}, "day"), (date(2026, 12, 25), CLOSED, "x", {}, "day"),
    (MONDAY, WORKING, "x", {}, "day"), (MONDAY, "MAYBE", "x", {}, "kind"), (MONDAY, CLOSED, "", {}, "name"),
    (MONDAY, CLOSED, "x", {"source": ""}, "source"), (MONDAY, CLOSED, "x", {"confidence": "sure"}, "confidence")])
def test_a_decision_that_changes_nothing_or_lacks_its_basis_is_refused(session, centre, day, kind, name, basis, where):
    with pytest.raises(InvalidInput) as refused:
        set_day(session, centre, "75-BKPSDM", day, kind, name, **(BASIS | basis), **ON)
    assert refused.value.where == where


def test_days_and_hours_of_another_unit_are_not_ours_to_decide(session, elsewhere):
    week = WeekContent({1: "08.00-14.00"}, MONDAY, "SE 1", "verified")
    for act in (lambda: set_day(session, elsewhere, "75-BKPSDM", MONDAY, CLOSED, "x", **BASIS, **ON),
                lambda: set_hours(session, elsewhere, "75-BKPSDM", week, **ON),
                lambda: week_content(session, elsewhere, "75-BKPSDM", today=TODAY)):
        with pytest.raises(NotAllowed):
            act()


def test_hours_count_from_their_day_on_and_the_same_day_again_replaces_them(session, centre):
    now = week_content(session, centre, "75-BKPSDM", today=TODAY)
    assert now.days[5] == "07.30-11.30 13.00-16.30"
    set_hours(session, centre, "75-BKPSDM", WeekContent({1: "08.00-14.00"}, MONDAY, "SE 1", "verified"), **ON)
    set_hours(session, centre, "75-BKPSDM", WeekContent({1: "08.00-12.00 13.00-15.00"}, MONDAY, "SE 2", "verified"), **ON)
    assert set(session.scalars(select(WorkingHours.source))) == {"SE 2"}
    time = load_working_time(session, unit_by_code(session, "75-BKPSDM").id, TODAY, MONDAY)
    assert time.hours_on(MONDAY) == ((480, 720), (780, 900))
    assert time.hours_on(TODAY) == ((450, 720), (780, 960))


@pytest.mark.parametrize(("changed", "where"), [
    ({"days": {3: "pagi"}}, "day_3"), ({"days": {1: "12.00-08.00"}}, "day_1"), ({"days": {}}, "day_1"),
    ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"), ({"source": ""}, "source")])
def test_hours_that_cannot_be_read_are_refused_at_their_day(session, centre, changed, where):
    content = WeekContent({1: "08.00-14.00"}, MONDAY, "SE 1", "verified")
    with pytest.raises(InvalidInput) as refused:
        set_hours(session, centre, "75-BKPSDM", replace(content, **changed), **ON)
    assert refused.value.where == where


# --- ways ------------------------------------------------------------------------------------------------------------


def test_a_way_is_recorded_once_for_both_directions_and_can_be_forgotten(session, centre, room):
    create_room(session, centre, replace(ROOM, place="Gedung Diklat, Limboto"), **ON)
    assert travel_table(session, centre, today=TODAY).unknown == (("Kota Gorontalo", "Limboto"),)
    assert set_travel(session, centre, "Limboto", "Kota Gorontalo", 30, **ON)
    assert not set_travel(session, centre, "Kota Gorontalo", "Limboto", 30, **ON)
    assert load_travel_times(session).travel_minutes(ROOM.place, "Gedung Diklat, Limboto") == 30
    assert travel_table(session, centre, today=TODAY).unknown == ()
    set_travel(session, centre, "Kota Gorontalo", "Limboto", None, **ON)
    with pytest.raises(NotFound):
        set_travel(session, centre, "Kota Gorontalo", "Limboto", None, **ON)


@pytest.mark.parametrize(("place", "other", "minutes", "where"), [
    ("", "Limboto", 5, "place"), ("Limboto", " ", 5, "other_place"), ("Limboto", "Limboto", 5, "other_place"),
    ("Limboto", "Marisa", -1, "minutes"), ("Limboto", "Marisa", 1441, "minutes")])
def test_a_way_that_makes_no_sense_is_refused(session, centre, place, other, minutes, where):
    with pytest.raises(InvalidInput) as refused:
        set_travel(session, centre, place, other, minutes, **ON)
    assert refused.value.where == where


def test_hr_and_a_visitor_record_no_ways(session):
    with pytest.raises(NotAllowed):
        set_travel(session, as_role(session, Role.HR), "Limboto", "Marisa", 5, **ON)
    with pytest.raises(NotAllowed):
        travel_table(session, as_role(session, Role.HR), today=TODAY)
