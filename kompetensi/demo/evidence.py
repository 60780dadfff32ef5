"""What people can do: assessments of different age, tests, ratings by superiors, trainings passed elsewhere."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from kompetensi.demo.careers import Invented
from kompetensi.demo.catalogue import Catalogue, Course
from kompetensi.demo.days import DAY, at_nine, plus_years
from kompetensi.demo.rows import Rows
from kompetensi.models import Assessment, Certificate, Evidence
from kompetensi.rules.certificates import token_from

__all__ = ["Book", "Register", "invent_evidence"]

# How many of a class have ever been assessed; contract staff and candidates mostly have not.
_ASSESSED = {"JPT-MADYA": 1.0, "JPT-PRATAMA": 0.97, "ADMINISTRATOR": 0.93, "PENGAWAS": 0.88, "JF-MADYA": 0.86,
             "JF-MUDA": 0.82, "JF-PENYELIA": 0.76, "JF-PERTAMA": 0.72, "JF-MAHIR": 0.68, "JF-TERAMPIL": 0.62,
             "PELAKSANA": 0.6}
_ASSESSED_OTHERWISE = {"PPPK": 0.42, "CPNS": 0.08}
_PROVIDERS = (("Puspenkom ASN BKN", True), ("UPT BKN Gorontalo", True), ("Kanreg XI BKN Manado", True),
              ("UPT Penilaian Kompetensi BKD Jawa Timur", True), ("Lembaga asesmen swasta", None))
_METHODS = ("assessment center kompleks", "assessment center sedang", "assessment center sederhana", "CACT")
_LEADERSHIP = {"PENGAWAS": ("PKP", "PIM4"), "ADMINISTRATOR": ("PKA", "PIM3"), "JPT-PRATAMA": ("PKN2", "PKN2"),
               "JPT-MADYA": ("PKN1", "PKN1")}
# Short trainings for the yearly lesson hours; everybody may take them.
_YEARLY = ("NASDIN", "YANLIK-PRIMA", "ANTIKORUPSI", "SOSKUL", "SPBE-DASAR", "KAMSI", "SATUDATA", "HUMAS",
           "COACH-PIMPINAN")
# Outside issuers set an end to these certificates.
_ENDS_AFTER = {"BENDAHARA": 5, "PBJ-L1": 5, "KES-BTCLS": 3, "DUKCAPIL-OPERATOR": 3}
# The leadership training of the new pattern began then (PerLAN 5/2022); before it the old one was given.
_NEW_PATTERN = date(2020, 1, 1)
_OWN_PREFIX = "BKPSDM Provinsi"


@dataclass(slots=True)
class Register:
    """The certificates given out so far: numbers by issuer and year, and tokens that are taken.

    Attributes
    ----------
    holdings : dict
        Training codes held, by person, in the order in which they were passed.
    """

    rng: random.Random
    last: dict[tuple[str, int], int] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    holdings: dict[int, list[str]] = field(default_factory=dict)

    def token(self) -> str:
        """Return a code that nobody has."""
        while True:
            token = token_from(self.rng.randbytes(8))
            if token not in self.tokens:
                self.tokens.add(token)
                return token

    def number(self, issuer: str, year: int) -> int:
        """Return the next number of an issuer's year; outside registers have gaps."""
        self.last[issuer, year] = self.last.get((issuer, year), 0) + self.rng.randint(1, 7)
        return self.last[issuer, year]


