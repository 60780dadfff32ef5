"""``python -m benchmarks.paths [--problems N]``: the planner against CP-SAT, on made catalogues, in one run.

Three ways answer each problem: ours; a plain CP-SAT model of the same problem cut down by ours; a plain CP-SAT model of the
problem as it stands. The models minimise one measure after the other (last day, hours, cost, trainings) and leave out our
rule for the last ties. Their answers are compared with ours.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from benchmarks.catalogues import make_catalogue, make_question
from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import Catalogue, Objective, Problem, plan
from kompetensi.graph.paths.catalogue import Option
from kompetensi.graph.paths.question import Question
from kompetensi.graph.paths.search import Search, TimeIsUp

_LIMIT_S = 10.0


def problems_of(trainings: int, gaps: int, count: int, *, alternatives: int = 0) -> tuple[Catalogue, list[Problem]]:
    """Return a catalogue and problems that can all be solved to readiness, so that every way has the same work."""
    made = make_catalogue(trainings, seed=1)
    empty = problem_from_json(make_question(made, 1, 0))
    catalogue = Catalogue(empty.trainings)
    found: list[Problem] = []
    seed = 0
    while len(found) < count and seed < 20 * count:
        document = {**make_question(made, gaps, seed, alternatives=alternatives), "trainings": []}
        problem = replace(problem_from_json(document), trainings=catalogue.trainings)
        question = Question(problem, catalogue, ready=True)
        if all(need.givers for need in question.needs):
            found.append(problem)
        seed += 1
    return catalogue, found


def solve_with_cp_sat(problem: Problem, options: Sequence[Option]) -> tuple[int, ...] | None:
    """Return the measures of the best ready plan; None when there is none or the time was up."""
    search = Search(problem, options, deadline=time.monotonic() + _LIMIT_S)
    if not search.demand_all():
        return None
    values = []
    try:
        for objective in problem.objective:
            value = search.best(search.measure(objective))
            if value is None:
                return None
            values.append(value)
    except TimeIsUp:
        return None
    return tuple(values)


def _milliseconds(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    times = []
    answer = None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = call()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), answer


def _row(name: str, ours: list[float], other: list[float], against: str) -> dict[str, Any]:
    at = min(len(ours) - 1, int(0.99 * len(ours)))
    return {
        "name": name, "problems": len(ours), "against": against, "median_ms": round(statistics.median(ours), 2),
        "p95_ms": round(sorted(ours)[int(0.95 * len(ours))], 1), "p99_ms": round(sorted(ours)[at], 1),
        "other_median_ms": round(statistics.median(other), 2) if other else None,
        "median_ratio": round(statistics.median(other) / statistics.median(ours), 1) if other else None,
        "p99_ratio": round(sorted(ours)[at] / sorted(other)[at], 2) if other else None}


def measure(trainings: int, gaps: int, count: int, repeats: int) -> list[dict[str, Any]]:
    """Measure one size; raises AssertionError where two ways disagree."""
    catalogue, problems = problems_of(trainings, gaps, count)
    ours, pruned = [], []
    for problem in problems:
        taken, answer = _milliseconds(lambda problem=problem: plan(problem, catalogue), repeats)
        ours.append(taken)
        options = Question(problem, catalogue, ready=True).options
        taken, values = _milliseconds(
            lambda problem=problem, options=options: solve_with_cp_sat(problem, options), repeats)
        pruned.append(taken)
        if values is not None and answer.proven:
            found = dict(zip(problem.objective, values, strict=True))
            assert answer.plan.finish is not None
            assert (answer.plan.finish.toordinal(), answer.plan.jp, answer.plan.cost_idr, answer.plan.count) == tuple(
                found[item] for item in Objective), problem.today
    name = f"{trainings} trainings, {gaps} gaps"
    return [_row(name, ours, pruned, "CP-SAT on the pruned problem")]


def measure_raw(trainings: int, gaps: int, count: int) -> list[dict[str, Any]]:
    """Measure against CP-SAT on everything that is on offer between today and the deadline."""
    catalogue, problems = problems_of(trainings, gaps, count)
    ours, raw = [], []
    for problem in problems:
        taken, _ = _milliseconds(lambda problem=problem: plan(problem, catalogue), 3)
        ours.append(taken)
        options = [option for training in catalogue.trainings for option in catalogue.options(training, dates=True)
                   if option.batch is None or (option.batch.seats_free and option.first >= problem.today.toordinal())]
        options = [option for option in options if option.training.min_golongan is None
                   or option.training.min_golongan <= (problem.golongan or 0)]
        taken, _ = _milliseconds(lambda problem=problem, options=options: solve_with_cp_sat(problem, options), 1)
        raw.append(taken)
    return [_row(f"{trainings} trainings, {gaps} gaps", ours, raw, "CP-SAT on the raw problem")]


@click.command()
@click.option("--problems", type=click.IntRange(min=5), default=60, show_default=True, help="Problems of each size.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def main(problems: int, as_json: bool) -> None:
    """Measure, and print."""
    plan(problems_of(70, 2, 1)[1][0])  # loads what is loaded late
    rows = []
    for trainings, gaps in ((70, 4), (70, 8), (600, 4), (600, 8), (5000, 8)):
        count = problems if trainings < 5000 else max(5, problems // 3)
        rows += measure(trainings, gaps, count, 5 if trainings == 70 else 1)
        if not as_json:
            click.echo(_line(rows[-1]))
    rows += measure_raw(600, 4, max(5, problems // 10))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        click.echo(_line(rows[-1]))


def _line(row: dict[str, Any]) -> str:
    return (f"{row['name']:<26} n={row['problems']:<4} median {row['median_ms']:>8} ms  p95 {row['p95_ms']:>8}  p99 "
            f"{row['p99_ms']:>8}  {row['against']}: median {row['other_median_ms']} ms = {row['median_ratio']} x ours, "
            f"p99 ours/theirs {row['p99_ratio']}")


if __name__ == "__main__":
    main()
