"""The commands of requests and waiting lists: exit statuses, tables and JSON."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_batch, make_person, make_post, occupy
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Setting
from kompetensi.rules.access import SYSTEM
from kompetensi.services import enrolments, waiting_list
from kompetensi.services.lookup import position_by_code
from kompetensi.services.unit_of_work import transaction

SOON = TODAY + timedelta(days=30)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def url(databases, reference_url):
    return databases.new(template=reference_url)


@pytest.fixture
def office(url):
    """A request that awaits a superior, a later batch, and a full batch with somebody who waits."""
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 4}))
        position = position_by_code(session, "ADM-KABID-ASET")
        above = make_post(session, position)
        occupy(session, make_person(session, name="Kepala Dua"), above)
        staff = make_person(session, name="Staf Tiga")
        occupy(session, staff, make_post(session, position, superior=above))
        coming = make_batch(session, "BMD-DASAR", first_day=SOON, seats=5)
        later = make_batch(session, "BMD-DASAR", first_day=SOON + timedelta(days=60), seats=5)
        full = make_batch(session, "PBJ-L1", first_day=SOON + timedelta(days=9), seats=1)
        (row,) = enrolments.request_seats(session, SYSTEM, staff.nip, [coming.code], **ON)
        (seat,) = enrolments.request_seats(session, SYSTEM, make_person(session).nip, [full.code], **ON)
        waits = waiting_list.join_waiting_list(session, SYSTEM, make_person(session, name="Penunggu").nip, full.code, **ON)
        known = {"request": str(row.id), "seat": str(seat.id), "waits": waits.id, "coming": coming.code, "later": later.code,
                 "full": full.code, "free": make_person(session).nip, "staff": staff.nip}
    engine.dispose()
    return known


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


def test_enrolments_are_listed_with_whose_word_comes_next(run, office):
    (row,) = read(run("enrolments", "list", "--batch", office["coming"], "--json"))
    assert (row["nip"], row["status"], row["awaits"], row["no_shows"]) == (office["staff"], "REQUESTED", "atasan: Kepala Dua", [])
    assert "3 pendaftaran." in run("enrolments", "list").stdout
    assert read(run("enrolments", "list", "--status", "approved", "--json")) == []
    assert run("enrolments", "list", "--batch", "TIDAK-ADA").exit_code == 2


def test_a_request_is_endorsed_then_approved(run, office):
    assert read(run("enrolments", "endorse", office["request"], "--json"))["status"] == "ENDORSED"
    assert read(run("enrolments", "approve", office["request"], "--json"))["status"] == "APPROVED"
    again = run("enrolments", "endorse", office["request"])
    assert (again.exit_code, "tidak lagi menunggu" in again.stderr) == (1, True)


def test_approving_over_the_superior_asks_for_a_reason(run, office):
    refused = run("enrolments", "approve", office["request"])
    assert (refused.exit_code, "menunggu kata atasannya" in refused.stderr) == (1, True)
    assert read(run("enrolments", "approve", office["request"], "--reason", "Batas hari ini.", "--json"))["status"] == "APPROVED"


@pytest.mark.parametrize("role", ["centre", "superior"])
def test_a_request_is_refused_with_a_reason(run, office, role):
    assert run("enrolments", "refuse", office["request"]).exit_code == 2
    row = read(run("enrolments", "refuse", office["request"], "--reason", "Tidak tepat.", "--as", role, "--json"))
    assert (row["status"], row["seats_free"]) == ("REFUSED", 5)


def test_a_seat_is_moved(run, office):
    row = read(run("enrolments", "move", office["request"], office["later"], "--json"))
    assert (row["batch"], row["status"]) == (office["later"], "REQUESTED")
    wrong = run("enrolments", "move", str(row["enrolment"]), office["full"])
    assert (wrong.exit_code, "pelatihan yang sama" in wrong.stderr) == (1, True)
    assert run("enrolments", "move", "99999", office["later"]).exit_code == 2


def test_a_list_is_rehearsed_and_written_only_with_yes(run, office, tmp_path):
    file = tmp_path / "peserta.csv"
    file.write_text(f"nip\n{office['free']}\n123\n{office['staff']}\n", encoding="utf-8")
    rehearsal = read(run("enrolments", "import", str(file), "--batch", office["coming"], "--json"))
    assert (rehearsal["enrolled"], rehearsal["fitting"]) == (0, 1)
    assert [line["verdict"] for line in rehearsal["lines"]] == ["FITS", "WRONG_NIP", "ALREADY"]
    shown = run("enrolments", "import", str(file), "--batch", office["coming"]).stdout
    assert "Gladi: 1 dari 3 baris" in shown
    assert "Ulangi dengan --yes" in shown
    done = run("enrolments", "import", str(file), "--batch", office["coming"], "--yes")
    assert "1 dari 3 baris terdaftar" in done.stdout
    assert read(run("enrolments", "list", "--status", "approved", "--json"))[0]["nip"] == office["free"]


def test_the_waiting_list_is_read_and_served(run, office):
    found = read(run("waiting", "list", "--batch", office["full"], "--json"))
    (one,) = found["people"]
    assert (one["place"], one["enrolment"], one["name"]) == (1, office["waits"], "Penunggu")
    assert "memegang 1 kursi" in one["because"]
    run("enrolments", "refuse", office["seat"], "--reason", "Tidak tepat.")
    (one,) = read(run("waiting", "list", "--batch", office["full"], "--json"))["people"]
    assert one["place"] is None
    assert one["offered_until"]
    assert read(run("waiting", "promote", "--json")) == {"expired": 0, "offered": 0, "skipped": 0, "closed": 0}
    assert "0 kursi ditawarkan" in run("waiting", "promote", "--batch", office["full"]).stdout
