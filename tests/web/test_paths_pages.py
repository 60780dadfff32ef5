"""The pages of training paths: what stays open and why, what-if, and the gaps that open the most positions."""

from __future__ import annotations

from datetime import date

import pytest
from candidates import make_certificate
from factories import TODAY, make_batch, prove
from sqlalchemy import event

from kompetensi.context import state
from kompetensi.models import Education
from kompetensi.services.lookup import person_by_nip
from kompetensi.services.snapshot import load_graph

TARGET = "ADM-KABID-ASET"


@pytest.fixture
def nip(office):
    return office.nips["pegawai"]


@pytest.fixture
def own(office):
    return office.visit("pegawai")


@pytest.fixture
def batches(office):
    """Give the office two batches, the second of which ends in February."""
    with office.app.app_context():
        session = state().db.session
        make_batch(session, "BMD-DASAR", first_day=date(2026, 12, 7))
        make_batch(session, "BMD-LANJUT", first_day=date(2027, 2, 1), stages=[("CLASSICAL", 5)])
        session.commit()
        session.remove()


def test_the_path_page_tells_the_smallest_changes_that_close_a_gap(own, nip, batches):
    page = own.get(f"/jalur/{nip}/{TARGET}?by=2027-01-31").text
    for words in ("Menutup kesenjangan ini tanpa melepas yang lain, bila:", "dimajukan 5 hari",
                  "batas tanggal menjadi 5 Februari 2027", "ada satu angkatan lagi",
                  f"/jalur/{nip}/{TARGET}/andai?by=2027-01-31&amp;until=2027-02-05"):
        assert words in page, words


def test_every_step_says_what_it_closes_and_opens(own, nip, batches):
    page = own.get(f"/jalur/{nip}/{TARGET}").text
    assert "membuka Pelatihan Penatausahaan dan Pemanfaatan Aset Daerah" in page
    assert "menutup Pengelolaan Barang Milik Daerah 3" in page


def test_what_if_shows_before_and_after_side_by_side(own, nip, batches):
    page = own.get(f"/jalur/{nip}/{TARGET}/andai?by=2027-01-31&until=2027-02-28&taken=&passed=")
    assert page.status_code == 200
    for words in ("2 kesenjangan tertutup", "batas tanggal 28 Februari 2027", "Sekarang", "Bila demikian",
                  "tetap", "baru", "Tertutup: Pengelolaan Barang Milik Daerah 3",
                  f"/jalur/{nip}/{TARGET}?by=2027-02-28"):
        assert words in page.text, words


def test_the_suppositions_stay_in_the_form_and_more_can_be_added(own, nip, batches):
    page = own.get(f"/jalur/{nip}/{TARGET}/andai?passed=BMD-DASAR&passed=PBJ-L1&golongan=IV/a&unlimited=y").text
    assert page.count(" checked>") == 2
    assert '<option selected>IV/a</option>' in page
    assert "lulus Pelatihan Pengurus Barang Milik Daerah" in page
    assert "tambah pelatihan lain" in page


def test_without_a_supposition_the_page_asks_for_one(own, nip, batches):
    page = own.get(f"/jalur/{nip}/{TARGET}/andai").text
    assert "Apa yang berubah bila keadaannya lain?" in page
    assert "Bila demikian" not in page


@pytest.mark.parametrize(("query", "field", "words"), [
    ("passed=XX", "passed", "Tidak ada pelatihan dengan kode “XX”."), ("taken=XX", "taken", "Tidak ada pelatihan"),
    ("until=2020-01-01", "until", "1 Januari 2020 sudah lewat"), ("until=besok", "until", "Isi dengan tanggal"),
    ("golongan=Z", "golongan", "Tidak ada golongan “Z”")])
def test_wrong_input_is_answered_at_its_field(own, nip, query, field, words):
    page = own.get(f"/jalur/{nip}/{TARGET}/andai?{query}")
    assert page.status_code == 400
    assert f'href="#{field}"' in page.text
    assert f'id="{field}-e"' in page.text
    assert words in page.text
    assert "<title>Periksa 1 isian" in page.text


def test_a_deadline_that_is_no_date_is_a_page_of_status_400(own, nip):
    assert own.get(f"/jalur/{nip}/{TARGET}/andai?by=kemarin").status_code == 400


def test_a_deadline_that_is_past_is_refused_and_the_last_of_all_days_is_none_too_late(own, nip, batches):
    page = own.get(f"/jalur/{nip}/{TARGET}?by=2020-01-01")
    assert page.status_code == 400
    assert "1 Januari 2020 sudah lewat" in page.text
    assert own.get(f"/jalur/{nip}/{TARGET}?by=9999-12-31").status_code == 200


def test_the_gaps_page_answers_first_and_links_each_position(office, own, nip):
    address = f"/jalur/{nip}/kesenjangan"
    assert "Belum ada jabatan yang golongan dan pendidikannya terpenuhi" in own.get(address).text
    with office.app.app_context():
        session = state().db.session
        person = person_by_nip(session, nip)
        session.add(Education(person_id=person.id, level_code="S2", field="Hukum", graduated_on=date(2010, 8, 8)))
        for requirement in load_graph(session, TODAY).positions[TARGET].requirements:
            prove(session, person, requirement.competency, requirement.level)
        for training in ("PKA", "BMD-DASAR"):
            make_certificate(session, person, training)
        session.commit()
        session.remove()
    page = own.get(address).text
    assert "Kesenjangan menurut banyaknya jabatan yang dibuka" in page
    assert "Pelatihan Penatausahaan dan Pemanfaatan Aset Daerah" in page
    assert f'Membuka</span> <a href="/kesiapan/{nip}/{TARGET}">Kepala Bidang Aset</a>' in page
    assert address in own.get("/kesiapan").text
    assert address in own.get("/jalur").text


@pytest.mark.parametrize("address", ["{nip}/kesenjangan", "{nip}/ADM-KABID-ASET/andai", "{nip}/ADM-KABID-ASET"])
def test_other_peoples_paths_are_closed(own, office, address):
    assert own.get("/jalur/" + address.format(nip=office.nips["mutasi"])).status_code == 403
    assert office.visit("balai").get("/jalur/" + address.format(nip=office.nips["pegawai"])).status_code == 403
    assert office.visit("mutasi").get("/jalur/" + address.format(nip=office.nips["pegawai"])).status_code == 200


def test_the_pages_are_there_in_english(own, nip, batches):
    own.set_cookie("kompetensi_lang", "en")
    page = own.get(f"/jalur/{nip}/{TARGET}?by=2027-01-31").text
    assert "Closes this gap without giving up anything else, if:" in page
    assert "is moved 5 days earlier" in page
    assert "What would change if things were different?" in own.get(f"/jalur/{nip}/{TARGET}/andai").text


def test_the_number_of_queries_of_what_if_does_not_grow_with_the_batches(office, own, nip, batches):
    statements = []
    with office.app.app_context():
        event.listen(state().db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    address = f"/jalur/{nip}/{TARGET}/andai?unlimited=y&taken=PBJ-L1"

    def count():
        own.get(address)
        statements.clear()
        assert own.get(address).status_code == 200
        return len(statements)

    few = count()
    with office.app.app_context():
        session = state().db.session
        for month in (3, 4, 5):
            make_batch(session, "PBJ-L1", first_day=date(2027, month, 1))
        session.commit()
        session.remove()
    assert count() == few < 40
