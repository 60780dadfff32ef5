"""``python -m benchmarks.incremental [--trainings N] [--people N]``: one change, against building or reading everything.

The graph is that of a catalogue of `benchmarks.catalogues`, with a position for every three trainings. What comes from a
database is a demo's. Each figure is a median; each ratio is another figure of the same run divided by it.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, selectinload

from benchmarks.catalogues import make_catalogue
from benchmarks.timing import median_seconds
from kompetensi.adapters.engine import prepare_engine
from kompetensi.demo.load import load_demo
from kompetensi.graph.build import CompetencyGraph, build, change
from kompetensi.graph.conditions import parse_condition
from kompetensi.graph.elements import Competency, CompetencyKind, NodeKind, Position, Raise, Requirement, Training
from kompetensi.graph.paths import Catalogue, plan
from kompetensi.models import Batch, Person
from kompetensi.ports import write_intent
from kompetensi.rules.access import SYSTEM
from kompetensi.services import migrations
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.lookup import person_by_nip
from kompetensi.services.path_catalogue import load_offer
from kompetensi.services.paths import find_path, problem_of
from kompetensi.services.snapshot import load_graph
from kompetensi.services.training_changes import edit_training, training_content
from kompetensi.services.unit_of_work import transaction

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 14, tzinfo=UTC)
TARGET = "ADM-KABID-ASET"
_REQUIRED = 12
_ASKED = 40


def make_graph(trainings: int) -> CompetencyGraph:
    """Return the graph of a made catalogue."""
    made = make_catalogue(trainings, seed=1, batches=0)
    codes = sorted({gain["competency"] for item in made for gain in item["raises"]})
    rng = random.Random(1)
    return build(
        [Competency(code, code, CompetencyKind.TEKNIS) for code in codes],
        [Training(item["code"], item["code"], item["jp"], item["cost_idr"], item.get("min_golongan"),
                  parse_condition(item["entry"]), tuple(Raise(gain["competency"], gain["level"]) for gain in item["raises"]))
         for item in made],
        [Position(f"P{number:05d}", f"P{number:05d}", requirements=tuple(
            Requirement(code, rng.randint(1, 5)) for code in rng.sample(codes, min(_REQUIRED, len(codes)))))
         for number in range(trainings // 3)])


def tell(name: str, seconds: float, against: str = "", other: float = 0.0) -> None:
    """Print one line."""
    ratio = f"{other / seconds:8.1f} x quicker than {against}" if against else ""
    click.echo(f"{name:<58} {1000 * seconds:9.3f} ms {ratio}")


def measure_graph(trainings: int) -> None:
    """Measure changes of the pure graph against building it."""
    graph = make_graph(trainings)
    whole = median_seconds(lambda: build(graph.competencies.values(), graph.trainings.values(), graph.positions.values()), 5)
    copied = median_seconds(lambda: graph.network.copy(), 5)
    first, second = list(graph.trainings.values())[trainings // 2:][:2]
    position = graph.positions["P00007"]
    click.echo(f"graph: {len(graph.network)} nodes, {graph.network.number_of_edges()} edges")
    tell("building it", whole)
    tell("copying its network alone", copied)
    for name, call in (
            ("one training otherwise", lambda: change(graph, trainings=[replace(first, raises=second.raises)])),
            ("one training more", lambda: change(graph, trainings=[replace(first, code=f"{first.code}-N")])),
            ("one training less", lambda: change(graph, removed=[(NodeKind.TRAINING, first.code)])),
            ("one position otherwise", lambda: change(graph, positions=[replace(position, requirements=position.requirements[1:])]))):
        tell(name, median_seconds(call, 31), "building", whole)


def median_after(prepare: Callable[[], object], call: Callable[[], object], repeats: int) -> float:
    """Return the median time of a call, each after something that is not measured."""
    times = []
    for _ in range(repeats):
        prepare()
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure_database(session: Session) -> None:
    """Measure what a question costs after a change elsewhere, against reading the catalogue as a whole."""
    graph = load_graph(session, TODAY)
    click.echo(f"demo: {len(graph.trainings)} trainings, {len(graph.positions)} positions")
    content = training_content(session, SYSTEM, "BMD-DASAR", on=TODAY)
    jp = iter(range(content.jp + 1, 10_000))

    def edit() -> None:
        edit_training(session, SYSTEM, "BMD-DASAR", replace(content, jp=next(jp), subjects=()), today=TODAY, now=NOW)

    whole = median_after(lambda: bump_catalogue_version(session), lambda: load_graph(session, TODAY), 9)
    tell("graph, anything may have changed", whole)
    tell("graph, a training has changed", median_after(edit, lambda: load_graph(session, TODAY), 9), "reading it", whole)
    days = iter(TODAY + timedelta(days=number) for number in range(1, 100))
    tell("graph, a day later", median_seconds(lambda: load_graph(session, next(days)), 9), "reading it", whole)
    tell("graph, nothing has changed", median_seconds(lambda: load_graph(session, TODAY), 31), "reading it", whole)


def measure_paths(session: Session) -> None:
    """Measure the planner and the service of its page on the people of the demo who have a target."""
    nips = session.scalars(select(Person.nip).where(Person.target_position_id.is_not(None)).order_by(Person.id)).all()
    nips = [*nips, *session.scalars(select(Person.nip).where(Person.nip.not_in(nips)).order_by(Person.id).limit(_ASKED))]
    graph = load_graph(session, TODAY)
    questions = [problem_of(session, person_by_nip(session, nip), TARGET, ready_by=None, today=TODAY, time_limit_s=10)
                 for nip in nips]

    def records() -> None:
        session.expunge_all()
        list(session.scalars(select(Batch).where(Batch.status == "OPEN", Batch.first_day >= TODAY).options(
            selectinload(Batch.stages), selectinload(Batch.training))))

    read, kept = median_seconds(records, 9), median_seconds(lambda: load_offer(session, graph, TODAY), 9)
    click.echo(f"paths: {len(nips)} people, {len(questions[0].batches)} open batches")
    tell("open batches as records with their stages", read)
    tell("open batches, compared with the kept, indexed", kept, "reading records", read)
    one, three, service = [], [], []
    for nip, question in zip(nips, questions, strict=True):
        alone = replace(question.problem, alternatives=0)
        assert plan(alone, question.catalogue).proven
        one.append(median_seconds(lambda alone=alone, question=question: plan(alone, question.catalogue), 3))
        three.append(median_seconds(lambda question=question: plan(question.problem, question.catalogue), 3))
        service.append(median_seconds(lambda nip=nip: find_path(
            session, SYSTEM, nip, TARGET, ready_by=None, today=TODAY, time_limit_s=10), 3))
    indexed = median_seconds(lambda: Catalogue(questions[0].problem.trainings), 31)
    tell("indexing all trainings", indexed)
    tell("planner, one plan with proof: median", statistics.median(one))
    tell("planner, three more choices: median", statistics.median(three))
    tell("planner, three more choices: the slowest", max(three))
    tell("service of the page: median", statistics.median(service))
    tell("service of the page: the slowest", max(service))


@click.command()
@click.option("--trainings", type=click.IntRange(min=30), default=5000, show_default=True, help="Size of the made catalogue.")
@click.option("--people", type=click.IntRange(min=150), default=300, show_default=True, help="Size of the demo.")
def main(trainings: int, people: int) -> None:
    """Measure, and print."""
    measure_graph(trainings)
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'demo.db'}")
        prepare_engine(engine)
        migrations.upgrade(engine)
        write_intent.set(True)
        with Session(engine) as session:
            with transaction(session):
                load_demo(session, people=people, seed=75, today=TODAY, now=NOW, progress=lambda *step: None)
            measure_database(session)
            session.rollback()
            measure_paths(session)
            session.rollback()
        write_intent.set(False)
        engine.dispose()


if __name__ == "__main__":
    main()
