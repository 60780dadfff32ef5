"""Arithmetic with days that the demo's parts share."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone

__all__ = ["DAY", "WITA", "at_nine", "day_between", "first_of_month", "monday_from", "plus_months", "plus_years"]

DAY = timedelta(days=1)
WITA = timezone(timedelta(hours=8), "WITA")


def plus_months(day: date, months: int) -> date:
    """Return the same day of the month some months on or back; the month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - DAY).day
    return date(year, month, min(day.day, last))


def plus_years(day: date, years: int) -> date:
    """Return the same calendar day some years on or back."""
    return plus_months(day, 12 * years)


def first_of_month(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def monday_from(day: date) -> date:
    """Return the day itself if it is a Monday, else the next one."""
    return day + timedelta(days=-day.weekday() % 7)


def day_between(rng: random.Random, first: date, last: date) -> date:
    """Draw a day, both ends included; the first one when the last is before it."""
    return first + timedelta(days=rng.randint(0, max(0, (last - first).days)))


def at_nine(day: date) -> datetime:
    """Return nine o'clock of a day in Gorontalo."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=WITA)
