"""``kompetensi solve plan``: what the contract accepts, what it refuses and where, and that nothing breaks it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.cli import cli
from kompetensi.exchange.plan import ProblemReader

SCHEMAS = Path(__file__).parents[3] / "docs" / "formats"
PROBLEM = jsonschema_rs.validator_for(json.loads((SCHEMAS / "plan.schema.json").read_text()), validate_formats=True)
RESULT = jsonschema_rs.validator_for(json.loads((SCHEMAS / "plan-result.schema.json").read_text()),
                                     validate_formats=True)

GOOD: dict[str, Any] = {
    "format": "kompetensi-plan/1", "today": "2026-11-23", "ready_by": "2027-08-31",
    "employee": {"levels": {"A": 1}, "completed": ["T0"], "golongan": 12},
    "target": {"requirements": [{"competency": "A", "level": 3, "weight": 2, "importance": "MUTLAK"}],
               "trainings": [{"training": "T2"}]},
    "trainings": [
        {"code": "T1", "jp": 20, "cost_idr": 100, "min_golongan": 9, "raises": [{"competency": "A", "level": 3}],
         "entry": {"all": [{"training": "T0"}, {"any": [{"competency": "A", "level": 1}, {}]}]},
         "batches": [{"id": "B1", "seats_free": 2, "stages": [["2027-01-11", "2027-01-15"], ["2027-02-01", "2027-02-01"]]}]},
        {"code": "T2", "jp": 10, "entry": {"training": "T1"}, "self_paced_days": 5}],
    "objective": ["finish", "jp", "cost_idr", "count"], "alternatives": 1, "time_limit_s": 5}


@contextmanager
def any_digits() -> Iterator[None]:
    """Let the test itself read and write numbers of any length."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(before)


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the good problem with one place changed; `...` removes it."""
    document = copy.deepcopy(GOOD)
    place: Any = document
    *parents, last = [int(part) if part.isdigit() else part for part in path.strip("/").split("/")]
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def solve(*lines: str | bytes) -> tuple[int, list[dict[str, Any]]]:
    """Run the command on standard input; every line of the answer is checked against the schema."""
    text = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    result = CliRunner().invoke(cli, ["solve", "plan", "-"], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    for answer in answers:
        RESULT.validate(answer)
    return result.exit_code, answers


def command(*arguments: object, **streams: Any) -> subprocess.Popen[bytes]:
    """Start the command as a process of its own, on a file or on standard input."""
    return subprocess.Popen([Path(sys.executable).parent / "kompetensi", "solve", "plan", *(arguments or "-")], **streams)


def answer_to(document: Any) -> dict[str, Any]:
    code, (answer,) = solve(json.dumps(document))
    assert code == (2 if "error" in answer else 0)
    return answer


def test_a_problem_is_solved():
    answer = answer_to(GOOD)
    assert (answer["status"], answer["finish"], answer["proven"]) == ("ready", "2027-02-06", True)
    assert [step["training"] for step in answer["steps"]] == ["T1", "T2"]


def test_nothing_but_what_is_required_is_required():
    least = {"format": "kompetensi-plan/1", "today": "2026-11-23", "employee": {}, "target": {}, "trainings": []}
    assert answer_to(least)["status"] == "nothing_needed"


REFUSED = [
    ("/format", "kompetensi-plan/2", "/format"), ("/today", ..., "/today"), ("/today", "2026-02-30", "/today"),
    ("/today", "2026-W48-1", "/today"), ("/today", "20261123", "/today"), ("/today", "٢٠٢٦-١١-٢٣", "/today"),
    ("/today", 20261123, "/today"), ("/ready_by", "besok", "/ready_by"), ("/dates", 1, "/dates"),
    ("/dates", None, "/dates"), ("/employee", ..., "/employee"), ("/employee", [], "/employee"),
    ("/employee/levels/A", True, "/employee/levels/A"), ("/employee/levels/A", 1.0, "/employee/levels/A"),
    ("/employee/levels/A", 6, "/employee/levels/A"), ("/employee/levels/A~", "x", "/employee/levels/A~0"),
    ("/employee/levels", None, "/employee/levels"), ("/employee/completed", "T0", "/employee/completed"),
    ("/employee/completed/0", "", "/employee/completed/0"), ("/employee/golongan", 18, "/employee/golongan"),
    ("/employee/golongan", 0, "/employee/golongan"), ("/employee/rank", 3, "/employee/rank"),
    ("/target/requirements/0/level", 0, "/target/requirements/0/level"),
    ("/target/requirements/0/level", ..., "/target/requirements/0/level"),
    ("/target/requirements/0/weight", 0, "/target/requirements/0/weight"),
    ("/target/requirements/0/weight", 60001, "/target/requirements/0/weight"),
    ("/target/requirements/0/importance", "WAJIB", "/target/requirements/0/importance"),
    ("/target/requirements/0/importance", None, "/target/requirements/0/importance"),
    ("/target/trainings/0/training", "x" * 121, "/target/trainings/0/training"),
    ("/trainings", ..., "/trainings"), ("/trainings", {}, "/trainings"), ("/trainings/0", None, "/trainings/0"),
    ("/trainings/0/jp", -1, "/trainings/0/jp"), ("/trainings/0/jp", 1.5, "/trainings/0/jp"),
    ("/trainings/0/jp", None, "/trainings/0/jp"), ("/trainings/0/entry", None, "/trainings/0/entry"),
    ("/trainings/0/entry/all/0", None, "/trainings/0/entry/all/0"),
    ("/trainings/0/entry/all/1/any/0/level", 6, "/trainings/0/entry/all/1/any/0/level"),
    ("/trainings/0/entry/all/1/any/0/level", ..., "/trainings/0/entry/all/1/any/0/level"),
    ("/trainings/0/entry/all/1/any/0/competency", ..., "/trainings/0/entry/all/1/any/0/competency"),
    ("/trainings/0/entry/any", [], "/trainings/0/entry/any"), ("/trainings/0/entry/not", [], "/trainings/0/entry/not"),
    ("/trainings/0/raises/0/level", 0, "/trainings/0/raises/0/level"), ("/trainings/0/self_paced_days", 5, "/trainings/0/self_paced_days"),
    ("/trainings/0/batches/0/stages", [], "/trainings/0/batches/0/stages"),
    ("/trainings/0/batches/0/stages", ..., "/trainings/0/batches/0/stages"),
    ("/trainings/0/batches/0/stages/0", ["2027-01-11"], "/trainings/0/batches/0/stages/0"),
    ("/trainings/0/batches/0/stages/0/1", "2027-01-10", "/trainings/0/batches/0/stages/0"),
    ("/trainings/0/batches/0/stages/1/0", "2027-01-15", "/trainings/0/batches/0/stages/1"),
    ("/trainings/0/batches/0/seats_free", -1, "/trainings/0/batches/0/seats_free"),
    ("/trainings/1/code", "T1", "/trainings/1/code"), ("/trainings/1/self_paced_days", 0, "/trainings/1/self_paced_days"),
    ("/objective", [], "/objective"), ("/objective", None, "/objective"), ("/objective", ["jp", "jp"], "/objective/1"),
    ("/objective/0", "fun", "/objective/0"), ("/alternatives", 21, "/alternatives"), ("/alternatives", -1, "/alternatives"),
    ("/time_limit_s", 0, "/time_limit_s"), ("/time_limit_s", True, "/time_limit_s"), ("/time_limit_s", "5", "/time_limit_s"),
    ("/strange", 1, "/strange")]


@pytest.mark.parametrize(("place", "value", "where"), REFUSED)
def test_what_is_wrong_is_named_by_its_place(place, value, where):
    answer = answer_to(changed(place, value))
    assert answer["error"]["path"] == where
    assert answer["error"]["message"]


def test_what_is_there_twice_is_refused():
    assert answer_to(changed("/target/requirements", GOOD["target"]["requirements"] * 2))["error"]["path"] \
        == "/target/requirements/1/competency"
    assert answer_to(changed("/target/trainings", GOOD["target"]["trainings"] * 2))["error"]["path"] \
        == "/target/trainings/1/training"
    assert answer_to(changed("/trainings/0/batches", GOOD["trainings"][0]["batches"] * 2))["error"]["path"] \
        == "/trainings/0/batches/1/id"
    for line in ('{"format": "kompetensi-plan/1", "format": "kompetensi-plan/1"}', '{"employee": {"format": 1, "format": 2}}'):
        assert solve(line)[1][0]["error"] == {"path": "", "message": "“format” ada dua kali dalam satu objek"}


def test_without_dates_the_finish_means_nothing():
    assert answer_to(GOOD | {"dates": False})["error"]["path"] == "/objective/0"
    answer = answer_to({name: value for name, value in GOOD.items() if name != "objective"} | {"dates": False})
    assert (answer["status"], answer["finish"]) == ("ready", None)


@pytest.mark.parametrize("line", [b"{", b"[]", b"null", b'"x"', b"NaN", b"{}x", b"\xff\xfe", b'{"a": Infinity}',
                                  b"\xc2\xa0", b"[" * 100_000])
def test_a_line_that_is_no_problem_leaves_the_others_alone(line):
    code, answers = solve(json.dumps(GOOD), line, b"", b"  \r", json.dumps(GOOD))
    assert code == 2
    assert [answer.get("status") for answer in answers] == ["ready", None, "ready"]


def test_a_byte_order_mark_and_windows_line_ends_are_no_error():
    assert solve(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r")[0] == 0


@pytest.mark.parametrize(("place", "value"), [
    ("/time_limit_s", 10**400), ("/time_limit_s", 1e308), ("/trainings/1/self_paced_days", 10**30),
    ("/trainings/0/batches/0/seats_free", 10**30), ("/today", "9999-12-31"), ("/ready_by", "0001-01-01"),
    ("/ready_by", None), ("/trainings/0/batches/0/stages", [["0001-01-01", "9999-12-31"]])])
def test_numbers_and_days_at_the_edge_are_answered(place, value):
    assert answer_to(changed(place, value))["status"] in {"ready", "partial"}


def test_a_time_limit_beyond_every_number_is_no_limit():
    assert solve(json.dumps(GOOD).replace('"time_limit_s": 5', '"time_limit_s": 1e999'))[0] == 0


def test_a_training_that_outlasts_the_calendar_cannot_be_taken():
    document = changed("/trainings/1/self_paced_days", 10**9) | {"ready_by": None}
    (left,) = answer_to(document)["open"]
    assert (left["item"], left["reason"]) == ({"training": "T2"}, "NO_BATCH")


def test_half_a_surrogate_pair_comes_back_as_it_came():
    line = json.dumps(GOOD).replace('"T2"', '"\\ud800"')
    code, (answer,) = solve(line)
    assert code == 0
    assert answer["steps"][1]["training"] == "\ud800"
    assert solve(json.dumps(GOOD).replace('"today"', '"\\udfff"'))[1][0]["error"]["path"] == "/\udfff"


def nested(depth: int, innermost: str) -> str:
    """Return the good problem whose second training asks for a condition nested so deep, all in any in all."""
    entry = '{"all": [{"any": [' * (depth // 2) + innermost + "]}]}" * (depth // 2)
    return json.dumps(GOOD).replace('{"training": "T1"}', entry, 1)


@pytest.mark.parametrize("depth", [50, 1_000, 50_000])
def test_a_condition_nests_at_will(depth):
    code, answers = solve(json.dumps(GOOD), nested(depth, '{"training": "T1"}'))
    assert code == 0
    assert answers[0] == answers[1]
    assert solve(nested(depth, '{"training": "X"}'))[1][0]["open"][0]["reason"] == "ENTRY"


def test_what_is_wrong_deep_inside_a_condition_is_named_by_its_place():
    code, (answer,) = solve(nested(50_000, '{"training": "T1"}, {"training": 7}'))
    assert code == 2
    assert answer["error"]["path"] == "/trainings/1/entry" + "/all/0/any/0" * 24_999 + "/all/0/any/1/training"


def test_numbers_are_counted_exactly_however_long():
    huge = 10**6_000
    document = changed("/trainings/0/jp", huge + 1) | {"objective": ["jp"]}
    document["trainings"].append({**document["trainings"][0], "code": "T3", "jp": huge})
    document["target"] = {"requirements": GOOD["target"]["requirements"]}
    document["trainings"][2]["batches"][0]["seats_free"] = huge
    document["trainings"][1]["cost_idr"] = 2**53 + 1
    with any_digits():
        answer = answer_to(document)
        assert [step["training"] for step in answer["steps"]] == ["T3"]
        assert answer["jp"] == huge
        document["target"] = {"trainings": [{"training": "T2"}]}
        assert answer_to(document)["cost_idr"] == 2**53 + 101


def test_of_several_errors_the_first_in_the_order_of_the_tables_is_told():
    document = changed("/trainings/1/code", "T1")
    document["trainings"].append({"code": "T3", "jp": -1})
    assert answer_to(document)["error"]["path"] == "/trainings/1/code"
    document["employee"]["golongan"] = 0
    document["alternatives"] = -1
    assert answer_to(document)["error"]["path"] == "/employee/golongan"
    document["ready_by"] = "besok"
    assert answer_to(dict(reversed(document.items())))["error"]["path"] == "/ready_by"
    assert answer_to({**document, "besok": 1})["error"]["path"] == "/besok"


def test_whoever_splits_the_answers_into_lines_gets_one_for_each_problem():
    strange = "“\u2028\u2029\x85é"
    document = json.loads(json.dumps(GOOD).replace('"T2"', json.dumps(strange)))
    result = CliRunner().invoke(cli, ["solve", "plan", "-"], input=json.dumps(document, ensure_ascii=False) + "\n{}")
    assert result.stdout_bytes.isascii()
    first, second = result.stdout.splitlines()
    assert json.loads(first)["steps"][1]["training"] == strange
    assert json.loads(second)["error"]["path"] == "/format"


def test_each_line_is_answered_before_the_next_is_there():
    with command(stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONIOENCODING": "latin-1"}) as solving:
        for code in ("“T2”", "T2"):
            line = json.dumps(GOOD, ensure_ascii=False).replace("T2", code)
            solving.stdin.write(line.encode() + b"\n")
            solving.stdin.flush()
            assert json.loads(solving.stdout.readline())["steps"][1]["training"] == code
        solving.stdin.close()
        assert solving.wait() == 0


def test_a_full_disk_and_a_reader_who_has_enough_end_it_without_a_traceback(tmp_path):
    many = tmp_path / "soal.jsonl"
    many.write_text((json.dumps(GOOD | {"target": {}}) + "\n") * 600)
    with open("/dev/full", "wb") as full, command(many, stdout=full, stderr=subprocess.PIPE) as solving:
        assert b"No space left" in solving.stderr.read()
        assert solving.wait() == 2
    with command(many, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as solving:
        solving.stdout.readline()
        solving.stdout.close()
        assert solving.stderr.read() == b""
        assert solving.wait() == 1


def test_a_file_that_is_none_ends_with_status_2(tmp_path):
    for path in (tmp_path, tmp_path / "tidak-ada"):
        result = CliRunner().invoke(cli, ["solve", "plan", str(path)])
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr


def test_an_empty_file_has_no_answer():
    assert solve(b"\n \n") == (0, [])


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 70_000), st.integers(-10**40, 10**40), st.floats(allow_nan=False),
    st.text(max_size=3), st.sampled_from(["2027-01-01", "9999-12-31", "0001-01-01", "2026-13-01", "T1", "T2", "A"]),
    st.lists(st.none(), max_size=2), st.just({}), st.dictionaries(st.sampled_from(["all", "any", "training", "level"]),
                                                                  st.just([]), max_size=2))


def _places(value: Any, path: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inner for place in (f"{path}/{key}", *_places(item, f"{path}/{key}"))]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_places(GOOD)), st.one_of(st.just(...), ANYTHING)), min_size=1, max_size=3))
def test_whatever_is_changed_there_is_an_answer_and_what_the_schema_refuses_is_refused(changes):
    document = copy.deepcopy(GOOD)
    for path, value in changes:
        place: Any = document
        *parents, last = [int(part) if part.isdigit() else part for part in path.strip("/").split("/")]
        try:
            for part in parents:
                place = place[part]
            if value is ...:
                del place[last]
            else:
                place[last] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken the place away
    answer = answer_to(document)
    if not PROBLEM.is_valid(document):
        assert "error" in answer
    if "error" not in answer and answer["steps"] and answer["finish"]:
        assert date.fromisoformat(answer["finish"]) >= date.fromisoformat(document["today"])


def test_a_catalogue_that_lines_share_is_read_once_and_answers_alike():
    long = {**GOOD, "trainings": [*GOOD["trainings"], *({"code": f"X{number}", "jp": number} for number in range(60))]}
    other = {**long, "today": "2026-11-24", "trainings": [*long["trainings"], {"code": "Y", "jp": 1}]}
    broken = {**long, "trainings": [*long["trainings"], {"code": "Y", "jp": True}]}
    lines = [long, {**long, "today": "2026-11-24"}, other, broken, {**long, "target": {}}, {**long, "dates": 1}]
    together = solve("\n".join(json.dumps(line) for line in lines))[1]
    assert together == [solve(json.dumps(line))[1][0] for line in lines]
    assert ["error" in answer for answer in together] == [False, False, False, True, False, True]
    reader = ProblemReader()
    first, second = (reader.read(json.dumps(line)) for line in lines[:2])
    assert first.trainings is second.trainings


def test_only_the_catalogue_itself_is_taken_for_the_catalogue():
    ask = [{"training": f"T{number}"} for number in range(40)]
    lines = [json.dumps({**GOOD, "target": {"trainings": asked}, "trainings": catalogue})
             for asked, catalogue in ((ask, []), ([], ask), (ask, []), ([], [*ask, 1]))]
    spaced = json.dumps(GOOD | {"target": {"trainings": ["_"]}}).replace('"_"', " " * 4_000)
    empty = json.dumps(GOOD | {"target": {}, "trainings": ["_"]}).replace('"_"', " " * 4_000)
    known = json.dumps(GOOD["trainings"])
    inside = json.dumps(GOOD | {"trainings": "_"}).replace('"_"', json.dumps("\x00trainings")).replace(
        '"completed": ["T0"]', f'"completed": {known}')
    named = json.dumps(GOOD | {"trainings": f'"trainings": {known}'})
    lines += [spaced, empty, json.dumps(GOOD), inside, named, json.dumps(GOOD)]
    together = solve(*lines)[1]
    assert together == [solve(line)[1][0] for line in lines]
    assert [answer["error"]["path"] if "error" in answer else "" for answer in together] == [
        "", "/trainings/0/training", "", "/trainings/0/training", "", "", "", "/employee/completed/0", "/trainings", ""]


def test_a_catalogue_is_known_again_wherever_it_stands_in_its_line():
    backwards = dict(reversed(GOOD.items()))
    reader = ProblemReader()
    known = reader.read(json.dumps(GOOD)).trainings
    assert reader.read(json.dumps(backwards)).trainings is known
    assert reader.read(json.dumps(GOOD | {"target": {}})).trainings is known
    assert reader.read(json.dumps(GOOD, indent=1)).trainings is not known
