"""``kompetensi solve plan`` as it is run: error lines with their places, exit status, the same bytes on every run."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner
from contract import PROBLEM_SCHEMA, RESULT_SCHEMA, answer, batch, few, problem, problems, raises, some, wants
from hypothesis import given
from hypothesis import strategies as st
from shapes import LARGER, SHAPES, made

from kompetensi.cli import cli
from kompetensi.exchange.plan import problem_from_json, result_to_json
from kompetensi.graph.paths import Catalogue, plan, plan_all

FULL: dict[str, Any] = problem(
    ready_by="2026-12-31", dates=True, objective=["jp", "finish"], alternatives=2, time_limit_s=2.5,
    employee={"levels": {"X": 1, "a/b~c": 2}, "completed": ["DONE"], "golongan": 9},
    target={"requirements": [{"competency": "X", "level": 3, "weight": 5, "importance": "MUTLAK"}, {"competency": "Y", "level": 1}],
            "trainings": [{"training": "A", "weight": 2, "importance": "PERLU"}, {"training": "GONE"}]},
    trainings=[
        {"code": "A", "jp": 8, "cost_idr": 10**12, "min_golongan": 3, "raises": raises(("X", 3), ("Y", 1)),
         "entry": {"all": [{"training": "DONE"}, {"any": [{"competency": "X", "level": 1}, {}, {"any": []}]}]},
         "batches": [batch("a", ("05", "06"), "08", seats_free=3), batch("b", "15")]},
        {"code": "B", "self_paced_days": 4, "entry": {"training": "A"}}])


def run(*lines: str | bytes) -> tuple[int, list[dict[str, Any]], bytes]:
    """Give lines to the command; return exit status, answers, and the bytes that came out."""
    text = b"\n".join(line.encode(errors="surrogatepass") if isinstance(line, str) else line for line in lines)
    result = CliRunner().invoke(cli, ["solve", "plan", "-"], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    answers = [json.loads(line) for line in result.stdout_bytes.split(b"\n") if line]
    for found in answers:
        RESULT_SCHEMA.validate(found)
    return result.exit_code, answers, result.stdout_bytes


def error_path(line: str | bytes) -> str:
    """Return where a line is wrong; the lines around it must still be solved, and the exit status be 2."""
    good = json.dumps(FULL)
    status, (before, found, after), _ = run(good, line, good)
    assert status == 2
    assert before == after == answer(FULL)
    assert set(found) == {"format", "error"}
    assert found["error"]["message"]
    return found["error"]["path"]


def place_of(document: Any, pointer: str) -> tuple[Any, Any]:
    """Return the container and the key that a JSON Pointer leads to."""
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in parents:
        document = document[int(part) if isinstance(document, list) else part]
    return document, int(last) if isinstance(document, list) else last


def with_value(pointer: str, value: Any) -> dict[str, Any]:
    """Return the full problem with one place changed."""
    document = copy.deepcopy(FULL)
    container, key = place_of(document, pointer)
    container[key] = value
    return document


def pointers(value: Any, at: str = "") -> list[str]:
    """Return the pointers of all places of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inner
            for place in [f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"] for found in (place, *pointers(item, place))]


def value_at(pointer: str) -> Any:
    """Return what stands at a place of the full problem."""
    container, key = place_of(FULL, pointer)
    return container[key]


INTEGERS = [place for place in pointers(FULL) if type(value_at(place)) is int and place != "/time_limit_s"]
OBJECTS = ["", *(place for place in pointers(FULL) if isinstance(value_at(place), dict) and place != "/employee/levels")]
DAYS = [place for place in pointers(FULL) if isinstance(value_at(place), str) and value_at(place)[:4] == "2026"]
LISTS = [place for place in pointers(FULL) if isinstance(value_at(place), list)]


def test_the_full_problem_is_valid():
    PROBLEM_SCHEMA.validate(FULL)
    assert run(json.dumps(FULL))[0] == 0
    assert len(INTEGERS) == 16
    assert len(DAYS) == 8


# -- 7, each rule -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pointer", INTEGERS)
@pytest.mark.parametrize("value", ["true", "false", "1.0", "1e0", "1E+2", "2.50", '"1"', "[1]", "{}", "-1"])
def test_an_integer_given_as_something_else_is_refused_at_its_place(pointer, value):
    line = json.dumps(with_value(pointer, "@@")).replace('"@@"', value)
    assert error_path(line) == pointer


@pytest.mark.parametrize("pointer", [place for place in INTEGERS if "golongan" not in place])
def test_null_is_no_integer_except_where_it_means_unknown(pointer):
    assert error_path(json.dumps(with_value(pointer, None))) == pointer


@pytest.mark.parametrize(("pointer", "most"), [
    ("/employee/levels/X", 5), ("/employee/golongan", 17), ("/target/requirements/0/level", 5), ("/target/requirements/0/weight", 60_000),
    ("/target/trainings/0/weight", 60_000), ("/trainings/0/min_golongan", 17), ("/trainings/0/raises/0/level", 5),
    ("/trainings/0/entry/all/1/any/0/level", 5), ("/alternatives", 20)])
def test_an_integer_is_at_most_what_the_schema_says(pointer, most):
    assert run(json.dumps(with_value(pointer, most)))[0] == 0
    assert error_path(json.dumps(with_value(pointer, most + 1))) == pointer
    assert error_path(json.dumps(with_value(pointer, 10**40))) == pointer


@pytest.mark.parametrize(("pointer", "least"), [
    ("/employee/levels/X", 0), ("/employee/golongan", 1), ("/target/requirements/0/level", 1), ("/target/requirements/0/weight", 1),
    ("/trainings/0/min_golongan", 1), ("/trainings/0/raises/0/level", 1), ("/trainings/0/entry/all/1/any/0/level", 0),
    ("/trainings/0/batches/0/seats_free", 0), ("/trainings/0/jp", 0), ("/trainings/0/cost_idr", 0), ("/trainings/1/self_paced_days", 1),
    ("/alternatives", 0)])
def test_an_integer_is_at_least_what_the_schema_says(pointer, least):
    assert run(json.dumps(with_value(pointer, least)))[0] == 0
    assert error_path(json.dumps(with_value(pointer, least - 1))) == pointer


@pytest.mark.parametrize("pointer", DAYS)
@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "2026-00-10", "2026-1-05", "2026-01-05T00:00:00", " 2026-01-05", "2026-01-05\n",
                                 "2026-001", "0000-01-01", "2025-02-29", "", "20260105", "２０２６-01-05", 20260105])
