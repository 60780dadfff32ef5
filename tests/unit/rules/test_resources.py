"""Who may teach what, how long ways take, which days are free."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.resources import (
    Qualification,
    covering,
    district_of,
    free_spans,
    make_travel_times,
    may_teach,
    spans_of,
)

TODAY = date(2026, 11, 23)
RAISES = {"TEK-BMD": 3, "MAN-INT": 2}


def named(training, until=None):
    return Qualification(training, None, None, until)


def up_to(competency, level, until=None):
    return Qualification(None, competency, level, until)


def test_who_is_named_for_a_training_may_teach_it_whatever_it_raises():
    assert covering([named("BMD")], "BMD", RAISES, TODAY) == (named("BMD"),)
    assert may_teach([named("BMD")], "BMD", {}, TODAY)
    assert not may_teach([named("BMD")], "PKP", RAISES, TODAY)


def test_who_covers_every_competency_to_its_level_may_teach_and_is_told_by_which():
    held = [up_to("TEK-BMD", 4), up_to("MAN-INT", 2), up_to("MAN-KOM", 5)]
    assert covering(held, "BMD", RAISES, TODAY) == (up_to("MAN-INT", 2), up_to("TEK-BMD", 4))


@pytest.mark.parametrize("held", [
    [], [up_to("TEK-BMD", 3)], [up_to("TEK-BMD", 2), up_to("MAN-INT", 5)], [up_to("MAN-KOM", 5), up_to("MAN-INT", 5)]])
def test_one_competency_that_is_missing_or_too_low_is_enough_to_refuse(held):
    assert not may_teach(held, "BMD", RAISES, TODAY)


def test_a_training_that_raises_nothing_has_to_be_named():
    assert not may_teach([up_to("TEK-BMD", 5)], "BMD", {}, TODAY)


def test_a_qualification_counts_on_its_last_day_and_not_after_it():
    held = [named("BMD", TODAY)]
    assert may_teach(held, "BMD", RAISES, TODAY)
    assert not may_teach(held, "BMD", RAISES, TODAY + timedelta(days=1))


_CODES = st.sampled_from(["A", "B", "C", "D"])


@given(st.dictionaries(_CODES, st.integers(1, 5)), st.dictionaries(_CODES, st.integers(1, 5)))
def test_teaching_by_competency_is_the_comparison_of_two_profiles(levels, raises):
    held = [up_to(code, level) for code, level in levels.items()]
    assert may_teach(held, "T", raises, TODAY) is (
        bool(raises) and all(levels.get(code, 0) >= level for code, level in raises.items()))


# --- ways ------------------------------------------------------------------------------------------------------------

TIMES = make_travel_times([("Limboto", "Kota Gorontalo", 30), ("Kampus A, Limboto", "Kampus B, Limboto", 10)])


@pytest.mark.parametrize(("place", "other", "minutes"), [
    ("Limboto", "Kota Gorontalo", 30), ("Kota Gorontalo", "Limboto", 30),
    ("Kampus BKPSDM, Kota Gorontalo", "Gedung Diklat, Limboto", 30), ("Limboto", "Limboto", 0),
    ("Gedung Diklat, Limboto", "Limboto", 0), ("Kampus B, Limboto", "Kampus A, Limboto", 10),
    ("Marisa", "Limboto", None), ("Marisa", "Marisa", 0)])
def test_a_way_is_known_by_its_districts_unless_the_buildings_are(place, other, minutes):
    assert TIMES.travel_minutes(place, other) == minutes


def test_the_district_stands_after_the_last_comma():
    assert district_of("Lantai 2, Gedung Diklat, Limboto") == "Limboto"
    assert district_of("Limboto") == "Limboto"


# --- days ------------------------------------------------------------------------------------------------------------

FRIDAY, MONDAY = date(2027, 1, 8), date(2027, 1, 11)


def test_days_that_follow_each_other_are_one_span():
    days = [MONDAY, FRIDAY, MONDAY + timedelta(days=1), MONDAY]
    assert spans_of(days) == ((FRIDAY, FRIDAY), (MONDAY, MONDAY + timedelta(days=1)))


def test_a_week_end_does_not_part_free_days_and_a_taken_day_does():
    worked = [FRIDAY, MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)]
    taken = [(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))]
    assert free_spans(worked, taken) == (
        ((FRIDAY, MONDAY), 2), ((MONDAY + timedelta(days=2), MONDAY + timedelta(days=2)), 1))
    assert free_spans(worked, [(FRIDAY, MONDAY + timedelta(days=9))]) == ()


_OFFSETS = st.integers(0, 40).map(lambda offset: MONDAY + timedelta(days=offset))


@given(st.sets(_OFFSETS), st.lists(st.tuples(_OFFSETS, st.integers(0, 5))))
def test_free_runs_hold_exactly_the_working_days_that_nothing_takes(days, starts):
    worked, taken = sorted(days), [(first, first + timedelta(days=more)) for first, more in starts]
    free = {day for day in worked if not any(first <= day <= last for first, last in taken)}
    runs = free_spans(worked, taken)
    assert sum(count for _, count in runs) == len(free)
    assert {day for (first, last), _ in runs for day in worked if first <= day <= last} == free
