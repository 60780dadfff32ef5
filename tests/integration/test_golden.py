"""Word for word: help, sentences and tables of the commands, and the keys of their JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click
import goldens
import pytest
from applications import make_engine
from candidates import TARGET, make_candidate, record_elections
from click.testing import CliRunner
from factories import NOW, TODAY, make_batch
from graduates import make_finished_batch, make_graduate, press
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.cli import cli
from kompetensi.models import Person, Setting
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction

NIP = "198504122010012001"


@pytest.fixture
def run(databases, reference_url, monkeypatch, tmp_path):
    """Return a function that runs a command on a small office whose people, codes and days never change."""
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session, transaction(session):
        session.add(Setting(key="demo", value={"today": TODAY.isoformat(), "seed": 7, "people": 1}))
        record_elections(session, "75")
        person = make_candidate(session, nip=NIP)
        make_batch(session, "BMD-DASAR", first_day=date(2027, 2, 1), code="BMD-DASAR-2027-01", number=1)
        ended = make_finished_batch(session, code="YANLIK-PRIMA-2026-01", number=1)
        enrolment = make_graduate(session, ended, person=session.scalars(select(Person).where(Person.nip == NIP)).one())
        issue_certificate(session, SYSTEM, enrolment.id, today=TODAY, now=NOW,
                          **(press() | {"randomness": lambda count: bytes(range(count))}))
        assert person.nip == NIP
    engine.dispose()
    monkeypatch.setenv("KOMPETENSI_DATABASE_URL", url)
    monkeypatch.setenv("KOMPETENSI_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "160")

    def answer(*words: str) -> str:
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    return answer


def commands(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += [(*words, name)] if not isinstance(command, click.Group) else commands(command, (*words, name))
    return found


def test_the_help_of_every_command():
    pages = [CliRunner().invoke(cli, [*words, "--help"], prog_name="kompetensi", terminal_width=110).output
             for words in ((), *commands(cli))]
    goldens.check("help.txt", ("\n" + "-" * 80 + "\n").join(pages))


def test_what_people_read_of_readiness_and_eligibility(run):
    goldens.check("readiness.txt", run("readiness", NIP, TARGET))
    goldens.check("eligibility.txt", run("eligibility", NIP, TARGET, "--kind", "DALAM-INSTANSI", "--no-own-request"))


def test_what_people_read_of_batches_and_certificates(run):
    goldens.check("batches.txt", run("batches", "list"))
    goldens.check("verify.txt", run("certificates", "verify", "000G-40R4-0M30"))


def keys(value: Any, path: str = "") -> set[str]:
    """Return the paths of all keys of a document; the elements of a list are one."""
    if isinstance(value, dict):
        return {found for name, item in value.items() for found in keys(item, f"{path}.{name}" if path else name)}
    if isinstance(value, list) and value:
        return {found for item in value for found in keys(item, f"{path}[]")}
    return {path}


def test_the_keys_of_the_json_stay(run):
    asked = {
        "people find": ("people", "find", "rahma"), "positions find": ("positions", "find", "aset"),
        "trainings find": ("trainings", "find", "BMD"), "readiness": ("readiness", NIP, TARGET),
        "plan": ("plan", NIP, TARGET), "plan with gaps": ("plan", NIP, "JPTP-INSPEKTUR"),
        "plan --if": ("plan", NIP, TARGET, "--if-taken", "PBJ-L1"),
        "gaps": ("gaps", NIP), "eligibility": ("eligibility", NIP, TARGET, "--kind", "DALAM-INSTANSI"),
        "moves person": ("moves", "person", NIP), "moves position": ("moves", "position", TARGET),
        "batches list": ("batches", "list"), "enrol": ("enrol", NIP, "BMD-DASAR-2027-01"),
        "results record": ("results", "record", "BMD-DASAR-2027-01", NIP, "passed", "--score", "80"),
        "results show": ("results", "show", "YANLIK-PRIMA-2026-01"),
        "certificates list": ("certificates", "list"), "certificates issue": ("certificates", "issue", "YANLIK-PRIMA-2026-01"),
        "certificates verify": ("certificates", "verify", "000G-40R4-0M30"), "graph check": ("graph", "check"),
        "match position": ("match", "position", TARGET), "match person": ("match", "person", NIP),
        "match thresholds": ("match", "thresholds", TARGET), "match heat": ("match", "heat"),
        "graph bottlenecks": ("graph", "bottlenecks"), "graph needs": ("graph", "needs"),
        "graph impact": ("graph", "impact", "KEUDA-PENATA"), "graph career": ("graph", "career", "PLK-BENDAHARA", TARGET),
        "graph similar": ("graph", "similar", TARGET), "graph diff": ("graph", "diff", "2020-01-01")}
    lines = []
    for name, words in asked.items():
        lines += [name, *(f"  {key}" for key in sorted(keys(json.loads(run(*words, "--json"))))), ""]
    goldens.check("json-keys.txt", "\n".join(lines))
