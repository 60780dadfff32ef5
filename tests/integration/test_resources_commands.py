"""The commands of rooms, trainers, holidays, ways and participants from outside: exit statuses, tables and JSON."""

from __future__ import annotations

import json
from datetime import date

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_batch, make_nip
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Setting
from kompetensi.rules.access import SYSTEM
from kompetensi.services.rooms import RoomContent, create_room
from kompetensi.services.trainers import QualificationContent, TrainerContent, create_trainer

MONDAY = date(2026, 12, 7)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def url(databases, reference_url):
    return databases.new(template=reference_url)


@pytest.fixture
def office(url):
    """A database on the demo's day: a room with a batch in it, and a trainer."""
    engine = make_engine(url)
    with Session(engine) as session:
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 0}))
        room = create_room(session, SYSTEM, RoomContent("Aula", "Gedung Diklat, Limboto", 40, ("SOUND", "PROJECTOR"),
                                                        "75-BKPSDM"), **ON)
        create_trainer(session, SYSTEM, "WI-01", TrainerContent(
            "Rahma Pakaya", "BKPSDM", "75-BKPSDM", home_place="Kota Gorontalo", yearly_jp=100,
            qualifications=(QualificationContent("BMD-DASAR", "", None, None, "SK 1"),)), **ON)
        batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room).code
        session.commit()
    engine.dispose()
    return {"room": str(room), "batch": batch}


@pytest.fixture
def run(url, monkeypatch, tmp_path):
    """Return a function that runs a command on the database of the test."""
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "160")
    return lambda *words: CliRunner().invoke(cli, words)


