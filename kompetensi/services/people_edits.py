"""What HR writes into a person's record, and the target that a person chooses. Each change is audited as before, after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import Message, say
from kompetensi.models import (
    CreditPoint,
    DisciplineCase,
    Education,
    EducationLevel,
    Grade,
    PerformanceRating,
    Person,
    Rank,
)
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.lookup import person_by_nip, position_by_code, unit_by_code
from kompetensi.services.people import PersonFacts, facts_of

__all__ = ["DisciplineFacts", "add_discipline_case", "add_education", "add_person", "add_rank", "choose_own_target",
           "choose_target", "edit_discipline_case", "edit_person", "note_change", "rate_performance", "read_nip",
           "record_credit_points", "refuse"]

_RATINGS = range(1, 6)


@dataclass(frozen=True, slots=True)
class DisciplineFacts:
    """A disciplinary case; days that are not known yet are None.

    Attributes
    ----------
    severity : str
        R light, S medium, B heavy.
    """

    severity: str
    sanction: str
    opened_on: date
    decided_on: date | None = None
    served_from: date | None = None
    served_until: date | None = None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def note_change(
    session: Session, actor: Actor, action: str, person: Person, *, now: datetime, subject: tuple[str, object],
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None, reason: str = "",
) -> None:
    """Flush a change and note it in the audit log with those values that differ."""
    old, new = dict(before or {}), dict(after or {})
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    detail: dict[str, Any] = {"before": {key: _plain(old[key]) for key in changed if key in old},
                              "after": {key: _plain(new[key]) for key in changed if key in new}}
    if reason:
        detail["reason"] = reason
    record(session, actor, action, subject[0], subject[1], now=now, person_id=person.id, detail=detail)
    session.flush()


def refuse(message: Message, where: str) -> InvalidInput:
    """Make the error for an input of HR's, with the field that it stands in."""
    return InvalidInput(message, where=where)


def _check_facts(facts: PersonFacts, today: date) -> None:
    if not facts.name.strip():
        raise refuse(say("Nama belum diisi."), "name")
    if facts.employee_type not in ("PNS", "CPNS", "PPPK"):
        raise refuse(say("“%(value)s” bukan jenis pegawai; pilih PNS, CPNS atau PPPK.", value=facts.employee_type),
                      "employee_type")
    if facts.sex not in ("L", "P"):
        raise refuse(say("“%(value)s” bukan jenis kelamin; pilih L atau P.", value=facts.sex), "sex")
    if facts.birth_date >= today:
        raise refuse(say("Tanggal lahir %(day)s belum lewat.", day=facts.birth_date), "birth_date")
    if facts.legal_status is not None and not re.fullmatch(r"[0-9]{2,4}", facts.legal_status):
        raise refuse(say("“%(value)s” bukan kode kedudukan hukum; tulis dua angka seperti 01.",
                          value=facts.legal_status), "legal_status")
    if facts.tmt_cpns is not None and facts.tmt_pns is not None and facts.tmt_pns < facts.tmt_cpns:
        raise refuse(say("TMT PNS %(pns)s mendahului TMT CPNS %(cpns)s.", pns=facts.tmt_pns, cpns=facts.tmt_cpns),
                      "tmt_pns")
    if facts.talent_box is not None and facts.talent_box not in range(1, 10):
        raise refuse(say("Kotak talenta %(value)s tidak ada; isi 1 sampai 9.", value=facts.talent_box), "talent_box")
    if facts.service_bond_until is not None and not facts.service_bond:
        raise refuse(say("Akhir ikatan dinas hanya diisi bila ada ikatan dinas."), "service_bond_until")
    if facts.study_assignment_until is not None and not facts.on_study_assignment:
        raise refuse(say("Akhir tugas belajar hanya diisi bila sedang tugas belajar."), "study_assignment_until")


def read_nip(nip: str, today: date) -> str:
    """Return the 18 digits of a NIP or NI PPPK as it was typed.

    Raises
    ------
    InvalidInput
        If its parts (birth, first appointment or contract, sex, serial number) are none; the field is ``nip``.
    """
    digits = "".join(nip.split())
    if not re.fullmatch(r"[0-9]{18}", digits):
        raise refuse(say("“%(nip)s” bukan NIP; NIP dan NI PPPK terdiri atas 18 angka.", nip=nip), "nip")
    # A NIP has the month of the first appointment after the birth date; a NI PPPK has 21..29 in the place of the month.
    if not ("01" <= digits[12:14] <= "12" or "21" <= digits[12:14] <= "29"):
        raise refuse(say("Angka ke-13 dan ke-14 NIP adalah bulan (01–12), pada NI PPPK 21–29; di sini %(found)s.",
                          found=digits[12:14]), "nip")
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise refuse(say("Delapan angka pertama NIP adalah tanggal lahir; %(found)s bukan tanggal.", found=digits[:8]),
                     "nip") from None
    if int(digits[8:12]) > today.year:
        raise refuse(say("Tahun pengangkatan dalam NIP, %(year)s, belum tiba.", year=digits[8:12]), "nip")
    if digits[14] not in "12" or digits[15:] == "000":
        raise refuse(say("Angka ke-15 NIP adalah 1 (laki-laki) atau 2 (perempuan), dan nomor urutnya bukan 000."),
                      "nip")
    return digits


