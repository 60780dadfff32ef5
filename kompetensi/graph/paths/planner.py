"""The one function that everybody asks: the best training path, its proof, its alternatives, the reasons of its gaps."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date

from kompetensi.graph.paths.catalogue import Catalogue
from kompetensi.graph.paths.optimum import Optimum, optimum
from kompetensi.graph.paths.problem import Demand, Objective, Problem, Requirement
from kompetensi.graph.paths.question import Question
from kompetensi.graph.paths.result import Alternative, Label, Open, Plan, PlanResult, Reason, Status
from kompetensi.graph.paths.schedule import check, describe, is_met, levels_after, place

__all__ = ["plan"]

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


@dataclass(frozen=True, slots=True)
class _Planner:
    problem: Problem
    catalogue: Catalogue

    def run(self) -> PlanResult:
        problem = self.problem
        deadline = time.monotonic() + problem.time_limit_s
        items: tuple[Requirement | Demand, ...] = (*problem.requirements, *problem.demands)
        if all(is_met(problem, item, ()) for item in items):
            return PlanResult(Status.NOTHING_NEEDED, True, describe(problem, ()))
        question = Question(problem, self.catalogue, ready=True)
        status = Status.READY
        best = optimum(question, problem.objective, deadline)
        if best is None:
            status = Status.PARTIAL
            question = Question(problem, self.catalogue, ready=False)
            best = optimum(question, problem.objective, deadline)
            assert best is not None  # the empty plan is always partial
        placed = place(problem, best.chosen)
        if placed is None or not check(problem, placed):
            raise AssertionError("the search returned a plan that breaks the contract")
        opened: tuple[Open, ...] = ()
        if status is Status.PARTIAL:
            reached = levels_after(problem, placed)
            opened = tuple(self._open(item, reached.get(item.competency, 0) if isinstance(item, Requirement) else 0,
                                      deadline) for item in items if not is_met(problem, item, placed))
        return PlanResult(status, best.proven, describe(problem, placed), opened,
                          self._alternatives(question, best, deadline), best.bound)

    def _alternatives(self, question: Question, best: Optimum, deadline: float) -> tuple[Alternative, ...]:
        problem = self.problem
        found = [best]
        alternatives: list[Alternative] = []
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
            if other is not None and other.chosen not in [item.chosen for item in found]:
                found.append(other)
                alternatives.append(Alternative(label, self._describe(other)))
        while len(alternatives) < problem.alternatives and time.monotonic() < deadline:
            # Every plan returned so far has no training to spare, so what contains one has; the best of the rest has
            # none.
            other = optimum(question, problem.objective, deadline, like=best, excluded=found)
            if other is None or not other.chosen:
                break
            found.append(other)
            alternatives.append(Alternative(Label.NEXT, self._describe(other)))
        return tuple(alternatives)

    def _describe(self, found: Optimum) -> Plan:
        placed = place(self.problem, found.chosen)
        if placed is None or not check(self.problem, placed):
            raise AssertionError("the search returned a plan that breaks the contract")
        return describe(self.problem, placed)

    def _open(self, item: Requirement | Demand, reached: int, deadline: float) -> Open:
        """Say why an item stays open: it alone is tried, under fewer and fewer restrictions."""
        problem = self.problem
        alone = replace(problem, requirements=(item,) if isinstance(item, Requirement) else (),
                        demands=(item,) if isinstance(item, Demand) else (), objective=(Objective.COUNT,))
        atom = (item.competency, item.level) if isinstance(item, Requirement) else (item.training, 0)
        if not self.catalogue.givers(atom):
            return Open(item, reached, Reason.NO_TRAINING)
        undated = replace(alone, dates=False)

        def reachable(question: Problem, *, any_golongan: bool = False, any_seats: bool = False) -> Optimum | None:
            return optimum(Question(question, self.catalogue, ready=True, any_golongan=any_golongan,
                                    any_seats=any_seats), question.objective, deadline)

        if reachable(undated, any_golongan=True) is None:
            return Open(item, reached, Reason.ENTRY)
        if reachable(undated) is None:
            return Open(item, reached, Reason.GOLONGAN)
        if reachable(alone) is not None:
            return Open(item, reached, Reason.CLASH)
        if reachable(alone, any_seats=True) is not None:
            return Open(item, reached, Reason.NO_SEAT)
        later = reachable(replace(alone, ready_by=None, objective=(Objective.FINISH,)))
        if later is not None:
            placed = place(problem, later.chosen) or ()
            finish = max((one.last for one in placed), default=problem.today.toordinal())
            return Open(item, reached, Reason.TOO_LATE, date.fromordinal(finish))
        return Open(item, reached, Reason.NO_BATCH)
