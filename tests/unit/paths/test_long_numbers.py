"""Costs of any length, and entries that the solver takes as they stand: the answer is that of the small, plain problem."""

from __future__ import annotations

import pytest
from test_oracle import random_problem

from kompetensi.exchange.plan import problem_from_json, result_to_json
from kompetensi.graph.paths import Catalogue, Training, plan

# Holds for whoever has P and Q, and has more clauses than the search by branch and bound takes.
WIDE = {"any": [{"all": [{"training": "P"}, {"training": "Q"}]},
                *({"all": [{"training": f"X{number}"}, {"training": f"Y{number}"}]} for number in range(6))]}


def steps_of(document):
    answer = result_to_json(plan(problem_from_json(document)))
    assert answer["proven"]
    return (answer["status"], [(step["training"], step["batch"], step["first_day"]) for step in answer["steps"]],
            [left["reason"] for left in answer["open"]])


def test_the_wide_entry_is_too_wide_for_clauses():
    document = {"format": "kompetensi-plan/1", "today": "2026-01-01", "employee": {}, "target": {},
                "trainings": [{"code": "T", "entry": WIDE}]}
    (training,) = problem_from_json(document).trainings
    assert isinstance(training, Training)
    assert Catalogue([training]).clauses(training) is None


@pytest.mark.parametrize("seed", range(40))
def test_longer_costs_change_no_plan(seed):
    document = random_problem(seed, most=9) | {"objective": ["cost_idr", "count", "jp"], "alternatives": 0}
    document["employee"]["completed"] = [*document["employee"].get("completed", []), "P", "Q"]
    expected = steps_of(document)
    for factor in (1, 2**52, 10**30, 10**5_000 if seed < 4 else 10**400):
        # One rupiah more for each training: the costs have no common factor, and the count decides after the cost as before.
        longer = [{**training, "cost_idr": factor * training.get("cost_idr", 0) + (factor > 1)}
                  for training in document["trainings"]]
        assert steps_of({**document, "trainings": longer}) == expected
        wider = [{**training, "entry": {"all": [training.get("entry", {}), WIDE]}} for training in longer]
        assert steps_of({**document, "trainings": wider}) == expected
