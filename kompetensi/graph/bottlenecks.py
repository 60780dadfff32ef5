"""Which few competencies open the most positions.

A *pair* is somebody and a position. It is open when no required level is missing, and raising a competency means: to whatever
each position requires. So a pair opens when all competencies that it misses are raised, and not before. That is why single
competencies are counted only where nothing else is missing, and why several are chosen together: the pairs that a set opens
are those whose missing competencies all lie in it, and neither adding up single gains nor taking the best single one again
and again leads to the best set. It is chosen exactly, with proof.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.elements import Position
from kompetensi.graph.levels import Levels, levels_in

__all__ = ["Bottlenecks", "Member", "Missing", "Opening", "bottlenecks", "missing_between", "missing_of"]

# Competencies that a pair misses, and how many pairs miss just these; the empty set = open pairs.
Missing = Mapping[frozenset[str], int]


@dataclass(frozen=True, slots=True)
class Single:
    """One competency by itself.

    Attributes
    ----------
    missing : int
        Pairs that miss it, maybe with others.
    alone : int
        Pairs that miss nothing else: they open when only this one is raised.
    """

    competency: str
    missing: int
    alone: int


@dataclass(frozen=True, slots=True)
class Member:
    """One competency of a set.

    Attributes
    ----------
    gain : int
        Pairs that the set would open less without it.
    """

    competency: str
    gain: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The best set of at most so many competencies.

    Attributes
    ----------
    size : int
        The most competencies that were allowed.
    members : tuple of Member
        By code; maybe fewer than `size`, where more open nothing.
    opened : int
        Pairs that it opens.
    bound : int
        No set of that size opens more; equal to `opened` when that is proven.
    """

    size: int
    members: tuple[Member, ...]
    opened: int
    bound: int

    @property
    def is_proven(self) -> bool:
        """Whether no set of that size opens more."""
        return self.opened == self.bound


@dataclass(frozen=True, slots=True)
class Bottlenecks:
    """The answer.

    Attributes
    ----------
    pairs, open_already : int
        All pairs, and those that miss nothing.
    singles : tuple of Single
        Competencies that some pair misses: those that open most alone first, then those that are missing most, ties by code.
    openings : tuple of Opening
        For 1, 2, … competencies.
    """

    pairs: int
    open_already: int
    singles: tuple[Single, ...]
    openings: tuple[Opening, ...]


def missing_of(positions: Iterable[Position], competencies: Sequence[str], levels: Levels) -> Counter[frozenset[str]]:
    """Count what people miss for positions; counts of several blocks of people add up.

    Parameters
    ----------
    positions : iterable of Position
    competencies : sequence of str
        The rows of `levels`; a required competency that is not among them is missing to everybody.
    levels : array of uint8, shape (competencies, people)
        What is not known is 0.

    Returns
    -------
    Counter of frozenset of str
        Sums to positions x people.

    Notes
    -----
    For each position the people are sorted by which requirements they miss, as bits of one number: O(positions x
    requirements x people).
    """
    row = {code: place for place, code in enumerate(competencies)}
    people = levels.shape[1]
    found: Counter[frozenset[str]] = Counter()
    for position in positions:
        required = sorted({item.competency: item.level for item in position.requirements}.items())
        lacking = np.zeros((len(required), people), dtype=np.bool_)
        for place, (code, level) in enumerate(required):
            lacking[place] = levels_in(levels, row[code]) < level if code in row else True
        # Eight requirements a byte; people with equal columns miss the same.
        packed = np.packbits(lacking, axis=0)
        columns, counts = np.unique(packed, axis=1, return_counts=True)
        bits = np.unpackbits(columns, axis=0, count=len(required)) if required else np.zeros((0, columns.shape[1]))
        if not required:
            found[frozenset()] += people
            continue
        for column, count in zip(bits.T, counts, strict=True):
            found[frozenset(required[place][0] for place in np.flatnonzero(column))] += int(count)
    return found


