"""The best plan of a question under an objective: by branch and bound, by a solver when that runs long.

Measures that add up are weighed so that one after the other decides: one whole number for each option. The last day of
a plan does not add up. It is found by shrinking the window: the earliest day by which everything could be had if nothing
clashed, then the next ends of options, until one window holds a plan. After a window without plan, only plans that end
after it are asked for.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from kompetensi.graph.paths.branch import Nodes, OutOfNodes, search
from kompetensi.graph.paths.catalogue import Option
from kompetensi.graph.paths.mixed import Measure, Program, TimeIsUp, TooLarge
from kompetensi.graph.paths.problem import Objective
from kompetensi.graph.paths.question import Question, bits
from kompetensi.graph.paths.schedule import check, place
from kompetensi.graph.paths.search import Search
from kompetensi.graph.paths.search import TimeIsUp as SearchTimeIsUp

__all__ = ["Optimum", "Unknown", "attainable", "optimum"]

# Beyond so many nodes a solver is asked: the first is for the question whether there is a plan at all, the other for the
# best one.
_LOOK, _SEARCH = 3000, 10_000
# When the time is up and nothing is known yet, so many nodes find some plan, in some tenths of a second.
_RESCUE, _RESCUE_OF_A_NEED = 2000, 100
# So many needs without dates are a matter for the solver at once.
_COVER = 60
_NEVER = 1 << 60
# Ties of plans with more options are settled by the solver alone.
_SHORT = 25
# A window without a plan grows by so many days, then by twice as many.
_STEP = 4
# Of self-paced options that wait for each other so many are asked when they end.
_CHAIN = 3


class Unknown(Exception):
    """The time was up before it was known whether there is a plan."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """A best plan.

    Attributes
    ----------
    chosen : tuple of Option
        In order of rank.
    lost : (int, int)
        Mandatory items and coverage that it goes without, of those that the question asks for.
    proven : bool
        False only when the time limit struck.
    bound : mapping of Objective to (date or int), or None
        Only when not proven: nothing can be better than this.
    """

    chosen: tuple[Option, ...]
    lost: tuple[int, int]
    proven: bool = True
    bound: dict[Objective, date | int] | None = None


def optimum(
    question: Question, objective: Sequence[Objective], deadline: float, *, like: Optimum | None = None,
    excluded: Sequence[Optimum] = (),
) -> Optimum | None:
    """Return the best plan under an objective.

    Parameters
    ----------
    question : Question
        If it is for ready plans, every need must be met; otherwise as much as can be is met first.
    deadline : float
        ``time.monotonic()`` at which to stop.
    like : Optimum or None
        A plan of the same question that loses least, if one is known.
    excluded : sequence of Optimum
        Plans that must not come again, nor anything that contains one of them.

    Returns
    -------
    Optimum or None
        None when there is no such plan.

    Raises
    ------
    Unknown
        If the time was up before one was found.
    """
    if question.is_ready and not all(need.givers for need in question.needs):
        return None
    if question.is_plain:
        try:
            return _Windows(question, objective, deadline, like, excluded).run()
        except TooLarge:
            pass
    return _modelled(question, objective, deadline, like, excluded)


def attainable(question: Question, deadline: float) -> bool:
    """Say whether a question for ready plans has one.

    Raises
    ------
    Unknown
        If the time was up first.
    """
    if not all(need.givers for need in question.needs):
        return False
    if question.is_plain:
        try:
            return _Windows(question, (), deadline, None, ()).is_attainable()
        except TooLarge:
            pass
    return _modelled(question, (Objective.COUNT,), deadline, None, ()) is not None


class _Windows:
    """One question, window after window.

    Attributes
    ----------
    held : list of (Measure, int)
        What earlier steps have made as small as it can be.
    known : int or None
        The best set of options so far.
    giving : int
        Set of the options that give a need.
    bounds : dict of Objective to int
        What is proven so far.
    """

    def __init__(
        self, question: Question, objective: Sequence[Objective], deadline: float, like: Optimum | None,
        excluded: Sequence[Optimum],
    ) -> None:
        self.question = question
        self.objective = objective
        self.deadline = deadline
        places = {option.rank: place for place, option in enumerate(question.options)}
        self.excluded = [sum(1 << places[option.rank] for option in taken.chosen) for taken in excluded]
        trainings = [option.training for option in question.options]
        self.sums = {Objective.JP: Measure([training.jp for training in trainings]),
                     Objective.COST: Measure([training.cost_idr for training in trainings]),
                     Objective.COUNT: Measure([1] * len(trainings))}
        self.lost: Measure | None = None
        if not question.is_ready:
            self.lost = Measure([0] * len(trainings), [self._loss((need.mutlak, need.coverage))
                                                       for need in question.needs])
        self.held: list[tuple[Measure, int]] = []
        if self.lost is not None and like is not None:
            self.held.append((self.lost, self._loss(like.lost)))
        self.known: int | None = None
        # The weights with which plans are looked for, once all is held that will be.
        self._looked: tuple[list[int], list[int] | None, int | None] | None = None
        self.giving = 0
        for need in question.needs:
            self.giving |= need.givers
        self.bounds: dict[Objective, int] = {}

    def run(self) -> Optimum | None:
        question = self.question
        dates = question.problem.dates
        at = list(self.objective).index(Objective.FINISH) if Objective.FINISH in self.objective else None
        earlier, later = list(self.objective[:at or 0]), list(self.objective[at + 1 if at is not None else 0:])
        until = question.horizon if dates else _NEVER
        closing: int | None = None
        try:
            if self.lost is not None and not self.held and not self._hold_best(until, [self.lost]):
                return None
            if earlier and not self._hold_best(until, [self.sums[item] for item in earlier]):
                return None
            self.bounds |= {item: self._value(self.sums[item], self.known) for item in earlier}
            if at is not None:
                window = self._window()
                if window is None:
                    return None
                until, closing = window
            measures = [*(self.sums[item] for item in later), self.sums[Objective.COUNT]]
            found = self._best(until, measures, closing, settle=True)
            if found is None:
                return None
            return self._found(found)
        except TimeIsUp as stop:
            for item, measure in self.sums.items():
                if measure is stop.measure:
                    self.bounds.setdefault(item, stop.bound)
            if self.known is None:
                self.known = self._some(until)
            bound = {item: _shown(item, self.bounds.get(item, question.today if item is Objective.FINISH else 0))
                     for item in self.objective}
            return self._found(self._lean(self.known), bound)

    def is_attainable(self) -> bool:
        """Return whether there is a plan; raises Unknown if the time was up first."""
        try:
            return self._exists(self.question.horizon if self.question.problem.dates else _NEVER) is not None
        except TimeIsUp:
            raise Unknown from None

    def _some(self, until: int) -> int:
        """Return a plan that is found soon, without looking at the time; raises Unknown if none is.

        One need after the other, the one that weighs most first, is added to the plan when that can be seen soon.
        """
        needs = self.question.needs
        if self.held or self.excluded:
            raise Unknown
        costs, _ = self._weigh(list(self.sums.values()))
        nodes = Nodes(_RESCUE)
        taken = 0
        for need in sorted(needs, key=lambda need: (-need.mutlak, -need.coverage)):
            if need.givers & taken or not need.givers:
                continue
            allowance = Nodes(min(nodes.left, _RESCUE_OF_A_NEED))
            nodes.left -= allowance.left
            try:
                found = search(self.question, allowance, until=until, costs=costs, losses=[0] * len(needs), first=True,
                               hits=[*(1 << at for at in bits(taken)), need.givers])
            except OutOfNodes:
                continue
            nodes.left += allowance.left
            taken = found[1] if found is not None else taken
        if self.question.is_ready and not all(need.givers & taken for need in needs):
            raise Unknown
        return taken

    # -- searching --------------------------------------------------------------------------------------------------

    def _hold_best(self, until: int, measures: Sequence[Measure]) -> bool:
        """Make measures small over all days and hold them there; return whether there is a plan."""
        found = self._best(until, measures, None, guides=[item for item in self.sums.values() if item not in measures])
        if found is None:
            return False
        self.known = found
        self.held += [(measure, self._value(measure, found)) for measure in measures]
        return True

    def _best(
        self, until: int, measures: Sequence[Measure], closing: int | None, *, guides: Sequence[Measure] = (),
        settle: bool = False,
    ) -> int | None:
        """Return the best plan of a window among those that keep what is held; `known` is one of them, if any.

        Among plans that are equally good, branch and bound looks for one that is small by the `guides`: without them it would
        walk through all of them.
        """
        everything = [*(measure for measure, _ in self.held), *measures, *guides]
        if settle:
            everything.append(self._ties(until))
        costs, losses = self._weigh(everything)
        below = None
        if self.known is not None:
            below = self._cost(costs, losses, self.known)
        elif self.held:
            below = self._limit(costs, losses, everything)
        try:
            is_cover = not self.question.problem.dates and len(self.question.needs) >= _COVER
            nodes = 0 if is_cover else _SEARCH
            found = search(self.question, self._nodes(nodes), until=until, costs=costs, losses=losses, below=below,
                           excluded=self.excluded, closing=closing)
            return found[1] if found is not None else self.known
        except OutOfNodes as stop:
            if stop.found is not None:  # it costs less than what was known
                self.known = stop.found
        program = self._program(until, closing)
        values: list[int] | None = None
        for at, measure in enumerate(measures):
            try:
                values = program.least_together(measures) if not at else values
                value = values[at] if values is not None else program.least(measure)
            except TimeIsUp:
                if program.found is not None and (
                        self.known is None or self._cost(costs, losses, program.found) < self._cost(costs, losses, self.known)):
                    self.known = program.found
                raise
            if value is None:
                return None
            self.known = program.found
            self.bounds |= {item: value for item, known in self.sums.items() if known is measure}
        assert program.found is not None
        if not settle:
            return program.found
        if program.has_tree or program.found.bit_count() > _SHORT:
            program.settle()
            return program.found
        return self._settled(program, until, measures, () if closing is None else (closing,))

    def _settled(self, program: Program, until: int, measures: Sequence[Measure], hits: Sequence[int]) -> int:
        """Return, of all plans as good as the program's, the one that has the first option in which two differ.

        The first option of the known plan stays unless a plan has an earlier one; then the second is asked, and so on.
        """
        best = program.found or 0
        costs, losses = self._weigh([*(measure for measure, _ in self.held), *measures])
        below = self._cost(costs, losses, best) + 1
        kept = 0
        while rest := best & ~kept:
            lowest = rest & -rest
            earlier = program.within() & (lowest - 1) & ~((1 << kept.bit_length()) - 1)
            for at in bits(kept):
                earlier &= ~self.question.rivals(at)
            asked = [*hits, *(1 << at for at in bits(kept)), earlier]
            found = None
            if earlier:
                try:
                    answer = search(self.question, self._nodes(_LOOK), until=until, costs=costs, losses=losses, below=below,
                                    first=True, excluded=self.excluded, hits=asked, within=program.within())
                    found = None if answer is None else answer[1]
                except OutOfNodes:
                    found = program.has(asked)
            if found is None:
                kept |= lowest
            else:
                best = found
        return best

    def _exists(self, until: int, closing: int | None = None) -> int | None:
        """Return some plan of a window that keeps what is held; None when there is none."""
        if self._looked is None:
            # What the plan comes to does not matter here, but cheap plans are small, and small ones are found soon.
            measures = [*(measure for measure, _ in self.held), *self.sums.values()]
            costs, losses = self._weigh(measures)
            self._looked = costs, losses, self._limit(costs, losses, measures) if self.held else None
        costs, losses, below = self._looked
        try:
            found = search(self.question, self._nodes(_LOOK), until=until, costs=costs, losses=losses, below=below,
                           first=True, excluded=self.excluded, closing=closing)
            return None if found is None else found[1]
        except OutOfNodes:
            return self._program(until, closing).any()

    def _nodes(self, most: int) -> Nodes:
        return Nodes(most, self.deadline)

    def _program(self, until: int, closing: int | None) -> Program:
        program = Program(self.question, until=until, may_lose=self.lost is not None, excluded=self.excluded,
                          hits=() if closing is None else (closing,), deadline=self.deadline)
        for measure, value in self.held:
            program.hold(measure, value)
        return program

    # -- the window -------------------------------------------------------------------------------------------------

    def _window(self) -> tuple[int, int | None] | None:
        """Return the earliest last day of a plan, and the options with which it ends; None without plan."""
        question = self.question
        start = self._earliest()
        self.bounds[Objective.FINISH] = start
        closing = self._closing(start, start)
        found = self._exists(start, closing)
        if found is not None:
            self.known = found
            return start, closing
        step = _STEP
        while self.known is None:
            if start >= question.horizon:
                return None
            until = min(start + step, question.horizon)
            self.known = self._exists(until, self._closing(start + 1, until))
            if self.known is None:
                start = until
                step *= 2
        days = self._days_between(start, self._end_of(self.known))
        low, high = 0, len(days) - 1
        while low < high:
            self.bounds[Objective.FINISH] = days[low]
            middle = (low + high) // 2
            found = self._exists(days[middle], self._closing(start + 1, days[middle]))
            if found is None:
                start = days[middle]
                low = middle + 1
            else:
                self.known = found
                high = bisect.bisect_right(days, self._end_of(found)) - 1
        self.bounds[Objective.FINISH] = days[high]
        return days[high], self._closing(days[high], days[high])

    def _closing(self, first: int, last: int) -> int | None:
        """Return the options with which a plan can end on one of some days if no plan ends before; None = it may be empty.

        Nothing waits for what ends last. So if it gives nothing that is needed, or only what others give too, the plan can do
        without it, and then ends before or ends with another.
        """
        question = self.question
        if first <= question.today:
            return None
        found = self.giving & question.ended_before(last + 1)
        early = question.ended_before(first)
        seen: dict[tuple[int, int], bool] = {}
        for at in bits(found & early & question.free):
            if self._can_end(at, first, last, _CHAIN, seen):
                early &= ~(1 << at)
        return found & ~early

    def _can_end(self, at: int, first: int, last: int, depth: int, seen: dict[tuple[int, int], bool]) -> bool:
        """Whether an option can end on one of some days; of what is self-paced and begins late, when another has ended.

        What was seen is noted by option and first day. Where the chain is cut it says yes, which is always safe.
        """
        question = self.question
        if not question.free >> at & 1 or question.ends[at] > last:
            return first <= question.ends[at] <= last
        if question.ends[at] >= first or not depth:
            return True
        found = seen.get((at, first))
        if found is None:
            days = question.options[at].days
            found = seen[at, first] = any(self._can_end(other, first - days, last - days, depth - 1, seen)
                                          for clause in question.clauses(at) for other in bits(clause))
        return found

    def _end_of(self, chosen: int) -> int:
        placed = place(self.question.problem, [self.question.options[at] for at in bits(chosen)])
        assert placed is not None
        return max((item.last for item in placed), default=self.question.today)

    def _earliest(self) -> int:
        """Return a day before which no plan can end: nothing clashes, and what is lost is no more than it must be."""
        question = self.question
        days = sorted({question.today, *(question.earliest[need.atom] for need in question.needs
                                         if need.atom in question.earliest)})
        if self.lost is None:
            return days[-1]
        least = self.held[0][1]
        for day in days:
            late = [need for need in question.needs if question.earliest.get(need.atom, _NEVER) > day]
            if self._loss((sum(need.mutlak for need in late), sum(need.coverage for need in late))) <= least:
                return day
        return days[-1]

    def _days_between(self, start: int, end: int) -> list[int]:
        """Return the days after one, to another, on which a plan can end; self-paced options end where chains can."""
        question = self.question
        days = {question.today - 1, *(option.last for option in question.options if not option.is_free)}
        waiting = list(days)
        lengths = {option.days for option in question.options if option.is_free}
        while waiting:
            day = waiting.pop()
            for length in lengths:
                if day + length <= end and day + length not in days:
                    days.add(day + length)
                    waiting.append(day + length)
        return sorted(day for day in days if start < day <= end and self._closing(day, day))

    # -- weights ----------------------------------------------------------------------------------------------------

    def _loss(self, lost: tuple[int, int]) -> int:
        return lost[0] * (1 + sum(need.coverage for need in self.question.needs)) + lost[1]

    def _value(self, measure: Measure, chosen: int | None) -> int:
        chosen = chosen or 0
        value = sum(measure.options[at] for at in bits(chosen))
        if measure.needs:
            value += sum(loss for need, loss in zip(self.question.needs, measure.needs, strict=True)
                         if not need.givers & chosen)
        return value

    def _weigh(self, measures: Sequence[Measure]) -> tuple[list[int], list[int] | None]:
        """Return one number for each option, and for each need, in which earlier measures outweigh all later ones."""
        costs = [0] * len(self.question.options)
        losses = [0] * len(self.question.needs)
        for measure in measures:
            scale = _scale(measure)
            costs = [cost * scale + one for cost, one in zip(costs, measure.options, strict=True)]
            losses = [loss * scale + one for loss, one in zip(losses, measure.needs or [0] * len(losses), strict=True)]
        return costs, None if self.lost is None else losses

    def _cost(self, costs: Sequence[int], losses: Sequence[int] | None, chosen: int) -> int:
        return self._value(Measure(costs, losses or ()), chosen)

    def _limit(self, costs: Sequence[int], losses: Sequence[int] | None, measures: Sequence[Measure]) -> int:
        """Return a cost that all plans which keep what is held are below, and no others."""
        limit = 0
        for number, measure in enumerate(measures):
            limit *= _scale(measure)
            if number < len(self.held):
                limit += self.held[number][1]
            if number == len(self.held) - 1:
                limit += 1
        return limit

    def _ties(self, until: int) -> Measure:
        """Return a measure that decides between equally many options: the first in order of rank wins."""
        window = self.question.ended_before(until + 1)
        ties = [0] * len(self.question.options)
        size = window.bit_count()
        for number, at in enumerate(bits(window)):
            ties[at] = (1 << size) - (1 << size - 1 - number)
        return Measure(ties)

    # -- what comes out ---------------------------------------------------------------------------------------------

    def _lean(self, chosen: int) -> int:
        """Return a plan without the options that it can do without, the last in order of rank first."""
        question = self.question
        worth = self._value(self.lost, chosen) if self.lost is not None else 0
        for at in reversed(list(bits(chosen))):
            rest = chosen & ~(1 << at)
            same = (all(need.givers & rest for need in question.needs) if self.lost is None
                    else self._value(self.lost, rest) == worth)
            if not same or not _holds(question, rest):
                continue
            placed = place(question.problem, [question.options[other] for other in bits(rest)])
            if placed is not None and check(question.problem, placed):
                chosen = rest
        return chosen

    def _found(self, chosen: int, bound: dict[Objective, date | int] | None = None) -> Optimum:
        options = tuple(self.question.options[at] for at in bits(chosen))
        return Optimum(options, _lost(self.question, {option.rank for option in options}), bound is None, bound)


def _scale(measure: Measure) -> int:
    return 1 + sum(measure.options) + sum(measure.needs)


def _holds(question: Question, chosen: int) -> bool:
    """Whether every entry of a set is in it; what ends too late for it is not counted."""
    return all(clause & chosen for at in bits(chosen) for clause in question.clauses(at))


def _modelled(
    question: Question, objective: Sequence[Objective], deadline: float, like: Optimum | None,
    excluded: Sequence[Optimum],
) -> Optimum | None:
    """Return the same plan, found by CP-SAT: for conditions and numbers that the other ways do not hold."""
    problem = question.problem
    model = Search(problem, question.options, deadline=deadline)
    if question.is_ready and not model.demand_all():
        return None
    for taken in excluded:
        model.exclude(taken.chosen)
    bound: dict[Objective, date | int] = {}
    at: Objective | None = None
    proven = True
    try:
        if not question.is_ready:
            for expression in (model.mutlak(), model.coverage()):
                model.best(expression, largest=True)
        for at in objective:
            value = model.best(model.measure(at))
            if value is None:
                return None
            bound[at] = _shown(at, value)
        model.best(model.measure(Objective.COUNT))
        model.settle()
    except SearchTimeIsUp as stop:
        proven = False
        if at is not None and at not in bound:
            bound[at] = _shown(at, max(stop.bound or 0, problem.today.toordinal() if at is Objective.FINISH else 0))
        for rest in objective:
            bound.setdefault(rest, problem.today if rest is Objective.FINISH else 0)
        if model.found is None:
            if question.is_ready or excluded:
                raise Unknown from None
            model.found = ()
    chosen = model.found or ()
    lost = _lost(question, {option.rank for option in chosen})
    if like is not None and lost != like.lost:
        return None
    return Optimum(chosen, lost, proven, None if proven else bound)


def _lost(question: Question, chosen: Collection[tuple[str, int, int, str]]) -> tuple[int, int]:
    lost = [need for need in question.needs
            if not any(question.options[at].rank in chosen for at in bits(need.givers))]
    return sum(need.mutlak for need in lost), sum(need.coverage for need in lost)


def _shown(objective: Objective, value: int) -> date | int:
    return date.fromordinal(value) if objective is Objective.FINISH else value
