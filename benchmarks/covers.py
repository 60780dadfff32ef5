"""``python -m benchmarks.covers [--problems N]``: questions like set cover against plain HiGHS and plain CP-SAT, in one run.

No dates, no entries, the cost is made small. Trainings raise so many competencies at random, to levels 1 to 5; the target asks
for levels 1 to 4. Ours finds the one plan that the rules of ties leave, and proves it; the solvers are asked for the least
cost only, with one thread each, and are stopped when the time is up. Costs are compared wherever two are proven. Times are on the
processor, so that what else the machine does counts less.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import click
import highspy

from benchmarks.catalogues import TODAY
from kompetensi.graph.paths import Gain, Objective, Problem, Requirement, Status, Training, plan

COSTS: dict[str, Callable[[random.Random], int]] = {
    "quarter millions": lambda rng: 250_000 * rng.randint(1, 24),
    "thousands": lambda rng: 1_000 * rng.randint(500, 12_500),
    "rupiah": lambda rng: rng.randint(1_000_000, 25_000_000),
    "equal": lambda rng: 1_000_000,
}
# Requirements, competencies of a training, costs.
KINDS = ((100, 8, "quarter millions"), (200, 8, "quarter millions"), (300, 8, "quarter millions"), (500, 8, "quarter millions"),
         (300, 15, "quarter millions"), (500, 15, "quarter millions"), (200, 8, "thousands"), (200, 8, "rupiah"),
         (500, 8, "rupiah"), (300, 15, "thousands"), (300, 15, "rupiah"))


def make_cover(requirements: int, trainings: int, gains: int, costs: str, seed: int, limit_s: float) -> Problem:
    """Return a question; each requirement that a training can meet is met by some, the others are left out."""
    rng = random.Random(seed)
    made = tuple(Training(f"T{number:04d}", jp=8, cost_idr=COSTS[costs](rng),
                          raises=tuple(Gain(f"C{at}", rng.randint(1, 5)) for at in rng.sample(range(requirements), gains)))
                 for number in range(trainings))
    best = {gain.competency: 0 for training in made for gain in training.raises}
    for training in made:
        for gain in training.raises:
            best[gain.competency] = max(best[gain.competency], gain.level)
    asked = tuple(Requirement(f"C{at}", min(rng.randint(1, 4), best[f"C{at}"])) for at in range(requirements) if f"C{at}" in best)
    return Problem(TODAY, made, asked, dates=False, objective=(Objective.COST,), time_limit_s=limit_s)


def givers(problem: Problem) -> list[list[int]]:
    """Return for each requirement the places of the trainings that meet it."""
    return [[place for place, training in enumerate(problem.trainings)
             if any(gain.competency == item.competency and gain.level >= item.level for gain in training.raises)]
            for item in problem.requirements]


def by_highs(problem: Problem, limit_s: float) -> int | None:
    """Return the least cost; None when it is not proven in time."""
    unit = math.gcd(*(training.cost_idr for training in problem.trainings))
    rows, size = givers(problem), len(problem.trainings)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = size, len(rows)
    program.col_cost_ = [float(training.cost_idr // unit) for training in problem.trainings]
    program.col_lower_, program.col_upper_ = [0.0] * size, [1.0] * size
    program.row_lower_, program.row_upper_ = [1.0] * len(rows), [highspy.kHighsInf] * len(rows)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = [0, *itertools.accumulate(len(places) for places in rows)]
    program.a_matrix_.index_ = [place for places in rows for place in places]
    program.a_matrix_.value_ = [1.0] * sum(len(places) for places in rows)
    program.integrality_ = [highspy.HighsVarType.kInteger] * size
    # The plain class: the one around it greets on standard output.
    solver = highspy._core._Highs()
    for name, value in (("output_flag", False), ("parallel", "off"), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5),
                        ("time_limit", limit_s)):
        solver.setOptionValue(name, value)
    solver.passModel(program)
    solver.run()
    return unit * round(solver.getInfo().objective_function_value) if (
        solver.getModelStatus() == highspy.HighsModelStatus.kOptimal) else None


def by_cp_sat(problem: Problem, limit_s: float) -> int | None:
    """Return the same."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in problem.trainings]
    for places in givers(problem):
        model.add_bool_or([taken[place] for place in places])
    model.minimize(sum(training.cost_idr * one for training, one in zip(problem.trainings, taken, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_search_workers = 1
    solver.parameters.max_time_in_seconds = limit_s
    return round(solver.objective_value) if solver.solve(model) == cp_model.OPTIMAL else None


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    answer = call()
    return time.process_time() - start, answer


def measure(kind: tuple[int, int, str], trainings: int, count: int, limit_s: float) -> dict[str, Any]:
    """Measure one kind; raises AssertionError where two proven costs differ."""
    requirements, gains, costs = kind
    times: dict[str, list[float]] = {"ours": [], "highs": [], "cp_sat": []}
    proven = dict.fromkeys(times, 0)
    for seed in range(count):
        problem = make_cover(requirements, trainings, gains, costs, seed, limit_s)
        taken, answer = _timed(lambda problem=problem: plan(problem))
        assert answer.status is Status.READY
        found = {"ours": answer.plan.cost_idr if answer.proven else None}
        times["ours"].append(taken)
        for name, solve in (("highs", by_highs), ("cp_sat", by_cp_sat)):
            taken, found[name] = _timed(lambda problem=problem, solve=solve: solve(problem, limit_s))
            times[name].append(taken)
        assert len({cost for cost in found.values() if cost is not None}) < 2, (kind, seed, found)
        for name, cost in found.items():
            proven[name] += cost is not None
    medians = {name: round(statistics.median(values), 2) for name, values in times.items()}
    return {"requirements": requirements, "trainings": trainings, "gains": gains, "costs": costs, "problems": count,
            "median_s": medians, "max_s": {name: round(max(values), 2) for name, values in times.items()}, "proven": proven,
            "ratio_to_highs": round(medians["ours"] / medians["highs"], 2)}


@click.command()
@click.option("--problems", type=click.IntRange(min=1), default=3, show_default=True, help="Of each kind.")
@click.option("--trainings", type=click.IntRange(min=10), default=1000, show_default=True)
@click.option("--limit", "limit_s", type=float, default=20, show_default=True, help="Seconds for each way and problem.")
@click.option("--equal", is_flag=True, help="Trainings that all cost the same, instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def main(problems: int, trainings: int, limit_s: float, equal: bool, as_json: bool) -> None:
    """Measure, and print."""
    kinds = KINDS if not equal else tuple((requirements, gains, "equal")
                                          for requirements, gains in ((100, 2), (200, 2), (300, 2), (100, 4), (200, 4), (200, 8)))
    by_highs(make_cover(5, 10, 2, "equal", 1, 1), 1)  # loads what is loaded late
    by_cp_sat(make_cover(5, 10, 2, "equal", 1, 1), 1)
    rows = []
    for kind in kinds:
        rows.append(measure(kind, trainings, problems, limit_s))
        if not as_json:
            click.echo(_line(rows[-1]))
    if as_json:
        click.echo(json.dumps(rows, indent=2))


def _line(row: dict[str, Any]) -> str:
    ways = "  ".join(f"{name} {row['median_s'][name]} s (max {row['max_s'][name]}, proven {row['proven'][name]})"
                     for name in row["median_s"])
    return (f"{row['requirements']} by {row['trainings']}, {row['gains']} gains, {row['costs']:<16} n={row['problems']}  {ways}  "
            f"ours/HiGHS {row['ratio_to_highs']}")


if __name__ == "__main__":
    main()
