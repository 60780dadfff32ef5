"""HR's cases: opening one, documents, judgements, the decision, the calendar of elections."""

from __future__ import annotations

import json
import re

import pytest
from candidates import TARGET, make_candidate
from sqlalchemy import select

from kompetensi.models import Account, Person
from kompetensi.services.unit_of_work import transaction


@pytest.fixture
def case(rows, office):
    """The address of the case of a candidate, whose account is `pegawai`'s."""
    with transaction(rows):
        candidate = make_candidate(rows)
        account = rows.scalars(select(Account).join(Person, Account.person_id == Person.id).where(
            Person.nip == office.nips["pegawai"])).one()
        account.person_id = candidate.id
        return f"/mutasi/{candidate.nip}/{TARGET}"


def test_hr_opens_a_case_and_finds_it_in_the_list(office, case):
    client = office.visit("mutasi")
    assert "Belum ada perkara" in client.get("/mutasi").text
    shown = client.get(case)
    assert shown.status_code == 200
    assert "Buka perkara" in shown.text
    assert "MT-13" in shown.text
    assert client.post(f"{case}/berkas", data={"own_request": "no", "planned_on": "2027-03-01"}).status_code == 303
    listed = client.get("/mutasi").text
    assert "1 perkara" in listed
    assert "Rahma Pakaya" in listed
    assert "1 Maret 2027" in listed


def test_an_english_reader_is_told_that_the_law_speaks_indonesian(office, case):
    client = office.visit("mutasi")
    assert '<b lang="id">' not in client.get(case).text
    client.set_cookie("kompetensi_lang", "en")
    assert client.get(case).text.count('<b lang="id">') > 10


def test_a_document_counts_after_it_was_verified(office, case):
    client = office.visit("mutasi")
    client.post(f"{case}/berkas", data={"own_request": "no"})
    assert client.post(f"{case}/MT-18/berkas", data={"number": "", "dated": "2026-11-02"}).status_code == 400
    assert client.post(f"{case}/MT-18/berkas", data={"number": "800/17", "dated": "2027-11-02"}).status_code == 400
    assert client.post(f"{case}/MT-18/berkas", data={"number": "800/17", "dated": "2026-11-02"}).status_code == 303
    assert "belum diperiksa" in client.get(case).text
    assert client.post(f"{case}/MT-18/periksa").status_code == 303
    assert "Berkas 800/17 tanggal 2 November 2026 sudah diperiksa." in client.get(case).text


def test_a_judgement_has_a_reason(office, case):
    client = office.visit("mutasi")
    client.post(f"{case}/berkas", data={"own_request": "no"})
    assert client.post(f"{case}/MT-08/penilaian", data={"met": "yes", "reason": ""}).status_code == 400
    assert client.post(f"{case}/MT-04/penilaian", data={"met": "yes", "reason": "Ya."}).status_code == 400
    assert client.post(f"{case}/MT-08/penilaian", data={"met": "no", "reason": "Belum meyakinkan."}).status_code == 303
    assert "Belum meyakinkan." in client.get(case).text


def test_a_decision_is_frozen_with_its_hash(office, case):
    client = office.visit("mutasi")
    client.post(f"{case}/berkas", data={"own_request": "no"})
    refused = client.post(f"{case}/keputusan", data={"outcome": "PROPOSE", "reason": "Mendesak."})
    assert refused.status_code == 400
    assert "Belum dapat diusulkan" in refused.text
    assert client.post(f"{case}/keputusan", data={"outcome": "HOLD", "reason": "Menunggu berkas."}).status_code == 303
    assert "Menunggu berkas." in client.get(case).text
    (address,) = set(re.findall("/mutasi/keputusan/[0-9]+", client.get(case).text))
    assert client.get(address).status_code == 200
    frozen = client.get(f"{address}.json")
    assert json.loads(frozen.data)["result"]["verdict"] == "needs_completion"
    assert office.visit("balai").get(address).status_code == 404


def test_the_person_reads_the_case_and_changes_nothing(office, case):
    client = office.visit("pegawai")
    shown = client.get(case)
    assert shown.status_code == 200
    assert "Anda" in shown.text
    assert "Buka perkara" not in shown.text
    assert client.post(f"{case}/berkas", data={"own_request": "yes"}).status_code == 403
    assert client.get("/mutasi").status_code == 403


def test_who_is_neither_the_person_nor_hr_sees_nothing(office, case):
    assert office.visit("balai").get(case).status_code == 403
    assert office.visit("balai").get("/mutasi/pilkada").status_code == 403


@pytest.mark.parametrize(("address", "status"), [
    ("/mutasi/123/ADM-KABID-ASET", 400), ("{case}?on=besok", 400), ("{case}?on=2030-01-01", 200),
    ("/mutasi/keputusan/99", 404), ("{case}X", 404)])
def test_a_bad_address_is_told_what_is_wrong(office, case, address, status):
    assert office.visit("mutasi").get(address.format(case=case)).status_code == status


def test_the_calendar_is_filled_and_corrected(office, case):
    client = office.visit("mutasi")
    assert "Isi kalender pilkada" in client.get(case).text
    entry = {"government": "75", "name": "Pilgub 2029", "candidates_set_on": "2029-08-01", "source": "KPU"}
    assert client.post("/mutasi/pilkada", data=entry).status_code == 303
    assert "Pilgub 2029" in client.get("/mutasi/pilkada").text
    assert client.post("/mutasi/pilkada", data=entry).status_code == 400
    assert client.post("/mutasi/pilkada", data=entry | {"candidates_set_on": "x"}).status_code == 400
    (address,) = set(re.findall("/mutasi/pilkada/[0-9]+/hapus", client.get("/mutasi/pilkada").text))
    assert client.post(address).status_code == 303
    assert "Pilgub 2029" not in client.get("/mutasi/pilkada").text
