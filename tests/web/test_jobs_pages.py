"""Issuing a batch from its page: the job's page, its files, who may see them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace

import pikepdf
import pytest
from applications import FixedClock
from factories import NOW, TODAY
from graduates import OneByOne, make_finished_batch, make_graduate, press
from sqlalchemy import select

from kompetensi.context import state
from kompetensi.errors import InvalidInput, Unavailable
from kompetensi.jobs import order_batch
from kompetensi.messages import say
from kompetensi.models import AuditEntry, Certificate, Job
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificate_register import revoke_certificate
from kompetensi.services.certificates import Press
from kompetensi.services.unit_of_work import transaction


class SmallRenderer(OneByOne):
    """A real PDF with as many pages as wished, in no time; `bad` names whoever cannot be printed."""

    def __init__(self, pages: int = 1, bad: str = "") -> None:
        self.pages, self.bad, self.is_away = pages, bad, False

    def render_certificate(self, facts, design=None) -> bytes:
        if self.is_away:
            raise Unavailable(say("Pango tidak terpasang."))
        if self.bad and facts.holder_name.startswith(self.bad):
            raise InvalidInput(say("Isi sertifikat %(number)s terlalu panjang.", number=facts.number))
        with pikepdf.new() as pdf:
            for _ in range(self.pages):
                pdf.add_blank_page(page_size=(842, 595))
            pdf.docinfo["/Subject"] = facts.token
            out = io.BytesIO()
            pdf.save(out)
        return out.getvalue()


@pytest.fixture
def renderer(office):
    made = SmallRenderer()
    office.app.extensions["kompetensi"] = replace(state(office.app), renderer=made)
    return made


@pytest.fixture
def batch(rows):
    with transaction(rows):
        row = make_finished_batch(rows)
        for name in ("Aminah", "Budi", "Citra"):
            make_graduate(rows, row, name=name)
        return row.code


def issue(client, batch):
    ordered = client.post(f"/angkatan/{batch}/sertifikat")
    assert ordered.status_code == 303
    return ordered.headers["Location"]


def test_a_batch_is_issued_and_each_person_leads_to_the_certificate(office, rows, renderer, batch):
    client = office.visit("balai")
    shown = client.get(issue(client, batch)).text
    assert "<b>3 sertifikat</b> terbit" in shown
    assert "data-live=" not in shown
    for row in rows.ask(select(Certificate)):
        assert f"/sertifikat/{row.token}" in shown
    assert f"Sertifikat angkatan {batch}" in client.get("/pekerjaan").text


def test_one_bad_row_is_told_with_its_reason_and_the_others_are_issued(office, rows, renderer, batch):
    renderer.bad = "Budi"
    client = office.visit("balai")
    shown = client.get(issue(client, batch)).text
    assert "2 dari 3 sertifikat" in shown
    assert "terlalu panjang" in shown
    states = sorted(row.state for row in rows.ask(select(Certificate)))
    assert states == ["ISSUED", "ISSUED", "VOID", "VOID"]
    assert "Terbitkan sertifikat (1)" in client.get(f"/angkatan/{batch}").text


def test_what_is_away_stops_the_job_and_it_goes_on_when_it_is_back(office, rows, renderer, batch):
    renderer.is_away = True
    client = office.visit("balai")
    address = issue(client, batch)
    shown = client.get(address).text
    assert "Pango tidak terpasang" in shown
    assert "Lanjutkan" in shown
    renderer.is_away = False
    assert client.post(f"{address}/lanjut").headers["Location"].endswith(address)
    assert "<b>3 sertifikat</b> terbit" in client.get(address).text
    assert sorted(row.seq for row in rows.ask(select(Certificate))) == [1, 2, 3]
    again = client.post(f"{address}/lanjut")
    assert again.status_code == 409


def test_a_job_that_waits_shows_progress_without_script_and_can_be_stopped(office, rows, renderer, batch):
    with transaction(rows):
        job_id = order_batch(rows, SYSTEM, batch, press=Press(**press()), engine=None, today=TODAY, now=NOW)
    client = office.visit("balai")
    shown = client.get(f"/pekerjaan/{job_id}").text
    assert 'http-equiv="refresh"' in shown
    assert 'aria-live="polite"' in shown
    # Whoever asks again is led to the job that is at it already.
    assert issue(client, batch) == f"/pekerjaan/{job_id}"
    assert client.post(f"/pekerjaan/{job_id}/henti").status_code == 303
    assert "Dihentikan" in client.get(f"/pekerjaan/{job_id}").text
    assert client.post(f"/pekerjaan/{job_id}/henti").status_code == 409


def test_all_files_are_taken_as_one_archive_byte_for_byte(office, rows, renderer, batch):
    client = office.visit("balai")
    address = issue(client, batch)
    answer = client.get(f"{address}/sertifikat.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        hashes = [hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()]
    assert hashes == rows.ask(select(Certificate.pdf_sha256).order_by(Certificate.seq))
    taken = rows.ask(select(AuditEntry).where(AuditEntry.action == "certificates.view:file"))
    assert {entry.person_id for entry in taken} == set(rows.ask(select(Certificate.person_id)))


@pytest.mark.parametrize(("pages", "sheets"), [(1, 2), (2, 2), (3, 4)])
def test_on_paper_everybody_begins_on_a_new_sheet(office, renderer, batch, pages, sheets):
    renderer.pages = pages
    client = office.visit("balai")
    answer = client.get(f"{issue(client, batch)}/cetak.pdf")
    with pikepdf.open(io.BytesIO(answer.data)) as printed:
        assert len(printed.pages) == 3 * sheets


def test_a_revoked_certificate_is_left_out_and_a_job_without_any_has_no_files(office, rows, renderer, batch):
    client = office.visit("balai")
    address = issue(client, batch)
    tokens = rows.ask(select(Certificate.token))
    with transaction(rows):
        revoke_certificate(rows, SYSTEM, tokens[0], "Kehadiran tidak cukup.", today=TODAY, now=NOW)
    with zipfile.ZipFile(io.BytesIO(client.get(f"{address}/sertifikat.zip").data)) as archive:
        assert len(archive.namelist()) == 2
    with transaction(rows):
        for token in tokens[1:]:
            revoke_certificate(rows, SYSTEM, token, "Kehadiran tidak cukup.", today=TODAY, now=NOW)
    assert client.get(f"{address}/sertifikat.zip").status_code == 404
    assert client.get(f"{address}/cetak.pdf").status_code == 404


def test_others_see_neither_job_nor_files(office, renderer, batch):
    address = issue(office.visit("balai"), batch)
    for name in ("pegawai", "mutasi", "admin"):
        client = office.visit(name)
        for path in ("", "/sertifikat.zip", "/cetak.pdf"):
            assert client.get(address + path).status_code == 403
        for path in ("/henti", "/lanjut"):
            assert client.post(address + path).status_code == 403
        assert client.get("/pekerjaan").status_code == 403
    for bad in ("0" * 32, "x", "%00"):
        assert office.visit("balai").get(f"/pekerjaan/{bad}").status_code in (400, 404)
    assert office.visit("balai").get(f"{address}?page=9").status_code == 400


def test_an_interrupted_job_says_so(office, rows, renderer, batch):
    with transaction(rows):
        job_id = order_batch(rows, SYSTEM, batch, press=Press(**press()), engine=None, today=TODAY, now=NOW)
        job = rows.get_one(Job, job_id)
        job.state, job.executor, job.started_at = "RUNNING", "another-machine:1:00000000", FixedClock().now()
    client = office.visit("balai")
    assert "Terputus" in client.get(f"/pekerjaan/{job_id}").text
    assert client.post(f"/pekerjaan/{job_id}/lanjut").status_code == 303
    assert "<b>3 sertifikat</b> terbit" in client.get(f"/pekerjaan/{job_id}").text


def test_a_certificate_that_ends_is_renewed_and_both_name_each_other(office, rows, renderer, batch):
    client = office.visit("balai")
    issue(client, batch)
    row = rows.scalars(select(Certificate).order_by(Certificate.seq)).first()
    with transaction(rows):
        row.valid_until = TODAY
    address = f"/sertifikat/{row.token}/perpanjang"
    assert "tidak menambah JP" in client.get(address).text
    assert client.post(address, data={"reason": "ya"}).status_code == 400
    done = client.post(address, data={"reason": "Lulus uji penyegaran 20 November 2026."})
    assert done.status_code == 303
    assert "Memperpanjang" in client.get(done.headers["Location"]).text
    old = client.get(f"/sertifikat/{row.token}").text
    assert "Diperpanjang oleh" in old
    assert "perpanjang\"" not in old
    assert office.visit("pegawai").post(address, data={"reason": "Lulus uji penyegaran."}).status_code == 403
