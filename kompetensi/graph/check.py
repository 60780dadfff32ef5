"""What is wrong with a catalogue, or worth knowing about it, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.conditions import HasTraining, leaves
from kompetensi.graph.elements import EdgeKind, NodeKind, Offered, Training

__all__ = ["BrokenReference", "Check", "Cycle", "OutOfRank", "Undemanded", "Unreachable", "check"]


@dataclass(frozen=True, slots=True)
class BrokenReference:
    """An element names a code that does not exist."""

    kind: NodeKind
    code: str
    field: str
    missing: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """Trainings or competencies that wait for each other, from the smallest code round to before it."""

    kind: EdgeKind
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A requirement whose level no planned training gives; experience or a competency test must."""

    position: str
    competency: str
    level: int
    highest: int


@dataclass(frozen=True, slots=True)
class OutOfRank:
    """A position whose lowest rank may not take any training that gives what the position asks for.

    `item` is the competency with its level, or the demanded training with level 0; `rank_needed` is the lowest rank
    order that would do, `rank_of_position` the position's own.
    """

    position: str
    item: str
    level: int
    rank_needed: int
    rank_of_position: int


@dataclass(frozen=True, slots=True)
class Undemanded:
    """A planned training that no position demands, directly, by a competency, or as the way to another training."""

    training: str


@dataclass(frozen=True, slots=True)
class Check:
    """All findings, each table sorted by its fields.

    Attributes
    ----------
    out_of_rank : tuple of OutOfRank
        Only requirements that some training reaches; the others are in `unreachable`.
    """

    broken: tuple[BrokenReference, ...]
    cycles: tuple[Cycle, ...]
    unreachable: tuple[Unreachable, ...]
    out_of_rank: tuple[OutOfRank, ...]
    undemanded: tuple[Undemanded, ...]


def check(graph: CompetencyGraph) -> Check:
    """Examine a catalogue.

    A requirement is reached when a training offered now gives at least its level. A training needs the rank of its
    own floor and of every training that its entry names. Complexity: positions x requirements x trainings that give
    the competency.
    """
    givers = _givers(graph)
    return Check(
        tuple(sorted(_broken(graph), key=lambda item: (item.kind, item.code, item.field, item.missing))),
        tuple(_cycles(graph)),
        tuple(_unreachable(graph, givers)),
        tuple(_out_of_rank(graph, givers)),
        tuple(Undemanded(code) for code in _undemanded(graph, givers)))


def _givers(graph: CompetencyGraph) -> Mapping[str, list[tuple[int, Training]]]:
    givers: dict[str, list[tuple[int, Training]]] = {}
    for training in graph.trainings.values():
        if training.offered is Offered.YES:
            for gain in training.raises:
                givers.setdefault(gain.competency, []).append((gain.level, training))
    return givers


def _broken(graph: CompetencyGraph) -> Iterable[BrokenReference]:
    for training in graph.trainings.values():
        for gain in training.raises:
            if gain.competency not in graph.competencies:
                yield BrokenReference(NodeKind.TRAINING, training.code, "raises", gain.competency)
        for leaf in leaves(training.entry):
            known, missing = ((graph.trainings, leaf.code) if isinstance(leaf, HasTraining)
                              else (graph.competencies, leaf.competency))
            if missing not in known:
                yield BrokenReference(NodeKind.TRAINING, training.code, "entry", missing)
        if training.equivalent and training.equivalent not in graph.trainings:
            yield BrokenReference(NodeKind.TRAINING, training.code, "equivalent", training.equivalent)
    for position in graph.positions.values():
        for requirement in position.requirements:
            if requirement.competency not in graph.competencies:
                yield BrokenReference(NodeKind.POSITION, position.code, "requirements", requirement.competency)
        for demand in position.trainings:
            if demand.training not in graph.trainings:
                yield BrokenReference(NodeKind.POSITION, position.code, "trainings", demand.training)
    for relation in graph.relations:
        for end in (relation.source, relation.target):
            if end not in graph.competencies:
                yield BrokenReference(NodeKind.COMPETENCY, relation.source, relation.kind, end)


def _cycles(graph: CompetencyGraph) -> Iterable[Cycle]:
    for kind in (EdgeKind.REQUIRES, EdgeKind.BROADER):
        part = nx.DiGraph((source, target) for source, target, key in graph.network.edges(keys=True) if key is kind)
        found = []
        for nodes in nx.simple_cycles(part):
            codes = [code for _, code in nodes]
            start = codes.index(min(codes))
            found.append(Cycle(kind, tuple(codes[start:] + codes[:start])))
        yield from sorted(found, key=lambda cycle: cycle.codes)


def _unreachable(
    graph: CompetencyGraph, givers: Mapping[str, list[tuple[int, Training]]]
) -> Iterable[Unreachable]:
    for position in graph.positions.values():
        for requirement in sorted(position.requirements, key=lambda item: item.competency):
            highest = max((level for level, _ in givers.get(requirement.competency, ())), default=0)
            if highest < requirement.level:
                yield Unreachable(position.code, requirement.competency, requirement.level, highest)


def _rank_needed(graph: CompetencyGraph, training: Training, seen: frozenset[str] = frozenset()) -> int:
    rank = training.min_golongan or 1
    for leaf in leaves(training.entry):
        if isinstance(leaf, HasTraining) and leaf.code in graph.trainings and leaf.code not in seen:
            rank = max(rank, _rank_needed(graph, graph.trainings[leaf.code], seen | {training.code}))
    return rank


def _out_of_rank(
    graph: CompetencyGraph, givers: Mapping[str, list[tuple[int, Training]]]
) -> Iterable[OutOfRank]:
    for position in graph.positions.values():
        if position.min_golongan is None:
            continue
        for requirement in sorted(position.requirements, key=lambda item: item.competency):
            ranks = [_rank_needed(graph, training) for level, training in givers.get(requirement.competency, ())
                     if level >= requirement.level]
            if ranks and min(ranks) > position.min_golongan:
                yield OutOfRank(position.code, requirement.competency, requirement.level, min(ranks),
                                position.min_golongan)
        for demand in sorted(position.trainings, key=lambda item: item.training):
            demanded = graph.trainings.get(demand.training)
            if demanded is not None and _rank_needed(graph, demanded) > position.min_golongan:
                yield OutOfRank(position.code, demand.training, 0, _rank_needed(graph, demanded),
                                position.min_golongan)


def _undemanded(graph: CompetencyGraph, givers: Mapping[str, list[tuple[int, Training]]]) -> list[str]:
    wanted = {demand.training for position in graph.positions.values() for demand in position.trainings}
    for position in graph.positions.values():
        for requirement in position.requirements:
            wanted |= {training.code for _, training in givers.get(requirement.competency, ())}
    waiting = [code for code in wanted if code in graph.trainings]
    while waiting:
        for leaf in leaves(graph.trainings[waiting.pop()].entry):
            if isinstance(leaf, HasTraining) and leaf.code not in wanted and leaf.code in graph.trainings:
                wanted.add(leaf.code)
                waiting.append(leaf.code)
    return [code for code, training in graph.trainings.items()
            if training.offered is Offered.YES and code not in wanted]
