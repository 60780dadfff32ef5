"""What trainings alone can reach: the least fixpoint over AND/OR entries.

A training can be taken when its entry holds for levels and trainings that were reached before it. Entries are monotone (they
never ask that something is absent), so the order does not matter and the result is unique: the least set that contains
what is there at the start and is closed under taking trainings [1]_.

References
----------
.. [1] W. F. Dowling and J. H. Gallier, "Linear-time algorithms for testing the satisfiability of propositional Horn
   formulae", Journal of Logic Programming 1(3), 1984, pp. 267-284.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.conditions import HasTraining, holds, leaves
from kompetensi.graph.elements import Offered, Training
from kompetensi.graph.paths import Training as PlannedTraining

__all__ = ["HIGHEST_LEVEL", "Reach", "offered_trainings", "reach"]

# Levels are 1..5 in every dictionary (PermenPANRB 38/2017).
HIGHEST_LEVEL = 5

# Of the catalogue or of the planner: both have code, rank, entry and raises.
Entered: TypeAlias = Training | PlannedTraining


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be reached.

    Attributes
    ----------
    levels : mapping of str to int
        The highest level of each competency; absent = 0.
    trainings : frozenset of str
        Trainings that can be taken, and those that were there at the start.
    """

    levels: Mapping[str, int]
    trainings: frozenset[str]


def offered_trainings(graph: CompetencyGraph) -> tuple[Training, ...]:
    """Return the trainings that can be planned, in order of code."""
    return tuple(training for training in graph.trainings.values() if training.offered is Offered.YES)


def reach(
    trainings: Iterable[Entered], *, levels: Mapping[str, int] | None = None, completed: Iterable[str] = (),
    golongan: int | None = None,
) -> Reach:
    """Return everything that trainings can lead to.

    Parameters
    ----------
    trainings : iterable of Training
        Those that can be taken, such as `offered_trainings`; codes are unique.
    levels : mapping of str to int, optional
        Levels at the start; None = none.
    completed : iterable of str
        Trainings passed before.
    golongan : int or None
        Rank order 1..17; a training that asks for a higher one is left out. None = no training is left out.

    Notes
    -----
    Each entry is looked at again only when something it names has been reached: O(leaves x size of the entry), where an
    entry is looked at once for each of its leaves and each rise of a level.

    Examples
    --------
    >>> from kompetensi.graph.conditions import HasTraining
    >>> from kompetensi.graph.elements import Raise
    >>> reach([Training("A", "A", entry=HasTraining("B"), raises=(Raise("X", 3),)), Training("B", "B")]).levels
    {'X': 3}
    """
    reached = dict(levels or {})
    passed = set(completed)
    candidates = {training.code: training for training in trainings
                  if golongan is None or training.min_golongan is None or training.min_golongan <= golongan}
    waiting_for: dict[tuple[bool, str], list[Entered]] = {}
    for training in candidates.values():
        for leaf in leaves(training.entry):
            key = (True, leaf.code) if isinstance(leaf, HasTraining) else (False, leaf.competency)
            waiting_for.setdefault(key, []).append(training)
    waiting = list(candidates.values())
    while waiting:
        training = waiting.pop()
        if training.code in passed or not holds(training.entry, levels=reached, completed=passed):
            continue
        passed.add(training.code)
        waiting += waiting_for.get((True, training.code), ())
        for gain in training.raises:
            if gain.level > reached.get(gain.competency, 0):
                reached[gain.competency] = gain.level
                waiting += waiting_for.get((False, gain.competency), ())
    return Reach(dict(sorted(reached.items())), frozenset(passed))
