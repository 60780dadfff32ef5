"""Planning problems and answers as JSON (docs/formats/plan.md); each refusal with the JSON Pointer of its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from json import JSONDecodeError
from operator import attrgetter
from typing import Any, TypeVar

from kompetensi.errors import InvalidInput
from kompetensi.exchange.deep_json import FieldTwice, decode_object
from kompetensi.graph.conditions import All, Condition, HasLevel, HasTraining, IsAny, Leaf, Whole, grow_condition
from kompetensi.graph.elements import Importance
from kompetensi.graph.paths import (
    Batch,
    Demand,
    Gain,
    Objective,
    Open,
    Plan,
    PlanResult,
    Problem,
    Requirement,
    Step,
    Training,
)
from kompetensi.messages import Message, say

__all__ = [
    "PROBLEM_FORMAT",
    "RESULT_FORMAT",
    "ProblemReader",
    "error_to_json",
    "item_to_json",
    "open_to_json",
    "plan_to_json",
    "problem_from_json",
    "read_problem",
    "result_to_json",
]

PROBLEM_FORMAT = "kompetensi-plan/1"
RESULT_FORMAT = "kompetensi-plan-result/1"

_LONGEST_CODE = 120
_MAX_WEIGHT = 60_000
_MAX_ALTERNATIVES = 20
_MAX_LEVEL = 5
_MAX_RANK = 17
_LONGEST_S = 1e6
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MISSING: Any = object()
_T = TypeVar("_T")


class _Reader:
    """One object of the document: reads its fields by type and knows where it stands."""

    def __init__(self, value: Any, path: str, fields: Iterable[str]) -> None:
        if not isinstance(value, dict):
            raise _refuse(path, say("harus berupa objek"))
        for name in value:
            if name not in fields:
                raise _refuse(f"{path}/{_escape(name)}", say("tidak dikenal"))
        self.value: Mapping[str, Any] = value
        self.path = path

    def at(self, name: str) -> str:
        """Return the pointer of a field."""
        return f"{self.path}/{name}"

    def take(self, name: str, default: Any = _MISSING) -> Any:
        """Return a field as it stands."""
        if name not in self.value:
            if default is _MISSING:
                raise _refuse(self.at(name), say("wajib ada"))
            return default
        return self.value[name]

    def integer(self, name: str, default: Any, lowest: int, highest: int | None = None) -> Any:
        """Return a whole number between two bounds, inclusive; without `highest` it has no upper bound."""
        value = self.take(name, default)
        return default if value is default and name not in self.value else _integer(
            value, self.at(name), lowest, highest)

    def optional_integer(self, name: str, lowest: int, highest: int) -> int | None:
        """Return a whole number, or None where it is null or absent."""
        value = self.take(name, None)
        return None if value is None else _integer(value, self.at(name), lowest, highest)

    def code(self, name: str) -> str:
        """Return a code."""
        return _code(self.take(name), self.at(name))

    def elements(self, name: str) -> list[Any]:
        """Return a list as it stands; an absent one is empty."""
        value = self.take(name, [])
        if not isinstance(value, list):
            raise _refuse(self.at(name), say("harus berupa daftar"))
        return value

    def items(self, name: str) -> list[tuple[Any, str]]:
        """Return the elements of a list with their pointers."""
        return [(item, f"{self.at(name)}/{place}") for place, item in enumerate(self.elements(name))]

    def choice(self, name: str, kind: Any, default: Any) -> Any:
        """Return a member of an enumeration."""
        return _choice(self.take(name, default.value), self.at(name), kind)


def _refuse(path: str, message: Message) -> InvalidInput:
    return InvalidInput(message, where=path)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _integer(value: Any, path: str, lowest: int, highest: int | None) -> int:
    if type(value) is not int:
        raise _refuse(path, say("harus bilangan bulat"))
    if highest is None:
        if value < lowest:
            raise _refuse(path, say("paling sedikit %(lowest)s", lowest=lowest))
        return value
    if not lowest <= value <= highest:
        raise _refuse(path, say("harus antara %(lowest)s dan %(highest)s", lowest=lowest, highest=highest))
    return value


def _code(value: Any, path: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_CODE:
        raise _refuse(path, say("harus kode dengan 1 sampai %(longest)s huruf", longest=_LONGEST_CODE))
    return value


def _choice(value: Any, path: str, kind: Any) -> Any:
    if not isinstance(value, str) or value not in [member.value for member in kind]:
        raise _refuse(path, say("harus salah satu dari %(choices)s", choices=[member.value for member in kind]))
    return kind(value)


def _day(value: Any, path: str) -> date:
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise _refuse(path, say("harus tanggal seperti 2026-11-23")) from None


def _distinct(
    items: Iterable[tuple[Any, str]], read: Callable[[Any, str], _T], code_of: Callable[[_T], str], name: str
) -> tuple[_T, ...]:
    """Read the elements of a list, no two of which may have the same code; it stands in the field `name`."""
    found: dict[str, _T] = {}
    for value, path in items:
        element = read(value, path)
        code = code_of(element)
        if code in found:
            raise _refuse(f"{path}/{name}", say("“%(code)s” sudah ada", code=code))
        found[code] = element
    return tuple(found.values())


def problem_from_json(document: Any, known: tuple[Training, ...] | None = None) -> Problem:
    """Read one problem.

    Parameters
    ----------
    document : object
        As `json.loads` gives it.
    known : tuple of Training, optional
        The trainings, if they have been read before; then those of the document are not looked at.

    Raises
    ------
    InvalidInput
        At the first thing that is wrong, in the order of the tables of docs/formats/plan.md; a field that an object must
        not have comes before those that it has. `where` is the JSON Pointer of the place.
    """
    top = _Reader(document, "", ("format", "today", "ready_by", "dates", "employee", "target", "trainings", "objective",
                                 "alternatives", "time_limit_s"))
    if top.take("format") != PROBLEM_FORMAT:
        raise _refuse("/format", say("harus %(format)s", format=PROBLEM_FORMAT))
    today = _day(top.take("today"), "/today")
    ready_by = top.take("ready_by", None)
    if ready_by is not None:
        ready_by = _day(ready_by, "/ready_by")
    dates = top.take("dates", True)
    if not isinstance(dates, bool):
        raise _refuse("/dates", say("harus true atau false"))
    employee = _Reader(top.take("employee"), "/employee", ("levels", "completed", "golongan"))
    levels = _levels(employee)
    completed = frozenset(_code(item, path) for item, path in employee.items("completed"))
    golongan = employee.optional_integer("golongan", 1, _MAX_RANK)
    target = _Reader(top.take("target"), "/target", ("requirements", "trainings"))
    requirements = _distinct(target.items("requirements"), _requirement, attrgetter("competency"), "competency")
    demands = _distinct(target.items("trainings"), _demand, attrgetter("training"), "training")
    top.take("trainings")
    trainings = known if known is not None else _distinct(
        top.items("trainings"), _training, attrgetter("code"), "code")
    return Problem(
        today=today, trainings=trainings, requirements=requirements, demands=demands, levels=levels,
        completed=completed, golongan=golongan, ready_by=ready_by, dates=dates, objective=_objective(top, dates),
        alternatives=top.integer("alternatives", 0, 0, _MAX_ALTERNATIVES),
        time_limit_s=_time_limit(top.take("time_limit_s", 10)))


def _levels(employee: _Reader) -> dict[str, int]:
    levels = employee.take("levels", {})
    if not isinstance(levels, dict):
        raise _refuse(employee.at("levels"), say("harus berupa objek"))
    return {code: _integer(level, f"{employee.at('levels')}/{_escape(code)}", 0, _MAX_LEVEL)
            for code, level in levels.items()}


def _objective(top: _Reader, dates: bool) -> tuple[Objective, ...]:
    if "objective" not in top.value:
        return tuple(item for item in Objective if dates or item is not Objective.FINISH)
    chosen = []
    for item, path in top.items("objective"):
        objective = _choice(item, path, Objective)
        if objective is Objective.FINISH and not dates:
            raise _refuse(path, say("finish tidak ada artinya tanpa tanggal"))
        if objective in chosen:
            raise _refuse(path, say("“%(code)s” sudah ada", code=item))
        chosen.append(objective)
    if not chosen:
        raise _refuse("/objective", say("paling sedikit satu"))
    return tuple(chosen)


def _time_limit(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise _refuse("/time_limit_s", say("harus bilangan di atas 0"))
    return float(min(value, _LONGEST_S))


def _requirement(value: Any, path: str) -> Requirement:
    item = _Reader(value, path, ("competency", "level", "weight", "importance"))
    return Requirement(
        item.code("competency"), _integer(item.take("level"), item.at("level"), 1, _MAX_LEVEL),
        item.integer("weight", 1, 1, _MAX_WEIGHT), item.choice("importance", Importance, Importance.PENTING))


def _demand(value: Any, path: str) -> Demand:
    item = _Reader(value, path, ("training", "weight", "importance"))
    return Demand(item.code("training"), item.integer("weight", 1, 1, _MAX_WEIGHT),
                  item.choice("importance", Importance, Importance.PENTING))


def _training(value: Any, path: str) -> Training:
    item = _Reader(value, path, ("code", "jp", "cost_idr", "min_golongan", "entry", "raises", "batches",
                                 "self_paced_days"))
    if "batches" in item.value and "self_paced_days" in item.value:
        raise _refuse(item.at("self_paced_days"), say("tidak boleh ada bersama batches"))
    return Training(
        item.code("code"), item.integer("jp", 0, 0), item.integer("cost_idr", 0, 0),
        item.optional_integer("min_golongan", 1, _MAX_RANK), _condition(item.take("entry", {}), item.at("entry")),
        tuple(_gain(gain, at) for gain, at in item.items("raises")),
        _distinct(item.items("batches"), _batch, attrgetter("id"), "id"), item.integer("self_paced_days", None, 1))


def _gain(value: Any, path: str) -> Gain:
    item = _Reader(value, path, ("competency", "level"))
    return Gain(item.code("competency"), _integer(item.take("level"), item.at("level"), 1, _MAX_LEVEL))


def _condition(value: Any, path: str) -> Condition:

    def read(part: Any, at: Callable[[], str]) -> Leaf | tuple[type[Whole], str, list[Any]]:
        try:
            return _leaf_or_whole(part)
        except InvalidInput as error:
            raise _refuse(path + at() + error.where, error.message) from None

    return grow_condition(value, read)


def _leaf_or_whole(value: Any) -> Leaf | tuple[type[Whole], str, list[Any]]:
    if not isinstance(value, dict):
        raise _refuse("", say("harus berupa objek"))
    if "training" in value:
        return HasTraining(_Reader(value, "", ("training",)).code("training"))
    if "competency" in value or "level" in value:
        item = _Reader(value, "", ("competency", "level"))
        return HasLevel(item.code("competency"), _integer(item.take("level"), item.at("level"), 0, _MAX_LEVEL))
    kinds: tuple[tuple[str, type[Whole]], ...] = (("all", All), ("any", IsAny))
    for field, kind in kinds:
        if field in value:
            return kind, field, _Reader(value, "", (field,)).elements(field)
    _Reader(value, "", ())
    return All, "all", []


def _batch(value: Any, path: str) -> Batch:
    item = _Reader(value, path, ("id", "seats_free", "stages"))
    code = item.code("id")
    item.take("stages")
    stages: list[tuple[date, date]] = []
    for stage, at in item.items("stages"):
        if not isinstance(stage, list) or len(stage) != 2:
            raise _refuse(at, say("harus [hari pertama, hari terakhir]"))
        first, last = _day(stage[0], f"{at}/0"), _day(stage[1], f"{at}/1")
        if last < first:
            raise _refuse(at, say("berakhir sebelum dimulai"))
        if stages and first <= stages[-1][1]:
            raise _refuse(at, say("tahap harus urut dan tidak bertumpuk"))
        stages.append((first, last))
    if not stages:
        raise _refuse(item.at("stages"), say("paling sedikit satu"))
    return Batch(code, tuple(stages), item.integer("seats_free", 1, 0))


def read_problem(line: str) -> Problem:
    """Read one line of JSON Lines.

    Raises
    ------
    InvalidInput
        If it is not a JSON object, or `problem_from_json` refuses it; ``""`` in `where` means the whole line.
    """
    return ProblemReader().read(line)


class ProblemReader:
    """Reads line after line; trainings that a line repeats word for word are not read again.

    Most of a problem is its catalogue, and a file of many questions mostly asks one catalogue. Problems that share it
    have the very same tuple in `Problem.trainings`.
    """

    def __init__(self) -> None:
        self._text = ""
        self._trainings: tuple[Training, ...] = ()

    def read(self, line: str) -> Problem:
        """Read one line, as `read_problem` does."""
        try:
            document, places = decode_object(line, {"trainings": (self._text, self._trainings)})
        except FieldTwice as error:
            raise _refuse("", say("“%(name)s” ada dua kali dalam satu objek", name=error.name)) from None
        except JSONDecodeError as error:
            raise _refuse("", say("bukan JSON mulai karakter ke-%(place)s", place=error.pos + 1)) from None
        except ValueError as error:
            raise _refuse("", say("bukan JSON: %(word)s", word=str(error))) from None
        if places and document.get("trainings") is self._trainings:
            return problem_from_json(document, self._trainings)
        problem = problem_from_json(document)
        self._text, self._trainings = line[places["trainings"]], problem.trainings
        return problem


def result_to_json(result: PlanResult) -> dict[str, Any]:
    """Write an answer."""
    document: dict[str, Any] = {
        "format": RESULT_FORMAT, "status": result.status.value, "proven": result.proven, **plan_to_json(result.plan),
        "open": [open_to_json(entry) for entry in result.open],
        "alternatives": [{"label": entry.label.value, **plan_to_json(entry.plan)} for entry in result.alternatives]}
    if result.bound is not None:
        document["bound"] = {key.value: value.isoformat() if isinstance(value, date) else value
                             for key, value in result.bound.items()}
    return document


def error_to_json(error: InvalidInput, form: str = RESULT_FORMAT) -> dict[str, Any]:
    """Write the answer to a line that is no problem, in the form that was asked for."""
    return {"format": form, "error": {"path": error.where, "message": str(error.message)}}


def open_to_json(entry: Open) -> dict[str, Any]:
    """Write one open item with its reason."""
    document = {"item": item_to_json(entry.item), "reached": entry.reached, "reason": entry.reason.value}
    return document | ({"earliest": entry.earliest.isoformat()} if entry.earliest else {})


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Write one plan, as it stands in an answer or in one of its alternatives."""
    return {
        "steps": [_step(step) for step in plan.steps], "finish": _iso(plan.finish), "jp": plan.jp,
        "cost_idr": plan.cost_idr, "count": plan.count, "coverage": plan.coverage, "coverage_max": plan.coverage_max,
        "mutlak_met": plan.mutlak_met, "mutlak_all": plan.mutlak_all}


def _step(step: Step) -> dict[str, Any]:
    return {"training": step.training, "batch": step.batch, "first_day": _iso(step.first_day),
            "last_day": _iso(step.last_day), "closes": _items(step.closes), "unlocks": list(step.unlocks)}


def _items(items: Sequence[Requirement | Demand]) -> list[dict[str, Any]]:
    return [item_to_json(item) for item in items]


def item_to_json(item: Requirement | Demand) -> dict[str, Any]:
    """Write what an item asks for."""
    if isinstance(item, Requirement):
        return {"competency": item.competency, "level": item.level}
    return {"training": item.training}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
