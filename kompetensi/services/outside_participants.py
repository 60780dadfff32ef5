"""Participants from outside: civil servants of other regencies, provinces and vertical agencies, without a record here.

Each belongs to the unit of the training centre that entered him, so that the centre reaches him; he is none of that
unit's staff and is counted in no population (`services.day_conditions.is_staff`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import say
from kompetensi.models import Batch, Certificate, Enrolment, Grade, Person, Rank, Training, Unit
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.catalogue import Page
from kompetensi.services.centres import require_centre
from kompetensi.services.certificate_facts import rank_on
from kompetensi.services.day_conditions import is_staff
from kompetensi.services.lookup import person_by_nip, unit_by_code
from kompetensi.services.people_edits import note_change, read_nip

__all__ = ["PAGE_SIZE", "OutsideFacts", "OutsideItem", "OutsideSeat", "OutsideView", "add_outside_participant",
           "edit_outside_participant", "list_grades", "list_outside_participants", "view_outside_participant"]

PAGE_SIZE = 50
_LONGEST_TEXT = 120
_TYPES = ("PNS", "CPNS", "PPPK")
_YOUNGEST = 15


@dataclass(frozen=True, slots=True)
class OutsideFacts:
    """What is kept of a participant from outside.

    Attributes
    ----------
    agency : str
        Where he serves, as it stands on the certificate.
    birth_date : date or None
        None = as his NIP says.
    employee_type : str
        PNS, CPNS or PPPK.
    grade_code : str
        Golongan, which some trainings ask for; empty = not known.
    """

    name: str
    agency: str
    birth_date: date | None = None
    birth_place: str = ""
    title_before: str = ""
    title_after: str = ""
    employee_type: str = "PNS"
    grade_code: str = ""


@dataclass(frozen=True, slots=True)
class OutsideItem:
    """One participant from outside in a list, with the number of his seats and of his certificates."""

    nip: str
    name: str
    agency: str
    centre: str
    seats: int
    certificates: int


@dataclass(frozen=True, slots=True)
class OutsideSeat:
    """A seat of his, asked for, held or ended; the certificate that came of it, if there is one."""

    batch: str
    training: str
    first_day: date
    last_day: date
    status: str
    outcome: str | None
    certificate_number: str | None
    certificate_token: str | None


@dataclass(frozen=True, slots=True)
class OutsideView:
    """A participant from outside: his facts, and his seats, those of the latest batch first."""

    nip: str
    centre: str
    facts: OutsideFacts
    seats: tuple[OutsideSeat, ...]


def list_grades(session: Session) -> tuple[str, ...]:
    """Return the golongan that can be recorded, lowest first; those of PPPK after those of PNS."""
    return tuple(session.scalars(select(Grade.code).order_by(Grade.employee_type.desc(), Grade.sort_order, Grade.code)))


def list_outside_participants(
    session: Session, actor: Actor, *, today: date, text: str = "", number: int = 1, size: int | None = PAGE_SIZE
) -> Page[OutsideItem]:
    """Return the participants from outside of the actor's centre, by name, then NIP.

    Parameters
    ----------
    text : str
        Only those whose name, NIP or agency holds every word.
    number, size : int
        Page from 1 and its length; None = all on one page.

    Raises
    ------
    NotAllowed
        If the actor belongs to no training centre.
    InvalidInput
        If the page does not exist.
    """
    scope = require_centre(session, actor, today=today)
    wanted = [~is_staff()]
    if scope is not None:
        wanted.append(Person.unit_id.in_(scope))
    for word in text[:_LONGEST_TEXT].casefold().split():
        wanted.append(or_(*(func.lower(column).contains(word, autoescape=True)
                            for column in (Person.name, Person.nip, Person.outside_agency))))
    total = session.scalar(select(func.count()).select_from(Person).where(*wanted)) or 0
    pages = max(1, -(-total // size)) if size else 1
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.", number=number,
                               pages=pages), where="page")
    seats = (select(func.count()).where(Enrolment.person_id == Person.id).correlate(Person).scalar_subquery())
    certificates = (select(func.count()).where(Certificate.person_id == Person.id, Certificate.state != "VOID")
                    .correlate(Person).scalar_subquery())
    query = (select(Person.nip, Person.name, Person.outside_agency, Unit.name.label("centre"), seats, certificates)
             .join(Unit, Person.unit_id == Unit.id).where(*wanted).order_by(Person.name, Person.nip))
    if size:
        query = query.limit(size).offset((number - 1) * size)
    return Page(tuple(OutsideItem(*row) for row in session.execute(query)), total, number, pages)


def view_outside_participant(session: Session, actor: Actor, nip: str, *, today: date, now: datetime) -> OutsideView:
    """Open a participant from outside; who looked is noted in the audit log.

    Raises
    ------
    InvalidInput
        If it is no NIP.
    NotFound
        If it is nobody's from outside; also somebody of another centre, of whom the actor may not know.
    NotAllowed
        If the actor belongs to no training centre.
    """
    person = _outside(session, actor, nip, today)
    record(session, actor, "resources.edit:outside_seen", "person", person.nip, now=now, person_id=person.id)
    session.flush()
    rows = session.execute(
        select(Batch.code, Training.name, Batch.first_day, Batch.last_day, Enrolment.status, Enrolment.outcome,
               Certificate.number, Certificate.token)
        .join(Batch, Enrolment.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
        .outerjoin(Certificate, and_(Certificate.enrolment_id == Enrolment.id, Certificate.state != "READY_TO_SIGN"))
        .where(Enrolment.person_id == person.id).order_by(Batch.first_day.desc(), Enrolment.id.desc()))
    return OutsideView(person.nip, person.unit.name, _facts_of(session, person, today),
                       tuple(OutsideSeat(*row) for row in rows))


def _outside(session: Session, actor: Actor, nip: str, today: date) -> Person:
    scope = require_centre(session, actor, today=today)
    person = person_by_nip(session, nip)
    if not person.outside_agency or (scope is not None and person.unit_id not in scope):
        raise NotFound(say("Tidak ada peserta luar dengan NIP %(nip)s pada balai Anda.", nip=person.nip), where="NIP")
    return person


def _facts_of(session: Session, person: Person, on: date) -> OutsideFacts:
    return OutsideFacts(person.name, person.outside_agency, person.birth_date, person.birth_place, person.title_before,
                        person.title_after, person.employee_type, rank_on(session, person.id, on)[1])


def _checked(session: Session, nip: str, facts: OutsideFacts, today: date, *, birth_differs: bool) -> OutsideFacts:
    """Return the facts trimmed, with the birth date filled in from the NIP where none was given."""
    name, agency = " ".join(facts.name.split()), " ".join(facts.agency.split())
    for text, most, where, message in (
            (name, 120, "name", say("Tulis nama peserta, paling panjang %(most)s huruf.", most=120)),
            (agency, 160, "agency", say("Tulis instansi asal peserta, paling panjang %(most)s huruf; sertifikat menyebutnya.",
                                        most=160))):
        if not text or len(text) > most:
            raise InvalidInput(message, where=where)
    if facts.employee_type not in _TYPES:
        raise InvalidInput(say("“%(value)s” bukan jenis pegawai; pilih PNS, CPNS atau PPPK.", value=facts.employee_type),
                           where="employee_type")
    if facts.grade_code and facts.grade_code not in list_grades(session):
        raise InvalidInput(say("Tidak ada golongan “%(code)s”.", code=facts.grade_code), where="grade_code")
    told = date(int(nip[:4]), int(nip[4:6]), int(nip[6:8]))
    birth = facts.birth_date or told
    if birth.year + _YOUNGEST > today.year:
        raise InvalidInput(say("Tanggal lahir %(day)s tidak mungkin bagi seorang pegawai.", day=birth), where="birth_date")
    if birth != told and not birth_differs:
        raise InvalidInput(say(
            "NIP memuat tanggal lahir %(told)s, bukan %(given)s. Periksa keduanya; bila memang berbeda, nyatakan itu.",
            told=told, given=birth), where="birth_date")
    return OutsideFacts(name, agency, birth, facts.birth_place.strip(), facts.title_before.strip(),
                        facts.title_after.strip(), facts.employee_type, facts.grade_code)


def add_outside_participant(
    session: Session, actor: Actor, nip: str, unit_code: str, facts: OutsideFacts, *, today: date, now: datetime,
    birth_differs: bool = False,
) -> str:
    """Enter a participant from outside at a unit of the actor's training centre; return his NIP as it is kept.

    Parameters
    ----------
    birth_differs : bool
        True when the birth date is known to differ from the one in the NIP.

    Raises
    ------
    NotFound
        If there is no such unit.
    NotAllowed
        If the unit is not in the actor's training centre.
    InvalidInput
        If the NIP has no valid form, or a fact is missing or contradicts it.
    Conflict
        If the NIP is known already, of our staff or from outside.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    digits = read_nip(nip, today)
    facts = _checked(session, digits, facts, today, birth_differs=birth_differs)
    known = session.scalars(select(Person).where(Person.nip == digits)).one_or_none()
    if known is not None:
        raise Conflict(
            say("NIP %(nip)s sudah tercatat sebagai peserta luar; daftarkan langsung pada angkatannya.", nip=digits)
            if known.outside_agency else
            say("NIP %(nip)s milik pegawai yang sudah ada dalam daftar; daftarkan langsung pada angkatannya.", nip=digits),
            where="nip")
    person = Person(nip=digits, unit_id=unit.id, sex="L" if digits[14] == "1" else "P", invented=False,
                    **_columns(facts))
    session.add(person)
    session.flush()
    _keep_grade(session, person, facts.grade_code, today)
    note_change(session, actor, "resources.edit:outside", person, now=now, subject=("person", digits),
                after={"unit": unit.code, **asdict(facts)})
    return digits


