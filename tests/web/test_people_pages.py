"""The pages about people: search, record, and the forms that change it."""

from __future__ import annotations

import re

import pytest
from factories import TODAY
from sqlalchemy import select

from kompetensi.context import state
from kompetensi.models import AuditEntry, Evidence, Person, Rank


def rows_of(office, statement):
    with office.app.app_context():
        session = state().db.session
        found = list(session.scalars(statement))
        session.remove()
        return found


@pytest.fixture
def hr(office):
    return office.visit("mutasi")


@pytest.fixture
def nip(office):
    return office.nips["pegawai"]


def test_hr_searches_by_name_and_opens_the_record(hr, nip):
    found = hr.get("/pegawai?q=ningsih")
    assert found.status_code == 200
    assert f"/pegawai/{nip}" in found.text
    assert "1 pegawai" in found.text
    assert "Ningsih Pakaya" in hr.get(f"/pegawai/{nip}").text


def test_a_search_without_result_says_what_to_do(hr):
    assert "Tidak ada yang cocok" in hr.get("/pegawai?q=tidakada").text


def test_a_civil_servant_may_not_search_but_sees_his_own_record(office, nip):
    browser = office.visit("pegawai")
    assert browser.get("/pegawai").status_code == 403
    own = browser.get(f"/pegawai/{nip}")
    assert own.status_code == 200
    assert "/ubah" not in own.text
    assert browser.get(f"/pegawai/{office.nips['mutasi']}").status_code == 403


@pytest.mark.parametrize("page", ["ubah", "pangkat", "pendidikan", "kinerja", "disiplin", "jabatan", "asesmen"])
def test_only_hr_opens_the_forms(office, hr, nip, page):
    assert hr.get(f"/pegawai/{nip}/{page}").status_code == 200
    assert office.visit("pegawai").get(f"/pegawai/{nip}/{page}").status_code == 403
    assert office.visit("pegawai").post(f"/pegawai/{nip}/{page}", data={}).status_code == 403


def test_an_unknown_or_impossible_nip_is_a_page_with_a_sentence(hr):
    assert hr.get("/pegawai/198807142010012999").status_code == 404
    wrong = hr.get("/pegawai/12345")
    assert wrong.status_code == 400
    assert "18 angka" in wrong.text


def test_looking_at_a_record_is_noted(office, hr, nip):
    hr.get(f"/pegawai/{nip}")
    assert rows_of(office, select(AuditEntry).where(AuditEntry.action == "people.view"))


def test_changed_facts_are_kept_and_shown(office, hr, nip):
    form = {"name": "Ningsih R. Pakaya", "title_before": "", "title_after": "S.E.", "sex": "P",
            "birth_date": "1988-07-14", "birth_place": "Limboto", "employee_type": "PNS", "legal_status": "01",
            "talent_box": "8", "service_bond": "no", "on_study_assignment": "", "no_discipline_record": "yes"}
    answer = hr.post(f"/pegawai/{nip}/ubah", data=form)
    assert answer.status_code == 303
    page = hr.get(f"/pegawai/{nip}").text
    assert "Ningsih R. Pakaya, S.E." in page
    person = rows_of(office, select(Person).where(Person.nip == nip))[0]
    assert (person.talent_box, person.service_bond, person.on_study_assignment) == (8, False, None)


def test_a_contradiction_is_shown_at_its_field_and_what_was_typed_stays(office, hr, nip):
    answer = hr.post(f"/pegawai/{nip}/ubah", data={
        "name": "Nama Baru", "sex": "P", "birth_date": "2099-01-01", "employee_type": "PNS"})
    assert answer.status_code == 400
    assert 'href="#birth_date"' in answer.text
    assert "Nama Baru" in answer.text
    assert rows_of(office, select(Person).where(Person.name == "Nama Baru")) == []


def test_a_rank_is_recorded_and_a_wrong_date_is_refused(office, hr, nip):
    assert hr.post(f"/pegawai/{nip}/pangkat", data={"grade": "IV/a", "effective_from": "kemarin"}).status_code == 400
    answer = hr.post(f"/pegawai/{nip}/pangkat", data={"grade": "IV/a", "effective_from": "2026-04-01"})
    assert answer.status_code == 303
    assert rows_of(office, select(Rank).where(Rank.grade_code == "IV/a"))


