"""What would close an open item: of each kind the smallest change, found by solving changed problems.

Every question goes to the planner; nothing here knows how a plan is found. A change of a kind only ever allows more (a seat,
a day, a rank), so what is enough stays enough with more of it. The smallest number is found by halving. The smallest set is
found by implicit hitting sets [1]_: a set that is not enough is made as large as it can be without becoming enough, and of what
is left out then each set that is enough has something. Only sets that have something of each such remainder are asked
about, so that nearly all others, however many, are never looked at.

References
----------
.. [1] J. Davies and F. Bacchus, "Solving MAXSAT by solving a sequence of simpler SAT instances", CP 2011, pp. 225-239.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from kompetensi.graph.conditions import Condition, HasLevel, HasTraining, Leaf, fold, leaves
from kompetensi.graph.elements import Importance
from kompetensi.graph.paths.branch import Nodes, OutOfNodes, search
from kompetensi.graph.paths.bulk import Clip
from kompetensi.graph.paths.catalogue import Atom, Catalogue
from kompetensi.graph.paths.changes import (
    Change,
    Deadline,
    GiveUp,
    Hold,
    Move,
    NewBatch,
    RankUp,
    Seat,
    change,
    moved,
)
from kompetensi.graph.paths.optimum import Unknown
from kompetensi.graph.paths.planner import can_be_ready, ready_plan
from kompetensi.graph.paths.problem import Batch, Demand, Gain, Objective, Problem, Requirement, Training
from kompetensi.graph.paths.question import Question
from kompetensi.graph.paths.result import Open, Plan, PlanResult, Reason, Step

__all__ = ["MOST_DAYS_MOVED", "MOST_HELD", "OpenRemedies", "Remedy", "RemedyKind", "Scope", "remedies"]

_T = TypeVar("_T")

# A batch that would have to move further is another batch.
MOST_DAYS_MOVED = 90
# So many things that somebody would have to bring along are no remedy any more.
MOST_HELD = 3


# A remedy that was found as time ran out may still take so long to be put into its plan.
_GRACE_S = 1.0
# A target that is not seen to be out of reach after so many nodes counts as within reach, where that does no harm.
_SOON = 100
# So many trainings are looked at together, to see whether one of them could be enough.
_TOGETHER = 16


class RemedyKind(StrEnum):
    """What is changed; remedies are told in this order."""

    SEAT = "seat"
    MOVE = "move"
    DEADLINE = "deadline"
    NEW_BATCH = "new_batch"
    GOLONGAN = "golongan"
    GIVE_UP = "give_up"
    HOLD = "hold"


class Scope(StrEnum):
    """What the change is enough for; remedies are told in this order, then by kind.

    `WITH_ALL`: the item beside everything that the plan reaches. `ALONE`: the item, but not beside all of that.
    `IN_ORDER`: the item alone, while rank, dates and seats are left aside.
    """

    WITH_ALL = "with_all"
    ALONE = "alone"
    IN_ORDER = "in_order"


@dataclass(frozen=True, slots=True)
class Remedy:
    """The smallest change of a kind.

    Attributes
    ----------
    changes : tuple of Change
        To be made together; not empty. A remedy of kind `GOLONGAN` may have a change of another kind after its `RankUp`.
    plan : Plan
        The best plan of the changed problem for what `scope` says.
    proven : bool
        False when time ran out before everything smaller was ruled out.
    """

    kind: RemedyKind
    scope: Scope
    changes: tuple[Change, ...]
    plan: Plan
    proven: bool = True


@dataclass(frozen=True, slots=True)
class OpenRemedies:
    """The remedies of one open item.

    Attributes
    ----------
    remedies : tuple of Remedy
        By scope, then by kind.
    complete : bool
        False when time ran out before every kind had been tried.
    """

    open: Open
    remedies: tuple[Remedy, ...]
    complete: bool = True


def remedies(
    problem: Problem, result: PlanResult, catalogue: Catalogue | None = None, *, time_limit_s: float | None = None
) -> tuple[OpenRemedies, ...]:
    """Find what would close each open item of a partial plan.

    "Beside everything that the plan reaches" means beside each level that it reaches, up to the required one, and each
    demanded training that it holds. What is smallest:

    ========== ========================================================================================================
    seat       fewest full batches of the window; ties: the plan that ends first, then fewest lesson hours, then as `plan`
    move       one batch that has a seat and has not begun, by the fewest days, at most `MOST_DAYS_MOVED`; ties: training,
               then earlier before later, then the batch of the better plan
    deadline   the earliest day; for the item alone it is told as well where that is an earlier day
    new batch  fewest trainings; ties as for seats, each batch taking one day; then the most days that all may take
    golongan   the lowest rank order; where no rank is enough by itself, the lowest that is with dates and seats left
               aside, together with the smallest change of another kind
    give up    only for `CLASH`: fewest items; ties: the first in their order: mandatory ones last, then least weight x
               levels, then the order of the problem
    hold       only for `NO_TRAINING` and `ENTRY`: the item itself where no training gives it; else the fewest levels and
               trainings below it, at most `MOST_HELD`, found with rank, dates and seats left aside; ties: levels before
               trainings, then by code; the item itself where that is not enough
    ========== ========================================================================================================

    A kind that is enough beside everything is not told again for the item alone.

    Parameters
    ----------
    problem : Problem
    result : PlanResult
        What `plan` answered to it.
    catalogue : Catalogue, optional
        Of the problem's trainings, as for `plan`.
    time_limit_s : float, optional
        For all items together; default: the problem's.

    Returns
    -------
    tuple of OpenRemedies
        In the order of `result.open`; empty when nothing is open. The same for the same problem, unless time ran out.
        A plan that is not proven has no remedies, for another plan may close its gaps without any change.
    """
    if not result.proven:
        return tuple(OpenRemedies(one, (), complete=False) for one in result.open)
    if not result.open:
        return ()
    catalogue = catalogue or Catalogue(problem.trainings)
    deadline = time.monotonic() + (problem.time_limit_s if time_limit_s is None else time_limit_s)
    left_open = {id(one.item): one.reached for one in result.open}
    reached: list[Requirement | Demand] = []
    for item in problem.requirements:
        level = left_open.get(id(item), item.level)
        if level > problem.levels.get(item.competency, 0):
            reached.append(replace(item, level=level))
    reached += [demand for demand in problem.demands
                if id(demand) not in left_open and demand.training not in problem.completed]
    found = []
    for place, one in enumerate(result.open):
        now = time.monotonic()
        share = max(0.0, deadline - now) / (len(result.open) - place)
        found.append(_OpenItem(problem, catalogue, one, tuple(reached), now + share).run())
    return tuple(found)


class _TimeIsUp(Exception):
    """The time for an item is over."""


@dataclass(frozen=True)
class _Case:
    """A target that is to be met in full, in a catalogue cut to what can serve it.

    Attributes
    ----------
    catalogue : Catalogue
        Of the uncut problem; all cases of a problem share it.
    deadline : float
        Of `time.monotonic`.
    """

    problem: Problem
    catalogue: Catalogue
    scope: Scope
    deadline: float

    @classmethod
    def of(
        cls, problem: Problem, catalogue: Catalogue, items: Sequence[Requirement | Demand], scope: Scope, deadline: float
    ) -> _Case:
        requirements = tuple(item for item in items if isinstance(item, Requirement))
        demands = tuple(item for item in items if isinstance(item, Demand))
        codes = Clip.of(catalogue, requirements, demands).trainings
        return cls(replace(
            problem, requirements=requirements, demands=demands, alternatives=0,
            trainings=tuple(training for training in problem.trainings if training.code in codes)),
            catalogue, scope, deadline)

    @property
    def trainings(self) -> list[Training]:
        """What can be taken, by code."""
        problem = self.problem
        return sorted((one for one in problem.trainings if one.code not in problem.completed and (
            one.min_golongan is None or one.min_golongan <= (problem.golongan or 0))), key=lambda one: one.code)

    @cached_property
    def shortest(self) -> _Instead:
        """Each training that has batches, or could have, as if it took one day and clashed with nothing."""
        return _Instead.of(self, {training.code: replace(training, batches=(), self_paced_days=1)
                                  for training in self.trainings if training.self_paced_days is None})

    @cached_property
    def fewest_shortest(self) -> _Fewest | None:
        """The fewest of these that are enough; None when all are not."""
        return self.shortest.fewest(self)

    def is_ready(self, changes: Sequence[Change]) -> bool:
        """Whether the target can be met after changes."""
        return self.can_be_met(change(self.problem, changes))

    def can_be_met(self, problem: Problem, catalogue: Catalogue | None = None) -> bool:
        """Whether the target of a problem can be met; its catalogue may be given, if it is known."""
        try:
            return can_be_ready(replace(problem, time_limit_s=self.seconds_left()), catalogue or self._changed(problem))
        except Unknown:
            raise _TimeIsUp from None

    def may_be_met(self, problem: Problem, catalogue: Catalogue | None = None) -> bool:
        """Whether the target of a problem may be met: it is not when that is seen soon, otherwise it may be."""
        self.seconds_left()
        question = Question(problem, catalogue or self._changed(problem), ready=True)
        if not all(need.givers for need in question.needs):
            return False
        if not question.is_plain:
            return self.can_be_met(problem, catalogue)
        try:
            return search(question, Nodes(_SOON), until=question.horizon, costs=[1] * len(question.options),
                          first=True) is not None
        except OutOfNodes:
            return True

    def _changed(self, problem: Problem) -> Catalogue:
        """Return the catalogue of the problem after a change."""
        known = self.catalogue.by_code
        fresh = [training for training in problem.trainings if known.get(training.code) is not training]
        return self.catalogue.changed(fresh) if fresh else self.catalogue

    def seconds_left(self) -> float:
        """Return how long a question may take; raises when the time is up."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise _TimeIsUp
        return min(left, self.problem.time_limit_s)

    def solve(
        self, problem: Problem, objective: tuple[Objective, ...] = (Objective.COUNT,), time_limit_s: float | None = None,
        catalogue: Catalogue | None = None,
    ) -> PlanResult | None:
        """Return the answer to a problem if its whole target can be met; in the time that is left, or in that given."""
        seconds = self.seconds_left() if time_limit_s is None else time_limit_s
        try:
            return ready_plan(replace(problem, objective=objective, time_limit_s=seconds),
                              catalogue or self._changed(problem))
        except Unknown:
            raise _TimeIsUp from None


