"""Readiness of a population: everyone against every position, in blocks, in whole numbers.

The score is the one of `readiness`: the sum over the requirements of share x (60 / required) x min(level, required), where
the shares are whole numbers that add up to 1,000, so 0..60,000 and a 16-bit number. Comparisons are between whole numbers;
the only division is the one that shows a percentage.

Blocks of people are independent, and what is kept of them (`Succession`) merges in any order to the same result. So the same
functions serve one process, several threads, or many machines; the matrix of all people and all positions is never there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kompetensi.graph.elements import Importance, Position
from kompetensi.graph.readiness import weights_of

__all__ = ["Match", "Standards", "Succession", "blocks_of", "compile_standards", "levels_of", "nearest", "ready_counts",
           "scores", "scores_plainly", "unmet"]

_POINTS = 60
_TILE = 4096
# Requirements times people; below it the plain way is done before a compiler has been loaded.
_WORTH_COMPILING = 50_000_000
# A key orders candidates: score, then fewer unmet mandatory requirements, then the earlier one.
_UNMET_BITS, _INDEX_BITS = 8, 32
_MOST_UNMET = (1 << _UNMET_BITS) - 1
_MOST_INDEX = (1 << _INDEX_BITS) - 1

Levels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Standards:
    """Requirements of all positions, one after the other.

    Attributes
    ----------
    codes : tuple of str
        Positions, sorted.
    competencies : tuple of str
        Columns of the levels, sorted: those that some position requires.
    starts : array of int64
        ``starts[p]`` to ``starts[p + 1]`` are the requirements of position p.
    competency, required, factor, mandatory : arrays
        By requirement: column, level 1..5, points for each level (share x 60 / level), and whether it is `MUTLAK`.
    """

    codes: tuple[str, ...]
    competencies: tuple[str, ...]
    starts: NDArray[np.int64]
    competency: NDArray[np.int64]
    required: Levels
    factor: NDArray[np.uint16]
    mandatory: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Match:
    """One position of a person, or one person of a position.

    Attributes
    ----------
    index : int
        Place of the position among the standards, or of the person among all people.
    score : int
        0..60,000.
    unmet : int
        Mandatory requirements that are not reached.
    """

    index: int
    score: int
    unmet: int


def compile_standards(positions: Iterable[Position]) -> Standards:
    """Put the standards of positions into arrays; a position without requirements has score 0 for everybody."""
    ordered = sorted(positions, key=lambda position: position.code)
    names = sorted({item.competency for position in ordered for item in position.requirements})
    column = {name: place for place, name in enumerate(names)}
    starts = [0]
    rows: list[tuple[int, int, int, bool]] = []
    for position in ordered:
        weights = weights_of(position)
        rows += [(column[item.competency], item.level, weights[item.competency] * _POINTS // item.level,
                  item.importance is Importance.MUTLAK)
                 for item in sorted(position.requirements, key=lambda item: item.competency)]
        starts.append(len(rows))
    return Standards(
        tuple(position.code for position in ordered), tuple(names), np.array(starts, dtype=np.int64),
        np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.uint8),
        np.array([row[2] for row in rows], dtype=np.uint16), np.array([row[3] for row in rows], dtype=np.bool_))


def levels_of(standards: Standards, people: Sequence[Mapping[str, int]]) -> Levels:
    """Return the levels of people, shape (competencies, people); what is not known is 0, what nobody requires is left out."""
    levels = np.zeros((len(standards.competencies), len(people)), dtype=np.uint8)
    column = {name: place for place, name in enumerate(standards.competencies)}
    for at, person in enumerate(people):
        for name, level in person.items():
            if name in column:
                levels[column[name], at] = level
    return levels


def blocks_of(people: int, positions: int, *, megabytes: int = 256) -> Iterator[slice]:
    """Yield slices of people whose block, keys and partition included, stays within so much memory."""
    size = max(1, megabytes * 1_000_000 // max(1, positions) // 32)
    for start in range(0, people, size):
        yield slice(start, min(people, start + size))


def scores(standards: Standards, levels: Levels, *, compiled: bool | None = None) -> NDArray[np.uint16]:
    """Return the score of each position and person of a block.

    Parameters
    ----------
    levels : array of uint8, shape (competencies, people)
    compiled : bool or None
        Use numba when it is there; None = when the block is large enough to pay for loading it. Both ways give the same
        numbers.

    Returns
    -------
    array of uint16, shape (positions, people)
    """
    if compiled is None:
        compiled = standards.required.size * levels.shape[1] >= _WORTH_COMPILING
    kernel = _kernel() if compiled else None
    if kernel is None:
        return scores_plainly(standards, levels)
    out = np.empty((len(standards.codes), levels.shape[1]), dtype=np.uint16)
    kernel(np.ascontiguousarray(levels), standards.starts, standards.competency, standards.required, standards.factor, out)
    return out


def scores_plainly(standards: Standards, levels: Levels) -> NDArray[np.uint16]:
    """Return the same without a compiler: a product of matrices.

    A level is written as its steps (1 up to the level, then 0), and a requirement gives its points to each step up to the
    required one. Sums stay below 2**24, so 32-bit floating point is exact. Wide catalogues take the sparse product.
    """
    from scipy import sparse  # only without a compiler

    count = len(standards.competencies)
    required = standards.required.astype(np.int64)
    owner = np.repeat(np.arange(len(required)), required)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(required) - required, required)
    position = np.repeat(np.arange(len(standards.codes)), np.diff(standards.starts))[owner]
    points = sparse.csr_matrix(
        (standards.factor[owner].astype(np.float32), (position, standards.competency[owner] * 5 + step)),
        shape=(len(standards.codes), 5 * count))
    climbed = (levels[:, None, :] > np.arange(5, dtype=np.uint8)[None, :, None]).reshape(5 * count, levels.shape[1])
    dense = points.nnz * 20 > points.shape[0] * points.shape[1]
    product = (points.toarray() if dense else points) @ climbed.astype(np.float32)
    return np.asarray(product).astype(np.uint16)


def unmet(standards: Standards, levels: Levels) -> NDArray[np.uint8]:
    """Return how many mandatory requirements of each position each person lacks, shape (positions, people); 255 = or more."""
    everybody = np.arange(levels.shape[1])
    lacking = np.zeros((len(standards.codes), levels.shape[1]), dtype=np.uint8)
    for place, row in enumerate(lacking):
        row[:] = _lacking(standards, place, levels, everybody)
    return lacking


def ready_counts(standards: Standards, levels: Levels, threshold: int) -> NDArray[np.int64]:
    """Return how many people of a block reach a score, by position; `threshold` is 0..60,000 and counts as reached."""
    reached: NDArray[np.int64] = (scores(standards, levels) >= threshold).sum(axis=1, dtype=np.int64)
    return reached


def nearest(standards: Standards, levels: Levels, count: int) -> list[tuple[Match, ...]]:
    """Return, for each person of a block, the positions with the highest scores.

    Ties: fewer unmet mandatory requirements, then the earlier position.
    """
    keys = _keys(scores(standards, levels), unmet(standards, levels), np.arange(len(standards.codes))[:, None])
    best = _top(keys.T, count)
    return [tuple(_match(key) for key in row) for row in best]


@dataclass(frozen=True, slots=True)
class Succession:
    """The best people of each position so far.

    Attributes
    ----------
    keys : array of int64, shape (positions, at most `count`)
        Best first.
    """

    count: int
    keys: NDArray[np.int64]

    @classmethod
    def of(cls, standards: Standards, levels: Levels, count: int, *, first: int = 0) -> Succession:
        """Return the best of a block whose first person has place `first` among all people.

        Ties: fewer unmet mandatory requirements, then the earlier person.
        """
        found = scores(standards, levels)
        keys = np.empty((len(standards.codes), min(count, levels.shape[1])), dtype=np.int64)
        for place, row in enumerate(found):
            likely = _likely(row, count)
            lacking = _lacking(standards, place, levels, likely)
            keys[place] = _top(_keys(row[likely], lacking, first + likely)[None, :], count)[0]
        return cls(count, keys)

    def merge(self, other: Succession) -> Succession:
        """Return the best of both; the order of merging does not matter."""
        return Succession(self.count, _top(np.concatenate((self.keys, other.keys), axis=1), self.count))

    def of_position(self, place: int) -> tuple[Match, ...]:
        """Return the people of one position, best first."""
        return tuple(_match(key) for key in self.keys[place])


def _likely(row: NDArray[np.uint16], count: int) -> NDArray[np.int64]:
    """Return the people who can be among the best: the best of so many tiles show a score that `count` people reach."""
    tiles = len(row) // _TILE
    if tiles <= count:
        return np.arange(len(row))
    best = row[:tiles * _TILE].reshape(tiles, _TILE).max(axis=1)
    return np.flatnonzero(row >= np.partition(best, tiles - count)[tiles - count])


def _lacking(standards: Standards, place: int, levels: Levels, people: NDArray[np.int64]) -> NDArray[np.uint8]:
    lacking = np.zeros(len(people), dtype=np.uint8)
    for row in range(standards.starts[place], standards.starts[place + 1]):
        if standards.mandatory[row]:
            short = levels[standards.competency[row], people] < standards.required[row]
            lacking += short & (lacking < _MOST_UNMET)
    return lacking


def _keys(score: NDArray[np.uint16], lacking: NDArray[np.uint8], index: NDArray[Any]) -> NDArray[np.int64]:
    keys = score.astype(np.int64) << _UNMET_BITS
    keys |= _MOST_UNMET - lacking.astype(np.int64)
    keys <<= _INDEX_BITS
    keys |= _MOST_INDEX - index.astype(np.int64)
    return keys


def _match(key: int) -> Match:
    key = int(key)
    return Match(_MOST_INDEX - (key & _MOST_INDEX), key >> _INDEX_BITS + _UNMET_BITS,
                 _MOST_UNMET - (key >> _INDEX_BITS & _MOST_UNMET))


def _top(keys: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the largest keys of each row, largest first; keys are unique in a row."""
    if keys.shape[1] > count:
        keys = np.partition(keys, keys.shape[1] - count, axis=1)[:, keys.shape[1] - count:]
    return np.ascontiguousarray(np.sort(keys, axis=1)[:, ::-1])


@cache
def _kernel() -> Callable[..., None] | None:
    """Return the compiled kernel; None where numba is not installed."""
    try:
        from numba import njit  # takes a second to load and one to compile
    except ImportError:
        return None

    @njit(nogil=True)
    def fused(levels: Any, starts: Any, competency: Any, required: Any, factor: Any, out: Any) -> None:
        people = levels.shape[1]
        for begin in range(0, people, _TILE):
            end = min(people, begin + _TILE)
            for position in range(len(starts) - 1):
                row = out[position, begin:end]
                row[:] = 0
                for item in range(starts[position], starts[position + 1]):
                    column = levels[competency[item], begin:end]
                    most, points = required[item], factor[item]
                    for at in range(end - begin):
                        row[at] += np.uint16(min(column[at], most)) * points

    return fused
