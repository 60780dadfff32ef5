"""The table of fields, the conditions and the numbered details in docs/formats/plan.md."""

from __future__ import annotations

import copy
import random
from fractions import Fraction

import pytest
from contract import Case, answer, batch, changed, codes, few, plans_of, problem, problems, raises, some, wants
from hypothesis import given
from hypothesis import strategies as st

# -- the fields and what they mean when absent -----------------------------------------------------------------------


def _filled(document):
    new = copy.deepcopy(document)
    new.setdefault("ready_by", None)
    new.setdefault("dates", True)
    new.setdefault("objective", ["finish", "jp", "cost_idr", "count"] if new["dates"] else ["jp", "cost_idr", "count"])
    new.setdefault("alternatives", 0)
    for name, value in (("levels", {}), ("completed", []), ("golongan", None)):
        new["employee"].setdefault(name, value)
    for skill in "ABCDEFXYZ":
        new["employee"]["levels"].setdefault(skill, 0)
    for name in ("requirements", "trainings"):
        for item in new["target"].setdefault(name, []):
            item.setdefault("weight", 1)
            item.setdefault("importance", "PENTING")
    for training in new["trainings"]:
        for name, value in (("jp", 0), ("cost_idr", 0), ("min_golongan", None), ("entry", {}), ("raises", [])):
            training.setdefault(name, value)
        if "self_paced_days" not in training:
            training.setdefault("batches", [])
        for run in training.get("batches", []):
            run.setdefault("seats_free", 1)
    return new


@some
@given(problems())
def test_what_is_absent_has_its_default(document):
    assert answer(_filled(document)) == answer(document)


def test_the_default_time_limit_is_ten_seconds():
    from kompetensi.exchange.plan import problem_from_json

    assert problem_from_json(problem()).time_limit_s == 10
    assert answer(problem(time_limit_s=10.0)) == answer(problem())


@few
@given(problems())
def test_on_passing_the_level_becomes_the_larger_of_old_and_new_and_never_falls(document):
    def also_lower(training):
        for gain in list(training["raises"]):
            training["raises"] += raises(*((gain["competency"], level) for level in range(1, gain["level"])))

    assert answer(changed(document, also_lower)) == answer(document)
    case = Case(document)
    for found in plans_of(answer(document)):
        levels, _ = case.after(codes(found))
        assert all(levels.get(skill, 0) >= level for skill, level in case.levels.items())


def test_one_training_may_raise_a_competency_twice_and_the_higher_counts():
    twice = {"code": "A", "raises": raises(("X", 2), ("X", 4), ("X", 1)), "self_paced_days": 1}
    assert answer(problem(target=wants(("X", 4)), trainings=[twice]))["status"] == "ready"
    found = answer(problem(target=wants(("X", 5)), trainings=[twice]))
    assert (found["coverage"], found["open"][0]["reached"]) == (4, 4)


def test_levels_above_what_is_required_count_no_more():
    found = answer(problem(employee={"levels": {"X": 5}}, target={"requirements": [{"competency": "X", "level": 2, "weight": 7}]}))
    assert (found["status"], found["coverage"], found["coverage_max"]) == ("nothing_needed", 14, 14)


# -- conditions -------------------------------------------------------------------------------------------------------


def _rewritten(condition, rng):
    """Return a condition that says the same in other words."""
    if "all" in condition or "any" in condition:
        (kind, parts), = condition.items()
        parts = [_rewritten(part, rng) for part in parts]
        rng.shuffle(parts)
        condition = {kind: [*parts, rng.choice([{}, {"all": []}] if kind == "all" else [{"any": []}, {"training": "NOWHERE"}])]}
    sort = rng.randrange(5)
    if sort == 0:
        return {"all": [condition, {"competency": "NOWHERE", "level": 0}]}
    if sort == 1:
        return {"any": [{"competency": "NOWHERE", "level": 1}, condition]}
    if sort == 2:
        return {"any": [condition, {"all": [condition, {"any": []}]}]}
    if sort == 3:
        return {"all": [condition, {"any": [condition, condition]}]}
    return condition


@few
@given(problems("small", "wide entries", "no dates", "accelerators", entry=0.9, alternatives=(0, 2)), st.integers(0, 10**6))
def test_a_condition_in_other_words_is_the_same_condition(document, seed):
    rng = random.Random(seed)

    def rewrite(training):
        if "entry" in training:
            training["entry"] = _rewritten(_rewritten(training["entry"], rng), rng)

    assert answer(changed(document, rewrite)) == answer(document)


@pytest.mark.parametrize(("entry", "holds"), [
    ({}, True), ({"all": []}, True), ({"any": []}, False), ({"any": [{"any": []}, {"all": []}]}, True), ({"all": [{}, {"any": []}]}, False),
    ({"any": [{}]}, True), ({"training": "GONE"}, False), ({"training": "DONE"}, True), ({"competency": "X", "level": 0}, True),
    ({"competency": "NOWHERE", "level": 0}, True), ({"competency": "X", "level": 2}, True), ({"competency": "X", "level": 3}, False),
    ({"all": [{"training": "DONE"}, {"any": [{"competency": "X", "level": 3}, {"competency": "X", "level": 1}]}]}, True)])
def test_an_empty_all_holds_an_empty_any_does_not_and_leaves_ask_the_employee(entry, holds):
    for dates in (True, False):
        found = answer(problem(dates=dates, employee={"levels": {"X": 2}, "completed": ["DONE"]}, target=wants("A"),
                               trainings=[{"code": "A", "self_paced_days": 1, "entry": entry}]))
        assert found["status"] == ("ready" if holds else "partial")


