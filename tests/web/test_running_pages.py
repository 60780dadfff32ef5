"""The pages of a running and an ended batch: attendance, checking in, results, evaluation."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_meeting, make_person
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import check_in_key, state
from kompetensi.messages import WITA
from kompetensi.models import (
    Attendance,
    Batch,
    BatchTrainer,
    Enrolment,
    EvaluationAnswer,
    EvaluationForm,
    EvaluationReceipt,
    Meeting,
    MeetingAttendance,
    Person,
    ResultAttempt,
    Trainer,
)
from kompetensi.rules.check_in import participant_code
from kompetensi.services.unit_of_work import transaction


@pytest.fixture
def rows(office):
    """A session beside the application; held open, the application's context would keep who has signed in."""
    with office.app.app_context():
        engine = state(office.app).db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


def clear(rows):
    rows.rollback()
    rows.expunge_all()


def ask(rows, query):
    """Read what the pages have written, and let go of the database before the next request."""
    clear(rows)
    found = list(rows.scalars(query))
    rows.expunge_all()
    rows.rollback()
    return found


def minute_now(office):
    with office.app.app_context():
        local = state(office.app).clock.now().astimezone(WITA)
    return local.hour * 60 + local.minute


@pytest.fixture
def running(office, rows):
    """A batch with a meeting now and one yesterday; `pegawai` and two others take part."""
    starts = max(minute_now(office) - 5, 0)
    with transaction(rows):
        batch = make_batch(rows, "BMD-DASAR", first_day=TODAY - timedelta(days=1), stages=[("CLASSICAL", 5)])
        own = rows.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
        for person in (own, make_person(rows, name="Abdul Gani"), make_person(rows, name="Botutihe Siti")):
            rows.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
        make_meeting(rows, batch, day=TODAY - timedelta(days=1), title="Pembukaan")
        now = make_meeting(rows, batch, day=TODAY, starts=starts, ends=min(starts + 120, 24 * 60), title="Kebijakan aset")
        found = batch.code, now.id
    clear(rows)
    return found


@pytest.fixture
def over(office, rows):
    """A batch that ended yesterday; `pegawai` was there on all days, another never."""
    with transaction(rows):
        batch = make_batch(rows, "PBJ-L1", first_day=TODAY - timedelta(days=3), seats_taken=2)
        own = rows.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
        for person, there in ((own, True), (make_person(rows, name="Abdul Gani"), False)):
            enrolment = Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW)
            rows.add(enrolment)
            rows.flush()
            rows.add_all([Attendance(enrolment_id=enrolment.id, day=TODAY - timedelta(days=days), present=there)
                          for days in (1, 2, 3)])
        code = batch.code
    clear(rows)
    return code


@pytest.mark.parametrize("path", ["/kehadiran", "/kehadiran/{id}", "/kehadiran/{id}/lembar", "/kehadiran/{id}/qr",
                                  "/kehadiran/kartu", "/hasil", "/hasil/siasn", "/hasil/siasn.jsonl", "/hasil/siasn.xlsx",
                                  "/evaluasi/hasil"])
def test_the_centre_opens_every_page_and_nobody_else_does(office, running, path):
    code, number = running
    address = f"/angkatan/{code}{path.format(id=number)}"
    page = office.visit("balai").get(address)
    assert page.status_code == 200, page.text
    if page.mimetype == "text/html":
        assert page.text.count("<h1") == 1
    for username in ("pegawai", "mutasi"):
        assert office.visit(username).get(address).status_code == 403


@pytest.mark.parametrize("address", ["/evaluasi/formulir", "/evaluasi/formulir/baru"])
def test_only_a_centre_keeps_forms(office, address):
    assert office.visit("balai").get(address).text.count("<h1") == 1
    assert office.visit("pegawai").get(address).status_code == 403


@pytest.mark.parametrize(("address", "status"), [
    ("/angkatan/TIDAK-ADA/kehadiran", 404), ("/angkatan/TIDAK-ADA/hasil", 404), ("/angkatan/TIDAK-ADA/evaluasi", 404),
    ("/evaluasi/formulir/999", 404), ("/evaluasi/pengajar/TIDAK-ADA", 404), ("/evaluasi/pengajar", 409),
    ("/angkatan/{}/kehadiran/99999", 404), ("/angkatan/{}/hasil/siasn.doc", 404), ("/angkatan/{}/kartu", 409),
    ("/hadir/peserta/{}/XXXXX-XXXXX", 404), ("/hadir/peserta/TIDAK-ADA/XXXXX-XXXXX", 404), ("/hadir/bukan-kode", 400)])
def test_addresses_that_mean_nothing_get_a_page_that_says_so(office, running, address, status):
    page = office.visit("balai").get(address.format(running[0]))
    assert page.status_code == status
    assert "<h1" in page.text


