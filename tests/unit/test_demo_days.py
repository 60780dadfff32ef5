"""The demo's arithmetic with days, its names and its random draws."""

from __future__ import annotations

import random
from datetime import date

import pytest

from kompetensi.demo.days import monday_from, plus_months, plus_years
from kompetensi.demo.load import moment_of
from kompetensi.demo.names import Names


@pytest.mark.parametrize(("day", "months", "then"), [
    (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 11, 23), 3, date(2027, 2, 23)),
    (date(2026, 3, 31), -1, date(2026, 2, 28)), (date(2026, 12, 5), 0, date(2026, 12, 5)),
])
def test_months_keep_the_day_or_end_with_the_month(day, months, then):
    assert plus_months(day, months) == then


def test_a_leap_day_becomes_the_last_of_february():
    assert plus_years(date(2028, 2, 29), 3) == date(2031, 2, 28)


def test_a_monday_stays_and_other_days_move_on():
    assert monday_from(date(2026, 11, 23)) == date(2026, 11, 23)
    assert monday_from(date(2026, 11, 24)) == date(2026, 11, 30)


def test_the_moment_of_a_day_is_in_gorontalo_time():
    assert moment_of(date(2026, 11, 23)).isoformat() == "2026-11-23T09:14:00+08:00"


def test_the_same_seed_draws_the_same_names():
    first, second = ([Names(seed).draw(random.Random(1), "P") for _ in range(3)] for seed in (7, 7))

    assert first == second


def test_names_have_a_first_and_a_last_part():
    names, rng = Names(7), random.Random(1)

    assert all(len(names.draw(rng, sex).split()) in (2, 3) for sex in "LP" * 50)
