"""What would close an open item: of each kind the smallest change, found by solving changed problems.

Every question goes to the planner; nothing here knows how a plan is found. A change of a kind only ever allows more (a seat,
a day, a rank), so what is enough stays enough with more of it: the smallest number is found by halving, the smallest set
by giving each change a price, or by ruling out all smaller ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import combinations

from kompetensi.graph.conditions import Condition, HasLevel, HasTraining, leaves
from kompetensi.graph.elements import Importance
from kompetensi.graph.paths.bulk import Clip
from kompetensi.graph.paths.catalogue import Catalogue
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
from kompetensi.graph.paths.problem import Demand, Gain, Objective, Problem, Requirement, Training
from kompetensi.graph.paths.result import Open, Plan, PlanResult, Reason, Step

__all__ = ["MOST_DAYS_MOVED", "MOST_HELD", "OpenRemedies", "Remedy", "RemedyKind", "Scope", "remedies"]

# A batch that would have to move further is another batch.
MOST_DAYS_MOVED = 90
# So many things that somebody would have to bring along are no remedy any more.
MOST_HELD = 3


# A remedy that was found as time ran out may still take so long to be put into its plan.
_GRACE_S = 1.0


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


def remedies(problem: Problem, result: PlanResult, *, time_limit_s: float | None = None) -> tuple[OpenRemedies, ...]:
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
        found.append(_OpenItem(problem, one, tuple(reached), now + share).run())
    return tuple(found)


class _TimeIsUp(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Case:
    """A target that is to be met in full, in a catalogue cut to what can serve it.

    Attributes
    ----------
    deadline : float
        Of `time.monotonic`.
    """

    problem: Problem
    scope: Scope
    deadline: float

    @classmethod
    def of(cls, problem: Problem, items: Sequence[Requirement | Demand], scope: Scope, deadline: float) -> _Case:
        requirements = tuple(item for item in items if isinstance(item, Requirement))
        demands = tuple(item for item in items if isinstance(item, Demand))
        codes = Clip.of(Catalogue(problem.trainings), requirements, demands).trainings
        return cls(replace(
            problem, requirements=requirements, demands=demands, alternatives=0,
            trainings=tuple(training for training in problem.trainings if training.code in codes)), scope, deadline)

    @property
    def trainings(self) -> list[Training]:
        """What can be taken, by code."""
        problem = self.problem
        return sorted((one for one in problem.trainings if one.code not in problem.completed and (
            one.min_golongan is None or one.min_golongan <= (problem.golongan or 0))), key=lambda one: one.code)

    def is_ready(self, changes: Sequence[Change]) -> bool:
        """Whether the target can be met after changes."""
        try:
            return can_be_ready(replace(change(self.problem, changes), time_limit_s=self._seconds_left()))
        except Unknown:
            raise _TimeIsUp from None

    def _seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise _TimeIsUp
        return min(left, self.problem.time_limit_s)

    def solve(
        self, problem: Problem, objective: tuple[Objective, ...] = (Objective.COUNT,), time_limit_s: float | None = None
    ) -> PlanResult | None:
        """Return the answer to a problem if its whole target can be met; in the time that is left, or in that given."""
        seconds = self._seconds_left() if time_limit_s is None else time_limit_s
        try:
            return ready_plan(replace(problem, objective=objective, time_limit_s=seconds))
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
    found = _fewest_instead(case, full)
    if found is None:
        return None
    steps, proven = found
    return _Found(tuple(Seat(code, step.batch or "") for code, step in steps), proven)


def _move(case: _Case) -> _Found | None:
    best: tuple[int, Training] | None = None
    for training in _worth_moving(case):

        def within(days: int, training: Training = training) -> bool:
            return case.solve(_moved_by(case.problem, training, range(-days, days + 1))) is not None

        most = best[0] - 1 if best else MOST_DAYS_MOVED
        if most and within(most):
            best = _least(1, most, within), training
    if best is None:
        return None
    days, training = best
    for by in (-days, days):
        found = case.solve(_moved_by(case.problem, training, (by,)), case.problem.objective)
        if found is not None:
            place = next(int(step.batch or 0) for step in found.plan.steps if step.training == training.code)
            return _Found((Move(training.code, training.batches[place % len(training.batches)].id, by),))
    raise AssertionError("a batch that was moved by the fewest days was moved by fewer")


def _worth_moving(case: _Case) -> list[Training]:
    """Return the trainings of which one more batch would be enough, by code: no move does more than that."""
    left = _shortest(case)
    enough = []
    while (found := _fewest_instead(case, left)) is not None:
        steps, _ = found
        if len(steps) != 1:
            break
        code, _ = steps[0]
        enough.append(code)
        del left[code]
    return [training for training in case.trainings if training.code in enough and training.batches]


def _shortest(case: _Case) -> dict[str, Training]:
    """Return each training that has batches, or could have, as if it took one day and clashed with nothing."""
    return {training.code: replace(training, batches=(), self_paced_days=1) for training in case.trainings
            if training.self_paced_days is None}


def _moved_by(problem: Problem, training: Training, days: Sequence[int]) -> Problem:
    """Return a problem in which a training has its batches and copies of them on other days; ids are their places."""
    batches = list(training.batches)
    for by in days:
        for batch in training.batches:
            first, last = (day.toordinal() + by for day in (batch.stages[0][0], batch.stages[-1][1]))
            until = problem.ready_by or date.max
            if by and batch.stages[0][0] >= problem.today and (
                    first >= problem.today.toordinal() and last <= until.toordinal()):
                batches.append(moved(batch, by))
            else:
                batches.append(replace(batch, seats_free=0))
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
    found = _fewest_instead(case, _shortest(case))
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


def _fewest_instead(
    case: _Case, instead: Mapping[str, Training]
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
    if not instead:
        return None
    problem = case.problem
    apart = _mark([training.code for training in problem.trainings])
    names = {apart + code: code for code in instead}

    def beside(training: Training, code: str, cost: int) -> Training:
        held = (Gain(apart + training.code, 1),) if training.code in instead else ()
        return replace(training, code=code, cost_idr=cost, raises=(*training.raises, *held),
                       entry=_by_level(training.entry, instead, apart))

    both = [beside(training, training.code, 0) for training in problem.trainings]
    both += [beside(training, apart + code, 1) for code, training in instead.items()]
    asked = [Requirement(apart + item.training, 1, item.weight, item.importance) for item in problem.demands
             if item.training in instead]
    objective = (Objective.COST, Objective.FINISH, Objective.JP)
    found = case.solve(replace(
        problem, trainings=tuple(both), requirements=(*problem.requirements, *asked),
        demands=tuple(item for item in problem.demands if item.training not in instead)), objective)
    if found is None:
        return None
    return tuple((names[step.training], step) for step in found.plan.steps if step.training in names), found.proven


def _mark(codes: Sequence[str]) -> str:
    """Return what no code begins with."""
    mark = "+"
    while any(code.startswith(mark) for code in codes):
        mark += "+"
    return mark


def _by_level(condition: Condition, codes: Collection[str], mark: str) -> Condition:
    """Return an entry that asks for a level instead of some trainings."""
    if isinstance(condition, HasTraining):
        return HasLevel(mark + condition.code, 1) if condition.code in codes else condition
    if isinstance(condition, HasLevel):
        return condition
    return replace(condition, parts=tuple(_by_level(part, codes, mark) for part in condition.parts))


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
        for size in range(1, len(enough) + 1):
            for chosen in combinations(candidates, size):
                if case.is_ready(chosen):
                    return _Found(chosen)
    except _TimeIsUp:
        return _Found(tuple(enough), proven=False)
    raise AssertionError("a set that was enough is enough no more")


# -- one item --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _OpenItem:
    """Looks for the remedies of one open item."""

    problem: Problem
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
        with_all = _Case.of(problem, (*self.others, self.open.item), Scope.WITH_ALL, self.deadline)
        alone = _Case.of(problem, (self.open.item,), Scope.ALONE, self.deadline)
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
        in_order = _Case.of(replace(self.problem, dates=False), (self.open.item,), Scope.IN_ORDER, self.deadline)
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
        in_order = _Case.of(_open_to_all(self.problem), (item,), Scope.IN_ORDER, self.deadline)
        return self._remedy(RemedyKind.HOLD, in_order, found)

    def _missing(self, itself: Hold) -> _Found | None:
        case = _Case.of(_open_to_all(self.problem), (self.open.item,), Scope.IN_ORDER, self.deadline)
        asked = {leaf for training in case.problem.trainings for leaf in leaves(training.entry)}
        levels = sorted((one for one in asked if isinstance(one, HasLevel)), key=lambda one: (one.competency, one.level))
        codes = sorted((one for one in asked if isinstance(one, HasTraining)), key=lambda one: one.code)
        below: list[HasLevel | HasTraining] = [*levels, *codes]
        missing: list[Hold] = []
        for leaf in below:
            target = (Requirement(leaf.competency, leaf.level) if isinstance(leaf, HasLevel) and leaf.level
                      else Demand(leaf.code) if isinstance(leaf, HasTraining) else None)
            if target is None or _gives(leaf, itself.what):
                continue
            alone = _Case.of(case.problem, (target,), Scope.IN_ORDER, self.deadline)
            # `_Case.of` cut the catalogue to what serves the item, and what leads to an entry of it serves it too.
            if alone.solve(alone.problem) is None:
                missing.append(Hold(leaf))
        for size in range(1, min(MOST_HELD, len(missing)) + 1):
            for chosen in combinations(missing, size):
                if case.is_ready(chosen):
                    return _Found(chosen)
        return None


def _open_to_all(problem: Problem) -> Problem:
    return replace(problem, dates=False, objective=(Objective.COUNT,), trainings=tuple(
        replace(training, min_golongan=None) for training in problem.trainings))


def _gives(leaf: HasLevel | HasTraining, wanted: HasLevel | HasTraining) -> bool:
    """Whether holding one is holding the other."""
    if isinstance(leaf, HasLevel) and isinstance(wanted, HasLevel):
        return leaf.competency == wanted.competency and leaf.level >= wanted.level
    return leaf == wanted


def _same(one: Requirement | Demand, other: Requirement | Demand) -> bool:
    if isinstance(one, Requirement):
        return isinstance(other, Requirement) and one.competency == other.competency
    return isinstance(other, Demand) and one.training == other.training
