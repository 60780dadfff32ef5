"""Every timetable keeps every rule of docs/formats/timetable.md; tiny ones are the best of all there are."""

from __future__ import annotations

import json
import random
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timetable_judge import Judge
from timetable_oracle import best_measure
from timetable_shapes import make_document

from benchmarks.timetables import document_of, make_problem
from kompetensi.exchange.timetable import question_from_json, timetable_to_json
from kompetensi.planning.timetable import solve
from kompetensi.planning.timetable.candidates import Layout
from kompetensi.planning.timetable.greedy import greedy

FORMATS = Path(__file__).resolve().parents[3] / "docs" / "formats"
PROBLEM = jsonschema_rs.validator_for(json.loads((FORMATS / "timetable.schema.json").read_text()), validate_formats=True)
RESULT = jsonschema_rs.validator_for(json.loads((FORMATS / "timetable-result.schema.json").read_text()), validate_formats=True)


def tiny(seed):
    return make_document(random.Random(f"tiny {seed}"), days=11, courses=2, rooms=1, trainers=2, profiles=3, most=2)


def answer(document, **options):
    return timetable_to_json(solve(question_from_json(document).problem, **{"time_limit": 20.0} | options))


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_timetable_keeps_every_rule(seed):
    document = make_document(random.Random(seed))
    PROBLEM.validate(document)
    result = answer(document)
    RESULT.validate(result)
    assert Judge(document).faults(result) == []


@pytest.mark.parametrize("seed", range(60))
def test_a_timetable_proven_best_is_the_best_of_all(seed):
    document = tiny(seed)
    value, runs, cost = best_measure(document)
    result = answer(document)
    assert result["value"] <= value <= result["bound"]
    if result["proven"]:
        assert (result["value"], result["runs_count"], result["run_cost_idr"]) == (value, runs, cost)


def test_tiny_problems_are_proven():
    assert sum(answer(tiny(seed))["proven"] for seed in range(60)) == 60


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_moment_of_the_search_is_below_the_greedy_or_above_the_bound(seed):
    document = make_document(random.Random(seed))
    problem = question_from_json(document).problem
    told = []
    last = solve(problem, time_limit=20.0, on_progress=told.append)
    least = greedy(Layout(problem))[1].value
    values = [progress.timetable.measure.value for progress in told]
    bounds = [progress.timetable.bound for progress in told]
    assert least <= values[0]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert values[-1] == last.measure.value <= bounds[-1]
    judge = Judge(document)
    assert all(judge.faults(timetable_to_json(progress.timetable)) == [] for progress in told)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_same_problem_and_seed_have_the_same_timetable(seed):
    document = make_document(random.Random(seed))
    assert answer(document, seed=3) == answer(document, seed=3)


def test_so_many_turns_have_the_same_timetable_every_time():
    problem = make_problem(5, 8, 90, rooms=2, trainers=4, max_runs=5, staged=True)
    one, other = (solve(problem, time_limit=300.0, turns=2, workers=2, seed=1) for _ in range(2))
    assert one == other
    assert Judge(document_of(problem)).faults(timetable_to_json(one)) == []


def test_whoever_stops_the_search_has_the_best_so_far():
    document = make_document(random.Random(5))
    told = []
    result = solve(question_from_json(document).problem, on_progress=told.append, should_stop=lambda: True)
    assert [progress.step for progress in told] == ["greedy", "done"]
    assert Judge(document).faults(timetable_to_json(result)) == []
