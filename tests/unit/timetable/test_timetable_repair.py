"""A timetable is repaired with as few changes as possible: what can stay stays, whoever keeps his runs keeps his seat."""

from __future__ import annotations

import copy
import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from timetable_judge import Judge
from timetable_shapes import make_document

from kompetensi.exchange.timetable import question_from_json, timetable_to_json
from kompetensi.planning.timetable import replan, solve


def planned(document):
    return timetable_to_json(solve(question_from_json(document).problem, time_limit=10.0))


def with_previous(document, result):
    return copy.deepcopy(document) | {"previous": {"runs": result["runs"], "seatings": result["seatings"]}}


def repaired(document):
    question = question_from_json(document)
    return timetable_to_json(replan(question.problem, question.before.runs, question.before.seatings, time_limit=10.0))


def make_ill(document, result, random_):
    """Return the problem in which a trainer who teaches, or a room that is used, is not there on one day of a run."""
    run = random_.choice(result["runs"])
    day = random_.choice(random_.choice(run["stages"]))
    names = [name for group in run["trainers"] for name in group]
    if names:
        ill = random_.choice(names)
        next(trainer for trainer in document["trainers"] if trainer["id"] == ill)["absent"].append(day)
    elif run["room"]:
        next(room for room in document["rooms"] if room["id"] == run["room"])["closed"].append(day)
    return document


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_only_what_the_changed_facts_forbid_is_changed(seed):
    random_ = random.Random(seed)
    document = make_document(random_)
    before = planned(document)
    if not before["runs"]:
        return
    document = make_ill(with_previous(document, before), before, random_)
    judge = Judge(document)
    broken = {run["id"] for run in before["runs"] if judge.resource_faults(run)}
    after = repaired(document)
    assert judge.faults(after) == []
    assert after["changes"] == len(broken)
    now = {run["id"]: run for run in after["runs"]}
    place = ("course", "stages", "hour", "room", "trainers")
    for run in before["runs"]:
        if run["id"] not in broken:
            assert {field: now[run["id"]][field] for field in place} == {field: run[field] for field in place}
    assert set(now) <= {run["id"] for run in before["runs"]}
    seats = Counter({(seating["profile"], *seating["runs"]): seating["count"] for seating in after["seatings"]})
    for seating in before["seatings"]:
        if not broken.intersection(seating["runs"]):
            assert seats[seating["profile"], *seating["runs"]] >= seating["count"]


def test_a_timetable_whose_facts_are_unchanged_stays_as_it_is():
    for seed in range(30):
        document = make_document(random.Random(seed))
        before = planned(document)
        after = repaired(with_previous(document, before))
        assert after["changes"] == 0
        assert [run | {"participants": 0} for run in after["runs"]] == [run | {"participants": 0} for run in before["runs"]]
        assert after["value"] >= before["value"]


def test_another_trainer_takes_over_on_the_same_days():
    document = {
        "format": "kompetensi-timetable/1", "calendar": {"first_day": "2027-01-04", "last_day": "2027-01-29"},
        "courses": [{"code": "A", "max_participants": 2, "stages": [{"days": 2}], "trainers": [{"subject": "x"}]}],
        "rooms": [{"id": "R", "seats": 2}], "trainers": [{"id": "T", "teaches": {"x": 1}}, {"id": "U", "teaches": {"x": 1}}],
        "profiles": [{"id": "P", "courses": ["A"], "ready_by": "2027-01-29", "count": 2}]}
    before = planned(document)
    [run] = before["runs"]
    document = with_previous(document, before)
    [[name]] = run["trainers"]
    next(trainer for trainer in document["trainers"] if trainer["id"] == name)["absent"] = [run["stages"][0][1]]
    after = repaired(document)
    [changed] = after["runs"]
    assert (changed["id"], changed["stages"], after["changes"], after["ready"]) == (run["id"], run["stages"], 1, 2)
    assert changed["trainers"] != run["trainers"]
    assert after["proven"]
