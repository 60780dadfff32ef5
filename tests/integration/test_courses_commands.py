"""The commands of the training centre: exit statuses, tables and JSON."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Enrolment, Setting

SOON = TODAY + timedelta(days=30)


@pytest.fixture
def url(databases, reference_url):
    return databases.new(template=reference_url)


@pytest.fixture
def office(url):
    """A database on the demo's day: an open batch, one that ended with a participant, and a free person."""
    engine = make_engine(url)
    with Session(engine) as session:
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 2}))
        free, graduate = make_person(session), make_person(session)
        coming = make_batch(session, "BMD-DASAR", first_day=SOON, seats=1, stages=[("SELF_STUDY", 2), ("CLASSICAL", 3)])
        over = make_batch(session, "PBJ-L1", first_day=TODAY - timedelta(days=9), seats_taken=1)
        session.add(Enrolment(person_id=graduate.id, batch_id=over.id, status="APPROVED", requested_at=NOW))
        codes = {"free": free.nip, "graduate": graduate.nip, "coming": coming.code, "over": over.code}
        session.commit()
    engine.dispose()
    return codes


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


def test_batches_are_listed_from_today_on(run, office):
    (batch,) = read(run("batches", "list", "--json"))
    assert batch == {
        "code": office["coming"], "training": "BMD-DASAR", "name": "Pelatihan Pengurus Barang Milik Daerah",
        "first_day": SOON.isoformat(), "last_day": (SOON + timedelta(days=4)).isoformat(), "seats": 1, "seats_free": 1,
        "status": "OPEN", "place": "Kota Gorontalo", "stages": [
            {"name": "Tahap 1", "mode": "SELF_STUDY", "first_day": SOON.isoformat(),
             "last_day": (SOON + timedelta(days=1)).isoformat()},
            {"name": "Tahap 2", "mode": "CLASSICAL", "first_day": (SOON + timedelta(days=2)).isoformat(),
             "last_day": (SOON + timedelta(days=4)).isoformat()}]}


def test_batches_are_filtered_by_training_days_and_open_seats(run, office):
    past = (TODAY - timedelta(days=30)).isoformat()
    assert len(read(run("batches", "list", "--from", past, "--json"))) == 2
    assert [item["status"] for item in read(run("batches", "list", "--training", "PBJ-L1", "--from", past, "--json"))] \
        == ["FINISHED"]
    assert read(run("batches", "list", "--until", TODAY.isoformat(), "--json")) == []
    assert len(read(run("batches", "list", "--open", "--json"))) == 1
    run("enrol", office["free"], office["coming"])
    assert read(run("batches", "list", "--open", "--json")) == []
    assert office["coming"] in run("batches", "list").stdout


def test_enrolling_tells_the_seat_and_what_is_left(run, office):
    row = read(run("enrol", office["free"], office["coming"], "--json"))
    assert row == {"enrolment": row["enrolment"], "nip": office["free"], "batch": office["coming"],
                   "status": "APPROVED", "seats_free": 0}


def test_a_full_batch_is_refused_with_status_1_and_a_sentence(run, office):
    run("enrol", office["free"], office["coming"])
    refused = run("enrol", office["graduate"], office["coming"], "--json")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "sudah terisi" in refused.stderr


def test_a_result_is_recorded_with_its_score(run, office):
    row = read(run("results", "record", office["over"], office["graduate"], "passed", "--score", "87,5", "--json"))
    assert row == {"enrolment": row["enrolment"], "nip": office["graduate"], "batch": office["over"],
                   "status": "COMPLETED", "outcome": "PASSED", "score": 87.5, "grade": "memuaskan",
                   "result_on": TODAY.isoformat(), "certificate": None}


# WeasyPrint leaves the file of its colour profile to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.pdf
def test_a_result_can_bring_its_certificate_along(run, office):
    row = read(run("results", "record", office["over"], office["graduate"], "passed", "--on",
                   (TODAY - timedelta(days=1)).isoformat(), "--issue", "--json"))
    assert row["certificate"].startswith("0001/")


def test_failing_brings_no_certificate(run, office):
    done = run("results", "record", office["over"], office["graduate"], "failed", "--issue")
    assert done.exit_code == 0
    assert "belum lulus" in done.stdout
    assert "Sertifikat" not in done.stdout


@pytest.mark.parametrize("words", [
    ("batches", "list", "--training", "TIDAK-ADA"), ("batches", "list", "--from", "kemarin"),
    ("batches", "list", "--from", "2027-02-01", "--until", "2027-01-01"), ("enrol", "123", "BMD-DASAR"),
    ("enrol", "198504122010012999", "BMD-DASAR-U1"), ("results", "record", "TIDAK-ADA", "123", "passed"),
])
def test_input_that_cannot_be_read_ends_with_status_2(run, office, words):
    refused = run(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr


@pytest.mark.parametrize("score", ["101", "-1", "87.555", "baik", "nan"])
def test_a_score_that_is_none_ends_with_status_2(run, office, score):
    refused = run("results", "record", office["over"], office["graduate"], "passed", "--score", score)
    assert refused.exit_code == 2


def test_a_result_before_the_last_day_is_kept_and_pointed_out(run, office):
    run("enrol", office["free"], office["coming"])
    done = run("results", "record", office["coming"], office["free"], "passed", "--json")
    assert done.exit_code == 0
    assert "sebelum hari terakhir" in done.stderr
    assert json.loads(done.stdout)["outcome"] == "PASSED"
