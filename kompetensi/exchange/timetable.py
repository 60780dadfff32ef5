"""Timetabling problems and answers as JSON (docs/formats/timetable.md); each refusal with the JSON Pointer of its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from json import JSONDecodeError
from operator import attrgetter
from typing import Any

from kompetensi.exchange.deep_json import FieldTwice, decode
from kompetensi.exchange.json_fields import (
    ObjectReader,
    escape,
    read_code,
    read_day,
    read_distinct,
    read_integer,
    refuse,
)
from kompetensi.messages import say
from kompetensi.planning.timetable import (
    Calendar,
    Course,
    Event,
    FixedRun,
    Mode,
    Problem,
    Profile,
    Room,
    Run,
    Seating,
    SlotProblem,
    SlotRoom,
    SlotTimetable,
    Stage,
    Starts,
    Timetable,
    Trainer,
    TrainerNeed,
    Travel,
)

__all__ = ["PROBLEM_FORMAT", "RESULT_FORMAT", "Before", "Question", "question_from_json", "read_question",
           "slot_result_to_json", "timetable_to_json"]

PROBLEM_FORMAT = "kompetensi-timetable/1"
RESULT_FORMAT = "kompetensi-timetable-result/1"

_MANY = 1_000_000
_RUPIAH = 10**12
_LONGEST_DAYS = 1_100
_MAX_WEIGHT = 60_000
_MAX_SLOTS = 1_000
_KINDS = ("planning", "slots")


@dataclass(frozen=True, slots=True)
class Before:
    """A timetable that was made before the facts changed."""

    runs: tuple[Run, ...]
    seatings: tuple[Seating, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One document: the problem, what was planned before, and how long to search.

    Attributes
    ----------
    time_limit_s : float
        Above 0.
    """

    problem: Problem | SlotProblem
    before: Before | None = None
    time_limit_s: float = 60.0
    seed: int = 0


def read_question(line: str) -> Question:
    """Read one line of JSON Lines.

    Raises
    ------
    InvalidInput
        If it is not a JSON object, or `question_from_json` refuses it; ``""`` in `where` means the whole line.
    """
    try:
        document = decode(line)
    except FieldTwice as error:
        raise refuse("", say("“%(name)s” ada dua kali dalam satu objek", name=error.name)) from None
    except JSONDecodeError as error:
        raise refuse("", say("bukan JSON mulai karakter ke-%(place)s", place=error.pos + 1)) from None
    except ValueError as error:
        raise refuse("", say("bukan JSON: %(word)s", word=str(error))) from None
    return question_from_json(document)


def question_from_json(document: object) -> Question:
    """Read one problem.

    Raises
    ------
    InvalidInput
        At the first thing that is wrong, in the order of the tables of docs/formats/timetable.md. `where` is the JSON Pointer of
        the place. What only contradicts other fields is refused by the solver, in the same manner.
    """
    if not isinstance(document, dict):
        raise refuse("", say("harus berupa objek"))
    kind = document.get("kind", "planning")
    if kind not in _KINDS:
        raise refuse("/kind", say("harus salah satu dari %(choices)s", choices=list(_KINDS)))
    common = ("format", "kind", "time_limit_s", "seed")
    own = (("days", "periods", "events", "rooms", "groups", "teachers") if kind == "slots" else
           ("calendar", "courses", "rooms", "trainers", "travel", "profiles", "fixed", "max_runs", "budget_idr", "previous"))
    top = ObjectReader(document, "", common + own)
    if top.take("format") != PROBLEM_FORMAT:
        raise refuse("/format", say("harus %(format)s", format=PROBLEM_FORMAT))
    problem = _slot_problem(top) if kind == "slots" else _problem(top)
    before = None if kind == "slots" or top.take("previous", None) is None else _before(top.take("previous"))
    limit = top.take("time_limit_s", 60)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0:
        raise refuse("/time_limit_s", say("harus bilangan di atas 0"))
    return Question(problem, before, float(min(limit, 1e6)), top.integer("seed", 0, 0, 2**31 - 1))


def _problem(top: ObjectReader) -> Problem:
    return Problem(
        _calendar(top.take("calendar"), "/calendar"),
        read_distinct(top.items("courses"), _course, attrgetter("code"), "code"),
        read_distinct(top.items("rooms"), _room, attrgetter("id"), "id"),
        read_distinct(top.items("trainers"), _trainer, attrgetter("id"), "id"),
        read_distinct(top.items("profiles"), _profile, attrgetter("id"), "id"),
        tuple(_travel(value, path) for value, path in top.items("travel")),
        read_distinct(top.items("fixed"), _fixed, attrgetter("id"), "id"),
        top.optional_integer("max_runs", 0, _MANY), top.optional_integer("budget_idr", 0, _RUPIAH * 1000))


