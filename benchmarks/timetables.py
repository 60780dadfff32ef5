"""Made problems for the timetable solver: a training centre with its rooms and trainers, and people with dates."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from kompetensi.planning.timetable.problem import (
    Calendar,
    Course,
    Mode,
    Problem,
    Profile,
    Room,
    Stage,
    Starts,
    Trainer,
    TrainerNeed,
)

__all__ = ["document_of", "make_problem", "make_slots"]

_FIRST = date(2027, 1, 4)
_AGENCIES = 30
_WEEK = ((2, (Stage(5),), 40), (1, (Stage(3),), 24))
_STAGED = (
    (8, (Stage(5),), 40), (4, (Stage(3),), 24), (3, (Stage(10),), 80),
    (3, (Stage(5, Mode.DISTANCE), Stage(5, min_gap=0, max_gap=14)), 60),
    (2, (Stage(5), Stage(30, Mode.OFF_CAMPUS), Stage(3, max_gap=14)), 90),
)


def make_problem(courses: int, weeks: int, people: int, *, rooms: int, trainers: int, max_runs: int | None, seed: int = 1,
                 staged: bool = False) -> Problem:
    """Return a problem whose runs begin on the first open day of a week.

    Popular courses are needed by a hundred times more people than the rarest; three fifths of the people need one course, three
    tenths two, a tenth three; a fifth of the courses have a prerequisite, which half of the people who need the course still
    lack. Dates lie anywhere between the fifth week and the last. Every weight is 1, so that the value counts people.

    Parameters
    ----------
    staged : bool
        True: some courses take two weeks, or have a distance stage before, or months at work between two stages; else all take
        three or five days.
    """
    random_ = random.Random(f"{seed}/{courses}/{weeks}")
    last = _FIRST + timedelta(days=7 * weeks - 3)
    holidays = frozenset(_FIRST + timedelta(days=random_.randrange(7 * weeks)) for _ in range(weeks // 4))
    subjects = [f"S{number:02}" for number in range(max(3, courses // 3))]
    made = [_course(random_, number, subjects, _STAGED if staged else _WEEK) for number in range(courses)]
    return Problem(
        Calendar(_FIRST, last, closed=holidays, starts=Starts.WEEK), tuple(made),
        tuple(_room(random_, number, weeks) for number in range(rooms)),
        tuple(_trainer(random_, number, subjects, weeks) for number in range(trainers)),
        _profiles(random_, made, weeks, people), max_runs=max_runs)


def _course(random_: random.Random, number: int, subjects: list[str], shapes: tuple[tuple[int, tuple[Stage, ...], int], ...]) -> Course:
    _, stages, jp = random_.choices(shapes, [shape[0] for shape in shapes])[0]
    needs = (TrainerNeed(random_.choice(subjects), random_.choice((1, 1, 2)), 1, jp),)
    if random_.random() < 0.3:
        needs += (TrainerNeed(random_.choice(subjects), 1, 1, jp // 2),)
    return Course(
        f"C{number:02}", stages, random_.choice((25, 30, 30, 40)), 10, jp, random_.randrange(20, 60) * 1_000_000,
        random_.randrange(5, 20) * 100_000, frozenset({"lab"} if random_.random() < 0.2 else ()), needs,
        frozenset({f"C{random_.randrange(number):02}"} if number and random_.random() < 0.2 else ()))


def _room(random_: random.Random, number: int, weeks: int) -> Room:
    closed = random_.randrange(7 * weeks)
    return Room(f"R{number:02}", random_.choice((25, 30, 40)), random_.choice(("Gorontalo", "Limboto")),
                frozenset({"lab"} if number % 4 == 0 else ()),
                frozenset(_FIRST + timedelta(days=closed + day) for day in range(5)))


def _trainer(random_: random.Random, number: int, subjects: list[str], weeks: int) -> Trainer:
    chosen = {subjects[number % len(subjects)]: 3} | {
        subject: random_.randint(1, 3) for subject in random_.sample(subjects, min(len(subjects), random_.randint(2, 5)))}
    absent = [random_.randrange(7 * weeks) for _ in range(max(1, weeks // 13))]
    return Trainer(f"T{number:02}", chosen, frozenset(_FIRST + timedelta(days=day + more) for day in absent for more in range(7)),
                   random_.choice((160, 240, 320)) * weeks // 52 + 90, external=number % 5 == 4,
                   fee_per_jp_idr=300_000 if number % 5 == 4 else 0)


def _profiles(random_: random.Random, courses: list[Course], weeks: int, people: int) -> tuple[Profile, ...]:
    wanted = [100 ** -(number / len(courses)) for number in range(len(courses))]
    random_.shuffle(wanted)
    counts: dict[tuple[tuple[str, ...], date, str], int] = {}
    for _ in range(people):
        size = random_.choices((1, 2, 3), (6, 3, 1))[0]
        chosen: list[str] = []
        while len(chosen) < size:
            course = random_.choices(courses, wanted)[0]
            codes = [course.code, *(code for code in sorted(course.prerequisites) if random_.random() < 0.5)]
            chosen += [code for code in codes if code not in chosen]
        ready_by = _FIRST + timedelta(days=7 * random_.randint(5, weeks) - 3)
        key = (tuple(sorted(chosen)), ready_by, f"A{min(int(random_.expovariate(0.12)), _AGENCIES - 1):02}")
        counts[key] = counts.get(key, 0) + 1
    return tuple(Profile(f"P{number:04}", courses_, ready_by, count, 1, agency)
                 for number, ((courses_, ready_by, agency), count) in enumerate(sorted(counts.items())))


def document_of(problem: Problem) -> dict[str, Any]:
    """Return what the judge reads of a made problem."""
    calendar = problem.calendar
    return {
        "calendar": {"first_day": calendar.first_day.isoformat(), "last_day": calendar.last_day.isoformat(),
                     "closed": _written(calendar.closed), "starts": calendar.starts.value},
        "courses": [{
            "code": course.code, "max_participants": course.max_participants, "min_participants": course.min_participants,
            "cost_idr": course.cost_idr, "cost_per_participant_idr": course.cost_per_participant_idr, "features": sorted(course.features),
            "prerequisites": sorted(course.prerequisites),
            "stages": [{"days": stage.days, "mode": stage.mode.value, "min_gap": stage.min_gap, "max_gap": stage.max_gap}
                       for stage in course.stages],
            "trainers": [{"subject": need.subject, "level": need.level, "jp": need.jp} for need in course.trainers]}
            for course in problem.courses],
        "rooms": [{"id": room.id, "seats": room.seats, "place": room.place, "features": sorted(room.features),
                   "closed": _written(room.closed)} for room in problem.rooms],
        "trainers": [{"id": trainer.id, "teaches": dict(trainer.teaches), "absent": _written(trainer.absent), "max_jp": trainer.max_jp,
                      "fee_per_jp_idr": trainer.fee_per_jp_idr} for trainer in problem.trainers],
        "profiles": [{"id": profile.id, "courses": list(profile.courses), "ready_by": profile.ready_by.isoformat(),
                      "count": profile.count, "weight": profile.weight, "agency": profile.agency} for profile in problem.profiles],
        "max_runs": problem.max_runs}


def _written(days: frozenset[date]) -> list[str]:
    return sorted(day.isoformat() for day in days)


def make_slots(events: int, *, seed: int = 1) -> dict[str, Any]:
    """Return a slot problem like those of curriculum timetabling, as a document.

    Five days of six periods, events of two to five lectures, a room for every six events, three quarters of all places in rooms used;
    clash groups of four to six events, a teacher for two events, a tenth of the slots closed to some events. Everything is laid around
    a hidden timetable, so that there is one.
    """
    random_ = random.Random(f"slots {seed}/{events}")
    days, periods = 5, 6
    slots = [(day, period) for day in range(days) for period in range(periods)]
    lectures = {f"E{number:03}": random_.randint(2, 5) for number in range(events)}
    rooms = -(-4 * sum(lectures.values()) // (3 * len(slots)))
    used = dict.fromkeys(slots, 0)
    hidden: dict[str, list[tuple[int, int]]] = {}
    for name, count in lectures.items():
        free = sorted(slots, key=lambda slot: (used[slot] >= rooms, random_.random()))
        hidden[name] = free[:count]
        for slot in free[:count]:
            used[slot] += 1
    groups: dict[str, list[str]] = {}
    for number in range(events // 2):
        group: list[str] = []
        for name in random_.sample(sorted(lectures), events):
            if len(group) < 6 and all(not set(hidden[name]) & set(hidden[other]) for other in group):
                group.append(name)
        groups[f"G{number}"] = group
    teacher: dict[str, str] = {}
    for number, name in enumerate(lectures):
        mate = next((other for other, who in teacher.items() if list(teacher.values()).count(who) == 1
                     and not set(hidden[name]) & set(hidden[other])), None)
        teacher[name] = f"T{number}" if mate is None or number % 2 else teacher[mate]
    return {
        "format": "kompetensi-timetable/1", "kind": "slots", "days": days, "periods": periods,
        "rooms": [{"id": f"R{number}", "seats": 40} for number in range(rooms)],
        "events": [{"id": name, "lectures": count, "size": random_.randint(10, 40), "teachers": [teacher[name]],
                    "unavailable": [list(slot) for slot in random_.sample(slots, 3) if slot not in hidden[name]]}
                   for name, count in lectures.items()],
        "groups": groups}
