"""What would be otherwise if something were: a plan before and after changes, and how the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kompetensi.graph.elements import Importance
from kompetensi.graph.paths.catalogue import Catalogue
from kompetensi.graph.paths.changes import Change, change
from kompetensi.graph.paths.planner import plan
from kompetensi.graph.paths.problem import Demand, Problem, Requirement
from kompetensi.graph.paths.result import Open, PlanResult, Step

__all__ = ["Difference", "WhatIf", "what_if"]


@dataclass(frozen=True, slots=True)
class Difference:
    """After minus before.

    Attributes
    ----------
    finish_days : int or None
        Negative = done earlier; None without dates.
    jp, cost_idr, count : int
    coverage, mutlak_met : int
        Of the items of the problem as it was, so that a training that is taken as well is not counted as a gain.
    added, dropped : tuple of Step
        Trainings that only the plan after, or only the plan before, has; in the order of the steps.
    moved : tuple of (Step, Step)
        Trainings of both that are on other days or in another batch, before and after.
    closed, opened : tuple of Requirement or Demand
        Items of the problem as it was that only the plan after meets, or only the plan before; in its order.
    """

    finish_days: int | None
    jp: int
    cost_idr: int
    count: int
    coverage: int
    mutlak_met: int
    added: tuple[Step, ...]
    dropped: tuple[Step, ...]
    moved: tuple[tuple[Step, Step], ...]
    closed: tuple[Requirement | Demand, ...]
    opened: tuple[Requirement | Demand, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether the two plans are the same and leave the same open."""
        return not (self.added or self.dropped or self.moved or self.closed or self.opened or self.coverage)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Two answers side by side."""

    changes: tuple[Change, ...]
    before: PlanResult
    after: PlanResult
    difference: Difference


def what_if(
    problem: Problem, changes: Iterable[Change], *, before: PlanResult | None = None, catalogue: Catalogue | None = None
) -> WhatIf:
    """Plan a problem as it is and as it would be after changes.

    Parameters
    ----------
    changes : iterable of Change
        Made together, in their order.
    before : PlanResult, optional
        The answer to the problem as it is, if it is known.
    catalogue : Catalogue, optional
        Of the problem's trainings.
    """
    made = tuple(changes)
    then = change(problem, made)
    first = before or plan(problem, catalogue)
    second = plan(then, catalogue if then.trainings is problem.trainings else None)
    return WhatIf(made, first, second, _difference(problem, then, first, second))


def _difference(problem: Problem, then: Problem, before: PlanResult, after: PlanResult) -> Difference:
    first, second = before.plan, after.plan
    earlier, later = ({step.training: step for step in one.steps} for one in (first, second))
    items: tuple[Requirement | Demand, ...] = (*problem.requirements, *problem.demands)
    open_before, open_after = _open(before.open), _open(after.open)
    extra = [demand for demand in then.demands if demand not in problem.demands
             and _name(demand) not in open_after]
    return Difference(
        None if first.finish is None or second.finish is None else (second.finish - first.finish).days,
        second.jp - first.jp, second.cost_idr - first.cost_idr, second.count - first.count,
        second.coverage - sum(demand.weight for demand in extra) - first.coverage,
        second.mutlak_met - sum(demand.importance is Importance.MUTLAK for demand in extra) - first.mutlak_met,
        tuple(step for step in second.steps if step.training not in earlier),
        tuple(step for step in first.steps if step.training not in later),
        tuple((earlier[step.training], step) for step in second.steps if step.training in earlier and (
            _run(earlier[step.training]) != _run(step))),
        tuple(item for item in items if _name(item) in open_before - open_after),
        tuple(item for item in items if _name(item) in open_after - open_before))


def _name(item: Requirement | Demand) -> tuple[str, str]:
    return ("competency", item.competency) if isinstance(item, Requirement) else ("training", item.training)


def _open(items: Sequence[Open]) -> set[tuple[str, str]]:
    return {_name(one.item) for one in items}


def _run(step: Step) -> tuple[object, ...]:
    return step.batch, step.first_day, step.last_day