# --- attendance --------------------------------------------------------------------------------------------------------


def states(rows, number):
    return [row.state for row in ask(rows, select(MeetingAttendance).where(MeetingAttendance.meeting_id == number)
                                     .order_by(MeetingAttendance.enrolment_id))]


def test_a_list_is_kept_by_one_form_and_the_rest_by_one_choice(office, rows, running):
    code, number = running
    client, address = office.visit("balai"), f"/angkatan/{code}/kehadiran/{number}"
    page = client.get(address).text
    nips = re.findall(r'name="nip-(\d{18})"', page)
    assert len(nips) == 3
    shown = {f"nip-{nip}": "1" for nip in nips}
    first = office.nips["pegawai"]
    kept = client.post(address, data=shown | {f"keadaan-{first}": "LATE", "sisanya": ""}, follow_redirects=True)
    assert "1 catatan baru atau berubah" in kept.text
    assert states(rows, number) == ["LATE"]
    client.post(address, data=shown | {f"keadaan-{first}": "LATE", "sisanya": "ABSENT"})
    assert states(rows, number) == ["LATE", "ABSENT", "ABSENT"]
    assert "<b>1 dari 3</b>" in client.get(address).text


def test_a_list_with_a_state_that_is_none_is_refused(office, rows, running):
    code, number = running
    answer = office.visit("balai").post(f"/angkatan/{code}/kehadiran/{number}", data={
        f"keadaan-{office.nips['pegawai']}": "MUNGKIN"})
    assert answer.status_code == 400
    assert states(rows, number) == []


def test_the_matrix_shows_who_is_below_the_minimum(office, running):
    code, number = running
    client = office.visit("balai")
    client.post(f"/angkatan/{code}/kehadiran/{number}", data={f"keadaan-{office.nips['pegawai']}": "PRESENT"})
    page = client.get(f"/angkatan/{code}/kehadiran").text
    assert "<b>2 peserta</b>" in page
    assert "di bawah batas kehadiran 80 %" in page
    assert "1 pertemuan</b> sudah lewat dan belum dicatat" in page


def test_the_sheet_names_everybody_with_room_to_sign(office, running):
    code, number = running
    page = office.visit("balai").get(f"/angkatan/{code}/kehadiran/{number}/lembar").text
    assert page.count("sign-") == 3
    assert "Tanda tangan" in page


def test_a_participant_scans_the_room_and_is_present(office, rows, running):
    code, number = running
    room = office.visit("balai").get(f"/angkatan/{code}/kehadiran/{number}/qr")
    assert 1 <= int(room.headers["Refresh"]) <= 60
    token = re.search(r"/hadir/([\w.-]+)", room.text).group(1)
    visitor = office.visit().get(f"/hadir/{token}")
    assert visitor.status_code == 302  # signs in first, and comes back
    assert token in visitor.headers["Location"]
    client = office.visit("pegawai")
    assert "Ya, saya hadir" in client.get(f"/hadir/{token}").text
    assert states(rows, number) == []
    assert "Ningsih Pakaya tercatat <b>hadir</b>" in client.post(f"/hadir/{token}").text
    assert states(rows, number) == ["PRESENT"]
    assert "sudah tercatat sebelumnya" in client.get(f"/hadir/{token}").text
    stranger = office.visit("mutasi").post(f"/hadir/{token}")
    assert stranger.status_code == 409
    assert "bukan peserta" in stranger.text
    assert "<b>1</b> dari 3 sudah tercatat" in office.visit("balai").get(f"/angkatan/{code}/kehadiran/{number}/qr").text


def test_outside_of_its_hours_the_room_shows_no_code(office, rows, running):
    code, number = running
    with transaction(rows):
        meeting = rows.get(Meeting, number)
        meeting.starts, meeting.ends = (1300, 1400) if minute_now(office) < 600 else (0, 60)
    clear(rows)
    page = office.visit("balai").get(f"/angkatan/{code}/kehadiran/{number}/qr").text
    assert "data:image" not in page
    assert "Kode tampil mulai" in page or "ditutup" in page


def code_of(office, rows, code):
    (enrolment,) = ask(rows, select(Enrolment).join(Person, Enrolment.person_id == Person.id)
                       .where(Person.nip == office.nips["pegawai"]))
    with office.app.app_context():
        return participant_code(check_in_key(), enrolment.id)


