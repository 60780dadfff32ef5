"""The calendar: what stands on which day, what clashes, what is closed, for whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy import event, select

from kompetensi.errors import NotAllowed, NotFound
from kompetensi.models import Enrolment, HolidayOverride, Meeting, MeetingTrainer, Room, Trainer, Unit
from kompetensi.rules.access import ANONYMOUS, Actor, Grant, Role
from kompetensi.services.calendar import CalendarViewKind, calendar_view
from kompetensi.services.unit_of_work import transaction

MONDAY = date(2027, 4, 12)
READER = Actor("account:1", "Pembaca")
MONTH, WEEK, ROOMS, TRAINERS, MINE = (CalendarViewKind.MONTH, CalendarViewKind.WEEK, CalendarViewKind.ROOMS,
                                      CalendarViewKind.TRAINERS, CalendarViewKind.MINE)


@pytest.fixture
def session(session):
    with transaction(session):
        yield session


def kept(session, row):
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def centre(session):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == "75-BKPSDM")).one()
    return Actor("account:9", "Balai", None, (Grant(Role.TRAINING_CENTRE, unit_id),))


@pytest.fixture
def room(session):
    return kept(session, Room(name="Ruang Uji", place="Kampus Uji", seats=40))


@pytest.fixture
def batch(session):
    return make_batch(session, "BMD-DASAR", first_day=MONDAY, stages=[("CLASSICAL", 5)])


def meet(session, batch, day, **fields):
    values = {"starts": 480, "ends": 690, "jp": 4, "changed_at": NOW, "title": "Materi inti"} | fields
    return kept(session, Meeting(batch_id=batch.id, stage_id=batch.stages[0].id, day=day, **values))


def look(session, actor, kind, day=MONDAY, **filters):
    return calendar_view(session, actor, kind, day, today=TODAY, **filters)


def on(found, day):
    return next(one for one in found.days if one.day == day)


def test_a_month_stands_in_whole_weeks_and_says_which_days_only_fill_them(session):
    found = look(session, READER, MONTH, date(2027, 4, 20))
    assert (found.first, found.last) == (date(2027, 4, 1), date(2027, 4, 30))
    assert [len(week) for week in found.weeks] == [7] * 5
    assert found.weeks[0][0].day == date(2027, 3, 29)
    assert found.weeks[0][0].outside
    assert (found.previous, found.following) == (date(2027, 3, 31), date(2027, 5, 1))
    assert len(found.days) == 30


def test_a_batch_stands_on_the_days_of_its_meetings_and_one_without_on_those_of_its_stages(session, batch):
    plain = make_batch(session, "BMD-DASAR", first_day=MONDAY, stages=[("DISTANCE", 2)])
    meet(session, batch, MONDAY + timedelta(days=2))
    found = look(session, READER, WEEK)
    assert [[entry.batch for entry in day.entries] for day in found.days[:4]] == [
        [plain.code], [plain.code], [batch.code], []]
    assert on(found, MONDAY + timedelta(days=2)).entries[0].hours == "08.00–11.30"
    assert found.batches == 2


def test_cancelled_meetings_and_batches_stand_in_no_calendar_but_ones_own(session, batch):
    person = make_person(session)
    kept(session, Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
    meet(session, batch, MONDAY, cancelled=True)
    assert look(session, READER, WEEK).entries == 0
    (entry,) = on(look(session, Actor("account:1", person.name, person.id), MINE), MONDAY).entries
    assert entry.cancelled
    assert entry.status == "APPROVED"


def test_ones_own_calendar_holds_ones_seats_and_what_one_teaches_and_nothing_else(session, batch):
    person = make_person(session)
    trainer = kept(session, Trainer(code="UJI-1", name="Rahma", person_id=person.id))
    taught = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    other = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    kept(session, Enrolment(person_id=person.id, batch_id=batch.id, status="REQUESTED", requested_at=NOW))
    lesson = meet(session, taught, MONDAY)
    kept(session, MeetingTrainer(meeting_id=lesson.id, trainer_id=trainer.id, jp=4))
    meet(session, other, MONDAY)
    meet(session, batch, MONDAY, starts=600, ends=720)
    found = look(session, Actor("account:1", person.name, person.id), MINE)
    held = on(found, MONDAY).entries
    assert [(entry.batch, entry.status) for entry in held] == [(taught.code, "TEACHES"), (batch.code, "REQUESTED")]
    # He cannot teach and learn in the same hour, and is told so.
    assert [bool(entry.clashes) for entry in held] == [True, True]


def test_two_meetings_in_one_room_at_one_hour_are_told_to_the_centre_and_to_nobody_else(session, centre, batch, room):
    other = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    meet(session, batch, MONDAY, room_id=room.id)
    meet(session, other, MONDAY, room_id=room.id, starts=600, ends=720)
    found = look(session, centre, WEEK)
    assert found.clashing == 2
    assert "bentrok" in str(found.answer)
    assert "Ruang Uji" in str(on(found, MONDAY).entries[0].clashes[0])
    blind = look(session, READER, WEEK)
    assert blind.clashing == 0
    assert not blind.sees_clashes


def test_rooms_and_trainers_have_a_row_each_and_a_second_one_where_two_batches_share_a_day(session, centre, batch, room):
    other = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    trainer = kept(session, Trainer(code="UJI-1", name="Rahma"))
    for day in range(3):
        lesson = meet(session, batch, MONDAY + timedelta(days=day), room_id=room.id)
        kept(session, MeetingTrainer(meeting_id=lesson.id, trainer_id=trainer.id, jp=4))
    meet(session, other, MONDAY + timedelta(days=1), room_id=room.id, starts=780, ends=900)
    lanes = look(session, centre, ROOMS).lanes
    assert [(lane.name, lane.rows) for lane in lanes] == [("Ruang Uji", 2), ("Ruang Uji", 0)]
    assert [[(cell.code, cell.days) for cell in lane.cells if cell.code] for lane in lanes] == [
        [(batch.code, 3)], [(other.code, 1)]]
    assert all(sum(cell.days for cell in lane.cells) == 30 for lane in lanes)
    (lane,) = look(session, READER, TRAINERS).lanes
    assert lane.name == "Rahma"
    assert not lane.may_share


def test_only_the_centre_that_keeps_a_room_is_led_to_its_links(session, centre, batch, room):
    meet(session, batch, MONDAY, room_id=room.id)
    assert [lane.may_share for lane in look(session, centre, ROOMS).lanes] == [False]
    room.unit_id = centre.grants[0].unit_id
    session.flush()
    assert [lane.may_share for lane in look(session, centre, ROOMS).lanes] == [True]
    assert [lane.may_share for lane in look(session, READER, ROOMS).lanes] == [False]


def test_holidays_have_their_name_and_days_of_rest_are_only_closed(session, centre):
    kept(session, HolidayOverride(unit_id=centre.grants[0].unit_id, day=MONDAY, kind="CLOSED", name="Hari jadi"))
    found = look(session, centre, WEEK)
    assert (on(found, MONDAY).holiday, on(found, MONDAY).off) == ("Hari jadi", True)
    sunday = on(found, MONDAY + timedelta(days=6))
    assert (sunday.holiday, sunday.off) == ("", True)


def test_filters_leave_only_a_training_a_place_a_centre(session, batch, room):
    other = make_batch(session, "YANLIK-PRIMA", first_day=MONDAY, organiser="75-BAPELKES", place="Limboto")
    meet(session, batch, MONDAY, room_id=room.id)
    meet(session, other, MONDAY)

    def left(**filters):
        return {entry.batch for day in look(session, READER, WEEK, **filters).days for entry in day.entries}

    assert left(training="bmd-dasar") == {batch.code}
    assert left(place="Kampus Uji") == {batch.code}
    assert left(place="Limboto") == {other.code}
    assert left(centre="75-BAPELKES") == {other.code}
    assert left(centre="75") == {batch.code, other.code}
    with pytest.raises(NotFound):
        left(training="TIDAK-ADA")
    with pytest.raises(NotFound):
        left(centre="TIDAK-ADA")


def test_a_visitor_has_no_calendar(session):
    with pytest.raises(NotAllowed):
        look(session, ANONYMOUS, MONTH)


@pytest.mark.parametrize("kind", list(CalendarViewKind))
def test_years_that_nobody_means_end_at_the_last_that_one_may(session, kind):
    assert look(session, READER, kind, date.max).last.year in (2100, 2101)
    assert look(session, READER, kind, date.min).first.year in (1999, 2000)


def test_more_meetings_do_not_mean_more_questions_to_the_database(session, centre, batch, room):
    def asked():
        count = [0]

        def note(*_):
            count[0] += 1

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            session.expire_all()
            look(session, centre, WEEK)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return count[0]

    meet(session, batch, MONDAY, room_id=room.id)
    asked()
    few = asked()
    for number in range(8):
        more = make_batch(session, "BMD-DASAR", first_day=MONDAY)
        meet(session, more, MONDAY + timedelta(days=number % 5), room_id=room.id, starts=60 * number, ends=60 * number + 50)
    assert asked() == few
