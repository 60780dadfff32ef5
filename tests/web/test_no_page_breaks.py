"""Whatever an address or a form holds, the answer is a page or a refusal, never a broken application."""

from __future__ import annotations

import os
import re

import pytest
from candidates import TARGET, make_candidate
from factories import TODAY, make_batch
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter

from kompetensi.context import state
from kompetensi.models import Room
from kompetensi.services.unit_of_work import transaction

WORDS = ("X", "-1", "%", "٣", "a" * 500, "2026-02-30", "9999-12-31")
NUMBERS = (1, 2**31, 10**30)
# What PostgreSQL refuses to store it refuses to anybody; one role asks it.
ROLES = ("mutasi",) if os.environ.get("KOMPETENSI_TEST_DATABASE") == "postgresql" else ("admin", "mutasi", "balai")
FIELDS = ("q", "page", "halaman", "on", "by", "bulan", "keadaan", "kode", "hari", "pelatihan", "purpose", "focus", "jarak",
          "since", "until", "area", "text", "before", "format", "jabatan", "kelompok", "lowong", "next", "passed",
          "taken", "unlimited", "golongan", "dari", "ke", "kekurangan", "naik", "dasar", "banyak", "kompetensi",
          "level", "jp", "sesudah", "kursi", "fasilitas", "tempat", "tahun", "unit", "sampai", "semua", "number",
          "name", "qr", "unduh", "tampilan", "balai", "opd")


@pytest.fixture
def known(office):
    """Values that name something, so that a page goes deeper than its first look-up."""
    with office.app.app_context():
        engine = state(office.app).db.engine
    with Session(engine) as session, transaction(session):
        nip = make_candidate(session).nip
        batch = make_batch(session, "BMD-DASAR", first_day=TODAY).code
        session.add(Room(id=1, name="Aula", place="Limboto", seats=30))
    return {"nip": nip, "code": TARGET, "rule_id": "MT-18", "batch": batch, "unit": "75-BKPSDM"}


def addresses(app, known):
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith(("static", "logout")):
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            if not rule.arguments:
                yield method, rule.build({}, append_unknown=False)[1]
            named = {name: known.get(name, TARGET) for name in rule.arguments}
            for name in rule.arguments:
                number = isinstance(rule._converters[name], IntegerConverter)
                for value in NUMBERS if number else WORDS:
                    values = {other: 1 if isinstance(rule._converters[other], IntegerConverter) else named[other]
                              for other in rule.arguments} | {name: value}
                    yield method, rule.build(values, append_unknown=False)[1]


@pytest.mark.parametrize("username", ROLES)
def test_no_address_breaks_the_application(office, known, username):
    client = office.visit(username)
    seen = 0
    for method, address in addresses(office.app, known):
        answer = client.open(address, method=method)
        assert answer.status_code < 500, (method, address, answer.text[-2000:])
        seen += 1
    assert seen > 300


@pytest.mark.parametrize("username", ROLES)
def test_no_query_breaks_a_page(office, known, username):
    client = office.visit(username)
    for rule in office.app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint.endswith("static"):
            continue
        values = {name: 1 if isinstance(rule._converters[name], IntegerConverter) else known.get(name, TARGET)
                  for name in rule.arguments}
        address = rule.build(values, append_unknown=False)[1]
        for word in WORDS:
            answer = client.get(address, query_string=dict.fromkeys(FIELDS, word))
            assert answer.status_code < 500, (address, word, answer.text[-2000:])


@pytest.mark.parametrize("username", ROLES)
def test_no_form_breaks_a_page(office, known, username):
    client = office.visit(username)
    for rule in office.app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.endpoint.endswith(("logout", "sign_in", "own_password")):
            continue
        values = {name: 1 if isinstance(rule._converters[name], IntegerConverter) else known.get(name, TARGET)
                  for name in rule.arguments}
        address = rule.build(values, append_unknown=False)[1]
        asked = client.get(address)
        fields = set(re.findall(r'name="([^"]+)"', asked.text)) if asked.status_code == 200 else set()
        for word in ("", "X", "-1", "9" * 40, "2026-02-30", "9999-12-31", "\u0000x", "{\"all\": 1}"):
            answer = client.post(address, data=dict.fromkeys(fields | {"reason", "nip", "choice", "file"}, word))
            assert answer.status_code < 500, (address, word, answer.text[-2000:])
