"""From a choice of options to steps on days: earliest starts, order, what each step closes and unlocks, and a check.

The check shares nothing with the search: it walks the days, and a plan that fails it is never returned.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kompetensi.graph.conditions import HasTraining, holds, leaves
from kompetensi.graph.elements import Importance
from kompetensi.graph.paths.catalogue import Option
from kompetensi.graph.paths.problem import Demand, Problem, Requirement
from kompetensi.graph.paths.result import Plan, Step

__all__ = ["Placed", "check", "describe", "is_met", "levels_after", "place", "unmet"]


@dataclass(frozen=True, slots=True)
class Placed:
    """An option on its days; without dates `first` and `last` are its place in the order."""

    option: Option
    first: int
    last: int

    @property
    def code(self) -> str:
        """Code of the training."""
        return self.option.training.code


class _Holder:
    """What a person has while a plan goes on."""

    def __init__(self, problem: Problem) -> None:
        self.levels = dict(problem.levels)
        self.trainings = set(problem.completed)

    def passes(self, item: Option | Placed) -> None:
        """Add what a training gives."""
        training = (item.option if isinstance(item, Placed) else item).training
        self.trainings.add(training.code)
        for gain in training.raises:
            if gain.level > self.levels.get(gain.competency, 0):
                self.levels[gain.competency] = gain.level

    def may_enter(self, option: Option) -> bool:
        """Whether the entry of a training holds."""
        return holds(option.training.entry, levels=self.levels, completed=self.trainings)

    def meets(self, item: Requirement | Demand) -> bool:
        """Whether a requirement or demanded training is met."""
        if isinstance(item, Requirement):
            return self.levels.get(item.competency, 0) >= item.level
        return item.training in self.trainings


def _after(problem: Problem, passed: Iterable[Placed]) -> _Holder:
    holder = _Holder(problem)
    for item in passed:
        holder.passes(item)
    return holder


def levels_after(problem: Problem, passed: Iterable[Placed]) -> dict[str, int]:
    """Return the levels once these have been passed."""
    return _after(problem, passed).levels


def is_met(problem: Problem, item: Requirement | Demand, passed: Iterable[Placed]) -> bool:
    """Whether a requirement or demanded training is met once these have been passed."""
    return _after(problem, passed).meets(item)


def unmet(problem: Problem, passed: Iterable[Placed]) -> tuple[Requirement | Demand, ...]:
    """Return the items that are not met once these have been passed, in the order of the problem."""
    holder = _after(problem, passed)
    items: tuple[Requirement | Demand, ...] = (*problem.requirements, *problem.demands)
    return tuple(item for item in items if not holder.meets(item))


def place(problem: Problem, chosen: Iterable[Option]) -> tuple[Placed, ...] | None:
    """Put a choice on days: batches on theirs, everything else as early as its entry allows.

    Returns
    -------
    tuple of Placed or None
        In the order of the steps; None when some entry of what has no days of its own can never hold.
    """
    if not problem.dates:
        return _order(problem, chosen)
    chosen = tuple(chosen)
    holder = _Holder(problem)
    placed = [Placed(option, option.first, option.last) for option in chosen if not option.is_free]
    lobby = _Lobby(holder, [option for option in chosen if option.is_free])
    running = [(item.last, at) for at, item in enumerate(placed)]
    heapq.heapify(running)
    day = problem.today.toordinal()
    while True:
        while running and running[0][0] < day:
            lobby.passes(placed[heapq.heappop(running)[1]])
        for option in lobby.enter():
            placed.append(Placed(option, day, day + option.days - 1))
            heapq.heappush(running, (placed[-1].last, len(placed) - 1))
        if not lobby.waiting:
            return tuple(sorted(placed, key=lambda item: (item.first, item.last, item.code)))
        if not running:
            return None
        day = running[0][0] + 1


class _Lobby:
    """Trainings that wait until their entry holds; each is asked again when something that it names is there.

    Attributes
    ----------
    waiting : int
        How many have not entered.
    """

    def __init__(self, holder: _Holder, options: Sequence[Option]) -> None:
        self.holder = holder
        self.waiting = len(options)
        self._open: list[Option] = []
        self._asking: dict[str, list[Option]] = {}
        self._entered: set[str] = set()
        for option in options:
            if not self._let_in(option):
                for name in _names(option):
                    self._asking.setdefault(name, []).append(option)

    def _let_in(self, option: Option) -> bool:
        if option.training.code in self._entered:
            return True
        if not self.holder.may_enter(option):
            return False
        self._entered.add(option.training.code)
        self._open.append(option)
        return True

    def passes(self, item: Placed) -> None:
        """Add what a training gives, and let in what waited for it."""
        self.holder.passes(item)
        for name in (item.code, *(gain.competency for gain in item.option.training.raises)):
            waiting = self._asking.get(name)
            if waiting:
                self._asking[name] = [option for option in waiting if not self._let_in(option)]

    def enter(self) -> list[Option]:
        """Return those whose entry has come to hold since the last time."""
        opened, self._open = self._open, []
        self.waiting -= len(opened)
        return opened


def _names(option: Option) -> set[str]:
    return {leaf.code if isinstance(leaf, HasTraining) else leaf.competency for leaf in leaves(option.training.entry)}


def _order(problem: Problem, chosen: Iterable[Option]) -> tuple[Placed, ...] | None:
    lobby = _Lobby(_Holder(problem), tuple(chosen))
    opened: list[tuple[tuple[str, int, int, str], Option]] = []
    placed: list[Placed] = []
    while True:
        for option in lobby.enter():
            heapq.heappush(opened, (option.rank, option))
        if not opened:
            return None if lobby.waiting else tuple(placed)
        placed.append(Placed(heapq.heappop(opened)[1], len(placed), len(placed)))
        lobby.passes(placed[-1])


def check(problem: Problem, placed: Sequence[Placed]) -> bool:
    """Walk a plan day by day and say whether it keeps every sentence of the contract."""
    codes = [item.code for item in placed]
    if len(set(codes)) != len(codes) or set(codes) & problem.completed:
        return False
    holder = _Holder(problem)
    running = sorted(placed, key=lambda item: item.last, reverse=True)
    for item in sorted(placed, key=lambda item: item.first):
        training = item.option.training
        if training.min_golongan is not None and (problem.golongan or 0) < training.min_golongan:
            return False
        while running and running[-1].last < item.first:
            holder.passes(running.pop())
        if not holder.may_enter(item.option):
            return False
        if problem.dates:
            if item.first < problem.today.toordinal():
                return False
            if problem.ready_by is not None and item.last > problem.ready_by.toordinal():
                return False
            if item.option.batch is not None and item.option.batch.seats_free < 1:
                return False
    if not problem.dates:
        return True
    days = [day for item in placed if item.option.batch is not None
            for first, last in item.option.batch.stages for day in range(first.toordinal(), last.toordinal() + 1)]
    return len(set(days)) == len(days)


def describe(problem: Problem, placed: Sequence[Placed]) -> Plan:
    """Say what a plan comes to, and what each step closes and unlocks."""
    items: tuple[Requirement | Demand, ...] = (*problem.requirements, *problem.demands)
    holder = _Holder(problem)
    waiting = [item for item in items if not holder.meets(item)]
    closes = []
    for item in placed:
        holder.passes(item)
        closes.append(tuple(wanted for wanted in waiting if holder.meets(wanted)))
        waiting = [wanted for wanted in waiting if not holder.meets(wanted)]
    unlocks = _unlocks(problem, placed)
    mutlak = [item for item in items if item.importance is Importance.MUTLAK]
    finish = None
    if problem.dates:
        finish = date.fromordinal(max((item.last for item in placed), default=problem.today.toordinal()))
    return Plan(
        tuple(Step(item.code, item.option.batch.id if item.option.batch else None,
                   date.fromordinal(item.first) if problem.dates else None,
                   date.fromordinal(item.last) if problem.dates else None, closed, unlocked)
              for item, closed, unlocked in zip(placed, closes, unlocks, strict=True)),
        finish, sum(item.option.training.jp for item in placed), sum(item.option.training.cost_idr for item in placed),
        len(placed),
        sum(item.weight * min(holder.levels.get(item.competency, 0), item.level) for item in problem.requirements)
        + sum(item.weight for item in problem.demands if holder.meets(item)),
        sum(item.weight * item.level for item in problem.requirements) + sum(item.weight for item in problem.demands),
        sum(holder.meets(item) for item in mutlak), len(mutlak))


def _unlocks(problem: Problem, placed: Sequence[Placed]) -> list[tuple[str, ...]]:
    """Return, for each step, the later steps whose entry would not hold without it."""
    found: list[list[str]] = [[] for _ in placed]
    for at, later in enumerate(placed):
        wanted = _names(later.option)
        if not wanted:
            continue
        before = [(place, item) for place, item in enumerate(placed[:at]) if item.last < later.first]
        # Only what gives something that the entry names can be missed.
        helpers = [(place, item) for place, item in before
                   if item.code in wanted or any(gain.competency in wanted for gain in item.option.training.raises)]
        for place, _ in helpers:
            holder = _after(problem, (item for other, item in helpers if other != place))
            if not holder.may_enter(later.option):
                found[place].append(later.code)
    return [tuple(codes) for codes in found]
