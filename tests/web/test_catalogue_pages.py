"""The pages of the catalogue, as the readers of each role meet them."""

from __future__ import annotations

import io
import re

import pytest
from applications import build_app
from sqlalchemy import func, select

from kompetensi.context import state
from kompetensi.models import AuditEntry, Position, PositionStandard, Post, Training, Unit
from kompetensi.rules.access import Actor, Grant, Role

READER = Actor("account:1", "Pegawai")


@pytest.fixture
def app(databases, reference_url):
    """The application on its own copy of the reference tables."""
    return build_app(databases.new(template=reference_url))


@pytest.fixture
def rows(app):
    with app.app_context():
        yield state(app).db.session


def unit_id(rows, code="75"):
    return rows.scalars(select(Unit.id).where(Unit.code == code)).one()


@pytest.fixture
def as_hr(sign_in, rows):
    return sign_in(Actor("account:2", "Pengelola", grants=(Grant(Role.HR, unit_id(rows)),)))


@pytest.fixture
def as_centre(sign_in, rows):
    return sign_in(Actor("account:3", "Balai", grants=(Grant(Role.TRAINING_CENTRE, unit_id(rows)),)))


@pytest.fixture
def as_admin(sign_in, rows):
    return sign_in(Actor("account:4", "Admin", grants=(Grant(Role.ADMIN, unit_id(rows)),)))


