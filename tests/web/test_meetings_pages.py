"""The pages of a batch's meetings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import TODAY, make_batch
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import BatchTrainer, Meeting, Room, Trainer
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
    assert centre.get("/benturan?dari=besok").status_code == 400


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
