"""Which days are worked and when, told by small invented calendars."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.working_time import (
    ClosureKind,
    DayOverride,
    NationalDay,
    WeekHours,
    count_minutes,
    count_working_days,
    lies_within,
    make_working_time,
    next_working_day,
    read_week,
    week_text,
)

MONDAY = date(2027, 1, 4)
FRIDAY, SATURDAY, SUNDAY = (MONDAY + timedelta(days=days) for days in (4, 5, 6))
LAST = date(2027, 1, 31)
GENERAL = "1-4 07.30-12.00 13.00-16.00; 5 07.30-11.30 13.00-16.30"


def week(text=GENERAL, *, since=date.min, height=9):
    return WeekHours(since, height, read_week(text))


def national(day, name="Isra Mikraj", kind=ClosureKind.NATIONAL):
    return NationalDay(day, kind, name, "kalender uji", "memory: unverified")


def decided(day, *, worked=False, height=0, name="Hari jadi"):
    return DayOverride(day, height, worked, name, f"unit {height}", "SK uji", "verified")


def calendar(*, days=(), overrides=(), weeks=None, first=MONDAY, last=LAST):
    return make_working_time(first, last, national=days, overrides=overrides, weeks=(week(),) if weeks is None else weeks)


def test_a_weekday_has_its_hours_with_a_break_and_a_sunday_is_a_day_of_rest():
    time = calendar()
    assert time.hours_on(MONDAY) == ((450, 720), (780, 960))
    assert time.hours_on(FRIDAY) == ((450, 690), (780, 990))
    assert time.closed_on(MONDAY) is None
    assert time.hours_on(SUNDAY) == ()
    rest = time.closed_on(SUNDAY)
    assert rest is not None
    assert rest.kind is ClosureKind.REST
    assert str(rest.name) == "Bukan hari kerja"


def test_the_general_week_is_thirty_seven_and_a_half_hours():
    assert count_minutes(calendar(), MONDAY, SUNDAY) == 37 * 60 + 30


def test_a_national_holiday_is_closed_and_names_its_source():
    closure = calendar(days=[national(MONDAY)]).closed_on(MONDAY)
    assert closure is not None
    assert (closure.kind, closure.name, closure.source) == (ClosureKind.NATIONAL, "Isra Mikraj", "kalender uji")


def test_a_holiday_goes_before_joint_leave_of_the_same_day():
    both = [national(MONDAY, "Cuti bersama", ClosureKind.JOINT_LEAVE), national(MONDAY, "Tahun Baru")]
    closure = calendar(days=both).closed_on(MONDAY)
    assert closure is not None
    assert closure.name == "Tahun Baru"


def test_a_unit_closes_a_day_of_its_own():
    closure = calendar(overrides=[decided(MONDAY)]).closed_on(MONDAY)
    assert closure is not None
    assert (closure.kind, closure.name) == (ClosureKind.LOCAL, "Hari jadi")


def test_a_decision_reopens_a_holiday_and_tells_what_it_would_be():
    time = calendar(days=[national(MONDAY)], overrides=[decided(MONDAY, worked=True, name="Piket pelatihan")])
    assert time.closed_on(MONDAY) is None
    assert time.hours_on(MONDAY) == ((450, 720), (780, 960))
    instead = time.worked[MONDAY].instead_of
    assert instead is not None
    assert instead.name == "Isra Mikraj"


def test_a_reopened_day_of_rest_has_the_hours_of_the_weeks_first_working_day():
    time = calendar(overrides=[decided(SATURDAY, worked=True)])
    assert time.hours_on(SATURDAY) == time.hours_on(MONDAY)
    instead = time.worked[SATURDAY].instead_of
    assert instead is not None
    assert instead.kind is ClosureKind.REST


@pytest.mark.parametrize("order", [1, -1])
def test_the_nearest_unit_decides_about_a_day(order):
    two = [decided(MONDAY, height=0, worked=True), decided(MONDAY, height=1, name="Libur provinsi")][::order]
    time = calendar(overrides=two)
    assert time.closed_on(MONDAY) is None
    instead = time.worked[MONDAY].instead_of
    assert instead is not None
    assert (instead.name, instead.unit) == ("Libur provinsi", "unit 1")


def test_own_hours_go_before_those_of_the_units_above_even_when_theirs_are_newer():
    time = calendar(weeks=[week(), week("1-5 08.00-14.00", since=MONDAY, height=0),
                           week("1-5 09.00-15.00", since=MONDAY + timedelta(days=7), height=1)])
    assert time.hours_on(MONDAY) == ((480, 840),)
    assert time.hours_on(MONDAY + timedelta(days=7)) == ((480, 840),)


def test_new_hours_count_from_their_day_on():
    later = MONDAY + timedelta(days=7)
    time = calendar(weeks=[week(), week("1-6 08.00-14.00", since=later, height=0)])
    assert time.hours_on(SATURDAY) == ()
    assert time.hours_on(later - timedelta(days=1)) == ()
    assert time.hours_on(later) == ((480, 840),)
    assert time.hours_on(SATURDAY + timedelta(days=7)) == ((480, 840),)


def test_without_hours_no_day_is_worked():
    time = calendar(weeks=())
    assert time.closed_on(MONDAY) is not None
    assert next_working_day(time, MONDAY) is None


def test_a_day_outside_of_the_span_is_not_guessed():
    with pytest.raises(ValueError, match="2027-02-01 lies outside"):
        calendar().closed_on(LAST + timedelta(days=1))
    with pytest.raises(ValueError, match="outside"):
        calendar().hours_on(MONDAY - timedelta(days=1))


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        calendar(first=LAST, last=MONDAY)


def test_the_next_working_day_is_the_day_itself_or_the_first_after_it():
    time = calendar(days=[national(MONDAY + timedelta(days=7))])
    assert next_working_day(time, FRIDAY) == FRIDAY
    assert next_working_day(time, SATURDAY) == MONDAY + timedelta(days=8)
    assert next_working_day(time, date(2027, 1, 30)) is None


def test_a_meeting_over_the_break_lies_within_the_day_and_one_in_the_evening_does_not():
    hours = calendar().hours_on(MONDAY)
    assert lies_within(hours, 11 * 60, 14 * 60)
    assert not lies_within(hours, 15 * 60, 17 * 60)
    assert not lies_within((), 9 * 60, 10 * 60)


@pytest.mark.parametrize("text", [
    "", "1-5", "8 07.30-12.00", "1 12.00-07.30", "1 07.30-12.00 11.00-13.00", "1 07.30-12.00; 1-2 07.30-12.00",
    "1 07.60-12.00", "1 20.00-24.01", "Senin 07.30-12.00", "1 07.30"])
def test_hours_of_a_week_that_cannot_be_read_are_refused(text):
    with pytest.raises(ValueError, match="hours of a week"):
        read_week(text)


def test_hours_of_a_week_are_written_as_they_are_read():
    assert week_text(read_week(GENERAL)) == GENERAL


_SPANS = st.lists(st.integers(0, 24 * 60), min_size=2, max_size=6, unique=True).map(sorted).map(
    lambda minutes: tuple(zip(minutes[::2], minutes[1::2], strict=False)))
_WEEKS = st.dictionaries(st.integers(1, 7), _SPANS, min_size=1)


@given(_WEEKS)
def test_any_week_survives_being_written_and_read(days):
    assert read_week(week_text(days)) == days


_DAYS = st.dates(MONDAY, LAST)


@given(holidays=st.sets(_DAYS, max_size=8), closed=st.sets(_DAYS, max_size=5), opened=st.sets(_DAYS, max_size=5),
       days=_WEEKS, first=_DAYS, last=_DAYS)
def test_a_day_is_worked_exactly_when_no_reason_closes_it(holidays, closed, opened, days, first, last):
    closed = closed - opened
    time = calendar(days=[national(day) for day in holidays], weeks=[WeekHours(date.min, 0, days)],
                    overrides=[*(decided(day) for day in closed), *(decided(day, worked=True) for day in opened)])
    span = [MONDAY + timedelta(days=offset) for offset in range((LAST - MONDAY).days + 1)]
    worked = [day for day in span
              if day in opened or (day not in holidays | closed and day.isoweekday() in days)]
    assert [day for day in span if time.closed_on(day) is None] == worked
    assert all(bool(time.hours_on(day)) is (day in worked) for day in span)
    assert count_working_days(time, first, last) == sum(first <= day <= last for day in worked)
    assert next_working_day(time, first) == min((day for day in worked if day >= first), default=None)