@dataclass(frozen=True, slots=True)
class _Found:
    changes: tuple[Change, ...]
    proven: bool = True


# -- the kinds -------------------------------------------------------------------------------------------------------


def _seats(case: _Case) -> _Found | None:
    full: dict[str, Training] = {}
    for training in case.trainings:
        batches = tuple(replace(batch, seats_free=1) for batch in training.batches if batch.seats_free == 0)
        if batches:
            full[training.code] = replace(training, batches=batches)
    instead = _Instead.of(case, full)
    found = _fewest_instead(case, instead, instead.fewest(case))
    if found is None:
        return None
    steps, proven = found
    return _Found(tuple(Seat(code, step.batch or "") for code, step in steps), proven)


def _move(case: _Case) -> _Found | None:
    best: tuple[int, Training] | None = None
    for training in _worth_moving(case):

        most = best[0] - 1 if best else MOST_DAYS_MOVED
        copies = [(abs(by), copy) for batch in training.batches for by, copy in _copies(case.problem, batch, most)]

        def within(
            days: int, training: Training = training, copies: Sequence[tuple[int, Batch]] = tuple(copies)
        ) -> bool:
            batches = (*training.batches, *(copy for by, copy in copies if by <= days))
            return case.can_be_met(case.problem, case.catalogue.changed([replace(training, batches=batches)]))

        if most and within(most):
            best = _least(1, most, within), training
    if best is None:
        return None
    days, training = best
    for by in (-days, days):
        found = case.solve(_moved_by(case.problem, training, by), case.problem.objective)
        if found is not None:
            place = next(int(step.batch or 0) for step in found.plan.steps if step.training == training.code)
            return _Found((Move(training.code, training.batches[place % len(training.batches)].id, by),))
    raise AssertionError("a batch that was moved by the fewest days was moved by fewer")


