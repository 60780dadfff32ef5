"""What the planner chooses from: the trainings with the batches that are open on a day, indexed and kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any, TypeAlias

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.conditions import write_condition
from kompetensi.graph.elements import Offered, Training
from kompetensi.graph.paths import Batch, Catalogue, Gain
from kompetensi.graph.paths import Training as Choice
from kompetensi.models import Batch as BatchRow
from kompetensi.models import BatchStage as StageRow
from kompetensi.models import Enrolment
from kompetensi.models import Training as TrainingRow
from kompetensi.rules.enrolment import HELD

__all__ = ["Offer", "OpenBatch", "Stage", "load_offer"]

# A stage during which the person stays at work does not block him (docs/formats/plan.md).
_BLOCKING = ("CLASSICAL", "DISTANCE")
# Offers that a process keeps: of today, now and then of another day or database.
_MOST_KEPT = 4

_Days: TypeAlias = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a batch, both days inclusive."""

    name: str
    mode: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch whose registration is open.

    Attributes
    ----------
    blocked : tuple of (date, date)
        Days that block a person, both inclusive, in order.
    """

    id: int
    code: str
    training: Training
    number: int
    seats: int
    seats_taken: int
    cost_idr: int
    first_day: date
    last_day: date
    place: str
    stages: tuple[Stage, ...]
    blocked: tuple[_Days, ...]


def _blocked(first_day: date, last_day: date, away: Iterable[_Days]) -> tuple[_Days, ...]:
    """Return the stages away from work, and the batch's first and last day."""
    days = list(away)
    for edge in (first_day, last_day):
        if not any(first <= edge <= last for first, last in days):
            days.append((edge, edge))
    return tuple(sorted(days))


