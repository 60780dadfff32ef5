"""A linear program in whole numbers, written once and given to CP-SAT or, relaxed, to HiGHS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

__all__ = ["Program", "Solution"]


@dataclass(frozen=True, slots=True)
class Solution:
    """What a solver found.

    Attributes
    ----------
    values : list of int
        By column; empty if nothing was found.
    objective : int
    bound : int
        Proven: no solution is better.
    impossible : bool
        Whether it is proven that there is none.
    """

    values: list[int]
    objective: int
    bound: int
    impossible: bool = False

    @property
    def proven(self) -> bool:
        """Whether nothing can be better."""
        return bool(self.values) and self.bound <= self.objective


class Program:
    """Columns between bounds, rows between bounds, one objective that is made great."""

    def __init__(self) -> None:
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.gain: dict[int, int] = {}
        self.rows: list[tuple[list[int], list[int], int | None, int | None]] = []

    def column(self, upper: int = 1, *, lower: int = 0, gain: int = 0) -> int:
        """Add a column and return its number."""
        self.lower.append(lower)
        self.upper.append(upper)
        if gain:
            self.gain[len(self.lower) - 1] = gain
        return len(self.lower) - 1

    def row(self, terms: Iterable[tuple[int, int]], *, least: int | None = None, most: int | None = None) -> None:
        """Demand that a sum of (column, factor) lies between two bounds, inclusive."""
        columns, factors = [], []
        for column, factor in terms:
            columns.append(column)
            factors.append(factor)
        if columns or (least or 0) > 0 or (most or 0) < 0:
            self.rows.append((columns, factors, least, most))

    def at_most_one(self, columns: Sequence[int]) -> None:
        """Demand that at most one of some 0-1 columns is 1."""
        if len(columns) > 1:
            self.row(((column, 1) for column in columns), most=1)

    def solve(
        self, *, time_limit: float, work_limit: float | None = None, seed: int = 0, workers: int = 1,
        hint: Sequence[int] | None = None,
    ) -> Solution:
        """Solve with CP-SAT.

        Parameters
        ----------
        time_limit : float
            Seconds.
        work_limit : float, optional
            Seconds of CP-SAT's deterministic time; what it ends is the same on every machine.
        hint : sequence of int, optional
            By column, a complete solution to begin from.
        """
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        columns = [model.new_int_var(low, high, "") for low, high in zip(self.lower, self.upper, strict=True)]
        limit = 1 << 60
        for numbers, factors, least, most in self.rows:
            total = cp_model.LinearExpr.weighted_sum([columns[number] for number in numbers], factors)
            model.add_linear_constraint(total, -limit if least is None else least, limit if most is None else most)
        goal = cp_model.LinearExpr.weighted_sum([columns[number] for number in self.gain], list(self.gain.values()))
        model.maximize(goal)
        if hint is not None:
            for column, value in zip(columns, hint, strict=True):
                model.add_hint(column, value)
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.max_time_in_seconds = max(0.01, time_limit)
        if work_limit is not None:
            parameters.max_deterministic_time = work_limit
        parameters.num_workers = workers
        parameters.random_seed = seed
        if workers > 1:
            parameters.interleave_search = False
        status = solver.solve(model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            values = [int(solver.value(column)) for column in columns]
            return Solution(values, self.value(values), floor(solver.best_objective_bound + 1e-6))
        best = sum(gain * (self.upper if gain > 0 else self.lower)[column] for column, gain in self.gain.items())
        return Solution([], 0, best, status == cp_model.INFEASIBLE)

    def value(self, values: Sequence[int]) -> int:
        """Return the objective of a solution."""
        return sum(gain * values[column] for column, gain in self.gain.items())

    def relax(self, *, time_limit: float) -> tuple[float, list[float]] | None:
        """Solve with HiGHS in real numbers; None if the time was up or there is no solution.

        Returns
        -------
        float
            The objective; it bounds that of whole numbers.
        list of float
            By column.
        """
        solver, api = self._highs(time_limit, whole=False)
        solver.run()
        if solver.getModelStatus() != api.HighsModelStatus.kOptimal:
            return None
        return -solver.getInfo().objective_function_value, list(solver.getSolution().col_value)

    def solve_whole(
        self, *, time_limit: float, nodes: int | None = None,
    ) -> tuple[list[int], float]:
        """Solve with HiGHS; it proves such programs sooner than CP-SAT does, for their relaxations are close.

        Its own seed stays: with others it was slower on every problem that was tried.

        Parameters
        ----------
        nodes : int, optional
            Of the tree at most; what they end is the same on every machine.

        Returns
        -------
        list of int
            By column; empty if nothing was found.
        float
            Proven: no solution is better.
        """
        solver, api = self._highs(time_limit, whole=True)
        if nodes is not None:
            solver.setOptionValue("mip_max_nodes", nodes)
        solver.run()
        found = solver.getInfo()
        bound = -found.mip_dual_bound
        if bound >= api.kHighsInf:
            bound = sum(gain * (self.upper if gain > 0 else self.lower)[column] for column, gain in self.gain.items())
        if found.primal_solution_status != api.SolutionStatus.kSolutionStatusFeasible:
            return [], bound
        return [round(value) for value in solver.getSolution().col_value], bound

    def _highs(self, time_limit: float, *, whole: bool) -> tuple[Any, Any]:
        import highspy
        import numpy as np

        api = highspy._core
        starts = np.zeros(len(self.rows) + 1, dtype=np.int32)
        starts[1:] = np.cumsum([len(columns) for columns, _, _, _ in self.rows])
        program = api.HighsLp()
        program.num_col_, program.num_row_ = len(self.lower), len(self.rows)
        cost = np.zeros(len(self.lower))
        for column, gain in self.gain.items():
            cost[column] = -gain
        program.col_cost_ = cost
        program.col_lower_ = np.array(self.lower, dtype=float)
        program.col_upper_ = np.array(self.upper, dtype=float)
        program.row_lower_ = np.array([-api.kHighsInf if least is None else least for _, _, least, _ in self.rows], dtype=float)
        program.row_upper_ = np.array([api.kHighsInf if most is None else most for _, _, _, most in self.rows], dtype=float)
        program.a_matrix_.format_ = api.MatrixFormat.kRowwise
        program.a_matrix_.start_ = starts
        program.a_matrix_.index_ = np.array([column for columns, _, _, _ in self.rows for column in columns], dtype=np.int32)
        program.a_matrix_.value_ = np.array([factor for _, factors, _, _ in self.rows for factor in factors], dtype=float)
        if whole:
            program.integrality_ = [api.HighsVarType.kInteger] * len(self.lower)
        # The plain class: the one around it greets on standard output, where commands write their answer.
        solver = api._Highs()
        for name, value in (("output_flag", False), ("parallel", "off"), ("mip_rel_gap", 0.0),
                            ("time_limit", max(0.1, time_limit))):
            solver.setOptionValue(name, value)
        solver.passModel(program)
        return solver, api