def _worth_moving(case: _Case) -> list[Training]:
    """Return the trainings of which one more batch would be enough, by code: no move does more than that."""
    fewest = case.fewest_shortest
    if fewest is None or fewest.size != 1:
        return []
    return [training for training in case.trainings if training.code in fewest.codes and training.batches]


def _copies(problem: Problem, batch: Batch, most: int) -> Iterator[tuple[int, Batch]]:
    """Yield a batch that has not begun as it is when moved by up to so many days, between today and the deadline."""
    first, last = batch.stages[0][0].toordinal(), batch.stages[-1][1].toordinal()
    today, until = problem.today.toordinal(), (problem.ready_by or date.max).toordinal()
    if first >= today and batch.seats_free:
        for by in range(max(-most, today - first), min(most, until - last) + 1):
            if by:
                yield by, moved(batch, by)


def _moved_by(problem: Problem, training: Training, by: int) -> Problem:
    """Return a problem in which a training has its batches, and copies of them moved; ids are their places, one after another."""
    batches = list(training.batches)
    for batch in training.batches:
        copy = next((copy for days, copy in _copies(problem, batch, abs(by)) if days == by), None)
        batches.append(copy or replace(batch, seats_free=0))
    return replace(problem, trainings=tuple(
        replace(one, batches=tuple(replace(batch, id=str(place)) for place, batch in enumerate(batches)))
        if one.code == training.code else one for one in problem.trainings))


