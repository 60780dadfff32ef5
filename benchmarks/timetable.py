"""``python -m benchmarks.timetable [--size S]... [--seconds N]``: timetables against the greedy, with proven bounds, in one run.

Sizes: ``small`` (10 courses, 13 weeks), ``medium`` (25, 26), ``large`` (60, 52, 200 runs, 20 rooms, 60 trainers, 6,000 people); ``growth``
(50, 200 and 500 runs, a quarter of the time each); ``slots`` (feasibility with 30 to 130 events). Every answer is checked by the judge of the tests. The
greedy is that of `kompetensi.planning.timetable.greedy`, by itself: its own seats, runs with whoever it seated. Times are of the wall; on a
machine shared with others the share of a processor that this process had is told beside them.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import click

from benchmarks.timetables import document_of, make_problem, make_slots
from kompetensi.exchange.timetable import question_from_json, slot_result_to_json, timetable_to_json
from kompetensi.planning.timetable import Progress, solve, solve_slots
from kompetensi.planning.timetable.candidates import Layout
from kompetensi.planning.timetable.greedy import greedy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "timetable"))

_SIZES: dict[str, tuple[dict[str, Any], float]] = {
    "small": ({"courses": 10, "weeks": 13, "people": 400, "rooms": 4, "trainers": 10, "max_runs": None}, 5.0),
    "medium": ({"courses": 25, "weeks": 26, "people": 2_000, "rooms": 8, "trainers": 25, "max_runs": None}, 60.0),
    "large": ({"courses": 60, "weeks": 52, "people": 6_000, "rooms": 20, "trainers": 60, "max_runs": 200}, 600.0),
}
_GROWTH = [({"courses": 15 * runs // 50, "weeks": 52, "people": 30 * runs, "rooms": max(5, runs // 10), "trainers": 15 * runs // 50,
             "max_runs": runs}, 150.0) for runs in (50, 200, 500)]
_EVENTS = (30, 60, 100, 130)


def measure(name: str, shape: dict[str, Any], seconds: float, *, seed: int, workers: int, staged: bool) -> dict[str, Any]:
    """Solve one made problem; raises AssertionError where a rule is broken or the best so far was ever below the greedy."""
    from timetable_judge import Judge

    problem = make_problem(**shape, seed=seed, staged=staged)
    begin = time.perf_counter()
    _, own, with_all = greedy(Layout(problem))
    greedy_s = time.perf_counter() - begin
    told: list[Progress] = []
    begin, processor = time.perf_counter(), time.process_time()
    answer = solve(problem, time_limit=seconds, seed=seed, workers=workers, on_progress=told.append)
    taken, used = time.perf_counter() - begin, time.process_time() - processor
    assert all(progress.timetable.measure.value >= own.value for progress in told)
    assert Judge(document_of(problem)).faults(timetable_to_json(answer)) == []
    reached = next(progress.seconds for progress in told if progress.timetable.measure.value == answer.measure.value)
    return {
        "name": name, "people": answer.people, "greedy": with_all, "greedy_s": round(greedy_s, 1), "ready": answer.measure.value,
        "over_greedy_percent": round(100 * (answer.measure.value / with_all - 1), 1), "bound": answer.bound,
        "gap_percent": round(100 * answer.gap_ratio, 2), "value_proven": answer.measure.value == answer.bound,
        "all_proven": answer.proven, "runs": answer.measure.runs, "best_after_s": round(reached, 1), "taken_s": round(taken, 1),
        "processor_s": round(used, 1), "curve": [(round(progress.seconds, 1), progress.step, progress.timetable.measure.value,
                                                  progress.timetable.bound) for progress in told]}


def measure_slots(events: int, *, seed: int) -> dict[str, Any]:
    """Give slots and rooms to made events that are known to fit; raises AssertionError where a rule is broken."""
    from test_timetable_slots import faults

    document = make_slots(events, seed=seed)
    begin = time.perf_counter()
    answer = slot_result_to_json(solve_slots(question_from_json(document).problem, time_limit=60.0, seed=seed))
    taken = time.perf_counter() - begin
    if answer["status"] == "feasible":
        assert faults(document, answer["lectures"]) == []
    return {"name": f"{events} events", "lectures": sum(event["lectures"] for event in document["events"]),
            "status": answer["status"], "taken_s": round(taken, 1)}


@click.command()
@click.option("--size", "sizes", multiple=True, type=click.Choice([*_SIZES, "growth", "slots"]), help="Default: all.")
@click.option("--seconds", type=float, default=None, help="Instead of the time that the goal allows.")
@click.option("--seed", type=int, default=1)
@click.option("--workers", type=int, default=os.cpu_count() or 1)
@click.option("--staged", is_flag=True, help="Courses of several stages and weeks too.")
@click.option("--curve", is_flag=True, help="Each better value and bound.")
def main(sizes: tuple[str, ...], seconds: float | None, seed: int, workers: int, staged: bool, curve: bool) -> None:
    """Measure and print one line of JSON a problem."""
    print(json.dumps({"load": [round(number, 1) for number in os.getloadavg()], "processors": os.cpu_count()}), flush=True)
    random.seed(seed)
    for name in sizes or (*_SIZES, "growth", "slots"):
        if name == "slots":
            rows = (measure_slots(events, seed=seed) for events in _EVENTS)
        elif name == "growth":
            rows = (measure(f"{shape['max_runs']} runs", shape, seconds or limit, seed=seed, workers=workers, staged=staged)
                    for shape, limit in _GROWTH)
        else:
            shape, limit = _SIZES[name]
            rows = (measure(name, shape, seconds or limit, seed=seed, workers=workers, staged=staged) for _ in range(1))
        for row in rows:
            if not curve:
                row.pop("curve", None)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
