"""Batches for eighteen months: when, where, in which stages, by whom; and what is taught in them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kompetensi.demo.catalogue import Catalogue, Course
from kompetensi.demo.days import DAY, monday_from
from kompetensi.demo.resources import HEALTH_PLACE, OWN_PLACE, OWN_PREFIX, Resources
from kompetensi.demo.rows import Rows
from kompetensi.models import Batch, BatchStage, BatchSubject, BatchTrainer, TrainingSubject

__all__ = ["ATTENDED", "FINISHED", "RUNNING", "SOON", "Held", "Stage", "invent_batches"]

_SPAN = 540
# The batch of the guided walk begins seven weeks from today.
SOON = "BMD-LANJUT"
_SOON_DAYS = 49
FINISHED, ATTENDED, RUNNING = "YANLIK-PRIMA", "SAKIP", "PKP"
"""Trainings of which one batch has just been certified, one waits for its results, one is under way."""

_ONLINE = "Daring"
# Where outside institutions hold theirs, by the first word of the provider.
_PLACES = {"LAN": "Puslatbang KMP LAN, Makassar", "BPSDM": "PPSDM Regional Kemendagri, Makassar",
           "PPSDM": "PPSDM Regional Kemendagri, Makassar", "LKPP": "Kota Gorontalo", "Pusdiklatwas": "Manado",
           "UPTD": HEALTH_PLACE, "BBGTK": "Kota Gorontalo", "BPMP": "Kota Gorontalo", "BPS": "Kota Gorontalo",
           "BNPB": "Kota Gorontalo"}
_ELSEWHERE = "Makassar"
_LEADERSHIP_STAGES = (("Pembelajaran mandiri", "SELF_STUDY", 12, 0), ("Pembelajaran jarak jauh", "DISTANCE", 19, 3),
                      ("Klasikal dan rancangan aksi perubahan", "CLASSICAL", 19, 3),
                      ("Aksi perubahan di kantor", "OFF_CAMPUS", 54, 3), ("Seminar dan penutupan", "CLASSICAL", 4, 3))
_LEADERSHIP_SUBJECTS = (("Kepemimpinan Pancasila dan bela negara", 12), ("Kepemimpinan pelayanan", 16),
                        ("Pengendalian pekerjaan", 18), ("Aksi perubahan", 46), ("Evaluasi dan seminar", 8))
_SUBJECTS = (("Kebijakan dan dasar hukum", 15), ("Konsep dan asas", 20), ("Teknik dan praktik", 35),
             ("Studi kasus di perangkat daerah", 20), ("Evaluasi dan rencana tindak lanjut", 10))


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a batch, both days inclusive."""

    name: str
    mode: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Held:
    """A batch that has been written, as far as its participants need to know."""

    id: int
    code: str
    course: Course
    seats: int
    stages: tuple[Stage, ...]
    registration_until: date

    @property
    def first_day(self) -> date:
        """First calendar day."""
        return self.stages[0].first_day

    @property
    def last_day(self) -> date:
        """Last calendar day."""
        return self.stages[-1].last_day


class _Calendar:
    """Who and what is free on which days."""

    def __init__(self) -> None:
        self._taken: dict[int, list[tuple[date, date]]] = {}

    def take(self, ids: Iterable[int], days: Sequence[tuple[date, date]]) -> int | None:
        """Book the first that is free on all of the days; None = nobody is."""
        for key in ids:
            taken = self._taken.setdefault(key, [])
            if not any(first <= last_taken and first_taken <= last
                       for first, last in days for first_taken, last_taken in taken):
                taken += days
                return key
        return None


