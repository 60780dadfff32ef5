"""The readiness map: the numbers of a loop over readinesses, nobody else's people, no number that tells of one person."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import fields

import numpy as np
import pytest
from factories import NOW, TODAY, make_person, make_post, occupy, prove
from sqlalchemy import event, select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.exchange.readiness_map import map_to_csv
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.levels import assessed_at, levels_at
from kompetensi.graph.matching import Standards
from kompetensi.models import AuditEntry, Person, Unit
from kompetensi.rules.access import ANONYMOUS, SYSTEM, Actor, Grant, Role
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.population import blocks_from, load_population, standards_of
from kompetensi.services.readiness import load_assessors
from kompetensi.services.readiness_map import MapCell, ReadinessMap, agency_map, cell_people, readiness_map
from kompetensi.services.snapshot import load_evidence

TARGET = "JPTP-INSPEKTUR"
ASKED = {"on": TODAY, "today": TODAY}


def officer(session, role: Role, unit: str = "75") -> Actor:
    return Actor(f"account:{role}", "Fitria", grants=(Grant(role, unit_by_code(session, unit).id),))


def numbers(cell: MapCell) -> tuple[int, ...]:
    return tuple(getattr(cell, field.name) for field in fields(cell) if field.name != "hidden")


def cells(found: ReadinessMap) -> dict[tuple[str, str], tuple[int, ...]]:
    return {(row.code, column.code): numbers(cell) for row in found.agencies
            for column, cell in zip(found.columns, row.cells, strict=True) if cell.asked}


@contextmanager
def statements(session):
    seen: list[str] = []
    connection = session.connection()

    def add(*call):
        seen.append(call[2])

    event.listen(connection, "before_cursor_execute", add)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", add)


@pytest.mark.parametrize("basis", ["proven", "expected"])
def test_the_database_derives_the_levels_that_the_evidence_gives(demo_session, basis):
    graph, standards = standards_of(demo_session, TODAY)
    population = load_population(demo_session, None, standards, TODAY)
    evidence = load_evidence(demo_session, population.ids)
    seen = 0
    for block in blocks_from(demo_session, population, standards, reach=None, on=TODAY, basis=basis, size=60):
        for at in range(block.people):
            profile = profile_on(evidence[population.ids[block.first + at]], TODAY)
            seen += len(profile.levels)
            assert known_levels(block, standards, at) == {
                code: level for code, one in profile.levels.items() if code in standards.competencies
                and (level := one.proven if basis == "proven" else one.expected) is not None}
    assert seen > len(population.ids)
    assert graph.positions


def known_levels(block, standards: Standards, at: int) -> dict[str, int]:
    columns = np.arange(len(standards.competencies))
    people = np.full(len(columns), at)
    known = assessed_at(block.levels, block.assessed, columns, people)
    levels = levels_at(block.levels, columns, people)
    return {standards.competencies[column]: int(levels[column]) for column in columns if known[column]}


@pytest.mark.parametrize("target", [None, TARGET])
def test_each_number_is_what_a_loop_over_readinesses_counts(demo_session, target):
    found = readiness_map(demo_session, SYSTEM, target=target, **ASKED)
    _, standards = standards_of(demo_session, TODAY)
    population = load_population(demo_session, None, standards, TODAY)
    assessors = load_assessors(demo_session, population.ids, TODAY)
    expected: dict[tuple[str, str], Counter] = {}
    for at, person_id in enumerate(population.ids):
        held = population.position[at]
        code = target or (standards.codes[held] if held >= 0 else None)
        if code is None:
            continue
        for row in assessors[person_id](code).rows:
            cell = expected.setdefault((population.agencies[population.agency[at]].code, row.competency), Counter())
            cell["asked"] += 1
            if row.counted is not None:
                missing = max(row.required - row.counted, 0)
                cell.update({"assessed": 1, "short": int(missing > 0), "missing": missing, "required": row.required})
    assert cells(found) == {key: tuple(cell[name] for name in ("asked", "assessed", "short", "missing", "required"))
                            for key, cell in expected.items()}
    assert numbers(found.totals.total) == tuple(
        sum(cell[name] for cell in expected.values()) for name in ("asked", "assessed", "short", "missing", "required"))
    assert sum(row.people for row in found.agencies) == found.people == len(population.ids)


def test_the_same_in_small_blocks_and_the_memory_is_told(demo_session):
    whole = readiness_map(demo_session, SYSTEM, measure=True, **ASKED)
    small = readiness_map(demo_session, SYSTEM, measure=True, megabytes=1, **ASKED)
    assert cells(small) == cells(whole)
    assert small.memory.blocks > whole.memory.blocks == 1
    for memory in (whole.memory, small.memory):
        assert 0 < memory.peak_bytes <= memory.bound_bytes
    assert small.memory.bound_bytes <= 1_000_000


def test_groups_cut_the_map_and_do_not_overlap(demo_session):
    held = [readiness_map(demo_session, SYSTEM, group=group, **ASKED).held
            for group in ("JPT", "JA", "JF-KEAHLIAN", "JF-KETERAMPILAN")]
    assert sum(held) == readiness_map(demo_session, SYSTEM, **ASKED).held > max(held)
    with pytest.raises(InvalidInput, match="Kelompok"):
        readiness_map(demo_session, SYSTEM, group="X", **ASKED)


def test_the_people_behind_a_number_are_as_many_as_it_says_and_their_page_is_noted(demo_session):
    hr = officer(demo_session, Role.HR)
    found = readiness_map(demo_session, hr, **ASKED)
    opened = 0
    for (agency, competency), cell in sorted(cells(found).items())[::7]:
        behind = cell_people(demo_session, hr, agency, competency, now=NOW, **ASKED)
        assert numbers(behind.cell) == cell
        order = [(-person.missing, person.level is not None, person.nip) for person in behind.people]
        assert order == sorted(order)
        noted = set(demo_session.scalars(
            select(Person.nip).join(AuditEntry, AuditEntry.person_id == Person.id)
            .where(AuditEntry.action == "matching.people", AuditEntry.actor.startswith(hr.id))))
        assert {person.nip for person in behind.people} <= noted
        opened += len(behind.people)
    assert opened > 20


@pytest.fixture
def offices(session):
    """Six people of the personnel agency and three of the inspectorate, all held against one standard."""
    made = {}
    for unit, levels in (("75-BKPSDM", (1, 2, 3, 4, 4, None)), ("75-INSPEKTORAT", (1, 4, None))):
        for level in levels:
            person = make_person(session, unit=unit)
            occupy(session, person, make_post(session, TARGET))
            if level is not None:
                prove(session, person, "MAN-INT", level)
            made.setdefault(unit, []).append(person)
    return made


def integrity(found: ReadinessMap, agency: str) -> MapCell:
    at = [column.code for column in found.columns].index("MAN-INT")
    return next(row.cells[at] for row in found.agencies if row.code == agency)


def test_hr_of_one_agency_sees_its_own_people_alone(session, offices):
    hr = officer(session, Role.HR, "75-BKPSDM")
    found = readiness_map(session, hr, **ASKED)
    assert {row.code for row in found.agencies} == {"75-BKPSDM"}
    assert numbers(integrity(found, "75-BKPSDM")) == (6, 5, 3, 6, 20)
    assert integrity(found, "75-BKPSDM").percent == 70
    behind = cell_people(session, hr, "75-BKPSDM", "MAN-INT", now=NOW, **ASKED)
    assert {person.nip for person in behind.people} == {person.nip for person in offices["75-BKPSDM"]}
    for ask in (lambda: cell_people(session, hr, "75-INSPEKTORAT", "MAN-INT", now=NOW, **ASKED),
                lambda: agency_map(session, hr, "75-INSPEKTORAT", **ASKED),
                lambda: agency_map(session, hr, "75", **ASKED)):
        with pytest.raises(NotAllowed):
            ask()
    assert readiness_map(session, hr, unit_code="75-INSPEKTORAT", **ASKED).people == 0


def test_a_training_centre_sees_no_number_that_tells_of_a_few(session, offices):
    centre = officer(session, Role.TRAINING_CENTRE, "75-BKPSDM")
    found = readiness_map(session, centre, **ASKED)
    assert {row.code for row in found.agencies} >= {"75-BKPSDM", "75-INSPEKTORAT"}
    assert numbers(integrity(found, "75-BKPSDM")) == (6, 5, 3, 6, 20)
    few = integrity(found, "75-INSPEKTORAT")
    assert (few.hidden, numbers(few)) == (True, (0, 0, 0, 0, 0))
    # What is hidden cannot be had by subtracting: it is in no sum either.
    at = [column.code for column in found.columns].index("MAN-INT")
    assert numbers(found.totals.cells[at]) == (6, 5, 3, 6, 20)
    assert not any(column.is_technical for column in found.columns)
    assert not found.opens_people
    assert "INSPEKTORAT,Inspektorat Provinsi Gorontalo,MAN-INT" not in map_to_csv(found, str)
    for asked in ({"target": TARGET}, {"group": "JPT"}, {"unit_code": "75-BKPSDM"}, {"basis": "proven"}):
        with pytest.raises(NotAllowed):
            readiness_map(session, centre, **ASKED, **asked)
    with pytest.raises(NotAllowed):
        cell_people(session, centre, "75-BKPSDM", "MAN-INT", now=NOW, **ASKED)


def test_others_see_no_map(session, offices):
    person = offices["75-BKPSDM"][0]
    for actor in (ANONYMOUS, Actor("account:1", "A", person_id=person.id), officer(session, Role.ADMIN)):
        with pytest.raises(NotAllowed):
            readiness_map(session, actor, **ASKED)


def test_what_names_nothing_is_told(session, offices):
    with pytest.raises(NotFound):
        readiness_map(session, SYSTEM, unit_code="X", **ASKED)
    with pytest.raises(NotFound):
        readiness_map(session, SYSTEM, target="X", **ASKED)
    with pytest.raises(NotFound):
        cell_people(session, SYSTEM, "75-BKPSDM", "X", now=NOW, **ASKED)
    with pytest.raises(InvalidInput, match="Halaman 9"):
        cell_people(session, SYSTEM, "75-BKPSDM", "MAN-INT", now=NOW, number=9, **ASKED)
    with pytest.raises(Conflict, match="belum mempunyai standar"):
        readiness_map(session, SYSTEM, target=TARGET, on=TODAY.replace(year=1990), today=TODAY)


def test_nobody_gives_an_empty_map(session):
    found = readiness_map(session, officer(session, Role.HR, "75-DPMPTSP"), **ASKED)
    assert (found.people, found.held, found.agencies, found.weakest) == (0, 0, (), None)


def test_the_number_of_queries_does_not_grow_with_people(session, offices):
    readiness_map(session, SYSTEM, **ASKED)
    with statements(session) as few:
        readiness_map(session, SYSTEM, **ASKED)
        cell_people(session, SYSTEM, "75-BKPSDM", "MAN-INT", now=NOW, **ASKED)
    for _ in range(20):
        occupy(session, make_person(session), make_post(session, TARGET))
    with statements(session) as many:
        readiness_map(session, SYSTEM, **ASKED)
        cell_people(session, SYSTEM, "75-BKPSDM", "MAN-INT", now=NOW, **ASKED)
    assert len(many) == len(few) < 25


def test_agencies_lose_the_name_of_their_government_where_there_is_one(session, offices):
    assert {row.short_name for row in readiness_map(session, officer(session, Role.HR), **ASKED).agencies} == {
        "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", "Inspektorat"}
    assert session.scalar(select(Unit.name).where(Unit.code == "75-INSPEKTORAT")) == "Inspektorat Provinsi Gorontalo"
