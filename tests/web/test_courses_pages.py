"""The pages of the training centre, and of somebody who looks for a seat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from kompetensi.models import AuditEntry, Batch, Enrolment, Notification, Person, Room, Trainer
from kompetensi.services.unit_of_work import transaction

SOON = TODAY + timedelta(days=14)


def person_of(rows, office, username="pegawai"):
    return rows.scalars(select(Person).where(Person.nip == office.nips[username])).one()


@pytest.fixture
def coming(rows):
    with transaction(rows):
        return make_batch(rows, "BMD-DASAR", first_day=SOON, seats=2, min_participants=2,
                          stages=[("SELF_STUDY", 10), ("CLASSICAL", 5), ("OFF_CAMPUS", 20)]).code


@pytest.fixture
def over(rows):
    """A batch that ended yesterday with three approved participants."""
    with transaction(rows):
        batch = make_batch(rows, "PBJ-L1", first_day=TODAY - timedelta(days=12), seats_taken=3, stages=[("CLASSICAL", 12)])
        for name in ("Rahma Pakaya", "Yunus Hasan", "Zulkifli Moha"):
            rows.add(Enrolment(person_id=make_person(rows, name=name).id, batch_id=batch.id, status="APPROVED",
                               requested_at=NOW))
        return batch.code


def enrolments(rows, code):
    return rows.ask(select(Enrolment).join(Batch).where(Batch.code == code).order_by(Enrolment.id)
               .options(joinedload(Enrolment.person)))


def batch_of(rows, code):
    return rows.ask(select(Batch).where(Batch.code == code).options(selectinload(Batch.stages)))[0]


PAGES = ("/angkatan", "/angkatan?keadaan=selesai", "/angkatan?q=barang", "/angkatan?bulan=2026-12", "/pendaftaran")


@pytest.mark.parametrize("address", PAGES)
def test_every_reader_may_look_for_batches(office, coming, over, address):
    page = office.visit("pegawai").get(address)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize("path", ["", "/ubah", "/batalkan", "/kehadiran", "/hasil"])
def test_the_centre_opens_every_page_of_a_batch(office, over, coming, path):
    for code in (over, coming):
        page = office.visit("balai").get(f"/angkatan/{code}{path}")
        assert page.status_code == 200, page.text
        assert page.text.count("<h1") == 1


@pytest.mark.parametrize("address", ["/balai", "/angkatan/baru", "/angkatan/{}/ubah", "/angkatan/{}/batalkan",
                                     "/angkatan/{}/kehadiran", "/angkatan/{}/hasil"])
@pytest.mark.parametrize("username", ["pegawai", "mutasi"])
def test_only_the_centre_works_on_batches(office, coming, username, address):
    assert office.visit(username).get(address.format(coming)).status_code == 403


@pytest.mark.parametrize(("address", "status"), [
    ("/angkatan/TIDAK-ADA", 404), ("/angkatan?keadaan=entah", 400), ("/angkatan?page=99", 400),
    ("/angkatan?page=x", 400), ("/angkatan?bulan=2026-13", 400), ("/angkatan?pelatihan=TIDAK-ADA", 404),
    ("/balai?bulan=desember", 400), ("/pendaftaran/999/tolak", 404), ("/angkatan/baru?pelatihan=TIDAK-ADA", 404)])
def test_addresses_that_mean_nothing_get_a_page_that_says_so(office, coming, address, status):
    page = office.visit("balai").get(address)
    assert page.status_code == status
    assert "<h1" in page.text


def test_the_day_of_the_centre_names_what_waits(office, rows, coming, over):
    with transaction(rows):
        batch = rows.scalars(select(Batch).where(Batch.code == coming)).one()
        rows.add(Enrolment(person_id=person_of(rows, office).id, batch_id=batch.id, status="REQUESTED",
                           requested_at=NOW))
        batch.seats_taken = 1
    page = office.visit("balai").get("/balai").text
    assert "1 permintaan kursi menunggu: Pelatihan Pengurus Barang Milik Daerah" in page
    assert "baru 1 dari 2 peserta" in page
    assert "3 peserta" in page
    assert f"/angkatan/{over}/hasil" in page


def test_a_quiet_day_says_so(office):
    assert "Tidak ada yang menunggu Anda hari ini." in office.visit("balai").get("/balai").text


def test_the_calendar_shows_a_room_on_the_days_in_class_alone(office, rows):
    with transaction(rows):
        room = Room(name="Ruang Limboto", place="Kampus BKPSDM", seats=30)
        rows.add(room)
        rows.flush()
        for first in (TODAY, TODAY + timedelta(days=1)):  # the second needs a row of its own
            make_batch(rows, "BMD-DASAR", first_day=first, room_id=room.id, stages=[
                ("CLASSICAL", 3), ("OFF_CAMPUS", 30)])
    page = office.visit("balai").get("/balai").text
    assert page.count("Ruang Limboto") == 1
    assert 'rowspan="2"' in page
    assert page.count('<td colspan="3">') == 2
    assert "Ruang Limboto" not in office.visit("balai").get("/balai?bulan=2026-12").text


# --- a seat ----------------------------------------------------------------------------------------------------------


def test_somebody_asks_for_a_seat_and_gives_it_back(office, rows, coming):
    client = office.visit("pegawai")
    assert "Minta kursi untuk saya" in client.get(f"/angkatan/{coming}").text
    page = client.post(f"/angkatan/{coming}/daftar", follow_redirects=True).text
    assert "Kursi diminta." in page
    assert "Menunggu persetujuan" in page
    (enrolment,) = enrolments(rows, coming)
    assert "Menunggu persetujuan" in client.get("/pendaftaran").text
    client.post(f"/pendaftaran/{enrolment.id}/lepas")
    assert enrolments(rows, coming)[0].status == "CANCELLED"
    assert batch_of(rows, coming).seats_taken == 0


def test_a_reader_is_told_why_not_and_what_would_change_it(office, rows):
    with transaction(rows):
        code = make_batch(rows, "BMD-LANJUT", first_day=SOON).code
    client = office.visit("pegawai")
    page = client.get(f"/angkatan/{code}").text
    assert "Minta kursi untuk saya" not in page
    assert "lulus Pelatihan Pengurus Barang Milik Daerah" in page
    assert "Apa yang mengubah ini:" in page
    refused = client.post(f"/angkatan/{code}/daftar")
    assert refused.status_code == 409
    assert "Belum dapat dikerjakan" in refused.text


def test_participants_are_for_the_organiser_alone(office, rows, over):
    for username in ("pegawai", "mutasi"):
        assert "Yunus Hasan" not in office.visit(username).get(f"/angkatan/{over}").text
    assert "Yunus Hasan" in office.visit("balai").get(f"/angkatan/{over}").text
    seen = rows.ask(select(AuditEntry.actor).where(AuditEntry.action == "courses.view_participants"))
    assert len(seen) == 1


def test_the_centre_approves_and_refuses_with_a_reason(office, rows, coming):
    for username in ("pegawai", "mutasi"):
        office.visit(username).post(f"/angkatan/{coming}/daftar")
    first, second = enrolments(rows, coming)
    balai = office.visit("balai")
    assert "Setujui semua 2" in balai.get(f"/angkatan/{coming}").text
    balai.post(f"/pendaftaran/{first.id}/setujui")
    empty = balai.post(f"/pendaftaran/{second.id}/tolak", data={"reason": " "})
    assert empty.status_code == 400
    assert "Tulis alasannya; peserta membacanya." in empty.text
    balai.post(f"/pendaftaran/{second.id}/tolak", data={"reason": "Kuota OPD penuh."})
    assert [row.status for row in enrolments(rows, coming)] == ["APPROVED", "REFUSED"]
    assert "Kuota OPD penuh." in office.visit("mutasi").get(f"/angkatan/{coming}").text
    assert len(rows.ask(select(Notification.id).where(Notification.link == f"/angkatan/{coming}"))) == 2


def test_the_centre_approves_all_at_once(office, rows, coming):
    for username in ("pegawai", "mutasi"):
        office.visit(username).post(f"/angkatan/{coming}/daftar")
    page = office.visit("balai").post(f"/angkatan/{coming}/setujui", follow_redirects=True).text
    assert "2 permintaan disetujui" in page
    assert {row.status for row in enrolments(rows, coming)} == {"APPROVED"}


def test_the_centre_enrols_by_nip_and_hears_what_is_wrong(office, rows, coming):
    balai, nip = office.visit("balai"), office.nips["pegawai"]
    grouped = f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"
    assert f"{balai.post(f'/angkatan/{coming}/peserta', data={'nip': grouped}).headers['Location']}".endswith("#peserta")
    again = balai.post(f"/angkatan/{coming}/peserta", data={"nip": nip})
    assert again.status_code == 409
    assert "Sudah terdaftar" in again.text
    wrong = balai.post(f"/angkatan/{coming}/peserta", data={"nip": "123"})
    assert wrong.status_code == 400
    assert "bukan NIP" in wrong.text
    assert 'value="123"' in wrong.text


@pytest.mark.parametrize("username", ["pegawai", "mutasi"])
def test_nobody_but_the_centre_decides(office, rows, coming, username):
    client = office.visit(username)
    client.post(f"/angkatan/{coming}/daftar")
    (enrolment,) = enrolments(rows, coming)
    for address in (f"/pendaftaran/{enrolment.id}/setujui", f"/pendaftaran/{enrolment.id}/tolak",
                    f"/angkatan/{coming}/setujui", f"/angkatan/{coming}/peserta"):
        assert client.post(address, data={"reason": "x", "nip": office.nips["pegawai"]}).status_code == 403
    assert enrolments(rows, coming)[0].status == "REQUESTED"


def test_nobody_gives_back_the_seat_of_another(office, rows, coming):
    office.visit("mutasi").post(f"/angkatan/{coming}/daftar")
    (enrolment,) = enrolments(rows, coming)
    assert office.visit("pegawai").post(f"/pendaftaran/{enrolment.id}/lepas").status_code == 403


# --- attendance and results ------------------------------------------------------------------------------------------


def test_attendance_is_kept_by_days_of_a_grid(office, rows, over):
    balai = office.visit("balai")
    page = balai.get(f"/angkatan/{over}/kehadiran").text
    batch, nips = batch_of(rows, over), [row.person.nip for row in enrolments(rows, over)]
    assert page.count('name="hari"') == page.count(f'/{nips[0]}"')
    days = [batch.first_day + timedelta(days=offset) for offset in (1, 2)]
    saved = balai.post(f"/angkatan/{over}/kehadiran", data={
        "hari": [day.isoformat() for day in days], "hadir": [f"{days[0]}/{nips[0]}", f"{days[1]}/{nips[1]}"]},
        follow_redirects=True)
    assert "Kehadiran 2 hari tersimpan." in saved.text
    assert "50,0\N{NO-BREAK SPACE}%" in balai.get(f"/angkatan/{over}").text


@pytest.mark.parametrize("sent", [{"hari": "kemarin"}, {"hari": "2026-11-12", "hadir": "2026-11-13/1"},
                                  {"hari": "2030-01-01"}, {"hari": "2026-11-12", "hadir": "2026-11-12/123"}])
def test_attendance_that_cannot_be_is_refused(office, over, sent):
    assert office.visit("balai").post(f"/angkatan/{over}/kehadiran", data=sent).status_code == 400


def results_form(rows, code, *lines):
    sent = {"on": TODAY.isoformat()}
    for number, (row, (outcome, score)) in enumerate(zip(enrolments(rows, code), lines, strict=True)):
        sent |= {f"results-{number}-nip": row.person.nip, f"results-{number}-outcome": outcome,
                 f"results-{number}-score": score}
    return sent


def test_results_of_all_participants_are_kept_at_once(office, rows, over):
    balai = office.visit("balai")
    page = balai.post(f"/angkatan/{over}/hasil", data=results_form(
        rows, over, ("PASSED", "92,75"), ("FAILED", ""), ("", "")), follow_redirects=True).text
    assert [(row.outcome, row.score_hundredths) for row in enrolments(rows, over)] == [
        ("PASSED", 9275), ("FAILED", None), (None, None)]
    assert "sangat memuaskan" in page
    assert "1 peserta lulus dan belum menerima sertifikat." in page
    form = balai.get(f"/angkatan/{over}/hasil").text
    assert 'value="92,75"' in form
    assert "<b>1 peserta</b>" in form


@pytest.mark.parametrize("line", [("PASSED", "101"), ("PASSED", "baik"), ("", "80"), ("ABSENT", "80"), ("HEBAT", "")])
def test_a_wrong_result_names_the_row_and_keeps_nothing(office, rows, over, line):
    refused = office.visit("balai").post(f"/angkatan/{over}/hasil", data=results_form(
        rows, over, ("PASSED", "90"), line, ("", "")))
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert {row.outcome for row in enrolments(rows, over)} == {None}


# --- batches -----------------------------------------------------------------------------------------------------------


def batch_form(**changes):
    first = SOON + timedelta(days=7)
    return {
        "status": "OPEN", "seats": "30", "min_participants": "10", "cost_idr": "1500000", "registration_until": "",
        "room_id": "", "place": "Aula", "organiser_code": "75-BKPSDM", "kind": "REGULAR",
        "stages-0-name": "Tatap muka", "stages-0-mode": "CLASSICAL", "stages-0-first_day": first.isoformat(),
        "stages-0-last_day": (first + timedelta(days=4)).isoformat(), "stages-1-name": "", "stages-1-mode": "",
        "stages-1-first_day": "", "stages-1-last_day": "", "subjects-0-name": "Kebijakan", "subjects-0-jp": "40",
        "subjects-1-name": "", "subjects-1-jp": ""} | changes


def test_the_centre_plans_a_batch_from_a_training(office, rows):
    with transaction(rows):
        rows.add_all([Room(name="Ruang Limboto", place="Kampus BKPSDM", seats=30),
                      Trainer(code="WI-01", name="Ridwan Tome", agency="BKPSDM")])
    balai = office.visit("balai")
    assert "BMD-DASAR" in balai.get("/angkatan/baru").text
    form = balai.get("/angkatan/baru?pelatihan=BMD-DASAR").text
    assert "Angkatan baru: Pelatihan Pengurus Barang Milik Daerah" in form
    assert "Ruang Limboto, Kampus BKPSDM (30 kursi)" in form
    made = balai.post("/angkatan/baru?pelatihan=BMD-DASAR", data=batch_form(**{
        "place": "", "room_id": str(rows.ask(select(Room.id))[0]), "trainers-0-code": "WI-01",
        "trainers-0-role": "PENGUJI"}), follow_redirects=True)
    assert "Angkatan BMD-DASAR-2026-01 tersimpan." in made.text
    assert "Ridwan Tome" in made.text
    assert batch_of(rows, "BMD-DASAR-2026-01").place == "Kampus BKPSDM"


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"seats": "0"}, "Isi antara 1 dan 999."), ({"subjects-0-jp": "39"}, "Tambahkan 1 JP"),
    ({"stages-0-last_day": ""}, "Isi cara, hari mulai dan hari selesai."), ({"stages-0-mode": "ZOOM"}, "baris"),
    ({"stages-0-mode": "", "stages-0-first_day": "", "stages-0-last_day": ""}, "paling sedikit satu tahap"),
    ({"organiser_code": "TIDAK-ADA"}, "tidak ada dalam daftar"), ({"min_participants": "31"}, "0 sampai 30"),
    ({"registration_until": "2030-01-01"}, "paling akhir pada hari pertama")])
def test_a_batch_that_contradicts_itself_is_shown_again_with_what_was_typed(office, rows, changes, sentence):
    refused = office.visit("balai").post("/angkatan/baru?pelatihan=BMD-DASAR", data=batch_form(**changes))
    assert refused.status_code == 400
    assert sentence in refused.text
    assert 'value="1500000"' in refused.text
    assert rows.ask(select(Batch)) == []


def test_more_rows_can_be_asked_for_without_losing_what_was_typed(office, rows):
    page = office.visit("balai").post("/angkatan/baru?pelatihan=BMD-DASAR", data=batch_form(rows="stages", place="Aula Lama"))
    assert page.status_code == 200
    assert "stages-3-name" in page.text
    assert 'value="Aula Lama"' in page.text
    assert rows.ask(select(Batch)) == []


def test_a_batch_is_edited_from_what_it_says_now(office, rows, coming):
    balai = office.visit("balai")
    page = balai.get(f"/angkatan/{coming}/ubah").text
    assert 'value="Tahap 3"' in page
    assert 'value="Kota Gorontalo"' in page
    kept = balai.post(f"/angkatan/{coming}/ubah", data=batch_form(seats="12"))
    assert kept.status_code == 303, kept.text
    changed = batch_of(rows, coming)
    assert (changed.seats, len(changed.stages), changed.first_day) == (12, 1, SOON + timedelta(days=7))


def test_a_batch_is_cancelled_with_a_reason_that_everybody_reads(office, rows, coming):
    office.visit("pegawai").post(f"/angkatan/{coming}/daftar")
    balai = office.visit("balai")
    assert balai.post(f"/angkatan/{coming}/batalkan", data={"reason": ""}).status_code == 400
    page = balai.post(f"/angkatan/{coming}/batalkan", data={"reason": "Peserta kurang."}, follow_redirects=True).text
    assert "1 orang diberi tahu" in page
    seen = office.visit("pegawai").get(f"/angkatan/{coming}").text
    assert "dibatalkan" in seen
    assert "Peserta kurang." in seen