def invent_batches(
    rows: Rows, catalogue: Catalogue, resources: Resources, *, seed: int, today: date
) -> tuple[Held, ...]:
    """Write subjects and batches of every training that is offered, in rooms that are open, by trainers who may teach it.

    Returns
    -------
    tuple of Held
        By first day, then code; those of `FINISHED`, `ATTENDED` and `RUNNING` that have begun are among them.
    """
    rng = random.Random(f"{seed}/batches")
    subjects = {course.code: tuple(_subjects(course)) for course in catalogue.courses.values()}
    for course in catalogue.courses.values():
        for seq, (name, jp) in enumerate(subjects[course.code], 1):
            rows.add(TrainingSubject, training_id=course.id, seq=seq, name=name, jp=jp)
    places = _Places(rows, catalogue, resources)
    held: list[Held] = []
    for course in catalogue.courses.values():
        if course.offered == "yes":
            numbers: dict[int, int] = {}
            for stages in sorted(_runs(course, rng, today), key=lambda stages: stages[0].first_day):
                year = stages[0].first_day.year
                numbers[year] = numbers.get(year, 0) + 1
                held.append(places.hold(course, stages, numbers[year], subjects[course.code], rng))
    return tuple(sorted(held, key=lambda batch: (batch.first_day, batch.code)))


def _subjects(course: Course) -> Iterator[tuple[str, int]]:
    """Split the lesson hours into subjects that add up to them."""
    if course.kind == "STRUKTURAL" or course.kind == "DASAR":
        parts, topic = _LEADERSHIP_SUBJECTS, ""
    else:
        parts = _SUBJECTS
        topic = course.name
        for word in ("Pelatihan ", "Bimtek ", "Diklat ", "Dasar "):
            topic = topic.removeprefix(word)
    given = share = 0
    for name, part in parts:
        share += part
        upto = course.jp * share // 100
        if upto > given:
            yield (f"{name}: {topic}" if topic and name != parts[-1][0] else name), upto - given
        given = upto


# --- when ----------------------------------------------------------------------------------------------------------


