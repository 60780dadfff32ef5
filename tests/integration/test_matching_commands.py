"""``kompetensi match``: what it says of a population, in how much memory, and what it refuses."""

from __future__ import annotations

import json
import warnings

import pytest
from applications import make_engine
from click.testing import CliRunner
from factories import TODAY, make_person, make_post, occupy, prove
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Setting
from kompetensi.services.unit_of_work import transaction

TARGET = "JPTP-INSPEKTUR"


@pytest.fixture
def run(databases, reference_url, monkeypatch, tmp_path):
    """Return a function that runs a command on an office of five, held against one standard."""
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 1}))
        for unit, level in (("75-BKPSDM", 1), ("75-BKPSDM", 4), ("75-BKPSDM", None), ("75-INSPEKTORAT", 0), ("75-INSPEKTORAT", 5)):
            person = make_person(session, unit=unit)
            occupy(session, person, make_post(session, TARGET))
            if level is not None:
                prove(session, person, "MAN-INT", level)
    engine.dispose()
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(cli, ("match", *words))


def document(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def integrity(found, agency: str):
    row = next(row for row in found["agencies"] if row["code"] == agency)
    cell = next(cell for cell in row["cells"] if cell["competency"] == "MAN-INT")
    return [cell[name] for name in ("asked", "assessed", "short", "missing", "required")]


def test_heat_counts_what_is_missing_by_agency_and_competency(run):
    found = document(run("heat", "--json"))
    assert integrity(found, "75-BKPSDM") == [3, 2, 1, 3, 8]
    assert integrity(found, "75-INSPEKTORAT") == [2, 2, 1, 4, 8]
    assert (found["weakest"], found["people"], found["held"]) == ("MAN-INT", 5, 5)
    assert 0 < found["memory"]["peak_bytes"] <= found["memory"]["bound_bytes"]
    assert [row["code"] for row in document(run("heat", "--unit", "75-INSPEKTORAT", "--json"))["agencies"]] == ["75-INSPEKTORAT"]
    table = run("heat").stdout
    assert "62 (1)" in table
    assert "1 blok, paling banyak 5 pegawai" in table


def test_thresholds_count_who_reaches_them(run):
    found = document(run("thresholds", TARGET, "--threshold", "1", "--threshold", "90", "--by-agency", "--json"))
    assert [item["percent"] for item in found["thresholds"]] == [1, 90]
    assert [(count["agency"], count["people"], count["scored"]) for count in found["counts"]] == [
        (None, 5, [3, 0]), ("75-BKPSDM", 3, [2, 0]), ("75-INSPEKTORAT", 2, [1, 0])]
    assert "3 (" in run("thresholds", TARGET, "--threshold", "1").stdout


@pytest.mark.parametrize("words", [
    ("heat", "--unit", "X"), ("heat", "--to", "X"), ("heat", "--group", "X"), ("heat", "--on", "besok"),
    ("thresholds", "X"), ("thresholds", "--threshold", "0"), ("thresholds", "--megabytes", "0"), ("position", "X")])
def test_what_names_nothing_is_refused_with_status_2(run, words):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_a_day_before_every_standard_is_refused_with_status_1(run):
    assert run("thresholds", TARGET, "--on", "1990-01-01").exit_code == 1


@pytest.mark.once
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_configured_scheduler_does_the_blocks_and_says_the_same(run, monkeypatch):
    here = [document(run(*words, "--json")) for words in (("heat",), ("thresholds", TARGET), ("position", TARGET))]
    # Its clean-up leaves sockets and processes to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
                          silence_logs=50) as cluster:
            monkeypatch.setenv("KOMPETENSI_DASK_SCHEDULER", cluster.scheduler_address)
            there = [document(run(*words, "--json")) for words in (("heat",), ("thresholds", TARGET), ("position", TARGET))]
    for one, other in zip(here, there, strict=True):
        assert one.pop("memory")["blocks"] == other.pop("memory")["blocks"]
        assert one == other