def missing_between(graph: CompetencyGraph) -> Counter[frozenset[str]]:
    """Count what the holder of each position, with just the levels of its standard, misses for each other position.

    This is the question of a catalogue alone: which competencies keep its positions apart. From zero every position would
    miss all of its competencies, and nothing short of all would open any.
    """
    asked = [{item.competency: item.level for item in position.requirements} for position in graph.positions.values()]
    found: Counter[frozenset[str]] = Counter()
    # Positions with the same requirements are asked once.
    groups = Counter(frozenset(levels.items()) for levels in asked)
    for here, count in groups.items():
        have = dict(here)
        for there, others in groups.items():
            pairs = count * (others - (here == there))
            if pairs:
                found[frozenset(code for code, level in there if have.get(code, 0) < level)] += pairs
    return found


def bottlenecks(missing: Missing, size: int, *, time_limit_s: float = 10.0) -> Bottlenecks:
    """Find the competencies that open the most pairs, singly and together.

    Parameters
    ----------
    missing : mapping of frozenset of str to int
        What is missing, as `missing_of` and `missing_between` count it.
    size : int
        Answers are given for 1 to so many competencies; at least 0.
    time_limit_s : float
        For each size; afterwards the best found is returned with its bound.

    Notes
    -----
    Choosing the set is a maximum coverage problem over sets that must be covered whole (the densest k-subhypergraph), which
    is NP-hard [1]_. Sets larger than `size` can never open and are left out beforehand, which makes the
    problem small. Branch and bound: a pair is shared out among what it misses, and no set opens more than its largest
    shares. Of several best sets it is always the same one, whatever the order of
    the input; members that open nothing are left out.

    References
    ----------
    .. [1] E. Chlamtac, M. Dinitz, C. Konrad, G. Kortsarz and G. Rabanca, "The densest k-subhypergraph problem", SIAM Journal
       on Discrete Mathematics 32(2), 2018, pp. 1458-1477.

    Examples
    --------
    >>> found = bottlenecks({frozenset({"A"}): 2, frozenset({"B", "C"}): 3}, 2)
    >>> [(opening.opened, [member.competency for member in opening.members]) for opening in found.openings]
    [(2, ['A']), (3, ['B', 'C'])]
    """
    absent: Counter[str] = Counter()
    for codes, count in missing.items():
        absent.update(dict.fromkeys(codes, count))
    singles = sorted((Single(code, count, missing.get(frozenset({code}), 0)) for code, count in absent.items()),
                     key=lambda item: (-item.alone, -item.missing, item.competency))
    openings = []
    for most in range(1, size + 1):
        codes, bound = _best_set({codes: count for codes, count in missing.items() if 0 < len(codes) <= most}, most,
                                 time_limit_s)
        opened = _opened(missing, codes)
        members = tuple(Member(code, opened - _opened(missing, codes - {code})) for code in sorted(codes))
        openings.append(Opening(most, members, opened, bound))
    return Bottlenecks(sum(missing.values()), missing.get(frozenset(), 0), tuple(singles), tuple(openings))


def _opened(missing: Missing, codes: frozenset[str]) -> int:
    return sum(count for needed, count in missing.items() if needed and needed <= codes)


class _TimeIsUp(Exception):
    """The time limit struck."""


