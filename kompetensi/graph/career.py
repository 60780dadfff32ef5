"""The cheapest chain of moves from one position to another.

Whoever holds a position is taken to have what its standard asks for: its levels, and its trainings with what they give. A move to another position costs
what must be learned for it (`kompetensi.graph.undated`). By its training alone a direct move is hardly ever dearer than a chain,
because the trainings of a chain together lead to its end as well; what makes a chain is that a single move may be too
long. So the limits of one move are the question, and the chain is the answer.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.elements import Position
from kompetensi.graph.matching import compile_standards, levels_of, scores
from kompetensi.graph.paths import Training
from kompetensi.graph.readiness import SCORE_MAX
from kompetensi.graph.undated import HIGHEST_RANK, Learning, UndatedPaths, holder_of

__all__ = ["CareerMap", "Careers", "Chain", "Limit", "Limits", "Move", "UnknownPosition"]

# Levels and demanded trainings that no training gives, lesson hours, rupiah, moves.
_Cost: TypeAlias = tuple[int, int, int, int]
_ZERO: _Cost = (0, 0, 0, 0)
_NOTHING: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
_FAR = 1 << 60
_Path: TypeAlias = tuple[int, ...]


class UnknownPosition(LookupError):
    """The graph has no such position."""


class Limit(StrEnum):
    """What can bar a move."""

    SHORTFALL = "shortfall"
    RANK_RISE = "rank_rise"
    RANK_FALL = "rank_fall"
    URUSAN = "urusan"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a single move may ask of a person.

    Attributes
    ----------
    most_shortfall : int
        Points of the score, of 60,000, by which a holder of the one position may miss the standard of the other before any
        training.
    most_rank_rise : int or None
        By how many ranks the lowest rank may rise; None = by any. A position without a lowest rank is never barred.
    may_fall : bool
        Whether the lowest rank may fall.
    same_urusan : bool
        Whether both positions must belong to the same government affair.
    same_field : bool
        Whether one field of education must fit all positions of the chain; a position that names none takes any.
    """

    most_shortfall: int = SCORE_MAX // 2
    most_rank_rise: int | None = None
    may_fall: bool = False
    same_urusan: bool = False
    same_field: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a chain.

    Attributes
    ----------
    source, target : str
        Codes of positions; in the middle of a chain the first, by code, of those with the same standard.
    also : tuple of str
        Other positions whose requirements, trainings, rank, affair and fields are those of `target`, sorted.
    shortfall : int
        Points of 60,000 that a holder of `source` lacks for `target` before any training.
    learning : Learning
        What it takes.
    """

    source: str
    target: str
    also: tuple[str, ...]
    shortfall: int
    learning: Learning


@dataclass(frozen=True, slots=True)
class Chain:
    """Moves one after the other, and what they come to.

    Attributes
    ----------
    open_steps : int
        Levels and demanded trainings that no training gives: for experience or a competency test.
    """

    moves: tuple[Move, ...]
    jp: int
    cost_idr: int
    open_steps: int


@dataclass(frozen=True, slots=True)
class CareerMap:
    """The answer.

    Attributes
    ----------
    chains : tuple of Chain
        The cheapest first: fewest open steps, then lesson hours, then rupiah, then moves, ties by codes. Each of the
        others is the cheapest that leaves out at least one stop of every chain before it, so none is another one with a
        detour. Empty when none exists within the limits.
    direct : Move
        The single move from source to target, whether or not it is within the limits.
    barred_by : tuple of Limit
        The limits that bar the single move.
    would_open : tuple of Limit
        Without a chain: the limits each of which, lifted alone, gives one.
    needed_shortfall : int or None
        Without a chain: the least `most_shortfall` that gives one, the other limits kept; None when none does.
    """

    source: str
    target: str
    limits: Limits
    chains: tuple[Chain, ...]
    direct: Move
    barred_by: tuple[Limit, ...]
    would_open: tuple[Limit, ...] = ()
    needed_shortfall: int | None = None


class Careers:
    """Answers questions of one catalogue; what has been reckoned once is kept.

    Parameters
    ----------
    graph : CompetencyGraph

    Notes
    -----
    Positions with the same standard, rank, affair and fields are one node. Chains are shortest paths over exact costs. An
    exact cost takes a question to the planner, so there are lower bounds of all of them, reckoned in arrays: the levels above
    what any training gives, and hours from a dual feasible solution of the covering problem [3]_. Backwards from the target
    [4]_ they say what is left from each position at the least, and the search from the source goes where cost and
    rest together are least [1]_. A cost is only reckoned when its edge is next in line (lazy evaluation [2]_). The k shortest
    simple paths would be of no use: most of them are the cheapest chain with a detour to a neighbour that costs nothing.

    References
    ----------
    .. [1] P. E. Hart, N. J. Nilsson and B. Raphael, "A formal basis for the heuristic determination of minimum cost paths",
       IEEE Transactions on Systems Science and Cybernetics 4(2), 1968, pp. 100-107.
    .. [2] C. Dellin and S. Srinivasa, "A unifying formalism for shortest path problems with expensive edge evaluations via
       lazy best-first search over paths with edge selectors", ICAPS 2016, pp. 459-467.
    .. [3] V. Chvatal, "A greedy heuristic for the set-covering problem", Mathematics of Operations Research 4(3), 1979,
       pp. 233-235, for the linear programme and its dual.
    .. [4] E. W. Dijkstra, "A note on two problems in connexion with graphs", Numerische Mathematik 1, 1959, pp. 269-271.
    """

    def __init__(self, graph: CompetencyGraph) -> None:
        self.graph = graph
        self.paths = UndatedPaths(graph)
        groups: dict[object, list[Position]] = {}
        for position in graph.positions.values():
            key = (frozenset(position.requirements), frozenset(position.trainings), position.min_golongan, position.urusan,
                   frozenset(position.education_fields))
            groups.setdefault(key, []).append(position)
        self._groups = tuple(tuple(group) for group in groups.values())
        self._holders = tuple(holder_of(graph, group[0]) for group in self._groups)
        self._place = {position.code: at for at, group in enumerate(self._groups) for position in group}
        self._costs: dict[tuple[int, int], _Cost] = {}

    def ask(self, source: str, target: str, limits: Limits | None = None, *, chains: int = 1) -> CareerMap:
        """Find the cheapest chains of moves.

        Parameters
        ----------
        source, target : str
            Two codes of positions.
        limits : Limits, optional
        chains : int
            How many are wanted at most, at least 1.

        Raises
        ------
        UnknownPosition
            If the graph does not have one of them.
        ValueError
            If both are the same.
        """
        for code in (source, target):
            if code not in self._place:
                raise UnknownPosition(code)
        if source == target:
            raise ValueError(source)
        limits = limits or Limits()
        start, end = self._place[source], self._place[target]
        direct = self._move(start, end, source, target)
        if start == end:
            return CareerMap(source, target, limits, (_chain((direct,)),), direct, ())
        found = self._chains(start, end, self._rooms(limits, start, end), chains)
        told = tuple(_chain(self._moves(path, source, target)) for path in found)
        barred = tuple(limit for limit in Limit if not self._keeps(limits, limit)[start, end])
        if told:
            return CareerMap(source, target, limits, told, direct, barred)
        opening = tuple(limit for limit in Limit if self._connects(limits, start, end, lifted=limit))
        return CareerMap(source, target, limits, (), direct, barred, opening,
                         self._needed_shortfall(start, end, limits) if Limit.SHORTFALL in opening else None)

    # -- which moves are allowed ----------------------------------------------------------------------------------

    @cached_property
    def shortfalls(self) -> NDArray[np.int64]:
        """Points that a holder of each standard (row) lacks for each standard (column), shape (standards, standards)."""
        first = [group[0] for group in self._groups]
        # Standards come out in order of their codes, which is the order here.
        standards = compile_standards(first)
        levels = levels_of(standards, [holder.levels for holder in self._holders])
        lacking = SCORE_MAX - scores(standards, levels).astype(np.int64).T
        lacking[:, [not position.requirements for position in first]] = 0
        return lacking

    @cached_property
    def _ranks(self) -> NDArray[np.int64]:
        return np.array([group[0].min_golongan or 0 for group in self._groups], dtype=np.int64)

    def _keeps(self, limits: Limits, limit: Limit) -> NDArray[np.bool_]:
        """Return which moves keep one limit, shape (standards, standards)."""
        size = len(self._groups)
        rise = self._ranks[None, :] - self._ranks[:, None]
        known = (self._ranks[None, :] > 0) & (self._ranks[:, None] > 0)
        kept: NDArray[np.bool_] = np.ones((size, size), dtype=np.bool_)
        if limit is Limit.SHORTFALL:
            kept = self.shortfalls <= limits.most_shortfall
        elif limit is Limit.RANK_RISE and limits.most_rank_rise is not None:
            kept = ~known | (rise <= limits.most_rank_rise)
        elif limit is Limit.RANK_FALL and not limits.may_fall:
            kept = ~known | (rise >= 0)
        elif limit is Limit.URUSAN and limits.same_urusan:
            names = np.array([group[0].urusan for group in self._groups])
            kept = names[None, :] == names[:, None]
        elif limit is Limit.FIELD and limits.same_field:
            kept = np.array([[not one or not other or not one.isdisjoint(other) for other in self._fields]
                             for one in self._fields])
        return kept

    @cached_property
    def _fields(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(field.casefold() for field in group[0].education_fields) for group in self._groups)

    def _rooms(self, limits: Limits, start: int, end: int, *, lifted: Limit | None = None) -> list[NDArray[np.bool_]]:
        """Return the moves that are allowed, once for each field of education that may fit a whole chain."""
        allowed: NDArray[np.bool_] = ~np.eye(len(self._groups), dtype=np.bool_)
        for limit in Limit:
            if limit is not lifted and limit is not Limit.FIELD:
                allowed &= self._keeps(limits, limit)
        if lifted is Limit.FIELD or not limits.same_field:
            return [allowed]
        ends = [self._fields[place] for place in (start, end) if self._fields[place]]
        fields = frozenset.intersection(*ends) if ends else frozenset[str]().union(*self._fields)
        rooms = []
        for field in sorted(fields) or ([] if ends else [""]):
            fits = np.array([not names or field in names for names in self._fields])
            rooms.append(allowed & fits[:, None] & fits[None, :])
        return rooms

    def _connects(self, limits: Limits, start: int, end: int, *, lifted: Limit | None = None) -> bool:
        return any(bool(_reached(room, start)[end]) for room in self._rooms(limits, start, end, lifted=lifted))

    def _needed_shortfall(self, start: int, end: int, limits: Limits) -> int:
        """Return the least shortfall with which the two are connected, by bisection over those that occur."""
        steps = np.unique(self.shortfalls)
        low, high = 0, len(steps) - 1
        while low < high:
            middle = (low + high) // 2
            if self._connects(replace(limits, most_shortfall=int(steps[middle])), start, end):
                high = middle
            else:
                low = middle + 1
        return int(steps[low])

    # -- what a move costs ----------------------------------------------------------------------------------------

    def _learning(self, start: int, end: int) -> Learning:
        source, target = self._groups[start][0], self._groups[end][0]
        return self.paths.cheapest(target, replace(self._holders[start], golongan=_rank(source, target)))

    def _move(self, start: int, end: int, source: str, target: str) -> Move:
        also = tuple(position.code for position in self._groups[end] if position.code not in (target, source))
        return Move(source, target, also, int(self.shortfalls[start, end]), self._learning(start, end))

    def _moves(self, path: _Path, source: str, target: str) -> tuple[Move, ...]:
        codes = [source, *(self._groups[place][0].code for place in path[1:-1]), target]
        return tuple(self._move(start, end, codes[at], codes[at + 1])
                     for at, (start, end) in enumerate(itertools.pairwise(path)))

    def _cost(self, start: int, end: int) -> _Cost:
        if (start, end) not in self._costs:
            learning = self._learning(start, end)
            self._costs[start, end] = (learning.open_steps, learning.jp, learning.cost_idr, 1)
        return self._costs[start, end]

    @cached_property
    def _training_places(self) -> dict[str, int]:
        return {training.code: place for place, training in enumerate(self.paths.catalogue.trainings)}

    @cached_property
    def _hours(self) -> NDArray[np.int64]:
        return np.array([training.jp for training in self.paths.catalogue.trainings], dtype=np.int64)

    @cached_property
    def _floors(self) -> NDArray[np.int64]:
        return np.array([training.min_golongan or 0 for training in self.paths.catalogue.trainings], dtype=np.int64)

    @cached_property
    def _held(self) -> NDArray[np.bool_]:
        """Which trainings a holder of each standard has passed, shape (standards, trainings)."""
        held = np.zeros((len(self._groups), len(self._training_places)), dtype=np.bool_)
        for row, holder in enumerate(self._holders):
            held[row, [self._training_places[code] for code in holder.completed if code in self._training_places]] = True
        return held

    @cached_property
    def _levels(self) -> dict[str, NDArray[np.int64]]:
        """By competency, the level of a holder of each standard."""
        codes = {item.competency for group in self._groups for item in group[0].requirements}
        return {code: np.array([holder.levels.get(code, 0) for holder in self._holders], dtype=np.int64) for code in codes}

    @cached_property
    def _ladders(self) -> dict[str, _Ladder]:
        """By competency, the trainings that give it."""
        found: dict[str, dict[int, tuple[int, int]]] = {}
        for place, training in enumerate(self.paths.catalogue.trainings):
            for gain in training.raises:
                steps = found.setdefault(gain.competency, {})
                given, _ = steps.get(place, (0, 0))
                steps[place] = max(gain.level, given), self._asked_first(training, gain.competency)
        return {code: _Ladder(np.array(list(steps), dtype=np.int64), *np.array(list(steps.values()), dtype=np.int64).T)
                for code, steps in found.items()}

    def _asked_first(self, training: Training, competency: str) -> int:
        """Return the level of a competency without which nobody enters a training."""
        clauses = self.paths.catalogue.clauses(training) or ()
        # A clause of nothing never holds.
        return max((min((level for _, level in clause), default=_FAR) for clause in clauses
                    if all(code == competency for code, _ in clause)), default=0)

    def _least(self, starts: NDArray[np.int64], end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what moves from some standards to one leave open at the least, and the hours that they take then.

        Hours count only when no more stays open than must, so that the order of costs holds. Of each competency the cheapest
        way up its levels is found, as if entries asked for nothing else. What a training helps on that way is taken off its
        hours for the competencies after it, so that no training counts for more than its hours.
        """
        target = self._groups[end][0]
        ranks = np.maximum(self._ranks[starts], self._ranks[end])
        ranks[ranks == 0] = HIGHEST_RANK
        ladders = [self._ladders.get(item.competency, _NO_LADDER) for item in target.requirements]
        demanded = [self._training_places[item.training] for item in target.trainings if item.training in self._training_places]
        columns, at_column = np.unique(np.concatenate([
            np.array(demanded, dtype=np.int64), *(ladder.places for ladder in ladders)]), return_inverse=True)
        can_take = (self._floors[columns] <= ranks[:, None]) & ~self._held[np.ix_(starts, columns)]
        left = np.where(can_take, self._hours[columns], _FAR)
        stays_open = np.zeros(len(starts), dtype=np.int64)
        hours = np.zeros(len(starts), dtype=np.int64)
        for demand in target.trainings:
            lacking = np.array([demand.training not in self._holders[start].completed for start in starts], dtype=np.bool_)
            if demand.training not in self._training_places:
                stays_open += lacking
                continue
            column = int(np.searchsorted(columns, self._training_places[demand.training]))
            taken = lacking & can_take[:, column]
            stays_open += lacking & ~taken
            hours[taken] += left[taken, column]
            left[taken, column] = 0
        done = len(demanded)
        for item, ladder in zip(target.requirements, ladders, strict=True):
            mine = at_column[done:done + len(ladder.places)]
            done += len(ladder.places)
            known = self._levels[item.competency][starts]
            given, asked = np.minimum(ladder.given, item.level), np.minimum(ladder.asked, item.level)
            up = np.zeros((len(starts), item.level + 1), dtype=np.int64)
            highest = np.minimum(known, item.level)
            for level in range(1, item.level + 1):
                steps = (given >= level) & (asked < level)
                cheapest = (left[:, mine[steps]] + up[:, asked[steps]]).min(axis=1, initial=_FAR)
                up[:, level] = np.where(known >= level, 0, np.minimum(cheapest, _FAR))
                highest = np.where(up[:, level] < _FAR, np.maximum(highest, level), highest)
            # What nothing leads to stays open; the way ends at the highest level below.
            stays_open += item.level - highest
            end_of_way = up[np.arange(len(starts)), highest]
            hours += end_of_way
            np.minimum(up, end_of_way[:, None], out=up)
            helps = np.maximum(0, up[:, given] - up[:, asked])
            left[:, mine] -= np.where(left[:, mine] < _FAR, helps, 0)
        return stays_open, hours

    # -- chains ---------------------------------------------------------------------------------------------------

    def _chains(self, start: int, end: int, rooms: list[NDArray[np.bool_]], count: int) -> list[_Path]:
        """Return chains, the cheapest first, each without at least one stop of every chain before it."""
        ways = [_Ways(self, room, start, end) for room in rooms]
        known: dict[tuple[int, frozenset[int]], tuple[_Cost, _Path] | None] = {}
        found: list[_Path] = []
        while len(found) < count:
            options = []
            for avoided in sorted({frozenset(stops) for stops in itertools.product(*(path[1:-1] for path in found))},
                                  key=lambda stops: (len(stops), sorted(stops))):
                for room, way in enumerate(ways):
                    if (room, avoided) not in known:
                        known[room, avoided] = self._cheapest(start, end, way, avoided, [
                            answer for (where, fewer), answer in known.items() if where == room and fewer <= avoided])
                    options.append(known[room, avoided])
            best = min((option for option in options if option is not None), default=None)
            if best is None:
                break
            found.append(best[1])
        return found

    def _cheapest(
        self, start: int, end: int, ways: _Ways, avoided: frozenset[int],
        before_avoiding: Sequence[tuple[_Cost, _Path] | None],
    ) -> tuple[_Cost, _Path] | None:
        """Return the cheapest path, ties by the places of its nodes (A*).

        `before_avoiding` are the answers when fewer positions were avoided: one that avoids these as well, or that there is
        none, is the answer. An entry of the queue holds the cost so far with the least that is left, the path, the cost so
        far, and whether its last edge is only bounded; then the cost is that before this edge.
        """
        for answer in before_avoiding:
            if answer is None or avoided.isdisjoint(answer[1]):
                return answer
        if not ways.rest:
            return None
        settled = set(avoided)
        most: _Cost | None = None  # what some path to the end costs; dearer entries are of no use
        queue: list[tuple[_Cost, _Path, _Cost, bool]] = [(ways.rest[start], (start,), _ZERO, False)]
        while queue:
            total, path, cost, is_bounded = heapq.heappop(queue)
            place = path[-1]
            if place in settled:
                continue
            if is_bounded:
                cost = _sum(cost, self._cost(path[-2], place))
                exact = _sum(cost, ways.rest[place])
                if place == end and (most is None or exact < most):
                    most = exact
                if exact > total:
                    heapq.heappush(queue, (exact, path, cost, False))
                    continue
            if place == end:
                return cost, path
            settled.add(place)
            for other, least in ways.onwards(place):
                if other not in settled:
                    if (place, other) in self._costs:
                        least = self._costs[place, other]
                    bound = _sum(_sum(cost, least), ways.rest[other])
                    if most is None or bound <= most:
                        heapq.heappush(queue, (bound, (*path, other), cost, True))
        return None


