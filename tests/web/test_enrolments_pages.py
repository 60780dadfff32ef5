"""Pages of requests on their way: the superior, the person who waits, and the centre."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from factories import NOW, TODAY, make_batch, make_person, make_post, occupy
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import Batch, Enrolment, Person
from kompetensi.rules.access import SYSTEM
from kompetensi.services import enrolments, waiting_list
from kompetensi.services.lookup import position_by_code
from kompetensi.services.unit_of_work import transaction

SOON = TODAY + timedelta(days=30)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def rows(office):
    """A session beside the application; held open, the application's context would keep who has signed in."""
    with office.app.app_context():
        engine = state(office.app).db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


def person_of(rows, office, username="pegawai"):
    return rows.scalars(select(Person).where(Person.nip == office.nips[username])).one()


def ask(rows, query):
    """Read what the pages have written, and let go of the database before the next request."""
    rows.rollback()
    rows.expunge_all()
    found = list(rows.execute(query).all())
    rows.rollback()
    return found


def status_of(rows, number):
    ((status,),) = ask(rows, select(Enrolment.status).where(Enrolment.id == number))
    return status


@pytest.fixture
def asked(rows, office):
    """A request of somebody whose superior is the civil servant of the office; code of the batch and number."""
    with transaction(rows):
        batch = make_batch(rows, "BMD-DASAR", first_day=SOON, seats=5)
        later = make_batch(rows, "BMD-DASAR", first_day=SOON + timedelta(days=60), seats=5)
        position = position_by_code(rows, "ADM-KABID-ASET")
        above = make_post(rows, position)
        occupy(rows, person_of(rows, office), above)
        staff = make_person(rows, name="Staf Tiga")
        occupy(rows, staff, make_post(rows, position, superior=above))
        (row,) = enrolments.request_seats(rows, SYSTEM, staff.nip, [batch.code], **ON)
        return batch.code, row.id, later.code


def test_a_superior_sees_what_waits_with_its_reasons_and_endorses_it(office, rows, asked):
    code, number, _ = asked
    client = office.visit("pegawai")
    shown = client.get("/permintaan-bawahan").text
    assert "Staf Tiga" in shown
    assert "Mengapa pelatihan ini" in shown
    assert "/permintaan-bawahan" in client.get("/kesiapan").text  # the masthead leads there
    answer = client.post(f"/pendaftaran/{number}/dukung", follow_redirects=True)
    assert "didukung dan diteruskan" in answer.text
    assert status_of(rows, number) == "ENDORSED"
    assert client.post(f"/pendaftaran/{number}/dukung").status_code == 409
    office.visit("balai").post(f"/angkatan/{code}/setujui")
    assert status_of(rows, number) == "APPROVED"


def test_an_objection_asks_for_its_reason(office, rows, asked):
    _, number, _ = asked
    client = office.visit("pegawai")
    assert client.get(f"/pendaftaran/{number}/keberatan").status_code == 200
    empty = client.post(f"/pendaftaran/{number}/keberatan", data={"reason": " "})
    assert (empty.status_code, status_of(rows, number)) == (400, "REQUESTED")
    client.post(f"/pendaftaran/{number}/keberatan", data={"reason": "Tutup tahun anggaran."})
    assert status_of(rows, number) == "REFUSED"


def test_the_centre_sees_who_is_awaited_and_approves_over_him_only_with_a_reason(office, rows, asked):
    code, number, _ = asked
    client = office.visit("balai")
    shown = client.get(f"/angkatan/{code}").text
    assert "menunggu kata Ningsih Pakaya" in shown
    assert "Setujui langsung" in shown
    refused = client.post(f"/pendaftaran/{number}/setujui")
    assert (refused.status_code, status_of(rows, number)) == (409, "REQUESTED")
    assert client.post(f"/pendaftaran/{number}/setujui-langsung", data={}).status_code == 400
    client.post(f"/pendaftaran/{number}/setujui-langsung", data={"reason": "Batas hari ini."})
    assert status_of(rows, number) == "APPROVED"
    assert "Batas hari ini." in client.get(f"/pendaftaran/{number}").text


