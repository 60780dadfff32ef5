"""Exact search with CP-SAT: one model for a question, optimised for one measure after the other.

Same problem, same answer: one worker, a fixed seed, and a last rule that leaves no tie (see `Search.settle`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kompetensi.graph.conditions import All, Condition, HasTraining, Leaf, fold
from kompetensi.graph.elements import Importance
from kompetensi.graph.paths.catalogue import Option
from kompetensi.graph.paths.problem import Demand, Objective, Problem, Requirement

__all__ = ["Search", "TimeIsUp"]

# The rule for the last ties is a binary number with a digit for each option; so many digits fit into one measure.
_DIGITS = 40
# Sums beyond this are counted in digits to that base: the solver's own numbers end at 2^63.
_LARGEST = 1 << 53
_BASE = 1 << 40


class TimeIsUp(Exception):
    """The time limit struck before a measure was proven; what was found so far stands in the search."""

    def __init__(self, bound: int | None) -> None:
        super().__init__("the time limit struck")
        self.bound = bound


@dataclass(frozen=True, slots=True)
class _LongSum:
    """A sum too long for the solver: a whole number for each option."""

    costs: Sequence[int]


class Search:
    """The model of one question.

    Parameters
    ----------
    problem : Problem
    options : sequence of Option
        In order of rank.
    deadline : float
        ``time.monotonic()`` at which to stop.

    Attributes
    ----------
    found : tuple of Option or None
        The best choice so far.
    """

    def __init__(self, problem: Problem, options: Sequence[Option], *, deadline: float) -> None:
        from ortools.sat.python import cp_model  # takes long to import, and only the search needs it

        self.cp: Any = cp_model
        self.problem = problem
        self.options = tuple(options)
        self.deadline = deadline
        self.model: Any = cp_model.CpModel()
        self.found: tuple[Option, ...] | None = None
        self._seconds = 0.0
        self._true = self.model.new_constant(1)
        self._chosen = [self.model.new_bool_var("") for _ in self.options]
        self._starts: dict[int, Any] = {}
        self._before: dict[tuple[int, int], Any] = {}
        self._today = problem.today.toordinal() if problem.dates else 0
        self._end = self._horizon()
        self._add_starts()
        self._add_clashes()
        for at, option in enumerate(self.options):
            self._require(option.training.entry, at)
        self._met: dict[int, Any] = {}
        self.items: tuple[Requirement | Demand, ...] = (*problem.requirements, *problem.demands)

    # -- what every plan must keep ----------------------------------------------------------------------------------

    def _horizon(self) -> int:
        if self.problem.dates and self.problem.ready_by is not None:
            return self.problem.ready_by.toordinal()
        last = max((option.last for option in self.options), default=0)
        end = max(last, self._today) + sum(option.days for option in self.options)
        return min(end, date.max.toordinal()) if self.problem.dates else end

    def _add_starts(self) -> None:
        for at, option in enumerate(self.options):
            if option.is_free:
                latest = self._end - option.days + 1
                if latest < self._today:
                    self.model.add(self._chosen[at] == 0)
                    latest = self._today
                self._starts[at] = self.model.new_int_var(self._today, latest, "")
        by_code: dict[str, list[Any]] = {}
        for at, option in enumerate(self.options):
            by_code.setdefault(option.training.code, []).append(self._chosen[at])
        for same in by_code.values():
            if len(same) > 1:
                self.model.add_at_most_one(same)
        self._by_code = by_code

    def _add_clashes(self) -> None:
        fixed = [(at, option) for at, option in enumerate(self.options) if not option.is_free]
        for place, (at, option) in enumerate(fixed):
            for other_at, other in fixed[place + 1:]:
                if option.training.code != other.training.code and option.clashes_with(other):
                    self.model.add_bool_or([~self._chosen[at], ~self._chosen[other_at]])

    def _precedes(self, first: int, then: int) -> Any:
        """Return a literal that holds only if `first` is chosen and ends before `then` begins; None if it cannot."""
        earlier, later = self.options[first], self.options[then]
        if earlier.training.code == later.training.code:
            return None
        if not earlier.is_free and not later.is_free:
            return self._chosen[first] if earlier.last < later.first else None
        if (first, then) not in self._before:
            literal = self.model.new_bool_var("")
            end = self._starts[first] + earlier.days if earlier.is_free else earlier.last + 1
            begin = self._starts[then] if later.is_free else later.first
            self.model.add_implication(literal, self._chosen[first])
            self.model.add(end <= begin).only_enforce_if(literal)
            self._before[first, then] = literal
        return self._before[first, then]

    def _require(self, condition: Condition, at: int) -> None:
        literal = self._literal(condition, at)
        if literal is None:
            self.model.add(self._chosen[at] == 0)
        elif literal is not self._true:
            self.model.add_implication(self._chosen[at], literal)

    def _literal(self, condition: Condition, at: int) -> Any:
        """Return a literal that holds only if the condition does before an option; None if it never can."""
        return fold(condition, lambda leaf: self._leaf(leaf, at),
                    lambda kind, parts: self._all(parts) if kind is All else self._any(parts))

    def _leaf(self, leaf: Leaf, at: int) -> Any:
        if isinstance(leaf, HasTraining):
            if leaf.code in self.problem.completed:
                return self._true
            return self._any(self._precedes(other, at) for other, option in enumerate(self.options)
                             if option.training.code == leaf.code)
        if self.problem.levels.get(leaf.competency, 0) >= leaf.level:
            return self._true
        return self._any(
            self._precedes(other, at) for other, option in enumerate(self.options)
            if any(gain.competency == leaf.competency and gain.level >= leaf.level for gain in option.training.raises))

    def _any(self, parts: Iterable[Any]) -> Any:
        possible = [part for part in parts if part is not None]
        if any(part is self._true for part in possible):
            return self._true
        if len(possible) < 2:
            return possible[0] if possible else None
        literal = self.model.new_bool_var("")
        self.model.add_bool_or(possible).only_enforce_if(literal)
        return literal

    def _all(self, parts: Sequence[Any]) -> Any:
        if any(part is None for part in parts):
            return None
        needed = [part for part in parts if part is not self._true]
        if len(needed) < 2:
            return needed[0] if needed else self._true
        literal = self.model.new_bool_var("")
        self.model.add_bool_and(needed).only_enforce_if(literal)
        return literal

    # -- what the target asks ---------------------------------------------------------------------------------------

    def _reaching(self, item: Requirement | Demand, level: int = 0) -> Any:
        """Return a literal for an item (a requirement up to `level`); None = nothing here gives it."""
        if isinstance(item, Demand):
            if item.training in self.problem.completed:
                return self._true
            return self._any(self._by_code.get(item.training, []))
        if self.problem.levels.get(item.competency, 0) >= level:
            return self._true
        return self._any(
            chosen for option, chosen in zip(self.options, self._chosen, strict=True)
            if any(gain.competency == item.competency and gain.level >= level for gain in option.training.raises))

    def demand_all(self) -> bool:
        """Ask for every item; return False when one of them can never be met."""
        literals = [self._reaching(item, item.level if isinstance(item, Requirement) else 0) for item in self.items]
        if any(literal is None for literal in literals):
            return False
        self.model.add_bool_and([literal for literal in literals if literal is not self._true] or [self._true])
        return True

    def mutlak(self) -> Any:
        """Return the number of met mandatory items, as an expression."""
        return sum(literal for item in self.items if item.importance is Importance.MUTLAK
                   and (literal := self._reaching(item, item.level if isinstance(item, Requirement) else 0))
                   is not None)

    def coverage(self) -> Any:
        """Return the coverage, as an expression."""
        terms = []
        for item in self.items:
            steps = range(1, item.level + 1) if isinstance(item, Requirement) else range(1)
            terms += [item.weight * literal for level in steps
                      if (literal := self._reaching(item, level)) is not None]
        return sum(terms)

    # -- measures ---------------------------------------------------------------------------------------------------

    def measure(self, objective: Objective) -> Any:
        """Return an objective as an expression for `best`; `Objective.FINISH` as an ordinal."""
        pairs = list(zip(self.options, self._chosen, strict=True))
        if objective is Objective.JP:
            return self._sum([option.training.jp for option in self.options])
        if objective is Objective.COST:
            return self._sum([option.training.cost_idr for option in self.options])
        if objective is Objective.COUNT:
            return sum(self._chosen)
        finish = self.model.new_int_var(self._today, max(self._end, self._today), "")
        for at, (option, chosen) in enumerate(pairs):
            last = self._starts[at] + option.days - 1 if option.is_free else option.last
            self.model.add(finish >= last).only_enforce_if(chosen)
        return finish

    def _sum(self, costs: Sequence[int]) -> Any:
        if sum(costs) > _LARGEST:
            return _LongSum(costs)
        return sum(cost * chosen for cost, chosen in zip(costs, self._chosen, strict=True))

    def exclude(self, choice: Iterable[Option]) -> None:
        """Forbid a choice and everything that contains it."""
        places = {option.rank: at for at, option in enumerate(self.options)}
        self.model.add_bool_or([~self._chosen[places[option.rank]] for option in choice])

    def best(self, expression: Any, *, largest: bool = False) -> int | None:
        """Optimise a measure and hold it from now on; return its value, or None when there is no plan.

        Raises
        ------
        TimeIsUp
            If the limit struck before the value was proven; `found` is the best so far, if any.
        """
        if isinstance(expression, _LongSum):
            return self._least(expression.costs)
        if isinstance(expression, int):  # nothing to choose
            return expression if self.found is not None or self._solve(None) else None
        (self.model.maximize if largest else self.model.minimize)(expression)
        value: int | None = self._solve(expression)
        if value is None:
            return None
        self.model.clear_objective()
        self.model.add(expression == value)
        return value

    def _least(self, costs: Sequence[int]) -> int | None:
        """Make a long sum small digit by digit, the highest first, and hold it; as `best`."""
        digits: list[Any] = []
        carry: Any = 0
        rest = list(costs)
        while any(rest):
            digit, over = self.model.new_int_var(0, _BASE - 1, ""), self.model.new_int_var(0, len(costs), "")
            self.model.add(sum((cost % _BASE) * chosen for cost, chosen in zip(rest, self._chosen, strict=True))
                           + carry == digit + _BASE * over)
            digits.append(digit)
            carry = over
            rest = [cost // _BASE for cost in rest]
        digits.append(carry)
        value = 0
        for place in reversed(range(len(digits))):
            try:
                found = self.best(digits[place])
            except TimeIsUp as stop:
                raise TimeIsUp((value * _BASE + max(stop.bound or 0, 0)) * _BASE**place) from None
            if found is None:
                return None
            value = value * _BASE + found
        return value

    def settle(self) -> None:
        """Leave one plan: at the first option, in order of rank, in which two plans differ, the one that has it wins."""
        for start in range(0, len(self._chosen), _DIGITS):
            block = self._chosen[start:start + _DIGITS]
            self.best(sum((1 << (len(block) - 1 - at)) * chosen for at, chosen in enumerate(block)), largest=True)

    def _solve(self, expression: Any) -> Any:
        solver = self.cp.CpSolver()
        solver.parameters.num_search_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_time_in_seconds = max(0.01, self.deadline - time.monotonic())
        if self.found is not None:
            self.model.clear_hints()
            held = {option.rank for option in self.found}
            for option, chosen in zip(self.options, self._chosen, strict=True):
                self.model.add_hint(chosen, option.rank in held)
        status = solver.solve(self.model)
        if status == self.cp.INFEASIBLE:
            return None
        if status in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            self.found = tuple(option for option, chosen in zip(self.options, self._chosen, strict=True)
                               if solver.boolean_value(chosen))
        if status == self.cp.OPTIMAL or (status == self.cp.FEASIBLE and expression is None):
            return True if expression is None else solver.value(expression)
        raise TimeIsUp(None if expression is None else round(solver.best_objective_bound))
