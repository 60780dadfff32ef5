"""``kompetensi plan`` and ``kompetensi gaps``: what closes a gap, what if, documents, tables, exit statuses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema_rs
import pytest
from applications import make_engine
from candidates import TARGET, make_candidate
from click.testing import CliRunner
from factories import TODAY, make_batch
from sqlalchemy import delete
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Certificate, Evidence, Setting
from kompetensi.services.lookup import competency_by_code

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "formats" / "remedies.schema.json").read_text())
OPEN = jsonschema_rs.validator_for({"type": "array", "items": {"$ref": "#/$defs/open"}, "$defs": SCHEMA["$defs"]})


@pytest.fixture
def nip(databases, reference_url, monkeypatch, tmp_path):
    """Somebody who lacks one competency and its training, on a database of its own with two batches."""
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session:
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 1}))
        person = make_candidate(session)
        session.execute(delete(Certificate).where(Certificate.person_id == person.id,
                                                  Certificate.training_code.in_(["BMD-DASAR", "BMD-LANJUT"])))
        session.execute(delete(Evidence).where(Evidence.person_id == person.id, Evidence.competency_id
                                               == competency_by_code(session, "TEK-BMD").id))
        make_batch(session, "BMD-DASAR", first_day=date(2026, 12, 7), code="DASAR-1")
        make_batch(session, "BMD-LANJUT", first_day=date(2027, 2, 1), stages=[("CLASSICAL", 5)], code="LANJUT-1", number=1)
        found = person.nip
        session.commit()
    engine.dispose()
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "220")
    return found


def run(*words):
    return CliRunner().invoke(cli, words)


def document(*words):
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_remedies_stand_in_the_document_in_the_form_of_their_format(nip):
    found = document("plan", nip, TARGET, "--by", "2027-01-31")
    OPEN.validate(found["remedies"])
    assert [entry["item"] for entry in found["remedies"]] == [entry["item"] for entry in found["open"]]
    changes = [remedy["changes"] for remedy in found["remedies"][0]["remedies"]]
    assert [{"change": "move", "training": "BMD-LANJUT", "batch": "LANJUT-1", "days": -5}] in changes
    assert [{"change": "deadline", "ready_by": "2027-02-05"}] in changes


def test_people_read_the_remedies_beside_the_reason(nip):
    text = run("plan", nip, TARGET, "--by", "2027-01-31").stdout
    assert "Menutup kesenjangan ini tanpa melepas yang lain, bila:" in text
    assert "- batas tanggal menjadi 5 Februari 2027" in text


def test_a_plan_that_leaves_nothing_open_has_no_remedies(nip):
    assert document("plan", nip, TARGET)["remedies"] == []


def test_what_if_has_both_answers_and_their_difference(nip):
    found = document("plan", nip, TARGET, "--by", "2027-01-31", "--if-no-deadline", "--if-passed", "BMD-DASAR")
    assert (found["before"]["status"], found["after"]["status"]) == ("partial", "ready")
    assert {"change": "deadline", "ready_by": None} in found["changes"]
    assert {"change": "hold", "competency": "TEK-BMD", "level": 2} in found["changes"]
    assert (found["difference"]["added"], found["difference"]["dropped"]) == (["BMD-LANJUT"], ["BMD-DASAR"])
    assert found["answer"] == "Semua kesenjangan tertutup, selesai pada 5 Februari 2027."


def test_people_read_what_if_as_a_sentence_differences_and_two_tables(nip):
    text = run("plan", nip, TARGET, "--by", "2027-01-31", "--if-by", "2027-02-28").stdout
    for words in ("Semua kesenjangan tertutup", "Bila batas tanggal 28 Februari 2027.", "- Tertutup:", "Sekarang:",
                  "Bila demikian:", "LANJUT-1"):
        assert words in text, words


@pytest.mark.parametrize(("words", "said"), [
    (("--if-passed", "XX"), "--if-passed: Tidak ada pelatihan dengan kode “XX”."),
    (("--if-taken", "PKA"), "--if-taken: Pelatihan Kepemimpinan Administrator sudah dipegang."),
    (("--if-golongan", "Z"), "--if-golongan: Tidak ada golongan “Z”; misalnya III/a."),
    (("--if-by", "2020-01-01"), "--if-by: 1 Januari 2020 sudah lewat; pilih 23 November 2026 atau sesudahnya."),
    (("--if-by", "2027-01-01", "--if-no-deadline"), "--if-by: Pilih satu: tanggal lain, atau tanpa batas tanggal.")])
def test_a_supposition_that_makes_no_sense_is_status_2_and_names_its_option(nip, words, said):
    result = run("plan", nip, TARGET, *words)
    assert (result.exit_code, result.stdout, result.stderr.strip()) == (2, "", said)


def test_what_if_is_not_asked_of_everybody(nip, tmp_path):
    result = run("plan", "--all", str(tmp_path / "all.jsonl"), "--if-golongan", "IV/a")
    assert result.exit_code == 2
    assert "--all" in result.stderr


def test_a_question_about_everybody_that_is_refused_leaves_no_file(nip, tmp_path):
    file = tmp_path / "all.jsonl"
    for words, said in (((str(file), "--to", "TIDAK-ADA"), "Cari dengan `kompetensi positions find`."),
                        ((str(file), "--by", "2020-01-01"), "sudah lewat"),
                        ((str(tmp_path / "tidak-ada" / "all.jsonl"),), "tidak dapat ditulis")):
        result = run("plan", "--all", *words)
        assert result.exit_code == 2
        assert said in result.stderr
    assert not file.exists()


@pytest.mark.parametrize("option", [("--to", TARGET), ("--resume",)])
def test_options_of_everybody_are_not_silently_left_out_for_one(nip, option):
    result = run("plan", nip, TARGET, *option)
    assert result.exit_code == 2
    assert "hanya berlaku bersama --all" in result.stderr


def test_everybody_is_summed_up_with_those_who_have_no_target(nip, tmp_path):
    result = run("plan", "--all", str(tmp_path / "all.jsonl"), "--workers", "1")
    assert result.exit_code == 0, result.stderr
    assert "0 jalur dalam" in result.stdout
    assert "1 pegawai belum memilih jabatan tujuan" in result.stdout


def test_the_gaps_are_ranked_and_cut_to_so_many(nip):
    found = document("gaps", nip, "--top", "3")
    assert [gap["rank"] for gap in found["gaps"]] == [1, 2, 3]
    counts = [len(gap["opens"]) for gap in found["gaps"]]
    assert counts == sorted(counts, reverse=True)
    text = run("gaps", nip, "--top", "3").stdout
    assert found["answer"] in text
    assert "jabatan di Provinsi Gorontalo terjangkau" in text


def test_the_gaps_of_nobody_are_status_2():
    assert run("gaps", "123").exit_code == 2