def add_person(
    session: Session, actor: Actor, nip: str, unit_code: str, facts: PersonFacts, *, today: date, now: datetime
) -> str:
    """Add a civil servant to a unit; return the NIP as it is kept.

    Somebody who was entered as a participant from outside becomes one of ours and keeps his record: seats, results,
    certificates and evidence.

    Raises
    ------
    InvalidInput
        If the NIP has no valid form, or a fact contradicts another one.
    Conflict
        If the NIP is in the register already.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "people.edit", on=today, unit_id=unit.id)
    digits = read_nip(nip, today)
    _check_facts(facts, today)
    person = session.scalars(select(Person).where(Person.nip == digits)).one_or_none()
    if person is not None and not person.outside_agency:
        raise Conflict(say("NIP %(nip)s sudah ada dalam daftar.", nip=digits), where="nip")
    before: dict[str, Any] = {}
    if person is None:
        person = Person(nip=digits, unit_id=unit.id, invented=False, **asdict(facts))
        session.add(person)
    else:
        before = {"unit": person.unit.code, "outside_agency": person.outside_agency, **asdict(facts_of(person))}
        for name, value in asdict(facts).items():
            setattr(person, name, value)
        person.unit, person.outside_agency = unit, ""
    session.flush()
    note_change(session, actor, "people.edit.add", person, now=now, subject=("person", digits), before=before,
                after={"unit": unit.code, "outside_agency": "", **asdict(facts)})
    return digits


def edit_person(
    session: Session, actor: Actor, nip: str, facts: PersonFacts, *, today: date, now: datetime
) -> bool:
    """Replace the facts of a person; return whether anything differed.

    Raises
    ------
    InvalidInput
        If a fact contradicts another one; nothing is changed.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    facts = replace(facts, name=facts.name.strip())
    _check_facts(facts, today)
    before, after = asdict(facts_of(person)), asdict(facts)
    if before == after:
        return False
    for name, value in after.items():
        setattr(person, name, value)
    note_change(session, actor, "people.edit.facts", person, now=now, subject=("person", person.nip), before=before,
           after=after)
    return True


def add_rank(
    session: Session, actor: Actor, nip: str, grade_code: str, effective_from: date, *, today: date, now: datetime
) -> None:
    """Record a grade from a day on.

    Raises
    ------
    InvalidInput
        If the grade is none.
    Conflict
        If the person has a grade from that day on already.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    if session.scalars(select(Grade.id).where(Grade.code == grade_code)).one_or_none() is None:
        raise NotFound(say("Tidak ada golongan “%(code)s”.", code=grade_code), where="grade")
    if session.scalars(select(Rank.id).where(
            Rank.person_id == person.id, Rank.effective_from == effective_from)).one_or_none() is not None:
        raise Conflict(say("Sudah ada golongan yang berlaku mulai %(day)s.", day=effective_from),
                       where="effective_from")
    session.add(Rank(person_id=person.id, grade_code=grade_code, effective_from=effective_from))
    note_change(session, actor, "people.edit.rank", person, now=now, subject=("person", person.nip),
           after={"grade": grade_code, "effective_from": effective_from})


def add_education(
    session: Session, actor: Actor, nip: str, level_code: str, field: str, graduated_on: date, *, today: date,
    now: datetime,
) -> None:
    """Record a finished education; refuse an unknown level or a day in the future."""
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    if session.scalars(select(EducationLevel.id).where(EducationLevel.code == level_code)).one_or_none() is None:
        raise NotFound(say("Tidak ada jenjang pendidikan “%(code)s”.", code=level_code), where="level")
    if not person.birth_date < graduated_on <= today:
        raise refuse(say("Tanggal lulus %(day)s tidak mungkin.", day=graduated_on), "graduated_on")
    session.add(Education(person_id=person.id, level_code=level_code, field=field.strip(), graduated_on=graduated_on))
    note_change(session, actor, "people.edit.education", person, now=now, subject=("person", person.nip),
           after={"level": level_code, "field": field.strip(), "graduated_on": graduated_on})


def rate_performance(
    session: Session, actor: Actor, nip: str, year: int, rating: int, *, today: date, now: datetime
) -> None:
    """Record or correct the SKP rating of a year: 1 Sangat Baik ... 5 Sangat Kurang; refuse a year to come."""
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    if rating not in _RATINGS:
        raise refuse(say("Predikat %(value)s tidak ada; isi 1 (Sangat Baik) sampai 5 (Sangat Kurang).", value=rating),
                      "rating")
    if not person.birth_date.year < year <= today.year:
        raise refuse(say("Tahun %(year)s tidak mungkin.", year=year), "year")
    row = session.scalars(select(PerformanceRating).where(
        PerformanceRating.person_id == person.id, PerformanceRating.year == year)).one_or_none()
    before = {"rating": row.rating} if row is not None else {}
    if row is None:
        session.add(PerformanceRating(person_id=person.id, year=year, rating=rating))
    else:
        row.rating = rating
    note_change(session, actor, "people.edit.rating", person, now=now, subject=("person", person.nip), before=before,
           after={"rating": rating, "year": year})


def record_credit_points(
    session: Session, actor: Actor, nip: str, recorded_on: date, hundredths: int, *, today: date, now: datetime
) -> None:
    """Record the cumulative credit points (*angka kredit*) of a day, or correct those of the same day.

    Parameters
    ----------
    hundredths : int
        Points times 100, at least 0.

    Raises
    ------
    InvalidInput
        If the day lies in the future or before the person was born, or the points are negative.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    if not person.birth_date < recorded_on <= today:
        raise refuse(say("Tanggal penetapan %(day)s tidak mungkin.", day=recorded_on), "recorded_on")
    if hundredths < 0:
        raise refuse(say("Angka kredit tidak kurang dari 0."), "points")
    row = session.scalars(select(CreditPoint).where(
        CreditPoint.person_id == person.id, CreditPoint.recorded_on == recorded_on)).one_or_none()
    before = {"hundredths": row.hundredths} if row is not None else {}
    if row is None:
        session.add(CreditPoint(person_id=person.id, recorded_on=recorded_on, hundredths=hundredths))
    else:
        row.hundredths = hundredths
    note_change(session, actor, "people.edit.credit", person, now=now, subject=("person", person.nip), before=before,
           after={"hundredths": hundredths, "recorded_on": recorded_on})