@dataclass(frozen=True, slots=True)
class Offer:
    """The trainings that can be planned, with their open batches.

    Attributes
    ----------
    batches : mapping of str to OpenBatch
        By code, in order of code.
    documents : mapping of str to dict
        Trainings by code, in the form of docs/formats/plan.md; shared, never to be changed.
    catalogue : Catalogue
        The same for the planner.
    """

    batches: Mapping[str, OpenBatch]
    documents: Mapping[str, dict[str, Any]]
    catalogue: Catalogue
    _sources: Mapping[str, tuple[Training, tuple[OpenBatch, ...]]] = field(repr=False)

    def for_person(self, session: Session, person_id: int, today: date) -> Offer:
        """Return what is left for somebody: no batch on days given away already, and a place in the batches held."""
        rows = session.execute(
            select(BatchRow.id, BatchRow.first_day, BatchRow.last_day, StageRow.mode, StageRow.first_day, StageRow.last_day)
            .join(Enrolment, Enrolment.batch_id == BatchRow.id).outerjoin(StageRow, StageRow.batch_id == BatchRow.id)
            .where(Enrolment.person_id == person_id, Enrolment.status.in_(HELD),
                   BatchRow.last_day >= today)).all()
        if not rows:
            return self
        held: dict[tuple[int, date, date], list[_Days]] = {}
        for batch_id, first_day, last_day, mode, first, last in rows:
            away = held.setdefault((batch_id, first_day, last_day), [])
            if mode in _BLOCKING:
                away.append((first, last))
        given = [(batch_id, first, last) for (batch_id, first_day, last_day), away in held.items()
                 for first, last in _blocked(first_day, last_day, away)]
        return self._without(given, frozenset(batch_id for batch_id, _, _ in held))

    def _without(self, given: list[tuple[int, date, date]], held: Collection[int]) -> Offer:
        gone = {
            code for code, batch in self.batches.items() if any(
                other != batch.id and first <= until and since <= last
                for other, since, until in given for first, last in batch.blocked)}
        touched = {batch.training.code for code, batch in self.batches.items() if code in gone or batch.id in held}
        sources = {code: (training, tuple(batch for batch in batches if batch.code not in gone))
                   for code, (training, batches) in self._sources.items() if code in touched}
        return _changed(self, sources, {code: batch for code, batch in self.batches.items() if code not in gone}, held)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An offer and what it was made of: the trainings of the graph, and the rows of batches and stages."""

    trainings: Mapping[str, Training]
    rows: tuple[Sequence[tuple[Any, ...]], Sequence[tuple[Any, ...]]]
    offer: Offer


# Newest first; replaced as a whole.
_kept: tuple[_Kept, ...] = ()
_keeping = Lock()


def load_offer(session: Session, graph: CompetencyGraph, today: date) -> Offer:
    """Return what can be planned from a day on.

    Rows of batches are read each time, for seats are taken all day long. What was made of the same rows is kept, and
    only trainings that have changed, or whose batches have, are indexed anew.
    """
    global _kept
    rows = _open_rows(session, today)
    same = next((kept.offer for kept in _kept if kept.trainings is graph.trainings and kept.rows == rows), None)
    if same is not None:
        return same
    batches = _open_batches(graph, *rows)
    by_training: dict[str, list[OpenBatch]] = {}
    for batch in batches.values():
        by_training.setdefault(batch.training.code, []).append(batch)
    sources = {code: (training, tuple(by_training.get(code, ()))) for code, training in graph.trainings.items()
               if training.offered is Offered.YES}
    former = next((kept.offer for kept in _kept if kept.offer._sources.keys() == sources.keys()), None)
    if former is None:
        former = Offer({}, {}, Catalogue(()), {})
    changed = {code: source for code, source in sources.items() if former._sources.get(code) != source}
    offer = _changed(former, changed, batches, frozenset())
    with _keeping:
        _kept = (_Kept(graph.trainings, rows, offer), *_kept)[:_MOST_KEPT]
    return offer


def _open_rows(session: Session, today: date) -> tuple[Sequence[tuple[Any, ...]], Sequence[tuple[Any, ...]]]:
    """Return the rows of the batches with registration open, by code in order, and of their stages."""
    is_open = ((BatchRow.status == "OPEN") & (BatchRow.first_day >= today)
               & or_(BatchRow.registration_until.is_(None), BatchRow.registration_until >= today))
    batches = session.execute(
        select(BatchRow.id, BatchRow.code, TrainingRow.code, BatchRow.number, BatchRow.seats, BatchRow.seats_taken,
               BatchRow.cost_idr, BatchRow.first_day, BatchRow.last_day, BatchRow.place)
        .join(BatchRow.training).where(is_open).order_by(BatchRow.code))
    stages = session.execute(
        select(StageRow.batch_id, StageRow.name, StageRow.mode, StageRow.first_day, StageRow.last_day)
        .join(StageRow.batch).where(is_open).order_by(StageRow.batch_id, StageRow.seq))
    return [tuple(row) for row in batches], [tuple(row) for row in stages]


def _open_batches(
    graph: CompetencyGraph, batches: Sequence[tuple[Any, ...]], stages: Sequence[tuple[Any, ...]]
) -> dict[str, OpenBatch]:
    """Return the batches of known trainings, in order of the rows."""
    of_batch: dict[int, list[Stage]] = {}
    for batch_id, *stage in stages:
        of_batch.setdefault(batch_id, []).append(Stage(*stage))
    found = {}
    for batch_id, code, training, number, seats, taken, cost_idr, first_day, last_day, place in batches:
        if training in graph.trainings:
            own = tuple(of_batch.get(batch_id, ()))
            found[code] = OpenBatch(
                batch_id, code, graph.trainings[training], number, seats, taken, cost_idr, first_day, last_day, place, own,
                _blocked(first_day, last_day, ((one.first_day, one.last_day) for one in own if one.mode in _BLOCKING)))
    return found


def _changed(
    former: Offer, sources: Mapping[str, tuple[Training, tuple[OpenBatch, ...]]], batches: Mapping[str, OpenBatch],
    held: Collection[int],
) -> Offer:
    fresh = {code: _choice(training, runs, held) for code, (training, runs) in sources.items()}
    documents = {code: _document(choice) for code, choice in fresh.items()}
    return Offer(batches, {**former.documents, **documents}, former.catalogue.changed(fresh.values()),
                 {**former._sources, **sources})


def _choice(training: Training, batches: tuple[OpenBatch, ...], held: Collection[int]) -> Choice:
    """Write a training as the planner knows it; without a price of its own it costs what its dearest batch does."""
    return Choice(
        training.code, training.jp, training.cost_idr or max((batch.cost_idr for batch in batches), default=0),
        training.min_golongan, training.entry, tuple(Gain(gain.competency, gain.level) for gain in training.raises),
        tuple(Batch(batch.code, batch.blocked, max(batch.seats - batch.seats_taken, 1 if batch.id in held else 0))
              for batch in batches))


def _document(choice: Choice) -> dict[str, Any]:
    return {
        "code": choice.code, "jp": choice.jp, "cost_idr": choice.cost_idr, "min_golongan": choice.min_golongan,
        "entry": write_condition(choice.entry),
        "raises": [{"competency": gain.competency, "level": gain.level} for gain in choice.raises],
        "batches": [{"id": batch.id, "stages": [[first.isoformat(), last.isoformat()] for first, last in batch.stages],
                     "seats_free": batch.seats_free} for batch in choice.batches]}