def _runs(course: Course, rng: random.Random, today: date) -> Iterator[tuple[Stage, ...]]:
    """Yield the stages of each batch: those to come, and the three that have begun."""
    is_leadership = course.kind == "STRUKTURAL"
    is_own = course.provider.startswith(OWN_PREFIX)
    count = (3 if is_own else 2) if is_leadership else 6 if is_own else 3
    gap = _SPAN // count
    for number in range(count):
        start = _SOON_DAYS + rng.randint(0, 40) if number == 0 else 35 + gap * number + rng.randint(0, gap // 3)
        if course.code == SOON and number == 0:
            start = _SOON_DAYS
        yield _stages(course, number, _open_monday(today + timedelta(days=start)))
    if course.code == FINISHED:
        yield _stages(course, 0, monday_from(today - timedelta(days=24)))
    elif course.code == ATTENDED:
        yield _stages(course, 0, monday_from(today - timedelta(days=13)))
    elif course.code == RUNNING:
        yield _stages(course, 0, monday_from(today - timedelta(days=47)))


def _open_monday(day: date) -> date:
    """Return the next Monday outside the last and first days of the year, when nothing is taught."""
    monday = monday_from(day)
    if (monday.month, monday.day) >= (12, 18) or (monday.month, monday.day) <= (1, 4):
        monday = monday_from(date(monday.year + (monday.month == 12), 1, 5))
    return monday


def _stages(course: Course, number: int, start: date) -> tuple[Stage, ...]:
    """Lay out the stages: leadership in five, functional in three, technical in class or at a distance by turns."""
    if course.kind == "STRUKTURAL":
        plan = _LEADERSHIP_STAGES
    elif course.jp > 90 or (course.kind == "FUNGSIONAL" and course.jp > 60):
        days = max(4, -(-course.jp // 18))
        plan = (("Belajar mandiri", "SELF_STUDY", 5, 0), ("Jarak jauh", "DISTANCE", min(12, days + 3), 3),
                ("Klasikal", "CLASSICAL", min(12, days), 3))
    elif number % 3 == 1:
        plan = (("Belajar mandiri", "SELF_STUDY", 4, 0), ("Kelas jarak jauh", "DISTANCE", -(-course.jp // 9), 3))
    else:
        plan = (("Klasikal", "CLASSICAL", -(-course.jp // 9), 0),)
    stages, day = [], start
    for name, mode, length, pause in plan:
        day += timedelta(days=pause)
        day += timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
        last = day + timedelta(days=length - 1)
        last -= timedelta(days=max(0, last.weekday() - 4)) if length > 2 else timedelta(0)
        stages.append(Stage(name, mode, day, max(day, last)))
        day = stages[-1].last_day + DAY
    return tuple(stages)


# --- where and by whom ---------------------------------------------------------------------------------------------


class _Places:
    """Rooms, trainers and organisers, booked as batches are held."""

    def __init__(self, rows: Rows, catalogue: Catalogue, resources: Resources) -> None:
        self._rows, self._catalogue = rows, catalogue
        self._rooms, self._trainers = resources.rooms, resources.teaching
        self._calendar, self._teaching = _Calendar(), _Calendar()
        for calendar, spans in ((self._calendar, resources.closed), (self._teaching, resources.away)):
            for key, days in spans:
                calendar.take([key], [days])

    def hold(
        self, course: Course, stages: tuple[Stage, ...], number: int, subjects: Sequence[tuple[str, int]],
        rng: random.Random,
    ) -> Held:
        """Write one batch."""
        rows, year = self._rows, stages[0].first_day.year
        seats = 40 if course.kind == "STRUKTURAL" else rng.choice((25, 28, 30, 30))
        classes = [(stage.first_day, stage.last_day) for stage in stages if stage.mode == "CLASSICAL"]
        is_own = course.provider.startswith(OWN_PREFIX)
        room_id = None
        if is_own and classes:
            room_id = self._calendar.take([key for key, fits in self._rooms.items() if fits >= seats], classes)
        place = _ONLINE if not classes else OWN_PLACE if is_own else _PLACES.get(
            course.provider.partition(" ")[0], _ELSEWHERE)
        first, last = stages[0].first_day, stages[-1].last_day
        until = first - timedelta(days=11)
        code = f"{course.code}-{year}-{number:02d}"
        organiser = "75-BAPELKES" if place == HEALTH_PLACE else "75-BKPSDM"
        batch_id = rows.add(
            Batch, code=code, training_id=course.id, number=number, year=year, status="OPEN", seats=seats,
            seats_taken=0, min_participants=seats // 2, cost_idr=_cost(course, place), first_day=first, last_day=last,
            registration_until=until, place=place, room_id=room_id,
            organiser_id=self._catalogue.units[organiser].id, cancelled_reason="", invented=True)
        for seq, stage in enumerate(stages, 1):
            rows.add(BatchStage, batch_id=batch_id, seq=seq, name=stage.name, mode=stage.mode,
                     first_day=stage.first_day, last_day=stage.last_day)
        for seq, (name, jp) in enumerate(subjects, 1):
            rows.add(BatchSubject, batch_id=batch_id, seq=seq, name=name, jp=jp)
        if is_own:
            self._teach(batch_id, course, stages)
        return Held(batch_id, code, course, seats, stages, until)

    def _teach(self, batch_id: int, course: Course, stages: Sequence[Stage]) -> None:
        days = [(stage.first_day, stage.last_day) for stage in stages if stage.mode in ("CLASSICAL", "DISTANCE")]
        trainers = self._trainers[course.code]
        for role in ("PENGAJAR", "PENGAJAR", "PENGUJI"):
            trainer_id = self._teaching.take(trainers, days)
            if trainer_id is not None:
                self._rows.add(BatchTrainer, batch_id=batch_id, trainer_id=trainer_id, role=role)
                # The next batch begins with somebody else.
                trainers.append(trainers.pop(trainers.index(trainer_id)))


def _cost(course: Course, place: str) -> int:
    """Return rupiah a participant: the hours, and the journey when it is not in Gorontalo."""
    fee = {"STRUKTURAL": 22_000_000}.get(course.kind, 50_000 * course.jp + 150_000)
    if place == _ONLINE:
        return fee // 2
    return fee if "Gorontalo" in place else fee + 6_500_000


