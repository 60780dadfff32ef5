"""A year of a unit day by day, and what a training centre decides about it: closed and worked days, hours of the week."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput, NotFound
from kompetensi.messages import Message, say
from kompetensi.models import Batch, BatchStage, HolidayOverride, Meeting, Unit, WorkingHours
from kompetensi.rules.access import Actor
from kompetensi.rules.working_time import (
    ClosureKind,
    Hours,
    WeekHours,
    WorkingTime,
    count_minutes,
    count_working_days,
    read_week,
)
from kompetensi.services.access import is_allowed, require, unit_path
from kompetensi.services.audit import record
from kompetensi.services.centres import centre_or_first
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.policies import CONFIDENCES
from kompetensi.services.working_time import load_working_time

__all__ = ["CLOSED", "REOPENED", "WORKING", "YEARS", "DayCell", "SpecialDay", "WeekContent", "WorkingYear", "forget_day", "set_day",
           "set_hours", "spans_text", "view_year", "week_content"]

YEARS = range(2000, 2100)
"""Years that can be asked for."""

CLOSED, WORKING = "CLOSED", "WORKING"
REOPENED = "REOPENED"


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the year's table.

    Attributes
    ----------
    kind : str
        A `ClosureKind`, ``REOPENED``, or empty for an ordinary day of work.
    name : str or Message
        Why it is closed or worked; empty for an ordinary one.
    """

    day: date
    kind: str
    name: str | Message = ""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that a calendar or a decision sets apart.

    Attributes
    ----------
    kind : str
        NATIONAL, JOINT_LEAVE, LOCAL or REOPENED.
    decided_by : str
        Unit that decided; empty for the national calendar.
    instead_of : str or Message
        What a reopened day would be; empty otherwise.
    decision : int or None
        Number of the decision when it is the unit's own, so that it can be taken back; None otherwise.
    """

    day: date
    kind: str
    name: str | Message
    source: str
    confidence: str
    decided_by: str = ""
    instead_of: str | Message = ""
    decision: int | None = None


@dataclass(frozen=True, slots=True)
class WorkingYear:
    """A unit's year.

    Attributes
    ----------
    months : tuple of tuple of DayCell
        Twelve, each with its days.
    special : tuple of SpecialDay
        By day.
    counts : mapping of str to int
        Special days by kind, those that fall on a day of rest included.
    working_days, minutes : int
        Days of work and minutes of work of the whole year.
    weeks : tuple of WeekHours
        Hours of the week in the year, by first day; each counts until the next.
    joint_leave_known : bool
        False when no joint leave of the year is known yet: more days will be closed once it is decreed.
    may_edit : bool
    """

    year: int
    unit_code: str
    unit: str
    months: tuple[tuple[DayCell, ...], ...]
    special: tuple[SpecialDay, ...]
    counts: Mapping[str, int]
    working_days: int
    minutes: int
    weeks: tuple[WeekHours, ...]
    joint_leave_known: bool
    may_edit: bool


@dataclass(frozen=True, slots=True)
class WeekContent:
    """Hours of a week that a unit sets for itself.

    Attributes
    ----------
    days : mapping of int to str
        Spans by weekday, 1 Monday .. 7 Sunday, as people write them: ``07.30-12.00 13.00-16.00``; empty = not worked.
    valid_from : date
        First day on which they count.
    confidence : str
        One of `services.policies.CONFIDENCES`.
    """

    days: Mapping[int, str]
    valid_from: date
    source: str
    confidence: str


def view_year(session: Session, actor: Actor, year: int, unit_code: str = "", *, today: date) -> WorkingYear:
    """Return a year of a unit.

    Parameters
    ----------
    year : int
        One of `YEARS`.
    unit_code : str
        Empty = the unit that the actor works for.

    Raises
    ------
    NotFound
        If there is no such unit.
    NotAllowed
        If the actor is neither training centre nor admin.
    InvalidInput
        If the year is out of bounds.
    """
    require(session, actor, "resources.view", on=today)
    if year not in YEARS:
        raise InvalidInput(say("Tahun antara %(least)s dan %(most)s.", least=YEARS[0], most=YEARS[-1]), where="year")
    unit = centre_or_first(session, actor, unit_code, today=today)
    first, last = date(year, 1, 1), date(year, 12, 31)
    time = load_working_time(session, unit.id, first, last)
    own = dict(session.execute(select(HolidayOverride.day, HolidayOverride.id).where(
        HolidayOverride.unit_id == unit.id, HolidayOverride.day.between(first, last))).all())
    special = _special(time, own)
    months = tuple(
        tuple(_cell(time, date(year, month, day)) for day in range(1, monthrange(year, month)[1] + 1))
        for month in range(1, 13))
    counts = Counter(day.kind for day in special)
    return WorkingYear(
        year, unit.code, unit.name, months, special, counts, count_working_days(time, first, last),
        count_minutes(time, first, last), time.weeks, counts[ClosureKind.JOINT_LEAVE] > 0,
        is_allowed(session, actor, "resources.edit", on=today, unit_id=unit.id))


def _cell(time: WorkingTime, day: date) -> DayCell:
    if (worked := time.worked.get(day)) is not None:
        return DayCell(day, REOPENED, worked.name)
    closure = time.closed_on(day)
    return DayCell(day, closure.kind.value, closure.name) if closure is not None else DayCell(day, "")


def _special(time: WorkingTime, own: Mapping[date, int]) -> tuple[SpecialDay, ...]:
    found = [SpecialDay(day, closure.kind.value, closure.name, closure.source, closure.confidence, closure.unit,
                        decision=own.get(day)) for day, closure in time.closures.items()]
    found += [SpecialDay(day, REOPENED, worked.name, worked.source, worked.confidence, worked.unit,
                         worked.instead_of.name if worked.instead_of else "", own.get(day))
              for day, worked in time.worked.items()]
    return tuple(sorted(found, key=lambda special: special.day))


# --- deciding --------------------------------------------------------------------------------------------------------


def set_day(
    session: Session, actor: Actor, unit_code: str, day: date, kind: str, name: str, *, source: str, confidence: str,
    today: date, now: datetime,
) -> tuple[str, ...]:
    """Close a day for a unit and all below it, or let it be worked; a decision of the unit about the day is replaced.

    Parameters
    ----------
    kind : str
        `CLOSED` or `WORKING`.
    name : str
        What the day is called, such as a local holiday.
    source : str
        Decree that says so.
    confidence : str
        One of `services.policies.CONFIDENCES`.

    Returns
    -------
    tuple of str
        Codes of the unit's batches that meet on a day that is closed now; they stay as they are until somebody moves
        them. Empty for a day that is worked.

    Raises
    ------
    NotFound
        If there is no such unit.
    NotAllowed
        If it is not in the actor's training centre.
    InvalidInput
        If the day is past, the decision changes nothing, or name or source is missing.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    if kind not in (CLOSED, WORKING):
        raise InvalidInput(say("Pilih ditutup atau tetap bekerja."), where="kind")
    _check_basis(source, confidence)
    name = " ".join(name.split())
    if not name or len(name) > 120:
        raise InvalidInput(say("Tulis nama hari itu, paling panjang %(most)s huruf.", most=120), where="name")
    if day < today or day.year not in YEARS:
        raise InvalidInput(say("Mulai paling awal hari ini, %(today)s; hari yang lalu tidak diubah.", today=today),
                           where="day")
    row = session.scalars(select(HolidayOverride).where(
        HolidayOverride.unit_id == unit.id, HolidayOverride.day == day)).one_or_none()
    if row is None:
        closure = load_working_time(session, unit.id, day, day).closed_on(day)
        if kind == CLOSED and closure is not None:
            raise InvalidInput(say("%(day)s sudah bukan hari kerja: %(name)s.", day=day, name=closure.name), where="day")
        if kind == WORKING and closure is None:
            raise InvalidInput(say("%(day)s sudah hari kerja.", day=day), where="day")
        row = HolidayOverride(unit_id=unit.id, day=day)
        session.add(row)
        before = None
    else:
        before = {"kind": row.kind, "name": row.name, "source": row.source, "confidence": row.confidence}
    row.kind, row.name, row.source, row.confidence = kind, name, source.strip(), confidence
    record(session, actor, "resources.edit:working_time", "unit", unit.code, now=now, detail={
        "day": day.isoformat(), "before": before,
        "after": {"kind": kind, "name": name, "source": row.source, "confidence": confidence}})
    session.flush()
    return _meeting_on(session, unit.id, day) if kind == CLOSED else ()


