"""The pages of a batch's meetings."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_batch
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import Batch, BatchTrainer, Enrolment, Meeting, Person, Room, Trainer
from kompetensi.services.unit_of_work import transaction

MONDAY = date(2027, 4, 12)


@pytest.fixture
def rows(office):
    """A session beside the application; held open, the application's context would keep who has signed in."""
    with office.app.app_context():
        engine = state(office.app).db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def code(rows):
    """A batch of five days with a room and a trainer, who teaches elsewhere on its first morning."""
    with transaction(rows):
        room = Room(name="Ruang Uji", place="Kota Gorontalo", seats=40)
        trainer = Trainer(code="UJI-1", name="Rahma Pakaya", agency="BKPSDM")
        rows.add_all([room, trainer])
        rows.flush()
        batch = make_batch(rows, "BMD-DASAR", first_day=MONDAY, stages=[("CLASSICAL", 5)], room_id=room.id)
        rows.add(BatchTrainer(batch_id=batch.id, trainer_id=trainer.id))
        return batch.code


def held(rows):
    rows.rollback()
    rows.expunge_all()
    found = list(rows.scalars(select(Meeting).order_by(Meeting.day, Meeting.starts, Meeting.id)))
    rows.expunge_all()
    rows.rollback()
    return found


def lesson(**change):
    return {"subject": "1", "day": MONDAY.isoformat(), "starts": "07:30", "ends": "09:00", "jp": "2",
            "trainers-0-code": "UJI-1", "trainers-0-jp": ""} | change


def test_the_centre_fills_in_the_meetings_of_a_batch(office, rows, code):
    centre = office.visit("balai")
    assert "belum mempunyai pertemuan" in centre.get(f"/angkatan/{code}/pertemuan").text
    shown = centre.get(f"/angkatan/{code}/pertemuan/susun").text
    assert "Belum ada yang ditulis" in shown
    assert held(rows) == []
    assert centre.post(f"/angkatan/{code}/pertemuan/susun").status_code == 303
    page = centre.get(f"/angkatan/{code}/pertemuan").text
    assert "Senin, 12 April 2027" in page
    assert "Rahma Pakaya" in page
    assert "Ruang Uji" in page
    assert centre.post(f"/angkatan/{code}/pertemuan/susun").status_code == 409


def test_a_meeting_is_added_changed_and_cancelled_by_hand(office, rows, code):
    centre = office.visit("balai")
    assert "Pertemuan baru" in centre.get(f"/angkatan/{code}/pertemuan/baru").text
    assert centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson()).status_code == 303
    (meeting,) = held(rows)
    assert (meeting.starts, meeting.ends, meeting.jp) == (450, 540, 2)
    assert 'value="07:30"' in centre.get(f"/pertemuan/{meeting.id}/ubah").text
    assert centre.post(f"/pertemuan/{meeting.id}/ubah", data=lesson(starts="08:00", ends="09:30")).status_code == 303
    assert held(rows)[0].starts == 480
    assert "08.00–09.30" in centre.get(f"/pertemuan/{meeting.id}/batalkan").text
    assert centre.post(f"/pertemuan/{meeting.id}/batalkan").status_code == 303
    assert held(rows)[0].cancelled
    assert "Dibatalkan (1)" in centre.get(f"/angkatan/{code}/pertemuan").text


def test_a_clash_is_told_with_both_sides_and_nothing_is_kept(office, rows, code):
    centre = office.visit("balai")
    centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson())
    refused = centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson(starts="08:00", ends="09:30"))
    assert refused.status_code == 400
    assert "Rahma Pakaya mengajar dua kali pada 12 April 2027" in refused.text
    assert len(held(rows)) == 1


