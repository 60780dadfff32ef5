"""The public check: every way to ask, and nothing to be learnt by guessing."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace

import pikepdf
import pytest
from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press
from seals import OpenSeal
from sqlalchemy import event, select

from kompetensi.adapters.authority import find_or_make_authority
from kompetensi.context import EXTENSION
from kompetensi.exchange.certificate_payload import key_id, write_payload
from kompetensi.exchange.seal_keys import base64url, read_keys
from kompetensi.models import Certificate, Person
from kompetensi.rules.access import SYSTEM
from kompetensi.rules.certificates import facts_from_json
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction

SEAL = OpenSeal()
NOT_OURS = "Tidak ada sertifikat dengan nomor dan nama ini"


@pytest.fixture
def issued(rows, office):
    """The civil servant's certificate, in an office that has a seal."""
    office.app.extensions[EXTENSION] = replace(office.app.extensions[EXTENSION], seal=SEAL)
    with transaction(rows):
        person = rows.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
        enrolment = make_graduate(rows, make_finished_batch(rows), person=person)
        return issue_certificate(rows, SYSTEM, enrolment.id, today=TODAY, now=NOW, **press())


def facts_of(rows, issued):
    found = facts_from_json(rows.scalars(select(Certificate.facts).where(Certificate.token == issued.token)).one())
    rows.rollback()
    return found


def by_number(client, number, name):
    return client.post("/cek/nomor", data={"number": number, "name": name})


def shown(answer) -> str:
    """The page without what differs by the moment or the form's token."""
    text = re.sub(r'name="csrf_token" value="[^"]*"|\d\d\.\d\d WITA', "", answer.text)
    return " ".join(text.split())


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, lambda text: f"  {text} ".replace(" ", "   ")])
def test_number_and_name_find_a_certificate_however_they_are_spelt(office, issued, spell):
    found = by_number(office.visit(), spell(issued.number), spell(f"Dr. {issued.holder_name}, S.Kep."))
    assert "Sertifikat ini sah dan berlaku" in found.text
    assert issued.token in found.text
    assert issued.nip not in found.text


def test_whatever_does_not_fit_is_answered_alike_with_the_same_work(office, rows, issued):
    with transaction(rows):
        waiting = rows.scalars(select(Certificate).where(Certificate.token == issued.token)).one()
        facts, number = waiting.facts, "0002/STTP/IV/BKPSDM-GTLO/XI/2026"
        rows.add(Certificate(
            token="0000-0000-0001", person_id=waiting.person_id, training_code=waiting.training_code, kind="STTPP",
            issuer=waiting.issuer, year=waiting.year, seq=99, number=number, finished_on=TODAY, jp=1, issued_on=TODAY,
            state="READY_TO_SIGN", facts=facts, facts_sha256="0" * 64, recorded_at=NOW))
    client, questions = office.visit(), []
    client.get("/cek")
    event.listen(rows.get_bind(), "before_cursor_execute", lambda *call: questions.append(call[2]))
    answers, counts = [], []
    for asked in ((issued.number, "Orang Lain"), ("9999/STTP/IV/BKPSDM-GTLO/XI/2026", issued.holder_name),
                  ("9999/X", "Orang Lain"), (issued.number, issued.holder_name + "a")):
        questions.clear()
        answers.append(by_number(client, *asked))
        counts.append(len(questions))
    answers.append(by_number(client, number, issued.holder_name))
    assert {answer.status_code for answer in answers} == {404}
    assert len({shown(answer) for answer in answers}) == 1
    assert NOT_OURS in answers[0].text
    assert len(set(counts)) == 1


@pytest.mark.parametrize(("number", "name", "complaint"), [
    ("", "Ningsih", "wajib diisi"), ("0001", "", "wajib diisi"), ("0001", "Dr.", "tanpa gelar"),
    ("1" * 161, "Ningsih", "160"), ("0001", "N" * 201, "200")])
def test_what_cannot_be_asked_is_said_at_its_field(office, number, name, complaint):
    answer = by_number(office.visit(), number, name)
    assert answer.status_code == 400
    assert complaint in answer.text


