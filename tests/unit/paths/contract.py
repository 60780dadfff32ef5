"""What the tests of the contract share: made problems, answers, and the contract's own words for what holds of a plan."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import settings
from hypothesis import strategies as st
from oracle import holds
from shapes import LARGER, SHAPES, make

from kompetensi.exchange.plan import problem_from_json, result_to_json
from kompetensi.graph.paths import plan

FORMATS = Path(__file__).resolve().parents[3] / "docs" / "formats"
PROBLEM_SCHEMA = jsonschema_rs.validator_for(json.loads((FORMATS / "plan.schema.json").read_text()), validate_formats=True)
RESULT_SCHEMA = jsonschema_rs.validator_for(json.loads((FORMATS / "plan-result.schema.json").read_text()), validate_formats=True)
DAY = timedelta(days=1)
DEFAULT = ["finish", "jp", "cost_idr", "count"]

few = settings(max_examples=25, deadline=None)
some = settings(max_examples=60, deadline=None)


def problems(*shapes: str, **fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Made problems of some shapes (all small ones if none is named); `fixed` overrides their likelihoods."""
    return st.builds(
        lambda shape, seed: make(random.Random(seed), _fixed(shape, fixed)),
        st.sampled_from(list(shapes or SHAPES)), st.integers(0, 10**9))


def _fixed(shape: str, fixed: dict[str, Any]):
    return replace((SHAPES | LARGER)[shape], **fixed)


def problem(**fields: Any) -> dict[str, Any]:
    """Return a problem that asks for nothing, with some fields changed."""
    return {"format": "kompetensi-plan/1", "today": "2026-01-01", "employee": {}, "target": {}, "trainings": []} | fields


def batch(name: str, *stages: tuple[str, str] | str, **fields: Any) -> dict[str, Any]:
    """Return a batch in January 2026; a stage is a day or two, such as ``"05"`` or ``("05", "09")``."""
    days = [(stage, stage) if isinstance(stage, str) else stage for stage in stages]
    return {"id": name, "stages": [[f"2026-01-{first}", f"2026-01-{last}"] for first, last in days]} | fields


def wants(*items: tuple[str, int] | str) -> dict[str, Any]:
    """Return a target: levels as pairs, trainings as codes."""
    return {"requirements": [{"competency": item[0], "level": item[1]} for item in items if isinstance(item, tuple)],
            "trainings": [{"training": item} for item in items if isinstance(item, str)]}


def raises(*pairs: tuple[str, int]) -> list[dict[str, Any]]:
    """Return what a training gives."""
    return [{"competency": name, "level": level} for name, level in pairs]


def answer(document: dict[str, Any]) -> dict[str, Any]:
    """Solve a problem; the answer is checked against its schema."""
    PROBLEM_SCHEMA.validate(document)
    found = result_to_json(plan(problem_from_json(document)))
    RESULT_SCHEMA.validate(found)
    return found


def codes(found: dict[str, Any]) -> list[str]:
    """Return the trainings of an answer."""
    return [step["training"] for step in found["steps"]]


def changed(document: dict[str, Any], change) -> dict[str, Any]:
    """Return a copy in which each training has gone through `change`, which alters it in place."""
    new = copy.deepcopy(document)
    for training in new["trainings"]:
        change(training)
    return new