def test_nobody_else_endorses_looks_or_moves(office, asked):
    _, number, later = asked
    for username in ("admin",):
        client = office.visit(username)
        assert client.get(f"/pendaftaran/{number}").status_code == 403
        assert client.post(f"/pendaftaran/{number}/dukung").status_code == 403
        assert client.post(f"/pendaftaran/{number}/pindah", data={"batch": later}).status_code == 403
        assert client.post(f"/pendaftaran/{number}/terima").status_code == 403


def test_a_seat_is_moved_by_its_page(office, rows, asked):
    _, number, later = asked
    client = office.visit("balai")
    assert later in client.get(f"/pendaftaran/{number}/pindah").text
    assert client.post(f"/pendaftaran/{number}/pindah", data={"batch": "TIDAK-ADA"}).status_code == 400
    answer = client.post(f"/pendaftaran/{number}/pindah", data={"batch": later, "reason": "Dinas luar."}, follow_redirects=True)
    assert "Pindah dari" in answer.text
    assert status_of(rows, number) == "CANCELLED"


@pytest.fixture
def full(rows):
    """A full batch of one: its code and the number of the seat."""
    with transaction(rows):
        batch = make_batch(rows, "BMD-DASAR", first_day=SOON, seats=1)
        (row,) = enrolments.request_seats(rows, SYSTEM, make_person(rows).nip, [batch.code], **ON)
        return batch.code, row.id


def test_a_reader_waits_sees_his_place_and_accepts_what_is_offered(office, rows, full):
    code, seat = full
    client = office.visit("pegawai")
    assert "Masuk daftar tunggu" in client.get(f"/angkatan/{code}").text
    joined = client.post(f"/angkatan/{code}/tunggu", follow_redirects=True).text
    assert "nomor 1" in joined
    assert "Bagaimana giliran dihitung" in joined
    assert client.post(f"/angkatan/{code}/tunggu").status_code == 409
    with transaction(rows):
        enrolments.cancel_enrolment(rows, SYSTEM, seat, **ON)
    ((number, status),) = ask(rows, select(Enrolment.id, Enrolment.status).where(Enrolment.id != seat))
    assert status == "OFFERED"
    assert "Ada kursi untuk Anda" in client.get(f"/angkatan/{code}/tunggu").text
    assert "Terima kursi" in client.get(f"/pendaftaran/{number}").text
    client.post(f"/pendaftaran/{number}/terima")
    assert status_of(rows, number) == "REQUESTED"
    assert "Riwayat" in client.get("/pendaftaran").text


def test_a_declined_offer_leaves_the_list(office, rows, full):
    code, seat = full
    client = office.visit("pegawai")
    client.post(f"/angkatan/{code}/tunggu")
    with transaction(rows):
        enrolments.cancel_enrolment(rows, SYSTEM, seat, **ON)
    ((number,),) = ask(rows, select(Enrolment.id).where(Enrolment.id != seat))
    client.post(f"/pendaftaran/{number}/lewatkan")
    assert status_of(rows, number) == "CANCELLED"


def test_the_centre_reads_names_and_offers_what_is_free_and_others_read_none(office, rows, full):
    code, seat = full
    with transaction(rows):
        waiting_list.join_waiting_list(rows, SYSTEM, make_person(rows, name="Rahma Penunggu").nip, code, **ON)
    assert "Rahma Penunggu" in office.visit("balai").get(f"/angkatan/{code}/tunggu").text
    assert "Rahma Penunggu" not in office.visit("pegawai").get(f"/angkatan/{code}/tunggu").text
    with transaction(rows):
        rows.scalars(select(Batch).where(Batch.code == code)).one().seats = 2
    answer = office.visit("balai").post(f"/angkatan/{code}/tunggu/tawarkan", follow_redirects=True)
    assert "1 kursi ditawarkan" in answer.text
    assert office.visit("pegawai").post(f"/angkatan/{code}/tunggu/tawarkan").status_code == 403


