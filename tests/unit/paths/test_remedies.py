"""Remedies against brute force: each is enough, and nothing smaller of its kind is."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner
from oracle import Oracle
from test_oracle import TODAY, random_problem

from kompetensi.cli import cli
from kompetensi.exchange.plan import problem_from_json
from kompetensi.exchange.remedies import remedies_to_json
from kompetensi.graph.paths import Catalogue, plan
from kompetensi.graph.paths.changes import Seat
from kompetensi.graph.paths.remedies import Scope, _Case, _fewest, _TimeIsUp, remedies

PROBLEMS = 1500
BLOCKS = 10


def answer(problem: dict, **words) -> dict:
    question = problem_from_json(problem)
    result = plan(question)
    return remedies_to_json(result, remedies(question, result, **words))


# -- changes, made to the document by hand ----------------------------------------------------------------------------


def changed(problem: dict, change: dict) -> dict:
    kind = change["change"]
    employee, target = problem["employee"], problem["target"]
    if kind == "deadline":
        return {**problem, "ready_by": change["ready_by"]}
    if kind == "golongan":
        return {**problem, "employee": {**employee, "golongan": change["golongan"]}}
    if kind == "hold" and "training" in change:
        return {**problem, "employee": {**employee, "completed": [*employee["completed"], change["training"]]}}
    if kind == "hold":
        levels = {**employee["levels"]}
        levels[change["competency"]] = max(change["level"], levels.get(change["competency"], 0))
        return {**problem, "employee": {**employee, "levels": levels}}
    if kind == "give_up":
        return {**problem, "target": {
            "requirements": [item for item in target["requirements"]
                             if item["competency"] != change["item"].get("competency")],
            "trainings": [item for item in target["trainings"] if item["training"] != change["item"].get("training")]}}
    trainings = []
    for training in problem["trainings"]:
        if training["code"] == change["training"]:
            if kind == "new_batch":
                training = {name: value for name, value in training.items() if name != "batches"} | {
                    "self_paced_days": change["days"]}
            else:
                training = {**training, "batches": [
                    {**batch, **{"seat": {"seats_free": 1}, "move": {"stages": shifted(batch, change.get("days", 0))}}[kind]}
                    if batch["id"] == change["batch"] else batch for batch in training["batches"]]}
        trainings.append(training)
    return {**problem, "trainings": trainings}


def shifted(batch: dict, days: int) -> list:
    return [[(date.fromisoformat(day) + timedelta(days=days)).isoformat() for day in stage]
            for stage in batch["stages"]]


def after(problem: dict, changes) -> dict:
    for change in changes:
        problem = changed(problem, change)
    return problem


def targets(problem: dict, item: dict) -> dict[str, dict]:
    """Return the problem for the item beside everything that the brute force's plan reaches, alone, and in order."""
    oracle = Oracle(problem)
    levels, held = oracle.after(oracle.solve()[1])
    wanted = next(one for one in (*oracle.requirements, *oracle.demands)
                  if {name: one.get(name) for name in item} == item)
    requirements = [{**one, "level": min(one["level"], levels.get(one["competency"], 0)),
                     "whole": levels.get(one["competency"], 0) >= one["level"]}
                    for one in oracle.requirements if one is not wanted and levels.get(one["competency"], 0)]
    demands = [one for one in oracle.demands if one is not wanted and one["training"] in held]
    sort = "requirements" if "competency" in item else "trainings"
    alone = {"requirements": [], "trainings": [], sort: [wanted]}
    free = [{name: value for name, value in training.items() if name != "min_golongan"}
            for training in problem["trainings"]]
    problem = {**problem, "objective": ["count"]}
    return {
        "with_all": {**problem, "target": {
            "requirements": requirements + alone["requirements"], "trainings": demands + alone["trainings"]}},
        "alone": {**problem, "target": alone},
        "in_order": {**problem, "target": alone, "dates": False, "trainings": free}}


def is_met(problem: dict) -> bool:
    oracle = Oracle(problem)
    return any(all(oracle.met(found)) for found in oracle.plans())


# -- everything that is smaller ---------------------------------------------------------------------------------------


def full_batches(problem: dict) -> list[dict]:
    return [{"change": "seat", "training": training["code"], "batch": batch["id"]}
            for training in problem["trainings"] for batch in training.get("batches", [])
            if batch.get("seats_free", 1) == 0]


def with_batches(problem: dict) -> list[dict]:
    return [{"change": "new_batch", "training": training["code"], "days": 1} for training in problem["trainings"]
            if "self_paced_days" not in training]


