"""``kompetensi solve timetable``: one answer for each problem; a wrong one answers for itself and names its place."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner
from timetable_judge import Judge
from timetable_shapes import make_document

from kompetensi.cli import cli

FORMATS = Path(__file__).resolve().parents[3] / "docs" / "formats"
PROBLEM = jsonschema_rs.validator_for(json.loads((FORMATS / "timetable.schema.json").read_text()), validate_formats=True)
RESULT = jsonschema_rs.validator_for(json.loads((FORMATS / "timetable-result.schema.json").read_text()), validate_formats=True)

DOCUMENT = {
    "format": "kompetensi-timetable/1", "calendar": {"first_day": "2027-01-04", "last_day": "2027-01-15", "starts": "week"},
    "courses": [{"code": "A", "max_participants": 2, "stages": [{"days": 2}], "trainers": [{"subject": "x", "jp": 16}]}],
    "rooms": [{"id": "R", "seats": 2}], "trainers": [{"id": "T", "teaches": {"x": 1}, "absent": [["2027-01-04", "2027-01-06"]]}],
    "profiles": [{"id": "P", "courses": ["A"], "ready_by": "2027-01-15", "count": 3}],
    "fixed": [{"id": "F", "course": "A", "stages": [["2027-01-04", "2027-01-05"]], "hour": 8, "seats_free": 1}]}


def run(text, *options):
    result = CliRunner().invoke(cli, ["solve", "timetable", "-", *options], input=text)
    assert "Traceback" not in result.output
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_is_answered_in_order():
    documents = [make_document(random.Random(seed)) for seed in range(3)]
    result, answers = run("\n\n".join(map(json.dumps, documents)) + "\n")
    assert result.exit_code == 0
    for document, answer in zip(documents, answers, strict=True):
        RESULT.validate(answer)
        assert Judge(document).faults(answer) == []


def test_a_document_of_many_lines_is_one_problem():
    result, [answer] = run(json.dumps(DOCUMENT, indent=2))
    assert result.exit_code == 0
    assert (answer["status"], answer["ready"], answer["runs_count"]) == ("optimal", 3, 1)


def test_options_and_progress():
    result, [answer] = run(json.dumps(DOCUMENT), "--time-limit", "5", "--seed", "7", "--workers", "2", "--progress")
    assert answer["ready"] == 3
    assert next(line.split()[1] for line in result.stderr.splitlines()) == "greedy"


def test_slots_and_repairs_are_answered_too():
    slots = {"format": "kompetensi-timetable/1", "kind": "slots", "days": 1, "periods": 1, "events": [{"id": "E"}],
             "rooms": [{"id": "R", "seats": 1}]}
    _, [planned] = run(json.dumps(DOCUMENT))
    repair = DOCUMENT | {"previous": {"runs": planned["runs"], "seatings": planned["seatings"]}}
    PROBLEM.validate(repair)
    PROBLEM.validate(slots)
    result, answers = run(f"{json.dumps(slots)}\n{json.dumps(repair)}\n")
    assert result.exit_code == 0
    for answer in answers:
        RESULT.validate(answer)
    assert answers[0]["lectures"] == [{"event": "E", "day": 0, "period": 0, "room": "R"}]
    assert answers[1]["changes"] == 0


def changed(path, value):
    document = copy.deepcopy(DOCUMENT)
    here = document
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return document


@pytest.mark.parametrize(("path", "value", "where"), [
    (["format"], "kompetensi-plan/1", "/format"),
    (["kind"], "other", "/kind"),
    (["colour"], 1, "/colour"),
    (["calendar"], None, "/calendar"),
    (["calendar", "first_day"], "2027-02-30", "/calendar/first_day"),
    (["calendar", "last_day"], "2027-01-03", "/calendar/last_day"),
    (["calendar", "weekdays"], [8], "/calendar/weekdays/0"),
    (["calendar", "starts"], "month", "/calendar/starts"),
    (["courses", 0, "jp"], 1.0, "/courses/0/jp"),
    (["courses", 0, "stages"], [], "/courses/0/stages"),
    (["courses", 0, "stages", 0, "days"], True, "/courses/0/stages/0/days"),
    (["courses", 0, "min_participants"], 3, "/courses/0/min_participants"),
    (["courses", 0, "trainers", 0, "stages"], [1], "/courses/0/trainers/0/stages/0"),
    (["rooms", 0, "seats"], 0, "/rooms/0/seats"),
    (["rooms"], [{"id": "R", "seats": 1}, {"id": "R", "seats": 1}], "/rooms/1/id"),
    (["trainers", 0, "absent"], ["2027-01-04", ["2027-01-04"]], "/trainers/0/absent/1"),
    (["profiles", 0, "courses"], ["B"], "/profiles/0/courses/0"),
    (["profiles", 0, "courses"], ["A", "A"], "/profiles/0/courses"),
    (["profiles", 0, "order"], [["A", "B"]], "/profiles/0/order/0/1"),
    (["fixed", 0, "course"], "B", "/fixed/0/course"),
    (["fixed", 0, "stages"], [["2027-01-04"], ["2027-01-05"]], "/fixed/0/stages"),
    (["time_limit_s"], 0, "/time_limit_s"),
])
def test_a_wrong_document_names_the_place_and_the_others_are_solved(path, value, where):
    result, [wrong, right] = run(f"{json.dumps(changed(path, value))}\n{json.dumps(DOCUMENT)}\n")
    assert result.exit_code == 2
    assert wrong["error"]["path"] == where
    assert wrong["error"]["message"]
    RESULT.validate(wrong)
    assert right["ready"] == 3


@pytest.mark.parametrize("text", ["[]\n", "{\n", "nonsense }\n", '{"format": 1, "format": 2}\n'])
def test_what_is_no_problem_at_all_is_said_to_be_so(text):
    result, [wrong] = run(text)
    assert (result.exit_code, wrong["error"]["path"] in ("", "/format")) == (2, True)


def test_a_file_that_is_not_there_is_refused_in_a_sentence():
    result = CliRunner().invoke(cli, ["solve", "timetable", "nowhere.json"])
    assert result.exit_code == 2
    assert "nowhere.json" in result.output


CTT = """Name: Small
Courses: 3
Rooms: 2
Days: 2
Periods_per_day: 2
Curricula: 1
Constraints: 1

