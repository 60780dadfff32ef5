"""Pages of the training centre's resources: what they answer first, what they refuse, what they say afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import TODAY, make_batch, make_nip
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import HolidayOverride, Person, Room, Trainer, Travel, WorkingHours
from kompetensi.services.unit_of_work import transaction

MONDAY = date(2026, 12, 7)
ROOM = {"name": "Ruang Limboto", "place": "Kampus BKPSDM, Kota Gorontalo", "seats": "30", "features": ["PROJECTOR"],
        "unit_code": "75-BKPSDM"}
GUEST = {"name": "Adisti Lamohamad", "agency": "Bawaslu Bolmong Utara", "employee_type": "PNS", "grade_code": "III/c",
         "unit_code": "75-BKPSDM"}


@pytest.fixture
def database(office):
    """Return a function that runs in a session of the office's database, committed at its end."""
    with office.app.app_context():
        engine = state(office.app).db.engine

    def run(act):
        with Session(engine, expire_on_commit=False) as session, transaction(session):
            return act(session)

    return run


@pytest.fixture
def balai(office):
    return office.visit("balai")


def first(rows):
    return lambda session: session.scalars(select(rows)).one()


PAGES = ("/ruang", "/ruang/baru", "/pengajar", "/pengajar/baru", "/hari-kerja", "/hari-kerja?tahun=2027", "/hari-kerja/hari",
         "/hari-kerja/jam/75-BKPSDM", "/waktu-tempuh", "/peserta-luar", "/peserta-luar/baru")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_page_opens_with_one_answer_in_both_languages(balai, address, lang):
    balai.set_cookie("kompetensi_lang", lang)
    answer = balai.get(address)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("address", PAGES)
def test_hr_and_a_civil_servant_are_refused_with_who_may(office, address):
    for username in ("mutasi", "pegawai"):
        answer = office.visit(username).get(address)
        assert answer.status_code == 403
        assert "balai pelatihan" in answer.text


@pytest.mark.parametrize("address", ["/ruang", "/pengajar", "/hari-kerja", "/waktu-tempuh"])
def test_an_admin_looks_and_changes_nothing(office, address):
    admin = office.visit("admin")
    page = admin.get(address)
    assert page.status_code == 200
    assert 'method="post" action="/ruang' not in page.text
    assert admin.post("/ruang/baru", data=ROOM).status_code == 403
    assert admin.get("/peserta-luar").status_code == 403


def test_a_room_is_made_found_changed_closed_and_retired(balai, database):
    made = balai.post("/ruang/baru", data=ROOM, follow_redirects=True)
    assert "Ruang Limboto tersimpan." in made.text
    room = database(first(Room))
    assert "bebas mulai hari ini" in made.text
    assert "1 dari 1 ruang" in balai.get("/ruang?kursi=20&fasilitas=PROJECTOR").text
    assert "Tidak ada ruang yang cocok" in balai.get("/ruang?kursi=31").text
    batch = database(lambda session: make_batch(session, "BMD-DASAR", first_day=MONDAY, room_id=room.id).code)
    closing = {"first_day": MONDAY.isoformat(), "last_day": MONDAY.isoformat(), "reason": "Atap bocor"}
    refused = balai.post(f"/ruang/{room.id}/tutup", data=closing)
    assert (refused.status_code, batch in refused.text) == (400, True)
    assert "Pindahkan angkatannya dahulu" in refused.text
    done = balai.post(f"/ruang/{room.id}/tutup", data=closing | {"despite": "y"}, follow_redirects=True)
    assert f"Ruang ditutup. Perlu dipindahkan: {batch} (7 Desember 2026 sampai 9 Desember 2026)." in done.text
    again = balai.post(f"/ruang/{room.id}/hentikan", data={"retired_on": MONDAY.isoformat()})
    assert (again.status_code, "masih dipakai" in again.text) == (400, True)
    last = (MONDAY + timedelta(days=9)).isoformat()
    assert "tidak dipakai lagi mulai" in balai.post(
        f"/ruang/{room.id}/hentikan", data={"retired_on": last}, follow_redirects=True).text
    assert balai.post(f"/ruang/{room.id}/ubah", data=ROOM | {"seats": "0"}).status_code == 400
    assert "Penutupan ditarik kembali." in balai.post("/ruang/penutupan/1/buka", follow_redirects=True).text


def test_what_is_no_number_day_or_feature_is_refused_in_words(balai):
    for address, words in (("/ruang?kursi=banyak", "bukan bilangan"), ("/ruang?dari=besok", "bukan tanggal"),
                           ("/ruang?fasilitas=KOLAM", "bukan fasilitas"), ("/hari-kerja?tahun=1900", "Tahun antara"),
                           ("/ruang?dari=2027-01-02&sampai=2027-01-01", "sebelum tanggal awal")):
        answer = balai.get(address)
        assert (answer.status_code, words in answer.text) == (400, True), address
    assert balai.get("/ruang/4711").status_code == 404
    assert balai.get("/pengajar/WI-99").status_code == 404