def _calendar(value: Any, path: str) -> Calendar:
    item = ObjectReader(value, path, ("first_day", "last_day", "weekdays", "closed", "first_hour", "last_hour", "starts"))
    first, last = (read_day(item.take(name), item.at(name)) for name in ("first_day", "last_day"))
    if not 0 <= (last - first).days < _LONGEST_DAYS:
        raise refuse(item.at("last_day"), say("harus 0 sampai %(most)s hari sesudah first_day", most=_LONGEST_DAYS - 1))
    weekdays = frozenset(read_integer(day, at, 1, 7) for day, at in item.items("weekdays")) if "weekdays" in item.value else (
        frozenset({1, 2, 3, 4, 5}))
    first_hour = item.integer("first_hour", 8, 0, 23)
    return Calendar(first, last, weekdays, _days(item, "closed"), first_hour,
                    item.integer("last_hour", max(16, first_hour + 1), first_hour + 1, 24), item.choice("starts", Starts, Starts.DAY))


def _days(item: ObjectReader, name: str) -> frozenset[date]:
    """Read days and [first, last] stretches of days, both inclusive."""
    found: set[date] = set()
    for value, at in item.items(name):
        if not isinstance(value, list):
            found.add(read_day(value, at))
            continue
        if len(value) != 2:
            raise refuse(at, say("harus tanggal, atau [hari pertama, hari terakhir]"))
        first, last = read_day(value[0], f"{at}/0"), read_day(value[1], f"{at}/1")
        if not 0 <= (last - first).days < _LONGEST_DAYS:
            raise refuse(at, say("harus 0 sampai %(most)s hari", most=_LONGEST_DAYS - 1))
        found |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return frozenset(found)


def _codes(item: ObjectReader, name: str) -> frozenset[str]:
    return frozenset(read_code(value, at) for value, at in item.items(name))


def _course(value: Any, path: str) -> Course:
    item = ObjectReader(value, path, (
        "code", "stages", "max_participants", "min_participants", "jp", "cost_idr", "cost_per_participant_idr", "features",
        "trainers", "prerequisites", "start_hours", "max_runs", "parallel"))
    code = item.code("code")
    item.take("stages")
    stages = tuple(_stage(stage, at) for stage, at in item.items("stages"))
    if not stages:
        raise refuse(item.at("stages"), say("paling sedikit satu"))
    most = read_integer(item.take("max_participants"), item.at("max_participants"), 1, _MANY)
    return Course(
        code, stages, most, item.integer("min_participants", 0, 0, most), item.integer("jp", 0, 0, _MANY),
        item.integer("cost_idr", 0, 0, _RUPIAH), item.integer("cost_per_participant_idr", 0, 0, _RUPIAH),
        _codes(item, "features"), tuple(_need(need, at, stages) for need, at in item.items("trainers")),
        _codes(item, "prerequisites"), tuple(read_integer(hour, at, 0, 23) for hour, at in item.items("start_hours")),
        item.optional_integer("max_runs", 0, _MANY), item.integer("parallel", 1, 1, 20))


def _stage(value: Any, path: str) -> Stage:
    item = ObjectReader(value, path, ("mode", "days", "hours", "min_gap", "max_gap"))
    least = item.integer("min_gap", 0, 0, _LONGEST_DAYS)
    return Stage(read_integer(item.take("days"), item.at("days"), 1, _LONGEST_DAYS), item.choice("mode", Mode, Mode.CLASSICAL),
                 item.optional_integer("hours", 1, 24), least, item.optional_integer("max_gap", least, _LONGEST_DAYS))


def _need(value: Any, path: str, stages: tuple[Stage, ...]) -> TrainerNeed:
    item = ObjectReader(value, path, ("subject", "level", "count", "jp", "stages"))
    chosen: tuple[int, ...] | None = None
    if "stages" in item.value:
        chosen = tuple(read_integer(stage, at, 0, len(stages) - 1) for stage, at in item.items("stages"))
    return TrainerNeed(item.code("subject"), item.integer("level", 0, 0, 100), item.integer("count", 1, 1, 100),
                       item.integer("jp", 0, 0, _MANY), chosen)


def _room(value: Any, path: str) -> Room:
    item = ObjectReader(value, path, ("id", "seats", "place", "features", "closed"))
    return Room(item.code("id"), read_integer(item.take("seats"), item.at("seats"), 1, _MANY), _name(item, "place"),
                _codes(item, "features"), _days(item, "closed"))


