"""Readiness of a population: everyone against every position, in blocks, in whole numbers.

The score is the one of `readiness`: the sum over the requirements of share x (60 / required) x min(level, required), where
the shares are whole numbers that add up to 1,000, so 0..60,000 and a 16-bit number. Comparisons are between whole numbers;
the only division is the one that shows a percentage.

Blocks of people are independent, and what is kept of them (`Succession`, and `population`'s counts) merges in any order to
the same result. So the same functions serve one process, several threads, or many machines; the matrix of all people and
all positions is never there. Levels come as a table or in the sparse form (`levels`), and the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kompetensi.graph.elements import Importance, Position
from kompetensi.graph.kernels import INDEX_BITS, MOST_INDEX, MOST_UNMET, UNMET_BITS, Kernels, compiled_kernels
from kompetensi.graph.levels import Levels, SparseLevels, Table, levels_at, make_levels
from kompetensi.graph.readiness import weights_of

__all__ = ["Match", "Standards", "Succession", "compile_standards", "kernels_for", "levels_of", "nearest",
           "ready_counts", "scores", "scores_plainly", "unmet",
           "worth_compiling"]

_POINTS = 60
_TILE = 4096
# Requirements times people; below it the plain way is done before a compiler has been loaded and has done its work.
_WORTH_COMPILING = 1_000_000_000


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
    required: Table
    factor: NDArray[np.uint16]
    mandatory: NDArray[np.bool_]

    def only(self, places: Sequence[int]) -> Standards:
        """Return the standards of some positions, in the order given; the columns of the levels stay."""
        starts, ends = self.starts[list(places)], self.starts[[place + 1 for place in places]]
        many = ends - starts
        item = np.repeat(starts - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))
        return Standards(
            tuple(self.codes[place] for place in places), self.competencies, np.concatenate(([0], np.cumsum(many))),
            self.competency[item], self.required[item], self.factor[item], self.mandatory[item])


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


def levels_of(standards: Standards, people: Sequence[Mapping[str, int]], *, sparse: bool | None = None) -> Levels:
    """Return the levels of people, shape (competencies, people); what nobody requires is left out.

    Parameters
    ----------
    people : sequence of mapping of str to int
        Known levels by competency code; what is not known counts as 0.
    sparse : bool or None
        See `levels.make_levels`; None = the form that suits how many are known.
    """
    column = {name: place for place, name in enumerate(standards.competencies)}
    known = np.array([(column[name], at, level) for at, person in enumerate(people) for name, level in person.items()
                      if name in column], dtype=np.int64).reshape(-1, 3)
    return make_levels(len(standards.competencies), len(people), known[:, 0], known[:, 1], known[:, 2].astype(np.uint8),
                       sparse=sparse)


def worth_compiling(standards: Standards, people: int) -> bool:
    """Whether so many people pay for loading the compiler; whoever cuts them into blocks asks it for all of them."""
    return standards.required.size * people >= _WORTH_COMPILING


def kernels_for(standards: Standards, levels: Levels, compiled: bool | None) -> Kernels | None:
    """Return the compiled loops, or None for the plain way.

    Parameters
    ----------
    compiled : bool or None
        Use numba when it is there; None = when the block is large enough to pay for loading it. Both ways give the same
        numbers.
    """
    if compiled is None:
        compiled = worth_compiling(standards, levels.shape[1])
    return compiled_kernels() if compiled else None


def scores(standards: Standards, levels: Levels, *, compiled: bool | None = None) -> NDArray[np.uint16]:
    """Return the score of each position and person of a block.

    Parameters
    ----------
    levels : Levels, shape (competencies, people)
    compiled : bool or None
        See `kernels_for`.

    Returns
    -------
    array of uint16, shape (positions, people)
    """
    kernels = kernels_for(standards, levels, compiled)
    if kernels is None:
        return scores_plainly(standards, levels)
    out = np.empty((len(standards.codes), levels.shape[1]), dtype=np.uint16)
    asked = standards.starts, standards.competency, standards.required, standards.factor
    if isinstance(levels, SparseLevels):
        kernels.scores_known(levels.starts, levels.person, levels.level, *asked, out)
    else:
        kernels.scores(np.ascontiguousarray(levels), *asked, out)
    return out


def scores_plainly(standards: Standards, levels: Levels) -> NDArray[np.uint16]:
    """Return the same without a compiler: a product of matrices.

    A level is written as its steps (1 up to the level, then 0), and a requirement gives its points to each step up to the
    required one. Sums stay below 2**24, so 32-bit floating point is exact. Levels in the sparse form take a product of two
    sparse matrices, and wide catalogues one of a sparse and a full one.
    """
    from scipy import sparse  # only without a compiler

    count, people = levels.shape
    required = standards.required.astype(np.int64)
    owner, step = _steps(required)
    position = np.repeat(np.arange(len(standards.codes)), np.diff(standards.starts))[owner]
    points = sparse.csr_array(
        (standards.factor[owner].astype(np.float32), (position, standards.competency[owner] * 5 + step)),
        shape=(len(standards.codes), 5 * count))
    if isinstance(levels, SparseLevels):
        entry, step = _steps(np.minimum(levels.level, 5).astype(np.int64))
        competency = np.repeat(np.arange(count), np.diff(levels.starts))[entry]
        climbed = sparse.csr_array(
            (np.ones(len(entry), dtype=np.float32), (competency * 5 + step, levels.person[entry])),
            shape=(5 * count, people))
        return np.asarray((points @ climbed).toarray()).astype(np.uint16)
    steps = (levels[:, None, :] > np.arange(5, dtype=np.uint8)[None, :, None]).reshape(5 * count, people)
    dense = points.nnz * 20 > points.shape[0] * points.shape[1]
    product = (points.toarray() if dense else points) @ steps.astype(np.float32)
    return np.asarray(product).astype(np.uint16)


def _steps(levels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each level's place once for each of its steps, and the steps from 0 on."""
    owner = np.repeat(np.arange(len(levels)), levels)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(levels) - levels, levels)


