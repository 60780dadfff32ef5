"""Random timetabling problems as documents, small enough to be judged hour by hour, and as odd as the format allows."""

from __future__ import annotations

from datetime import date, timedelta

FIRST = date(2027, 1, 4)


def day(number):
    return (FIRST + timedelta(days=number)).isoformat()


def make_document(random_, *, days=24, courses=3, rooms=2, trainers=3, profiles=6, most=3):
    """Return a problem; every field of the format occurs in some of them."""
    subjects = ["x", "y"]
    codes = [f"C{number}" for number in range(random_.randint(1, courses))]
    document = {
        "format": "kompetensi-timetable/1", "time_limit_s": 20,
        "calendar": {"first_day": day(0), "last_day": day(days), "starts": random_.choice(["day", "week", "week"]),
                     "closed": [day(random_.randrange(days)) for _ in range(random_.randint(0, 3))]},
        "courses": [_course(random_, code, codes[:number], subjects, most) for number, code in enumerate(codes)],
        "rooms": [_room(random_, f"R{number}", days) for number in range(random_.randint(1, rooms))],
        "trainers": [_trainer(random_, f"T{number}", subjects, days) for number in range(random_.randint(1, trainers))],
        "travel": ([{"place": "G", "other": "L", "hours": random_.choice([4, 8]), "cost_idr": 7}] if random_.random() < 0.5 else []),
        "profiles": [_profile(random_, f"P{number}", codes, days) for number in range(random_.randint(1, profiles))]}
    if random_.random() < 0.3:
        document["max_runs"] = random_.randint(1, 4)
    if random_.random() < 0.2:
        document["budget_idr"] = random_.randint(50, 400)
    if random_.random() < 0.3:
        document["fixed"] = [_fixed(random_, document)]
    return document


def _course(random_, code, earlier, subjects, most):
    full = random_.randint(1, most)
    course = {"code": code, "max_participants": full, "min_participants": random_.choice([0, 0, 1, min(2, full)]),
              "cost_idr": random_.randint(0, 100), "cost_per_participant_idr": random_.randint(0, 9),
              "features": ["lab"] if random_.random() < 0.2 else [],
              "stages": [{"days": random_.randint(1, 3)}]}
    if random_.random() < 0.3:
        course["stages"][0] |= {"mode": random_.choice(["distance", "self_study"])}
    if random_.random() < 0.4:
        course["stages"].append({"days": random_.randint(1, 4), "mode": random_.choice(["classical", "off_campus", "distance"]),
                                 "min_gap": random_.randint(0, 3), "max_gap": random_.choice([None, 4])})
    if random_.random() < 0.3:
        course["start_hours"] = [8, 12]
        for stage in course["stages"]:
            stage["hours"] = random_.choice([3, 4])
    taught = [number for number, stage in enumerate(course["stages"])
              if stage.get("mode", "classical") in ("classical", "distance")]
    course["trainers"] = [{"subject": random_.choice(subjects), "level": random_.randint(0, 1), "count": random_.choice([1, 1, 1, 2]),
                           "jp": random_.randint(0, 10)} for _ in range(random_.randint(0, 2))]
    if course["trainers"] and len(taught) > 1 and random_.random() < 0.5:
        course["trainers"][0]["stages"] = [taught[-1]]
    if earlier and random_.random() < 0.5:
        course["prerequisites"] = [random_.choice(earlier)]
    if random_.random() < 0.3:
        course["parallel"] = 2
    if random_.random() < 0.3:
        course["max_runs"] = random_.randint(0, 2)
    return course


def _room(random_, name, days):
    return {"id": name, "seats": random_.randint(1, 4), "place": random_.choice(["G", "L"]),
            "features": ["lab"] if random_.random() < 0.5 else [], "closed": [_stretch(random_, days)] if random_.random() < 0.4 else []}


def _trainer(random_, name, subjects, days):
    trainer = {"id": name, "teaches": {subject: random_.randint(0, 2) for subject in subjects if random_.random() < 0.8},
               "absent": [_stretch(random_, days)] if random_.random() < 0.4 else [], "fee_per_jp_idr": random_.choice([0, 0, 3])}
    if random_.random() < 0.4:
        trainer["max_jp"] = random_.randint(5, 25)
    if random_.random() < 0.5:
        trainer["home"] = random_.choice(["G", "L"])
    return trainer


def _stretch(random_, days):
    begin = random_.randrange(days)
    return [day(begin), day(begin + random_.randint(0, 5))]


def _profile(random_, name, codes, days):
    chosen = random_.sample(codes, random_.randint(1, min(3, len(codes))))
    profile = {"id": name, "courses": chosen, "ready_by": day(random_.randint(days // 3, days + 3)), "count": random_.randint(1, 3),
               "weight": random_.choice([1, 1, 2, 5]), "agency": random_.choice(["A", "B", "C"])}
    if random_.random() < 0.3:
        profile["away"] = [_stretch(random_, days)]
    if len(chosen) > 1 and random_.random() < 0.3:
        profile["order"] = [chosen[:2]]
    return profile


def _fixed(random_, document):
    course = random_.choice(document["courses"])
    number, stages = random_.randint(-4, 6), []
    for stage in course["stages"]:
        stages.append([day(number + place) for place in range(stage["days"])])
        number += stage["days"] + 1
    return {"id": "fixed", "course": course["code"], "stages": stages, "hour": random_.choice(course.get("start_hours", [8])),
            "room": random_.choice(document["rooms"])["id"], "trainers": [random_.choice(document["trainers"])["id"]],
            "seats_free": random_.randint(0, 2)}