def _name(item: ObjectReader, name: str) -> str:
    return read_code(item.value[name], item.at(name)) if name in item.value else ""


def _trainer(value: Any, path: str) -> Trainer:
    item = ObjectReader(value, path, ("id", "teaches", "absent", "max_jp", "home", "external", "fee_per_jp_idr"))
    teaches = item.take("teaches", {})
    if not isinstance(teaches, dict):
        raise refuse(item.at("teaches"), say("harus berupa objek"))
    external = item.take("external", False)
    if not isinstance(external, bool):
        raise refuse(item.at("external"), say("harus true atau false"))
    return Trainer(
        item.code("id"), {subject: read_integer(level, f"{item.at('teaches')}/{escape(subject)}", 0, 100)
                          for subject, level in teaches.items()},
        _days(item, "absent"), item.optional_integer("max_jp", 0, _MANY), _name(item, "home"), external,
        item.integer("fee_per_jp_idr", 0, 0, _RUPIAH))


def _travel(value: Any, path: str) -> Travel:
    item = ObjectReader(value, path, ("place", "other", "hours", "cost_idr"))
    return Travel(item.code("place"), item.code("other"), item.integer("hours", 0, 0, 1000), item.integer("cost_idr", 0, 0, _RUPIAH))


def _profile(value: Any, path: str) -> Profile:
    item = ObjectReader(value, path, ("id", "courses", "ready_by", "count", "weight", "agency", "away", "order"))
    code = item.code("id")
    item.take("courses")
    courses = tuple(read_code(course, at) for course, at in item.items("courses"))
    order = []
    for pair, at in item.items("order"):
        if not isinstance(pair, list) or len(pair) != 2:
            raise refuse(at, say("harus [lebih dahulu, kemudian]"))
        order.append((read_code(pair[0], f"{at}/0"), read_code(pair[1], f"{at}/1")))
    return Profile(code, courses, read_day(item.take("ready_by"), item.at("ready_by")), item.integer("count", 1, 1, _MANY),
                   item.integer("weight", 1, 1, _MAX_WEIGHT), _name(item, "agency"), _days(item, "away"), tuple(order))


def _stage_days(item: ObjectReader) -> tuple[tuple[date, ...], ...]:
    item.take("stages")
    found = []
    for days, at in item.items("stages"):
        if not isinstance(days, list) or not days:
            raise refuse(at, say("harus daftar hari"))
        found.append(tuple(read_day(day, f"{at}/{number}") for number, day in enumerate(days)))
    return tuple(found)


def _optional_code(item: ObjectReader, name: str) -> str | None:
    return None if item.take(name, None) is None else item.code(name)


def _fixed(value: Any, path: str) -> FixedRun:
    item = ObjectReader(value, path, ("id", "course", "stages", "hour", "room", "trainers", "seats_free"))
    return FixedRun(
        item.code("id"), item.code("course"), _stage_days(item), read_integer(item.take("hour"), item.at("hour"), 0, 23),
        _optional_code(item, "room"), tuple(read_code(name, at) for name, at in item.items("trainers")),
        item.integer("seats_free", 0, 0, _MANY))


def _before(value: Any) -> Before:
    item = ObjectReader(value, "/previous", ("runs", "seatings"))
    runs = read_distinct(item.items("runs"), _run, attrgetter("id"), "id")
    return Before(runs, tuple(_seating(seating, at) for seating, at in item.items("seatings")))


def _run(value: Any, path: str) -> Run:
    item = ObjectReader(value, path, ("id", "course", "stages", "hour", "room", "trainers", "seats", "participants", "cost_idr"))
    trainers = []
    for names, at in item.items("trainers"):
        if not isinstance(names, list):
            raise refuse(at, say("harus berupa daftar"))
        trainers.append(tuple(read_code(name, f"{at}/{number}") for number, name in enumerate(names)))
    return Run(
        item.code("id"), item.code("course"), _stage_days(item), read_integer(item.take("hour"), item.at("hour"), 0, 23),
        _optional_code(item, "room"), tuple(trainers), item.integer("seats", 0, 0, _MANY),
        item.integer("participants", 0, 0, _MANY), item.integer("cost_idr", 0, 0, _RUPIAH * 1000))


def _seating(value: Any, path: str) -> Seating:
    item = ObjectReader(value, path, ("profile", "runs", "count"))
    return Seating(item.code("profile"), tuple(read_code(name, at) for name, at in item.items("runs")),
                   read_integer(item.take("count"), item.at("count"), 1, _MANY))