def unmet(standards: Standards, levels: Levels) -> Table:
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
    def of(
        cls, standards: Standards, levels: Levels, count: int, *, first: int = 0, compiled: bool | None = None
    ) -> Succession:
        """Return the best of a block whose first person has place `first` among all people.

        Ties: fewer unmet mandatory requirements, then the earlier person.
        """
        kernels = kernels_for(standards, levels, compiled)
        if kernels is None:
            return cls(count, _shortlist_plainly(standards, levels, count, first))
        keys = np.full((len(standards.codes), min(count, levels.shape[1])), -1, dtype=np.int64)
        asked = standards.starts, standards.competency, standards.required, standards.factor, standards.mandatory
        if not keys.shape[1]:
            return cls(count, keys)
        if isinstance(levels, SparseLevels):
            kernels.shortlist_known(levels.starts, levels.person, levels.level, levels.people, *asked, first, keys)
        else:
            kernels.shortlist(np.ascontiguousarray(levels), *asked, first, keys)
        return cls(count, keys)

    def merge(self, other: Succession) -> Succession:
        """Return the best of both; the order of merging does not matter."""
        return Succession(self.count, _top(np.concatenate((self.keys, other.keys), axis=1), self.count))

    def of_position(self, place: int) -> tuple[Match, ...]:
        """Return the people of one position, best first."""
        return tuple(_match(key) for key in self.keys[place])


def _shortlist_plainly(standards: Standards, levels: Levels, count: int, first: int) -> NDArray[np.int64]:
    found = scores_plainly(standards, levels)
    keys = np.empty((len(standards.codes), min(count, levels.shape[1])), dtype=np.int64)
    for place, row in enumerate(found):
        likely = _likely(row, count)
        lacking = _lacking(standards, place, levels, likely)
        keys[place] = _top(_keys(row[likely], lacking, first + likely)[None, :], count)[0]
    return keys


def _likely(row: NDArray[np.uint16], count: int) -> NDArray[np.int64]:
    """Return the people who can be among the best: the best of so many tiles show a score that `count` people reach."""
    tiles = len(row) // _TILE
    if tiles <= count:
        return np.arange(len(row))
    best = row[:tiles * _TILE].reshape(tiles, _TILE).max(axis=1)
    return np.flatnonzero(row >= np.partition(best, tiles - count)[tiles - count])


def _lacking(standards: Standards, place: int, levels: Levels, people: NDArray[np.int64]) -> Table:
    lacking = np.zeros(len(people), dtype=np.uint8)
    for row in range(standards.starts[place], standards.starts[place + 1]):
        if standards.mandatory[row]:
            competency = np.full(len(people), standards.competency[row])
            short = levels_at(levels, competency, people) < standards.required[row]
            lacking += short & (lacking < MOST_UNMET)
    return lacking


def _keys(score: NDArray[np.uint16], lacking: Table, index: NDArray[Any]) -> NDArray[np.int64]:
    keys = score.astype(np.int64) << UNMET_BITS
    keys |= MOST_UNMET - lacking.astype(np.int64)
    keys <<= INDEX_BITS
    keys |= MOST_INDEX - index.astype(np.int64)
    return keys


def _match(key: int) -> Match:
    key = int(key)
    return Match(MOST_INDEX - (key & MOST_INDEX), key >> INDEX_BITS + UNMET_BITS,
                 MOST_UNMET - (key >> INDEX_BITS & MOST_UNMET))


def _top(keys: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the largest keys of each row, largest first; keys are unique in a row."""
    if keys.shape[1] > count:
        keys = np.partition(keys, keys.shape[1] - count, axis=1)[:, keys.shape[1] - count:]
    return np.ascontiguousarray(np.sort(keys, axis=1)[:, ::-1])
