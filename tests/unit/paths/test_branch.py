"""The search alone: what it spares itself must not change what it finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import (
    Batch,
    Catalogue,
    Demand,
    Gain,
    Objective,
    Problem,
    Requirement,
    Status,
    Training,
    plan,
)
from kompetensi.graph.paths.branch import Nodes, search
from kompetensi.graph.paths.question import Question, bits
from tests.unit.paths.shapes import SHAPES, made

TODAY = date(2026, 11, 23)


def weights(question):
    """Return a cost for each option: every training counts, and of its options the earlier one is cheaper."""
    size = len(question.options)
    return [(1 << size + 8) * (1 + option.training.cost_idr) + (1 << size) - (1 << size - 1 - place)
            for place, option in enumerate(question.options)]


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "no dates"])
def test_the_best_plan_of_the_earliest_window_is_found_by_what_it_ends_with(shape):
    looked = 0
    for seed in range(40):
        problem = problem_from_json(made(shape, seed))
        if not problem.dates:
            continue
        problem = replace(problem, objective=(Objective.FINISH, Objective.COST), alternatives=0)
        answer = plan(problem)
        question = Question(problem, Catalogue(problem.trainings), ready=True)
        if answer.status is not Status.READY or not question.is_plain or not answer.plan.steps:
            continue
        until = answer.plan.finish.toordinal()
        closing = 0
        for need in question.needs:
            for at in bits(need.givers & question.ended_before(until + 1)):
                if question.ends[at] == until or question.options[at].is_free:
                    closing |= 1 << at
        costs = weights(question)
        everything = search(question, Nodes(10_000), until=until, costs=costs)
        assert everything is not None
        assert search(question, Nodes(10_000), until=until, costs=costs, closing=closing) == everything
        assert search(question, Nodes(10_000), until=until - 1, costs=costs, closing=closing) is None
        looked += 1
    assert looked


def two_days(code, day, cost):
    first = TODAY + timedelta(days=day)
    return Training(code, cost_idr=cost, batches=(Batch(code, ((first, first + timedelta(days=1)),), 9),))


def test_what_clashes_is_refuted_once_however_dear_it_is():
    trainings = (two_days("A", 1, 10), two_days("B", 2, 3_000_000), two_days("C", 9, 0))
    problem = Problem(TODAY, trainings, demands=(Demand("A"), Demand("B"), Demand("C")))
    question = Question(problem, Catalogue(trainings), ready=True)
    spent = []
    for costs in ([0, 0, 0], [option.training.cost_idr for option in question.options]):
        nodes = Nodes(100)
        assert search(question, nodes, until=question.horizon, costs=costs) is None
        spent.append(100 - nodes.left)
    assert spent[0] == spent[1]


def test_a_plan_is_found_however_much_more_than_the_least_it_costs():
    trainings = (two_days("A", 1, 64), two_days("B", 2, 64), two_days("C", 9, 2 * 10**9), two_days("D", 9, 10**9))
    gives = {"A": "X", "B": "Y", "C": "X", "D": "Y"}
    trainings = tuple(replace(training, raises=(Gain(gives[training.code], 1),)) for training in trainings)
    problem = Problem(TODAY, trainings, requirements=(Requirement("X", 1), Requirement("Y", 1)))
    question = Question(problem, Catalogue(trainings), ready=True)
    costs = [option.training.cost_idr for option in question.options]
    for first in (True, False):  # A and B clash
        assert search(question, Nodes(100), until=question.horizon, costs=costs, first=first) == (10**9 + 64, 0b1001)
        assert search(question, Nodes(100), until=question.horizon, costs=costs, first=first, below=10**9 + 64) is None