def moves(problem: dict, most: int) -> Iterator[dict]:
    for training in problem["trainings"]:
        for batch in training.get("batches", []):
            first = date.fromisoformat(batch["stages"][0][0])
            for days in range(-most, most + 1):
                if first >= TODAY and first + timedelta(days=days) >= TODAY and days and batch.get("seats_free", 1):
                    yield {"change": "move", "training": training["code"], "batch": batch["id"], "days": days}


def entry_leaves(condition: dict) -> Iterator[dict]:
    for part in condition.get("all", []) + condition.get("any", []):
        yield from entry_leaves(part)
    if "training" in condition or "competency" in condition:
        yield {"change": "hold", **condition}


def below(problem: dict, item: dict) -> list[dict]:
    """Return what entries ask for and is not the item itself."""
    found = []
    for training in problem["trainings"]:
        for leaf in entry_leaves(training.get("entry", {})):
            itself = (leaf.get("training") == item.get("training") if "training" in item else
                      leaf.get("competency") == item["competency"] and leaf["level"] >= item["level"])
            if not itself and leaf not in found:
                found.append(leaf)
    return found


def others(problem: dict, item: dict) -> list[dict]:
    return [{"change": "give_up", "item": one} for one in (
        *problem["target"]["requirements"], *problem["target"]["trainings"])
        if not all(one.get(name) == item[name] for name in item)]


def one_fewer(candidates: list[dict], changes: list) -> Iterator[tuple]:
    yield from itertools.combinations(candidates, len(changes) - 1)


def smaller(problem: dict, item: dict, remedy: dict) -> Iterator[tuple]:
    """Yield all changes of the kind that are just smaller than the remedy."""
    changes, kind = remedy["changes"], remedy["kind"]
    before, kind = ((changes[0],), changes[1]["change"]) if len(changes) > 1 and kind == "golongan" else ((), kind)
    changes = changes[len(before):]
    only = changes[0]
    if kind == "seat":
        found = one_fewer(full_batches(problem), changes)
    elif kind == "new_batch":
        found = one_fewer(with_batches(problem), changes)
        if all(change["last_day"] for change in changes):
            yield (*before, *({**change, "days": change["days"] + 1} for change in changes))
    elif kind == "give_up":
        found = one_fewer(others(problem, item), changes)
    elif kind == "hold":
        found = one_fewer(below(problem, item), changes)
    elif kind == "move":
        found = ((change,) for change in moves(problem, min(abs(only["days"]) - 1, 8)))
    elif kind == "deadline":
        found = [({**only, "ready_by": (date.fromisoformat(only["ready_by"]) - timedelta(days=1)).isoformat()},)]
    else:
        found = [({**only, "golongan": only["golongan"] - 1},)] if only["golongan"] > 1 else []
    for change in found:
        yield (*before, *change)


def largest(problem: dict, kind: str) -> Iterator[tuple]:
    """Yield changes than which the kind has no larger ones."""
    if kind == "seat":
        yield tuple(full_batches(problem))
    elif kind == "new_batch":
        yield tuple(with_batches(problem))
    elif kind == "deadline":
        yield ({"change": "deadline", "ready_by": None},)
    elif kind == "golongan":
        yield ({"change": "golongan", "golongan": 17},)
    elif kind == "move":
        for change in moves(problem, 8):
            yield (change,)


# -- the tests --------------------------------------------------------------------------------------------------------


def partial_problems(block: int) -> Iterator[tuple[int, dict]]:
    for seed in range(block, PROBLEMS, BLOCKS):
        problem = {**random_problem(seed, most=4, skills_of="AB"), "alternatives": 0}
        if plan(problem_from_json(problem)).status == "partial":
            yield seed, problem


@pytest.mark.parametrize("block", range(BLOCKS))
def test_each_remedy_is_enough_and_nothing_smaller_is(block):
    seen = 0
    for seed, problem in partial_problems(block):
        for entry in answer(problem)["open"]:
            asked = targets(problem, entry["item"])
            assert entry["complete"]
            for remedy in entry["remedies"]:
                name = (seed, entry["item"], remedy["kind"], remedy["scope"])
                target = asked[remedy["scope"]]
                assert remedy["proven"], name
                assert is_met(after(target, remedy["changes"])), name
                if remedy["kind"] == "hold":
                    target = asked["in_order"]
                for changes in smaller(target, entry["item"], remedy):
                    assert not is_met(after(target, changes)), (name, changes)
                seen += 1
    assert seen


# -- which of equally small ones ---------------------------------------------------------------------------------------


