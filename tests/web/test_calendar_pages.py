"""Pages of the calendar, and the address that calendar programs read."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from factories import NOW, make_batch
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import Enrolment, Meeting, Person, Room, Unit
from kompetensi.services.unit_of_work import transaction

MONDAY = date(2027, 4, 12)
VIEWS = ("bulan", "minggu", "ruang", "pengajar", "saya")


@pytest.fixture
def held(office):
    """Two batches in one room at one hour; the civil servant has a seat in the first."""
    with office.app.app_context():
        engine = state(office.app).db.engine
    with Session(engine) as session, transaction(session):
        unit = session.scalars(select(Unit).where(Unit.code == "75-BKPSDM")).one()
        room = Room(name="Ruang Uji", place="Kota Gorontalo", seats=40, unit_id=unit.id)
        session.add(room)
        session.flush()
        codes, meetings = [], []
        for starts in (480, 600):
            batch = make_batch(session, "BMD-DASAR", first_day=MONDAY)
            meetings.append(Meeting(batch_id=batch.id, stage_id=batch.stages[0].id, day=MONDAY, starts=starts, ends=700, jp=4,
                                changed_at=NOW, title="Materi inti", room_id=room.id))
            session.add(meetings[-1])
            codes.append(batch.code)
        person = session.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
        session.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
        session.flush()
        return {"codes": codes, "room": room.id, "person": person.id, "meeting": meetings[0].id}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("username", ["pegawai", "balai", "mutasi", "admin"])
def test_every_reader_opens_every_view(office, held, view, username):
    answer = office.visit(username).get(f"/kalender?tampilan={view}&hari={MONDAY}")
    assert answer.status_code == 200
    assert 'accesskey="b"' in answer.text


def test_a_month_leads_to_the_one_before_the_one_after_and_to_today(office, held):
    text = office.visit("pegawai").get(f"/kalender?hari={MONDAY}&pelatihan=BMD-DASAR").text
    for rel, day in (("prev", "2027-03-31"), ("next", "2027-05-01")):
        assert re.search(rf'rel="{rel}"[^>]*hari={day}[^"]*pelatihan=BMD-DASAR', text)
    assert held["codes"][0] in text


def test_clashes_are_said_in_words_to_the_centre(office, held):
    address = f"/kalender?tampilan=minggu&hari={MONDAY}"
    assert "2 jadwal bentrok" in office.visit("balai").get(address).text
    assert "bentrok" not in office.visit("pegawai").get(address).text.lower()


@pytest.mark.parametrize("query", ["tampilan=tahun", "hari=kemarin"])
def test_what_the_calendar_cannot_read_is_refused_in_words(office, query):
    answer = office.visit("pegawai").get(f"/kalender?{query}")
    assert answer.status_code == 400


def make_link(client, word, owner_id):
    answer = client.post(f"/kalender/tautan/{word}/{owner_id}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return re.search(r'value="http://localhost(/kalender/langganan/[^"]+)"', answer.text)[1]


def test_a_calendar_is_read_without_signing_in_and_in_few_bytes_when_nothing_has_changed(office, held):
    address = make_link(office.visit("pegawai"), "pegawai", held["person"])
    program = office.visit()
    first = program.get(address)
    assert (first.status_code, first.mimetype) == (200, "text/calendar")
    (event,) = Calendar.from_ical(first.data).walk("VEVENT")
    assert event["url"].endswith(held["codes"][1])
    again = program.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_withdrawn_link_and_one_that_never_was_answer_with_the_same_page(office, held):
    client = office.visit("pegawai")
    address = make_link(client, "pegawai", held["person"])
    client.post("/kalender/tautan/1/cabut")
    gone, never = (office.visit().get(path) for path in (address, "/kalender/langganan/x.ics"))
    assert gone.status_code == never.status_code == 404

    def bare(answer):  # the page leads back to itself after a choice of language
        return re.sub(r'name="(csrf_token|next)" value="[^"]*"', "", answer.text)

    assert bare(gone) == bare(never)


def test_whoever_tries_links_has_to_wait_and_who_has_one_has_not(office, held):
    office.app.config["KOMPETENSI_CALENDAR_PER_MINUTE"] = 3
    address = make_link(office.visit("pegawai"), "pegawai", held["person"])
    stranger = office.visit()
    codes = [stranger.get(f"/kalender/langganan/{number}.ics").status_code for number in range(4)]
    assert codes == [404, 404, 404, 429]
    assert stranger.get("/kalender/langganan/9.ics").headers["Retry-After"].isdecimal()
    other = stranger.get(address, environ_overrides={"REMOTE_ADDR": "10.1.1.1"})
    assert other.status_code == 200


def test_the_centre_shares_its_room_and_nobody_else_does(office, held):
    address = make_link(office.visit("balai"), "ruang", held["room"])
    assert len(Calendar.from_ical(office.visit().get(address).data).walk("VEVENT")) == 2
    assert office.visit("pegawai").post(f"/kalender/tautan/ruang/{held['room']}").status_code == 403
    assert office.visit("balai").post(f"/kalender/tautan/pegawai/{held['person']}").status_code == 403


def test_calendars_are_downloaded_as_files(office, held):
    client = office.visit("pegawai")
    for path, events in ((f"/kalender/berkas/pegawai/{held['person']}.ics", 1),
                         (f"/kalender/angkatan/{held['codes'][0]}.ics", 1), (f"/kalender/pertemuan/{held['meeting']}.ics", 1)):
        answer = client.get(path)
        assert "attachment" in answer.headers["Content-Disposition"]
        assert len(Calendar.from_ical(answer.data).walk("VEVENT")) == events
    assert client.get("/kalender/pertemuan/99999.ics").status_code == 404
    assert client.get("/kalender/berkas/kucing/1.ics").status_code == 404


def test_ones_own_links_are_where_the_calendar_leads(office, held):
    answer = office.visit("pegawai").get("/kalender/tautan", follow_redirects=True)
    assert answer.status_code == 200
    assert "Buat tautan baru" in answer.text


def test_the_home_of_the_centre_shows_its_rooms_in_a_month(office, held):
    text = office.visit("balai").get(f"/balai?bulan={MONDAY:%Y-%m}").text
    assert "Ruang Uji" in text
    assert "Bentrok" in text
    assert "Ruang Uji" not in office.visit("balai").get(f"/balai?bulan={MONDAY + timedelta(days=62):%Y-%m}").text
