"""What can be changed about a problem, as plain values, and the problem after the change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

from kompetensi.graph.conditions import HasLevel, HasTraining
from kompetensi.graph.elements import Importance, Raise
from kompetensi.graph.paths.problem import Batch, Demand, Gain, Problem, Requirement, Training

__all__ = ["AlsoTake", "Change", "Deadline", "GiveUp", "Hold", "Move", "NewBatch", "RankUp", "Seat", "change",
           "moved", "passed"]


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat in a full batch."""

    training: str
    batch: str


@dataclass(frozen=True, slots=True)
class Move:
    """A batch with all its stages moved by so many days; negative = earlier, never 0."""

    training: str
    batch: str
    days: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """Another last day, inclusive; None = no deadline."""

    day: date | None


@dataclass(frozen=True, slots=True)
class NewBatch:
    """One more batch of a training, on days that clash with nothing.

    Attributes
    ----------
    days : int
        The most calendar days that it may take from `first_day` on; at least 1.
    first_day : date
        From this day on its entry holds.
    last_day : date or None
        The day on which it must have ended at the latest; None = any later day would do.
    """

    training: str
    days: int
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class RankUp:
    """This rank order 1..17 instead of the person's."""

    golongan: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """An item of the target, or the level of it that was reached, that is left out."""

    item: Requirement | Demand


@dataclass(frozen=True, slots=True)
class Hold:
    """A level, or a training, that the person holds from elsewhere."""

    what: HasLevel | HasTraining


@dataclass(frozen=True, slots=True)
class AlsoTake:
    """A training that is demanded too, as a mandatory item of weight 1, unless it is held or demanded already."""

    training: str


Change: TypeAlias = Seat | Move | Deadline | NewBatch | RankUp | GiveUp | Hold | AlsoTake


def change(problem: Problem, changes: Iterable[Change]) -> Problem:
    """Return the problem with changes made, in their order.

    What a change names and the problem lacks changes nothing.
    """
    for one in changes:
        problem = _change(problem, one)
    return problem


def _change(problem: Problem, one: Change) -> Problem:
    match one:
        case Seat(code, batch):
            return _with_batch(problem, code, batch, lambda found: replace(found, seats_free=max(1, found.seats_free)))
        case Move(code, batch, days):
            return _with_batch(problem, code, batch, lambda found: moved(found, days))
        case Deadline(day):
            return replace(problem, ready_by=day)
        case NewBatch(code, days):
            return _with_training(problem, code, lambda found: replace(found, batches=(), self_paced_days=days))
        case RankUp(golongan):
            return replace(problem, golongan=golongan)
        case GiveUp(item):
            return _without(problem, item)
        case Hold(what):
            if isinstance(what, HasLevel):
                level = max(what.level, problem.levels.get(what.competency, 0))
                return replace(problem, levels={**problem.levels, what.competency: level})
            return replace(problem, completed=problem.completed | {what.code})
        case AlsoTake(code):
            if code in problem.completed or any(item.training == code for item in problem.demands):
                return problem
            return replace(problem, demands=(*problem.demands, Demand(code, 1, Importance.MUTLAK)))


def _without(problem: Problem, item: Requirement | Demand) -> Problem:
    if isinstance(item, Requirement):
        return replace(problem, requirements=tuple(
            other for other in problem.requirements if other.competency != item.competency))
    return replace(problem, demands=tuple(other for other in problem.demands if other.training != item.training))


def passed(code: str, raises: Iterable[Raise | Gain], equivalent: str | None = None) -> tuple[Hold, ...]:
    """Return what is held by who has passed a training: itself, the training that it counts for, its levels."""
    codes = [code] if equivalent is None else [code, equivalent]
    return (*(Hold(HasTraining(one)) for one in codes), *(Hold(HasLevel(gain.competency, gain.level)) for gain in raises))


def moved(batch: Batch, days: int) -> Batch:
    """Return a batch with all its stages on other days; a stage outside the calendar is an `OverflowError`."""
    by = timedelta(days=days)
    return Batch(batch.id, tuple((first + by, last + by) for first, last in batch.stages), batch.seats_free)


def _with_training(problem: Problem, code: str, how: Callable[[Training], Training]) -> Problem:
    return replace(problem, trainings=tuple(
        how(training) if training.code == code else training for training in problem.trainings))


def _with_batch(problem: Problem, code: str, batch: str, how: Callable[[Batch], Batch]) -> Problem:
    return _with_training(problem, code, lambda training: replace(training, batches=tuple(
        how(found) if found.id == batch else found for found in training.batches)))
