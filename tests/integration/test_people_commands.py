"""``people find`` and ``readiness`` on the command line: one JSON document, stable keys, exit statuses."""

from __future__ import annotations

import json
from datetime import date

import pytest
from applications import build_app
from click.testing import CliRunner
from factories import make_person, make_post, occupy, prove

from kompetensi.cli import cli
from kompetensi.context import state
from kompetensi.models import Education

NINE = ("MAN-INT", "MAN-KSM", "MAN-KOM", "MAN-OPH", "MAN-PPB", "MAN-PDO", "MAN-MPR", "MAN-KEP", "SOS-PRB")
KEYS = {"nip", "name", "position", "on", "purpose", "rows", "trainings", "jpm_raw", "jpm", "jpm_per_item",
        "thresholds", "band", "score", "score_expected", "score_max", "verdict", "reasons", "unassessed"}
ROW_KEYS = {"competency", "name", "kind", "required", "proven", "expected", "gap", "importance", "gate", "evidence",
            "valid_until"}


@pytest.fixture
def run(databases, reference_url):
    """Run a command on a database with one assessed official, and return exit status, stdout, stderr."""
    app = build_app(databases.new(template=reference_url))
    with app.app_context():
        session = state().db.session
        person = make_person(session, name="Ningsih Pakaya", grade="IV/a", nip="198504122010012901")
        occupy(session, person, make_post(session, "JPTP-KABAN-BKPSDM"))
        session.add(Education(person_id=person.id, level_code="S1", field="Hukum", graduated_on=date(2008, 8, 8)))
        for code in NINE:
            prove(session, person, code, 4 if code == "MAN-INT" else 3)
        session.commit()

        def command(*arguments):
            result = CliRunner().invoke(cli, arguments)
            return result.exit_code, result.stdout, result.stderr

        yield command
        session.remove()
        state().db.engine.dispose()


def test_people_are_found_as_an_array(run):
    status, out, _ = run("people", "find", "ningsih", "--json")
    assert status == 0
    assert json.loads(out) == [{"nip": "198504122010012901", "name": "Ningsih Pakaya", "position": "Kepala BKPSDM",
                                "unit": json.loads(out)[0]["unit"]}]


def test_nobody_found_is_an_empty_array(run):
    assert run("people", "find", "tidak ada", "--json")[:2] == (0, "[]\n")


def test_people_are_found_as_a_table(run):
    status, out, _ = run("people", "find", "19850412")
    assert status == 0
    assert "Ningsih Pakaya" in out
    assert "1 dari 1 pegawai." in out


def test_readiness_is_one_document_with_stable_keys(run):
    status, out, err = run("readiness", "198504122010012901", "JPTP-INSPEKTUR", "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert document.keys() >= KEYS
    assert document["rows"][0].keys() >= ROW_KEYS
    assert (document["on"], document["purpose"], document["verdict"]) == ("2026-11-23", "filling", "TIDAK_LAYAK")
    assert (document["jpm_raw"], document["jpm"], document["jpm_per_item"]) == (77.777778, 77.777778, 77.777778)
    assert document["thresholds"]["filling"] == {"upper": 80, "lower": 68, "band": "MMS", "band_per_item": "MMS"}
    assert document["thresholds"]["mapping"]["band"] == "KO"
    assert document["score_max"] == 60_000
    first = document["rows"][0]
    assert (first["competency"], first["proven"], first["gap"], first["evidence"]["kind"], first["valid_until"]) == (
        "MAN-INT", 4, 0, "ASSESSMENT", "2028-06-10")


def test_a_level_that_is_not_known_is_null(run):
    document = json.loads(run("readiness", "198504122010012901", "JPTP-INSPEKTUR", "--json")[1])
    technical = next(row for row in document["rows"] if row["kind"] == "TEKNIS")
    assert (technical["proven"], technical["expected"], technical["gap"], technical["evidence"]) == (None,) * 4
    assert technical["competency"] in document["unassessed"]


def test_another_day_and_purpose_can_be_asked(run):
    document = json.loads(run("readiness", "198504122010012901", "jptp-inspektur", "--on", "2028-06-11", "--purpose",
                              "mapping", "--json")[1])
    assert (document["verdict"], document["band"], document["jpm"]) == ("PERLU_ASESMEN", None, None)


def test_readiness_is_told_in_words(run):
    status, out, _ = run("readiness", "198504122010012901", "JPTP-INSPEKTUR")
    assert status == 0
    assert "gerbang wajib masih tertutup" in out
    assert "**" not in out
    assert "belum dinilai" in out


@pytest.mark.parametrize("arguments", [
    ("readiness", "123", "JPTP-INSPEKTUR"), ("readiness", "198504122010012999", "JPTP-INSPEKTUR"),
    ("readiness", "198504122010012901", "TIDAK-ADA"),
    ("readiness", "198504122010012901", "JPTP-INSPEKTUR", "--on", "kemarin"),
    ("readiness", "198504122010012901", "JPTP-INSPEKTUR", "--purpose", "else"), ("people", "find")])
def test_bad_input_is_status_2_with_a_sentence_and_no_output(run, arguments):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.strip()
    assert "Traceback" not in err
