"""``python -m benchmarks.paths [--problems N]``: the planner against CP-SAT, on made catalogues, in one run.

Three ways answer each problem: ours; a plain CP-SAT model of the same problem cut down by ours; a plain CP-SAT model of the
problem as it stands. The models minimise one measure after the other (last day, hours, cost, trainings) and leave out our
rule for the last ties. Their answers are compared with ours. Times are medians of repeats.

The other lines: further choices (three of them), and everybody at once. Problems like set cover: `benchmarks.covers`.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from benchmarks.catalogues import make_catalogue, make_question
from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import Catalogue, Objective, Problem, plan, plan_all
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


def _quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def _row(name: str, ours: list[float], other: list[float], against: str) -> dict[str, Any]:
    return {
        "name": name, "problems": len(ours), "against": against, "median_ms": round(statistics.median(ours), 2),
        "p95_ms": round(_quantile(ours, 0.95), 1), "p99_ms": round(_quantile(ours, 0.99), 1), "max_ms": round(max(ours), 1),
        "other_median_ms": round(statistics.median(other), 2),
        "median_ratio": round(statistics.median(other) / statistics.median(ours), 1),
        "p99_ratio": round(_quantile(ours, 0.99) / _quantile(other, 0.99), 2)}


def measure(trainings: int, gaps: int, count: int, repeats: int) -> dict[str, Any]:
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
    return _row(f"{trainings} trainings, {gaps} gaps", ours, pruned, "CP-SAT on the pruned problem")


def measure_raw(trainings: int, gaps: int, count: int) -> dict[str, Any]:
    """Measure against CP-SAT on everything that is on offer between today and the deadline."""
    catalogue, problems = problems_of(trainings, gaps, count)
    ours, raw = [], []
    for problem in problems:
        taken, _ = _milliseconds(lambda problem=problem: plan(problem, catalogue), 5)
        ours.append(taken)
        options = [option for training in catalogue.trainings for option in catalogue.options(training, dates=True)
                   if option.batch is None or (option.batch.seats_free and option.first >= problem.today.toordinal())]
        options = [option for option in options if option.training.min_golongan is None
                   or option.training.min_golongan <= (problem.golongan or 0)]
        taken, _ = _milliseconds(lambda problem=problem, options=options: solve_with_cp_sat(problem, options), 1)
        raw.append(taken)
    return _row(f"{trainings} trainings, {gaps} gaps", ours, raw, "CP-SAT on the raw problem")


def measure_choices(trainings: int, gaps: int, count: int, repeats: int) -> dict[str, Any]:
    """Measure three further choices against the best plan alone."""
    catalogue, problems = problems_of(trainings, gaps, count, alternatives=3)
    several, alone = [], []
    for problem in problems:
        several.append(_milliseconds(lambda problem=problem: plan(problem, catalogue), repeats)[0])
        single = replace(problem, alternatives=0)
        alone.append(_milliseconds(lambda single=single: plan(single, catalogue), repeats)[0])
    return _row(f"{trainings} trainings, {gaps} gaps, 3 choices", several, alone, "the best plan alone")


def measure_everybody(trainings: int, people: int, workers: int) -> dict[str, Any]:
    """Measure a plan for everybody, many of whom ask the same, against so many questions asked one by one."""
    catalogue, kinds = problems_of(trainings, 4, 12)
    rng = random.Random(1)
    asked = []
    for _ in range(people):
        kind = rng.choice(kinds)
        levels = {item.competency: rng.randint(0, item.level) for item in kind.requirements}
        asked.append(replace(kind, levels={**kind.levels, **levels}, golongan=rng.randint(7, 13), trainings=()))
    alone = [_milliseconds(lambda problem=problem: plan(replace(problem, trainings=catalogue.trainings), catalogue), 1)[0]
             for problem in asked[:200]]
    taken, answers = _milliseconds(lambda: sum(1 for _ in plan_all(catalogue.trainings, asked, workers=workers)), 1)
    assert answers == people
    return {"name": f"{people} people, {trainings} trainings, {workers} processes", "problems": people,
            "against": "the same questions one by one", "total_s": round(taken / 1000, 1),
            "share": round(taken / (people * statistics.mean(alone)), 3)}


SIZES = {"70/4": (70, 4), "70/8": (70, 8), "600/4": (600, 4), "600/8": (600, 8), "5000/8": (5000, 8)}


@click.command()
@click.option("--problems", type=click.IntRange(min=5), default=60, show_default=True, help="Problems of each size.")
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Of each problem; the median counts.")
@click.option("--size", "sizes", type=click.Choice(list(SIZES)), multiple=True, help="Trainings and gaps; default: all.")
@click.option("--people", type=click.IntRange(min=200), default=30_000, show_default=True, help="For the plan for everybody.")
@click.option("--only-sizes", is_flag=True, help="Leave out the raw problem, choices and everybody.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def main(problems: int, repeats: int, sizes: tuple[str, ...], people: int, only_sizes: bool, as_json: bool) -> None:
    """Measure, and print."""
    plan(problems_of(70, 2, 1)[1][0])  # loads what is loaded late
    few = max(5, problems // 10)
    calls: list[Callable[[], dict[str, Any]]] = [
        lambda size=size: measure(*SIZES[size], problems, repeats) for size in sizes or SIZES]
    if not only_sizes:
        calls += [lambda: measure_raw(600, 4, few),
                  lambda: measure_choices(70, 4, problems, repeats), lambda: measure_choices(600, 8, few, repeats),
                  lambda: measure_everybody(70, people, 2)]
    rows = []
    for call in calls:
        rows.append(call())
        if not as_json:
            click.echo(_line(rows[-1]))
    if as_json:
        click.echo(json.dumps(rows, indent=2))


def _line(row: dict[str, Any]) -> str:
    if "share" in row:
        return f"{row['name']:<40} {row['total_s']} s = {100 * row['share']:.1f} % of {row['against']}"
    return (f"{row['name']:<40} n={row['problems']:<4} median {row['median_ms']:>8} ms  p95 {row['p95_ms']:>8}  p99 "
            f"{row['p99_ms']:>8}  max {row['max_ms']:>8}  {row['against']}: median {row['other_median_ms']} ms = "
            f"{row['median_ratio']} x ours, p99 ours/theirs {row['p99_ratio']}")


if __name__ == "__main__":
    main()
