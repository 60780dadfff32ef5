"""The tree of relaxations against trying every choice, and covers against what the solvers say of them."""

from __future__ import annotations

import itertools
import math
import random
import time
from dataclasses import replace
from datetime import date

import highspy
import pytest

from kompetensi.graph.paths import Gain, Objective, Problem, Requirement, Status, Training, mixed, plan
from kompetensi.graph.paths.cover import cheap_cover
from kompetensi.graph.paths.tree import OutOfSteps, OutOfTime, Tree

STEPS = 100_000


def grow(costs, rows, *, limit=None, steps=STEPS, deadline=math.inf, broken=lambda chosen: ()):
    return Tree(costs, rows, limit=sum(costs) if limit is None else limit, steps=steps, deadline=deadline, broken=broken)


def random_program(rng: random.Random):
    size = rng.randint(1, 9)
    costs = [rng.choice([0, 1, rng.randint(0, 9), rng.randint(0, 10**rng.randint(1, 11))]) for _ in range(size)]
    rows = []
    for _ in range(rng.randint(0, 7)):
        terms = {column: rng.choice([-1, 1, 1, 1, rng.randint(-9, 9)]) for column in rng.sample(range(size), rng.randint(1, size))}
        low, high = rng.randint(-4, 3), rng.randint(-1, 8)
        rows.append((terms, rng.choice([None, low, 1]), rng.choice([None, None, high])))
    return costs, rows


def keeps(rows, chosen):
    sums = [sum(factor * chosen[column] for column, factor in terms.items()) for terms, _, _ in rows]
    return all((low is None or value >= low) and (high is None or value <= high)
               for value, (_, low, high) in zip(sums, rows, strict=True))


def choices_of(costs, rows):
    """Return what keeps all rows, with its cost, the cheapest first."""
    return sorted((sum(map(int.__mul__, costs, chosen)), chosen) for chosen in itertools.product((0, 1), repeat=len(costs))
                  if keeps(rows, chosen))


@pytest.mark.parametrize("glance", [1, 200])
@pytest.mark.parametrize("block", range(6))
def test_a_tree_finds_what_trying_every_choice_finds(block, glance, monkeypatch):
    monkeypatch.setattr("kompetensi.graph.paths.tree._GLANCE", glance)
    for seed in range(60 * block, 60 * block + 60):
        costs, rows = random_program(random.Random(seed))
        every = choices_of(costs, rows)
        tree = grow(costs, rows)
        found = tree.least()
        if not every:
            assert found is None, seed
            continue
        assert found is not None, seed
        chosen = tuple(int(column in found) for column in range(len(costs)))
        assert keeps(rows, chosen)
        assert sum(costs[column] for column in found) == tree.limit == every[0][0], seed
        bound = tree.bound()
        assert bound is not None
        assert bound <= every[0][0]


@pytest.mark.parametrize("block", range(6))
def test_what_a_tree_decides_holds_for_every_choice_within_the_limit(block):
    for seed in range(1_000 + 60 * block, 1_060 + 60 * block):
        rng = random.Random(seed)
        costs, rows = random_program(rng)
        every = choices_of(costs, rows)
        limit = rng.choice(every)[0] if every else sum(costs)
        tree = grow(costs, rows, limit=limit)
        within = [chosen for cost, chosen in every if cost <= limit]
        assert tree.probe() or not within, seed
        for column in range(len(costs)):
            value = tree.decided(column)
            assert value is None or all(chosen[column] == value for chosen in within), (seed, column)


def test_further_rows_are_asked_for_until_nothing_is_broken():
    def broken(chosen):
        return [({0: 1, 1: 1}, None, 1)] if {0, 1} <= set(chosen) else []

    tree = grow([1, 1, 5], [({0: 1, 1: 1, 2: 1}, 2, None)], broken=broken)
    found = tree.least()
    assert found in ([0, 2], [1, 2])
    assert tree.limit == 6


def test_a_tree_ends_where_it_may_not_grow():
    rows = [({0: 1, 1: 1}, 1, None)]
    with pytest.raises(OutOfSteps):
        grow([1, 1], rows, steps=0).least()
    with pytest.raises(OutOfTime):
        grow([1, 1], rows, deadline=time.monotonic() - 1).least()
    with pytest.raises(OutOfSteps):
        grow([1 << 50, 1], rows)


def cover(needs: int, trainings: int, seed: int, *, steps_of_cost: int, unit: int, gives: int = 5) -> Problem:
    rng = random.Random(seed)
    made = tuple(Training(f"T{number:03d}", jp=8, cost_idr=unit * rng.randint(1, steps_of_cost),
                          raises=tuple(Gain(f"C{at}", 1) for at in rng.sample(range(needs), gives))) for number in range(trainings))
    return Problem(date(2026, 1, 1), made, tuple(Requirement(f"C{at}", 1) for at in range(needs)), dates=False,
                   objective=(Objective.COST,), time_limit_s=600)


