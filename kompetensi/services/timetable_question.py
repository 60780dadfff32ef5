"""From what a training centre has and what an analysis says to the question that the timetable solver answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.models import Batch, BatchTrainer, NeedsPerson, Room, Trainer, TrainerQualification, Training, Unit
from kompetensi.planning.demand import typical
from kompetensi.planning.timetable import (
    Calendar,
    Course,
    FixedRun,
    Mode,
    Problem,
    Profile,
    Stage,
    Starts,
    TrainerNeed,
    Travel,
)
from kompetensi.planning.timetable import Room as PlannedRoom
from kompetensi.planning.timetable import Trainer as PlannedTrainer
from kompetensi.rules.resources import Qualification, may_teach
from kompetensi.rules.working_time import WorkingTime
from kompetensi.services.access import unit_path
from kompetensi.services.snapshot import load_graph
from kompetensi.services.trainers import trainer_loads
from kompetensi.services.travels import load_travel_times
from kompetensi.services.working_time import load_working_time

__all__ = ["LeftOut", "Question", "ask_question"]

_MODES = {"CLASSICAL": Mode.CLASSICAL, "DISTANCE": Mode.DISTANCE, "SELF_STUDY": Mode.SELF_STUDY,
          "OFF_CAMPUS": Mode.OFF_CAMPUS}
_JP_A_DAY = 8
_USUAL_SEATS = 30
_MOST_TRAINERS = 2
# Whoever becomes ready counts so much more than who is only brought nearer.
_READY_WEIGHT, _NEARER_WEIGHT = 10, 1


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A training that people need and this centre cannot hold: nobody may teach it."""

    code: str
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Question:
    """The question, and what it leaves out.

    Attributes
    ----------
    names : mapping of str to str
        Name of each course, room and trainer of the problem, by ``course:``, ``room:`` or ``trainer:`` and its id.
    left_out : tuple of LeftOut
        By people, most first, then code.
    """

    problem: Problem
    names: Mapping[str, str]
    left_out: tuple[LeftOut, ...]


def ask_question(
    session: Session, unit: Unit, analysis_id: int, first_day: date, last_day: date, *, movable: Collection[str] = (),
    max_runs: int | None = None, budget_idr: int | None = None, on: date,
) -> Question:
    """Put the question of a training centre for a span of days.

    Each training is planned as its newest batch was held: stages, seats, fewest participants, cost, number of trainers;
    one that was never held as full days in a room. Who may teach it is the rule of `rules.resources`. Batches that are
    planned already stay, but for the `movable` ones, and their free seats count. Of several targets of a person the one with the earliest day counts. A person counts ten times if he becomes ready with what he needs, once
    if he only comes nearer.
    """
    time = load_working_time(session, unit.id, first_day, last_day)
    calendar = _calendar(time)
    people = session.execute(
        select(NeedsPerson.person_id, NeedsPerson.ready_by, NeedsPerson.becomes_ready, NeedsPerson.needs, Unit.code)
        .join(Unit, NeedsPerson.unit_id == Unit.id).where(NeedsPerson.analysis_id == analysis_id)
        .order_by(NeedsPerson.id)).all()
    wanted = sorted({need["training"] for row in people for need in row.needs})
    trainings = {row.code: row for row in session.scalars(select(Training).where(Training.code.in_(wanted)))}
    batches = _batches(session, wanted)
    trainers = _trainers(session, unit, on)
    raises = {code: {gain.competency: gain.level for gain in training.raises}
              for code, training in load_graph(session, on).trainings.items()}
    teaches = {trainer.code: {code: 1 for code in wanted if may_teach(_held(trainer), code, raises.get(code, {}), first_day)}
               for trainer in trainers}
    taught = {code for known in teaches.values() for code in known}
    newest = {code: next((batch for batch in own if batch.stages), None) for code, own in batches.items()}
    past = load_working_time(session, unit.id, min((batch.first_day for batch in newest.values() if batch), default=first_day),
                             max((batch.last_day for batch in newest.values() if batch), default=first_day))
    courses = {code: _course(trainings[code], batches.get(code, ()), newest.get(code), past)
               for code in wanted if code in taught}
    rooms = _rooms(session, unit, on)
    loads = trainer_loads(session, first_day.year)
    fixed, busy_rooms, busy_trainers = _fixed(
        [batch for own in batches.values() for batch in own if unit.id in unit_path(session, batch.organiser_id)
         and batch.code not in movable and batch.last_day >= first_day and batch.first_day <= last_day], courses,
        {str(room.id) for room in rooms} | {code for code, known in teaches.items() if known}, time)
    needy = Counter(need["training"] for row in people for need in row.needs if need["training"] not in taught)
    problem = Problem(
        calendar, tuple(courses.values()),
        tuple(PlannedRoom(str(room.id), room.seats, room.place, frozenset(room.features),
                          frozenset(_days(((one.first_day, one.last_day) for one in room.closures), first_day, last_day)
                                    | busy_rooms[room.id])) for room in rooms),
        tuple(_trainer(trainer, teaches[trainer.code], loads[trainer.id].left, busy_trainers[trainer.code], first_day,
                       last_day) for trainer in trainers if teaches[trainer.code]),
        _profiles(people, courses, last_day), _travel(session), fixed, max_runs, budget_idr)
    names = {f"course:{code}": trainings[code].name for code in courses}
    names |= {f"room:{room.id}": f"{room.name}, {room.place}" for room in rooms}
    names |= {f"trainer:{trainer.code}": trainer.name for trainer in trainers}
    return Question(problem, names, tuple(
        LeftOut(code, trainings[code].name, count) for code, count in sorted(needy.items(), key=lambda row: (-row[1], row[0]))))