def test_a_burden_is_kept_with_a_tick(office, rows, code):
    with transaction(rows):
        rows.scalars(select(Trainer).where(Trainer.code == "UJI-1")).one().yearly_jp = 1
    centre = office.visit("balai")
    refused = centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson())
    assert refused.status_code == 400
    assert "lebih dari 1 JP setahun" in refused.text
    assert 'name="accept"' in refused.text
    assert centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson(accept="y")).status_code == 303
    assert "melebihi batas" in centre.get(f"/angkatan/{code}/pertemuan").text
    assert "Beban JP" in centre.get(f"/benturan?dari={MONDAY}").text


def test_wrong_input_is_told_at_its_field(office, rows, code):
    centre = office.visit("balai")
    for change, words in (({"day": (TODAY - timedelta(days=3)).isoformat()}, "sudah lewat"), ({"jp": "9"}, "9 JP perlu 405"),
                          ({"starts": "pagi"}, "Isi dengan jam"), ({"subject": "77"}, "tidak ada dalam daftar"),
                          ({"trainers-0-code": "TAK-ADA"}, "Periksa baris 1")):
        refused = centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson(**change))
        assert refused.status_code == 400
        assert words in refused.text
    assert held(rows) == []
    more = centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson(rows="trainers"))
    assert 'name="trainers-1-code"' in more.text
    far = centre.post(f"/angkatan/{code}/pertemuan/baru", data=lesson(day="9999-12-31"))
    assert far.status_code == 400
    assert "31 Desember 2199" in far.text
    for days in ("dari=besok", "dari=9999-12-31", "dari=0001-01-01", "sampai=9999-12-31", "dari=2027-01-01&sampai=2020-01-01"):
        assert centre.get(f"/benturan?{days}").status_code == 400


def test_an_employee_sees_the_meetings_and_changes_none(office, rows, code):
    office.visit("balai").post(f"/angkatan/{code}/pertemuan/baru", data=lesson())
    employee = office.visit("pegawai")
    page = employee.get(f"/angkatan/{code}/pertemuan")
    assert page.status_code == 200
    assert "Tambah pertemuan" not in page.text
    number = held(rows)[0].id
    for answer in (employee.get(f"/angkatan/{code}/pertemuan/baru"), employee.get(f"/pertemuan/{number}/ubah"),
                   employee.post(f"/pertemuan/{number}/batalkan"), employee.post(f"/angkatan/{code}/pertemuan/susun"),
                   employee.get("/benturan")):
        assert answer.status_code == 403


def test_a_table_is_rehearsed_and_its_good_rows_are_written(office, rows, code):
    centre = office.visit("balai")
    address = f"/angkatan/{code}/pertemuan/impor"
    assert centre.get(f"/angkatan/{code}/pertemuan/templat").text.startswith("hari,mulai,selesai")
    assert "gladi dahulu" in centre.get(address).text
    table = (b"hari,mulai,selesai,mata_pelatihan,jp,ruang,pengajar\n2027-04-12,07.30,09.00,Materi inti,2,Ruang Uji,UJI-1\n"
             b"2027-04-12,08.00,09.30,Materi inti,2,,UJI-1\n")
    shown = centre.post(address, data={"file": (io.BytesIO(table), "pertemuan.csv")}).text
    assert "mengajar dua kali" in shown
    assert held(rows) == []
    kept = shown.split('name="kept" value="')[1].split('"')[0]
    assert centre.post(address, data={"kept": kept, "tulis": "ya"}).status_code == 303
    assert [(meeting.starts, meeting.jp) for meeting in held(rows)] == [(450, 2)]
    for wrong, words in ((b"bukan tabel", "tidak dapat dibaca"), (b"", "Pilih berkas")):
        refused = centre.post(address, data={"file": (io.BytesIO(wrong), "x.csv")} if wrong else {})
        assert refused.status_code == 400
        assert words in refused.text


