"""The readiness pages: the home of a civil servant and one person against one position."""

from __future__ import annotations

from datetime import date

import pytest
from factories import prove
from sqlalchemy import event, select

from kompetensi.context import state
from kompetensi.models import Account, AuditEntry, Education, Person
from kompetensi.services.lookup import person_by_nip

TARGET = "JPTP-INSPEKTUR"
NINE = ("MAN-INT", "MAN-KSM", "MAN-KOM", "MAN-OPH", "MAN-PPB", "MAN-PDO", "MAN-MPR", "MAN-KEP", "SOS-PRB")


@pytest.fixture
def nip(office):
    return office.nips["pegawai"]


@pytest.fixture
def own(office):
    return office.visit("pegawai")


@pytest.fixture
def assessed(office, nip):
    """Give the civil servant an assessment at level 4, one competency at 2, and a training that predicts 4."""
    with office.app.app_context():
        session = state().db.session
        person = person_by_nip(session, nip)
        session.add(Education(person_id=person.id, level_code="S1", field="Hukum", graduated_on=date(2010, 8, 8)))
        for code in NINE:
            prove(session, person, code, 2 if code == "MAN-MPR" else 4)
        prove(session, person, "MAN-MPR", 4, kind="TRAINING")
        session.commit()
        session.remove()


def test_without_a_target_the_home_offers_to_choose_one(own):
    page = own.get("/kesiapan")
    assert page.status_code == 200
    assert "Anda belum memilih sasaran" in page.text


def test_a_target_is_chosen_shown_and_given_up(own, nip, assessed):
    answer = own.post("/kesiapan/sasaran", data={"position": TARGET})
    assert answer.status_code == 303
    page = own.get("/kesiapan").text
    assert "% siap</b> untuk Inspektur Daerah" in page
    assert "Yang masih kurang" in page
    assert "Jadikan sasaran saya" not in own.get(f"/kesiapan/{nip}/{TARGET}").text
    own.post("/kesiapan/sasaran", data={"position": ""})
    assert "Anda belum memilih sasaran" in own.get("/kesiapan").text


def test_an_unknown_target_is_refused(own):
    assert own.post("/kesiapan/sasaran", data={"position": "TIDAK-ADA"}).status_code == 404


def test_an_account_without_a_person_is_told_kindly(office):
    with office.app.app_context():
        session = state().db.session
        session.get_one(Account, office.account_ids["pegawai"]).person_id = None
        session.commit()
        session.remove()
    page = office.visit("pegawai").get("/kesiapan")
    assert page.status_code == 200
    assert "tidak terhubung dengan data pegawai" in page.text


def test_the_position_page_answers_first_and_shows_gates_scales_and_evidence(own, nip, assessed):
    page = own.get(f"/kesiapan/{nip}/{TARGET}")
    assert page.status_code == 200
    for words in ("gerbang wajib masih tertutup", "JPM 94,44", "Gerbang wajib", "Diklat Pembentukan Auditor",
                  "Jejak bukti", "diperkirakan 4", "Dua skala dan asalnya", "Peraturan BKN 26/2019",
                  f"/jalur/{nip}/{TARGET}"):
        assert words in page.text, words


def test_who_was_not_assessed_is_not_shown_at_level_zero(own, nip):
    page = own.get(f"/kesiapan/{nip}/{TARGET}").text
    assert "belum dapat dihitung" in page
    assert "punya 0" not in page
    assert "belum dinilai · perlu 4" in page


def test_another_day_and_purpose_are_asked_in_the_address(own, nip, assessed):
    page = own.get(f"/kesiapan/{nip}/{TARGET}?on=2028-06-11&purpose=mapping").text
    assert "per 11 Juni 2028" in page
    assert "belum dapat dihitung" in page
    assert "JPM 94,44\N{NO-BREAK SPACE}%: O" in own.get(f"/kesiapan/{nip}/{TARGET}?purpose=mapping").text


@pytest.mark.parametrize(("address", "status"), [
    ("?on=kemarin", 400), ("?purpose=else", 400), ("?on=1990-13-01", 400)])
def test_a_question_that_cannot_be_read_is_a_page_of_status_400(own, nip, address, status):
    assert own.get(f"/kesiapan/{nip}/{TARGET}{address}").status_code == status


def test_unknown_positions_and_other_peoples_readiness_are_closed(own, office, nip):
    assert own.get(f"/kesiapan/{nip}/TIDAK-ADA").status_code == 404
    assert own.get(f"/kesiapan/{office.nips['mutasi']}/{TARGET}").status_code == 403
    assert office.visit().get(f"/kesiapan/{nip}/{TARGET}").status_code == 302


def test_hr_sees_the_way_to_eligibility_and_is_noted(office, nip, assessed):
    page = office.visit("mutasi").get(f"/kesiapan/{nip}/{TARGET}").text
    assert f"/mutasi/{nip}/{TARGET}" in page
    assert "Jadikan sasaran saya" not in page
    with office.app.app_context():
        session = state().db.session
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "readiness.view")).all()
        session.remove()


def test_the_number_of_queries_of_a_page_does_not_grow_with_the_evidence(office, own, nip, assessed):
    statements = []
    with office.app.app_context():
        engine = state().db.engine
        event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    def count(address):
        own.get(address)
        statements.clear()
        assert own.get(address).status_code == 200
        return len(statements)

    own.post("/kesiapan/sasaran", data={"position": TARGET})
    few = [count(address) for address in ("/kesiapan", f"/kesiapan/{nip}/{TARGET}")]
    with office.app.app_context():
        session = state().db.session
        person = session.scalars(select(Person).where(Person.nip == nip)).one()
        for code in NINE:
            prove(session, person, code, 3, kind="SUPERVISOR")
        session.commit()
        session.remove()
    assert [count(address) for address in ("/kesiapan", f"/kesiapan/{nip}/{TARGET}")] == few
    assert max(few) < 40
