"""Links of calendars: who may make one, what it shows, and that nobody learns anything from one that is not there."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person
from icalendar import Calendar
from sqlalchemy import select

from kompetensi.errors import Conflict, NotAllowed, NotFound
from kompetensi.models import AuditEntry, CalendarLink, Enrolment, Meeting, MeetingTrainer, Room, Trainer, Unit
from kompetensi.rules.access import Actor, Grant, Role
from kompetensi.services import calendar_links
from kompetensi.services.calendar_links import CalendarKind
from kompetensi.services.own_record import export_own_record
from kompetensi.services.unit_of_work import transaction

MONDAY = date(2027, 4, 12)
ON = {"today": TODAY, "now": NOW}
WHERE = {"base_url": "https://contoh.example", "host": "contoh.example"}


@pytest.fixture
def session(session):
    with transaction(session):
        yield session


def kept(session, row):
    session.add(row)
    session.flush()
    return row


def unit_id(session, code):
    return session.scalars(select(Unit.id).where(Unit.code == code)).one()


def centre(session, code="75-BKPSDM"):
    return Actor("account:9", "Balai", None, (Grant(Role.TRAINING_CENTRE, unit_id(session, code)),))


def meet(session, batch, day, **fields):
    values = {"starts": 480, "ends": 720, "jp": 5, "changed_at": NOW, "title": "Materi inti"} | fields
    return kept(session, Meeting(batch_id=batch.id, stage_id=batch.stages[0].id, day=day, **values))


def enrol(session, person, batch, status="APPROVED"):
    return kept(session, Enrolment(person_id=person.id, batch_id=batch.id, status=status, requested_at=NOW))


def byte_source():
    numbers = iter(range(256))
    return lambda count: bytes([next(numbers)]) * count


def link(session, actor, kind, owner_id, randomness=None):
    return calendar_links.make_link(session, actor, kind, owner_id, randomness=randomness or byte_source(), **ON)


def read(session, token, **changed):
    return calendar_links.read_calendar(session, token, **({**ON, **WHERE} | changed))


def days(file):
    return sorted(event["dtstart"].dt for event in Calendar.from_ical(file.content).walk("VEVENT"))


@pytest.fixture
def person(session):
    return make_person(session)


def self_of(person):
    return Actor("account:1", person.name, person.id)


@pytest.fixture
def batch(session):
    return make_batch(session, "BMD-DASAR", first_day=MONDAY, stages=[("CLASSICAL", 5)])


def test_a_person_reads_the_meetings_of_the_batches_in_which_he_has_a_seat(session, person, batch):
    other = make_batch(session, "BMD-DASAR", first_day=MONDAY)
    meet(session, batch, MONDAY)
    meet(session, other, MONDAY + timedelta(days=1))
    enrol(session, person, batch)
    made = link(session, self_of(person), CalendarKind.PERSON, person.id)
    (event,) = Calendar.from_ical(read(session, made.token).content).walk("VEVENT")
    assert event["dtstart"].dt.date() == MONDAY
    assert event["status"] == "CONFIRMED"
    assert event["url"] == f"https://contoh.example/angkatan/{batch.code}"


def test_a_seat_that_waits_for_a_word_is_tentative_and_one_that_was_refused_is_not_there(session, person, batch):
    meet(session, batch, MONDAY)
    seat = enrol(session, person, batch, "REQUESTED")
    made = link(session, self_of(person), CalendarKind.PERSON, person.id)
    (event,) = Calendar.from_ical(read(session, made.token).content).walk("VEVENT")
    assert event["status"] == "TENTATIVE"
    seat.status = "REFUSED"
    session.flush()
    assert days(read(session, made.token)) == []


def test_a_batch_without_meetings_stands_with_the_days_of_its_stages(session, person, batch):
    enrol(session, person, batch)
    made = link(session, self_of(person), CalendarKind.PERSON, person.id)
    assert days(read(session, made.token)) == [MONDAY]


def test_who_teaches_reads_what_he_teaches_as_a_person_and_as_a_trainer(session, person, batch):
    trainer = kept(session, Trainer(code="UJI-1", name="Rahma", person_id=person.id))
    taught = meet(session, batch, MONDAY)
    meet(session, batch, MONDAY + timedelta(days=1))
    kept(session, MeetingTrainer(meeting_id=taught.id, trainer_id=trainer.id, jp=5))
    for kind, owner in ((CalendarKind.PERSON, person.id), (CalendarKind.TRAINER, trainer.id)):
        made = link(session, self_of(person), kind, owner, lambda count, kind=kind: kind.value.encode()[:1] * count)
        assert [day.date() for day in days(read(session, made.token))] == [MONDAY]


def test_a_change_of_a_meeting_changes_the_bytes_and_raises_the_sequence(session, person, batch):
    room = kept(session, Room(name="Ruang Uji", place="Kota Gorontalo", seats=40, unit_id=unit_id(session, "75-BKPSDM")))
    held = meet(session, batch, MONDAY, room_id=room.id)
    made = link(session, centre(session), CalendarKind.ROOM, room.id)
    before = read(session, made.token)
    assert read(session, made.token, now=NOW + timedelta(days=1), today=TODAY + timedelta(days=1)) == before
    held.starts, held.revision, held.changed_at = 540, 1, NOW + timedelta(hours=2)
    session.flush()
    after = read(session, made.token)
    assert after.tag != before.tag
    one, other = (Calendar.from_ical(file.content).walk("VEVENT")[0] for file in (before, after))
    assert one["uid"] == other["uid"]
    assert (one["sequence"], other["sequence"]) == (0, 1)
    assert other["last-modified"].dt == NOW + timedelta(hours=2)


def test_a_cancelled_batch_is_told_as_cancelled(session, person, batch):
    meet(session, batch, MONDAY)
    enrol(session, person, batch)
    batch.status = "CANCELLED"
    session.flush()
    file = calendar_links.owner_calendar(session, self_of(person), CalendarKind.PERSON, person.id, today=TODAY, **WHERE)
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    assert event["status"] == "CANCELLED"


def test_the_token_is_not_kept_and_who_made_the_link_is(session, person):
    made = link(session, self_of(person), CalendarKind.PERSON, person.id)
    row = session.scalars(select(CalendarLink)).one()
    assert made.token not in (row.token_sha256, row.created_by)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "calendar.share")).one()
    assert entry.person_id == person.id
    assert made.token not in str(entry.detail)


def test_a_persons_own_record_tells_of_his_links_but_not_of_their_secret(session, person):
    link(session, self_of(person), CalendarKind.PERSON, person.id)
    link(session, self_of(other := make_person(session)), CalendarKind.PERSON, other.id, lambda count: b"x" * count)
    (row,) = export_own_record(session, self_of(person), today=TODAY).tables["calendar_links"]
    assert row["subject_id"] == person.id
    assert "token_sha256" not in row


def test_a_link_that_was_withdrawn_and_one_that_never_was_are_answered_alike(session, person):
    made = link(session, self_of(person), CalendarKind.PERSON, person.id)
    row = session.scalars(select(CalendarLink)).one()
    calendar_links.withdraw_link(session, self_of(person), row.id, **ON)
    with pytest.raises(NotFound) as withdrawn:
        read(session, made.token)
    with pytest.raises(NotFound) as unknown:
        read(session, "tidak-ada")
    assert str(withdrawn.value) == str(unknown.value)


def test_the_last_reading_is_noted_at_most_once_an_hour(session, person):
    made = link(session, self_of(person), CalendarKind.PERSON, person.id)
    noted = []
    for minutes in (0, 30, 61):
        read(session, made.token, now=NOW + timedelta(minutes=minutes))
        session.expire_all()
        noted.append(session.scalars(select(CalendarLink.last_read_at)).one())
    assert noted == [NOW, NOW, NOW + timedelta(minutes=61)]
    assert isinstance(noted[0], datetime)


def test_nobody_makes_a_link_to_the_calendar_of_another_person_not_even_the_centre_of_his_unit(session, person):
    for actor in (centre(session), self_of(make_person(session))):
        with pytest.raises(NotAllowed):
            link(session, actor, CalendarKind.PERSON, person.id)


def test_a_room_of_another_centre_and_one_of_no_centre_are_not_shared(session):
    own = unit_id(session, "75-BKPSDM")
    rooms = [kept(session, Room(name=f"Ruang {number}", place="Kota", seats=10, unit_id=unit))
             for number, unit in enumerate((unit_id(session, "75-BAPELKES"), None, own))]
    for room in rooms[:2]:
        with pytest.raises(NotAllowed):
            link(session, centre(session), CalendarKind.ROOM, room.id)
    assert link(session, centre(session), CalendarKind.ROOM, rooms[2].id).owner.name == "Ruang 2"


def test_the_eleventh_link_wants_one_of_the_ten_to_be_withdrawn(session, person):
    source = byte_source()
    for _ in range(10):
        link(session, self_of(person), CalendarKind.PERSON, person.id, source)
    with pytest.raises(Conflict):
        link(session, self_of(person), CalendarKind.PERSON, person.id, source)


def test_the_calendar_of_a_batch_and_of_one_meeting_are_for_everybody_who_has_signed_in(session, person, batch):
    first, second = meet(session, batch, MONDAY), meet(session, batch, MONDAY + timedelta(days=9))
    whole = calendar_links.batch_calendar(session, self_of(person), batch.code, today=TODAY, **WHERE)
    assert whole.meetings == 2
    one = calendar_links.meeting_calendar(session, self_of(person), second.id, today=TODAY, **WHERE)
    assert [day.date() for day in days(one)] == [second.day]
    with pytest.raises(NotFound):
        calendar_links.meeting_calendar(session, self_of(person), first.id + 999, today=TODAY, **WHERE)


def test_a_room_is_found_by_its_name_unless_two_have_it(session):
    rooms = [kept(session, Room(name="Ruang Kembar", place=place, seats=10)) for place in ("Kota", "Limboto")]
    with pytest.raises(NotFound, match="2 ruang"):
        calendar_links.find_owner(session, CalendarKind.ROOM, "Ruang Kembar")
    assert calendar_links.find_owner(session, CalendarKind.ROOM, str(rooms[1].id)).id == rooms[1].id
    with pytest.raises(NotFound):
        calendar_links.find_owner(session, CalendarKind.TRAINER, "TIDAK-ADA")
