"""The graph from the database: kept by version and day, brought up to date by what has changed, never ahead of a commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files
from threading import Barrier

import pytest
from applications import make_engine
from factories import NOW, TODAY
from sqlalchemy import delete, event, insert, select
from sqlalchemy.orm import Session

from kompetensi.exchange.reference_tables import FORMATS
from kompetensi.graph.build import build
from kompetensi.graph.elements import NodeKind
from kompetensi.models import CatalogueChange, Competency, CompetencyRelation
from kompetensi.rules.access import SYSTEM
from kompetensi.services import migrations, snapshot
from kompetensi.services.catalogue_version import bump_catalogue_version, catalogue_version
from kompetensi.services.imports import import_table
from kompetensi.services.lookup import competency_by_code, position_by_code
from kompetensi.services.position_changes import create_position, create_posts, edit_position, edit_post
from kompetensi.services.snapshot import load_graph
from kompetensi.services.standard_changes import edit_position_standard, latest_standard
from kompetensi.services.training_changes import create_training, edit_training, training_content
from kompetensi.services.unit_of_work import transaction

ASET = "ADM-KABID-ASET"
WHEN = {"today": TODAY, "now": NOW}
TOMORROW, NEXT_YEAR = TODAY + timedelta(days=1), date(2027, 1, 1)


@pytest.fixture
def engine(databases, reference_url):
    """A database of the test's own, in which it may commit."""
    engine = make_engine(databases.new(template=reference_url))
    yield engine
    engine.dispose()


def everything(graph):
    """Return all that a graph holds, in its orders."""
    return [list(graph.competencies.items()), list(graph.trainings.items()), list(graph.positions.items()), graph.relations,
            list(graph.network.nodes(data=True)), list(graph.network.edges(keys=True, data=True)),
            list(graph.network.in_edges(keys=True, data=True)), graph.awaited]


def read_anew(session, on=TODAY):
    return build(*snapshot._everything(session, on))


def set_jp(session, jp, code="BMD-DASAR"):
    content = training_content(session, SYSTEM, code, on=TODAY)
    edit_training(session, SYSTEM, code, replace(content, jp=jp, subjects=()), **WHEN)


def jp_of(session, code="BMD-DASAR"):
    return load_graph(session, TODAY).trainings[code].jp


def statements(session):
    """Return a list that grows with each statement of the session."""
    told: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: told.append(call[2]))
    return told


def rebuilds(session, call):
    """Whether a call reads the whole catalogue."""
    told = statements(session)
    call()
    return any("FROM kompetensi_trainings" in text and "WHERE" not in text for text in told)


# --- every way to change the catalogue ------------------------------------------------------------------------------


def add_training(session):
    content = training_content(session, SYSTEM, "BMD-LANJUT", on=TODAY)
    create_training(session, SYSTEM, "BMD-UJI", replace(content, equivalent_code="BMD-DASAR"), **WHEN)


def change_standard(session, day=TOMORROW):
    content, _ = latest_standard(session, SYSTEM, ASET, on=TODAY)
    edit_position_standard(session, SYSTEM, ASET, replace(content, min_experience_years=9), valid_from=day, reason="Uji", **WHEN)


def add_position(session):
    create_position(session, SYSTEM, "ADM-UJI", name="Kepala Uji", unit_code="75-BKPSDM", class_code="ADMINISTRATOR", urusan="",
                    posts=1, **WHEN)


def rename_position(session):
    edit_position(session, SYSTEM, ASET, name="Kepala Bidang Uji", class_code="ADMINISTRATOR", urusan="", **WHEN)


def bring_in(kind, old, new):
    """Return what imports a reference table in which one thing is otherwise."""
    def change(session):
        table = files("kompetensi.reference").joinpath(FORMATS[kind].file_name).read_text(encoding="utf-8")
        assert old in table
        report = import_table(session, SYSTEM, kind, table.replace(old, new).encode(), dry_run=False, **WHEN)
        assert report.created + report.updated

    change.__name__ = f"import_{kind}"
    return change


def relate(session):
    for source, target in (("TEK-BMD", "TEK-PBJ"), ("MAN-INT", "MAN-KSM")):
        session.add(CompetencyRelation(from_id=competency_by_code(session, source).id,
                                       to_id=competency_by_code(session, target).id, kind="BROADER"))
    bump_catalogue_version(session, (NodeKind.COMPETENCY, "TEK-BMD"), (NodeKind.COMPETENCY, "MAN-INT"))


def rename_competency(session):
    competency_by_code(session, "TEK-BMD").name = "Aset daerah"
    bump_catalogue_version(session, (NodeKind.COMPETENCY, "TEK-BMD"))


def change_training(session):
    set_jp(session, 77)


