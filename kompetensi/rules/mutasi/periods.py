"""Months, ages and spans of service as personnel law counts them."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, timedelta

__all__ = ["add_months", "age_on", "months_between", "span_months"]


def add_months(day: date, months: int) -> date:
    """Return the same day some months later (earlier if negative), or the last day of a month that is shorter.

    Raises
    ------
    OverflowError
        If the year leaves 1..9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("the calendar ends")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(first: date, last: date) -> int:
    """Return the whole months from one day to another, 0 if `last` is earlier.

    >>> months_between(date(2024, 1, 31), date(2024, 2, 29))
    1
    >>> months_between(date(2024, 1, 31), date(2024, 2, 28))
    0
    """
    months = max(0, (last.year - first.year) * 12 + last.month - first.month)
    return months if months == 0 or add_months(first, months) <= last else months - 1


def age_on(birth_date: date, day: date) -> int:
    """Return the age in completed years; somebody born on 29 February completes one on the last day of February."""
    return months_between(birth_date, day) // 12


def span_months(spans: Iterable[tuple[date, date]]) -> int:
    """Return the months that spans cover together, days that two of them share counted once.

    Each span runs from its first to its last day, both inclusive. Whole months are counted span by span; the days
    that several spans leave over are added up, thirty of them for a month, as periods of service are.
    """
    merged: list[tuple[date, date]] = []
    for first, last in sorted(span for span in spans if span[0] <= span[1]):
        if merged and first <= merged[-1][1] + timedelta(days=1):
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    months = days = 0
    for first, last in merged:
        end = last + timedelta(days=1) if last < date.max else last
        whole = months_between(first, end)
        months += whole
        days += (end - add_months(first, whole)).days
    return months + (days // 30 if len(merged) > 1 else 0)
