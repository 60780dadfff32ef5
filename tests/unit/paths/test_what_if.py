"""What-if against the documents: the plan after is the plan of the changed document, the difference is what one counts."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from oracle import Oracle
from test_oracle import TODAY, random_problem, short, steps_of, written
from test_remedies import after

from kompetensi.exchange.plan import problem_from_json, result_to_json
from kompetensi.exchange.remedies import change_to_json
from kompetensi.graph.conditions import HasLevel, HasTraining
from kompetensi.graph.paths import Catalogue, Gain, Status, plan
from kompetensi.graph.paths.changes import AlsoTake, Deadline, Hold, RankUp, passed
from kompetensi.graph.paths.what_if import what_if


def random_changes(problem: dict, rng: random.Random) -> list:
    found: list = []
    training = rng.choice(problem["trainings"])
    if rng.random() < 0.5:
        found += passed(training["code"], [Gain(gain["competency"], gain["level"]) for gain in training["raises"]])
    if rng.random() < 0.3:
        found.append(Deadline(rng.choice([None, TODAY + timedelta(days=rng.randint(0, 60))])))
    if rng.random() < 0.5:
        found.append(AlsoTake(rng.choice(problem["trainings"])["code"]))
    if rng.random() < 0.3:
        found.append(RankUp(rng.randint(8, 12)))
    return found


def by_hand(problem: dict, changes: list) -> dict:
    for change in map(change_to_json, changes):
        if change["change"] != "also_take":
            problem = after(problem, [change])
            continue
        target = problem["target"]
        if change["training"] not in problem["employee"]["completed"] and change["training"] not in [
                item["training"] for item in target["trainings"]]:
            problem = {**problem, "target": {**target, "trainings": [
                *target["trainings"], {"training": change["training"], "weight": 1, "importance": "MUTLAK"}]}}
    return problem


@pytest.mark.parametrize("block", range(5))
def test_the_plan_after_is_the_plan_of_the_changed_document_and_the_difference_is_counted(block):
    told = 0
    for seed in range(block * 60, block * 60 + 60):
        problem = {**random_problem(seed, most=4), "alternatives": 0}
        changes = random_changes(problem, random.Random(seed))
        question = problem_from_json(problem)
        found = what_if(question, changes, catalogue=Catalogue(question.trainings))
        first, second = Oracle(problem), Oracle(by_hand(problem, changes))
        before, then = first.solve()[1], second.solve()[1]
        assert (seed, steps_of(result_to_json(found.before))) == (seed, written(before))
        assert (seed, steps_of(result_to_json(found.after))) == (seed, written(then))
        difference, one, two = found.difference, first.measures(before), second.measures(then)
        assert [difference.jp, difference.cost_idr, difference.count] == [
            two[name] - one[name] for name in ("jp", "cost_idr", "count")]
        assert difference.finish_days == ((two["finish"] - one["finish"]).days if first.dates else None)
        # The person after the changes, held against the target as it was.
        second.requirements, second.demands = first.requirements, first.demands
        mutlak, coverage = second.worth(then)
        assert (difference.mutlak_met, difference.coverage) == (
            mutlak - first.worth(before)[0], coverage - first.worth(before)[1])
        items = [*first.requirements, *first.demands]
        was, now = first.met(before), second.met(then)
        assert [short_of(item) for item in difference.closed] == [
            short(item) for item, a, b in zip(items, was, now, strict=True) if b and not a]
        assert [short_of(item) for item in difference.opened] == [
            short(item) for item, a, b in zip(items, was, now, strict=True) if a and not b]
        old, new = {step[0]: step for step in before}, {step[0]: step for step in then}
        assert [step.training for step in difference.added] == [code for code in new if code not in old]
        assert [step.training for step in difference.dropped] == [code for code in old if code not in new]
        if first.dates:
            assert [b.training for _, b in difference.moved] == [
                code for code in new if code in old and new[code] != old[code]]
        told += not difference.is_nothing
    assert told > 15


def short_of(item) -> dict:
    return {name: getattr(item, name) for name in ("competency", "level", "training") if hasattr(item, name)}


def problem_with(*trainings: dict, **fields) -> dict:
    return {"format": "kompetensi-plan/1", "today": TODAY.isoformat(), "employee": {},
            "target": {"requirements": [{"competency": "A", "level": 2}]}, "trainings": list(trainings)} | fields


def test_without_a_change_nothing_differs():
    question = problem_from_json(problem_with({"code": "T", "raises": [{"competency": "A", "level": 2}],
                                               "self_paced_days": 3}))
    found = what_if(question, [], before=plan(question))
    assert found.before == found.after
    assert found.difference.is_nothing


def test_who_has_passed_holds_the_training_what_it_counts_for_and_its_levels():
    assert passed("T", [Gain("A", 2)], "OLD") == (
        Hold(HasTraining("T")), Hold(HasTraining("OLD")), Hold(HasLevel("A", 2)))
    question = problem_from_json(problem_with({"code": "T", "raises": [{"competency": "A", "level": 2}]}))
    found = what_if(question, passed("T", [Gain("A", 2)]))
    assert (found.before.status, found.after.status) == (Status.PARTIAL, Status.NOTHING_NEEDED)
    assert [item.competency for item in found.difference.closed] == ["A"]


def test_holding_less_than_one_has_lowers_nothing():
    question = problem_from_json(problem_with(employee={"levels": {"A": 3}}))
    assert what_if(question, [Hold(HasLevel("A", 1))]).after.status is Status.NOTHING_NEEDED


def test_a_training_that_is_taken_as_well_is_no_gain_of_the_target():
    question = problem_from_json(problem_with(
        {"code": "T", "raises": [{"competency": "A", "level": 2}], "jp": 4, "self_paced_days": 3},
        {"code": "U", "jp": 6, "self_paced_days": 8}))
    difference = what_if(question, [AlsoTake("U")]).difference
    assert (difference.coverage, difference.mutlak_met, difference.jp, difference.finish_days) == (0, 0, 6, 5)
    assert [step.training for step in difference.added] == ["U"]


def test_an_earlier_deadline_opens_what_came_later():
    question = problem_from_json(problem_with({"code": "T", "raises": [{"competency": "A", "level": 2}],
                                               "self_paced_days": 3}))
    difference = what_if(question, [Deadline(date(2026, 11, 24))]).difference
    assert [item.competency for item in difference.opened] == ["A"]
    assert [step.training for step in difference.dropped] == ["T"]
