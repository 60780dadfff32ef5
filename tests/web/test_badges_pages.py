"""Badges in the browser: files for the holder and by a link, and what anybody may read to check one."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press
from openbadgeslib.baking import extract_png, extract_svg
from seals import OpenSeal
from sqlalchemy import select

from kompetensi.adapters.open_badges import issuer_of
from kompetensi.context import press as press_here
from kompetensi.context import public_url, state
from kompetensi.exchange.seal_keys import base64url
from kompetensi.models import CertificateBadge, Person
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificate_register import revoke_certificate
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction

WEB = "https://sertifikat.example"


def issue(office, seal):
    with office.app.app_context():
        session = state().db.session
        with transaction(session):
            person = session.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
            enrolment = make_graduate(session, make_finished_batch(session), person=person)
            return issue_certificate(session, SYSTEM, enrolment.id, today=TODAY, now=NOW,
                                     **press() | {"seal": seal, "verify_base": f"{public_url()}/cek/"})


@pytest.fixture
def sealed(office):
    """The office, with a seal and a public address."""
    extensions = office.app.extensions
    extensions["kompetensi"] = replace(extensions["kompetensi"], seal=OpenSeal())
    office.app.config["KOMPETENSI_PUBLIC_URL"] = WEB + "/"
    return office


@pytest.fixture
def issued(sealed):
    """A certificate of the civil servant, with its badge."""
    return issue(sealed, OpenSeal())


def test_the_holder_takes_the_badge_from_the_page_of_the_certificate(sealed, issued):
    holder = sealed.visit("pegawai")
    page = holder.get(f"/sertifikat/{issued.token}").text
    addresses = re.findall(rf'href="(/sertifikat/{issued.token}/lencana\.\w+)"', page)
    png, svg, plain = (holder.get(address) for address in addresses)
    assert [answer.mimetype for answer in (png, svg, plain)] == ["image/png", "image/svg+xml", "application/vc"]
    assert extract_png(png.data, keyword=b"openbadgecredential") == plain.text
    assert extract_svg(svg.data, element="openbadges:credential", text_fallback=True) == plain.text
    assert all(answer.headers["Content-Disposition"].startswith("attachment") for answer in (png, svg, plain))
    assert plain.headers["Cache-Control"] == "private, no-store"


def test_a_colleague_does_not_get_it_and_no_other_form_exists(sealed, issued):
    assert sealed.visit().get(f"/sertifikat/{issued.token}/lencana.json").status_code == 302
    assert sealed.visit("pegawai").get(f"/sertifikat/{issued.token}/lencana.exe").status_code == 404
    assert sealed.visit("pegawai").get("/sertifikat/0000-0000-0000/lencana.json").status_code in (400, 404)


def test_a_certificate_without_a_badge_offers_none(office):
    issued = issue(office, None)
    holder = office.visit("pegawai")
    assert "lencana." not in holder.get(f"/sertifikat/{issued.token}").text
    assert holder.get(f"/sertifikat/{issued.token}/lencana.json").status_code == 404


def test_a_link_of_the_holder_shows_the_badge_until_it_is_withdrawn(sealed, issued):
    holder, stranger = sealed.visit("pegawai"), sealed.visit()
    made = holder.post(f"/sertifikat/{issued.token}/bagikan", data={"label": "Panitia", "days": "7"})
    address = re.search(r"/berbagi/[\w-]+", made.text).group()
    assert f"{address}/lencana.json" in stranger.get(address).text
    shown = stranger.get(f"{address}/lencana.json")
    assert shown.data == holder.get(f"/sertifikat/{issued.token}/lencana.json").data
    [withdraw] = re.findall(r'action="(/sertifikat/[^"]+/tarik)"', holder.get(f"/sertifikat/{issued.token}/bagikan").text)
    holder.post(withdraw)
    assert stranger.get(f"{address}/lencana.json").status_code == 404


def test_everything_that_a_badge_names_is_there_for_strangers(sealed, issued):
    badge = json.loads(sealed.visit("pegawai").get(f"/sertifikat/{issued.token}/lencana.json").data)
    stranger = sealed.visit()
    achievement = badge["credentialSubject"]["achievement"]
    named = [badge["id"], badge["credentialStatus"]["statusListCredential"], achievement["image"]["id"],
             *(item["targetUrl"] for item in achievement["alignment"])]
    assert [stranger.get(address.removeprefix(WEB)).status_code for address in named] == [200] * len(named)
    keys = stranger.get("/.well-known/did.json").json
    assert keys["id"] == badge["issuer"]["id"]
    assert badge["proof"]["verificationMethod"] in keys["assertionMethod"]
    assert stranger.get("/did.json").json == keys
    sealed.app.config["KOMPETENSI_SEAL_KEYS"] = base64url(OpenSeal(2).public_key)
    both = stranger.get("/did.json").json
    assert both["assertionMethod"][0] == keys["assertionMethod"][0]
    assert both["alsoKnownAs"][1] == issuer_of(OpenSeal(2).public_key, "").did
    package = stranger.get("/kerangka").json
    assert {item["targetCode"] for item in achievement["alignment"]} \
        <= {item["humanCodingScheme"] for item in package["CFItems"]}


def test_the_status_list_may_be_kept_and_changes_when_a_certificate_is_revoked(sealed, issued):
    stranger = sealed.visit()
    with sealed.app.app_context():
        name = state().db.session.get_one(CertificateBadge, issued.id).status_list
    first = stranger.get(f"/lencana/status/{name}")
    assert (first.mimetype, first.headers["Cache-Control"]) == ("application/vc", "public, max-age=300")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    kept = {"If-None-Match": first.headers["ETag"]}
    assert stranger.get(f"/lencana/status/{name}", headers=kept).status_code == 304
    with sealed.app.app_context(), transaction(state().db.session):
        revoke_certificate(state().db.session, SYSTEM, issued.token, "Kehadiran tidak cukup.", today=TODAY, now=NOW)
    changed = stranger.get(f"/lencana/status/{name}", headers=kept)
    assert changed.status_code == 200
    assert json.loads(changed.data)["credentialSubject"]["encodedList"] \
        != json.loads(first.data)["credentialSubject"]["encodedList"]


@pytest.mark.parametrize("address", [
    "/lencana/status/tidak-ada", "/lencana/gambar/LAIN.svg", "/kerangka/TIDAK-ADA", "/berbagi/salah/lencana.json"])
def test_what_does_not_exist_is_not_found(sealed, address):
    assert sealed.visit().get(address).status_code == 404


def test_without_a_seal_there_are_no_keys_to_publish(office):
    assert office.visit().get("/did.json").status_code == 404


def test_what_the_installation_issues_with_has_its_seal(sealed):
    with sealed.app.app_context():
        assert press_here()["seal"].public_key == OpenSeal().public_key
