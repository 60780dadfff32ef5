"""``kompetensi certificates``: exit statuses, JSON and files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from applications import build_app, make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_person
from graduates import make_finished_batch, make_graduate, press
from seals import OpenSeal
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Setting
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificate_register import revoke_certificate
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction

ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def url(databases, reference_url):
    return databases.new(template=reference_url)


@pytest.fixture
def centre(url):
    """A batch with a holder and, by name after her, one whose certificate was revoked; a third passed and waits."""
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 3}))
        batch = make_finished_batch(session)
        holder = issue_certificate(session, SYSTEM, make_graduate(session, batch, name="Aminah").id, **ON, **press())
        revoked = issue_certificate(session, SYSTEM, make_graduate(session, batch, name="Budi").id, **ON, **press())
        revoke_certificate(session, SYSTEM, revoked.token, "Kehadiran tidak cukup.", **ON)
        waiting = make_person(session, name="Citra")
        make_graduate(session, batch, person=waiting)
        kept = {"batch": batch.code, "holder": holder, "revoked": revoked, "waiting": waiting.nip}
    engine.dispose()
    return kept


@pytest.fixture
def run(url, monkeypatch, tmp_path):
    """Return a function that runs a command on the database of the test."""
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(cli, ["certificates", *words])


def read(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_register_lists_newest_first(run, centre):
    rows = read(run("list", "--json"))
    assert [(row["name"], row["status"]) for row in rows] == [("Budi", "revoked"), ("Aminah", "valid")]
    assert set(rows[0]) == {"code", "number", "nip", "name", "training", "training_name", "batch", "jp", "finished_on",
                            "issued_on", "valid_until", "status"}
    assert [row["name"] for row in read(run("list", "--status", "valid", "--batch", centre["batch"], "--json"))] \
        == ["Aminah"]
    assert "2 sertifikat." in run("list").stdout


def test_a_batch_that_does_not_exist_ends_with_status_2(run, centre):
    assert run("list", "--batch", "TIDAK-ADA").exit_code == 2
    assert run("issue", "TIDAK-ADA").exit_code == 2
    assert run("list", "--nip", "123").exit_code == 2


def test_a_code_is_valid_revoked_unknown_or_none(run, centre):
    found = read(run("verify", centre["holder"].token, "--json"))
    assert found["verdict"] == "valid"
    assert found["certificate"]["nip"].startswith("•")
    revoked = run("verify", centre["revoked"].token, "--json")
    assert (revoked.exit_code, json.loads(revoked.stdout)["verdict"]) == (1, "revoked")
    unknown = run("verify", "0000-0000-0000", "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)["certificate"]) == (1, None)
    nonsense = run("verify", "bukan-kode")
    assert (nonsense.exit_code, nonsense.stdout) == (2, "")
    assert "7K4M-Q9XD-2RTB" in nonsense.stderr


def test_a_file_is_the_one_that_was_issued_or_it_is_not(run, centre, tmp_path):
    folder = tmp_path / "keluar"
    (row,) = read(run("export", "--to", str(folder), "--nip", centre["holder"].nip, "--json"))
    path = folder / f"sertifikat-{centre['holder'].token}.pdf"
    assert row == {"code": centre["holder"].token, "number": centre["holder"].number, "file": str(path),
                   "status": "valid"}
    assert hashlib.sha256(path.read_bytes()).hexdigest() == centre["holder"].sha256
    assert read(run("verify", str(path), "--json"))["file_sha256"] == centre["holder"].sha256
    path.write_bytes(path.read_bytes() + b" ")
    altered = run("verify", str(path), "--json")
    assert (altered.exit_code, json.loads(altered.stdout)["verdict"]) == (1, "altered")


@pytest.mark.parametrize("content", [None, b"", b"hello", b"%PDF-1.7\n"])
def test_a_file_that_cannot_be_read_ends_with_status_2(run, centre, tmp_path, content):
    path = tmp_path / "berkas.pdf"
    if content is not None:
        path.write_bytes(content)
    refused = run("verify", str(path))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr


def test_a_folder_is_no_certificate_and_a_file_no_folder(run, centre, tmp_path):
    assert run("verify", str(tmp_path)).exit_code == 2
    (tmp_path / "berkas").write_text("x")
    assert run("export", "--to", str(tmp_path / "berkas")).exit_code == 2
    assert run("export", "--to", str(tmp_path / "berkas" / "dalam")).exit_code == 2


@pytest.mark.pdf
def test_who_waits_receives_a_certificate_that_verifies(run, centre, tmp_path):
    (row,) = read(run("issue", centre["batch"], "--json"))
    assert (row["nip"], row["number"][:4]) == (centre["waiting"], "0003")
    assert read(run("issue", centre["batch"], "--json")) == []
    (written,) = read(run("export", "--to", str(tmp_path), "--nip", centre["waiting"], "--json"))
    assert run("verify", written["file"]).exit_code == 0


@pytest.fixture
def sealed(url):
    """Return a function that runs a command in an application whose seal is the given one, or none."""
    def run_with(seal, *words):
        app = build_app(url)
        app.extensions["kompetensi"] = replace(app.extensions["kompetensi"], seal=seal)
        with app.app_context():
            return CliRunner().invoke(cli, ["certificates", "badge", *words])

    return run_with


@pytest.fixture
def badged(url):
    """A certificate with a badge."""
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        batch = make_finished_batch(session)
        issued = issue_certificate(session, SYSTEM, make_graduate(session, batch, name="Aminah").id, **ON,
                                   **press() | {"seal": OpenSeal()})
    engine.dispose()
    return issued


@pytest.mark.parametrize("form", ["json", "png", "svg"])
def test_a_badge_is_written_in_each_form_and_found_genuine(sealed, badged, tmp_path, form):
    file = tmp_path / f"lencana.{form}"
    written = sealed(OpenSeal(), badged.token, "--to", str(file))
    assert written.exit_code == 0, written.stderr
    assert sealed(OpenSeal(), "verify", str(file)).stdout.startswith("Lencana ini sah dan berlaku.")
    found = read(sealed(OpenSeal(), "verify", str(file), "--json"))
    assert (found["verdict"], found["badge"]["name"], found["badge"]["number"]) == ("valid", "Aminah", badged.number)


def test_an_altered_badge_and_one_of_another_key_exit_with_1(sealed, badged, tmp_path):
    file = tmp_path / "lencana.json"
    sealed(OpenSeal(), badged.token, "--to", str(file))
    for seal in (OpenSeal(2), None):
        answer = sealed(seal, "verify", str(file))
        assert (answer.exit_code, "bukan dari kami" in answer.stdout) == (1, True)
    file.write_text(file.read_text().replace("Aminah", "Aminoh"))
    answer = sealed(OpenSeal(), "verify", str(file))
    assert (answer.exit_code, "telah diubah" in answer.stdout) == (1, True)


@pytest.mark.parametrize("words", [
    ("0000-0000-0000", "--to", "x.json"), ("CODE", "--to", "x.pdf"), ("verify", "tidak-ada"), ("verify", __file__), (),
    ("CODE",)])
def test_a_badge_that_cannot_be_written_or_read_exits_with_2(run, badged, words):
    answer = run("badge", *(badged.token if word == "CODE" else word for word in words))
    assert answer.exit_code == 2
    assert "Traceback" not in answer.stderr
