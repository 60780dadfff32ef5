"""``kompetensi moves``: exit statuses, tables and JSON."""

from __future__ import annotations

import json

import pytest
from applications import make_engine
from candidates import TARGET, make_candidate
from click.testing import CliRunner
from factories import TODAY
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Interest, Setting
from kompetensi.services.unit_of_work import transaction

NIP = "198504122010012001"


@pytest.fixture
def run(databases, reference_url, monkeypatch, tmp_path):
    """Return a function that runs a command on an office with one person who is interested in finance."""
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 1}))
        person = make_candidate(session, nip=NIP)
        session.add(Interest(person_id=person.id, place=1, kind="URUSAN", subject="KEUANGAN", stated_on=TODAY))
    engine.dispose()
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(cli, words)


def test_the_moves_of_a_person_as_json_add_up(run):
    result = run("moves", "person", NIP, "--top", "5", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert [item["rank"] for item in found["moves"]] == [1, 2, 3, 4, 5]
    assert found["interests"] == [{"place": 1, "kind": "URUSAN", "name": "Keuangan"}]
    for item in found["moves"]:
        assert item["score"] == sum(part["weight"] * part["least"] for part in item["parts"])
        assert item["score_most"] == sum(part["weight"] * part["most"] for part in item["parts"])
        assert item["score_max"] == 1000 * sum(part["weight"] for part in item["parts"])
        assert all(part["reason"] for part in item["parts"])


def test_the_people_for_a_position_as_json_have_the_same_numbers(run):
    there = json.loads(run("moves", "position", TARGET, "--json").stdout)
    here = json.loads(run("moves", "person", NIP, "--top", "1000", "--json").stdout)
    pair = next(item for item in here["moves"] if item["code"] == TARGET)
    assert there["asked"] == 1
    assert [there["candidates"][0][key] for key in ("nip", "score", "parts")] == [NIP, pair["score"], pair["parts"]]


def test_people_read_the_answer_first(run):
    person, position = run("moves", "person", NIP, "--top", "2").stdout, run("moves", "position", TARGET).stdout
    assert person.startswith("Langkah yang paling wajar bagi Rahma Pakaya: ")
    assert position.startswith("Yang paling wajar pindah ke Kepala Bidang Aset: Rahma Pakaya, dengan nilai ")
    assert "**" not in person + position
    assert "Kedekatan tuntutan" in person


def test_vacant_positions_another_day_and_expected_levels_are_asked_by_options(run):
    found = json.loads(run("moves", "person", NIP, "--vacant", "--on", "2027-02-01", "--basis", "expected", "--json").stdout)
    assert (found["vacant_only"], found["on"], found["basis"]) == (True, "2027-02-01", "expected")
    assert all(item["vacant"] for item in found["moves"])


@pytest.mark.parametrize(("words", "status"), [
    (("person", "123"), 2), (("person", "199001012015011001"), 2), (("position", "TIDAK-ADA"), 2),
    (("position", TARGET, "--on", "1990-01-01"), 1), (("person", NIP, "--on", "kemarin"), 2), (("person", NIP, "--top", "0"), 2),
    (("person", NIP, "--basis", "hoped"), 2), (("person",), 2)])
def test_what_cannot_be_answered_ends_with_a_sentence(run, words, status):
    result = run("moves", *words)
    assert result.exit_code == status
    assert result.stdout == ""
    assert len(result.stderr) > 20
    assert "Traceback" not in result.stderr