def _check_basis(source: str, confidence: str) -> None:
    if not source.strip() or len(source) > 200:
        raise InvalidInput(say("Tulis dasarnya, misalnya nomor surat keputusan, paling panjang %(most)s huruf.", most=200),
                           where="source")
    if confidence not in CONFIDENCES:
        raise InvalidInput(say("Keyakinan ini tidak ada dalam daftar."), where="confidence")


def _meeting_on(session: Session, unit_id: int, day: date) -> tuple[str, ...]:
    """Return the codes of the batches of a unit and of those below it that meet on a day."""
    organisers = [key for key in session.scalars(select(Batch.organiser_id).distinct())
                  if unit_id in unit_path(session, key)]
    met = select(Meeting.batch_id).where(Meeting.cancelled.is_(False))
    staged = select(BatchStage.batch_id).where(BatchStage.mode.in_(("CLASSICAL", "DISTANCE")), BatchStage.first_day <= day,
                                               BatchStage.last_day >= day)
    return tuple(session.scalars(select(Batch.code).where(
        Batch.organiser_id.in_(organisers), Batch.status != "CANCELLED",
        or_(Batch.id.in_(met.where(Meeting.day == day)), Batch.id.in_(staged) & Batch.id.not_in(met)))
        .order_by(Batch.code)))


