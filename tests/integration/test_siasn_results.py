"""Results in the shape of SIASN: fields, who is left out and why, ids of people."""

from __future__ import annotations

import io
import json
from datetime import date

import pytest
import python_calamine
from factories import NOW, TODAY, make_person
from graduates import make_finished_batch, make_graduate, press
from sqlalchemy import select

from kompetensi.errors import InvalidRows, NotAllowed, NotFound
from kompetensi.exchange.siasn_results import SiasnResult, body_of, endpoint_of, to_json_lines, to_workbook
from kompetensi.models import AuditEntry, Certificate, Person
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services import siasn_results as service
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction

ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def session(session):
    """The session of a test, inside one transaction as at the edge."""
    with transaction(session):
        yield session


def result(form=3, training="BMD-DASAR"):
    return SiasnResult("198504122010012001", "Rahma", "A8ACA7", form, training, "Pelatihan X", "001/SERTIFIKAT/2026",
                       "BKPSDM", 40, date(2026, 10, 5), date(2026, 10, 7))


def test_a_course_has_the_fields_of_kursus_save():
    assert endpoint_of(result()) == "/kursus/save"
    assert body_of(result(), agency_id="INST") == {
        "id": None, "instansiId": "INST", "institusiPenyelenggara": "BKPSDM", "jenisDiklatId": "3", "jenisKursus": None,
        "jenisKursusSertipikat": "T", "jumlahJam": 40, "lokasiId": None, "namaKursus": "Pelatihan X",
        "nomorSertipikat": "001/SERTIFIKAT/2026", "pnsOrangId": "A8ACA7", "tahunKursus": 2026,
        "tanggalKursus": "05-10-2026", "tanggalSelesaiKursus": "07-10-2026"}


@pytest.mark.parametrize(("training", "old"), [("PKP", "2"), ("PKA", "3"), ("PKN2", "4"), ("PKN1", "5"), ("LAIN", "8")])
def test_structural_training_has_the_fields_of_diklat_save_under_its_old_name(training, old):
    assert endpoint_of(result(1, training)) == "/diklat/save"
    assert body_of(result(1, training)) == {
        "bobot": None, "id": None, "institusiPenyelenggara": "BKPSDM", "jenisKompetensi": None, "jumlahJam": 40,
        "latihanStrukturalId": old, "nomor": "001/SERTIFIKAT/2026", "pnsOrangId": "A8ACA7", "tahun": 2026,
        "tanggal": "05-10-2026", "tanggalSelesai": "07-10-2026"}


@pytest.mark.parametrize("form", range(2, 26))
def test_every_form_of_development_carries_its_letter(form):
    letter = {2: "F", 4: "P", 7: "P", 9: "P"}.get(form, "T")
    assert body_of(result(form))["jenisKursusSertipikat"] == letter
    assert endpoint_of(result(form)) == "/kursus/save"


def test_json_lines_hold_one_object_each():
    lines = to_json_lines([result(), result(1, "PKP")]).splitlines()
    assert [json.loads(line)["endpoint"] for line in lines] == ["/kursus/save", "/diklat/save"]
    assert to_json_lines([]) == ""


def make_results(session):
    """Four who passed: all known; without id in SIASN; without certificate; revoked. And one who failed."""
    batch = make_finished_batch(session)
    names = ("Abdul Gani", "Botutihe Siti", "Cindra Mohamad", "Djafar Olii")
    people = [make_person(session, name=name, siasn_id=None if number == 1 else f"ID-{number}")
              for number, name in enumerate(names)]
    rows = [make_graduate(session, batch, person=person) for person in people]
    make_graduate(session, batch, outcome="FAILED", score=5000, name="Ekawati")
    for row in (rows[0], rows[1], rows[3]):
        issue_certificate(session, SYSTEM, row.id, **press(), **ON)
    session.scalars(select(Certificate).where(Certificate.enrolment_id == rows[3].id)).one().state = "REVOKED"
    session.flush()
    return batch, people