def test_guessing_names_for_one_number_is_stopped_even_from_many_addresses(office):
    office.app.config["KOMPETENSI_VERIFY_PER_MINUTE"] = 2
    client = office.visit()
    statuses = [client.post("/cek/nomor", data={"number": number, "name": "Orang"},
                            environ_base={"REMOTE_ADDR": f"10.0.0.{place}"}).status_code
                for place, number in enumerate(("0001/A", " 0001/a", "0001/A", "0002/A"))]
    assert statuses == [404, 404, 429, 404]


def test_a_qr_is_checked_by_itself_and_then_in_the_register(office, rows, issued):
    facts = facts_of(rows, issued)
    payload = write_payload(facts, SEAL)
    client = office.visit()
    for text in (f"{facts.verify_url}#{payload}", payload, payload.lower(), facts.verify_url, issued.token):
        answer = client.post("/cek/qr", data={"qr": text})
        assert "Sertifikat ini sah dan berlaku" in answer.text, text
    with transaction(rows):
        row = rows.scalars(select(Certificate).where(Certificate.token == issued.token)).one()
        row.state, row.state_on, row.reason = "REVOKED", TODAY, "Kehadiran tidak memenuhi."
    assert "telah dicabut" in client.post("/cek/qr", data={"qr": payload}).text


def test_a_forged_qr_is_refused_and_the_register_shown_in_its_place(office, rows, issued):
    facts = facts_of(rows, issued)
    client = office.visit()
    forged = write_payload(replace(facts, holder_name="Orang Lain"), OpenSeal(2))
    answer = client.post("/cek/qr", data={"qr": f"{facts.verify_url}#{forged}"})
    assert "belum dapat dipastikan" in answer.text
    assert "Orang Lain" not in answer.text
    assert issued.holder_name in answer.text
    genuine = write_payload(facts, SEAL)
    changed = genuine[:100] + ("A" if genuine[100] != "A" else "B") + genuine[101:]
    assert "bukan buatan kami" in client.post("/cek/qr", data={"qr": changed}).text
    cut = client.post("/cek/qr", data={"qr": genuine[:100]})
    assert cut.status_code == 400
    assert "tidak utuh" in cut.text
    newer = client.post("/cek/qr", data={"qr": f"K2:{genuine[3:]}"})
    assert newer.status_code == 400
    assert "K2" in newer.text


@pytest.mark.parametrize("text", ["", "halo", "https://lain.example/", "#K1:", "x" * 5001])
def test_what_is_no_qr_of_ours_is_told_so(office, text):
    assert office.visit().post("/cek/qr", data={"qr": text}).status_code == 400


def test_the_keys_are_published_for_people_and_for_programs(office, issued):
    office.app.config["KOMPETENSI_SEAL_KEYS"] = f"{base64url(OpenSeal(2).public_key)}:2025-01-01:2025-12-31"
    client = office.visit()
    listed = client.get("/cek/kunci.json")
    assert [key["kid"] for key in listed.json["keys"]] == [key_id(SEAL.public_key), key_id(OpenSeal(2).public_key)]
    assert listed.headers["Access-Control-Allow-Origin"] == "*"
    assert read_keys(listed.text)[0] == SEAL.published
    page = client.get("/cek/kunci").text
    assert base64url(SEAL.public_key) in page
    assert "1 Januari 2025 sampai 31 Desember 2025" in page


def test_without_a_seal_the_pages_say_so(office):
    client = office.visit()
    assert client.get("/cek/kunci.json").json == {"keys": []}
    assert "belum mempunyai segel" in client.get("/cek/kunci").text
    assert "belum memuat kunci" in client.get("/cek/luring").text


