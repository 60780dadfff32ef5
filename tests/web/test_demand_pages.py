"""Pages of the needs analysis: computed, opened, proposed, decided; and who stands behind the numbers."""

from __future__ import annotations

import io

import pytest
from factories import TODAY
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import Account, NeedsAnalysis, Person, Target
from kompetensi.services.accounts import load_actor


@pytest.fixture
def session(app):
    """A session of its own on the application's database."""
    with app.app_context():
        engine = state().db.engine
    with Session(engine) as session:
        yield session


@pytest.fixture
def as_login(session, sign_in):
    def become(username):
        account = session.scalars(select(Account).where(Account.username == username)).one()
        return sign_in(load_actor(session, account.id, today=TODAY))

    return become


@pytest.fixture
def approved(session):
    return session.scalars(select(NeedsAnalysis)).one()


def test_the_list_answers_with_the_approved_analysis_and_offers_a_new_version(client, as_login, approved):
    as_login("balai")
    text = client.get("/kebutuhan").text
    assert f"{approved.summary['need_training']} pegawai" in text
    assert "Hitung kebutuhan" in text
    as_login("hr")
    assert "Hitung kebutuhan" not in client.get("/kebutuhan").text


def test_an_analysis_shows_trainings_by_month_agencies_and_its_history(client, as_login, approved):
    as_login("balai")
    text = client.get(f"/kebutuhan/{approved.id}").text
    assert "Menurut pelatihan" in text
    assert "Menurut perangkat daerah" in text
    assert "Ramla Hunowu" in text
    assert "<title id=\"bulan-judul\">" in text


def test_a_new_version_is_computed_proposed_and_decided_by_somebody_else(client, as_login, session, approved):
    as_login("balai")
    made = client.post("/kebutuhan", data={"unit": "75-BKPSDM", "year": str(TODAY.year + 1), "sources": ["OWN", "HR"]})
    assert made.status_code == 303
    session.rollback()
    newest = session.scalars(select(NeedsAnalysis).order_by(NeedsAnalysis.id.desc())).first()
    assert (newest.version, newest.status) == (2, "DRAFT")
    assert client.post(f"/kebutuhan/{newest.id}/usulkan").status_code == 303
    refused = client.post(f"/kebutuhan/{newest.id}/putuskan", data={"decision": "approve"})
    assert refused.status_code == 400
    assert "tidak dapat menyetujui usulannya sendiri" in refused.text
    as_login("admin")
    assert "Simpan keputusan" in client.get(f"/kebutuhan/{newest.id}").text
    assert client.post(f"/kebutuhan/{newest.id}/putuskan", data={"decision": "approve"}).status_code == 303
    session.rollback()
    assert session.get(NeedsAnalysis, newest.id).status == "APPROVED"
    assert session.get(NeedsAnalysis, approved.id).status == "SUPERSEDED"


@pytest.mark.parametrize(("sent", "words"), [
    ({"unit": "75-BKPSDM", "year": "1999", "sources": ["OWN"]}, "Tahun"),
    ({"unit": "75-BKPSDM", "year": "satu", "sources": ["OWN"]}, "Tahun"),
    ({"unit": "75-BKPSDM", "year": str(TODAY.year + 1)}, "Jabatan sasaran dari")])
def test_a_wrong_form_says_at_which_field(client, as_login, approved, sent, words):
    as_login("balai")
    answer = client.post("/kebutuhan", data=sent)
    assert answer.status_code == 400
    assert words in answer.text


def test_the_spreadsheet_has_the_numbers_of_the_page(client, as_login, approved):
    as_login("hr")
    answer = client.get(f"/kebutuhan/{approved.id}.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.sheet_names == ["Ringkasan", "Pelatihan", "Perangkat daerah"]
    rows = book.get_sheet_by_name("Pelatihan").to_python()
    people = rows[0].index("Orang")
    assert sum(row[people] for row in rows[1:] if row[1]) == approved.summary["places"]
    assert answer.data == client.get(f"/kebutuhan/{approved.id}.xlsx").data


def test_the_people_are_shown_to_the_centre_and_to_hr_of_their_unit(client, as_login, session, approved):
    as_login("balai")
    text = client.get(f"/kebutuhan/{approved.id}/orang").text
    ningsih = session.scalars(select(Person).where(Person.nip == "198807142012032004")).one()
    assert ningsih.name in client.get(f"/kebutuhan/{approved.id}/orang?opd=75-DIKBUD").text
    assert "paling lambat selesai" in text
    assert client.get(f"/kebutuhan/{approved.id}/orang?page=999").status_code == 400
    assert client.get(f"/kebutuhan/{approved.id}/orang?pelatihan=NIRWANA").status_code == 404
    as_login("asn")
    assert client.get(f"/kebutuhan/{approved.id}/orang").status_code == 403
    assert client.get("/kebutuhan").status_code == 403


def test_an_analysis_that_does_not_exist_is_not_found(client, as_login):
    as_login("balai")
    assert client.get("/kebutuhan/999").status_code == 404
    assert client.get("/kebutuhan/999.xlsx").status_code == 404


def test_hr_prepares_somebody_for_a_position_and_takes_it_back(client, as_login, session):
    nip = session.scalars(select(Person.nip).where(Person.target_position_id.is_(None), Person.employee_type == "PNS")).first()
    as_login("hr")
    address = f"/pegawai/{nip}/disiapkan"
    refused = client.post(address, data={"position": "NIRWANA", "source": "HR"})
    assert refused.status_code == 400
    assert client.post(address, data={"position": "", "source": "HR"}).status_code == 400
    assert client.post(address, data={"position": "ADM-KABID-ASET", "source": "ROTATION", "ready_by": "2026-12-30"}).status_code == 303
    text = client.get(address).text
    assert "30 Desember 2026" in text
    session.rollback()
    number = session.scalars(select(Target.id).order_by(Target.id.desc())).first()
    assert client.post(f"{address}/{number}/cabut").status_code == 303
    assert "30 Desember 2026" not in client.get(address).text
    as_login("asn")
    assert client.get(address).status_code == 403
