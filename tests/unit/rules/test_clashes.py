"""What cannot be together in the meetings of batches, told by small invented weeks and by a minute-by-minute oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.clashes import (
    HARD,
    BatchFacts,
    ClashKind,
    PlannedMeeting,
    RoomFacts,
    Span,
    TrainerFacts,
    find_clashes,
)
from kompetensi.rules.enrolment import StageDays
from kompetensi.rules.resources import make_travel_times
from kompetensi.rules.working_time import Closure, ClosureKind, WeekHours, WorkingTime

MONDAY = date(2027, 1, 11)
AULA, LAB = 1, 2
RAHMA, YUSUF = 1, 2
ROOMS = {AULA: RoomFacts("Aula Utama", "Gorontalo", 40), LAB: RoomFacts("Lab", "Limboto", 20)}
TRAINERS = {RAHMA: TrainerFacts("Rahma", yearly_jp=10), YUSUF: TrainerFacts("Yusuf")}
WEEK = WorkingTime(
    MONDAY, MONDAY + timedelta(days=13), {MONDAY + timedelta(days=2): Closure(ClosureKind.NATIONAL, "Isra Mikraj")}, {},
    (WeekHours(MONDAY, 0, dict.fromkeys(range(1, 6), ((450, 720), (780, 960)))),))


def meeting(number=1, batch="BMD-2027-01", *, day=MONDAY, starts=480, ends=570, room=None, trainers=(), stage=None):
    return PlannedMeeting(number, batch, "Pengelolaan aset", day, starts, ends, room,
                        tuple((trainer, 2) for trainer in trainers), stage)


def kinds(*meetings, **facts):
    return [clash.kind for clash in find_clashes(meetings, **facts)]


def test_meetings_that_follow_each_other_do_not_clash():
    assert kinds(meeting(1, room=AULA, trainers=[RAHMA]), meeting(2, starts=570, ends=660, room=AULA, trainers=[RAHMA]),
                 rooms=ROOMS, trainers=TRAINERS) == []


def test_a_room_is_used_by_one_meeting_at_a_time():
    (clash,) = find_clashes([meeting(1, room=AULA), meeting(2, "PBJ-2027-01", starts=560, ends=600, room=AULA)],
                            rooms=ROOMS)
    assert (clash.kind, clash.meeting.id, clash.other.id, clash.subject) == (ClashKind.ROOM, 1, 2, AULA)
    assert str(clash.fact) == (
        "Aula Utama dipakai dua kali pada 11 Januari 2027: Pengelolaan aset (BMD-2027-01, 08.00–09.30) dan "
        "Pengelolaan aset (PBJ-2027-01, 09.20–10.00).")
    assert str(clash.remedy) == "Pindahkan salah satu ke ruang, hari atau jam lain."


def test_a_trainer_teaches_one_meeting_at_a_time():
    (clash,) = find_clashes([meeting(2, trainers=[RAHMA, YUSUF]), meeting(1, "PBJ-2027-01", trainers=[YUSUF])],
                            trainers=TRAINERS)
    assert (clash.kind, clash.meeting.id, clash.other.id, clash.subject) == (ClashKind.TRAINER, 1, 2, YUSUF)


def test_participants_of_a_batch_are_together():
    assert kinds(meeting(1), meeting(2, starts=500, ends=600)) == [ClashKind.PARTICIPANT]


def test_participants_of_two_batches_are_named_once_a_pair_of_meetings():
    (clash,) = find_clashes(
        [meeting(1), meeting(2, "PBJ-2027-01")],
        batches={"BMD-2027-01": BatchFacts(participants=frozenset({3, 5, 8})),
                 "PBJ-2027-01": BatchFacts(participants=frozenset({8, 3, 9}))})
    assert (clash.kind, clash.people) == (ClashKind.PARTICIPANT, (3, 8))


@pytest.mark.parametrize(("change", "kind"), [
    ({"day": MONDAY + timedelta(days=2)}, ClashKind.CLOSED),
    ({"day": MONDAY + timedelta(days=5)}, ClashKind.CLOSED),
    ({"starts": 440}, ClashKind.HOURS),
    ({"ends": 961}, ClashKind.HOURS),
    ({"room": LAB}, ClashKind.CAPACITY),
    ({"stage": StageDays("CLASSICAL", MONDAY + timedelta(days=1), MONDAY + timedelta(days=4))},
     ClashKind.OUTSIDE_STAGE),
])
def test_a_meeting_wants_a_worked_day_and_hour_and_a_room_that_is_large_enough(change, kind):
    facts = {"rooms": ROOMS, "batches": {"BMD-2027-01": BatchFacts(heads=30, working_time=WEEK)}}
    assert kinds(meeting(room=AULA), **facts) == []
    assert kinds(replace(meeting(room=AULA), **change), **facts) == [kind]


def test_a_meeting_may_go_on_after_a_break():
    assert kinds(meeting(starts=660, ends=840), batches={"BMD-2027-01": BatchFacts(working_time=WEEK)}) == []


def test_a_closed_room_and_an_absent_trainer_are_told_with_their_reason():
    rooms = {AULA: replace(ROOMS[AULA], closures=(Span(MONDAY, MONDAY, "pengecatan"),))}
    trainers = {RAHMA: replace(TRAINERS[RAHMA], absences=(Span(MONDAY, None, "purnabakti"),))}
    closed, absent = find_clashes([meeting(room=AULA, trainers=[RAHMA])], rooms=rooms, trainers=trainers)
    assert (closed.kind, absent.kind) == (ClashKind.CLOSED, ClashKind.ABSENT)
    assert "(pengecatan)" in str(closed.fact)
    assert "(purnabakti)" in str(absent.fact)


def test_a_way_that_takes_longer_than_the_time_for_it_is_a_burden():
    travel = make_travel_times([("Gorontalo", "Limboto", 35)])
    near, far = meeting(1, room=AULA, trainers=[YUSUF]), meeting(2, "PBJ-2027-01", starts=600, ends=690, room=LAB,
                                                                 trainers=[YUSUF])
    (clash,) = find_clashes([near, far], rooms=ROOMS, trainers=TRAINERS, travel=travel)
    assert (clash.kind, clash.hard) == (ClashKind.TRAVEL, False)
    assert "perlu 35 menit" in str(clash.fact)
    assert "hanya ada 30 menit" in str(clash.fact)
    assert kinds(near, replace(far, starts=605), rooms=ROOMS, trainers=TRAINERS, travel=travel) == []
    assert kinds(near, far, rooms=ROOMS, trainers=TRAINERS) == []
    assert kinds(near, replace(far, batch=near.batch, trainers=()), rooms=ROOMS, travel=travel) == [ClashKind.TRAVEL]


def test_the_way_counts_from_the_meeting_that_ends_last():
    long, short = meeting(1, "A", ends=720, room=AULA, trainers=[YUSUF]), meeting(2, "B", starts=500, ends=510, room=AULA,
                                                                                 trainers=[YUSUF])
    after = meeting(3, "C", starts=730, ends=800, room=LAB, trainers=[YUSUF])
    found = find_clashes([long, short, after], rooms=ROOMS, travel=make_travel_times([("Limboto", "Gorontalo", 35)]))
    assert [(clash.meeting.id, clash.other.id) for clash in found if clash.kind is ClashKind.TRAVEL] == [(1, 3)]


def test_the_load_of_a_year_is_told_once_where_it_is_exceeded():
    week = [meeting(number, day=MONDAY + timedelta(days=number), trainers=[RAHMA]) for number in range(1, 8)]
    (clash,) = find_clashes(week, trainers=TRAINERS)
    assert (clash.kind, clash.meeting.id, clash.other, clash.hard) == (ClashKind.LOAD, 6, None, False)
    assert "14 JP pada tahun 2027" in str(clash.fact)
    assert kinds(*week[:5], trainers=TRAINERS) == []
    assert kinds(*week[:5], trainers={RAHMA: replace(TRAINERS[RAHMA], jp_elsewhere={2027: 1})}) == [ClashKind.LOAD]
    assert kinds(*week[:5], trainers={RAHMA: replace(TRAINERS[RAHMA], jp_elsewhere={2026: 9})}) == []


def test_meetings_that_cannot_be_told_apart_or_do_not_end_are_refused():
    with pytest.raises(ValueError, match="same id"):
        find_clashes([meeting(1), meeting(1)])
    with pytest.raises(ValueError, match="after it begins"):
        find_clashes([meeting(starts=600, ends=600)])


PEOPLE = {"A": frozenset({1, 2}), "B": frozenset({2, 3}), "C": frozenset({4}), "D": frozenset({1, 3, 4})}


@st.composite
def weeks(draw):
    made = []
    for number in range(draw(st.integers(0, 14))):
        starts = draw(st.integers(0, 11))
        made.append(PlannedMeeting(
            number, draw(st.sampled_from("ABCD")), "", MONDAY + timedelta(days=draw(st.integers(0, 1))), starts,
            draw(st.integers(starts + 1, 12)), draw(st.sampled_from([None, 1, 2])),
            tuple((trainer, 1) for trainer in sorted(draw(st.sets(st.integers(1, 3)))))))
    return made


def by_minute(meetings):
    """Return what is wanted twice, asking each minute of each day for whoever wants a thing in it."""
    found = set()
    for day in {meeting.day for meeting in meetings}:
        for minute in range(13):
            now = sorted((m for m in meetings if m.day == day and m.starts <= minute < m.ends),
                         key=lambda m: (m.starts, m.id))
            for place, one in enumerate(now):
                for other in now[place + 1:]:
                    pair = one.id, other.id
                    if one.room is not None and one.room == other.room:
                        found.add((ClashKind.ROOM, *pair, one.room))
                    for trainer in {t for t, _ in one.trainers} & {t for t, _ in other.trainers}:
                        found.add((ClashKind.TRAINER, *pair, trainer))
                    if one.batch == other.batch or PEOPLE[one.batch] & PEOPLE[other.batch]:
                        found.add((ClashKind.PARTICIPANT, *pair, None))
    return found


@given(weeks())
def test_a_sweep_finds_what_asking_every_minute_finds(meetings):
    found = find_clashes(meetings, batches={code: BatchFacts(participants=people) for code, people in PEOPLE.items()})
    assert len({(c.kind, c.meeting.id, c.other.id, c.subject) for c in found}) == len(found)
    assert {(c.kind, c.meeting.id, c.other.id, c.subject) for c in found} == by_minute(meetings)
    assert all(clash.kind in HARD for clash in found)


@given(weeks(), st.randoms(use_true_random=False))
def test_the_order_of_the_meetings_does_not_matter(meetings, chance):
    shuffled = meetings[:]
    chance.shuffle(shuffled)
    facts = {code: BatchFacts(participants=people) for code, people in PEOPLE.items()}
    assert find_clashes(shuffled, batches=facts) == find_clashes(meetings, batches=facts)


@given(weeks(), st.integers(0, 6))
def test_each_way_that_is_told_is_too_long_and_none_is_missed(meetings, minutes):
    rooms = {1: RoomFacts("X", "P", 9), 2: RoomFacts("Y", "Q", 9)}
    told = {(c.meeting.id, c.other.id, c.subject)
            for c in find_clashes(meetings, rooms=rooms, travel=make_travel_times([("P", "Q", minutes)])) if c.kind is ClashKind.TRAVEL}
    expected = set()
    for other in meetings:
        shared = [(t, t) for t, _ in other.trainers] + [(None, other.batch)]
        for subject, key in shared:
            before = [m for m in meetings if m.day == other.day and m.ends <= other.starts and m.room is not None
                      and (m.batch == key if subject is None else key in {t for t, _ in m.trainers})]
            if before and other.room is not None:
                one = max(before, key=lambda m: (m.ends, m.id))
                if one.room != other.room and other.starts - one.ends < minutes:
                    expected.add((one.id, other.id, subject))
    assert told == expected
