"""``kompetensi jobs`` and the issuing commands: exit statuses, JSON, going on with what was interrupted."""

from __future__ import annotations

import json

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import NOW, TODAY, make_person
from graduates import make_finished_batch, make_graduate, press
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.jobs import order_batch
from kompetensi.models import Certificate, Enrolment, Job, Person, Setting
from kompetensi.rules.access import SYSTEM
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.certificates import Press, issue_certificate
from kompetensi.services.unit_of_work import transaction

ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def engine(databases, reference_url):
    engine = make_engine(databases.new(template=reference_url))
    yield engine
    engine.dispose()


@pytest.fixture
def run(engine, monkeypatch, tmp_path):
    """Return a function that runs a command on the database of the test."""
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", engine.url.render_as_string(False))
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(cli, list(words))


@pytest.fixture
def batch(engine):
    with Session(engine) as session, transaction(session):
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 2}))
        row = make_finished_batch(session)
        for name in ("Aminah", "Budi"):
            make_graduate(session, row, name=name)
        return row.code


@pytest.fixture
def job(engine, batch):
    """A job for that batch which nobody has started."""
    with Session(engine) as session, transaction(session):
        return order_batch(session, SYSTEM, batch, press=Press(**press()), engine=None, **ON)


def read(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_waiting_job_is_listed_shown_and_cancelled(run, job):
    (line,) = read(run("jobs", "list", "--active", "--json"))
    assert (line["job"], line["state"], line["total"], line["done"]) == (job, "QUEUED", 2, 0)
    assert "1 pekerjaan." in run("jobs", "list").stdout
    found = read(run("jobs", "show", job, "--json"))
    assert [(item["label"], item["state"]) for item in found["items"]] == [("Aminah", "WAITING"), ("Budi", "WAITING")]
    assert run("jobs", "cancel", job).exit_code == 0
    again = run("jobs", "cancel", job)
    assert (again.exit_code, "sudah berakhir" in again.stderr) == (1, True)
    assert read(run("jobs", "list", "--active", "--json")) == []


@pytest.mark.parametrize("words", [("show",), ("cancel",), ("run",)])
def test_a_job_that_does_not_exist_ends_with_status_2(run, job, words):
    assert run("jobs", *words, "0" * 32).exit_code == 2


@pytest.mark.parametrize("words", [(), ("X", "--year", "2026"), ("--year", "2026", "--nip", "1"), ("--year", "26")])
def test_a_batch_or_a_year_is_asked_for_not_both_and_not_none(run, job, words):
    assert run("certificates", "issue", *words).exit_code == 2


@pytest.mark.pdf
def test_a_cancelled_job_goes_on_by_command_and_only_once(run, engine, job):
    assert run("jobs", "cancel", job).exit_code == 0
    found = read(run("jobs", "run", job, "--json"))
    assert (found["state"], found["done"]) == ("DONE", 2)
    again = run("jobs", "run", job)
    assert (again.exit_code, "sudah selesai" in again.stderr) == (1, True)
    with Session(engine) as session:
        assert set(session.scalars(select(Certificate.state))) == {"ISSUED"}


@pytest.mark.pdf
def test_issuing_again_goes_on_with_the_job_that_a_dead_process_left(run, engine, batch, job):
    with Session(engine) as session, transaction(session):
        row = session.get_one(Job, job)
        row.state, row.executor = "RUNNING", "somewhere:1:00000000"
    issued = read(run("certificates", "issue", batch, "--json"))
    assert [row["name"] for row in issued] == ["Aminah", "Budi"]
    assert [line["state"] for line in read(run("jobs", "list", "--json"))] == ["DONE"]


@pytest.mark.pdf
def test_whoever_is_refused_is_named_with_the_reason_and_the_others_are_issued(run, engine, batch, job):
    with Session(engine) as session, transaction(session):
        session.scalars(select(Enrolment).join(Enrolment.person).where(Person.name == "Aminah")).one().outcome = "FAILED"
    refused = run("certificates", "issue", batch, "--json")
    assert refused.exit_code == 1
    assert [row["name"] for row in json.loads(refused.stdout)] == ["Budi"]
    assert "Aminah: Aminah belum tercatat lulus" in refused.stderr
    shown = run("jobs", "show", job)
    assert (shown.exit_code, "1 selesai, 1 gagal" in shown.stdout) == (1, True)


@pytest.mark.pdf
def test_a_year_is_issued_over_all_its_batches(run, engine, batch):
    with Session(engine) as session, transaction(session):
        make_graduate(session, make_finished_batch(session, training="BMD-DASAR"), name="Citra")
    assert read(run("certificates", "issue", "--year", "2025", "--json")) == []
    issued = read(run("certificates", "issue", "--year", "2026", "--json"))
    assert sorted(row["name"] for row in issued) == ["Aminah", "Budi", "Citra"]
    assert read(run("certificates", "issue", "--year", "2026", "--json")) == []


@pytest.mark.pdf
def test_a_certificate_is_renewed_and_replaced_by_command(run, engine, batch):
    with Session(engine) as session, transaction(session):
        row = make_finished_batch(session, training="BMD-DASAR")
        row.training.validity_years = 3
        bump_catalogue_version(session)
        issued = issue_certificate(session, SYSTEM, make_graduate(session, row, person=make_person(session)).id,
                                   **(ON | {"today": TODAY.replace(year=TODAY.year - 1)}), **press())
    assert run("certificates", "renew", issued.token, "--reason", "ya").exit_code == 2
    renewed = read(run("certificates", "renew", issued.token, "--reason", "Lulus uji penyegaran.", "--json"))
    assert renewed["valid_until"] == TODAY.replace(year=TODAY.year + 3).isoformat()
    replaced = run("certificates", "replace", renewed["code"], "--reason", "Ejaan nama dibetulkan.")
    assert "Sertifikat nomor 0002/" in replaced.stdout
    assert run("certificates", "replace", renewed["code"], "--reason", "Ejaan nama dibetulkan.").exit_code == 1
    assert run("certificates", "replace", "0000-0000-0000", "--reason", "Ejaan nama dibetulkan.").exit_code == 2