def test_an_impossible_date_is_refused_at_its_place(pointer, day):
    assert error_path(json.dumps(with_value(pointer, day))) == pointer


@pytest.mark.parametrize("pointer", OBJECTS)
@pytest.mark.parametrize("name", ["unknown", "", "a/b~c", "Code", "\ud800"])
def test_an_unknown_field_is_refused_at_its_place_at_every_depth(pointer, name):
    document = copy.deepcopy(FULL)
    target = document
    if pointer:
        container, key = place_of(document, pointer)
        target = container[key]
    target[name] = 1
    escaped = name.replace("~", "~0").replace("/", "~1")
    assert error_path(json.dumps(document)) == f"{pointer}/{escaped}"


@pytest.mark.parametrize("line", ["[]", "null", "true", "17", '"text"', "[{}]", "{", "}", "{}}", "{} {}", "{'a': 1}", "{\"a\": 1,}", "nothing", "NaN",
                                  "\x00", "\ufeff{}", b"\xff", b'{"format": "\xed\xa0\x80"}', "[" * 200_000, '{"a":' * 200_000])
def test_a_line_that_is_not_a_json_object_is_refused_as_a_whole(line):
    assert error_path(line) == ""


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("pointer", ["/trainings/0/jp", "/time_limit_s", "/today"])
def test_what_json_does_not_have_is_refused_as_a_whole(pointer, value):
    assert error_path(json.dumps(with_value(pointer, "@@")).replace('"@@"', value)) == ""


