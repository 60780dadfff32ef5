"""The readiness map, the people behind it, vacant positions and succession lists, as pages."""

from __future__ import annotations

import csv
import io
import re

import pytest
from factories import NOW, TODAY, make_person, make_post, occupy, prove
from sqlalchemy import event, select

from kompetensi.context import state
from kompetensi.models import AuditEntry
from kompetensi.rules.access import SYSTEM, Role
from kompetensi.services import accounts
from kompetensi.services.unit_of_work import transaction

PASSWORD = "benang karawo emas"
TARGET = "JPTP-INSPEKTUR"
PAGES = ("/peta-kesiapan", "/peta-kesiapan/75-BKPSDM", "/peta-kesiapan/75-BKPSDM/MAN-INT", "/suksesi", f"/suksesi/{TARGET}")


@pytest.fixture
def people(rows):
    """Six people of one agency and two of another, all held against one standard; NIPs by agency."""
    made = {}
    with transaction(rows):
        for unit, levels in (("75-BKPSDM", (1, 2, 3, 4, 4, 0)), ("75-INSPEKTORAT", (1, 4))):
            for at, level in enumerate(levels):
                person = make_person(rows, unit=unit, name=f"Orang {unit} {at}")
                occupy(rows, person, make_post(rows, TARGET))
                prove(rows, person, "MAN-INT", level)
                made.setdefault(unit, []).append(person.nip)
    return made


def test_hr_goes_from_the_map_to_the_agency_to_the_people_to_the_person(office, people):
    client = office.visit("mutasi")
    shown = client.get("/peta-kesiapan").text
    assert "Kekurangan terbesar ada pada <b>Integritas</b>" in shown
    assert 'href="/peta-kesiapan/75-BKPSDM/MAN-INT">58</a>' in shown  # 14 of 24 levels
    agency = client.get("/peta-kesiapan/75-BKPSDM").text
    assert "/peta-kesiapan/75-BKPSDM/MAN-INT" in agency
    totals = re.search(r"<tfoot>.*</tfoot>", shown, re.DOTALL).group()
    whole, code = re.search(r'href="/peta-kesiapan/([^/"]+)/([^"]+)"', totals).groups()
    assert client.get(f"/peta-kesiapan/{whole}").status_code == 200
    assert client.get(f"/peta-kesiapan/{whole}/{code}").status_code == 200
    behind = client.get("/peta-kesiapan/75-BKPSDM/MAN-INT").text
    assert "<b>4 dari 6 pegawai</b>" in behind
    assert f"/kesiapan/{people['75-BKPSDM'][5]}/{TARGET}" in behind
    assert client.get(f"/kesiapan/{people['75-BKPSDM'][5]}/{TARGET}").status_code == 200


def test_the_map_can_be_asked_for_a_position_and_a_group(office, people):
    client = office.visit("mutasi")
    assert "Semua pegawai dibandingkan dengan Inspektur Daerah" in client.get(
        f"/peta-kesiapan?jabatan={TARGET.lower()}").text
    assert 'aria-current="true">Pimpinan tinggi' in client.get("/peta-kesiapan?kelompok=JPT").text
    assert "Tidak ada pegawai dalam kelompok ini" in client.get("/peta-kesiapan?kelompok=JF-KEAHLIAN").text
    for address in ("/peta-kesiapan?kelompok=X", "/suksesi?page=99", "/suksesi?page=x",
                    "/peta-kesiapan/75-BKPSDM/MAN-INT?page=7"):
        assert client.get(address).status_code == 400
    for address in ("/peta-kesiapan?jabatan=X", "/peta-kesiapan/X", "/suksesi/X", "/peta-kesiapan/75-BKPSDM/X"):
        assert client.get(address).status_code == 404


def test_a_training_centre_sees_numbers_of_many_and_no_people(office, people):
    client = office.visit("balai")
    shown = client.get("/peta-kesiapan").text
    assert ">58</td>" in shown.replace("\n", "")
    assert "kurang dari 5 orang, tidak ditampilkan" in shown
    assert "/peta-kesiapan/75-" not in shown
    assert not any(nip in shown for nips in people.values() for nip in nips)
    for address in PAGES[1:]:
        assert client.get(address).status_code == 403
    assert client.get(f"/peta-kesiapan?jabatan={TARGET}").status_code == 403


