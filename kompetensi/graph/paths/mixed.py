"""Exact search by integer programming (HiGHS), for questions on which branch and bound runs long.

A column is an option on its days; an option whose start is free has one for each day on which something that it asks for
can have ended. A row says that a need is met, that an entry holds, that a training is taken once, or that a day is given
once. Without dates nothing in that keeps trainings from opening each other in a circle: when a solution does that, what
would break the circle becomes a further row.

Measures are made small one after the other. Dual values, rounded to whole numbers, give a bound in exact arithmetic
whatever the solver's tolerances: it proves most optima, and drops the columns that no best plan can have.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kompetensi.graph.paths.question import Question, bits

__all__ = ["Measure", "Program", "TimeIsUp", "TooLarge"]

_NEVER = 1 << 60
_MOST_COLUMNS = 20_000
# HiGHS works to a millionth; larger coefficients would drown its tolerances.
_LARGEST = 10_000_000
# Dual values are rounded to so many parts of one.
_PARTS = 1 << 24


class TimeIsUp(Exception):
    """The time limit struck.

    Attributes
    ----------
    bound : int
        What the measure cannot be below.
    measure : Measure or None
        What was being made small.
    """

    def __init__(self, bound: int, measure: Measure | None = None) -> None:
        super().__init__("the time limit struck")
        self.bound = bound
        self.measure = measure


class TooLarge(Exception):
    """The question has numbers or columns beyond what the solver holds."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is made small: a whole number for each option, and for each need that is not met."""

    options: Sequence[int]
    needs: Sequence[int] = ()


@dataclass(slots=True)
class _Row:
    terms: dict[int, int]
    low: int | None
    high: int | None