def test_conditions_nest_at_will():
    entry = {"training": "B"}
    for number in range(80):
        entry = {"any": [{"any": []}, entry]} if number % 2 else {"all": [{}, entry]}
    found = answer(problem(target=wants("A"), trainings=[{"code": "A", "self_paced_days": 1, "entry": entry}, {"code": "B", "self_paced_days": 2}]))
    assert codes(found) == ["B", "A"]


@few
@given(problems(gone=0.5))
def test_a_code_that_no_training_has_is_a_training_that_cannot_be_taken(document):
    """As if it were there and could not be entered, but for the reason of what is demanded."""
    found = answer(document)
    assert "GONE" not in codes(found)
    there = answer(document | {"trainings": [*document["trainings"], {"code": "GONE", "entry": {"any": []}}]})
    assert [choice["steps"] for choice in plans_of(there)] == [choice["steps"] for choice in plans_of(found)]
    reasons = {entry["reason"] for entry in found["open"] if entry["item"] == {"training": "GONE"}}
    assert reasons <= {"NO_TRAINING"}


# -- the numbered details ---------------------------------------------------------------------------------------------


def test_1_completed_gives_no_levels():
    document = problem(employee={"completed": ["A"]}, target=wants(("X", 2)), trainings=[
        {"code": "A", "raises": raises(("X", 2)), "self_paced_days": 1}])
    found = answer(document)
    assert (found["status"], found["coverage"], found["steps"]) == ("partial", 0, [])
    assert [(entry["reached"], entry["reason"]) for entry in found["open"]] == [(0, "ENTRY")]


@some
@given(problems("no dates", "medium, no dates"))
def test_2_without_dates_batches_seats_ready_by_and_self_paced_days_are_ignored(document):
    def bare(training):
        training.pop("batches", None)
        training.pop("self_paced_days", None)

    found = answer(document)
    assert answer(changed(document, bare) | {"ready_by": None}) == found
    assert answer(document | {"ready_by": "2000-01-01", "today": "2026-11-24"}) == found


@few
@given(problems("no dates"))
def test_2_without_dates_batch_days_and_finish_are_null(document):
    for found in plans_of(answer(document)):
        assert found["finish"] is None
        assert {step[name] for step in found["steps"] for name in ("batch", "first_day", "last_day")} <= {None}


@few
@given(problems("no dates"))
def test_2_without_dates_the_default_objective_is_hours_rupiah_count(document):
    plain = {name: value for name, value in document.items() if name != "objective"}
    assert answer(plain) == answer(document | {"objective": ["jp", "cost_idr", "count"]})


def test_3_a_training_with_neither_batches_nor_self_paced_days_cannot_be_taken():
    for fields in ({}, {"batches": []}):
        found = answer(problem(target=wants("A"), trainings=[{"code": "A"} | fields]))
        assert [entry["reason"] for entry in found["open"]] == ["NO_BATCH"]
        assert answer(problem(dates=False, target=wants("A"), trainings=[{"code": "A"} | fields]))["status"] == "ready"


def test_4_the_days_between_first_and_last_day_block_only_where_a_stage_says_so():
    long = {"code": "A", "batches": [batch("a", "02", "28")]}
    inside = {"code": "B", "batches": [batch("b", ("03", "27"))]}
    after = {"code": "C", "entry": {"training": "A"}, "batches": [batch("early", "27", "30"), batch("late", "29", "30")]}
    found = answer(problem(target=wants("A", "B", "C"), trainings=[long, inside, after]))
    assert [(step["training"], step["batch"], step["last_day"][-2:]) for step in found["steps"]] == [
        ("A", "a", "28"), ("B", "b", "27"), ("C", "late", "30")]


@some
@given(problems(undated=0))
def test_5_steps_are_ordered_by_first_day_last_day_and_code(document):
    for found in plans_of(answer(document)):
        days = [(step["first_day"], step["last_day"], step["training"]) for step in found["steps"]]
        assert days == sorted(days)


@some
@given(problems("no dates", "medium, no dates"))
def test_5_without_dates_in_an_order_that_satisfies_every_entry_ties_by_code(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        taken = codes(found)
        for place, code in enumerate(taken):
            assert code == min(other for other in taken[place:] if case.enters(other, taken[:place]))


@few
@given(problems(undated=0))
def test_6_if_ready_by_is_before_today_nothing_can_be_planned(document):
    found = answer(document | {"ready_by": "2026-11-22"})
    assert found["status"] in {"nothing_needed", "partial"}
    assert (found["steps"], found["finish"], found["alternatives"]) == ([], document["today"], [])


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5), st.integers(1, 400)), min_size=1, max_size=8))
def test_8_with_shares_of_a_thousand_times_60_over_the_level_as_weights_coverage_is_the_readiness_score(rows):
    shares = [share for _, _, share in rows]
    shares = [1000 * share // sum(shares) or 1 for share in shares]
    found = answer(problem(
        employee={"levels": {f"C{at}": have for at, (_, have, _) in enumerate(rows)}},
        target={"requirements": [{"competency": f"C{at}", "level": level, "weight": share * 60 // level}
                                 for at, ((level, _, _), share) in enumerate(zip(rows, shares, strict=True))]}))
    readiness = sum(share * Fraction(min(have, level), level) for (level, have, _), share in zip(rows, shares, strict=True))
    assert found["coverage"] == 60 * readiness
    assert found["coverage_max"] == 60 * sum(shares)
