"""Exact search by integer programming (HiGHS), for questions on which branch and bound runs long.

A column is an option on its days; an option whose start is free has one for each day on which something that it asks for
can have ended. A row says that a need is met, that an entry holds, that a training is taken once, or that a day is given
once. Without dates nothing in that keeps trainings from opening each other in a circle: when a solution does that, what
would break the circle becomes a further row.

Measures are made small one after the other, in a tree of relaxations (`tree`) whose bounds are whole numbers; when it grows too
large, by HiGHS's integer search. There, too, dual values, rounded to whole numbers, give a bound whatever the solver's
tolerances: it proves most optima, and drops the columns that no best plan can have.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kompetensi.graph.paths.cover import cheap_cover
from kompetensi.graph.paths.question import Question, bits
from kompetensi.graph.paths.tree import OutOfSteps, OutOfTime, Row, Tree

__all__ = ["Measure", "Program", "TimeIsUp", "TooLarge"]

_NEVER = 1 << 60
_MOST_COLUMNS = 20_000
# HiGHS works to a millionth; larger coefficients would drown its tolerances.
_LARGEST = 10_000_000
# A tree is for fewer columns, may be so long, and its costs may add up to so much.
_MOST_IN_A_TREE, _STEPS, _LARGEST_OF_A_TREE = 3_000, 250_000, 1 << 48
_LONGER = 20
# Measures of so few steps are held to their least value beside the tree's costs.
_COARSE = 4
# Costs that reach so far have fine steps.
_FINE = 100
# Plans are looked for within a 128th above the bound first.
_ROOM = 7
# So many windows may be left in doubt.
_DOUBTS = 2
# Dual values are rounded to so many parts of one.
_PARTS = 1 << 24


class TimeIsUp(Exception):
    """The time limit struck.

    Attributes
    ----------
    bound : int
        What the measure cannot be below.
    measure : Measure or None
        What was being made small.
    """

    def __init__(self, bound: int, measure: Measure | None = None) -> None:
        super().__init__("the time limit struck")
        self.bound = bound
        self.measure = measure


class TooLarge(Exception):
    """The question has numbers or columns beyond what the solver holds."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is made small: a whole number for each option, and for each need that is not met."""

    options: Sequence[int]
    needs: Sequence[int] = ()


@dataclass(slots=True)
class _Row:
    terms: dict[int, int]
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class _Planted:
    """A tree; the numbers of its columns, and back; the column of each option; costs by number; what makes a cover cheaper."""

    tree: Tree
    numbers: list[int]
    columns: dict[int, int]
    places: dict[int, int]
    weights: dict[int, int]
    polish: Callable[[list[int]], list[int]] | None = None

    def left(self) -> set[int]:
        """Return the numbers that a solution may have."""
        return {number for number, column in self.columns.items() if self.tree.decided(column) != 0}

    def cost(self, chosen: Sequence[int]) -> int:
        return sum(self.weights.get(number, 0) for number in self.numbers_of(chosen))

    def numbers_of(self, chosen: Sequence[int]) -> list[int]:
        return [self.numbers[column] for column in chosen if column < len(self.numbers)]


