"""The planning problem (docs/formats/plan.md) as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kompetensi.graph.conditions import Condition
from kompetensi.graph.elements import NO_CONDITION, Importance

__all__ = ["Batch", "Demand", "Gain", "Objective", "Problem", "Requirement", "Training"]


class Objective(StrEnum):
    """What is made small: the last day, lesson hours, rupiah, number of trainings."""

    FINISH = "finish"
    JP = "jp"
    COST = "cost_idr"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A level to be reached, 1..5; `weight` is at least 1."""

    competency: str
    level: int
    weight: int = 1
    importance: Importance = Importance.PENTING


@dataclass(frozen=True, slots=True)
class Demand:
    """A training that the target itself demands."""

    training: str
    weight: int = 1
    importance: Importance = Importance.PENTING


@dataclass(frozen=True, slots=True)
class Gain:
    """The level of a competency after passing; it never lowers one."""

    competency: str
    level: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One run of a training.

    Attributes
    ----------
    stages : tuple of (date, date)
        Days that block the person, both inclusive, in order and disjoint; at least one.
    """

    id: str
    stages: tuple[tuple[date, date], ...]
    seats_free: int = 1


@dataclass(frozen=True, slots=True)
class Training:
    """A training of the catalogue.

    Attributes
    ----------
    min_golongan : int or None
        Rank order 1..17.
    self_paced_days : int or None
        Calendar days, at least 1; such a training has no batches.
    """

    code: str
    jp: int = 0
    cost_idr: int = 0
    min_golongan: int | None = None
    entry: Condition = NO_CONDITION
    raises: tuple[Gain, ...] = ()
    batches: tuple[Batch, ...] = ()
    self_paced_days: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person has, what the target asks, and what can be taken.

    Attributes
    ----------
    ready_by : date or None
        Last day on which the last training may end, inclusive; None = no deadline.
    dates : bool
        False = no calendar, only the order counts.
    levels : mapping of str to int
        An absent competency is 0.
    completed : frozenset of str
        Trainings passed and still valid; they give no levels and are never planned.
    golongan : int or None
        Rank order; None = unknown, then a training with a floor is not allowed.
    objective : tuple of Objective
        In order of priority, each at most once, not empty.
    alternatives : int
        How many further choices are wanted at most.
    time_limit_s : float
        For the whole question.
    """

    today: date
    trainings: tuple[Training, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    demands: tuple[Demand, ...] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    completed: frozenset[str] = frozenset()
    golongan: int | None = None
    ready_by: date | None = None
    dates: bool = True
    objective: tuple[Objective, ...] = (Objective.FINISH, Objective.JP, Objective.COST, Objective.COUNT)
    alternatives: int = 0
    time_limit_s: float = 10.0
