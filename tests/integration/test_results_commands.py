"""``kompetensi results``: exit statuses, tables, JSON and files."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Attendance, Enrolment, Setting


@pytest.fixture
def url(databases, reference_url):
    return databases.new(template=reference_url)


@pytest.fixture
def office(url):
    """A batch that ended with two participants: one was there, the other never."""
    engine = make_engine(url)
    with Session(engine) as session:
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 2}))
        people = [make_person(session, name=name) for name in ("Abdul Gani", "Botutihe Siti")]
        over = make_batch(session, "PBJ-L1", first_day=TODAY - timedelta(days=9))
        for person, there in zip(people, (True, False), strict=True):
            enrolment = Enrolment(person_id=person.id, batch_id=over.id, status="APPROVED", requested_at=NOW)
            session.add(enrolment)
            session.flush()
            session.add(Attendance(enrolment_id=enrolment.id, day=over.first_day, present=there))
        found = {"here": people[0].nip, "away": people[1].nip, "batch": over.code}
        session.commit()
    engine.dispose()
    return found


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


def test_results_are_shown_with_what_they_rest_on(run, office):
    here, away = read(run("results", "show", office["batch"], "--json"))
    assert here == {
        "nip": office["here"], "name": "Abdul Gani", "attended": 1, "held": 1, "proposal": None,
        "reasons": ["Hadir 100,0 %, paling sedikit 80 %.", "Nilai belum ada."], "outcome": None, "score": None,
        "grade": None, "result_on": None, "certificate": None, "remedial_open": False, "attempts": []}
    assert (away["proposal"], away["attended"]) == ("ABSENT", 0)
    run("results", "record", office["batch"], office["here"], "passed", "--score", "82.5")
    here, _ = read(run("results", "show", office["batch"], "--json"))
    assert here["attempts"] == [{"kind": "FINAL", "outcome": "PASSED", "score": 82.5, "on": TODAY.isoformat(), "note": None}]
    assert "memuaskan" in here["grade"]
    assert "82,50" in run("results", "show", office["batch"]).stdout


def test_a_pass_against_the_proposal_needs_its_reason_on_the_terminal_too(run, office):
    refused = run("results", "record", office["batch"], office["away"], "passed", "--score", "90")
    assert refused.exit_code == 1
    assert "tulis alasannya" in refused.stderr
    assert run("results", "record", office["batch"], office["away"], "passed", "--score", "90", "--reason",
               "Angkatan pengganti").exit_code == 0


def test_a_remedial_result_follows_a_failed_one(run, office):
    refused = run("results", "record", office["batch"], office["here"], "passed", "--score", "90", "--remedial")
    assert refused.exit_code == 1
    assert "Remedial hanya" in refused.stderr
    run("results", "record", office["batch"], office["here"], "failed", "--score", "55")
    row = read(run("results", "record", office["batch"], office["here"], "passed", "--score", "90", "--remedial", "--json"))
    assert row["score"] == 80.0


def test_a_table_is_rehearsed_before_it_is_loaded(run, office, tmp_path):
    file = tmp_path / "hasil.csv"
    file.write_text(f"nip,hasil,nilai\n{office['here']},lulus,88\n{office['away']},tidak hadir,\n", encoding="utf-8")
    assert read(run("results", "import", office["batch"], str(file), "--dry-run", "--json")) == {
        "batch": office["batch"], "rows": 2, "recorded": 2, "unchanged": 0, "dry_run": True}
    assert read(run("results", "show", office["batch"], "--json"))[0]["outcome"] is None
    assert "2 dicatat" in run("results", "import", office["batch"], str(file)).stdout
    assert read(run("results", "show", office["batch"], "--json"))[0]["outcome"] == "PASSED"


def test_wrong_rows_are_named_and_nothing_is_loaded(run, office, tmp_path):
    file = tmp_path / "hasil.csv"
    file.write_text(f"nip,hasil,nilai\n{office['here']},lulus,88\n123,lulus,80\n", encoding="utf-8")
    refused = run("results", "import", office["batch"], str(file))
    assert refused.exit_code == 2
    assert "baris 3, kolom nip" in refused.stderr
    assert read(run("results", "show", office["batch"], "--json"))[0]["outcome"] is None


def test_what_can_be_reported_goes_out_and_the_rest_is_named(run, office, tmp_path):
    run("results", "record", office["batch"], office["here"], "passed", "--score", "88")
    asked = run("results", "export", "--siasn", office["batch"])
    assert (asked.exit_code, asked.stdout) == (0, "")
    assert "Belum ada nomor sertifikat" in asked.stderr
    book = tmp_path / "siasn.xlsx"
    assert run("results", "export", "--year", "2026", "--to", str(book)).exit_code == 0
    assert book.read_bytes()[:2] == b"PK"
    assert run("results", "export").exit_code == 2
    assert run("results", "export", "--siasn", "TIDAK-ADA").exit_code == 2


@pytest.mark.pdf
def test_a_certified_result_is_one_line_of_json(run, office, tmp_path):
    ids = tmp_path / "ids.csv"
    ids.write_text(f"nip,pns_orang_id\n{office['here']},A8ACA7397\n", encoding="utf-8")
    assert read(run("people", "siasn-ids", str(ids), "--json")) == {"changed": 1, "unchanged": 0}
    run("results", "record", office["batch"], office["here"], "passed", "--score", "88", "--issue")
    (line,) = run("results", "export", "--siasn", office["batch"]).stdout.splitlines()
    found = json.loads(line)
    assert (found["endpoint"], found["nip"], found["body"]["pnsOrangId"]) == ("/kursus/save", office["here"], "A8ACA7397")
    target = tmp_path / "siasn.jsonl"
    run("results", "export", "--siasn", office["batch"], "--to", str(target))
    assert target.read_text(encoding="utf-8") == line + "\n"