def test_the_centre_types_a_participants_code(office, rows, running):
    code, number = running
    secret = code_of(office, rows, code)
    assert secret in office.visit("pegawai").get(f"/angkatan/{code}/kartu").text
    assert secret in office.visit("balai").get(f"/angkatan/{code}/kehadiran/kartu").text
    client, address = office.visit("balai"), f"/angkatan/{code}/kehadiran/{number}/kode"
    wrong = client.post(address, data={"code": "AAAAA-AAAAA"})
    assert wrong.status_code == 400
    assert "bukan milik peserta" in wrong.text
    assert client.post(address, data={"code": ""}).status_code == 400
    done = client.post(address, data={"code": secret.lower().replace("-", " ")}, follow_redirects=True).text
    assert "Ningsih Pakaya tercatat: Hadir." in done
    assert states(rows, number) == ["PRESENT"]


def test_the_centre_scans_a_participants_code(office, rows, running):
    code, number = running
    address = f"/hadir/peserta/{code}/{code_of(office, rows, code)}"
    client = office.visit("balai")
    assert "Kebijakan aset" in client.get(address).text
    assert "Ningsih Pakaya tercatat: Hadir." in client.post(address, data={"pertemuan": number}, follow_redirects=True).text
    assert states(rows, number) == ["PRESENT"]
    assert office.visit("pegawai").get(address).status_code == 403
    for odd in ("", "x", "9" * 30):
        assert client.post(address, data={"pertemuan": odd}).status_code in (404, 409)


# --- results -----------------------------------------------------------------------------------------------------------


def results_form(page, **filled):
    """Return what the browser would send of the page's form, with some cells filled in by NIP."""
    data = {"on": TODAY.isoformat()}
    for place, nip in re.findall(r'name="results-(\d+)-nip"[^>]*value="(\d+)"', page):
        data |= {f"results-{place}-nip": nip, f"results-{place}-outcome": "", f"results-{place}-score": ""}
        data |= {f"results-{place}-{name}": value for name, value in filled.get(f"n{nip}", {}).items()}
    return data


def test_results_are_filled_in_as_proposed_looked_at_and_saved(office, rows, over):
    client, address = office.visit("balai"), f"/angkatan/{over}/hasil"
    page = client.get(address).text
    own = office.nips["pegawai"]
    data = results_form(page, **{f"n{own}": {"score": "88,5"}})
    proposed = client.post(address, data=data | {"isi": "usulan"}).text
    assert "Belum tersimpan." in proposed
    assert ask(rows, select(ResultAttempt)) == []
    assert proposed.count('<option value="PASSED" selected>') == 1
    assert proposed.count('<option value="ABSENT" selected>') == 1
    data = results_form(page, **{f"n{own}": {"score": "88,5", "outcome": "PASSED"}})
    assert client.post(address, data=data).status_code == 303
    (kept,) = ask(rows, select(ResultAttempt))
    assert (kept.kind, kept.outcome, kept.score_hundredths) == ("FINAL", "PASSED", 8850)


def test_a_pass_against_the_proposal_asks_for_its_reason_and_keeps_what_was_typed(office, rows, over):
    client, address = office.visit("balai"), f"/angkatan/{over}/hasil"
    page = client.get(address).text
    (other,) = set(re.findall(r'name="results-\d+-nip"[^>]*value="(\d+)"', page)) - {office.nips["pegawai"]}
    refused = client.post(address, data=results_form(page, **{f"n{other}": {"score": "90", "outcome": "PASSED"}}))
    assert refused.status_code == 400
    assert "Tidak tercatat hadir sama sekali." in refused.text
    assert 'value="90"' in refused.text
    assert client.post(address, data=results_form(page, **{f"n{other}": {
        "score": "90", "outcome": "PASSED", "note": "Mengikuti angkatan pengganti."}})).status_code == 303
    assert [row.note for row in ask(rows, select(ResultAttempt))] == ["Mengikuti angkatan pengganti."]


def test_a_file_fills_the_form_and_saves_nothing(office, rows, over):
    client, address = office.visit("balai"), f"/angkatan/{over}/hasil/berkas"
    content = f"nip,hasil,nilai\n{office.nips['pegawai']},lulus,91\n199001012020121001,lulus,80\nabc,lulus,80\n"
    page = client.post(address, data={"file": (io.BytesIO(content.encode()), "hasil.csv")})
    assert page.status_code == 200
    assert "2 baris berkas tidak dapat dipakai" in page.text
    assert "Baris 3, nip" in page.text
    assert 'value="91"' in page.text
    assert ask(rows, select(ResultAttempt)) == []
    assert client.post(address, data={"file": (io.BytesIO(b"\xff"), "hasil.csv")}).status_code == 400
    assert client.post(address, data={}).status_code == 400


@pytest.mark.pdf
def test_the_tick_orders_the_certificates_of_those_who_passed(office, rows, over):
    client, address = office.visit("balai"), f"/angkatan/{over}/hasil"
    data = results_form(client.get(address).text, **{f"n{office.nips['pegawai']}": {"score": "91", "outcome": "PASSED"}})
    answer = client.post(address, data=data | {"issue": "y"})
    assert answer.status_code == 303
    assert "/pekerjaan/" in answer.headers["Location"]
    job = client.get(answer.headers["Location"]).text
    assert "Ningsih Pakaya" in job
    export = client.get(f"/angkatan/{over}/hasil/siasn").text
    assert "pnsOrangId belum diketahui" in export


