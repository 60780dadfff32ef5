"""The editor of certificate templates, as a training centre uses it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from graduates import make_finished_batch, make_graduate

from kompetensi.context import state
from kompetensi.services.unit_of_work import transaction

NEW = {"unit": "75-BKPSDM", "code": "STTPP-2026", "name": "STTPP biasa", "kind": "STTPP"}
TEXT = {"front": "{{ blok.judul }}{{ blok.nama }}<p>{{ isian.tema }}</p>", "back": "", "css": "", "languages": "id,en",
        "fields-0-name": "tema", "fields-0-label": "Tema", "fields-0-type": "text", "fields-0-value": "Melayani",
        "note": "Tema ditambahkan"}


@pytest.fixture
def editor(office):
    """A training centre's browser, and the address of a template of its own."""
    client = office.visit("balai")
    made = client.post("/templat-sertifikat/baru", data=NEW)
    assert made.status_code == 303, made.text
    return client, made.headers["Location"].removesuffix("/ubah")


@pytest.fixture
def batch(office):
    with office.app.app_context():
        session = state().db.session
        with transaction(session):
            batch = make_finished_batch(session)
            make_graduate(session, batch, name="Wa Ode Siti Nurhaliza")
            return batch.code


def test_a_template_is_written_saved_published_and_retired(editor):
    client, address = editor
    assert client.post(f"{address}/ubah", data=TEXT).status_code == 303
    shown = client.get(address).text
    assert "Tema ditambahkan" in shown
    assert "masih rancangan" in shown
    assert client.post(f"{address}/terbitkan/2").status_code == 303
    assert "Versi 2" in client.get(address).text
    assert "1 templat" in client.get("/templat-sertifikat").text
    assert client.post(f"{address}/hentikan").status_code == 303
    assert "tidak dipakai lagi" in client.get(address).text


def test_the_editor_comes_back_with_what_was_saved(editor):
    client, address = editor
    client.post(f"{address}/ubah", data=TEXT)
    shown = client.get(f"{address}/ubah").text
    assert "{{ isian.tema }}" in shown
    assert re.search(r'value="tema"', shown)


def test_what_is_wrong_is_said_by_line_and_the_text_stays(editor, batch):
    client, address = editor
    wrong = TEXT | {"front": "baris satu\n{{ sertifikat.namaa }}", "coba": "1", "angkatan": batch}
    answer = client.post(f"{address}/ubah", data=wrong)
    assert answer.status_code == 400
    assert "baris 2" in answer.text
    assert "sertifikat.namaa" in answer.text
    del wrong["coba"]
    assert client.post(f"{address}/ubah", data=wrong).status_code == 303
    assert client.post(f"{address}/terbitkan/2").status_code == 409


def test_a_preview_is_made_on_real_participants_and_stores_nothing(editor, batch):
    client, address = editor
    answer = client.post(f"{address}/ubah", data=TEXT | {"coba": "1", "angkatan": batch})
    assert answer.status_code == 200, answer.text
    assert "Wa Ode Siti Nurhaliza" in answer.text
    assert "data:application/pdf;base64,JVBERi" in answer.text
    assert "Tema ditambahkan" not in client.get(address).text


def test_a_preview_of_a_batch_that_is_none_is_refused(editor):
    client, address = editor
    assert client.post(f"{address}/ubah", data=TEXT | {"coba": "1", "angkatan": "TIADA"}).status_code == 400


def test_a_picture_is_uploaded_as_a_field(editor):
    client, address = editor
    picture = (BytesIO(b"\x89PNG\r\n\x1a\n"), "logo.png")
    data = TEXT | {"front": '<img src="{{ isian.logo }}" alt="Logo">', "fields-0-name": "logo", "fields-0-label": "Logo",
                   "fields-0-type": "image", "fields-0-value": "", "fields-0-image": picture}
    assert client.post(f"{address}/ubah", data=data, content_type="multipart/form-data").status_code == 303
    assert client.post(f"{address}/terbitkan/2").status_code == 303
    assert "data:image/png;base64," in client.get(address).text


def test_a_value_of_another_type_is_refused(editor):
    client, address = editor
    answer = client.post(f"{address}/ubah", data=TEXT | {"fields-0-type": "number"})
    assert answer.status_code == 400
    assert "bilangan bulat" in answer.text


def test_nobody_else_sees_templates(office, editor):
    for username in ("pegawai", "mutasi", "admin"):
        assert office.visit(username).get("/templat-sertifikat").status_code == 403
        assert office.visit(username).get(editor[1]).status_code == 403


def test_a_front_that_covers_the_stamp_is_warned_of_and_not_published(editor, batch):
    client, address = editor
    stamped = "<p style='position:absolute;left:110mm;top:150mm;width:30mm'>Cap basah</p>"
    wrong = TEXT | {"front": TEXT["front"] + stamped}
    tried = client.post(f"{address}/ubah", data=wrong | {"coba": "1", "angkatan": batch})
    assert "Tempat stempel tanda tangan tertutup" in tried.text
    assert "Cap basah" in tried.text.split("Tempat stempel", 1)[1]
    assert client.post(f"{address}/ubah", data=wrong).status_code == 303
    shown = client.get(address).text
    assert "Tempat stempel tanda tangan tertutup" in shown
    assert "Pakai versi 2" not in shown
    refused = client.post(f"{address}/terbitkan/2")
    assert refused.status_code == 409
    assert "Cap basah" in refused.text
    client.post(f"{address}/ubah", data=TEXT)
    assert "Pakai versi 3" in client.get(address).text
    assert client.post(f"{address}/terbitkan/3").status_code == 303