def test_who_lacks_something_is_named_with_the_reason_and_not_exported(session):
    batch, people = make_results(session)
    found = service.collect_results(session, SYSTEM, batch_code=batch.code, **ON)
    assert [(one.nip, one.pns_orang_id, one.jp) for one in found.results] == [(people[0].nip, "ID-0", batch.training.jp)]
    assert [(one.name, str(one.reason).split(".")[0]) for one in found.refused] == [
        ("Botutihe Siti", "pnsOrangId belum diketahui; muat dengan `kompetensi people siasn-ids`"),
        ("Cindra Mohamad", "Belum ada nomor sertifikat; terbitkan sertifikatnya dahulu"),
        ("Djafar Olii", "Sertifikatnya dicabut")]


def test_participants_from_outside_are_reported_by_their_own_agency(session):
    batch = make_finished_batch(session)
    row = make_graduate(session, batch, outside_agency="Bawaslu")
    issue_certificate(session, SYSTEM, row.id, **press(), **ON)
    (refused,) = service.collect_results(session, SYSTEM, batch_code=batch.code, **ON).refused
    assert "instansinya sendiri" in str(refused.reason)


def test_a_year_is_that_of_the_last_day(session):
    batch, _ = make_results(session)
    assert batch.last_day.year == 2026
    assert len(service.collect_results(session, SYSTEM, year=2026, **ON).results) == 1
    assert service.collect_results(session, SYSTEM, year=2025, **ON).results == ()


def test_it_is_noted_whose_data_went_out(session):
    batch, people = make_results(session)
    service.collect_results(session, SYSTEM, batch_code=batch.code, **ON)
    noted = session.scalars(select(AuditEntry.person_id).where(
        AuditEntry.action == "courses.view_participants:siasn")).all()
    assert noted == [people[0].id]


def test_only_the_centre_exports(session):
    batch, people = make_results(session)
    actor = Actor("account:1", "Rahma", person_id=people[0].id)
    for asked in ({"batch_code": batch.code}, {"year": 2026}):
        with pytest.raises(NotAllowed):
            service.collect_results(session, actor, **asked, **ON)
    with pytest.raises(NotFound):
        service.collect_results(session, SYSTEM, batch_code="TIDAK-ADA", **ON)


def test_the_workbook_keeps_numbers_of_people_as_text_and_names_who_is_left_out(session):
    batch, people = make_results(session)
    found = service.collect_results(session, SYSTEM, batch_code=batch.code, **ON)
    book = python_calamine.load_workbook(io.BytesIO(to_workbook(found.results, found.refused)))
    assert book.sheet_names == ["diklat", "kursus", "tidak diekspor"]
    heads, row = book.get_sheet_by_name("kursus").to_python()
    assert row[heads.index("nip")] == people[0].nip
    assert row[heads.index("jumlahJam")] == batch.training.jp
    assert len(book.get_sheet_by_name("tidak diekspor").to_python()) == 4


# --- ids of people -----------------------------------------------------------------------------------------------------


def load(session, *rows, actor=SYSTEM):
    return service.record_siasn_ids(session, actor, "\n".join(["nip,pns_orang_id", *rows]).encode(), **ON)


def test_ids_are_recorded_once(session):
    person = make_person(session)
    assert load(session, f"{person.nip},A8ACA7-1") == (1, 0)
    assert load(session, f"{person.nip},A8ACA7-1") == (0, 1)
    assert session.get(Person, person.id).siasn_id == "A8ACA7-1"


def test_an_id_that_names_nobody_or_somebody_else_refuses_all(session):
    known, other = make_person(session, siasn_id="TAKEN"), make_person(session)
    with pytest.raises(InvalidRows) as refused:
        load(session, f"{other.nip},TAKEN", "199001012020121001,NEW", f"{known.nip},not an id!")
    assert [(error.row, error.column) for error in refused.value.rows] == [
        (2, "pns_orang_id"), (3, "nip"), (4, "pns_orang_id")]
    assert other.siasn_id is None


def test_only_hr_of_a_person_records_his_id(session):
    person = make_person(session)
    with pytest.raises(NotAllowed):
        load(session, f"{person.nip},A1", actor=Actor("account:1", "Rahma", person_id=person.id))
