"""A second planner, slow and plain: it tries every combination, straight from the sentences of docs/formats/plan.md.

It works on the JSON documents and shares no code with the package.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

DEFAULT = ["finish", "jp", "cost_idr", "count"]
DAY = timedelta(days=1)


def holds(condition: dict, levels: dict, held: set) -> bool:
    if not condition:
        return True
    if "training" in condition:
        return condition["training"] in held
    if "competency" in condition:
        return levels.get(condition["competency"], 0) >= condition["level"]
    if "all" in condition:
        return all(holds(part, levels, held) for part in condition["all"])
    return any(holds(part, levels, held) for part in condition["any"])


class Oracle:
    """All plans of a problem, and what the contract says about them."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.dates = problem.get("dates", True)
        self.today = date.fromisoformat(problem["today"])
        self.ready_by = date.fromisoformat(problem["ready_by"]) if problem.get("ready_by") else None
        self.levels = problem["employee"].get("levels", {})
        self.completed = set(problem["employee"].get("completed", []))
        self.golongan = problem["employee"].get("golongan")
        self.trainings = {training["code"]: training for training in problem["trainings"]}
        self.requirements = problem["target"].get("requirements", [])
        self.demands = problem["target"].get("trainings", [])
        self.objective = problem.get("objective") or [name for name in DEFAULT if self.dates or name != "finish"]

    # a plan is a tuple of (code, batch id or None, first, last), in the order of its steps

    def plans(self):
        codes = [code for code in sorted(self.trainings) if code not in self.completed and self.ranked(code)]
        for size in range(len(codes) + 1):
            for chosen in itertools.combinations(codes, size):
                if not self.dates:
                    plan = self.in_order(chosen)
                    if plan is not None:
                        yield plan
                    continue
                for batches in itertools.product(*(self.runs(code) for code in chosen)):
                    plan = self.on_days(list(zip(chosen, batches, strict=True)))
                    if plan is not None:
                        yield plan

    def ranked(self, code: str) -> bool:
        floor = self.trainings[code].get("min_golongan")
        return floor is None or (self.golongan is not None and self.golongan >= floor)

    def runs(self, code: str) -> list:
        training = self.trainings[code]
        if "self_paced_days" in training:
            return [None]
        return [batch for batch in training.get("batches", []) if batch.get("seats_free", 1) > 0]

    def on_days(self, chosen):
        taken, plan, free = set(), [], []
        for code, batch in chosen:
            if batch is None:
                free.append(code)
                continue
            stages = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in batch["stages"]]
            for first, last in stages:
                for day in range(first.toordinal(), last.toordinal() + 1):
                    if day in taken:
                        return None
                    taken.add(day)
            plan.append((code, batch["id"], stages[0][0], stages[-1][1]))
        while free:
            options = []
            for code in free:
                for start in sorted({self.today, *(step[3] + DAY for step in plan)}):
                    if start >= self.today and self.enters(code, [step for step in plan if step[3] < start]):
                        options.append((start, code))
                        break
            if not options:
                return None
            start, code = min(options)
            plan.append((code, None, start, start + timedelta(days=self.trainings[code]["self_paced_days"] - 1)))
            free.remove(code)
        for code, _, first, last in plan:
            if first < self.today or (self.ready_by and last > self.ready_by):
                return None
            if not self.enters(code, [step for step in plan if step[3] < first]):
                return None
        return tuple(sorted(plan, key=lambda step: (step[2], step[3], step[0])))

    def in_order(self, chosen):
        left, plan = sorted(chosen), []
        while left:
            code = next((code for code in left if self.enters(code, plan)), None)
            if code is None:
                return None
            plan.append((code, None, None, None))
            left.remove(code)
        return tuple(plan)

    def after(self, plan):
        levels = dict(self.levels)
        for step in plan:
            for gain in self.trainings[step[0]].get("raises", []):
                levels[gain["competency"]] = max(levels.get(gain["competency"], 0), gain["level"])
        return levels, self.completed | {step[0] for step in plan}

    def enters(self, code, before) -> bool:
        return holds(self.trainings[code].get("entry", {}), *self.after(before))

    def met(self, plan):
        levels, held = self.after(plan)
        return ([levels.get(item["competency"], 0) >= item["level"] for item in self.requirements]
                + [item["training"] in held for item in self.demands])

    def worth(self, plan):
        levels, held = self.after(plan)
        items = [*self.requirements, *self.demands]
        mutlak = sum(met for met, item in zip(self.met(plan), items, strict=True)
                     if item.get("importance", "PENTING") == "MUTLAK")
        coverage = sum(item.get("weight", 1) * min(levels.get(item["competency"], 0), item["level"])
                       for item in self.requirements)
        coverage += sum(item.get("weight", 1) for item in self.demands if item["training"] in held)
        return mutlak, coverage

    def measures(self, plan) -> dict[str, Any]:
        return {
            "finish": max((step[3] for step in plan), default=self.today) if self.dates else None,
            "jp": sum(self.trainings[step[0]].get("jp", 0) for step in plan),
            "cost_idr": sum(self.trainings[step[0]].get("cost_idr", 0) for step in plan), "count": len(plan)}

    def key(self, plan, objective):
        measures = self.measures(plan)
        return [measures[name] for name in objective] + [len(plan)]

    def tie(self, plan):
        """Of two plans that differ, the one that has the first option (code, first, last, batch) of the difference."""
        batches = {(step[0], step[1]): step for step in plan}
        ranks = []
        for code in sorted(self.trainings):
            training = self.trainings[code]
            runs = (training.get("batches") if self.dates else None) or [None]
            options = sorted((run["stages"][0][0], run["stages"][-1][1], run["id"]) if run else ("", "", "")
                             for run in runs)
            ranks += [0 if (code, option[2] or None) in batches else 1 for option in options]
        return ranks

    def solve(self):
        """Return status, the best plan, and all plans that compete with it."""
        everything = list(self.plans())
        if all(self.met(())):
            return "nothing_needed", (), []
        ready = [plan for plan in everything if all(self.met(plan))]
        if ready:
            return "ready", self.best(ready, self.objective), ready
        top = max(self.worth(plan) for plan in everything)
        equal = [plan for plan in everything if self.worth(plan) == top]
        return "partial", self.best(equal, self.objective), equal

    def best(self, plans, objective):
        return min(plans, key=lambda plan: (self.key(plan, objective), self.tie(plan)))

    def choices(self, best, competing, wanted: int):
        """Return the alternatives as (label, plan)."""
        chosen, returned = [], [self.signature(best)]
        for label, first in (("fastest", "finish"), ("fewest_hours", "jp"), ("cheapest", "cost_idr")):
            if len(chosen) == wanted or (first == "finish" and not self.dates):
                continue
            order = [first] + [name for name in DEFAULT if name != first and (self.dates or name != "finish")]
            plan = self.best(competing, order)
            if self.signature(plan) not in returned:
                returned.append(self.signature(plan))
                chosen.append((label, plan))
        sets = {self.signature(plan) for plan in competing}
        lean = [plan for plan in competing
                if not any(self.signature(plan) - {choice} in sets for choice in self.signature(plan))]
        for plan in sorted(lean, key=lambda plan: (self.key(plan, self.objective), self.tie(plan))):
            if len(chosen) < wanted and self.signature(plan) not in returned:
                returned.append(self.signature(plan))
                chosen.append(("next", plan))
        return chosen

    @staticmethod
    def signature(plan):
        return frozenset((step[0], step[1]) for step in plan)

    def reason(self, item):
        """Return why an item alone stays open, and its earliest finish when it is only too late."""
        if "training" in item and "competency" not in item:
            gives = item["training"] in self.trainings
            target = {"trainings": [item]}
        else:
            gives = any(gain["competency"] == item["competency"] and gain["level"] >= item["level"]
                        for training in self.trainings.values() for gain in training.get("raises", []))
            target = {"requirements": [item]}
        if not gives:
            return "NO_TRAINING", None
        alone = {**self.problem, "target": target, "objective": ["count"]}
        free = [{name: value for name, value in training.items() if name != "min_golongan"}
                for training in self.problem["trainings"]]
        if not reachable({**alone, "dates": False, "trainings": free}):
            return "ENTRY", None
        if not reachable({**alone, "dates": False}):
            return "GOLONGAN", None
        if reachable(alone):
            return "CLASH", None
        seated = [{**training, "batches": [{**batch, "seats_free": 1} for batch in training["batches"]]}
                  if "batches" in training else training for training in self.problem["trainings"]]
        if reachable({**alone, "trainings": seated}):
            return "NO_SEAT", None
        later = reachable({**alone, "ready_by": None, "objective": ["finish"]})
        if later:
            return "TOO_LATE", later[0]
        return "NO_BATCH", None


def reachable(problem):
    """Return the best finish of a problem in a list, or an empty list when it has no ready plan."""
    oracle = Oracle(problem)
    ready = [plan for plan in oracle.plans() if all(oracle.met(plan))]
    if not ready:
        return []
    return [oracle.measures(oracle.best(ready, oracle.objective))["finish"] if oracle.dates else None]