def _slot_problem(top: ObjectReader) -> SlotProblem:
    days = read_integer(top.take("days"), "/days", 1, _MAX_SLOTS)
    periods = read_integer(top.take("periods"), "/periods", 1, _MAX_SLOTS // days)
    rooms = read_distinct(top.items("rooms"), lambda value, path: _slot_room(value, path, days, periods), attrgetter("id"), "id")
    events = read_distinct(top.items("events"), lambda value, path: _event(value, path, days, periods), attrgetter("id"), "id")
    groups = top.take("groups", {})
    teachers = top.take("teachers", {})
    for name, value in (("groups", groups), ("teachers", teachers)):
        if not isinstance(value, dict):
            raise refuse(f"/{name}", say("harus berupa objek"))
    known = {event.id for event in events}
    found: dict[str, frozenset[str]] = {}
    for name, members in groups.items():
        at = f"/groups/{escape(name)}"
        if not isinstance(members, list):
            raise refuse(at, say("harus berupa daftar"))
        for number, member in enumerate(members):
            if read_code(member, f"{at}/{number}") not in known:
                raise refuse(f"{at}/{number}", say("“%(code)s” tidak ada", code=member))
        found[name] = frozenset(members)
    unavailable = {name: _slots(value, f"/teachers/{escape(name)}", days, periods) for name, value in teachers.items()}
    return SlotProblem(days, periods, events, rooms, found, unavailable)


def _slots(value: Any, path: str, days: int, periods: int) -> frozenset[tuple[int, int]]:
    if not isinstance(value, list):
        raise refuse(path, say("harus berupa daftar"))
    found = set()
    for number, slot in enumerate(value):
        at = f"{path}/{number}"
        if not isinstance(slot, list) or len(slot) != 2:
            raise refuse(at, say("harus [hari, jam ke-]"))
        found.add((read_integer(slot[0], f"{at}/0", 0, days - 1), read_integer(slot[1], f"{at}/1", 0, periods - 1)))
    return frozenset(found)


def _slot_room(value: Any, path: str, days: int, periods: int) -> SlotRoom:
    item = ObjectReader(value, path, ("id", "seats", "features", "unavailable"))
    return SlotRoom(item.code("id"), read_integer(item.take("seats"), item.at("seats"), 0, _MANY), _codes(item, "features"),
                    _slots(item.elements("unavailable"), item.at("unavailable"), days, periods))


def _event(value: Any, path: str, days: int, periods: int) -> Event:
    item = ObjectReader(value, path, ("id", "lectures", "size", "teachers", "features", "rooms", "unavailable", "max_per_day"))
    return Event(
        item.code("id"), item.integer("lectures", 1, 1, _MAX_SLOTS), item.integer("size", 0, 0, _MANY), _codes(item, "teachers"),
        _codes(item, "features"), _codes(item, "rooms") if "rooms" in item.value else None,
        _slots(item.elements("unavailable"), item.at("unavailable"), days, periods),
        item.optional_integer("max_per_day", 1, _MAX_SLOTS))


def timetable_to_json(timetable: Timetable) -> dict[str, Any]:
    """Write an answer to a planning problem."""
    measure = timetable.measure
    return {
        "format": RESULT_FORMAT, "kind": "planning", "status": timetable.status.value, "proven": timetable.proven,
        "value": measure.value, "bound": timetable.bound, "runs_count": measure.runs, "run_cost_idr": measure.run_cost_idr,
        "seat_cost_idr": timetable.seat_cost_idr, "cost_idr": timetable.cost_idr, "ready": timetable.ready,
        "people": timetable.people, "shortfall": timetable.shortfall, "changes": timetable.changes,
        "runs": [_run_to_json(run) for run in timetable.runs],
        "seatings": [{"profile": seating.profile, "runs": list(seating.runs), "count": seating.count}
                     for seating in timetable.seatings],
        "agencies": [{"agency": agency.agency, "people": agency.people, "ready": agency.ready, "share": agency.share}
                     for agency in timetable.agencies]}


def _run_to_json(run: Run) -> dict[str, Any]:
    return {"id": run.id, "course": run.course, "stages": [[day.isoformat() for day in days] for days in run.stages],
            "hour": run.hour, "room": run.room, "trainers": [list(names) for names in run.trainers], "seats": run.seats,
            "participants": run.participants, "cost_idr": run.cost_idr}


def slot_result_to_json(answer: SlotTimetable) -> dict[str, Any]:
    """Write an answer to a slot problem."""
    return {"format": RESULT_FORMAT, "kind": "slots", "status": answer.status.value,
            "lectures": [{"event": lecture.event, "day": lecture.day, "period": lecture.period, "room": lecture.room}
                         for lecture in answer.lectures]}
