"""Entry conditions of trainings: AND/OR trees over trainings and levels (docs/formats/plan.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["All", "Condition", "ConditionError", "HasLevel", "HasTraining", "IsAny", "holds", "leaves", "parse_condition",
           "training_codes", "write_condition"]


class ConditionError(ValueError):
    """A value is not a condition; `path` is a JSON Pointer into it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or '/'}: {reason}")
        self.path = path


@dataclass(frozen=True, slots=True)
class HasTraining:
    """Holds when the training has been passed."""

    code: str


@dataclass(frozen=True, slots=True)
class HasLevel:
    """Holds when the level of a competency is at least `level`."""

    competency: str
    level: int


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds; with no part it holds."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class IsAny:
    """Holds when at least one part holds; with no part it does not."""

    parts: tuple[Condition, ...] = ()


Condition: TypeAlias = HasTraining | HasLevel | All | IsAny


def parse_condition(value: Any, path: str = "") -> Condition:
    """Read a condition from JSON values.

    Parameters
    ----------
    value : object
        ``{}`` or None (no condition), ``{"training": CODE}``, ``{"competency": CODE, "level": N}``,
        ``{"all": [...]}`` or ``{"any": [...]}``, nested at will.

    Raises
    ------
    ConditionError
        With the JSON Pointer of the part that is none of these.
    """
    if value is None or value == {}:
        return All()
    if not isinstance(value, dict):
        raise ConditionError(path, "a condition is an object")
    keys = set(value)
    if keys == {"training"} and isinstance(value["training"], str):
        return HasTraining(value["training"])
    if keys == {"competency", "level"} and isinstance(value["competency"], str) and type(value["level"]) is int:
        return HasLevel(value["competency"], value["level"])
    for key, kind in (("all", All), ("any", IsAny)):
        if keys == {key} and isinstance(value[key], list):
            return kind(tuple(parse_condition(part, f"{path}/{key}/{at}") for at, part in enumerate(value[key])))
    raise ConditionError(path, "needs training, competency with level, all, or any")


def write_condition(condition: Condition) -> dict[str, Any]:
    """Write a condition as JSON values; `parse_condition` gives it back, no condition as ``{"all": []}``."""
    match condition:
        case HasTraining(code):
            return {"training": code}
        case HasLevel(competency, level):
            return {"competency": competency, "level": level}
        case All(parts):
            return {"all": [write_condition(part) for part in parts]}
        case IsAny(parts):
            return {"any": [write_condition(part) for part in parts]}


def holds(condition: Condition, *, levels: Mapping[str, int], completed: Collection[str]) -> bool:
    """Whether a condition holds for levels (absent = 0) and passed trainings."""
    match condition:
        case HasTraining(code):
            return code in completed
        case HasLevel(competency, level):
            return levels.get(competency, 0) >= level
        case All(parts):
            return all(holds(part, levels=levels, completed=completed) for part in parts)
        case IsAny(parts):
            return any(holds(part, levels=levels, completed=completed) for part in parts)


def leaves(condition: Condition) -> Iterator[HasTraining | HasLevel]:
    """Yield the trainings and levels that a condition speaks of, left to right, repeated ones repeated."""
    if isinstance(condition, All | IsAny):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def training_codes(condition: Condition, wanted: Callable[[str], bool] = lambda code: True) -> tuple[str, ...]:
    """Return the training codes of a condition, sorted, each once."""
    return tuple(sorted({leaf.code for leaf in leaves(condition)
                         if isinstance(leaf, HasTraining) and wanted(leaf.code)}))
