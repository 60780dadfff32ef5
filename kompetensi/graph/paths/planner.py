"""The one function that everybody asks: the best training path, its proof, its alternatives, the reasons of its gaps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kompetensi.graph.paths.options import Option, options_of
from kompetensi.graph.paths.problem import Demand, Objective, Problem, Requirement
from kompetensi.graph.paths.result import Alternative, Label, Open, Plan, PlanResult, Reason, Status
from kompetensi.graph.paths.schedule import Placed, check, describe, is_met, levels_after, place
from kompetensi.graph.paths.search import Search, TimeIsUp

__all__ = ["plan"]

_DEFAULT = (Objective.FINISH, Objective.JP, Objective.COST, Objective.COUNT)
_LABELS = ((Label.FASTEST, Objective.FINISH), (Label.FEWEST_HOURS, Objective.JP), (Label.CHEAPEST, Objective.COST))


@dataclass(frozen=True, slots=True)
class _Found:
    """An optimum: its options, on their days, and whether and how far it is proven."""

    choice: frozenset[tuple[str, int, int, str]]
    placed: tuple[Placed, ...]
    mutlak: int | None
    coverage: int | None
    proven: bool
    bound: dict[Objective, date | int] | None


def plan(problem: Problem) -> PlanResult:
    """Find the best path.

    A plan is ready when every item is met. Among ready plans the objective decides, measure after measure; then fewer
    trainings; then, at the first option in order of (code, first day, last day, batch) in which two plans differ, the
    one that has it. Without a ready plan the most mandatory items, then the largest coverage, then the same.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    PlanResult
        The same for the same problem, unless the time limit struck. Every plan in it has passed `schedule.check`.
    """
    deadline = time.monotonic() + problem.time_limit_s
    items: tuple[Requirement | Demand, ...] = (*problem.requirements, *problem.demands)
    if all(is_met(problem, item, ()) for item in items):
        return PlanResult(Status.NOTHING_NEEDED, True, describe(problem, ()))
    options = options_of(problem)
    best = _optimum(problem, options, problem.objective, deadline, ready=True)
    status = Status.READY
    if best is None:
        status = Status.PARTIAL
        best = _optimum(problem, options, problem.objective, deadline, ready=False)
        assert best is not None  # the empty plan is always partial
    shown = describe(problem, best.placed)
    opened: tuple[Open, ...] = ()
    if status is Status.PARTIAL:
        opened = tuple(_explain(problem, item, best.placed, deadline)
                       for item in items if not is_met(problem, item, best.placed))
    alternatives = _alternatives(problem, options, best, deadline, ready=status is Status.READY)
    return PlanResult(status, best.proven, shown, opened, alternatives, best.bound)


def _optimum(
    problem: Problem, options: Sequence[Option], objective: Sequence[Objective], deadline: float, *, ready: bool,
    excluded: Sequence[_Found] = (), like: _Found | None = None,
) -> _Found | None:
    """Return the best plan under an objective, or None when there is none.

    `excluded` plans and whatever contains them are out; `like` holds the mandatory count and coverage of a partial one.
    """
    search = Search(problem, options, deadline=deadline)
    if ready and not search.demand_all():
        return None
    for found in excluded:
        search.exclude(item.option for item in found.placed)
    mutlak = coverage = None
    bound: dict[Objective, date | int] = {}
    at: Objective | None = None
    proven = True
    try:
        if not ready:
            mutlak = _hold(search, search.mutlak(), like.mutlak if like else None)
            if mutlak is None:
                return None
            coverage = _hold(search, search.coverage(), like.coverage if like else None)
            if coverage is None:
                return None
        for at in objective:
            value = search.best(search.measure(at))
            if value is None:
                return None
            bound[at] = _shown(at, value)
        search.best(search.measure(Objective.COUNT))
        search.settle()
    except TimeIsUp as stop:
        proven = False
        if at is not None and at not in bound:
            bound[at] = _shown(at, max(stop.bound or 0, problem.today.toordinal() if at is Objective.FINISH else 0))
        for rest in objective:
            bound.setdefault(rest, problem.today if rest is Objective.FINISH else 0)
        if search.found is None:
            if ready:
                return None
            search.found = ()
    placed = place(problem, search.found or ())
    if placed is None or not check(problem, placed):
        raise AssertionError("the search returned a plan that breaks the contract")
    return _Found(frozenset(item.option.rank for item in placed), placed, mutlak, coverage, proven,
                  None if proven else bound)


def _hold(search: Search, expression: Any, value: int | None) -> int | None:
    """Make an expression as large as it can be, or hold it at a value that is known to be the largest."""
    if value is None:
        return search.best(expression, largest=True)
    if not isinstance(expression, int):
        search.model.add(expression == value)
    return value


def _shown(objective: Objective, value: int) -> date | int:
    return date.fromordinal(value) if objective is Objective.FINISH else value


def _alternatives(
    problem: Problem, options: Sequence[Option], best: _Found, deadline: float, *, ready: bool
) -> tuple[Alternative, ...]:
    found = [best]
    alternatives: list[Alternative] = []
    like = None if ready else best
    for label, first in _LABELS:
        if len(alternatives) >= problem.alternatives:
            break
        if first is Objective.FINISH and not problem.dates:
            continue
        order = (first, *(other for other in _DEFAULT if other is not first and (
            problem.dates or other is not Objective.FINISH)))
        other = _optimum(problem, options, order, deadline, ready=ready, like=like)
        if other is not None and other.choice not in {item.choice for item in found}:
            found.append(other)
            alternatives.append(Alternative(label, _describe(problem, other)))
    while len(alternatives) < problem.alternatives and time.monotonic() < deadline:
        # Every plan returned so far has no training to spare, so what contains one has; the best of the rest has none.
        other = _optimum(problem, options, problem.objective, deadline, ready=ready, excluded=found, like=like)
        if other is None or not other.placed:
            break
        found.append(other)
        alternatives.append(Alternative(Label.NEXT, _describe(problem, other)))
    return tuple(alternatives)


def _describe(problem: Problem, found: _Found) -> Plan:
    return describe(problem, found.placed)


def _explain(
    problem: Problem, item: Requirement | Demand, placed: Sequence[Placed], deadline: float
) -> Open:
    """Say why an item stays open: it alone is tried, under fewer and fewer restrictions."""
    alone = replace(
        problem, requirements=(item,) if isinstance(item, Requirement) else (),
        demands=(item,) if isinstance(item, Demand) else ())
    reached = levels_after(problem, placed).get(item.competency, 0) if isinstance(item, Requirement) else 0

    def reachable(question: Problem) -> _Found | None:
        return _optimum(question, options_of(question), question.objective, deadline, ready=True)

    if not _is_given(problem, item):
        return Open(item, reached, Reason.NO_TRAINING)
    undated = replace(alone, dates=False, objective=(Objective.COUNT,))
    anyone = replace(undated, trainings=tuple(replace(training, min_golongan=None) for training in undated.trainings))
    if reachable(anyone) is None:
        return Open(item, reached, Reason.ENTRY)
    if reachable(undated) is None:
        return Open(item, reached, Reason.GOLONGAN)
    first = replace(alone, objective=(Objective.COUNT,))
    if reachable(first) is not None:
        return Open(item, reached, Reason.CLASH)
    seated = replace(first, trainings=tuple(
        replace(training, batches=tuple(replace(batch, seats_free=max(1, batch.seats_free))
                                        for batch in training.batches)) for training in first.trainings))
    if reachable(seated) is not None:
        return Open(item, reached, Reason.NO_SEAT)
    later = reachable(replace(alone, ready_by=None, objective=(Objective.FINISH,)))
    if later is not None:
        finish = max((one.last for one in later.placed), default=problem.today.toordinal())
        return Open(item, reached, Reason.TOO_LATE, date.fromordinal(finish))
    return Open(item, reached, Reason.NO_BATCH)


def _is_given(problem: Problem, item: Requirement | Demand) -> bool:
    if isinstance(item, Demand):
        return any(training.code == item.training for training in problem.trainings)
    return any(gain.competency == item.competency and gain.level >= item.level
               for training in problem.trainings for gain in training.raises)


