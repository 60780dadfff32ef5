"""Shares of attendance and the window of checking in."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.attendance import AttendanceState, Window, share_of, window_at

STATES = st.one_of(st.none(), st.sampled_from(list(AttendanceState)))


def test_nothing_held_is_no_share_and_no_zero():
    assert share_of([]) is None


def test_late_counts_as_there_and_excused_does_not():
    share = share_of([(4, AttendanceState.PRESENT), (2, AttendanceState.LATE), (2, AttendanceState.EXCUSED),
                      (2, AttendanceState.ABSENT), (2, None)])
    assert (share.attended, share.held) == (6, 12)
    assert share.tenths == 500


def test_meetings_without_lesson_hours_count_each_the_same():
    share = share_of([(0, AttendanceState.PRESENT), (0, AttendanceState.ABSENT), (0, None)])
    assert (share.attended, share.held) == (1, 3)
    assert share.tenths == 333


@given(st.lists(st.tuples(st.integers(0, 12), STATES), min_size=1), st.integers(0, 100))
def test_a_share_is_what_counting_by_fractions_gives(meetings, least):
    share = share_of(meetings)
    weights = [weight for weight, _ in meetings] if any(weight for weight, _ in meetings) else [1] * len(meetings)
    there = sum(weight for weight, (_, state) in zip(weights, meetings, strict=True)
                if state in (AttendanceState.PRESENT, AttendanceState.LATE))
    exact = Fraction(there, sum(weights))
    assert share.reaches(least) == (exact * 100 >= least)
    assert Fraction(share.tenths, 1000) <= exact < Fraction(share.tenths + 1, 1000)


@pytest.mark.parametrize(("minute", "window"), [
    (509, Window.EARLY), (510, Window.ON_TIME), (540, Window.ON_TIME), (555, Window.ON_TIME), (556, Window.LATE),
    (735, Window.LATE), (736, Window.OVER), (540 - 1440, Window.EARLY), (540 + 1440, Window.OVER)])
def test_the_window_is_open_from_before_the_beginning_until_after_the_end(minute, window):
    assert window_at(minute, 540, 720, before=30, grace=15, after=15) is window


def test_only_who_comes_after_the_grace_is_late():
    assert Window.ON_TIME.state is AttendanceState.PRESENT
    assert Window.LATE.state is AttendanceState.LATE
    assert [window for window in Window if window.is_open] == [Window.ON_TIME, Window.LATE]