class Program:
    """The model of a question inside a window.

    Parameters
    ----------
    until, excluded, hits
        As in `branch.search`.
    may_lose : bool
        Whether needs may stay open.
    deadline : float
        ``time.monotonic()`` at which to stop.

    Attributes
    ----------
    found : int or None
        The best set of options so far.

    Raises
    ------
    TooLarge
        If there would be too many columns.
    """

    def __init__(
        self, question: Question, *, until: int, may_lose: bool, excluded: Sequence[int] = (), hits: Sequence[int] = (),
        deadline: float,
    ) -> None:
        self.question = question
        self.until = until
        self.deadline = deadline
        self.found: int | None = None
        self.columns = self._columns()
        self._by_place: dict[int, list[int]] = {}
        for number, (place, _, _) in enumerate(self.columns):
            self._by_place.setdefault(place, []).append(number)
        self.lost = len(self.columns)
        self.size = self.lost + (len(question.needs) if may_lose else 0)
        self.alive = set(range(self.size))
        self.rows: list[_Row] = []
        self._add_rows(may_lose, excluded, hits)

    # -- the model --------------------------------------------------------------------------------------------------

    def _columns(self) -> list[tuple[int, int, int]]:
        """Return place, first and last day of what can be chosen."""
        question = self.question
        places = list(bits(question.ended_before(self.until + 1)))
        options = question.options
        if not question.problem.dates:
            return [(place, 0, 0) for place in places]
        columns = [(place, options[place].first, options[place].last) for place in places if not options[place].is_free]
        ends: dict[int, set[int]] = {place: {last} for place, _, last in columns}
        free = [place for place in places if options[place].is_free]
        ends.update({place: set() for place in free})
        changed = bool(free)
        while changed:
            changed = False
            for place in free:
                days = options[place].days
                starts = {question.today} if not question.clauses(place) else {
                    end + 1 for clause in question.clauses(place) for other in bits(clause) for end in ends.get(other, ())}
                new = {start + days - 1 for start in starts
                       if question.ends[place] <= start + days - 1 <= self.until} - ends[place]
                if new:
                    ends[place] |= new
                    changed = True
                if len(ends[place]) > _MOST_COLUMNS:
                    raise TooLarge
        columns += [(place, end - options[place].days + 1, end) for place in free for end in sorted(ends[place])]
        if len(columns) > _MOST_COLUMNS:
            raise TooLarge
        return columns

    def _of(self, mask: int, before: int = _NEVER) -> list[int]:
        return [number for place in bits(mask) for number in self._by_place.get(place, ())
                if self.columns[number][2] < before]

    def _add_rows(self, may_lose: bool, excluded: Sequence[int], hits: Sequence[int]) -> None:
        question = self.question
        for number, need in enumerate(question.needs):
            terms = dict.fromkeys(self._of(need.givers), 1)
            if may_lose:
                terms[self.lost + number] = 1
            self.rows.append(_Row(terms, 1, None))
        self.rows += [_Row(dict.fromkeys(self._of(hit), 1), 1, None) for hit in hits]
        for number, (place, first, _) in enumerate(self.columns):
            for clause in question.clauses(place):
                terms = dict.fromkeys(self._of(clause, first if question.problem.dates else _NEVER), 1)
                self.rows.append(_Row(terms | {number: -1}, 0, None))
        same: dict[str, list[int]] = {}
        for number, (place, _, _) in enumerate(self.columns):
            same.setdefault(question.options[place].training.code, []).append(number)
        for numbers in same.values():
            if len(numbers) > 1:
                self.rows.append(_Row(dict.fromkeys(numbers, 1), None, 1))
        for crowd in self._crowded():
            self.rows.append(_Row(dict.fromkeys(sorted(crowd), 1), None, 1))
        for taken in excluded:
            # Starts of the same option exclude each other, so their sum is whether it is taken.
            terms = dict.fromkeys(self._of(taken), 1)
            self.rows.append(_Row(terms, None, taken.bit_count() - 1))

    def _crowded(self) -> list[frozenset[int]]:
        """Return sets of columns that block a common day."""
        question = self.question
        edges: list[tuple[int, int, int]] = []
        for number, (place, _, _) in enumerate(self.columns):
            batch = question.options[place].batch
            for first, last in batch.stages if batch else ():
                edges.append((first.toordinal(), 1, number))
                edges.append((last.toordinal() + 1, 0, number))
        edges.sort()
        open_now: set[int] = set()
        found: list[frozenset[int]] = []
        grown = False
        for _, begins, number in edges:
            if begins:
                open_now.add(number)
                grown = True
            else:
                if grown and len(open_now) > 1:
                    found.append(frozenset(open_now))
                grown = False
                open_now.discard(number)
        return list(dict.fromkeys(found))

    # -- solving ----------------------------------------------------------------------------------------------------

    def hold(self, measure: Measure, most: int) -> None:
        """Ask for plans whose measure is at most so much.

        Raises
        ------
        TooLarge
            If its numbers are too large for the solver.
        """
        scaled, unit = _scaled(self._costs(measure))
        self.rows.append(_Row(scaled, None, most // unit))

    def within(self) -> int:
        """Return the options that are still possible."""
        mask = 0
        for number in self.alive:
            if number < self.lost:
                mask |= 1 << self.columns[number][0]
        return mask

    def least(self, measure: Measure) -> int | None:
        """Make a measure as small as it can be, hold it there, and return it; None when there is no plan.

        Raises
        ------
        TimeIsUp
            If the limit struck first.
        TooLarge
            If its numbers are too large for the solver.
        """
        scaled, unit = _scaled(self._costs(measure))
        while True:
            try:
                answer = self._solve(scaled)
            except TimeIsUp as stop:
                raise TimeIsUp(stop.bound * unit, measure) from None
            if answer is None:
                return None
            chosen, bound = answer
            cuts = self._circles(chosen)
            if not cuts:
                break
            self.rows += cuts
        value = sum(scaled.get(number, 0) for number in chosen)
        self._drop(scaled, value, bound)
        self.found = self._options(chosen)
        self.rows.append(_Row(scaled, None, value))
        return value * unit

    def has(self, hits: Sequence[int]) -> int | None:
        """Return some plan that has one option of each set; None when there is none."""
        known = len(self.rows)
        self.rows += [_Row(dict.fromkeys(self._of(hit), 1), 1, None) for hit in hits]
        try:
            return self._some({})
        finally:
            del self.rows[known:]

    def settle(self) -> None:
        """Leave one plan: at the first option, in order of rank, in which two plans differ, the one that has it wins.

        All plans are taken to have the same number of options.
        """
        while (better := self._earlier(self.found or 0)) is not None:
            self.found = better

    def _earlier(self, known: int) -> int | None:
        """Return the plan that differs from a known one first, and has the option there; None when there is none.

        A further column for each option that the known plan lacks says that they differ there: it is taken, and so is
        all that the known plan has before it.
        """
        rows, alive = len(self.rows), self.alive
        shared: dict[int, int] = {}
        costs: dict[int, int] = {}
        before = 0
        for place in sorted({self.columns[number][0] for number in alive if number < self.lost}):
            mine = [number for number in self._by_place[place] if number in alive]
            if known >> place & 1:
                shared |= dict.fromkeys(mine, -1)
                before += 1
                continue
            differs = self.size + place
            costs[differs] = len(costs) + 1
            self.rows.append(_Row({differs: 1} | dict.fromkeys(mine, -1), None, 0))
            if before:
                self.rows.append(_Row({differs: before} | shared, None, 0))
        self.rows.append(_Row(dict.fromkeys(costs, 1), 1, 1))
        self.alive = alive | set(costs)
        try:
            return self._some(costs)
        finally:
            del self.rows[rows:]
            self.alive = alive

    def any(self) -> int | None:
        """Return some plan; None when there is none."""
        return None if self.least(Measure([0] * len(self.question.options))) is None else self.found

    def _some(self, costs: dict[int, int]) -> int | None:
        """Return a cheapest plan, without holding its cost."""
        while (answer := self._solve(costs)) is not None:
            cuts = self._circles(answer[0])
            if not cuts:
                return self._options(answer[0])
            self.rows += cuts
        return None

    def _options(self, chosen: Sequence[int]) -> int:
        return sum({1 << self.columns[number][0] for number in chosen if number < self.lost})

    def _costs(self, measure: Measure) -> dict[int, int]:
        costs = {number: measure.options[place] for number, (place, _, _) in enumerate(self.columns)}
        if self.size > self.lost:
            costs |= {self.lost + number: cost for number, cost in enumerate(measure.needs)}
        return {number: cost for number, cost in costs.items() if cost and number in self.alive}

    def _solve(self, costs: dict[int, int]) -> tuple[list[int], tuple[int, dict[int, int]] | None] | None:
        """Return the chosen columns and an exact bound with its reduced costs; None when there is no plan."""
        import highspy  # loads a solver, which most questions do not need

        alive = sorted(self.alive)
        at = {number: place for place, number in enumerate(alive)}
        rows = [row for row in self.rows if row.low is not None or any(number in at for number in row.terms)]
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(alive), len(rows)
        model.col_cost_ = [float(costs.get(number, 0)) for number in alive]
        model.col_lower_, model.col_upper_ = [0.0] * len(alive), [1.0] * len(alive)
        model.row_lower_ = [-highspy.kHighsInf if row.low is None else float(row.low) for row in rows]
        model.row_upper_ = [highspy.kHighsInf if row.high is None else float(row.high) for row in rows]
        starts, index, values = [0], [], []
        for row in rows:
            for number, factor in row.terms.items():
                if number in at:
                    index.append(at[number])
                    values.append(float(factor))
            starts.append(len(index))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = starts, index, values
        solver, status = self._run(model, 0)
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        bound = None
        if status == highspy.HighsModelStatus.kOptimal:
            answer = solver.getSolution()
            bound = self._bound(costs, rows, list(answer.row_dual))
            if all(min(share, 1 - share) < 1e-6 for share in answer.col_value):
                return [alive[place] for place, share in enumerate(answer.col_value) if share > 0.5], bound
        least = math.ceil(bound[0] / _PARTS) if bound else 0
        # A solver that has solved the relaxation and is then told of integers answers wrongly, so another one is asked.
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(alive)
        solver, status = self._run(model, least)
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise TimeIsUp(least)
        if status != highspy.HighsModelStatus.kOptimal:
            raise TooLarge
        shares = solver.getSolution().col_value
        chosen = [alive[place] for place, share in enumerate(shares) if share > 0.5]
        if not _keeps(rows, set(chosen)):
            raise TooLarge
        return chosen, bound

    def _run(self, model: Any, bound: int) -> tuple[Any, Any]:
        import highspy

        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeIsUp(bound)
        # The plain class: the one around it greets on standard output, where commands write their answer.
        solver = highspy._core._Highs()
        # The number of threads belongs to the process, and another user of HiGHS may have set it: it is not touched.
        for name, value in (("output_flag", False), ("parallel", "off"), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5),
                            ("time_limit", left)):
            solver.setOptionValue(name, value)
        solver.passModel(model)
        solver.run()
        return solver, solver.getModelStatus()

    def _bound(self, costs: dict[int, int], rows: list[_Row], duals: list[float]) -> tuple[int, dict[int, int]]:
        """Return a bound and reduced costs, in parts of one, that hold whatever the dual values are."""
        reduced = {number: cost * _PARTS for number, cost in costs.items()}
        total = 0
        for row, dual in zip(rows, duals, strict=True):
            weight = round(dual * _PARTS)
            limit = row.low if weight > 0 else row.high
            if not weight or limit is None:
                continue
            total += weight * limit
            for number, factor in row.terms.items():
                reduced[number] = reduced.get(number, 0) - weight * factor
        total += sum(min(0, reduced.get(number, 0)) for number in self.alive)
        return total, reduced

    def _drop(self, costs: dict[int, int], value: int, bound: tuple[int, dict[int, int]] | None) -> None:
        """Forget the columns with which no plan can be as good as `value`."""
        if bound is None:
            return
        total, reduced = bound
        room = value * _PARTS - total
        self.alive = {number for number in self.alive if reduced.get(number, 0) <= room}

    def _circles(self, chosen: Sequence[int]) -> list[_Row]:
        """Return rows that forbid what holds itself up without dates."""
        question = self.question
        if question.problem.dates:
            return []
        taken = {self.columns[number][0] for number in chosen if number < self.lost}
        placed = 0
        waiting = sorted(taken)
        while True:
            now = [place for place in waiting if all(clause & placed for clause in question.clauses(place))]
            if not now:
                break
            for place in now:
                placed |= 1 << place
            waiting = [place for place in waiting if not placed >> place & 1]
        if not waiting:
            return []
        circle = sum(1 << place for place in waiting)
        helpers = 0
        for place in waiting:
            helpers |= next(clause for clause in question.clauses(place) if not clause & placed)
        terms = dict.fromkeys(self._of(helpers & ~circle), 1)
        return [_Row(terms | {self._by_place[place][0]: -1}, 0, None) for place in waiting]


def _scaled(costs: dict[int, int]) -> tuple[dict[int, int], int]:
    """Return costs without their common factor, and that; raises TooLarge if they are too large for the solver even so."""
    unit = math.gcd(*costs.values()) or 1
    if any(abs(cost) // unit > _LARGEST for cost in costs.values()):
        raise TooLarge
    return {number: cost // unit for number, cost in costs.items()}, unit


def _keeps(rows: Sequence[_Row], chosen: set[int]) -> bool:
    for row in rows:
        value = sum(factor for number, factor in row.terms.items() if number in chosen)
        if (row.low is not None and value < row.low) or (row.high is not None and value > row.high):
            return False
    return True
