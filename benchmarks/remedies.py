"""``python -m benchmarks.remedies [--trainings N] [--problems N]``: what would close open gaps, against trying each change.

Questions of `benchmarks.catalogues` with a deadline, whose best plan leaves something open. The plain way asks the planner about
each single seat in a full batch and each single further batch, for the item beside all that the plan reaches; larger sets,
moves, deadlines and ranks it does not try. Both must agree on whether one seat, and one batch, is enough.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import click

from benchmarks.catalogues import TODAY, make_catalogue, make_question
from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import Catalogue, plan
from kompetensi.graph.paths.changes import Change, NewBatch, Seat, change
from kompetensi.graph.paths.planner import can_be_ready
from kompetensi.graph.paths.problem import Problem
from kompetensi.graph.paths.remedies import OpenRemedies, RemedyKind, Scope, remedies
from kompetensi.graph.paths.result import Open, PlanResult, Reason

_LIMIT_S = 30.0
_TRIED = (Reason.NO_SEAT, Reason.NO_BATCH, Reason.TOO_LATE, Reason.CLASH)


def questions_of(trainings: int, gaps: int, days: int, count: int) -> Iterator[tuple[Problem, Catalogue, PlanResult]]:
    """Yield questions of one catalogue that stay open."""
    made = make_catalogue(trainings, seed=1)
    catalogue = Catalogue(problem_from_json(make_question(made, 1, 0)).trainings)
    seed = found = 0
    while found < count:
        document = make_question(made, gaps, seed, alternatives=0, ready_by=(TODAY + timedelta(days=days)).isoformat())
        problem = replace(problem_from_json({**document, "trainings": []}), trainings=catalogue.trainings, time_limit_s=_LIMIT_S)
        result = plan(problem, catalogue)
        seed += 1
        if result.open and result.proven:
            found += 1
            yield problem, catalogue, result


def try_each(problem: Problem, result: PlanResult, item: Open) -> dict[RemedyKind, bool]:
    """Return whether one seat, and one more batch, is enough; every one is tried."""
    left_open = {id(one.item): one.reached for one in result.open if one is not item}
    requirements = tuple(replace(one, level=left_open.get(id(one), one.level)) for one in problem.requirements
                         if left_open.get(id(one), one.level))
    demands = tuple(one for one in problem.demands if id(one) not in left_open)
    asked = replace(problem, requirements=requirements, demands=demands)
    seats: list[Change] = [Seat(one.code, batch.id) for one in problem.trainings for batch in one.batches if not batch.seats_free]
    batches: list[Change] = [NewBatch(one.code, 1, problem.today, None) for one in problem.trainings if one.self_paced_days is None]
    return {kind: sum(can_be_ready(change(asked, [one])) for one in candidates) > 0
            for kind, candidates in ((RemedyKind.SEAT, seats), (RemedyKind.NEW_BATCH, batches))}


def told(entry: OpenRemedies) -> dict[RemedyKind, bool]:
    """Return the same from what was found."""
    alone = {remedy.kind for remedy in entry.remedies if remedy.scope is Scope.WITH_ALL and len(remedy.changes) == 1}
    return {kind: kind in alone for kind in (RemedyKind.SEAT, RemedyKind.NEW_BATCH)}


@click.command()
@click.option("--trainings", type=click.IntRange(min=20), default=600, show_default=True)
@click.option("--gaps", type=click.IntRange(min=1), multiple=True, default=(4, 8), show_default=True)
@click.option("--days", type=click.IntRange(min=1), default=150, show_default=True, help="Until the deadline.")
@click.option("--problems", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--plain", type=click.IntRange(min=0), default=5, show_default=True, help="Problems for the plain way.")
def main(trainings: int, gaps: tuple[int, ...], days: int, problems: int, plain: int) -> None:
    """Measure, and print."""
    for size in gaps:
        taken, ours, theirs, incomplete = [], [], [], 0
        for number, (problem, catalogue, result) in enumerate(questions_of(trainings, size, days, problems)):
            start = time.perf_counter()
            found = remedies(problem, result, catalogue)
            taken.append(time.perf_counter() - start)
            incomplete += not all(entry.complete for entry in found)
            if number >= plain:
                continue
            start = time.perf_counter()
            expected = [try_each(problem, result, one) for one in result.open if one.reason in _TRIED]
            theirs.append(time.perf_counter() - start)
            ours.append(taken[-1])
            assert expected == [told(entry) for entry in found if entry.open.reason in _TRIED] or incomplete
        taken.sort()
        click.echo(f"{trainings} trainings, {size} gaps, {days} days: median {statistics.median(taken):.2f} s, p90 "
                   f"{taken[int(0.9 * len(taken))]:.2f} s, most {taken[-1]:.2f} s; {incomplete} of {problems} not complete")
        if theirs:
            click.echo(f"    all remedies {sum(ours):.1f} s, trying each seat and each batch {sum(theirs):.1f} s = "
                       f"{sum(theirs) / sum(ours):.0f} x ours ({len(ours)} problems)")


if __name__ == "__main__":
    main()