def fields_of(page: str) -> dict[str, str | list[str]]:
    """Return what a browser would send for the last form of a page as it stands."""
    form = page.rsplit('<form method="post"', 1)[1].split("</form>", 1)[0]
    sent: dict[str, str | list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and not (kind and kind[1] in ("radio", "checkbox") and " checked" not in tag):
            sent[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL):
        sent[name] = body.replace("&#34;", '"')
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option(?: selected)? value="([^"]*)"(?= selected)|<option selected value="([^"]*)"', body)
        sent[name] = (chosen[1] or chosen[2] or "") if chosen else re.search(r'value="([^"]*)"', body)[1]
    return sent


PAGES = ["/jabatan", "/jabatan?q=aset", "/jabatan?lowong=1", "/jabatan/ADM-KABID-ASET", "/pelatihan", "/pelatihan?q=barang",
         "/pelatihan/BMD-DASAR", "/kompetensi/TEK-BMD", "/kompetensi/MAN-INT", "/graf", "/graf?q=aset",
         "/graf?focus=position:ADM-KABID-ASET", "/graf?focus=competency:TEK-BMD&radius=2", "/graf?focus=training:PKP",
         "/graf/pemeriksaan"]


@pytest.mark.parametrize("address", PAGES)
def test_every_reader_may_look_at_the_catalogue(client, sign_in, address):
    sign_in(READER)
    page = client.get(address)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize("address", PAGES)
def test_a_visitor_is_sent_to_sign_in(client, address):
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("address", [
    "/jabatan/TIDAK-ADA", "/pelatihan/TIDAK-ADA", "/kompetensi/TIDAK-ADA", "/graf?focus=position:TIDAK-ADA",
    "/formasi/TIDAK-ADA"])
def test_what_does_not_exist_is_not_found(client, as_hr, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", [
    "/jabatan?page=0", "/jabatan?page=99", "/jabatan?page=x", "/pelatihan?page=-1", "/graf?radius=9", "/graf?focus=x",
    "/graf/unduh/pdf"])
def test_what_cannot_be_read_is_refused_with_a_page(client, as_hr, address):
    answer = client.get(address)
    assert answer.status_code == 400
    assert "<h1" in answer.text


@pytest.mark.parametrize("address", [
    "/jabatan/baru", "/jabatan/ADM-KABID-ASET/ubah", "/jabatan/ADM-KABID-ASET/standar", "/pelatihan/baru", "/pelatihan/BMD-DASAR/ubah",
    "/impor", "/impor/templat/positions"])
def test_an_ordinary_reader_cannot_open_the_forms(client, sign_in, address):
    sign_in(READER)
    assert client.get(address).status_code == 403


def test_hr_of_one_agency_cannot_change_positions_of_another(client, sign_in, rows):
    sign_in(Actor("account:9", "Pengelola", grants=(Grant(Role.HR, unit_id(rows, "75.01")),)))
    assert client.get("/jabatan/ADM-KABID-ASET/standar").status_code == 403
    assert "Ubah standar" not in client.get("/jabatan/ADM-KABID-ASET").text


def test_search_ignores_case_accents_and_order_of_words(client, sign_in):
    sign_in(READER)
    page = client.get("/jabatan", query_string={"q": "ÁSET  kepala"}).text
    assert "ADM-KABID-ASET" in page
    assert "JPTP-KABAN-BKPSDM" not in page


def test_the_position_page_says_which_level_no_training_reaches(client, sign_in):
    sign_in(READER)
    assert "Level 4 tanpa pelatihan" in client.get("/jabatan/JPTP-KABAN-BKAD").text
    assert "tanpa pelatihan;" not in client.get("/jabatan/ADM-KABID-ASET").text


def test_the_graph_says_what_it_leaves_out_and_links_every_node(client, sign_in):
    sign_in(READER)
    page = client.get("/graf?focus=competency:MAN-INT").text
    drawing = page.split('<svg class="sv" viewBox="0 0 ')[2].split("</svg>")[0]
    assert len(re.findall(r'<a href="', drawing)) <= 60
    assert "Tidak digambar" not in page
    assert "Tidak digambar" in client.get("/graf?focus=position:ADM-KABID-ASET&radius=2").text


def test_the_check_page_has_seven_tables_of_findings(client, sign_in):
    sign_in(READER)
    page = client.get("/graf/pemeriksaan").text
    assert page.count('<section class="k-card"') == 7
    assert "utuh" in page
    assert "IKAN-PENGELOLA" in page


@pytest.mark.parametrize("name", ["graphml", "dot", "json"])
def test_the_graph_can_be_taken_along(client, sign_in, name):
    sign_in(READER)
    answer = client.get(f"/graf/unduh/{name}")
    assert answer.headers["Content-Disposition"].endswith(f'.{name}"')
    assert b"ADM-KABID-ASET" in answer.data


# --- changes -------------------------------------------------------------------------------------------------------


def test_hr_gives_a_position_a_new_dated_standard(client, as_hr, rows):
    sent = fields_of(client.get("/jabatan/ADM-KABID-ASET/standar").text)
    sent |= {"valid_from": "2027-01-01", "reason": "Peraturan Gubernur 4/2026", "min_experience_years": "4"}
    answer = client.post("/jabatan/ADM-KABID-ASET/standar", data=sent)
    assert answer.status_code == 303
    standards = rows.scalars(select(PositionStandard).join(Position).where(
        Position.code == "ADM-KABID-ASET").order_by(PositionStandard.version)).all()
    assert [(str(one.valid_from), str(one.valid_to)) for one in standards[-2:]] == [
        ("2026-11-23", "2026-12-31"), ("2027-01-01", "None")]
    page = client.get("/jabatan/ADM-KABID-ASET").text
    assert "Akan berlaku" in page
    assert "Peraturan Gubernur 4/2026" in page


def test_a_standard_before_the_last_one_is_refused_and_keeps_what_was_typed(client, as_hr, rows):
    sent = fields_of(client.get("/jabatan/ADM-KABID-ASET/standar").text)
    sent |= {"valid_from": "2026-11-23", "reason": "Salah ketik", "min_experience_years": "9"}
    answer = client.post("/jabatan/ADM-KABID-ASET/standar", data=sent)
    assert answer.status_code == 400
    assert "harus mulai sesudah hari itu" in answer.text
    assert 'value="Salah ketik"' in answer.text
    assert rows.scalar(select(func.count()).select_from(AuditEntry)) == entries_of_import(rows)


def entries_of_import(rows) -> int:
    return rows.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "catalogue.import"))


def test_hr_makes_a_position_adds_posts_and_ends_one(client, as_hr, rows):
    answer = client.post("/jabatan/baru", data={
        "code": "adm-uji", "name": "Kepala Bidang Uji", "unit_code": "75-BKPSDM", "class_code": "ADMINISTRATOR",
        "urusan": "KEPEGAWAIAN", "posts": "1"})
    assert answer.headers["Location"].endswith("/jabatan/ADM-UJI")
    assert client.post("/jabatan/ADM-UJI/formasi", data={"count": "2"}).status_code == 303
    assert client.post("/formasi/ADM-UJI-03", data={
        "superior_code": "ADM-UJI-01", "valid_to": "2026-12-31"}).status_code == 303
    post = rows.scalars(select(Post).where(Post.code == "ADM-UJI-03")).one()
    assert (post.superior_post.code, str(post.valid_to)) == ("ADM-UJI-01", "2026-12-31")
    assert "3 dari 3 formasi lowong" in client.get("/jabatan/ADM-UJI").text.replace("<b>", "").replace("</b>", "")


