"""Entry conditions of trainings: AND/OR trees over trainings and levels (docs/formats/plan.md).

They nest at will, so whoever walks one here keeps his way in a list: Python's own stack ends after some hundred levels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

__all__ = ["All", "Condition", "ConditionError", "HasLevel", "HasTraining", "IsAny", "Leaf", "Whole",
           "condition_text", "fold", "grow_condition", "holds", "leaves", "parse_condition", "training_codes", "write_condition"]

_T = TypeVar("_T")


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


Leaf: TypeAlias = HasTraining | HasLevel
Whole: TypeAlias = All | IsAny
Condition: TypeAlias = Leaf | Whole


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

    def read(part: Any, at: Callable[[], str]) -> Leaf | tuple[type[Whole], str, list[Any]]:
        if part is None or part == {}:
            return All, "all", []
        if not isinstance(part, dict):
            raise ConditionError(path + at(), "a condition is an object")
        keys = set(part)
        if keys == {"training"} and isinstance(part["training"], str):
            return HasTraining(part["training"])
        if keys == {"competency", "level"} and isinstance(part["competency"], str) and type(part["level"]) is int:
            return HasLevel(part["competency"], part["level"])
        if keys == {"all"} and isinstance(part["all"], list):
            return All, "all", part["all"]
        if keys == {"any"} and isinstance(part["any"], list):
            return IsAny, "any", part["any"]
        raise ConditionError(path + at(), "needs training, competency with level, all, or any")

    return grow_condition(value, read)


def grow_condition(
    value: Any, read: Callable[[Any, Callable[[], str]], Leaf | tuple[type[Whole], str, Sequence[Any]]]
) -> Condition:
    """Make a condition from the top down.

    Parameters
    ----------
    value : object
        What the whole condition is made from.
    read : callable
        Takes one value and returns its leaf, or the kind of a whole, the field in which its parts stand, and the values
        that these are made from. Its second argument returns the JSON Pointer from the top to that value; an error may
        ask for it, since writing it takes as long as it is deep.
    """
    opened: list[tuple[type[Whole], str, Sequence[Any], list[Condition]]] = []

    def at() -> str:
        return "".join(f"/{field}/{len(done)}" for _, field, _, done in opened)

    while True:
        found = read(value, at)
        if isinstance(found, tuple):
            opened.append((*found, []))
        elif opened:
            opened[-1][3].append(found)
        else:
            return found
        while len(opened[-1][3]) == len(opened[-1][2]):
            kind, _, _, done = opened.pop()
            whole = kind(tuple(done))
            if not opened:
                return whole
            opened[-1][3].append(whole)
        value = opened[-1][2][len(opened[-1][3])]


def fold(condition: Condition, leaf: Callable[[Leaf], _T], whole: Callable[[type[Whole], list[_T]], _T]) -> _T:
    """Make something of a condition from the leaves up.

    Parameters
    ----------
    leaf : callable
        What is made of a leaf.
    whole : callable
        What is made of an `All` or `IsAny`, by its kind, from what was made of its parts, left to right. An `All` inside
        an `All` says the same as its parts in its place, and so it is taken; so is an `IsAny` inside an `IsAny`.
    """
    opened: list[tuple[type[Whole], Iterator[Condition], list[_T]]] = []
    while True:
        if isinstance(condition, All | IsAny):
            opened.append((type(condition), _parts(condition), []))
        elif opened:
            opened[-1][2].append(leaf(condition))
        else:
            return leaf(condition)
        while (part := next(opened[-1][1], None)) is None:
            kind, _, done = opened.pop()
            made = whole(kind, done)
            if not opened:
                return made
            opened[-1][2].append(made)
        condition = part


def _parts(condition: Whole) -> Iterator[Condition]:
    """Yield the parts of a whole, and instead of a part of the same kind that part's own parts."""
    waiting: list[Condition] = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, All | IsAny) and type(part) is type(condition):
            waiting.extend(reversed(part.parts))
        else:
            yield part


def write_condition(condition: Condition) -> dict[str, Any]:
    """Write a condition as JSON values; `parse_condition` gives it back, no condition as ``{"all": []}``."""
    top: list[dict[str, Any]] = []
    waiting: list[tuple[Condition, list[dict[str, Any]]]] = [(condition, top)]
    while waiting:
        part, siblings = waiting.pop()
        if isinstance(part, All | IsAny):
            parts: list[dict[str, Any]] = []
            siblings.append({"all" if isinstance(part, All) else "any": parts})
            waiting.extend((one, parts) for one in reversed(part.parts))
        else:
            siblings.append(_write_leaf(part))
    return top[0]


def condition_text(condition: Condition) -> str:
    """Write a condition as JSON on one line without spaces: what `write_condition` returns, however deep."""
    pieces: list[str] = []
    waiting: list[Condition | str] = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, All | IsAny):
            pieces.append('{"all":[' if isinstance(part, All) else '{"any":[')
            waiting.append("]}")
            for place, one in enumerate(reversed(part.parts)):
                waiting += [",", one] if place else [one]
        else:
            pieces.append(json.dumps(_write_leaf(part), ensure_ascii=False, separators=(",", ":")))
    return "".join(pieces)


def _write_leaf(leaf: Leaf) -> dict[str, Any]:
    if isinstance(leaf, HasTraining):
        return {"training": leaf.code}
    return {"competency": leaf.competency, "level": leaf.level}


def holds(condition: Condition, *, levels: Mapping[str, int], completed: Collection[str]) -> bool:
    """Whether a condition holds for levels (absent = 0) and passed trainings."""
    opened: list[tuple[bool, Iterator[Condition]]] = []
    while True:
        match condition:
            case HasTraining(code):
                held = code in completed
            case HasLevel(competency, level):
                held = levels.get(competency, 0) >= level
            case All(parts) | IsAny(parts):
                # What decides a whole at once: a part that does not hold, or for `IsAny` one that does.
                decisive = isinstance(condition, IsAny)
                held = not decisive
                opened.append((decisive, iter(parts)))
        while opened:
            decisive, rest = opened[-1]
            part = None if held is decisive else next(rest, None)
            if part is not None:
                condition = part
                break
            opened.pop()  # it is as the last part looked at; without a part as it began
        else:
            return held


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the trainings and levels that a condition speaks of, left to right, repeated ones repeated."""
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, All | IsAny):
            waiting.extend(reversed(part.parts))
        else:
            yield part


def training_codes(condition: Condition, wanted: Callable[[str], bool] = lambda code: True) -> tuple[str, ...]:
    """Return the training codes of a condition, sorted, each once."""
    return tuple(sorted({leaf.code for leaf in leaves(condition)
                         if isinstance(leaf, HasTraining) and wanted(leaf.code)}))