@dataclass(frozen=True, slots=True)
class _Ladder:
    """The trainings that give a competency: their places, the levels that they give, and those that they ask for first."""

    places: NDArray[np.int64]
    given: NDArray[np.int64]
    asked: NDArray[np.int64]


_NO_LADDER = _Ladder(_NOTHING, _NOTHING, _NOTHING)


class _Ways:
    """The moves among the positions that lie on some way from start to end.

    Attributes
    ----------
    rest : dict of int to _Cost
        By position, no more than what the rest of the way to the end costs; no move makes it less by more than itself costs.
        Empty when there is no way.
    """

    def __init__(self, careers: Careers, room: NDArray[np.bool_], start: int, end: int) -> None:
        there = _reached(room, start) & _reached(room.T, end)
        self.rest: dict[int, _Cost] = {}
        self._onwards: dict[int, list[tuple[int, _Cost]]] = {}
        if not there[start] or not there[end]:
            return
        queue: list[tuple[_Cost, int]] = [(_ZERO, end)]
        while queue:
            rest, place = heapq.heappop(queue)
            if place in self.rest:
                continue
            self.rest[place] = rest
            starts = np.flatnonzero(room[:, place] & there)
            for before, stays_open, hours in zip(
                    starts.tolist(), *(part.tolist() for part in careers._least(starts, place)), strict=True):
                least = (stays_open, hours, 0, 1)
                self._onwards.setdefault(before, []).append((place, least))
                if before not in self.rest:
                    heapq.heappush(queue, (_sum(rest, least), before))

    def onwards(self, place: int) -> Sequence[tuple[int, _Cost]]:
        """Return the moves from a position: where to, and no more than what it costs."""
        return self._onwards.get(place, ())


def _reached(room: NDArray[np.bool_], start: int) -> NDArray[np.bool_]:
    """Return which positions moves lead to, the start included, by breadth first."""
    found: NDArray[np.bool_] = np.zeros(len(room), dtype=np.bool_)
    ring = np.array([start])
    while ring.size:
        found[ring] = True
        ring = np.flatnonzero(room[ring].any(axis=0) & ~found)
    return found


def _rank(source: Position, target: Position) -> int:
    """Return the rank of who moves: whoever is to hold a position has reached its lowest rank by then."""
    return max((position.min_golongan for position in (source, target) if position.min_golongan is not None),
               default=HIGHEST_RANK)


def _sum(one: _Cost, other: _Cost) -> _Cost:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _chain(moves: tuple[Move, ...]) -> Chain:
    return Chain(moves, sum(move.learning.jp for move in moves), sum(move.learning.cost_idr for move in moves),
                 sum(move.learning.open_steps for move in moves))