def test_a_trainer_is_entered_with_what_he_may_teach_and_his_absence(balai, database):
    form = {"code": "WI-01", "name": "Rahma Pakaya", "agency": "BKPSDM", "home_place": "Limboto", "yearly_jp": "100",
            "unit_code": "75-BKPSDM", "qualifications-0-subject": "P:BMD-DASAR", "qualifications-1-subject": "K:TEK-BMD",
            "qualifications-1-level": "5"}
    made = balai.post("/pengajar/baru", data=form, follow_redirects=True)
    assert made.status_code == 200
    assert "disebut namanya" in made.text
    assert "100 JP" in made.text
    trainer = database(first(Trainer))
    assert trainer.code == "WI-01"
    assert "1 dari 1 pengajar" in balai.get("/pengajar?pelatihan=BMD-DASAR").text
    wrong = balai.post("/pengajar/WI-01/ubah", data=form | {"qualifications-1-level": ""})
    assert (wrong.status_code, "menyebut levelnya" in wrong.text) == (400, True)
    unknown = balai.post("/pengajar/WI-01/ubah", data=form | {"nip": "123"})
    assert unknown.status_code == 400
    more = balai.post("/pengajar/WI-01/ubah", data=form | {"rows": "qualifications"})
    assert (more.status_code, "qualifications-3-subject" in more.text) == (200, True)
    away = {"first_day": MONDAY.isoformat(), "last_day": MONDAY.isoformat(), "reason": "Cuti"}
    assert "Ketidakhadiran dicatat." in balai.post("/pengajar/WI-01/tidak-hadir", data=away, follow_redirects=True).text
    twice = balai.post("/pengajar/WI-01/tidak-hadir", data=away)
    assert (twice.status_code, "Sudah tercatat tidak hadir" in twice.text) == (400, True)
    assert "ditarik kembali" in balai.post("/pengajar/tidak-hadir/1/batal", follow_redirects=True).text


def test_a_year_shows_why_each_day_differs_with_source_and_confidence(balai):
    text = balai.get("/hari-kerja?tahun=2027").text
    for words in ("Hari Kemerdekaan Republik Indonesia", "Cuti Bersama Hari Raya Natal", "pustaka holidays",
                  "Dari ingatan, belum diperiksa", "Perpres 21/2023"):
        assert words in text
    assert "Cuti bersama 2031 belum diketahui" in balai.get("/hari-kerja?tahun=2031").text


def test_a_day_is_closed_and_hours_are_set_from_the_page(balai, database):
    decision = {"unit_code": "75-BKPSDM", "day": MONDAY.isoformat(), "kind": "CLOSED", "name": "Hari jadi", "source": "SK 1",
                "confidence": "verified"}
    done = balai.post("/hari-kerja/hari", data=decision, follow_redirects=True)
    assert "Keputusan tersimpan." in done.text
    assert "Hari jadi" in done.text
    past = balai.post("/hari-kerja/hari", data=decision | {"day": "2026-01-05"})
    assert (past.status_code, "hari yang lalu tidak diubah" in past.text) == (400, True)
    row = database(first(HolidayOverride))
    back = balai.post(f"/hari-kerja/hari/{row.id}/hapus", follow_redirects=True)
    assert "Keputusan untuk 7 Desember 2026 ditarik kembali." in back.text
    hours = {f"day_{weekday}": "" for weekday in range(2, 8)} | {
        "day_1": "08.00-14.00", "valid_from": MONDAY.isoformat(), "source": "SE 1", "confidence": "verified"}
    assert "08.00–14.00" in balai.post("/hari-kerja/jam/75-BKPSDM", data=hours, follow_redirects=True).text
    assert database(first(WorkingHours)).starts == 480
    bad = balai.post("/hari-kerja/jam/75-BKPSDM", data=hours | {"day_1": "pagi"})
    assert (bad.status_code, "bukan jam kerja" in bad.text) == (400, True)


def test_a_way_is_kept_from_the_page(balai, database):
    way = {"place": "Limboto", "other_place": "Kota Gorontalo", "minutes": "30"}
    assert "Waktu tempuh tersimpan." in balai.post("/waktu-tempuh", data=way, follow_redirects=True).text
    assert database(first(Travel)).minutes == 30
    same = balai.post("/waktu-tempuh", data=way | {"other_place": "Limboto"})
    assert (same.status_code, "dua tempat yang berbeda" in same.text) == (400, True)


def test_a_guest_is_entered_opened_and_changed_and_hr_does_not_find_him(office, balai, database):
    nip = make_nip(date(1988, 3, 14))
    wrong = balai.post("/peserta-luar/baru", data=GUEST | {"nip": nip[:-1]})
    assert (wrong.status_code, "18 angka" in wrong.text) == (400, True)
    differs = balai.post("/peserta-luar/baru", data=GUEST | {"nip": nip, "birth_date": "1988-03-15"})
    assert (differs.status_code, "14 Maret 1988, bukan 15 Maret 1988" in differs.text) == (400, True)
    made = balai.post("/peserta-luar/baru", data=GUEST | {"nip": nip}, follow_redirects=True)
    assert "Bawaslu Bolmong Utara" in made.text
    assert "1 peserta luar" in balai.get("/peserta-luar?q=bawaslu").text
    changed = balai.post(f"/peserta-luar/{nip}/ubah", data=GUEST | {"agency": "KPU Gorontalo"}, follow_redirects=True)
    assert "KPU Gorontalo" in changed.text
    guest = database(lambda session: session.scalars(select(Person).where(Person.nip == nip)).one())
    assert guest.outside_agency == "KPU Gorontalo"
    hr = office.visit("mutasi")
    assert "Lamohamad" not in hr.get("/pegawai?q=Adisti").text
    assert hr.get(f"/pegawai/{nip}").status_code == 403


def test_the_centres_day_leads_to_its_resources(balai):
    assert 'href="/ruang"' in balai.get("/balai").text
    assert TODAY < MONDAY