def as_small(problem: dict, item: dict, remedy: dict) -> list[tuple]:
    """Return all changes of the kind and size of the remedy, the first by the stated rule first."""
    kind, size = remedy["kind"], len(remedy["changes"])
    if kind == "move":
        days = remedy["changes"][0]["days"]
        return sorted(((change,) for change in moves(problem, abs(days)) if abs(change["days"]) == abs(days)),
                      key=lambda one: (one[0]["training"], one[0]["days"]))
    if kind in ("seat", "new_batch"):
        candidates = full_batches(problem) if kind == "seat" else with_batches(problem)
        return sorted(itertools.combinations(candidates, size), key=lambda one: best(after(problem, one)))
    if kind == "hold":
        return list(itertools.combinations(sorted(below(problem, item), key=lambda one: (
            "training" in one, one.get("competency", ""), one.get("level"), one.get("training", ""))), size))
    return list(itertools.combinations(sorted(others(problem, item), key=lambda one: worth(problem, one["item"])), size))


def best(problem: dict) -> tuple:
    """Return the last day and the lesson hours of the plan that ends first; nothing ends later than no plan."""
    oracle = Oracle(problem)
    keys = [tuple(oracle.key(found, ["finish", "jp"])[:2]) for found in oracle.plans() if all(oracle.met(found))]
    return min(keys, default=(date.max, 0))


def worth(problem: dict, item: dict) -> tuple:
    order = [*problem["target"]["requirements"], *problem["target"]["trainings"]]
    gained = item.get("level", 1) - problem["employee"]["levels"].get(item.get("competency"), 0)
    return item["importance"] == "MUTLAK" and item.get("whole", True), item["weight"] * gained, order.index(item)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_of_equally_small_changes_the_first_by_the_stated_rule_is_told(block):
    for seed, problem in partial_problems(block):
        for entry in answer(problem)["open"]:
            asked = targets(problem, entry["item"])
            for remedy in entry["remedies"]:
                if remedy["kind"] in ("deadline", "golongan") or entry["reason"] == "NO_TRAINING":
                    continue
                target = asked["in_order" if remedy["kind"] == "hold" else remedy["scope"]]
                first = next((changes for changes in as_small(target, entry["item"], remedy)
                              if is_met(after(target, changes))), None)
                if remedy["kind"] == "hold" and first is None:
                    continue  # nothing below the item is enough, so it is the item itself
                if remedy["kind"] in ("seat", "new_batch"):
                    told = [{**change, "days": 1} if "days" in change else change for change in remedy["changes"]]
                    assert best(after(target, told)) == best(after(target, first)), seed
                    continue
                assert [named(change) for change in remedy["changes"]] == [named(change) for change in first], seed


def named(change: dict) -> dict:
    """Return what a change is about; of equally moved batches of a training the better plan decides."""
    if change["change"] == "move":
        return {"training": change["training"], "days": change["days"]}
    if change["change"] == "give_up":
        return {name: change["item"][name] for name in ("competency", "training") if name in change["item"]}
    return {name: change[name] for name in ("training", "batch", "competency", "level") if name in change}


@pytest.mark.parametrize("block", range(0, BLOCKS, 2))
def test_a_kind_without_a_remedy_has_none_for_the_brute_force_either(block):
    for seed, problem in partial_problems(block):
        for entry in answer(problem)["open"]:
            asked = targets(problem, entry["item"])
            if entry["reason"] in ("NO_TRAINING", "ENTRY"):
                assert [remedy["kind"] for remedy in entry["remedies"]] == ["hold"]
                continue
            found = {(remedy["kind"], remedy["scope"]) for remedy in entry["remedies"] if len(remedy["changes"]) == 1 or (
                remedy["kind"] != "golongan")}
            for kind in ("seat", "move", "deadline", "new_batch", "golongan"):
                for scope in ("with_all", "alone"):
                    if (kind, scope) in found:
                        break
                    if scope == "alone" and entry["reason"] == "CLASH":
                        continue
                    for changes in largest(problem, kind):
                        assert not is_met(after(asked[scope], changes)), (seed, entry["item"], kind, scope, changes)


def test_the_random_problems_show_every_kind_and_reason():
    kinds, reasons, scopes = Counter(), Counter(), Counter()
    for seed in range(PROBLEMS):
        for entry in answer({**random_problem(seed, most=4, skills_of="AB"), "alternatives": 0})["open"]:
            kinds.update(remedy["kind"] for remedy in entry["remedies"])
            scopes.update(remedy["scope"] for remedy in entry["remedies"])
            reasons[entry["reason"]] += bool(entry["remedies"])
    assert set(kinds) == {"seat", "move", "deadline", "new_batch", "golongan", "give_up", "hold"}
    assert set(scopes) == {"with_all", "alone", "in_order"}
    assert set(reasons) == {"NO_TRAINING", "ENTRY", "GOLONGAN", "CLASH", "NO_SEAT", "TOO_LATE", "NO_BATCH"}
    assert min(reasons.values()) > 0


