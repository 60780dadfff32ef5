"""How lesson hours are laid over the days of a batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.clashes import BatchFacts, PlannedMeeting, RoomFacts, Span, TrainerFacts, find_clashes
from kompetensi.rules.curriculum import Lesson, Surroundings, lay_curriculum
from kompetensi.rules.enrolment import StageDays
from kompetensi.rules.working_time import Closure, ClosureKind, WeekHours, WorkingTime

MONDAY = date(2027, 1, 11)
HOURS = ((450, 720), (780, 960))
WEEK = WorkingTime(
    MONDAY, MONDAY + timedelta(days=27), {MONDAY + timedelta(days=2): Closure(ClosureKind.NATIONAL, "Isra Mikraj")}, {},
    (WeekHours(MONDAY, 0, dict.fromkeys(range(1, 6), HOURS)),))
AULA, RAHMA, YUSUF = 1, 1, 2


def days(first, last, mode="CLASSICAL"):
    return StageDays(mode, MONDAY + timedelta(days=first), MONDAY + timedelta(days=last))


WHOLE_WEEK = (days(0, 4),)


def lay(subjects, stages=WHOLE_WEEK, **words):
    return lay_curriculum(subjects, stages, WEEK, minutes=45, **words)


def test_a_subject_goes_on_after_the_break_and_on_the_next_day():
    assert lay([12], [days(0, 1)]).lessons == (
        Lesson(0, 0, MONDAY, 450, 720, 6, None, None),
        Lesson(0, 0, MONDAY + timedelta(days=1), 450, 720, 6, None, None))
    assert [(lesson.starts, lesson.jp) for lesson in lay([8], [days(0, 0)]).lessons] == [(450, 6), (780, 2)]


def test_days_carry_about_the_same_and_holidays_nothing():
    by_day = {}
    for lesson in lay([7, 5]).lessons:
        by_day[(lesson.day - MONDAY).days] = by_day.get((lesson.day - MONDAY).days, 0) + lesson.jp
    assert by_day == {0: 3, 1: 3, 3: 3, 4: 3}


def test_only_taught_stages_have_lessons_and_only_classical_ones_a_room():
    found = lay([4, 20], [days(0, 1, "SELF_STUDY"), days(3, 4, "DISTANCE"), days(7, 8)], room=AULA)
    assert {(lesson.stage, lesson.room) for lesson in found.lessons} == {(1, None), (2, AULA)}


def test_what_does_not_fit_is_said():
    found = lay([30, 20])
    assert (found.missing, found.hours_found) == (((1, 10),), 40)
    assert lay([3], []).missing == ((0, 3),)


def test_a_trainer_keeps_his_subject_and_the_others_share_the_rest():
    found = lay([6, 6, 12], trainers=[RAHMA, YUSUF])
    assert {(lesson.subject, lesson.trainer) for lesson in found.lessons} == {(0, RAHMA), (1, YUSUF), (2, RAHMA)}


def test_lessons_go_around_what_is_taken():
    taken = (PlannedMeeting(1, "LAIN", "", MONDAY, 450, 540, AULA), PlannedMeeting(2, "LAIN", "", MONDAY, 600, 720, None,
                                                                                  ((RAHMA, 2),)))
    (first, *_) = lay([1], [days(0, 0)], room=AULA, trainers=[RAHMA], around=Surroundings(taken)).lessons
    assert (first.starts, first.ends) == (540, 585)
    closed = Surroundings(rooms={AULA: RoomFacts("Aula", "", 9, (Span(MONDAY, MONDAY),))},
                          trainers={RAHMA: TrainerFacts("Rahma", (Span(MONDAY, MONDAY + timedelta(days=1)),))})
    (first, *_) = lay([1], room=AULA, trainers=[RAHMA], around=closed).lessons
    assert first.day == MONDAY + timedelta(days=3)
    assert lay([1], not_before=MONDAY + timedelta(days=4)).lessons[0].day == MONDAY + timedelta(days=4)


@st.composite
def questions(draw):
    taken = []
    for number in range(draw(st.integers(0, 8))):
        starts = draw(st.integers(440, 900))
        taken.append(PlannedMeeting(
            number, draw(st.sampled_from(["SENDIRI", "LAIN"])), "", MONDAY + timedelta(days=draw(st.integers(0, 4))),
            starts, draw(st.integers(starts + 1, 960)), draw(st.sampled_from([None, AULA])),
            tuple((trainer, 1) for trainer in sorted(draw(st.sets(st.sampled_from([RAHMA, YUSUF])))))))
    away = MONDAY + timedelta(days=draw(st.integers(0, 4)))
    return (draw(st.lists(st.integers(0, 12), max_size=4)), [days(0, 1, "DISTANCE"), days(3, 4)],
            draw(st.sampled_from([(), (RAHMA,), (RAHMA, YUSUF)])),
            Surroundings(tuple(taken), frozenset({"SENDIRI"}), {AULA: RoomFacts("Aula", "", 40, (Span(away, away),))},
                         {RAHMA: TrainerFacts("Rahma", (Span(away, away),))}))


@given(questions())
def test_lessons_add_up_lie_in_working_hours_and_clash_with_nothing(question):
    subjects, stages, trainers, around = question
    found = lay(subjects, stages, room=AULA, trainers=trainers, around=around)
    missing = dict(found.missing)
    assert [sum(lesson.jp for lesson in found.lessons if lesson.subject == place) + missing.get(place, 0)
            for place in range(len(subjects))] == subjects
    assert sum(missing.values()) == max(0, sum(subjects) - found.hours_found)
    assert all(lesson.ends - lesson.starts == 45 * lesson.jp and any(
        first <= lesson.starts and lesson.ends <= last for first, last in WEEK.hours_on(lesson.day))
        for lesson in found.lessons)
    own = [PlannedMeeting(
        100 + number, "SENDIRI", "", lesson.day, lesson.starts, lesson.ends, lesson.room,
        ((lesson.trainer, lesson.jp),) if lesson.trainer else (), stages[lesson.stage])
        for number, lesson in enumerate(found.lessons)]
    clashes = find_clashes([*around.taken, *own], rooms=around.rooms, trainers=around.trainers,
                           batches={"SENDIRI": BatchFacts(30, working_time=WEEK)})
    assert not [clash for clash in clashes if any(clash.touches(meeting.id) for meeting in own)]
    order = [lesson.subject for lesson in found.lessons]
    assert order == sorted(order)


@given(questions())
def test_the_order_in_which_meetings_are_known_does_not_matter(question):
    subjects, stages, trainers, around = question
    assert lay(subjects, stages, room=AULA, trainers=trainers, around=around) == lay(
        subjects, stages, room=AULA, trainers=trainers, around=replace(around, taken=around.taken[::-1]))
