"""From a choice of options to steps on days: earliest starts, order, what each step closes and unlocks, and a check.

The check shares nothing with the search: it walks the days, and a plan that fails it is never returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kompetensi.graph.conditions import holds
from kompetensi.graph.elements import Importance
from kompetensi.graph.paths.catalogue import Option
from kompetensi.graph.paths.problem import Demand, Problem, Requirement
from kompetensi.graph.paths.result import Plan, Step

__all__ = ["Placed", "check", "describe", "is_met", "levels_after", "place"]


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


def levels_after(problem: Problem, passed: Iterable[Placed]) -> dict[str, int]:
    """Return the levels once these have been passed."""
    levels = dict(problem.levels)
    for item in passed:
        for gain in item.option.training.raises:
            levels[gain.competency] = max(levels.get(gain.competency, 0), gain.level)
    return levels


def _may_start(problem: Problem, option: Option, before: Sequence[Placed]) -> bool:
    return holds(option.training.entry, levels=levels_after(problem, before),
                 completed=problem.completed | {item.code for item in before})


def place(problem: Problem, chosen: Iterable[Option]) -> tuple[Placed, ...] | None:
    """Put a choice on days: batches on theirs, everything else as early as its entry allows.

    Returns
    -------
    tuple of Placed or None
        In the order of the steps; None when some entry can never hold.
    """
    if not problem.dates:
        return _order(problem, chosen)
    placed = [Placed(option, option.first, option.last) for option in chosen if not option.is_free]
    waiting = sorted((option for option in chosen if option.is_free), key=lambda option: option.rank)
    today = problem.today.toordinal()
    while waiting:
        # Of all that wait, the one that can start first cannot depend on another that waits.
        starts = [(start, option.rank, option) for option in waiting
                  if (start := _earliest(problem, option, placed, today)) is not None]
        if not starts:
            return None
        start, _, option = min(starts, key=lambda item: item[:2])
        placed.append(Placed(option, start, start + option.days - 1))
        waiting.remove(option)
    return tuple(sorted(placed, key=lambda item: (item.first, item.last, item.code)))


def _earliest(problem: Problem, option: Option, placed: Sequence[Placed], today: int) -> int | None:
    for start in sorted({today, *(item.last + 1 for item in placed if item.last >= today)}):
        if _may_start(problem, option, [item for item in placed if item.last < start]):
            return start
    return None


def _order(problem: Problem, chosen: Iterable[Option]) -> tuple[Placed, ...] | None:
    waiting = sorted(chosen, key=lambda option: option.rank)
    placed: list[Placed] = []
    while waiting:
        option = next((option for option in waiting if _may_start(problem, option, placed)), None)
        if option is None:
            return None
        placed.append(Placed(option, len(placed), len(placed)))
        waiting.remove(option)
    return tuple(placed)


def check(problem: Problem, placed: Sequence[Placed]) -> bool:
    """Walk a plan day by day and say whether it keeps every sentence of the contract."""
    codes = [item.code for item in placed]
    if len(set(codes)) != len(codes) or set(codes) & problem.completed:
        return False
    for item in placed:
        training = item.option.training
        if training.min_golongan is not None and (problem.golongan or 0) < training.min_golongan:
            return False
        before = [other for other in placed if other.last < item.first]
        if not _may_start(problem, item.option, before):
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


def is_met(problem: Problem, item: Requirement | Demand, passed: Sequence[Placed]) -> bool:
    """Whether a requirement or demanded training is met once these have been passed."""
    if isinstance(item, Requirement):
        return levels_after(problem, passed).get(item.competency, 0) >= item.level
    return item.training in problem.completed or any(other.code == item.training for other in passed)


def describe(problem: Problem, placed: Sequence[Placed]) -> Plan:
    """Say what a plan comes to, and what each step closes and unlocks."""
    items: tuple[Requirement | Demand, ...] = (*problem.requirements, *problem.demands)
    levels = levels_after(problem, placed)
    coverage = sum(item.weight * min(levels.get(item.competency, 0), item.level) for item in problem.requirements)
    coverage += sum(item.weight for item in problem.demands if is_met(problem, item, placed))
    mutlak = [item for item in items if item.importance is Importance.MUTLAK]
    finish = None
    if problem.dates:
        finish = date.fromordinal(max((item.last for item in placed), default=problem.today.toordinal()))
    return Plan(
        tuple(_step(problem, placed, at, items) for at in range(len(placed))), finish,
        sum(item.option.training.jp for item in placed), sum(item.option.training.cost_idr for item in placed),
        len(placed), coverage,
        sum(item.weight * item.level for item in problem.requirements) + sum(item.weight for item in problem.demands),
        sum(is_met(problem, item, placed) for item in mutlak), len(mutlak))


def _step(problem: Problem, placed: Sequence[Placed], at: int, items: Sequence[Requirement | Demand]) -> Step:
    item = placed[at]
    closes = tuple(
        wanted for wanted in items
        if is_met(problem, wanted, placed[:at + 1]) and not is_met(problem, wanted, placed[:at]))
    unlocks = tuple(
        later.code for later in placed[at + 1:]
        if not _may_start(problem, later.option,
                          [other for other in placed if other.last < later.first and other is not item]))
    return Step(
        item.code, item.option.batch.id if item.option.batch else None,
        date.fromordinal(item.first) if problem.dates else None,
        date.fromordinal(item.last) if problem.dates else None, closes, unlocks)
