"""The loops over people that pay for a compiler. Each has a plain twin beside its caller that gives the same numbers.

People are taken in tiles that stay in the processor's cache, and ten competencies in one pass, so that the sums are read
and written once in ten. All sums are 16-bit whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

__all__ = ["INDEX_BITS", "MOST_INDEX", "MOST_UNMET", "UNMET_BITS", "Kernels", "compiled_kernels"]

TILE = 16384
# A key orders candidates: score, then fewer unmet mandatory requirements, then the earlier one.
UNMET_BITS, INDEX_BITS = 8, 32
MOST_UNMET = (1 << UNMET_BITS) - 1
MOST_INDEX = (1 << INDEX_BITS) - 1

Kernel = Callable[..., None]


class Kernels(NamedTuple):
    """The compiled loops; ``*_known`` are those over the sparse form."""

    scores: Kernel
    scores_known: Kernel
    shortlist: Kernel
    shortlist_known: Kernel
    reached: Kernel
    reached_known: Kernel


@cache
def compiled_kernels() -> Kernels | None:
    """Return the loops, each compiled when it is first called; None where numba is not installed."""
    try:
        from numba import njit  # takes a second to load and each loop one or two to compile
    except ImportError:
        return None

    @njit(nogil=True, inline="always")
    def points(column: Any, most: Any, factor: Any, at: Any) -> Any:
        return np.uint16(min(column[at], most)) * factor

    @njit(nogil=True)
    def add_up(levels: Any, competency: Any, required: Any, factor: Any, first: Any, last: Any, begin: Any, row: Any) -> None:
        """Write the scores of the people from `begin` on into a row; requirements are first to last."""
        count = len(row)
        row[:] = 0
        column = np.zeros(10, dtype=np.int64)
        most = np.zeros(10, dtype=np.uint8)
        worth = np.zeros(10, dtype=np.uint16)
        item = first
        while item < last:
            width = 10 if last - item > 5 else 5
            for at in range(width):  # what is missing to five or ten counts a column once more, for no points
                inside = min(item + at, last - 1)
                column[at], most[at] = competency[inside], required[inside]
                worth[at] = factor[inside] if item + at < last else 0
            a, b, c, d, e = (
                levels[column[0], begin:begin + count], levels[column[1], begin:begin + count],
                levels[column[2], begin:begin + count], levels[column[3], begin:begin + count],
                levels[column[4], begin:begin + count])
            ma, mb, mc, md, me = most[0], most[1], most[2], most[3], most[4]
            pa, pb, pc, pd, pe = worth[0], worth[1], worth[2], worth[3], worth[4]
            if width == 5:
                for at in range(count):
                    row[at] += (points(a, ma, pa, at) + points(b, mb, pb, at) + points(c, mc, pc, at)
                                + points(d, md, pd, at) + points(e, me, pe, at))
            else:
                f, g, h, i, j = (
                    levels[column[5], begin:begin + count], levels[column[6], begin:begin + count],
                    levels[column[7], begin:begin + count], levels[column[8], begin:begin + count],
                    levels[column[9], begin:begin + count])
                mf, mg, mh, mi, mj = most[5], most[6], most[7], most[8], most[9]
                pf, pg, ph, pi, pj = worth[5], worth[6], worth[7], worth[8], worth[9]
                for at in range(count):
                    row[at] += (points(a, ma, pa, at) + points(b, mb, pb, at) + points(c, mc, pc, at)
                                + points(d, md, pd, at) + points(e, me, pe, at) + points(f, mf, pf, at)
                                + points(g, mg, pg, at) + points(h, mh, ph, at) + points(i, mi, pi, at)
                                + points(j, mj, pj, at))
            item += width

    @njit(nogil=True)
    def add_known(
        starts: Any, person: Any, level: Any, competency: Any, required: Any, factor: Any, first: Any, last: Any, row: Any
    ) -> None:
        row[:] = 0
        for item in range(first, last):
            most, worth = required[item], factor[item]
            for at in range(starts[competency[item]], starts[competency[item] + 1]):
                row[person[at]] += np.uint16(min(level[at], most)) * worth

    @njit(nogil=True)
    def scores(levels: Any, starts: Any, competency: Any, required: Any, factor: Any, out: Any) -> None:
        people = levels.shape[1]
        for begin in range(0, people, TILE):
            end = min(people, begin + TILE)
            for position in range(len(starts) - 1):
                add_up(levels, competency, required, factor, starts[position], starts[position + 1], begin,
                       out[position, begin:end])

    @njit(nogil=True)
    def scores_known(
        known: Any, person: Any, level: Any, starts: Any, competency: Any, required: Any, factor: Any, out: Any
    ) -> None:
        for position in range(len(starts) - 1):
            add_known(known, person, level, competency, required, factor, starts[position], starts[position + 1],
                      out[position])

    @njit(nogil=True)
    def lowest_that_enters(worst: Any) -> Any:
        """Return the lowest score that can still change a list; of equals that meet all gates the earlier one stays."""
        if worst < 0:
            return 0
        return (worst >> UNMET_BITS + INDEX_BITS) + (1 if worst >> INDEX_BITS & MOST_UNMET == MOST_UNMET else 0)

    @njit(nogil=True)
    def enter(keys: Any, score: Any, lacking: Any, index: Any) -> None:
        key = (((np.int64(score) << UNMET_BITS) | (MOST_UNMET - min(lacking, MOST_UNMET))) << INDEX_BITS) | (MOST_INDEX - index)
        last = len(keys) - 1
        if key <= keys[last]:
            return
        while last > 0 and keys[last - 1] < key:
            keys[last] = keys[last - 1]
            last -= 1
        keys[last] = key

    @njit(nogil=True)
    def highest(row: Any) -> Any:
        top = np.uint16(0)
        for at in range(len(row)):
            top = max(top, row[at])
        return top

    @njit(nogil=True)
    def shortlist(
        levels: Any, starts: Any, competency: Any, required: Any, factor: Any, mandatory: Any, before: Any, keys: Any
    ) -> None:
        people = levels.shape[1]
        room = np.empty(min(TILE, people), dtype=np.uint16)
        for begin in range(0, people, TILE):
            row = room[:min(people, begin + TILE) - begin]
            for position in range(len(starts) - 1):
                first, last = starts[position], starts[position + 1]
                add_up(levels, competency, required, factor, first, last, begin, row)
                least = lowest_that_enters(keys[position, -1])
                if highest(row) < least:
                    continue
                for at in range(len(row)):
                    if row[at] >= least:
                        lacking = 0
                        for item in range(first, last):
                            if mandatory[item] and levels[competency[item], begin + at] < required[item]:
                                lacking += 1
                        enter(keys[position], row[at], lacking, before + begin + at)
                        least = lowest_that_enters(keys[position, -1])

    @njit(nogil=True)
    def known_level(known: Any, person: Any, level: Any, competency: Any, wanted: Any) -> Any:
        low, high = known[competency], known[competency + 1]
        while low < high:
            middle = (low + high) // 2
            if person[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        return level[low] if low < known[competency + 1] and person[low] == wanted else 0

    @njit(nogil=True)
    def shortlist_known(
        known: Any, person: Any, level: Any, people: Any, starts: Any, competency: Any, required: Any, factor: Any,
        mandatory: Any, before: Any, keys: Any,
    ) -> None:
        row = np.empty(people, dtype=np.uint16)
        for position in range(len(starts) - 1):
            first, last = starts[position], starts[position + 1]
            add_known(known, person, level, competency, required, factor, first, last, row)
            least = lowest_that_enters(keys[position, -1])
            for at in range(people):
                if row[at] >= least:
                    lacking = 0
                    for item in range(first, last):
                        if mandatory[item] and known_level(known, person, level, competency[item], at) < required[item]:
                            lacking += 1
                    enter(keys[position], row[at], lacking, before + at)
                    least = lowest_that_enters(keys[position, -1])

    @njit(nogil=True)
    def count(
        row: Any, short: Any, unit: Any, thresholds: Any, position: Any, step: Any, cells: Any, counts: Any, gated: Any
    ) -> None:
        """Add the people of a row to the counts by their highest threshold; `cells` is small enough for the cache."""
        size = len(row)
        for at in range(size):
            step[at] = short[at] > 0
        for bound in thresholds:
            for at in range(size):
                step[at] += 2 * (row[at] >= bound)
        cells[:] = 0
        for at in range(size):
            cells[unit[at], step[at]] += 1
        for agency in range(len(cells)):
            for bound in range(len(thresholds)):
                whole = cells[agency, 2 * bound + 2]
                counts[agency, position, bound] += whole + cells[agency, 2 * bound + 3]
                gated[agency, position, bound] += whole

    @njit(nogil=True)
    def reached(
        levels: Any, unit: Any, starts: Any, competency: Any, required: Any, factor: Any, mandatory: Any, thresholds: Any,
        counts: Any, gated: Any,
    ) -> None:
        people = levels.shape[1]
        room = np.empty(min(TILE, people), dtype=np.uint16)
        lacking, step = np.empty(min(TILE, people), dtype=np.uint8), np.empty(min(TILE, people), dtype=np.uint8)
        cells = np.empty((len(counts), 2 * len(thresholds) + 2), dtype=np.int64)
        for begin in range(0, people, TILE):
            size = min(people, begin + TILE) - begin
            row, short = room[:size], lacking[:size]
            for position in range(len(starts) - 1):
                first, last = starts[position], starts[position + 1]
                add_up(levels, competency, required, factor, first, last, begin, row)
                short[:] = 0
                for item in range(first, last):
                    if mandatory[item]:
                        column, most = levels[competency[item], begin:begin + size], required[item]
                        for at in range(size):
                            short[at] |= column[at] < most
                count(row, short, unit[begin:begin + size], thresholds, position, step[:size], cells, counts, gated)

    @njit(nogil=True)
    def reached_known(
        known: Any, person: Any, level: Any, unit: Any, starts: Any, competency: Any, required: Any, factor: Any,
        mandatory: Any, thresholds: Any, counts: Any, gated: Any,
    ) -> None:
        people = len(unit)
        row, short = np.empty(people, dtype=np.uint16), np.empty(people, dtype=np.uint16)
        step = np.empty(people, dtype=np.uint8)
        cells = np.empty((len(counts), 2 * len(thresholds) + 2), dtype=np.int64)
        for position in range(len(starts) - 1):
            first, last = starts[position], starts[position + 1]
            add_known(known, person, level, competency, required, factor, first, last, row)
            short[:] = mandatory[first:last].sum()
            for item in range(first, last):
                if mandatory[item]:
                    for at in range(known[competency[item]], known[competency[item] + 1]):
                        short[person[at]] -= level[at] >= required[item]
            count(row, short, unit, thresholds, position, step, cells, counts, gated)

    return Kernels(scores, scores_known, shortlist, shortlist_known, reached, reached_known)