@pytest.mark.parametrize("pointer", [place for place in OBJECTS if place != "/trainings/0/entry/all/1/any/1"])
def test_a_field_given_twice_is_refused(pointer):
    document = copy.deepcopy(FULL)
    target: Any = document
    if pointer:
        container, key = place_of(document, pointer)
        target = container[key]
    name = next(iter(target))
    twice = json.dumps(target)[:-1] + f", {json.dumps(name)}: {json.dumps(target[name])}}}"
    if pointer:
        container[key] = "@@"
        twice = json.dumps(document).replace('"@@"', twice)
    assert error_path(twice) == ""


def test_a_training_code_twice_is_refused():
    document = with_value("/trainings/1/code", "A")
    assert error_path(json.dumps(document)) == "/trainings/1/code"
    assert error_path(json.dumps(document | {"dates": False, "objective": ["jp"]})) == "/trainings/1/code"


def test_a_batch_id_twice_in_one_training_is_refused_and_in_two_is_not():
    assert error_path(json.dumps(with_value("/trainings/0/batches/1/id", "a"))) == "/trainings/0/batches/1/id"
    twins = [{"code": code, "batches": [batch("same", day)]} for code, day in (("A", "05"), ("B", "06"))]
    assert answer(problem(target=wants("A", "B"), trainings=twins))["status"] == "ready"


def test_a_requirement_or_a_demanded_training_twice_is_refused():
    assert error_path(json.dumps(with_value("/target/requirements/1/competency", "X"))) == "/target/requirements/1/competency"
    assert error_path(json.dumps(with_value("/target/trainings/1/training", "A"))) == "/target/trainings/1/training"


def test_what_may_be_there_twice():
    document = copy.deepcopy(FULL)
    document["employee"]["completed"] *= 2
    document["trainings"][0]["raises"] *= 2
    document["target"]["trainings"].append({"training": "X"})
    assert run(json.dumps(document))[0] == 0


def _stages(*days: str) -> str:
    return json.dumps(with_value("/trainings/0/batches/0/stages", [[f"2026-01-{day[:2]}", f"2026-01-{day[3:]}"] for day in days]))


def test_a_stage_that_ends_before_it_starts_is_refused():
    assert error_path(_stages("06-05")) == "/trainings/0/batches/0/stages/0"
    assert error_path(_stages("01-02", "06-06", "09-08")) == "/trainings/0/batches/0/stages/2"


@pytest.mark.parametrize("days", [("05-06", "06-07"), ("05-08", "06-07"), ("05-06", "03-04"), ("05-06", "05-06"), ("05-05", "04-05")])
def test_stages_that_overlap_or_are_not_in_order_are_refused(days):
    assert error_path(_stages(*days)) == "/trainings/0/batches/0/stages/1"


def test_stages_may_follow_each_other_without_a_day_between():
    assert run(_stages("05-06", "07-07", "08-09"))[0] == 0


@pytest.mark.parametrize("stage", [["2026-01-05"], ["2026-01-05"] * 3, [], {}, "2026-01-05", None])
def test_a_stage_is_two_days(stage):
    assert error_path(json.dumps(with_value("/trainings/0/batches/0/stages/0", stage))) == "/trainings/0/batches/0/stages/0"


@pytest.mark.parametrize("pointer", LISTS)
@pytest.mark.parametrize("value", [{}, "A", 1, None, True])
def test_what_must_be_a_list_is_refused_otherwise(pointer, value):
    assert error_path(json.dumps(with_value(pointer, value))) == pointer


@pytest.mark.parametrize("pointer", OBJECTS[1:])
@pytest.mark.parametrize("value", [[], "A", 1, None, True])
def test_what_must_be_an_object_is_refused_otherwise(pointer, value):
    assert error_path(json.dumps(with_value(pointer, value))) == pointer


@pytest.mark.parametrize("pointer", ["/format", "/today", "/employee", "/target", "/trainings", "/target/requirements/0/competency",
                                     "/target/requirements/0/level", "/target/trainings/0/training", "/trainings/0/code",
                                     "/trainings/0/raises/0/competency", "/trainings/0/raises/0/level", "/trainings/0/batches/0/id",
                                     "/trainings/0/batches/0/stages", "/trainings/0/entry/all/1/any/0/level"])
