"""Meetings as an iCalendar file (RFC 5545) that calendar programs subscribe to and that says of each change.

Meetings of one batch, stage and subject are one series: a rule of days with the days it leaves out, or a list of days,
whichever says exactly the days on which they are held. A meeting at another hour, in another room or by another trainer
than the others is told as a changed occurrence, one that falls away as a cancelled one.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration, vRecur

__all__ = ["MEDIA_TYPE", "FeedMeeting", "FeedStage", "entity_tag", "write_feed"]

MEDIA_TYPE = "text/calendar"

_ZONE = ZoneInfo("Asia/Makassar")
_PRODUCT = "-//kompetensi//kalender pelatihan//ID"
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# How often a program asks again that lets the calendar decide.
_REFRESH = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class FeedMeeting:
    """One meeting as a calendar program shows it.

    Attributes
    ----------
    id : int
    series : str
        What it has in common with the other meetings of its series: batch, stage, subject. Never what may change with a
        meeting that stays the same one: day, hours, room, trainers.
    title, location, description, url : str
    day : datetime.date
    starts, ends : int
        Minutes after midnight in Gorontalo's time, ``0 <= starts < ends <= 1440``.
    changes : int
        How often the meetings of the batch have been changed, from 0; it never falls, so that a program knows what is newer.
    changed_at : datetime.datetime
        Aware; when this meeting was changed last.
    cancelled : bool
    tentative : bool
        Whether the seat of whose calendar it is still waits for a word.
    """

    id: int
    series: str
    title: str
    day: date
    starts: int
    ends: int
    changes: int
    changed_at: datetime
    location: str = ""
    description: str = ""
    url: str = ""
    cancelled: bool = False
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class FeedStage:
    """A stage whose hours nobody has set: whole days, both inclusive.

    Attributes
    ----------
    id : int
    changed_at : datetime.datetime
        Aware. The moment from which on the stage is known, for no later change of it is recorded.
    """

    id: int
    title: str
    first_day: date
    last_day: date
    changed_at: datetime
    location: str = ""
    description: str = ""
    url: str = ""
    cancelled: bool = False
    tentative: bool = False


def write_feed(
    name: str, meetings: Iterable[FeedMeeting], stages: Iterable[FeedStage] = (), *, host: str = "kompetensi"
) -> bytes:
    """Write a calendar; the same meetings give the same bytes, in whatever order they come.

    Parameters
    ----------
    name : str
        What programs call the calendar.
    meetings, stages : iterable
        Of neither two with the same id; none at all gives a calendar without events.
    host : str
        Stands at the end of each UID, so that two installations never share one.

    Returns
    -------
    bytes
        UTF-8, lines of at most 75 octets ended by CRLF. Events stand by UID, then day.

    Raises
    ------
    ValueError
        If two meetings or two stages have the same id.
    """
    known, spans = sorted(meetings, key=_place), sorted(stages, key=lambda stage: stage.id)
    if len({meeting.id for meeting in known}) < len(known) or len({stage.id for stage in spans}) < len(spans):
        raise ValueError("two meetings, or two stages, have the same id")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", _ZONE.key)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for uid, lane in sorted(_lanes(known, host)):
        for event in _series(uid, lane):
            calendar.add_component(event)
    for stage in spans:
        calendar.add_component(_whole_days(stage, f"stage-{stage.id}@{host}"))
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content


def entity_tag(content: bytes) -> str:
    """Return what tells two versions of a calendar apart: 32 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:32]


def _place(meeting: FeedMeeting) -> tuple[date, bool, int, int]:
    return meeting.day, meeting.cancelled, meeting.starts, meeting.id


def _lanes(meetings: Sequence[FeedMeeting], host: str) -> Iterator[tuple[str, list[FeedMeeting]]]:
    """Yield the series with their UID. Of several meetings of one series on a day the first is in the first lane, and
    so on, for a series has one occurrence a day; one that is held comes before one that is cancelled.
    """
    lanes: defaultdict[tuple[str, int], list[FeedMeeting]] = defaultdict(list)
    of_day: Counter[tuple[str, date]] = Counter()
    for meeting in meetings:
        lanes[meeting.series, of_day[meeting.series, meeting.day]].append(meeting)
        of_day[meeting.series, meeting.day] += 1
    for (series, number), lane in lanes.items():
        key = hashlib.sha256(f"{series}/{number}".encode()).hexdigest()[:24]
        yield f"{key}@{host}", lane


