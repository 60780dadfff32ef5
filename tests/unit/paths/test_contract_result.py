"""Every clause of the result in docs/formats/plan.md against its definition."""

from __future__ import annotations

from itertools import pairwise

import pytest
from contract import DEFAULT, Case, answer, batch, codes, few, plans_of, problem, problems, raises, some, wants
from day_oracle import DayOracle
from hypothesis import given
from judge import short

# -- status, proven, sums ---------------------------------------------------------------------------------------------


@some
@given(problems())
def test_the_status_says_whether_nothing_is_needed_everything_is_met_or_something_stays_open(document):
    case, found = Case(document), answer(document)
    expected = "nothing_needed" if case.all_met([]) else "ready" if case.all_met(codes(found)) else "partial"
    assert found["status"] == expected
    assert bool(found["open"]) == (expected == "partial")
    assert expected != "nothing_needed" or (found["steps"], found["alternatives"]) == ([], [])


@few
@given(problems())
def test_what_is_proven_has_no_bound(document):
    found = answer(document)
    assert found["proven"]
    assert "bound" not in found


@some
@given(problems())
def test_hours_rupiah_and_count_are_the_sums_over_the_steps(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        for name in ("jp", "cost_idr"):
            assert found[name] == sum(case.trainings[code].get(name, 0) for code in codes(found))
        assert found["count"] == len(found["steps"])


@some
@given(problems())
def test_coverage_is_weight_times_level_reached_and_the_weight_of_each_demanded_training_held(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        assert found["coverage"] == case.coverage(codes(found))
        assert found["coverage_max"] == sum(item.get("weight", 1) * item.get("level", 1) for item in case.items)
        assert (found["coverage"] == found["coverage_max"]) == case.all_met(codes(found))


@some
@given(problems())
def test_mandatory_items_are_counted_whether_met_by_the_plan_or_before(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        assert found["mutlak_met"] == case.mutlak(codes(found))
        assert found["mutlak_all"] == sum(item.get("importance") == "MUTLAK" for item in case.items)


# -- closes and unlocks -----------------------------------------------------------------------------------------------


@some
@given(problems())
def test_closes_lists_the_items_that_are_met_from_this_step_on(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        taken = codes(found)
        for place, step in enumerate(found["steps"]):
            assert step["closes"] == [short(item) for item in case.items
                                      if case.met(item, taken[:place + 1]) and not case.met(item, taken[:place])]


@some
@given(problems())
def test_every_item_is_met_before_closed_by_one_step_or_open(document):
    case, found = Case(document), answer(document)
    closed = [item for step in found["steps"] for item in step["closes"]]
    opened = [entry["item"] for entry in found["open"]]
    before = [short(item) for item in case.items if case.met(item, [])]
    listed = sorted(map(repr, [*closed, *opened, *before]))
    assert listed == sorted(repr(short(item)) for item in case.items)


@some
@given(problems("small", "self-paced chains", "accelerators", "wide entries", "no dates", "medium, chains", entry=0.9))
def test_unlocks_lists_the_later_steps_whose_entry_would_not_hold_without_this_step(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        steps = found["steps"]
        for place, step in enumerate(steps):
            unlocked = []
            for number in range(place + 1, len(steps)):
                later = steps[number]
                seen = case.before(steps, later["first_day"]) if case.dates else codes(found)[:number]
                if not case.enters(later["training"], [code for code in seen if code != step["training"]]):
                    unlocked.append(later["training"])
            assert step["unlocks"] == unlocked


def test_a_step_that_another_could_replace_unlocks_nothing():
    openers = [{"code": code, "self_paced_days": 1} for code in "AB"]
    either = {"code": "C", "self_paced_days": 1, "entry": {"any": [{"training": "A"}, {"training": "B"}]}}
    both = {"code": "D", "self_paced_days": 1, "entry": {"all": [{"training": "A"}, {"training": "B"}]}}
    found = answer(problem(target=wants("A", "B", "C", "D"), trainings=[*openers, either, both]))
    assert [step["unlocks"] for step in found["steps"]] == [["D"], ["D"], [], []]


# -- what stays open --------------------------------------------------------------------------------------------------


@some
@given(problems("out of reach", "small", "medium, out of reach", kind=0.2))
def test_open_lists_what_the_plan_leaves_unmet_and_the_level_reached(document):
    case, found = Case(document), answer(document)
    levels, _ = case.after(codes(found))
    assert [(entry["item"], entry["reached"]) for entry in found["open"]] == [
        (short(item), levels.get(item.get("competency"), 0)) for item in case.items if not case.met(item, codes(found))]


@some
@given(problems("out of reach", "small", "self-paced chains", "no dates", "medium, out of reach", "medium, crowded", kind=0.2,
                alternatives=(0,)))
def test_the_reason_is_the_first_that_holds_when_the_item_alone_is_tried(document):
    case, found, oracle = Case(document), answer(document), DayOracle(document)
    for entry in found["open"]:
        item = next(item for item in case.items if short(item) == entry["item"])
        reason, earliest = oracle.reason(item)
        assert (entry["reason"], entry.get("earliest")) == (reason, earliest and earliest.isoformat())


def _alone(document, item, **fields):
    kind = "trainings" if "training" in item else "requirements"
    return {**document, "target": {kind: [item]}, "alternatives": 0, "objective": ["count"], **fields}


def _with_seats(document):
    return {**document, "trainings": [training | ({"batches": [run | {"seats_free": 1} for run in training["batches"]]}
                                                  if "batches" in training else {}) for training in document["trainings"]]}


def _without_floors(document):
    return {**document, "trainings": [training | {"min_golongan": None} for training in document["trainings"]]}


@some
@given(problems("out of reach", "medium, out of reach", "medium, crowded", kind=0, alternatives=(0,)))
def test_each_reason_comes_true_when_what_it_names_is_taken_away_and_not_before(document):
    case = Case(document)
    for entry in answer(document)["open"]:
        item, reason = entry["item"], entry["reason"]
        in_time = answer(_alone(document, item))["status"] == "ready"
        in_order = answer(_alone(document, item, dates=False))["status"] == "ready"
        of_any_rank = answer(_alone(_without_floors(document), item, dates=False))["status"] == "ready"
        with_seats = answer(_alone(_with_seats(document), item))["status"] == "ready"
        late = answer(_alone(document, item, ready_by=None, objective=["finish" if case.dates else "count"]))
        given = any(code == item.get("training") or case.met(item, [code]) for code in case.trainings)
        facts = {"NO_TRAINING": not given, "ENTRY": not of_any_rank, "GOLONGAN": not in_order, "CLASH": in_time,
                 "NO_SEAT": with_seats, "TOO_LATE": late["status"] == "ready", "NO_BATCH": True}
        assert reason == next(name for name, holds in facts.items() if holds)
        assert entry.get("earliest") == (late["finish"] if reason == "TOO_LATE" else None)


def _reason(target, *trainings, **fields):
    found = answer(problem(target=target, trainings=list(trainings), **fields))
    return [(entry["reason"], entry.get("earliest")) for entry in found["open"]]


def test_no_training_when_none_gives_it_high_enough():
    low = {"code": "A", "raises": raises(("X", 2)), "self_paced_days": 1}
    assert _reason(wants(("X", 3), "GONE"), low) == [("NO_TRAINING", None)] * 2


def test_entry_when_not_reachable_even_with_rank_dates_and_seats_ignored():
    barred = {"code": "A", "raises": raises(("X", 3)), "entry": {"any": [{"training": "GONE"}, {"any": []}]}, "min_golongan": 17}
    assert _reason(wants(("X", 3), "A"), barred) == [("ENTRY", None)] * 2


def test_golongan_when_not_reachable_with_dates_and_seats_ignored():
    high = {"code": "A", "min_golongan": 10, "batches": [batch("a", "05", seats_free=0)]}
    later = {"code": "B", "entry": {"training": "A"}}
    assert _reason(wants("A", "B"), high, later, employee={"golongan": 9}) == [("GOLONGAN", None)] * 2
    assert _reason(wants("A", "B"), high, later) == [("GOLONGAN", None)] * 2
    assert _reason(wants("A"), high, employee={"golongan": 10}) == [("NO_SEAT", None)]


def test_clash_when_reachable_alone_by_ready_by():
    trainings = [{"code": code, "batches": [batch("x", "05")]} for code in "AB"]
    target = {"trainings": [{"training": "A"}, {"training": "B", "weight": 2}]}
    assert _reason(target, *trainings) == [("CLASH", None)]
    assert codes(answer(problem(target=target, trainings=trainings))) == ["B"]


def test_no_seat_when_reachable_alone_by_ready_by_if_full_batches_had_a_seat():
    full = {"code": "A", "batches": [batch("a", "05", seats_free=0), batch("late", "25")]}
    assert _reason(wants("A"), full, ready_by="2026-01-20") == [("NO_SEAT", None)]
    assert _reason(wants("A"), full, ready_by="2026-01-04") == [("TOO_LATE", "2026-01-25")]
    assert _reason(wants("A"), full, ready_by="2026-01-25") == []


def test_too_late_when_reachable_alone_without_ready_by_and_earliest_is_its_optimal_finish():
    slow = [{"code": "A", "raises": raises(("X", 2)), "entry": {"training": "B"}, "self_paced_days": 3},
            {"code": "B", "batches": [batch("b2", "20", "22"), batch("b1", "19", "21")]},
            {"code": "C", "raises": raises(("X", 2)), "batches": [batch("c", ("02", "30"))]}]
    assert _reason(wants(("X", 2)), *slow, ready_by="2026-01-23") == [("TOO_LATE", "2026-01-24")]
    assert _reason(wants(("X", 2)), *slow, ready_by="2025-12-31") == [("TOO_LATE", "2026-01-24")]


def test_no_batch_otherwise():
    past = {"code": "A", "batches": [{"id": "a", "stages": [["2025-12-31", "2026-01-05"]]}]}
    assert _reason(wants("A", "B"), past, {"code": "B"}) == [("NO_BATCH", None)] * 2
    two_reasons = {"code": "C", "entry": {"training": "D"}, "batches": [batch("c", "05", seats_free=0)]}
    assert _reason(wants("C"), two_reasons, {"code": "D", "batches": [batch("d", "04")]}, ready_by="2026-01-04") == [("NO_BATCH", None)]


def test_without_dates_only_trainings_entries_and_rank_keep_an_item_open():
    trainings = [{"code": "A", "batches": [batch("a", "05", seats_free=0)]}, {"code": "B"}, {"code": "C", "self_paced_days": 10**6}]
    assert answer(problem(dates=False, target=wants("A", "B", "C"), trainings=trainings, ready_by="2025-01-01"))["status"] == "ready"


# -- alternatives -----------------------------------------------------------------------------------------------------

_FIRST = {"fastest": "finish", "fewest_hours": "jp", "cheapest": "cost_idr"}


def _order(first, case):
    return [name for name in [first, *(name for name in DEFAULT if name != first)] if case.dates or name != "finish"]


def _key(plan):
    return [(step["training"], step["batch"]) for step in plan["steps"]]


@some
@given(problems(alternatives=(1, 3, 20)))
def test_labels_come_in_their_order_then_next_and_no_fastest_without_dates(document):
    case, found = Case(document), answer(document)
    labels = [choice["label"] for choice in found["alternatives"]]
    assert labels == sorted(labels, key=[*_FIRST, "next"].index)
    assert len(set(labels) - {"next"}) == len([label for label in labels if label != "next"])
    assert case.dates or "fastest" not in labels
    assert len(labels) <= document["alternatives"]


@some
@given(problems(alternatives=(3, 20)))
def test_a_labelled_choice_is_the_optimum_with_its_measure_first_unless_it_was_returned_already(document):
    case, found = Case(document), answer(document)
    if found["status"] == "nothing_needed":
        return
    returned = [_key(found)]
    for label, first in _FIRST.items():
        if first == "finish" and not case.dates:
            continue
        optimum = _key(answer(document | {"objective": _order(first, case), "alternatives": 0}))
        chosen = [_key(choice) for choice in found["alternatives"] if choice["label"] == label]
        assert chosen == ([] if optimum in returned else [optimum])
        returned.append(optimum)


@some
@given(problems(alternatives=(20,)))
def test_no_plan_comes_twice(document):
    plans = [_key(choice) for choice in plans_of(answer(document))]
    assert all(plan not in plans[:place] for place, plan in enumerate(plans))


@some
@given(problems("small", "stages with gaps", "ties", "no dates", "high levels", "medium", "medium, no dates", alternatives=(20,), free=0))
def test_next_choices_come_in_order_of_the_objective(document):
    case, found = Case(document), answer(document)
    ranks = [case.measures(choice, case.objective) for choice in [found, *found["alternatives"]]
             if choice.get("label", "next") == "next"]
    assert all(one <= other for one, other in pairwise(ranks))


@few
@given(problems(alternatives=(20,)))
def test_fewer_alternatives_are_the_first_of_more(document):
    found = answer(document)
    for most in (0, 1, 2, 5):
        fewer = answer(document | {"alternatives": most})
        assert fewer == found | {"alternatives": found["alternatives"][:most]}


@some
@given(problems("out of reach", "small", "self-paced chains", "medium, out of reach", kind=0.2, alternatives=(5,)))
def test_for_partial_only_plans_with_the_same_mandatory_count_and_coverage(document):
    found = answer(document)
    assert {(choice["mutlak_met"], choice["coverage"]) for choice in found["alternatives"]} <= {(found["mutlak_met"], found["coverage"])}


def test_alternatives_end_when_none_is_left():
    trainings = [{"code": code, "jp": jp, "raises": raises(("A", 1)), "self_paced_days": 1} for code, jp in (("a", 1), ("b", 2), ("c", 3))]
    found = answer(problem(target=wants(("A", 1)), trainings=trainings, alternatives=20))
    assert [(choice["label"], codes(choice)) for choice in found["alternatives"]] == [("next", ["b"]), ("next", ["c"])]


@pytest.mark.parametrize("number", range(1, 21))
def test_as_many_as_are_asked_for_are_given_if_there_are_so_many(number):
    trainings = [{"code": "A", "batches": [batch(f"b{day:02}", f"{day:02}") for day in range(1, 31)]}]
    found = answer(problem(target=wants("A"), trainings=trainings, alternatives=number))
    assert [choice["finish"][-2:] for choice in found["alternatives"]] == [f"{day:02}" for day in range(2, number + 2)]


def test_another_batch_of_the_same_training_is_another_plan():
    twice = {"code": "A", "batches": [batch("b", "05", "09"), batch("a", "06", "09")]}
    found = answer(problem(target=wants("A"), trainings=[twice], alternatives=9))
    assert [step["batch"] for choice in plans_of(found) for step in choice["steps"]] == ["b", "a"]


def test_the_same_rules_break_the_ties_of_labelled_choices():
    trainings = [{"code": "b", "cost_idr": 1, "self_paced_days": 3, "raises": raises(("A", 1))},
                 {"code": "a", "cost_idr": 1, "self_paced_days": 3, "raises": raises(("A", 1))},
                 {"code": "c", "cost_idr": 2, "self_paced_days": 2, "raises": raises(("A", 1))}]
    found = answer(problem(target=wants(("A", 1)), trainings=trainings, alternatives=9))
    assert [(choice.get("label"), codes(choice)) for choice in plans_of(found)] == [(None, ["c"]), ("cheapest", ["a"]), ("next", ["b"])]
