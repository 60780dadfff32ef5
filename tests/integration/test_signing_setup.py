"""Who signs, as the configuration, the environment and the instance folder say; and the demo's signed certificates."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from applications import build_app
from factories import NOW, TODAY
from signing_authority import PASSPHRASE, keep_pkcs12, make_certificate, rsa_key
from sqlalchemy import select

from kompetensi.adapters.authority import DemoSigner, find_or_make_authority
from kompetensi.adapters.bsre import BsreSigner
from kompetensi.adapters.null import NullSigner
from kompetensi.adapters.pades import PadesSigner
from kompetensi.app import create_app
from kompetensi.cli import cli
from kompetensi.context import State, equip_demo, state
from kompetensi.errors import Unavailable
from kompetensi.models import Setting
from kompetensi.rules.certificates import facts_from_json

pytestmark = pytest.mark.once

SECRETS = {"KOMPETENSI_SIGNING_PASSPHRASE": PASSPHRASE, "KOMPETENSI_BSRE_PASSWORD": "rahasia aplikasi"}


@pytest.fixture(autouse=True)
def _instance(tmp_path, monkeypatch):
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    for name in ("KOMPETENSI_SIGNING_PKCS12", "KOMPETENSI_TIMESTAMP_URL", "KOMPETENSI_SEAL_KEY", "KOMPETENSI_BSRE_URL",
                 "KOMPETENSI_BSRE_VERSION", "KOMPETENSI_BSRE_USERNAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def application(url: str, **config) -> State:
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SECRET_KEY": "for tests only", "KOMPETENSI_JOBS": "inline",
                      **config})
    for secret in SECRETS.values():
        assert secret not in repr(dict(app.config))
    return app.extensions["kompetensi"]


def test_without_configuration_nobody_signs_and_nothing_is_sealed(reference_url):
    found = application(reference_url)
    assert isinstance(found.signer, NullSigner)
    assert found.seal is None


def test_a_key_from_the_environment_signs_unattended(reference_url, tmp_path, monkeypatch):
    path = keep_pkcs12(tmp_path / "kunci.p12", rsa_key(), make_certificate(rsa_key()))
    monkeypatch.setenv("KOMPETENSI_SIGNING_PKCS12", str(path))
    found = application(reference_url)
    assert isinstance(found.signer, PadesSigner)
    assert (found.signer.signs, found.signer.attended) == (True, False)
    assert found.signer.authority == "Penanda Tangan Percobaan"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_bsre_signs_attended(reference_url, version):
    found = application(reference_url, KOMPETENSI_BSRE_URL="http://127.0.0.1:9", KOMPETENSI_BSRE_VERSION=version)
    assert isinstance(found.signer, BsreSigner)
    assert (found.signer.signs, found.signer.attended) == (True, True)


def test_two_signers_and_an_unknown_version_stop_the_start(reference_url):
    with pytest.raises(RuntimeError, match="exclude each other"):
        application(reference_url, KOMPETENSI_BSRE_URL="http://127.0.0.1:9", KOMPETENSI_SIGNING_PKCS12="a.p12")
    with pytest.raises(RuntimeError, match="not 'v3'"):
        application(reference_url, KOMPETENSI_BSRE_URL="http://127.0.0.1:9", KOMPETENSI_BSRE_VERSION="v3")


def test_a_seal_key_is_read_at_the_start(reference_url, tmp_path):
    authority = find_or_make_authority(tmp_path / "another")
    assert len(application(reference_url, KOMPETENSI_SEAL_KEY=str(authority.seal)).seal.public_key) == 32
    with pytest.raises(Unavailable, match="tidak dapat dibaca"):
        application(reference_url, KOMPETENSI_SEAL_KEY=str(tmp_path / "tiada.pem"))


def test_the_demos_authority_signs_in_the_demo_and_nowhere_else(reference_url, databases, tmp_path):
    find_or_make_authority(tmp_path / "instance")
    url = databases.new(template=reference_url)
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SECRET_KEY": "for tests only", "KOMPETENSI_JOBS": "inline"})
    with app.app_context():
        here = state()
        assert isinstance(here.signer, DemoSigner)
        assert not here.signer.signs
        here.db.session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 4}))
        here.db.session.commit()
        assert here.signer.signs
        assert here.seal is not None
        here.db.session.remove()
        here.db.engine.dispose()


def test_whoever_was_given_a_signer_keeps_it_in_a_demo(reference_url, tmp_path):
    path = keep_pkcs12(tmp_path / "kunci.p12", rsa_key(), make_certificate(rsa_key()))
    app = create_app({"SQLALCHEMY_DATABASE_URI": reference_url, "SECRET_KEY": "for tests only",
                      "KOMPETENSI_JOBS": "inline", "KOMPETENSI_SIGNING_PKCS12": str(path)})
    equip_demo(app)
    assert state(app).signer.authority == "Penanda Tangan Percobaan"
    assert state(app).seal is not None


def test_the_command_shows_by_what_others_can_check(reference_url):
    app = build_app(reference_url)
    run = app.test_cli_runner().invoke
    unsigned = run(cli, ["certificates", "authority"])
    assert unsigned.exit_code == 1
    assert "tanpa tanda tangan elektronik" in unsigned.stderr
    assert unsigned.stdout == ""
    equip_demo(app)
    shown = run(cli, ["certificates", "authority"])
    assert shown.exit_code == 0
    assert shown.stdout.count("-----BEGIN CERTIFICATE-----") == 2
    assert shown.stdout.count("-----BEGIN PUBLIC KEY-----") == 1
    assert "PRIVATE" not in shown.stdout
    document = json.loads(run(cli, ["certificates", "authority", "--json"]).stdout)
    assert document["authority"] == "Otoritas Demo Kompetensi"
    assert "".join((*document["certificates"], document["seal"])) == shown.stdout


@pytest.mark.pdf
@pytest.mark.poppler
def test_the_demos_certificates_are_signed_and_say_by_whom(databases, tmp_path):
    from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
    from kompetensi.demo.load import load_demo
    from kompetensi.models import Certificate
    from kompetensi.services import migrations
    from kompetensi.services.unit_of_work import transaction

    app = build_app(databases.new())
    equip_demo(app)
    with app.app_context():
        here = state()
        migrations.upgrade(here.db.engine)
        with transaction(here.db.session):
            load_demo(here.db.session, people=150, seed=7, today=TODAY, now=NOW, renderer=WeasyPrintRenderer(),
                      signer=here.signer, progress=lambda *step: None)
        facts = [facts_from_json(row) for row in here.db.session.scalars(
            select(Certificate.facts).where(Certificate.pdf_sha256.is_not(None)))]
        here.db.session.remove()
    assert {(one.signed, one.authority) for one in facts} == {(True, "Otoritas Demo Kompetensi")}
    run = app.test_cli_runner().invoke(cli, ["certificates", "export", "--to", str(tmp_path / "keluar")])
    assert run.exit_code == 0, run.output
    files = sorted(Path(tmp_path / "keluar").glob("*.pdf"))
    assert len(files) == len(facts) > 0
    for file in files:
        said = subprocess.run(["pdfsig", file], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in said
        text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
        assert "dengan sertifikat dari Otoritas Demo Kompetensi" in " ".join(text.split())
    with app.app_context():
        here.db.engine.dispose()
