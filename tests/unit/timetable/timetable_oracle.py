"""The best timetable of a tiny problem by trying every one; shares no code with the planner."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations, product

from timetable_judge import Judge


def best_measure(document):
    """Return (value, runs, run cost) of the best timetable."""
    judge = Judge(document)
    runs = possible_runs(judge)
    best = (0, 0, 0)
    limit = document.get("max_runs")
    chosen_sets = [()]
    while chosen_sets:
        longer = []
        for chosen in chosen_sets:
            if judge.clash_faults(chosen) or judge.limit_faults(chosen):
                continue
            value = best_value(judge, chosen)
            if value is not None:
                best = min(best, (-value, len(chosen), sum(run["cost_idr"] for run in chosen)))
            if limit is None or len(chosen) < limit:
                start = runs.index(chosen[-1]) + 1 if chosen else 0
                longer += [(*chosen, run) for run in runs[start:]]
        chosen_sets = longer
    return -best[0], best[1], best[2]


def possible_runs(judge):
    """Every run that breaks no rule by itself."""
    found = []
    for course in judge.courses.values():
        day = judge.first
        while day <= judge.last:
            for hour in course.get("start_hours") or [judge.hours[0]]:
                stages = days_from(judge, course, day)
                if stages is not None:
                    found += runs_at(judge, course, stages, hour, len(found))
            day += timedelta(days=1)
    return found


def days_from(judge, course, day):
    stages, earliest = [], day
    for number, stage in enumerate(course["stages"]):
        if number:
            earliest += timedelta(days=stage.get("min_gap", 0))
        days = []
        while len(days) < stage["days"]:
            if earliest > judge.last:
                return None
            if stage.get("mode", "classical") in ("self_study", "off_campus") or judge.is_open(earliest):
                days.append(earliest.isoformat())
            earliest += timedelta(days=1)
        stages.append(days)
    return stages


def runs_at(judge, course, stages, hour, number):
    classical = any(stage.get("mode", "classical") == "classical" for stage in course["stages"])
    rooms = list(judge.rooms) if classical else [None]
    groups = [list(combinations(sorted(judge.trainers), need.get("count", 1))) for need in course.get("trainers", ())]
    found = []
    for room, trainers in product(rooms, product(*groups)):
        seats = min(course["max_participants"], judge.rooms[room]["seats"]) if room else course["max_participants"]
        run = {"id": f"run{number + len(found)}", "course": course["code"], "stages": stages, "hour": hour, "room": room,
               "trainers": [list(group) for group in trainers], "seats": seats}
        run["cost_idr"] = judge.cost(run)
        if not judge.time_faults(run) and not judge.resource_faults(run):
            found.append(run)
    return found


def best_value(judge, chosen):
    """Return the greatest weight of people who are ready when just these runs take place; None if one of them would be too empty."""
    runs = {run["id"]: run for run in chosen} | judge.fixed
    people = [profile for profile in judge.profiles.values() for _ in range(profile.get("count", 1))]
    ways = {profile["id"]: ways_of(judge, profile, list(runs.values())) for profile in judge.profiles.values()}
    seats = tuple(run["seats"] if "seats" in run else run.get("seats_free", 0) for run in runs.values())
    place = {name: number for number, name in enumerate(runs)}
    states = {seats: 0}
    for profile in people:
        after = dict(states)
        for left, value in states.items():
            for way in ways[profile["id"]]:
                now = list(left)
                for name in way:
                    now[place[name]] -= 1
                if min(now) >= 0:
                    key = tuple(now)
                    after[key] = max(after.get(key, 0), value + profile.get("weight", 1))
        states = after
    fit = [value for left, value in states.items() if all(
        seats[place[run["id"]]] - left[place[run["id"]]] >= max(1, judge.courses[run["course"]].get("min_participants", 0))
        for run in chosen)]
    return max(fit, default=None)


def ways_of(judge, profile, runs):
    options = [[run for run in runs if run["course"] == code] for code in profile["courses"]]
    return [[run["id"] for run in way] for way in product(*options) if judge.is_ready(profile, list(way))]