# -- when time runs out ------------------------------------------------------------------------------------------------


def full(code: str, day: str) -> dict:
    return {"code": code, "raises": [{"competency": code, "level": 1}],
            "batches": [{"id": f"{code}1", "stages": [[day, day]], "seats_free": 0}]}


TWO_FULL = {
    "format": "kompetensi-plan/1", "today": TODAY.isoformat(), "employee": {},
    "target": {"trainings": [{"training": "LAST"}]},
    "trainings": [full("A", "2026-12-01"), full("B", "2026-12-02"), full("C", "2026-12-03"), {
        "code": "LAST", "self_paced_days": 1, "entry": {"all": [
            {"competency": "A", "level": 1}, {"any": [{"competency": "B", "level": 1}, {"competency": "C", "level": 1}]}]}}]}


def test_the_fewest_seats_are_found_when_one_is_not_enough():
    (entry,) = answer(TWO_FULL)["open"]
    (seats,) = [remedy for remedy in entry["remedies"] if remedy["kind"] == "seat"]
    assert [change["batch"] for change in seats["changes"]] == ["A1", "B1"]
    assert seats["plan"]["finish"] == "2026-12-03"


def test_without_time_nothing_is_claimed():
    (entry,) = answer(TWO_FULL, time_limit_s=0)["open"]
    assert (entry["complete"], entry["remedies"]) == (False, [])


@dataclass(frozen=True)
class Tiring(_Case):
    """A case whose time is up after so many questions."""

    left: Iterator[int]

    def is_ready(self, changes):
        if next(self.left, None) is None:
            raise _TimeIsUp
        return _Case.is_ready(self, changes)


@pytest.mark.parametrize(("questions", "expected", "proven"), [
    (1, ["A1", "B1", "C1"], False), (3, ["A1", "B1"], False), (99, ["A1", "B1"], True)])
def test_what_is_enough_but_not_known_to_be_smallest_says_so(questions, expected, proven):
    question = problem_from_json(TWO_FULL)
    case = Tiring(question, Catalogue(question.trainings), Scope.WITH_ALL, float("inf"), iter(range(questions)))
    found = _fewest(case, [Seat(code, f"{code}1") for code in "ABC"])
    assert ([seat.batch for seat in found.changes], found.proven) == (expected, proven)


def test_what_an_unproven_plan_leaves_open_is_not_explained_away():
    question = problem_from_json(TWO_FULL)
    (entry,) = remedies(question, replace(plan(question), proven=False))
    assert (entry.complete, entry.remedies) == (False, ())


def test_a_plan_that_leaves_nothing_open_needs_no_remedy():
    question = problem_from_json({**TWO_FULL, "target": {}})
    assert remedies(question, plan(question)) == ()


# -- the command ------------------------------------------------------------------------------------------------------

SCHEMA = jsonschema_rs.validator_for(json.loads(
    (Path(__file__).parents[3] / "docs" / "formats" / "remedies.schema.json").read_text()), validate_formats=True)


def solve(*lines: str) -> tuple[int, list[dict]]:
    result = CliRunner().invoke(cli, ["solve", "remedies", "-"], input="\n".join(lines))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    for found in answers:
        SCHEMA.validate(found)
    return result.exit_code, answers


def test_the_command_answers_each_line_in_its_own_format():
    problems = [random_problem(seed) for seed in range(120)]
    status, answers = solve(*(json.dumps(problem) for problem in problems))
    assert status == 0
    assert answers == [answer({**problem, "alternatives": 0}) for problem in problems]


def test_a_line_that_is_no_problem_is_answered_and_the_others_are_solved():
    status, answers = solve(json.dumps(TWO_FULL), "", "{", json.dumps({**TWO_FULL, "today": "2026-02-30"}))
    assert (status, len(answers)) == (2, 3)
    assert answers[0]["open"]
    assert [found["error"]["path"] for found in answers[1:]] == ["", "/today"]


def test_a_file_that_is_not_there_is_refused_in_one_sentence():
    result = CliRunner().invoke(cli, ["solve", "remedies", "/nowhere.jsonl"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "tidak dapat dibaca" in result.stderr
