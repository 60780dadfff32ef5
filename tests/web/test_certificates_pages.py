"""The wallet, the register, one certificate, and the public check."""

from __future__ import annotations

import io
import re

import pytest
from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press
from sqlalchemy import select

from kompetensi.context import state
from kompetensi.models import Batch, Certificate, CertificateFile, Person
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction

REASON = "Kehadiran tidak memenuhi menurut pemeriksaan ulang."


@pytest.fixture
def issued(rows, office):
    """The civil servant's certificate."""
    with transaction(rows):
        person = rows.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
        enrolment = make_graduate(rows, make_finished_batch(rows), person=person)
        return issue_certificate(rows, SYSTEM, enrolment.id, today=TODAY, now=NOW, **press())


def pdf_of(rows, token):
    found = rows.ask(select(CertificateFile.pdf).join(Certificate).where(Certificate.token == token))[0]
    rows.rollback()
    return found


def upload(client, pdf: bytes):
    return client.post("/cek/berkas", data={"file": (io.BytesIO(pdf), "sertifikat.pdf")})


def test_the_holder_finds_it_in_the_wallet_and_takes_the_file(office, rows, issued):
    client = office.visit("pegawai")
    wallet = client.get("/sertifikat")
    assert "1 dari 1 sertifikat" in wallet.text
    assert f"/sertifikat/{issued.token}" in wallet.text
    shown = client.get(f"/sertifikat/{issued.token}")
    assert shown.status_code == 200
    assert "berlaku" in shown.text
    assert "Cabut" not in shown.text
    file = client.get(f"/sertifikat/{issued.token}.pdf")
    assert (file.mimetype, file.data) == ("application/pdf", pdf_of(rows, issued.token))


def test_an_empty_wallet_says_how_one_comes_by_a_certificate(office):
    assert "sesudah Anda lulus" in office.visit("mutasi").get("/sertifikat").text


def test_a_colleague_sees_neither_page_nor_file_and_a_visitor_is_sent_to_sign_in(office, issued):
    for address in (f"/sertifikat/{issued.token}", f"/sertifikat/{issued.token}.pdf"):
        assert office.visit("admin").get(address).status_code == 403
        assert "/masuk" in office.visit().get(address).headers["Location"]


def test_the_register_is_the_centres(office, issued):
    shown = office.visit("balai").get("/sertifikat/register?q=ningsih&keadaan=berlaku")
    assert shown.status_code == 200
    assert issued.number in shown.text
    assert "Tidak ada yang cocok" in office.visit("balai").get("/sertifikat/register?q=tiada").text
    assert office.visit("pegawai").get("/sertifikat/register").status_code == 403
    for bad in ("keadaan=baru", "page=0", "page=x", "page=9"):
        assert office.visit("balai").get(f"/sertifikat/register?{bad}").status_code == 400


def test_anybody_may_check_a_code_and_sees_no_nip(office, issued):
    visitor = office.visit()
    assert "Tidak perlu masuk" in visitor.get("/cek").text
    led = visitor.get("/cek", query_string={"kode": issued.token.lower().replace("-", " ")})
    assert led.headers["Location"].endswith(f"/cek/{issued.token}")
    shown = visitor.get(led.headers["Location"])
    assert "Sertifikat ini sah dan berlaku" in shown.text
    assert issued.nip not in shown.text
    assert issued.nip[-3:] in shown.text


@pytest.mark.parametrize(("address", "status"), [
    ("/cek?kode=", 400), ("/cek?kode=abc", 400), ("/cek/abc", 400), ("/cek/0000-0000-0000", 404),
    ("/cek/berkas", 400)])
def test_what_is_no_code_is_told_from_what_is_not_known(office, address, status):
    assert office.visit().get(address).status_code == status