class Program:
    """The model of a question inside a window.

    Parameters
    ----------
    until, excluded, hits
        As in `branch.search`.
    may_lose : bool
        Whether needs may stay open.
    deadline : float
        ``time.monotonic()`` at which to stop.

    Attributes
    ----------
    found : int or None
        The best set of options so far.

    Raises
    ------
    TooLarge
        If there would be too many columns.
    """

    def __init__(
        self, question: Question, *, until: int, may_lose: bool, excluded: Sequence[int] = (), hits: Sequence[int] = (),
        deadline: float,
    ) -> None:
        self.question = question
        self.until = until
        self.deadline = deadline
        self.found: int | None = None
        self.columns = self._columns()
        self._by_place: dict[int, list[int]] = {}
        for number, (place, _, _) in enumerate(self.columns):
            self._by_place.setdefault(place, []).append(number)
        self.lost = len(self.columns)
        self.size = self.lost + (len(question.needs) if may_lose else 0)
        self.alive = set(range(self.size))
        self.rows: list[_Row] = []
        self._measures: list[int] = []
        self._chosen: list[int] | None = None
        self._tree: _Planted | None = None
        self._add_rows(may_lose, excluded, hits)

    # -- the model --------------------------------------------------------------------------------------------------

    def _columns(self) -> list[tuple[int, int, int]]:
        """Return place, first and last day of what can be chosen."""
        question = self.question
        places = list(bits(question.ended_before(self.until + 1)))
        options = question.options
        if not question.problem.dates:
            return [(place, 0, 0) for place in places]
        columns = [(place, options[place].first, options[place].last) for place in places if not options[place].is_free]
        ends: dict[int, set[int]] = {place: {last} for place, _, last in columns}
        free = [place for place in places if options[place].is_free]
        ends.update({place: set() for place in free})
        changed = bool(free)
        while changed:
            changed = False
            for place in free:
                days = options[place].days
                starts = {question.today} if not question.clauses(place) else {
                    end + 1 for clause in question.clauses(place) for other in bits(clause) for end in ends.get(other, ())}
                new = {start + days - 1 for start in starts
                       if question.ends[place] <= start + days - 1 <= self.until} - ends[place]
                if new:
                    ends[place] |= new
                    changed = True
                if len(ends[place]) > _MOST_COLUMNS:
                    raise TooLarge
        columns += [(place, end - options[place].days + 1, end) for place in free for end in sorted(ends[place])]
        if len(columns) > _MOST_COLUMNS:
            raise TooLarge
        return columns

    def _of(self, mask: int, before: int = _NEVER) -> list[int]:
        return [number for place in bits(mask) for number in self._by_place.get(place, ())
                if self.columns[number][2] < before]

    def _add_rows(self, may_lose: bool, excluded: Sequence[int], hits: Sequence[int]) -> None:
        question = self.question
        for number, need in enumerate(question.needs):
            terms = dict.fromkeys(self._of(need.givers), 1)
            if may_lose:
                terms[self.lost + number] = 1
            self.rows.append(_Row(terms, 1, None))
        self.rows += [_Row(dict.fromkeys(self._of(hit), 1), 1, None) for hit in hits]
        for number, (place, first, _) in enumerate(self.columns):
            for clause in question.clauses(place):
                terms = dict.fromkeys(self._of(clause, first if question.problem.dates else _NEVER), 1)
                self.rows.append(_Row(terms | {number: -1}, 0, None))
        same: dict[str, list[int]] = {}
        for number, (place, _, _) in enumerate(self.columns):
            same.setdefault(question.options[place].training.code, []).append(number)
        for numbers in same.values():
            if len(numbers) > 1:
                self.rows.append(_Row(dict.fromkeys(numbers, 1), None, 1))
        for crowd in self._crowded():
            self.rows.append(_Row(dict.fromkeys(sorted(crowd), 1), None, 1))
        for taken in excluded:
            # Starts of the same option exclude each other, so their sum is whether it is taken.
            terms = dict.fromkeys(self._of(taken), 1)
            self.rows.append(_Row(terms, None, taken.bit_count() - 1))

    def _crowded(self) -> list[frozenset[int]]:
        """Return sets of columns that block a common day."""
        question = self.question
        edges: list[tuple[int, int, int]] = []
        for number, (place, _, _) in enumerate(self.columns):
            batch = question.options[place].batch
            for first, last in batch.stages if batch else ():
                edges.append((first.toordinal(), 1, number))
                edges.append((last.toordinal() + 1, 0, number))
        edges.sort()
        open_now: set[int] = set()
        found: list[frozenset[int]] = []
        grown = False
        for _, begins, number in edges:
            if begins:
                open_now.add(number)
                grown = True
            else:
                if grown and len(open_now) > 1:
                    found.append(frozenset(open_now))
                grown = False
                open_now.discard(number)
        return list(dict.fromkeys(found))

    # -- solving ----------------------------------------------------------------------------------------------------

    def hold(self, measure: Measure, most: int) -> None:
        """Ask for plans whose measure is at most so much."""
        costs, unit = _reduced(self._costs(measure))
        self.rows.append(_Row(costs, None, most // unit))

    def within(self) -> int:
        """Return the options that are still possible."""
        mask = 0
        for number in self.alive:
            if number < self.lost:
                mask |= 1 << self.columns[number][0]
        return mask

    def least_together(self, measures: Sequence[Measure]) -> list[int] | None:
        """Make measures small one before the other in one search, hold them there, and return them.

        Where the first has fine steps its bound hardly gains from being whole, and proving it anew for each further measure
        would cost as much again each time.

        Returns
        -------
        list of int or None
            None says nothing: the measures are not of that kind, or the search grew too large, or there is no plan.

        Raises
        ------
        TimeIsUp
            If the limit struck first.
        """
        parts = [_reduced(self._costs(measure)) for measure in measures]
        if len(measures) < 2 or self._measures or max(parts[0][0].values(), default=0) < _FINE:
            return None
        scale, weights = 1, dict[int, int]()
        for costs, _ in reversed(parts):
            for number, cost in costs.items():
                weights[number] = weights.get(number, 0) + scale * cost
            first, scale = scale, scale * (1 + sum(costs.values()))
        if scale > _LARGEST_OF_A_TREE:
            return None
        self._tree = None
        try:
            chosen = self._first_of(weights)
        except OutOfSteps:
            return None
        except TimeIsUp as stop:
            raise TimeIsUp(stop.bound // first * parts[0][1], measures[0]) from None
        if chosen is None:
            return None
        self.found, self._chosen, values = self._options(chosen), chosen, list[int]()
        for costs, unit in parts:
            value = sum(costs.get(number, 0) for number in chosen)
            if costs is not parts[-1][0]:
                self._measures.append(len(self.rows))
                self.rows.append(_Row(costs, None, value))
            values.append(value * unit)
        try:
            if self._is_alone(parts[-1][0], chosen):
                self.alive = set(chosen)
            self._tree = planted = self._plant(parts[-1][0])
            planted.tree.limit = planted.cost([planted.columns[number] for number in chosen])
            planted.tree.tighten()
        except OutOfTime:
            raise TimeIsUp(values[0], measures[0]) from None
        self._measures.append(len(self.rows))
        self.rows.append(_Row(parts[-1][0], None, values[-1] // parts[-1][1]))
        return values

    def _is_alone(self, costs: dict[int, int], chosen: list[int]) -> bool:
        """Whether no other cover is as good as the chosen one: one search for any other, instead of one for each tie.

        A choice that contains the chosen one is not asked for: it has more options.
        """
        planted = self._plant(costs)
        if planted.polish is None:
            return False
        mine = [planted.columns[number] for number in chosen]
        planted.tree.limit = planted.cost(mine)
        planted.tree.tighten()
        planted.tree.add([(dict.fromkeys(mine, 1), None, len(mine) - 1)])
        try:
            return planted.tree.find() is None
        except OutOfSteps:
            return False

    def least(self, measure: Measure) -> int | None:
        """Make a measure as small as it can be, hold it there, and return it; None when there is no plan.

        Raises
        ------
        TimeIsUp
            If the limit struck first.
        TooLarge
            If its numbers are too large for the solver.
        """
        costs, unit = _reduced(self._costs(measure))
        self._tree = None
        try:
            chosen, bound = self._in_a_tree(costs) if costs else self._cheapest(costs)
        except OutOfSteps:
            try:
                chosen, bound = self._cheapest(costs)
            except TimeIsUp as stop:
                raise TimeIsUp(stop.bound * unit, measure) from None
        except TimeIsUp as stop:
            raise TimeIsUp(stop.bound * unit, measure) from None
        if chosen is None:
            return None
        value = sum(costs.get(number, 0) for number in chosen)
        self._drop(costs, value, bound)
        self.found = self._options(chosen)
        self._chosen = chosen
        self._measures.append(len(self.rows))
        self.rows.append(_Row(costs, None, value))
        return value * unit

    def _cheapest(self, costs: dict[int, int]) -> tuple[list[int] | None, tuple[int, dict[int, int]] | None]:
        """Return a cheapest choice of columns, and a bound as `_solve` gives it; None when there is no plan."""
        while (answer := self._solve(costs)) is not None:
            cuts = self._circles(answer[0])
            if not cuts:
                return answer
            self.rows += cuts
        return None, None

    def _in_a_tree(self, costs: dict[int, int]) -> tuple[list[int] | None, None]:
        """Return a cheapest choice of columns, proven in whole numbers, as `_cheapest`.

        Raises
        ------
        OutOfSteps
            If the tree grew too large.
        """
        chosen = self._first_of(costs) if self._chosen is None else self._improved(costs, self._chosen)
        return chosen, None

    def _plant(self, costs: dict[int, int], alive: Collection[int] | None = None) -> _Planted:
        """Return a tree for a measure, with only some columns if that is asked.

        Measures made small before it are a part of its costs, and outweigh it, as far as numbers reach: that gives a nearer
        bound than a row that holds them. Where an option has several columns, one more says whether it is taken.
        """
        columns = {number: column for column, number in enumerate(sorted(self.alive if alive is None else alive))}
        if len(columns) > _MOST_IN_A_TREE:
            raise OutOfSteps
        weights, scale, inside = dict(costs), 1 + sum(costs.values()), list[int]()
        for place in reversed(self._measures):
            terms = {number: cost for number, cost in self.rows[place].terms.items() if number in columns}
            if scale * (1 + sum(terms.values())) > _LARGEST_OF_A_TREE:
                break
            for number, cost in terms.items():
                weights[number] = weights.get(number, 0) + scale * cost
            scale *= 1 + sum(terms.values())
            inside.append(place)
        rows = [_translated(row, columns) for place, row in enumerate(self.rows) if place not in inside]
        # That nothing is less than the least is known too, and rounds the bound up; where steps are small that is little.
        rows += [_translated(_Row(row.terms, row.high, row.high), columns) for row in (self.rows[place] for place in inside)
                 if max(row.terms.values(), default=0) <= _COARSE]
        places: dict[int, int] = {}
        size = len(columns)
        for place, numbers in self._by_place.items():
            mine = [columns[number] for number in numbers if number in columns]
            if len(mine) > 1:
                rows.append((dict.fromkeys(mine, 1) | {size: -1}, 0, 0))
                mine = [size]
                size += 1
            if mine:
                places[place] = mine[0]
        by_column = [weights.get(number, 0) for number in columns] + [0] * (size - len(columns))
        numbers = list(columns)

        def broken(chosen: list[int]) -> list[Row]:
            cuts = self._circles([numbers[column] for column in chosen if column < len(numbers)])
            self.rows += cuts
            return [_translated(cut, columns) for cut in cuts]

        # Where numbers are too large for HiGHS's own search, nothing better comes after the tree.
        steps = _STEPS if max(costs.values()) <= _LARGEST else _LONGER * _STEPS
        def polish(chosen: list[int]) -> list[int]:
            return cheap_cover(by_column, [list(terms) for terms, _, _ in rows], chosen, deadline=self.deadline)

        is_cover = _is_cover(rows)
        tree = Tree(by_column, rows, limit=sum(by_column), steps=steps, deadline=self.deadline, broken=broken,
                    polish=polish if is_cover else None)
        return _Planted(tree, numbers, columns, places, weights, polish if is_cover else None)

    def _first_of(self, costs: dict[int, int]) -> list[int] | None:
        """Return a cheapest choice: one hardly above the bound is looked for, then further above, half as much again each time."""
        near = planted = self._plant(costs)
        tree, most = planted.tree, planted.tree.limit
        least: int | None = 0
        try:
            least = tree.bound()
            room = max(1, (least or 0) >> _ROOM)
            # Some plan, for when the time is up.
            seen, _ = tree.glance()
            top, doubts = least or 0, 0
            while least is not None and least <= most:
                tree.limit = min(top + room, most)
                tree.tighten()
                near = self._plant(costs, planted.left())
                near.tree.limit = tree.limit
                known, is_sure = near.tree.glance()
                if known is None and not is_sure and planted.polish is not None and seen is not None:
                    # What would be as cheap as a cheap cover is refuted once, instead of one limit after the other.
                    tree.release()
                    seen = planted.polish(seen)
                    tree.limit = planted.cost(seen)
                    tree.tighten()
                    near = self._plant(costs, planted.left() | set(planted.numbers_of(seen)))
                    near.tree.limit, near.tree.polish = tree.limit, None
                    known = [near.columns[number] for number in planted.numbers_of(seen)]
                elif known is not None:
                    near.tree.limit = near.cost(known)
                if known is None and not is_sure and doubts < _DOUBTS and tree.limit < most:
                    # Whether there is none here is for the search that finds one above it to show.
                    doubts += 1
                else:
                    found = None if is_sure and known is None else near.tree.least(least, known)
                    if found is not None:
                        near.tree.tighten()
                        self.alive = near.left()
                        return near.numbers_of(found)
                    least, doubts = tree.limit + 1, 0
                tree.release()
                top = tree.limit + 1
                room += (room + 1) >> 1
        except (OutOfTime, OutOfSteps) as stop:
            best = near if near.tree.found is not None else planted
            if best.tree.found is not None:
                self.found = self._options(best.numbers_of(best.tree.found))
            if isinstance(stop, OutOfSteps):
                raise
            raise TimeIsUp(least or 0) from None
        return None

    def _improved(self, costs: dict[int, int], known: list[int]) -> list[int]:
        """Return a cheapest choice, of which one is known that is best by the measures before; leave the tree for `settle`."""
        planted = self._plant(costs)
        tree = planted.tree
        tree.limit = sum(planted.weights.get(number, 0) for number in known)
        before = tree.limit - sum(costs.get(number, 0) for number in known)
        bound = 0
        try:
            bound = max(0, (tree.bound() or 0) - before)
            tree.tighten()
            mine = [planted.columns[number] for number in known]
            found = tree.least(before + bound, mine)
        except OutOfTime:
            raise TimeIsUp(bound) from None
        self._tree = planted
        tree.tighten()
        return known if found is None or found is mine else planted.numbers_of(found)

    def has(self, hits: Sequence[int]) -> int | None:
        """Return some plan that has one option of each set; None when there is none."""
        known = len(self.rows)
        self.rows += [_Row(dict.fromkeys(self._of(hit), 1), 1, None) for hit in hits]
        try:
            return self._some({})
        finally:
            del self.rows[known:]

    @property
    def has_tree(self) -> bool:
        """Whether `settle` goes on where the last measure was proven."""
        return self._tree is not None

    def settle(self) -> None:
        """Leave one plan: at the first option, in order of rank, in which two plans differ, the one that has it wins.

        All plans are taken to have the same number of options.
        """
        if self._tree is not None:
            try:
                self._settle_in(self._tree)
            except OutOfTime:
                raise TimeIsUp(0) from None
            except OutOfSteps:
                pass
            else:
                return
        known = self.found or 0
        while (better := self._earlier(known)) is not None:
            # No plan differs from the known one before the first option in which the better one does.
            first = (better ^ known) & -(better ^ known)
            for place, numbers in self._by_place.items():
                if 1 << place <= first:
                    if better >> place & 1:
                        self.rows.append(_Row(dict.fromkeys(numbers, 1), 1, None))
                    else:
                        self.alive.difference_update(numbers)
            self.found = known = better

    def _settle_in(self, planted: _Planted) -> None:
        """Settle ties option by option, each with all before it decided."""
        tree = planted.tree
        for place in sorted(planted.places):
            column = planted.places[place]
            if tree.decided(column) is not None:
                continue
            if (self.found or 0) >> place & 1:
                tree.fix(column, 1)
                tree.tighten()
                continue
            length = tree.depth()
            tree.fix(column, 1)
            found = tree.find()
            if found is None:
                tree.undo(length)
                tree.fix(column, 0)
            else:
                self.found = self._options(planted.numbers_of(found))

    def _earlier(self, known: int) -> int | None:
        """Return the plan that differs from a known one first, and has the option there; None when there is none.

        A further column for each option that the known plan lacks says that they differ there: it is taken, and so is
        all that the known plan has before it.
        """
        rows, alive = len(self.rows), self.alive
        shared: dict[int, int] = {}
        costs: dict[int, int] = {}
        before = 0
        for place in sorted({self.columns[number][0] for number in alive if number < self.lost}):
            mine = [number for number in self._by_place[place] if number in alive]
            if known >> place & 1:
                shared |= dict.fromkeys(mine, -1)
                before += 1
                continue
            differs = self.size + place
            costs[differs] = len(costs) + 1
            self.rows.append(_Row({differs: 1} | dict.fromkeys(mine, -1), None, 0))
            if before:
                self.rows.append(_Row({differs: before} | shared, None, 0))
        self.rows.append(_Row(dict.fromkeys(costs, 1), 1, 1))
        self.alive = alive | set(costs)
        try:
            return self._some(costs)
        finally:
            del self.rows[rows:]
            self.alive = alive

    def any(self) -> int | None:
        """Return some plan; None when there is none."""
        return None if self.least(Measure([0] * len(self.question.options))) is None else self.found

    def _some(self, costs: dict[int, int]) -> int | None:
        """Return a cheapest plan, without holding its cost."""
        while (answer := self._solve(costs)) is not None:
            cuts = self._circles(answer[0])
            if not cuts:
                return self._options(answer[0])
            self.rows += cuts
        return None

    def _options(self, chosen: Sequence[int]) -> int:
        return sum({1 << self.columns[number][0] for number in chosen if number < self.lost})

    def _costs(self, measure: Measure) -> dict[int, int]:
        costs = {number: measure.options[place] for number, (place, _, _) in enumerate(self.columns)}
        if self.size > self.lost:
            costs |= {self.lost + number: cost for number, cost in enumerate(measure.needs)}
        return {number: cost for number, cost in costs.items() if cost and number in self.alive}

    def _solve(self, costs: dict[int, int]) -> tuple[list[int], tuple[int, dict[int, int]] | None] | None:
        """Return the chosen columns and an exact bound with its reduced costs; None when there is no plan."""
        import highspy  # loads a solver, which most questions do not need

        if any(abs(number) > _LARGEST for terms in (costs, *(row.terms for row in self.rows)) for number in terms.values()):
            raise TooLarge
        alive = sorted(self.alive)
        at = {number: place for place, number in enumerate(alive)}
        rows = [row for row in self.rows if row.low is not None or any(number in at for number in row.terms)]
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(alive), len(rows)
        model.col_cost_ = [float(costs.get(number, 0)) for number in alive]
        model.col_lower_, model.col_upper_ = [0.0] * len(alive), [1.0] * len(alive)
        model.row_lower_ = [-highspy.kHighsInf if row.low is None else float(row.low) for row in rows]
        model.row_upper_ = [highspy.kHighsInf if row.high is None else float(row.high) for row in rows]
        starts, index, values = [0], [], []
        for row in rows:
            for number, factor in row.terms.items():
                if number in at:
                    index.append(at[number])
                    values.append(float(factor))
            starts.append(len(index))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = starts, index, values
        solver, status = self._run(model, 0)
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        bound = None
        if status == highspy.HighsModelStatus.kOptimal:
            answer = solver.getSolution()
            bound = self._bound(costs, rows, list(answer.row_dual))
            if all(min(share, 1 - share) < 1e-6 for share in answer.col_value):
                return [alive[place] for place, share in enumerate(answer.col_value) if share > 0.5], bound
        least = math.ceil(bound[0] / _PARTS) if bound else 0
        # A solver that has solved the relaxation and is then told of integers answers wrongly, so another one is asked.
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(alive)
        solver, status = self._run(model, least)
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise TimeIsUp(least)
        if status != highspy.HighsModelStatus.kOptimal:
            raise TooLarge
        shares = solver.getSolution().col_value
        chosen = [alive[place] for place, share in enumerate(shares) if share > 0.5]
        if not _keeps(rows, set(chosen)):
            raise TooLarge
        return chosen, bound

    def _run(self, model: Any, bound: int) -> tuple[Any, Any]:
        import highspy

        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeIsUp(bound)
        # The plain class: the one around it greets on standard output, where commands write their answer.
        solver = highspy._core._Highs()
        # The number of threads belongs to the process, and another user of HiGHS may have set it: it is not touched.
        for name, value in (("output_flag", False), ("parallel", "off"), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5),
                            ("time_limit", left)):
            solver.setOptionValue(name, value)
        solver.passModel(model)
        solver.run()
        return solver, solver.getModelStatus()

    def _bound(self, costs: dict[int, int], rows: list[_Row], duals: list[float]) -> tuple[int, dict[int, int]]:
        """Return a bound and reduced costs, in parts of one, that hold whatever the dual values are."""
        reduced = {number: cost * _PARTS for number, cost in costs.items()}
        total = 0
        for row, dual in zip(rows, duals, strict=True):
            weight = round(dual * _PARTS)
            limit = row.low if weight > 0 else row.high
            if not weight or limit is None:
                continue
            total += weight * limit
            for number, factor in row.terms.items():
                reduced[number] = reduced.get(number, 0) - weight * factor
        total += sum(min(0, reduced.get(number, 0)) for number in self.alive)
        return total, reduced

    def _drop(self, costs: dict[int, int], value: int, bound: tuple[int, dict[int, int]] | None) -> None:
        """Forget the columns with which no plan can be as good as `value`."""
        if bound is None:
            return
        total, reduced = bound
        room = value * _PARTS - total
        self.alive = {number for number in self.alive if reduced.get(number, 0) <= room}

    def _circles(self, chosen: Sequence[int]) -> list[_Row]:
        """Return rows that forbid what holds itself up without dates."""
        question = self.question
        if question.problem.dates:
            return []
        taken = {self.columns[number][0] for number in chosen if number < self.lost}
        placed = 0
        waiting = sorted(taken)
        while True:
            now = [place for place in waiting if all(clause & placed for clause in question.clauses(place))]
            if not now:
                break
            for place in now:
                placed |= 1 << place
            waiting = [place for place in waiting if not placed >> place & 1]
        if not waiting:
            return []
        circle = sum(1 << place for place in waiting)
        helpers = 0
        for place in waiting:
            helpers |= next(clause for clause in question.clauses(place) if not clause & placed)
        terms = dict.fromkeys(self._of(helpers & ~circle), 1)
        return [_Row(terms | {self._by_place[place][0]: -1}, 0, None) for place in waiting]


def _is_cover(rows: Sequence[Row]) -> bool:
    """Whether each row asks for one of some columns; measures that are held outside of the costs are rows of another kind."""
    return all(low == 1 and high is None and set(terms.values()) == {1} for terms, low, high in rows)


def _reduced(costs: dict[int, int]) -> tuple[dict[int, int], int]:
    """Return costs without their common factor, and that."""
    unit = math.gcd(*costs.values()) or 1
    return {number: cost // unit for number, cost in costs.items()}, unit


def _translated(row: _Row, columns: Mapping[int, int]) -> Row:
    """Return a row in the columns of a tree, without those that are not there."""
    return {columns[number]: factor for number, factor in row.terms.items() if number in columns}, row.low, row.high


def _keeps(rows: Sequence[_Row], chosen: set[int]) -> bool:
    for row in rows:
        value = sum(factor for number, factor in row.terms.items() if number in chosen)
        if (row.low is not None and value < row.low) or (row.high is not None and value > row.high):
            return False
    return True
