"""``kompetensi eligibility``: one JSON document, a table, exit statuses."""

from __future__ import annotations

import json

import pytest
from applications import make_engine
from candidates import TARGET, make_candidate
from click.testing import CliRunner
from factories import TODAY
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Setting


@pytest.fixture
def nip(databases, reference_url, monkeypatch, tmp_path):
    """A candidate's NIP on a database of its own, which the commands use."""
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session:
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 1}))
        found = make_candidate(session).nip
        session.commit()
    engine.dispose()
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "200")
    return found


def run(*words):
    return CliRunner().invoke(cli, ["eligibility", *words])


def test_every_rule_is_in_the_document_with_fact_article_and_severity(nip):
    result = run(nip, TARGET, "--kind", "DALAM-INSTANSI", "--on", "2026-12-01", "--no-own-request", "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert (document["verdict"], document["on"]) == ("needs_completion", "2026-12-01")
    assert [rule["id"] for rule in document["rules"]] == [f"MT-{number:02d}" for number in range(1, 55)]
    for rule in document["rules"]:
        assert rule["verdict"] in {"met", "not_met", "needs_document", "needs_person", "unknown", "not_applicable"}
        assert rule["severity"] in {"mutlak", "pertimbangan"}
        assert rule["fact"]
        assert rule["legal_basis"]
        assert rule["confidence"]
        assert rule["version"] == 1


def test_people_read_a_sentence_and_a_table(nip):
    result = run(nip, TARGET, "--kind", "DALAM-INSTANSI")
    assert "belum dapat diputuskan" in result.stdout
    assert "MT-13" in result.stdout
    assert "tidak berlaku untuk mutasi ini" in result.stdout


@pytest.mark.parametrize("words", [
    ("123", TARGET, "--kind", "DALAM-INSTANSI"), ("{nip}", "TIDAK-ADA", "--kind", "DALAM-INSTANSI"),
    ("{nip}", TARGET, "--kind", "PINDAH"), ("{nip}", TARGET, "--kind", "ANTAR-KABKOTA"), ("{nip}", TARGET),
    ("{nip}", TARGET, "--kind", "DALAM-INSTANSI", "--on", "besok"),
    ("199999999999999999", TARGET, "--kind", "DALAM-INSTANSI")])
def test_bad_input_ends_with_status_2_and_a_sentence(nip, words):
    result = run(*(word.format(nip=nip) for word in words))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.strip()
