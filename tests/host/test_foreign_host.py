"""kompetensi inside somebody else's application: two hosts in one process, and nothing of theirs is touched."""

from __future__ import annotations

import json

import pytest
from factories import NOW, TODAY
from flask import Flask, abort, render_template_string
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import inspect, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kompetensi.errors import NotFound
from kompetensi.extension import Kompetensi
from kompetensi.models.base import TABLE_PREFIX
from kompetensi.rules.access import ANONYMOUS, Actor
from kompetensi.services import migrations
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.imports import import_reference
from kompetensi.services.lookup import position_by_code
from kompetensi.services.unit_of_work import transaction


class HostClock:
    def today(self):
        return TODAY

    def now(self):
        return NOW


def make_host(url: str, *, prefix: str, who: Actor = ANONYMOUS):
    class Base(DeclarativeBase):
        pass

    app = Flask("host")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SECRET_KEY="the host's own", TESTING=True)
    db = SQLAlchemy(app, model_class=Base)

    class User(db.Model):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    @app.get("/")
    def index():
        return render_template_string("{{ 'halaman induk'|upper }}")

    @app.get("/gone")
    def gone():
        abort(404)

    @app.errorhandler(404)
    def missing(error):
        return "the host's own 404", 404

    Kompetensi(app, db=db, load_actor=lambda: app.acting, url_prefix=prefix, clock=HostClock())
    app.acting = who
    with app.app_context():
        db.create_all()
        migrations.upgrade(db.engine)
        with transaction(db.session):
            import_reference(db.session, today=TODAY, now=NOW)
    return app, db, User


SOMEBODY = Actor("host-user:7", "Pengguna induk")


@pytest.fixture
def host(databases):
    app, db, user = make_host(databases.new(), prefix="/kompetensi", who=SOMEBODY)
    yield app, db, user
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_our_pages_stand_under_the_prefix_and_the_hosts_page_stays(host):
    app, _, _ = host
    client = app.test_client()
    assert client.get("/").text == "HALAMAN INDUK"
    page = client.get("/kompetensi/jabatan")
    assert page.status_code == 200
    assert "Kepala Bidang" in page.text


def test_the_hosts_headers_and_error_pages_are_its_own(host):
    app, _, _ = host
    client = app.test_client()
    assert "Content-Security-Policy" not in client.get("/").headers
    assert client.get("/gone").text == "the host's own 404"
    assert client.get("/nowhere").text == "the host's own 404"
    assert "Content-Security-Policy" in client.get("/kompetensi/jabatan").headers
    assert client.get("/kompetensi/jabatan/TIDAK-ADA").text != "the host's own 404"


def test_the_hosts_template_environment_is_not_changed(databases):
    bare = Flask("bare").jinja_env
    app, db, _ = make_host(databases.new(), prefix="/k")
    assert set(app.jinja_env.filters) == set(bare.filters)
    assert set(app.jinja_env.globals) == set(bare.globals)
    with app.app_context():
        db.engine.dispose()


def test_nobody_is_let_in_unless_the_host_says_who_it_is(host):
    app, _, _ = host
    app.acting = ANONYMOUS
    assert app.test_client().get("/kompetensi/jabatan").status_code == 401
    assert app.test_client().get("/kompetensi/cek").status_code == 200


def test_the_hosts_history_of_migrations_is_its_own(host):
    app, db, _ = host
    with app.app_context():
        names = set(inspect(db.engine).get_table_names())
    assert "users" in names
    assert migrations.VERSION_TABLE in names
    assert "alembic_version" not in names
    assert not any(name.startswith(TABLE_PREFIX) for name in db.metadata.tables)


def test_one_commit_takes_the_hosts_pending_work_along(host):
    app, db, user = host
    with app.app_context():
        with transaction(db.session):
            db.session.add(user(name="Yusuf"))
        db.session.remove()
        assert db.session.scalar(text("SELECT count(*) FROM users")) == 1
        with pytest.raises(NotFound):
            fail_halfway(db, user)
        assert db.session.scalar(text("SELECT count(*) FROM users")) == 1


def fail_halfway(db, user):
    with transaction(db.session):
        db.session.add(user(name="Ani"))
        position_by_code(db.session, "TIDAK-ADA")


def test_two_hosts_in_one_process_do_not_see_each_other(databases):
    first, first_db, _ = make_host(databases.new(), prefix="/a", who=SOMEBODY)
    second, second_db, _ = make_host(databases.new(), prefix="/b", who=ANONYMOUS)
    with first.app_context(), transaction(first_db.session):
        first_db.session.execute(text("UPDATE kompetensi_positions SET name = 'Hanya di sini' "
                                      "WHERE code = 'ADM-KABID-ASET'"))
        bump_catalogue_version(first_db.session)
    assert first.test_client().get("/a/jabatan").status_code == 200
    assert second.test_client().get("/b/jabatan").status_code == 401
    assert first.test_client().get("/b/jabatan").status_code == 404
    with second.app_context():
        assert second_db.session.scalar(
            text("SELECT name FROM kompetensi_positions WHERE code = 'ADM-KABID-ASET'")) != "Hanya di sini"
    for app, db in ((first, first_db), (second, second_db)):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def test_the_commands_are_the_hosts_commands(host):
    app, _, _ = host
    result = app.test_cli_runner().invoke(args=["kompetensi", "positions", "find", "aset", "--json"])
    assert result.exit_code == 0, result.output
    assert "ADM-KABID-ASET" in {row["code"] for row in json.loads(result.stdout)}


def test_a_second_mount_on_the_same_application_is_refused(host):
    app, db, _ = host
    with pytest.raises(RuntimeError, match="already mounted"):
        Kompetensi(app, db=db)