def plans_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the plan of an answer and those of its alternatives."""
    return [found, *found["alternatives"]]


class Case:
    """A problem, and what the contract's words say about the steps of a plan for it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.dates = document.get("dates", True)
        self.trainings = {training["code"]: training for training in document["trainings"]}
        self.completed = set(document["employee"].get("completed", []))
        self.levels = document["employee"].get("levels", {})
        self.golongan = document["employee"].get("golongan")
        self.requirements = document["target"].get("requirements", [])
        self.demands = document["target"].get("trainings", [])
        self.items = [*self.requirements, *self.demands]
        self.today = date.fromisoformat(document["today"])
        self.ready_by = date.fromisoformat(document["ready_by"]) if document.get("ready_by") else None
        self.objective = document.get("objective") or [name for name in DEFAULT if self.dates or name != "finish"]

    def batch(self, step: dict[str, Any]) -> dict[str, Any] | None:
        """Return the batch of a step."""
        found = [run for run in self.trainings[step["training"]].get("batches", []) if run["id"] == step["batch"]]
        return found[0] if found else None

    def after(self, taken: list[str]) -> tuple[dict[str, int], set[str]]:
        """Return levels and trainings once some have been passed."""
        levels = dict(self.levels)
        for code in taken:
            for gain in self.trainings[code].get("raises", []):
                levels[gain["competency"]] = max(levels.get(gain["competency"], 0), gain["level"])
        return levels, self.completed | set(taken)

    def enters(self, code: str, taken: list[str]) -> bool:
        """Whether a training's entry holds once some have been passed."""
        return holds(self.trainings[code].get("entry", {}), *self.after(taken))

    def before(self, steps: list[dict[str, Any]], day: str) -> list[str]:
        """Return the trainings whose last day is before a day."""
        return [step["training"] for step in steps if step["last_day"] < day]

    def met(self, item: dict[str, Any], taken: list[str]) -> bool:
        """Whether an item is met once some have been passed."""
        levels, held = self.after(taken)
        if "training" in item:
            return item["training"] in held
        return levels.get(item["competency"], 0) >= item["level"]

    def all_met(self, taken: list[str]) -> bool:
        """Whether every item is."""
        return all(self.met(item, taken) for item in self.items)

    def mutlak(self, taken: list[str]) -> int:
        """Return the number of mandatory items that are met."""
        return sum(self.met(item, taken) for item in self.items if item.get("importance") == "MUTLAK")

    def coverage(self, taken: list[str]) -> int:
        """Return the coverage."""
        levels, held = self.after(taken)
        return sum(item.get("weight", 1) * (int(item["training"] in held) if "training" in item else
                                            min(levels.get(item["competency"], 0), item["level"])) for item in self.items)

    def measures(self, found: dict[str, Any], objective: list[str]) -> list[Any]:
        """Return what a plan comes to, in order of priority; last its number of trainings, which breaks ties."""
        return [*(found[name] for name in objective), found["count"]]

    def without(self, steps: list[dict[str, Any]], left_out: str) -> list[dict[str, Any]] | None:
        """Return the steps that remain without one training, self-paced ones on their new days; None if that is no plan."""
        rest = [step for step in steps if step["training"] != left_out]
        if not self.dates:
            taken: list[str] = []
            while more := [step for step in rest if step["training"] not in taken and self.enters(step["training"], taken)]:
                taken.append(more[0]["training"])
            return rest if len(taken) == len(rest) else None
        fixed = [step for step in rest if step["batch"] is not None]
        free = [step["training"] for step in rest if step["batch"] is None]
        day = self.today
        end = max([day, *(date.fromisoformat(step["last_day"]) for step in steps)]) + timedelta(
            days=sum(self.trainings[code]["self_paced_days"] for code in free))
        while free and day <= end:
            for code in list(free):
                if self.enters(code, self.before(fixed, day.isoformat())):
                    last = day + (self.trainings[code]["self_paced_days"] - 1) * DAY
                    fixed.append({"training": code, "batch": None, "first_day": day.isoformat(), "last_day": last.isoformat()})
                    free.remove(code)
            day += DAY
        if free or any(not self.enters(step["training"], self.before(fixed, step["first_day"])) for step in fixed):
            return None
        return None if self.ready_by and any(step["last_day"] > self.ready_by.isoformat() for step in fixed) else fixed

    def can_spare(self, found: dict[str, Any], status: str) -> bool:
        """Whether a training can be dropped from a plan so that it stays ready, or keeps its mandatory items and its coverage."""
        taken = codes(found)
        for code in taken:
            rest = self.without(found["steps"], code)
            if rest is None:
                continue
            left = [step["training"] for step in rest]
            if self.all_met(left) if status == "ready" else (
                    (self.mutlak(left), self.coverage(left)) == (self.mutlak(taken), self.coverage(taken))):
                return True
        return False
