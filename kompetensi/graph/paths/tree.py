"""Exact branch and bound over linear relaxations, for programs of zeros and ones that HiGHS would have to be trusted with.

HiGHS solves relaxations only, each from where the last one ended, which takes a fraction of a millisecond. What its dual values
prove is worked out anew in whole numbers, so that no tolerance decides anything. Before it branches, the tree
*probes*: with each column at zero and at one the relaxation says whether anything good enough is left, and most columns
are decided by that. What the bound rose by on these occasions tells later which column to branch on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

__all__ = ["OutOfSteps", "OutOfTime", "Row", "Tree"]

# Whole numbers end at 2^63; sums of products stay below this.
_LARGEST = 1 << 60
# Dual values are rounded to so many parts of one, or to fewer where costs are large.
_PARTS = 24
# What HiGHS sees as costs stays below this: its tolerances are absolute.
_STEEPEST = 10_000
_INTEGRAL = 1e-6
# A column that has not been probed counts as one that hardly matters.
_LITTLE = 1e-3
# What a relaxation takes beside its iterations.
_STEPS_OF_A_RUN = 10
# So many relaxations are tried at least before all columns are probed.
_GLANCE = 200

Row = tuple[Mapping[int, int], int | None, int | None]


class OutOfSteps(Exception):
    """The tree grew larger than allowed, or its numbers are too large."""


class OutOfTime(Exception):
    """The time was up."""


class _Longer(Exception):
    """A search takes longer than a glance."""


class Tree:
    """The choices of zero or one for each column that keep all rows and cost no more than a limit.

    Parameters
    ----------
    costs : sequence of int
        By column, at least 0.
    rows : sequence of (mapping of column to factor, low or None, high or None)
    steps : int
        How long all searches together may be: iterations of the simplex method, and ten for each relaxation.
    deadline : float
        ``time.monotonic()`` at which to stop.
    broken : callable
        Takes the columns at one of a choice that keeps all rows, and returns further rows that it breaks; none = it is a solution.
    polish : callable, optional
        Takes the columns at one of a solution, and returns those of one that costs no more; asked once a search runs long.

    Attributes
    ----------
    limit : int
        What a solution may cost at most. Whoever makes it smaller may go on; to make it larger, `release` comes first.

    found : list of int or None
        The last solution that was found: its columns at one.

    Raises
    ------
    OutOfSteps
        By any method, if `steps` did not suffice; by the constructor if numbers are too large.
    OutOfTime
        By any method, if the time was up.
    """

    def __init__(
        self, costs: Sequence[int], rows: Sequence[Row], *, limit: int, steps: int, deadline: float,
        broken: Callable[[list[int]], Sequence[Row]], polish: Callable[[list[int]], list[int]] | None = None,
    ) -> None:
        total = sum(abs(cost) for cost in costs) + 1
        if total >= 1 << 50:
            raise OutOfSteps
        self.limit = limit
        self.found: list[int] | None = None
        self.steps = steps
        self._runs = 0
        self._total = 0
        self._deadline = deadline
        self._broken = broken
        self.polish = polish
        self._parts = 1 << min(_PARTS, 58 - total.bit_length())
        self._costs = np.array(costs, dtype=np.int64)
        self._unit = max(1.0, max((abs(cost) for cost in costs), default=0) / _STEEPEST)
        self._rows = list(rows)
        self._low = np.zeros(len(costs), dtype=np.int64)
        self._high = np.ones(len(costs), dtype=np.int64)
        self._trail: list[tuple[int, int, int]] = []
        self._gains = np.full((2, len(costs)), _LITTLE)
        self._load()

    # -- the relaxation ---------------------------------------------------------------------------------------------

    def _load(self) -> None:
        import highspy  # loads a solver, which most questions do not need

        starts = [0]
        index: list[int] = []
        values: list[int] = []
        for terms, _, _ in self._rows:
            index += terms.keys()
            values += terms.values()
            starts.append(len(index))
        shape = (len(self._rows), len(self._costs))
        if any(abs(value) >= 1 << 50 for value in values):
            raise OutOfSteps
        self._matrix = csr_array((np.array(values, dtype=np.int64), index, starts), shape=shape)
        self._across = csr_array(self._matrix.T)
        self._widest = np.zeros(shape[0])
        for at, (terms, low, high) in enumerate(self._rows):
            self._widest[at] = max(sum(map(abs, terms.values())), abs(low or 0), abs(high or 0))
        bounded = [low is not None for _, low, _ in self._rows], [high is not None for _, _, high in self._rows]
        self._bounded = np.array(bounded, dtype=bool)
        self._bounds = np.array([[low or 0 for _, low, _ in self._rows], [high or 0 for _, _, high in self._rows]], dtype=np.int64)
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = shape
        model.col_cost_ = (self._costs / self._unit).tolist()
        model.col_lower_, model.col_upper_ = self._low.astype(float).tolist(), self._high.astype(float).tolist()
        model.row_lower_ = [-highspy.kHighsInf if low is None else float(low) for _, low, _ in self._rows]
        model.row_upper_ = [highspy.kHighsInf if high is None else float(high) for _, _, high in self._rows]
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = starts, index
        model.a_matrix_.value_ = [float(value) for value in values]
        # The plain class: the one around it greets on standard output, where commands write their answer.
        self._solver: Any = highspy._core._Highs()
        for name, value in (("output_flag", False), ("parallel", "off"), ("presolve", "off"), ("solver", "simplex")):
            self._solver.setOptionValue(name, value)
        self._solver.passModel(model)
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._infeasible = highspy.HighsModelStatus.kInfeasible
        self._beyond = highspy.HighsModelStatus.kObjectiveBound

    def _run(self) -> tuple[np.ndarray | None, int | None, np.ndarray]:
        """Solve the relaxation; return shares, an exact bound and reduced costs in parts.

        No shares: the relaxation has nothing within the limit. No bound: that is proven.
        """
        if time.monotonic() > self._deadline:
            raise OutOfTime
        solver = self._solver
        solver.setOptionValue("objective_bound", (self.limit + 1) / self._unit * (1 + 1e-9) + 1e-6)
        solver.run()
        status = solver.getModelStatus()
        self._spend()
        if status == self._infeasible:
            _, has, ray = solver.getDualRay()
            if has and self._bound(np.array(ray), 0 * self._costs)[0] > 0:
                return None, None, self._costs
            return None, 0, self._costs
        answer = solver.getSolution()
        total, reduced = self._bound(np.array(answer.row_dual) * self._unit, self._costs)
        if total > self.limit * self._parts:
            return None, None, reduced
        if status == self._beyond:
            # What was shown so far is a hair short of it, so the relaxation is solved to its end.
            solver.setOptionValue("objective_bound", 1e300)
            solver.run()
            status = solver.getModelStatus()
            self._spend()
            answer = solver.getSolution()
            total, reduced = self._bound(np.array(answer.row_dual) * self._unit, self._costs)
            if total > self.limit * self._parts:
                return None, None, reduced
        if status != self._optimal:
            return None, total, reduced
        return np.array(answer.col_value), total, reduced

    def _spend(self) -> None:
        self._runs += 1
        self.steps -= _STEPS_OF_A_RUN + max(0, self._solver.getInfo().simplex_iteration_count)
        if self.steps < 0:
            raise OutOfSteps

    def _bound(self, duals: np.ndarray, costs: np.ndarray) -> tuple[int, np.ndarray]:
        """Return a bound and reduced costs, in parts of one, that hold whatever the dual values are.

        Where numbers would be too large, the bound is one that says nothing.
        """
        sizes = np.abs(duals) * self._parts
        if not np.all(np.isfinite(sizes)) or float(sizes @ self._widest) > _LARGEST:
            return -_LARGEST, 0 * costs
        weights = np.rint(duals * self._parts).astype(np.int64)
        side = (weights < 0).astype(np.int64)
        weights = np.where(self._bounded[side, np.arange(len(weights))], weights, 0)
        reduced = costs * self._parts - self._across @ weights
        total = int(weights @ self._bounds[side, np.arange(len(weights))])
        total += int(np.where(reduced > 0, reduced * self._low, reduced * self._high).sum())
        return total, reduced

    # -- what is decided --------------------------------------------------------------------------------------------

    def fix(self, column: int, value: int) -> None:
        """Decide a column, until `release`, or `undo` to before."""
        self._trail.append((column, int(self._low[column]), int(self._high[column])))
        self._set(column, value, value)

    def _set(self, column: int, low: int, high: int) -> None:
        self._low[column], self._high[column] = low, high
        self._solver.changeColBounds(column, float(low), float(high))

    def depth(self) -> int:
        """Return how much is decided, for `undo`."""
        return len(self._trail)

    def undo(self, length: int) -> None:
        """Go back to where so much was decided."""
        while len(self._trail) > length:
            self._set(*self._trail.pop())

    def release(self) -> None:
        """Decide nothing any more."""
        self.undo(0)

    def decided(self, column: int) -> int | None:
        """Return what a column has in all solutions, if that is known; None when it is not."""
        return int(self._low[column]) if self._low[column] == self._high[column] else None

    def add(self, rows: Sequence[Row]) -> None:
        """Ask for further rows."""
        self._rows += rows
        self._load()

    def bound(self) -> int | None:
        """Return what no solution costs less than, from the relaxation alone; None when there is none within the limit."""
        _, total, _ = self._run()
        return None if total is None else -(-total // self._parts)

    def _relax(self) -> np.ndarray | None:
        """Return the shares of the columns, and decide those of which the bound tells; None when nothing is left.

        Where the solver gives no shares and nothing is proven, all is as undecided as can be.
        """
        shares, total, reduced = self._run()
        if total is None:
            return None
        if shares is None:
            return np.where(self._low == self._high, self._low, 0.5)
        self._total = total
        room = self.limit * self._parts - total
        free = self._low < self._high
        for column in np.flatnonzero(free & (np.abs(reduced) > room)):
            self.fix(int(column), int(reduced[column] < 0))
        return shares

    def probe(self, rounds: int = 1) -> bool:
        """Decide columns one by one by what the relaxation says of the other value; return whether a solution may be left."""
        for _ in range(rounds):
            shares = self._relax()
            if shares is None:
                return False
            base = self._total
            free = np.flatnonzero(self._low < self._high)
            for column in map(int, free):
                for value in (1, 0):
                    change = abs(value - shares[column])
                    if self._low[column] == self._high[column] or change < _INTEGRAL:
                        continue
                    length = len(self._trail)
                    self.fix(column, value)
                    _, total, _ = self._run()
                    self.undo(length)
                    if total is None:
                        self.fix(column, 1 - value)
                    else:
                        self._gains[value, column] = max(_LITTLE, (total - base) / self._parts / self._unit / change)
            if len(free) == np.count_nonzero(self._low < self._high):
                break
        return True

    def find(self) -> list[int] | None:
        """Return the columns at one of some solution; None when there is none.

        What a probe would decide is not needed where a short search suffices. After a probe what it decided stays decided.
        """
        try:
            return self._search(self._short())
        except _Longer:
            return self._search(None) if self.probe() else None

    def glance(self) -> tuple[list[int] | None, bool]:
        """Return the columns at one of some solution if one is found soon, and whether there is none where none is found."""
        try:
            return self._search(self._short()), True
        except _Longer:
            return None, False

    def _short(self) -> int:
        """Return how many relaxations are tried before a probe: about as many as that takes."""
        return max(_GLANCE, int(np.count_nonzero(self._low < self._high)))

    def _search(self, runs: int | None, floor: int | None = None) -> list[int] | None:
        """Return as `find`; raises _Longer if so many relaxations do not suffice.

        With a floor the search goes on below each solution that it finds, until that is reached, and returns the last one.
        """
        best: list[int] | None = None
        base = len(self._trail)
        waiting: list[tuple[int, int, float, int]] = []
        branched: tuple[int, int, float] | None = None
        most = self._runs + (runs or self.steps)
        while True:
            if self._runs >= most:
                self.undo(base)
                raise _Longer
            before, shares = self._total, self._relax()
            column = None
            if shares is not None:
                if branched is not None:
                    value, at, change = branched
                    self._gains[value, at] = max(_LITTLE, (self._total - before) / self._parts / self._unit / change)
                column = self._fractional(shares)
                branched = None
                if column is None:
                    values = np.rint(shares).astype(np.int64)
                    if self._keeps(values):
                        chosen = [int(at) for at in np.flatnonzero(values)]
                        rows = self._broken(chosen)
                        if rows:
                            self.add(rows)
                            continue
                        self.found = best = chosen
                        if floor is not None:
                            self.limit = int(self._costs[chosen].sum()) - 1
                        if floor is None or self.limit < floor:
                            self.undo(base)
                            return best
                        shares = None
                    else:
                        free = np.flatnonzero(self._low < self._high)
                        column = int(free[0]) if len(free) else None
            if column is not None and shares is not None:
                waiting.append((column, len(self._trail), float(shares[column]), self._total))
                branched = 1, column, max(_INTEGRAL, 1 - float(shares[column]))
                self.fix(column, 1)
                continue
            if not waiting:
                self.undo(base)
                return best
            column, length, share, self._total = waiting.pop()
            branched = 0, column, max(_INTEGRAL, share)
            self.undo(length)
            self.fix(column, 0)

    def _fractional(self, shares: np.ndarray) -> int | None:
        """Return the column on which to branch: both its values are to raise the bound; None when there is no fraction."""
        worth = np.maximum(self._gains[1] * (1 - shares), _LITTLE) * np.maximum(self._gains[0] * shares, _LITTLE)
        worth[(np.minimum(shares, 1 - shares) < _INTEGRAL) | (self._low == self._high)] = -1
        column = int(np.argmax(worth))
        return column if worth[column] > 0 else None

    def _keeps(self, values: np.ndarray) -> bool:
        if np.any(values < self._low) or np.any(values > self._high) or int(values @ self._costs) > self.limit:
            return False
        sums = self._matrix @ values
        return bool(np.all(~self._bounded[0] | (sums >= self._bounds[0])) and np.all(~self._bounded[1] | (sums <= self._bounds[1])))

    def least(self, floor: int = 0, known: list[int] | None = None) -> list[int] | None:
        """Return a solution that costs least, and make that the limit; None when there is none within the limit.

        What is decided on the way holds for all solutions that cost as little, and stays decided; where there is none, nothing
        does.

        Parameters
        ----------
        floor : int
            No solution costs less, as far as is known.
        known : list of int, optional
            A solution whose cost is the limit.
        """
        base, limit, former = len(self._trail), self.limit, self.found
        self.found = known
        try:
            self.limit -= known is not None
            if self.limit >= floor:
                self._make_less(floor)
            best = self.found
        finally:
            self.found = self.found or former
        self.limit = limit if best is None else int(self._costs[best].sum())
        if best is None:
            self.undo(base)
        return best

    def _make_less(self, floor: int) -> None:
        try:
            self._search(self._short(), floor)
            return
        except _Longer:
            if self.found is not None and self.polish is not None:
                self.found = self.polish(self.found)
                self.limit = int(self._costs[self.found].sum()) - 1
            # At the limit of what is found already, what a probe decides holds for everything that costs as little.
            room = self.found is not None
        self.limit += room
        is_open = self.probe()
        self.limit -= room
        if is_open and self.limit >= floor:
            self._search(None, floor)

    def tighten(self) -> None:
        """Decide what the relaxation tells."""
        self._relax()
