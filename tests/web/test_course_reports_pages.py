"""Pages of the reports: the answer first, the drawing with its words, the table, and files of it."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from factories import NOW, make_batch, make_person
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import Enrolment
from kompetensi.services.unit_of_work import transaction

WORDS = ("keterisian", "kelulusan", "biaya", "jp", "kebutuhan", "daftar-tunggu")


@pytest.fixture
def judged(office):
    """A batch of March in which one passed and one failed."""
    with office.app.app_context():
        engine = state(office.app).db.engine
    with Session(engine) as session, transaction(session):
        batch = make_batch(session, "BMD-DASAR", first_day=date(2026, 3, 2), seats=4)
        for outcome in ("PASSED", "FAILED"):
            session.add(Enrolment(person_id=make_person(session).id, batch_id=batch.id, status="COMPLETED",
                                  outcome=outcome, requested_at=NOW, result_on=batch.last_day))


@pytest.mark.parametrize("word", WORDS)
def test_every_report_opens_for_the_centre_for_hr_and_for_admins_and_for_nobody_else(office, judged, word):
    for username in ("balai", "mutasi", "admin"):
        assert office.visit(username).get(f"/laporan/{word}").status_code == 200
    assert office.visit("pegawai").get(f"/laporan/{word}").status_code == 403


def test_a_report_answers_first_and_its_drawing_says_what_its_table_says(office, judged):
    text = office.visit("balai").get("/laporan/kelulusan").text
    assert "<b>50 persen peserta lulus</b>: 1 dari 2." in text
    drawing = re.search(r"<svg[^>]*role=\"img\".*?</svg>", text, re.S)[0]
    assert "1 dari 2" in re.search(r"<desc[^>]*>(.*?)</desc>", drawing)[1]
    assert "<title" in drawing
    assert "50,0" in text


def test_a_report_is_the_same_in_english(office, judged):
    client = office.visit("balai")
    client.set_cookie("kompetensi_lang", "en")
    assert "<b>50 per cent of the participants passed</b>: 1 of 2." in client.get("/laporan/kelulusan").text


def test_the_table_is_handed_out_as_a_workbook_and_as_comma_separated_values(office, judged):
    client = office.visit("balai")
    workbook = client.get("/laporan/kelulusan.xlsx?tahun=2026")
    assert 'filename="kelulusan-2026.xlsx"' in workbook.headers["Content-Disposition"]
    (sheet,) = CalamineWorkbook.from_filelike(BytesIO(workbook.data)).sheet_names
    rows = CalamineWorkbook.from_filelike(BytesIO(workbook.data)).get_sheet_by_name(sheet).to_python()
    assert rows[1][0] == "BMD-DASAR"
    assert rows[1][-1] == 0.5
    table = client.get("/laporan/kelulusan.csv?tahun=2026")
    assert table.text.split("\r\n")[1].startswith("BMD-DASAR,")


@pytest.mark.parametrize(("query", "status"), [
    ("tahun=kemarin", 400), ("tahun=0001", 400), ("pelatihan=TIDAK-ADA", 404), ("opd=TIDAK-ADA", 404)])
def test_what_a_report_cannot_be_asked_is_refused_in_words(office, query, status):
    assert office.visit("balai").get(f"/laporan/keterisian?{query}").status_code == status


def test_an_unknown_report_is_not_found(office):
    assert office.visit("balai").get("/laporan/cuaca").status_code == 404
    assert office.visit("balai").get("/laporan/cuaca.xlsx").status_code == 404


def test_the_list_of_reports_leads_to_each(office):
    text = office.visit("balai").get("/laporan").text
    assert all(f'href="/laporan/{word}"' in text for word in WORDS)
