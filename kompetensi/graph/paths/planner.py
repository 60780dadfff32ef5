"""The one function that everybody asks: the best training path, its proof, its alternatives, the reasons of its gaps."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date

from kompetensi.graph.paths.catalogue import Catalogue
from kompetensi.graph.paths.optimum import Optimum, Unknown, attainable, optimum
from kompetensi.graph.paths.problem import Demand, Objective, Problem, Requirement
from kompetensi.graph.paths.question import Question
from kompetensi.graph.paths.result import Alternative, Label, Open, Plan, PlanResult, Reason, Status
from kompetensi.graph.paths.schedule import Placed, check, describe, levels_after, place, unmet

__all__ = ["can_be_ready", "plan", "ready_plan"]

_DEFAULT = (Objective.FINISH, Objective.JP, Objective.COST, Objective.COUNT)
_LABELS = ((Label.FASTEST, Objective.FINISH), (Label.FEWEST_HOURS, Objective.JP), (Label.CHEAPEST, Objective.COST))


def plan(problem: Problem, catalogue: Catalogue | None = None) -> PlanResult:
    """Find the best path.

    A plan is ready when every item is met. Among ready plans the objective decides, measure after measure; then fewer
    trainings; then, at the first option in order of (code, first day, last day, batch) in which two plans differ, the
    one that has it. Without a ready plan the most mandatory items, then the largest coverage, then the same.

    Parameters
    ----------
    problem : Problem
    catalogue : Catalogue, optional
        Of the problem's trainings; whoever asks many questions of one catalogue makes it once.

    Returns
    -------
    PlanResult
        The same for the same problem, unless the time limit struck. Every plan in it has passed `schedule.check`.
    """
    return _Planner(problem, catalogue or Catalogue(problem.trainings)).run()


def ready_plan(problem: Problem, catalogue: Catalogue | None = None) -> PlanResult | None:
    """Find the best plan that meets everything; what could be met in part, and further choices, are not looked for.

    Parameters
    ----------
    problem, catalogue
        As for `plan`.

    Returns
    -------
    PlanResult or None
        What `plan` returns when its status is not `partial`, without alternatives; None when nothing meets everything.

    Raises
    ------
    Unknown
        If the time limit struck before it was known.
    """
    planner = _Planner(problem, catalogue or Catalogue(problem.trainings))
    if not unmet(problem, ()):
        return planner.run()
    best = optimum(Question(problem, planner.catalogue, ready=True), problem.objective, time.monotonic() + problem.time_limit_s)
    return None if best is None else PlanResult(Status.READY, best.proven, planner.describe(best), bound=best.bound)


def can_be_ready(problem: Problem, catalogue: Catalogue | None = None) -> bool:
    """Say whether some plan meets everything; quicker than looking for the best one.

    Raises
    ------
    Unknown
        If the time limit struck before it was known.
    """
    question = Question(problem, catalogue or Catalogue(problem.trainings), ready=True)
    return attainable(question, time.monotonic() + problem.time_limit_s)


@dataclass(frozen=True, slots=True)
class _Planner:
    problem: Problem
    catalogue: Catalogue

    def run(self) -> PlanResult:
        problem = self.problem
        deadline = time.monotonic() + problem.time_limit_s
        if not unmet(problem, ()):
            return PlanResult(Status.NOTHING_NEEDED, True, describe(problem, ()))
        question, best = self._best(deadline)
        placed, found = self._placed(best)
        missing = unmet(problem, placed)
        status = Status.PARTIAL if missing else Status.READY
        opened: list[Open] = []
        in_time = best.proven
        reached = levels_after(problem, placed)
        for item in missing:
            level = reached.get(item.competency, 0) if isinstance(item, Requirement) else 0
            one, sure = self._open(item, level, deadline)
            opened.append(one)
            in_time = in_time and sure
        alternatives, complete = self._alternatives(question, best, found, deadline)
        in_time = in_time and complete
        return PlanResult(status, in_time, found, tuple(opened), alternatives,
                          None if in_time else best.bound or {item: _value(found, item) for item in problem.objective})

    def _best(self, deadline: float) -> tuple[Question, Optimum]:
        """Return the best plan and its question: ready plans first, partial ones when there is none."""
        question = Question(self.problem, self.catalogue, ready=True)
        known = True
        try:
            best = optimum(question, self.problem.objective, deadline)
            if best is not None:
                return question, best
        except Unknown:
            known = False
        question = Question(self.problem, self.catalogue, ready=False)
        best = optimum(question, self.problem.objective, deadline)
        assert best is not None  # the empty plan is always partial
        if not known and best.proven:
            # A partial plan may be the best of all partial ones, and a ready one still not be ruled out.
            best = replace(best, proven=False, bound={item: _least(self.problem, item) for item in self.problem.objective})
        return question, best

    def _alternatives(
        self, question: Question, best: Optimum, plan: Plan, deadline: float
    ) -> tuple[tuple[Alternative, ...], bool]:
        """Return the further choices, and whether these are all; what is not proven is no choice."""
        problem = self.problem
        found = [best]
        alternatives: list[Alternative] = []
        try:
            for label, first in _LABELS:
                if len(alternatives) >= problem.alternatives:
                    break
                if first is Objective.FINISH and not problem.dates:
                    continue
                order = (first, *(other for other in _DEFAULT if other is not first and (
                    problem.dates or other is not Objective.FINISH)))
                if order == problem.objective:
                    continue
                other = optimum(question, order, deadline, like=best)
                if other is None or not other.proven:
                    return tuple(alternatives), False
                if other.chosen not in [item.chosen for item in found]:
                    found.append(other)
                    alternatives.append(Alternative(label, self.describe(other)))
            while len(alternatives) < problem.alternatives:
                other = optimum(question, problem.objective, deadline, like=best, excluded=found)
                if other is None or not other.chosen:
                    break
                if not other.proven:
                    return tuple(alternatives), False
                # What contains a plan can spare what it has besides, so `optimum` leaves it out. What contains none of those
                # found can still spare a training, which only lets a self-paced one begin sooner.
                found.append(other)
                if not self._spares_one(other, plan):
                    alternatives.append(Alternative(Label.NEXT, self.describe(other)))
        except Unknown:
            return tuple(alternatives), False
        return tuple(alternatives), True

    def _spares_one(self, found: Optimum, best: Plan) -> bool:
        """Whether a plan is as much worth without one of its trainings."""
        for spared in found.chosen:
            placed = place(self.problem, [option for option in found.chosen if option is not spared])
            if placed is not None and check(self.problem, placed):
                rest = describe(self.problem, placed)
                if (rest.mutlak_met, rest.coverage) == (best.mutlak_met, best.coverage):
                    return True
        return False

    def describe(self, found: Optimum) -> Plan:
        """Return a plan on its days, checked."""
        return self._placed(found)[1]

    def _placed(self, found: Optimum) -> tuple[tuple[Placed, ...], Plan]:
        placed = place(self.problem, found.chosen)
        if placed is None or not check(self.problem, placed):
            raise AssertionError("the search returned a plan that breaks the contract")
        return placed, describe(self.problem, placed)

    def _open(self, item: Requirement | Demand, reached: int, deadline: float) -> tuple[Open, bool]:
        """Say why an item stays open, and whether the time sufficed: it alone is tried, under fewer and fewer restrictions.

        Without dates nothing clashes, so what can be had at all is had by taking whatever can be entered. Where the time is up,
        no more is claimed than what was shown: that nothing but clashes can be in the way.
        """
        problem = self.problem
        alone = replace(problem, requirements=(item,) if isinstance(item, Requirement) else (),
                        demands=(item,) if isinstance(item, Demand) else (), objective=(Objective.FINISH,))
        atom = (item.competency, item.level) if isinstance(item, Requirement) else (item.training, 0)
        if not self.catalogue.givers(atom):
            return Open(item, reached, Reason.NO_TRAINING), True
        if not self.catalogue.can_reach(problem, atom, any_golongan=True):
            return Open(item, reached, Reason.ENTRY), True
        if not self.catalogue.can_reach(problem, atom):
            return Open(item, reached, Reason.GOLONGAN), True
        try:
            if attainable(Question(alone, self.catalogue, ready=True), deadline):
                return Open(item, reached, Reason.CLASH), True
            if attainable(Question(alone, self.catalogue, ready=True, any_seats=True), deadline):
                return Open(item, reached, Reason.NO_SEAT), True
            undue = Question(replace(alone, ready_by=None), self.catalogue, ready=True)
            later = optimum(undue, (Objective.FINISH,), deadline)
        except Unknown:
            return Open(item, reached, Reason.CLASH), False
        if later is None:
            return Open(item, reached, Reason.NO_BATCH), True
        placed = place(problem, later.chosen) or ()
        finish = max((one.last for one in placed), default=problem.today.toordinal())
        return Open(item, reached, Reason.TOO_LATE, date.fromordinal(finish)), later.proven


def _value(plan: Plan, objective: Objective) -> date | int:
    values: dict[Objective, date | int | None] = {
        Objective.FINISH: plan.finish, Objective.JP: plan.jp, Objective.COST: plan.cost_idr, Objective.COUNT: plan.count}
    value = values[objective]
    assert value is not None  # without dates nobody asks for the finish
    return value


def _least(problem: Problem, objective: Objective) -> date | int:
    """Return what no plan can be below."""
    return problem.today if objective is Objective.FINISH else 0