# Of these it is known what changed, of the tables after them not.
OF_ELEMENTS = [
    change_training, add_training, change_standard, add_position, rename_position, relate, rename_competency,
    bring_in("competencies", "MAN-INT,Integritas", "MAN-INT,Kejujuran"),
    bring_in("technical-competencies", "Manajemen Kepegawaian ASN", "Kepegawaian"),
    bring_in("trainings", "Orientasi PPPK", "Pengenalan PPPK"), bring_in("positions", "Kepala BKPSDM", "Kepala Badan")]
OF_ANYTHING = [
    bring_in("units", "Sekretariat DPRD Provinsi Gorontalo", "Sekretariat Dewan"),
    bring_in("governments", "Kabupaten Gorontalo,KAB", "Kab. Gorontalo,KAB"),
    bring_in("grades", "III,d,12,verified,12", "III,d,12,verified,17"),
    bring_in("education-levels", "S1,Sarjana,7", "S1,Sarjana,8"),
    bring_in("job-classes", "ADMINISTRATOR,Administrator", "ADMINISTRATOR,Pejabat administrator")]
OF_NOTHING = [
    lambda session: create_posts(session, SYSTEM, ASET, 2, **WHEN),
    lambda session: edit_post(session, SYSTEM, f"{ASET}-01", superior_code=None, valid_to=NEXT_YEAR, **WHEN),
    bring_in("technical-ladder", "1,Paham", "1,Kenal"), bring_in("job-class-levels", "memory", "verified"),
    bring_in("policies", "readiness.filling.ms,80", "readiness.filling.ms,81"), bring_in("mutasi-kinds", "memory", "verified"),
    bring_in("mutasi-rules", "memory", "verified")]


@pytest.mark.parametrize("change", [*OF_ELEMENTS, *OF_ANYTHING])
def test_what_is_brought_up_to_date_is_what_is_read_anew(session, change):
    before = load_graph(session, TODAY)
    kept, version = everything(before), catalogue_version(session)
    change(session)
    assert catalogue_version(session).number == version.number + 1
    assert rebuilds(session, lambda: load_graph(session, TODAY)) == (change in OF_ANYTHING)
    for day in (TODAY, NEXT_YEAR):
        assert everything(load_graph(session, day)) == everything(read_anew(session, day))
    assert everything(before) == kept


@pytest.mark.parametrize("change", OF_NOTHING)
def test_what_is_no_part_of_the_graph_leaves_its_version_alone(session, change):
    version, before = catalogue_version(session), everything(read_anew(session))
    change(session)
    assert catalogue_version(session) == version
    assert everything(read_anew(session)) == before


# --- transactions ---------------------------------------------------------------------------------------------------


def test_a_change_is_seen_inside_at_once_and_outside_after_the_commit(engine):
    with Session(engine) as writer, Session(engine) as reader:
        before = jp_of(reader)
        reader.rollback()
        with transaction(writer):
            set_jp(writer, before + 1)
            assert jp_of(writer) == before + 1
            # Another thread does not share the intention to write.
            with ThreadPoolExecutor(1) as other:
                assert other.submit(jp_of, reader).result() == before
            reader.rollback()
        assert jp_of(reader) == before + 1


def test_a_change_that_is_rolled_back_was_never_there(engine):
    with Session(engine) as writer, Session(engine) as reader:
        before = jp_of(reader)
        reader.rollback()
        set_jp(writer, before + 1)
        assert jp_of(writer) == before + 1
        writer.rollback()
        assert jp_of(writer) == before
        # The next version has the number of the one that was rolled back.
        with transaction(writer):
            set_jp(writer, before + 2)
        assert jp_of(reader) == before + 2


def test_a_savepoint_takes_its_change_along(session):
    before = jp_of(session)
    with session.begin_nested() as savepoint:
        set_jp(session, before + 1)
        assert jp_of(session) == before + 1
        savepoint.rollback()
    assert jp_of(session) == before
    set_jp(session, before + 2)
    assert jp_of(session) == before + 2


def test_who_still_sees_the_state_of_before_gets_its_graph(engine):
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as late, Session(engine) as writer:
        before = jp_of(late)
        with transaction(writer):
            set_jp(writer, before + 1)
        assert jp_of(writer) == before + 1
        assert jp_of(late) == before
        late.rollback()
        assert jp_of(late) == before + 1


def test_versions_of_writers_at_once_are_all_counted(engine):
    writers, each = 4, 5

    def write(_):
        for _ in range(each):
            with Session(engine) as session, transaction(session):
                bump_catalogue_version(session, (NodeKind.TRAINING, "BMD-DASAR"))

    with Session(engine) as session:
        before = catalogue_version(session).number
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    with Session(engine) as session:
        assert catalogue_version(session).number == before + writers * each
        assert set(range(before + 1, before + writers * each + 1)) <= set(session.scalars(select(CatalogueChange.version)))


