"""``python -m benchmarks.matching [--people N] [--positions M] [--nation P]``: readiness of a population, in one run.

Pairs are people times positions; each position requires 20 of 40 competencies. What the machine can do at most is measured
in the same run: the product of two 32-bit floating-point matrices, and a pass over memory. The naive loop is a plain one
in Python over the same numbers, and every difference from it is counted, scores that stand exactly on a threshold included.
What is held against a limit is measured in turns with it, because a shared machine changes its speed within seconds.
"""

from __future__ import annotations

import functools
import statistics
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import click
import numpy as np

from benchmarks.timing import median_seconds
from kompetensi.graph.elements import Importance, Position, Requirement
from kompetensi.graph.levels import make_levels
from kompetensi.graph.matching import Standards, Succession, compile_standards, scores, scores_plainly
from kompetensi.graph.population import Block, Findings, Question, blocks_of, run_here, survey

_COMPETENCIES, _REQUIRED, _THREADS = 40, 20, 2
_SQUARE = 2500
_BLOCK = 20_000
_THRESHOLDS = (40_800, 48_000)


def make_standards(positions: int, rng: np.random.Generator, competencies: int = _COMPETENCIES) -> Standards:
    """Return standards of positions that require 20 competencies at levels 1 to 5."""
    names = [f"K{number:04d}" for number in range(competencies)]
    made = []
    for number in range(positions):
        chosen = rng.permutation(competencies)[:_REQUIRED]
        made.append(Position(f"J{number:05d}", "", requirements=tuple(
            Requirement(names[at], int(rng.integers(1, 6)), Importance.MUTLAK if rng.random() < 0.2 else Importance.PENTING,
                        int(rng.integers(1, 10))) for at in chosen)))
    return compile_standards(made)


def naive(standards: Standards, levels: Any, people: int, positions: int) -> list[list[int]]:
    """Return the scores of the first people and positions by a plain loop."""
    columns = [[int(level) for level in row[:people]] for row in levels]
    rows = list(zip(standards.competency.tolist(), standards.required.tolist(), standards.factor.tolist(), strict=True))
    starts = standards.starts.tolist()
    return [[sum(points * min(columns[competency][person], required)
                 for competency, required, points in rows[starts[position]:starts[position + 1]])
             for person in range(people)] for position in range(positions)]


def threaded(standards: Standards, levels: Any, threads: int) -> Callable[[], None]:
    """Return a call that computes the whole matrix block by block, and keeps none of it."""
    size = min(_BLOCK, -(-levels.shape[1] // (4 * threads)))
    parts = [np.ascontiguousarray(levels[:, block]) for block in blocks_of(levels.shape[1], size)]

    def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda part: scores(standards, part, compiled=True).shape, parts))

    return run