def cheapest(problem: Problem) -> int:
    """Return the least cost of a cover in units of 1,000 rupiah, by HiGHS on its own."""
    model = highspy.Highs()
    model.silent()
    model.setOptionValue("mip_rel_gap", 0.0)
    taken = {training.code: model.addBinary(obj=training.cost_idr // 1_000) for training in problem.trainings}
    for item in problem.requirements:
        givers = [taken[training.code] for training in problem.trainings
                  if any(gain.competency == item.competency for gain in training.raises)]
        model.addConstr(sum(givers) >= 1)
    model.run()
    return round(model.getObjectiveValue())


@pytest.mark.parametrize("seed", range(4))
def test_a_cover_of_hundreds_costs_what_the_solver_says(seed):
    problem = cover(120, 300, seed, steps_of_cost=24_000, unit=1_000)
    answer = plan(problem)
    assert (answer.status, answer.proven) == (Status.READY, True)
    assert answer.plan.cost_idr == 1_000 * cheapest(problem)


@pytest.mark.parametrize("seed", range(3))
def test_a_dense_cover_in_rupiah_costs_what_the_solver_says(seed):
    """Many requirements a training leave the relaxation far below: here a cheap cover is looked for before anything is refuted."""
    problem = cover(100, 250, seed, steps_of_cost=24_000, unit=1_000, gives=12)
    answer = plan(problem)
    assert (answer.status, answer.proven) == (Status.READY, True)
    assert answer.plan.cost_idr == 1_000 * cheapest(problem)


@pytest.mark.parametrize("steps_of_cost", [2, 5, 60])
@pytest.mark.parametrize("seed", range(6))
def test_a_cover_from_a_cheap_one_is_the_plan_that_rising_limits_find(seed, steps_of_cost, monkeypatch):
    problem = cover(62, 80, seed, steps_of_cost=steps_of_cost, unit=250_000)
    monkeypatch.setattr(Tree, "_short", lambda tree: 1)
    from_a_cheap_one = plan(problem)
    # As if the local search had found nothing.
    monkeypatch.setattr(mixed, "cheap_cover", lambda costs, rows, start, **named: list(start))
    from_any = plan(problem)
    monkeypatch.setattr(mixed, "_is_cover", lambda rows: False)
    assert plan(problem) == from_any == from_a_cheap_one
    assert from_a_cheap_one.proven


@pytest.mark.parametrize("seed", range(20))
def test_local_search_returns_a_cover_that_costs_no_more(seed):
    rng = random.Random(seed)
    costs = [rng.choice([0, 1, rng.randint(0, 9)]) for _ in range(12)]
    rows = [rng.sample(range(12), rng.randint(1, 5)) for _ in range(rng.randint(0, 8))]
    found = cheap_cover(costs, rows, range(12))
    assert found == sorted(set(found))
    assert all(set(row) & set(found) for row in rows)
    least = min(sum(costs[column] for column in chosen) for size in range(13) for chosen in itertools.combinations(range(12), size)
                if all(set(row) & set(chosen) for row in rows))
    assert least <= sum(costs[column] for column in found) <= sum(costs)
    assert cheap_cover(costs, rows, range(12)) == found
    assert cheap_cover(costs, rows, range(12), deadline=-math.inf) == list(range(12))


@pytest.mark.parametrize("seed", range(6))
def test_ties_of_a_cover_are_settled_alike_with_a_tree_and_without(seed, monkeypatch):
    problem = cover(70, 110, seed, steps_of_cost=4, unit=250_000)
    settled = plan(problem)
    monkeypatch.setattr(mixed, "_STEPS", 0)
    assert plan(problem) == settled
    assert settled.proven


@pytest.mark.parametrize("seed", range(4))
def test_rupiah_without_a_common_factor_are_added_up_exactly(seed):
    """Each cost times a large number and a little more: the little more decides between plans that would cost the same."""
    small = cover(70, 100, seed, steps_of_cost=3, unit=1)
    factor = 12_500_000
    long = [training.cost_idr * factor + number % 7 for number, training in enumerate(small.trainings)]
    made = tuple(Training(training.code, training.jp, cost, raises=training.raises)
                 for training, cost in zip(small.trainings, long, strict=True))
    answer = plan(Problem(small.today, made, small.requirements, dates=False, objective=(Objective.COST,), time_limit_s=600))
    assert answer.proven
    whole, little = divmod(answer.plan.cost_idr, factor)
    assert whole == plan(small).plan.cost_idr
    # The little more as a second measure, in hours: the same decision without a long number.
    hours = tuple(Training(training.code, number % 7, training.cost_idr, raises=training.raises)
                  for number, training in enumerate(small.trainings))
    second = plan(Problem(small.today, hours, small.requirements, dates=False, objective=(Objective.COST, Objective.JP),
                          time_limit_s=600))
    assert little == second.plan.jp
    assert [step.training for step in answer.plan.steps] == [step.training for step in second.plan.steps]


def test_when_the_time_is_up_a_plan_is_returned_with_a_bound_that_holds():
    problem = cover(80, 400, 1, steps_of_cost=1, unit=1_000_000)
    hurried = plan(replace(problem, time_limit_s=1))
    assert hurried.status is Status.READY
    assert not hurried.proven
    assert hurried.bound is not None
    # Nobody takes less than sixteen trainings: each gives five of eighty.
    assert 16_000_000 <= hurried.bound[Objective.COST] <= hurried.plan.cost_idr