def test_rows_that_carry_a_burden_are_written_with_a_tick(office, rows, code):
    with transaction(rows):
        rows.scalars(select(Trainer).where(Trainer.code == "UJI-1")).one().yearly_jp = 1
    centre = office.visit("balai")
    address = f"/angkatan/{code}/pertemuan/impor"
    table = b"hari,mulai,selesai,mata_pelatihan,pengajar\n2027-04-12,07.30,09.00,Materi inti,UJI-1\n"
    refused = centre.post(address, data={"file": (io.BytesIO(table), "pertemuan.csv"), "tulis": "ya"})
    assert refused.status_code == 400
    assert "lebih dari 1 JP setahun" in refused.text
    kept = refused.text.split('name="kept" value="')[1].split('"')[0]
    assert centre.post(address, data={"kept": kept, "tulis": "ya", "accept": "y"}).status_code == 303
    assert len(held(rows)) == 1


def test_a_batch_is_copied_after_a_look_at_its_days(office, rows, code):
    centre = office.visit("balai")
    centre.post(f"/angkatan/{code}/pertemuan/susun")
    assert "Tahun 2027" in centre.get(f"/angkatan/{code}/salin").text
    looked = centre.post(f"/angkatan/{code}/salin", data={"first_day": "2027-05-02", "lihat": "ya"})
    assert "Senin, 3" in looked.text
    made = centre.post(f"/angkatan/{code}/salin", data={"first_day": "2027-05-02"})
    assert made.status_code == 303
    assert code in centre.get(made.location).text
    refused = centre.post(f"/angkatan/{code}/salin", data={"first_day": "2020-05-02"})
    assert refused.status_code == 400
    assert "sudah lewat" in refused.text
    assert office.visit("pegawai").post(f"/angkatan/{code}/salin", data={"first_day": "2027-05-02"}).status_code == 403


def test_a_batch_is_cancelled_after_its_participants_are_shown(office, rows, code):
    with transaction(rows):
        batch = rows.scalars(select(Batch).where(Batch.code == code)).one()
        person = rows.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
        rows.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
        batch.seats_taken, batch.min_participants = 1, 10
    centre = office.visit("balai")
    assert "Kurang 9 peserta" in centre.get(f"/angkatan/{code}").text.replace("<b>", "").replace("</b>", "")
    shown = centre.get(f"/angkatan/{code}/batalkan").text
    assert "kursi yang disetujui" in shown
    assert "Ningsih Pakaya" in shown
    assert centre.post(f"/angkatan/{code}/batalkan", data={"reason": "Peserta kurang"}).status_code == 303
    again = centre.get(f"/angkatan/{code}/batalkan")
    assert again.status_code == 200
    assert "tidak ada yang dapat dibatalkan lagi" in again.text


def test_kind_number_and_quotas_are_part_of_the_form(office, rows, code):
    centre = office.visit("balai")
    form = {"status": "OPEN", "seats": "20", "min_participants": "5", "cost_idr": "0", "run_cost_idr": "1000000",
            "organiser_code": "75-BKPSDM", "kind": "CONTRIBUTION", "number": "7", "stages-0-mode": "CLASSICAL",
            "stages-0-first_day": "2027-06-14", "stages-0-last_day": "2027-06-18", "subjects-0-name": "Materi",
            "subjects-0-jp": "40", "quotas-0-unit_code": "75-DIKBUD", "quotas-0-reserved": "5"}
    assert "Angkatan I Tahun 2026" in centre.get("/angkatan/baru?pelatihan=BMD-DASAR").text
    assert centre.post("/angkatan/baru?pelatihan=BMD-DASAR", data=form).location.endswith("/angkatan/BMD-DASAR-2027-07")
    page = centre.get("/angkatan/BMD-DASAR-2027-07").text
    assert "Kontribusi" in page
    assert "5 disimpan sampai 14 Juni 2027" in page
    refused = centre.post("/angkatan/baru?pelatihan=BMD-DASAR", data=form)
    assert refused.status_code == 400
    assert "Angkatan VII Tahun 2027 sudah ada" in refused.text
    wrong = centre.post("/angkatan/BMD-DASAR-2027-07/ubah", data=form | {"quotas-0-reserved": "21"})
    assert "21 kursi disimpan" in wrong.text