def _deadline(case: _Case) -> _Found | None:
    if case.problem.ready_by is None:
        return None
    found = case.solve(replace(case.problem, ready_by=None), (Objective.FINISH,))
    return None if found is None else _Found((Deadline(found.plan.finish),), found.proven)


def _new_batches(case: _Case) -> _Found | None:
    problem = case.problem
    found = _fewest_instead(case, case.shortest, case.fewest_shortest)
    if found is None:
        return None
    steps, proven = found
    codes = sorted(code for code, _ in steps)
    ends = [batch.stages[-1][1] for training in problem.trainings for batch in training.batches]
    most = max(1, ((problem.ready_by or max(ends, default=problem.today)) - problem.today).days + 1)

    def lasting(days: int) -> tuple[NewBatch, ...]:
        return tuple(NewBatch(code, days, problem.today, None) for code in codes)

    days = _least(2, most + 1, lambda days: days > most or not case.is_ready(lasting(days))) - 1
    answer = case.solve(change(problem, lasting(days)))
    assert answer is not None  # so many days were found to be enough
    spans = {step.training: (step.first_day, step.last_day) for step in answer.plan.steps}
    changes = []
    for code in codes:
        first, last = spans[code]
        assert first is not None
        changes.append(NewBatch(code, days, first, None if problem.ready_by is None and days == most else last))
    return _Found(tuple(changes), proven)


def _golongan(case: _Case) -> _Found | None:
    floors = sorted({training.min_golongan for training in case.problem.trainings
                     if training.min_golongan is not None and training.min_golongan > (case.problem.golongan or 0)})
    if not floors or not case.is_ready([RankUp(floors[-1])]):
        return None
    place = _least(0, len(floors) - 1, lambda at: case.is_ready([RankUp(floors[at])]))
    return _Found((RankUp(floors[place]),))


# What takes longest comes last, so that the others are told when time runs out.
_KINDS: Mapping[RemedyKind, Callable[[_Case], _Found | None]] = {
    RemedyKind.SEAT: _seats, RemedyKind.DEADLINE: _deadline, RemedyKind.GOLONGAN: _golongan,
    RemedyKind.NEW_BATCH: _new_batches, RemedyKind.MOVE: _move}
_UNDATED = (RemedyKind.GOLONGAN,)


# -- the smallest ----------------------------------------------------------------------------------------------------


