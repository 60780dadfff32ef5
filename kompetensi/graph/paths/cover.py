"""Cheap set covers by local search: where exact search begins, not where it ends.

Rows that stay uncovered weigh more with each step, so the search leaves a choice from which single exchanges lead no further
(row weighting local search; Gao and others, 2015). It proves nothing. But who has a cheap cover refutes what would be cheaper
once, instead of one limit after the other, each a little higher.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Collection, Sequence

import numpy as np

__all__ = ["cheap_cover"]

# After so many steps without a cheaper cover the search begins again at the cheapest, with equal weights; and so often.
_PATIENCE, _ATTEMPTS = 2_500, 6


def cheap_cover(costs: Sequence[int], rows: Sequence[Collection[int]], start: Collection[int], *, deadline: float = math.inf) -> list[int]:
    """Return a cover that costs no more than another.

    Parameters
    ----------
    costs : sequence of int
        By column, at least 0.
    rows : sequence of collection of int
        The columns that cover each row.
    start : collection of int
        The columns of a cover.
    deadline : float
        ``time.monotonic()`` at which to stop.

    Returns
    -------
    list of int
        The columns of a cover, rising. The same for the same arguments unless the deadline struck.
    """
    draw = random.Random(0)
    covers = np.zeros((len(costs), len(rows)))
    for row, columns in enumerate(rows):
        covers[list(columns), row] = 1
    giving = [np.array(sorted(columns), dtype=np.int64) for columns in rows]
    # What costs nothing is cheaper than all else.
    prices = np.maximum(np.array(costs, dtype=float), 0.5)
    weights = np.ones(len(rows))
    taken = np.zeros(len(costs), dtype=bool)
    taken[list(start)] = True
    times = covers[taken].sum(axis=0)
    changed = np.zeros(len(costs), dtype=np.int64)
    best, least = taken.copy(), sum(costs[column] for column in start)
    cost, step, last, added, attempts = least, 0, 0, -1, 0

    def leave(kept: int) -> int:
        """Give up the column whose rows weigh least for its price, the one that was longest there first."""
        inside = np.flatnonzero(taken)
        inside = inside[inside != kept]
        if not len(inside):
            return 0
        losses = covers[inside] @ (weights * (times == 1)) / prices[inside]
        column = int(inside[np.lexsort((changed[inside], losses))[0]])
        taken[column] = False
        times[:] -= covers[column]
        changed[column] = step
        return costs[column]

    while time.monotonic() < deadline:
        step += 1
        if step - last > _PATIENCE:
            attempts += 1
            if attempts == _ATTEMPTS:
                break
            weights[:], last, cost, added = 1, step, least, -1
            taken = best.copy()
            times = covers[taken].sum(axis=0)
        while np.all(times > 0):
            if cost < least:
                best, least, last = taken.copy(), cost, step
            if not taken.any():
                break
            cost -= leave(-1)
        cost -= leave(added)
        while True:
            open_rows = np.flatnonzero(times == 0)
            if not len(open_rows):
                break
            columns = giving[draw.choice(open_rows.tolist())]
            gains = covers[columns] @ (weights * (times == 0)) / prices[columns]
            gains[changed[columns] == step] = -1  # what has just left
            column = int(columns[np.lexsort((changed[columns], -gains))[0]])
            if cost + costs[column] >= least:
                break
            taken[column] = True
            times += covers[column]
            changed[column] = step
            cost += costs[column]
            added = column
            weights[times == 0] += 1
    return [int(column) for column in np.flatnonzero(best)]
