"""What is wrong with a catalogue, or worth knowing about it, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import networkx as nx

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.conditions import HasLevel, HasTraining, holds, leaves
from kompetensi.graph.elements import EdgeKind, NodeKind, Offered, Training
from kompetensi.graph.reach import HIGHEST_LEVEL, Reach, offered_trainings, reach

__all__ = ["Blocked", "BlockedBy", "BrokenReference", "Check", "Contradiction", "ContradictionKind", "Cycle", "OutOfRank",
           "Undemanded", "Unneeded", "Unreachable", "check", "unneeded", "unreachable"]


@dataclass(frozen=True, slots=True)
class BrokenReference:
    """An element names a code that does not exist."""

    kind: NodeKind
    code: str
    field: str
    missing: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """Elements that lead back to themselves: for each group of them a shortest circle through its smallest code.

    Attributes
    ----------
    kind : EdgeKind
        REQUIRES (trainings that wait for each other), BROADER (competencies that hold each other), EQUIVALENT (trainings
        that count as each other).
    codes : tuple of str
        From the smallest code round to before it.
    size : int
        All elements of the group, of which the circle is a part: each leads to each.
    is_fatal : bool
        Of trainings that wait for each other: whether one of the group can therefore be entered by nobody; another way in
        (an OR) makes the circle harmless. Of competencies always true, of equivalences false unless a training counts as
        itself.
    """

    kind: EdgeKind
    codes: tuple[str, ...]
    size: int
    is_fatal: bool = True


class BlockedBy(StrEnum):
    """Why trainings alone never lead to an entry; the first that holds."""

    NOBODY = "nobody"  # no evidence whatever would do: circle, missing code, no alternative at all
    EXPERIENCE = "experience"  # a level that no training gives; whoever has it from experience gets in
    HISTORY = "history"  # an earlier training that is no longer held; whoever holds its certificate gets in
    BOTH = "both"  # a level from experience and an earlier training


@dataclass(frozen=True, slots=True)
class Blocked:
    """A training offered now whose entry nobody fulfils by trainings alone."""

    training: str
    by: BlockedBy


class ContradictionKind(StrEnum):
    """In which way an element contradicts itself or the dictionary."""

    ASKS_WHAT_IT_GIVES = "asks_what_it_gives"  # nobody gets in whose level the training would still raise
    LEVEL_NOT_DESCRIBED = "level_not_described"  # the dictionary of the competency ends below
    DEMANDS_HISTORY = "demands_history"  # a position demands a training that nobody can take any more
    REQUIRED_TWICE = "required_twice"  # a position requires a competency at two levels


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An element that contradicts itself or the dictionary.

    Attributes
    ----------
    kind : ContradictionKind
    node : NodeKind
        Of the element.
    code : str
        Of the element.
    other : str
        The competency, or for DEMANDS_HISTORY the training.
    level : int
        The level in question; for DEMANDS_HISTORY 0.
    """

    kind: ContradictionKind
    node: NodeKind
    code: str
    other: str
    level: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A requirement whose level trainings alone do not reach; experience or a competency test must.

    Attributes
    ----------
    highest : int
        The highest level that trainings offered now lead to, entries included; 0 = none.
    """

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
    """A planned training that no position demands: directly, by a competency, as an equivalent, or as the way to another."""

    training: str


@dataclass(frozen=True, slots=True)
class Unneeded:
    """How many gaps of a population a planned training serves.

    Attributes
    ----------
    gaps : int
        People with a position in mind, of whom the training raises a level that is short, or is itself demanded and
        missing.
    on_the_way : int
        Others, for whom it opens such a training.
    """

    training: str
    gaps: int
    on_the_way: int


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
    blocked: tuple[Blocked, ...]
    contradictions: tuple[Contradiction, ...]


def check(graph: CompetencyGraph, described: Mapping[str, int] | None = None) -> Check:
    """Examine a catalogue.

    Parameters
    ----------
    graph : CompetencyGraph
    described : mapping of str to int, optional
        The highest level that the dictionary describes, by competency; absent = 5.

    Notes
    -----
    What is reached is the least fixpoint over the AND/OR entries (`kompetensi.graph.reach`), once without ranks and once
    for each rank that some training asks for. Whoever comes with an appointment has passed the trainings that come with
    it. Complexity O(ranks x leaves of all entries + requirements); circles by Tarjan's strongly connected components and
    one search by breadth in each, linear in the edges.
    """
    appointed = [code for code, training in graph.trainings.items() if training.offered is Offered.APPOINTMENT]
    alone = reach(offered_trainings(graph), completed=appointed)
    blocked = tuple(_blocked(graph, appointed, alone))
    closed = {item.training for item in blocked if item.by is BlockedBy.NOBODY}
    return Check(
        tuple(sorted(_broken(graph), key=lambda item: (item.kind, item.code, item.field, item.missing))),
        tuple(_cycles(graph, closed)),
        tuple(_unreachable(graph, alone)),
        tuple(_out_of_rank(graph, appointed, alone)),
        tuple(Undemanded(code) for code in _undemanded(graph)),
        blocked,
        tuple(sorted(_contradictions(graph, described or {}),
                     key=lambda item: (item.kind, item.node, item.code, item.other, item.level))))


def unreachable(graph: CompetencyGraph) -> tuple[Unreachable, ...]:
    """Return that one table of `check`."""
    appointed = [code for code, training in graph.trainings.items() if training.offered is Offered.APPOINTMENT]
    return tuple(_unreachable(graph, reach(offered_trainings(graph), completed=appointed)))


def unneeded(
    graph: CompetencyGraph, asked: Iterable[tuple[Mapping[str, int], Iterable[str], str]]
) -> tuple[Unneeded, ...]:
    """Count, for each training offered now, whose gaps it serves.

    Parameters
    ----------
    asked : iterable of (mapping of str to int, iterable of str, str)
        By person and position: known levels (absent = 0), trainings that are held, and the position's code; a code that
        the graph does not have is left out.

    Returns
    -------
    tuple of Unneeded
        All trainings offered now: the least needed first (gaps, then on the way), ties by code.
    """
    direct: Counter[str] = Counter()
    indirect: Counter[str] = Counter()
    givers = _givers(graph)
    distinct: Counter[tuple[frozenset[tuple[str, int, int]], frozenset[str]]] = Counter()
    for levels, held, code in asked:
        position = graph.positions.get(code)
        if position is None:
            continue
        short = frozenset((item.competency, levels.get(item.competency, 0), item.level) for item in position.requirements
                          if levels.get(item.competency, 0) < item.level)
        distinct[short, frozenset(item.training for item in position.trainings) - frozenset(held)] += 1
    for (short, missing), count in distinct.items():
        serving = {training.code for competency, have, _ in short for level, training in givers.get(competency, ())
                   if level > have} | {code for code in missing if code in graph.trainings}
        opening = _with_ways(graph, givers, serving) - serving
        direct.update(dict.fromkeys(serving, count))
        indirect.update(dict.fromkeys(opening, count))
    return tuple(sorted(
        (Unneeded(training.code, direct[training.code], indirect[training.code]) for training in offered_trainings(graph)),
        key=lambda item: (item.gaps, item.on_the_way, item.training)))


_Givers: TypeAlias = Mapping[str, list[tuple[int, Training]]]


def _givers(graph: CompetencyGraph) -> _Givers:
    givers: dict[str, list[tuple[int, Training]]] = {}
    for training in offered_trainings(graph):
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


# --- circles -------------------------------------------------------------------------------------------------------


def _cycles(graph: CompetencyGraph, closed: set[str]) -> Iterator[Cycle]:
    """Yield one circle of each strongly connected group; all circles could be exponentially many."""
    for kind in (EdgeKind.REQUIRES, EdgeKind.BROADER, EdgeKind.EQUIVALENT):
        part = nx.DiGraph((source[1], target[1]) for source, target, key in graph.network.edges(keys=True)
                          if key is kind and source[0] is target[0]
                          # Two equivalent competencies may say so of each other.
                          and not (kind is EdgeKind.EQUIVALENT and source[0] is NodeKind.COMPETENCY))
        found = []
        for group in nx.strongly_connected_components(part):
            codes = _circle(part, group)
            if codes:
                fatal = {EdgeKind.REQUIRES: not closed.isdisjoint(group), EdgeKind.EQUIVALENT: len(group) == 1}
                found.append(Cycle(kind, codes, len(group), fatal.get(kind, True)))
        yield from sorted(found, key=lambda cycle: cycle.codes)


def _circle(part: nx.DiGraph, group: set[str]) -> tuple[str, ...]:
    """Return a shortest circle through the smallest code of a group, by breadth first; empty when there is none."""
    start = min(group)
    before: dict[str, str] = {}
    ring = [start]
    while ring:
        following = []
        for code in ring:
            if part.has_edge(code, start):
                codes = [code]
                while codes[-1] != start:
                    codes.append(before[codes[-1]])
                return tuple(reversed(codes))
            for other in sorted(part.successors(code)):
                if other in group and other not in before:
                    before[other] = code
                    following.append(other)
        ring = following
    return ()


# --- entries -------------------------------------------------------------------------------------------------------


def _blocked(graph: CompetencyGraph, appointed: list[str], alone: Reach) -> Iterator[Blocked]:
    history = [code for code, training in graph.trainings.items() if training.offered is Offered.HISTORY]
    everything = {leaf.competency: HIGHEST_LEVEL for training in graph.trainings.values()
                  for leaf in leaves(training.entry) if isinstance(leaf, HasLevel)}
    shut = [training.code for training in offered_trainings(graph) if training.code not in alone.trainings]
    if not shut:
        return
    offered = offered_trainings(graph)
    skilled = reach(offered, levels=everything, completed=appointed).trainings
    certified = reach(offered, completed=[*appointed, *history]).trainings
    both = reach(offered, levels=everything, completed=[*appointed, *history]).trainings
    for code in shut:
        by = (BlockedBy.EXPERIENCE if code in skilled else BlockedBy.HISTORY if code in certified
              else BlockedBy.BOTH if code in both else BlockedBy.NOBODY)
        yield Blocked(code, by)


def _contradictions(graph: CompetencyGraph, described: Mapping[str, int]) -> Iterator[Contradiction]:
    kinds = ContradictionKind
    everything = frozenset(graph.trainings)
    for training in graph.trainings.values():
        asked = [(leaf.competency, leaf.level) for leaf in leaves(training.entry) if isinstance(leaf, HasLevel)]
        highest = dict.fromkeys((competency for competency, _ in asked), HIGHEST_LEVEL)
        for gain in training.raises:
            # Whoever is below the level given, and has all else, must be able to get in.
            if (gain.competency in highest and holds(training.entry, levels=highest, completed=everything)
                    and not holds(training.entry, levels={**highest, gain.competency: gain.level - 1}, completed=everything)):
                yield Contradiction(kinds.ASKS_WHAT_IT_GIVES, NodeKind.TRAINING, training.code, gain.competency, gain.level)
        for competency, level in sorted({*asked, *((gain.competency, gain.level) for gain in training.raises)}):
            if level > described.get(competency, HIGHEST_LEVEL):
                yield Contradiction(kinds.LEVEL_NOT_DESCRIBED, NodeKind.TRAINING, training.code, competency, level)
    for position in graph.positions.values():
        seen: set[str] = set()
        for requirement in position.requirements:
            if requirement.level > described.get(requirement.competency, HIGHEST_LEVEL):
                yield Contradiction(kinds.LEVEL_NOT_DESCRIBED, NodeKind.POSITION, position.code, requirement.competency,
                                    requirement.level)
            if requirement.competency in seen:
                yield Contradiction(kinds.REQUIRED_TWICE, NodeKind.POSITION, position.code, requirement.competency,
                                    requirement.level)
            seen.add(requirement.competency)
        for demand in position.trainings:
            if _is_past(graph, demand.training):
                yield Contradiction(kinds.DEMANDS_HISTORY, NodeKind.POSITION, position.code, demand.training, 0)


def _is_past(graph: CompetencyGraph, code: str) -> bool:
    """Say whether nobody can take a training any more, nor one that counts as it."""
    training = graph.trainings.get(code)
    return training is not None and training.offered is Offered.HISTORY and not any(
        other.equivalent == code and other.offered is Offered.YES for other in graph.trainings.values())


# --- what is taught and what is needed -----------------------------------------------------------------------------


def _unreachable(graph: CompetencyGraph, alone: Reach) -> Iterator[Unreachable]:
    for position in graph.positions.values():
        for requirement in sorted(position.requirements, key=lambda item: item.competency):
            highest = alone.levels.get(requirement.competency, 0)
            if highest < requirement.level:
                yield Unreachable(position.code, requirement.competency, requirement.level, highest)


def _out_of_rank(graph: CompetencyGraph, appointed: list[str], alone: Reach) -> Iterator[OutOfRank]:
    offered = offered_trainings(graph)
    floors = sorted({1, *(training.min_golongan or 1 for training in offered)})
    by_rank = {rank: reach(offered, completed=appointed, golongan=rank) for rank in floors}

    def lowest_for_level(competency: str, level: int) -> int | None:
        return next((rank for rank, found in by_rank.items() if found.levels.get(competency, 0) >= level), None)

    def lowest_for_training(code: str) -> int | None:
        return next((rank for rank, found in by_rank.items() if code in found.trainings), None)

    for position in graph.positions.values():
        own = position.min_golongan
        if own is None:
            continue
        for requirement in sorted(position.requirements, key=lambda item: item.competency):
            if alone.levels.get(requirement.competency, 0) < requirement.level:
                continue
            rank = lowest_for_level(requirement.competency, requirement.level)
            if rank is not None and rank > own:
                yield OutOfRank(position.code, requirement.competency, requirement.level, rank, own)
        for demand in sorted(position.trainings, key=lambda item: item.training):
            rank = lowest_for_training(demand.training)
            if rank is not None and rank > own:
                yield OutOfRank(position.code, demand.training, 0, rank, own)


def _with_ways(graph: CompetencyGraph, givers: _Givers, codes: Iterable[str]) -> set[str]:
    """Return trainings together with all that may open them: what their entries name or what gives the levels there."""
    found = {code for code in codes if code in graph.trainings}
    waiting = list(found)
    while waiting:
        for leaf in leaves(graph.trainings[waiting.pop()].entry):
            ways = ([leaf.code] if isinstance(leaf, HasTraining) else
                    [training.code for level, training in givers.get(leaf.competency, ()) if level >= leaf.level])
            new = [code for code in ways if code not in found and code in graph.trainings]
            found.update(new)
            waiting += new
    return found


def _undemanded(graph: CompetencyGraph) -> list[str]:
    givers = _givers(graph)
    wanted = {demand.training for position in graph.positions.values() for demand in position.trainings}
    for position in graph.positions.values():
        for requirement in position.requirements:
            wanted |= {training.code for _, training in givers.get(requirement.competency, ())}
    wanted = _with_ways(graph, givers, wanted)
    return [training.code for training in offered_trainings(graph)
            if training.code not in wanted and training.equivalent not in wanted]