def _least(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the lowest number from which on something holds; at `high` it is known to."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


@dataclass(frozen=True, slots=True)
class _Fewest:
    """How many are enough, and those of which so many may be."""

    size: int
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Instead:
    """Trainings that may be taken instead of those of the same codes.

    Attributes
    ----------
    either : mapping of str to Training
        By code, the training as it is and the one instead of it in one.
    relevant : frozenset of str
        What can be in a best plan, when everything may be taken instead.
    """

    trainings: Mapping[str, Training]
    either: Mapping[str, Training]
    relevant: frozenset[str]

    @classmethod
    def of(cls, case: _Case, trainings: Mapping[str, Training]) -> _Instead:
        known = case.catalogue.by_code
        either = {code: replace(one, batches=(*known[code].batches, *one.batches)) for code, one in trainings.items()}
        question = Question(case.problem, case.catalogue.changed(either.values()), ready=True)
        relevant = frozenset(option.training.code for option in question.options)
        return cls({code: one for code, one in trainings.items() if code in relevant},
                   {code: one for code, one in either.items() if code in relevant}, relevant)

    def is_enough(self, case: _Case, codes: Sequence[str]) -> bool:
        """Whether the target can be met when these may be taken instead."""
        return case.can_be_met(case.problem, self._catalogue(case, codes))

    def may_be_enough(self, case: _Case, codes: Sequence[str]) -> bool:
        """Whether it may be, as far as is seen soon."""
        return case.may_be_met(case.problem, self._catalogue(case, codes))

    def _enough_alone(self, case: _Case, codes: Sequence[str]) -> Iterator[str]:
        """Yield those of which one is enough; what is not enough together is not alone."""
        waiting = [codes[at:at + _TOGETHER] for at in range(0, len(codes), _TOGETHER)]
        while waiting:
            block = waiting.pop()
            if len(block) == 1:
                if self.is_enough(case, block):
                    yield block[0]
            elif self.may_be_enough(case, block):
                half = len(block) // 2
                waiting += [block[:half], block[half:]]

    def _catalogue(self, case: _Case, codes: Sequence[str]) -> Catalogue:
        return case.catalogue.changed([self.either[code] for code in codes])

    def fewest(self, case: _Case) -> _Fewest | None:
        """Return the fewest that are enough; None when all are not."""
        codes = sorted(self.trainings)
        if not codes or not self.is_enough(case, codes):
            return None
        alone = frozenset(self._enough_alone(case, codes))
        if alone:
            return _Fewest(1, alone)
        found, refused = _smallest(codes, lambda chosen: self.may_be_enough(case, chosen), range(2, len(codes) + 1),
                                   lambda chosen: self.is_enough(case, chosen))
        size = len(found)
        return _Fewest(size, frozenset(code for at, code in enumerate(codes) if next(
            _hitting([rest for rest in refused if at not in rest], size - 1, range(len(codes))), None) is not None))


def _fewest_instead(
    case: _Case, instead: _Instead, fewest: _Fewest | None
) -> tuple[tuple[tuple[str, Step], ...], bool] | None:
    """Return where a plan needs the fewest of these trainings instead of those of the same codes as they are.

    Both stand beside each other: what asks for the training asks for a level that either of them gives, and only those
    instead cost something.

    Returns
    -------
    tuple of ((code, Step), ...) and bool, or None
        The steps of such a plan that are taken instead, and whether fewer are ruled out; None when none are enough. Of
        plans with equally few the one that ends first, then the fewest lesson hours, then as `plan` decides.
    """
    if fewest is None:
        return None
    problem = case.problem
    taken = {code: instead.trainings[code] for code in sorted(fewest.codes)}
    apart = _mark([training.code for training in problem.trainings])
    names = {apart + code: code for code in taken}

    def beside(training: Training, code: str, cost: int) -> Training:
        held = (Gain(apart + training.code, 1),) if training.code in taken else ()
        return replace(training, code=code, cost_idr=cost, raises=(*training.raises, *held),
                       entry=_by_level(training.entry, taken, apart))

    both = [beside(training, training.code, 0) for training in problem.trainings if training.code in instead.relevant]
    both += [beside(training, apart + code, 1) for code, training in taken.items()]
    asked = [Requirement(apart + item.training, 1, item.weight, item.importance) for item in problem.demands
             if item.training in taken]
    changed = replace(problem, trainings=tuple(both), requirements=(*problem.requirements, *asked),
                      demands=tuple(item for item in problem.demands if item.training not in taken))
    found = case.solve(changed, (Objective.COST, Objective.FINISH, Objective.JP), catalogue=Catalogue(both))
    if found is None:
        raise AssertionError("what was enough is enough no more")
    return tuple((names[step.training], step) for step in found.plan.steps if step.training in names), found.proven


def _mark(codes: Sequence[str]) -> str:
    """Return what no code begins with."""
    mark = "+"
    while any(code.startswith(mark) for code in codes):
        mark += "+"
    return mark


def _by_level(condition: Condition, codes: Collection[str], mark: str) -> Condition:
    """Return an entry that asks for a level instead of some trainings."""

    def leaf(one: Leaf) -> Condition:
        return HasLevel(mark + one.code, 1) if isinstance(one, HasTraining) and one.code in codes else one

    return fold(condition, leaf, lambda kind, parts: kind(tuple(parts)))


def _smallest(
    candidates: Sequence[_T], may_be_enough: Callable[[Sequence[_T]], bool], sizes: range,
    is_enough: Callable[[Sequence[_T]], bool],
) -> tuple[tuple[int, ...], list[frozenset[int]]]:
    """Find the smallest set that is enough, of equally small ones the first in their order.

    Parameters
    ----------
    may_be_enough : callable
        Where it does not hold for a set, the set is not enough, and no part of it is. It holds for all candidates together.
    sizes : range
        Sets of other sizes are not looked for.
    is_enough : callable
        Asked when that holds.

    Returns
    -------
    tuple of int, list of frozenset of int
        The places of the set, empty when there is none; and sets of places of each of which any set that is enough has one.
    """
    refused = [_left_out(candidates, may_be_enough, ())]
    tried: set[tuple[int, ...]] = set()
    for size in sizes:
        while (places := next((found for found in _hitting(refused, size, range(len(candidates))) if found not in tried),
                              None)) is not None:
            chosen = [candidates[place] for place in places]
            if not may_be_enough(chosen):
                refused.append(_left_out(candidates, may_be_enough, places))
            elif is_enough(chosen):
                return places, refused
            else:
                tried.add(places)
    return (), refused


def _left_out(
    candidates: Sequence[_T], is_enough: Callable[[Sequence[_T]], bool], places: Sequence[int]
) -> frozenset[int]:
    """Make a set that is not enough as large as it can be without being enough; return the places of the others."""
    kept = set(places)
    needed = []
    waiting = [[place for place in range(len(candidates)) if place not in kept]]
    is_known = True  # all together are enough
    while waiting:
        block = waiting.pop()
        if is_known or is_enough([candidates[place] for place in sorted(kept.union(block))]):
            if len(block) == 1:
                needed += block
            else:
                half = len(block) // 2
                waiting += [block[half:], block[:half]]
        else:
            kept.update(block)
        is_known = False
    return frozenset(needed)


def _hitting(sets: Sequence[frozenset[int]], size: int, within: range) -> Iterator[tuple[int, ...]]:
    """Yield each choice of so many places within a range that has one of each set, in order."""
    if size == 0:
        if not sets:
            yield ()
        return
    # So many sets that share nothing need as many places.
    apart: list[frozenset[int]] = []
    for places in sorted(sets, key=len):
        if all(places.isdisjoint(other) for other in apart):
            apart.append(places)
    if len(apart) > size:
        return
    last = min((max(places, default=-1) for places in sets), default=within.stop - 1)
    choice = sorted(frozenset[int]().union(*apart)) if len(apart) == size else within
    for place in choice:
        if within.start <= place <= last:
            for rest in _hitting([places for places in sets if place not in places], size - 1, range(place + 1, within.stop)):
                yield (place, *rest)


def _fewest(case: _Case, candidates: Sequence[Change]) -> _Found | None:
    """Return the smallest set of changes that is enough; of equally small ones the first in their order."""
    if not candidates or not case.is_ready(candidates):
        return None
    enough = list(candidates)
    try:
        for one in reversed(candidates):
            without = [other for other in enough if other is not one]
            if without and case.is_ready(without):
                enough = without
        places, _ = _smallest(candidates, lambda chosen: case.may_be_met(change(case.problem, chosen)),
                              range(1, len(enough) + 1), case.is_ready)
    except _TimeIsUp:
        return _Found(tuple(enough), proven=False)
    return _Found(tuple(candidates[place] for place in places))


# -- one item --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _OpenItem:
    """Looks for the remedies of one open item."""

    problem: Problem
    catalogue: Catalogue
    open: Open
    reached: tuple[Requirement | Demand, ...]
    deadline: float

    def run(self) -> OpenRemedies:
        found: list[Remedy] = []
        try:
            self._look(found)
            complete = True
        except _TimeIsUp:
            complete = False
        scopes, kinds = list(Scope), list(RemedyKind)
        found.sort(key=lambda one: (scopes.index(one.scope), kinds.index(one.kind)))
        return OpenRemedies(self.open, tuple(found), complete)

    def _look(self, found: list[Remedy]) -> None:
        if self.open.reason in (Reason.NO_TRAINING, Reason.ENTRY):
            found.append(self._held())
            return
        if self.open.reason is Reason.GOLONGAN:
            self._try(found, self._cases(self.problem), [RemedyKind.GOLONGAN])
            if not found:
                self._rank_and_more(found)
            return
        cases = self._cases(self.problem)
        if self.open.reason is Reason.CLASH:
            found.append(self._give_up())
            cases = cases[:1]
        self._try(found, cases, list(_KINDS))

    @property
    def others(self) -> list[Requirement | Demand]:
        """What the plan reaches of all other items."""
        return [item for item in self.reached if not _same(item, self.open.item)]

    def _cases(self, problem: Problem) -> list[_Case]:
        with_all = _Case.of(problem, self.catalogue, (*self.others, self.open.item), Scope.WITH_ALL, self.deadline)
        alone = _Case.of(problem, self.catalogue, (self.open.item,), Scope.ALONE, self.deadline)
        return [with_all, alone] if self.others else [with_all]

    def _try(
        self, found: list[Remedy], cases: Sequence[_Case], kinds: Sequence[RemedyKind], before: tuple[Change, ...] = ()
    ) -> None:
        for kind in kinds:
            earlier: _Found | None = None
            for case in cases:
                one = _KINDS[kind](case) if case.problem.dates or kind in _UNDATED else None
                if one is None or one == earlier:
                    continue
                found.append(self._remedy(RemedyKind.GOLONGAN if before else kind, case, one, before))
                if kind is not RemedyKind.DEADLINE:
                    break
                earlier = one

    def _remedy(self, kind: RemedyKind, case: _Case, found: _Found, before: tuple[Change, ...] = ()) -> Remedy:
        """Solve the changed problem once more, now for the best plan."""
        left = max(_GRACE_S, self.deadline - time.monotonic())
        answer = case.solve(change(case.problem, found.changes), case.problem.objective, left)
        if answer is None:
            raise AssertionError("a change that was enough is enough no more")
        return Remedy(kind, case.scope, (*before, *found.changes), answer.plan, found.proven)

    def _rank_and_more(self, found: list[Remedy]) -> None:
        in_order = _Case.of(replace(self.problem, dates=False), self.catalogue, (self.open.item,), Scope.IN_ORDER, self.deadline)
        rank = _golongan(in_order)
        if rank is None:
            raise _TimeIsUp  # no rank is enough, so the planner gave this reason when its time was up
        self._try(found, self._cases(change(self.problem, rank.changes)),
                  [kind for kind in _KINDS if kind is not RemedyKind.GOLONGAN], rank.changes)

    def _give_up(self) -> Remedy:
        """Return what has to be left out so that the item can be had by the deadline."""
        problem = self.problem
        case = self._cases(problem)[0]
        whole = {item.competency: item.level for item in problem.requirements}

        def worth(item: Requirement | Demand) -> tuple[bool, int]:
            if isinstance(item, Demand):
                return item.importance is Importance.MUTLAK, item.weight
            met = item.level == whole[item.competency]
            return met and item.importance is Importance.MUTLAK, item.weight * (
                item.level - problem.levels.get(item.competency, 0))

        chosen = _fewest(case, [GiveUp(item) for item in sorted(self.others, key=worth)])
        assert chosen is not None  # alone it can be had
        return self._remedy(RemedyKind.GIVE_UP, case, chosen)

    def _held(self) -> Remedy:
        """Return what has to be held from elsewhere, and for how much that is enough."""
        item = self.open.item
        itself = Hold(HasLevel(item.competency, item.level) if isinstance(item, Requirement)
                      else HasTraining(item.training))
        found = None if self.open.reason is Reason.NO_TRAINING else self._missing(itself)
        found = found or _Found((itself,))
        for case in self._cases(self.problem):
            if case.is_ready(found.changes):
                return self._remedy(RemedyKind.HOLD, case, found)
        return self._remedy(RemedyKind.HOLD, self._open_to_all(), found)

    def _open_to_all(self) -> _Case:
        """Return the item alone, with rank, dates and seats left aside."""
        problem = replace(self.problem, dates=False, objective=(Objective.COUNT,), trainings=tuple(
            training if training.min_golongan is None else replace(training, min_golongan=None)
            for training in self.problem.trainings))
        catalogue = self.catalogue.changed(
            training for training, before in zip(problem.trainings, self.problem.trainings, strict=True)
            if training is not before)
        return _Case.of(problem, catalogue, (self.open.item,), Scope.IN_ORDER, self.deadline)

    def _missing(self, itself: Hold) -> _Found | None:
        case = self._open_to_all()
        problem, catalogue = case.problem, case.catalogue
        asked = {leaf for training in problem.trainings for leaf in leaves(training.entry)}
        levels = sorted((one for one in asked if isinstance(one, HasLevel) and one.level),
                        key=lambda one: (one.competency, one.level))
        codes = sorted((one for one in asked if isinstance(one, HasTraining)), key=lambda one: one.code)
        below: list[Leaf] = [*levels, *codes]
        missing = [Hold(leaf) for leaf in below if not _gives(leaf, itself.what)
                   and not catalogue.can_reach(problem, _atom(leaf))]
        # A training that is held is not taken any more, and what it gives is not had. So that holding more never leads to less,
        # copies can be taken instead.
        mark = _mark(list(catalogue.by_code))
        copied = catalogue.changed(replace(catalogue.by_code[leaf.code], code=mark + leaf.code)
                                   for leaf in codes if leaf.code in catalogue.by_code)

        def is_enough(held: Sequence[Hold], among: Catalogue = catalogue) -> bool:
            case.seconds_left()
            return among.can_reach(change(problem, held), _atom(itself.what))

        if not missing or not is_enough(missing, copied):
            return None
        places, _ = _smallest(missing, lambda held: is_enough(held, copied), range(1, MOST_HELD + 1), is_enough)
        return _Found(tuple(missing[place] for place in places)) if places else None


def _atom(leaf: Leaf) -> Atom:
    return (leaf.code, 0) if isinstance(leaf, HasTraining) else (leaf.competency, leaf.level)


def _gives(leaf: HasLevel | HasTraining, wanted: HasLevel | HasTraining) -> bool:
    """Whether holding one is holding the other."""
    if isinstance(leaf, HasLevel) and isinstance(wanted, HasLevel):
        return leaf.competency == wanted.competency and leaf.level >= wanted.level
    return leaf == wanted


def _same(one: Requirement | Demand, other: Requirement | Demand) -> bool:
    if isinstance(one, Requirement):
        return isinstance(other, Requirement) and one.competency == other.competency
    return isinstance(other, Demand) and one.training == other.training
