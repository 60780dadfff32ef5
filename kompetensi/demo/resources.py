"""What the invented training centres have: rooms, trainers, absences, working days, ways, participants from outside."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.demo.careers import Invented
from kompetensi.demo.catalogue import Catalogue, Course
from kompetensi.demo.days import at_nine
from kompetensi.demo.names import Names
from kompetensi.demo.rows import Rows
from kompetensi.models import (
    Batch,
    Enrolment,
    HolidayOverride,
    Person,
    Rank,
    Room,
    RoomClosure,
    Trainer,
    TrainerAbsence,
    TrainerQualification,
    Travel,
    WorkingHours,
)
from kompetensi.rules.resources import Qualification, may_teach

__all__ = ["HEALTH_PLACE", "OWN_PLACE", "OWN_PREFIX", "Resources", "invent_outside_participants", "invent_resources"]

OWN_PREFIX = "BKPSDM Provinsi"
OWN_PLACE, HEALTH_PLACE = "Kampus BKPSDM, Kota Gorontalo", "UPTD Bapelkes, Kota Gorontalo"
_CENTRE, _HEALTH_CENTRE = "75-BKPSDM", "75-BAPELKES"
_USUAL = ("INTERNET", "PROJECTOR", "SOUND")
_ROOMS = (
    ("Ruang Limboto", OWN_PLACE, 32, _USUAL), ("Ruang Otanaha", OWN_PLACE, 32, ("COMPUTERS", *_USUAL)),
    ("Ruang Bone", OWN_PLACE, 40, ("GROUP_TABLES", *_USUAL, "VIDEO_CONFERENCE")),
    ("Aula Hulonthalo", OWN_PLACE, 60, (*_USUAL, "VIDEO_CONFERENCE", "WHEELCHAIR")),
    ("Kelas Praktik", HEALTH_PLACE, 30, ("LABORATORY", "PROJECTOR")),
    ("Aula Diklat", "Gedung Diklat, Limboto", 50, ("DORMITORY", "PROJECTOR", "SOUND")),
    ("Ruang Kelas", "Gedung Diklat, Limboto", 30, ("GROUP_TABLES", "PROJECTOR")),
    ("Ruang Kelas", "Balai Latihan, Suwawa", 35, ("INTERNET", "PROJECTOR", "WHEELCHAIR")))
_AGENCIES = (("Universitas Negeri Gorontalo", "Kota Gorontalo"), ("Kanreg XI BKN Manado", "Manado"),
             ("BPKP Gorontalo", "Kota Gorontalo"), ("Universitas Negeri Gorontalo", "Suwawa"),
             ("KPP Pratama Gorontalo", "Limboto"), ("LAN Makassar", "Makassar"),
             ("Kanwil DJPb Gorontalo", "Kota Gorontalo"), ("Ombudsman Gorontalo", "Kota Gorontalo"))
_TRAINERS, _OWN = 20, 12
# So many trainers may teach each training of the centre.
_QUALIFIED = 8
_OWN_JP, _EXTERNAL_JP = 480, 160
_SOURCE = "Sertifikat pengajar (rekaan)"
_WAYS = (
    ("Kota Gorontalo", "Limboto", 30), ("Kota Gorontalo", "Suwawa", 25), ("Kota Gorontalo", "Tilamuta", 150),
    ("Kota Gorontalo", "Marisa", 240), ("Kota Gorontalo", "Kwandang", 90), ("Limboto", "Suwawa", 50),
    ("Limboto", "Tilamuta", 120), ("Limboto", "Marisa", 210), ("Kwandang", "Limboto", 65), ("Suwawa", "Tilamuta", 170),
    ("Marisa", "Suwawa", 260), ("Kwandang", "Suwawa", 110), ("Marisa", "Tilamuta", 90), ("Kwandang", "Tilamuta", 140),
    ("Kwandang", "Marisa", 230), ("Kota Gorontalo", "Manado", 540), ("Kota Gorontalo", "Makassar", 420))
_DECREE = "Rekaan demo, bukan keputusan pemerintah"
_UNVERIFIED = "memory: unverified (rekaan)"
_DAYS = (
    ("75", date(2026, 12, 28), "CLOSED", "Cuti bersama tambahan akhir tahun"),
    ("75", date(2027, 2, 16), "CLOSED", "Peringatan peresmian Provinsi Gorontalo"),
    ("75", date(2027, 3, 16), "CLOSED", "Cuti bersama tambahan Idul Fitri"),
    (_CENTRE, date(2026, 12, 24), "WORKING", "Penutupan tahun pelatihan"),
    (_CENTRE, date(2027, 2, 20), "WORKING", "Hari pengganti peringatan provinsi"))
_MORNING, _AFTERNOON, _FRIDAY_MORNING, _FRIDAY_AFTERNOON = (450, 720), (780, 960), (450, 690), (780, 990)
# Name, sex, birth, joined, titles, agency, golongan.
_OUTSIDE = (
    ("Adisti Lamohamad", "P", date(1988, 3, 14), date(2012, 3, 1), "S.H.", "Bawaslu Kabupaten Bolaang Mongondow Utara", "III/c"),
    ("Rusdi Mokoginta", "L", date(1983, 7, 2), date(2009, 1, 1), "S.Sos.", "Pemerintah Kabupaten Bolaang Mongondow Utara", "III/d"),
    ("Irma Tangahu", "P", date(1990, 11, 23), date(2015, 4, 1), "S.E.", "KPU Provinsi Gorontalo", "III/b"),
    ("Wawan Datuela", "L", date(1979, 5, 30), date(2006, 12, 1), "S.T.", "Balai Wilayah Sungai Sulawesi II", "IV/a"),
    ("Nurlela Paputungan", "P", date(1986, 1, 19), date(2011, 2, 1), "S.IP.", "Pemerintah Kota Kotamobagu", "III/c"),
    ("Ferdi Lasena", "L", date(1992, 9, 8), date(2019, 3, 1), "S.Kom.", "Badan Pusat Statistik Kabupaten Bolaang Mongondow",
     "III/b"))


@dataclass(frozen=True, slots=True)
class Resources:
    """Rooms and trainers that batches can be given.

    Attributes
    ----------
    rooms : dict of int to int
        Seats of the centre's own rooms, by id.
    closed : tuple of (int, (date, date))
        Room and days on which it cannot be used.
    teaching : dict of str to list of int
        Trainers who may teach a training of the centre, by its code.
    away : tuple of (int, (date, date))
        Trainer and days on which he is not there.
    """

    rooms: dict[int, int]
    closed: tuple[tuple[int, tuple[date, date]], ...]
    teaching: dict[str, list[int]]
    away: tuple[tuple[int, tuple[date, date]], ...]


def invent_resources(
    rows: Rows, catalogue: Catalogue, people: Sequence[Invented], *, seed: int, today: date
) -> Resources:
    """Write rooms, trainers with what they may teach, absences, ways, decisions about days and hours."""
    units = catalogue.units
    rooms: dict[int, int] = {}
    for name, place, seats, features in _ROOMS:
        unit = units[_HEALTH_CENTRE if place == HEALTH_PLACE else _CENTRE].id
        room_id = rows.add(Room, name=name, place=place, seats=seats, features=sorted(features), unit_id=unit, retired_on=None)
        if place == OWN_PLACE:
            rooms[room_id] = seats
    closed = ((list(rooms)[3], (today + timedelta(days=14), today + timedelta(days=30))),)
    for room_id, (first, last) in closed:
        rows.add(RoomClosure, room_id=room_id, first_day=first, last_day=last, reason="Perbaikan atap dan pendingin udara")
    trainers = list(_trainers(rows, people, units[_CENTRE].id, seed))
    teaching = _qualify(rows, catalogue, trainers, today)
    away = ((trainers[0], (today + timedelta(days=21), today + timedelta(days=34))),
            (trainers[min(_OWN, len(trainers) - 1)], (today - timedelta(days=2), today + timedelta(days=4))))
    for (trainer_id, (first, last)), reason in zip(away, ("Pelatihan penjenjangan di Jakarta", "Tugas luar daerah"), strict=True):
        rows.add(TrainerAbsence, trainer_id=trainer_id, first_day=first, last_day=last, reason=reason)
    for place, other, minutes in _WAYS:
        first_place, second_place = sorted((place, other))
        rows.add(Travel, place=first_place, other_place=second_place, minutes=minutes)
    for code, day, kind, name in _DAYS:
        rows.add(HolidayOverride, unit_id=units[code].id, day=day, kind=kind, name=f"{name} (rekaan)", source=_DECREE,
                 confidence=_UNVERIFIED)
    for weekday in range(1, 6):
        for starts, ends in (_FRIDAY_MORNING, _FRIDAY_AFTERNOON) if weekday == 5 else (_MORNING, _AFTERNOON):
            rows.add(WorkingHours, unit_id=units[_CENTRE].id, weekday=weekday, starts=starts, ends=ends,
                     valid_from=date(today.year, 1, 2), source="Edaran jam kerja balai (rekaan)", confidence=_UNVERIFIED)
    return Resources(rooms, closed, teaching, away)


def _trainers(rows: Rows, people: Sequence[Invented], unit_id: int, seed: int) -> Iterable[int]:
    names, rng = Names(seed + 1), random.Random(f"{seed}/trainers")
    own = [person for person in people if person.seat.position_name.startswith("Widyaiswara")][:_OWN]
    for number, person in enumerate(own, 1):
        yield rows.add(
            Trainer, code=f"WI-{number:02d}", name=person.name, agency="BKPSDM Provinsi Gorontalo", person_id=person.id,
            unit_id=unit_id, external=False, home_place="Kota Gorontalo", yearly_jp=_OWN_JP, retired_on=None, invented=True)
    for number in range(1, _TRAINERS - len(own) + 1):
        agency, home = _AGENCIES[(number - 1) % len(_AGENCIES)]
        yield rows.add(
            Trainer, code=f"LUAR-{number:02d}", name=names.draw(rng, "LP"[number % 2]), agency=agency, person_id=None,
            unit_id=unit_id, external=True, home_place=home, yearly_jp=_EXTERNAL_JP, retired_on=None, invented=True)


def _qualify(rows: Rows, catalogue: Catalogue, trainers: Sequence[int], today: date) -> dict[str, list[int]]:
    """Give each training of the centre trainers: by its name when it raises nothing, else by what it raises."""
    held: dict[int, list[Qualification]] = {trainer_id: [] for trainer_id in trainers}
    levels: dict[int, dict[str, int]] = {trainer_id: {} for trainer_id in trainers}
    own = [course for course in catalogue.courses.values() if course.provider.startswith(OWN_PREFIX)]
    for at, course in enumerate(own):
        for step in range(_QUALIFIED):
            trainer_id = trainers[(at * 3 + step) % len(trainers)]
            for competency, level in course.raises:
                levels[trainer_id][competency] = max(level, levels[trainer_id].get(competency, 0))
            if not course.raises:
                held[trainer_id].append(Qualification(course.code, None, None))
    for trainer_id in trainers:
        held[trainer_id] += [Qualification(None, code, level) for code, level in sorted(levels[trainer_id].items())]
        for one in held[trainer_id]:
            rows.add(
                TrainerQualification, trainer_id=trainer_id,
                training_id=catalogue.courses[one.training].id if one.training else None,
                competency_id=catalogue.competencies[one.competency] if one.competency else None, level=one.level,
                valid_until=None, source=_SOURCE)
    return {course.code: [key for key in trainers if may_teach(held[key], course.code, _raised(course), today)]
            for course in own}


def _raised(course: Course) -> dict[str, int]:
    return dict(course.raises)


def invent_outside_participants(session: Session, catalogue: Catalogue, *, today: date, now: datetime) -> int:
    """Enter people of other agencies at the centre and seat them in batches that are open to everybody; return how many.

    They are written after all others, so that the numbers of ours do not depend on them.
    """
    centre = catalogue.units[_CENTRE].id
    easy = [course.id for course in catalogue.courses.values()
            if course.rank == 1 and not course.after and course.provider.startswith(OWN_PREFIX)]
    open_to_all = session.scalars(
        select(Batch).where(Batch.training_id.in_(easy), Batch.first_day > today, Batch.registration_until >= today,
                            Batch.seats_taken < Batch.seats).order_by(Batch.first_day, Batch.code).limit(len(_OUTSIDE))).all()
    for at, (name, sex, birth, joined, title, agency, grade) in enumerate(_OUTSIDE):
        person = Person(
            nip=f"{birth:%Y%m%d}{joined:%Y%m}{'1' if sex == 'L' else '2'}9{at:02d}", name=name, title_after=title, sex=sex,
            birth_date=birth, birth_place="", employee_type="PNS", unit_id=centre, outside_agency=agency, invented=True)
        session.add(person)
        session.flush()
        session.add(Rank(person_id=person.id, grade_code=grade, effective_from=today - timedelta(days=30)))
        for batch in open_to_all[at:at + 1]:
            asked = at_nine(today - timedelta(days=5))
            session.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", source="CENTRE",
                                  requested_at=asked, decided_at=min(now, asked + timedelta(days=1))))
            batch.seats_taken += 1
    session.flush()
    return len(_OUTSIDE)