def add_discipline_case(
    session: Session, actor: Actor, nip: str, facts: DisciplineFacts, *, today: date, now: datetime
) -> int:
    """Record a disciplinary case and return its number; a statement that there is none falls with it."""
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    _check_discipline(facts, today)
    case = DisciplineCase(person_id=person.id, **asdict(facts))
    session.add(case)
    person.no_discipline_record = None if person.no_discipline_record is None else False
    session.flush()
    note_change(session, actor, "people.edit.discipline", person, now=now, subject=("discipline", case.id),
           after=asdict(facts))
    return case.id


def edit_discipline_case(
    session: Session, actor: Actor, nip: str, case_id: int, facts: DisciplineFacts, *, today: date, now: datetime
) -> None:
    """Replace the facts of a disciplinary case of a person; NotFound when the person has none of that number."""
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    case = session.get(DisciplineCase, case_id)
    if case is None or case.person_id != person.id:
        raise NotFound(say("Tidak ada perkara disiplin dengan nomor %(number)s.", number=case_id), where="case")
    _check_discipline(facts, today)
    before = {name: getattr(case, name) for name in asdict(facts)}
    for name, value in asdict(facts).items():
        setattr(case, name, value)
    note_change(session, actor, "people.edit.discipline", person, now=now, subject=("discipline", case.id), before=before,
           after=asdict(facts))


def _check_discipline(facts: DisciplineFacts, today: date) -> None:
    if facts.severity not in ("R", "S", "B"):
        raise refuse(say("“%(value)s” bukan tingkat hukuman; pilih R, S atau B.", value=facts.severity), "severity")
    if facts.opened_on > today:
        raise refuse(say("Tanggal perkara %(day)s belum tiba.", day=facts.opened_on), "opened_on")
    order = [facts.opened_on, facts.decided_on, facts.served_from, facts.served_until]
    known = [day for day in order if day is not None]
    if known != sorted(known):
        raise refuse(say("Tanggal perkara, keputusan, mulai dan akhir hukuman harus berurutan."), "decided_on")


def choose_own_target(
    session: Session, actor: Actor, position_code: str | None, *, today: date, now: datetime
) -> None:
    """Name the position that the actor himself wishes to be ready for; None gives up the wish.

    Raises
    ------
    Conflict
        If the account belongs to nobody of the register.
    """
    if actor.person_id is None:
        raise Conflict(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak mempunyai sasaran."))
    nip = session.get_one(Person, actor.person_id).nip
    choose_target(session, actor, nip, position_code, today=today, now=now)


def choose_target(
    session: Session, actor: Actor, nip: str, position_code: str | None, *, today: date, now: datetime
) -> None:
    """Name the position that a person wishes to be ready for; None gives up the wish."""
    person = person_by_nip(session, nip)
    require(session, actor, "paths.take", on=today, person=person)
    position = position_by_code(session, position_code) if position_code else None
    old = person.target_position.code if person.target_position is not None else None
    if old == (position.code if position else None):
        return
    person.target_position = position
    note_change(session, actor, "people.edit.target", person, now=now, subject=("person", person.nip),
           before={"target": old}, after={"target": position.code if position else None})