class Book:
    """Writes evidence and outside certificates of people.

    Parameters
    ----------
    validity : mapping of str to int or None
        Years that a kind of evidence holds, from the policies.
    """

    def __init__(
        self, rows: Rows, catalogue: Catalogue, register: Register, validity: Mapping[str, int | None], today: date
    ) -> None:
        self.rows, self.catalogue, self.register, self.today = rows, catalogue, register, today
        self._validity = validity

    def assess(
        self, person_id: int, on: date, levels: Mapping[str, int], *, target_class: str | None, provider: str,
        accredited: bool | None, method: str,
    ) -> None:
        """Enter an assessment with its levels."""
        assessment_id = self.rows.add(
            Assessment, person_id=person_id, assessed_on=on, target_class_code=target_class, provider=provider,
            accredited=accredited, method=method)
        for code, level in levels.items():
            self._observe(person_id, code, level, "ASSESSMENT", on, self._end("ASSESSMENT", on),
                          f"Asesmen {provider}", assessment_id=assessment_id)

    def observe(self, person_id: int, code: str, level: int, kind: str, on: date, source: str) -> None:
        """Enter a test, a recognised prior learning or a superior's rating."""
        self._observe(person_id, code, level, kind, on, self._end(kind, on), source)

    def pass_training(self, person_id: int, course: Course, on: date, *, ends: date | None = None) -> None:
        """Enter a certificate of an outside issuer, and the levels that its training is expected to give."""
        issuer = _issuer(course, on)
        number = self.register.number(issuer, on.year)
        text = f"{number:04d}/{course.code}/{on.year}"
        if ends is None and course.code in _ENDS_AFTER:
            ends = plus_years(on, _ENDS_AFTER[course.code])
        certificate_id = self.rows.add(
            Certificate, token=self.register.token(), person_id=person_id, enrolment_id=None,
            training_code=course.code, kind="ATTENDANCE" if course.is_workshop else "STTPP", external=True,
            issuer=issuer, year=on.year, seq=None, number=text, finished_on=on, jp=course.jp, issued_on=on,
            valid_until=ends, state="ISSUED", state_on=None, reason="", replaced_by_id=None, facts=None,
            facts_sha256=None, pdf_sha256=None, recorded_at=at_nine(on + DAY))
        for code, level in course.raises:
            self._observe(person_id, code, level, "TRAINING", on, ends, f"Sertifikat {text}",
                          certificate_id=certificate_id)
        self.register.holdings.setdefault(person_id, []).append(course.code)

    def _end(self, kind: str, on: date) -> date | None:
        years = self._validity.get(kind)
        return None if years is None else plus_years(on, years)

    def _observe(
        self, person_id: int, code: str, level: int, kind: str, on: date, ends: date | None, source: str, *,
        assessment_id: int | None = None, certificate_id: int | None = None,
    ) -> None:
        self.rows.add(
            Evidence, person_id=person_id, competency_id=self.catalogue.competencies[code], level=level, kind=kind,
            observed_on=on, valid_until=ends, recorded_at=at_nine(on + DAY), withdrawn_on=None, source=source,
            assessment_id=assessment_id, certificate_id=certificate_id)


def _issuer(course: Course, on: date) -> str:
    if course.provider.startswith(_OWN_PREFIX):
        # Until the end of 2025 the province's own agency had another name; later outside courses were a neighbour's.
        return "BPSDM Provinsi Gorontalo" if on.year < 2026 else "BPSDM Provinsi Sulawesi Utara"
    return course.provider.partition(" / ")[0]


def invent_evidence(book: Book, people: Iterable[Invented], *, seed: int) -> None:
    """Give people what they have shown so far; those of the logins get theirs elsewhere.

    Most have a valid assessment, some an old one, some none at all; technical competencies are known of fewer.
    """
    rng = random.Random(f"{seed}/evidence")
    for person in people:
        # Of a few nobody has recorded anything yet.
        if not person.username and rng.random() > 0.025:
            _assessments(book, person, rng)
            _technical(book, person, rng)
            _trainings(book, person, rng)


