"""A calendar says exactly the meetings, to a reader who knows nothing of how it was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rruleset, rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from kompetensi.exchange.icalendar_feed import FeedMeeting, FeedStage, entity_tag, write_feed

MAKASSAR = ZoneInfo("Asia/Makassar")
MONDAY = date(2027, 1, 11)
CHANGED = datetime(2026, 11, 23, 1, 14, tzinfo=UTC)


def meeting(number: int, day: date = MONDAY, starts: int = 480, ends: int = 720, **fields) -> FeedMeeting:
    values = {"series": "1/1/1", "title": "Materi inti", "changes": 0, "changed_at": CHANGED, "location": "Aula"} | fields
    return FeedMeeting(number, day=day, starts=starts, ends=ends, **values)


def events(content: bytes) -> list:
    return Calendar.from_ical(content).walk("VEVENT")


def read(content: bytes) -> list[tuple]:
    """Read a calendar as a program does: rules expanded by dateutil, changed occurrences put in the place of the ruled."""
    found: dict[tuple, tuple] = {}
    for event in events(content):
        uid, start, end = str(event["uid"]), event["dtstart"].dt, event["dtend"].dt
        said = (str(event["summary"]), str(event.get("location", "")), str(event["status"]))
        if "recurrence-id" in event:
            assert (uid, event["recurrence-id"].dt) in found, "an occurrence is changed that the rule does not have"
            found[uid, event["recurrence-id"].dt] = (start, end, *said)
            continue
        days = rruleset()
        if "rrule" in event:
            days.rrule(rrulestr(event["rrule"].to_ical().decode(), dtstart=start))
        else:
            days.rdate(start)
        for key, add in (("rdate", days.rdate), ("exdate", days.exdate)):
            for value in event.get(key).dts if key in event else ():
                add(value.dt)
        for begun in days:
            found[uid, begun] = (begun, begun + (end - start), *said)
    return sorted(found.values())


def expected(meetings) -> list[tuple]:
    return sorted(
        (at(one.day, one.starts), at(one.day, one.ends), one.title, one.location,
         "CANCELLED" if one.cancelled else "TENTATIVE" if one.tentative else "CONFIRMED") for one in meetings)


def at(day: date, minutes: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=MAKASSAR) + timedelta(minutes=minutes)


held = st.builds(
    lambda number, offset, starts, length, room, cancelled, series: meeting(
        number, MONDAY + timedelta(days=offset), starts, starts + length, location=room, cancelled=cancelled,
        series=series),
    number=st.integers(1, 10**6), offset=st.integers(0, 40), starts=st.sampled_from([0, 480, 780]),
    length=st.sampled_from([60, 240, 660]), room=st.sampled_from(["Aula", "", "Ruang, Bone; lantai 2"]),
    cancelled=st.booleans(), series=st.sampled_from(["1/1/1", "1/1/2"]))


@settings(max_examples=60)
@given(st.lists(held, max_size=25, unique_by=lambda one: one.id))
def test_whatever_is_held_is_read_again_and_nothing_else(meetings):
    assert read(write_feed("Kalender", meetings)) == expected(meetings)


@settings(max_examples=40)
@given(st.lists(held, max_size=12, unique_by=lambda one: one.id), st.randoms(use_true_random=False))
def test_the_order_of_the_meetings_does_not_change_a_byte(meetings, random):
    content = write_feed("Kalender", meetings)
    random.shuffle(meetings)
    assert write_feed("Kalender", meetings) == content
    assert entity_tag(write_feed("Kalender", meetings)) == entity_tag(content)


def test_five_days_one_after_the_other_are_one_daily_event():
    days = [meeting(number, MONDAY + timedelta(days=number)) for number in range(5)]
    (event,) = events(write_feed("Kalender", days))
    assert event["rrule"].to_ical() == b"FREQ=DAILY;COUNT=5"


def test_three_mondays_and_thursdays_with_a_holiday_are_a_weekly_event_without_that_day():
    offsets = (0, 3, 7, 10, 14)
    days = [meeting(number, MONDAY + timedelta(days=offset)) for number, offset in enumerate(offsets) if offset != 7]
    (event,) = events(write_feed("Kalender", days))
    assert event["rrule"].to_ical() == b"FREQ=WEEKLY;COUNT=5;BYDAY=MO,TH"
    assert [one.dt.date() for one in event["exdate"].dts] == [MONDAY + timedelta(days=7)]


def test_days_without_a_rule_are_told_one_by_one():
    days = [meeting(number, MONDAY + timedelta(days=offset)) for number, offset in enumerate((0, 30, 61))]
    (event,) = events(write_feed("Kalender", days))
    assert "rrule" not in event
    assert len(event["rdate"].dts) == 2


def test_a_meeting_that_is_moved_by_an_hour_is_a_changed_occurrence_of_its_series_with_a_higher_sequence():
    days = [meeting(number, MONDAY + timedelta(days=number)) for number in range(4)]
    before = events(write_feed("Kalender", days))
    later = CHANGED + timedelta(hours=5)
    moved = [replace(one, changes=1, **({"starts": 540, "changed_at": later} if one.id == 2 else {})) for one in days]
    series, changed = events(write_feed("Kalender", moved))
    assert series["uid"] == changed["uid"] == before[0]["uid"]
    assert changed["recurrence-id"].dt == at(MONDAY + timedelta(days=2), 480)
    assert changed["dtstart"].dt == at(MONDAY + timedelta(days=2), 540)
    assert (before[0]["sequence"], series["sequence"], changed["sequence"]) == (0, 1, 1)
    assert changed["last-modified"].dt == later


def test_a_meeting_that_falls_away_stays_as_cancelled_in_its_place():
    days = [meeting(number, MONDAY + timedelta(days=number), cancelled=number == 1) for number in range(3)]
    series, gone = events(write_feed("Kalender", days))
    assert series["status"] == "CONFIRMED"
    assert (gone["status"], gone["recurrence-id"].dt) == ("CANCELLED", at(MONDAY + timedelta(days=1), 480))


def test_another_day_of_a_meeting_leaves_the_uid_as_it_is():
    one, = events(write_feed("Kalender", [meeting(1)]))
    other, = events(write_feed("Kalender", [meeting(1, MONDAY + timedelta(days=1), changes=1)]))
    assert one["uid"] == other["uid"]
    assert other["sequence"] > one["sequence"]


def test_the_hours_are_those_of_makassar_and_the_file_says_what_that_is():
    content = write_feed("Kalender", [meeting(1)])
    assert b"DTSTART;TZID=Asia/Makassar:20270111T080000\r\n" in content
    (zone,) = Calendar.from_ical(content).walk("VTIMEZONE")
    assert zone["tzid"] == "Asia/Makassar"
    assert zone.walk("STANDARD")[0]["tzoffsetto"].td == timedelta(hours=8)


def test_a_stage_without_hours_fills_its_days_and_blocks_nobody():
    stage = FeedStage(7, "Belajar mandiri", MONDAY, MONDAY + timedelta(days=4), CHANGED, tentative=True)
    (event,) = events(write_feed("Kalender", [], [stage]))
    assert (event["dtstart"].dt, event["dtend"].dt) == (MONDAY, MONDAY + timedelta(days=5))
    assert (event["transp"], event["status"]) == ("TRANSPARENT", "TENTATIVE")


def test_no_line_is_longer_than_the_format_allows_and_text_cannot_become_a_line_of_its_own():
    bad = "Materi, dengan; tanda\r\nDTSTART:19700101T000000Z " + "panjang " * 30
    content = write_feed("Kalender", [meeting(1, title=bad)])
    assert max(map(len, content.split(b"\r\n"))) <= 75
    (event,) = events(content)
    assert event["dtstart"].dt == at(MONDAY, 480)
    assert str(event["summary"]).split() == bad.split()


def test_programs_are_told_when_to_ask_again_in_both_ways_that_they_know():
    content = write_feed("Kalender", [])
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n" in content
    assert b"X-PUBLISHED-TTL:PT4H\r\n" in content


def test_two_meetings_with_one_id_are_refused():
    with pytest.raises(ValueError, match="same id"):
        write_feed("Kalender", [meeting(1), meeting(1)])