def test_what_must_be_there_is_missed_at_its_place(pointer):
    document = copy.deepcopy(FULL)
    container, key = place_of(document, pointer)
    del container[key]
    assert error_path(json.dumps(document)) == pointer


def test_finish_is_refused_when_dates_is_false():
    assert error_path(json.dumps(FULL | {"dates": False})) == "/objective/1"
    assert run(json.dumps(FULL | {"dates": False, "objective": ["jp"]}))[0] == 0


def test_a_training_has_batches_or_self_paced_days():
    assert error_path(json.dumps(with_value("/trainings/1/batches", []))).startswith("/trainings/1")


@pytest.mark.parametrize("code", ["", "x" * 121, 7, None, ["A"]])
@pytest.mark.parametrize("pointer", ["/trainings/0/code", "/trainings/0/batches/0/id", "/employee/completed/0", "/target/requirements/0/competency",
                                     "/target/trainings/0/training", "/trainings/0/raises/0/competency", "/trainings/0/entry/all/0/training"])
def test_a_code_has_1_to_120_letters(pointer, code):
    assert error_path(json.dumps(with_value(pointer, code))) == pointer


def test_a_code_may_be_any_text_of_up_to_120_letters():
    for code in ("😀" * 120, "\x00", " ", '"\\', "\u2028", "/~1~0"):
        document = problem(target=wants(code), trainings=[{"code": code, "self_paced_days": 1}])
        status, found, _ = run(json.dumps(document), json.dumps(document, ensure_ascii=False))
        assert (status, [one["steps"][0]["training"] for one in found]) == (0, [code, code])


MANGLED = [place for place in pointers(FULL) if place not in {"/format"}]


@few
@given(st.lists(st.tuples(st.sampled_from(MANGLED), st.sampled_from(
    [None, True, 1, 0, -1, 1.0, 10**30, "", "A", "2026-02-30", [], {}, [[]], {"all": []}, {"training": "B"}])), min_size=1, max_size=4))
def test_what_the_schema_refuses_is_refused_and_the_place_of_the_error_leads_somewhere(changes):
    document = copy.deepcopy(FULL)
    for pointer, value in changes:
        try:
            container, key = place_of(document, pointer)
            container[key] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier change has taken the place away
    status, (found,), _ = run(json.dumps(document))
    if not PROBLEM_SCHEMA.is_valid(document):
        assert "error" in found
    assert status == (2 if "error" in found else 0)
    if "error" in found and found["error"]["path"]:
        container, key = place_of(document, found["error"]["path"])
        assert isinstance(container, (dict, list))


# -- lines, files, exit status ----------------------------------------------------------------------------------------


def test_blank_lines_are_skipped_and_answers_come_in_order():
    lines = [json.dumps(made("small", seed)) for seed in range(6)]
    status, found, _ = run("", "  ", lines[0], "\t", *lines[1:], "\r", "")
    assert (status, found) == (0, [answer(json.loads(line)) for line in lines])