def _shape(meeting: FeedMeeting) -> tuple[object, ...]:
    """Return all that is said of a meeting but its day and when it was changed."""
    return (meeting.cancelled, meeting.starts, meeting.ends, meeting.title, meeting.location, meeting.description,
            meeting.url, meeting.tentative)


def _series(uid: str, lane: Sequence[FeedMeeting]) -> Iterator[Event]:
    """Yield the event of a series, and one for each occurrence that differs from it."""
    # The commonest shape is that of the series; of equally common ones the first by day. A cancelled one only when all are.
    counts = Counter(map(_shape, lane))
    pattern = max(lane, key=lambda meeting: (not meeting.cancelled, counts[_shape(meeting)], -meeting.day.toordinal()))
    master = _event(uid, pattern, lane[0].day)
    days = [meeting.day for meeting in lane]
    if len(days) > 1:
        _repeat(master, days, pattern.starts)
    _say_changed(master, max(meeting.changes for meeting in lane), max(meeting.changed_at for meeting in lane))
    yield master
    for meeting in lane:
        if _shape(meeting) != _shape(pattern):
            event = _event(uid, meeting, meeting.day)
            event.add("recurrence-id", _moment(meeting.day, pattern.starts))
            _say_changed(event, meeting.changes, meeting.changed_at)
            yield event


def _repeat(event: Event, days: Sequence[date], starts: int) -> None:
    """Say on which days an event recurs, exactly: by a rule where that is the shorter way, else day by day."""
    first, last = days[0], days[-1]
    if (last - first).days + 1 == len(days):
        event.add("rrule", vRecur(freq="DAILY", count=len(days)))
        return
    weekdays = sorted({day.weekday() for day in days})
    ruled = [day for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
             if day.weekday() in weekdays]
    left_out = sorted(set(ruled) - set(days))
    if len(left_out) < len(days):
        event.add("rrule", vRecur(freq="WEEKLY", count=len(ruled), byday=[_WEEKDAYS[number] for number in weekdays]))
        if left_out:
            event.add("exdate", [_moment(day, starts) for day in left_out])
    else:
        event.add("rdate", [_moment(day, starts) for day in days[1:]])


def _event(uid: str, meeting: FeedMeeting, day: date) -> Event:
    event = _about(uid, meeting)
    event.add("dtstart", _moment(day, meeting.starts))
    event.add("dtend", _moment(day, meeting.ends))
    return event


def _whole_days(stage: FeedStage, uid: str) -> Event:
    event = _about(uid, stage)
    event.add("dtstart", stage.first_day)
    event.add("dtend", stage.last_day + timedelta(days=1))
    # Days without hours: whoever looks for a free hour still finds one.
    event.add("transp", "TRANSPARENT")
    _say_changed(event, int(stage.cancelled), stage.changed_at)
    return event


def _about(uid: str, what: FeedMeeting | FeedStage) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("summary", what.title)
    for key, text in (("location", what.location), ("description", what.description), ("url", what.url)):
        if text:
            event.add(key, text)
    event.add("status", "CANCELLED" if what.cancelled else "TENTATIVE" if what.tentative else "CONFIRMED")
    return event


def _say_changed(event: Event, changes: int, at: datetime) -> None:
    event.add("sequence", changes)
    # Without a METHOD the stamp is the last change too (RFC 5545, 3.8.7.2); the clock of the reading would change the bytes.
    event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", at.astimezone(UTC).replace(microsecond=0))


def _moment(day: date, minutes: int) -> datetime:
    """Return a moment of a day; 1440 minutes after midnight is the next one's midnight."""
    return datetime.combine(day, time(), _ZONE) + timedelta(minutes=minutes)
