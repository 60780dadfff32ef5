"""What is asked of a whole population, answered block by block: gap heat map, counts over thresholds, means, short lists.

`survey` is a pure function of one block of people. What it returns merges with what it returned of other blocks, in any
order and any grouping, to the same whole numbers, so the blocks may be done one after the other or on many machines. A
block's memory is bounded by `block_bytes`; `people_per_block` turns a number of megabytes into a size.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from kompetensi.graph.levels import Levels, SparseLevels, assessed_at, levels_at
from kompetensi.graph.matching import Standards, Succession, kernels_for, scores_plainly

__all__ = ["Block", "BlockRunner", "Findings", "GapMap", "LevelCounts", "Question", "Reached", "block_bytes", "blocks_of",
           "people_per_block", "run_here", "survey"]

_STEPS = 6  # levels 0 to 5


@dataclass(frozen=True, slots=True)
class Block:
    """Some of the people, one after the other.

    Attributes
    ----------
    levels : Levels, shape (competencies, people)
    unit : array of int32, shape (people,)
        Place of the agency that each belongs to, 0 .. agencies - 1.
    position : array of int32, shape (people,)
        Place among the standards of the position that each is held against in the gap map; -1 = none.
    assessed : array of bool, shape (competencies, people), or None
        Which levels of a table are known; None = those above 0, and in the sparse form those that are kept.
    first : int
        Place of the first person among all people.
    """

    levels: Levels
    unit: NDArray[np.int32]
    position: NDArray[np.int32]
    assessed: NDArray[np.bool_] | None = None
    first: int = 0

    @property
    def people(self) -> int:
        """People of this block."""
        return len(self.unit)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        known = 0 if self.assessed is None else self.assessed.nbytes
        return self.levels.nbytes + self.unit.nbytes + self.position.nbytes + known


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be found out.

    Attributes
    ----------
    units : int
        How many agencies there are.
    gaps, means : bool
        Whether the gap map and the counts of levels are asked for.
    thresholds : tuple of int
        Scores 0..60,000 in rising order; empty = no counts.
    count : int
        Length of the short list of each position; 0 = none.
    positions : tuple of int or None
        Places of the positions that counts and short lists are asked of, which is their order in the findings; None = all.
    compiled : bool or None
        See `matching.kernels_for`.
    measure : bool
        Whether `Findings.peak_bytes` is measured; it watches every allocation of the process meanwhile.
    """

    units: int
    gaps: bool = False
    means: bool = False
    thresholds: tuple[int, ...] = ()
    count: int = 0
    positions: tuple[int, ...] | None = None
    compiled: bool | None = None
    measure: bool = False


@dataclass(frozen=True, slots=True)
class GapMap:
    """Levels that are missing, by agency and competency; each person is held against one position's standard.

    Attributes
    ----------
    asked, assessed, short : arrays of int64, shape (agencies, competencies)
        People whose standard asks for the competency; those of them with a known level; those whose level is too low.
    missing, required : arrays of int64, shape (agencies, competencies)
        Sums over the assessed people of what is missing, max(required - level, 0), and of the required levels. Who is not
        assessed lacks nothing that is known: `asked` - `assessed` says how many they are.
    """

    asked: NDArray[np.int64]
    assessed: NDArray[np.int64]
    short: NDArray[np.int64]
    missing: NDArray[np.int64]
    required: NDArray[np.int64]

    @classmethod
    def of(cls, standards: Standards, block: Block, units: int) -> GapMap:
        """Return the map of a block."""
        shape = units, len(standards.competencies)
        held = np.flatnonzero(block.position >= 0)
        place = block.position[held].astype(np.int64)
        many = np.diff(standards.starts)[place]
        person = np.repeat(held, many)
        within = np.arange(len(person)) - np.repeat(np.cumsum(many) - many, many)
        item = np.repeat(standards.starts[place], many) + within
        competency, required = standards.competency[item], standards.required[item]
        cell = block.unit[person] * np.int64(shape[1]) + competency
        known = assessed_at(block.levels, block.assessed, competency, person)
        asked = _count(cell, shape)
        cell, required = cell[known], required[known]
        level = levels_at(block.levels, competency[known], person[known])
        missing = np.where(level < required, required - level, 0)
        return cls(asked, _count(cell, shape), _count(cell[missing > 0], shape), _sum(cell, missing, shape),
                   _sum(cell, required, shape))

    def merge(self, other: GapMap) -> GapMap:
        """Return the map of both."""
        return GapMap(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def _count(cell: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int64]:
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)