# --- evaluation --------------------------------------------------------------------------------------------------------


def form_of(page):
    """Return what the browser would send of the editor's rows."""
    chosen = {name: re.search(r'value="(\w+)" selected', options).group(1) for name, options in re.findall(
        r'<select[^>]*name="(questions-\d+-\w+)"[^>]*>(.*?)</select>', page, re.DOTALL)}
    return dict(re.findall(r'name="(questions-\d+-\w+)"[^>]*value="([^"]*)"', page)) | chosen


def test_a_centre_publishes_a_form_and_a_participant_answers_it_once(office, rows, over):
    balai, pegawai = office.visit("balai"), office.visit("pegawai")
    assert "belum menyiapkan" in pegawai.get(f"/angkatan/{over}/evaluasi").text
    page = balai.get("/evaluasi/formulir/baru").text
    assert balai.post("/evaluasi/formulir/baru", data=form_of(page) | {"name": "", "unit_code": "75"}).status_code == 400
    assert balai.post("/evaluasi/formulir/baru", data=form_of(page) | {
        "name": "Evaluasi", "unit_code": "75"}).status_code == 303
    (form,) = ask(rows, select(EvaluationForm))
    assert len(form.questions) == 7
    asked = pegawai.get(f"/angkatan/{over}/evaluasi").text
    keys = set(re.findall(r'name="jawab-(\w+)"', asked))
    assert keys == {"P1", "P2", "P3", "P6"}  # nobody is recorded as trainer of this batch
    missing = pegawai.post(f"/angkatan/{over}/evaluasi", data={"jawab-P1": "5", "jawab-P6": "Baik."})
    assert missing.status_code == 400
    assert "Belum dijawab" in missing.text
    assert "Baik.</textarea>" in missing.text
    sent = pegawai.post(f"/angkatan/{over}/evaluasi", data={f"jawab-{key}": "4" for key in keys}, follow_redirects=True)
    assert "Terima kasih atas evaluasi Anda" in sent.text
    assert pegawai.post(f"/angkatan/{over}/evaluasi", data={"jawab-P1": "1"}).status_code == 409
    assert len(ask(rows, select(EvaluationAnswer))) == len(ask(rows, select(EvaluationReceipt))) == 1
    assert "paling sedikit 5 peserta" in balai.get(f"/angkatan/{over}/evaluasi/hasil").text


def test_a_trainer_finds_what_was_said_of_him_from_the_batch(office, rows, over):
    with transaction(rows):
        own = rows.scalars(select(Person).where(Person.nip == office.nips["mutasi"])).one()
        trainer = Trainer(code="WI-U", name="Fitria Monoarfa", person_id=own.id)
        batch = rows.scalars(select(Batch).where(Batch.code == over)).one()
        rows.add(trainer)
        rows.flush()
        rows.add(BatchTrainer(batch_id=batch.id, trainer_id=trainer.id))
    clear(rows)
    client = office.visit("mutasi")
    assert "/evaluasi/pengajar" in client.get(f"/angkatan/{over}").text
    assert "Belum ada evaluasi yang dapat ditampilkan" in client.get("/evaluasi/pengajar").text
    assert "/evaluasi/pengajar" not in office.visit("pegawai").get(f"/angkatan/{over}").text


def test_a_form_is_changed_and_ended(office, rows):
    balai = office.visit("balai")
    page = balai.get("/evaluasi/formulir/baru").text
    balai.post("/evaluasi/formulir/baru", data=form_of(page) | {"name": "Evaluasi", "unit_code": "75"})
    (form,) = ask(rows, select(EvaluationForm))
    more = balai.post(f"/evaluasi/formulir/{form.id}", data=form_of(page) | {"rows": "questions", "name": "X", "unit_code": "75"})
    assert more.text.count('-text"') > page.count('-text"')
    balai.post(f"/evaluasi/formulir/{form.id}", data={"name": "Singkat", "unit_code": "75", "questions-0-code": "P1",
                                                      "questions-0-text": "Puas?", "questions-0-kind": "SCALE",
                                                      "questions-0-about": "BATCH"})
    assert [row.version for row in ask(rows, select(EvaluationForm).order_by(EvaluationForm.id))] == [1, 2]
    balai.post(f"/evaluasi/formulir/{form.id}/akhiri")
    assert all(row.retired_on == TODAY for row in ask(rows, select(EvaluationForm)))
    assert "tidak dipakai sejak" in balai.get("/evaluasi/formulir").text