@dataclass(slots=True)
class _Search:
    """Branch and bound over sets in order of their codes, so that of equal ones the first stays.

    Attributes
    ----------
    unit : int
        Pairs are counted in parts of this, a multiple of 1..size, so that shares are whole numbers.
    value : int
        What a set has to reach.
    best : tuple of int or None
        The first set that reached it.
    """

    unit: int
    deadline: float
    value: int
    best: tuple[int, ...] | None = None

    def run(self, chosen: tuple[int, ...], opened: int, left: int, rows: NDArray[np.bool_], counts: NDArray[np.int64],
            first: int) -> None:
        """Look at the sets that extend `chosen` by at most `left` of the competencies from `first` on.

        `rows` are what pairs miss besides the chosen ones, each at least one and at most `left` competencies.
        """
        if time.monotonic() > self.deadline:
            raise _TimeIsUp
        if not len(rows) or not left:
            self._reached(chosen, opened)
            return
        sizes = rows.sum(axis=1)
        if left <= 2:
            self._last_two(chosen, opened, left, rows, counts, sizes)
            return
        if opened + self._bound(rows, counts, sizes, left) < self._needed:
            return
        for place in range(first, rows.shape[1]):
            has = rows[:, place]
            if has.any():
                done = has & (sizes == 1)
                kept = (has | (sizes < left)) & ~done
                following = rows[kept]
                following[:, place] = False
                self.run((*chosen, place), opened + int(counts[done].sum()), left - 1, following, counts[kept], place + 1)
            # From here on it is not chosen.
            rows, counts, sizes = rows[~has], counts[~has], sizes[~has]
            if opened + self._bound(rows, counts, sizes, left) < self._needed:
                return

    @property
    def _needed(self) -> int:
        return self.value if self.best is None else self.value + self.unit

    def _reached(self, chosen: tuple[int, ...], opened: int) -> None:
        if opened >= self._needed:
            self.value, self.best = opened, chosen

    def _bound(self, rows: NDArray[np.bool_], counts: NDArray[np.int64], sizes: NDArray[np.int64], left: int) -> int:
        """Return no less than any extension opens: each pair is shared out among what it misses."""
        shares = (counts // sizes) @ rows
        return int(np.sort(shares)[-left:].sum())

    def _last_two(
        self, chosen: tuple[int, ...], opened: int, left: int, rows: NDArray[np.bool_], counts: NDArray[np.int64],
        sizes: NDArray[np.int64],
    ) -> None:
        alone = counts[sizes == 1] @ rows[sizes == 1]
        if left == 1:
            place = int(alone.argmax())
            self._reached((*chosen, place), opened + int(alone[place]))
            return
        both = alone[:, None] + alone[None, :]
        np.fill_diagonal(both, alone)
        pairs = sizes == 2
        ends = np.nonzero(rows[pairs])[1].reshape(-1, 2)
        np.add.at(both, (ends[:, 0], ends[:, 1]), counts[pairs])
        both = np.triu(both)
        one, other = (int(place) for place in np.unravel_index(int(both.argmax()), both.shape))
        self._reached((*chosen, one) if one == other else (*chosen, one, other), opened + int(both[one, other]))


def _best_set(missing: Missing, size: int, time_limit_s: float) -> tuple[frozenset[str], int]:
    """Return the best set, those of no use left out, and a bound of what any opens."""
    codes = sorted(frozenset[str]().union(*missing))
    if not codes:
        return frozenset(), 0
    column = {code: place for place, code in enumerate(codes)}
    unit = math.lcm(*range(1, size + 1))
    rows = np.zeros((len(missing), len(codes)), dtype=np.bool_)
    for place, needed in enumerate(missing):
        rows[place, [column[code] for code in needed]] = True
    counts = np.array(list(missing.values()), dtype=np.int64) * unit
    known = frozenset(codes[place] for place in _ascend(rows, counts, size))
    search = _Search(unit, time.monotonic() + time_limit_s, _opened(missing, known) * unit)
    bound = None
    try:
        search.run((), 0, size, rows, counts, 0)
    except _TimeIsUp:
        bound = search._bound(rows, counts, rows.sum(axis=1), size) // unit
    chosen = known if search.best is None else frozenset(codes[place] for place in search.best)
    opened = _opened(missing, chosen)
    for code in sorted(chosen):
        if _opened(missing, chosen - {code}) == opened:
            chosen -= {code}
    return chosen, opened if bound is None else bound


def _ascend(rows: NDArray[np.bool_], counts: NDArray[np.int64], size: int) -> tuple[int, ...]:
    """Return a good set to begin with: the largest shares, then one exchanged for another as long as that helps."""
    shares = (counts // rows.sum(axis=1)) @ rows
    chosen = sorted(int(place) for place in np.argsort(-shares, kind="stable")[:size])
    opened = -1
    while True:
        options = []
        for leaving in chosen:
            stay = [place for place in chosen if place != leaving]
            outside = rows.copy()
            outside[:, stay] = False
            lacking = outside.sum(axis=1)
            gains = counts[lacking == 1] @ outside[lacking == 1]
            gains[stay] = -1
            entering = int(gains.argmax())
            options.append((int(counts[lacking == 0].sum() + gains[entering]), sorted([*stay, entering])))
        most, better = max(options)
        if most <= opened:
            return tuple(chosen)
        opened, chosen = most, better
