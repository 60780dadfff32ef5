"""The edges of the planner's file: long numbers, depth, encodings, catalogues that lines share."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from contract import answer, batch, problem, wants
from test_contract_command import run

DEMANDED = [{"training": f"ABCDEFGHIJ{number}"} for number in range(30)]


def test_the_demanded_trainings_of_one_line_are_not_the_catalogue_of_the_next():
    first = problem(target={"trainings": DEMANDED}, trainings=[{"code": "T"}])
    second = problem(target={}, trainings=DEMANDED)
    status, found, _ = run(json.dumps(first), json.dumps(second))
    assert (status, found[1]["error"]["path"]) == (2, "/trainings/0/training")


def test_white_space_in_one_line_is_not_the_catalogue_of_the_next():
    blank = "[" + " " * 600 + "]"
    first = json.dumps(problem(target={"trainings": "@"}, trainings=[{"code": "T", "self_paced_days": 1}])).replace('"@"', blank)
    second = json.dumps(problem(target=wants("T"), trainings="@")).replace('"@"', blank)
    assert run(first, second)[1][1] == answer(problem(target=wants("T")))


@pytest.mark.parametrize("encoding", ["latin-1", "ascii:strict"])
def test_the_same_bytes_come_out_whatever_the_encoding_of_standard_output(encoding):
    line = json.dumps(problem(target=wants("“é”"), trainings=[{"code": "“é”", "self_paced_days": 1}]))
    found = subprocess.run([sys.executable, "-c", "from kompetensi.cli import main; main()", "solve", "plan", "-"], input=line.encode(),
                           capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": encoding})
    assert (found.returncode, found.stdout, found.stderr) == (0, run(line)[2], b"")


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_an_answer_is_one_line_for_every_reader(sign):
    written = run(json.dumps(problem(target=wants(sign), trainings=[{"code": sign, "self_paced_days": 1}])))[2]
    assert len(written.decode().splitlines()) == 1


def test_seats_are_counted_however_many_there_are():
    document = json.dumps(problem(target=wants("A"), trainings=[{"code": "A", "batches": [batch("a", "05", seats_free="@")]}]))
    assert run(document.replace('"@"', "1" + "0" * 5000))[1][0].get("status") == "ready"


def test_rupiah_and_hours_have_no_bound():
    """The contract's schema has none; docs/formats/plan.md has one. Decide, and drop this test or the bound."""
    found = answer(problem(target=wants("A"), trainings=[{"code": "A", "self_paced_days": 1, "cost_idr": 10**17}]))
    assert found["cost_idr"] == 10**17


def test_conditions_nest_at_will_whatever_the_depth():
    """The contract says "at will"; docs/formats/plan.md says some hundreds. Decide, and drop this test or the bound."""
    entry = '{"all": [' * 2000 + "{}" + "]}" * 2000
    line = json.dumps(problem(target=wants("A"), trainings=[{"code": "A", "self_paced_days": 1, "entry": "@"}])).replace('"@"', entry)
    assert run(line)[1][0].get("status") == "ready"
