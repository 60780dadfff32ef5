"""Why a run cannot be elsewhere: told exactly when the judge of the format refuses it too."""

from __future__ import annotations

import copy
import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timetable_judge import Judge
from timetable_oracle import days_from
from timetable_shapes import make_document

from kompetensi.errors import NotFound
from kompetensi.exchange.timetable import question_from_json, timetable_to_json
from kompetensi.planning.timetable import Rule, solve, why_not


def moved(judge, result, run, day, room, trainers):
    """Return the result with one run elsewhere; None if it cannot begin there."""
    course = judge.courses[run["course"]]
    stages = days_from(judge, course, day)
    if stages is None or stages[0][0] != day.isoformat():
        return None
    changed = copy.deepcopy(result)
    here = next(other for other in changed["runs"] if other["id"] == run["id"])
    here |= {"stages": stages, "room": room, "trainers": trainers}
    here["seats"] = min(course["max_participants"], judge.rooms[room]["seats"]) if room else course["max_participants"]
    here["cost_idr"] = judge.cost(here)
    changed["run_cost_idr"] = sum(other["cost_idr"] for other in changed["runs"])
    changed["cost_idr"] = changed["run_cost_idr"] + changed["seat_cost_idr"]
    return changed


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), data=st.data())
def test_a_slot_is_refused_exactly_when_the_run_there_breaks_a_rule(seed, data):
    document = make_document(random.Random(seed))
    document.pop("budget_idr", None)
    problem = question_from_json(document).problem
    timetable = solve(problem, time_limit=10.0)
    result = timetable_to_json(timetable)
    if not result["runs"]:
        return
    judge = Judge(document)
    run = data.draw(st.sampled_from(result["runs"]))
    day = judge.first + timedelta(days=data.draw(st.integers(0, 24)))
    room = data.draw(st.sampled_from(list(judge.rooms))) if run["room"] else None
    names = [[data.draw(st.sampled_from(sorted(judge.trainers))) for _ in group] for group in run["trainers"]]
    if len({name for group in names for name in group}) < sum(map(len, names)):
        return
    refusals = why_not(problem, timetable, run["id"], day, room=room, trainers=names)
    there = moved(judge, result, run, day, room, names)
    broken = there is None or bool(judge.faults(there))
    assert bool(refusals) == broken, (refusals, there and judge.faults(there))


def test_a_run_can_stay_where_it_is():
    for seed in range(40):
        problem = question_from_json(make_document(random.Random(seed))).problem
        timetable = solve(problem, time_limit=10.0)
        for run in timetable.runs:
            assert why_not(problem, timetable, run.id, run.first_day, room=run.room, trainers=run.trainers) == ()


def test_each_refusal_names_rule_and_fact():
    document = {
        "format": "kompetensi-timetable/1", "calendar": {"first_day": "2027-01-04", "last_day": "2027-01-15"},
        "courses": [{"code": "A", "max_participants": 2, "stages": [{"days": 2}], "trainers": [{"subject": "x"}]},
                    {"code": "B", "max_participants": 2, "stages": [{"days": 2}], "prerequisites": ["A"]}],
        "rooms": [{"id": "R", "seats": 2, "closed": ["2027-01-12"]}],
        "trainers": [{"id": "T", "teaches": {"x": 1}, "absent": ["2027-01-13"]}],
        "profiles": [{"id": "P", "courses": ["A", "B"], "ready_by": "2027-01-08"}]}
    problem = question_from_json(document).problem
    timetable = solve(problem, time_limit=10.0)
    by_course = {run.course: run.id for run in timetable.runs}

    def told(run, day):
        return {refusal.rule: str(refusal.fact) for refusal in why_not(problem, timetable, by_course[run], date(2027, 1, day))}

    assert told("A", 9) == {Rule.CLOSED: "9 Januari 2027 bukan hari kerja."}
    assert told("A", 12)[Rule.ROOM_CLOSED] == "Ruang R ditutup pada 12 Januari 2027."
    assert told("A", 12)[Rule.TRAINER_ABSENT] == "T tidak ada pada 13 Januari 2027."
    assert told("A", 14)[Rule.DEADLINE] == "1 peserta harus siap pada 8 Januari 2027."
    assert told("A", 14)[Rule.PREREQUISITE] == f"Bagi 1 peserta urutannya dengan {by_course['B']} menjadi salah."
    assert Rule.HORIZON in told("A", 15)


def test_a_run_that_does_not_exist_is_said_to():
    problem = question_from_json(make_document(random.Random(1))).problem
    with pytest.raises(NotFound, match="Tidak ada angkatan XXX"):
        why_not(problem, solve(problem, time_limit=5.0), "XXX", date(2027, 1, 4))
