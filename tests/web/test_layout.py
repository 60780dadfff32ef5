"""The frame that every page stands in: menu, languages, the notice of the demo, headers, errors."""

from __future__ import annotations

import re

import pytest

from kompetensi.blueprints.rendering import page
from kompetensi.errors import KompetensiError
from kompetensi.messages import say


def test_every_page_of_the_demo_says_that_its_people_are_invented(office):
    text = office.visit().get("/masuk").text
    assert "Semua orang dalam demo ini rekaan" in text
    assert "hari 23 November 2026, benih 7" in text


def test_a_reader_may_choose_english_and_comes_back_to_his_page(office):
    visitor = office.visit()
    answer = visitor.post("/tampilan", data={"name": "lang", "value": "en", "next": "/bantuan"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/bantuan")
    assert '<html lang="en"' in visitor.get("/bantuan").text


def test_a_choice_made_while_signed_in_is_there_on_the_next_device(office):
    office.visit("pegawai").post("/tampilan", data={"name": "theme", "value": "dark", "next": "/bantuan"})
    assert 'data-bs-theme="dark"' in office.visit("pegawai").get("/bantuan").text


@pytest.mark.parametrize("form", [{"name": "lang", "value": "fr"}, {"name": "username", "value": "x"}, {}])
def test_a_choice_that_does_not_exist_is_refused(office, form):
    assert office.visit().post("/tampilan", data=form).status_code == 400


@pytest.mark.parametrize("elsewhere", ["https://contoh.id/", "//contoh.id", "/\\contoh.id", "javascript:alert(1)"])
def test_no_choice_leads_to_another_site(office, elsewhere):
    answer = office.visit().post("/tampilan", data={"name": "lang", "value": "en", "next": elsewhere})
    assert answer.headers["Location"] == "/"


def test_a_visitor_reads_the_public_menu_and_an_admin_his_own(office):
    assert 'href="/masuk" aria-current="page"' in office.visit().get("/masuk").text
    text = office.visit("admin").get("/admin/kebijakan/jp.min.PNS").text
    assert 'href="/admin/kebijakan" aria-current="page"' in text
    assert text.count('aria-current="page"><i') == 2  # once in the wide menu, once in the folded one


def test_pages_carry_no_style_or_script_of_their_own(office):
    admin = office.visit("admin")
    for address in ("/bantuan", "/admin", "/admin/kebijakan", "/admin/akun/1", "/akun", "/pesan"):
        answer = admin.get(address)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", answer.text), address


def test_an_address_without_page_is_answered_in_our_words(office):
    answer = office.visit("pegawai").get("/tidak-ada")
    assert answer.status_code == 404
    assert "Kami tidak menemukan yang Anda cari." in answer.text
    assert "Ningsih Pakaya" in answer.text


def test_a_page_beyond_the_reader_s_role_says_so(office):
    answer = office.visit("pegawai").get("/admin")
    assert answer.status_code == 403
    assert "Halaman ini di luar wewenang Anda." in answer.text
    assert "Mengubah kebijakan yang berlaku hanya untuk admin instansi." in answer.text
    assert "minta wewenang kepada admin instansi Anda: Hasan Lamusu." in answer.text
    assert "admin.policies" not in answer.text


def test_a_letter_that_no_database_stores_is_refused(office):
    assert office.visit("admin").get("/admin/akun?q=%00").status_code == 400


@pytest.mark.parametrize("code", [400, 403, 404, 409, 500, 503])
def test_each_error_has_a_page(office, code):
    with office.app.test_request_context("/"):
        answer = page(f"errors/{code}.html", status=code, code=code, error=KompetensiError(say("Sebabnya ini.")))
    assert answer.status_code == code
    assert b"Sebabnya ini." in answer.data
    assert b"Yang dapat Anda lakukan" in answer.data


@pytest.mark.parametrize(("username", "address", "words"), [
    (None, "/cek", "Is this certificate"), (None, "/masuk", "Sign in"), ("pegawai", "/kesiapan", "target"),
    ("balai", "/balai", "today"), ("mutasi", "/mutasi", "transfer case"), ("admin", "/admin", "Overview")])
def test_the_english_switch_changes_the_whole_page(office, username, address, words):
    client = office.visit(username)
    client.set_cookie("kompetensi_lang", "en")
    page = client.get(address, follow_redirects=True)
    assert page.status_code == 200
    assert words in page.text
    assert '<html lang="en"' in page.text
    shown = re.sub(r"<[^>]*>", " ", page.text.split("<body", 1)[1])
    # Words that every Indonesian page has and no English one; names of units and trainings stay Indonesian.
    assert not re.search(r"\b(belum|tidak|untuk|dari|yang|Anda|dengan)\b", shown), shown
