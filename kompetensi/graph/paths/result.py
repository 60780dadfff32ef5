"""The planner's answer, with its explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kompetensi.graph.paths.problem import Demand, Objective, Requirement

__all__ = ["Alternative", "Label", "Open", "Plan", "PlanResult", "Reason", "Status", "Step"]


class Status(StrEnum):
    """Whether everything is met without any training, with the plan, or only in part."""

    NOTHING_NEEDED = "nothing_needed"
    READY = "ready"
    PARTIAL = "partial"


class Reason(StrEnum):
    """Why an item stays open; the first that holds, in this order."""

    NO_TRAINING = "NO_TRAINING"
    ENTRY = "ENTRY"
    GOLONGAN = "GOLONGAN"
    CLASH = "CLASH"
    NO_SEAT = "NO_SEAT"
    TOO_LATE = "TOO_LATE"
    NO_BATCH = "NO_BATCH"


class Label(StrEnum):
    """What an alternative is best at."""

    FASTEST = "fastest"
    FEWEST_HOURS = "fewest_hours"
    CHEAPEST = "cheapest"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Step:
    """One training of a plan.

    Attributes
    ----------
    batch : str or None
        None for a self-paced training, and without dates.
    first_day, last_day : date or None
        None without dates.
    closes : tuple of Requirement or Demand
        What is met from this step on; requirements first, in the order of the problem.
    unlocks : tuple of str
        Codes of later steps whose entry would not hold without this one, in the order of the steps.
    """

    training: str
    batch: str | None
    first_day: date | None
    last_day: date | None
    closes: tuple[Requirement | Demand, ...]
    unlocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, and what they come to.

    Attributes
    ----------
    steps : tuple of Step
        By first day, last day, code; without dates in an order that satisfies every entry, ties by code.
    finish : date or None
        Last day of the plan, today when there is nothing to do; None without dates.
    coverage, coverage_max : int
        Sum of weight x min(reached, level) and of the weights of held trainings, and the most that it can be.
    mutlak_met, mutlak_all : int
    """

    steps: tuple[Step, ...]
    finish: date | None
    jp: int
    cost_idr: int
    count: int
    coverage: int
    coverage_max: int
    mutlak_met: int
    mutlak_all: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """A further choice."""

    label: Label
    plan: Plan


@dataclass(frozen=True, slots=True)
class Open:
    """An item that the plan leaves open.

    Attributes
    ----------
    reached : int
        Level at the end of the plan; 0 for a demanded training.
    earliest : date or None
        With `Reason.TOO_LATE`: the first day on which the item alone could be met.
    """

    item: Requirement | Demand
    reached: int
    reason: Reason
    earliest: date | None = None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The whole answer.

    Attributes
    ----------
    proven : bool
        False only if the time limit struck.
    bound : mapping of Objective to (date or int)
        Only when not proven: no plan can be better than this.
    open : tuple of Open
        Only when partial; requirements first, in the order of the problem.
    """

    status: Status
    proven: bool
    plan: Plan
    open: tuple[Open, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    bound: Mapping[Objective, date | int] | None = None
