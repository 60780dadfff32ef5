"""Who sits in the posts: birth, number, ranks, education, former posts, ratings, discipline, credit points."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kompetensi.demo.catalogue import Catalogue
from kompetensi.demo.days import DAY, first_of_month, plus_months, plus_years
from kompetensi.demo.names import BIRTH_PLACES, Names
from kompetensi.demo.posts_before import Step, career_of
from kompetensi.demo.rows import Rows
from kompetensi.demo.structure import Seat
from kompetensi.models import (
    CreditPoint,
    DisciplineCase,
    Education,
    Occupancy,
    PerformanceRating,
    Person,
    Rank,
)

__all__ = ["Character", "CreditRules", "Invented", "invent_people"]

# Ages at which people hold a class, and how many years before they entered service at the earliest.
_AGES = {"JPT-MADYA": (52, 58), "JPT-PRATAMA": (46, 58), "ADMINISTRATOR": (40, 56), "PENGAWAS": (34, 56),
         "PELAKSANA": (24, 56), "JF-PERTAMA": (25, 44), "JF-MUDA": (34, 55), "JF-MADYA": (44, 58),
         "JF-TERAMPIL": (23, 42), "JF-MAHIR": (32, 50), "JF-PENYELIA": (40, 56)}
# Years in service before somebody is trusted with a class.
_SERVED = {"JPT-MADYA": 24, "JPT-PRATAMA": 19, "ADMINISTRATOR": 14, "PENGAWAS": 9, "JF-MADYA": 14, "JF-MUDA": 7,
           "JF-PENYELIA": 14, "JF-MAHIR": 8}
# Contract staff fill the first steps of the ladders and executors' posts.
_CONTRACT_PARTS = {"JF-PERTAMA": 0.48, "JF-TERAMPIL": 0.42, "PELAKSANA": 0.36, "JF-MUDA": 0.06}
_CANDIDATE_PARTS = {"JF-PERTAMA": 0.07, "JF-TERAMPIL": 0.07, "PELAKSANA": 0.03}
_START_RANK = {"SMP": 3, "SMA": 5, "D1": 6, "D3": 7, "S1": 9, "S2": 10}
_CONTRACT_RANK = {"SMA": 5, "D3": 7, "S1": 9, "S2": 10}
_SCHOOL_AGE = {"SMP": 16, "SMA": 18, "D3": 21, "S1": 22, "S2": 26}
_TITLES = {"Akuntansi": "S.E.", "Ekonomi": "S.E.", "Manajemen Keuangan": "S.E.", "Manajemen": "S.M.",
           "Hukum": "S.H.", "Ilmu Pemerintahan": "S.IP.", "Administrasi Publik": "S.AP.", "Manajemen SDM": "S.M.",
           "Psikologi": "S.Psi.", "Informatika": "S.Kom.", "Sistem Informasi": "S.Kom.", "Statistika": "S.Stat.",
           "Ilmu Komunikasi": "S.I.Kom.", "Pendidikan": "S.Pd.", "Manajemen Pendidikan": "S.Pd.",
           "Keperawatan": "S.Kep.", "Kesehatan Masyarakat": "S.KM.", "Epidemiologi": "S.KM.", "Pertanian": "S.P.",
           "Agribisnis": "S.P.", "Peternakan": "S.Pt.", "Perikanan": "S.Pi.", "Kehutanan": "S.Hut.",
           "Teknik Sipil": "S.T.", "Perencanaan Wilayah": "S.P.W.K.", "Geografi": "S.Si.", "Biologi": "S.Si.",
           "Ilmu Perpustakaan": "S.IP.", "Kedokteran": "", "Sosiologi": "S.Sos."}
_COMMON_FIELDS = ("Administrasi Publik", "Ekonomi", "Hukum", "Manajemen", "Informatika", "Pendidikan", "Sosiologi")
_SANCTIONS = {"R": ("Teguran tertulis", 0), "S": ("Penundaan kenaikan gaji berkala selama 1 tahun", 12),
              "B": ("Penurunan jabatan setingkat lebih rendah selama 12 bulan", 12)}


@dataclass(frozen=True, slots=True)
class CreditRules:
    """Credit points of functional officials, from the policies: yearly points times 100, and per cent a rating."""

    per_year: Mapping[str, int]
    percent: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Character:
    """Facts of somebody who is not drawn but written: the people of the logins.

    Attributes
    ----------
    ranks : tuple of (int, date)
        Rank order and first day.
    education : tuple of (str, str, date)
    career : tuple of Step
        The last one is the present post.
    """

    username: str
    post: str
    name: str
    title_after: str
    sex: str
    birth_date: date
    birth_place: str
    joined: date
    serial: int
    ranks: tuple[tuple[int, date], ...]
    education: tuple[tuple[str, str, date], ...]
    career: tuple[Step, ...]
    ratings: tuple[int, ...]
    talent_box: int | None


@dataclass(frozen=True, slots=True)
class Invented:
    """A person who has just been invented, as far as evidence, batches and cases need to know."""

    id: int
    nip: str
    name: str
    seat: Seat
    employee_type: str
    joined: date
    rank: int
    rank_since: date
    born: date
    career: tuple[Step, ...]
    username: str = ""


def invent_people(
    rows: Rows, catalogue: Catalogue, seats: Sequence[Seat], characters: Mapping[str, Character], *,
    credit: CreditRules, seed: int, today: date,
) -> tuple[Invented, ...]:
    """Put somebody into every post that is not vacant.

    Parameters
    ----------
    characters : mapping of str to Character
        By code of the post.

    Returns
    -------
    tuple of Invented
        In the order of the posts.
    """
    office = _Office(rows, catalogue, Names(seed), random.Random(f"{seed}/careers"), credit, today,
                     {_nip(one.birth_date, one.joined, one.sex, one.serial) for one in characters.values()})
    people = []
    for seat in seats:
        if not seat.vacant:
            character = characters.get(seat.code)
            people.append(office.drawn(seat) if character is None else office.written(seat, character))
    _add_acting(rows, catalogue, seats, people, today)
    return tuple(people)


def _nip(born: date, joined: date, sex: str, serial: int) -> str:
    return f"{born:%Y%m%d}{joined:%Y%m}{1 if sex == 'L' else 2}{serial:03d}"


class _Office:
    """Draws one life after the other."""

    def __init__(
        self, rows: Rows, catalogue: Catalogue, names: Names, rng: random.Random, credit: CreditRules, today: date,
        taken: set[str],
    ) -> None:
        self._rows, self._catalogue, self._names, self._rng = rows, catalogue, names, rng
        self._credit, self._today, self._taken = credit, today, taken

    def written(self, seat: Seat, one: Character) -> Invented:
        """Enter somebody whose facts are written down."""
        person_id = self._rows.add(
            Person, nip=_nip(one.birth_date, one.joined, one.sex, one.serial), name=one.name, title_before="",
            title_after=one.title_after, sex=one.sex, birth_date=one.birth_date, birth_place=one.birth_place,
            employee_type="PNS", unit_id=self._catalogue.units[seat.unit].id, legal_status="01", tmt_cpns=one.joined,
            tmt_pns=plus_years(one.joined, 1), contract_end=None, formation_year=one.joined.year - 1,
            service_bond=False, service_bond_until=None, on_study_assignment=False, study_assignment_until=None,
            talent_box=one.talent_box, no_discipline_record=True, target_position_id=None, invented=True)
        for rank, since in one.ranks:
            self._rows.add(Rank, person_id=person_id, grade_code=self._catalogue.ranks[rank - 1],
                           effective_from=since)
        for level, field, on in one.education:
            self._rows.add(Education, person_id=person_id, level_code=level, field=field, graduated_on=on)
        for back, rating in enumerate(one.ratings, 1):
            self._rows.add(PerformanceRating, person_id=person_id, year=self._today.year - back, rating=rating)
        self._enter_career(person_id, one.career, seat)
        rank, since = one.ranks[-1]
        return Invented(person_id, self._rows.of(Person)[-1]["nip"], one.name, seat, "PNS", one.joined, rank, since,
                        one.birth_date, one.career, one.username)

    def drawn(self, seat: Seat) -> Invented:
        """Invent somebody who fits a post."""
        rng, today = self._rng, self._today
        kind = self._kind(seat.job_class)
        school, field = self._school(seat)
        born, joined = self._days(seat, kind, school)
        sex = rng.choice("LP")
        nip = self._number(born, joined, sex, kind)
        name = self._names.draw(rng, sex)
        study = rng.random()
        bonded = kind == "CPNS" or (joined.year >= 2019 and kind == "PNS")
        case = rng.random() < 0.014 and (today - joined).days > 1500
        person_id = self._rows.add(
            Person, nip=nip, name=name, title_before="dr." if field == "Kedokteran" else "",
            title_after=self._title(school, field), sex=sex, birth_date=born,
            birth_place=rng.choice(BIRTH_PLACES) if rng.random() < 0.93 else "", employee_type=kind,
            unit_id=self._catalogue.units[seat.unit].id, legal_status=self._legal_status(),
            tmt_cpns=joined, tmt_pns=plus_months(joined, 12) if kind == "PNS" else None,
            contract_end=self._contract_end(joined) if kind == "PPPK" else None,
            formation_year=joined.year - 1 if joined.year >= 2013 else None,
            service_bond=True if bonded else (False if rng.random() < 0.6 else None),
            service_bond_until=plus_years(joined, 10) - DAY if bonded else None,
            on_study_assignment=True if study < 0.008 else (None if study > 0.86 else False),
            study_assignment_until=plus_months(today, 14) if study < 0.004 else None,
            talent_box=self._talent(seat.job_class),
            no_discipline_record=False if case else (True if rng.random() < 0.7 else None),
            target_position_id=None, invented=True)
        ranks = self._ranks(person_id, seat, kind, school, joined)
        self._education(person_id, school, field, born, joined)
        career = career_of(seat, kind, joined, today, self._catalogue, rng)
        self._enter_career(person_id, career, seat)
        ratings = self._ratings(person_id, joined)
        if case:
            self._discipline(person_id)
        if kind == "PNS" and seat.job_class in self._credit.per_year:
            self._credit_points(person_id, seat.job_class, career, ratings)
        return Invented(person_id, nip, name, seat, kind, joined, ranks[-1][0], ranks[-1][1], born, career)

    # --- who ---

    def _kind(self, job_class: str) -> str:
        draw = self._rng.random()
        contract = _CONTRACT_PARTS.get(job_class, 0.0)
        if draw < contract:
            return "PPPK"
        return "CPNS" if draw < contract + _CANDIDATE_PARTS.get(job_class, 0.0) else "PNS"

    def _school(self, seat: Seat) -> tuple[str, str]:
        rng, draw = self._rng, self._rng.random()
        level = seat.education
        if level == "SMA":
            level = "SMA" if draw < 0.5 else "D3" if draw < 0.65 else "S1"
        elif level == "D3":
            level = "D3" if seat.job_class.startswith("JF") or draw < 0.1 else "S1"
        elif level == "S1" and seat.job_class.startswith(("JPT", "ADM")):
            level = "S2" if draw < 0.6 else "S1"
        elif level == "S1":
            level = "S2" if draw < 0.12 else "S1"
        if level == "SMA":
            return level, rng.choice(("IPA", "IPS", "Akuntansi", ""))
        # A few studied something else than what the position is looking for.
        fits = seat.fields and rng.random() < 0.88
        return level, rng.choice(seat.fields if fits else _COMMON_FIELDS)

    def _days(self, seat: Seat, kind: str, school: str) -> tuple[date, date]:
        rng, today = self._rng, self._today
        entry = _SCHOOL_AGE[school]
        young, old = _AGES.get(seat.job_class, (30, 55))
        old = min(old, self._catalogue.classes[seat.job_class].retirement_age - 2)
        if kind == "CPNS":
            joined = first_of_month(plus_months(today, -rng.randint(1, 11)))
            age = rng.randint(entry + 1, entry + 9)
        elif kind == "PPPK":
            joined = first_of_month(plus_months(today, -rng.randint(3, 58)))
            age = rng.randint(max(young, entry + 3), max(young, min(old, entry + 24)))
        else:
            # So many years it takes to the rank that the position asks for.
            needed = max(_SERVED.get(seat.job_class, 1.3), 3.2 * max(0, seat.grade - _START_RANK[school]))
            age = rng.randint(max(young, entry + 2 + int(needed)), max(old, entry + 3 + int(needed)))
            served = rng.uniform(needed, max(needed + 0.5, age - entry - rng.uniform(0, 6)))
            joined = first_of_month(today - timedelta(days=int(served * 365.25)))
        born = today - timedelta(days=int(age * 365.25) + rng.randint(0, 364))
        return born, joined

    def _number(self, born: date, joined: date, sex: str, kind: str) -> str:
        serial = self._rng.randint(1, 9)
        while True:
            nip = _nip(born, joined, sex, serial)
            if kind == "PPPK":
                # Digits 13 and 14 are 21..29, which no month is: a contract, and which one.
                nip = f"{nip[:12]}21{1 if sex == 'L' else 2}{serial:03d}"
            if nip not in self._taken:
                self._taken.add(nip)
                return nip
            serial += 1

    @staticmethod
    def _title(school: str, field: str) -> str:
        if school not in ("S1", "S2"):
            return "A.Md." if school == "D3" else ""
        title = _TITLES.get(field, "S.Sos.")
        return ", ".join(part for part in (title, "M.Si." if school == "S2" else "") if part)

    def _legal_status(self) -> str | None:
        draw = self._rng.random()
        return "01" if draw < 0.975 else "02" if draw < 0.98 else "03" if draw < 0.988 else None

    def _contract_end(self, joined: date) -> date | None:
        end = plus_years(joined, 5) - DAY
        while end < self._today:
            end = plus_years(end, 5)
        return end if self._rng.random() < 0.95 else None

    def _talent(self, job_class: str) -> int | None:
        is_leader = job_class in ("ADMINISTRATOR", "PENGAWAS", "JF-MADYA") or job_class.startswith("JPT")
        if self._rng.random() > (0.75 if is_leader else 0.12):
            return None
        return self._rng.choices(range(1, 10), (1, 2, 4, 4, 12, 8, 12, 9, 5))[0]

    # --- what they have been through ---

    def _ranks(self, person_id: int, seat: Seat, kind: str, school: str, joined: date) -> list[tuple[int, date]]:
        codes = self._catalogue.ranks
        if kind == "PPPK":
            ranks = [(max(_CONTRACT_RANK[school], 11 if seat.job_class == "JF-MUDA" else 5), joined)]
            codes = self._catalogue.contract_ranks
        else:
            start = _START_RANK[school]
            served = (self._today - joined).days / 365.25
            highest = self._catalogue.classes[seat.job_class].highest
            reached = min(max(start + int(served / 4), seat.grade), max(highest, start))
            reached = max(start, min(reached, start + int(served / 2)))
            if reached < seat.grade:
                start, reached = max(start, seat.grade - int(served / 2)), seat.grade
            ranks = [(start, joined)]
            for step in range(1, reached - start + 1):
                day = joined + timedelta(days=int(served * 365.25 * step / (reached - start + 1)))
                ranks.append((start + step, date(day.year, 4 if day.month < 10 else 10, 1)))
            ranks = [ranks[0], *(item for item in ranks[1:] if joined < item[1] <= self._today)]
            ranks = list({since: (rank, since) for rank, since in ranks}.values())
        for rank, since in ranks:
            self._rows.add(Rank, person_id=person_id, grade_code=codes[rank - 1], effective_from=since)
        return ranks

    def _education(self, person_id: int, school: str, field: str, born: date, joined: date) -> None:
        rng = self._rng
        levels = [school]
        if school == "S2":
            levels = ["S1", "S2"]
        elif school == "S1" and rng.random() < 0.15:
            levels = ["SMA", "S1"]
        for level in levels:
            age = _SCHOOL_AGE[level] + rng.randint(0, 2)
            on = date(born.year + age + (1 if level in ("S1", "S2") else 0), rng.choice((5, 6, 8, 9)),
                      rng.randint(1, 28))
            if level == "S2":
                on = max(on, plus_years(on, rng.randint(0, 9)))
            on = min(on, self._today - timedelta(days=200), *((joined - DAY,) if level == levels[0] else ()))
            self._rows.add(Education, person_id=person_id, level_code=level, field="" if level == "SMA" and school != (
                "SMA") else field, graduated_on=on)

    def _enter_career(self, person_id: int, career: Sequence[Step], seat: Seat) -> None:
        for number, step in enumerate(career):
            last = number == len(career) - 1
            self._rows.add(
                Occupancy, person_id=person_id, post_id=seat.id if last else None,
                unit_id=self._catalogue.units[step.unit].id, job_class_id=self._catalogue.classes[step.job_class].id,
                position_name=step.name, urusan=step.urusan, kind="DEFINITIVE", since=step.since, until=step.until,
                decree_no=f"821/{self._rng.randint(10, 990)}/{step.since.year}" if self._rng.random() < 0.9 else "")

    def _ratings(self, person_id: int, joined: date) -> dict[int, int]:
        ratings = {}
        for year in range(max(joined.year + 1, self._today.year - 5), self._today.year):
            if self._rng.random() < 0.97:
                ratings[year] = self._rng.choices((1, 2, 3, 4, 5), (200, 752, 38, 8, 2))[0]
                self._rows.add(PerformanceRating, person_id=person_id, year=year, rating=ratings[year])
        return ratings

    def _discipline(self, person_id: int) -> None:
        rng = self._rng
        severity = rng.choices("RSB", (60, 30, 10))[0]
        sanction, months = _SANCTIONS[severity]
        opened = self._today - timedelta(days=rng.randint(20, 1300))
        decided = opened + timedelta(days=rng.randint(30, 90))
        is_open = decided > self._today
        self._rows.add(
            DisciplineCase, person_id=person_id, severity=severity, sanction="" if is_open else sanction,
            opened_on=opened, decided_on=None if is_open else decided, served_from=None if is_open else decided,
            served_until=None if is_open else plus_months(decided, months))

    def _credit_points(
        self, person_id: int, job_class: str, career: Sequence[Step], ratings: Mapping[int, int]
    ) -> None:
        """Add up the years in the present class: coefficient times the per cent of the year's rating."""
        since = min(step.since for step in career if step.job_class == job_class)
        points = 0
        for year in range(since.year, self._today.year):
            months = 12 if year > since.year else 13 - since.month
            percent = self._credit.percent.get(ratings.get(year, 2), 100)
            points += self._credit.per_year[job_class] * percent * months // 1200
            if year >= self._today.year - 3 and self._rng.random() < 0.93:
                self._rows.add(CreditPoint, person_id=person_id, recorded_on=date(year + 1, 1, 31), hundredths=points)


def _add_acting(
    rows: Rows, catalogue: Catalogue, seats: Sequence[Seat], people: Sequence[Invented], today: date
) -> None:
    """Let a leader of the same unit act for every other vacant leader's post; the post of the walk stays empty."""
    leaders: dict[str, list[Invented]] = {}
    for person in people:
        if person.seat.role in ("DEPUTY", "DIVISION", "SUBDIVISION") and not person.username:
            leaders.setdefault(person.seat.unit, []).append(person)
    vacant = [seat for seat in seats if seat.vacant and seat.role != "STAFF"
              and seat.position_code != "ADM-KABID-ASET" and leaders.get(seat.unit)]
    for number, seat in enumerate(vacant[::2]):
        person = leaders[seat.unit][number % len(leaders[seat.unit])]
        since = max(today - timedelta(days=40 + 9 * (number % 12)), person.career[-1].since + DAY)
        if since <= today:
            rows.add(Occupancy, person_id=person.id, post_id=seat.id, unit_id=catalogue.units[seat.unit].id,
                     job_class_id=catalogue.classes[seat.job_class].id, position_name=seat.position_name,
                     urusan=seat.urusan, kind="ACTING", since=since, until=None, decree_no="")


