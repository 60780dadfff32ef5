"""The working time of a unit, read from the national calendar, its decisions and its hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kompetensi.adapters.national_holidays import national_days
from kompetensi.errors import Unavailable
from kompetensi.messages import say
from kompetensi.models import HolidayOverride, WorkingHours
from kompetensi.rules.working_time import DayOverride, Hours, WeekHours, WorkingTime, make_working_time, read_week
from kompetensi.services.access import unit_line
from kompetensi.services.policies import working_weeks

__all__ = ["load_working_time"]


def load_working_time(session: Session, unit_id: int | None, first: date, last: date) -> WorkingTime:
    """Return when a unit works in a span of days, both inclusive.

    What a unit has not decided itself it has from the nearest unit above it; hours that none of them has set are those
    of the policy ``working_time.week``.

    Parameters
    ----------
    unit_id : int or None
        None = no unit: the national calendar and the general hours.

    Raises
    ------
    Unavailable
        If the policy cannot be read.
    ValueError
        If `last` is before `first`.
    """
    line = {unit: height for height, unit in enumerate(unit_line(session, unit_id))}
    overrides = session.scalars(
        select(HolidayOverride).options(joinedload(HolidayOverride.unit)).where(
            HolidayOverride.unit_id.in_(line), HolidayOverride.day.between(first, last)))
    return make_working_time(
        first, last,
        national=(day for year in range(first.year, last.year + 1) for day in national_days(year)),
        overrides=[DayOverride(row.day, line[row.unit_id], row.kind == "WORKING", row.name, row.unit.name, row.source,
                               row.confidence) for row in overrides],
        weeks=[*_own_weeks(session, line), *_general_weeks(session, len(line))])


def _own_weeks(session: Session, line: dict[int, int]) -> Iterator[WeekHours]:
    rows = session.scalars(
        select(WorkingHours).options(joinedload(WorkingHours.unit)).where(WorkingHours.unit_id.in_(line))
        .order_by(WorkingHours.unit_id, WorkingHours.valid_from, WorkingHours.weekday, WorkingHours.starts))
    grouped: dict[tuple[int, date], list[WorkingHours]] = defaultdict(list)
    for row in rows:
        grouped[row.unit_id, row.valid_from].append(row)
    for (unit_id, valid_from), group in grouped.items():
        days: dict[int, Hours] = {}
        for row in group:
            days[row.weekday] = (*days.get(row.weekday, ()), (row.starts, row.ends))
        yield WeekHours(valid_from, line[unit_id], days, group[0].unit.name, group[0].source, group[0].confidence)


def _general_weeks(session: Session, height: int) -> Iterator[WeekHours]:
    for row in working_weeks(session):
        if row.value is None:
            continue
        try:
            days = read_week(str(row.value))
        except ValueError:
            raise Unavailable(say(
                "Kebijakan %(key)s tidak dapat dibaca; tulis seperti 1-4 07.30-12.00 13.00-16.00; 5 07.30-11.30 "
                "13.00-16.30.", key=row.key)) from None
        yield WeekHours(row.valid_from or date.min, height, days, "", row.source, row.confidence)