def test_conditions_are_written_as_rows_and_read_in_words(office, rows, full):
    code, _ = full
    client = office.visit("balai")
    assert client.get(f"/angkatan/{code}/syarat").text.count("<h1") == 1
    more = client.post(f"/angkatan/{code}/syarat", data={
        "rows": "more", "mode": "rows", "join": "all", **{f"rows-{place}-kind": "" for place in range(3)}})
    assert more.text.count('name="rows-') > client.get(f"/angkatan/{code}/syarat").text.count('name="rows-')
    client.post(f"/angkatan/{code}/syarat", data={
        "mode": "rows", "join": "any", "rows-0-kind": "golongan_from", "rows-0-operand": "III/c",
        "rows-1-kind": "job_classes", "rows-1-operand": "PENGAWAS, ADMINISTRATOR", "rows-1-reverse": "y",
        "rows-2-kind": "tenure_months", "rows-2-number": "24", "rows-3-kind": ""})
    ((stored,),) = ask(rows, select(Batch.conditions).where(Batch.code == code))
    assert stored == {"any": [{"golongan_from": "III/c"}, {"not": {"job_classes": ["PENGAWAS", "ADMINISTRATOR"]}},
                              {"tenure_months": 24}]}
    shown = client.get(f"/angkatan/{code}").text
    assert "golongan paling rendah III/c, atau bukan: jenjang" in shown
    assert 'value="III/c"' in client.get(f"/angkatan/{code}/syarat").text


@pytest.mark.parametrize(("fields", "said"), [
    ({"mode": "rows", "join": "all", "rows-0-kind": "training", "rows-0-operand": "TIDAK-ADA"}, "/all/0/training"),
    ({"mode": "rows", "join": "all", "rows-0-kind": "tenure_months", "rows-0-number": "dua"}, "isi angkanya"),
    ({"mode": "json", "join": "all", "stored": "{"}, "JSON ini tidak dapat dibaca"),
    ({"mode": "json", "join": "all", "stored": '{"any": [{"units": ["X"]}]}'}, "/any/0/units/0")])
def test_wrong_conditions_are_refused_where_they_are_wrong_and_nothing_is_kept(office, rows, full, fields, said):
    code, _ = full
    answer = office.visit("balai").post(f"/angkatan/{code}/syarat", data=fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert ask(rows, select(Batch.conditions).where(Batch.code == code)) == [({},)]


def test_a_list_is_rehearsed_then_confirmed(office, rows):
    with transaction(rows):
        code = make_batch(rows, "BMD-DASAR", first_day=SOON, seats=5).code
        nips = [make_person(rows).nip for _ in range(3)]
    client = office.visit("balai")
    content = "nip\n" + "\n".join([nips[0], "123", nips[1], "198504122010012999", nips[2]])
    rehearsal = client.post(f"/angkatan/{code}/impor", data={"file": (BytesIO(content.encode()), "peserta.csv")})
    assert "3 dari 5 baris" in rehearsal.text
    assert "NIP salah" in rehearsal.text
    assert ask(rows, select(Enrolment.id)) == []
    kept = rehearsal.text.split('name="kept" value="')[1].split('"')[0]
    client.post(f"/angkatan/{code}/impor", data={"tulis": "ya", "kept": kept})
    assert len(ask(rows, select(Enrolment.id).where(Enrolment.status == "APPROVED", Enrolment.source == "IMPORT"))) == 3


@pytest.mark.parametrize("data", [{}, {"kept": "rusak"}, {"file": (BytesIO(b"nama\nA\n"), "a.csv")},
                                  {"file": (BytesIO(b"\xff\xfe\x00"), "a.csv")}])
def test_a_file_that_is_no_list_is_refused_on_its_page(office, full, data):
    answer = office.visit("balai").post(f"/angkatan/{full[0]}/impor", data=data)
    assert answer.status_code == 400
    assert "k-errs" in answer.text


@pytest.mark.parametrize("address", ["/angkatan/{}/syarat", "/angkatan/{}/impor"])
@pytest.mark.parametrize("username", ["pegawai", "mutasi"])
def test_only_the_centre_sets_conditions_and_loads_lists(office, full, address, username):
    assert office.visit(username).get(address.format(full[0])).status_code == 403


def test_who_has_nobody_below_him_reads_so(office):
    assert "Tidak ada pegawai" in office.visit("pegawai").get("/permintaan-bawahan").text
