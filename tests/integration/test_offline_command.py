"""``kompetensi certificates verify --offline``: what a QR says, checked without a register."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import date

import pytest
import segno
from click.testing import CliRunner
from seals import FACTS, OpenSeal

from kompetensi.adapters.certificate_qr import qr_content
from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.cli import cli
from kompetensi.exchange.certificate_payload import seal_facts, write_payload
from kompetensi.exchange.seal_keys import base64url, write_keys
from kompetensi.rules.certificates import Subject

pytestmark = pytest.mark.once

SEAL = OpenSeal()
SEALED = seal_facts(FACTS, SEAL)
ON = ("--on", "2026-11-23")


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "kunci.json"
    path.write_text(json.dumps(write_keys([SEAL.published])))
    return str(path)


@pytest.fixture(autouse=True)
def no_database(monkeypatch):
    """An address of a database that nobody can open."""
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", "sqlite:////nowhere/at/all.db")


def run(*arguments):
    return CliRunner().invoke(cli, ["certificates", "verify", "--offline", *arguments])


def test_a_genuine_text_is_proven_with_the_published_keys(keys):
    for text in (SEALED.qr_text, SEALED.qr_payload):
        said = run(text, "--key", keys, *ON)
        assert said.exit_code == 0, said.output
        assert "asli sejauh tanggal terbitnya" in said.output
        assert "dicabut atau diganti" in said.output
        assert FACTS.holder_name in said.output
        assert FACTS.nip not in said.output
    found = json.loads(run(SEALED.qr_text, "--key", keys, *ON, "--json").output)
    assert (found["verdict"], found["expired"]) == ("genuine", False)
    assert found["certificate"]["code"] == FACTS.token
    assert found["certificate"]["valid_until"] == "2029-10-07"


def test_the_status_tells_proven_from_not_proven_from_unreadable(keys, tmp_path):
    own = tmp_path / "sendiri.txt"
    own.write_text(base64url(SEAL.public_key))
    other = tmp_path / "lain.txt"
    other.write_text(base64url(OpenSeal(2).public_key))
    text = SEALED.qr_payload
    forged = text[:100] + ("A" if text[100] != "A" else "B") + text[101:]
    for arguments, status, words in (
            ((text, "--key", str(own), *ON), 0, "asli"), ((text, "--key", keys, "--on", "2029-10-08"), 1, "kedaluwarsa"),
            ((forged, "--key", keys), 1, "bukan buatan kami"), ((text, "--key", str(other)), 1, "belum dapat dipastikan"),
            ((text[:80], "--key", keys), 2, "tidak utuh"), (("K9:" + text[3:], "--key", keys), 2, "K9"),
            (("halo", "--key", keys), 2, "bukan isi kode QR"), ((text, "--key", str(tmp_path / "tiada.json")), 2, "--key"),
            ((str(tmp_path / "tiada.png"), "--key", keys), 2, "Tidak ada berkas"), ((text, "--key", str(tmp_path)), 2, "bukan berkas")):
        said = run(*arguments)
        assert (said.exit_code, words in said.output) == (status, True), (arguments, said.output)


def test_without_keys_it_says_where_they_are(tmp_path):
    empty = tmp_path / "kosong.txt"
    empty.write_text("")
    said = run(SEALED.qr_text, "--key", str(empty))
    assert said.exit_code == 2
    assert "kunci.json" in said.output


def test_the_options_of_offline_are_refused_without_it(keys):
    said = CliRunner().invoke(cli, ["certificates", "verify", FACTS.token, "--key", keys])
    assert said.exit_code == 2
    assert "--offline" in said.output


def test_a_picture_and_a_file_with_the_text_are_read(keys, tmp_path):
    picture, text, blank = tmp_path / "foto.png", tmp_path / "isi.txt", tmp_path / "kosong.png"
    segno.make(qr_content(SEALED), error="m").save(str(picture), scale=4)
    text.write_text(SEALED.qr_text)
    for path in (picture, text):
        assert run(str(path), "--key", keys, *ON).exit_code == 0, path
    from PIL import Image
    Image.new("L", (50, 50), 255).save(blank)
    assert "Tidak ada kode QR" in run(str(blank), "--key", keys).output
    picture.write_bytes(picture.read_bytes()[:60])
    assert run(str(picture), "--key", keys).exit_code == 2


@pytest.mark.pdf
@pytest.mark.poppler
def test_a_pdf_and_its_print_are_read(keys, tmp_path):
    facts = replace(SEALED, subjects=(Subject("Kebijakan pelayanan", 20),), valid_until=date(2029, 10, 7))
    pdf = tmp_path / "sertifikat.pdf"
    pdf.write_bytes(WeasyPrintRenderer().render_certificate(facts))
    assert run(str(pdf), "--key", keys, *ON).exit_code == 0
    subprocess.run(["pdftoppm", "-r", "150", "-jpeg", "-singlefile", pdf, tmp_path / "cetak"], check=True)
    assert run(str(tmp_path / "cetak.jpg"), "--key", keys, *ON).exit_code == 0
    pdf.write_bytes(pdf.read_bytes()[:200])
    damaged = run(str(pdf), "--key", keys)
    assert damaged.exit_code == 2
    assert "rusak" in damaged.output


def test_a_payload_that_is_not_ours_shows_nothing_of_what_it_claims(keys):
    said = run(write_payload(replace(FACTS, holder_name="Orang Lain"), OpenSeal(2)), "--key", keys, "--json")
    assert json.loads(said.output)["certificate"] is None
    assert "Orang Lain" not in said.output