@pytest.mark.parametrize("data", [b"", b"\n", b"\n\n \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_a_file_without_problems_has_no_answers(data):
    assert run(data) == (0, [], b"")


def test_windows_line_ends_a_byte_order_mark_and_no_last_line_end_are_no_matter():
    lines = [json.dumps(made("small", seed)).encode() for seed in range(3)]
    plain = run(*lines, b"")
    assert plain == run(b"\xef\xbb\xbf" + b"\r\n".join(lines)) == run(*lines)


def test_a_problem_may_be_written_with_any_white_space_and_escapes():
    document = made("small", 5)
    text = json.dumps(document, separators=(" ,\t", " :\r "))
    escaped = "".join(sign if sign not in "Tab" else f"\\u{ord(sign):04x}" for sign in json.dumps(document["trainings"][0]["code"])[1:-1])
    text = text.replace(json.dumps(document["trainings"][0]["code"]), f'"{escaped}"')
    assert run(text)[1] == [answer(document)]


def test_a_file_is_read_like_standard_input(tmp_path):
    lines = "\n".join(json.dumps(made("small", seed)) for seed in range(4))
    path = tmp_path / "soal.jsonl"
    path.write_text(lines)
    result = CliRunner().invoke(cli, ["solve", "plan", str(path)])
    assert (result.exit_code, result.stdout_bytes) == (0, run(lines)[2])


def test_a_file_that_is_not_there_is_told_without_a_traceback(tmp_path):
    result = CliRunner().invoke(cli, ["solve", "plan", str(tmp_path / "tidak-ada.jsonl")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    assert "Traceback" not in result.stderr


# -- the same on every run and machine --------------------------------------------------------------------------------

MANY = [json.dumps(made(shape, seed)) for shape in SHAPES for seed in range(100, 104)]


@pytest.fixture(scope="module")
def apart() -> list[bytes]:
    """What two processes of different hash seeds and locales wrote."""
    written = []
    for seed, locale in (("1", "C.UTF-8"), ("4242", "C")):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
        found = subprocess.run(
            [sys.executable, "-c", "from kompetensi.cli import main; main()", "solve", "plan", "-"], input="\n".join(MANY).encode(),
            capture_output=True, check=False, env=environment | {"PYTHONHASHSEED": seed, "LC_ALL": locale})
        assert (found.returncode, found.stderr) == (0, b"")
        written.append(found.stdout)
    return written


def test_the_same_bytes_come_out_in_every_process(apart):
    assert apart[0] == apart[1] == run(*MANY)[2]


def test_the_answer_to_a_line_does_not_depend_on_the_lines_around_it():
    alone = [run(line)[1][0] for line in MANY[::4]]
    assert run(*MANY[::4])[1] == alone
    assert run(*reversed(MANY[::4]))[1] == alone[::-1]
    assert run(*[line for line in MANY[::4] for _ in range(2)])[1] == [found for found in alone for _ in range(2)]


@some
@given(problems(*SHAPES, "medium", "medium, ties"), st.randoms(use_true_random=False))
def test_the_order_of_what_has_no_order_does_not_matter(document, rng):
    shuffled = copy.deepcopy(document)
    rng.shuffle(shuffled["trainings"])
    rng.shuffle(shuffled["employee"]["completed"])
    for training in shuffled["trainings"]:
        rng.shuffle(training["raises"])
        rng.shuffle(training.get("batches", []))
    levels = list(shuffled["employee"]["levels"].items())
    rng.shuffle(levels)
    shuffled["employee"]["levels"] = dict(levels)
    assert answer(shuffled) == answer(document)
    assert run(json.dumps(shuffled, sort_keys=True))[2] == run(json.dumps(document))[2]


@few
@given(problems(*SHAPES, "medium"), st.integers(0, 10**6))
def test_a_shared_catalogue_gives_the_same_answers(document, seed):
    rng = random.Random(seed)
    first = problem_from_json(document)
    catalogue = Catalogue(first.trainings)
    others = [problem_from_json(document | {"target": made("small", rng.randrange(500))["target"], "ready_by": rng.choice([None, "2026-12-20"])})
              for _ in range(4)]
    for asked in [first, *others, first]:
        assert plan(asked, catalogue) == plan(asked)


@few
@given(problems("small", "out of reach", "no dates", "self-paced chains"), st.integers(0, 10**6))
def test_asked_in_bulk_everybody_gets_the_same_answer(document, seed):
    rng = random.Random(seed)
    employees = [{"levels": {skill: rng.randint(0, 5) for skill in "ABCQ"}, "golongan": rng.choice([None, 1, 9, 17]),
                  "completed": rng.sample(["T1", "a", "DONE"], rng.randint(0, 2))} for _ in range(6)]
    asked = [problem_from_json(document | {"employee": employee}) for employee in employees]
    together = dict(plan_all(asked[0].trainings, asked))
    assert [result_to_json(together[place]) for place in range(6)] == [answer(document | {"employee": employee}) for employee in employees]


def test_more_time_does_not_change_what_is_proven():
    for shape in LARGER:
        document = made(shape, 3)
        assert answer(document | {"time_limit_s": 20}) == answer(document | {"time_limit_s": 2000})