def in_turns(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each call, one of each in a round, so that all meet the same machine."""
    for call in calls.values():
        call()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)
    return taken


def share(taken: dict[str, list[float]], limit: str, call: str) -> float:
    """Return the median over the rounds of what a limit took against what the call took, in per cent."""
    return 100 * statistics.median(one / other for one, other in zip(taken[limit], taken[call], strict=True))


def make_blocks(standards: Standards, people: int, units: int, rng: np.random.Generator) -> list[Block]:
    """Return people with random levels in blocks."""
    return [Block(rng.integers(0, 6, (len(standards.competencies), part.stop - part.start), dtype=np.uint8),
                  rng.integers(0, units, part.stop - part.start).astype(np.int32),
                  rng.integers(0, len(standards.codes), part.stop - part.start).astype(np.int32), None, part.start)
            for part in blocks_of(people, _BLOCK)]


def measure_matrix(people: int, positions: int, rng: np.random.Generator) -> None:
    """Measure everybody against every position, compiled and plain, and compare with the naive loop."""
    standards = make_standards(positions, rng)
    levels = rng.integers(0, 6, (_COMPETENCIES, people), dtype=np.uint8)
    pairs, few = people * positions, 8000
    square, sample = rng.random((_SQUARE, _SQUARE), dtype=np.float32), np.ascontiguousarray(levels[:, :few])
    taken = in_turns({
        "gemm": lambda: square @ square, "one": threaded(standards, levels, 1),
        "all": threaded(standards, levels, _THREADS), "plain": lambda: scores_plainly(standards, sample)}, 7)
    seconds = {name: statistics.median(times) for name, times in taken.items()}
    # Pairs per second that the peak would allow the thermometer form: five products and sums a competency.
    flops = 2 * _SQUARE**3
    allowed = {name: statistics.median(
        work / own / (flops / peak / (2 * 5 * _COMPETENCIES)) for own, peak in zip(taken[name], taken["gemm"], strict=True))
        for name, work in (("one", pairs), ("all", pairs), ("plain", few * positions))}
    click.echo(f"GEMM peak, float32, all threads             {flops / seconds['gemm'] / 1e9:10.1f} GF/s, which allows "
               f"{flops / seconds['gemm'] / (2 * 5 * _COMPETENCIES):.3g} pairs/s in thermometer form")

    start = time.perf_counter()
    plain = naive(standards, levels, 1000, min(positions, 1000))
    compared = 1000 * len(plain)
    loop = compared / (time.perf_counter() - start)
    click.echo(f"naive loop                                  {loop:10.3g} pairs/s")
    for name, threads in (("one", 1), ("all", _THREADS)):
        click.echo(f"fused kernel, {threads} thread(s)                   {pairs / seconds[name]:10.3g} pairs/s = "
                   f"{allowed[name]:.2f} x the GEMM peak's, {pairs / seconds[name] / loop / threads:.0f} x naive a core, "
                   f"{seconds[name]:.2f} s for {people:,} x {positions:,}")
    click.echo(f"without a compiler, encoding included       {few * positions / seconds['plain']:10.3g} pairs/s = "
               f"{100 * allowed['plain']:.0f} % of the GEMM peak's")

    ours = scores(standards, levels[:, :1000], compiled=True)[:len(plain)]
    written = scores_plainly(standards, levels[:, :1000])[:len(plain)]
    expected = np.array(plain)
    # Every tenth score is made a threshold of its own, so that ties are met.
    ties = np.unique(expected)[::10]
    reached = sum(int(np.count_nonzero((found >= tie) != (expected >= tie)))
                  for found in (ours, written) for tie in ties[:: max(1, len(ties) // 200)])
    click.echo(f"differences from the naive loop             {int(np.count_nonzero(ours != expected))} compiled, "
               f"{int(np.count_nonzero(written != expected))} plain, of {compared:,} pairs; {reached} at exact thresholds")


def measure_sparse(positions: int, rng: np.random.Generator) -> None:
    """Measure a catalogue of 2,000 competencies of which a person has 12."""
    standards = make_standards(positions, rng, 2000)
    count, people, known = len(standards.competencies), 20_000, 12
    column = rng.integers(0, count, (people, known))
    pairs = np.unique(np.stack((column.ravel(), np.repeat(np.arange(people), known))), axis=1)
    level = rng.integers(1, 6, pairs.shape[1]).astype(np.uint8)
    forms = {name: make_levels(count, people, pairs[0], pairs[1], level, sparse=name == "sparse") for name in ("sparse", "table")}
    taken = in_turns({name: functools.partial(scores, standards, form, compiled=True) for name, form in forms.items()}, 3)
    alike = np.array_equal(scores(standards, forms["sparse"], compiled=True), scores(standards, forms["table"], compiled=True))
    click.echo(f"2,000 competencies, 12 known, sparse form   {people * positions / statistics.median(taken['sparse']):10.3g} pairs/s"
               f" in {forms['sparse'].nbytes / 1e6:.1f} MB; as a table "
               f"{people * positions / statistics.median(taken['table']):.3g} in {forms['table'].nbytes / 1e6:.1f} MB; alike: {alike}")


def measure_nation(nation: int, rng: np.random.Generator) -> None:
    """Measure one position against a nation, gates and the fifty best included, against reading the same bytes."""
    one = make_standards(1, rng)
    many = rng.integers(0, 6, (_REQUIRED, nation), dtype=np.uint8)
    halves = [np.ascontiguousarray(half) for half in np.array_split(many, _THREADS, axis=1)]
    with ThreadPoolExecutor(_THREADS) as pool:

        def best_of_halves() -> Succession:
            first, *rest = pool.map(lambda at: Succession.of(
                one, halves[at], 50, first=sum(half.shape[1] for half in halves[:at]), compiled=True), range(_THREADS))
            for part in rest:
                first = first.merge(part)
            return first

        same = np.array_equal(best_of_halves().keys, Succession.of(one, many, 50, compiled=False).keys)
        taken = in_turns({
            "read": lambda: many.view(np.uint64).sum(),
            "read by all": lambda: list(pool.map(lambda half: half.view(np.uint64).sum(), halves)),
            "best": lambda: Succession.of(one, many, 50, compiled=True), "best by all": best_of_halves}, 31)
    bytes_s = {name: many.nbytes / min(times) / 1e9 for name, times in taken.items()}
    click.echo(f"one position, {nation:,} people, top 50      {1000 * statistics.median(taken['best']):10.1f} ms = "
               f"{share(taken, 'read', 'best'):.0f} % of the bandwidth of reading; by {_THREADS} threads "
               f"{1000 * statistics.median(taken['best by all']):.1f} ms = {share(taken, 'read by all', 'best by all'):.0f} % of "
               f"that of {_THREADS} reading; at best {bytes_s['best']:.1f} of {bytes_s['read']:.1f} GB/s = "
               f"{100 * bytes_s['best'] / bytes_s['read']:.0f} %, {bytes_s['best by all']:.1f} of "
               f"{bytes_s['read by all']:.1f} GB/s = {100 * bytes_s['best by all'] / bytes_s['read by all']:.0f} %; "
               f"same list as the plain way: {same}")


def measure_workers(people: int, positions: int, rng: np.random.Generator, rounds: int = 3) -> None:
    """Measure the same blocks in one worker process and in two of dask.distributed, in turns.

    Beside the time on the clock stands the processor's time of the busiest worker, which other users of the machine do not
    lengthen.
    """
    with warnings.catch_warnings(), ExitStack() as clusters:
        warnings.simplefilter("ignore")  # its clean-up leaves sockets to the garbage collector
        from distributed import Client, LocalCluster

        from kompetensi.adapters.dask_blocks import DaskBlocks

        standards, units = make_standards(positions, rng), 50
        blocks = make_blocks(standards, people, units, rng)
        work = functools.partial(survey, standards, Question(
            units, gaps=True, means=True, thresholds=_THRESHOLDS, count=50, compiled=True))
        clients = []
        for workers in (1, _THREADS):
            cluster = clusters.enter_context(LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
                silence_logs=50))
            clients.append(clusters.enter_context(Client(cluster, set_as_default=False)))
            clients[-1].run(lambda: work(blocks[0]).people)  # compiled in each process before the clock starts
        clock, busiest, found = [], [], []
        for _ in range(rounds):
            for client in clients:
                before, start = client.run(time.process_time), time.perf_counter()
                found.append(DaskBlocks(client.scheduler.address)(work, iter(blocks)))
                clock.append(time.perf_counter() - start)
                after = client.run(time.process_time)
                busiest.append(max(after[worker] - before[worker] for worker in after))
        memory = max(max(client.run(_resident_bytes).values()) for client in clients)
        here = _flat(run_here(work, blocks[::-1]))
    same = all(_flat(one) == here for one in found)
    wall, effort = (statistics.median(one / two for one, two in zip(times[::2], times[1::2], strict=True))
                    for times in (clock, busiest))
    click.echo(f"dask, {people:,} people x {positions:,}             {statistics.median(clock[::2]):10.1f} s with 1 process, "
               f"{statistics.median(clock[1::2]):.1f} s with {_THREADS}: {wall:.2f} times on the clock, {effort:.2f} times in "
               f"the processor's time of the busiest ({statistics.median(busiest[::2]):.1f} and "
               f"{statistics.median(busiest[1::2]):.1f} s); at most {memory / 1e6:.0f} MB a worker; identical, and to one "
               f"process without dask: {same}")


def _resident_bytes() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def _flat(found: Findings | None) -> list[Any]:
    assert found is not None
    parts = found.gaps, found.reached, found.levels, found.succession
    return [getattr(part, name).tolist() for part, names in zip(parts, (
        ("asked", "assessed", "short", "missing", "required"), ("people", "scored", "ready"), ("people", "at_least"),
        ("keys",)), strict=True) for name in names]


@click.command()
@click.option("--people", type=click.IntRange(min=1000), default=31_898, show_default=True)
@click.option("--positions", type=click.IntRange(min=100), default=2_000, show_default=True)
@click.option("--nation", type=click.IntRange(min=10_000), default=5_000_000, show_default=True,
              help="People against one position.")
@click.option("--spread", type=click.IntRange(min=10_000), default=1_000_000, show_default=True,
              help="People over the worker processes of dask.")
def main(people: int, positions: int, nation: int, spread: int) -> None:
    """Measure, and print."""
    rng = np.random.default_rng(75)
    measure_matrix(people, positions, rng)
    standards = make_standards(6000, rng)
    levels = rng.integers(0, 6, (_COMPETENCIES, 31_898), dtype=np.uint8)
    click.echo(f"31,898 people x 6,000 positions             "
               f"{median_seconds(threaded(standards, levels, _THREADS), 3):10.2f} s with {_THREADS} threads, after compiling")
    measure_sparse(min(positions, 500), rng)
    measure_nation(nation, rng)
    measure_workers(spread, positions, rng)


if __name__ == "__main__":
    main()
