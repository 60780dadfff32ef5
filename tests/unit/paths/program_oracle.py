"""A third planner: one integer program for each measure, straight from the sentences of docs/formats/plan.md.

It works on the JSON documents and shares no code with the package, nor its formulation: every condition of every entry has a
variable of its own, a self-paced training has one for each day on which it could start, and without dates trainings have
places in an order. It says what the best plan comes to, not which one it is.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import highspy

DEFAULT = ["finish", "jp", "cost_idr", "count"]
# Sums of the made problems stay far below this.
_EXACT = 1e-6


class ProgramOracle:
    """The integer program of a problem."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.dates = problem.get("dates", True)
        self.levels = problem["employee"].get("levels", {})
        self.completed = set(problem["employee"].get("completed", []))
        self.golongan = problem["employee"].get("golongan")
        self.requirements = problem["target"].get("requirements", [])
        self.demands = problem["target"].get("trainings", [])
        self.objective = problem.get("objective") or [name for name in DEFAULT if self.dates or name != "finish"]
        self.today = date.fromisoformat(problem["today"]).toordinal()
        self.trainings = {
            training["code"]: training for training in problem["trainings"] if training["code"] not in self.completed
            and (training.get("min_golongan") is None or (self.golongan or 0) >= training["min_golongan"])}
        self.model = highspy.Highs()
        self.model.silent()
        self.model.setOptionValue("mip_rel_gap", 0.0)
        self.one = self.model.addVariable(1, 1)
        self._choices()
        self._entries()
        self._target()

    def _choices(self) -> None:
        """Make one variable for each way to take a training: (code, first day, last day, variable)."""
        self.ways: list[tuple[str, int, int, Any]] = []
        last_day = self.problem.get("ready_by")
        ends = [date.fromisoformat(batch["stages"][-1][1]).toordinal() for training in self.trainings.values()
                for batch in training.get("batches", [])]
        until = date.fromisoformat(last_day).toordinal() if last_day else max([self.today, *ends]) + sum(
            training.get("self_paced_days", 0) for training in self.trainings.values())
        busy: dict[int, list[Any]] = {}
        for code, training in self.trainings.items():
            mine = []
            if not self.dates:
                mine.append((code, 0, 0, self.model.addBinary()))
            elif "self_paced_days" in training:
                days = training["self_paced_days"]
                mine += [(code, start, start + days - 1, self.model.addBinary())
                         for start in range(self.today, until - days + 2)]
            for batch in training.get("batches", []) if self.dates else ():
                stages = [[date.fromisoformat(day).toordinal() for day in stage] for stage in batch["stages"]]
                if batch.get("seats_free", 1) and stages[0][0] >= self.today and stages[-1][1] <= until:
                    mine.append((code, stages[0][0], stages[-1][1], self.model.addBinary()))
                    for first, last in stages:
                        for day in range(first, last + 1):
                            busy.setdefault(day, []).append(mine[-1][3])
            self.ways += mine
            if mine:
                self.model.addConstr(sum(way[3] for way in mine) <= 1)
        for taken in busy.values():
            if len(taken) > 1:
                self.model.addConstr(sum(taken) <= 1)
        self.taken = {code: sum(way[3] for way in self.ways if way[0] == code) + 0 * self.one for code in self.trainings}
        if not self.dates:
            self.place = {code: self.model.addVariable(0, len(self.trainings)) for code in self.trainings}

    def _entries(self) -> None:
        known: dict[tuple[str, int], Any] = {}
        for code, first, _, variable in self.ways:
            entry = self.trainings[code].get("entry") or {}
            if entry and (code, first) not in known:
                known[code, first] = self._holds(entry, code, first)
            if entry:
                self.model.addConstr(variable <= known[code, first])

    def _holds(self, condition: dict[str, Any], code: str, day: int) -> Any:
        holds = self.model.addBinary()
        if "all" in condition:
            for part in condition["all"]:
                self.model.addConstr(holds <= self._holds(part, code, day))
        elif "any" in condition:
            self.model.addConstr(holds <= sum(self._holds(part, code, day) for part in condition["any"]) + 0 * self.one)
        elif not self._has(condition):
            self.model.addConstr(holds <= sum(self._before(way, code, day) for way in self.ways
                                              if way[0] != code and self._gives(way[0], condition)) + 0 * self.one)
        return holds

    def _has(self, leaf: dict[str, Any]) -> bool:
        if "training" in leaf:
            return leaf["training"] in self.completed
        return self.levels.get(leaf["competency"], 0) >= leaf["level"]

    def _gives(self, code: str, leaf: dict[str, Any]) -> bool:
        if "training" in leaf:
            return code == leaf["training"]
        return any(gain["competency"] == leaf["competency"] and gain["level"] >= leaf["level"]
                   for gain in self.trainings[code].get("raises", []))

    def _before(self, way: tuple[str, int, int, Any], code: str, day: int) -> Any:
        if self.dates:
            return way[3] if way[2] < day else 0 * self.one
        earlier = self.model.addBinary()
        self.model.addConstr(earlier <= way[3])
        size = len(self.trainings) + 1
        self.model.addConstr(self.place[way[0]] + 1 <= self.place[code] + size * (1 - earlier))
        return earlier

    def _target(self) -> None:
        self.met = []
        self.mutlak, self.coverage = 0 * self.one, 0 * self.one
        for item in self.requirements:
            reached = [self._reached({"competency": item["competency"], "level": level})
                       for level in range(1, item["level"] + 1)]
            self._count(item, reached)
        for item in self.demands:
            self._count(item, [self._reached({"training": item["training"]})])

    def _count(self, item: dict[str, Any], reached: list[Any]) -> None:
        self.met.append(reached[-1])
        self.coverage = self.coverage + item.get("weight", 1) * sum(reached)
        if item.get("importance", "PENTING") == "MUTLAK":
            self.mutlak = self.mutlak + reached[-1]

    def _reached(self, leaf: dict[str, Any]) -> Any:
        reached = self.model.addBinary()
        if not self._has(leaf):
            self.model.addConstr(reached <= sum(way[3] for way in self.ways if self._gives(way[0], leaf)) + 0 * self.one)
        return reached

    def solve(self) -> tuple[str, int, int, dict[str, int]]:
        """Return status, mandatory items, coverage, and the measures of the objective in its order."""
        status = "ready"
        if self._extreme(sum(self.met) + 0 * self.one, largest=True) < len(self.met):
            status = "partial"
            mutlak = self._hold(self.mutlak, largest=True)
            coverage = self._hold(self.coverage, largest=True)
        else:
            self.model.addConstr(sum(self.met) + 0 * self.one >= len(self.met))
            mutlak, coverage = self._extreme(self.mutlak, largest=True), self._extreme(self.coverage, largest=True)
        found = {}
        for name in self.objective:
            if name == "finish":
                finish = self.model.addVariable(self.today, self.today + 100_000)
                for _, _, last, variable in self.ways:
                    self.model.addConstr(finish >= self.today + (last - self.today) * variable)
                found[name] = self._hold(finish + 0 * self.one, largest=False)
            elif name == "count":
                found[name] = self._hold(sum(self.taken.values()) + 0 * self.one, largest=False)
            else:
                found[name] = self._hold(sum(self.trainings[code].get(name, 0) * taken
                                             for code, taken in self.taken.items()) + 0 * self.one, largest=False)
        return status, mutlak, coverage, found

    def _extreme(self, expression: Any, *, largest: bool) -> int:
        (self.model.maximize if largest else self.model.minimize)(expression)
        assert self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        value = self.model.getObjectiveValue()
        assert abs(value - round(value)) < _EXACT
        return round(value)

    def _hold(self, expression: Any, *, largest: bool) -> int:
        value = self._extreme(expression, largest=largest)
        self.model.addConstr(expression >= value if largest else expression <= value)
        return value