def test_the_centre_changes_a_training_and_the_sum_of_jp_is_checked(client, as_centre, rows):
    sent = fields_of(client.get("/pelatihan/BMD-DASAR/ubah").text)
    wrong = sent | {"subjects-0-name": "Kebijakan", "subjects-0-jp": "8"}
    answer = client.post("/pelatihan/BMD-DASAR/ubah", data=wrong)
    assert answer.status_code == 400
    assert "Tambahkan" in answer.text
    right = wrong | {"subjects-0-jp": sent["jp"], "entry_all": "ORIENTASI-PPPK"}
    assert client.post("/pelatihan/BMD-DASAR/ubah", data=right).status_code == 303
    training = rows.scalars(select(Training).where(Training.code == "BMD-DASAR")).one()
    assert training.entry == {"training": "ORIENTASI-PPPK"}
    assert [subject.name for subject in training.subjects] == ["Kebijakan"]


def test_more_rows_can_be_asked_for_without_losing_or_keeping_anything(client, as_centre, rows):
    sent = fields_of(client.get("/pelatihan/BMD-DASAR/ubah").text)
    answer = client.post("/pelatihan/BMD-DASAR/ubah", data=sent | {"rows": "subjects", "name": "Nama lain"})
    assert answer.status_code == 200
    assert "subjects-5-name" in answer.text
    assert "Nama lain" in answer.text
    assert rows.scalars(select(Training.name).where(Training.code == "BMD-DASAR")).one() != "Nama lain"


def test_an_entry_condition_that_cannot_be_read_is_refused_at_its_field(client, as_centre):
    sent = fields_of(client.get("/pelatihan/BMD-DASAR/ubah").text)
    answer = client.post("/pelatihan/BMD-DASAR/ubah", data=sent | {"entry_mode": "json", "entry_json": "{"})
    assert answer.status_code == 400
    assert "entry_json-e" in answer.text


def test_the_centre_adds_a_training(client, as_centre, rows):
    sent = fields_of(client.get("/pelatihan/baru").text)
    answer = client.post("/pelatihan/baru", data=sent | {
        "code": "UJI-1", "name": "Pelatihan Uji", "jp": "20", "raises-0-competency": "TEK-BMD", "raises-0-level": "4"})
    assert answer.headers["Location"].endswith("/pelatihan/UJI-1")
    assert "TEK-BMD" not in client.get("/graf/pemeriksaan").text


# --- imports -------------------------------------------------------------------------------------------------------


def template_with(line: str) -> bytes:
    return ("code,name,rank_order,confidence\r\n" + line).encode()


def send(client, content: bytes, **fields: str):
    return client.post("/impor", data={"kind": "education-levels", "file": (io.BytesIO(content), "x.csv"), **fields})


def test_an_import_is_rehearsed_then_written(client, as_admin):
    rehearsed = send(client, template_with("SMA,Sekolah Menengah Atas,3,verified\r\n"))
    assert rehearsed.status_code == 200
    assert "Sekolah Menengah Atas" in rehearsed.text
    kept = re.search(r'name="kept" value="([^"]+)"', rehearsed.text)[1]
    written = client.post("/impor", data={"kind": "education-levels", "kept": kept, "tulis": "ya"})
    assert written.status_code == 303
    again = send(client, template_with("SMA,Sekolah Menengah Atas,3,verified\r\n"))
    assert "tidak ada yang perlu ditulis" in again.text


def test_errors_of_an_import_are_shown_by_row_and_column(client, as_admin):
    answer = send(client, template_with("SMA,,tiga,verified\r\n"))
    assert answer.status_code == 400
    assert "rank_order" in answer.text
    assert "Tidak ada yang ditulis" in answer.text


def test_an_import_without_a_file_or_with_a_broken_rehearsal_is_refused(client, as_admin):
    assert client.post("/impor", data={"kind": "education-levels"}).status_code == 400
    assert client.post("/impor", data={"kind": "education-levels", "kept": "!!", "tulis": "ya"}).status_code == 400
    assert client.post("/impor", data={"kind": "nix"}).status_code == 400


def test_a_template_holds_the_columns_of_its_table(client, as_admin):
    assert client.get("/impor/templat/education-levels").data == b"code,name,rank_order,confidence\r\n"