def _columns(facts: OutsideFacts) -> dict[str, object]:
    return {"name": facts.name, "outside_agency": facts.agency, "birth_date": facts.birth_date,
            "birth_place": facts.birth_place, "title_before": facts.title_before, "title_after": facts.title_after,
            "employee_type": facts.employee_type}


def _keep_grade(session: Session, person: Person, grade_code: str, today: date) -> None:
    """Record the golongan as one that is known from today on, unless it is what is recorded."""
    if not grade_code or rank_on(session, person.id, today)[1] == grade_code:
        return
    row = session.scalars(select(Rank).where(Rank.person_id == person.id, Rank.effective_from == today)).one_or_none()
    if row is None:
        session.add(Rank(person_id=person.id, grade_code=grade_code, effective_from=today))
    else:
        row.grade_code = grade_code
    session.flush()


def edit_outside_participant(
    session: Session, actor: Actor, nip: str, facts: OutsideFacts, *, today: date, now: datetime,
    birth_differs: bool = False,
) -> bool:
    """Replace the facts of a participant from outside; return whether anything differed.

    A certificate that was issued keeps what it said; a golongan left empty stays as it was.

    Raises
    ------
    NotFound
        If it is nobody's from outside in the actor's centre.
    NotAllowed
        If the actor belongs to no training centre.
    InvalidInput
        If a fact is missing or contradicts the NIP; nothing is changed.
    """
    person = _outside(session, actor, nip, today)
    before = _facts_of(session, person, today)
    facts = _checked(session, person.nip, facts, today, birth_differs=birth_differs or facts.birth_date == before.birth_date)
    facts = replace(facts, grade_code=facts.grade_code or before.grade_code)
    if facts == before:
        return False
    for name, value in _columns(facts).items():
        setattr(person, name, value)
    _keep_grade(session, person, facts.grade_code, today)
    note_change(session, actor, "resources.edit:outside", person, now=now, subject=("person", person.nip),
                before=asdict(before), after=asdict(facts))
    return True
