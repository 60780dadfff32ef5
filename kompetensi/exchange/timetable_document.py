"""A timetable's question written, and its answer read back, in the forms of docs/formats/timetable.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from kompetensi.planning.timetable import (
    AgencyShare,
    Course,
    Measure,
    Problem,
    Run,
    Seating,
    Status,
    Timetable,
    TrainerNeed,
)

__all__ = ["problem_to_json", "timetable_from_json"]

FORMAT = "kompetensi-timetable/1"


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """Write a planning problem; what has its usual value is left out where that can be."""
    calendar = problem.calendar
    document: dict[str, Any] = {
        "format": FORMAT,
        "calendar": {
            "first_day": calendar.first_day.isoformat(), "last_day": calendar.last_day.isoformat(),
            "weekdays": sorted(calendar.weekdays), "closed": _days(calendar.closed), "first_hour": calendar.first_hour,
            "last_hour": calendar.last_hour, "starts": calendar.starts.value},
        "courses": [_course(course) for course in problem.courses],
        "rooms": [_named(id=room.id, seats=room.seats, place=room.place, features=sorted(room.features),
                         closed=_days(room.closed)) for room in problem.rooms],
        "trainers": [_named(id=one.id, teaches=dict(sorted(one.teaches.items())), absent=_days(one.absent),
                            max_jp=one.max_jp, home=one.home, external=one.external, fee_per_jp_idr=one.fee_per_jp_idr)
                     for one in problem.trainers],
        "travel": [_named(place=way.place, other=way.other, hours=way.hours, cost_idr=way.cost_idr)
                   for way in problem.travel],
        "profiles": [_named(id=one.id, courses=list(one.courses), ready_by=one.ready_by.isoformat(), count=one.count,
                            weight=one.weight, agency=one.agency, away=_days(one.away),
                            order=[list(pair) for pair in one.order]) for one in problem.profiles],
        "fixed": [_named(id=run.id, course=run.course, stages=[[day.isoformat() for day in days] for days in run.stages],
                         hour=run.hour, room=run.room, trainers=list(run.trainers), seats_free=run.seats_free)
                  for run in problem.fixed]}
    return document | {name: value for name, value in (("max_runs", problem.max_runs), ("budget_idr", problem.budget_idr))
                       if value is not None}


def _course(course: Course) -> dict[str, Any]:
    return _named(
        code=course.code,
        stages=[_named(mode=stage.mode.value, days=stage.days, hours=stage.hours, min_gap=stage.min_gap,
                       max_gap=stage.max_gap) for stage in course.stages],
        max_participants=course.max_participants, min_participants=course.min_participants, jp=course.jp,
        cost_idr=course.cost_idr, cost_per_participant_idr=course.cost_per_participant_idr,
        features=sorted(course.features), trainers=[_need(need) for need in course.trainers],
        prerequisites=sorted(course.prerequisites), start_hours=list(course.start_hours), max_runs=course.max_runs,
        parallel=course.parallel)


def _need(need: TrainerNeed) -> dict[str, Any]:
    return _named(subject=need.subject, level=need.level, count=need.count, jp=need.jp,
                  stages=None if need.stages is None else list(need.stages))


def _named(**fields: Any) -> dict[str, Any]:
    """Leave out what says nothing: no value, no words, no members."""
    return {name: value for name, value in fields.items() if value is not None and value != "" and value not in ([], {})}


def _days(days: Iterable[date]) -> list[Any]:
    """Write days in order, three or more in a row as first and last."""
    found: list[list[date]] = []
    for day in sorted(days):
        if found and day - found[-1][-1] == timedelta(days=1):
            found[-1].append(day)
        else:
            found.append([day])
    return [item for row in found for item in (
        [[row[0].isoformat(), row[-1].isoformat()]] if len(row) > 2 else [day.isoformat() for day in row])]


def timetable_from_json(document: Mapping[str, Any]) -> Timetable:
    """Read what ``exchange.timetable.timetable_to_json`` wrote; it is ours and taken at its word.

    Raises
    ------
    KeyError, ValueError
        If it is something else.
    """
    return Timetable(
        Status(document["status"]),
        tuple(Run(run["id"], run["course"], tuple(tuple(map(date.fromisoformat, days)) for days in run["stages"]),
                  run["hour"], run["room"], tuple(tuple(names) for names in run["trainers"]), run["seats"],
                  run["participants"], run["cost_idr"]) for run in document["runs"]),
        tuple(Seating(one["profile"], tuple(one["runs"]), one["count"]) for one in document["seatings"]),
        Measure(document["value"], document["runs_count"], document["run_cost_idr"]), document["bound"], document["ready"],
        document["people"], document["seat_cost_idr"], document["shortfall"],
        tuple(AgencyShare(one["agency"], one["people"], one["ready"], one["share"]) for one in document["agencies"]),
        document["changes"])