COURSES:
Law Ani 2 1 30
Tax Ani 1 1 10
Map Budi 2 2 25

ROOMS:
A 20
B\t35

CURRICULA:
first 2 Law Map

UNAVAILABILITY_CONSTRAINTS:
Tax 0 0

ROOM_CONSTRAINTS:
Map A

END.
"""


def test_a_file_of_curriculum_timetabling_is_a_slot_problem():
    result, [answer] = run(CTT)
    RESULT.validate(answer)
    held = {name: {(lecture["day"], lecture["period"]) for lecture in answer["lectures"] if lecture["event"] == name}
            for name in ("Law", "Tax", "Map")}
    assert {name: len(slots) for name, slots in held.items()} == {"Law": 2, "Tax": 1, "Map": 2}
    assert not held["Law"] & held["Map"]
    assert not held["Law"] & held["Tax"]
    assert (0, 0) not in held["Tax"]
    assert {lecture["room"] for lecture in answer["lectures"] if lecture["event"] == "Map"} == {"B"}


@pytest.mark.parametrize(("line", "instead", "where"), [
    ("Law Ani 2 1 30", "Law Ani two 1 30", "line 10"), ("first 2 Law Map", "first 2 Law Sea", "line 19"),
    ("Tax 0 0", "Tax 2 0", "line 22"), ("Days: 2", "Days: 0", "line 1"), ("Tax Ani 1 1 10", "Law Ani 1 1 10", "line 11")])
def test_a_wrong_line_of_it_is_named(line, instead, where):
    result, [wrong] = run(CTT.replace(line, instead))
    assert (result.exit_code, wrong["error"]["path"]) == (2, where)