def _calendar(time: WorkingTime) -> Calendar:
    """Return the calendar in full hours: whatever is open on most working days."""
    days = [time.first + timedelta(days=at) for at in range((time.last - time.first).days + 1)]
    hours = {day: time.hours_on(day) for day in days}
    weekdays = frozenset(day.isoweekday() for day in days if hours[day])
    spans = Counter((-(-own[0][0] // 60), own[-1][1] // 60) for own in hours.values() if own)
    first, last = max(spans, key=lambda span: (spans[span], span)) if spans else (8, 16)
    closed = frozenset(day for day in days if day.isoweekday() in weekdays and not hours[day])
    return Calendar(time.first, time.last, weekdays or frozenset({1, 2, 3, 4, 5}), closed, first, last, Starts.WEEK)


def _batches(session: Session, codes: Sequence[str]) -> dict[str, list[Batch]]:
    """Return the batches of trainings that were not cancelled, the newest first."""
    found: dict[str, list[Batch]] = defaultdict(list)
    for batch in session.scalars(
            select(Batch).join(Training).where(Training.code.in_(codes), Batch.status != "CANCELLED")
            .options(joinedload(Batch.training), selectinload(Batch.stages),
                     selectinload(Batch.trainers).joinedload(BatchTrainer.trainer))
            .order_by(Batch.first_day.desc(), Batch.id.desc())):
        found[batch.training.code].append(batch)
    return found


def _course(training: Training, batches: Sequence[Batch], newest: Batch | None, past: WorkingTime) -> Course:
    stages = _stages(newest, past) if newest is not None else (Stage(max(1, -(-training.jp // _JP_A_DAY))),)
    trainers = min(_MOST_TRAINERS, max(1, typical(len(batch.trainers) for batch in batches) or 1))
    seats = typical(batch.seats for batch in batches) or _USUAL_SEATS
    taught = any(stage.mode.is_taught for stage in stages)
    return Course(
        training.code, stages, seats, min(seats, typical(batch.min_participants for batch in batches) or 0), training.jp,
        typical(batch.run_cost_idr for batch in batches) or 0,
        training.cost_idr or typical(batch.cost_idr for batch in batches) or 0,
        trainers=(TrainerNeed(training.code, 1, trainers, -(-training.jp // trainers)),) if taught else ())


def _stages(batch: Batch, past: WorkingTime) -> tuple[Stage, ...]:
    """Return the stages of a batch by their length; of a taught one the days of work count."""
    found: list[Stage] = []
    until: date | None = None
    for stage in batch.stages:
        mode = _MODES[stage.mode]
        length = (stage.last_day - stage.first_day).days + 1
        if mode.is_taught:
            length = max(1, sum(past.closed_on(stage.first_day + timedelta(days=at)) is None for at in range(length)))
        found.append(Stage(length, mode, min_gap=0 if until is None else max(0, (stage.first_day - until).days - 1)))
        until = stage.last_day
    return tuple(found)


def _rooms(session: Session, unit: Unit, on: date) -> Sequence[Room]:
    above = unit_path(session, unit.id)
    rows = session.scalars(select(Room).where((Room.retired_on.is_(None)) | (Room.retired_on > on))
                           .options(selectinload(Room.closures)).order_by(Room.place, Room.name))
    return [room for room in rows if room.unit_id is None or room.unit_id in above
            or unit.id in unit_path(session, room.unit_id)]


def _trainers(session: Session, unit: Unit, on: date) -> Sequence[Trainer]:
    above = unit_path(session, unit.id)
    rows = session.scalars(
        select(Trainer).where((Trainer.retired_on.is_(None)) | (Trainer.retired_on > on))
        .options(selectinload(Trainer.absences),
                 selectinload(Trainer.qualifications).joinedload(TrainerQualification.training),
                 selectinload(Trainer.qualifications).joinedload(TrainerQualification.competency)).order_by(Trainer.code))
    return [one for one in rows if one.unit_id is None or one.unit_id in above or unit.id in unit_path(session, one.unit_id)]


def _held(trainer: Trainer) -> list[Qualification]:
    return [Qualification(row.training.code if row.training else None, row.competency.code if row.competency else None,
                          row.level, row.valid_until) for row in trainer.qualifications]


def _trainer(
    trainer: Trainer, teaches: Mapping[str, int], left: int | None, busy: set[date], first_day: date, last_day: date
) -> PlannedTrainer:
    return PlannedTrainer(
        trainer.code, teaches,
        frozenset(_days(((one.first_day, one.last_day) for one in trainer.absences), first_day, last_day) | busy),
        left, trainer.home_place, trainer.external)


def _days(spans: Iterable[tuple[date, date]], first_day: date, last_day: date) -> set[date]:
    return {first + timedelta(days=at) for since, until in spans
            for first in [max(since, first_day)] for at in range((min(until, last_day) - first).days + 1)}


def _fixed(
    batches: Iterable[Batch], courses: Mapping[str, Course], known: Collection[str], time: WorkingTime
) -> tuple[tuple[FixedRun, ...], defaultdict[int, set[date]], defaultdict[str, set[date]]]:
    """Return the runs that stay; a batch that is held otherwise than its course only takes its room and trainers."""
    runs: list[FixedRun] = []
    rooms: defaultdict[int, set[date]] = defaultdict(set)
    trainers: defaultdict[str, set[date]] = defaultdict(set)
    for batch in sorted(batches, key=lambda batch: batch.code):
        course = courses.get(batch.training.code)
        stages = [(_MODES[stage.mode], _days([(stage.first_day, stage.last_day)], time.first, time.last))
                  for stage in batch.stages]
        inside = time.first <= batch.first_day and batch.last_day <= time.last
        open_days = [tuple(sorted(day for day in days if not mode.is_taught or time.closed_on(day) is None))
                     for mode, days in stages]
        if (course is not None and inside and all(open_days)
                and [(stage.mode, stage.days) for stage in course.stages] == [
                    (mode, len(days)) for (mode, _), days in zip(stages, open_days, strict=True)]):
            runs.append(FixedRun(
                batch.code, course.code, tuple(open_days), -(-(time.hours_on(open_days[0][0]) or ((480, 960),))[0][0] // 60),
                str(batch.room_id) if str(batch.room_id) in known else None,
                tuple(sorted(part.trainer.code for part in batch.trainers if part.trainer.code in known)), max(0, batch.seats - batch.seats_taken)))
            continue
        taken = {day for mode, days in stages if mode.is_taught for day in days}
        if batch.room_id is not None:
            rooms[batch.room_id] |= taken
        for part in batch.trainers:
            trainers[part.trainer.code] |= taken
    return tuple(runs), rooms, trainers


def _profiles(people: Sequence[tuple[int, date | None, bool, list[dict], str]], courses: Mapping[str, Course],
              last_day: date) -> tuple[Profile, ...]:
    grouped: Counter[tuple[tuple[str, ...], tuple[tuple[str, str], ...], date, bool, str]] = Counter()
    seen: set[int] = set()
    # Nobody sits in two places at once: of several targets of a person the first counts.
    for person, ready_by, becomes_ready, needs, agency in sorted(
            people, key=lambda row: (row[0], row[1] or last_day, not row[2])):
        if person in seen or not needs:
            continue
        seen.add(person)
        codes = tuple(need["training"] for need in needs if need["training"] in courses)
        if not codes:
            continue
        order = tuple((earlier, need["training"]) for need in needs if need["training"] in courses
                      for earlier in need["before"] if earlier in courses)
        # Who needs also what is held elsewhere becomes ready only with that.
        whole = becomes_ready and len(codes) == len(needs)
        grouped[codes, order, min(ready_by or last_day, last_day), whole, agency] += 1
    return tuple(
        Profile(f"{number}", codes, ready_by, count, _READY_WEIGHT if whole else _NEARER_WEIGHT, agency, order=order)
        for number, ((codes, order, ready_by, whole, agency), count) in enumerate(sorted(grouped.items()), 1))


def _travel(session: Session) -> tuple[Travel, ...]:
    return tuple(Travel(place, other, -(-minutes // 60))
                 for (place, other), minutes in sorted(load_travel_times(session).known.items()))
