"""The planner against a brute force that tries every combination."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import jsonschema_rs
import pytest
from oracle import Oracle

from kompetensi.exchange.plan import problem_from_json, result_to_json
from kompetensi.graph.paths import plan

FORMATS = Path(__file__).resolve().parents[3] / "docs" / "formats"
TODAY = date(2026, 11, 23)


def random_condition(rng: random.Random, codes: list[str], skills: list[str], depth: int = 0) -> dict:
    kind = rng.random()
    if depth < 2 and kind < 0.3:
        return {rng.choice(["all", "any"]): [random_condition(rng, codes, skills, depth + 1)
                                            for _ in range(rng.randrange(3))]}
    if kind < 0.65:
        return {"training": rng.choice([*codes, "GONE"])}
    return {"competency": rng.choice(skills), "level": rng.randint(1, 3)}


def random_batch(rng: random.Random, number: int) -> dict:
    day = TODAY + timedelta(days=rng.randint(-3, 40))
    stages = []
    for _ in range(rng.choice([1, 1, 2])):
        last = day + timedelta(days=rng.randint(0, 5))
        stages.append([day.isoformat(), last.isoformat()])
        day = last + timedelta(days=rng.randint(1, 6))
    return {"id": f"B{number}", "stages": stages, "seats_free": rng.choice([0, 1, 1, 3])}


def random_problem(seed: int, *, most: int = 5, skills_of: str = "ABC") -> dict:
    """Make a problem of at most so many trainings and these skills; two of three are kind (much can be reached, days are scarce), the others are mean."""
    rng = random.Random(seed)
    kind = seed % 3 > 0
    skills = list(skills_of)[:rng.randint(1, len(skills_of))]
    codes = [f"T{number}" for number in range(rng.randint(2 if kind else 1, most))]
    trainings = []
    for code in codes:
        training: dict = {"code": code, "jp": rng.choice([0, 4, 4, 8]), "cost_idr": rng.choice([0, 5, 7])}
        if rng.random() < (0.3 if kind else 0.6):
            training["entry"] = random_condition(rng, codes, skills)
        if rng.random() < (0.05 if kind else 0.2):
            training["min_golongan"] = rng.randint(8, 12)
        training["raises"] = [{"competency": skill, "level": rng.randint(1, 3)} for skill in skills
                              if rng.random() < (0.8 if kind else 0.6)]
        sort = rng.random()
        if sort < 0.25:
            training["self_paced_days"] = rng.randint(1, 12)
        elif sort < (1 if kind else 0.9):
            training["batches"] = [random_batch(rng, number) for number in range(rng.randint(1 if kind else 0, 3))]
        trainings.append(training)
    rng.shuffle(trainings)
    dates = rng.random() < 0.8
    names = ["finish", "jp", "cost_idr", "count"] if dates else ["jp", "cost_idr", "count"]
    deadline = (TODAY + timedelta(days=rng.randint(20 if kind else -1, 50))).isoformat()
    problem: dict = {
        "format": "kompetensi-plan/1", "today": TODAY.isoformat(), "dates": dates,
        "ready_by": None if rng.random() < (0.6 if kind else 0.3) else deadline,
        "employee": {"levels": {skill: rng.randint(0, 2) for skill in skills if rng.random() < 0.5},
                     "completed": [code for code in codes if rng.random() < 0.1],
                     "golongan": rng.choice([None, 9, 10, 12])},
        "target": {
            "requirements": [{"competency": skill, "level": rng.randint(1, 3), "weight": rng.randint(1, 9),
                              "importance": rng.choice(["MUTLAK", "PENTING", "PERLU"])}
                             for skill in skills if rng.random() < 0.8],
            "trainings": [{"training": code, "weight": rng.randint(1, 9),
                           "importance": rng.choice(["MUTLAK", "PENTING"])}
                          for code in (codes if kind else [*codes, "GONE"]) if rng.random() < 0.25]},
        "trainings": trainings, "alternatives": rng.choice([0, 1, 3, 6])}
    if rng.random() < 0.6:
        problem["objective"] = rng.sample(names, rng.randint(1, len(names)))
    return problem


def steps_of(document: dict) -> list:
    return [(step["training"], step["batch"], step["first_day"], step["last_day"]) for step in document["steps"]]


def written(steps) -> list:
    return [(code, batch, first and first.isoformat(), last and last.isoformat()) for code, batch, first, last in steps]


@pytest.fixture(scope="module")
def result_schema():
    return jsonschema_rs.validator_for(json.loads((FORMATS / "plan-result.schema.json").read_text()))


@pytest.mark.parametrize("block", range(20))
def test_the_planner_and_the_brute_force_agree_on_every_clause(block, result_schema):
    for seed in range(block * 40, block * 40 + 40):
        problem = random_problem(seed)
        found = result_to_json(plan(problem_from_json(problem)))
        result_schema.validate(found)
        oracle = Oracle(problem)
        status, best, competing = oracle.solve()
        assert (seed, found["status"]) == (seed, status)
        assert (seed, steps_of(found)) == (seed, written(best))
        measures = oracle.measures(best)
        assert {name: found[name] for name in ("jp", "cost_idr", "count")} == {
            name: measures[name] for name in ("jp", "cost_idr", "count")}
        assert found["finish"] == (measures["finish"].isoformat() if oracle.dates else None)
        assert (found["mutlak_met"], found["coverage"]) == oracle.worth(best)
        expected_choices = oracle.choices(best, competing, problem["alternatives"]) if competing else []
        assert (seed, [(choice["label"], steps_of(choice)) for choice in found["alternatives"]]) == (
            seed, [(label, written(steps)) for label, steps in expected_choices])
        check_steps(oracle, found, best)
        check_open(oracle, found, best, seed)


def check_steps(oracle: Oracle, found: dict, best) -> None:
    items = [*oracle.requirements, *oracle.demands]
    for at, step in enumerate(found["steps"]):
        before, after = oracle.met(best[:at]), oracle.met(best[:at + 1])
        closes = [short(item) for item, was, now in zip(items, before, after, strict=True) if now and not was]
        assert step["closes"] == closes
        unlocks = []
        for later in best[at + 1:]:
            earlier = [other for other in best if other is not best[at] and (
                other[3] < later[2] if oracle.dates else best.index(other) < best.index(later))]
            if not oracle.enters(later[0], earlier):
                unlocks.append(later[0])
        assert step["unlocks"] == unlocks


def check_open(oracle: Oracle, found: dict, best, seed: int) -> None:
    if found["status"] != "partial":
        assert found["open"] == []
        return
    levels, _ = oracle.after(best)
    expected = []
    for item, met in zip([*oracle.requirements, *oracle.demands], oracle.met(best), strict=True):
        if met:
            continue
        reason, earliest = oracle.reason(item)
        entry = {"item": short(item), "reached": levels.get(item.get("competency"), 0), "reason": reason}
        expected.append(entry | ({"earliest": earliest.isoformat()} if earliest else {}))
    assert (seed, found["open"]) == (seed, expected)


def short(item: dict) -> dict:
    return {name: item[name] for name in ("competency", "level", "training") if name in item}


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_the_order_of_the_catalogue_does_not_matter(seed):
    problem = random_problem(seed)
    shuffled = {**problem, "trainings": list(reversed(problem["trainings"]))}
    assert result_to_json(plan(problem_from_json(problem))) == result_to_json(plan(problem_from_json(shuffled)))
