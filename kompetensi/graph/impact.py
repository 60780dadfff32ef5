"""What a training is worth to a catalogue: everything that changes when it goes, or comes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kompetensi.graph.build import CompetencyGraph, build
from kompetensi.graph.elements import Training
from kompetensi.graph.reach import Reach, offered_trainings, reach
from kompetensi.graph.undated import Learner, Learning, UndatedPaths, newcomer

__all__ = ["Impact", "PathChange", "TaughtChange", "UnknownTraining", "adding", "removing", "with_training",
           "without_training"]


class UnknownTraining(LookupError):
    """The graph has no such training."""


@dataclass(frozen=True, slots=True)
class TaughtChange:
    """A requirement, or demanded training (level 0), that trainings reach on one side only.

    Attributes
    ----------
    before, after : int
        The highest level that trainings lead to, whatever the rank; for a demanded training 1 = can be taken.
    """

    position: str
    item: str
    level: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class PathChange:
    """A position whose cheapest path is another one."""

    position: str
    before: Learning
    after: Learning


@dataclass(frozen=True, slots=True)
class Impact:
    """What changes.

    Attributes
    ----------
    training : str
    is_removal : bool
    taught : tuple of TaughtChange
        By position and item.
    entries : tuple of str
        Other trainings that trainings alone open on one side only, sorted.
    paths : tuple of PathChange
        The largest difference in what stays open first, then in hours, then in rupiah, ties by code. A position whose best
        path does not hold the training keeps it and is not here.
    positions : int
        How many were compared.
    """

    training: str
    is_removal: bool
    taught: tuple[TaughtChange, ...]
    entries: tuple[str, ...]
    paths: tuple[PathChange, ...]
    positions: int


def without_training(graph: CompetencyGraph, code: str) -> CompetencyGraph:
    """Return the catalogue without a training; positions that demand it go on demanding it.

    Raises
    ------
    UnknownTraining
        If the graph does not have it.
    """
    if code not in graph.trainings:
        raise UnknownTraining(code)
    kept = [training for training in graph.trainings.values() if training.code != code]
    return build(graph.competencies.values(), kept, graph.positions.values(), graph.relations)


def with_training(graph: CompetencyGraph, training: Training) -> CompetencyGraph:
    """Return the catalogue with a further training, or with another one in the place of that of the same code."""
    return build(graph.competencies.values(), [*graph.trainings.values(), training], graph.positions.values(),
                 graph.relations)


def removing(graph: CompetencyGraph, code: str, *, learner: Learner | None = None) -> Impact:
    """Compare a catalogue with the same without a training.

    Parameters
    ----------
    graph : CompetencyGraph
    code : str
    learner : Learner, optional
        Whose paths are compared; None = a newcomer who starts from zero and has the lowest rank of each position.

    Raises
    ------
    UnknownTraining
        If the graph does not have it.

    Notes
    -----
    A best path that does not hold the training stays the best without it, so only the others are sought a second time.
    Complexity: a path for each distinct standard, and a second one for each that used the training.
    """
    return _compare(graph, without_training(graph, code), code, learner or newcomer(graph), is_removal=True)


def adding(graph: CompetencyGraph, training: Training, *, learner: Learner | None = None) -> Impact:
    """Compare a catalogue with the same and one training more; parameters as in `removing`.

    Raises
    ------
    ValueError
        If the graph has a training of that code.
    """
    if training.code in graph.trainings:
        raise ValueError(training.code)
    larger = with_training(graph, training)
    return _compare(larger, graph, training.code, learner or newcomer(graph), is_removal=False)


def _compare(
    larger: CompetencyGraph, smaller: CompetencyGraph, code: str, learner: Learner, *, is_removal: bool
) -> Impact:
    reached = reach(offered_trainings(larger), completed=learner.completed, levels=learner.levels)
    left = reach(offered_trainings(smaller), completed=learner.completed, levels=learner.levels)
    taught = tuple(TaughtChange(position, item, level, *((most, least) if is_removal else (least, most)))
                   for position, item, level, most, least in _taught(larger, reached, left))
    paths, others = UndatedPaths(larger), UndatedPaths(smaller)
    changes = []
    for position in larger.positions.values():
        best = paths.cheapest(position, learner)
        if code in best.trainings:
            other = others.cheapest(position, learner)
            changes.append(PathChange(position.code, *((best, other) if is_removal else (other, best))))
    changes.sort(key=lambda item: (-abs(item.after.open_steps - item.before.open_steps),
                                   -abs(item.after.jp - item.before.jp),
                                   -abs(item.after.cost_idr - item.before.cost_idr), item.position))
    entries = tuple(sorted(reached.trainings - left.trainings - {code}))
    return Impact(code, is_removal, taught, entries, tuple(changes), len(larger.positions))


def _taught(graph: CompetencyGraph, reached: Reach, left: Reach) -> Iterable[tuple[str, str, int, int, int]]:
    for position in graph.positions.values():
        for requirement in sorted(position.requirements, key=lambda item: item.competency):
            most, least = (found.levels.get(requirement.competency, 0) for found in (reached, left))
            if least < requirement.level <= most:
                yield position.code, requirement.competency, requirement.level, most, least
        for demand in sorted(position.trainings, key=lambda item: item.training):
            if demand.training in reached.trainings and demand.training not in left.trainings:
                yield position.code, demand.training, 0, 1, 0