def test_the_page_for_no_network_is_one_file_that_may_speak_to_nobody(office, issued):
    client = office.visit()
    page = client.get("/cek/luring?unduh=1")
    assert "attachment" in page.headers["Content-Disposition"]
    assert "Content-Disposition" not in client.get("/cek/luring").headers
    for policy in (page.headers["Content-Security-Policy"], page.text):
        assert "default-src" in policy
        assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href)=["'](?!http://localhost/cek["'])""", page.text)
    settings = json.loads(re.search(r'id="settings">(.*?)</script>', page.text, re.DOTALL)[1])
    assert [key["kid"] for key in settings["keys"]] == [key_id(SEAL.public_key)]
    assert client.get("/cek/luring.js").mimetype == "text/javascript"


def test_a_file_that_says_it_is_signed_and_is_not_is_told(office, rows, issued):
    with transaction(rows):
        row = rows.scalars(select(Certificate).where(Certificate.token == issued.token)).one()
        row.facts = row.facts | {"signed": True}
    pdf = f"%PDF-1.7\n/ID [({issued.token}) (x)]\nstartxref\n%%EOF\n".encode()
    answer = office.visit().post("/cek/berkas", data={"file": (io.BytesIO(pdf), "x.pdf")})
    assert "bukan berkas yang diterbitkan" in answer.text
    assert "tanda tangan elektronik" in answer.text.lower()


def test_a_file_of_ours_says_whether_its_signature_holds_and_whom_it_trusts(office, rows, issued, tmp_path):
    content = io.BytesIO()
    with pikepdf.new() as blank:
        blank.add_blank_page()
        blank.save(content)
    authority = find_or_make_authority(tmp_path)
    pdf = authority.signer().sign(content.getvalue(), reason="Penerbitan", at=NOW)
    with transaction(rows):
        row = rows.scalars(select(Certificate).where(Certificate.token == issued.token)).one()
        row.pdf_sha256 = hashlib.sha256(pdf).hexdigest()

    def upload():
        return office.visit().post("/cek/berkas", data={"file": (io.BytesIO(pdf), "x.pdf")})

    assert "otoritas penandatangannya tidak dikenal" in upload().text
    listed = tmp_path / "dipercaya.pem"
    listed.write_text(authority.signer().certificates[-1])
    office.app.config["KOMPETENSI_TRUSTED_AUTHORITIES"] = str(listed)
    assert "utuh dan penandatangannya tepercaya" in upload().text
    office.app.config["KOMPETENSI_TRUSTED_AUTHORITIES"] = str(tmp_path / "tiada.pem")
    assert upload().status_code == 503
    office.app.config["KOMPETENSI_TRUSTED_AUTHORITIES"] = ""
    office.app.extensions[EXTENSION] = replace(office.app.extensions[EXTENSION], signer=authority.signer())
    assert "utuh dan penandatangannya tepercaya" in upload().text


@pytest.mark.parametrize("pdf", [
    b"", b"hello", b"%PDF-1.7 cut", b"%PDF-1.7\n/Encrypt 5 0 R\nstartxref\n%%EOF\n", b"PK\x03\x04" + b"0" * 1000])
def test_a_file_that_cannot_be_checked_is_refused_by_name(office, pdf):
    answer = office.visit().post("/cek/berkas", data={"file": (io.BytesIO(pdf), "x.pdf")})
    assert answer.status_code == 400
    assert "Berkas PDF" in answer.text


def test_a_foreign_file_is_unknown_and_a_huge_one_is_too_large(office):
    client = office.visit()
    foreign = b"%PDF-1.7\n/ID [(abc) (x)]\nstartxref\n%%EOF\n"
    assert client.post("/cek/berkas", data={"file": (io.BytesIO(foreign), "x.pdf")}).status_code == 404
    office.app.config["KOMPETENSI_MAX_UPLOAD_BYTES"] = 10
    assert "paling besar" in client.post("/cek/berkas", data={"file": (io.BytesIO(foreign), "x.pdf")}).text


def test_an_unknown_code_is_answered_alike_however_near_a_known_one(office, issued):
    client = office.visit()
    near = issued.token[:-1] + ("0" if issued.token[-1] != "0" else "1")
    answers = [client.get(f"/cek/{code}") for code in (near, "0000-0000-0000")]
    assert {answer.status_code for answer in answers} == {404}
    assert shown(answers[0]).replace(near, "") == shown(answers[1]).replace("0000-0000-0000", "")
