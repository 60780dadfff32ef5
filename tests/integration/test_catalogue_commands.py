"""The commands of the catalogue: their exit statuses, tables and JSON."""

from __future__ import annotations

import io
import json

import networkx as nx
import pytest
from click.testing import CliRunner

from kompetensi.cli import cli


@pytest.fixture
def run(databases, reference_url, monkeypatch, tmp_path):
    """Return a function that runs a command on its own copy of the reference tables."""
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", databases.new(template=reference_url))
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    return lambda *words, **options: CliRunner().invoke(cli, words, **options)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pendidikan.csv"
    path.write_text("code,name,rank_order,confidence\nUJI,Sekolah Uji,3,verified\n")
    return path


def test_positions_and_trainings_are_found_as_arrays_of_code_and_name(run):
    found = json.loads(run("positions", "find", "ASET bidang kepala", "--json").stdout)
    assert {"code": "ADM-KABID-ASET", "name": "Kepala Bidang Aset"} in found
    assert json.loads(run("trainings", "find", "pkp", "--json").stdout)[0]["code"] == "PKP"
    assert json.loads(run("trainings", "find", "tidak ada", "--json").stdout) == []


def test_people_read_tables(run):
    assert "ADM-KABID-ASET" in run("positions", "find", "kabid-aset").stdout
    assert run("trainings", "find", "tidak ada").exit_code == 0


def test_the_check_prints_seven_tables_and_succeeds(run):
    result = run("graph", "check")
    assert result.exit_code == 0
    assert [line.rsplit(": ", 1)[1] for line in result.stdout.splitlines() if ": " in line] == [
        "0", "0", "0", "0", "7", "4", "5"]


def test_the_check_as_json_has_a_key_for_each_table(run):
    found = json.loads(run("graph", "check", "--json").stdout)
    assert {key: len(rows) for key, rows in found.items()} == {
        "broken": 0, "cycles": 0, "contradictions": 0, "blocked": 0, "unreachable": 7, "out_of_rank": 4, "undemanded": 5}


@pytest.mark.parametrize("name", ["graphml", "dot", "json"])
def test_the_graph_is_written_to_stdout_or_a_file(run, tmp_path, name):
    printed = run("graph", "export", "--format", name)
    assert run("graph", "export", "--format", name, "--to", str(tmp_path / "graf")).exit_code == 0
    assert (tmp_path / "graf").read_text() == printed.stdout


def test_the_exported_graphml_is_read_by_networkx(run):
    network = nx.read_graphml(io.BytesIO(run("graph", "export", "--format", "graphml").stdout_bytes))
    assert network.nodes["position:ADM-KABID-ASET"]["kind"] == "position"


def test_an_import_is_rehearsed_written_and_then_changes_nothing(run, table):
    counts = [json.loads(run("import", "education-levels", str(table), *options, "--json").stdout)["created"]
              for options in (["--dry-run"], [], [])]
    assert counts == [1, 1, 0]


def test_an_import_reads_standard_input(run, table):
    result = run("import", "education-levels", "-", "--json", input=table.read_bytes())
    assert json.loads(result.stdout) == {
        "kind": "education-levels", "rows": 1, "created": 1, "updated": 0, "unchanged": 0, "dry_run": False}


def test_a_bad_table_is_refused_with_row_and_column_and_nothing_is_written(run, table):
    table.write_text(table.read_text() + "LAIN,,tiga,verified\n")
    result = run("import", "education-levels", str(table))
    assert result.exit_code == 2
    assert "baris 3, kolom rank_order" in result.stderr
    table.write_text("code,name,rank_order,confidence\nUJI,Sekolah Uji,3,verified\n")
    assert json.loads(run("import", "education-levels", str(table), "--json").stdout)["created"] == 1


@pytest.mark.parametrize("words", [
    ("import", "education-levels", "tidak-ada.csv"), ("import", "nix", "-"), ("import", "grades", "."),
    ("graph", "export", "--format", "pdf"), ("graph", "export", "--format", "dot", "--to", "/tidak/ada/graf")])
def test_what_cannot_be_read_ends_with_status_two_and_a_sentence(run, words):
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr) > 20
    assert "Traceback" not in result.stderr
