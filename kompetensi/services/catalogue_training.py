"""A training and a competency as people read them, with all that hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kompetensi.graph.conditions import (
    All,
    Condition,
    HasLevel,
    HasTraining,
    Leaf,
    Whole,
    fold,
    leaves,
    parse_condition,
)
from kompetensi.graph.elements import Offered
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Competency, CompetencyRelation, LadderLevel
from kompetensi.rules.access import Actor
from kompetensi.services.access import is_allowed, require
from kompetensi.services.catalogue_position import LONGEST_LIST, CatalogueWords, DemandLine
from kompetensi.services.lookup import competency_by_code, training_by_code
from kompetensi.services.snapshot import load_graph

__all__ = ["BatchLine", "CompetencyView", "LevelLine", "TrainingView", "condition_in_words", "view_competency",
           "view_training"]

# So many brackets inside brackets are told; nobody reads more.
_DEEPEST_TOLD = 8


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch that has not ended; `free` counts its free seats."""

    code: str
    first_day: date
    last_day: date
    place: str
    seats: int
    free: int
    status: str


@dataclass(frozen=True, slots=True)
class TrainingView:
    """A training with what it gives, asks for, opens, and when it is held.

    Attributes
    ----------
    gives : tuple of (str, str, int, str)
        Code, name, level and the level's name.
    opens : tuple of (str, str)
        Trainings that name this one in their entry.
    demanded_by : tuple of DemandLine
        Positions that demand it, by code; the first hundred of `demand_count`.
    """

    code: str
    name: str
    kind: str
    jp: int
    jp_confidence: str
    cost_idr: int
    provider: str
    prerequisites: str
    entry: dict[str, Any]
    entry_words: Message
    min_grade_code: str | None
    target_classes: tuple[str, ...]
    offered: str
    equivalent: tuple[str, str] | None
    validity_years: int | None
    lan_programme: bool
    gives: tuple[tuple[str, str, int, str], ...]
    subjects: tuple[tuple[str, int], ...]
    opens: tuple[tuple[str, str], ...]
    demanded_by: tuple[DemandLine, ...]
    demand_count: int
    batches: tuple[BatchLine, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One level of a competency.

    Attributes
    ----------
    givers : tuple of (str, str)
        Trainings that can be planned and give just this level.
    positions : tuple of (str, str)
        Positions that ask for just this level, by code; the first hundred of `position_count`.
    """

    level: int
    name: str
    indicator: str
    givers: tuple[tuple[str, str], ...]
    positions: tuple[tuple[str, str], ...]
    position_count: int


@dataclass(frozen=True, slots=True)
class CompetencyView:
    """A competency with its levels, lowest first.

    Attributes
    ----------
    highest : int
        The highest level that a training which can be planned gives; 0 when none does.
    out_of_reach : int
        How many positions ask for more than that.
    related : tuple of (str, str, str)
        Kind of relation as seen from here (BROADER, NARROWER, EQUIVALENT), code, name.
    """

    code: str
    name: str
    kind: str
    urusan: str
    definition: str
    levels: tuple[LevelLine, ...]
    highest: int
    position_count: int
    out_of_reach: int
    related: tuple[tuple[str, str, str], ...]


def condition_in_words(condition: Condition, names: Mapping[str, str]) -> Message:
    """Say an entry condition in words; `names` gives the name of a code, a code without one stands for itself.

    What is nested deeper than anybody can follow is counted, not told.
    """
    return _words_of(fold(condition, _Phrase, _phrase_of), names, _DEEPEST_TOLD)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What a condition says, without wholes of a single part.

    Attributes
    ----------
    says : Leaf or type of Whole
    parts : tuple of _Phrase
        Of a whole.
    leaves : int
        Trainings and levels that it speaks of.
    """

    says: Leaf | type[Whole]
    parts: tuple[_Phrase, ...] = ()
    leaves: int = 1


def _phrase_of(kind: type[Whole], parts: Sequence[_Phrase]) -> _Phrase:
    return parts[0] if len(parts) == 1 else _Phrase(kind, tuple(parts), sum(part.leaves for part in parts))


def _words_of(phrase: _Phrase, names: Mapping[str, str], deep: int) -> Message:
    match phrase.says:
        case HasTraining(code):
            return say("lulus %(name)s", name=names.get(code, code))
        case HasLevel(competency, level):
            return say("level %(level)s pada %(name)s", level=level, name=names.get(competency, competency))
    if not phrase.parts:
        return (say("terbuka tanpa syarat pelatihan") if phrase.says is All
                else say("tidak ada yang dapat memenuhinya"))
    if not deep:
        return say("%(count)s syarat yang bertingkat lebih dalam", count=phrase.leaves)
    told = [_words_of(part, names, deep - 1) for part in phrase.parts]
    parts = tuple(words if isinstance(part.says, HasTraining | HasLevel) else say("(%(part)s)", part=words)
                  for part, words in zip(phrase.parts, told, strict=True))
    return say("semua dari: %(parts)s", parts=parts) if phrase.says is All else say("salah satu dari: %(parts)s", parts=parts)


def view_training(session: Session, actor: Actor, code: str, *, on: date) -> TrainingView:
    """Open a training on a day.

    Raises
    ------
    NotFound
        If there is no training of that code.
    """
    require(session, actor, "catalogue.view", on=on)
    row = training_by_code(session, code)
    graph = load_graph(session, on)
    words = CatalogueWords(session, graph)
    names = {key: item.name for key, item in (*graph.trainings.items(), *graph.competencies.items())}
    gives = tuple((words.codes[item.competency_id], names[words.codes[item.competency_id]], item.level,
                   words.level_name(item.competency_id, item.level))
                  for item in sorted(row.raises, key=lambda item: words.codes[item.competency_id]))
    opens = tuple((other.code, other.name) for other in graph.trainings.values()
                  if any(isinstance(leaf, HasTraining) and leaf.code == row.code for leaf in leaves(other.entry)))
    demanded = [DemandLine(position.code, position.name, demand.importance.value, True)
                for position in graph.positions.values() for demand in position.trainings if demand.training == row.code]
    batches = session.scalars(select(Batch).where(
        Batch.training_id == row.id, Batch.last_day >= on, Batch.status != "CANCELLED").order_by(
            Batch.first_day, Batch.code))
    return TrainingView(
        row.code, row.name, row.kind, row.jp, row.jp_confidence, row.cost_idr, row.provider, row.prerequisites,
        row.entry, condition_in_words(parse_condition(row.entry), names), row.min_grade_code,
        tuple(row.target_classes), row.offered,
        (row.equivalent_code, words.training_name(row.equivalent_code)) if row.equivalent_code else None,
        row.validity_years, row.lan_programme, gives, tuple((item.name, item.jp) for item in row.subjects), opens,
        tuple(demanded[:LONGEST_LIST]), len(demanded),
        tuple(BatchLine(item.code, item.first_day, item.last_day, item.place, item.seats,
                        item.seats - item.seats_taken, item.status) for item in batches),
        is_allowed(session, actor, "catalogue.edit_training", on=on))


def view_competency(session: Session, actor: Actor, code: str, *, on: date) -> CompetencyView:
    """Open a competency on a day.

    Raises
    ------
    NotFound
        If there is no competency of that code.
    """
    require(session, actor, "catalogue.view", on=on)
    row = competency_by_code(session, code)
    graph = load_graph(session, on)
    own = {item.level: (item.name, item.indicator) for item in row.levels}
    steps = own or {item.level: (item.name, item.indicator) for item in session.scalars(select(LadderLevel))}
    givers: dict[int, list[tuple[str, str]]] = {}
    for training in graph.trainings.values():
        for gain in training.raises:
            if gain.competency == row.code and training.offered is Offered.YES:
                givers.setdefault(gain.level, []).append((training.code, training.name))
    asking: dict[int, list[tuple[str, str]]] = {}
    for position in graph.positions.values():
        for requirement in position.requirements:
            if requirement.competency == row.code:
                asking.setdefault(requirement.level, []).append((position.code, position.name))
    highest = max(givers, default=0)
    return CompetencyView(
        row.code, row.name, row.kind, row.urusan, row.definition,
        tuple(LevelLine(level, name, indicator, tuple(givers.get(level, ())),
                        tuple(asking.get(level, ())[:LONGEST_LIST]), len(asking.get(level, ())))
              for level, (name, indicator) in sorted(steps.items())),
        highest, sum(map(len, asking.values())),
        sum(len(found) for level, found in asking.items() if level > highest), _related(session, row))


def _related(session: Session, row: Competency) -> tuple[tuple[str, str, str], ...]:
    found = []
    for relation in session.scalars(select(CompetencyRelation).where(
            or_(CompetencyRelation.from_id == row.id, CompetencyRelation.to_id == row.id))):
        outward = relation.from_id == row.id
        other = session.get_one(Competency, relation.to_id if outward else relation.from_id)
        kind = relation.kind if outward or relation.kind == "EQUIVALENT" else "NARROWER"
        found.append((kind, other.code, other.name))
    return tuple(sorted(found))
