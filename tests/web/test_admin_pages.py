"""The admin's pages: accounts and roles, policies, the audit log; and what a person finds about himself."""

from __future__ import annotations

import json
from datetime import date

import pytest
from factories import NOW, TODAY, make_person
from sqlalchemy import select

from kompetensi.context import state
from kompetensi.messages import say
from kompetensi.models import AuditEntry, Person, Policy, RoleGrant
from kompetensi.services.inbox import notify

ADMIN_PAGES = ("/admin", "/admin/akun", "/admin/akun/baru", "/admin/jejak", "/admin/kebijakan",
               "/admin/kebijakan/jp.min.PNS")


@pytest.mark.parametrize("address", ADMIN_PAGES)
def test_only_an_admin_opens_the_admin_pages(office, address):
    assert office.visit("admin").get(address).status_code == 200
    for username in ("mutasi", "balai", "pegawai"):
        assert office.visit(username).get(address).status_code == 403


def test_an_account_is_made_for_a_person_found_by_nip(office):
    with office.app.app_context():
        nip = make_person(state().db.session, name="Rahmat Gobel").nip
        state().db.session.commit()
    admin = office.visit("admin")
    answer = admin.post("/admin/akun/baru", data={"nip": nip, "username": "", "password": "sawah hijau di Telaga"})
    assert answer.status_code == 303
    assert "Rahmat Gobel" in admin.get(answer.headers["Location"]).text
    assert office.visit().post("/masuk", data={"username": nip, "password": "sawah hijau di Telaga"}).status_code == 302


@pytest.mark.parametrize(("form", "field", "says"), [
    ({"nip": "", "username": "", "password": ""}, "nip", "wajib diisi"),
    ({"nip": "199001012015012999", "username": "", "password": ""}, "nip", "Tidak ada pegawai"),
    ({"nip": "own", "username": "", "password": ""}, "nip", "sudah punya akun"),
])
def test_a_refused_account_says_at_which_field_and_why(office, form, field, says):
    if form["nip"] == "own":
        form = form | {"nip": office.nips["pegawai"]}
    answer = office.visit("admin").post("/admin/akun/baru", data=form)
    assert answer.status_code == 400
    assert f'id="{field}-e"' in answer.text
    assert says in answer.text


def test_a_role_is_granted_for_a_unit_and_a_period_and_ended_again(office):
    admin, number = office.visit("admin"), office.account_ids["pegawai"]
    granted = admin.post(f"/admin/akun/{number}/wewenang", data={
        "role": "HR", "unit_code": "75-BKPSDM", "valid_from": "2026-11-23", "valid_to": "2027-11-22"})
    assert granted.status_code == 303
    with office.app.app_context():
        grant = state().db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == number)).one()
        assert (grant.role, grant.valid_to) == ("HR", date(2027, 11, 22))
        grant_id = grant.id
    assert admin.post(f"/admin/wewenang/{grant_id}/akhiri").status_code == 303
    assert "Berakhir" in admin.get(f"/admin/akun/{number}").text


def test_a_role_whose_last_day_is_past_is_refused_at_its_field(office):
    answer = office.visit("admin").post(f"/admin/akun/{office.account_ids['pegawai']}/wewenang", data={
        "role": "HR", "unit_code": "75", "valid_from": "2026-11-23", "valid_to": "2026-11-01"})
    assert answer.status_code == 400
    assert 'id="valid_to-e"' in answer.text
    assert 'value="2026-11-01"' in answer.text


def test_the_last_admin_keeps_his_role(office):
    admin = office.visit("admin")
    with office.app.app_context():
        grant_id = state().db.session.scalars(select(RoleGrant.id).where(RoleGrant.role == "ADMIN")).one()
    answer = admin.post(f"/admin/wewenang/{grant_id}/akhiri")
    assert answer.status_code == 409
    assert "terakhir" in answer.text
    assert admin.get("/admin").status_code == 200


def test_an_account_that_is_switched_off_is_out_at_once(office):
    browser, number = office.visit("pegawai"), office.account_ids["pegawai"]
    office.visit("admin").post(f"/admin/akun/{number}/aktif", data={"aktif": "tidak"})
    assert browser.get("/akun").status_code == 302
    office.visit("admin").post(f"/admin/akun/{number}/aktif", data={"aktif": "ya"})
    assert office.visit("pegawai").get("/akun").status_code == 200


def test_a_password_that_an_admin_gives_must_be_long_enough(office):
    admin, address = office.visit("admin"), f"/admin/akun/{office.account_ids['pegawai']}/sandi"
    assert admin.post(address, data={"password": "pendek"}).status_code == 400
    assert admin.post(address, data={"password": "danau Limboto pagi"}).status_code == 303
    assert office.visit().post(
        "/masuk", data={"username": "pegawai", "password": "danau Limboto pagi"}).status_code == 302


@pytest.mark.parametrize("address", ["/admin/akun/4000", "/admin/akun/99999999999999999999", "/admin/kebijakan/tidak.ada"])
def test_what_does_not_exist_is_not_found(office, address):
    assert office.visit("admin").get(address).status_code == 404


@pytest.mark.parametrize("query", ["dari=kemarin", "sampai=2026-13-01", "sebelum=x", "sebelum=99999999999999999999"])
def test_a_filter_that_cannot_be_read_is_refused(office, query):
    assert office.visit("admin").get(f"/admin/jejak?{query}").status_code == 400


