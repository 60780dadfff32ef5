"""The migrations build what the models describe, leave nothing behind, and keep to our own tables."""

from __future__ import annotations

import json

from applications import make_engine
from candidates import make_certificate
from factories import make_person
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from kompetensi.models import Base, CertificateFile
from kompetensi.services import migrations
from kompetensi.services.catalogue_version import bump_catalogue_version


def test_upgrade_builds_exactly_what_the_models_describe(databases):
    engine = make_engine(databases.new())
    assert migrations.current_revision(engine) is None
    assert migrations.upgrade(engine) == "0005"
    assert migrations.differences(engine) == []
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


def test_a_second_upgrade_changes_nothing(databases):
    engine = make_engine(databases.new())
    migrations.upgrade(engine)
    assert migrations.upgrade(engine) == "0005"


def test_downgrade_removes_our_tables_and_nothing_of_the_host(databases):
    engine = make_engine(databases.new())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE host_thing (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('host-7')"))
    migrations.upgrade(engine)
    migrations.downgrade(engine)
    left = set(inspect(engine).get_table_names())
    assert not any(name.startswith("kompetensi_") for name in left)
    assert {"host_thing", "alembic_version"} <= left
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "host-7"


def test_the_second_version_goes_both_ways_and_keeps_the_people(databases, reference_url):
    engine = make_engine(databases.new(template=reference_url))
    with engine.begin() as connection:
        units = connection.scalar(text("SELECT count(*) FROM kompetensi_units"))
    migrations.downgrade(engine, "0001")
    assert migrations.current_revision(engine) == "0001"
    assert "kompetensi_interests" not in inspect(engine).get_table_names()
    assert migrations.upgrade(engine) == "0005"
    assert migrations.differences(engine) == []
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kompetensi_units")) == units


def test_the_count_of_catalogue_versions_goes_on_over_the_migration_and_back(databases):
    engine = make_engine(databases.new())
    migrations.upgrade(engine, "0001")
    count = "SELECT value FROM kompetensi_settings WHERE key = 'catalogue_version'"
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO kompetensi_settings (key, value) VALUES ('catalogue_version', '{\"version\": 41}')"))
    migrations.upgrade(engine)
    with Session(engine) as session:
        assert session.scalar(text(count)) is None
        assert bump_catalogue_version(session) == 42
        session.commit()
    migrations.downgrade(engine, "0001")
    with engine.connect() as connection:
        assert json.loads(connection.scalar(text(f"SELECT CAST(value AS VARCHAR) FROM ({count}) AS kept"))) == {"version": 42}


def test_certificates_and_what_hangs_on_them_come_through_the_fourth_version_and_back(databases, reference_url):
    engine = make_engine(databases.new(template=reference_url))
    with Session(engine) as session:
        certificate = make_certificate(session, make_person(session), "PPP-DASAR")
        session.add(CertificateFile(certificate_id=certificate.id, pdf=b"%PDF-1.7"))
        session.commit()
        number = certificate.number
    for revision in ("0003", "head"):
        (migrations.downgrade if revision == "0003" else migrations.upgrade)(engine, revision)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT number FROM kompetensi_certificates")) == number
            assert bytes(connection.scalar(text("SELECT pdf FROM kompetensi_certificate_files"))) == b"%PDF-1.7"
    assert migrations.differences(engine) == []
