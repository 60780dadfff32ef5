"""How alike two standards are: what both ask for, as a share of what at least one asks for.

The weighted Jaccard index of levels [1]_: the sum over the competencies of the lower level by the sum of the higher one. It is
symmetric, 1 for equal requirements, 0 when nothing is shared, and one minus it is a metric. Sums are whole numbers and shares
are compared as fractions, so ties are ties.

References
----------
.. [1] S. Ioffe, "Improved consistent sampling, weighted minhash and L1 sketching", ICDM 2010, pp. 246-255.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.career import UnknownPosition
from kompetensi.graph.elements import Position

__all__ = ["Compared", "Similar", "Similarity", "similar", "similarity"]


@dataclass(frozen=True, slots=True)
class Similarity:
    """All positions against all positions.

    Attributes
    ----------
    codes : tuple of str
        Sorted.
    shared, joint : array of int64, shape (positions, positions)
        Sum of the lower levels, and of the higher ones; the similarity is ``shared / joint``, and 0 where `joint` is 0.
    """

    codes: tuple[str, ...]
    shared: NDArray[np.int64]
    joint: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compared:
    """One competency of two standards; a level of 0 = not asked for."""

    competency: str
    mine: int
    other: int


@dataclass(frozen=True, slots=True)
class Similar:
    """Positions with equal requirements, as they compare with the one asked about.

    Attributes
    ----------
    positions : tuple of str
        Sorted.
    shared, joint : int
        The similarity is ``shared / joint``.
    common : tuple of Compared
        Competencies that both ask for, whatever the level.
    missing : tuple of Compared
        Those that the others ask for alone or at a higher level: what a holder of the asked one would lack.
    beyond : tuple of Compared
        Those that the asked one asks for alone or at a higher level.
    """

    positions: tuple[str, ...]
    shared: int
    joint: int
    common: tuple[Compared, ...]
    missing: tuple[Compared, ...]
    beyond: tuple[Compared, ...]

    @property
    def share(self) -> Fraction:
        """The similarity, 0..1."""
        return Fraction(self.shared, self.joint) if self.joint else Fraction(0)


def similarity(graph: CompetencyGraph) -> Similarity:
    """Compare all positions; complexity positions squared times competencies, memory positions squared."""
    levels = _levels(graph.positions.values(), sorted({
        item.competency for position in graph.positions.values() for item in position.requirements}))
    size = len(levels)
    shared, joint = np.zeros((size, size), dtype=np.int64), np.zeros((size, size), dtype=np.int64)
    for column in levels.T:
        shared += np.minimum(column[:, None], column[None, :])
        joint += np.maximum(column[:, None], column[None, :])
    return Similarity(tuple(graph.positions), shared, joint)


def similar(graph: CompetencyGraph, code: str, count: int) -> tuple[Similar, ...]:
    """Return the positions most like one, those with equal requirements together.

    Parameters
    ----------
    graph : CompetencyGraph
    code : str
        Of a position.
    count : int
        Most rows to return, at least 0.

    Returns
    -------
    tuple of Similar
        The most alike first; ties: fewer levels to make up, then the first code. Those that share nothing are left out.

    Raises
    ------
    UnknownPosition
        If the graph does not have it.

    Notes
    -----
    Complexity positions x competencies, plus the sort.
    """
    if code not in graph.positions:
        raise UnknownPosition(code)
    mine = _asked(graph.positions[code])
    groups: dict[frozenset[tuple[str, int]], list[str]] = {}
    for position in graph.positions.values():
        if position.code != code:
            groups.setdefault(frozenset(_asked(position).items()), []).append(position.code)
    rows = (_compare(mine, dict(asked), tuple(codes)) for asked, codes in groups.items())
    return tuple(sorted((row for row in rows if row.shared), key=lambda row: (
        -row.share, sum(item.other - item.mine for item in row.missing), row.positions))[:count])


def _asked(position: Position) -> dict[str, int]:
    return {item.competency: item.level for item in position.requirements}


def _compare(mine: dict[str, int], other: dict[str, int], codes: tuple[str, ...]) -> Similar:
    rows = [Compared(code, mine.get(code, 0), other.get(code, 0)) for code in sorted({*mine, *other})]
    return Similar(
        codes, sum(min(row.mine, row.other) for row in rows), sum(max(row.mine, row.other) for row in rows),
        tuple(row for row in rows if row.mine and row.other), tuple(row for row in rows if row.other > row.mine),
        tuple(row for row in rows if row.mine > row.other))


def _levels(positions: Iterable[Position], competencies: list[str]) -> NDArray[np.int64]:
    column = {code: at for at, code in enumerate(competencies)}
    rows = [_asked(position) for position in positions]
    levels = np.zeros((len(rows), len(competencies)), dtype=np.int64)
    for at, row in enumerate(rows):
        for code, level in row.items():
            levels[at, column[code]] = level
    return levels
