"""Demand: the last possible days of a person's trainings, and the counts that follow from them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.conditions import All, HasLevel, HasTraining, IsAny, holds
from kompetensi.planning.demand import Course, Need, Wanted, aggregate, duration_days, schedule_back

FIRST, READY = date(2027, 1, 1), date(2027, 12, 31)


def course(code, days=5, entry=None, raises=()):
    return Course(code, days, days * 8, 1_000_000, entry or All(), raises)


def back(courses, *, ready_by=READY, first=FIRST, levels=None, completed=()):
    return schedule_back(tuple(courses), courses, levels=levels or {}, completed=completed, first_day=first, ready_by=ready_by)


@pytest.mark.parametrize(("jp", "lengths", "days"), [
    (8, (), 1), (9, (), 2), (40, (), 5), (41, (), 8), (80, (), 12), (1, (), 1), (0, (), 1),
    (900, (20,), 20), (900, (30, 10, 20), 20), (900, (30, 10), 10)])
def test_a_training_lasts_as_its_batches_do_or_eight_hours_a_working_day(jp, lengths, days):
    assert duration_days(jp, lengths) == days


def test_without_an_entry_between_them_all_trainings_may_end_on_the_last_day():
    wish = back({"A": course("A"), "B": course("B")})
    assert [(need.training, need.latest_end, need.before) for need in wish.needs] == [("A", READY, ()), ("B", READY, ())]
    assert wish.in_time
    assert wish.earliest_ready == date(2027, 1, 5)


def test_a_training_ends_before_the_one_that_builds_on_it_begins():
    wish = back({"A": course("A"), "B": course("B", 10, HasTraining("A"))})
    assert [need.latest_end for need in wish.needs] == [date(2027, 12, 21), READY]
    assert wish.needs[1].before == ("A",)
    assert wish.earliest_ready == date(2027, 1, 15)


def test_a_level_that_a_training_gives_binds_as_much_as_its_name():
    wish = back({"A": course("A", raises=(("X", 2),)), "B": course("B", 1, HasLevel("X", 2))})
    assert wish.needs[0].latest_end == date(2027, 12, 30)
    held = back({"A": course("A", raises=(("X", 2),)), "B": course("B", 1, HasLevel("X", 2))}, levels={"X": 2})
    assert held.needs[0].latest_end == READY


def test_of_two_ways_in_the_first_of_the_order_is_kept():
    wish = back({"A": course("A"), "B": course("B"), "C": course("C", 3, IsAny((HasTraining("A"), HasTraining("B"))))})
    assert wish.needs[2].before == ("A",)
    assert [need.latest_end for need in wish.needs] == [date(2027, 12, 28), READY, READY]


def test_who_begins_too_late_is_told_when_he_could_be_ready():
    wish = back({"A": course("A", 200), "B": course("B", 200, HasTraining("A"))})
    assert not wish.in_time
    assert wish.earliest_ready == FIRST + timedelta(days=399)


def test_nothing_to_learn_is_in_time_whatever_the_day():
    assert back({}, ready_by=date(2026, 1, 1)).in_time


CODES = "ABCDE"


@st.composite
def paths(draw):
    """Up to five trainings in an order that satisfies their entries."""
    courses = {}
    for place, code in enumerate(CODES[:draw(st.integers(0, 5))]):
        earlier = list(CODES[:place])
        entry = All()
        if earlier:
            named = draw(st.lists(st.sampled_from(earlier), min_size=0, max_size=3, unique=True))
            parts = tuple(HasTraining(name) for name in named)
            entry = (IsAny if draw(st.booleans()) and parts else All)(parts)
        courses[code] = course(code, draw(st.integers(1, 40)), entry)
    return courses


@given(paths(), st.integers(0, 300))
def test_the_days_keep_every_entry_and_no_training_could_end_later(courses, spare):
    ready_by = FIRST + timedelta(days=spare)
    wish = back(courses, ready_by=ready_by)
    latest = {need.training: need.latest_end for need in wish.needs}
    for need in wish.needs:
        entry = courses[need.training].entry
        assert holds(entry, levels={}, completed=need.before)
        # Nothing of what an entry rests on can be left out: checked against all smaller sets.
        assert not any(holds(entry, levels={}, completed=fewer) for size in range(len(need.before))
                       for fewer in combinations(need.before, size))
        begins = latest[need.training] - timedelta(days=courses[need.training].days - 1)
        assert all(latest[name] < begins for name in need.before)
        followers = [other for other in wish.needs if need.training in other.before]
        bounds = [latest[other.training] - timedelta(days=courses[other.training].days) for other in followers]
        assert latest[need.training] == min([ready_by, *bounds])
    chains = {}
    for need in wish.needs:
        chains[need.training] = courses[need.training].days + max((chains[name] for name in need.before), default=0)
    longest = max(chains.values(), default=0)
    assert wish.in_time == (longest <= spare + 1)


def need(training, latest_end):
    return Need(training, latest_end)


def test_people_are_counted_once_a_training_in_the_earliest_month_of_their_targets():
    courses = {"A": course("A")}
    lines = aggregate([
        Wanted(1, 7, need("A", date(2027, 9, 30)), False), Wanted(1, 7, need("A", date(2027, 6, 2)), True),
        Wanted(2, 7, need("A", date(2027, 6, 30)), False), Wanted(3, 8, need("A", date(2027, 6, 30)), True)],
        courses, first_day=FIRST, last_day=READY)
    assert [(line.training, line.month, line.unit, line.people, line.become_ready, line.jp) for line in lines] == [
        ("A", date(2027, 6, 1), 7, 2, 1, 80), ("A", date(2027, 6, 1), 8, 1, 1, 40)]


def test_what_should_have_ended_already_is_needed_as_soon_as_it_can_end_and_what_comes_later_is_not_counted():
    courses = {"A": course("A", 40)}
    lines = aggregate([Wanted(1, 7, need("A", date(2026, 5, 1)), False), Wanted(2, 7, need("A", date(2028, 1, 1)), True)],
                      courses, first_day=FIRST, last_day=READY)
    assert [(line.month, line.people) for line in lines] == [(date(2027, 2, 1), 1)]
