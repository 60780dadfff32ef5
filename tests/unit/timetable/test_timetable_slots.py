"""Events get slots and rooms without one hard rule broken; what is impossible is said to be."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.exchange.timetable import question_from_json, slot_result_to_json
from kompetensi.planning.timetable import solve_slots


def make_slots(random_, *, days=2, periods=2, events=3, rooms=2):
    slots = [[day, period] for day, period in product(range(days), range(periods))]
    codes = [f"E{number}" for number in range(events)]
    return {
        "format": "kompetensi-timetable/1", "kind": "slots", "days": days, "periods": periods,
        "rooms": [{"id": f"R{number}", "seats": random_.randint(5, 30), "features": ["lab"] if random_.random() < 0.5 else [],
                   "unavailable": random_.sample(slots, random_.choice([0, 0, 1]))} for number in range(rooms)],
        "events": [{"id": code, "lectures": random_.randint(1, 2), "size": random_.randint(1, 25), "teachers": [random_.choice("TU")],
                    "features": ["lab"] if random_.random() < 0.2 else [], "unavailable": random_.sample(slots, random_.choice([0, 1])),
                    "max_per_day": random_.choice([None, 1])} for code in codes],
        "groups": {"g": random_.sample(codes, 2)}, "teachers": {"T": random_.sample(slots, 1)}}


def faults(document, lectures):
    """Judge lectures from the two documents alone."""
    found = []
    events = {event["id"]: event for event in document["events"]}
    rooms = {room["id"]: room for room in document["rooms"]}
    if Counter(lecture["event"] for lecture in lectures) != Counter({name: event.get("lectures", 1) for name, event in events.items()}):
        found.append("lectures are missing")
    for lecture in lectures:
        event, room = events[lecture["event"]], rooms[lecture["room"]]
        slot = [lecture["day"], lecture["period"]]
        shut = [*event.get("unavailable", ()), *room.get("unavailable", ()),
                *(slot for teacher in event.get("teachers", ()) for slot in document.get("teachers", {}).get(teacher, ()))]
        if slot in shut:
            found.append("not available")
        if room["seats"] < event.get("size", 0) or not set(event.get("features", ())) <= set(room.get("features", ())):
            found.append("room does not suit")
        if "rooms" in event and room["id"] not in event["rooms"]:
            found.append("another room")
    for number, one in enumerate(lectures):
        for other in lectures[number + 1:]:
            if (one["day"], one["period"]) != (other["day"], other["period"]):
                continue
            names = {one["event"], other["event"]}
            shared = set(events[one["event"]].get("teachers", ())) & set(events[other["event"]].get("teachers", ()))
            if len(names) == 1 or shared or one["room"] == other["room"] or any(
                    names <= set(group) for group in document.get("groups", {}).values()):
                found.append("clash")
    for (name, _), count in Counter((lecture["event"], lecture["day"]) for lecture in lectures).items():
        if events[name].get("max_per_day") is not None and count > events[name]["max_per_day"]:
            found.append("too many of a day")
    return found


def is_possible(document):
    """Try every way to hold the lectures."""
    wanted = [event["id"] for event in document["events"] for _ in range(event.get("lectures", 1))]
    places = [(day, period, room["id"]) for day, period, room in product(
        range(document["days"]), range(document["periods"]), document["rooms"])]

    def extend(chosen):
        if len(chosen) == len(wanted):
            return not faults(document, chosen)
        for day, period, room in places:
            lecture = {"event": wanted[len(chosen)], "day": day, "period": period, "room": room}
            if not [fault for fault in faults(document, [*chosen, lecture]) if fault != "lectures are missing"] and extend(
                    [*chosen, lecture]):
                return True
        return False

    return extend([])


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_slots_are_found_exactly_when_there_are_some(seed):
    document = make_slots(random.Random(seed))
    result = slot_result_to_json(solve_slots(question_from_json(document).problem, time_limit=20.0))
    if result["status"] == "feasible":
        assert faults(document, result["lectures"]) == []
    else:
        assert result["status"] == "infeasible"
        assert not is_possible(document)


@pytest.mark.parametrize("lectures", [4, 5])
def test_a_room_holds_as_many_lectures_as_there_are_slots(lectures):
    document = {"format": "kompetensi-timetable/1", "kind": "slots", "days": 2, "periods": 2, "rooms": [{"id": "R", "seats": 1}],
                "events": [{"id": f"E{number}"} for number in range(lectures)]}
    answer = solve_slots(question_from_json(document).problem)
    assert answer.status.value == ("feasible" if lectures == 4 else "infeasible")
