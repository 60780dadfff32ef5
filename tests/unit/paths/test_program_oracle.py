"""The planner against an integer program of another formulation, on problems too large to try every combination."""

from __future__ import annotations

from datetime import date

import pytest
from program_oracle import ProgramOracle
from test_oracle import random_problem

from kompetensi.exchange.plan import problem_from_json, result_to_json
from kompetensi.graph.paths import optimum, plan

_WAYS = {"as it comes": {}, "by the solver alone": {"_LOOK": 0, "_SEARCH": 0}}


def compare(seed: int) -> None:
    problem = random_problem(seed, most=14, skills_of="ABCDEF") | {"alternatives": 0}
    found = result_to_json(plan(problem_from_json(problem)))
    if found["status"] == "nothing_needed":
        return
    status, mutlak, coverage, measures = ProgramOracle(problem).solve()
    finish = {"finish": date.fromisoformat(found["finish"]).toordinal()} if found["finish"] else {}
    ours = {name: (found | finish)[name] for name in measures}
    assert (seed, found["status"], found["mutlak_met"], found["coverage"], ours) == (
        seed, status, mutlak, coverage, measures)


@pytest.mark.parametrize("way", list(_WAYS))
@pytest.mark.parametrize("block", range(10))
def test_the_best_plan_comes_to_what_the_integer_program_says(block, way, monkeypatch):
    for name, value in _WAYS[way].items():
        monkeypatch.setattr(optimum, name, value)
    for seed in range(10_000 + 30 * block, 10_000 + 30 * block + 30):
        compare(seed)


@pytest.mark.long
@pytest.mark.parametrize("block", range(20))
def test_thousands_more_come_to_the_same(block):
    for seed in range(20_000 + 150 * block, 20_000 + 150 * block + 150):
        compare(seed)
