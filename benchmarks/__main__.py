"""``python -m benchmarks [--json] [--people N]``: a table, or a list of {name, value, unit, ratio, against}.

A ratio is this measure divided by what it is held against, both taken in the same run: below 1 is faster.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session

from benchmarks.timing import median_seconds
from kompetensi.adapters.engine import prepare_engine
from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.app import create_app
from kompetensi.demo.load import load_demo
from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import plan
from kompetensi.models import Base, CatalogueVersion, Certificate, Evidence, Person
from kompetensi.ports import write_intent
from kompetensi.rules.access import SYSTEM
from kompetensi.rules.certificates import facts_from_json
from kompetensi.services import migrations
from kompetensi.services.lookup import person_by_nip
from kompetensi.services.paths import find_path, problem_of
from kompetensi.services.readiness import readiness_of
from kompetensi.services.unit_of_work import transaction

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 14, tzinfo=UTC)
TARGET = "ADM-KABID-ASET"
TIME_LIMIT_S = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    ratio: float
    against: str


def median_ms(call: Callable[[], object], repeats: int = 15) -> float:
    """Return the median time of a call in milliseconds, after one call that warms it up."""
    return median_seconds(call, repeats) * 1000


def seconds(call: Callable[[], object]) -> float:
    """Return the time of one call in seconds."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure_load(folder: Path, people: int) -> tuple[str, Measure]:
    """Load the demo, and hold it against inserting the same rows once more with nothing to decide."""
    url = f"sqlite:///{folder / 'demo.db'}"
    engine = create_engine(url)
    prepare_engine(engine)
    migrations.upgrade(engine)
    write_intent.set(True)

    def load() -> None:
        with Session(engine) as session, transaction(session):
            load_demo(session, people=people, seed=75, today=TODAY, now=NOW, renderer=WeasyPrintRenderer(),
                      progress=lambda *step: None)

    taken = seconds(load)
    # The version of the catalogue comes after what it is the version of, as everywhere.
    tables = sorted(Base.metadata.sorted_tables, key=lambda table: table is CatalogueVersion.__table__)
    with engine.connect() as connection:
        rows = [(table, [dict(row._mapping) for row in connection.execute(select(table))]) for table in tables]
    copy = create_engine(f"sqlite:///{folder / 'copy.db'}")
    prepare_engine(copy)
    migrations.upgrade(copy)

    def insert_again() -> None:
        with copy.begin() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for table, records in rows:
                if records:
                    connection.execute(insert(table), records)

    plain = seconds(insert_again)
    write_intent.set(False)
    count = sum(len(records) for _, records in rows)
    return url, Measure(f"demo load, {people} people, {count} rows", round(taken, 2), "s", round(taken / plain, 1),
                        "bulk insert of the same rows")


def measure_services(session: Session, nip: str) -> list[Measure]:
    """Measure one readiness and one path, each with all that its page needs."""
    person = person_by_nip(session, nip)
    rows = median_ms(lambda: list(session.execute(select(Evidence.level).where(Evidence.person_id == person.id))))
    readiness = median_ms(lambda: readiness_of(session, SYSTEM, nip, TARGET, on=TODAY))
    question = problem_of(session, person, TARGET, ready_by=None, today=TODAY, time_limit_s=TIME_LIMIT_S)
    problem = problem_from_json(question.document)
    alone = problem_from_json({**question.document, "alternatives": 0})
    pure = median_ms(lambda: plan(problem), 5)
    first = median_ms(lambda: plan(alone), 5)
    path = median_ms(lambda: find_path(session, SYSTEM, nip, TARGET, ready_by=None, today=TODAY,
                                       time_limit_s=TIME_LIMIT_S), 5)
    return [
        Measure("one readiness", round(readiness, 2), "ms", round(readiness / rows, 1), "reading the person's evidence"),
        Measure("one path with three choices, from the database", round(path, 1), "ms", round(path / pure, 2),
                "the planner alone on the same problem"),
        Measure("the planner with three choices", round(pure, 1), "ms", round(pure / first, 2),
                "the planner with one choice"),
    ]


def measure_certificate(session: Session) -> Measure:
    """Measure the PDF of one certificate against an empty page."""
    from weasyprint import HTML

    row = session.scalars(select(Certificate).where(Certificate.facts.is_not(None)).limit(1)).one()
    facts = facts_from_json(row.facts)
    renderer = WeasyPrintRenderer()
    taken = median_ms(lambda: renderer.render_certificate(facts), 5)
    empty = median_ms(lambda: HTML(string="<p>x").write_pdf(), 5)
    return Measure("one certificate, two pages", round(taken, 1), "ms", round(taken / empty, 1),
                   "WeasyPrint on an empty page")


def measure_page(url: str, nip: str) -> Measure:
    """Measure the readiness page against a page of Flask that says nothing."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SECRET_KEY": "benchmarks only"})
    kept = app.extensions["kompetensi"]
    app.extensions["kompetensi"] = type(kept)(
        **{name: getattr(kept, name) for name in kept.__slots__} | {"load_actor": lambda: SYSTEM})
    bare = Flask("bare")
    bare.add_url_rule("/", "index", lambda: "x")
    client, plain = app.test_client(), bare.test_client()
    address = f"/kesiapan/{nip}/{TARGET}"
    assert client.get(address).status_code == 200
    taken, nothing = median_ms(lambda: client.get(address)), median_ms(lambda: plain.get("/"))
    return Measure("readiness page", round(taken, 1), "ms", round(taken / nothing, 1), "a bare Flask page")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--people", type=click.IntRange(min=150), default=300, show_default=True, help="Size of the demo that is loaded and asked.")
def main(as_json: bool, people: int) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as name:
        url, load = measure_load(Path(name), people)
        with Session(create_engine(url)) as session:
            nip = session.scalars(select(Person.nip).where(Person.target_position_id.is_not(None))
                                  .order_by(Person.id).limit(1)).one()
            measures = [load, *measure_services(session, nip), measure_certificate(session)]
        measures.append(measure_page(url, nip))
    if as_json:
        click.echo(json.dumps([asdict(item) for item in measures], indent=2))
        return
    for item in measures:
        click.echo(f"{item.name:<52} {item.value:>9} {item.unit:<3} {item.ratio:>8} x  {item.against}")


if __name__ == "__main__":
    main()