@pytest.mark.parametrize("username", ["pegawai", "admin"])
def test_others_see_none_of_it(office, people, username):
    client = office.visit(username)
    assert [client.get(address).status_code for address in PAGES] == [403] * len(PAGES)
    assert "Lihat calon" not in client.get(f"/jabatan/{TARGET}").text


def test_hr_of_one_agency_never_sees_anothers_people(office, rows, people):
    with transaction(rows):
        account = accounts.create_account(rows, SYSTEM, nip=people["75-INSPEKTORAT"][0], username="inspektorat",
                                          password=PASSWORD, today=TODAY, now=NOW)
        accounts.grant_role(rows, SYSTEM, account, role=Role.HR, unit_code="75-INSPEKTORAT", valid_from=TODAY,
                            valid_to=None, today=TODAY, now=NOW)
    client = office.visit("inspektorat")
    shown = client.get("/peta-kesiapan").text
    assert "/peta-kesiapan/75-INSPEKTORAT/MAN-INT" in shown
    assert "75-BKPSDM" not in shown
    assert "2 orang dari 1 OPD" in client.get(f"/suksesi/{TARGET}").text
    for address in PAGES[1:3]:
        assert client.get(address).status_code == 403
        assert client.get(address.replace("BKPSDM", "INSPEKTORAT")).status_code == 200
    assert not any(nip in client.get(address).text for address in ("/suksesi", f"/suksesi/{TARGET}")
                   for nip in people["75-BKPSDM"])


def test_the_table_to_download_has_the_numbers_of_the_map(office, people):
    answer = office.visit("mutasi").get("/peta-kesiapan/unduh.csv")
    table = list(csv.reader(io.StringIO(answer.text)))
    assert table[0][:3] == ["OPD", "Nama OPD", "Kompetensi"]
    found = {(row[0], row[2]): row[4:] for row in table[1:]}
    assert found["75-BKPSDM", "MAN-INT"] == ["6", "6", "4", "10", "24"]
    assert found["75-INSPEKTORAT", "MAN-INT"] == ["2", "2", "1", "3", "8"]


def test_the_succession_list_names_what_was_compared_and_leaves_a_trace(office, rows, people):
    client = office.visit("mutasi")
    assert f"/suksesi/{TARGET}" in client.get("/suksesi").text
    assert f"/suksesi/{TARGET}" in client.get(f"/jabatan/{TARGET}").text
    shown = client.get(f"/suksesi/{TARGET}").text
    assert "12 orang dari 2 OPD" in shown
    assert shown.count("Memegang jabatan ini") == 8
    for nip in people["75-BKPSDM"]:
        assert f"/kesiapan/{nip}/{TARGET}" in shown
    noted = rows.ask(select(AuditEntry.subject_id).where(AuditEntry.action == "matching.rank"))
    assert set(people["75-BKPSDM"]) <= set(noted)
    assert office.nips["mutasi"] not in noted  # the officer saw his own
    audit = office.visit("admin").get("/admin/jejak?area=matching").text
    assert "Melihat calon sebuah jabatan" in audit


@pytest.mark.parametrize("address", PAGES)
def test_the_number_of_queries_does_not_grow_with_people(office, rows, people, address):
    client = office.visit("mutasi")
    with office.app.app_context():
        engine = state(office.app).db.engine

    def asked() -> int:
        statements = []
        listener = event.listens_for(engine, "before_cursor_execute")(lambda *call: statements.append(call[2]))
        assert client.get(address).status_code == 200
        event.remove(engine, "before_cursor_execute", listener)
        return len(statements)

    asked()
    few = asked()
    with transaction(rows):
        for _ in range(25):
            person = make_person(rows)
            occupy(rows, person, make_post(rows, TARGET))
            prove(rows, person, "MAN-INT", 2)
    assert asked() == few < 40


def test_an_english_reader_reads_english(office, people):
    client = office.visit("mutasi")
    client.set_cookie("kompetensi_lang", "en")
    for address in PAGES:
        assert '<html lang="en"' in client.get(address).text
    assert "Readiness map" in client.get("/peta-kesiapan").text

