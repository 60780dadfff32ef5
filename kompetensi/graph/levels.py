"""Levels of many people by competency: a full table, or only what is known, whichever is smaller.

A table has one byte for each competency and person, known or not. Where a catalogue has thousands of competencies and a
person a dozen of them, the table would be nearly all zeros; then only the known levels are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DENSE_FROM", "Levels", "SparseLevels", "Table", "assessed_at", "levels_at", "levels_in", "make_levels"]

# The table has one byte for each level, known or not, and is read in order, many levels in a step; the sparse form has five
# bytes for each known one and jumps. Measured: from a fiftieth on the table is the quicker one.
DENSE_FROM = 1 / 50

Table = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SparseLevels:
    """Known levels, competency by competency.

    Attributes
    ----------
    people : int
        All people of the block, those without any level included.
    starts : array of int64, shape (competencies + 1,)
        ``starts[c]`` to ``starts[c + 1]`` are the known levels of competency c.
    person : array of int32
        Place of the person in the block, rising inside a competency.
    level : array of uint8
        0..5; a level 0 is one that was assessed as 0.
    """

    people: int
    starts: NDArray[np.int64]
    person: NDArray[np.int32]
    level: Table

    @property
    def shape(self) -> tuple[int, int]:
        """Competencies and people, as of a table."""
        return len(self.starts) - 1, self.people

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self.starts.nbytes + self.person.nbytes + self.level.nbytes

    def find(self, competency: NDArray[np.int64], person: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return where the levels of pairs of competency and person stand, and which of the pairs are there at all."""
        owner = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        known = owner * self.people + self.person
        asked = competency * self.people + person
        place = np.searchsorted(known, asked)
        place[place == len(known)] = 0
        return place, known[place] == asked if len(known) else np.zeros(len(asked), dtype=np.bool_)


Levels = Table | SparseLevels


def make_levels(
    competencies: int, people: int, competency: NDArray[np.int64], person: NDArray[np.int64], level: Table, *,
    sparse: bool | None = None,
) -> Levels:
    """Put known levels into the form that suits them.

    Parameters
    ----------
    competency, person, level : arrays of one length
        The known levels, each pair of competency and person once, in any order.
    sparse : bool or None
        None = sparse where less than `DENSE_FROM` of all pairs are known.
    """
    if sparse is None:
        sparse = len(level) < DENSE_FROM * competencies * people
    if not sparse:
        table = np.zeros((competencies, people), dtype=np.uint8)
        table[competency, person] = level
        return table
    order = np.lexsort((person, competency))
    starts = np.zeros(competencies + 1, dtype=np.int64)
    np.cumsum(np.bincount(competency, minlength=competencies), out=starts[1:])
    return SparseLevels(people, starts, person[order].astype(np.int32), level[order])


def levels_at(levels: Levels, competency: NDArray[np.int64], person: NDArray[np.int64]) -> Table:
    """Return the levels of pairs; what is not known is 0."""
    if not isinstance(levels, SparseLevels):
        return levels[competency, person]
    if not len(levels.level):
        return np.zeros(len(person), dtype=np.uint8)
    place, known = levels.find(competency, person)
    return np.where(known, levels.level[place], np.uint8(0))


def levels_in(levels: Levels, competency: int) -> Table:
    """Return everybody's level of one competency; what is not known is 0."""
    if not isinstance(levels, SparseLevels):
        row: Table = levels[competency]
        return row
    known = slice(levels.starts[competency], levels.starts[competency + 1])
    row = np.zeros(levels.people, dtype=np.uint8)
    row[levels.person[known]] = levels.level[known]
    return row


def assessed_at(
    levels: Levels, assessed: NDArray[np.bool_] | None, competency: NDArray[np.int64], person: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which pairs have a known level; a table needs `assessed`, because its zeros do not tell."""
    if isinstance(levels, SparseLevels):
        return levels.find(competency, person)[1]
    return levels[competency, person] > 0 if assessed is None else assessed[competency, person]