def _assessments(book: Book, person: Invented, rng: random.Random) -> None:
    chance = _ASSESSED_OTHERWISE.get(person.employee_type, _ASSESSED.get(person.seat.job_class, 0.5))
    if rng.random() >= chance:
        return
    job_class = person.seat.job_class
    level = book.catalogue.classes[job_class].level
    ability = rng.gauss(-0.08, 0.35)
    latest = book.today - timedelta(days=int(rng.triangular(15, 1750, 300)))
    days = [latest]
    if rng.random() < 0.22:
        days.insert(0, latest - timedelta(days=rng.randint(700, 1400)))
    for number, on in enumerate(days):
        if on <= person.joined + timedelta(days=90):
            continue
        provider, accredited = rng.choice(_PROVIDERS)
        growth = 0.0 if number == len(days) - 1 else -0.35
        levels = {code: _level(level, ability + growth, rng) for code in book.catalogue.general}
        if rng.random() < 0.04:
            # An assessment for one purpose does not always cover all nine.
            levels.pop(rng.choice(book.catalogue.general))
        book.assess(person.id, on, levels, target_class=job_class if rng.random() < 0.9 else None, provider=provider,
                    accredited=accredited, method=rng.choice(_METHODS))


def _level(required: int, ability: float, rng: random.Random) -> int:
    return max(0, min(5, round(required + rng.gauss(ability, 0.55))))


def _technical(book: Book, person: Invented, rng: random.Random) -> None:
    latest = (book.today - person.joined).days - 30
    if latest < 60:
        return
    for code, level in person.seat.technical:
        if rng.random() < 0.46:
            on = book.today - timedelta(days=min(latest, int(rng.triangular(20, 1700, 500))))
            kind = "RPL" if rng.random() < 0.06 else "COMPETENCY_TEST"
            source = "Pengakuan hasil belajar" if kind == "RPL" else "Uji kompetensi teknis"
            book.observe(person.id, code, _level(level, -0.2, rng), kind, on, source)
        if rng.random() < 0.24:
            on = book.today - timedelta(days=min(latest, rng.randint(20, 640)))
            book.observe(person.id, code, _level(level, 0.1, rng), "SUPERVISOR", on, "Penilaian atasan")


def _trainings(book: Book, person: Invented, rng: random.Random) -> None:
    courses, today = book.catalogue.courses, book.today
    passed: dict[str, date] = {}

    def take(code: str, on: date) -> date | None:
        """Pass a training on a day, those that it asks for some months before; None = it cannot be."""
        if code in passed:
            return passed[code]
        course = courses[code]
        if course.rank > person.rank or not person.joined + timedelta(days=60) < on < today:
            return None
        on = _workday(on)
        for number, before in enumerate(course.after):
            done = take(before, on - timedelta(days=150 + 40 * number))
            if done is None or done >= on:
                return None
        passed[code] = on
        return on

    def back(least: int, most: int) -> date:
        return today - timedelta(days=rng.randint(least, most))

    served = (today - person.joined).days
    if person.employee_type == "PNS" and served > 500:
        take("LATSAR", person.joined + timedelta(days=rng.randint(120, 330)))
    elif person.employee_type == "PPPK" and served > 200:
        take("ORIENTASI-PPPK", person.joined + timedelta(days=rng.randint(70, 180)))
    if person.seat.job_class in _LEADERSHIP and rng.random() < 0.74:
        on = max(person.career[-1].since, person.rank_since) + timedelta(days=rng.randint(60, 700))
        take(_LEADERSHIP[person.seat.job_class][0 if on >= _NEW_PATTERN else 1], on)
    for code in person.seat.trainings:
        if rng.random() < (0.62 if served > 1500 else 0.3):
            take(code, back(60, 2600))
    for code, level in person.seat.technical:
        if rng.random() < 0.2:
            _take_for(courses, code, level, take, back(60, 2200))
    for year in range(today.year - 2, today.year + 1):
        if rng.random() < 0.52:
            first = date(year, 1, 12)
            room = (min(date(year, 12, 10), today - timedelta(days=10)) - first).days
            if room > 0:
                take(rng.choice(_YEARLY), first + timedelta(days=rng.randint(0, room)))
    for code, on in sorted(passed.items(), key=lambda item: (item[1], item[0])):
        book.pass_training(person.id, courses[code], on)


def _take_for(courses: Mapping[str, Course], code: str, level: int, take, on: date) -> None:
    for course in courses.values():
        if course.offered == "yes" and (code, level) in course.raises and take(course.code, on) is not None:
            return


def _workday(on: date) -> date:
    return on - timedelta(days=max(0, on.weekday() - 4))


