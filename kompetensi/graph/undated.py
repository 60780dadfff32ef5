"""What is cheapest to learn for a position, whatever the calendar: a question to `kompetensi.graph.paths` without dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.elements import Offered, Position
from kompetensi.graph.paths import (
    Catalogue,
    Clip,
    Demand,
    Gain,
    Objective,
    Problem,
    Requirement,
    Training,
    plan,
)
from kompetensi.graph.reach import offered_trainings, reach
from kompetensi.graph.readiness import weights_of

__all__ = ["HIGHEST_RANK", "Learner", "Learning", "UndatedPaths", "holder_of", "newcomer"]

# Rank orders are 1..17; who has the highest is barred from nothing.
HIGHEST_RANK = 17
_POINTS = 60
_OBJECTIVE = (Objective.JP, Objective.COST, Objective.COUNT)
_NO_DAY = date.min  # a question without dates looks at no day


@dataclass(frozen=True, slots=True)
class Learner:
    """Whose learning is reckoned.

    Attributes
    ----------
    levels : mapping of str to int
        An absent competency is 0.
    completed : frozenset of str
        Trainings passed and valid.
    golongan : int or None
        Rank order; None = the lowest that the position in question asks for.
    """

    levels: Mapping[str, int] = field(default_factory=dict)
    completed: frozenset[str] = frozenset()
    golongan: int | None = None


@dataclass(frozen=True, slots=True)
class Learning:
    """The cheapest way to meet a standard: fewest lesson hours, then rupiah, then trainings.

    Attributes
    ----------
    trainings : tuple of str
        In an order that satisfies every entry, ties by code.
    open_levels : tuple of (str, int, int)
        Competency, level reached, level required, where trainings do not lead to the required level.
    open_trainings : tuple of str
        Demanded trainings that the learner cannot take.
    is_proven : bool
        False only if the time limit struck.
    """

    trainings: tuple[str, ...]
    jp: int
    cost_idr: int
    open_levels: tuple[tuple[str, int, int], ...] = ()
    open_trainings: tuple[str, ...] = ()
    is_proven: bool = True

    @property
    def open_steps(self) -> int:
        """Levels, and demanded trainings, that remain: a measure of what no training gives."""
        return sum(required - reached for _, reached, required in self.open_levels) + len(self.open_trainings)


def newcomer(graph: CompetencyGraph) -> Learner:
    """Return somebody who starts from zero: no level, and passed only what comes with the appointment."""
    return Learner(completed=frozenset(code for code, training in graph.trainings.items()
                                       if training.offered is Offered.APPOINTMENT))


def holder_of(graph: CompetencyGraph, position: Position) -> Learner:
    """Return somebody who has what a position's standard asks for: its levels, and its trainings with what they give."""
    demanded = [item.training for item in position.trainings]
    gained = [(item.competency, item.level) for item in position.requirements]
    gained += [(gain.competency, gain.level) for code in demanded if code in graph.trainings
               for gain in graph.trainings[code].raises]
    levels: dict[str, int] = {}
    for competency, level in gained:
        levels[competency] = max(level, levels.get(competency, 0))
    return Learner(levels, newcomer(graph).completed | set(demanded), position.min_golongan)


class UndatedPaths:
    """Answers what is cheapest to learn, each distinct question once.

    Parameters
    ----------
    graph : CompetencyGraph
        Its trainings offered now are the catalogue.
    time_limit_s : float
        For each question.
    """

    def __init__(self, graph: CompetencyGraph, *, time_limit_s: float = 10.0) -> None:
        self.graph = graph
        self.catalogue = Catalogue(
            Training(training.code, training.jp, training.cost_idr, training.min_golongan, training.entry,
                     tuple(Gain(gain.competency, gain.level) for gain in training.raises))
            for training in offered_trainings(graph))
        self._time_limit_s = time_limit_s
        self._targets: dict[str, tuple[Problem, Clip, tuple[Training, ...]]] = {}
        self._answers: dict[object, Learning] = {}

    def cheapest(self, position: Position, learner: Learner) -> Learning:
        """Return the cheapest way from what a learner has to a position's standard.

        Notes
        -----
        Without dates nothing competes with anything else: what trainings lead to at all (`kompetensi.graph.reach`) is what
        a best partial path leads to. So that is found first, and the planner is asked for it at the least cost.
        """
        if position.code not in self._targets:
            problem = self._target(position)
            clip = Clip.of(self.catalogue, problem.requirements, problem.demands)
            self._targets[position.code] = problem, clip, tuple(
                self.catalogue.by_code[code] for code in sorted(clip.trainings & self.catalogue.by_code.keys()))
        target, clip, relevant = self._targets[position.code]
        rank = learner.golongan if learner.golongan is not None else position.min_golongan
        asked = replace(target, levels=learner.levels, completed=learner.completed,
                        golongan=HIGHEST_RANK if rank is None else rank)
        key = target.requirements, target.demands, clip.key(asked)
        if key not in self._answers:
            self._answers[key] = self._learn(clip.apply(asked), relevant)
        return self._answers[key]

    def _learn(self, asked: Problem, relevant: tuple[Training, ...]) -> Learning:
        # To the planner no rank is one below every floor, to `reach` it would be one above.
        found = reach(relevant, levels=asked.levels, completed=asked.completed, golongan=asked.golongan or 0)
        levels = {item.competency: min(item.level, found.levels.get(item.competency, 0)) for item in asked.requirements}
        answer = plan(replace(
            asked, trainings=self.catalogue.trainings,
            requirements=tuple(replace(item, level=levels[item.competency]) for item in asked.requirements
                               if levels[item.competency]),
            demands=tuple(item for item in asked.demands if item.training in found.trainings)), self.catalogue)
        return Learning(
            tuple(step.training for step in answer.plan.steps), answer.plan.jp, answer.plan.cost_idr,
            tuple((item.competency, levels[item.competency], item.level) for item in asked.requirements
                  if levels[item.competency] < item.level),
            tuple(item.training for item in asked.demands if item.training not in found.trainings), answer.proven)

    def _target(self, position: Position) -> Problem:
        weights = weights_of(position)
        return Problem(
            _NO_DAY, (),
            tuple(Requirement(item.competency, item.level, max(1, weights[item.competency] * _POINTS // item.level),
                              item.importance) for item in position.requirements),
            tuple(Demand(item.training, 1, item.importance) for item in position.trainings),
            dates=False, objective=_OBJECTIVE, time_limit_s=self._time_limit_s)