def _sum(cell: NDArray[np.int64], value: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return the sum of values 1..5 by cell, by counting: a sum of floating-point weights would not be whole numbers."""
    total = np.zeros(shape, dtype=np.int64)
    for step in range(1, _STEPS):
        total += step * _count(cell[value == step], shape)
    return total


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people reach each threshold, by agency and position.

    Attributes
    ----------
    people : array of int64, shape (agencies,)
    scored, ready : arrays of int64, shape (agencies, positions, thresholds)
        People whose score is at least the threshold; those of them who meet every mandatory requirement as well.
    """

    people: NDArray[np.int64]
    scored: NDArray[np.int64]
    ready: NDArray[np.int64]

    @classmethod
    def of(
        cls, standards: Standards, block: Block, units: int, thresholds: tuple[int, ...], *, compiled: bool | None = None
    ) -> Reached:
        """Return the counts of a block; a score on a threshold reaches it. `thresholds` rise."""
        shape = units, len(standards.codes), len(thresholds)
        scored, ready = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        kernels = kernels_for(standards, block.levels, compiled)
        bounds = np.array(thresholds, dtype=np.int64)
        asked = standards.starts, standards.competency, standards.required, standards.factor, standards.mandatory
        if kernels is None:
            _count_plainly(standards, block, bounds, scored, ready)
        elif isinstance(block.levels, SparseLevels):
            known = block.levels
            kernels.reached_known(known.starts, known.person, known.level, block.unit, *asked, bounds, scored, ready)
        else:
            kernels.reached(np.ascontiguousarray(block.levels), block.unit, *asked, bounds, scored, ready)
        # Counted by the highest threshold that is reached; who reaches one reaches those below it too.
        return cls(np.bincount(block.unit, minlength=units).astype(np.int64), *(
            np.ascontiguousarray(np.cumsum(counts[:, :, ::-1], axis=2)[:, :, ::-1]) for counts in (scored, ready)))

    def merge(self, other: Reached) -> Reached:
        """Return the counts of both."""
        return Reached(self.people + other.people, self.scored + other.scored, self.ready + other.ready)


def _count_plainly(
    standards: Standards, block: Block, bounds: NDArray[np.int64], scored: NDArray[np.int64], ready: NDArray[np.int64]
) -> None:
    everybody, steps = np.arange(block.people), len(bounds) + 1
    for place, row in enumerate(scores_plainly(standards, block.levels)):
        cell = block.unit * np.int64(steps) + np.searchsorted(bounds, row, side="right")
        meets = np.ones(block.people, dtype=np.bool_)
        for item in range(standards.starts[place], standards.starts[place + 1]):
            if standards.mandatory[item]:
                competency = np.full(block.people, standards.competency[item])
                meets &= levels_at(block.levels, competency, everybody) >= standards.required[item]
        shape = len(scored), steps
        scored[:, place] = _count(cell, shape)[:, 1:]
        ready[:, place] = _count(cell[meets], shape)[:, 1:]


@dataclass(frozen=True, slots=True)
class LevelCounts:
    """How many people of each agency have reached each level; the sums of all scores follow without the people.

    Attributes
    ----------
    people : array of int64, shape (agencies,)
    at_least : array of int64, shape (agencies, competencies, 6)
        People with this level or a higher one; at level 0 everybody.
    """

    people: NDArray[np.int64]
    at_least: NDArray[np.int64]

    @classmethod
    def of(cls, standards: Standards, block: Block, units: int) -> LevelCounts:
        """Return the counts of a block."""
        people = np.bincount(block.unit, minlength=units).astype(np.int64)
        count, levels = len(standards.competencies), block.levels
        exactly = np.zeros((units, count, _STEPS), dtype=np.int64)
        for competency in range(count):
            if isinstance(levels, SparseLevels):
                known = slice(levels.starts[competency], levels.starts[competency + 1])
                unit, level = block.unit[levels.person[known]], levels.level[known]
            else:
                unit, level = block.unit, levels[competency]
            exactly[:, competency] = _count(unit * np.int64(_STEPS) + level, (units, _STEPS))
        at_least = np.ascontiguousarray(np.cumsum(exactly[:, :, ::-1], axis=2)[:, :, ::-1])
        at_least[:, :, 0] = people[:, None]
        return cls(people, at_least)

    def merge(self, other: LevelCounts) -> LevelCounts:
        """Return the counts of both."""
        return LevelCounts(self.people + other.people, self.at_least + other.at_least)

    def score_sums(self, standards: Standards) -> NDArray[np.int64]:
        """Return the sum of the scores of all people, shape (agencies, positions); exact.

        A score adds points for each step of a level up to the required one, so a sum of scores adds them for each person
        who has climbed the step: it is linear in the counts.
        """
        climbed = np.cumsum(self.at_least[:, :, 1:], axis=2)
        sums = np.zeros((len(self.people), len(standards.codes)), dtype=np.int64)
        position = np.repeat(np.arange(len(standards.codes)), np.diff(standards.starts))
        for item, place in enumerate(position):
            sums[:, place] += climbed[:, standards.competency[item], standards.required[item] - 1] * np.int64(
                standards.factor[item])
        return sums


class _Part(Protocol):
    def merge(self, other: Self) -> Self: ...


PartT = TypeVar("PartT", bound=_Part)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in some blocks; a part that was not asked for is None.

    Attributes
    ----------
    people, blocks : int
        How many were looked at.
    largest : int
        People of the largest block.
    peak_bytes : int
        The most memory that the arrays of one block took at a time, its levels included; of several blocks the largest.
        0 where it was not measured.
    """

    people: int
    blocks: int
    largest: int
    peak_bytes: int
    gaps: GapMap | None = None
    reached: Reached | None = None
    levels: LevelCounts | None = None
    succession: Succession | None = None

    def merge(self, other: Findings) -> Findings:
        """Return the findings of both; the order does not matter."""
        return Findings(
            self.people + other.people, self.blocks + other.blocks, max(self.largest, other.largest),
            max(self.peak_bytes, other.peak_bytes), _merge(self.gaps, other.gaps), _merge(self.reached, other.reached),
            _merge(self.levels, other.levels), _merge(self.succession, other.succession))


def _merge(one: PartT | None, other: PartT | None) -> PartT | None:
    return one.merge(other) if one is not None and other is not None else None


def survey(standards: Standards, question: Question, block: Block) -> Findings:
    """Answer a question for one block."""
    if not question.measure:
        return _answer(standards, question, block)
    _answer(standards, question, _nobody(block))  # loads and compiles what it needs, which is not the block's memory
    watched = tracemalloc.is_tracing()
    if not watched:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        found = _answer(standards, question, block)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not watched:
            tracemalloc.stop()
    return replace(found, peak_bytes=block.nbytes + peak)


def _nobody(block: Block) -> Block:
    levels = block.levels
    none = (SparseLevels(0, np.zeros_like(levels.starts), levels.person[:0], levels.level[:0])
            if isinstance(levels, SparseLevels) else levels[:, :0])
    return Block(none, block.unit[:0], block.position[:0], None if block.assessed is None else block.assessed[:, :0])


def _answer(standards: Standards, question: Question, block: Block) -> Findings:
    units = question.units
    ranked = standards if question.positions is None else standards.only(question.positions)
    return Findings(
        block.people, 1, block.people, 0,
        GapMap.of(standards, block, units) if question.gaps else None,
        Reached.of(ranked, block, units, question.thresholds, compiled=question.compiled)
        if question.thresholds else None,
        LevelCounts.of(standards, block, units) if question.means else None,
        Succession.of(ranked, block.levels, question.count, first=block.first, compiled=question.compiled)
        if question.count else None)


def block_bytes(standards: Standards, question: Question, people: int) -> int:
    """Return what the arrays of a block of so many people take at most, in bytes.

    It holds for tables and for the sparse form as `levels.make_levels` chooses it, and whether or not the loops are
    compiled: the plain way writes out all scores of the block, the compiled one only counts and lists.
    """
    positions = len(standards.codes) if question.positions is None else len(question.positions)
    competencies, cells = len(standards.competencies), 0
    each = 2 * competencies + 64
    if question.gaps:
        each += 40 * competencies + 160 * int(np.diff(standards.starts).max(initial=0))
        cells += 16 * competencies
    if question.means:
        each += 32
        cells += 30 * competencies
    if question.thresholds or question.count:
        each += 64 * competencies + 18 * positions + 128
        cells += 8 * positions * len(question.thresholds)
    lists = 8 * positions * question.count + 64 * standards.required.size
    if question.thresholds or question.count:
        lists += 20 * positions * competencies
    return each * people + 8 * question.units * cells + lists + 100_000


def people_per_block(standards: Standards, question: Question, megabytes: int) -> int:
    """Return how many people a block may have so that `block_bytes` stays within so much memory; at least one."""
    fixed = block_bytes(standards, question, 0)
    each = block_bytes(standards, question, 1) - fixed
    return max(1, (megabytes * 1_000_000 - fixed) // each)


def blocks_of(people: int, size: int) -> Iterator[slice]:
    """Yield slices that cover so many people once, each of at most `size` of them."""
    for start in range(0, people, size):
        yield slice(start, min(people, start + size))


class BlockRunner(Protocol):
    """Runs a function of one block over many and merges what it returns."""

    def __call__(self, work: Callable[[Block], Findings], blocks: Iterable[Block], /) -> Findings | None:
        """Return the findings of all blocks; None for no blocks."""
        ...


def run_here(work: Callable[[Block], Findings], blocks: Iterable[Block], /) -> Findings | None:
    """Take one block after the other in this process; a block is let go before the next one is made."""
    found: Findings | None = None
    for block in blocks:
        part = work(block)
        found = part if found is None else found.merge(part)
    return found