def test_an_assessment_is_recorded_and_its_evidence_withdrawn(office, hr, nip):
    answer = hr.post(f"/pegawai/{nip}/asesmen", data={
        "kind": "ASSESSMENT", "observed_on": "2026-11-02", "provider": "UPT BKN Gorontalo", "target_class": "",
        "accredited": "yes", "level-MAN-INT": "3", "level-SOS-PRB": ""})
    assert answer.status_code == 303
    evidence = rows_of(office, select(Evidence))
    assert [row.level for row in evidence] == [3]
    page = hr.get(f"/pegawai/{nip}").text
    assert "Asesmen UPT BKN Gorontalo, 2 November 2026" in page
    withdraw = f"/pegawai/{nip}/bukti/{evidence[0].id}/tarik"
    assert withdraw in page
    assert hr.post(withdraw, data={"reason": ""}).status_code == 400
    assert hr.post(withdraw, data={"reason": "Tertukar orang."}).status_code == 303
    assert rows_of(office, select(Evidence))[0].withdrawn_on == TODAY


def test_an_assessment_without_a_level_is_refused_in_words(hr, nip):
    answer = hr.post(f"/pegawai/{nip}/asesmen", data={
        "kind": "ASSESSMENT", "observed_on": "2026-11-02", "provider": "UPT BKN"})
    assert answer.status_code == 400
    assert "Belum ada tingkat yang diisi." in answer.text


def test_a_new_person_is_added(hr):
    form = {"nip": "19900302 202601 1 007", "unit": "75-BKPSDM", "name": "Rahmat Daud", "sex": "L",
            "birth_date": "1990-03-02", "employee_type": "CPNS"}
    answer = hr.post("/pegawai/baru", data=form)
    assert answer.status_code == 303
    assert answer.location.endswith("/pegawai/199003022026011007")
    again = hr.post("/pegawai/baru", data=form)
    assert again.status_code == 400
    assert "sudah ada dalam daftar" in again.text


def test_a_case_of_discipline_is_recorded_and_can_be_changed(hr, nip):
    assert hr.post(f"/pegawai/{nip}/disiplin", data={
        "severity": "S", "sanction": "Penundaan", "opened_on": "2026-01-05"}).status_code == 303
    page = hr.get(f"/pegawai/{nip}").text
    assert "dalam proses" in page
    (address,) = set(re.findall(rf"/pegawai/{nip}/disiplin/[0-9]+", page))
    assert hr.get(address).status_code == 200
    assert hr.get(f"{address}9").status_code == 404


def test_hr_finds_a_position_to_hold_the_person_against(hr, nip):
    page = hr.get(f"/pegawai/{nip}/sasaran?jabatan=inspektur").text
    assert f"/kesiapan/{nip}/JPTP-INSPEKTUR" in page


def test_hr_records_credit_points_and_an_outside_certificate(hr, nip):
    assert hr.get(f"/pegawai/{nip}/angka-kredit").status_code == 200
    bad = hr.post(f"/pegawai/{nip}/angka-kredit", data={"recorded_on": "2026-06-30", "points": "212,505"})
    assert bad.status_code == 400
    assert "dua angka di belakang koma" in bad.text
    assert hr.post(f"/pegawai/{nip}/angka-kredit", data={
        "recorded_on": "2026-06-30", "points": "212,5"}).status_code == 303
    assert "212,50" in hr.get(f"/pegawai/{nip}").text
    form = {"training": "BMD-LANJUT", "issuer": "BPSDM", "number": "12/2026", "finished_on": "2026-05-08"}
    assert hr.post(f"/pegawai/{nip}/sertifikat-luar", data=form | {"training": "X"}).status_code == 400
    assert hr.post(f"/pegawai/{nip}/sertifikat-luar", data=form).status_code == 303
    assert "12/2026" in hr.get(f"/pegawai/{nip}").text
    again = hr.post(f"/pegawai/{nip}/sertifikat-luar", data=form)
    assert again.status_code == 400
    assert "sudah tercatat" in again.text
