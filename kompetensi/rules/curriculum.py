"""The curriculum of a batch by the hour: lesson hours of its subjects laid over the hours in which they can be taught.

Lessons are laid in the order of the subjects, on every day as many as it takes so that all days carry about the same:
the smallest number of lesson hours a day with which everything fits. A lesson never lies in a break.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from kompetensi.rules.clashes import PlannedMeeting, RoomFacts, TrainerFacts
from kompetensi.rules.enrolment import StageDays
from kompetensi.rules.working_time import WorkingTime

__all__ = ["TAUGHT", "Curriculum", "Lesson", "Surroundings", "lay_curriculum"]

TAUGHT = ("CLASSICAL", "DISTANCE")
"""Modes of stages in which participants and trainer are together."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One run of lesson hours of a subject without a break.

    Attributes
    ----------
    subject, stage : int
        Places of the subject and of the stage among those given, from 0.
    day : date
    starts, ends : int
        Minutes after midnight.
    jp : int
        At least 1; together they take the time from `starts` to `ends` exactly.
    room, trainer : int or None
    """

    subject: int
    stage: int
    day: date
    starts: int
    ends: int
    jp: int
    room: int | None
    trainer: int | None


@dataclass(frozen=True, slots=True)
class Curriculum:
    """What was laid.

    Attributes
    ----------
    lessons : tuple of Lesson
        In the order of time.
    missing : tuple of (int, int)
        Place of a subject and its lesson hours for which there was no time; empty = everything fits.
    hours_found : int
        Lesson hours for which there would have been time.
    """


    lessons: tuple[Lesson, ...]
    missing: tuple[tuple[int, int], ...]
    hours_found: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a curriculum has to leave alone.

    Attributes
    ----------
    taken : tuple of PlannedMeeting
        Meetings that are held already.
    shared : frozenset of str
        Codes of batches whose participants cannot be here at the same time, its own code among them.
    rooms, trainers : mapping of int
        Facts by id; what is not known is free.
    """

    taken: tuple[PlannedMeeting, ...] = ()
    shared: frozenset[str] = frozenset()
    rooms: Mapping[int, RoomFacts] = field(default_factory=dict)
    trainers: Mapping[int, TrainerFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Time for one lesson hour, with the trainers who are free in it."""

    stage: int
    day: date
    starts: int
    ends: int
    room: int | None
    trainers: tuple[int, ...]


def lay_curriculum(
    subjects: Sequence[int], stages: Sequence[StageDays], working_time: WorkingTime, *, minutes: int,
    room: int | None = None, trainers: Sequence[int] = (), around: Surroundings | None = None,
    not_before: date | None = None,
) -> Curriculum:
    """Lay lesson hours over the worked hours of the classical and distance stages.

    Parameters
    ----------
    subjects : sequence of int
        Lesson hours of each subject, in the order in which they are taught; 0 = nothing is to be laid.
    stages : sequence of StageDays
        In order; only the taught ones are used.
    working_time : WorkingTime
        It knows the days of all stages.
    minutes : int
        Length of a lesson hour, at least 1.
    room : int or None
        Where the classical stages are held; a distance stage needs none.
    trainers : sequence of int
        Who teaches; each lesson has one of them. Who has begun a subject goes on with it while he is free, otherwise
        whoever has the fewest lesson hours takes it, of equals the first. Empty = lessons without a trainer.
    around : Surroundings, optional
        What is held already, and what is known of rooms and trainers.
    not_before : date, optional
        First day on which a lesson may be laid; None = from the first stage on.

    Returns
    -------
    Curriculum
        The lesson hours of a subject add up to those asked for, apart from what is missing at the end.
    """
    around = around or Surroundings()
    by_day: defaultdict[date, list[_Slot]] = defaultdict(list)
    for slot in _slots(stages, working_time, minutes, room, trainers, around, not_before):
        by_day[slot.day].append(slot)
    wanted, found = sum(subjects), sum(map(len, by_day.values()))
    most = next((most for most in range(1, max(map(len, by_day.values()), default=0) + 1)
                 if sum(min(most, len(slots)) for slots in by_day.values()) >= wanted), None)
    slots = [slot for _, day in sorted(by_day.items()) for slot in day[:most]]
    queue = [subject for subject, jp in enumerate(subjects) for _ in range(jp)]
    lessons = tuple(_joined(zip(queue, slots, strict=False)))
    left: defaultdict[int, int] = defaultdict(int)
    for subject in queue[len(slots):]:
        left[subject] += 1
    return Curriculum(lessons, tuple(sorted(left.items())), found)


def _slots(
    stages: Sequence[StageDays], working_time: WorkingTime, minutes: int, room: int | None, trainers: Sequence[int],
    around: Surroundings, not_before: date | None,
) -> Iterator[_Slot]:
    """Yield the lesson hours in which participants, room and at least one trainer are free, in order of time."""
    taken: defaultdict[date, list[PlannedMeeting]] = defaultdict(list)
    for meeting in around.taken:
        taken[meeting.day].append(meeting)
    for place, stage in enumerate(stages):
        if stage.mode not in TAUGHT:
            continue
        here = room if stage.mode == "CLASSICAL" else None
        for ordinal in range(stage.first_day.toordinal(), stage.last_day.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if not_before is not None and day < not_before:
                continue
            facts = around.rooms.get(here) if here is not None else None
            if facts is not None and any(span.holds(day) for span in facts.closures):
                continue
            there = [trainer for trainer in trainers if trainer not in around.trainers or not any(
                span.holds(day) for span in around.trainers[trainer].absences)]
            for first, last in working_time.hours_on(day):
                for starts in range(first, last - minutes + 1, minutes):
                    now = [meeting for meeting in taken[day] if meeting.starts < starts + minutes and starts < meeting.ends]
                    if any(meeting.batch in around.shared or (here is not None and meeting.room == here)
                           for meeting in now):
                        continue
                    busy = {trainer for meeting in now for trainer, _ in meeting.trainers}
                    free = tuple(trainer for trainer in there if trainer not in busy)
                    if free or not trainers:
                        yield _Slot(place, day, starts, starts + minutes, here, free)


def _joined(laid: Iterable[tuple[int, _Slot]]) -> Iterator[Lesson]:
    """Give each lesson hour its trainer, and join those that follow each other without a break."""
    given: defaultdict[int, int] = defaultdict(int)
    last_of: dict[int, int] = {}
    lesson: Lesson | None = None
    for subject, slot in laid:
        trainer = last_of.get(subject)
        if trainer not in slot.trainers:
            trainer = min(slot.trainers, key=lambda one: given[one], default=None)
        if trainer is not None:
            given[trainer] += 1
            last_of[subject] = trainer
        if lesson is not None and (lesson.subject, lesson.day, lesson.ends, lesson.trainer, lesson.stage) == (
                subject, slot.day, slot.starts, trainer, slot.stage):
            lesson = replace(lesson, ends=slot.ends, jp=lesson.jp + 1)
            continue
        if lesson is not None:
            yield lesson
        lesson = Lesson(subject, slot.stage, slot.day, slot.starts, slot.ends, 1, slot.room, trainer)
    if lesson is not None:
        yield lesson