def test_the_audit_log_is_filtered_by_person_and_area(office):
    admin = office.visit("admin")
    assert "Ningsih Pakaya" in admin.get("/admin/jejak?q=ningsih&area=admin").text
    assert "Tidak ada jejak yang cocok" in admin.get("/admin/jejak?q=ningsih&area=mutasi").text


def test_the_audit_log_goes_on_page_by_page_without_gap_or_repetition(office):
    with office.app.app_context():
        session = state().db.session
        session.add_all(AuditEntry(at=NOW, actor="system:kompetensi", action="catalogue.import", subject_kind="table",
                                   subject_id=f"tabel-{number:03}", detail={}) for number in range(120))
        session.commit()
    admin, seen, address = office.visit("admin"), [], "/admin/jejak?q=tabel-"
    while address:
        text = admin.get(address).text
        seen += [part[:3] for part in text.split("tabel-")[1:] if part[:3].isdigit()]
        link = text.partition('rel="next" href="')[2].partition('"')[0]
        address = link.replace("&amp;", "&")
    assert seen == [f"{number:03}" for number in reversed(range(120))]


def test_a_policy_gets_a_new_dated_value_and_the_old_one_stays_readable(office):
    admin = office.visit("admin")
    answer = admin.post("/admin/kebijakan/jp.min.PNS", data={
        "value": "24", "valid_from": "2027-01-01", "source": "Keputusan Gubernur 1/2026", "confidence": "model",
        "reason": "Target gubernur"})
    assert answer.status_code == 303
    with office.app.app_context():
        rows = state().db.session.scalars(select(Policy).where(Policy.key == "jp.min.PNS").order_by(Policy.id)).all()
        assert [(row.value["value"], row.valid_from, row.valid_to) for row in rows] == [
            (20, None, date(2026, 12, 31)), (24, date(2027, 1, 1), None)]
    text = admin.get("/admin/kebijakan/jp.min.PNS").text
    assert "Hari ini berlaku <b>20</b>" in text
    assert "Target gubernur" in admin.get("/admin/jejak?q=jp.min").text


@pytest.mark.parametrize(("changed", "field"), [
    ({"value": "banyak"}, "value"), ({"value": "-1"}, "value"), ({"value": "nan"}, "value"),
    ({"valid_from": "2026-11-22"}, "valid_from"), ({"valid_from": "besok"}, "valid_from"), ({"source": " "}, "source"),
    ({"reason": ""}, "reason"), ({"confidence": "yakin"}, "confidence"),
])
def test_a_policy_value_that_makes_no_sense_changes_nothing(office, changed, field):
    form = {"value": "24", "valid_from": "2027-01-01", "source": "Keputusan", "confidence": "model", "reason": "Uji"}
    answer = office.visit("admin").post("/admin/kebijakan/jp.min.PNS", data=form | changed)
    assert answer.status_code == 400
    assert f'id="{field}-e"' in answer.text
    with office.app.app_context():
        assert len(state().db.session.scalars(select(Policy).where(Policy.key == "jp.min.PNS")).all()) == 1


def test_messages_are_new_until_they_are_marked_as_read(office):
    with office.app.app_context():
        session = state().db.session
        person_id = session.scalars(select(Person.id).where(Person.nip == office.nips["pegawai"])).one()
        notify(session, person_id, say("Kursi Anda disetujui. Mulai %(day)s.", day=TODAY), link="/angkatan/PKA-1",
               now=NOW)
        session.commit()
    browser = office.visit("pegawai")
    text = browser.get("/pesan").text
    assert "Mulai 23 November 2026." in text
    assert 'href="/angkatan/PKA-1"' in text
    assert "<b>1 pesan</b> belum Anda baca" in text
    browser.post("/pesan/dibaca")
    assert "<b>sudah Anda baca</b>" in browser.get("/pesan").text


def test_an_empty_inbox_says_what_will_come(office):
    assert "Belum ada pesan untuk Anda" in office.visit("pegawai").get("/pesan").text


def test_a_person_downloads_all_that_is_stored_about_him_and_no_secret(office):
    answer = office.visit("pegawai").get("/data-saya/unduh")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    own = json.loads(answer.text)
    assert own["nip"] == office.nips["pegawai"]
    assert own["tables"]["people"][0]["unit_code"] == "75-BKPSDM"
    assert {"people", "ranks", "accounts", "audit_entries"} <= own["tables"].keys()
    assert "argon2" not in answer.text
    for other in ("admin", "mutasi", "balai"):
        assert office.nips[other] not in answer.text


def test_a_person_sees_who_else_touched_his_record_but_not_himself(office):
    office.visit("admin").post(f"/admin/akun/{office.account_ids['pegawai']}/sandi",
                               data={"password": "benang karawo emas"})
    text = office.visit("pegawai").get("/data-saya/dilihat").text
    assert "Mengganti kata sandi akun" in text
    assert "Hasan Lamusu" in text
    assert "<b>Masuk</b>" not in text


def test_visitors_read_help_and_privacy(office):
    for address in ("/bantuan", "/pelindungan-data"):
        assert office.visit().get(address).status_code == 200
