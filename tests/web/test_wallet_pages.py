"""The wallet, links to share, and recognition of outside certificates, as people use them in the browser."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press
from sqlalchemy import select

from kompetensi.context import state
from kompetensi.models import Person
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction

PDF = b"%PDF-1.7\nstartxref\n0\n%%EOF"


@pytest.fixture
def issued(office):
    """A certificate of the civil servant."""
    with office.app.app_context():
        session = state().db.session
        with transaction(session):
            person = session.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
            enrolment = make_graduate(session, make_finished_batch(session), person=person)
            return issue_certificate(session, SYSTEM, enrolment.id, today=TODAY, now=NOW, **press())


def claim_form(**changed):
    return {"training": "YANLIK-PRIMA", "issuer": "LAN RI", "number": "77/2026", "finished_on": "2026-05-08", "jp": "20",
            "valid_until": "", "remark": "Di Makassar", "document": (BytesIO(PDF), "sertifikat.pdf")} | changed


def test_the_wallet_says_how_many_hours_the_year_has_and_owes(office, issued):
    shown = office.visit("pegawai").get("/sertifikat").text
    assert "kewajiban 20 JP sudah terpenuhi" in shown
    assert "PP 17/2020" in shown


def test_a_link_is_made_opened_without_signing_in_and_withdrawn(office, issued):
    holder, stranger = office.visit("pegawai"), office.visit()
    made = holder.post(f"/sertifikat/{issued.token}/bagikan", data={"label": "Panitia", "days": "7"})
    address = re.search(r"/berbagi/[\w-]+", made.text).group()
    shown = stranger.get(address)
    assert shown.status_code == 200
    assert issued.holder_name in shown.text
    assert stranger.get(f"{address}.pdf").data.startswith(b"%PDF")
    listed = holder.get(f"/sertifikat/{issued.token}/bagikan").text
    assert "1 kali" in listed
    assert address not in listed
    [withdraw] = re.findall(r'action="(/sertifikat/[^"]+/tarik)"', listed)
    assert holder.post(withdraw).status_code == 303
    for closed in (address, f"{address}.pdf"):
        assert stranger.get(closed).status_code == 404


def test_somebody_else_can_not_share(office, issued):
    assert office.visit("mutasi").get(f"/sertifikat/{issued.token}/bagikan").status_code == 403
    assert office.visit("mutasi").post(f"/sertifikat/{issued.token}/bagikan", data={}).status_code == 403


def test_a_link_for_too_long_is_refused_at_its_field(office, issued):
    answer = office.visit("pegawai").post(f"/sertifikat/{issued.token}/bagikan", data={"days": "4000"})
    assert answer.status_code == 400
    assert "3650" in answer.text


def test_an_outside_certificate_is_handed_in_reviewed_and_recognised(office):
    holder, reviewer = office.visit("pegawai"), office.visit("mutasi")
    sent = holder.post("/pengakuan/baru", data=claim_form(), content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text
    claim = sent.headers["Location"]
    assert "menunggu ditelaah" in holder.get(claim).text
    assert "77/2026" in reviewer.get("/pengakuan").text
    assert reviewer.get(f"{claim}/berkas").data == PDF
    assert reviewer.post(f"{claim}/telaah").status_code == 303
    refused = reviewer.post(f"{claim}/putusan", data={"decision": "refuse", "reason": "pendek"})
    assert refused.status_code == 400
    assert "10 sampai 500" in refused.text
    assert reviewer.post(f"{claim}/putusan", data={"decision": "recognise"}).status_code == 303
    wallet = holder.get("/sertifikat").text
    assert "Diakui" in wallet
    assert "LAN RI" in wallet
    assert "diakui sebagai" in holder.get("/pesan").text


def test_the_holder_sees_no_review_and_a_colleague_no_claim(office):
    holder = office.visit("pegawai")
    claim = holder.post("/pengakuan/baru", data=claim_form(), content_type="multipart/form-data").headers["Location"]
    assert "Mulai menelaah" not in holder.get(claim).text
    assert holder.post(f"{claim}/telaah").status_code == 403
    assert holder.get("/pengakuan").status_code == 403
    assert holder.post(f"{claim}/tarik").status_code == 303
    assert "ditarik" in holder.get(claim).text


@pytest.mark.parametrize(("changed", "words"), [
    ({"document": (BytesIO(b""), "x.pdf")}, "Berkas ini kosong"), ({"document": (BytesIO(b"MZ"), "x.exe")}, "PDF, PNG, atau JPEG"),
    ({"finished_on": (TODAY + timedelta(days=1)).isoformat()}, "tidak mungkin"), ({"training": "TIADA"}, "tidak ada")])
def test_a_wrong_claim_is_refused_at_its_field(office, changed, words):
    answer = office.visit("pegawai").post("/pengakuan/baru", data=claim_form(**changed), content_type="multipart/form-data")
    assert answer.status_code == 400
    assert words in answer.text
