"""``kompetensi batches``: shown, filled in, imported, copied, cancelled, and what clashes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Batch, BatchTrainer, Enrolment, Meeting, Room, Setting, Trainer

MONDAY = date(2027, 4, 12)


@pytest.fixture
def url(databases, reference_url):
    return databases.new(template=reference_url)


@pytest.fixture
def code(url):
    """A batch of five days with a room, a trainer and one participant; registration has not ended."""
    engine = make_engine(url)
    with Session(engine) as session:
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 2}))
        room = Room(name="Ruang Uji", place="Kota Gorontalo", seats=40)
        trainer = Trainer(code="UJI-1", name="Rahma Pakaya", agency="BKPSDM")
        session.add_all([room, trainer])
        session.flush()
        batch = make_batch(session, "BMD-DASAR", first_day=MONDAY, stages=[("CLASSICAL", 5)], room_id=room.id,
                           seats_taken=1, min_participants=10, run_cost_idr=3_000_000, cost_idr=100_000)
        session.add(BatchTrainer(batch_id=batch.id, trainer_id=trainer.id))
        session.add(Enrolment(person_id=make_person(session).id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
        code = batch.code
        session.commit()
    engine.dispose()
    return code


@pytest.fixture
def run(url, monkeypatch, tmp_path):
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "160")
    return lambda *words: CliRunner().invoke(cli, words)


def read(result, status=0):
    assert result.exit_code == status, result.stderr
    return json.loads(result.stdout)


def test_a_batch_is_shown_with_its_costs_and_what_it_lacks(run, code):
    found = read(run("batches", "show", code, "--json"))
    assert (found["kind"], found["missing_participants"], found["cost_each_full_idr"], found["cost_each_now_idr"]) == (
        "REGULAR", 9, 200_000, 3_100_000)
    assert found["subjects"] == [{"name": "Materi inti", "jp": found["subjects"][0]["jp"], "in_meetings": 0}]
    text = run("batches", "show", code)
    assert "Kurang 9 peserta dari paling sedikit 10" in text.stdout
    assert run("batches", "show", "TAK-ADA").exit_code == 2


def test_meetings_are_filled_in_listed_and_copied(run, code):
    rehearsed = read(run("batches", "meetings", code, "--fill", "--dry-run", "--json"))
    assert rehearsed["missing"] == []
    assert read(run("batches", "meetings", code, "--json"))["meetings"] == []
    assert "pertemuan ditulis" in run("batches", "meetings", code, "--fill").stdout
    found = read(run("batches", "meetings", code, "--json"))
    assert len(found["meetings"]) == len(rehearsed["meetings"])
    assert (found["jp"], found["clashes"]) == (found["jp_in_meetings"], [])
    assert run("batches", "meetings", code, "--fill").exit_code == 1
    assert "Rahma Pakaya" in run("batches", "meetings", code).stdout
    copy = read(run("batches", "copy", code, "--from", "2027-05-03", "--json"))
    assert (copy["first_day"], copy["meetings_kept"] + copy["meetings_laid"] >= len(found["meetings"]), copy["missing"]) == (
        "2027-05-03", True, [])
    assert run("batches", "copy", code, "--from", "2020-01-01").exit_code == 2


def test_clashes_give_status_1_and_name_both_sides(run, code, url):
    assert read(run("batches", "clashes", "--from", "2027-04-01", "--json")) == []
    run("batches", "meetings", code, "--fill")
    engine = make_engine(url)
    with Session(engine) as session:
        first, second = session.scalars(select(Meeting).order_by(Meeting.day, Meeting.starts).limit(2))
        second.day, second.starts, second.ends = first.day, first.starts, first.ends
        session.commit()
    engine.dispose()
    found = read(run("batches", "clashes", code, "--from", "2027-04-01", "--json"), status=1)
    assert {clash["kind"] for clash in found} == {"ROOM", "TRAINER", "PARTICIPANT"}
    assert all(clash["hard"] and clash["other"]["batch"] == code for clash in found)
    assert "3 benturan, 0 beban" in run("batches", "clashes", "--from", "2027-04-01").stdout
    assert run("batches", "clashes", "--from", "2027-04-01", "--until", "2027-03-01").exit_code == 2


def test_cancelling_is_rehearsed_and_done(run, code, url):
    (person,) = read(run("batches", "cancel", code, "--reason", "Peserta kurang", "--dry-run", "--json"))["participants"]
    assert (person["status"], person["fits"], person["plans_anew"]) == ("APPROVED", [], None)
    assert "1 orang diberi tahu" in run("batches", "cancel", code, "--reason", "Peserta kurang").stdout
    engine = make_engine(url)
    with Session(engine) as session:
        assert session.scalars(select(Batch.status).where(Batch.code == code)).one() == "CANCELLED"
    engine.dispose()
    assert run("batches", "cancel", code, "--reason", "Lagi").exit_code == 1


HEADER = "hari,mulai,selesai,mata_pelatihan,jp,ruang,pengajar\n"
TABLE = HEADER + f"""2027-04-12,07.30,09.00,Materi inti,2,Ruang Uji,UJI-1
2027-04-12,08.00,09.30,Materi inti,2,Ruang Uji,UJI-1
2027-04-13,07.30,09.00,Materi tak ada,2,,
2027-04-14,pagi,09.00,Materi inti,2,,
2027-04-15,07.30,09.00,materi inti,,Ruang Uji,UJI-1
2027-04-17,07.30,09.00,Materi inti,2,,UJI-1
2027-04-17,08.00,09.30,Materi inti,2,,UJI-1
2027-04-16,07.30,09.00,Materi inti,9,,
2027-04-16,09.00,10.00,Materi inti,1,Gudang,
{(TODAY - timedelta(days=1)).isoformat()},09.00,10.00,Materi inti,1,,
"""


def test_a_table_is_rehearsed_row_by_row_and_only_its_good_rows_are_written(run, code, tmp_path):
    file = tmp_path / "pertemuan.csv"
    file.write_text(TABLE, encoding="utf-8")
    found = read(run("batches", "meetings", code, "--import", str(file), "--dry-run", "--json"), status=1)
    assert [row["line"] for row in found["rows"] if not row["problems"]] == [2, 6]
    problems = {row["line"]: " ".join(row["problems"]) for row in found["rows"] if row["problems"]}
    for line, words in ((3, "mengajar dua kali"), (4, "Materi tak ada"), (5, "bukan jam"), (7, "luar tahapnya"),
                        (8, "luar tahapnya"), (9, "9 JP perlu"), (10, "Gudang"), (11, "sudah lewat")):
        assert words in problems[line]
    # The row before it is left out itself, so it is no side of a clash.
    assert "mengajar dua kali" not in problems[8]
    assert read(run("batches", "meetings", code, "--json"))["meetings"] == []
    written = run("batches", "meetings", code, "--import", str(file))
    assert written.exit_code == 1
    assert "2 baris dapat ditulis, 8 tidak; 2 ditulis" in written.stdout
    assert [(row["day"], row["jp"]) for row in read(run("batches", "meetings", code, "--json"))["meetings"]] == [
        ("2027-04-12", 2), ("2027-04-15", 2)]


def test_a_workbook_reads_as_the_table_that_it_is(run, code, tmp_path):
    import xlsxwriter

    file = tmp_path / "pertemuan.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.strip().split(","))
        sheet.write_datetime(1, 0, datetime(2027, 4, 12, tzinfo=UTC).replace(tzinfo=None), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_row(1, 1, ["07.30", "09.00", "Materi inti", 2, "Ruang Uji", "UJI-1"])
    found = read(run("batches", "meetings", code, "--import", str(file), "--json"))
    assert (found["written"], found["rows"][0]["problems"]) == (1, [])
    broken = tmp_path / "rusak.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    assert run("batches", "meetings", code, "--import", str(broken)).exit_code == 2