def test_the_first_version_of_all_may_be_opened_by_two_at_once(databases):
    engine = make_engine(databases.new())
    migrations.upgrade(engine)
    ready = Barrier(2)

    def write(_):
        with Session(engine) as session, transaction(session):
            if engine.dialect.name == "postgresql":
                ready.wait()
            bump_catalogue_version(session)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    with Session(engine) as session:
        assert catalogue_version(session).number == 2
    engine.dispose()


def test_threads_that_read_while_somebody_writes_see_one_version_or_the_next(engine):
    with Session(engine) as session:
        start = jp_of(session)

    def read(_):
        with Session(engine) as session:
            first, graph = jp_of(session), load_graph(session, TODAY)
            session.rollback()
            assert graph.network.number_of_edges() > 100
            return first, jp_of(session)

    def write(number):
        with Session(engine) as session, transaction(session):
            set_jp(session, start + number)

    with ThreadPoolExecutor(4) as readers, ThreadPoolExecutor(1) as writer:
        writing = [writer.submit(write, number) for number in range(1, 9)]
        found = list(readers.map(read, range(40)))
        for done in writing:
            done.result()
    assert all(first <= second for first, second in found)
    with Session(engine) as session:
        assert jp_of(session) == start + 8
        assert everything(load_graph(session, TODAY)) == everything(read_anew(session))


# --- days and versions far away -------------------------------------------------------------------------------------


def test_another_day_on_which_the_same_standards_hold_has_the_same_graph(session):
    change_standard(session, NEXT_YEAR)
    graph = load_graph(session, TODAY)
    for day in (TOMORROW, NEXT_YEAR - timedelta(days=1)):
        assert load_graph(session, day) is graph
    assert load_graph(session, NEXT_YEAR) is not graph


def test_between_two_days_only_the_standards_that_begin_or_end_are_read(session):
    change_standard(session, NEXT_YEAR)
    load_graph(session, TODAY)
    assert not rebuilds(session, lambda: load_graph(session, NEXT_YEAR))
    changed = {code for code, item in load_graph(session, NEXT_YEAR).positions.items()
               if load_graph(session, TODAY).positions.get(code) is not item}
    assert changed == {ASET}


@pytest.mark.parametrize("there", [TODAY, NEXT_YEAR, date(1990, 1, 1)])
@pytest.mark.parametrize("back", [TODAY, NEXT_YEAR, date(1990, 1, 1)])
def test_a_position_leaves_and_returns_with_its_standard(session, there, back):
    standard = position_by_code(session, ASET).standards[-1]
    standard.valid_to = NEXT_YEAR - timedelta(days=3)
    bump_catalogue_version(session, (NodeKind.POSITION, ASET))
    for day in (there, back, there):
        assert everything(load_graph(session, day)) == everything(read_anew(session, day))


def test_who_has_missed_what_is_no_longer_known_reads_anew(session):
    load_graph(session, TODAY)
    for jp in (70, 71, 72):
        set_jp(session, jp)
    session.execute(delete(CatalogueChange).where(CatalogueChange.version < catalogue_version(session).number))
    assert rebuilds(session, lambda: load_graph(session, TODAY))
    assert jp_of(session) == 72


def test_old_changes_are_forgotten(session, monkeypatch):
    monkeypatch.setattr("kompetensi.services.catalogue_version._KEPT", 3)
    for jp in range(70, 80):
        set_jp(session, jp)
    assert len(set(session.scalars(select(CatalogueChange.version)))) == 3


def test_a_database_without_a_version_is_read_each_time(databases):
    engine = make_engine(databases.new())
    migrations.upgrade(engine)
    with Session(engine) as session:
        assert not load_graph(session, TODAY).competencies
    with engine.begin() as connection:
        connection.execute(insert(Competency), {"code": "TEK-A", "name": "A", "kind": "TEKNIS"})
        # The guard of the tests wants what our services always do; a database filled by hand has no version.
        connection.info.clear()
    with Session(engine) as session:
        assert list(load_graph(session, TODAY).competencies) == ["TEK-A"]
    engine.dispose()


def test_another_database_with_the_same_number_is_another_catalogue(databases, reference_url, engine):
    other = make_engine(databases.new(template=reference_url))
    with Session(engine) as one, Session(other) as two:
        for session, jp in ((one, 71), (two, 72)):
            with transaction(session):
                set_jp(session, jp)
        assert catalogue_version(one).number == catalogue_version(two).number
        assert (jp_of(one), jp_of(two)) == (71, 72)
    other.dispose()
