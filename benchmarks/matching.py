"""``python -m benchmarks.matching [--people N] [--positions M]``: readiness of a population, in one run.

Pairs are people times positions; each position requires 20 of 40 competencies. What the machine can do at most is measured
in the same run: the product of two 32-bit floating-point matrices, and a pass over memory. The naive loop is a plain one
in Python over the same numbers, and every difference from it is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click
import numpy as np

from benchmarks.timing import median_seconds
from kompetensi.graph.elements import Importance, Position, Requirement
from kompetensi.graph.matching import Standards, Succession, compile_standards, scores, scores_plainly
from kompetensi.graph.population import blocks_of

_COMPETENCIES, _REQUIRED, _THREADS = 40, 20, 2
_SQUARE = 2500


def make_standards(positions: int, rng: np.random.Generator) -> Standards:
    """Return standards of positions that require 20 of 40 competencies at levels 1 to 5."""
    names = [f"K{number:02d}" for number in range(_COMPETENCIES)]
    made = []
    for number in range(positions):
        chosen = rng.permutation(_COMPETENCIES)[:_REQUIRED]
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
    blocks = list(blocks_of(levels.shape[1], len(standards.codes), megabytes=512))
    parts = [np.ascontiguousarray(levels[:, block]) for block in blocks]

    def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda part: scores(standards, part, compiled=True).shape, parts))

    return run


@click.command()
@click.option("--people", type=click.IntRange(min=1000), default=31_898, show_default=True)
@click.option("--positions", type=click.IntRange(min=100), default=2_000, show_default=True)
@click.option("--nation", type=click.IntRange(min=10_000), default=5_000_000, show_default=True,
              help="People against one position.")
def main(people: int, positions: int, nation: int) -> None:
    """Measure, and print."""
    rng = np.random.default_rng(75)
    standards = make_standards(positions, rng)
    levels = rng.integers(0, 6, (_COMPETENCIES, people), dtype=np.uint8)
    pairs = people * positions

    square = rng.random((_SQUARE, _SQUARE), dtype=np.float32)
    peak = 2 * _SQUARE**3 / median_seconds(lambda: square @ square, 5)
    possible = peak / (2 * 5 * _COMPETENCIES)
    click.echo(f"GEMM peak, float32, all threads             {peak / 1e9:10.1f} GF/s, which allows {possible:.3g} pairs/s "
               "in thermometer form")

    start = time.perf_counter()
    plain = naive(standards, levels, 1000, 100)
    loop = 100_000 / (time.perf_counter() - start)
    click.echo(f"naive loop                                  {loop:10.3g} pairs/s")

    for threads in (1, _THREADS):
        taken = median_seconds(threaded(standards, levels, threads), 3)
        click.echo(f"fused kernel, {threads} thread(s)                   {pairs / taken:10.3g} pairs/s = "
                   f"{pairs / taken / possible:.2f} x the GEMM peak's, {pairs / taken / loop / threads:.0f} x naive a core, "
                   f"{taken:.2f} s for {people} x {positions}")
    sample = np.ascontiguousarray(levels[:, :8000])
    taken = median_seconds(lambda: scores_plainly(standards, sample), 3)
    click.echo(f"without a compiler, encoding included       {8000 * positions / taken:10.3g} pairs/s = "
               f"{100 * 8000 * positions / taken / possible:.0f} % of the GEMM peak's")

    differences = int(np.count_nonzero(scores(standards, levels[:, :1000], compiled=True)[:100] != np.array(plain)))
    differences += int(np.count_nonzero(scores_plainly(standards, levels[:, :1000])[:100] != np.array(plain)))
    wide = np.ascontiguousarray(levels[:, :people])
    same = np.array_equal(scores(standards, wide[:, :5000], compiled=True), scores_plainly(standards, wide[:, :5000]))
    click.echo(f"differences from the naive loop             {differences} of 200,000; compiled and plain alike on "
               f"{5000 * positions:,} pairs: {same}")

    one = make_standards(1, rng)
    many = rng.integers(0, 6, (_REQUIRED, nation), dtype=np.uint8)
    read = many.nbytes / median_seconds(lambda: many.view(np.uint64).sum(), 3)
    taken = median_seconds(lambda: scores(one, many, compiled=True), 3)
    listed = median_seconds(lambda: Succession.of(one, many, 50), 3)
    halves = [np.ascontiguousarray(half) for half in np.array_split(many, _THREADS, axis=1)]

    def together() -> Succession:
        with ThreadPoolExecutor(_THREADS) as pool:
            first, *rest = pool.map(lambda at: Succession.of(one, halves[at], 50, first=at * halves[0].shape[1]), range(_THREADS))
        for part in rest:
            first = first.merge(part)
        return first

    assert together().keys.tolist() == Succession.of(one, many, 50).keys.tolist()
    shared = median_seconds(together, 3)
    click.echo(f"one position, {nation:,} people             {1000 * taken:10.1f} ms = "
               f"{100 * many.nbytes / taken / read:.0f} % of the bandwidth of reading ({read / 1e9:.1f} GB/s); with gates and "
               f"top 50 {1000 * listed:.1f} ms = {100 * many.nbytes / listed / read:.0f} %, "
               f"by {_THREADS} threads {1000 * shared:.1f} ms = {100 * many.nbytes / shared / read:.0f} %")


if __name__ == "__main__":
    main()
