"""The pages of moves: a person's next ones, who could move to a position, and the form of interests."""

from __future__ import annotations

import pytest
from candidates import TARGET, make_candidate
from factories import TODAY
from sqlalchemy import event, select

from kompetensi.context import state
from kompetensi.models import AuditEntry, Interest
from kompetensi.services.lookup import person_by_nip


@pytest.fixture
def nip(office):
    return office.nips["pegawai"]


@pytest.fixture
def own(office):
    return office.visit("pegawai")


@pytest.fixture
def candidate(office):
    """A person who has all that the position asks for."""
    with office.app.app_context():
        session = state().db.session
        nip = make_candidate(session).nip
        session.commit()
        session.remove()
    return nip


def test_the_page_of_a_person_answers_first_and_opens_each_score_into_its_parts(own, nip):
    page = own.get(f"/langkah/{nip}")
    assert page.status_code == 200
    for words in ("Langkah yang paling wajar bagi Anda", "dari 100", "Mengapa nilainya begitu", "Kedekatan tuntutan", "Golongan",
                  "Belum ada minat yang dinyatakan", "Nyatakan minat", "Kebijakan yang dipakai", "moves.weight.CLOSENESS",
                  f"/kesiapan/{nip}/", f"/jalur/{nip}/"):
        assert words in page.text, words
    assert page.text.index("Langkah yang paling wajar") < page.text.index("Urutan langkah") < page.text.index("Bagaimana nilai ini")


def test_the_vacant_ones_and_another_day_are_asked_in_the_address(own, nip):
    assert 'aria-current="true">Yang lowong' in own.get(f"/langkah/{nip}?lowong=1").text
    assert "per 11 Juni 2028" in own.get(f"/langkah/{nip}?on=2028-06-11").text
    assert "Belum ada jabatan" in own.get(f"/langkah/{nip}?on=1990-01-01").text
    assert own.get(f"/langkah/{nip}?on=kemarin").status_code == 400


def test_the_page_is_closed_to_others_and_unknown_people(own, office, nip):
    assert own.get(f"/langkah/{office.nips['mutasi']}").status_code == 403
    assert own.get("/langkah/199001012015011001").status_code == 404
    assert own.get("/langkah/12").status_code == 400
    assert office.visit().get(f"/langkah/{nip}").status_code == 302


def test_existing_pages_lead_to_them(own, office, nip):
    assert f"/langkah/{nip}" in own.get("/kesiapan").text
    assert f"/langkah/{nip}" in own.get(f"/pegawai/{nip}").text
    assert f"/langkah/jabatan/{TARGET}" in office.visit("mutasi").get(f"/jabatan/{TARGET}").text
    assert f"/langkah/jabatan/{TARGET}" not in own.get(f"/jabatan/{TARGET}").text


def test_hr_sees_who_could_move_to_a_position_with_ways_to_act(office, candidate):
    page = office.visit("mutasi").get(f"/langkah/jabatan/{TARGET}")
    assert page.status_code == 200
    for words in ("Yang paling wajar pindah ke Kepala Bidang Aset", "Rahma Pakaya", "bicarakan dengannya sebelum mengusulkan",
                  f"/kesiapan/{candidate}/{TARGET}", f"/jalur/{candidate}/{TARGET}", f"/mutasi/{candidate}/{TARGET}"):
        assert words in page.text, words
    with office.app.app_context():
        session = state().db.session
        person = person_by_nip(session, candidate)
        assert session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == person.id)).all() == ["moves.rank"]
        session.remove()


@pytest.mark.parametrize(("username", "status"), [("pegawai", 403), ("balai", 403), ("admin", 403), ("mutasi", 200)])
def test_only_hr_ranks_people(office, username, status):
    assert office.visit(username).get(f"/langkah/jabatan/{TARGET}").status_code == status


def test_an_unknown_position_and_a_day_without_its_standard_are_pages_too(office):
    hr = office.visit("mutasi")
    assert hr.get("/langkah/jabatan/TIDAK-ADA").status_code == 404
    assert hr.get(f"/langkah/jabatan/{TARGET}?on=1990-01-01").status_code == 409
    assert hr.get(f"/langkah/jabatan/{TARGET}?on=kapan").status_code == 400


def test_interests_are_stated_shown_and_given_up(own, nip):
    asked = own.get("/langkah/minat")
    assert asked.status_code == 200
    for words in ('<optgroup label="Urusan">', '<optgroup label="Jenjang">', '<optgroup label="Unit kerja">', "tidak oleh atasan"):
        assert words in asked.text, words
    answer = own.post("/langkah/minat", data={"place1": "URUSAN:KEUANGAN", "place3": "CLASS:ADMINISTRATOR"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/langkah/{nip}")
    page = own.get(f"/langkah/{nip}").text
    assert "<li>Keuangan</li><li>Administrator</li>" in page
    assert "Minat ke-1: Keuangan." in page
    assert '<option value="CLASS:ADMINISTRATOR" selected>' in own.get("/langkah/minat").text
    own.post("/langkah/minat", data=dict.fromkeys(("place1", "place2", "place3", "place4", "place5"), ""))
    assert "Anda belum menyatakan minat" in own.get(f"/langkah/{nip}").text


@pytest.mark.parametrize(("chosen", "words"), [
    ({"place1": "URUSAN:SIHIR"}, "Pilihan ini tidak ada dalam daftar."),
    ({"place1": "URUSAN:KEUANGAN", "place4": "URUSAN:KEUANGAN"}, "sudah dipilih di atas")])
def test_a_wrong_choice_is_told_at_its_field_and_nothing_is_kept(office, own, chosen, words):
    answer = own.post("/langkah/minat", data=chosen)
    assert answer.status_code == 400
    assert f'href="#{max(chosen)}"' in answer.text
    assert words in answer.text
    with office.app.app_context():
        assert state().db.session.scalars(select(Interest)).all() == []
        state().db.session.remove()


def test_stated_interests_are_among_the_own_data(own):
    own.post("/langkah/minat", data={"place1": "URUSAN:KEUANGAN"})
    assert "Minat karier" in own.get("/data-saya").text


def test_the_pages_are_in_english_too(own, office, nip, candidate):
    for client, address, words in ((own, f"/langkah/{nip}", "The most natural move for you"), (own, "/langkah/minat", "Career interests"),
                                   (office.visit("mutasi"), f"/langkah/jabatan/{TARGET}", "The most natural candidate for")):
        client.set_cookie("kompetensi_lang", "en")
        assert words in client.get(address).text


def test_the_number_of_queries_does_not_grow_with_people(office, candidate):
    statements = []
    with office.app.app_context():
        event.listen(state().db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    hr = office.visit("mutasi")

    def count():
        statements.clear()
        assert hr.get(f"/langkah/jabatan/{TARGET}").status_code == 200
        return sum(statement.startswith("SELECT") for statement in statements)

    few = (count(), count())[1]
    with office.app.app_context():
        session = state().db.session
        for _ in range(5):
            other = make_candidate(session)
            session.add(Interest(person_id=other.id, place=1, kind="URUSAN", subject="KEUANGAN", stated_on=TODAY))
        session.commit()
        session.remove()
    assert count() == few < 40