def test_a_file_is_checked_by_every_bit(office, rows, issued):
    visitor, pdf = office.visit(), pdf_of(rows, issued.token)
    assert "sama dengan yang diterbitkan" in upload(visitor, pdf).text
    assert "bukan berkas yang diterbitkan" in upload(visitor, pdf + b" ").text
    assert upload(visitor, b"hello").status_code == 400
    assert "Pilih berkas" in visitor.post("/cek/berkas").text


def test_who_asks_too_often_waits(office):
    office.app.config["KOMPETENSI_VERIFY_PER_MINUTE"] = 2
    visitor = office.visit()
    assert [visitor.get("/cek/0000-0000-0000").status_code for _ in range(3)] == [404, 404, 429]
    refused = visitor.get("/cek/0000-0000-0000")
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert visitor.get("/cek").status_code == 200


def test_the_centre_revokes_with_a_reason_that_everybody_reads(office, issued):
    client = office.visit("balai")
    address = f"/sertifikat/{issued.token}/cabut"
    assert "tidak dapat dibatalkan" in client.get(address).text
    assert client.post(address, data={"reason": "ya"}).status_code == 400
    assert client.post(address, data={"reason": REASON}).status_code == 303
    shown = office.visit().get(f"/cek/{issued.token}").text
    assert "telah dicabut" in shown
    assert REASON in shown
    again = client.post(address, data={"reason": REASON})
    assert again.status_code == 400
    assert "dicabut tidak dapat menjadi" in again.text
    assert "dicabut" in office.visit("pegawai").get("/pesan").text


def test_a_holder_cannot_revoke(office, issued):
    client = office.visit("pegawai")
    assert client.get(f"/sertifikat/{issued.token}/cabut").status_code == 403
    assert client.post(f"/sertifikat/{issued.token}/cabut", data={"reason": REASON}).status_code == 403


@pytest.mark.pdf
def test_the_centre_issues_a_batch_and_replaces_a_certificate(office, rows):
    with transaction(rows):
        batch = make_finished_batch(rows)
        make_graduate(rows, batch, name="Rahma Pakaya")
        code = batch.code
    client = office.visit("balai")
    assert "Terbitkan sertifikat (1)" in client.get(f"/angkatan/{code}").text
    ordered = client.post(f"/angkatan/{code}/sertifikat")
    assert ordered.status_code == 303
    assert "Rahma Pakaya" in client.get(ordered.headers["Location"]).text
    again = client.post(f"/angkatan/{code}/sertifikat")
    assert "Tidak ada lagi yang menunggu" in client.get(again.headers["Location"]).text
    old = rows.scalars(select(Certificate).join(Batch, Batch.code == code)).one()
    rows.rollback()
    done = client.post(f"/sertifikat/{old.token}/ganti", data={"reason": "Ejaan nama dibetulkan."})
    assert done.status_code == 303
    new = done.headers["Location"].rsplit("/", 1)[1]
    assert new != old.token
    public = office.visit().get(f"/cek/{old.token}").text
    assert "sudah diganti" in public
    assert f"/cek/{new}" in public


def test_the_centre_gives_an_award_beside_the_certificate(office):
    with office.app.app_context():
        session = state().db.session
        with transaction(session):
            batch = make_finished_batch(session)
            make_graduate(session, batch, name="Rahma Pakaya")
            code = batch.code
    centre = office.visit("balai")
    asked = centre.get(f"/angkatan/{code}/penghargaan")
    [nip] = re.findall(r'<option value="(\d{18})"', asked.text)
    assert centre.post(f"/angkatan/{code}/penghargaan", data={"nip": nip, "citation": "I"}).status_code == 400
    done = centre.post(f"/angkatan/{code}/penghargaan", data={"nip": nip, "citation": "Peserta Terbaik I"})
    assert done.status_code == 303, done.text
    shown = centre.get(done.headers["Location"]).text
    assert "Peserta terbaik i" in shown
    assert "PGH" in shown
    assert office.visit("pegawai").get(f"/angkatan/{code}/penghargaan").status_code == 403
