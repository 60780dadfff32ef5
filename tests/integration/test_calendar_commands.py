"""``kompetensi calendar`` and ``kompetensi report``: files, tables, JSON, and what is refused."""

from __future__ import annotations

import json
from datetime import date

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_batch, make_person
from icalendar import Calendar
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Enrolment, Meeting, MeetingTrainer, Room, Setting, Trainer

MONDAY = date(2027, 4, 12)


@pytest.fixture
def url(databases, reference_url):
    return databases.new(template=reference_url)


@pytest.fixture
def known(url):
    """A meeting with a room, a trainer and a participant; and a batch of March with a result."""
    engine = make_engine(url)
    with Session(engine) as session:
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 2}))
        person = make_person(session)
        room, trainer = Room(name="Ruang Uji", place="Kota", seats=40), Trainer(code="UJI-1", name="Rahma")
        session.add_all([room, trainer])
        batch, over = make_batch(session, "BMD-DASAR", first_day=MONDAY), make_batch(
            session, "SAKIP", first_day=date(2026, 3, 2))
        meeting = Meeting(batch_id=batch.id, day=MONDAY, starts=480, ends=720, jp=5, changed_at=NOW, title="Materi",
                          room_id=room.id)
        session.add(meeting)
        session.flush()
        session.add(MeetingTrainer(meeting_id=meeting.id, trainer_id=trainer.id, jp=5))
        session.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
        session.add(Enrolment(person_id=person.id, batch_id=over.id, status="COMPLETED", outcome="PASSED",
                              requested_at=NOW, result_on=over.last_day))
        nip = person.nip
        session.commit()
    engine.dispose()
    return nip


@pytest.fixture
def run(url, monkeypatch, tmp_path):
    """Return a function that runs a command on the database of the test."""
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    return lambda *arguments: CliRunner().invoke(cli, arguments)


def test_a_calendar_is_written_for_a_person_a_trainer_and_a_room(run, known, tmp_path):
    for option, key in (("--person", known), ("--trainer", "uji-1"), ("--room", "Ruang Uji")):
        answer = run("calendar", "export", option, key)
        assert answer.exit_code == 0, answer.output
        events = Calendar.from_ical(answer.stdout_bytes).walk("VEVENT")
        assert MONDAY in [event["dtstart"].dt.date() for event in events if hasattr(event["dtstart"].dt, "date")]
    target = tmp_path / "ruang.ics"
    answer = run("calendar", "export", "--room", "Ruang Uji", "--out", str(target))
    assert "1 pertemuan" in answer.output
    assert target.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


@pytest.mark.parametrize("options", [
    (), ("--person", "1", "--room", "1"), ("--person", "198504122010012999"), ("--trainer", "X"), ("--room", "X")])
def test_a_calendar_of_nobody_or_of_two_is_refused(run, known, options):
    answer = run("calendar", "export", *options)
    assert (answer.exit_code, answer.stdout) == (2, "")


def test_a_file_that_cannot_be_written_is_said(run, known, tmp_path):
    for command in (("calendar", "export", "--trainer", "UJI-1", "--out"), ("report", "pass", "--xlsx")):
        answer = run(*command, str(tmp_path / "tidak-ada" / "berkas"))
        assert answer.exit_code == 2
        assert "tidak dapat ditulis" in answer.stderr


def test_a_report_is_a_sentence_with_a_table_a_document_and_a_workbook(run, known, tmp_path):
    answer = run("report", "pass")
    assert answer.stdout.startswith("100 persen peserta lulus: 1 dari 1.")
    target = tmp_path / "lulus.xlsx"
    document = json.loads(run("report", "pass", "--year", "2026", "--xlsx", str(target), "--json").stdout)
    assert document["rows"][0][2:] == [1, 1, 0, 0, 1.0]
    assert [column["kind"] for column in document["columns"]][-1] == "SHARE"
    assert len(CalamineWorkbook.from_path(str(target)).sheet_names) == 1


@pytest.mark.parametrize("name", ["fill", "cost", "hours", "supply", "waiting"])
def test_every_report_is_a_document(run, known, name):
    document = json.loads(run("report", name, "--json").stdout)
    assert set(document) == {"name", "year", "answer", "definition", "source", "totals", "columns", "rows", "bars"}
    assert document["name"] == name


@pytest.mark.parametrize("arguments", [("cuaca",), ("fill", "--year", "1"), ("fill", "--training", "X"), ("fill", "--agency", "X")])
def test_a_report_of_what_is_not_there_is_refused(run, known, arguments):
    assert run("report", *arguments).exit_code == 2
