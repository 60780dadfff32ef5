"""Planning problems and answers as JSON (docs/formats/plan.md); each refusal with the JSON Pointer of its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from json import JSONDecodeError
from operator import attrgetter
from typing import Any

from kompetensi.errors import InvalidInput
from kompetensi.exchange.deep_json import FieldTwice, decode_object
from kompetensi.exchange.json_fields import (
    ObjectReader,
    escape,
    read_choice,
    read_code,
    read_day,
    read_distinct,
    read_integer,
    refuse,
)
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
from kompetensi.messages import say

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

_MAX_WEIGHT = 60_000
_MAX_ALTERNATIVES = 20
_MAX_LEVEL = 5
_MAX_RANK = 17
_LONGEST_S = 1e6


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
    top = ObjectReader(document, "", ("format", "today", "ready_by", "dates", "employee", "target", "trainings", "objective",
                                 "alternatives", "time_limit_s"))
    if top.take("format") != PROBLEM_FORMAT:
        raise refuse("/format", say("harus %(format)s", format=PROBLEM_FORMAT))
    today = read_day(top.take("today"), "/today")
    ready_by = top.take("ready_by", None)
    if ready_by is not None:
        ready_by = read_day(ready_by, "/ready_by")
    dates = top.take("dates", True)
    if not isinstance(dates, bool):
        raise refuse("/dates", say("harus true atau false"))
    employee = ObjectReader(top.take("employee"), "/employee", ("levels", "completed", "golongan"))
    levels = _levels(employee)
    completed = frozenset(read_code(item, path) for item, path in employee.items("completed"))
    golongan = employee.optional_integer("golongan", 1, _MAX_RANK)
    target = ObjectReader(top.take("target"), "/target", ("requirements", "trainings"))
    requirements = read_distinct(target.items("requirements"), _requirement, attrgetter("competency"), "competency")
    demands = read_distinct(target.items("trainings"), _demand, attrgetter("training"), "training")
    top.take("trainings")
    trainings = known if known is not None else read_distinct(
        top.items("trainings"), _training, attrgetter("code"), "code")
    return Problem(
        today=today, trainings=trainings, requirements=requirements, demands=demands, levels=levels,
        completed=completed, golongan=golongan, ready_by=ready_by, dates=dates, objective=_objective(top, dates),
        alternatives=top.integer("alternatives", 0, 0, _MAX_ALTERNATIVES),
        time_limit_s=_time_limit(top.take("time_limit_s", 10)))


def _levels(employee: ObjectReader) -> dict[str, int]:
    levels = employee.take("levels", {})
    if not isinstance(levels, dict):
        raise refuse(employee.at("levels"), say("harus berupa objek"))
    return {code: read_integer(level, f"{employee.at('levels')}/{escape(code)}", 0, _MAX_LEVEL)
            for code, level in levels.items()}


def _objective(top: ObjectReader, dates: bool) -> tuple[Objective, ...]:
    if "objective" not in top.value:
        return tuple(item for item in Objective if dates or item is not Objective.FINISH)
    chosen = []
    for item, path in top.items("objective"):
        objective = read_choice(item, path, Objective)
        if objective is Objective.FINISH and not dates:
            raise refuse(path, say("finish tidak ada artinya tanpa tanggal"))
        if objective in chosen:
            raise refuse(path, say("“%(code)s” sudah ada", code=item))
        chosen.append(objective)
    if not chosen:
        raise refuse("/objective", say("paling sedikit satu"))
    return tuple(chosen)


def _time_limit(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise refuse("/time_limit_s", say("harus bilangan di atas 0"))
    return float(min(value, _LONGEST_S))


def _requirement(value: Any, path: str) -> Requirement:
    item = ObjectReader(value, path, ("competency", "level", "weight", "importance"))
    return Requirement(
        item.code("competency"), read_integer(item.take("level"), item.at("level"), 1, _MAX_LEVEL),
        item.integer("weight", 1, 1, _MAX_WEIGHT), item.choice("importance", Importance, Importance.PENTING))


def _demand(value: Any, path: str) -> Demand:
    item = ObjectReader(value, path, ("training", "weight", "importance"))
    return Demand(item.code("training"), item.integer("weight", 1, 1, _MAX_WEIGHT),
                  item.choice("importance", Importance, Importance.PENTING))


def _training(value: Any, path: str) -> Training:
    item = ObjectReader(value, path, ("code", "jp", "cost_idr", "min_golongan", "entry", "raises", "batches",
                                 "self_paced_days"))
    if "batches" in item.value and "self_paced_days" in item.value:
        raise refuse(item.at("self_paced_days"), say("tidak boleh ada bersama batches"))
    return Training(
        item.code("code"), item.integer("jp", 0, 0), item.integer("cost_idr", 0, 0),
        item.optional_integer("min_golongan", 1, _MAX_RANK), _condition(item.take("entry", {}), item.at("entry")),
        tuple(_gain(gain, at) for gain, at in item.items("raises")),
        read_distinct(item.items("batches"), _batch, attrgetter("id"), "id"), item.integer("self_paced_days", None, 1))


def _gain(value: Any, path: str) -> Gain:
    item = ObjectReader(value, path, ("competency", "level"))
    return Gain(item.code("competency"), read_integer(item.take("level"), item.at("level"), 1, _MAX_LEVEL))


def _condition(value: Any, path: str) -> Condition:

    def read(part: Any, at: Callable[[], str]) -> Leaf | tuple[type[Whole], str, list[Any]]:
        try:
            return _leaf_or_whole(part)
        except InvalidInput as error:
            raise refuse(path + at() + error.where, error.message) from None

    return grow_condition(value, read)


def _leaf_or_whole(value: Any) -> Leaf | tuple[type[Whole], str, list[Any]]:
    if not isinstance(value, dict):
        raise refuse("", say("harus berupa objek"))
    if "training" in value:
        return HasTraining(ObjectReader(value, "", ("training",)).code("training"))
    if "competency" in value or "level" in value:
        item = ObjectReader(value, "", ("competency", "level"))
        return HasLevel(item.code("competency"), read_integer(item.take("level"), item.at("level"), 0, _MAX_LEVEL))
    kinds: tuple[tuple[str, type[Whole]], ...] = (("all", All), ("any", IsAny))
    for field, kind in kinds:
        if field in value:
            return kind, field, ObjectReader(value, "", (field,)).elements(field)
    ObjectReader(value, "", ())
    return All, "all", []


def _batch(value: Any, path: str) -> Batch:
    item = ObjectReader(value, path, ("id", "seats_free", "stages"))
    code = item.code("id")
    item.take("stages")
    stages: list[tuple[date, date]] = []
    for stage, at in item.items("stages"):
        if not isinstance(stage, list) or len(stage) != 2:
            raise refuse(at, say("harus [hari pertama, hari terakhir]"))
        first, last = read_day(stage[0], f"{at}/0"), read_day(stage[1], f"{at}/1")
        if last < first:
            raise refuse(at, say("berakhir sebelum dimulai"))
        if stages and first <= stages[-1][1]:
            raise refuse(at, say("tahap harus urut dan tidak bertumpuk"))
        stages.append((first, last))
    if not stages:
        raise refuse(item.at("stages"), say("paling sedikit satu"))
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
            raise refuse("", say("“%(name)s” ada dua kali dalam satu objek", name=error.name)) from None
        except JSONDecodeError as error:
            raise refuse("", say("bukan JSON mulai karakter ke-%(place)s", place=error.pos + 1)) from None
        except ValueError as error:
            raise refuse("", say("bukan JSON: %(word)s", word=str(error))) from None
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