def forget_day(session: Session, actor: Actor, decision: int, *, today: date, now: datetime) -> tuple[str, date]:
    """Take a decision about a day back; return the unit's code and the day.

    Raises
    ------
    NotFound
        If there is no such decision.
    NotAllowed
        If it is none of the actor's training centre.
    InvalidInput
        If the day is past.
    """
    row = session.get(HolidayOverride, decision)
    if row is None:
        raise NotFound(say("Tidak ada keputusan hari nomor %(id)s.", id=decision), where="DAY")
    require(session, actor, "resources.edit", on=today, unit_id=row.unit_id)
    if row.day < today:
        raise InvalidInput(say("Mulai paling awal hari ini, %(today)s; hari yang lalu tidak diubah.", today=today),
                           where="day")
    unit, day = session.get_one(Unit, row.unit_id), row.day
    record(session, actor, "resources.edit:working_time", "unit", unit.code, now=now, detail={
        "day": day.isoformat(), "before": {"kind": row.kind, "name": row.name, "source": row.source}, "after": None})
    session.delete(row)
    session.flush()
    return unit.code, day


def week_content(session: Session, actor: Actor, unit_code: str, *, today: date) -> WeekContent:
    """Return the hours that a unit has today, to start a change from.

    Raises
    ------
    NotFound
        If there is no such unit.
    NotAllowed
        If it is not in the actor's training centre.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    week = load_working_time(session, unit.id, today, today).week_of(today)
    days = week.days if week is not None else {}
    return WeekContent({weekday: spans_text(days.get(weekday, ())) for weekday in range(1, 8)}, today, "", "")


def spans_text(hours: Hours) -> str:
    """Write the spans of a day: ``07.30-12.00 13.00-16.00``."""
    return " ".join(f"{starts // 60:02d}.{starts % 60:02d}-{ends // 60:02d}.{ends % 60:02d}" for starts, ends in hours)


def set_hours(
    session: Session, actor: Actor, unit_code: str, content: WeekContent, *, today: date, now: datetime
) -> None:
    """Set the hours of the week of a unit and all below it from a day on; what holds until then stays readable.

    Raises
    ------
    NotFound
        If there is no such unit.
    NotAllowed
        If it is not in the actor's training centre.
    InvalidInput
        If a day's spans cannot be read (the field is ``day_1`` .. ``day_7``), no day is worked, the first day is past,
        or the source is missing.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    if content.valid_from < today:
        raise InvalidInput(say("Mulai paling awal hari ini, %(today)s; hari yang lalu tidak diubah.", today=today),
                           where="valid_from")
    _check_basis(content.source, content.confidence)
    days = {weekday: _spans(weekday, text) for weekday, text in sorted(content.days.items()) if text.strip()}
    if not days:
        raise InvalidInput(say("Sekurang-kurangnya satu hari mempunyai jam kerja."), where="day_1")
    session.execute(delete(WorkingHours).where(
        WorkingHours.unit_id == unit.id, WorkingHours.valid_from == content.valid_from))
    session.add_all(WorkingHours(
        unit_id=unit.id, weekday=weekday, starts=starts, ends=ends, valid_from=content.valid_from,
        source=content.source.strip(), confidence=content.confidence)
        for weekday, hours in days.items() for starts, ends in hours)
    record(session, actor, "resources.edit:working_time", "unit", unit.code, now=now, detail={
        "valid_from": content.valid_from.isoformat(), "source": content.source.strip(),
        "after": {str(weekday): spans_text(hours) for weekday, hours in days.items()}})
    session.flush()


def _spans(weekday: int, text: str) -> Hours:
    try:
        return read_week(f"{weekday} {text.replace(';', ' ')}")[weekday]
    except ValueError:
        raise InvalidInput(say(
            "“%(text)s” bukan jam kerja; tulis seperti 07.30-12.00 13.00-16.00, dalam urutan dan tanpa tumpang tindih.",
            text=text.strip()), where=f"day_{weekday}") from None
