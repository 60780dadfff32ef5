"""Signing in, being kept out, signing out, changing one's own password."""

from __future__ import annotations

import re

import pytest

PASSWORD = "benang karawo emas"
NEW_PASSWORD = "hujan sore di Limboto"


def sign_in(browser, username: str, password: str = PASSWORD, **more: str):
    return browser.post("/masuk", data={"username": username, "password": password, **more})


def test_a_civil_servant_signs_in_with_his_nip_written_in_groups(office):
    nip = office.nips["pegawai"]
    answer = sign_in(office.visit(), f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}")
    assert answer.status_code == 302


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(office):
    wrong, unknown = (sign_in(office.visit(), name, "bukan sandinya") for name in ("pegawai", "siapa"))
    assert wrong.status_code == unknown.status_code == 401
    shown = [re.sub(r'name="csrf_token" value="[^"]*"|value="(pegawai|siapa)"', "", answer.text)
             for answer in (wrong, unknown)]
    assert shown[0] == shown[1]


def test_what_was_typed_stays_but_never_the_password(office):
    text = sign_in(office.visit(), "pegawai", "bukan sandinya").text
    assert 'value="pegawai"' in text
    assert "bukan sandinya" not in text


def test_after_many_wrong_tries_the_door_stays_closed_for_a_while(office):
    visitor = office.visit()
    for _ in range(office.app.config["KOMPETENSI_LOGIN_ATTEMPTS"]):
        sign_in(visitor, "pegawai", "bukan sandinya")
    answer = sign_in(visitor, "pegawai")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_who_wanted_a_page_gets_there_after_signing_in(office):
    visitor = office.visit()
    sent = visitor.get("/pesan").headers["Location"]
    assert sent == "/masuk?next=/pesan"
    assert 'name="next" value="/pesan"' in visitor.get(sent).text
    assert sign_in(visitor, "pegawai", next="/pesan").headers["Location"] == "/pesan"


@pytest.mark.parametrize("elsewhere", ["https://contoh.id", "//contoh.id/pesan", "/\\contoh.id", "pesan"])
def test_signing_in_never_leads_to_another_site(office, elsewhere):
    assert sign_in(office.visit(), "pegawai", next=elsewhere).headers["Location"] == "/"


def test_an_empty_form_names_both_fields(office):
    answer = office.visit().post("/masuk", data={})
    assert answer.status_code == 400
    assert 'href="#username"' in answer.text
    assert 'href="#password"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2


def test_after_signing_out_the_pages_are_closed_again(office):
    browser = office.visit("pegawai")
    assert browser.get("/pesan").status_code == 200
    assert browser.post("/keluar").headers["Location"] == "/masuk"
    assert browser.get("/pesan").status_code == 302


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(office):
    here, elsewhere = office.visit("pegawai"), office.visit("pegawai")
    answer = here.post("/akun/sandi", data={"present": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert answer.status_code == 303
    assert here.get("/akun").status_code == 200
    assert elsewhere.get("/akun").status_code == 302
    assert sign_in(office.visit(), "pegawai", NEW_PASSWORD).status_code == 302


@pytest.mark.parametrize(("form", "field"), [
    ({"present": "salah sekali ini", "password": NEW_PASSWORD, "again": NEW_PASSWORD}, "present"),
    ({"present": PASSWORD, "password": "pendek", "again": "pendek"}, "password"),
    ({"present": PASSWORD, "password": NEW_PASSWORD, "again": "lain sama sekali"}, "again"),
])
def test_a_refused_password_change_says_at_which_field(office, form, field):
    answer = office.visit("pegawai").post("/akun/sandi", data=form)
    assert answer.status_code == 400
    assert re.search(rf'<p class="msg" id="{field}-e">', answer.text)
    assert sign_in(office.visit(), "pegawai").status_code == 302


def test_a_form_without_its_token_is_refused(office):
    office.app.config["WTF_CSRF_ENABLED"] = True
    answer = office.visit().post("/masuk", data={"username": "pegawai", "password": PASSWORD})
    assert answer.status_code == 400
    assert "sudah terlalu lama terbuka" in answer.text
