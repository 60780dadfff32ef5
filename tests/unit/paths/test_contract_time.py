"""What is said when the time limit struck: nothing that is not so."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from contract import Case, answer, codes, problem, raises

LONG = {"without dates": (40, 120, False, None), "with dates": (25, 80, True, None), "with a deadline": (25, 80, True, 75)}


def hard(kind: str, limit: float) -> dict:
    """Return a problem of scores of requirements and trainings, four competencies each."""
    skills, size, dates, deadline = LONG[kind]
    rng = random.Random(kind)
    start = date(2026, 1, 1)
    trainings = []
    for number in range(size):
        runs = []
        for name in "ab":
            first = start + timedelta(days=rng.randint(0, 150))
            runs.append({"id": name, "stages": [[first.isoformat(), (first + timedelta(days=rng.randint(2, 8))).isoformat()]]})
        trainings.append({"code": f"T{number}", "jp": rng.randint(5, 50), "cost_idr": 1000 * rng.randint(0, 9), "batches": runs,
                          "raises": raises(*((f"C{skill}", rng.randint(1, 3)) for skill in rng.sample(range(skills), 4)))})
    target = {"requirements": [{"competency": f"C{skill}", "level": 2, "importance": rng.choice(["MUTLAK", "PENTING"])} for skill in range(skills)]}
    return problem(dates=dates, target=target, trainings=trainings, time_limit_s=limit, alternatives=2,
                   ready_by=None if deadline is None else (start + timedelta(days=deadline)).isoformat())


@pytest.mark.parametrize("limit", [1e-9, 0.02, 0.2])
@pytest.mark.parametrize("kind", LONG)
def test_proven_is_false_only_if_the_time_limit_struck_and_then_bound_names_each_objective(kind, limit):
    document = hard(kind, limit)
    case, found = Case(document), answer(document)
    assert set(found.get("bound", case.objective)) == set(case.objective)
    assert found["proven"] == ("bound" not in found)
    # With or without a proof, the plan keeps the contract and the status says whether everything is met.
    assert found["status"] == ("ready" if case.all_met(codes(found)) else "partial")
    assert bool(found["open"]) == (found["status"] == "partial")
    assert found["coverage"] == case.coverage(codes(found))
    days = sorted((step["first_day"], step["last_day"]) for step in found["steps"]) if case.dates else []
    assert all(one[1] < other[0] for one, other in pairwise(days))
    assert all(last <= document["ready_by"] for _, last in days if document["ready_by"])


@pytest.mark.parametrize("kind", LONG)
def test_no_plan_is_better_than_the_bound_of_the_first_objective(kind):
    hurried, calm = answer(hard(kind, 0.05)), answer(hard(kind, 600) | {"alternatives": 0})
    first = Case(hard(kind, 1)).objective[0]
    assert calm["proven"]
    if hurried["status"] == calm["status"] and "bound" in hurried:
        assert hurried["bound"][first] <= calm[first] <= hurried[first]