def read(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_rooms_are_listed_with_their_free_days(run, office):
    (room,) = read(run("rooms", "list", "--json"))
    assert (room["name"], room["seats"], room["features"], room["state"], room["unit"]) == (
        "Aula", 40, ["PROJECTOR", "SOUND"], "FREE", "75-BKPSDM")
    assert room["free"][0] == {"first_day": "2026-11-23", "last_day": "2026-12-04", "working_days": 10}
    assert read(run("rooms", "list", "--seats", "41", "--json")) == []
    assert read(run("rooms", "list", "--free-from", MONDAY.isoformat(), "--json")) == []
    assert len(read(run("rooms", "list", "--feature", "sound", "--json"))) == 1
    assert "1 ruang." in run("rooms", "list").stdout


def test_a_room_is_shown_and_closed_and_a_closure_on_a_batch_is_refused_with_its_name(run, office):
    shown = read(run("rooms", "show", office["room"], "--json"))
    assert [booking["batch"] for booking in shown["bookings"]] == [office["batch"]]
    closing = ("rooms", "close", office["room"], "--from", "2026-12-07", "--until", "2026-12-08", "--reason", "Atap bocor")
    refused = run(*closing)
    assert (refused.exit_code, office["batch"] in refused.stderr) == (1, True)
    assert [one["batch"] for one in read(run(*closing, "--despite", "--json"))["touched"]] == [office["batch"]]
    assert read(run("rooms", "show", office["room"], "--json"))["closures"][0]["touched"] == [office["batch"]]
    assert "ditutup: Atap bocor" in run("rooms", "show", office["room"]).stdout


def test_trainers_are_listed_by_what_they_may_teach_with_their_load(run, office):
    (trainer,) = read(run("trainers", "list", "--training", "BMD-DASAR", "--json"))
    assert (trainer["code"], trainer["jp"], trainer["jp_limit"], trainer["trainings"]) == ("WI-01", 0, 100, 1)
    assert read(run("trainers", "list", "--training", "PKP", "--json")) == []
    shown = read(run("trainers", "show", "WI-01", "--json"))
    assert shown["teaches"] == [{"code": "BMD-DASAR", "name": "Pelatihan Pengurus Barang Milik Daerah",
                                 "by": ["disebut namanya"]}]
    assert "disebut namanya" in run("trainers", "show", "WI-01").stdout
    away = ("trainers", "away", "WI-01", "--from", "2026-12-07", "--until", "2026-12-08", "--reason", "Cuti")
    assert read(run(*away, "--json")) == {"touched": []}
    again = run(*away)
    assert (again.exit_code, "Sudah tercatat tidak hadir" in again.stderr) == (1, True)


def test_a_year_of_working_days_is_one_document(run, office):
    found = read(run("holidays", "--year", "2027", "--unit", "75-BKPSDM", "--json"))
    assert (found["year"], found["unit"], found["joint_leave_known"]) == (2027, "75-BKPSDM", True)
    (independence,) = (day for day in found["days"] if day["day"] == "2027-08-17")
    assert (independence["kind"], independence["name"]) == ("NATIONAL", "Hari Kemerdekaan Republik Indonesia")
    assert found["weeks"][0]["hours"]["5"] == "07.30-11.30 13.00-16.30"
    told = run("holidays", "--year", "2031")
    assert "Cuti bersama 2031 belum diketahui" in told.stderr
    assert "hari kerja" in told.stdout


def test_a_day_is_closed_names_its_batches_and_is_taken_back(run, office):
    done = run("holidays", "set", "2026-12-07", "closed", "Hari jadi", "--unit", "75-BKPSDM", "--source", "SK 1")
    assert (done.exit_code, office["batch"] in done.stdout) == (0, True)
    found = read(run("holidays", "--unit", "75-BKPSDM", "--json"))
    (day,) = (day for day in found["days"] if day["kind"] == "LOCAL")
    assert (day["day"], day["confidence"]) == ("2026-12-07", "verified")
    assert "ditarik kembali" in run("holidays", "forget", str(day["decision"])).stdout
    past = run("holidays", "set", "2026-01-05", "closed", "x", "--unit", "75-BKPSDM", "--source", "SK 1")
    assert (past.exit_code, "hari yang lalu" in past.stderr) == (2, True)


def test_rooms_trainers_and_hours_are_entered_by_command(run, office):
    added = read(run("rooms", "add", "Kelas", "--place", "Suwawa", "--seats", "25", "--feature", "sound", "--unit", "75-BKPSDM",
                     "--json"))
    assert read(run("rooms", "show", str(added["id"]), "--json"))["features"] == ["SOUND"]
    assert run("rooms", "retire", str(added["id"]), "--on", "2026-12-01").exit_code == 0
    assert read(run("rooms", "show", str(added["id"]), "--json"))["retired_on"] == "2026-12-01"
    assert "tetap dipakai" in run("rooms", "retire", str(added["id"])).stdout
    trainer = ("trainers", "add", "LUAR-01", "Adisti", "--unit", "75-BKPSDM", "--teaches")
    assert read(run(*trainer, "BMD-DASAR", "--teaches", "TEK-BMD:4", "--external", "--json")) == {"code": "LUAR-01"}
    shown = read(run("trainers", "show", "LUAR-01", "--json"))
    assert [(one["training"], one["competency"], one["level"]) for one in shown["qualifications"]] == [
        ("BMD-DASAR", None, None), (None, "TEK-BMD", 4)]
    wrong = run("trainers", "add", "LUAR-02", "Adisti", "--unit", "75-BKPSDM", "--teaches", "TEK-BMD:tinggi")
    assert (wrong.exit_code, "TEK-BMD:3" in wrong.stderr) == (2, True)
    hours = ("holidays", "hours", "75-BKPSDM", "1-5 08.00-14.00", "--from", "2026-12-01", "--source", "SE 1")
    assert run(*hours).exit_code == 0
    assert read(run("holidays", "--unit", "75-BKPSDM", "--json"))["weeks"][-1]["hours"]["1"] == "08.00-14.00"
    assert run(*hours[:3], "pagi", *hours[4:]).exit_code == 2


def test_ways_are_recorded_and_listed(run, office):
    assert read(run("travel", "list", "--json")) == {
        "ways": [], "unknown": [{"place": "Kota Gorontalo", "other_place": "Limboto"}]}
    assert run("travel", "set", "Limboto", "Kota Gorontalo", "30").exit_code == 0
    assert read(run("travel", "list", "--json"))["ways"] == [
        {"place": "Kota Gorontalo", "other_place": "Limboto", "minutes": 30}]
    assert run("travel", "set", "Limboto", "Kota Gorontalo", "sebentar").exit_code == 2
    assert run("travel", "set", "Limboto", "Kota Gorontalo", "-").exit_code == 0


def test_a_guest_is_added_enrolled_and_not_found_among_our_people(run, office):
    nip = make_nip(date(1988, 3, 14))
    words = ("outside", "add", nip, "--unit", "75-BKPSDM", "--name", "Adisti Lamohamad", "--agency", "KPU", "--grade", "III/c")
    assert read(run(*words, "--json")) == {"nip": nip}
    again = run(*words)
    assert (again.exit_code, "sudah tercatat sebagai peserta luar" in again.stderr) == (1, True)
    wrong = run("outside", "add", nip[:-2], *words[3:])
    assert (wrong.exit_code, "18 angka" in wrong.stderr) == (2, True)
    assert read(run("enrol", nip, office["batch"], "--json"))["status"] == "APPROVED"
    (guest,) = read(run("outside", "list", "--text", "kpu", "--json"))
    assert (guest["nip"], guest["agency"], guest["seats"]) == (nip, "KPU", 1)
    assert read(run("people", "find", "Adisti", "--json")) == []
    assert "Adisti Lamohamad" in run("outside", "list").stdout


@pytest.mark.parametrize("words", [
    ("rooms", "show", "4711"), ("rooms", "list", "--feature", "KOLAM"), ("rooms", "list", "--free-from", "besok"),
    ("trainers", "show", "WI-99"), ("trainers", "list", "--training", "TIDAK-ADA"), ("holidays", "--year", "1900"),
    ("holidays", "--unit", "75-TIDAK-ADA")])
def test_what_names_nothing_ends_with_status_two_and_a_sentence(run, office, words):
    result = run(*words)
    assert (result.exit_code, bool(result.stderr), "Traceback" in result.stderr) == (2, True, False)
